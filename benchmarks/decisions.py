"""The decision table: the time to compute all of it in a fresh process, and to write its forms."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from time import perf_counter

from benchmarks.report import Result, timed
from zapviz.api.tables import table

__all__ = ["deciding"]

# Nothing is kept between the runs: each computes every cell by running its scenario.
_CODE = """
from time import perf_counter
from zapviz.api.tables import table
start = perf_counter()
assert len(table().cells) > 7000
print(perf_counter() - start)
"""


def deciding() -> Iterator[Result]:
    """Measure every entry class, mapping, path and kernel; then the table's forms."""
    seconds = [
        float(
            subprocess.run(
                [sys.executable, "-c", _CODE], capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(5)
    ]
    count = len(table().cells)
    name = f"all {count} cells, eight kernels"
    yield timed(name, seconds, "under 1 s", median(seconds) < 1)
    start = perf_counter()
    text = json.dumps(table().as_json(), separators=(",", ":"))
    yield timed("... as JSON for a page", [perf_counter() - start])
    size = len(text) / 1000
    yield Result("... its size", f"{size:8.0f} kB", "under 200 kB", size < 200)
    start = perf_counter()
    table("v6.18", mappings="shmem-private").figure().savefig("/dev/null", format="png")
    yield timed("a figure of 14 rows and 13 paths", [perf_counter() - start])
