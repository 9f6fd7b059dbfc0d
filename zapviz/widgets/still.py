"""The still picture of a widget in a notebook, and how the live view comes to stand in its place.

A saved notebook keeps what a cell put out, and shows it again where no kernel runs.  JupyterLab and
Notebook 7 then prefer the form of a live widget, of which nothing is left, and say so in place of
the picture that stands beside it.  So they are given the picture alone: the page of a widget whose
kernel runs looks for it by a class, and shows the live view in its place.

>>> from zapviz.widgets import GridWidget
>>> data, _ = GridWidget()._repr_mimebundle_()
>>> sorted(data)
['application/vnd.jupyter.widget-view+json', 'text/plain']
"""

from __future__ import annotations

from html import escape
from typing import Any, Final
from uuid import uuid4

import anywidget
import traitlets as t
from IPython.core import getipython

from zapviz.errors import ZapvizError
from zapviz.trace.record import Json
from zapviz.view import PAGE_MIME

__all__ = ["Still"]

_VIEW_MIME: Final = "application/vnd.jupyter.widget-view+json"


class Still(anywidget.AnyWidget):
    """A widget with a still picture, which is what a notebook keeps of it."""

    place = t.Unicode(help="the class of the elements whose place the live view takes").tag(
        sync=True
    )

    @t.default("place")
    def _own_place(self) -> str:
        return f"zapviz-{uuid4().hex[:16]}"

    def set_state(self, sync_data: Json) -> None:
        """Take what the page sets; a value that cannot be is refused, and what stands sent back.

        Else one wrong value would stay, and be met again by all that comes after it.
        """
        taken = {name: value for name, value in sync_data.items() if self._can_be(name, value)}
        super().set_state(taken)
        if refused := [name for name in sync_data if name not in taken]:
            self.send_state(refused)

    def _can_be(self, name: str, value: object) -> bool:
        trait = self.traits().get(name)
        if trait is None or not trait.metadata.get("sync"):
            return False
        try:
            trait._validate(self, value)
        except (t.TraitError, ZapvizError):
            return False
        return True

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[Json, Json] | None:
        """Show the widget, and where no widget can run, a picture of it."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        # All forms are on the outermost object; a box around it would hide them.
        words = data["text/plain"] = self._in_words()
        still = self._still_picture()
        if still:
            data["text/html"] = still
            data[PAGE_MIME] = self.page_data()
        if _in_jupyter():
            del data[_VIEW_MIME]
            shown = still or f"<pre>{escape(words)}</pre>"
            data["text/html"] = f'<div class="zapviz-still {self.place}">{shown}</div>'
        return data, metadata

    def page_data(self) -> Json:
        """Give what a page needs to show the same: plain values, kept in the saved notebook."""
        raise NotImplementedError

    def _in_words(self) -> str:
        """Give what is shown as plain text."""
        raise NotImplementedError

    def _still_picture(self) -> str:
        """Draw what is shown, as HTML; empty: there is no picture of it."""
        raise NotImplementedError


def _in_jupyter() -> bool:
    """Tell whether a notebook page of JupyterLab, or one made of its parts, runs the cell.

    Others, VS Code say, load the scripts of a widget only where they are given a live one.
    """
    get_parent = getattr(getipython.get_ipython(), "get_parent", None)
    request = get_parent() if get_parent is not None else {}
    # What that page tells with each cell that it runs, whatever server and kernel it has.
    return "deletedCells" in request.get("metadata", {})
