"""What makes an assertion fail is told where it happens: on entry, slider, reason and counter."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from settled import shows_state, still

from zapviz.api.traces import run
from zapviz.widgets import Explorer

MARKS = """() => [...document.querySelectorAll(".zv-wrong-text")].filter((node) =>
  node.parentNode.getAttribute("visibility") === "visible").length"""


def opened(player, name: str, kernel: str, **options):
    """An explorer in a page, at the state that it opens at unless another is asked for."""
    explorer = Explorer(name, kernel)
    editor = {**explorer.choices, "text": explorer.text, "kernel": explorer.kernel, "error": ""}
    step = options.pop("step", explorer.step)
    return player(explorer.trace.as_json(), {"editor": editor, "step": step, **options})


def test_it_opens_at_the_step_to_blame_and_says_so(player, picture):
    """The entry has a warning, the reason names the lines, the slider has a mark there."""
    page = opened(player, "reproducer", "v5.17")
    blamed = Explorer("reproducer", "v5.17").step
    shows_state(page, blamed)
    expect(page.locator(".zv-wrong-words .zv-live")).to_have_text(
        "\u25b2 kept: lines 15 and 17 will fail because of it"
    )
    assert page.evaluate(MARKS) == 1
    mark, thumb = page.locator(".zv-warning"), page.locator(".zv-slider")
    expect(mark).to_have_count(1)
    still(page)
    box, slider = mark.bounding_box(), thumb.bounding_box()
    share = blamed / run("reproducer", "v5.17").last
    assert abs(box["x"] + box["width"] / 2 - slider["x"] - 8 - share * (slider["width"] - 16)) < 3
    expect(thumb).to_have_attribute("aria-valuetext", f"{blamed} of 23, kept: lines 15 and 17 "
                                    "will fail because of it")  # fmt: skip
    picture(page, "wrong-step")


def test_the_warning_is_there_from_that_step_to_what_fails(player):
    """Not before it; nor after the assertion has failed."""
    page = opened(player, "reproducer", "v5.17")
    blamed = Explorer("reproducer", "v5.17").step
    for state, marks in ((blamed - 1, 0), (blamed, 1), (blamed + 1, 1)):
        page.evaluate("(n) => player.step(n)", state)
        assert page.evaluate(MARKS) == marks, state


@pytest.mark.parametrize(
    ("name", "kernel", "tally"),
    [
        ("reproducer", "v5.17", "\u2715 1 of 3 hold"),
        ("reproducer", "v6.18", "\u2713 3 of 3 hold"),
        ("race-cow", "v6.18", "? 0 of 2 hold, 2 not decided by one order"),
    ],
)
def test_how_many_hold_is_told_from_the_start(player, name, kernel, tally):
    """Beside the counter, in the first state too, in one row of buttons."""
    page = opened(player, name, kernel, step=0)
    shows_state(page, 0)
    expect(page.locator(".zv-transport > .zv-tally")).to_have_text(tally)
    still(page)
    buttons, said = (
        page.locator(one).bounding_box() for one in (".zv-buttons", ".zv-transport > .zv-tally")
    )
    assert abs(buttons["y"] + buttons["height"] / 2 - said["y"] - said["height"] / 2) < 4


def test_nothing_warns_where_all_holds(player):
    """No mark on the slider, no warning on an entry, in any state."""
    page = opened(player, "reproducer", "v6.18")
    expect(page.locator(".zv-warning")).to_have_count(0)
    for state in range(run("reproducer", "v6.18").last + 1):
        page.evaluate("(n) => player.step(n)", state)
        assert page.evaluate(MARKS) == 0
