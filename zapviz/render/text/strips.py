"""Page strips of several states below each other: kernels at one step, or before and after.

A row that is the same in all states is shown once; another row is shown once for each state, with
carets under the entries that differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from zapviz.render.palette import CLASSES
from zapviz.render.text.lines import STRIP, WIDTH, ascii_only, rulers
from zapviz.trace.record import Json
from zapviz.trace.state import State, group_rows, size_text

__all__ = ["row_letters", "strips_beside"]


def strips_beside(
    sides: Sequence[tuple[str, State]],
    differing: Set[tuple[str, int]],
    apart: Set[str] = frozenset(),
    indent: str = "",
    *,
    slots: bool = False,
) -> list[str]:
    """Draw the strips of some states, each with its label.

    Args:
        sides: The label and the state of each.
        differing: Row id and page of each entry that gets a caret.
        apart: Ids of rows that are shown for each state; rows with carets are anyway.
        indent: The blanks before each line.
        slots: Whether to show the swap slots, too.
    """
    apart = {row for row, _ in differing} | apart
    # A run that blocked may never have come to know some rows.
    known = [
        [row for row in state.trace["rows"] if slots or row["role"] != "swap"] for _, state in sides
    ]
    shown = [
        row for row in max(known, key=len) if any(_exists(state, row["id"]) for _, state in sides)
    ]
    wide = max([5, *(len(row["label"]) + 1 for row in shown)])
    apart = apart & {row["id"] for row in shown}
    who = max(len(label) for label, _ in sides) + 2 if apart else 0
    start = len(indent) + wide + 1 + who
    lines: list[str] = []
    for group in group_rows(shown):
        for first in range(0, group.span, STRIP):
            end = min(group.span, first + STRIP)
            lines += [" " * start + ruler for ruler in rulers(first, end)]
            for row in (shown[index] for index in group.rows):
                if row["column"] >= end or row["column"] + row["pages"] <= first:
                    continue
                marks = "".join(
                    "^" if (row["id"], column - row["column"]) in differing else " "
                    for column in range(first, end)
                )
                strips = {row_letters(state, row, first, end) for _, state in sides}
                begins = first <= row["column"] < end  # its i_size stands beside this part
                lined = list(sides)
                if row["id"] not in apart or not ("^" in marks or len(strips) > 1 or begins):
                    lined = [("", sides[0][1])]
                before: list[str] = []
                for number, (label, state) in enumerate(lined):
                    head = f"{'' if number else row['label']:<{wide}} {label:<{who}}"
                    detail = _detail(state, row) if begins else []
                    letters = row_letters(state, row, first, end)
                    fresh = detail if detail != before else []
                    lines.append(_line(indent + head + letters, fresh))
                    before = detail
                lines += [" " * start + marks] if "^" in marks else []
    return [ascii_only(line).rstrip() for line in lines]


def row_letters(state: State, about: Json, first: int, end: int) -> str:
    """Give the letters of a row from one column to another; blanks where it has no page."""
    row = _row(state, about["id"])
    letters = ""
    for column in range(first, end):
        page = column - about["column"]
        if row is None or not 0 <= page < len(state.cells[row]):
            letters += " "
        else:
            letters += CLASSES[state.cell(row, page)["kind"]].letter
    return letters


def _row(state: State, name: str) -> int | None:
    rows = state.trace["rows"]
    return next((index for index, row in enumerate(rows) if row["id"] == name), None)


def _exists(state: State, name: str) -> bool:
    """Tell whether a row has anything to show."""
    row = _row(state, name)
    if row is None:
        return False
    return any(
        state.trace["cells"][cell]["kind"] not in ("unmapped", "free") for cell in state.cells[row]
    )


def _detail(state: State, row: Json) -> list[str]:
    """Give what stands beside a strip, the longest form first."""
    size = state.sizes.get(row["id"])
    if size is not None:
        return [f"{row['detail']}, {size_text(size)}", size_text(size)]
    return [row["detail"], row["detail"].split()[0]]


def _line(strip: str, details: Iterable[str]) -> str:
    room = WIDTH - len(strip) - 4
    fitting = next((words for words in details if len(words) <= room), "")
    return f"{strip}    {fitting}"
