"""The fonts that a picture's words are drawn with by matplotlib.

DejaVu comes with matplotlib and has most alphabets. A title may be in a script that it lacks: those
letters are taken from a font of this machine that has them, and drawn as U+FFFD where none has.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import Final

from matplotlib.font_manager import FontProperties, findfont, fontManager
from matplotlib.ft2font import FT2Font

from zapviz.render.figure.letters import Face

__all__ = ["font", "lettering"]

_FAMILY: Final = {"sans": "DejaVu Sans", "mono": "DejaVu Sans Mono"}  # both come with matplotlib
_NO_LETTER: Final = "\ufffd"
_MOST: Final = 500  # families that are looked through


@cache
def font(face: Face, size: float, bold: bool, others: tuple[str, ...] = ()) -> FontProperties:
    """Give the font of a text.

    Args:
        size: In points.
        others: The families of letters that the face lacks.
    """
    weight = "bold" if bold else "normal"
    return FontProperties(family=[_FAMILY[face], *others], size=size, weight=weight)


@lru_cache(maxsize=8192)
def lettering(words: str, face: Face, size: float, bold: bool) -> tuple[str, FontProperties]:
    """Give a line of text as it can be drawn, and the font to draw it with."""
    found = [_family(letter, _FAMILY[face], bold) for letter in words]
    drawn = "".join(
        letter if family is not None else "" if _unseen(letter) else _NO_LETTER
        for letter, family in zip(words, found, strict=True)
    )
    others = dict.fromkeys(family for family in found if family)
    return drawn, font(face, size, bold, tuple(others))


def _unseen(letter: str) -> bool:
    """Tell whether a character has no shape of its own: it joins, or chooses among, others."""
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Mn", "Zl", "Zp")


@lru_cache(maxsize=4096)
def _family(letter: str, usual: str, bold: bool) -> str | None:
    """Give the family that has a letter, "" for the usual one; None: no font here has it."""
    if _has(usual, bold, letter):
        return ""
    if letter.isspace() or _unseen(letter):
        return None
    return next((name for name in _families() if _has(name, bold, letter)), None)


@cache
def _families() -> tuple[str, ...]:
    """Give the families on this machine, those that are kept for a last resort at the end."""
    names = sorted({entry.name for entry in fontManager.ttflist})
    return tuple(sorted(names, key=_last_resort)[:_MOST])


def _last_resort(name: str) -> bool:
    """Tell whether a font has a box in place of each letter."""
    return "last resort" in name.lower() or "lastresort" in name.lower()


@lru_cache(maxsize=256)
def _opened(family: str, bold: bool) -> FT2Font | None:
    wanted = FontProperties(family=family, weight="bold" if bold else "normal")
    try:
        return FT2Font(findfont(wanted, fallback_to_default=False))
    except (OSError, RuntimeError, ValueError):  # no such file, or none that can be read
        return None


def _has(family: str, bold: bool, letter: str) -> bool:
    opened = None if _last_resort(family) else _opened(family, bold)
    if opened is None or not opened.get_char_index(ord(letter)):
        return False
    try:
        opened.load_char(ord(letter))
    except RuntimeError:  # a bitmap, as of an emoji in colours
        return False
    return True
