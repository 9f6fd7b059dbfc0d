"""A headless Firefox, driven by puppeteer-core over WebDriver BiDi."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

__all__ = ["drive"]

_ROOT = Path(__file__).parents[2]
_FIREFOX = os.environ.get("FIREFOX", "firefox-esr")


def drive(*acts: list[Any]) -> dict[str, list[Any]]:
    """Carry out acts in a fresh Firefox; firefox.mjs lists them.

    Returns:
        What was asked, and the errors of the pages, and each address that they asked for.
    """
    firefox, node = shutil.which(_FIREFOX), shutil.which("node")
    puppeteer = _ROOT / "node_modules" / "puppeteer-core"
    missing = (
        "" if firefox else f"no Firefox at {_FIREFOX} (apt install firefox-esr, or FIREFOX=...)",
        "" if node else "no node here, which drives Firefox (apt install npm)",
        "" if puppeteer.is_dir() else "no puppeteer-core, which drives it (make js)",
    )
    for why in filter(None, missing):
        assert not os.environ.get("CI"), why
        pytest.skip(why)
    done = subprocess.run(
        [str(node), str(Path(__file__).with_name("firefox.mjs")), str(firefox)],
        input=json.dumps(acts), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    answered: dict[str, list[Any]] = json.loads(done.stdout)
    return answered
