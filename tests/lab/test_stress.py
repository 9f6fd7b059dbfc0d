"""Two CPUs on a kernel at once: the script, what is read of it, and what it is held against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kernels_for_tests import real_kernel
from test_command import lab

from zapviz.errors import ZapvizError
from zapviz.kernels.known import KERNELS
from zapviz.lab.pairs import explore
from zapviz.lab.script import Garbled, KernelOutcome, NotOnKernel, parse_findings
from zapviz.lab.stress import (
    explored_states,
    format_race,
    migration_races,
    race_on_kernel,
    report_rounds,
)
from zapviz.model.program import Program
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import format_scenario, parse_scenario

V612 = KERNELS["v6.12"]

READ = """\
F = shmem(1)
A = mmap(F, MAP_PRIVATE)
pwrite(F[0], 1)
def CPU0():
    fallocate(F, FALLOC_FL_PUNCH_HOLE)
def CPU1():
    read(A[0])
    A[0] = 2
"""

SCRIPT = """\
P
f 0 1 1
m 0 0 0 1 0
p 0 0 1 1 0
[ {} {}
h 0 0 1
& r 0 0 1
& w 0 0 1 2
]
"""

# What a kernel says above the CPUs; each round ends in its own way.
ABOVE = """\
s 0 0
c 0 =.
s 1 0
m 0 . --
c 0 =.
s 2 0
m 0 . --
c 0 =f
"""
PUNCHED = "s 3 0\nb 0 1 0\nb 1 1 0 0\nm 0 a 02\nc 0 =.\nE exit\n"
STALE = "s 3 0\nb 0 1 0\nb 1 1 0 0\nm 0 f 01\nc 0 =f\nE exit\n"


def rounds(program: Program, *ends: str, above: str = ABOVE) -> Iterator[KernelOutcome]:
    """What comes of rounds that say this."""
    script, reader = format_race(program, range(len(ends)))
    assert script.count("P\n") == len(ends)
    said = "".join(f"P {number}\n{above}{end}" for number, end in enumerate(ends))
    findings = parse_findings(f"k release 6.12.9\n{said}Z {len(ends)}\n", [reader] * len(ends))
    assert findings.complete
    yield from findings.outcomes


def test_a_round_is_one_program_with_both_bodies() -> None:
    """The first body, then the second one marked; each round with a number of its own."""
    script, _ = format_race(parse_scenario(READ), [7, 8])
    assert script == SCRIPT.format(0, 7) + SCRIPT.format(0, 8)
    assert format_race(parse_scenario(READ), [7], repeated=True)[0] == SCRIPT.format(1, 7)


def test_the_bodies_go_by_the_numbers_of_their_cpus() -> None:
    """CPU0 is the first one, wherever it stands."""
    text = READ.replace("CPU1", "CPU").replace("CPU0", "CPU1").replace("CPU()", "CPU0()")
    assert "\nr 0 0 1\nw 0 0 1 2\n& h 0 0 1\n]" in format_race(parse_scenario(text), [1])[0]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("exit()", "line 7: no CPU of a race can end the process"),
        ("invalidate(F)", "line 7: 'invalidate(F[0])' is for the model alone"),
        ("migrate_begin(A[0])", "is for the model alone"),
        ("; ".join(["read(A[0])"] * 65), "64 statements of a CPU, no more"),
        ("pwrite(F[0], 3, O_DIRECT)", "O_DIRECT is the file's"),
    ],
)
def test_what_no_kernel_can_race_is_refused(body: str, message: str) -> None:
    """In one sentence, before anything boots."""
    body = body.replace("; ", "\n    ")
    program = parse_scenario(
        "F = file(1)\nA = mmap(F, MAP_PRIVATE)\n\ndef CPU0():\n    pwrite(F[0], 2)\n"
        f"def CPU1():\n    {body}\n"
    )
    with pytest.raises(NotOnKernel) as caught:
        format_race(program, [0])
    assert message in str(caught.value)


def test_one_cpu_is_no_race() -> None:
    """Two are needed, no more and no less."""
    with pytest.raises(ZapvizError, match="this scenario has none"):
        format_race(SCENARIOS["reproducer"].program, [0])


def test_states_are_counted_and_held_against_the_exploration() -> None:
    """One that the model has, and one that it cannot reach: the data that was punched out."""
    program = parse_scenario(READ)
    report = report_rounds(program, "6.12", rounds(program, PUNCHED, STALE, PUNCHED))
    assert not report.ok
    assert [str(state) for state in report.unexplored] == ["A file=1; F file; CPU0 0; CPU1 0 0"]
    assert [str(state) for state in report.covered] == ["A anon=2; F none; CPU0 0; CPU1 0 0"]
    assert [report.seen[state] for state in report.unexplored] == [1]
    text = report.text("read")
    assert "     2  explored      A anon=2; F none; CPU0 0; CPU1 0 0\n" in text
    assert "     1  NOT EXPLORED  A file=1;" in text
    assert f"\n{format_scenario(program)}" in text  # to be pasted
    known = len(report.explored)
    assert text.splitlines()[-1] == (
        f"Race 6.12 read rounds=3 setup=0 seen=2 unexplored=1 coverage=1/{known}"
    )
    assert report_rounds(program, "6.12", rounds(program, PUNCHED)).ok


def test_a_process_that_hangs_is_a_state_of_its_own() -> None:
    """The alarm ends it; no exploration has that."""
    program = parse_scenario(READ)
    report = report_rounds(program, "6.12", rounds(program, "E SIGALRM\n"))
    assert not report.ok
    assert "the process was ended by SIGALRM" in report.text("read")


GUARDED = """\
F = shmem(1)
A = mmap(F, MAP_SHARED)
A[0] = 1

def CPU0():
    uffd_wp(A)
def CPU1():
    madvise(A, MADV_GUARD_INSTALL)
"""
GUARDED_ABOVE = "s 0 0\nc 0 =.\ns 1 0\nm 0 . --\nc 0 =.\ns 2 0\nm 0 f 01\nc 0 =f\n"


def test_a_statement_that_may_never_return_is_explored() -> None:
    """The model says that a guard over a write-protected page is restarted for ever."""
    program = parse_scenario(GUARDED)
    back = "s 3 0\nb 0 1 0\nb 1 1 0\nm 0 g --\nc 0 =f\nE exit\n"
    outcomes = rounds(program, "E SIGALRM\n", back, above=GUARDED_ABOVE)
    report = report_rounds(program, "6.18", outcomes)
    assert report.ok, report.text("guarded")
    assert "explored      a statement was not back after 5 s" in report.text("guarded")
    assert report.summary("guarded").endswith("seen=2 unexplored=0 coverage=2/2")


def test_a_statement_above_the_cpus_may_never_return_either() -> None:
    """Then every round ends so, and no CPU ever starts."""
    above = GUARDED[: GUARDED.index("def")] + "uffd_wp(A)\nmadvise(A, MADV_GUARD_INSTALL)\n"
    program = parse_scenario(above + GUARDED[GUARDED.index("def") :])
    protected = "s 3 0\nm 0 F 01\nc 0 =f\n"
    outcomes = rounds(program, "E SIGALRM\n", above=GUARDED_ABOVE + protected)
    report = report_rounds(program, "6.18", outcomes)
    assert report.ok, report.text("guarded")
    assert report.summary("guarded").endswith("seen=1 unexplored=0 coverage=1/1")


def test_a_round_with_another_setup_is_left_out() -> None:
    """Where reclaim passed a page by, the race is another one; without any round, nothing is ok."""
    program = parse_scenario(READ)
    other = ABOVE.replace("c 0 =f", "c 0 =s")
    report = report_rounds(program, "6.12", rounds(program, PUNCHED, above=other))
    assert report.other_setup == report.rounds == 1
    assert not report.seen and not report.ok


def test_a_complaint_of_the_kernel_is_not_ok() -> None:
    """Every state may be explored, and the kernel's log still tell of a bug."""
    program = parse_scenario(READ)
    said = PUNCHED + "! BUG: Bad rss-counter state\n"
    report = report_rounds(program, "6.12", rounds(program, said))
    assert not report.unexplored and not report.ok
    assert "the kernel complained: BUG: Bad rss-counter state" in report.text("read")


@pytest.mark.parametrize(
    "line", ["b 1 1 0", "b 0 1 0\nb 0 1 0", "b 0 x 0", "b 0 1 0 \nb 1 1 0", "b 2 1 0"]
)
def test_garbled_bodies_are_seen(line: str) -> None:
    """Out of order, doubled or cut."""
    program = parse_scenario(READ)
    with pytest.raises(Garbled):
        list(rounds(program, f"s 3 0\n{line}\nE exit\n"))


def test_a_repeated_body_may_never_run() -> None:
    """No, one and two repetitions: only the last one's results are told."""
    states = explored_states(SCENARIOS["race-dontneed"].program, V612, repeated=True)
    results = {state.results for state in states}
    moved = {(("0",), (result,)) for result in ("0", "ENOENT", "EAGAIN")}
    assert results == {(("0",), ()), *moved}
    once = explored_states(SCENARIOS["race-dontneed"].program, V612)
    assert {state.results for state in once} == results - {(("0",), ())}


def test_every_zap_path_races_with_moves() -> None:
    """Private pages and shared ones; the private copies survive a hole punch alone."""
    races = migration_races()
    assert len(races) == 10
    for name, program in races.items():
        format_race(program, [0], repeated=True)
        kinds = {state.ptes[1][1] for state in explored_states(program, V612, repeated=True)}
        survives = name in ("punch-private", "remove-private") or name in (
            "munmap-shared", "dontneed-shared", "punch-shared", "remove-shared",
        )  # fmt: skip
        gone = "unmapped" if name == "munmap-private" else "none"
        assert kinds == {("anon", "anon") if survives else (gone, gone)}, name


def test_the_command(
    fake_qemu: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 where all was explored, 1 where something was not, 2 for a wrong call."""
    path = tmp_path / "read.zap"
    path.write_text(READ)
    for end, status in ((PUNCHED, 0), (STALE, 1)):
        fake_qemu("answer", f"k release 6.12.9\nP 0\n{ABOVE}{end}Z 1\n")
        assert lab("race", str(path), "--kernel", "6.12", "-n", "1") == status
        assert capsys.readouterr().out.splitlines()[-1].startswith("Race 6.12 read rounds=1 ")
    assert lab("race", "reproducer") == 2
    assert "takes two CPUs" in capsys.readouterr().err
    assert lab("race", "race-invalidate") == 2
    assert "for the model alone" in capsys.readouterr().err
    assert lab("race", "race-punch", "--kernel", "6.1") == 2
    assert lab("migrate", "-n", "0") == 2


@pytest.mark.kernel
def test_pages_move_while_holes_are_punched() -> None:
    """On a real kernel: every end is one that the model allows, and the moves were many."""
    real_kernel("6.12")
    report = race_on_kernel(migration_races()["punch-private"], "6.12", 100, repeated=True)
    assert report.ok, report.text("punch-private")
    assert report.rounds == 100 and report.times > 20
    assert report.other_setup < 10


@pytest.mark.kernel
def test_a_page_that_cannot_be_moved_is_no_missing_page() -> None:
    """On 5.10 a single page that stays leaves the status alone: that is EAGAIN."""
    real_kernel("5.10")
    text = "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 2\n"
    race = "def CPU0():\n    migrate(A)\ndef CPU1():\n    A[0] = 1\n"
    report = race_on_kernel(parse_scenario(text + race), "5.10", 200, repeated=True)
    assert report.ok, report.text("written")
    assert {end.results[0] for end in report.covered} >= {("0",), ("EAGAIN",)}


def test_states_that_differ_by_write_protection_are_told_apart() -> None:
    """A process sees the same; a kernel's pagemap shows it, so the model's states have it too."""
    program = parse_scenario(
        "N = anon(1)\ndef CPU0():\n    uffd_wp(N)\ndef CPU1():\n    N[0] = 1\n"
    )
    ends = {str(end) for end in explored_states(program, KERNELS["v6.18"])}
    assert ends == {
        "N anon=1; CPU0 0; CPU1 0",
        "N anon+wp=1; CPU0 0; CPU1 0",
        "N anon+wp=0; CPU0 0; CPU1 SIGBUS",
    }
    (pair,) = [explore(program, KERNELS["v6.18"])]
    assert {str(end) for end in pair.finals} == ends
