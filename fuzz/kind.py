"""A kind of input, and what is promised of whatever is made of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from zapviz.commands.terminal import printable

__all__ = ["Kind", "Wrong", "check_plain", "check_printed", "check_width"]


class Wrong(AssertionError):
    """A promise that is not kept."""


@dataclass(frozen=True)
class Kind:
    """A kind of input.

    An input is made of plain values alone, so that it can be printed, pasted and made smaller.
    """

    name: str
    about: str
    make: Callable[[Random], Any]  # an input, by chance
    check: Callable[[Any], str]  # says in a word or two what came of an input; raises what is wrong
    share: float = 1.0  # of the time


def check_plain(value: Any, where: str = "the answer") -> None:
    """Check that a value is one that JSON has: what a page can be sent."""
    if value is None or type(value) in (bool, int):
        return
    if type(value) is float and math.isfinite(value):
        return
    if type(value) is str:
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Wrong(f"{where} has a lone surrogate") from None
    elif type(value) in (list, tuple):
        for at, one in enumerate(value):
            check_plain(one, f"{where}[{at}]")
    elif type(value) is dict:
        for name, one in value.items():
            if type(name) is not str:
                raise Wrong(f"{where} has the key {name!r}")
            check_plain(one, f"{where}[{name!r}]")
    else:
        raise Wrong(f"{where} is {value!r}, no plain value")


def check_printed(text: str, where: str) -> None:
    """Check that a text does a terminal no harm."""
    if printable(text) != text:
        raise Wrong(f"{where} has characters that a terminal obeys")


def check_width(text: str, most: int, where: str) -> None:
    """Check that no line is too long."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line.expandtabs(8)) > most:
            raise Wrong(f"line {number} of {where} has {len(line)} columns: {line[:150]!r}")
