"""Broken memory: MADV_HWPOISON and MADV_SOFT_OFFLINE.

Models madvise_inject_error() (mm/madvise.c) and memory_failure() with
hwpoison_user_mappings() (mm/memory-failure.c); and MADV_SOFT_OFFLINE, soft_offline_page() there,
which moves a page before it breaks. The poisoning of free or kernel memory is left out.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from zapviz.model.actions import STATEMENT, action
from zapviz.model.clearing import CLEARS_ENTRY, cleared, clearing, clears_entry, matters
from zapviz.model.elements import Elements, Footprint, entry_decided, nothing
from zapviz.model.entries import NONE, UFFD_WP_MARKER, Bit, Entry, Kind
from zapviz.model.faults import accessed, populate, wants
from zapviz.model.locks import (
    dropped,
    folio_lock,
    given_back,
    page_table_lock,
    taken,
    walk_lock,
)
from zapviz.model.migration import TRIES
from zapviz.model.migration import lock_folio as move_page
from zapviz.model.references import named
from zapviz.model.steps import Action, Actor, Move, Pass, Place, Rule, Step, ends
from zapviz.model.world import (
    ANONPAGES,
    PIN,
    SWAPENTS,
    FolioFlag,
    Lock,
    MachineFlag,
    World,
    counted,
    counter_of,
    mapped,
    out_of_swap_cache,
    places_of,
    referenced,
    replaced,
    slot_for,
    with_cache,
    with_entry,
    with_folio,
)
from zapviz.model.zap import without_entry

__all__ = ["Poisoning", "offline_range", "poison_range"]

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
    "The page is in the swap cache too: its entry becomes a swap entry.",
    "try_to_unmap_one",
)
PINNED: Final = Rule(
    "poison-pinned",
    "The page is in the swap cache, but somebody has it pinned: it gets no swap entry and stays "
    "mapped, broken. Up to v6.10 the kernel kills the process if the page is dirty.",
    "try_to_unmap_one",
)
LEAVES_SWAP_CACHE: Final = Rule(
    "poison-leaves-swap-cache",
    "The broken page is clean and leaves the swap cache: its data is read anew from its slot.",
    "me_swapcache_clean",
)
STAYS_IN_SWAP_CACHE: Final = Rule(
    "poison-stays-in-swap-cache",
    "The broken page is dirty and stays in the swap cache: its data is lost, and an access "
    "raises SIGBUS.",
    "me_swapcache_dirty",
)


MARKS: Final = Rule(
    "poison-marks",
    "The page is marked as broken before its lock is had. The reference taken with it is never "
    "given back, so the page is never used again.",
    "memory_failure",
)
CLEARS: Final = Rule("poison-clears", CLEARS_ENTRY, "try_to_unmap_one")
POISON_LOCKS: Final = Rule(
    "poison-locks",
    "The broken page is locked before anything is done about who maps it.",
    "memory_failure",
)
ISOLATED: Final = Rule(
    "poison-isolated",
    "Migration or reclaim has taken the page off the LRU, so memory_failure() does not know what "
    "it is: the entries stay, and the page keeps its mark.",
    "memory_failure",
)
TORN_DOWN: Final = Rule(
    "poison-truncated",
    "The page left the page cache while memory_failure() waited for its lock: nothing is left "
    "to poison.",
    "memory_failure",
)
AGAIN: Final = Rule(
    "poison-again",
    "The page is marked as broken already.",
    "memory_failure",
)
STILL_USED: Final = (
    "Somebody else holds the broken page, so the call fails, though every entry is gone."
)
OFFLINE: Final = Rule(
    "offline-isolates",
    "The page is taken off the LRU, to be moved before it breaks.",
    "soft_offline_in_use_page",
)
OFFLINE_EVICTS: Final = Rule(
    "offline-evicts",
    "Nothing maps the clean page: it leaves the page cache and is not used again.",
    "soft_offline_in_use_page",
)
OFFLINE_BUSY: Final = Rule(
    "offline-busy",
    "Another CPU has taken this page off the LRU to move or to reclaim it: EBUSY.",
    "soft_offline_in_use_page",
)
OFFLINE_ZERO: Final = Rule(
    "offline-zero",
    "The zero page is the kernel's own, and cannot be taken out of use.",
    "soft_offline_page",
)
OFFLINE_POISONED: Final = Rule(
    "offline-poisoned",
    "The page is marked as broken already: there is nothing to do.",
    "soft_offline_page",
)
TAKES: Final = Rule(
    "gup-takes",
    "The page is taken with a reference: it is this page from now on, whatever the entry comes "
    "to hold.",
    "get_user_pages_fast",
)


Fate = Literal["mapped", "unmapped", "isolated", "torn down"]
"""What memory_failure() finds of a page that it has locked: that something maps it, so that the
process is told of a loss, or nothing; that it was isolated, or torn down."""


class Poisoning(NamedTuple):
    """How far MADV_HWPOISON or MADV_SOFT_OFFLINE has come: the page it is at, and what is left."""

    area: int
    page: int
    end: int
    part: Pass
    signal: bool = False  # whether the caller was sent SIGBUS already

    @property
    def place(self) -> Place:
        """The entry that it is at."""
        return Place(False, self.area, self.page)

    @property
    def rest(self) -> Action:
        """What follows once this page is done."""
        return (poison_range, self._replace(page=self.page + 1))

    def result(self, otherwise: str) -> str:
        """Give the call's result: a signal that was sent counts for more than anything else."""
        return "SIGBUS" if self.signal else otherwise


def _poisoning(on: Elements, at: Poisoning) -> Footprint:
    touched = accessed(on, at.area, at.page, at.end, False)
    pages = on.entries(at.area, at.page, at.end)
    return touched | on.walk(pages) | Footprint(0, on.mf_mutex | on.zero_page)


def _marking(on: Elements, at: Poisoning) -> Footprint:
    return entry_decided(on, at.area, at.page) | Footprint(0, on.mf_mutex | on.zero_page)


@action(touches=nothing, leads_to=_poisoning, local=True)
def poison_range(actor: Actor, world: World, at: Poisoning) -> Move:
    """Action: take a page as get_user_pages() does, poison it, and go on with the next page."""
    if at.page >= at.end:
        return Move(world, ((ends, at.result("0")),))
    populates: Action = (populate, at.area, at.page, False, False, at.result("EFAULT"))
    return Move(world, (populates, (take_page, at)))


@action(touches=_marking, leads_to=_poisoning, function="memory_failure")
def take_page(actor: Actor, world: World, at: Poisoning) -> Move | None:
    """Action: take a reference on the page that an entry maps.

    From here on it is that page, whatever the entry holds by the time its lock is had.
    """
    if wants(world, at.area, at.page, False):  # it was removed since it was faulted in
        return Move(world, ((poison_range, at),))
    entry = world.areas[at.area].entries[at.page]
    if entry.kind is Kind.ZERO:
        return _zero_page(actor, world, at)
    index = entry.folio
    world = referenced(world, index, 1)
    if not actor.alone:  # reclaim may unmap the page before it is marked
        return Move(world, ((mark_page, at, index),), _takes(actor, world, at))
    marked = mark_page(actor, world, at, index)
    assert marked is not None  # it waits only for the mf_mutex
    if marked.then and marked.then[0][0] is poison_page:
        at_once: Move | None = poison_page(actor, marked.world, at, index)
        return at_once
    return marked


def _takes(actor: Actor, world: World, at: Poisoning) -> Step:
    title = f"hold {named(world, at.place)} by a reference"
    return actor.shows_at(at.place, "lock", world, at.part, TAKES, None, title=title)


@action(touches=_marking, leads_to=_poisoning, folios=("index",), function="memory_failure")
def mark_page(actor: Actor, world: World, at: Poisoning, index: int) -> Move | None:
    """Action: memory_failure() marks the page, unless it is marked already."""
    if actor.kernel.mf_mutex:
        locked = taken(world, actor.cpu, "mf_mutex")
        if locked is None:
            return None
        world = locked
    folio = world.folios[index]
    assert folio is not None
    if folio.flags & FolioFlag.POISONED:
        result = _result_again(actor, world, at, index)
        locked = world
        if actor.kernel.mf_mutex:
            world = _mutex_released(referenced(world, index, -1), actor.cpu)
        else:  # seen on 5.10
            kept = folio._replace(flags=folio.flags | FolioFlag.REFERENCE_LOST)
            world = with_folio(world, index, kept)
        under = given_back(locked, world)
        step = actor.shows_at(at.place, "poison", world, at.part, AGAIN, None, under=under)
        if result == "0":
            return Move(world, (at.rest,), step)
        return Move(world, (), step, result)
    flags = folio.flags | FolioFlag.POISONED
    world = with_folio(world, index, folio._replace(flags=flags, references=folio.references - 1))
    title = f"mark {named(world, at.place)} as broken"
    step = actor.shows_at(at.place, "poison", world, at.part, MARKS, None, title=title)
    return Move(world, ((poison_page, at, index),), step)


def _result_again(actor: Actor, world: World, at: Poisoning, index: int) -> str:
    """Give the result of poisoning a page that is marked as broken already.

    From v6.11 on kill_accessing_process() looks for an entry that still tells of the page.
    """
    kernel = actor.kernel
    if at.signal or not kernel.poisoned_again_fails:
        return at.result("0")
    if not kernel.hwpoison_signals:
        return "EHWPOISON"
    told = any(
        entry.folio == index and (entry.present or entry.kind is Kind.HWPOISON)
        for area in world.areas
        for entry in area.entries
    )
    return "SIGBUS" if told else "0"


def _mutex_released(world: World, cpu: int) -> World:
    return dropped(world, cpu, "mf_mutex")


@action(touches=_marking, leads_to=_poisoning, folios=("index",), function="folio_lock")
def poison_page(actor: Actor, world: World, at: Poisoning, index: int) -> Move | None:
    """Action: memory_failure() locks the page that it marked, and looks who maps it."""
    locked = taken(world, actor.cpu, "folio lock", index)
    if locked is None:
        return None
    folio = locked.folios[index]
    assert folio is not None
    fate: Fate = "mapped" if folio.mapcount else "unmapped"
    if folio.flags & FolioFlag.MOVING:
        fate = "isolated"
    elif folio.file >= 0 and not folio.flags & FolioFlag.CACHED:
        fate = "torn down"
    if actor.alone:
        return unmap_poisoned(actor, locked, at, index, fate, ())
    step = actor.shows_at(at.place, "lock", locked, at.part, POISON_LOCKS, None)
    return Move(locked, ((unmap_poisoned, at, index, fate, ()),), step)


@action(touches=_marking, leads_to=_poisoning, folios=("index",))
def unmap_poisoned(
    actor: Actor,
    world: World,
    at: Poisoning,
    index: int,
    fate: Fate,
    clear: tuple[tuple[int, int], ...],
) -> Move:
    """Action: hwpoison_user_mappings(): unmap the locked page, and tell the process.

    Args:
        fate: What was found when the page was locked.
        clear: The entries that were cleared for a moment, before a hwpoison entry is set.
    """
    cpu, part = actor.cpu, at.part
    before = world.areas[at.area].entries[at.page]
    folio = world.folios[index]
    assert folio is not None
    if fate in ("isolated", "torn down"):
        left = _mutex_released(dropped(world, cpu, "folio lock", index), cpu)
        rule, under = ISOLATED if fate == "isolated" else TORN_DOWN, given_back(world, left)
        step = actor.shows_at(at.place, "poison", left, part, rule, "kept", under=under)
        return Move(left, (), step, at.result("EBUSY"))
    places = [(a, p) for a, p in places_of(world, index) if _maps(world, a, p, index)]
    if places and not clear and matters(actor, world, *places[0]):
        for a, p in places:
            world = clearing(world, cpu, a, p) or world
        walks = (walk_lock(world, cpu, index),)
        clears = clears_entry(actor, world, *places[0], part, CLEARS, walks)
        return Move(world, ((unmap_poisoned, at, index, fate, tuple(places)),), clears)
    for a, p in clear:
        world = cleared(world, cpu, a, p)
    dirty = bool(folio.flags & FolioFlag.DIRTY) or any(
        world.areas[a].entries[p].bits & Bit.DIRTY for a, p in places
    )
    rule = POISONS
    if folio.file >= 0 and not world.files[folio.file].shmem and not dirty:
        rule = CLEAN_DROPPED
    if folio.flags & FolioFlag.SWAPCACHE and places:
        if folio.references >= PIN and actor.kernel.write_keeps_slot:
            left = _mutex_released(dropped(world, cpu, "folio lock", index), cpu)
            walk = walk_lock(world, cpu, index)
            under = (*given_back(world, left), walk, page_table_lock(cpu, at.area))
            step = actor.shows_at(at.place, "poison", left, part, PINNED, "kept", under=under)
            return Move(left, (), step, _told(actor, at, dirty).result("EBUSY"))
        return _to_swap(actor, world, at, index, dirty)
    flags = folio.flags | (FolioFlag.DIRTY if dirty else 0)
    world = with_folio(world, index, folio._replace(flags=flags))
    for a, p in places:
        mapping = world.areas[a].entries[p]
        if rule is POISONS:
            bits = Bit.ANON if folio.file < 0 else 0
            world = with_entry(world, a, p, Entry(Kind.HWPOISON, index, -1, bits))
            world = counted(world, a, counter_of(world, folio), -1)
            world = mapped(world, index, -1)
        else:
            marker = UFFD_WP_MARKER if mapping.bits & Bit.UFFD_WP else NONE
            world = without_entry(world, a, p, mapping, marker)
    if fate == "mapped":
        at = _told(actor, at, dirty)
    then: tuple[Action, ...] = (at.rest,)
    lock: tuple[Lock, ...] = ()
    if folio.file >= 0:  # it stays locked until its page leaves the page cache
        then = ((drop_poisoned, at, index), *then)
    else:
        held = world
        world = _mutex_released(dropped(world, cpu, "folio lock", index), cpu)
        lock = given_back(held, world)
        if folio.references and actor.kernel.poison_counts_anon:
            then = ((ends, at.result("EBUSY")),)
    under = (*lock, walk_lock(world, cpu, index), page_table_lock(cpu, at.area))
    step = actor.shows_at(at.place, "poison", world, part, rule, "changed", before, under)
    return Move(world, then, step)


def _told(actor: Actor, at: Poisoning, dirty: bool) -> Poisoning:
    """Send the process SIGBUS where the data of a page that it maps is lost."""
    return at._replace(signal=at.signal or (actor.kernel.hwpoison_signals and dirty))


def _zero_page(actor: Actor, world: World, at: Poisoning) -> Move:
    """Mark the zero page broken.

    What memory_failure() answers of a page that is marked already is the errno, or 0 on older
    kernels; where it tells the caller of broken memory (kill_accessing_process()), that is SIGBUS.
    """
    kernel = actor.kernel
    table = page_table_lock(actor.cpu, at.area)
    again = bool(world.machine & MachineFlag.ZERO_POISONED)
    world = world._replace(machine=world.machine | MachineFlag.ZERO_POISONED)
    rule = ZERO_AGAIN if again else ZERO_BUSY
    step = actor.shows_at(at.place, "poison", world, at.part, rule, None, under=(table,))
    if again and not kernel.poisoned_again_fails:
        return Move(world, (at.rest,), step)
    result = "EHWPOISON" if again else "EBUSY"
    if again and kernel.hwpoison_signals:
        result = "SIGBUS"
    return Move(world, (), step, at.result(result))


def _to_swap(actor: Actor, world: World, at: Poisoning, index: int, dirty: bool) -> Move:
    """Poison a page that is in the swap cache: hwpoison_user_mappings() unmaps it as reclaim does.

    While it is in the swap cache, a fault finds it there, broken.
    """
    before = world.areas[at.area].entries[at.page]
    walk = walk_lock(world, actor.cpu, index)
    folio = world.folios[index]
    assert folio is not None
    shared = bool(folio.flags & FolioFlag.FORKED)
    for area, page in places_of(world, index):
        if not _maps(world, area, page, index):
            continue
        slot, world = slot_for(world, index)
        bits = world.areas[area].entries[page].bits & Bit.UFFD_WP
        if shared:
            bits |= Bit.SHARED
        world = with_entry(world, area, page, Entry(Kind.SWAP, -1, slot, bits))
        world = counted(counted(world, area, ANONPAGES, -1), area, SWAPENTS, 1)
        world = mapped(world, index, -1)
    at = _told(actor, at, dirty)
    under = (walk, page_table_lock(actor.cpu, at.area))
    if actor.alone:
        return leave_swap_cache(actor, world, at, index, dirty, before, under)
    step = actor.shows_at(at.place, "poison", world, at.part, TO_SWAP, "changed", before, under)
    return Move(world, ((leave_swap_cache, at, index, dirty),), step)


@action(touches=STATEMENT, folios=("index",))
def leave_swap_cache(
    actor: Actor,
    world: World,
    at: Poisoning,
    index: int,
    dirty: bool,
    before: Entry | None = None,
    under: tuple[Lock, ...] = (),
) -> Move:
    """Action: me_swapcache_clean(): a clean page leaves the swap cache, and its slot has the data.

    A dirty one stays (me_swapcache_dirty()), so that whoever wants the lost data is told.

    Args:
        before: What the entry held, and
        under: the locks under which it became a swap entry, where that happened in the same step.
    """
    folio = world.folios[index]
    assert folio is not None
    held = world
    rule = STAYS_IN_SWAP_CACHE if dirty else LEAVES_SWAP_CACHE
    if not dirty:
        world = out_of_swap_cache(world, index)
    world = _mutex_released(dropped(world, actor.cpu, "folio lock", index), actor.cpu)
    then = at.rest
    if before is not None:
        rule = TO_SWAP._replace(reason=f"{TO_SWAP.reason} {rule.reason}")
    reason = rule.reason
    if folio.references:  # has_extra_refcount()
        reason, then = f"{reason} {STILL_USED}", (ends, at.result("EBUSY"))
    rule, under = rule._replace(reason=reason), (*given_back(held, world), *under)
    verdict = "kept" if before is None else "changed"
    step = actor.shows_at(at.place, "poison", world, at.part, rule, verdict, before, under)
    return Move(world, (then,), step)


def _maps(world: World, area: int, page: int, folio: int) -> bool:
    entry = world.areas[area].entries[page]
    return entry.folio == folio and entry.present


@action(touches=STATEMENT, folios=("index",))
def drop_poisoned(actor: Actor, world: World, at: Poisoning, index: int) -> Move:
    """Action: me_pagecache_clean(): decide what becomes of the broken page of a file."""
    folio = world.folios[index]
    assert folio is not None
    file = world.files[folio.file]
    place = Place(True, folio.file, folio.page)
    before = file.cache[folio.page]
    locked = world
    world = _mutex_released(dropped(world, actor.cpu, "folio lock", index), actor.cpu)
    under = given_back(locked, world)
    rule, verdict = LEAVES_CACHE, "changed"
    if file.shmem and actor.kernel.shmem_keeps_poison:
        rule, verdict = STAYS_IN_CACHE, "kept"
    else:
        if not file.shmem and folio.flags & FolioFlag.DIRTY:
            files = replaced(world.files, folio.file, file._replace(failed=True))
            world = world._replace(files=files)
        world = with_cache(world, folio.file, folio.page, NONE)
        flags = folio.flags & ~FolioFlag.CACHED
        world = with_folio(world, index, folio._replace(flags=flags))
    then: tuple[Action, ...] = ()
    if folio.references or folio.flags & FolioFlag.MOVING:
        rule = rule._replace(reason=f"{rule.reason} {STILL_USED}")
        then = ((ends, at.result("EBUSY")),)
    step = actor.shows_at(place, "cache", world, at.part, rule, verdict, before, under)
    return Move(world, then, step)


# before it breaks


@action(touches=nothing, leads_to=_poisoning, local=True)
def offline_range(actor: Actor, world: World, at: Poisoning) -> Move:
    """Action: take a page as get_user_pages() does, take it out of use, and go on."""
    if at.page >= at.end:
        return Move(world, ((ends, "0"),))
    return Move(
        world,
        (
            (populate, at.area, at.page, False, False, "EFAULT"),
            (take_offline, at),
            (end_offline,),
            (offline_range, at._replace(page=at.page + 1)),
        ),
    )


@action(touches=_marking, leads_to=_poisoning, function="soft_offline_page")
def take_offline(actor: Actor, world: World, at: Poisoning) -> Move | None:
    """Action: take a reference on the page that an entry maps."""
    if wants(world, at.area, at.page, False):  # it was removed since it was faulted in
        return Move(world, ((offline_range, at),))
    entry = world.areas[at.area].entries[at.page]
    if entry.kind is Kind.ZERO:
        broken = bool(world.machine & MachineFlag.ZERO_POISONED)
        table = page_table_lock(actor.cpu, at.area)
        rule = OFFLINE_POISONED if broken else OFFLINE_ZERO
        step = actor.shows_at(at.place, "poison", world, at.part, rule, None, under=(table,))
        refused = "ENOTRECOVERABLE" if actor.kernel.offline_not_recoverable else "EIO"
        return Move(world, (), step, None if broken else refused)
    index = entry.folio
    world = referenced(world, index, 1)
    if actor.alone:
        return offline_page(actor, world, at, index)
    return Move(world, ((offline_page, at, index),), _takes(actor, world, at))


@action(touches=_marking, leads_to=_poisoning, folios=("index",), function="folio_lock")
def offline_page(actor: Actor, world: World, at: Poisoning, index: int) -> Move | None:
    """Action: soft_offline_in_use_page(): look at the page under its lock, then isolate it."""
    cpu = actor.cpu
    if actor.kernel.offline_mutex:
        locked = taken(world, cpu, "mf_mutex")
        if locked is None:
            return None
        world = locked
    if taken(world, cpu, "folio lock", index) is None:
        return None
    folio = world.folios[index]
    assert folio is not None
    under = (folio_lock(cpu, index),)
    then: tuple[Action, ...] = ()
    result: str | None = None
    if folio.flags & FolioFlag.POISONED:
        rule = OFFLINE_POISONED
    elif (
        folio.flags & FolioFlag.CACHED
        and not folio.mapcount
        and folio.references == 1
        and not folio.flags & (FolioFlag.DIRTY | FolioFlag.MOVING)
    ):
        rule = OFFLINE_EVICTS
        world = with_cache(world, folio.file, folio.page, NONE)
        flags = folio.flags & ~FolioFlag.CACHED
        world = with_folio(world, index, folio._replace(flags=flags))
    elif folio.flags & FolioFlag.MOVING:
        rule, result = OFFLINE_BUSY, "EBUSY"
    else:
        rule, then = OFFLINE, ((move_page, at.area, at.page, index, at.part, TRIES),)
        flags = folio.flags | FolioFlag.MOVING
        world = with_folio(world, index, folio._replace(flags=flags))
    world = referenced(world, index, -1)
    step = actor.shows_at(at.place, "lock", world, at.part, rule, None, under=under)
    return Move(world, then, step, result)


def _unlocking(on: Elements) -> Footprint:
    return Footprint(0, on.mf_mutex)


@action(touches=_unlocking, gives_back=True)
def end_offline(actor: Actor, world: World) -> Move:
    """Action: release the mf_mutex."""
    return Move(_mutex_released(world, actor.cpu))
