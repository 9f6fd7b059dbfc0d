"""What one move of a CPU is: an action taken, the state after it, the step it shows.

The model runs as a stack of actions for each CPU.  An action is a function and its
arguments, a plain value: taking it gives a :class:`Move`, with the new world and the
actions that come next.  So a half-done system call can be kept, hashed and resumed,
which is what exploring every interleaving of two CPUs takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from zapviz.entries import Entry
from zapviz.kernels import Kernel
from zapviz.world import Lock, World

__all__ = [
    "Action",
    "Actor",
    "Details",
    "Move",
    "Pass",
    "Place",
    "Rule",
    "Step",
    "downgraded",
    "dropped",
    "ends",
    "fault_over",
    "taken",
    "vma_taken",
    "walked",
]


class Actor(NamedTuple):
    """Who takes an action."""

    kernel: Kernel
    cpu: int = 0
    alone: bool = True  # no other CPU can come between


class Details(NamedTuple):
    """struct zap_details, in today's words; older kernels' fields are derived from it."""

    even_cows: bool
    drop_markers: bool = False  # ZAP_FLAG_DROP_MARKER
    reclaim_pt: bool = False  # empty page tables may be freed; changes no verdict


class Pass(NamedTuple):
    """One pass over a range: what all its steps have in common."""

    title: str
    chain: str  # key of zapviz.chains
    details: Details | None = None
    zaps: bool = True  # whether its entries are decided by zap_pte_range()


class Place(NamedTuple):
    """An entry: of a mapping's page table, or of a file's page cache."""

    in_file: bool
    of: int  # index of the area or file
    page: int


class Rule(NamedTuple):
    """Why something happens: a sentence, and where the kernel decides it."""

    id: str
    reason: str  # one sentence, for a newcomer
    function: str  # key of zapviz.chains.FUNCTIONS, or the function's name


class Step(NamedTuple):
    """One step that is shown, with the state after it."""

    kind: str  # see docs/trace.md
    world: World
    part: Pass
    rule: Rule
    place: Place | None = None
    before: Entry | None = None
    after: Entry | None = None
    verdict: str | None = None  # zapped, kept, changed, installed, holds, fails
    title: str = ""  # "" where kind, place and entries say it
    cpu: int = 0


class Move(NamedTuple):
    """What taking an action did."""

    world: World
    then: tuple[Action, ...] = ()  # taken next, in this order
    step: Step | None = None  # None: nothing of its own to show
    result: str | None = None  # set: the statement ends here with this result


Action: TypeAlias = tuple[Any, ...]
"""A function ``(actor, world, *arguments) -> Move | None`` and its arguments; None
says that it has to wait for a lock."""

Take: TypeAlias = Callable[..., Move | None]


def taken(world: World, cpu: int, kind: str, of: int = -1, shared: bool = False) -> World | None:
    """The world with a lock taken by a CPU, or None where another CPU is in the way."""
    for lock in world.locks:
        if lock.kind == kind and lock.of == of and lock.cpu != cpu and not (shared and lock.shared):
            return None
    files, areas, folios, slots, rss, locks = world
    return World(files, areas, folios, slots, rss, (*locks, Lock(kind, of, cpu, shared)))


def vma_taken(
    world: World, cpu: int, area: int, first: int, end: int, shared: bool
) -> World | None:
    """The world with the lock of a VMA taken: for reading, vma_start_read(), or for writing.

    :param first: the pages of the VMA, or of those VMAs that a writer of the mmap_lock changes."""
    for lock in world.locks:
        if (
            lock.kind == "VMA lock"
            and lock.of == area
            and lock.cpu != cpu
            and lock.first < end
            and first < lock.end
            and not (shared and lock.shared)
        ):
            return None
    return world._replace(locks=(*world.locks, Lock("VMA lock", area, cpu, shared, first, end)))


def fault_over(world: World, cpu: int) -> World:
    """The world with the lock given back under which a page fault ran.

    The mmap_lock, where its holder had it for writing, gives the VMAs' locks back with it."""
    for at, lock in enumerate(world.locks):
        if lock.kind == "VMA lock" and lock.cpu == cpu and lock.shared:
            return world._replace(locks=world.locks[:at] + world.locks[at + 1 :])
    world = dropped(world, cpu, "mmap_lock")
    if any(lock.kind == "VMA lock" and lock.cpu == cpu for lock in world.locks):
        kept = [lock for lock in world.locks if lock.kind != "VMA lock" or lock.cpu != cpu]
        world = world._replace(locks=tuple(kept))
    return world


def dropped(world: World, cpu: int, kind: str, of: int = -1) -> World:
    """The world with one hold of a lock given back by a CPU."""
    files, areas, folios, slots, rss, locks = world
    for at in range(len(locks) - 1, -1, -1):
        lock = locks[at]
        if lock.kind == kind and lock.of == of and lock.cpu == cpu:
            return World(files, areas, folios, slots, rss, locks[:at] + locks[at + 1 :])
    return world


def downgraded(world: World, cpu: int) -> World:
    """mmap_write_downgrade(): the world with a CPU's mmap_lock held for reading from now on."""
    mine = ("mmap_lock", cpu)
    return world._replace(
        locks=tuple(
            lock._replace(shared=True) if (lock.kind, lock.cpu) == mine else lock
            for lock in world.locks
        )
    )


def walked(world: World, cpu: int, index: int, last: bool) -> World | None:
    """rmap_walk(): the world with a folio's i_mmap_rwsem held for reading, or None to wait.

    It is held from the first entry that a walk looks at to the last, where it is given
    back at once.  An anonymous folio's walk has a lock that nobody here takes for writing."""
    folio = world.folios[index]
    assert folio is not None
    if folio.file < 0:
        return world
    kind, of = "i_mmap_rwsem", folio.file
    held = any(lock.kind == kind and lock.of == of and lock.cpu == cpu for lock in world.locks)
    locked = world if held else taken(world, cpu, kind, of, True)
    return dropped(locked, cpu, kind, of) if locked is not None and last else locked


def without_locks(world: World, cpu: int) -> World:
    """The world with every lock of a CPU given back."""
    if not world.locks:
        return world
    return world._replace(locks=tuple(lock for lock in world.locks if lock.cpu != cpu))


def ends(actor: Actor, world: World, result: str) -> Move:
    """Action: the statement ends with a result, its locks given back."""
    return Move(without_locks(world, actor.cpu), result=result)
