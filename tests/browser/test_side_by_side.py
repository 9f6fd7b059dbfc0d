"""Kernels side by side in a real Chromium: the same step on each, and what differs marked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from settled import choose, still

from zapviz.api.comparisons import compare
from zapviz.widgets import Explorer

TWO = ["v5.17", "v6.18"]
FOUR = ["v5.10.y", "v5.17", "rfc-v2", "v7.3"]
# The upper edge of each grid, and the lower edge of what is lowest in sight of the view.
TOPS = """() => [...document.querySelectorAll(".zv-side .zv-grid")].map((grid) =>
  Math.round(grid.getBoundingClientRect().top))"""
LOWEST = """() => Math.round(Math.max(...[...document.querySelectorAll(".zv-side")].map((part) =>
  part.getBoundingClientRect().bottom)))"""
UNLIKE = """() => [...document.querySelectorAll(".zv-side")].map((side) =>
  [...side.querySelectorAll(".zv-unlike-text")].filter((one) =>
    one.parentNode.getAttribute("visibility") === "visible").length)"""
KINDS = """() => [...document.querySelectorAll(".zv-side")].map((side) =>
  [...side.querySelectorAll("[role=gridcell]")].sort((a, b) => a.zapvizCell - b.zapvizCell)
    .map((cell) => cell.getAttribute("class").match(/k-(\\w+)/)[1]))"""


def open_compared(player, kernels, scenario="reproducer", keys="", **context):
    """Open the explorer and compare kernels as a user does, with the panel."""
    explorer = Explorer(scenario, kernels[0])
    editor = {**explorer.choices, "text": explorer.text, "kernel": explorer.kernel, "error": ""}
    page = player(explorer.trace.as_json(), {"editor": editor}, **context)
    page.locator(".zv").first.focus()
    for key in keys:
        page.keyboard.press(key)
    choose(page, "Compare")
    panel = page.get_by_role("dialog", name="Compare kernels")
    expect(panel).to_be_visible()
    for box in panel.get_by_role("checkbox").all():
        box.set_checked(box.get_attribute("value") in kernels)
    panel.get_by_role("button", name="Compare these").click()
    expect(page.locator(".zv-side")).to_have_count(len(kernels))
    return page


class TestComparison:
    """The view of a comparison."""

    @pytest.mark.parametrize("kernels", [["v5.17", "v6.12"], FOUR])
    def test_each_frame_shows_the_state_of_each_kernel(self, player, kernels):
        """Forward through all frames, then back to some: cells and marks as Python has them."""
        found = compare("reproducer", kernels)
        page = open_compared(player, kernels)

        def assert_shows(n):
            frame = found.frames[n]
            expect(page.locator(".zv[data-frame]")).to_have_attribute("data-frame", str(n))
            kinds = page.evaluate(KINDS)
            for k, trace in enumerate(found.traces):
                shown = trace.as_json()
                now = [list(row) for row in shown["initial"]["cells"]]
                for step in shown["steps"][: frame[k]]:
                    for row, cell, new in step["set"]:
                        now[row][cell] = new
                cells = [shown["cells"][cell]["kind"] for row in now for cell in row]
                assert kinds[k] == cells, (n, k)
            entries = len(found.differences(n).entries)
            assert page.evaluate(UNLIKE) == [entries] * len(kernels)

        page.keyboard.press("Home")
        for n in range(found.last + 1):
            assert_shows(n)
            page.keyboard.press("ArrowRight")
        for n in (found.last - 1, found.last - 2):
            page.keyboard.press("ArrowLeft")
            assert_shows(n)

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_where_they_part_is_told_and_gone_to(self, player, picture, theme):
        """The line, the entries, the rule and its commit; d goes there."""
        page = open_compared(player, ["v5.17", "v6.12"], color_scheme=theme)
        said = page.locator(".zv-parting").first
        expect(said).to_contain_text("They part at line 13")
        expect(said).to_contain_text("A[1] swap entry | none")
        expect(said).to_contain_text("swap_entries (5abfd71d936a, v5.18)")
        page.keyboard.press("Home")
        page.keyboard.press("d")
        expect(page.locator(".zv-statement")).to_have_text(re.compile(r"line 13:\s+ftruncate"))
        sides = page.locator(".zv-side .zv-verdict")
        expect(sides.nth(0)).to_contain_text("kept")
        expect(sides.nth(1)).to_contain_text("zapped")
        picture(page, f"compare-{theme}")

    def test_four_kernels_fit_beside_each_other(self, player, picture):
        """Two rows of two, nothing cut at the sides."""
        page = open_compared(player, FOUR, "hwpoison-hole")
        page.keyboard.press("Home")
        page.keyboard.press("d")
        parting = compare("hwpoison-hole", FOUR).partings[0].frame
        expect(page.locator(".zv[data-frame]")).to_have_attribute("data-frame", str(parting))
        still(page)
        picture(page, "compare-four")
        assert page.evaluate(
            "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )

    def test_kernels_that_agree_are_said_to(self, player):
        """Nothing that can be told from outside differs."""
        page = open_compared(player, ["v6.12", "v6.18"])
        expect(page.locator(".zv-parting")).to_contain_text("Nothing that can be told")

    def test_the_legend_explains_what_is_there_and_nothing_else(self, player):
        """No sign of inequality where nothing differs, no swap slots where there are none."""
        alike = open_compared(player, ["v6.12", "v6.18"], "hwpoison-truncate")
        expect(alike.locator(".zv-legend").last).not_to_contain_text("not the same")
        page = open_compared(player, ["v5.17", "v6.12"], "hwpoison-truncate")
        legend = page.locator(".zv-legend").last
        expect(legend).to_contain_text("not the same on all kernels")
        expect(legend).not_to_contain_text("swap slot")

    def test_escape_leads_back_to_the_same_state(self, player):
        """The player is as it was left."""
        explorer = Explorer("reproducer", "v6.12")
        editor = {**explorer.choices, "text": explorer.text, "kernel": "v6.12", "error": ""}
        page = player(explorer.trace.as_json(), {"editor": editor, "step": 5})
        choose(page, "Compare")
        page.get_by_role("button", name="Compare these").click()
        expect(page.locator(".zv-side")).to_have_count(2)
        page.keyboard.press("Escape")
        expect(page.locator(".zv-side")).to_have_count(0)
        expect(page.locator(".zv-counter")).to_have_text(re.compile(r"^\s*5 /"))

    @pytest.mark.parametrize("count", [1, 5])
    def test_too_few_or_too_many_are_refused(self, player, count):
        """Said in the panel, which stays open."""
        explorer = Explorer("reproducer", "v6.12")
        editor = {**explorer.choices, "text": explorer.text, "kernel": "v6.12", "error": ""}
        page = player(explorer.trace.as_json(), {"editor": editor})
        choose(page, "Compare")
        panel = page.get_by_role("dialog", name="Compare kernels")
        expect(panel).to_be_visible()
        for k, box in enumerate(panel.get_by_role("checkbox").all()):
            box.set_checked(k < count)
        panel.get_by_role("button", name="Compare these").click()
        expect(panel).to_contain_text(f"{count} chosen; a comparison takes 2 to 4.")


class TestOneScreen:
    """A comparison is looked at without scrolling."""

    @pytest.mark.parametrize("scenario", ["reproducer", "hole-punch", "markers"])
    @pytest.mark.parametrize(
        ("keys", "kernels"),
        [("", TWO), ("bf", TWO), ("f", FOUR)],
    )
    def test_all_grids_are_in_sight_and_level(self, player, scenario, kernels, keys, picture):
        """At every step, in the page and in full screen; the large look has room for two."""
        page = open_compared(player, kernels, scenario, keys=keys)
        last = compare(scenario, kernels).last
        for n in (0, *range(3, last, 7), last):
            page.locator(".zv-slider:visible").fill(str(n))
            expect(page.locator(".zv[data-frame]")).to_have_attribute("data-frame", str(n))
            still(page)
            tops = page.evaluate(TOPS)
            for pair in (tops[:2], tops[2:]):
                assert len(set(pair)) <= 1, (n, tops)
            assert page.evaluate(LOWEST) <= 720, n
        picture(page, f"abreast-{scenario}-{len(kernels)}-{keys or 'page'}")

    def test_it_opens_where_the_first_kernel_opens_if_they_do_not_part(self, player):
        """Not at the empty world."""
        page = open_compared(player, TWO, "hole-punch")
        opens = compare("hole-punch", TWO).opens
        assert opens > 0
        expect(page.locator(".zv[data-frame]")).to_have_attribute("data-frame", str(opens))

    def test_the_large_look_is_one_for_the_explorer_and_the_comparison(self, player):
        """What is switched off in the comparison is off when it is closed, too."""
        page = open_compared(player, TWO, keys="b")
        compared = page.locator(".zv[data-frame]")
        expect(compared).to_have_class(re.compile("zv-presented"))
        page.keyboard.press("b")
        expect(compared).not_to_have_class(re.compile("zv-presented"))
        page.keyboard.press("Escape")
        expect(page.locator(".zv[data-step]")).not_to_have_class(re.compile("zv-presented"))

    def test_a_mistake_is_told_with_its_caret_below_its_place(self, player):
        """Spaces and lines are kept, in letters of one width."""
        explorer = Explorer("reproducer", "v5.17")
        editor = {**explorer.choices, "text": explorer.text, "kernel": explorer.kernel, "error": ""}
        page = player(explorer.trace.as_json(), {"editor": editor})
        page.locator(".zv-area").fill("N = anom(2)\n")
        page.locator(".zv").first.focus()
        choose(page, "Compare")
        page.get_by_role("button", name="Compare these").click()
        said = page.get_by_role("dialog", name="Compare kernels").locator(".zv-said")
        expect(said).to_contain_text("^")
        style = said.evaluate(
            "(node) => [getComputedStyle(node).whiteSpace, getComputedStyle(node).fontFamily]"
        )
        assert style[0] == "pre-wrap"
        assert "mono" in style[1].lower()
