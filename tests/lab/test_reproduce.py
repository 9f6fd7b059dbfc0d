"""Reproducers on real kernels under QEMU.

They need ``zapviz lab fetch 6.12``; without it these tests are skipped, but in CI it is
fetched.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from kernels_for_tests import real_kernel

from zapviz.commands.cli import main
from zapviz.errors import ZapvizError
from zapviz.lab import MachineLost, Reproduced, Settings, run_reproducer, run_reproducers
from zapviz.lab import reproduce as reproduce_module
from zapviz.model.program import Program
from zapviz.render.c.reproducer import format_reproducer
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import parse_scenario

FakeQemu = Callable[..., Path]

# What a kernel lacks, so that nothing of the scenario can be run on it.
LACKING = {"6.12": {"guard-regions"}}

ALIKE = """\
# Swap entries, poison and markers, which /proc/self/pagemap shows alike
F = shmem(4)
A = mmap(F, MAP_SHARED)
N = anon(4)
A[0] = 1
uffd_wp(A[0])
madvise(A[0], MADV_DONTNEED)
N[0:2] = 1
madvise(N[0], MADV_PAGEOUT)
madvise(N[1], MADV_HWPOISON)
uffd_poison(N[2])
assert A[0] == uffd_wp_marker and N[0] == swap and N[1] == hwpoison
assert N[2] == poison_marker
assert data(N[0]) == 1 and N[0] == swap  # looking leaves it there
N[3] = 9
mprotect(N[3], PROT_NONE)
assert data(N[3]) == 9 and N[3] == anon and read(N[3]) == SIGSEGV
A[1:3] = 3
madvise(A[1], MADV_PAGEOUT)
assert A[1] == none and F[1] == swap and data(F[2]) == 3
assert rss.swapents == 1
"""


LOOKED_AT = """\
# MADV_FREE drops a swap entry at once, but not the page of whoever swapped it in to look
N = anon(1)
N[0] = 1
madvise(N, MADV_PAGEOUT)
assert data(N[0]) == 1
madvise(N, MADV_FREE)
read(N[0])
assert data(N[0]) == 0
"""


FORKED = (
    """\
F = shmem(4)
A = mmap(F, MAP_PRIVATE)
read(A)
A[0:3] = 1
madvise(A[1], MADV_PAGEOUT)
C = fork()
assert C.A[0] == anon and C.A[1] == swap
assert slot_count(A[1]) == 2 and mapcount(A[0]) == 2 and not exclusive(A[0])
fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)
assert A[0] == anon and C.A[0] == anon
C.A[0] = 2
ftruncate(F, 1)
assert A[1] == none and C.A[1] == none and exclusive(A[0]) and exclusive(C.A[0])
assert data(C.A[0]) == 2 and data(A[0]) == 1
""",
    """\
# A grandchild, which goes on when its parent has ended; the slot of three
N = anon(3)
N[0:3] = 1
madvise(N[1], MADV_PAGEOUT)
C = fork()
D = fork(C)
assert slot_count(N[1]) == 3 and mapcount(N[0]) == 3 and D.rss.swapents == 1
D.N[1] = 9
assert data(D.N[1]) == 9 and data(C.N[1]) == 1 and data(N[1]) == 1 and slot_count(N[1]) == 2
exit(C)
assert C.N == unmapped and slot_count(N[1]) == 1 and mapcount(N[0]) == 2
D.N[0] = 3
assert exclusive(D.N[0]) and exclusive(N[0]) and data(N[0]) == 1
E = fork(D)
exit(D)
assert mapcount(E.N[0]) == 1 and D.rss.anonpages == 0
""",
    """\
# Broken memory is broken for both
N = anon(2)
N[0:2] = 1
C = fork()
madvise(N[0], MADV_HWPOISON)
assert N[0] == hwpoison and C.N[0] == hwpoison
assert read(C.N[0]) == SIGBUS and read(N[0]) == SIGBUS
""",
    """\
# What a child gets, and does not; userfaultfd and memory of its own
N = anon(4)
read(N[0])
N[1:3] = 1
madvise(N[1:3], MADV_PAGEOUT)
madvise(N[1], MADV_DONTFORK)
madvise(N[2], MADV_WIPEONFORK)
assert data(N[1]) == 1 and data(N[2]) == 1 and N[1:3] == swap
C = fork()
assert C.N[0] == zero and C.N[1] == unmapped and C.N[2] == none
assert N[0] == zero and data(N[1]) == 1 and slot_count(N[1:3]) == 1
C.M = anon(2)
M = anon(1)
C.M[1] = 8
uffd_wp(C.M)
uffd_wp(N[3])
assert write(C.M[1], 1) == SIGBUS and data(C.M[1]) == 8 and M == none
""",
    """\
# Guards are inherited
N = anon(2)
N[0:2] = 1
madvise(N[0], MADV_GUARD_INSTALL)
C = fork()
assert C.N[0] == guard_marker and read(C.N[0]) == SIGSEGV
madvise(C.N[0], MADV_GUARD_REMOVE)
C.N[0] = 4
assert data(C.N[0]) == 4 and N[0] == guard_marker and read(N[0]) == SIGSEGV
""",
)


def possible() -> dict[str, Program]:
    """The shipped scenarios that have a C form."""
    found = {}
    for name, scenario in SCENARIOS.items():
        try:
            format_reproducer(scenario.program)
        except ZapvizError:
            continue
        found[name] = scenario.program
    return found


@pytest.mark.kernel
def test_every_assertion_passes_on_6_12() -> None:
    """Of all shipped scenarios that have a C form, in one boot, and the kernel's log is clean."""
    kernel = real_kernel("6.12")
    programs = {**possible(), "alike": parse_scenario(ALIKE)}
    found = run_reproducers(list(programs.values()), kernel)
    for name, said in zip(programs, found, strict=True):
        words = {line.split()[0] for line in said.lines[:-1]}
        if name in LACKING["6.12"]:
            assert words == {"SKIP"}, (name, said.lines)
            assert said.status == 4
        elif name == "fork-guard":  # the guards come after what fork leaves out without them
            assert words == {"PASS", "SKIP"}, (name, said.lines)
        else:
            assert words == {"PASS"}, (name, said.lines)
            assert said.status == 0
        assert said.complaints == ()


@pytest.mark.kernel
@pytest.mark.parametrize("kernel", ["6.12", "6.18"])
def test_children_show_the_same_as_the_model(kernel: str) -> None:
    """Pages, slots and poison of several processes, on a kernel; and none is left behind."""
    texts = FORKED if kernel == "6.18" else [text for text in FORKED if "GUARD" not in text]
    for said in run_reproducers([parse_scenario(text) for text in texts], real_kernel(kernel)):
        assert {line.split()[0] for line in said.lines[:-1]} == {"PASS"}, said.lines
        assert said.lines[-1].startswith("Reproducer PASS: ")
        assert said.status == 0
        assert said.complaints == ()


ON_DISK = (
    "swap(disk)\nN = anon(3)\nN[0:3] = 1\nmadvise(N, MADV_PAGEOUT)\n"
    "assert N == swap and swapcache(N)\nread(N[0:2])\nassert swapcache(N[0:2])\nN[2] = 2\n"
    "assert not swapcache(N[2])\nmadvise(N[0], MADV_PAGEOUT)\nassert not swapcache(N[0])\n"
    "madvise(N[1], MADV_FREE)\nassert N[1] == anon and not swapcache(N[1])\n",
    "swap(disk)\nN = anon(2)\nN[0:2] = 1\nmadvise(N, MADV_PAGEOUT)\nC = fork()\nread(C.N[0])\n"
    "assert swapcache(C.N[0]) and swapcache(N[0]) and slot_count(N[0]) == 1\nC.N[1] = 2\n"
    "assert not swapcache(C.N[1]) and swapcache(N[1]) and data(N[1]) == 1\n"
    "madvise(C.N[0], MADV_DONTNEED)\nassert swapcache(N[0]) and N[0] == swap\n",
)
"""What a disk keeps in the swap cache, of one process and of two."""


@pytest.mark.kernel
@pytest.mark.parametrize("kernel", ["6.12", "6.18"])
def test_the_swap_cache_is_asked_of_a_kernel(kernel: str) -> None:
    """Of pages that are mapped and of those that are swapped out."""
    for said in run_reproducers(list(map(parse_scenario, ON_DISK)), real_kernel(kernel)):
        assert {line.split()[0] for line in said.lines[:-1]} == {"PASS"}, said.lines
        assert said.status == 0
        assert said.complaints == ()


@pytest.mark.kernel
def test_rounded_slots_are_skipped() -> None:
    """Where smaps cannot tell how many have a slot it is said, and not guessed."""
    made = "N = anon(1)\nN[0] = 4\nmadvise(N, MADV_PAGEOUT)\nB = fork()\nC = fork()\nD = fork()\n"
    text = f"{made}assert slot_count(N[0]) == 4\nassert slot_count(N[0]) != 2\n"
    said = run_reproducer(f"{text}exit(C)\nassert slot_count(N[0]) == 3\n", real_kernel("6.12"))
    assert said.lines == (
        "SKIP line 7: slot_count(N[0]) == 4: smaps rounds: it may be more or fewer",
        "PASS line 8: slot_count(N[0]) != 2",
        "PASS line 10: slot_count(N[0]) == 3",
        "Reproducer SKIP: 2 passed, 0 failed, 1 skipped",
    )


@pytest.mark.kernel
def test_the_reproducer_fails_before_the_fix() -> None:
    """The old byte is back, on the kernel that it was written for; a race finds it, too."""
    if os.environ.get("CI"):
        pytest.skip("it takes ten minutes to build: zapviz lab build-before-fix")
    names = ("reproducer", "race-swap-out")
    programs = [SCENARIOS[name].program for name in names]
    said, race = run_reproducers(programs, real_kernel("5.10-before-fix"))
    assert race.status == 1
    assert race.lines[0].startswith("FAIL line 15: always(A[0] == none): ")
    assert said.status == 1
    assert said.lines == (
        "PASS line 11: A[1] == swap and rss.swapents == 1",
        "FAIL line 15: A[1] == none and rss.swapents == 0",
        "FAIL line 17: data(A[1]) == 0",
        "Reproducer FAIL: 1 passed, 2 failed, 0 skipped",
    )


@pytest.mark.kernel
def test_without_pagemap_data_results_and_signals_are_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Compiled so that it does not find pagemap, on a kernel that swaps: what is asserted of
    entries is skipped, nothing fails, and a page that was swapped out is looked at.
    """
    really = reproduce_module._built
    opened = '"/proc/self/pagemap", O_RDONLY'

    def hidden(text: str) -> bytes:
        return really(text.replace(opened, '"/proc/self/nothing", O_RDONLY'))

    monkeypatch.setattr(reproduce_module, "_built", hidden)
    programs = {**possible(), "looked at": parse_scenario(LOOKED_AT)}
    said_of = run_reproducers([*programs.values()], real_kernel("6.12"))
    found = dict(zip(programs, said_of, strict=True))
    cannot = "/proc/self/pagemap cannot be read"
    assert found["reproducer"].lines == (
        f"SKIP line 11: A[1] == swap and rss.swapents == 1: {cannot}",
        f"SKIP line 15: A[1] == none and rss.swapents == 0: {cannot}",
        "PASS line 17: data(A[1]) == 0",
        "Reproducer SKIP: 1 passed, 0 failed, 2 skipped",
    )
    for name, said in found.items():
        assert said.status in (0, 4), (name, said.lines)
        assert not [line for line in said.lines if line.startswith("FAIL")], (name, said.lines)
        assert said.complaints == (), name
    assert found["looked at"].status == 0, found["looked at"].lines
    assert "PASS line 15: data(A[0]) == 5" in found["rfc-v2-flaw"].lines
    assert "PASS line 20: read(A[0]) == SIGBUS" in found["hwpoison-hole"].lines


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The C that would have been compiled."""
    texts: list[str] = []

    def build(text: str) -> bytes:
        texts.append(text)
        return b"not run"

    monkeypatch.setattr(reproduce_module, "_built", build)
    monkeypatch.setattr(reproduce_module, "accelerator", lambda kernel: "tcg")
    return texts


SAYS = """\
k release 6.12.9
k swap 0
+
o FAIL line 2: N == none
o Reproducer FAIL: 0 passed, 1 failed, 0 skipped
x 0 1
! BUG: Bad rss-counter state
Z 0
"""


def test_what_it_prints_comes_back(
    fake_qemu: FakeQemu, built: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its lines, its exit status, and what the kernel's log complained of meanwhile."""
    fake_qemu("answer", SAYS)
    found = run_reproducer("N = anon(1)\nassert N == none\n")
    assert found == Reproduced(
        "6.12",
        "6.12.9",
        ("FAIL line 2: N == none", "Reproducer FAIL: 0 passed, 1 failed, 0 skipped"),
        "1",
        ("BUG: Bad rss-counter state",),
    )
    assert "count(N, 1, NONE)" in built[0]
    assert main(["lab", "reproduce", "reproducer", "--kernel", "6.12"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "on kernel 6.12 (6.12.9):"
    assert said[-1] == "the kernel complains: BUG: Bad rss-counter state"


def test_a_crash_is_a_failure(fake_qemu: FakeQemu, built: list[str]) -> None:
    """A signal that ended it is told, and is no success."""
    fake_qemu("answer", "k release 6.12.9\no PASS line 2: N == none\nx 0 SIGBUS\nZ 0\n")
    found = run_reproducer("N = anon(1)\nassert N == none\n")
    assert found.status == 1
    assert found.text().endswith("\nit was ended by SIGBUS")


def test_a_machine_that_ends_early_is_lost(fake_qemu: FakeQemu, built: list[str]) -> None:
    """Three boots are tried, then it is said."""
    guests = fake_qemu("answer", "k release 6.12.9\no PASS line 2: N == none\n")
    with pytest.raises(MachineLost, match="before the last program"):
        run_reproducer("N = anon(1)\nassert N == none\n")
    assert len(guests.read_text().split()) == 3


def test_a_race_runs_on_two_processors(
    fake_qemu: FakeQemu, built: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A race gets two CPUs and fewer rounds, for an emulated machine is slow."""
    seen: list[Settings] = []
    really = reproduce_module.boot

    def boot(kernel, script, settings, *, programs):  # type: ignore[no-untyped-def]
        seen.append(settings)
        return really(kernel, script, settings, programs=programs)

    monkeypatch.setattr(reproduce_module, "boot", boot)
    fake_qemu("answer", SAYS)
    run_reproducer("race-cow")
    run_reproducer("reproducer")
    assert [each.cpus for each in seen] == [2, 1]
    assert "#define ROUNDS\t\t100\n" in built[0]
