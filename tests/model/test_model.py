"""The model: what holds whatever a scenario does, and what the old kernels break."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zapviz
from strategies import programs
from zapviz.kernels.known import DIFFERENCES, KERNELS, RULES, Kernel, kernel
from zapviz.model.entries import Bit, Entry, Kind
from zapviz.model.invariants import beyond_end, violations
from zapviz.model.machine import BLOCKED, run_program
from zapviz.model.program import Exit, Fallocate, Munmap, Program
from zapviz.model.steps import Details, Step
from zapviz.model.world import World
from zapviz.model.zap import decide
from zapviz.scenario.generate import random_program
from zapviz.scenario.text import format_scenario, parse_scenario

FIXED = [k for k in KERNELS.values() if k.swap_entries == "even_cows"]


def check_every_state(program: Program, kernel: Kernel) -> None:
    """Every state between steps and between statements keeps the invariants."""
    steps: list[Step] = []
    for outcome in run_program(program, kernel, steps):
        assert list(violations(outcome.world, outcome.result != BLOCKED)) == []
        if kernel.swap_entries == "even_cows":
            assert list(beyond_end(outcome.world)) == [] or outcome.result == BLOCKED
    for step in steps:
        assert list(violations(step.world, resting=False)) == []


@given(program=programs(pages=8, statements=16), name=st.sampled_from(list(KERNELS)))
def test_invariants_hold_in_every_state(program: Program, name: str) -> None:
    """Counters, mapcounts and swap slots equal a recount, after every step of anything."""
    check_every_state(program, KERNELS[name])


@pytest.mark.parametrize("name", KERNELS)
def test_invariants_hold_in_long_scenarios(name: str) -> None:
    """The same over longer scenarios than hypothesis likes to make."""
    for seed in range(40):
        program = random_program(random.Random(seed), pages=12, statements=40)
        check_every_state(program, KERNELS[name])


def private_data(world: World) -> dict[tuple[str, int], int]:
    """The byte of every private page, in memory or in swap."""
    held = {}
    for area in world.areas:
        for page, entry in enumerate(area.entries):
            if entry.kind is Kind.ANON:
                folio = world.folios[entry.folio]
                assert folio is not None
                held[area.name, page] = folio.data
            if entry.kind is Kind.SWAP:
                slot = world.slots[entry.slot]
                assert slot is not None
                held[area.name, page] = slot.data
    return held


def lost_by_hole_punch(program: Program, kernel: Kernel) -> bool:
    """Whether some hole punch of a program took a private page away."""
    before: dict[tuple[str, int], int] = {}
    for outcome in run_program(program, kernel):
        after = private_data(outcome.world)
        if isinstance(outcome.statement, Fallocate) and before != after:
            return True
        before = after
    return False


@given(program=programs(pages=6, statements=16))
def test_hole_punch_never_loses_private_data(program: Program) -> None:
    """On every kernel with the fix, a hole punch leaves each private page and its data."""
    for fixed in FIXED:
        assert not lost_by_hole_punch(program, fixed)


def first_found(found: str, name: str) -> str | None:
    """The first random scenario on which a kernel shows a bug, or None in 400."""
    for seed in range(400):
        program = random_program(random.Random(seed), pages=4, statements=20)
        if found == "loss":
            if lost_by_hole_punch(program, KERNELS[name]):
                return format_scenario(program)
        elif any(list(beyond_end(o.world)) for o in run_program(program, KERNELS[name])):
            return format_scenario(program)
    return None


def test_random_scenarios_find_the_bug_before_the_fix() -> None:
    """On v5.17 truncate leaves swapped-out pages beyond the end of the file."""
    assert first_found("beyond", "v5.17") is not None


def test_random_scenarios_find_the_flaw_of_rfc_v2() -> None:
    """On RFC v2 hole punch loses swapped-out private pages; on v5.17 it never did."""
    assert first_found("loss", "rfc-v2") is not None
    assert first_found("loss", "v5.17") is None


@given(
    name=st.sampled_from(list(KERNELS)),
    kind=st.sampled_from([k for k in Kind if k not in (Kind.NONE, Kind.UNMAPPED)]),
    anon=st.booleans(),
    vma_anonymous=st.booleans(),
)
def test_even_cows_zaps_whatever_skipping_cows_zaps(
    name: str, kind: Kind, anon: bool, vma_anonymous: bool
) -> None:
    """Asking for more never keeps an entry that asking for less would have zapped."""
    entry = Entry(kind, 0, 0, 16 if anon else 0)
    few, _ = decide(KERNELS[name], entry, vma_anonymous, Details(even_cows=False))
    more, _ = decide(KERNELS[name], entry, vma_anonymous, Details(even_cows=True))
    everything, _ = decide(
        KERNELS[name], entry, vma_anonymous, Details(even_cows=True, drop_markers=True)
    )
    assert few <= more <= everything


@pytest.mark.parametrize("name", KERNELS)
def test_unmapping_leaves_nothing(name: str) -> None:
    """After exit() no entry, no counter and no swap entry of the process is left."""
    for seed in range(30):
        program = random_program(random.Random(seed), pages=6, statements=20)
        outcomes = list(run_program(program, KERNELS[name]))
        if outcomes[-1].result == BLOCKED or outcomes[-1].world.locks:
            continue
        ended = Program((*program.statements, Exit()))
        world = list(run_program(ended, KERNELS[name]))[-1].world
        assert world.processes[0].rss == (0, 0, 0, 0)
        assert all(e.kind is Kind.UNMAPPED for area in world.areas for e in area.entries)
        cached = sum(e.slot >= 0 for file in world.files for e in file.cache)
        assert sum(slot is not None for slot in world.slots) == cached


def test_every_zap_step_says_why() -> None:
    """Each verdict carries a sentence, a function, and a file of the kernel's source."""
    for name in zapviz.SCENARIOS:
        for kernel_name in KERNELS:
            for step in zapviz.run(zapviz.SCENARIOS[name].program, kernel_name).as_json()["steps"]:
                if step["kind"] == "zap":
                    assert step["reason"].endswith(".")
                    assert step["source"] is not None, step["rule"]
                    assert step["verdict"] in ("zapped", "kept", "changed")


def test_a_patch_is_one_line() -> None:
    """The fix of the thread, on the kernel before it, makes the reproducer's assertion hold."""
    program = zapviz.SCENARIOS["reproducer"].program
    assert not zapviz.run(program, "v5.17").ok
    assert zapviz.run(program, kernel("v5.17").with_rule(swap_entries="even_cows")).ok


def test_a_patch_with_a_wrong_rule_is_refused() -> None:
    """An unknown rule or value names what there is."""
    with pytest.raises(zapviz.ZapvizError, match="swap_entries"):
        kernel("v5.17").with_rule(swap_entry="skip")
    with pytest.raises(zapviz.ZapvizError, match="'skip', 'zap', 'even_cows'"):
        kernel("v5.17").with_rule(swap_entries="maybe")


def test_an_unknown_kernel_suggests_the_nearest() -> None:
    """A slip in a kernel's name is answered with the name that was meant."""
    with pytest.raises(zapviz.ZapvizError, match=r"lies between v6\.12 and v6\.18"):
        kernel("v6.13")


def test_every_rule_that_differs_is_explained() -> None:
    """A rule in which two kernels differ stands in DIFFERENCES with a sentence."""
    explained = {difference.rule for difference in DIFFERENCES}
    assert explained == set(RULES)
    for rule in RULES:
        values = {getattr(k, rule) for k in KERNELS.values()}
        assert len(values) > 1 or rule == "second_pass"


def test_a_statement_that_would_wait_for_ever_ends_the_run() -> None:
    """With the folio locked by a migration that never ends, truncate blocks."""
    trace = zapviz.run(
        "F = shmem(1)\nS = mmap(F, MAP_SHARED)\nS[0] = 1\nmigrate_begin(S[0])\nftruncate(F, 0)\n"
        "munmap(S)"
    )
    assert [outcome.result for outcome in trace.outcomes][-1] == BLOCKED
    assert not trace.ok


@pytest.mark.parametrize("before", ["", "madvise(A[0], MADV_DONTNEED)\n"])
def test_a_guard_over_a_marker_never_returns(before: str) -> None:
    """The kernel restarts the call for ever, and no errno of it is ever seen."""
    trace = zapviz.run(
        f"F = shmem(2)\nA = mmap(F, MAP_SHARED)\nuffd_wp(A[0])\n{before}"
        "madvise(A[0], MADV_GUARD_INSTALL)\nA[1] = 3\nassert A[1] == file",
        "v6.18",
    )
    assert trace.outcomes[-1].result == BLOCKED
    assert trace.outcomes[-1].statement.line == 4 + bool(before)
    assert trace.steps[-1].rule.id == "guard-restarts"
    assert "The kernel restarts the call for ever." in trace.text()


def test_a_call_in_an_assertion_that_never_returns_ends_the_run() -> None:
    """An assertion that waits for such a call neither holds nor fails."""
    trace = zapviz.run(
        "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nuffd_wp(A[0])\n"
        "assert madvise(A[0], MADV_GUARD_INSTALL) == 0\nmunmap(A)",
        "v6.18",
    )
    assert [outcome.result for outcome in trace.outcomes][-1] == BLOCKED
    assert len(trace.outcomes) == 4


def test_munmap_reports_one_pass_per_vma() -> None:
    """munmap over VMAs split by mprotect makes a pass over each."""
    trace = zapviz.run("N = anon(4)\nN[0:4] = 1\nmprotect(N[1], PROT_READ)\nmunmap(N)")
    assert isinstance(trace.outcomes[-1].statement, Munmap)
    assert sum(step.kind == "pass" for step in trace.steps) == 3


SHARED_AGAIN = """
    F = shmem(2)
    G = file(3)
    A = mmap(F, MAP_SHARED)
    B = mmap(G, MAP_SHARED)
    P = mmap(F, MAP_PRIVATE)
    read(A)
    B[0] = 1
    read(B[1:3])
    P[0] = 2
    mprotect(A, PROT_READ)
    mprotect(B[0:2], PROT_READ)
    mprotect(P, PROT_READ)
    mprotect(A, PROT_READ | PROT_WRITE)
    mprotect(B, PROT_READ | PROT_WRITE)
    mprotect(P, PROT_READ | PROT_WRITE)
"""


@pytest.mark.parametrize("name", KERNELS)
def test_mprotect_makes_shared_entries_writable_again(name: str) -> None:
    """Those of shmem, and dirty ones of a disk file, which notices a first write to a clean page.

    As seen entry by entry on 5.10 to 7.3: zapviz lab watch."""
    before, *_, after = [
        {area.name: [bool(e.bits & Bit.WRITABLE) for e in area.entries] for area in world.areas}
        for world in (o.world for o in run_program(parse_scenario(SHARED_AGAIN), kernel(name)))
    ][-4::3]
    assert before["A"] == before["B"][:2] == [False, False]
    assert after["A"] == [True, True]
    assert after["B"] == [True, False, False]
    steps: list[Step] = []
    more = parse_scenario(SHARED_AGAIN + "    A[0] = 3\n    B[0] = 3\n    B[1] = 3\n")
    *_, first, second, third = run_program(more, kernel(name), steps)
    assert [step.kind for step in steps[-3:]] == ["access", "access", "map"]
    assert first.ok and second.ok and third.ok


def test_mappings_are_walked_in_the_order_of_their_first_page() -> None:
    """Whatever their own order; of two with the same first page the older one comes first.

    As seen entry by entry on 5.10 to 7.3, in passes over a file and in walks of a folio's
    mappings; mlock splits C, so that a part of it starts before B."""
    text = """
        F = shmem(7)
        B = mmap(F[4:6], MAP_SHARED)
        C = mmap(F, MAP_SHARED)
        D = mmap(F, MAP_SHARED)
        mlock(C[2:5])
        B[0:2] = 3
        C[5] = 3
        D[4:6] = 3
        migrate(C[4])
        ftruncate(F, 4)
    """
    for name in ("v5.10.y", "v6.12", "v7.3"):
        steps: list[Step] = []
        outcomes = list(run_program(parse_scenario(text), kernel(name), steps))
        zapped = [step for step in steps if step.kind == "zap"]
        areas = outcomes[-1].world.areas
        order = [(areas[s.place.of].name, s.place.page) for s in zapped if s.place is not None]
        assert order == [("D", 4), ("D", 5), ("C", 4), ("B", 0), ("B", 1), ("C", 5)]
