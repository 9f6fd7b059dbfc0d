"""What belongs together is tied, and what a step moves is seen to move."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from settled import shows_state, still
from standalone import open_player

import zapviz

SWAPPED = """\
F = file(2)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
read(B)
read(A)
A[1] = 7
madvise(A[1], MADV_PAGEOUT)
read(A[1])
ftruncate(F, 0)
"""

# Each cell that flies: its class, and from where to where, as cells by their numbers.
FLIES = """() => {
  window.flown = [];
  const drawn = document.querySelector(".zv-grid");
  const cellAt = (x, y) => {
    const box = drawn.getBoundingClientRect();
    const over = [...drawn.querySelectorAll("[role=gridcell]")].find((cell) => {
      const { left, top } = cell.querySelector(".zv-box").getBoundingClientRect();
      return Math.hypot(left - box.left - x, top - box.top - y) < 3; });
    return over ? over.getAttribute("aria-label").split(":")[0] : null; };
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) {
      if (!node.classList?.contains("zv-flight")) continue;
      const ways = node.getAnimations()[0].effect.getKeyframes()
        .map((one) => one.transform.match(/[-\\d.]+/g).map(Number));
      for (const ghost of node.children) {
        const [x, y] = ["x", "y"].map((name) => Number(ghost.firstChild.getAttribute(name)));
        const [from, to] = ways.map(([dx, dy]) => cellAt(x + dx, y + dy));
        window.flown.push([ghost.getAttribute("class").match(/k-(\\w+)/)[1], from, to]);
      }
    } }).observe(drawn, { childList: true, subtree: true });
}"""
# The cells that an outline of the ties goes around.
TIED = """() => {
  const box = document.querySelector(".zv-grid").getBoundingClientRect();
  const corners = [...(document.querySelector(".zv-tie").getAttribute("d") ?? "")
    .matchAll(/M([\\d.]+) ([\\d.]+)m/g)].map((found) => found.slice(1).map(Number));
  return [...document.querySelectorAll("[role=gridcell]")].filter((cell) => {
    const { left, top } = cell.querySelector(".zv-box").getBoundingClientRect();
    return corners.some(([x, y]) => Math.hypot(left - box.left - x, top - box.top - y) < 3);
  }).map((cell) => cell.getAttribute("aria-label").split(":")[0]).sort(); }"""


def step_where(title: str) -> int:
    """The number of the first step whose title begins so."""
    steps = zapviz.run(SWAPPED, "v6.12").as_json()["steps"]
    return next(n for n, step in enumerate(steps, 1) if step["title"].startswith(title))


@pytest.fixture(params=["no-preference", "reduce"])
def page(browser, request) -> Page:
    """A page that keeps what flies, for a reader who likes motion and for one who does not."""
    trace = zapviz.run(SWAPPED, "v6.12").as_json()
    page = open_player(browser, trace, reduced_motion=request.param)
    page.evaluate(FLIES)
    page.locator(".zv").focus()
    yield page
    assert page.problems == []
    page.context.close()


def go(page: Page, number: int) -> None:
    """Leap to a state."""
    page.evaluate("(n) => window.player.step(n)", number)
    shows_state(page, number)


def after(page: Page, number: int) -> list[list[str | None]]:
    """What flies in the step to a state."""
    go(page, number - 1)
    page.evaluate("window.flown = []")
    page.keyboard.press("n")
    shows_state(page, number)
    return page.evaluate("new Promise((done) => requestAnimationFrame(() => done(window.flown)))")


def test_what_moves_is_seen_to_move(page: Page) -> None:
    """A page is copied, swapped out and in, and goes; unless nothing should move."""
    still_wanted = page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
    for title, flies in (
        ("A[1]: file -> anon", ["anon", "F[1]", "A[1]"]),
        ("A[1]: anon -> swap", ["anon", "A[1]", "swap[0]"]),
        ("A[1]: swap -> anon", ["anon", "swap[0]", "A[1]"]),
    ):
        flown = after(page, step_where(title))
        assert (flown == []) if still_wanted else (flies in flown), title
    gone = after(page, step_where("B[0]: file -> none"))
    assert gone == [] if still_wanted else gone[0][:2] == ["file", "B[0]"]


def test_nothing_flies_in_a_leap(page: Page) -> None:
    """Only the step before is told; to go elsewhere is no step."""
    number = step_where("A[1]: anon -> swap")
    go(page, 0)
    page.evaluate("window.flown = []")
    go(page, number)
    assert page.evaluate("window.flown") == []


def test_what_holds_the_same_is_tied(page: Page) -> None:
    """The entry of the step to its page; on pointing at a cell or pinning it, all that hold it."""
    go(page, step_where("A[1]: anon -> swap"))
    assert page.evaluate(TIED) == ["A[1]", "swap[0]"]
    cell = page.locator("[role=gridcell]")
    cell.and_(page.locator("[aria-label^='F[0]']")).hover()
    assert page.evaluate(TIED) == ["A[0]", "B[0]", "F[0]"]
    page.mouse.move(2, 2)
    assert page.evaluate(TIED) == ["A[1]", "swap[0]"]
    page.locator("[aria-label^='B[1]']").click()
    page.mouse.move(2, 2)
    expect(page.locator(".zv-pinned")).to_be_visible()
    assert page.evaluate(TIED) == ["B[1]", "F[1]"]
    go(page, step_where("B[1]: file -> none"))
    assert page.evaluate(TIED) == []


def test_the_keyboard_ties_too(page: Page) -> None:
    """An entry that has the focus is pointed at."""
    go(page, step_where("A[1]: anon -> swap"))
    page.keyboard.press("g")
    page.keyboard.press("Home")
    still(page)
    assert page.evaluate(TIED) == ["A[0]", "B[0]", "F[0]"]
