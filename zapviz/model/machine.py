"""Running statements: what each one asks of the kernel, and the loop that carries it out.

:func:`zapviz.model.calls.begin` turns a statement into its first action; :func:`run_statement`
takes actions until the statement has its result, and collects the steps to show.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from zapviz.kernels.known import Kernel
from zapviz.model import program as p
from zapviz.model.actions import facts_of
from zapviz.model.calls import REFUSED, begin
from zapviz.model.conditions import describe_failure, evaluate
from zapviz.model.locks import without_locks
from zapviz.model.steps import PLAIN, Action, Actor, Rule, Step
from zapviz.model.world import MachineFlag, World

__all__ = [
    "BLOCKED",
    "RESTARTS",
    "Outcome",
    "booted",
    "never_returns",
    "run_program",
    "run_statement",
]


BLOCKED: Final = "BLOCKED"
"""The result of a statement that never returns: it waits for ever, since nobody else runs, or the
kernel restarts it for ever. Nothing after it is run.
"""


RETURNS: Final = Rule("returns", "The system call returns; its locks are given back.", "")


NO_FAULT: Final = Rule("no-fault", "Every entry was present: no fault was needed.", "")


WAITS: Final = Rule("waits", "It waits for a lock that nobody will give back.", "")


RESTARTS: Final = Rule(
    "guard-restarts",
    "Each zap leaves the marker of userfaultfd in the guard's way, so after three tries the "
    "kernel has the call made anew, for ever: it never returns to the program.",
    "madvise_guard_install",
)


CHECKED: Final = Rule("check", "", "")


UNDECIDED: Final = Rule(
    "undecided", "Not so in this order of the CPUs; zapviz race explores every order.", ""
)


class Outcome(NamedTuple):
    """The result of one statement of a program, with the state after it."""

    statement: p.Statement
    result: str  # "0", an errno name, a signal name, or BLOCKED
    ok: bool  # false for an assertion that fails
    world: World  # the state after it

    @property
    def refuted(self) -> bool:
        """Whether it failed for good: one order of CPUs does not refute a "sometimes"."""
        one_order = isinstance(self.statement, p.Assert) and self.statement.quantifier
        return not self.ok and one_order != "sometimes"

    @property
    def undecided(self) -> bool:
        """Whether it is an assertion that one order of CPUs, which this is, cannot decide.

        That an "always" holds, or a "sometimes" does not, says nothing of the other orders.
        """
        if not isinstance(self.statement, p.Assert) or self.result == BLOCKED:
            return False
        return self.statement.quantifier == ("always" if self.ok else "sometimes")


def run_program(
    program: p.Program, kernel: Kernel, steps: list[Step] | None = None
) -> Iterator[Outcome]:
    """Run a program's statements in order, up to one that blocks; CPUs run in turn.

    Args:
        program: The scenario.
        kernel: The kernel.
        steps: A list that collects the steps; None is faster.
    """
    world = booted(program)
    for statement in program.statements:
        outcome = run_statement(kernel, world, statement, steps)
        world = outcome.world
        yield outcome
        if outcome.result == BLOCKED:
            return


def booted(program: p.Program, machine: int = 0) -> World:
    """Give the state in which a program begins.

    Args:
        program: The program.
        machine: What is left of others that ran since the machine was booted, from
            :class:`zapviz.model.world.MachineFlag`.
    """
    return World(machine=machine | (MachineFlag.FORKS if program.forks else 0))


def run_statement(
    kernel: Kernel, world: World, statement: p.Statement, steps: list[Step] | None = None
) -> Outcome:
    """Run one statement to its end on an otherwise idle machine."""
    if type(statement) is p.Assert:
        return _check(kernel, world, statement, steps)
    if type(statement) is p.Cpu:
        result = "0"
        for inner in statement.body:
            _, result, _, world = run_statement(kernel, world, inner, steps)
            if result == BLOCKED:
                break
        return Outcome(statement, result if result == BLOCKED else "0", True, world)
    actor = Actor(kernel)
    todo: list[Action] = [(begin, statement)]
    first = len(steps) if steps is not None else 0
    result = "0"
    while todo:
        action = todo.pop()
        move = action[0](actor, world, *action[1:])
        if move is None:
            result = BLOCKED
            if steps is not None:
                rule = RESTARTS if facts_of(action[0]).restarts else WAITS
                steps.append(Step("end", world, PLAIN, rule))
            break
        after, then, step, ended = move
        if steps is not None:
            if step is not None:
                steps.append(step)
            elif after is not world and len(steps) > first and after[:5] != world[:5]:
                # A move that shows no step of its own: its effects belong to the last step.
                steps[-1] = steps[-1].up_to(after)
        world = after
        if ended is not None:
            result = ended
            break
        if then:
            todo.extend(then[::-1])
    world = without_locks(world, 0)
    if steps is not None:
        if len(steps) == first:
            steps.append(Step("access", world, PLAIN, NO_FAULT if result == "0" else REFUSED))
        elif result != BLOCKED and steps[-1].world.locks != world.locks:
            steps.append(Step("end", world, PLAIN, RETURNS))
    return Outcome(statement, result, result != BLOCKED, world)


def never_returns(statement: p.Statement) -> str:
    """Say why a statement that ended :data:`BLOCKED` never returns, for callers that collect no
    steps.

    The installation of a guard does not wait for a lock that is never released; the kernel restarts
    it for ever, because of what its zap leaves.
    """
    if isinstance(statement, p.Madvise) and statement.advice == "MADV_GUARD_INSTALL":
        return "MADV_GUARD_INSTALL never returns, as the kernel restarts it for ever"
    return "this would wait for ever"


# assertions


def _check(kernel: Kernel, world: World, statement: p.Assert, steps: list[Step] | None) -> Outcome:
    """Evaluate an assertion from left to right, running its calls as they are reached."""

    returns = True
    results: dict[p.ResultIs, str] = {}

    def call(condition: p.ResultIs) -> str:
        nonlocal world, returns
        if not returns:
            return BLOCKED
        outcome = run_statement(kernel, world, condition.call, steps)
        world, returns = outcome.world, outcome.result != BLOCKED
        results[condition] = outcome.result
        return outcome.result

    holds = evaluate(lambda: world, statement.condition, call)
    if not returns:
        return Outcome(statement, BLOCKED, False, world)
    # One order of the CPUs cannot refute "sometimes": the races decide it.
    undecided = statement.quantifier == "sometimes" and not holds
    if steps is not None:
        rule = CHECKED
        if undecided:
            rule = UNDECIDED
        elif not holds:
            found = describe_failure(world, statement.condition, results)
            rule = CHECKED._replace(reason=f"{found}.")
        verdict = "holds" if holds else None if undecided else "fails"
        steps.append(Step("check", world, PLAIN, rule, verdict=verdict))
    return Outcome(statement, "0", holds, world)
