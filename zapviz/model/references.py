"""References that CPUs hold on folios, beside those of mappings and the page cache.

A folio that somebody has a reference on is not freed, and it is not moved: migration finds one
reference too many (folio_migrate_mapping(), mm/migrate.c) and tries again. Who has to wait for a
folio's lock waits with a reference (filemap_get_folio(), find_get_entries()), and meets the folio
that it found, not one that stands in its place later.
"""

from __future__ import annotations

from typing import Final

from zapviz.model.actions import STATEMENT, action, facts_of
from zapviz.model.elements import Elements, Footprint
from zapviz.model.locks import taken
from zapviz.model.steps import Action, Actor, Move, Place, Rule, untitled
from zapviz.model.world import World, referenced

__all__ = ["await_folio", "named", "waits"]

WAITS_FOR_LOCK: Final = Rule(
    "waits-referenced",
    "Another CPU has the folio locked: this one waits, with a reference that keeps the folio "
    "from being freed or moved.",
    "folio_lock",
)


def named(world: World, place: Place) -> str:
    """Name an entry or a page-cache slot."""
    in_file, of, page = place
    return f"{world.files[of].name if in_file else world.areas[of].name}[{page}]"


def waits(
    actor: Actor, world: World, index: int, place: Place, again: Action | None
) -> Move | None:
    """Wait for a folio's lock with a reference on it, then take an action again.

    Give None, to wait without a step, where nothing would show the reference.

    Args:
        place: The entry or page-cache slot by which the folio was found.
        again: What wanted the lock; it finds the lock free and looks the folio up anew, as the
            kernel does once it has the lock. It has to name no folio. None: what follows anyhow.
    """
    if not actor.counts:
        return None
    world = referenced(world, index, 1)
    title = f"wait for {named(world, place)}, held by a reference"
    step = actor.shows_at(place, "lock", world, untitled(""), WAITS_FOR_LOCK, None, title=title)
    return Move(world, ((await_folio, index, place, again),), step)


def _awaited(on: Elements, place: Place, again: Action | None) -> Footprint:
    in_file, of, page = place
    own = Footprint(0, on.cached(of, page, page + 1) if in_file else on.entry(of, page))
    if again is None:
        return own
    asked = facts_of(again[0]).touches
    assert asked is not None
    touched: Footprint = asked(again, on)
    return own | touched


def _awaiting(again: Action | None) -> str:
    return facts_of(again[0]).key(again) if again else "folio_lock"


@action(touches=_awaited, leads_to=STATEMENT, folios=("index",), function=_awaiting)
def await_folio(
    actor: Actor, world: World, index: int, place: Place, again: Action | None
) -> Move | None:
    """Action: once the folio's lock is free, drop the reference and do what wanted the lock."""
    if taken(world, actor.cpu, "folio lock", index) is None:
        return None
    world = referenced(world, index, -1)
    if again is None:
        return Move(world)
    move: Move | None = again[0](actor, world, *again[1:])
    return move
