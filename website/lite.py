"""``make lite``: JupyterLab in the browser, with zapviz and the chapters, as static files.

make lite                        into build/lite
make lite ARGS="public"          into public

The kernel is Python as WebAssembly (pyodide), in the page itself. JupyterLite takes Pyodide and the
packages of its kernel from another host unless it is given them. So all of it is put beside the
page: the core from npm, and pure wheels from the package index, named in Pyodide's lock file anew.
matplotlib is not among them: it is no pure wheel. Pictures are SVG there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from email import message_from_bytes
from pathlib import Path
from typing import Any, Final

from website.model import fetch_pyodide, run_command, unpack_pyodide
from zapviz.errors import ZapvizError, need

__all__ = ["build_lite"]

_ROOT: Final = Path(__file__).parents[1]
_INTO: Final = _ROOT / "build" / "lite"
_CORE: Final = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
_KERNEL: Final = "@jupyterlite/pyodide-kernel-extension"
# What a kernel has when it starts; the first ones are what JupyterLite would fetch by itself.
_LOADED: Final = (
    "micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython",
    "anywidget", "ipywidgets", "zapviz",
)  # fmt: skip
_ASKED: Final = ("micropip", "packaging", "ipython", "jedi", "comm", "anywidget", "ipywidgets")
# They need a terminal, or a server: what asks for them works without.
_USELESS: Final = ("pexpect", "ptyprocess", "widgetsnbextension", "jupyterlab-widgets")

Tell = Callable[[str], None]


def build_lite(folder: Path, tell: Tell, contents: Path = _ROOT / "notebooks") -> int:
    """Build it, and give its size in bytes.

    Args:
        folder: Where to; it is replaced if it holds an earlier build, else it must not exist.
        tell: Told what takes time.
        contents: The folder of the notebooks in it.

    Raises:
        ZapvizError: Something is in the way, or cannot be fetched.
        MissingPackage: JupyterLite is not installed.
    """
    need(
        "JupyterLite",
        ("jupyterlite_core", "jupyterlite-core"),
        ("jupyterlite_pyodide_kernel", "jupyterlite-pyodide-kernel"),
        ("jupyter_server", "jupyter-server"),
    )
    if folder.exists() and any(folder.iterdir()) and not (folder / "jupyter-lite.json").is_file():
        raise ZapvizError(f"{folder} is there already, and is no earlier build; choose another")
    with tempfile.TemporaryDirectory(prefix="lite-") as temporary:
        source, wheels = Path(temporary) / "source", Path(temporary) / "wheels"
        pyodide = source / "static" / "pyodide"
        pyodide.mkdir(parents=True)
        package = unpack_pyodide(fetch_pyodide(tell), Path(temporary))
        for name in _CORE:
            shutil.copy(package / name, pyodide)
        lock = json.loads((package / "pyodide-lock.json").read_text(encoding="utf-8"))
        tell("fetching the wheels of the kernel")
        _fetch_wheels(wheels)
        chosen = [path for path in sorted(wheels.iterdir()) if _name(path) not in _USELESS]
        lock["packages"] = _add_wheels([*chosen, *_own_wheels()], pyodide)
        (pyodide / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
        (source / "jupyter-lite.json").write_text(json.dumps(_settings()), encoding="utf-8")
        tell("building JupyterLite")
        built = Path(temporary) / "built"
        run_command([
            sys.executable, "-m", "jupyterlite_core.app", "build", f"--lite-dir={source}",
            f"--contents={contents}", f"--output-dir={built}", "--no-sourcemaps",
            "--no-unused-shared-packages",
        ], source)  # fmt: skip
        if folder.exists():
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(built, folder)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _fetch_wheels(folder: Path) -> None:
    """Fetch pure wheels for Pyodide's Python, and build the one of zapviz."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run_command([
        *pip, "download", f"--dest={folder}", "--only-binary=:all:", "--python-version=3.14",
        "--implementation=py", "--abi=none", "--platform=any", *_ASKED,
    ], _ROOT)  # fmt: skip
    run_command([*pip, "wheel", "--no-deps", f"--wheel-dir={folder}", str(_ROOT)], _ROOT)


def _own_wheels() -> Iterable[Path]:
    """Give the wheels that JupyterLite's kernel brings along; of the widgets' server part it has a
    stand-in, which is not needed.
    """
    shared = Path(sys.prefix) / "share/jupyter/labextensions" / _KERNEL / "static/pypi"
    return [path for path in sorted(shared.glob("*.whl")) if _name(path) not in _USELESS]


def _name(wheel: Path) -> str:
    return _normal(wheel.name.partition("-")[0])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _add_wheels(wheels: Sequence[Path], folder: Path) -> dict[str, Any]:
    """Copy wheels, and describe them as Pyodide's lock file does."""
    names = {_name(path) for path in wheels}
    packages = {}
    for path in wheels:
        shutil.copy(path, folder)
        with zipfile.ZipFile(path) as archive:
            files = archive.namelist()
            [about] = [name for name in files if name.endswith(".dist-info/METADATA")]
            meta = message_from_bytes(archive.read(about))
        needs = [
            _normal(match[0])
            for need in meta.get_all("Requires-Dist") or ()
            if "extra" not in need and (match := re.match(r"[\w.-]+", need))
        ]
        packages[_name(path)] = {
            "name": meta["Name"],
            "version": meta["Version"],
            "file_name": path.name,
            "install_dir": "site",
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "package_type": "package",
            "imports": sorted({
                name.partition("/")[0].removesuffix(".py")
                for name in files
                if ".dist-info/" not in name and ".data/" not in name
            }),
            "depends": sorted(set(needs) & names),
            "unvendored_tests": False,
        }  # fmt: skip
    return packages


def _settings() -> dict[str, Any]:
    """Give JupyterLite's settings: everything is here, nothing is fetched elsewhere."""
    kernel = {
        "pyodideUrl": "./static/pyodide/pyodide.mjs",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {
            "lockFileURL": "./static/pyodide/pyodide-lock.json",
            "packages": list(_LOADED),
        },
    }
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "zapviz",
            "disabledExtensions": ["@jupyterlab/apputils-extension:announcements"],
            "litePluginSettings": {f"{_KERNEL}:kernel": kernel},
        },
    }


def main() -> int:
    """Build what the command line asks for, and give the exit status."""
    parser = argparse.ArgumentParser(
        prog="make lite",
        description="Build JupyterLite with the chapters: static files.",
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=_INTO, help="where to; build/lite by default"
    )
    args = parser.parse_args()
    start = time.monotonic()
    try:
        size = build_lite(args.folder, print)
    except ZapvizError as error:
        print(f"website: error: {error}", file=sys.stderr)
        return 2
    took = time.monotonic() - start
    print(f"{args.folder}: {size / 1024**2:.1f} MiB in {took:.0f} s")
    print(f"To see it: python3 -m http.server --bind 127.0.0.1 -d {args.folder}")
    print("To publish it, serve the folder as static files; it asks no other host for anything.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
