"""Race conformance: random pairs of bodies on two CPUs of a kernel, held against every order.

Each pair is a random race (:func:`zapviz.scenario.generate.random_pair`). A kernel runs it round
after round, many pairs in one boot, and every end is compared with the final states that
:mod:`zapviz.races.search` finds. A state that a kernel was seen in and that the model excludes is
made smaller, as long as the kernel still shows one that the model excludes. A state of the model
that was never seen is only rare: the coverage tells how many there are.

The states are explored twice, with and without the reduction, which must find the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from time import perf_counter
from typing import Any, Final, TypeAlias

from zapviz.errors import ScenarioError, ZapvizError
from zapviz.kernels.evidence import Case, path_of
from zapviz.kernels.known import Kernel
from zapviz.kernels.observed import pagemap_shows_wp
from zapviz.lab.conformance import MODEL_OF, cases, cut_short, predicted
from zapviz.lab.guest.qemu import MachineLost, Settings
from zapviz.lab.oracle import run_findings
from zapviz.lab.script import KernelOutcome, NotOnKernel
from zapviz.lab.stress import EndState, RaceReport, by_page, format_rounds, parted
from zapviz.model.looks import looks
from zapviz.model.machine import run_statement
from zapviz.model.meetings import Meetings
from zapviz.model.program import (
    Assert,
    Call,
    Cpu,
    Ftruncate,
    NewAnon,
    NewFile,
    NewMapping,
    Pages,
    Program,
    Statement,
)
from zapviz.model.world import World
from zapviz.races.exploration import Exploration, FinalState
from zapviz.races.replay import replay
from zapviz.races.search import search_orders
from zapviz.render.text.lines import fitted
from zapviz.scenario.generate import random_pair
from zapviz.scenario.text import format_scenario, parse_scenario

__all__ = [
    "RACE_CUTS",
    "Ask",
    "Pair",
    "Race",
    "RacesReport",
    "conform_races",
    "explore",
    "pairs_for",
    "run_rounds",
    "shrink_races",
    "smaller",
]

RACE_CUTS: Final = {
    "one-cpu": "some order of the CPUs meets what 'zapviz lab conform' leaves out for one CPU",
    "poisoned-while-reclaimed": "one CPU pages private memory out while another declares it "
    "broken: a known difference",
    "reclaimed-from-batch": "one CPU pages out memory of which another one makes pages: a known "
    "difference",
    "moved-and-broken": "one CPU moves pages while another declares them broken: a known "
    "difference",
    "offline-beside-mlock": "one CPU takes pages out of use while another locks them into memory: "
    "a known difference",
    "moved-from-batch": "one CPU moves memory of which another one makes pages, on a kernel that "
    "has pages in batches meanwhile: a known difference",
    "broken-while-changed": "one CPU declares pages broken while another changes entries of "
    "the same memory, on a kernel that passes over those: a known difference",
    "found-in-swap-cache": "one CPU declares pages broken that another faults in from a disk: a "
    "known difference",
    "not-on-kernel": "no CPU of a real race can run it: the reason is that of 'zapviz lab race'",
    "waits": "in some order a CPU waits for ever: each round would last until the alarm",
    "too-large": "more states than are explored here",
    "lost": "the virtual machine was lost with it, three times in a row",
}
"""The reasons for which a random race is left out of a comparison."""

MOST_STATES: Final = 50_000
"""Most states of the exploration of one pair."""

_ROUNDS_IN_A_BOOT = 4000
_CANDIDATES = 10  # smaller races that are tried at once, of each that differs
_FEWEST, _MOST = 60, 1000  # rounds of a smaller race


@dataclass(frozen=True)
class Pair:
    """A race, and all that the model says of it."""

    number: int  # in its run, from 0
    program: Program
    finals: dict[EndState, tuple[FinalState, ...]]  # by what a kernel would show
    left_out: str = ""  # a key of RACE_CUTS
    parts: tuple[str, ...] = ()  # how the exploration with the reduction differs from the whole one


Race: TypeAlias = tuple[Program, int, int]
"""A race to be run: the number of its first round, and how many rounds."""

Ask: TypeAlias = Callable[[str, Sequence[Race]], list[list[KernelOutcome] | None]]
"""A function that runs races on a kernel, given by name: their ends, or None for a race with which
the machine is lost.
"""


def pairs_for(kernel: Kernel, numbers: Iterable[int], seed: int) -> Iterator[Pair]:
    """Make random races and explore them; the same seed and number give the same race."""
    for number in numbers:
        yield explore(random_pair(Random(f"{seed}/{number}")), kernel, number)


def explore(program: Program, kernel: Kernel, number: int = 0) -> Pair:
    """Explore a race with and without the reduction, and say whether a kernel can be asked."""
    program = by_page(program)
    try:
        format_rounds(program, 0, 1)
    except NotOnKernel:
        return Pair(number, program, {}, "not-on-kernel")
    if _cut_in_turn(program, kernel):
        return Pair(number, program, {}, "one-cpu")
    if met := _met(program, kernel):
        return Pair(number, program, {}, met)
    reduced = search_orders(program, kernel, reduced=True, max_states=MOST_STATES)
    if not reduced.complete:
        return Pair(number, program, {}, "too-large")
    if reduced.deadlocks:
        return Pair(number, program, {}, "waits")
    whole = search_orders(program, kernel, max_states=2 * MOST_STATES)
    found = whole if whole.complete else reduced
    parts = tuple(_parts(whole, reduced)) if whole.complete else ()
    shows_wp = pagemap_shows_wp(kernel)
    finals: dict[EndState, tuple[FinalState, ...]] = {}
    for final in found.finals:
        end = EndState.of(predicted(final.world, "0"), final.results, shows_wp)
        finals[end] = (*finals.get(end, ()), final)
        for world in final.alike:  # its schedule is not known to lead there
            finals.setdefault(EndState.of(predicted(world, "0"), final.results, shows_wp), ())
    poisons_zero = any(
        step.rule.id == "poison-zero"
        for final in found.finals
        for step in replay(program, kernel, final.schedule).steps
    )
    return Pair(number, program, finals, "one-cpu" if poisons_zero else "", parts)


def _cut_in_turn(program: Program, kernel: Kernel) -> bool:
    """Tell whether conformance would cut the race where one CPU runs after the other."""
    above, first, second = parted(program)
    for bodies in ((*first.body, *second.body), (*second.body, *first.body)):
        alone = replace(above, statements=(*above.statements, *bodies))
        if cut_short(alone, kernel) != alone:
            return True
    return False


def _met(program: Program, kernel: Kernel) -> str:
    """Give the known difference that the CPUs of a race meet together; "" for none."""
    meetings, world = Meetings(kernel), World()
    for statement in program.statements:
        for each in meetings.of(statement, world, ()):
            if each.id in RACE_CUTS:
                return each.id
        if not isinstance(statement, Cpu):
            world = run_statement(kernel, world, statement).world
    return ""


def _parts(whole: Exploration, reduced: Exploration) -> Iterator[str]:
    """Give what two explorations of one race do not agree on."""

    def ends(found: Exploration) -> set[Any]:
        return {(looks(final.world), final.results) for final in found.finals}

    if ends(whole) != ends(reduced):
        yield (
            f"{len(ends(whole) - ends(reduced))} of {len(whole.finals)} final states are lost by "
            f"the reduction, {len(ends(reduced) - ends(whole))} are new with it"
        )
    if bool(whole.deadlocks) != bool(reduced.deadlocks):
        yield "a CPU waits for ever in one exploration alone"
    if whole.broken or reduced.broken:
        sentence = (whole.broken or reduced.broken)[0][0]
        yield f"an invariant of the model is broken: {sentence}"


# ---- the kernel -----------------------------------------------------------------


def run_rounds(name: str, races: Sequence[Race]) -> list[list[KernelOutcome] | None]:
    """Run races on a kernel of the lab, as many in one boot as take a minute or two.

    A boot that is lost three times is divided, until the race is found with which it is lost.

    Raises:
        NotAvailable: The kernel, or QEMU, is not here.
    """
    ends: list[list[KernelOutcome] | None] = []
    batch: list[Race] = []
    for race in races:
        if batch and sum(rounds for *_, rounds in batch) + race[2] > _ROUNDS_IN_A_BOOT:
            ends += _booted(name, batch)
            batch = []
        batch.append(race)
    return ends + (_booted(name, batch) if batch else [])


def _booted(name: str, races: Sequence[Race]) -> list[list[KernelOutcome] | None]:
    scripts, readers = [], []
    for program, seed, rounds in races:
        script, reader = format_rounds(program, seed, rounds)
        scripts.append(script)
        readers += [reader] * rounds
    try:
        found = run_findings(name, readers, Settings(cpus=2), script="".join(scripts))
    except MachineLost:
        if len(races) == 1:
            return [None]
        half = len(races) // 2
        return _booted(name, races[:half]) + _booted(name, races[half:])
    ends: list[list[KernelOutcome] | None] = []
    at = 0
    for *_, rounds in races:
        ends.append(list(found.outcomes[at : at + rounds]))
        at += rounds
    return ends


def _report(pair: Pair, name: str, outcomes: Iterable[KernelOutcome]) -> RaceReport:
    """Count the ends of a race's rounds; equal ones are looked at once."""
    report = RaceReport(pair.program, name, False, list(pair.finals))
    kinds: dict[str, list[KernelOutcome]] = {}
    for outcome in outcomes:
        kinds.setdefault(repr(outcome), []).append(outcome)
    for same in kinds.values():
        report.add(same[0], len(same))
    return report


# ---- the comparison -------------------------------------------------------------


@dataclass
class RacesReport:
    """The results of a run of random races on one kernel."""

    kernel: str
    pairs: int = 0  # compared
    rounds: int = 0
    other_setup: int = 0  # rounds left out, since a page moved already above the CPUs
    states: int = 0  # final states of the model, of all pairs
    seen: int = 0  # those that the kernel was seen in
    left_out: Counter[str] = field(default_factory=Counter)  # by key of RACE_CUTS
    differ: dict[int, RaceReport] = field(default_factory=dict)  # excluded states, in two boots
    unrepeated: dict[int, RaceReport] = field(default_factory=dict)  # in one boot of two
    parted: dict[int, tuple[Program, tuple[str, ...]]] = field(default_factory=dict)
    """By number, the races of which two explorations do not agree, and on what."""
    complaints: dict[int, RaceReport] = field(default_factory=dict)  # of the kernel's own log
    evidence: Counter[Case] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the kernel was in no state that the model excludes, and nothing else is wrong."""
        return not (self.differ or self.unrepeated or self.parted or self.complaints)

    def __str__(self) -> str:
        """Write a line of counts, then one to read and to grep."""
        counts = (
            f"pairs={self.pairs} coverage={self.seen}/{self.states} "
            f"excluded={len(self.differ)} unrepeated={len(self.unrepeated)}"
        )
        return (
            f"rounds={self.rounds} setup={self.other_setup} explorations={len(self.parted)} "
            f"complaints={len(self.complaints)} left-out={self.left_out.total()}\n"
            + fitted(f"Races {{}} {counts}", self.kernel)
        )

    def told(self) -> list[str]:
        """Say how many pairs were left out, and why; and where two explorations do not agree."""
        lines = [
            f"left out, {name}: {times}: {RACE_CUTS[name]}"
            for name, times in sorted(self.left_out.items())
        ]
        for number, (program, parts) in self.parted.items():
            lines += [f"\npair {number}: {'; '.join(parts)}", format_scenario(program)]
        return lines


def conform_races(
    name: str,
    count: int,
    seed: int,
    rounds: int = 300,
    ask: Ask = run_rounds,
    progress: Callable[[RacesReport], None] = lambda report: None,
) -> RacesReport:
    """Compare a number of random races with a kernel of the lab.

    A race with an excluded state is run once more in another boot, with so many rounds that the
    state comes again, if it is no rarer than it seemed.

    Args:
        name: The kernel's name in the lab.
        count: How many pairs.
        seed: Chooses the pairs and the delays.
        rounds: How often each is run.
        ask: Runs races on the kernel.
        progress: Is given the report after each batch.

    Raises:
        NotAvailable: The kernel, or QEMU, is not here.
        ZapvizError: The model has no such kernel.
    """
    if name not in MODEL_OF:
        known = ", ".join(MODEL_OF)
        raise ZapvizError(f"the model has no kernel {name} to compare; it has {known}")
    model = MODEL_OF[name]
    report = RacesReport(name)
    began = perf_counter()
    batch = max(1, _ROUNDS_IN_A_BOOT // rounds)
    for at in range(0, count, batch):
        asked = []
        for pair in pairs_for(model, range(at, min(count, at + batch)), seed):
            if pair.parts:
                report.parted[pair.number] = pair.program, pair.parts
            if pair.left_out:
                report.left_out[pair.left_out] += 1
            else:
                asked.append(pair)
        ends = ask(name, [(pair.program, seed * 1_000_003 + at, rounds) for pair in asked])
        differ: list[tuple[Pair, RaceReport]] = []
        for pair, outcomes in zip(asked, ends, strict=True):
            if outcomes is None:
                report.left_out["lost"] += 1
                continue
            race = _report(pair, name, outcomes)
            _count(report, pair, race, model)
            if race.unexplored:
                differ.append((pair, race))
        again = ask(name, [(p.program, seed + 7, _enough(r, rounds)) for p, r in differ])
        for (pair, race), outcomes in zip(differ, again, strict=True):
            second = _report(pair, name, outcomes or ())
            if second.unexplored:
                report.differ[pair.number] = second
            else:
                report.unrepeated[pair.number] = race
        report.seconds = perf_counter() - began
        progress(report)
    return report


def _count(report: RacesReport, pair: Pair, race: RaceReport, model: Kernel) -> None:
    report.pairs += 1
    report.rounds += race.rounds
    report.other_setup += race.other_setup
    report.states += len(race.explored)
    report.seen += len(race.covered)
    if race.complaints:
        report.complaints[pair.number] = race
    if not race.unexplored and race.covered:
        report.evidence.update(cases(parted(pair.program)[0], model))
        for end in race.covered:
            report.evidence.update(_sure_cases(pair.program, model, pair.finals[end]))


def _sure_cases(program: Program, model: Kernel, finals: Sequence[FinalState]) -> set[Case]:
    """Give the cases of the CPUs' steps that lead to a state that was seen.

    Which way the kernel took is not known. Counted is what a shortest way to the state takes; where
    a kernel would show several states of the model alike, what the shortest ways have in common.
    Of a state to which no way is known, nothing is.
    """
    above = len(parted(program)[0].statements)
    ways = []
    for final in finals:
        run = replay(program, model, final.schedule)
        ways.append(
            {
                Case(step.rule.id, path_of(step.part.chain), str(step.before.kind))
                for number, step in enumerate(run.steps, 1)
                if run.statement_of(number) >= above
                and step.before is not None
                and step.rule.function
            }
        )
    return set.intersection(*ways) if ways else set()


def _enough(race: RaceReport, least: int) -> int:
    """Give a number of rounds in which what was excluded should come some twenty times."""
    times = sum(race.seen[state] for state in race.unexplored)
    return max(least, min(_MOST, 20 * race.rounds // max(1, times)))


# ---- making a race smaller ------------------------------------------------------


def shrink_races(name: str, found: Sequence[RaceReport], ask: Ask = run_rounds) -> list[RaceReport]:
    """Make races smaller while the kernel shows a state of them that the model excludes.

    Each round of candidates, of all races together, takes a boot or a few.
    """
    best = list(found)
    tried: list[set[Program]] = [{report.program} for report in found]
    going = set(range(len(best)))
    seed = 0
    while going:
        seed += 10_000
        asked: list[tuple[int, Pair]] = []
        for which in sorted(going):
            new = [each for each in smaller(best[which].program) if each not in tried[which]]
            some = new[:_CANDIDATES]
            if not some:
                going.discard(which)
            tried[which].update(some)
            explored = [explore(program, MODEL_OF[name]) for program in some]
            asked += [(which, pair) for pair in explored if not pair.left_out]
        ends = ask(
            name, [(pair.program, seed, _enough(best[which], _FEWEST)) for which, pair in asked]
        )
        for (which, pair), outcomes in zip(asked, ends, strict=True):
            report = _report(pair, name, outcomes or ())
            if report.unexplored and _size(pair.program) < _size(best[which].program):
                best[which] = report
    return best


def _size(program: Program) -> tuple[int, int, int]:
    """Give the number of statements, of pages that they name, and of pages that there are."""
    statements = _flat(program)
    named = sum(pages.count for s in statements if (pages := getattr(s, "pages", None))
                and isinstance(pages, Pages))  # fmt: skip
    there = sum(s.pages for s in statements if isinstance(s, NewFile | NewAnon))
    return len(statements), named, there


def _flat(program: Program) -> list[Statement]:
    flat: list[Statement] = []
    for statement in program.statements:
        flat += statement.body if isinstance(statement, Cpu) else [statement]
    return flat


def smaller(program: Program) -> Iterator[Program]:
    """Give every valid race with one statement less, then with fewer pages, without assertions."""
    above, first, second = parted(program)
    top = tuple(s for s in above.statements if not isinstance(s, Assert))
    bodies = (first.body, second.body)
    size = _size(program)

    def made(up: Sequence[Statement], both: Sequence[Sequence[Call]]) -> Iterator[Program]:
        cpus = (Cpu(number, tuple(body)) for number, body in enumerate(both))
        new = Program((*up, *cpus))
        if _size(new) < size and _valid(new):
            yield new

    for at, statement in enumerate(top):
        name = getattr(statement, "name", None)
        if not isinstance(name, str):
            yield from made(top[:at] + top[at + 1 :], bodies)
        else:  # with all that is done to it
            kept = [s for s in top if s is not statement and name not in _names_in(s)]
            yield from made(
                kept, [[s for s in body if name not in _names_in(s)] for body in bodies]
            )
    for cpu, body in enumerate(bodies):
        for at in range(len(body)):
            shorter = (*body[:at], *body[at + 1 :])
            yield from made(top, [shorter if n == cpu else b for n, b in enumerate(bodies)])
    for statements in _narrower(top):
        yield from made(statements, bodies)
    for cpu, body in enumerate(bodies):
        for statements in _narrower(body):
            yield from made(top, [statements if n == cpu else b for n, b in enumerate(bodies)])
    yield from made(*_without_last_pages(top, bodies))


def _names_in(statement: Statement) -> set[str]:
    pages = getattr(statement, "pages", None)
    names = {pages.name} if isinstance(pages, Pages) else set()
    return names | ({statement.file} if isinstance(statement, Ftruncate) else set())


def _narrower(statements: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Give the statements with one page less in one of them."""
    for at, statement in enumerate(statements):
        pages = getattr(statement, "pages", None)
        if not isinstance(pages, Pages) or pages.count < 2 or isinstance(statement, NewMapping):
            continue
        for ends in ((pages.first, pages.end - 1), (pages.first + 1, pages.end)):
            new = replace(statement, pages=Pages(pages.name, *ends))
            yield (*statements[:at], new, *statements[at + 1 :])


def _without_last_pages(
    top: Sequence[Statement], bodies: Sequence[Sequence[Call]]
) -> tuple[list[Statement], list[list[Call]]]:
    """Make every object a page smaller, and drop from every range what is no longer there."""
    sizes: dict[str, int] = {}
    up: list[Statement] = []

    def cut(statement: Any) -> Any:
        pages = getattr(statement, "pages", None)
        if not isinstance(pages, Pages):
            return statement
        end = min(pages.end, sizes.get(pages.name, pages.end))
        return replace(statement, pages=Pages(pages.name, min(pages.first, end - 1), end))

    for statement in top:
        if isinstance(statement, NewFile | NewAnon):
            sizes[statement.name] = max(1, statement.pages - 1)
            up.append(replace(statement, pages=sizes[statement.name]))
        else:
            up.append(cut(statement))
            if isinstance(statement, NewMapping):
                sizes[statement.name] = up[-1].pages.count  # type: ignore[union-attr]
    return up, [[cut(call) for call in body] for body in bodies]


def _valid(program: Program) -> bool:
    if any(isinstance(s, Cpu) and not s.body for s in program.statements):
        return False
    try:
        return parse_scenario(format_scenario(program)) == program
    except ScenarioError:
        return False
