"""Real kernels: the time from the start of QEMU to the first result, and scenarios per second."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.report import Result, timed
from zapviz.lab import NotAvailable, find_kernel, run_programs
from zapviz.lab.conformance import MODEL_OF, conform
from zapviz.scenario.text import parse_scenario

__all__ = ["booting"]

_ONE = parse_scenario("N = anon(1)\nN[0] = 1\nmadvise(N, MADV_DONTNEED)\n")
_KERNEL = "6.12"
_COUNT = 1000


def booting() -> Iterator[Result]:
    """Measure one kernel of the lab; without it, say how to get it."""
    try:
        find_kernel(_KERNEL)
        run_programs(_KERNEL, [_ONE])  # builds the probe, finds the accelerator
    except NotAvailable as missing:
        yield Result(f"Linux {_KERNEL}", f"not here: {missing}")
        return
    boots = []
    for _ in range(3):
        began = time.perf_counter()
        run_programs(_KERNEL, [_ONE])
        boots.append(time.perf_counter() - began)
    yield timed(f"boot of {_KERNEL} to the first result", boots)
    report = conform(_KERNEL, _COUNT, seed=1, batch=_COUNT)
    yield Result(
        f"{_COUNT} random scenarios, boot included",
        f"{report.seconds:8.1f} s",
        "under 60 s",
        report.seconds < 60,
    )
    yield Result("scenarios a second", f"{_COUNT / report.seconds:8.0f}")
    share = report.model_seconds / report.seconds
    yield Result("the model's share of that", f"{share:8.1%}", "under 10 %", share < 0.1)
    yield Result(
        f"mismatches with {MODEL_OF[_KERNEL].name}",
        f"{len(report.mismatches):8}",
        "none",
        not report.mismatches,
    )
