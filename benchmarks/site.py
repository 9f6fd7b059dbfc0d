"""The website: the time to build it, its size, and the time until a page of it answers.

It is served on the loopback address and opened in Chromium. Nothing is cached: each page and each
start of the model is a first visit. Links are opened over a line of 10 Mbit/s; texts are packed on
the way, as servers of static sites do.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.report import Result, timed
from website.build import build
from zapviz.lab.guest.kernels import cache_folder
from zapviz.scenario.permalink import format_permalink

sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser"))
from jupyter_page import chromium

__all__ = ["measure"]

_PAGES = ("index.html", "explore.html", "scenarios/reproducer.html", "chapters/start.html")
_TEXT = "N = anon(3)\nN[0] = 7\nassert N[0] == anon\n"
_LINKS = (  # a link; the text, kernel and place in the trace that it shows
    ("a shipped scenario: its grid", "reproducer@v5.17:12", "v5.17", "12 / 23"),
    ("a race: its grid", "race-cow@v6.12:9", "v6.12", "9 / 19"),
    ("any other text: the text", format_permalink(_TEXT, "v5.17", 2), "v5.17", None),
)
_LINE = 10e6 / 8  # bytes in a second
_PACKED = (".html", ".js", ".css", ".svg", ".json")
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
        with _Server(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            with chromium() as browser:
                yield from _visits(browser, f"http://127.0.0.1:{server.server_port}/")
            server.shutdown()


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a page that is closed does not wait for what it asked for."""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Give a file, and a text packed with gzip."""
        file = Path(self.translate_path(self.path))
        if file.suffix not in _PACKED or not file.is_file():
            super().do_GET()
            return
        data = _packed(file)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@functools.cache
def _packed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes())


def _visits(browser: Browser, address: str) -> Iterator[Result]:
    for path in _PAGES:
        times = []
        for _ in range(_VISITS):
            page = browser.new_context().new_page()
            times.append(_interactive(page, address + path))
            page.context.close()
        yield timed(f"{path}: interactive", times, "under 1 s", median(times) < 1)
    yield from _links(browser, address)
    cold, warm = [], []
    for _ in range(_VISITS):
        page = browser.new_context().new_page()
        _interactive(page, f"{address}explore.html")
        cold.append(page.evaluate(_EDIT, 2) / 1e3)
        warm += [page.evaluate(_EDIT, 3 + k) / 1e3 for k in range(_EDITS)]
        page.context.close()
    yield timed("an edit, the model not yet loaded", cold, "under 5 s", median(cold) < 5)
    yield timed("an edit after that", warm, "under 100 ms", median(warm) < 0.1)


def _links(browser: Browser, address: str) -> Iterator[Result]:
    """Open links over a slow line, and see that what they open is there."""
    for name, link, kernel, place in _LINKS:
        times = []
        for _ in range(_VISITS):
            page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
            line = page.context.new_cdp_session(page)
            line.send("Network.enable")
            speed = {"downloadThroughput": _LINE, "uploadThroughput": _LINE, "latency": 0}
            line.send("Network.emulateNetworkConditions", {"offline": False, **speed})
            times.append(_interactive(page, f"{address}explore.html#{link}"))
            assert page.locator(".zv-kernels").input_value() == kernel
            if place is None:
                assert page.locator(".zv-area").input_value() == _TEXT
            else:
                assert page.locator(".zv-counter").text_content() == place
            page.context.close()
        promise, met = "under 0.5 s", median(times) < 0.5
        yield timed(f"at 10 Mbit/s, {name}", times, promise, met)


def _interactive(page: Page, address: str) -> float:
    """Measure the seconds from the call for a page until its players have been built."""
    page.goto(address, wait_until="commit")
    page.locator("html[data-ready]").wait_for(state="attached")
    ready: float = page.evaluate("performance.measure('', undefined, 'zapviz-ready').duration")
    return ready / 1e3
