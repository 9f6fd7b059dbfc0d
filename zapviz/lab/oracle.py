"""Asking a real kernel: programs in, what the kernel did out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zapviz.lab.guest.kernels import GuestKernel, find_kernel
from zapviz.lab.guest.qemu import Attend, MachineLost, Settings, accelerator, boot, keep_console
from zapviz.lab.script import Findings, Garbled, Observed, format_script, parse_findings
from zapviz.model.program import Program

__all__ = ["run_findings", "run_programs"]

_BOOTS = 3  # now and then a boot stays silent


def run_findings(
    kernel: str | GuestKernel,
    programs: Sequence[Program],
    settings: Settings | None = None,
    traced: bool = False,
    script: str = "",
    attend: Attend | None = None,
) -> Findings:
    """Run programs in one boot of a kernel, and give all findings.

    Args:
        kernel: The kernel.
        programs: The programs.
        settings: The virtual machine; None: the usual one.
        traced: Whether to record which functions each statement ran through, which is slow.
        script: The programs in the probe's form, if that has more than :func:`format_script`
            writes.
        attend: Makes the attendant that uses the guest's gdb stub; see
            :func:`zapviz.lab.guest.qemu.boot`.

    Raises:
        MachineLost: Three boots in a row were lost; the last console is kept.
        NotAvailable: The kernel, or QEMU, is not here.
        NotOnKernel: A program has a statement that is for the model only.
    """
    known = find_kernel(kernel) if isinstance(kernel, str) else kernel
    settings = settings or Settings()
    if settings.accelerator is None:
        settings = replace(settings, accelerator=accelerator(known))
    if traced:  # the tracer takes its time to get ready
        settings = replace(settings, silence=4 * settings.silence)
    script = script or format_script(programs, traced)
    for attempt in range(_BOOTS):
        try:
            done = boot(known, script, settings, attend)
            findings = parse_findings(done.findings, programs)
            if findings.complete:
                return findings
            lost = MachineLost("it ended before the last program", done.console, done.findings)
        except Garbled as error:
            lost = MachineLost(f"what it said is garbled: {error}", done.console, done.findings)
        except MachineLost as error:
            lost = error
        if lost.kept is None:
            lost.kept = keep_console(known, lost)
        # A busy machine makes a guest slow; and KVM may not bear what its trial boot did.
        patience = 2 * settings.silence
        last = attempt == _BOOTS - 2
        settings = replace(
            settings, silence=patience, accelerator="tcg" if last else settings.accelerator
        )
    raise lost


def run_programs(kernel: str, programs: Sequence[Program]) -> list[list[Observed]]:
    """Give what a kernel showed after each statement of each program.

        >>> run_programs("6.12", [program])[0][-1].ptes["A"]  # doctest: +SKIP
        ('none', 'anon')

    Assertions do not count as statements here, except for calls whose results they compare;
    :func:`zapviz.lab.script.executed` lists what was run, in order.
    """
    return [list(o.steps) for o in run_findings(kernel, programs).outcomes]
