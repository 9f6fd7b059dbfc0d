"""What was seen on real kernels, statement by statement: the model must say the same.

Every row and column of the table "entry before x path x kernel", and each further
fact, is one case here.  A case is a scenario whose assertions were true on that kernel.
"""

from __future__ import annotations

import pytest

import zapviz
from zapviz.kernels.known import KERNELS

ALL = tuple(KERNELS)
SINCE_6_12 = ("v6.12", "v6.18", "v7.3")

# A COWed page in p and a page of the file in p and s, for each state of the table.
# p[0] is the private page; the file's page 1 is mapped by p and s.
SETUP = """
F = shmem(3)
p = mmap(F, MAP_PRIVATE)
s = mmap(F, MAP_SHARED)
s[0:2] = 1
p[0] = 2
read(p[1])
"""
STATES = {
    "swap (COWed, in p)": ("madvise(p[0], MADV_PAGEOUT)\nassert p[0] == swap", "p[0]"),
    "anon (COWed, in p)": ("assert p[0] == anon", "p[0]"),
    "file (in p)": ("assert p[1] == file", "p[1]"),
    "file (in s)": ("assert s[1] == file", "s[1]"),
    "hwpoison (COWed, in p)": (
        "madvise(p[0], MADV_HWPOISON)\nassert p[0] == hwpoison",
        "p[0]",
    ),
    "hwpoison (file page, in p)": (
        "madvise(s[1], MADV_HWPOISON)\nassert p[1] == hwpoison",
        "p[1]",
    ),
    "hwpoison (file page, in s)": (
        "madvise(s[1], MADV_HWPOISON)\nassert s[1] == hwpoison",
        "s[1]",
    ),
}
PATHS = {
    "truncate": "ftruncate(F, 0)",
    "hole punch": "fallocate(F[0:3], FALLOC_FL_PUNCH_HOLE)",
}
COLUMNS = ("v5.17", "rfc-v2", "v5.10.y", "v6.1", "v6.12")
K, Z = False, True
TABLE = {  # zapped, per column
    ("swap (COWed, in p)", "truncate"): (K, Z, Z, Z, Z),
    ("swap (COWed, in p)", "hole punch"): (K, Z, K, K, K),
    ("anon (COWed, in p)", "truncate"): (Z, Z, Z, Z, Z),
    ("anon (COWed, in p)", "hole punch"): (K, K, K, K, K),
    ("file (in p)", "truncate"): (Z, Z, Z, Z, Z),
    ("file (in p)", "hole punch"): (Z, Z, Z, Z, Z),
    ("file (in s)", "truncate"): (Z, Z, Z, Z, Z),
    ("file (in s)", "hole punch"): (Z, Z, Z, Z, Z),
    ("hwpoison (COWed, in p)", "truncate"): (K, Z, Z, Z, Z),
    ("hwpoison (COWed, in p)", "hole punch"): (K, Z, Z, K, K),
    ("hwpoison (file page, in p)", "truncate"): (K, Z, Z, Z, Z),
    ("hwpoison (file page, in p)", "hole punch"): (K, Z, Z, K, K),
    ("hwpoison (file page, in s)", "truncate"): (K, Z, Z, Z, Z),
    ("hwpoison (file page, in s)", "hole punch"): (K, Z, Z, K, K),
}


@pytest.mark.parametrize(
    ("state", "path", "kernel", "zapped"),
    [
        (state, path, kernel, zapped)
        for (state, path), row in TABLE.items()
        for kernel, zapped in zip(COLUMNS, row, strict=True)
    ],
)
def test_table(state: str, path: str, kernel: str, zapped: bool) -> None:
    """Each cell of the table that was read off booted kernels."""
    prepare, entry = STATES[state]
    operator = "==" if zapped else "!="
    text = f"{SETUP}{prepare}\n{PATHS[path]}\nassert {entry} {operator} none"
    assert zapviz.run(text, kernel).ok


@pytest.mark.parametrize("kernel", ALL)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("path", "left"), [("madvise(X, MADV_DONTNEED)", "none"), ("munmap(X)", "unmapped")]
)
def test_table_without_details(state: str, path: str, left: str, kernel: str) -> None:
    """MADV_DONTNEED and munmap zap every one of these entries, on every kernel."""
    prepare, entry = STATES[state]
    name = entry[0]
    text = f"{SETUP}{prepare}\n{path.replace('X', name)}\nassert {name}[0:3] == {left}"
    assert zapviz.run(text, kernel).ok


FACTS = {
    "droppable memory is dropped, though it was written, and never swapped out": (
        SINCE_6_12,
        """
        N = anon(2, MAP_DROPPABLE)
        N[0:2] = 1
        mlock(N[0])
        madvise(N[0], MADV_PAGEOUT)
        assert N[0] == none and rss.swapents == 0 and data(N[1]) == 1
        assert madvise(N, MADV_KEEPONFORK) == EINVAL
        """,
    ),
    "kernels before v6.11 have no droppable memory": (
        tuple(k for k in ALL if k not in SINCE_6_12),
        """
        N = anon(2, MAP_DROPPABLE)
        assert N == unmapped
        """,
    ),
    "userfaultfd watched droppable memory": (
        ("v6.12",),
        """
        N = anon(1, MAP_DROPPABLE)
        N[0] = 1
        assert uffd_wp(N) == 0 and write(N, 2) == SIGBUS
        """,
    ),
    "and does so no longer": (
        ("v6.18", "v7.3"),
        """
        N = anon(1, MAP_DROPPABLE)
        N[0] = 1
        assert uffd_wp(N) == EINVAL and write(N, 2) == 0
        """,
    ),
    "process_madvise() pages its caller out": (
        ALL,
        """
        N = anon(2)
        N[0:2] = 1
        assert process_madvise(N[0], MADV_PAGEOUT) == 4096
        assert N[0] == swap and N[1] == anon
        """,
    ),
    "it refused its caller what loses something": (
        tuple(k for k in ALL if k not in ("v6.18", "v7.3")),
        """
        N = anon(1)
        N[0] = 1
        assert process_madvise(N, MADV_DONTNEED) == EINVAL
        assert N == anon
        """,
    ),
    "and refuses nothing any more": (
        ("v6.18", "v7.3"),
        """
        N = anon(2)
        N[0:2] = 1
        assert process_madvise(N, MADV_DONTNEED) == 8192
        assert N == none
        """,
    ),
    "a direct read brings what the disk has, whatever the page cache holds": (
        ALL,
        """
        F = file(2)
        pwrite(F, 7, O_DIRECT)
        S = mmap(F, MAP_SHARED)
        S[1] = 8
        A = anon(2)
        assert pread(F, A, O_DIRECT) == 0
        assert A == anon and data(A[0]) == 7 and data(A[1]) == 8
        """,
    ),
    "a direct read of a hole into nothing fails": (
        tuple(k for k in ALL if k != "v5.10.y"),
        """
        F = file(1)
        A = anon(2)
        munmap(A[1])
        fallocate(F, FALLOC_FL_PUNCH_HOLE)
        assert pread(F[0], A[1], O_DIRECT) == EFAULT
        """,
    ),
    "a direct read beyond the end of the file fills memory with zeros": (
        tuple(k for k in ALL if k != "v5.10.y"),
        """
        F = file(4)
        A = anon(4)
        B = mmap(F, MAP_PRIVATE)
        A[0:4] = 9
        ftruncate(F, 2)
        assert pread(F[1:4], A[0:3], O_DIRECT) == 0
        assert data(A[0:3]) == 0 and data(A[3]) == 9
        assert pread(F[2], A[3], O_DIRECT) == 0 and data(A[3]) == 9
        assert pread(F[1:3], B[1:3], O_DIRECT) == EFAULT
        """,
    ),
    "up to v5.14 it left that memory alone": (
        ("v5.10.y",),
        """
        F = file(4)
        A = anon(4)
        B = mmap(F, MAP_PRIVATE)
        A[0:4] = 9
        ftruncate(F, 2)
        assert pread(F[1:4], A[0:3], O_DIRECT) == 0
        assert data(A[0]) == 0 and data(A[1:4]) == 9
        assert pread(F[1:3], B[1:3], O_DIRECT) == 0
        """,
    ),
    "up to v5.15 it ended there": (
        ("v5.10.y",),
        """
        F = file(1)
        A = anon(2)
        munmap(A[1])
        fallocate(F, FALLOC_FL_PUNCH_HOLE)
        assert pread(F[0], A[1], O_DIRECT) == 0
        """,
    ),
    "soft offline moves a page, data and all": (
        ALL,
        """
        N = anon(1)
        N[0] = 7
        assert madvise(N, MADV_SOFT_OFFLINE) == 0
        assert N == anon and data(N[0]) == 7
        """,
    ),
    "the zero page cannot be taken out of use": (
        tuple(k for k in ALL if k != "v7.3"),
        """
        N = anon(1)
        read(N)
        assert madvise(N, MADV_SOFT_OFFLINE) == EIO
        assert N == zero
        """,
    ),
    "v7.3 has an errno of its own for that": (
        ("v7.3",),
        """
        N = anon(1)
        read(N)
        assert madvise(N, MADV_SOFT_OFFLINE) == ENOTRECOVERABLE
        """,
    ),
    "the reproducer reads zeros": (
        tuple(k for k in ALL if k != "v5.17"),
        """
        F = shmem(2)
        A = mmap(F, MAP_PRIVATE)
        A[1] = 7
        madvise(A[1], MADV_PAGEOUT)
        ftruncate(F, 1)
        assert A[1] == none
        ftruncate(F, 2)
        read(A[1])
        assert data(A[1]) == 0
        """,
    ),
    "without the fix the reproducer reads the old byte": (
        ("v5.17",),
        """
        F = shmem(2)
        A = mmap(F, MAP_PRIVATE)
        A[1] = 7
        madvise(A[1], MADV_PAGEOUT)
        ftruncate(F, 1)
        assert A[1] == swap
        ftruncate(F, 2)
        read(A[1])
        assert data(A[1]) == 7
        """,
    ),
    "pageout of a COWed page leaves a swap entry": (
        ALL,
        """
        F = shmem(1)
        A = mmap(F, MAP_PRIVATE)
        A[0] = 1
        madvise(A, MADV_PAGEOUT)
        assert A[0] == swap and rss.swapents == 1 and rss.anonpages == 0
        """,
    ),
    "pageout of shmem pages puts the swap entry into the page cache": (
        ALL,
        """
        F = shmem(2)
        S = mmap(F, MAP_SHARED)
        S[0] = 1
        madvise(S, MADV_PAGEOUT)
        assert S[0] == none and F[0] == swap
        read(S[0])
        assert S[0] == file and data(S[0]) == 1
        munmap(S)
        P = mmap(F, MAP_PRIVATE)
        read(P[0])
        madvise(P, MADV_PAGEOUT)
        assert P[0] == none and F[0] == swap
        """,
    ),
    "pageout of a clean page of a disk file leaves nothing": (
        ALL,
        """
        F = file(1)
        A = mmap(F, MAP_SHARED)
        read(A)
        assert A[0] == file
        madvise(A, MADV_PAGEOUT)
        assert A[0] == none and F[0] == none
        """,
    ),
    "pageout of a dirty page of a shared disk file clears the entry": (
        ALL,
        """
        F = file(1)
        A = mmap(F, MAP_SHARED)
        A[0] = 3
        madvise(A, MADV_PAGEOUT)
        assert A[0] == none
        read(A)
        assert data(A[0]) == 3
        """,
    ),
    "anonymous memory that is only read maps the zero page": (
        ALL,
        """
        N = anon(2)
        read(N)
        assert N == zero and rss.anonpages == 0
        """,
    ),
    "swap-in by a read makes the entry anon, its neighbours stay": (
        ALL,
        """
        F = shmem(3)
        A = mmap(F, MAP_PRIVATE)
        A[0:3] = 1
        madvise(A, MADV_PAGEOUT)
        read(A[1])
        assert A[1] == anon and A[0] == swap and A[2] == swap
        """,
    ),
    "fault-around maps cached neighbours in the 16-page window": (
        ALL,
        """
        F = file(40)
        A = mmap(F, MAP_PRIVATE)
        read(A[20])
        assert A[16:32] == file and A[0:16] == none and A[32:40] == none
        """,
    ),
    "the window is of addresses, cut to the mapping": (
        ALL,
        """
        F = file(40)
        A = mmap(F[10:30], MAP_SHARED)
        read(A[3])
        assert A[0:16] == file and A[16:20] == none
        """,
    ),
    "fault-around is cut to i_size": (
        ALL,
        """
        F = file(8)
        A = mmap(F, MAP_PRIVATE)
        ftruncate(F, 5)
        read(A[0])
        assert A[0:5] == file and A[5:8] == none
        """,
    ),
    "a write fault maps its own page alone": (
        ALL,
        """
        F = file(4)
        A = mmap(F, MAP_SHARED)
        A[1] = 1
        assert A[1] == file and A[0] == none and A[2:4] == none
        """,
    ),
    "a write to a private file mapping COWs at once": (
        ALL,
        """
        F = shmem(2)
        A = mmap(F, MAP_PRIVATE)
        B = mmap(F, MAP_SHARED)
        A[0] = 1
        assert A[0] == anon and F[0] == file and B[0] == none
        """,
    ),
    "truncate to a byte inside a page keeps that page, private pages too": (
        ALL,
        """
        F = shmem(3)
        A = mmap(F, MAP_PRIVATE)
        B = mmap(F, MAP_SHARED)
        B[0:3] = 1
        A[1] = 2
        ftruncate(F, bytes=6000)
        assert A[1] == anon and B[0:2] == file and B[2] == none
        """,
    ),
    "access beyond the end of the file raises SIGBUS": (
        ALL,
        """
        F = shmem(4)
        A = mmap(F, MAP_PRIVATE)
        ftruncate(F, 2)
        assert read(A[3]) == SIGBUS
        """,
    ),
    "private entries that survived a hole punch still read their data": (
        ALL,
        """
        F = shmem(2)
        A = mmap(F, MAP_PRIVATE)
        A[0:2] = 5
        fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)
        read(A)
        assert A == anon and data(A) == 5
        """,
    ),
    "MADV_REMOVE on a shared mapping punches the file": (
        ALL,
        """
        F = shmem(2)
        P = mmap(F, MAP_PRIVATE)
        S = mmap(F, MAP_SHARED)
        S[0:2] = 1
        P[0] = 2
        read(P[1])
        madvise(S, MADV_REMOVE)
        assert P[0] == anon and P[1] == none and S == none and F == none
        """,
    ),
    "MADV_REMOVE on a private mapping is refused": (
        ALL,
        """
        F = shmem(2)
        P = mmap(F, MAP_PRIVATE)
        assert madvise(P, MADV_REMOVE) == EACCES
        """,
    ),
    "MADV_DONTNEED is refused in an mlocked VMA": (
        ALL,
        """
        N = anon(2)
        mlock(N)
        assert madvise(N, MADV_DONTNEED) == EINVAL
        assert N == anon
        """,
    ),
    "MADV_DONTNEED_LOCKED zaps in an mlocked VMA": (
        tuple(k for k in ALL if k not in ("v5.10.y", "v5.17", "rfc-v2")),
        """
        N = anon(2)
        mlock(N)
        madvise(N, MADV_DONTNEED_LOCKED)
        assert N == none
        """,
    ),
    "MADV_DONTNEED_LOCKED is unknown before v5.18": (
        ("v5.10.y", "v5.17", "rfc-v2"),
        """
        N = anon(2)
        assert madvise(N, MADV_DONTNEED_LOCKED) == EINVAL
        """,
    ),
    "an O_DIRECT write invalidates file entries and keeps private ones": (
        tuple(k for k in ALL if k != "rfc-v2"),
        """
        F = file(3)
        A = mmap(F, MAP_PRIVATE)
        A[0:2] = 1
        madvise(A[1], MADV_PAGEOUT)
        read(A[2])
        assert A[0] == anon and A[1] == swap and A[2] == file
        pwrite(F[0:3], 9, O_DIRECT)
        assert A[0] == anon and A[1] == swap and A[2] == none
        """,
    ),
    "uffd-wp markers on shmem survive MADV_DONTNEED, hole punch and truncate": (
        SINCE_6_12,
        """
        F = shmem(3)
        A = mmap(F, MAP_SHARED)
        uffd_wp(A)
        assert A == uffd_wp_marker
        madvise(A[0], MADV_DONTNEED)
        fallocate(F[1], FALLOC_FL_PUNCH_HOLE)
        ftruncate(F, 2)
        assert A == uffd_wp_marker
        """,
    ),
    "reclaiming a write-protected page of shmem leaves a marker": (
        SINCE_6_12,
        """
        F = shmem(1)
        A = mmap(F, MAP_SHARED)
        A[0] = 1
        uffd_wp(A)
        assert A[0] == file
        madvise(A, MADV_PAGEOUT)
        assert A[0] == uffd_wp_marker and F[0] == swap
        """,
    ),
    "MADV_DONTNEED drops write-protected anonymous pages": (
        SINCE_6_12,
        """
        N = anon(1)
        N[0] = 1
        uffd_wp(N)
        madvise(N, MADV_DONTNEED)
        assert N[0] == none
        """,
    ),
    "guard markers outlive all but munmap": (
        ("v6.18", "v7.3"),
        """
        F = shmem(3)
        A = mmap(F, MAP_SHARED)
        N = anon(1)
        madvise(A, MADV_GUARD_INSTALL)
        madvise(N, MADV_GUARD_INSTALL)
        assert A == guard_marker and N == guard_marker
        madvise(A, MADV_DONTNEED)
        madvise(N, MADV_DONTNEED)
        fallocate(F[0:3], FALLOC_FL_PUNCH_HOLE)
        ftruncate(F, 0)
        assert A == guard_marker and N == guard_marker
        munmap(A)
        assert A == unmapped
        """,
    ),
    "MADV_GUARD_INSTALL is unknown to older kernels": (
        tuple(k for k in ALL if k not in ("v6.18", "v7.3")),
        """
        N = anon(1)
        assert madvise(N, MADV_GUARD_INSTALL) == EINVAL
        """,
    ),
    "MADV_HWPOISON sends the caller SIGBUS": (
        SINCE_6_12,
        """
        N = anon(1)
        N[0] = 1
        assert madvise(N, MADV_HWPOISON) == SIGBUS
        assert N[0] == hwpoison
        """,
    ),
    "MADV_HWPOISON returns quietly on older kernels": (
        ("v5.10.y", "v6.1"),
        """
        N = anon(1)
        N[0] = 1
        assert madvise(N, MADV_HWPOISON) == 0
        assert N[0] == hwpoison
        """,
    ),
    "a poisoned page of shmem stays in the page cache": (
        tuple(k for k in ALL if k != "v5.10.y"),
        """
        F = shmem(1)
        S = mmap(F, MAP_SHARED)
        S[0] = 1
        madvise(S, MADV_HWPOISON)
        assert S[0] == hwpoison and F[0] == file
        madvise(S, MADV_DONTNEED)
        assert read(S[0]) == SIGBUS
        """,
    ),
    "on 5.10 a poisoned page of shmem is replaced by zeros": (
        ("v5.10.y",),
        """
        F = shmem(1)
        S = mmap(F, MAP_SHARED)
        S[0] = 1
        madvise(S, MADV_HWPOISON)
        assert F[0] == none
        madvise(S, MADV_DONTNEED)
        assert read(S[0]) == 0 and data(S[0]) == 0
        """,
    ),
    "MADV_FREE clears hwpoison entries": (
        ("v6.1", "v6.12", "v6.18", "v7.3"),
        """
        N = anon(1)
        N[0] = 1
        madvise(N, MADV_HWPOISON)
        madvise(N, MADV_FREE)
        assert N[0] == none
        """,
    ),
    "on 5.10 MADV_FREE leaves hwpoison entries alone": (
        ("v5.10.y",),
        """
        N = anon(1)
        N[0] = 1
        madvise(N, MADV_HWPOISON)
        madvise(N, MADV_FREE)
        assert N[0] == hwpoison
        """,
    ),
    "MADV_REMOVE works where the shared mapping could be made writable": (
        ("v6.1", "v6.12", "v6.18", "v7.3"),
        """
        F = shmem(1)
        S = mmap(F, MAP_SHARED)
        mprotect(S, PROT_READ)
        assert madvise(S, MADV_REMOVE) == 0
        """,
    ),
    "on 5.10 MADV_REMOVE wants the mapping writable now": (
        ("v5.10.y",),
        """
        F = shmem(1)
        S = mmap(F, MAP_SHARED)
        mprotect(S, PROT_READ)
        assert madvise(S, MADV_REMOVE) == EACCES
        """,
    ),
    "on 5.10 userfaultfd does not write-protect shmem": (
        ("v5.10.y",),
        """
        F = shmem(1)
        S = mmap(F, MAP_SHARED)
        assert uffd_wp(S) == EINVAL
        """,
    ),
    "UFFDIO_POISON leaves markers that hole punch keeps and the rest zaps": (
        SINCE_6_12,
        """
        F = shmem(3)
        A = mmap(F, MAP_SHARED)
        uffd_poison(A)
        assert A == poison_marker and read(A[0]) == SIGBUS
        fallocate(F[0:3], FALLOC_FL_PUNCH_HOLE)
        assert A == poison_marker
        madvise(A[0], MADV_DONTNEED)
        ftruncate(F, 2)
        assert A[0] == none and A[1] == poison_marker and A[2] == none
        """,
    ),
    "UFFDIO_POISON is unknown on 6.1": (
        ("v6.1",),
        """
        F = shmem(1)
        A = mmap(F, MAP_SHARED)
        assert uffd_poison(A) == EINVAL
        """,
    ),
    "UFFDIO_WRITEPROTECT takes a range over several mappings": (
        SINCE_6_12,
        """
        N = anon(3)
        mprotect(N[1], PROT_READ)
        assert uffd_wp(N) == 0
        """,
    ),
    "on 6.1 and 5.10 one mapping must cover the range of UFFDIO_WRITEPROTECT": (
        ("v5.10.y", "v6.1"),
        """
        N = anon(3)
        mprotect(N[1], PROT_READ)
        assert uffd_wp(N) == ENOENT
        """,
    ),
    "on 7.3 poisoning a page just swapped in is a loss": (
        ("v7.3",),
        """
        N = anon(1)
        N[0] = 1
        madvise(N, MADV_PAGEOUT)
        assert madvise(N, MADV_HWPOISON) == SIGBUS
        """,
    ),
    "on a disk a page just read from swap is clean, and poisoned it leaves a swap entry": (
        ("v5.10.y", "v6.1", "v6.12", "v6.18", "v7.3"),
        """
        swap(disk)
        N = anon(2)
        N[0:2] = 1
        madvise(N, MADV_PAGEOUT)
        assert madvise(N[0], MADV_HWPOISON) == 0 and N[0] == swap
        assert read(N[0]) == 0 and data(N[0]) == 1
        read(N[1])
        madvise(N[1], MADV_FREE)
        madvise(N[1], MADV_PAGEOUT)
        assert N[1] == none
        """,
    ),
    "on a disk a page that is written as it comes back, or mlocked, is out of the swap cache": (
        ("v6.12", "v6.18", "v7.3"),
        """
        swap(disk)
        N = anon(2)
        N[0:2] = 1
        madvise(N, MADV_PAGEOUT)
        N[0] = 2
        mlock(N[1])
        assert madvise(N[0], MADV_HWPOISON) == SIGBUS and N[0] == hwpoison
        assert madvise(N[1], MADV_HWPOISON) == SIGBUS and N[1] == hwpoison
        """,
    ),
    "a page of zeros is not written to the disk, and is not in the swap cache": (
        ("v6.12", "v6.18", "v7.3"),
        """
        swap(disk)
        N = anon(1)
        N[0] = 0
        madvise(N, MADV_PAGEOUT)
        assert N == swap and not swapcache(N)
        """,
    ),
    "before 6.12 it is": (
        ("v5.10.y", "v6.1"),
        """
        swap(disk)
        N = anon(1)
        N[0] = 0
        madvise(N, MADV_PAGEOUT)
        assert N == swap and swapcache(N)
        """,
    ),
    "a page that came back from a disk and was written is lost in the swap cache": (
        ("v6.12", "v6.18", "v7.3"),
        """
        swap(disk)
        N = anon(1)
        N[0] = 1
        madvise(N, MADV_PAGEOUT)
        read(N)
        N[0] = 3
        assert madvise(N, MADV_HWPOISON) == SIGBUS and N[0] == swap
        assert read(N) == SIGBUS and N[0] == swap
        madvise(N, MADV_FREE)
        assert N[0] == none
        """,
    ),
    "on 6.1 it is lost without a signal": (
        ("v6.1",),
        """
        swap(disk)
        N = anon(1)
        N[0] = 1
        madvise(N, MADV_PAGEOUT)
        read(N)
        N[0] = 3
        assert madvise(N, MADV_HWPOISON) == 0 and N[0] == swap
        assert read(N) == SIGBUS
        """,
    ),
    "on 5.10 the write takes the page out of the swap cache": (
        ("v5.10.y",),
        """
        swap(disk)
        N = anon(1)
        N[0] = 1
        madvise(N, MADV_PAGEOUT)
        read(N)
        N[0] = 3
        assert madvise(N, MADV_HWPOISON) == 0 and N[0] == hwpoison
        """,
    ),
    "the zero page poisoned twice, on 5.10": (
        ("v5.10.y",),
        """
        N = anon(2)
        M = anon(1)
        read(N)
        read(M)
        assert madvise(N[0], MADV_HWPOISON) == EBUSY
        assert madvise(N[0], MADV_HWPOISON) == 0 and madvise(M, MADV_HWPOISON) == 0
        N[1] = 1
        assert madvise(N, MADV_HWPOISON) == 0
        assert N[0] == zero and M[0] == zero and N[1] == hwpoison and data(N[0]) == 0
        """,
    ),
    "the zero page poisoned twice, on 6.1": (
        ("v6.1",),
        """
        N = anon(2)
        M = anon(1)
        read(N)
        read(M)
        assert madvise(N[0], MADV_HWPOISON) == EBUSY
        assert madvise(N[0], MADV_HWPOISON) == EHWPOISON
        assert madvise(M, MADV_HWPOISON) == EHWPOISON
        N[1] = 1
        assert madvise(N, MADV_HWPOISON) == EHWPOISON
        assert N[0] == zero and M[0] == zero and N[1] == anon and read(N[0]) == 0
        """,
    ),
    "the zero page poisoned twice, from 6.12 on": (
        SINCE_6_12,
        """
        N = anon(2)
        M = anon(1)
        read(N)
        read(M)
        assert madvise(N[0], MADV_HWPOISON) == EBUSY
        assert madvise(N[0], MADV_HWPOISON) == SIGBUS and madvise(M, MADV_HWPOISON) == SIGBUS
        N[1] = 1
        assert madvise(N, MADV_HWPOISON) == SIGBUS
        assert N[0] == zero and M[0] == zero and N[1] == anon and read(N[0]) == 0
        """,
    ),
    "move_pages moves pages behind PROT_NONE": (
        ("v5.10.y", *SINCE_6_12),
        """
        N = anon(1)
        F = shmem(1)
        S = mmap(F, MAP_SHARED)
        N[0] = 1
        S[0] = 1
        mprotect(N, PROT_NONE)
        mprotect(S, PROT_NONE)
        assert migrate(N) == 0 and migrate(S) == 0
        """,
    ),
    "on 6.1 move_pages sees nothing behind PROT_NONE": (
        ("v6.1",),
        """
        N = anon(1)
        F = shmem(1)
        S = mmap(F, MAP_SHARED)
        R = mmap(F, MAP_SHARED)
        N[0] = 1
        S[0] = 1
        read(R)
        mprotect(N, PROT_NONE)
        mprotect(S, PROT_NONE)
        assert migrate(N) == ENOENT and migrate(S) == ENOENT
        assert migrate(R) == 0 and N[0] == anon and S[0] == file
        """,
    ),
    "on 6.12 and 6.18 a page just swapped in counts as clean": (
        ("v6.12", "v6.18"),
        """
        N = anon(1)
        N[0] = 1
        madvise(N, MADV_PAGEOUT)
        assert madvise(N, MADV_HWPOISON) == 0
        """,
    ),
    "a fault past the end maps nothing around where no page table stands": (
        SINCE_6_12,
        """
        F = file(2)
        A = mmap(F, MAP_PRIVATE)
        ftruncate(F, 1)
        assert read(A[1]) == SIGBUS and A[0] == none
        """,
    ),
    "on 6.1 and 5.10 a fault past the end maps what is around": (
        ("v5.10.y", "v6.1"),
        """
        F = file(2)
        A = mmap(F, MAP_PRIVATE)
        ftruncate(F, 1)
        assert read(A[1]) == SIGBUS and A[0] == file
        """,
    ),
    "making private mlocked memory writable fills it at once": (
        ALL,
        """
        N = anon(2)
        mprotect(N, PROT_NONE)
        assert mlock(N) == ENOMEM
        mprotect(N, PROT_READ | PROT_WRITE)
        assert N == anon
        """,
    ),
    "MADV_FREE drops swapped pages at once, present ones later": (
        ALL,
        """
        N = anon(2)
        N[0:2] = 1
        madvise(N[0], MADV_PAGEOUT)
        madvise(N, MADV_FREE)
        assert N[0] == none and N[1] == anon and rss.swapents == 0
        madvise(N, MADV_PAGEOUT)
        assert N[1] == none and rss.swapents == 0
        """,
    ),
}


@pytest.mark.parametrize(
    ("fact", "kernel"), [(fact, kernel) for fact, (names, _) in FACTS.items() for kernel in names]
)
def test_fact(fact: str, kernel: str) -> None:
    """Each further fact that was seen, on each kernel that it holds on."""
    trace = zapviz.run(FACTS[fact][1], kernel)
    assert trace.ok, trace.text()


FROM_THE_SOURCE = {
    "a migration entry of a file page goes as the page would": (
        tuple(k for k in ALL if k != "v5.17"),
        """
        F = shmem(1)
        S = mmap(F, MAP_SHARED)
        S[0] = 1
        migrate_begin(S[0])
        unmap_mapping_range(F[0], even_cows=0)
        assert S[0] == none
        """,
    ),
    "a migration entry of a private page stays as the page would": (
        ALL,
        """
        F = shmem(1)
        A = mmap(F, MAP_PRIVATE)
        A[0] = 1
        migrate_begin(A[0])
        fallocate(F[0], FALLOC_FL_PUNCH_HOLE)
        assert A[0] == migration
        migrate_end(A[0])
        assert A[0] == anon and data(A[0]) == 1
        """,
    ),
    "up to v5.17 a pass with details skips migration entries": (
        ("v5.17",),
        """
        F = shmem(1)
        A = mmap(F, MAP_PRIVATE)
        A[0] = 1
        migrate_begin(A[0])
        unmap_mapping_range(F[0], even_cows=1)
        assert A[0] == migration
        """,
    ),
    "from the fix on truncate zaps a migration entry of a private page": (
        tuple(k for k in ALL if k != "v5.17"),
        """
        F = shmem(1)
        A = mmap(F, MAP_PRIVATE)
        A[0] = 1
        migrate_begin(A[0])
        ftruncate(F, 0)
        assert A[0] == none
        """,
    ),
    "v5.10 has no make_device_exclusive()": (
        ("v5.10.y",),
        """
        N = anon(1)
        N[0] = 1
        assert make_device_exclusive(N) == EINVAL
        """,
    ),
    "from v5.14 on it lends a page to a device": (
        tuple(k for k in ALL if k != "v5.10.y"),
        """
        N = anon(1)
        N[0] = 1
        make_device_exclusive(N)
        assert N[0] == device_exclusive
        """,
    ),
    "up to v6.14 a device gets what it can of a range, and is told that it is not all": (
        ("v5.17", "v5.18", "v6.1", "v6.12"),
        """
        F = shmem(1)
        B = mmap(F, MAP_SHARED)
        assert make_device_exclusive(B) == EBUSY
        assert B[0] == file
        N = anon(3)
        N[0:3] = 1
        mprotect(N[1], PROT_READ)
        assert make_device_exclusive(N) == EBUSY
        assert N[0] == device_exclusive and N[1:3] == anon
        """,
    ),
    "from v6.15 on it gets page after page, up to the first that is refused, and is told why": (
        ("v6.18", "v7.3"),
        """
        F = shmem(1)
        B = mmap(F, MAP_SHARED)
        assert make_device_exclusive(B) == EOPNOTSUPP
        assert B[0] == file
        N = anon(3)
        N[0:3] = 1
        mprotect(N[1], PROT_READ)
        assert make_device_exclusive(N) == EFAULT
        assert N[0] == device_exclusive and N[1:3] == anon
        """,
    ),
    "a device gets a page for itself after a write fault on it": (
        tuple(k for k in ALL if k != "v5.10.y"),
        """
        F = shmem(2)
        A = mmap(F, MAP_PRIVATE)
        read(A)
        assert A == file
        N = anon(4)
        N[0:2] = 1
        madvise(N[0], MADV_PAGEOUT)
        migrate_to_device(N[1])
        read(N[2])
        assert N[0] == swap and N[1] == device_private and N[2] == zero and N[3] == none
        make_device_exclusive(N)
        make_device_exclusive(A)
        assert N == device_exclusive and A == device_exclusive
        assert data(N[0:2]) == 1 and data(N[2:4]) == 0
        assert rss.anonpages == 6 and rss.shmempages == 0 and rss.swapents == 0
        make_device_exclusive(N)
        assert N == device_exclusive
        """,
    ),
    "what is migrated to a device: private pages, holes and the zero page of anonymous memory": (
        ALL,
        """
        N = anon(6)
        N[0:3] = 1
        madvise(N[1], MADV_PAGEOUT)
        migrate_begin(N[2])
        read(N[3])
        munmap(N[5])
        mlock(N[4])
        assert migrate_to_device(N[0:5]) == 0
        assert N[0] == device_private and N[1] == swap and N[2] == migration
        assert N[3:5] == device_private
        assert rss.anonpages == 4 and rss.swapents == 1
        assert migrate_to_device(N) == EINVAL
        N[0:2] = 2
        assert N[0:2] == anon and data(N[0:2]) == 2
        """,
    ),
    "pages and holes of a file are not, but its private pages are": (
        ALL,
        """
        F = shmem(3)
        A = mmap(F, MAP_PRIVATE)
        A[0] = 1
        read(A[1:3])
        F2 = shmem(1)
        B = mmap(F2, MAP_SHARED)
        B[0] = 1
        N = anon(1)
        N[0] = 1
        mprotect(N, PROT_NONE)
        assert migrate_to_device(A) == 0
        assert A[0] == device_private and A[1:3] == file
        madvise(A[2], MADV_DONTNEED)
        assert migrate_to_device(A) == 0
        assert A[2] == none
        assert migrate_to_device(B) == 0
        assert B[0] == file
        assert migrate_to_device(N) == EINVAL
        """,
    ),
    "userfaultfd's protection of a page that a device has for itself comes back with it": (
        tuple(k for k in ALL if k != "v5.10.y"),
        """
        N = anon(1)
        N[0] = 1
        make_device_exclusive(N)
        uffd_wp(N)
        read(N)
        assert N == anon and write(N, 2) == SIGBUS and data(N) == 1
        """,
    ),
    "userfaultfd's protection goes to a device with the page and comes back": (
        ALL,
        """
        N = anon(3)
        N[0:2] = 1
        uffd_wp(N[0])
        migrate_to_device(N)
        uffd_wp(N[1])
        read(N)
        assert N == anon
        assert write(N[0], 2) == SIGBUS and write(N[1], 2) == SIGBUS
        N[2] = 2
        assert data(N[0:2]) == 1 and data(N[2]) == 2
        """,
    ),
}
"""What the thread and the source say, where no process can stop a kernel to look."""


@pytest.mark.parametrize(
    ("fact", "kernel"),
    [(fact, kernel) for fact, (names, _) in FROM_THE_SOURCE.items() for kernel in names],
)
def test_from_the_source(fact: str, kernel: str) -> None:
    """Entries under migration, and those of a device, as each kernel's source treats them."""
    trace = zapviz.run(FROM_THE_SOURCE[fact][1], kernel)
    assert trace.ok, trace.text()


def test_6_12_and_later_differ_in_few_rules_alone() -> None:
    """v6.12, v6.18 and v7.3 share every rule but guard regions, what swap-in leaves, how a device
    gets pages for itself, what process_madvise() takes of its caller, what userfaultfd watches, and
    an errno of soft offline.

    What is locked, warned of and passed on differs besides, and no entry with it."""
    first, *others = (KERNELS[name] for name in SINCE_6_12)
    unseen = {"madvise_vma_lock", "device_zap_warns", "dontneed_frees_tables"}
    for other in others:
        differing = {d.rule for d in first.differences(other)} - unseen
        lent = {"exclusive_by_page", "exclusive_asks_vma"}
        asked = {"process_madvise_self", "droppable"}
        marks = {"guard_regions", "swap_in_dirties", "offline_not_recoverable"}
        assert differing <= marks | lent | asked
