"""The decision table in a real Chromium: by mouse, by keyboard, and in a notebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jupyter_page import Lab, open_notebook, save, write_notebook
from playwright.sync_api import Browser, Page, expect
from settled import still

import zapviz
from waiting import eventually
from zapviz.api.tables import Table, table
from zapviz.decisions.cases import ENTRIES, MAIN_ENTRIES, MAIN_PATHS, MAPPINGS, PATHS
from zapviz.decisions.decide import cell_of
from zapviz.kernels.known import KERNELS

MAIN = {
    "rows": "entry",
    "columns": "path",
    "entry": list(MAIN_ENTRIES),
    "mapping": ["shmem-private"],
    "path": list(MAIN_PATHS),
    "kernel": ["v5.17"],
}

DRAWN = """() => [...document.querySelectorAll(".zv-table tbody tr:not(.zv-table-group)")]
  .map((row) => [row.querySelector("th").textContent,
    ...[...row.querySelectorAll("td")]
      .map((cell) => cell.innerText.replace(/\\s+/g, " ").trim())])"""
BOXES = """() => [".zv-table-bar", ".zv-table-pane", ".zv-why", ".zv-legend"]
  .map((selector) => { const b = document.querySelector(selector).getBoundingClientRect();
    return [selector, ...[b.x, b.y, b.width, b.height].map(Math.round)]; })"""


@pytest.fixture(scope="module")
def whole() -> Table:
    """The whole table, of every kernel."""
    return table()


@pytest.fixture
def shown(tabled: Callable[..., Page], whole: Table) -> Callable[..., Page]:
    """Open the table: ``shown({...what of the view differs from the main one...})``."""

    def show(view: dict[str, Any] | None = None, of: Table = whole, **context: Any) -> Page:
        return tabled(of, {**MAIN, **(view or {})}, **context)

    return show


def cell(page: Page, row: str, column: int) -> Any:
    """The cell of a row, by the row's name, and of a column, counted from 0."""
    named = page.get_by_role("rowheader", name=row, exact=True)
    return page.locator("tbody tr").filter(has=named).locator("td").nth(column)


def told(page: Page, what: str) -> list[Any]:
    """What the page was told of, the latest first."""
    return [one[1:] for one in page.evaluate("window.told") if one[0] == what][::-1]


def rows(page: Page) -> list[str]:
    """The names of the rows that are shown."""
    return [row[0] for row in page.evaluate(DRAWN)]


class TestWhatIsDrawn:
    """What stands on the screen is what the table says."""

    def test_words(self, shown: Callable[..., Page]) -> None:
        """Each cell shows the sign and word of the computed cell."""
        drawn = shown().evaluate(DRAWN)
        possible = [
            entry
            for entry in MAIN_ENTRIES
            if cell_of(entry, "shmem-private", "munmap", "v5.17").verdict != "not possible"
        ]
        assert [row[0] for row in drawn] == [ENTRIES[entry].name for entry in possible]
        for entry, row in zip(possible, drawn, strict=True):
            words = [cell_of(entry, "shmem-private", path, "v5.17").word for path in MAIN_PATHS]
            assert [shown_word.split(" ", 1)[1] for shown_word in row[1:]] == words

    def test_first_view(self, tabled: Callable[..., Page], whole: Table) -> None:
        """Without a view of its own a page begins with what matters, on the default kernel."""
        page = tabled(whole, None)
        expect(page.locator(".zv-table-about")).to_have_text(
            "kernel v6.18 \u00b7 private mapping of shmem"
        )
        eventually(lambda: rows(page), [ENTRIES[one].name for one in MAIN_ENTRIES])

    def test_any_axes(self, shown: Callable[..., Page]) -> None:
        """Kernels down and mappings across: the same cells, laid out so."""
        page = shown({"rows": "kernel", "columns": "mapping", "entry": ["swap"],
                      "path": ["truncate"], "kernel": list(KERNELS),
                      "mapping": list(MAPPINGS)})  # fmt: skip
        drawn = page.evaluate(DRAWN)
        assert [row[0] for row in drawn] == list(KERNELS)
        for name, row in zip(KERNELS, drawn, strict=True):
            for mapping, word in zip(MAPPINGS, row[1:], strict=True):
                one = cell_of("swap", mapping, "truncate", name)
                assert word == "\u2013" if one.word == "-" else word.endswith(one.word)
        expect(page.locator(".zv-table-about")).to_have_text("truncate \u00b7 swap entry")

    def test_groups(self, shown: Callable[..., Page]) -> None:
        """An axis that goes neither down nor across has a group of rows for each value."""
        page = shown({"mapping": ["shmem-private", "anon"], "kernel": ["v5.17", "v6.12"]})
        groups = page.locator(".zv-table-group").all_inner_texts()
        assert [one.strip() for one in groups] == [
            "v5.17, private mapping of shmem",
            "v5.17, anonymous memory",
            "v6.12, private mapping of shmem",
            "v6.12, anonymous memory",
        ]

    def test_everything(self, shown: Callable[..., Page]) -> None:
        """All of one kernel at once: every possible entry class has its row."""
        page = shown({"entry": list(ENTRIES), "mapping": list(MAPPINGS), "path": list(PATHS),
                      "kernel": ["v6.18"]})  # fmt: skip
        rows = {
            (entry, mapping)
            for entry in ENTRIES
            for mapping in MAPPINGS
            if cell_of(entry, mapping, "munmap", "v6.18").verdict != "not possible"
        }
        assert len(page.evaluate(DRAWN)) == len(rows)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("look", ["main", "differs"])
    def test_looks(
        self, shown: Callable[..., Page], picture: Callable[..., None], scheme: str, look: str
    ) -> None:
        """All of it fits on a projector; the pictures are there to be looked at."""
        page = shown(color_scheme=scheme)
        expect(page.locator(".zv-decisions")).to_have_attribute("data-theme", scheme)
        cell(page, "swap entry", 1).click()
        expect(page.locator(".zv-why-title")).to_contain_text("swap entry")
        if look == "differs":
            page.get_by_label("Only what differs").check()
            expect(page.locator("thead th")).to_have_count(len(KERNELS) + 1)
        still(page)
        picture(page, f"table-{look}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        boxes = page.evaluate(BOXES)
        assert all(x >= 0 and x + width <= 1280 for _, x, _, width, _ in boxes)
        assert all(y + height <= 720 for _, _, y, _, height in boxes)

    def test_narrow(self, shown: Callable[..., Page], picture: Callable[..., None]) -> None:
        """In a narrow notebook the bar wraps and the table scrolls inside itself."""
        page = shown({"path": list(PATHS)}, size=(620, 900))
        picture(page, "table-narrow")
        assert page.evaluate("document.documentElement.scrollWidth") <= 620


class TestChoosing:
    """Rows, columns, values, and only what differs."""

    def test_axes(self, shown: Callable[..., Page]) -> None:
        """An axis chosen for one side that the other has makes the two change places."""
        page = shown()
        page.get_by_label("what goes down").select_option("path")
        eventually(lambda: rows(page), [PATHS[p].name for p in MAIN_PATHS])
        expect(page.get_by_label("what goes across")).to_have_value("entry")
        eventually(lambda: [view["rows"] for (view,) in told(page, "view")[:1]], ["path"])

    def test_values(self, shown: Callable[..., Page]) -> None:
        """The lists choose what is shown; one value at least stays chosen."""
        page = shown()
        page.locator("summary", has_text="Paths 4 of 13").click()
        page.get_by_label("exit", exact=True).check()
        expect(page.locator("thead th")).to_have_count(6)
        page.get_by_role("button", name="all", exact=True).locator("visible=true").click()
        expect(page.locator("thead th")).to_have_count(14)
        page.get_by_role("button", name="as at first").locator("visible=true").click()
        expect(page.locator("thead th")).to_have_count(5)
        for name in ("munmap", "truncate", "hole punch", "DONTNEED"):
            page.get_by_label(name, exact=True).click()
        expect(page.locator("thead th")).to_have_count(2)
        page.keyboard.press("Escape")
        expect(page.locator("summary", has_text="Path: DONTNEED")).to_be_hidden()

    def test_only_what_differs(self, shown: Callable[..., Page]) -> None:
        """The kernels come side by side, with only the places where they part; and back."""
        page = shown()
        before = page.evaluate(DRAWN)
        page.get_by_label("Only what differs").check()
        expect(page.locator("thead th:not(:first-child)")).to_have_text(list(KERNELS))
        places = {
            (ENTRIES[entry].name, path)
            for entry in MAIN_ENTRIES
            for path in MAIN_PATHS
            if len({cell_of(entry, "shmem-private", path, name).outcome for name in KERNELS
                    if cell_of(entry, "shmem-private", path, name).verdict != "not possible"}) > 1
        }  # fmt: skip
        eventually(lambda: len(rows(page)), len(places))
        assert set(rows(page)) == {name for name, _ in places}
        page.get_by_label("Only what differs").uncheck()
        eventually(lambda: page.evaluate(DRAWN), before)

    def test_nothing_differs(self, shown: Callable[..., Page]) -> None:
        """Where the kernels agree, that is said."""
        page = shown({"kernel": ["v6.1", "v6.12"], "only": True})
        expect(page.get_by_role("status")).to_have_text(
            "The kernels chosen decide everything chosen here alike."
        )

    def test_a_patch(self, shown: Callable[..., Page]) -> None:
        """A kernel of one's own stands beside the others; what it changes is found."""
        fixed = zapviz.kernel("v5.17").with_rule(swap_entries="even_cows")
        both = table(["v5.17", fixed])
        page = shown({"kernel": ["v5.17", fixed.name], "only": True, "columns": "kernel"}, of=both)
        eventually(lambda: page.evaluate(DRAWN), [["swap entry", "= kept", "\u2715 zapped"]])


class TestWhy:
    """The reason of a cell, and the scenario that a click opens."""

    def test_pointing(self, shown: Callable[..., Page]) -> None:
        """Pointing at a cell tells its reason, rule's source and evidence, and moves nothing."""
        page = shown()
        boxes = page.evaluate(BOXES)
        cell(page, "swap entry", 1).hover()
        one = cell_of("swap", "shmem-private", "truncate", "v5.17")
        expect(page.locator(".zv-why-reason")).to_have_text(one.reason)
        expect(page.locator(".zv-why-source")).to_have_text(
            f"{one.source}, v5.17 \u00b7 {one.evidence}"
        )
        expect(page.locator(".zv-why-passes li")).to_have_count(2)
        assert told(page, "open") == []
        page.mouse.move(2, 700)
        expect(page.locator(".zv-why-reason")).to_contain_text("Point at a cell")
        still(page)
        assert page.evaluate(BOXES) == boxes

    def test_click_opens(self, shown: Callable[..., Page]) -> None:
        """A click hands the smallest scenario and the kernel on, and pins the reason."""
        page = shown()
        cell(page, "swap entry", 1).click()
        one = cell_of("swap", "shmem-private", "truncate", "v5.17")
        eventually(lambda: told(page, "open"), [[one.scenario, "v5.17", one.reason]])
        cell(page, "file page", 0).hover()
        page.mouse.move(2, 700)
        expect(page.locator(".zv-why-title")).to_contain_text("swap entry")
        expect(page.locator(".zv-why-scenario")).to_have_text(one.scenario.strip())
        expect(cell(page, "swap entry", 1)).to_have_attribute("aria-selected", "true")

    def test_scenarios_run(self, shown: Callable[..., Page]) -> None:
        """What is handed on runs, and ends as the cell says."""
        page = shown()
        for count, (row, column) in enumerate(
            (("private page", 2), ("hwpoison of a file page", 1)), 1
        ):
            cell(page, row, column).click()
            eventually(lambda: len(told(page, "open")), count)
            scenario, kernel, _ = told(page, "open")[0]
            assert zapviz.run(scenario, kernel).ok

    def test_impossible(self, shown: Callable[..., Page]) -> None:
        """What cannot be says why, too."""
        page = shown({"kernel": list(KERNELS), "path": ["munmap"], "columns": "kernel"})
        cell(page, "guard marker", 0).click()
        expect(page.locator(".zv-why .zv-verdict")).to_have_text("\u2013 not possible")
        expect(page.locator(".zv-why-reason")).to_contain_text("v6.13")


class TestKeyboard:
    """Everything by keyboard, told to a screen reader."""

    def test_roving(self, shown: Callable[..., Page]) -> None:
        """One cell takes the focus; arrows, Home and End move it, Enter opens."""
        page = shown()
        expect(page.locator("td[tabindex='0']")).to_have_count(1)
        page.locator("td[tabindex='0']").focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
            page.keyboard.press(key)
        expect(cell(page, "swap entry", 1)).to_be_focused()
        page.keyboard.press("Enter")
        scenario = cell_of("swap", "shmem-private", "truncate", "v5.17").scenario
        assert scenario.startswith("# swap entry: truncate\n")
        eventually(lambda: [one[0] for one in told(page, "open")], [scenario])
        page.keyboard.press("End")
        expect(cell(page, "swap entry", 3)).to_be_focused()
        page.keyboard.press("Control+Home")
        expect(cell(page, "file page", 0)).to_be_focused()
        page.keyboard.press("Control+End")
        expect(cell(page, "hwpoison of a private page", 3)).to_be_focused()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowLeft")  # from the same cell still
        expect(cell(page, "hwpoison of a private page", 2)).to_be_focused()
        expect(page.locator("td[tabindex='0']")).to_have_count(1)

    def test_focus_stays(self, shown: Callable[..., Page]) -> None:
        """Tab leaves the table; coming back, the same cell has the focus."""
        page = shown()
        cell(page, "swap entry", 1).click()
        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")
        expect(cell(page, "swap entry", 1)).to_be_focused()

    def test_choosing(self, shown: Callable[..., Page]) -> None:
        """A list is opened, used and closed by keyboard."""
        page = shown()
        summary = page.locator("summary", has_text="Kernel: v5.17")
        summary.focus()
        page.keyboard.press("Enter")
        page.get_by_label("v6.12", exact=True).focus()
        page.keyboard.press("Space")
        page.keyboard.press("Escape")
        expect(page.locator("details[open]")).to_have_count(0)
        expect(page.locator(".zv-table-group")).to_have_count(2)

    def test_names(self, shown: Callable[..., Page]) -> None:
        """It is a grid with named headers; a cell's name says what, where and why."""
        page = shown()
        expect(page.get_by_role("grid", name="what becomes of an entry")).to_be_visible()
        expect(page.get_by_role("columnheader", name="hole punch")).to_be_visible()
        one = cell_of("swap", "shmem-private", "punch", "v5.17")
        name = f"{one.title}, v5.17: kept. {one.reason}"
        expect(page.get_by_role("gridcell", name=name, exact=True)).to_be_visible()
        unnamed = page.evaluate(
            """() => [...document.querySelectorAll("button, select, summary, input")]
              .filter((node) => !(node.closest("[hidden]")
                || node.getAttribute("aria-label") || node.textContent.trim()
                || node.closest("label")?.textContent.trim())).length"""
        )
        assert unnamed == 0


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Lab) -> Iterator[Page]:
    """One notebook with a table, and a cell that prints what Python knows."""
    write_notebook(
        lab,
        "table.ipynb",
        'import zapviz\nt = zapviz.explore_table(["v5.17", "v6.12"], shown="v5.17")\nt',
        'print("told:", t.opened, t.kernel, t.trace is not None and t.trace.ok, t.step)',
    )
    page = open_notebook(browser, lab, "table.ipynb", size=(1280, 1500))
    page.locator(".zv-table").wait_for()
    yield page
    page.context.close()


class TestInANotebook:
    """The widget: a click opens an explorer below the table."""

    def test_click_opens_an_explorer(self, page: Page, picture: Callable[..., None]) -> None:
        """The trace of the cell's scenario is stepped through below, and can be edited."""
        expect(page.locator(".zv-opened")).to_be_hidden()
        cell(page, "swap entry", 1).click()
        explorer = page.locator(".zv-opened")
        expect(explorer.locator(".zv-area")).to_have_value(re.compile("assert A.0. == swap"))
        expect(explorer.locator(".zv-kernels")).to_have_value("v5.17")
        expect(explorer.locator(".zv-verdict")).to_have_text("= kept")
        picture(page, "table-notebook")
        cell(page, "swap entry", 2).click()
        expect(explorer.locator(".zv-area")).to_have_value(re.compile("PUNCH_HOLE"))
        output = page.locator(".jp-CodeCell").nth(1)
        output.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        expect(output.locator(".jp-OutputArea-output")).to_contain_text(
            "['swap', 'shmem-private', 'punch', 'v5.17'] v5.17 True"
        )

    def test_keys_stay_inside(self, page: Page) -> None:
        """Letters typed at a cell do nothing to the notebook."""
        count = page.locator(".jp-Cell").count()
        cell(page, "swap entry", 1).focus()
        for key in ("b", "x", "a", "ArrowDown"):
            page.keyboard.press(key)
        expect(cell(page, "migration of a file page", 1)).to_be_focused()
        save(page)  # JupyterLab has done what it was told before this
        expect(page.locator(".jp-Cell")).to_have_count(count)

    def test_all_of_it_in_a_full_screen(self, browser: Browser, lab: Lab, picture) -> None:
        """Table and explorer are both inside; the explorer is scrolled to, whole, and steps."""
        write_notebook(lab, "full.ipynb", 'import zapviz\nzapviz.explore_table(["v5.17", "v6.12"])')
        page = open_notebook(browser, lab, "full.ipynb", size=(1280, 720))
        page.locator(".zv-table").wait_for()
        page.get_by_role("button", name="Full screen").first.click()
        page.wait_for_function("document.fullscreenElement !== null")
        page.get_by_role("gridcell", name=re.compile("swap entry")).first.click()
        grid = page.locator(".zv-opened .zv-pane")
        expect(grid).to_be_in_viewport(ratio=0.95)
        expect(page.locator(".zv-opened .zv-reason")).to_be_in_viewport(ratio=0.95)
        assert grid.evaluate("(node) => document.fullscreenElement.contains(node)")
        picture(page, "table-full")
        player = page.locator(".zv-opened .zv").first
        at = int(player.get_attribute("data-step"))
        player.focus()
        page.keyboard.press("PageUp")
        expect(player).to_have_attribute("data-step", str(at - 1))
        page.context.close()
