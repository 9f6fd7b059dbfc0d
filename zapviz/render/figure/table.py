"""The decision table drawn with matplotlib, for slides, papers and notebooks.

Each cell holds a sign and a word; its colour is that of what stands there afterwards, and
says nothing that the word does not.

>>> some = zapviz.table("v5.17", mappings="shmem-private", paths=["truncate", "punch"])
>>> sheet = draw_table(some, theme="print")
"""

from __future__ import annotations

from itertools import groupby
from typing import Any, NamedTuple

from zapviz.decisions.decide import Cell, CellVerdict
from zapviz.decisions.table import Axes, Pivot, Table, label
from zapviz.render.figure.letters import text_width, wrap
from zapviz.render.figure.sheet import Sheet
from zapviz.render.figure.state import Colours, FigureTheme, colours_of
from zapviz.render.figure.still import image_html
from zapviz.render.palette import VERDICTS
from zapviz.render.text.table import format_decisions, heading, layout, notes, shows

__all__ = ["draw_table", "table_html"]

_MARGIN = 16.0  # points, as all lengths here
_SIZES = (12.0, 11.0, 10.0, 9.0, 8.0)  # of the words, in points: the largest that fits


class _Measures(NamedTuple):
    """The measures of a drawn table, in points."""

    size: float  # the size of the words
    labels: float  # the width of the row labels
    column: float  # the width of a column
    heads: tuple[tuple[str, ...], ...]  # the lines over each column

    @property
    def row(self) -> float:
        """The height of a row."""
        return self.size * 2.1


def draw_table(
    table: Table,
    rows: Axes = None,
    columns: Axes = None,
    *,
    theme: FigureTheme = "light",
    width: float = 10.0,
    dpi: float = 100.0,
) -> Sheet:
    """Draw a table as a figure, ready to show, save or put on a slide.

    Args:
        table: The part to draw; a few hundred cells are as much as one can read.
        rows: The axes that go down; None: entries by mapping.
        columns: The axes that go across; None: the paths, or the kernels of one path.
        theme: ``light``, ``dark`` or ``print``.
        width: Inches; wider where the columns need it.
        dpi: Pixels per inch of the raster forms.

    Raises:
        ZapvizError: There is no such axis or theme.
    """
    look = colours_of(theme)
    laid = table.pivot(*(axes for axes in layout(table, rows, columns) if axes is not None))
    sizes = _fitting(laid, width * 72 - 2 * _MARGIN)
    room = sizes.labels + len(laid.columns) * sizes.column
    sheet = Sheet(max(width * 72, room + 2 * _MARGIN), look.ground, dpi)
    y = _draw_title(sheet, look, heading(table, (*laid.row_axes, *laid.column_axes)))
    inner = len(laid.row_axes) - 1
    groups = groupby(range(len(laid.rows)), lambda at: laid.rows[at][:inner])
    several = len({row[:inner] for row in laid.rows}) > 1
    for outer, members in groups:
        shown = [at for at in members if shows(laid.cells[at])]
        if not shown:
            continue
        if several:
            named = zip(laid.row_axes, outer, strict=False)
            words = ", ".join(label(axis, one) for axis, one in named)
            sheet.text(_MARGIN, y + 8, words, sizes.size, look.text, bold=True)
            y += sizes.size * 1.9
        y = _draw_heads(sheet, look, sizes, y)
        for at in shown:
            y = _draw_row(sheet, look, sizes, laid, at, y)
        y += sizes.size
    y = _draw_notes(sheet, look, laid, y)
    sheet.title = "What becomes of each entry"
    sheet.description = format_decisions(table)
    return sheet.finish(y + _MARGIN / 2)


def table_html(table: Table, **options: Any) -> str:
    """Draw a table as an ``<img>`` with its text form as the alternative text.

    Args:
        options: As for :func:`draw_table`.
    """
    words = format_decisions(table, options.get("rows"), options.get("columns"))
    return image_html(draw_table(table, **{"theme": "any", **options}), words)


def _fitting(laid: Pivot, room: float) -> _Measures:
    """Give the largest measures that fit into a width, or the smallest there are."""
    words = {_shown(cell) for row in laid.cells for cell in row if cell is not None}
    axis = laid.row_axes[-1]
    heads = tuple(
        tuple(
            line
            for a, one in zip(laid.column_axes, column, strict=True)
            for line in _broken(label(a, one), len(laid.columns) > 6)
        )
        for column in laid.columns
    )
    for size in _SIZES:
        labels = max((text_width(label(axis, row[-1]), size) for row in laid.rows), default=0) + 14
        cells = [text_width(one, size - 1) for one in words]
        lines = [text_width(line, size - 1, bold=True) for head in heads for line in head]
        column = max([*(wide + 16 for wide in cells), *(wide + 10 for wide in lines), 40])
        if labels + column * len(heads) <= room:
            column = max(column, min(130, (room - labels) / len(heads)))
            break
    return _Measures(size, labels, column, heads)


def _broken(name: str, narrow: bool) -> list[str]:
    """Break the head over a narrow column into lines; a sign that joins words begins a line."""
    if not narrow or len(name) < 9:
        return [name]
    for sign in (" ", "=", "_"):
        at = name.find(sign, 2)
        if 0 < at < len(name) - 1:
            cut = at + (sign == "_")
            return [name[:cut], *_broken(name[cut:].strip(), narrow)]
    return [name]


def _shown(cell: Cell) -> str:
    sign = VERDICTS[cell.verdict].sign
    return sign if cell.verdict is CellVerdict.IMPOSSIBLE else f"{sign} {cell.word}"


def _draw_title(sheet: Sheet, look: Colours, title: str) -> float:
    y = _MARGIN + 8
    sheet.text(_MARGIN, y, "What becomes of an entry", 15, look.text, bold=True)
    y += 22
    for part in title.split("\n"):
        for line in wrap(part, sheet.width - 2 * _MARGIN, 11):
            sheet.text(_MARGIN, y, line, 11, look.muted)
            y += 15
    return y + 2


def _draw_heads(sheet: Sheet, look: Colours, sizes: _Measures, top: float) -> float:
    deep = max((len(head) for head in sizes.heads), default=0)
    pitch = sizes.size * 1.25
    for at, head in enumerate(sizes.heads):
        x = _MARGIN + sizes.labels + (at + 0.5) * sizes.column
        for k, line in enumerate(head):
            y = top + (deep - len(head) + k + 0.6) * pitch
            sheet.text(x, y, line, sizes.size - 1, look.text, bold=True, align="center")
    return top + deep * pitch + 4


def _draw_row(
    sheet: Sheet, look: Colours, sizes: _Measures, laid: Pivot, at: int, top: float
) -> float:
    middle = top + sizes.row / 2
    row_label = label(laid.row_axes[-1], laid.rows[at][-1])
    sheet.text(_MARGIN, middle, row_label, sizes.size, look.text)
    for k, cell in enumerate(laid.cells[at]):
        if cell is None:
            continue
        x = _MARGIN + sizes.labels + k * sizes.column
        centre = x + sizes.column / 2
        if cell.verdict is CellVerdict.IMPOSSIBLE:
            sheet.text(centre, middle, _shown(cell), sizes.size, look.muted, align="center")
            continue
        one = look.inks[VERDICTS[cell.verdict].ink]
        sheet.box(
            x + 2, top + 1.5, sizes.column - 4, sizes.row - 3,
            fill=one.fill, edge=one.border, line=1.2, radius=3, dashed=one.dashed,
        )  # fmt: skip
        sheet.text(centre, middle, _shown(cell), sizes.size - 1, one.text, align="center")
    return top + sizes.row


def _draw_notes(sheet: Sheet, look: Colours, laid: Pivot, top: float) -> float:
    y = top + 4
    cells = [cell for row in laid.cells if shows(row) for cell in row if cell is not None]
    for note in notes(cells):
        for line in wrap(note.replace("-  ", "\u2013  ", 1), sheet.width - 2 * _MARGIN, 9):
            sheet.text(_MARGIN, y, line, 9, look.muted)
            y += 13
    return y
