/*
 * ===8<===
 * # A page of two processes: each has its own as soon as one of them writes
 * N = anon(2)
 * N[0:2] = 1
 * C = fork()
 * assert C.N == anon and N == anon and not exclusive(N[0])
 *
 * C.N[0] = 5
 * D = fork(C)
 * assert data(N[0]) == 1 and data(D.N[0]) == 5
 * madvise(D.N[1], MADV_DONTNEED)
 * assert D.rss.anonpages == 1 and C.rss.anonpages == 2
 * exit(C)
 * assert C.N == unmapped and exclusive(N[0]) and exclusive(D.N[0])
 * assert read(D.N[1]) == 0 and data(D.N[1]) == 0
 * ===8<===
 *
 * gcc -o fork fork.c && ./fork
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define KSFT_SKIP	4
#define SECONDS		10
#define PAGE		4096
#define AT(n)		((char *)(0x1000000000 + (n) * 0x200000L))
#define PM_PRESENT	(1ULL << 63)
#define PM_EXCLUSIVE	(1ULL << 56)
#define PM_FRAME	((1ULL << 55) - 1)
#define BLIND		"/proc/self/pagemap cannot be read"

enum { FIRST, C, D, PROCESSES };

/* What the processes share: which step is being done, and the verdicts. */
static struct {
	atomic_int step, over;
	int passed, failed, skipped;
	pid_t pid[PROCESSES];
} *all;

static int self, step, mine = 1;

static const char *unsure;

static void linger(void);

/* The first process tells of all, and ends the others. */
static void finish(void)
{
	int who;

	all->over = 1;
	while (self)
		linger();
	for (who = FIRST + 1; who < PROCESSES; who++) {
		if (all->pid[who])
			kill(all->pid[who], SIGKILL);
	}
	while (wait(NULL) > 0)
		;
	printf("Reproducer %s: %d passed, %d failed, %d skipped\n",
	       all->failed ? "FAIL" : all->skipped ? "SKIP" : "PASS",
	       all->passed, all->failed, all->skipped);
	exit(all->failed ? 1 : all->skipped ? KSFT_SKIP : 0);
}

static void stop(const char *how, const char *call)
{
	printf(errno ? "%s %s: %m\n" : "%s needed: %s\n", how, call);
	all->failed += *how == 'F';
	finish();
}

#define must(x)	((x) ? (void)0 : stop("FAIL", #x))
#define need(x)	((x) ? (void)0 : stop("SKIP", #x))

static void check(int line, const char *what, int holds)
{
	if (unsure) {
		printf("SKIP line %d: %s: %s\n", line, what, unsure);
		unsure = NULL;
		return;
	}
	printf("%s line %d: %s\n", holds ? "PASS" : "FAIL", line, what);
	all->passed += holds;
	all->failed += !holds;
	all->skipped--;
}

/* Whether there is no first process any more: its children have others then. */
static int orphaned(void)
{
	int who = FIRST;

	while (who < PROCESSES && all->pid[who] != getppid())
		who++;
	return self && who == PROCESSES;
}

/* Until another process has done something, or must have. */
static void linger(void)
{
	int status;

	if (orphaned())
		_exit(1);
	if (waitpid(-1, &status, WNOHANG) > 0 && status && !all->over) {
		printf("FAIL a child was ended by signal %d\n",
		       WTERMSIG(status));
		all->failed++;
		finish();
	}
	if (!self && all->over)
		finish();
	usleep(1000);
}

/* On one CPU: no page stays behind on a list of another one. */
static void share(void)
{
	cpu_set_t cpus;

	all = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED) {
		perror("mmap");
		exit(KSFT_SKIP);
	}
	all->skipped = 10;
	all->pid[FIRST] = getpid();
	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	/* A child whose parent has ended becomes ours. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* All processes come by here before each step; who it is does the step. */
static int turn(int who)
{
	int tries = 0;

	if (mine)
		all->step = step + 1;
	step++;
	mine = who == self;
	while (mine && all->step != step) {
		linger();
		/* Others wait for as long as there is the first process. */
		if (self || tries++ < 3 * SECONDS * 1000)
			continue;
		printf("FAIL a child is not back after %d seconds\n",
		       3 * SECONDS);
		all->failed++;
		finish();
	}
	return mine;
}

static void begin_child(int who, int parent)
{
	pid_t child;

	if (!turn(parent))
		return;
	child = fork();
	must(child >= 0);
	if (child) {
		all->pid[who] = child;
		return;
	}
	self = who;
	mine = 0;
}

static void end_child(int who, int parent)
{
	if (turn(who)) {
		all->step = step + 1;
		_exit(0);
	}
	/* Its memory is gone when it can be waited for; linger() may have. */
	if (turn(parent)) {
		waitpid(all->pid[who], NULL, 0);
		all->pid[who] = 0;
	}
}

/* Whether a child has ended: all of its memory is unmapped then. */
static int gone(int who)
{
	return !all->pid[who];
}

/* What a fault maps depends on alignment, on readahead and on huge pages. */
static char *map(char *at, int pages, int flags, int fd, off_t offset)
{
	must(mmap(at, pages * PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED,
		  fd, offset) == at);
	madvise(at, pages * PAGE, MADV_RANDOM);
	madvise(at, pages * PAGE, MADV_NOHUGEPAGE);
	return at;
}

static sigjmp_buf escape;

static void on_signal(int number)
{
	siglongjmp(escape, number);
}

/* Write a byte of each page, or read it if value is -1; a signal, or 0. */
static int touch(char *page, int pages, int value)
{
	volatile int i;
	int number = sigsetjmp(escape, 1);

	signal(SIGBUS, on_signal);
	signal(SIGSEGV, on_signal);
	for (i = 0; !number && i < pages; i++) {
		if (value < 0)
			(void)*(volatile char *)(page + i * PAGE);
		else
			*(volatile char *)(page + i * PAGE) = value;
	}
	signal(SIGBUS, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	return number;
}

enum { NONE = 1, ANON = 2, ZERO_PAGE = 4, UNMAPPED = 8 };

/* The entry of a page in the pagemap of this process. */
static int look_up(const char *page, uint64_t *entry)
{
	static int pagemap = -1, whose;

	if (pagemap < 0 || whose != self)
		pagemap = open("/proc/self/pagemap", O_RDONLY);
	whose = self;
	return pread(pagemap, entry, 8, (uintptr_t)page / PAGE * 8) == 8;
}

/* A private page that several map, or the zero page: root can tell. */
static int several(uint64_t frame)
{
	int fd = open("/proc/kpageflags", O_RDONLY);
	uint64_t flags;
	int got = pread(fd, &flags, 8, frame * 8);

	close(fd);
	if (!frame || got != 8)
		return ANON | ZERO_PAGE;
	return flags & 1 << KPF_ZERO_PAGE ? ZERO_PAGE : ANON;
}

/* Without pagemap an entry may be anything: the result is negative. */
static int pte(const char *page)
{
	uint64_t entry;
	unsigned char incore;

	if (!look_up(page, &entry))
		return mincore((void *)page, PAGE, &incore) ?
		       UNMAPPED : ~UNMAPPED;
	if (entry & PM_PRESENT)
		return entry & PM_EXCLUSIVE ? ANON : several(entry & PM_FRAME);
	return mincore((void *)page, PAGE, &incore) ? UNMAPPED : NONE;
}

/*
 * How many entries are of these kinds; those of all mappings make up rss,
 * which the kernel itself checks when a process ends (see dmesg).
 */
static int count(const char *page, int pages, int kinds)
{
	int found = 0, kind;

	for (; pages--; page += PAGE) {
		kind = pte(page);
		found += !!(kind & kinds);
		/* Either this or that, as far as one can see. */
		if (kind & kinds && kind & ~kinds)
			unsure = kind < 0 ? BLIND :
				 "only root can tell zero";
	}
	return found;
}

/* How many entries map a page that no other entry maps. */
static int exclusive(const char *page, int pages)
{
	int found = 0;
	uint64_t entry;

	for (; pages--; page += PAGE) {
		if (!look_up(page, &entry))
			unsure = BLIND;
		else if (entry & PM_PRESENT)
			found += !!(entry & PM_EXCLUSIVE);
	}
	return found;
}

static int look(const char *page, int value)
{
	int status = 0;
	pid_t child = fork();

	if (!child)
		_exit((unsigned char)*page == value);
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status);
}

/* How many pages are mapped and hold this byte; a look faults nothing in. */
static int holding(const char *page, int pages, int value)
{
	int found = 0;

	for (; pages--; page += PAGE) {
		if (pte(page) & (ANON | ZERO_PAGE))
			found += (unsigned char)*page == value;
	}
	return found;
}

/* The same of what is there on every kernel: without pagemap a child looks. */
static int reading(const char *page, int pages, int value)
{
	int found = 0;

	if (pte(page) > 0)
		return holding(page, pages, value);
	for (; pages--; page += PAGE)
		found += look(page, value);
	return found;
}

static char *N;

int main(void)
{
	share();
	need(getpagesize() == PAGE);

	/* N = anon(2) */
	N = map(AT(0), 2, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* N[0:2] = 1 */
	memset(N, 1, 2 * PAGE);
	/* C = fork() */
	begin_child(C, FIRST);
	if (turn(C))
		check(5, "C.N == anon", count(N, 2, ANON) == 2);
	if (turn(FIRST)) {
		check(5, "N == anon and not exclusive(N[0])",
		      count(N, 2, ANON) == 2 && !(exclusive(N, 1)));
	}

	if (turn(C)) {
		/* C.N[0] = 5 */
		memset(N, 5, PAGE);
	}
	/* D = fork(C) */
	begin_child(D, C);
	if (turn(D))
		check(9, "data(D.N[0]) == 5", reading(N, 1, 5));
	if (turn(FIRST))
		check(9, "data(N[0]) == 1", reading(N, 1, 1));
	if (turn(D)) {
		/* madvise(D.N[1], MADV_DONTNEED) */
		must(madvise(N + PAGE, PAGE, MADV_DONTNEED) == 0);
		check(11, "D.rss.anonpages == 1", count(N, 2, ANON) == 1);
	}
	if (turn(C))
		check(11, "C.rss.anonpages == 2", count(N, 2, ANON) == 2);
	/* exit(C) */
	end_child(C, FIRST);
	if (turn(D))
		check(13, "exclusive(D.N[0])", exclusive(N, 1));
	if (turn(FIRST)) {
		check(13, "exclusive(N[0])", exclusive(N, 1));
		check(13, "C.N == unmapped", gone(C));
	}
	if (turn(D)) {
		check(14, "read(D.N[1]) == 0 and data(D.N[1]) == 0",
		      touch(N + PAGE, 1, -1) == 0 && reading(N + PAGE, 1, 0));
	}
	if (turn(FIRST))
		finish();
	for (;;)
		linger();
}
