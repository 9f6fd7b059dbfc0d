"""The decision table in a notebook: select, compare, and open the scenario behind a cell.

The page asks for the whole table once, and is told how far it is; selecting costs no round trip. A
click on a cell brings the trace of its smallest scenario, which the page shows in an explorer below
the table.

>>> from zapviz.widgets import DecisionTable
>>> shown = DecisionTable(["v5.17", "v6.12"])
>>> shown.open_cell("swap", "shmem-private", "truncate", "v5.17")
>>> print(shown.text.splitlines()[-2:])
['ftruncate(F, 0)', 'assert A[0] == swap']
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import traitlets as t

from zapviz.api.answers import offers
from zapviz.api.tables import DRAWN, Table, table
from zapviz.decisions.cases import (
    ALONE,
    ENTRIES,
    MAIN_ENTRIES,
    MAIN_PATHS,
    MAPPINGS,
    PATHS,
    chosen,
)
from zapviz.decisions.decide import Cell
from zapviz.decisions.table import AXES
from zapviz.door import door
from zapviz.errors import ZapvizError, choices_hint
from zapviz.kernels.known import DEFAULT_KERNEL, Kernel, is_named
from zapviz.trace.deciding import deciding_step
from zapviz.trace.record import Json
from zapviz.view import module
from zapviz.widgets.explorer import Explorer

__all__ = ["DecisionTable", "explore_table"]


class DecisionTable(Explorer):
    """The decision table of some kernels, and an explorer for the cell that was opened.

    Args:
        kernels: Names, or kernels of your own; None: all that the model knows.
        entries: The classes of entry shown at first, and ``mappings`` and ``paths``; ids or words
            as :func:`zapviz.table` takes them.
        owners: Whose entries there are, as :func:`zapviz.table` takes them.
        shown: The kernels shown at first; None: the default one, or all of a few.
        rows: The axis that goes down: entry, mapping, path, owner or kernel.
        columns: The axis that goes across.
        differences: Whether at first only what the kernels decide differently is shown.
        traits: Further traits: ``theme``.

    Raises:
        ZapvizError: There is no such kernel, entry class, mapping, path, owner or axis.
    """

    _esm = module("table_notebook")

    table_kernels = t.List(t.Unicode(), help="names of the kernels of the whole table").tag(
        sync=True
    )
    table_owners = t.List(t.Unicode(), help="ids of the owners of the whole table").tag(sync=True)
    view = t.Dict(help="what is shown: rows, columns, ids of each axis, only").tag(sync=True)
    opened = t.List(
        t.Unicode(),
        default_value=None,
        allow_none=True,
        help="entry class, mapping, path, kernel and, where a child has a share, owner of the cell "
        "opened; None: none yet",
    ).tag(sync=True)

    def __init__(
        self,
        kernels: str | Kernel | Iterable[str | Kernel] | None = None,
        *,
        entries: str | Iterable[str] | None = MAIN_ENTRIES,
        mappings: str | Iterable[str] | None = "shmem-private",
        paths: str | Iterable[str] | None = MAIN_PATHS,
        owners: str | Iterable[str] | None = ALONE,
        shown: Sequence[str] | None = None,
        rows: str = "entry",
        columns: str = "path",
        differences: bool = False,
        **traits: Any,
    ) -> None:
        self.table: Table = table(kernels, owners=owners)
        names = self.table.ids("kernel")
        super().__init__("", self.table.kernels[0])
        self._kernels |= {kernel.name: kernel for kernel in self.table.kernels}
        self.choices = offers(self._kernels)
        self.table_kernels = list(names)
        self.table_owners = list(self.table.ids("owner"))
        self.view = {
            "rows": _axis(rows),
            "columns": _axis(columns),
            "entry": list(chosen(ENTRIES, entries, "entry class")),
            "mapping": list(chosen(MAPPINGS, mappings, "mapping")),
            "path": list(chosen(PATHS, paths, "path")),
            **({"owner": list(self.table.ids("owner"))} if self.table.shared else {}),
            "kernel": list(_shown(names, shown, differences or "kernel" in (rows, columns))),
            "only": differences,
        }
        self._set_traits(traits)

    def open_cell(
        self,
        entry: str,
        mapping: str,
        path: str,
        kernel: str = DEFAULT_KERNEL,
        owner: str = ALONE,
    ) -> None:
        """Open a cell: pin it, and show its smallest scenario in the explorer.

        Raises:
            ZapvizError: The table has no such cell.
        """
        self._cell(entry, mapping, path, kernel, owner)
        self.opened = [entry, mapping, path, kernel, *([owner] if self.table.shared else [])]

    @property
    def cell(self) -> Cell | None:
        """The cell that was opened; None before any was."""
        return None if self.opened is None else self._cell(*self.opened)

    @property
    def selection(self) -> Table:
        """The part of the table that is shown, as a Table."""
        view = self.view
        selected = table(
            [self._kernels[name] for name in view["kernel"]],
            entries=view["entry"],
            mappings=view["mapping"],
            paths=view["path"],
            owners=view.get("owner", ALONE),
        )
        return selected.differences() if view["only"] else selected

    def _cell(self, entry: str, mapping: str, path: str, kernel: str, owner: str = ALONE) -> Cell:
        cell = self.table.at(entry, mapping, path, kernel, owner)
        if cell is None:
            raise ZapvizError(
                f"the table has no cell for {entry!r}, {mapping!r}, {path!r} on {kernel!r}"
                f"{f', of {owner!r}' if owner != ALONE else ''}"
            )
        return cell

    @t.observe("opened")
    def _show_opened(self, _change: t.Bunch) -> None:
        try:
            cell = self.cell
        except ZapvizError as error:  # the page asks for a cell that there is not
            self.error = str(error)
            self.answers += 1
            return
        if cell is None:
            return
        with self.hold_sync():
            self._ready = False  # one run, of the new text on the new kernel
            self.kernel = cell.kernel
            self.schedule = []
            self.text = cell.scenario
            self._ready = True
            self._run()
            self.step = deciding_step(self.trace)

    def _run(self) -> None:
        if self.text:  # nothing is explored before a cell was opened
            super()._run()

    def page_data(self) -> Json:
        """Give what is shown, and the kernels' names; the page's maker computes the table.

        A table with a kernel of the user's own, which its name does not describe, is included, and
        so is one in which a child has a share.
        """
        data: Json = {"view": "table", "shown": self.view}
        names = self.table.ids("kernel")
        if all(is_named(self._kernels[name]) for name in names) and not self.table.shared:
            return {**data, "kernels": list(names)}
        return {**data, "table": self.table.as_json()}

    def _caption(self) -> str:
        return repr(self.selection)

    def _in_words(self) -> str:
        shown = self.selection
        if not 0 < len(shown) <= DRAWN:
            return super()._in_words()
        return shown.text(self.view["rows"], self.view["columns"])

    def _still_picture(self) -> str:
        from zapviz.render.figure.table import table_html

        shown = self.selection
        if not 0 < len(shown) <= DRAWN:
            return ""
        return table_html(shown, rows=self.view["rows"], columns=self.view["columns"])


@door
def explore_table(
    kernels: str | Kernel | Iterable[str | Kernel] | None = None, **options: Any
) -> DecisionTable:
    """Open the decision table in a notebook.

    See :class:`DecisionTable` for the arguments and the errors.

    See :class:`DecisionTable` for what can be given and what is raised.
    """
    return DecisionTable(kernels, **options)


def _axis(name: str) -> str:
    if name not in AXES:
        raise ZapvizError(f"there is no axis '{name[:60]}'; {choices_hint(name, AXES)}")
    return name


def _shown(names: Sequence[str], asked: Sequence[str] | None, many: bool) -> Sequence[str]:
    """Give the kernels that are shown at first."""
    if asked is None:
        if many or len(names) <= 2:
            return names
        return [DEFAULT_KERNEL] if DEFAULT_KERNEL in names else names[-1:]
    listed = [asked] if isinstance(asked, str) else list(asked)
    for name in listed:
        if name not in names:
            raise ZapvizError(f"the table has no kernel '{name[:60]}'; {choices_hint(name, names)}")
    return [name for name in names if name in listed]
