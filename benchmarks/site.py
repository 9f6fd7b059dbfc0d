"""The website: the time to build it, its size, and the time until a page of it answers.

It is served on the loopback address and opened in Chromium. Nothing is cached: each page and each
start of the model is a first visit.
"""

from __future__ import annotations

import functools
import http.server
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

from benchmarks.report import Result, timed
from website.build import build
from zapviz.lab.guest.kernels import cache_folder

sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser"))
from jupyter_page import chromium

__all__ = ["measure"]

_PAGES = ("index.html", "explore.html", "scenarios/reproducer.html", "chapters/start.html")
_VISITS = 5
_EDITS = 20

# The time from an edit to the cells of the answer, in the page's own time. Leaving the text ends
# the pause in which one may type on, so that pause is not counted.
_EDIT = """async (pages) => {
  const area = document.querySelector(".zv-area");
  area.focus();
  area.value = `N = anon(${pages})\\nN[0] = 7\\n`;
  const start = performance.now();
  area.dispatchEvent(new Event("change", { bubbles: true }));
  const shown = () => document.querySelectorAll(".zv-grid [role=gridcell]").length === pages;
  while (!shown()) {
    if (performance.now() - start > 120000) throw new Error("no answer");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return performance.now() - start;
}"""


def measure() -> Iterator[Result]:
    """Build the site once anew, and visit it."""
    with tempfile.TemporaryDirectory() as directory:
        site = Path(directory) / "site"
        for made in cache_folder().glob("site-memory-*"):
            made.unlink()
        start = time.perf_counter()
        size = build(site)
        took = time.perf_counter() - start
        yield Result("building it, Pyodide being here", f"{took:8.1f} s", "under 60 s", took < 60)
        mebibytes = size / 1024**2
        yield Result("its size", f"{mebibytes:8.1f} MiB", "under 25 MiB", mebibytes < 25)
        handler = functools.partial(_Quiet, directory=str(site))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            with chromium() as browser:
                yield from _visits(browser, f"http://127.0.0.1:{server.server_port}/")
            server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def _visits(browser: Browser, address: str) -> Iterator[Result]:
    for path in _PAGES:
        times = []
        for _ in range(_VISITS):
            page = browser.new_context().new_page()
            times.append(_interactive(page, address + path))
            page.context.close()
        yield timed(f"{path}: interactive", times, "under 1 s", median(times) < 1)
    cold, warm = [], []
    for _ in range(_VISITS):
        page = browser.new_context().new_page()
        _interactive(page, f"{address}explore.html")
        cold.append(page.evaluate(_EDIT, 2) / 1e3)
        warm += [page.evaluate(_EDIT, 3 + k) / 1e3 for k in range(_EDITS)]
        page.context.close()
    yield timed("an edit, the model not yet loaded", cold, "under 5 s", median(cold) < 5)
    yield timed("an edit after that", warm, "under 100 ms", median(warm) < 0.1)


def _interactive(page: Page, address: str) -> float:
    """Measure the seconds from the call for a page until its players have been built."""
    page.goto(address, wait_until="commit")
    page.locator("html[data-ready]").wait_for(state="attached")
    ready: float = page.evaluate("performance.measure('', undefined, 'zapviz-ready').duration")
    return ready / 1e3
