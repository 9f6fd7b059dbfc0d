"""A trace as users hold it: a run that shows itself, and can be sent and saved.

>>> trace = run("N = anon(2)\\nN[0] = 7\\nassert N[0] == anon")
>>> trace.ok, len(trace.steps)
(True, 3)
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, Self

from zapviz.door import door
from zapviz.errors import ZapvizError, choices_hint
from zapviz.kernels.known import Kernel, is_named
from zapviz.kernels.known import kernel as find_kernel
from zapviz.model.entries import Entry
from zapviz.model.world import World, byte_of
from zapviz.render.palette import CLASSES
from zapviz.render.text.ladder import format_ladder
from zapviz.render.text.trace import format_state, format_trace
from zapviz.scenario.given import GivenScenario, given_source
from zapviz.scenario.text import parse_scenario
from zapviz.trace.deciding import deciding_step
from zapviz.trace.record import Json, record_of, results_json
from zapviz.trace.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zapviz.scenario.permalink import Permalink

__all__ = ["State", "Trace", "open_permalink", "run"]


@door
def run(scenario: GivenScenario, kernel: str | Kernel | None = None) -> Trace:
    """Run a scenario on a kernel.

    Args:
        scenario: Its text, the name of a shipped one, a permalink, a file's ``pathlib.Path``, or a
            program.
        kernel: A kernel or its name; None: the kernel of the permalink or mail that was pasted (the
            first, where it compares several), else ``DEFAULT_KERNEL``.

    Raises:
        ScenarioError: The scenario is wrong.
        ZapvizError: The name or kernel is unknown, the file or permalink cannot be opened here, or
            the value is no scenario at all.
    """
    source = given_source(scenario)
    if source.link is not None:
        return open_permalink(source.link, kernel)
    return Trace(source.program, source.kernel(kernel))


def open_permalink(link: Permalink, kernel: str | Kernel | None = None) -> Trace:
    """Run the scenario of a permalink, on its kernel unless another is given.

    An order of CPUs that ends before they do is run to its end: a link may have been made when the
    model had fewer steps.

    Raises:
        ZapvizError: The scenario is wrong, or its schedule names a CPU that has no step.
    """
    program = parse_scenario(link.text, "permalink")
    chosen = find_kernel(link.kernel if kernel is None else kernel)
    if link.schedule is None:
        return Trace(program, chosen)
    from zapviz.races.replay import follow, replay

    order = follow(program, chosen, link.schedule, whole_table=link.whole_table)
    if order[: len(link.schedule)] != link.schedule:  # to be told which step cannot be taken
        order = link.schedule
    return Trace.of(replay(program, chosen, order, whole_table=link.whole_table))


class Trace(Run):
    """A scenario's run on one kernel, step by step, that can be drawn, exported and saved."""

    @classmethod
    def of(cls, run: Run) -> Self:
        """Make a trace of a run that was made elsewhere, such as a replay."""
        trace = cls.__new__(cls)
        trace.__dict__.update(run.__dict__)
        return trace

    @door
    def state(self, step: int) -> State:
        """Give a state that shows itself.

        Args:
            step: Its number; negative counts from the end.

        Raises:
            StateError: There is no such state.
        """
        return State(self, self.number(step))

    def as_json(self) -> Json:
        """Give the whole trace as plain values; docs/trace.md describes the form."""
        return record_of(self)

    def as_results(self) -> Json:
        """Give the results alone, as ``zapviz run --json`` prints them.

        Each statement has its result, and the entries after it.
        """
        return results_json(self)

    def text(self) -> str:
        """Give the readable trace: at most 72 columns, 7-bit ASCII."""
        return format_trace(self)

    @door
    def ladder(self, *, legend: bool = True, reasons: bool = False) -> str:
        """Give the steps of a race as a ladder: a column for each CPU, time going down.

        It has at most 72 columns of 7-bit ASCII, as kernel developers write races in mails.

        Args:
            legend: Whether to add the page strips before and after.
            reasons: Whether to say why each entry was zapped or kept, once for each rule.

        Raises:
            ZapvizError: The scenario has no CPUs.
        """
        if not self.program.concurrent:
            raise ZapvizError("a ladder has a column for each CPU, and this scenario has none; "
                              "text() gives its steps")  # fmt: skip
        return format_ladder(self, legend=legend, reasons=reasons)

    @door
    def permalink(
        self, step: int | None = None, *, comments: bool = True, short: bool = True
    ) -> str:
        """Give a link that opens this trace at a state.

        What comes with zapviz has a short one, such as ``reproducer@v5.17:12``; all else is a token
        that holds the scenario.

        Args:
            step: The state; negative counts from the end. None: no state is chosen.
            comments: Whether the scenario's comments go along; a token without them is shorter.
            short: Whether what comes with zapviz may go by its name; else it is a token too, which
                shows the same whatever a later zapviz has by that name.

        Raises:
            ZapvizError: There is no such state, or no name describes the kernel.
        """
        from zapviz.trace.link import link_of, permalink_of

        return (link_of if short else permalink_of)(self, step, comments=comments)

    @door
    def export(self, form: str, step: int | None = None, **options: Any) -> str | bytes:
        """Give the trace, or one state of it, in a form to be sent or shown: ``mail``, ``png``, ...

        Args:
            form: One of :data:`zapviz.api.exports.FORMS`.
            step: The state; negative counts from the end. None: the whole trace or its deciding
                state, whichever the form shows.
            options: ``line``, the line of the statement that has just run, in place of ``step``;
                and what the form takes besides, such as ``theme`` or ``width``.

        Raises:
            ZapvizError: There is no such form, state, line or option.
        """
        from zapviz.api.exports import export

        return export(self, form, step, **options)

    @door
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

        Args:
            path: The file.
            step: As for :meth:`export`, and so ``options``.
            form: None: the form that the file's ending names.
            overwrite: Whether a file that is there may be replaced.

        Raises:
            ZapvizError: As of :meth:`export`; or the file is there, or cannot be written.
        """
        from zapviz.api.exports import save

        save(self, path, step, form=form, overwrite=overwrite, **options)

    @door
    def figure(self, step: int | None = None, *, line: int | None = None, **options: Any) -> Figure:
        """Draw a matplotlib figure of one state.

        Args:
            step: The state; negative counts from the end. None: the deciding one
                (:func:`zapviz.trace.deciding.deciding_step`).
            line: The line of the statement that has just run, in place of ``step``.
            options: ``theme``, ``width``, ``dpi`` and ``since``, as of :meth:`export`.

        Raises:
            ZapvizError: There is no such state, line or option.
        """
        from zapviz.api.exports import check_figure, place
        from zapviz.render.figure.picture import draw
        from zapviz.render.figure.state import draw_state

        at = place(self, step, line)
        checked = check_figure(self, options)
        return draw(draw_state(self, deciding_step(self) if at is None else at, **checked))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Json:
        return self.state(deciding_step(self))._repr_mimebundle_() | {"text/plain": self.text()}


class State:
    """One state of a trace, which a notebook shows as a picture."""

    def __init__(self, trace: Trace, number: int) -> None:
        self.trace = trace
        self.number = number

    @property
    def world(self) -> World:
        """The state itself, as immutable values."""
        return self.trace.world(self.number)

    def text(self) -> str:
        """Give the state as page strips in plain text."""
        return format_state(self.trace, self.number)

    @door
    def letters(self, name: str) -> str:
        """Give the entries of a mapping, or the page cache of a file, one letter each.

        The letters are those of every view; an address without a mapping is a blank.

        Args:
            name: The mapping or file, as the scenario calls it.

        Raises:
            ZapvizError: There is no such mapping or file yet.
        """
        return "".join(CLASSES[entry.kind].letter for entry in self._row(name))

    @door
    def data(self, name: str) -> tuple[int | None, ...]:
        """Give the byte behind each entry of a mapping, or in each page of a file.

        Where no page is to be had it is None.

        Args:
            name: The mapping or file, as the scenario calls it.

        Raises:
            ZapvizError: There is no such mapping or file yet.
        """
        return tuple(byte_of(self.world, entry) for entry in self._row(name))

    def _row(self, name: str) -> tuple[Entry, ...]:
        world = self.world
        rows = {area.name: area.entries for area in world.areas}
        rows |= {file.name: file.cache for file in world.files}
        if name not in rows:
            raise ZapvizError(f"there is no row {name!r} here; {choices_hint(name, rows)}")
        return rows[name]

    @door
    def figure(self, **options: Any) -> Figure:
        """Draw a matplotlib figure of the state; options as of :meth:`Trace.figure`."""
        return self.trace.figure(self.number, **options)

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Json:
        from zapviz.render.figure.state import figure_html
        from zapviz.view import PAGE_MIME

        shown = {"text/plain": self.text(), "text/html": figure_html(self.trace, self.number)}
        data = self._page_data()
        return {**shown, PAGE_MIME: data} if data else shown

    def _page_data(self) -> Json:
        """Tell a page what is drawn, so that the page can draw it in its own colours.

        Give nothing where the text and the kernel's name do not describe the run.
        """
        trace = self.trace
        if not is_named(trace.kernel) or trace.schedule is not None:
            return {}
        place = {"text": trace.scenario, "kernel": trace.kernel.name, "step": self.number}
        return {"view": "figure", **place}
