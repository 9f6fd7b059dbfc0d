"""A kernel, booted under QEMU, with a script to run.

The guest's console (ttyS0) and the probe's findings (QEMU's debug port) come
through pipes of their own, so that messages of the kernel never mix with what
was found.  A guest lives no longer than the ``with`` block or the call that
started it.
"""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from zapviz.lab.initramfs import write_initramfs
from zapviz.lab.kernels import Kernel, NotAvailable

__all__ = ["Boot", "MachineLost", "Settings", "boot"]


class MachineLost(Exception):
    """The guest did not come to its end: silent, panicked, or out of time.

    ``console`` is what it had printed, ``findings`` what the probe had said.
    """

    def __init__(self, how: str, console: str, findings: str) -> None:
        super().__init__(how)
        self.how = how
        self.console = console
        self.findings = findings


@dataclass(frozen=True)
class Settings:
    """How a guest is made."""

    memory: int = 1024  # MiB
    cpus: int = 1
    nodes: int = 2  # NUMA nodes, so that pages have somewhere to migrate to
    append: str = ""  # added to the kernel's command line
    silence: float = 60.0  # seconds without a sign of life until a guest is given up


@dataclass(frozen=True)
class Boot:
    """What came of one boot."""

    console: str
    findings: str
    seconds: float


def _emulator() -> str:
    path = shutil.which("qemu-system-x86_64")
    if path is None:
        raise NotAvailable("qemu-system-x86_64 is not here: install qemu-system-x86")
    return path


def _command(kernel: Kernel, initramfs: Path, accel: str, findings: int, s: Settings) -> list[str]:
    command = [_emulator(), "-accel", accel, "-m", f"{s.memory}M", "-smp", str(s.cpus)]
    if accel == "kvm":
        command += ["-cpu", "host"]
    else:
        command += ["-cpu", "max"] if s.cpus == 1 else ["-cpu", "qemu64"]
    if s.nodes > 1:
        each = s.memory // s.nodes
        for node in range(s.nodes):
            size = each if node else s.memory - each * (s.nodes - 1)
            command += ["-object", f"memory-backend-ram,id=m{node},size={size}M"]
            cpus = f",cpus=0-{s.cpus - 1}" if node == 0 else ""
            command += ["-numa", f"node,nodeid={node},memdev=m{node}{cpus}"]
    command += ["-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio"]
    command += ["-chardev", f"file,id=found,path=/dev/fd/{findings}"]
    command += ["-device", "isa-debugcon,iobase=0xe9,chardev=found"]
    command += ["-kernel", str(kernel.image), "-initrd", str(initramfs)]
    arguments = f"console=ttyS0 quiet panic=-1 oops=panic {s.append}".strip()
    return [*command, "-append", arguments]


def _run(command: list[str], findings_in: int, findings_out: int, silence: float) -> Boot:
    """Runs one guest to its end, reading both pipes; kills it on any way out."""
    start = time.monotonic()
    taken: dict[str, list[bytes]] = {"console": [], "findings": []}

    def text(name: str) -> str:
        return b"".join(taken[name]).decode("utf-8", "replace")

    guest = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[findings_out],
    )
    os.close(findings_out)
    assert guest.stdout is not None
    try:
        with selectors.DefaultSelector() as waiting:
            waiting.register(guest.stdout.fileno(), selectors.EVENT_READ, "console")
            waiting.register(findings_in, selectors.EVENT_READ, "findings")
            while waiting.get_map():
                ready = waiting.select(silence)
                if not ready:
                    raise MachineLost(
                        f"nothing was heard of it for {silence:.0f} s",
                        text("console"),
                        text("findings"),
                    )
                for key, _ in ready:
                    chunk = os.read(key.fd, 1 << 16)
                    if chunk:
                        taken[key.data].append(chunk)
                    else:
                        waiting.unregister(key.fd)
        status = guest.wait()
    finally:
        guest.kill()
        guest.wait()
        guest.stdout.close()
    if status != 0:
        raise MachineLost(f"qemu ended with status {status}", text("console"), text("findings"))
    return Boot(text("console"), text("findings"), time.monotonic() - start)


@cache
def _accelerators() -> tuple[str, ...]:
    # /dev/kvm may be there and yet run nothing: the first boot tells.
    return ("kvm", "tcg") if os.access("/dev/kvm", os.R_OK | os.W_OK) else ("tcg",)


def boot(kernel: Kernel, script: str, settings: Settings | None = None, accel: str = "tcg") -> Boot:
    """Boots a kernel, lets the probe run a script, and waits for its end.

    Raises:
        MachineLost: it fell silent or panicked.
        NotAvailable: no QEMU here.
    """
    settings = settings or Settings()
    with tempfile.TemporaryDirectory(prefix="zapviz-") as folder:
        initramfs = Path(folder) / "initramfs"
        write_initramfs(initramfs, kernel, script)
        findings_in, findings_out = os.pipe()
        try:
            command = _command(kernel, initramfs, accel, findings_out, settings)
            done = _run(command, findings_in, findings_out, settings.silence)
        finally:
            os.close(findings_in)
    if "Kernel panic" in done.console:
        raise MachineLost("the kernel panicked", done.console, done.findings)
    return done
