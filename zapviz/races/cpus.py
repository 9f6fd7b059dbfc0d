"""A scenario's CPUs, and how each goes on by one step.

:mod:`zapviz.races.search` takes a :class:`Race` in every order, :mod:`zapviz.races.replay` in one.
A CPU's progress is a plain value: the statement that it is in, a stack of actions still to be
taken, and the results so far.
"""

from __future__ import annotations

from typing import NamedTuple

from zapviz.errors import ZapvizError
from zapviz.kernels.known import Kernel
from zapviz.model import program as p
from zapviz.model.actions import facts_of
from zapviz.model.calls import begin, call_of
from zapviz.model.locks import without_locks
from zapviz.model.steps import Action, Actor, Move
from zapviz.model.world import World
from zapviz.scenario.language.words import Sizes

__all__ = ["Progress", "Race", "Schedule", "Stack"]

Schedule = tuple[int, ...]
"""The number of the CPU that takes each step."""


class Stack(NamedTuple):
    """The rest of a CPU's work for its statement: the next action, and the actions after it."""

    action: Action
    below: Stack | None


class Progress(NamedTuple):
    """The point that a CPU has reached."""

    at: int  # the index of its statement
    stack: Stack | None  # None: its body is done
    results: tuple[str, ...]  # of the statements that have ended


class Race:
    """A scenario's CPUs, each of which can go on by one step."""

    def __init__(self, program: p.Program, kernel: Kernel, whole_table: bool) -> None:
        if not program.concurrent:
            raise ZapvizError(
                "the scenario has no CPUs, so there is one interleaving only: write what runs "
                "at the same time below def CPU0(): and def CPU1():, or use zapviz run"
            )
        self.program = program
        self.kernel = kernel
        self.whole_table = whole_table
        statements = program.statements
        self.first = next(i for i, s in enumerate(statements) if isinstance(s, p.Cpu))
        self.cpus = [s for s in statements if isinstance(s, p.Cpu)]
        self.after = self.first + len(self.cpus)
        self.bodies = [cpu.body for cpu in self.cpus]
        self.numbers = [cpu.number for cpu in self.cpus]
        counts = any(call_of(s).counts(s) for body in self.bodies for s in body)
        faults = any(call_of(s).may_fault(s) for body in self.bodies for s in body)
        self.actors = [Actor(kernel, number, False, counts, faults) for number in self.numbers]
        made = Sizes()
        for s in statements[: self.first]:
            if isinstance(s, p.NewMapping):
                made.reach(s.name, s.pages.count)
            elif isinstance(s, p.NewFile | p.NewAnon):
                made.reach(s.name, s.pages)
            elif isinstance(s, p.Fork):
                made.fork(s.name, s.of)
        self.sizes = made.pages

    def start(self, cpu: int) -> Progress:
        """Give a CPU before its first statement."""
        return Progress(0, Stack((begin, self.bodies[cpu][0]), None), ())

    def take(self, cpu: int, world: World, at: Progress) -> tuple[World, Progress, Move] | None:
        """Take a CPU's next action; give None where it has to wait."""
        index, stack, results = at
        assert stack is not None
        actor = self.actors[cpu]
        action = stack.action
        move: Move | None = action[0](actor, world, *action[1:])
        if move is None:
            return None
        world, then, _, ended = move
        below = stack.below
        if ended is None:
            for todo in then[::-1]:
                below = Stack(todo, below)
            if below is not None:
                return world, Progress(index, below, results), move
            ended = "0"
        world = without_locks(world, actor.cpu)
        index += 1
        body = self.bodies[cpu]
        below = Stack((begin, body[index]), None) if index < len(body) else None
        return world, Progress(index, below, (*results, ended)), move

    def is_local(self, stack: Stack | None) -> bool:
        """Tell whether no other CPU can notice the next action.

        Such an action is taken along with the step after it.
        """
        return stack is not None and facts_of(stack.action[0]).is_local(stack.action)

    def is_last(self, cpu: int, world: World, at: Progress) -> bool:
        """Tell whether no other CPU can notice anything that is left for a CPU to do."""
        while self.is_local(at.stack):
            if at.stack is not None and at.stack.action[0] is begin:
                return False
            taken = self.take(cpu, world, at)
            if taken is None:
                return False
            at = taken[1]
        return at.stack is None

    def goes_on(self, before: Stack | None, after: Stack | None) -> bool:
        """Tell whether the next action belongs to the same step as the one just taken."""
        return (
            self.whole_table
            and before is not None
            and after is not None
            and after.action[0] is before.action[0]
            and facts_of(before.action[0]).table
            and after.below == before.below
        )
