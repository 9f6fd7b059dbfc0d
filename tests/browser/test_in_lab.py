"""The explorer in a real JupyterLab: mouse, keys, kernel, themes, and what needs no kernel."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import nbformat
import pytest
from jupyter_page import Lab, end_kernel, open_notebook, save, write_notebook
from playwright.sync_api import Browser, Page, expect
from settled import choose, shows_state

from waiting import eventually
from zapviz import run
from zapviz.scenario import library

VIEWS = (
    "import zapviz\nfrom zapviz.widgets import GridWidget\nzapviz.explore('reproducer', 'v6.12')",
    "zapviz.explore_table('v5.17')",
    "zapviz.predict(level=1)",
    "GridWidget(zapviz.run('hole-punch'), step=7)",
    "zapviz.compare('reproducer', ['v5.17', 'v6.12'])",
)
START = Path(__file__).parents[2] / "notebooks" / "start.ipynb"
EXPLORE = 'from zapviz.widgets import explore\ne = explore("reproducer", kernel="v6.12")\ne'
TOLD = """\
run = globals().get("run", 0) + 1
print("told:", e.step, e.kernel, e.granularity, e.selected, bool(e.error), e.trace.ok, "run", run)
"""


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Lab):
    """One notebook with an explorer, and a cell that prints what Python knows."""
    write_notebook(lab, "explorer.ipynb", EXPLORE, TOLD)
    page = open_notebook(browser, lab, "explorer.ipynb", size=(1280, 1300))
    page.locator(".zv").wait_for()
    page.locator(".jp-OutputArea-output", has_text="told:").wait_for()
    yield page
    page.context.close()


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest):
    """Begin each test of the shared notebook at the first state of the reproducer."""
    if "page" in request.fixturenames:
        page = request.getfixturevalue("page")
        page.locator(".zv-scenarios").select_option("reproducer")
        page.locator(".zv-kernels").select_option("v6.12")
        expect(page.locator(".zv-error")).to_be_hidden()
        page.locator(".zv").focus()
        page.keyboard.press("3")
        page.keyboard.press("Home")
        page.keyboard.press("Escape")
        # What Python answers comes before what it prints: no trace is on its way after this.
        eventually(lambda: told(page), ["0", "v6.12", "entry", "None", "False", "True"])
        last = run("reproducer", "v6.12").last
        expect(page.locator(".zv-counter")).to_have_text(re.compile(rf"^\s*0 / {last}\s*$"))
        page.locator(".zv").focus()


def told(page: Page, number: int = 1) -> list[str]:
    """Run the cell that prints what Python knows, and read it.

    The page sends what happens there when Python is free to hear it: to wait for what Python
    will know, this is done again, with ``eventually``.
    """
    cell = page.locator(".jp-CodeCell").nth(number)
    output = cell.locator(".jp-OutputArea-output")
    expect(output).to_have_text(re.compile(r"^told: .* run \d+\s*$"))
    before = int(output.inner_text().split()[-1])
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(output).to_have_text(re.compile(rf"^told: .* run {before + 1}\s*$"))
    return re.split(r" (?![^(]*\))", output.inner_text().strip())[1:-2]


def to_start(page: Page) -> None:
    """Go to the first state: a view opens where something is decided."""
    page.locator(".zv").first.focus()
    page.keyboard.press("Home")
    shows_state(page, 0)


class TestByHand:
    """What a teacher does."""

    def test_stepping_by_button_and_key(self, page, picture):
        """Forward and back, by mouse and keyboard; Python is told."""
        for _ in range(5):
            page.click(".zv-next")
        page.click(".zv-previous")
        shows_state(page, 4)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("n")
        page.keyboard.press("ArrowLeft")
        shows_state(page, 5)
        picture(page, "lab-step")
        eventually(lambda: told(page)[0], "5")
        shows_state(page, 5)

    def test_every_key_is_safe(self, page):
        """No key pressed in the widget reaches JupyterLab: no cell is made, moved or deleted."""
        cells = page.locator(".jp-Cell").count()
        sources = page.locator(".cm-content").all_inner_texts()
        page.click(".zv-next")
        named = "Enter Escape Shift+Enter ArrowDown ArrowUp Shift+ArrowDown Space Space Delete"
        for key in [*"abcdejkopqsvxyzdd00", *named.split()]:
            page.locator(".zv").focus()
            page.keyboard.press(key)
        page.locator(".zv").focus()
        page.keyboard.press("r")
        expect(page.locator(".zv-side")).to_have_count(2)
        for key in [*"abxjd", "ArrowDown", "q"]:
            page.keyboard.press(key)
        expect(page.locator(".zv-side")).to_have_count(0)
        page.locator(".zv").focus()
        page.keyboard.press("m")
        page.locator(".zv-predict").focus()
        for key in [*"abdjxkdd", "ArrowDown", "Space", "Enter"]:
            page.keyboard.press(key)
        page.locator(".zv-predict").focus()
        page.keyboard.press("q")
        expect(page.locator(".zv-predict")).to_have_count(0)
        page.locator(".zv [role=gridcell]").first.click()
        for key in ["x", "b", "a", "j", "d", "d"]:
            page.keyboard.press(key)
        # A button that was pressed has the focus itself.
        for key in ["a", "j", "x", "ArrowDown", "d", "d"]:
            page.locator(".zv-previous").focus()
            page.keyboard.press(key)
        expect(page.locator(".zv:focus-within")).to_have_count(1)
        told(page)  # JupyterLab has done what it was told before this
        expect(page.locator(".jp-Dialog")).to_have_count(0)
        expect(page.locator(".jp-Cell")).to_have_count(cells)
        assert page.locator(".cm-content").all_inner_texts() == sources

    def test_saving_still_works(self, page):
        """Control+S inside the widget saves the notebook, as anywhere else."""
        page.locator(".zv").focus()
        save(page)

    def test_choosing_a_kernel(self, page, picture):
        """The scenario runs on it at once; the place is kept; the failed assertion is marked."""
        expect(page.locator(".zv-fails")).to_have_count(0)
        page.keyboard.press("End")
        page.locator(".zv-kernels").select_option("v5.17")
        expect(page.locator(".zv-fails").first).to_be_visible()
        picture(page, "lab-kernel")
        eventually(lambda: told(page)[1::4], ["v5.17", "False"])

    def test_editing_rightly(self, page):
        """A line typed at the end runs as soon as it is typed."""
        text = library.load_text("reproducer").rstrip("\n") + "\nmunmap(A)\n"
        page.click(".zv-area")
        page.keyboard.press("Control+End")
        page.keyboard.type("munmap(A)\n")
        expect(page.locator(".zv-area")).to_have_value(text)
        last = run(text, "v6.12").last
        expect(page.locator(".zv-counter")).to_have_text(f"0 / {last}")
        expect(page.locator(".zv-scenarios")).to_have_value("(your own)")
        page.locator(".zv").focus()
        page.keyboard.press("End")
        row = page.locator(".zv [role=row][aria-label^='A,']")
        expect(row.locator(".zv-cell.k-unmapped")).to_have_count(2)

    def test_who_writes_a_text_is_told_that_the_notebook_does_not_hold_it(self, page):
        """Until a scenario is chosen again; Share has a cell that does."""
        page.locator(".zv-area").fill("N = anon(2)\nN[0] = 1\n")
        expect(page.locator(".zv-stale")).to_contain_text("The notebook\u2019s file does not hold")
        page.locator(".zv-scenarios").select_option("reproducer")
        expect(page.locator(".zv-stale")).to_be_hidden()

    def test_editing_wrongly(self, page, picture):
        """The text stays, the grid stays, the message has line and caret; mending takes it away."""
        page.keyboard.press("ArrowRight")
        shows_state(page, 1)
        counter = page.inner_text(".zv-counter")
        page.click(".zv-area")
        page.keyboard.press("Control+End")
        page.keyboard.type("munmop(A)")
        expect(page.locator(".zv-error")).to_be_visible()
        expect(page.locator(".zv-error")).to_contain_text("'munmop'; did you mean 'munmap'")
        picture(page, "lab-error")
        expect(page.locator(".zv-error pre")).to_contain_text("^")
        expect(page.locator(".zv-area")).to_have_value(re.compile(r"munmop\(A\)$"))
        expect(page.locator(".zv-counter")).to_have_text(counter)
        expect(page.locator(".zv-mistake")).to_contain_text("munmop")
        page.click(".zv-area")
        page.keyboard.press("Control+End")
        for _ in range(5):
            page.keyboard.press("Backspace")
        page.keyboard.type("ap(A)")
        expect(page.locator(".zv-error")).to_be_hidden()

    def test_picking_a_scenario(self, page):
        """Its text comes into the editor, its trace into the grid, from the beginning."""
        page.locator(".zv-scenarios").select_option("hole-punch")
        expect(page.locator(".zv-row-name", has_text="B")).to_be_visible()
        text = library.load_text("hole-punch").rstrip()
        eventually(lambda: page.input_value(".zv-area").rstrip(), text)
        shows_state(page, 0)

    def test_clicking_an_entry(self, page):
        """It is pinned, its history is listed, and Python is told."""
        page.keyboard.press("End")
        page.locator("[role=gridcell][aria-label^='A[1]']").click()
        expect(page.locator(".zv-entry-name")).to_have_text("A[1]")
        expect(page.locator(".zv-jump").nth(2)).to_be_attached()
        eventually(lambda: told(page)[3], "('A', 1)")

    def test_this_machines_kernel(self, page, picture):
        """One button runs the text on the kernel of this machine and shows both sides."""
        choose(page, "Try here")
        said = page.locator(".zv-host pre")
        expect(said).to_contain_text(re.compile("beside the model|not here|hides"))
        picture(page, "lab-host")
        page.keyboard.press("Escape")
        expect(page.locator(".zv-host")).to_be_hidden()

    def test_what_is_asked_of_python_is_answered(self, page, picture):
        """Kernels compared and texts made, over the notebook's own connection."""
        choose(page, "Share")
        page.get_by_role("button", name="Show link").click()
        expect(page.locator("pre.zv-preview")).to_contain_text("reproducer@v6.12")
        page.keyboard.press("Escape")
        choose(page, "Compare")
        page.get_by_role("button", name="Compare these").click()
        expect(page.locator(".zv-side")).to_have_count(2)
        page.keyboard.press("d")
        picture(page, "lab-compare")
        page.keyboard.press("Escape")
        expect(page.locator(".zv-side")).to_have_count(0)

    def test_a_race_is_scheduled_by_hand(self, page, picture):
        """Another CPU's step is taken, and Python knows the schedule."""
        page.locator(".zv-scenarios").select_option("race-cow")
        expect(page.locator(".zv-schedule")).to_be_visible()
        page.locator(".zv").focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        shows_state(page, 5)
        page.keyboard.press("o")
        expect(page.locator(".zv-title > .zv-live")).to_contain_text("CPU1")
        picture(page, "lab-race")

    def test_stride(self, page):
        """Statements, passes or entries; Python is told."""
        choose(page, "Statement", "radio")
        page.click(".zv-next")
        page.click(".zv-next")
        eventually(lambda: told(page)[:3], ["2", "v6.12", "statement"])


class TestWithPython:
    """The page and the kernel, both ways."""

    def test_python_moves_the_page(self, browser, lab):
        """Traits set in Python are shown in every view of the widget; views follow each other."""
        write_notebook(lab, "both.ipynb", EXPLORE, "e", 'e.step = 7; e.selected = ("A", 1)',
                       'e.kernel = "v5.17"', 'e.text = "N = anon(3)\\nN[0] = 9\\n"')  # fmt: skip
        page = open_notebook(browser, lab, "both.ipynb", size=(1280, 2000))
        views = page.locator(".zv")
        expect(views).to_have_count(2)
        for view in (views.first, views.last):
            expect(view.locator(".zv-area")).to_have_value("N = anon(3)\nN[0] = 9\n")
            expect(view.locator(".zv-kernels")).to_have_value("v5.17")
            expect(view.locator("[role=gridcell]")).to_have_count(3)
            expect(view).to_have_attribute("data-step", "0")  # another text starts at its start
        views.first.locator(".zv-next").click()
        for view in (views.first, views.last):
            expect(view).to_have_attribute("data-step", "1")
        assert views.first.get_attribute("id") != views.last.get_attribute("id")
        page.context.close()

    def test_stepping_needs_no_kernel(self, browser, lab):
        """While Python is busy the grid steps on; afterwards Python knows where."""
        go = lab.root / "go"
        busy = (
            "import time; from pathlib import Path\nprint('busy')\n"
            f"while not Path({str(go)!r}).exists(): time.sleep(0.05)"
        )
        write_notebook(lab, "busy.ipynb", EXPLORE, busy, TOLD)
        page = open_notebook(browser, lab, "busy.ipynb", size=(1280, 1300))
        page.locator(".jp-OutputArea-output", has_text="busy").wait_for()
        to_start(page)
        for _ in range(6):
            page.click(".zv-next")
        shows_state(page, 6)
        page.locator(".zv-kernels").select_option("v5.17")
        expect(page.locator(".zv-stale")).to_contain_text("Waiting for the Python kernel")
        expect(page.locator(".jp-OutputArea-output", has_text="told:")).to_have_count(0)
        go.touch()
        page.locator(".jp-OutputArea-output", has_text="told:").wait_for()
        eventually(lambda: told(page, 2)[:2], ["6", "v5.17"])
        shows_state(page, 6)
        expect(page.locator(".zv-stale")).to_be_hidden()
        page.context.close()

    def test_restarted_kernel_is_told(self, browser, lab, picture):
        """Every view says that its cell has to be run again, and steps on until it is."""
        write_notebook(lab, "restart.ipynb", "import zapviz\n" + EXPLORE, "zapviz.predict(level=1)",
                       "zapviz.explore_table('v5.17')")  # fmt: skip
        page = open_notebook(browser, lab, "restart.ipynb", size=(1280, 3000))
        expect(page.locator(".zv:visible")).to_have_count(3)
        expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible()
        page.locator(".jp-NotebookPanel-toolbar [data-jp-item-name=restart]").click()
        page.locator(".jp-Dialog .jp-mod-accept").click()
        said = page.locator(".zv-gone")
        expect(said).to_have_count(3)
        for one in said.all():
            expect(one).to_contain_text("run the cell again")
        explorer = page.locator(".zv-frame").first
        to_start(page)
        explorer.locator(".zv-next").click()
        shows_state(page, 1)
        expect(explorer.locator(".zv-kernels")).to_be_disabled()
        expect(explorer.locator(".zv-kernels")).to_have_value("v6.12")
        choose(explorer, "Compare")
        page.get_by_role("button", name="Compare these").click()
        expect(page.locator(".zv-said", has_text="run the cell again")).to_be_visible()
        page.keyboard.press("Escape")
        explorer.locator(".zv-area").click()
        page.keyboard.type("# ")
        expect(explorer.locator(".zv-stale")).to_contain_text("still shows the last text that ran")
        typed = explorer.locator(".zv-area").input_value()
        picture(page, "lab-restarted")
        page.locator(".cm-content").first.click()
        page.keyboard.press("Control+Enter")
        expect(explorer.locator(".zv-gone")).to_be_hidden()
        # What was typed while nobody ran it is not lost with the view.
        explorer.locator(".zv-scenarios").select_option("(your own)")
        expect(explorer.locator(".zv-area")).to_have_value(typed)
        explorer.locator(".zv-scenarios").select_option("reproducer")
        explorer.locator(".zv-kernels").select_option("v5.17")
        last = run("reproducer", "v5.17").last
        expect(explorer.locator(".zv-counter")).to_contain_text(f"/ {last}")
        page.context.close()


class TestWithout:
    """What is seen where nothing runs."""

    def test_saved_notebook_shows_its_pictures(self, browser, lab, picture):
        """Reopened without its kernel, every view is the still picture of it, trusted or not."""
        write_notebook(lab, "saved.ipynb", *VIEWS)
        page = open_notebook(browser, lab, "saved.ipynb")
        expect(page.locator(".zv:visible")).to_have_count(
            len(VIEWS) - 1
        )  # kernels compared are a picture
        last = page.locator(".jp-CodeCell .jp-InputArea-prompt").last
        expect(last).to_have_text(re.compile(r"\d"))
        save(page)
        page.context.close()
        end_kernel(lab, "saved.ipynb")
        notebook = nbformat.read(lab.root / "saved.ipynb", 4)
        assert "widgets" not in notebook.metadata
        # As if it came from somewhere else: changed, so that no signature here trusts it.
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell("Cloned."))
        nbformat.write(notebook, lab.root / "elsewhere.ipynb")
        for name in ("saved", "elsewhere"):
            page = open_notebook(browser, lab, f"{name}.ipynb", run=False, size=(1280, 4000))
            images = page.locator(".jp-OutputArea-output img:visible")
            expect(images).to_have_count(len(VIEWS))
            for image in images.all():
                eventually(partial(image.evaluate, "(image) => image.naturalWidth > 200"), True)
            expect(page.get_by_text("Error displaying widget")).to_have_count(0)
            expect(page.locator(".zv")).to_have_count(0)
            picture(page, f"lab-{name}")
            page.context.close()

    def test_reloaded_page_is_live_again(self, browser, lab):
        """While the kernel runs, a page that is opened anew shows the live view at its state."""
        write_notebook(lab, "reloaded.ipynb", EXPLORE, TOLD)
        page = open_notebook(browser, lab, "reloaded.ipynb", size=(1280, 1300))
        to_start(page)
        page.locator(".zv-next").click()
        eventually(lambda: told(page)[0], "1")
        save(page)
        page.reload()
        shows_state(page, 1)
        page.locator(".zv-next").click()
        eventually(lambda: told(page)[0], "2")
        page.context.close()

    def test_exported_page_shows_a_picture(self, browser, lab, tmp_path, picture):
        """nbconvert's HTML, opened without network and without JavaScript."""
        from nbconvert import HTMLExporter
        from nbconvert.preprocessors import ExecutePreprocessor

        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(EXPLORE)])
        ExecutePreprocessor(timeout=300, store_widget_state=False).preprocess(notebook)
        page = browser.new_context(java_script_enabled=False, offline=True).new_page()
        page.set_content(HTMLExporter().from_notebook_node(notebook)[0])
        image = page.locator("img[src^='data:image/png']").first
        eventually(lambda: (image.bounding_box() or {"width": 0})["width"] > 200, True)
        picture(page, "exported")
        page.context.close()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_themes(browser, lab, picture, theme):
    """The grid follows JupyterLab's theme; both are kept as pictures of 1280 x 720."""
    lab.set("apputils-extension/themes", theme=theme)
    write_notebook(lab, "theme.ipynb", 'from zapviz import explore\nexplore("hole-punch", step=24)')
    page = open_notebook(browser, lab, "theme.ipynb")
    page.locator(".zv").wait_for()
    wanted = "dark" if "Dark" in theme else "light"
    expect(page.locator(".zv")).to_have_attribute("data-theme", wanted)
    picture(page, f"lab-{wanted}")
    page.context.close()
    lab.set("apputils-extension/themes", theme="JupyterLab Light")


@pytest.mark.skipif(not START.exists(), reason="there is no start notebook")
def test_start_notebook(browser, lab, picture):
    """The start notebook opens, runs without an error, and its explorer steps."""
    (lab.root / "start.ipynb").write_bytes(START.read_bytes())
    page = open_notebook(browser, lab, "start.ipynb", mode="lab")
    shows_state(page, run("reproducer").as_json()["opens"])
    to_start(page)
    page.locator(".zv-next").first.click()
    page.locator(".zv-next").first.click()
    shows_state(page, 2)
    picture(page, "lab-start")
    expect(page.locator(".jp-CodeCell .jp-InputArea-prompt").last).to_have_text(re.compile(r"\d"))
    expect(page.locator("[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)
    page.context.close()
