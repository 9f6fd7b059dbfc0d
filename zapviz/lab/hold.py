"""One CPU held at a kernel function while the other one zaps: a race without luck.

When a CPU comes to a chosen function, the guest's gdb stub stops all CPUs, puts a jump to itself
there and lets all CPUs run. That CPU then runs in place: it still serves its interrupts, so that
the other one's TLB shootdown comes to its end, and it keeps the locks that it holds. The other CPU
runs its body, and the entries are looked at before and after. Then the function gets its bytes back
and both CPUs run to their end.

In the model the same is a schedule: the held CPU goes first, up to the step that the function
stands for, then the other one as far as it comes, then both. All that a kernel shows has to be what
the model shows there: the entries, whether the other CPU waits, and the end, which has to be one
that :mod:`zapviz.races.search` found.
"""

from __future__ import annotations

import re
import socket
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, assert_never

from zapviz.errors import ZapvizError
from zapviz.kernels.known import Kernel
from zapviz.kernels.observed import pagemap_shows_wp
from zapviz.lab.conformance import MODEL_OF, first_mismatch, predicted
from zapviz.lab.guest.gdbstub import Stub, StubFailed
from zapviz.lab.guest.kernels import KNOWN, WITH_DEVICE
from zapviz.lab.guest.qemu import Settings
from zapviz.lab.oracle import run_findings
from zapviz.lab.script import HeldLook, KernelOutcome, Observed, executed, refuse_lending
from zapviz.lab.stress import EndState, by_page, explored_states, format_race, parted
from zapviz.model.faults import map_page
from zapviz.model.machine import run_statement
from zapviz.model.migration import restore_entries
from zapviz.model.program import (
    Call,
    Exit,
    Fallocate,
    Ftruncate,
    Invalidate,
    Madvise,
    MapFixed,
    Migrate,
    Mlock,
    Mprotect,
    Munmap,
    Pread,
    Program,
    Pwrite,
    Read,
    ToDevice,
    Uffd,
    UnmapMappingRange,
    Write,
)
from zapviz.model.reclaim import unmap_entries
from zapviz.model.world import World
from zapviz.model.zap import zap_range
from zapviz.races.cpus import Progress, Race
from zapviz.render.text.lines import WIDTH, fitted, wrapped
from zapviz.scenario.text import format_statement

__all__ = [
    "FAULTING",
    "MOVING",
    "RECLAIMING",
    "SHIPPED",
    "UNMAPPING",
    "Expected",
    "HoldReport",
    "Point",
    "expect",
    "hold_on_kernel",
]

SHIPPED = (
    "race-punch",
    "race-truncate",
    "race-dontneed",
    "race-munmap",
    "race-swap-out",
    "race-swap-punch",
    "race-cow",
)
"""The scenarios that ``zapviz lab hold`` takes where none is named."""

_HERE = b"\xeb\xfe"  # jmp to itself
_PREPARED, _HELD, _LET_GO = 1, 2, 3  # what is written for the probe
_TEXT = 0x7FFFFFFF  # with nokaslr, where the kernel's text lies in physical memory

_FUNCTION = re.compile(r"k (\w+) (f[0-9a-f]{15})")
_ENTRY = re.compile(
    "do_sys|ksys_|__x64_|entry_|asm_"
)  # the first functions of a system call or a fault
_PROGRAM = re.compile(r"P (\d+)")
_READY = re.compile(r"h ready ([0-9a-f]{1,16})")


@dataclass(frozen=True)
class Point:
    """A place where a CPU can be held, in a kernel and in the model."""

    functions: tuple[str, ...]
    """Functions of the kernel; each release has at least one that is not inlined."""
    action: Callable[..., Any]  # the model's action that the held CPU would take next
    meaning: str


MOVING = Point(
    ("folio_migrate_flags", "migrate_page_copy", "migrate_page_states"),
    restore_entries,
    "the new folio has taken the old one's place, both are locked, and the migration "
    "entries are still there",
)
FAULTING = Point(
    ("finish_fault",),
    map_page,
    "the fault has the file's page locked, and the entry is not set yet",
)
RECLAIMING = Point(
    ("try_to_unmap",),
    unmap_entries,
    "reclaim has the page isolated and locked, and its entries are not touched yet",
)
UNMAPPING = Point(
    ("unmap_vmas",),
    zap_range,
    "munmap has detached the VMA and holds the mmap_lock for reading, and no entry is zapped yet",
)


def _comes_to(statement: Call) -> Point | None:
    match statement:
        case Migrate():
            return MOVING
        case Madvise(advice="MADV_PAGEOUT"):
            return RECLAIMING
        case Read() | Write():
            return FAULTING
        case Munmap():
            return UNMAPPING
    return None


@dataclass(frozen=True)
class Expected:
    """What the model shows of a race with one CPU held."""

    cpu: int  # the number of the held CPU
    point: Point
    held: EndState  # before the other CPU begins; without page cache and results
    waits: bool  # whether the other CPU waits; else it comes to its end
    meanwhile: EndState  # once the other CPU waits or has ended
    ends: tuple[EndState, ...]  # in which both can be done


def expect(program: Program, model: Kernel) -> Expected:
    """Take a race along the schedule in which one of its CPUs is held.

    A CPU that moves pages is held first of all, then one that reclaims, then one that accesses
    pages; munmap is held where nothing else can be; of two equal CPUs, CPU0 is held.

    Raises:
        ZapvizError: There are not two CPUs, neither can be held, or nobody could look.
    """
    above, *cpus = parted(program)
    race = Race(replace(program, statements=(*above.statements, *cpus)), model, False)
    world = World()
    for statement in executed(above):
        world = run_statement(model, world, statement).world
    hidden = False
    for point in (MOVING, RECLAIMING, FAULTING, UNMAPPING):
        for number, cpu in enumerate(cpus):
            if any(_comes_to(statement) is point for statement in cpu.body):
                held = _held(race, world, number, point)
                if isinstance(held, Expected):
                    return held
                hidden = hidden or held
    if hidden:
        raise ZapvizError(
            "while one CPU was held, the other one would wait for the mmap_lock or with it, and "
            "nobody could look at the entries"
        )
    raise ZapvizError(
        "neither CPU can be held: that takes one that migrates a page, that reclaims it "
        "(MADV_PAGEOUT), that faults on a page of a file and locks it, or that unmaps one"
    )


def _held(race: Race, world: World, cpu: int, point: Point) -> Expected | bool:
    """Give what is expected; or tell whether the only obstacle is that nobody could look at it."""
    shows_wp = pagemap_shows_wp(race.kernel)
    at = [race.start(0), race.start(1)]
    while not ((stack := at[cpu].stack) and stack.action[0] is point.action):
        if stack is None or not (taken := race.take(cpu, world, at[cpu])):
            return False
        world, at[cpu], _ = taken
    held, other = world, 1 - cpu
    while at[other].stack is not None and (taken := race.take(other, world, at[other])):
        world, at[other], _ = taken
    waits = at[other].stack is not None
    if waits and _hides(world, cpu, race.bodies[other][at[other].at]):
        return True
    ends = dict.fromkeys(
        EndState.of(predicted(last, "0"), results, shows_wp)
        for last, results in _ends(race, world, (at[0], at[1]))
    )
    return Expected(
        cpu,
        point,
        _entries(predicted(held, "0"), shows_wp),
        waits,
        _entries(predicted(world, "0"), shows_wp),
        tuple(ends),
    )


def _hides(world: World, cpu: int, waiting: Call) -> bool:
    """Tell whether pagemap cannot be read, since a CPU has or awaits the mmap_lock for writing.

    A CPU that waits for the VMA lock of a fault, to change the VMA, has the mmap_lock for writing.
    """
    return any(
        (lock.kind == "mmap_lock" and not lock.shared)
        or (lock.kind in ("mmap_lock", "VMA lock") and lock.cpu == cpu and _writes(waiting))
        for lock in world.locks
    )


def _writes(call: Call) -> bool:
    """Tell whether a call takes the mmap_lock for writing."""
    match call:
        case MapFixed() | Mlock() | Mprotect() | Munmap() | Uffd():
            return True
        case (
            Read()
            | Write()
            | Madvise()
            | Ftruncate()
            | Fallocate()
            | Pwrite()
            | Pread()
            | Migrate()
        ):
            return False
        case Invalidate() | UnmapMappingRange() | ToDevice() | Exit():
            return False
        case _:
            assert_never(call)


def _entries(seen: Observed, shows_wp: bool) -> EndState:
    """Give the entries alone: while a CPU is held, nothing else is looked at."""
    return EndState.of(replace(seen, cache={}), (), shows_wp)


def _ends(
    race: Race, world: World, at: tuple[Progress, Progress]
) -> Iterator[tuple[World, tuple[tuple[str, ...], ...]]]:
    """Give every end that both CPUs can come to from a state."""
    todo, met = [(world, at)], {(world, at)}
    while todo:
        world, at = todo.pop()
        if all(each.stack is None for each in at):
            yield world, tuple(each.results for each in at)
        for cpu in (0, 1):
            if at[cpu].stack is None or not (taken := race.take(cpu, world, at[cpu])):
                continue
            then = (taken[1], at[1]) if cpu == 0 else (at[0], taken[1])
            if (state := (taken[0], then)) not in met:
                met.add(state)
                todo.append(state)


class _Holder:
    """A holder of one CPU in each program of a boot, at the function that it comes to first."""

    def __init__(self, connection: socket.socket, held: Sequence[Expected]) -> None:
        self.functions: dict[int, str] = {}  # program -> where its CPU was held
        self._stub = Stub(connection)
        self._held = held
        self._program = 0
        self._addresses: dict[str, int] = {}
        self._breakpoints: dict[int, str] = {}
        self._replaced: tuple[int, bytes] | None = None
        self._stage = 0  # a physical address

    def started(self) -> None:
        """Nothing is held before a program begins."""

    def heard(self, line: str) -> None:
        """Take a line that the probe wrote."""
        if (match := _FUNCTION.fullmatch(line)) and match[1] in self._wanted:
            self._addresses[match[1]] = int(match[2], 16)
        elif match := _PROGRAM.fullmatch(line):
            self._program = int(match[1])
        elif match := _READY.fullmatch(line):
            self._prepare(int(match[1], 16))
        elif line == "h over":
            self._let_go()

    def stopped(self) -> None:
        """Make a CPU that came to a breakpoint run in place from now on."""
        stop = self._stub.wait_for_stop()
        if stop is None:
            return
        at = self._stub.instruction(stop.thread)
        cpu = self._held[self._program].cpu
        if at not in self._breakpoints or stop.thread != cpu + 1:
            raise StubFailed(f"CPU{stop.thread - 1} stopped at {at:#x}, unasked")
        self.functions[self._program] = self._breakpoints[at]
        self._clear()
        text = at & _TEXT
        self._replaced = text, self._stub.read(text, len(_HERE))
        self._stub.write(text, _HERE)
        self._tell(_HELD)
        self._stub.go()

    @property
    def _wanted(self) -> set[str]:
        return {name for each in self._held for name in each.point.functions}

    def _prepare(self, stage: int) -> None:
        self._stage = stage
        wanted = self._held[self._program].point.functions
        here = [name for name in wanted if name in self._addresses]
        self._stub.stop()
        for name in here:
            self._stub.break_at(self._addresses[name])
            self._breakpoints[self._addresses[name]] = name
        self._tell(_PREPARED)
        self._stub.go()

    def _let_go(self) -> None:
        self._stub.stop()
        if self._replaced:
            self._stub.write(*self._replaced)
            self._replaced = None
        self._clear()
        self._tell(_LET_GO)
        self._stub.go()

    def _clear(self) -> None:
        for address in self._breakpoints:
            self._stub.unbreak(address)
        self._breakpoints = {}

    def _tell(self, stage: int) -> None:
        self._stub.write(self._stage, stage.to_bytes(4, "little"))


@dataclass(frozen=True)
class HoldReport:
    """The results of one race with one CPU held, beside what the model shows."""

    program: Program
    kernel: str
    function: str  # where the kernel was held; "" where it never came there
    expected: Expected
    explored: Sequence[EndState]  # every end, held or not
    outcome: KernelOutcome

    @property
    def end(self) -> EndState | None:
        """The state in which both CPUs were done; None if the process did not get there."""
        size = len(executed(parted(self.program)[0]))
        if len(self.outcome.steps) <= size or not self.outcome.steps[size].bodies:
            return None
        seen = self.outcome.steps[size]
        return EndState.of(seen, [results for _, results in seen.bodies], self._shows_wp)

    @property
    def _shows_wp(self) -> bool:
        return pagemap_shows_wp(MODEL_OF[self.kernel])

    @property
    def differences(self) -> list[str]:
        """What the kernel does otherwise than the model, in words; empty if nothing."""
        above = parted(self.program)[0]
        if other := first_mismatch(above, MODEL_OF[self.kernel], self.outcome):
            return [f"above the CPUs, {other.what}: model {other.model}, kernel {other.kernel}"]
        differences = [f"the kernel complained: {text}" for text in self.outcome.complaints]
        held = f"CPU{self.expected.cpu}"
        if len(self.outcome.looks) != 2:
            return [
                *differences,
                f"{held} never came to {' or '.join(self.expected.point.functions)}",
            ]
        before, after = self.outcome.looks
        if not _entries(before.seen, self._shows_wp).shows(self.expected.held):
            differences.append(f"the entries when {held} is held")
        if after.what != self._does:
            differences.append(f"what CPU{1 - self.expected.cpu} does meanwhile")
        if not _entries(after.seen, self._shows_wp).shows(self.expected.meanwhile):
            differences.append("the entries meanwhile")
        end = self.end
        if end is None:
            differences.append(f"the process was ended by {self.outcome.ended}")
        elif not any(end.shows(model) for model in self.explored):
            differences.append("the end, which no interleaving of the model has")
        elif not any(end.shows(model) for model in self.expected.ends):
            differences.append("the end")
        return differences

    @property
    def _does(self) -> str:
        return "waits" if self.expected.waits else "ended"

    @property
    def ok(self) -> bool:
        """Whether the kernel shows what the model shows, at every look."""
        return not self.differences

    def text(self, name: str) -> str:
        """Say what is held and where, show both sides at each look, and end with one line to
        grep.
        """
        _, *cpus = parted(self.program)
        model = MODEL_OF[self.kernel]
        sizes = Race(self.program, model, False).sizes
        lines = wrapped(f"{name}: kernel {self.kernel} beside the model of {model.name}", hang=4)
        for number, cpu in enumerate(cpus):
            calls = "; ".join(format_statement(statement, sizes) for statement in cpu.body)
            lines += wrapped(f"CPU{number}: {calls}", hang=6)
        where = f" in {self.function}()" if self.function else ""
        lines += wrapped(f"CPU{self.expected.cpu} is held{where}: {self.expected.point.meaning}.")
        lines += ["", *_row("", ["model"], ["kernel"])]
        looks: list[HeldLook | None] = [*self.outcome.looks, None, None]
        expected, other = self.expected, f"CPU{1 - self.expected.cpu}"
        if (before := looks[0]) and before.what == "held":
            lines += _row("held", _said(expected.held), _said(_entries(before.seen, True)))
        if after := looks[1]:
            lines += _row(
                "meanwhile",
                [f"{other} {self._does}", *_said(expected.meanwhile)],
                [f"{other} {after.what}", *_said(_entries(after.seen, True))],
            )
        seen = _said(self.end) if self.end else [f"ended by {self.outcome.ended}"]
        shown = next((e for e in expected.ends if self.end and self.end.shows(e)), expected.ends[0])
        lines += [*_row("done", _said(shown), seen), ""]
        if after and after.where:
            lines += wrapped(f"{other} waits in {' < '.join(self._chain(after))}.", hang=4)
        lines += [line for text in self.differences for line in wrapped(f"DIFFERS: {text}.")]
        return "\n".join([*lines, self.summary(name)])

    def _chain(self, look: HeldLook) -> list[str]:
        """Give the functions in which the other CPU waits, up to its system call."""
        # The kernels that are built here guess at their stacks: the innermost is certain.
        if self.kernel in KNOWN and not KNOWN[self.kernel].suite:
            return [look.where[0]]
        return list(takewhile(lambda name: not _ENTRY.match(name), look.where))

    def summary(self, name: str) -> str:
        """Write one line, to read and to grep."""
        meanwhile = self.outcome.looks[1].what if len(self.outcome.looks) > 1 else "missed"
        counts = f"at={{}} other={meanwhile} wrong={len(self.differences)}"
        return fitted(f"Hold {{}} {{}} {counts}", self.kernel, name, self.function or "nowhere")


_LABEL = 11
_COLUMN = (WIDTH - _LABEL) // 2


def _row(label: str, model: Sequence[str], kernel: Sequence[str]) -> Iterator[str]:
    """Write two sides, of some lines each, beside each other."""
    sides = [
        [part for line in side for part in textwrap.wrap(line, _COLUMN - 2, subsequent_indent="  ")]
        for side in (model, kernel)
    ]
    for at in range(max(map(len, sides))):
        one, other = (side[at] if at < len(side) else "" for side in sides)
        yield f"{'' if at else label:{_LABEL}}{one:{_COLUMN}}{other}".rstrip()


def _said(state: EndState) -> list[str]:
    return str(state).split("; ")


def hold_on_kernel(
    programs: Mapping[str, Program], kernel: str, settings: Settings | None = None
) -> dict[str, HoldReport]:
    """Run races with one CPU held, one after the other in one boot of a kernel of the lab.

    Raises:
        MachineLost: Three boots in a row were lost.
        NotAvailable: The kernel, or QEMU, is not here.
        ZapvizError: The scenario is none of which a CPU can be held.
    """
    if kernel not in MODEL_OF:
        known = ", ".join(MODEL_OF)
        raise ZapvizError(f"the model has no kernel {kernel} to compare; it has {known}")
    for program in programs.values() if kernel not in WITH_DEVICE else ():
        refuse_lending(program, f"kernel {kernel}")
    model = MODEL_OF[kernel]
    settings = settings or Settings()
    settings = replace(settings, cpus=2, append=f"{settings.append} nokaslr".strip())
    programs = {name: by_page(program) for name, program in programs.items()}
    expected = [expect(program, model) for program in programs.values()]
    functions = dict.fromkeys(name for each in expected for name in each.point.functions)
    script, readers = f"K {' '.join(functions)}\n", []
    for program, each in zip(programs.values(), expected, strict=True):
        text, reader = format_race(program, [0], held=each.cpu)
        script += text
        readers.append(reader)
    holders: list[_Holder] = []

    def attend(connection: socket.socket) -> _Holder:
        holders.append(_Holder(connection, expected))
        return holders[-1]

    findings = run_findings(kernel, readers, settings, script=script, attend=attend)
    where = holders[-1].functions
    parts = zip(programs.items(), expected, findings.outcomes, strict=True)
    return {
        name: HoldReport(
            program, kernel, where.get(number, ""), each, explored_states(program, model), outcome
        )
        for number, ((name, program), each, outcome) in enumerate(parts)
    }
