"""A storyboard: the entries before and after a statement, what was decided about each, and why.

It is cut to what is in it, so that it stands in a slide or a mail without white around it.

>>> run = zapviz.run("N = anon(2)\\nN[0] = 7\\nmadvise(N, MADV_DONTNEED)")
>>> sheet = draw_storyboard(run, *run.around(2))
>>> sheet.title
'A scenario: line 3, madvise(N, MADV_DONTNEED), kernel v6.18'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby, product
from typing import Final, NamedTuple, TypeAlias

from zapviz.render.figure.letters import text_width, wrap
from zapviz.render.figure.sheet import Sheet
from zapviz.render.figure.state import (
    WARNING,
    Colours,
    FigureTheme,
    colours_of,
    draw_columns,
    draw_groups,
    draw_legend,
    draw_order_note,
    draw_sign,
    draw_state,
    is_of_cpu,
    is_race,
    is_rich,
    legend_items,
    widths_of_lines,
)
from zapviz.render.palette import ENTRY_SIGNS
from zapviz.render.text.alt_text import change_title, describe_change
from zapviz.render.text.sentences import sentence_of_change
from zapviz.trace.record import Json, record_of
from zapviz.trace.run import Run
from zapviz.trace.state import Decision, Replay, State
from zapviz.words import format_range, how_many, joined

__all__ = ["draw_storyboard"]

_MARGIN: Final = 14.0  # points, as all lengths here
_GAP: Final = 18.0  # between the states
_LEAST: Final = 400.0  # points that the sentences have at least
_LEAST_RACE: Final = 560.0  # the same where CPUs stand beside each other
_SIGN_WORDS: Final = {"+changed": "changed", "+now": "decided"}
_MOST_REASONS: Final = 6
_MOST_PLACES: Final = 6  # most ranges of entries that are named beside one reason


def draw_storyboard(
    run: Run,
    since: int,
    step: int,
    *,
    theme: FigureTheme = "light",
    width: float = 10.0,
    dpi: float = 100.0,
) -> Sheet:
    """Draw two states of a run, and what was decided in between.

    Each entry that was decided carries a badge with the sign of its verdict, which the reasons
    below repeat. Where nothing was decided and nothing changed, it is the picture of one state.

    Args:
        run: The run.
        since: The state before; negative counts from the end.
        step: The state after it.
        theme: ``light``, ``dark``, ``print`` or ``any``.
        width: Inches that it has at most; at least 4.
        dpi: Pixels per inch of the raster forms.

    Raises:
        StateError: There is no such state.
        OptionError: There is no such theme.
    """
    since, step = sorted((run.number(since), run.number(step)))
    record = record_of(run)
    decisions = _decisions(record, since, step)
    before, after = Replay(record).at(since, since), Replay(record).at(step, since)
    counting = _counting(decisions)
    before, after = replace(before, decided={}), replace(after, decided=counting)
    decisions.sort(key=lambda one: one[1] != counting[one[0]])  # those with a badge come first
    if not (decisions or after.changed or before.sizes != after.sizes):
        return draw_state(record, step, theme=theme, width=width, dpi=dpi, cpus=True)
    look = colours_of(theme)
    most = max(4.0, width) * 72 - 2 * _MARGIN
    least = _LEAST_RACE if is_race(record) else _LEAST
    beside, pane, rich = _arrangement(record["rows"], most)
    content = max(min(most, least), beside * (pane + _GAP) - _GAP)
    sheet = Sheet(content + 2 * _MARGIN, look.ground, dpi)
    y = _draw_heading(sheet, run, since, step, look)
    y = _draw_states(sheet, before, after, look, y, (beside, pane, rich))
    y = _draw_counters(sheet, after, look, y + 12)
    y = _draw_reasons(sheet, record, decisions, look, y + 8)
    if record.get("turns"):
        y = draw_columns(sheet, _told(record, since, step), look, y + 8, taken=step)
    items = legend_items([before, after], rich=rich)
    items = [(sign, _SIGN_WORDS.get(sign, words)) for sign, words in items]
    y = draw_legend(sheet, look, y + 10, items)
    sheet.title = change_title(record, since, step)
    sheet.description = describe_change(run, since, step)
    return sheet.finish(y + _MARGIN)


# ---- what was decided ---------------------------------------------------------


_Place: TypeAlias = tuple[int, int]  # a row and a page


def _decisions(record: Json, since: int, step: int) -> list[tuple[_Place, Decision]]:
    """Give what was decided about entries, in order."""
    found: list[tuple[_Place, Decision]] = []
    for number in range(since + 1, step + 1):
        one = record["steps"][number - 1]
        if one["at"] is None or one["verdict"] not in ENTRY_SIGNS:
            continue
        row, page = one["at"]
        if record["rows"][row]["role"] == "mapping":
            found.append(((row, page), Decision(one["verdict"], one["wrong"] or "", number)))
    return found


def _counting(decisions: list[tuple[_Place, Decision]]) -> dict[_Place, Decision]:
    """Give for each entry the decision that counts: the one because of which an assertion fails,
    else the last one.
    """
    found: dict[_Place, Decision] = {}
    for place, one in decisions:
        if one.wrong or place not in found or not found[place].wrong:
            found[place] = one
    return found


def _told(record: Json, since: int, step: int) -> State:
    """Give the state whose step is to be pointed at in a schedule: the one that decides."""
    opens = record["opens"]
    return Replay(record).at(opens if since < opens <= step else step)


# ---- drawing ------------------------------------------------------------------


def _arrangement(rows: list[Json], room: float) -> tuple[int, float, bool]:
    """Decide how many states stand beside each other, how wide each is, and whether its cells are
    big.
    """
    for rich in (True, False) if is_rich(rows) else (False,):
        for beside, wide in product((2, 1), widths_of_lines(rows, rich)):
            if beside * (wide + _GAP) - _GAP <= room:
                return beside, wide, rich
    return 1, room, False


def _draw_heading(sheet: Sheet, run: Run, since: int, step: int, look: Colours) -> float:
    """Draw the title, the statement, and in a sentence what it did."""
    record = record_of(run)
    room = sheet.width - 2 * _MARGIN
    y = _MARGIN + 8
    for line in wrap(record["title"], room, 13, bold=True):
        sheet.text(_MARGIN, y, line, 13, look.text, bold=True)
        y += 18
    where = f"kernel {record['kernel']['name']}, states {since} to {step} of {run.last}"
    sheet.text(_MARGIN, y, where, 9, look.muted)
    y += 15
    for words in _statements(record, since, step):
        for line in wrap(words, room, 9, "mono", True):
            sheet.text(_MARGIN, y, line, 9, look.text, face="mono", bold=True)
            y += 13
    if is_race(record):
        return draw_order_note(sheet, record, look, y)
    for line in wrap(sentence_of_change(run, since, step), room, 10):
        sheet.text(_MARGIN, y + 2, line, 10, look.text)
        y += 14
    return y + 6


def _statements(record: Json, since: int, step: int) -> Iterable[str]:
    """Give the statements in between: all of them where they are few, else the first and last."""
    numbers = range(since + 1, step + 1)
    indexes = list(dict.fromkeys(record["steps"][n - 1]["statement"] for n in numbers))
    if len(indexes) > 3:
        indexes = [indexes[0], indexes[-1]]
    for index in indexes:
        one = record["statements"][index]
        result = "" if one["result"] in (None, "0") else f"  = {one['result']}"
        first, *body = [line.strip() for line in one["text"].splitlines()]
        yield f"line {one['line']}:  {first} {'; '.join(body)}".rstrip() + result


def _draw_states(
    sheet: Sheet,
    before: State,
    after: State,
    look: Colours,
    top: float,
    arranged: tuple[int, float, bool],
) -> float:
    beside, pane, rich = arranged
    y = bottom = top
    for at, (caption, state) in enumerate((("before", before), ("after", after))):
        left = _MARGIN + (at % beside) * (pane + _GAP)
        y = top if beside == 2 else bottom + (12 if at else 0)
        sheet.text(left, y + 6, caption, 10, look.text, bold=True)
        end = draw_groups(sheet, state, look, y + 18, left=left, room=pane + 1, rich=rich)
        bottom = max(bottom, end)
    return bottom


def _draw_counters(sheet: Sheet, after: State, look: Colours, top: float) -> float:
    """Draw the rss counters that are not 0 before and after; those that changed are framed."""
    x, y = _MARGIN, top + 8
    shown = False
    for count in after.counts:
        now, was = count.now, count.before
        if not now and not was:
            continue
        moved = now != was
        words = f"{count.kernel_name} {now}"
        if moved:
            words = f"{count.kernel_name} {was} \u2192 {now}"
        wide = text_width(words, 8, "mono", moved) + 12
        if shown and x + wide > sheet.width - _MARGIN:
            x, y = _MARGIN, y + 20
        edge = look.text if moved else look.line
        sheet.box(x + 1, y - 8, wide, 16, edge=edge, line=1.6 if moved else 1, radius=4)
        sheet.text(x + 7, y, words, 8, look.text, face="mono", bold=moved)
        x += wide + 8
        shown = True
    return y + 10 if shown else top


class _Reason(NamedTuple):
    """What decided some entries alike."""

    verdict: str
    by: str  # the CPU that decided, or ""
    reason: str
    source: str


def _draw_reasons(
    sheet: Sheet,
    record: Json,
    decisions: list[tuple[_Place, Decision]],
    look: Colours,
    top: float,
) -> float:
    """Draw each verdict with its sign, its entries and its reason; what is to blame comes first."""
    reasons, wrong = _reasons(record, decisions)
    room = sheet.width - 2 * _MARGIN - 20
    left, y = _MARGIN + 20, top
    for one, places in list(reasons.items())[:_MOST_REASONS]:
        y += 10
        draw_sign(sheet, look, ENTRY_SIGNS[one.verdict], _MARGIN + 7, y, 6.5)
        what = f"{one.by}{one.verdict} {_ranges(record, places)}"
        for line in wrap(what, room, 10, "mono", True):
            sheet.text(left, y, line, 10, look.text, face="mono", bold=True)
            y += 15
        if one in wrong:
            for line in wrap(f"{WARNING} {wrong[one]}", room, 10, bold=True):
                sheet.text(left, y, line, 10, look.wrong, bold=True)
                y += 14
        for line in wrap(one.reason, room, 10):
            sheet.text(left, y, line, 10, look.text)
            y += 14
        for line in wrap(one.source, room, 8, "mono"):
            sheet.text(left, y, line, 8, look.muted, face="mono")
            y += 12
    if len(reasons) > _MOST_REASONS:
        more = how_many(len(reasons) - _MOST_REASONS, "more reason")
        sheet.text(left, y + 8, f"and {more}", 9, look.muted)
        y += 16
    return y


def _reasons(
    record: Json, decisions: list[tuple[_Place, Decision]]
) -> tuple[dict[_Reason, set[_Place]], dict[_Reason, str]]:
    """Give the reasons, each with its entries; and which assertions fail because of some."""
    found: dict[_Reason, set[_Place]] = {}
    wrong: dict[_Reason, str] = {}
    for place, decision in decisions:
        step = record["steps"][decision.step - 1]
        source = step["source"] or (f"{step['function']}()" if step["function"] else "")
        by = f"CPU{step['cpu']}: " if is_of_cpu(record, step) else ""
        one = _Reason(decision.verdict or "", by, step["reason"] or "", source)
        found.setdefault(one, set()).add(place)
        if decision.wrong:
            wrong[one] = decision.wrong
    return dict(sorted(found.items(), key=lambda each: each[0] not in wrong)), wrong


def _ranges(record: Json, places: set[_Place]) -> str:
    """Name entries as the scenario language does; many are counted."""
    named = []
    for (row, _), run in groupby(enumerate(sorted(places)), lambda each: _key(*each)):
        pages = [page for _, (_, page) in run]
        named.append(format_range(record["rows"][row]["label"], pages[0], pages[-1] + 1))
    if len(named) > _MOST_PLACES:
        more = how_many(len(named) - _MOST_PLACES + 1, "other range")
        named[_MOST_PLACES - 1 :] = [more]
    return joined(named)


def _key(at: int, place: _Place) -> tuple[int, int]:
    """Give what consecutive pages of one row have alike."""
    return place[0], place[1] - at
