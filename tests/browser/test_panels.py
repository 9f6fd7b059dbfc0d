"""The explorer's panels: opened by keys, always in sight, and the focus where it was."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from settled import shows_state, still

import zapviz
from zapviz.widgets import Explorer

KEYS = {"c": "Compare kernels", "s": "Share", "?": "Keys, while the grid has the focus"}
FAR = """(top) => { const here = document.getElementById("here");
  here.style.transform = "translateX(0)";  // as a page around may have it
  for (const place of ["beforebegin", "afterend"]) {
    here.insertAdjacentHTML(place, "<div class=around></div>");
  }
  for (const node of document.querySelectorAll(".around")) node.style.height = "2000px";
  scrollTo(0, here.getBoundingClientRect().top + scrollY + top); }"""


def explorer(player, kernel="v5.17", **options):
    """Open an explorer with all that it offers."""
    shown = Explorer("reproducer", kernel)
    editor = {**shown.choices, "text": shown.text, "kernel": shown.kernel, "error": ""}
    return player(shown.trace.as_json(), {"editor": editor, "step": 12, **options})


class TestKeys:
    """A letter for each panel."""

    def test_each_letter_opens_its_panel_and_closes_it(self, player):
        """Pressed again it closes; the focus is back where it was."""
        page = explorer(player)
        page.locator(".zv").focus()
        for key, name in KEYS.items():
            page.keyboard.press(key)
            expect(page.get_by_role("dialog", name=name)).to_be_visible()
            page.keyboard.press(key)
            expect(page.get_by_role("dialog")).to_have_count(0)
            expect(page.locator(".zv")).to_be_focused()

    def test_the_kernel_is_chosen_by_keys(self, player):
        """k goes to the list; the arrows choose; Escape goes back to stepping."""
        page = explorer(player, "v5.17")
        page.locator(".zv").focus()
        page.keyboard.press("k")
        expect(page.locator(".zv-kernels")).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(page.locator(".zv-kernels")).to_have_value("rfc-v2")
        page.keyboard.press("Escape")
        expect(page.locator(".zv")).to_be_focused()

    def test_the_help_names_them(self, player):
        """With what each does; where nothing can be asked, there are none."""
        page = explorer(player)
        page.locator(".zv").focus()
        page.keyboard.press("?")
        expect(page.locator(".zv-keys")).to_be_visible()
        assert {"k", "c", "s"} <= set(page.locator(".zv-keys dt").all_inner_texts())
        plain = player(zapviz.run("reproducer").as_json())
        plain.locator(".zv").focus()
        plain.keyboard.press("?")
        expect(plain.locator(".zv-keys")).to_be_visible()
        assert not {"k", "c", "s"} & set(plain.locator(".zv-keys dt").all_inner_texts())
        plain.keyboard.press("Escape")
        plain.keyboard.press("s")
        plain.keyboard.press("n")  # what was pressed before this has been dealt with
        shows_state(plain, 1)
        expect(plain.get_by_role("dialog")).to_have_count(0)

    def test_kernels_are_ticked_and_compared_by_keys(self, player):
        """Space ticks and does not play; Share has its key beside other kernels too."""
        page = explorer(player)
        page.locator(".zv").focus()
        page.keyboard.press("c")
        page.get_by_label("v6.1 ", exact=False).first.focus()
        page.keyboard.press("Space")
        expect(page.get_by_label("v6.1 ", exact=False).first).to_be_checked()
        expect(page.locator(".zv-play").first).to_contain_text("Play")
        page.get_by_role("button", name="Compare these").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".zv-side")).to_have_count(3)
        page.keyboard.press("s")
        expect(page.get_by_role("dialog", name="Share")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.keyboard.press("Escape")
        expect(page.locator(".zv").first).to_be_focused()

    def test_one_at_a_time(self, player):
        """Another panel takes the place of the one that is open."""
        page = explorer(player)
        page.locator(".zv").focus()
        page.keyboard.press("s")
        page.keyboard.press("c")
        expect(page.get_by_role("dialog")).to_have_count(1)
        expect(page.get_by_role("dialog", name="Compare kernels")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".zv")).to_be_focused()

    def test_escape_closes_a_panel_from_its_field(self, player):
        """The patch's field too; the focus goes to the list that asked for it."""
        page = explorer(player)
        page.locator(".zv-kernels").select_option("+")
        expect(page.get_by_label("kernel and its changed rules")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator(".zv:focus-within")).to_have_count(1)


class TestInSight:
    """Whatever the page is scrolled to."""

    @pytest.mark.parametrize("top", [-500, -20, 300])
    def test_a_panel_opens_on_the_screen(self, player, top):
        """With the explorer begun below, at or above the screen's upper edge."""
        page = explorer(player)
        page.evaluate(FAR, top)
        still(page)
        before = page.evaluate("scrollY")
        page.evaluate("document.querySelector('.zv').focus({ preventScroll: true })")
        for key in KEYS:
            page.keyboard.press(key)
            dialog = page.get_by_role("dialog")
            expect(dialog).to_be_visible()
            still(page)
            box = dialog.bounding_box()
            assert box["x"] >= 0
            assert box["y"] >= 0
            assert box["x"] + box["width"] <= 1280
            assert box["y"] + box["height"] <= 720
            expect(dialog.get_by_role("button", name="close")).to_be_in_viewport(ratio=1)
            assert dialog.evaluate("""(node) => {
              const { x, y, width } = node.getBoundingClientRect();
              return node.contains(document.elementFromPoint(x + width / 2, y + 20)); }""")
            page.keyboard.press("Escape")
            expect(dialog).to_have_count(0)
            still(page)
            assert page.evaluate("scrollY") == before

    def test_it_stays_while_the_page_scrolls(self, player):
        """What is read is not carried away."""
        page = explorer(player)
        page.evaluate(FAR, 0)
        page.evaluate("document.querySelector('.zv').focus({ preventScroll: true })")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.evaluate("scrollBy(0, 300)")
        still(page)
        expect(page.get_by_role("dialog")).to_be_in_viewport(ratio=1)

    @pytest.mark.parametrize("name", ["Share", "Compare"])
    def test_a_button_gets_the_focus_back(self, player, name):
        """And says whether what it opens is open."""
        page = explorer(player)
        button = page.get_by_role("button", name="View", exact=True)
        button.focus()
        page.keyboard.press("Enter")
        expect(button).to_have_attribute("aria-expanded", "true")
        page.get_by_role("dialog").get_by_role("button", name=name, exact=True).press("Enter")
        page.get_by_role("dialog").get_by_role("button", name="close").click()
        expect(button).to_be_focused()
        expect(button).to_have_attribute("aria-expanded", "false")

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_pictures(self, player, picture, scheme):
        """Of each, to be looked at, large ones too."""
        page = explorer(player)
        page.emulate_media(color_scheme=scheme)
        page.locator(".zv").focus()
        for large in ("", "-large"):
            if large:
                page.keyboard.press("b")
            for key, name in KEYS.items():
                page.keyboard.press(key)
                expect(page.get_by_role("dialog")).to_be_visible()
                picture(page, f"panel-{name.split()[0].strip(',').lower()}-{scheme}{large}")
                page.keyboard.press("Escape")
