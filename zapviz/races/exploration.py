"""The results of an exploration of every interleaving."""

from __future__ import annotations

from dataclasses import dataclass, field

from zapviz.kernels.known import Kernel
from zapviz.model import program as p
from zapviz.model.machine import BLOCKED
from zapviz.model.world import World
from zapviz.races.cpus import Schedule
from zapviz.races.replay import replay
from zapviz.trace.run import Run
from zapviz.words import how_many

__all__ = [
    "AssertionVerdict",
    "Deadlock",
    "Exploration",
    "FinalState",
]


@dataclass(frozen=True)
class FinalState:
    """A state in which the CPUs can end, as far as a process can tell."""

    world: World
    results: tuple[tuple[str, ...], ...]  # of each CPU's statements
    count: int  # how many interleavings end so; 0: not counted
    schedule: Schedule  # a shortest one
    holds: tuple[bool, ...]  # each assertion below the CPUs
    # Worlds that look like this one but for what userfaultfd write-protects, which pagemap shows.
    alike: tuple[World, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether a statement below the CPUs would wait for ever."""
        return len(self.holds) > 0 and BLOCKED in self.results[-1]


@dataclass(frozen=True)
class Deadlock:
    """A state in which every CPU that is not done waits for another one."""

    world: World
    schedule: Schedule
    waiting: tuple[tuple[int, str], ...]  # each such CPU, and the kernel function that it waits in


@dataclass(frozen=True)
class AssertionVerdict:
    """The verdict on one assertion below the CPUs."""

    statement: p.Assert
    ok: bool | None  # None: not decided, since the exploration stopped early
    holding: int  # the number of final states in which its condition holds
    schedule: Schedule | None  # one where ``always`` fails or ``sometimes`` holds, else any


@dataclass(repr=False)
class Exploration:
    """The results of exploring a scenario's interleavings."""

    program: p.Program
    kernel: Kernel
    whole_table: bool
    reduced: bool
    finals: list[FinalState] = field(default_factory=list)
    deadlocks: list[Deadlock] = field(default_factory=list)
    verdicts: list[AssertionVerdict] = field(default_factory=list)
    broken: list[tuple[str, Schedule]] = field(default_factory=list)  # invariants
    failed: list[p.Assert] = field(default_factory=list)  # above the CPUs
    states: int = 0
    moves: int = 0  # steps from one state to another
    pending: int = 0  # states met but not gone on from
    stopped: str = ""  # why it stopped early: "bound", "time", "asked" or "interrupted"
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether everything was explored."""
        return not self.stopped

    @property
    def interleavings(self) -> int:
        """The number of interleavings that reach a final state."""
        return sum(final.count for final in self.finals)

    @property
    def ok(self) -> bool:
        """Whether every decided assertion holds, and nothing waits for ever."""
        return not (
            self.deadlocks
            or self.broken
            or self.failed
            or any(verdict.ok is False for verdict in self.verdicts)
        )

    @property
    def decided(self) -> bool:
        """Whether every assertion has its verdict."""
        return self.complete or not self.ok

    def __repr__(self) -> str:
        title = self.program.title or "a scenario"
        outcome = "all is as asserted" if self.ok else "not all is as asserted"
        outcome = outcome if self.decided else f"stopped early: {self.stopped}"
        states = how_many(len(self.finals), "final state")
        return (
            f"<Exploration of {title!r} on {self.kernel.name}: {states}, {outcome}; "
            "text() tells it>"
        )

    def run(self, schedule: Schedule) -> Run:
        """Run one interleaving; see :func:`zapviz.races.replay.replay`."""
        return replay(self.program, self.kernel, schedule, whole_table=self.whole_table)

    @property
    def decided_of_all(self) -> dict[int, bool]:
        """For assertions that say ``always`` or ``sometimes``, by their statement's index, whether
        they hold, as far as that is decided.
        """
        statements = self.program.statements
        cpus = [at for at, one in enumerate(statements) if isinstance(one, p.Cpu)]
        below = [
            at for at, one in enumerate(statements) if isinstance(one, p.Assert) and at > cpus[-1]
        ]
        return {
            at: verdict.ok
            for at, verdict in zip(below, self.verdicts, strict=False)
            if verdict.ok is not None and verdict.statement.quantifier
        }
