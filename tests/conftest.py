"""What several tests use: expected texts on file, and the one way to refresh them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

EXPECTED = Path(__file__).parent / "expected"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--refresh``: review its diff as the change of behaviour that it is."""
    parser.addoption(
        "--refresh", action="store_true", help="write tests/expected/ anew instead of comparing"
    )


@pytest.fixture
def expected(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the one on file: ``expected("name.txt", text)``."""

    def compare(name: str, text: str) -> None:
        path = EXPECTED / name
        if request.config.getoption("--refresh"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
