"""Whatever is pointed at can be read: the contrast of words at rest, pointed at, focused."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from settled import still

from waiting import eventually
from zapviz.api.tables import table
from zapviz.exercises.draw import draw_exercise
from zapviz.widgets import Explorer

# The words of an element on the nearest fill behind them; 3:1 will do for what is off.
CONTRAST = """(nodes) => {
  const channels = (text) => {
    const inside = text.match(/[\\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    const full = text.startsWith("color(") ? 255 : 1;
    return [...inside.slice(0, 3).map((one) => one * full), inside[3] ?? 1];
  };
  const light = ([r, g, b]) => [r, g, b].map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, k) => sum + one * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const fill = channels(getComputedStyle(at).backgroundColor);
      if (fill[3] > 0.99) return fill;
    }
    return [255, 255, 255];
  };
  const own = (node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
  return nodes.filter((node) => own(node) && node.checkVisibility({ visibilityProperty: true })
    && !node.closest("svg, .zv-ghosts, textarea, option, [aria-disabled=true]")).map((node) => {
    const [ink, fill] = [channels(getComputedStyle(node).color), behind(node)].map(light);
    return [node, (Math.max(ink, fill) + 0.05) / (Math.min(ink, fill) + 0.05)];
  }).filter(([, ratio]) => ratio < 4.5)
    .map(([node, ratio]) => `${ratio.toFixed(2)}: ${node.outerHTML.slice(0, 120)}`);
}"""
# Whether the pointer in an element's middle is on it: true too where another lies over that.
POINTED_AT = """(node) => { const { x, y, width, height } = node.getBoundingClientRect();
  return node.matches(":hover")
    || !node.contains(document.elementFromPoint(x + width / 2, y + height / 2)); }"""
PRESSED = "button, summary, select, .zv-table td, .zv-brush"


def explorer(player, theme="", **context):
    """The explorer in a state with all panels full, an entry pinned."""
    shown = Explorer("reproducer", "v5.17")
    editor = {**shown.choices, "text": shown.text, "kernel": shown.kernel, "error": ""}
    options = {"editor": editor, "step": 12, "selected": ["A", 1], "theme": theme}
    return player(shown.trace.as_json(), options, **context)


def readable(page):
    """No words with too little contrast, at rest or while something is pointed at."""
    still(page)
    assert page.locator(".zv *").evaluate_all(CONTRAST) == []
    seen = set()
    for thing in page.locator(f".zv :is({PRESSED})").all():
        kind = thing.evaluate(
            "(one) => [one.className, one.ariaChecked, one.ariaPressed, one.ariaSelected].join()"
        )
        if kind in seen or not thing.is_visible():
            continue
        seen.add(kind)
        thing.hover(force=True)
        eventually(lambda thing=thing: thing.evaluate(POINTED_AT), True)
        assert thing.locator("xpath=descendant-or-self::*").evaluate_all(CONTRAST) == [], kind
        thing.focus()
        assert thing.locator("xpath=descendant-or-self::*").evaluate_all(CONTRAST) == [], kind
    assert seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("large", [False, True])
class TestReadable:
    """Every view, as it is and large."""

    def test_explorer_and_its_panels(self, player, scheme, large):
        """Panels hold buttons of their own."""
        page = explorer(player, color_scheme=scheme)
        page.locator(".zv").focus()
        if large:
            page.keyboard.press("b")
            expect(page.locator(".zv-presented")).to_have_count(1)
        readable(page)
        page.locator(".zv").focus()
        for key in "csv?":
            page.keyboard.press(key)
            expect(page.get_by_role("dialog")).to_be_visible()
            readable(page)
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(0)

    def test_comparison(self, player, scheme, large):
        """Kernels side by side."""
        page = explorer(player, color_scheme=scheme)
        page.locator(".zv").focus()
        if large:
            page.keyboard.press("b")
            expect(page.locator(".zv-presented")).to_have_count(1)
        page.keyboard.press("c")
        page.get_by_role("button", name="Compare these").click()
        expect(page.locator(".zv-panes")).to_be_visible()
        readable(page)

    def test_predict(self, predicted, scheme, large):
        """Asked, revealed, and with the steps."""
        page = predicted(draw_exercise(3, "monday", 3).as_json(), color_scheme=scheme)
        page.locator(".zv-predict").focus()
        if large:
            page.keyboard.press("b")
            expect(page.locator(".zv-presented")).to_have_count(1)
        page.keyboard.press("k")
        readable(page)
        page.locator(".zv-predict").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(page.locator(".zv-result")).to_be_visible()
        readable(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_table(tabled, scheme):
    """The decision table, with a cell pinned."""
    page = tabled(table(), None, color_scheme=scheme)
    page.get_by_role("gridcell").nth(3).click()
    expect(page.get_by_role("gridcell").nth(3)).to_have_attribute("aria-selected", "true")
    readable(page)


@pytest.mark.parametrize(("theme", "scheme"), [("dark", "light"), ("light", "dark")])
def test_a_theme_that_is_not_the_pages(player, theme, scheme):
    """Who chooses a theme can read it on a page of the other one, between the panels too."""
    page = explorer(player, theme, color_scheme=scheme)
    expect(page.locator(".zv")).to_have_attribute("data-theme", theme)
    readable(page)


def test_the_test_sees_words_that_cannot_be_read(player):
    """Ink on its own colour, under the pointer alone, does not pass."""
    page = explorer(player)
    page.add_style_tag(
        content=".zv .zv-choice[aria-checked=true]:hover { background: var(--zv-background); }"
    )
    page.locator(".zv").focus()
    page.keyboard.press("v")
    with pytest.raises(AssertionError, match="zv-choice"):
        readable(page)
