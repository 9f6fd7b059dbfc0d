"""``zapviz app``: serve the explorer as a page of its own, with Voila.

Every visitor gets a Python process. Voila runs what the page's notebook contains and nothing that a
visitor sends. It listens on this machine alone unless told otherwise, and answers to its own
address and its own pages alone (:mod:`zapviz.widgets.server`). Nobody is offered to run a scenario
on this machine's own kernel unless the one who starts it says so: the model is safe to try, but a
kernel belongs to somebody.
"""

from __future__ import annotations

import argparse
import errno
import os
import socket
import subprocess
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
  zapviz app --ip 0.0.0.0 --name class.example
                                    also by that name
"""

_PORT = 8866
_TRIES = 20  # further ports to try, where no port was asked for


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    command.add_argument(
        "--port", type=int, help=f"{_PORT} by default, or the next one that is free"
    )
    command.add_argument(
        "--ip",
        default="127.0.0.1",
        help="address to listen on; 127.0.0.1, this machine, by default",
    )
    command.add_argument(
        "--name",
        action="append",
        default=[],
        help="a name by which browsers reach the server, beside its address; can be repeated",
    )
    command.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="light by default"
    )
    command.add_argument("--no-open", action="store_true", help="do not open a browser")
    command.add_argument(
        "--try-here",
        action="store_true",
        help="let visitors run scenarios on the kernel of this machine, as the user who serves",
    )


def command(args: argparse.Namespace, port: int) -> tuple[list[str], dict[str, str]]:
    """Give the command line of Voila that serves the explorer on a port, and its environment."""
    app = Path(str(files("zapviz.widgets").joinpath("app")))
    called = [
        sys.executable,
        "-m",
        "zapviz.widgets.server",
        str(app / "zapviz.ipynb"),
        "--template=zapviz",
        f"--theme={args.theme}",
        f"--Voila.ip={args.ip}",
        f"--port={port}",
        "--Voila.port_retries=0",
        f"--Voila.open_browser={not args.no_open}",
        *(f"--Server.names={name}" for name in args.name),
    ]
    # Voila looks for templates in Jupyter's data folders.
    folders = [str(app), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    return called, {
        **os.environ,
        "JUPYTER_PATH": os.pathsep.join(folders),
        "ZAPVIZ_TRY_HERE": "1" if args.try_here else "0",
    }


def free_port(ip: str, port: int | None) -> int:
    """Give the port to serve on: the one asked for, or the first free one from the default on.

    Raises:
        ZapvizError: It is taken, or this machine cannot listen there.
    """
    if port is not None and not 0 <= port < 65536:
        raise ZapvizError(f"there is no port {port}: ports go from 1 to 65535")
    for one in [port] if port is not None else range(_PORT, _PORT + _TRIES):
        free = _bound(ip, one)
        if free is not None:
            return free
    if port is not None:
        raise ZapvizError(
            f"port {port} of {ip} is taken by another program\n"
            "Give another, or leave --port out to have a free one chosen"
        )
    raise ZapvizError(f"ports {_PORT} to {_PORT + _TRIES - 1} of {ip} are all taken; give --port")


def _bound(ip: str, port: int) -> int | None:
    """Give the port if a server can have it now (for port 0, some free port), else None."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            ip, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # as the server does: what was served just now is free
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return None
        raise ZapvizError(f"cannot listen on port {port} of {ip}: {error.strerror}") from None


def address(ip: str, port: int) -> str:
    """Give the address for a browser; the machine's name stands for all of its addresses."""
    host = socket.gethostname() if ip in ("", "0.0.0.0", "::") else ip
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    if find_spec("voila") is None:
        raise ZapvizError(
            "Voila is not installed here; pip install 'zapviz[app]', or in a checkout "
            "make app, or pip install -e '.[app]'"
        )
    port = free_port(args.ip, args.port)
    called, environment = command(args, port)
    print(f"Serving the explorer at {address(args.ip, port)}; Ctrl-C stops.", flush=True)
    if os.name == "posix":
        os.execve(called[0], called, environment)

    return subprocess.call(called, env=environment)
