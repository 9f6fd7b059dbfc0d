"""Every link of a built site, checked.

Inside the site, links are relative and lead to a file that exists, and to a place in it that
exists, or open a scenario that comes along. Links to other hosts are allowed, but scripts, pictures
and styles of other hosts are not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from zapviz.errors import ZapvizError
from zapviz.scenario.permalink import is_permalink, parse_permalink

__all__ = ["broken_links"]


class _Page(HTMLParser):
    """The ids of a page, and the links in it: (element, link)."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element's id and its links."""
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name in ("href", "src", "poster", "data", "action") and value is not None:
                self.links.append((tag, value))
            elif name == "srcset" and value:
                self.links += [(tag, one.split()[0]) for one in value.split(",")]


def broken_links(root: Path, address: str = "") -> list[str]:
    """Give a sentence for each wrong link of a site; none if all are right.

    Args:
        root: The folder of the site.
        address: Where it will be published, if that is known: the page for what is not there links
            from the root of the server.
    """
    home = urlsplit(address).path
    wrong = []
    read: dict[Path, _Page] = {}
    for file in sorted(root.rglob("*.html")):
        read[file.resolve()] = _Page()
        read[file.resolve()].feed(file.read_text(encoding="utf-8"))
    for file, page in read.items():
        for tag, link in page.links:
            if address and tag == "link" and link.startswith(address):
                continue  # the page's own, in full
            if home and file.name == "404.html" and link.startswith(home):
                link = link.removeprefix(home) or "index.html"
            why = _wrong(tag, link, file, root.resolve(), read)
            wrong += [f"{file.relative_to(root.resolve())}: {why}"] if why else []
    for sheet in sorted(root.rglob("*.css")):
        for link in re.findall(r"url\(\s*['\"]?([^'\")]+)", sheet.read_text(encoding="utf-8")):
            why = _wrong("style", link, sheet.resolve(), root.resolve(), read)
            wrong += [f"{sheet.relative_to(root)}: {why}"] if why else []
    return wrong


def _wrong(tag: str, link: str, page: Path, root: Path, read: Mapping[Path, _Page]) -> str:
    parts = urlsplit(link)
    if parts.scheme == "data" or (tag == "a" and parts.scheme in ("http", "https", "mailto")):
        return ""
    if parts.scheme or parts.netloc:
        return f"<{tag}> asks another place: {link[:120]}"
    if parts.path.startswith("/"):
        return f"{link} leads to the root of the server; links have to be relative"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_relative_to(root):
        return f"{link} leads out of the site"
    if not target.is_file():
        return f"{link} leads to nothing"
    fragment = unquote(parts.fragment)
    if not fragment or target not in read or fragment in read[target].ids:
        return ""
    if not is_permalink(f"https://example.org/#{fragment}"):
        return f"{link} leads to no place of that page"
    try:
        parse_permalink(f"https://example.org/#{fragment}")
    except ZapvizError as error:
        return f"{link} opens nothing: {error}"
    return ""
