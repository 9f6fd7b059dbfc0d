"""What an assertion asks of a state: whether its condition holds, and what stands there."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from zapviz.model import program as p
from zapviz.model.entries import NONE, Entry
from zapviz.model.world import World, byte_of, file_named

__all__ = ["describe_actual", "evaluate", "parts"]


def parts(condition: p.Condition) -> list[p.Condition]:
    """Give the conditions of which a condition is made; itself if it is not made of several."""
    match condition:
        case p.All(inner) | p.AnyOf(inner):
            return [part for each in inner for part in parts(each)]
        case p.Not(inner):
            return parts(inner)
        case p.EntriesAre() | p.DataIs() | p.CounterIs() | p.ResultIs():
            return [condition]
        case _:
            assert_never(condition)


def describe_actual(world: World, condition: p.Condition) -> str:
    """Say what stands where a failed condition looks."""
    match condition:
        case p.EntriesAre(pages):
            return _listed(pages, [str(entry.kind) for entry in _entries(world, pages)])
        case p.DataIs(pages):
            held = [byte_of(world, entry) for entry in _entries(world, pages)]
            return _listed(pages, ["no data" if byte is None else str(byte) for byte in held])
        case p.CounterIs(counter):
            return f"rss.{counter} is {world.rss[p.COUNTERS.index(counter)]}"
        case p.All(several) | p.AnyOf(several):
            return "; ".join(describe_actual(world, part) for part in several)
        case p.Not(part):
            return describe_actual(world, part)
        case p.ResultIs():
            return "another result"
        case _:
            assert_never(condition)


def _listed(pages: p.Pages, what: list[str]) -> str:
    """List pages and what each holds, at most eight of them."""
    shown = [f"{pages.name}[{pages.first + at}] {each}" for at, each in enumerate(what[:8])]
    return ", ".join(shown) + (", ..." if len(what) > 8 else "")


def evaluate(
    world: Callable[[], World],
    condition: p.Condition,
    call: Callable[[p.ResultIs], str] = lambda condition: "",
) -> bool:
    """Tell whether a condition holds; evaluate it as Python does: in order, no further than needed.

    Args:
        world: Gives the state at the moment of asking.
        condition: The condition.
        call: Runs the call of a ResultIs and gives its result.
    """
    match condition:
        case p.EntriesAre(pages, kinds, negated):
            return all((e.kind in kinds) != negated for e in _entries(world(), pages))
        case p.DataIs(pages, value, negated):
            return all((byte_of(world(), e) == value) != negated for e in _entries(world(), pages))
        case p.CounterIs(counter, value, negated):
            return (world().rss[p.COUNTERS.index(counter)] == value) != negated
        case p.ResultIs(_, result, negated):
            return (call(condition) == result) != negated
        case p.All(several):
            return all(evaluate(world, part, call) for part in several)
        case p.AnyOf(several):
            return any(evaluate(world, part, call) for part in several)
        case p.Not(part):
            return not evaluate(world, part, call)
        case _:
            assert_never(condition)


def _entries(world: World, pages: p.Pages) -> tuple[Entry, ...]:
    for area in world.areas:
        if area.name == pages.name:
            return area.entries[pages.first : pages.end]
    cache = world.files[file_named(world, pages.name)].cache[pages.first : pages.end]
    return cache + (NONE,) * (pages.count - len(cache))
