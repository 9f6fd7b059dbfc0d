"""The scripts of the pages: what ``make js`` asks of them, and the words they share with Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from zapviz.decisions.table import AXES
from zapviz.exercises.draw import LEVEL_NAMES, LEVELS
from zapviz.exercises.exercise import Fate
from zapviz.render.page import PageTheme
from zapviz.render.palette import CHECK_SIGNS, CLASSES, ENTRY_SIGNS, FATES, FLAG_MARKS
from zapviz.widgets.grid import GRANULARITIES

ROOT = Path(__file__).parents[2]


def make(job):
    """Run make in the repository."""
    return subprocess.run(
        ["make", "--no-print-directory", job], cwd=ROOT, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def tools():
    """Install what package-lock.json has: esbuild, eslint, tsc."""
    missing = [name for name in ("make", "node", "npm") if shutil.which(name) is None]
    if missing and not os.environ.get("CI"):
        pytest.skip(f"no {missing[0]} here, which the scripts are checked with (apt install npm)")
    done = make("node_modules/.installed")
    if done.returncode != 0 and not os.environ.get("CI"):
        pytest.skip(f"npm does not give the tools of package-lock.json here: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr


class TestScripts:
    """``make js``."""

    @pytest.mark.usefixtures("tools")
    def test_they_are_right_as_far_as_no_browser_is_needed(self):
        """No mistake for eslint or tsc, unit tests hold, and what is built is up to date."""
        done = make("js")
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]

    def test_the_lock_names_no_place(self):
        """Where packages come from is the user's setting; tools/plain_lock.mjs sees to it."""
        for name in ("package.json", "package-lock.json", ".npmrc"):
            assert "://" not in (ROOT / name).read_text(encoding="utf-8"), name


def union(name):
    """The words of a type in types.d.ts."""
    text = (ROOT / "zapviz/view/types.d.ts").read_text(encoding="utf-8")
    return set(re.findall(r'"(\w*)"', re.search(rf"^export type {name} =([^;]*);", text, re.M)[1]))


class TestTypes:
    """The types that the scripts are checked with, beside what Python sends."""

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("Axis", AXES),
            ("CellKind", CLASSES),
            ("Fate", Fate),
            ("Flag", FLAG_MARKS),
            ("Granularity", GRANULARITIES),
            ("StepVerdict", ENTRY_SIGNS | CHECK_SIGNS),
            ("ThemeName", get_args(PageTheme)),
        ],
    )
    def test_words_are_those_of_python(self, name, words):
        """A word that only one side knows would be drawn as nothing."""
        assert union(name) == set(words)

    def test_every_fate_and_level_is_named(self):
        """What an exercise takes as an answer can be shown, and each level chosen."""
        assert list(FATES) == list(Fate)
        assert list(LEVEL_NAMES) == list(LEVELS)
