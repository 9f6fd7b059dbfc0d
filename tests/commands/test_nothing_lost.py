"""A file that zapviz writes is whole or not there, and never replaced unasked."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import NoReturn

import pytest

from zapviz.commands import export, judging, lab
from zapviz.commands.cli import main, parsers
from zapviz.commands.notebooks import copy_chapters
from zapviz.errors import ZapvizError
from zapviz.lab import records
from zapviz.written_file import write_file


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
    assert len(copied) == 11
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


WRITERS = {
    "export": ["export", "hole-punch", "text", "-o", "{}"],
    "export of a comparison": ["export", "hole-punch", "mail", "--kernel", "v5.17", "--kernel",
                               "v6.12", "-o", "{}"],
    "conform": ["lab", "conform", "--kernel", "6.12", "-n", "1", "--evidence", "{}"],
    "conform of races": ["lab", "conform", "--races", "--kernel", "6.12", "--evidence", "{}"],
    "judge": ["lab", "judge", "--with", "true {}", "--report", "{}"],
}  # fmt: skip


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work that fills a file is not begun."""

    def begun(*_: object, **__: object) -> NoReturn:
        pytest.fail("the work was begun")

    for name in ("conform", "conform_races", "kernels_here"):
        monkeypatch.setattr(lab, name, begun)
    monkeypatch.setattr(judging, "judge_system", begun)
    for name in ("chosen_trace", "compare"):
        monkeypatch.setattr(export, name, begun)


def told_wrong(name: str, path: str) -> bool:
    """Whether a call that would write there ends at once, with a sentence."""
    return main([path if word == "{}" else word for word in WRITERS[name]]) == 2


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("name", WRITERS)
class TestBeforeTheWork:
    """A place that cannot be written is told before what would be written there is made."""

    def ending(self, name: str) -> str:
        """A file's name that the command takes."""
        return "it.xml" if name == "judge" else "it.txt"

    def test_a_file_that_is_there(self, name: str, tmp_path: Path) -> None:
        """It stays as it is."""
        mine = tmp_path / self.ending(name)
        mine.write_text("mine")
        assert told_wrong(name, str(mine))
        assert mine.read_text() == "mine"

    def test_a_link_that_leads_nowhere(self, name: str, tmp_path: Path) -> None:
        """It is somebody's, too."""
        (tmp_path / self.ending(name)).symlink_to(tmp_path / "nowhere")
        assert told_wrong(name, str(tmp_path / self.ending(name)))
        assert not (tmp_path / "nowhere").exists()

    @pytest.mark.parametrize("where", ["nowhere", "file", "folder", "socket", "long", "read-only"])
    def test_a_place_where_no_file_can_be(
        self,
        name: str,
        where: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Nothing is left there."""
        path = tmp_path / where / self.ending(name)
        if where == "file":
            (tmp_path / "file").touch()
        elif where == "folder":
            path.mkdir(parents=True)
        elif where == "socket":
            path.parent.mkdir()
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(path))
        elif where == "long":
            path = tmp_path / f"{'x' * 300}{path.suffix}"
        elif where == "read-only":
            path.parent.mkdir()
            opened = os.open

            def refuse(name: str, flags: int, *rest: int) -> int:
                if flags & os.O_CREAT:
                    raise OSError(errno.EROFS, "Read-only file system")
                return opened(name, flags, *rest)

            monkeypatch.setattr("zapviz.written_file.os.open", refuse)
        before = sorted(tmp_path.rglob("*"))
        assert told_wrong(name, str(path))
        monkeypatch.undo()
        said = capsys.readouterr().err
        assert "cannot write" in said or "there is a file" in said
        assert sorted(tmp_path.rglob("*")) == before


def test_every_option_that_names_a_file_to_write_is_tried() -> None:
    """A new one needs a call above."""
    written = {
        f"{command} {action.option_strings[-1]}"
        for command, parser in parsers().items()
        for action in parser._actions
        if action.metavar in ("FILE", "PATH") and action.option_strings
    }
    read = {one for one in written if one.endswith("--bzimage")}
    assert written - read == {"export --output", "lab conform --evidence", "lab judge --report"}


@pytest.mark.usefixtures("full_disk")
def test_a_file_that_is_replaced_is_whole_or_as_it_was(tmp_path: Path) -> None:
    """As a record is that comes with zapviz: a disk that is full takes nothing away."""
    path = tmp_path / "runs.json"
    path.write_text("{}")
    with pytest.raises(ZapvizError, match="No space left"):
        write_file(path, b"new", overwrite=True)
    assert path.read_text() == "{}"
    assert list(tmp_path.iterdir()) == [path]


def test_records_are_tried_before_the_boots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed zapviz is nobody's to write to."""
    monkeypatch.setattr(records, "run_findings", lambda *_: pytest.fail("a kernel was booted"))
    with pytest.raises(ZapvizError, match="for a checkout"):
        records.record_run("reproducer", "6.12", path=tmp_path / "nowhere" / "runs.json")
    (tmp_path / "runs.json").write_text("[")
    with pytest.raises(ZapvizError, match="is damaged"):
        records.record_run("reproducer", "6.12", path=tmp_path / "runs.json")
