"""A kernel, booted under QEMU, with a script to run.

The guest's console (ttyS0) and the probe's findings (QEMU's debug port) come through pipes of their
own, so that messages of the kernel never mix with findings. A guest lives no longer than the call
that started it.

Whether KVM works is tried: /dev/kvm can exist and yet run nothing. The result is kept in the cache
for this machine.
"""

from __future__ import annotations

import json
import os
import platform
import selectors
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

from zapviz.errors import ZapvizError
from zapviz.lab.guest.gdbstub import StubFailed
from zapviz.lab.guest.initramfs import make_archive
from zapviz.lab.guest.kept import keep, read_kept
from zapviz.lab.guest.kernels import GuestKernel, NotAvailable, cache_folder, check_kernel
from zapviz.lab.processes import how_ended, signals_wait

__all__ = [
    "Accelerator",
    "Attend",
    "Attendant",
    "Boot",
    "MachineLost",
    "Settings",
    "accelerator",
    "boot",
    "keep_console",
]

Accelerator = Literal["kvm", "tcg"]

_KEPT_CONSOLES = 20
_TRIAL_SILENCE = 5.0  # a boot under KVM that works takes about a second


class MachineLost(ZapvizError):
    """A guest that did not come to its end: it was silent, panicked, or ran out of time.

    ``how`` says which, ``console`` is what it had printed, ``findings`` is what the probe had
    reported, ``kept`` is the file with the console, where one was written.
    """

    def __init__(
        self, how: str, console: str = "", findings: str = "", kept: Path | None = None
    ) -> None:
        super().__init__(how, console, findings, kept)
        self.how = how
        self.console = console
        self.findings = findings
        self.kept = kept

    def __str__(self) -> str:
        where = f"; its console is kept in {self.kept}" if self.kept else ""
        return f"the virtual machine was lost: {self.how}{where}"


@dataclass(frozen=True)
class Settings:
    """How a guest is made, and how long it may be silent."""

    memory: int = 1024  # MiB
    cpus: int = 1
    nodes: int = 2  # NUMA nodes, so that pages have somewhere to migrate to
    append: str = ""  # added to the kernel's command line
    accelerator: Accelerator | None = None  # None: KVM where a trial shows that it works
    silence: float = 15.0
    """Seconds without a sign of life until a guest is given up: of its own processor
    time; or of the clock, where it uses next to none; or four times that in any case."""


@dataclass(frozen=True)
class Boot:
    """The results of one boot."""

    console: str
    findings: str
    seconds: float


class Attendant(Protocol):
    """An object that uses a guest's gdb stub while the guest runs.

    Each method may raise :class:`StubFailed`; the machine is then lost.
    """

    def started(self) -> None:
        """Do what is to be done before the guest's kernel runs."""

    def heard(self, line: str) -> None:
        """Take a line that the probe wrote."""

    def stopped(self) -> None:
        """Deal with a guest that stopped by itself, so that the stub has something to report."""


Attend = Callable[[socket.socket], Attendant]
"""A function that makes an attendant for a connection to a guest's stub."""


def _emulator() -> str:
    path = shutil.which("qemu-system-x86_64")
    if path is None:
        raise NotAvailable("qemu-system-x86_64 is not here: apt install qemu-system-x86")
    return path


def _command(
    kernel: GuestKernel, initramfs: int, findings: int, s: Settings, stub: int | None = None
) -> list[str]:
    accel = s.accelerator or "tcg"
    threads = ",thread=multi" if accel == "tcg" and s.cpus > 1 else ""
    command = [_emulator(), "-accel", accel + threads, "-m", f"{s.memory}M", "-smp", str(s.cpus)]
    if accel == "kvm":
        command += ["-cpu", "host"]
    else:
        # Several emulated CPUs with every feature now and then crash a boot.
        command += ["-cpu", "max" if s.cpus == 1 else "qemu64"]
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
    if stub is not None:
        command += ["-chardev", f"socket,id=stub,fd={stub}", "-gdb", "chardev:stub"]
    command += ["-kernel", str(kernel.image), "-initrd", f"/dev/fd/{initramfs}"]
    arguments = "console=ttyS0 quiet panic=-1 oops=panic brd.rd_nr=2 brd.rd_size=65536"
    command += ["-append", f"{arguments} {s.append}".strip()]
    return [*_die_with_us(), *command]


@cache
def _die_with_us() -> tuple[str, ...]:
    """Make a guest end with this process, even if this process is killed."""
    prefix = ("setpriv", "--pdeathsig", "KILL", "--")
    if shutil.which("setpriv") is None:
        return ()
    works = subprocess.run([*prefix, "true"], capture_output=True).returncode == 0
    return prefix if works else ()


class _Patience:
    """A limit on how long a guest may be silent; see :class:`Settings`."""

    def __init__(self, process: int, silence: float) -> None:
        self.process = process
        self.silence = silence
        self.heard()

    def heard(self) -> None:
        """Note a sign of life, and start counting anew."""
        self.clock = time.monotonic()
        self.used = self._processor_time()

    def over(self) -> str:
        """Say how long the silence was, once it is too long; else give ""."""
        silent = time.monotonic() - self.clock
        used = self._processor_time() - self.used
        idle = silent > self.silence and used < silent / 30
        if used > self.silence or idle or silent > 4 * self.silence:
            return f"for {silent:.0f} s, of which it ran {used:.1f}"
        return ""

    def _processor_time(self) -> float:
        try:
            with open(f"/proc/{self.process}/stat", "rb") as stream:
                fields = stream.read().rpartition(b")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class _Attended:
    """An attendant at work, which gets whole lines."""

    connection: socket.socket
    attendant: Attendant
    unfinished: bytes = b""

    def stub_speaks(self) -> bool:
        """Pass a stop on, unless it was noticed already; give false once the stub has ended."""
        self.connection.settimeout(0)
        try:
            ended = not self.connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        if not ended:
            self.attendant.stopped()
        return not ended

    def feed(self, chunk: bytes) -> None:
        """Pass on the lines that a chunk of the probe's output completes."""
        *lines, self.unfinished = (self.unfinished + chunk).split(b"\n")
        for line in lines:
            self.attendant.heard(line.decode("utf-8", "replace"))


def _run(
    command: list[str],
    findings_in: int,
    passed: tuple[int, ...],
    silence: float,
    attended: _Attended | None = None,
) -> Boot:
    """Run one guest to its end, reading both pipes; kill it on any way out.

    Args:
        command: The command line of QEMU.
        findings_in: The pipe of the findings.
        passed: The descriptors that the guest inherits; from the second on they are its ends of the
            findings' pipe and of the stub's connection.
        silence: Seconds without a sign of life until the guest is given up.
        attended: The attendant, if there is one.
    """
    start = time.monotonic()
    taken: dict[str, list[bytes]] = {"console": [], "findings": []}

    def text(name: str) -> str:
        return b"".join(taken[name]).decode("utf-8", "replace")

    guest: subprocess.Popen[bytes] | None = None
    try:
        try:
            with signals_wait():
                guest = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    pass_fds=passed,
                )
        finally:
            for theirs in passed[1:]:
                os.close(theirs)
        assert guest.stdout is not None
        if attended:
            attended.attendant.started()
        patience = _Patience(guest.pid, silence)
        with selectors.DefaultSelector() as waiting:
            waiting.register(guest.stdout.fileno(), selectors.EVENT_READ, "console")
            waiting.register(findings_in, selectors.EVENT_READ, "findings")
            if attended:
                waiting.register(attended.connection, selectors.EVENT_READ, "stub")
            while any(key.data != "stub" for key in waiting.get_map().values()):
                for key, _ in waiting.select(min(1.0, silence / 4)):
                    if key.data == "stub":
                        if attended and not attended.stub_speaks():
                            waiting.unregister(key.fileobj)
                        continue
                    chunk = os.read(key.fd, 1 << 16)
                    if not chunk:
                        waiting.unregister(key.fd)
                        continue
                    taken[key.data].append(chunk)
                    if attended and key.data == "findings":
                        attended.feed(chunk)
                    # Once the probe reports, only the probe counts: a kernel that complains for
                    # ever is no sign of life.
                    if key.data == "findings" or not taken["findings"]:
                        patience.heard()
                if silent := patience.over():
                    heard = "nothing more" if any(taken.values()) else "nothing at all"
                    how = f"{heard} was heard of it {silent}"
                    raise MachineLost(how, text("console"), text("findings"))
        status = guest.wait()
    except StubFailed as error:
        how = f"its gdb stub failed: {error}"
        with suppress(subprocess.TimeoutExpired):  # an emulator that ends takes its stub along
            if guest and (status := guest.wait(1.0)):
                how = f"{how_ended('qemu', status)} while its gdb stub was in use"
        raise MachineLost(how, text("console"), text("findings")) from None
    finally:
        if guest:
            guest.kill()
            guest.wait()
            assert guest.stdout is not None
            guest.stdout.close()
    console = text("console")
    if status != 0:
        why = console.strip().splitlines()[-1:] or ["and said nothing"]
        raise MachineLost(f"{how_ended('qemu', status)}: {why[0]}", console, text("findings"))
    return Boot(console, text("findings"), time.monotonic() - start)


def boot(
    kernel: GuestKernel,
    script: str,
    settings: Settings | None = None,
    attend: Attend | None = None,
    programs: Sequence[bytes] = (),
) -> Boot:
    """Boot a kernel, let the probe run a script, and wait for its end.

    Args:
        kernel: The kernel.
        script: The script.
        settings: The virtual machine; None: the usual one.
        attend: Makes the attendant that uses the guest's gdb stub; None: there is no stub.
        programs: Static executables that it runs after that, one by one.

    Raises:
        MachineLost: It fell silent or panicked; its console is kept.
        NotAvailable: QEMU is not here.
    """
    settings = settings or Settings()
    if settings.accelerator is None:
        settings = replace(settings, accelerator=accelerator(kernel))
    try:
        return _boot(kernel, script, settings, attend, programs)
    except MachineLost as error:
        error.kept = keep_console(kernel, error)
        raise


def _boot(
    kernel: GuestKernel,
    script: str,
    settings: Settings,
    attend: Attend | None = None,
    programs: Sequence[bytes] = (),
) -> Boot:
    _emulator()  # says so where there is none, before anything is made
    check_kernel(kernel)
    # In memory, so that a boot leaves no file behind, however it ends.
    with os.fdopen(os.memfd_create("initramfs"), "wb") as initramfs, ExitStack() as ends:
        initramfs.write(make_archive(kernel, script, programs))
        initramfs.flush()
        findings_in, findings_out = os.pipe()
        ends.callback(os.close, findings_in)
        passed: tuple[int, ...] = (initramfs.fileno(), findings_out)
        attended = stub = None
        if attend:
            ours, theirs = socket.socketpair()
            ends.callback(ours.close)
            attended, stub = _Attended(ours, attend(ours)), theirs.detach()
            passed = (*passed, stub)
        command = _command(kernel, initramfs.fileno(), findings_out, settings, stub)
        done = _run(command, findings_in, passed, settings.silence, attended)
    if "Kernel panic" in done.console:
        why = next(line for line in done.console.splitlines() if "Kernel panic" in line)
        raise MachineLost(why.partition("] ")[2] or why, done.console, done.findings)
    return done


def keep_console(kernel: GuestKernel, lost: MachineLost) -> Path | None:
    """Write the console of a lost machine into the cache; only the newest ones are kept."""
    name = kernel.name.strip("/").replace("/", "_")[-80:]
    try:
        folder = cache_folder() / "lost"
        folder.mkdir(exist_ok=True)
        for number in range(1, 1000):
            path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}-{number}.txt"
            with suppress(FileExistsError), path.open("x", encoding="utf-8") as stream:
                stream.write(f"{lost.how}\n\n---- console ----\n{lost.console}\n")
                stream.write(f"---- findings ----\n{lost.findings[-10000:]}")
                break
        for old in sorted(folder.glob("*.txt"))[:-_KEPT_CONSOLES]:
            old.unlink(missing_ok=True)
    except (OSError, NotAvailable):
        return None
    return path


def accelerator(kernel: GuestKernel) -> Accelerator:
    """Decide what runs guests on this machine: KVM if a short trial boot works, else software."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    machine = _machine()
    kept = cache_folder() / "accelerator.json"
    found = read_kept(kept)
    if found is not None:
        known = json.loads(found)
        if known["machine"] == machine and known["accelerator"] in ("kvm", "tcg"):
            return "kvm" if known["accelerator"] == "kvm" else "tcg"
    verdict: Accelerator = "tcg"
    why = "a trial boot worked"
    try:
        done = _boot(kernel, "", Settings(accelerator="kvm", silence=_TRIAL_SILENCE))
        if done.findings.rstrip().endswith("Z 0"):
            verdict = "kvm"
        else:
            why = "a trial boot ended early"
    except MachineLost as error:
        why = error.how
    record = {"machine": machine, "accelerator": verdict, "why": f"kvm: {why}"}
    with suppress(NotAvailable):
        keep(kept, f"{json.dumps(record, indent=1)}\n".encode())
    return verdict


@cache
def _machine() -> list[str]:
    """Give what the result for KVM depends on: the host's kernel, QEMU and the processor."""
    done = subprocess.run([_emulator(), "--version"], capture_output=True, text=True)
    processor = ""
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as stream:
        models = (line.partition(":")[2].strip() for line in stream if "model name" in line)
        processor = next(models, "")
    return [platform.release(), done.stdout.partition("\n")[0], processor]
