"""``zapviz app``: the explorer as a page of its own, in Chromium."""

from __future__ import annotations

import argparse
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from jupyter_page import REPOSITORY, stop
from playwright.sync_api import Browser, expect
from playwright.sync_api import Error as PageError

from waiting import PATIENCE, eventually
from zapviz import run
from zapviz.commands import app
from zapviz.errors import ZapvizError
from zapviz.widgets import Explorer

if find_spec("voila") is not None:
    from zapviz.widgets.server import Visits, answers_to

pytestmark = pytest.mark.skipif(
    find_spec("voila") is None and not os.environ.get("CI"),
    reason="Voila is not installed here (pip install 'zapviz[app]')",
)


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[str]:
    """Start the application as its command does; gives the address that it prints."""
    environment = {
        **os.environ,
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]),
    }
    log = folder / "log"
    with log.open("wb") as stream:
        server = subprocess.Popen(
            [sys.executable, "-m", "zapviz", "app", "--no-open", *arguments],
            env=environment, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        end = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < end and server.poll() is None:
            said = re.search(r"http://\S+:(\d+)/", log.read_text(errors="replace"))
            with socket.socket() as probe:
                if said and probe.connect_ex(("127.0.0.1", int(said[1]))) == 0:
                    break
            time.sleep(0.1)
        else:
            pytest.fail(log.read_text(errors="replace")[-3000:])
        yield said[0]
    finally:
        stop(server)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the application, as it prints it."""
    with served(tmp_path_factory.mktemp("app"), f"--port={_free()}") as place:
        yield place


@pytest.fixture
def given() -> Callable[..., argparse.Namespace]:
    """Read the arguments of the command."""
    parser = argparse.ArgumentParser()
    app.add_arguments(parser)
    return lambda *line: parser.parse_args(line)


class TestWhereItListens:
    """The address and the port."""

    def test_this_machine_alone_unless_told_otherwise(self, given):
        """The address that Voila is given is the loopback one, or the user's."""
        line, _environment = app.command(given(), 8866)
        assert "--Voila.ip=127.0.0.1" in line
        line, _environment = app.command(given("--ip", "0.0.0.0"), 8866)
        assert "--Voila.ip=0.0.0.0" in line

    def test_a_port_that_is_taken_is_said(self, given):
        """The one asked for is served, or none: Voila is not started, and nothing is printed."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(ZapvizError, match=f"port {port} of 127.0.0.1 is taken"):
                app.run(given("--no-open", f"--port={port}"))

    def test_without_one_the_next_that_is_free_is_taken(self, monkeypatch):
        """Where the first one of all is taken: Voila is told to take that one and no other."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            monkeypatch.setattr(app, "_PORT", taken.getsockname()[1])
            assert app.free_port("127.0.0.1", None) > taken.getsockname()[1]

    @pytest.mark.parametrize("port", [-1, 65536])
    def test_no_such_port(self, port):
        """Ports have limits."""
        with pytest.raises(ZapvizError, match="from 1 to 65535"):
            app.free_port("127.0.0.1", port)

    def test_an_address_of_another_machine(self):
        """It cannot be listened on, and why is said."""
        with pytest.raises(ZapvizError, match=r"cannot listen on port \d+ of 203\.0\.113\.1: "):
            app.free_port("203.0.113.1", None)

    def test_addresses_that_a_browser_takes(self):
        """All of a machine's addresses have no name of their own; a long one has brackets."""
        assert app.address("127.0.0.1", 80) == "http://127.0.0.1:80/"
        assert app.address("0.0.0.0", 80) == f"http://{socket.gethostname()}:80/"
        assert app.address("::1", 80) == "http://[::1]:80/"


class TestThisMachinesKernel:
    """Scenarios of visitors on the kernel of the machine that serves."""

    @pytest.mark.parametrize(
        ("line", "offered"),
        [
            ([], "0"),
            (["--ip", "0.0.0.0"], "0"),
            (["--try-here"], "1"),
            (["--ip", "0.0.0.0", "--try-here"], "1"),
        ],
    )
    def test_nobody_is_offered_it_unless_the_owner_says_so(self, given, line, offered):
        """Another user of this machine reaches its own address, too."""
        _, environment = app.command(given(*line), 8866)
        assert environment["ZAPVIZ_TRY_HERE"] == offered

    def test_a_page_that_asks_all_the_same_gets_nothing(self):
        """What is not offered is refused by Python too, not by the page alone."""
        explorer = Explorer("migration-punch", try_here=False)
        assert explorer.choices["host"] is False
        explorer.kernel = "v6.12 + second_pass=False"
        assert explorer.choices["host"] is False
        explorer.set_state({"host_asked": 1})
        assert explorer.host == ""
        own = Explorer("migration-punch")
        own.set_state({"host_asked": 1})
        assert "for the model alone" in own.host

    def test_in_the_page(self, browser: Browser, address, tmp_path):
        """The button is there where it was allowed, and nowhere else."""
        with served(tmp_path, "--try-here", f"--port={_free()}") as allowed:
            for place, count in ((address, 0), (allowed, 1)):
                page = browser.new_page()
                page.goto(place, timeout=120_000)
                page.locator(".zv-grid").wait_for(timeout=120_000)
                expect(page.locator(".zv-said-host")).to_have_count(count)
                expect(page.locator(".zv-view")).to_have_count(1)
                page.close()


def asked(address: str, path: str = "/", **headers: str) -> tuple[int, str]:
    """The status and the text that a request gets."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=PATIENCE)
    connection.request("GET", path, headers={"Host": place.netloc, **headers})
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, text


class TestTheDoor:
    """Whom the server answers."""

    @pytest.mark.parametrize(
        ("host", "ip", "names", "answers"),
        [
            ("127.0.0.1:8866", "127.0.0.1", (), True),
            ("LOCALHOST:8866", "127.0.0.1", (), True),
            ("localhost.", "127.0.0.1", (), True),
            ("[::1]:8866", "::1", (), True),
            ("evil.example", "127.0.0.1", (), False),
            ("evil.example:8866", "0.0.0.0", (), False),
            ("127.0.0.1.evil.example", "127.0.0.1", (), False),
            ("192.0.2.7:8866", "127.0.0.1", (), False),
            ("192.0.2.7:8866", "0.0.0.0", (), True),
            ("class.example", "0.0.0.0", ("Class.example",), True),
            ("other.class.example", "0.0.0.0", ("class.example",), False),
            (f"{socket.gethostname()}:80", "0.0.0.0", (), True),
            (socket.gethostname() + ".", "127.0.0.1", (), socket.gethostname() == "localhost"),
            ("", "127.0.0.1", (), False),
            ("[:8866", "127.0.0.1", (), False),
        ],
    )
    def test_a_host_is_its_own_address_or_a_name_given_on_purpose(self, host, ip, names, answers):
        """A name that somebody rebinds to this machine is not."""
        assert answers_to(host, ip, names) is answers

    @pytest.mark.parametrize("path", ["/", "/voila/static/x", "/api/kernels/0/channels"])
    @pytest.mark.parametrize(
        "headers",
        [
            {"Host": "evil.example"},
            {"Origin": "http://evil.example"},
            {"Host": "evil.example", "Origin": "http://evil.example"},
            {"Origin": "null"},
        ],
    )
    def test_others_are_refused_in_words(self, address, path, headers):
        """Whatever is asked for; the answer says what can be done, and repeats nothing."""
        status, text = asked(address, path, **headers)
        assert status == 403
        assert "zapviz app --name NAME" in text
        assert "evil" not in text

    @pytest.mark.parametrize("path", ["/voila/files/own.png", "/voila/files/../own.png"])
    def test_no_file_of_this_machine_is_served(self, address, path):
        """Not the pictures of the folder either, which Voila serves by itself."""
        status, text = asked(address, path)
        assert status in (302, 403, 404)
        assert "own" not in text


def test_a_python_ends_when_it_has_no_page_any_more():
    """After a moment, in which a page may come back; longer where none has come yet."""
    now = [0.0]
    visits = Visits(lambda: now[0])
    assert visits.over(["a", "b"]) == []
    now[0] = 1
    visits.came("a")
    visits.came("a")  # the same page in another window
    visits.left("a")
    now[0] = 60
    assert visits.over(["a", "b"]) == []
    visits.left("a")
    now[0] = 75
    assert visits.over(["a", "b"]) == []
    visits.came("a")
    now[0] = 119
    assert visits.over(["a", "b"]) == []
    visits.left("a")
    now[0] = 121
    assert visits.over(["a", "b"]) == ["b"]
    now[0] = 140
    assert visits.over(["a"]) == ["a"]
    assert visits.over([]) == []


def pythons(server: int) -> list[int]:
    """The processes of Python kernels below a process."""
    parents, kernels = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
            if b"ipykernel" in (folder / "cmdline").read_bytes():
                kernels.append(int(folder.name))
    return [one for one in kernels if parents.get(one) == server]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="/proc is not here")
@pytest.mark.parametrize("how", ["closed", "lost"])
def test_a_page_that_is_gone_takes_its_python_with_it(browser: Browser, tmp_path, how):
    """Within 30 s: at once where the page can say that it goes, else when it is missed."""
    with served(tmp_path, f"--port={_free()}") as place:
        [server] = [int(p.name) for p in Path("/proc").glob("[0-9]*") if _serves(p, place)]
        context = browser.new_context()
        page = context.new_page()
        page.goto(place, timeout=120_000)
        page.locator(".zv-grid").wait_for(timeout=120_000)
        assert len(pythons(server)) == 1
        if how == "lost":  # no word is sent
            page.evaluate("navigator.sendBeacon = () => true")
        page.close(run_before_unload=how == "closed")
        eventually(lambda: pythons(server), [])
        context.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="/proc is not here")
@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_python_that_answers_no_more_is_said(browser: Browser, tmp_path, how):
    """What is asked of it is answered in words, within a minute."""
    with served(tmp_path, f"--port={_free()}") as place:
        [server] = [int(p.name) for p in Path("/proc").glob("[0-9]*") if _serves(p, place)]
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        page = context.new_page()
        page.clock.install()
        page.goto(place, timeout=120_000)
        page.locator(".zv-grid").wait_for(timeout=120_000)
        [python] = pythons(server)
        os.kill(python, how)
        page.locator(".zv").focus()
        page.keyboard.press("c")
        page.get_by_role("button", name="Compare these").click()
        page.clock.fast_forward(61_000)
        said = re.compile("Python has not answered for 60 seconds|was restarted or has ended")
        expect(page.get_by_role("dialog", name="Compare kernels")).to_contain_text(said)
        if how == signal.SIGSTOP:
            os.kill(python, signal.SIGCONT)
            page.get_by_role("button", name="Compare these").click()
            expect(page.locator(".zv-panes")).to_be_visible()
        context.close()


def _serves(process: Path, place: str) -> bool:
    with suppress(OSError):
        return f"--port={urlsplit(place).port}".encode() in (process / "cmdline").read_bytes()
    return False


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
    expect(page).to_have_title("zapviz")
    opened = run("reproducer").as_json()["opens"]
    expect(page.locator(".zv")).to_have_attribute("data-step", str(opened))
    page.locator(".zv-next").click()
    expect(page.locator(".zv")).to_have_attribute("data-step", str(opened + 1))
    text = "N = anon(2)\nN[0] = 7\n"
    page.locator(".zv-area").fill(text)
    expect(page.locator(".zv-counter")).to_have_text(re.compile(rf"/ {run(text).last}$"))
    expect(page.get_by_text("import zapviz")).to_have_count(0)
    assert strange == []
    picture(page, "app")
    context.close()
