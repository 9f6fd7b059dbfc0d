"""A system that says it is Linux, held against the model, as users hold it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Self

from zapviz.door import door
from zapviz.kernels.known import Kernel
from zapviz.lab import judged as inner
from zapviz.lab.judged_report import format_junit, format_markdown, format_text
from zapviz.lab.runner import make_runner
from zapviz.scenario.given import GivenScenario, given_program
from zapviz.trace.record import Json

__all__ = ["SECONDS", "Judged", "judge_system"]

SECONDS = 20
"""The time that one program may take, unless another is given."""


class Judged(inner.Judged):
    """What a system does, beside what the model says; it shows itself."""

    @classmethod
    def of(cls, judged: inner.Judged) -> Self:
        """Make one of what was found out elsewhere."""
        return cls(**{field.name: getattr(judged, field.name) for field in fields(judged)})

    def text(self) -> str:
        """Give the report: at most 72 columns, 7-bit ASCII, but for long lines of scenarios."""
        return format_text(self)

    def markdown(self) -> str:
        """Give the report as Markdown."""
        return format_markdown(self)

    def junit(self) -> str:
        """Give the report as JUnit's XML, a test case for each scenario."""
        return format_junit(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Json:
        return {"text/plain": self.text()}


@door
def judge_system(
    command: str,
    scenarios: Mapping[str, GivenScenario] | None = None,
    count: int = 0,
    seed: int = 0,
    kernel: str | Kernel | None = None,
    seconds: int = SECONDS,
    tell: Callable[[str], None] = lambda text: None,
) -> Judged:
    """Run scenarios on a system that says it is Linux, and in the model.

        >>> zapviz.judge_system("qemu-x86_64 {}", count=200).ok  # doctest: +SKIP
        False

    Args:
        command: What runs a program there; ``{}`` stands for the program and its arguments. No
            shell sees it.
        scenarios: Scenarios in any form, by a name; None: those that ship and one process can run.
        count: How many random scenarios are run besides.
        seed: Which random ones.
        kernel: The model's kernel; None: that of the release that the system's uname says.
        seconds: The time that one program may take.
        tell: Is told how far it is.

    Raises:
        ZapvizError: The command has no ``{}``, a scenario is wrong or has CPUs, or there is no such
            kernel.
        NotAvailable: The command cannot be run, or a C compiler is not here.
        SystemLost: The system hangs, floods its output or is killed, again and again.
    """
    runner = make_runner(command, seconds)
    programs = None
    if scenarios is not None:
        programs = {name: given_program(one, name) for name, one in scenarios.items()}
    return Judged.of(inner.judge_system(runner, programs, count, seed, kernel, tell))
