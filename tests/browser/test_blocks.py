"""A block for each process in a real Chromium: its counters, who shares a page, no jumps."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from settled import choose, still
from standalone import imported, literal, page_of

import zapviz
from zapviz.api.shown import shown
from zapviz.render.palette import palette_json
from zapviz.widgets import Explorer

LAB = (890, 720)  # a view in JupyterLab in a window of 1280 by 720, its file browser open
LAB_HEIGHT = 598  # and what it has of the window's height

TWO = """\
# Who shares a page
F = shmem(4)
A = mmap(F, MAP_PRIVATE)
N = anon(2)
read(A)
A[0:3] = 1
N[0:2] = 3
madvise(A[1], MADV_PAGEOUT)
C = fork()
fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)
C.A[0] = 2
exit(C)
"""
FORKS = "".join(f"{name} = fork()\n" for name in "CDEGHIJ")
EIGHT = f"""\
F = shmem(4)
A = mmap(F, MAP_PRIVATE)
N = anon(2)
read(A)
A[0:2] = 1
N[0:2] = 3
madvise(N[1], MADV_PAGEOUT)
{FORKS}C.A[0] = 2
D.N[1] = 4
exit(E)
"""

# Where all parts of the rows stand.
PLACES = """() => [...document.querySelectorAll(".zv-pane, .zv-block, .zv-block-count, .zv-box")]
  .map((node) => { const { x, y, height } = node.getBoundingClientRect();
    return [x, y, height].map((one) => Math.round(one * 10)).join(); }).join(" ")"""
# What stands over another: names, counters and numbers of columns over cells, or each other.
OVER = """() => {
  const boxes = (names) => [...document.querySelectorAll(names)].map((node) =>
    [node.textContent, node.getBoundingClientRect()]);
  const over = (one, other) => one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1;
  const texts = boxes(".zv-row-head text, .zv-block-name, .zv-block-count");
  const cells = boxes(".zv-box");
  return texts.flatMap(([words, box], at) => [...cells, ...texts.slice(at + 1)]
    .flatMap(([other, there]) => (over(box, there) ? [`${words} / ${other}`] : [])));
}"""
OUTLINED = """() => {
  const drawn = (document.querySelector(".zv-tie").getAttribute("d") ?? "").match(/M[^m]+/g) ?? [];
  return [...document.querySelectorAll("[role=gridcell]")].filter((cell) => {
    const { x, y } = cell.querySelector("rect").getBBox();
    const to = cell.getCTM(), from = document.querySelector(".zv-tie").getCTM();
    const place = [x + to.e - from.e, y + to.f - from.f].map(Math.round);
    return drawn.some((one) =>
      one.slice(1).split(" ").every((n, k) => Math.abs(Number(n) - place[k]) <= 1));
  }).map((cell) => cell.getAttribute("aria-label").split(":")[0]).sort(); }"""


def opened(player, text: str, size: tuple[int, int] = LAB, **options) -> Page:
    """An explorer with a scenario, in a page of a size."""
    shown_by = Explorer(text, "v6.18")
    editor = {**shown_by.choices, "text": text, "kernel": shown_by.kernel, "error": ""}
    context = options.pop("context", {})
    return player(shown_by.trace.as_json(), {"editor": editor, **options}, size=size, **context)


def at_end_of(text: str, line: int) -> int:
    """The state after a line."""
    record = zapviz.run(text).as_json()
    return next(one["last"] for one in record["statements"] if one["line"] == line)


def cell(page: Page, name: str):
    """The cell of an entry."""
    return page.locator(f"[role=gridcell][aria-label^='{name}:']")


class TestBlocks:
    """What is in sight, and where it stands."""

    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("text", [TWO, EIGHT], ids=["two", "eight"])
    def test_in_a_notebook(self, player, picture, theme, text):
        """Rows and counters of all processes are in sight, nothing of them over another."""
        page = opened(player, text, theme=theme)
        many = len(zapviz.run(text).as_json()["processes"])
        page.locator(".zv").focus()
        page.keyboard.press("End")
        still(page)
        expect(page.locator(".zv-block")).to_have_count(many)
        pane = page.locator(".zv-pane")
        assert pane.evaluate("one => one.scrollHeight - one.clientHeight") <= 1
        assert pane.evaluate("one => one.scrollWidth - one.clientWidth") <= 1
        low = pane.evaluate("one => one.getBoundingClientRect().bottom")
        assert low <= LAB_HEIGHT
        for count in page.locator(".zv-block-count").all():
            expect(count).to_be_in_viewport(ratio=0.99)
        assert page.evaluate(OVER) == []
        assert "zv-rich" in page.locator(".zv-grid").get_attribute("class") or many == 8
        picture(page, f"blocks-{many}-{theme}")

    def test_in_a_full_screen_and_on_a_telephone(self, player, picture):
        """There is room for eight, and nothing is wider than a telephone."""
        page = opened(player, EIGHT, (1280, 720))
        page.locator(".zv").focus()
        page.keyboard.press("f")
        page.wait_for_function("document.fullscreenElement")
        still(page)
        pane = page.locator(".zv-pane")
        assert pane.evaluate("one => one.scrollHeight - one.clientHeight") <= 1
        assert page.evaluate(OVER) == []
        picture(page, "blocks-8-full")
        phone = opened(player, EIGHT, (390, 844), context={"has_touch": True, "is_mobile": True})
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
        assert phone.evaluate(OVER) == []
        picture(phone, "blocks-8-phone")

    @pytest.mark.parametrize("text", [TWO, EIGHT], ids=["two", "eight"])
    def test_nothing_jumps(self, player, text):
        """From the first state to the last every part of the rows stays where it is."""
        page = opened(player, text)
        places = set()
        for number in range(0, page.evaluate("player.last") + 1, 3):
            page.evaluate(f"player.step({number})")
            places.add(page.evaluate(PLACES))
        assert len(places) == 1

    def test_a_process_comes_and_goes_in_its_block(self, player):
        """Before the fork and after the exit a word says so, and the frame is broken."""
        page = opened(player, TWO)
        title = page.locator(".zv-block-name tspan").nth(1)
        frame = page.locator(".zv-block").nth(1)
        for line, word in ((8, "not yet"), (9, ""), (11, ""), (12, "ended")):
            page.evaluate(f"player.step({at_end_of(TWO, line)})")
            expect(title).to_have_text(word)
            dashed = frame.evaluate("one => getComputedStyle(one).strokeDasharray")
            assert (dashed != "none") == bool(word)

    def test_counters_stand_in_the_block(self, player):
        """Of each process those that are ever not 0, with what changed; the others are read out."""
        page = opened(player, TWO)
        page.evaluate(f"player.step({at_end_of(TWO, 9)})")
        counts = page.locator(".zv-block-count")
        names = ["anonpages", "swapents", "shmempages"]
        assert counts.count() == 6
        for at, name in enumerate(names * 2):
            assert name in counts.nth(at).text_content()
        expect(counts.nth(3)).to_contain_text("4")
        section = page.get_by_role("region", name="rss counters")
        expect(section.locator(".zv-count").nth(5)).to_have_text("C MM_ANONPAGES4")
        choose(page, "Statement", "radio")
        page.evaluate(f"player.step({at_end_of(TWO, 9)})")
        expect(counts.nth(3)).to_contain_text("4+4")

    def test_one_process_has_no_block(self, player):
        """And its counters stand where they stood."""
        page = opened(player, "N = anon(2)\nN[0] = 1\n")
        expect(page.locator(".zv-block, .zv-tag")).to_have_count(0)
        expect(page.locator(".zv-rss")).to_be_in_viewport(ratio=1)
        assert page.locator(".zv-rss").evaluate("one => one.clientHeight") > 20


class TestTies:
    """Which entries hold the same."""

    def test_by_the_mouse(self, player, picture):
        """Who shares the page is outlined and named; without lines over the cells."""
        page = opened(player, TWO, step=at_end_of(TWO, 9))
        cell(page, "C.N[0]").hover()
        assert page.evaluate(OUTLINED) == ["C.N[0]", "N[0]"]
        expect(page.locator(".zv-tip")).to_contain_text("The same page as N[0]")
        expect(page.locator(".zv-tie-line")).to_have_attribute("d", "")
        picture(page, "blocks-tied")
        cell(page, "A[1]").hover()
        assert page.evaluate(OUTLINED) == ["A[1]", "C.A[1]", "swap[0]"]
        expect(page.locator(".zv-tip")).to_contain_text("The same swap slot as C.A[1]")

    def test_by_the_keyboard(self, player):
        """The focus does the same, and so does a pin."""
        page = opened(player, TWO, step=at_end_of(TWO, 9))
        page.locator(".zv").focus()
        page.keyboard.press("g")
        for key in ("ArrowDown", "End"):
            page.keyboard.press(key)
        label = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert label.startswith("A[3]: ")
        assert label.endswith(". The same page as F[3] and C.A[3]")
        assert page.evaluate(OUTLINED) == ["A[3]", "C.A[3]", "F[3]"]
        expect(page.locator(".zv-tip")).to_contain_text("The same page as F[3] and C.A[3]")
        for _ in range(2):
            page.keyboard.press("Escape")
        page.evaluate("player.select('C.N', 1)")
        assert page.evaluate(OUTLINED) == ["C.N[1]", "N[1]"]
        expect(page.locator(".zv-entry-now")).to_contain_text("The same page as N[1]")

    def test_the_label_follows_the_sharing(self, player):
        """After a write the two have pages of their own: both labels say so, and the numbers go."""
        page = opened(player, TWO, step=at_end_of(TWO, 10))
        same = ". The same page as "
        assert cell(page, "A[0]").get_attribute("aria-label").endswith(f"{same}C.A[0]")
        assert cell(page, "C.A[0]").get_attribute("aria-label").endswith(f"{same}A[0]")
        tags = page.locator(".zv-tag-text:visible")
        before = tags.count()
        page.evaluate(f"player.step({at_end_of(TWO, 11)})")
        for name in ("A[0]", "C.A[0]"):
            assert same not in cell(page, name).get_attribute("aria-label")
        assert tags.count() == before - 2

    def test_of_eight_a_small_cell_has_the_number_after_its_letter(self, player):
        """The same number in every process."""
        page = opened(player, EIGHT, step=at_end_of(EIGHT, 14))
        letters = page.locator(".zv-letters").all_text_contents()
        number = letters[2].removeprefix("A")[0]
        assert sum(f"A{number}" in one for one in letters) == 8
        expect(page.locator(".zv-tag")).to_have_count(0)
        label = cell(page, "J.N[0]").get_attribute("aria-label")
        assert "C.N[0], D.N[0], E.N[0], G.N[0], H.N[0] and I.N[0]" in label


def test_two_views_on_one_page_do_not_disturb_each_other(browser):
    """What is pointed at in one outlines nothing in the other."""
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    record, options = zapviz.run(TWO).as_json(), {"step": at_end_of(TWO, 9)}
    page.set_content(
        page_of(f"""
{imported("createPlayer")}
const made = () => document.createElement("div");
document.getElementById("here").append(made(), made());
const palette = {literal(palette_json())};
window.views = [...document.getElementById("here").children].map((place) =>
  createPlayer(place, {literal(record)}, {{ ...{literal(options)}, palette }}));""")
    )
    page.wait_for_function("window.views?.length === 2")
    still(page)
    views = page.locator(".zv")
    cell(views.nth(1), "C.N[0]").hover()
    ties = [views.nth(at).locator(".zv-tie").get_attribute("d") or "" for at in range(2)]
    assert len(ties[1]) > 0
    assert ties[0] != ties[1]
    page.evaluate("views[0].step(0)")
    expect(views.nth(0).locator(".zv-block-away")).to_have_count(1)
    expect(views.nth(1).locator(".zv-block-away")).to_have_count(0)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_small_figure_has_blocks(figured, picture, scheme):
    """Without counters; what is pointed at is tied to what holds the same."""
    figures = shown(TWO)
    page = figured(figures.as_json(), {"step": 25}, color_scheme=scheme)
    expect(page.locator(".zv-block")).to_have_count(2)
    expect(page.locator(".zv-block-count")).to_have_count(0)
    cell(page, "C.N[0]").hover()
    assert page.evaluate(OUTLINED) == ["C.N[0]", "N[0]"]
    assert page.evaluate(OVER) == []
    picture(page, f"blocks-small-{scheme}")


def test_kernels_side_by_side_have_blocks(player):
    """With the counters of each process in its block."""
    page = opened(player, TWO, (1280, 720))
    page.locator(".zv").focus()
    page.keyboard.press("c")
    page.get_by_role("button", name="Compare these").click()
    expect(page.locator(".zv-side .zv-block")).to_have_count(4)
    still(page)
    assert page.locator(".zv-side .zv-block-count").count() == 12
    side = page.locator(".zv-side").first
    cell(side, "C.N[0]").hover()
    expect(side.locator(".zv-tie")).to_have_attribute("d", re.compile("M.+M"))
