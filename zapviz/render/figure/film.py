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

import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox
from numpy.typing import NDArray
from PIL import Image
from PIL.GifImagePlugin import getdata

from zapviz.errors import ZapvizError
from zapviz.render.figure.bounds import MOST_FRAMES, check_film
from zapviz.render.figure.fonts import lettering
from zapviz.render.figure.letters import text_width
from zapviz.render.figure.picture import paths
from zapviz.render.figure.sheet import DASHES, HALO, POINTS, Box, Letter, Mark, Sheet, Stroke, Words
from zapviz.render.figure.state import FigureTheme, lay_out_state, legend_items, texts_of
from zapviz.render.text.alt_text import describe_state, state_title
from zapviz.trace.record import Json, record_of
from zapviz.trace.run import Run
from zapviz.trace.state import Replay, State
from zapviz.work import Steps, Stopped, whole

__all__ = ["film_steps", "format_gif"]

_BAND = 1 << 20  # pixels that are packed at a time
_COLOUR = np.uint32(0xFFFFFF)  # what of a pixel is colour: red lowest, blue highest
_WORD = 0.25  # seconds to read a word
_LEAST = 0.8  # seconds that a picture stays where there is little to read
_HOLD = 3  # times as long as the others stays the last one
# One more colour stands for what was there before.  More colours look the same, and pack badly.
_COLOURS = 127

Part: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom, in points


class _Change(NamedTuple):
    """A part of a picture that is new, in pixels, until the next one is drawn."""

    left: int
    top: int
    colours: NDArray[np.uint32]  # _COLOUR of each


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
        ZapvizError: There would be too many states, or none; or they would take too much memory or
            time.
    """
    return whole(
        film_steps(
            trace,
            step,
            since=since,
            stop=stop,
            seconds=seconds,
            once=once,
            theme=theme,
            width=width,
            dpi=dpi,
            cpus=cpus,
        )
    )


def film_steps(
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
) -> Steps[bytes]:
    """Draw as :func:`format_gif` does, in steps; told to stop, it gives nothing.

    Raises:
        ZapvizError: As of :func:`format_gif`; or it was stopped.
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
    scale = first.dpi / POINTS
    check_film(int(first.width * scale), int(first.height * scale), len(states), dpi)
    film = _Film()
    size, solid = yield from _drawn(chain([first], sheets), film, len(states))
    comment = (
        f"{state_title(plain, numbers[-1])}. The last state: {describe_state(plain, numbers[-1])}"
    )
    times = _times(states, seconds, cpus)
    return (yield from film.encoded(size, solid, times, once, comment))


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
    if len(numbers) > MOST_FRAMES:
        raise ZapvizError(
            f"a film of {len(numbers)} states is too long, the most is {MOST_FRAMES}; stop at "
            "each statement or pass, or show fewer: from state --since to state --step"
        )
    return numbers


# ---- drawing what differs ---------------------------------------------------


def _drawn(
    sheets: Iterator[Sheet], film: _Film, many: int
) -> Steps[tuple[tuple[int, int], list[int]]]:
    """Draw the sheets, and keep of each what differs from the one before.

    Returns:
        The size in pixels; and the colours that were asked for, without those of blurred edges.
    """
    first = next(sheets)
    canvas = _Canvas(first)
    used = {first.background: None}
    used.update(dict.fromkeys(colour for mark in first.marks for colour in _colours(mark)))
    film.add([canvas.draw(first.marks, canvas.whole)])
    shown = first.marks
    for number, sheet in enumerate(sheets, 1):
        _go_or_stop((yield f"{number} of {many} pictures"))
        old, new = Counter(shown), Counter(sheet.marks)
        differing = [*(old - new), *(new - old)]
        used.update(dict.fromkeys(colour for mark in differing for colour in _colours(mark)))
        parts = _joined([_extent(mark) for mark in differing])
        film.add(canvas.draw(sheet.marks, part) for part in parts)
        shown = sheet.marks
    asked = [bytes.fromhex(colour[1:]) for colour in used if colour != "none"]
    return canvas.size, [int.from_bytes(colour, "little") for colour in asked]


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
        pixels = np.asarray(self._renderer.buffer_rgba()).view("<u4")[..., 0]
        return _Change(left, top, pixels[top:bottom, left:right])

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


class _Film:
    """The pictures of a film, packed, and how often each colour was drawn."""

    def __init__(self) -> None:
        self._frames: list[list[tuple[int, int, int, int, bytes]]] = []
        self._counts: dict[int, int] = {}

    def add(self, changes: Iterable[_Change]) -> None:
        """Keep what is new in a picture: some rows at a time, so that little is held unpacked."""
        frame = []
        for left, top, colours in changes:
            high, wide = colours.shape
            for row in range(0, high, rows := max(1, _BAND // wide)):
                band = np.ascontiguousarray(colours[row : row + rows]) & _COLOUR
                for colour, count in zip(*np.unique(band, return_counts=True), strict=True):
                    self._counts[int(colour)] = self._counts.get(int(colour), 0) + int(count)
                packed = zlib.compress(band.tobytes(), 1)
                frame.append((left, top + row, wide, len(band), packed))
        self._frames.append(frame)

    def encoded(
        self, size: tuple[int, int], solid: list[int], times: list[int], once: bool, comment: str
    ) -> Steps[bytes]:
        """Encode the GIF: one palette for all states, and of each state what differs from the one
        before.
        """
        colours = np.array(sorted(self._counts), np.uint32)
        counts = np.array([self._counts[int(one)] for one in colours])
        chosen, nearest = _palette(colours, counts, solid)
        palette = bytes(_channels(chosen).astype(np.uint8).ravel()).ljust(3 * 256, b"\0")
        shown = np.full((size[1], size[0]), _COLOURS, np.uint8)
        file = [_head(size, palette, once, comment)]
        for number, (frame, time) in enumerate(zip(self._frames, times, strict=True)):
            # What does not change is left out: long runs of one number pack well.
            box = _around(frame)
            fresh = np.full((box[3] - box[1], box[2] - box[0]), _COLOURS, np.uint8)
            for left, top, wide, high, packed in frame:
                part = np.frombuffer(zlib.decompress(packed), np.uint32).reshape(high, wide)
                index = nearest[np.searchsorted(colours, part)]
                old = shown[top : top + high, left : left + wide]
                new = fresh[top - box[1] :, left - box[0] :][:high, :wide]
                new[...] = np.where(index == old, _COLOURS, index)
                old[...] = index
            image = Image.frombytes("P", fresh.shape[::-1], fresh.tobytes())
            image.putpalette(palette)
            file += getdata(
                image,
                box[:2],
                duration=time,
                disposal=1,
                transparency=_COLOURS,
                interlace=0,
            )
            _go_or_stop((yield f"written {number + 1} of {len(times)} pictures"))
        return b"".join([*file, b";"])


def _around(frame: list[tuple[int, int, int, int, bytes]]) -> tuple[int, int, int, int]:
    """Give the box around all that is new in a picture; of one without news, a corner."""
    if not frame:
        return 0, 0, 1, 1
    return (
        min(left for left, *_ in frame),
        min(top for _, top, *_ in frame),
        max(left + wide for left, _, wide, *_ in frame),
        max(top + high for _, top, _, high, _ in frame),
    )


def _head(size: tuple[int, int], palette: bytes, once: bool, comment: str) -> bytes:
    """Write what stands before the pictures: size, colours, whether it begins again, a comment."""
    said = comment.encode("ascii", "replace")
    blocks = [said[at : at + 255] for at in range(0, len(said), 255)]
    return b"".join(
        [
            b"GIF89a" + struct.pack("<HHBBB", *size, 0xF7, 0, 0) + palette,
            b"" if once else b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0",
            b"!\xfe" + b"".join(bytes([len(one)]) + one for one in blocks) + b"\0",
        ]
    )


def _go_or_stop(stop: bool | None) -> None:
    if stop:
        raise Stopped("stopped before all pictures were drawn, so there is no GIF")


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
    return np.stack([packed & 255, packed >> 8 & 255, packed >> 16], axis=1).astype(np.float64)
