"""A class on one machine: the start of the first grid, the memory of a student's kernel, and the
explorer's answers while ten kernels work.

Each of the ten edits its scenario about once a second, as students do; the eleventh is measured, in
JupyterLab, in Chromium.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from jupyter_client.manager import start_new_kernel
from playwright.sync_api import Page

from benchmarks.report import Result, timed

sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser"))
from jupyter_page import chromium, open_notebook, run_lab, write_notebook

__all__ = ["teaching"]

_STUDENTS = 10
_STEPS = 60
_EXPLORE = 'import zapviz\nzapviz.explore("hole-punch", kernel="v6.12")'
_MEMORY = """
import os
fields = open(f"/proc/{os.getpid()}/smaps_rollup").read().split("\\n")
memory = {line.split(":")[0]: int(line.split()[1]) for line in fields if line.endswith("kB")}
print("memory:", memory["Rss"], memory["Pss"])
"""

# A student edits a scenario, looks, and edits again.
_STUDENT = """
import random, time, zapviz
explorer = zapviz.explore("hole-punch", kernel="v6.12")
end = time.time() + {seconds}
while time.time() < end:
    more = f"read(A[0:{{random.randrange(1, 5)}}])\\n"
    explorer.text = zapviz.SCENARIOS["hole-punch"].text + more
    time.sleep(random.uniform(0.5, 1.5))
"""

_STEP = """() => new Promise((resolve) => {
  const next = document.querySelector(".zv-next");
  if (next.getAttribute("aria-disabled") === "true") document.querySelector(".zv-first").click();
  const start = performance.now();
  next.click();
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)));
})"""


def teaching() -> Iterator[Result]:
    """Open the explorer, weigh its kernel, and step it alone and among ten others."""
    with ExitStack() as stack:
        lab = stack.enter_context(run_lab(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        write_notebook(lab, "class.ipynb", _EXPLORE, _MEMORY)
        browser = stack.enter_context(chromium())
        opened: list[float] = []
        page: Page | None = None
        for _ in range(3):
            if page is not None:
                page.context.close()
            start = time.perf_counter()
            page = open_notebook(browser, lab, "class.ipynb")
            page.locator(".zv-grid [role=gridcell]").first.wait_for()
            opened.append(time.perf_counter() - start)
        yield timed("notebook opened to first grid painted", opened)
        assert page is not None
        words = page.locator(".jp-RenderedText", has_text="memory:").last.inner_text().split()
        rss, pss = (int(word) / 1024 for word in words[1:3])
        text = f"{pss:.0f} MiB of it its own share; under 180"
        yield Result("a student's kernel", f"{rss:8.0f} MiB", text, rss < 180)
        alone = _steps(page)
        yield timed("a step, painted, no other kernel busy", alone)
        ends = [stack.enter_context(_Student()) for _ in range(_STUDENTS)]
        time.sleep(3)  # the students' imports are done by then
        among = _steps(page)
        ratio = median(among) / median(alone)
        name, words = f"... with {len(ends)} busy kernels", f"{ratio:.1f} times alone; under 100 ms"
        yield timed(name, among, words, median(among) < 0.1)
        yield timed("... another kernel chosen", list(_choices(page)))


def _steps(page: Page) -> list[float]:
    return [page.evaluate(_STEP) / 1e3 for _ in range(_STEPS)]


def _choices(page: Page) -> Iterator[float]:
    """Measure the time from choosing another kernel to its trace in the page."""
    draw = random.Random(1)
    for _ in range(12):
        chosen = page.locator(".zv-kernels").input_value()
        other = draw.choice([name for name in ("v5.17", "v6.1", "v6.12", "v7.3") if name != chosen])
        page.evaluate("document.querySelector('.zv-first').click()")
        page.evaluate("document.querySelector('.zv-next').click()")
        start = time.perf_counter()
        page.locator(".zv-kernels").select_option(other)
        page.wait_for_function(
            "(name) => document.querySelector('.zv-kernels').value === name && "
            "!document.querySelector('.zv-stale:not([hidden])')",
            arg=other,
        )
        yield time.perf_counter() - start


class _Student(ExitStack):
    """A kernel that works for a minute."""

    def __init__(self) -> None:
        super().__init__()
        manager, client = start_new_kernel()
        self.callback(manager.shutdown_kernel, now=True)
        self.callback(client.stop_channels)
        client.execute(_STUDENT.format(seconds=60))
