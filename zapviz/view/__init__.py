"""What the page shows: the scripts and the style sheets of the grid, the player, and all that
is built of them.

The scripts are written as ES modules: ``core`` (arithmetic and elements), ``parts`` (pieces of
a view), ``views`` (the player, the table, ...) and ``hosts`` (what shows them: a notebook, a
page), each of which imports only those before it.  A widget and a self-contained page take one
text, so what each host imports is put together in ``built`` by ``tools/built.mjs``.

>>> "function createPlayer(" in module("notebook")
True
"""

from __future__ import annotations

import json
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


@cache
def module(name: str) -> str:
    """The text of a built ES module, which imports nothing.

    Args:
        name: A host, such as ``notebook`` or ``page``; or, for a page of one's own that imports it,
            ``views`` (every view) or ``table`` (the decision table alone).
    """
    return _read(f"built/{name}.js")


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
