"""Small figures for prose: runs that stand alone or side by side, and what is said of each state.

>>> figures = shown("reproducer", kernel=["v5.17", "v6.12"])
>>> figures.captions, figures.ok
(('v5.17', 'v6.12'), False)
>>> [side.head for side in figures.said(figures.opens)]
['A[1] is kept.', 'A[1] is zapped.']
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

from zapviz.api.comparisons import Comparison
from zapviz.api.traces import Trace, run
from zapviz.comparison.abreast import abreast, common_statements, parted
from zapviz.comparison.align import Frame
from zapviz.comparison.comparison import MOST_KERNELS
from zapviz.errors import ZapvizError, numbered
from zapviz.kernels.known import Kernel, several_kernels
from zapviz.model import program as p
from zapviz.model.conditions import parts
from zapviz.render.text.saying import Saying, failing_words, sayings
from zapviz.scenario.given import GivenScenario
from zapviz.scenario.text import format_statement
from zapviz.trace.deciding import deciding_step
from zapviz.trace.record import Json
from zapviz.view import pack_trace

__all__ = ["MOST_SIDES", "Shown", "shown"]

MOST_SIDES: Final = MOST_KERNELS
"""Most figures side by side: more do not fit beside each other."""

GivenKernels = str | Kernel | Iterable[str | Kernel] | None
"""A kernel or its name, or several of them; None: as :func:`zapviz.run` has it."""


def shown(
    *scenarios: GivenScenario | Trace, kernel: GivenKernels = None, step: int | None = None
) -> Shown:
    """Run what a small figure shows: one scenario, several, or one on several kernels.

    Args:
        scenarios: Each in a form that :func:`zapviz.run` takes, or a trace. A trace brings its
            kernel and its order of CPUs, unless a kernel is given.
        kernel: The kernel of all of them; or several, for a single scenario.
        step: The state that is shown first, negative from the end; of several figures the number of
            a common step. None: the step that decides, or at which the figures part.

    Raises:
        ScenarioError: A scenario is wrong.
        ZapvizError: There is no scenario, no such name, kernel or state, or there are too many.
    """
    if not scenarios:
        raise ZapvizError("there is nothing to show; give a scenario, such as 'reproducer'")
    several = not isinstance(kernel, str | Kernel | None)
    kernels = [None] if kernel is None else several_kernels(kernel)
    if several and len(scenarios) > 1:
        raise ZapvizError(
            f"{len(scenarios)} scenarios stand side by side on one kernel, and several kernels on "
            "one scenario; give one kernel, or one scenario"
        )
    pairs = [(scenario, name) for scenario in scenarios for name in kernels]
    if not 1 <= len(pairs) <= MOST_SIDES:
        raise ZapvizError(f"1 to {MOST_SIDES} figures stand side by side, not {len(pairs)}")
    return Shown([_trace(*pair) for pair in pairs], step)


def _trace(scenario: GivenScenario | Trace, kernel: str | Kernel | None) -> Trace:
    if not isinstance(scenario, Trace):
        return run(scenario, kernel)
    return scenario if kernel is None else run(scenario.program, kernel)


class Shown:
    """Traces side by side: the frames in which they are stepped, their captions and sentences.

    Args:
        traces: One to :data:`MOST_SIDES` traces.
        step: The frame that is shown first, negative from the end; None: the deciding one.

    Raises:
        StateError: There is no such frame.
    """

    def __init__(self, traces: Sequence[Trace], step: int | None = None) -> None:
        self.traces = tuple(traces)
        decided = tuple(map(deciding_step, traces))
        self.frames: tuple[Frame, ...]
        if len(traces) == 1:
            self.frames = tuple((number,) for number in range(traces[0].last + 1))
            opens = decided[0]
        elif self._one_program():
            comparison = Comparison(self.traces)
            self.frames = comparison.frames
            forks = (fork.frame for fork in comparison.forks
                      if comparison.differences(fork.frame).entries)  # fmt: skip
            opens = next(forks, self._frame_of(decided))
        else:
            decided = parted(self.traces) or decided
            self.frames = abreast(self.traces, decided)
            opens = self._frame_of(decided)
        self.opens = opens if step is None else numbered("state", step, len(self.frames) - 1)

    def _one_program(self) -> bool:
        plain = all(trace.schedule is None for trace in self.traces)
        return plain and len({trace.scenario for trace in self.traces}) == 1

    def _frame_of(self, states: tuple[int, ...]) -> int:
        """Give the first frame in which each trace has come to its state."""
        return next(at for at, frame in enumerate(self.frames)
                    if all(map(int.__ge__, frame, states)))  # fmt: skip

    @property
    def ok(self) -> bool:
        """Whether every assertion of every trace holds."""
        return all(trace.ok for trace in self.traces)

    @property
    def captions(self) -> tuple[str, ...]:
        """What tells the figures apart: their kernels, their titles, or the first statement that
        differs; "" for a single figure.
        """
        if len(self.traces) == 1:
            return ("",)
        kernels = [trace.kernel.name for trace in self.traces]
        if self._one_program():
            return tuple(kernels)
        titles = [trace.program.title for trace in self.traces]
        if all(titles) and len(set(titles)) == len(titles):
            return tuple(titles)
        common = common_statements(self.traces)
        return tuple(_statement_at(trace, common) for trace in self.traces)

    @cached_property
    def _sayings(self) -> tuple[list[Saying], ...]:
        return tuple(map(sayings, self.traces))

    def said(self, frame: int) -> list[Saying]:
        """Give what is said at a frame, of each figure."""
        return [said[at] for said, at in zip(self._sayings, self.frames[frame], strict=True)]

    def fails(self, frame: int) -> list[str]:
        """Give, for each figure, what is said at the end: the assertions that fail.

        Nothing is said before the step that makes one fail, nor again of the assertion itself.
        """
        told = []
        frame = numbered("state", frame, len(self.frames) - 1)
        for trace, at in zip(self.traces, self.frames[frame], strict=True):
            outcome = trace.outcomes[trace.statement_of(at)] if at else None
            itself = outcome is not None and trace.steps[at - 1].kind == "check"
            line = outcome.statement.line if outcome is not None and itself else 0
            told.append(failing_words(trace, line, at))
        return told

    def sentences(self, frame: int) -> list[str]:
        """Give the whole sentence of each figure at a frame, as plain text."""
        return [
            " ".join(part for part in (said.head, said.rest, fails) if part)
            for said, fails in zip(self.said(frame), self.fails(frame), strict=True)
        ]

    def as_json(self) -> Json:
        """Give what a page needs, as plain values.

        ``sides`` has for each figure its ``caption``, its packed trace as ``payload``, and for each
        frame what is ``said``: a verdict, a head, the rest and what fails.
        """
        said = [
            [[*saying, fails] for saying, fails in zip(self.said(at), self.fails(at), strict=True)]
            for at in range(len(self.frames))
        ]
        return {
            "frames": [list(frame) for frame in self.frames],
            "step": self.opens,
            "sides": [
                {
                    "caption": caption,
                    "payload": pack_trace(trace.as_json()),
                    "said": [frame[side] for frame in said],
                }
                for side, (trace, caption) in enumerate(
                    zip(self.traces, self.captions, strict=True)
                )
            ],
        }


def _statement_at(trace: Trace, index: int) -> str:
    """Give a statement's text on one line; of an assertion the call that it makes.

    Where there is none, it is the last statement that acts.
    """
    acts = [outcome.statement for outcome in trace.outcomes]
    texts = [" ".join(text.split()) for text in trace.texts]
    if index < len(acts):
        act = acts[index]
        if not isinstance(act, p.Assert):
            return texts[index]
        called = [part.call for part in parts(act.condition) if isinstance(part, p.ResultIs)]
        if called:
            return format_statement(called[0])
    last = [text for act, text in zip(acts, texts, strict=True) if not isinstance(act, p.Assert)]
    return last[-1] if last else ""
