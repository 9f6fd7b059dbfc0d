"""Words on the screen that the glossary explains: by the pointer, by a key, in the tip."""

from __future__ import annotations

from playwright.sync_api import expect
from settled import choose, shows_state

import zapviz
from zapviz.render.glossary import term_of


def title_of(spelling):
    """What the tip of a term says."""
    term = term_of(spelling)
    return f"{term.plain}\n{term.kernel}"


def shown(player, kernel="v6.12", **options):
    """Open the reproducer at the step that decides."""
    trace = zapviz.run("reproducer", kernel).as_json()
    return player(trace, {"step": trace["opens"], **options})


class TestWhereTheyStand:
    """Every part of the explorer marks them in one way."""

    def test_counters_locks_passes_evidence_and_legend(self, player):
        """Each has its own term, with what the glossary says as its description."""
        page = shown(player)
        for place, spelling in (
            (".zv-rss", "MM_SWAPENTS"),
            (".zv-rss", "MM_FILEPAGES"),
            (".zv-locks .zv-live", "i_rwsem"),
            (".zv-locks .zv-live", "page table lock"),
            (".zv-context .zv-live", "zap_details"),
            (".zv-context .zv-live", "even_cows"),
            (".zv-source .zv-live", "seen on"),
            (".zv-source .zv-live", "rule"),
            (".zv-legend", "swap entry"),
            (".zv-legend", "private page"),
            (".zv-legend", "i_size"),
        ):
            term = page.locator(f"{place} .zv-term").filter(has_text=spelling).first
            expect(term).to_have_attribute("title", title_of(spelling))

    def test_row_names(self, player):
        """A file's row explains shmem and the page cache, that of swap a slot."""
        page = shown(player)
        heads = page.locator(".zv-row-head > title").all_text_contents()
        assert heads[0].startswith("F: shmem file, page cache\n")
        for spelling in ("shmem", "page cache"):
            assert title_of(spelling) in heads[0]
        assert any(title_of("swap slot") in head for head in heads)
        assert title_of("i_size") in page.locator(".zv-edge-name > title").first.text_content()

    def test_the_tip_of_an_entry_has_it_by_keyboard(self, player):
        """What has the focus in the grid says what its kind is."""
        page = shown(player)
        page.locator(".zv").focus()
        page.keyboard.press("g")
        page.locator("[role=gridcell][aria-label*='A[1]']").focus()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowRight")
        tip = page.locator(".zv-tip")
        expect(tip).to_contain_text("A[1]")
        name = page.evaluate("document.querySelector('.zv-tip-head').textContent").split(" ", 1)[1]
        expect(tip).to_contain_text(term_of(name).plain)


class TestWordsInSight:
    """w explains all of them, without a pointer."""

    def test_the_key_opens_the_list_of_those_in_sight(self, player):
        """Of the step shown, and not of others."""
        page = shown(player)
        page.locator(".zv").focus()
        page.keyboard.press("w")
        panel = page.get_by_role("dialog", name="Words in sight")
        expect(panel).to_be_visible()
        names = panel.locator("dt").all_inner_texts()
        assert {"even_cows", "i_size", "page cache", "MM_ANONPAGES", "rule"} <= set(names)
        assert "mf_mutex" not in names
        assert len(names) == len(set(names))
        expect(panel).to_contain_text(term_of("even_cows").plain)
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(page.locator(".zv")).to_be_focused()

    def test_it_follows_the_steps(self, player):
        """Opened again elsewhere it has the words of that step."""
        page = shown(player)
        page.locator(".zv").focus()
        page.keyboard.press("Home")
        shows_state(page, 0)
        page.keyboard.press("w")
        panel = page.get_by_role("dialog", name="Words in sight")
        expect(panel.get_by_text("MM_ANONPAGES", exact=True)).to_be_visible()
        assert "even_cows" not in panel.locator("dt").all_inner_texts()

    def test_the_menu_has_it(self, player):
        """For those who have no keys."""
        page = shown(player)
        choose(page.locator(".zv"), "Words")
        expect(page.get_by_role("dialog", name="Words in sight")).to_be_visible()


class TestStepping:
    """Marking costs no more than it has to."""

    def test_what_did_not_change_is_not_built_anew(self, player):
        """The same text keeps its nodes: counters and legend stand from step to step."""
        page = shown(player)
        page.evaluate("""() => { window.added = [];
          new MutationObserver((all) => window.added.push(...all.flatMap((one) =>
            [...one.addedNodes].filter((node) => node.nodeType === 1).map((node) => node.title))))
            .observe(document.querySelector(".zv"), { childList: true, subtree: true }); }""")
        at = page.evaluate("window.player.at")
        page.evaluate(f"window.player.step({at + 1})")
        shows_state(page, at + 1)
        added = page.evaluate("window.added")
        assert title_of("MM_SWAPENTS") not in added
        assert len(added) < 20
