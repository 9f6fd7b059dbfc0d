"""JupyterLite with the chapters, in a real Chromium to which no other host answers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect
from visiting import Visit, served

from website import lite
from zapviz.errors import MissingPackage, ZapvizError

ROOT = Path(__file__).parents[2]
CHAPTER = "01-what-an-entry-holds.ipynb"
# What other chapters use: a kernel in a page takes a while to start, so they go along with it.
CELLS = [
    'import zapviz\nzapviz.explore("reproducer", "v5.17")',
    'zapviz.show("hole-punch")',
    'zapviz.predict("hole-punch")',
    "zapviz.explore_table()",
    'print("race:", zapviz.race("race-cow", "v6.18 + second_pass=False").ok)',
]
PATIENCE = 300_000  # ms


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """JupyterLite with a chapter that ends with the cells above."""
    if not os.environ.get("CI"):
        if find_spec("jupyterlite_pyodide_kernel") is None:
            pytest.skip("JupyterLite is not installed here (pip install 'zapviz[lite]')")
        if shutil.which("npm") is None:
            pytest.skip("npm is not here, which gives Pyodide")
    root = tmp_path_factory.mktemp("lite")
    contents = root / "contents"
    contents.mkdir()
    notebook = nbformat.read(ROOT / "notebooks" / CHAPTER, 4)
    notebook.cells += [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    nbformat.write(notebook, contents / CHAPTER)
    lite.build_lite(root / "site", print, contents)
    return root / "site"


@pytest.fixture
def opened(browser: Browser, built: Path, tmp_path: Path) -> Iterator[Callable[[str], Page]]:
    """Open a notebook and run all of it; in the end no other host may have been asked."""
    with served(built, tmp_path) as address, Visit(browser) as visit:

        def open_it(name: str) -> Page:
            page = visit.page
            page.set_default_timeout(PATIENCE)
            page.goto(f"{address}lab/index.html?path={name}")
            page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
            page.get_by_text("Python (Pyodide) | Idle").wait_for()
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            return page

        yield open_it
        assert visit.refused == []


def test_a_chapter_runs_in_it_and_all_views_work(opened: Callable[[str], Page]) -> None:
    """The explorer, a small figure, an exercise, the table; a race in the kernel; no error."""
    page = opened(CHAPTER)
    cells = [page.locator(".jp-CodeCell", has_text=cell.splitlines()[-1]).last for cell in CELLS]
    explorer, figure, exercise, table, race = (
        cell.locator(".jp-Cell-outputArea") for cell in cells
    )
    expect(race).to_contain_text("race: False", timeout=PATIENCE)
    expect(explorer.locator("[role=gridcell]").first).to_be_visible(timeout=PATIENCE)
    counter = explorer.locator(".zv-counter")
    before = counter.inner_text()
    explorer.locator(".zv-next").click()
    expect(counter).not_to_have_text(before)
    # Python answers: another text gives another trace.
    explorer.locator(".zv-area").fill("N = anon(3)\nN[0] = 1\n")
    expect(explorer.locator("[role=gridcell]")).to_have_count(3, timeout=PATIENCE)
    expect(figure.locator(".zv-show [role=gridcell]").first).to_be_attached()
    expect(exercise.locator(".zv").first).to_contain_text("Reveal")
    expect(table.locator(".zv table").first).to_contain_text("hole punch")
    error = "[data-mime-type='application/vnd.jupyter.error'], [data-mime-type*=stderr]"
    expect(page.locator(error)).to_have_count(0)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """Before anything is fetched."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ZapvizError, match="is no earlier build"):
        lite.build_lite(tmp_path, print)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_what_is_missing_is_named_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line."""
    monkeypatch.setattr("zapviz.errors.find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match="pip install jupyterlite-core"):
        lite.build_lite(tmp_path / "site", print)
