"""Reclaim on demand: MADV_PAGEOUT and MADV_FREE.

This models madvise_cold_or_pageout_pte_range(), madvise_free_pte_range() (mm/madvise.c),
shrink_folio_list() (mm/vmscan.c) and try_to_unmap() (mm/rmap.c) for pages that one madvise call
names. Background reclaim is left out: no page is reclaimed unless a call asks for it.
"""

from __future__ import annotations

from typing import Final, assert_never

from zapviz.model.actions import STATEMENT, action
from zapviz.model.clearing import CLEARS_ENTRY, cleared, clearing, clears_entry, matters
from zapviz.model.elements import (
    Elements,
    Footprint,
    entries_decided,
    entries_walked,
    entry_decided,
)
from zapviz.model.entries import NONE, UFFD_WP_MARKER, Bit, Entry, Kind
from zapviz.model.isolation import isolation
from zapviz.model.locks import (
    dropped,
    given_back,
    page_table_lock,
    taken,
    walked,
)
from zapviz.model.steps import Action, Actor, Move, Pass, Place, Rule, Step
from zapviz.model.world import (
    ANONPAGES,
    LEFT_SWAP_CACHE,
    PIN,
    SWAPENTS,
    Folio,
    FolioFlag,
    MachineFlag,
    Slot,
    World,
    counted,
    counter_of,
    into_swap_cache,
    mapped,
    out_of_swap_cache,
    placed,
    places_of,
    slot_for,
    swap_count,
    with_cache,
    with_entry,
    with_folio,
)
from zapviz.model.zap import nothing_to_zap, told_of_swap_cache, without_entry

__all__ = ["free_range", "pageout_range"]

SWAPS_OUT: Final = Rule(
    "swap-out",
    "A private page goes to a swap slot of its own; the entry remembers the slot.",
    "try_to_unmap_one",
)
_WRITTEN: Final = (
    "It is written to the disk, and until it is reclaimed again it stays in the swap cache."
)
_UNCHANGED: Final = (
    "It is in the swap cache and was not written since it was read: nothing goes to the disk. It "
    "leaves the swap cache."
)
_ZEROS: Final = (
    "It holds only zeros, which are noted without writing them to the disk: it leaves the swap "
    "cache at once."
)
_HELD: Final = "It is in the swap cache, and somebody holds it: there it stays."
DISCARDS: Final = Rule(
    "lazyfree-discard",
    "MADV_FREE gave this page up and nobody wrote to it since: it is dropped.",
    "try_to_unmap_one",
)
CLEARS: Final = Rule("reclaim-clears", CLEARS_ENTRY, "try_to_unmap_one")
POISON_LEFT: Final = Rule(
    "poison-left",
    "The page is marked as broken: a hwpoison entry takes its place.",
    "try_to_unmap_one",
)
PINNED_KEPT: Final = Rule(
    "pinned",
    "A device is to read or write this page: it is not put into the swap cache.",
    "shrink_folio_list",
)
DROPS: Final = Rule(
    "droppable-discard",
    "MAP_DROPPABLE: nobody may count on this page. It is dropped, written to or not, and never "
    "swapped out.",
    "try_to_unmap_one",
)
DROP_HELD: Final = Rule(
    "droppable-held",
    "MAP_DROPPABLE: the page may be dropped, but somebody holds it and may be writing to it: it "
    "stays.",
    "try_to_unmap_one",
)
HELD_KEPT: Final = Rule(
    "lazyfree-held",
    "MADV_FREE gave this page up, but somebody holds it and may be writing to it: it stays.",
    "try_to_unmap_one",
)
REDEEMS: Final = Rule(
    "lazyfree-redeemed",
    "MADV_FREE gave this page up, but it was written again: it stays and counts anew.",
    "try_to_unmap_one",
)
REDEEMS_SHARED: Final = REDEEMS._replace(
    reason="MADV_FREE gave this page up in one process, but the entry of another one is dirty: the "
    "page stays and counts anew."
)
SHMEM_OUT: Final = Rule(
    "shmem-swap-out",
    "The entry is simply cleared: a page of shmem is swapped out afterwards, from the page cache, "
    "which then remembers the slot.",
    "try_to_unmap_one",
)
SHMEM_DROPPED: Final = Rule(
    "shmem-clean",
    "The entry is cleared: a page of shmem that was never written holds only zeros, and is "
    "dropped from the page cache without swap.",
    "try_to_unmap_one",
)
FILE_DROPPED: Final = Rule(
    "file-clean",
    "The entry is cleared, and the page then leaves the page cache: a clean page of a disk file "
    "can be read again.",
    "try_to_unmap_one",
)
FILE_DIRTY: Final = Rule(
    "file-dirty",
    "The entry is cleared, its dirty bit passed on to the page: a dirty page of a disk file stays "
    "in the page cache, left for writeback.",
    "try_to_unmap_one",
)
SHMEM_SWAPPED: Final = Rule(
    "shmem-cache-swapped",
    "The page of shmem goes to a swap slot, which its place in the page cache remembers.",
    "shmem_writeout",
)
CACHE_DROPPED: Final = Rule(
    "cache-reclaimed",
    "Nothing maps the clean page any more: it leaves the page cache and is freed.",
    "__remove_mapping",
)
CACHE_DIRTY: Final = Rule(
    "cache-dirty",
    "A dirty page of a disk file is marked for reclaim and left for writeback.",
    "shrink_folio_list",
)
CACHE_HELD: Final = Rule(
    "cache-held",
    "Nothing maps the page any more, but somebody holds it: it stays in the page cache.",
    "__remove_mapping",
)
SHARED_KEPT: Final = Rule(
    "mapped-elsewhere",
    "Another mapping holds this page too, and MADV_PAGEOUT does not interfere with others.",
    "madvise_cold_or_pageout_pte_range",
)
RECLAIM_LOCKS: Final = Rule(
    "reclaim-locks",
    "Reclaim works under the folio lock; where it cannot have it at once, it passes on.",
    "shrink_folio_list",
)
LOCKED_KEPT: Final = Rule(
    "reclaim-locked",
    "Another CPU has this page locked, and reclaim does not wait for it: the page stays.",
    "shrink_folio_list",
)
LAZY: Final = Rule(
    "lazyfree",
    "The page is marked as given up: it stays until reclaim comes, or until it is written.",
    "madvise_free_pte_range",
)
FREES_NOT: Final = Rule(
    "free-shared",
    "The page is dirty or in the swap cache, and another process has it too: it is not given up.",
    "madvise_free_pte_range",
)
SWAP_FREED: Final = Rule(
    "free-swap",
    "What was swapped out is given up at once: entry and slot are freed.",
    "madvise_free_pte_range",
)
SWAP_GIVEN_UP: Final = SWAP_FREED._replace(
    reason="What was swapped out is given up at once: the entry goes, and the slot stays with "
    "whoever else has it, or has its page."
)
POISON_FREED: Final = Rule(
    "free-poison", "The note of broken memory is given up too.", "madvise_free_pte_range"
)


def _reclaiming_range(on: Elements, area: int, page: int, end: int) -> Footprint:
    pages = on.entries(area, page, end)
    return on.walk(pages) | Footprint(0, pages)


def _reclaiming(on: Elements, area: int, page: int) -> Footprint:
    return _reclaiming_range(on, area, page, page + 1)


def _isolated(before: World, move: Move, area: int) -> Step | None:
    return isolation(before, move.world, f"a page of {before.areas[area].name}")


@action(
    touches=entries_decided,
    leads_to=_reclaiming_range,
    quiet="no page is left to reclaim",
    shows=_isolated,
)
def pageout_range(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: reclaim the present pages of a range, one after the other.

    This is coarser than the kernel in one respect: the kernel isolates all pages of a page table
    before it reclaims the first.
    """
    entries = world.areas[area].entries
    while page < end and not entries[page].maps_folio:
        page += 1
    if page >= end:
        return Move(world)
    entry = entries[page]
    folio = world.folios[entry.folio]
    assert folio is not None
    then: tuple[Action, ...] = ()
    if page + 1 < end:
        then = ((pageout_range, area, page + 1, end, part),)
    place = Place(False, area, page)
    if folio.mapcount != 1:
        under = (page_table_lock(actor.cpu, area),)
        step = actor.shows_at(place, "reclaim", world, part, SHARED_KEPT, "kept", under=under)
        return Move(world, then, step)
    if folio.flags & FolioFlag.MOVING:  # another CPU has taken it off the LRU
        return Move(world, then)
    world = with_folio(world, entry.folio, folio._replace(flags=folio.flags | FolioFlag.MOVING))
    return Move(world, ((lock_folio, area, page, entry.folio, part), *then))


@action(
    touches=entry_decided,
    leads_to=_reclaiming,
    folios=("index",),
    quiet="the page is gone",
)
def lock_folio(actor: Actor, world: World, area: int, page: int, index: int, part: Pass) -> Move:
    """Action: shrink_folio_list(): try to lock the isolated folio; reclaim does not wait."""
    locked = taken(world, actor.cpu, "folio lock", index)
    place = Place(False, area, page)
    if locked is None:
        world, back = _put_back(actor, world, index)
        step = actor.shows_at(place, "reclaim", world, part, LOCKED_KEPT, "kept")
        return Move(world, back, step)
    folio = locked.folios[index]
    assert folio is not None
    places = tuple(places_of(locked, index))
    if not places or not (folio.mapcount or folio.flags & FolioFlag.CACHED):
        return Move(*_put_back(actor, locked, index))  # it was freed in the meantime
    poisoned = bool(folio.flags & FolioFlag.POISONED) and actor.kernel.reclaim_poisons == "folio"
    then = ((unmap_entries, index, places, part, poisoned),)
    if actor.alone:  # no other CPU could come between
        return Move(locked, then)
    return Move(locked, then, actor.shows_at(place, "lock", locked, part, RECLAIM_LOCKS, None))


def _put_back(actor: Actor, world: World, index: int) -> tuple[World, tuple[Action, ...]]:
    """Unlock an isolated folio and put it back, and free it if nothing uses it.

    Give what follows, too: where somebody holds the folio, it is put back a moment after it was
    unlocked, and is isolated still for whoever waited for its lock.
    """
    folio = world.folios[index]
    assert folio is not None
    if actor.counts and folio.held:
        return dropped(world, actor.cpu, "folio lock", index), ((back_to_lru, index),)
    world = with_folio(world, index, folio._replace(flags=folio.flags & ~FolioFlag.MOVING))
    return dropped(mapped(world, index, 0), actor.cpu, "folio lock", index), ()


@action(touches=STATEMENT, folios=("index",), quiet="puts the page back on the LRU")
def back_to_lru(actor: Actor, world: World, index: int) -> Move:
    """Action: move_folios_to_lru(): end the isolation of a folio that could not be freed."""
    folio = world.folios[index]
    assert folio is not None
    world = with_folio(world, index, folio._replace(flags=folio.flags & ~FolioFlag.MOVING))
    return Move(mapped(world, index, 0))


@action(touches=entries_walked, folios=("index",), function="i_mmap_lock_read")
def unmap_entries(
    actor: Actor,
    world: World,
    index: int,
    places: tuple[tuple[int, int], ...],
    part: Pass,
    poisoned: bool,
) -> Move | None:
    """Action: try_to_unmap(): unmap the locked folio, entry by entry.

    Args:
        poisoned: Whether it was marked as broken when it was locked, and hwpoison entries are to
            take its place.
    """
    walking = walked(world, actor.cpu, index, len(places) == 1)
    if walking is None:
        return None
    (world, walk), (area, page) = walking, places[0]
    folio = world.folios[index]
    assert folio is not None
    entry = world.areas[area].entries[page]
    then: tuple[Action, ...] = ((finish_folio, index, part),)
    if len(places) > 1:
        then = ((unmap_entries, index, places[1:], part, poisoned),)
    if entry.folio != index or not entry.present:
        world = cleared(world, actor.cpu, area, page)
        if folio.file < 0 and len(places) == 1:  # freed by a zap after it was locked
            return Move(*_put_back(actor, world, index))
        return Move(world, then)
    if matters(actor, world, area, page):
        clear = clearing(world, actor.cpu, area, page)
        if clear is not None:
            clears = clears_entry(actor, clear, area, page, part, CLEARS, walk)
            return Move(clear, ((unmap_entries, index, places, part, poisoned),), clears)
        world = cleared(world, actor.cpu, area, page)
    place, cpu = Place(False, area, page), actor.cpu
    locked = world
    dirty = bool(entry.bits & Bit.DIRTY or folio.flags & FolioFlag.DIRTY)
    verdict, droppable = "changed", bool(folio.flags & FolioFlag.DROPPABLE)
    asked = actor.kernel.reclaim_poisons
    if poisoned or (asked == "entry" and folio.flags & FolioFlag.POISONED):
        bits = Bit.ANON if folio.file < 0 else 0
        world = with_entry(world, area, page, Entry(Kind.HWPOISON, index, -1, bits))
        world = counted(world, area, counter_of(world, folio), -1)
        world, rule = mapped(world, index, -1), POISON_LEFT
        if folio.file < 0:
            world, then = _put_back(actor, world, index)
    elif folio.file < 0:
        if not folio.flags & FolioFlag.LAZYFREE and folio.references >= PIN:
            rule, verdict = PINNED_KEPT, "kept"
        elif not folio.flags & FolioFlag.LAZYFREE:
            slot, world = slot_for(world, index)
            bits = entry.bits & Bit.UFFD_WP
            if folio.flags & FolioFlag.FORKED:
                bits |= Bit.SHARED
            world = with_entry(world, area, page, Entry(Kind.SWAP, -1, slot, bits))
            world = counted(counted(world, area, ANONPAGES, -1), area, SWAPENTS, 1)
            world = mapped(world, index, -1)
            world, rule = _swapped_out(actor, world, index, slot, dirty)
        elif (droppable or not dirty) and folio.held and actor.kernel.lazyfree_counts_refs:
            rule, verdict = DROP_HELD if droppable else HELD_KEPT, "kept"
        elif droppable or not dirty:
            world = without_entry(world, area, page, entry, NONE)
            rule = DROPS if droppable else DISCARDS
        else:
            folio = folio._replace(flags=folio.flags & ~FolioFlag.LAZYFREE)
            rule, verdict = REDEEMS_SHARED if folio.flags & FolioFlag.FORKED else REDEEMS, "kept"
            world = with_folio(world, index, folio)
        world, then = _put_back(actor, world, index)
    else:
        left = UFFD_WP_MARKER if entry.bits & Bit.UFFD_WP else NONE
        world = without_entry(world, area, page, entry, left)
        rule = _file_rule(world, folio, dirty)
    under = (*given_back(locked, world), *walk, page_table_lock(cpu, area))
    step = actor.shows_at(place, "reclaim", world, part, rule, verdict, entry, under)
    return Move(world, then, step)


def _swapped_out(
    actor: Actor, world: World, index: int, slot: int, dirty: bool
) -> tuple[World, Rule]:
    """Write an unmapped private page to its slot; it leaves the swap cache, where it can
    (pageout() and __remove_mapping(), mm/vmscan.c).

    A device that answers at once has written it by then, and so has nobody who asks for zeros
    alone. A page that a disk is still to write stays (folio_test_writeback()).
    """
    folio = world.folios[index]
    assert folio is not None
    disk = world.machine & MachineFlag.SWAP_DISK
    cached = folio.flags & FolioFlag.SWAPCACHE
    zeros = not (folio.data or actor.kernel.zeros_written)
    written = bool(disk) and not zeros and (dirty or not cached)
    if not (folio.held or written):
        reason = f"{SWAPS_OUT.reason} {_ZEROS if zeros and (dirty or not cached) else _UNCHANGED}"
        world = out_of_swap_cache(world, index)
        return world, SWAPS_OUT._replace(reason=reason) if disk else SWAPS_OUT
    if disk:
        folio = folio._replace(flags=folio.flags & ~FolioFlag.DIRTY)
        world = with_folio(world, index, folio)
    reason = f"{SWAPS_OUT.reason} {_WRITTEN if written else _HELD}"
    world = into_swap_cache(world, index, slot)
    return world, SWAPS_OUT._replace(reason=reason) if disk else SWAPS_OUT


def _file_rule(world: World, folio: Folio, dirty: bool) -> Rule:
    """Give the rule by which a file's page is reclaimed."""
    if world.files[folio.file].shmem:
        return SHMEM_OUT if dirty else SHMEM_DROPPED
    return FILE_DIRTY if dirty else FILE_DROPPED


@action(touches=STATEMENT, folios=("index",))
def finish_folio(actor: Actor, world: World, index: int, part: Pass) -> Move:
    """Action: take the unmapped folio of a file out of the page cache, or leave it for
    writeback.
    """
    folio = world.folios[index]
    assert folio is not None
    dirty = bool(folio.flags & FolioFlag.DIRTY)
    if world.files[folio.file].shmem:
        rule = SHMEM_SWAPPED if dirty else CACHE_DROPPED
    else:
        rule = CACHE_DIRTY if dirty else CACHE_DROPPED
    if folio.held and rule is not CACHE_DIRTY:
        rule = CACHE_HELD
    place = Place(True, folio.file, folio.page)
    locked, before = world, world.files[folio.file].cache[folio.page]
    if rule is CACHE_HELD:
        pass
    elif rule is CACHE_DIRTY:
        world = with_folio(world, index, folio._replace(flags=folio.flags | FolioFlag.RECLAIM))
    else:
        after = NONE
        if rule is SHMEM_SWAPPED:
            slot, slots = placed(world.slots, Slot(1, folio.data))
            world, after = world._replace(slots=slots), Entry(Kind.SWAP, -1, slot)
        world = with_cache(world, folio.file, folio.page, after)
        flags = folio.flags & ~(FolioFlag.CACHED | FolioFlag.DIRTY)
        world = with_folio(world, index, folio._replace(flags=flags))
    world, back = _put_back(actor, world, index)
    step = None
    if not actor.alone:
        verdict = "kept" if rule in (CACHE_DIRTY, CACHE_HELD) else "changed"
        under = given_back(locked, world)
        step = actor.shows_at(place, "cache", world, part, rule, verdict, before, under)
    return Move(world, back, step)


def _not_to_free(world: World, index: int) -> bool:
    """Tell whether MADV_FREE passes over a page of the swap cache, or a dirty one, that another
    process has too (madvise_free_pte_range()).
    """
    folio = world.folios[index]
    assert folio is not None
    if not folio.flags & (FolioFlag.SWAPCACHE | FolioFlag.DIRTY):
        return False
    return folio.mapcount != 1 or swap_count(world, index) > 0


def _given_up(kind: Kind, drops_poison: bool) -> bool:
    """Tell whether MADV_FREE changes such an entry (madvise_free_pte_range())."""
    match kind:
        case Kind.ANON | Kind.SWAP:
            return True
        case Kind.HWPOISON | Kind.POISON_MARKER:
            return drops_poison
        case Kind.NONE | Kind.UNMAPPED | Kind.FILE | Kind.ZERO | Kind.MIGRATION:
            return False
        case Kind.DEVICE_PRIVATE | Kind.DEVICE_EXCLUSIVE:
            return False
        case Kind.UFFD_WP_MARKER | Kind.GUARD_MARKER:
            return False
        case _:
            assert_never(kind)


@action(touches=entries_decided, table=True, quiet=nothing_to_zap)
def free_range(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: MADV_FREE the entries of a range, one a step."""
    poison = actor.kernel.free_drops_poison
    entries = world.areas[area].entries
    while page < end and not _given_up(entries[page].kind, poison):
        page += 1
    if page >= end:
        return Move(world)
    before = entries[page]
    verdict = "changed"
    place, under = Place(False, area, page), (page_table_lock(actor.cpu, area),)
    if before.kind is Kind.ANON and _not_to_free(world, before.folio):
        step = actor.shows_at(place, "reclaim", world, part, FREES_NOT, "kept", before, under)
        return Move(world, ((free_range, area, page + 1, end, part),), step)
    if before.kind is Kind.ANON:
        folio = world.folios[before.folio]
        assert folio is not None
        rule, verdict = LAZY, "kept"
        if folio.flags & FolioFlag.SWAPCACHE:
            world = out_of_swap_cache(world, before.folio)
            rule = LAZY._replace(reason=f"{LAZY.reason} {LEFT_SWAP_CACHE}")
        flags = (folio.flags | FolioFlag.LAZYFREE) & ~(FolioFlag.DIRTY | FolioFlag.SWAPCACHE)
        world = with_folio(world, before.folio, folio._replace(flags=flags))
        bits = before.bits & ~(Bit.DIRTY | Bit.YOUNG)
        world = with_entry(world, area, page, before._replace(bits=bits))
    else:
        after = without_entry(world, area, page, before, NONE)
        rule = SWAP_FREED if before.kind is Kind.SWAP else POISON_FREED
        if before.kind is Kind.SWAP and after.slots[before.slot] is not None:
            rule = SWAP_GIVEN_UP
        world, rule = after, told_of_swap_cache(world, after, before, rule)
    step = actor.shows_at(place, "reclaim", world, part, rule, verdict, before, under)
    page += 1
    return Move(world, ((free_range, area, page, end, part),) if page < end else (), step)
