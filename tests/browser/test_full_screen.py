"""A full screen holds all of a view: its panels, and what is shown in its place or below it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from settled import shows_state

from zapviz.exercises.draw import draw_exercise
from zapviz.widgets import Explorer

INSIDE = "(node) => node.getRootNode().fullscreenElement?.contains(node)"


def is_full(page: Page, selector: str) -> None:
    """Wait until what fills the screen holds an element that can be seen."""
    page.wait_for_function(
        "(s) => document.fullscreenElement?.querySelector(s)?.checkVisibility()", arg=selector
    )


@pytest.fixture
def full(player):
    """An explorer that fills the screen."""
    explorer = Explorer("hole-punch")
    editor = {**explorer.choices, "text": explorer.text, "kernel": explorer.kernel, "error": ""}
    page = player(explorer.trace.as_json(), {"editor": editor})
    page.locator(".zv").focus()
    page.keyboard.press("f")
    is_full(page, ".zv-next")
    return page


@pytest.mark.parametrize("key", ["q", "c", "Back to one"])
def test_kernels_compared_stay_inside(full, picture, key):
    """They take the explorer's place in the full screen, and give it back by key or button."""
    full.keyboard.press("c")
    full.get_by_role("button", name="Compare these").click()
    is_full(full, ".zv-side")
    expect(full.locator(".zv-side").first).to_be_in_viewport()
    full.keyboard.press("Home")
    full.keyboard.press("n")
    expect(full.locator(".zv[data-frame]")).to_have_attribute("data-frame", "1")
    full.keyboard.press("s")
    expect(full.get_by_role("dialog", name="Share")).to_be_visible()
    full.keyboard.press("q")
    expect(full.get_by_role("dialog", name="Share")).to_be_hidden()
    is_full(full, ".zv-side")
    picture(full, "full-compared")
    if len(key) == 1:
        full.keyboard.press(key)
    else:
        full.get_by_role("button", name=key).click()
    expect(full.locator(".zv-side")).to_have_count(0)
    is_full(full, ".zv-next")
    full.keyboard.press("n")
    shows_state(full, 1)


def test_panels_are_inside(full):
    """Help and share stand over the explorer; each is closed by a key that a browser leaves."""
    for key, name in (("?", "Keys, while the grid has the focus"), ("s", "Share")):
        full.keyboard.press(key)
        dialog = full.get_by_role("dialog", name=name)
        expect(dialog).to_be_visible()
        assert dialog.evaluate(INSIDE)
        full.keyboard.press("q")
        expect(dialog).to_be_hidden()


def test_a_presenters_clicker_steps(full):
    """It sends PageDown and PageUp."""
    full.keyboard.press("PageDown")
    full.keyboard.press("PageDown")
    shows_state(full, 2)
    full.keyboard.press("PageUp")
    shows_state(full, 1)


def test_the_way_back_from_the_steps_needs_no_escape(predicted):
    """In an exercise too: q leads from the steps to the entries."""
    page = predicted(draw_exercise(1, "words", 1).as_json())
    page.get_by_role("button", name="Full screen").click()
    is_full(page, ".zv-reveal")
    page.locator(".zv").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show the step").first.click()
    is_full(page, ".zv-stage .zv-next")
    page.keyboard.press("q")
    expect(page.locator(".zv-stage:focus-within")).to_have_count(0)
    is_full(page, ".zv-result")
