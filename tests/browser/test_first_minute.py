"""What is in sight without scrolling: the grid and the reason, the program, one row of buttons."""

from __future__ import annotations

import re

import pytest
from jupyter_page import open_notebook, write_notebook
from playwright.sync_api import Page, expect
from settled import choose, shows_state, still

from zapviz.exercises.draw import draw_exercise
from zapviz.scenario.library import SCENARIOS
from zapviz.widgets import Explorer

LAB = (890, 720)  # JupyterLab in a window of 1280 by 720, its file browser open: a view's width
LAB_HEIGHT = 598  # and what it has of the window's height

# The lowest edge of what is looked at, in any state; how much of the rows is scrolled; where the
# buttons stand; how far from cell to cell, and how many of them there are in a row.
MEASURED = """async () => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  let low = 0;
  for (let n = 0; n <= player.last; n++) {
    await player.step(n);
    low = Math.max(low, box(".zv-now").bottom, box(".zv-pane").bottom, box(".zv-rss").bottom);
  }
  const pane = document.querySelector(".zv-pane");
  const cells = [...document.querySelectorAll("[role=row] .zv-box")];
  const drawn = cells.map((cell) => cell.getBoundingClientRect());
  const covered = [...document.querySelectorAll(".zv-row-head text")].filter((text) => {
    const { left, right, top, bottom } = text.getBoundingClientRect();
    return drawn.some((one) =>
      left < one.right && one.left < right - 1 && top < one.bottom && one.top < bottom);
  }).map((text) => text.textContent);
  const zoom = box(".zv-pane").height / pane.clientHeight;
  return { low, covered, scrolled: pane.scrollHeight - pane.clientHeight,
    top: box(".zv-top").height / zoom,
    cell: cells[0].getBoundingClientRect().width / zoom, high: box(".zv").bottom,
    wide: pane.scrollWidth - pane.clientWidth }; }"""
SIZES = """() => {
  const found = new Map();
  const words = document.createTreeWalker(document.querySelector(".zv"), NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const node = words.currentNode.parentElement;
    if (!words.currentNode.data.trim() || !node.checkVisibility({ checkVisibilityCSS: true })) {
      continue;
    }
    if (node.closest(".zv-letters, .zv-marks")) continue;
    found.set(parseFloat(getComputedStyle(node).fontSize), node.outerHTML.slice(0, 60));
  }
  return [...found.entries()].sort(([a], [b]) => a - b); }"""


def opened(player, name: str, size: tuple[int, int] = LAB, **options) -> Page:
    """An explorer in a page of a size."""
    explorer = Explorer(name, options.pop("kernel", "v6.18"))
    editor = {**explorer.choices, "text": explorer.text, "kernel": explorer.kernel, "error": ""}
    return player(explorer.trace.as_json(), {"editor": editor, **options}, size=size)


def columns(name: str) -> int:
    """How many columns the longest group of rows has."""
    return max(row["column"] + row["pages"] for row in Explorer(name).trace.as_json()["rows"])


TWO_PROCESSES = """\
F = shmem(4)
A = mmap(F, MAP_PRIVATE)
read(A)
A[0:3] = 1
madvise(A[1], MADV_PAGEOUT)
C = fork()
fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)
C.A[0] = 2
ftruncate(F, 1)
"""


class TestInSight:
    """Toolbar, grid, counters and reason, at every step."""

    @pytest.mark.parametrize("name", SCENARIOS)
    def test_in_a_notebook(self, player, name):
        """Nothing of them is scrolled, and cells are large."""
        found = opened(player, name).evaluate(MEASURED)
        assert found["low"] <= LAB_HEIGHT
        assert found["scrolled"] <= 1
        assert found["wide"] <= 1
        assert found["covered"] == []
        assert found["top"] <= 32
        if columns(name) <= 8:
            least = 60 if name == "fork-copies" else 72  # three mappings, and those of a child
            assert least <= found["cell"] + 4 <= 96

    @pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
    @pytest.mark.parametrize("large", [False, True])
    @pytest.mark.parametrize("name", ["reproducer", "hole-punch", "four-paths-punch", "race-cow"])
    def test_in_a_full_screen(self, player, picture, name, size, large):
        """Of a look for a projector too, in which reason, code and captions are larger still."""
        page = opened(player, name, size)
        page.locator(".zv").focus()
        if large:
            page.keyboard.press("b")
        page.keyboard.press("f")
        page.wait_for_function("document.fullscreenElement")
        still(page)
        found = page.evaluate(MEASURED)
        assert found["low"] <= size[1]
        assert found["scrolled"] <= 1
        assert found["covered"] == []
        assert found["top"] <= 36
        still(page)
        picture(page, f"full-{name}-{size[0]}{'-large' if large else ''}")
        if not large:
            assert found["cell"] + 4 >= 72
            return
        zoom = float(
            page.evaluate("document.querySelector('.zv').style.getPropertyValue('--zv-zoom')")
        )
        for part, least in ((".zv-reason", 26), (".zv-code", 22), (".zv-row-detail", 20)):
            size_of = f"parseFloat(getComputedStyle(document.querySelector('{part}')).fontSize)"
            assert page.evaluate(size_of) * zoom >= least - 0.05, part
        assert found["high"] <= size[1]  # and nothing hangs below the screen

    def test_many_columns_are_readable(self, player):
        """64 of them: letters of 12 px, all in sight."""
        page = opened(player, "reproducer")
        page.locator(".zv-area").fill("N = anon(64)\nN[0:64] = 1\n")
        expect(page.locator("[role=gridcell]")).to_have_count(64)
        still(page)
        found = page.evaluate(MEASURED)
        assert found["low"] <= LAB_HEIGHT
        assert found["scrolled"] <= 1
        letter = "parseFloat(getComputedStyle(document.querySelector('.zv-letters')).fontSize)"
        assert page.evaluate(letter) >= 12

    @pytest.mark.parametrize("full", [False, True])
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_a_child_has_counters_of_its_own(self, player, picture, full, theme):
        """Of each process in its block, and read out as a list; without a child they are gone."""
        page = opened(player, "reproducer")
        page.emulate_media(color_scheme=theme)
        page.locator(".zv-area").fill(TWO_PROCESSES)
        expect(page.locator(".zv-count")).to_have_count(8)
        if full:
            page.locator(".zv").focus()
            page.keyboard.press("f")
            page.wait_for_function("document.fullscreenElement")
        page.locator(".zv").focus()
        page.keyboard.press("End")
        still(page)
        expect(page.locator(".zv-count").nth(5)).to_have_text("C MM_ANONPAGES1")
        found = page.evaluate(MEASURED)
        assert found["low"] <= (720 if full else LAB_HEIGHT)
        assert found["scrolled"] <= 1
        assert found["covered"] == []
        picture(page, f"two-processes-{theme}{'-full' if full else ''}")
        if not full:
            page.locator(".zv-area").fill("N = anon(2)\nN[0] = 1\n")
            expect(page.locator(".zv-count")).to_have_count(4)

    @pytest.mark.parametrize("large", [False, True])
    def test_sizes_of_letters(self, player, large):
        """Three beside those of the entries, none under 12 px."""
        page = opened(player, "hole-punch", step=30)
        if large:
            page.locator(".zv").focus()
            page.keyboard.press("b")
        sizes = page.evaluate(SIZES)
        assert len(sizes) <= 3, sizes
        assert sizes[0][0] >= 12


class TestProgram:
    """The comment that a text begins with is folded to its title."""

    def test_the_first_line_shown_is_of_the_program(self, player):
        """The title stands over it; the last assertion is in sight."""
        page = opened(player, "reproducer")
        box = page.locator(".zv-text").bounding_box()
        lines = [one.bounding_box() for one in page.locator(".zv-line").all()]
        first, last = lines[6], lines[16]
        assert (
            lines[5]["y"] + lines[5]["height"] <= page.locator(".zv-clip").bounding_box()["y"] + 1
        )
        assert first["y"] >= box["y"]
        assert last["y"] + last["height"] <= box["y"] + box["height"]
        title = "The reproducer: truncated private data must not come back"
        expect(page.get_by_role("button", name=title)).to_be_visible()

    def test_it_is_unfolded_by_its_title_and_by_the_caret(self, player):
        """And what is written is where the caret stands."""
        page = opened(player, "reproducer")
        fold = page.locator(".zv-fold")
        fold.click()
        expect(fold).to_have_attribute("aria-expanded", "true")
        expect(page.locator(".zv-line").first).to_be_in_viewport(ratio=1)
        fold.click()
        expect(fold).to_have_attribute("aria-expanded", "false")
        page.locator(".zv-area").focus()
        page.keyboard.press("Control+Home")
        expect(fold).to_have_attribute("aria-expanded", "true")
        page.keyboard.type("# mine\n")
        expect(page.locator(".zv-line").first).to_have_text("1# mine")

    def test_a_text_without_comment_has_no_title(self, player):
        """Nothing stands over it."""
        page = opened(player, "reproducer")
        page.locator(".zv-area").fill("N = anon(2)\nN[0] = 1\n")
        expect(page.locator(".zv-fold")).to_be_hidden()

    def test_a_click_goes_where_the_line_is_seen(self, player):
        """The text area lies under the lines, the folded ones too."""
        page = opened(player, "reproducer")
        page.locator(".zv-line").nth(8).locator(".zv-code").click(
            force=True, position={"x": 40, "y": 9}
        )
        caret = "(area => area.value.slice(0, area.selectionStart).split('\\n').length)"
        assert page.locator(".zv-area").evaluate(caret) == 9


def test_a_pasted_question_starts_at_its_start(player):
    """In place of the whole text, that is; a line that is pasted into it moves nothing."""
    page = opened(player, "hole-punch", step=20)
    page.evaluate("""() => { const other = document.createElement("textarea");
      other.id = "other"; other.value = "N = anon(2)\\nN[0] = 1\\nmunmap(N)\\n";
      document.body.append(other); other.select(); }""")
    page.keyboard.press("Control+c")
    page.locator(".zv-area").focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+v")
    expect(page.locator(".zv-area")).to_have_value(re.compile("munmap\\(N\\)\\n$"))
    page.wait_for_function("told.filter(([what]) => what === 'onText').length === 1")
    shows_state(page, 20)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+v")
    expect(page.locator("[role=gridcell]")).to_have_count(2)
    shows_state(page, 0)


class TestMenu:
    """What is used less often stands in one menu."""

    def test_it_opens_by_key_and_button(self, player, picture):
        """The letters of a view go on meaning what they mean."""
        page = opened(player, "hole-punch")
        page.locator(".zv").focus()
        page.keyboard.press("v")
        menu = page.get_by_role("dialog", name="View")
        expect(menu).to_be_visible()
        picture(page, "view-menu")
        page.keyboard.press("1")
        expect(menu.get_by_role("radio", name="Statement")).to_have_attribute(
            "aria-checked", "true"
        )
        menu.get_by_role("radio", name="Statement").focus()
        page.keyboard.press("ArrowRight")
        expect(menu.get_by_role("radio", name="Pass")).to_be_focused()
        page.keyboard.press("n")
        expect(page.locator(".zv")).not_to_have_attribute("data-step", "0")
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()

    def test_details_are_shown_on_demand(self, player):
        """A large view begins without them; any other has them."""
        page = opened(player, "hole-punch")
        for shown in (True, False):
            expect(page.locator(".zv-legend")).to_be_visible(visible=shown)
            choose(page, "Details")
            expect(page.locator(".zv-legend")).to_be_visible(visible=not shown)
            choose(page, "Details")
            page.locator(".zv").focus()
            page.keyboard.press("b")


def test_a_large_view_of_another_sort_keeps_its_legend(player, predicted):
    """Only an explorer can show it again: it is put away there alone."""
    page = opened(player, "reproducer", kernel="v5.17")
    page.locator(".zv").focus()
    page.keyboard.press("b")
    expect(page.locator(".zv-legend")).to_be_hidden()
    page.keyboard.press("c")
    page.get_by_role("button", name="Compare these").click()
    expect(page.locator(".zv-side").first).to_be_visible()
    expect(page.locator(".zv-legend").last).to_be_visible()
    exercise = predicted(draw_exercise(1, "words", 1).as_json())
    exercise.locator(".zv").first.focus()
    exercise.keyboard.press("b")
    expect(exercise.locator(".zv-presented .zv-legend").first).to_be_visible()


def test_the_view_is_in_sight_once_its_cell_was_run(browser, lab, picture):
    """In JupyterLab at 1280x720 with its file browser: grid and reason, after Shift+Enter."""
    write_notebook(
        lab,
        "first.ipynb",
        "# The first cell\nimport zapviz",
        "\n".join(["# a long cell"] * 12 + ["zapviz.explore('hole-punch')"]),
        "1",
    )
    page = open_notebook(browser, lab, "first.ipynb", run=False, mode="lab")
    for _ in range(2):
        page.locator(".jp-Notebook .jp-Cell.jp-mod-active").wait_for()
        page.keyboard.press("Shift+Enter")
    page.locator(".zv-reason").wait_for()
    still(page)
    for part in (".zv-next", ".zv-grid", ".zv-reason"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    page.locator(".zv-next").click()
    for _ in range(4):
        page.keyboard.press("n")
    at = int(page.locator(".zv").get_attribute("data-step") or 0)
    shows_state(page, at)
    picture(page, "lab-first-minute")
    for part in (".zv-next", ".zv-grid", ".zv-reason"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    page.context.close()
