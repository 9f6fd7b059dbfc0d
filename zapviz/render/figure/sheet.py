"""A sheet to draw a figure on; its points count from the top left, downwards.

What is put on a sheet is kept as marks, plain values:
:mod:`zapviz.render.figure.picture` makes a matplotlib figure of them,
:mod:`zapviz.render.figure.vector` an SVG file, and :mod:`zapviz.render.figure.film` compares the
marks of two sheets to draw what differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from zapviz.render.figure.letters import Face

__all__ = [
    "DASHES",
    "HALO",
    "POINTS",
    "Box",
    "Letter",
    "Mark",
    "Sheet",
    "Stroke",
    "Words",
]

Align = Literal["left", "center", "right"]

POINTS = 72.0  # to an inch
HALO = 3.0  # points; the outline that sets a letter off from the hatching below it
DASHES = (3.0, 2.0)  # on and off, in line widths


class Box(NamedTuple):
    """A rectangle with its top left corner at a point; lengths in points."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    edge: str
    line: float
    radius: float
    dashed: bool
    hatch: str | None
    order: float  # a mark with a higher order lies above


class Letter(NamedTuple):
    """A short bold text centred on a point, on a halo if it has a halo's colour."""

    x: float
    y: float
    words: str
    size: float
    colour: str
    face: Face
    halo: str | None
    order: float


class Stroke(NamedTuple):
    """A line through some points."""

    points: tuple[tuple[float, float], ...]
    colour: str
    line: float
    order: float


class Words(NamedTuple):
    """One line of text, its middle at height y."""

    x: float
    y: float
    words: str
    size: float
    colour: str
    face: Face
    bold: bool
    align: Align
    order: float


Mark: TypeAlias = Box | Letter | Stroke | Words


class Sheet:
    """The marks of a picture; its width is fixed, its height set when all marks are on it."""

    def __init__(self, width: float, background: str, dpi: float) -> None:
        """Start an empty sheet, ``width`` points wide."""
        self.width = width
        self.height = 0.0
        self.background = background
        self.dpi = dpi
        self.title = ""  # of the picture, on one line
        self.description = ""  # what it shows, for readers who cannot see it
        self.marks: list[Mark] = []

    def finish(self, height: float) -> Sheet:
        """Cut the sheet to its height."""
        self.height = height
        return self

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "none",
        edge: str = "none",
        line: float = 1,
        radius: float = 0,
        dashed: bool = False,
        hatch: str | None = None,
        order: float = 1,
    ) -> None:
        """Put a rectangle with its top left corner at a point."""
        self.marks.append(Box(x, y, width, height, fill, edge, line, radius, dashed, hatch, order))

    def letter(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        colour: str,
        *,
        face: Face = "mono",
        halo: str | None = None,
        order: float = 3,
    ) -> None:
        """Put a short bold text centred on a point, on a halo if its colour is given."""
        if words.strip():
            self.marks.append(Letter(x, y, words, size, colour, face, halo, order))

    def rule(self, points: Iterable[tuple[float, float]], colour: str, line: float) -> None:
        """Put a line through some points."""
        self.marks.append(Stroke(tuple(points), colour, line, 4))

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        colour: str,
        *,
        face: Face = "sans",
        bold: bool = False,
        align: Align = "left",
    ) -> None:
        """Write one line, its middle at height y."""
        self.marks.append(Words(x, y, words, size, colour, face, bold, align, 5))
