"""A stretch of ``make fuzz`` with a seed of its own, and what it has found before.

In CI it goes on for a minute, elsewhere for some seconds. The seed and the counts stand at the end
of the tests' output.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fuzz import KINDS
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
        assert """--only letters --input "{'text': 'x'}\"""" in told
        assert "faults=1" in report.text()

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
