"""The order of a race that is exported: the one in which it fails, else the one that shows most."""

from __future__ import annotations

import pytest

import zapviz
from zapviz.kernels.known import kernel
from zapviz.model import program as p
from zapviz.model.machine import BLOCKED
from zapviz.races.telling import telling_order
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import parse_scenario
from zapviz.trace.run import Run

RACES = [name for name, scenario in SCENARIOS.items() if scenario.program.concurrent]
FAILING = [
    ("race-swap-out", "v5.17"),
    ("race-swap-punch", "rfc-v2"),
    ("race-cow", "v6.18 + second_pass=False"),
]


def told(text: str, name: str = "v6.18") -> Run:
    """The order of a text that tells the most."""
    return telling_order(parse_scenario(text), kernel(name))


@pytest.mark.parametrize(("name", "kernel_name"), FAILING)
def test_where_an_assertion_fails_it_fails_in_the_order(name: str, kernel_name: str) -> None:
    """It is as short as the one that zapviz race shows, and says in how many states it fails."""
    run = telling_order(SCENARIOS[name].program, kernel(kernel_name))
    found = zapviz.race(name, kernel(kernel_name))
    verdict = next(verdict for verdict in found.verdicts if verdict.ok is False)
    assert not run.ok
    assert run.schedule == verdict.schedule
    failed = [str(one.statement.line) for one in run.outcomes if one.refuted]
    assert run.about_order.startswith("A shortest order in which line")
    assert all(line in run.about_order for line in failed)
    fails = len(found.finals) - verdict.holding
    assert f"in {fails} of {len(found.finals)} final states" in run.about_order
    assert f"fully explored: {found.interleavings:,} orders" in run.about_order


@pytest.mark.parametrize("name", RACES)
@pytest.mark.parametrize("kernel_name", ["v5.17", "v6.18"])
def test_an_order_is_whole(name: str, kernel_name: str) -> None:
    """It goes to the end, and no assertion fails in it unless one fails in the race."""
    run = telling_order(SCENARIOS[name].program, kernel(kernel_name))
    assert len(run.outcomes) == len(run.program.statements)
    assert run.ok == zapviz.race(name, kernel_name).ok
    assert len(run.functions) == len(run.steps)


def test_what_is_asserted_with_sometimes_is_shown() -> None:
    """A shortest order that shows it; where one order cannot show all, the others are named."""
    run = telling_order(SCENARIOS["race-punch-read"].program, kernel("v6.18"))
    shown = [one for one in run.outcomes if isinstance(one.statement, p.Assert)]
    assert [one.ok for one in shown].count(True) == 2
    assert "A shortest order that shows line 16, true in 1 of 2 final states" in run.about_order
    assert "other orders show line 17" in run.about_order


RACE = (
    "N = anon(1)\nN[0] = 1\ndef CPU0():\n    madvise(N, MADV_DONTNEED)\ndef CPU1():\n    read(N)\n"
)


def test_what_no_order_shows_is_said() -> None:
    """A "sometimes" that fails has no order; any shortest one is shown, and says so."""
    run = told(f"{RACE}assert sometimes(N[0] == swap)\n")
    assert run.about_order.startswith("No order shows line 7; a shortest order of the CPUs (fully")
    both = told(f"{RACE}assert sometimes(N[0] == swap)\nassert sometimes(N[0] == zero)\n")
    assert "No order shows line 7; a shortest order that shows line 8" in both.about_order
    assert both.world(-1).areas[0].entries[0].kind == "zero"


def test_without_assertions_it_is_a_shortest_order() -> None:
    """How many final states there are is told."""
    run = told(RACE)
    finals = zapviz.race(RACE).finals
    assert len(run.schedule or ()) == min(len(final.schedule) for final in finals)
    assert run.about_order.startswith(f"A shortest order; there are {len(finals)} final states")


def test_assertions_that_fail_apart_are_told_apart() -> None:
    """Those that fail in the order that is shown, and those that fail in others."""
    text = f"{RACE}assert always(N[0] == zero)\nassert always(N[0] == none)\n"
    run = told(text)
    here = [one.statement.line for one in run.outcomes if one.refuted]
    assert len(here) == 1
    other = {7: 8, 8: 7}[here[0]]
    assert f"A shortest order in which line {here[0]} fails; it fails in 1 of 2" in run.about_order
    assert f"; line {other} fails in other orders" in run.about_order


def test_a_cpu_that_never_goes_on_is_shown() -> None:
    """The guard that is restarted for ever: the order that ends there."""
    run = told(
        "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\n"
        "def CPU0():\n    uffd_wp(A)\ndef CPU1():\n    madvise(A, MADV_GUARD_INSTALL)\n"
    )
    assert "ends where nothing can go on" in run.about_order
    assert BLOCKED in {one.result for one in run.outcomes}


def test_what_was_not_all_explored_says_so() -> None:
    """No number of orders is told then; what fails fails."""
    program = SCENARIOS["race-swap-out"].program
    run = telling_order(program, kernel("v5.17"), max_states=60)
    assert not run.ok
    assert "not all was explored: 61 states" in run.about_order
    assert "orders)" not in run.about_order
