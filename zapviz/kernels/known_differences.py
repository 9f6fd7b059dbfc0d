"""Where real kernels are known to do otherwise than the model, and since when.

Everything that the lab leaves out of its comparisons is here, with the sentence that a reader gets
wherever it matters. Which statement meets one is in :mod:`zapviz.model.meetings`. The page
docs/known-differences.md is made of these data by :func:`as_page`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from zapviz.kernels.known import KERNELS, Kernel
from zapviz.kernels.observed import hides_write_only, reports_a_loss_once

__all__ = ["KNOWN_DIFFERENCES", "PAGE", "DifferenceId", "KnownDifference", "as_page"]

DifferenceId: TypeAlias = Literal[
    "vmas-apart",
    "lost-writes",
    "uffd-write-only",
    "copied-from-batch",
    "offline-from-batch",
    "read-into-itself",
    "stale-dirty",
    "poisoned-while-reclaimed",
    "reclaimed-from-batch",
    "moved-and-broken",
    "offline-beside-mlock",
    "moved-from-batch",
    "broken-while-changed",
    "found-in-swap-cache",
    "guard-livelock",
]
"""The names of all known differences."""

PAGE: Final = "docs/known-differences.md"
"""The page that lists them."""


@dataclass(frozen=True)
class KnownDifference:
    """Something that a real kernel does, or shows, otherwise than the model."""

    id: DifferenceId
    title: str
    when: str  # which statement meets it
    sentence: str  # what the kernel does, and what the model says
    since: str  # the releases that do so
    example: str  # a scenario that meets it in its last statement
    on: Callable[[Kernel], bool]  # the kernels of the model that stand for such a release
    compared: bool = True  # whether an entry, a result or a byte can show it, and so the lab

    def __str__(self) -> str:
        return f"{self.sentence.rstrip('.')} ({self.since})"


def _all(kernel: Kernel) -> bool:
    return True


_LISTED: Final = (
    KnownDifference(
        "vmas-apart",
        "VMAs that stay apart",
        "uffd_wp or uffd_poison of a range whose VMAs were apart when pages were written in two of "
        "them, and could be merged since; or of which a part was mapped anew after userfaultfd had "
        "watched it",
        "VMAs whose private pages belong to two anon_vmas do not merge, and the call fails with "
        "ENOENT, as it wants one VMA over its range. In the model they merge, and it succeeds.",
        "uffd_wp up to v6.3, seen on 5.10 and 6.1; uffd_poison since it exists, v6.6",
        "N = anon(3)\nmunmap(N[1])\nN[0] = 1\nN[2] = 1\nmmap(N[1], MAP_FIXED)\nuffd_wp(N)",
        _all,
    ),
    KnownDifference(
        "lost-writes",
        "EIO after a lost write",
        "a write, truncate or hole punch of a file after MADV_HWPOISON took a dirty page of it",
        "The file notes the loss (AS_EIO), and one of the calls after it returns EIO, once. The "
        "model's calls succeed.",
        "seen on 5.10 and 6.1; not on 6.12 and later",
        "F = file(2)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\nmadvise(A[0], MADV_HWPOISON)\n"
        "pwrite(F[1], 2, O_DIRECT)",
        reports_a_loss_once,
    ),
    KnownDifference(
        "uffd-write-only",
        "userfaultfd on write-only memory",
        "uffd_wp of memory with PROT_WRITE alone",
        "The kernel leaves entries that nobody can access. On 5.10 the process hangs in its next "
        "fault; on 6.1 that fault mends the entry, but a migration before it fails with ENOENT. "
        "The model goes on.",
        "seen on 5.10 and 6.1; not on 6.12 and later, as from v6.3 (931298e103c2) the protection "
        "is the VMA's",
        "N = anon(1)\nN[0] = 1\nmprotect(N, PROT_WRITE)\nuffd_wp(N)",
        hides_write_only,
    ),
    KnownDifference(
        "copied-from-batch",
        "a given-up page that is copied",
        "a write to a page that came back from swap by a read and was given up with MADV_FREE",
        "While a batch on its way to the LRU still holds the page, the write copies it, and the "
        "copy is given up by nobody: MADV_PAGEOUT swaps it out. In the model it is the same page, "
        "which reclaim finds written and keeps. What empties the batches is not modelled.",
        "seen on 5.10, as do_wp_page() copies a page with other references up to v5.17; not on "
        "6.1 and later",
        "N = anon(1)\nN[0] = 1\nmadvise(N, MADV_PAGEOUT)\nread(N)\nmadvise(N, MADV_FREE)\nN[0] = 2",
        lambda kernel: not kernel.write_keeps_slot,
    ),
    KnownDifference(
        "offline-from-batch",
        "a page on its way to the LRU",
        "MADV_SOFT_OFFLINE",
        "A page that was made or moved just before is in a batch on its way to the LRU, and the "
        "call fails with EBUSY, as it cannot isolate it. In the model it succeeds. What empties "
        "the batches is not modelled.",
        "seen on 5.10 and 6.1; not on 6.12 and later",
        "N = anon(1)\nN[0] = 1\nmadvise(N, MADV_SOFT_OFFLINE)",
        lambda kernel: not kernel.hwpoison_signals,
    ),
    KnownDifference(
        "read-into-itself",
        "a file that is read into itself",
        "pread of a disk file into a shared mapping of the same file",
        "Where the read fills memory with zeros for a hole, the memory is a page of the file, "
        "whose block is allocated at that moment; the read may come upon that block and fail with "
        "EIO (iomap_dio_iter()). In the model it reads the hole.",
        "seen on 6.12, 6.18 and 7.3",
        "F = file(2)\nA = mmap(F, MAP_SHARED)\nfallocate(F, FALLOC_FL_PUNCH_HOLE)\n"
        "pread(F, A, O_DIRECT)",
        _all,
    ),
    KnownDifference(
        "stale-dirty",
        "dirty pages from a device",
        "MADV_HWPOISON or MADV_PAGEOUT of a page that was lent to a device, and not written since",
        "Whether the page that comes back is dirty hangs on who had the device's page before "
        "(free_zone_device_folio(), mm/memremap.c, leaves PG_dirty). In the model it is as it was "
        "lent.",
        "seen on 6.12 with the driver that lends (6.12-hmm)",
        "N = anon(1)\nN[0] = 1\nmadvise(N, MADV_FREE)\nmigrate_to_device(N)\nread(N)\n"
        "madvise(N, MADV_PAGEOUT)",
        _all,
    ),
    KnownDifference(
        "poisoned-while-reclaimed",
        "a page that breaks while it is swapped out",
        "MADV_PAGEOUT on one CPU and MADV_HWPOISON or MADV_SOFT_OFFLINE on another, of the same "
        "private memory",
        "A fault that comes while reclaim writes the page finds it in the swap cache and maps it "
        "from there; if it then breaks, its entry becomes a swap entry of a lost page, and the "
        "call raises SIGBUS. In the model reclaim unmaps a page and gives it its slot in one step.",
        "seen on 6.12 and 6.18",
        "A = anon(1)\nA[0] = 1\ndef CPU0():\n    madvise(A, MADV_PAGEOUT)\n"
        "def CPU1():\n    madvise(A, MADV_HWPOISON)",
        _all,
        compared=False,
    ),
    KnownDifference(
        "reclaimed-from-batch",
        "a page that another CPU has just made",
        "MADV_PAGEOUT on one CPU and an access, mlock, a read or write of the file, or a migration "
        "on another, of the same memory",
        "A page that a CPU makes or moves is in its batch on the way to the LRU for a while, and "
        "MADV_PAGEOUT on another CPU, which empties its own batch alone, passes it over. In the "
        "model it is paged out. What empties the batches is not modelled.",
        "seen on 7.3",
        "A = anon(1)\ndef CPU0():\n    madvise(A, MADV_PAGEOUT)\ndef CPU1():\n    A[0] = 1",
        _all,
        compared=False,
    ),
    KnownDifference(
        "moved-and-broken",
        "a page that breaks while it is moved",
        "MADV_HWPOISON on one CPU and a migration on another, of the same memory",
        "What the two return may go together otherwise than in the model, as each may look at the "
        "page while the other one holds it or has taken it off the LRU. On 7.3 the migration may "
        "succeed though MADV_HWPOISON fails with EBUSY, and an hwpoison entry is left (28 of 600 "
        "rounds); on 5.10 MADV_HWPOISON may fail so though nothing was moved (18 of 600).",
        "seen on 5.10, 6.1 and 7.3; not on 6.12 and 6.18 in as many rounds",
        "A = anon(1)\nA[0] = 1\ndef CPU0():\n    migrate(A)\n"
        "def CPU1():\n    madvise(A, MADV_HWPOISON)",
        _all,
        compared=False,
    ),
    KnownDifference(
        "offline-beside-mlock",
        "a page that is locked into memory while it is taken out of use",
        "MADV_SOFT_OFFLINE on one CPU and mlock on another, of the same memory",
        "MADV_SOFT_OFFLINE may fail with EBUSY while mlock takes the page off the LRU for a moment "
        "(9 of 500 rounds on 6.18, 4 of 1,000 on 6.12). The model's mlock does not touch the LRU.",
        "seen on 6.12, 6.18 and 7.3; not of munlock",
        "A = anon(1)\nA[0] = 1\ndef CPU0():\n    madvise(A, MADV_SOFT_OFFLINE)\n"
        "def CPU1():\n    mlock(A)",
        lambda kernel: kernel.hwpoison_signals,
        compared=False,
    ),
    KnownDifference(
        "moved-from-batch",
        "a page that another CPU has just made, and that is to be moved",
        "a migration on one CPU and an access, mlock, or a read or write of the file on another, "
        "of the same memory",
        "A page that a CPU makes is in its batch on the way to the LRU for a while. The kernel "
        "empties the batches before it moves pages, but one made since cannot be isolated: the "
        "migration fails with EBUSY, or with EAGAIN as the batch holds a reference (124 of 300 "
        "rounds). From v5.13 (d479960e44f2) there are no batches while pages are moved. In the "
        "model it succeeds.",
        "seen on 5.10; not from v5.13 on",
        "A = anon(1)\ndef CPU0():\n    migrate(A)\ndef CPU1():\n    A[0] = 1",
        lambda kernel: kernel.version < (5, 13),
        compared=False,
    ),
    KnownDifference(
        "broken-while-changed",
        "a page that breaks while its entry is changed",
        "MADV_HWPOISON on one CPU and what changes or removes entries on another, such as "
        "mprotect, a write or a zap, of the same memory",
        "Who changes an entry clears it for a moment, or counts its page as mapped a moment "
        "longer. MADV_HWPOISON looks for the entries without the page table lock: it passes over "
        "such a one, finds the page mapped still, and fails with EBUSY (24 of 3,000 rounds beside "
        "mprotect). The page stays in the page cache, and an entry that is there again goes on "
        "mapping it. A batch or a copy that has a reference meanwhile makes the call fail so, too. "
        "From v5.14 (36af67370e33) it waits for the lock. In the model a change is one step.",
        "seen on 5.10; not from v5.14 on",
        "A = anon(1)\nA[0] = 1\ndef CPU0():\n    madvise(A, MADV_HWPOISON)\n"
        "def CPU1():\n    mprotect(A, PROT_READ)",
        lambda kernel: kernel.version < (5, 14),
        compared=False,
    ),
    KnownDifference(
        "found-in-swap-cache",
        "a broken page that is found in the swap cache",
        "MADV_HWPOISON on one CPU and an access, mlock, MADV_HWPOISON or direct read on another, "
        "of the same private memory, with a disk as swap device",
        "A fault that finds the broken page in the swap cache holds it for a moment: MADV_HWPOISON "
        "may fail with EBUSY where that fault fails, too (1 of 500 rounds). In the model the fault "
        "looks, and fails, in one step.",
        "seen on 5.10 and 6.12",
        "swap(disk)\nA = anon(1)\nA[0] = 1\nmadvise(A, MADV_PAGEOUT)\nread(A)\ndef CPU0():\n"
        "    madvise(A, MADV_HWPOISON)\ndef CPU1():\n    madvise(A, MADV_HWPOISON)",
        _all,
        compared=False,
    ),
    KnownDifference(
        "guard-livelock",
        "a guard region that is never done",
        "MADV_GUARD_INSTALL over a marker of userfaultfd",
        "Each zap leaves the marker, and the kernel restarts the call for ever. The model says the "
        "same, so the lab cannot compare what comes after it.",
        "since MADV_GUARD_INSTALL exists: v6.13, of files v6.15",
        "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nuffd_wp(A)\nmadvise(A, MADV_GUARD_INSTALL)",
        lambda kernel: kernel.guard_regions != "no",
        compared=False,
    ),
)

KNOWN_DIFFERENCES: Final[Mapping[DifferenceId, KnownDifference]] = {
    each.id: each for each in _LISTED
}
"""Every known difference, by its name."""

_HEAD: Final = """\
# Known differences

Where model and kernel disagree, zapviz has a bug, except for what is listed here. A scenario that
meets one of these says so: `zapviz run` among its notes, the explorer in the reason of the step,
and `zapviz lab run` as `known difference` where it would else say `DISAGREE`. `zapviz lab conform`
cuts a random scenario short before one that would not repeat.

This page is made of the data in `zapviz/kernels/known_differences.py`; `make test ARGS=--refresh`
writes it anew.
"""


def as_page() -> str:
    """Give docs/known-differences.md as text."""
    parts = [_HEAD]
    for each in KNOWN_DIFFERENCES.values():
        names = [name for name, kernel in KERNELS.items() if each.on(kernel)]
        on = "every kernel of the model" if len(names) == len(KERNELS) else ", ".join(names)
        shown = "" if each.compared else " Nothing that the lab compares shows it."
        parts.append(
            f"## {each.title[0].upper()}{each.title[1:]}\n\n"
            f"`{each.id}`: met by {each.when}.\n\n"
            f"{each.sentence}{shown}\n\n"
            f"Since when: {each.since}. Told on {on}.\n\n"
            f"    " + each.example.replace("\n", "\n    ") + "\n"
        )
    return "\n".join(parts)
