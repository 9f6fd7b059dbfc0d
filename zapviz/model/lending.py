"""Lending pages to a device, as the kernel's own test driver does it (lib/test_hmm.c).

``migrate_to_device`` stands for HMM_DMIRROR_MIGRATE_TO_DEV (HMM_DMIRROR_MIGRATE in 5.10):
migrate_vma_setup() with MIGRATE_VMA_SELECT_SYSTEM, migrate_vma_pages() and migrate_vma_finalize()
(mm/migrate.c in 5.10, mm/migrate_device.c since 5.18). ``make_device_exclusive`` stands for
HMM_DMIRROR_EXCLUSIVE: make_device_exclusive_range() or make_device_exclusive() (mm/rmap.c). Both
hold the mmap_lock for reading from beginning to end.

Each page is one step here. In the kernel a page that migrates has a migration entry in between,
all pages of a mapping at the same time; whoever touches one waits. What the driver answers when it
reads the pages back (ENOENT where one of them is not with the device) is left out.
"""

from __future__ import annotations

from typing import Final

from zapviz.kernels.known import Kernel
from zapviz.model.actions import action
from zapviz.model.elements import Elements, Footprint, nothing
from zapviz.model.entries import Bit, Entry, Kind
from zapviz.model.faults import accessed, fault, populate, wants
from zapviz.model.locks import folio_lock, page_table_lock, taken, walk_lock
from zapviz.model.marks import obtainable
from zapviz.model.steps import Action, Actor, Move, Pass, Place, Rule, Step, ends
from zapviz.model.world import (
    ANONPAGES,
    Folio,
    FolioFlag,
    Lock,
    World,
    anon_vma_prepared,
    counted,
    fresh,
    out_of_swap_cache,
    placed,
    swap_count,
    with_entry,
    with_folio,
)

__all__ = ["BATCH", "lend_range", "make_exclusive"]

BATCH: Final = 64
"""The pages that the driver asks make_device_exclusive_range() for at once
(dmirror_exclusive(), lib/test_hmm.c, up to v6.14).
"""

LENT: Final = Rule(
    "device-private",
    "The private page moves to the device's memory; the CPU's entry only says so.",
    "remove_migration_pte",
)
HOLE_FILLED: Final = Rule(
    "device-hole",
    "Anonymous memory that nothing was written to: the device gets a fresh page of zeros.",
    "migrate_vma_insert_page",
)
HOLE_LEFT: Final = Rule(
    "device-hole-left",
    "No page is here, and holes are filled in anonymous mappings alone.",
    "migrate_vma_collect_pmd",
)
FILE_LEFT: Final = Rule(
    "device-file",
    "A page of a file: it is collected and given back, for device memory takes private pages "
    "alone.",
    "migrate_vma_pages",
)
NOT_PRESENT_LEFT: Final = Rule(
    "device-not-present",
    "The entry maps no page: it is passed over.",
    "migrate_vma_collect_pmd",
)
BUSY_LEFT: Final = Rule(
    "device-busy",
    "Another CPU has this page locked, off the LRU, or held by a reference: it is passed over.",
    "migrate_vma_unmap",
)
NO_SUCH_MAPPING: Final = Rule(
    "device-no-mapping",
    "Nothing that can be read is mapped here: the driver goes no further (EINVAL).",
    "",
)
EXCLUSIVE: Final = Rule(
    "device-exclusive",
    "The page stays in RAM but only the device may use it until the CPU faults.",
    "make_device_exclusive",
)
NOT_ANONYMOUS: Final = Rule(
    "device-exclusive-file",
    "The page is a file's own: a device can have private pages alone.",
    "make_device_exclusive",
)
NOT_WRITABLE: Final = Rule(
    "device-exclusive-refused",
    "No page can be had here for writing: get_user_pages() ends before this one.",
    "make_device_exclusive",
)
EXCLUSIVE_BUSY: Final = Rule(
    "device-exclusive-busy",
    "Another CPU has this page locked: it is passed over.",
    "make_device_exclusive",
)


def _lending(on: Elements, area: int, page: int, end: int) -> Footprint:
    pages = on.entries(area, page, end)
    return Footprint(on.mmap_lock | on.vmas, pages | on.table(area))


@action(touches=_lending)
def lend_range(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: migrate what can be migrated to device memory, one page a step.

    Present private pages go, those in a mapping of a file too; so do holes and the zero
    page of anonymous mappings. All else stays as it is, and the call succeeds nevertheless
    (migrate_vma_setup(): 0 or more pages). A page that is mapped by nothing, or by a mapping that
    cannot be read, ends it with EINVAL (vma_lookup() and VM_READ in dmirror_migrate_to_device()).
    """
    if page >= end:
        return Move(world)
    vma = world.areas[area].vma_at(page)
    if vma is None or not vma.readable:
        step = _stays(actor, world, area, page, part, NO_SUCH_MAPPING)
        return Move(world, ((ends, "EINVAL"),), step)
    then: tuple[Action, ...] = ((lend_range, area, page + 1, end, part),)
    before = world.areas[area].entries[page]
    if before.kind is Kind.ANON:
        return Move(*_lend(actor, world, area, page, part, then))
    anonymous = vma.file < 0
    if anonymous and before.kind in (Kind.NONE, Kind.ZERO):
        return Move(*_fill(actor, world, area, page, vma.writable, part, then))
    rule = NOT_PRESENT_LEFT
    if before.kind is Kind.FILE:
        rule = FILE_LEFT
    elif before.kind is Kind.NONE:
        rule = HOLE_LEFT
    return Move(world, then, _stays(actor, world, area, page, part, rule))


def _stays(actor: Actor, world: World, area: int, page: int, part: Pass, rule: Rule) -> Step:
    place = Place(False, area, page)
    under = () if rule is NO_SUCH_MAPPING else (page_table_lock(actor.cpu, area),)
    return actor.shows_at(place, "migrate", world, part, rule, "kept", under=under)


def _lend(
    actor: Actor, world: World, area: int, page: int, part: Pass, then: tuple[Action, ...]
) -> tuple[World, tuple[Action, ...], Step]:
    """Migrate one private page; its folio stands for the device's page from now on."""
    cpu, place = actor.cpu, Place(False, area, page)
    before = world.areas[area].entries[page]
    folio = world.folios[before.folio]
    assert folio is not None
    if (
        folio.flags & FolioFlag.MOVING
        or folio.held
        or swap_count(world, before.folio)
        or taken(world, cpu, "folio lock", before.folio) is None
    ):
        return world, then, _stays(actor, world, area, page, part, BUSY_LEFT)
    if before.bits & Bit.DIRTY:
        world = with_folio(world, before.folio, _dirty(folio))
    world = out_of_swap_cache(world, before.folio)
    bits = Bit.ANON | (before.bits & (Bit.WRITABLE | Bit.UFFD_WP))
    world = with_entry(world, area, page, Entry(Kind.DEVICE_PRIVATE, before.folio, -1, bits))
    under = (
        folio_lock(cpu, before.folio),
        walk_lock(world, cpu, before.folio),
        page_table_lock(cpu, area),
    )
    return (
        world,
        then,
        actor.shows_at(place, "migrate", world, part, LENT, "changed", before, under),
    )


def _fill(
    actor: Actor,
    world: World,
    area: int,
    page: int,
    writable: bool,
    part: Pass,
    then: tuple[Action, ...],
) -> tuple[World, tuple[Action, ...], Step]:
    """Put a fresh page of zeros, the device's, where anonymous memory has none of its own."""
    before = world.areas[area].entries[page]
    index, folios = placed(world.folios, fresh(world, area, page, 0))
    world = anon_vma_prepared(world, area, page)  # migrate_vma_insert_page()
    world = counted(world._replace(folios=folios), area, ANONPAGES, 1)
    bits = Bit.ANON | (Bit.WRITABLE if writable else 0)
    world = with_entry(world, area, page, Entry(Kind.DEVICE_PRIVATE, index, -1, bits))
    place, under = Place(False, area, page), (page_table_lock(actor.cpu, area),)
    step = actor.shows_at(place, "migrate", world, part, HOLE_FILLED, "changed", before, under)
    return world, then, step


def _dirty(folio: Folio) -> Folio:
    return folio._replace(flags=folio.flags | FolioFlag.DIRTY)


def _faulting(on: Elements, area: int, page: int, end: int) -> Footprint:
    return accessed(on, area, page, end, True) | _lending(on, area, page, end)


def make_exclusive(kernel: Kernel, area: int, first: int, end: int, part: Pass) -> Action:
    """Give the action that gets the pages of a range for a device alone."""
    if kernel.exclusive_by_page:
        return (exclude_next, area, first, end, part)
    return (exclude_batch, area, first, end, part)


@action(touches=nothing, leads_to=_faulting, local=True, quiet="goes on to the next page")
def exclude_next(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: make_device_exclusive() page by page, up to the first that is refused."""
    if page >= end:
        return Move(world)
    fault_in: Action = (populate, area, page, True, False, "EFAULT")
    return Move(
        world, (fault_in, (exclude, area, page, part), (exclude_next, area, page + 1, end, part))
    )


def _excluding(on: Elements, area: int, page: int) -> Footprint:
    return _faulting(on, area, page, page + 1)


@action(
    touches=_excluding, quiet="the page is not mapped for writing any more", function="folio_lock"
)
def exclude(actor: Actor, world: World, area: int, page: int, part: Pass) -> Move | None:
    """Action: make_device_exclusive() of a page that was faulted in, once its lock is free."""
    entry = world.areas[area].entries[page]
    if not (entry.maps_folio and entry.bits & Bit.WRITABLE):
        again: Action = (populate, area, page, True, False, "EFAULT")
        return Move(world, (again, (exclude, area, page, part)))
    if entry.kind is Kind.FILE:
        world = _touched(world, entry)
        step = _kept(actor, world, area, page, part, NOT_ANONYMOUS)
        return Move(world, ((ends, "EOPNOTSUPP"),), step)
    if taken(world, actor.cpu, "folio lock", entry.folio) is None:
        return None
    return Move(*_exclude(actor, world, area, page, part, ()))


@action(touches=nothing, leads_to=_faulting, local=True, quiet="goes on to the next pages")
def exclude_batch(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: make_device_exclusive_range() of the next :data:`BATCH` pages."""
    if page >= end:
        return Move(world)
    stop = min(page + BATCH, end)
    return Move(world, ((fault_some, area, page, page, stop, end, part),))


def _faulting_batches(on: Elements, area: int, first: int, end: int) -> Footprint:
    return _faulting(on, area, first, end)


_AWAY: Final = (Kind.SWAP, Kind.DEVICE_PRIVATE, Kind.DEVICE_EXCLUSIVE)


@action(
    touches=_faulting_batches, quiet="has the pages that can be had", function="__get_user_pages"
)
def fault_some(
    actor: Actor, world: World, area: int, first: int, page: int, stop: int, end: int, part: Pass
) -> Move | None:
    """Action: fault pages in for writing, up to ``stop`` or the first that cannot be had."""
    while page < stop:
        vma = world.areas[area].vma_at(page)
        if vma is None or not vma.writable:
            break
        # A protected page that is swapped out or lent comes back before its fault is refused.
        away = world.areas[area].entries[page].kind in _AWAY
        if not away and not obtainable(world, area, page):
            break
        if wants(world, area, page, write=True):
            move = fault(actor, world, area, page, True, "EBUSY")
            if move is None:
                return None
            again: Action = (fault_some, area, first, page, stop, end, part)
            return Move(move.world, (*move.then, again), move.step, move.result)
        page += 1
    return Move(world, ((exclude_some, area, first, page, stop, end, part, True),))


@action(touches=_faulting, quiet="goes on to the next pages")
def exclude_some(
    actor: Actor,
    world: World,
    area: int,
    page: int,
    had: int,
    stop: int,
    end: int,
    part: Pass,
    whole: bool,
) -> Move:
    """Action: take the pages that were faulted in for the device alone, one a step.

    A page of a file and a page that another CPU has locked are passed over; then the driver gives
    up after this batch (EBUSY), and so it does where not all pages of it could be had.

    Args:
        had: The page before which get_user_pages() ended.
        stop: The page at which this batch ends.
        whole: Whether the device has every page so far.
    """
    if page >= had:
        if whole and had == stop:
            return Move(world, ((exclude_batch, area, stop, end, part),))
        if page >= stop:
            return Move(world, ((ends, "EBUSY"),))
        step = _kept(actor, world, area, page, part, NOT_WRITABLE)
        return Move(world, ((ends, "EBUSY"),), step)
    entry = world.areas[area].entries[page]
    rule = NOT_WRITABLE
    under: tuple[Lock, ...] = ()
    if entry.maps_folio and entry.bits & Bit.WRITABLE:
        if taken(world, actor.cpu, "folio lock", entry.folio) is None:
            rule = EXCLUSIVE_BUSY
        elif entry.kind is Kind.FILE:
            world, rule = _touched(world, entry), NOT_ANONYMOUS
            under = (folio_lock(actor.cpu, entry.folio, tried=True),)
        else:
            after = (exclude_some, area, page + 1, had, stop, end, part, whole)
            return Move(*_exclude(actor, world, area, page, part, (after,)))
    then = (exclude_some, area, page + 1, had, stop, end, part, False)
    return Move(world, (then,), _kept(actor, world, area, page, part, rule, under))


def _kept(
    actor: Actor,
    world: World,
    area: int,
    page: int,
    part: Pass,
    rule: Rule,
    under: tuple[Lock, ...] = (),
) -> Step:
    place = Place(False, area, page)
    return actor.shows_at(place, "migrate", world, part, rule, "kept", under=under)


def _touched(world: World, entry: Entry) -> World:
    """Mark a page dirty, as get_user_pages() with FOLL_WRITE and FOLL_TOUCH does."""
    folio = world.folios[entry.folio]
    assert folio is not None
    return with_folio(world, entry.folio, _dirty(folio))


def _exclude(
    actor: Actor, world: World, area: int, page: int, part: Pass, then: tuple[Action, ...]
) -> tuple[World, tuple[Action, ...], Step]:
    """Replace the entry of a private page that may be written; its folio is dirty then."""
    cpu, before = actor.cpu, world.areas[area].entries[page]
    world = _touched(world, before)
    bits = Bit.ANON | (0 if actor.kernel.exclusive_asks_vma else Bit.WRITABLE)
    world = with_entry(world, area, page, Entry(Kind.DEVICE_EXCLUSIVE, before.folio, -1, bits))
    walks = () if actor.kernel.exclusive_by_page else (walk_lock(world, cpu, before.folio),)
    under = (folio_lock(cpu, before.folio), *walks, page_table_lock(cpu, area))
    place = Place(False, area, page)
    step = actor.shows_at(place, "migrate", world, part, EXCLUSIVE, "changed", before, under)
    return world, then, step
