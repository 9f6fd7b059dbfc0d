"""Model against kernel: random scenarios run on both and are compared after every statement.

Compared are the result (errno or signal), the class of every entry, whether userfaultfd
write-protects it, the data of every present page, what the page cache of every file holds, and,
where a disk is the swap device, which private pages are in the swap cache.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from time import perf_counter

from zapviz.errors import ScenarioError
from zapviz.kernels.evidence import LAB_KERNEL_OF, Case, path_of
from zapviz.kernels.known import KERNELS, Kernel
from zapviz.kernels.observed import pagemap_shows_wp
from zapviz.lab.guest.kernels import WITH_DEVICE
from zapviz.lab.oracle import run_findings
from zapviz.lab.script import OUT_OF_TIME, KernelOutcome, Observed, executed, kind_seen
from zapviz.model.entries import UNMAPPED, Bit, Kind
from zapviz.model.machine import BLOCKED, booted, run_statement
from zapviz.model.meetings import Meetings
from zapviz.model.program import Madvise, Program, Statement
from zapviz.model.steps import Step
from zapviz.model.world import MachineFlag, World, byte_of, in_swap_cache
from zapviz.scenario.generate import Swap, random_program
from zapviz.scenario.text import format_scenario, format_statement, parse_scenario

__all__ = [
    "MODEL_OF",
    "Mismatch",
    "Report",
    "cases",
    "check",
    "conform",
    "cut_short",
    "first_mismatch",
    "format_evidence",
    "is_valid",
    "predicted",
    "programs_for",
    "shrink",
    "smaller",
    "starts",
]


def _zapping_as(other: str, name: str) -> Kernel:
    """Give 5.10.y with the zap_pte_range() of another kernel of the model."""
    rules = ("swap_entries", "migration_entries", "hwpoison_entries")
    as_there = {rule: getattr(KERNELS[other], rule) for rule in rules}
    return KERNELS["v5.10.y"].with_rule(name, **as_there)


MODEL_OF: dict[str, Kernel] = {
    **{there: KERNELS[name] for name, there in LAB_KERNEL_OF.items()},
    "5.10-before-fix": _zapping_as("v5.17", "v5.10.y before the fix"),
    "5.10-rfc-v2": _zapping_as("rfc-v2", "v5.10.y with RFC v2"),
    **{name: KERNELS[f"v{name.removesuffix('-hmm')}"] for name in WITH_DEVICE},
}
"""The model's kernel for each kernel of the lab."""


@dataclass(frozen=True)
class Mismatch:
    """The place where the model and a kernel first part in a program."""

    program: Program
    statement: int  # index into executed(program)
    what: str  # "result", "A[3]", "data of A[3]", "page cache of F[0]", ...
    model: str
    kernel: str

    def __str__(self) -> str:
        text = format_statement(executed(self.program)[self.statement])
        return (
            f"statement {self.statement + 1}, {text}: {self.what}: "
            f"model {self.model}, kernel {self.kernel}\n{format_scenario(self.program)}"
        )


_SHOWS_WP = (Kind.SWAP, Kind.DEVICE_PRIVATE, Kind.DEVICE_EXCLUSIVE)


def predicted(world: World, result: str) -> Observed:
    """Give what the probe would show of a state of the model.

    The probe asks the kernel for VMAs first, so of a VMA that munmap has detached it sees nothing.
    """
    ptes, wp, data, cache, swapcache = {}, {}, {}, {}, {}
    for area in world.areas:
        entries = [
            UNMAPPED if area.vma_at(page) is None else entry
            for page, entry in enumerate(area.entries)
        ]
        ptes[area.name] = tuple(str(entry.kind) for entry in entries)
        wp[area.name] = tuple(
            (entry.present or entry.kind in _SHOWS_WP) and bool(entry.bits & Bit.UFFD_WP)
            for entry in entries
        )
        data[area.name] = tuple(
            byte_of(world, entry) if entry.present else None for entry in entries
        )
        swapcache[area.name] = tuple(in_swap_cache(world, entry) for entry in entries)
    for file in world.files:
        cache[file.name] = tuple(str(entry.kind) for entry in file.cache[: file.pages])
    return Observed(result, result, ptes, wp, data, cache, swapcache=swapcache)


def first_mismatch(
    program: Program, kernel: Kernel, outcome: KernelOutcome, world: World | None = None
) -> Mismatch | None:
    """Give the first thing that a kernel did otherwise than the model, or None.

    Args:
        program: The program.
        kernel: The model's kernel.
        outcome: What a real kernel did.
        world: The state in which it begins, if others ran before; see :func:`starts`.
    """
    world = booted(program) if world is None else world
    for index, statement in enumerate(executed(program)):
        ran = run_statement(kernel, world, statement)
        world = ran.world
        stuck = ran.result == BLOCKED
        if index >= len(outcome.steps):
            if stuck and outcome.ended == OUT_OF_TIME:
                return None
            foretold = "never returns" if stuck else "goes on"
            return Mismatch(program, index, "the process", foretold, outcome.ended)
        seen, foreseen = outcome.steps[index], predicted(world, ran.result)
        for what, model, real in _differences(foreseen, seen, pagemap_shows_wp(kernel)):
            return Mismatch(program, index, what, model, real)
        if stuck:
            break
    return None


def _differences(
    foreseen: Observed, seen: Observed, shows_wp: bool
) -> Iterator[tuple[str, str, str]]:
    """Give what differs, the most telling first; pagemap shows uffd-wp (bit 57) from 5.13 on."""
    if foreseen.result != seen.result:
        yield "result", foreseen.result, seen.result
    for name, classes in seen.ptes.items():
        for page, (model, real) in enumerate(zip(foreseen.ptes[name], classes, strict=True)):
            if model != real:
                yield f"{name}[{page}]", model, real
    for name, held in seen.cache.items():
        for page, (model, real) in enumerate(zip(foreseen.cache[name], held, strict=False)):
            if model != real and kind_seen(real) is not None:
                yield f"page cache of {name}[{page}]", model, real
    for name, bytes_ in seen.data.items():
        for page, (byte, is_) in enumerate(zip(foreseen.data[name], bytes_, strict=True)):
            if byte != is_ and is_ is not None:
                yield f"data of {name}[{page}]", str(byte), str(is_)
    for name, marks in seen.wp.items() if shows_wp else ():
        for page, (mark, is_wp) in enumerate(zip(foreseen.wp[name], marks, strict=True)):
            if mark != is_wp:
                yield f"uffd-wp of {name}[{page}]", str(mark), str(is_wp)
    for name, marks in seen.swapcache.items():
        for page, (mark, is_in) in enumerate(zip(foreseen.swapcache[name], marks, strict=True)):
            if mark != is_in:
                yield f"swap cache of {name}[{page}]", str(mark), str(is_in)


def programs_for(
    kernel: Kernel,
    count: int,
    seed: int,
    pages: int = 8,
    statements: int = 16,
    device: bool = False,
    swap: Swap = "none",
    forks: bool = False,
) -> list[Program]:
    """Make random programs that a kernel can run.

    Each is cut short before a known difference that would show
    (:mod:`zapviz.kernels.known_differences`), and before a call that never returns.

    Args:
        device: Whether pages are also lent to a device, which takes a kernel that has one.
        swap: The swap device that each begins by choosing, or ``none``.
        forks: Whether processes fork.
    """
    return [
        cut_short(
            random_program(
                Random(f"{seed}/{n}"),
                real_only=True,
                pages=pages,
                statements=statements,
                device=device,
                swap=swap,
                forks=forks,
            ),
            kernel,
        )
        for n in range(count)
    ]


def cut_short(program: Program, kernel: Kernel) -> Program:
    """Cut a program short before what would not repeat (a known difference), or never return."""
    world = booted(program)
    meetings = Meetings(kernel)
    for index, statement in enumerate(program.statements):
        steps: list[Step] = []
        outcome = run_statement(kernel, world, statement, steps)
        met = meetings.of(statement, world, steps)
        world = outcome.world
        if outcome.result == BLOCKED or any(each.compared for each in met):
            return replace(program, statements=program.statements[:index])
    return program


def starts(programs: Sequence[Program], kernel: Kernel) -> list[World]:
    """Give the state in which each program begins, where one boot runs them all in order.

    The zero page that a program poisons stays so until the machine is booted anew.
    """
    begins: list[World] = []
    broken = 0
    for program in programs:
        begins.append(booted(program, broken))
        if broken or not any(_poisons(statement) for statement in program.statements):
            continue
        world = booted(program)
        for statement in executed(program):
            world = run_statement(kernel, world, statement).world
        broken = world.machine & MachineFlag.ZERO_POISONED
    return begins


def _poisons(statement: Statement) -> bool:
    return isinstance(statement, Madvise) and statement.advice == "MADV_HWPOISON"


def check(name: str, programs: Sequence[Program]) -> list[Mismatch]:
    """Run programs on a kernel of the lab and in the model, and give every first difference."""
    findings = run_findings(name, programs)
    kernel = MODEL_OF[name]
    begins = starts(programs, kernel)
    mismatches = [
        first_mismatch(program, kernel, outcome, world)
        for program, outcome, world in zip(programs, findings.outcomes, begins, strict=True)
    ]
    return [mismatch for mismatch in mismatches if mismatch is not None]


@dataclass
class Report:
    """The results of a conformance run."""

    kernel: str
    programs: int = 0
    statements: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)  # seen in two boots
    unrepeated: list[Mismatch] = field(default_factory=list)  # not seen again in a second boot
    evidence: Counter[Case] = field(default_factory=Counter)
    model_seconds: float = 0.0
    seconds: float = 0.0

    def __str__(self) -> str:
        """Write one line, to read and to grep."""
        return (
            f"Conformance {self.kernel} programs={self.programs} statements={self.statements} "
            f"mismatches={len(self.mismatches)} unrepeated={len(self.unrepeated)}"
        )


def conform(
    name: str,
    count: int,
    seed: int,
    batch: int = 1000,
    swap: Swap = "none",
    forks: bool = False,
    progress: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Compare a number of random programs, one batch for each boot.

    A program that differs is run once more in another boot. Only what differs twice is a mismatch,
    since reclaim may pass a page over when the machine is busy.
    """
    kernel = MODEL_OF[name]
    report = Report(name)
    began = perf_counter()
    programs = programs_for(kernel, count, seed, device=name in WITH_DEVICE, swap=swap, forks=forks)
    report.model_seconds = perf_counter() - began
    for at in range(0, count, batch):
        part = programs[at : at + batch]
        differ = check(name, part)
        if differ:
            again = check(name, [mismatch.program for mismatch in differ])
            repeated = {id(mismatch.program) for mismatch in again}
            report.mismatches += again
            report.unrepeated += [m for m in differ if id(m.program) not in repeated]
        modelled = perf_counter()
        wrong = {id(mismatch.program) for mismatch in differ}
        for program, world in zip(part, starts(part, kernel), strict=True):
            report.statements += len(executed(program))
            if id(program) not in wrong:
                report.evidence.update(cases(program, kernel, world))
        report.model_seconds += perf_counter() - modelled
        report.programs += len(part)
        report.seconds = perf_counter() - began
        progress(report)
    return report


def cases(program: Program, kernel: Kernel, world: World | None = None) -> Iterator[Case]:
    """Give the evidence cases of a program's run in the model, once the kernel was seen to
    agree.

    Args:
        program: The program.
        kernel: The model's kernel.
        world: The state in which it begins, if others ran before; see :func:`starts`.
    """
    world = booted(program) if world is None else world
    for statement in executed(program):
        steps: list[Step] = []
        world = run_statement(kernel, world, statement, steps).world
        for step in steps:
            if step.before is not None and step.rule.function:
                yield Case(step.rule.id, path_of(step.part.chain), str(step.before.kind))


def format_evidence(
    reports: Sequence[Report], known: Mapping[Case, Mapping[str, int]] | None = None
) -> str:
    """Give the evidence of some runs as CSV, in an order that makes small differences.

    Args:
        reports: The runs.
        known: What was counted before, by case and kernel, to which theirs is added.
    """
    counted: Counter[tuple[str, ...]] = Counter()
    for case, kernels in (known or {}).items():
        counted.update({(*case, kernel): times for kernel, times in kernels.items()})
    for report in reports:
        counted.update({(*case, report.kernel): times for case, times in report.evidence.items()})
    rows = sorted((*of, times) for of, times in counted.items())
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("rule", "path", "entry", "kernel", "times seen"))
    writer.writerows(rows)
    return text.getvalue()


def shrink(name: str, program: Program) -> Mismatch | None:
    """Find a smallest program that still shows a mismatch on a kernel; each round takes a boot."""
    best: Mismatch | None = None
    while True:
        candidates = list(smaller(program))
        if not candidates:
            return best
        mismatches = check(name, candidates)
        if not mismatches:
            return best
        best = min(mismatches, key=lambda m: len(executed(m.program)))
        program = replace(best.program, statements=best.program.statements[: best.statement + 1])


def smaller(program: Program) -> Iterator[Program]:
    """Give every valid program with some statements left out."""
    statements = program.statements
    for width in (8, 4, 2, 1):
        for at in range(0, len(statements), max(1, width // 2)):
            kept: tuple[Statement, ...] = statements[:at] + statements[at + width :]
            if kept and kept != statements and is_valid(kept):
                yield replace(program, statements=kept)


def is_valid(statements: Sequence[Statement]) -> bool:
    """Tell whether statements are a program: what they use is made before, and has such pages."""
    try:
        parse_scenario(format_scenario(Program(tuple(statements))))
    except ScenarioError:
        return False
    return True
