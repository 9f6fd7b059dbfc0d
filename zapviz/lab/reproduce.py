"""Reproducers in C, as they are mailed, on real kernels.

What :func:`zapviz.render.c.reproducer.format_reproducer` writes is compiled and run in the guest,
on a disk and with swap space, and its output is brought back. The model judges nothing here: the C
program does.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zapviz.lab.guest.initramfs import compile_c
from zapviz.lab.guest.kernels import GuestKernel, find_kernel, writing
from zapviz.lab.guest.qemu import MachineLost, Settings, accelerator, boot, keep_console
from zapviz.lab.verdict import program_of
from zapviz.model import program as p
from zapviz.render.c.reproducer import format_reproducer

__all__ = ["Reproduced", "run_reproducer", "run_reproducers"]

_ROUNDS = 100  # of a race; an emulated machine is slow
_BOOTS = 3  # now and then a boot stays silent


@dataclass(frozen=True)
class Reproduced:
    """What a reproducer did on a kernel."""

    name: str  # of the kernel, as it was asked for
    release: str  # as uname says it
    lines: tuple[str, ...]  # what it printed
    ended: str  # its exit status, or the signal that ended it
    complaints: tuple[str, ...] = ()  # of the kernel's own log, while it ran

    @property
    def status(self) -> int:
        """Its exit status: 0, all passed; 1, something failed, or it crashed; 4, skipped."""
        return int(self.ended) if self.ended.isdigit() else 1

    def text(self) -> str:
        """Give what it printed, and the kernel on which it ran."""
        lines = [f"on kernel {self.name} ({self.release}):", *self.lines]
        lines += [f"the kernel complains: {complaint}" for complaint in self.complaints]
        if not self.ended.isdigit():
            lines.append(f"it was ended by {self.ended}")
        return "\n".join(lines)


def run_reproducer(
    scenario: str | p.Program, kernel: str | GuestKernel = "6.12", settings: Settings | None = None
) -> Reproduced:
    """Run the reproducer of a scenario on a kernel under QEMU.

        >>> run_reproducer("reproducer", "5.10-before-fix").status  # doctest: +SKIP
        1

    Args:
        scenario: A text, the name of a shipped one, or a program.
        kernel: A name (``zapviz lab kernels`` lists them), or a kernel of your own.
        settings: The virtual machine; None: the usual one.

    Raises:
        ZapvizError: The scenario is wrong, or has no C form.
        NotAvailable: The kernel, QEMU or a C compiler is not here.
        MachineLost: Three boots in a row were lost.
    """
    [reproduced] = run_reproducers([program_of(scenario)], kernel, settings)
    return reproduced


def run_reproducers(
    programs: Sequence[p.Program],
    kernel: str | GuestKernel = "6.12",
    settings: Settings | None = None,
) -> list[Reproduced]:
    """Run the reproducers of several programs, one after the other in one boot.

    Raises:
        ZapvizError: As of :func:`run_reproducer`, and so the others.
        NotAvailable: The kernel, QEMU or a C compiler is not here.
        MachineLost: Three boots in a row were lost.
    """
    known = find_kernel(kernel) if isinstance(kernel, str) else kernel
    racing = any(program.concurrent for program in programs)
    settings = settings or Settings(cpus=2 if racing else 1)
    built = [_built(format_reproducer(program, rounds=_ROUNDS)) for program in programs]
    if settings.accelerator is None:
        settings = replace(settings, accelerator=accelerator(known))
    on_disk = all(p.SwapDevice("disk") in program.statements for program in programs)
    script = "S\n" if on_disk else ""  # the swap device is the machine's, which the probe chooses
    for _attempt in range(_BOOTS):
        try:
            done = boot(known, script, settings, programs=built)
            reproduced = _read(done.findings, known.name)
            if len(reproduced) == len(programs):
                return reproduced
            lost = MachineLost("it ended before the last program", done.console, done.findings)
            lost.kept = keep_console(known, lost)
        except MachineLost as error:
            lost = error
        settings = replace(settings, silence=2 * settings.silence)
    raise lost


def _built(text: str) -> bytes:
    with writing(Path(tempfile.gettempdir())), tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "reproducer.c", Path(folder) / "reproducer"
        source.write_text(text, encoding="ascii")
        compile_c(source, made, "the reproducer")
        return made.read_bytes()


def _read(findings: str, kernel: str) -> list[Reproduced]:
    """Read from the findings the reproducers that came to their end."""
    release = ""
    reproduced: list[Reproduced] = []
    lines: list[str] = []
    for line in findings.splitlines():
        if line.startswith("k release "):
            release = line.removeprefix("k release ")
        elif line.startswith("o "):
            lines.append(line[2:])
        elif match := re.fullmatch(r"x (\d+) (\d+|SIG[A-Z]+)", line):
            if int(match[1]) != len(reproduced):
                break
            reproduced.append(Reproduced(kernel, release, tuple(lines), match[2]))
            lines = []
        elif line.startswith("! ") and reproduced:
            complaints = (*reproduced[-1].complaints, line[2:])
            reproduced[-1] = replace(reproduced[-1], complaints=complaints)
    return reproduced
