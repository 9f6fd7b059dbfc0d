"""Whatever a file's name leads to, it is read at once, or a sentence says why not."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from waiting import PATIENCE
from zapviz.commands.cli import main
from zapviz.commands.lab import main as lab_main
from zapviz.commands.stopped import so_far, stopped_words
from zapviz.errors import ZapvizError
from zapviz.lab.guest.kernels import custom_kernel
from zapviz.named_file import read_named
from zapviz.written_file import write_file


@pytest.fixture(params=["fifo", "socket", "folder", "device", "empty", "bytes", "none", "long"])
def named(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A name that leads to something else than a scenario or a kernel."""
    path = tmp_path / request.param
    if request.param == "fifo":
        os.mkfifo(path)
    elif request.param == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    elif request.param == "folder":
        path.mkdir()
    elif request.param == "device":
        return "/dev/zero"
    elif request.param == "empty":
        path.touch()
    elif request.param == "bytes":
        path.write_bytes(bytes(range(256)) * 20)
    elif request.param == "long":
        return str(tmp_path / ("x" * 5000))
    return str(path)


@pytest.mark.parametrize(
    "call",
    [["run"], ["diff"], ["race"], ["export", "{}", "text"], ["exercises"], ["lab", "run"],
     ["lab", "watch"], ["lab", "race"], ["lab", "hold"], ["lab", "replay"], ["lab", "reproduce"],
     ["lab", "trace"], ["lab", "judge", "--with", "x {}", "{}"],
     ["lab", "run", "reproducer", "--bzimage", "{}"],
     ["lab", "watch", "reproducer", "--bzimage", "{}"]],
    ids=" ".join,
)  # fmt: skip
def test_every_command_says_what_is_wrong(
    call: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit status 2, and without waiting."""
    words = [named if word == "{}" else word for word in call]
    assert main(words if "{}" in call else [*words, named]) == 2
    said = capsys.readouterr().err
    assert "error: " in said
    assert "Traceback" not in said


class TestRead:
    """One door for what a user names."""

    def test_a_pipe_that_somebody_writes_to_is_read(self, tmp_path: Path) -> None:
        """As that of a shell's <(...), however slowly."""
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        held = os.open(pipe, os.O_RDWR)

        def write() -> None:
            for word in (b"N = ", b"anon(1)\n"):
                time.sleep(0.05)
                os.write(held, word)
            os.close(held)

        writer = threading.Thread(target=write)
        writer.start()
        assert read_named(str(pipe), 1000) == b"N = anon(1)\n"
        writer.join()

    @pytest.mark.parametrize(
        ("make", "message"),
        [(os.mkfifo, "it is a pipe, and nobody writes to it"), (os.mkdir, "Is a directory")],
    )
    def test_what_it_is_is_said(self, make, message: str, tmp_path: Path) -> None:
        """In a word."""
        make(tmp_path / "it")
        with pytest.raises(ZapvizError, match=message):
            read_named(str(tmp_path / "it"), 10)

    def test_no_more_is_read_than_is_asked_for(self) -> None:
        """Of what has no end."""
        assert read_named("/dev/zero", 200_000) == bytes(200_000)

    def test_a_kernel_that_was_cut_off(self, tmp_path: Path) -> None:
        """QEMU would say nothing of it."""
        start = bytearray(0x300)
        start[0x1F1], start[0x1F4] = 30, 200
        start[0x1FE:0x200], start[0x202:0x206] = b"\x55\xaa", b"HdrS"
        (tmp_path / "bzImage").write_bytes(start)
        with pytest.raises(ZapvizError, match="is not whole"):
            custom_kernel(tmp_path / "bzImage")

    def test_a_pipe_that_nobody_reads_is_not_waited_for(self, tmp_path: Path) -> None:
        """Nor one that goes away."""
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ZapvizError, match="nobody reads from"):
            write_file(tmp_path / "pipe", b"x")


def closed(number: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What zapviz says where a file descriptor is closed from the start."""
    return subprocess.run(
        ["sh", "-c", f'exec "$0" -m zapviz "$@" {number}>&-', sys.executable, *arguments],
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_closed_descriptor_stays_nobodys(number: int, tmp_path: Path) -> None:
    """No file that is opened gets its number, and so no program that is started has it."""
    script = (
        "import os, subprocess, sys\n"
        "from zapviz.commands import cli\n"
        "cli._main = lambda arguments: open('opened').fileno()\n"
        "sys.exit(cli.main([]))\n"
    )
    (tmp_path / "opened").touch()
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" {number}>&-', sys.executable, script],
        cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode >= 3


def test_a_command_works_without_standard_input() -> None:
    """What does not read it has no need of it."""
    assert closed(0, "run", "hole-punch").returncode == 0
    done = closed(0, "run", "-")
    assert (done.returncode, done.stderr) == (2, "zapviz: error: standard input is closed\n")


def test_an_error_is_never_output() -> None:
    """Where standard error is closed, it is told by the exit status alone."""
    done = closed(2, "run", "no-such-scenario")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


class TestStopped:
    """Ctrl-C says what was stopped, and what was found so far."""

    def test_of_a_running_command(self) -> None:
        """In one line on standard error."""
        process = subprocess.Popen(
            [sys.executable, "-c", "import time; from zapviz.commands import cli\n"
             "def run(_): print('ready', flush=True); time.sleep(60)\n"
             "cli._main = run; raise SystemExit(cli.main(['table', '--why']))"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
        assert said == (
            "zapviz table: stopped by Ctrl-C; nothing was found yet, and nothing was written\n"
        )

    def test_what_was_found_is_told(self) -> None:
        """Once."""
        so_far("3 of 7 races were run")
        assert stopped_words(["lab", "migrate", "-n", "5"]) == (
            "zapviz lab migrate: stopped by Ctrl-C; 3 of 7 races were run"
        )
        assert "nothing was found yet" in stopped_words(["lab", "run", "x"])

    def test_of_a_conformance_run(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """With the counts of what was compared."""
        from zapviz.commands import lab
        from zapviz.lab.conformance import Report

        def conform(name, count, seed, *, swap, forks, progress):
            progress(Report(name, programs=40))
            raise KeyboardInterrupt

        monkeypatch.setattr(lab, "conform", conform)
        monkeypatch.setattr(lab, "find_kernel", lambda name: type("K", (), {"name": name}))
        assert main(["lab", "conform", "--kernel", "6.12"]) == 130
        said = capsys.readouterr().err
        assert "zapviz lab conform: stopped by Ctrl-C; " in said
        assert "Conformance 6.12 programs=40" in said
        assert lab_main is lab.main
