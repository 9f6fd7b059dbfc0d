"""A self-contained page with the decision table: its files inlined, and no notebook."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Browser, Page

from zapviz.decision_table import Table
from zapviz.render.palette import palette_json
from zapviz.view import module, style

__all__ = ["open_table", "table_page"]


def table_page(table: Table, view: dict[str, Any] | None) -> str:
    """Write a page with a table; ``window.table`` and ``window.told`` are for tests."""

    def literal(value: Any) -> str:
        return json.dumps(value).replace("</", "<\\/")

    return f"""<!doctype html><meta charset="utf-8"><title>zapviz</title>
<style>body {{ margin: 8px; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #111; }} }}
{style("table")}</style>
<div id="here"></div>
<script type="module">
{module("table")}
window.told = [];
window.table = createTable(document.getElementById("here"), {literal(table.as_json())}, {{
  palette: {literal(palette_json())},
  view: {literal(view)} ?? undefined,
  onOpen: (scenario, kernel, cell) => window.told.push(["open", scenario, kernel, cell.reason]),
  onView: (view) => window.told.push(["view", view]),
}});
</script>"""


def open_table(
    browser: Browser,
    table: Table,
    view: dict[str, Any] | None,
    *,
    size: tuple[int, int] = (1280, 720),
    **context: Any,
) -> Page:
    """Open such a page; errors in it are collected in ``page.problems``."""
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}, **context).new_page()
    page.problems = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.problems.append(str(error)))  # type: ignore[attr-defined]
    page.set_default_timeout(15_000)
    page.set_content(table_page(table, view))
    page.wait_for_function("window.table")
    return page
