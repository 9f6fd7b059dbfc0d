"""The steps of a trace as a GIF, for a slide or a mail: each state for as long as it takes to read.

A whole figure takes a quarter of a second to draw, nearly all of it letters, and two states
that follow each other differ in a few cells and lines.  So only what differs is drawn: the
marks of two sheets are compared, the ground below them is wiped, and whatever touches it is
drawn again.

>>> film = format_gif(zapviz.run("N = anon(2)\\nN[0] = 7"))
>>> film[:6]
b'GIF89a'
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox
from numpy.typing import NDArray
from PIL import Image

from zapviz.errors import ZapvizError
from zapviz.render.figure.fonts import lettering
from zapviz.render.figure.letters import text_width
from zapviz.render.figure.picture import paths
from zapviz.render.figure.sheet import DASHES, HALO, POINTS, Box, Letter, Mark, Sheet, Stroke, Words
from zapviz.render.figure.state import FigureTheme, lay_out_state, legend_items, texts_of
from zapviz.render.text.alt_text import describe_state, state_title
from zapviz.trace.record import Json, record_of
from zapviz.trace.run import Run
from zapviz.trace.state import Replay, State

__all__ = ["MAX_FRAMES", "MOST_PIXELS", "format_gif"]

MAX_FRAMES: Final = 400
"""Most states that a film shows; more would last minutes."""

MOST_PIXELS: Final = 600_000_000
"""Most pixels of all pictures of a film together."""

_BYTES_PER_PIXEL = 3  # as measured: what is kept of each picture until the file is written
_WORD = 0.25  # seconds to read a word
_LEAST = 0.8  # seconds that a picture stays where there is little to read
_HOLD = 3  # times as long as the others stays the last one
# One more colour stands for what was there before.  More colours look the same, and pack badly.
_COLOURS = 127

Part: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom, in points


class _Change(NamedTuple):
    """A part of a picture that is new, in pixels."""

    left: int
    top: int
    colours: NDArray[np.uint32]  # 0xRRGGBB


def format_gif(
    trace: Run | Json,
    step: int | None = None,
    *,
    since: int | None = None,
    stop: Literal["statement", "pass", "entry"] = "entry",
    seconds: float | None = None,
    once: bool = False,
    theme: FigureTheme = "light",
    width: float = 10.0,
    dpi: float = 144.0,
    cpus: bool = False,
) -> bytes:
    """Draw the states of a trace, one after the other, as an animated GIF.

    Args:
        trace: A run, or its record.
        step: The last state shown; negative counts from the end; None: the last.
        since: The first state shown; None: the empty world, after the deciding state if ``step`` is
            None too: where a film does not run, its first picture is all that is seen.
        stop: When a picture is shown: at the end of each ``statement``, of each ``pass``, or at
            each ``entry``, that is every step.
        seconds: How long a state stays; the last one stays three times as long. None: as long as
            it takes to read the words that are new, and at least 0.8 s; the last one stays at
            least 2.4 s.
        once: Whether the film ends at its last state, and does not begin again.
        theme: ``light``, ``dark`` or ``print``.
        width: Inches; at least 4.
        dpi: Pixels per inch: more than for a still picture, since a film is shown large.
        cpus: Whether to draw the order of a race's CPUs.

    Raises:
        ZapvizError: There would be too many states, or none; or they would take too much memory.
    """
    plain = record_of(trace)
    numbers = _shown(plain, since or 0, step, stop)
    whole = since is None and step is None
    replay = Replay(plain)
    before: list[int | None] = [numbers[0] or None, *numbers[:-1]]
    if whole and plain.get("opens", 0) != numbers[0]:
        numbers, before = [plain.get("opens", 0), *numbers], [None, *before]
    states = [replay.at(number, since=was) for number, was in zip(numbers, before, strict=True)]
    legend = legend_items(states)  # one legend for all states, so that nothing jumps
    sheets = (
        lay_out_state(state, theme=theme, width=width, dpi=dpi, legend=legend, cpus=cpus)
        for state in states
    )
    first = next(sheets)
    _check_size(first, len(states))
    size, frames, solid = _drawn(chain([first], sheets))
    comment = (
        f"{state_title(plain, numbers[-1])}. The last state: {describe_state(plain, numbers[-1])}"
    )
    times = _times(states, seconds, cpus)
    return _encoded(size, frames, solid, times, once, comment)


def _check_size(sheet: Sheet, pictures: int) -> None:
    """Refuse a film that would take too much memory, before any of it is drawn.

    Raises:
        ZapvizError: It would; the message says what would be accepted.
    """
    scale = sheet.dpi / POINTS
    width, height = int(sheet.width * scale), int(sheet.height * scale)
    pixels = width * height * pictures
    if pixels <= MOST_PIXELS:
        return
    takes, most = (count * _BYTES_PER_PIXEL / 1e9 for count in (pixels, MOST_PIXELS))
    dpi = int(sheet.dpi * (MOST_PIXELS / pixels) ** 0.5)
    raise ZapvizError(
        f"a film of {pictures} pictures of {width:,} x {height:,} pixels takes about {takes:.1f} GB"
        f" of memory, and the most is {most:.1f} GB: take at most {dpi} dpi, or a smaller width, "
        "or show fewer states: stop at each statement or pass, or give the first and the last one"
    )


def _times(states: Sequence[State], seconds: float | None, cpus: bool) -> list[int]:
    """Give how long each picture stays, in milliseconds.

    What stood there before has been read, so only the words of texts that are new count.
    """
    if seconds is not None:
        each = round(seconds * 1000)
        return [each] * (len(states) - 1) + [_HOLD * each]
    times: list[float] = []
    before: set[str] = set()
    for state in states:
        texts = set(texts_of(state, cpus))
        words = sum(len(text.split()) for text in texts - before)
        times.append(max(_LEAST, _WORD * words))
        before = texts
    times[-1] = max(times[-1], _HOLD * _LEAST)
    return [round(time * 1000) for time in times]


def _shown(trace: Json, since: int, step: int | None, stop: str) -> list[int]:
    """Give the states that are shown."""
    last = len(trace["steps"])
    first, end = (n + last + 1 if n < 0 else n for n in (since, last if step is None else step))
    if first > end:
        raise ZapvizError(f"a film from state {first} to state {end} would show nothing")
    ends = {"entry": set(range(last + 1)), "pass": {0, last}, "statement": {0, last}}[stop]
    if stop != "entry":
        ends |= {one["last"] for one in trace["statements"]}
    if stop == "pass":
        ends |= {one["last"] for one in trace["passes"]}
    numbers = sorted({first, end} | {n for n in ends if first <= n <= end})
    if len(numbers) > MAX_FRAMES:
        raise ZapvizError(
            f"a film of {len(numbers)} states is too long, the most is {MAX_FRAMES}; stop at "
            "each statement or pass, or show fewer: from state --since to state --step"
        )
    return numbers


# ---- drawing what differs ---------------------------------------------------


def _drawn(
    sheets: Iterator[Sheet],
) -> tuple[tuple[int, int], list[list[_Change]], list[int]]:
    """Draw the sheets.

    Returns:
        The size in pixels; for each state, the parts that differ from the state before; and the
        colours that were asked for, without those of blurred edges.
    """
    first = next(sheets)
    canvas = _Canvas(first)
    used = {first.background: None}
    used.update(dict.fromkeys(colour for mark in first.marks for colour in _colours(mark)))
    frames = [[canvas.draw(first.marks, canvas.whole)]]
    shown = first.marks
    for sheet in sheets:
        old, new = Counter(shown), Counter(sheet.marks)
        differing = [*(old - new), *(new - old)]
        used.update(dict.fromkeys(colour for mark in differing for colour in _colours(mark)))
        parts = _joined([_extent(mark) for mark in differing])
        frames.append([canvas.draw(sheet.marks, part) for part in parts])
        shown = sheet.marks
    return canvas.size, frames, [int(colour[1:], 16) for colour in used if colour != "none"]


def _colours(mark: Mark) -> tuple[str, ...]:
    if isinstance(mark, Box):
        return mark.fill, mark.edge
    return (mark.colour,)


class _Canvas:
    """A picture in the making, as large as a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self.background = sheet.background
        self.scale = sheet.dpi / POINTS
        self.size = int(sheet.width * self.scale), int(sheet.height * self.scale)
        self.foot = sheet.height * self.scale  # the pixel row of a figure's lower edge
        self.whole: Part = (0, 0, sheet.width, sheet.height)
        self._sizes: dict[tuple[str, FontProperties], tuple[float, float, float]] = {}
        self._renderer: Any = RendererAgg(*self.size, sheet.dpi)  # type: ignore[no-untyped-call]

    def draw(self, marks: Sequence[Mark], part: Part) -> _Change:
        """Draw all marks anew in a part, and give its pixels."""
        scale, (width, height) = self.scale, self.size
        left, top = max(0, int(part[0] * scale)), max(0, int(part[1] * scale))
        right = min(width, int(part[2] * scale) + 1)
        bottom = min(height, int(part[3] * scale) + 1)
        clip = Bbox.from_extents(left, height - bottom, right, height - top)
        ground = self._context(clip)
        corners = [(left, height - bottom), (left, height - top), (right, height - top)]
        corners.append((right, height - bottom))
        ground.set_linewidth(0)
        ground.set_antialiased(False)
        self._path(ground, Path(corners, closed=False), Affine2D(), self.background)
        touched = (mark for mark in marks if _touch(_extent(mark), part))
        for mark in sorted(touched, key=lambda mark: mark.order):
            self._mark(mark, clip)
        pixels = np.asarray(self._renderer.buffer_rgba())[top:bottom, left:right, :3]
        channels = pixels.astype(np.uint32)
        packed: NDArray[np.uint32] = channels[..., 0] * np.uint32(1 << 16)
        packed += channels[..., 1] * np.uint32(1 << 8)
        packed += channels[..., 2]
        return _Change(left, top, packed)

    def _context(self, clip: Bbox) -> GraphicsContextBase:
        context: GraphicsContextBase = self._renderer.new_gc()
        context.set_clip_rectangle(clip)
        return context

    def _path(
        self, context: GraphicsContextBase, path: Path, place: Affine2D, fill: str | None
    ) -> None:
        self._renderer.draw_path(context, path, place, None if fill is None else to_rgb(fill))

    def _mark(self, mark: Mark, clip: Bbox) -> None:
        scale = self.scale
        if isinstance(mark, Words):
            context = self._context(clip)
            context.set_foreground(mark.colour)
            words, kind = lettering(mark.words, mark.face, mark.size, mark.bold)
            wide, tall, below = self._measured(mark)
            x = mark.x * scale - {"left": 0.0, "center": wide / 2, "right": wide}[mark.align]
            y = self.size[1] - self.foot + mark.y * scale + (tall - below) / 2
            self._renderer.draw_text(context, x, y, words, kind, 0)
            return
        if isinstance(mark, Stroke):
            context = self._context(clip)
            context.set_foreground(mark.colour)
            context.set_linewidth(mark.line)
            place = Affine2D().scale(scale, -scale).translate(0, self.foot)
            self._path(context, Path(mark.points), place, None)
            return
        place = Affine2D().translate(mark.x, mark.y).scale(scale, -scale).translate(0, self.foot)
        for path, look in paths(mark):
            context = self._context(clip)
            edged = look.edge != "none" and look.line > 0
            context.set_linewidth(look.line if edged else 0)
            if edged:
                context.set_foreground(look.edge)
            context.set_joinstyle("round")
            if look.dashed:
                on_off = [length * look.line for length in DASHES]
                context.set_dashes(0, on_off)
            if look.hatch is not None:
                context.set_hatch(look.hatch)
                context.set_hatch_color(to_rgba(look.edge))
            self._path(context, path, place, None if look.fill == "none" else look.fill)

    def _measured(self, mark: Words) -> tuple[float, float, float]:
        """Give width, height and descent of a line, in pixels, as matplotlib places it."""
        words, kind = lettering(mark.words, mark.face, mark.size, mark.bold)
        key = words, kind
        if key not in self._sizes:
            measure = self._renderer.get_text_width_height_descent
            wide, tall, below = measure(words, kind, False)
            _, least, deep = measure("lp", kind, False)
            self._sizes[key] = wide, max(tall, least), max(below, deep)
        return self._sizes[key]


@lru_cache(maxsize=8192)
def _extent(mark: Mark) -> Part:
    """Give the area that a mark can touch, a little larger rather than smaller."""
    if isinstance(mark, Stroke):
        xs, ys = zip(*mark.points, strict=True)
        rim = mark.line + 1
        return min(xs) - rim, min(ys) - rim, max(xs) + rim, max(ys) + rim
    if isinstance(mark, Box):
        rim = mark.line + 1
        return mark.x - rim, mark.y - rim, mark.x + mark.width + rim, mark.y + mark.height + rim
    high = mark.size
    if isinstance(mark, Letter):
        wide = text_width(mark.words, mark.size, mark.face, True) / 2 + HALO + 1
        return mark.x - wide, mark.y - high, mark.x + wide, mark.y + high
    wide = text_width(mark.words, mark.size, mark.face, mark.bold) + 2
    left = mark.x - {"left": 2.0, "center": wide / 2, "right": wide}[mark.align]
    return left, mark.y - high, left + wide + 2, mark.y + high


def _touch(one: Part, other: Part) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _joined(parts: list[Part]) -> list[Part]:
    """Merge parts that overlap, so that nothing is drawn twice."""
    apart: list[Part] = []
    for part in parts:
        while True:
            near = next((one for one in apart if _touch(one, part)), None)
            if near is None:
                break
            apart.remove(near)
            part = (
                min(part[0], near[0]),
                min(part[1], near[1]),
                max(part[2], near[2]),
                max(part[3], near[3]),
            )
        apart.append(part)
    return apart


# ---- the file ---------------------------------------------------------------


def _encoded(
    size: tuple[int, int],
    frames: list[list[_Change]],
    solid: list[int],
    times: list[int],
    once: bool,
    comment: str,
) -> bytes:
    """Encode the GIF: one palette for all states, and of each state what differs from the one
    before.
    """
    colours, counts = np.unique(
        np.concatenate([change.colours.ravel() for frame in frames for change in frame]),
        return_counts=True,
    )
    chosen, nearest = _palette(colours, counts, solid)
    palette = bytes(_channels(chosen).astype(np.uint8).ravel()).ljust(3 * 256, b"\0")
    pixels = np.full((size[1], size[0]), _COLOURS, np.uint8)
    images = []
    for frame in frames:
        # What does not change is left out: long runs of one number pack well.
        fresh = np.full_like(pixels, _COLOURS)
        for left, top, part in frame:
            index = nearest[np.searchsorted(colours, part)]
            old = pixels[top : top + part.shape[0], left : left + part.shape[1]]
            new = fresh[top : top + part.shape[0], left : left + part.shape[1]]
            new[...] = np.where(index == old, _COLOURS, index)
            old[...] = index
        image = Image.frombytes("P", size, fresh.tobytes())
        image.putpalette(palette)
        images.append(image)
    file = io.BytesIO()
    images[0].save(
        file,
        "GIF",
        save_all=True,
        append_images=images[1:],
        duration=times,
        disposal=1,
        transparency=_COLOURS,
        optimize=False,
        comment=comment.encode("ascii", "replace"),
        **({} if once else {"loop": 0}),
    )
    return file.getvalue()


def _palette(
    colours: NDArray[np.uint32], counts: NDArray[np.int64], solid: Sequence[int]
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Choose the colours of the file.

    The colours that were asked for come first. Then colours are added one by one: always the one
    that would be farthest from its stand-in, and one of many pixels before one of few. So the soft
    edges of letters get their shades, and no thin line gets another line's hue.

    Returns:
        The colours, and for each colour of the pictures the index of the nearest one.
    """
    channels = _channels(colours)
    weight = np.sqrt(counts)
    farthest = np.full(len(colours), np.inf)
    nearest = np.zeros(len(colours), np.uint8)
    places: list[int] = []

    def choose(place: int) -> None:
        apart = channels - channels[place]
        apart *= apart
        distance = apart.sum(axis=1)
        nearer = distance < farthest
        farthest[nearer] = distance[nearer]
        nearest[nearer] = len(places)
        places.append(place)

    for place in np.flatnonzero(np.isin(colours, solid))[:_COLOURS]:
        choose(int(place))
    while len(places) < min(_COLOURS, len(colours)):
        choose(int((farthest * weight).argmax()))
    return colours[places], nearest


def _channels(packed: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Split packed colours into red, green and blue."""
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1).astype(np.float64)
