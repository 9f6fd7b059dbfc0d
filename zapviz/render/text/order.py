"""One order of a race as text: why it is shown, its ladder, and what follows the CPUs.

>>> from zapviz.races.telling import telling_order
>>> from zapviz.scenario.library import SCENARIOS
>>> run = telling_order(SCENARIOS["race-swap-out"].program, zapviz.kernel("v5.17"))
>>> print(format_order(run).splitlines()[-1])
FAILED on v5.17: 2 of 2 assertions fail in this order (line 15, line 17)
"""

from __future__ import annotations

from collections.abc import Iterator

from zapviz.model.program import Assert, Cpu
from zapviz.render.palette import CLASSES
from zapviz.render.text.ladder import format_ladder
from zapviz.render.text.lines import flowed, wrapped
from zapviz.render.text.sentences import sentence_of_trace
from zapviz.render.text.trace import closing_lines
from zapviz.trace.record import record_of
from zapviz.trace.run import Run
from zapviz.trace.state import Replay, assertion_outcome

__all__ = ["format_order", "order_lines"]


def format_order(run: Run) -> str:
    """Write one order of a scenario's CPUs, in at most 72 columns.

    Args:
        run: A run along a schedule.

    Returns:
        Lines without a newline at the end; the last one is for grep.
    """
    lines = wrapped(run.program.title) if run.program.title else []
    lines += wrapped(f"kernel {run.kernel.name}: {run.kernel.title}", hang=4)
    lines += ["", *wrapped(sentence_of_trace(run)), "", *order_lines(run)]
    return "\n".join([*lines, "", *closing_lines(record_of(run))])


def order_lines(run: Run) -> Iterator[str]:
    """Give the lines of an order: why it is shown, its ladder, the statements below the CPUs."""
    yield from wrapped(run.about_order or run.note)
    yield ""
    yield from format_ladder(run, reasons=True).splitlines()
    below = list(_below(run))
    if below:
        yield ""
        yield from below
    legend = _legend(run)
    if legend:
        yield ""
        yield from flowed(legend, "   ")


def _below(run: Run) -> Iterator[str]:
    """Write the statements below the CPUs, each with its line and its result."""
    record = record_of(run)
    after = False
    for index, outcome in enumerate(run.outcomes):
        if isinstance(outcome.statement, Cpu):
            after = True
        elif after:
            text = f"line {outcome.statement.line}  {' '.join(run.texts[index].split())}"
            if isinstance(outcome.statement, Assert):
                text += f": {assertion_outcome(record, index)}"
            elif outcome.result != "0":
                text += f": {outcome.result}"
            yield from wrapped(text, hang=4)


def _legend(run: Run) -> list[str]:
    """Explain the letters of the states before and after the CPUs."""
    replay = Replay(record_of(run))
    steps = [
        number
        for number in range(1, run.last + 1)
        if isinstance(run.outcomes[run.statement_of(number)].statement, Cpu)
    ]
    kinds = {
        state.trace["cells"][cell]["kind"]
        for state in ((replay.at(steps[0] - 1), replay.at(steps[-1])) if steps else ())
        for row in state.cells
        for cell in row
    } - {"free", "unmapped"}
    return [f"{entry.letter} = {entry.name}" for kind, entry in CLASSES.items() if kind in kinds]
