"""``zapviz notebooks``: copy the chapters to a folder of the user's, and open them."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from zapviz.commands.stopped import so_far
from zapviz.errors import ZapvizError
from zapviz.words import how_many
from zapviz.written_file import write_file

__all__ = ["EXAMPLES", "add_arguments", "chapters", "copy_chapters", "run"]

EXAMPLES = """\
examples:
  zapviz notebooks                  into ./zapviz-notebooks, and open JupyterLab
  zapviz notebooks ~/lesson         into a folder of your choice
  zapviz notebooks --no-open        only copy

A file that is there already is left as it is, with all that you changed in it.
"""

_FOLDER = "zapviz-notebooks"
_FIRST = "start.ipynb"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    command.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        type=Path,
        default=Path(_FOLDER),
        help=f"where to; {_FOLDER} by default",
    )
    command.add_argument("--no-open", action="store_true", help="do not open JupyterLab")
    command.add_argument(
        "--no-browser", action="store_true", help="start JupyterLab and print its address"
    )


def chapters() -> list[Path]:
    """Give the chapters' files: from the installed package, or from the repository.

    Raises:
        ZapvizError: There are none in either.
    """
    installed = Path(str(files("zapviz").joinpath("chapters")))
    repository = Path(__file__).parents[2] / "notebooks"
    for folder in (installed, repository):
        notebooks = sorted(folder.glob("*.ipynb"))
        if notebooks:
            return notebooks
    raise ZapvizError(f"this copy of zapviz has no chapters: there are none in {installed}")


def copy_chapters(folder: Path) -> tuple[list[Path], list[Path]]:
    """Copy the chapters to a folder, and overwrite nothing.

    Returns:
        The names of the chapters that were copied, and of those that were there already.

    Raises:
        ZapvizError: The folder cannot be made or written to.
    """
    copied, kept = [], []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for chapter in chapters():
            target = folder / chapter.name
            if os.path.lexists(target):
                kept.append(target)
                continue
            write_file(target, chapter.read_bytes())
            copied.append(target)
            so_far(f"{how_many(len(copied), 'chapter')} of them copied to {folder}")
    except OSError as error:
        why = error.strerror or str(error)
        raise ZapvizError(f"cannot copy the chapters to {folder}: {why}") from None
    return copied, kept


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    copied, kept = copy_chapters(args.folder)
    for words, these in (("copied", copied), ("already there, left as it is", kept)):
        for path in these:
            print(f"{path}: {words}")
    if args.no_open:
        return 0
    if find_spec("jupyterlab") is None:
        raise ZapvizError("JupyterLab is not installed here; pip install 'zapviz[lab]'")
    names = sorted(path.name for path in (*copied, *kept))
    first = _FIRST if _FIRST in names else names[0]
    command = [sys.executable, "-m", "jupyterlab", f"--notebook-dir={args.folder.resolve()}"]
    command += [f"--LabApp.default_url=/lab/tree/{first}"]
    command += ["--no-browser"] if args.no_browser else []
    command += ["--allow-root"] if os.name == "posix" and os.geteuid() == 0 else []
    print("Opening JupyterLab; Ctrl-C stops it.", flush=True)
    return _become(command)


def _become(command: list[str]) -> int:
    """Hand the terminal over to a program, so that Ctrl-C goes to it."""
    if os.name == "posix":
        os.execv(command[0], command)

    return subprocess.call(command)
