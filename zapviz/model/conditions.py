"""What an assertion asks of a state: whether its condition holds, and what stands there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, assert_never

from zapviz.model import program as p
from zapviz.model.entries import NONE, Entry, Kind
from zapviz.model.looks import counters
from zapviz.model.world import World, byte_of, file_named, in_swap_cache

__all__ = ["describe_failure", "evaluate", "parts"]

_MOST: Final = 3  # pages of a condition that are told


def parts(condition: p.Condition) -> list[p.Condition]:
    """Give the conditions of which a condition is made; itself if it is not made of several."""
    match condition:
        case p.All(inner) | p.AnyOf(inner):
            return [part for each in inner for part in parts(each)]
        case p.Not(inner):
            return parts(inner)
        case p.EntriesAre() | p.DataIs() | p.CounterIs() | p.ResultIs():
            return [condition]
        case p.CountIs() | p.Exclusive() | p.SwapCached():
            return [condition]
        case _:
            assert_never(condition)


def describe_failure(
    world: World, condition: p.Condition, results: Mapping[p.ResultIs, str]
) -> str:
    """Say what stands where a condition that does not hold looks, and what it asks for there.

    Of a condition made with ``and`` only the parts that do not hold are told; of one made with
    ``or`` or ``not``, what stands there.

    Args:
        world: The state.
        condition: The condition.
        results: What the calls of its parts gave, those that were reached.
    """
    if isinstance(condition, p.AnyOf | p.Not):
        return "; ".join(_actual(world, part, results) for part in parts(condition))
    failing = [part for part in parts(condition) if not _holds(world, part, results)]
    return "; ".join(
        _actual(world, part, results) + _asked(part) for part in failing or parts(condition)[:1]
    )


def _holds(world: World, part: p.Condition, results: Mapping[p.ResultIs, str]) -> bool:
    # A part whose call was not reached is not what failed.
    return evaluate(lambda: world, part, lambda call: results.get(call, call.result))


def _actual(world: World, part: p.Condition, results: Mapping[p.ResultIs, str]) -> str:
    """Say what stands where a part of a condition looks; of several pages, those that are not as
    asked, as far as there are such.
    """
    match part:
        case p.EntriesAre(pages):
            said = [f"is {entry.kind}" for entry in _entries(world, pages)]
            return _listed(world, part, said)
        case p.DataIs(pages):
            held = [byte_of(world, entry) for entry in _entries(world, pages)]
            said = [f"holds {'no data' if byte is None else byte}" for byte in held]
            return _listed(world, part, said)
        case p.CounterIs(counter):
            whose = f"{part.process}." if part.process else ""
            return f"{whose}rss.{counter} is {_counter(world, part)}"
        case p.CountIs(what, pages):
            counts = [_count(world, what, entry) for entry in _entries(world, pages)]
            word = "page" if what == "mapcount" else "swap slot"
            tail = "" if part.negated else f", not {part.value}"
            said = [f"has {f'no {word}' if n is None else f'{what} {n}{tail}'}" for n in counts]
            return _listed(world, part, said)
        case p.Exclusive(pages):
            counts = [_count(world, "mapcount", entry) for entry in _entries(world, pages)]
            said = ["maps no page" if n is None else f"has mapcount {n}, not 1" for n in counts]
            return _listed(world, part, said)
        case p.SwapCached(pages):
            inside = [in_swap_cache(world, entry) for entry in _entries(world, pages)]
            said = [f"is {'' if cached else 'not '}in the swap cache" for cached in inside]
            return _listed(world, part, said)
        case p.ResultIs(call):
            result = p.returned(call, results.get(part, "nothing"))
            return f"{call.written or 'the call'} gives {result}"
        case p.All() | p.AnyOf() | p.Not():
            return "; ".join(_actual(world, one, results) for one in parts(part))
        case _:
            assert_never(part)


def _asked(part: p.Condition) -> str:
    match part:
        case p.EntriesAre(_, kinds, negated):
            return "" if negated else f", not {' or '.join(kinds)}"
        case p.DataIs(_, value, negated) | p.CounterIs(_, value, negated):
            return "" if negated else f", not {value}"
        case p.ResultIs(call, result, negated):
            return "" if negated else f", not {p.returned(call, result)}"
        case p.CountIs() | p.Exclusive() | p.SwapCached():
            return ""
        case p.All() | p.AnyOf() | p.Not():
            return ""
        case _:
            assert_never(part)


def _counter(world: World, asked: p.CounterIs) -> int:
    whose = f"{asked.process}." if asked.process else ""
    return counters(world)[f"{whose}{asked.counter}"]


def _count(world: World, what: str, entry: Entry) -> int | None:
    """Count the entries that map an entry's page, or have its slot; None: it has none."""
    if what == "slot_count":
        slot = world.slots[entry.slot] if entry.kind is Kind.SWAP else None
        return None if slot is None else slot.holders
    folio = world.folios[entry.folio] if entry.maps_folio else None
    return None if folio is None else folio.mapcount


def _listed(
    world: World,
    part: p.EntriesAre | p.DataIs | p.CountIs | p.Exclusive | p.SwapCached,
    said: list[str],
) -> str:
    """List pages with what is said of each: those that are not as asked, at most three of them."""
    pages = part.pages
    single = [replace(part, pages=p.Pages(pages.name, pages.first + at, pages.first + at + 1))
              for at in range(len(said))]  # fmt: skip
    wrong = [at for at, one in enumerate(single) if not evaluate(lambda: world, one)]
    shown = wrong or list(range(len(said)))
    listed = [f"{pages.name}[{pages.first + at}] {said[at]}" for at in shown[:_MOST]]
    return ", ".join(listed) + (", ..." if len(shown) > _MOST else "")


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
        case p.CounterIs(_, value, negated):
            return (_counter(world(), condition) == value) != negated
        case p.CountIs(what, pages, value, negated):
            counts = [_count(world(), what, entry) for entry in _entries(world(), pages)]
            return all(count is not None and (count == value) != negated for count in counts)
        case p.Exclusive(pages):
            return all(_count(world(), "mapcount", e) == 1 for e in _entries(world(), pages))
        case p.SwapCached(pages):
            return all(in_swap_cache(world(), entry) for entry in _entries(world(), pages))
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
