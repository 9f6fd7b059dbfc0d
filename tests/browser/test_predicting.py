"""The explorer's exercises: stop before a zap, mark, reveal in place, and go back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from settled import still

from waiting import eventually
from zapviz.exercises.exercise import exercises_of
from zapviz.widgets import Explorer

LAB = (890, 560)  # what JupyterLab leaves at 1280x720 with its file browser open


def explorer(player, name, size=LAB, kernel="v6.18", **context):
    """An explorer of a scenario as it opens, its keys ready."""
    shown = Explorer(name, kernel)
    editor = {**shown.choices, "text": shown.text, "kernel": shown.kernel, "error": ""}
    trace = shown.trace.as_json()
    options = {"editor": editor, "step": trace["opens"], **context.pop("options", {})}
    page = player(trace, options, size=size, **context)
    page.locator(".zv").focus()
    return page


def marking(page):
    """The exercise that stands in the explorer's place."""
    return page.locator(".zv-predict")


def reveal(page):
    """Ask for the answers, entries without a mark or not."""
    button = page.locator(".zv-predict .zv-reveal[aria-keyshortcuts=Enter]")
    button.click()
    if button.is_visible():
        button.click()
    expect(button).to_be_hidden()


def places(page):
    """Where the parts of the exercise stand, from the left and from the top."""
    still(page)
    return page.evaluate(
        """(parts) => parts.map((part) => {
          const { x, y } = document.querySelector(`.zv-predict ${part}`).getBoundingClientRect();
          return [part, Math.round(x), Math.round(y)];
        })""",
        [".zv-top", ".zv-question", ".zv-brushes", ".zv-pane", ".zv-tabs", ".zv-deeds"],
    )


def test_it_asks_before_it_tells(player, picture):
    """No verdict, no comment, no assertion: the state before the zap, and the question."""
    page = explorer(player, "hole-punch")
    page.keyboard.press("m")
    expect(marking(page)).to_be_visible()
    program = page.locator(".zv-predict .zv-text").inner_text()
    assert "assert" not in program
    assert "#" not in program.replace("# ?", "")
    for told in page.locator(".zv-tally, .zv-verdict, .zv-holds").all():
        assert not told.is_visible()
    expect(page.locator(".zv-question")).to_contain_text("fallocate(F, FALLOC_FL_PUNCH_HOLE)")
    expect(page.locator(".zv-predict .zv-number-now")).to_have_text("1 of 1")
    picture(page, "predicting-asked")


@pytest.mark.parametrize("size", [LAB, (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("name", ["hole-punch", "markers", "four-paths-punch"])
def test_the_reveal_moves_nothing(player, picture, size, name):
    """Entries, question and buttons stay where they are, in sight; so are the reasons."""
    page = explorer(player, name, size)
    page.keyboard.press("m")
    expect(marking(page)).to_be_visible()
    before = places(page)
    page.keyboard.press("k")
    reveal(page)
    expect(page.locator(".zv-predict .zv-truth, .zv-predict .zv-rest").first).to_be_in_viewport()
    assert places(page) == before
    expect(page.locator(".zv-predict .zv-pane")).to_be_in_viewport(ratio=0.98)
    expect(page.locator(".zv-predict .zv-deeds")).to_be_in_viewport(ratio=1)
    picture(page, f"predicting-revealed-{name}-{size[0]}")


def test_one_zap_after_the_other(player):
    """All zaps of a scenario, in order, and not beyond the last one."""
    page = explorer(player, "markers", options={"step": 0})
    page.keyboard.press("m")
    for number, exercise in enumerate(exercises_of("markers"), 1):
        expect(page.locator(".zv-number-now")).to_have_text(f"{number} of 5")
        expect(page.locator(".zv-question")).to_contain_text(exercise.statement)
        page.keyboard.press("n")
    expect(page.locator(".zv-number-now")).to_have_text("5 of 5")
    page.keyboard.press("p")
    expect(page.locator(".zv-number-now")).to_have_text("4 of 5")


def test_back_where_it_was(player):
    """Where it was while nothing is told, after the zap once it is; the focus comes back too."""
    page = explorer(player, "markers", options={"step": 0})
    trace = Explorer("markers").trace.as_json()
    first = next(one for one in trace["statements"] if one["line"] == 14)
    for told, state in ((False, 0), (True, first["last"])):
        page.keyboard.press("m")
        expect(marking(page)).to_be_visible()
        if told:
            reveal(page)
        page.keyboard.press("Escape")
        expect(marking(page)).to_have_count(0)
        expect(page.locator(".zv")).to_have_attribute("data-step", str(state))
        eventually(lambda: page.evaluate("document.activeElement.matches('.zv')"), True)


def test_the_step_is_shown_in_the_explorer(player):
    """The state that decides an entry, assertions and all, on the explorer's own slider."""
    page = explorer(player, "markers", options={"step": 0})
    page.keyboard.press("m")
    expect(marking(page)).to_be_visible()
    reveal(page)
    page.locator(".zv-truth button").first.click()
    expect(marking(page)).to_have_count(0)
    entry = exercises_of("markers")[0].solution.mistakes[0]
    expect(page.locator(".zv-reason .zv-live")).to_have_text(entry.reason)


@pytest.mark.parametrize("name", ["race-punch", "shared-private"])
def test_why_there_is_nothing_to_predict(player, picture, name):
    """It is said in a panel, in words, and the explorer stays."""
    page = explorer(player, name)
    page.keyboard.press("m")
    panel = page.get_by_role("dialog", name="Predict")
    expect(panel).to_contain_text({"race-punch": "CPUs", "shared-private": "zaps"}[name])
    picture(page, f"predicting-none-{name}")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_by_the_menu(player):
    """Who knows no key finds it under View."""
    page = explorer(player, "hole-punch")
    page.get_by_role("button", name="View").click()
    page.get_by_role("button", name="Predict").click()
    expect(marking(page)).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(marking(page)).to_have_count(0)


def test_a_text_of_ones_own_is_there_to_come_back_to(player):
    """Whoever chooses another scenario finds the own one in the list, as it was."""
    page = explorer(player, "reproducer", (1280, 720))
    own = "N = anon(2)\nN[0] = 7\nmunmap(N)\n"
    area = page.locator(".zv-area")
    area.fill(own)
    area.blur()
    pick = page.locator(".zv-scenarios")
    expect(pick).to_have_value("(your own)")
    pick.select_option("hole-punch")
    expect(area).not_to_have_value(own)
    pick.select_option("(your own)")
    expect(area).to_have_value(own)
    expect(page.locator(".zv-counter")).to_contain_text("/")


def test_both_lists_are_readable_in_the_large_look(player, picture):
    """In JupyterLab's width too: names are seen, nothing lies over them, nor a panel over View."""
    page = explorer(player, "hole-punch")
    page.keyboard.press("b")
    still(page)
    boxes = [one.bounding_box() for one in page.locator(".zv-fields select").all()]
    assert min(box["width"] for box in boxes) >= 90
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    page.get_by_role("button", name="View").click()
    panel = page.get_by_role("dialog", name="View")
    expect(panel).to_be_visible()
    picture(page, "large-in-a-notebook")
    page.get_by_role("button", name="View").click()  # nothing lies over it
    expect(panel).to_be_hidden()


def test_marks_are_those_of_the_text_that_ran(player):
    """While another text stands there no line is ticked or current; with the old one they are."""
    page = explorer(player, "reproducer", (1280, 720), "v5.17")
    page.keyboard.press("End")
    area = page.locator(".zv-area")
    ran = area.input_value()
    tick = """() => [...document.querySelectorAll(".zv-holds > .zv-number, .zv-fails > .zv-number")]
      .filter((one) => getComputedStyle(one, "::before").visibility === "visible").length"""
    assert page.evaluate(tick) > 0
    area.fill(ran.replace("ftruncate(F, 1)", "\nfalocate(F)"))
    eventually(lambda: page.evaluate(tick), 0)
    expect(page.locator(".zv-here")).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    area.fill(ran)
    eventually(lambda: page.evaluate(tick) > 0, True)


def test_nothing_is_said_to_have_run_where_nothing_has(player):
    """A text that is wrong from the start."""
    shown = Explorer("falocate(F)")
    editor = {**shown.choices, "text": shown.text, "kernel": shown.kernel, "error": shown.error}
    page = player(None, {"editor": editor})
    expect(page.locator(".zv-stale")).to_have_text("Nothing has run yet.")
