"""Links to the website: the right thing at once, and an address that says what is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from string import printable

import pytest
from firefox import drive
from playwright.sync_api import Page, expect
from visiting import ready

from waiting import eventually
from zapviz import SCENARIOS, race, run
from zapviz.kernels.known import DEFAULT_KERNEL
from zapviz.scenario.permalink import Permalink, format_permalink, parse_permalink

OWN = "N = anon(3)\nN[0] = 7\nassert N[0] == anon\n"
TOKEN = format_permalink(OWN, "v5.17", step=2)
ROUND = """\
A[0:256] = 1
madvise(A, MADV_PAGEOUT)
fallocate(F, FALLOC_FL_PUNCH_HOLE)
read(A)
"""
MADE = json.loads((Path(__file__).parents[1] / "expected" / "permalinks.json").read_text())


def asked_of_model(here) -> list[str]:
    """What a visit loaded of the model."""
    return [url for url in here.asked if "/model/" in url]


def shows(page: Page, text: str, kernel: str, step: int) -> None:
    """Wait until the first explorer shows a text on a kernel at a state, its grid too."""
    expect(page.locator(".zv-area").first).to_have_value(text)
    expect(page.locator(".zv-kernels").first).to_have_value(kernel)
    last = run(text, kernel).last
    expect(page.locator(".zv-counter").first).to_have_text(f"{step} / {last}")


def in_address(page: Page) -> Permalink | None:
    """What Python opens from the page's address; None: it has no link."""
    address = page.evaluate("location.href")
    return parse_permalink(address) if "#" in address else None


def fragment(page: Page) -> str:
    """What stands behind the # in the page's address."""
    found: str = page.evaluate("location.hash.slice(1)")
    return found


class TestOpening:
    """What a link opens."""

    @pytest.mark.parametrize("link", ["reproducer@v5.17:12", "reproducer%40v5.17%3A12"])
    def test_what_ships_is_there_without_the_model(self, address, visit, link):
        """Text, kernel and grid, from what was computed beforehand."""
        here = visit()
        here.page.goto(f"{address}explore.html#{link}")
        ready(here.page)
        assert here.page.locator(".zv-counter").text_content() == "12 / 23"
        shows(here.page, SCENARIOS["reproducer"].text, "v5.17", 12)
        assert asked_of_model(here) == []
        assert here.well()

    def test_without_a_state_it_opens_where_it_is_decided(self, site, visit):
        """As a plain file too."""
        here = visit()
        here.page.goto(f"{(site / 'explore.html').as_uri()}#hole-punch@v6.12")
        shows(here.page, SCENARIOS["hole-punch"].text, "v6.12",
              run("hole-punch", "v6.12").as_json()["opens"])  # fmt: skip
        assert here.well()

    def test_without_a_kernel_it_opens_on_the_usual_one(self, address, visit):
        """As the command line does."""
        here = visit()
        here.page.goto(f"{address}explore.html#hole-punch")
        shows(here.page, SCENARIOS["hole-punch"].text, DEFAULT_KERNEL,
              run("hole-punch").as_json()["opens"])  # fmt: skip
        assert here.well()

    def test_a_name_or_a_state_that_is_not_there_is_told(self, address, visit):
        """Nothing else is passed off as what was asked for."""
        here = visit()
        said = here.page.locator(".site-said")
        here.page.goto(f"{address}explore.html#nonsense@v9")
        expect(said).to_contain_text("The link names no scenario that is here")
        here.page.goto(f"{address}index.html")
        here.page.goto(f"{address}explore.html#reproducer@v5.17:99")
        expect(said).to_contain_text("asks for state 99, and this run has 23")
        assert here.well()

    def test_any_other_text_is_there_before_the_model(self, address, visit):
        """With how far it has come; nothing of another scenario stands beside it meanwhile."""
        here = visit()
        page = here.page
        waiting = []
        page.route("**/memory.bin", lambda route: waiting.append(route))
        page.goto(f"{address}explore.html#{TOKEN}")
        ready(page)
        assert page.locator(".zv-area").input_value() == OWN
        expect(page.locator(".zv-kernels")).to_have_value("v5.17")
        expect(page.locator(".zv-grid [role=gridcell]")).to_have_count(0)
        bar = page.get_by_role("progressbar", name="the model, loading")
        expect(bar).to_be_visible()
        eventually(lambda: float(bar.get_attribute("value") or 0) > 1e6, True)
        expect(page.locator(".site-loading")).to_contain_text(re.compile(r"[\d.]+ of [\d.]+ MB"))
        for one in waiting:
            one.continue_()
        shows(page, OWN, "v5.17", 2)
        expect(bar).to_be_hidden()
        assert here.well()

    def test_a_patched_kernel_and_an_order_of_cpus_come_along(self, address, visit):
        """The model runs them."""
        found = race("race-cow")
        trace = found.trace(found.finals[-1].schedule)
        here = visit()
        here.page.goto(f"{address}explore.html#{trace.permalink(9)}")
        expect(here.page.locator(".zv-counter")).to_have_text(f"9 / {trace.last}")
        here.page.goto(f"{address}index.html")
        here.page.goto(f"{address}explore.html#reproducer@v5.17+swap_entries=even_cows:3")
        shows(here.page, SCENARIOS["reproducer"].text, "v5.17 + swap_entries=even_cows", 3)
        assert here.well()

    def test_old_tokens_open(self, address, visit):
        """Form 1, which had no dictionary."""
        old = next(one for one in MADE if one["token"].startswith("zapviz:1:"))
        here = visit()
        here.page.goto(f"{address}explore.html#{old['token']}")
        shows(here.page, old["text"], old["kernel"], old["step"])
        assert here.well()

    def test_what_is_wrong_is_said(self, address, visit):
        """The page stays as it is, and loads nothing for it."""
        here = visit()
        here.page.goto(f"{address}explore.html#{TOKEN[:-1]}")
        said = here.page.locator(".site-said")
        expect(said).to_contain_text("The permalink is not whole")
        expect(here.page.locator(".zv-scenarios")).to_have_value("reproducer")
        assert asked_of_model(here) == []
        here.page.evaluate(f"location.hash = {'reproducer@v5.17:4'!r}")
        expect(said).to_be_hidden()
        shows(here.page, SCENARIOS["reproducer"].text, "v5.17", 4)
        assert here.well()

    @pytest.mark.parametrize("before", ["", "{address}explore.html#"])
    def test_a_short_link_is_pasted_like_any_other(self, address, visit, before):
        """Into the text, with or without its address."""
        here = visit()
        here.page.goto(f"{address}explore.html")
        ready(here.page)
        here.page.locator(".zv-area").fill(before.format(address=address) + "hole-punch@v5.17:7")
        shows(here.page, SCENARIOS["hole-punch"].text, "v5.17", 7)
        assert here.well()


def noise(rng: Random, letters: str, most: int) -> str:
    """A scenario of about so many characters, of which nothing can be packed."""
    text = OWN
    while len(text) < most - 70:
        text += f"# {''.join(rng.choices(letters, k=60))}\n"
    return text


LONG = {
    "ASCII": noise(Random(1), printable[:94].replace("\\", ""), 65_000),
    "Chinese": noise(Random(1), "".join(map(chr, range(0x4E00, 0x9FA5))), 65_000),
}


class TestLong:
    """The longest texts that the language has."""

    @pytest.mark.parametrize("kind", LONG)
    def test_they_open_follow_and_outlive_a_reload(self, address, visit, kind):
        """To the last character, on this page and in Python."""
        text, more = LONG[kind], f"{LONG[kind]}# more\n"
        token = format_permalink(text, "v5.17", step=2)
        assert len(token) > 60_000
        here = visit()
        page = here.page
        page.goto(f"{address}explore.html#{token}")
        shows(page, text, "v5.17", 2)
        page.locator(".zv-area").fill(more)
        page.locator(".zv-area").blur()
        eventually(lambda: in_address(page) and in_address(page).text, more)
        page.reload()
        shows(page, more, "v5.17", 0)
        assert here.well()

    def test_share_says_what_some_programs_do_to_them(self, address, visit):
        """And what to send instead, which is there."""
        here = visit()
        page = here.page
        page.goto(f"{address}explore.html#{format_permalink(LONG['ASCII'], 'v5.17')}")
        shows(page, LONG["ASCII"], "v5.17", run(OWN, "v5.17").as_json()["opens"])
        page.locator(".zv").focus()
        page.keyboard.press("s")
        page.get_by_role("button", name="Show link").click()
        said = page.get_by_role("dialog", name="Share").locator(".zv-said")
        expect(said).to_contain_text(re.compile(r"It has \d\d,\d{3} characters.*save the zap"))
        shown = page.locator("pre.zv-preview").text_content()
        assert parse_permalink(shown).text == LONG["ASCII"]
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save zap").click()
        assert saved.value.path().read_text(encoding="utf-8") == LONG["ASCII"]
        assert here.well()

    def test_a_text_that_is_too_long_leaves_the_address(self, address, visit):
        """No link holds it, and none stands for another one; a reload has it still."""
        here = visit()
        page = here.page
        page.goto(f"{address}explore.html#reproducer@v5.17:12")
        shows(page, SCENARIOS["reproducer"].text, "v5.17", 12)
        text = OWN + "#" * 65_536
        page.locator(".zv-area").fill(text)
        expect(page.locator(".zv-error")).to_contain_text("too long")
        eventually(lambda: fragment(page), "")
        page.reload()
        expect(page.locator(".zv-area")).to_have_value(text)
        assert here.well()


class TestRunning:
    """A text that takes the model long."""

    def test_it_says_how_far_it_is_and_stops(self, address, visit):
        """At the button and at Escape; the next text runs as ever."""
        here = visit()
        page = here.page
        page.goto(f"{address}explore.html")
        ready(page)
        area, going = page.locator(".zv-area"), page.locator(".zv-going").first
        for way in ("button", "Escape"):
            area.fill(f"F = shmem(256)\nA = mmap(F, MAP_PRIVATE)\n{ROUND * 22}# {way}\n")
            expect(going).to_contain_text(
                re.compile("Running the scenario: [\\d,]+ steps, up to line")
            )
            if way == "button":
                going.get_by_role("button", name="Stop").click()
            else:
                page.keyboard.press("Escape")  # leaves the text
                page.keyboard.press("Escape")
            expect(page.locator(".zv-error")).to_contain_text(re.compile("stopped (at|before)"))
            expect(going).to_be_hidden()
        area.fill(OWN)
        expect(page.locator(".zv-counter")).to_have_text("0 / 3")
        expect(page.locator(".zv-error")).to_be_hidden()
        assert here.well()


class TestFollowing:
    """The address, and what a reload keeps."""

    def test_it_says_what_is_shown(self, address, visit):
        """Scenario, kernel and state, without the model; Python opens it too."""
        here = visit()
        page = here.page
        page.goto(f"{address}explore.html")
        ready(page)
        assert fragment(page) == ""  # nobody did anything yet
        page.locator(".zv-scenarios").select_option("hole-punch")
        page.locator(".zv-kernels").select_option("v5.18")
        for _ in range(3):
            page.locator(".zv-next").click()
        eventually(lambda: fragment(page), "hole-punch@v5.18:3")
        assert in_address(page) == Permalink(SCENARIOS["hole-punch"].text, "v5.18", 3)
        page.reload()
        shows(page, SCENARIOS["hole-punch"].text, "v5.18", 3)
        assert asked_of_model(here) == []
        assert here.well()

    def test_a_text_of_ones_own_outlives_a_reload(self, address, visit):
        """Its kernel and state too; and a copy of the address opens it elsewhere."""
        here = visit()
        page = here.page
        page.goto(f"{address}explore.html")
        ready(page)
        page.locator(".zv-kernels").select_option("v5.17")
        page.locator(".zv-area").fill(OWN)
        page.locator(".zv-area").blur()
        shows(page, OWN, "v5.17", 0)
        page.locator(".zv-next").click()
        wanted = Permalink(OWN, "v5.17", 1)
        eventually(lambda: in_address(page), wanted)
        page.reload()
        shows(page, OWN, "v5.17", 1)
        elsewhere = visit().page
        elsewhere.goto(page.evaluate("location.href"))
        shows(elsewhere, OWN, "v5.17", 1)
        assert here.well()

    def test_a_text_with_a_mistake_outlives_it_too(self, address, visit):
        """Nothing that was written is lost."""
        page = visit().page
        page.goto(f"{address}explore.html")
        ready(page)
        wrong = OWN.replace("anon(3)", "anom(3)")
        page.locator(".zv-area").fill(wrong)
        expect(page.locator(".zv-error")).to_contain_text("did you mean")
        eventually(lambda: in_address(page) and in_address(page).text, wrong)
        page.reload()
        expect(page.locator(".zv-area")).to_have_value(wrong)
        expect(page.locator(".zv-error")).to_contain_text("did you mean")

    def test_the_explorer_of_a_chapter_outlives_it(self, address, visit):
        """The address stays that of the chapter."""
        here = visit()
        page = here.page
        page.goto(f"{address}chapters/05-the-bug-and-its-fix.html")
        ready(page)
        own = page.locator(".zv:has(.zv-area)").first
        own.locator(".zv-kernels").select_option("v6.1")
        own.locator(".zv-first").click()
        eventually(lambda: page.evaluate("history.state?.zapviz?.[0]?.step"), 0)
        text = own.locator(".zv-area").input_value()
        page.reload()
        ready(page)
        expect(own.locator(".zv-kernels")).to_have_value("v6.1")
        expect(own.locator(".zv-counter")).to_have_text(re.compile("^0 / "))
        expect(own.locator(".zv-area")).to_have_value(text)
        assert fragment(page) == ""
        assert here.well()

    def test_the_way_back_shows_what_was_there(self, address, visit):
        """After a link to another scenario was followed, and after another page."""
        page = visit().page
        page.goto(f"{address}explore.html#reproducer@v5.17:12")
        shows(page, SCENARIOS["reproducer"].text, "v5.17", 12)
        page.locator(".zv-next").click()
        eventually(lambda: fragment(page), "reproducer@v5.17:13")
        page.evaluate("location.hash = 'hole-punch@v5.18:3'")
        shows(page, SCENARIOS["hole-punch"].text, "v5.18", 3)
        page.go_back()
        shows(page, SCENARIOS["reproducer"].text, "v5.17", 13)
        page.goto(f"{address}predict.html")
        page.go_back()
        shows(page, SCENARIOS["reproducer"].text, "v5.17", 13)

    def test_share_gives_an_address(self, address, visit):
        """The short one, of this site's explorer."""
        here = visit()
        here.page.goto(f"{address}scenarios/reproducer.html#reproducer@v5.17:12")
        ready(here.page)
        here.page.locator(".zv").focus()
        here.page.keyboard.press("s")
        here.page.get_by_role("button", name="Show link").click()
        shown = here.page.locator("pre.zv-preview")
        expect(shown).to_have_text(re.compile(r"/explore\.html#reproducer@v5\.17:12\s*$"))
        assert here.well()


def test_in_firefox(address, tmp_path):
    """The right state at once, the address follows, a reload keeps it, and a token opens."""
    counter = "document.querySelector('.zv-counter').textContent"
    isready = "document.documentElement.dataset.ready === 'true'"
    said = drive(
        ["goto", f"{address}explore.html#reproducer@v5.17:12"],
        ["until", isready],
        ["ask", counter],
        ["press", "ArrowRight"],
        ["until", "location.hash === '#reproducer@v5.17:13'"],
        ["reload"],
        ["until", isready],
        ["ask", counter],
        ["ask", "document.activeElement === document.body"],
        ["goto", f"{address}index.html"],
        ["goto", f"{address}explore.html#{TOKEN}"],
        ["until", isready],
        ["ask", "document.querySelector('.zv-area').value"],
        ["until", f"{counter} === '2 / 3'"],
        ["fill", ".zv-area", OWN.replace("7", "8").strip()],
        ["until", "document.querySelector('.zv-counter').textContent === '0 / 3'"],
        ["until", f"location.hash.startsWith('#zapviz:2:') && location.hash !== '#{TOKEN}'"],
        ["ask", "location.hash"],
        ["goto", f"{address}index.html"],
        ["goto", f"{address}explore.html#{format_permalink(LONG['Chinese'], 'v5.17', step=2)}"],
        ["until", isready],
        ["ask", "document.querySelector('.zv-area').value"],
        ["until", f"{counter} === '2 / 3'"],
        ["press", "ArrowRight"],
        ["until", f"{counter} === '3 / 3'"],
        ["until", "history.state?.zapviz?.[0]?.step === 3 && location.hash.length > 100000"],
        ["reload"],
        ["until", f"{isready} && {counter} === '3 / 3'"],
        ["ask", "location.hash"],
    )
    *rest, link, long, followed = said["answers"]
    assert rest == ["12 / 23", "13 / 23", True, OWN]
    assert parse_permalink(link).text == OWN.replace("7", "8").strip()
    assert long == LONG["Chinese"]
    assert parse_permalink(followed).text == LONG["Chinese"]
    assert said["problems"] == []
    assert all(url.startswith((address, "about:", "data:", "blob:")) for url in said["asked"])
