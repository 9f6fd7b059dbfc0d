"""What is said where Ctrl-C stops a command: which one, and what was found so far.

A command that takes long notes what it has come to with :func:`so_far`; results that were printed
are on the screen already.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["so_far", "stopped_words"]

_noted: list[str] = []


def so_far(text: str) -> None:
    """Note what a command has come to; the last note counts."""
    _noted[:] = [text]


def stopped_words(arguments: Sequence[str]) -> str:
    """Say which command was stopped, and what it had come to."""
    words = arguments[: 2 if arguments[:1] == ["lab"] else 1]
    called = " ".join(["zapviz", *(word for word in words if not word.startswith("-"))])
    found = _noted[-1] if _noted else "nothing was found yet, and nothing was written"
    _noted.clear()
    return f"{called}: stopped by Ctrl-C; {found}"
