/*
 * The probe: runs many programs (scenarios) on the kernel it finds itself on,
 * and tells after every statement what the kernel answered and what each
 * page-table entry holds.
 *
 * It is one static program with two ways of life.  As /init of an initramfs
 * it mounts what it needs, makes a swap area and an ext4 filesystem on RAM
 * disks, reads /script, writes its findings byte by byte to QEMU's debug
 * port, and powers the machine off.  Started with a directory as an argument
 * it is an ordinary process of whatever system it is on: script on standard
 * input, or in the file that is its second argument, findings on standard
 * output, files made in that directory.
 *
 * Script: one statement a line, a letter and decimal numbers (script.py writes
 * it, and says what they mean).  Two bodies run at once in two threads, as one
 * statement: "[ REPEATED SEED", the first body, the second one with "& " before
 * each statement, "]".  With "[ 0 0 CPU", one more than the number of a CPU, that
 * CPU goes first, and the other one once it is held: by whoever runs this
 * machine, at a kernel function (hold.py).  With "[ 0 0 3" both are led in turns by whoever
 * runs this machine (leading.py).  With "[ 0 SEED 0 ROUNDS" the whole
 * program is run that often, and told as so many programs; of the statements
 * above the bodies only the last one is told with mappings and files.
 * "F CHILD PARENT ID" forks: of the parent's mappings, in the order of their numbers, the child's
 * are those from ID on.  A line that begins with "@PROCESS " is one of a child.
 * A script that begins with W is watched from outside (watcher.py): mappings and files are
 * not told. One that is Y alone has the kernel's functions told.
 * A script that begins with "L SECONDS" is for a system that only says that it is Linux
 * (judged.py). SECONDS are what a program has. What a read of each page finds is told: where
 * there is a pagemap, once at the end, as reading changes entries; else, in the place of
 * mappings and files, after every statement, by a child.  With "L SECONDS 1" no child reads,
 * and it is told once in any case.
 * Findings, also one a line:
 *
 *   k NAME VALUE      what this kernel is and can, once at the start
 *   y ADDRESS NAME    a function, where the script is Y
 *   P N               program N begins
 *   s N RESULT [SIG]  statement N: 0 or an errno name; a signal that came
 *   b CPU N RESULT... a body of two that raced: how often it ran, its last results
 *   h ready ADDRESS   a CPU can be held now; an int at this physical address is set
 *                     to 1 once that is prepared, to 2 while it is held, then to 3
 *   h held, h ended, h waits FUNCTION..., h runs, h missed: mappings come next,
 *                     "h " before each; with them, held: the other CPU has not begun,
 *                     else what became of it; "h over": it is to be let go
 *   h ready ADDRESS   of CPUs that are led: two ints at this physical address tell how many
 *                     calls each may have begun; one more than it has: it is to end
 *   h asleep CPU FUNCTION...
 *                     a led CPU's thread sleeps in a lock, for some time now
 *   h tick            half a second is over, while CPUs are led
 *   m ID CLASSES DATA one letter an entry; two hex digits a page, -- unknown
 *   c ID CLASSES      the page cache of a file, up to its i_size
 *   v ID =DIGITS      which private pages are in the swap cache, where a disk is swapped to
 *   d ID FOUND        what reading finds, two characters a page: hex digits, SB for
 *                     SIGBUS, SV for SIGSEGV
 *   t DEPTH FUNCTION  what the statement ran through, where the script begins with T
 *   E HOW             the program ended: exit, or the signal that ended it
 *   ! TEXT            a complaint of the kernel's own log during the program
 *   o TEXT            a line that a program of /programs printed (see run_file)
 *   x N HOW           it ended: its exit status, or the signal that ended it
 *   Z N               N programs were run; the last line
 *
 * Letters: . none  f file  a anon  z zero  s swap  m migration  h hwpoison
 * d device_private  e device_exclusive
 * u uffd_wp_marker  p poison_marker  g guard_marker  - unmapped  ? unknown.
 * A capital F, A, Z, S, D, E is the same, write-protected by userfaultfd.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <linux/loop.h>
#include <linux/userfaultfd.h>
#include <unistd.h>

#define PAGE 4096UL
#define MAX_PAGES 256
#define MAX_MAPPINGS 64
#define MAX_FILES 64
#define MAX_BODY 64
#define MAX_PROCESSES 8
#define SLOT (2UL << 20)           /* one page table: 512 entries */
#define BASE 0x100000000000UL      /* where mapping 0 starts; 2 MiB-aligned */
#define SWAP_BYTES (64UL << 20)
#define DEBUG_PORT 0xe9
#define SECONDS_PER_PROGRAM 5
#define SECONDS_HELD 4              /* until the other CPU is taken to run for ever */
#define SECONDS_LED 200
#define SECONDS_PER_FILE 300
#define MARKS (BASE - PAGE)        /* where marks are written, if somebody watches */
#define MARK_PROGRAM 0x30000
#define MARK_BEGIN 0x10000
#define MARK_END 0x20000
#define MARK_LED 0x40000           /* a call of a CPU that is led is back */
#define LED 3                      /* in the place of a CPU that is held */

/* Newer than the C library's headers on some machines. */
#ifndef MADV_COLD
#define MADV_COLD 20
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 8
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#define ADVICE_HWPOISON 100
#define ADVICE_GUARD_INSTALL 102
#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM (1 << 12)
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#define FEATURE_POISON (1ULL << 14)
#define SYS_CACHESTAT 451          /* Linux 6.5 */
#define MOVE_ALL 4                 /* MPOL_MF_MOVE_ALL: pages that others map, too */

/* Bits of /proc/self/pagemap. */
#define PM_PRESENT (1ULL << 63)
#define PM_SWAP (1ULL << 62)
#define PM_FILE (1ULL << 61)
#define PM_GUARD (1ULL << 58)
#define PM_UFFD_WP (1ULL << 57)
#define PM_EXCLUSIVE (1ULL << 56)
#define PM_PFN ((1ULL << 55) - 1)
#define PF_SWAPCACHE (1ULL << 13)  /* of /proc/kpageflags */
#define SWAP_TYPE(entry) ((int)((entry) & 31))
#define SWAP_OFFSET(entry) (((entry) & PM_PFN) >> 5)

struct uffdio_poison_arg {         /* struct uffdio_poison of Linux 6.6 */
	struct uffdio_range range;
	uint64_t mode;
	int64_t updated;
};
#define IOCTL_POISON _IOWR(0xAA, 0x08, struct uffdio_poison_arg)

/* The test driver that borrows pages (test_hmm), by its ioctls of 6.0 and later. */
struct lending {
	uint64_t address, copy, pages, copied, faults;
};
#define LEND_PRIVATE _IOWR('H', 0x02, struct lending)
#define LEND_EXCLUSIVE _IOWR('H', 0x05, struct lending)
#define DEVICE "/dev/hmm_dmirror0"

struct mapping {
	char *start;                   /* NULL: not made yet */
	unsigned long pages;
	int registered;                /* with userfaultfd */
};

struct file {
	int fd;                        /* -1: not made yet */
	int shmem;
};

/* What was learned about this kernel from entries made on purpose; -1: unknown. */
struct calibration {
	int swap_type, hwpoison_type, marker_type;
	uint64_t zero_pfn;
	uint64_t uffd_features;
	int uffd, guard, dontneed_locked, pageout, hwpoison_signal;
	int pagemap, types, migrate, direct, device, uffd_error;
	/* Entries of lent pages, writable and readable. */
	int private_type[2], exclusive_type[2];
	int told;                      /* programs that were told of */
	int round, rounds;             /* of the program at hand: done, and to be done */
	int swap_disk;                 /* whether there is a disk to swap to; 2: swapped to now */
};

static struct mapping mappings[MAX_MAPPINGS];
static struct file files[MAX_FILES];
static struct calibration *learned;
static int uffd = -1;
static int pagemap = -1, pageflags = -1;
static int device = -1;
static int as_init;
static const char *disk = "/disk";
static int disk_usable = 1;
static int disk_to_swap_to;
static unsigned seconds = SECONDS_PER_PROGRAM;
static int looking;                    /* what reads find is told */
static int children_look;              /* after every statement, by a child */
static int forks = 1;

/* ---- output ---------------------------------------------------------- */

static char out[1 << 16];
static size_t out_used;

static void flush_out(void)
{
	if (as_init) {
		const char *from = out;
		size_t count = out_used;

		__asm__ volatile("rep outsb" : "+S"(from), "+c"(count)
				 : "d"((unsigned short)DEBUG_PORT) : "memory");
	} else {
		for (size_t done = 0; done < out_used;) {
			ssize_t n = write(1, out + done, out_used - done);

			if (n <= 0)
				_exit(3);
			done += n;
		}
	}
	out_used = 0;
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
	va_list args;

	if (sizeof(out) - out_used < 4096)
		flush_out();
	va_start(args, format);
	out_used += vsnprintf(out + out_used, sizeof(out) - out_used, format, args);
	va_end(args);
}

static const char *errno_name(int number)
{
	const char *name;

	if (number == 0)
		return "0";
	if (number == 133)             /* EHWPOISON, unknown to some C libraries */
		return "EHWPOISON";
	name = strerrorname_np(number);
	return name ? name : "EUNKNOWN";
}

static const char *signal_name(int number)
{
	switch (number) {
	case SIGBUS: return "SIGBUS";
	case SIGSEGV: return "SIGSEGV";
	case SIGKILL: return "SIGKILL";
	case SIGALRM: return "SIGALRM";
	default: return "SIGOTHER";
	}
}

/* ---- touching memory that may answer with a signal ---------------------- */

/* Of each thread: a fault's signal comes to the one that faulted. */
static __thread sigjmp_buf escape;
static __thread volatile sig_atomic_t may_escape, signal_seen;

static void on_signal(int number)
{
	signal_seen = number;
	if (may_escape)
		siglongjmp(escape, 1);
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

/*
 * Read or write one page, by its first byte alone, which is the one that is looked at: in a
 * race a page may go while a longer write is under way, and come back with the rest of it.
 * False, and the signal noted, where it cannot be done.
 */
static int touch(char *page, int fill, int value)
{
	if (sigsetjmp(escape, 1)) {
		may_escape = 0;
		return 0;
	}
	may_escape = 1;
	if (fill)
		*(volatile char *)page = value;
	else
		(void)*(volatile char *)page;
	may_escape = 0;
	return 1;
}

/* ---- what the entries hold ------------------------------------------------ */

static char class_of(uint64_t entry)
{
	int wp = !!(entry & PM_UFFD_WP);

	if (entry & PM_PRESENT) {
		if (entry & PM_FILE)
			return wp ? 'F' : 'f';
		/* Without frame numbers: the zero page is nobody's own. */
		if (learned->types ? (entry & PM_PFN) == learned->zero_pfn
				   : !(entry & PM_EXCLUSIVE))
			return wp ? 'Z' : 'z';
		return wp ? 'A' : 'a';
	}
	if (entry & PM_GUARD)
		return 'g';
	if (!(entry & PM_SWAP))
		return '.';
	if (!learned->types) {             /* type and offset are root's to see */
		if (learned->pageout)
			return wp ? 'S' : 's';
		return wp ? 'u' : 'p';
	}
	if (SWAP_TYPE(entry) == learned->swap_type)
		return wp ? 'S' : 's';
	if (SWAP_TYPE(entry) == learned->hwpoison_type)
		return 'h';
	for (int i = 0; i < 2; i++) {
		if (SWAP_TYPE(entry) == learned->private_type[i])
			return wp ? 'D' : 'd';
		if (SWAP_TYPE(entry) == learned->exclusive_type[i])
			return wp ? 'E' : 'e';
	}
	/* Up to three kinds of migration entry come next (include/linux/swap.h). */
	if (learned->hwpoison_type >= 0 && SWAP_TYPE(entry) > learned->hwpoison_type &&
	    SWAP_TYPE(entry) <= learned->hwpoison_type + 3 &&
	    SWAP_TYPE(entry) != learned->marker_type)
		return 'm';
	if (SWAP_TYPE(entry) == learned->marker_type)
		switch (SWAP_OFFSET(entry)) {
		case 1: return 'u';
		case 2: return 'p';
		case 4: return 'g';
		}
	return '?';
}

static uint64_t entry_at(const char *page)
{
	uint64_t entry = 0;

	if (pread(pagemap, &entry, 8, (uintptr_t)page / PAGE * 8) != 8)
		return 0;
	return entry;
}

/*
 * Which private pages are in the swap cache: of one that is mapped kpageflags tells, of one
 * that is swapped out mincore().
 */
static void say_swap_cached(int id, const char *classes, const uint64_t *entries)
{
	struct mapping *map = &mappings[id];

	if (pageflags < 0)
		pageflags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	say("v %d =", id);
	for (unsigned long i = 0; i < map->pages; i++) {
		unsigned char incore = 0;
		uint64_t flags = 0;
		if (strchr("aA", classes[i]) &&
		    pread(pageflags, &flags, 8, (entries[i] & PM_PFN) * 8) == 8)
			incore = !!(flags & PF_SWAPCACHE);
		else if (strchr("sS", classes[i]) &&
			 mincore(map->start + i * PAGE, PAGE, &incore) < 0)
			incore = 0;
		say("%d", incore & 1);
	}
	say("\n");
}

static void say_mapping(const char *before, int id)
{
	struct mapping *map = &mappings[id];
	uint64_t entries[MAX_PAGES];
	unsigned char incore[MAX_PAGES];
	char classes[MAX_PAGES + 1];
	int holes;

	memset(entries, 0, sizeof(entries));
	if (pread(pagemap, entries, map->pages * 8,
		  (uintptr_t)map->start / PAGE * 8) < 0)
		say("! pagemap: %s\n", errno_name(errno));
	holes = mincore(map->start, map->pages * PAGE, incore) < 0;
	for (unsigned long i = 0; i < map->pages; i++) {
		classes[i] = class_of(entries[i]);
		/* Emulators may refuse mincore() of memory that nobody may read: it is there. */
		if (holes && mincore(map->start + i * PAGE, PAGE, incore) < 0 &&
		    msync(map->start + i * PAGE, PAGE, MS_ASYNC) < 0)
			classes[i] = '-';
	}
	classes[map->pages] = 0;
	say("%sm %d %s ", before, id, classes);
	for (unsigned long i = 0; i < map->pages; i++) {
		char *page = map->start + i * PAGE;

		/* Only present entries: looking must not fault anything in. */
		if (strchr("fazFAZ", classes[i]) && touch(page, 0, 0))
			say("%02x", *(unsigned char *)page);
		else
			say("--");
	}
	say("\n");
	for (unsigned long i = 0; i < map->pages; i++)
		if (classes[i] == '?')
			say("! entry %d+%lu is %016llx\n", id, i,
			    (unsigned long long)entries[i]);
	if (!*before && learned->swap_disk == 2)
		say_swap_cached(id, classes, entries);
}

struct cachestat_range { uint64_t off, len; };
struct cachestat_pages { uint64_t cached, dirty, writeback, evicted, recently; };

/*
 * Whether a page of shmem is in the page cache: 1 or 0; -1 where this kernel cannot
 * tell.  mincore() says yes of one that is swapped out, while the swap cache has it.
 */
static int in_cache(int fd, unsigned long page)
{
	struct cachestat_range range = { page * PAGE, PAGE };
	struct cachestat_pages pages;

	if (syscall(SYS_CACHESTAT, fd, &range, &pages, 0) < 0)
		return -1;
	return pages.cached != 0;
}

/* What a read of each page of a mapping finds, whether or not it is there. */
static void say_found(int id)
{
	struct mapping *map = &mappings[id];

	say("d %d ", id);
	for (unsigned long i = 0; i < map->pages; i++) {
		char *page = map->start + i * PAGE;

		if (touch(page, 0, 0))
			say("%02x", *(unsigned char *)page);
		else
			say(signal_seen == SIGBUS ? "SB" : "SV");
	}
	say("\n");
}

static void say_all_found(void)
{
	for (int i = 0; i < MAX_MAPPINGS; i++)
		if (mappings[i].start)
			say_found(i);
	flush_out();
}

/*
 * The same by a child, so that this process has read nothing: the child's memory is a copy,
 * and what its reads bring into a page cache has the bytes that were there.
 */
static void let_child_look(void)
{
	pid_t child;
	int status;

	flush_out();
	child = fork();
	if (child == 0) {
		alarm(seconds);
		say_all_found();
		_exit(0);
	}
	if (child < 0)
		say("! a child that reads: %s\n", errno_name(errno));
	else if (waitpid(child, &status, 0) == child && WIFSIGNALED(status))
		say("! a child that reads was ended by %s\n", signal_name(WTERMSIG(status)));
}

/* The page cache, asked for with mincore() on a mapping that nobody touches. */
static void say_cache(int id)
{
	struct file *file = &files[id];
	unsigned char incore[2 * MAX_PAGES];
	char classes[2 * MAX_PAGES + 1];
	unsigned long pages;
	struct stat st;
	char *map;

	if (fstat(file->fd, &st) < 0 || st.st_size == 0) {
		say("c %d =\n", id);
		return;
	}
	pages = (st.st_size + PAGE - 1) / PAGE;
	if (pages > 2 * MAX_PAGES)
		pages = 2 * MAX_PAGES;
	map = mmap(NULL, pages * PAGE, PROT_READ, MAP_SHARED, file->fd, 0);
	if (map == MAP_FAILED || mincore(map, pages * PAGE, incore) < 0) {
		say("! cache: %s\n", errno_name(errno));
		memset(incore, 0, pages);
	}
	munmap(map, pages * PAGE);
	for (unsigned long i = 0; i < pages; i++) {
		int cached = incore[i] & 1;

		if (cached && file->shmem && learned->swap_disk == 2)
			cached = in_cache(file->fd, i);
		if (cached < 0) {
			classes[i] = '?';
			continue;
		}
		classes[i] = cached ? 'f' : '.';
		/* An empty slot of shmem is a hole; one that holds a swap entry is data. */
		if (classes[i] == '.' && file->shmem &&
		    lseek(file->fd, i * PAGE, SEEK_DATA) == (off_t)(i * PAGE))
			classes[i] = 's';
	}
	classes[pages] = 0;
	say("c %d =%s\n", id, classes);
}

/* ---- which functions a statement runs through ------------------------------ */

#define TRACING "/sys/kernel/tracing/"

static int tracing, tracing_on;

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC), done = 0;

	if (fd >= 0) {
		done = write(fd, text, strlen(text)) >= 0;
		close(fd);
	}
	return done;
}

static void set_up_tracer(void)
{
	mount("tracefs", TRACING, "tracefs", 0, "");
	put(TRACING "tracing_on", "0");
	put(TRACING "buffer_size_kb", "16384");
	/* Function and indentation are all that is wanted. */
	put(TRACING "options/funcgraph-irqs", "0");
	tracing = put(TRACING "current_tracer", "function_graph");
	put(TRACING "options/funcgraph-duration", "0");
	put(TRACING "options/funcgraph-overhead", "0");
	put(TRACING "options/funcgraph-cpu", "0");
	put("/proc/sys/kernel/sched_rt_runtime_us", "-1");
	tracing_on = open(TRACING "tracing_on", O_WRONLY);
}

/* Nobody else may run meanwhile: a switch of tasks would break the chain of calls. */
static void trace_this_process(void)
{
	struct sched_param first = { .sched_priority = 1 };
	char self[16];

	snprintf(self, sizeof(self), "%d", getpid());
	put(TRACING "set_ftrace_pid", self);
	sched_setscheduler(0, SCHED_FIFO, &first);
}

static void trace_on(int on)
{
	if (tracing && write(tracing_on, on ? "1" : "0", 1) < 0)
		tracing = 0;
}

static void say_trace(void)
{
	FILE *trace = fopen(TRACING "trace", "r");
	char line[1024];

	while (trace && fgets(line, sizeof(line), trace)) {
		char *name = line + strspn(line, " |"), *end = strstr(name, "()");

		if (line[0] != '#' && end && name < end && name[0] != '}')
			say("t %d %.*s\n", (int)(name - line) / 2, (int)(end - name), name);
	}
	if (trace)
		fclose(trace);
	put(TRACING "trace", "\n");
}

/* ---- watched from outside --------------------------------------------------------- */

static int watching;
static int move_once;                  /* migrate() moves a page once, not at least once */

/*
 * A store to a place that is watched, by which whoever watches knows how far the program is
 * (watcher.py): where it begins and is over, where a statement begins and ends.
 */
static void mark(long what)
{
	if (watching)
		__asm__ volatile("mov %0, (%1)" : : "a"(what), "d"(MARKS) : "memory");
}

static void begin_watching(void)
{
	move_once = 1;                 /* as the model: one write of each kind for each page */
	watching = mmap((void *)MARKS, PAGE, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

/*
 * Beyond the last mapping lies a page that is never touched again: with it there is a page
 * of the directory above the page tables, so that these can be seen to come and go.
 */
static void begin_watched(void)
{
	char *beyond = mmap((char *)BASE + MAX_MAPPINGS * SLOT, PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	*(volatile char *)beyond = 1;
	mark(MARK_PROGRAM);
}

/* ---- the statements ---------------------------------------------------------- */

static int write_all(int fd, const char *buffer, size_t size, off_t at, size_t chunk)
{
	while (size) {
		ssize_t n = pwrite(fd, buffer, size < chunk ? size : chunk, at);

		if (n < 0)
			return errno;
		buffer += n;
		size -= n;
		at += n;
	}
	return 0;
}

/* As many pages of one value, of each thread; they stay, so that no later call faults. */
static char *page_buffer(int value, unsigned long pages)
{
	static __thread char *buffer;

	if (!buffer)
		buffer = mmap(NULL, MAX_PAGES * PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(buffer, value, pages * PAGE);
	return buffer;
}

/* Page by page: one big write might make large folios. */
static int write_pages(int fd, int value, unsigned long first, unsigned long end)
{
	return write_all(fd, page_buffer(value, end - first), (end - first) * PAGE, first * PAGE, PAGE);
}

static int new_file(int id, int shmem, unsigned long pages)
{
	struct file *file = &files[id];
	char name[256];

	file->shmem = shmem;
	if (shmem) {
		file->fd = memfd_create("zapviz", 0);
		if (file->fd < 0 || ftruncate(file->fd, pages * PAGE) < 0)
			return errno;
		return 0;
	}
	if (!disk_usable)
		return ENODEV;
	snprintf(name, sizeof(name), "%s/zapviz.%d", disk, id);
	file->fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (file->fd < 0)
		return errno;
	unlink(name);
	int error = write_pages(file->fd, 0, 0, pages);

	if (error)
		return error;
	return fsync(file->fd) < 0 ? errno : 0;
}

static int place(char *at, unsigned long pages, int flags, int fd, off_t offset)
{
	if (mmap(at, pages * PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd,
		 offset) == MAP_FAILED)
		return errno;
	madvise(at, pages * PAGE, MADV_RANDOM);
	madvise(at, pages * PAGE, MADV_NOHUGEPAGE);
	return 0;
}

static int new_mapping(int id, unsigned long pages, int flags, int fd, off_t offset)
{
	struct mapping *map = &mappings[id];
	int error = place((char *)BASE + id * SLOT, pages, flags, fd, offset);

	if (!error) {
		map->start = (char *)BASE + id * SLOT;
		map->pages = pages;
	}
	return error;
}

/* Where the kernel has no MAP_DROPPABLE, there is a mapping with nothing mapped. */
static int new_droppable(int id, unsigned long pages)
{
	int error = new_mapping(id, pages, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);

	mappings[id].start = (char *)BASE + id * SLOT;
	mappings[id].pages = pages;
	return error;
}

static int advise_process(char *start, size_t size, int advice, int number);

/* A userfaultfd that answers faults on protected pages with SIGBUS. */
static int open_uffd(uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 && errno == EPERM)
		fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api) < 0) {
		close(fd);
		return -1;
	}
	if (fd >= 0)
		learned->uffd_features = api.features;
	return fd;
}

/* Both bodies of a race use one: what one has registered, another must not. */
static int the_uffd(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	uint64_t wanted = UFFD_FEATURE_SIGBUS | UFFD_FEATURE_WP_HUGETLBFS_SHMEM |
			  UFFD_FEATURE_PAGEFAULT_FLAG_WP | FEATURE_POISON;

	pthread_mutex_lock(&lock);
	if (uffd < 0) {
		uint64_t known = learned->uffd_features;

		uffd = open_uffd(wanted & known);
		learned->uffd_features = known;
	}
	pthread_mutex_unlock(&lock);
	return uffd;
}

static int uffd_action(struct mapping *map, char *start, size_t size, int poison)
{
	if (the_uffd() < 0)
		return errno;
	{
		struct uffdio_register reg = {
			.range = { (uintptr_t)map->start, map->pages * PAGE },
			.mode = UFFDIO_REGISTER_MODE_WP,
		};

		if (ioctl(uffd, UFFDIO_REGISTER, &reg) < 0)
			return errno;
		map->registered = 1;
	}
	if (poison) {
		struct uffdio_poison_arg arg = { .range = { (uintptr_t)start, size } };

		if (ioctl(uffd, IOCTL_POISON, &arg) < 0)
			return errno;
	} else {
		struct uffdio_writeprotect arg = {
			.range = { (uintptr_t)start, size },
			.mode = UFFDIO_WRITEPROTECT_MODE_WP,
		};

		if (ioctl(uffd, UFFDIO_WRITEPROTECT, &arg) < 0)
			return errno;
	}
	return 0;
}

/*
 * Move each page to node 0 and then to node 1, so that it moves once at least;
 * with move_once, to the node where it is not.
 * What move_pages says of a page that is not there differs between kernels and
 * between kinds of absence: here it is ENOENT.
 */
static int migrate(char *start, unsigned long pages)
{
	for (unsigned long i = 0; i < pages; i++) {
		void *page = start + i * PAGE;
		int first = 0, last = 1, status = -ENOENT;

		if (move_once) {
			syscall(SYS_move_pages, 0, 1UL, &page, NULL, &status, 0);
			first = last = status != 1;
		}
		for (int node = first; node <= last; node++) {
			/* 5.10 says 0 of a single page that stays, and leaves the status alone. */
			status = -EAGAIN;

			long left = syscall(SYS_move_pages, 0, 1UL, &page, &node, &status, MOVE_ALL);

			if (left < 0)
				return errno;
			if (left > 0)          /* somebody else's reference kept it */
				return EAGAIN;
			if (status < 0)
				return status == -EFAULT ? ENOENT : -status;
		}
	}
	return 0;
}

/* Whether pages can be moved: it takes a second node, and on the host a privilege. */
static int can_migrate(char *page)
{
	void *one = page;
	int status = -ENOENT, node;

	if (syscall(SYS_move_pages, 0, 1UL, &one, NULL, &status, 0) < 0 || status < 0)
		return 0;
	node = !status;
	return syscall(SYS_move_pages, 0, 1UL, &one, &node, &status, MOVE_ALL) == 0 &&
	       status == node;
}

/* An open file of its own: O_DIRECT holds for all that share one. */
static int open_direct(int fd)
{
	char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return open(name, O_RDWR | O_DIRECT);
}

static int direct_read(int fd, char *memory, size_t size, off_t at)
{
	int own = open_direct(fd), error;

	if (own < 0)
		return errno;
	error = pread(own, memory, size, at) < 0 ? errno : 0;
	close(own);
	return error;
}

static int direct_write(int fd, const char *buffer, size_t size, off_t at)
{
	int own = open_direct(fd), error;

	if (own < 0)
		return errno;
	error = write_all(own, buffer, size, at, size);
	close(own);
	return error;
}

static int can_write_directly(void)
{
	char name[256];
	int fd, works;

	snprintf(name, sizeof(name), "%s/zapviz", disk);
	fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return 0;
	unlink(name);
	works = direct_write(fd, page_buffer(0, 1), PAGE, 0) == 0;
	close(fd);
	return works;
}

/* The driver mirrors the process that opens its device: each program opens it anew. */
static int open_device(void)
{
	if (device < 0)
		device = open(DEVICE, O_RDWR | O_CLOEXEC);
	return device < 0 ? errno : 0;
}

/*
 * Afterwards the driver reads the pages back, and says ENOENT where one of them is
 * not with the device: the call itself did what it could.
 */
static int lend(char *start, unsigned long pages, int exclusive)
{
	struct lending arg = { .address = (uintptr_t)start, .pages = pages };
	int error = open_device();

	if (error)
		return error;
	arg.copy = (uintptr_t)page_buffer(0, pages);
	if (ioctl(device, exclusive ? LEND_EXCLUSIVE : LEND_PRIVATE, &arg) == 0 ||
	    errno == ENOENT)
		return 0;
	return errno;
}

/* Whether there is such a device, and how the entries look whose pages it has. */
static int can_lend(void)
{
	int works = 0;

	for (int readable = 0; readable < 2; readable++) {
		char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		touch(page, 1, 1);
		if (lend(page, 1, 0))
			return 0;
		if (readable)
			mprotect(page, PAGE, PROT_READ);
		if (entry_at(page) & PM_SWAP && !(entry_at(page) & PM_PRESENT)) {
			learned->private_type[readable] = SWAP_TYPE(entry_at(page));
			works = 1;
		}
		mprotect(page, PAGE, PROT_READ | PROT_WRITE);
		if (lend(page, 1, 1))
			continue;
		if (readable)
			mprotect(page, PAGE, PROT_READ);
		if (entry_at(page) & PM_SWAP && !(entry_at(page) & PM_PRESENT))
			learned->exclusive_type[readable] = SWAP_TYPE(entry_at(page));
	}
	return works;
}

static const char *const swap_devices[] = { "/dev/ram0", "/dev/loop0" };

/* Swap to the disk, or to the device that answers at once. */
static int choose_swap(int to_disk)
{
	int now = learned->swap_disk == 2;

	if (!learned->swap_disk)
		return to_disk ? ENODEV : 0;
	if (now == to_disk)
		return 0;
	if (swapoff(swap_devices[now]) < 0 || swapon(swap_devices[to_disk], 0) < 0)
		return errno;
	learned->swap_disk = 1 + to_disk;
	return 0;
}

/*
 * A disk is written after the call that asks for it: wait until nothing is under way. What
 * was written waits in its CPU's batch to be put at the end of the LRU, with a reference that
 * keeps it in the swap cache when it is written to; MADV_COLD empties the batch.
 */
static void wait_for_disk(void)
{
	for (int turn = 0; turn < 1000; turn++) {
		FILE *info = fopen("/proc/meminfo", "r");
		unsigned long left = 0;
		char line[128];

		while (info && fgets(line, sizeof(line), info))
			if (sscanf(line, "Writeback: %lu", &left) == 1)
				break;
		if (info)
			fclose(info);
		if (!left)
			break;
		usleep(1000);
	}
	madvise(learned, PAGE, MADV_COLD);
}

/* One statement; its errno, 0 where all is well. */
static int run(char letter, const long *n)
{
	/* Most statements start with an object and a half-open range of its pages. */
	struct mapping *map = &mappings[n[0]];
	struct file *file = &files[n[0]];
	char *start = map->start + n[1] * PAGE;
	size_t size = (n[2] - n[1]) * PAGE;
	int prot = 0;

	switch (letter) {
	case 'f':
		return new_file(n[0], n[1], n[2]);
	case 'm':                      /* id file first pages shared */
		return new_mapping(n[0], n[3], n[4] ? MAP_SHARED : MAP_PRIVATE,
				   files[n[1]].fd, n[2] * PAGE);
	case 'n':
		if (n[2])
			return new_droppable(n[0], n[1]);
		return new_mapping(n[0], n[1], MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	case 'o':                      /* place first end advice process */
		return advise_process((char *)BASE + n[0] * SLOT + n[1] * PAGE, size, n[3], n[4]);
	case 'x':
		return place(start, n[2] - n[1], MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	case 'w':
	case 'r':
		for (char *page = start; page < start + size; page += PAGE)
			if (!touch(page, letter == 'w', n[3]))
				break;
		return 0;
	case 'a':
		return madvise(start, size, n[3]) < 0 ? errno : 0;
	case 'l':
		return (n[3] ? mlock(start, size) : munlock(start, size)) < 0 ? errno : 0;
	case 'q':
		prot |= n[3] & 1 ? PROT_READ : 0;
		prot |= n[3] & 2 ? PROT_WRITE : 0;
		return mprotect(start, size, prot) < 0 ? errno : 0;
	case 'u':
		return uffd_action(map, start, size, n[3]);
	case 'd':
		return munmap(start, size) < 0 ? errno : 0;
	case 't':
		return ftruncate(file->fd, n[1]) < 0 ? errno : 0;
	case 'h':
		return fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				 n[1] * PAGE, size) < 0 ? errno : 0;
	case 'p':
		if (n[4])
			return direct_write(file->fd, page_buffer(n[3], n[2] - n[1]), size, n[1] * PAGE);
		return write_pages(file->fd, n[3], n[1], n[2]);
	case 'i':                      /* file first end mapping first */
		return direct_read(file->fd, mappings[n[3]].start + n[4] * PAGE,
				   size, n[1] * PAGE);
	case 'g':
		return migrate(start, n[2] - n[1]);
	case 'v':
		return lend(start, n[2] - n[1], n[3]);
	case 'b':
		return choose_swap(n[0]);
	}
	return ENOSYS;
}

/* ---- processes ------------------------------------------------------------------- */

struct request {
	char letter;                   /* a statement's; L: tell of all mappings */
	long n[6];
};

struct reply {
	int error, signal;
	pid_t pid;
};

/* The children that were forked, by number; 0 is the process that runs the program. */
static struct process {
	int alive;
	pid_t pid;
	int asks[2], tells[2];         /* pipes */
} processes[MAX_PROCESSES];

static void say_mappings(void)
{
	for (int i = 0; i < MAX_MAPPINGS; i++)
		if (mappings[i].start)
			say_mapping("", i);
	flush_out();
}

static int fork_process(int number, int first);

/* A child's life: it does what it is asked for, until it is to end. */
static void serve(int number)
{
	struct request ask;

	while (read(processes[number].asks[0], &ask, sizeof(ask)) == sizeof(ask)) {
		struct reply told = { .pid = getpid() };

		signal_seen = 0;
		if (ask.letter == 'L')
			say_mappings();
		else if (ask.letter == 'I')
			;
		else if (ask.letter == 'F')
			told.error = fork_process(ask.n[0], ask.n[2]);
		else if (ask.letter != 'e')
			told.error = run(ask.letter, ask.n);
		told.signal = signal_seen;
		if (write(processes[number].tells[1], &told, sizeof(told)) != sizeof(told) ||
		    ask.letter == 'e')
			break;
	}
	_exit(0);
}

/* What is a child's own after a fork: its mappings' numbers, what it looks at itself with. */
static void become(int number, int first)
{
	for (int i = 0, next = first; i < first; i++)
		if (mappings[i].start) {
			mappings[next++] = mappings[i];
			mappings[i].start = NULL;
		}
	out_used = 0;
	close(pagemap);
	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uffd = device = -1;
	serve(number);
}

static int fork_process(int number, int first)
{
	int last = first;
	pid_t child;

	for (int i = 0; i < first; i++)
		last += !!mappings[i].start;
	if (number >= MAX_PROCESSES || last > MAX_MAPPINGS)
		return E2BIG;
	child = fork();
	if (child == 0)
		become(number, first);
	return child < 0 ? errno : 0;
}

/* Pipes to all of them, which a child's children inherit. */
static int prepare_processes(void)
{
	if (processes[1].asks[1])
		return 0;
	signal(SIGCHLD, SIG_IGN);      /* nobody waits for them */
	prctl(PR_SET_CHILD_SUBREAPER, 1);  /* nor for those whose parent has ended */
	setpgid(0, 0);                 /* by which they are ended with a program that is */
	for (int i = 1; i < MAX_PROCESSES; i++)
		if (pipe(processes[i].asks) < 0 || pipe(processes[i].tells) < 0)
			return errno;
	return 0;
}

/* Have a process run a statement; its errno. */
static int ask(int number, char letter, const long *n)
{
	struct process *process = &processes[number];
	struct request asked = { .letter = letter };
	struct reply told;

	if (!process->alive)
		return ESRCH;
	flush_out();                   /* a child tells of its mappings by itself */
	if (n)
		memcpy(asked.n, n, sizeof(asked.n));
	if (write(process->asks[1], &asked, sizeof(asked)) != sizeof(asked) ||
	    read(process->tells[0], &told, sizeof(told)) != sizeof(told))
		return EPIPE;
	signal_seen = told.signal;
	process->pid = told.pid;
	if (letter == 'e') {
		process->alive = 0;
		while (kill(told.pid, 0) == 0)
			usleep(100);   /* until its memory is gone */
	}
	return told.error;
}

/* process_madvise() on a child's memory, or on our own; other than all bytes is no success. */
static int advise_process(char *start, size_t size, int advice, int number)
{
	struct iovec range = { start, size };
	pid_t pid = number ? processes[number].pid : getpid();
	int pidfd = syscall(SYS_pidfd_open, pid, 0), error = 0;
	long advised;

	if (pidfd < 0)
		return errno;
	advised = syscall(SYS_process_madvise, pidfd, &range, 1UL, advice, 0);
	if (advised != (long)size)
		error = advised < 0 ? errno : EMSGSIZE;
	close(pidfd);
	return error;
}

static int begin_process(int parent, const long *n)
{
	int error = prepare_processes();

	if (!error)
		error = parent ? ask(parent, 'F', n) : fork_process(n[0], n[2]);
	processes[n[0]].alive = !error;
	if (!error)
		ask(n[0], 'I', NULL);  /* by the answer its pid is known */
	return error;
}

static void say_children(void)
{
	for (int i = 1; i < MAX_PROCESSES; i++)
		if (processes[i].alive)
			ask(i, 'L', NULL);
}

static void end_children(void)
{
	for (int i = MAX_PROCESSES - 1; i > 0; i--)
		if (processes[i].alive)
			ask(i, 'e', NULL);
}

/* ---- two bodies at once ---------------------------------------------------------- */

struct call {
	char letter;
	long n[6];
	int error, signal;
};

static struct body {
	struct call calls[MAX_BODY];
	int count, times;
	unsigned long pages;           /* most that one of them writes to a file */
	unsigned long delay;           /* turns to wait once both are there */
} bodies[2];
static int arrived, first_done, repeated;
static int kmsg = -1;

static void pin(int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void run_calls(struct body *body)
{
	for (int i = 0; i < body->count; i++) {
		struct call *call = &body->calls[i];

		signal_seen = 0;
		call->error = run(call->letter, call->n);
		call->signal = signal_seen;
	}
	body->times++;
}

static void run_body(struct body *body, int cpu)
{
	pin(cpu);
	page_buffer(0, body->pages);   /* made now: faults would be part of the race */
	__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) < 2)
		__builtin_ia32_pause();
	for (volatile unsigned long turn = 0; turn < body->delay; turn++)
		;                      /* no pause: emulation gives its turn away there */
	do {
		if (repeated && cpu && __atomic_load_n(&first_done, __ATOMIC_SEQ_CST))
			break;
		run_calls(body);
	} while (repeated && cpu);
	if (!cpu)
		__atomic_store_n(&first_done, 1, __ATOMIC_SEQ_CST);
}

static void *run_second(void *unused)
{
	run_body(&bodies[1], 1);
	return unused;
}

/* Many rounds, one process: the second thread stays, and waits for each. */
static int round_begun, second_done;

static void *run_second_often(void *unused)
{
	int seen = 0;

	pin(1);
	page_buffer(0, bodies[1].pages);
	for (;;) {
		while (__atomic_load_n(&round_begun, __ATOMIC_SEQ_CST) == seen)
			usleep(20);
		seen++;
		run_body(&bodies[1], 1);
		__atomic_store_n(&second_done, seen, __ATOMIC_SEQ_CST);
	}
	return unused;
}

static int race_again(void)
{
	static int begun;
	pthread_t second;
	int error;

	if (!begun) {
		error = pthread_create(&second, NULL, run_second_often, NULL);
		if (error)
			return error;
	}
	move_once = 1;                 /* as the model: a page that moved may be met by another CPU */
	/* All that was set up was set up on this CPU: this empties its batches. */
	madvise(page_buffer(0, bodies[0].pages), PAGE, MADV_COLD);
	arrived = 0;
	bodies[0].times = bodies[1].times = 0;
	__atomic_store_n(&round_begun, ++begun, __ATOMIC_SEQ_CST);
	run_body(&bodies[0], 0);
	while (__atomic_load_n(&second_done, __ATOMIC_SEQ_CST) < begun)
		__builtin_ia32_pause();
	return 0;
}

static void queue(struct body *body, char letter, const long *n)
{
	if (letter == 'v')
		open_device();         /* now: it would be part of the race */
	if (body->count < MAX_BODY) {
		body->calls[body->count].letter = letter;
		if (body->pages == 0)
			body->pages = 1;
		if (letter == 'p' && n[2] - n[1] > (long)body->pages)
			body->pages = n[2] - n[1];
		memcpy(body->calls[body->count++].n, n, sizeof(body->calls[0].n));
	}
}

/*
 * Now this one is late and now that one, by nothing up to some milliseconds:
 * the sizes of the bodies differ by as much.
 */
static void draw_delays(uint64_t seed)
{
	uint64_t lot = seed;

	for (int i = 0; i < 2; i++) {  /* splitmix64 */
		lot += 0x9e3779b97f4a7c15;
		seed = (lot ^ (lot >> 30)) * 0xbf58476d1ce4e5b9;
		seed = (seed ^ (seed >> 27)) * 0x94d049bb133111eb;
		seed ^= seed >> 31;
		bodies[i].delay = 0;
		if (seed & 1 || repeated)
			bodies[i].delay = (seed >> 8) & ((1UL << ((seed >> 1 & 127) % 22)) - 1);
	}
}

static int race(void)
{
	int node = 0, status, error;
	pthread_t second;
	void *page = page_buffer(0, 1);

	/* Empties every CPU's batches of pages that are on their way to the LRU. */
	syscall(SYS_move_pages, 0, 1UL, &page, &node, &status, 0);
	error = pthread_create(&second, NULL, run_second, NULL);
	if (error)
		return error;
	run_body(&bodies[0], 0);
	return pthread_join(second, NULL);
}

/* ---- one of two bodies held at a kernel function -------------------------------- */

enum { PREPARED = 1, HELD = 2, LET_GO = 3 };

static volatile int *stage;            /* set from outside, by its physical address */
static int held_cpu, held_ready, held_done, other_task, other_done;

static void *run_held(void *unused)
{
	pin(held_cpu);
	/* Once through what the body runs through: no fault of ours is to be met. */
	touch(page_buffer(0, bodies[held_cpu].pages), 1, 0);
	__atomic_store_n(&held_ready, 1, __ATOMIC_SEQ_CST);
	while (*stage < PREPARED)
		usleep(1000);
	run_calls(&bodies[held_cpu]);
	__atomic_store_n(&held_done, 1, __ATOMIC_SEQ_CST);
	return unused;
}

static void *run_other(void *unused)
{
	page_buffer(0, bodies[!held_cpu].pages);
	__atomic_store_n(&other_task, (int)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&other_task, __ATOMIC_SEQ_CST))
		usleep(1000);          /* until the held one is held, and was looked at */
	run_calls(&bodies[!held_cpu]);
	__atomic_store_n(&other_done, 1, __ATOMIC_SEQ_CST);
	return unused;
}

static void say_look(const char *word)
{
	say("h %s\n", word);
	for (int i = 0; i < MAX_MAPPINGS; i++)
		if (mappings[i].start)
			say_mapping("h ", i);
	flush_out();
}

/* Whether a thread sleeps and cannot be woken: it waits for a lock. */
static int is_waiting(int task)
{
	char path[64], line[256] = "", *end;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", task);
	stat = fopen(path, "r");
	if (!stat)
		return 0;
	if (!fgets(line, sizeof(line), stat))
		line[0] = 0;
	fclose(stat);
	end = strrchr(line, ')');
	return end && end[1] && end[2] == 'D';
}

/* "waits", and the functions in which a thread sleeps, innermost first. */
static const char *where_it_waits(int task)
{
	static char words[512];
	char path[64], line[256];
	FILE *stack;

	strcpy(words, "waits");
	snprintf(path, sizeof(path), "/proc/self/task/%d/stack", task);
	stack = fopen(path, "r");
	while (stack && fgets(line, sizeof(line), stack)) {
		char *name = strstr(line, "] "), *end = strchr(line, '+');

		if (name && end > name && strlen(words) + (end - name) < sizeof(words)) {
			*end = 0;
			strcat(words, name + 1);
		}
	}
	if (stack)
		fclose(stack);
	return words;
}

/* What becomes of the other body while the first one is held. */
static const char *watch_other(int task)
{
	for (int turn = 0, waiting = 0; turn < SECONDS_HELD * 100; turn++) {
		if (__atomic_load_n(&other_done, __ATOMIC_SEQ_CST))
			return "ended";
		waiting = is_waiting(task) ? waiting + 1 : 0;
		if (waiting == 20)
			return where_it_waits(task);
		usleep(10000);
	}
	return "runs";
}

static int race_held(int cpu)
{
	pthread_t first, second;
	int error, task;

	held_cpu = cpu;
	move_once = 1;
	alarm(12 * SECONDS_PER_PROGRAM);
	pin(!cpu);                     /* who looks on must not be held as well */
	stage = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	*stage = 0;
	error = pthread_create(&second, NULL, run_other, NULL);
	if (error)
		return error;
	error = pthread_create(&first, NULL, run_held, NULL);
	if (error)
		return error;
	while (!(task = __atomic_load_n(&other_task, __ATOMIC_SEQ_CST)) ||
	       !__atomic_load_n(&held_ready, __ATOMIC_SEQ_CST))
		usleep(1000);
	say("h ready %llx\n",
	    (unsigned long long)(entry_at((const char *)stage) & PM_PFN) * PAGE);
	flush_out();
	while (*stage < HELD && !__atomic_load_n(&held_done, __ATOMIC_SEQ_CST))
		usleep(1000);
	if (*stage == HELD)
		say_look("held");
	else
		say_look("missed");
	__atomic_store_n(&other_task, 0, __ATOMIC_SEQ_CST);
	if (*stage == HELD)
		say_look(watch_other(task));
	say("h over\n");
	flush_out();
	while (*stage < LET_GO)
		usleep(1000);
	pthread_join(first, NULL);
	return pthread_join(second, NULL);
}

/* ---- both bodies led in turns ------------------------------------------------ */

static int led_tasks[2], led_done[2];

/* A gate stands before each call; it is opened from outside, by its physical address. */
static void *run_led(void *number)
{
	int cpu = (int)(long)number;
	struct body *body = &bodies[cpu];

	pin(cpu);
	/* Once through what the body runs through: no fault of ours is to be met. */
	touch(page_buffer(0, body->pages), 1, 0);
	__atomic_store_n(&led_tasks[cpu], (int)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	body->times = 1;
	for (int i = 0; i < body->count; i++) {
		struct call *call = &body->calls[i];

		while (stage[cpu] <= i)
			__builtin_ia32_pause();
		signal_seen = 0;
		call->error = run(call->letter, call->n);
		call->signal = signal_seen;
		mark(MARK_LED | i);
	}
	while (stage[cpu] <= body->count)  /* a thread that ends gives its stack back */
		__builtin_ia32_pause();
	__atomic_store_n(&led_done[cpu], 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* This one has a CPU of its own, and tells how the others are. */
static int race_led(void)
{
	int node = 0, status, error, asleep[2] = { 0, 0 };
	void *page = page_buffer(0, 1);
	pthread_t threads[2];

	alarm(SECONDS_LED);
	pin(2);
	/* Empties every CPU's batches of pages that are on their way to the LRU. */
	syscall(SYS_move_pages, 0, 1UL, &page, &node, &status, 0);
	stage = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	for (long cpu = 0; cpu < 2; cpu++) {
		error = pthread_create(&threads[cpu], NULL, run_led, (void *)cpu);
		if (error)
			return error;
		while (!__atomic_load_n(&led_tasks[cpu], __ATOMIC_SEQ_CST))
			usleep(1000);
	}
	say("h ready %llx\n",
	    (unsigned long long)(entry_at((const char *)stage) & PM_PFN) * PAGE);
	flush_out();
	for (int turn = 1; !__atomic_load_n(&led_done[0], __ATOMIC_SEQ_CST) ||
			   !__atomic_load_n(&led_done[1], __ATOMIC_SEQ_CST); turn++) {
		usleep(20000);
		for (int cpu = 0; cpu < 2; cpu++) {
			asleep[cpu] = is_waiting(led_tasks[cpu]) ? asleep[cpu] + 1 : 0;
			if (asleep[cpu] % 25 == 15)
				say("h asleep %d%s\n", cpu,
				    where_it_waits(led_tasks[cpu]) + strlen("waits"));
		}
		if (turn % 25 == 0)
			say("h tick\n");
		flush_out();
	}
	pthread_join(threads[0], NULL);
	return pthread_join(threads[1], NULL);
}

static void say_bodies(void)
{
	for (int cpu = 0; cpu < 2; cpu++) {
		say("b %d %d", cpu, bodies[cpu].times);
		for (int i = 0; i < bodies[cpu].count && bodies[cpu].times; i++) {
			struct call *call = &bodies[cpu].calls[i];

			say(" %s", call->signal ? signal_name(call->signal)
						: errno_name(call->error));
		}
		say("\n");
	}
}

/* The kernel's own complaints, such as "BUG: Bad rss-counter state". */
static void say_complaints(void)
{
	char record[4096];
	ssize_t n;

	while (kmsg >= 0 && (n = read(kmsg, record, sizeof(record) - 1)) > 0) {
		char *text;

		record[n] = 0;
		text = strchr(record, ';');
		if (!text || (!strstr(text, "BUG:") && !strstr(text, "WARNING:")))
			continue;
		text[strcspn(text, "\n")] = 0;
		say("! %s\n", text + 1);
	}
}

/* As if the process had ended and another one begun. */
static void forget_round(void)
{
	munmap((void *)BASE, MAX_MAPPINGS * SLOT);
	memset(mappings, 0, sizeof(mappings));
	for (int i = 0; i < MAX_FILES; i++)
		if (files[i].fd >= 0) {
			close(files[i].fd);
			files[i].fd = -1;
		}
	if (uffd >= 0)
		close(uffd);
	uffd = -1;
	bodies[0].count = bodies[1].count = 0;
}

/* How many rounds a program takes: the fourth number after its "[". */
static int rounds_of(const char *text)
{
	long n[4] = { 0 };

	while (*text && *text != 'P' && *text != '[')
		for (text += strcspn(text, "\n"); *text == '\n';)
			text++;
	if (*text != '[')
		return 1;
	text++;
	for (int i = 0; i < 4 && *text == ' '; i++)
		n[i] = strtol(text, (char **)&text, 10);
	return n[3] > 1 ? n[3] : 1;
}

/* Whether the bodies come next. */
static int bodies_next(const char *text)
{
	return *text == '[';
}

/* One program, in a process of its own; text ends where the next one begins. */
static void run_program(const char *const begin)
{
	const char *text;
	long number;
	int racing, raced, held;

again:
	text = begin;
	number = 0;
	racing = raced = held = 0;
	catch_signals();
	alarm(tracing ? 12 * seconds : seconds);
	if (pagemap < 0)
		pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (tracing)
		trace_this_process();
	if (learned->rounds > 1)
		pin(0);
	if (watching)
		begin_watched();
	for (int i = 0; i < MAX_FILES; i++)
		files[i].fd = -1;
	while (*text && *text != 'P') {
		long n[6] = { 0 };
		int process = *text == '@' ? strtol(text + 1, (char **)&text, 10) : 0;
		int second = *(text += !!process) == '&';
		char letter = text[second ? 2 : 0];
		int error;

		text += second ? 3 : 1;
		for (int i = 0; i < 6 && *text == ' '; i++)
			n[i] = strtol(text, (char **)&text, 10);
		while (*text && *text++ != '\n')
			;
		if (letter == 'e' && !process) {
			end_children();
			say("s %ld 0\n", number);
			if (!forks)
				say("E exit\n");
			flush_out();
			mark(MARK_BEGIN | number);
			_exit(0);
		}
		if (letter == '[') {
			racing = raced = 1;
			repeated = n[0];
			held = n[2];
			draw_delays(n[1] + learned->round);
			continue;
		}
		if (racing && letter != ']') {
			queue(&bodies[second], letter, n);
			continue;
		}
		racing = 0;
		signal_seen = 0;
		trace_on(1);
		mark(MARK_BEGIN | number);
		error = letter == 'F' ? begin_process(process, n)
			: process ? ask(process, letter, n)
			: letter != ']' ? run(letter, n) : held == LED ? race_led()
			: held ? race_held(held - 1)
			: learned->rounds > 1 ? race_again() : race();
		trace_on(0);
		mark(MARK_END | number);
		if (learned->swap_disk == 2)
			wait_for_disk();
		say("s %ld %s", number++, errno_name(error));
		if (signal_seen)
			say(" %s", signal_name(signal_seen));
		say("\n");
		if (letter == ']')
			say_bodies();
		if (tracing)
			say_trace();
		if (learned->rounds > 1 && !raced && !bodies_next(text))
			continue;
		/* Who watches sees every entry as it is written, and looks again after a race. */
		if ((watching && !raced) || (looking && !learned->pagemap)) {
			if (children_look)
				let_child_look();
		} else {
			say_mappings();
			say_children();
			for (int i = 0; i < MAX_FILES; i++)
				if (files[i].fd >= 0)
					say_cache(i);
		}
		flush_out();
	}
	if (looking && !children_look)
		say_all_found();
	end_children();
	if (++learned->round < learned->rounds) {
		forget_round();
		say("E exit\n");
		say_complaints();
		say("P %d\n", learned->told++);
		flush_out();
		goto again;
	}
	if (!forks) {
		say("E exit\n");
		flush_out();
	}
	_exit(0);
}

/* ---- what this kernel is and can ------------------------------------------------ */

static char *fresh(int flags, int fd)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);

	madvise(page, PAGE, MADV_RANDOM);
	return page;
}

/* Makes one entry of each special kind on purpose and notes how it looks. */
static void calibrate(void)
{
	char *page = fresh(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	uint64_t entry;

	catch_signals();
	pagemap = open("/proc/self/pagemap", O_RDONLY);

	/* A file of that name need not tell anything. */
	learned->pagemap = pagemap >= 0 && !(entry_at(page) & PM_PRESENT);
	learned->direct = can_write_directly();
	touch(page, 0, 0);
	learned->zero_pfn = entry_at(page) & PM_PFN;

	touch(page, 1, 1);
	learned->pagemap &= !!(entry_at(page) & PM_PRESENT);
	learned->types = !!(entry_at(page) & PM_PFN);
	learned->migrate = can_migrate(page);
	learned->pageout = madvise(page, PAGE, MADV_PAGEOUT) == 0;
	entry = entry_at(page);
	if (entry & PM_SWAP && !(entry & PM_PRESENT) && entry & PM_PFN)
		learned->swap_type = SWAP_TYPE(entry);
	else
		learned->pageout = !!(entry & PM_SWAP);

	if (learned->types)
		learned->device = can_lend();

	page = fresh(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	learned->dontneed_locked = madvise(page, PAGE, MADV_DONTNEED_LOCKED) == 0;
	learned->guard = madvise(page, PAGE, ADVICE_GUARD_INSTALL) == 0;
	entry = entry_at(page);
	if (learned->guard && entry & PM_PFN)
		learned->marker_type = SWAP_TYPE(entry);

	uffd = open_uffd(0);
	learned->uffd = uffd >= 0;
	learned->uffd_error = uffd < 0 ? errno : 0;
	if (uffd >= 0)
		close(uffd);
	uffd = -1;
	if (learned->uffd_features & UFFD_FEATURE_WP_HUGETLBFS_SHMEM) {
		struct mapping map = { .pages = 1 };
		int fd = memfd_create("zapviz", 0);

		ftruncate(fd, PAGE);
		map.start = fresh(MAP_SHARED, fd);
		uffd_action(&map, map.start, PAGE, 0);
		entry = entry_at(map.start);
		if (entry & PM_SWAP)
			learned->marker_type = SWAP_TYPE(entry);
	}

	if (!as_init)                  /* never poison memory of the host */
		return;
	page = fresh(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	touch(page, 1, 1);
	signal_seen = 0;
	if (madvise(page, PAGE, ADVICE_HWPOISON) == 0) {
		learned->hwpoison_signal = signal_seen;
		entry = entry_at(page);
		if (entry & PM_SWAP)
			learned->hwpoison_type = SWAP_TYPE(entry);
	}
}

/* How many pages this process may lock. */
static unsigned long long lockable_pages(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return 0;
	return limit.rlim_cur / PAGE;
}

static void learn_kernel(void)
{
	struct utsname name;
	pid_t child;

	learned = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*learned = (struct calibration){
		.swap_type = -1, .hwpoison_type = -1, .marker_type = -1,
		.private_type = { -1, -1 }, .exclusive_type = { -1, -1 },
	};
	child = fork();
	forks = child >= 0;
	if (child <= 0) {
		alarm(seconds);
		calibrate();
		if (child == 0)
			_exit(0);
		alarm(0);
	}
	waitpid(child, NULL, 0);
	learned->swap_disk = as_init && learned->pageout && disk_to_swap_to;
	uname(&name);
	say("k release %s\n", name.release);
	say("k zero %llx\n", (unsigned long long)learned->zero_pfn);
	say("k swap %d\n", learned->swap_type);
	say("k hwpoison %d\n", learned->hwpoison_type);
	say("k marker %d\n", learned->marker_type);
	say("k pageout %d\n", learned->pageout);
	say("k swap_disk %d\n", learned->swap_disk);
	say("k dontneed_locked %d\n", learned->dontneed_locked);
	say("k guard %d\n", learned->guard);
	say("k uffd %d\n", learned->uffd);
	say("k uffd_error %s\n", errno_name(learned->uffd_error));
	say("k uffd_features %llx\n", (unsigned long long)learned->uffd_features);
	say("k disk %d\n", disk_usable);
	say("k direct %d\n", learned->direct);
	say("k migrate %d\n", learned->migrate);
	say("k device %d\n", learned->device);
	say("k pagemap %d\n", learned->pagemap);
	say("k types %d\n", learned->types);
	say("k tracer %d\n", tracing);
	say("k forks %d\n", forks);
	say("k lockable %llu\n", lockable_pages());
	flush_out();
}

/* Where the functions are that a script names in its first line, "K NAME NAME ...". */
static void say_functions(const char *names)
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	char line[512], name[256];
	unsigned long long address;

	while (symbols && fgets(line, sizeof(line), symbols)) {
		size_t size;

		if (sscanf(line, "%llx %*c %255s", &address, name) != 2 || strchr(line, '['))
			continue;
		size = strlen(name);
		for (const char *word = names; *word == ' '; word += 1 + strcspn(word + 1, " \n"))
			if (!strncmp(word + 1, name, size) && strchr(" \n", word[1 + size]))
				say("k %s %llx\n", name, address);
	}
	if (symbols)
		fclose(symbols);
}

/* Where every function of the kernel itself is. */
static void say_all_functions(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	char line[512], name[256], type;
	unsigned long long address;

	while (symbols && fgets(line, sizeof(line), symbols))
		if (sscanf(line, "%llx %c %255s", &address, &type, name) == 3 &&
		    strchr("tTwW", type) && !strchr(line, '['))
			say("y %llx %s\n", address, name);
	if (symbols)
		fclose(symbols);
}

/* ---- as /init ----------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Loads every file of /modules; their names sort into the order they need. */
static void load_modules(void)
{
	char *names[64], path[256];
	int count = 0;
	struct dirent *item;
	DIR *dir = opendir("/modules");

	while (dir && (item = readdir(dir)) && count < 64)
		if (item->d_name[0] != '.')
			names[count++] = strdup(item->d_name);
	qsort(names, count, sizeof(*names), compare_names);
	for (int i = 0; i < count; i++) {
		const char *options = strstr(names[i], "brd") ? "rd_nr=2 rd_size=65536" : "";
		int fd;

		snprintf(path, sizeof(path), "/modules/%s", names[i]);
		fd = open(path, O_RDONLY);
		if (syscall(SYS_finit_module, fd, options, 0) < 0 && errno != EEXIST)
			fprintf(stderr, "zapviz: %s: %s\n", names[i], strerror(errno));
		close(fd);
		unlink(path);
	}
}

/* A swap area is a page that says so: version, last page, and a magic word. */
static int make_swap(const char *device)
{
	char header[PAGE];
	uint32_t *info = (uint32_t *)(header + 1024);
	int fd = open(device, O_WRONLY);

	if (fd < 0) {
		fprintf(stderr, "zapviz: %s: %s\n", device, strerror(errno));
		return 0;
	}
	memset(header, 0, sizeof(header));
	info[0] = 1;
	info[1] = SWAP_BYTES / PAGE - 1;
	memcpy(header + PAGE - 10, "SWAPSPACE2", 10);
	if (write(fd, header, PAGE) != (ssize_t)PAGE || fsync(fd) < 0 || close(fd) < 0 ||
	    swapon(device, 0) < 0) {
		fprintf(stderr, "zapviz: swap: %s\n", strerror(errno));
		return 0;
	}
	return 1;
}

/*
 * A second swap area, not used unless a program asks for it: a loop device over a file
 * of ramfs.  Unlike a RAM disk it answers later, as a disk does.
 */
static void make_swap_disk(void)
{
	int file, loop;

	mkdir("/swap", 0755);
	if (mount("ramfs", "/swap", "ramfs", 0, "") < 0)
		return;
	file = open("/swap/file", O_RDWR | O_CREAT, 0600);
	loop = open(swap_devices[1], O_RDWR);
	if (file < 0 || loop < 0 || ftruncate(file, SWAP_BYTES) < 0 ||
	    ioctl(loop, LOOP_SET_FD, file) < 0) {
		fprintf(stderr, "zapviz: no disk to swap to: %s\n", strerror(errno));
		return;
	}
	disk_to_swap_to = make_swap(swap_devices[1]) && swapoff(swap_devices[1]) == 0;
}

static void make_disk(const char *image, const char *device)
{
	char buffer[1 << 16];
	int from = open(image, O_RDONLY), to = open(device, O_WRONLY);
	ssize_t n;

	disk_usable = 0;
	if (from < 0 || to < 0) {
		fprintf(stderr, "zapviz: %s or %s: %s\n", image, device, strerror(errno));
		return;
	}
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, n) != n)
			break;
	close(from);
	fsync(to);
	close(to);
	unlink(image);
	if (mount(device, disk, "ext4", MS_NOATIME, "") < 0)
		fprintf(stderr, "zapviz: ext4: %s\n", strerror(errno));
	else
		disk_usable = 1;
}

/* Up to 6.0 the driver makes no device file of its own. */
static void make_device(void)
{
	FILE *devices = fopen("/proc/devices", "r");
	char line[128];
	int major;

	while (devices && fgets(line, sizeof(line), devices))
		if (strstr(line, "HMM_DMIRROR") && sscanf(line, "%d", &major) == 1)
			mknod(DEVICE, S_IFCHR | 0600, makedev(major, 0));
	if (devices)
		fclose(devices);
}

static void set_up_machine(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mkdir("/disk", 0755);
	mount("proc", "/proc", "proc", 0, "");
	mount("sysfs", "/sys", "sysfs", 0, "");
	mount("devtmpfs", "/dev", "devtmpfs", 0, "");
	if (ioperm(DEBUG_PORT, 1, 1) < 0)
		fprintf(stderr, "zapviz: ioperm: %s\n", strerror(errno));
	load_modules();
	make_device();
	make_swap_disk();
	make_swap(swap_devices[0]);
	make_disk("/disk.img", "/dev/ram1");
	/* Nothing may happen behind the back of a scenario. */
	put("/proc/sys/vm/dirty_writeback_centisecs", "0");
	put("/proc/sys/vm/page-cluster", "0");
	put("/proc/sys/kernel/numa_balancing", "0");
	put("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "never");
	put("/sys/kernel/mm/transparent_hugepage/enabled", "madvise");
	put("/sys/kernel/mm/transparent_hugepage/khugepaged/defrag", "0");
	put("/proc/sys/kernel/printk", "2");
}

/* A system of its own may have no such directory as the one that was given: any will do. */
static void choose_folder(void)
{
	const char *const folders[] = { disk, "/tmp", "." };

	disk_usable = 0;
	for (int i = 0; i < 3 && !disk_usable; i++) {
		char name[256];
		int fd;

		snprintf(name, sizeof(name), "%s/zapviz.try", folders[i]);
		fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd < 0)
			continue;
		unlink(name);
		close(fd);
		disk = folders[i];
		disk_usable = 1;
	}
}

static char *read_script(int fd)
{
	size_t room = 1 << 20, used = 0;
	char *text = malloc(room);
	ssize_t n;

	while (text && (n = read(fd, text + used, room - used - 1)) > 0) {
		used += n;
		if (room - used < 2)
			text = realloc(text, room *= 2);
	}
	if (!text)
		exit(3);
	text[used] = 0;
	return text;
}

/*
 * A program of its own, in the folder that is on a disk. Its lines are told at
 * once, and every second that it lives, so that nobody takes the machine for dead.
 */
static int run_file(int number)
{
	char path[32], line[512];
	size_t used = 0;
	int ends[2], status;
	pid_t child;

	snprintf(path, sizeof(path), "/programs/%d", number);
	if (access(path, X_OK) < 0 || pipe(ends) < 0)
		return 0;
	child = fork();
	if (child == 0) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		close(ends[0]);
		close(ends[1]);
		alarm(SECONDS_PER_FILE);
		if (chdir(disk) == 0)
			execl(path, path, NULL);
		_exit(127);
	}
	close(ends[1]);
	for (;;) {
		struct pollfd printed = { .fd = ends[0], .events = POLLIN };

		if (poll(&printed, 1, 1000) == 0) {
			say("+\n");
			flush_out();
		} else if (read(ends[0], line + used, 1) != 1) {
			break;
		} else if (line[used] == '\n' || used == sizeof(line) - 1) {
			say("o %.*s\n", (int)used, line);
			flush_out();
			used = 0;
		} else {
			used++;
		}
	}
	close(ends[0]);
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		say("x %d %s\n", number, signal_name(WTERMSIG(status)));
	else
		say("x %d %d\n", number, WEXITSTATUS(status));
	return 1;
}

int main(int argc, char **argv)
{
	int script = 0;
	char *text;

	/* The first process of a container is no /init of a machine that may be set up. */
	as_init = getpid() == 1 && argc > 0 && !strcmp(argv[0], "/init");
	if (as_init) {
		set_up_machine();
		script = open("/script", O_RDONLY);
		kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
		if (kmsg >= 0)
			lseek(kmsg, 0, SEEK_END);
	} else if (argc == 2 || argc == 3) {
		disk = argv[1];
		if (argc == 3)
			script = open(argv[2], O_RDONLY);
	} else {
		fprintf(stderr, "usage: probe DIRECTORY [FILE | <FILE]\n");
		return 2;
	}
	text = read_script(script);
	if (text[0] == 'L') {
		char *after;

		looking = 1;
		seconds = strtoul(text + 1, &after, 10);
		children_look = strtol(after, NULL, 10) != 1;
		if (!as_init)
			choose_folder();
	}
	if (as_init && text[0] == 'T')
		set_up_tracer();
	learn_kernel();
	children_look &= looking && forks && !learned->pagemap;
	if (as_init && text[0] == 'K')
		say_functions(text + 1);
	if (as_init && text[0] == 'Y')
		say_all_functions();
	if (as_init && text[0] == 'W')
		begin_watching();
	for (char *next = strchr(text, 'P'); next; next = strchr(next, 'P')) {
		int status;
		pid_t child;

		next += strcspn(next, "\n");
		next += *next == '\n';
		learned->rounds = rounds_of(next);
		for (learned->round = 0; learned->round < learned->rounds;) {
			say("P %d\n", learned->told++);
			flush_out();
			child = forks ? fork() : 0;
			if (child == 0)
				run_program(next);
			waitpid(child, &status, 0);
			if (forks)
				kill(-child, SIGKILL);
			mark(MARK_END | 0xffff);
			choose_swap(0);
			if (WIFSIGNALED(status)) {
				learned->round++;      /* the others are still to come */
				say("E %s\n", signal_name(WTERMSIG(status)));
			} else {
				say("E exit\n");
				if (learned->round < learned->rounds)
					learned->round = learned->rounds;
			}
			say_complaints();
		}
	}
	if (as_init && text[0] == 'S' && choose_swap(1))
		fprintf(stderr, "zapviz: no disk to swap to\n");
	for (int number = 0; as_init && run_file(number); number++)
		say_complaints();
	say("Z %d\n", learned->told);
	flush_out();
	if (as_init) {
		sync();
		reboot(RB_POWER_OFF);
	}
	return 0;
}
