"""What the page shows: the ES modules and the style sheet of the grid, the player, and all
that is built of them.

They are written by hand, without a build step: in a browser each file could be loaded as it
is.  A widget and a self-contained page take one text, so :func:`module` puts the files
together, those that others import first.

>>> "export function createPlayer(" in module("player")
True
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, Final

__all__ = ["PAGE_MIME", "module", "pack", "style"]

PAGE_MIME: Final = "application/vnd.zapviz+json"
"""The form of a notebook's output from which a page without Python, as of the website, shows
the same live: ``view``, what it is, and what that view needs."""

# Columns of a step that hold words or short lists; see pack().
_WORDED: Final = ("kind", "verdict", "title", "reason", "rule", "source", "function", "result")
_LISTED: Final = ("locks", "rss")

_IMPORT: Final = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)


@cache
def module(*names: str) -> str:
    """The text of an ES module that holds the named files and all that they import.

    The files share one scope then: no two may define the same name at their top level.
    """
    order: list[str] = []

    def place(name: str) -> None:
        if name not in order:
            for imported in _IMPORT.findall(_read(f"{name}.js")):
                place(imported)
            order.append(name)

    for name in names:
        place(name)
    return "\n".join(_IMPORT.sub("", _read(f"{name}.js")) for name in order)


@cache
def style(*names: str) -> str:
    """The text of the style sheet, with those of the named parts, such as ``table`` or ``page``.

    Every class in it begins with ``zv-`` or ``k-``."""
    return "\n".join(_read(f"{name}.css") for name in ("view", *names))


def _read(name: str) -> str:
    return files("zapviz.view").joinpath(name).read_text(encoding="utf-8")


def pack(trace: dict[str, Any]) -> str:
    """Write a trace as compact JSON text: its steps by columns, each word once.

    The steps say much the same again and again; a trace of a thousand steps shrinks
    to a third.  ``unpack()`` in trace.js is the inverse.
    """
    steps = trace["steps"]
    words: dict[Any, int] = {}
    lists: dict[tuple[Any, ...], int] = {}
    columns: dict[str, list[Any]] = {}
    for name in steps[0] if steps else ():
        column = [step[name] for step in steps]
        if name in _WORDED:
            column = [words.setdefault(value, len(words)) for value in column]
        elif name in _LISTED:
            column = [lists.setdefault(tuple(value), len(lists)) for value in column]
        columns[name] = column
    packed = {
        "worded": _WORDED,
        "listed": _LISTED,
        "words": list(words),
        "lists": list(lists),
        "columns": columns,
    }
    rest = {name: value for name, value in trace.items() if name != "steps"}
    return json.dumps({**rest, "packed": packed}, separators=(",", ":"))
