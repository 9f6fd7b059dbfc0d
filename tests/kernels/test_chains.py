"""Call chains and function names: complete for the model, and as real kernels show them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest

from zapviz.kernels import chains
from zapviz.kernels.chains import CHAINS, FUNCTIONS, ZAP_TAIL, call_chain, source
from zapviz.kernels.known import KERNELS
from zapviz.model.machine import run_program
from zapviz.model.program import Program
from zapviz.model.steps import Rule, Step
from zapviz.scenario.generate import random_program
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import parse_scenario

RANDOM_PROGRAMS = 300
MODEL = (
    "zap",
    "faults",
    "isolation",
    "reclaim",
    "poison",
    "migration",
    "marks",
    "paths",
    "calls",
    "machine",
)
NAME = re.compile(r"[a-z_][a-z0-9_]*")


def steps_of(programs: Iterable[Program], kernel: str) -> list[Step]:
    """All steps of running some programs on one kernel."""
    steps: list[Step] = []
    for program in programs:
        for _ in run_program(program, KERNELS[kernel], steps):
            pass
    return steps


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    """The shipped scenarios and random ones."""
    shipped = [parse_scenario(SCENARIOS[name].text) for name in SCENARIOS]
    return shipped + [random_program(Random(seed)) for seed in range(RANDOM_PROGRAMS)]


def in_order(names: Iterable[str], chain: tuple[str, ...]) -> bool:
    """Whether names occur in a chain in this order, others between them or not."""
    rest = iter(chain)
    return all(name in rest for name in names)


@pytest.mark.parametrize("kernel", KERNELS)
def test_every_step_of_the_model_has_a_chain_and_a_source(
    programs: list[Program], kernel: str
) -> None:
    """Whatever the model shows, the tables name it on that kernel."""
    version = KERNELS[kernel].version
    steps = steps_of(programs, kernel)
    assert {step.part.chain for step in steps} - {""} <= CHAINS.keys()
    assert {step.rule.function for step in steps} - {""} <= FUNCTIONS.keys()
    for key, zaps in {(step.part.chain, step.part.zaps) for step in steps if step.part.chain}:
        chain = call_chain(version, key, zaps)
        assert chain, key
        if zaps:
            assert len(chain) > len(call_chain(version, "", True)), key
            assert chain[-1] == "zap_pte_range", key
    for function in {step.rule.function for step in steps} - {""}:
        name, file = source(version, function)
        assert NAME.fullmatch(name), function
        assert file.endswith((".c", ".h")), function


@pytest.mark.parametrize("kernel", KERNELS)
def test_an_entry_is_only_zapped_in_a_pass_that_zaps(programs: list[Program], kernel: str) -> None:
    """Every decided entry has zap_pte_range() at the end of its chain."""
    version = KERNELS[kernel].version
    for step in steps_of(programs, kernel):
        if step.kind == "zap":
            chain = call_chain(version, step.part.chain, step.part.zaps)
            assert chain[-1] == "zap_pte_range", step.part


def test_the_function_of_every_rule_is_known() -> None:
    """Rules that no program of this test met are in the table too."""
    rules = [
        value
        for module in MODEL
        for value in vars(importlib.import_module(f"zapviz.model.{module}")).values()
        if isinstance(value, Rule)
    ]
    assert len(rules) > 50
    assert {rule.function for rule in rules} - {""} <= FUNCTIONS.keys()


def test_every_function_is_named_by_what_stands_in_it() -> None:
    """A rule, an action or a statement names it; the table keeps none that nothing asks for."""
    package = Path(chains.__file__).parents[1]
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in package.rglob("*.py")
        if path != Path(chains.__file__)
    )
    assert [name for name in FUNCTIONS if f'"{name}"' not in text] == []


def test_forms_stand_oldest_first_and_hold_plain_names() -> None:
    """The tables are well formed."""
    for key, forms in {**CHAINS, "": ZAP_TAIL}.items():
        versions = [since for since, _ in forms]
        assert versions == sorted(set(versions)), key
        for _, chain in forms:
            assert chain, key
            assert len(set(chain)) == len(chain), key
            assert all(NAME.fullmatch(name) for name in chain), key
    for function, names in FUNCTIONS.items():
        versions = [since for since, _, _ in names]
        assert versions == sorted(set(versions)), function


# As a function-graph trace of 6.12 showed them; inlined functions are missing in a trace.
SEEN_ON_6_12 = {
    "truncate-shmem": "do_truncate shmem_setattr unmap_mapping_range zap_page_range_single "
    "unmap_single_vma unmap_page_range",
    "truncate-shmem-again": "do_truncate shmem_setattr unmap_mapping_range "
    "zap_page_range_single unmap_single_vma unmap_page_range",
    "truncate-shmem-cache": "do_truncate shmem_setattr shmem_undo_range",
    "truncate-shmem-cache-folio": "shmem_undo_range truncate_inode_folio truncate_cleanup_folio "
    "zap_page_range_single unmap_single_vma unmap_page_range",
    "punch-shmem": "vfs_fallocate shmem_fallocate unmap_mapping_range unmap_single_vma",
    "punch-shmem-cache": "vfs_fallocate shmem_fallocate shmem_undo_range",
    "dontneed": "do_madvise madvise_dontneed_free zap_page_range_single unmap_single_vma "
    "unmap_page_range",
    "munmap": "do_vmi_munmap do_vmi_align_munmap vms_complete_munmap_vmas unmap_vmas "
    "unmap_single_vma unmap_page_range",
}


@pytest.mark.parametrize("key", SEEN_ON_6_12)
def test_chains_are_those_that_a_trace_of_6_12_showed(key: str) -> None:
    """What a real kernel's trace showed is in the chain, in that order."""
    assert in_order(SEEN_ON_6_12[key].split(), call_chain((6, 12), key, True))


# One name for each kernel that its neighbours do not use in this chain.
TELLING = [
    ("v5.10.y", "munmap", "__do_munmap", "do_mas_align_munmap"),
    ("v6.1", "munmap", "do_mas_align_munmap", "do_vmi_align_munmap"),
    ("v6.12", "munmap", "vms_complete_munmap_vmas", "do_mas_align_munmap"),
    ("v7.3", "munmap", "__zap_vma_range", "unmap_single_vma"),
    ("v5.10.y", "dontneed", "madvise_vma", "madvise_vma_behavior"),
    ("v5.18", "dontneed", "zap_page_range", "zap_page_range_single"),
    ("v6.1", "dontneed", "zap_page_range_single", "zap_page_range"),
    ("v6.18", "dontneed", "zap_page_range_single_batched", "zap_page_range_single"),
    ("v7.3", "dontneed", "zap_vma_range_batched", "zap_page_range_single_batched"),
    ("v5.10.y", "truncate-shmem-cache-folio", "unmap_mapping_page", "unmap_mapping_folio"),
    ("v5.17", "truncate-shmem-cache-folio", "unmap_mapping_folio", "unmap_mapping_page"),
    ("v6.18", "truncate-shmem", "unmap_mapping_range_vma", "zap_vma_range_batched"),
    ("v7.3", "truncate-shmem", "zap_vma_range_batched", "unmap_mapping_range_vma"),
]

# What 7.2 renamed or moved, read in Debian's source of 7.2.12; a kernel of one's own may be a 7.2.
SEEN_IN_7_2 = [
    ("handle_userfault", "handle_userfault", "mm/userfaultfd.c"),
    ("userfaultfd_ioctl", "userfaultfd_ioctl", "mm/userfaultfd.c"),
    ("ext4_block_truncate_page", "ext4_block_zero_eof", "fs/ext4/inode.c"),
]


@pytest.mark.parametrize(("key", "name", "file"), SEEN_IN_7_2)
def test_a_kernel_of_ones_own_has_the_names_of_its_release(key: str, name: str, file: str) -> None:
    """7.2 is not one of the kernels, but its names are not those of 6.18."""
    assert source((7, 2), key) == (name, file)
    assert source((6, 18), key) != (name, file)


@pytest.mark.parametrize(("kernel", "key", "there", "gone"), TELLING)
def test_names_are_those_of_the_kernel_chosen(kernel: str, key: str, there: str, gone: str) -> None:
    """A chain has this kernel's name for a function, not its neighbour's."""
    chain = call_chain(KERNELS[kernel].version, key, True)
    assert there in chain
    assert gone not in chain


@pytest.mark.parametrize(
    ("kernel", "name"),
    [
        ("v5.10.y", "zap_pte_range"),
        ("v5.17", "zap_skip_check_mapping"),
        ("v5.18", "should_zap_page"),
        ("v6.1", "should_zap_page"),
        ("v6.12", "should_zap_folio"),
        ("v7.3", "should_zap_folio"),
    ],
)
def test_a_rule_names_the_function_as_its_kernel_does(kernel: str, name: str) -> None:
    """One rule's function under each of its names."""
    assert source(KERNELS[kernel].version, "should_zap_folio") == (name, "mm/memory.c")


def test_a_path_of_the_page_cache_ends_where_folios_are_removed() -> None:
    """The pass under the folio lock is called from the removal itself."""
    for key, forms in CHAINS.items():
        if key.endswith("-cache") and f"{key}-folio" in CHAINS:
            for since, chain in forms:
                folio = call_chain(since, f"{key}-folio", True)
                assert folio[: len(chain)] == chain, key


def test_an_unknown_function_is_named_as_it_is() -> None:
    """What the tables lack is not invented."""
    assert source((6, 12), "no_such_function") == ("no_such_function", "")
    assert call_chain((6, 12), "no-such-path", False) == ()
