"""Lines of plain text: 72 columns of 7-bit ASCII, wrapped, in a row, under page numbers.

>>> wrapped("one line that is not long", first="  ")
['  one line that is not long']
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable

__all__ = ["STRIP", "WIDTH", "ascii_only", "fitted", "flowed", "rulers", "shortened", "wrapped"]

WIDTH = 72
"""Columns of every text form; with four levels of ``> `` it still fits a terminal."""

_LEAST = 8  # columns that are left of a name

STRIP = 32
"""Most entries beside each other; longer rows go on below."""

_PLAIN = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2026": "...",
        "\u2192": "->",
        "\u2265": ">=",
        "\u2264": "<=",
        "\u00d7": "x",
        "\u00b7": ".",
    }
)


def ascii_only(text: str) -> str:
    """Write a text in 7-bit ASCII: accents go, and what has no likeness becomes ``?``.

    >>> ascii_only("na\u00efve \u2192 kept")
    'naive -> kept'
    """
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return bare.encode("ascii", "replace").decode("ascii")


def rulers(first: int, end: int) -> list[str]:
    """Draw the page numbers above a strip: whole numbers at intervals, and the last digits."""
    digits = "".join(str(column % 10) for column in range(first, end))
    if end <= 10:
        return [digits]
    whole = ""
    for column in range(first, end):
        if (column % 10 == 0 or column == first) and (not whole or len(whole) < column - first):
            whole = whole.ljust(column - first) + str(column)
    return [whole, digits]


def wrapped(text: str, first: str = "", hang: int | None = None) -> list[str]:
    """Break a text into lines, the first after ``first``, the others after ``hang`` blanks."""
    return textwrap.wrap(
        ascii_only(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * (len(first) if hang is None else hang),
        break_on_hyphens=False,
    )


def fitted(form: str, *names: str) -> str:
    """Write a line that grep finds, and that is never broken: names give way where it is too long.

    A kernel's rules become their number; then the longest name loses its end.

    Args:
        form: The line, of plain letters, with ``{}`` where the names go.

    >>> fitted("ok on {}: nothing is asserted", "v5.17 + swap_entries=even_cows, second_pass=False")
    'ok on v5.17 + 2 rules: nothing is asserted'
    """
    shown = [" ".join(ascii_only(name).split()) for name in names]
    room = WIDTH - len(form.format(*("" for _ in shown)))
    for at, name in enumerate(shown):
        if sum(map(len, shown)) > room:
            shown[at] = _counted(name)
    while (over := sum(map(len, shown)) - room) > 0 and max(map(len, shown)) > _LEAST:
        lengths = sorted(map(len, shown))
        at = max(range(len(shown)), key=lambda one: len(shown[one]))
        others = lengths[-2] if len(lengths) > 1 else 0
        kept = max(lengths[-1] - over, min(others, lengths[-1] - 1), _LEAST)
        shown[at] = shortened(shown[at], kept)
    return form.format(*shown)


def shortened(name: str, room: int) -> str:
    """Give a name in so many columns: a kernel's rules become their number, then its end goes."""
    name = name if len(name) <= room else _counted(name)
    return name if len(name) <= room else name[: room - 3].rstrip(" .") + "..."


def _counted(name: str) -> str:
    base, plus, rules = name.partition(" + ")
    number = rules.count(",") + 1
    return f"{base} + {number} rule{'s' * (number != 1)}" if plus else name


def flowed(items: Iterable[str], between: str, first: str = "", hang: int = 0) -> list[str]:
    """Put items beside each other, and break none in two."""
    lines = [""]
    items = list(items)
    end = between.rstrip()  # of every line but the last
    for number, item in enumerate(items, 1):
        longer = lines[-1] + between + item if lines[-1] else item
        wide = len(longer) + (len(end) if number < len(items) else 0)
        if lines[-1] and wide > WIDTH - max(len(first), hang):
            lines[-1] += end
            lines.append(item)
        else:
            lines[-1] = longer
    return [(first if not number else " " * hang) + line for number, line in enumerate(lines)]
