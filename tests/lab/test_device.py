"""Device statements on a kernel that has the test driver (TEST_HMM), and on those without it."""

from __future__ import annotations

import pytest
from kernels_for_tests import real_kernel

from zapviz import judge
from zapviz.kernels.known import KERNELS
from zapviz.lab import NotAvailable, NotOnKernel, find_kernel
from zapviz.lab.conformance import check, programs_for
from zapviz.lab.guest.kernels import KNOWN, WITH_DEVICE
from zapviz.lab.plan import lacks
from zapviz.lab.script import format_script, parse_findings, refuse_lending
from zapviz.model.program import Program, ToDevice
from zapviz.scenario.text import parse_scenario

LENT = """\
F = shmem(2)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
A[0] = 1
read(A[1])
N = anon(5)
N[0:3] = 1
uffd_wp(N[0])
madvise(N[1], MADV_PAGEOUT)
read(N[3])
migrate_to_device(N)
assert N[0] == device_private and N[1] == swap and N[2:5] == device_private
migrate_to_device(A)
assert A[0] == device_private and A[1] == file
uffd_wp(N[2])
assert write(N[0], 2) == SIGBUS and write(N[2], 2) == SIGBUS
assert N[0] == anon and N[2] == anon and data(N[0]) == 1
N[4] = 3
assert N[4] == anon and data(N[4]) == 3
make_device_exclusive(B)
make_device_exclusive(A)
assert A == device_exclusive
make_device_exclusive(N)
read(A)
assert A == anon and data(A[0]) == 1
"""


def with_device(name: str) -> str:
    """Give a kernel's name; skip the test where it was not built."""
    try:
        find_kernel(name)
    except NotAvailable as error:
        pytest.skip(f"it takes ten minutes to build: {error}")
    return name


@pytest.mark.kernel
@pytest.mark.parametrize("name", WITH_DEVICE)
def test_lent_pages_do_what_the_model_says(name: str) -> None:
    """Entries, data, userfaultfd's protection and results, statement by statement."""
    found = judge(parse_scenario(LENT), with_device(name))
    assert found.agrees and found.ok, str(found.difference)
    assert not found.skipped


@pytest.mark.kernel
@pytest.mark.parametrize("name", WITH_DEVICE)
def test_random_scenarios_that_lend_pages_agree(name: str) -> None:
    """Among all other statements, in one boot."""
    programs = programs_for(KERNELS[f"v{name.removesuffix('-hmm')}"], 60, 7, device=True)
    assert sum(isinstance(s, ToDevice) for one in programs for s in one.statements) > 60
    assert check(with_device(name), programs) == []


@pytest.mark.kernel
def test_a_kernel_without_the_driver_leaves_them_out() -> None:
    """And says why, with the command that builds one that has it."""
    real_kernel("6.12")
    found = judge(parse_scenario("N = anon(1)\nN[0] = 1\nmigrate_to_device(N)\n"), "6.12")
    assert found.agrees
    assert list(found.skipped) == [3]
    assert "zapviz lab build 6.12-hmm" in found.skipped[3]


def test_what_the_probe_did_not_find_is_left_out() -> None:
    """By the feature that it reports."""
    (lending,) = parse_scenario("N = anon(1)\nmake_device_exclusive(N)\n").statements[1:]
    assert "the kernel's source alone" in lacks(lending, {"device": "0"})
    assert lacks(lending, {"device": "1"}) == ""


def test_a_race_that_lends_pages_takes_the_driver() -> None:
    """The line is named, before anything boots."""
    text = "N = anon(1)\ndef CPU0():\n    migrate_to_device(N)\ndef CPU1():\n    read(N)\n"
    with pytest.raises(NotOnKernel, match=r"line 3: 'migrate_to_device\(N\[0\]\)': kernel 6.12"):
        refuse_lending(parse_scenario(text), "kernel 6.12")


def test_entries_of_lent_pages_are_read() -> None:
    """A capital letter is protected by userfaultfd."""
    program = parse_scenario("N = anon(2)\nmigrate_to_device(N)\n")
    assert format_script([program]) == "P\nn 0 2\nv 0 0 2 0\n"
    said = "P 0\ns 0 0\nm 0 .. ----\ns 1 0\nm 0 De ----\nE exit\nZ 1\n"
    [outcome] = parse_findings(said, [Program(program.statements)]).outcomes
    assert outcome.steps[1].ptes["N"] == ("device_private", "device_exclusive")
    assert outcome.steps[1].wp["N"] == (True, False)


def test_kernels_with_a_device_are_built() -> None:
    """No package has them; their source is a release's."""
    assert all(KNOWN[name].how == f"zapviz lab build {name}" for name in WITH_DEVICE)
