"""A sheet to draw a figure on: points from the top left, growing downwards.

Text is measured before it is placed, so that it can be wrapped, clipped and kept
apart.  Boxes and the letters in them come by the hundred: they are collected and
drawn as a few matplotlib collections, which takes a tenth of the time of an artist
for each.  No pyplot: a sheet makes its own figure, with the Agg canvas.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from io import BytesIO
from typing import Literal

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

__all__ = ["Face", "Picture", "Sheet", "clip", "text_width", "wrap"]

Face = Literal["sans", "mono"]

_POINTS = 72.0  # per inch
_FAMILY = {"sans": "DejaVu Sans", "mono": "DejaVu Sans Mono"}  # both come with matplotlib


@cache
def _font(face: Face, size: float, bold: bool) -> FontProperties:
    return FontProperties(family=_FAMILY[face], size=size, weight="bold" if bold else "normal")


# Hinting makes a text some percent wider or narrower, more so at few pixels per inch.
_MEASURING = tuple(RendererAgg(1, 1, dpi) for dpi in (72, 100))  # type: ignore[no-untyped-call]


@lru_cache(maxsize=4096)
def _width(words: str, face: Face, size: float, bold: bool) -> float:
    font = _font(face, size, bold)
    widest = 0.0
    for renderer in _MEASURING:
        pixels = renderer.get_text_width_height_descent(words, font, False)[0]  # type: ignore[no-untyped-call]
        widest = max(widest, float(pixels) * _POINTS / renderer.dpi)
    return widest


@lru_cache(maxsize=1024)
def _glyphs(words: str, face: Face, size: float, bold: bool) -> Path:
    """The outline of a short text, centred on the origin across, its capitals along."""
    path = TextPath((0, 0), words, prop=_font(face, size, bold), usetex=False)
    capital = TextPath((0, 0), "A", prop=_font(face, size, bold)).get_extents()
    across = _width(words, face, size, bold) / 2
    vertices = (np.asarray(path.vertices) - (across, (capital.y0 + capital.y1) / 2)) * (1, -1)
    return Path(vertices, path.codes)


@lru_cache(maxsize=64)
def _rounded(width: float, height: float, radius: float) -> Path:
    """A rectangle with rounded corners, its top left corner at the origin."""
    r = min(radius, width / 2, height / 2)
    k = r * 0.4477  # what is left of a corner at the handle of a quarter circle
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


class Picture(Figure):
    """A figure that shows itself in a notebook, without pyplot having been imported."""

    def _repr_png_(self) -> bytes:
        png = BytesIO()
        self.savefig(png, format="png")
        return png.getvalue()


class Sheet:
    """A figure of fixed width; its height is set when everything is on it."""

    def __init__(self, width: float, background: str, dpi: float) -> None:
        """Start an empty sheet, ``width`` points wide."""
        self.width = width
        self.figure = Picture(figsize=(width / _POINTS, 1), dpi=dpi, facecolor=background)
        FigureCanvasAgg(self.figure)
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._axes.set_xlim(0, width)
        self._batches: dict[tuple[object, ...], list[tuple[Path, float, float]]] = {}

    def finish(self, height: float) -> Figure:
        """Draw what was collected, and cut the sheet to its height."""
        for key, placed in self._batches.items():
            fill, edge, line, dashed, hatch, order = key
            paths = [Path(np.add(path.vertices, (x, y)), path.codes) for path, x, y in placed]
            self._axes.add_collection(
                PathCollection(
                    paths,
                    facecolors=fill,
                    edgecolors=edge,
                    linewidths=line,
                    linestyles=(0, (3, 2)) if dashed else "solid",
                    hatch=hatch,
                    zorder=order,
                    joinstyle="round",
                ),
                autolim=False,
            )
        self._batches.clear()
        self.figure.set_size_inches(self.width / _POINTS, height / _POINTS)
        self._axes.set_ylim(height, 0)
        return self.figure

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
        """Collect a rectangle with its top left corner at a point."""
        self._collect(_rounded(width, height, radius), x, y, fill, edge, line, dashed, hatch, order)

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
        """Collect a short bold text centred on a point, on a halo where one is given."""
        if not words.strip():
            return
        path = _glyphs(words, face, size, True)
        if halo:
            self._collect(path, x, y, halo, halo, 3.0, False, None, order - 0.5)
        self._collect(path, x, y, colour, "none", 0.0, False, None, order)

    def rule(self, points: Iterable[tuple[float, float]], colour: str, line: float) -> None:
        """Draw a line through some points."""
        xs, ys = zip(*points, strict=True)
        self._axes.plot(xs, ys, color=colour, linewidth=line, solid_capstyle="butt", zorder=4)

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
        align: Literal["left", "center", "right"] = "left",
    ) -> None:
        """Write one line, its middle at height y."""
        self._axes.text(
            x,
            y,
            words,
            color=colour,
            fontproperties=_font(face, size, bold),
            ha=align,
            va="center_baseline",
            parse_math=False,
            zorder=5,
        )

    def _collect(self, path: Path, x: float, y: float, *key: object) -> None:
        self._batches.setdefault(key, []).append((path, x, y))


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
    return [*lines, line] if line else lines
