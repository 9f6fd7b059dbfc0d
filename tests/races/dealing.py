"""Random races over the whole language, and those that chance seldom makes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random
from textwrap import dedent
from typing import Any

from zapviz.kernels.known import KERNELS, Kernel
from zapviz.model import program as p
from zapviz.model.looks import looks
from zapviz.races.exploration import Exploration
from zapviz.scenario.generate import random_program
from zapviz.scenario.text import parse_scenario

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


TOUCHES = ("{A} = 1", "{B} = 2", "{N} = 3", "read({A})", "read({B})", "read({N})")
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
    *TOUCHES * 2,
    *("madvise({A}, MADV_PAGEOUT)", "madvise({B}, MADV_PAGEOUT)") * 3,
    *("migrate({A})", "migrate({B})") * 2,
    *(
        "fallocate({F}, FALLOC_FL_PUNCH_HOLE)",
        "ftruncate(F, {size})",
        "ftruncate(F, bytes={bytes})",
        "invalidate({F})",
        "unmap_mapping_range({F}, even_cows={bit})",
        "pwrite({F}, 9)",
        "pwrite({F}, 9, O_DIRECT)",
        "pread({F}, {same}, O_DIRECT)",
    ) * 3,
)  # fmt: skip
"""Every statement of the language that makes no object, but for exit; some more often."""


def dense(rng: Random, cpus: int, pages: int) -> p.Program:
    """A race about the same few pages, some of which are there from the start."""

    def call(options: tuple[str, ...] = CALLS) -> str:
        ranges = {}
        for name in "FABN":
            first = rng.randrange(pages)
            ranges[name] = f"{name}[{first}:{rng.randrange(first + 1, pages + 1)}]"
        ranges["same"] = rng.choice("ABN") + ranges["F"][1:]
        size, tail = rng.randrange(pages + 1), rng.randrange(1, pages * 4096)
        return rng.choice(options).format(**ranges, size=size, bytes=tail, bit=rng.randrange(2))

    lines = [
        f"F = {rng.choice(('shmem', 'file'))}({pages})",
        "A = mmap(F, MAP_PRIVATE)",
        "B = mmap(F, MAP_SHARED)",
        f"N = anon({pages})",
        *(call(TOUCHES) for _ in range(rng.randrange(4))),
        *(call() for _ in range(rng.randrange(3))),
    ]
    for cpu in range(cpus):
        lines += [f"def CPU{cpu}():", *(f"    {call()}" for _ in range(rng.choice((1, 1, 2))))]
    if rng.random() < 0.05:
        lines.append("    exit()")
    return parse_scenario("\n".join(lines))


RARE = (
    # a page of shmem that is swapped out is punched away
    """
    F = shmem(2)
    B = mmap(F, MAP_SHARED)
    B[0:2] = 1
    madvise(B, MADV_PAGEOUT)
    def CPU0():
        fallocate(F, FALLOC_FL_PUNCH_HOLE)
    def CPU1():
        read(B)
    """,
    # what is in a guard's way stays there, or goes
    """
    F = shmem(2)
    A = mmap(F, MAP_SHARED)
    uffd_wp(A)
    def CPU0():
        madvise(A, MADV_GUARD_INSTALL)
    def CPU1():
        munmap(A[0])
    """,
    # locked memory that becomes writable is written to
    """
    F = shmem(2)
    A = mmap(F, MAP_PRIVATE)
    mprotect(A, PROT_READ)
    mlock(A)
    def CPU0():
        mprotect(A, PROT_READ | PROT_WRITE)
    def CPU1():
        read(A)
    """,
    # a page is mapped again between the first pass and its lock
    """
    F = shmem(2)
    B = mmap(F, MAP_SHARED)
    B[0:2] = 1
    madvise(B, MADV_DONTNEED)
    def CPU0():
        fallocate(F, FALLOC_FL_PUNCH_HOLE)
    def CPU1():
        read(B)
    """,
    """
    F = file(1)
    S = mmap(F, MAP_SHARED)
    read(S)

    def CPU0():
        S[0] = 1
    def CPU1():
        migrate(S[0])
        migrate(S[0])
        migrate(S[0])
    """,
    """
    F = file(2)
    S = mmap(F, MAP_SHARED)
    A = anon(2)
    A[0:2] = 1
    read(S)

    def CPU0():
        pread(F, A, O_DIRECT)
    def CPU1():
        S[0] = 2
        madvise(A, MADV_FREE)
        madvise(A, MADV_PAGEOUT)
        migrate(A[0])
    """,
    """
    F = file(1)
    S = mmap(F, MAP_SHARED)
    read(S)

    def CPU0():
        pwrite(F[0], 9, O_DIRECT)
    def CPU1():
        S[0] = 2
        migrate(S[0])
    """,
    """
    F = shmem(1)
    A = mmap(F, MAP_SHARED)
    A[0] = 1

    def CPU0():
        madvise(A, MADV_SOFT_OFFLINE)
    def CPU1():
        madvise(A, MADV_DONTNEED)
        migrate(A[0])
    def CPU2():
        madvise(A, MADV_HWPOISON)
    """,
    # a page breaks in the swap cache of a disk
    """
    swap(disk)
    N = anon(1)
    N[0] = 1
    madvise(N, MADV_PAGEOUT)
    read(N)

    def CPU0():
        madvise(N, MADV_HWPOISON)
    def CPU1():
        read(N)
    """,
    # a range that is watched is mapped anew before it is marked
    """
    N = anon(2)
    N[0:2] = 1

    def CPU0():
        uffd_wp(N[1])
    def CPU1():
        mmap(N, MAP_FIXED)
    """,
    """
    N = anon(2)

    def CPU0():
        uffd_poison(N[1])
    def CPU1():
        mmap(N, MAP_FIXED)
    """,
)


Drawn = tuple[p.Program, Kernel, int]


def races(seeds: range) -> Iterator[Drawn]:
    """Random programs of one CPU, and random races of two or three, over all kernels,
    each with a number to draw its interleaving by.

    First come those that chance seldom makes."""
    if seeds.start == 0:
        for text in RARE:
            program = parse_scenario(dedent(text))
            for seed, kernel in product(range(6), KERNELS.values()):
                yield program, kernel, seed
    for seed in seeds:
        rng = Random(seed)
        cpus = rng.choice((1, 2, 2, 3))
        pages = 20 if rng.random() < 0.05 else rng.choice((1, 2, 2, 3))
        if seed % 4:
            made: p.Program | None = dense(rng, cpus, pages)
        else:
            made = dealt(rng, cpus, pages, rng.choice((8, 12, 16)))
        if made is not None:
            yield made, rng.choice(list(KERNELS.values())), seed


def ends(found: Exploration) -> tuple[set[Any], bool]:
    """The final states of an exploration, and whether its CPUs can wait for ever."""
    stuck = any(dead.waiting and dead.waiting[0][0] >= 0 for dead in found.deadlocks)
    return {(looks(final.world), final.results) for final in found.finals}, stuck
