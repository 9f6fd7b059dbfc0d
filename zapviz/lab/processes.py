"""Processes that the lab starts: no signal leaves one behind, and each is ended with its kin."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["MARK", "end_with_kin", "how_ended", "signals_wait"]

MARK = "ZAPVIZ_RUN"
"""The variable of the environment by which what a program started is known as its kin."""

_GRACE = 3.0  # seconds for a program to put away what it made


@contextmanager
def signals_wait() -> Iterator[None]:
    """Hold back the signals that end this process until what is being started, or ended, is so.

    A handler that raises between the fork and Popen's return would leave a process to nobody.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    came: list[int] = []
    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {each: signal.signal(each, lambda number, _: came.append(number)) for each in ending}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, signal.SIG_DFL if handler is None else handler)
    for number in came:
        signal.raise_signal(number)


def how_ended(name: str, status: int) -> str:
    """Say how a process ended, from the status that subprocess gives.

    >>> how_ended("qemu", 1), how_ended("qemu", -9)
    ('qemu ended with status 1', 'qemu was ended by SIGKILL')
    """
    if status >= 0:
        return f"{name} ended with status {status}"
    try:
        return f"{name} was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"{name} was ended by signal {-status}"


def end_with_kin(leader: subprocess.Popen[bytes], mark: str) -> None:
    """End a process that leads a session, and whatever it started.

    A sandbox puts its processes into sessions of their own, and some outlive who started them: all
    are found by the mark in their environment. Each is asked first, as it may have something to
    put away, and killed if that does not help.

    Args:
        leader: The process.
        mark: What ``MARK`` is set to in its environment.
    """
    if leader.poll() is None:
        leader.terminate()
        with suppress(subprocess.TimeoutExpired):
            leader.wait(_GRACE)
    begin = time.monotonic()
    asked: set[int] = set()
    while kin := _kin(leader.pid, mark):
        late = time.monotonic() - begin > _GRACE
        for pid in kin if late else kin - asked:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
        asked |= kin
        if time.monotonic() - begin > 2 * _GRACE:
            break
        time.sleep(0.02)
    leader.kill()
    leader.wait()


def _kin(leader: int, mark: str) -> set[int]:
    """Give the processes of a session, or with the mark, that are not yet dead."""
    wanted = f"{MARK}={mark}".encode()
    found: set[int] = set()
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        with suppress(OSError, IndexError, ValueError):
            with open(f"/proc/{name}/stat", "rb") as stream:
                state, _parent, _group, session = stream.read().rpartition(b") ")[2].split()[:4]
            if state in (b"Z", b"X"):
                continue
            if int(session) == leader:
                found.add(int(name))
                continue
            with open(f"/proc/{name}/environ", "rb") as stream:
                if wanted in stream.read().split(b"\0"):
                    found.add(int(name))
    return found
