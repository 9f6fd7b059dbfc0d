"""What a process can tell of a state: classes of entries, data, sizes, counters."""

from __future__ import annotations

from typing import Any

from zapviz.model.entries import Entry
from zapviz.model.world import World, byte_of

__all__ = [
    "looks",
    "seen",
]


def looks(world: World) -> Any:
    """Give what a process can tell of a final state: entries, data, sizes, counters."""
    return (
        tuple(tuple(seen(world, entry) for entry in area.entries) for area in world.areas),
        tuple((f.size, tuple(seen(world, entry) for entry in f.cache)) for f in world.files),
        world.rss,
        tuple(lock.kind for lock in world.locks),
    )


def seen(world: World, entry: Entry) -> tuple[str, int | None]:
    """Give the class of an entry, and the byte that its page holds."""
    return (entry.kind, byte_of(world, entry))
