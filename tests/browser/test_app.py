"""``zapviz app``: the explorer as a page of its own, in Chromium."""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from urllib.parse import urlsplit

import pytest
from jupyter_page import REPOSITORY
from playwright.sync_api import Browser, expect
from playwright.sync_api import Error as PageError

from zapviz import run
from zapviz.commands import app

pytestmark = pytest.mark.skipif(
    find_spec("voila") is None and not os.environ.get("CI"),
    reason="Voila is not installed here (pip install 'zapviz[app]')",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory):
    """The address of the application, started as its command starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("app")
    environment = {
        **os.environ,
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]),
    }
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "zapviz", "app", "--no-open", f"--port={port}"],
            env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if server.poll() is not None or probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        assert server.poll() is None, (folder / "log").read_text(errors="replace")[-3000:]
        yield f"http://127.0.0.1:{port}/"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def test_it_listens_on_this_machine_alone_unless_told_otherwise():
    """The address that Voila is given is the loopback one, or the user's."""
    parser = argparse.ArgumentParser()
    app.add_arguments(parser)
    line, _environment = app.command(parser.parse_args([]))
    assert "--Voila.ip=127.0.0.1" in line
    line, _environment = app.command(parser.parse_args(["--ip", "0.0.0.0"]))
    assert "--Voila.ip=0.0.0.0" in line


def test_the_explorer_is_a_page_of_its_own(browser: Browser, address, picture):
    """It is stepped and edited; no code is shown, and no other host is asked."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    strange = []
    page.on(
        "request",
        lambda request: (
            strange.append(request.url)
            if urlsplit(request.url).scheme.startswith("http")
            and urlsplit(request.url).hostname != "127.0.0.1"
            else None
        ),
    )
    try:
        page.goto(address, timeout=120_000)
        page.locator(".zv-grid").wait_for(timeout=120_000)
    except PageError:
        picture(page, "app-failed")
        raise
    assert page.title() == "zapviz"
    page.locator(".zv-next").click()
    expect(page.locator(".zv")).to_have_attribute("data-step", "1")
    text = "N = anon(2)\nN[0] = 7\n"
    page.locator(".zv-area").fill(text)
    expect(page.locator(".zv-counter")).to_have_text(re.compile(rf"/ {run(text).last}$"))
    expect(page.get_by_text("import zapviz")).to_have_count(0)
    assert strange == []
    picture(page, "app")
    context.close()
