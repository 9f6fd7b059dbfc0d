"""The decision table of the landing page: what becomes of an entry on each path.

A first version: the four shipped scenarios that take the same six entries through four
paths, on the default kernel.  Each cell is what the model does, and leads to its scenario.
"""

from __future__ import annotations

from html import escape
from typing import Final

import zapviz
from zapviz.kernels import DEFAULT_KERNEL
from zapviz.library import SCENARIOS
from zapviz.program import Assert
from zapviz.render.palette import entry_class
from zapviz.world import World

__all__ = ["decisions_table"]

_PATHS: Final = {
    "munmap": "four-paths-munmap",
    "truncate": "four-paths-truncate",
    "hole punch": "four-paths-punch",
    "MADV_DONTNEED": "four-paths-dontneed",
}


def decisions_table() -> str:
    """The table, as HTML that needs no script."""
    before: list[str] = []
    columns = []
    for name in _PATHS.values():
        before, after = _entries(name)
        columns.append(after)
    head = "".join(
        f'<th scope="col"><a href="scenarios/{name}.html">{escape(path)}</a></th>'
        for path, name in _PATHS.items()
    )
    rows = []
    for k, kind in enumerate(before):
        cells = "".join(f"<td>{_word(kind, column[k])}</td>" for column in columns)
        one = entry_class(kind)
        letter = f'<span class="letter k-{kind}" aria-hidden="true">{one.letter}</span>'
        rows.append(f'<tr><th scope="row">{letter} {escape(one.name)}</th>{cells}</tr>')
    return (
        f"<p>What becomes of each entry of a private mapping of a shmem file on {DEFAULT_KERNEL}, "
        "on four paths. Each path leads to its scenario, where every cell can be watched.</p>"
        '<div class="scroll" tabindex="0" role="region" aria-label="the decision table"><table>'
        f'<thead><tr><th scope="col">the entry holds</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _entries(name: str) -> tuple[list[str], list[str]]:
    """The kinds of the mapping's entries before and after the call that a scenario is about."""
    trace = zapviz.run(SCENARIOS[name].text, DEFAULT_KERNEL)
    checks = [k for k, one in enumerate(trace.outcomes) if isinstance(one.statement, Assert)]
    call = next(k for k in range(checks[0], len(trace.outcomes)) if k not in checks)
    before, after = _kinds(trace.outcomes[call - 1].world), _kinds(trace.outcomes[call].world)
    return before, after or ["unmapped"] * len(before)


def _kinds(world: World) -> list[str]:
    areas = [area for area in world.areas if area.name == "A"]
    return [str(entry.kind) for area in areas for entry in area.entries]


def _word(before: str, after: str) -> str:
    if before == "none":
        return "nothing there"
    return "<b>kept</b>" if after == before else "zapped"
