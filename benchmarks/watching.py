"""A watched kernel: what it costs beside a run that nobody watches, and random programs step by
step.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from benchmarks.report import Result, timed
from zapviz import judge
from zapviz.lab import NotAvailable, find_kernel, watch
from zapviz.lab.guest.symbols import read_symbols
from zapviz.lab.watching import conform_steps

__all__ = ["watching"]

_KERNEL = "6.12"
_COUNT = 1000
_PAGES = """\
F = shmem(16)
A = mmap(F, MAP_PRIVATE)
A[0:8] = 1
madvise(A[0:4], MADV_PAGEOUT)
read(A[8:16])
ftruncate(F, 1)
"""


def watching() -> Iterator[Result]:
    """Measure one kernel of the lab; without it, say how to get it."""
    try:
        kernel = find_kernel(_KERNEL)
        read_symbols(kernel)
    except NotAvailable as missing:
        yield Result(f"Linux {_KERNEL}", f"not here: {missing}")
        return
    stops, whole, plain, costs = 0, [], [], []
    for _ in range(5):
        began = time.perf_counter()
        judge(_PAGES, kernel)
        between = time.perf_counter()
        watched = watch(_PAGES, kernel)
        plain.append(between - began)
        whole.append(time.perf_counter() - between)
        costs.append(watched.seconds)
        stops = watched.stops
    yield timed("a scenario of 16 pages, not watched", plain)
    yield timed("... watched", whole)
    met = median(costs) <= 1
    yield timed(f"... over its boot: {stops} stops", costs, "at most 1 s", met)
    report = conform_steps(_KERNEL, _COUNT, seed=1, batch=_COUNT)
    yield Result(
        f"{_COUNT} random programs, step by step",
        f"{report.seconds:8.1f} s",
        "under 300 s",
        report.seconds < 300,
    )
    yield Result("that differ", f"{len(report.differ):8}", "none", report.ok)
