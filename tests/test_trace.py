"""The trace's JSON: what every view relies on (docs/trace.md)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given

from strategies import programs
from zapviz import SCENARIOS, ZapvizError, run
from zapviz.kernels import KERNELS
from zapviz.program import Program
from zapviz.record import Recorder
from zapviz.scenario import format_scenario
from zapviz.trace import MAX_STEPS, Trace


@given(program=programs(pages=6, statements=14))
def test_differences_add_up_to_the_states(program: Program) -> None:
    """Applying each step's differences gives the cells of the state drawn from scratch."""
    trace = Trace(program, KERNELS["v6.18"])
    recorder = Recorder(trace)
    record = recorder.record()
    now = [list(row) for row in record["initial"]["cells"]]
    for step, shown in zip(trace.steps, record["steps"], strict=True):
        for row, page, cell in shown["set"]:
            assert now[row][page] != cell, "a difference that changes nothing"
            now[row][page] = cell
        for (in_file, index), row in recorder.row_of.items():
            held = step.world.files if in_file else step.world.areas
            if index < len(held):
                entries = held[index].cache if in_file else held[index].entries  # type: ignore[union-attr]
                drawn = [recorder.entry_cell(step.world, e, in_file) for e in entries]
                assert now[row][: len(drawn)] == drawn


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_reference_leads_somewhere(name: str) -> None:
    """Indexes of cells, chains, rows, statements and passes are all within their tables."""
    for kernel in KERNELS:
        record = run(name, kernel).as_json()
        assert json.loads(json.dumps(record)) == record
        rows = record["rows"]
        for step in record["steps"]:
            assert step["statement"] < len(record["statements"])
            assert step["pass"] is None or step["pass"] < len(record["passes"])
            for cell in (step["before"], step["after"]):
                assert cell is None or cell < len(record["cells"])
            for row, page, cell in step["set"]:
                assert page < rows[row]["pages"]
                assert cell < len(record["cells"])
            if step["chain"] is not None and record["chains"][step["chain"]]:
                assert step["function"] in record["chains"][step["chain"]]


def test_lines_count_in_the_text_that_is_given() -> None:
    """Quoted, indented or commented, a statement's line is that of the pasted text."""
    text = "> # quoted\n>\n> N = anon(2)\n>\n> N[0] = 1\n"
    record = run(text).as_json()
    assert record["scenario"] == text
    assert [s["line"] for s in record["statements"]] == [3, 5]


def test_lines_of_a_program_count_in_its_printed_form() -> None:
    """A program that was made, not written, is printed, and its lines are those."""
    program = replace(SCENARIOS["reproducer"].program, source="")
    record = run(program).as_json()
    lines = format_scenario(program).splitlines()
    assert record["scenario"].splitlines() == lines
    for statement in record["statements"]:
        assert lines[statement["line"] - 1].startswith(statement["text"][:8])


def test_a_locked_folio_shows_in_its_cell() -> None:
    """From the step that locks a folio to the one that unlocks it, its cells say so."""
    record = run("F = shmem(1)\nS = mmap(F, MAP_SHARED)\nS[0] = 1\nmigrate(S[0])").as_json()
    cells = [list(row) for row in record["initial"]["cells"]]
    locked = []
    for step in record["steps"]:
        for row, page, cell in step["set"]:
            cells[row][page] = cell
        locked.append("locked" in record["cells"][cells[0][0]]["flags"])
    kinds = [step["kind"] for step in record["steps"]]
    assert locked[kinds.index("lock")]
    assert not locked[-1]


def test_a_trace_too_long_to_step_through_is_refused() -> None:
    """The message says how long it may be and what to do."""
    lines = ["F = shmem(256)", "A = mmap(F, MAP_SHARED)"]
    for _ in range(60):
        lines += ["A[0:256] = 1", "madvise(A, MADV_DONTNEED)"]
    with pytest.raises(ZapvizError, match=f"more than {MAX_STEPS} steps, up to line"):
        run("\n".join(lines))
