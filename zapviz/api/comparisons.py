"""Several kernels on one scenario, as users hold it: where they part, and why.

>>> comparison = compare("reproducer", ["v5.17", "v6.12"])
>>> comparison.same, len(comparison.partings)
(False, 1)
>>> comparison.first_parting.entries
(EntryDifference(row='A', page=1, seen=(('swap', 7), ('none', None))),)
>>> [cause.rule for cause in comparison.first_parting.causes]
['swap_entries']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any

from zapviz.api.traces import Trace
from zapviz.comparison import comparison as inner
from zapviz.comparison.comparison import MOST_KERNELS
from zapviz.comparison.partings import Parting, comparison_json, first_parting, partings_of
from zapviz.door import door
from zapviz.errors import ZapvizError
from zapviz.kernels.known import Kernel
from zapviz.kernels.known import kernel as find_kernel
from zapviz.model.program import Program
from zapviz.render.text.comparison import format_comparison
from zapviz.scenario.given import GivenScenario, given_program
from zapviz.trace.record import Json
from zapviz.trace.run import Run
from zapviz.words import how_many
from zapviz.work import Steps, Stopped, part, whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Comparison", "compare", "comparing"]


@door
def compare(
    scenario: GivenScenario,
    kernels: str | Kernel | Iterable[str | Kernel] = (),
    *more: str | Kernel,
) -> Comparison:
    """Run a scenario on two to four kernels, and align their steps.

    CPUs run in turn, as :func:`zapviz.run` runs them.

    Args:
        scenario: Its text, the name of a shipped one, a permalink, a path, or a program.
        kernels: Names (also with a patch of your own) or kernels, as a list or one after the other.
            The others are compared with the first.

    Raises:
        ScenarioError: The scenario is wrong.
        ZapvizError: A name or kernel is unknown, or there are too few or too many kernels.
    """
    if isinstance(kernels, str | Kernel) or not isinstance(kernels, Iterable):
        kernels = [kernels]
    kernels = [*kernels, *more]
    return whole(comparing(given_program(scenario), kernels, find_kernel))


def comparing(
    program: Program,
    kernels: Sequence[str | Kernel],
    find: Callable[[str | Kernel], Kernel] = find_kernel,
) -> Steps[Comparison]:
    """Compare as :func:`compare` does, in steps: a statement on a kernel at a time.

    Args:
        program: The scenario.
        kernels: Names or kernels.
        find: Gives the kernel of a name.

    Raises:
        ZapvizError: There are too few or too many kernels, a name is unknown, or it was stopped.
    """
    if not 2 <= len(kernels) <= MOST_KERNELS:
        raise ZapvizError(
            f"a comparison takes 2 to {MOST_KERNELS} kernels, not {len(kernels)}; "
            "name them as in ['v5.17', 'v6.12']"
        )
    runs: list[Run] = []
    try:
        for kernel in [find(name) for name in kernels]:
            where = f"{kernel.name}, {len(runs) + 1} of {how_many(len(kernels), 'kernel')}"
            runs.append((yield from part(where, Run.in_steps(program, kernel))))
    except Stopped:
        raise Stopped(
            "stopped before all kernels had run, so there is nothing to compare"
        ) from None
    return Comparison(tuple(runs))


class Comparison(inner.Comparison):
    """One scenario on several kernels, frame by frame, that can be drawn, exported and saved."""

    @cached_property
    def traces(self) -> tuple[Trace, ...]:
        """A trace for each kernel."""
        return tuple(map(Trace.of, self.runs))

    @property
    def partings(self) -> tuple[Parting, ...]:
        """Each frame at which kernels part that were the same before, and why."""
        return partings_of(self)

    @property
    def first_parting(self) -> Parting | None:
        """The first of the partings; None where the kernels never part."""
        return first_parting(self)

    def as_json(self) -> Json:
        """Give the comparison as plain values; the traces are not in it."""
        return comparison_json(self)

    @door
    def text(self, name: str = "scenario") -> str:
        """Give what ``zapviz diff`` prints: at most 72 columns, 7-bit ASCII.

        Args:
            name: The scenario's name in the last line, which is there for grep.
        """
        return format_comparison(self, name)

    @door
    def figure(
        self, frame: int | None = None, *, line: int | None = None, **options: Any
    ) -> Figure:
        """Draw the kernels side by side at a frame, else where they part first.

        Args:
            line: Instead of a frame, the line of the statement that has just run.
            options: ``theme``, ``width`` and ``dpi``, as of :meth:`export`.

        Raises:
            ZapvizError: There is no such frame, line or option.
        """
        from zapviz.api.exports import check_figure, place
        from zapviz.render.figure.comparison import draw_comparison
        from zapviz.render.figure.picture import draw

        at = place(self, frame, line)
        shown = self.opens if at is None else at
        return draw(draw_comparison(self, shown, **check_figure(self, options)))

    @door
    def export(self, form: str, frame: int | None = None, **options: Any) -> str | bytes:
        """Give the comparison, or a frame, in a form to be sent or shown: ``mail``, ``svg``, ...

        Options and errors are those of :func:`zapviz.api.exports.export`.
        """
        from zapviz.api.exports import export

        return export(self, form, frame, **options)

    @door
    def save(self, path: str | PathLike[str], frame: int | None = None, **options: Any) -> None:
        """Write what :meth:`export` gives into a file; see :func:`zapviz.api.exports.save`."""
        from zapviz.api.exports import save

        save(self, path, frame, **options)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from zapviz.render.figure.comparison import comparison_html

        return {"text/plain": self.text(), "text/html": comparison_html(self, self.opens)}
