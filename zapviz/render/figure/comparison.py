"""A figure of a comparison: kernels side by side at the same step.

Entries that are not the same on all kernels are hatched and carry the sign of inequality,
so that nothing is told by colour alone.  Below stand the rules that make the difference,
with their commits.

>>> sheet = draw_comparison(zapviz.compare("reproducer", ["v5.17", "v6.12"]), theme="dark")
>>> sheet.width
720.0
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from zapviz.comparison.comparison import Comparison
from zapviz.comparison.partings import Parting, partings_of
from zapviz.model.program import COUNTERS
from zapviz.render.figure.letters import clip, text_width, wrap
from zapviz.render.figure.sheet import Sheet
from zapviz.render.figure.state import (
    STILL,
    UNEQUAL,
    Colours,
    FigureTheme,
    colours_of,
    draw_groups,
    draw_legend,
    draw_sign,
    groups_width,
    legend_items,
)
from zapviz.render.figure.still import image_html
from zapviz.render.text.comparison import (
    comparison_strips,
    differing_lines,
    in_turn_lines,
    in_turn_words,
    kernel_title,
)
from zapviz.render.text.sentences import sentence_of_parting
from zapviz.trace.state import Count, Replay, State
from zapviz.words import joined

__all__ = ["comparison_html", "comparison_words", "draw_comparison"]

_MARGIN = 14.0  # points, as all lengths here
_GAP = 14.0  # between panes
_HEAD = 46.0  # points above a pane's rows
_MOST_RULES = 3  # most partings that are explained


def draw_comparison(
    comparison: Comparison,
    frame: int = -1,
    *,
    theme: FigureTheme = "light",
    width: float = 10.0,
    dpi: float = 100.0,
) -> Sheet:
    """Draw the kernels of a comparison at one frame, ready to show, save or put on a slide.

    Args:
        comparison: The comparison.
        frame: The frame; negative counts from the end, -1 is the last.
        theme: ``light``, ``dark`` or ``print``.
        width: Inches; at least 4.
        dpi: Pixels per inch of the raster forms.

    Raises:
        StateError: There is no such frame.
        OptionError: There is no such theme.
    """
    look = colours_of(theme)
    frame = comparison.number(frame)
    states = _with_unlike_slots(
        [_state(comparison, frame, index) for index in range(len(comparison.runs))]
    )
    bare = [_without_slots(state) for state in states]
    sheet = Sheet(max(4.0, width) * 72, look.ground, dpi)
    y = _draw_heading(sheet, comparison, frame, look)
    room = sheet.width - 2 * _MARGIN
    beside, rich = _arrangement(bare, room)
    if _arrangement(states, room) != (beside, rich):
        states = bare  # many slots would take the entries' place, or make them small
    pane = (room - (beside - 1) * _GAP) / beside
    for first in range(0, len(states), beside):
        bottom = y
        for at, index in enumerate(range(first, min(first + beside, len(states)))):
            left = _MARGIN + at * (pane + _GAP)
            bottom = max(bottom, _draw_pane(sheet, comparison, frame, states[index], index, look,
                                            left, y, pane, rich))  # fmt: skip
        y = bottom + _GAP
    y = _draw_rules(sheet, comparison, frame, look, y)
    differs = bool(comparison.differences(frame).counters)
    y = draw_legend(sheet, look, y + 10, legend_items(states, rich=rich, differs=differs))
    title = comparison.runs[0].program.title or "A scenario"
    sheet.title = f"{title}, on {', '.join(k.name for k in comparison.kernels)}"
    sheet.description = comparison_words(comparison, frame)
    return sheet.finish(y + _MARGIN)


def comparison_html(comparison: Comparison, frame: int = -1, **options: Any) -> str:
    """Draw a comparison as an ``<img>`` with :func:`comparison_words` as alternative text.

    Args:
        options: As for :func:`draw_comparison`.
    """
    sheet = draw_comparison(comparison, frame, **{**STILL, **options})
    return image_html(sheet, comparison_words(comparison, frame))


def comparison_words(comparison: Comparison, frame: int = -1) -> str:
    """Say what the figure shows, in words and page strips: its alternative text."""
    frame = comparison.number(frame)
    differences = comparison.differences(frame)
    lines = [_where(comparison, frame), *in_turn_lines(comparison)]
    lines += [sentence_of_parting(comparison, parting) for parting in _explained(comparison, frame)]
    lines += ["", *comparison_strips(comparison, frame)]
    lines += (
        ["", *differing_lines(comparison, differences, "")]
        if differences
        else ["", "Nothing differs here."]
    )
    return "\n".join(lines)


def _state(comparison: Comparison, frame: int, index: int) -> State:
    """Give the state of one kernel, with the entries that differ."""
    state = Replay(comparison.runs[index]).at(comparison.frames[frame][index])
    shown = state.trace["rows"]
    rows = {row["id"]: number for number, row in enumerate(shown)}
    differing = {
        (rows[entry.row], entry.page)
        for entry in comparison.differences(frame).entries
        if entry.row in rows and entry.page < shown[rows[entry.row]]["pages"]
    }
    return replace(state, changed=frozenset(), differing=frozenset(differing))


def _with_unlike_slots(states: list[State]) -> list[State]:
    """Mark the swap slots that are in use on some kernel and free on another.

    Where every kernel uses as many slots, it does not matter which ones: none is marked.
    """
    used = [
        {
            (row, page)
            for row, about in enumerate(state.trace["rows"])
            for page in range(about["pages"])
            if about["role"] == "swap" and state.cell(row, page)["kind"] == "slot"
        }
        for state in states
    ]
    if len(set(map(len, used))) < 2:
        return states
    unlike = set[tuple[int, int]]().union(*used) - set[tuple[int, int]](used[0]).intersection(*used)
    return [
        replace(
            state, differing=state.differing | {place for place in unlike if _has(state, place)}
        )
        for state in states
    ]


def _has(state: State, place: tuple[int, int]) -> bool:
    """Tell whether a state has a place: a kernel that blocked may know fewer rows."""
    row, page = place
    return row < len(state.cells) and page < len(state.cells[row])


def _without_slots(state: State) -> State:
    """Leave out the row of swap slots, which comes last."""
    kept = [row for row in state.trace["rows"] if row["role"] != "swap"]
    differing = frozenset(place for place in state.differing if place[0] < len(kept))
    trace = {**state.trace, "rows": kept}
    return replace(state, trace=trace, cells=state.cells[: len(kept)], differing=differing)


def _arrangement(states: Sequence[State], room: float) -> tuple[int, bool]:
    """Decide how many panes stand beside each other, and whether their cells are big."""
    traces = [state.trace for state in states]
    count = len(traces)
    for beside in dict.fromkeys((count, 2, 1)):
        for rich in (True, False):
            wide = (room - (beside - 1) * _GAP) / beside
            if max(groups_width(trace["rows"], rich) for trace in traces) <= wide:
                return beside, rich
    return 1, False


def _where(comparison: Comparison, frame: int) -> str:
    if not frame:
        return "Before the first statement"
    return f"line {comparison.line(frame)}:  {comparison.text_of(frame)}"


def _draw_heading(sheet: Sheet, comparison: Comparison, frame: int, look: Colours) -> float:
    room = sheet.width - 2 * _MARGIN
    title = comparison.runs[0].program.title or "Kernels side by side"
    y = _MARGIN + 8
    for line in wrap(title, room, 13, bold=True):
        sheet.text(_MARGIN, y, line, 13, look.text, bold=True)
        y += 18
    count = f"step {frame} of {comparison.last}"
    sheet.text(_MARGIN, y, count, 9, look.muted)
    left = _MARGIN + text_width(count, 9) + 14
    words = clip(_where(comparison, frame), sheet.width - _MARGIN - left, 9, "mono", True)
    sheet.text(left, y, words, 9, look.text, face="mono", bold=True)
    for line in wrap(in_turn_words(comparison), room, 8.5):
        y += 14
        sheet.text(_MARGIN, y, line, 8.5, look.muted)
    return y + 18


def _draw_pane(
    sheet: Sheet,
    comparison: Comparison,
    frame: int,
    state: State,
    index: int,
    look: Colours,
    left: float,
    top: float,
    room: float,
    rich: bool,
) -> float:
    """Draw one kernel: its name, what it does here, its rows and counters."""
    kernel = comparison.kernels[index]
    name = clip(kernel.name, room, 11, "sans", True)
    sheet.text(left, top + 8, name, 11, look.text, bold=True)
    beside = left + text_width(name, 11, bold=True) + 8
    if beside + 40 < left + room:
        title = clip(kernel_title(kernel), left + room - beside, 8)
        sheet.text(beside, top + 9, title, 8, look.muted)
    doing = clip(_doing(comparison, frame, index, state), room, 8.5, "mono")
    sheet.text(left, top + 25, doing, 8.5, look.text, face="mono")
    bottom = draw_groups(sheet, state, look, top + _HEAD - 8, left=left, room=room, rich=rich)
    return _draw_counters(sheet, comparison, frame, index, look, left, bottom + 12, room)


def _doing(comparison: Comparison, frame: int, index: int, state: State) -> str:
    """Say what a kernel does at this frame, in a few words."""
    if not frame:
        return "nothing yet"
    result = comparison.results(frame)[index] if frame in comparison.ends() else "0"
    step = state.step
    if result in ("holds", "FAILS", "undecided"):
        return result
    came = "" if result == "0" else f"{result}: "
    if step is None or comparison.frames[frame][index] == comparison.frames[frame - 1][index]:
        return f"{came}no such step"
    verdict = f"{step['verdict']}: " if step["verdict"] in ("zapped", "kept", "changed") else ""
    return f"{came}{verdict}{step['title']}"


def _draw_counters(
    sheet: Sheet,
    comparison: Comparison,
    frame: int,
    index: int,
    look: Colours,
    left: float,
    top: float,
    room: float,
) -> float:
    """Draw the rss counters that are not 0 everywhere; those that differ are framed and signed."""
    differing = {each.counter for each in comparison.differences(frame).counters}
    worlds = [
        trace.world(number)
        for trace, number in zip(comparison.runs, comparison.frames[frame], strict=True)
    ]
    x, y = left, top
    for at, counter in product(range(len(worlds[index].processes)), range(len(COUNTERS))):
        if not any(world.processes[at].rss[counter] for world in worlds):
            continue
        process = worlds[index].processes[at]
        count = Count(process.name, COUNTERS[counter], process.rss[counter], 0)
        words = f"{count.kernel_name} {count.now}"
        differs = count.name in differing
        wide = text_width(words, 8, "mono", differs) + 12 + (11 if differs else 0)
        if x > left and x + wide > left + room:
            x, y = left, y + 20
        edge = look.text if differs else look.line
        sheet.box(x + 1, y - 8, wide, 16, edge=edge, line=1.6 if differs else 1, radius=4)
        sheet.text(x + 7, y, words, 8, look.text, face="mono", bold=differs)
        if differs:
            draw_sign(sheet, look, UNEQUAL, x + wide - 8, y, 5)
        x += wide + 8
    return y + 10


def _explained(comparison: Comparison, frame: int) -> list[Parting]:
    """Give the partings up to a frame."""
    return [each for each in partings_of(comparison) if each.frame <= frame][-_MOST_RULES:]


def _draw_rules(
    sheet: Sheet, comparison: Comparison, frame: int, look: Colours, top: float
) -> float:
    """Draw why the kernels differ: what each does, and the rule with its commit."""
    room = sheet.width - 2 * _MARGIN
    explained = _explained(comparison, frame)
    y = top + 2
    if not explained:
        sentence = "Nothing differs on the way; " if comparison.same else "Nothing differs so far; "
        sentence += "entries, data, sizes, counters and results are the same."
        sheet.text(_MARGIN, y, clip(sentence, room, 10), 10, look.text)
        return y + 8
    for parting in explained:
        for line in wrap(sentence_of_parting(comparison, parting), room, 10):
            sheet.text(_MARGIN, y, line, 10, look.text)
            y += 14
        for cause in parting.causes:
            by_value: dict[str, list[str]] = {}
            for kernel, value in zip(comparison.kernels, cause.values, strict=True):
                by_value.setdefault(str(value), []).append(kernel.name)
            values = "; ".join(f"{value} on {joined(names)}" for value, names in by_value.items())
            for line in wrap(f"{cause.rule}: {values}", room, 9, "mono", True):
                sheet.text(_MARGIN, y, line, 9, look.text, face="mono", bold=True)
                y += 13
            for line in wrap(f"{cause.commit}: {cause.difference.sentence}", room, 8.5):
                sheet.text(_MARGIN, y, line, 8.5, look.muted)
                y += 12
        y += 6
    return y - 6
