"""The trace: the record of a run that every view reads.

:func:`run` runs a scenario and gives a :class:`Trace`: its steps, with the state after
each.  ``as_json()`` is described in docs/trace.md.

>>> trace = run("N = anon(2)\\nN[0] = 7\\nassert N[0] == anon")
>>> trace.ok, len(trace.steps)
(True, 3)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from zapviz.errors import StateError, ZapvizError, numbered
from zapviz.kernels.known import DEFAULT_KERNEL, Kernel, is_named
from zapviz.kernels.known import kernel as find_kernel
from zapviz.model import program as p
from zapviz.model.machine import BLOCKED, Outcome, run_program
from zapviz.model.steps import Step
from zapviz.model.world import World
from zapviz.scenario.given import GivenScenario, given_source
from zapviz.scenario.text import format_scenario, statement_texts
from zapviz.trace.record import Recorder

if TYPE_CHECKING:
    from os import PathLike

    from matplotlib.figure import Figure

    from zapviz.trace.turns import Turn

__all__ = [
    "IN_TURN",
    "MAX_STEPS",
    "State",
    "Trace",
    "run",
]


MAX_STEPS: Final = 20_000
"""Most steps of a trace; what is longer nobody steps through."""


def run(scenario: GivenScenario, kernel: str | Kernel | None = None) -> Trace:
    """Run a scenario on a kernel.

    :param scenario: Its text, the name of a shipped one, a permalink, a file's
        ``pathlib.Path``, or a program.
    :param kernel: A kernel or its name; None: that of the permalink or of the mail that was
        pasted (the first, where it compares several), else ``DEFAULT_KERNEL``.

    Errors: ScenarioError for a wrong scenario, ZapvizError for an unknown name or kernel,
    a file or permalink that cannot be opened here, or what is no scenario at all.
    """
    source = given_source(scenario)
    if source.link is not None:
        return source.link.trace(kernel)
    if kernel is None and source.parsed is None:
        from zapviz.scenario.mail import mailed_kernels

        kernel = next(iter(mailed_kernels(source.text)), None)
    return Trace(source.program, find_kernel(DEFAULT_KERNEL if kernel is None else kernel))


class Trace:
    """A scenario's run on one kernel, step by step.

    ``program``, ``kernel``, ``steps`` (a Step each), and ``outcomes`` (one for each
    statement that ran) are plain values.  State 0 is the empty world; state n the one after
    ``steps[n - 1]``.  ``schedule`` is the interleaving, where it is one that was chosen, and
    ``turns`` are its steps.
    """

    turns: tuple[Turn, ...] = ()
    schedule: tuple[int, ...] | None = None
    whole_table: bool = False

    def __init__(self, program: p.Program, kernel: Kernel) -> None:
        steps: list[Step] = []
        owners: list[int] = []
        outcomes: list[Outcome] = []
        for outcome in run_program(program, kernel, steps):
            owners += [len(outcomes)] * (len(steps) - len(owners))
            outcomes.append(outcome)
            if len(steps) > MAX_STEPS:
                raise ZapvizError(
                    f"the scenario takes more than {MAX_STEPS} steps, up to line "
                    f"{outcome.statement.line}; give it fewer statements or fewer pages"
                )
        self._keep(program, kernel, steps, outcomes, owners, IN_TURN if program.concurrent else "")

    @classmethod
    def recorded(
        cls,
        program: p.Program,
        kernel: Kernel,
        steps: Sequence[Step],
        outcomes: Sequence[Outcome],
        owners: Sequence[int],
        note: str = "",
        turns: Sequence[Turn] | None = None,
        whole_table: bool = False,
    ) -> Trace:
        """A trace of a run that took place elsewhere, as one of several CPUs does.

        :param outcomes: One for each statement that ran.
        :param owners: The statement that each step belongs to; those of CPUs can alternate.
        :param note: What is to be said of the run.
        :param turns: The steps of its schedule, and ``whole_table`` how they were counted.
        """
        trace = cls.__new__(cls)
        trace._keep(program, kernel, steps, outcomes, owners, note)
        if turns is not None:
            trace.turns = tuple(turns)
            trace.schedule = tuple(turn.cpu for turn in turns if turn.cpu >= 0)
        trace.whole_table = whole_table
        return trace

    def _keep(
        self,
        program: p.Program,
        kernel: Kernel,
        steps: Sequence[Step],
        outcomes: Sequence[Outcome],
        owners: Sequence[int],
        note: str,
    ) -> None:
        self.program = program
        self.kernel = kernel
        self.steps = tuple(steps)
        self.outcomes = tuple(outcomes)
        self.note = note
        self._owners = tuple(owners)
        # The first and last step of each statement; where it has none, where it would be.
        self._spans: list[tuple[int, int]] = []
        firsts: dict[int, int] = {}
        lasts: dict[int, int] = {}
        for number, owner in enumerate(owners, 1):
            firsts.setdefault(owner, number)
            lasts[owner] = number
        last = 0
        for index in range(len(outcomes)):
            first, last = firsts.get(index, last + 1), lasts.get(index, last)
            self._spans.append((first, last))

    @property
    def ok(self) -> bool:
        """Whether every assertion holds and nothing blocked."""
        return not any(outcome.refuted for outcome in self.outcomes)

    @property
    def last(self) -> int:
        """The number of the last state."""
        return len(self.steps)

    def world(self, step: int) -> World:
        """The world of state ``step``, 0 to ``last``; negative counts from the end."""
        if step < 0:
            step += self.last + 1
        return self.steps[step - 1].world if step else World()

    def state(self, step: int) -> State:
        """State ``step``, to be shown."""
        return State(self, self.number(step))

    def number(self, step: int) -> int:
        """The number of a state, counted from 0; negative counts from the end.

        :raises StateError: There is no such state.
        """
        return numbered("state", step, self.last, f"on {self.kernel.name} ")

    def at_line(self, line: int) -> int:
        """The number of the state after the statement in a line, the last one that ran there.

        :raises StateError: None stands there; says in which lines some do.
        """
        lines = [outcome.statement.line for outcome in self.outcomes]
        if line not in lines:
            there = ", ".join(map(str, dict.fromkeys(lines)))
            raise StateError(f"no statement stands in line {line}; there are some in lines {there}")
        return self.last_state_of(len(lines) - 1 - lines[::-1].index(line))

    def statement_of(self, step: int) -> int:
        """The statement that step number ``step``, counted from 1, belongs to."""
        return self._owners[step - 1]

    def last_state_of(self, statement: int) -> int:
        """The number of the state after a statement, counted from 0."""
        return self._spans[statement][1]

    def span(self, statement: int) -> tuple[int, int]:
        """The first and the last step of a statement, counted from 1; of a CPU's, steps of
        others may stand between."""
        return self._spans[statement]

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Each statement as it is printed."""
        return statement_texts(self.program)[: len(self.outcomes)]

    @property
    def scenario(self) -> str:
        """The text that the lines of the statements count in."""
        return self.program.source or format_scenario(self.program)

    def as_json(self) -> dict[str, Any]:
        """The whole trace as plain values; the form is described in docs/trace.md."""
        return self._json

    @cached_property
    def _json(self) -> dict[str, Any]:
        return Recorder(self).record()

    def as_run(self) -> dict[str, Any]:
        """What ``zapviz run --json`` prints: each statement, its result, the entries after it."""
        steps = []
        for outcome, text in zip(self.outcomes, self.texts, strict=True):
            step: dict[str, Any] = {
                "line": outcome.statement.line,
                "text": text,
                "result": outcome.result,
                "ptes": {
                    area.name: [str(entry.kind) for entry in area.entries]
                    for area in outcome.world.areas
                },
                "rss": dict(zip(p.COUNTERS, outcome.world.rss, strict=True)),
            }
            if isinstance(outcome.statement, p.Assert):
                step["ok"] = not outcome.refuted
            steps.append(step)
        return {"kernel": self.kernel.name, "ok": self.ok, "steps": steps}

    def text(self) -> str:
        """The readable trace: at most 72 columns, 7-bit ASCII."""
        from zapviz.render.text.trace import format_trace

        return format_trace(self)

    def permalink(self, step: int | None = None) -> str:
        """The trace as a text token that opens at a state; see :mod:`zapviz.scenario.permalink`."""
        from zapviz.scenario.permalink import format_permalink

        shown = None if step is None else self.number(step)
        return format_permalink(
            self.scenario,
            self.kernel,
            shown,
            schedule=self.schedule,
            whole_table=self.whole_table,
        )

    def export(self, form: str, step: int | None = None, **options: Any) -> str | bytes:
        """The trace, or a state of it, in a form to be sent or shown: ``mail``, ``png``, ...

        :param form: One of :data:`zapviz.api.exports.FORMS`.
        :param step: The state; negative counts from the end.  None: what the form shows
            unasked, the whole trace or its last state.
        :param options: ``line``, the line of the statement that has just run, instead of a
            state; and what the form takes besides, such as ``theme`` or ``width``.
        :raises ZapvizError: There is no such form, state, line or option.
        """
        from zapviz.api.exports import export

        return export(self, form, step, **options)

    def save(
        self,
        path: str | PathLike[str],
        step: int | None = None,
        *,
        form: str | None = None,
        overwrite: bool = False,
        **options: Any,
    ) -> None:
        """Write what :meth:`export` gives into a file, whole or not at all.

        :param form: None takes it from the file's ending.
        :param overwrite: Whether a file that is there may be replaced.
        :raises ZapvizError: As of :meth:`export`; or the file is there, or cannot be written.
        """
        from zapviz.api.exports import save

        save(self, path, step, form=form, overwrite=overwrite, **options)

    def figure(self, step: int | None = None, *, line: int | None = None, **options: Any) -> Figure:
        """A matplotlib figure of one state.

        :param step: The state; negative counts from the end.  None: the last.
        :param line: Instead of it, the line of the statement that has just run.
        :param options: ``theme``, ``width``, ``dpi`` and ``since``, as of :meth:`export`.
        :raises ZapvizError: There is no such state, line or option.
        """
        from zapviz.api.exports import check_figure, place
        from zapviz.render.figure.state import draw_state

        at = place(self, step, line)
        given = check_figure(self, options)
        return draw_state(self, self.number(-1 if at is None else at), **given)

    def __repr__(self) -> str:
        title = self.program.title or "a scenario"
        blocked = any(outcome.result == BLOCKED for outcome in self.outcomes)
        outcome = "no assertion fails" if self.ok else "an assertion fails"
        outcome = "it never returns" if blocked else outcome
        return f"<Trace of {title!r} on {self.kernel.name}: {self.last} steps, {outcome}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self.state(self.last)._repr_mimebundle_() | {"text/plain": self.text()}


class State:
    """One state of a trace, with a picture of its own in a notebook."""

    def __init__(self, trace: Trace, number: int) -> None:
        self.trace = trace
        self.number = number

    @property
    def world(self) -> World:
        """The state itself, as immutable values."""
        return self.trace.world(self.number)

    def text(self) -> str:
        """The state as page strips in plain text."""
        from zapviz.render.text.trace import format_state

        return format_state(self.trace, self.number)

    def figure(self, **options: Any) -> Figure:
        """A matplotlib figure of the state."""
        return self.trace.figure(self.number, **options)

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from zapviz.render.figure.state import figure_html
        from zapviz.view import PAGE_MIME

        shown = {"text/plain": self.text(), "text/html": figure_html(self.trace, self.number)}
        data = self._page_data()
        return {**shown, PAGE_MIME: data} if data else shown

    def _page_data(self) -> dict[str, Any]:
        """What is drawn, so that a page can have it drawn in its own colours.

        Nothing of a run that its text and its kernel's name do not describe."""
        trace = self.trace
        if not is_named(trace.kernel) or trace.schedule is not None:
            return {}
        given = {"text": trace.scenario, "kernel": trace.kernel.name, "step": self.number}
        return {"view": "figure", **given}


IN_TURN: Final = (
    "The CPUs are run one after the other here: one interleaving of many. "
    "zapviz race explores them all."
)
"""Said of a scenario with CPUs."""
