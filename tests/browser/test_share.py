"""The explorer's exports: each form made by a click, shown, copied or saved."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from settled import choose

import zapviz
from waiting import eventually
from zapviz.api.comparisons import compare
from zapviz.api.exports import FORMS
from zapviz.scenario.permalink import format_permalink
from zapviz.widgets import Explorer


def opened(player, scenario="reproducer", kernel="v5.17", **options):
    """Open the explorer with its panel of exports."""
    explorer = Explorer(scenario, kernel)
    editor = {**explorer.choices, "text": explorer.text, "kernel": explorer.kernel, "error": ""}
    page = player(explorer.trace.as_json(), {"editor": editor, **options})
    choose(page, "Share")
    return page, page.get_by_role("dialog", name="Share")


class TestShare:
    """The panel."""

    def test_offers_every_form(self, player, picture):
        """One row for each, in the order of the command line."""
        page, panel = opened(player)
        expect(panel.locator("th")).to_have_text([*FORMS, "cell"])
        picture(page, "share")

    def test_text_of_a_state_of_a_statement_and_of_the_whole(self, player):
        """What is chosen above the list is what is shown."""
        trace = zapviz.run("reproducer", "v5.17")
        _, panel = opened(player, step=12)
        for what, step in (("this state", 12), ("the whole run", None)):
            panel.get_by_label(what, exact=True).check()
            panel.get_by_role("button", name="Show text").click()
            preview = panel.locator("pre.zv-preview")
            expect(preview).to_be_visible()
            assert preview.inner_text() == trace.export("text", step)

    def test_a_file_is_saved_under_the_scenarios_name(self, player, tmp_path):
        """The browser saves what Python made."""
        page, panel = opened(player, step=12)
        with page.expect_download() as download:
            panel.get_by_role("button", name="Save text").click()
        assert download.value.suggested_filename == "the-reproducer-truncated-private-data-text.txt"
        download.value.save_as(tmp_path / "given")
        text = (tmp_path / "given").read_text()
        assert text == zapviz.run("reproducer", "v5.17").export("text", 12)

    def test_where_the_page_may_not_copy_the_text_is_selected(self, player):
        """Ctrl+C then takes it."""
        page, panel = opened(player)
        page.evaluate("""() => { Object.defineProperty(navigator, "clipboard", { value: {
          writeText: () => Promise.reject(new Error("no")) } }); }""")
        panel.get_by_role("button", name="Copy link").click()
        expect(panel).to_contain_text("press Ctrl+C")
        selected = "getSelection().toString().startsWith('reproducer@v5.17:')"
        eventually(lambda: page.evaluate(selected), True)

    def test_what_is_wrong_is_said(self, player):
        """A text that does not run has no export."""
        page, panel = opened(player)
        page.evaluate("""() => { const area = document.querySelector(".zv-area");
          area.value = "N = anom(2)"; area.dispatchEvent(new Event("input")); }""")
        panel.get_by_role("button", name="Show text").click()
        expect(panel.locator(".zv-said")).to_contain_text("did you mean 'anon'?")


class TestComparison:
    """The same of kernels side by side."""

    def test_forms_of_a_comparison(self, player):
        """Those that show several kernels; the text is what Python gives."""
        explorer = Explorer("reproducer", "v5.17")
        editor = {**explorer.choices, "text": explorer.text, "kernel": "v5.17", "error": ""}
        page = player(explorer.trace.as_json(), {"editor": editor})
        choose(page, "Compare")
        page.get_by_role("button", name="Compare these").click()
        page.get_by_role("button", name="Share").locator("visible=true").click()
        panel = page.get_by_role("dialog", name="Share").locator("visible=true")
        several = [name for name, form in FORMS.items() if form.compare]
        expect(panel.locator("th")).to_have_text(several)
        panel.get_by_role("button", name="Show mail").click()
        expect(panel.locator("pre.zv-preview")).to_be_visible()
        found = compare("reproducer", ["v5.17", "v7.3"])
        assert panel.locator("pre.zv-preview").inner_text() == found.export("mail")


class TestPermalink:
    """A link that is pasted in place of a scenario."""

    def test_opens_scenario_kernel_and_state(self, player):
        """Everything that it holds is shown."""
        explorer = Explorer("hole-punch", "v6.18")
        editor = {**explorer.choices, "text": explorer.text, "kernel": "v6.18", "error": ""}
        page = player(explorer.trace.as_json(), {"editor": editor})
        link = format_permalink(zapviz.SCENARIOS["reproducer"].text, "v5.17", 7)
        paste(page, link)
        expect(page.locator(".zv-counter")).to_have_text("7 / 23")
        expect(page.locator(".zv-kernels")).to_have_value("v5.17")
        expect(page.locator(".zv-scenarios")).to_have_value("reproducer")

    def test_a_race_opens_along_its_schedule(self, player):
        """Of a kernel with a patch too, which joins the list."""
        explorer = Explorer("reproducer", "v6.18")
        editor = {**explorer.choices, "text": explorer.text, "kernel": "v6.18", "error": ""}
        page = player(explorer.trace.as_json(), {"editor": editor})
        kernel = "v6.18 + second_pass=False"
        (verdict, _) = zapviz.race("race-cow", kernel).verdicts
        text = zapviz.SCENARIOS["race-cow"].text
        paste(page, format_permalink(text, kernel, 3, schedule=verdict.schedule))
        turns = page.locator(".zv-turn[role=listitem]")
        expect(turns).to_have_count(len(verdict.schedule))
        expect(page.locator(".zv-kernels")).to_have_value(kernel)

    @pytest.mark.parametrize("link", ["zapviz:1:AAAA:00000000", "zapviz:9:AAAA:00000000"])
    def test_a_broken_or_foreign_one_is_refused(self, player, link):
        """The message stands under the text, and the grid stays."""
        explorer = Explorer("reproducer", "v6.18")
        editor = {**explorer.choices, "text": explorer.text, "kernel": "v6.18", "error": ""}
        page = player(explorer.trace.as_json(), {"editor": editor})
        paste(page, link)
        expect(page.locator(".zv-error")).to_contain_text("permalink")
        expect(page.locator("[role=gridcell]").first).to_be_visible()


class TestMail:
    """A mail that is pasted in place of a scenario brings its kernel."""

    @staticmethod
    def shown(player, kernel="v6.18"):
        """An explorer on a kernel."""
        explorer = Explorer("hole-punch", kernel)
        editor = {**explorer.choices, "text": explorer.text, "kernel": kernel, "error": ""}
        return player(explorer.trace.as_json(), {"editor": editor})

    def test_its_kernel_is_chosen(self, player):
        """A patch joins the list; the text stays as it was pasted, quoting and all."""
        page = self.shown(player)
        kernel = "v5.17 + swap_entries=even_cows"
        mail = zapviz.run("reproducer", kernel).export("mail", 7)
        answer = "On Monday somebody wrote:\n" + "".join(f"> {x}\n" for x in mail.splitlines())
        paste(page, answer)
        expect(page.locator(".zv-kernels")).to_have_value(kernel)
        expect(page.locator(".zv-counter")).to_contain_text("/ 23")
        expect(page.locator(".zv-area")).to_have_value(answer)

    def test_who_edits_it_keeps_the_kernel_that_was_chosen_since(self, player):
        """A kernel is brought by what is pasted, not by every key."""
        page = self.shown(player)
        mail = zapviz.run("reproducer", "v5.17").export("mail", 7)
        paste(page, mail)
        expect(page.locator(".zv-kernels")).to_have_value("v5.17")
        page.select_option(".zv-kernels", "v6.12")
        paste(page, mail.replace("A[1] = 7\n", "A[1] = 8\n"))
        page.wait_for_function("told.filter(([name]) => name === 'onText').length === 2")
        kernels = "told.filter(([name]) => name === 'onKernel').map(([, kernel]) => kernel)"
        assert page.evaluate(kernels) == ["v5.17", "v6.12"]
        expect(page.locator(".zv-kernels")).to_have_value("v6.12")

    def test_several_kernels_are_said(self, player):
        """The one shown stays if the mail names it; a comparison is offered the others."""
        page = self.shown(player, "v6.12")
        paste(page, zapviz.compare("reproducer", ["v5.17", "v6.12"]).export("mail"))
        expect(page.locator(".zv-stale")).to_have_text(
            "The mail compares v5.17 and v6.12; this is v6.12 alone. Compare shows them side by "
            "side."
        )
        expect(page.locator(".zv-kernels")).to_have_value("v6.12")
        choose(page, "Compare")
        chosen = page.locator(".zv-kernel-boxes input:checked")
        values = "(all) => all.map((one) => one.value)"
        eventually(lambda: chosen.evaluate_all(values), ["v5.17", "v6.12"])

    def test_an_unknown_kernel_is_an_error(self, player):
        """It is never replaced; what was shown stays."""
        page = self.shown(player)
        mail = zapviz.run("reproducer", "v5.17").export("mail", 7)
        paste(page, mail.replace("--kernel v5.17", "--kernel v5.19"))
        expect(page.locator(".zv-error")).to_contain_text(
            "the mail's kernel is not known here: there is no kernel 'v5.19'; v5.19 lies between"
        )
        expect(page.locator(".zv-kernels")).to_have_value("v6.18")

    def test_a_link_in_an_answer_opens(self, player):
        """Below the line that says who wrote it, quoted, with words after it."""
        page = self.shown(player)
        link = format_permalink(zapviz.SCENARIOS["reproducer"].text, "v5.17", 7)
        lines = "".join(f"> {link[at : at + 70]}\n" for at in range(0, len(link), 70))
        paste(page, f"On Mon, 1 June, X wrote:\n{lines}>\n> Look at that.\n\nHow odd!\n")
        expect(page.locator(".zv-counter")).to_have_text("7 / 23")
        expect(page.locator(".zv-kernels")).to_have_value("v5.17")


def paste(page, text):
    """Put a text in place of the scenario."""
    page.evaluate(
        """(text) => { const area = document.querySelector(".zv-area");
          area.value = text; area.dispatchEvent(new Event("input")); }""",
        text,
    )
