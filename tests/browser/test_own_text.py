"""A reader's own text: nothing takes it away for good."""

from __future__ import annotations

import ast

import pytest
from playwright.sync_api import expect
from settled import choose
from standalone import player_page, watched_page

import zapviz
from zapviz.api.answers import answer_json
from zapviz.scenario.permalink import format_permalink, parse_permalink
from zapviz.widgets import Explorer

OWN = "N = anon(2)\nN[0] = 7\nmadvise(N, MADV_DONTNEED)\nassert N[0] == none\n"


def options(scenario="reproducer", kernel="v5.17"):
    """What an explorer is given, and its trace."""
    explorer = Explorer(scenario, kernel)
    editor = {**explorer.choices, "text": explorer.text, "kernel": explorer.kernel, "error": ""}
    return explorer.trace.as_json(), {"editor": editor}


def write(page, text):
    """Write a text in place of the one that is there, and see it run."""
    page.locator(".zv-area").fill(text)
    expect(page.locator(".zv-text.zv-edited")).to_have_count(0)


class TestUndo:
    """Ctrl+Z, and a button."""

    @pytest.mark.parametrize("where", [".zv-scenarios", ".zv-area", ".zv"])
    def test_a_chosen_scenario_gives_the_text_back(self, player, where):
        """Wherever the focus is."""
        page = player(*options())
        write(page, OWN)
        page.locator(".zv-scenarios").select_option("hole-punch")
        expect(page.locator(".zv-area")).to_have_value(zapviz.SCENARIOS["hole-punch"].text)
        page.locator(where).first.focus()
        page.keyboard.press("Control+z")
        expect(page.locator(".zv-area")).to_have_value(OWN)
        expect(page.locator(".zv-scenarios option:checked")).to_have_text("(your own)")
        expect(page.locator(".zv-error")).to_be_hidden()

    def test_a_button_does(self, player):
        """It is there where an own text went, and until the next key."""
        page = player(*options())
        button = page.get_by_role("button", name="Bring back your text")
        page.locator(".zv-scenarios").select_option("hole-punch")
        expect(button).to_be_hidden()
        write(page, OWN)
        page.locator(".zv-scenarios").select_option("guard-regions")
        button.click()
        expect(page.locator(".zv-area")).to_have_value(OWN)
        expect(button).to_be_hidden()

    def test_several_come_back_one_by_one(self, player):
        """The last one first; what was typed since is taken back by the browser before that."""
        page = player(*options())
        write(page, OWN)
        for name in ("hole-punch", "guard-regions"):
            page.locator(".zv-scenarios").select_option(name)
        area = page.locator(".zv-area")
        area.focus()
        page.keyboard.press("Control+End")
        page.keyboard.type("# x")
        for _ in range(10):
            if area.input_value() == zapviz.SCENARIOS["guard-regions"].text:
                break
            page.keyboard.press("Control+z")
        for text in (zapviz.SCENARIOS["hole-punch"].text, OWN, zapviz.SCENARIOS["reproducer"].text):
            page.keyboard.press("Control+z")
            expect(area).to_have_value(text)

    def test_a_field_of_a_panel_keeps_its_own(self, player):
        """What is typed there is taken back there, and the scenario stays."""
        page = player(*options())
        write(page, OWN)
        page.locator(".zv-scenarios").select_option("hole-punch")
        page.locator(".zv-kernels").select_option("+")
        patch = page.locator(".zv-patch")
        before = patch.input_value()
        patch.press("End")
        page.keyboard.type(", x")
        expect(patch).to_have_value(f"{before}, x")
        page.keyboard.press("Control+z")
        expect(patch).not_to_have_value(f"{before}, x")
        expect(page.locator(".zv-area")).to_have_value(zapviz.SCENARIOS["hole-punch"].text)

    def test_what_was_taken_back_is_done_again(self, player):
        """Both keys that people know."""
        page = player(*options())
        write(page, OWN)
        page.locator(".zv-scenarios").select_option("hole-punch")
        for key in ("Control+Shift+z", "Control+y"):
            page.keyboard.press("Control+z")
            expect(page.locator(".zv-area")).to_have_value(OWN)
            page.keyboard.press(key)
            expect(page.locator(".zv-area")).to_have_value(zapviz.SCENARIOS["hole-punch"].text)

    def test_a_pasted_link_gives_the_text_back(self, player):
        """The text, not the link."""
        page = player(*options())
        write(page, OWN)
        link = format_permalink(zapviz.SCENARIOS["guard-regions"].text, "v6.18", 3)
        page.locator(".zv-area").fill(link)
        expect(page.locator(".zv-area")).to_have_value(zapviz.SCENARIOS["guard-regions"].text)
        page.locator(".zv-area").focus()
        page.keyboard.press("Control+z")
        expect(page.locator(".zv-area")).to_have_value(OWN)


class TestKept:
    """The page is loaded anew, or the cell run again."""

    def test_the_list_has_the_text(self, browser):
        """As it was left; the page shows what it was given."""
        page = watched_page(browser, (1280, 720))
        page.expose_function("answer", answer_json)
        body = player_page(*options())
        page.route("**/*", lambda route: route.fulfill(body=body, content_type="text/html"))
        page.goto("http://zapviz.invalid/one")
        write(page, OWN)
        page.reload()
        area = page.locator(".zv-area")
        expect(area).to_have_value(zapviz.SCENARIOS["reproducer"].text)
        page.locator(".zv-scenarios").select_option("(your own)")
        expect(area).to_have_value(OWN)
        # Another page has none of it.
        page.goto("http://zapviz.invalid/two")
        expect(page.locator(".zv-scenarios option[value='(your own)']")).to_be_hidden()
        assert page.problems == []
        page.context.close()

    def test_a_text_that_was_given_is_in_the_list_too(self, player):
        """Beside the reader's own."""
        given = "M = anon(1)\nM[0] = 1\n"
        page = player(*options(given))
        expect(page.locator(".zv-scenarios option:checked")).to_have_text("(as given)")
        write(page, OWN)
        page.locator(".zv-scenarios").select_option("(as given)")
        expect(page.locator(".zv-area")).to_have_value(given)
        page.locator(".zv-scenarios").select_option("(your own)")
        expect(page.locator(".zv-area")).to_have_value(OWN)


class TestTakenAway:
    """What Share gives without anybody to run it."""

    @pytest.mark.parametrize("text", [OWN, 'N = anon(\n# a """mistake\\n', "reproducer"])
    def test_the_text_and_a_cell(self, player, text):
        """Whether it runs or not; a cell is Python that gives the same text."""
        page = player(*options())
        if text != "reproducer":
            page.locator(".zv-area").fill(text)
        choose(page, "Share")
        panel = page.get_by_role("dialog", name="Share")
        wanted = zapviz.SCENARIOS["reproducer"].text if text == "reproducer" else text
        panel.get_by_role("button", name="Show zap").click()
        preview = panel.locator("pre.zv-preview")
        expect(preview).to_have_text(wanted, use_inner_text=True)
        panel.get_by_role("button", name="Show cell").click()
        expect(preview).to_contain_text("import zapviz")
        call = ast.parse(preview.inner_text()).body[1].value
        scenario, kernel = (argument.value for argument in call.args)
        assert scenario.strip() == (text.strip() if text != "reproducer" else text)
        assert kernel == "v5.17"
        assert [keyword.arg for keyword in call.keywords] == ["step"]

    @pytest.mark.parametrize(("form", "name"), [("zap", "scenario.zap"), ("cell", "scenario.py")])
    def test_the_file_has_a_name_that_tells_its_kind(self, player, form, name):
        """As the command's files do."""
        page = player(*options())
        page.locator(".zv-area").fill(OWN)
        choose(page, "Share")
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Save {form}").click()
        assert download.value.suggested_filename == name

    def test_a_link_without_comments(self, player):
        """Shorter, and the same statements."""
        page = player(*options())
        text = "# a long comment that says much of what there is to say\n" + OWN
        write(page, text)
        choose(page, "Share")
        panel = page.get_by_role("dialog", name="Share")
        preview = panel.locator("pre.zv-preview")
        links = []
        for comments in (True, False):
            panel.get_by_label("comments in links").set_checked(comments)
            panel.get_by_role("button", name="Show link").click()
            expect(preview).to_be_visible()
            links.append(preview.inner_text().strip())
        whole, bare = map(parse_permalink, links)
        assert whole.text == text
        assert bare.text == OWN
        assert len(links[1]) < len(links[0])
