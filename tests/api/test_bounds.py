"""The largest that can be asked for stays within the bounds that docs/asking.md tells."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import zapviz
import zapviz.commands.cli
from zapviz.api.answers import PAGE_STATES, answer, answer_whole
from zapviz.api.pieces import Pieces
from zapviz.comparison.comparison import MOST_KERNELS
from zapviz.errors import ZapvizError
from zapviz.trace.run import MAX_STEPS

MEGABYTE = 1_000_000
ROUND = """\
A[0:256] = 1
madvise(A, MADV_PAGEOUT)
fallocate(F, FALLOC_FL_PUNCH_HOLE)
read(A)
"""
KERNELS = ["v5.17", "v6.1", "v6.12", "v6.18"]


def large(rounds: int) -> str:
    """A scenario of about 830 steps for each round."""
    return "F = shmem(256)\nA = mmap(F, MAP_PRIVATE)\n" + ROUND * rounds


@pytest.fixture(scope="module")
def largest() -> str:
    """A scenario that takes nearly as many steps as there may be."""
    text = large(23)
    assert 0.9 * MAX_STEPS < zapviz.run(text, "v6.12").last <= MAX_STEPS
    return text


def test_a_longer_run_is_refused_with_the_number():
    """With the line up to which it came; a comparison too."""
    for request in (
        {"ask": "trace", "text": large(30)},
        {"ask": "compare", "text": large(30), "kernels": KERNELS},
    ):
        said = answer(request, pieces=Pieces(seconds=1e6))["error"]
        assert f"takes more than {MAX_STEPS} steps, up to line" in said


@pytest.mark.parametrize(
    ("form", "most"),
    [("html", 4 * MEGABYTE), ("json", 14 * MEGABYTE), ("mail", 20_000), ("text", MEGABYTE)],
)
def test_the_largest_run_leaves_in_a_bounded_size(largest, form, most):
    """In each form that is text."""
    got = answer(
        {"ask": "export", "text": largest, "kernel": "v6.12", "form": form},
        pieces=Pieces(seconds=1e6),
    )
    assert 0 < len(got["text"]) < most


def test_the_largest_comparison_goes_to_a_page_in_a_bounded_size(largest):
    """All kernels that can stand side by side; one more is refused before any of them runs."""
    request = {"ask": "compare", "text": largest, "kernels": KERNELS}
    assert len(KERNELS) == MOST_KERNELS
    got = answer(request, pieces=Pieces(seconds=1e6))
    assert len(got["payloads"]) == MOST_KERNELS
    assert len(json.dumps(got)) < 14 * MEGABYTE
    asked = {**request, "kernels": [*KERNELS, "nope"] * 1000}
    assert "takes 2 to 4 kernels, not 5000" in answer(asked)["error"]


def test_the_largest_race_of_a_page_is_bounded_in_memory_and_size():
    """The kept states, and what is sent of those that are found."""
    program = f"""
import json, resource
from zapviz.api.answers import answer
from zapviz.api.pieces import Pieces
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
before = peak()
text = '''F = shmem(64)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
B[0:64] = 1
def CPU0():
    fallocate(F, FALLOC_FL_PUNCH_HOLE)
def CPU1():
    migrate(B)
    read(A)
def CPU2():
    madvise(B, MADV_DONTNEED)
    read(B)
'''
got = answer({{"ask": "race", "text": text}}, pieces=Pieces(seconds=1e6))
assert got["stopped"], got["extent"]
assert got["states"] <= {PAGE_STATES} + 1
assert len(got["finals"]) <= 100
print(peak() - before, len(json.dumps(got)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    memory, size = map(int, done.stdout.split())
    assert memory < 300 * MEGABYTE
    assert size < MEGABYTE


def test_of_many_final_states_the_first_are_sent(monkeypatch):
    """With how many there are, which the page tells."""
    request = {"ask": "race", "text": zapviz.SCENARIOS["race-swap-out"].text, "kernel": "v5.17"}
    whole = answer_whole(request)
    monkeypatch.setattr("zapviz.api.answers.MOST_FINALS", 1)
    part = answer_whole(request)
    assert part["many"] == whole["many"] == len(whole["finals"]) > 1
    assert part["finals"] == whole["finals"][:1]


def test_seconds_bound_a_race_in_python_and_on_the_command_line(capsys):
    """What was found by then is given, with why it stopped and what would help."""
    text = large(1).replace("read(A)\n", "def CPU0():\n    read(A)\ndef CPU1():\n    munmap(A)\n")
    found = zapviz.race(text, max_seconds=0.01)
    assert found.stopped == "time"
    assert "STOPPED after 0 s with" in found.text()
    assert "a higher --max-seconds" in " ".join(found.text().split())
    with pytest.raises(SystemExit):
        zapviz.commands.cli.main(["race", "race-cow", "--max-seconds", "0"])
    assert "'0' is not a number from 1 to 1000000" in capsys.readouterr().err
    with pytest.raises(ZapvizError, match="has no CPUs"):
        zapviz.race("reproducer", max_seconds=1)
