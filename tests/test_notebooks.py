"""The notebooks: each runs from top to bottom, none is blank, and together they are a course."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from zapviz.view import PAGE_MIME

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
CHAPTERS = [path for path in NOTEBOOKS if path.stem[:2].isdigit()]


def by_name(path: Path) -> str:
    """A test's name says which notebook it is about."""
    return path.stem


def cells(path: Path, kind: str) -> list[Any]:
    """The cells of a notebook that are code, or prose (``markdown``)."""
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == kind]


def prose(path: Path) -> str:
    """All that a notebook says in words."""
    return "\n\n".join(cell.source for cell in cells(path, "markdown"))


def title(path: Path) -> str:
    """A notebook's first line, without ``#``."""
    return prose(path).splitlines()[0].removeprefix("# ")


@pytest.mark.notebook
@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_every_cell_runs(path: Path) -> None:
    """No cell raises, in a kernel of its own."""
    notebook = nbformat.read(path, 4)
    client = NotebookClient(notebook, timeout=300, startup_timeout=300, store_widget_state=False)
    client.execute(cwd=str(path.parent))
    assert not [o for c in notebook.cells for o in c.get("outputs", ()) if o.output_type == "error"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_a_notebook_is_never_blank(path: Path) -> None:
    """As committed, each cell that ends in a value or prints shows it, pictures as pictures."""
    for cell in cells(path, "code"):
        last = cell.source.splitlines()[-1]
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        if re.match(r"(zapviz\.)?(explore|explore_table|predict|compare|run)\(.*\)$", last):
            assert kinds & {"image/png", "text/html"}, cell.source
        if re.match(r" *(print|ladder)\(", last) and "def " not in cell.source:
            assert cell.outputs, cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_explorers_can_be_live_without_python(path: Path) -> None:
    """As committed, each holds what a page needs that runs the model itself."""
    for cell in cells(path, "code"):
        if re.match(r"zapviz\.explore\(|explore\(.*step=", cell.source.splitlines()[-1]):
            (output,) = cell.outputs
            assert output.data[PAGE_MIME]["view"] == "explorer", cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_every_picture_has_words(path: Path) -> None:
    """Who cannot see a picture reads its page strips."""
    for cell in cells(path, "code"):
        for output in cell.outputs:
            assert "image/png" not in output.get("data", {}), cell.source
            for tag in re.findall(r"<img[^>]*>", output.get("data", {}).get("text/html", "")):
                assert re.search(r'alt="[^"]', tag), cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_nothing_of_a_machine_is_committed(path: Path) -> None:
    """No widget state, no path, no address of the machine that ran it, no error."""
    notebook = nbformat.read(path, 4)
    assert "widgets" not in notebook.metadata
    text = path.read_text(encoding="utf-8")
    assert "widget-view" not in text
    assert not re.search(r"/(home|root|tmp|work|usr)/", text)
    assert not re.search(r"0x[0-9a-f]{8,}", text)
    assert not [o for c in notebook.cells for o in c.get("outputs", ()) if "ename" in o]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_a_second_run_changes_nothing(path: Path) -> None:
    """What is printed stands in one piece, whatever the machine had to do meanwhile."""
    for cell in cells(path, "code"):
        names = [output.get("name") for output in cell.outputs if output.output_type == "stream"]
        assert names in ([], ["stdout"]), cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_cells_are_short(path: Path) -> None:
    """A code cell is read at a glance; the long ones hold a scenario or a text."""
    lengths = [len(cell.source.splitlines()) for cell in cells(path, "code")]
    assert max(lengths) <= 17
    assert median(lengths) <= 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
def test_nothing_is_left_to_be_written(path: Path) -> None:
    """No note to the author stands in a notebook."""
    assert not re.search(r"TODO|FIXME|XXX|TBD|lorem|placeholder", prose(path), re.I)


class TestTheCourse:
    """The chapters, in their order."""

    def test_eleven_chapters_in_order(self) -> None:
        """File names and titles are numbered from 1, and a title has its number."""
        numbers = [int(path.stem.split("-")[0]) for path in CHAPTERS]
        assert numbers == list(range(1, 12))
        assert [int(title(path).split(".")[0]) for path in CHAPTERS] == numbers

    @pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
    def test_each_ends_in_something_to_try(self, path: Path) -> None:
        """The last section is "Try this", with three to five things."""
        sections = re.split(r"^## ", prose(path), flags=re.M)
        name, _, rest = sections[-1].partition("\n")
        assert name == "Try this"
        assert 3 <= len(re.findall(r"^- ", rest, re.M)) <= 5

    @pytest.mark.parametrize("path", CHAPTERS, ids=by_name)
    def test_each_thing_to_try_has_its_answer_folded(self, path: Path) -> None:
        """It is asked before it is told: an answer stands in a fold below each."""
        tasks = prose(path).partition("## Try this")[2].split("\n- ")[1:]
        for task in tasks:
            before, fold, after = task.partition("<details><summary>Answer</summary>\n\n")
            assert fold, task
            assert after.partition("</details>")[0].strip()
            assert not re.search(r"\([A-Z][^()]*\.\)", before), before

    @pytest.mark.parametrize("path", NOTEBOOKS, ids=by_name)
    def test_links_lead_somewhere(self, path: Path) -> None:
        """Every file that a notebook points to is there."""
        for target in re.findall(r"\]\(([^)#:]+)\)", prose(path)):
            assert (path.parent / target).exists(), target

    def test_start_leads_to_every_chapter(self) -> None:
        """The start page names all chapters, in order, by their titles."""
        (start,) = (path for path in NOTEBOOKS if path.stem == "start")
        listed = re.findall(r"^(\d+)\. \[([^]]+)\]\(([^)]+)\)", prose(start), re.M)
        assert [(f"{number}. {name}", file) for number, name, file in listed] == [
            (title(path), path.name) for path in CHAPTERS
        ]

    def test_each_leads_to_its_neighbours(self) -> None:
        """The last line of a chapter links the one before and the one after, by title."""
        start = ("Start", "start.ipynb")
        stops = [start, *((title(path), path.name) for path in CHAPTERS), start]
        for path, before, after in zip(CHAPTERS, stops, stops[2:], strict=False):
            last = prose(path).strip().splitlines()[-1]
            assert re.findall(r"\[([^]]+)\]\(([^)]+)\)", last) == [before, after], path.name

    @pytest.mark.parametrize("path", CHAPTERS, ids=by_name)
    def test_a_sitting_each(self, path: Path) -> None:
        """Ten to fifteen minutes: about a thousand words, and time to think at each cell."""
        minutes = len(prose(path).split()) / 150 + len(cells(path, "code")) / 3
        assert 8 <= minutes <= 17, f"{minutes:.0f} minutes"
