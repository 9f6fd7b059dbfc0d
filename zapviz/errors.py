"""What zapviz says when a user's input is wrong.

Everything a user can get wrong ends in a :class:`ZapvizError`, whose text is the
whole message: what was given, what would be accepted, and what to do next.  A
traceback means a mistake in zapviz itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from importlib.util import find_spec
from operator import index
from typing import SupportsIndex

__all__ = [
    "MissingPackage",
    "OptionError",
    "ScenarioError",
    "StateError",
    "ZapvizError",
    "choices_hint",
    "nearest",
    "need",
    "numbered",
    "said_of",
]

_WIDEST = 72  # columns of the quoted line that are shown


class ZapvizError(Exception):
    """Something a user gave cannot be used; ``str()`` says what and why."""

    def _render_traceback_(self) -> list[str]:
        """Give what IPython shows of it: the message, which says all that there is to know."""
        return str(self).splitlines()


class OptionError(ZapvizError, ValueError, TypeError):
    """An option that does not exist, or a value that the option does not take."""


class StateError(ZapvizError, IndexError):
    """A state or frame number that a trace or comparison does not have."""


class MissingPackage(ZapvizError, ModuleNotFoundError):
    """What was asked for needs a package that is not installed here."""


def need(what: str, *packages: tuple[str, str]) -> None:
    """Say in words which package something needs, before its import fails.

    Args:
        what: What needs them, as the beginning of a sentence.
        packages: The name of the module and the name by which pip knows it, of each.

    Raises:
        MissingPackage: One is not here; the message has the command that brings all that are not.
    """
    missing = [pip for module, pip in packages if find_spec(module) is None]
    if missing:
        names = " ".join(missing)
        raise MissingPackage(f"{what} needs {names}, not installed here; pip install {names}")


def numbered(what: str, asked: SupportsIndex, last: int, where: str = "") -> int:
    """Give the number of a state or frame, counted from 0; a negative one counts from the end.

    Args:
        what: ``state`` or ``frame``, for the message.
        asked: The number that was asked for.
        last: The number of the last one.
        where: The place that the message names, with a blank after it.

    Raises:
        StateError: There is no such state or frame, or ``asked`` is no whole number.
    """
    try:
        number = index(asked)
    except TypeError:
        raise StateError(f"a {what} is a number, from 0 to {last}, not {asked!r}") from None
    if not -last - 1 <= number <= last:
        raise StateError(
            f"there is no {what} {number}: {where}the scenario's {what}s go from 0 to {last}"
        )
    return number % (last + 1)


class ScenarioError(ZapvizError):
    """A scenario is wrong at one place of its text.

    ``str()`` is what a compiler would print: place, message and hint, the line
    as it was pasted, and a caret under the place::

        hole.zap:4:1: error: there is no statement 'falocate'; did you mean 'fallocate'?
            falocate(F[0:4], FALLOC_FL_PUNCH_HOLE)
            ^

    Args:
        message: What is wrong, without a full stop.
        hint: What would be accepted or what to do next, or empty.
        name: Name of the scenario or its file.
        line: Line of the text as it was given, counted from 1.
        column: Character of that line, counted from 1.
        source: That line, quoting and indentation included.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        name: str = "scenario",
        line: int = 1,
        column: int = 1,
        source: str = "",
    ) -> None:
        super().__init__(message, hint, name, line, column, source)
        self.message = message
        self.hint = hint
        self.name = name
        self.line = line
        self.column = column
        self.source = source

    @property
    def summary(self) -> str:
        """Message and hint on one line, without the place."""
        return f"{self.message}; {self.hint}" if self.hint else self.message

    def __str__(self) -> str:
        head = f"{self.name}:{self.line}:{self.column}: error: {self.summary}"
        shown, before = _excerpt(self.source, self.column - 1)
        if not shown.strip():
            return head
        return f"{head}\n    {shown}\n    {_blank(before)}^"


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Give the choice spelled most like ``word``, whatever the case; None if none is near."""
    import difflib  # slow to import, and needed only for a message

    by_lower = {choice.lower(): choice for choice in choices}
    close = difflib.get_close_matches(word[:60].lower(), by_lower, n=1, cutoff=0.7)
    return by_lower[close[0]] if close else None


def said_of(error: BaseException) -> str:
    """Say on a page what was raised behind it: a user's mistake in its own words; of one of
    zapviz's own a sentence that somebody can report.

    >>> said_of(KeyError("F")).partition(";")[0]
    "zapviz made a mistake of its own (KeyError: 'F')"
    >>> said_of(ZapvizError("there is no kernel 'v9'"))
    "there is no kernel 'v9'"
    """
    if isinstance(error, ZapvizError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "the Python behind this page was interrupted before it could answer; ask again"
    if isinstance(error, MemoryError):
        return "the memory here does not suffice for this; ask for less, or for a smaller scenario"
    said = "".join(map(_visible, " ".join(str(error).split())))[:200]
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return (
        f"zapviz made a mistake of its own ({what}); please report it, with the scenario and "
        "what was asked"
    )


def choices_hint(word: str, choices: Iterable[str]) -> str:
    """Give a hint for a word that is none of ``choices``: the nearest one, or all of them."""
    known = list(choices)
    near = nearest(word, known)
    if near is not None:
        return f"did you mean '{near}'?"
    if not known:
        return ""
    if len(known) == 1:
        return f"expected {known[0]}"
    return f"expected one of {', '.join(known)}"


def _excerpt(source: str, at: int) -> tuple[str, str]:
    """Give the part of a line that is shown, and the text in it left of ``at``."""
    line = "".join(map(_visible, source.rstrip()))
    at = min(max(at, 0), len(line))
    if len(line) <= _WIDEST:
        return line, line[:at]
    start = max(0, min(at - _WIDEST // 2, len(line) - _WIDEST))
    end = start + _WIDEST
    left = "..." if start else ""
    right = "..." if end < len(line) else ""
    return left + line[start:end] + right, left + line[start:at]


def _visible(char: str) -> str:
    """Give the character, or a stand-in where printing it could do harm."""
    if char == "\t":
        return char
    # Controls, lone surrogates and direction overrides, line and paragraph ends.
    return "\ufffd" if unicodedata.category(char) in {"Cc", "Cs", "Cf", "Zl", "Zp"} else char


def _blank(text: str) -> str:
    """Give blanks as wide as ``text`` is printed; tabs stay, so that the caret lines up."""
    return "".join(
        "\t"
        if char == "\t"
        else " " * (1 + (unicodedata.east_asian_width(char) in "WF"))
        if not unicodedata.combining(char)
        else ""
        for char in text
    )
