"""The interactive parts for notebooks: grid, explorer, decision table, exercises, small figures."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zapviz.errors import need

if TYPE_CHECKING:
    from zapviz.widgets.explorer import Explorer, explore
    from zapviz.widgets.grid import GridWidget
    from zapviz.widgets.prediction import Prediction, predict
    from zapviz.widgets.prose import ShowWidget, show
    from zapviz.widgets.table import DecisionTable, explore_table

__all__ = [
    "DecisionTable",
    "Explorer",
    "GridWidget",
    "Prediction",
    "ShowWidget",
    "explore",
    "explore_table",
    "predict",
    "show",
]

_HOME = {
    "DecisionTable": "zapviz.widgets.table",
    "Explorer": "zapviz.widgets.explorer",
    "GridWidget": "zapviz.widgets.grid",
    "Prediction": "zapviz.widgets.prediction",
    "ShowWidget": "zapviz.widgets.prose",
    "explore": "zapviz.widgets.explorer",
    "explore_table": "zapviz.widgets.table",
    "predict": "zapviz.widgets.prediction",
    "show": "zapviz.widgets.prose",
}


def __getattr__(name: str) -> Any:
    """Import a widget when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'zapviz.widgets' has no attribute {name!r}")
    need("a live view", ("anywidget", "anywidget"), ("ipywidgets", "ipywidgets"))
    return getattr(import_module(_HOME[name]), name)
