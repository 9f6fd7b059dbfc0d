"""Build the wheel and the sdist into dist/, check them, and print what is new: `make release`.

    python tools/release.py

What is checked: the tree is clean; the version is the newest in CHANGELOG.md, CITATION.cff has it
too; twine finds nothing wrong with what an index would show, and no link in it is relative; the
wheel, which is made from the sdist, is whole and runs in an empty environment. Nothing is uploaded.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from email import message_from_bytes
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
RELATIVE = re.compile(r'\]\((?!https?://|#)[^)]+\)|(?:src|href)="(?!https?://|#)[^"]+"')
NEEDED = ("zapviz/view/built/views.js", "zapviz/chapters/start.ipynb")


class NotReady(Exception):
    """What stands in the way of a release, in a sentence."""


def main() -> int:
    """Do it all, and give the exit status."""
    try:
        version = version_of_tree()
        notes = notes_of(version)
        wheel, sdist = build(ROOT, DIST)
        check_archives(wheel, sdist)
        try_wheel(wheel, version)
    except NotReady as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    print(f"zapviz {version}: {wheel.name} and {sdist.name} are in {DIST.name}/\n")
    print(notes)
    print(f"\nThen: git tag -s v{version}, with the notes above; twine upload {DIST.name}/*")
    return 0


def version_of_tree() -> str:
    """Give the version, once the tree is clean and all that names a version agrees."""
    if run("git", "status", "--porcelain"):
        raise NotReady("there are changes that are not committed")
    text = (ROOT / "zapviz/version.py").read_text(encoding="utf-8")
    [version] = re.findall(r'__version__ = "(.+)"', text)
    cited = re.findall(
        r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.M
    )
    if cited != [version]:
        raise NotReady(f"CITATION.cff has version {', '.join(cited)}, zapviz/version.py {version}")
    return version


def notes_of(version: str) -> str:
    """Give what CHANGELOG.md says of a version, which has to be its newest."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)[^\n]*\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    if newest is None or newest[1] != version:
        raise NotReady(f"the newest version in CHANGELOG.md is not {version}")
    return newest[2].strip()


def build(source: Path, target: Path) -> tuple[Path, Path]:
    """Build the sdist, and the wheel from it."""
    for old in target.glob("zapviz-*"):
        old.unlink()
    run(sys.executable, "-m", "build", "--outdir", str(target), str(source))
    [wheel], [sdist] = target.glob("*.whl"), target.glob("*.tar.gz")
    return wheel, sdist


def check_archives(wheel: Path, sdist: Path) -> None:
    """See whether an index would take them, and whether they are whole."""
    run(sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist))
    with zipfile.ZipFile(wheel) as archive:
        files = set(archive.namelist())
        [about] = [name for name in files if name.endswith(".dist-info/METADATA")]
        shown = message_from_bytes(archive.read(about))
    relative = re.findall(
        r"\]\((?!https?://|#)([^)]+)\)|(?:src|href)=\"(?!https?://|#)([^\"]+)\"",
        str(shown.get_payload()),
    )
    if relative:
        raise NotReady(f"what an index shows has links that lead nowhere: {relative[:3]}")
    lacking = [
        name
        for name in ("zapviz/view/built/views.js", "zapviz/chapters/start.ipynb")
        if name not in files
    ]
    if lacking:
        raise NotReady(f"the wheel lacks {', '.join(lacking)}")
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    if not any(name.endswith("/tests/test_setup.py") for name in names):
        raise NotReady("the sdist lacks the tests")


def try_wheel(wheel: Path, version: str) -> None:
    """Install the wheel into an empty environment, alone, and run it."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        run(str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel))
        said = run(str(python), "-m", "zapviz", "--version").strip()
        if said != f"zapviz {version}":
            raise NotReady(f"the wheel says that it is {said}, not {version}")
        run(str(python), "-m", "zapviz", "run", "reproducer")


def run(*command: str) -> str:
    """Run a command in the tree, and give its output."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise NotReady(
            f"{' '.join(command[:4])} ended with status {done.returncode}:\n{said[-2000:]}"
        )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
