"""Calls, advice and flags of the kernel that the model leaves out, and what comes nearest to them.

Whoever knows the kernel tries them, and gets an answer about them, not about how they are spelled.
Source of what they do: they were seen on kernels from 5.10 to 7.3, or read in mm/ of 7.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

__all__ = ["UNMODELLED", "Unmodelled"]


class Unmodelled(NamedTuple):
    """Something that a scenario cannot do."""

    name: str  # in the kernel's spelling
    nearest: str  # how to write what comes nearest; "" where nothing does
    sentence: str  # in what it differs, without a full stop

    @property
    def message(self) -> str:
        """What is said of it."""
        return f"{self.name}{'' if self.name.isupper() else '()'} is not modelled"

    @property
    def hint(self) -> str:
        """What to do instead."""
        if not self.nearest:
            return self.sentence
        return f"nearest is {self.nearest}: {self.sentence}"


def _rows(names: str, nearest: str, sentence: str) -> tuple[Unmodelled, ...]:
    return tuple(Unmodelled(name, nearest, sentence) for name in names.split())


_PAGEOUT: Final = "madvise(A[0:2], MADV_PAGEOUT)"
_NONE_HUGE: Final = "no page is huge here, and none becomes so"

UNMODELLED: Final[Mapping[str, Unmodelled]] = {
    each.name: each
    for each in (
        # mappings
        *_rows("mremap", "munmap(A[0:2])", "entries never move to other addresses"),
        *_rows("mseal", "", "any mapping can be unmapped, protected and mapped over"),
        *_rows(
            "remap_file_pages", "A = mmap(F[2:4], MAP_SHARED)", "a mapping's pages stay in order"
        ),
        *_rows(
            "shmat shmget shmdt",
            "A = mmap(F, MAP_SHARED)",
            "with F = shmem(4) it is the same memory",
        ),
        *_rows("mlockall munlockall mlock2", "mlock(A)", "it locks one mapping, now"),
        *_rows("hugetlb hugetlbfs MAP_HUGETLB", "F = shmem(4)", _NONE_HUGE),
        # advice
        *_rows("MADV_COLD", _PAGEOUT, "it reclaims at once; MADV_COLD leaves entries alone"),
        *_rows(
            "MADV_WILLNEED", "read(A[0:2])", "it maps the pages; MADV_WILLNEED leaves entries alone"
        ),
        *_rows("MADV_COLLAPSE MADV_HUGEPAGE MADV_NOHUGEPAGE", "", _NONE_HUGE),
        *_rows(
            "MADV_MERGEABLE MADV_UNMERGEABLE", "", "equal pages are not merged: there is no KSM"
        ),
        *_rows("MADV_POPULATE_READ", "read(A[0:2])", "it takes the same read faults"),
        *_rows("MADV_POPULATE_WRITE", "write(A[0:2], 1)", "it takes the same write faults"),
        *_rows(
            "MADV_NORMAL MADV_RANDOM MADV_SEQUENTIAL",
            "",
            "every mapping is as after MADV_RANDOM: nothing is read ahead",
        ),
        # processes
        *_rows(
            "vfork clone",
            "C = fork()",
            "a child has a copy of the address space, and threads are the CPUs of a race",
        ),
        *_rows("ptrace process_vm_writev", "write(A[0:2], 1)", "the process itself writes"),
        *_rows("process_vm_readv", "read(A[0:2])", "the process itself reads"),
        # writing back, and swap
        *_rows(
            "msync fsync fdatasync sync sync_file_range",
            _PAGEOUT,
            "it writes dirty pages of a disk file back, but drops them too",
        ),
        *_rows(
            "swapoff swapon",
            "read(A[0:2])",
            "it brings its pages back from swap; there is always swap",
        ),
        # files
        *_rows(
            "FALLOC_FL_ZERO_RANGE",
            "fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)",
            "on a disk file both zap the file's entries and keep private ones",
        ),
        *_rows(
            "FALLOC_FL_COLLAPSE_RANGE FALLOC_FL_INSERT_RANGE",
            "ftruncate(F, 1)",
            "it too zaps up to the end of the file, private ones included",
        ),
        *_rows(
            "FALLOC_FL_KEEP_SIZE",
            "fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)",
            "it implies KEEP_SIZE, which alone allocates pages and changes no entry",
        ),
        *_rows(
            "copy_file_range splice vmsplice sendfile",
            "pwrite(F[0:2], 1)",
            "a file is written with one byte throughout",
        ),
        *_rows(
            "fcntl F_ADD_SEALS F_SEAL_SHRINK F_SEAL_GROW F_SEAL_WRITE F_SEAL_FUTURE_WRITE",
            "",
            "a file has no seals: it can always be written, punched and truncated",
        ),
        # userfaultfd
        *_rows(
            "userfaultfd ioctl UFFDIO_REGISTER UFFDIO_WRITEPROTECT uffd_register",
            "uffd_wp(A[0:2])",
            "it registers the pages and write-protects them",
        ),
        *_rows("UFFDIO_POISON", "uffd_poison(A[0:2])", "it registers the pages and poisons them"),
        *_rows(
            "UFFDIO_UNREGISTER uffd_unregister",
            "munmap(A[0:2])",
            "pages stay registered until they are unmapped",
        ),
        *_rows(
            "UFFDIO_COPY UFFDIO_ZEROPAGE UFFDIO_CONTINUE UFFDIO_MOVE"
            " uffd_copy uffd_zeropage uffd_continue uffd_move",
            "write(A[0:2], 1)",
            "missing pages come by faults that the kernel resolves itself",
        ),
        # looking, and moving
        *_rows("PAGEMAP_SCAN", "assert A[0] == swap", "it looks at entries and changes none"),
        *_rows(
            "move_pages mbind migrate_pages set_mempolicy",
            "migrate(A[0])",
            "it moves one page to another folio",
        ),
    )
}
"""By name, what a scenario cannot do."""
