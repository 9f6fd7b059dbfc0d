"""What a notebook keeps of a widget."""

from __future__ import annotations

from subprocess import run
from sys import executable

import IPython.core.getipython
import pytest

import zapviz
from zapviz.widgets import DecisionTable, GridWidget

VIEW = "application/vnd.jupyter.widget-view+json"
WIDGETS = [
    lambda: zapviz.explore("reproducer"),
    lambda: zapviz.predict(level=1),
    lambda: zapviz.explore_table("v5.17"),
    lambda: zapviz.show("reproducer", kernel=["v5.17", "v6.12"]),
    lambda: GridWidget(zapviz.run("reproducer")),
]


class Shell:
    """An IPython that was asked to run a cell."""

    def __init__(self, **metadata):
        self.metadata = metadata

    def get_parent(self):
        return {"metadata": self.metadata}


@pytest.mark.parametrize("make", WIDGETS)
def test_a_page_of_jupyter_gets_the_still_alone(monkeypatch, make):
    """It would prefer the form of a live widget, of which nothing is left when it is opened."""
    monkeypatch.setattr(
        IPython.core.getipython, "get_ipython", lambda: Shell(deletedCells=[], cellId="a")
    )
    widget = make()
    data, _ = widget._repr_mimebundle_()
    assert VIEW not in data
    assert data["text/html"].startswith(f'<div class="zapviz-still {widget.place}">')
    assert "<img" in data["text/html"]


@pytest.mark.parametrize("shell", [None, object(), Shell(cellId="a")])
def test_others_get_the_live_view_and_the_still(monkeypatch, shell):
    """They bring the scripts of a widget only where they are given one."""
    monkeypatch.setattr(IPython.core.getipython, "get_ipython", lambda: shell)
    data, _ = zapviz.explore("reproducer")._repr_mimebundle_()
    assert {VIEW, "text/html"} <= set(data)


WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(["matplotlib", "numpy", "PIL"]))  # importing them fails
import zapviz
for widget in (zapviz.explore("reproducer"), zapviz.predict(level=1), zapviz.show("reproducer"),
               zapviz.explore_table("v5.17", entries="swap")):
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data, widget
    still = data.get("text/html", "image/svg+xml")
    assert "image/svg+xml" in still, widget
    assert data["text/plain"], widget
"""


def test_without_matplotlib_the_still_is_a_vector_picture():
    """The view itself needs none; neither does what stands in for it."""
    run([executable, "-c", WITHOUT], check=True)


def test_where_there_is_no_picture_there_are_words(monkeypatch):
    """In a page of Jupyter the live view has a place all the same."""
    monkeypatch.setattr(IPython.core.getipython, "get_ipython", lambda: Shell(deletedCells=[]))
    table = DecisionTable(entries=None, paths=None, mappings=None)
    data, _ = table._repr_mimebundle_()
    assert f'{table.place}"><pre>' in data["text/html"]
