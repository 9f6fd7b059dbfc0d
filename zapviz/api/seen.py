"""What a real kernel was seen to do with a scenario, beside the trace of the model.

Runs of the shipped scenarios come with zapviz, so that this needs no such kernel and no virtual
machine.

>>> from zapviz.api.traces import run
>>> trace = run("reproducer", "v6.12")
>>> record_of_seen(trace)["seen_on"]["name"]
'6.12'
>>> "seen_on" in record_of_seen(run("N = anon(1)", "v6.12"))
False
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zapviz.api.traces import Trace
from zapviz.errors import ZapvizError
from zapviz.trace.record import Json

if TYPE_CHECKING:
    from zapviz.lab.watched import Watched

__all__ = ["record_of_seen", "seen_on"]


def record_of_seen(trace: Trace) -> Json:
    """Give a trace as plain values, with ``seen`` in each step where a real kernel was watched
    doing the same; docs/watching.md describes it.
    """
    watched = _watched(trace)
    return trace.as_json() if watched is None else watched.beside_json()


def seen_on(trace: Trace) -> Watched:
    """Give how a real kernel was watched carrying out the scenario of a trace.

    Raises:
        ZapvizError: None was: it is none of the shipped scenarios without CPUs, or no kernel of the
            lab stands for the trace's.
    """
    watched = _watched(trace)
    if watched is None:
        raise ZapvizError(
            f"no real kernel was watched doing this as {trace.kernel.name} does; those that were "
            "are the shipped scenarios without CPUs, as they stand, on the kernels of the list: "
            "zapviz lab watch shows any other"
        )
    return watched


def _watched(trace: Trace) -> Watched | None:
    if trace.program.concurrent:
        return None
    try:
        from zapviz.lab.watch_records import watched_of
    except ModuleNotFoundError:  # in a page that runs Python itself, where there is no lab
        return None
    return watched_of(trace.program, trace.kernel)
