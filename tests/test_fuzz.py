"""A stretch of ``make fuzz`` with a seed of its own, and what it has found before.

In CI it goes on for a minute, elsewhere for some seconds. The seed and the counts stand at the end
of the tests' output.
"""

from __future__ import annotations

import ast
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fuzz import KINDS
from fuzz.damage import VALUES
from fuzz.kind import Kind, Wrong
from fuzz.search import fault_of, fresh_seed, search
from fuzz.shrink import shrunk

SECONDS = 60.0 if os.environ.get("CI") else 5.0
BY_NAME = {kind.name: kind for kind in KINDS}


def test_a_fresh_seed_finds_nothing(record_property: Callable[[str, object], None]) -> None:
    """What is found is told with its seed, and with a call that shows it again."""
    seed = fresh_seed()
    report = search(KINDS, seed, SECONDS)
    record_property("fuzz", report.text())
    assert not report.faults, "\n".join(fault.text(seed) for fault in report.faults)
    assert all(report.came[kind.name] for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_many_inputs_are_taken(kind: Kind) -> None:
    """Were all refused, what is behind the door would not be tried."""
    came = {fault_of(kind, kind.make(Random(n)))[0] for n in range(60)}
    assert came - {"refused", "wrong"}
    assert len(came) > 1


FOUND: tuple[tuple[str, Any], ...] = (
    # letters that are i, s or k to a comparison of cases
    ("links", "zapv\u0131z:3"),
    ("links", "zapviz:1:\u0130:01eac1c3"),
    ("links", "https://\u0130/x#zapviz:2:ab:01234567"),
    ("asks", {"text": "F=shmem(1)", "form": "c", "options": {"step": 1}, "ask": "export"}),
    ("asks", {"ask": "open", "pasted": "\ud800"}),
    # a state that no trace has
    ("links", "hole-punch@6.1:23232"),
    # statements in a race's C, and strips in a mail, that were too wide
    (
        "texts",
        {
            "text": f"F=file(1)\nA = {' ' * 36}mmap(F, MAP_PRIVATE)\n"
            "def CPU0():madvise(A,MADV_SOFT_OFFLINE)",
            "kernel": "v7.3",
        },
    ),
    (
        "mails",
        "F=file(3)\nA=mmap(F,MAP_SHARED)\nB=mmap(F[0],MAP_SHARED)\npwrite(F[13],5)\nX=fork()",
    ),
    # a race that met its bound, as JSON
    ("calls", {"arguments": ["race", "race-dontneed", "--max-st", "5", "--j"], "text": ""}),
    ("calls", {"arguments": ["diff", "shared-private", "--j"], "text": ""}),
    # a guest that tells of a mapping before it is made, and of one of another size
    (
        "guests",
        {
            "text": "F=file(3)\nA=mmap(F,MAP_PRIVATE)",
            "findings": "P 0\ns 0 0\nm 0 pdz --07--\nE S\n",
        },
    ),
    (
        "guests",
        {
            "text": "N=anon(1)\nmlock(N)",
            "findings": f"P 0\ns 0 0\ns 1 0 SIG{'BUS' * 30}\nE exit\nZ 1\n",
        },
    ),
    ("guests", {"text": "N=anon(1)", "findings": "P 0\ns 0 0\nm 0 zz --00\nE exit\nZ 1\n"}),
)


@pytest.mark.parametrize(("name", "given"), FOUND)
def test_what_was_found_once(name: str, given: Any) -> None:
    """Each was a fault, and stands for its kind."""
    kind = BY_NAME[name]
    report = search((Kind(name, "", lambda _: given, kind.check),), "once", 0.2)
    assert not report.faults, report.faults[0].told


_TEXT = "N = anon(1)\nN[0] = 7\nmadvise(N, MADV_DONTNEED)\n"
_RACE = "N = anon(1)\ndef CPU0():\n    N[0] = 1\ndef CPU1():\n    read(N)\n"
REQUESTS: tuple[dict[str, Any], ...] = (
    {"ask": "trace", "text": _RACE, "kernel": "v6.12", "schedule": [0, 1], "whole_table": True},
    {"ask": "race", "text": _RACE, "kernel": "v6.12", "reduced": True},
    {"ask": "compare", "text": _TEXT, "kernels": ["v5.17", "v6.12"]},
    {"ask": "export", "text": _TEXT, "kernel": "v6.12", "form": "text", "step": 1},
    {"ask": "export", "text": _TEXT, "kernel": "v6.12", "form": "link",
     "options": {"comments": True}},
    {"ask": "open", "link": "reproducer@v5.17:12"},
    {"ask": "open", "pasted": _TEXT, "kernel": "v5.17"},
    {"ask": "exercise", "level": 1, "seed": "monday", "number": 1},
    {"ask": "exercise", "scenario": _TEXT, "kernel": "v6.12", "number": 1, "line": 3},
    {"ask": "reveal", "scenario": _TEXT, "kernel": "v6.12", "answers": {"N[0]": "kept"}},
    {"ask": "kernel", "kernel": "v6.12"},
)  # fmt: skip


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: one["ask"])
def test_every_key_of_a_request_with_every_value(request_: dict[str, Any]) -> None:
    """Each answer is a dict of plain values: the answer, or a sentence."""
    check = BY_NAME["asks"].check
    assert check(request_).endswith("answered")
    for name in request_:
        for value in VALUES:
            check({**request_, name: value})
        check({key: value for key, value in request_.items() if key != name})


class TestSearch:
    """A search that cannot find anything would find nothing."""

    def test_a_fault_is_made_small_and_can_be_had_again(self) -> None:
        """It is found once, however many inputs show it."""

        def check(given: Any) -> str:
            if "x" in given["text"]:
                raise Wrong("there is an x")
            return "fine"

        kind = Kind("letters", "", lambda rng: {"text": f"a{rng.choice('xyz')}b\nc"}, check)
        report = search((kind,), "7", 0.3)
        assert [(one.place, one.given) for one in report.faults] == [
            ("Wrong there is an x", {"text": "x"})
        ]
        told = report.faults[0].text("7")
        assert "seed 7" in told
        words = shlex.split(told.partition("again: ")[2])
        assert words[1:6] == ["-m", "fuzz", "--only", "letters", "--input"]
        assert ast.literal_eval(words[6]) == {"text": "x"}
        assert "faults=1" in report.text()

    @pytest.mark.parametrize(("given", "status"), [("'zapviz:2:'", 0), ("'`id` $(id)'", 0)])
    def test_an_input_can_be_tried_alone(self, given: str, status: int) -> None:
        """As a fault prints it."""
        command = [sys.executable, "-m", "fuzz", "--only", "links", "--input", given]
        done = subprocess.run(
            command, cwd=Path(__file__).parents[1], capture_output=True, text=True
        )
        assert (done.returncode, done.stdout) == (status, "refused\n")

    def test_what_does_not_end_is_a_fault(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Even where the code on the way catches every Exception."""
        monkeypatch.setattr("fuzz.search.LIMIT", 0.05)

        def check(given: Any) -> str:
            while True:
                try:
                    time.sleep(60)
                except Exception:
                    continue

        report = search((Kind("slow", "", lambda _: 1, check),), "7", 0.05)
        assert [one.place for one in report.faults] == ["too long"]

    def test_the_same_seed_gives_the_same_inputs(self) -> None:
        """For every kind."""
        for kind in KINDS:
            assert kind.make(Random("7/a/1")) == kind.make(Random("7/a/1"))

    @pytest.mark.parametrize("value", ["abcXdef", {"a": ["bX", 1], "c": 2}, ["X", "b"] * 9])
    def test_smaller_ones_fail_too(self, value: Any) -> None:
        """Down to what is needed."""
        small = shrunk(value, lambda one: "X" in str(one), 5)
        assert str(small).count("X") == 1
        assert len(str(small)) <= len("{'a': ['X']}")


def test_promises_name_their_check() -> None:
    """SECURITY.md says by what its promises are held."""
    assert "make fuzz" in (Path(__file__).parents[1] / "SECURITY.md").read_text()
