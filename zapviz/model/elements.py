"""What steps read and write: elements of a state, and the footprints that consist of them.

An element is a page; or something else that can be read or written: the mmap_lock, the list of VMAs
with their locks, whether the zero page is broken, whether a mapping has a page table, and of each
file its size, i_rwsem, i_mmap_rwsem and what keeps faults out. A page is a page of a file, with its
cache slot, its block on the disk, its folios, their locks and every entry that maps it; or a page
of anonymous memory.

A set of elements is an integer with one bit for each element. The rss counters are no elements:
they are sums, so the order of changes does not matter to them, and nothing depends on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from zapviz.kernels.known import Kernel
from zapviz.model import program as p
from zapviz.model.world import File, Folio, World, area_named, file_named, first_of_kin

__all__ = [
    "EVERYTHING",
    "NOTHING",
    "Elements",
    "Footprint",
    "entries_decided",
    "entries_walked",
    "entry_decided",
    "nothing",
]


class Footprint(NamedTuple):
    """What is read and what is written, as bits; what is written may be read, too."""

    reads: int = 0
    writes: int = 0

    def __or__(self, other: Footprint) -> Footprint:
        return Footprint(self.reads | other.reads, self.writes | other.writes)

    def meets(self, other: Footprint) -> bool:
        """Tell whether the order of two steps or programs can matter."""
        return bool(self.writes & (other.reads | other.writes) or self.reads & other.writes)

    def beyond(self, other: Footprint) -> Footprint:
        """Give the part that another footprint does not have."""
        return Footprint(
            self.reads & ~(other.reads | other.writes),
            self.writes & ~other.writes,
        )


NOTHING: Final = Footprint()
EVERYTHING: Final = Footprint(-1, -1)


class Elements:
    """The elements of a program's states on one kernel, each with its bit.

    A page of a mapping is the page of the file behind it in the state for which the elements are
    made; it stays that page even when something else is mapped there. What fork has made of a
    mapping has the same pages as that: they may share a page, or a swap slot.
    """

    def __init__(
        self, kernel: Kernel, world: World, bodies: Iterable[Sequence[p.Statement]] = ()
    ) -> None:
        self.kernel = kernel
        self.world = world
        self._bits: dict[Any, int] = {}
        self.mmap_lock, self.vmas = self.bit("mmap_lock"), self.bit("VMAs")
        self.mf_mutex = self.bit("mf_mutex")
        self.zero_page = self.bit("zero page")
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
        """Give the bit of an element."""
        return 1 << self._bits.setdefault(element, len(self._bits))

    def names(self, bits: int) -> list[str]:
        """Name the elements of some bits, for people."""
        return [str(element) for element, at in self._bits.items() if bits >> at & 1]

    def area(self, name: str) -> int:
        """Give the index of a mapping."""
        return area_named(self.world, name)

    def file(self, name: str) -> int:
        """Give the index of a file."""
        return file_named(self.world, name)

    # pages

    def entry(self, area: int, page: int) -> int:
        """Give a page of a mapping."""
        return self._entries[area][page]

    def entries(self, area: int, first: int, end: int | None) -> int:
        """Give the pages of a range of a mapping; with None as its end, up to the mapping's end."""
        bits = 0
        for bit in self._entries[area][first:end]:
            bits |= bit
        return bits

    def at(self, places: Iterable[tuple[int, int]]) -> int:
        """Give the pages of some entries, each given as (mapping, page)."""
        bits = 0
        for area, page in places:
            bits |= self._entries[area][page]
        return bits

    def cached(self, file: int, first: int = 0, end: int | None = None) -> int:
        """Give the pages of a range of a file; by default all that it has or can get."""
        bits = 0
        for page, bit in self._files[file].items():
            if first <= page and (end is None or page < end):
                bits |= bit
        return bits

    def of_folio(self, folio: Folio) -> int:
        """Give the page that a folio belongs to."""
        if folio.file < 0:
            return self.entry(folio.area, folio.page)
        return self.cached(folio.file, folio.page, folio.page + 1)

    def table(self, *areas: int) -> int:
        """Give whether mappings have page tables, where a fault depends on it
        (filemap_map_pmd()).
        """
        bits = 0
        for area in areas:
            bits |= self._tables[area]
        return bits

    # what is no page

    def size(self, file: int) -> int:
        """Give the size of a file."""
        return self.bit(("size", file))

    def i_rwsem(self, file: int) -> int:
        """Give the lock of an inode."""
        return self.bit(("i_rwsem", file))

    def i_mmap_rwsem(self, file: int) -> int:
        """Give the lock of a file's tree of mappings."""
        return self.bit(("i_mmap_rwsem", file))

    def kept_out(self, file: int) -> int:
        """Give what keeps faults out of a file: the invalidate_lock, or shmem's note of a hole
        punch.
        """
        return self.bit(("kept out", file))

    def inode(self, file: int) -> int:
        """Give the inode's lock, and what keeps faults out."""
        return self.i_rwsem(file) | self.kept_out(file)

    def files(self, pages: int) -> list[int]:
        """Give the files that some pages belong to."""
        return [file for file in range(len(self._files)) if pages & self.cached(file)]

    # together

    def walk(self, pages: int) -> Footprint:
        """Give what rmap_walk() of some pages touches: it looks VMAs up under the i_mmap_rwsem."""
        bits = self.vmas
        for file in self.files(pages):
            bits |= self.i_mmap_rwsem(file)
        return Footprint(bits)

    def sweep(self, file: int) -> Footprint:
        """Give what a pass over a file's mappings takes: the i_mmap_rwsem, as in the kernel."""
        if self.kernel.i_mmap_shared:
            return Footprint(self.vmas | self.i_mmap_rwsem(file))
        return Footprint(self.vmas, self.i_mmap_rwsem(file))

    # at the start

    def _behind(self, world: World, area: int, page: int) -> int:
        vma = world.areas[area].vma_behind(page)
        if vma is None or vma.file < 0:
            return self.bit(("page of mapping", first_of_kin(world, area), page))
        return self.bit(("page of file", vma.file, page + vma.offset))

    def _pages_of(
        self, world: World, file: int, statements: Sequence[p.Statement]
    ) -> dict[int, int]:
        """Give every page of a file that a statement can reach, by number."""
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
        """Tell whether it matters if a mapping has a page table.

        It matters only to fault-around of a disk file, and not where the table is there from the
        start: the table goes with the mapping's last VMA, and nothing maps a file there again.
        """
        held = self.world.areas[area]
        return (
            self.kernel.around_wants_table
            and not held.table
            and any(vma.file >= 0 and not self.world.files[vma.file].shmem for vma in held.vmas)
        )


def _pages(held: File) -> int:
    """Give how many pages a file has, in its page cache, on its disk, or by its size."""
    return max(len(held.cache), held.pages, len(held.disk))


# what several actions touch


def nothing(on: Elements) -> Footprint:
    """Touch no element."""
    return NOTHING


def entry_decided(on: Elements, area: int, page: int) -> Footprint:
    """Touch one entry, decided by the attributes of its VMA."""
    return Footprint(on.vmas, on.entry(area, page))


def entries_decided(on: Elements, area: int, page: int, end: int) -> Footprint:
    """Touch the entries of a range, one after the other."""
    return Footprint(on.vmas, on.entries(area, page, end))


def entries_walked(on: Elements, places: tuple[tuple[int, int], ...]) -> Footprint:
    """Touch some entries of a folio, each changed in a walk over the folio's mappings."""
    pages = on.at(places)
    return on.walk(pages) | Footprint(0, pages)
