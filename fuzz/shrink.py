"""Making an input smaller that still fails in the same way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["shrunk"]


def shrunk(value: Any, fails: Callable[[Any], bool], seconds: float) -> Any:
    """Give a smaller value for which ``fails`` is true as well, as far as the time allows.

    Keys and items are left out, then pieces of texts: halves, quarters, lines, characters.
    """
    end = time.monotonic() + seconds
    smaller = True
    while smaller:
        smaller = False
        for one in _smaller(value):
            if time.monotonic() > end:
                return value
            if fails(one):
                value, smaller = one, True
                break
    return value


def _smaller(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name in value:
            yield {key: one for key, one in value.items() if key != name}
        for name, inner in value.items():
            for one in _smaller(inner):
                yield {**value, name: one}
    elif isinstance(value, list):
        for at in range(len(value)):
            yield value[:at] + value[at + 1 :]
        for at, inner in enumerate(value):
            for one in _smaller(inner):
                yield [*value[:at], one, *value[at + 1 :]]
    elif isinstance(value, str):
        lines = value.split("\n")
        if len(lines) > 1:
            yield from ("\n".join(kept) for kept in _pieces(lines))
        yield from ("".join(kept) for kept in _pieces(list(value)))


def _pieces(parts: list[str]) -> Iterator[list[str]]:
    """Give the parts without a piece of them, the large pieces first."""
    size = len(parts)
    while size:
        for at in range(0, len(parts), size):
            yield parts[:at] + parts[at + size :]
        size //= 2
