"""The site where its model is missing, damaged, killed or slow: a sentence and a way to try again,
never an endless wait.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from visiting import ready, step_through

from zapviz import run

OWN = "N = anon(3)\nN[0] = 7\nassert N[0] == anon\n"
RACE = """F = shmem(6)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
B[0:6] = 1
def CPU0():
    fallocate(F, FALLOC_FL_PUNCH_HOLE)
    ftruncate(F, 0)
def CPU1():
    migrate(B)
    madvise(B, MADV_DONTNEED)
    A[3:6] = 2
    madvise(A, MADV_PAGEOUT)
    read(B)
"""


def write(page: Page, text: str = OWN) -> None:
    """Put a text in place of the scenario."""
    page.locator(".zv-area").first.fill(text)


def is_sorry(page: Page, *why: str) -> None:
    """It is said what happened, in the explorer and at the foot of the page, once each."""
    error = page.locator(".zv-error")
    for words in ("The model", *why, "What is in the list of scenarios runs here all the same"):
        expect(error).to_contain_text(words)
    foot = page.locator(".site-loading")
    expect(foot.get_by_role("status")).to_contain_text("The model")
    expect(foot.get_by_role("progressbar")).to_be_hidden()


def tried_again(page: Page, text: str = OWN) -> None:
    """The button brings the answer."""
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".zv-error")).to_be_hidden()
    expect(page.locator(".zv-counter")).to_have_text(re.compile(rf"/ {run(text).last}$"))
    expect(page.locator(".site-loading")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_seen(address, visit, picture, scheme):
    """What is said of a model that does not come, kept to be looked at; the button has the focus
    ring and the name of a button.
    """
    page = visit(color_scheme=scheme).page
    page.route("**/core.bin", lambda route: route.fulfill(status=404))
    page.goto(address + "explore.html")
    write(page)
    is_sorry(page, "core.bin did not come: 404")
    again = page.get_by_role("button", name="Try again")
    again.focus()
    expect(again).to_be_in_viewport(ratio=1)
    picture(page, f"site-sorry-{scheme}")


def cut(data: bytes) -> bytes:
    """Half of it."""
    return data[: len(data) // 2]


def wrong(data: bytes) -> bytes:
    """As long, with some bytes that are others."""
    middle = len(data) // 2
    return data[:middle] + bytes(64) + data[middle + 64 :]


def other(_data: bytes) -> bytes:
    """What a server may give in place of a file that it has not."""
    return b"<!doctype html><title>Not found</title>"


class TestMissing:
    """A file of the model does not come."""

    @pytest.mark.parametrize(
        "file", ["core.bin", "memory.bin", "zapviz.zip", "python_stdlib.zip", "pyodide.asm.js"]
    )
    def test_is_said_and_tried_again(self, address, visit, file):
        """The grid goes on working meanwhile."""
        page = visit().page
        page.route(f"**/{file}", lambda route: route.fulfill(status=404))
        page.goto(address + "explore.html")
        write(page)
        is_sorry(page, "did not start")
        step_through(page)
        page.unroute(f"**/{file}")
        tried_again(page)


class TestDamaged:
    """A file of the model comes cut, with wrong bytes, or is something else."""

    @pytest.mark.parametrize("damage", [cut, wrong, other])
    @pytest.mark.parametrize("file", ["core.bin", "memory.bin", "zapviz.zip"])
    def test_is_said_and_tried_again(self, site, address, visit, file, damage):
        """With the file's name."""
        if (file, damage) == ("zapviz.zip", wrong):
            pytest.skip("seen where what is damaged is asked for, and said there")
        page = visit().page
        data = damage((Path(site) / "model" / file).read_bytes())
        page.route(f"**/{file}", lambda route: route.fulfill(body=data))
        page.goto(address + "explore.html")
        write(page)
        is_sorry(page, "did not start", file, "damaged")
        page.unroute(f"**/{file}")
        tried_again(page)


class TestSlow:
    """Nothing comes, or no answer."""

    @pytest.mark.parametrize("file", ["core.bin", "worker.js"])
    def test_a_file_that_never_comes_is_given_up(self, address, visit, file):
        """After a minute without a word; one that is slow but comes is waited for."""
        page = visit().page
        page.clock.install()
        held: list[Route] = []
        page.route(f"**/{file}", lambda route: held.append(route))
        page.goto(address + "explore.html")
        ready(page)
        write(page)
        page.clock.fast_forward(2_000)
        expect(page.locator(".site-loading")).to_contain_text("Loading the model")
        page.clock.fast_forward(61_000)
        is_sorry(page, "nothing came for 60 seconds")
        page.unroute(f"**/{file}")
        page.get_by_role("button", name="Try again").click()
        page.clock.resume()
        expect(page.locator(".zv-error")).to_be_hidden()

    def test_a_scenario_that_does_not_come_is_asked_of_the_model(self, address, visit):
        """After some seconds without its file."""
        page = visit().page
        page.clock.install()
        held: list[Route] = []
        page.route("**/traces/hole-punch.js*", lambda route: held.append(route))
        page.goto(address + "explore.html")
        ready(page)
        page.locator(".zv-scenarios").select_option("hole-punch")
        page.clock.fast_forward(21_000)
        page.clock.resume()
        last = run("hole-punch").last
        expect(page.locator(".zv-counter")).to_have_text(re.compile(rf"/ {last}$"))


class TestKilled:
    """The worker ends midway, without a word."""

    def test_is_given_up_and_begun_anew(self, address, visit):
        """A request to it is answered in words after a while."""
        page = visit().page
        page.clock.install()
        page.goto(address + "explore.html")
        ready(page)
        page.clock.resume()
        write(page)
        expect(page.locator(".zv-counter")).to_have_text(re.compile(rf"/ {run(OWN).last}$"))
        [worker] = page.workers
        worker.evaluate("() => { self.onmessage = null; self.close(); }")
        longer = OWN + "read(N)\n"
        write(page, longer)
        page.clock.fast_forward(1_000)
        page.clock.fast_forward(121_000)
        is_sorry(page, "has stopped", "did not answer for 120 seconds")
        tried_again(page, longer)

    def test_a_mistake_in_it_is_said(self, address, visit):
        """What it throws outside of a request ends it, in words."""
        page = visit().page
        page.goto(address + "explore.html")
        ready(page)
        write(page)
        expect(page.locator(".zv-counter")).to_have_text(re.compile(rf"/ {run(OWN).last}$"))
        [worker] = page.workers
        worker.evaluate("() => setTimeout(() => { throw new Error('gone'); })")
        expect(page.locator(".site-loading")).to_contain_text("has stopped")


class TestLong:
    """A long race in the page's own model."""

    def test_it_is_stopped_and_leaves_time_for_others(self, address, visit):
        """Progress in words; another text runs meanwhile; Stop gives what was found."""
        page = visit().page
        page.goto(address + "explore.html")
        ready(page)
        write(page, RACE)
        page.get_by_role("button", name="every order").click()
        panel = page.get_by_role("dialog", name="Every order of the CPUs")
        going = panel.locator(".zv-going")
        expect(going).to_contain_text(re.compile(r"order: [\d,]+ states"))
        page.locator(".zv-kernels").select_option("v5.17")
        expect(page.locator(".zv-source")).to_contain_text("v5.17")
        expect(going).to_be_visible()
        panel.get_by_role("button", name="Stop").click()
        expect(panel).to_contain_text(re.compile(r"STOPPED as asked with [\d,]+ states"))
