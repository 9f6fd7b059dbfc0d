"""One scenario on a real kernel and in the model, and whether the two agree.

>>> verdict = judge("reproducer", "6.12")  # doctest: +SKIP
>>> verdict.agrees, verdict.ok  # doctest: +SKIP
(True, True)

What a machine cannot do (no swap, no second node, ...) is left out on both sides and named.
Counters are recounted from the entries that were seen, as /proc/PID/smaps does. The kernel checks
its own counters when the process ends, and the complaints in its log are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, assert_never

from zapviz.kernels.known import Kernel, released
from zapviz.kernels.known_differences import KnownDifference
from zapviz.lab.conformance import MODEL_OF, Mismatch, first_mismatch
from zapviz.lab.guest.kernels import GuestKernel, find_kernel
from zapviz.lab.guest.qemu import Settings
from zapviz.lab.oracle import run_findings
from zapviz.lab.plan import Plan, lacks, left_out, plan
from zapviz.lab.script import OUT_OF_TIME, Findings, KernelOutcome, Observed, kind_seen
from zapviz.model import program as p
from zapviz.model.entries import Kind
from zapviz.model.machine import BLOCKED, booted, run_statement
from zapviz.model.meetings import Meetings
from zapviz.model.steps import Step
from zapviz.scenario.given import GivenScenario, given_program
from zapviz.scenario.text import statement_texts

__all__ = [
    "HOST",
    "Row",
    "SeenConditions",
    "Verdict",
    "judge",
    "model_for",
    "program_of",
    "shmem_mappings",
    "verdict",
]

HOST = "host"
"""The name of the running kernel, in the place of a version."""


@dataclass(frozen=True)
class Row:
    """One statement of a scenario, on both sides; a side is None where it was not run."""

    statement: p.Statement
    text: str
    model: Observed | None  # after it; None where it was skipped
    kernel: Observed | None  # None where it was skipped, or the process had ended
    model_holds: bool | None = None  # of an assertion
    kernel_holds: bool | None = None  # None, too, where it cannot be seen
    skipped: str = ""  # why it was left out on both sides
    excused: bool = False  # an assertion that also fails in the model, since a step is left out


@dataclass(frozen=True)
class Verdict:
    """What a scenario did on a kernel, beside what the model says."""

    program: p.Program
    name: str  # of the kernel, as it was asked for
    release: str  # as uname says it
    model: Kernel
    rows: tuple[Row, ...]
    difference: tuple[int, Mismatch] | None = None  # the first one: a row, and what
    complaints: tuple[str, ...] = ()  # of the kernel's own log
    met: tuple[tuple[int, KnownDifference], ...] = ()  # known differences: a row, and which

    @property
    def known(self) -> KnownDifference | None:
        """The known difference that is met where the two first differ, or before; the last one."""
        if self.difference is None:
            return None
        before = [known for row, known in self.met if known.compared and row <= self.difference[0]]
        return before[-1] if before else None

    @property
    def agrees(self) -> bool:
        """Whether the kernel did all that the model says, and did not complain.

        A known difference is one all the same; ``known`` tells it from others.
        """
        return self.difference is None and not self.complaints

    @property
    def failed(self) -> tuple[Row, ...]:
        """The assertions that fail on the kernel, except those that fail because a step was left
        out.
        """
        return tuple(row for row in self.rows if row.kernel_holds is False and not row.excused)

    @property
    def stuck(self) -> Row | None:
        """The statement that never returned on the kernel, or None; it is the last row."""
        last = self.rows[-1] if self.rows else None
        return last if last is not None and last.kernel is not None and last.kernel.stuck else None

    @property
    def ok(self) -> bool:
        """Whether no assertion failed on the kernel, and every statement returned."""
        return not self.failed and self.stuck is None

    @property
    def where(self) -> str:
        """The kernel in words."""
        return "this machine's kernel" if self.name == HOST else f"kernel {self.name}"

    @property
    def skipped(self) -> dict[int, str]:
        """The reasons for which statements were left out, by their line."""
        return {row.statement.line: row.skipped for row in self.rows if row.skipped}

    def as_json(self) -> dict[str, Any]:
        """Give what the kernel did, in the form of ``zapviz run --json``."""
        steps = []
        for row in self.rows:
            step: dict[str, Any] = {"line": row.statement.line, "text": row.text}
            if row.skipped:
                steps.append(step | {"result": None, "skipped": row.skipped})
                continue
            if row.kernel is None:
                steps.append(step | {"result": None})
                continue
            result = row.kernel.result
            checked = isinstance(row.statement, p.Assert) and not row.kernel.stuck
            step["result"] = "0" if checked else result
            step["ptes"] = {name: list(kinds) for name, kinds in row.kernel.ptes.items()}
            step["rss"] = self.counters(row.kernel)
            if isinstance(row.statement, p.Assert):
                step["ok"] = row.kernel_holds
            steps.append(step)
        difference = None
        if self.difference is not None:
            at, what = self.difference
            line = self.rows[at].statement.line
            sides = {"model": what.model, "kernel": what.kernel}
            difference = {"line": line, "what": what.what, **sides}
        known = [
            {"line": self.rows[row].statement.line, "id": each.id, "text": str(each)}
            for row, each in self.met
        ]
        return {
            "kernel": self.model.name,
            "source": "kernel",
            "release": self.release,
            "ok": self.ok,
            "agrees": self.agrees,
            "difference": difference,
            "known_differences": known,
            "complaints": list(self.complaints),
            "steps": steps,
        }

    def counters(self, seen: Observed) -> dict[str, int]:
        """Recount the rss counters from the entries that were seen."""
        return _counters(seen, self._shmem)

    @cached_property
    def _shmem(self) -> frozenset[str]:
        return shmem_mappings(self.program)

    def __repr__(self) -> str:
        verb = "agrees with" if self.agrees else "differs from"
        if self.known is not None:
            verb = "differs, as is known, from"
        return f"<Verdict: {self.where} {verb} the model of {self.model.name}>"


def program_of(scenario: GivenScenario) -> p.Program:
    """Give the program of a scenario in any form."""
    return scenario if isinstance(scenario, p.Program) else given_program(scenario)


def model_for(release: str) -> Kernel:
    """Give the model's kernel for a release that uname gives.

    It is that of the point release. Where a distribution's number stands in its place
    (``6.1.0-50-amd64``), it is the model's kernel of the release, or what is known of its stable
    series; beyond the kernels that the model knows, the nearest.

    >>> model_for("6.12.117+deb13-amd64").name
    'v6.12'
    >>> model_for("6.12.58-mine").around_wants_table
    False
    >>> model_for("6.1.0-50-amd64").name
    'v6.1'
    >>> model_for("6.14.3-arch1").guard_regions
    'anon'
    """
    match = re.match(r"(\d+)\.(\d+)(?:\.(\d+)(?!\d|(?<=\.0)-\d))?", release)
    if not match:
        return released((0, 0))
    point = None if match[3] is None else int(match[3])
    return released((int(match[1]), int(match[2])), point)


def judge(
    scenario: GivenScenario,
    kernel: str | GuestKernel = "6.12",
    model: Kernel | None = None,
    settings: Settings | None = None,
) -> Verdict:
    """Run a scenario on a kernel under QEMU and in the model.

    Args:
        scenario: The scenario, in any form.
        kernel: A name (``zapviz lab kernels`` lists them), or a kernel of your own.
        model: The model's kernel to compare with; None: that of the name, or model_for() its
            release.
        settings: The virtual machine; None: the usual one.

    Raises:
        ScenarioError: The scenario is wrong.
        NotOnKernel: It has a statement that is for the model only.
        NotAvailable: The kernel, or QEMU, is not here.
        MachineLost: Three boots in a row were lost.
    """
    program = program_of(scenario)
    known = find_kernel(kernel) if isinstance(kernel, str) else kernel
    model = model or MODEL_OF.get(known.name)
    # The model decides which calls an assertion reaches. The release of the user's own kernel is
    # known only after its first boot.
    planned = plan(program, model or model_for(""), {})
    findings = run_findings(known, [planned.flat], settings)
    if model is None:
        model = model_for(findings.kernel.get("release", ""))
    features = findings.kernel
    anew = plan(program, model, left_out(program, lambda each: lacks(each, features)))
    if anew.flat != planned.flat:
        findings = run_findings(known, [anew.flat], settings)
    return verdict(program, known.name, model, anew, findings)


def verdict(
    program: p.Program, name: str, model: Kernel, planned: Plan, findings: Findings
) -> Verdict:
    """Put the two sides together."""
    [outcome] = findings.outcomes
    seen = _with_stuck(planned, outcome, _with_exit(planned, outcome))
    shmem = shmem_mappings(program)
    rows: list[Row] = []
    row_of_call: list[int] = []
    last: Observed | None = Observed("0", "0", {}, {}, {}, {})
    texts = statement_texts(program)
    for index, (statement, step) in enumerate(zip(program.statements, planned.steps, strict=False)):
        first = len(row_of_call)
        row_of_call += [index] * len(step.calls)
        mine = seen[first : len(row_of_call)]
        alive = len(mine) == len(step.calls)
        holds = None
        stuck = bool(mine) and mine[-1].stuck
        decided = alive and not stuck and last is not None
        if isinstance(statement, p.Assert) and not step.skipped and decided:
            assert last is not None
            holds = SeenConditions(last, mine, shmem).holds(statement.condition)
        if mine:
            last = mine[-1]
        if not alive:
            last = None
        rows.append(
            Row(
                statement,
                texts[index],
                step.after,
                None if step.skipped else last,
                step.holds,
                holds,
                step.skipped,
                step.holds is False and any(row.skipped for row in rows),
            )
        )
    mismatch = first_mismatch(planned.flat, model, outcome)
    difference = None
    if mismatch is not None:
        difference = (row_of_call[mismatch.statement], mismatch)
    else:
        for index, row in enumerate(rows):
            if row.kernel_holds is not None and row.kernel_holds != row.model_holds:
                words = {True: "holds", False: "fails"}
                sides = (words[bool(row.model_holds)], words[row.kernel_holds])
                difference = (index, Mismatch(program, index, "assertion", *sides))
                break
    release = findings.kernel.get("release", "")
    met = tuple((row_of_call[at], known) for at, known in _met(planned.flat, model))
    return Verdict(program, name, release, model, tuple(rows), difference, outcome.complaints, met)


def _met(calls: p.Program, model: Kernel) -> Iterator[tuple[int, KnownDifference]]:
    """Give the known differences that calls meet, each with the call's index, each once."""
    meetings = Meetings(model)
    world, told = booted(calls), set[KnownDifference]()
    for at, call in enumerate(calls.statements):
        steps: list[Step] = []
        before, world = world, run_statement(model, world, call, steps).world
        for known in meetings.of(call, before, steps):
            if known not in told:
                told.add(known)
                yield at, known


def _with_exit(planned: Plan, outcome: KernelOutcome) -> Sequence[Observed]:
    """Fill in what was seen after the process ended, when nothing can be looked at."""
    seen = list(outcome.steps)
    calls = [call for step in planned.steps for call in step.calls]
    for at, (call, observed) in enumerate(calls[: len(seen)]):
        if isinstance(call, p.Exit) and not call.process:
            gone = {name: ("unmapped",) * len(kinds) for name, kinds in observed.ptes.items()}
            seen[at] = replace(seen[at], ptes=gone)
            seen += [replace(seen[at])] * (len(calls) - len(seen))
    return seen


def _with_stuck(
    planned: Plan, outcome: KernelOutcome, seen: Sequence[Observed]
) -> Sequence[Observed]:
    """Say of the call that the model does not see return that it did not return here either."""
    calls = [observed for step in planned.steps for _, observed in step.calls]
    ended = outcome.ended == OUT_OF_TIME and len(seen) == len(calls) - 1
    if not (ended and calls[-1].stuck):
        return seen
    return [*seen, Observed(BLOCKED, BLOCKED, {}, {}, {}, {})]


def shmem_mappings(program: p.Program) -> frozenset[str]:
    """Give the mappings of a program's shmem files."""
    kinds = {s.name: s.kind for s in program.statements if isinstance(s, p.NewFile)}
    made = [s for s in program.statements if isinstance(s, p.NewMapping)]
    return frozenset(s.name for s in made if kinds.get(s.pages.name) == "shmem")


def _counters(seen: Observed, shmem: frozenset[str], process: str = "") -> dict[str, int]:
    counters = dict.fromkeys(p.COUNTERS, 0)
    for name, kinds in seen.ptes.items():
        for kind in kinds if p.owner_of(name) == process else ():
            if counter := _counter(kind, name in shmem):
                counters[counter] += 1
    return counters


def _counter(seen: str, shmem: bool) -> str:
    """Give the rss counter in which /proc/PID/smaps counts entries of a class, or ""."""
    kind = kind_seen(seen)
    match kind:
        case Kind.FILE:
            return "shmempages" if shmem else "filepages"
        case Kind.ANON | Kind.DEVICE_PRIVATE | Kind.DEVICE_EXCLUSIVE:
            return "anonpages"
        case Kind.SWAP:
            return "swapents"
        case Kind.NONE | Kind.UNMAPPED | Kind.ZERO | Kind.MIGRATION | Kind.HWPOISON | None:
            return ""
        case Kind.UFFD_WP_MARKER | Kind.POISON_MARKER | Kind.GUARD_MARKER:
            return ""
        case _:
            assert_never(kind)


def _has_data(seen: str) -> bool:
    """Tell whether there is a byte behind entries of a class."""
    kind = kind_seen(seen)
    match kind:
        case Kind.FILE | Kind.ANON | Kind.ZERO | Kind.SWAP | Kind.MIGRATION:
            return True
        case Kind.DEVICE_PRIVATE | Kind.DEVICE_EXCLUSIVE:
            return True
        case Kind.NONE | Kind.UNMAPPED | Kind.HWPOISON | None:
            return False
        case Kind.UFFD_WP_MARKER | Kind.POISON_MARKER | Kind.GUARD_MARKER:
            return False
        case _:
            assert_never(kind)


class SeenConditions:
    """An evaluation of an assertion by what was seen; None where that does not decide it.

    Args:
        before: The state before the assertion.
        calls: The states after each of its calls.
        shmem: The mappings of shmem files.
    """

    def __init__(self, before: Observed, calls: Sequence[Observed], shmem: frozenset[str]) -> None:
        self.now = before
        self.calls = iter(calls)
        self.shmem = shmem

    def holds(self, condition: p.Condition) -> bool | None:
        """Tell whether a condition holds, from left to right and no further than needed."""
        match condition:
            case p.EntriesAre(pages, kinds, negated):
                return all((kind in kinds) != negated for kind in self._kinds(pages))
            case p.DataIs(pages, value, negated):
                return self._data_is(pages, value, negated)
            case p.CounterIs(counter, value, negated, process):
                return (_counters(self.now, self.shmem, process)[counter] == value) != negated
            case p.CountIs() | p.Exclusive():
                return None  # the probe does not tell
            case p.SwapCached(pages):
                cached = self.now.swapcache.get(pages.name)
                return None if cached is None else all(cached[pages.first : pages.end])
            case p.ResultIs(_, result, negated):
                after = next(self.calls, None)
                if after is None:
                    return None
                self.now = after
                return (after.result == result) != negated
            case p.All(parts):
                return self._first(parts, False)
            case p.AnyOf(parts):
                return self._first(parts, True)
            case p.Not(part):
                holds = self.holds(part)
                return None if holds is None else not holds
            case _:
                assert_never(condition)

    def _first(self, parts: Sequence[p.Condition], decisive: bool) -> bool | None:
        outcome: bool | None = not decisive
        for part in parts:
            holds = self.holds(part)
            if holds is decisive:
                return decisive
            if holds is None:
                outcome = None
        return outcome

    def _kinds(self, pages: p.Pages) -> tuple[str, ...]:
        held = self.now.ptes.get(pages.name, self.now.cache.get(pages.name, ()))
        held = held[pages.first : pages.end]
        return held + ("none",) * (pages.count - len(held))

    def _data_is(self, pages: p.Pages, value: int, negated: bool) -> bool | None:
        data = self.now.data.get(pages.name, ())[pages.first : pages.end]
        holds: bool | None = True
        for at, kind in enumerate(self._kinds(pages)):
            byte = data[at] if at < len(data) else None
            if byte is None and _has_data(kind):
                holds = None  # a look at the page would change it
            elif (byte == value) == negated:
                return False
        return holds
