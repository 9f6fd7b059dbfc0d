"""How wide a text is, so that it can be wrapped, clipped and kept apart before it is drawn.

The widths are those of DejaVu, whose fonts come with matplotlib: ``tools/widths.py`` wrote them
down, so that a picture is laid out in the same way where matplotlib is not installed.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Literal, TypeAlias

__all__ = ["Face", "advance", "clip", "text_width", "wrap"]

Face: TypeAlias = Literal["sans", "mono"]

_UNKNOWN: Final = 1000
"""How wide a letter is that is not among them, in thousandths of a size: as wide as any."""

# Hinting makes a text some percent wider or narrower, more so at few pixels per inch.
_HINTED: Final = 1.06
_MORE: Final = 0.35  # points, of which a text of a single letter is wider


@cache
def _advances(face: str) -> dict[str, int]:
    """Give the width of each letter of a face, in thousandths of the font's size."""
    text = files("zapviz.render.figure").joinpath("widths.json").read_text(encoding="ascii")
    return {
        chr(code): int(width)
        for width, spans in json.loads(text)[face].items()
        for first, last in spans
        for code in range(first, last + 1)
    }


def advance(words: str, size: float, face: Face = "sans", bold: bool = False) -> float:
    """Measure one line of text as a vector format draws it, in points."""
    advances = _advances("sans bold" if bold and face == "sans" else face)
    return sum(advances.get(letter, _UNKNOWN) for letter in words) * size / 1000


@lru_cache(maxsize=4096)
def _width(words: str, face: Face, size: float, bold: bool) -> float:
    return advance(words, size, face, bold) * _HINTED + _MORE if words else 0.0


def text_width(words: str, size: float, face: Face = "sans", bold: bool = False) -> float:
    """Give the room that one line of text needs however it is drawn, in points."""
    return _width(words, face, size, bold)


def clip(words: str, room: float, size: float, face: Face = "sans", bold: bool = False) -> str:
    """Cut a text to a width, with an ellipsis where something is left out."""
    if _width(words, face, size, bold) <= room:
        return words
    while words and _width(words + "\u2026", face, size, bold) > room:
        words = words[:-1]
    return words.rstrip() + "\u2026"


def wrap(
    words: str, room: float, size: float, face: Face = "sans", bold: bool = False
) -> list[str]:
    """Break a text into lines of a width; a word that is wider alone is broken too."""
    return list(_wrapped(words, room, size, face, bold))


# The same texts are wrapped for each state of a trace, to find how much room they need.
@lru_cache(maxsize=8192)
def _wrapped(words: str, room: float, size: float, face: Face, bold: bool) -> tuple[str, ...]:
    lines: list[str] = []
    line = ""
    for word in words.split():
        longer = f"{line} {word}" if line else word
        if _width(longer, face, size, bold) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        while _width(word, face, size, bold) > room and len(word) > 1:
            cut = len(word) - 1
            while cut > 1 and _width(word[:cut], face, size, bold) > room:
                cut -= 1
            lines.append(word[:cut])
            word = word[cut:]
        line = word
    return (*lines, line) if line else tuple(lines)
