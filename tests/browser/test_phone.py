"""On a telephone: emulated in Chromium, with fingers for a pointer."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from settled import choose, still

import zapviz
from waiting import eventually
from zapviz.api.tables import table
from zapviz.exercises.draw import draw_exercise
from zapviz.widgets import Explorer

PHONES = {360: (360, 740), 412: (412, 900)}
TOUCH = {"device_scale_factor": 3, "has_touch": True, "is_mobile": True}
SMALL = """() => [...document.querySelectorAll("button, select, summary, input, [role=gridcell]")]
  .map((node) => [node, node.closest("label") ?? node])
  .map(([node, target]) => [node, target.getBoundingClientRect()])
  .filter(([node, box]) => box.width && (box.width < 24 || box.height < 24))
  .map(([node, box]) => `${node.outerHTML.slice(0, 90)}: ${box.width} x ${box.height}`)"""
LOW = """() => [...document.querySelectorAll(".zv-button, select, .zv-choice")]
  .filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 40)
  .map((node) => node.outerHTML.slice(0, 90))"""
OUTSIDE = """() => [...document.querySelectorAll(".zv *")].filter((node) => {
    const box = node.getBoundingClientRect();
    return node.checkVisibility() && box.width && (box.right > innerWidth + 1 || box.left < -1)
      && !node.closest(".zv-pane, .zv-table-pane, pre");
  }).map((node) => `${node.outerHTML.slice(0, 90)}: ${node.getBoundingClientRect().right}`)"""


def fits(page):
    """Nothing is wider than the screen, and what is pressed is large enough."""
    still(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate(LOW) == []


def explorer(player, scenario, kernel, width, **options):
    """Open an explorer, with all that it offers, on a telephone."""
    shown = Explorer(scenario, kernel)
    editor = {**shown.choices, "text": shown.text, "kernel": shown.kernel, "error": ""}
    return player(shown.trace.as_json(), {"editor": editor, **options}, size=PHONES[width], **TOUCH)


@pytest.mark.parametrize("width", PHONES)
class TestExplorer:
    """All of it can be read and pressed."""

    @pytest.mark.parametrize("scenario", ["reproducer", "race-cow", "four-paths-punch"])
    def test_it_fits(self, player, picture, width, scenario):
        """In a state with many signs, large or small cells."""
        page = explorer(player, scenario, "v5.17", width, step=12)
        fits(page)
        picture(page, f"phone-{scenario}-{width}")
        choose(page, "Large")
        expect(page.locator(".zv-presented")).to_have_count(1)
        still(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        picture(page, f"phone-{scenario}-{width}-large")

    def test_the_first_screen_has_the_controls_and_the_grid(self, player, width):
        """Next, the entries and what is said of the step stand above the edge of the screen."""
        page = explorer(player, "reproducer", "v5.17", width, step=12)
        for part in (".zv-next", ".zv-grid", ".zv-reason"):
            box = page.locator(part).bounding_box()
            assert box["y"] + box["height"] <= PHONES[width][1], part

    def test_the_controls_stay_in_sight(self, player, width):
        """While something further down is read, the next step is one tap away."""
        page = explorer(player, "reproducer", "v5.17", width)
        page.locator(".zv-legend").scroll_into_view_if_needed()
        eventually(lambda: page.evaluate("scrollY > 200"), True)
        expect(page.locator(".zv-next")).to_be_in_viewport()
        page.locator(".zv-next").tap()
        expect(page.locator(".zv")).to_have_attribute("data-step", "1")

    @pytest.mark.parametrize("panel", ["Share", "Compare", "Keys"])
    def test_panels_fit(self, player, picture, width, panel):
        """Each opens inside the screen, wherever the page is scrolled to."""
        page = explorer(player, "reproducer", "v5.17", width, step=12)
        if panel == "Keys":  # its button is not there: a telephone has none; a keyboard asks
            page.locator(".zv").focus()
            page.keyboard.press("?")
        else:
            choose(page, panel)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        still(page)
        box = dialog.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= PHONES[width][1]
        assert dialog.evaluate("(node) => node.scrollWidth <= node.clientWidth")
        fits(page)
        picture(page, f"phone-panel-{panel.lower()}-{width}")

    def test_comparison_fits(self, player, picture, width):
        """One kernel under the other."""
        page = explorer(player, "reproducer", "v5.17", width, step=12)
        choose(page, "Compare")
        page.get_by_role("button", name="Compare these").tap()
        expect(page.locator(".zv-panes")).to_be_visible()
        fits(page)
        picture(page, f"phone-comparison-{width}")


class TestTouch:
    """A finger instead of a mouse."""

    def test_a_tap_pins_and_leaves_no_tooltip(self, player):
        """What the entry holds is told where it is pinned; nothing stays over the grid."""
        page = explorer(player, "reproducer", "v5.17", 360, step=12)
        cell = page.locator('[role=gridcell][aria-label^="A[1]:"]')
        cell.tap()
        expect(page.locator(".zv-entry-name")).to_have_text("A[1]")
        expect(page.locator(".zv-tip")).to_be_hidden()
        page.locator('[role=gridcell][aria-label^="A[0]:"]').tap()
        expect(page.locator(".zv-entry-name")).to_have_text("A[0]")
        expect(page.locator(".zv-tip")).to_be_hidden()

    def test_no_tooltip_while_the_finger_is_down(self, player):
        """It would lie beside a finger and be gone with it."""
        page = explorer(player, "reproducer", "v5.17", 360, step=12)
        page.locator('[role=gridcell][aria-label^="A[1]:"]').dispatch_event(
            "pointerover", {"pointerType": "touch", "bubbles": True}
        )
        still(page)
        expect(page.locator(".zv-tip")).to_be_hidden()

    def test_small_cells_are_wide_enough_for_a_finger(self, player):
        """A long row wraps rather than that its entries shrink; the pane scrolls, not the page."""
        text = "F = shmem(64)\nA = mmap(F, MAP_PRIVATE)\nA[0:64] = 1\n"
        page = player(zapviz.run(text).as_json(), size=PHONES[360], **TOUCH)
        assert page.locator("[role=gridcell]").first.bounding_box()["width"] >= 24
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", PHONES)
@pytest.mark.parametrize(("level", "number"), [(1, 2), (3, 3)])
def test_an_exercise(predicted, picture, width, level, number):
    """It is marked by taps, revealed, and its steps are shown, all within the screen."""
    exercise = draw_exercise(level, "monday", number)
    page = predicted(exercise.as_json(), size=PHONES[width], **TOUCH)
    fits(page)
    picture(page, f"phone-predict-{level}-{width}-1")
    page.locator(".zv-brush[data-fate=kept]").tap()
    for entry in exercise.asked:
        page.locator(f'[role=gridcell][aria-label^="{entry.name}:"]').tap()
    kept = {entry.name: "kept" for entry in exercise.asked}
    eventually(lambda: page.evaluate("window.predict.marks"), kept)
    expect(page.locator(".zv-reveal").first).to_be_in_viewport()
    page.locator(".zv-reveal").first.tap()
    expect(page.locator(".zv-result")).to_be_visible()
    fits(page)
    picture(page, f"phone-predict-{level}-{width}-2")
    page.locator(".zv-truth button").first.tap()
    expect(page.locator(".zv-stage .zv-grid")).to_be_visible()
    fits(page)
    picture(page, f"phone-predict-{level}-{width}-3")


@pytest.mark.parametrize("width", PHONES)
def test_a_page_of_its_own(browser, tmp_path, width):
    """A file that came with a mail, opened on a telephone."""
    path = tmp_path / "page.html"
    path.write_text(zapviz.run("reproducer", "v5.17").export("html"))
    context = browser.new_context(viewport={"width": width, "height": PHONES[width][1]}, **TOUCH)
    page = context.new_page()
    page.goto(path.as_uri())
    page.locator(".zv-grid").wait_for()
    fits(page)
    context.close()


@pytest.mark.parametrize("width", PHONES)
def test_the_table(tabled, picture, width):
    """It scrolls inside its pane; its lists and switches are large enough to press."""
    page = tabled(table(), None, size=PHONES[width], **TOUCH)
    fits(page)
    for shown in page.get_by_role("gridcell").all()[:2]:  # two columns beside the names
        box = shown.bounding_box()
        assert box["x"] + box["width"] <= width
    picture(page, f"phone-table-{width}")
    page.get_by_role("gridcell").nth(3).tap()
    expect(page.get_by_role("gridcell").nth(3)).to_have_attribute("aria-selected", "true")
    fits(page)
    page.locator(".zv-picker summary").first.tap()
    expect(page.locator(".zv-picker[open]")).to_have_count(1)
    fits(page)
    picture(page, f"phone-table-{width}-list")
