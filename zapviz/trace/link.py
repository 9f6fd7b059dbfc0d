"""The links of a run: the permalink, which holds all of it, and the shortest one that opens it."""

from __future__ import annotations

from zapviz.scenario.permalink import format_permalink
from zapviz.scenario.short_link import format_short
from zapviz.scenario.text import without_comments
from zapviz.trace.run import Run

__all__ = ["link_of", "permalink_of"]


def permalink_of(run: Run, step: int | None = None, *, comments: bool = True) -> str:
    """Give a run as a text token that opens at a state; see :mod:`zapviz.scenario.permalink`.

    Args:
        run: The run.
        step: The state; negative counts from the end. None: no state is chosen.
        comments: Whether the scenario's comments go along; without them the token is shorter.

    Raises:
        ZapvizError: There is no such state, or no name describes the kernel.
    """
    shown = None if step is None else run.number(step)
    text = run.scenario if comments else without_comments(run.scenario)
    return format_permalink(
        text, run.kernel, shown, schedule=run.schedule, whole_table=run.whole_table
    )


def link_of(run: Run, step: int | None = None, *, comments: bool = True) -> str:
    """Give the shortest link that opens a run at a state: of what comes with zapviz its name.

    Args and errors are those of :func:`permalink_of`.
    """
    if run.schedule is None:
        shown = None if step is None else run.number(step)
        short = format_short(run.scenario, run.kernel, shown)
        if short is not None:
            return short
    return permalink_of(run, step, comments=comments)
