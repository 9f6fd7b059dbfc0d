"""What the lab's tests use: a cache of their own, a QEMU that is a shell script."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import zapviz.lab
from zapviz.lab.guest import qemu as qemu_module
from zapviz.lab.guest.kept import keep

# What it does is told by $FAKE_QEMU; $FAKE_SAYS is a file with the probe's words.
FAKE_QEMU = """\
#!/bin/sh
[ "$1" = --version ] && { echo "fake QEMU"; exit; }
for word; do case $word in file,id=found,path=*) out=${word#*path=};; esac; done
echo $$ >>"$FAKE_LOG"
case $FAKE_QEMU in
answer) cat "$FAKE_SAYS" >"$out";;
silent) exec sleep 300;;
panic) echo "[    1.2] Kernel panic - not syncing: VFS: no root"; exit 0;;
crash) echo "qemu: could not load kernel"; exit 1;;
early) printf 'k release 6.12.0\\nP 0\\ns 0 0\\n' >"$out";;
garbled) printf 'k release 6.12.0\\nP 0\\ns 0 0\\n\\377garbage\\n' >"$out";;
babble) printf 'k release 6.12.0\\n' >"$out"
        while :; do echo "BUG: soft lockup"; sleep 0.05; done;;
second) [ "$(wc -l <"$FAKE_LOG")" -gt 1 ] || exit 1; cat "$FAKE_SAYS" >"$out";;
esac
"""


@pytest.fixture(autouse=True)
def same_signals() -> Iterator[None]:
    """The lab's command takes over two signals; tests give them back."""
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, with a probe and a disk image that are never run."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "cache" / "zapviz"
    folder.mkdir(parents=True)
    source = Path(zapviz.lab.__file__).with_name("guest").joinpath("probe.c").read_bytes()
    for name in (f"probe-{hashlib.sha256(source).hexdigest()[:16]}", "disk-ext4.img"):
        keep(folder / name, b"not run")
    return folder


@pytest.fixture
def image(cache: Path) -> Path:
    """A kernel called 6.12 in that cache: no more than a header."""
    path = cache / "kernels/6.12/boot/vmlinuz-6.12"
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(0x1FE) + b"\x55\xaa\x00\x00HdrS" + bytes(64))
    return path


@pytest.fixture
def fake_qemu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, image: Path
) -> Iterator[Callable[..., Path]]:
    """Makes QEMU do as told: ``fake_qemu("answer", says)``; gives the log of its processes."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "qemu-system-x86_64"
    script.write_text(FAKE_QEMU)
    script.chmod(0o755)
    guests = tmp_path / "guests"
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(qemu_module, "accelerator", lambda kernel: "tcg")
    monkeypatch.setattr("zapviz.lab.oracle.accelerator", lambda kernel: "tcg")

    def make(mode: str, says: str = "") -> Path:
        monkeypatch.setenv("FAKE_QEMU", mode)
        monkeypatch.setenv("FAKE_LOG", str(guests))
        monkeypatch.setenv("FAKE_SAYS", str(tmp_path / "says"))
        (tmp_path / "says").write_text(says)
        return guests

    yield make
    qemu_module._machine.cache_clear()
