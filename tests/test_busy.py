"""``make busy``: tests run beside processes that spin, which end in every case."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from waiting import PATIENCE, eventually

BUSY = [sys.executable, str(Path(__file__).parents[1] / "tools" / "busy.py"), "--spin=1"]


@pytest.fixture
def counting(tmp_path):
    """A file with a test that notes each of its runs, and fails in the second one."""
    path = tmp_path / "test_counting.py"
    path.write_text(
        "from pathlib import Path\n\n\ndef test_count():\n"
        "    with Path(__file__).with_name('runs').open('a') as runs:\n"
        "        runs.write('run\\n')\n"
        "    count = len(Path(__file__).with_name('runs').read_text().split())\n"
        "    assert count != 2, 'unlucky'\n"
    )
    return path


def test_each_file_is_run_as_often_as_asked(counting):
    """A failure among the runs is told, shown whole, and the exit status."""
    done = subprocess.run([*BUSY, "--times=2", str(counting)], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout.count(f"{counting}: 1 passed") == 1
    assert "unlucky" in done.stdout
    assert done.stdout.endswith("\n1 of 2 runs passed\n")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc here")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_spins_on(tmp_path, how):
    """Interrupted, ended or killed: what spins ends too."""
    path = tmp_path / "test_forever.py"
    path.write_text("import time\n\n\ndef test_forever():\n    time.sleep(600)\n")
    with subprocess.Popen(
        [*BUSY, str(path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as ours:
        try:
            eventually(lambda: sorted(map(spins, children(ours.pid))), [False, True])
            started = children(ours.pid)
            ours.send_signal(how)
            ours.wait(PATIENCE)
            eventually(lambda: [one for one in started if spins(one)], [])
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(ours.pid, signal.SIGKILL)


def children(process):
    """The processes that a process has started."""
    return [
        int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]


def spins(process):
    """Whether a process is one that keeps a processor busy."""
    try:
        return b"while True" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
