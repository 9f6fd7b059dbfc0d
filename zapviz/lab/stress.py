"""Two CPUs on a real kernel at once, round after round, compared with the exploration.

Each round is a process of its own: it runs the statements above the CPUs, then both bodies in two
threads, each on its CPU. The threads start together, except that one of them waits for a time drawn
by lot. The end of a round is compared with the final states that :mod:`zapviz.races.search` finds.
A state that was seen and not explored means that the model or the test is wrong; a state that was
explored and not seen is only rare.

With ``repeated``, the second body runs again and again until the first one is done. The states are
then those of no, one and two repetitions: the first body can meet any part of one, and the end of
one together with the beginning of the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from zapviz.errors import ZapvizError
from zapviz.kernels.known import Kernel
from zapviz.kernels.observed import pagemap_shows_wp
from zapviz.lab.conformance import MODEL_OF, first_mismatch, predicted
from zapviz.lab.guest.kernels import WITH_DEVICE
from zapviz.lab.guest.qemu import Settings
from zapviz.lab.oracle import run_findings
from zapviz.lab.script import (
    OUT_OF_TIME,
    SECONDS,
    KernelOutcome,
    NotOnKernel,
    Numbers,
    Observed,
    executed,
    refuse_lending,
    script_line,
)
from zapviz.model.machine import BLOCKED, run_statement
from zapviz.model.program import (
    Asking,
    Call,
    Cpu,
    Exit,
    NewAnon,
    NewFile,
    NewMapping,
    Program,
    Pwrite,
)
from zapviz.model.world import World
from zapviz.races.search import search_orders
from zapviz.render.text.lines import fitted, wrapped
from zapviz.scenario.text import format_scenario, parse_scenario

__all__ = [
    "EndState",
    "RaceReport",
    "explored_states",
    "format_led",
    "format_race",
    "format_rounds",
    "migration_races",
    "parted",
    "race_on_kernel",
    "report_rounds",
]

_BATCH = 1000  # rounds in one boot
_MOST_CALLS = 64  # MAX_BODY of the probe
_LED = 3  # LED of the probe


@dataclass(frozen=True)
class EndState:
    """What can be seen of a state in which both CPUs are done."""

    ptes: tuple[tuple[str, tuple[str, ...]], ...]
    wp: tuple[tuple[str, tuple[bool, ...]], ...]
    data: tuple[tuple[str, tuple[int | None, ...]], ...]
    cache: tuple[tuple[str, tuple[str, ...]], ...]  # up to the file's size
    results: tuple[tuple[str, ...], ...]  # of both bodies; where one is repeated, the last ones
    ended: str = ""  # the signal that ended the process before its end

    @classmethod
    def of(
        cls, seen: Observed, results: Sequence[tuple[str, ...]], shows_wp: bool = True
    ) -> EndState:
        """Make it of what a kernel, or the model, shows; pagemap shows uffd-wp from 5.13 on."""
        return cls(
            tuple(seen.ptes.items()),
            tuple(seen.wp.items()) if shows_wp else (),
            tuple(seen.data.items()),
            tuple(seen.cache.items()),
            tuple(results),
        )

    def shows(self, model: EndState) -> bool:
        """Tell whether a kernel that is in a state of the model shows this.

        A kernel shows no data of a page that cannot be read.
        """
        return replace(self, data=()) == replace(model, data=()) and all(
            here is None or here == there
            for (_, ours), (_, theirs) in zip(self.data, model.data, strict=True)
            for here, there in zip(ours, theirs, strict=True)
        )

    def __str__(self) -> str:
        """Write it on one line: ``A anon=1 none; F file; CPU0 0; CPU1 ENOENT``."""
        if self.ended == OUT_OF_TIME:
            return f"a statement was not back after {SECONDS} s: the process was ended by SIGALRM"
        if self.ended:
            return f"the process was ended by {self.ended}"
        data, wp = dict(self.data), dict(self.wp)
        parts = []
        for name, kinds in self.ptes:
            entries = [
                kind + ("+wp" if mark else "") + ("" if byte is None else f"={byte}")
                for kind, mark, byte in zip(
                    kinds, wp.get(name, (False,) * len(kinds)), data[name], strict=True
                )
            ]
            parts.append(" ".join([name, *entries]))
        parts += [" ".join([name, *(kinds or ["empty"])]) for name, kinds in self.cache]
        parts += [
            " ".join([f"CPU{cpu}", *(results or ["never"])])
            for cpu, results in enumerate(self.results)
        ]
        return "; ".join(parts)


def parted(program: Program) -> tuple[Program, Cpu, Cpu]:
    """Give the statements above the CPUs, and the two bodies."""
    cpus = [s for s in program.statements if isinstance(s, Cpu)]
    if len(cpus) != 2:
        raise ZapvizError(
            f"a race on a kernel takes two CPUs, and this scenario has {len(cpus) or 'none'}"
        )
    above = program.statements[: program.statements.index(cpus[0])]
    first, second = sorted(cpus, key=lambda cpu: cpu.number)
    return replace(program, statements=above), first, second


def by_page(program: Program) -> Program:
    """Give a race as the probe runs it: a buffered write of a CPU is one call for each page.

    One call for many pages might make a large folio of them; another CPU may come in between.
    """
    statements = [
        replace(one, body=tuple(_calls_of(one.body))) if isinstance(one, Cpu) else one
        for one in program.statements
    ]
    return replace(program, statements=tuple(statements))


def _calls_of(body: Iterable[Call]) -> Iterator[Call]:
    for call in body:
        if isinstance(call, Pwrite) and not call.direct:
            for page in range(call.pages.first, call.pages.end):
                yield replace(call, pages=replace(call.pages, first=page, end=page + 1))
        else:
            yield call


def format_race(
    program: Program, rounds: Iterable[int], repeated: bool = False, held: int | None = None
) -> tuple[str, Program]:
    """Write a race as a script for the probe, one program for each number of a round.

    The delays of a round are drawn from its number.

    Args:
        program: The scenario.
        rounds: The numbers of the rounds.
        repeated: Whether CPU1's body is repeated until CPU0's is done.
        held: The CPU that goes first and is held (:mod:`zapviz.lab.hold`), if any.

    Returns:
        The script, and the program with which to read the findings of a round; in it both CPUs are
        one statement.

    Raises:
        NotOnKernel: A statement is for the model only, or cannot stand in a body here.
        ZapvizError: There are not two CPUs.
    """
    holding = "" if held is None else f" {held + 1}"
    setup, bodies, reader = _raced(program)
    lines: list[str] = []
    for number in rounds:
        lines += ["P", *setup, f"[ {int(repeated)} {number}{holding}", *bodies, "]"]
    return "\n".join(lines) + "\n", reader


def format_rounds(program: Program, seed: int, rounds: int) -> tuple[str, Program]:
    """Write a race as one program of which the probe runs many rounds in one process.

    That takes a quarter of the time of a process for each round. A round begins with nothing mapped
    and no file, all the same; of the statements above the CPUs only the last one is told with
    mappings and files, of the others just the result.

    Args:
        program: The scenario.
        seed: The number of the first round, from which its delays are drawn.
        rounds: How many rounds.

    Returns:
        As :func:`format_race`; the findings are those of so many programs.

    Raises:
        NotOnKernel: A statement is for the model only, or cannot stand in a body here.
        ZapvizError: There are not two CPUs.
    """
    setup, bodies, reader = _raced(program)
    lines = ["P", *setup, f"[ 0 {seed} 0 {rounds}", *bodies, "]"]
    return "\n".join(lines) + "\n", reader


def format_led(program: Program, below: Sequence[Asking]) -> tuple[str, Program]:
    """Write a race whose CPUs are led (:mod:`zapviz.lab.replaying`), as a script for the probe.

    Args:
        program: The scenario.
        below: What is asked for once both CPUs are done.

    Returns:
        As :func:`format_race`; what is asked for below the CPUs comes after their statement.

    Raises:
        NotOnKernel: A statement is for the model only, or cannot stand in a body here.
        ZapvizError: There are not two CPUs.
    """
    setup, bodies, reader = _raced(program)
    numbers = Numbers.of(parted(program)[0])
    after = [script_line(statement, numbers) for statement in below]
    lines = ["P", *setup, f"[ 0 0 {_LED}", *bodies, "]", *after]
    return "\n".join(lines) + "\n", replace(reader, statements=(*reader.statements, *below))


def _raced(program: Program) -> tuple[list[str], list[str], Program]:
    """Give the lines above the bodies, those of the bodies, and the program to read a round."""
    above, *cpus = parted(program)
    if program.forks:
        raise NotOnKernel(
            "CPUs of several processes are not raced, held or led on a kernel; zapviz race "
            "explores every order in the model"
        )
    for cpu in cpus:
        if len(executed(Program(cpu.body))) > _MOST_CALLS:
            raise NotOnKernel(f"the probe holds {_MOST_CALLS} statements of a CPU, no more")
        for statement in cpu.body:
            if isinstance(statement, Exit | NewFile | NewMapping | NewAnon):
                where = f"line {statement.line}: " if statement.line else ""
                raise NotOnKernel(f"{where}no CPU of a race can end the process or make anything")
    writes = [[s for s in cpu.body if isinstance(s, Pwrite)] for cpu in cpus]
    if all(writes) and any(s.direct for body in writes for s in body):
        raise NotOnKernel("O_DIRECT is the file's: both CPUs would write so")
    numbers = Numbers.of(above)
    setup = [script_line(s, numbers) for s in executed(above)]
    first, second = ([script_line(s, numbers) for s in executed(Program(cpu.body))] for cpu in cpus)
    bodies = [*first, *(f"& {each}" for each in second)]
    return setup, bodies, replace(above, statements=(*above.statements, cpus[0]))


def explored_states(program: Program, model: Kernel, repeated: bool = False) -> list[EndState]:
    """Give every state in which the model's CPUs can end, as a kernel would show it.

    Where a statement of theirs may never return, so may the process, until its alarm ends it.

    Raises:
        ZapvizError: There are too many states to explore all of them.
    """
    above, first, second = parted(program)
    shows_wp = pagemap_shows_wp(model)
    states: dict[EndState, None] = {}
    if repeated and (results := _first_alone(model, above, first)) is not None:  # not once
        world, results_of_first = results
        states[EndState.of(predicted(world, "0"), (results_of_first, ()), shows_wp)] = None
    for times in (1, 2) if repeated else (1,):
        body = second.body
        cpus = (first, replace(second, body=body * times))
        explored = search_orders(
            replace(program, statements=(*above.statements, *cpus)), model, reduced=True
        )
        if not explored.complete:
            raise ZapvizError(
                f"there are more than {explored.states:,} states to explore; make the scenario "
                "smaller"
            )
        if explored.deadlocks:
            states[_NEVER] = None
        for final in explored.finals:
            results_of = (final.results[0], final.results[1][-len(body) :])
            for world in (final.world, *final.alike):
                states[EndState.of(predicted(world, "0"), results_of, shows_wp)] = None
    return list(states)


_NEVER = EndState((), (), (), (), (), OUT_OF_TIME)


def _first_alone(model: Kernel, above: Program, first: Cpu) -> tuple[World, tuple[str, ...]] | None:
    """Give the world and the results of the first body alone; None where it never returns."""
    world = World()
    for statement in executed(above):
        world = run_statement(model, world, statement).world
    results = []
    for statement in executed(Program(first.body)):
        outcome = run_statement(model, world, statement)
        if outcome.result == BLOCKED:
            return None
        world = outcome.world
        results.append(outcome.result)
    return world, tuple(results)


@dataclass
class RaceReport:
    """The ends of the rounds of one race on one kernel."""

    program: Program
    kernel: str
    repeated: bool
    explored: list[EndState]
    seen: Counter[EndState] = field(default_factory=Counter)
    times: int = 0  # how often the second body ran, in all rounds
    other_setup: int = 0  # rounds left out, since a page moved already above the CPUs
    complaints: list[str] = field(default_factory=list)  # of the kernel's own log

    @property
    def rounds(self) -> int:
        """The number of rounds that were run."""
        return self.seen.total() + self.other_setup

    @property
    def unexplored(self) -> list[EndState]:
        """The states that were seen and that the exploration does not have."""
        return [
            state for state in self.seen if not any(state.shows(model) for model in self.explored)
        ]

    @property
    def covered(self) -> list[EndState]:
        """The explored states that were seen."""
        return [model for model in self.explored if any(s.shows(model) for s in self.seen)]

    @property
    def ok(self) -> bool:
        """Whether every state that was seen is explored, and the kernel never complained."""
        return not self.unexplored and not self.complaints and self.seen.total() > 0

    def add(self, outcome: KernelOutcome, count: int = 1) -> None:
        """Count the end of one round, or of several that ended the same."""
        above = parted(self.program)[0]
        size = len(executed(above))
        self.complaints += outcome.complaints
        model = MODEL_OF[self.kernel]
        if first_mismatch(above, model, outcome) is not None:
            self.other_setup += count
        elif len(outcome.steps) <= size or not outcome.steps[size].bodies:
            self.seen[EndState((), (), (), (), (), outcome.ended)] += count
        else:
            seen = outcome.steps[size]
            results = [results for _, results in seen.bodies]
            self.seen[EndState.of(seen, results, pagemap_shows_wp(model))] += count
            self.times += seen.bodies[1][0] * count

    def text(self, name: str) -> str:
        """Write the states, then what is wrong, then one line to grep."""
        lines = []
        for count, word, state in self._rows():
            head = f"{count:6}  {word:<14}"
            lines += wrapped(head + str(state), hang=22)
        if self.repeated:
            lines.append(f"CPU1 went round {self.times:,} times.")
        for text in dict.fromkeys(self.complaints):
            lines += wrapped(f"the kernel complained: {text}", hang=4)
        if bad := self.unexplored:
            lines += ["", "No interleaving of the model ends so:"]
            lines += [line for state in bad for line in wrapped(f"  {state}", hang=4)]
            lines += ["", format_scenario(self.program).rstrip(), ""]
        return "\n".join([*lines, self.summary(name)])

    def _rows(self) -> Iterator[tuple[int, str, EndState]]:
        unexplored = self.unexplored
        for state, count in self.seen.most_common():
            yield count, "NOT EXPLORED" if state in unexplored else "explored", state
        covered = self.covered
        for state in self.explored:
            if state not in covered:
                yield 0, "explored", state

    def summary(self, name: str) -> str:
        """Write one line, to read and to grep."""
        counts = (
            f"rounds={self.rounds} setup={self.other_setup} "
            f"seen={len(self.seen)} unexplored={len(self.unexplored)} "
            f"coverage={len(self.covered)}/{len(self.explored)}"
        )
        return fitted(f"Race {{}} {{}} {counts}", self.kernel, name)


def report_rounds(
    program: Program, kernel: str, outcomes: Iterable[KernelOutcome], repeated: bool = False
) -> RaceReport:
    """Compare the ends of some rounds with the exploration."""
    explored = explored_states(program, MODEL_OF[kernel], repeated)
    report = RaceReport(program, kernel, repeated, explored)
    for outcome in outcomes:
        report.add(outcome)
    return report


def race_on_kernel(
    program: Program,
    kernel: str,
    rounds: int = 1000,
    repeated: bool = False,
    seed: int = 0,
    settings: Settings | None = None,
) -> RaceReport:
    """Run a scenario's two CPUs at once on a kernel of the lab, round after round.

    Args:
        program: The scenario.
        kernel: The kernel's name in the lab.
        rounds: How many rounds.
        repeated: Whether to run CPU1's body again and again until CPU0's is done.
        seed: Chooses the delays; a round's own number is added to it.
        settings: The virtual machine; None: the usual one.

    Raises:
        MachineLost: Three boots in a row were lost.
        NotAvailable: The kernel, or QEMU, is not here.
        ZapvizError: The scenario cannot race on a kernel.
    """
    if kernel not in MODEL_OF:
        known = ", ".join(MODEL_OF)
        raise ZapvizError(f"the model has no kernel {kernel} to compare; it has {known}")
    settings = replace(settings or Settings(), cpus=2)
    program = by_page(program)
    if kernel not in WITH_DEVICE:
        refuse_lending(program, f"kernel {kernel}")
    format_race(program, (), repeated)
    report = report_rounds(program, kernel, (), repeated)
    for at in range(0, rounds, _BATCH):
        numbers = range(seed + at, seed + min(rounds, at + _BATCH))
        script, reader = format_race(program, numbers, repeated)
        findings = run_findings(kernel, [reader] * len(numbers), settings, script=script)
        for outcome in findings.outcomes:
            report.add(outcome)
    return report


_ZAPS = {
    "munmap": "munmap({m})",
    "truncate": "ftruncate(F, 0)",
    "punch": "fallocate(F, FALLOC_FL_PUNCH_HOLE)",
    "dontneed": "madvise({m}, MADV_DONTNEED)",
    "remove": "madvise(S, MADV_REMOVE)",
}


def migration_races() -> dict[str, Program]:
    """Make races of each zap path against a move of the pages that it zaps, private and shared
    ones.
    """
    return {
        f"{zap}-{which}": parse_scenario(
            f"# {call.format(m=name)} while {which} pages move\n"
            "F = shmem(2)\nS = mmap(F, MAP_SHARED)\nA = mmap(F, MAP_PRIVATE)\n"
            "S[0:2] = 1\nA[0:2] = 2\n"
            f"def CPU0():\n    {call.format(m=name)}\ndef CPU1():\n    migrate({name}[0:2])\n"
        )
        for which, name in (("private", "A"), ("shared", "S"))
        for zap, call in _ZAPS.items()
    }
