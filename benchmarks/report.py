"""A measurement, and how it is printed."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Result", "print_results", "timed"]


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    name: str
    value: str  # with its unit
    promise: str = ""  # the promise in words; empty: none
    met: bool = True


def timed(name: str, seconds: Sequence[float], promise: str = "", met: bool = True) -> Result:
    """Make a result from single times in seconds: the median, and the 95th percentile."""
    high = sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.95))]
    median = statistics.median(seconds)
    return Result(name, f"{median * 1e3:8.1f} ms  (p95 {high * 1e3:.1f})", promise, met)


def print_results(title: str, results: Iterable[Result]) -> bool:
    """Print the lines below a title, and give whether every promise is kept."""
    print(f"\n{title}", flush=True)
    met = True
    for one in results:
        promise = f"{'ok' if one.met else 'MISSED'}: {one.promise}" if one.promise else ""
        print(f"  {one.name:<38} {one.value:<26} {promise}".rstrip(), flush=True)
        met &= one.met
    return met
