"""What actions and statements declare to touch: held against what they are seen to touch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

from recording import changes, locks_looked_at, reads

from zapviz.kernels.known import KERNELS, Kernel
from zapviz.model import program as p
from zapviz.model.actions import facts_of
from zapviz.model.calls import begin
from zapviz.model.elements import NOTHING, Footprint
from zapviz.model.machine import BLOCKED, run_statement
from zapviz.model.steps import ELSEWHERE, Action, Actor
from zapviz.model.world import World
from zapviz.races.cpus import Race
from zapviz.races.footprints import Footprints
from zapviz.scenario.generate import random_program
from zapviz.scenario.text import format_scenario, parse_scenario

MAKES = p.NewFile | p.NewMapping | p.NewAnon


def dealt(rng: Random, cpus: int, pages: int, statements: int) -> p.Program | None:
    """A random program with its last statements dealt to some CPUs; None for too short a one."""
    made = random_program(rng, pages=pages, statements=statements, cpus=False, asserts=False)
    body = list(made.statements)
    last = max(at for at, statement in enumerate(body) if isinstance(statement, MAKES))
    first = max(last + 1, len(body) - 2 * cpus)
    above, rest = body[:first], body[first:]
    if isinstance(above[-1], p.Exit) or len(rest) < cpus:
        return None
    if rng.random() < 0.05 and not isinstance(rest[-1], p.Exit):
        rest[-1] = p.Exit()
    bodies = [p.Cpu(cpu, tuple(rest[cpu::cpus])) for cpu in range(cpus)]
    return p.Program((*above, *bodies))


CALLS = (
    *(f"madvise({{{name}}}, {advice})" for advice in p.ADVICE for name in "ABN"),
    *(f"{call}({{{name}}})" for name in "ABN" for call in (
        "read", "migrate", "migrate_begin", "migrate_end", "munmap", "mlock", "munlock",
        "uffd_wp", "uffd_poison", "migrate_to_device", "make_device_exclusive",
    )),
    *(f"mmap({{{name}}}, MAP_FIXED)" for name in "ABN"),
    *(f"mprotect({{{name}}}, {prot})" for name in "ABN" for prot in (
        "PROT_NONE", "PROT_READ", "PROT_READ | PROT_WRITE",
    )),
    *("{A} = 1", "{B} = 2", "{N} = 3") * 3,
    "fallocate({F}, FALLOC_FL_PUNCH_HOLE)",
    "ftruncate(F, {size})",
    "ftruncate(F, bytes={bytes})",
    "invalidate({F})",
    "unmap_mapping_range({F}, even_cows={bit})",
    "pwrite({F}, 9)",
    "pwrite({F}, 9, O_DIRECT)",
)  # fmt: skip
"""Every statement of the language that makes no object, but for exit."""


def dense(rng: Random, cpus: int, pages: int) -> p.Program:
    """A race in which every statement is as likely, about the same few pages."""

    def call(options: tuple[str, ...] = CALLS) -> str:
        ranges = {}
        for name in "FABN":
            first = rng.randrange(pages)
            ranges[name] = f"{name}[{first}:{rng.randrange(first + 1, pages + 1)}]"
        size, tail = rng.randrange(pages + 1), rng.randrange(1, pages * 4096)
        return rng.choice(options).format(**ranges, size=size, bytes=tail, bit=rng.randrange(2))

    lines = [
        f"F = {rng.choice(('shmem', 'file'))}({pages})",
        "A = mmap(F, MAP_PRIVATE)",
        "B = mmap(F, MAP_SHARED)",
        f"N = anon({pages})",
        *(call() for _ in range(rng.randrange(6))),
    ]
    for cpu in range(cpus):
        lines += [f"def CPU{cpu}():", *(f"    {call()}" for _ in range(rng.choice((1, 1, 2))))]
    if rng.random() < 0.05:
        lines.append("    exit()")
    return parse_scenario("\n".join(lines))


def races(seeds: range) -> Iterator[tuple[p.Program, Kernel, Random]]:
    """Random programs of one CPU, and random races of two or three, over all kernels."""
    for seed in seeds:
        rng = Random(seed)
        cpus = rng.choice((1, 2, 2, 3))
        pages = 20 if rng.random() < 0.05 else rng.choice((1, 2, 2, 3))
        program: p.Program | None
        if seed % 2:
            program = dense(rng, cpus, pages)
        else:
            program = dealt(rng, cpus, pages, rng.choice((8, 12, 16)))
        if program is not None:
            yield program, rng.choice(list(KERNELS.values())), rng


class Watch:
    """One interleaving of a race, every step of it held against what was declared."""

    def __init__(self, program: p.Program, kernel: Kernel, rng: Random) -> None:
        self.race = Race(program, kernel, False)
        self.rng = rng
        self.world = World()
        self.pids = count()
        self.wrong: list[str] = []
        self.taken: set[Any] = set()
        self.waited: set[str] = set()

    def run(self) -> Watch:
        """Follow the interleaving to its end."""
        race = self.race
        for statement in race.program.statements[: race.first]:
            outcome = run_statement(race.kernel, self.world, statement)
            self.world = outcome.world
            if outcome.result == BLOCKED:
                return self
        self.footprints = Footprints(race, self.world)
        self.at = [race.start(cpu) for cpu in range(len(race.cpus))]
        # What every action in each CPU's stack was led to by, as declared.
        self.above: list[list[tuple[Footprint, ...]]] = [[()] for _ in race.cpus]
        while running := [cpu for cpu, at in enumerate(self.at) if at.stack is not None]:
            self.rng.shuffle(running)
            if not any(self.step(cpu) for cpu in running):
                break
        return self

    def step(self, cpu: int) -> bool:
        """Let a CPU take its next action; false where it waits."""
        race, world, at = self.race, self.world, self.at[cpu]
        assert at.stack is not None
        action, facts = at.stack.action, facts_of(at.stack.action[0])
        on, pid = self.footprints.on, next(self.pids)
        actor = Actor(race.kernel, self.footprints.holder(cpu, at), False)
        declared = self.footprints.next(pid, cpu, at, world)
        given = self.footprints.leads_to(action, cpu, at.at)
        read, _ = reads(on, actor, world, action)
        touched = Footprint(read)
        taken = race.take(cpu, world, at)
        if taken is not None:
            touched |= changes(on, world, taken[0])
        known = declared.reads | declared.writes
        touched |= Footprint(locks_looked_at(on, actor, world, action, known))
        self.taken.add(action[0])
        if facts.is_local(action):
            self.compare(cpu, action, "is said to be local", touched, NOTHING)
            if taken is None:
                self.blame(cpu, action, "is said to be local", "it waits")
        self.compare(cpu, action, "alone", touched, declared)
        above = self.above[cpu].pop()
        if taken is None:
            self.above[cpu].append(above)
            self.waited.add(facts.key(action))
            if facts.table:
                self.blame(cpu, action, "is said to go through one page table", "it waits")
            return False
        held = NOTHING
        for lock in world.locks:
            if lock.cpu == actor.cpu != ELSEWHERE and lock not in taken[0].locks:
                held |= self.footprints.lock(world, lock)
        for by in (*above, given):
            self.compare(cpu, action, "as what others lead to", touched, by | held)
        if facts.gives_back and taken[0][:5] != world[:5]:
            self.blame(cpu, action, "is said to give locks back only", "it does more")
        self.world, self.at[cpu], move = taken
        if self.at[cpu].at != at.at:
            self.above[cpu] = [()]
        else:
            self.above[cpu] += [(*above, given)] * len(move.then)
        return True

    def compare(
        self, cpu: int, action: Action, how: str, touched: Footprint, declared: Footprint
    ) -> None:
        """Note what was touched beyond what was declared."""
        beyond = touched.beyond(declared)
        if beyond != NOTHING:
            names = self.footprints.on.names
            said = f"reads {names(beyond.reads)}, writes {names(beyond.writes)}"
            self.blame(cpu, action, how, said)

    def blame(self, cpu: int, action: Action, how: str, said: str) -> None:
        """Note that a declaration is wrong."""
        take = action[0]
        statement = self.race.bodies[cpu][self.at[cpu].at]
        name = f"{take.__module__.rpartition('.')[2]}.{take.__name__}"
        if take is begin:
            name += f" of {type(statement).__name__}"
        self.wrong.append(
            f"{name} {how}: {said}; on {self.race.kernel.name} in\n"
            f"{format_scenario(self.race.program)}"
        )


def faults(seeds: range) -> Iterator[str]:
    """What is wrong with the declarations, as random races show it."""
    for program, kernel, rng in races(seeds):
        yield from Watch(program, kernel, rng).run().wrong


def test_what_is_touched_was_declared() -> None:
    """Every read and write of every step, for the step, what led to it, and its statement."""
    wrong = list(faults(range(1000)))
    assert not wrong, "\n".join(wrong[:3])
