"""A self-contained page with the decision table: its files inlined, and no notebook."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page
from settled import still
from standalone import imported, literal, page_of, watched_page

from zapviz.api.tables import Table
from zapviz.render.palette import palette_json

__all__ = ["open_table", "table_page"]


def table_page(table: Table, view: dict[str, Any] | None) -> str:
    """Write a page with a table; ``window.table`` and ``window.told`` are for tests."""
    return page_of(f"""
{imported("createTable", "table")}
window.told = [];
window.table = createTable(document.getElementById("here"), {literal(table.as_json())}, {{
  palette: {literal(palette_json())},
  view: {literal(view)} ?? undefined,
  onOpen: (scenario, kernel, cell) => window.told.push(["open", scenario, kernel, cell.reason]),
  onView: (view) => window.told.push(["view", view]),
}});""")


def open_table(
    browser: Browser,
    table: Table,
    view: dict[str, Any] | None,
    *,
    size: tuple[int, int] = (1280, 720),
    **context: Any,
) -> Page:
    """Open such a page; errors in it are collected in ``page.problems``."""
    page = watched_page(browser, size, **context)
    page.set_content(table_page(table, view))
    page.wait_for_function("window.table")
    still(page)
    return page
