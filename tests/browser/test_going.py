"""What takes Python long: the page says how far it has come, and a button, Escape or the panel's
close stops it; what else is asked meanwhile is answered.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from settled import still

from zapviz.api import answers
from zapviz.api.pieces import Pieces
from zapviz.widgets import Explorer

PICTURES = Path(__file__).parents[2] / "test-output"
RACE = """F = shmem(6)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
B[0:6] = 1
A[0:3] = 2
def CPU0():
    fallocate(F, FALLOC_FL_PUNCH_HOLE)
    ftruncate(F, 0)
def CPU1():
    migrate(B)
    migrate(A[0:3])
    madvise(B, MADV_DONTNEED)
    read(B[1:4])
    madvise(B, MADV_DONTNEED)
    A[3:6] = 2
    madvise(A, MADV_PAGEOUT)
    read(B)
assert always(A[0] == none or A[0] == anon)
"""


@pytest.fixture
def held(monkeypatch) -> Pieces:
    """Work of which nothing is done at a time but the least there is: it is far from its end for as
    long as a test looks at it.
    """
    pieces = Pieces(seconds=0.0)
    monkeypatch.setattr(answers.answer, "__defaults__", (answers.KERNELS, pieces))
    return pieces


def explorer(player, text: str = RACE, **context) -> Page:
    """Open an explorer of a text, and note what it asks."""
    shown = Explorer(text, "v6.12")
    editor = {**shown.choices, "text": text, "kernel": "v6.12", "error": ""}
    page = player(shown.trace.as_json(), {"editor": editor, "step": 0}, **context)
    page.evaluate("""() => {
      const answer = window.answer;
      window.asked = [];
      window.answer = (request) => {
        window.asked.push(JSON.parse(request).ask);
        return answer(request);
      };
    }""")
    return page


def asked(page: Page) -> list[str]:
    """What the page has asked so far."""
    return page.evaluate("window.asked")


class TestRace:
    """Every order of a race that is long."""

    def test_progress_is_told_and_stop_gives_what_was_found(self, player, held):
        """In words, to the eye and the ear; then verdicts that are not decided, with the reason."""
        page = explorer(player)
        page.get_by_role("button", name="every order").click()
        panel = page.get_by_role("dialog", name="Every order of the CPUs")
        expect(panel.locator(".zv-going")).to_contain_text(
            re.compile(r"Exploring every order: [\d,]+ states")
        )
        expect(panel.get_by_role("status")).to_contain_text("Exploring every order")
        panel.get_by_role("button", name="Stop").click()
        expect(panel).to_contain_text(re.compile(r"STOPPED as asked with [\d,]+ states"))
        expect(panel).to_contain_text(re.compile("not decided|fails"))
        expect(panel.locator(".zv-going")).to_be_hidden()
        expect(panel).to_be_focused()  # what had the focus is gone

    def test_other_requests_are_answered_meanwhile(self, player, held):
        """Another text runs while the race goes on."""
        page = explorer(player)
        page.get_by_role("button", name="every order").click()
        going = page.locator(".zv-race .zv-going")
        expect(going).to_contain_text(re.compile(r"order: [\d,]+ states"))
        request = json.dumps({"ask": "trace", "text": "N = anon(1)", "kernel": "v6.12"})
        answer = page.evaluate(
            """async (request) => {
              let said = JSON.parse(await window.answer(request));
              while (said.going_on) {
                const next = JSON.stringify({ ask: "go on", work: said.going_on });
                said = JSON.parse(await window.answer(next));
              }
              return said;
            }""",
            request,
        )
        assert "payload" in answer
        before = going.inner_text()
        expect(going).not_to_have_text(before)

    @pytest.mark.parametrize("way", ["Escape", "close"])
    def test_a_panel_that_is_closed_drops_its_work(self, player, held, way):
        """Nothing is asked on any more, and nothing of it is kept."""
        page = explorer(player)
        page.get_by_role("button", name="every order").click()
        panel = page.get_by_role("dialog", name="Every order of the CPUs")
        expect(panel.locator(".zv-going")).to_contain_text(re.compile(r"order: [\d,]+ states"))
        if way == "Escape":
            page.keyboard.press("Escape")
        else:
            panel.get_by_role("button", name="close").click()
        expect(panel).to_be_hidden()
        page.wait_for_function("window.asked.at(-1) === 'drop'")
        assert held.going == 0

    def test_the_keyboard_stops_it(self, player, held):
        """The button is the next stop after the panel's own."""
        page = explorer(player)
        page.get_by_role("button", name="every order").click()
        panel = page.get_by_role("dialog", name="Every order of the CPUs")
        expect(panel.locator(".zv-going")).to_contain_text(re.compile(r"order: [\d,]+ states"))
        for _ in range(2):
            page.keyboard.press("Tab")
        expect(panel.get_by_role("button", name="Stop")).to_be_focused()
        page.keyboard.press("Enter")
        expect(panel).to_contain_text("STOPPED as asked")
        assert "stop" in asked(page)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_is_seen(self, player, held, picture, scheme):
        """Kept to be looked at: while it goes on, and stopped."""
        page = explorer(player, color_scheme=scheme)
        page.get_by_role("button", name="every order").click()
        panel = page.get_by_role("dialog", name="Every order of the CPUs")
        expect(panel.locator(".zv-going")).to_contain_text(re.compile(r"order: [\d,]+ states"))
        PICTURES.mkdir(exist_ok=True)  # what goes on never stands still
        page.screenshot(path=PICTURES / f"race-going-{scheme}.png")
        panel.get_by_role("button", name="Stop").click()
        expect(panel).to_contain_text("STOPPED as asked")
        picture(page, f"race-stopped-{scheme}")


class TestOthers:
    """Exports and comparisons."""

    def test_a_film_is_stopped_in_words(self, player, held):
        """No half of a GIF is given."""
        text = "N = anon(4)\n" + "N[0] = 1\nmadvise(N, MADV_DONTNEED)\n" * 8
        page = explorer(player, text)
        page.locator(".zv").focus()
        page.keyboard.press("s")
        panel = page.get_by_role("dialog", name="Share")
        panel.get_by_label("the whole run").check()
        panel.get_by_role("button", name="Show gif").click()
        expect(panel.locator(".zv-going")).to_contain_text(
            re.compile(r"Making gif: \d+ of \d+ pictures")
        )
        panel.get_by_role("button", name="Stop").click()
        expect(panel.locator(".zv-said")).to_contain_text("no GIF")
        expect(panel.locator("img")).to_have_count(0)

    def test_a_comparison_comes_in_the_end(self, player, held):
        """After as many slices as it takes."""
        page = explorer(player, "N = anon(4)\nN[0] = 1\n")
        page.locator(".zv").focus()
        page.keyboard.press("c")
        page.get_by_role("button", name="Compare these").click()
        expect(page.locator(".zv-panes")).to_be_visible()
        assert asked(page).count("go on") > 2
        still(page)
