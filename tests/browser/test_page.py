"""The page in a file of its own: opened from a file URL with the network off, and stepped."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from settled import shows_state, still
from test_player import DRAWN, assert_shows, states

import zapviz
from waiting import PATIENCE, eventually
from zapviz.api.exports import export
from zapviz.api.traces import open_permalink
from zapviz.scenario.permalink import parse_permalink

HOSTILE = """\
# </script><script>window.broken = 1</script> <!-- --> "it's" &amp; \u2028 \\u003c
# <img src=x onerror="window.broken = 2"> </title></style></pre></noscript>
N = anon(2)  # <svg onload="window.broken = 3"> ${window.broken = 4} `
N[0] = 7
"""

# What runs before the page: it hears what the page's policy refuses.
LISTEN = """window.refused = [];
addEventListener("securitypolicyviolation", (event) =>
  window.refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"""

BIG = "F = shmem(64)\nA = mmap(F, MAP_PRIVATE)\nA[0:64] = 1\nmadvise(A[0:9], MADV_PAGEOUT)\n"


@pytest.fixture
def opened(browser: Browser, tmp_path) -> Any:
    """Open a trace's page from a file; anything wrong in it fails the test."""
    pages: list[tuple[Page, list[str]]] = []

    def show(trace: Any, step: int | None = None, *, theme: str = "", **context: Any) -> Page:
        path = tmp_path / f"page{len(pages)}.html"
        trace.save(path, step, **({"theme": theme} if theme else {}))
        context.setdefault("viewport", {"width": 1280, "height": 720})
        page = browser.new_context(offline=True, **context).new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
        page.on("request", lambda asked: wrong.append(asked.url) if "page" not in asked.url else 0)
        page.route(re.compile("^(?!file:)"), lambda route: route.abort())
        page.add_init_script(LISTEN)
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(path.as_uri())
        pages.append((page, wrong))
        return page

    yield show
    for page, wrong in pages:
        scripted = page.locator(".zv-page-live").count()
        refused = page.evaluate("window.refused") if scripted else []
        page.context.close()
        assert (wrong, refused) == ([], [])


def live(page: Page) -> Page:
    """Wait until the view is there."""
    page.locator(".zv-page-live .zv [role=gridcell]").first.wait_for()
    still(page)
    return page


class TestStepping:
    """The same player, with the same keys."""

    @pytest.mark.parametrize("name", ["reproducer", "markers"])
    def test_every_state_by_the_keyboard(self, opened, name):
        """The keys step at once; each state is drawn as the trace has it."""
        trace = zapviz.run(name)
        plain = trace.as_json()
        page = live(opened(trace))
        shows_state(page, plain["opens"])
        page.keyboard.press("Home")
        for number, (cells, sizes) in enumerate(states(plain)):
            shows_state(page, number)
            assert_shows(page.evaluate(DRAWN), plain, number, cells, sizes)
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Home")
        shows_state(page, 0)
        cells, sizes = next(states(plain))
        assert_shows(page.evaluate(DRAWN), plain, 0, cells, sizes)

    def test_opens_at_the_state_that_was_asked_for(self, opened):
        """As the permalink in it does."""
        page = live(opened(zapviz.run("reproducer"), 13))
        expect(page.locator(".zv-counter")).to_have_text(re.compile("^13 / "))
        assert parse_permalink(page.locator("#zv-page-the-token").text_content()).step == 13

    def test_buttons_and_mouse_work_too(self, opened):
        """Next, play and the pinned entry."""
        page = live(opened(zapviz.run("reproducer")))
        page.keyboard.press("Home")
        page.click(".zv-next")
        page.click(".zv [role=gridcell]")
        shows_state(page, 1)
        expect(page.locator(".zv-entry > h4 .zv-entry-name")).to_have_text("F[0]")

    def test_two_pages_of_one_trace_do_not_share_anything(self, opened):
        """Nothing is stored: a page opened again begins where it began."""
        trace = zapviz.run("reproducer")
        first = live(opened(trace))
        first.keyboard.press("End")
        shows_state(first, trace.last)
        page = live(opened(trace))
        shows_state(page, trace.as_json()["opens"])
        assert page.evaluate("document.cookie") == ""


class TestSafety:
    """What an author writes is text, and nothing else runs."""

    def test_hostile_text_is_text(self, opened):
        """In the title, the editor's lines, the heading and the text below."""
        trace = zapviz.run(HOSTILE)
        page = live(opened(trace))
        assert page.evaluate("window.broken") is None
        assert page.evaluate("document.images.length") == 0
        assert page.title().startswith("</script><script>window.broken = 1</script>")
        assert page.locator("#zv-page-the-scenario").text_content() == HOSTILE
        assert '<img src=x onerror="window.broken = 2">' in page.locator(".zv-text").text_content()
        page.keyboard.press("End")
        shows_state(page, trace.last)

    def test_hostile_text_is_text_without_scripts(self, opened):
        """There too."""
        page = opened(zapviz.run(HOSTILE), java_script_enabled=False)
        assert page.locator("#zv-page-the-scenario").text_content() == HOSTILE
        assert page.locator("img, svg").count() == 0

    def test_no_other_script_would_run(self, browser, tmp_path):
        """The policy refuses a script and a style that somebody puts into the file."""
        page_text = export(zapviz.run("N = anon(1)"), "html")
        for extra in ("<script>window.broken = 1</script>", "<p onclick='x' style='color:red'>"):
            path = tmp_path / "changed.html"
            path.write_text(page_text.replace("<main>", f"<main>{extra}"))
            page = browser.new_context(offline=True).new_page()
            page.add_init_script(LISTEN)
            page.goto(path.as_uri())
            page.wait_for_function("window.refused.length > 0")
            assert page.evaluate("window.broken") is None
            page.context.close()


class TestPaper:
    """The text that goes along: to copy, to print, to read without scripts."""

    def test_scenario_and_link_can_be_copied(self, opened):
        """The buttons copy what stands below them; what is copied runs the same."""
        trace = zapviz.run("reproducer", "v5.17")
        page = live(opened(trace, permissions=["clipboard-read", "clipboard-write"]))
        page.locator("#zv-page-paper > summary").click()
        copies = page.locator(".zv-page-copy")
        expect(copies).to_have_count(3)
        copies.nth(0).click()
        eventually(lambda: page.evaluate("navigator.clipboard.readText()"), trace.scenario)
        expect(copies.nth(0)).to_be_enabled()  # it says "Copied" for a while
        copies.nth(1).click()
        page.wait_for_function(
            "navigator.clipboard.readText().then((text) => text.startsWith('zapviz:'))"
        )
        link = parse_permalink(page.evaluate("navigator.clipboard.readText()"))
        assert open_permalink(link).as_json() == trace.as_json()

    def test_without_scripts_it_is_text(self, opened, picture):
        """The heading, why nothing moves, and every strip."""
        trace = zapviz.run("reproducer")
        page = opened(trace, java_script_enabled=False, viewport={"width": 800, "height": 900})
        picture(page, "page-noscript")
        assert page.locator("h1").inner_text().startswith("The reproducer")
        assert page.locator("noscript p").bounding_box()["height"] > 10
        assert page.locator("#zv-page-the-text").inner_text().strip() == trace.text().strip()
        assert page.locator(".zv-page-copy").first.is_hidden()

    def test_on_paper_it_is_text(self, opened, picture):
        """Folded or not, the text is printed, and no button is."""
        page = live(opened(zapviz.run("reproducer"), color_scheme="dark"))
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        picture(page, "page-print")
        expect(page.locator("#zv-page-the-text")).to_be_visible()
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator(".zv-page-here")).to_be_hidden()
        expect(page.locator("body")).to_have_css("color", "rgb(0, 0, 0)")
        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        expect(page.locator("#zv-page-the-text")).to_be_hidden()


class TestLooks:
    """Light and dark, wide and narrow."""

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_follows_the_reader(self, opened, picture, scheme):
        """The page is as the reader's system has it."""
        page = live(opened(zapviz.run(BIG), 70, color_scheme=scheme))
        picture(page, f"page-{scheme}")
        expect(page.locator(".zv")).to_have_attribute("data-theme", scheme)
        ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 17, 17)"}[scheme]
        expect(page.locator("body")).to_have_css("background-color", ground)

    def test_a_chosen_theme_stays(self, opened):
        """Where the exporter chose one."""
        page = live(opened(zapviz.run("reproducer"), theme="dark", color_scheme="light"))
        expect(page.locator(".zv")).to_have_attribute("data-theme", "dark")
        expect(page.locator("body")).to_have_css("background-color", "rgb(17, 17, 17)")

    @pytest.mark.parametrize("width", [400, 800, 1280])
    def test_fits_the_window(self, opened, picture, width):
        """Nothing sticks out at the side."""
        page = live(opened(zapviz.run(BIG), 70, viewport={"width": width, "height": 900}))
        page.locator("#zv-page-paper > summary").click()
        expect(page.locator("#zv-page-the-text")).to_be_visible()
        still(page)
        picture(page, f"page-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_has_what_a_screen_reader_needs(self, opened):
        """A language, a title, one heading, a main part, and names for the controls."""
        page = live(opened(zapviz.run("reproducer")))
        assert page.evaluate("document.documentElement.lang") == "en"
        expect(page.get_by_role("main")).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        for button in page.get_by_role("button").all():
            assert button.get_attribute("aria-label") or button.inner_text().strip()
