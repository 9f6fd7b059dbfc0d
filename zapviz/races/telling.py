"""The order of a race that tells the most, for texts and pictures that show one order.

It is one in which an assertion fails, if there is such an order. Else it shows what the scenario
asserts with ``sometimes``; and if nothing is asserted so, it is any shortest order.

>>> from zapviz.kernels.known import KERNELS
>>> from zapviz.scenario.library import SCENARIOS
>>> run = telling_order(SCENARIOS["race-swap-out"].program, KERNELS["v5.17"])
>>> run.ok
False
>>> run.about_order.partition(";")[0]
'A shortest order in which lines 15 and 17 fail'
"""

from __future__ import annotations

import math
from typing import NamedTuple

from zapviz.collecting import collecting_later
from zapviz.kernels.known import Kernel
from zapviz.model import program as p
from zapviz.races.cpus import Schedule
from zapviz.races.exploration import AssertionVerdict, Exploration, FinalState
from zapviz.races.replay import follow, replay
from zapviz.races.search import MAX_STATES, search_steps
from zapviz.trace.run import Run
from zapviz.words import how_many, joined
from zapviz.work import Steps, whole

__all__ = ["explored_size", "telling_order", "telling_steps"]


class _Chosen(NamedTuple):
    """An order, and why it is shown."""

    schedule: Schedule
    why: str  # a sentence without its end


def telling_order(
    program: p.Program,
    kernel: Kernel,
    *,
    whole_table: bool = False,
    max_states: int = MAX_STATES,
) -> Run:
    """Explore a race, and run the order that shows the most.

    Args:
        program: The scenario.
        kernel: The kernel.
        whole_table: Whether the entries that one pass decides under one page table's lock stay
            together.
        max_states: Where to stop exploring.

    Returns:
        The run; its ``about_order`` says why this order was chosen.

    Raises:
        ZapvizError: The scenario has no CPUs.
    """
    with collecting_later():
        return whole(telling_steps(program, kernel, whole_table=whole_table, max_states=max_states))


def telling_steps(
    program: p.Program,
    kernel: Kernel,
    *,
    whole_table: bool = False,
    max_states: int = MAX_STATES,
    max_seconds: float = math.inf,
) -> Steps[Run]:
    """Do as :func:`telling_order` does, in steps; told to stop, it chooses of what was found.

    Args:
        max_seconds: The time after which to stop exploring.

    Raises:
        ZapvizError: The scenario has no CPUs.
    """
    found = yield from search_steps(
        program,
        kernel,
        whole_table=whole_table,
        max_states=max_states,
        max_seconds=max_seconds,
    )
    schedule, why = _chosen(found)
    run = replay(program, kernel, schedule, whole_table=whole_table, offers=True)
    run.about_order = f"{why} ({explored_size(found)})."
    run.note = run.about_order
    run.explored = found.decided_of_all
    return run


def explored_size(found: Exploration) -> str:
    """Say how much was explored: a size, which says nothing of how likely an order is."""
    if not found.complete:
        return f"not all was explored: {how_many(found.states, 'state')}"
    return f"fully explored: {how_many(found.interleavings, 'order')}"


def _chosen(found: Exploration) -> _Chosen:
    """Choose the order."""
    total = how_many(len(found.finals), "final state")
    fails = [v for v in found.verdicts if v.ok is False and v.statement.quantifier != "sometimes"]
    if fails:
        one = min(fails, key=lambda verdict: len(verdict.schedule or ()))
        assert one.schedule is not None
        return _Chosen(one.schedule, _why_it_fails(found, one, fails))
    if found.deadlocks:
        dead = min(found.deadlocks, key=lambda each: len(each.schedule))
        return _Chosen(dead.schedule, "A shortest order that ends where nothing can go on")
    if not found.finals:
        return _Chosen(follow(found.program, found.kernel, ()), "The CPUs in turn")
    asked = [
        number
        for number, verdict in enumerate(found.verdicts)
        if verdict.statement.quantifier == "sometimes"
    ]
    final = min(found.finals, key=lambda each: _misses(each, asked))
    unseen = [found.verdicts[number] for number in asked if found.verdicts[number].ok is False]
    shown = [found.verdicts[number] for number in asked if final.holds[number]]
    if unseen:
        what = f"No order shows {_lines(unseen)}"
        if shown:
            return _Chosen(final.schedule, f"{what}; a shortest order that shows {_lines(shown)}")
        return _Chosen(final.schedule, f"{what}; a shortest order of the CPUs")
    if shown:
        holding = dict.fromkeys(verdict.holding for verdict in shown)
        why = f"A shortest order that shows {_lines(shown)}, true in "
        why += f"{joined([f'{number:,}' for number in holding])} of {total}"
        others = [found.verdicts[number] for number in asked if not final.holds[number]]
        why += f"; other orders show {_lines(others)}" if others else ""
        return _Chosen(final.schedule, why)
    if found.verdicts and found.complete:
        every = "the final state" if len(found.finals) == 1 else f"each of {total}"
        return _Chosen(final.schedule, f"A shortest order; every assertion holds in {every}")
    so_far = "" if found.complete else " met so far"
    return _Chosen(final.schedule, f"A shortest order; there are {total}{so_far}")


def _why_it_fails(found: Exploration, one: AssertionVerdict, fails: list[AssertionVerdict]) -> str:
    """Name the assertions that fail in the order of one verdict, and those that fail in others."""
    final = next((each for each in found.finals if each.schedule == one.schedule), None)
    here = [
        verdict
        for number, verdict in enumerate(found.verdicts)
        if verdict in fails and (verdict is one or (final is not None and not final.holds[number]))
    ]
    elsewhere = [verdict for verdict in fails if verdict not in here]
    total = how_many(len(found.finals), "final state")
    failing = dict.fromkeys(len(found.finals) - verdict.holding for verdict in here)
    verb, subject = ("fail", "they fail") if len(here) > 1 else ("fails", "it fails")
    text = f"A shortest order in which {_lines(here)} {verb}; {subject} in "
    text += f"{joined([f'{number:,}' for number in failing])} of {total}"
    if elsewhere:
        text += f"; {_lines(elsewhere)} {'fail' if len(elsewhere) > 1 else 'fails'} in other orders"
    return text


def _misses(final: FinalState, asked: list[int]) -> tuple[int, int]:
    """Rank a final state: by how many of the asked assertions do not hold in it, then by its
    order's length.
    """
    return sum(not final.holds[number] for number in asked), len(final.schedule)


def _lines(verdicts: list[AssertionVerdict]) -> str:
    """Name the lines of assertions."""
    lines = joined([str(verdict.statement.line) for verdict in verdicts])
    return f"line{'s' if len(verdicts) > 1 else ''} {lines}"
