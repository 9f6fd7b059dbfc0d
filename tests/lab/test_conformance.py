"""Model against kernel: what the comparison notices, and that there is nothing to notice.

The runs on real kernels need ``zapviz lab fetch 6.12`` and ``6.1``; without them they are
skipped, but in CI the kernels are fetched.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from kernels_for_tests import real_kernel

from zapviz.kernels.evidence import LAB_KERNEL_OF, Case, load_evidence
from zapviz.kernels.known import KERNELS, RULES, Kernel
from zapviz.kernels.locking import LOCKING
from zapviz.lab.conformance import (
    MODEL_OF,
    Report,
    cases,
    check,
    conform,
    first_mismatch,
    format_evidence,
    predicted,
    programs_for,
    starts,
)
from zapviz.lab.oracle import run_findings
from zapviz.lab.script import KernelOutcome, Observed, executed
from zapviz.model import (
    direct,
    faults,
    forking,
    isolation,
    lending,
    machine,
    marks,
    migration,
    paths,
    poison,
    reclaim,
    references,
    zap,
)
from zapviz.model.machine import BLOCKED, run_statement
from zapviz.model.program import Program, SwapDevice
from zapviz.model.steps import Rule
from zapviz.model.world import MachineFlag, World
from zapviz.scenario.generate import random_program
from zapviz.scenario.text import format_scenario, parse_scenario
from zapviz.trace.run import Run

V6_12 = KERNELS["v6.12"]
ZERO_POISONED = MachineFlag.ZERO_POISONED
PROGRAM = parse_scenario(
    "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 5\nmadvise(A[0], MADV_PAGEOUT)\n"
    "fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)\nread(A[0])\n"
)


def as_observed(program: Program, kernel: Kernel) -> KernelOutcome:
    """What a kernel that is just as the model would be seen to do."""
    world, steps = World(), []
    for statement in executed(program):
        outcome = run_statement(kernel, world, statement)
        world = outcome.world
        steps.append(predicted(world, outcome.result))
    return KernelOutcome(tuple(steps), "exit")


def with_step(outcome: KernelOutcome, at: int, **changes: object) -> KernelOutcome:
    """The same outcome but for one statement."""
    changed: Observed = replace(outcome.steps[at], **changes)  # type: ignore[arg-type]
    return replace(outcome, steps=(*outcome.steps[:at], changed, *outcome.steps[at + 1 :]))


def test_a_kernel_like_the_model_agrees() -> None:
    """Nothing is found where there is nothing."""
    assert first_mismatch(PROGRAM, V6_12, as_observed(PROGRAM, V6_12)) is None


def test_an_entry_that_differs_is_found() -> None:
    """The kernel of RFC v2 zaps the swap entry: the mismatch says where and what."""
    seen = as_observed(PROGRAM, KERNELS["rfc-v2"])
    found = first_mismatch(PROGRAM, V6_12, seen)
    assert found is not None
    assert (found.statement, found.what, found.model, found.kernel) == (4, "A[0]", "swap", "none")


def test_a_mismatch_can_be_pasted() -> None:
    """Its text ends in the scenario, as the language writes it."""
    found = first_mismatch(PROGRAM, V6_12, as_observed(PROGRAM, KERNELS["rfc-v2"]))
    assert str(found).endswith(format_scenario(PROGRAM))
    assert "fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE): A[0]: model swap, kernel none" in str(found)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"result": "EINVAL"}, "result"),
        ({"data": {"A": (6, 5)}}, "data of A[0]"),
        ({"cache": {"F": ("file", "none")}}, "page cache of F[0]"),
        ({"wp": {"A": (False, True)}}, "uffd-wp of A[1]"),
    ],
)
def test_whatever_differs_is_found(changes: dict[str, object], what: str) -> None:
    """Result, data, page cache and write-protection are compared as the entries are."""
    last = len(executed(PROGRAM)) - 1
    found = first_mismatch(PROGRAM, V6_12, with_step(as_observed(PROGRAM, V6_12), last, **changes))
    assert found is not None
    assert found.what == what


def test_a_process_that_ended_early_is_found() -> None:
    """Fewer statements than were asked for: the signal that ended it is shown."""
    seen = as_observed(PROGRAM, V6_12)
    found = first_mismatch(PROGRAM, V6_12, KernelOutcome(seen.steps[:3], "SIGKILL"))
    assert found is not None
    assert (found.what, found.kernel) == ("the process", "SIGKILL")


def test_programs_are_the_same_for_a_seed() -> None:
    """A seed gives the same programs again; another one gives others."""
    assert programs_for(V6_12, 5, 1) == programs_for(V6_12, 5, 1)
    assert programs_for(V6_12, 5, 1) != programs_for(V6_12, 5, 2)


def test_what_would_not_repeat_is_cut() -> None:
    """No random program meets a known difference that shows, or asks for a guard for ever."""
    cut = 0
    for name in ("5.10", "6.1", "6.18"):
        kernel = MODEL_OF[name]
        for n, program in enumerate(programs_for(kernel, 300, 1)):
            seen = as_observed(program, kernel)
            assert BLOCKED not in {step.result for step in seen.steps}
            assert not [known for _, known in Run(program, kernel).met if known.compared]
            whole = random_program(Random(f"1/{n}"), real_only=True, pages=8, statements=16)
            cut += whole != program
    assert cut > 10


def test_the_zero_page_stays_poisoned_until_the_next_boot() -> None:
    """A program that follows one that poisons the zero page begins with it broken."""
    poisons = parse_scenario("N = anon(1)\nread(N)\nmadvise(N, MADV_HWPOISON)")
    begins = starts([PROGRAM, poisons, PROGRAM, poisons], V6_12)
    assert [world.machine for world in begins] == [0, 0, ZERO_POISONED, ZERO_POISONED]
    seen = as_observed(poisons, V6_12)
    assert first_mismatch(poisons, V6_12, seen) is None
    found = first_mismatch(poisons, V6_12, seen, begins[3])
    assert found is not None
    assert (found.model, found.kernel) == ("SIGBUS", "EBUSY")


def test_programs_can_begin_with_a_disk_as_swap_device() -> None:
    """Each of them does then, and no other one."""
    plain, disk = (programs_for(V6_12, 20, 1, swap=swap) for swap in ("none", "disk"))
    assert all(one.statements[0] == SwapDevice("disk") for one in disk)
    assert not any(isinstance(each, SwapDevice) for one in plain for each in one.statements)


def test_a_page_of_a_cache_that_a_kernel_cannot_tell_is_not_compared() -> None:
    """Older kernels do not tell a swapped-out page of shmem from a cached one on a disk."""
    last = len(executed(PROGRAM)) - 1
    seen = with_step(as_observed(PROGRAM, V6_12), last, cache={"F": ("unknown", "unknown")})
    assert first_mismatch(PROGRAM, V6_12, seen) is None


def test_evidence_is_counted_and_written(tmp_path: Path) -> None:
    """Each decided entry is a case; the file is sorted and reads back."""
    report = Report("6.12")
    report.evidence.update(cases(PROGRAM, V6_12))
    assert report.evidence["swap-kept", "punch-shmem", "swap"] == 1
    (tmp_path / "evidence.csv").write_text(format_evidence([report]))
    rows = list(csv.reader((tmp_path / "evidence.csv").read_text().splitlines()))
    assert rows[0] == ["rule", "path", "entry", "kernel", "times seen"]
    assert rows[1:] == sorted(rows[1:])


def test_evidence_is_added_to_what_was_counted() -> None:
    """Of a case that was seen before the times are summed; others are new rows."""
    report = Report("6.12")
    report.evidence.update({Case("a", "b", "anon"): 2, Case("c", "fork", "none"): 1})
    text = format_evidence([report], {Case("a", "b", "anon"): {"6.12": 3, "7.3": 1}})
    assert text.splitlines()[1:] == [
        "a,b,anon,6.12,5", "a,b,anon,7.3,1", "c,fork,none,6.12,1",
    ]  # fmt: skip


def test_the_evidence_that_ships_speaks_of_rules_and_kernels_that_exist() -> None:
    """No row of a rule that the model no longer has: evidence is refreshed with the rules."""
    table = load_evidence()
    assert table
    rules = {
        rule.id
        for module in (
            *(zap, faults, reclaim, poison, migration, marks, paths, machine),
            *(direct, forking, isolation, lending, references),
        )
        for rule in vars(module).values()
        if isinstance(rule, Rule)
    }
    for case, times in table.items():
        assert times.keys() <= set(LAB_KERNEL_OF.values()), case
        assert case.rule in rules, case


TRUNCATED = (
    "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[1] = 7\nmadvise(A[1], MADV_PAGEOUT)\n"
    "ftruncate(F, 1)\nftruncate(F, 2)\nread(A[1])\n"
)
"""What the thread is about, which chance does not always make."""


@pytest.fixture(scope="module", params=["6.12", "6.1"])
def findings(
    request: pytest.FixtureRequest,
) -> tuple[str, list[Program], tuple[KernelOutcome, ...]]:
    """300 random programs, the thread's own, and what a booted kernel did with them."""
    name: str = request.param
    real_kernel(name)
    programs = [*programs_for(MODEL_OF[name], 300, 7), parse_scenario(TRUNCATED)]
    return name, programs, run_findings(name, programs).outcomes


@pytest.mark.kernel
def test_model_and_kernel_agree(
    findings: tuple[str, list[Program], tuple[KernelOutcome, ...]],
) -> None:
    """Every entry, result and byte after every statement of 300 random programs."""
    name, programs, outcomes = findings
    found = [
        first_mismatch(program, MODEL_OF[name], outcome, world)
        for program, outcome, world in zip(
            programs, outcomes, starts(programs, MODEL_OF[name]), strict=True
        )
    ]
    mismatches = [mismatch for mismatch in found if mismatch is not None]
    if mismatches:  # what a busy machine did once is no mismatch
        again = conform_programs(name, [mismatch.program for mismatch in mismatches])
        assert not again, "\n".join(map(str, again))


def conform_programs(name: str, programs: list[Program]) -> list[object]:
    """Run programs once more, in a boot of their own."""
    return [*check(name, programs)]


NOT_SEEN_THERE = {
    # Entries under migration come and go within one call: a random program never meets one.
    "migration_entries": "no statement of a process stops a migration half way",
    "second_pass": "it takes a second CPU",
    "lazyfree_counts_refs": "it takes a second CPU",
    "fault_unmaps_poison": "it takes a second CPU",
    "reclaim_poisons": "it takes a second CPU",
    "direct_io_pins": "it takes a second CPU",
    "poison_counts_anon": "it takes a second CPU",
    **dict.fromkeys((each.rule for each in LOCKING), "alone, no CPU can tell what is locked"),
    "device_exclusive": "lending a page takes a driver",
    "exclusive_by_page": "lending a page takes a driver",
    "exclusive_asks_vma": "lending a page takes a driver",
    "device_zap_warns": "lending a page takes a driver",
    "dontneed_frees_tables": "it hangs on what a kernel does with a zap_details besides",
    "tmpfs_direct_io": "the model's shmem file is a memfd on every kernel",
    "write_keeps_slot": "it takes a disk as swap device",
    "zeros_written": "it takes a disk as swap device",
    "droppable": "programs that fork make such memory, and others none",
    "process_madvise_self": "programs that fork have it, and others do not",
    "uffd_wp_async": "it is not modelled, and refused on every kernel",
}


@pytest.mark.kernel
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in NOT_SEEN_THERE])
def test_a_changed_rule_is_caught(
    rule: str, findings: tuple[str, list[Program], tuple[KernelOutcome, ...]]
) -> None:
    """The same programs show a model with one rule changed to be wrong."""
    name, programs, outcomes = findings
    kernel = MODEL_OF[name]
    others = [k for k in KERNELS.values() if getattr(k, rule) != getattr(kernel, rule)]
    value = getattr(others[0], rule)
    changed = kernel.with_rule(**{rule: value})
    caught = any(
        first_mismatch(program, changed, outcome, world) is not None
        for program, outcome, world in zip(
            programs, outcomes, starts(programs, kernel), strict=True
        )
    )
    rare = {"free_drops_poison", "remove_maywrite", "uffd_wp_many_vmas", "swap_in_dirties",
            "around_wants_table", "shmem_keeps_poison", "uffd_poison", "poisoned_again_fails",
            "migrates_inaccessible", "hole_read_stops", "offline_not_recoverable",
            "read_fills_past_end"}  # fmt: skip
    if not caught and rule in rare:
        pytest.skip("too rare for 300 programs; tests/model/test_mutations.py has a fact for it")
    assert caught


@pytest.mark.kernel
def test_conform_reports_one_line() -> None:
    """A run over two boots counts what it did and finds nothing."""
    real_kernel("6.12")
    report = conform("6.12", 40, seed=3, batch=20)
    assert str(report).startswith("Conformance 6.12 programs=40 ")
    assert "mismatches=0" in str(report)
    assert sum(report.evidence.values()) > 100
