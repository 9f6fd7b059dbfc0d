"""The model's record beside what a watched kernel did: which steps were seen, and both in frames.

Both sides meet where the kernel makes a change that the model makes too, and at the end of each
statement; on the way to such a meeting the side with fewer steps waits.
"""

from __future__ import annotations

from collections.abc import Iterator

from zapviz.lab.kernel_record import kernel_record, shown_events
from zapviz.lab.kernel_steps import KernelSteps
from zapviz.lab.steps import Change
from zapviz.trace.record import Json, record_of

__all__ = ["compared_record", "record_with_seen"]


def record_with_seen(watched: KernelSteps) -> Json:
    """Give the model's record, with ``seen`` in each step; see ``Watched.beside_json()``."""
    record: Json = {**record_of(watched.run)}
    steps = [{**step, "seen": None} for step in record["steps"]]
    for index, compared in enumerate(watched.compared):
        first, _ = watched.run.span(index)
        for each in compared:
            if each.model is not None:
                for at in each.model.at:
                    step = steps[first - 1 + at]
                    step["seen"] = each.same and step["seen"] is not False
    seen_on = {"name": watched.name, "release": watched.release, "agrees": watched.agrees}
    return {**record, "steps": steps, "seen_on": seen_on}


def compared_record(watched: KernelSteps) -> Json:
    """Give frames of both sides; see ``Watched.comparison_json()``."""
    model, kernel = record_of(watched.run), kernel_record(watched)
    frames: list[list[int]] = [[0, 0]]
    statements: list[int | None] = [None]
    met = {0}
    for index in range(len(watched.calls)):
        for one, other in _meetings(watched, index, kernel):
            before = frames[-1]
            length = max(one - before[0], other - before[1])
            for left in range(length - 1, -1, -1):
                frames.append([max(before[0], one - left), max(before[1], other - left)])
                statements.append(index)
            met.add(len(frames) - 1)
    parts = _parting(watched, frames, kernel)
    states = _States(model, kernel)
    release = watched.release
    return {
        "format": "zapviz-comparison",
        "version": 1,
        "same": watched.difference is None,
        "in_turn": False,
        "kernels": [
            {"name": f"model of {watched.model.name}", "title": watched.model.title},
            {"name": f"Linux {watched.name} itself", "title": f"watched: {release}"},
        ],
        "frames": frames,
        "statements": statements,
        # Between two meetings one side is ahead, which is no difference.
        "differences": [
            states.differences(*frame) if at in met else [] for at, frame in enumerate(frames)
        ],
        "parts": parts,
        "partings": [] if parts is None else [parts],
        "watched": True,
    }


def _meetings(watched: KernelSteps, index: int, kernel: Json) -> Iterator[tuple[int, int]]:
    """Give the states of both sides at which they meet in a statement; its end is the last."""
    first, last = watched.run.span(index)
    begins, ends = kernel["statements"][index]["first"], kernel["statements"][index]["last"]
    shown = shown_events(watched, index)
    together: dict[int, int] = {}  # of a model's step, the kernel's last change that is part of it
    for each in watched.compared[index]:
        if each.model is not None and each.kernel is not None and each.same:
            together[max(each.model.at)] = shown[max(each.kernel.at)]
    one, other = first - 1, begins - 1
    for mine, theirs in sorted(together.items()):
        states = first + mine, begins - 1 + theirs
        if states[1] > other:
            one, other = states
            yield states
    if (one, other) != (last, ends):
        yield last, ends


class _States:
    """The entries of both sides, by state."""

    def __init__(self, model: Json, kernel: Json) -> None:
        self.sides = model, kernel
        self.rows = [row for row in kernel["rows"] if row["role"] == "mapping"]
        self.kinds = [_kinds(side) for side in self.sides]

    def differences(self, *frame: int) -> list[list[object]]:
        """Give the entries whose kinds differ at a frame: [row, page, kinds] each."""
        found: list[list[object]] = []
        for row in self.rows:
            one, other = (
                side[state][row["id"]] for side, state in zip(self.kinds, frame, strict=True)
            )
            found += [
                [row["id"], page, [mine, theirs]]
                for page, (mine, theirs) in enumerate(zip(one, other, strict=True))
                if mine != theirs
            ]
        return found


def _kinds(record: Json) -> list[dict[str, list[str]]]:
    """Give the kind of each entry, by row, in every state of a record."""
    # When a page stops to be part of a mapping, no entry says.
    kind = ["none" if cell["kind"] == "unmapped" else cell["kind"] for cell in record["cells"]]
    ids = [row["id"] for row in record["rows"]]
    now = {
        name: [kind[cell] for cell in cells]
        for name, cells in zip(ids, record["initial"]["cells"], strict=True)
    }
    states = [now]
    for step in record["steps"]:
        now = dict(now)
        for row, page, cell in step["set"]:
            now[ids[row]] = [*now[ids[row]]]
            now[ids[row]][page] = kind[cell]
        states.append(now)
    return states


def _after(change: Change | None, place: tuple[int, int]) -> str:
    """Name what a change leaves at a place."""
    if change is None or change.place != place:
        return "nothing written"
    return str(change.after.kind)


def _parting(watched: KernelSteps, frames: list[list[int]], kernel: Json) -> Json | None:
    """Give the first difference in the form of a parting; None: there is none."""
    if watched.difference is None:
        return None
    index, number = watched.difference
    each = watched.compared[index][number]
    statement = kernel["statements"][index]
    first, _ = watched.run.span(index)
    if each.model is not None:
        side, state = 0, first + each.model.at[0]
    else:
        assert each.kernel is not None
        shown = shown_events(watched, index)
        side, state = 1, statement["first"] - 1 + shown[each.kernel.at[0]]
    change = each.model or each.kernel
    assert change is not None
    kinds = [_after(one, change.place) for one in each]
    if kinds[0] == kinds[1]:  # another pass, or another bit
        kinds = [f"{one.after} ({one.zapped_by or 'no'} pass)" for one in each if one]
    entry = {
        "row": watched.names[change.area],
        "page": change.page,
        "kinds": kinds,
        "data": [None, None],
    }
    return {
        "frame": next(at for at, frame in enumerate(frames) if frame[side] >= state),
        "statement": index,
        "line": statement["line"],
        "text": statement["text"],
        "groups": [[0], [1]],
        "entries": [entry],
        "counters": {},
        "sizes": {},
        "results": [],
        "reasons": [],
        "causes": [],
        "beside": [],
    }
