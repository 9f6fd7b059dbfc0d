"""Figures: the states of a trace on a sheet, for notebooks and slides.

The rows, letters, hatches, borders and the edge of i_size are those of the live
grid, from the same palette.

>>> sheet = draw_state(zapviz.run("N = anon(2)\\nN[0] = 7"), -1, theme="dark")
>>> sheet.width
720.0
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from zapviz.errors import OptionError
from zapviz.model.program import COUNTERS, PAGE_BYTES
from zapviz.render.figure.letters import clip, text_width, wrap
from zapviz.render.figure.sheet import Sheet
from zapviz.render.figure.still import image_html
from zapviz.render.palette import (
    CHECK_SIGNS,
    CLASSES,
    CORNER_FLAGS,
    ENTRY_SIGNS,
    FLAG_MARKS,
    THEMES,
    VERDICT_INKS,
    Ink,
    contrast,
    drawn_letter,
    ink,
)
from zapviz.render.text.alt_text import describe_state, state_title
from zapviz.render.text.trace import format_state
from zapviz.trace.blocks import (
    Block,
    blocks_of,
    counters_met,
    in_blocks,
    life_word,
    owners_of,
    process_title,
    shared_pages,
)
from zapviz.trace.held import own_locks
from zapviz.trace.record import Json, record_of
from zapviz.trace.run import Run
from zapviz.trace.state import UNDECIDED, Count, Group, Replay, State, kinds_met, size_text

__all__ = [
    "STILL",
    "UNEQUAL",
    "WARNING",
    "Colours",
    "FigureTheme",
    "LegendItem",
    "colours_of",
    "draw_columns",
    "draw_groups",
    "draw_legend",
    "draw_order_note",
    "draw_sign",
    "draw_state",
    "figure_html",
    "groups_width",
    "is_of_cpu",
    "is_race",
    "is_rich",
    "lay_out_state",
    "legend_items",
    "texts_of",
    "widths_of_groups",
    "widths_of_lines",
]

FigureTheme: TypeAlias = Literal["light", "dark", "print", "any"]
"""The themes of figures; ``print`` is black on white with fills in grey: the letters tell the
classes. ``any`` has no ground of its own, and inks that can be read on white and on black: for a
picture in a page whose theme is not known.
"""

STILL: Final[dict[str, Any]] = {"theme": "any", "width": 6.9, "dpi": 116.0}
"""How a figure is drawn that stands in a page: on its ground, 800 pixels wide, no letter under
12 pixels."""

_MARGIN = 14.0  # points around everything, as all lengths here
_PAD = 9.0  # points inside a group
_HEAD = 26.0  # points above a band's rows, for i_size and the page numbers
_MOST_TURNS = 28  # steps of a schedule that are drawn
_TURN = 13.5  # points from one of them to the next
_GAP = 10.0  # points between groups, and between bands
_RICH_SPAN = 16  # most columns with which cells are big and tell what they hold
_RICH_ROWS = 8  # the same of rows, where they stand in blocks of several processes
_TITLE = 20.0  # points that the title of a block takes
_TITLE_ROOM = 110.0  # points of a line that it takes
_COUNTER_LINE = 13.0  # points from one line of counters to the next
_SLIGHT_HEAD = 7.0  # points above small cells in a block, which the file's count
_HATCH = "////"
_WORDS = {verdict: f"{sign} {verdict}" for verdict, sign in (ENTRY_SIGNS | CHECK_SIGNS).items()}
_WORDS["undecided"] = f"{CHECK_SIGNS['undecided']} {UNDECIDED}"
WARNING = "\u25b2"
"""The sign of a step because of which an assertion fails."""
UNEQUAL = "\u2260"
"""The sign of an entry that is not the same on another kernel."""

_SIGN_WORDS = {
    "+changed": "just changed",
    "+differs": "not the same on all",
    "+now": "being decided",
    "+edge": "end of file (i_size)",
    "+shared": "same number: the same page",
}
LegendItem: TypeAlias = tuple[str, str]
"""A kind of cell or a sign, and its meaning."""


def draw_state(
    trace: Run | Json,
    step: int = -1,
    *,
    since: int | None = None,
    theme: FigureTheme = "light",
    width: float = 10.0,
    dpi: float = 100.0,
    cpus: bool = False,
) -> Sheet:
    """Draw one state of a trace as a figure, ready to show, save or put on a slide.

    All figures of one trace that have the same width have the same size, so that they can follow
    each other on slides; the legend of each explains what is in it.

    Args:
        trace: A run, or its record.
        step: How many steps were taken; negative counts from the end, -1 is the last state.
        since: Hatch what changed since this state; None: since the state before.
        theme: ``light``, ``dark``, ``print`` or ``any``.
        width: Inches; at least 4.
        dpi: Pixels per inch of the raster forms.
        cpus: Whether to say of a race in which order its CPUs run, and to draw that order: a column
            for each CPU, time going down.

    Raises:
        StateError: There is no such state.
        OptionError: There is no such theme.
    """
    plain = record_of(trace)
    state = Replay(plain).at(step, since)
    sheet = lay_out_state(state, theme=theme, width=width, dpi=dpi, cpus=cpus)
    sheet.title = state_title(plain, step)
    sheet.description = describe_state(plain, step)
    return sheet.finish(sheet.height)


def lay_out_state(
    state: State,
    *,
    theme: FigureTheme = "light",
    width: float = 10.0,
    dpi: float = 100.0,
    legend: Sequence[LegendItem] | None = None,
    cpus: bool = False,
) -> Sheet:
    """Put one state on a sheet, and set the sheet's height.

    Args:
        state: The state.
        theme: ``light``, ``dark``, ``print`` or ``any``.
        width: Inches; at least 4.
        dpi: Pixels per inch of the raster forms.
        legend: What is explained, as for several states that are shown in turn; None: what is in
            this state.
        cpus: Whether to draw the order of a race's CPUs.
    """
    look = colours_of(theme)
    sheet = Sheet(max(4.0, width) * 72, look.ground, dpi)
    y = _draw_heading(sheet, state, look)
    if cpus and is_race(state.trace):
        y = draw_order_note(sheet, state.trace, look, y)
    y = draw_groups(sheet, state, look, y, counters=True)
    y = _draw_caption(sheet, state, look, y + 12)
    if not in_blocks(state.trace):
        y = _draw_counters(sheet, state, look, y + 8)
    if cpus and state.trace.get("turns"):
        y = draw_columns(sheet, state, look, y + 12)
    draw_legend(sheet, look, y + 10, legend_items([state]) if legend is None else legend)
    # There is room for all that any state of the trace holds, so that all have the same size.
    sheet.height = y + 10 + _legend_height(sheet, _every_item(state)) + _MARGIN
    return sheet


def figure_html(trace: Run | Json, step: int = -1, **options: Any) -> str:
    """Draw a state as an ``<img>`` with its page strips as the alternative text.

    Args:
        options: As for :func:`draw_state`.
    """
    plain = record_of(trace)
    return image_html(draw_state(plain, step, **{**STILL, **options}), format_state(plain, step))


# ---- looks ------------------------------------------------------------------


@dataclass(frozen=True)
class Colours:
    """The colours of one figure."""

    ground: str  # of the whole figure; "none": what lies under it
    background: str  # of signs, and letters on strong colours
    band: str
    text: str
    muted: str
    line: str
    outline: str
    edge: str
    beyond: str
    right: str
    wrong: str
    inks: dict[str, Ink]


_GREY = "#7a7a7a"  # 4.3:1 on white, 4.4:1 on the ground of dark pages
_ON_ANY: Final = {
    "ground": "none",
    "band": "none",
    "text": _GREY,
    "muted": _GREY,
    "line": _GREY,
    "outline": _GREY,
    "edge": "#dc4632",
    "beyond": "none",
    "right": "#5c8a00",
    "wrong": "#d6409f",
}


def colours_of(theme: FigureTheme) -> Colours:
    """Give the colours of a theme.

    Raises:
        OptionError: There is no such theme; the message lists them.
    """
    if theme not in ("light", "dark", "print", "any"):
        raise OptionError(f"there is no theme {theme!r}; the themes are light, dark, print and any")
    colours = THEMES["dark" if theme == "dark" else "light"]
    inks = {
        kind: ink(kind, "dark" if theme == "dark" else "light")
        for kind in (*CLASSES, *VERDICT_INKS)
    }
    band, edge = colours.band, colours.edge
    if theme == "print":
        inks = {kind: _grey(one) for kind, one in inks.items()}
        band, edge = "#ffffff", "#000000"
    right, wrong = ("#000000",) * 2 if theme == "print" else (colours.right, colours.wrong)
    look = Colours(
        colours.background,
        colours.background,
        band,
        colours.text,
        colours.muted,
        colours.line,
        colours.outline,
        edge,
        colours.beyond,
        right,
        wrong,
        inks,
    )
    if theme != "any":
        return look
    clear = {
        kind: Ink("none", _GREY, _GREY, one.dashed) if one.fill == colours.background else one
        for kind, one in inks.items()
    }
    return replace(look, **_ON_ANY, inks=clear)


def _grey(one: Ink) -> Ink:
    """Give an ink without its hue: the fill as light as it was, the rest black or white."""
    red, green, blue = (int(one.fill[start : start + 2], 16) for start in (1, 3, 5))
    level = round(0.299 * red + 0.587 * green + 0.114 * blue)
    fill = f"#{level:02x}{level:02x}{level:02x}"
    text = max(("#000000", "#ffffff"), key=lambda colour: contrast(colour, fill))
    return Ink(fill, text, "#000000", one.dashed)


# ---- the heading ------------------------------------------------------------


def _draw_heading(sheet: Sheet, state: State, look: Colours) -> float:
    room = sheet.width - 2 * _MARGIN
    y = _MARGIN + 8
    for line in wrap(state.trace["title"], room, 13, bold=True):
        sheet.text(_MARGIN, y, line, 13, look.text, bold=True)
        y += 18
    last = len(state.trace["steps"])
    where = f"kernel {state.trace['kernel']['name']}, state {state.number} of {last}"
    sheet.text(_MARGIN, y, where, 9, look.muted)
    statement = state.statement
    if statement is not None:
        left = _MARGIN + text_width(where, 9) + 14
        words = f"line {statement['line']}:  {' '.join(statement['text'].split())}"
        if statement["last"] <= state.number and statement["result"] not in (None, "0"):
            words += f"  = {statement['result']}"
        words = clip(words, sheet.width - _MARGIN - left, 9, "mono", True)
        sheet.text(left, y, words, 9, look.text, face="mono", bold=True)
    return y + 16


# ---- the grid ---------------------------------------------------------------


class _Placed(NamedTuple):
    """A group with its place, and its columns broken into bands."""

    group: Group
    x: float
    y: float
    width: float
    height: float
    label: float  # points; the width of the row labels
    columns: int  # how many columns a band has
    head: float = _HEAD  # points above the rows of a band
    framed: bool = True  # whether it has a frame of its own, and the words of i_size


class _Frame(NamedTuple):
    """The block of a process with its place, and where its counters stand."""

    process: str
    x: float
    y: float
    width: float
    height: float
    counters: tuple[tuple[int, float, float], ...]  # the number of each, and its place in the block


class _Cells(NamedTuple):
    """The measures of cells."""

    pitch: float  # points from one cell to the next
    size: float
    rich: bool  # whether cells tell what they hold


def draw_groups(
    sheet: Sheet,
    state: State,
    look: Colours,
    top: float,
    *,
    left: float = _MARGIN,
    room: float | None = None,
    rich: bool | None = None,
    counters: bool = False,
) -> float:
    """Draw the rows of a state, and give the lower end of the drawing in points.

    Args:
        sheet: The sheet.
        state: The state.
        look: The colours.
        top: Where the rows begin, in points from the top.
        left: Where they begin, in points from the left.
        room: How wide they may be, in points; None: the whole sheet.
        rich: Whether cells are big and tell what they hold; None: decided by how many there are.
        counters: Whether the block of each of several processes has its counters.
    """
    rows = state.trace["rows"]
    cells = _cells_of(is_rich(rows) if rich is None else rich)
    bottom = top
    room = sheet.width - 2 * _MARGIN if room is None else room
    shared = shared_pages(state)
    placed, frames = _place(state.trace, cells, room, counters)
    for frame in frames:
        _draw_frame(sheet, state, look, frame, left + frame.x, top + frame.y)
        bottom = max(bottom, top + frame.y + frame.height)
    for one in placed:
        _draw_group(sheet, state, look, cells, one, left + one.x, top + one.y, shared)
        bottom = max(bottom, top + one.y + one.height)
    return bottom


def groups_width(rows: list[Json], rich: bool) -> float:
    """Give the width of rows in points, where no group is broken into bands."""
    return max(widths_of_groups(rows, rich), default=0.0)


def widths_of_lines(rows: list[Json], rich: bool) -> list[float]:
    """Give the widths that rows can have in points: all groups in one line, fewer, one below the
    other.  Of one process's rows, all or one.
    """
    widths = widths_of_groups(rows, rich)
    if len(owners_of(rows)) > 1:
        widest = max(widths)
        return [count * (widest + _GAP) - _GAP for count in range(len(widths), 0, -1)]
    return [sum(widths) + _GAP * (len(widths) - 1), max(widths)]


def widths_of_groups(rows: list[Json], rich: bool) -> list[float]:
    """Give the width of each group of rows in points, where it is not broken into bands."""
    cells = _cells_of(rich)
    blocks = blocks_of(rows, owners_of(rows))
    labels = _label_widths(blocks, rows, cells)
    widths = [
        max(label + group.span * cells.pitch + 2 * _PAD for group in block.groups)
        for block, label in zip(blocks, labels, strict=True)
    ]
    return [
        wide if block.process is None else max(wide, _TITLE_ROOM)
        for block, wide in zip(blocks, widths, strict=True)
    ]


def is_rich(rows: list[Json]) -> bool:
    """Tell whether cells are big and tell what they hold, unless it is decided otherwise."""
    blocks = blocks_of(rows, owners_of(rows))
    spans = (group.span for block in blocks for group in block.groups)
    crowded = sum("process" in row for row in rows) > _RICH_ROWS
    return max(spans, default=0) <= _RICH_SPAN and not crowded


def _cells_of(rich: bool) -> _Cells:
    return _Cells(34, 30.5, True) if rich else _Cells(18, 15.8, False)


def _place(
    trace: Json, cells: _Cells, width: float, counters: bool
) -> tuple[list[_Placed], list[_Frame]]:
    """Put groups and blocks of processes beside each other while there is room, then below."""
    rows = trace["rows"]
    blocks = blocks_of(rows, trace.get("processes", ("",)))
    met = counters_met(trace) if counters else ()
    placed: list[_Placed] = []
    frames: list[_Frame] = []
    x = y = shelf = 0.0
    for block, label in zip(blocks, _label_widths(blocks, rows, cells), strict=True):
        frame = _frame(block, label, cells, width, met)
        top = 0.0 if frame is None else _TITLE + _counters_height(frame)
        inside = []
        for group in block.groups:
            one = _placed(group, rows, label, cells, width, frame is None)
            inside.append(one._replace(y=top))
            top += one.height - (0 if frame is None else _PAD)
        w = inside[0].width if frame is None else frame.width
        # What all processes have stands above their blocks.
        if x > 0 and (x + w > width or (frame is not None and not frames)):
            x, y, shelf = 0.0, y + shelf + _GAP, 0.0
        if frame is not None:
            frames.append(frame._replace(x=x, y=y, height=top + _PAD - 2))
        placed += [one._replace(x=x, y=y + one.y) for one in inside]
        x += w + _GAP
        shelf = max(shelf, top if frame is None else top + _PAD - 2)
    return placed, frames


def _placed(
    group: Group, rows: list[Json], label: float, cells: _Cells, width: float, framed: bool
) -> _Placed:
    """Break a group into bands, at no place yet."""
    fits = int((width - label - 2 * _PAD) // cells.pitch)
    columns = group.span if group.span <= fits else 1 << max(0, fits.bit_length() - 1)
    head = _HEAD if framed else (16.0 if cells.rich else _SLIGHT_HEAD)
    bands = _bands(group, rows, columns)
    h = _PAD - 4 + sum(head + len(inside) * cells.pitch + _GAP for _first, _end, inside in bands)
    w = label + columns * cells.pitch + 2 * _PAD
    return _Placed(group, 0, 0, w, h, label, columns, head, framed)


def _frame(
    block: Block, label: float, cells: _Cells, width: float, met: tuple[tuple[int, int], ...]
) -> _Frame | None:
    """Measure the block of a process, its counters beside its title or below; None: it is none."""
    if block.process is None:
        return None
    spans = [group.span for group in block.groups]
    w = max(_TITLE_ROOM, label + max(spans, default=0) * cells.pitch + 2 * _PAD)
    w = min(w, width)
    rooms = [text_width(f"{COUNTERS[at]} {most} +{most}", 8) + 8 for at, most in met]
    beside = _TITLE_ROOM + sum(rooms) + _PAD <= w
    x, y = (w - sum(rooms), _TITLE / 2) if beside else (_PAD, _TITLE + 4)
    counters = []
    for (at, _), room in zip(met, rooms, strict=True):
        if x > _PAD and x + room > w:
            x, y = _PAD, y + _COUNTER_LINE
        counters.append((at, x, y))
        x += room
    return _Frame(block.process, 0, 0, w, 0, tuple(counters))


def _counters_height(frame: _Frame) -> float:
    """Give how far the counters reach below the title."""
    lines = {y for _, _, y in frame.counters if y > _TITLE}
    return _COUNTER_LINE * len(lines)


def _draw_frame(
    sheet: Sheet, state: State, look: Colours, frame: _Frame, x: float, y: float
) -> None:
    """Draw the frame of a process's block, whether it is there, and its counters."""
    word = life_word(state.trace, frame.process, state.number)
    sheet.box(
        x, y, frame.width, frame.height, fill=look.band, edge=look.muted, line=1.2, radius=6,
        dashed=bool(word), order=0,
    )  # fmt: skip
    name = clip(process_title(frame.process), _TITLE_ROOM - 36 if word else _TITLE_ROOM - 4, 9.5,
                "sans", True)  # fmt: skip
    sheet.text(x + _PAD, y + _TITLE / 2 + 1, name, 9.5, look.text, bold=True)
    if word:
        beside = x + _PAD + text_width(name, 9.5, bold=True) + 5
        sheet.text(beside, y + _TITLE / 2 + 1, word, 8, look.text)
    first = state.trace["processes"].index(frame.process) * len(COUNTERS)
    for at, left, down in frame.counters:
        _draw_count(sheet, look, state.counts[first + at], x + left, y + down)


def _draw_count(sheet: Sheet, look: Colours, count: Count, x: float, y: float) -> None:
    moved = count.now != count.before
    sheet.text(x, y, count.counter, 8, look.text if moved else look.muted)
    x += text_width(count.counter, 8) + 3
    value = f"{count.now} {count.now - count.before:+d}" if moved else str(count.now)
    sheet.text(x, y, value.replace("-", "\u2212"), 8, look.text, bold=True)


def _bands(group: Group, rows: list[Json], columns: int) -> list[tuple[int, int, list[int]]]:
    """Give the first column, the end and the rows of each band of a group."""
    bands = []
    for first in range(0, group.span, columns):
        end = min(group.span, first + columns)
        inside = [
            row
            for row in group.rows
            if rows[row]["column"] < end and rows[row]["column"] + rows[row]["pages"] > first
        ]
        bands.append((first, end, inside))
    return bands


def _label_texts(row: Json, cells: _Cells) -> tuple[str, str]:
    """Give a row's name, and a description that fits."""
    if row["role"] == "swap":
        return row["label"], "" if not cells.rich else row["detail"].replace(
            row["label"], ""
        ).strip()
    if cells.rich:
        own = f" in {row['process']}" if row.get("process") else ""
        return row["label"], clip(row["detail"].removesuffix(own), 150, 7.5)
    short = "page cache" if row["role"] == "file" else row["detail"].split()[0]
    if "process" in row and short == "anonymous":  # the names of rows are longer there
        short = "anon"
    return clip(row["label"], 60, 9.5, "mono", True), short


def _label_widths(blocks: Sequence[Block], rows: list[Json], cells: _Cells) -> list[float]:
    """Give the width of the row labels of each block; among blocks of processes a column of pages
    stands at the same place in all.
    """
    widths = [
        max((_label_width(group, rows, cells) for group in block.groups), default=0.0)
        for block in blocks
    ]
    if all(block.process is None for block in blocks):
        return widths
    slots = [any(group.unit == "slot" for group in block.groups) for block in blocks]
    most = max(
        (wide for wide, of_slots in zip(widths, slots, strict=True) if not of_slots), default=0
    )
    return [wide if of_slots else most for wide, of_slots in zip(widths, slots, strict=True)]


def _label_width(group: Group, rows: list[Json], cells: _Cells) -> float:
    widest = 0.0
    for row in group.rows:
        name, detail = _label_texts(rows[row], cells)
        name_width = text_width(name, 10.5 if cells.rich else 9.5, "mono", True)
        detail_width = text_width(detail, 7.5)
        both = max(name_width, detail_width) if cells.rich else name_width + 5 + detail_width
        widest = max(widest, both)
    return max(widest, text_width(group.unit, 7.5)) + 12


def _draw_group(
    sheet: Sheet,
    state: State,
    look: Colours,
    cells: _Cells,
    placed: _Placed,
    x: float,
    y: float,
    shared: Mapping[tuple[int, int], str],
) -> None:
    group, rows = placed.group, state.trace["rows"]
    if placed.framed:
        box = (x, y, placed.width, placed.height)
        sheet.box(*box, fill=look.band, edge=look.line, radius=6, order=0)
    left = x + _PAD + placed.label
    top = y + _PAD - 4
    bands = _bands(group, rows, placed.columns)
    for first, end, inside in bands:
        top += placed.head
        height = len(inside) * cells.pitch
        if group.file is not None:
            is_last = end == group.span
            _draw_edge(sheet, state, look, cells, placed, (first, end, is_last), left, top, height)
        headed = placed.head > _SLIGHT_HEAD
        if headed:
            sheet.text(left - 8, top - 7.5, group.unit, 7.5, look.muted, align="right")
        every = 1 if cells.rich else 4
        for column in range(first, end) if headed else ():
            if column % every == 0:
                middle = left + (column - first) * cells.pitch + cells.size / 2
                sheet.text(middle, top - 7.5, str(column), 7.5, look.muted, align="center")
        for index, row in enumerate(inside):
            _draw_label(sheet, look, cells, rows[row], x + _PAD, top + index * cells.pitch)
            column0 = rows[row]["column"]
            for column in range(max(first, column0), min(end, column0 + rows[row]["pages"])):
                place = (row, column - column0)
                at_x, at_y = left + (column - first) * cells.pitch, top + index * cells.pitch
                _draw_cell(sheet, state, look, cells, place, at_x, at_y, shared.get(place, ""))
        top += height + _GAP


def _draw_label(sheet: Sheet, look: Colours, cells: _Cells, row: Json, x: float, y: float) -> None:
    name, detail = _label_texts(row, cells)
    middle = y + cells.size / 2
    if cells.rich:
        lift = 6 if detail else 0
        sheet.text(x, middle - lift, name, 10.5, look.text, face="mono", bold=True)
        if detail:
            sheet.text(x, middle + 7, detail, 7.5, look.muted)
    else:
        sheet.text(x, middle, name, 9.5, look.text, face="mono", bold=True)
        if detail:
            beside = x + text_width(name, 9.5, "mono", True) + 5
            sheet.text(beside, middle, detail, 7.5, look.muted)


def _draw_cell(
    sheet: Sheet,
    state: State,
    look: Colours,
    cells: _Cells,
    place: tuple[int, int],
    x: float,
    y: float,
    shared: str,
) -> None:
    cell = state.cell(*place)
    colours = look.inks[cell["kind"]]
    changed = place in state.changed or place in state.differing
    sheet.box(
        x,
        y,
        cells.size,
        cells.size,
        fill=colours.fill,
        edge=colours.border,
        line=1.8 if changed else 1.0,
        radius=cells.size / 7,
        dashed=colours.dashed,
        hatch=_HATCH if changed else None,
        order=1.5,
    )
    halo = colours.fill if changed else None
    middle = x + cells.size / 2
    lift = 0.40 if cells.rich else 0.5
    size = 13.0 if cells.rich else 9.0
    # In a small cell the number of what it shares follows the letter.
    letter = _letter(cell) + ("" if cells.rich else shared.removeprefix("#"))
    size = size if len(letter) < 3 else 7.5
    sheet.letter(middle, y + cells.size * lift, letter, size, colours.text, halo=halo)
    if cells.rich and shared and not shared.startswith("#"):  # a slot is written below
        _draw_tag(sheet, look, shared, x + 1.5, y + cells.size * lift)
    if cells.rich:
        mark, corner = _mark(cell), _corner(cell)
        sheet.letter(middle, y + cells.size * 0.80, mark, 6.5, colours.text, halo=halo)
        corner_x = x + cells.size - 4 - 2.0 * len(corner)
        sheet.letter(corner_x, y + 7, corner, 5.5, colours.text, halo=halo)
    if place in state.differing:
        r, inside = (5.4, 5.0) if cells.rich else (4.0, 1.2)
        draw_sign(sheet, look, UNEQUAL, x + inside, y + inside, r)
    decision = state.decided.get(place)
    if decision is not None:
        if len(state.decided) == 1:  # rings of neighbours would lie over each other
            _draw_ring(sheet, look, cells, x, y)
        if decision.verdict in ENTRY_SIGNS:
            r = 6.5 if cells.rich else 5.0
            sign = ENTRY_SIGNS[decision.verdict]
            draw_sign(sheet, look, sign, x + cells.size + 0.5, y + 0.5, r)
        if decision.wrong:
            at = x + cells.size, y + cells.size - 1
            sheet.letter(
                *at, WARNING, 17 if cells.rich else 13, look.background, face="sans", order=6.5
            )
            sheet.letter(*at, WARNING, 13 if cells.rich else 10, look.wrong, face="sans", order=6.6)


def _draw_tag(sheet: Sheet, look: Colours, words: str, x: float, y: float) -> None:
    """Draw the number of a page that several have, its middle at a point."""
    wide = text_width(words, 7, bold=True) + 5
    sheet.box(
        x - wide / 2, y - 5, wide, 10,
        fill=look.background, edge=look.text, line=0.9, radius=3, order=6.12,
    )  # fmt: skip
    sheet.letter(x, y, words, 7, look.text, face="sans", order=6.14)


def _draw_ring(sheet: Sheet, look: Colours, cells: _Cells, x: float, y: float) -> None:
    """Outline the entry being decided."""
    out = 2.2
    ring = (x - out, y - out, cells.size + 2 * out, cells.size + 2 * out)
    sheet.box(*ring, edge=look.background, line=4.4, radius=5, order=6)
    sheet.box(*ring, edge=look.outline, line=2.2, radius=5, order=6.1)


def draw_sign(sheet: Sheet, look: Colours, sign: str, x: float, y: float, r: float) -> None:
    """Draw a sign in a disc whose middle is at a point."""
    sheet.box(
        x - r, y - r, 2 * r, 2 * r,
        fill=look.outline, edge=look.background, line=1.2, radius=r, order=6.2,
    )  # fmt: skip
    sheet.letter(x, y, sign, 1.35 * r, look.background, face="sans", order=6.4)


def _draw_edge(
    sheet: Sheet,
    state: State,
    look: Colours,
    cells: _Cells,
    placed: _Placed,
    band: tuple[int, int, bool],
    left: float,
    top: float,
    height: float,
) -> None:
    """Draw where the file ends: a line, and the ground beyond it."""
    size = state.sizes.get(placed.group.file or "")
    if size is None:
        return
    first, end, is_last = band
    gap = cells.pitch - cells.size
    right = left + (end - first) * cells.pitch - gap / 2
    whole, rest = divmod(size, PAGE_BYTES)
    pages = size / PAGE_BYTES
    at = left + (whole - first) * cells.pitch + (cells.size * rest / PAGE_BYTES or -gap / 2)
    at = max(left - gap / 2, min(at, right))
    if pages < end:
        beyond = right - at + gap
        sheet.box(at, top - 2, beyond, height + 2, fill=look.beyond, order=0.5)
    if not (first < pages <= end or (pages == 0 and first == 0) or (is_last and pages > end)):
        return
    if pages > end and not placed.framed:
        return  # the file's own rows say so
    # Inside a page the line leaves the letters free; between two pages it runs through.
    inside = (0.14 * cells.size, 0.94 * cells.size) if rest else (0.0, 0.0)
    start = top - (14 if placed.framed else 3)
    for row in range(round(height / cells.pitch)):
        y = top + row * cells.pitch
        sheet.rule([(at, start), (at, y + inside[0])], look.edge, 2)
        start = y + inside[1]
    sheet.rule([(at, start), (at, top + height)], look.edge, 2)
    if not placed.framed:
        return
    words = size_text(size) + (" \u2192" if pages > end else "")
    before = at + 4 + text_width(words, 7.5, bold=True) > right + _PAD
    x = at - 4 if before else at + 4
    align: Literal["left", "right"] = "right" if before else "left"
    sheet.text(x, top - 16.5, words, 7.5, look.edge, bold=True, align=align)


def _letter(cell: Json) -> str:
    return drawn_letter(cell["kind"])


def _mark(cell: Json) -> str:
    """Say below a cell's letter what the cell holds."""
    if cell["kind"] == "swap" and cell["slot"] is not None:
        return f"#{cell['slot']}"
    if cell["kind"] == "migration":
        return "anon" if "anon" in cell["flags"] else "file"
    return "" if cell["data"] is None else str(cell["data"])


def _corner(cell: Json) -> str:
    return "".join(FLAG_MARKS[flag][0] for flag in cell["flags"] if flag in CORNER_FLAGS)


# ---- below the grid ---------------------------------------------------------


def _caption(step: Json | None, cpus: bool) -> tuple[str, str, str]:
    """Give the title, reason and source of a step.

    Args:
        step: The step.
        cpus: Whether to name the CPU that takes it.
    """
    if step is None:
        return "The empty world, before the first statement", "", ""
    source = step["source"] or (f"{step['function']}()" if step["function"] else "")
    title = f"CPU{step['cpu']}: {step['title']}" if cpus else step["title"]
    return title, step["reason"] or "", source


def texts_of(state: State, cpus: bool = False) -> list[str]:
    """Give what there is to read in the picture of a state, beside its grid and its numbers.

    Args:
        state: The state.
        cpus: Whether the picture says of a race in which order its CPUs run.
    """
    trace, statement, step = state.trace, state.statement, state.telling_step
    title, reason, _ = _caption(step, is_of_cpu(trace, step))
    texts = [trace["title"], title, reason]
    if statement is not None:
        texts.append(f"line {statement['line']}: {statement['text']}")
    if step is not None and step.get("wrong"):
        texts.append(step["wrong"])
    if cpus and is_race(trace):
        texts.append(trace["notes"][0])
    return texts


def is_of_cpu(trace: Json, step: Json | None) -> bool:
    """Tell whether one of several CPUs takes a step."""
    if step is None or not any(each["cpu"] for each in trace["steps"]):
        return False
    return bool(trace["statements"][step["statement"]]["text"].startswith("def CPU"))


def _caption_height(sheet: Sheet, trace: Json) -> float:
    """Give the height of the longest caption of the trace, so that all pictures are alike."""
    room = sheet.width - 2 * _MARGIN
    texts = {_caption(step, is_of_cpu(trace, step)) for step in (None, *trace["steps"])}
    return max(
        18 * len(_title_lines(sheet, title))
        + 14 * len(wrap(reason, room, 10))
        + 12 * len(wrap(source, room, 8, "mono"))
        for title, reason, source in texts
    ) + (16 if any(step.get("wrong") for step in trace["steps"]) else 0)


def _title_lines(sheet: Sheet, title: str) -> list[str]:
    widest = max(text_width(words, 10, bold=True) for words in _WORDS.values()) + 24
    return wrap(title, sheet.width - 2 * _MARGIN - widest, 10.5, "mono", True) or [""]


def _draw_caption(sheet: Sheet, state: State, look: Colours, top: float) -> float:
    room = sheet.width - 2 * _MARGIN
    step = state.telling_step
    title, reason, source = _caption(step, is_of_cpu(state.trace, step))
    x, y = _MARGIN, top + 8
    came = _came(state.trace, step)
    verdict = _WORDS.get(came)
    wrong = step.get("wrong") if step is not None else None
    if verdict is not None:
        strong = came in ("zapped", "fails")
        wide = text_width(verdict, 10, bold=True) + 14
        ink = look.wrong if wrong or came == "fails" else look.text
        ink = look.right if came == "holds" else ink
        fill = ink if strong else look.background
        sheet.box(x + 1, y - 8, wide, 16, fill=fill, edge=ink, line=1.5, radius=8)
        colour = look.background if strong else ink
        sheet.text(x + 8, y, verdict, 10, colour, bold=True)
        x += wide + 10
    for line in _title_lines(sheet, title):
        sheet.text(x, y, line, 10.5, look.text, face="mono", bold=True)
        y += 18
    if wrong:
        words = clip(f"{WARNING} {wrong}", room, 10, "sans", True)
        sheet.text(_MARGIN, y, words, 10, look.wrong, bold=True)
        y += 16
    for line in wrap(reason, room, 10):
        sheet.text(_MARGIN, y, line, 10, look.text)
        y += 14
    for line in wrap(source, room, 8, "mono"):
        sheet.text(_MARGIN, y, line, 8, look.muted, face="mono")
        y += 12
    return top + _caption_height(sheet, state.trace)


def _came(trace: Json, step: Json | None) -> str:
    """Give what a step came to: of an assertion its outcome, else what became of the entry."""
    if step is not None and step["kind"] == "check":
        return str(trace["statements"][step["statement"]].get("verdict") or step["verdict"])
    return str(step["verdict"]) if step is not None else ""


def _draw_counters(sheet: Sheet, state: State, look: Colours, top: float) -> float:
    room = sheet.width - 2 * _MARGIN
    wide = room / len(COUNTERS)
    for index, count in enumerate(state.counts):
        row, column = divmod(index, len(COUNTERS))
        if row and not column:  # the next process
            top += 22
        x = _MARGIN + column * wide
        now, before = count.now, count.before
        moved = now != before
        edge = look.text if moved else look.line
        sheet.box(x, top, wide - 6, 18, edge=edge, line=1.6 if moved else 1, radius=4)
        value = f"{now} ({now - before:+d})" if moved else str(now)
        value = value.replace("-", "\u2212")
        left = wide - 22 - text_width(value, 9, "mono", True)
        name = clip(count.kernel_name, left, 7.5, "mono")
        sheet.text(x + 6, top + 9, name, 7.5, look.muted, face="mono")
        sheet.text(
            x + wide - 12, top + 9, value, 9, look.text, face="mono", bold=True, align="right"
        )
    return top + 18


# ---- the order of a race's CPUs --------------------------------------------


def is_race(trace: Json) -> bool:
    """Tell whether a trace has CPUs."""
    return any(one["text"].startswith("def CPU") for one in trace["statements"])


def draw_order_note(sheet: Sheet, trace: Json, look: Colours, top: float) -> float:
    """Say in which order a race's CPUs run; give the lower end of the words in points."""
    for line in wrap(trace["notes"][0], sheet.width - 2 * _MARGIN, 9):
        sheet.text(_MARGIN, top, line, 9, look.text)
        top += 13
    return top + 3


def draw_columns(
    sheet: Sheet, state: State, look: Colours, top: float, *, taken: int | None = None
) -> float:
    """Draw the steps of a schedule, a column for each CPU, around the one that led to the state.

    Args:
        sheet: The sheet.
        state: The state; the step that led to it is framed.
        look: The colours.
        top: Where the columns begin, in points from the top.
        taken: The state up to which steps count as taken; None: that one.

    Returns:
        The lower end of the drawing in points; the same for every state of a trace.
    """
    turns = [one for one in state.trace["turns"] if one["after"] > one["before"]]
    cpus = sorted({one["cpu"] for one in turns})
    wide = (sheet.width - 2 * _MARGIN) / max(1, len(cpus))
    for at, cpu in enumerate(cpus):
        x = _MARGIN + at * wide
        sheet.text(x + 6, top + 6, f"CPU{cpu}", 9, look.text, face="mono", bold=True)
        sheet.rule([(x, top + 14), (x + wide - 8, top + 14)], look.line, 1)
    top += 22
    here = sum(one["after"] < state.number for one in turns)  # the step that led to the state
    shown = min(len(turns), _MOST_TURNS)
    first = max(0, min(here - shown // 2, len(turns) - shown))
    for row, turn in enumerate(turns[first : first + shown]):
        x, y = _MARGIN + cpus.index(turn["cpu"]) * wide, top + row * _TURN
        past = turn["after"] <= (state.number if taken is None else taken)
        now = first + row == here
        if now and turn["before"] < state.number:
            sheet.box(x, y - 6.5, wide - 8, _TURN - 1, edge=look.outline, line=1.6, radius=3)
        words = clip(_turn_words(state.trace, turns[: first + row], turn), wide - 20, 8.5, "mono")
        colour = look.text if past or now else look.muted
        sheet.text(x + 6, y, words, 8.5, colour, face="mono")
    return top + shown * _TURN


def _turn_words(trace: Json, before: Sequence[Json], turn: Json) -> str:
    """Describe a step of a schedule in a few words, with the locks that are taken along with it."""
    own = next((one["doing"] for one in turn["open"] if one["cpu"] == turn["cpu"]), "")
    step = trace["steps"][turn["after"] - 1]
    last = next((one["after"] for one in reversed(before) if one["cpu"] == turn["cpu"]), 0)
    held = own_locks(trace["steps"][last - 1]) if last else []
    gained = [lock for lock in own_locks(step) if lock not in held]
    words = own or str(step["title"])
    if step["kind"] == "lock" or not gained:
        return words
    return f"{words} + {', '.join(gained)}"


def legend_items(
    states: Sequence[State], *, rich: bool | None = None, differs: bool = False
) -> list[LegendItem]:
    """Give what there is to explain in some states: the kinds of cell, then the signs.

    Args:
        states: The states that are drawn.
        rich: Whether cells are big and tell what they hold; None: decided by how many there are.
        differs: Whether something other than a cell carries the sign of inequality.
    """
    cells = [
        state.trace["cells"][cell]
        for state in states
        for cell in set[int]().union(*map(set[int], state.cells))
    ]
    return _items(
        [state.trace for state in states],
        cells,
        {
            "+changed": any(state.changed for state in states),
            "+differs": differs or any(state.differing for state in states),
            "+now": any(len(state.decided) == 1 for state in states),
            "+edge": any(size is not None for state in states for size in state.sizes.values()),
            "+shared": any(shared_pages(state) for state in states),
        },
        rich,
    )


def _every_item(state: State) -> list[LegendItem]:
    """Give what there is to explain in all states of a trace."""
    kinds = kinds_met(state.trace)
    cells = [cell for cell in state.trace["cells"] if cell["kind"] in kinds]
    signs = {
        "+changed": True,
        "+now": True,
        "+edge": bool(state.sizes),
        "+shared": in_blocks(state.trace),
    }
    return _items([state.trace], cells, signs, None)


def _items(
    traces: Sequence[Json], cells: Sequence[Json], signs: Mapping[str, bool], rich: bool | None
) -> list[LegendItem]:
    kinds = {cell["kind"] for cell in cells}
    flags = {flag for cell in cells for flag in cell["flags"]}
    items = [(kind, entry.name) for kind, entry in CLASSES.items() if kind in kinds]
    items += [(sign, words) for sign, words in _SIGN_WORDS.items() if signs.get(sign)]
    if all(is_rich(trace["rows"]) for trace in traces) if rich is None else rich:
        items += [(f"={FLAG_MARKS[flag][0]}", FLAG_MARKS[flag][1].split(":")[0])
                  for flag in CORNER_FLAGS if flag in flags]  # fmt: skip
        if any(cell["data"] is not None for cell in cells):
            items.append(("=7", "the byte it holds"))
        if any(cell["kind"] == "swap" and cell["slot"] is not None for cell in cells):
            items.append(("=#7", "its swap slot"))
    return items


def _legend_places(sheet: Sheet, items: Sequence[LegendItem]) -> Iterator[tuple[float, float]]:
    """Give the place of each item, from the legend's top."""
    x, y = _MARGIN, 0.0
    for _, words in items:
        wide = 13 + 5 + text_width(words, 8) + 14
        if x + wide - 14 > sheet.width - _MARGIN:
            x, y = _MARGIN, y + 18
        yield x, y
        x += wide


def _legend_height(sheet: Sheet, items: Sequence[LegendItem]) -> float:
    return max((y for _, y in _legend_places(sheet, items)), default=0.0) + 13


def draw_legend(sheet: Sheet, look: Colours, top: float, items: Sequence[LegendItem]) -> float:
    """Draw the items that legend_items() gave; give the lower end of the drawing in points."""
    for (sign, words), (x, y) in zip(items, _legend_places(sheet, items), strict=True):
        _draw_legend_sign(sheet, look, sign, x, top + y)
        sheet.text(x + 18, top + y + 6.5, words, 8, look.text)
    return top + _legend_height(sheet, items)


def _draw_legend_sign(sheet: Sheet, look: Colours, sign: str, x: float, y: float) -> None:
    if sign == "+changed":
        sheet.box(x, y, 13, 13, edge=look.muted, line=1.6, radius=2, hatch=_HATCH)
    elif sign == "+differs":
        sheet.box(x, y, 13, 13, edge=look.muted, line=1.6, radius=2, hatch=_HATCH)
        draw_sign(sheet, look, UNEQUAL, x + 6.5, y + 6.5, 5)
    elif sign == "+now":
        sheet.box(x + 1, y + 1, 11, 11, edge=look.outline, line=2.2, radius=3)
    elif sign == "+edge":
        sheet.box(x + 6, y, 7, 13, fill=look.beyond, order=0.5)
        sheet.rule([(x + 6, y), (x + 6, y + 13)], look.edge, 2)
    elif sign == "+shared":
        _draw_tag(sheet, look, "3", x + 6.5, y + 6.5)
    elif sign.startswith("="):
        sheet.letter(x + 6.5, y + 6.5, sign[1:], 7, look.text)
    else:
        one = look.inks[sign]
        sheet.box(
            x, y, 13, 13, fill=one.fill, edge=one.border, radius=2, dashed=one.dashed, order=1
        )
        sheet.letter(x + 6.5, y + 6.5, drawn_letter(sign), 8, one.text)
