"""Every interleaving of two or three CPUs: which states they can end in, and how.

:func:`search_orders` runs the statements before the CPUs, then takes the CPUs' actions in
every order, each action a step that another CPU can come between.  States that are equal
are one state, however they were reached; how many interleavings reach each is counted
along the edges between them.  What follows the CPUs runs on every final state.

>>> from zapviz.kernels.known import KERNELS
>>> from zapviz.scenario.library import SCENARIOS
>>> exploration = search_orders(SCENARIOS["race-punch"].program, KERNELS["v6.18"])
>>> exploration.ok, exploration.complete, len(exploration.finals)
(True, True, 1)
>>> exploration.interleavings == exploration.finals[0].count
True

A CPU waits while a lock it needs is held by another; where all that are left wait, the
state is a deadlock.  Memory ordering, TLB flushes and interrupts are left out.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, Final

from zapviz.kernels.chains import source
from zapviz.kernels.known import Kernel
from zapviz.model import program as p
from zapviz.model.actions import facts_of
from zapviz.model.calls import begin
from zapviz.model.invariants import violations
from zapviz.model.locks import without_locks
from zapviz.model.looks import looks
from zapviz.model.machine import BLOCKED, run_statement
from zapviz.model.steps import ELSEWHERE, Action, Actor
from zapviz.model.world import World
from zapviz.races.cpus import Progress, Race, Schedule, Stack
from zapviz.races.exploration import Deadlock, Exploration, FinalState, Verdict
from zapviz.races.footprints import Footprints
from zapviz.races.numbering import Numbering

__all__ = [
    "MAX_STATES",
    "search_orders",
]


MAX_STATES: Final = 500_000
"""Most states that an exploration keeps, unless it is told otherwise."""


WALKS: Final = 200
"""Where an exploration stops early: how many of the states that it did not go on from are
followed to an end of theirs."""


def search_orders(
    program: p.Program,
    kernel: Kernel,
    *,
    whole_table: bool = False,
    reduced: bool = False,
    max_states: int = MAX_STATES,
    check: bool = True,
) -> Exploration:
    """Explore every interleaving of a program's CPUs.

    Args:
        whole_table: Whether the entries that one pass decides under one page table's lock
            stay together.
        reduced: Whether to leave out orders of steps that cannot matter: of a step that
            commutes with all that the other CPUs can still do. The final states and verdicts
            are the same; interleavings are then counted without those orders.
        max_states: Where to stop.
        check: Whether to check the invariants in every state.

    Raises:
        ZapvizError: The program has no CPUs.
    """
    race = Race(program, kernel, whole_table)
    return _Search(race, reduced, max_states, check).run()


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
                self.search(world)
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

    def search(self, world: World) -> None:
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
                (numbers[cpu], _waits(kernel, progress[key[first_cpu + cpu]]))
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
                waiting = tuple(
                    (race.numbers[cpu], _waits(race.kernel, ats[cpu])) for cpu in running
                )
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


def _waits(kernel: Kernel, at: Progress) -> str:
    """The function of the kernel in which a CPU waits."""
    assert at.stack is not None
    action = at.stack.action
    return source(kernel.version, facts_of(action[0]).key(action))[0]


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
