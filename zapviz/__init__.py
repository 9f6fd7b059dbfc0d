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
    from zapviz.api.comparisons import Comparison, compare
    from zapviz.api.judging import judge_system
    from zapviz.api.races import Exploration, race
    from zapviz.api.tables import Table, table
    from zapviz.api.traces import Trace, run
    from zapviz.api.verdicts import judge, recorded_verdict, run_on_host
    from zapviz.errors import ScenarioError, ZapvizError
    from zapviz.kernels.known import KERNELS, Kernel, kernel
    from zapviz.scenario.library import SCENARIOS
    from zapviz.scenario.text import format_scenario, parse_scenario
    from zapviz.version import __version__
    from zapviz.widgets import explore, explore_table, predict, show

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
    "judge",
    "judge_system",
    "kernel",
    "parse_scenario",
    "predict",
    "race",
    "recorded_verdict",
    "run",
    "run_on_host",
    "show",
    "table",
]

# Where each public name lives; the imports above tell type checkers the same.
_HOME = {
    "Comparison": "zapviz.api.comparisons",
    "compare": "zapviz.api.comparisons",
    "KERNELS": "zapviz.kernels.known",
    "Kernel": "zapviz.kernels.known",
    "kernel": "zapviz.kernels.known",
    "SCENARIOS": "zapviz.scenario.library",
    "ScenarioError": "zapviz.errors",
    "ZapvizError": "zapviz.errors",
    "Trace": "zapviz.api.traces",
    "Table": "zapviz.api.tables",
    "explore": "zapviz.widgets",
    "explore_table": "zapviz.widgets",
    "format_scenario": "zapviz.scenario.text",
    "judge": "zapviz.api.verdicts",
    "judge_system": "zapviz.api.judging",
    "parse_scenario": "zapviz.scenario.text",
    "predict": "zapviz.widgets",
    "Exploration": "zapviz.api.races",
    "race": "zapviz.api.races",
    "recorded_verdict": "zapviz.api.verdicts",
    "run": "zapviz.api.traces",
    "run_on_host": "zapviz.api.verdicts",
    "show": "zapviz.widgets",
    "__version__": "zapviz.version",
    "table": "zapviz.api.tables",
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
