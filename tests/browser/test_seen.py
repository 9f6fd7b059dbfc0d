"""What a real kernel was seen to do, in a real Chromium: at each step, and beside the model."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from settled import still

from zapviz.lab import watched_of
from zapviz.widgets import Explorer, GridWidget

HOLE = Explorer("hole-punch", "v6.12")


def opened(player, explorer=HOLE, **context):
    """Open an explorer in a page."""
    editor = {**explorer.choices, "text": explorer.text, "kernel": explorer.kernel, "error": ""}
    page = player(explorer._data, {"editor": editor}, **context)
    page.locator(".zv").focus()
    return page


def source(page):
    """What is said of where a step is from."""
    return page.locator(".zv-source .zv-live").inner_text()


class TestTold:
    """Whether each step was seen."""

    def test_every_step_says_whether_it_was_seen(self, player):
        """At the very place in the order; a step that changes no entry says that."""
        page = opened(player)
        page.keyboard.press("e")
        page.keyboard.press("Home")
        assert "Beside Linux 6.12." in source(page)
        assert "recorded on 20" in source(page)
        words = {
            True: "\u2713 seen at this very place on 6.12",
            None: "changes no entry, so that nothing is to be seen on 6.12",
        }
        steps = HOLE._data["steps"]
        assert {step["seen"] for step in steps} == {True, None}
        for step in steps:
            page.keyboard.press("ArrowRight")
            assert words[step["seen"]] in source(page)

    def test_a_step_that_the_kernel_does_not_take_says_so(self, player):
        """Where the record has none like it."""
        record = HOLE._data
        at = next(n for n, step in enumerate(record["steps"], 1) if step["seen"])
        steps = [{**s, "seen": False} if n == at else s for n, s in enumerate(record["steps"], 1)]
        page = player({**record, "steps": steps}, {"seen": True, "step": at})
        assert "\u2717 not so on 6.12" in source(page)

    def test_a_stride_counts_them(self, player):
        """A whole statement says how many changes were seen."""
        page = opened(player)
        page.keyboard.press("e")
        page.keyboard.press("1")
        page.keyboard.press("Home")
        said = set()
        for _ in HOLE.trace.outcomes:
            page.keyboard.press("ArrowRight")
            said.add(source(page).split("\u00b7")[-1].strip())
        assert any(text.startswith("\u2713 all ") for text in said)

    def test_it_is_off_until_it_is_asked_for(self, player):
        """The usual evidence stands there before, and again after."""
        page = opened(player)
        page.keyboard.press("End")
        before = source(page)
        assert "very place" not in before
        page.keyboard.press("e")
        assert source(page) != before
        page.keyboard.press("e")
        assert source(page) == before

    @pytest.mark.parametrize(
        ("scenario", "kernel"),
        [("race-punch", "v6.12"), ("N = anon(1)\nN[0] = 1\n", "v6.12"),
         ("hole-punch", "v6.12 + second_pass=False")],
    )  # fmt: skip
    def test_where_no_kernel_was_watched_it_says_why_not(self, player, scenario, kernel):
        """The buttons are there, and say what was watched."""
        page = opened(player, Explorer(scenario, kernel))
        for key in "er":
            page.keyboard.press(key)
        expect(page.locator(".zv-side")).to_have_count(0)
        page.keyboard.press("v")
        button = page.get_by_role("button", name="Seen there?")
        expect(button).to_be_disabled()
        assert "zapviz lab watch shows any other" in button.get_attribute("title")

    def test_another_text_has_none(self, player):
        """What was watched is the shipped scenario as it stands; one that is edited is another."""
        page = opened(player)
        page.keyboard.press("e")
        area = page.locator(".zv-area")
        area.fill(HOLE.text + "read(A[0])\n")
        area.blur()
        page.locator(".zv").focus()
        page.keyboard.press("v")
        expect(page.get_by_role("button", name="Seen there?")).to_be_disabled()
        area.fill(HOLE.text)
        area.blur()
        expect(page.get_by_role("button", name="Seen on 6.12?")).to_be_enabled()


class TestSideBySide:
    """Model and kernel, step by step."""

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_both_are_stepped_through(self, player, picture, theme):
        """They meet at each change of an entry, and nothing is marked as differing."""
        page = opened(player, color_scheme=theme, size=(1280, 720))
        page.keyboard.press("r")
        expect(page.locator(".zv-side")).to_have_count(2)
        expect(page.locator(".zv-side h3").last).to_contain_text("Linux 6.12 itself")
        expect(page.locator(".zv-alike")).to_contain_text("wrote every entry in the order")
        still(page)
        picture(page, f"seen-beside-{theme}")
        page.keyboard.press("Home")
        frames = watched_of(HOLE.trace.program, HOLE.trace.kernel).comparison_json()["frames"]
        for _ in frames[1:]:
            page.keyboard.press("ArrowRight")
            assert page.locator(".zv-unlike-text[visibility=visible]").count() == 0
        last = str(len(frames) - 1)
        expect(page.locator(".zv[data-frame]")).to_have_attribute("data-frame", last)
        page.keyboard.press("Escape")
        expect(page.locator(".zv-side")).to_have_count(0)

    def test_it_opens_at_the_step_that_was_shown(self, player):
        """Whoever asks at a step sees that step."""
        page = opened(player)
        page.evaluate("window.player.step(12)")
        page.keyboard.press("r")
        frames = watched_of(HOLE.trace.program, HOLE.trace.kernel).comparison_json()["frames"]
        first = next(n for n, (model, _) in enumerate(frames) if model >= 12)
        expect(page.locator(".zv[data-frame]")).to_have_attribute("data-frame", str(first))


def test_a_watched_run_opens_like_any_trace(player, picture):
    """Marked as the kernel's own, at every place where the kernel's name stands."""
    watched = watched_of(HOLE.trace.program, HOLE.trace.kernel)
    record = GridWidget(watched)._data
    page = player(record, {"step": record["opens"]}, size=(1280, 720))
    expect(page.locator(".zv-kernel")).to_have_text("6.12, the kernel itself")
    still(page)
    picture(page, "seen-itself")
    page.keyboard.press("Home")
    while page.locator(".zv-next").get_attribute("aria-disabled") != "true":
        page.locator(".zv-next").click()
    expect(page.locator(".zv[data-step]")).to_have_attribute("data-step", str(len(record["steps"])))


def test_pressed_again_it_opens_one_view(player):
    """While the answer is on its way, the key asks for nothing more."""
    page = opened(player)
    page.evaluate("""() => { const { root } = player; for (let n = 0; n < 3; n++)
      root.dispatchEvent(new KeyboardEvent("keydown", { key: "r", bubbles: true })); }""")
    expect(page.locator(".zv-side")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator(".zv-side")).to_have_count(0)
