"""Locks: taking, waiting for and releasing them, and the names of each."""

from __future__ import annotations

from functools import cache
from typing import Final

from zapviz.kernels.known import Kernel
from zapviz.model.entries import Kind
from zapviz.model.world import Lock, LockKind, World
from zapviz.words import format_range

__all__ = [
    "called_for",
    "can_have",
    "downgraded",
    "dropped",
    "fault_lock",
    "fault_over",
    "folio_lock",
    "given_back",
    "lock_name",
    "mm_of",
    "page_table_lock",
    "taken",
    "vma_taken",
    "walk_lock",
    "walked",
    "with_lock",
]


def fault_lock(
    kernel: Kernel, world: World, area: int, page: int, cpu: int, gup: bool = False
) -> Lock:
    """Give the lock under which a page is faulted in: its VMA's with ``fault_vma_lock``.

    A caller that finds no VMA, as get_user_pages() does, takes the mmap_lock for reading
    (lock_vma_under_rcu(), mm/memory.c, mm/mmap_lock.c); so does a fault on a page that is lent to a
    device.
    """
    vma = world.areas[area].vma_at(page)
    lent = world.areas[area].entries[page].kind is Kind.DEVICE_PRIVATE
    if not kernel.fault_vma_lock or vma is None or gup or lent:
        return Lock("mmap_lock", mm_of(world, area), cpu, True)
    return Lock("VMA lock", area, cpu, True, vma.first, vma.end)


def mm_of(world: World, area: int) -> int:
    """Give whose mmap_lock a mapping has: the number of a child, -1 for the first process."""
    return world.areas[area].process or -1


def any_mmap_lock(world: World, cpu: int) -> bool:
    """Tell whether a CPU holds the mmap_lock already, as get_user_pages() callers do."""
    return any(lock.kind == "mmap_lock" and lock.cpu == cpu for lock in world.locks)


def taken(
    world: World, cpu: int, kind: LockKind, of: int = -1, shared: bool = False
) -> World | None:
    """Take a lock for a CPU; give None where another CPU is in the way."""
    lock = Lock(kind, of, cpu, shared)
    return with_lock(world, lock) if can_have(world, lock) else None


def vma_taken(
    world: World, cpu: int, area: int, first: int, end: int, shared: bool
) -> World | None:
    """Take the lock of a VMA: for reading (vma_start_read()) or for writing.

    Args:
        first: The first page of the VMA, or of the VMAs that a writer of the mmap_lock changes;
            ``end`` is the page after the last.
    """
    lock = Lock("VMA lock", area, cpu, shared, first, end)
    return with_lock(world, lock) if can_have(world, lock) else None


def can_have(world: World, lock: Lock) -> bool:
    """Tell whether a lock can be had, because no other CPU holds it in a way that excludes this
    one.
    """
    kind, of, cpu, shared, first, end, _ = lock
    for held in world.locks:
        if (
            held.kind == kind
            and held.of == of
            and held.cpu != cpu
            and not (shared and held.shared)
            and (kind != "VMA lock" or (held.first < end and first < held.end))
        ):
            return False
    return True


def with_lock(world: World, lock: Lock) -> World:
    """Add a lock that can be had to those held."""
    files, areas, folios, slots, processes, locks, machine = world
    return World(files, areas, folios, slots, processes, (*locks, lock), machine)


def fault_over(world: World, cpu: int) -> World:
    """Release the lock that the fault was taken under.

    If its holder had the mmap_lock for writing, the locks of the VMAs are released with it.
    """
    for at, lock in enumerate(world.locks):
        if lock.kind == "VMA lock" and lock.cpu == cpu and lock.shared:
            files, areas, folios, slots, processes, locks, machine = world
            return World(
                files, areas, folios, slots, processes, locks[:at] + locks[at + 1 :], machine
            )
    world = dropped(world, cpu, "mmap_lock")
    if any(lock.kind == "VMA lock" and lock.cpu == cpu for lock in world.locks):
        kept = [lock for lock in world.locks if lock.kind != "VMA lock" or lock.cpu != cpu]
        world = world._replace(locks=tuple(kept))
    return world


def dropped(world: World, cpu: int, kind: LockKind, of: int = -1) -> World:
    """Release one hold of a lock for a CPU; of the mmap_lock, whosever it is."""
    files, areas, folios, slots, processes, locks, machine = world
    for at in range(len(locks) - 1, -1, -1):
        lock = locks[at]
        if lock.kind == kind and lock.cpu == cpu and (lock.of == of or kind == "mmap_lock"):
            return World(
                files, areas, folios, slots, processes, locks[:at] + locks[at + 1 :], machine
            )
    return world


def downgraded(world: World, cpu: int) -> World:
    """mmap_write_downgrade(): a CPU that holds the mmap_lock holds it for reading from now on."""
    mine = ("mmap_lock", cpu)
    return world._replace(
        locks=tuple(
            lock._replace(shared=True) if (lock.kind, lock.cpu) == mine else lock
            for lock in world.locks
        )
    )


def walked(world: World, cpu: int, index: int, last: bool) -> tuple[World, tuple[Lock, ...]] | None:
    """rmap_walk(): take a folio's i_mmap_rwsem for reading; give None to wait.

    It is held from the first entry that a walk looks at to the last entry. There it is released at
    once, and given beside the world. So is, at every entry, the lock of an anonymous folio's walk,
    which nothing in the model takes for writing.
    """
    lock = walk_lock(world, cpu, index)
    if lock.kind == "anon_vma->rwsem":
        return world, (lock,)
    held = world if lock in world.locks else taken(world, cpu, lock.kind, lock.of, True)
    if held is None:
        return None
    return (dropped(held, cpu, lock.kind, lock.of), (lock,)) if last else (held, ())


def walk_lock(world: World, cpu: int, index: int) -> Lock:
    """Give the lock that rmap_walk() holds on a folio's mappings: of its file, or its anon_vma."""
    folio = world.folios[index]
    assert folio is not None
    if folio.file < 0:
        return Lock("anon_vma->rwsem", folio.area, cpu, True)
    return Lock("i_mmap_rwsem", folio.file, cpu, True)


@cache
def folio_lock(cpu: int, index: int, tried: bool = False) -> Lock:
    """Give the lock of a folio, for a step that takes and releases it."""
    return Lock("folio lock", index, cpu, False, tried=tried)


@cache
def page_table_lock(cpu: int, area: int) -> Lock:
    """Give the lock under which a step decides or changes an entry of a mapping."""
    return Lock("page table lock", area, cpu, False)


def given_back(before: World, after: World) -> tuple[Lock, ...]:
    """Give the locks that are held in one state and no longer in a later one."""
    if before.locks is after.locks:
        return ()
    locks = after.locks
    return tuple([lock for lock in before.locks if lock not in locks])


def without_locks(world: World, cpu: int) -> World:
    """Release every lock of a CPU."""
    files, areas, folios, slots, processes, locks, machine = world
    if not locks:
        return world
    left = tuple([lock for lock in locks if lock.cpu != cpu])
    return World(files, areas, folios, slots, processes, left, machine)


_CALLS: Final = (
    ("i_rwsem", "inode_lock", "inode_unlock"),
    ("invalidate_lock", "filemap_invalidate_lock", "filemap_invalidate_unlock"),
    ("hole", "shmem_fallocate", "shmem_fallocate"),
    ("i_mmap_rwsem (read)", "i_mmap_lock_read", "i_mmap_unlock_read"),
    ("i_mmap_rwsem", "i_mmap_lock_write", "i_mmap_unlock_write"),
    ("mmap_lock (read)", "mmap_read_lock", "mmap_read_unlock"),
    ("mmap_lock", "mmap_write_lock", "mmap_write_unlock"),
    ("VMA lock (read)", "", "vma_end_read"),  # the caller of lock_vma_under_rcu() is told
    ("VMA lock", "vma_start_write", "mmap_write_unlock"),  # vma_end_write_all()
    ("folio", "folio_lock", "folio_unlock"),
)
"""How the name of a lock begins and ends, and the functions that take and release it."""


def called_for(words: str, takes: bool) -> str:
    """Give the function by which a lock is taken or released, for a lock that is named in words.

    Args:
        words: Its name, as :func:`lock_name` gives it, or "folio of F[0]" and "hole of F".
        takes: Whether it is taken; else it is released.

    Returns:
        A key of :data:`zapviz.kernels.chains.FUNCTIONS`; "" where no function stands for it.
    """
    for kind, lock, unlock in _CALLS:
        name, _, how = kind.partition(" (")
        if words.startswith(name) and words.endswith(f"({how}" if how else ""):
            return lock if takes else unlock
    return ""


def lock_name(world: World, lock: Lock) -> str:
    """Name a lock that is not a folio's: its object, and how it is held."""
    how = "read" if lock.shared else "write"
    if lock.kind == "page table lock":
        return lock.kind
    if lock.kind == "anon_vma->rwsem":
        return f"{lock.kind} ({how})"
    if lock.kind == "shmem_falloc":
        return f"hole being punched in {world.files[lock.of].name}[{lock.first}:{lock.end}]"
    if lock.kind == "mf_mutex":
        return lock.kind
    if lock.kind == "mmap_lock":
        whose = f" of {world.processes[lock.of].name}" if lock.of > 0 else ""
        return f"mmap_lock{whose} ({how})"
    if lock.kind == "VMA lock":
        name, first, end = world.areas[lock.of].name, lock.first, lock.end
        return f"VMA lock of {format_range(name, first, end)} ({how})"
    return f"{lock.kind} of {world.files[lock.of].name}{' (read)' if lock.shared else ''}"
