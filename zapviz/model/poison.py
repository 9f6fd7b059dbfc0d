"""Broken memory: MADV_HWPOISON.

Models madvise_inject_error() (mm/madvise.c) and memory_failure() with
hwpoison_user_mappings() (mm/memory-failure.c).  Soft offlining and the poisoning of
free or kernel memory are left out.
"""

from __future__ import annotations

from typing import Final

from zapviz.model.actions import STATEMENT, action
from zapviz.model.elements import Elements, Footprint, entry_decided, nothing
from zapviz.model.entries import NONE, UFFD_WP_MARKER, Bit, Entry, Kind
from zapviz.model.faults import accessed, populate, wants
from zapviz.model.locks import dropped, folio_lock, given_back, page_table_lock, taken, walk_lock
from zapviz.model.steps import Actor, Move, Pass, Place, Rule, ends
from zapviz.model.world import (
    ANONPAGES,
    SWAPENTS,
    FolioFlag,
    Lock,
    MachineFlag,
    Slot,
    World,
    counted,
    counter_of,
    mapped,
    placed,
    places_of,
    replaced,
    with_cache,
    with_entry,
    with_folio,
)
from zapviz.model.zap import without_entry

__all__ = ["poison_range"]

POISONS: Final = Rule(
    "poisons",
    "The page's memory is declared broken: every entry that maps it becomes a hwpoison entry.",
    "try_to_unmap_one",
)
CLEAN_DROPPED: Final = Rule(
    "poison-clean",
    "A clean page of a disk file can be read again, so its entries are just cleared.",
    "unmap_poisoned_folio",
)
LEAVES_CACHE: Final = Rule(
    "poison-leaves-cache",
    "The broken page leaves the page cache; the next access finds another one.",
    "truncate_error_folio",
)
STAYS_IN_CACHE: Final = Rule(
    "poison-stays-cached",
    "The broken page of shmem stays in the page cache, so that nobody mistakes zeros for its data.",
    "shmem_error_remove_folio",
)
ZERO_BUSY: Final = Rule(
    "poison-zero",
    "The zero page is the kernel's own: it is marked broken, for good and for all processes, but "
    "memory_failure() cannot take it away.",
    "memory_failure",
)
ZERO_AGAIN: Final = Rule(
    "poison-zero-again",
    "The one zero page of the machine was marked broken before: nothing is left to do.",
    "memory_failure",
)
TO_SWAP: Final = Rule(
    "poison-swap-cache",
    "The page is in the swap cache too: its entry becomes a swap entry. A clean page is read anew "
    "from its slot; a dirty one is lost, and an access raises SIGBUS.",
    "me_swapcache_dirty",
)


def _poisoning(on: Elements, area: int, page: int, end: int) -> Footprint:
    return accessed(on, area, page, end, False) | Footprint(0, on.zero_page)


def _poisoning_one(on: Elements, area: int, page: int) -> Footprint:
    return entry_decided(on, area, page) | Footprint(0, on.zero_page)


@action(touches=nothing, leads_to=_poisoning, local=True)
def poison_range(
    actor: Actor, world: World, area: int, page: int, end: int, part: Pass, signal: bool
) -> Move:
    """Action: take a page as get_user_pages() does, poison it, and go on with the next page."""
    if page >= end:
        return Move(world, ((ends, "SIGBUS" if signal else "0"),))
    fails = "SIGBUS" if signal else "EFAULT"
    return Move(
        world,
        (
            (populate, area, page, False, False, fails),
            (poison_page, area, page, end, part, signal),
        ),
    )


@action(touches=_poisoning_one, leads_to=_poisoning, function="folio_lock")
def poison_page(
    actor: Actor, world: World, area: int, page: int, end: int, part: Pass, signal: bool
) -> Move | None:
    """Action: memory_failure() on the page that an entry maps, under the folio lock.

    This is coarser than the kernel, which takes a reference first: here the page is the one that
    the entry maps when the lock is free, and a page that was isolated is waited for.
    """
    if wants(world, area, page, False):  # it was removed since it was faulted in
        return Move(world, ((poison_range, area, page, end, part, signal),))
    entry = world.areas[area].entries[page]
    place, cpu = Place(False, area, page), actor.cpu
    if entry.kind is Kind.ZERO:
        return _zero_page(actor, world, place, part, signal, end)
    folio = world.folios[entry.folio]
    assert folio is not None
    locked = taken(world, cpu, "folio lock", entry.folio)
    if locked is None or folio.flags & FolioFlag.MOVING:
        return None
    lock: tuple[Lock, ...] = (folio_lock(cpu, entry.folio),)
    if folio.file >= 0:  # it stays locked until its page leaves the page cache
        world, lock = locked, ()
    places = [(a, p) for a, p in places_of(world, entry.folio) if _maps(world, a, p, entry.folio)]
    dirty = bool(folio.flags & FolioFlag.DIRTY) or any(
        world.areas[a].entries[p].bits & Bit.DIRTY for a, p in places
    )
    rule = POISONS
    if folio.file >= 0 and not world.files[folio.file].shmem and not dirty:
        rule = CLEAN_DROPPED
    if folio.flags & FolioFlag.SWAPCACHE:
        return _to_swap(actor, world, area, page, end, part, signal, dirty)
    flags = folio.flags | FolioFlag.POISONED | (FolioFlag.DIRTY if dirty else 0)
    world = with_folio(world, entry.folio, folio._replace(flags=flags))
    for a, p in places:
        old = world.areas[a].entries[p]
        if rule is POISONS:
            bits = Bit.ANON if folio.file < 0 else 0
            world = with_entry(world, a, p, Entry(Kind.HWPOISON, entry.folio, -1, bits))
            world = world._replace(rss=counted(world.rss, counter_of(world, folio), -1))
            world = mapped(world, entry.folio, -1)
        else:
            left = UFFD_WP_MARKER if old.bits & Bit.UFFD_WP else NONE
            world = without_entry(world, a, p, old, left)
    if actor.kernel.hwpoison_signals and dirty:
        signal = True
    under = (*lock, walk_lock(world, cpu, entry.folio), page_table_lock(cpu, area))
    step = actor.shows_at(place, "poison", world, part, rule, "changed", entry, under)
    then: tuple[tuple[object, ...], ...] = ((poison_range, area, page + 1, end, part, signal),)
    if folio.file >= 0:
        then = ((drop_poisoned, entry.folio, part), *then)
    return Move(world, then, step)


def _zero_page(
    actor: Actor, world: World, place: Place, part: Pass, signal: bool, end: int
) -> Move:
    """Mark the zero page broken.

    What memory_failure() answers of a page that is marked already is the errno, or 0 on older
    kernels; where it tells the caller of broken memory (kill_accessing_process()), that is SIGBUS.
    """
    kernel = actor.kernel
    table = page_table_lock(actor.cpu, place.of)
    again = bool(world.machine & MachineFlag.ZERO_POISONED)
    world = world._replace(machine=world.machine | MachineFlag.ZERO_POISONED)
    rule = ZERO_AGAIN if again else ZERO_BUSY
    step = actor.shows_at(place, "poison", world, part, rule, None, under=(table,))
    if again and not kernel.poisoned_again_fails:
        return Move(world, ((poison_range, place.of, place.page + 1, end, part, signal),), step)
    result = "EHWPOISON" if again else "EBUSY"
    if signal or (again and kernel.hwpoison_signals):
        result = "SIGBUS"
    return Move(world, (), step, result)


def _to_swap(
    actor: Actor,
    world: World,
    area: int,
    page: int,
    end: int,
    part: Pass,
    signal: bool,
    dirty: bool,
) -> Move:
    """Poison a page that is in the swap cache: hwpoison_user_mappings() unmaps it as reclaim does.

    What is left is decided by me_swapcache_dirty() or me_swapcache_clean().
    """
    before = world.areas[area].entries[page]
    folio = world.folios[before.folio]
    assert folio is not None
    lock = folio_lock(actor.cpu, before.folio)
    walk = walk_lock(world, actor.cpu, before.folio)
    slot, slots = placed(world.slots, Slot(1, folio.data, dirty))
    swap = Entry(Kind.SWAP, -1, slot, before.bits & Bit.UFFD_WP)
    rss = counted(counted(world.rss, ANONPAGES, -1), SWAPENTS, 1)
    world = with_entry(world._replace(slots=slots, rss=rss), area, page, swap)
    world = mapped(world, before.folio, -1)
    under = (lock, walk, page_table_lock(actor.cpu, area))
    place = Place(False, area, page)
    step = actor.shows_at(place, "poison", world, part, TO_SWAP, "changed", before, under)
    signal = signal or (actor.kernel.hwpoison_signals and dirty)
    return Move(world, ((poison_range, area, page + 1, end, part, signal),), step)


def _maps(world: World, area: int, page: int, folio: int) -> bool:
    entry = world.areas[area].entries[page]
    return entry.folio == folio and entry.present


@action(touches=STATEMENT, folios=("index",))
def drop_poisoned(actor: Actor, world: World, index: int, part: Pass) -> Move:
    """Action: me_pagecache_clean(): decide what becomes of the broken page of a file."""
    folio = world.folios[index]
    assert folio is not None
    file = world.files[folio.file]
    place = Place(True, folio.file, folio.page)
    before = file.cache[folio.page]
    locked, world = world, dropped(world, actor.cpu, "folio lock", index)
    under = given_back(locked, world)
    if file.shmem and actor.kernel.shmem_keeps_poison:
        step = actor.shows_at(place, "cache", world, part, STAYS_IN_CACHE, "kept", under=under)
        return Move(world, (), step)
    if not file.shmem and folio.flags & FolioFlag.DIRTY:
        world = world._replace(files=replaced(world.files, folio.file, file._replace(failed=True)))
    world = with_cache(world, folio.file, folio.page, NONE)
    world = with_folio(world, index, folio._replace(flags=folio.flags & ~FolioFlag.CACHED))
    step = actor.shows_at(place, "cache", world, part, LEAVES_CACHE, "changed", before, under)
    return Move(world, (), step)
