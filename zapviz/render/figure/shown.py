"""The still picture of small figures: the rows of a state, or of several side by side, each with
its sentence.

>>> from zapviz.render.text.saying import Saying
>>> side = Side("", zapviz.run("N = anon(2)").as_json(), 1, Saying("", "N = anon(2).", ""), "")
>>> shown_html([side])[:30]
'<img src="data:image/png;base6'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from zapviz.render.figure.letters import wrap
from zapviz.render.figure.sheet import Sheet
from zapviz.render.figure.state import (
    STILL,
    Colours,
    FigureTheme,
    colours_of,
    draw_groups,
    groups_width,
    is_rich,
    widths_of_lines,
)
from zapviz.render.figure.still import image_html
from zapviz.render.text.saying import Saying
from zapviz.render.text.trace import format_state
from zapviz.trace.blocks import in_blocks
from zapviz.trace.record import Json
from zapviz.trace.state import Replay

__all__ = ["Side", "draw_shown", "shown_html"]

_MARGIN = 12.0  # points around everything, as all lengths here
_GAP = 14.0  # points between figures
_LEAST = 230.0  # points that a sentence needs beside another
_WIDEST = 516.0  # points of the whole picture
_LINE = 13.5  # points from one line of a sentence to the next
_DPI = float(STILL["dpi"])
_COLOURS = 64  # of the picture, letters with soft edges included


class Side(NamedTuple):
    """One figure: a state of a trace, and what is said of it."""

    caption: str  # "" where it stands alone
    trace: Json  # the record
    step: int  # the number of the state
    said: Saying
    fails: str  # what is said of failing assertions, or ""


def draw_shown(sides: Sequence[Side], *, theme: FigureTheme = "light") -> Sheet:
    """Draw figures side by side, as many as fit beside each other.

    Args:
        sides: The figures, at least one.
        theme: ``light``, ``dark`` or ``print``.

    Raises:
        OptionError: There is no such theme.
    """
    look = colours_of(theme)
    wide = [max(_LEAST, groups_width(side.trace["rows"], True)) for side in sides]
    if len(sides) == 1 and in_blocks(sides[0].trace):
        rows = sides[0].trace["rows"]
        lines = widths_of_lines(rows, is_rich(rows))
        wide = [next((one for one in lines if one <= _WIDEST - 2 * _MARGIN), lines[-1])]
    room = min(_WIDEST - 2 * _MARGIN, max(wide))
    beside = next(
        count
        for count in range(len(sides), 0, -1)
        if count == 1 or count * (max(wide) + _GAP) - _GAP <= _WIDEST - 2 * _MARGIN
    )
    if len(sides) == 1:
        room = max(room, 360.0)
    sheet = Sheet(beside * (room + _GAP) - _GAP + 2 * _MARGIN, look.ground, _DPI)
    y = _MARGIN
    for first in range(0, len(sides), beside):
        row = sides[first : first + beside]
        lefts = [_MARGIN + at * (room + _GAP) for at in range(len(row))]
        top = y + (18 if any(side.caption for side in row) else 0)
        bottom = max(
            _draw_rows(sheet, look, side, left, y, top, room)
            for side, left in zip(row, lefts, strict=True)
        )
        y = max(
            _draw_sentence(sheet, look, side, left, bottom + 14, room)
            for side, left in zip(row, lefts, strict=True)
        )
        y += _GAP
    sheet.title = sides[0].trace["title"] or "A scenario"
    sheet.description = shown_words(sides)
    return sheet.finish(y - _GAP + _MARGIN)


def shown_words(sides: Sequence[Side]) -> str:
    """Say what the picture shows, in sentences and page strips: its alternative text."""
    words = []
    for caption, trace, step, said, fails in sides:
        sentence = " ".join(part for part in (said.head, said.rest, fails) if part)
        words.append(f"{caption}: {sentence}" if caption else sentence)
        words.append(format_state(trace, step))
    return "\n".join(words)


def shown_html(sides: Sequence[Side], *, theme: FigureTheme = "any") -> str:
    """Draw figures as an ``<img>`` with :func:`shown_words` as its alternative text."""
    return image_html(draw_shown(sides, theme=theme), shown_words(sides), _COLOURS)


def _draw_rows(
    sheet: Sheet, look: Colours, side: Side, left: float, y: float, top: float, room: float
) -> float:
    """Draw a caption and the rows below it; give the lower end."""
    if side.caption:
        caption = wrap(side.caption, room, 10, "mono", True)[0]
        sheet.text(left, y + 6, caption, 10, look.text, face="mono", bold=True)
    state = Replay(side.trace).at(side.step)
    return draw_groups(sheet, state, look, top, left=left, room=room)


def _draw_sentence(
    sheet: Sheet, look: Colours, side: Side, left: float, y: float, room: float
) -> float:
    """Draw what is said below the rows; give the lower end."""
    inks = {"fails": look.wrong, "holds": look.right}
    said = side.said
    parts = [
        (said.head, inks.get(said.verdict, look.text), True),
        (said.rest, look.text, False),
        (side.fails, look.wrong, True),
    ]
    for words, colour, bold in parts:
        for line in wrap(words, room, 10, "sans", bold) if words else []:
            sheet.text(left, y, line, 10, colour, bold=bold)
            y += _LINE
    return y - _LINE / 2
