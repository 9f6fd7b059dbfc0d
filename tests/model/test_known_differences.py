"""Known differences: each is met where it should be, told, and listed on its page."""

from __future__ import annotations

from pathlib import Path

import pytest

from zapviz.kernels.known import KERNELS
from zapviz.kernels.known_differences import KNOWN_DIFFERENCES, PAGE, as_page
from zapviz.render.text.trace import format_trace
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import parse_scenario
from zapviz.trace.record import record_of
from zapviz.trace.run import Run

ROOT = Path(__file__).parents[2]


def met(text: str, kernel: str) -> list[str]:
    """The names of the known differences that a scenario meets."""
    return [known.id for _, known in Run(parse_scenario(text), KERNELS[kernel]).met]


@pytest.mark.parametrize("name", KNOWN_DIFFERENCES)
def test_the_example_of_a_known_difference_meets_it(name: str) -> None:
    """In its last statement, on each kernel that it is told on, and on no other."""
    known = KNOWN_DIFFERENCES[name]  # type: ignore[index]
    program = parse_scenario(known.example)
    told = [kernel for kernel in KERNELS.values() if known.on(kernel)]
    for kernel in told:
        last = len(program.statements) - 1
        if name == "vmas-apart" and kernel.uffd_wp_many_vmas:
            assert not Run(program, kernel).met
        else:
            found = Run(program, kernel).met
            assert found == ((last, known),), kernel.name
    for kernel in KERNELS.values():
        if kernel not in told:
            assert known not in [each for _, each in Run(program, kernel).met]
    assert told


@pytest.mark.parametrize(
    ("text", "kernel"),
    [
        ("N = anon(3)\nmmap(N[1], MAP_FIXED)\nN[0:3] = 1\nuffd_wp(N)", "v6.1"),
        ("N = anon(3)\nmunmap(N[1])\nN[0] = 1\nN[2] = 1\nuffd_wp(N[0])", "v6.12"),
        ("F = file(2)\nA = mmap(F, MAP_SHARED)\nmadvise(A[0], MADV_HWPOISON)\npwrite(F[1], 2)",
         "v6.1"),
        ("N = anon(1)\nN[0] = 1\nmadvise(N, MADV_FREE)\nN[0] = 2", "v5.10.y"),
        ("swap(ram)\nN = anon(1)\nN[0] = 1\nmadvise(N, MADV_PAGEOUT)\nread(N)", "v6.12"),
        ("swap(disk)\nN = anon(1)\nN[0] = 1\nmadvise(N, MADV_PAGEOUT)\nN[0] = 2", "v6.12"),
    ],
)  # fmt: skip
def test_what_only_looks_like_one_is_none(text: str, kernel: str) -> None:
    """Nothing is told of a statement after which model and kernel agree."""
    assert met(text, kernel) == []


def test_userfaultfd_poison_meets_vmas_that_stay_apart_on_every_kernel() -> None:
    """UFFDIO_POISON asks for one VMA, on new kernels too."""
    text = "N = anon(3)\nmunmap(N[1])\nN[0] = 1\nN[2] = 1\nmmap(N[1], MAP_FIXED)\nuffd_poison(N)"
    assert met(text, "v6.18") == ["vmas-apart"]


def test_what_mlock_parted_stays_apart_in_a_child() -> None:
    """Nothing merges the VMAs that only mlock told apart, as was seen on 5.10."""
    text = "N = anon(2)\nN[0:2] = 1\n{}C = fork()\nuffd_wp(C.N)"
    assert met(text.format("mlock(N[0])\n"), "v5.10.y") == ["vmas-apart"]
    assert met(text.format(""), "v5.10.y") == []


def test_a_call_in_an_assertion_or_on_a_cpu_meets_one() -> None:
    """Wherever a statement stands, what it meets is told."""
    above = "F = file(2)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\nmadvise(A[0], MADV_HWPOISON)\n"
    assert met(f"{above}assert ftruncate(F, 1) == 0", "v6.1") == ["lost-writes"]
    assert met(f"{above}def CPU0():\n    ftruncate(F, 1)\ndef CPU1():\n    read(A[1])", "v6.1") == [
        "lost-writes"
    ]


def test_mlock_beside_soft_offline_meets_one_where_no_batch_does() -> None:
    """Seen on 6.12 and later; before, MADV_SOFT_OFFLINE meets one by itself."""
    example = KNOWN_DIFFERENCES["offline-beside-mlock"].example
    for kernel in ("v6.12", "v6.18", "v7.3"):
        assert met(example, kernel) == ["offline-beside-mlock"]
    assert met(example, "v6.1") == ["offline-from-batch"]


@pytest.mark.parametrize(
    ("call", "meets"),
    [
        ("mprotect(A, PROT_READ)", True),
        ("A[0] = 2", True),
        ("madvise(A, MADV_FREE)", True),
        ("munmap(A)", True),
        ("ftruncate(F, 0)", True),
        ("pread(G, A, O_DIRECT)", True),
        ("pwrite(F, 1, O_DIRECT)", True),
        ("pwrite(F, 1)", False),
        ("read(A)", False),
        ("munlock(A)", False),
        ("mprotect(B, PROT_READ)", False),
        ("madvise(A, MADV_HWPOISON)", False),
        ("madvise(A, MADV_PAGEOUT)", False),
    ],
)
def test_what_changes_entries_beside_a_breaking_page_meets_one(call: str, meets: bool) -> None:
    """Whichever CPU it is on, up to v5.13; what leaves entries alone meets none."""
    above = "F = file(1)\nG = file(1)\nA = mmap(F, MAP_PRIVATE)\nB = anon(1)\nread(A)\n"
    poison = "madvise(A, MADV_HWPOISON)"
    for bodies in ((poison, call), (call, poison)):
        text = above + "".join(f"def CPU{n}():\n    {each}\n" for n, each in enumerate(bodies))
        assert ("broken-while-changed" in met(text, "v5.10.y")) is meets
        assert "broken-while-changed" not in met(text, "v5.17")


def test_a_scenario_that_meets_one_says_so() -> None:
    """A note names the line, and the step's reason ends in the same sentence."""
    known = KNOWN_DIFFERENCES["lost-writes"]
    run = Run(parse_scenario(known.example), KERNELS["v6.1"])
    record = record_of(run)
    assert record["notes"][0].startswith("Known difference, met at line 5: ")
    assert str(known) in record["notes"][0]
    assert record["steps"][-1]["reason"].endswith(f"Known difference: {known}.")
    assert "Known difference, met at line 5" in format_trace(run)


def test_no_shipped_scenario_meets_one_that_shows() -> None:
    """What the shipped scenarios teach is what kernels do."""
    for scenario in SCENARIOS.values():
        for kernel in KERNELS.values():
            assert not [each for _, each in Run(scenario.program, kernel).met if each.compared]


def test_the_page_of_known_differences_is_made_of_the_data(request: pytest.FixtureRequest) -> None:
    """``--refresh`` writes it anew; README names it where it claims that all else is a bug."""
    page = ROOT / PAGE
    if request.config.getoption("--refresh"):
        page.write_text(as_page(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == as_page()
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"({PAGE})" in readme


def test_each_known_difference_has_its_part_of_the_page() -> None:
    """Sentence, releases and an example that can be pasted."""
    page = as_page()
    for known in KNOWN_DIFFERENCES.values():
        assert f"`{known.id}`" in page
        assert known.sentence in page
        assert f"Since when: {known.since}" in page
        assert "    " + known.example.replace("\n", "\n    ") in page
