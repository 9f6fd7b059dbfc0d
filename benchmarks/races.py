"""Races: states per second, the growth of states with pages, and the same model under Spin."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import zapviz
from benchmarks.report import Result
from zapviz.races.exploration import Exploration

__all__ = ["LONG", "exploring", "growing", "punch_against_migration", "spinning"]

_MODEL = Path(__file__).parent / "spin" / "punch_migrate.pml"

LONG = """
F = shmem(6)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
B[0:6] = 1
A[0:3] = 2
def CPU0():
    fallocate(F, FALLOC_FL_PUNCH_HOLE)
    ftruncate(F, 0)
def CPU1():
    migrate(B[5])
    migrate(A[0:3])
    migrate(B[3])
    migrate(B[4])
    madvise(B, MADV_DONTNEED)
    read(B[1:4])
    madvise(B, MADV_DONTNEED)
    A[3:6] = 2
    madvise(A, MADV_PAGEOUT)
    read(B)
"""


def punch_against_migration(pages: int) -> str:
    """Write a scenario: a hole is punched in some pages while each is moved, in calls of their
    own.
    """
    moves = "".join(f"    migrate(S[{page}])\n" for page in range(pages))
    return (
        f"F = shmem({pages})\nS = mmap(F, MAP_SHARED)\nS[0:{pages}] = 1\n"
        f"def CPU0():\n    fallocate(F, FALLOC_FL_PUNCH_HOLE)\ndef CPU1():\n{moves}"
    )


def _timed(text: str, reduced: bool = False) -> tuple[Exploration, float]:
    """Explore a scenario; give the exploration, and the processor time that it took."""
    start = time.process_time()
    exploration = zapviz.race(text, reduced=reduced)
    return exploration, time.process_time() - start


def exploring() -> Iterator[Result]:
    """Measure the speed, with the invariants checked in every state."""
    rates = []
    for _ in range(3):
        exploration, seconds = _timed(LONG)
        rates.append(exploration.states / seconds)
    rate = sorted(rates)[1]
    yield Result(
        f"a long race, {exploration.states:,} states",
        f"{rate:8,.0f} states/s",
        "30,000",
        rate >= 30_000,
    )
    exploration, seconds = _timed(punch_against_migration(4))
    yield Result(
        "punching against migrating, 4 pages",
        f"{seconds * 1e3:8.1f} ms",
        "fully explored in under 5 s",
        exploration.complete and seconds < 5,
    )


def growing() -> Iterator[Result]:
    """Measure from 1 to 6 pages, with and without the reduction."""
    for pages in range(1, 7):
        full, took = _timed(punch_against_migration(pages))
        less, took_less = _timed(punch_against_migration(pages), reduced=True)
        yield Result(
            f"{pages} page{'s' * (pages > 1)}, {full.interleavings:.3g} interleavings",
            f"{full.states:7,} states {took * 1e3:8.1f} ms",
            f"reduced {less.states:,} states, {took_less * 1e3:.1f} ms, "
            f"the same {len(full.finals)} final states",
            len(full.finals) == len(less.finals),
        )


def spinning() -> Iterator[Result]:
    """Measure the same small model in Promela, which has the same number of final states."""
    missing = [tool for tool in ("spin", "gcc") if shutil.which(tool) is None]
    if missing:
        note = f"skipped: no {' and no '.join(missing)} (on Debian: apt install spin gcc)"
        yield Result("Spin", note)
        return
    for pages in range(1, 5):
        exploration, took = _timed(punch_against_migration(pages))
        finals, states, seconds = _spin(pages)
        yield Result(
            f"{pages} page{'s' * (pages > 1)}: Spin {finals} final states",
            f"{states:7,} states {seconds * 1e3:8.1f} ms",
            f"zapviz {len(exploration.finals)} final states, {exploration.states:,} states, "
            f"{took * 1e3:.1f} ms",
            finals == len(exploration.finals),
        )


def _spin(pages: int) -> tuple[int, int, float]:
    """Give final states, states and seconds of Spin's search, without Spin's reduction."""
    with tempfile.TemporaryDirectory() as folder:
        for command in (
            ["spin", f"-DPAGES={pages}", "-a", str(_MODEL)],
            [
                "gcc",
                "-O2",
                "-w",
                "-DSAFETY",
                "-DNOREDUCE",
                f"-DPAGES={pages}",
                "-o",
                "pan",
                "pan.c",
            ],
        ):
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
        start = time.perf_counter()
        done = subprocess.run(
            ["./pan", "-m100000"], cwd=folder, check=True, capture_output=True, text=True
        )
        seconds = time.perf_counter() - start
    finals = set(re.findall(r"^FINAL.*$", done.stdout, re.M))
    stored = re.search(r"(\d+) states, stored", done.stdout)
    if "errors: 0" not in done.stdout or stored is None:
        raise RuntimeError(f"Spin did not finish:\n{done.stdout[-800:]}")
    return len(finals), int(stored[1]), seconds
