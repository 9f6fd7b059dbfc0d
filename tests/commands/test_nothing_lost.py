"""A file that zapviz writes is whole or not there, and never replaced unasked."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from zapviz.commands import lab
from zapviz.commands.cli import main
from zapviz.commands.notebooks import copy_chapters
from zapviz.errors import ZapvizError


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that says only at the end that it is full."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_leaves_no_part_of_a_chapter(tmp_path: Path) -> None:
    """The next call copies what is missing."""
    with pytest.raises(ZapvizError, match="No space left"):
        copy_chapters(tmp_path / "lesson")
    assert list((tmp_path / "lesson").iterdir()) == []


def test_a_chapter_of_the_users_own_stays(tmp_path: Path) -> None:
    """With all that was changed in it."""
    (tmp_path / "start.ipynb").write_text("mine")
    copied, kept = copy_chapters(tmp_path)
    assert kept == [tmp_path / "start.ipynb"]
    assert len(copied) == 10
    assert (tmp_path / "start.ipynb").read_text() == "mine"


def test_evidence_is_not_replaced_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a path that cannot be written is told before the first boot."""
    monkeypatch.setattr(lab, "conform", lambda *_, **__: pytest.fail("a kernel was booted"))
    mine = tmp_path / "evidence.csv"
    mine.write_text("mine")
    call = ["lab", "conform", "--kernel", "6.12", "-n", "1", "--evidence"]
    assert main([*call, str(mine)]) == 2
    assert "there is a file" in capsys.readouterr().err
    assert main([*call, str(tmp_path / "nowhere" / "evidence.csv")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert mine.read_text() == "mine"
