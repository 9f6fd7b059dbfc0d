"""Races of two processes: what both have, in every order; the reduction leaves out no end."""

from __future__ import annotations

from random import Random

import pytest

from zapviz.errors import ScenarioError
from zapviz.kernels.known import KERNELS
from zapviz.model.looks import looks
from zapviz.races.exploration import Exploration
from zapviz.races.search import search_orders
from zapviz.scenario.generate import random_pair
from zapviz.scenario.text import format_scenario, parse_scenario

MOST = 40_000  # states; what has more is left out


def ends(found: Exploration) -> set[object]:
    """What the CPUs can end in, as far as processes can tell."""
    return {(looks(final.world), final.results, final.holds) for final in found.finals}


@pytest.mark.parametrize("kernel", ["v5.10.y", "v6.12", "v7.3"])
def test_the_reduction_finds_every_end(kernel: str) -> None:
    """Equal ends, deadlocks in neither or both; and in every state the books balance."""
    explored = 0
    for seed in range(120):
        program = random_pair(Random(f"fork/{seed}"), above=2, forks=True)
        assert parse_scenario(format_scenario(program)) == program
        full = search_orders(program, KERNELS[kernel], max_states=MOST)
        if not full.complete:
            continue
        explored += 1
        reduced = search_orders(program, KERNELS[kernel], reduced=True, max_states=MOST)
        text = format_scenario(program)
        assert not full.broken, text
        assert ends(full) == ends(reduced), text
        assert bool(full.deadlocks) == bool(reduced.deadlocks), text
    assert explored > 100


def explored(text: str, kernel: str = "v6.18") -> Exploration:
    """Every order of a race."""
    return search_orders(parse_scenario(text), KERNELS[kernel])


WRITES = """N = anon(1)
N[0] = 1
C = fork()
def CPU0():
    N[0] = 2
def CPU1():
    C.N[0] = 3
assert always(data(N[0]) == 2 and data(C.N[0]) == 3 and exclusive(N[0]) and exclusive(C.N[0]))
"""


def test_of_two_writers_one_copies() -> None:
    """Whoever comes second has the page alone; nobody sees the other's byte."""
    found = explored(WRITES)
    assert found.ok
    assert len(found.finals) == 1


def test_a_swap_in_beside_a_zap_leaves_the_data() -> None:
    """The slot lives until the last of its two holders lets go."""
    found = explored(
        "N = anon(1)\nN[0] = 1\nmadvise(N, MADV_PAGEOUT)\nC = fork()\n"
        "def CPU0():\n    read(N[0])\ndef CPU1():\n    madvise(C.N, MADV_DONTNEED)\n"
        "assert always(N[0] == anon and data(N[0]) == 1 and C.N[0] == none)\n"
    )
    assert found.ok


def test_a_truncate_reaches_both_whatever_they_do() -> None:
    """Private copies beyond the new end are gone in both, but for those written afterwards."""
    found = explored(
        "F = shmem(1)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 1\nC = fork()\n"
        "def CPU0():\n    ftruncate(F, 0)\ndef CPU1():\n    C.A[0] = 2\n"
        "assert always(A[0] == none and C.A[0] == none)\n"
    )
    assert found.ok


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("N = anon(1)\nC = fork()\ndef CPU0():\n    read(N)\n    read(C.N)\n",
         "CPU0 runs the first process", "put what C does on a CPU of its own"),
        ("N = anon(1)\nC = fork()\ndef CPU0():\n    read(C.N)\n    munmap(N)\n",
         "CPU0 runs C", "put what the first process does on a CPU of its own"),
        ("N = anon(1)\ndef CPU0():\n    C = fork()\n",
         "no process forks among CPUs", "fork above the CPUs"),
        ("N = anon(1)\ndef CPU0():\n    read(N)\ndef CPU1():\n    read(N)\nC = fork()\n",
         "no process forks among CPUs", "fork above the CPUs"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(text: str, message: str, hint: str) -> None:
    """At once, in words, at its line."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text)
    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint


def test_advice_on_another_process_meets_what_that_does() -> None:
    """The first process's CPU pages a child's page out, before the child writes or after it."""
    found = explored(
        "N = anon(1)\nC = fork()\nC.N[0] = 1\n"
        "def CPU0():\n    process_madvise(C.N, MADV_PAGEOUT)\n    N[0] = 3\n"
        "def CPU1():\n    C.N[0] = 2\n"
        "assert always(data(C.N) == 2 and data(N) == 3)\n"
        "assert sometimes(C.N[0] == swap)\nassert sometimes(C.N[0] == anon)\n"
    )
    assert found.ok


def test_a_cpu_of_a_child_does_not_advise_by_pidfd() -> None:
    """The message says whose statement it is."""
    with pytest.raises(ScenarioError, match="CPU0 runs C"):
        explored("N = anon(1)\nC = fork()\ndef CPU0():\n    C.N[0] = 1\n"
                 "    process_madvise(C.N, MADV_PAGEOUT)\ndef CPU1():\n    read(N)\n")  # fmt: skip
