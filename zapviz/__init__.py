"""zapviz: step through what Linux does to page-table entries when it zaps them.

>>> import zapviz
>>> trace = zapviz.run("N = anon(2)\\nN[0] = 7")
>>> trace.ok
True

The names below are imported when they are first used, so that importing zapviz
is quick and a drawing library is only loaded by drawing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zapviz.comparison import Comparison, compare
    from zapviz.decision_table import Table, table
    from zapviz.errors import ScenarioError, ZapvizError
    from zapviz.kernels import KERNELS, Kernel, kernel
    from zapviz.library import SCENARIOS
    from zapviz.races import Exploration, race
    from zapviz.scenario import format_scenario, parse_scenario
    from zapviz.trace import Trace, run
    from zapviz.widgets import explore, explore_table, predict

__all__ = [
    "KERNELS",
    "SCENARIOS",
    "Comparison",
    "Exploration",
    "Kernel",
    "ScenarioError",
    "Table",
    "Trace",
    "ZapvizError",
    "__version__",
    "compare",
    "explore",
    "explore_table",
    "format_scenario",
    "kernel",
    "parse_scenario",
    "predict",
    "race",
    "run",
    "table",
]

__version__ = "0.1.0"

# Where each public name lives; the imports above tell type checkers the same.
_HOME = {
    "Comparison": "zapviz.comparison",
    "compare": "zapviz.comparison",
    "KERNELS": "zapviz.kernels",
    "Kernel": "zapviz.kernels",
    "kernel": "zapviz.kernels",
    "SCENARIOS": "zapviz.library",
    "ScenarioError": "zapviz.errors",
    "ZapvizError": "zapviz.errors",
    "Trace": "zapviz.trace",
    "Table": "zapviz.decision_table",
    "explore": "zapviz.widgets",
    "explore_table": "zapviz.widgets",
    "format_scenario": "zapviz.scenario",
    "parse_scenario": "zapviz.scenario",
    "predict": "zapviz.widgets",
    "Exploration": "zapviz.races",
    "race": "zapviz.races",
    "run": "zapviz.trace",
    "table": "zapviz.decision_table",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'zapviz' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
