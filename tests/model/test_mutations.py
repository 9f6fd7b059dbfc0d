"""Each rule of the model, changed on purpose, is noticed by a fact that was seen.

A rule that could be changed without any fact failing would be a rule that nobody checked.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from test_facts import COLUMNS, FACTS, FROM_THE_SOURCE, PATHS, SETUP, STATES, TABLE

import zapviz
from zapviz.api.traces import Trace
from zapviz.kernels.known import KERNELS, RULES, Kernel
from zapviz.model import faults, isolation, lending, marks, migration, paths, poison, reclaim, zap
from zapviz.model.entries import Entry
from zapviz.model.program import Program
from zapviz.model.steps import Details, Rule
from zapviz.races.replay import follow, replay
from zapviz.races.search import search_orders
from zapviz.scenario.text import parse_scenario


def cases() -> Iterator[tuple[str, Program]]:
    """Every fact as a kernel's name and a scenario whose assertions hold there."""
    for names, text in (*FACTS.values(), *FROM_THE_SOURCE.values()):
        program = parse_scenario(text)
        for name in names:
            yield name, program
    for (state, path), row in TABLE.items():
        for name, zapped in zip(COLUMNS, row, strict=True):
            prepare, entry = STATES[state]
            operator = "==" if zapped else "!="
            yield (
                name,
                parse_scenario(f"{SETUP}{prepare}\n{PATHS[path]}\nassert {entry} {operator} none"),
            )


CASES = list(cases())


def values(rule: str) -> tuple[object, ...]:
    """All values that a rule of a kernel can have."""
    return get_args(get_type_hints(Kernel)[rule]) or (False, True)


@pytest.mark.parametrize(
    ("rule", "value"), [(rule, value) for rule in RULES for value in values(rule)]
)
def test_a_changed_rule_of_a_kernel_is_noticed(rule: str, value: object) -> None:
    """For every rule and each value that it does not have, some fact of some kernel fails."""
    if rule == "second_pass" or rule in RACED:
        pytest.skip("one CPU alone cannot tell: the races do")
    if rule in TOLD:
        pytest.skip("no entry hangs on it: what a trace tells does, see below")
    for name, program in CASES:
        kernel = KERNELS[name]
        if (
            getattr(kernel, rule) != value
            and not Trace(program, kernel.with_rule(**{rule: value})).ok
        ):
            return
    pytest.fail(f"no fact notices {rule}={value!r}")


TOLD: dict[str, tuple[str, dict[str | bool, str]]] = {
    "exit_lock": (
        "N = anon(1)\nN[0] = 1\nexit()",
        {
            "no": "zap: page table lock",
            "write": "zap: mmap_lock (write), page table lock",
            "read": "zap: mmap_lock (read), page table lock",
        },
    ),
    "fault_vma_lock": (
        "N = anon(1)\nN[0] = 1",
        {
            False: "map: mmap_lock (read), page table lock",
            True: "map: VMA lock of N[0] (read), page table lock",
        },
    ),
    "madvise_vma_lock": (
        "N = anon(1)\nN[0] = 1\nmadvise(N, MADV_DONTNEED)\nmadvise(N, MADV_GUARD_REMOVE)",
        {
            "no": "begin: mmap_lock (read); begin: mmap_lock (read)",
            "zaps": "begin: VMA lock of N[0] (read); begin: mmap_lock (read)",
            "all": "begin: VMA lock of N[0] (read); begin: VMA lock of N[0] (read)",
        },
    ),
    "mf_mutex": (
        "N = anon(1)\nN[0] = 1\nmadvise(N, MADV_HWPOISON)",
        {
            False: "poison: folio lock of N[0], anon_vma->rwsem (read), page table lock",
            True: "poison: mf_mutex, folio lock of N[0], anon_vma->rwsem (read), page table lock",
        },
    ),
    "offline_mutex": (
        "N = anon(1)\nN[0] = 1\nmadvise(N, MADV_SOFT_OFFLINE)",
        {
            False: "lock: folio lock of N[0]",
            True: "lock: mf_mutex, folio lock of N[0]",
        },
    ),
    "i_mmap_shared": (
        "F = shmem(1)\nunmap_mapping_range(F, even_cows=1)",
        {False: "pass: i_mmap_rwsem of F", True: "pass: i_mmap_rwsem of F (read)"},
    ),
    "cached_fault_lock": (
        "F = file(1)\nA = mmap(F, MAP_SHARED)\n"
        "def CPU0():\n    ftruncate(F, 1)\ndef CPU1():\n    read(A)",
        {False: "CPU1: lock folio of F[0]", True: "CPU1: waits for a lock"},
    ),
    "dontneed_frees_tables": (
        "N = anon(1)\nN[0] = 1\nmadvise(N, MADV_DONTNEED)",
        {False: "details: None", True: "details: {'even_cows': True, 'reclaim_pt': True}"},
    ),
    "device_zap_warns": (
        "F = shmem(1)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 1\nmigrate_to_device(A[0])\nmunmap(A)",
        {False: "rule: device-zapped", True: "rule: device-zapped-warned"},
    ),
    "exclusive_asks_vma": (
        "N = anon(1)\nN[0] = 1\nmake_device_exclusive(N)\nmprotect(N, PROT_READ)\n"
        "mprotect(N, PROT_READ | PROT_WRITE)\nread(N)\nN[0] = 2",
        {
            False: "rule: made-writable",
            True: "reason: Every entry was present: no fault was needed.",
        },
    ),
    "uffd_wp_async": (
        "F = file(1)\nA = mmap(F, MAP_SHARED)\nuffd_wp(A)",
        {
            False: "reason: Mappings of disk files are not watched by userfaultfd.",
            True: "reason: userfaultfd watches mappings of disk files only with "
            "UFFD_FEATURE_WP_ASYNC, which is not modelled.",
        },
    ),
    "tmpfs_direct_io": (
        "F = shmem(1)\npwrite(F, 1, O_DIRECT)",
        {
            False: "reason: shmem has no direct I/O in this kernel: O_DIRECT is refused.",
            True: "reason: The model's shmem file is a memfd, which does not take O_DIRECT; a file "
            "of a mounted tmpfs does, since v6.6.",
        },
    ),
}
"""The rules that no entry, result or counter hangs on where one CPU runs: for each a scenario,
and what a trace tells of it by the rule's value."""


READING = (
    "F = file(1)\nA = anon(1)\nA[0] = 5\n{before}\n"
    "def CPU0():\n    pread(F[0], A[0], O_DIRECT)\ndef CPU1():\n    {other}\n"
)
RACED: dict[str, tuple[str, dict[bool | str, set[str]]]] = {
    "lazyfree_counts_refs": (
        READING.format(before="madvise(A, MADV_FREE)", other="madvise(A, MADV_PAGEOUT)"),
        {False: {"0, 0: none"}, True: set()},
    ),
    "direct_io_pins": (
        READING.format(before="read(A)", other="madvise(A, MADV_PAGEOUT)"),
        {False: set(), True: {"rule: pinned"}},
    ),
    "poison_counts_anon": (
        READING.format(before="read(A)", other="madvise(A, MADV_HWPOISON)"),
        {False: set(), True: {"0, EBUSY: hwpoison"}},
    ),
    "fault_unmaps_poison": (
        "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 0\nfallocate(F, FALLOC_FL_PUNCH_HOLE)\n"
        "def CPU0():\n    A[0] = 2\ndef CPU1():\n    madvise(A, MADV_HWPOISON)\n",
        {False: set(), True: {"SIGBUS, 0: none"}},
    ),
    "reclaim_poisons": (
        "A = anon(1)\nA[0] = 1\n"
        "def CPU0():\n    madvise(A, MADV_PAGEOUT)\ndef CPU1():\n    madvise(A, MADV_HWPOISON)\n",
        {
            "entry": {"rule: poison-left"},
            "no": {"swapped out once marked"},
            "folio": {"rule: poison-left", "swapped out once marked"},
        },
    ),
}
"""The rules that one CPU alone cannot tell of: for each a race, and by each value of the rule what
some order of it says, of all that an order says by any value."""


def raced(program: Program, kernel: Kernel) -> set[str]:
    """How the CPUs can end, and the rules of the orders in which CPU0 goes some steps first."""
    finals = search_orders(program, kernel).finals
    said = {
        f"{', '.join(result for cpu in final.results for result in cpu)}: "
        f"{' '.join(entry.kind for area in final.world.areas for entry in area.entries)}"
        for final in finals
    }
    for first in range(12):
        order = (0,) * first + (1,) * 40 + (0,) * 40
        steps = replay(program, kernel, follow(program, kernel, order)).steps
        rules = [step.rule.id for step in steps]
        said |= {f"rule: {rule}" for rule in rules}
        if "poison-marks" in rules and "swap-out" in rules[rules.index("poison-marks") :]:
            said.add("swapped out once marked")
    return said


@pytest.mark.parametrize("rule", sorted(RACED))
def test_a_rule_that_decides_among_cpus_is_told(rule: str) -> None:
    """Some order tells which value it has."""
    text, expected = RACED[rule]
    assert expected.keys() == set(values(rule))
    telling = set().union(*expected.values())
    for value in values(rule):
        kernel = KERNELS["v6.1"].with_rule(**{rule: value})
        assert raced(parse_scenario(text), kernel) & telling == expected[value]


def told(program: Program, kernel: Kernel) -> set[str]:
    """What a run tells beside entries: locks, rules and their reasons, zap_details, who waits."""
    if program.concurrent:  # CPU0 has its locks, CPU1 those of a fault
        turns = replay(program, kernel, (0, 1), offers=True).turns
        return {f"CPU{choice.cpu}: {choice.doing}" for choice in turns[-1].open}
    record = Trace(program, kernel).as_json()
    steps = record["steps"]
    locks = [f"{step['kind']}: {', '.join(step['locks'])}" for step in steps if step["locks"]]
    begun = "; ".join(text for text in locks if text.startswith("begin"))
    return {
        *locks,
        begun,
        *(f"rule: {step['rule']}" for step in steps),
        *(f"reason: {step['reason']}" for step in steps),
        *(f"details: {one['details']}" for one in record["passes"] if one["zaps"]),
    }


@pytest.mark.parametrize("rule", sorted(TOLD))
def test_a_rule_that_decides_no_entry_is_told(rule: str) -> None:
    """For each of its values a trace tells what it does not for any other."""
    text, expected = TOLD[rule]
    assert expected.keys() == set(values(rule))
    for value in values(rule):
        said = told(parse_scenario(text), KERNELS["v6.18"].with_rule(**{rule: value}))
        assert {line for line in expected.values() if line in said} == {expected[value]}


NOTHING_TO_SEE = {
    "guard-dropped": "munmap frees the page table with whatever is left in it",
    "wp-marker-dropped": "the same: only munmap and a mapping's last page drop markers",
    "wp-marker-kept": "a marker that is zapped is put back, being write-protected itself",
    "wp-marker-left": "not a verdict of its own: what zapping a write-protected page leaves",
}


@pytest.mark.parametrize("rule", sorted(zap.ZAP_RULES.keys() - NOTHING_TO_SEE.keys()))
def test_a_verdict_turned_round_is_noticed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one rule's verdict inverted, zapping what it keeps, some fact or scenario fails."""
    from zapviz.scenario.library import SCENARIOS

    decide = zap.decide

    def inverted(
        kernel: Kernel, entry: Entry, anonymous: bool, details: Details | None
    ) -> tuple[bool, Rule]:
        goes, why = decide(kernel, entry, anonymous, details)
        return goes != (why.id == rule), why

    monkeypatch.setattr(zap, "decide", inverted)
    shipped = [
        (name, one.program)
        for one in SCENARIOS.values()
        for name in KERNELS
        if not one.program.concurrent
    ]
    monkeypatch.undo()
    before = {(name, id(program)): Trace(program, KERNELS[name]).ok for name, program in shipped}
    monkeypatch.setattr(zap, "decide", inverted)
    assert any(not Trace(program, KERNELS[name]).ok for name, program in CASES) or any(
        Trace(program, KERNELS[name]).ok != before[name, id(program)] for name, program in shipped
    )


def test_every_rule_has_a_name_of_its_own() -> None:
    """No two rules share an id unless they share what they decide."""
    ids: dict[str, set[str]] = {}
    modules = (zap, faults, reclaim, poison, migration, lending, marks, paths, isolation)
    for module in modules:
        for rule in vars(module).values():
            if isinstance(rule, Rule):
                ids.setdefault(rule.id, set()).add(module.__name__)
    assert [name for name, modules in ids.items() if len(modules) > 1] == []


def test_every_rule_is_used() -> None:
    """Each rule of the model is named again where something happens by it.

    The verdicts of a zap are all given by one function, which a test above turns round."""
    sources = {
        path: ast.parse(path.read_text()) for path in Path(zapviz.__file__).parent.rglob("*.py")
    }
    used = {
        node.id if isinstance(node, ast.Name) else node.attr
        for tree in sources.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    model = Path("zapviz", "model").parts
    modules = [
        importlib.import_module(f"zapviz.model.{path.stem}")
        for path in sources
        if path.parts[-3:-1] == model and path.stem != "__init__"
    ]
    rules = {
        name for module in modules for name, rule in vars(module).items() if isinstance(rule, Rule)
    }
    assert len(rules) > 90
    assert rules - used == set()
