"""Scenarios on the kernel that runs these tests: what it can, it does as the model says."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from zapviz import run_on_host
from zapviz.api.verdicts import Verdict
from zapviz.lab import Findings, NotAvailable, NotOnKernel
from zapviz.lab import host as host_module
from zapviz.lab.guest.kept import keep
from zapviz.lab.host import disk_folder
from zapviz.scenario.library import SCENARIOS

HERE = [name for name in SCENARIOS if name not in ("device-entries", "migration-punch")
        and not name.startswith(("race-", "four-paths-"))]  # fmt: skip


def on_host(scenario: str) -> Verdict:
    """The verdict, or a skip that says what is missing here."""
    if platform.machine() != "x86_64" or not sys.platform.startswith("linux"):
        pytest.skip("the probe is for Linux on x86-64")
    try:
        return run_on_host(scenario)
    except NotAvailable as missing:
        pytest.skip(str(missing))


@pytest.mark.kernel
@pytest.mark.parametrize("name", HERE)
def test_this_kernel_does_as_the_model_says(name: str) -> None:
    """Whatever can be run here agrees; the rest is named."""
    found = on_host(name)
    assert found.agrees and found.ok, found.text()
    assert found.name == "host" and found.release == platform.release()


@pytest.mark.kernel
def test_no_memory_of_the_host_is_poisoned() -> None:
    """Not even where the user may: MADV_HWPOISON is left out, with what hangs on it."""
    found = on_host("hwpoison-hole")
    assert set(found.skipped) == {12, 13}
    assert "only in a VM" in found.skipped[12]
    text = found.text()
    assert "INCOMPLETE: 2 statements left out (lines 12, 13)" in text.splitlines()[-2]
    assert "this machine's kernel (" in text and "2 skipped" in " ".join(text.split())


@pytest.mark.kernel
def test_a_user_without_rights_sees_as_much(tmp_path: Path) -> None:
    """Frame numbers and swap types are root's to see; the classes are told apart all the same."""
    on_host("N = anon(1)")
    from zapviz.lab.guest.initramfs import build_probe

    probe = tmp_path / "probe"
    probe.write_bytes(build_probe().read_bytes())
    probe.chmod(0o755)
    drop = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    script = "P\nn 0 4\nw 0 0 2 7\nr 0 2 3\n"
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(path.stat().st_mode | 0o055)
    command = [*drop, "--inh-caps=-all", str(probe), "/tmp"]
    try:
        done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=120)
    except FileNotFoundError:
        pytest.skip("setpriv is not here: apt install util-linux")
    if done.returncode != 0:
        pytest.skip(f"another user cannot be made here: {done.stderr.strip()}")
    assert "k types 0" in done.stdout
    assert "s 2 0\nm 0 aaz. 070700--\n" in done.stdout


def test_what_is_for_the_model_alone_is_refused() -> None:
    """Before anything is run."""
    with pytest.raises(NotOnKernel, match="line 10"):
        run_on_host("race-punch")


def test_what_this_machine_cannot_do_is_left_out_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No swap, one node, no disk, little to lock: each with its reason."""
    features = {
        "release": "6.12.1", "pageout": "0", "migrate": "0", "disk": "0", "uffd": "0",
    }  # fmt: skip
    asked: list[int] = []

    def ask(programs: list[object], disk: Path | None) -> Findings:
        asked.append(len(programs))
        if not programs:
            return Findings(features, (), True)
        raise NotAvailable("enough was seen")

    seen: dict[int, str] = {}

    def planned(program: object, model: object, skipped: dict[int, str]) -> object:
        seen.update(skipped)
        raise NotAvailable("enough was seen")

    monkeypatch.setattr(host_module, "_ask", ask)
    monkeypatch.setattr(host_module, "disk_folder", lambda: None)
    monkeypatch.setattr(host_module, "plan", planned)
    monkeypatch.setattr(resource, "getrlimit", lambda what: (65536, 65536))
    text = (
        "F = file(2)\nA = mmap(F, MAP_PRIVATE)\nread(A)\nN = anon(2)\nmadvise(N, MADV_PAGEOUT)\n"
        "migrate(N[0])\nmlock(N)\nuffd_wp(N)\nmadvise(N, MADV_HWPOISON)\nN[0] = 1\n"
    )
    with pytest.raises(NotAvailable, match="enough was seen"):
        run_on_host(text)
    assert seen == {
        0: "no folder here is on one of ext2, ext3, ext4, xfs, btrfs, f2fs",
        1: "there is no F",
        2: "there is no A",
        4: "this machine has no swap space",
        5: "this machine has one NUMA node, or its user may not move pages",
        6: "only 16 pages may be locked here (ulimit -l)",
        7: "no userfaultfd here (USERFAULTFD)",
        8: "it would break memory of this machine for good: only in a VM",
    }


def test_a_machine_that_hides_its_page_tables_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some containers do."""
    monkeypatch.setattr(
        host_module, "_ask", lambda programs, disk: Findings({"pagemap": "0"}, (), True)
    )
    with pytest.raises(NotAvailable, match="hides /proc/self/pagemap"):
        run_on_host("N = anon(1)")


def test_another_system_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere than on Linux there is no such kernel."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(NotAvailable, match="does not run Linux"):
        run_on_host("N = anon(1)")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 3", "the probe ended early: no reason"),
        ("echo wrong", "what the probe said is garbled"),
        ("echo usage >&2; exit 2", "the probe ended early: usage"),
    ],
)
def test_a_probe_that_fails_is_said(cache: Path, script: str, message: str) -> None:
    """What it said last is in the message."""
    [probe] = [path for path in cache.glob("probe-*") if path.suffix != ".sha256"]
    keep(probe, f"#!/bin/sh\n{script}\n".encode())
    probe.chmod(0o755)
    with pytest.raises(NotAvailable, match=message):
        run_on_host("N = anon(1)")


def test_files_are_made_on_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder on tmpfs or an overlay would not behave as the model's disk file."""
    monkeypatch.setattr(host_module, "_filesystem", lambda folder: "tmpfs")
    assert disk_folder() is None
    monkeypatch.setattr(host_module, "_filesystem", lambda folder: "ext4")
    assert disk_folder() is not None
