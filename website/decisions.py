"""The decision table of the landing page: what becomes of which entry, on which path.

The live table holds every entry class, mapping, path and kernel.  Without scripts one part
of it is read as plain HTML: the classes and paths that matter, in one mapping, on the
default kernel.
"""

from __future__ import annotations

from html import escape

from website.players import player
from zapviz.cases import MAIN_ENTRIES, MAIN_PATHS
from zapviz.decision_table import label, table
from zapviz.kernels import DEFAULT_KERNEL, KERNELS

__all__ = ["decisions_table"]

_MAPPING = "shmem-private"


def decisions_table() -> str:
    """The place of the live table, with the plain one in it."""
    shown = {
        "rows": "entry",
        "columns": "path",
        "entry": list(MAIN_ENTRIES),
        "mapping": [_MAPPING],
        "path": list(MAIN_PATHS),
        "kernel": [DEFAULT_KERNEL],
        "only": False,
    }
    return player({"view": "table", "kernels": list(KERNELS), "shown": shown}, _plain())


def _plain() -> str:
    part = table(DEFAULT_KERNEL, entries=MAIN_ENTRIES, mappings=_MAPPING, paths=MAIN_PATHS)
    laid = part.pivot("entry", "path")
    heads = "".join(f'<th scope="col">{escape(label("path", one))}</th>' for [one] in laid.columns)
    rows = []
    for [one], cells in zip(laid.rows, laid.cells, strict=True):
        words = "".join(f"<td>{escape(cell.word) if cell else ''}</td>" for cell in cells)
        rows.append(f'<tr><th scope="row">{escape(label("entry", one))}</th>{words}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="the decision table"><table>'
        f"<caption>{escape(label('mapping', _MAPPING))}, {DEFAULT_KERNEL}</caption>"
        f'<thead><tr><th scope="col">the entry holds</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
