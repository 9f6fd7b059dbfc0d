"""Phrases that all texts share: ranges of pages, lists, numbers of things."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["format_range", "how_many", "joined"]


def format_range(name: str, first: int, end: int) -> str:
    """Write pages of a file or mapping as the scenario language does.

    >>> format_range("A", 2, 3), format_range("A", 0, 4)
    ('A[2]', 'A[0:4]')
    """
    return f"{name}[{first}]" if end == first + 1 else f"{name}[{first}:{end}]"


def joined(words: Sequence[str], last: str = "and") -> str:
    """Join words into a list with commas and a last conjunction.

    >>> joined(["a", "b", "c"]), joined(["a", "b"], "or"), joined([])
    ('a, b and c', 'a or b', '')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def how_many(number: int, one: str, more: str = "") -> str:
    """Say how many there are of something.

    Args:
        number: How many.
        one: What one of them is called.
        more: What several are called, where it is not ``one`` with an s.

    >>> how_many(1, "page"), how_many(1024, "page"), how_many(2, "holds", "hold")
    ('1 page', '1,024 pages', '2 hold')
    """
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"
