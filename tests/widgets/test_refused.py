"""What a page sets wrongly: it is refused, the page is told what stands, and the view goes on."""

from __future__ import annotations

import gc
from contextlib import suppress

import pytest

from zapviz.collecting import collecting_later
from zapviz.widgets import DecisionTable, Explorer, GridWidget

WRONG = [
    {"kernel": "nope"},
    {"kernel": 5},
    {"theme": "pink"},
    {"step": "x"},
    {"schedule": ["a"]},
    {"granularity": "half"},
    {"selected": [1, 2]},
    {"text": None},
    {"seen": "perhaps"},
    {"_model_name": "Other"},
    {"trace": {}},
    {"no such thing": 1},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_wrong_value_is_refused_and_the_view_goes_on(wrong, monkeypatch):
    """Nothing of the view changes, what stands is sent back, and the next text runs."""
    explorer = Explorer("reproducer", "v6.12")
    before = {name: getattr(explorer, name) for name in ("kernel", "theme", "step", "text", "seen")}
    trace, sent = explorer.trace, []
    monkeypatch.setattr(explorer, "send_state", lambda key=None: sent.append(key))
    explorer.set_state(wrong)
    assert {name: getattr(explorer, name) for name in before} == before
    assert explorer.trace is trace
    assert sent[-1:] == [[*wrong]] or "_model_name" in wrong
    explorer.set_state({"text": "N = anon(1)\nN[0] = 3\n"})
    assert explorer.error == ""
    assert explorer.trace.program.statements != trace.program.statements


def test_what_is_right_beside_it_is_taken():
    """One wrong value of a message does not cost the others."""
    explorer = Explorer("reproducer", "v6.12")
    explorer.set_state({"kernel": "nope", "theme": "dark"})
    assert (explorer.kernel, explorer.theme) == ("v6.12", "dark")


@pytest.mark.parametrize("path", ["/etc/passwd", "/no/such/file", "own.zap"])
def test_a_page_cannot_ask_for_a_file(path, tmp_path, monkeypatch):
    """A text that is a path is a mistake in a text, whether there is such a file or not."""
    (tmp_path / "own.zap").write_text("N = anon(1)\n")
    monkeypatch.chdir(tmp_path)
    explorer = Explorer("reproducer", "v6.12")
    explorer.set_state({"text": path})
    said = explorer.run_on_host()
    assert said.startswith("scenario:1:1: error: ")
    assert "names a file" not in said + explorer.error


@pytest.mark.parametrize("raised", [TypeError("no"), RecursionError(), KeyboardInterrupt()])
def test_whatever_a_text_raises_is_said_and_the_view_goes_on(raised, monkeypatch):
    """The page stops waiting, the trace stays, and the next text runs."""
    explorer = Explorer("reproducer", "v6.12")
    trace, answers = explorer.trace, explorer.answers
    with monkeypatch.context() as patch:
        patch.setattr("zapviz.widgets.explorer.traced", lambda *_: (_ for _ in ()).throw(raised))
        explorer.set_state({"text": "N = anon(1)\n"})
    assert ("please report it" in explorer.error) or ("interrupted" in explorer.error)
    assert explorer.answers == answers + 1
    assert explorer.trace is trace
    explorer.set_state({"text": "N = anon(2)\n"})
    assert explorer.error == ""


def test_whatever_this_machines_kernel_raises_is_said(monkeypatch):
    """In the panel that waits for it."""

    def broken(_program):
        raise OSError("no fork")

    monkeypatch.setattr("zapviz.api.verdicts.run_on_host", broken)
    assert "(OSError: no fork); please report it" in Explorer("reproducer").run_on_host()


def test_a_cell_that_the_table_has_not_is_said():
    """The page stops waiting for it."""
    table = DecisionTable(["v5.17", "v6.12"])
    before = table.answers
    table.set_state({"opened": ["swap", "no-such-mapping", "truncate", "v5.17"]})
    assert "the table has no cell" in table.error
    assert table.answers == before + 1


def test_a_grid_takes_a_step_as_far_as_it_goes():
    """Too far is no mistake: it is the last state."""
    grid = GridWidget(Explorer("reproducer").trace)
    grid.set_state({"step": 10**9})
    assert grid.step == grid.last


def test_garbage_is_collected_again_after_what_is_made():
    """Also where that fails; and where it was off, it stays off."""
    assert gc.isenabled()
    with suppress(ValueError), collecting_later():
        assert not gc.isenabled()
        raise ValueError
    assert gc.isenabled()
    gc.disable()
    try:
        with collecting_later():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
