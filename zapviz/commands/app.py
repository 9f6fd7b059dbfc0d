"""``zapviz app``: the explorer as a page of its own, served by Voila.

Every visitor gets a Python of his own.  Voila runs what the page's notebook says and nothing
that a visitor sends; it listens on this machine alone unless told otherwise.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from zapviz.errors import ZapvizError

__all__ = ["EXAMPLES", "add_arguments", "command", "run"]

EXAMPLES = """\
examples:
  zapviz app                        to this machine, and open a browser
  zapviz app --port 8000 --no-open  print the address only
  zapviz app --ip 0.0.0.0           to everybody who reaches this machine
"""

_IDLE = 1200  # seconds without a visitor's page after which his Python ends


def add_arguments(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    command.add_argument("--port", type=int, default=8866, help="8866 by default")
    command.add_argument(
        "--ip",
        default="127.0.0.1",
        help="address to listen on; 127.0.0.1, this machine, by default",
    )
    command.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="light by default"
    )
    command.add_argument("--no-open", action="store_true", help="do not open a browser")


def command(given: argparse.Namespace) -> tuple[list[str], dict[str, str]]:
    """The command line of Voila that serves the explorer, and its environment."""
    app = Path(str(files("zapviz.widgets").joinpath("app")))
    called = [
        sys.executable,
        "-m",
        "voila",
        str(app / "zapviz.ipynb"),
        "--template=zapviz",
        f"--theme={given.theme}",
        f"--Voila.ip={given.ip}",
        f"--port={given.port}",
        f"--Voila.open_browser={not given.no_open}",
        "--MappingKernelManager.cull_interval=60",
        f"--MappingKernelManager.cull_idle_timeout={_IDLE}",
    ]
    # Voila looks for templates in Jupyter's data folders.
    folders = [str(app), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    return called, {**os.environ, "JUPYTER_PATH": os.pathsep.join(folders)}


def run(given: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    if find_spec("voila") is None:
        raise ZapvizError("Voila is not installed here; pip install 'zapviz[app]'")
    called, environment = command(given)
    print(f"Serving the explorer at http://{given.ip}:{given.port}/; Ctrl-C stops.", flush=True)
    if os.name == "posix":
        os.execve(called[0], called, environment)
    import subprocess

    return subprocess.call(called, env=environment)
