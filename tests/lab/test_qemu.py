"""Guests that answer, fall silent, panic, babble or are interrupted; QEMU is a script here."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from waiting import PATIENCE, eventually
from zapviz.errors import ZapvizError
from zapviz.lab import MachineLost, NotAvailable, Settings, find_kernel, run_findings
from zapviz.lab.guest import qemu as qemu_module
from zapviz.lab.guest.kernels import custom_kernel
from zapviz.lab.guest.qemu import accelerator, boot
from zapviz.scenario.text import parse_scenario

FakeQemu = Callable[..., Path]

PROGRAM = parse_scenario("N = anon(1)\n")
SAYS = "k release 6.12.1\nP 0\ns 0 0\nm 0 . --\nE exit\nZ 1\n"

# A guest that says something is waited for, as long as it takes on a machine that is busy; one
# that does not is given up once a shell must have begun.
PATIENT = Settings(silence=PATIENCE)
QUICK = Settings(silence=2)


def alive(guests: Path) -> list[int]:
    """The fake QEMUs that still run."""
    processes = [int(line) for line in guests.read_text().split()]
    return [p for p in processes if Path(f"/proc/{p}/exe").exists()]


def left_over(tmp_path: Path) -> list[str]:
    """What boots left behind in the folder for temporary files."""
    return [path.name for path in tmp_path.glob("zapviz-*")]


def test_an_answer_is_read(fake_qemu: FakeQemu, tmp_path: Path) -> None:
    """What the probe wrote to the debug port is what run_findings() gives."""
    fake_qemu("answer", SAYS)
    findings = run_findings("6.12", [PROGRAM], PATIENT)
    assert findings.complete and findings.kernel["release"] == "6.12.1"
    assert left_over(tmp_path) == []


def test_a_lost_boot_is_tried_again(fake_qemu: FakeQemu, cache: Path) -> None:
    """The first boot is lost and its console kept; the second one answers."""
    guests = fake_qemu("second", SAYS)
    assert run_findings("6.12", [PROGRAM], PATIENT).complete
    assert len(guests.read_text().split()) == 2
    assert len(list((cache / "lost").iterdir())) == 1


@pytest.mark.parametrize(
    ("mode", "how"),
    [
        ("silent", "nothing at all was heard of it for"),
        ("babble", "nothing more was heard of it for"),
        ("panic", "Kernel panic - not syncing: VFS: no root"),
        ("crash", "qemu ended with status 1: qemu: could not load kernel"),
        ("early", "it ended before the last program"),
        ("garbled", "what it said is garbled: not a finding"),
    ],
)
def test_a_lost_machine_says_how_and_keeps_its_console(
    fake_qemu: FakeQemu, cache: Path, tmp_path: Path, mode: str, how: str
) -> None:
    """After three boots the loss is reported with the file that holds the console."""
    guests = fake_qemu(mode)
    with pytest.raises(MachineLost) as caught:
        run_findings("6.12", [PROGRAM], QUICK if mode in ("silent", "babble") else PATIENT)
    assert how in str(caught.value)
    assert caught.value.kept is not None and str(caught.value.kept) in str(caught.value)
    assert how in caught.value.kept.read_text()
    assert len(guests.read_text().split()) == 3
    assert len(list((cache / "lost").iterdir())) == 3
    assert alive(guests) == []
    assert left_over(tmp_path) == []


def test_only_the_newest_consoles_are_kept(fake_qemu: FakeQemu, cache: Path) -> None:
    """Twenty files are plenty; older ones go."""
    fake_qemu("crash")
    for number in range(25):
        (cache / "lost").mkdir(exist_ok=True)
        (cache / f"lost/20000101-0000{number:02}-6.12-1.txt").touch()
    with pytest.raises(MachineLost):
        boot(find_kernel("6.12"), "", PATIENT)
    assert len(list((cache / "lost").iterdir())) == 20


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_boot_takes_its_guest_along(
    fake_qemu: FakeQemu, tmp_path: Path, how: signal.Signals
) -> None:
    """Ctrl-C, an end from outside and a kill: no guest runs on."""
    if how is signal.SIGKILL and shutil.which("setpriv") is None:
        pytest.skip("setpriv is not here: apt install util-linux")
    guests = fake_qemu("silent")
    command = [sys.executable, "-m", "zapviz", "lab", "run", "reproducer", "--kernel", "6.12"]
    with subprocess.Popen([*command, "--accel", "tcg"], stderr=subprocess.PIPE) as ours:
        eventually(lambda: guests.exists() and bool(guests.read_text().split()), True)
        ours.send_signal(how)
        _, said = ours.communicate(timeout=PATIENCE)
    assert b"Traceback" not in said
    assert ours.returncode == {2: 130, 15: 143, 9: -9}[how]
    eventually(lambda: alive(guests), [])
    if how is not signal.SIGKILL:
        assert left_over(tmp_path) == []


def test_a_signal_that_comes_while_a_guest_is_started_takes_it_along(
    fake_qemu: FakeQemu, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the fork and Popen's return nobody knows the guest yet."""
    fake_qemu("silent")
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def interrupted(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(start(*arguments, **options))
        signal.raise_signal(signal.SIGTERM)
        return started[0]

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    monkeypatch.setattr("zapviz.lab.guest.qemu.subprocess.Popen", interrupted)
    try:
        with pytest.raises(SystemExit):
            boot(find_kernel("6.12"), "", PATIENT)
        assert signal.getsignal(signal.SIGTERM) is end
    finally:
        signal.signal(signal.SIGTERM, before)
    assert started[0].returncode is not None


def test_no_qemu_names_the_package(
    image: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without QEMU the message says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotAvailable, match="apt install qemu-system-x86"):
        run_findings("6.12", [PROGRAM], Settings(accelerator="tcg"))


@pytest.fixture
def kvm(fake_qemu: FakeQemu, monkeypatch: pytest.MonkeyPatch) -> FakeQemu:
    """As fake_qemu, on a machine with /dev/kvm, where the real accelerator() judges."""
    real_access = os.access

    def access(path: str, mode: int) -> bool:
        return path == "/dev/kvm" or real_access(path, mode)

    monkeypatch.setattr("zapviz.lab.guest.qemu.os.access", access)
    qemu_module._machine.cache_clear()
    return fake_qemu


def test_kvm_is_tried_once_and_its_verdict_kept(kvm: FakeQemu, cache: Path, image: Path) -> None:
    """A trial boot that works means KVM; the next time the kept verdict is enough."""
    guests = kvm("answer", "k release 6.12.1\nZ 0\n")
    assert accelerator(find_kernel("6.12")) == "kvm"
    assert accelerator(find_kernel("6.12")) == "kvm"
    assert len(guests.read_text().split()) == 1
    assert json.loads((cache / "accelerator.json").read_text())["accelerator"] == "kvm"


def test_kvm_that_does_not_work_is_not_used(kvm: FakeQemu, cache: Path, image: Path) -> None:
    """/dev/kvm can be there and run nothing: software emulation then, with the reason kept."""
    kvm("crash")
    assert accelerator(find_kernel("6.12")) == "tcg"
    assert "could not load kernel" in json.loads((cache / "accelerator.json").read_text())["why"]


def test_another_machine_is_judged_anew(kvm: FakeQemu, cache: Path, image: Path) -> None:
    """A verdict of another host, or one that cannot be read, is not believed."""
    guests = kvm("crash")
    for kept in ('{"machine": ["other"], "accelerator": "kvm"}', "not JSON", "[]"):
        (cache / "accelerator.json").write_text(kept)
        assert accelerator(find_kernel("6.12")) == "tcg"
    assert len(guests.read_text().split()) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no x86 kernel image"),
        (b"x" * 5000, "is no x86 kernel image"),
        (b"\x7fELF" + bytes(5000), "is an ELF file; the bootable image is"),
        (None, "cannot read the kernel"),
    ],
)
def test_what_is_no_kernel_is_not_booted(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    """A path that is no bzImage is refused by looking at its header."""
    path = tmp_path / "vmlinux"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ZapvizError, match=message):
        custom_kernel(path)


def test_the_tree_of_a_kernel_stands_for_its_image(image: Path, tmp_path: Path) -> None:
    """Where a folder is given, the bzImage that make leaves in it is taken."""
    boot_folder = tmp_path / "linux/arch/x86/boot"
    boot_folder.mkdir(parents=True)
    shutil.copyfile(image, boot_folder / "bzImage")
    assert custom_kernel(tmp_path / "linux").image == boot_folder / "bzImage"
    with pytest.raises(ZapvizError, match="no folder"):
        custom_kernel(image, tmp_path / "nowhere")
