"""What a process can tell of a state: classes of entries, data, sizes, counters."""

from __future__ import annotations

from typing import Any

from zapviz.model.entries import Bit, Entry
from zapviz.model.program import COUNTERS
from zapviz.model.world import World, byte_of

__all__ = [
    "counters",
    "looks",
    "seen",
    "write_protected",
]


def looks(world: World) -> Any:
    """Give what a process can tell of a final state: entries, data, sizes, counters."""
    return (
        tuple(tuple(seen(world, entry) for entry in area.entries) for area in world.areas),
        tuple((f.size, tuple(seen(world, entry) for entry in f.cache)) for f in world.files),
        tuple(process.rss for process in world.processes),
        tuple(lock.kind for lock in world.locks),
    )


def counters(world: World) -> dict[str, int]:
    """Give every process's rss counters, in pages: ``anonpages``, a child's ``C.anonpages``."""
    return {
        f"{process.name}.{counter}" if process.name else counter: pages
        for process in world.processes
        for counter, pages in zip(COUNTERS, process.rss, strict=True)
    }


def write_protected(world: World) -> tuple[tuple[int, int], ...]:
    """Give the entries, (area, page) each, that userfaultfd write-protects."""
    return tuple(
        (area, page)
        for area, one in enumerate(world.areas)
        for page, entry in enumerate(one.entries)
        if entry.bits & Bit.UFFD_WP
    )


def seen(world: World, entry: Entry) -> tuple[str, int | None]:
    """Give the class of an entry, and the byte that its page holds."""
    return (entry.kind, byte_of(world, entry))
