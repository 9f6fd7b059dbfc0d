"""Visits of the website: served from a folder inside another, and held against all other hosts."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route, expect
from settled import still

from waiting import PATIENCE

__all__ = ["Visit", "ready", "served", "step_through"]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(site: Path, root: Path) -> Iterator[str]:
    """Serve a site on the loopback address, as a folder inside another; gives its address."""
    (root / "some").mkdir()
    (root / "some" / "folder").symlink_to(site)
    handler = functools.partial(_Quiet, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/some/folder/"
        server.shutdown()


class Visit(contextlib.ExitStack):
    """A page, and what it asked for, and what went wrong in it."""

    def __init__(self, browser: Browser, **context: object) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.problems: list[str] = []
        self.refused: list[str] = []
        own = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **context})
        self.callback(own.close)
        own.route("**/*", self._pass)
        self.page = own.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._note)

    def _pass(self, route: Route) -> None:
        """Let a request to the site through; nothing else is there."""
        self.asked.append(route.request.url)
        parts = urlsplit(route.request.url)
        if parts.scheme == "file" or parts.hostname == "127.0.0.1":
            route.continue_()
        else:
            self.refused.append(route.request.url)
            route.abort()

    def _note(self, message: object) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{self.page.url}: {message.text}")

    def well(self) -> bool:
        """Whether nothing went wrong and no other host was asked."""
        self.page.evaluate("null")  # what went wrong before this has been heard of after it
        assert self.refused == []
        assert self.problems == []
        return True


def ready(page: Page) -> None:
    """Wait until each place of a page has its view."""
    if page.locator(".zv-place").count():
        expect(page.locator("html")).to_have_attribute("data-ready", "true")
        still(page)


def step_through(page: Page) -> int:
    """Step each player of a page by mouse and by keyboard; gives how many there are."""
    ready(page)
    figures = page.locator(".zv-show").all()
    for figure in figures:  # small ones, which have no buttons
        begin = int(figure.get_attribute("data-step"))
        figure.focus()
        page.keyboard.press("ArrowLeft")
        expect(figure).to_have_attribute("data-step", str(begin - 1))
        page.keyboard.press("ArrowRight")
        expect(figure).to_have_attribute("data-step", str(begin))
    players = page.locator(".zv[data-step]:not(.zv-show)")
    for k in range(players.count()):
        player = players.nth(k)
        begin = int(player.get_attribute("data-step"))
        player.focus()
        if player.locator(".zv-next[aria-disabled=true]").count():  # it opens at its end
            page.keyboard.press("ArrowLeft")
            begin -= 1
            expect(player).to_have_attribute("data-step", str(begin))
        player.locator(".zv-next").click()
        expect(player).to_have_attribute("data-step", str(begin + 1))
        player.focus()
        page.keyboard.press("ArrowLeft")
        expect(player).to_have_attribute("data-step", str(begin))
    return players.count()
