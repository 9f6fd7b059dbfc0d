"""The live grid: a trace stepped through in the page, without asking the kernel.

The whole trace goes to the page once, as text; ``zapviz.view`` draws it as SVG, steps in
about a millisecond and tells the step and the pinned entry back.  The class here only
holds the traits, and the picture that stands in for the widget where nothing runs: in
a saved, exported or untrusted notebook.

>>> from zapviz.widgets.grid import same_place
>>> same_place({"statements": [], "steps": []}, {"statements": [], "steps": []}, 0)
0
"""

from __future__ import annotations

from typing import Any, Protocol

import traitlets as t

from zapviz.errors import OptionError, choices_hint
from zapviz.render.palette import palette_json
from zapviz.view import module, pack_trace, widget_style
from zapviz.widgets.still import Still

__all__ = ["GRANULARITIES", "GridWidget", "same_place"]

from zapviz.trace.record import Json

GRANULARITIES = ("statement", "pass", "entry")
"""What one click on *next* moves by, from the longest stride to the shortest."""


class Stepped(Protocol):
    """Anything that the grid can show: a :class:`zapviz.trace.run.Run`, or anything like it."""

    def as_json(self) -> Json:
        """Give the trace as plain values (docs/trace.md)."""


class GridWidget(Still):
    """A view of one trace; ``trace``, ``step`` and the other traits may be set at any time."""

    _esm = module("notebook")
    _css = widget_style()

    trace = t.Any(None, allow_none=True, help="the Trace shown, or its JSON; None: nothing yet")
    payload = t.Unicode("", help="the trace for the page, see pack_trace()").tag(sync=True)
    palette = t.Dict(help="letters, names and colours, from zapviz.render.palette").tag(sync=True)
    step = t.Int(0, help="the state shown: 0 is before the first step").tag(sync=True)
    granularity = t.Enum(GRANULARITIES, "entry", help="what *next* moves by").tag(sync=True)
    selected = t.Tuple(
        t.Unicode(),
        t.Int(),
        default_value=None,
        allow_none=True,
        help="the pinned entry: id of its row and index in it; None: nothing is pinned",
    ).tag(sync=True)
    theme = t.Enum(("", "light", "dark"), "", help="'' follows the page").tag(sync=True)
    presentation = t.Bool(False, help="whether it is large and of high contrast").tag(sync=True)
    seen = t.Bool(
        False, help="whether each step says if a real kernel was seen to do the same"
    ).tag(sync=True)
    choices = t.Dict(
        default_value=None,
        allow_none=True,
        help="what an Explorer offers; None: the scenario is only shown",
    ).tag(sync=True)

    def __init__(self, trace: Stepped | Json | None = None, **traits: Any) -> None:
        self._data: Json = {}
        self._picture: tuple[str, int, str] | None = None
        # The trace is set first, since the step is checked against it.
        super().__init__(palette=palette_json())
        self.trace = trace
        self._set_traits(traits)

    def _set_traits(self, traits: dict[str, Any]) -> None:
        for name, value in traits.items():
            if not self.has_trait(name):
                hint = choices_hint(name, ("step", "granularity", "selected", "theme"))
                raise OptionError(f"{type(self).__name__} has no trait {name!r}; {hint}")
            try:
                setattr(self, name, value)
            except t.TraitError as error:
                raise OptionError(str(error)) from None

    @property
    def last(self) -> int:
        """The number of the last state of the trace."""
        return len(self._data.get("steps", ()))

    @t.validate("step")
    def _clamp_step(self, proposal: t.Bunch) -> int:
        return max(0, min(int(proposal["value"]), self.last))

    @t.validate("selected")
    def _drop_strange_place(self, proposal: t.Bunch) -> tuple[str, int] | None:
        place: tuple[str, int] | None = proposal["value"]
        if place is None:
            return None
        pages = {row["id"]: row["pages"] for row in self._data.get("rows", ())}
        return place if 0 <= place[1] < pages.get(place[0], 0) else None

    @t.observe("trace")
    def _send_trace(self, change: t.Bunch) -> None:
        """Send another trace; stay at the statement that was shown."""
        old = self._data
        new = change["new"]
        self._data = self._record(new)
        step = self._place_in(old, self._data)
        with self.hold_sync():
            self.payload = pack_trace(self._data) if self._data else ""
            self.step = step
            self.selected = self.selected

    def _record(self, trace: Stepped | Json | None) -> Json:
        """Give the plain values of a trace."""
        if trace is None or isinstance(trace, dict):
            return trace or {}
        return trace.as_json()

    def _place_in(self, old: Json, new: Json) -> int:
        """Give the state that another trace is shown at: of the first one the deciding state."""
        return same_place(old, new, self.step) if old else int(new.get("opens", 0))

    def _in_words(self) -> str:
        return f"<{type(self).__name__}: {self._caption()}>"

    def page_data(self) -> Json:
        """Give what a page needs to show the same: plain values, kept in the saved notebook."""
        return {"view": "player", "payload": self.payload, **self._place()}

    def _place(self) -> Json:
        place = {"granularity": self.granularity, "selected": self.selected}
        return {"step": self.step, **{name: value for name, value in place.items() if value}}

    def __repr__(self) -> str:
        """Describe what is shown, and where to see it: a plain prompt shows no widget."""
        return (
            f"{GridWidget._in_words(self)}\n"
            "Shown in a notebook; .trace.export('html') makes a page of it."
        )

    def _caption(self) -> str:
        if not self._data:
            return "nothing to show yet"
        title = self._data["title"] or "a scenario"
        return f"{title}, on {self._data['kernel']['name']}, state {self.step} of {self.last}"

    def _still_picture(self) -> str:
        """Draw the state shown as an ``<img>``; in place of the empty state, the deciding one."""
        if not self._data.get("rows"):
            return ""
        shown = (self.payload, self.step or self._data.get("opens", self.last))
        if self._picture is None or self._picture[:2] != shown:
            from zapviz.render.figure.state import figure_html

            self._picture = (*shown, figure_html(self._data, shown[1]))
        return self._picture[2]


def same_place(old: Json, new: Json, step: int) -> int:
    """Find the state of a new trace that corresponds to a state of the old one.

    The statement shown is looked for by its text, nearest to where it was; within the statement the
    distance from its first step is kept. The beginning stays the beginning, and the end of a
    statement stays its end.
    """
    steps, statements = old.get("steps", ()), new.get("statements", ())
    if step <= 0 or step > len(steps) or not statements:
        return 0
    index = steps[step - 1]["statement"]
    was = old["statements"][index]
    same = [k for k, one in enumerate(statements) if one["text"] == was["text"]]
    now = statements[min(same, key=lambda k: abs(k - index)) if same else
                     min(index, len(statements) - 1)]  # fmt: skip
    if step == was["last"]:
        return int(now["last"])
    return int(min(now["first"] + step - was["first"], now["last"]))
