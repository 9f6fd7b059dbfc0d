"""Which steps of two CPUs commute, so that their order can be left out.

What each action touches is declared beside it (:mod:`zapviz.model.actions`); what a statement can
touch is declared beside its beginning (:mod:`zapviz.model.calls`). Two steps commute if neither
writes what the other reads or writes. If a step touches nothing that the other CPUs can still
touch, its order among their steps does not matter, and only that step is explored (a persistent set
of one).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from zapviz.model.actions import facts_of
from zapviz.model.calls import call_of
from zapviz.model.elements import NOTHING, Elements, Footprint
from zapviz.model.steps import Action
from zapviz.model.world import Lock, World
from zapviz.races.cpus import Progress, Race

__all__ = ["Footprints"]


class _Step(NamedTuple):
    """What is known of a CPU's next step, whatever the state."""

    touched: Footprint | None  # None: it depends on the state
    holder: int  # the number by which the locks of its CPU are known
    gives_back: bool


class Footprints:
    """The footprints of a race's actions and statements."""

    def __init__(self, race: Race, world: World) -> None:
        self.race = race
        self.on = Elements(race.kernel, world, race.bodies)
        self.ahead: dict[tuple[int, int], Footprint] = {}
        self.steps: dict[tuple[int, int], _Step] = {}
        self.holds: dict[tuple[tuple[Lock, ...], int], Footprint] = {}
        self.totals: dict[int, Footprint] = {}

    def statement(self, cpu: int, index: int) -> Footprint:
        """Give all that a statement of a CPU can touch."""
        statement = self.race.bodies[cpu][index]
        known = self.totals.get(id(statement))
        if known is None:
            known = call_of(statement).touches(self.on, statement)
            self.totals[id(statement)] = known
        return known

    def leads_to(self, action: Action, cpu: int, index: int) -> Footprint:
        """Give all that an action of a statement, and all that follows from it, can touch."""
        asked = facts_of(action[0]).leads_to
        if asked is None:
            return self.statement(cpu, index)
        touched: Footprint = asked(action, self.on)
        return touched

    def future(self, pid: int, cpu: int, at: Progress) -> Footprint:
        """Give all that a CPU can still touch."""
        known = self.ahead.get((pid, cpu))
        if known is not None:
            return known
        touched = NOTHING
        if at.stack is not None:
            for index in range(at.at + 1, len(self.race.bodies[cpu])):
                touched |= self.statement(cpu, index)
            stack: Any = at.stack
            while stack is not None:
                touched |= self.leads_to(stack.action, cpu, at.at)
                stack = stack.below
        self.ahead[pid, cpu] = touched
        return touched

    def next(self, pid: int, cpu: int, at: Progress, world: World) -> Footprint:
        """Give all that a CPU's next step touches, with the locks that it may release."""
        step = self.next_step(pid, cpu, at)
        touched = step.touched
        if touched is None:
            assert at.stack is not None
            action = at.stack.action
            asked = facts_of(action[0]).touches
            assert asked is not None
            touched = asked(action, self.on, world=world)
        return touched | self.held(world, step.holder) if world.locks else touched

    def next_step(self, pid: int, cpu: int, at: Progress) -> _Step:
        """Give what is known of a CPU's next step, whatever the state."""
        known = self.steps.get((pid, cpu))
        if known is None:
            known = self.steps[pid, cpu] = self._next_step(cpu, at)
        return known

    def _next_step(self, cpu: int, at: Progress) -> _Step:
        assert at.stack is not None
        action = at.stack.action
        facts = facts_of(action[0])
        touched: Footprint | None
        if self.race.whole_table and facts.table:
            touched = self.leads_to(action, cpu, at.at)
        elif facts.touches is None:
            touched = self.statement(cpu, at.at)
        else:
            touched = None if facts.touches.of_world else facts.touches(action, self.on)
        return _Step(touched, self.race.numbers[cpu], facts.gives_back)

    def gives_back(self, step: _Step, world: World) -> bool:
        """Tell whether a step only releases locks that others can only wait for.

        A CPU that wants them waits until then, so nobody can tell how long they were held. A
        folio's lock is different, since fault-around and reclaim pass over a locked folio.
        """
        return step.gives_back and not any(
            lock.cpu == step.holder and lock.kind == "folio lock" for lock in world.locks
        )

    def held(self, world: World, holder: int) -> Footprint:
        """Give the footprint of the locks that a CPU holds."""
        asked = (world.locks, holder)
        known = self.holds.get(asked)
        if known is None:
            known = NOTHING
            for lock in world.locks:
                if lock.cpu == holder:
                    known |= self.lock(lock)
            self.holds[asked] = known
        return known

    def lock(self, lock: Lock) -> Footprint:
        """Give the footprint of a held lock that any step of its CPU may release.

        A folio's lock is left out: it belongs to its page, and the action that releases it declares
        that.
        """
        on, of = self.on, lock.of
        if lock.kind == "folio lock":
            return NOTHING
        if lock.kind == "mmap_lock":
            bit = on.mmap_lock
        elif lock.kind == "page table lock":
            bit = on.entry(of, lock.first)
        elif lock.kind == "mf_mutex":
            bit = on.mf_mutex
        elif lock.kind == "VMA lock":
            bit = on.vmas
        elif lock.kind == "i_rwsem":
            bit = on.i_rwsem(of)
        elif lock.kind == "i_mmap_rwsem":
            bit = on.i_mmap_rwsem(of)
        else:
            bit = on.kept_out(of)
        return Footprint(bit) if lock.shared else Footprint(0, bit)

    def order(
        self, world: World, pids: Sequence[int], progress: Sequence[Progress]
    ) -> tuple[list[int], int]:
        """Give the CPUs that are not done, and how many of the first ones can each go alone."""
        running = [cpu for cpu, pid in enumerate(pids) if progress[pid].stack is not None]
        if len(running) < 2:
            return running, 0
        futures = [self.future(pids[cpu], cpu, progress[pids[cpu]]) for cpu in running]
        alone, others = [], []
        for at, cpu in enumerate(running):
            pid = pids[cpu]
            if self.gives_back(self.next_step(pid, cpu, progress[pid]), world):
                alone.append(cpu)
                continue
            touched = self.next(pid, cpu, progress[pid], world)
            for other, future in enumerate(futures):
                if other != at and touched.meets(future):
                    others.append(cpu)
                    break
            else:
                alone.append(cpu)
        return alone + others, len(alone)
