"""The decision table as users hold it.

>>> table("v6.12", entries="swap", mappings="shmem-private", paths="punch")[0].verdict
<CellVerdict.KEPT: 'kept'>
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from zapviz.decisions import table as inner
from zapviz.decisions.cases import ALONE, ENTRIES, MAPPINGS, OWNERS, PATHS, chosen
from zapviz.decisions.table import Axes, table_json
from zapviz.door import door
from zapviz.errors import OptionError, ZapvizError, choices_hint
from zapviz.kernels.known import KERNELS, Kernel, several_kernels
from zapviz.kernels.known import kernel as find_kernel
from zapviz.render.text.table import (
    format_box,
    format_csv,
    format_decisions,
    format_markdown,
    format_reasons,
)
from zapviz.trace.record import Json
from zapviz.words import how_many

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DRAWN", "MOST_KERNELS", "Table", "table"]

DRAWN: Final = 400
"""Most cells of a table that a notebook draws of itself; more are shown as text that scrolls."""

MOST_KERNELS: Final = 40
"""Most kernels of a table: the cells of each take 1 MB, and are kept."""


@door
def table(
    kernels: str | Kernel | Iterable[str | Kernel] | None = None,
    *,
    entries: str | Iterable[str] | None = None,
    mappings: str | Iterable[str] | None = None,
    paths: str | Iterable[str] | None = None,
    owners: str | Iterable[str] | None = ALONE,
    differences: bool = False,
    **words: object,
) -> Table:
    """Give the decision table, or a part of it.

    >>> len(table("v6.12", entries="swap", mappings="shmem-private", paths=["truncate", "punch"]))
    2

    Args:
        kernels: Names, or kernels of your own; None: all that the model knows.
        entries: Ids of entry classes, as ``ENTRIES`` of :mod:`zapviz.decisions.cases` has
            them, or words that several share, as ``migration``; None: all. So too
            ``mappings`` and ``paths``.
        owners: Whose entry, by the ids of ``OWNERS``: ``alone``, where there is one process;
            ``parent`` or ``child``, where a child has a share of the page, slot or marker; None:
            all three.
        differences: Only what these kernels decide differently.

    Raises:
        ZapvizError: There is no such kernel, entry class, mapping, path or owner, or there are too
            many kernels.
    """
    for word in words:  # the command line names these options in the singular
        many = {
            "kernel": "kernels", "entry": "entries", "mapping": "mappings", "path": "paths",
            "owner": "owners",
        }  # fmt: skip
        hint = f"write {many[word]}=" if word in many else choices_hint(word, many.values())
        raise OptionError(f"table() takes no '{word}'; {hint}")
    asked = KERNELS.values() if kernels is None else kernels
    by_name = {one.name: one for one in map(find_kernel, several_kernels(asked))}
    if not by_name:
        raise ZapvizError(f"a table takes one kernel or more; they are: {', '.join(KERNELS)}")
    if len(by_name) > MOST_KERNELS:
        raise ZapvizError(
            f"a table takes at most {MOST_KERNELS} kernels, not {len(by_name)}; ask for some of "
            "them, and then for others"
        )
    places = product(
        chosen(ENTRIES, entries, "entry class"),
        chosen(MAPPINGS, mappings, "mapping"),
        chosen(PATHS, paths, "path"),
        chosen(OWNERS, owners, "owner"),
    )
    whole = Table(tuple(by_name.values()), tuple(places))
    return whole.differences() if differences else whole


class Table(inner.Table):
    """Cells for some entry classes, mappings and paths on some kernels, that show themselves."""

    def as_json(self) -> Json:
        """Give the table as plain values; what cells share stands in it once (docs/table.md)."""
        return table_json(self)

    @door
    def text(self, rows: Axes = None, columns: Axes = None) -> str:
        """Give the table as text: 72 columns of ASCII, laid out by :meth:`pivot`.

        Args:
            rows: The axes that go down; None: entries by mapping.
            columns: The axes that go across; None: the paths, or the kernels of one path.
        """
        return format_decisions(self, rows, columns)

    @door
    def markdown(self, rows: Axes = None, columns: Axes = None) -> str:
        """Give the table as Markdown, laid out as by :meth:`text`."""
        return format_markdown(self, rows, columns)

    def csv(self) -> str:
        """Give the table as CSV: one line for each cell, with its reason, evidence and scenario."""
        return format_csv(self)

    def why(self) -> str:
        """Give the reason of each cell, and the scenario that shows it, as text."""
        return format_reasons(self)

    @door
    def figure(self, rows: Axes = None, columns: Axes = None, **options: Any) -> Figure:
        """Draw a matplotlib figure of the table; the options are those of ``draw_table()``."""
        from zapviz.render.figure.picture import draw
        from zapviz.render.figure.table import draw_table

        return draw(draw_table(self, rows, columns, **options))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if not len(self):
            return {"text/plain": repr(self)}
        if len(self) > DRAWN:
            box = format_box(self, how_many(len(self), "decision"))
            return {"text/plain": repr(self), "text/html": box}
        from zapviz.render.figure.table import table_html

        return {"text/plain": self.text(), "text/html": table_html(self)}
