"""Real kernels under QEMU: scenarios that come with zapviz, kernels of one's own, tracing.

They need ``zapviz lab fetch 5.10`` and ``6.12``; without them these tests are skipped, but
in CI the kernels are fetched.
"""

from __future__ import annotations

import os

import pytest
from kernels_for_tests import real_kernel

from zapviz import judge
from zapviz.kernels.known import KERNELS
from zapviz.lab import GuestKernel, NotOnKernel, Settings, run_findings, trace_calls
from zapviz.lab.conformance import MODEL_OF, first_mismatch, programs_for, starts
from zapviz.lab.guest.kernels import custom_kernel
from zapviz.lab.reproduce import run_reproducer
from zapviz.lab.script import format_script, refuse_lending
from zapviz.model.program import Program
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import parse_scenario

pytestmark = pytest.mark.kernel

TRACED = (
    "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nread(A)\n"
    "fallocate(F, FALLOC_FL_PUNCH_HOLE)\nmunmap(A)\n"
)


def possible() -> list[Program]:
    """The shipped scenarios that a real kernel can run."""
    found = []
    for scenario in SCENARIOS.values():
        try:
            format_script([scenario.program])
            refuse_lending(scenario.program, "a distribution's kernel")
        except NotOnKernel:
            continue
        found.append(scenario.program)
    return found


@pytest.mark.parametrize("name", ["5.10", "5.10-before-fix", "5.10-rfc-v2", "6.12"])
def test_shipped_scenarios_do_what_the_model_says(name: str) -> None:
    """All of them, in one boot, on the kernels that the thread is about."""
    if name.count("-") and os.environ.get("CI"):
        pytest.skip("it takes ten minutes to build: zapviz lab build-before-fix")
    kernel = real_kernel(name)
    programs = possible()
    findings = run_findings(kernel, programs)
    for program, outcome in zip(programs, findings.outcomes, strict=True):
        mismatch = first_mismatch(program, MODEL_OF[name], outcome)
        assert mismatch is None, mismatch
        assert outcome.complaints == ()


FORKED = (
    "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nread(A)\nA[0:3] = 1\nmadvise(A[1], MADV_PAGEOUT)\n"
    "C = fork()\nD = fork(C)\nexit(C)\nfallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)\nD.A[0] = 2\n"
    "ftruncate(F, 1)\nread(D.A[0])\nexit(D)\n",
    "N = anon(3)\nN[0:3] = 1\nmadvise(N[1], MADV_PAGEOUT)\nmadvise(N[2], MADV_WIPEONFORK)\n"
    "C = fork()\nread(C.N)\nread(N)\nN[1] = 2\nmadvise(C.N, MADV_HWPOISON)\nmunmap(N)\n",
    "F = file(2)\nA = mmap(F, MAP_PRIVATE)\nread(A)\nftruncate(F, 1)\nA[1] = 1\nC = fork()\n"
    "C.B = mmap(F, MAP_SHARED)\nC.B[0] = 3\nread(C.A[0])\n",
)


@pytest.mark.parametrize("name", ["5.10", "6.12"])
def test_processes_do_what_the_model_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every process's entries after every statement; a model that shares too little is caught."""
    kernel = real_kernel(name)
    programs = [*map(parse_scenario, FORKED), *programs_for(MODEL_OF[name], 40, 5, forks=True)]
    findings = run_findings(kernel, programs)
    seen = list(zip(programs, findings.outcomes, starts(programs, MODEL_OF[name]), strict=True))
    for program, outcome, world in seen:
        mismatch = first_mismatch(program, MODEL_OF[name], outcome, world)
        assert mismatch is None, mismatch
    monkeypatch.setattr("zapviz.model.faults._shared", lambda world, index: False)
    assert any(
        first_mismatch(program, MODEL_OF[name], outcome, world) for program, outcome, world in seen
    )


def test_a_kernel_of_ones_own_is_judged_by_its_release() -> None:
    """Given by its image alone: what is missing without modules is skipped, the rest agrees."""
    known = real_kernel("6.12")
    mine: GuestKernel = custom_kernel(known.image)
    found = judge("direct-write", mine)
    assert found.model.rules == KERNELS["v6.12"].rules
    assert found.agrees and found.ok
    with_modules = judge("direct-write", custom_kernel(known.image, known.modules))
    assert with_modules.agrees and not with_modules.skipped


def test_several_processors_and_one_node() -> None:
    """Guests of other shapes run the same scenario; without a second node nothing migrates."""
    settings = Settings(cpus=2, nodes=1, memory=512)
    found = judge(parse_scenario("N = anon(2)\nN[0] = 1\nmigrate(N[0])\n"),
                  real_kernel("6.12"), settings=settings)  # fmt: skip
    assert found.agrees
    assert list(found.skipped) == [3]


def test_the_calls_of_a_zap_are_traced() -> None:
    """From the system call to the page table, on a kernel as it runs."""
    release, traced = trace_calls(TRACED, real_kernel("6.12"))
    assert release.startswith("6.12")
    punch, unmap = traced
    assert punch.chains[0][0] == "__x64_sys_fallocate"
    assert punch.chains[0][-2:] == ("unmap_single_vma", "unmap_page_range")
    assert any("shmem_undo_range" in chain for chain in punch.chains)
    assert unmap.chains[0][:2] == ("__x64_sys_munmap", "__vm_munmap")


def test_a_guard_that_is_restarted_for_ever() -> None:
    """A bug of 6.18, in the model, on the kernel, and as C: each tells of it and comes back."""
    name = "6.18"
    kernel = real_kernel(name)
    program = parse_scenario(
        "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\nuffd_wp(A)\n"
        "madvise(A, MADV_GUARD_INSTALL)\n"
    )
    found = judge(program, kernel)
    assert found.agrees, found.text()
    assert found.stuck is not None and found.stuck.statement.line == 5
    output = run_reproducer(program, kernel, Settings())
    assert output.status == 1
    assert "FAIL line 5: madvise(A, MADV_GUARD_INSTALL): not back after 10 s" in output.text()
