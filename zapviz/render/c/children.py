"""The C of reproducers that fork: how processes take turns, and what tells of shared pages.

Every process runs main() from where it was forked, and passes turn() before each step.  One of them
does the step; the others go on to the next, and whoever has one waits until all before it are done.
What the checks found is counted in shared memory, of which the first process tells.  It ends the
others as well; should it be ended itself, they see that and leave.
"""

# ruff: noqa: E101 (the C is indented as the kernel's is)

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

__all__ = [
    *("ALL", "BEGIN", "END", "EXCLUSIVE", "FINISH", "GONE", "LINGER", "LIVING"),
    *("MAPCOUNT", "ORPHANED", "SEVERAL", "SWAPCACHE", "SWAP_PSS", "SWAP_WRITTEN", "TURN"),
    *("VMA_HAS", "holding_hidden", "look"),
    *("look_up", "names", "share", "slot_count"),
]


def names(processes: Sequence[str]) -> str:
    """Write the numbers of the processes; FIRST is the one that main() begins with."""
    listed = ", ".join(["FIRST", *processes])
    return f"enum {{ {listed}, PROCESSES }};\n"


ALL: Final = """\
/* What the processes share: which step is being done, and the verdicts. */
static struct {
	atomic_int step, over;
	int passed, failed, skipped;
	pid_t pid[PROCESSES];
} *all;

static int self, step, mine = 1;
"""


def share(assertions: int) -> str:
    """Write share(), which prepares for forks."""
    return f"""\
/* On one CPU: no page stays behind on a list of another one. */
static void share(void)
{{
	cpu_set_t cpus;

	all = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED) {{
		perror("mmap");
		exit(KSFT_SKIP);
	}}
	all->skipped = {assertions};
	all->pid[FIRST] = getpid();
	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	/* A child whose parent has ended becomes ours. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
}}
"""


FINISH: Final = """\
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
	printf("Reproducer %s: %d passed, %d failed, %d skipped\\n",
	       all->failed ? "FAIL" : all->skipped ? "SKIP" : "PASS",
	       all->passed, all->failed, all->skipped);
	exit(all->failed ? 1 : all->skipped ? KSFT_SKIP : 0);
}
"""

ORPHANED: Final = """\
/* Whether there is no first process any more: its children have others then. */
static int orphaned(void)
{
	int who = FIRST;

	while (who < PROCESSES && all->pid[who] != getppid())
		who++;
	return self && who == PROCESSES;
}
"""

LINGER: Final = """\
/* Until another process has done something, or must have. */
static void linger(void)
{
	int status;

	if (orphaned())
		_exit(1);
	if (waitpid(-1, &status, WNOHANG) > 0 && status && !all->over) {
		printf("FAIL a child was ended by signal %d\\n",
		       WTERMSIG(status));
		all->failed++;
		finish();
	}
	if (!self && all->over)
		finish();
	usleep(1000);
}
"""

TURN: Final = """\
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
		printf("FAIL a child is not back after %d seconds\\n",
		       3 * SECONDS);
		all->failed++;
		finish();
	}
	return mine;
}
"""

BEGIN: Final = """\
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
"""

END: Final = """\
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
"""

GONE: Final = """\
/* Whether a child has ended: all of its memory is unmapped then. */
static int gone(int who)
{
	return !all->pid[who];
}
"""


def look_up(processes: bool) -> str:
    """Write look_up(), for several processes or one."""
    whose, other, note = "", "", ""
    if processes:
        whose, other, note = ", whose", " || whose != self", "\twhose = self;\n"
    return f"""\
/* The entry of a page in the pagemap of this process. */
static int look_up(const char *page, uint64_t *entry)
{{
	static int pagemap = -1{whose};

	if (pagemap < 0{other})
		pagemap = open("/proc/self/pagemap", O_RDONLY);
{note}\
	return pread(pagemap, entry, 8, (uintptr_t)page / PAGE * 8) == 8;
}}
"""


SEVERAL: Final = """\
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
"""

EXCLUSIVE: Final = """\
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
"""

MAPCOUNT: Final = """\
/* How many entries map a page of this mapcount; ~value: of any other. */
static int mapcount(const char *page, int pages, int value)
{
	int fd = open("/proc/kpagecount", O_RDONLY);
	uint64_t entry, n;
	int found = 0;

	for (; pages--; page += PAGE) {
		if (!look_up(page, &entry))
			unsure = BLIND;
		else if (!(entry & PM_PRESENT))
			continue;
		else if (!(entry & PM_FRAME) ||
			 pread(fd, &n, 8, (entry & PM_FRAME) * 8) != 8)
			unsure = "only root sees mapcounts";
		else if (n)	/* not the zero page */
			found += value < 0 ? (int)n != ~value :
					     (int)n == value;
	}
	close(fd);
	return found;
}
"""

SWAPCACHE: Final = """\
/* How many entries have a page in the swap cache, mapped or swapped out. */
static int swapcache(const char *page, int pages)
{
	int fd = open("/proc/kpageflags", O_RDONLY), found = 0, kind;
	unsigned char incore;
	uint64_t entry, flags;

	for (; pages--; page += PAGE) {
		kind = pte(page);
		if (kind & SWAP && kind & ~SWAP)
			unsure = kind < 0 ? BLIND :
				 "only root sees which swap type";
		else if (kind & SWAP)
			found += !mincore((void *)page, PAGE, &incore) &&
				 incore & 1;
		else if (kind & ANON && look_up(page, &entry)) {
			if (pread(fd, &flags, 8, (entry & PM_FRAME) * 8) != 8)
				unsure = "only root sees the swap cache";
			else
				found += flags >> KPF_SWAPCACHE & 1;
		}
	}
	close(fd);
	return found;
}
"""

SWAP_WRITTEN: Final = """/*
 * A page that is being written cannot leave the swap cache, nor one that is
 * in a batch on its way on the LRU, which MADV_COLD empties.
 */
static void swap_written(void)
{
	static char idle[PAGE] __attribute__((aligned(PAGE)));
	int tries, kib = 1;
	char line[256];
	FILE *info;

	for (tries = 0; kib && tries < 1000; tries++) {
		info = fopen("/proc/meminfo", "r");
		while (info && fgets(line, sizeof(line), info))
			if (sscanf(line, "Writeback: %d", &kib) == 1)
				break;
		if (info)
			fclose(info);
		if (kib)
			usleep(1000);
	}
	madvise(idle, PAGE, MADV_COLD);
}
"""

SWAP_PSS: Final = """\
/* In KiB; the page is a mapping of its own for as long as it is looked at. */
static int swap_pss(const char *page)
{
	unsigned long start, end, at = 0;
	char line[256];
	int kib = -1;
	FILE *smaps;

	madvise((void *)page, PAGE, MADV_DONTDUMP);
	smaps = fopen("/proc/self/smaps", "r");
	while (smaps && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx", &start, &end) == 2)
			at = start;
		if (at == (uintptr_t)page)
			sscanf(line, "SwapPss: %d", &kib);
	}
	if (smaps)
		fclose(smaps);
	madvise((void *)page, PAGE, MADV_DODUMP);
	return kib;
}
"""


LIVING: Final = """\
static int living(void)
{
	int who, found = 0;

	for (who = FIRST; who < PROCESSES; who++)
		found += !!all->pid[who];
	return found;
}
"""


def slot_count(processes: int) -> str:
    """Write slot_count(), for so many processes in all."""
    many = """\
		if (kib < 2 && living() > 3 && (value < 0 ? ~value : value) > 2)
			unsure = "smaps rounds: it may be more or fewer";
"""
    return f"""\
/*
 * How many swap entries have a slot that so many have; ~value: any other
 * number. Each has its share of 4 KiB: the whole, a half, or less.
 */
static int slot_count(const char *page, int pages, int value)
{{
	int found = 0, kind, kib, n;

	for (; pages--; page += PAGE) {{
		kind = pte(page);
		if (kind & SWAP && kind & ~SWAP)
			unsure = kind < 0 ? BLIND :
				 "only root sees which swap type";
		if (kind < 0 || !(kind & SWAP))
			continue;
		kib = swap_pss(page);
		if (kib < 0)
			unsure = "/proc/self/smaps cannot be read";
{many * (processes > 3)}\
		n = kib < 2 ? 3 : 4 / kib;
		found += value < 0 ? n != ~value : n == value;
	}}
	return found;
}}
"""


VMA_HAS: Final = """\
/* Whether smaps has this flag of the mapping of a page. */
static int vma_has(const char *page, const char *flag)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	unsigned long start, end, at = 0, to = 0;
	char line[256];
	int has = 0;

	while (smaps && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx", &start, &end) == 2) {
			at = start;
			to = end;
		}
		if (at <= (uintptr_t)page && (uintptr_t)page < to &&
		    !strncmp(line, "VmFlags:", 8))
			has = !!strstr(line, flag);
	}
	if (smaps)
		fclose(smaps);
	return has;
}
"""


def holding_hidden(kinds: str) -> str:
    """Write holding(), where memory may be made unreadable: only a child can make it readable.

    Args:
        kinds: The kinds of entries that have a byte.
    """
    return f"""\
/* How many pages hold this byte, which mprotect() may have hidden from us. */
static int holding(const char *page, int pages, int value)
{{
	int found = 0;

	for (; pages--; page += PAGE) {{
		if (pte(page) & ({kinds}))
			found += look(page, value);
	}}
	return found;
}}
"""


def look(hides: bool, omits: bool) -> str:
    """Write look(): a child reads a page, so that the process has faulted nothing in.

    Args:
        hides: Whether the scenario makes memory unreadable.
        omits: Whether the scenario says of pages that a child does not get them.
    """
    flags = before = after = ""
    read = """\
	if (!child)
		_exit((unsigned char)*page == value);
"""
    if hides:
        read = """\
	if (!child) {
		mprotect((void *)page, PAGE, PROT_READ);
		_exit((unsigned char)*page == value);
	}
"""
    if omits:
        flags = """\
	int dont = vma_has(page, " dc"), wipe = vma_has(page, " wf");
"""
        before = """\
	/* What was said of forks waits, for this child must have the page. */
	madvise((void *)page, PAGE, MADV_DOFORK);
	madvise((void *)page, PAGE, MADV_KEEPONFORK);
	child = fork();
"""
        after = """\
	if (dont)
		madvise((void *)page, PAGE, MADV_DONTFORK);
	if (wipe)
		madvise((void *)page, PAGE, MADV_WIPEONFORK);
"""
    return f"""\
static int look(const char *page, int value)
{{
{flags}\
	int status = 0;
	pid_t child{"" if omits else " = fork()"};

{before}\
{read}\
	waitpid(child, &status, 0);
{after}\
	return WIFEXITED(status) && WEXITSTATUS(status);
}}
"""
