"""The permalink of a run."""

from __future__ import annotations

from zapviz.scenario.permalink import format_permalink
from zapviz.trace.run import Run

__all__ = ["permalink_of"]


def permalink_of(run: Run, step: int | None = None) -> str:
    """Give a run as a text token that opens at a state; see :mod:`zapviz.scenario.permalink`.

    Args:
        run: The run.
        step: The state; negative counts from the end. None: no state is chosen.

    Raises:
        ZapvizError: There is no such state, or no name describes the kernel.
    """
    shown = None if step is None else run.number(step)
    return format_permalink(
        run.scenario, run.kernel, shown, schedule=run.schedule, whole_table=run.whole_table
    )
