"""Every interleaving of a scenario's CPUs, as users hold it.

>>> exploration = race("race-punch")
>>> exploration.ok, exploration.complete, len(exploration.finals)
(True, True, 1)
"""

from __future__ import annotations

import math

from zapviz.api.traces import Trace
from zapviz.door import door
from zapviz.kernels.known import Kernel
from zapviz.kernels.known import kernel as find_kernel
from zapviz.races import exploration, search
from zapviz.races import replay as one_order
from zapviz.races.cpus import Schedule
from zapviz.races.search import MAX_STATES
from zapviz.render.text.race import format_exploration
from zapviz.scenario.given import GivenScenario, given_program, given_source
from zapviz.trace.turns import Choice

__all__ = ["Exploration", "choices", "follow", "race", "replay"]


@door
def race(
    scenario: GivenScenario,
    kernel: str | Kernel | None = None,
    *,
    whole_table: bool = False,
    reduced: bool = False,
    max_states: int = MAX_STATES,
    max_seconds: float = math.inf,
    check: bool = True,
) -> Exploration:
    """Explore every interleaving of a scenario's CPUs.

    Args:
        scenario: Its text, a shipped one's name, a permalink, a path, or a program.
        kernel: A kernel or its name; None: that of the permalink or mail, else ``DEFAULT_KERNEL``.
        whole_table: Whether the entries that one pass decides under one page table's lock
            stay together.
        reduced: Whether to leave out orders of steps that cannot matter; interleavings are
            then counted without those orders.
        max_states: Where to stop.
        max_seconds: The time after which to stop.
        check: Whether to check the invariants in every state.

    Raises:
        ZapvizError: The scenario has no CPUs, or the name or kernel is unknown.
    """
    source = given_source(scenario)
    explored = search.search_orders(
        source.program,
        source.kernel(kernel),
        whole_table=whole_table,
        reduced=reduced,
        max_states=max_states,
        max_seconds=max_seconds,
        check=check,
    )
    return Exploration(**vars(explored))


class Exploration(exploration.Exploration):
    """An exploration of a scenario that shows itself."""

    @door
    def text(self, name: str = "scenario", *, ladders: bool = False) -> str:
        """Give what ``zapviz race`` prints.

        Args:
            name: The scenario's name in the last line, which is there for grep.
            ladders: Whether to show a shortest way to each final state.
        """
        return format_exploration(self, name, ladders=ladders)

    @door
    def trace(self, schedule: Schedule) -> Trace:
        """Run one interleaving; see :func:`replay`."""
        return Trace.of(self.run(schedule))


def replay(
    scenario: GivenScenario,
    kernel: str | Kernel,
    schedule: Schedule,
    *,
    whole_table: bool = False,
    offers: bool = False,
) -> Trace:
    """Run one interleaving of a scenario's CPUs, each step marked with its CPU.

    Args:
        schedule: The CPU that takes each step. Where it ends before the CPUs do, so does
            the trace.
        offers: Whether each turn of the trace tells what else could have been taken.

    Raises:
        ZapvizError: A CPU is named that has no step to take, or there are no CPUs.
    """
    program = given_program(scenario)
    run = one_order.replay(
        program, find_kernel(kernel), schedule, whole_table=whole_table, offers=offers
    )
    return Trace.of(run)


def follow(
    scenario: GivenScenario,
    kernel: str | Kernel,
    order: Schedule,
    *,
    whole_table: bool = False,
) -> Schedule:
    """Give the schedule that follows an order of CPUs as far as it goes, and then runs to the
    end.
    """
    program = given_program(scenario)
    return one_order.follow(program, find_kernel(kernel), order, whole_table=whole_table)


def choices(
    scenario: GivenScenario,
    kernel: str | Kernel,
    schedule: Schedule = (),
    *,
    whole_table: bool = False,
) -> tuple[Choice, ...]:
    """Give the steps that can be taken next, one for each CPU that need not wait.

    Args:
        schedule: The steps taken so far; empty at the first point where the CPUs run.

    Raises:
        ZapvizError: A CPU is named that has no step to take, or there are no CPUs.
    """
    program = given_program(scenario)
    return one_order.choices(program, find_kernel(kernel), schedule, whole_table=whole_table)
