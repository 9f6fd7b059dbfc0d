"""Thirty visitors of ``zapviz app``: the memory of their Pythons together, and how soon it is free
once they are gone.

Memory is each process's own share (Pss): what processes have in common counts once.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import Result, timed

sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser"))
from jupyter_page import chromium, stop

__all__ = ["visiting"]

_VISITORS = 30
_MOST = 90  # MiB for each of them, all included
_GONE = 30  # seconds within which a closed page frees its Python


def visiting() -> Iterator[Result]:
    """Open the explorer's page thirty times, weigh all processes, and close the pages."""
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as (address, server):
        alone = _memory(server)
        with chromium() as browser:
            opened = []
            pages = []
            for _ in range(_VISITORS):
                start = time.perf_counter()
                page = browser.new_context().new_page()
                page.goto(address)
                page.locator(".zv-grid [role=gridcell]").first.wait_for(timeout=120_000)
                opened.append(time.perf_counter() - start)
                pages.append(page)
            yield timed("a page opened to its first grid", opened)
            each = (_memory(server) - alone) / _VISITORS
            text = f"{alone + each * _VISITORS:.0f} MiB in all; under {_MOST} each"
            yield Result(
                f"memory of each of {_VISITORS} visitors", f"{each:8.0f} MiB", text, each < _MOST
            )
            for page in pages:
                page.context.close()
            start = time.perf_counter()
            while len(_family(server)) > 1 and time.perf_counter() - start < 2 * _GONE:
                time.sleep(0.5)
            gone = time.perf_counter() - start
            yield Result(
                "... freed once they are gone", f"{gone:8.1f} s", f"under {_GONE} s", gone < _GONE
            )


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, int]]:
    """Start the application; give its address, and the number of its process."""
    own = {"JUPYTER_RUNTIME_DIR": str(folder / "runtime"), "IPYTHONDIR": str(folder / "ipython")}
    log = folder / "log"
    with log.open("wb") as stream:
        server = subprocess.Popen(
            [sys.executable, "-m", "zapviz", "app", "--no-open", "--port=0"],
            env={**os.environ, **own}, stdout=stream, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        while not (said := re.search(r"http://\S+:(\d+)/", log.read_text())) or not _answers(
            said[1]
        ):
            if server.poll() is not None:
                raise RuntimeError(log.read_text()[-2000:])
            time.sleep(0.2)
        yield said[0], server.pid
    finally:
        stop(server)


def _answers(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def _family(process: int) -> list[int]:
    """Give a process and those that it has started, and they."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text()
            except OSError:  # it has ended
                continue
            parents[int(folder.name)] = int(text.rpartition(")")[2].split()[1])
    found = [process]
    for one in found:  # the list grows meanwhile
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _memory(process: int) -> float:
    """Give the memory of a process and all that it has started, in MiB."""
    total = 0
    for one in _family(process):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])  # type: ignore[index]
    return total / 1024
