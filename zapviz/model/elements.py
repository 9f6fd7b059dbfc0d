"""What steps read and write: elements of a state, and footprints made of them.

An element is a page (a page of a file with its cache slot, its block on the disk, its folios,
their locks and every entry that maps it; or a page of anonymous memory), or something that is
no page: the mmap_lock, the list of VMAs with their locks, whether a mapping has a page table,
and of each file its size, i_rwsem, i_mmap_rwsem and what keeps faults out.

A set of elements is an integer, one bit an element.  The rss counters are sums, so that no
order of changes matters to them, and nobody decides by them: they are no element.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from zapviz.kernels.known import Kernel
from zapviz.model import program as p
from zapviz.model.world import File, Folio, World, area_named, file_named

__all__ = [
    "EVERYTHING",
    "NOTHING",
    "Elements",
    "Footprint",
    "entries_decided",
    "entry_decided",
    "nothing",
]


class Footprint(NamedTuple):
    """What is read and what is written, as bits; what is written may be read as well."""

    reads: int = 0
    writes: int = 0

    def __or__(self, other: Footprint) -> Footprint:
        return Footprint(self.reads | other.reads, self.writes | other.writes)

    def meets(self, other: Footprint) -> bool:
        """Whether the order of two steps or programs can matter."""
        return bool(self.writes & (other.reads | other.writes) or self.reads & other.writes)

    def beyond(self, other: Footprint) -> Footprint:
        """What is not in another one."""
        return Footprint(
            self.reads & ~(other.reads | other.writes),
            self.writes & ~other.writes,
        )


NOTHING: Final = Footprint()
EVERYTHING: Final = Footprint(-1, -1)


class Elements:
    """The elements of a program's states on one kernel, each with its bit.

    A page of a mapping is the page of the file that is behind it in the state that the
    elements are made for, and stays so when something else is mapped there."""

    def __init__(
        self, kernel: Kernel, world: World, bodies: Iterable[Sequence[p.Statement]] = ()
    ) -> None:
        self.kernel = kernel
        self.world = world
        self._bits: dict[Any, int] = {}
        self.mmap_lock, self.vmas = self.bit("mmap_lock"), self.bit("VMAs")
        self._entries = [
            [self._behind(world, area, page) for page in range(len(held.entries))]
            for area, held in enumerate(world.areas)
        ]
        statements = [s for body in bodies for s in body]
        self._files = [self._pages_of(world, file, statements) for file in range(len(world.files))]
        self._tables = [
            self.bit(("table", area)) if self._table_matters(area) else 0
            for area in range(len(world.areas))
        ]

    def bit(self, element: Any) -> int:
        """The bit of an element."""
        return 1 << self._bits.setdefault(element, len(self._bits))

    def names(self, bits: int) -> list[str]:
        """What some bits stand for, to be read by people."""
        return [str(element) for element, at in self._bits.items() if bits >> at & 1]

    def area(self, name: str) -> int:
        """The index of a mapping."""
        return area_named(self.world, name)

    def file(self, name: str) -> int:
        """The index of a file."""
        return file_named(self.world, name)

    # pages

    def entry(self, area: int, page: int) -> int:
        """A page of a mapping."""
        return self._entries[area][page]

    def entries(self, area: int, first: int, end: int | None) -> int:
        """The pages of a range of a mapping; None: to its end."""
        bits = 0
        for bit in self._entries[area][first:end]:
            bits |= bit
        return bits

    def at(self, places: Iterable[tuple[int, int]]) -> int:
        """The pages of some entries, each given as (mapping, page)."""
        bits = 0
        for area, page in places:
            bits |= self._entries[area][page]
        return bits

    def cached(self, file: int, first: int = 0, end: int | None = None) -> int:
        """The pages of a range of a file; all that it has or can come to have by default."""
        bits = 0
        for page, bit in self._files[file].items():
            if first <= page and (end is None or page < end):
                bits |= bit
        return bits

    def of_folio(self, folio: Folio) -> int:
        """The page that a folio belongs to."""
        if folio.file < 0:
            return self.entry(folio.area, folio.page)
        return self.cached(folio.file, folio.page, folio.page + 1)

    def table(self, *areas: int) -> int:
        """Whether mappings have page tables, where a fault can tell (filemap_map_pmd())."""
        bits = 0
        for area in areas:
            bits |= self._tables[area]
        return bits

    # what is no page

    def size(self, file: int) -> int:
        """The size of a file."""
        return self.bit(("size", file))

    def i_rwsem(self, file: int) -> int:
        """The lock of an inode."""
        return self.bit(("i_rwsem", file))

    def i_mmap_rwsem(self, file: int) -> int:
        """The lock of a file's tree of mappings."""
        return self.bit(("i_mmap_rwsem", file))

    def kept_out(self, file: int) -> int:
        """What keeps faults out of a file: the invalidate_lock, shmem's note of a hole punch."""
        return self.bit(("kept out", file))

    def inode(self, file: int) -> int:
        """The inode's lock, and what keeps faults out."""
        return self.i_rwsem(file) | self.kept_out(file)

    def files(self, pages: int) -> list[int]:
        """The files that some pages are of."""
        return [file for file in range(len(self._files)) if pages & self.cached(file)]

    # together

    def walk(self, pages: int) -> Footprint:
        """rmap_walk() of some pages: VMAs are looked up under the i_mmap_rwsem."""
        bits = self.vmas
        for file in self.files(pages):
            bits |= self.i_mmap_rwsem(file)
        return Footprint(bits)

    def sweep(self, file: int) -> Footprint:
        """A pass over a file's mappings takes its i_mmap_rwsem, as the kernel does."""
        if self.kernel.i_mmap_shared:
            return Footprint(self.vmas | self.i_mmap_rwsem(file))
        return Footprint(self.vmas, self.i_mmap_rwsem(file))

    # at the start

    def _behind(self, world: World, area: int, page: int) -> int:
        vma = world.areas[area].vma_behind(page)
        if vma is None or vma.file < 0:
            return self.bit(("page of mapping", area, page))
        return self.bit(("page of file", vma.file, page + vma.offset))

    def _pages_of(
        self, world: World, file: int, statements: Sequence[p.Statement]
    ) -> dict[int, int]:
        """Every page of a file that a statement can come to, by number."""
        held = world.files[file]
        end = _pages(held)
        for s in statements:
            if isinstance(s, p.Ftruncate) and s.file == held.name:
                end = max(end, -(-s.size // p.PAGE_BYTES))
            elif isinstance(s, p.Pwrite) and s.pages.name == held.name:
                end = max(end, s.pages.end)
        pages = set(range(end))
        for area in world.areas:
            for vma in area.vmas:
                if vma.file == file:
                    pages.update(range(vma.first + vma.offset, vma.end + vma.offset))
        return {page: self.bit(("page of file", file, page)) for page in sorted(pages)}

    def _table_matters(self, area: int) -> bool:
        """Only to fault-around of a disk file, and not where the table stands from the start:
        it goes with the mapping's last VMA, and nothing maps a file there again."""
        held = self.world.areas[area]
        return (
            self.kernel.around_wants_table
            and not held.table
            and any(vma.file >= 0 and not self.world.files[vma.file].shmem for vma in held.vmas)
        )


def _pages(held: File) -> int:
    """How many pages a file has, in its page cache, on its disk, or by its size."""
    return max(len(held.cache), held.pages, len(held.disk))


# what several actions touch


def nothing(on: Elements) -> Footprint:
    """No element at all."""
    return NOTHING


def entry_decided(on: Elements, area: int, page: int) -> Footprint:
    """One entry, decided as the VMA wants it that it belongs to."""
    return Footprint(on.vmas, on.entry(area, page))


def entries_decided(on: Elements, area: int, page: int, end: int) -> Footprint:
    """The entries of a range, one after the other."""
    return Footprint(on.vmas, on.entries(area, page, end))
