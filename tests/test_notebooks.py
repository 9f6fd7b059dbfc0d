"""The notebooks: each runs from top to bottom, and none is blank before it is run."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def by_name(path: Path) -> str:
    """A test's name says which notebook it is about."""
    return path.stem


@pytest.mark.notebook
@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_every_cell_runs(path: Path) -> None:
    """No cell raises, in a kernel of its own."""
    notebook = nbformat.read(path, 4)
    NotebookClient(notebook, timeout=300, store_widget_state=False).execute(cwd=str(path.parent))
    assert not [o for c in notebook.cells for o in c.get("outputs", ()) if o.output_type == "error"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_a_notebook_is_never_blank(path: Path) -> None:
    """As committed, each cell that ends in a value shows it, widgets as pictures."""
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code" and re.search(r"explore\(|\.figure\(", cell.source):
            kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
            assert kinds & {"image/png", "text/html"}, cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_nothing_of_a_machine_is_committed(path: Path) -> None:
    """No widget state, no path, no address of the machine that ran it, no error."""
    notebook = nbformat.read(path, 4)
    assert "widgets" not in notebook.metadata
    text = path.read_text(encoding="utf-8")
    assert "widget-view" not in text
    assert not re.search(r"/(home|root|tmp|work|usr)/", text)
    assert not re.search(r"0x[0-9a-f]{8,}", text)
    assert not [o for c in notebook.cells for o in c.get("outputs", ()) if "ename" in o]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_cells_are_short(path: Path) -> None:
    """A code cell is something to read at a glance."""
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 14, cell.source
