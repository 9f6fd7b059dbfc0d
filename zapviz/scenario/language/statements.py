"""Every statement of the language, one entry each: its words, how to write and how to read it.

:func:`spelling` has the table. Statements that are no calls are read and written elsewhere:
``assert`` and ``def``, which hold conditions and statements, and ``A[0:2] = 1``, which is another
form of ``write(A[0:2], 1)``.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import (
    Any,
    Final,
    Generic,
    Literal,
    TypeAlias,
    TypeVar,
    assert_never,
    cast,
    get_args,
    get_type_hints,
)

from zapviz.model import program as p
from zapviz.scenario.language.arguments import Arguments
from zapviz.scenario.language.remarks import Placed
from zapviz.scenario.language.words import CPUS, FLAGS, KINDS, PROT, Sizes

__all__ = [
    "CHOOSERS",
    "EXAMPLE",
    "MAKERS",
    "READERS",
    "RESERVED",
    "SPELLINGS",
    "USAGE",
    "Spelling",
    "note",
    "spelling",
]

S = TypeVar("S", bound=p.Asking)

Show: TypeAlias = Callable[[p.Pages], str]
"""Writes pages: ``A`` where they are all of it, else ``A[i]`` or ``A[i:j]``."""


@dataclass(frozen=True)
class Spelling(Generic[S]):
    """How to write and read one kind of statement."""

    usage: Mapping[str, str]
    """Its words, each with how it is written."""
    about: str = field(kw_only=True)
    """What it does, without a full stop."""
    write: Callable[[S, Show], str]
    """Its text; of what also has another form, that as a call."""
    read: Callable[[Arguments, ast.Call, Placed], S] | None = None
    """Reads it where the call is the statement."""
    make: Callable[[Arguments, str, ast.Call, Placed], S] | None = None
    """Reads it where what is called gets a name."""
    choose: Callable[[Arguments, ast.Call, Placed], S] | None = None
    """Reads it where it stands at the top and says what machine it is."""
    reaches: Callable[[S], tuple[str, int]] | None = None
    """The file or mapping that it makes or may extend, and how many pages that has then."""


def spelling(kind: type[p.Asking]) -> Spelling[Any]:
    """Give the entry of a kind of statement in the table."""
    if issubclass(kind, p.SwapDevice):
        return Spelling(
            {"swap": "swap(disk)"},
            lambda s, show: f"swap({s.kind})",
            choose=_swap_device,
            about=(
                "the machine's swap device, said at the top: a disk, or, where nothing is said, "
                "ram: a device that answers at once, as brd and zram do"
            ),
        )
    if issubclass(kind, p.NewFile):
        return Spelling(
            {"shmem": "F = shmem(4)", "file": "F = file(4)"},
            lambda s, show: f"{s.name} = {s.kind}({s.pages})",
            make=_new_file,
            reaches=lambda s: (s.name, s.pages),
            about=(
                "a file: shmem is sparse and its page cache empty; file is on a disk filesystem, "
                "written and synced, with every page in the page cache and clean"
            ),
        )
    if issubclass(kind, p.NewAnon):
        return Spelling(
            {"anon": "N = anon(4) or N = anon(4, MAP_DROPPABLE)"},
            lambda s, show: f"{s.name} = anon({s.pages}{', MAP_DROPPABLE' * s.droppable})",
            make=_new_anon,
            reaches=lambda s: (s.name, s.pages),
            about=(
                "private anonymous memory; with MAP_DROPPABLE such as the kernel may drop at any "
                "time, never swaps out, and gives to no child (from v6.11 on, else EINVAL)"
            ),
        )
    if issubclass(kind, p.NewMapping):
        return Spelling(
            {"mmap": "A = mmap(F, MAP_PRIVATE)"},
            lambda s, show: f"{s.name} = mmap({show(s.pages)}, {_sharing(s)})",
            make=_new_mapping,
            reaches=lambda s: (s.name, s.pages.count),
            about=(
                "a mapping of a file, or of some of its pages as in mmap(F[2:6], MAP_SHARED); "
                "MAP_PRIVATE or MAP_SHARED"
            ),
        )
    if issubclass(kind, p.Fork):
        return Spelling(
            {"fork": "C = fork() or D = fork(C)"},
            lambda s, show: f"{s.name} = fork({s.of})",
            make=_fork,
            about=(
                "a child C of the process, or a child of C; its mappings are C.A and so on, its "
                "counters C.rss.anonpages and so on"
            ),
        )
    if issubclass(kind, p.MapFixed):
        return Spelling(
            {"mmap": _MAP_FIXED},
            lambda s, show: f"mmap({show(s.pages)}, MAP_FIXED)",
            _map_fixed,
            about=(
                "fresh private anonymous memory over a part of a mapping, which is unmapped first"
            ),
        )
    if issubclass(kind, p.Read):
        return Spelling(
            {"read": "read(A[0:2])"},
            lambda s, show: f"read({show(s.pages)})",
            lambda a, call, at: p.Read(_mapping_pages(a, call), **at),
            about="read faults, lowest page first",
        )
    if issubclass(kind, p.Write):
        return Spelling(
            {"write": "write(A[0:2], 1)"},
            lambda s, show: f"write({show(s.pages)}, {s.value})",
            _write,
            about="write faults, lowest page first, also written A[0:2] = 1; the value is a byte",
        )
    if issubclass(kind, p.Madvise):
        return Spelling(
            {
                "madvise": "madvise(A[0:2], MADV_DONTNEED)",
                "process_madvise": "process_madvise(C.A[0:2], MADV_PAGEOUT)",
            },
            lambda s, show: f"{'process_' * s.by_pidfd}madvise({show(s.pages)}, {s.advice})",
            _madvise,
            about=(
                "one advice on a range; the advice there is stands below; with process_madvise the "
                "first process gives it, to a child's memory or its own, and it returns bytes"
            ),
        )
    if issubclass(kind, p.Mlock):
        return Spelling(
            {"mlock": "mlock(A[0:2])", "munlock": "munlock(A[0:2])"},
            lambda s, show: f"{'mlock' if s.lock else 'munlock'}({show(s.pages)})",
            lambda a, call, at: p.Mlock(_mapping_pages(a, call), _word(call) == "mlock", **at),
            about="lock a mapping's pages into memory, and unlock them",
        )
    if issubclass(kind, p.Mprotect):
        return Spelling(
            {"mprotect": "mprotect(A[0:2], PROT_READ)"},
            lambda s, show: f"mprotect({show(s.pages)}, {' | '.join(s.prot) or 'PROT_NONE'})",
            _mprotect,
            about=(
                "what may be done with the pages from now on: PROT_READ, PROT_WRITE, both with | "
                "between, or PROT_NONE"
            ),
        )
    if issubclass(kind, p.Uffd):
        return Spelling(
            {"uffd_wp": "uffd_wp(A[0:2])", "uffd_poison": "uffd_poison(A[0:2])"},
            lambda s, show: f"uffd_{s.action}({show(s.pages)})",
            lambda a, call, at: p.Uffd(
                _mapping_pages(a, call), "wp" if _word(call) == "uffd_wp" else "poison", **at
            ),
            about=(
                "userfaultfd: write-protect the pages, registering their mapping first where that "
                "was not done; and UFFDIO_POISON"
            ),
        )
    if issubclass(kind, p.Munmap):
        return Spelling(
            {"munmap": "munmap(A[0:2])"},
            lambda s, show: f"munmap({show(s.pages)})",
            lambda a, call, at: p.Munmap(_mapping_pages(a, call), **at),
            about="unmap a range",
        )
    if issubclass(kind, p.Exit):
        return Spelling(
            {"exit": "exit() or exit(C)"},
            lambda s, show: f"exit({s.process})",
            _exit,
            about="the process ends, or a child C, and its whole address space is unmapped",
        )
    if issubclass(kind, p.Ftruncate):
        return Spelling(
            {"ftruncate": "ftruncate(F, 1) or ftruncate(F, bytes=6000)"},
            lambda s, show: f"ftruncate({s.file}, {_length(s)})",
            _ftruncate,
            reaches=lambda s: (s.file, -(-s.size // p.PAGE_BYTES)),
            about="set the size of a file, in pages or in bytes",
        )
    if issubclass(kind, p.Fallocate):
        return Spelling(
            {"fallocate": "fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)"},
            lambda s, show: f"fallocate({show(s.pages)}, FALLOC_FL_PUNCH_HOLE)",
            _fallocate,
            about=(
                "punch a hole; FALLOC_FL_KEEP_SIZE, which the kernel wants with it, is implied "
                "and may be written"
            ),
        )
    if issubclass(kind, p.Pwrite):
        return Spelling(
            {"pwrite": "pwrite(F[0:2], 1) or pwrite(F[0:2], 1, O_DIRECT)"},
            lambda s, show: f"pwrite({show(s.pages)}, {s.value}{', O_DIRECT' * s.direct})",
            _pwrite,
            reaches=lambda s: (s.pages.name, s.pages.end),
            about=(
                "write whole pages, through the page cache or with O_DIRECT past it; beyond the "
                "end of a file it extends the file"
            ),
        )
    if issubclass(kind, p.Pread):
        return Spelling(
            {"pread": "pread(F[0:2], A[0:2], O_DIRECT)"},
            lambda s, show: f"pread({show(s.pages)}, {show(s.into)}, O_DIRECT)",
            _pread,
            about=(
                "read as many pages of the disk, past the page cache, into a mapping; what lies "
                "beyond the end of the file is not read"
            ),
        )
    if issubclass(kind, p.Invalidate):
        return Spelling(
            {"invalidate": "invalidate(F[0:2])"},
            lambda s, show: f"invalidate({show(s.pages)})",
            _invalidate,
            about=(
                "invalidate_inode_pages2_range() as a filesystem or a direct write calls it; on "
                "the model alone"
            ),
        )
    if issubclass(kind, p.UnmapMappingRange):
        return Spelling(
            {"unmap_mapping_range": "unmap_mapping_range(F[0:2], even_cows=0)"},
            lambda s, show: f"unmap_mapping_range({show(s.pages)}, even_cows={int(s.even_cows)})",
            _unmap_mapping_range,
            about="unmap_mapping_range() as a driver calls it; on the model alone",
        )
    if issubclass(kind, p.Migrate):
        return Spelling(
            {
                "migrate": "migrate(A[0])",
                "migrate_begin": "migrate_begin(A[0])",
                "migrate_end": "migrate_end(A[0])",
            },
            lambda s, show: f"{_MIGRATES[s.part]}({show(s.pages)})",
            lambda a, call, at: p.Migrate(_mapping_pages(a, call), _PARTS[_word(call)], **at),
            about=(
                "move each page to another folio; or one half of that, for study and on the model "
                "alone"
            ),
        )
    if issubclass(kind, p.ToDevice):
        return Spelling(
            {
                "migrate_to_device": "migrate_to_device(A[0])",
                "make_device_exclusive": "make_device_exclusive(A[0])",
            },
            lambda s, show: (
                f"{'make_device_exclusive' if s.exclusive else 'migrate_to_device'}"
                f"({show(s.pages)})"
            ),
            lambda a, call, at: p.ToDevice(
                _mapping_pages(a, call), _word(call) == "make_device_exclusive", **at
            ),
            about=(
                "lend each page to a device, as the kernel's test driver does it "
                "(lib/test_hmm.c): device_private entries, and device_exclusive ones"
            ),
        )
    assert_never(kind)


def note(sizes: Sizes, statement: p.Statement) -> None:
    """Note in the sizes what a statement makes or extends."""
    if isinstance(statement, p.Fork):
        sizes.fork(statement.name, statement.of)
    known = SPELLINGS.get(type(statement))
    if known is not None and known.reaches is not None:
        sizes.reach(*known.reaches(statement))


# ---- what calls are made of ----------------------------------------------------------------


def _word(call: ast.Call) -> str:
    """Give the word that is called."""
    return cast("ast.Name", call.func).id


def _mapping_pages(a: Arguments, call: ast.Call) -> p.Pages:
    """Read the one argument of a call: pages of a mapping."""
    (pages,) = a.arguments(call, 1)
    return a.mapping_pages(pages, _word(call))


def _swap_device(a: Arguments, call: ast.Call, at: Placed) -> p.SwapDevice:
    (device,) = a.arguments(call, 1)
    known = get_args(get_type_hints(p.SwapDevice)["kind"])
    return p.SwapDevice(a.word(device, known, "swap device"), **at)  # type: ignore[arg-type]


def _size(a: Arguments, argument: ast.expr, what: str) -> int:
    """Read how many pages a new file or anonymous mapping has."""
    size = a.number(argument, "a number of pages")
    if not 1 <= size <= p.MAX_PAGES:
        hint = f"{what} has 1 to {p.MAX_PAGES} pages"
        raise a.error(argument, f"{size} is not a possible number of pages", hint)
    return size


def _new_anon(a: Arguments, name: str, call: ast.Call, at: Placed) -> p.NewAnon:
    pages, *flags = a.arguments(call, 1, optional=1)
    size = _size(a, pages, "memory")
    droppable = bool(flags) and bool(a.flags(flags[0], ("MAP_DROPPABLE",)))
    return p.NewAnon(name, size, droppable, **at)


def _new_file(a: Arguments, name: str, call: ast.Call, at: Placed) -> p.NewFile:
    (pages,) = a.arguments(call, 1)
    size = _size(a, pages, "a file")
    return p.NewFile(name, "shmem" if _word(call) == "shmem" else "file", size, **at)


def _new_mapping(a: Arguments, name: str, call: ast.Call, at: Placed) -> p.NewMapping:
    pages, flags = a.arguments(call, 2)
    if a.mentions(flags, "MAP_DROPPABLE"):
        hint = f"write {name} = anon(4, MAP_DROPPABLE)"
        raise a.error(flags, "only anonymous memory is droppable, not a file's", hint)
    words = a.flags(flags, ("MAP_PRIVATE", "MAP_SHARED"))
    if a.mentions(flags, "MAP_FIXED"):
        hint = f"write {a.text(call)} without a name"
        raise a.error(flags, "MAP_FIXED maps over pages that have a name already", hint)
    if a.mentions(flags, "MAP_ANONYMOUS"):
        hint = f"write {name} = anon(4)"
        raise a.error(flags, "anonymous memory is not made with 'mmap' here", hint)
    if len(words) != 1:
        hint = "choose one of them"
        raise a.error(flags, "a mapping is MAP_PRIVATE or MAP_SHARED, not both", hint)
    where = a.file_pages(pages, "mmap")
    a.check_open(pages, where.name, name)
    return p.NewMapping(name, where, words == ["MAP_SHARED"], **at)


def _sharing(s: p.NewMapping) -> str:
    return "MAP_SHARED" if s.shared else "MAP_PRIVATE"


_MAP_FIXED: Final = "mmap(A[1:3], MAP_FIXED)"


def _map_fixed(a: Arguments, call: ast.Call, at: Placed) -> p.MapFixed:
    pages, flags = a.arguments(call, 2, _MAP_FIXED)
    if not a.mentions(flags, "MAP_FIXED"):
        hint = f"write A = {a.text(call)}"
        if isinstance(pages, ast.Name) and a.kinds.get(pages.id) == "mapping":
            hint = f"to map over its pages, write mmap({pages.id}, MAP_FIXED)"
        raise a.error(call, "what 'mmap' makes needs a name", hint)
    a.flags(flags, ("MAP_FIXED", "MAP_ANONYMOUS", "MAP_PRIVATE"))
    return p.MapFixed(a.mapping_pages(pages, "mmap"), **at)


def _write(a: Arguments, call: ast.Call, at: Placed) -> p.Write:
    pages, value = a.arguments(call, 2)
    return p.Write(a.mapping_pages(pages, "write"), a.byte(value), **at)


def _madvise(a: Arguments, call: ast.Call, at: Placed) -> p.Madvise:
    pages, advice = a.arguments(call, 2)
    word = _word(call)
    if isinstance(advice, ast.BinOp):
        hint = f"write one {word} for each"
        raise a.error(advice, f"{word} takes one advice at a time", hint)
    known = cast("p.Advice", a.word(advice, p.ADVICE, "advice"))
    return p.Madvise(a.mapping_pages(pages, word), known, word == "process_madvise", **at)


def _mprotect(a: Arguments, call: ast.Call, at: Placed) -> p.Mprotect:
    pages, prot = a.arguments(call, 2)
    words = a.flags(prot, ("PROT_NONE", *PROT))
    if "PROT_NONE" in words and len(words) > 1:
        raise a.error(prot, "PROT_NONE goes with no other", "write PROT_NONE alone")
    kept = tuple(word for word in PROT if word in words)
    return p.Mprotect(a.mapping_pages(pages, "mprotect"), kept, **at)


def _exit(a: Arguments, call: ast.Call, at: Placed) -> p.Exit:
    process = a.process(call)
    if not process and a.processes:
        hint = f"end its children first: exit({min(a.processes)})"
        raise a.error(call, "the first process ends last", hint)
    return p.Exit(process, **at)


def _fork(a: Arguments, name: str, call: ast.Call, at: Placed) -> p.Fork:
    return p.Fork(name, a.process(call), **at)


def _ftruncate(a: Arguments, call: ast.Call, at: Placed) -> p.Ftruncate:
    file, size = a.arguments(call, 2, keyword="bytes")
    if isinstance(file, ast.Subscript):
        hint = f"write {a.text(file.value)} without pages"
        raise a.error(file, "ftruncate takes the whole file", hint)
    name = a.file_pages(file, "ftruncate").name
    number = a.number(size, "a size")
    size_bytes = number if call.keywords else number * p.PAGE_BYTES
    if size_bytes > p.MAX_PAGES * p.PAGE_BYTES:
        hint = f"a file has at most {p.MAX_PAGES} pages"
        unit = "bytes" if call.keywords else "pages"
        raise a.error(size, f"{number} {unit} is too large", hint)
    return p.Ftruncate(name, size_bytes, **at)


def _length(s: p.Ftruncate) -> str:
    pages, rest = divmod(s.size, p.PAGE_BYTES)
    return f"bytes={s.size}" if rest else f"{pages}"


def _fallocate(a: Arguments, call: ast.Call, at: Placed) -> p.Fallocate:
    pages, flags = a.arguments(call, 2)
    words = a.flags(flags, ("FALLOC_FL_PUNCH_HOLE", "FALLOC_FL_KEEP_SIZE"))
    if "FALLOC_FL_PUNCH_HOLE" not in words:
        if words:
            a.check_modelled(flags, "FALLOC_FL_KEEP_SIZE")
        hint = "expected FALLOC_FL_PUNCH_HOLE, which implies FALLOC_FL_KEEP_SIZE"
        raise a.error(flags, "fallocate is here to punch holes only", hint)
    # KEEP_SIZE is implied: a kernel knows no hole punching without it.
    return p.Fallocate(a.file_pages(pages, "fallocate"), **at)


def _pwrite(a: Arguments, call: ast.Call, at: Placed) -> p.Pwrite:
    pages, value, *flag = a.arguments(call, 2, optional=1)
    for word in flag:
        a.word(word, ("O_DIRECT",), "flag")
    where = a.file_pages(pages, "pwrite", p.MAX_PAGES)
    return p.Pwrite(where, a.byte(value), bool(flag), **at)


def _pread(a: Arguments, call: ast.Call, at: Placed) -> p.Pread:
    pages, into, flag = a.arguments(call, 3)
    a.word(flag, ("O_DIRECT",), "flag")
    where, memory = a.file_pages(pages, "pread"), a.mapping_pages(into, "pread")
    a.check_open(pages, where.name, memory.name)
    if where.count != memory.count:
        hint = "give both the same number of pages"
        many = f"{where.count} page{'s' * (where.count > 1)}"
        raise a.error(into, f"{many} do not fit into {memory.count}", hint)
    return p.Pread(where, memory, **at)


def _invalidate(a: Arguments, call: ast.Call, at: Placed) -> p.Invalidate:
    (pages,) = a.arguments(call, 1)
    return p.Invalidate(a.file_pages(pages, "invalidate"), **at)


def _unmap_mapping_range(a: Arguments, call: ast.Call, at: Placed) -> p.UnmapMappingRange:
    pages, cows = a.arguments(call, 2, keyword="even_cows")
    if not isinstance(cows, ast.Constant) or cows.value not in (0, 1):
        raise a.error(cows, f"even_cows cannot be '{a.text(cows)}'", "expected 0 or 1")
    where = a.file_pages(pages, "unmap_mapping_range")
    return p.UnmapMappingRange(where, bool(cows.value), **at)


_PARTS: Final[Mapping[str, Literal["whole", "begin", "end"]]] = {
    "migrate": "whole",
    "migrate_begin": "begin",
    "migrate_end": "end",
}
_MIGRATES: Final = {part: word for word, part in _PARTS.items()}


# ---- the words -----------------------------------------------------------------------------


SPELLINGS: Final[dict[type, Spelling[Any]]] = {
    kind: spelling(kind) for kind in (p.SwapDevice, *get_args(p.Maker), p.Fork, *get_args(p.Call))
}
"""The entries of all statements that are calls, in the order of the language's description."""

READERS: Final[Mapping[str, Callable[[Arguments, ast.Call, Placed], p.Call]]] = {
    word: known.read for known in SPELLINGS.values() if known.read for word in known.usage
}
"""How to read each word where a call of it is a statement."""

CHOOSERS: Final[Mapping[str, Callable[[Arguments, ast.Call, Placed], p.SwapDevice]]] = {
    word: known.choose for known in SPELLINGS.values() if known.choose for word in known.usage
}
"""How to read each word that says, at the top, what machine it is."""

MAKERS: Final[Mapping[str, Callable[[Arguments, str, ast.Call, Placed], p.Maker | p.Fork]]] = {
    word: known.make for known in SPELLINGS.values() if known.make for word in known.usage
}
"""How to read each word where its object gets a name."""

USAGE: Final[Mapping[str, str]] = {
    # Backwards, for of the two that are called mmap the first is shown.
    **{
        word: usage for known in reversed(SPELLINGS.values()) for word, usage in known.usage.items()
    },
    "assert": "assert A[0] == swap",
    "def": "def CPU0():",
}
"""How to write each statement; the keys are all statements."""

EXAMPLE: Final = f"a statement is like {USAGE['mmap']} or read(A[0])"

RESERVED: Final = frozenset(
    (
        *KINDS,
        *USAGE,
        *p.ADVICE,
        *p.RESULTS[1:],  # all but 0
        *FLAGS,
        *CPUS,
        *("data", "rss", "always", "sometimes", "bytes", "even_cows"),
        *("mapcount", "slot_count", "exclusive", "swapcache"),
        *keyword.kwlist,
    )
)
"""Words that have a meaning already, so that no file or mapping can be named so."""
