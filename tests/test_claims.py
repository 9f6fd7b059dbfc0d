"""What the chapters show: each assertion of each figure holds, but for those that are to fail."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import nbformat
import pytest

import zapviz
from zapviz.view import PAGE_MIME

CHAPTERS = sorted((Path(__file__).parents[1] / "notebooks").glob("[0-9]*.ipynb"))
SILENT = re.compile(r"^ *assert .*\brun\(.*\.ok", re.M)

# Of each chapter, in order, the figures in which something fails, and in which of their sides.
FAILING: dict[str, list[tuple[bool, ...]]] = {
    "04": [(True, False)],  # a kernel that leaves a swap entry beyond the end
    "05": [
        (False,),  # the bug
        (False,),  # the bug, on a disk file
        (False,),  # the flaw of RFC v2
        (False, True, True),  # the bug, on three kernels
        (True, False, True),  # the flaw, on three kernels
        (False, True),  # the fix alone, and all that was merged
    ],
    "06": [(False, True)],  # the backport, and the rule that it lacks
    "10": [(True, False, True)],  # the question: before, with that patch, and as merged
    "11": [
        (False, True),  # the bug, in parent and child
        (False,),  # the flaw, in both
    ],
}


def code_cells(path):
    """The code cells of a notebook."""
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_claim_holds(monkeypatch, path):
    """The cells are run as a reader runs them; each figure has something that it asserts."""
    figures = []
    show = zapviz.show

    def kept(*scenarios, **options):
        figures.append(show(*scenarios, **options))
        return figures[-1]

    monkeypatch.setattr(zapviz, "show", kept)
    for other in ("explore", "explore_table", "predict"):  # shown, and no more
        monkeypatch.setattr(zapviz, other, lambda *_scenarios, **_options: None)
    monkeypatch.chdir(path.parent)
    names = {"__name__": "chapter"}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in code_cells(path):
            exec(compile(cell.source, f"{path.name} {cell.id}", "exec"), names)
    for figure in figures:
        texts = [text for trace in figure.traces for text in trace.texts]
        assert any(text.startswith("assert") for text in texts), texts
    failing = [tuple(one.ok for one in figure.traces) for figure in figures if not figure.ok]
    assert failing == FAILING.get(path.stem[:2], [])


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_claim_is_silent(path):
    """What a reader is told of a run is shown, not asserted where nobody sees it."""
    assert [cell.source for cell in code_cells(path) if SILENT.search(cell.source)] == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_figure_is_kept(path):
    """As committed, each has a still picture, and what a page needs to make it live."""
    for cell in code_cells(path):
        if re.search(r"^show\(|^zapviz\.show\(", cell.source, re.M):
            (output,) = cell.outputs
            assert "<img" in output.data["text/html"], cell.source
            assert output.data[PAGE_MIME]["view"] == "show", cell.source
