"""What a machine can run of a scenario, and what the model shows of each call.

An assertion can contain calls (``assert read(A[0]) == SIGBUS``), and whether such a call is reached
depends on the state. So a scenario is run in the model first: a :class:`Plan` has every call in
order, with what the model shows after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, Literal, TypeAlias, assert_never

from zapviz.kernels.known import Kernel
from zapviz.lab.conformance import predicted
from zapviz.lab.script import Observed, format_script
from zapviz.model import program as p
from zapviz.model.conditions import evaluate, parts
from zapviz.model.machine import BLOCKED, booted, run_statement

__all__ = ["Feature", "Plan", "Planned", "lacks", "left_out", "needed", "plan"]


def left_out(program: p.Program, why_not: Callable[[p.Statement], str]) -> dict[int, str]:
    """Give the statements that cannot be run, by index, each with the reason.

    If a statement that makes an object is left out, so are all statements that use the object.

    Args:
        program: The scenario.
        why_not: Gives the reason why one statement cannot be run, or "".
    """
    gone: set[str] = set()
    reasons: dict[int, str] = {}
    for index, statement in enumerate(program.statements):
        whys = [why_not(statement)]
        if isinstance(statement, p.Assert):
            asked = parts(statement.condition)
            whys += [why_not(part.call) for part in asked if isinstance(part, p.ResultIs)]
        lost = gone & set(_names(statement))
        if lost:
            whys.append(f"there is no {min(lost)}")
        if why := next((why for why in whys if why), ""):
            reasons[index] = why
            if isinstance(statement, p.Maker):
                gone.add(statement.name)
    return reasons


def lacks(statement: p.Statement, features: Mapping[str, str]) -> str:
    """Say why a kernel with these features cannot do a statement, or "".

    Args:
        statement: The statement.
        features: What the probe found out by trying; "0" and "-1" stand for no.
    """

    feature = needed(statement)
    if feature is None or features.get(feature, "1") not in ("0", "-1"):
        return ""
    return _LACKING[feature]


Feature: TypeAlias = Literal[
    "disk", "swap_disk", "pageout", "hwpoison", "uffd", "migrate", "direct", "device"
]
"""What the probe tries before it runs anything, and reports of the kernel and its machine."""

_LACKING: Final[Mapping[Feature, str]] = {
    "disk": "no disk filesystem here (ext4 on a RAM disk: EXT4_FS, BLK_DEV_RAM)",
    "swap_disk": "no disk to swap to here (SWAP, BLK_DEV_LOOP; a kernel fetched before that was "
    "asked for: zapviz lab fetch brings it anew)",
    "pageout": "no swap here (SWAP, BLK_DEV_RAM)",
    "hwpoison": "no memory failure here (MEMORY_FAILURE)",
    "uffd": "no userfaultfd here (USERFAULTFD)",
    "migrate": "pages cannot be moved here (NUMA, MIGRATION, two nodes)",
    "direct": "no direct writes here",
    "device": "no device here to lend pages to (TEST_HMM, which no distribution builds): zapviz "
    "lab build 6.12-hmm; what the model says stands on the kernel's source alone",
}


def needed(statement: p.Statement) -> Feature | None:
    """Give what a statement needs that not every kernel and machine has."""
    match statement:
        case p.NewFile(_, kind):
            return "disk" if kind == "file" else None
        case p.SwapDevice(kind):
            return "swap_disk" if kind == "disk" else None
        case p.Madvise(_, "MADV_PAGEOUT"):
            return "pageout"
        case p.Madvise(_, "MADV_HWPOISON" | "MADV_SOFT_OFFLINE"):
            return "hwpoison"
        case p.Uffd():
            return "uffd"
        case p.Migrate():
            return "migrate"
        case p.Pwrite(_, _, direct):
            return "direct" if direct else None
        case p.Pread():
            return "direct"
        case p.ToDevice():
            return "device"
        case p.NewAnon() | p.NewMapping() | p.MapFixed() | p.Read() | p.Write() | p.Madvise():
            return None
        case p.Mlock() | p.Mprotect() | p.Munmap() | p.Exit() | p.Ftruncate() | p.Fallocate():
            return None
        case p.Invalidate() | p.UnmapMappingRange() | p.Assert() | p.Cpu() | p.Fork():
            return None
        case _:
            assert_never(statement)


def _names(value: Any) -> Iterator[str]:
    """Give the names of all objects that a statement refers to, except the one that it makes."""
    if isinstance(value, p.Pages):
        yield value.name
    elif isinstance(value, p.Ftruncate):
        yield value.file
    elif isinstance(value, tuple):
        for each in value:
            yield from _names(each)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _names(getattr(value, each.name))


@dataclass(frozen=True)
class Planned:
    """A statement in the model: the calls that it reached, and what the model shows."""

    calls: tuple[tuple[p.Statement, Observed], ...]
    after: Observed | None
    holds: bool | None
    skipped: str


@dataclass(frozen=True)
class Plan:
    """A program in the model: one Planned for each statement, up to one that never returns."""

    steps: tuple[Planned, ...]

    @property
    def flat(self) -> p.Program:
        """Every call in order, without assertions."""
        return p.Program(tuple(call for step in self.steps for call, _ in step.calls))


def plan(program: p.Program, model: Kernel, skipped: Mapping[int, str]) -> Plan:
    """Run a program in the model and note every call, those in assertions included.

    Args:
        program: The scenario.
        model: The model's kernel.
        skipped: The statements that are left out, by index, each with the reason.

    A call that never returns is the last one: a process that makes it is ended by its alarm.

    Raises:
        NotOnKernel: A statement is for the model only.
    """
    format_script([program])  # says what is model only, before anything is run
    world = booted(program)
    calls: list[tuple[p.Statement, Observed]] = []
    stuck = False

    def run(statement: p.Statement) -> str:
        nonlocal world, stuck
        if stuck:
            return BLOCKED
        outcome = run_statement(model, world, statement)
        stuck = outcome.result == BLOCKED
        world = outcome.world
        calls.append((statement, predicted(world, outcome.result)))
        return outcome.result

    steps = []
    for index, statement in enumerate(program.statements):
        calls = []
        holds = None
        why = skipped.get(index, "")
        if why:
            pass
        elif isinstance(statement, p.Assert):
            holds = evaluate(lambda: world, statement.condition, lambda part: run(part.call))
        else:
            run(statement)
        after = None if why else predicted(world, "0")
        if calls:
            after = calls[-1][1]
        steps.append(Planned(tuple(calls), after, None if stuck else holds, why))
        if stuck:
            break
    return Plan(tuple(steps))
