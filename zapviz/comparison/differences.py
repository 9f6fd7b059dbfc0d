"""What differs between the states of several runs, as far as a process can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress, count
from operator import is_not
from typing import Final, NamedTuple, TypeAlias

from zapviz.comparison.align import End, Frame
from zapviz.model.entries import Entry, Kind
from zapviz.model.looks import counters, seen
from zapviz.model.world import World
from zapviz.trace.rows import row_order
from zapviz.trace.run import Run

__all__ = [
    "CounterDifference",
    "Differences",
    "EntryDifference",
    "SizeDifference",
]


Look: TypeAlias = tuple[str, int | None]
"""What a process can tell of an entry: its class, and the byte that its page holds."""


_ABSENT: Final[Look] = (Kind.UNMAPPED.value, None)  # a row that does not exist yet


class EntryDifference(NamedTuple):
    """An entry, or a slot of a file's page cache, that is not the same on all kernels."""

    row: str  # the name of the mapping or file; it is the id of its row in a run
    page: int
    seen: tuple[Look, ...]  # one for each kernel


class SizeDifference(NamedTuple):
    """A file whose i_size is not the same on all kernels."""

    file: str
    sizes: tuple[int | None, ...]  # bytes; None: there is no such file yet


class CounterDifference(NamedTuple):
    """An rss counter that is not the same on all kernels."""

    counter: str  # as in program.COUNTERS; of a child, "C.anonpages"
    pages: tuple[int, ...]


class Differences(NamedTuple):
    """All that is not the same on all kernels at one frame; false where nothing is."""

    entries: tuple[EntryDifference, ...] = ()
    counters: tuple[CounterDifference, ...] = ()
    sizes: tuple[SizeDifference, ...] = ()
    results: tuple[str, ...] = ()  # of the statement that ends at the frame, where they differ

    def __bool__(self) -> bool:
        return self != NO_DIFFERENCES


NO_DIFFERENCES: Final = Differences()


# ---- what differs -----------------------------------------------------------


class _Seen:
    """What a process can tell of a run's state, updated from state to state."""

    def __init__(self) -> None:
        self.number = 0
        self.world = World()
        self.rows: dict[str, tuple[Entry, ...]] = {}
        self.looks: dict[tuple[str, int], Look] = {}
        self.users: dict[int, set[tuple[str, int]]] = {}  # of each folio, the places that show it

    def go(self, world: World) -> set[tuple[str, int]]:
        """Move to a world, and give the places that may look different there."""
        old, self.world = self.world, world
        touched: set[tuple[str, int]] = set()
        if world.areas is not old.areas:
            for area in world.areas:
                self.row(area.name, area.entries, touched)
        if world.files is not old.files:
            for file in world.files:
                self.row(file.name, file.cache, touched)
        if world.folios is not old.folios:
            moved = [*compress(count(), map(is_not, world.folios, old.folios))]
            for at in (*moved, *range(len(old.folios), len(world.folios))):
                touched |= self.users.get(at, set())
        for spot in touched:
            row, page = spot
            self.looks[spot] = seen(world, self.rows[row][page])
        return touched

    def row(self, name: str, entries: tuple[Entry, ...], touched: set[tuple[str, int]]) -> None:
        """Take over the entries of one row."""
        had = self.rows.get(name, ())
        if entries is had:
            return
        self.rows[name] = entries
        pages = [*compress(count(), map(is_not, entries, had)), *range(len(had), len(entries))]
        for page in pages:
            if page < len(had):
                self.users.get(had[page].folio, set()).discard((name, page))
            self.users.setdefault(entries[page].folio, set()).add((name, page))
            touched.add((name, page))


def differences_of(
    runs: Sequence[Run], frames: Sequence[Frame], ends: Mapping[int, End]
) -> Iterator[Differences]:
    """Tell what differs at each frame.

    Args:
        runs: The runs, one for each kernel.
        frames: The frames, as :func:`zapviz.comparison.align.align` gives them.
        ends: The results of the statements that end at frames.
    """
    sides = [_Seen() for _ in runs]
    order = _row_order(runs)
    differing: dict[tuple[int, int], EntryDifference] = {}
    entries: tuple[EntryDifference, ...] = ()
    for at, frame in enumerate(frames):
        touched: set[tuple[str, int]] = set()
        for side, run, number in zip(sides, runs, frame, strict=True):
            if number != side.number:
                side.number = number
                touched |= side.go(run.steps[number - 1].world)
        changed = False
        for spot in touched:
            looks = [side.looks.get(spot, _ABSENT) for side in sides]
            row, page = spot
            key = (order[row], page)
            if all(look == looks[0] for look in looks):
                changed = differing.pop(key, None) is not None or changed
            else:
                changed = True
                seen_so = tuple((str(kind), data) for kind, data in looks)
                differing[key] = EntryDifference(row, page, seen_so)
        if changed:
            entries = tuple(differing[key] for key in sorted(differing))
        results: tuple[str, ...] = ()
        if at in ends:
            results = ends[at].results
        differences = Differences(
            entries,
            tuple(_counters([side.world for side in sides])),
            tuple(_sizes([side.world for side in sides])),
            results if len(set(results)) > 1 else (),
        )
        yield differences or NO_DIFFERENCES


def _row_order(runs: Sequence[Run]) -> dict[str, int]:
    """Give the rows in the order in which a run draws them: a file, its mappings, anonymous
    memory.
    """
    world = runs[0].world(-1)
    rows = row_order(runs[0].program, world)
    named = [world.files[at].name if in_file else world.areas[at].name for in_file, at in rows]
    return {name: at for at, name in enumerate(named)}


def _counters(worlds: Sequence[World]) -> Iterator[CounterDifference]:
    if all(world.processes == worlds[0].processes for world in worlds):
        return
    found = [counters(world) for world in worlds]
    for name in found[0]:
        pages = tuple(each.get(name, 0) for each in found)
        if len(set(pages)) > 1:
            yield CounterDifference(name, pages)


def _sizes(worlds: Sequence[World]) -> Iterator[SizeDifference]:
    if all(world.files == worlds[0].files for world in worlds):
        return
    sizes = [{file.name: file.size for file in world.files} for world in worlds]
    for name in max(sizes, key=len):
        held = tuple(each.get(name) for each in sizes)
        if len(set(held)) > 1:
            yield SizeDifference(name, held)
