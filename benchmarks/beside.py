"""Stepping four kernels side by side, against stepping one: in Chromium, without a notebook.

Measured is the time from the click to the frame that shows the new state, for which a person waits;
and the time until the new content is in the page, which is the view's own work.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.plain import EIGHT_BY_64
from benchmarks.report import Result, timed
from zapviz.api.comparisons import compare
from zapviz.render.page import comparison_page, trace_page

sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser"))
from jupyter_page import chromium

__all__ = ["stepping"]

_ROUNDS = 6
_EACH = 10
_KERNELS = ["v5.10.y", "v5.17", "v6.12", "v7.3"]

# Click on next; milliseconds until the content is there, and until it is painted.
_STEP = """() => new Promise((resolve) => {
  const next = document.querySelector(".zv-next");
  if (next.getAttribute("aria-disabled") === "true") document.querySelector(".zv-first").click();
  requestAnimationFrame(() => setTimeout(() => {
    const start = performance.now();
    next.click();
    const applied = performance.now() - start;
    requestAnimationFrame(() => requestAnimationFrame(() =>
      resolve([applied, performance.now() - start])));
  }, 20));
})"""


def stepping() -> Iterator[Result]:
    """Step a comparison of four kernels and a trace of one, in turns."""
    comparison = compare(EIGHT_BY_64, _KERNELS)
    pages = {"one": trace_page(comparison.traces[0]), "four": comparison_page(comparison)}
    times: dict[str, list[Any]] = {name: [] for name in pages}
    with chromium() as browser:
        shown = {}
        for name, html in pages.items():
            shown[name] = browser.new_page(viewport={"width": 1280, "height": 1400})
            shown[name].set_content(html)
            shown[name].locator(".zv-next").wait_for()
            shown[name].locator(".zv-choice[data-value=statement]").evaluate("(one) => one.click()")
        order = random.Random(1)
        for turn in range(_ROUNDS + 1):
            for name in order.sample(list(pages), len(pages)):
                shown[name].bring_to_front()
                for _ in range(_EACH):
                    taken = shown[name].evaluate(_STEP)
                    if turn:
                        times[name].append([each / 1e3 for each in taken])
    painted = {name: [each[1] for each in taken] for name, taken in times.items()}
    applied = {name: [each[0] for each in taken] for name, taken in times.items()}
    yield timed("one kernel, painted", painted["one"])
    ratio = median(painted["four"]) / median(painted["one"])
    ratio_text = f"{ratio:.2f} times one kernel [1.5]"
    yield timed("four kernels, painted", painted["four"], ratio_text, ratio <= 1.5)
    yield timed("one kernel, in the page", applied["one"])
    yield timed("four kernels, in the page", applied["four"])
