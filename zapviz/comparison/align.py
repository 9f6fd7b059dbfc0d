"""The steps of several runs side by side, frame by frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from zapviz.model import program as p
from zapviz.model.machine import BLOCKED, Outcome, run_statement
from zapviz.model.steps import Step
from zapviz.trace.run import Run

__all__ = []


Frame: TypeAlias = tuple[int, ...]
"""For each run, the number of a state."""


_MOST_PAIRS: Final = 20_000  # most pairs of steps for which the best alignment is sought


_NEAR: Final = 24  # steps to look ahead, where there are more pairs than that


def _result(outcome: Outcome) -> str:
    if not isinstance(outcome.statement, p.Assert):
        return outcome.result
    if outcome.undecided:
        return "undecided"
    return "FAILS" if outcome.refuted else "holds"


# ---- the steps of several runs side by side ---------------------------------


class _Piece(NamedTuple):
    """A statement of a run, or of a CPU's body: its steps, and its result."""

    first: int  # its steps, counted from 1
    last: int
    result: str


class End(NamedTuple):
    """The end of a statement: its result in each run, its line and text."""

    results: tuple[str, ...]
    line: int
    text: str


def align(
    runs: Sequence[Run],
) -> tuple[tuple[Frame, ...], tuple[int | None, ...], dict[int, End]]:
    """Align the steps of several runs.

    Returns:
        The frames, the statement of each frame, and for each frame at which a statement ends, that
        end.
    """
    now = [0] * len(runs)
    frames: list[Frame] = [tuple(now)]
    statements: list[int | None] = [None]
    ends: dict[int, End] = {}
    longest = max(runs, key=lambda run: len(run.outcomes))
    for statement, outcome in enumerate(longest.outcomes):
        sides = [_pieces(run, statement) for run in runs]
        cpu, text = outcome.statement, longest.texts[statement]
        lines = text.splitlines()
        for at in range(max(map(len, sides))):
            pieces = [pieces[at] if at < len(pieces) else None for pieces in sides]
            for moving in _columns([_keys(*pair) for pair in zip(runs, pieces, strict=True)]):
                for index in moving:
                    now[index] += 1
                frames.append(tuple(now))
                statements.append(statement)
            results = tuple("not run" if piece is None else piece.result for piece in pieces)
            line, statement_text = cpu.line, " ".join(text.split())
            if isinstance(cpu, p.Cpu):
                line = cpu.body[at].line
                statement_text = f"CPU{cpu.number}'s {lines[1 + at].strip()}"
            ends[len(frames) - 1] = End(results, line, statement_text)
    return tuple(frames), tuple(statements), ends


def _pieces(run: Run, statement: int) -> list[_Piece]:
    """Give the steps of a statement of a run; of a CPU's, those of each statement of its body."""
    if statement >= len(run.outcomes):  # the run blocked before it
        return []
    first, last = run.span(statement)
    outcome = run.outcomes[statement]
    if not isinstance(outcome.statement, p.Cpu):
        return [_Piece(first, last, _result(outcome))]
    # The run does not record where each statement of the body ends, so run the body once more.
    world = run.world(first - 1)
    pieces = []
    for inner in outcome.statement.body:
        steps: list[Step] = []
        done = run_statement(run.kernel, world, inner, steps)
        world = done.world
        pieces.append(_Piece(first, first + len(steps) - 1, _result(done)))
        first += len(steps)
        if done.result == BLOCKED:
            break
    return pieces


def _keys(run: Run, piece: _Piece | None) -> list[Any]:
    """Give a key for each step of a statement, which leaves out its rule and its outcome."""
    if piece is None:
        return []
    return [
        (step.kind, step.cpu, step.place, step.part.title, step.title)
        for step in run.steps[piece.first - 1 : piece.last]
    ]


def _columns(runs: Sequence[list[Any]]) -> list[list[int]]:
    """Merge the steps of several runs; tell for each merged step which runs take it.

    Runs are merged one by one, each with all before it.
    """
    keys = list(runs[0])
    columns = [[0] for _ in keys]
    for index, run in enumerate(runs[1:], 1):
        if run == keys:
            for column in columns:
                column.append(index)
            continue
        merged: list[Any] = []
        wider: list[list[int]] = []
        at = start = 0
        for first, stop in [*_matches(keys, run), (len(keys), len(run))]:
            merged += keys[at:first] + run[start:stop]
            wider += columns[at:first] + [[index] for _ in range(start, stop)]
            if first < len(keys):
                merged.append(keys[first])
                wider.append([*columns[first], index])
            at, start = first + 1, stop + 1
        keys, columns = merged, wider
    return columns


def _matches(ones: list[Any], others: list[Any]) -> Iterator[tuple[int, int]]:
    """Give the pairs of indexes at which two lists of keys hold the same step, in order."""
    first, end = 0, min(len(ones), len(others))
    while first < end and ones[first] == others[first]:
        yield first, first
        first += 1
    tail = 0
    while tail < end - first and ones[-1 - tail] == others[-1 - tail]:
        tail += 1
    one, other = ones[first : len(ones) - tail], others[first : len(others) - tail]
    pairs = Counter(one)
    # difflib's time grows with the number of pairs that could match.
    if sum(pairs[key] for key in other) <= _MOST_PAIRS:
        from difflib import SequenceMatcher  # slow to import, and kernels seldom differ

        for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
            for at in range(block.size):
                yield first + block.a + at, first + block.b + at
    else:
        for at, beside in _nearest_matches(one, other):
            yield first + at, first + beside
    for at in range(tail, 0, -1):
        yield len(ones) - at, len(others) - at


def _nearest_matches(ones: list[Any], others: list[Any]) -> Iterator[tuple[int, int]]:
    """Give such pairs from the front on, the nearest match first, in linear time."""
    one = other = 0
    while one < len(ones) and other < len(others):
        for skipped in range(2 * _NEAR + 1):
            # How far to go in the first list; the rest of the distance is gone in the second.
            ahead = next(
                (
                    ahead
                    for ahead in range(skipped + 1)
                    if one + ahead < len(ones)
                    and other + skipped - ahead < len(others)
                    and ones[one + ahead] == others[other + skipped - ahead]
                ),
                None,
            )
            if ahead is not None:
                one, other = one + ahead, other + skipped - ahead
                yield one, other
                break
        one, other = one + 1, other + 1
