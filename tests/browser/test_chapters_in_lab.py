"""The chapters, opened in a real JupyterLab: shown before they run, and run to the end there."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from jupyter_page import Lab, open_notebook
from playwright.sync_api import Browser, expect

LIVE = re.compile(r"(?:zapviz\.)?(explore|explore_table|predict)\(.*\)$")
CHAPTERS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9]*.ipynb"))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_opens_and_runs(browser: Browser, lab: Lab, path: Path) -> None:
    """Its title is there, its last cell runs, no cell fails, and what is live is there."""
    (lab.root / path.name).write_bytes(path.read_bytes())
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    # As tall as all of it: cells that are off the screen are not in the page.
    page = open_notebook(browser, lab, path.name, size=(1280, 9000))
    try:
        expect(page.locator("h1").first).to_contain_text(path.stem[:2].lstrip("0"))
        prompt = page.locator(".jp-CodeCell .jp-InputArea-prompt").last
        expect(prompt).to_have_text(f"[{len(cells)}]:")
        assert page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0
        live = [match[1] for c in cells if (match := LIVE.match(c.source.splitlines()[-1]))]
        expect(page.locator(".zv")).to_have_count(len(live))
        if "explore" in live:
            counter = page.locator(".zv-counter").first
            before = counter.inner_text()
            page.locator(".zv-next").first.click()
            expect(counter).not_to_have_text(before)
    finally:
        page.context.close()
