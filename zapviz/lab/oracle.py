"""Ask a real kernel: programs in, what it did out."""

from __future__ import annotations

from collections.abc import Sequence

from zapviz.lab.kernels import Kernel, find_kernel
from zapviz.lab.qemu import MachineLost, Settings, boot
from zapviz.lab.script import Findings, Observed, format_script, parse_findings
from zapviz.program import Program

__all__ = ["run_findings", "run_programs"]

_BOOTS = 3  # now and then a boot stays silent


def run_findings(
    kernel: str | Kernel, programs: Sequence[Program], settings: Settings | None = None
) -> Findings:
    """Runs programs in one boot of a kernel and returns all that was found.

    Raises:
        MachineLost: three boots in a row were lost.
        NotAvailable: the kernel, or QEMU, is not here.
        NotOnKernel: a program has a statement that is model only.
    """
    known = find_kernel(kernel) if isinstance(kernel, str) else kernel
    script = format_script(programs)
    lost: MachineLost | None = None
    for _ in range(_BOOTS):
        try:
            done = boot(known, script, settings)
        except MachineLost as error:
            lost = error
            continue
        findings = parse_findings(done.findings, programs)
        if findings.complete:
            return findings
        lost = MachineLost("it ended before the last program", done.console, done.findings)
    assert lost is not None
    raise lost


def run_programs(kernel: str, programs: Sequence[Program]) -> list[list[Observed]]:
    """What a kernel showed after each statement of each program.

        >>> run_programs("6.12", [program])[0][-1].ptes["A"]  # doctest: +SKIP
        ('none', 'anon')

    Assertions are no statements here, but for a call whose result is compared:
    see :func:`zapviz.lab.script.executed`, which lists what was run, in order.
    """
    return [list(o.steps) for o in run_findings(kernel, programs).outcomes]
