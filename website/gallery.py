"""The gallery of scenarios: grouped, each with a small picture of the state that decides it, and
what comes out on each kernel.

The picture is drawn as SVG inside the page, in the colours of the page's theme (``ink_rules()``),
so it costs no request and has its size from the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from html import escape
from typing import Any, Final

import zapviz
from zapviz.kernels.known import DEFAULT_KERNEL, KERNELS
from zapviz.render.palette import CLASSES, ink
from zapviz.scenario.library import SCENARIOS

__all__ = ["GROUPS", "Shown", "gallery", "ink_rules", "shown"]

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "The bug of the thread": ("reproducer", "hole-punch", "rfc-v2-flaw"),
    "Whose page is it, and who asks": (
        "shared-private",
        "anonymous-zap",
        "four-paths-munmap",
        "four-paths-truncate",
        "four-paths-punch",
        "four-paths-dontneed",
    ),
    "Broken memory": ("hwpoison-hole", "hwpoison-truncate"),
    "Two CPUs": (
        "migration-punch",
        "race-punch",
        "race-truncate",
        "race-cow",
        "race-swap-out",
        "race-swap-punch",
        "race-punch-read",
        "race-dontneed",
        "race-munmap",
        "race-truncates",
        "race-invalidate",
    ),
    "Files and their page cache": (
        "swap-cache",
        "partial-truncate",
        "fault-around",
        "direct-write",
    ),
    "Advice": ("madv-remove", "madv-free", "mlock-dontneed"),
    "Markers and devices": ("markers", "guard-regions", "device-entries"),
    "Two owners": (
        "fork-copies",
        "fork-write",
        "fork-dontneed",
        "fork-swap",
        "fork-truncate",
        "fork-punch",
        "fork-hwpoison",
        "fork-wipe",
        "fork-free",
        "fork-uffd",
        "fork-guard",
        "race-fork-truncate",
        "race-fork-write",
    ),
}
"""Each scenario's group, in the order of the gallery."""

_CELL: Final = 18  # pixels
_ROW: Final = 24
_LABEL: Final = 42
_MOST: Final = 10  # cells in a row of a picture; what is beyond is cut
_ROWS: Final = 5


@dataclass(frozen=True)
class Shown:
    """A scenario as the gallery shows it."""

    name: str
    title: str
    about: str

    @cached_property
    def right(self) -> Mapping[str, bool]:
        """By kernel, oldest first: whether its assertions hold there."""
        return {kernel: zapviz.run(self.name, kernel).ok for kernel in KERNELS}

    @cached_property
    def traces(self) -> Mapping[str, Any]:
        """The trace on each kernel, as plain values."""
        return {kernel: zapviz.run(self.name, kernel).as_json() for kernel in KERNELS}

    @property
    def path(self) -> str:
        """Its page in the site."""
        return f"scenarios/{self.name}.html"

    @property
    def outcome(self) -> str:
        """Say in a sentence on which kernels its assertions hold."""
        held = [kernel for kernel, right in self.right.items() if right]
        failed = [kernel for kernel, right in self.right.items() if not right]
        if not failed:
            return f"Every assertion holds, on all {len(held)} kernels."
        if not held:
            return f"An assertion fails, on all {len(failed)} kernels."
        return (
            f"Every assertion holds on {', '.join(held)}; one or more fail on {', '.join(failed)}."
        )

    @property
    def holds(self) -> bool:
        """Whether every assertion holds on every kernel."""
        return all(self.right.values())

    @property
    def differs(self) -> bool:
        """Whether kernels come out otherwise."""
        return len(set(self.right.values())) > 1

    @property
    def picture(self) -> str:
        """Draw the state that decides it, on the first kernel where it fails, if there is one."""
        failed = [kernel for kernel, right in self.right.items() if not right]
        return _drawn(self.traces[failed[0] if failed else DEFAULT_KERNEL])


@cache
def shown(name: str) -> Shown:
    """Give a scenario by its name."""
    one = SCENARIOS[name]
    return Shown(name, one.title, one.about)


def gallery() -> list[tuple[str, list[Shown]]]:
    """Give each group with its scenarios."""
    return [(title, [shown(name) for name in names]) for title, names in GROUPS.items()]


def ink_rules(theme: str) -> str:
    """Write the colours of entries in a theme as rules for what the gallery draws."""
    rules = []
    for kind in CLASSES:
        look = ink(kind, "dark" if theme == "dark" else "light")
        dashes = " stroke-dasharray: 2 2;" if look.dashed else ""
        rules.append(f".mini .{kind} rect {{ fill: {look.fill}; stroke: {look.border};{dashes} }}")
        rules.append(f".mini .{kind} text {{ fill: {look.text}; }}")
    return "\n".join(rules)


def _drawn(trace: Any) -> str:
    """Draw a trace's deciding state: rows of entries, the one that is decided in a ring."""
    at = trace["opens"]
    state = [list(row) for row in trace["initial"]["cells"]]
    for step in trace["steps"][:at]:
        for row, page, cell in step["set"]:
            state[row][page] = cell
    ring = trace["steps"][at - 1]["at"] if at else None
    cells = trace["cells"]
    rows = [k for k, row in enumerate(trace["rows"]) if row["role"] != "swap"]
    rows = [k for k in rows if any(cells[cell]["kind"] != "unmapped" for cell in state[k])]
    # Mappings before files where not all fit, for they are what it is about.
    kept = sorted(sorted(rows, key=lambda k: trace["rows"][k]["role"] == "file")[:_ROWS])
    parts, words = [], []
    span = 1
    for line, k in enumerate(kept):
        row = trace["rows"][k]
        y = 3 + line * _ROW
        parts.append(
            f'<text class="label" x="{_LABEL - 8}" y="{y + 13}">{escape(row["label"])}</text>'
        )
        letters = ""
        for page, cell in enumerate(state[k][: _MOST - min(row["column"], _MOST - 1)]):
            kind = cells[cell]["kind"]
            letter = CLASSES[kind].letter
            letters += letter
            column = row["column"] + page
            span = max(span, column + 1)
            x = _LABEL + column * (_CELL + 3)
            decided = ring == [k, page]
            outline = (
                f'<rect class="ring" x="{x - 2.5}" y="{y - 2.5}" width="{_CELL + 5}" '
                f'height="{_CELL + 5}" rx="5"/>' if decided else ""
            )  # fmt: skip
            parts.append(
                f'<g class="{kind}"><rect x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" rx="3"/>'
                f'<text x="{x + _CELL / 2}" y="{y + 13.5}">{escape(letter.strip())}</text></g>'
                f"{outline}"
            )
        words.append(f"{row['label']} {letters}")
    width = _LABEL + span * (_CELL + 3) + 4
    height = max(1, len(kept)) * _ROW + 2
    return (
        f'<svg class="mini" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" aria-label="{escape("; ".join(words), quote=True)}">'
        f"{''.join(parts)}</svg>"
    )
