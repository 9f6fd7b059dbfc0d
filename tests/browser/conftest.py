"""A headless Chromium, and a JupyterLab server on the loopback address, for all tests here."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_page import CHROMIUM, Lab, chromium, run_lab
from playwright.sync_api import Browser, Page, expect
from standalone import open_player, open_predict, open_show
from standalone_table import open_table
from visiting import Visit, served

from waiting import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)

PICTURES = Path(__file__).parents[2] / "test-output"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is here; without a Chromium it is skipped, but in CI it fails."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    missing = shutil.which(CHROMIUM) is None and not os.environ.get("CI")
    for item in here:
        item.add_marker(pytest.mark.browser)
        if missing:
            item.add_marker(
                pytest.mark.skip(reason=f"no Chromium at {CHROMIUM} (CHROMIUM=... names another)")
            )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run one Chromium for all tests."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Run one JupyterLab server for all tests."""
    with run_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="session")
def address(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the website."""
    with served(site, tmp_path_factory.mktemp("served")) as place:
        yield place


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Begin a visit with a context's options; each page may load only from the site."""
    with contextlib.ExitStack() as stack:
        yield lambda **context: stack.enter_context(Visit(browser, **context))


@pytest.fixture
def player(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open self-contained pages: ``player(trace, options, size=...)``; none may have errors."""
    yield from opener(browser, open_player)


@pytest.fixture
def predicted(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open exercises in self-contained pages: ``predicted(exercise)``; none may have errors."""
    yield from opener(browser, open_predict)


@pytest.fixture
def figured(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open small figures in pages: ``figured(shown, options)``; none may have errors."""
    yield from opener(browser, open_show)


@pytest.fixture
def tabled(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open decision tables in pages: ``tabled(table, view)``; none may have errors."""
    yield from opener(browser, open_table)


def opener(browser: Browser, opens: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """What opens pages; in the end they are closed, and none may have had an error."""
    pages: list[Any] = []

    def show(*arguments: Any, **context: Any) -> Page:
        pages.append(opens(browser, *arguments, **context))
        return pages[-1]

    yield show
    for page in pages:
        page.evaluate("null")  # what went wrong before this has been heard of after it
    problems = [problem for page in pages for problem in page.problems]
    for page in pages:
        page.context.close()
    assert problems == []


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keep a screenshot in test-output/, to be looked at: of a page in which nothing moves."""

    def keep(page: Page, name: str) -> None:
        PICTURES.mkdir(exist_ok=True)
        before, shot = b"", page.screenshot()
        end = time.monotonic() + PATIENCE
        while shot != before and time.monotonic() < end:
            before, shot = shot, page.screenshot()
        (PICTURES / f"{name}.png").write_bytes(shot)

    return keep
