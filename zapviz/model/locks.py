"""Locks: taken, waited for and given back, and what each is called."""

from __future__ import annotations

from zapviz.kernels.known import Kernel
from zapviz.model.entries import Kind
from zapviz.model.world import Lock, World
from zapviz.words import format_range

__all__ = [
    "downgraded",
    "dropped",
    "fault_lock",
    "fault_over",
    "lock_name",
    "taken",
    "vma_taken",
    "walked",
]


def fault_lock(
    kernel: Kernel, world: World, area: int, page: int, cpu: int, gup: bool = False
) -> Lock:
    """The lock under which a page is faulted in: its VMA's since v6.7, else the mmap_lock.

    Anonymous memory came first (0bff0aaea03e, v6.4), swap and userfaultfd in v6.6, files in
    v6.7.  Who finds no VMA, as get_user_pages() does, takes the mmap_lock for reading
    (lock_vma_under_rcu(), mm/memory.c, mm/mmap_lock.c); so do pages lent to a device."""
    vma = world.areas[area].vma_at(page)
    lent = world.areas[area].entries[page].kind is Kind.DEVICE_PRIVATE
    if kernel.version < (6, 7) or vma is None or gup or lent:
        return Lock("mmap_lock", -1, cpu, True)
    return Lock("VMA lock", area, cpu, True, vma.first, vma.end)


def any_mmap_lock(world: World, cpu: int) -> bool:
    """Whether a CPU holds the mmap_lock already, as get_user_pages() callers do."""
    return any(lock.kind == "mmap_lock" and lock.cpu == cpu for lock in world.locks)


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


def lock_name(world: World, lock: Lock) -> str:
    """A lock of the process, of a VMA or of a file in words: of what, and how it is held."""
    how = "read" if lock.shared else "write"
    if lock.kind == "mmap_lock":
        return f"mmap_lock ({how})"
    if lock.kind == "VMA lock":
        name, first, end = world.areas[lock.of].name, lock.first, lock.end
        return f"VMA lock of {format_range(name, first, end)} ({how})"
    return f"{lock.kind} of {world.files[lock.of].name}{' (read)' if lock.shared else ''}"
