"""The lab: real kernels run the scenarios and judge the model.

The lab knows the model; the model knows nothing of the lab.  :mod:`zapviz.api.verdicts` is the
way in: ``zapviz.judge()`` and its like.  The names below are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zapviz.lab.calls import trace_calls
    from zapviz.lab.guest.kernels import GuestKernel, NotAvailable, custom_kernel, find_kernel
    from zapviz.lab.guest.qemu import MachineLost, Settings
    from zapviz.lab.oracle import run_findings, run_programs
    from zapviz.lab.replayed import Replayed
    from zapviz.lab.replaying import replay
    from zapviz.lab.reproduce import Reproduced, run_reproducer, run_reproducers
    from zapviz.lab.script import Findings, Garbled, KernelOutcome, NotOnKernel, Observed
    from zapviz.lab.watch_records import watched_of, watched_run, watched_runs
    from zapviz.lab.watched import Watched
    from zapviz.lab.watching import watch

__all__ = [
    "Findings",
    "Garbled",
    "GuestKernel",
    "KernelOutcome",
    "MachineLost",
    "NotAvailable",
    "NotOnKernel",
    "Observed",
    "Replayed",
    "Reproduced",
    "Settings",
    "Watched",
    "custom_kernel",
    "find_kernel",
    "replay",
    "run_findings",
    "run_programs",
    "run_reproducer",
    "run_reproducers",
    "trace_calls",
    "watch",
    "watched_of",
    "watched_run",
    "watched_runs",
]

_HOME = {
    "Findings": "zapviz.lab.script",
    "Garbled": "zapviz.lab.script",
    "GuestKernel": "zapviz.lab.guest.kernels",
    "MachineLost": "zapviz.lab.guest.qemu",
    "NotAvailable": "zapviz.lab.guest.kernels",
    "NotOnKernel": "zapviz.lab.script",
    "Observed": "zapviz.lab.script",
    "KernelOutcome": "zapviz.lab.script",
    "Replayed": "zapviz.lab.replayed",
    "Reproduced": "zapviz.lab.reproduce",
    "Settings": "zapviz.lab.guest.qemu",
    "custom_kernel": "zapviz.lab.guest.kernels",
    "find_kernel": "zapviz.lab.guest.kernels",
    "replay": "zapviz.lab.replaying",
    "run_findings": "zapviz.lab.oracle",
    "run_programs": "zapviz.lab.oracle",
    "run_reproducer": "zapviz.lab.reproduce",
    "run_reproducers": "zapviz.lab.reproduce",
    "trace_calls": "zapviz.lab.calls",
    "watch": "zapviz.lab.watching",
    "Watched": "zapviz.lab.watched",
    "watched_of": "zapviz.lab.watch_records",
    "watched_run": "zapviz.lab.watch_records",
    "watched_runs": "zapviz.lab.watch_records",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'zapviz.lab' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
