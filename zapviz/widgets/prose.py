"""A small live figure for prose: the entries, one slider, one sentence.

>>> figure = show("reproducer", kernel=["v5.17", "v6.12"])
>>> [trace.ok for trace in figure.traces]
[False, True]
>>> figure.ok
False
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal

import traitlets as t

from zapviz.api.shown import Shown, shown
from zapviz.api.traces import Trace
from zapviz.door import door
from zapviz.kernels.known import Kernel, is_named
from zapviz.render.palette import palette_json
from zapviz.scenario.given import GivenScenario
from zapviz.trace.record import Json
from zapviz.view import module, widget_style
from zapviz.widgets.still import Still

__all__ = ["ShowWidget", "show"]


class ShowWidget(Still):
    """One scenario, or several side by side, stepped with a slider; made by :func:`show`."""

    _esm = module("show_notebook")
    _css = widget_style()

    payload = t.Unicode("", help="what is shown, for the page: Shown.as_json()").tag(sync=True)
    palette = t.Dict(help="letters, names and colours, from zapviz.render.palette").tag(sync=True)
    step = t.Int(0, help="the state shown; of several figures, the common step").tag(sync=True)
    theme = t.Enum(("", "light", "dark"), "", help="'' follows the page").tag(sync=True)

    def __init__(self, figures: Shown, theme: str = "") -> None:
        self._shown = figures
        self._picture: tuple[int, str] | None = None
        super().__init__(
            palette=palette_json(),
            payload=json.dumps(figures.as_json(), separators=(",", ":")),
            step=figures.opens,
            theme=theme,
        )

    @property
    def traces(self) -> tuple[Trace, ...]:
        """The traces shown, from the left."""
        return self._shown.traces

    @property
    def ok(self) -> bool:
        """Whether every assertion of every trace holds."""
        return self._shown.ok

    @property
    def last(self) -> int:
        """The number of the last step."""
        return len(self._shown.frames) - 1

    @t.validate("step")
    def _clamp_step(self, proposal: t.Bunch) -> int:
        return max(0, min(int(proposal["value"]), self.last))

    def sentence(self) -> str:
        """Give what is said of the step shown, a line for each figure."""
        told = zip(self._shown.captions, self._shown.sentences(self.step), strict=True)
        return "\n".join(f"{caption}: {words}" if caption else words for caption, words in told)

    def __repr__(self) -> str:
        """Describe what is shown, and where to see it: a plain prompt shows no widget."""
        return f"<ShowWidget: state {self.step} of {self.last}>\n{self.sentence()}"

    def _in_words(self) -> str:
        return repr(self)

    def page_data(self) -> Json:
        """Give the scenarios and kernels; the page's maker runs them.

        What they do not describe, such as an order of CPUs, is included as it is shown.
        """
        if all(is_named(one.kernel) and one.schedule is None for one in self.traces):
            sides = [[one.scenario, one.kernel.name] for one in self.traces]
            return {"view": "show", "scenarios": sides, "step": self.step}
        return {"view": "show", "shown": self._shown.as_json(), "step": self.step}

    def _still_picture(self) -> str:
        """Draw the step shown as an ``<img>``."""
        if self._picture is None or self._picture[0] != self.step:
            from zapviz.render.figure.shown import Side, shown_html

            shown_here = self._shown
            sides = map(
                Side,
                shown_here.captions,
                [one.as_json() for one in shown_here.traces],
                shown_here.frames[self.step],
                shown_here.said(self.step),
                shown_here.fails(self.step),
            )
            self._picture = self.step, shown_html(list(sides))
        return self._picture[1]


@door
def show(
    *scenarios: GivenScenario | Trace,
    kernel: str | Kernel | Iterable[str | Kernel] | None = None,
    step: int | None = None,
    theme: Literal["", "light", "dark"] = "",
) -> ShowWidget:
    """Show a scenario in prose: its entries, one slider, one sentence.

    ``show(text)`` shows one, ``show(before, after)`` two side by side, and ``show(text,
    kernel=["v5.17", "v6.12"])`` one on two kernels; at most four stand side by side, in step with
    each other. ``ok`` of what is given tells whether all assertions hold, ``traces`` has the runs.

    Args:
        scenarios: Each a text, the name of a shipped one, a permalink, a file's ``pathlib.Path``,
            a program, or a trace.
        kernel: A kernel's name or a kernel of your own; a list of them for a single scenario.
            None: as :func:`zapviz.run` has it.
        step: The state that is shown first, negative from the end; of several figures the number
            of their common step. None: the step that decides, or at which they part.
        theme: ``light``, ``dark``, or empty to follow the page.

    Raises:
        ScenarioError: A scenario is wrong.
        ZapvizError: There is no such scenario, kernel or state; nothing is given; or several
            scenarios are given with several kernels.
    """
    return ShowWidget(shown(*scenarios, kernel=kernel, step=step), theme)
