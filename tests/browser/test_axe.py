"""What axe-core finds wrong for those who use a keyboard or a screen reader: nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

import zapviz
from zapviz.api.shown import shown
from zapviz.exercises.draw import draw_exercise
from zapviz.widgets import Explorer

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
FOUND = """async (rules) => (await axe.run(document, { rules })).violations.flatMap((one) =>
  one.nodes.map((node) => `${one.id}: ${node.target} (${one.help})`))"""
# Of a page around, which a view in it has not: a landmark, a first heading, a language.
AROUND = ("region", "page-has-heading-one", "landmark-one-main", "html-has-lang")

pytestmark = pytest.mark.skipif(not AXE.exists(), reason="no axe-core; make node_modules has it")


def violations(page: Page, *ignored: str) -> list[str]:
    """What is wrong with a page, but for some rules."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(FOUND, {rule: {"enabled": False} for rule in ignored})
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_explorer(player, scheme):
    """At a step, with an entry pinned, and with a panel open."""
    explorer = Explorer("reproducer")
    editor = {**explorer.choices, "text": explorer.text, "kernel": explorer.kernel, "error": ""}
    options = {"editor": editor, "step": 9, "selected": ["A", 1]}
    page = player(explorer.trace.as_json(), options, color_scheme=scheme)
    assert violations(page, *AROUND) == []
    page.locator(".zv").focus()
    page.keyboard.press("s")
    page.get_by_role("dialog", name="Share").wait_for()
    assert violations(page, *AROUND) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_exercise(predicted, scheme):
    """Before the reveal, and after it."""
    page = predicted(draw_exercise(1, "words", 1).as_json(), color_scheme=scheme)
    assert violations(page, *AROUND) == []
    page.locator(".zv").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.locator(".zv-result").wait_for()
    assert violations(page, *AROUND) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_table(tabled, scheme):
    """With a cell pinned."""
    page = tabled(zapviz.table(["v5.17", "v6.12"]), None, color_scheme=scheme)
    page.locator("td[role=gridcell]").first.click()
    assert violations(page, *AROUND) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures(figured, scheme):
    """Two side by side, one of which fails."""
    page = figured(shown("reproducer", kernel=["v5.17", "v6.12"]).as_json(), color_scheme=scheme)
    assert violations(page, *AROUND) == []
