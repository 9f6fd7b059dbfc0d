"""Signs that a page has done what it was asked: the state that it shows, and that nothing moves."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

__all__ = ["choose", "shows_state", "still"]

# Views lay themselves out anew once they are told their size, which is at the end of a frame.
STILL = """() => new Promise((done) => {
  const boxes = () => [...document.querySelectorAll(".zv, .zv *")].map((node) => {
    const { x, y, width, height } = node.getBoundingClientRect();
    return [x, y, width, height].join(); }).join(" ");
  let before = null;
  let frames = 0;
  const look = () => {
    const now = boxes();
    frames = now === before ? frames + 1 : 0;
    before = now;
    if (frames === 2) done();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


def still(page: Page) -> None:
    """Wait until no part of a view has moved for two frames."""
    page.evaluate(STILL)


def choose(view: Page | Locator, name: str, role: str = "button") -> None:
    """Press what stands in a View menu, and close the menu if that does not."""
    menu = view.locator(".zv-menu")
    opens = view.locator(".zv-view").locator("visible=true").first
    opens.click()
    menu.locator("visible=true").get_by_role(role, name=name, exact=True).click()  # type: ignore[arg-type]
    if menu.locator("visible=true").count():
        opens.click()


def shows_state(page: Page, number: int) -> None:
    """Wait until the first view shows a state; its parts are all drawn when it says so."""
    expect(page.locator(".zv").first).to_have_attribute("data-step", str(number))
