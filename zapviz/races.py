"""Every interleaving of two or three CPUs: which states they can end in, and how.

:func:`explore` runs the statements before the CPUs, then takes the CPUs' actions in
every order, each action a step that another CPU can come between.  States that are equal
are one state, however they were reached; how many interleavings reach each is counted
along the edges between them.  What follows the CPUs runs on every final state.

>>> found = explore("race-punch")
>>> found.ok, found.complete, len(found.finals)
(True, True, 1)
>>> found.interleavings == found.finals[0].count
True

A CPU waits while a lock it needs is held by another; where all that are left wait, the
state is a deadlock.  Memory ordering, TLB flushes and interrupts are left out.
"""

from __future__ import annotations

import copy
import gc
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NamedTuple

from zapviz import program as p
from zapviz.entries import Entry, Kind
from zapviz.errors import ZapvizError
from zapviz.faults import access, access_range
from zapviz.footprints import Footprints
from zapviz.invariants import violations
from zapviz.kernels import DEFAULT_KERNEL, Kernel
from zapviz.kernels import kernel as find_kernel
from zapviz.library import named_or_text
from zapviz.machine import BLOCKED, ELSEWHERE, Outcome, begin, run_statement
from zapviz.marks import guard_install, guard_remove, write_protect
from zapviz.migration import COPIED, FREED, begin_page, migrate_range
from zapviz.numbering import Numbering
from zapviz.paths import begin_pass
from zapviz.poison import poison_range
from zapviz.reclaim import free_range, pageout_range
from zapviz.scenario import format_statement, parse_scenario
from zapviz.steps import Action, Actor, Move, Pass, Place, Rule, Step, without_locks
from zapviz.trace import Trace
from zapviz.world import FolioFlag, Lock, World
from zapviz.zap import zap_range

__all__ = [
    "MAX_STATES",
    "Choice",
    "Deadlock",
    "Exploration",
    "FinalState",
    "Schedule",
    "Verdict",
    "choices",
    "explore",
    "looks",
    "replay",
    "seen",
]

MAX_STATES: Final = 500_000
"""Most states that an exploration keeps, unless it is told otherwise."""

WALKS: Final = 200
"""Where an exploration stops early: how many of the states that it did not go on from are
followed to an end of theirs."""

Schedule = tuple[int, ...]
"""Which CPU takes each step, by its number."""

# Actions that neither look at the world nor change it: no other CPU can tell when they
# are taken, so they are taken along with the step after them.
_LOCAL: Final = frozenset({access_range, migrate_range, begin_pass, poison_range})
_LOCAL_BEGIN: Final = frozenset(
    {p.Write, p.Read, p.Fallocate, p.Invalidate, p.UnmapMappingRange, p.Migrate}
)

# Loops over the entries of one page table, whose lock is held from the first to the last.
_TABLE: Final = frozenset({zap_range, free_range, write_protect, guard_install, guard_remove})


class Stack(NamedTuple):
    """What a CPU is still to do for its statement: the next action, and what follows."""

    action: Action
    below: Stack | None


class Progress(NamedTuple):
    """Where a CPU stands."""

    at: int  # its statement
    stack: Stack | None  # None: its body is done
    results: tuple[str, ...]  # of the statements that have ended


@dataclass(frozen=True)
class FinalState:
    """A state in which the CPUs can end, as far as it can be told from outside."""

    world: World
    results: tuple[tuple[str, ...], ...]  # of each CPU's statements
    count: int  # interleavings that end so; 0 where they were not counted
    schedule: Schedule  # a shortest one
    holds: tuple[bool, ...]  # each assertion below the CPUs

    @property
    def blocked(self) -> bool:
        """Whether a statement below the CPUs would wait for ever."""
        return len(self.holds) > 0 and BLOCKED in self.results[-1]


@dataclass(frozen=True)
class Deadlock:
    """A state in which every CPU that is not done waits for another."""

    world: World
    schedule: Schedule
    waiting: tuple[tuple[int, str], ...]  # each such CPU, and what it waits with


@dataclass(frozen=True)
class Verdict:
    """What became of one assertion below the CPUs."""

    statement: p.Assert
    ok: bool | None  # None: not decided, for the exploration stopped early
    holding: int  # final states in which its condition holds
    schedule: Schedule | None  # where ``always`` fails or ``sometimes`` holds, else any


ONE_OF_MANY: Final = "The CPUs' steps stand in the order of one interleaving of many."
"""Said of a trace that follows a schedule."""

RUNNING: Final = "RUNNING"
"""The result of a CPU that could go on where a schedule ends."""

PLAIN: Final = Pass("", "", None, zaps=False)
TOUCHED: Final = Rule("no-fault", "The entry is present: no fault at all.", "")
TAKES: Final = Rule("takes-lock", "Whoever else wants this lock has to wait from now on.", "")
GIVES: Final = Rule("gives-lock", "Whoever waits for this lock can go on.", "")
RETURNS: Final = Rule("returns", "The system call returns; its locks are given back.", "")
BEGINS: Final = Rule("accesses", "The statement begins; nothing is locked yet.", "")
_TITLES: Final = {
    COPIED: "copy the page to a new folio",
    FREED: "unlock both folios",
}
ISOLATES: Final = Rule(
    "isolates",
    "The page is taken off the LRU, with a reference: it lives on, and nobody else takes it.",
    "folio_isolate_lru",
)


@dataclass
class Exploration:
    """What the exploration of a scenario found."""

    program: p.Program
    kernel: Kernel
    whole_table: bool
    reduced: bool
    finals: list[FinalState] = field(default_factory=list)
    deadlocks: list[Deadlock] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    broken: list[tuple[str, Schedule]] = field(default_factory=list)  # invariants
    failed: list[p.Assert] = field(default_factory=list)  # above the CPUs
    states: int = 0
    moves: int = 0  # steps from one state to another
    pending: int = 0  # states met but not gone on from
    stopped: str = ""  # why it stopped early: "bound" or "interrupted"
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether everything was explored."""
        return not self.stopped

    @property
    def interleavings(self) -> int:
        """How many interleavings reach a final state."""
        return sum(final.count for final in self.finals)

    @property
    def ok(self) -> bool:
        """Whether all that could be decided is as asserted, and nothing waits for ever."""
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

    def trace(self, schedule: Schedule) -> Trace:
        """One interleaving as a trace; see :func:`replay`."""
        return replay(self.program, self.kernel, schedule, whole_table=self.whole_table)


def explore(
    scenario: str | p.Program,
    kernel: str | Kernel = DEFAULT_KERNEL,
    *,
    whole_table: bool = False,
    reduced: bool = False,
    max_states: int = MAX_STATES,
    check: bool = True,
) -> Exploration:
    """Explore every interleaving of a scenario's CPUs.

    :param scenario: Its text, a shipped one's name, or a program.
    :param whole_table: Whether the entries that one pass decides under one page table's
        lock stay together.
    :param reduced: Whether to leave out orders of steps that cannot matter: of a step
        that commutes with all that the other CPUs can still do.  The final states and
        verdicts are the same; interleavings are then counted without those orders.
    :param max_states: Where to stop.
    :param check: Whether to check the invariants in every state.
    :raises ZapvizError: The scenario has no CPUs, or the name or kernel is unknown.
    """
    if isinstance(scenario, str):
        scenario = parse_scenario(named_or_text(scenario))
    race = Race(scenario, find_kernel(kernel), whole_table)
    return _Search(race, reduced, max_states, check).run()


class Race:
    """A scenario's CPUs, and how each goes on by one step."""

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
        self.sizes = {}
        for s in statements[: self.first]:
            if isinstance(s, p.NewMapping):
                self.sizes[s.name] = s.pages.count
            elif isinstance(s, p.NewFile | p.NewAnon):
                self.sizes[s.name] = s.pages

    def elsewhere(self, cpu: int, index: int) -> bool:
        """Whether a statement keeps its locks when it ends, as migrate_begin() does."""
        statement = self.bodies[cpu][index]
        return isinstance(statement, p.Migrate) and statement.part != "whole"

    def start(self, cpu: int) -> Progress:
        """A CPU before its first statement."""
        return Progress(0, Stack((begin, self.bodies[cpu][0]), None), ())

    def take(self, cpu: int, world: World, at: Progress) -> tuple[World, Progress, Move] | None:
        """Take a CPU's next action; None where it has to wait."""
        index, stack, results = at
        assert stack is not None
        elsewhere = self.elsewhere(cpu, index)
        number = ELSEWHERE if elsewhere else self.numbers[cpu]
        action = stack.action
        move: Move | None = action[0](Actor(self.kernel, number, False), world, *action[1:])
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
        if not elsewhere:
            world = without_locks(world, number)
        index += 1
        body = self.bodies[cpu]
        below = Stack((begin, body[index]), None) if index < len(body) else None
        return world, Progress(index, below, (*results, ended)), move

    def is_local(self, stack: Stack | None) -> bool:
        """Whether the next action is one that no other CPU can notice."""
        if stack is None:
            return False
        take = stack.action[0]
        return take in _LOCAL or (take is begin and type(stack.action[1]) in _LOCAL_BEGIN)

    def is_last(self, cpu: int, world: World, at: Progress) -> bool:
        """Whether only what no other CPU can notice is left for a CPU to do."""
        while self.is_local(at.stack):
            if at.stack is not None and at.stack.action[0] is begin:
                return False
            taken = self.take(cpu, world, at)
            if taken is None:
                return False
            at = taken[1]
        return at.stack is None

    def goes_on(self, before: Stack | None, after: Stack | None) -> bool:
        """Whether the next action belongs to the same step as the one just taken."""
        return (
            self.whole_table
            and before is not None
            and after is not None
            and before.action[0] in _TABLE
            and after.action[0] is before.action[0]
            and after.below == before.below
        )


class _Search:
    """The exploration itself: states by number, in the order in which they were met."""

    def __init__(self, race: Race, reduced: bool, max_states: int, check: bool) -> None:
        self.race = race
        self.check = check
        self.max_states = max(1, max_states)
        self.reduced = reduced
        self.progress: list[Progress] = []
        self.progress_ids: dict[Progress, int] = {}
        self.advanced: dict[tuple[int, Any, Any, int], int] = {}
        self.renames: dict[Any, int] = {}
        self.out = Exploration(race.program, race.kernel, race.whole_table, reduced)

    def run(self) -> Exploration:
        """Explore, count, and judge."""
        start = time.perf_counter()
        # Values only, no circles among them: the collector would look at them in vain.
        collecting = gc.isenabled()
        gc.disable()
        try:
            world = self.before()
            if world is not None:
                self.explore(world)
        finally:
            if collecting:
                gc.enable()
            self.out.seconds = time.perf_counter() - start
        return self.out

    def before(self) -> World | None:
        """Run what stands above the CPUs; None where that waits for ever."""
        world = World()
        for statement in self.race.program.statements[: self.race.first]:
            outcome = run_statement(self.race.kernel, world, statement)
            world = outcome.world
            if outcome.result == BLOCKED:
                self.out.deadlocks.append(Deadlock(world, (), ()))
                return None
            if isinstance(statement, p.Assert) and not outcome.ok:
                self.out.failed.append(statement)
        return world

    # progress of one CPU, by number

    def progress_id(self, cpu: int, at: Progress, world: World) -> int:
        """The number of a CPU's progress, once all that no other CPU can notice is done."""
        race = self.race
        while race.is_local(at.stack):
            taken = race.take(cpu, world, at)
            assert taken is not None
            assert taken[0] == world
            at = taken[1]
        known = self.progress_ids.get(at)
        if known is None:
            known = self.progress_ids[at] = len(self.progress)
            self.progress.append(at)
        return known

    def explore(self, world: World) -> None:
        """Breadth first, so that the first way to a state is a shortest one."""
        race, out = self.race, self.out
        cpus = range(len(race.cpus))
        numbering = Numbering(world, race.bodies)
        world = numbering.laid_out(world)
        footprints = Footprints(race, world) if self.reduced else None
        interned: dict[Any, int] = {}
        intern = interned.setdefault
        nfiles, nareas = len(world.files), len(world.areas)
        folios_at = nfiles + nareas
        parts = (*world.files, *world.areas, world.folios, world.slots, world.rss, world.locks)
        ids = [intern(part, len(interned)) for part in parts]
        ids += [self.progress_id(cpu, race.start(cpu), world) for cpu in cpus]
        first_cpu = len(parts)
        states: dict[tuple[int, ...], int] = {tuple(ids): 0}
        todo: list[tuple[World, tuple[int, ...]] | None] = [(world, tuple(ids))]
        succ: list[tuple[int, ...]] = []
        came: list[tuple[int, int]] = [(-1, -1)]
        finals: list[tuple[int, World, tuple[int, ...]]] = []
        stuck: list[tuple[int, World, tuple[int, ...]]] = []
        checked: set[tuple[int, ...]] = set()
        kernel, numbers = race.kernel, race.numbers
        actors = [Actor(kernel, number, False) for number in numbers]
        elsewhere = Actor(kernel, ELSEWHERE, False)
        progress = self.progress
        advanced = self.advanced
        moves = 0
        at = 0
        try:
            while at < len(todo):
                here = todo[at]
                assert here is not None
                world, key = here
                if self.check:
                    seen = key[: folios_at + 3]
                    if seen not in checked:
                        checked.add(seen)
                        for sentence in violations(world, resting=False):
                            out.broken.append((sentence, self.schedule(came, at)))
                if len(todo) > self.max_states:
                    out.stopped = "bound"
                    break
                todo[at] = None
                targets: list[int] = []
                done = True
                chosen: Sequence[int] = cpus
                alone = 0
                if footprints is not None:
                    chosen, alone = footprints.order(world, key[first_cpu:], progress)
                for turn, cpu in enumerate(chosen):
                    if 0 < turn <= alone and targets:
                        break  # the step before commutes with all that others can still do
                    pid = key[first_cpu + cpu]
                    index, stack, _ = progress[pid]
                    if stack is None:
                        continue
                    done = False
                    apart = race.elsewhere(cpu, index)
                    actor = elsewhere if apart else actors[cpu]
                    action = stack[0]
                    move = action[0](actor, world, *action[1:])
                    if move is None:
                        continue
                    new, then, _, ended = move
                    slow = False
                    # The progress that follows depends on nothing but what was pushed.
                    step = (pid, then, ended, cpu)
                    next_id = advanced.get(step, -1)
                    if next_id < 0:
                        next_id = self.advance(cpu, pid, then, ended, new)
                        advanced[step] = next_id
                    if race.whole_table:
                        before = stack
                        while race.goes_on(before, progress[next_id].stack):
                            before = progress[next_id].stack  # type: ignore[assignment]
                            action = before[0]
                            move = action[0](actor, new, *action[1:])
                            assert move is not None
                            new, then, _, ended = move
                            next_id = self.advance(cpu, next_id, then, ended, new)
                    if progress[next_id].at != index and not apart:
                        new = without_locks(new, numbers[cpu])
                    keys = list(key)
                    if new.folios is not world.folios or new.slots is not world.slots:
                        new, renamed = numbering.settled(world, new)
                        if renamed:
                            slow = True
                    keys[first_cpu + cpu] = next_id
                    if slow:
                        for other in cpus:
                            keys[first_cpu + other] = self.renamed(
                                keys[first_cpu + other], renamed, numbering
                            )
                    if new.files is not world.files:
                        for i in range(nfiles):
                            part = new.files[i]
                            if part is not world.files[i]:
                                keys[i] = intern(part, len(interned))
                    if new.areas is not world.areas:
                        for i in range(nareas):
                            part = new.areas[i]
                            if part is not world.areas[i]:
                                keys[nfiles + i] = intern(part, len(interned))
                    if new.folios is not world.folios:
                        keys[folios_at] = intern(new.folios, len(interned))
                    if new.slots is not world.slots:
                        keys[folios_at + 1] = intern(new.slots, len(interned))
                    if new.rss is not world.rss:
                        keys[folios_at + 2] = intern(new.rss, len(interned))
                    if new.locks is not world.locks:
                        if len(new.locks) > 1:
                            new = new._replace(locks=tuple(sorted(new.locks)))
                        keys[folios_at + 3] = intern(new.locks, len(interned))
                    there = tuple(keys)
                    number = states.setdefault(there, len(todo))
                    if number == len(todo):
                        todo.append((new, there))
                        came.append((at, numbers[cpu]))
                    targets.append(number)
                    moves += 1
                succ.append(tuple(targets))
                if not targets:
                    (finals if done else stuck).append((at, world, key))
                at += 1
        except KeyboardInterrupt:
            out.stopped = "interrupted"
        out.states, out.moves, out.pending = len(todo), moves, len(todo) - at
        walked: list[tuple[World, tuple[tuple[str, ...], ...], int, Schedule]] = []
        if out.stopped:
            for number in range(at, len(todo), max(1, (len(todo) - at) // WALKS)):
                pending = todo[number]
                if pending is None:  # the one at which it was interrupted
                    continue
                ats = [progress[pid] for pid in pending[1][first_cpu:]]
                if end := self.walk(pending[0], ats, self.schedule(came, number)):
                    walked.append(end)
        del todo, states, interned
        counts = _paths(succ) if out.complete else []
        for at, world, key in stuck:
            waiting = tuple(
                (numbers[cpu], _waits(progress[key[first_cpu + cpu]]))
                for cpu in cpus
                if progress[key[first_cpu + cpu]].stack is not None
            )
            out.deadlocks.append(Deadlock(world, self.schedule(came, at), waiting))
        ends = [
            (
                world,
                tuple(progress[pid].results for pid in key[first_cpu:]),
                counts[at] if counts else 0,
                self.schedule(came, at),
            )
            for at, world, key in finals
        ]
        self.judge(ends + walked)

    def advance(
        self, cpu: int, pid: int, then: tuple[Action, ...], ended: str | None, world: World
    ) -> int:
        """The number of the progress after an action."""
        index, stack, results = self.progress[pid]
        assert stack is not None
        below = stack.below
        if ended is None:
            for todo in then[::-1]:
                below = Stack(todo, below)
            if below is not None:
                return self.progress_id(cpu, Progress(index, below, results), world)
            ended = "0"
        body = self.race.bodies[cpu]
        index += 1
        below = Stack((begin, body[index]), None) if index < len(body) else None
        return self.progress_id(cpu, Progress(index, below, (*results, ended)), world)

    def renamed(self, pid: int, renamed: dict[int, int], numbering: Numbering) -> int:
        """The number of the same progress with its folios renamed."""
        asked = (pid, *renamed.items())
        answer = self.renames.get(asked)
        if answer is None:
            answer = self.renames[asked] = self._renamed(pid, renamed, numbering)
        return answer

    def _renamed(self, pid: int, renamed: dict[int, int], numbering: Numbering) -> int:
        index, stack, results = self.progress[pid]
        actions: list[Action] = []
        walk = stack
        while walk is not None:
            actions.append(walk.action)
            walk = walk.below
        new = [numbering.renamed(action, renamed) for action in actions]
        if new == actions:
            return pid
        below: Stack | None = None
        for action in new[::-1]:
            below = Stack(action, below)
        at = Progress(index, below, results)
        known = self.progress_ids.get(at)
        if known is None:
            known = self.progress_ids[at] = len(self.progress)
            self.progress.append(at)
        return known

    @staticmethod
    def schedule(came: list[tuple[int, int]], at: int) -> Schedule:
        """The way to a state."""
        way: list[int] = []
        while at > 0:
            at, cpu = came[at]
            way.append(cpu)
        return tuple(way[::-1])

    def walk(
        self, world: World, ats: list[Progress], way: Schedule
    ) -> tuple[World, tuple[tuple[str, ...], ...], int, Schedule] | None:
        """Follow one interleaving from a state to its end, each step's CPU drawn by lot."""
        race, draw = self.race, Random(len(way) + sum(way))
        while running := [cpu for cpu, at in enumerate(ats) if at.stack is not None]:
            draw.shuffle(running)
            for cpu in running:
                before = ats[cpu].stack
                taken = race.take(cpu, world, ats[cpu])
                if taken is None:
                    continue
                while True:
                    world, ats[cpu], _ = taken
                    after = ats[cpu].stack
                    if not (race.is_local(after) or race.goes_on(before, after)):
                        break
                    before = after
                    taken = race.take(cpu, world, ats[cpu])
                    assert taken is not None
                way = (*way, race.numbers[cpu])
                break
            else:
                waiting = tuple((race.numbers[cpu], _waits(ats[cpu])) for cpu in running)
                self.out.deadlocks.append(Deadlock(world, way, waiting))
                return None
        return world, tuple(at.results for at in ats), 0, way

    # what was found

    def judge(
        self, ends: Iterable[tuple[World, tuple[tuple[str, ...], ...], int, Schedule]]
    ) -> None:
        """Run what stands below the CPUs on each final state, and sort the states."""
        race, out = self.race, self.out
        below = race.program.statements[race.after :]
        asserts = [s for s in below if isinstance(s, p.Assert)]
        groups: dict[Any, FinalState] = {}
        for world, results, count, schedule in ends:
            if self.check:
                for sentence in violations(world, resting=False):
                    out.broken.append((f"at the end {sentence}", schedule))
                if not any(lock.cpu == ELSEWHERE for lock in world.locks):
                    for sentence in violations(world, resting=True):
                        out.broken.append((f"at the end {sentence}", schedule))
            holds, blocked = self.judged(world, below)
            if blocked:
                out.deadlocks.append(Deadlock(world, schedule, ((-1, blocked),)))
            key = (looks(world), results, holds)
            if key in groups:
                old = groups[key]
                shorter = min(old.schedule, schedule, key=len)
                groups[key] = FinalState(old.world, results, old.count + count, shorter, holds)
            else:
                groups[key] = FinalState(world, results, count, schedule, holds)
        out.finals = sorted(groups.values(), key=lambda final: (-final.count, len(final.schedule)))
        out.broken = list(dict(out.broken[::-1]).items())[::-1]
        for number, statement in enumerate(asserts):
            out.verdicts.append(self.verdict(statement, number))

    def judged(self, world: World, below: Sequence[p.Statement]) -> tuple[tuple[bool, ...], str]:
        """Which assertions below the CPUs hold; and what waits for ever, if anything."""
        holds: list[bool] = []
        for statement in below:
            outcome = run_statement(self.race.kernel, world, statement)
            world = outcome.world
            if isinstance(statement, p.Assert):
                holds.append(outcome.ok)
            elif outcome.result == BLOCKED:
                missing = sum(isinstance(s, p.Assert) for s in below) - len(holds)
                return (*holds, *(False,) * missing), f"line {statement.line}"
        return tuple(holds), ""

    def verdict(self, statement: p.Assert, number: int) -> Verdict:
        """Whether an assertion holds over all final states."""
        finals = self.out.finals
        yes = [final for final in finals if final.holds[number]]
        no = [final for final in finals if not final.holds[number]]
        ok: bool | None
        if statement.quantifier == "sometimes":
            ok = True if yes else (False if self.out.complete else None)
            shown = yes or no
        else:
            ok = False if no else (True if self.out.complete else None)
            shown = no or yes
        best = min((final.schedule for final in shown), key=len, default=None)
        return Verdict(statement, ok, len(yes), best)


def _waits(at: Progress) -> str:
    """The action that a CPU waits with."""
    assert at.stack is not None
    return str(at.stack.action[0].__name__)


def _paths(succ: list[tuple[int, ...]]) -> list[int]:
    """How many ways lead from the first state to each: sums over the edges, in their order."""
    waiting = [0] * len(succ)
    for targets in succ:
        for target in targets:
            waiting[target] += 1
    counts = [0] * len(succ)
    counts[0] = 1
    ready = [0]
    met = 0
    while ready:
        state = ready.pop()
        met += 1
        for target in succ[state]:
            counts[target] += counts[state]
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    assert met == len(succ), "the states go in a circle"
    return counts


def looks(world: World) -> Any:
    """What can be told of a final state from outside: entries, data, sizes, counters."""
    return (
        tuple(tuple(seen(world, entry) for entry in area.entries) for area in world.areas),
        tuple((f.size, tuple(seen(world, entry) for entry in f.cache)) for f in world.files),
        world.rss,
        tuple(lock.kind for lock in world.locks),
    )


def seen(world: World, entry: Entry) -> tuple[str, int | None]:
    """The class of an entry, and the byte that its page holds."""
    data = None
    if entry.slot >= 0:
        slot = world.slots[entry.slot]
        data = slot.data if slot is not None else None
    elif entry.folio >= 0 and entry.kind is not Kind.HWPOISON:
        folio = world.folios[entry.folio]
        data = folio.data if folio is not None else None
    return (entry.kind, data)


# one interleaving


class Choice(NamedTuple):
    """A step that a CPU could take next."""

    cpu: int
    text: str  # the statement that it is in
    doing: str  # what it would do, in a few words
    steps: tuple[Step, ...]  # what would be seen of it; empty where it finds nothing to do


class _Replay:
    """A race taken along one schedule, with every step kept."""

    def __init__(self, race: Race) -> None:
        self.race = race
        self.steps: list[Step] = []
        self.owners: list[int] = []  # the statement of each step
        self.outcomes: list[Outcome] = []
        self.world = World()
        for statement in race.program.statements[: race.first]:
            self.run(statement)
        self.at = [race.start(cpu) for cpu in range(len(race.cpus))]

    def run(self, statement: p.Statement) -> None:
        """Run a statement that stands outside the CPUs."""
        before = len(self.steps)
        outcome = run_statement(self.race.kernel, self.world, statement, self.steps)
        self.owners += [len(self.outcomes)] * (len(self.steps) - before)
        self.outcomes.append(outcome)
        self.world = outcome.world

    def runs(self, cpu: int) -> bool:
        """Whether a CPU is not done."""
        return self.at[cpu].stack is not None

    def step(self, cpu: int) -> bool:
        """Let a CPU take one step; false where it has to wait."""
        race = self.race
        while race.is_local(self.at[cpu].stack):
            self.take(cpu)
        before = self.at[cpu].stack
        if before is None or not self.take(cpu):
            return before is None
        while race.goes_on(before, self.at[cpu].stack):
            before = self.at[cpu].stack
            self.take(cpu)
        if race.is_last(cpu, self.world, self.at[cpu]):
            while self.runs(cpu):
                self.take(cpu)
        return True

    def take(self, cpu: int) -> bool:
        """Take a CPU's next action, and keep what is seen of it."""
        at, world = self.at[cpu], self.world
        assert at.stack is not None
        taken = self.race.take(cpu, world, at)
        if taken is None:
            return False
        self.world, self.at[cpu], move = taken
        number = self.race.numbers[cpu]
        step = move.step
        if step is not None:
            step = step._replace(cpu=number)
            if at.stack.action[0] is begin:
                step = step._replace(title=self.text(cpu, at.at))
            elif step.kind == "begin":
                gained = _gained(world, move.world)
                step = step._replace(kind="lock", rule=TAKES, title=f"lock {gained}")
            elif step.kind == "fault" and move.result is not None:
                name = move.world.areas[at.stack.action[1]].name
                step = step._replace(title=f"{name}[{at.stack.action[2]}]: {move.result}")
            elif step.rule in _TITLES:
                step = step._replace(title=_TITLES[step.rule])
        elif at.stack.action[0] is begin:
            step = Step("begin", move.world, PLAIN, BEGINS, None, None, None, None, "", number)
            step = step._replace(title=self.text(cpu, at.at))
        else:
            step = _unshown(at.stack.action, world, move, number)
        if self.at[cpu].at != at.at and move.world.locks != self.world.locks:
            if step is not None:
                self.keep(cpu, step)
            step = Step("end", self.world, PLAIN, RETURNS, cpu=number, title="returns")
        if step is not None:
            self.keep(cpu, step)
        elif self.steps and world[:5] != self.world[:5]:
            self.steps[-1] = self.steps[-1]._replace(world=self.world)
        return True

    def keep(self, cpu: int, step: Step) -> None:
        """Keep a step of a CPU."""
        self.steps.append(step)
        self.owners.append(self.race.first + cpu)

    def text(self, cpu: int, index: int) -> str:
        """A statement of a CPU, as it is written."""
        return format_statement(self.race.bodies[cpu][index], self.race.sizes)


def replay(
    scenario: str | p.Program,
    kernel: str | Kernel,
    schedule: Schedule,
    *,
    whole_table: bool = False,
) -> Trace:
    """One interleaving of a scenario's CPUs as a trace, each step marked with its CPU.

    :param schedule: The CPU that takes each step.  Where it ends before the CPUs do, so
        does the trace.
    :raises ZapvizError: A CPU is named that has no step to take.
    """
    race, play = _played(scenario, kernel, schedule, whole_table)
    waiting = [cpu for cpu in range(len(race.cpus)) if play.runs(cpu)]
    for cpu, statement in enumerate(race.cpus):
        result = "0"
        if cpu in waiting:
            result = BLOCKED if not _enabled(race, play) else RUNNING
        held = result != BLOCKED
        play.outcomes.append(Outcome(statement, result, held, play.world))
    if not waiting:
        for below in race.program.statements[race.after :]:
            play.run(below)
            if play.outcomes[-1].result == BLOCKED:
                break
    trace = Trace.recorded(
        race.program, race.kernel, play.steps, play.outcomes, play.owners, ONE_OF_MANY
    )
    trace.schedule, trace.whole_table = tuple(schedule), whole_table
    return trace


def choices(
    scenario: str | p.Program,
    kernel: str | Kernel,
    schedule: Schedule = (),
    *,
    whole_table: bool = False,
) -> tuple[Choice, ...]:
    """The steps that can be taken next, one for each CPU that need not wait.

    :param schedule: The steps taken so far; empty at the first point where the CPUs run.
    :raises ZapvizError: A CPU is named that has no step to take.
    """
    race, play = _played(scenario, kernel, schedule, whole_table)
    return tuple(_enabled(race, play))


def _played(
    scenario: str | p.Program, kernel: str | Kernel, schedule: Schedule, whole_table: bool
) -> tuple[Race, _Replay]:
    if isinstance(scenario, str):
        scenario = parse_scenario(named_or_text(scenario))
    race = Race(scenario, find_kernel(kernel), whole_table)
    play = _Replay(race)
    for at, number in enumerate(schedule):
        if number not in race.numbers:
            raise ZapvizError(f"there is no CPU{number}; step {at + 1} of the schedule names it")
        cpu = race.numbers.index(number)
        if not play.runs(cpu):
            raise ZapvizError(f"CPU{number} is done before step {at + 1} of the schedule")
        if not play.step(cpu):
            raise ZapvizError(f"CPU{number} has to wait at step {at + 1} of the schedule")
    return race, play


def _enabled(race: Race, play: _Replay) -> list[Choice]:
    """What each CPU would do next, tried on a copy."""
    found = []
    for cpu, number in enumerate(race.numbers):
        if not play.runs(cpu):
            continue
        trial = copy.copy(play)
        trial.steps, trial.owners, trial.at = [], [], list(play.at)
        if trial.step(cpu):
            text = play.text(cpu, play.at[cpu].at)
            said = [_doing(step) for step in trial.steps if step.kind != "begin"]
            doing = "; ".join(said) or "finds nothing to do here"
            found.append(Choice(number, text, doing, tuple(trial.steps)))
    return found


def _doing(step: Step) -> str:
    """A step in a few words."""
    if step.title or step.place is None or step.before is None or step.after is None:
        return step.title or step.part.title or step.rule.id
    held: Any = step.world.files if step.place.in_file else step.world.areas
    name = f"{held[step.place.of].name}[{step.place.page}]"
    if step.kind == "lock":
        return f"lock the folio of {name}"
    if step.before == step.after:
        return f"{name}: {step.before.kind} stays"
    return f"{name}: {step.before.kind} -> {step.after.kind}"


def _unshown(action: Action, before: World, move: Move, cpu: int) -> Step | None:
    """What is seen of an action that shows nothing where it runs alone: stores and locks."""
    take, after = action[0], move.world
    if take is access and not move.then:
        _, area, page, value = action
        place = Place(False, area, page)
        entry = after.areas[area].entries[page]
        name = f"{after.areas[area].name}[{page}]"
        title = f"load {name}" if value is None else f"store {value} to {name}"
        return Step("access", after, PLAIN, TOUCHED, place, entry, entry, None, title, cpu)
    if gained := _gained(before, after):
        return Step("lock", after, PLAIN, TAKES, cpu=cpu, title=f"lock {gained}")
    if lost := _gained(after, before):
        return Step("unlock", after, PLAIN, GIVES, cpu=cpu, title=f"unlock {lost}")
    if take in (begin_page, pageout_range) and before.folios is not after.folios:
        name = f"{after.areas[action[1]].name}"
        page = action[2]
        isolated = [
            folio.page
            for folio, old in zip(after.folios, before.folios, strict=True)
            if folio is not None
            and old is not None
            and folio.flags & FolioFlag.MOVING
            and not old.flags & FolioFlag.MOVING
        ]
        if isolated and take is begin_page:
            return Step("lock", after, PLAIN, ISOLATES, cpu=cpu, title=f"isolate {name}[{page}]")
        return Step("lock", after, PLAIN, ISOLATES, cpu=cpu, title=f"isolate a page of {name}")
    return None


def _gained(before: World, after: World) -> str:
    """The locks that are held in one state and not in another, in words."""
    gained = [lock for lock in after.locks if lock not in before.locks]
    return ", ".join(_lock_name(after, lock) for lock in gained)


def _lock_name(world: World, lock: Lock) -> str:
    """A lock in a few words."""
    if lock.kind == "mmap_lock":
        return f"mmap_lock ({'read' if lock.shared else 'write'})"
    if lock.kind == "folio lock":
        folio = world.folios[lock.of]
        if folio is None:
            return "the folio"
        held = world.areas[folio.area] if folio.file < 0 else world.files[folio.file]
        return f"folio of {held.name}[{folio.page}]"
    kind = "hole" if lock.kind == "shmem_falloc" else lock.kind
    return f"{kind} of {world.files[lock.of].name}"
