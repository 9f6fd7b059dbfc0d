"""Of a trace with several processes: the rows of each, whether it is there, which pages they share.

>>> from zapviz.trace.state import Replay
>>> trace = zapviz.run("N = anon(1)\\nN[0] = 7\\nC = fork()").as_json()
>>> [block.process for block in blocks_of(trace["rows"], trace["processes"])]
['', 'C']
>>> shared_pages(Replay(trace).at(-1))
{(0, 0): '0', (1, 0): '0'}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from zapviz.model.program import COUNTERS
from zapviz.trace.record import Json
from zapviz.trace.state import Group, State, group_rows

__all__ = [
    "Block",
    "blocks_of",
    "counters_met",
    "in_blocks",
    "life_word",
    "owners_of",
    "process_title",
    "shared_pages",
]


class Block(NamedTuple):
    """What stands together: rows that all processes have, or the mappings of one."""

    process: str | None  # its name, "" the first one; None: what all have
    groups: tuple[Group, ...]


def in_blocks(trace: Json) -> bool:
    """Tell whether a trace has several processes."""
    return "processes" in trace


def blocks_of(rows: Sequence[Json], processes: Sequence[str] = ("",)) -> tuple[Block, ...]:
    """Put rows into blocks: the files and the swap slots, then what each process has.

    Args:
        rows: Those of a trace.
        processes: The names of its processes; of one alone, each group of rows stands for itself.
    """
    if len(processes) == 1:
        return tuple(Block(None, (group,)) for group in group_rows(rows))
    shared = [at for at, row in enumerate(rows) if row["role"] != "mapping"]
    blocks = [
        Block(None, (group._replace(rows=tuple(shared[at] for at in group.rows)),))
        for group in group_rows([rows[at] for at in shared])
    ]
    for process in processes:
        own = [at for at, row in enumerate(rows) if row.get("process") == process]
        files = dict.fromkeys(rows[at]["file"] for at in own)
        groups = (
            _group(rows, file, [at for at in own if rows[at]["file"] == file]) for file in files
        )
        blocks.append(Block(process, tuple(groups)))
    return tuple(blocks)


def _group(rows: Sequence[Json], file: str | None, members: Sequence[int]) -> Group:
    span = max(1, *(rows[at]["column"] + rows[at]["pages"] for at in members))
    return Group(file, "page" if file is None else "file page", tuple(members), span)


def owners_of(rows: Sequence[Json]) -> tuple[str, ...]:
    """Give the processes that have rows, ``("",)`` where there is one alone."""
    return tuple(dict.fromkeys(row["process"] for row in rows if "process" in row)) or ("",)


def process_title(process: str) -> str:
    """Say which process a block is of.

    >>> process_title(""), process_title("C")
    ('first process', 'process C')
    """
    return f"process {process}" if process else "first process"


def life_word(trace: Json, process: str, number: int) -> str:
    """Say of a process in a state that it is not there yet, or has ended; "" while it is there."""
    first, ended = trace["lives"][trace["processes"].index(process)]
    if number < first:
        return "not yet"
    return "ended" if ended is not None and number >= ended else ""


def counters_met(trace: Json) -> tuple[tuple[int, int], ...]:
    """Give the rss counters that are not 0 throughout in every process, each by its number in
    COUNTERS, with the most that it comes to.
    """
    states = (trace["initial"], *trace["steps"])
    most = [0] * len(COUNTERS)
    for state in states:
        for at, value in enumerate(state["rss"]):
            most[at % len(COUNTERS)] = max(most[at % len(COUNTERS)], value)
    return tuple((at, value) for at, value in enumerate(most) if value)


def shared_pages(state: State) -> dict[tuple[int, int], str]:
    """Give for each row and page what several hold: the number of the folio, or ``#`` and the
    slot's, where there are several processes.

    The page cache and the entries of all processes count as holders; the row of the swap slots
    does not.
    """
    holders: dict[str, list[tuple[int, int]]] = {}
    if in_blocks(state.trace):
        for row, about in enumerate(state.trace["rows"]):
            for page in range(about["pages"] if about["role"] != "swap" else 0):
                cell = state.cell(row, page)
                for sign, held in (("#", cell["slot"]), ("", cell["folio"])):
                    if held is not None:
                        holders.setdefault(f"{sign}{held}", []).append((row, page))
    return {place: sign for sign, places in holders.items() if len(places) > 1 for place in places}
