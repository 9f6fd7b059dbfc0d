"""A sheet to draw a figure on; its points count from the top left, downwards.

Text is measured before it is placed, so that it can be wrapped, clipped and kept apart. What is put
on a sheet is kept as marks, plain values: this module makes a matplotlib figure of them,
:mod:`zapviz.render.figure.vector` an SVG file, and :mod:`zapviz.render.figure.film` compares the
marks of two sheets to draw what differs.

There are hundreds of boxes and letters: a figure draws them as a few collections, which takes a
tenth of the time of an artist for each. A sheet does not use pyplot; it makes its own figure, with
the Agg canvas.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from functools import cache, lru_cache
from io import BytesIO
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

__all__ = [
    "DASHES",
    "HALO",
    "POINTS",
    "Box",
    "Face",
    "Letter",
    "Mark",
    "Picture",
    "Sheet",
    "Stroke",
    "Style",
    "Words",
    "clip",
    "font",
    "paths",
    "text_width",
    "wrap",
]

Face = Literal["sans", "mono"]
Align = Literal["left", "center", "right"]

POINTS = 72.0  # to an inch
HALO = 3.0  # points; the outline that sets a letter off from the hatching below it
DASHES = (3.0, 2.0)  # on and off, in line widths
_FAMILY = {"sans": "DejaVu Sans", "mono": "DejaVu Sans Mono"}  # both come with matplotlib


@cache
def font(face: Face, size: float, bold: bool) -> FontProperties:
    """Give the font of a text; its size is in points."""
    return FontProperties(family=_FAMILY[face], size=size, weight="bold" if bold else "normal")


# Hinting makes a text some percent wider or narrower, more so at few pixels per inch.
_MEASURING = tuple(RendererAgg(1, 1, dpi) for dpi in (72, 100))  # type: ignore[no-untyped-call]


@lru_cache(maxsize=4096)
def _width(words: str, face: Face, size: float, bold: bool) -> float:
    measured = font(face, size, bold)
    widest = 0.0
    with warnings.catch_warnings():
        # A missing character: drawing warns about it, and a file's reader may have a font with it.
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        for renderer in _MEASURING:
            pixels = renderer.get_text_width_height_descent(words, measured, False)[0]  # type: ignore[no-untyped-call]
            widest = max(widest, float(pixels) * POINTS / renderer.dpi)
    return widest


@lru_cache(maxsize=1024)
def _glyphs(words: str, face: Face, size: float, bold: bool) -> Path:
    """Give the outline of a short text, centred across on the origin, with its capitals centred
    too.
    """
    path = TextPath((0, 0), words, prop=font(face, size, bold), usetex=False)
    capital = TextPath((0, 0), "A", prop=font(face, size, bold)).get_extents()
    across = _width(words, face, size, bold) / 2
    vertices = (np.asarray(path.vertices) - (across, (capital.y0 + capital.y1) / 2)) * (1, -1)
    return Path(vertices, path.codes)


@lru_cache(maxsize=64)
def _rounded(width: float, height: float, radius: float) -> Path:
    """Give a rectangle with rounded corners; its top left corner is at the origin."""
    r = min(radius, width / 2, height / 2)
    k = r * 0.4477  # the distance of a handle of a quarter circle from the corner
    points = [
        (r, 0), (width - r, 0), (width - k, 0), (width, k), (width, r),
        (width, height - r), (width, height - k), (width - k, height), (width - r, height),
        (r, height), (k, height), (0, height - k), (0, height - r),
        (0, r), (0, k), (k, 0), (r, 0), (r, 0),
    ]  # fmt: skip
    line, curve = [Path.LINETO], [Path.CURVE4] * 3
    return Path(
        points,
        [Path.MOVETO, *line, *curve, *line, *curve, *line, *curve, *line, *curve, Path.CLOSEPOLY],
    )


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


class Style(NamedTuple):
    """How a path is drawn; paths of one style are drawn as one collection."""

    fill: str
    edge: str
    line: float
    dashed: bool
    hatch: str | None
    order: float


def paths(mark: Box | Letter) -> list[tuple[Path, Style]]:
    """Give the paths that make up a box or a letter, about its point; the lowest one first."""
    if isinstance(mark, Box):
        look = Style(mark.fill, mark.edge, mark.line, mark.dashed, mark.hatch, mark.order)
        return [(_rounded(mark.width, mark.height, mark.radius), look)]
    path = _glyphs(mark.words, mark.face, mark.size, True)
    letter = (path, Style(mark.colour, "none", 0.0, False, None, mark.order))
    if not mark.halo:
        return [letter]
    return [(path, Style(mark.halo, mark.halo, HALO, False, None, mark.order - 0.5)), letter]


class Picture(Figure):
    """A figure that shows itself in a notebook, even where pyplot was never imported."""

    sheet: Sheet | None = None
    """The sheet that it was drawn from."""

    def _repr_png_(self) -> bytes:
        png = BytesIO()
        self.savefig(png, format="png")
        return png.getvalue()


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

    def finish(self, height: float) -> Picture:
        """Cut the sheet to its height, and draw it as a figure."""
        self.height = height
        figure = Picture(
            figsize=(self.width / POINTS, height / POINTS),
            dpi=self.dpi,
            facecolor=self.background,
        )
        figure.sheet = self
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, self.width)
        axes.set_ylim(height, 0)
        batches: dict[Style, list[Path]] = {}
        for mark in self.marks:
            if isinstance(mark, Words):
                axes.text(
                    mark.x,
                    mark.y,
                    mark.words,
                    color=mark.colour,
                    fontproperties=font(mark.face, mark.size, mark.bold),
                    ha=mark.align,
                    va="center_baseline",
                    parse_math=False,
                    zorder=mark.order,
                )
            elif isinstance(mark, Stroke):
                xs, ys = zip(*mark.points, strict=True)
                axes.plot(
                    xs,
                    ys,
                    color=mark.colour,
                    linewidth=mark.line,
                    solid_capstyle="butt",
                    zorder=mark.order,
                )
            else:
                for path, look in paths(mark):
                    placed = Path(np.add(path.vertices, (mark.x, mark.y)), path.codes)
                    batches.setdefault(look, []).append(placed)
        for look, alike in batches.items():
            axes.add_collection(
                PathCollection(
                    alike,
                    facecolors=look.fill,
                    edgecolors=look.edge,
                    linewidths=look.line,
                    linestyles=(0, DASHES) if look.dashed else "solid",
                    hatch=look.hatch,
                    zorder=look.order,
                    joinstyle="round",
                ),
                autolim=False,
            )
        return figure

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


def text_width(words: str, size: float, face: Face = "sans", bold: bool = False) -> float:
    """Measure one line of text, in points."""
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
