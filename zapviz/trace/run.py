"""A run: a scenario's steps on one kernel, with the state after each.

>>> from zapviz.scenario.text import parse_scenario
>>> program = parse_scenario("N = anon(2)\\nN[0] = 7\\nassert N[0] == anon")
>>> run = Run(program, zapviz.kernel("v6.18"))
>>> run.ok, len(run.steps)
(True, 3)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple, Self

from zapviz.errors import StateError, ZapvizError, numbered
from zapviz.kernels.known import Kernel
from zapviz.kernels.known_differences import KnownDifference
from zapviz.model import program as p
from zapviz.model.machine import BLOCKED, Outcome, run_program
from zapviz.model.meetings import Meetings
from zapviz.model.steps import Step
from zapviz.model.world import World
from zapviz.scenario.text import format_scenario, statement_texts
from zapviz.trace.turns import Turn
from zapviz.words import how_many
from zapviz.work import Steps, Stopped, whole

__all__ = ["IN_TURN", "MAX_STEPS", "Judged", "Run"]

IN_TURN: Final = (
    "The CPUs are run one after the other here: one interleaving of many. "
    "zapviz race explores them all."
)
"""The note on a scenario with CPUs that were run in turn."""

MAX_STEPS: Final = 20_000
"""Most steps of a run; nobody steps through more."""


class Judged(NamedTuple):
    """The outcome of an assertion, and of which orders of the CPUs it speaks."""

    verdict: str  # "holds", "fails", or "undecided" where one order cannot tell
    where: str = ""  # such as "in this order"; "" where no CPUs come before it


class Run:
    """A scenario's run on one kernel, step by step.

    ``program``, ``kernel``, ``steps`` (a Step each) and ``outcomes`` (one for each statement that
    ran) are plain values. State 0 is the empty world; state n is the world after ``steps[n - 1]``.
    ``schedule`` is the interleaving, where one was chosen, and ``turns`` are the steps of that
    schedule.
    """

    turns: tuple[Turn, ...] = ()
    schedule: tuple[int, ...] | None = None
    whole_table: bool = False
    functions: tuple[tuple[str, str], ...] = ()
    """For each step of a schedule, the kernel's names of the function that does it, and of the one
    in which its locks are taken; "" where there is none.
    """
    about_order: str = ""
    """Why this order of the CPUs is shown, where it was chosen for what it shows."""
    explored: Mapping[int, bool] = MappingProxyType({})
    """For the assertions that say ``always`` or ``sometimes``, by their statement's index, whether
    they hold, where every order was explored.
    """

    def __init__(self, program: p.Program, kernel: Kernel) -> None:
        whole(self._running(program, kernel))

    @classmethod
    def in_steps(cls, program: p.Program, kernel: Kernel) -> Steps[Self]:
        """Run a scenario as ``Run()`` does, in steps: a statement at a time.

        Raises:
            ZapvizError: It takes too many steps, or was stopped.
        """
        run = cls.__new__(cls)
        yield from run._running(program, kernel)
        return run

    def _running(self, program: p.Program, kernel: Kernel) -> Steps[None]:
        steps: list[Step] = []
        owners: list[int] = []
        outcomes: list[Outcome] = []
        for outcome in run_program(program, kernel, steps):
            owners += [len(outcomes)] * (len(steps) - len(owners))
            outcomes.append(outcome)
            if len(steps) > MAX_STEPS:
                raise ZapvizError(
                    f"the scenario takes more than {MAX_STEPS} steps, up to line "
                    f"{outcome.statement.line}; give it fewer statements or fewer pages"
                )
            if (yield f"{how_many(len(steps), 'step')}, up to line {outcome.statement.line}"):
                raise Stopped(
                    f"stopped at line {outcome.statement.line}, before all had run, so there is "
                    "nothing to show"
                )
        self._keep(program, kernel, steps, outcomes, owners, IN_TURN if program.concurrent else "")

    @classmethod
    def recorded(
        cls,
        program: p.Program,
        kernel: Kernel,
        steps: Sequence[Step],
        outcomes: Sequence[Outcome],
        owners: Sequence[int],
        note: str = "",
        turns: Sequence[Turn] | None = None,
        whole_table: bool = False,
        functions: Sequence[tuple[str, str]] = (),
    ) -> Self:
        """Make the run of steps that were taken elsewhere, such as those of several CPUs.

        Args:
            program: The scenario.
            kernel: The kernel that took the steps.
            steps: The steps.
            outcomes: One for each statement that ran.
            owners: The index of the statement that each step belongs to; those of CPUs can
                alternate.
            note: A note for the reader of the run.
            turns: The steps of its schedule; None: no schedule was chosen.
            whole_table: Whether the entries that one pass decides under one page table's lock count
                as one step of the schedule.
            functions: The kernel's names of each step's functions.
        """
        run = cls.__new__(cls)
        run._keep(program, kernel, steps, outcomes, owners, note)
        if turns is not None:
            run.turns = tuple(turns)
            run.schedule = tuple(turn.cpu for turn in turns if turn.cpu >= 0)
        run.whole_table = whole_table
        run.functions = tuple(functions)
        return run

    def _keep(
        self,
        program: p.Program,
        kernel: Kernel,
        steps: Sequence[Step],
        outcomes: Sequence[Outcome],
        owners: Sequence[int],
        note: str,
    ) -> None:
        self.program = program
        self.kernel = kernel
        self.steps = tuple(steps)
        self.outcomes = tuple(outcomes)
        self.note = note
        self._owners = tuple(owners)
        # The first and the last step of each statement; for one without steps, where they would be.
        self._spans: list[tuple[int, int]] = []
        firsts: dict[int, int] = {}
        lasts: dict[int, int] = {}
        for number, owner in enumerate(owners, 1):
            firsts.setdefault(owner, number)
            lasts[owner] = number
        last = 0
        for index in range(len(outcomes)):
            first, last = firsts.get(index, last + 1), lasts.get(index, last)
            self._spans.append((first, last))

    def up_to(self, statement: int) -> Run:
        """Give the run of the program above a statement, which is a part of this one.

        Args:
            statement: Its index; no CPUs stand above it.
        """
        until = self._spans[statement][0] - 1
        return Run.recorded(
            replace(self.program, statements=self.program.statements[:statement]),
            self.kernel,
            self.steps[:until],
            self.outcomes[:statement],
            self._owners[:until],
        )

    @cached_property
    def met(self) -> tuple[tuple[int, KnownDifference], ...]:
        """The known differences to real kernels that it meets, each with its statement's index.

        Each is given once, where it is met first.
        """
        meetings = Meetings(self.kernel)
        steps: list[list[Step]] = [[] for _ in self.outcomes]
        for step, owner in zip(self.steps, self._owners, strict=True):
            steps[owner].append(step)
        first: dict[KnownDifference, int] = {}
        before = World()
        for index, outcome in enumerate(self.outcomes):
            for known in meetings.of(outcome.statement, before, steps[index]):
                first.setdefault(known, index)
            before = outcome.world
        return tuple((index, known) for known, index in first.items())

    @property
    def ok(self) -> bool:
        """Whether every assertion holds and nothing blocked."""
        return not any(outcome.refuted for outcome in self.outcomes)

    def judged(self, statement: int) -> Judged | None:
        """Give the outcome of an assertion; None for other statements.

        What speaks of every order of the CPUs is undecided by one of them, until all were explored.
        """
        one = self.outcomes[statement]
        if not isinstance(one.statement, p.Assert):
            return None
        every = self.explored.get(statement)
        if one.undecided:
            if every is None:
                return Judged("undecided")
            where = "in every order" if every is one.ok else "in another order"
            return Judged("holds" if every else "fails", where)
        below = any(isinstance(each.statement, p.Cpu) for each in self.outcomes[:statement])
        fails = one.refuted or one.result == BLOCKED
        return Judged("fails" if fails else "holds", "in this order" if below else "")

    @property
    def last(self) -> int:
        """The number of the last state."""
        return len(self.steps)

    def world(self, step: int) -> World:
        """Give the world of state ``step``, 0 to ``last``; negative counts from the end."""
        if step < 0:
            step += self.last + 1
        return self.steps[step - 1].world if step else World()

    def number(self, step: int) -> int:
        """Give the number of a state, counted from 0; negative counts from the end.

        Raises:
            StateError: There is no such state.
        """
        return numbered("state", step, self.last, f"on {self.kernel.name} ")

    def at_line(self, line: int) -> int:
        """Give the number of the state after the statement in a line; of several, after the last
        one.

        Raises:
            StateError: No statement stands there; the message lists the lines that have one.
        """
        return self.last_state_of(self.statement_at(line))

    def statement_at(self, line: int) -> int:
        """Give the index of the statement in a line; of several, that of the last one.

        Raises:
            StateError: No statement stands there; the message lists the lines that have one.
        """
        lines = [outcome.statement.line for outcome in self.outcomes]
        if line not in lines:
            there = ", ".join(map(str, dict.fromkeys(lines)))
            raise StateError(f"no statement stands in line {line}; there are some in lines {there}")
        return len(lines) - 1 - lines[::-1].index(line)

    def statement_of(self, step: int) -> int:
        """Give the index of the statement that a step belongs to; steps count from 1."""
        return self._owners[step - 1]

    def last_state_of(self, statement: int) -> int:
        """Give the number of the state after a statement, counted from 0."""
        return self._spans[statement][1]

    def span(self, statement: int) -> tuple[int, int]:
        """Give the first and the last step of a statement, counted from 1.

        Between the steps of a CPU's statement, steps of other CPUs may stand.
        """
        return self._spans[statement]

    def around(self, statement: int) -> tuple[int, int]:
        """Give the states before and after a statement; the CPUs of a race count as one."""
        cpus = [i for i, one in enumerate(self.outcomes) if isinstance(one.statement, p.Cpu)]
        spans = [self._spans[i] for i in (cpus if statement in cpus else [statement])]
        return min(first for first, _ in spans) - 1, max(last for _, last in spans)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Each statement as it is printed."""
        return statement_texts(self.program)[: len(self.outcomes)]

    @property
    def scenario(self) -> str:
        """The text in which the statements' lines count."""
        return self.program.source or format_scenario(self.program)

    def __repr__(self) -> str:
        title = self.program.title or "a scenario"
        blocked = any(outcome.result == BLOCKED for outcome in self.outcomes)
        outcome = "no assertion fails" if self.ok else "an assertion fails"
        outcome = "it never returns" if blocked else outcome
        name = type(self).__name__
        return f"<{name} of {title!r} on {self.kernel.name}: {self.last} steps, {outcome}>"
