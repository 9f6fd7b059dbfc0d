"""The decision table in a notebook: Python decides it while the page says how far it is, and stops
at a button or Escape with the kernels that were decided.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from settled import still
from standalone import imported, literal, page_of, watched_page

from waiting import eventually
from zapviz.api.answers import answer
from zapviz.api.pieces import Pieces
from zapviz.decisions import decide
from zapviz.widgets import DecisionTable

TRAITS = ("palette", "theme", "view", "opened", "table_kernels", "table_owners")
KERNELS = ["v5.17", "v6.12", "v6.18"]

# A model as a notebook has it, whose requests Python answers.
MODEL = """
const heard = {};
window.model = {
  get: (name) => state[name] ?? null,
  set(name, value) { state[name] = value; },
  save_changes() {},
  on(event, act) { heard[event] = act; },
  off() {},
  async send({ number, request }) {
    const answer = JSON.parse(await window.answer(JSON.stringify(request)));
    heard["msg:custom"]({ number, answer });
  },
};
window.end = notebook.render({ model, el: document.getElementById("here") });"""


class Python:
    """What answers a page; it does the least that there is at a time, and stands still where it is
    held.
    """

    def __init__(self) -> None:
        self.pieces = Pieces(seconds=0.0)
        self.asked: list[str] = []
        self.holds = "0 of 3"
        """The progress at which it goes no further; "" is none."""
        self._last = ""

    def answer(self, request: str) -> str:
        """Answer a request of the page."""
        plain = json.loads(request)
        self.asked.append(plain["ask"])
        held = self.holds and f"{self.holds} kernels done" in self._last
        if not (held and plain["ask"] == "go on"):
            self._last = json.dumps(answer(plain, pieces=self.pieces))
        return self._last


@pytest.fixture
def python(monkeypatch: pytest.MonkeyPatch) -> Python:
    """A Python that has decided nothing yet."""
    for kept in (decide._row_alone, decide.decide_all):
        kept.cache_clear()
    return Python()


@pytest.fixture
def opened(browser: Browser, python: Python) -> Iterator[Callable[[], Page]]:
    """Open the page of a table's widget."""
    pages: list[Page] = []

    def open_page(**context: object) -> Page:
        widget = DecisionTable(KERNELS, shown=["v6.12"])
        state = {name: getattr(widget, name) for name in TRAITS}
        page = watched_page(browser, (1280, 900), **context)
        page.expose_function("answer", python.answer)
        script = imported("default as notebook", "table_notebook")
        page.set_content(page_of(f"{script}\nconst state = {literal(state)};{MODEL}"))
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        problems = page.problems  # type: ignore[attr-defined]
        page.context.close()
        assert problems == []


def test_it_comes_in_the_end(opened, python):
    """After as many slices as it takes, with its progress in words; nothing of it stays."""
    page = opened()
    line = page.locator(".zv-going").first
    expect(line).to_contain_text("Deciding the table: v6.12, 0 of 3 kernels done")
    expect(page.get_by_role("status").filter(has_text="Deciding the table")).to_have_count(1)
    python.holds = ""
    expect(page.locator(".zv-decisions")).to_be_visible()
    expect(line).to_be_hidden()
    expect(page.get_by_role("button", name="Decide the rest")).to_be_hidden()
    still(page)


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_it_stops_with_the_kernels_that_are_done(opened, python, way):
    """The ones shown are decided first; the rest can be had, and goes on from there."""
    python.holds = "1 of 3"
    page = opened()
    expect(page.locator(".zv-going").first).to_contain_text("1 of 3 kernels done")
    stop = page.get_by_role("button", name="Stop")
    stop.focus()
    page.keyboard.press("Enter" if way == "button" else "Escape")
    expect(page.get_by_role("status").filter(has_text="Stopped")).to_contain_text(
        "Stopped: 1 of 3 kernels decided, v6.12."
    )
    table = page.locator(".zv-decisions")
    expect(table.locator(".zv-table-about")).to_contain_text("kernel v6.12")
    expect(page.locator(".zv").first).to_be_focused()  # what had the focus is gone
    python.holds = ""
    page.get_by_role("button", name="Decide the rest").click()
    expect(page.get_by_role("button", name="Decide the rest")).to_be_hidden()
    expect(table).to_have_count(1)
    assert python.asked.count("stop") == 1


def test_stopped_before_one_kernel_is_done_it_says_so(opened, python):
    """No table stands there; it can be begun again."""
    page = opened()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status").filter(has_text="stopped before")).to_contain_text("v6.12")
    expect(page.locator(".zv-decisions")).to_have_count(0)
    python.holds = ""
    page.get_by_role("button", name="Decide the rest").click()
    expect(page.locator(".zv-decisions")).to_be_visible()


def test_a_view_that_is_taken_away_drops_it(opened, python):
    """Nothing is asked on any more, and nothing of it is kept."""
    page = opened()
    expect(page.locator(".zv-going").first).to_contain_text("0 of 3 kernels done")
    page.evaluate("window.end()")
    eventually(lambda: (page.evaluate("null"), python.asked[-1])[1], "drop")
    assert python.pieces.going == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_seen(opened, python, picture, scheme):
    """Kept to be looked at: stopped, with the table of what was decided."""
    python.holds = "1 of 3"
    page = opened(color_scheme=scheme)
    expect(page.locator(".zv-going").first).to_contain_text("1 of 3 kernels done")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".zv-decisions")).to_be_visible()
    picture(page, f"table-stopped-{scheme}")
