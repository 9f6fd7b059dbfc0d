"""Page faults: how entries arise when memory is read or written.

This models handle_mm_fault() down to do_anonymous_page(), do_read_fault(), do_cow_fault(),
do_shared_fault(), do_wp_page() and do_swap_page() in mm/memory.c, with filemap_map_pages() for
fault-around, as read in 5.10.223 to 7.3. Readahead is left out: every mapping behaves as after
MADV_RANDOM.
"""

from __future__ import annotations

from typing import Final, TypeAlias, assert_never

from zapviz.kernels.known import Kernel
from zapviz.model.actions import action
from zapviz.model.areas import Vma
from zapviz.model.clearing import seen_clear
from zapviz.model.elements import Elements, Footprint, nothing
from zapviz.model.entries import NONE, UFFD_WP_MARKER, Bit, Entry, Kind
from zapviz.model.locks import (
    any_mmap_lock,
    can_have,
    dropped,
    fault_lock,
    fault_over,
    folio_lock,
    given_back,
    page_table_lock,
    taken,
    with_lock,
    without_locks,
)
from zapviz.model.references import waits
from zapviz.model.steps import PLAIN, Action, Actor, Move, Pass, Place, Rule, Step
from zapviz.model.world import (
    ANONPAGES,
    LEFT_SWAP_CACHE,
    SWAPENTS,
    Folio,
    FolioFlag,
    Lock,
    MachineFlag,
    World,
    anon_vma_prepared,
    counted,
    counter_of,
    first_of_kin,
    fresh,
    into_swap_cache,
    lost,
    mapped,
    out_of_swap_cache,
    placed,
    places_of,
    replaced,
    swap_count,
    with_cache,
    with_entry,
    with_folio,
    without_reference,
)

__all__ = [
    "FAULT_AROUND_PAGES",
    "GOES_ON",
    "access",
    "access_range",
    "accessed",
    "cached",
    "from_device",
    "populate",
    "wants",
]


GOES_ON: Final = "goes on"
"""What a caller of :func:`fault` gives in place of an errno, if it goes on where a fault is
refused, and asks then whether the page can be had at all.
"""


FAULT_AROUND_PAGES: Final = 16
"""fault_around_bytes, 64 KiB by default, in pages."""


READ: Final = Pass("read fault", "fault", None, zaps=False)


WRITE: Final = Pass("write fault", "fault", None, zaps=False)


NO_VMA: Final = Rule(
    "no-vma", "No mapping covers this page any more: SIGSEGV.", "do_user_addr_fault"
)


PROTECTED: Final = Rule(
    "protected", "The mapping does not permit this access: SIGSEGV.", "access_error"
)


GUARDED: Final = Rule("guarded", "A guard region: any access raises SIGSEGV.", "handle_pte_marker")


POISONED: Final = Rule(
    "poisoned", "The memory behind this page is marked broken: SIGBUS.", "do_swap_page"
)


LOST: Final = Rule(
    "swapped-poison",
    "The page is in the swap cache and marked broken, its data lost: SIGBUS.",
    "do_swap_page",
)


POISONED_CACHE: Final = Rule(
    "poisoned-cache", "The file's page is marked broken in the page cache: SIGBUS.", "__do_fault"
)


PAST_END: Final = Rule(
    "past-end", "The page lies beyond the end of the file: SIGBUS.", "__do_fault"
)


WRITE_PROTECTED: Final = Rule(
    "wp-fault",
    "userfaultfd write-protects this page and nobody handles the fault: SIGBUS.",
    "handle_userfault",
)


POISON_MARKED: Final = Rule(
    "poison-marked", "A poison marker stands for broken memory: SIGBUS.", "handle_pte_marker"
)


ZERO_FILLED: Final = Rule(
    "zero-filled",
    "Anonymous memory that is only read maps the shared zero page.",
    "do_anonymous_page",
)


NEW_ANON: Final = Rule(
    "new-anon", "A first write to anonymous memory gets a page of its own.", "do_anonymous_page"
)


AROUND: Final = Rule(
    "fault-around",
    "A read fault also maps the neighbours that are in the page cache, up to 16 pages.",
    "filemap_map_pages",
)


ENTERS: Final = Rule(
    "enters-cache", "The file's page is brought into the page cache first.", "__do_fault"
)


BACK_IN_CACHE: Final = Rule(
    "shmem-swap-in",
    "The page cache held a swap entry: the page comes back and its slot is free again.",
    "shmem_swapin_folio",
)


MAPS_FILE: Final = Rule("maps-file", "The page of the file itself is mapped.", "finish_fault")


COPIES: Final = Rule(
    "cow-fault",
    "A write to a private file mapping copies the page at once: "
    "from now on the entry maps a private page.",
    "do_cow_fault",
)


BREAKS_COW: Final = Rule(
    "breaks-cow",
    "A write to a page that is mapped read-only in a private mapping copies it to a private page.",
    "wp_page_copy",
)


BREAKS_FORKED: Final = Rule(
    "breaks-forked",
    "Another process has this page too: the writer gets a copy, and the page stays the other's.",
    "wp_page_copy",
)


SWAP_COPIED: Final = Rule(
    "swap-in-copy",
    "The data comes back from the swap slot, which another process has, too: the writer gets a "
    "copy, and the slot stays the other's.",
    "do_swap_page",
)


SWAPS_IN_SHARED: Final = Rule(
    "swap-in-shared",
    "The data comes back from the swap slot through the swap cache, where another process that has "
    "the slot finds this page: nobody may write to it.",
    "do_swap_page",
)


REUSES: Final = Rule(
    "made-writable",
    "The page is this mapping's own to write: made writable in place.",
    "do_wp_page",
)


SWAPS_IN: Final = Rule(
    "swap-in",
    "The data comes back from the swap slot into a private page. Nothing here asks "
    "whether the page still lies within the file.",
    "do_swap_page",
)


SWAPS_IN_ANON: Final = SWAPS_IN._replace(
    reason="The data comes back from the swap slot into a private page."
)


_FOUND: Final = "It is in the swap cache still: nothing is read."


_KEPT: Final = "It is clean, and in the swap cache; its slot is kept."


_STILL_KEPT: Final = "It is clean; its slot is kept."


_STAYS: Final = "It stays in the swap cache: its slot is kept, with data that is old now."


FROM_DEVICE: Final = Rule(
    "from-device", "The CPU touches it, so the page comes back from the device.", "do_swap_page"
)


TOUCHED: Final = Rule("no-fault", "The entry is present: no fault at all.", "")


def accessed(on: Elements, area: int, first: int, end: int, write: bool) -> Footprint:
    """Give what accesses to a range touch: a read fault also maps the pages around it.

    From the page on where a VMA begins, that is as much as the fault-around reaches.
    """
    if not write:
        first -= first % FAULT_AROUND_PAGES
        end += FAULT_AROUND_PAGES - 1
    pages = on.entries(area, first, end)
    reads = on.mmap_lock | on.vmas
    for file in on.files(pages):
        reads |= on.size(file) | on.kept_out(file)
    return Footprint(reads, pages | on.table(area))


def _accessing(on: Elements, area: int, page: int, value: int | None) -> Footprint:
    return accessed(on, area, page, page + 1, value is not None)


def _accessing_range(on: Elements, area: int, page: int, end: int, value: int | None) -> Footprint:
    return accessed(on, area, page, end, value is not None)


@action(touches=nothing, leads_to=_accessing_range, local=True)
def access_range(
    actor: Actor, world: World, area: int, page: int, end: int, value: int | None
) -> Move:
    """Action: access the pages of a range one after the other, lowest first."""
    next_page: tuple[Action, ...] = ()
    if page + 1 < end:
        next_page = ((access_range, area, page + 1, end, value),)
    return Move(world, ((access, area, page, value), *next_page))


def _touched(before: World, move: Move, area: int, page: int, value: int | None) -> Step | None:
    """Give the step of a load or store that takes no fault."""
    if move.then:
        return None
    after, place = move.world, Place(False, area, page)
    entry = after.areas[area].entries[page]
    name = f"{after.areas[area].name}[{page}]"
    title = f"load {name}" if value is None else f"store {value} to {name}"
    return Step("access", after, PLAIN, TOUCHED, place, entry, entry, None, title)


@action(touches=_accessing, shows=_touched, function="do_user_addr_fault")
def access(actor: Actor, world: World, area: int, page: int, value: int | None) -> Move | None:
    """Action: one load (value None) or store; a fault is taken first where it needs one."""
    held = world.areas[area]
    entry = held.entries[page]
    write = value is not None
    if entry.present and not (world.locks and seen_clear(world, area, page)):
        # The processor does not look at VMAs: an entry of a detached one works until it is zapped.
        vma = held.vma_behind(page)
        if vma is not None and (
            entry.bits & Bit.WRITABLE if write else vma.readable or vma.writable
        ):
            if value is None:
                if entry.bits & Bit.YOUNG:
                    return Move(world)
                return Move(with_entry(world, area, page, _with(entry, Bit.YOUNG)))
            bits = Bit.DIRTY | Bit.YOUNG
            if entry.bits & bits != bits:
                world = with_entry(world, area, page, _with(entry, bits))
            folio = world.folios[entry.folio]
            assert folio is not None
            if folio.data != value:
                world = with_folio(world, entry.folio, folio._replace(data=value))
            return Move(world)
    move = fault(actor, world, area, page, write, "")
    if move is None or move.result is not None:
        return move
    # As the processor does: the instruction runs again after the fault.
    return Move(move.world, (*move.then, (access, area, page, value)), move.step)


def _populating(on: Elements, area: int, page: int, write: bool) -> Footprint:
    return accessed(on, area, page, page + 1, write)


@action(touches=_populating, function="__get_user_pages")
def populate(
    actor: Actor, world: World, area: int, page: int, write: bool, force: bool, fails: str
) -> Move | None:
    """Action: get_user_pages() of one page: fault it in, for writing or only for reading.

    Args:
        force: Whether FOLL_FORCE is set, as for mlock, so that a mapping that can only be written
            suffices.
        fails: The errno that ends the statement if the page cannot be had.
    """
    if not wants(world, area, page, write):
        return Move(world)
    vma = world.areas[area].vma_at(page)
    if vma is None and force:
        return Move(world)  # __mm_populate() passes over what was unmapped meanwhile
    if vma is not None and not (write or force or vma.readable):
        under = (fault_lock(actor.kernel, world, area, page, actor.cpu, gup=True),)
        return _refused(actor, world, area, page, READ, PROTECTED, fails, under)
    move = fault(actor, world, area, page, write, fails)
    if move is None or move.result is not None:
        return move
    again: Action = (populate, area, page, write, force, fails)
    return Move(move.world, (*move.then, again), move.step)


def wants(world: World, area: int, page: int, write: bool) -> bool:
    """Tell whether an access to a page would fault."""
    held = world.areas[area]
    entry = held.entries[page]
    vma = held.vma_behind(page)
    if vma is None or not entry.present or (world.locks and seen_clear(world, area, page)):
        return True
    if write:
        return not (entry.bits & Bit.WRITABLE)
    return not (vma.readable or vma.writable)


def fault(actor: Actor, world: World, area: int, page: int, write: bool, fails: str) -> Move | None:
    """Take the first part of one page fault; the actions that finish it follow."""
    cpu = actor.cpu
    part = WRITE if write else READ
    vma = world.areas[area].vma_at(page)
    under: Under = ()
    if not any_mmap_lock(world, cpu):
        lock = fault_lock(actor.kernel, world, area, page, cpu, bool(fails))
        if not can_have(world, lock):
            return None
        under = (lock,)
    if vma is None:
        return _refused(actor, world, area, page, part, NO_VMA, fails or "SIGSEGV", under)
    if not (vma.writable if write else vma.readable or vma.writable):
        return _refused(actor, world, area, page, part, PROTECTED, fails or "SIGSEGV", under)
    entry = world.areas[area].entries[page]
    kind = entry.kind
    clear = bool(world.locks) and entry.present and seen_clear(world, area, page)
    if clear or kind is Kind.NONE or kind is Kind.UFFD_WP_MARKER:  # do_pte_missing()
        if vma.file < 0:
            return _anonymous(actor, world, area, page, write, under)
        if write and not vma.shared:  # before do_cow_fault() knows whether there is such a page
            world = anon_vma_prepared(world, area, page)
        locked = with_lock(world, under[0]) if under else _held_again(world, cpu)
        return _file_fault(actor, locked, area, page, vma, write, fails)
    if kind is Kind.GUARD_MARKER:
        return _refused(actor, world, area, page, part, GUARDED, fails or "SIGSEGV", under)
    if kind is Kind.HWPOISON or kind is Kind.POISON_MARKER:
        rule = POISONED if kind is Kind.HWPOISON else POISON_MARKED
        return _refused(actor, world, area, page, part, rule, fails or "SIGBUS", under)
    if kind is Kind.MIGRATION:
        return None  # migration_entry_wait(): until the folio's lock is free
    if kind is Kind.SWAP:
        if lost(world, entry):
            return _refused(actor, world, area, page, part, LOST, fails or "SIGBUS", under)
        return _swap_in(actor, world, area, page, entry, vma, write, fails, under)
    if kind is Kind.DEVICE_PRIVATE or kind is Kind.DEVICE_EXCLUSIVE:
        under = (*under, folio_lock(cpu, entry.folio))
        entry = from_device(actor.kernel, world, entry, vma)
        return _maps(actor, world, area, page, entry, part, FROM_DEVICE, under)
    if kind is Kind.FILE or kind is Kind.ANON or kind is Kind.ZERO:
        return _write_to_present(actor, world, area, page, vma, part, fails, under)
    if kind is Kind.UNMAPPED:
        raise AssertionError("a VMA covers the page")
    assert_never(kind)


def from_device(kernel: Kernel, world: World, entry: Entry, vma: Vma) -> Entry:
    """Give the present entry in whose place an entry of a lent page stood.

    userfaultfd's protection comes back with it, and a protected page is read-only. From device
    memory it is as writable as its entry says, clean and old (remove_migration_pte()). One that a
    device had for itself is old; if it is writable it is dirty, up to v6.14 always, then where its
    folio is (restore_exclusive_pte(), mm/memory.c).
    """
    protect = entry.bits & Bit.UFFD_WP
    exclusive = entry.kind is Kind.DEVICE_EXCLUSIVE
    writable = bool(entry.bits & Bit.WRITABLE)
    if exclusive and kernel.exclusive_asks_vma:
        writable = vma.writable
    if protect or not writable:
        return Entry(Kind.ANON, entry.folio, -1, protect)
    bits = Bit.WRITABLE
    if exclusive:
        folio = world.folios[entry.folio]
        assert folio is not None
        if not kernel.exclusive_asks_vma or folio.flags & FolioFlag.DIRTY:
            bits |= Bit.DIRTY
    return Entry(Kind.ANON, entry.folio, -1, bits)


def _write_to_present(
    actor: Actor,
    world: World,
    area: int,
    page: int,
    vma: Vma,
    part: Pass,
    fails: str,
    under: Under,
) -> Move | None:
    """do_wp_page(): write to a page that is mapped, but not for writing."""
    cpu = actor.cpu
    entry, rule = world.areas[area].entries[page], REUSES
    if entry.bits & Bit.UFFD_WP:
        return _refused(actor, world, area, page, part, WRITE_PROTECTED, fails or "SIGBUS", under)
    if entry.kind is Kind.ANON or (entry.kind is Kind.FILE and vma.shared):
        if entry.kind is Kind.FILE:
            # page_mkwrite() of a disk filesystem wants the invalidate_lock and the folio's.
            if not world.files[vma.file].shmem:
                if _kept_out(world, cpu, vma.file, page + vma.offset):
                    return None
                if taken(world, cpu, "folio lock", entry.folio) is None:
                    held = with_lock(world, under[0]) if under else world
                    waiting = waits(actor, held, entry.folio, Place(False, area, page), None)
                    if waiting is None:
                        return None
                    return waiting._replace(then=(*waiting.then, (end_fault,)))
                under = (*under, folio_lock(cpu, entry.folio))
            world = _dirtied(world, entry.folio)
        else:
            folio = world.folios[entry.folio]
            assert folio is not None
            if folio.flags & FolioFlag.FORKED:
                if _shared(world, entry.folio):
                    return _copy(actor, world, area, page, entry, under)
                flags = folio.flags & ~FolioFlag.FORKED
                world = with_folio(world, entry.folio, folio._replace(flags=flags))
                world, rule = _out_of_swap_cache(world, entry.folio)
            elif not actor.kernel.write_keeps_slot:
                world, rule = _out_of_swap_cache(world, entry.folio)
            elif folio.flags & FolioFlag.SWAPCACHE:
                rule = REUSES._replace(reason=f"{REUSES.reason} {_STAYS}")
        entry = _with(entry, Bit.WRITABLE)
        return _maps(actor, world, area, page, entry, part, rule, under)
    return _copy(actor, world, area, page, entry, under)


def _held_again(world: World, cpu: int) -> World:
    """Count the mmap_lock once more that the caller of get_user_pages() holds for reading.

    The fault releases one hold at its end, and the caller goes on holding the lock, since it did
    not allow the fault to release it (FAULT_FLAG_ALLOW_RETRY).
    """
    held = next(
        (lock for lock in world.locks if lock.kind == "mmap_lock" and lock.cpu == cpu), None
    )
    return with_lock(world, held) if held is not None and held.shared else world


def _with(entry: Entry, bits: int) -> Entry:
    kind, folio, slot, old = entry
    return Entry(kind, folio, slot, old | bits)


Under: TypeAlias = tuple[Lock, ...]
"""The locks that a part of a fault holds and releases with its step: the fault's own, a folio's."""


def _refused(
    actor: Actor,
    world: World,
    area: int,
    page: int,
    part: Pass,
    rule: Rule,
    result: str,
    under: Under = (),
) -> Move:
    goes_on = result == GOES_ON
    after = fault_over(world, actor.cpu) if goes_on else without_locks(world, actor.cpu)
    under = (*given_back(world, after), *under)
    said = "refused" if goes_on else result
    title = f"{part.title.split()[0]} {world.areas[area].name}[{page}]: {said}"
    place = Place(False, area, page)
    step = actor.shows_at(place, "fault", after, part, rule, None, under=under, title=title)
    return Move(after, (), step, None if goes_on else result)


def _maps(
    actor: Actor,
    world: World,
    area: int,
    page: int,
    entry: Entry,
    part: Pass,
    rule: Rule,
    under: Under,
) -> Move:
    before = world.areas[area].entries[page]
    world = with_entry(world, area, page, entry)
    place, under = Place(False, area, page), (*under, page_table_lock(actor.cpu, area))
    step = actor.shows_at(place, "map", world, part, rule, "changed", before, under)
    return Move(world, (), step)


def _new_anon(world: World, area: int, page: int, data: int, bits: int) -> tuple[World, Entry]:
    """Make a new anonymous folio, mapped once, counted in MM_ANONPAGES."""
    index, folios = placed(world.folios, fresh(world, area, page, data))
    files, areas, _, slots, processes, locks, machine = world
    world = World(files, areas, folios, slots, processes, locks, machine)
    world = anon_vma_prepared(world, area, page)
    return counted(world, area, ANONPAGES, 1), Entry(Kind.ANON, index, -1, bits)


def _anonymous(actor: Actor, world: World, area: int, page: int, write: bool, under: Under) -> Move:
    if not write:
        entry = Entry(Kind.ZERO, bits=Bit.YOUNG)
        return _maps(actor, world, area, page, entry, READ, ZERO_FILLED, under)
    world, entry = _new_anon(world, area, page, 0, Bit.WRITABLE | Bit.DIRTY | Bit.YOUNG)
    return _maps(actor, world, area, page, entry, WRITE, NEW_ANON, under)


def _swap_in(
    actor: Actor,
    world: World,
    area: int,
    page: int,
    entry: Entry,
    vma: Vma,
    write: bool,
    fails: str,
    under: Under,
) -> Move:
    number, slot = entry.slot, world.slots[entry.slot]
    assert slot is not None
    index = slot.folio
    cached = world.folios[index] if index >= 0 else None
    disk = bool(world.machine & MachineFlag.SWAP_DISK)
    left = slot.holders - 1
    shared = left > 0 or (cached is not None and cached.mapcount > 0)
    through = disk or shared or cached is not None  # the swap cache
    kept = through and (left > 0 or not _frees_slot(actor.kernel, world, cached, vma, write))
    protect = entry.bits & Bit.UFFD_WP
    bits = Bit.YOUNG | protect
    if vma.writable and not (kept or shared or protect):
        bits |= Bit.WRITABLE
    if write:
        bits |= Bit.DIRTY
    part = WRITE if write else READ
    world = counted(world, area, SWAPENTS, -1)
    if cached is None:
        index, folios = placed(world.folios, Folio(-1, area, page, slot.data))
        world = world._replace(folios=folios)
    folio = world.folios[index]
    assert folio is not None
    flags, home = folio.flags & ~FolioFlag.FORKED, folio.area
    if shared or (kept and entry.bits & Bit.SHARED):
        flags |= FolioFlag.FORKED
    if shared:
        home = first_of_kin(world, area)
    world = with_folio(world, index, folio._replace(flags=flags, area=home))
    world = into_swap_cache(world, index, number) if kept else out_of_swap_cache(world, index)
    world = without_reference(world, number)
    under = (*under, folio_lock(actor.cpu, index))
    if write and shared and not protect:  # it is mapped, and do_wp_page() copies it at once
        world, entry = _new_anon(world, area, page, slot.data, bits | Bit.WRITABLE)
        return _maps(actor, world, area, page, entry, part, SWAP_COPIED, under)
    world = counted(mapped(world, index, 1), area, ANONPAGES, 1)
    world = anon_vma_prepared(world, area, page)
    if not kept and (disk or actor.kernel.swap_in_dirties):
        world = _dirtied(world, index)
    rule = SWAPS_IN_SHARED if shared else SWAPS_IN_ANON if vma.file < 0 else SWAPS_IN
    if disk and not shared:
        then = LEFT_SWAP_CACHE if not kept else _KEPT if cached is None else _STILL_KEPT
        found = f" {_FOUND}" if cached is not None else ""
        rule = rule._replace(reason=f"{rule.reason}{found} {then}")
    return _maps(actor, world, area, page, Entry(Kind.ANON, index, -1, bits), part, rule, under)


def _frees_slot(kernel: Kernel, world: World, cached: Folio | None, vma: Vma, write: bool) -> bool:
    """Tell whether a fault takes the page of a swap entry out of the swap cache, if no other entry
    has its slot (should_try_to_free_swap(), mm/memory.c).

    Args:
        cached: The page, if it was there before.
    """
    if vma.locked or (kernel.swap_in_dirties and not world.machine & MachineFlag.SWAP_DISK):
        return True
    if not write or cached is None:
        return write
    return not cached.mapcount and not (kernel.write_keeps_slot and cached.references)


def _copy(actor: Actor, world: World, area: int, page: int, entry: Entry, under: Under) -> Move:
    """Break COW: copy a page that is mapped read-only, of a file, zero or shared by fork, for its
    writer.
    """
    data, rule = 0, BREAKS_COW
    if entry.kind is Kind.ANON:
        rule = BREAKS_FORKED
    if entry.kind is not Kind.ZERO:
        folio = world.folios[entry.folio]
        assert folio is not None
        data = folio.data
        world = counted(world, area, counter_of(world, folio), -1)
        world = mapped(world, entry.folio, -1)
    world, copy = _new_anon(world, area, page, data, Bit.WRITABLE | Bit.DIRTY | Bit.YOUNG)
    return _maps(actor, world, area, page, copy, WRITE, rule, under)


def _shared(world: World, index: int) -> bool:
    """Tell whether a page that fork has shared is somebody else's still.

    Another process maps it, or has its swap slot; or somebody holds a reference on it
    (wp_can_reuse_anon_folio(), mm/memory.c; reuse_swap_page() up to v5.17).
    """
    folio = world.folios[index]
    assert folio is not None
    return folio.mapcount > 1 or folio.references > 0 or swap_count(world, index) > 0


def _out_of_swap_cache(world: World, index: int) -> tuple[World, Rule]:
    """Take a folio that is written to out of the swap cache: it is dirty from then on."""
    folio = world.folios[index]
    assert folio is not None
    if not folio.flags & FolioFlag.SWAPCACHE:
        return world, REUSES
    world = _dirtied(out_of_swap_cache(world, index), index)
    return world, REUSES._replace(reason=f"{REUSES.reason} {LEFT_SWAP_CACHE}")


def _dirtied(world: World, index: int) -> World:
    folio = world.folios[index]
    assert folio is not None
    if folio.flags & FolioFlag.DIRTY:
        return world
    return with_folio(world, index, folio._replace(flags=folio.flags | FolioFlag.DIRTY))


def _file_fault(
    actor: Actor, world: World, area: int, page: int, vma: Vma, write: bool, fails: str
) -> Move:
    """do_fault(): take fault-around for a read, then the page itself, under its lock.

    The caller holds the lock of the fault; map_page() releases it.
    """
    finish: tuple[Action, ...] = ((lock_page, area, page, write, fails),)
    entry = world.areas[area].entries[page]
    empty = entry.kind is Kind.NONE or entry.present  # present: it was clear for a moment
    # should_fault_around(): not where userfaultfd watches (5.19, 9c28a205c061).
    if write or not empty or vma.uffd_wp:
        return Move(world, finish)
    first = max(page - page % FAULT_AROUND_PAGES, vma.first)
    end = min(first + FAULT_AROUND_PAGES, vma.end)
    around = _map_around(actor.kernel, world, area, vma, first, end, page)
    if around is world:
        return Move(world, finish)
    old, new = world.areas[area].entries, around.areas[area].entries
    cpu = actor.cpu
    # Fault-around passes over a folio that is locked already.
    tried = [
        folio_lock(cpu, entry.folio, tried=True)
        for entry, before in zip(new[first:end], old[first:end], strict=True)
        if entry is not before
    ]
    if new[page].kind is not Kind.NONE:
        finish = ()
        around = fault_over(around, cpu)
    under = (*given_back(world, around), *tried, page_table_lock(cpu, area))
    place = Place(False, area, page)
    step = actor.shows_at(place, "map", around, READ, AROUND, "changed", old[page], under)
    return Move(around, finish, step)


def _map_around(
    kernel: Kernel, world: World, area: int, vma: Vma, first: int, end: int, wanted: int
) -> World:
    """filemap_map_pages(): map what is cached, unlocked and within i_size."""
    file = world.files[vma.file]
    cache = file.cache
    entries = list(world.areas[area].entries)
    folios: list[Folio | None] | None = None
    last = min(end, file.pages - vma.offset, len(cache) - vma.offset)
    locked = {lock.of for lock in world.locks if lock.kind == "folio lock"}
    write = Bit.WRITABLE if _maps_writable(world, vma) else 0
    for page in range(first, last):
        index = cache[page + vma.offset].folio
        if index < 0 or entries[page].kind is not Kind.NONE or index in locked:
            continue
        folio = world.folios[index]
        assert folio is not None
        if folio.flags & (FolioFlag.POISONED | FolioFlag.RECLAIM):
            continue
        if folios is None:
            last_page = not file.shmem and page + vma.offset + 1 == file.pages
            if last_page and kernel.around_wants_table and not world.areas[area].table:
                # Only where a huge page might be mapped does filemap_map_pmd() put the
                # page table in place; the last page of a disk file is no such place.
                return world
            folios = list(world.folios)
        folios[index] = folio._replace(mapcount=folio.mapcount + 1)
        young = Bit.YOUNG if page == wanted else 0
        entries[page] = Entry(Kind.FILE, index, -1, write | young)
    if folios is None:
        return world
    added = sum(new is not old for new, old in zip(folios, world.folios, strict=True))
    held = world.areas[area]._replace(entries=tuple(entries), table=True)
    counter = 3 if file.shmem else 0
    areas = replaced(world.areas, area, held)
    return counted(world._replace(areas=areas, folios=tuple(folios)), area, counter, added)


def _maps_writable(world: World, vma: Vma) -> bool:
    """Tell whether vm_page_prot lets a read fault map a file's page writable.

    It does so only for shmem, since a disk filesystem has to notice the first write (page_mkwrite).
    """
    return vma.shared and vma.writable and world.files[vma.file].shmem and not vma.uffd_wp


def _mapping(on: Elements, area: int, page: int) -> Footprint:
    return accessed(on, area, page, page + 1, True)


@action(touches=_mapping, function="__do_fault")
def lock_page(
    actor: Actor, world: World, area: int, page: int, write: bool, fails: str
) -> Move | None:
    """Action: __do_fault(): find the file's page or bring it in, and lock it."""
    vma = world.areas[area].vma_at(page)
    assert vma is not None
    assert vma.file >= 0
    part = WRITE if write else READ
    file = world.files[vma.file]
    index = page + vma.offset
    if index >= file.pages:
        return _refused(actor, world, area, page, part, PAST_END, fails or "SIGBUS")
    entry = file.cache[index]
    # With cached_fault_lock, ext4_filemap_fault() takes a lock of its own for every fault.
    if (file.shmem or actor.kernel.cached_fault_lock) and _kept_out(
        world, actor.cpu, vma.file, index
    ):
        return None
    if entry.folio >= 0:
        locked = taken(world, actor.cpu, "folio lock", entry.folio)
        if locked is None:
            place = Place(True, vma.file, index)
            if file.shmem:
                found: Action = (lock_page, area, page, write, fails)
                return waits(actor, world, entry.folio, place, found)
            # lock_folio_maybe_drop_mmap(): nobody waits long for this fault's lock.
            unlocked = fault_over(world, actor.cpu)
            return waits(actor, unlocked, entry.folio, place, None)  # VM_FAULT_RETRY
        folio = world.folios[entry.folio]
        assert folio is not None
        if folio.flags & FolioFlag.POISONED:
            result, tried = fails or "SIGBUS", (folio_lock(actor.cpu, entry.folio),)
            if actor.kernel.fault_unmaps_poison:
                world = _unmapped(world, entry.folio)
            return _refused(actor, world, area, page, part, POISONED_CACHE, result, tried)
        return Move(locked, ((map_page, area, page, write),))
    if _kept_out(world, actor.cpu, vma.file, index):
        return None
    under: Under = ()
    world, added, rule = cached(world, vma.file, index)
    then: tuple[Action, ...] = ()
    if file.shmem:
        world = taken(world, actor.cpu, "folio lock", added.folio) or world
        then = ((map_page, area, page, write),)
    else:
        # Reading from disk gives up that lock and lets the fault be taken again
        # (VM_FAULT_RETRY), fault-around and all: the caller repeats the access.
        held, world = world, fault_over(world, actor.cpu)
        under = given_back(held, world)
    place = Place(True, vma.file, index)
    step = actor.shows_at(place, "cache", world, part, rule, "changed", entry, under)
    return Move(world, then, step)


def _unmapped(world: World, index: int) -> World:
    """Clear every entry that still maps a file's broken page (unmap_mapping_folio())."""
    for area, page in places_of(world, index):
        entry = world.areas[area].entries[page]
        if entry.folio == index and entry.present:
            left = UFFD_WP_MARKER if entry.bits & Bit.UFFD_WP else NONE
            folio = world.folios[index]
            assert folio is not None
            counter = counter_of(world, folio)
            world = counted(with_entry(world, area, page, left), area, counter, -1)
            world = mapped(world, index, -1)
    return world


def _kept_out(world: World, cpu: int, file: int, page: int) -> bool:
    """Tell whether a fault has to wait before it may bring in a page of a file.

    It waits for a disk file's invalidate_lock (filemap_fault()), or for shmem's note of a hole
    punch.
    """
    return any(
        lock.of == file
        and lock.cpu != cpu
        and (
            lock.kind == "invalidate_lock"
            or (lock.kind == "shmem_falloc" and lock.first <= page < lock.end)
        )
        for lock in world.locks
    )


def cached(world: World, file: int, page: int) -> tuple[World, Entry, Rule]:
    """Bring a file's page into its page cache, from swap, disk or as fresh zeros."""
    held = world.files[file]
    old = held.cache[page]
    data, flags, rule = 0, FolioFlag.CACHED, ENTERS
    if old.slot >= 0:
        slot = world.slots[old.slot]
        assert slot is not None
        data, rule = slot.data, BACK_IN_CACHE
        flags |= FolioFlag.DIRTY
        world = without_reference(world, old.slot)
    elif not held.shmem:
        data = max(held.disk[page], 0)
        if page in held.zeroed:
            flags |= FolioFlag.DIRTY
            held = held._replace(zeroed=tuple(p for p in held.zeroed if p != page))
            world = world._replace(files=replaced(world.files, file, held))
    index, folios = placed(world.folios, Folio(file, -1, page, data, 0, flags))
    entry = Entry(Kind.FILE, index)
    return with_cache(world._replace(folios=folios), file, page, entry), entry, rule


def _ending(on: Elements) -> Footprint:
    return Footprint(on.mmap_lock | on.vmas)


@action(touches=_ending, gives_back=True)
def end_fault(actor: Actor, world: World) -> Move:
    """Action: release the lock of a fault that waited for a page; the access is repeated."""
    return Move(fault_over(world, actor.cpu))


@action(touches=_mapping, function="finish_fault")
def map_page(actor: Actor, world: World, area: int, page: int, write: bool) -> Move | None:
    """Action: finish_fault(): map the locked page, or the private page that it was copied to.

    It takes the page table lock, and so waits for whoever has cleared the entry for a moment.
    """
    if world.locks and seen_clear(world, area, page):
        return None
    cpu = actor.cpu
    vma = world.areas[area].vma_at(page)
    assert vma is not None
    assert vma.file >= 0
    index = world.files[vma.file].cache[page + vma.offset].folio
    folio = world.folios[index]
    assert folio is not None
    unlocked = fault_over(dropped(world, cpu, "folio lock", index), cpu)
    under = given_back(world, unlocked)
    before = world.areas[area].entries[page]
    if not before.missing:
        return Move(unlocked)  # another CPU was faster
    part = WRITE if write else READ
    protect = before.bits & Bit.UFFD_WP
    if write and not vma.shared:
        bits = Bit.DIRTY | Bit.YOUNG | (protect or Bit.WRITABLE)
        world, entry = _new_anon(unlocked, area, page, folio.data, bits)
        return _maps(actor, world, area, page, entry, part, COPIES, under)
    bits = Bit.YOUNG | protect
    if write:
        bits |= Bit.DIRTY
        world = _dirtied(unlocked, index)
    else:
        world = unlocked
    if not protect and (write or _maps_writable(world, vma)):
        bits |= Bit.WRITABLE
    world = mapped(world, index, 1)
    world = counted(world, area, counter_of(world, folio), 1)
    entry = Entry(Kind.FILE, index, -1, bits)
    return _maps(actor, world, area, page, entry, part, MAPS_FILE, under)
