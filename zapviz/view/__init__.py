"""What the page runs: its scripts and style sheets.

The scripts are written as ES modules: ``core`` (arithmetic and elements), ``parts`` (pieces of a
view), ``views`` (the player, the table, ...) and ``hosts`` (what shows views: a notebook, a page).
A module imports only modules of its own folder or of those before it. A widget and a self-contained
page take one text each, so ``tools/built.mjs`` puts together in ``built`` what each host imports.

>>> "function createPlayer(" in module("notebook")
True
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from zapviz.data import read_data

__all__ = ["PAGE_MIME", "module", "pack_trace", "style", "widget_style"]

PAGE_MIME: Final = "application/vnd.zapviz+json"
"""The form of a notebook's output from which a page without Python, such as the website, shows the
view live: ``view``, the name of the view, and what that view needs.
"""

# Columns of a step that hold words, and those that hold short lists; see pack_trace().
_WORDED: Final = (
    "kind",
    "verdict",
    "title",
    "reason",
    "rule",
    "source",
    "function",
    "result",
    "wrong",
)
_LISTED: Final = ("locks", "rss")


@cache
def module(name: str) -> str:
    """Give the text of a built ES module, which imports nothing.

    Args:
        name: A host, such as ``notebook`` or ``page``; or, for a page of your own that imports it,
            ``views`` (every view) or ``table`` (the decision table alone).
    """
    return _read(f"built/{name}.js")


@cache
def style(*names: str) -> str:
    """Give the text of the style sheet, with those of the named parts, such as ``table`` or
    ``page``.

    Every class in it begins with ``zv-`` or ``k-``.
    """
    return "\n".join(_read(f"{name}.css") for name in ("view", *names))


def widget_style() -> str:
    """Give the style sheet of every view.

    All widgets of a page bring this same one: a later sheet with less in it would put the rules of
    every view over those of one that stands above it.
    """
    return style("predict", "table")


def _read(name: str) -> str:
    return read_data("zapviz.view", name)


def pack_trace(trace: dict[str, Any]) -> str:
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
