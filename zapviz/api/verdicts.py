"""What a scenario did on a real kernel, as users hold it, beside what the model says."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Self

from zapviz.door import door
from zapviz.kernels.known import Kernel
from zapviz.lab import host, records
from zapviz.lab import verdict as inner
from zapviz.lab.beside import format_verdict
from zapviz.lab.guest.kernels import GuestKernel
from zapviz.lab.guest.qemu import Settings
from zapviz.model.program import Program
from zapviz.scenario.given import GivenScenario
from zapviz.trace.record import Json

__all__ = ["Verdict", "judge", "recorded_verdict", "run_on_host"]


class Verdict(inner.Verdict):
    """What a scenario did on a kernel, beside what the model says; it shows itself."""

    @classmethod
    def of(cls, verdict: inner.Verdict) -> Self:
        """Make a verdict of one that was reached elsewhere."""
        return cls(**{field.name: getattr(verdict, field.name) for field in fields(verdict)})

    def text(self) -> str:
        """Give both sides beside each other: at most 72 columns, 7-bit ASCII."""
        return format_verdict(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Json:
        return {"text/plain": self.text()}


@door
def judge(
    scenario: GivenScenario,
    kernel: str | GuestKernel = "6.12",
    model: Kernel | None = None,
    settings: Settings | None = None,
) -> Verdict:
    """Run a scenario on a kernel under QEMU and in the model.

    Args:
        scenario: Its text, the name of a shipped one, a permalink, a path, or a program.
        kernel: A name (``zapviz lab kernels`` lists them), or a kernel of your own.
        model: The model's kernel to compare with; None: that of the name, or of the kernel's
            release.
        settings: The virtual machine; None: the usual one.

    Raises:
        ScenarioError: The scenario is wrong.
        NotOnKernel: It has a statement that is for the model only.
        NotAvailable: The kernel, or QEMU, is not here.
        MachineLost: Three boots in a row were lost.
    """
    return Verdict.of(inner.judge(scenario, kernel, model, settings))


@door
def run_on_host(scenario: str | Program, model: Kernel | None = None) -> Verdict:
    """Run a scenario on this machine's own kernel and in the model.

    Args:
        scenario: A text, the name of a shipped one, or a program.
        model: The model's kernel to compare with; None: that of this kernel's release.

    Raises:
        ScenarioError: The scenario is wrong.
        NotOnKernel: It has a statement that is for the model only.
        NotAvailable: This is no Linux on x86-64, or it hides what the probe has to see.
    """
    return Verdict.of(host.run_on_host(scenario, model))


@door
def recorded_verdict(scenario: str, kernel: str, path: Path = records.RECORDS) -> Verdict:
    """Give what a kernel did with a scenario when it was recorded, beside the model of today.

    Args:
        scenario: The name of a shipped one.
        kernel: The kernel's name in the lab, such as "6.12".
        path: The file of records.

    Raises:
        ZapvizError: It was not recorded, or the scenario has changed since.
    """
    return Verdict.of(records.recorded_verdict(scenario, kernel, path))
