"""The decision table, or any part of it: selected, laid out, and as plain values.

The cells are those of :mod:`zapviz.decisions.decide`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple, Self, TypeAlias, TypeVar, overload

from zapviz.decisions.cases import (
    ALONE,
    ENTRIES,
    MAIN_ENTRIES,
    MAIN_PATHS,
    MAPPINGS,
    OWNERS,
    PATHS,
)
from zapviz.decisions.decide import WORD_SIGNS, Cell, CellVerdict, Decided, decide_all, deciding
from zapviz.errors import ZapvizError, choices_hint
from zapviz.kernels.known import DEFAULT_KERNEL, Kernel
from zapviz.words import how_many
from zapviz.work import Steps, Stopped

__all__ = [
    "AXES",
    "Axes",
    "Pivot",
    "Place",
    "Table",
    "differs",
    "label",
    "table_json",
    "table_steps",
]

AXES: Final = ("entry", "mapping", "path", "owner", "kernel")
"""The axes of the table."""

Place: TypeAlias = tuple[str, str, str, str]
"""The ids of an entry class, a mapping, a path and an owner."""

Axes: TypeAlias = str | Sequence[str] | None


class Pivot(NamedTuple):
    """A table laid out: the rows, the columns, and the cells in them."""

    row_axes: tuple[str, ...]
    column_axes: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # the ids of each row, one for each axis
    columns: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[Cell | None, ...], ...]  # None: not in the table


class Table(Sequence[Cell]):
    """Cells, for some entry classes, mappings, paths and owners, on some kernels.

    A sequence of its cells, place by place and kernel by kernel; ``at()`` finds one.
    """

    def __init__(self, kernels: tuple[Kernel, ...], places: tuple[Place, ...]) -> None:
        self.kernels = kernels
        self.places = places
        """The entry class, mapping, path and owner of each place shown, in order."""

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell; those of one place stand together, in the order of the kernels."""
        owners = self.ids("owner")
        decided: list[dict[str, Decided]] = []  # of each kernel, by the id of the owner
        try:
            decided.extend(
                {owner: decide_all(kernel, owner) for owner in owners} for kernel in self.kernels
            )
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"the decision table was stopped: {len(decided)} of "
                f"{how_many(len(self.kernels), 'kernel')} decided; asked again, it goes on from "
                "there"
            ) from None
        return tuple(
            of_owner[owner][entry, mapping, path]
            for entry, mapping, path, owner in self.places
            for of_owner in decided
        )

    def __len__(self) -> int:
        return len(self.places) * len(self.kernels)

    @overload
    def __getitem__(self, index: int) -> Cell: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Cell, ...]: ...
    def __getitem__(self, index: int | slice) -> Cell | tuple[Cell, ...]:
        return self.cells[index]

    def at(
        self, entry: str, mapping: str, path: str, kernel: str, owner: str = ALONE
    ) -> Cell | None:
        """Give the cell of these ids and this kernel's name; None where the table has none."""
        own = next((one for one in self.kernels if one.name == kernel), None)
        if own is None or (entry, mapping, path, owner) not in self._index:
            return None
        return decide_all(own, owner)[entry, mapping, path]

    @cached_property
    def _index(self) -> dict[Place, int]:
        return {place: index for index, place in enumerate(self.places)}

    @property
    def shared(self) -> bool:
        """Whether it has cells in which a child has a share."""
        return any(OWNERS[owner].shared for owner in self.ids("owner"))

    def of(self, place: Place) -> tuple[Cell, ...]:
        """Give the cells of a place, one for each kernel."""
        first = self._index[place] * len(self.kernels)
        return self.cells[first : first + len(self.kernels)]

    def differences(self) -> Self:
        """Give only the places that the kernels decide differently.

        Where an entry is not possible on some kernels, only the others are compared.
        """
        return type(self)(self.kernels, tuple(p for p in self.places if differs(self.of(p))))

    def possible(self) -> Self:
        """Leave out the places that are not possible on any kernel of the table."""
        return type(self)(
            self.kernels,
            tuple(
                place
                for place in self.places
                if any(cell.verdict is not CellVerdict.IMPOSSIBLE for cell in self.of(place))
            ),
        )

    def ids(self, axis: str) -> tuple[str, ...]:
        """Give the ids on an axis that occur in the table, in order; on the kernels' axis,
        names.
        """
        if axis not in AXES:
            raise ZapvizError(f"there is no axis '{axis[:60]}'; {choices_hint(axis, AXES)}")
        if axis == "kernel":
            return tuple(kernel.name for kernel in self.kernels)
        at = AXES.index(axis)
        held = {place[at] for place in self.places}
        return tuple(one for one in (ENTRIES, MAPPINGS, PATHS, OWNERS)[at] if one in held)

    def pivot(
        self,
        rows: str | Sequence[str] = ("mapping", "entry"),
        columns: str | Sequence[str] = ("path",),
    ) -> Pivot:
        """Lay the table out, some axes down and the others across.

        An axis that is named in neither goes down, before the others, if it has more than one
        value.

        Args:
            rows: The axes that go down.
            columns: The axes that go across.

        Raises:
            ZapvizError: An axis is unknown, or is named twice.
        """
        down = [rows] if isinstance(rows, str) else list(rows)
        across = [columns] if isinstance(columns, str) else list(columns)
        for axis in (*down, *across):
            self.ids(axis)
            if (*down, *across).count(axis) > 1:
                raise ZapvizError(f"the axis '{axis}' goes down or across, not both")
        left = [one for one in AXES if one not in (*down, *across) and len(self.ids(one)) > 1]
        down = [*left, *down]
        of_row: dict[tuple[str, ...], dict[tuple[str, ...], Cell]] = {}
        across_ids: set[tuple[str, ...]] = set()
        for cell in self.cells:
            row = tuple(str(getattr(cell, axis)) for axis in down)
            column = tuple(str(getattr(cell, axis)) for axis in across)
            of_row.setdefault(row, {})[column] = cell
            across_ids.add(column)
        ordered = sorted(of_row, key=lambda ids: self._order(down, ids))
        heads = sorted(across_ids, key=lambda ids: self._order(across, ids))
        return Pivot(
            tuple(down),
            tuple(across),
            tuple(ordered),
            tuple(heads),
            tuple(tuple(of_row[row].get(head) for head in heads) for row in ordered),
        )

    def _order(self, axes: Sequence[str], ids: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(self.ids(axis).index(one) for axis, one in zip(axes, ids, strict=True))

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{len(self.ids(axis))} {name}"
            for axis, name in zip(
                AXES, ("entry classes", "mappings", "paths", "owners", "kernels"), strict=True
            )
            if axis != "owner" or self.shared
        )
        return f"<Table of {len(self)} decisions: {counts}>"


T = TypeVar("T", bound=Table)


def table_steps(table: T, first: Container[str] = ()) -> Steps[T]:
    """Decide the cells of a table, in steps: a class of entry in a mapping of a kernel at a time.

    Give the table; if it was stopped, a table of the kernels that were done by then.

    Args:
        table: The table.
        first: Names of the kernels that are decided before the others.

    Raises:
        Stopped: It was stopped before one kernel was done.
    """
    done: list[Kernel] = []
    for kernel in sorted(table.kernels, key=lambda one: one.name not in first):
        progress = f"{kernel.name}, {len(done)} of {how_many(len(table.kernels), 'kernel')} done"
        for _ in deciding(kernel, table.ids("owner")):
            if not (yield progress):
                continue
            if not done:
                raise Stopped(
                    f"stopped before {kernel.name} was decided, so there is no table to show; what "
                    "was decided is kept"
                )
            return type(table)(tuple(one for one in table.kernels if one in done), table.places)
        done.append(kernel)
    return table


def differs(cells: Iterable[Cell]) -> bool:
    """Tell whether the possible ones among some cells decide differently."""
    outcomes = {cell.outcome for cell in cells if cell.verdict is not CellVerdict.IMPOSSIBLE}
    return len(outcomes) > 1


def label(axis: str, one: str) -> str:
    """Give the name under which a value of an axis is shown."""
    if axis == "entry":
        return ENTRIES[one].name
    if axis == "mapping":
        return MAPPINGS[one].name
    if axis == "owner":
        return OWNERS[one].name
    return PATHS[one].name if axis == "path" else one


def _first_view(table: Table) -> dict[str, Any]:
    """Give what a page shows at first: the main classes and paths, in one mapping."""
    kernels = table.ids("kernel")
    owners = {"owner": list(table.ids("owner")[:1])} if table.shared else {}
    return {
        "rows": "entry",
        "columns": "path",
        "entry": [one for one in table.ids("entry") if one in MAIN_ENTRIES],
        "mapping": list(table.ids("mapping")[:1]),
        "path": [one for one in table.ids("path") if one in MAIN_PATHS],
        **owners,
        "kernel": [DEFAULT_KERNEL if DEFAULT_KERNEL in kernels else kernels[-1]],
        "only": False,
    }


def table_json(table: Table) -> dict[str, Any]:
    """Give a table as plain values; what cells share stands in it once (docs/table.md)."""
    texts: dict[str, int] = {"": 0}
    decisions: dict[tuple[Any, ...], int] = {}
    scenarios: dict[tuple[int, ...], int] = {}

    def text(words: str) -> int:
        return texts.setdefault(words, len(texts))

    cells: list[list[int]] = []
    for cell in table.cells:
        words = (cell.word, cell.verdict, cell.after or "", cell.result)
        why = (cell.reason, cell.rule.id if cell.rule else "", cell.source, cell.evidence)
        passes = [part for one in cell.passes for part in one]
        decision = (*map(text, words), int(cell.waits), *map(text, why), *map(text, passes))
        scenario = tuple(text(line) for line in cell.lines)
        cells.append(
            [
                decisions.setdefault(decision, len(decisions)),
                scenarios.setdefault(scenario, len(scenarios)),
            ]
        )
    axes = {
        "entry": [[one, ENTRIES[one].name, str(ENTRIES[one].kind)] for one in table.ids("entry")],
        "mapping": [[one, MAPPINGS[one].name] for one in table.ids("mapping")],
        "path": [
            [one, PATHS[one].name, PATHS[one].call, PATHS[one].meaning] for one in table.ids("path")
        ],
        "kernel": [[one.name, one.title] for one in table.kernels],
    }
    if table.shared:
        axes["owner"] = [
            [one, OWNERS[one].name, OWNERS[one].meaning, OWNERS[one].beside]
            for one in table.ids("owner")
        ]
    placed = AXES[: 4 if table.shared else 3]
    at = [{one: index for index, one in enumerate(table.ids(axis))} for axis in placed]
    return {
        "format": "zapviz-table",
        "version": 1,
        **axes,
        "view": _first_view(table),
        "notes": [[sign, meaning] for sign, meaning in WORD_SIGNS.items()],
        "places": [[at[k][place[k]] for k in range(len(placed))] for place in table.places],
        "texts": list(texts),
        "decisions": [list(one) for one in decisions],
        "scenarios": [list(one) for one in scenarios],
        "cells": [number for pair in cells for number in pair],
    }
