"""The cases of the decision table: classes of entries, mappings, and paths that zap.

Each is a few lines of the scenario language about a mapping ``A`` of one page of a file ``F`` or of
anonymous memory. Together they form the smallest scenario in which a path meets such an entry;
:mod:`zapviz.decisions.decide` runs it. With a child, ``C``, the page, slot or marker behind the
entry has a second owner. Nothing here says what becomes of an entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeVar, assert_never

from zapviz.errors import ZapvizError, choices_hint
from zapviz.model.entries import Bit, Entry, Kind

__all__ = [
    "ALONE",
    "CHILD_EXIT",
    "CHILD_READ",
    "ENTRIES",
    "FORK",
    "LOCKINGS",
    "MAIN_ENTRIES",
    "MAIN_PATHS",
    "MAPPINGS",
    "OWNERS",
    "PATHS",
    "EntryCase",
    "MappingCase",
    "OwnerCase",
    "PathCase",
    "chosen",
    "one_of",
]


class EntryCase(NamedTuple):
    """A class of entry, as far as zapping distinguishes it."""

    id: str
    name: str  # a few words
    kind: Kind
    private: bool | None  # of a private page, or of a page of the file; None: of no page
    wp: bool  # write-protected by userfaultfd
    recipes: tuple[tuple[str, ...], ...]  # ways to make such an entry, the shortest first
    note: str = ""  # why no recipe makes one, where nothing else explains that

    def fits(self, entry: Entry) -> bool:
        """Tell whether an entry is of this class."""
        if entry.kind is not self.kind:
            return False
        if entry.maps_folio and bool(entry.bits & Bit.UFFD_WP) != self.wp:
            return False
        if entry.of_either_sort:
            return bool(entry.bits & Bit.ANON) == self.private
        return True


class MappingCase(NamedTuple):
    """A kind of mapping, and the lines that make one of a single page."""

    id: str
    name: str
    lines: tuple[str, ...]

    @property
    def has_file(self) -> bool:
        """Whether there is a file ``F`` behind it."""
        return len(self.lines) > 1

    @property
    def shared(self) -> bool:
        """Whether a write reaches the file."""
        return "MAP_SHARED" in self.lines[-1]


class PathCase(NamedTuple):
    """A path that zaps: one statement."""

    id: str
    name: str  # short, for the head of a column
    call: str  # the statement
    meaning: str  # one line
    locked: bool = False  # whether the mapping is mlocked

    @property
    def on_file(self) -> bool:
        """Whether the call names the file ``F``, not the mapping."""
        return self.call.partition("(")[2].startswith("F")


class OwnerCase(NamedTuple):
    """Whose entry is looked at, and whether another process has what it holds."""

    id: str
    name: str  # a few words, which stand after others
    meaning: str  # one line
    area: int  # the mapping's number in a World: a child's comes after its parent's
    beside: str = ""  # what stands after the mapping in a scenario's title

    @property
    def shared(self) -> bool:
        """Whether there is a child."""
        return bool(self.beside)


FORK: Final = "C = fork()"
"""The line that makes the child."""

CHILD_READ: Final = "read(C.A[0])"
"""The line that brings the child an entry, where fork copies none."""

CHILD_EXIT: Final = "exit(C)"
"""The call of the path ``exit`` where there is a child: the first process ends last."""

_READ = "read(A[0])"
_WRITE = "A[0] = 1"
_OUT = "madvise(A[0], MADV_PAGEOUT)"
_POISON = "madvise(A[0], MADV_HWPOISON)"
_MOVE = "migrate_begin(A[0])"
_WP = "uffd_wp(A[0])"


AnyCase = TypeVar("AnyCase", EntryCase, MappingCase, PathCase, OwnerCase)


def _by_id(*cases: AnyCase) -> dict[str, AnyCase]:
    return {case.id: case for case in cases}


def _cases(kind: Kind) -> tuple[EntryCase, ...]:
    """Give the classes of the entries of a kind, leaving userfaultfd out."""
    match kind:
        case Kind.FILE:
            return (EntryCase("file", "file page", kind, False, False, ((_READ,),)),)
        case Kind.ANON:
            return (EntryCase("anon", "private page", kind, True, False, ((_WRITE,),)),)
        case Kind.ZERO:
            why = "A mapping of a file maps the file's own page, even one that holds only zeros."
            return (EntryCase("zero", "zero page", kind, None, False, ((_READ,),), why),)
        case Kind.SWAP:
            return (EntryCase("swap", "swap entry", kind, True, False, ((_WRITE, _OUT),)),)
        case Kind.MIGRATION:
            moved = "migration of a file page", "migration of a private page"
            return (
                EntryCase("migration-file", moved[0], kind, False, False, ((_READ, _MOVE),)),
                EntryCase("migration-anon", moved[1], kind, True, False, ((_WRITE, _MOVE),)),
            )
        case Kind.HWPOISON:
            # A clean page of a disk file can be read again, so it leaves no such entry.
            ways = ((_POISON,), (_WRITE, _POISON), ("pwrite(F[0], 1)", _POISON))
            broken = "hwpoison of a file page", "hwpoison of a private page"
            return (
                EntryCase("hwpoison-file", broken[0], kind, False, False, ways),
                EntryCase("hwpoison-anon", broken[1], kind, True, False, (ways[1],)),
            )
        case Kind.DEVICE_PRIVATE:
            lent = (("migrate_to_device(A[0])",), (_WRITE, "migrate_to_device(A[0])"))
            return (EntryCase("device-private", "device-private", kind, True, False, lent),)
        case Kind.DEVICE_EXCLUSIVE:
            name = "device-exclusive"
            lent = (("make_device_exclusive(A[0])",), (_WRITE, "make_device_exclusive(A[0])"))
            why = "make_device_exclusive() came with v5.14."
            return (EntryCase(name, name, kind, True, False, lent, why),)
        case Kind.UFFD_WP_MARKER:
            why = (
                "Anonymous memory gets such markers only with UFFD_FEATURE_WP_UNPOPULATED, "
                "which is not modelled."
            )
            noted = ((_WP,),)
            return (EntryCase("uffd-wp-marker", "uffd-wp marker", kind, None, True, noted, why),)
        case Kind.POISON_MARKER:
            noted = (("uffd_poison(A[0])",),)
            return (EntryCase("poison-marker", "poison marker", kind, None, False, noted),)
        case Kind.GUARD_MARKER:
            noted = (("madvise(A[0], MADV_GUARD_INSTALL)",),)
            return (EntryCase("guard-marker", "guard marker", kind, None, False, noted),)
        case Kind.NONE | Kind.UNMAPPED:
            return ()  # nothing to zap
        case _:
            assert_never(kind)


ENTRIES: Final[Mapping[str, EntryCase]] = _by_id(
    *(case for kind in Kind for case in _cases(kind)),
    EntryCase("file-wp", "file page, uffd-wp", Kind.FILE, False, True, ((_READ, _WP),)),
    EntryCase("anon-wp", "private page, uffd-wp", Kind.ANON, True, True, ((_WRITE, _WP),)),
)
"""The rows: every class of entry that zapping distinguishes."""

MAIN_ENTRIES: Final = (
    *("file", "anon", "swap", "migration-file", "migration-anon"),
    *("hwpoison-file", "hwpoison-anon", "guard-marker"),
)
"""The classes that a first view shows."""

MAPPINGS: Final[Mapping[str, MappingCase]] = _by_id(
    MappingCase(
        "shmem-private",
        "private mapping of shmem",
        ("F = shmem(1)", "A = mmap(F, MAP_PRIVATE)"),
    ),
    MappingCase(
        "shmem-shared", "shared mapping of shmem", ("F = shmem(1)", "A = mmap(F, MAP_SHARED)")
    ),
    MappingCase(
        "file-private",
        "private mapping of a disk file",
        ("F = file(1)", "A = mmap(F, MAP_PRIVATE)"),
    ),
    MappingCase(
        "file-shared",
        "shared mapping of a disk file",
        ("F = file(1)", "A = mmap(F, MAP_SHARED)"),
    ),
    MappingCase("anon", "anonymous memory", ("A = anon(1)",)),
)
"""Every kind of mapping."""

PATHS: Final[Mapping[str, PathCase]] = _by_id(
    PathCase("munmap", "munmap", "munmap(A[0])", "the mapping goes"),
    PathCase("exit", "exit", "exit()", "the process ends, and its address space with it"),
    PathCase("map-fixed", "MAP_FIXED", "mmap(A[0], MAP_FIXED)", "something else is mapped over it"),
    PathCase("truncate", "truncate", "ftruncate(F, 0)", "the file ends before the page"),
    PathCase(
        "punch",
        "hole punch",
        "fallocate(F[0], FALLOC_FL_PUNCH_HOLE)",
        "the page is punched out of the file",
    ),
    PathCase(
        "remove",
        "REMOVE",
        "madvise(A[0], MADV_REMOVE)",
        "MADV_REMOVE: a hole is punched, asked of the mapping",
    ),
    PathCase(
        "dontneed",
        "DONTNEED",
        "madvise(A[0], MADV_DONTNEED)",
        "MADV_DONTNEED: the process gives the page up",
    ),
    PathCase(
        "dontneed-locked",
        "DONTNEED_LOCKED",
        "madvise(A[0], MADV_DONTNEED_LOCKED)",
        "MADV_DONTNEED_LOCKED: the same in an mlocked mapping",
        True,
    ),
    PathCase(
        "invalidate",
        "invalidate",
        "invalidate(F[0])",
        "invalidate_inode_pages2_range(): the page cache is out of date",
    ),
    PathCase(
        "direct-write",
        "direct write",
        "pwrite(F[0], 2, O_DIRECT)",
        "an O_DIRECT write goes past the page cache",
    ),
    PathCase(
        "even-cows-0",
        "even_cows=0",
        "unmap_mapping_range(F[0], even_cows=0)",
        "unmap_mapping_range() as a driver calls it, sparing private pages",
    ),
    PathCase(
        "even-cows-1",
        "even_cows=1",
        "unmap_mapping_range(F[0], even_cows=1)",
        "unmap_mapping_range() as a driver calls it, private pages too",
    ),
    PathCase(
        "guard-install",
        "GUARD_INSTALL",
        "madvise(A[0], MADV_GUARD_INSTALL)",
        "MADV_GUARD_INSTALL: the page becomes a guard",
    ),
)
"""The columns: every path that zaps."""

MAIN_PATHS: Final = ("munmap", "truncate", "punch", "dontneed")
"""The paths that a first view shows: no details, even_cows 1, even_cows 0, no details."""

ALONE: Final = "alone"
"""The owner where there is no child, as the table has it if nothing else is asked for."""

_BESIDE: Final = ", shared with a child"

OWNERS: Final[Mapping[str, OwnerCase]] = _by_id(
    OwnerCase(ALONE, "not shared", "there is one process", 0),
    OwnerCase(
        "parent", "shared: parent's", "shared with a child: the entry of the parent", 0, _BESIDE
    ),
    OwnerCase(
        "child", "shared: child's", "shared with a child: the entry of the child", 1, _BESIDE
    ),
)
"""Whose entry it is. The call is the parent's, but for the path ``exit``."""

LOCKINGS: Final[tuple[tuple[str, ...], ...]] = (
    ("mlock(A[0])",),
    ("mprotect(A[0], PROT_READ)", "mlock(A[0])"),
    # mlock cannot fault anything in and reports ENOMEM, but the mapping is locked all the same.
    ("mprotect(A[0], PROT_NONE)", "mlock(A[0])"),
)
"""Ways to lock a mapping; the first that leaves the entry as it is is taken."""


def _items(known: Iterable[str]) -> Iterable[tuple[str, object]]:
    return known.items() if isinstance(known, Mapping) else ()


def chosen(known: Iterable[str], words: str | Iterable[str] | None, what: str) -> tuple[str, ...]:
    """Give the ids that some words name, in the order of the table.

    A word is an id, its printed name, or a part of several ids: ``migration`` names migration-file
    and migration-anon.

    Args:
        known: The ids.
        words: The words; None: all ids.
        what: What the ids are of, for the message.

    Raises:
        ZapvizError: A word names no id; the message names the nearest one.
    """
    ids = tuple(known)
    if words is None:
        return ids
    # "file page", as a table prints it.
    names = {one: str(getattr(case, "name", one)).lower() for one, case in _items(known)}
    named: set[str] = set()
    for word in [words] if isinstance(words, str) else words:
        spelled = str(word).strip().lower().replace("_", "-")
        printed = [one for one in ids if str(word).strip().lower() == names.get(one)]
        if spelled in ids or printed:
            named.update(printed or [spelled])
            continue
        parts = {one for one in ids if f"-{spelled}-" in f"-{one}-"}
        if not parts or not spelled:
            raise ZapvizError(
                f"there is no {what} '{str(word)[:60]}'; {choices_hint(spelled, ids)}"
            )
        named |= parts
    return tuple(one for one in ids if one in named)


def one_of(known: Iterable[str], word: str, what: str) -> str:
    """Give the one id that a word names.

    Raises:
        ZapvizError: The word names no id, or several.
    """
    named = chosen(known, word, what)
    if len(named) > 1:
        raise ZapvizError(f"'{word}' names several: {', '.join(named)}")
    return named[0]
