"""Runs of different scenarios side by side: which state of each stands beside which.

>>> from zapviz.kernels.known import kernel
>>> from zapviz.scenario.text import parse_scenario
>>> begun = "N = anon(1)\\nN[0] = 1\\n"
>>> ends = ("madvise(N, MADV_DONTNEED)", "munmap(N)")
>>> runs = [Run(parse_scenario(begun + end), kernel("v6.12")) for end in ends]
>>> abreast(runs, (4, 5))
((0, 0), (1, 1), (2, 2), (2, 3), (3, 4), (4, 5), (4, 6), (5, 7), (6, 8))
"""

from __future__ import annotations

from collections.abc import Sequence

from zapviz.comparison.align import Frame
from zapviz.trace.run import Run

__all__ = ["abreast", "common_statements", "parted"]


def abreast(runs: Sequence[Run], decided: Frame) -> tuple[Frame, ...]:
    """Give frames of several runs that meet where they can.

    They meet after each statement with which all of them begin, at the state that decides each, and
    at the end. On the way to such a meeting the run with fewer steps waits first. The numbers of a
    run never go back.

    Args:
        runs: The runs.
        decided: For each run, the number of the state that decides it.
    """
    meetings: list[Frame] = [
        tuple(run.last_state_of(index) for run in runs) for index in range(common_statements(runs))
    ]
    for met in (decided, tuple(run.last for run in runs)):
        if not meetings or all(map(int.__ge__, met, meetings[-1])):
            meetings.append(met)
    frames: list[Frame] = [tuple(0 for _ in runs)]
    for met in meetings:
        before = frames[-1]
        length = max(there - here for here, there in zip(before, met, strict=True))
        frames += [
            tuple(max(here, there - left) for here, there in zip(before, met, strict=True))
            for left in range(length - 1, -1, -1)
        ]
    return tuple(frames)


def common_statements(runs: Sequence[Run]) -> int:
    """Count the statements with which all runs begin."""
    count = 0
    for first, *others in zip(*(run.outcomes for run in runs), strict=False):
        if any(other.statement != first.statement for other in others):
            break
        count += 1
    return count


def parted(runs: Sequence[Run]) -> Frame | None:
    """Give the states after which runs that began alike have decided one entry differently.

    It is the first entry of which one run's zap keeps what another's removes; None: there is none.
    """
    common = common_statements(runs)
    decided = [_decided(run, run.last_state_of(common - 1) if common else 0) for run in runs]
    for entry in decided[0]:
        if not all(entry in one for one in decided):
            continue
        if len({one[entry][0] for one in decided}) > 1:
            return tuple(one[entry][1] for one in decided)
    return None


def _decided(run: Run, since: int) -> dict[tuple[str, int], tuple[str, int]]:
    """Give the verdict of each zap on an entry after a state, and the state that it led to.

    The first zap of an entry, by the entry's mapping and page.
    """
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for number, step in enumerate(run.steps[since:], since + 1):
        if step.kind != "zap" or step.place is None or step.place.in_file or not step.verdict:
            continue
        name = run.world(number).areas[step.place.of].name
        found.setdefault((name, step.place.page), (step.verdict, number))
    return found
