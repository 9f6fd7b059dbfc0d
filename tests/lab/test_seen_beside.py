"""What watched kernels did, beside the model: as frames, as a record, and by the program."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from zapviz.kernels.known import kernel as find_model
from zapviz.lab import watched_of, watched_run, watched_runs
from zapviz.lab.guest.watcher import Written
from zapviz.scenario.library import load_text
from zapviz.scenario.text import parse_scenario

RUNS = watched_runs()


@pytest.mark.parametrize(("name", "kernel"), RUNS)
def test_both_sides_meet_at_each_change(name: str, kernel: str) -> None:
    """In frames of a comparison, whose numbers never go back; nothing differs where they meet."""
    watched = watched_run(name, kernel)
    both = watched.comparison_json()
    sides = [watched.beside_json(), watched.as_json()]
    frames = both["frames"]
    assert frames[0] == [0, 0]
    assert frames[-1] == [len(side["steps"]) for side in sides]
    assert all(b[0] >= a[0] and b[1] >= a[1] and a != b for a, b in pairwise(frames))
    assert len(both["statements"]) == len(both["differences"]) == len(frames)
    assert both["same"]
    assert both["partings"] == []
    assert not any(both["differences"])


def test_a_difference_is_a_parting() -> None:
    """At the frame of the change that the other side has not; there the entry differs."""
    seen = watched_run("hole-punch", "6.12")
    index = next(n for n, calls in enumerate(seen.calls) if any(c.events for c in calls[:1]) and
                 seen.program.statements[n].line == 15)  # fmt: skip
    calls = list(seen.calls)
    [call] = calls[index]
    zap = next(e for e in call.events if isinstance(e, Written) and e.after.kind == "none")
    calls[index] = (call._replace(events=tuple(e for e in call.events if e is not zap)),)
    both = replace(seen, calls=tuple(calls)).comparison_json()
    [parting] = both["partings"]
    place = (seen.names[zap.area], zap.page)
    assert [(e["row"], e["page"], e["kinds"]) for e in parting["entries"]] == [
        (*place, ["none", "nothing written"])
    ]
    after = [row[:2] for rows in both["differences"][parting["frame"] :] for row in rows]
    assert [*place] in after
    assert not any(both["differences"][: parting["frame"]])


def test_the_page_cache_is_what_entries_show() -> None:
    """A page that an entry maps is there, until the kernel takes it out."""
    record = watched_run("hole-punch", "6.12").as_json()
    kinds = [cell["kind"] for cell in record["cells"]]
    row = next(n for n, one in enumerate(record["rows"]) if one["role"] == "file")
    now, seen = ["unmapped"] * 4, set()
    for step in record["steps"]:
        for at, page, cell in step["set"]:
            if at == row:
                now[page] = kinds[cell]
        seen.add("".join(kind[0] for kind in now))
    assert {"ffff", "nnnn"} <= seen
    assert now == ["file", "none", "none", "none"]


@pytest.mark.parametrize(("name", "kernel"), RUNS)
def test_a_kernels_record_opens_where_the_model_decides(name: str, kernel: str) -> None:
    """At the change of the model's deciding step, or at the end of its statement."""
    watched = watched_run(name, kernel)
    model, own = watched.beside_json(), watched.as_json()
    decides = model["steps"][model["opens"] - 1]
    shown = own["steps"][own["opens"] - 1]
    assert shown["statement"] == decides["statement"]
    if decides["seen"]:
        assert own["cells"][shown["after"]]["kind"] == model["cells"][decides["after"]]["kind"]


@pytest.mark.parametrize("kernel", ["v6.12", "v7.3", "v6.12 + second_pass=False"])
def test_what_was_watched_is_found_by_the_program(kernel: str) -> None:
    """Of a shipped scenario as it stands, whatever its comments, on a kernel of the lab."""
    chosen = find_model(kernel)
    known = kernel in ("v6.12", "v7.3")
    text = load_text("hole-punch")
    assert (watched_of(parse_scenario(text), chosen) is not None) == known
    assert (watched_of(parse_scenario("# mine\n" + text), chosen) is not None) == known
    assert watched_of(parse_scenario(text + "read(A[0])\n"), chosen) is None
