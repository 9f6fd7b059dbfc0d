"""Latency in a real JupyterLab, in Chromium: from the input event to the new content applied.

Everything stands in one notebook with one kernel, and takes turns: the live grid, a button that
changes a label (the least that a round trip to the kernel takes), and ``interact`` with a fresh
pyplot figure, which is what most people would write. The clock starts when the event reaches the
page. The browser needs some milliseconds before that, the same for all of them.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

from benchmarks.plain import EIGHT_BY_64
from benchmarks.report import Result, timed

sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser"))
from jupyter_page import chromium, open_notebook, run_lab, write_notebook

__all__ = ["measure"]

_ROUNDS = 8
_EACH = 5  # measurements of each kind in a round; the first round is dropped

_EXPLORER = f"""
import zapviz
zapviz.explore({EIGHT_BY_64!r}, kernel="v6.12", granularity="statement")
"""

_BUTTON = """
import ipywidgets
button, label = ipywidgets.Button(description="floor"), ipywidgets.Label("0")
label.add_class("bench-label")
button.on_click(lambda _button: setattr(label, "value", str(int(label.value) + 1)))
ipywidgets.HBox([button, label])
"""

_INTERACT = """
%matplotlib inline
import matplotlib.pyplot as plt, numpy as np
from IPython.display import display

def draw(step):
    figure, axes = plt.subplots(figsize=(9.6, 2.4), dpi=100)
    state = (np.arange(512).reshape(8, 64) // 16 + step) % 8
    axes.imshow(state, aspect="auto", cmap="tab10")
    for row in range(8):
        for page in range(64):
            axes.text(page, row, "FASM.HGU"[state[row, page]], ha="center", va="center", fontsize=7)
    plt.show()

naive = ipywidgets.interactive(draw, step=ipywidgets.IntSlider(0, 0, 1000))
naive.add_class("bench-naive")
naive
"""

# Wait for the next event of a kind, then for the next change below an element, where an image must
# be decoded, too. Resolves to milliseconds.
_ARM = """([selector, kind, wantsImage]) => {
  const target = document.querySelector(selector);
  const image = () => target.querySelector("img")?.src;
  const before = image();
  let start = null;
  const begin = () => { start = performance.now(); };
  window.addEventListener(kind, begin, {capture: true, once: true});
  window.benchDone = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`nothing changed below ${selector}`)), 30000);
    const watch = new MutationObserver(async () => {
      if (start === null || (wantsImage && (!image() || image() === before))) return;
      watch.disconnect();
      if (wantsImage) await target.querySelector("img").decode();
      resolve(performance.now() - start);
    });
    watch.observe(target, {subtree: true, childList: true, characterData: true, attributes: true});
  });
}"""

# Replace the text and leave the field at once: there is no pause in which it could be sent.
_EDIT = f"""([text, what]) => {{
  const area = document.querySelector(".zv-area");
  area.focus();
  area.setSelectionRange(0, area.value.length);
  document.execCommand("insertText", false, text);
  ({_ARM})(what);
  area.blur();
}}"""

# Ask once in each frame which state is shown while it plays.
_WATCH_PLAY = """(milliseconds) => new Promise((resolve) => {
  const counter = document.querySelector(".zv-counter");
  const seen = [];
  const begin = performance.now();
  const look = (now) => {
    const state = parseInt(counter.textContent);
    if (seen[seen.length - 1] !== state) seen.push(state);
    if (now - begin < milliseconds) requestAnimationFrame(look); else resolve(seen);
  };
  requestAnimationFrame(look);
})"""


def measure() -> Iterator[Result]:
    """Measure all of it in one notebook, in turns."""
    with tempfile.TemporaryDirectory() as directory, run_lab(Path(directory)) as lab:
        write_notebook(lab, "bench.ipynb", _EXPLORER, _BUTTON, _INTERACT)
        with chromium() as browser:
            page = open_notebook(browser, lab, "bench.ipynb", size=(1280, 2400))
            page.locator(".bench-naive img").wait_for()
            page.locator(".zv-grid").wait_for()
            yield from _latencies(_Bench(page))


def _latencies(bench: _Bench) -> Iterator[Result]:
    kinds = {
        "next": bench.next,
        "floor": bench.floor,
        "naive": bench.naive,
        "kernel": bench.kernel,
        "edit": bench.edit,
    }
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    order = random.Random(1)
    for turn in range(_ROUNDS + 1):
        for kind in order.sample(list(kinds), len(kinds)):
            for _ in range(_EACH):
                taken = kinds[kind]()
                if turn:
                    times[kind].append(taken)
    middle = {kind: median(taken) for kind, taken in times.items()}
    yield timed("(a) button to label: the floor", times["floor"])
    yield timed("(b) interact, fresh pyplot figure", times["naive"])
    a, b = middle["floor"] / middle["next"], middle["naive"] / middle["next"]
    promise = f"{a:.1f} times faster than (a) [15], {b:.0f} than (b) [100]"
    yield timed("next, in the live grid", times["next"], promise, a >= 15 and b >= 100)
    for kind, name in (("kernel", "choose another kernel"), ("edit", "edit the scenario")):
        ratio = middle[kind] / middle["floor"]
        yield timed(name, times[kind], f"{ratio:.1f} times (a) [3]", ratio <= 3)
    seen, missing = bench.play()
    promise = f"{missing} states dropped [0]"
    yield Result("play at 100 ms for 5 s", f"{seen:8d} states shown", promise, missing == 0)


class _Bench:
    """The notebook's page, with one measurement of each kind, in seconds."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.edits = 0

    def _arm(self, selector: str, kind: str, image: bool = False) -> None:
        self.page.evaluate(_ARM, [selector, kind, image])

    def _done(self) -> float:
        taken: float = self.page.evaluate("window.benchDone")
        self._settle()
        return taken / 1e3

    def _settle(self) -> None:
        """Wait for what a measurement set off to end, so that it does not disturb the next one."""
        self.page.wait_for_timeout(120)

    def next(self) -> float:
        """Click on *next*: the cells of the next statement."""
        if self.page.locator(".zv-next").get_attribute("aria-disabled") == "true":
            self.page.locator(".zv-first").evaluate("(one) => one.click()")
            self._settle()
        self._arm(".zv-grid", "click")
        self.page.locator(".zv-next").click()
        return self._done()

    def floor(self) -> float:
        """Click on the bare button: the label says one more."""
        self._arm(".bench-label", "click")
        self.page.get_by_role("button", name="floor").click()
        return self._done()

    def naive(self) -> float:
        """Move the slider of ``interact`` by one: another figure."""
        self.page.locator(".bench-naive .noUi-handle").focus()
        self._arm(".bench-naive", "keydown", image=True)
        self.page.keyboard.press("ArrowRight")
        return self._done()

    def kernel(self) -> float:
        """Choose the other kernel while an entry is decided: the rule's source names it."""
        chosen = self.page.locator(".zv-kernels").input_value()
        self._arm(".zv-now", "change")
        self.page.locator(".zv-kernels").select_option("v6.1" if chosen == "v6.12" else "v6.12")
        return self._done()

    def edit(self) -> float:
        """Leave the text after an edit: the trace of the new text.

        While somebody types, the text is sent after a pause; that pause is not counted.
        """
        self.edits += 1
        text = EIGHT_BY_64 + "read(A)\n" * (self.edits % 2)
        self.page.evaluate(_EDIT, [text, [".zv-counter", "change", False]])
        return self._done()

    def play(self) -> tuple[int, int]:
        """Play every entry at 100 ms for 5 s; give the states shown, and those left out in
        between.
        """
        self.page.locator(".zv-choice[data-value=entry]").evaluate("(one) => one.click()")
        self.page.locator(".zv-first").evaluate("(one) => one.click()")
        self.page.locator("select[aria-label='speed of play']").select_option("100", force=True)
        self.page.locator(".zv-play").click()
        seen: list[int] = self.page.evaluate(_WATCH_PLAY, 5000)
        self.page.locator(".zv-play").click()
        return len(seen), max(seen) - min(seen) + 1 - len(set(seen))
