"""The decision table as text of 72 columns, as Markdown and as CSV.

>>> some = zapviz.table("v6.12", entries=["anon", "swap"], mappings="shmem-private", paths="punch")
>>> print(format_markdown(some))
On v6.12, in a private mapping of shmem:
<BLANKLINE>
| entry | hole punch |
| --- | --- |
| private page | kept |
| swap entry | kept |
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import Final, NamedTuple

from zapviz.decisions.cases import OWNERS, PATHS
from zapviz.decisions.decide import WORD_SIGNS, Cell, CellVerdict
from zapviz.decisions.table import AXES, Axes, Place, Table, label
from zapviz.render.text.lines import WIDTH, shortened, wrapped
from zapviz.words import joined

__all__ = [
    "format_box",
    "format_csv",
    "format_decisions",
    "format_differences",
    "format_markdown",
    "format_reasons",
    "heading",
    "layout",
    "notes",
    "shows",
]

_NOTES: Final = {
    **{sign: f"{sign}  {meaning}" for sign, meaning in WORD_SIGNS.items()},
    "waits": "waits: so does the call, for the folio lock that migration holds; then it zaps",
    "to uffd-wp": "to uffd-wp: zapped, and a uffd-wp marker takes the entry's place",
    "to guard": "to guard: zapped, and a guard marker takes the entry's place",
    "E": "EINVAL, EACCES: the kernel refuses the call",
    "-": "-  not possible: no such entry arises there, or no such call can be made",
}

_LABEL = 34  # most columns of what stands at the side or above


def notes(cells: Iterable[Cell]) -> list[str]:
    """Give the meanings of those words and signs of some cells that do not explain themselves."""
    signs: set[str] = set()
    for cell in cells:
        word = cell.word
        signs.add("E" if cell.verdict is CellVerdict.REFUSED else word.rstrip("+~! "))
        signs.add(word[-1])
    return [meaning for sign, meaning in _NOTES.items() if sign in signs]


def layout(table: Table, rows: Axes = None, columns: Axes = None) -> tuple[Axes, Axes]:
    """Give the axes that go down and across; those that are None are chosen.

    The usual ones are entries by mapping down, and across the paths or, of one path, the kernels.
    """
    named = {rows} if isinstance(rows, str) else set(rows or ())
    if columns is None:
        kernels = len(table.kernels) > 1 and len(table.ids("path")) == 1
        choices = ["kernel", "path"] if kernels else ["path", "kernel"]
        columns = next(one for one in choices if one not in named)
    taken = {columns} if isinstance(columns, str) else set(columns)
    if rows is None:
        order = ("kernel", "path", "mapping", "owner", "entry")
        rows = [axis for axis in order if axis not in taken]
        rows = [axis for axis in rows if axis in ("mapping", "entry") or len(table.ids(axis)) > 1]
    return rows, columns


def format_decisions(table: Table, rows: Axes = None, columns: Axes = None) -> str:
    """Write the table as text; columns that do not fit beside the others go on below.

    Args:
        table: The table.
        rows: The axes that go down; None: see :func:`layout`.
        columns: The axes that go across; None: see :func:`layout`.
    """
    laid = table.pivot(*(axes for axes in layout(table, rows, columns) if axes is not None))
    common = heading(table, (*laid.row_axes, *laid.column_axes)).splitlines()
    lines = [line for one in common for line in wrapped(one, hang=4)]
    inner = len(laid.row_axes) - 1
    labels = [shortened(label(laid.row_axes[-1], row[-1]), _LABEL) for row in laid.rows]
    heads = [[shortened(label(a, one), _LABEL) for a, one in zip(laid.column_axes, c, strict=True)]
             for c in laid.columns]  # fmt: skip
    wide = max(map(len, labels), default=0) + 2
    widths = [
        max([*map(len, head), *(len(_word(row[at])) for row in laid.cells)])
        for at, head in enumerate(heads)
    ]
    for outer, group in groupby(range(len(laid.rows)), lambda at: laid.rows[at][:inner]):
        members = list(group)
        outer_labels = [label(a, one) for a, one in zip(laid.row_axes, outer, strict=False)]
        # An entry that is not possible on any kernel has no line.
        members = [at for at in members if shows(laid.cells[at])]
        if not members:
            continue
        if outer_labels and len({row[:inner] for row in laid.rows}) > 1:
            lines += ["", *wrapped(", ".join(outer_labels), hang=4)]
        for block in _blocks(widths, WIDTH - 2 - wide):
            lines.append("")
            for level in range(len(laid.column_axes)):
                head = "".join(heads[at][level].ljust(widths[at] + 2) for at in block)
                lines.append(f"  {'':{wide}}{head}".rstrip())
            for at in members:
                words = "".join(_word(laid.cells[at][k]).ljust(widths[k] + 2) for k in block)
                lines.append(f"  {labels[at]:{wide}}{words}".rstrip())
    explained = notes(cell for row in laid.cells if shows(row) for cell in row if cell)
    if explained:
        lines += ["", *(line for one in explained for line in wrapped(one, "  ", 7))]
    return "\n".join(lines).lstrip("\n")


def _word(cell: Cell | None) -> str:
    return "" if cell is None else cell.word


def shows(cells: Iterable[Cell | None]) -> bool:
    """Tell whether some of the cells of a row are possible: other rows are left out."""
    return any(cell is not None and cell.verdict is not CellVerdict.IMPOSSIBLE for cell in cells)


def heading(table: Table, laid: Sequence[str]) -> str:
    """Say what all cells have in common: every axis with one value that is not laid out."""
    labels = []
    for axis in ("kernel", "mapping", "path", "entry"):
        ids = table.ids(axis)
        if len(ids) != 1 or (axis in laid and axis in ("path", "entry")):
            continue
        labels.append(f"kernel {table.kernels[0]}" if axis == "kernel" else label(axis, ids[0]))
    owners = table.ids("owner")
    if table.shared and len(owners) == 1 and "owner" not in laid:
        labels.append(OWNERS[owners[0]].meaning)
    return "\n".join(labels)


def _blocks(widths: Sequence[int], room: int) -> list[list[int]]:
    """Give the columns that fit beside each other, block by block."""
    blocks: list[list[int]] = [[]]
    used = 0
    for at, width in enumerate(widths):
        if blocks[-1] and used + width > room:
            blocks.append([])
            used = 0
        blocks[-1].append(at)
        used += width + 2
    return blocks


def format_differences(table: Table) -> str:
    """List what the kernels of a table decide differently: for each way in which they part, the
    places.

    In front stand groups of kernels, each with what it does; the places stand below. Where some
    kernel refuses the call whatever the entry, the entries are named together, at the end.
    """
    some = table.differences()
    if not some.places:
        return f"{joined([k.name for k in table.kernels])} decide everything here alike."
    patterns: dict[_Pattern, list[Place]] = {}
    for place in some.places:
        patterns.setdefault(_pattern(some.of(place)), []).append(place)
    lines = []
    for pattern in sorted(patterns, key=lambda one: one.refused):
        lines.append("")
        for word, kernels in pattern.groups:
            lines += wrapped(f"{word:<12} {', '.join(kernels)}", hang=13)
        lines += _refused(patterns[pattern]) if pattern.refused else _placed(patterns[pattern])
    explained = notes(cell for place in some.places for cell in some.of(place))
    lines += ["", *(line for one in explained for line in wrapped(one, "  ", 7))]
    return "\n".join(lines[1:])


class _Pattern(NamedTuple):
    """A way in which kernels part: each word with its kernels, the fewest first."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]
    refused: bool  # whether one of the words is an errno


def _pattern(cells: Iterable[Cell]) -> _Pattern:
    of_word: dict[str, list[str]] = {}
    refused = False
    for cell in cells:
        of_word.setdefault(cell.word, []).append(cell.kernel)
        refused |= cell.verdict is CellVerdict.REFUSED
    groups = [(word, tuple(names)) for word, names in of_word.items()]
    groups.sort(key=lambda one: (one[0] == "-", len(one[1])))
    return _Pattern(tuple(groups), refused)


def _placed(places: Iterable[Place]) -> list[str]:
    """List places entry by entry; mappings with the same paths stand together."""
    merged: dict[tuple[str, tuple[str, ...]], list[str]] = {}

    def row(place: Place) -> tuple[str, str]:
        return _entry_words(place), place[1]

    for (entry, mapping), group in groupby(sorted(places, key=_by_owner), row):
        merged.setdefault((entry, tuple(place[2] for place in group)), []).append(mapping)
    lines = []
    for (entry, paths), mappings in merged.items():
        path_labels = joined([label("path", one) for one in paths])
        lines += wrapped(f"{entry}: {path_labels},", "    ", 8)
        lines += wrapped(f"in {_in_words(mappings)}", "      ", 8)
    return lines


def _by_owner(place: Place) -> int:
    return list(OWNERS).index(place[3])


def _entry_words(place: Place) -> str:
    """Name the entry of a place and, where a child has a share, its owner."""
    owner = f" ({label('owner', place[3])})" if OWNERS[place[3]].shared else ""
    return f"{label('entry', place[0])}{owner}"


def _refused(places: Iterable[Place]) -> list[str]:
    """List the places of a call that some kernel refuses, path by path."""
    of_path: dict[str, dict[str, None]] = {}
    for place in places:
        of_path.setdefault(place[2], {})[_entry_words(place)] = None
    return [
        line
        for path, entries in of_path.items()
        for line in wrapped(f"{label('path', path)}: {', '.join(entries)}", "    ", 8)
    ]


_TOGETHER: Final = {
    ("shmem-private", "shmem-shared", "file-private", "file-shared"): "every mapping of a file",
    ("shmem-private", "file-private"): "private mappings of a file",
    ("shmem-shared", "file-shared"): "shared mappings of a file",
    ("shmem-private", "shmem-shared"): "mappings of shmem",
}


def _in_words(mappings: Sequence[str]) -> str:
    together = _TOGETHER.get(tuple(mappings))
    if together is not None:
        return together
    return joined([label("mapping", one) for one in mappings])


def format_reasons(table: Table) -> str:
    """Give the reasons: for each place what became of the entry, kernel by kernel, and the
    scenario.

    Kernels that do the same for the same reason stand together.
    """
    lines: list[str] = []
    for place in table.places:
        cells = table.of(place)
        lines += ["", cells[0].title]
        groups: dict[tuple[str, str], list[Cell]] = {}
        for cell in cells:
            groups.setdefault((cell.word, cell.reason), []).append(cell)
        for (word, reason), alike in groups.items():
            verdict_words = f"{word:<10} {', '.join(cell.kernel for cell in alike)}"
            lines += wrapped(verdict_words, "  ", 13)
            lines += wrapped(reason, "      ")
            last = alike[-1]
            if last.source:
                lines += wrapped(f"[{last.source}, {last.kernel}; {last.evidence}]", "      ")
        shown: dict[str, list[str]] = {}
        for cell in cells:
            shown.setdefault(cell.scenario, []).append(cell.kernel)
        for scenario, names in shown.items():
            lines.append("")
            if len(shown) > 1:
                lines += wrapped(f"on {', '.join(names)}:", "  ", 4)
            lines += [f"    {line}" for line in scenario.splitlines()]
    return "\n".join(lines[1:])


def format_markdown(table: Table, rows: Axes = None, columns: Axes = None) -> str:
    """Write the table as Markdown: one table for each value of the outer axes."""
    laid = table.pivot(*(axes for axes in layout(table, rows, columns) if axes is not None))
    inner = len(laid.row_axes) - 1
    heads = [" ".join(label(a, one) for a, one in zip(laid.column_axes, c, strict=True))
             for c in laid.columns]  # fmt: skip
    parts: list[str] = []
    for outer, group in groupby(range(len(laid.rows)), lambda at: laid.rows[at][:inner]):
        members = [at for at in group if shows(laid.cells[at])]
        if not members:
            continue
        fixed = dict(zip(laid.row_axes, outer, strict=False))
        parts.append("\n".join([
            f"{_place_words(table, fixed)}:",
            "",
            f"| {laid.row_axes[-1]} | {' | '.join(heads)} |",
            f"| --- | {' | '.join('---' for _ in heads)} |",
            *(
                f"| {label(laid.row_axes[-1], laid.rows[at][-1])} | "
                f"{' | '.join(_word(cell) or ' ' for cell in laid.cells[at])} |"
                for at in members
            ),
        ]))  # fmt: skip
    explained = notes(cell for row in laid.cells if shows(row) for cell in row if cell)
    parts += ["\n".join(f"- {one}" for one in explained)] if explained else []
    return "\n\n".join(parts)


def format_box(table: Table, count: str) -> str:
    """Write the text of a table that is too large to draw as HTML, in a box that scrolls.

    Args:
        table: The table.
        count: How many decisions it has, in words.
    """
    said = (
        f"{count}: scroll them here, or call <code>zapviz.explore_table()</code> to point at them"
    )
    return (
        f"<p>{said}.</p>"
        '<pre tabindex="0" role="region" aria-label="the decision table" '
        'style="max-height: 28em; overflow: auto">'
        f"{escape(format_decisions(table))}</pre>"
    )


def _place_words(table: Table, fixed: dict[str, str]) -> str:
    """Say on one line where a table of Markdown holds."""
    values = {axis: fixed.get(axis) or _only(table, axis) for axis in AXES}
    clauses = [f"on {values['kernel']}"] if values["kernel"] else []
    if values["mapping"]:
        name = label("mapping", values["mapping"])
        clauses.append(f"in {name}" if name.startswith("anon") else f"in a {name}")
    if table.shared and values["owner"]:
        clauses.append(OWNERS[values["owner"]].meaning)
    clauses += [f"{PATHS[values['path']].call}"] if values["path"] and "path" in fixed else []
    text = ", ".join(clauses) or "the decision table"
    return text[:1].upper() + text[1:]


def _only(table: Table, axis: str) -> str:
    ids = table.ids(axis)
    return ids[0] if len(ids) == 1 else ""


_FIELDS: Final = (
    *("entry", "mapping", "path", "kernel", "verdict", "after", "result", "waits"),
    *("reason", "rule", "source", "evidence", "scenario"),
)


def format_csv(table: Table) -> str:
    """Write the table as CSV, a line for each cell, with its reason, evidence and scenario."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*_FIELDS[:3], *(["owner"] if table.shared else []), *_FIELDS[3:]])
    for cell in table:
        rule = cell.rule.id if cell.rule else ""
        rows.writerow([
            cell.entry, cell.mapping, cell.path, *([cell.owner] if table.shared else []),
            cell.kernel, cell.verdict, cell.after or "",
            cell.result, "yes" if cell.waits else "no", cell.reason, rule, cell.source,
            cell.evidence, cell.scenario,
        ])  # fmt: skip
    return text.getvalue()
