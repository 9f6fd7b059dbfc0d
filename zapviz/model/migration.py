"""Moving a page to another folio.

This models migrate_folio() with try_to_migrate() and remove_migration_ptes() (mm/migrate.c,
mm/rmap.c). The folio lock is held from the first migration entry to the last; the thread's argument
about the locked pass depends on that.
"""

from __future__ import annotations

from typing import Final

from zapviz.model.actions import STATEMENT, action
from zapviz.model.clearing import CLEARS_ENTRY, cleared, clearing, clears_entry, matters
from zapviz.model.elements import (
    Elements,
    Footprint,
    entries_walked,
    entry_decided,
    nothing,
)
from zapviz.model.entries import Bit, Entry, Kind
from zapviz.model.isolation import isolation
from zapviz.model.locks import (
    dropped,
    folio_lock,
    mm_of,
    page_table_lock,
    taken,
    walked,
    with_lock,
)
from zapviz.model.steps import ELSEWHERE, Action, Actor, Move, Pass, Place, Rule, Step, ends
from zapviz.model.world import (
    FolioFlag,
    Lock,
    World,
    counted,
    counter_of,
    into_swap_cache,
    mapped,
    placed,
    places_of,
    slot_of,
    with_cache,
    with_entry,
    with_folio,
)

__all__ = ["TRIES", "begin_range", "copy_page", "end_range", "lock_folio", "migrate_range"]

MIGRATION_LOCKS: Final = Rule(
    "migration-locks",
    "Migration works under the folio lock, from the first migration entry to the last.",
    "migrate_folio_unmap",
)
REPLACED: Final = Rule(
    "migration-begins",
    "The entry becomes a migration entry: whoever touches the page waits for the move.",
    "try_to_migrate_one",
)
CLEARS: Final = Rule("migration-clears", CLEARS_ENTRY, "try_to_migrate_one")
POISON_LEFT: Final = Rule(
    "migration-poison",
    "The page is marked as broken: a hwpoison entry takes its place, not a migration entry.",
    "try_to_migrate_one",
)
COPIED: Final = Rule(
    "migration-copies",
    "The data is copied to a new folio, which takes the old one's place.",
    "move_to_new_folio",
)
RESTORED: Final = Rule(
    "migration-ends",
    "The migration entry becomes a present entry again, now of the new folio.",
    "remove_migration_pte",
)
FREED: Final = Rule(
    "migration-unlocks",
    "The move is over: the folio is unlocked and whoever waited goes on.",
    "migrate_folio_move",
)
NOT_PRESENT: Final = Rule(
    "migration-nothing",
    "No page is present here: there is nothing to move.",
    "add_folio_for_migration",
)
NOT_SEEN: Final = Rule(
    "migration-inaccessible",
    "follow_page() of this kernel does not look behind PROT_NONE: as if no page were there.",
    "add_folio_for_migration",
)
ISOLATED: Final = Rule(
    "migration-isolated",
    "Another CPU has taken this page off the LRU to move or to reclaim it: EBUSY.",
    "add_folio_for_migration",
)
GONE: Final = Rule(
    "migration-gone",
    "The page was freed or truncated while migration waited for its lock: nothing is left to move.",
    "migrate_folio_unmap",
)
HELD: Final = Rule(
    "migration-held",
    "Somebody else holds a reference on the page, so it may be in use where no entry tells: it "
    "is not moved.",
    "folio_migrate_mapping",
)
TRIES_AGAIN: Final = Rule(
    "migration-again",
    "The folio is unlocked, so that whoever waits for it can go on; then migration tries again.",
    "migrate_pages",
)
GIVEN_UP: Final = Rule(
    "migration-given-up",
    "Every try found the page held by somebody else: it stays where it is.",
    "migrate_pages",
)


TRIES: Final = 2
"""How often migration tries to move a page that others hold.

The kernel tries ten times; further tries bring no other final state, as one that fails leaves
everything as it was.
"""


def _moving(on: Elements, area: int, page: int) -> Footprint:
    return _moving_range(on, area, page, page + 1)


def _moving_range(on: Elements, area: int, page: int, end: int) -> Footprint:
    pages = on.entries(area, page, end)
    return on.walk(pages) | Footprint(on.mmap_lock, pages)


@action(touches=nothing, leads_to=_moving_range, local=True, quiet="no page is left to migrate")
def migrate_range(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: move each present page of a range, one after the other."""
    if page >= end:
        return Move(world)
    return Move(
        world,
        (
            (begin_page, area, page, part, TRIES),
            (migrate_range, area, page + 1, end, part),
        ),
    )


@action(touches=nothing, leads_to=_moving_range)
def begin_range(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: take the first half alone: lock the folios and put migration entries in place."""
    if page >= end:
        return Move(world)
    then: tuple[Action, ...] = ((begin_page, area, page, part, 0),)
    return Move(world, (*then, (begin_range, area, page + 1, end, part)))


def _one_ended(on: Elements, area: int, page: int) -> Footprint:
    return Footprint(0, on.entries(area, page, page + 1))


@action(touches=_one_ended, leads_to=_moving_range)
def end_range(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: take the second half alone, for entries whose first half was taken alone.

    The folio's lock becomes this CPU's, so that nobody else ends the same migration.
    """
    if page >= end:
        return Move(world)
    entry = world.areas[area].entries[page]
    then: tuple[Action, ...] = ((end_range, area, page + 1, end, part),)
    begun = folio_lock(ELSEWHERE, entry.folio)
    if entry.kind is Kind.MIGRATION and begun in world.locks:
        world = dropped(world, ELSEWHERE, "folio lock", entry.folio)
        world = with_lock(world, folio_lock(actor.cpu, entry.folio))
        then = ((copy_page, area, page, entry.folio, part, 1), *then)
    return Move(world, then)


def _isolating(on: Elements, area: int, page: int) -> Footprint:
    return Footprint(on.mmap_lock | on.vmas, on.entry(area, page))


def _isolated(before: World, move: Move, area: int, page: int) -> Step | None:
    return isolation(before, move.world, f"{before.areas[area].name}[{page}]")


@action(
    touches=_isolating,
    leads_to=_moving,
    quiet="no page to migrate there",
    shows=_isolated,
    function="mmap_read_lock",
)
def begin_page(
    actor: Actor, world: World, area: int, page: int, part: Pass, tries: int
) -> Move | None:
    """Action: isolate the folio that an entry maps; a reference keeps it from being freed.

    The mmap_lock is held for reading meanwhile, and released at once.

    Args:
        tries: How often to try to move it; 0: take the first half alone.
    """
    if taken(world, actor.cpu, "mmap_lock", mm_of(world, area), True) is None:
        return None
    held = world.areas[area]
    entry = held.entries[page]
    place, cpu = Place(False, area, page), actor.cpu
    under = (Lock("mmap_lock", mm_of(world, area), cpu, True), page_table_lock(cpu, area))
    vma = held.vma_at(page)
    unseen = vma is not None and not (
        vma.readable or vma.writable or actor.kernel.migrates_inaccessible
    )
    if not entry.maps_folio or vma is None or unseen:
        rule = NOT_SEEN if entry.maps_folio and unseen else NOT_PRESENT
        step = actor.shows_at(place, "migrate", world, part, rule, "kept", under=under)
        return Move(world, ((ends, "ENOENT"),), step)
    folio = world.folios[entry.folio]
    assert folio is not None
    if folio.flags & FolioFlag.MOVING:
        step = actor.shows_at(place, "migrate", world, part, ISOLATED, "kept", under=under)
        return Move(world, ((ends, "EBUSY"),), step)
    world = with_folio(world, entry.folio, folio._replace(flags=folio.flags | FolioFlag.MOVING))
    return Move(world, ((lock_folio, area, page, entry.folio, part, tries),))


@action(
    touches=entry_decided,
    leads_to=_moving,
    folios=("index",),
    quiet="the page is gone",
    function="folio_lock",
)
def lock_folio(
    actor: Actor, world: World, area: int, page: int, index: int, part: Pass, tries: int
) -> Move | None:
    """Action: lock the isolated folio, unless it was freed or truncated meanwhile."""
    locked = taken(world, actor.cpu, "folio lock", index)
    if locked is None:
        return None
    folio = locked.folios[index]
    assert folio is not None
    place = Place(False, area, page)
    if not folio.flags & FolioFlag.CACHED and not (folio.file < 0 and folio.mapcount):
        if folio.held:  # the kernel goes on with it, and finds one reference too many
            return Move(locked, ((put_back, area, page, index, part, tries),))
        world = with_folio(world, index, folio._replace(flags=folio.flags & ~FolioFlag.MOVING))
        world = mapped(world, index, 0)
        under = (folio_lock(actor.cpu, index),)
        step = actor.shows_at(place, "migrate", world, part, GONE, "kept", under=under)
        return Move(world, (), step)
    then: tuple[Action, ...] = ()
    if places := tuple(places_of(locked, index)):
        then = ((replace_entries, index, places, part, not tries),)
    elif not tries:
        locked = _left_locked(locked, actor, index)
    if tries:
        then = (*then, (copy_page, area, page, index, part, tries))
    return Move(locked, then, actor.shows_at(place, "lock", locked, part, MIGRATION_LOCKS, None))


def _left_locked(world: World, actor: Actor, index: int) -> World:
    """Make the lock of a folio whose first half is done that of no CPU: any may end it."""
    world = dropped(world, actor.cpu, "folio lock", index)
    return with_lock(world, folio_lock(ELSEWHERE, index))


@action(
    touches=entries_walked,
    folios=("index",),
    quiet="an entry of the folio is gone already",
    function="i_mmap_lock_read",
)
def replace_entries(
    actor: Actor,
    world: World,
    index: int,
    places: tuple[tuple[int, int], ...],
    part: Pass,
    half: bool,
) -> Move | None:
    """Action: try_to_migrate(): put migration entries into the folio's place, entry by entry.

    Args:
        half: Whether the first half is taken alone. The folio's lock is its CPU's up to the last
            entry, so that nobody ends what is still being begun.
    """
    walking = walked(world, actor.cpu, index, len(places) == 1)
    if walking is None:
        return None
    then: tuple[Action, ...] = ()
    if len(places) > 1:
        then = ((replace_entries, index, places[1:], part, half),)
    (world, walk), (area, page) = walking, places[0]
    before = world.areas[area].entries[page]
    folio = world.folios[index]
    assert folio is not None
    if before.folio != index or not before.present:
        world = cleared(world, actor.cpu, area, page)
        return Move(_left_locked(world, actor, index) if half and not then else world, then)
    if matters(actor, world, area, page):
        clear = clearing(world, actor.cpu, area, page)
        if clear is not None:
            clears = clears_entry(actor, clear, area, page, part, CLEARS, walk)
            return Move(clear, ((replace_entries, index, places, part, half),), clears)
        world = cleared(world, actor.cpu, area, page)
    anon = Bit.ANON if folio.file < 0 else 0
    after, rule = Entry(Kind.MIGRATION, index, -1, before.bits | anon), REPLACED
    if folio.flags & FolioFlag.POISONED:
        after, rule = Entry(Kind.HWPOISON, index, -1, anon), POISON_LEFT
        world = counted(world, area, counter_of(world, folio), -1)
    # Of a private page it matters only to MADV_FREE, and only where another process has it, too.
    if before.bits & Bit.DIRTY and (folio.file >= 0 or len(world.processes) > 1):
        world = with_folio(world, index, folio._replace(flags=folio.flags | FolioFlag.DIRTY))
    world = mapped(with_entry(world, area, page, after), index, -1)
    if half and not then:
        world = _left_locked(world, actor, index)
    place, cpu = Place(False, area, page), actor.cpu
    under = (*walk, page_table_lock(cpu, area))
    step = actor.shows_at(place, "migrate", world, part, rule, "changed", before, under)
    return Move(world, then, step)


@action(
    touches=entry_decided,
    leads_to=_moving,
    folios=("index",),
    title="copy the page to a new folio",
)
def copy_page(
    actor: Actor, world: World, area: int, page: int, index: int, part: Pass, tries: int
) -> Move:
    """Action: put the new folio into the old one's place in the page cache.

    Where somebody else holds the old one, nothing is moved (folio_migrate_mapping()).
    """
    folio = world.folios[index]
    assert folio is not None
    if folio.held:
        title = f"{world.areas[area].name}[{page}] is held: not moved"
        step = actor.shows("migrate", world, part, HELD, title)._replace(verdict="kept")
        back: tuple[Action, ...] = ((put_back, area, page, index, part, tries),)
        if places := tuple(places_of(world, index)):
            back = ((restore_entries, index, index, places, part), *back)
        return Move(world, back, step)
    flags = folio.flags & ~FolioFlag.RECLAIM
    new, folios = placed(world.folios, folio._replace(mapcount=0, flags=flags))
    world = world._replace(folios=folios)
    world = taken(world, actor.cpu, "folio lock", new) or world
    in_cache = folio.flags & FolioFlag.CACHED
    if in_cache:
        world = with_cache(world, folio.file, folio.page, Entry(Kind.FILE, new))
    left = ~(FolioFlag.CACHED | FolioFlag.SWAPCACHE)
    if (slot := slot_of(world, index)) >= 0:
        world = into_swap_cache(world, new, slot)
    world = with_folio(world, index, folio._replace(flags=folio.flags & left))
    if in_cache:
        place, before = Place(True, folio.file, folio.page), Entry(Kind.FILE, index)
        step = actor.shows_at(place, "migrate", world, part, COPIED, "changed", before)
    else:
        step = actor.shows("migrate", world, part, COPIED)._replace(verdict="changed")
    then: tuple[Action, ...] = ((unlock_pages, index, new, part),)
    if places := tuple(places_of(world, index)):
        then = ((restore_entries, index, new, places, part), *then)
    return Move(world, then, step)


@action(
    touches=entries_walked,
    folios=("old", "new"),
    quiet="a migration entry is gone already",
    function="i_mmap_lock_read",
)
def restore_entries(
    actor: Actor, world: World, old: int, new: int, places: tuple[tuple[int, int], ...], part: Pass
) -> Move | None:
    """Action: remove_migration_ptes(): map the new folio, entry by entry."""
    walking = walked(world, actor.cpu, old, len(places) == 1)
    if walking is None:
        return None
    then: tuple[Action, ...] = ()
    if len(places) > 1:
        then = ((restore_entries, old, new, places[1:], part),)
    (world, walk), (area, page) = walking, places[0]
    before = world.areas[area].entries[page]
    if before.kind is not Kind.MIGRATION or before.folio != old:
        return Move(world, then)
    kind = Kind.ANON if before.bits & Bit.ANON else Kind.FILE
    after = Entry(kind, new, -1, before.bits & ~Bit.ANON)
    world = mapped(with_entry(world, area, page, after), new, 1)
    place, cpu = Place(False, area, page), actor.cpu
    under = (*walk, page_table_lock(cpu, area))
    step = actor.shows_at(place, "migrate", world, part, RESTORED, "changed", before, under)
    return Move(world, then, step)


@action(touches=entry_decided, leads_to=_moving, folios=("index",))
def put_back(
    actor: Actor, world: World, area: int, page: int, index: int, part: Pass, tries: int
) -> Move:
    """Action: unlock a folio that could not be moved; try again, or put it back: EAGAIN."""
    folio = world.folios[index]
    assert folio is not None
    world = dropped(world, actor.cpu, "folio lock", index)
    if tries > 1:
        step = actor.shows("unlock", world, part, TRIES_AGAIN, "unlock the folio, and try again")
        return Move(world, ((lock_folio, area, page, index, part, tries - 1),), step)
    world = with_folio(world, index, folio._replace(flags=folio.flags & ~FolioFlag.MOVING))
    world = mapped(world, index, 0)
    result = "EBUSY" if part.chain.endswith("soft-offline") else "EAGAIN"
    step = actor.shows("unlock", world, part, GIVEN_UP, "unlock the folio")
    return Move(world, ((ends, result),), step)


@action(touches=STATEMENT, folios=("old", "new"), title="unlock both folios")
def unlock_pages(actor: Actor, world: World, old: int, new: int, part: Pass) -> Move:
    """Action: unlock both folios; free the old one, and the new one if it is unused."""
    world = dropped(dropped(world, actor.cpu, "folio lock", old), actor.cpu, "folio lock", new)
    for index in (old, new):
        folio = world.folios[index]
        assert folio is not None
        world = with_folio(world, index, folio._replace(flags=folio.flags & ~FolioFlag.MOVING))
        world = mapped(world, index, 0)
    return Move(world, (), actor.shows("unlock", world, part, FREED))
