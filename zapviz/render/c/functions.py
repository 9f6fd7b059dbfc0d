"""The C that reproducers share: functions, headers and constants, each included where it is used.

:mod:`zapviz.render.c.reproducer` writes the statements of a reproducer; this module has what they
call beside the C library. :func:`complete` finds by name what a body needs, and includes nothing
else.
"""

# ruff: noqa: E101 (the C is indented as the kernel's is)

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from zapviz.model.entries import Kind
from zapviz.render.c import children

__all__ = ["KIND", "TAKEN", "Wanted", "bare", "complete"]

KIND: Final[Mapping[str, str]] = {
    # stdio.h defines FILE
    kind.value: f"{kind.upper()}_PAGE" if kind in (Kind.FILE, Kind.ZERO) else kind.upper()
    for kind in Kind
}
"""The names of the entry classes in C."""

_WORDS = """
    asm auto break case char const continue default do double else enum errno exit extern
    float for goto if inline int linux long main map poison register restrict return short
    signed sizeof static stderr stdin stdout struct switch typedef typeof uffd union unix
    unsigned void volatile while round check count cached finish holding migrate must need
    paged_out pte stop touch begin barrier escape passed failed skipped unsure total held cpus
    swap_is_disk swap_written info page open close fork memset mmap printf random signal
    alarm watch watched late reading tally why advise
"""
TAKEN: Final = frozenset(_WORDS.split())
"""Words that cannot be names of a reproducer's variables."""

_HEADERS: Final[Mapping[str, str]] = {
    "errno.h": "errno E[A-Z]{3,}",
    "fcntl.h": "open fallocate fcntl O_[A-Z]+ FALLOC_FL_[A-Z_]+",
    "linux/kernel-page-flags.h": "KPF_[A-Z_]+",
    "linux/magic.h": "TMPFS_MAGIC",
    "linux/mempolicy.h": "MPOL_MF_[A-Z_]+",
    "linux/userfaultfd.h": "UFFD_[A-Z_]+ UFFDIO_[A-Z_]+",
    "pthread.h": "pthread_[a-z_]+",
    "sched.h": "sched_setaffinity",
    "setjmp.h": "sigjmp_buf",
    "signal.h": "SIG[A-Z_]+",
    "stdatomic.h": "atomic_int",
    "stdint.h": "uint[0-9]+_t uintptr_t",
    "stdio.h": "printf fopen snprintf",
    "stdlib.h": "exit random",
    "string.h": "memset strncmp strstr",
    "sys/ioctl.h": "ioctl",
    "sys/mman.h": "mmap madvise memfd_create",
    "sys/prctl.h": "prctl",
    "sys/syscall.h": "SYS_[a-z_]+",
    "sys/uio.h": "iovec",
    "sys/sysinfo.h": "sysinfo",
    "sys/vfs.h": "fstatfs",
    "sys/wait.h": "wait waitpid",
    "unistd.h": "alarm pread ftruncate close fsync fork syscall getpagesize usleep",
}
"""The headers, in their order, each with the words that need it (regular expressions)."""

_FALLBACKS: Final[Mapping[str, str]] = {
    "MAP_DROPPABLE": "0x08",
    "SYS_pidfd_open": "434",
    "SYS_process_madvise": "440",
    "MADV_WIPEONFORK": "18",
    "MADV_KEEPONFORK": "19",
    "MADV_COLD": "20",
    "MADV_PAGEOUT": "21",
    "MADV_DONTNEED_LOCKED": "24",
    "MADV_SOFT_OFFLINE": "101",
    "MADV_GUARD_INSTALL": "102",
    "MADV_GUARD_REMOVE": "103",
    "UFFD_USER_MODE_ONLY": "1",
    "UFFD_FEATURE_WP_HUGETLBFS_SHMEM": "(1 << 12)",
    "UFFD_FEATURE_POISON": "(1 << 14)",
}
"""The numbers of kernel constants that some C libraries lack, or that stand in no header of
theirs.
"""

_UFFDIO_POISON: Final = """\
#ifndef UFFDIO_POISON
struct uffdio_poison {
	struct uffdio_range range;
	__u64 mode;
	__s64 updated;
};
#define UFFDIO_POISON	_IOWR(UFFDIO, 0x08, struct uffdio_poison)
#endif
"""

_DEFINES: Final[Mapping[str, str]] = {
    "KSFT_SKIP": "4",
    "ROUNDS": "",
    "SECONDS": "10",
    "PAGE": "4096",
    # 64 GiB up and 2 MiB apart.  Of the address spaces with 4 KiB pages the smallest is riscv's
    # sv39, of 256 GiB.  A program linked to a fixed address has its heap begin in the lowest
    # 4 GiB; mmap(), and with it everything else, begins at a third of the address space at the
    # earliest (TASK_UNMAPPED_BASE; at a quarter on arm64, which has 512 GiB at least).
    "AT(n)": "((char *)(0x1000000000 + (n) * 0x200000L))",
    "PM_PRESENT": "(1ULL << 63)",
    "PM_SWAP": "(1ULL << 62)",
    "PM_FILE": "(1ULL << 61)",
    "PM_GUARD": "(1ULL << 58)",
    "PM_EXCLUSIVE": "(1ULL << 56)",
    "PM_FRAME": "((1ULL << 55) - 1)",
    "MAX_SWAPFILES": "23",
    "BLIND": '"/proc/self/pagemap cannot be read"',
    "DELAY": "((void *)(random() >> (11 + random() % 20)))",
}
"""Constants of the reproducers' own, and the bits of /proc/PID/pagemap
(Documentation/admin-guide/mm/pagemap.rst).
"""


def _shown_as_swap(kind: Kind) -> bool:
    """Tell whether pagemap shows entries of a class as swap entries, of one type or another."""
    match kind:
        case Kind.SWAP | Kind.HWPOISON:
            return True
        case Kind.UFFD_WP_MARKER | Kind.POISON_MARKER | Kind.GUARD_MARKER:
            return True
        case Kind.FILE | Kind.ANON | Kind.ZERO | Kind.NONE | Kind.UNMAPPED:
            return False
        case Kind.MIGRATION | Kind.DEVICE_PRIVATE | Kind.DEVICE_EXCLUSIVE:
            return False  # it does, but no reproducer leaves one behind
        case _:
            assert_never(kind)


_ALIKE: Final = tuple(kind.value for kind in Kind if _shown_as_swap(kind))


@dataclass(frozen=True)
class Wanted:
    """What the functions of one reproducer have to be able to do."""

    possible: frozenset[str]  # the entry classes that the scenario can make
    asked: frozenset[str]  # the entry classes that its assertions name
    assertions: int  # how many checks are made
    counters: bool = False  # whether an assertion asks for an rss counter
    signals: Sequence[str] = ()  # signals that touching memory may raise
    racing: int = 0  # how many CPUs run at once
    rounds: int = 1000  # how often they run
    swapped_data: bool = False  # whether the data of a swapped-out page may be asked for
    swapped_cache: bool = False  # whether a page may be swapped out of the page cache
    disk_cache: bool = False  # whether there are files on a disk as well
    protects_files: bool = False  # whether userfaultfd is used on mappings of files
    poisons: bool = False  # whether UFFDIO_POISON is used
    poisons_by_pidfd: bool = False  # whether process_madvise() is used for MADV_HWPOISON
    hides: bool = False  # whether memory may be made unreadable
    looks: bool = True  # whether any assertion is about entries or what they hold
    processes: Sequence[str] = ()  # those that are forked
    omits: bool = False  # whether a child may be said not to get pages, or to get them empty


def complete(body: str, wanted: Wanted) -> str:
    """Make a whole program, except for the comment at its head.

    Args:
        body: What follows the functions: variables, threads, main().
        wanted: What the functions have to be able to do.
    """
    known = _functions(wanted)
    used: set[str] = set()
    texts = [body]
    while texts:
        words = set(re.findall(r"\w+", bare(texts.pop())))
        for name in known.keys() - used:
            if words & set(_STANDS_FOR.get(name, (name,))):
                used.add(name)
                texts.append(known[name])
    parts = [known[name] for name in known if name in used]
    text = "\n".join([*parts, body]).replace("#x))\n\n#define", "#x))\n#define")
    plain = bare(text)

    def says(words: str) -> bool:
        return re.search(rf"\b(?:{words.replace(' ', '|')})(?!\w)", plain) is not None

    head = ["#define _GNU_SOURCE"]
    head += [f"#include <{name}>" for name, words in _HEADERS.items() if says(words)]
    head.append("")
    for name, number in _FALLBACKS.items():
        if says(name):
            head += [f"#ifndef {name}", f"#define {name}\t{number}", "#endif"]
    if says("UFFDIO_POISON"):
        head += _UFFDIO_POISON.splitlines()
    if head[-1]:
        head.append("")
    ours = {name: value for name, value in _DEFINES.items() if says(name.partition("(")[0])}
    if "ROUNDS" in ours:
        ours["ROUNDS"] = str(wanted.rounds)
    widest = max(map(len, ours), default=0)
    stop = (len("#define ") + widest) // 8 + 1  # the tab stop of the values
    for name, value in ours.items():
        head.append(f"#define {name}" + "\t" * (stop - (8 + len(name)) // 8) + value)
    if head[-1]:
        head.append("")
    return "\n".join([*head, text])


def bare(text: str) -> str:
    """Strip C of its comments and strings."""
    return re.sub(r"/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"", " ", text, flags=re.DOTALL)


# Parts that are not functions of that name, each with the words that ask for it.
_STANDS_FOR: Final[Mapping[str, Sequence[str]]] = {
    "kinds": (*KIND.values(),),
    "counts": ("passed", "failed", "skipped", "self"),
    "escape": ("on_signal", "escape"),
}


def _functions(wanted: Wanted) -> dict[str, str]:
    """Give every part that a reproducer can have, in the order of the file."""
    alike = [kind for kind in _ALIKE if kind in wanted.possible]
    doubtful = len(alike) > 1 and alike != [
        "swap",
        "hwpoison",
    ]  # a process that may poison can tell
    return {
        **({"FIRST": children.names(wanted.processes)} if wanted.processes else {}),
        "counts": children.ALL if wanted.processes else _counts(wanted),
        "unsure": _unsure(wanted),
        "finish": children.FINISH if wanted.processes else _FINISH,
        "stop": _stop(wanted),
        "must": '#define must(x)\t((x) ? (void)0 : stop("FAIL", #x))\n',
        "need": '#define need(x)\t((x) ? (void)0 : stop("SKIP", #x))\n',
        "tally": _tally(wanted),
        "check": _check(wanted),
        "watch": _watch(wanted),
        **(_taking_turns(wanted) if wanted.processes else {}),
        "map": _MAP,
        "fill_file": _FILL_FILE,
        "disk_file": _DISK_FILE,
        "write_direct": _WRITE_DIRECT_ANEW if wanted.racing else _WRITE_DIRECT,
        "read_direct": _READ_DIRECT,
        "escape": _escape(wanted),
        "touch": _touch(wanted),
        "poison": _POISON,
        "advise": _ADVISE_POISON if wanted.poisons_by_pidfd else _ADVISE,
        "has_droppable": _HAS_DROPPABLE,
        "uffd": _uffd(wanted),
        "migrate": _MIGRATE,
        "begin": _BEGIN,
        "kinds": _kinds(wanted),
        "look_up": children.look_up(bool(wanted.processes)),
        "several": children.SEVERAL,
        "pte": _pte(wanted, alike, doubtful),
        "blind": _BLIND,
        "count": _count(wanted, doubtful),
        "swap_is_disk": _SWAP_IS_DISK,
        "paged_out": _paged_out(wanted),
        "byte_at": _BYTE_AT,
        "exclusive": children.EXCLUSIVE,
        "mapcount": children.MAPCOUNT,
        "swapcache": children.SWAPCACHE,
        "swap_written": children.SWAP_WRITTEN,
        "swap_pss": children.SWAP_PSS,
        "slot_count": children.slot_count(1 + len(wanted.processes)),
        "vma_has": children.VMA_HAS,
        "look": children.look(wanted.hides, wanted.omits),
        "holding": _holding(wanted),
        "reading": _reading(wanted),
        "cached": _cached(wanted),
        "swapped_out": _SWAPPED_OUT,
        "holding_cached": _holding_cached(wanted),
    }


def _taking_turns(wanted: Wanted) -> dict[str, str]:
    return {
        "orphaned": children.ORPHANED,
        "linger": children.LINGER,
        "share": children.share(max(1, wanted.assertions)),
        "turn": children.TURN,
        "begin_child": children.BEGIN,
        "end_child": children.END,
        "gone": children.GONE,
        "living": children.LIVING,
    }


# ---- verdicts ----------------------------------------------------------------


def _counts(wanted: Wanted) -> str:
    return f"static int passed, failed, skipped = {max(1, wanted.assertions)};\n"


def _unsure(wanted: Wanted) -> str:
    """Declare why nobody can say whether it holds what is being checked."""
    if wanted.racing:
        return f"static const char *unsure, *why[{max(1, wanted.assertions)}];\n"
    return "static const char *unsure;\n"


_FINISH: Final = """\
static void finish(void)
{
	printf("Reproducer %s: %d passed, %d failed, %d skipped\\n",
	       failed ? "FAIL" : skipped ? "SKIP" : "PASS",
	       passed, failed, skipped);
	exit(failed ? 1 : skipped ? KSFT_SKIP : 0);
}
"""


def _stop(wanted: Wanted) -> str:
    return f"""\
static void stop(const char *how, const char *call)
{{
	printf(errno ? "%s %s: %m\\n" : "%s needed: %s\\n", how, call);
	{_where(wanted)}failed += *how == 'F';
	finish();
}}
"""


def _where(wanted: Wanted) -> str:
    """Say where the verdicts are counted: of several processes, in memory that they share."""
    return "all->" if wanted.processes else ""


def _tally(wanted: Wanted) -> str:
    """Write tally(), which counts the rounds of a race in which an assertion held."""
    unsure = """\
	if (unsure)
		why[at] = unsure;
	unsure = NULL;
"""
    return f"""\
static int held[{max(1, wanted.assertions)}];

static void tally(int at, int holds)
{{
	held[at] += holds;
{unsure * wanted.looks}}}
"""


def _check(wanted: Wanted) -> str:
    """Write check(): PASS, FAIL or SKIP; for a race, with the rounds in which the assertion
    held.
    """
    why = "why[at]" if wanted.racing else "unsure"
    done = "" if wanted.racing else "\t\tunsure = NULL;\n"
    skipped = f"""\
	if ({why}) {{
		printf("SKIP line %d: %s: %s\\n", line, what, {why});
{done}\
		return;
	}}
"""
    skipped *= wanted.looks
    if wanted.racing:
        return f"""\
/* In how many rounds it held: in every one, or in one at least. */
static void check(int line, const char *what, int at, int least)
{{
	int holds = held[at] >= least;

{skipped}\
	printf("%s line %d: %s: %d of %d rounds\\n",
	       holds ? "PASS" : least == 1 ? "NOT SEEN" : "FAIL",
	       line, what, held[at], ROUNDS);
	passed += holds;
	failed += !holds && least > 1;
	skipped -= holds || least > 1;
}}
"""
    where = _where(wanted)
    return f"""\
static void check(int line, const char *what, int holds)
{{
{skipped}\
	printf("%s line %d: %s\\n", holds ? "PASS" : "FAIL", line, what);
	{where}passed += holds;
	{where}failed += !holds;
	{where}skipped--;
}}
"""


def _watch(wanted: Wanted) -> str:
    return f"""\
static const char *volatile watched;

static void late(int number)
{{
	(void)number;
	printf("FAIL %s: not back after %d seconds\\n", watched, SECONDS);
	{_where(wanted)}failed++;
	finish();
}}

/* From here to alarm(0): what the kernel may never come back from. */
static void watch(const char *what)
{{
	watched = what;
	signal(SIGALRM, late);
	alarm(SECONDS);
}}
"""


# ---- files and mappings --------------------------------------------------------

_MAP: Final = """\
/* What a fault maps depends on alignment, on readahead and on huge pages. */
static char *map(char *at, int pages, int flags, int fd, off_t offset)
{
	must(mmap(at, pages * PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED,
		  fd, offset) == at);
	madvise(at, pages * PAGE, MADV_RANDOM);
	madvise(at, pages * PAGE, MADV_NOHUGEPAGE);
	return at;
}
"""

_DISK_FILE: Final = """\
/* In the current directory, without a name; every page cached and clean. */
static int disk_file(int pages)
{
	int fd = open(".", O_TMPFILE | O_RDWR, 0600);
	struct statfs fs;

	need(fd >= 0);
	must(fstatfs(fd, &fs) == 0);
	if (fs.f_type == TMPFS_MAGIC) {
		printf("SKIP tmpfs is no disk: run it in another directory\\n");
		finish();
	}
	must(fill_file(fd, 0, pages, 0) == 0);
	must(fsync(fd) == 0);
	return fd;
}
"""

_FILL_FILE: Final = """\
/* Page by page: one long write might make a large folio. */
static int fill_file(int fd, int first, int pages, int value)
{
	char page[PAGE];

	memset(page, value, PAGE);
	for (; pages--; first++) {
		if (pwrite(fd, page, PAGE, first * PAGE) != PAGE)
			return -1;
	}
	return 0;
}
"""

_WRITE_DIRECT: Final = """\
static int write_direct(int fd, int first, int pages, int value)
{
	static char buffer[256 * PAGE] __attribute__((aligned(PAGE)));
	int flags = fcntl(fd, F_GETFL);
	ssize_t written;

	memset(buffer, value, pages * PAGE);
	if (fcntl(fd, F_SETFL, flags | O_DIRECT))
		return -1;
	written = pwrite(fd, buffer, pages * PAGE, first * PAGE);
	fcntl(fd, F_SETFL, flags);
	return written == pages * PAGE ? 0 : -1;
}
"""

_READ_DIRECT: Final = """\
/* 0 where less than that is in the file, too. */
static int read_direct(int fd, int first, int pages, char *page)
{
	char name[32];
	ssize_t got;
	int own, error;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	own = open(name, O_RDONLY | O_DIRECT);
	if (own < 0)
		return -1;
	got = pread(own, page, pages * PAGE, first * PAGE);
	error = errno;
	close(own);
	errno = error;
	return got < 0 ? -1 : 0;
}
"""

_WRITE_DIRECT_ANEW: Final = """\
/* O_DIRECT is of an open file, and the other CPUs use fd: open it anew. */
static int write_direct(int fd, int first, int pages, int value)
{
	static __thread char buffer[256 * PAGE] __attribute__((aligned(PAGE)));
	char path[32];
	ssize_t written;
	int direct;

	memset(buffer, value, pages * PAGE);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	direct = open(path, O_WRONLY | O_DIRECT);
	if (direct < 0)
		return -1;
	written = pwrite(direct, buffer, pages * PAGE, first * PAGE);
	close(direct);
	return written == pages * PAGE ? 0 : -1;
}
"""

# ---- touching memory -------------------------------------------------------------

_TOUCH: Final = """\
static void touch(const volatile char *page, int pages)
{
	for (; pages--; page += PAGE)
		(void)*page;
}
"""


def _escape(wanted: Wanted) -> str:
    thread = "__thread " * bool(wanted.racing)
    return f"""\
static {thread}sigjmp_buf escape;

static void on_signal(int number)
{{
	siglongjmp(escape, number);
}}
"""


def _touch(wanted: Wanted) -> str:
    if not wanted.signals:
        return _TOUCH
    # The threads share the handlers, so these stay.
    here = [] if wanted.racing else wanted.signals
    return (
        """\
/* Write a byte of each page, or read it if value is -1; a signal, or 0. */
static int touch(char *page, int pages, int value)
{
	volatile int i;
	int number = sigsetjmp(escape, 1);

"""
        + "".join(f"\tsignal({name}, on_signal);\n" for name in here)
        + """\
	for (i = 0; !number && i < pages; i++) {
		if (value < 0)
			(void)*(volatile char *)(page + i * PAGE);
		else
			*(volatile char *)(page + i * PAGE) = value;
	}
"""
        + "".join(f"\tsignal({name}, SIG_DFL);\n" for name in here)
        + """\
	return number;
}
"""
    )


_POISON: Final = """\
/* 0, -1 or, as of v6.12, SIGBUS, which the kernel sends where it succeeds. */
static int poison(char *page, int pages)
{
	int result = sigsetjmp(escape, 1);

	signal(SIGBUS, on_signal);
	if (!result)
		result = madvise(page, pages * PAGE, MADV_HWPOISON);
	signal(SIGBUS, SIG_DFL);
	return result;
}
"""


_ADVISE: Final = """\
/* process_madvise(): 0 if it advised all bytes, else -1. */
static int advise(pid_t pid, char *page, int pages, int advice)
{
	struct iovec range = { page, pages * PAGE };
	int pidfd = syscall(SYS_pidfd_open, pid, 0), why;
	long advised;

	need(pidfd >= 0);
	advised = syscall(SYS_process_madvise, pidfd, &range, 1UL, advice, 0);
	why = errno;
	close(pidfd);
	/* It takes CAP_SYS_NICE, on ourselves as well up to v6.12. */
	need(advised >= 0 || (why != EPERM && why != ENOSYS));
	errno = why;
	return advised == pages * PAGE ? 0 : -1;
}
"""

_ADVISE_POISON: Final = (
    _ADVISE.replace(
        """0 if it advised all bytes, else -1. */""",
        """0 if it advised all bytes, or SIGBUS, or -1. */""",
    )
    .replace(
        """	need(pidfd >= 0);
	advised =""",
        """	need(pidfd >= 0);
	if (sigsetjmp(escape, 1)) {
		signal(SIGBUS, SIG_DFL);
		close(pidfd);
		return SIGBUS;
	}
	signal(SIGBUS, on_signal);
	advised =""",
    )
    .replace(
        """	why = errno;
""",
        """	why = errno;
	signal(SIGBUS, SIG_DFL);
""",
    )
)

_HAS_DROPPABLE: Final = """\
/* Kernels have memory that they may drop since v6.11. */
static int has_droppable(void)
{
	void *page = mmap(NULL, PAGE, PROT_READ, MAP_DROPPABLE | MAP_ANONYMOUS,
			  -1, 0);

	return page != MAP_FAILED && munmap(page, PAGE) == 0;
}
"""


def _uffd(wanted: Wanted) -> str:
    features = ["UFFD_FEATURE_SIGBUS"]
    if wanted.protects_files:
        features.append("UFFD_FEATURE_WP_HUGETLBFS_SHMEM")
    if wanted.poisons:
        features.append("UFFD_FEATURE_POISON")
    listed = " |\n\t\t\t    ".join(features)
    wp = """\
	struct uffdio_writeprotect wp = {
		.range = { (uintptr_t)page, pages * PAGE },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
"""
    poison = """\
	struct uffdio_poison mark = {
		.range = { (uintptr_t)page, pages * PAGE },
	};
"""
    own = "\t\twhose = self;\n" * bool(wanted.processes)
    last = "ioctl(fd, UFFDIO_WRITEPROTECT, &wp)"
    if wanted.poisons:
        last = f"(poisoned ? ioctl(fd, UFFDIO_POISON, &mark) :\n\t\t\t   {last})"
    return (
        f"""\
/* Registers the whole mapping; touching protected pages raises SIGBUS. */
static int uffd(char *start, int size, char *page, int pages{", int poisoned" * wanted.poisons})
{{
	static int fd = -1{", whose" * bool(wanted.processes)};
	struct uffdio_api api = {{
		.api = UFFD_API,
		.features = {listed},
	}};
	struct uffdio_register reg = {{
		.range = {{ (uintptr_t)start, size * PAGE }},
		.mode = UFFDIO_REGISTER_MODE_WP,
	}};
"""
        + wp
        + poison * wanted.poisons
        + f"""
	if (fd < 0{" || whose != self" * bool(wanted.processes)}) {{
{own}\
		fd = syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY);
		if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
			return -1;
	}}
	return ioctl(fd, UFFDIO_REGISTER, &reg) ? -1 :
	       {last};
}}
"""
    )


_MIGRATE: Final = """\
/* To node 0 and on to node 1, so that every page moves. */
static int migrate(char *page, int pages)
{
	int node, status;
	long left;

	for (; pages--; page += PAGE) {
		for (node = 0; node < 2; node++) {
			status = -EAGAIN;	/* left alone by 5.10 */
			left = syscall(SYS_move_pages, 0, 1L, &page, &node,
				       &status, MPOL_MF_MOVE_ALL);
			if (left < 0)
				return -1;
			errno = left ? EAGAIN :
				status == -EFAULT ? ENOENT : -status;
			if (left || status < 0)
				return -1;
		}
	}
	return 0;
}
"""

_BEGIN: Final = """\
static pthread_barrier_t barrier;

/* All at once, each late by chance. */
static void begin(long turns)
{
	volatile long left = turns;

	pthread_barrier_wait(&barrier);
	while (left)
		left--;
}
"""

# ---- looking at entries, page cache and data ----------------------------------------


def _kinds(wanted: Wanted) -> str:
    named = [name for kind, name in KIND.items() if kind in wanted.possible | wanted.asked]
    lines = ["enum {"] if len(named) > 4 else []
    if not lines:
        inner = ", ".join(f"{name} = {1 << at}" for at, name in enumerate(named))
        return f"enum {{ {inner} }};\n"
    lines += [f"\t{name} = 1 << {at}," for at, name in enumerate(named)]
    return "\n".join([*lines, "};", ""])


def _pte(wanted: Wanted, alike: Sequence[str], doubtful: bool) -> str:
    """Write pte(): the class of an entry, as /proc/self/pagemap tells it, or all that it may be."""
    possible = wanted.possible
    lines = [
        "/* Without pagemap an entry may be anything: the result is negative. */",
        "static int pte(const char *page)",
        "{",
        *["\tstatic int pagemap = -1;"] * (not wanted.processes),
        "\tuint64_t entry;",
    ]
    if "unmapped" in possible:
        lines.append("\tunsigned char incore;")
    opened = [
        "\tif (pagemap < 0)",
        '\t\tpagemap = open("/proc/self/pagemap", O_RDONLY);',
        "\tif (pread(pagemap, &entry, 8, (uintptr_t)page / PAGE * 8) != 8)",
    ]
    lines += [
        "",
        *(["\tif (!look_up(page, &entry))"] if wanted.processes else opened),
        "\t\treturn mincore((void *)page, PAGE, &incore) ?\n\t\t       UNMAPPED : ~UNMAPPED;"
        if "unmapped" in possible
        else "\t\treturn ~0;",
    ]
    anon = "ANON"
    if "zero" in possible:
        several = "several(entry & PM_FRAME)" if wanted.processes else "ZERO_PAGE"
        anon = f"entry & PM_EXCLUSIVE ? ANON : {several}"
    lines.append("\tif (entry & PM_PRESENT)")
    if "file" not in possible:
        lines.append(f"\t\treturn {anon};")
    elif "zero" not in possible:
        lines.append("\t\treturn entry & PM_FILE ? FILE_PAGE : ANON;")
    else:
        lines += ["\t\treturn entry & PM_FILE ? FILE_PAGE :", f"\t\t       {anon};"]
    if "guard_marker" in alike and len(alike) > 1:
        lines += ["\tif (entry & PM_GUARD)", "\t\treturn GUARD_MARKER;"]
    empty = ["\treturn NONE;"]
    if "unmapped" in possible:
        empty = [
            "\treturn mincore((void *)page, PAGE, &incore) ? UNMAPPED : NONE;",
        ]
    if not alike:
        return "\n".join([*lines, *empty, "}", ""])
    if len(alike) == 1 and empty == ["\treturn NONE;"]:
        lines.append(f"\treturn entry & PM_SWAP ? {KIND[alike[0]]} : NONE;")
        return "\n".join([*lines, "}", ""])
    if len(alike) == 1:
        lines += ["\tif (entry & PM_SWAP)", f"\t\treturn {KIND[alike[0]]};", *empty]
        return "\n".join([*lines, "}", ""])
    lines += ["\tif (!(entry & PM_SWAP))", f"\t{empty[0]}"]
    if doubtful:
        either = " | ".join(KIND[kind] for kind in alike)
        lines += [
            "\t/* Type and offset are root's to see. */",
            "\tif (!(entry & PM_FRAME))",
            *_filled(f"\t\treturn {either};", "\t\t       "),
        ]
    markers = {"uffd_wp_marker": 1, "poison_marker": 2, "guard_marker": 4}
    shown = [kind for kind in alike if kind in markers]
    others = [kind for kind in alike if kind not in markers]
    if "swap" in others:
        lines += [
            "\tif ((entry & 31) < MAX_SWAPFILES)\t/* the type: a swap area */",
            "\t\treturn SWAP;",
        ]
        others.remove("swap")
    if not others:
        others, shown = shown[-1:], shown[:-1]
    if shown:
        lines.append("\tentry = (entry & PM_FRAME) >> 5;\t/* the offset */")
    for kind in shown:
        lines += [f"\tif (entry == {markers[kind]})", f"\t\treturn {KIND[kind]};"]
    lines.append(f"\treturn {KIND[others[0]]};")
    return "\n".join([*lines, "}", ""])


def _filled(line: str, hang: str) -> list[str]:
    """Cut a line at its bars, so that no part is wider than 80 columns."""
    lines = [""]
    for part in re.split(r"(?<=\|) ", line):
        longer = f"{lines[-1]} {part}" if lines[-1] else part
        if len(longer.expandtabs(8)) > 80:
            lines.append(hang + part)
        else:
            lines[-1] = longer
    return lines


def _count(wanted: Wanted, doubtful: bool) -> str:
    comment = "/* How many entries are of these kinds. */\n"
    if wanted.counters:
        comment = """\
/*
 * How many entries are of these kinds; those of all mappings make up rss,
 * which the kernel itself checks when a process ends (see dmesg).
 */
"""
    why = 'kind < 0 ? BLIND :\n\t\t\t\t "only root sees which swap type"' if doubtful else "BLIND"
    if wanted.processes and "zero" in wanted.possible:
        either = '"only root can tell zero"'
        if doubtful:
            either = f'kind & ANON ? {either} :\n\t\t\t\t "only root sees which swap type"'
        why = f"kind < 0 ? BLIND :\n\t\t\t\t {either}"
    body = f"""\
static int count(const char *page, int pages, int kinds)
{{
	int found = 0, kind;

	for (; pages--; page += PAGE) {{
		kind = pte(page);
		found += !!(kind & kinds);
		/* Either this or that, as far as one can see. */
		if (kind & kinds && kind & ~kinds)
			unsure = {why};
	}}
	return found;
}}
"""
    return comment + body


def _present(wanted: Wanted) -> str:
    """Name the kinds of entries through which memory can be read as it is."""
    kinds = [KIND[kind] for kind in ("file", "anon", "zero") if kind in wanted.possible]
    return " | ".join(kinds) if len(kinds) == 1 else f"({' | '.join(kinds)})"


_SWAP_IS_DISK: Final = """\
/* brd and zram answer at once, which a disk (or a loop device) does not. */
static void swap_is_disk(int wanted)
{
	FILE *swaps = fopen("/proc/swaps", "r");
	char line[256];
	int at_once;

	while (swaps && fgets(line, sizeof(line), swaps)) {
		if (line[0] != '/')
			continue;
		at_once = !strncmp(line, "/dev/ram", 8) ||
			  !strncmp(line, "/dev/zram", 9);
		if (at_once != wanted)
			continue;
		printf("SKIP the swap device is %s disk\\n",
		       wanted ? "no" : "a");
		finish();
	}
	if (swaps)
		fclose(swaps);
}
"""


def _paged_out(wanted: Wanted) -> str:
    return f"""\
/* Without pagemap, whether it is in memory; a disk may take its time. */
static int still_there(const char *page)
{{
	unsigned char incore = 1;
	int tries, kind = pte(page);

	if (kind > 0)
		return kind & {_present(wanted)};
	for (tries = 0; incore & 1 && tries < 100; tries++) {{
		if (tries)
			usleep(10000);
		if (mincore((void *)page, PAGE, &incore))
			return 0;
	}}
	return incore & 1;
}}

static void paged_out(const char *page, int pages)
{{
	while (pages && !still_there(page)) {{
		pages--;
		page += PAGE;
	}}
	if (!pages)
		return;
	printf("SKIP MADV_PAGEOUT left a page in memory: is there swap?\\n");
	finish();
}}
"""


_BLIND: Final = """\
/* Whether nobody can say what is there; what is checked is skipped then. */
static int blind(const char *page)
{
	if (pte(page) > 0)
		return 0;
	unsure = BLIND;
	return 1;
}
"""


_BYTE_AT: Final = """\
/* Even where PROT_NONE forbids it. */
static int byte_at(const char *page)
{
	int fd = open("/proc/self/mem", O_RDONLY);
	unsigned char byte;
	int got = pread(fd, &byte, 1, (uintptr_t)page);

	close(fd);
	return got == 1 ? byte : -1;
}
"""


def _holding(wanted: Wanted) -> str:
    byte = "byte_at(page)" if wanted.hides else "(unsigned char)*page"
    present = _present(wanted)
    if wanted.hides and (wanted.processes or wanted.omits):
        return children.holding_hidden(present.strip("()") + " | SWAP" * wanted.swapped_data)
    if not wanted.swapped_data:
        return f"""\
/* How many pages are mapped and hold this byte; a look faults nothing in. */
static int holding(const char *page, int pages, int value)
{{
	int found = 0;

	for (; pages--; page += PAGE) {{
		if (pte(page) & {present})
			found += {byte} == value;
	}}
	return found;
}}
"""
    if wanted.processes or wanted.omits:
        return f"""\
/*
 * How many pages hold this byte. A look must not fault anything in: a child
 * reads what is swapped out.
 */
static int holding(const char *page, int pages, int value)
{{
	int found = 0, kind;

	for (; pages--; page += PAGE) {{
		kind = pte(page);
		if (kind & {present})
			found += {byte} == value;
		else if (kind & SWAP)
			found += look(page, value);
	}}
	return found;
}}
"""
    return f"""\
/*
 * How many pages hold this byte. A look must not fault anything in: a child
 * reads what is swapped out.
 */
static int holding(const char *page, int pages, int value)
{{
	int found = 0, kind, status;

	for (; pages--; page += PAGE) {{
		kind = pte(page);
		if (kind & {present}) {{
			found += {byte} == value;
		}} else if (kind & SWAP) {{
			if (!fork())
				_exit({byte} == value);
			wait(&status);
			found += WIFEXITED(status) && WEXITSTATUS(status);
		}}
	}}
	return found;
}}
"""


_READING_CHILDREN: Final = """\
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
"""


def _reading(wanted: Wanted) -> str:
    return _READING_CHILDREN if wanted.processes or wanted.omits else _READING


_READING: Final = """\
/* The same of what is there on every kernel: without pagemap a child looks. */
static int reading(const char *page, int pages, int value)
{
	int found = 0, status = 0;

	if (pte(page) > 0)
		return holding(page, pages, value);
	for (; pages--; page += PAGE) {
		if (!fork())
			_exit((unsigned char)*page == value);
		wait(&status);
		found += WIFEXITED(status) && WEXITSTATUS(status);
	}
	return found;
}
"""


def _cached(wanted: Wanted) -> str:
    shmem = "fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC &&\n\t\t    "
    swapped = f"""\
		/* No hole, and not in memory. */
		if (kind == NONE &&
		    {shmem * wanted.disk_cache}lseek(fd, first * PAGE, SEEK_DATA) == first * PAGE)
			kind = SWAP;
"""
    return (
        """\
/* How many pages of the page cache are of these kinds. */
static int cached(int fd, int first, int pages, int kinds)
{
	unsigned char incore;
	int found = 0, kind;
	char *page;
"""
        + "\tstruct statfs fs;\n" * (wanted.swapped_cache and wanted.disk_cache)
        + """\

	for (; pages--; first++) {
		page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd,
			    first * PAGE);
		must(mincore(page, PAGE, &incore) == 0);
		munmap(page, PAGE);
		kind = incore & 1 ? FILE_PAGE : NONE;
"""
        + swapped * wanted.swapped_cache
        + """\
		found += !!(kind & kinds);
	}
	return found;
}
"""
    )


_SWAPPED_OUT: Final = """\
static void swapped_out(int fd, int first, int pages)
{
	if (!cached(fd, first, pages, FILE_PAGE))
		return;
	printf("SKIP MADV_PAGEOUT left a page in memory: is there swap?\\n");
	finish();
}
"""


def _holding_cached(wanted: Wanted) -> str:
    kinds = "FILE_PAGE | SWAP" if wanted.swapped_cache else "FILE_PAGE"
    return f"""\
/* How many pages of the page cache hold this byte. */
static int holding_cached(int fd, int first, int pages, int value)
{{
	unsigned char byte;
	int found = 0;

	for (; pages--; first++) {{
		if (cached(fd, first, 1, {kinds}) &&
		    pread(fd, &byte, 1, first * PAGE) == 1)
			found += byte == value;
	}}
	return found;
}}
"""
