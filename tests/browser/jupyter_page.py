"""JupyterLab on the loopback address, and a notebook in it driven by Chromium.

Used by the browser tests and by ``make bench``.  Everything the server writes goes
into one temporary directory; only what is started here is stopped here.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, Page, Response, sync_playwright

__all__ = [
    "CHROMIUM",
    "Lab",
    "chromium",
    "end_kernel",
    "open_notebook",
    "run_lab",
    "stop",
    "write_notebook",
]

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REPOSITORY = Path(__file__).parents[2]


class Lab:
    """A running server: where it is, and the directory whose notebooks it opens."""

    def __init__(self, url: str, token: str, root: Path, settings: Path) -> None:
        self.url = url
        self.token = token
        self.root = root
        self._settings = settings

    def set(self, plugin: str, **settings: Any) -> None:
        """Set a plugin's settings, ``apputils-extension/themes`` say, for pages opened later."""
        file = self._settings / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))

    def address(self, notebook: str, mode: str = "doc") -> str:
        """The address of a notebook; mode ``doc`` shows it alone, ``lab`` all of Lab."""
        return f"{self.url}/{mode}/tree/{notebook}?token={self.token}&reset"


@contextlib.contextmanager
def run_lab(directory: Path) -> Iterator[Lab]:
    """Run a JupyterLab server, its settings and notebooks under a directory."""
    root = directory / "notebooks"
    root.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(16)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(directory / "config"),
        "JUPYTER_DATA_DIR": str(directory / "data"),
        "JUPYTER_RUNTIME_DIR": str(directory / "runtime"),
        "IPYTHONDIR": str(directory / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(directory / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(directory / "workspaces"),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]),
    }
    log = (directory / "server.log").open("wb")
    server = subprocess.Popen(
        [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
            "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}",
            "--ServerApp.terminals_enabled=False",
        ],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )  # fmt: skip
    lab = Lab(f"http://127.0.0.1:{port}", token, root, directory / "settings")
    lab.set("apputils-extension/notification", fetchNews="false", checkForUpdates=False)
    try:
        _wait_until_up(lab, server, directory / "server.log")
        yield lab
    finally:
        stop(server)
        log.close()


def stop(server: subprocess.Popen[bytes]) -> None:
    """End a server and all that it started; one that does not end by itself is killed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _end_with_parent() -> None:
    """Ask Linux to end this process when its parent does, even if that is killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _wait_until_up(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            opener.open(f"{lab.url}/api?token={lab.token}", timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not come up:\n{log.read_text(errors='replace')[-3000:]}")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def write_notebook(lab: Lab, name: str, *cells: str) -> None:
    """Write a notebook of code cells."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(notebook, lab.root / name)


def open_notebook(
    browser: Browser,
    lab: Lab,
    name: str,
    *,
    run: bool = True,
    mode: str = "doc",
    size: tuple[int, int] = (1280, 720),
    **context: Any,
) -> Page:
    """Open a notebook in a fresh page, and run all of its cells."""
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}, **context).new_page()
    page.set_default_timeout(60_000)
    page.goto(lab.address(name, mode))
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    # The kernel must be there before the cells are run, or running is refused.
    page.locator(".jp-Toolbar-kernelName", has_text="Python 3").first.wait_for()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for()
    if run:
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    return page


def end_kernel(lab: Lab, name: str) -> None:
    """End the kernel of a notebook."""
    _ask(lab, "DELETE", f"sessions/{_session(lab, name)['id']}")


def _session(lab: Lab, name: str) -> Any:
    sessions = json.loads(_ask(lab, "GET", "sessions"))
    return next(session for session in sessions if session["path"] == name)


def _ask(lab: Lab, method: str, path: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    address = f"{lab.url}/api/{path}?token={lab.token}"
    with opener.open(urllib.request.Request(address, method=method)) as answer:
        return bytes(answer.read())


def save(page: Page) -> None:
    """Save the notebook by Control+S, and wait until the server has it.

    JupyterLab says so for a moment only, which a busy machine may miss.
    """

    def stored(response: Response) -> bool:
        return response.request.method == "PUT" and "/api/contents/" in response.url

    with page.expect_response(stored) as saved:
        page.keyboard.press("Control+s")
    assert saved.value.ok
