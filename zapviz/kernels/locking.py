"""Which lock is held where: the rules about locks that differ between kernels.

They decide which steps of two CPUs can come between each other, and which locks a step shows; a CPU
that runs alone does the same under each of them. docs/locks.md describes all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from zapviz.kernels.difference import FIRST, Arrival, Difference

__all__ = ["LOCKING", "Locking"]


@dataclass(frozen=True, kw_only=True)
class Locking:
    """The rules about locks, part of every kernel; :data:`LOCKING` explains them."""

    mf_mutex: bool = True
    offline_mutex: bool = True
    cached_fault_lock: bool = False
    i_mmap_shared: bool = True
    exit_lock: Literal["no", "write", "read"] = "read"
    fault_vma_lock: bool = True
    madvise_vma_lock: Literal["no", "zaps", "all"] = "all"


LOCKING: Final = (
    Difference(
        "mf_mutex",
        "v5.13",
        "171936ddaf97",
        "One page at a time is declared broken, under the mf_mutex.",
        ((FIRST, False), ((5, 13), True)),
    ),
    Difference(
        "cached_fault_lock",
        "v5.15",
        "730633f0b7f9",
        "A fault on a disk file takes the lock that keeps it apart from truncate only where it "
        "reads the page or makes it writable; before, every fault on ext4 took i_mmap_sem.",
        ((FIRST, True), ((5, 15), False)),
    ),
    Difference(
        "offline_mutex",
        "v5.17",
        "91d005479e06",
        "MADV_SOFT_OFFLINE takes the mf_mutex, as MADV_HWPOISON does.",
        ((FIRST, False), ((5, 17), True)),
        stable=(Arrival((5, 15), 54, True),),
    ),
    Difference(
        "i_mmap_shared",
        "v5.18",
        "2c8659951654",
        "A pass over a file's mappings takes the i_mmap_rwsem for reading; before, it took it "
        "for writing, and so kept apart from the walks of migration and reclaim.",
        ((FIRST, False), ((5, 18), True)),
    ),
    Difference(
        "exit_lock",
        "v6.1",
        "bf3980c85212",
        "exit zaps with the mmap_lock held for reading, and takes it for writing when the VMAs "
        "go; from v5.17 (64591e8605d6) it held it for writing, before that not at all.",
        ((FIRST, "no"), ((5, 17), "write"), ((6, 1), "read")),
    ),
    Difference(
        "fault_vma_lock",
        "v6.7",
        "12214eba1992",
        "A page fault takes the lock of its VMA, no longer the mmap_lock (writes by 4ed4379881aa, "
        "4de8c93a4751 and 4a68fef16df9 of the same release); one in anonymous memory does so from "
        "v6.4 on (0bff0aaea03e).",
        ((FIRST, False), ((6, 7), True)),
    ),
    Difference(
        "madvise_vma_lock",
        "v6.17",
        "a6fde7add78d",
        "MADV_DONTNEED and MADV_FREE take the lock of their VMA, no longer the mmap_lock; from "
        "v6.19 on guards do too.",
        ((FIRST, "no"), ((6, 17), "zaps"), ((6, 19), "all")),
    ),
)
"""The rules about locks in which kernels differ, by release."""
