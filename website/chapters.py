"""A notebook, or a page of docs/, as HTML.

Notebooks are shown as they were committed, with the outputs that their author saw; they are not run
again. A notebook keeps a widget as a picture, and as the data from which a page shows it live
(``GridWidget.page_data()``); the trace of its scenario and kernel is computed here.
"""

from __future__ import annotations

import base64
import html
import json
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import mistune
import nbformat
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

import zapviz
from website.pictures import size_of
from website.players import player
from website.written import Written
from zapviz.render.figure.state import STILL, FigureTheme, draw_state
from zapviz.render.figure.vector import format_svg
from zapviz.view import PAGE_MIME

__all__ = ["Chapter", "document", "link_in_site", "read_chapter"]

_SUMMARY: Final = 240  # most characters of a chapter's first paragraph that a list shows


@dataclass(frozen=True)
class Chapter:
    """A notebook or document, ready to be put into a page."""

    path: str  # its path in the site
    title: str
    summary: str  # the beginning of its first paragraph, as plain text
    body: str  # HTML
    players: int  # how many live players it has


def read_chapter(notebook: Path, written: Written) -> Chapter:
    """Turn a notebook into a chapter, and write its pictures.

    Args:
        notebook: The notebook's file.
        written: The folder that the pictures are written to.
    """
    path = f"chapters/{notebook.stem}.html"
    prose = _Prose("notebooks", path)
    parts, players = [], 0
    for cell in nbformat.reads(notebook.read_text(encoding="utf-8"), 4).cells:
        if cell.cell_type == "markdown":
            parts.append(prose.html(cell.source.replace(*_ON_A_PAGE)))
        elif cell.cell_type == "code":
            shown = [_output(output, path, written) for output in cell.outputs]
            players += sum('class="zv-place' in one for one in shown)
            if cell.source.strip():
                parts.append(_code(cell.source, "python"))
            parts += shown
    return Chapter(path, prose.title or notebook.stem, prose.summary, "\n".join(parts), players)


def document(file: Path) -> Chapter:
    """Turn a page of docs/ into a chapter."""
    path = f"docs/{file.stem}.html"
    prose = _Prose("docs", path)
    body = prose.html(file.read_text(encoding="utf-8"))
    return Chapter(path, prose.title or file.stem, prose.summary, body, 0)


# ---- prose ------------------------------------------------------------------


def link_in_site(link: str, folder: str, page: str) -> str:
    """Give the address in the site of a link in a file of the repository.

    >>> link_in_site("../docs/locks.md#the-locks", "notebooks", "chapters/start.html")
    '../docs/locks.html#the-locks'

    Args:
        link: The link as it stands in the file.
        folder: The folder of the repository that has the file.
        page: The page of the site that will have the link.
    """
    if re.match(r"[a-z][a-z0-9+.-]*:|#", link, re.IGNORECASE):
        return link
    target, mark, fragment = link.partition("#")
    target = posixpath.normpath(posixpath.join(folder, target))
    for pattern, place in (
        (r"notebooks/(.+)\.ipynb", r"chapters/\1.html"),
        (r"docs/(.+)\.md", r"docs/\1.html"),
        (r"zapviz/scenario/shipped/(.+)\.zap", r"scenarios/\1.html"),
    ):
        target = re.sub(f"^{pattern}$", place, target)
    return posixpath.relpath(target, posixpath.dirname(page)) + mark + fragment


class _Prose(mistune.HTMLRenderer):
    """A converter from Markdown to HTML for the cells of one page; it keeps ids, the title and the
    summary.
    """

    def __init__(self, folder: str, page: str) -> None:
        super().__init__(escape=False)
        self.title = ""
        self.summary = ""
        self._link = partial(link_in_site, folder=folder, page=page)
        self._ids: set[str] = set()
        self._markdown = mistune.create_markdown(renderer=self, plugins=["table", "strikethrough"])

    def html(self, source: str) -> str:
        """Convert some Markdown to HTML."""
        return str(self._markdown(source)).strip()

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """Write a heading with an id, as Jupyter makes it: its words with dashes between them."""
        plain = _plain(text)
        if level == 1 and not self.title:
            self.title = plain
        name = re.sub(r"[^\w-]", "", plain.replace(" ", "-")) or "section"
        own, count = name, 1
        while own in self._ids:
            count += 1
            own = f"{name}-{count}"
        self._ids.add(own)
        return f'<h{level} id="{html.escape(own)}">{text}</h{level}>\n'

    def paragraph(self, text: str) -> str:
        """Write a paragraph; the first one is the summary, too."""
        if not self.summary:
            plain = _plain(text).replace("\n", " ")
            cut = plain[:_SUMMARY].rpartition(" ")[0] + " ..."
            self.summary = plain if len(plain) <= _SUMMARY else cut
        return super().paragraph(text)

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Write a link to the corresponding place in the site."""
        return super().link(text, self._link(url), title)

    def block_code(self, code: str, info: str | None = None) -> str:
        """Write a block of code."""
        return _code(code, (info or "text").split()[0])


def _plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup)).strip()


def _code(source: str, language: str) -> str:
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        lexer = get_lexer_by_name("text")
    lines = highlight(source.rstrip(), lexer, HtmlFormatter(nowrap=True)).rstrip()
    return f'<pre class="code" tabindex="0"><code>{lines}</code></pre>'


# ---- outputs ----------------------------------------------------------------


def _output(output: Any, page: str, written: Written) -> str:
    """Write one output of a cell, in the richest form that a page without Python can show."""
    if output.output_type == "stream":
        return _text(output.text)
    if output.output_type == "error":
        return _text("\n".join(output.traceback))
    data = output.get("data", {})
    for kind, show in _SHOWN.items():
        if kind in data:
            return show(data, page, written)
    return ""


def _text(text: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).rstrip()
    return f'<pre class="output" tabindex="0">{html.escape(plain)}</pre>'


def _widget(data: Any, page: str, written: Written) -> str:
    shown = data[PAGE_MIME]
    shown = json.loads(shown) if isinstance(shown, str) else shown
    if shown["view"] == "figure":
        return _figure(shown, str(data["text/plain"]), page, written)
    return player(shown, _html(data, page, written) if "text/html" in data else "")


def _figure(shown: dict[str, Any], words: str, page: str, written: Written) -> str:
    """Write a figure in the colours of both themes."""
    trace = zapviz.run(shown["text"], shown["kernel"])

    size: tuple[int, int] | None = None

    def drawn(theme: FigureTheme) -> str:
        sheet = draw_state(trace, shown["step"], **{**STILL, "theme": theme})
        nonlocal size
        data = format_svg(sheet).encode()
        size = size_of(data)
        file = written.picture(data, "svg")
        return posixpath.relpath(file, posixpath.dirname(page))

    dark, light = drawn("dark"), drawn("light")
    return (
        '<div class="output"><picture>'
        f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{html.escape(words)}"{_sized(size)} loading="lazy">'
        "</picture></div>"
    )


def _picture(source: str, words: str, image: bytes) -> str:
    sized = _sized(size_of(image))
    return f'<p class="output"><img src="{source}" alt="{words}"{sized} loading="lazy"></p>'


def _sized(size: tuple[int, int] | None) -> str:
    """Give a picture its size, so that nothing moves when it comes."""
    return "" if size is None else f' width="{size[0]}" height="{size[1]}"'


def _html(data: Any, page: str, written: Written) -> str:
    """Write HTML that zapviz made; a picture inside it becomes a file of its own."""

    def place(match: re.Match[str]) -> str:
        image = base64.b64decode(match[2])
        file = written.picture(image, match[1].partition("+")[0])
        source = posixpath.relpath(file, posixpath.dirname(page))
        return f'src="{source}"{_sized(size_of(image))} loading="lazy"'

    markup = re.sub(r'src="data:image/([a-z+]+);base64,([^"]+)"', place, data["text/html"])
    return f'<div class="output">{markup}</div>'


def _png(data: Any, page: str, written: Written) -> str:
    image = base64.b64decode(data["image/png"])
    file = written.picture(image, "png")
    words = html.escape(str(data.get("text/plain", "a figure")), quote=True)
    source = posixpath.relpath(file, posixpath.dirname(page))
    return _picture(source, words, image)


def _svg(data: Any, page: str, written: Written) -> str:
    image = str(data["image/svg+xml"]).encode()
    file = written.picture(image, "svg")
    source = posixpath.relpath(file, posixpath.dirname(page))
    return _picture(source, "a drawing", image)


def _markdown(data: Any, page: str, written: Written) -> str:
    return f'<div class="output">{_Prose("notebooks", page).html(data["text/markdown"])}</div>'


def _plain_text(data: Any, page: str, written: Written) -> str:
    return _text(data["text/plain"])


# On a page the cells have run, and what they show is live.
_ON_A_PAGE: Final = ("Run the cell below (Shift+Enter). It opens", "The explorer below opens")

_SHOWN: Final[dict[str, Callable[[Any, str, Written], str]]] = {
    PAGE_MIME: _widget,
    "image/svg+xml": _svg,
    "image/png": _png,
    "text/html": _html,
    "text/markdown": _markdown,
    "text/plain": _plain_text,
}
