"""A scenario as values: files, mappings, and statements in order.

The text form and its parser are in :mod:`zapviz.scenario`; the model (:mod:`zapviz.model.machine`)
and the lab run these values. A program is plain data: nothing here knows a kernel, and nothing here
is ever executed as code.

Pages are counted from the start of the named object, half open, as in the kernel. ``line`` and
``comment`` say where a statement stood and what was written beside it; two statements that differ
in nothing else are equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from zapviz.words import format_range

__all__ = [
    "ADVICE",
    "COUNTERS",
    "FORK_ADVICE",
    "MAX_PAGES",
    "PAGE_BYTES",
    "RESULTS",
    "Advice",
    "All",
    "AnyOf",
    "Asking",
    "Assert",
    "Call",
    "Condition",
    "CountIs",
    "CounterIs",
    "Cpu",
    "DataIs",
    "EntriesAre",
    "Exclusive",
    "Exit",
    "Fallocate",
    "Fork",
    "Ftruncate",
    "Invalidate",
    "Madvise",
    "Maker",
    "MapFixed",
    "Migrate",
    "Mlock",
    "Mprotect",
    "Munmap",
    "NewAnon",
    "NewFile",
    "NewMapping",
    "Not",
    "Pages",
    "Pread",
    "Program",
    "Pwrite",
    "Read",
    "ResultIs",
    "Statement",
    "SwapCached",
    "SwapDevice",
    "ToDevice",
    "Uffd",
    "UnmapMappingRange",
    "Write",
    "own_name",
    "owner_of",
    "process_of",
    "returned",
    "success_of",
]

PAGE_BYTES = 4096
"""Bytes in a page; the model has one page size and no huge pages."""

MAX_PAGES = 256
"""Most pages that one file or mapping of a scenario may have."""

Advice: TypeAlias = Literal[
    "MADV_DONTNEED",
    "MADV_DONTNEED_LOCKED",
    "MADV_FREE",
    "MADV_REMOVE",
    "MADV_PAGEOUT",
    "MADV_HWPOISON",
    "MADV_SOFT_OFFLINE",
    "MADV_GUARD_INSTALL",
    "MADV_GUARD_REMOVE",
    "MADV_DONTFORK",
    "MADV_DOFORK",
    "MADV_WIPEONFORK",
    "MADV_KEEPONFORK",
]

ADVICE: tuple[Advice, ...] = Advice.__args__  # type: ignore[attr-defined]
"""Every advice that ``madvise`` takes in a scenario."""

FORK_ADVICE: tuple[Advice, ...] = (
    "MADV_DONTFORK",
    "MADV_DOFORK",
    "MADV_WIPEONFORK",
    "MADV_KEEPONFORK",
)
"""The advice that says what a child gets."""

COUNTERS = ("filepages", "anonpages", "swapents", "shmempages")
"""The rss counters, in the kernel's order: MM_FILEPAGES, MM_ANONPAGES, ..."""

RESULTS = (
    "0",
    "EINVAL",
    "EACCES",
    "EOPNOTSUPP",
    "ENOMEM",
    "EFAULT",
    "EBUSY",
    "EIO",
    "EHWPOISON",
    "ENOTRECOVERABLE",
    "EPERM",
    "EAGAIN",
    "ENOENT",
    "EEXIST",
    "SIGBUS",
    "SIGSEGV",
)
"""The results that a statement can have: success, an errno or a signal."""


@dataclass(frozen=True)
class Pages:
    """A half-open range of pages of one file or mapping.

    ``A`` alone means all of it: the parser fills in 0 and the number of pages,
    so ``first`` and ``end`` are always set and ``first < end``.
    """

    name: str
    first: int
    end: int

    @property
    def count(self) -> int:
        """The number of pages in the range."""
        return self.end - self.first

    def __str__(self) -> str:
        """Write ``A[i]`` or ``A[i:j]``."""
        return format_range(self.name, self.first, self.end)


@dataclass(frozen=True)
class _Placed:
    """The place of a statement in its text (counted from 1), and the remarks around it."""

    line: int = field(default=0, compare=False, kw_only=True)
    comment: str = field(default="", compare=False, kw_only=True)  # after it, same line
    above: tuple[str, ...] = field(default=(), compare=False, kw_only=True)  # lines before it
    # As its text has it, on one line and without comments; "" where it is of no text.
    written: str = field(default="", compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class SwapDevice(_Placed):
    """``swap(disk)``: the machine's swap device is a disk.  ``swap(ram)``, which is so where
    nothing is said, is a device that answers at once, as brd and zram do (SWP_SYNCHRONOUS_IO).

    It stands at the top, before any file or mapping.  A private page that goes to a disk, or is
    read back from it, is in the swap cache, too (:class:`SwapCached`), and keeps its slot.
    """

    kind: Literal["disk", "ram"]


@dataclass(frozen=True)
class NewFile(_Placed):
    """``F = shmem(4)`` (sparse, empty page cache) or ``F = file(4)`` (a file
    on a disk filesystem, written and synced: every page cached and clean)."""

    name: str
    kind: Literal["shmem", "file"]
    pages: int


@dataclass(frozen=True)
class NewMapping(_Placed):
    """``A = mmap(F[2:6], MAP_PRIVATE)``; ``pages`` are pages of the file."""

    name: str
    pages: Pages
    shared: bool


@dataclass(frozen=True)
class NewAnon(_Placed):
    """``N = anon(4)``: private anonymous memory; ``N = anon(4, MAP_DROPPABLE)``: such memory that
    reclaim may drop at any time, where the kernel has it.
    """

    name: str
    pages: int
    droppable: bool = False


@dataclass(frozen=True)
class Fork(_Placed):
    """``C = fork()``: a child ``C`` of the process that the scenario begins with; ``D = fork(C)``:
    a child of C. Its mappings are ``C.A`` and so on, for each ``A`` of its parent.
    """

    name: str
    of: str = ""  # the process that forks; "" the first one


@dataclass(frozen=True)
class MapFixed(_Placed):
    """``mmap(A[1:3], MAP_FIXED)``: fresh private anonymous memory over a part
    of a mapping, which is unmapped first."""

    pages: Pages


@dataclass(frozen=True)
class Write(_Placed):
    """``A[0:4] = 1``: write faults, lowest page first; the value is a byte.
    Where a call must stand, as in ``assert``, it is ``write(A[0:4], 1)``."""

    pages: Pages
    value: int


@dataclass(frozen=True)
class Read(_Placed):
    """``read(A[0:4])``: read faults, lowest page first."""

    pages: Pages


@dataclass(frozen=True)
class Madvise(_Placed):
    """``madvise(A[0:2], MADV_DONTNEED)``; where ``by_pidfd``, ``process_madvise(C.A[0:2],
    MADV_PAGEOUT)``: the first process advises on memory of the process that a pidfd names, be it
    a child's or its own.
    """

    pages: Pages
    advice: Advice
    by_pidfd: bool = False


@dataclass(frozen=True)
class Mlock(_Placed):
    """``mlock(A[0:2])``, or ``munlock(...)`` where ``lock`` is false."""

    pages: Pages
    lock: bool


@dataclass(frozen=True)
class Mprotect(_Placed):
    """``mprotect(A[0:2], PROT_READ)``; ``prot`` is the set of PROT_READ,
    PROT_WRITE that remain, in that order; ``()`` is PROT_NONE."""

    pages: Pages
    prot: tuple[str, ...]


@dataclass(frozen=True)
class Uffd(_Placed):
    """``uffd_wp(A[0:2])`` registers the mapping with userfaultfd for write protection, unless that
    was done, and write-protects the pages; ``uffd_poison(A[0:2])`` (``action == "poison"``) is
    UFFDIO_POISON.
    """

    pages: Pages
    action: Literal["wp", "poison"]


@dataclass(frozen=True)
class Munmap(_Placed):
    """``munmap(A[2:4])``."""

    pages: Pages


@dataclass(frozen=True)
class Exit(_Placed):
    """``exit()``: the process ends and its whole address space is unmapped; ``exit(C)`` ends a
    process that was forked.
    """

    process: str = ""


@dataclass(frozen=True)
class Ftruncate(_Placed):
    """``ftruncate(F, 1)`` in pages or ``ftruncate(F, bytes=6000)``; ``size``
    is in bytes either way."""

    file: str
    size: int


@dataclass(frozen=True)
class Fallocate(_Placed):
    """``fallocate(F[0:4], FALLOC_FL_PUNCH_HOLE)``; the kernel's FALLOC_FL_KEEP_SIZE, which the call
    must have, is implied.
    """

    pages: Pages


@dataclass(frozen=True)
class Pwrite(_Placed):
    """``pwrite(F[i:j], value)`` writes whole pages, with O_DIRECT if ``direct``;
    beyond the end of the file it extends the file."""

    pages: Pages
    value: int
    direct: bool


@dataclass(frozen=True)
class Pread(_Placed):
    """``pread(F[i:j], A[k:l], O_DIRECT)`` reads as many pages of the disk, past the page cache,
    into a mapping; what lies beyond the end of the file is not read."""

    pages: Pages
    into: Pages


@dataclass(frozen=True)
class Invalidate(_Placed):
    """``invalidate(F[i:j])``: invalidate_inode_pages2_range() on the range, as
    a filesystem or a direct write calls it.  Model only."""

    pages: Pages


@dataclass(frozen=True)
class UnmapMappingRange(_Placed):
    """``unmap_mapping_range(F[i:j], even_cows=0)`` as a driver calls it.  Model only."""

    pages: Pages
    even_cows: bool


@dataclass(frozen=True)
class Migrate(_Placed):
    """``migrate(A[i:j])`` moves each page to another folio; ``migrate_begin``
    and ``migrate_end`` are its halves, for study.  The halves are model only."""

    pages: Pages
    part: Literal["whole", "begin", "end"]


@dataclass(frozen=True)
class ToDevice(_Placed):
    """``migrate_to_device(A[i:j])`` (device_private entries) or
    ``make_device_exclusive(A[i:j])``, as the kernel's test driver does it (lib/test_hmm.c; see
    docs/devices.md).  It takes that driver: of the lab's kernels those named ``-hmm`` have it."""

    pages: Pages
    exclusive: bool


Maker: TypeAlias = NewFile | NewAnon | NewMapping
"""A statement that makes a file or mapping, and names it."""

Call: TypeAlias = (
    MapFixed
    | Read
    | Write
    | Madvise
    | Mlock
    | Mprotect
    | Uffd
    | Munmap
    | Exit
    | Ftruncate
    | Fallocate
    | Pwrite
    | Pread
    | Invalidate
    | UnmapMappingRange
    | Migrate
    | ToDevice
)
"""A statement that asks the kernel for something else: one that a CPU can run."""


@dataclass(frozen=True)
class EntriesAre:
    """``A[2:4] == none``, ``A[0] != swap`` or ``A[0] in (none, swap)``: the
    class of every entry of the range; ``negated`` for ``!=`` and ``not in``, which
    hold where no entry of the range is of these classes.

    On a file the pages are those of its page cache: ``none``, ``file`` or, for
    shmem, ``swap``."""

    pages: Pages
    kinds: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class DataIs:
    """``data(A[0]) == 2``: the byte that every page of the range holds, read
    without a fault; an entry that holds no data makes it false.  Of a file, the
    pages are those of its page cache."""

    pages: Pages
    value: int
    negated: bool = False


@dataclass(frozen=True)
class CounterIs:
    """``rss.swapents == 1``, one of :data:`COUNTERS`, in pages."""

    counter: str
    value: int
    negated: bool = False
    process: str = ""  # ``C.rss.swapents == 1`` asks of a process that was forked


@dataclass(frozen=True)
class CountIs:
    """``mapcount(A[0]) == 2``: the number of entries, of any process, that map the page of every
    entry of the range; ``slot_count(A[1]) == 2``: of swap entries that have its slot.

    An entry that has no page, or no slot, makes it false.
    """

    what: Literal["mapcount", "slot_count"]
    pages: Pages
    value: int
    negated: bool = False


@dataclass(frozen=True)
class Exclusive:
    """``exclusive(A[0])``: every entry of the range maps a page that no other entry maps, as
    pagemap says (bit 56)."""

    pages: Pages


@dataclass(frozen=True)
class SwapCached:
    """``swapcache(A[0])``: the page of every entry of the range is in the swap cache, as
    kpageflags says of one that is mapped (KPF_SWAPCACHE), and mincore() of one that is swapped
    out."""

    pages: Pages


@dataclass(frozen=True)
class ResultIs:
    """``read(A[3]) == SIGBUS``: the statement is run, and its result compared:
    ``0`` for success, an errno name, or a signal name.

    ``0`` is written as what the call returns then (:func:`success_of`)."""

    call: Call
    result: str
    negated: bool = False


@dataclass(frozen=True)
class All:
    """``x and y``."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """``x or y``."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """``not x``."""

    part: Condition


Condition: TypeAlias = (
    EntriesAre
    | DataIs
    | CounterIs
    | CountIs
    | Exclusive
    | SwapCached
    | ResultIs
    | All
    | AnyOf
    | Not
)


@dataclass(frozen=True)
class Assert(_Placed):
    """``assert CONDITION``; with CPUs, also ``assert always(...)`` (in every
    interleaving) and ``assert sometimes(...)``."""

    condition: Condition
    quantifier: Literal["", "always", "sometimes"] = ""


@dataclass(frozen=True)
class Cpu(_Placed):
    """``def CPU0():`` and its body; consecutive ones run interleaved."""

    number: int
    body: tuple[Call, ...]


Asking: TypeAlias = SwapDevice | Maker | Fork | Call
"""A statement that asks something of the machine: all but assertions and CPUs."""


Statement: TypeAlias = Asking | Assert | Cpu
"""All kinds of statements."""


@dataclass(frozen=True)
class Program:
    """A whole scenario.

    ``title`` is the first comment line, without ``#``; ``about`` the comment
    lines that follow it directly (one paragraph).  ``below`` are comment lines
    after the last statement.  ``source`` is the text that the lines of the statements
    count in; empty for a program made by hand.
    """

    statements: tuple[Statement, ...]
    title: str = ""
    about: tuple[str, ...] = ()
    below: tuple[str, ...] = field(default=(), compare=False)
    source: str = field(default="", compare=False, repr=False)

    @property
    def concurrent(self) -> bool:
        """Whether it has CPUs, whose bodies interleave."""
        return any(isinstance(s, Cpu) for s in self.statements)

    @property
    def forks(self) -> bool:
        """Whether a process forks, so that there are several."""
        return any(isinstance(s, Fork) for s in self.statements)

    @property
    def droppable(self) -> frozenset[str]:
        """The names of the mappings that are droppable memory, those of children included."""
        names: set[str] = set()
        for statement in self.statements:
            if isinstance(statement, NewAnon) and statement.droppable:
                names.add(statement.name)
            elif isinstance(statement, Fork):
                own = {own_name(name) for name in names if owner_of(name) == statement.of}
                names |= {f"{statement.name}.{name}" for name in own}
        return frozenset(names)


def owner_of(mapping: str) -> str:
    """Give the process that a mapping belongs to, by its name: ``C`` of ``C.A``, "" of ``A``."""
    return mapping.rpartition(".")[0]


def own_name(mapping: str) -> str:
    """Give the name of a mapping in its process: ``A`` of ``C.A``."""
    return mapping.rpartition(".")[2]


def success_of(call: Call) -> str:
    """Give what a call returns where it succeeds, as a result is compared to it: 0, or, of
    process_madvise(), the bytes of its range.
    """
    if isinstance(call, Madvise) and call.by_pidfd:
        return str(call.pages.count * PAGE_BYTES)
    return "0"


def returned(call: Call, result: str) -> str:
    """Give what a call returns, of a result that is 0 for success, an errno or a signal."""
    return success_of(call) if result == "0" else result


def process_of(statement: Statement) -> str | None:
    """Give the process that runs a statement, which is that of the mapping that it names; the
    first one calls process_madvise().

    None is given where no mapping is named, so that any could run it.
    """
    match statement:
        case Fork(_, of):
            return of
        case Exit(process):
            return process
        case NewMapping(name) | NewAnon(name):
            return owner_of(name)
        case Pread(_, into):
            return owner_of(into.name)
        case Madvise(by_pidfd=True):
            return ""
        case SwapDevice() | NewFile() | Ftruncate() | Cpu() | Assert():
            return None
        case Fallocate() | Pwrite() | Invalidate() | UnmapMappingRange():
            return None
        case _:
            return owner_of(statement.pages.name)
