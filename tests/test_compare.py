"""Comparing kernels: steps side by side, what differs, where they part and why."""

from __future__ import annotations

import json

import pytest

import zapviz
from zapviz import compare


def test_the_reproducer_parts_at_the_truncation():
    """The fix of the thread is found as the reason, with its commit."""
    found = compare("reproducer", ["v5.17", "v6.12"])
    parts = found.parts
    assert found.traces[0].texts[parts.statement] == "ftruncate(F, 1)"
    assert parts.entries == (("A", 1, (("swap", 7), ("none", None))),)
    assert [side.rule.id for side in parts.sides] == ["swap-skipped", "swap-zapped"]
    assert [(cause.rule, cause.difference.commit) for cause in parts.causes] == [
        ("swap_entries", "5abfd71d936a")
    ]


@pytest.mark.parametrize("name", list(zapviz.SCENARIOS))
def test_frames_go_through_every_state_of_every_trace(name):
    """From all zeros to the last states, each trace by one step at most, none left out."""
    found = compare(name, ["v5.17", "rfc-v2", "v6.18", "v5.10.y"])
    assert found.frames[0] == (0, 0, 0, 0)
    assert found.frames[-1] == tuple(trace.last for trace in found.traces)
    for before, after in zip(found.frames, found.frames[1:], strict=False):
        moves = [new - old for old, new in zip(before, after, strict=True)]
        assert set(moves) <= {0, 1} and any(moves)
    for frame, statement in zip(found.frames[1:], found.statements[1:], strict=True):
        for trace, number in zip(found.traces, frame, strict=True):
            assert number == 0 or trace.statement_of(number) <= statement
    json.dumps(found.as_json())
