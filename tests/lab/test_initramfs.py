"""What the guest boots from: the archive's form, and modules in the order they need."""

from __future__ import annotations

import lzma
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from zapviz.lab import GuestKernel, NotAvailable
from zapviz.lab.guest.initramfs import (
    build_disk_image,
    build_probe,
    format_cpio,
    make_archive,
    modules_for,
)


def read_cpio(archive: bytes) -> list[tuple[str, int, bytes]]:
    """Name, mode and content of each file of a "newc" archive."""
    files: list[tuple[str, int, bytes]] = []
    at = 0
    while True:
        assert archive[at : at + 6] == b"070701"
        numbers = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        name = archive[at + 110 : at + 110 + numbers[11] - 1].decode()
        at += -(-(110 + numbers[11]) // 4) * 4
        if name == "TRAILER!!!":
            return files
        files.append((name, numbers[1], archive[at : at + numbers[6]]))
        at += -(-numbers[6] // 4) * 4


def module(depends: str = "", softdep: str = "") -> bytes:
    """The part of a kernel module that says what it needs."""
    soft = f"softdep=pre: {softdep}\0" if softdep else ""
    return f"\x7fELF\0depends={depends}\0{soft}name=x\0".encode()


def test_the_archive_can_be_read_back() -> None:
    """Names and contents of every length come out as they went in."""
    files = [("dev", 0o040755, b""), *((f"f{'x' * n}", 0o100644, b"y" * n) for n in range(9))]
    assert read_cpio(format_cpio(files)) == files


@pytest.mark.skipif(shutil.which("cpio") is None, reason="cpio is not here: apt install cpio")
def test_cpio_reads_the_archive() -> None:
    """The tool that the form is named after agrees."""
    archive = format_cpio([("init", 0o100755, b"#!"), ("script", 0o100644, b"P\n")])
    done = subprocess.run(["cpio", "-t"], input=archive, capture_output=True, check=True)
    assert done.stdout.split() == [b"init", b"script"]


def test_modules_come_in_the_order_they_need(tmp_path: Path) -> None:
    """What a module needs is loaded before it; compressed ones too; others are left out."""
    folder = tmp_path / "usr/lib/modules/6.1/kernel"
    folder.mkdir(parents=True)
    (folder / "ext4.ko").write_bytes(module("jbd2,mbcache", "crc32c"))
    (folder / "jbd2.ko.xz").write_bytes(lzma.compress(module()))
    (folder / "mbcache.ko").write_bytes(module())
    (folder / "crc32c_generic.ko").write_bytes(module())
    (folder / "snd.ko").write_bytes(module())
    found = modules_for(tmp_path)
    assert [name for name, _ in found] == ["jbd2", "mbcache", "crc32c_generic", "ext4"]
    assert dict(found)["jbd2"] == module()


def test_the_guest_gets_its_script_and_modules(cache: Path, tmp_path: Path) -> None:
    """/init is the probe; /script the script; modules are numbered in their order."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/brd.ko").write_bytes(module())
    archive = make_archive(GuestKernel("6.1", tmp_path, tmp_path / "modules"), "P\n")
    files = {name: content for name, _, content in read_cpio(archive)}
    assert files["init"] == b"not run" and files["script"] == b"P\n"
    assert files["modules/00-brd.ko"] == module()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (build_probe, "a C compiler is needed.*apt install gcc libc6-dev"),
        (build_disk_image, r"mkfs.ext4 is needed for file\(n\): apt install e2fsprogs"),
    ],
)
def test_a_missing_tool_names_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make: object, message: str
) -> None:
    """No compiler, no mkfs.ext4: what to install, and nothing half made in the cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("zapviz.lab.guest.initramfs.shutil.which", lambda name, path=None: None)
    with pytest.raises(NotAvailable, match=message):
        make()  # type: ignore[operator]
    assert list((tmp_path / "zapviz").iterdir()) == []


def test_a_compiler_that_fails_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it said is part of the message."""
    compiler = tmp_path / "cc"
    compiler.write_text("#!/bin/sh\necho cannot find -lc >&2; exit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(NotAvailable, match=r"does not compile here.*\ncannot find -lc"):
        build_probe()


def test_another_architecture_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The probe speaks to QEMU's debug port: it is for x86-64."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(NotAvailable, match="the probe is for x86-64, and this machine is aarch64"):
        build_probe()
