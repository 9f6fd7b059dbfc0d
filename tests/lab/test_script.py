"""Programs as the probe reads them, and what it says back: cut off, garbled, whole."""

from __future__ import annotations

import pytest

from zapviz.lab.script import (
    Garbled,
    NotOnKernel,
    executed,
    format_script,
    parse_findings,
)
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import parse_scenario

EVERYTHING = """\
F = shmem(4)
G = file(8)
A = mmap(F[1:4], MAP_PRIVATE)
B = mmap(G, MAP_SHARED)
N = anon(2)
A[0:2] = 255
read(B[7])
madvise(A[0:3], MADV_PAGEOUT)
madvise(N, MADV_GUARD_INSTALL)
mlock(A[0:1])
munlock(A)
mprotect(B[0:2], PROT_READ)
mprotect(B, PROT_READ | PROT_WRITE)
mprotect(N, PROT_NONE)
uffd_wp(N[0])
uffd_poison(N[1])
ftruncate(G, bytes=6000)
fallocate(F[1:3], FALLOC_FL_PUNCH_HOLE)
pwrite(G[0:2], 7)
pwrite(G[1], 7, O_DIRECT)
migrate(A[2])
migrate_to_device(A[2])
make_device_exclusive(A[2])
assert read(A[0]) == SIGBUS
assert A[0] == swap
munmap(A[1:3])
mmap(B[2:4], MAP_FIXED)
exit()
"""

AS_READ = """\
P
f 0 1 4
f 1 0 8
m 0 0 1 3 0
m 1 1 0 8 1
n 2 2
w 0 0 2 255
r 1 7 8
a 0 0 3 21
a 2 0 2 102
l 0 0 1 1
l 0 0 3 0
q 1 0 2 1
q 1 0 8 3
q 2 0 2 0
u 2 0 1 0
u 2 1 2 1
t 1 6000
h 0 1 3
p 1 0 2 7 0
p 1 1 2 7 1
g 0 2 3
v 0 2 3 0
v 0 2 3 1
r 0 0 1
d 0 1 3
x 1 2 4
e
"""

PROGRAM = parse_scenario("F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[1] = 7\nread(A[0])\n")

SAID = """\
k release 6.12.1
k swap 0
P 0
s 0 0
c 0 =..
s 1 0
m 0 .. ----
c 0 =..
s 2 0
m 0 .a --07
c 0 =.f
s 3 0 SIGBUS
m 0 .S ----
c 0 =sf
! BUG: Bad rss-counter state
E SIGBUS
Z 1
"""


def test_every_statement_has_its_line() -> None:
    """Names become numbers in the order of making; assertions vanish, but for their calls."""
    assert format_script([parse_scenario(EVERYTHING)]) == AS_READ


def test_advice_by_pidfd_names_the_process_and_where_its_memory_is() -> None:
    """A child's mapping is where the one was that it was forked of; each new one has a place."""
    program = parse_scenario(
        "N = anon(2)\nC = fork()\nM = anon(1, MAP_DROPPABLE)\nC.M = anon(3)\nD = fork(C)\n"
        "process_madvise(N[1], MADV_FREE)\nprocess_madvise(D.N[0], MADV_PAGEOUT)\n"
        "process_madvise(D.M[1:3], MADV_PAGEOUT)\nC.M[0] = 1\n"
    )
    assert format_script([program]) == (
        "P\nn 0 2\nF 1 0 1\nn 2 1 1\n@1 n 3 3\n@1 F 2 1 4\n"
        "o 0 1 2 8 0\no 0 0 1 21 2\no 3 1 3 21 2\n@1 w 3 0 1 1\n"
    )


def test_programs_follow_each_other() -> None:
    """Each program begins with P; T before the first has the kernel trace its functions."""
    small = parse_scenario("N = anon(1)\n")
    assert format_script([small, small]) == "P\nn 0 1\nP\nn 0 1\n"
    assert format_script([small], traced=True) == "T\nP\nn 0 1\n"
    assert format_script([]) == "\n"


@pytest.mark.parametrize(
    "statement",
    [
        "invalidate(F[0:2])",
        "unmap_mapping_range(F, even_cows=0)",
        "migrate_begin(A[0])",
    ],
)
def test_model_only_statements_are_refused_by_line(statement: str) -> None:
    """What no process can ask for is named, with its line, before anything boots."""
    program = parse_scenario(f"F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 1\n{statement}\n")
    with pytest.raises(NotOnKernel, match=r"^line 4: '.*' is for the model alone"):
        format_script([program])


def test_cpus_are_refused() -> None:
    """Interleavings are the model's: a process cannot be stopped in the middle of a call."""
    with pytest.raises(NotOnKernel, match="line 10"):
        format_script([SCENARIOS["race-punch"].program])


def test_what_was_said_is_read() -> None:
    """Results, signals, classes, data, write protection, page cache and complaints."""
    findings = parse_findings(SAID, [PROGRAM])
    assert findings.complete
    assert findings.kernel == {"release": "6.12.1", "swap": "0"}
    [outcome] = findings.outcomes
    assert outcome.ended == "SIGBUS"
    assert outcome.complaints == ("BUG: Bad rss-counter state",)
    assert [step.result for step in outcome.steps] == ["0", "0", "0", "SIGBUS"]
    third, last = outcome.steps[2:]
    assert third.ptes == {"A": ("none", "anon")}
    assert third.data == {"A": (None, 7)}
    assert third.cache == {"F": ("none", "file")}
    assert last.returned == "0"
    assert last.ptes == {"A": ("none", "swap")} and last.wp == {"A": (False, True)}
    assert last.cache == {"F": ("swap", "file")}


def test_calls_are_read_with_their_depth() -> None:
    """A traced statement lists its functions; the module that one comes from is dropped."""
    said = "P 0\ns 0 0\nt 0 x64_sys_call\nt 1 unmap_single_vma.isra.0\nt 2 brd_submit [brd]\n"
    program = parse_scenario("N = anon(1)\n")
    [outcome] = parse_findings(f"{said}E exit\nZ 1\n", [program]).outcomes
    assert outcome.steps[0].calls == [
        (0, "x64_sys_call"),
        (1, "unmap_single_vma.isra.0"),
        (2, "brd_submit"),
    ]


def test_findings_may_end_anywhere() -> None:
    """Cut at any character, findings are incomplete, never misread and never a crash."""
    whole = parse_findings(SAID, [PROGRAM])
    for end in range(len(SAID)):
        findings = parse_findings(SAID[:end], [PROGRAM])
        assert not findings.complete
        assert findings.outcomes in ((), whole.outcomes)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("k swap 0", "k swap"),
        ("P 0", "P 1"),
        ("s 1 0", "s 2 0"),
        ("s 2 0", "s 2 0xff"),
        ("s 2 0", "[   12.3] BUG: something"),
        ("m 0 .a --07", "m 1 .a --07"),
        ("m 0 .a --07", "m 0 .a --0"),
        ("m 0 .a --07", "m 0 .! --07"),
        ("m 0 .a --07", "m 0 .a"),
        ("c 0 =.f", "c 0 =.x"),
        ("c 0 =.f", "c 9 =.f"),
        ("Z 1", "Z 2"),
        ("Z 1", "Z 1\nE exit"),
        ("E SIGBUS", "E SIGBUS\nE exit"),
        ("k release 6.12.1", "hello"),
    ],
)
def test_garbled_findings_are_refused(good: str, bad: str) -> None:
    """A line that the probe would not write there is an error, not an observation."""
    assert good in SAID
    with pytest.raises(Garbled):
        parse_findings(SAID.replace(good, bad, 1), [PROGRAM])


def test_a_call_of_an_assertion_is_executed() -> None:
    """A comparison with the result of a call runs it; other assertions ask for nothing."""
    program = parse_scenario("N = anon(1)\nassert N == none\nassert read(N) == 0\n")
    assert len(executed(program)) == 2


def test_the_swap_device_has_its_line() -> None:
    """It is chosen in the program itself, before anything is made."""
    programs = [parse_scenario(f"swap({device})\nN = anon(1)\n") for device in ("disk", "ram")]
    assert format_script(programs) == "P\nb 1\nn 0 1\nP\nb 0\nn 0 1\n"


def test_a_cache_page_that_cannot_be_told_is_unknown() -> None:
    """A kernel without cachestat() says of shmem on a disk only what is a hole."""
    said = SAID.replace("c 0 =sf", "c 0 =?.")
    [outcome] = parse_findings(said, [PROGRAM]).outcomes
    assert outcome.steps[-1].cache == {"F": ("unknown", "none")}
