"""Processes: what fork copies, who shares a page, and what a zap in one does to the others.

The cases are those that were seen on real kernels: 5.10, 6.1, 6.12, 6.18, 7.3, and 5.10 without the
fix and with RFC v2.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zapviz.kernels.known import KERNELS
from zapviz.model.entries import Bit
from zapviz.model.invariants import violations
from zapviz.model.machine import BLOCKED, booted, run_program, run_statement
from zapviz.scenario.generate import random_program
from zapviz.scenario.text import format_scenario, parse_scenario

SEEN = ("v5.17", "rfc-v2", "v5.10.y", "v6.1", "v6.12", "v6.18", "v7.3")
FIXED = ("v6.1", "v6.12", "v6.18", "v7.3")
GUARDS = ("v6.18", "v7.3")
DROPS = ("v6.12", "v6.18", "v7.3")

ANON = "N = anon(4)\nN[0:4] = 1\n"
DROPPABLE = "N = anon(4, MAP_DROPPABLE)\nN[0:2] = 1\n"
OUT = f"{ANON}madvise(N, MADV_PAGEOUT)\n"
COW = "F = {kind}(4)\nA = mmap(F, MAP_PRIVATE)\nread(A)\nA[0:3] = 1\nmadvise(A[1], MADV_PAGEOUT)\n"

CASES: dict[str, tuple[str, tuple[str, ...]]] = {
    # a private page with two owners
    "both map it, none for writing": (
        f"{ANON}C = fork()\nassert C.N == anon and mapcount(N) == 2 and not exclusive(N[0])\n"
        "assert C.rss.anonpages == 4 and rss.anonpages == 4",
        SEEN,
    ),
    "a zap in one leaves it to the other": (
        f"{ANON}C = fork()\nmadvise(C.N[0], MADV_DONTNEED)\n"
        "assert C.N[0] == none and N[0] == anon and exclusive(N[0]) and mapcount(N[1]) == 2",
        SEEN,
    ),
    "a write copies": (
        f"{ANON}C = fork()\nC.N[0] = 2\nassert data(N[0]) == 1 and data(C.N[0]) == 2\n"
        "assert exclusive(N[0]) and exclusive(C.N[0])\n"
        "N[0] = 3\nassert data(C.N[0]) == 2 and data(N[0]) == 3 and rss.anonpages == 4",
        SEEN,
    ),
    "the first process's write copies, too": (
        f"{ANON}C = fork()\nN[0] = 2\nassert data(C.N[0]) == 1 and exclusive(C.N[0])\n"
        "C.N[0] = 3\nassert data(N[0]) == 2 and C.rss.anonpages == 4",
        SEEN,
    ),
    "exit gives all back": (
        f"{ANON}C = fork()\nexit(C)\nassert C.N == unmapped and exclusive(N)\n"
        "assert C.rss.anonpages == 0",
        SEEN,
    ),
    # a swap slot with two holders
    "both have the slot": (
        f"{OUT}C = fork()\nassert C.N == swap and slot_count(N) == 2 and C.rss.swapents == 4\n"
        "madvise(C.N[0], MADV_DONTNEED)\nassert slot_count(N[0]) == 1 and N[0] == swap\n"
        "madvise(N[0:2], MADV_DONTNEED)\nassert slot_count(C.N[1]) == 1 and rss.swapents == 2",
        SEEN,
    ),
    "of a slot with two holders a read leaves the other's entry": (
        f"{OUT}C = fork()\nread(C.N[0])\nassert C.N[0] == anon and exclusive(C.N[0])\n"
        "assert N[0] == swap and slot_count(N[0]) == 1\n"
        "read(N[0])\nassert mapcount(N[0]) == 2 and mapcount(C.N[0]) == 2\n"
        "N[0] = 2\nassert data(C.N[0]) == 1 and exclusive(N[0])",
        SEEN,
    ),
    "and a write makes a copy": (
        f"{OUT}C = fork()\nC.N[0] = 2\nassert data(C.N[0]) == 2 and slot_count(N[0]) == 1\n"
        "read(N[0])\nassert data(N[0]) == 1",
        SEEN,
    ),
    "MADV_FREE of a swap entry": (
        f"{OUT}C = fork()\nmadvise(C.N[0], MADV_FREE)\n"
        "assert C.N[0] == none and slot_count(N[0]) == 1 and N[0] == swap",
        SEEN,
    ),
    "on a disk, too": (
        f"swap(disk)\n{OUT}C = fork()\nread(C.N[0])\nassert N[0] == swap and exclusive(C.N[0])\n"
        "read(N[0])\nassert mapcount(N[0]) == 2\nC.N[0] = 2\nassert data(N[0]) == 1\n"
        "madvise(N[0], MADV_DONTNEED)\nmadvise(C.N[0], MADV_DONTNEED)\nassert N[0] == none",
        SEEN,
    ),
    # a file's zaps in both
    "truncate takes all of both": (
        f"{COW}C = fork()\nftruncate(F, 1)\n"
        "assert A[1:4] == none and C.A[1:4] == none and A[0] == anon and C.A[0] == anon\n"
        "assert read(A[2]) == SIGBUS and read(C.A[2]) == SIGBUS",
        ("v5.10.y", "rfc-v2", *FIXED),
    ),
    "before the fix truncate keeps the swap entries of both": (
        f"{COW}C = fork()\nftruncate(F, 1)\n"
        "assert A[1] == swap and C.A[1] == swap and A[2:4] == none and C.A[2:4] == none",
        ("v5.17",),
    ),
    "a hole punch spares what is private in both": (
        f"{COW}C = fork()\nfallocate(F, FALLOC_FL_PUNCH_HOLE)\n"
        "assert A[0] == anon and A[1] == swap and C.A[0] == anon and C.A[1] == swap\n"
        "assert A[3] == none and C.A[3] == none",
        ("v5.17", "v5.10.y", *FIXED),
    ),
    "RFC v2 punches the swap entries of both away": (
        f"{COW}C = fork()\nfallocate(F, FALLOC_FL_PUNCH_HOLE)\n"
        "assert A[1] == none and C.A[1] == none and C.A[0] == anon",
        ("rfc-v2",),
    ),
    "the child's copies stay where the first process has none left": (
        f"{COW}C = fork()\nmunmap(A)\nfallocate(F, FALLOC_FL_PUNCH_HOLE)\n"
        "assert C.A[0] == anon and C.A[3] == none and exclusive(C.A[0])\n"
        "ftruncate(F, 0)\nassert C.A[0] == none",
        SEEN,
    ),
    # which entries are copied
    "of a shared mapping none": (
        "F = {kind}(2)\nA = mmap(F, MAP_SHARED)\nA[0:2] = 1\nC = fork()\n"
        "assert C.A == none\nread(C.A[1])\nassert data(C.A[1]) == 1 and C.A[1] == file",
        SEEN,
    ),
    "of a private mapping without a private page none": (
        "F = {kind}(2)\nA = mmap(F, MAP_PRIVATE)\nread(A)\nC = fork()\nassert C.A == none",
        SEEN,
    ),
    "of anonymous memory that was only read none": (
        "N = anon(2)\nread(N)\nC = fork()\nassert C.N == none",
        SEEN,
    ),
    "with one private page all": (
        "F = {kind}(3)\nA = mmap(F, MAP_PRIVATE)\nread(A)\nA[0] = 1\nC = fork()\n"
        "assert C.A[0] == anon and C.A[1:3] == file and A[1:3] == file",
        SEEN,
    ),
    "even where that page is gone": (
        "F = {kind}(3)\nA = mmap(F, MAP_PRIVATE)\nread(A)\nA[0] = 1\n"
        "madvise(A[0], MADV_DONTNEED)\nC = fork()\nassert C.A[0] == none and C.A[1:3] == file",
        SEEN,
    ),
    "even where it could not be had": (
        "F = {kind}(2)\nA = mmap(F, MAP_PRIVATE)\nread(A)\nftruncate(F, 1)\n"
        "assert write(A[1], 1) == SIGBUS\nC = fork()\nassert C.A[0] == file",
        SEEN,
    ),
    "even where no marker could be put": (
        "N = anon(2)\nread(N)\nassert uffd_poison(N) == EEXIST\nC = fork()\nassert C.N == zero",
        ("v6.12", "v6.18", "v7.3"),
    ),
    "of a part that was split off before a page was private none": (
        "F = {kind}(4)\nA = mmap(F, MAP_PRIVATE)\nread(A)\nmprotect(A[0:2], PROT_READ)\n"
        "A[3] = 1\nC = fork()\nassert C.A[0:2] == none and C.A[2] == file and C.A[3] == anon",
        SEEN,
    ),
    # what a child is not to have
    "MADV_DONTFORK": (
        f"{ANON}madvise(N[0:2], MADV_DONTFORK)\nC = fork()\n"
        "assert C.N[0:2] == unmapped and C.N[2:4] == anon and exclusive(N[0])\n"
        "assert read(C.N[0]) == SIGSEGV\nmadvise(N, MADV_DOFORK)\nD = fork()\nassert D.N == anon",
        SEEN,
    ),
    "MADV_WIPEONFORK": (
        f"{OUT}N[0] = 2\nmadvise(N[0:2], MADV_WIPEONFORK)\nC = fork()\n"
        "assert C.N[0:2] == none and C.N[2] == swap and slot_count(N[1]) == 1 and exclusive(N[0])\n"
        "read(C.N[0])\nassert data(C.N[0]) == 0\nmadvise(N, MADV_KEEPONFORK)\nD = fork()\n"
        "assert D.N[1] == swap",
        SEEN,
    ),
    "MADV_WIPEONFORK of a file": (
        "F = {kind}(1)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\n"
        "assert madvise(A, MADV_WIPEONFORK) == EINVAL\n"
        "assert madvise(B, MADV_WIPEONFORK) == EINVAL\nassert madvise(A, MADV_DONTFORK) == 0",
        SEEN,
    ),
    "a truncate reaches only those who have it": (
        f"{COW}madvise(A, MADV_DONTFORK)\nC = fork()\nftruncate(F, 0)\n"
        "assert A == none and C.A == unmapped",
        ("v5.10.y", "rfc-v2", *FIXED),
    ),
    # broken memory
    "a hwpoison entry is copied": (
        f"{ANON}madvise(N[0], MADV_HWPOISON)\nC = fork()\nassert C.N[0] == hwpoison\n"
        "assert read(C.N[0]) == SIGBUS\nmadvise(C.N[0], MADV_DONTNEED)\n"
        "assert C.N[0] == none and N[0] == hwpoison",
        SEEN,
    ),
    "both owners of a page that breaks are told": (
        f"{ANON}C = fork()\nmadvise(N[0], MADV_HWPOISON)\n"
        "assert N[0] == hwpoison and C.N[0] == hwpoison and C.rss.anonpages == 3",
        SEEN,
    ),
    "a hole punch and a hwpoison entry of both": (
        f"{COW}madvise(A[0], MADV_HWPOISON)\nC = fork()\nfallocate(F, FALLOC_FL_PUNCH_HOLE)\n"
        "assert A[0] == hwpoison and C.A[0] == hwpoison",
        ("v5.17", *FIXED),
    ),
    "which some kernels took": (
        f"{COW}madvise(A[0], MADV_HWPOISON)\nC = fork()\nfallocate(F, FALLOC_FL_PUNCH_HOLE)\n"
        "assert A[0] == none and C.A[0] == none",
        ("v5.10.y", "rfc-v2"),
    ),
    # userfaultfd does not watch a child
    "write-protection is not copied": (
        f"{ANON}uffd_wp(N)\nC = fork()\nassert C.N == anon and write(N[0], 2) == SIGBUS\n"
        "assert write(C.N[0], 2) == 0",
        SEEN,
    ),
    "nor of what is swapped out": (
        f"{ANON}uffd_wp(N)\nmadvise(N, MADV_PAGEOUT)\nC = fork()\n"
        "assert C.N == swap and write(C.N[0], 2) == 0 and write(N[1], 2) == SIGBUS",
        FIXED,
    ),
    "nor markers of a shared file": (
        "F = shmem(2)\nA = mmap(F, MAP_SHARED)\nuffd_wp(A)\nassert A == uffd_wp_marker\n"
        "C = fork()\nassert C.A == none",
        FIXED,
    ),
    # guard regions
    "guards are copied": (
        "N = anon(2)\nmadvise(N[0], MADV_GUARD_INSTALL)\nC = fork()\n"
        "assert C.N[0] == guard_marker and read(C.N[0]) == SIGSEGV\n"
        "madvise(C.N, MADV_GUARD_REMOVE)\nassert C.N[0] == none and N[0] == guard_marker",
        GUARDS,
    ),
    "a guard in a shared mapping has all of it copied": (
        "F = shmem(3)\nA = mmap(F, MAP_SHARED)\nA[0:3] = 1\nmadvise(A[0], MADV_GUARD_INSTALL)\n"
        "C = fork()\nassert C.A[0] == guard_marker and C.A[1:3] == file\n"
        "fallocate(F, FALLOC_FL_PUNCH_HOLE)\nftruncate(F, 0)\n"
        "assert A[0] == guard_marker and C.A[0] == guard_marker and C.A[1:3] == none",
        GUARDS,
    ),
    "but not into a child that gets its memory empty": (
        "N = anon(2)\nN[1] = 1\nmadvise(N[0], MADV_GUARD_INSTALL)\nmadvise(N, MADV_WIPEONFORK)\n"
        "C = fork()\nassert C.N == none",
        GUARDS,
    ),
    # pages that were given up
    "lazily freed pages stay so in both": (
        f"{ANON}madvise(N, MADV_FREE)\nC = fork()\nmadvise(C.N[0], MADV_PAGEOUT)\n"
        "assert C.N[0] == anon and N[0] == anon\nmunmap(N)\nmadvise(C.N, MADV_PAGEOUT)\n"
        "assert C.N == none",
        SEEN,
    ),
    "what one gives up the other has written": (
        f"{ANON}C = fork()\nmadvise(C.N, MADV_FREE)\nmadvise(N, MADV_PAGEOUT)\n"
        "assert N == anon and C.N == anon\nexit(C)\nmadvise(N, MADV_PAGEOUT)\n"
        "assert N == anon and data(N) == 1",
        SEEN,
    ),
    # process_madvise()
    "a child's pages are paged out for it": (
        f"{ANON}C = fork()\nC.N[0:2] = 2\nassert process_madvise(C.N[0:2], MADV_PAGEOUT) == 8192\n"
        "assert C.N[0:2] == swap and C.rss.swapents == 2 and N == anon and rss.swapents == 0",
        SEEN,
    ),
    "but for those that two map, and it returns all bytes": (
        f"{ANON}C = fork()\nassert process_madvise(C.N, MADV_PAGEOUT) == 16384\n"
        "assert C.N == anon and N == anon",
        SEEN,
    ),
    "a child's child is in reach, and memory of its own": (
        "B = anon(1)\nC = fork()\nC.M = anon(2)\nC.M[0:2] = 1\nD = fork(C)\nD.M[1] = 2\n"
        "assert process_madvise(D.M, MADV_PAGEOUT) == 8192\n"
        "assert D.M[0] == anon and D.M[1] == swap and C.M == anon",
        SEEN,
    ),
    "what loses something is refused of a child": (
        f"{ANON}C = fork()\nassert process_madvise(C.N, MADV_DONTNEED) == EINVAL\n"
        "assert process_madvise(C.N, MADV_FREE) == EINVAL\n"
        "assert process_madvise(C.N, MADV_GUARD_INSTALL) == EINVAL\n"
        "assert process_madvise(C.N, MADV_DONTFORK) == EINVAL\nassert C.N == anon",
        SEEN,
    ),
    "a hole in the range, and locked memory": (
        f"{ANON}C = fork()\nC.N[2] = 2\nmunmap(C.N[1])\nmlock(C.N[3])\n"
        "assert process_madvise(C.N[0:3], MADV_PAGEOUT) == ENOMEM and C.N[2] == swap\n"
        "assert process_madvise(C.N[3], MADV_PAGEOUT) == EINVAL",
        SEEN,
    ),
    "a process may page itself out": (
        "N = anon(2)\nN[0:2] = 1\nassert process_madvise(N, MADV_PAGEOUT) == 8192 and N == swap",
        SEEN,
    ),
    "and from v6.13 on advise itself as madvise() does": (
        "F = shmem(2)\nA = mmap(F, MAP_SHARED)\nN = anon(4)\nA[0:2] = 1\nN[0:4] = 1\n"
        "assert process_madvise(N[0], MADV_DONTNEED) == 4096 and N[0] == none\n"
        "assert process_madvise(N[1], MADV_GUARD_INSTALL) == 4096 and N[1] == guard_marker\n"
        "assert process_madvise(N[2], MADV_HWPOISON) == SIGBUS and N[2] == hwpoison\n"
        "assert process_madvise(A[1], MADV_REMOVE) == 4096 and F[1] == none\n"
        "process_madvise(N[3], MADV_DONTFORK)\nC = fork()\nassert C.N[3] == unmapped",
        ("v6.18", "v7.3"),
    ),
    "before, it was refused that": (
        "N = anon(1)\nN[0] = 1\nassert process_madvise(N, MADV_DONTNEED) == EINVAL\n"
        "assert process_madvise(N, MADV_DONTFORK) == EINVAL and N == anon",
        ("v5.17", "rfc-v2", "v5.10.y", "v6.1", "v6.12"),
    ),
    # memory that may be dropped
    "droppable memory is dropped, though it was written": (
        f"{DROPPABLE}madvise(N[0], MADV_PAGEOUT)\nassert N[0] == none and rss.swapents == 0\n"
        "assert read(N[0]) == 0 and N[0] == zero and data(N[1]) == 1",
        DROPS,
    ),
    "after MADV_FREE and a write, too": (
        f"{DROPPABLE}madvise(N, MADV_FREE)\nN[0] = 2\nmadvise(N, MADV_PAGEOUT)\n"
        "assert N == none and rss.anonpages == 0",
        DROPS,
    ),
    "and after it was moved": (
        f"{DROPPABLE}migrate(N[1])\nmadvise(N[1], MADV_PAGEOUT)\nassert N[1] == none",
        DROPS,
    ),
    "mlock() brings it in and locks nothing": (
        f"{DROPPABLE}assert mlock(N) == 0\nassert N == anon\n"
        "assert madvise(N, MADV_PAGEOUT) == 0 and N == none",
        DROPS,
    ),
    "a child has it empty, and droppable": (
        f"{DROPPABLE}C = fork()\nassert C.N == none and N[0:2] == anon and exclusive(N[0])\n"
        "C.N[0] = 2\nassert process_madvise(C.N[0], MADV_PAGEOUT) == 4096\n"
        "assert C.N[0] == none and C.rss.swapents == 0",
        DROPS,
    ),
    "it cannot be kept for a child": (
        f"{DROPPABLE}assert madvise(N, MADV_KEEPONFORK) == EINVAL\n"
        "assert madvise(N, MADV_WIPEONFORK) == 0\nC = fork()\nassert C.N == none",
        DROPS,
    ),
    "what is mapped over it is ordinary": (
        f"{DROPPABLE}mmap(N[1], MAP_FIXED)\nN[1] = 2\nmadvise(N, MADV_PAGEOUT)\n"
        "assert N[0] == none and N[1] == swap",
        DROPS,
    ),
    "userfaultfd watched it by mistake": (
        f"{DROPPABLE}assert uffd_wp(N) == 0 and write(N[0], 2) == SIGBUS",
        ("v6.12",),
    ),
    "and no longer does": (
        f"{DROPPABLE}assert uffd_wp(N) == EINVAL and write(N[0], 2) == 0",
        ("v6.18", "v7.3"),
    ),
    "before v6.11 there is no such memory": (
        "N = anon(2, MAP_DROPPABLE)\nassert N == unmapped and write(N[0], 1) == SIGSEGV\n"
        "C = fork()\nassert madvise(C.N, MADV_DONTNEED) == ENOMEM",
        ("v5.17", "rfc-v2", "v5.10.y", "v6.1"),
    ),
    # the rest
    "reclaim leaves what two map": (
        f"{ANON}C = fork()\nmadvise(N, MADV_PAGEOUT)\nassert N == anon and C.N == anon\n"
        "munmap(C.N)\nmadvise(N, MADV_PAGEOUT)\nassert N == swap and slot_count(N) == 1",
        SEEN,
    ),
    "a child's memory is not locked": (
        f"{ANON}mlock(N)\nC = fork()\nassert madvise(N, MADV_DONTNEED) == EINVAL\n"
        "assert madvise(C.N, MADV_DONTNEED) == 0",
        SEEN,
    ),
    "an entry under migration is copied": (
        f"{ANON}migrate_begin(N[0])\nC = fork()\nassert C.N[0] == migration\nmigrate_end(N[0])\n"
        "assert C.N[0] == anon and mapcount(N[0]) == 2 and data(C.N[0]) == 1",
        SEEN,
    ),
    "a page that two map moves in both": (
        f"{ANON}C = fork()\nassert migrate(C.N[0]) == 0\nassert mapcount(N[0]) == 2\n"
        "C.N[0] = 2\nassert data(N[0]) == 1",
        SEEN,
    ),
    "a child's child": (
        f"{ANON}C = fork()\nD = fork(C)\nassert mapcount(N) == 3\nD.N[0] = 2\nexit(C)\n"
        "assert mapcount(N[1]) == 2 and exclusive(N[0]) and data(D.N[0]) == 2",
        SEEN,
    ),
    "memory of a child's own": (
        "N = anon(1)\nC = fork()\nC.M = anon(2)\nC.M[0] = 1\nD = fork(C)\n"
        "assert D.M[0] == anon and C.rss.anonpages == 1 and rss.anonpages == 0",
        SEEN,
    ),
}


@pytest.mark.parametrize(
    ("text", "kernel"),
    [(text, kernel) for text, kernels in CASES.values() for kernel in kernels],
    ids=[f"{name}-{kernel}" for name, (_, kernels) in CASES.items() for kernel in kernels],
)
def test_what_real_kernels_did(text: str, kernel: str) -> None:
    """On shmem and on a disk file, where there is a file."""
    for kind in ("shmem", "file") if "{kind}" in text else ("",):
        program = parse_scenario(text.replace("{kind}", kind))
        for outcome in run_program(program, KERNELS[kernel]):
            line = program.source.splitlines()[outcome.statement.line - 1]
            assert outcome.ok, f"{line} on {kernel} with {kind}\n{program.source}"
            assert not list(violations(outcome.world, "migrate_" not in text))


def test_a_shared_page_stays_writable_in_the_child() -> None:
    """As seen on 6.18, where a guard has fork copy it: only private pages are write-protected."""
    shared = (
        "F = shmem(2)\nA = mmap(F, MAP_SHARED)\nA[0:2] = 1\nmadvise(A[1], MADV_GUARD_INSTALL)\n"
    )
    *_, last = run_program(parse_scenario(f"{shared}C = fork()\n"), KERNELS["v6.18"])
    parent, child = (area.entries[0] for area in last.world.areas)
    assert parent.bits & Bit.WRITABLE and child.bits & Bit.WRITABLE
    assert parent.bits & Bit.DIRTY and not child.bits & Bit.DIRTY


def test_what_a_device_filled_is_copied() -> None:
    """migrate_vma_insert_page() gives the VMA an anon_vma, so fork copies its entries."""
    program = parse_scenario(
        "N = anon(2)\nmigrate_to_device(N[0])\nC = fork()\n"
        "assert N[0] == device_private and C.N[0] == device_private and C.N[1] == none\n"
    )
    for kernel in KERNELS.values():
        assert all(outcome.ok for outcome in run_program(program, kernel))


@given(st.integers(0, 10**9), st.sampled_from(sorted(KERNELS)), st.sampled_from(("ram", "disk")))
def test_the_books_balance(seed: int, kernel: str, swap: str) -> None:
    """After each statement of any program that forks, counters, mapcounts and slots add up."""
    program = random_program(Random(seed), pages=4, real_only=True, forks=True, swap=swap)  # type: ignore[arg-type]
    assert parse_scenario(format_scenario(program)) == program
    world = booted(program)
    for statement in program.statements:
        outcome = run_statement(KERNELS[kernel], world, statement)
        world = outcome.world
        if outcome.result == BLOCKED:
            break
        assert not list(violations(world))


@pytest.mark.parametrize("kernel", SEEN)
def test_without_a_fork_nothing_remembers_one(kernel: str) -> None:
    """One process, no anon_vma noted, no page that fork has shared: the states are as they were."""
    for seed in range(20):
        program = random_program(Random(seed), pages=4, real_only=True)
        for outcome in run_program(program, KERNELS[kernel]):
            world = outcome.world
            assert len(world.processes) == 1
            assert all(area.anon == 0 and area.source < 0 for area in world.areas)
            assert all(folio is None or folio.flags < 256 for folio in world.folios)
