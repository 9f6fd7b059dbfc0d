"""The decision table: live, and as plain HTML where no script runs."""

from __future__ import annotations

from html import escape

import zapviz
from website.players import player
from zapviz.api.tables import Table
from zapviz.decisions.cases import ALONE, MAIN_ENTRIES, MAIN_PATHS
from zapviz.kernels.known import DEFAULT_KERNEL, KERNELS
from zapviz.render.palette import VERDICTS

__all__ = ["decisions_table"]

_MAPPING = "shmem-private"


def decisions_table() -> str:
    """Write the place of the table, with what is shown there without scripts inside.

    It opens with what kernels decide differently, kernels across, where no child has a share.
    """
    table = zapviz.table(owners=None)
    differing = {
        "columns": "kernel",
        "rows": "entry",
        "owner": [ALONE],
        "only": True,
        "kernel": list(KERNELS),
    }
    return player({"view": "table", "table": table.as_json(), "shown": differing}, _still(table))


def _still(table: Table) -> str:
    """Write the main classes and paths, on the default kernel, as an HTML table."""
    paths = list(MAIN_PATHS)
    names = {one[0]: one[1] for axis in ("entry", "path") for one in table.as_json()[axis]}
    head = "".join(f'<th scope="col">{escape(names[path])}</th>' for path in paths)
    rows = []
    for entry in MAIN_ENTRIES:
        cells = [table.at(entry, _MAPPING, path, DEFAULT_KERNEL) for path in paths]
        row = "".join(
            f"<td>{VERDICTS[cell.verdict].sign} {escape(cell.word)}</td>" if cell else "<td></td>"
            for cell in cells
        )
        rows.append(f'<tr><th scope="row">{escape(names[entry])}</th>{row}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="the decision table"><table>'
        f"<caption>Private mapping of a shmem file, kernel {DEFAULT_KERNEL}</caption>"
        f'<thead><tr><th scope="col">the entry holds</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
