"""The website in Chromium: crawled, stepped, edited, as files too, and no other host asked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from settled import shows_state, still
from test_axe import AXE, violations
from visiting import ready, step_through

from zapviz import run
from zapviz.api.answers import answer_whole, offers
from zapviz.scenario.permalink import format_permalink
from zapviz.widgets.grid import same_place

KINDS = (
    "index.html",
    "scenarios.html",
    "explore.html",
    "predict.html",
    "scenarios/reproducer.html",
    "chapters/start.html",
    "chapters.html",
    "decisions.html",
    "reference.html",
    "reference/language.html",
    "reference/commands.html",
    "reference/api.html",
    "docs/locks.html",
    "404.html",
)
# Links that stand alone, not within a sentence, are to be as high as a fingertip is sure of.
FAR_LINKS = """() => [...document.querySelectorAll("nav a, .cards > li > a, .verdicts a")]
  .filter((node) => node.getBoundingClientRect().height < 24).map((node) => node.outerHTML)"""
# What is wrong with the looks of a page.
LOOKS = """() => {
  const wrong = [];
  if (document.activeElement !== document.body) wrong.push("something has the focus");
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) wrong.push(`it is ${scrollWidth} pixels wide`);
  for (const node of document.querySelectorAll("pre:not(.zv *)")) {
    if (node.scrollWidth > node.clientWidth + 1 && node.checkVisibility()) {
      wrong.push(`cut: ${node.textContent.slice(0, 60)}`);
    }
  }
  for (const node of document.images) {
    const { width, height } = node.attributes;
    if (!width || !height) wrong.push(`no size: ${node.src}`);
  }
  for (const node of document.querySelectorAll("main table:not(.zv *)")) {
    if (node.getBoundingClientRect().left < 20) wrong.push("a table stands at the edge");
  }
  for (const node of document.querySelectorAll("main :is(p, li, th, td, code, text):not(.zv *)")) {
    if (parseFloat(getComputedStyle(node).fontSize) < 12) wrong.push(`small: ${node.textContent}`);
  }
  return wrong;
}"""
OWN = "N = anon(3)\nN[0] = 7\nassert N[0] == anon\n"


def write(page: Page, text: str) -> None:
    """Put a text in place of the scenario in the first editor."""
    page.locator(".zv-area").first.fill(text)


class TestCrawl:
    """Every page, over http from inside a folder, and as a file."""

    def test_every_page_works_and_asks_no_other_host(self, site, address, visit):
        """No error, nothing missing; each player steps; the model is not loaded."""
        here = visit()
        players = 0
        for file in sorted(site.rglob("*.html")):
            here.page.goto(address + file.relative_to(site).as_posix())
            players += step_through(here.page)
        assert players >= 35
        assert here.well()
        assert not [url for url in here.asked if "/model/" in url]

    @pytest.mark.parametrize("path", KINDS)
    def test_pages_work_as_plain_files(self, site, visit, path):
        """Opened from a disk: no error, and each player steps."""
        here = visit()
        here.page.goto((site / path).as_uri())
        expect(here.page.locator("h1")).to_have_count(1)
        step_through(here.page)
        assert here.well()

    def test_without_scripts_there_is_something_to_read(self, site, address, visit):
        """A chapter shows its pictures, a scenario its text."""
        here = visit(java_script_enabled=False)
        here.page.goto(address + "chapters/start.html")
        expect(here.page.locator(".zv-place img").first).to_be_visible()
        here.page.goto(address + "scenarios/reproducer.html")
        here.page.locator("summary").click()
        expect(here.page.locator("details pre")).to_contain_text("unmap_mapping_range")


class TestExplorer:
    """The explorer page."""

    def test_what_is_in_the_lists_needs_no_model(self, address, visit):
        """Another kernel, another scenario: computed beforehand, at the same statement."""
        here = visit()
        page = here.page
        page.goto(address + "explore.html")
        old = run("reproducer").as_json()
        for kernel, step in (("v5.17", 12), ("v6.12", 14), ("rfc-v2", 3)):
            page.locator(".zv").focus()
            page.keyboard.press("Home")
            for _ in range(step):
                page.keyboard.press("ArrowRight")
            shows_state(page, step)
            new = run("reproducer", kernel).as_json()
            place = same_place(old, new, step)
            # On which kernel a step was seen tells whose trace it is.
            was, now = (
                trace["steps"][at - 1]["evidence"] for trace, at in ((old, step), (new, place))
            )
            assert was != now
            page.locator(".zv-kernels").select_option(kernel)
            expect(page.locator(".zv-source .zv-live")).to_contain_text(now)
            expect(page.locator(".zv-counter")).to_have_text(f"{place} / {len(new['steps'])}")
            old = new
        page.locator(".zv-scenarios").select_option("hole-punch")
        last = len(run("hole-punch", "rfc-v2").as_json()["steps"])
        expect(page.locator(".zv-counter")).to_have_text(f"0 / {last}")
        assert here.well()
        assert not [url for url in here.asked if "/model/" in url]

    def test_its_arrows_work_at_once(self, address, visit):
        """One steps without a click before it, though the explorer has not taken the focus."""
        page = visit().page
        page.goto(address + "explore.html")
        ready(page)
        assert page.evaluate("document.activeElement === document.body")
        opened = run("reproducer").as_json()["opens"]
        page.keyboard.press("ArrowRight")
        expect(page.locator(".zv-counter")).to_have_text(re.compile(f"^{opened + 1} / "))

    def test_an_edited_scenario_runs_in_the_page(self, address, visit):
        """The model's answer, right and wrong, on another kernel too; nothing leaves."""
        here = visit()
        page = here.page
        page.goto(address + "explore.html")
        write(page, OWN)
        last = run(OWN).last
        expect(page.locator(".zv-counter")).to_have_text(f"0 / {last}")
        assert [url for url in here.asked if "/model/memory.bin" in url]
        expect(page.locator(".zv-scenarios")).to_have_value("(your own)")
        write(page, OWN.replace("anon(3)", "anom(3)"))
        error = page.locator(".zv-error")
        expect(error).to_contain_text("scenario:1:5: error: there is no")
        expect(error).to_contain_text("did you mean")
        expect(page.locator(".zv-counter")).to_have_text(f"0 / {last}")
        reread = OWN + "madvise(N[0], MADV_DONTNEED)\n"
        write(page, reread)
        expect(error).to_be_hidden()
        expect(page.locator(".zv-counter")).to_have_text(f"0 / {run(reread).last}")
        page.locator(".zv-kernels").select_option("v5.17")
        page.locator(".zv").focus()
        page.keyboard.press("End")
        expect(page.locator(".zv-source")).to_contain_text("v5.17")
        assert here.well()

    def test_the_model_is_loaded_once(self, address, visit):
        """However much is edited, in a chapter too."""
        here = visit()
        page = here.page
        page.goto(address + "chapters/start.html")
        for text in (OWN, OWN + "read(N)\n"):
            page.locator(".zv-area").first.fill(text)
            expect(page.locator(".zv-counter").first).to_have_text(
                re.compile(rf"/ {run(text).last}$")
            )
        assert len([url for url in here.asked if url.endswith("memory.bin")]) == 1
        assert here.well()

    def test_a_model_that_does_not_come_is_said_and_tried_again(self, address, visit):
        """The grid goes on working meanwhile."""
        here = visit()
        page = here.page
        page.route("**/memory.bin", lambda route: route.abort())
        page.goto(address + "explore.html")
        write(page, OWN)
        expect(page.locator(".zv-error")).to_contain_text("The model did not start in this browser")
        step_through(page)
        page.unroute("**/memory.bin")
        write(page, OWN + "read(N)\n")
        expect(page.locator(".zv-error")).to_be_hidden()
        expect(page.locator(".zv-counter")).to_have_text(
            re.compile(rf"/ {run(OWN + 'read(N)').last}$")
        )

    def test_a_plain_file_says_what_it_cannot_do(self, site, visit):
        """Kernels and scenarios of the lists work; an edit is answered in words."""
        here = visit()
        page = here.page
        page.goto((site / "explore.html").as_uri())
        page.locator(".zv-scenarios").select_option("hole-punch")
        page.locator(".zv-kernels").select_option("v5.17")
        last = run("hole-punch", "v5.17").last
        expect(page.locator(".zv-counter")).to_have_text(re.compile(rf"/ {last}$"))
        write(page, OWN)
        expect(page.locator(".zv-error")).to_contain_text("python3 -m http.server")
        step_through(page)
        assert here.well()

    def test_a_permalink_opens(self, address, visit):
        """Text, kernel and state come from the address; a broken one is said."""
        here = visit()
        page = here.page
        page.goto(f"{address}explore.html#{format_permalink(OWN, 'v5.17', step=2)}")
        expect(page.locator(".zv-counter")).to_have_text(f"2 / {run(OWN, 'v5.17').last}")
        expect(page.locator(".zv-kernels")).to_have_value("v5.17")
        expect(page.locator(".zv-area")).to_have_value(OWN)
        expect(page.locator(".site-said")).to_be_hidden()
        page.evaluate("location.hash = 'zapviz:1:broken:00000000'")
        expect(page.locator(".site-said")).to_contain_text("permalink")
        assert here.well()


class TestModel:
    """The model in the page, asked directly."""

    def test_everything_that_a_page_offers_is_answered(self, address, visit):
        """Each form of export, a comparison, a race; the answers are Python's own."""
        page = visit().page
        page.goto(address + "explore.html")
        race = next(one for one in offers()["scenarios"] if one["name"] == "race-punch")
        forms = [form["name"] for form in offers()["forms"] if form["text"]]
        asked = [
            *({"ask": "export", "text": OWN, "kernel": "v6.12", "form": form} for form in forms),
            {"ask": "compare", "text": OWN, "kernels": ["v5.17", "v6.12"]},
            {"ask": "race", "text": race["text"], "kernel": "v6.12"},
        ]
        answers = page.evaluate(
            """(asked) => new Promise((resolve) => {
              const worker = new Worker("model/worker.js", { type: "module" });
              const answers = [];
              const post = (request) => worker.postMessage({ number: answers.length, request });
              worker.onmessage = ({ data }) => {
                if (data.answer === undefined) return;
                const answer = JSON.parse(data.answer);
                if (answer.going_on) {
                  post({ ask: "go on", work: answer.going_on });
                  return;
                }
                answers.push(answer);
                if (answers.length === asked.length) resolve(answers);
                else post(asked[answers.length]);
              };
              post(asked[0]);
            })""",
            asked,
        )
        for request, got in zip(asked, answers, strict=True):
            assert got == answer_whole(request), request


class TestReading:
    """By eye, by ear, by keyboard, on a phone."""

    @pytest.mark.parametrize("path", KINDS)
    def test_screen_readers_get_names(self, address, visit, path):
        """Landmarks, one first heading, and a name for every control and picture."""
        page = visit().page
        page.goto(address + path)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        for role in ("banner", "main", "contentinfo"):
            expect(page.get_by_role(role)).to_have_count(1)
        expect(page.get_by_role("navigation", name="site")).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        ready(page)
        told = page.locator("body").aria_snapshot()
        controls = re.findall(
            r"- (button|link|combobox|textbox|slider|radio|checkbox|img|region)\b(.*)", told
        )
        assert controls
        nameless = [f"{role}{rest}" for role, rest in controls if not re.match(r' "[^"]', rest)]
        assert nameless == []

    def test_the_keyboard_skips_to_the_content(self, address, visit):
        """The first stop is a link that leads past the navigation."""
        page = visit().page
        page.goto(address + "index.html")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        expect(page.locator(".skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_follows_the_system(self, address, visit, picture, scheme):
        """Light or dark, text and players alike; each kind of page is kept to be looked at."""
        here = visit(color_scheme=scheme)
        for path in KINDS:
            here.page.goto(address + path)
            ready(here.page)
            body = here.page.locator("body")
            white = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 17, 17)"}[scheme]
            expect(body).to_have_css("background-color", white)
            for player in here.page.locator(".zv").all():
                expect(player).to_have_attribute("data-theme", scheme)
            picture(here.page, f"site-{path.replace('/', '-').removesuffix('.html')}-{scheme}")
        assert here.well()

    @pytest.mark.parametrize("path", KINDS)
    def test_it_fits_a_phone(self, address, visit, path):
        """Nothing makes the page wider than the smallest screen."""
        touch = {"device_scale_factor": 3, "has_touch": True, "is_mobile": True}
        page = visit(viewport={"width": 320, "height": 640}, **touch).page
        page.goto(address + path)
        ready(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        step_through(page)
        still(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.evaluate(FAR_LINKS) == []

    def test_no_page_takes_the_focus_or_cuts_what_it_shows(self, site, address, visit):
        """Of all pages, at 1280 pixels: the focus stays where it was, no line of code is cut, no
        table leaves the column, no letter is too small, and every picture has its size.
        """
        here = visit()
        wrong = []
        for file in sorted(site.rglob("*.html")):
            path = file.relative_to(site).as_posix()
            here.page.goto(address + path)
            ready(here.page)
            wrong += [f"{path}: {one}" for one in here.page.evaluate(LOOKS)]
        assert wrong == []
        assert here.well()


class TestLanding:
    """The first page: what is at stake, and one press that shows it."""

    def test_one_press_shows_it(self, address, visit):
        """Both kernels stand at the step before; Next shows where they part, and no model is
        loaded.
        """
        here = visit()
        page = here.page
        page.goto(address + "index.html")
        ready(page)
        expect(page.locator(".stakes")).to_contain_text("the old bytes came back. Press Next")
        expect(page.get_by_role("button", name="Next")).to_be_in_viewport(ratio=1)
        sides = [page.get_by_role("region", name=f"kernel {one}") for one in ("v5.17", "v6.12")]
        for side in sides:
            expect(side.get_by_role("gridcell", name=re.compile("swap entry"))).to_have_count(1)
            expect(side.locator(".zv-grid")).to_be_in_viewport(ratio=1)
        page.get_by_role("button", name="Next").click()
        expect(sides[0]).to_contain_text("kept")
        expect(sides[1]).to_contain_text("zapped")
        expect(sides[0].get_by_role("gridcell", name=re.compile("swap entry"))).to_have_count(1)
        expect(sides[1].get_by_role("gridcell", name=re.compile("swap entry"))).to_have_count(0)
        assert not any("model/" in one for one in here.asked)
        assert here.well()

    def test_links_lead_out_only_by_a_click(self, address, visit):
        """To the thread and the commit; nothing of theirs is loaded."""
        here = visit()
        here.page.goto(address + "index.html")
        ready(here.page)
        links = here.page.locator("a[href^=https]").evaluate_all("all => all.map((a) => a.host)")
        assert {"lore.kernel.org", "git.kernel.org"} <= set(links)
        assert here.well()


class TestGallery:
    """The scenarios, each with its picture and what comes out."""

    def test_a_kernels_verdict_opens_it_there(self, address, visit):
        """The link of a kernel that fails shows where it is decided on that kernel."""
        here = visit()
        page = here.page
        page.goto(address + "scenarios.html")
        card = page.locator(".gallery > li", has_text="The reproducer").first
        assert card.get_by_role("img").get_attribute("aria-label") == "F ..; A .S"
        card.get_by_role("link", name="v5.17: an assertion fails").click()
        ready(page)
        expect(page.locator(".zv-kernels")).to_have_value("v5.17")
        opened = run("reproducer", "v5.17").as_json()["opens"]
        expect(page.locator(".zv-counter")).to_have_text(re.compile(f"^{opened} / "))
        source = page.get_by_role("listitem").filter(has_text="zap_pte_range() in mm/memory.c")
        link = source.get_by_role("link", name="v5.17", exact=True).get_attribute("href")
        assert link.endswith("/linux/v5.17/A/ident/zap_pte_range")
        expect(page.get_by_role("link", name="5abfd71d936a")).to_have_count(1)
        assert here.well()


class TestTable:
    """The decision table's own page."""

    def test_a_cell_opens_its_scenario(self, address, visit):
        """The model in the page runs it, at the step that decides."""
        here = visit()
        here.page.goto(address + "decisions.html")
        cell = re.compile("^swap entry, private mapping of shmem: truncate, v6.18")
        here.page.get_by_role("gridcell", name=cell).click()
        opened = here.page.locator(".site-opened")
        expect(opened.locator(".zv-title > .zv-live")).to_have_text("A[0]: swap -> none")
        expect(opened.locator(".zv-area")).to_have_value(re.compile(r"ftruncate\(F, 0\)"))
        assert here.well()

    def test_the_table_is_there_without_scripts(self, address, visit):
        """As a plain one."""
        page = visit(java_script_enabled=False).page
        page.goto(address + "decisions.html")
        expect(page.get_by_role("row", name="swap entry")).to_contain_text("kept")

    def test_what_differs_comes_first_kernels_across(self, address, visit):
        """All else is a click away, without the model: all cells are in the page."""
        here = visit()
        here.page.goto(address + "decisions.html")
        expect(here.page.get_by_label("Only what differs")).to_be_checked()
        expect(here.page.get_by_role("columnheader", name="v5.17")).to_be_visible()
        rows = here.page.get_by_role("rowheader")
        before = rows.count()
        here.page.get_by_label("Only what differs").uncheck()
        expect(here.page.get_by_role("columnheader", name="v5.17")).to_be_visible()
        assert rows.count() > 2 * before
        assert not any("model/" in one for one in here.asked)
        assert here.well()


class TestPredict:
    """The exercises."""

    def test_the_first_is_there_as_a_file_too(self, site, visit):
        """Marked and revealed without the model."""
        here = visit()
        here.page.goto((site / "predict.html").as_uri())
        for key in "zzzzzz":
            here.page.locator(".zv-predict").focus()
            here.page.keyboard.press(key)
            here.page.keyboard.press("ArrowRight")
        reveal = here.page.get_by_role("button", name="Reveal")
        reveal.click()
        expect(here.page.locator(".zv-result")).to_be_visible()
        assert here.well()

    def test_the_next_comes_from_the_model(self, address, visit):
        """By level and seed, judged in the page."""
        here = visit()
        here.page.goto(address + "predict.html")
        here.page.get_by_role("button", name="Next exercise").first.click()
        expect(here.page.locator(".zv-number-now")).to_have_text("2")
        here.page.get_by_label("level").select_option("3")
        expect(here.page.locator(".zv-number-now")).to_have_text("1")
        assert here.well()


@pytest.mark.skipif(not AXE.exists(), reason="no axe-core; make node_modules has it")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(visit, address, kind, scheme):
    """Each kind of page, all of it: landmarks, headings, names, contrast."""
    there = visit(color_scheme=scheme, bypass_csp=True)
    there.page.goto(address + kind)
    ready(there.page)
    assert violations(there.page) == []
