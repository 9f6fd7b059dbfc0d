"""The explorer in a real Notebook 7, whose page is another than JupyterLab's."""

from __future__ import annotations

import pytest
from jupyter_page import Lab, write_notebook
from playwright.sync_api import Browser, expect
from settled import shows_state

import zapviz

pytest.importorskip("notebook")


def test_keys_step_and_none_leaks(browser: Browser, lab: Lab, picture):
    """The arrows step, the widget keeps the focus, and no key reaches the notebook."""
    cells = ['import zapviz\nzapviz.explore("reproducer", "v6.12")', "1 + 1"]
    write_notebook(lab, "seven.ipynb", *cells)
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{lab.url}/notebooks/seven.ipynb?token={lab.token}")
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator(".zv").focus()
    page.keyboard.press("Home")
    page.locator(".zv-next").click()
    shows_state(page, 1)
    page.keyboard.press("ArrowRight")
    shows_state(page, 2)
    page.locator(".zv").focus()
    for key, state in (("ArrowRight", 3), ("ArrowLeft", 2), ("PageDown", 3), ("n", 4)):
        page.keyboard.press(key)
        shows_state(page, state)
    for part in (".zv", ".zv-next"):
        for key in ("ArrowDown", "ArrowUp", "b", "a", "d", "d", "j", "x", "b"):
            page.locator(part).focus()
            page.keyboard.press(key)
    page.keyboard.press("End")
    last = zapviz.run("reproducer", "v6.12").last
    shows_state(page, last)
    expect(page.locator(".zv-frame:focus-within")).to_have_count(1)
    expect(page.locator(".jp-Cell")).to_have_count(len(cells))
    picture(page, "notebook-7")
    page.context.close()
