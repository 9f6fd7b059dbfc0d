"""One scenario on several kernels, frame by frame: their steps side by side, what differs.

Only what a process can tell is compared: the class of an entry and the byte behind it, i_size, the
rss counters, results. The numbers of folios and swap slots are left out. Why kernels part is found
in :mod:`zapviz.comparison.partings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

from zapviz.comparison.align import align
from zapviz.comparison.differences import Differences, differences_of
from zapviz.errors import numbered
from zapviz.kernels.known import Kernel
from zapviz.trace.deciding import deciding_step
from zapviz.trace.run import Run

__all__ = ["MOST_KERNELS", "Comparison", "Fork"]

MOST_KERNELS: Final = 4
"""Most kernels that are compared at once: more do not fit beside each other."""


class Fork(NamedTuple):
    """A frame at which kernels part that were the same before."""

    frame: int
    before: list[int]  # the class of each kernel; kernels that never differed share one
    after: list[int]  # the same, from this frame on


class Comparison:
    """One scenario on several kernels, frame by frame.

    ``runs`` has a Run for each kernel. ``frames`` has, for each frame, the number of a state of
    each run; the numbers never go back, from all zeros to each run's last state. ``statements`` has
    the statement of each frame, None for the first.
    """

    def __init__(self, runs: tuple[Run, ...]) -> None:
        self.runs = runs
        self.frames, self.statements, self._ends = align(runs)

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """The kernels, in the order in which they were named."""
        return tuple(run.kernel for run in self.runs)

    @property
    def same(self) -> bool:
        """Whether all that a process can tell is always the same."""
        return not self.forks

    @property
    def in_turn(self) -> bool:
        """Whether the scenario has CPUs, which ran one after the other: one interleaving of
        many.
        """
        return self.runs[0].program.concurrent

    @property
    def last(self) -> int:
        """The number of the last frame."""
        return len(self.frames) - 1

    @property
    def opens(self) -> int:
        """The frame that tells most: where the kernels part first, else where the first one's own
        trace opens.
        """
        if self.forks:
            return self.forks[0].frame
        step = deciding_step(self.runs[0])
        return next(n for n, (first, *_) in enumerate(self.frames) if first >= step)

    def differences(self, frame: int = -1) -> Differences:
        """Give all that differs at a frame; negative counts from the end.

        Raises:
            StateError: There is no such frame.
        """
        return self.frame_differences[self.number(frame)]

    def number(self, frame: int) -> int:
        """Give the number of a frame, counted from 0; negative counts from the end.

        Raises:
            StateError: There is no such frame.
        """
        return numbered("frame", frame, self.last)

    def at_line(self, line: int) -> int:
        """Give the last frame of the statement in a line; of several, that of the last one that
        ran.

        Raises:
            StateError: No statement stands there; the message lists the lines that have one.
        """
        longest = max(self.runs, key=lambda run: len(run.outcomes))
        return self.statement_end(longest.statement_of(longest.at_line(line)))

    def statement_end(self, statement: int) -> int:
        """Give the last frame of a statement."""
        return max(at for at, owner in enumerate(self.statements) if owner == statement)

    def ends(self) -> tuple[int, ...]:
        """Give the last frame of each statement; of a CPU, of each statement of its body."""
        return tuple(self._ends)

    def results(self, frame: int) -> tuple[str, ...]:
        """Give the result, on each kernel, of the statement that a frame belongs to.

        It is a result of the scenario language; ``holds`` or ``FAILS`` for an assertion; ``not
        run`` where the run blocked before.
        """
        return self._ends[self._end_of(frame)].results

    def line(self, frame: int) -> int:
        """Give the line of the statement that a frame belongs to; of a CPU, a line within its
        body.
        """
        return self._ends[self._end_of(frame)].line

    def text_of(self, frame: int) -> str:
        """Give the statement that a frame belongs to, on one line."""
        return self._ends[self._end_of(frame)].text

    def _end_of(self, frame: int) -> int:
        frame = max(1, self.number(frame))
        if frame in self._ends:
            return frame
        return next(end for end in self._ends if end > frame)

    @cached_property
    def frame_differences(self) -> tuple[Differences, ...]:
        """What differs, for each frame."""
        return tuple(differences_of(self.runs, self.frames, self._ends))

    @cached_property
    def forks(self) -> tuple[Fork, ...]:
        """Each frame at which kernels part, without the causes."""
        classes = [0] * len(self.runs)
        forks = []
        for at in range(1, len(self.frames)):
            if not self.frame_differences[at] or not self.settled(at):
                continue
            finer = self._classes(at, classes)
            if finer == classes:
                continue
            first = at
            while not self.settled(first - 1) and self._classes(first - 1, classes) == finer:
                first -= 1
            forks.append(Fork(first, classes, finer))
            classes = finer
        return tuple(forks)

    def settled(self, at: int) -> bool:
        """Tell whether no run has taken steps up to a frame that the others have yet to answer."""
        return not at or at in self._ends or self._abreast(at) or self._abreast(at + 1)

    def _abreast(self, at: int) -> bool:
        """Tell whether every run takes a step to this frame."""
        return all(map(int.__lt__, self.frames[at - 1], self.frames[at]))

    def _classes(self, at: int, classes: Sequence[int]) -> list[int]:
        """Refine the classes of kernels by what differs at a frame."""
        entries, counters, sizes, results = self.frame_differences[at]
        signs: dict[Any, int] = {}
        return [
            signs.setdefault(
                (
                    class_,
                    *(entry.seen[index] for entry in entries),
                    *(counter.pages[index] for counter in counters),
                    *(size.sizes[index] for size in sizes),
                    results[index] if results else "",
                ),
                len(signs),
            )
            for index, class_ in enumerate(classes)
        ]

    def __repr__(self) -> str:
        title = self.runs[0].program.title or "a scenario"
        names = ", ".join(kernel.name for kernel in self.kernels)
        same = "the same with the CPUs in turn" if self.in_turn else "the same"
        outcome = f"they part at frame {self.forks[0].frame}" if self.forks else same
        return f"<Comparison of {title!r} on {names}: {len(self.frames)} frames, {outcome}>"
