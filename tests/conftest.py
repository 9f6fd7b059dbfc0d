"""What several tests use: expected texts on file, and the one way to refresh them."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from zapviz.errors import ZapvizError

EXPECTED = Path(__file__).parent / "expected"

pytest.register_assert_rewrite("waiting")

# How long an example takes is a matter of benchmarks, and of what else the machine does.
settings.register_profile("zapviz", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("zapviz")

# A shell's background job ignores SIGINT, and so would the programs that the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--refresh``: review its diff as the change of behaviour that it is."""
    parser.addoption(
        "--refresh", action="store_true", help="write tests/expected/ anew instead of comparing"
    )


LONGEST = ("lab", "website")  # groups of tests that begin first, so that none is left at the end


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several processes (``-n 2 --dist loadgroup``) a file stays in one; so do all that
    fetch the same kernels, and all that fetch the website's interpreter."""
    groups = {}
    for item in items:
        folder, name = item.path.parent.name, item.path.name
        group = "lab" if folder == "lab" else f"{folder}/{name}"
        if "site" in name and folder in ("browser", "website"):
            group = "website"
        item.add_marker(pytest.mark.xdist_group(group))
        groups[item] = LONGEST.index(group) if group in LONGEST else len(LONGEST)
    if config.getoption("loadgroup", False):
        items.sort(key=groups.__getitem__)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Tell where groups are not kept together: what is made once would be made in each process."""
    if session.config.getoption("loadgroup", False):
        apart = [item.nodeid for item in session.items if "@" not in item.nodeid]
        if apart:
            raise pytest.UsageError(
                f"pytest {pytest.__version__} and pytest-xdist do not keep groups together: "
                f"{apart[0]} has none; constraints.txt has versions that do"
            )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the seed of the fuzzer, and what it tried."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, text in report.user_properties:
            if name == "fuzz" and report.when == "call":
                terminalreporter.section("fuzz")
                terminalreporter.line(text)


@pytest.fixture
def expected(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the one on file: ``expected("name.txt", text)``."""

    def compare(name: str, text: str) -> None:
        path = EXPECTED / name
        if request.config.getoption("--refresh"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The website, built once for all tests, with the live model."""
    from website.build import build

    if shutil.which("npm") is None and not os.environ.get("CI"):
        pytest.skip("no npm here, which the website's live model takes (apt install npm)")
    folder = tmp_path_factory.mktemp("website") / "site"
    try:
        build(folder)
    except ZapvizError as error:
        if "npm" in str(error) and not os.environ.get("CI"):
            pytest.skip(f"npm does not give Pyodide here: {error}")
        raise
    return folder
