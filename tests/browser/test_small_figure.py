"""The small figures for prose in a real Chromium: grid, slider, sentence, and nothing else."""

from __future__ import annotations

import pytest
from jupyter_page import open_notebook, write_notebook
from playwright.sync_api import expect
from settled import still

import zapviz
from zapviz.api.shown import shown

SETUP = "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 2\nmadvise(A[0], MADV_PAGEOUT)\n"
PUNCH = SETUP + "fallocate(F, FALLOC_FL_PUNCH_HOLE)\nassert A[0] == swap\n"
CUT = SETUP + "ftruncate(F, 0)\nassert A[0] == swap\n"
SIZES = """() => [...document.querySelectorAll(".zv *")]
  .filter((node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim()))
  .map((node) => parseFloat(getComputedStyle(node).fontSize))"""
OUTSIDE = """() => [...document.querySelectorAll(".zv *")].filter((node) => {
    const box = node.getBoundingClientRect();
    return node.checkVisibility() && box.width && (box.right > innerWidth + 1 || box.left < -1);
  }).map((node) => `${node.outerHTML.slice(0, 90)}: ${node.getBoundingClientRect().right}`)"""
KINDS = """() => [...document.querySelectorAll(".zv-shown-side")].map((side) =>
  [...side.querySelectorAll("[role=gridcell]")].sort((a, b) => a.zapvizCell - b.zapvizCell)
    .map((cell) => cell.getAttribute("class").match(/k-(\\w+)/)[1]))"""
CASES = {
    "one": lambda: shown("reproducer", kernel="v5.17"),
    "wide": lambda: shown("N = anon(40)\nN[3:9] = 1\nmadvise(N, MADV_DONTNEED)"),
    "two": lambda: shown(PUNCH, CUT),
    "four": lambda: shown("reproducer", kernel=["v5.10.y", "v5.17", "rfc-v2", "v6.12"]),
}


def kinds_at(trace, state):
    """The kinds of all entries of a trace in a state, as Python has them."""
    record = trace.as_json()
    now = [list(row) for row in record["initial"]["cells"]]
    for step in record["steps"][:state]:
        for row, cell, new in step["set"]:
            now[row][cell] = new
    return [record["cells"][cell]["kind"] for row in now for cell in row]


def assert_shows(page, figures, frame):
    """Each figure shows its state at a frame, and what is said of it."""
    expect(page.locator(".zv")).to_have_attribute("data-step", str(frame))
    assert page.evaluate(KINDS) == [
        kinds_at(trace, state)
        for trace, state in zip(figures.traces, figures.frames[frame], strict=True)
    ]
    for at, sentence in enumerate(figures.sentences(frame)):
        expect(page.locator(".zv-shown-said .zv-live").nth(at)).to_have_text(sentence)


class TestOneFigure:
    """A single figure."""

    def test_there_is_a_grid_a_slider_a_sentence_and_nothing_else(self, figured, picture):
        """No button, no text of the scenario, no legend; it opens at the deciding step."""
        figures = shown("reproducer", kernel="v5.17")
        page = figured(figures.as_json())
        expect(page.get_by_role("grid")).to_have_count(1)
        expect(page.get_by_role("slider")).to_have_count(1)
        expect(page.locator(".zv :is(button, select, textarea, summary)")).to_have_count(0)
        expect(page.locator(".zv-legend, .zv-text, .zv-top")).to_have_count(0)
        assert figures.opens == zapviz.run("reproducer", "v5.17").as_json()["opens"]
        assert_shows(page, figures, figures.opens)
        expect(page.locator(".zv-shown-fails")).to_contain_text("Line 17 fails: A[1] holds 7")
        picture(page, "show-one")

    def test_the_arrow_keys_step(self, figured):
        """Wherever the focus is inside, and every state can be come to."""
        figures = shown(PUNCH)
        page = figured(figures.as_json(), {"step": 0})
        page.locator(".zv").focus()
        for frame in range(1, len(figures.frames)):
            page.keyboard.press("ArrowRight")
            assert_shows(page, figures, frame)
        page.get_by_role("slider").focus()
        page.keyboard.press("ArrowLeft")
        assert_shows(page, figures, len(figures.frames) - 2)
        page.keyboard.press("Home")
        assert_shows(page, figures, 0)
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("End")
        assert_shows(page, figures, len(figures.frames) - 1)
        told = page.evaluate("window.told")
        assert told == [*range(1, len(figures.frames)), len(figures.frames) - 2, 0,
                        len(figures.frames) - 1]  # fmt: skip

    def test_the_slider_steps(self, figured):
        """The slider goes from the empty state to the last, one step each."""
        figures = shown(PUNCH)
        page = figured(figures.as_json())
        slider = page.get_by_role("slider")
        expect(slider).to_have_attribute("max", str(len(figures.frames) - 1))
        slider.fill("3")
        assert_shows(page, figures, 3)
        expect(slider).to_have_attribute("aria-valuetext", f"3 of {len(figures.frames) - 1}")

    def test_keys_do_not_leak(self, figured):
        """A notebook around it does not hear them: it would delete a cell at two."""
        page = figured(shown(PUNCH).as_json())
        page.locator(".zv").focus()
        for key in ("d", "d", "ArrowRight", "a", "Enter"):
            page.keyboard.press(key)
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("x")
        assert page.evaluate("window.leaked") == ["x"]

    def test_it_is_moved_from_outside(self, figured):
        """As Python does, where the trait is set."""
        figures = shown(PUNCH)
        page = figured(figures.as_json())
        page.evaluate("window.show.step(2)")
        assert_shows(page, figures, 2)

    def test_nothing_below_it_moves(self, figured):
        """The sentence keeps the room of the longest one."""
        page = figured(shown(PUNCH).as_json(), {"step": 0})
        height = page.locator(".zv").bounding_box()["height"]
        page.locator(".zv").focus()
        for _ in range(6):
            page.keyboard.press("ArrowRight")
            still(page)
            assert page.locator(".zv").bounding_box()["height"] == height


class TestTheme:
    """Light and dark."""

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_follows_the_page(self, figured, picture, scheme):
        """The page's colours, and a change of them while it is shown."""
        page = figured(shown(PUNCH, CUT).as_json(), color_scheme=scheme)
        expect(page.locator(".zv")).to_have_attribute("data-theme", scheme)
        picture(page, f"show-{scheme}")
        other = "dark" if scheme == "light" else "light"
        page.emulate_media(color_scheme=other)
        expect(page.locator(".zv")).to_have_attribute("data-theme", other)

    def test_one_can_be_chosen(self, figured):
        """Then the page's does not matter."""
        page = figured(shown(PUNCH).as_json(), {"theme": "dark"}, color_scheme="light")
        expect(page.locator(".zv")).to_have_attribute("data-theme", "dark")


class TestSideBySide:
    """Several figures."""

    @pytest.mark.parametrize("case", ["two", "four"])
    def test_they_step_together(self, figured, case):
        """One slider; each side is where Python has it, and has its caption."""
        figures = CASES[case]()
        page = figured(figures.as_json())
        expect(page.get_by_role("slider")).to_have_count(1)
        assert page.locator(".zv-shown-side h4").all_text_contents() == list(figures.captions)
        assert_shows(page, figures, figures.opens)
        page.locator(".zv").focus()
        for away in (1, 2, 3):
            page.keyboard.press("ArrowLeft")
            assert_shows(page, figures, figures.opens - away)

    def test_they_stand_beside_each_other_where_there_is_room(self, figured):
        """And below each other on a telephone."""
        sides = figured(shown(PUNCH, CUT).as_json()).locator(".zv-shown-side")
        one, other = (sides.nth(at).bounding_box() for at in (0, 1))
        assert one["y"] == other["y"]
        assert one["x"] + one["width"] <= other["x"]
        sides = figured(shown(PUNCH, CUT).as_json(), size=(400, 720)).locator(".zv-shown-side")
        one, other = (sides.nth(at).bounding_box() for at in (0, 1))
        assert one["y"] + one["height"] <= other["y"]


@pytest.mark.parametrize("width", [890, 400])
@pytest.mark.parametrize("case", CASES)
class TestSizes:
    """In a notebook's width and in a telephone's."""

    def test_nothing_is_wider_than_the_page(self, figured, picture, case, width):
        """Nothing stands over the edge, and nothing is scrolled sideways."""
        page = figured(CASES[case]().as_json(), size=(width, 720))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(OUTSIDE) == []
        assert page.evaluate("""() => [...document.querySelectorAll(".zv-pane")].every((pane) =>
          pane.scrollWidth <= pane.clientWidth)""")
        picture(page, f"show-{case}-{width}")

    def test_no_text_is_small(self, figured, case, width):
        """Twelve pixels at least."""
        page = figured(CASES[case]().as_json(), size=(width, 720))
        assert min(page.evaluate(SIZES)) >= 12


def test_cells_are_as_large_as_the_width_allows(figured):
    """72 pixels from one to the next in a notebook, and less in a narrow page."""
    places = """() => [...document.querySelectorAll("[aria-label^='F,'] rect.zv-box")].slice(0, 2)
      .map((box) => box.getBoundingClientRect().x)"""
    first, second = figured(shown(PUNCH).as_json()).evaluate(places)
    assert second - first == 72
    first, second = figured(shown(PUNCH).as_json(), size=(360, 720)).evaluate(places)
    assert 30 <= second - first < 72


def test_in_a_notebook_it_is_live(browser, lab):
    """It stands in its still picture's place; keys step it, Python is told and tells."""
    write_notebook(
        lab,
        "show.ipynb",
        f"import zapviz\ns = zapviz.show({PUNCH!r}, {CUT!r})\ns",
        "print('told:', s.step)",
        "s.step = 2",
    )
    page = open_notebook(browser, lab, "show.ipynb", size=(1280, 900))
    expect(page.locator(".zv")).to_have_attribute("data-step", "2")
    page.locator(".zv").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".zv")).to_have_attribute("data-step", "3")
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(page.locator(".jp-CodeCell")).to_have_count(3)
    page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".jp-CodeCell").nth(1)).to_contain_text("told: 3")
    page.context.close()
