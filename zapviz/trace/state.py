"""One state of a trace, read from its JSON form (docs/trace.md).

A trace holds its first state and what each step changed; :class:`Replay` applies
the changes.  Figures and text forms draw the :class:`State` it gives; nothing here
knows the model.

>>> trace = zapviz.run("N = anon(2)\\nN[0] = 7").as_json()
>>> state = Replay(trace).at(len(trace["steps"]))
>>> [state.cell(0, page)["kind"] for page in range(2)]
['anon', 'none']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final, NamedTuple

from zapviz.errors import StateError
from zapviz.model.program import COUNTERS, PAGE_BYTES
from zapviz.trace.record import Json, record_of
from zapviz.trace.run import Run
from zapviz.words import how_many

__all__ = [
    "UNDECIDED",
    "Count",
    "Decision",
    "Group",
    "Replay",
    "State",
    "assertion_outcome",
    "counter_names",
    "group_rows",
    "kinds_met",
    "size_text",
]

UNDECIDED: Final = "not decided by one order"
"""What is said of an assertion that speaks of every order of the CPUs, after one of them."""


class Decision(NamedTuple):
    """What was decided about one place."""

    verdict: str | None
    wrong: str  # which assertions fail because of it, or ""
    step: int  # the number of the step that decided it


class Count(NamedTuple):
    """An rss counter of a process, in a state and before it, in pages."""

    process: str  # "" the first one
    counter: str  # of program.COUNTERS
    now: int
    before: int

    @property
    def name(self) -> str:
        """Its name in a scenario, without ``rss``."""
        return f"{self.process}.{self.counter}" if self.process else self.counter

    @property
    def kernel_name(self) -> str:
        """The kernel's name for it, after that of a child."""
        return f"{self.process} MM_{self.counter.upper()}".lstrip()


@dataclass(frozen=True)
class State:
    """What every row holds after a number of steps."""

    trace: Json
    number: int  # how many steps were taken; 0 is the empty world
    cells: tuple[tuple[int, ...], ...]  # for each row, indexes into the trace's cells
    changed: frozenset[tuple[int, int]]  # row and cell of what differs from before
    sizes: Mapping[str, int | None]  # i_size in bytes by file id; None: no file yet
    rss: tuple[int, ...]  # of each process in the order of program.COUNTERS
    rss_before: tuple[int, ...]
    # Row and cell of what is not the same on another kernel, for comparisons.
    differing: frozenset[tuple[int, int]] = frozenset()
    # Row and cell of what was decided: by the step that led here, or by several.
    decided: Mapping[tuple[int, int], Decision] = field(default_factory=dict)

    @property
    def counts(self) -> list[Count]:
        """The rss counters, of one process after the other."""
        named = product(self.trace.get("processes", ("",)), COUNTERS)
        return [
            Count(*name, now, before)
            for name, now, before in zip(named, self.rss, self.rss_before, strict=True)
        ]

    @property
    def step(self) -> Json | None:
        """The step that led here; None in state 0."""
        step: Json | None = self.trace["steps"][self.number - 1] if self.number else None
        return step

    @property
    def telling_step(self) -> Json | None:
        """The step to describe: where a call returns, the last one in it that decided an entry."""
        step = self.step
        if step is None or step["kind"] != "end":
            return step
        for earlier in self.trace["steps"][self.number - 1 :: -1]:
            if earlier["statement"] != step["statement"]:
                break
            if earlier["verdict"] and earlier["kind"] != "cache":
                return dict(earlier)
        return step

    @property
    def statement(self) -> Json | None:
        """The statement that the step belongs to."""
        step = self.step
        if step is None or step["statement"] is None:
            return None
        statement: Json = self.trace["statements"][step["statement"]]
        return statement

    def cell(self, row: int, page: int) -> Json:
        """Give what one place holds, as the trace describes it."""
        cell: Json = self.trace["cells"][self.cells[row][page]]
        return cell


class Replay:
    """A walk through the states of a trace; forward is cheap, back starts again."""

    def __init__(self, trace: Run | Json) -> None:
        self.trace = record_of(trace)
        self._rewind()

    def at(self, number: int, since: int | None = None) -> State:
        """Give a state, and what differs from the state ``since``.

        Args:
            number: How many steps were taken; negative counts from the last state, -1.
            since: The state to compare with; None: the one before.

        Raises:
            StateError: There is no such state.
        """
        last = len(self.trace["steps"])
        number, asked = number if number >= 0 else last + 1 + number, number
        if not 0 <= number <= last:
            raise StateError(f"the trace has the states 0 to {last}, not {asked}")
        since = max(0, number - 1) if since is None else since
        self._go(since)
        before = [tuple(row) for row in self._cells]
        rss_before = tuple(self._rss)
        self._go(number)
        cells = tuple(tuple(row) for row in self._cells)
        changed = frozenset(
            (row, page)
            for row, (old, new) in enumerate(zip(before, cells, strict=True))
            if old != new
            for page, cell in enumerate(new)
            if cell != old[page]
        )
        return State(
            self.trace,
            number,
            cells,
            changed,
            dict(self._sizes),
            tuple(self._rss),
            rss_before,
            decided=self._decided(number),
        )

    def _decided(self, number: int) -> dict[tuple[int, int], Decision]:
        """Give what the step that led to a state decided."""
        step = self.trace["steps"][number - 1] if number else None
        if step is None or step["at"] is None:
            return {}
        row, page = step["at"]
        return {(row, page): Decision(step["verdict"], step.get("wrong") or "", number)}

    def _rewind(self) -> None:
        initial = self.trace["initial"]
        self._number = 0
        self._cells = [list(row) for row in initial["cells"]]
        self._sizes = dict(initial["sizes"])
        self._rss = list(initial["rss"])

    def _go(self, number: int) -> None:
        if number < self._number:
            self._rewind()
        for step in self.trace["steps"][self._number : number]:
            for row, page, cell in step["set"]:
                self._cells[row][page] = cell
            self._sizes.update(step["sizes"])
            self._rss = list(step["rss"])
        self._number = number


class Group(NamedTuple):
    """Rows that share columns: a file and its mappings, or one thing alone."""

    file: str | None  # the id of the file whose pages the columns are
    unit: str  # what a column stands for
    rows: tuple[int, ...]
    span: int  # how many columns


def group_rows(rows: Sequence[Json]) -> tuple[Group, ...]:
    """Put rows into groups that share columns, in drawing order."""
    keyed: list[tuple[str, list[int]]] = []
    for index, row in enumerate(rows):
        key = str({"file": row["id"], "swap": " swap"}.get(row["role"], row["file"] or ""))
        if keyed and keyed[-1][0] == key and row["role"] != "file":
            keyed[-1][1].append(index)
        else:
            keyed.append((key, [index]))
    groups = []
    for key, members in keyed:
        file = key if rows[members[0]]["role"] == "file" else None
        unit = "slot" if key == " swap" else "file page" if file else "page"
        span = max(1, *(rows[row]["column"] + rows[row]["pages"] for row in members))
        groups.append(Group(file, unit, tuple(members), span))
    return tuple(groups)


def assertion_outcome(trace: Json, statement: int) -> str:
    """Say whether an assertion holds.

    Say "holds", "FAILS" or, where one order cannot tell, "not decided by one order"; and in which
    orders of the CPUs this is so, if there are CPUs before the assertion.
    """
    one = trace["statements"][statement]
    word = {"fails": "FAILS", "undecided": UNDECIDED}.get(one["verdict"], one["verdict"])
    return f"{word} {one['where']}".rstrip()


def counter_names(trace: Json) -> tuple[str, ...]:
    """Give the names of a trace's rss counters, of one process after the other."""
    return tuple(
        f"{process}.{counter}" if process else counter
        for process in trace.get("processes", ("",))
        for counter in COUNTERS
    )


def kinds_met(trace: Json) -> set[str]:
    """Give the kinds of cell that ever stand in some row, for the legend."""
    placed = {cell for row in trace["initial"]["cells"] for cell in row}
    placed.update(cell for step in trace["steps"] for _row, _page, cell in step["set"])
    return {trace["cells"][cell]["kind"] for cell in placed}


def size_text(size: int) -> str:
    """Say an i_size in pages, or in bytes where it ends inside a page.

    >>> size_text(8192), size_text(6000)
    ('i_size 2 pages', 'i_size 6000 bytes')
    """
    pages, rest = divmod(size, PAGE_BYTES)
    if rest:
        return f"i_size {size} bytes"
    return f"i_size {how_many(pages, 'page')}"
