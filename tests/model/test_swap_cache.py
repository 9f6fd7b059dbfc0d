"""The swap cache of a disk: who is in it, who keeps a slot, and what a zap frees.

The cases are those that were seen on real kernels: 5.10, 6.1, 6.12, 6.18, 7.3, and 5.10 without the
fix and with RFC v2.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from zapviz.kernels.known import KERNELS
from zapviz.model.invariants import violations
from zapviz.model.machine import run_program
from zapviz.model.world import World
from zapviz.scenario.generate import random_program
from zapviz.scenario.text import parse_scenario
from zapviz.trace.record import record_of
from zapviz.trace.run import Run

SEEN = ("v5.17", "rfc-v2", "v5.10.y", "v6.1", "v6.12", "v6.18", "v7.3")
OLD = ("v5.17", "rfc-v2", "v5.10.y")
NEW = ("v6.1", "v6.12", "v6.18", "v7.3")
ZEROS = ("v6.12", "v6.18", "v7.3")

OUT = "swap(disk)\nN = anon(4)\nN[0:4] = 1\nmadvise(N, MADV_PAGEOUT)\n"
BACK = f"{OUT}read(N)\n"
PARTED = (
    "swap(disk)\nN = anon(1)\nN[0] = 1\nC = fork()\nexit(C)\nmadvise(N, MADV_PAGEOUT)\n"
    "read(N)\nmadvise(N, MADV_PAGEOUT)\n"
)
COW = "swap(disk)\nF = {kind}(4)\nA = mmap(F, MAP_PRIVATE)\nA[0:3] = 1\nmadvise(A, MADV_PAGEOUT)\n"

CASES: dict[str, tuple[str, tuple[str, ...]]] = {
    # one process
    "what is swapped out stays in the swap cache": (
        f"{OUT}assert N == swap and swapcache(N)",
        SEEN,
    ),
    "what is read back, too": (
        f"{BACK}assert N == anon and swapcache(N) and exclusive(N) and rss.swapents == 0",
        SEEN,
    ),
    "what is written as it comes back leaves it": (
        f"{OUT}N[0:2] = 2\nassert not swapcache(N[0]) and not swapcache(N[1]) and swapcache(N[2])",
        SEEN,
    ),
    "a write to a page that is back leaves it there": (
        f"{BACK}N[0] = 2\nassert data(N[0]) == 2 and swapcache(N[0])",
        NEW,
    ),
    "or takes it out": (f"{BACK}N[0] = 2\nassert data(N[0]) == 2 and not swapcache(N[0])", OLD),
    "a page that was not written goes out of it at once": (
        f"{BACK}madvise(N[0:2], MADV_PAGEOUT)\n"
        "assert N[0:2] == swap and not swapcache(N[0]) and not swapcache(N[1])\n"
        "read(N[0])\nassert data(N[0]) == 1 and swapcache(N[0])",
        SEEN,
    ),
    "one that was written is written anew, and stays": (
        f"{BACK}N[0] = 2\nmadvise(N[0], MADV_PAGEOUT)\nassert N[0] == swap and swapcache(N[0])\n"
        "read(N[0])\nmadvise(N[0], MADV_PAGEOUT)\nassert not swapcache(N[0])\n"
        "read(N[0])\nassert data(N[0]) == 2",
        SEEN,
    ),
    "mlock takes it out": (f"{OUT}mlock(N)\nassert N == anon and not swapcache(N[0])", SEEN),
    "of what is back MADV_FREE frees the slot, and keeps the page": (
        f"{BACK}madvise(N[0], MADV_FREE)\nassert N[0] == anon and not swapcache(N[0])\n"
        "madvise(N[0], MADV_PAGEOUT)\nassert N[0] == none",
        SEEN,
    ),
    "MADV_DONTNEED frees both": (
        f"{BACK}madvise(N[0], MADV_DONTNEED)\nassert N[0] == none and not swapcache(N[0])\n"
        "read(N[0])\nassert data(N[0]) == 0",
        SEEN,
    ),
    "and so does munmap": (f"{BACK}munmap(N)\nassert N == unmapped", SEEN),
    "a swap entry with its page in the swap cache goes with it": (
        f"{OUT}madvise(N[0], MADV_FREE)\nmadvise(N[1], MADV_DONTNEED)\nmunmap(N[2])\n"
        "assert N[0:2] == none and N[2] == unmapped and rss.swapents == 1",
        SEEN,
    ),
    "a move takes the slot along": (
        f"{BACK}migrate(N)\nassert swapcache(N)\nmadvise(N, MADV_PAGEOUT)\nassert N == swap",
        SEEN,
    ),
    # zero-filled pages
    "a page of zeros is not written, and leaves the swap cache at once": (
        "swap(disk)\nN = anon(2)\nN[0] = 0\nN[1] = 1\nmadvise(N, MADV_PAGEOUT)\n"
        "assert N == swap and not swapcache(N[0]) and swapcache(N[1])\n"
        "read(N)\nassert data(N[0]) == 0 and N[0] == anon and swapcache(N)",
        ZEROS,
    ),
    "before 6.12 it is written as any other": (
        "swap(disk)\nN = anon(2)\nN[0] = 0\nmadvise(N, MADV_PAGEOUT)\nassert swapcache(N[0])",
        (*OLD, "v6.1"),
    ),
    # private copies of a file's pages
    "a hole punch keeps private copies, mapped or swapped out": (
        f"{COW}read(A[0])\nfallocate(F, FALLOC_FL_PUNCH_HOLE)\n"
        "assert A[0] == anon and A[1:3] == swap and swapcache(A[0:3])",
        ("v5.17", "v5.10.y", *NEW),
    ),
    "truncate takes them, and their slots": (
        f"{COW}read(A[0])\nftruncate(F, 0)\nassert A == none and rss.swapents == 0",
        ("v5.10.y", "rfc-v2", *NEW),
    ),
    "before the fix it takes those that are back": (
        f"{COW}read(A[0])\nftruncate(F, 0)\nassert A[0] == none and A[1:3] == swap\n"
        "assert swapcache(A[1:3])",
        ("v5.17",),
    ),
    # two processes
    "both find the page in the swap cache": (
        f"{OUT}C = fork()\nassert slot_count(N) == 2 and swapcache(N) and swapcache(C.N)\n"
        "read(C.N[0])\nassert C.N[0] == anon and exclusive(C.N[0]) and swapcache(C.N[0])\n"
        "assert N[0] == swap and slot_count(N[0]) == 1 and swapcache(N[0])\n"
        "read(N[0])\nassert mapcount(N[0]) == 2 and swapcache(N[0])",
        SEEN,
    ),
    "a write makes a copy, and the page stays": (
        f"{OUT}C = fork()\nC.N[0] = 2\nassert data(C.N[0]) == 2 and not swapcache(C.N[0])\n"
        "assert N[0] == swap and swapcache(N[0])\nread(N[0])\nassert data(N[0]) == 1",
        SEEN,
    ),
    "so it does where it was read before": (
        f"{OUT}madvise(N, MADV_PAGEOUT)\nread(N)\nmadvise(N, MADV_PAGEOUT)\nC = fork()\n"
        "assert not swapcache(N[0])\nC.N[0] = 2\nassert swapcache(N[0]) and not swapcache(C.N[0])",
        SEEN,
    ),
    "what one gives up the other has": (
        f"{OUT}C = fork()\nread(C.N[0])\nmadvise(C.N[0], MADV_DONTNEED)\n"
        "assert N[0] == swap and swapcache(N[0]) and slot_count(N[0]) == 1\n"
        "read(N[0])\nassert data(N[0]) == 1 and exclusive(N[0]) and swapcache(N[0])",
        SEEN,
    ),
    "a page that was shared by fork leaves at a write": (
        f"{OUT}C = fork()\nread(C.N[0])\nmadvise(N[0], MADV_DONTNEED)\nassert swapcache(C.N[0])\n"
        "C.N[0] = 2\nassert not swapcache(C.N[0]) and data(C.N[0]) == 2",
        SEEN,
    ),
    "even one that was swapped out since": (
        f"{PARTED}read(N[0])\nassert swapcache(N[0])\nN[0] = 2\nassert not swapcache(N[0])",
        SEEN,
    ),
    "both give it up, and the slot is free": (
        f"{OUT}C = fork()\nread(C.N[0])\nread(N[0])\nmadvise(N[0], MADV_DONTNEED)\n"
        "madvise(C.N[0], MADV_DONTNEED)\nassert N[0] == none and C.N[0] == none",
        SEEN,
    ),
    "MADV_FREE passes over a page of two, and takes an entry": (
        f"{OUT}C = fork()\nread(C.N[0:2])\nread(N[0])\nmadvise(C.N, MADV_FREE)\n"
        "assert C.N[0:2] == anon and C.N[2:4] == none and swapcache(C.N[0:2])\n"
        "assert slot_count(N[1:4]) == 1",
        SEEN,
    ),
    "reclaim leaves what two map, and takes it once one is gone": (
        f"{OUT}C = fork()\nread(C.N[0])\nread(N[0])\nmadvise(N[0], MADV_PAGEOUT)\n"
        "assert N[0] == anon\nexit(C)\nmadvise(N[0], MADV_PAGEOUT)\n"
        "assert N[0] == swap and slot_count(N[0]) == 1 and not swapcache(N[0])",
        SEEN,
    ),
    "a wiped child has neither entry nor slot": (
        f"{OUT}madvise(N[0:2], MADV_WIPEONFORK)\nmadvise(N[2], MADV_DONTFORK)\nC = fork()\n"
        "assert C.N[0:2] == none and C.N[2] == unmapped and slot_count(N[0:3]) == 1\n"
        "assert slot_count(N[3]) == 2 and swapcache(N)",
        SEEN,
    ),
    "on a device that answers at once only what another has, too": (
        "swap(ram)\nN = anon(2)\nN[0:2] = 1\nmadvise(N, MADV_PAGEOUT)\n"
        "assert not swapcache(N[0])\nread(N[1])\nassert not swapcache(N[1])\nC = fork()\n"
        "read(C.N[0])\nassert swapcache(C.N[0]) and swapcache(N[0])",
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
            assert not list(violations(outcome.world))


def slots(text: str, kernel: str = "v6.12") -> list[str]:
    """What the swap row shows at the end of a scenario."""
    record = record_of(Run(parse_scenario(text), KERNELS[kernel]))
    cells = [list(row) for row in record["initial"]["cells"]]
    for step in record["steps"]:
        for row, page, cell in step["set"]:
            cells[row][page] = cell
    return [record["cells"][cell]["text"] for cell in cells[-1]]


def test_the_swap_row_tells_who_has_a_slot() -> None:
    """Entries, the swap cache, both or nobody; what is written since is not in the slot."""
    assert slots(OUT)[0] == "in use, one holder and the swap cache; holds 1"
    assert slots(BACK)[0] == "in use, the swap cache alone has it; holds 1"
    assert slots(f"{BACK}N[0] = 2")[0] == "in use, the swap cache alone has it; holds 1"
    assert slots(f"{BACK}N[0] = 2", "v5.10.y")[0] == "free"
    assert slots(f"{OUT}N[0] = 2")[0] == "free"
    assert slots(f"{BACK}madvise(N[0], MADV_PAGEOUT)")[0] == "in use, one holder; holds 1"
    for zap in ("madvise(N, MADV_FREE)", "madvise(N, MADV_DONTNEED)", "munmap(N)"):
        assert slots(f"{BACK}{zap}") == ["free"] * 4
        assert slots(f"{OUT}{zap}") == ["free"] * 4


def told(text: str, kernel: str = "v6.12") -> str:
    """What the last step at an entry says."""
    steps = Run(parse_scenario(text), KERNELS[kernel]).steps
    return next(step.rule.reason for step in reversed(steps) if step.place is not None)


def test_a_step_says_what_becomes_of_the_swap_cache() -> None:
    """In a word, where a disk is the swap device, and nowhere else."""
    leaves = "It leaves the swap cache, and its slot is free."
    page = "swap(disk)\nN = anon(1)\nN[0] = 1\n"
    out = f"{page}madvise(N, MADV_PAGEOUT)\n"
    back = f"{out}read(N)\n"
    assert told(out).endswith("until it is reclaimed again it stays in the swap cache.")
    assert told(back).endswith("nothing is read. It is clean; its slot is kept.")
    assert told(f"{out}N[0] = 2").endswith(f"nothing is read. {leaves}")
    again = f"{back}madvise(N, MADV_PAGEOUT)\n"
    assert told(again).endswith("nothing goes to the disk. It leaves the swap cache.")
    assert told(f"{again}read(N)").endswith("It is clean, and in the swap cache; its slot is kept.")
    assert told(f"{back}N[0] = 2").endswith("its slot is kept, with data that is old now.")
    assert told(f"{back}N[0] = 2", "v5.10.y").endswith(leaves)
    for zap in ("madvise(N, MADV_FREE)", "madvise(N, MADV_DONTNEED)", "munmap(N)"):
        assert told(f"{back}{zap}").endswith(leaves)
        assert told(f"{out}{zap}").endswith("Its page leaves the swap cache, too.")
        for text in (out, back, f"{back}N[0] = 2", f"{back}{zap}", f"{out}{zap}"):
            assert "swap cache" not in told(text.replace("disk", "ram"))
    zeros = "swap(disk)\nN = anon(1)\nN[0] = 0\nmadvise(N, MADV_PAGEOUT)"
    assert "only zeros" in told(zeros) and "only zeros" not in told(zeros, "v6.1")


def test_a_failing_assertion_says_what_is_in_the_swap_cache() -> None:
    """Of several pages, those that are not."""
    run = Run(parse_scenario(f"{OUT}N[1] = 2\nassert swapcache(N)"), KERNELS["v6.12"])
    assert run.steps[-1].rule.reason == "N[1] is not in the swap cache."


def worlds() -> Iterator[World]:
    """The states of random programs on a disk, and of races whose CPUs run in turn."""
    for seed in range(40):
        for forks in (False, True):
            program = random_program(
                Random(seed), pages=4, real_only=True, swap="disk", forks=forks
            )
            for kernel in ("v5.10.y", "v6.1", "v7.3"):
                yield from (one.world for one in run_program(program, KERNELS[kernel]))


def test_the_books_balance() -> None:
    """Each slot is held as often as it counts, or by the swap cache for a page that is mapped."""
    seen = False
    for world in worlds():
        assert not list(violations(world, resting=False))
        seen |= any(slot and not slot.holders for slot in world.slots)
    assert seen


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("read(C.A[0])\nmadvise(A, MADV_DONTNEED)\n", "the slot stays with its page"),
        ("read(C.A[0])\nexit(C)\n", "the page stays in the swap cache"),
        ("madvise(A, MADV_DONTNEED)\n", "the slot stays with whoever else has it"),
        ("madvise(A, MADV_DONTNEED)\nexit(C)\n", "the entry and its swap slot are freed"),
    ],
)
def test_a_zap_says_what_becomes_of_a_slot_of_two(last: str, said: str) -> None:
    """It is freed where no entry has it, and no page that is mapped."""
    text = "A = anon(1)\nA[0] = 1\nmadvise(A, MADV_PAGEOUT)\nC = fork()\n"
    steps = Run(parse_scenario(text + last), KERNELS["v6.12"]).steps
    assert said in [step for step in steps if step.kind == "zap"][-1].rule.reason


@pytest.mark.parametrize(
    ("above", "said"),
    [("", "entry and slot are freed"), ("C = fork()\n", "the slot stays with whoever")],
)
def test_madv_free_says_what_becomes_of_a_slot(above: str, said: str) -> None:
    """It is freed where nobody else has it."""
    text = f"A = anon(1)\nA[0] = 1\nmadvise(A, MADV_PAGEOUT)\n{above}madvise(A, MADV_FREE)\n"
    steps = Run(parse_scenario(text), KERNELS["v6.12"]).steps
    assert said in next(step for step in steps if step.rule.id == "free-swap").rule.reason
