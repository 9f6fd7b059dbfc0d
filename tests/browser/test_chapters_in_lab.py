"""A chapter, opened in a real JupyterLab: shown before it runs, and run to the end there.

Every chapter is run in a kernel by tests/test_notebooks.py, which is quicker. What is left for
JupyterLab are widgets that come alive in the page, and the second chapter has the most: an
explorer, a decision table and an exercise. The others have one explorer or none.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from jupyter_page import Lab, open_notebook
from playwright.sync_api import Browser, expect

LIVE = re.compile(r"(?:zapviz\.)?(explore|explore_table|predict|show)\(.*\)$")
CHAPTER = Path(__file__).parents[2] / "notebooks" / "02-four-paths.ipynb"


def test_a_chapter_opens_and_runs(browser: Browser, lab: Lab) -> None:
    """Its title is there, its last cell runs, no cell fails, and what is live is there."""
    (lab.root / CHAPTER.name).write_bytes(CHAPTER.read_bytes())
    cells = [cell for cell in nbformat.read(CHAPTER, 4).cells if cell.cell_type == "code"]
    live = [match[1] for c in cells if (match := LIVE.match(c.source.splitlines()[-1]))]
    assert sorted(live) == ["explore", "explore_table", "predict", "show", "show"]
    # As tall as all of it: cells that are off the screen are not in the page.
    page = open_notebook(browser, lab, CHAPTER.name, size=(1280, 9000))
    expect(page.locator("h1").first).to_have_text(re.compile(r"^2\. "))
    prompt = page.locator(".jp-CodeCell .jp-InputArea-prompt").last
    expect(prompt).to_have_text(f"[{len(cells)}]:")
    expect(page.locator(".zv")).to_have_count(len(live))
    expect(page.locator("[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)
    explorer = page.locator(".zv[data-step]:not(.zv-show)")
    step = int(explorer.get_attribute("data-step") or 0)
    explorer.locator(".zv-next").click()
    expect(explorer).to_have_attribute("data-step", str(step + 1))
    page.context.close()
