"""Every interleaving of two or three CPUs: the states in which they can end, and how.

:func:`search_orders` runs the statements before the CPUs, then takes the CPUs' actions in every
order; each action is a step that another CPU can come between. Equal states are one state, however
they were reached; the interleavings that reach each state are counted along the edges between
states. The statements below the CPUs run on every final state.

>>> from zapviz.kernels.known import KERNELS
>>> from zapviz.scenario.library import SCENARIOS
>>> exploration = search_orders(SCENARIOS["race-punch"].program, KERNELS["v6.18"])
>>> exploration.ok, exploration.complete, len(exploration.finals)
(True, True, 1)
>>> exploration.interleavings == exploration.finals[0].count
True

A CPU waits while another CPU holds a lock that it needs; where all remaining CPUs wait, the state
is a deadlock. Memory ordering, TLB flushes and interrupts are left out.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from random import Random
from typing import Any, Final, TypeAlias

from zapviz.collecting import collecting_later
from zapviz.kernels.chains import source
from zapviz.kernels.known import Kernel
from zapviz.model import program as p
from zapviz.model.actions import facts_of
from zapviz.model.calls import begin
from zapviz.model.invariants import violations
from zapviz.model.locks import without_locks
from zapviz.model.looks import looks, write_protected
from zapviz.model.machine import BLOCKED, booted, run_statement
from zapviz.model.steps import Action, Actor
from zapviz.model.world import World, without_anon_vmas
from zapviz.races.cpus import Progress, Race, Schedule, Stack
from zapviz.races.exploration import AssertionVerdict, Deadlock, Exploration, FinalState
from zapviz.races.footprints import Footprints
from zapviz.races.numbering import Numbering
from zapviz.words import how_many
from zapviz.work import Steps, whole

__all__ = [
    "MAX_STATES",
    "search_orders",
    "search_steps",
]


MAX_STATES: Final = 500_000
"""Most states that an exploration keeps, unless the caller sets another bound."""


WALKS: Final = 200
"""Where an exploration stops early: the number of states, of those not explored further, from which
one interleaving is followed to its end.
"""


_LOOK: Final = 200
"""Between two looks at the clock: states, walks or final states; some milliseconds."""

_REST: Final = 0.25
"""How much longer than it was given an exploration may take to judge what it found."""


def search_orders(
    program: p.Program,
    kernel: Kernel,
    *,
    whole_table: bool = False,
    reduced: bool = False,
    max_states: int = MAX_STATES,
    max_seconds: float = math.inf,
    check: bool = True,
) -> Exploration:
    """Explore every interleaving of a program's CPUs.

    Args:
        program: The scenario.
        kernel: The kernel.
        whole_table: Whether the entries that one pass decides under one page table's lock stay
            together.
        reduced: Whether to leave out orders of steps that cannot matter: those of a step that
            commutes with all that the other CPUs can still do. The final states and verdicts are
            the same; interleavings are then counted without those orders.
        max_states: The number of states at which to stop.
        max_seconds: The time after which to stop; what was found by then is judged in at most a
            quarter of it.
        check: Whether to check the invariants in every state.

    Raises:
        ZapvizError: The program has no CPUs.
    """
    steps = search_steps(
        program,
        kernel,
        whole_table=whole_table,
        reduced=reduced,
        max_states=max_states,
        max_seconds=max_seconds,
        check=check,
    )
    with collecting_later():
        return whole(steps)


def search_steps(
    program: p.Program,
    kernel: Kernel,
    *,
    whole_table: bool = False,
    reduced: bool = False,
    max_states: int = MAX_STATES,
    max_seconds: float = math.inf,
    check: bool = True,
) -> Steps[Exploration]:
    """Explore as :func:`search_orders` does, in steps; one that is stopped gives what was found.

    Its seconds are those of the steps alone.

    Raises:
        ZapvizError: The program has no CPUs.
    """
    race = Race(program, kernel, whole_table)
    return _Search(race, reduced, max_states, max_seconds, check).run()


_Key: TypeAlias = tuple[int, ...]
"""A state: the number of its world, then one for each CPU's progress."""

_Moved: TypeAlias = tuple[int, int, dict[int, int]]
"""The numbers of the world and of the CPU's progress after a step, and the folios that it renames
in what every CPU has still to do.
"""

_End: TypeAlias = tuple[World, tuple[tuple[str, ...], ...], int, Schedule]
"""A state in which the CPUs end: their results, how many ways lead there, and one of them."""


_UNKNOWN: Final[_Moved] = (-1, -1, {})


class _Worlds:
    """The worlds that were met, by number; equal worlds have one number."""

    def __init__(self, world: World) -> None:
        files, areas, *others, locks, machine = world
        self.files = len(files)
        self.folios = self.files + len(areas)
        self.all = [world]
        self.parts: dict[Any, int] = {}  # equal parts of worlds have one number, too
        number = self.parts.setdefault
        keys = tuple(
            [number(part, len(self.parts)) for part in (*files, *areas, *others, machine, locks)]
        )
        self.keys = [keys]  # of each world: the numbers of its parts, its locks last
        self.numbers = {keys: 0}

    def number(self, at: int, new: World) -> int:
        """Give the number of a world that was reached from the one with a number."""
        old = self.all[at]
        parts = self.parts
        number = parts.setdefault
        keys = list(self.keys[at])
        files, areas, folios, slots, processes, locks, machine = new
        if files is not old.files:
            for place, (file, before) in enumerate(zip(files, old.files, strict=True)):
                if file is not before:
                    keys[place] = number(file, len(parts))
        if areas is not old.areas:
            for place, (area, was) in enumerate(zip(areas, old.areas, strict=True), self.files):
                if area is not was:
                    keys[place] = number(area, len(parts))
        place = self.folios
        if folios is not old.folios:
            keys[place] = number(folios, len(parts))
        if slots is not old.slots:
            keys[place + 1] = number(slots, len(parts))
        if processes is not old.processes:
            keys[place + 2] = number(processes, len(parts))
        if machine != old.machine:
            keys[place + 3] = number(machine, len(parts))
        if locks is not old.locks:
            keys[place + 4] = number(locks, len(parts))
        key = tuple(keys)
        known = self.numbers.setdefault(key, len(self.all))
        if known == len(self.all):
            self.all.append(new)
            self.keys.append(key)
        return known


class _Graph:
    """The states that were met, by number, and the steps that lead from one to another."""

    def __init__(self, key: _Key) -> None:
        self.states: dict[_Key, int] = {key: 0}
        self.todo: list[_Key | None] = [key]  # None: explored already
        self.succ: list[tuple[int, ...]] = []
        # The state from which each was first met, and the CPU whose step led there.
        self.came: list[tuple[int, int]] = [(-1, -1)]

    def schedule(self, at: int) -> Schedule:
        """Give the way by which a state was first met."""
        way: list[int] = []
        while at > 0:
            at, cpu = self.came[at]
            way.append(cpu)
        return tuple(way[::-1])


class _Search:
    """An exploration in progress."""

    def __init__(
        self, race: Race, reduced: bool, max_states: int, max_seconds: float, check: bool
    ) -> None:
        self.race = race
        self.check = check
        self.max_states = max(1, max_states)
        self.max_seconds = max_seconds
        self.resumed = 0.0
        self.told = False  # to stop
        self.heeds = True  # whether that ends what goes on
        self.reduced = reduced
        self.progress: list[Progress] = []
        self.progress_ids: dict[Progress, int] = {}
        self.advanced: dict[tuple[int, Any, Any, int], int] = {}
        self.renames: dict[Any, int] = {}
        # Of each CPU: what follows its step, by the world and its progress; None: it waits or ends.
        self.moved_by: list[dict[tuple[int, int], _Moved | None]] = [{} for _ in race.cpus]
        self.actors = race.actors
        self.out = Exploration(race.program, race.kernel, race.whole_table, reduced)

    def run(self) -> Steps[Exploration]:
        """Explore, count, and judge."""
        self.resumed = time.perf_counter()
        world = self.before()
        if world is not None:
            yield from self.search(world)
        self.out.seconds += time.perf_counter() - self.resumed
        return self.out

    def pause(self, progress: str) -> Steps[str]:
        """Rest between two steps; give why to stop, or nothing."""
        self.out.seconds += time.perf_counter() - self.resumed
        try:
            if (yield progress):
                self.told = True
        finally:
            self.resumed = time.perf_counter()
        if self.told and self.heeds:
            return "asked"
        return "time" if self.out.seconds > self.max_seconds else ""

    def before(self) -> World | None:
        """Run the statements above the CPUs; give None where one waits for ever."""
        world = booted(self.race.program)
        for statement in self.race.program.statements[: self.race.first]:
            outcome = run_statement(self.race.kernel, world, statement)
            world = outcome.world
            if outcome.result == BLOCKED:
                self.out.deadlocks.append(Deadlock(world, (), ()))
                return None
            if isinstance(statement, p.Assert) and not outcome.ok:
                self.out.failed.append(statement)
        return without_anon_vmas(world)

    # progress of one CPU, by number

    def progress_id(self, cpu: int, at: Progress, world: World) -> int:
        """Give the number of a CPU's progress after all that no other CPU can notice."""
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

    def search(self, world: World) -> Steps[None]:
        """Explore breadth first, so that the first way to a state is a shortest one."""
        race, out, progress, moved_by = self.race, self.out, self.progress, self.moved_by
        self.numbering = Numbering(world, race.bodies)
        world = self.numbering.laid_out(world)
        self.worlds = _Worlds(world)
        worlds, parts = self.worlds.all, self.worlds.keys
        footprints = Footprints(race, world) if self.reduced else None
        cpus = range(len(race.cpus))
        started = [self.progress_id(cpu, race.start(cpu), world) for cpu in cpus]
        graph = _Graph((0, *started))
        todo, states, step = graph.todo, graph.states, self.step
        checked: set[_Key] = set()
        finals: list[tuple[int, _Key]] = []  # states by number
        stuck: list[tuple[int, _Key]] = []
        chosen: Sequence[int] = cpus
        alone = met = look = 0
        try:
            for at, key in enumerate(todo):  # the list grows meanwhile
                assert key is not None
                if at >= look:
                    look = at + _LOOK
                    stop = yield from self.pause(how_many(len(todo), "state"))
                    if stop:
                        out.stopped = stop
                        break
                where, *pids = key
                if where >= met and self.check:  # the first state with a world of that number
                    met = where + 1
                    if (seen := parts[where][:-1]) not in checked:
                        checked.add(seen)  # the invariants do not ask for locks
                        for sentence in violations(worlds[where], resting=False):
                            out.broken.append((sentence, graph.schedule(at)))
                if len(todo) > self.max_states:
                    out.stopped = "bound"
                    break
                todo[at] = None
                if footprints is not None:
                    chosen, alone = footprints.order(worlds[where], pids, progress)
                targets: list[int] = []
                for turn, cpu in enumerate(chosen):
                    if 0 < turn <= alone and targets:
                        break  # the step before commutes with all that others can still do
                    pid = pids[cpu]
                    known = moved_by[cpu]
                    moved = known.get((where, pid), _UNKNOWN)
                    if moved is _UNKNOWN:
                        moved = known[where, pid] = step(cpu, where, pid)
                    if moved is None:
                        continue
                    then, pids[cpu], renamed = moved
                    if renamed:
                        after = (then, *[self.renamed(other, renamed) for other in pids])
                    else:
                        after = (then, *pids)
                    pids[cpu] = pid
                    number = states.setdefault(after, len(todo))
                    if number == len(todo):
                        todo.append(after)
                        graph.came.append((at, race.numbers[cpu]))
                    targets.append(number)
                graph.succ.append(tuple(targets))
                if not targets:
                    done = all(progress[pid].stack is None for pid in pids)
                    (finals if done else stuck).append((at, key))
        except KeyboardInterrupt:
            out.stopped = "interrupted"
        yield from self.record(graph, finals, stuck)

    def step(self, cpu: int, where: int, pid: int) -> _Moved | None:
        """Give what follows a CPU's next step; None where it waits or is done.

        It depends on the world and on that CPU's progress alone.
        """
        index, stack, _ = self.progress[pid]
        if stack is None:
            return None
        world = self.worlds.all[where]
        actor = self.actors[cpu]
        action = stack[0]
        move = action[0](actor, world, *action[1:])
        if move is None:
            return None
        new, then, _, ended = move
        # The progress that follows depends on nothing but what was pushed.
        taken = (pid, then, ended, cpu)
        next_id = self.advanced.get(taken, -1)
        if next_id < 0:
            next_id = self.advanced[taken] = self.advance(cpu, pid, then, ended, new)
        if self.race.whole_table:
            new, next_id = self.rest_of_table(cpu, actor, stack, new, next_id)
        if new.locks and self.progress[next_id].at != index:
            new = without_locks(new, actor.cpu)
        renamed: dict[int, int] = {}
        if new.folios is not world.folios or new.slots is not world.slots:
            new, renamed = self.numbering.settled(world, new)
        if len(new.locks) > 1 and new.locks is not world.locks:
            files, areas, folios, slots, processes, locks, machine = new
            new = World(files, areas, folios, slots, processes, tuple(sorted(locks)), machine)
        return self.worlds.number(where, new), next_id, renamed

    def rest_of_table(
        self, cpu: int, actor: Actor, before: Stack, world: World, pid: int
    ) -> tuple[World, int]:
        """Give the state and the progress after all entries of one page table are done."""
        while self.race.goes_on(before, after := self.progress[pid].stack):
            assert after is not None
            before, action = after, after.action
            move = action[0](actor, world, *action[1:])
            assert move is not None
            world = move.world
            taken = (pid, move.then, move.result, cpu)
            pid = self.advanced.get(taken, -1)
            if pid < 0:
                pid = self.advanced[taken] = self.advance(cpu, *taken[:3], world)
        return world, pid

    def record(
        self,
        graph: _Graph,
        finals: Sequence[tuple[int, _Key]],
        stuck: Sequence[tuple[int, _Key]],
    ) -> Steps[None]:
        """Record the results: how far the exploration went, the deadlocks, and the ends of the
        CPUs.
        """
        out, progress, worlds = self.out, self.progress, self.worlds.all
        out.states, out.moves = len(graph.todo), sum(map(len, graph.succ))
        out.pending = out.states - len(graph.succ)
        # What was found is judged, also where the exploration was told to stop; but not for ever.
        self.heeds = out.stopped != "asked"
        self.max_seconds = max(self.max_seconds, out.seconds) * (1 + _REST)
        walked: list[_End] = []
        for walk in self.walks(graph) if out.stopped else ():
            walked += [walk] if walk else []
            if (yield from self.pause(f"{how_many(len(walked), 'order')} followed to the end")):
                break
        graph.todo.clear()
        graph.states.clear()
        for at, (where, *pids) in stuck:
            waiting = self.waiting([progress[pid] for pid in pids])
            out.deadlocks.append(Deadlock(worlds[where], graph.schedule(at), waiting))
        counts = (yield from self.counted(graph.succ)) if out.complete else []
        ends: Iterator[_End] = (
            (
                worlds[where],
                tuple(progress[pid].results for pid in pids),
                counts[at] if counts else 0,
                graph.schedule(at),
            )
            for at, (where, *pids) in finals
        )
        yield from self.judge(chain(ends, walked), len(finals) + len(walked))

    def counted(self, succ: list[tuple[int, ...]]) -> Steps[list[int]]:
        """Count the ways from the first state to each state, by sums over the edges in their
        order.
        """
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
            if met % (_LOOK * _LOOK) == 0:
                yield from self.pause(f"{met:,} of {how_many(len(succ), 'state')} counted")
            for target in succ[state]:
                counts[target] += counts[state]
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
        assert met == len(succ), "the states go in a circle"
        return counts

    def waiting(self, ats: Sequence[Progress]) -> tuple[tuple[int, str], ...]:
        """Give the CPUs that are not done, and the kernel function in which each waits."""
        return tuple(
            (number, _waits(self.race.kernel, at.stack.action))
            for number, at in zip(self.race.numbers, ats, strict=True)
            if at.stack is not None
        )

    def advance(
        self, cpu: int, pid: int, then: tuple[Action, ...], ended: str | None, world: World
    ) -> int:
        """Give the number of the progress after an action."""
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

    def renamed(self, pid: int, renamed: dict[int, int]) -> int:
        """Give the number of the same progress with its folios renamed."""
        asked = (pid, *renamed.items())
        answer = self.renames.get(asked)
        if answer is None:
            answer = self.renames[asked] = self._renamed(pid, renamed)
        return answer

    def _renamed(self, pid: int, renamed: dict[int, int]) -> int:
        index, stack, results = self.progress[pid]
        actions: list[Action] = []
        walk = stack
        while walk is not None:
            actions.append(walk.action)
            walk = walk.below
        new = [Numbering.renamed(action, renamed) for action in actions]
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

    def walks(self, graph: _Graph) -> Iterator[_End | None]:
        """Give the ends of some of the states that were met but not explored further; None for one
        that has none.
        """
        first, end = len(graph.succ), len(graph.todo)
        for number in range(first, end, max(1, (end - first) // WALKS)):
            pending = graph.todo[number]
            if pending is None:  # the one at which it was interrupted
                continue
            where, *pids = pending
            ats = [self.progress[pid] for pid in pids]
            yield self.walk(self.worlds.all[where], ats, graph.schedule(number))

    def walk(self, world: World, ats: list[Progress], way: Schedule) -> _End | None:
        """Follow one interleaving from a state to its end; draw each step's CPU by lot."""
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
                self.out.deadlocks.append(Deadlock(world, way, self.waiting(ats)))
                return None
        return world, tuple(at.results for at in ats), 0, way

    # what was found

    def judge(self, ends: Iterable[_End], many: int) -> Steps[None]:
        """Run the statements below the CPUs on each final state, and sort the states."""
        race, out = self.race, self.out
        below = race.program.statements[race.after :]
        asserts = [s for s in below if isinstance(s, p.Assert)]
        groups: dict[Any, FinalState] = {}
        alike: dict[Any, dict[Any, World]] = {}  # by group, by what is write-protected
        for judged, (world, results, count, schedule) in enumerate(ends):
            if judged % _LOOK == 0:
                stop = yield from self.pause(f"judged {judged:,} of {how_many(many, 'end')}")
                if stop:
                    out.stopped = out.stopped or stop
                    break
            if self.check:
                for sentence in violations(world):
                    out.broken.append((f"at the end {sentence}", schedule))
            holds, blocked = self.judged(world, below)
            if blocked:
                out.deadlocks.append(Deadlock(world, schedule, ((-1, blocked),)))
            key = (looks(world), results, holds)
            alike.setdefault(key, {}).setdefault(write_protected(world), world)
            if key in groups:
                old = groups[key]
                shorter = min(old.schedule, schedule, key=len)
                groups[key] = FinalState(old.world, results, old.count + count, shorter, holds)
            else:
                groups[key] = FinalState(world, results, count, schedule, holds)
        for key, worlds in alike.items():
            if len(worlds) > 1:
                others = tuple(one for one in worlds.values() if one is not groups[key].world)
                groups[key] = replace(groups[key], alike=others)
        out.finals = sorted(groups.values(), key=lambda final: (-final.count, len(final.schedule)))
        out.broken = list(dict(out.broken[::-1]).items())[::-1]
        for number, statement in enumerate(asserts):
            out.verdicts.append(self.verdict(statement, number))

    def judged(self, world: World, below: Sequence[p.Statement]) -> tuple[tuple[bool, ...], str]:
        """Tell which assertions below the CPUs hold, and which statement waits for ever, if any."""
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

    def verdict(self, statement: p.Assert, number: int) -> AssertionVerdict:
        """Decide whether an assertion holds over all final states."""
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
        return AssertionVerdict(statement, ok, len(yes), best)


def _waits(kernel: Kernel, action: Action) -> str:
    """Give the kernel function in which an action waits."""
    return source(kernel.version, facts_of(action[0]).key(action))[0]
