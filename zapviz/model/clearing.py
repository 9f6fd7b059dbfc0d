"""Entries that are clear for a moment, while what takes their place is on its way.

Who unmaps a folio clears an entry, flushes the TLB and then sets what the entry becomes, all under
the page table lock (try_to_unmap_one(), try_to_migrate_one(), mm/rmap.c). A fault that comes in
between looks at the entry without that lock, sees none, and goes for the page itself; everybody
else waits for the lock, and so meets the entry as it was before or as it is afterwards.
"""

from __future__ import annotations

from typing import Final

from zapviz.model.locks import folio_lock, with_lock
from zapviz.model.steps import Actor, Pass, Place, Rule, Step
from zapviz.model.world import Lock, World

__all__ = ["CLEARS_ENTRY", "cleared", "clearing", "clears_entry", "matters", "seen_clear"]

CLEARS_ENTRY: Final = (
    "The entry is cleared and the TLB flushed before its new value is set: a fault that comes now "
    "sees no entry, and goes for the page itself."
)


def matters(actor: Actor, world: World, area: int, page: int) -> bool:
    """Tell whether some CPU can see an entry clear, and do what shows: go for a file's page.

    Below a private page there may be one, which comes into the page cache then.
    """
    folio = world.folios[world.areas[area].entries[page].folio]
    if not actor.counts or folio is None:
        return False
    if folio.file >= 0:
        return True
    vma = world.areas[area].vma_behind(page)
    return actor.faults and vma is not None and vma.file >= 0


def clearing(world: World, cpu: int, area: int, page: int) -> World | None:
    """Clear an entry before something else is put in its place; None: this CPU did so already."""
    lock = Lock("page table lock", area, cpu, False, page, page + 1)
    return None if lock in world.locks else with_lock(world, lock)


def cleared(world: World, cpu: int, area: int, page: int) -> World:
    """Release the page table lock under which an entry was cleared, if it was."""
    lock = Lock("page table lock", area, cpu, False, page, page + 1)
    if lock not in world.locks:
        return world
    at = world.locks.index(lock)
    return world._replace(locks=world.locks[:at] + world.locks[at + 1 :])


def seen_clear(world: World, area: int, page: int) -> bool:
    """Tell whether an entry is clear for a moment, for whoever looks at it without its lock."""
    folio = world.areas[area].entries[page].folio
    return any(
        lock.kind == "page table lock"
        and (lock.of, lock.first) == (area, page)
        and folio_lock(lock.cpu, folio) in world.locks  # else another entry came meanwhile
        for lock in world.locks
    )


def clears_entry(
    actor: Actor,
    world: World,
    area: int,
    page: int,
    part: Pass,
    rule: Rule,
    under: tuple[Lock, ...],
) -> Step:
    """Give the step that clears an entry for a moment."""
    title = f"clear {world.areas[area].name}[{page}] for a moment"
    place = Place(False, area, page)
    return actor.shows_at(place, "lock", world, part, rule, None, under=under, title=title)
