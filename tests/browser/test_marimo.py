"""The views in marimo: a shadow root each, other widgets' styles, its own keys."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_page import stop
from playwright.sync_api import Browser, Page, expect
from settled import still
from standalone import watched_page

from waiting import PATIENCE, eventually
from zapviz.render.palette import palette_json

ROOT = Path(__file__).parents[2]
NOTEBOOK = """\
import marimo
app = marimo.App(width="full")

@app.cell
def _():
    import zapviz
    zapviz.explore("hole-punch", "v6.12")
    return zapviz,

@app.cell
def _(zapviz):
    zapviz.show("reproducer", "hole-punch")
    return

@app.cell
def _(zapviz):
    zapviz.predict(level=2, seed="monday")
    return

if __name__ == "__main__":
    app.run()
"""

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("marimo") is None and not os.environ.get("CI"),
    reason="no marimo: pip install marimo",
)


def answers(address: str) -> bool:
    """Whether a server is there."""
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a notebook that marimo serves to this machine alone."""
    folder = tmp_path_factory.mktemp("marimo")
    (folder / "notebook.py").write_text(NOTEBOOK, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                sys.executable, "-m", "marimo", "run", "notebook.py", "--headless", "--no-token",
                "--host", "127.0.0.1", "--port", str(port),
            ],
            cwd=folder, env={**os.environ, **own}, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            there = f"http://127.0.0.1:{port}/"
            eventually(lambda: answers(there), True)
            yield there
        finally:
            stop(server)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The notebook with its three views; an error that a view causes fails the test."""
    page = watched_page(browser, (1280, 720))
    page.goto(address)
    for kind in (".zv-scene", ".zv-show", ".zv-predict"):
        page.locator(kind).first.wait_for(timeout=PATIENCE * 1000)
    still(page)
    yield page
    assert [problem for problem in page.problems if "zapviz" in problem] == []
    page.context.close()


def test_every_view_has_its_colours(page, picture):
    """The palette's, in each shadow root, and the grid large."""
    fill = palette_json()["themes"]["light"]["inks"]["file"]["fill"]
    shown = f"rgb({', '.join(str(int(fill[k : k + 2], 16)) for k in (1, 3, 5))})"
    for kind in (".zv-scene", ".zv-show", ".zv-predict"):
        box = page.locator(f"{kind} .zv-cell.k-file > .zv-box").first
        expect(box).to_have_css("fill", shown)
    assert page.locator(".zv-scene .zv-box").first.bounding_box()["width"] >= 60
    picture(page, "marimo")


def test_keys_step_panels_open_and_python_answers(page, picture):
    """Keys stay in the view; a panel gives the focus back; another kernel brings another trace."""
    view = page.locator(".zv", has=page.locator(".zv-scene")).first
    view.focus()
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(view).to_have_attribute("data-step", "3")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(view).to_have_attribute("data-step", "4")
    page.keyboard.press("m")
    expect(page.locator(".zv-question").first).to_contain_text("FALLOC_FL_PUNCH_HOLE")
    picture(page, "marimo-predict")
    page.keyboard.press("Escape")
    view.locator(".zv-fields select").last.select_option("v5.10.y")
    expect(view.locator(".zv-source")).to_contain_text("v5.10")


def test_it_fills_the_screen(page, picture):
    """All of it, larger, and left again."""
    view = page.locator(".zv", has=page.locator(".zv-scene")).first
    view.focus()
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    eventually(lambda: view.bounding_box()["width"] > 1200, True)
    picture(page, "marimo-full")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement === null")
