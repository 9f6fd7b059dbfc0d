"""A sheet as a matplotlib figure.

There are hundreds of boxes and letters: a figure draws them as a few collections, which takes a
tenth of the time of an artist for each. It does not use pyplot; it makes its own figure, with the
Agg canvas.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import NamedTuple

from zapviz.errors import need
from zapviz.render.figure import NEEDS
from zapviz.render.figure.bounds import check_pixels
from zapviz.render.figure.letters import Face, advance
from zapviz.render.figure.sheet import DASHES, HALO, POINTS, Box, Letter, Sheet, Stroke, Words
from zapviz.version import __version__

need(*NEEDS)

# After what says in words that they are missing.
import numpy as np  # noqa: E402
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.collections import PathCollection  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.path import Path  # noqa: E402
from matplotlib.textpath import TextPath  # noqa: E402
from PIL import Image  # noqa: E402

from zapviz.render.figure.fonts import font, lettering  # noqa: E402

__all__ = ["Picture", "Style", "draw", "paths", "png", "with_few_colours"]


@lru_cache(maxsize=1024)
def _glyphs(words: str, face: Face, size: float, bold: bool) -> Path:
    """Give the outline of a short text, centred across on the origin, with its capitals centred
    too.
    """
    path = TextPath((0, 0), words, prop=font(face, size, bold), usetex=False)
    capital = TextPath((0, 0), "A", prop=font(face, size, bold)).get_extents()
    across = advance(words, size, face, bold) / 2
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


def draw(sheet: Sheet) -> Picture:
    """Draw a sheet as a figure.

    Raises:
        ZapvizError: It would take too much memory.
    """
    scale = sheet.dpi / POINTS
    check_pixels(round(sheet.width * scale), round(sheet.height * scale))
    figure = Picture(
        figsize=(sheet.width / POINTS, sheet.height / POINTS),
        dpi=sheet.dpi,
        facecolor=sheet.background,
    )
    figure.sheet = sheet
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, sheet.width)
    axes.set_ylim(sheet.height, 0)
    batches: dict[Style, list[Path]] = {}
    for mark in sheet.marks:
        if isinstance(mark, Words):
            words, kind = lettering(mark.words, mark.face, mark.size, mark.bold)
            axes.text(
                mark.x,
                mark.y,
                words,
                color=mark.colour,
                fontproperties=kind,
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


def png(sheet: Sheet) -> bytes:
    """Write a sheet as a PNG file, with its title and description inside.

    The same sheet gives the same bytes: there is no date in them.
    """
    figure = draw(sheet)
    software = {"Software": f"zapviz {__version__}"}
    metadata = software | {"Title": sheet.title, "Description": sheet.description}
    file = BytesIO()
    figure.savefig(file, format="png", facecolor=figure.get_facecolor(), metadata=metadata)
    return file.getvalue()


def with_few_colours(picture: bytes, colours: int) -> bytes:
    """Write a PNG file with few colours, and nothing but the picture in it."""
    few = (
        Image.open(BytesIO(picture))
        .convert("RGBA")
        .quantize(colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    )
    file = BytesIO()
    few.save(file, format="png", optimize=True)
    return file.getvalue()
