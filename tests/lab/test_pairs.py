"""Random races against a kernel: the comparing, what is left out, and how a race is made smaller.

The kernel of these tests is a model with a rule changed: it shows every final state of that model
in turn.
"""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from random import Random

import pytest
from kernels_for_tests import real_kernel
from test_command import lab

import zapviz.commands.lab as command
from zapviz.errors import ZapvizError
from zapviz.kernels.known import KERNELS, Kernel
from zapviz.lab import pairs
from zapviz.lab.conformance import predicted
from zapviz.lab.guest.initramfs import build_probe
from zapviz.lab.guest.qemu import MachineLost
from zapviz.lab.pairs import (
    RACE_CUTS,
    Ask,
    Race,
    conform_races,
    explore,
    pairs_for,
    run_rounds,
    shrink_races,
    smaller,
)
from zapviz.lab.script import Findings, KernelOutcome, executed, parse_findings
from zapviz.lab.stress import by_page, format_rounds, parted, report_rounds
from zapviz.model.machine import run_statement
from zapviz.model.program import Program
from zapviz.model.world import World
from zapviz.races.search import search_orders
from zapviz.scenario.generate import random_pair
from zapviz.scenario.text import format_scenario, parse_scenario

V612 = KERNELS["v6.12"]
RFC = V612.with_rule(swap_entries=KERNELS["rfc-v2"].swap_entries)

SWAPPED = """\
F = shmem(2)
G = shmem(1)
A = mmap(F, MAP_PRIVATE)
B = mmap(G, MAP_SHARED)
A[0:2] = 1
B[0] = 3
madvise(A[0:2], MADV_PAGEOUT)

def CPU0():
    read(B[0])
    fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)
def CPU1():
    mlock(B[0])
    mlock(A[1])
"""

SMALLEST = """\
F = shmem(1)
A = mmap(F, MAP_PRIVATE)
A[0] = 1
madvise(A, MADV_PAGEOUT)

def CPU0():
    fallocate(F, FALLOC_FL_PUNCH_HOLE)
def CPU1():
    mlock(A)
"""


ALIKE = """\
F = file(2)
N = anon(1)

def CPU0():
    uffd_wp(N)
    pwrite(F[1], 255)
def CPU1():
    fallocate(F, FALLOC_FL_PUNCH_HOLE)
    N[0] = 1
"""


def rounds_of(program: Program, kernel: Kernel) -> list[KernelOutcome]:
    """One round for each final state of a kernel of the model."""
    above = parted(program)[0]
    world, steps = World(), []
    for statement in executed(above):
        outcome = run_statement(kernel, world, statement)
        world = outcome.world
        steps.append(predicted(world, outcome.result))
    ends = []
    for final in search_orders(program, kernel).finals:
        bodies = tuple((1, results) for results in final.results)
        for end in (final.world, *final.alike):
            last = replace(predicted(end, "0"), bodies=bodies)
            ends.append(KernelOutcome((*steps, last), "exit"))
    return ends


def like(kernel: Kernel, asked: list[Sequence[Race]] | None = None) -> Ask:
    """A kernel that does all that a kernel of the model can do, and no more."""

    def ask(name: str, races: Sequence[Race]) -> list[list[KernelOutcome] | None]:
        if asked is not None:
            asked.append(races)
        return [
            list(islice(cycle(rounds_of(program, kernel)), rounds)) for program, _, rounds in races
        ]

    return ask


def test_pairs_are_the_same_for_a_seed() -> None:
    """A seed and a number give the same race, whatever came before it."""
    texts = [format_scenario(pair.program) for pair in pairs_for(V612, range(6), 1)]
    assert [format_scenario(pair.program) for pair in pairs_for(V612, [5], 1)] == texts[5:]
    assert texts != [format_scenario(pair.program) for pair in pairs_for(V612, range(6), 2)]


def test_a_kernel_like_the_model_has_no_excluded_state() -> None:
    """All of its states are seen, each race as often as asked."""
    asked: list[Sequence[Race]] = []
    report = conform_races("6.12", 30, 1, rounds=40, ask=like(V612, asked))
    assert report.ok and not report.differ
    assert report.pairs + report.left_out.total() == 30
    assert report.rounds == 40 * report.pairs
    assert report.seen == report.states > report.pairs
    assert report.other_setup == 0
    assert f"\nRaces 6.12 pairs={report.pairs} " in str(report)
    assert f"rounds={report.rounds} " in str(report)
    assert "excluded=0" in str(report)
    assert len([races for races in asked if races]) == 1  # many pairs in one boot
    assert sum(report.evidence.values()) > 50


def test_a_state_to_which_no_way_is_known_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exploration found it alike to another one: it is covered, and tells of no case."""
    program = parse_scenario(ALIKE)
    pair = explore(program, V612)
    assert () in pair.finals.values()
    monkeypatch.setattr(pairs, "pairs_for", lambda *args: iter([pair]))
    report = conform_races("6.12", 1, 1, rounds=40, ask=like(V612))
    assert report.ok
    assert report.seen == report.states == len(pair.finals)


def test_a_kernel_with_another_rule_is_found_and_made_smaller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of two mappings, seven statements above and two on each CPU, what matters is left."""
    program = parse_scenario(SWAPPED)
    monkeypatch.setattr(pairs, "random_pair", lambda rng: program)
    report = conform_races("6.12", 1, 1, rounds=20, ask=like(RFC))
    assert list(report.differ) == [0] and not report.ok
    (small,) = shrink_races("6.12", list(report.differ.values()), like(RFC))
    assert small.unexplored
    assert format_scenario(small.program) == SMALLEST
    assert "No interleaving of the model ends so:\n  A anon=0; F file; " in small.text("pair-0")


def test_a_state_that_does_not_come_again_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second boot does not show it: it is no less excluded, but counted by itself."""
    program = parse_scenario(SWAPPED)
    monkeypatch.setattr(pairs, "random_pair", lambda rng: program)
    kernels = iter([RFC, V612])
    report = conform_races("6.12", 1, 1, 20, lambda name, races: like(next(kernels))(name, races))
    assert not report.differ and list(report.unrepeated) == [0]
    assert not report.ok
    assert "excluded=0 unrepeated=1" in str(report)


def test_a_rare_state_gets_more_rounds() -> None:
    """So many that it should come some twenty times, but no more than a boot can bear."""
    program = parse_scenario(SMALLEST)
    wrong, right = rounds_of(program, RFC)[0], rounds_of(program, V612)[0]
    often = report_rounds(program, "6.12", [wrong, *[right] * 9])
    rare = report_rounds(program, "6.12", [wrong, *[right] * 299])
    assert pairs._enough(often, 60) == 200
    assert pairs._enough(rare, 60) == 1000
    assert pairs._enough(often, 300) == 300


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("madvise(A[0], MADV_HWPOISON)", "one-cpu"),  # the zero page, after the read
        ("invalidate(F)", "not-on-kernel"),
    ],
)
def test_what_cannot_be_compared_is_left_out_by_name(body: str, reason: str) -> None:
    """Each with a reason that a table gives."""
    program = parse_scenario(
        f"F = shmem(1)\nA = anon(1)\nread(A)\ndef CPU0():\n    {body}\ndef CPU1():\n    read(A)\n"
    )
    assert explore(program, V612).left_out == reason
    assert RACE_CUTS[reason]


def test_what_conformance_cuts_for_one_cpu_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """In either order of the two CPUs; what it does not cut is compared."""
    program = parse_scenario("N = anon(1)\ndef CPU0():\n    read(N)\ndef CPU1():\n    N[0] = 1\n")
    assert explore(program, V612).left_out == ""

    def cut(alone: Program, kernel: Kernel) -> Program:
        written_first = format_scenario(alone).index("] = 1") < format_scenario(alone).index("rea")
        return Program(alone.statements[:1]) if written_first else alone

    monkeypatch.setattr(pairs, "cut_short", cut)
    assert explore(program, V612).left_out == "one-cpu"


def test_too_many_states_and_a_wait_for_ever_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """No kernel is asked for what cannot be judged, or would take five seconds a round."""
    program = parse_scenario(SWAPPED)
    monkeypatch.setattr(pairs, "MOST_STATES", 10)
    assert explore(program, V612).left_out == "too-large"
    livelock = parse_scenario(
        "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nuffd_wp(A)\n"
        "def CPU0():\n    read(A)\ndef CPU1():\n    madvise(A, MADV_GUARD_INSTALL)\n"
    )
    monkeypatch.undo()
    assert explore(livelock, KERNELS["v6.18"]).left_out in ("waits", "one-cpu")


def test_two_explorations_that_part_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reduction that lost a state is a finding of its own."""
    program = parse_scenario(SWAPPED.replace("mlock(A[1])", "A[1] = 7"))

    def losing(*args: object, reduced: bool = False, **more: object) -> object:
        found = search_orders(program, V612, reduced=reduced)
        if reduced:
            del found.finals[0]
        return found

    monkeypatch.setattr(pairs, "random_pair", lambda rng: program)
    monkeypatch.setattr(pairs, "search_orders", losing)
    report = conform_races("6.12", 1, 1, 20, like(V612))
    assert not report.ok and "explorations=1" in str(report)
    assert "1 of 1 final states are lost by the reduction" in "\n".join(report.told())


def test_a_lost_machine_costs_one_race_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A boot that is lost is divided until the race is alone; the others are compared."""
    bad = random_pair(Random("1/2"))
    needle = format_rounds(bad, 0, 1)[0].partition("[")[0]
    boots = []

    def run(name: str, readers: Sequence[Program], settings: object, script: str) -> Findings:
        boots.append(len(readers))
        if needle in script:
            raise MachineLost("it hangs")
        said = "".join(f"P {number}\nE exit\n" for number in range(len(readers)))
        return parse_findings(f"{said}Z {len(readers)}\n", readers)

    monkeypatch.setattr(pairs, "run_findings", run)
    races = [(random_pair(Random(f"1/{n}")), 0, 5) for n in range(4)]
    ends = run_rounds("6.12", races)
    assert [None if each is None else len(each) for each in ends] == [5, 5, None, 5]
    assert boots == [20, 10, 10, 5, 5]
    monkeypatch.setattr(pairs, "_ROUNDS_IN_A_BOOT", 5)
    boots.clear()
    run_rounds("6.12", races[:2])
    assert boots == [5, 5]


def test_what_is_smaller_is_valid_and_smaller() -> None:
    """Every candidate parses, keeps two CPUs, and has fewer statements or fewer pages."""
    for number in range(60):
        program = random_pair(Random(f"smaller/{number}"))
        for candidate in smaller(program):
            assert parse_scenario(format_scenario(candidate)) == candidate
            assert pairs._size(candidate) < pairs._size(program)
            parted(candidate)


def test_a_race_of_the_probe_takes_its_rounds_at_once() -> None:
    """One program, with the number of the first round and how many there are."""
    script, reader = format_rounds(parse_scenario(SMALLEST), 7, 300)
    assert script == (
        "P\nf 0 1 1\nm 0 0 0 1 0\nw 0 0 1 1\na 0 0 1 21\n[ 0 7 0 300\nh 0 0 1\n& l 0 0 1 1\n]\n"
    )
    assert len(executed(reader)) == 5


@pytest.mark.kernel
def test_each_round_begins_with_nothing(tmp_path: Path) -> None:
    """On this machine's kernel: twenty rounds in one process, then another program."""
    program = parse_scenario(
        "F = shmem(2)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\n"
        "def CPU0():\n    A[1] = 2\n    ftruncate(F, 4)\ndef CPU1():\n    munmap(A[0])\n"
    )
    script, reader = format_rounds(program, 0, 20)
    done = subprocess.run(
        [str(build_probe()), str(tmp_path)],
        input=f"{script}P\nn 0 1\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    after = parse_scenario("N = anon(1)\n")
    found = parse_findings(done.stdout, [*[reader] * 20, after])
    assert found.complete
    for outcome in found.outcomes[:20]:
        *above, made, raced = outcome.steps
        assert [step.ptes for step in above] == [{}, {}]  # told by their results alone
        assert made.ptes == {"A": ("file", "none")} and made.cache == {"F": ("file", "none")}
        assert raced.ptes == {"A": ("unmapped", "file")} and len(raced.cache["F"]) == 4
        assert raced.bodies == ((1, ("0", "0")), (1, ("0",)))
    assert found.outcomes[20].steps[0].ptes == {"N": ("none",)}


def test_an_unknown_kernel_is_refused() -> None:
    """Before anything boots."""
    with pytest.raises(ZapvizError, match=r"the model has no kernel 6\.16"):
        conform_races("6.16", 1, 0, ask=like(V612))


@pytest.fixture
def fake_kernel(monkeypatch: pytest.MonkeyPatch, image: Path) -> Iterator[Callable[[Kernel], None]]:
    """Makes the command's kernel one like a model's."""

    def choose(kernel: Kernel) -> None:
        monkeypatch.setattr(
            command,
            "conform_races",
            lambda name, n, seed, rounds, progress: conform_races(
                name, n, seed, rounds, like(kernel), progress
            ),
        )
        monkeypatch.setattr(
            command, "shrink_races", lambda name, found: shrink_races(name, found, like(kernel))
        )

    return choose


def test_the_command(
    fake_kernel: Callable[[Kernel], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """0 where no state is excluded, 1 where one is: it is printed with the smallest scenario."""
    words = ("conform", "--races", "--kernel", "6.12", "-n", "12", "--rounds", "20", "--seed", "3")
    fake_kernel(V612)
    evidence = tmp_path / "evidence.csv"
    assert lab(*words, "--evidence", str(evidence)) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("Races 6.12 pairs=") and "excluded=0" in last
    rows = list(csv.reader(evidence.read_text().splitlines()))
    assert rows[0] == ["rule", "path", "entry", "kernel", "times seen"]
    assert rows[1:] and rows[1:] == sorted(rows[1:])
    fake_kernel(RFC)
    monkeypatch.setattr(pairs, "random_pair", lambda rng: parse_scenario(SWAPPED))
    assert lab(*words[:5], "2", *words[6:]) == 1
    said = capsys.readouterr().out
    assert said.count("Made as small as it goes:") == 1  # both pairs are one race
    assert f"\n{SMALLEST}" in said and "Race 6.12 pair-0,1 " in said
    assert "excluded=2" in said.splitlines()[-1]
    monkeypatch.setattr(command, "_MOST_SHRUNK", 1)
    assert lab(*words[:5], "2", *words[6:]) == 1
    said = capsys.readouterr().out
    assert "Race 6.12 pair-0 " in said and f"\n{SMALLEST}" in said
    _, _, rest = said.partition("Not made smaller")
    assert "Race 6.12 pair-1 " in rest and f"\n{format_scenario(parse_scenario(SWAPPED))}" in rest


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rounds", "5"], "--rounds is for --races"),
        (["--races", "--rounds", "0"], "expected a number from 1 to"),
        (["--races", "-n", "0"], "expected a number from 1 to"),
        (["--races", "--kernel", "6.16"], "kernel 6.16 is not here"),
    ],
)
def test_a_wrong_call_is_status_2(
    image: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    """One message, and nothing boots."""
    assert lab("conform", *words) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and message in captured.err


IN_TURN = """\
F = shmem(2)
A = mmap(F, MAP_SHARED)
A[0:2] = 3
def CPU0():
    pwrite(F, 4)
def CPU1():
    fallocate(F, FALLOC_FL_PUNCH_HOLE)
"""
WATCHED = """\
N = anon(2)
read(N)
def CPU0():
    uffd_wp(N[1])
def CPU1():
    uffd_wp(N[0])
"""


def test_a_buffered_write_is_a_call_for_each_page() -> None:
    """As the probe writes: a hole may be punched in between."""
    pair = explore(parse_scenario(IN_TURN), V612)
    assert "    pwrite(F[0], 4)\n    pwrite(F[1], 4)\n" in format_scenario(pair.program)
    caches = {dict(end.cache)["F"] for end in pair.finals}
    assert caches == {("file", "file"), ("none", "none"), ("none", "file")}
    direct = parse_scenario("F = file(2)\ndef CPU0():\n    pwrite(F, 4, O_DIRECT)\n")
    assert by_page(direct) == direct


@pytest.mark.kernel
@pytest.mark.parametrize("text", [IN_TURN, WATCHED])
def test_what_the_probe_does_in_parts_is_explored_so(text: str) -> None:
    """On a real kernel: a write between whose pages another CPU comes; one userfaultfd for two."""
    real_kernel("6.12")
    pair = explore(parse_scenario(text), V612)
    [ends] = run_rounds("6.12", [(pair.program, 1, 200)])
    report = report_rounds(pair.program, "6.12", ends or ())
    assert report.rounds == 200 and not report.unexplored, report.text("parts")


@pytest.mark.kernel
def test_random_races_on_a_real_kernel() -> None:
    """A few pairs, a few rounds, one boot: what was set up is as modelled, and states are seen.

    Whether a state is excluded is for longer runs to tell.
    """
    real_kernel("6.12")
    asked = list(pairs_for(V612, range(8), 11))
    races = [(pair.program, 0, 25) for pair in asked if not pair.left_out]
    for (program, _, rounds), ends in zip(races, run_rounds("6.12", races), strict=True):
        assert ends is not None
        report = report_rounds(program, "6.12", ends)
        assert report.rounds == rounds and report.other_setup <= 2
        assert report.covered
        assert not any(state.ended for state in report.seen)
