"""Watching a real kernel: scenarios on it, stopped at every write to a page-table entry.

>>> watched = watch("reproducer", "6.12")  # doctest: +SKIP
>>> watched.agrees  # doctest: +SKIP
True
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Final

from zapviz.kernels.evidence import Case
from zapviz.kernels.known import Kernel
from zapviz.lab.conformance import (
    MODEL_OF,
    Mismatch,
    cases,
    first_mismatch,
    programs_for,
    smaller,
    starts,
)
from zapviz.lab.guest.kernels import WITH_DEVICE, GuestKernel, find_kernel
from zapviz.lab.guest.qemu import Settings
from zapviz.lab.guest.symbols import Symbols, read_symbols, unrandomized
from zapviz.lab.guest.watcher import Event, Watcher
from zapviz.lab.kernel_steps import WATCHED_FUNCTIONS, Call
from zapviz.lab.oracle import run_findings
from zapviz.lab.plan import Plan, lacks, left_out, plan
from zapviz.lab.script import (
    Findings,
    KernelOutcome,
    NotOnKernel,
    executed,
    format_script,
    refuse_lending,
)
from zapviz.lab.steps import StepsDiffer, areas_of, first_difference, forks_of
from zapviz.lab.verdict import model_for, program_of
from zapviz.lab.watched import Watched
from zapviz.model.program import Cpu, Program
from zapviz.scenario.given import GivenScenario

__all__ = [
    "StepsReport",
    "check_steps",
    "conform_steps",
    "refuse_cpus",
    "shrink_steps",
    "watch",
    "watch_all",
    "watchable",
]

_HEAD: Final = "W\n"  # the probe marks how far it is


def _watch_programs(
    kernel: GuestKernel,
    programs: Sequence[Program],
    settings: Settings,
    symbols: Symbols,
    functions: Sequence[str] = (),
    folios: bool = False,
) -> tuple[Findings, Watcher]:
    """Run programs in one boot of a kernel, watched."""
    pages = [[*areas_of(program).values()] for program in programs]
    forks = [forks_of(program) for program in programs]
    watchers: list[Watcher] = []

    def attend(connection: socket.socket) -> Watcher:
        watchers.append(Watcher(connection, symbols, pages, functions, folios, forks=forks))
        return watchers[-1]

    script = _HEAD + format_script(programs)
    findings = run_findings(kernel, programs, settings, script=script, attend=attend)
    return findings, watchers[-1]


def watch(
    scenario: GivenScenario,
    kernel: str | GuestKernel = "6.12",
    model: Kernel | None = None,
    settings: Settings | None = None,
) -> Watched:
    """Run a scenario on a kernel under QEMU's emulation, stopped at every write to an entry.

    Args:
        scenario: The scenario, in any form; it has no CPUs.
        kernel: A name (``zapviz lab kernels`` lists them), or a kernel of your own.
        model: The model's kernel to compare with; None: that of the name, or of the release.
        settings: The virtual machine; None: the usual one.

    Raises:
        ScenarioError: The scenario is wrong.
        NotOnKernel: It has CPUs, or a statement that is for the model only.
        NotAvailable: The kernel, its symbols, or QEMU is not here.
        MachineLost: Three boots in a row were lost.
    """
    program = program_of(scenario)
    refuse_cpus(program)
    known = find_kernel(kernel) if isinstance(kernel, str) else kernel
    settings = settings or Settings()
    model = model or MODEL_OF.get(known.name)
    planned = plan(program, model or model_for(""), {})
    if known.name not in WITH_DEVICE:
        refuse_lending(planned.flat, f"kernel {known.name}")
    symbols = read_symbols(known, settings)
    settings = unrandomized(settings)

    def run(planned: Plan) -> tuple[Findings, Watcher]:
        return _watch_programs(known, [planned.flat], settings, symbols, WATCHED_FUNCTIONS, True)

    findings, watcher = run(planned)
    if model is None:
        model = model_for(findings.kernel.get("release", ""))
    features = findings.kernel
    missing = left_out(program, lambda each: lacks(each, features))
    if missing:
        index, why = next(iter(missing.items()))
        line = program.statements[index].line
        raise NotOnKernel(f"line {line}: {why}; kernel {known.name} cannot be watched doing it")
    anew = plan(program, model, {})
    if anew.flat != planned.flat:
        planned = anew
        findings, watcher = run(planned)
    [outcome], [seen] = findings.outcomes, watcher.seen
    release = features.get("release", "")
    watched = _watched(program, known.name, release, model, planned, outcome, seen)
    return replace(watched, seconds=watcher.seconds, stops=watcher.stops)


def refuse_cpus(program: Program) -> None:
    """Say that a scenario has CPUs, which cannot be watched.

    Raises:
        NotOnKernel: It has.
    """
    for statement in program.statements:
        if isinstance(statement, Cpu):
            instead = (
                "every order of CPUs of several processes is in the model, with zapviz race"
                if program.forks
                else "of two CPUs, zapviz lab hold holds one, and zapviz lab race runs both"
            )
            raise NotOnKernel(
                f"line {statement.line}: lab watch follows one statement after the other, without "
                f"CPUs; {instead}"
            )


def watchable(program: Program) -> bool:
    """Tell whether a scenario can be watched on a kernel that a distribution ships."""
    try:
        refuse_cpus(program)
        format_script([program])
        refuse_lending(program, "a distribution's kernel")
    except NotOnKernel:
        return False
    return True


def watch_all(
    programs: Sequence[Program], name: str, settings: Settings | None = None
) -> list[Watched]:
    """Watch scenarios on a kernel of the lab, all in one boot.

    Raises:
        MachineLost: Three boots in a row were lost.
        NotAvailable: The kernel, its symbols, or QEMU is not here.
        NotOnKernel: A scenario has CPUs, or a statement that is for the model only.
    """
    known, settings, model = find_kernel(name), settings or Settings(), MODEL_OF[name]
    for program in programs:
        refuse_cpus(program)
    plans = [plan(program, model, {}) for program in programs]
    findings, watcher = _watch_programs(
        known,
        [planned.flat for planned in plans],
        unrandomized(settings),
        read_symbols(known, settings),
        WATCHED_FUNCTIONS,
        True,
    )
    parts = zip(programs, plans, findings.outcomes, watcher.seen, strict=True)
    release = findings.kernel.get("release", "")
    return [
        _watched(program, known.name, release, model, planned, outcome, seen)
        for program, planned, outcome, seen in parts
    ]


def _watched(
    program: Program,
    name: str,
    release: str,
    model: Kernel,
    planned: Plan,
    outcome: KernelOutcome,
    seen: dict[int, list[Event]],
) -> Watched:
    """Put together what the probe said and what was seen."""
    calls: list[tuple[Call, ...]] = []
    at = 0
    for step in planned.steps:
        mine = []
        for call, _ in step.calls:
            result = outcome.steps[at].result if at < len(outcome.steps) else outcome.ended
            mine.append(Call(call, result, tuple(seen.get(at, ()))))
            at += 1
        calls.append(tuple(mine))
    return Watched(program, name, release, model, tuple(calls), outcome.complaints)


# conformance of steps


@dataclass
class StepsReport:
    """The results of a conformance run, entry by entry."""

    kernel: str
    programs: int = 0
    writes: int = 0  # of entries, as the kernel made them
    mismatches: list[Mismatch] = field(default_factory=list)  # of a result
    differ: list[StepsDiffer] = field(default_factory=list)  # seen in two boots
    unrepeated: list[StepsDiffer] = field(default_factory=list)
    habits: Counter[str] = field(default_factory=Counter)
    evidence: Counter[Case] = field(default_factory=Counter)  # of programs that agree
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether nothing differs that was seen in two boots."""
        return not self.differ and not self.mismatches

    def __str__(self) -> str:
        """Write one line, to read and to grep."""
        return (
            f"Steps {self.kernel} programs={self.programs} writes={self.writes} "
            f"differ={len(self.differ)} results={len(self.mismatches)} "
            f"unrepeated={len(self.unrepeated)}"
        )


def conform_steps(
    name: str,
    count: int,
    seed: int,
    batch: int = 500,
    forks: bool = False,
    progress: Callable[[StepsReport], None] = lambda report: None,
) -> StepsReport:
    """Compare the entry writes of random programs with the model's steps, a batch in each boot.

    A program that differs is run once more in another boot; only what differs twice counts.

    Args:
        name: The kernel's name in the lab.
        count: How many programs.
        seed: Which ones.
        batch: How many in one boot.
        forks: Whether processes fork.
        progress: Called after each boot.

    Raises:
        MachineLost: Three boots in a row were lost.
        NotAvailable: The kernel, its symbols, or QEMU is not here.
    """
    report = StepsReport(name)
    began = perf_counter()
    programs = programs_for(MODEL_OF[name], count, seed, forks=forks)
    for at in range(0, count, batch):
        part = programs[at : at + batch]
        differ = check_steps(name, part, report)
        if differ:
            again = check_steps(name, [each.program for each in differ])
            repeated = {id(each.program) for each in again}
            report.differ += [d for d in again if isinstance(d, StepsDiffer)]
            report.mismatches += [m for m in again if isinstance(m, Mismatch)]
            report.unrepeated += [
                d for d in differ if isinstance(d, StepsDiffer) and id(d.program) not in repeated
            ]
        report.programs += len(part)
        report.seconds = perf_counter() - began
        progress(report)
    return report


def check_steps(
    name: str, programs: Sequence[Program], report: StepsReport | None = None
) -> list[StepsDiffer | Mismatch]:
    """Run programs watched on a kernel of the lab, and give every first difference.

    Args:
        name: The kernel's name.
        programs: The programs.
        report: Counts the writes, the habits that were met, and the cases that were seen.
    """
    kernel, settings = find_kernel(name), Settings()
    findings, watcher = _watch_programs(
        kernel, programs, unrandomized(settings), read_symbols(kernel, settings)
    )
    model = MODEL_OF[name]
    report = report or StepsReport(name)
    found: list[StepsDiffer | Mismatch] = []
    parts = zip(programs, findings.outcomes, watcher.seen, starts(programs, model), strict=True)
    for program, outcome, seen, world in parts:
        report.writes += sum(map(len, seen.values()))
        differs = first_difference(program, model, seen, world, report.habits)
        # The probe tells nothing but results here: the entries were seen as they were written.
        other = differs or first_mismatch(program, model, outcome, world)
        if other is None:
            report.evidence.update(cases(program, model, world))
        else:
            found.append(other)
    return found


def shrink_steps(name: str, program: Program) -> StepsDiffer | Mismatch | None:
    """Find a smallest program whose steps still differ; each round takes a boot."""
    best: StepsDiffer | Mismatch | None = None
    while candidates := list(smaller(program)):
        differ = check_steps(name, candidates)
        if not differ:
            break
        best = min(differ, key=lambda d: len(executed(d.program)))
        program = Program(best.program.statements[: best.statement + 1])
    return best
