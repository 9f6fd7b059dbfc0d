"""The model for the page: Python as WebAssembly, with zapviz imported already.

Pyodide's core comes through the user's own npm, in one version, checked by its hash. Starting
Python and importing zapviz would take a visitor several seconds of processor time. So it is done
once here, under node, and the resulting memory is stored; a page restores it in a fraction of that
time. Big files that are not packed yet are packed with gzip, since a server may not pack them;
their names end in ``.bin``, so that no server takes them for packed text.

Nothing of Pyodide is changed except the ending of two names, since not every server knows that
``.mjs`` is JavaScript.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import zapviz
from zapviz.errors import ZapvizError
from zapviz.lab.guest.kept import clear, keep, read_kept
from zapviz.lab.guest.kernels import cache_folder

__all__ = [
    "LOADED",
    "PYODIDE",
    "add_model",
    "fetch_pyodide",
    "model_zip",
    "run_command",
    "unpack_pyodide",
]

PYODIDE: Final = "314.0.7"
"""The version of Pyodide; its Python is 3.14."""

_SHA512: Final = (
    "0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
)
_ABOUT: Final = f"""\
The files in this folder are Pyodide {PYODIDE}, CPython for the browser, unchanged but for
packing and the ending of two names, and a memory of it in which zapviz has been imported.
Pyodide is under the Mozilla Public License 2.0, and its source is at
https://github.com/pyodide/pyodide; CPython is under the PSF License Version 2.
"""

_HERE: Final = Path(__file__).parent
_PACKAGE: Final = Path(zapviz.__file__).parent
_FILES: Final = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
)
LOADED: Final = ("core.bin", "memory.bin", "python_stdlib.zip", "zapviz.zip")
"""The files that the worker counts while it loads them: all but a tenth of what it takes."""

_LEFT_OUT: Final = {
    "lab", "verdicts.py", "judging.py", "widgets", "commands", "chapters", "__main__.py",
    "__pycache__",
}  # fmt: skip
_SCRIPTS: Final = {"page.js", "compared.js"}  # what an export as a page needs
_SECONDS: Final = 300

Tell = Callable[[str], None]


def add_model(folder: Path, tell: Tell) -> None:
    """Put the model into a folder of the site.

    Raises:
        ZapvizError: Npm or node is missing, or does not give what was expected.
    """
    tarball = fetch_pyodide(tell)
    zipped = model_zip()
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        package = unpack_pyodide(tarball, Path(temporary))
        memory = _memory(package, zipped, tell)
        lock = json.loads((package / "pyodide-lock.json").read_text(encoding="utf-8"))
        lock["packages"] = {}  # no package is needed, and none is served
        for name in ("pyodide", "pyodide.asm"):
            shutil.copyfile(package / f"{name}.mjs", folder / f"{name}.js")
        shutil.copyfile(package / "python_stdlib.zip", folder / "python_stdlib.zip")
        core = (package / "pyodide.asm.wasm").read_bytes()
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    (folder / "core.bin").write_bytes(_packed(core))
    (folder / "memory.bin").write_bytes(memory)
    (folder / "zapviz.zip").write_bytes(zipped)
    (folder / "README.txt").write_text(_ABOUT, encoding="utf-8")
    shutil.copyfile(_HERE / "assets" / "worker.js", folder / "worker.js")


def model_zip() -> bytes:
    """Make a zip of the package without what needs a notebook, a shell or a real kernel.

    The same files give the same bytes.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(_PACKAGE.rglob("*")):
            inside = path.relative_to(_PACKAGE)
            if path.is_file() and _goes_along(inside):
                member = zipfile.ZipInfo(f"zapviz/{inside.as_posix()}")
                member.compress_type = zipfile.ZIP_DEFLATED
                zipped.writestr(member, path.read_bytes())
    return file.getvalue()


def _goes_along(inside: Path) -> bool:
    """Tell whether a file of the package, by its path in it, is for the page."""
    if _LEFT_OUT & set(inside.parts) or inside.name[0] == ".":
        return False
    return inside.suffix != ".js" or (inside.parent.name == "built" and inside.name in _SCRIPTS)


def _packed(data: bytes) -> bytes:
    return gzip.compress(data, 6, mtime=0)  # 9 takes four times as long, for one per cent


def fetch_pyodide(tell: Tell) -> Path:
    """Give the path of Pyodide's package, from the cache or through npm."""
    path = cache_folder() / f"pyodide-{PYODIDE}.tgz"
    if path.is_file() and _is_right(path):
        return path
    tell(f"fetching Pyodide {PYODIDE} with npm")
    with tempfile.TemporaryDirectory(prefix="npm-", dir=path.parent) as folder:
        run_command(["npm", "pack", "--silent", f"pyodide@{PYODIDE}", "--pack-destination", folder])
        fetched = Path(folder) / path.name
        if not fetched.is_file() or not _is_right(fetched):
            raise ZapvizError(
                f"what npm gave is not Pyodide {PYODIDE} as it was published: its SHA-512 differs"
            )
        clear(path)
        os.replace(fetched, path)
    return path


def _is_right(path: Path) -> bool:
    return hashlib.sha512(path.read_bytes()).digest() == base64.b64decode(_SHA512)


def unpack_pyodide(tarball: Path, folder: Path) -> Path:
    """Unpack the files of Pyodide that are needed, and give the folder that has them."""
    with tarfile.open(tarball) as archive:
        for name in _FILES:
            member = archive.extractfile(f"package/{name}")
            assert member is not None, name  # the hash guarantees it
            (folder / name).write_bytes(member.read())
    return folder


def _memory(package: Path, zipped: bytes, tell: Tell) -> bytes:
    """Give the memory after the start, packed; it is made anew only if the model or its maker
    changed.
    """
    scripts = [_HERE / "remember.mjs", _HERE / "prepare.py"]
    parts = [_SHA512.encode(), zipped, *(script.read_bytes() for script in scripts)]
    name = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    path = cache_folder() / f"site-memory-{name[:32]}.gz"
    packed = read_kept(path)
    if packed is None:
        tell("starting Python under node, for the memory that a page begins with")
        with tempfile.TemporaryDirectory(prefix="memory-", dir=path.parent) as folder:
            model, result = Path(folder) / "zapviz.zip", Path(folder) / "memory"
            model.write_bytes(zipped)
            node, prepare = map(str, scripts)
            run_command(["node", node, str(package), str(model), prepare, str(result)])
            packed = _packed(result.read_bytes())
            for old in path.parent.glob("site-memory-*"):
                clear(old)
            keep(path, packed)
    return packed


def run_command(command: Sequence[str], folder: Path | None = None) -> None:
    """Run a command to its end, in a folder or the current one.

    Raises:
        ZapvizError: It is not here, fails, or takes longer than five minutes.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
        )
    except FileNotFoundError:
        raise ZapvizError(
            f"there is no {command[0]} here, which the live model takes\n"
            "On Debian or Ubuntu: apt install npm\n"
            "Or build the site without: make site ARGS=--no-model"
        ) from None
    except subprocess.TimeoutExpired:
        raise ZapvizError(f"{command[0]} did not come to an end in {_SECONDS} s") from None
    if done.returncode != 0:
        output = (done.stderr or done.stdout).strip()[-1500:]
        raise ZapvizError(f"{' '.join(command[:2])} failed:\n{output}")
