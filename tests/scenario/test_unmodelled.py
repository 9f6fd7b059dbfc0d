"""What the model leaves out is named as such, wherever it is written; a typo is still a typo."""

from __future__ import annotations

import pytest

from zapviz import ScenarioError, parse_scenario
from zapviz.model import program as p
from zapviz.scenario.language.statements import USAGE
from zapviz.scenario.language.unmodelled import UNMODELLED, Unmodelled

MADE = "F = file(8)\nA = mmap(F, MAP_PRIVATE)\n"

# What those who know the kernel write.
WRITTEN = """
mremap mseal MADV_COLD MADV_WILLNEED MADV_COLLAPSE MADV_HUGEPAGE MADV_NOHUGEPAGE MADV_MERGEABLE
MADV_POPULATE_READ MADV_POPULATE_WRITE
vfork clone msync fsync swapoff mlockall remap_file_pages userfaultfd UFFDIO_COPY
UFFDIO_CONTINUE FALLOC_FL_ZERO_RANGE FALLOC_FL_COLLAPSE_RANGE FALLOC_FL_INSERT_RANGE
FALLOC_FL_KEEP_SIZE copy_file_range splice vmsplice fcntl F_ADD_SEALS shmat hugetlb MAP_HUGETLB
process_vm_readv ptrace PAGEMAP_SCAN move_pages mbind
"""


def uses(name: str) -> list[str]:
    """Lines in which somebody would write it."""
    if name.startswith("MADV_"):
        return [f"madvise(A[0:2], {name})", f"assert madvise(A, {name}) == 0"]
    if name.startswith("FALLOC_"):
        return [f"fallocate(F[0:2], {name})"]
    if name.startswith("MAP_"):
        return [f"B = mmap(F, MAP_SHARED | {name})"]
    return [
        f"{name}(A)",
        f"{name}()",
        f"B = {name}(A[0:2], 1)",
        f"assert {name}(A) == 0",
        f"assert {name}(A)",
        f"{name} A",
        name,
    ]


def refusal(text: str) -> ScenarioError:
    """What is said of a scenario."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "mine.zap")
    return caught.value


def test_what_people_try_is_in_the_table() -> None:
    """And nothing that the language has: a row goes when its statement comes."""
    assert set(WRITTEN.split()) <= set(UNMODELLED)
    assert set(UNMODELLED).isdisjoint((*USAGE, *p.ADVICE))


@pytest.mark.parametrize("row", UNMODELLED.values(), ids=list(UNMODELLED))
def test_it_is_named_at_its_place(row: Unmodelled) -> None:
    """With line, column and caret, and with what comes nearest."""
    for line in uses(row.name):
        found = refusal(f"{MADE}{line}\n")
        assert found.message == f"{row.name}{'' if row.name.isupper() else '()'} is not modelled"
        assert (found.line, found.column) == (3, line.index(row.name) + 1), line
        assert found.hint.endswith(row.sentence)
        assert row.nearest in found.hint
        *_, shown, caret = str(found).splitlines()
        assert shown[caret.index("^") :].startswith(row.name)


@pytest.mark.parametrize("row", UNMODELLED.values(), ids=list(UNMODELLED))
def test_what_comes_nearest_can_be_written(row: Unmodelled) -> None:
    """As it stands, below what it speaks of; the sentence goes on from there."""
    if row.nearest:
        name = row.nearest.partition(" = ")[0]
        made = [line for line in MADE.splitlines() if not line.startswith(name)]
        parse_scenario("\n".join([*made[: 0 if name == "F" else 2], row.nearest]))
    assert row.sentence[0].islower() or row.sentence.startswith("MADV_")
    assert not row.sentence.endswith(".")


@pytest.mark.parametrize("row", ["mremap", "vfork", "msync"])
def test_it_is_named_on_a_cpu_too(row: str) -> None:
    """In its column."""
    found = refusal(f"{MADE}def CPU0():\n    read(A)\n    {row}(A)\n")
    assert (found.line, found.column) == (5, 5)
    assert found.message == f"{row}() is not modelled"


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("mmapp(A)", "mmap"),
        ("falocate(F, FALLOC_FL_PUNCH_HOLE)", "fallocate"),
        ("ftruncat(F, 1)", "ftruncate"),
        ("munmp(A)", "munmap"),
        ("madvise(A, MADV_DONTNED)", "MADV_DONTNEED"),
        ("madvise(A, MADV_PAGOUT)", "MADV_PAGEOUT"),
        ("fallocate(F, FALLOC_FL_PUNCHHOLE)", "FALLOC_FL_PUNCH_HOLE"),
        ("B = mmap(F, MAP_PRIVAT)", "MAP_PRIVATE"),
        ("migrat(A[0])", "migrate"),
    ],
)
def test_a_typo_is_still_a_typo(line: str, meant: str) -> None:
    """The nearest word of the language is suggested."""
    assert f"did you mean '{meant}'?" in str(refusal(f"{MADE}{line}\n"))


def test_files_and_mappings_may_have_such_names() -> None:
    """Nothing is reserved."""
    assert parse_scenario("clone = shmem(1)\nsync = mmap(clone, MAP_SHARED)\nread(sync)\n")
