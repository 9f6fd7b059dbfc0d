"""The state that a scenario acts on: files, mappings, folios, swap slots, counters.

Every value is immutable and hashable, so states can be kept, compared and explored.
Objects refer to each other by their index in the tuples of :class:`World`.  There is
one process, and those that it and its children fork.  Reference counts other
than mapcount and swap counts, and LRU lists are left out.  The swap cache holds private
pages alone, where a disk is the swap device or another process has the slot, too; a page of
shmem gives its slot back as it comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias, TypeVar, assert_never

from zapviz.model.areas import Area, with_anon_vma
from zapviz.model.entries import NONE, Entry, Kind
from zapviz.model.program import PAGE_BYTES

__all__ = [
    "ANONPAGES",
    "FILEPAGES",
    "SHMEMPAGES",
    "SWAPENTS",
    "File",
    "Folio",
    "FolioFlag",
    "Lock",
    "LockKind",
    "MachineFlag",
    "Process",
    "Rss",
    "Slot",
    "World",
    "byte_of",
    "counted",
    "counter_of",
    "file_places",
    "file_spans",
    "in_swap_cache",
    "lost",
    "mapped",
    "placed",
    "places_of",
    "replaced",
    "swap_count",
    "with_cache",
    "with_entry",
    "with_folio",
    "without_reference",
]


Rss = tuple[int, int, int, int]
"""MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES, in pages."""


FILEPAGES, ANONPAGES, SWAPENTS, SHMEMPAGES = range(4)


class FolioFlag:
    """A property that a folio has besides its data."""

    DIRTY = 1
    POISONED = 2
    LAZYFREE = 4
    """It is not swap-backed, as after MADV_FREE: reclaim may drop it while it is clean."""
    CACHED = 8
    """It is in its file's page cache."""
    RECLAIM = 16
    """PG_reclaim, the same bit as PG_readahead: fault-around passes it over."""
    MOVING = 32
    """Isolated: migration or reclaim holds it, so that it lives on and nobody else takes it."""
    SWAPCACHE = 64
    """It is in the swap cache, and has a slot, which names it (Slot.folio)."""
    REFERENCE_LOST = 128
    """A call has ended and has kept its reference: before v5.13, MADV_HWPOISON of a broken page."""
    FORKED = 256
    """A fork has shared it: a write copies it, unless the writer has it alone by then. Else it is
    its owner's to write (PageAnonExclusive(), v5.19).
    """
    DROPPABLE = 512
    """It arose in memory that was mapped with MAP_DROPPABLE: it is LAZYFREE from the start, and
    reclaim may drop it even while it is dirty.
    """


class MachineFlag:
    """A property of the machine, which all of its processes share."""

    ZERO_POISONED = 1
    """The one zero page is declared broken, for good: nothing can take it away."""
    SWAP_DISK = 2
    """Its swap device is a disk, else one that answers at once (SWP_SYNCHRONOUS_IO)."""
    FORKS = 4
    """Some process of the scenario forks: mappings remember which of their VMAs have an anon_vma,
    since fork asks.
    """


KEPT = FolioFlag.CACHED | FolioFlag.POISONED | FolioFlag.MOVING
"""A folio with one of these flags lives on when nothing maps it."""


PIN: Final = 1024
"""The references that a pin counts as (GUP_PIN_COUNTING_BIAS), by which it can be told from others
(folio_maybe_dma_pinned()).
"""


class Folio(NamedTuple):
    """One page of memory with data in it."""

    file: int  # the file whose page it is; -1: anonymous
    area: int  # the mapping of an anonymous folio; -1: a file's
    page: int  # of the file, or of the mapping for an anonymous one
    data: int  # the byte that the page holds
    mapcount: int = 0  # present entries (device entries too) that map it
    flags: int = 0  # FolioFlag values, or-ed
    # What CPUs hold on it beside the mappings, the page cache and isolation: of one that waits
    # for its lock, of get_user_pages(), of direct I/O under way.
    references: int = 0

    @property
    def anon(self) -> bool:
        """Whether it is anonymous memory (PageAnon)."""
        return self.file < 0

    @property
    def held(self) -> bool:
        """Whether somebody holds a reference that neither mappings nor the page cache explain.

        memory_failure() keeps its own on the page that it declared broken.
        """
        return self.references > 0 or bool(self.flags & FolioFlag.POISONED)


class Slot(NamedTuple):
    """One slot of the swap device."""

    holders: int  # swap entries and page-cache slots that hold it; 0: the swap cache alone does
    data: int  # the byte that the page held when it was swapped out last
    folio: int = -1  # the page of it that is in the swap cache; -1: none


class File(NamedTuple):
    """A file: its size, its page cache, and what its disk holds."""

    name: str
    shmem: bool  # else a disk filesystem's
    size: int  # i_size, in bytes
    cache: tuple[Entry, ...]  # per page: none, file, or for shmem swap
    disk: tuple[int, ...] = ()  # the byte on disk per page, -1 a hole; empty for shmem
    failed: bool = False  # a poisoned dirty page was lost: AS_EIO
    # Pages of a disk file that truncate cut while they were not cached: the kernel holds a
    # dirty folio that is not up to date, so nobody sees it, but a read finds it dirty.
    zeroed: tuple[int, ...] = ()

    @property
    def pages(self) -> int:
        """The number of pages that i_size covers, a partial last page included."""
        return -(-self.size // PAGE_BYTES)


LockKind: TypeAlias = Literal[
    "i_rwsem",  # of a file
    "mmap_lock",
    "VMA lock",
    "mf_mutex",
    "invalidate_lock",  # of a disk file
    "shmem_falloc",  # of a shmem file: the note by which a hole punch keeps faults out
    "folio lock",
    "i_mmap_rwsem",  # of a file
    "anon_vma->rwsem",  # of a mapping's private memory
    "page table lock",  # of a mapping
]
"""The locks of the model, in the order in which the kernel takes them."""


class Lock(NamedTuple):
    """A lock that is held."""

    kind: LockKind
    of: int  # index of the file, folio, area; of the mmap_lock, of the process, -1 the first
    cpu: int
    shared: bool  # held for reading
    # The pages of a VMA; or, of shmem_falloc, of the file: those that faults wait for.
    first: int = 0
    end: int = 0
    tried: bool = False  # whether its taker would have gone on without it, had it not been free


class Process(NamedTuple):
    """A process, and its counters; its mappings tell whose they are."""

    name: str = ""  # as the scenario calls it; "" the one that it begins with
    rss: Rss = (0, 0, 0, 0)


class World(NamedTuple):
    """The whole state."""

    files: tuple[File, ...] = ()
    areas: tuple[Area, ...] = ()
    folios: tuple[Folio | None, ...] = ()
    slots: tuple[Slot | None, ...] = ()
    processes: tuple[Process, ...] = (Process(),)
    locks: tuple[Lock, ...] = ()
    machine: int = 0  # MachineFlag values, or-ed


T = TypeVar("T")


def replaced(items: tuple[T, ...], index: int, item: T) -> tuple[T, ...]:
    """Replace the item at an index."""
    return (*items[:index], item, *items[index + 1 :])


def placed(items: tuple[T | None, ...], item: T) -> tuple[int, tuple[T | None, ...]]:
    """Put an item at the lowest free index; give the index, and the items."""
    for index, held in enumerate(items):
        if held is None:
            return index, (*items[:index], item, *items[index + 1 :])
    return len(items), (*items, item)


def counted(world: World, area: int, counter: int, change: int) -> World:
    """Change one of the counters of the process that a mapping belongs to, by a number of pages."""
    files, areas, folios, slots, processes, locks, machine = world
    at = areas[area].process
    name, rss = processes[at]
    filepages, anons, swaps, shmems = rss
    if counter == FILEPAGES:
        filepages += change
    elif counter == ANONPAGES:
        anons += change
    elif counter == SWAPENTS:
        swaps += change
    else:
        shmems += change
    new = Process(name, (filepages, anons, swaps, shmems))
    if len(processes) == 1:
        return World(files, areas, folios, slots, (new,), locks, machine)
    return World(files, areas, folios, slots, replaced(processes, at, new), locks, machine)


def counter_of(world: World, folio: Folio) -> int:
    """mm_counter(): give the rss counter in which a mapped folio counts."""
    if folio.file < 0:
        return ANONPAGES
    return SHMEMPAGES if world.files[folio.file].shmem else FILEPAGES


def fresh(world: World, area: int, page: int, data: int) -> Folio:
    """__folio_set_anon(): give a new anonymous folio, mapped once."""
    vma = world.areas[area].vma_behind(page)
    flags = FolioFlag.DROPPABLE | FolioFlag.LAZYFREE if vma is not None and vma.droppable else 0
    return Folio(-1, area, page, data, 1, flags)


def with_entry(world: World, area: int, page: int, entry: Entry) -> World:
    """Set one page-table entry."""
    files, areas, folios, slots, processes, locks, machine = world
    name, entries, vmas, column, _, process, source, anon = areas[area]
    entries = (*entries[:page], entry, *entries[page + 1 :])
    changed = Area(name, entries, vmas, column, True, process, source, anon)
    return World(
        files,
        (*areas[:area], changed, *areas[area + 1 :]),
        folios,
        slots,
        processes,
        locks,
        machine,
    )


def without_anon_vmas(world: World) -> World:
    """Forget which VMAs have an anon_vma, where no process forks any more and nobody asks."""
    if not world.machine & MachineFlag.FORKS:
        return world
    areas = tuple(area._replace(anon=0) for area in world.areas)
    return world._replace(areas=areas, machine=world.machine & ~MachineFlag.FORKS)


def anon_vma_prepared(world: World, area: int, page: int) -> World:
    """anon_vma_prepare(): give the VMA of a page an anon_vma, which is told where fork asks."""
    if not world.machine & MachineFlag.FORKS:
        return world
    held = with_anon_vma(world.areas[area], page)
    return world._replace(areas=replaced(world.areas, area, held))


def with_cache(world: World, file: int, page: int, entry: Entry) -> World:
    """Set one page-cache slot of a file; a page past the slots adds some."""
    files, areas, folios, slots, processes, locks, machine = world
    name, shmem, size, cache, disk, failed, zeroed = files[file]
    missing = page + 1 - len(cache)
    if missing > 0:
        cache += (NONE,) * missing
    changed = File(name, shmem, size, replaced(cache, page, entry), disk, failed, zeroed)
    return World(replaced(files, file, changed), areas, folios, slots, processes, locks, machine)


def with_folio(world: World, index: int, folio: Folio | None) -> World:
    """Replace one folio; None frees it."""
    files, areas, folios, slots, processes, locks, machine = world
    return World(files, areas, replaced(folios, index, folio), slots, processes, locks, machine)


def mapped(world: World, index: int, change: int) -> World:
    """Change a folio's mapcount; the folio is freed when its last user goes."""
    folio = world.folios[index]
    assert folio is not None
    file, area, page, data, mapcount, flags, references = folio
    mapcount += change
    leaves = not mapcount and flags & FolioFlag.SWAPCACHE and not flags & FolioFlag.MOVING
    if leaves and not swap_count(world, index):  # free_swap_cache()
        world = without_cached(world, index)
        flags &= ~FolioFlag.SWAPCACHE
    if not mapcount and not flags & (KEPT | FolioFlag.SWAPCACHE) and not references:
        return with_folio(world, index, None)
    return with_folio(world, index, Folio(file, area, page, data, mapcount, flags, references))


def referenced(world: World, index: int, change: int) -> World:
    """Change the number of references that CPUs hold on a folio.

    It is freed when its last user goes.
    """
    folio = world.folios[index]
    assert folio is not None
    references = folio.references + change
    return mapped(with_folio(world, index, folio._replace(references=references)), index, 0)


def without_reference(world: World, slot: int) -> World:
    """Lower a swap slot's count by one; at 0 the slot is free, unless the swap cache has it."""
    held = world.slots[slot]
    assert held is not None
    return with_slot(world, slot, held._replace(holders=held.holders - 1))


def with_slot(world: World, number: int, slot: Slot) -> World:
    """Replace one swap slot; one that nobody holds is free."""
    files, areas, folios, slots, processes, locks, machine = world
    left = slot if slot.holders or slot.folio >= 0 else None
    return World(files, areas, folios, replaced(slots, number, left), processes, locks, machine)


def with_data(world: World, index: int, data: int) -> World:
    """Set the byte that a folio holds, and so what its swap slot stands for."""
    folio = world.folios[index]
    assert folio is not None
    world = with_folio(world, index, folio._replace(data=data))
    if swap_count(world, index):
        number = slot_of(world, index)
        world = with_slot(world, number, _slot(world, number)._replace(data=data))
    return world


def _slot(world: World, number: int) -> Slot:
    slot = world.slots[number]
    assert slot is not None
    return slot


def slot_of(world: World, index: int) -> int:
    """Give the slot of a folio that is in the swap cache; -1: it is not."""
    folio = world.folios[index]
    if folio is None or not folio.flags & FolioFlag.SWAPCACHE:
        return -1
    return next(at for at, slot in enumerate(world.slots) if slot and slot.folio == index)


def swap_count(world: World, index: int) -> int:
    """Count the swap entries that have the slot of a folio in the swap cache (folio_swapped())."""
    number = slot_of(world, index)
    return _slot(world, number).holders if number >= 0 else 0


def in_swap_cache(world: World, entry: Entry) -> bool:
    """Tell whether the page of an entry is in the swap cache: the one that it maps, or, of a swap
    entry, the one of its slot. A broken page has no data there (mincore_page(), mm/mincore.c).
    """
    if entry.kind is Kind.SWAP:
        return _slot(world, entry.slot).folio >= 0 and not lost(world, entry)
    return entry.maps_folio and slot_of(world, entry.folio) >= 0


def into_swap_cache(world: World, index: int, number: int) -> World:
    """Put a folio into the swap cache, as the page of a slot."""
    folio = world.folios[index]
    assert folio is not None
    world = with_folio(world, index, folio._replace(flags=folio.flags | FolioFlag.SWAPCACHE))
    return with_slot(world, number, _slot(world, number)._replace(folio=index))


def without_cached(world: World, index: int) -> World:
    """Let a slot forget the folio that is its page in the swap cache."""
    number = slot_of(world, index)
    return with_slot(world, number, _slot(world, number)._replace(folio=-1))


LEFT_SWAP_CACHE: Final = "It leaves the swap cache, and its slot is free."
"""What the reason of a step adds where it takes a folio out of the swap cache that has its slot
alone.
"""


def out_of_swap_cache(world: World, index: int) -> World:
    """Take a folio out of the swap cache: its slot has the data, for those that hold it; without
    such, it is free (folio_free_swap()).
    """
    folio = world.folios[index]
    assert folio is not None
    if not folio.flags & FolioFlag.SWAPCACHE:
        return world
    world = without_cached(world, index)
    return with_folio(world, index, folio._replace(flags=folio.flags & ~FolioFlag.SWAPCACHE))


def slot_for(world: World, index: int) -> tuple[int, World]:
    """Give the swap slot that a folio goes to, with one holder more: its own, if it is in the swap
    cache, else a free one.
    """
    folio, number = world.folios[index], slot_of(world, index)
    assert folio is not None
    if number < 0:
        number, slots = placed(world.slots, Slot(1, folio.data))
        return number, world._replace(slots=slots)
    held = _slot(world, number)
    return number, with_slot(world, number, Slot(held.holders + 1, folio.data, index))


def without_swap(world: World, entry: Entry) -> World:
    """Let go of a swap entry's slot, and with the last one of the page in the swap cache that
    belongs to it (free_swap_and_cache()).

    A page that somebody maps stays in the swap cache without an entry that has its slot, as one
    does that was read back from a disk; so does one that somebody has locked to move it.
    """
    index = _slot(world, entry.slot).folio
    world = without_reference(world, entry.slot)
    return mapped(world, index, 0) if index >= 0 else world


def byte_of(world: World, entry: Entry) -> int | None:
    """Give the byte that an entry's page holds; None where no page can be read.

    An entry that stands for a page has its byte, wherever that page is: in memory, in a
    device's memory, under way to another folio, in a swap slot.
    """
    kind = entry.kind
    match kind:
        case Kind.FILE | Kind.ANON | Kind.MIGRATION | Kind.DEVICE_PRIVATE | Kind.DEVICE_EXCLUSIVE:
            folio = world.folios[entry.folio]
            return None if folio is None else folio.data
        case Kind.SWAP:
            slot = world.slots[entry.slot]
            return None if slot is None or lost(world, entry) else slot.data
        case Kind.ZERO:
            return 0
        case Kind.NONE | Kind.UNMAPPED | Kind.HWPOISON:
            return None
        case Kind.UFFD_WP_MARKER | Kind.POISON_MARKER | Kind.GUARD_MARKER:
            return None
        case _:
            assert_never(kind)


def lost(world: World, entry: Entry) -> bool:
    """Tell whether an entry is a swap entry whose page is in the swap cache, and broken."""
    if entry.kind is not Kind.SWAP:
        return False
    index = _slot(world, entry.slot).folio
    folio = world.folios[index] if 0 <= index < len(world.folios) else None
    return folio is not None and bool(folio.flags & FolioFlag.POISONED)


def places_of(world: World, index: int) -> list[tuple[int, int]]:
    """Give the places where a folio could be mapped: (area, page) in the order of the reverse map.

    An anonymous folio has one place in the mapping that it was made in, and one in each that fork
    has copied from that since; a file's folio has one in every VMA that covers its page. The caller
    has to look at what the entry there holds.
    """
    folio = world.folios[index]
    assert folio is not None
    if folio.file < 0:
        if len(world.processes) == 1:
            return [(folio.area, folio.page)]
        return [(area, folio.page) for area in heirs(world, folio.area)]
    return list(file_places(world, folio.file, folio.page, folio.page + 1))


def heirs(world: World, area: int) -> list[int]:
    """Give a mapping and those that fork has made of it, and of these, the oldest first.

    It is the order of an anon_vma's tree (anon_vma_interval_tree_insert(), mm/interval_tree.c).
    """
    found = [area]
    for index in range(area + 1, len(world.areas)):
        if world.areas[index].source in found:
            found.append(index)
    return found


def first_of_kin(world: World, area: int) -> int:
    """Give the mapping of which fork has made one, after however many forks; itself if none has.

    Its anon_vma is the root of the others: a page that is not its owner's alone belongs to it
    (__folio_set_anon(), mm/rmap.c).
    """
    while (source := world.areas[area].source) >= 0:
        area = source
    return area


def file_places(world: World, file: int, first: int, end: int) -> Iterator[tuple[int, int]]:
    """Give every (area, page) that maps a page of the file range, VMA by VMA."""
    for area, start, stop in file_spans(world, file, first, end):
        for page in range(start, stop):
            yield area, page


def file_spans(world: World, file: int, first: int, end: int) -> list[tuple[int, int, int]]:
    """Give (area, first page, end page) of every VMA's part in a range of file pages.

    They come in the order of the file's tree of mappings: that of the file page with which a VMA
    starts, and of VMAs that start with the same one the older mapping's comes first. What fork has
    made of a mapping comes right after it, the youngest first (vma_interval_tree_insert_after()).
    Source: vma_interval_tree_foreach(), mm/interval_tree.c; as seen on 5.10 to 7.3.
    """
    found: list[tuple[int, tuple[int, ...], int, int, int]] = []
    for index, area in enumerate(world.areas):
        for vma in area.vmas:
            if vma.file == file:
                start = max(vma.first, first - vma.offset)
                stop = min(vma.end, end - vma.offset)
                if start < stop:
                    kin = _kin(world, index)
                    found.append((vma.first + vma.offset, kin, index, start, stop))
    if len(found) > 1:
        found.sort()
    return [span[2:] for span in found]


def _kin(world: World, area: int) -> tuple[int, ...]:
    """Give the place of a mapping among those that fork has made of the same one."""
    source = world.areas[area].source
    return (area,) if source < 0 else (*_kin(world, source), -area)


# statements


def file_named(world: World, name: str) -> int:
    for index, file in enumerate(world.files):
        if file.name == name:
            return index
    raise KeyError(name)


def process_named(world: World, name: str) -> int:
    for index, process in enumerate(world.processes):
        if process.name == name:
            return index
    raise KeyError(name)


def area_named(world: World, name: str) -> int:
    for index, area in enumerate(world.areas):
        if area.name == name:
            return index
    raise KeyError(name)
