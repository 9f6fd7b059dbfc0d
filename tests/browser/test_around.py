"""Views in what may lie around them: a shadow of a page, other widgets' styles, forced colours."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect
from settled import shows_state
from standalone import imported, literal, watched_page

import zapviz
from zapviz.exercises.draw import LEVEL_NAMES, draw_exercise
from zapviz.render.palette import palette_json
from zapviz.view import style
from zapviz.widgets import DecisionTable, Explorer, GridWidget, Prediction


def contrast(page: Page, selector: str) -> float:
    """The contrast of an element's text with the ground that is painted under it."""
    return float(
        page.locator(selector).first.evaluate("""(node) => {
  const lightness = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((one) => one / 255)
      .map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  let under = node;
  const ground = (one) => getComputedStyle(one).backgroundColor;
  while (/rgba\\(.*, 0\\)/.test(ground(under))) under = under.parentElement;
  const [a, b] = [getComputedStyle(node).color, ground(under)]
    .map(lightness).sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}""")
    )


SHADOWED = """
const host = document.getElementById("here");
const shadow = host.attachShadow({ mode: "open" });
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);
shadow.adoptedStyleSheets = [sheet];
const el = document.createElement("div");
// As widgets do: the view is built before it is put into the page.
window.player = createPlayer(el, TRACE, { palette: PALETTE });
shadow.append(el);
"""


@pytest.fixture
def shadowed(browser: Browser):
    """A player in a shadow root, whose page has none of its styles."""
    page = watched_page(browser, (1280, 720))
    trace, palette = zapviz.run("reproducer").as_json(), palette_json()
    script = SHADOWED.replace("STYLE", literal(style())).replace("TRACE", literal(trace))
    script = script.replace("PALETTE", literal(palette))
    page.set_content(f"""<!doctype html><title>shadow</title><div id="here"></div>
<script type="module">{imported("createPlayer")}{script}</script>""")
    page.wait_for_function("window.player")
    yield page
    assert page.problems == []
    page.context.close()


class TestShadow:
    """In a shadow root, as marimo and others have it."""

    def test_the_grid_has_its_colours(self, shadowed, picture):
        """Those of the palette, not black."""
        fill = palette_json()["themes"]["light"]["inks"]["file"]["fill"]
        shown = f"rgb({', '.join(str(int(fill[k : k + 2], 16)) for k in (1, 3, 5))})"
        shadowed.locator(".zv").focus()
        shadowed.keyboard.press("End")
        box = shadowed.locator(".zv-cell.k-file > .zv-box").first
        expect(box).to_have_css("fill", shown)
        picture(shadowed, "shadow")

    def test_keys_and_focus(self, shadowed):
        """The arrows step, go among entries, and a panel gives the focus back."""
        shadowed.locator(".zv").focus()
        shadowed.keyboard.press("Home")
        shadowed.keyboard.press("ArrowRight")
        shows_state(shadowed, 1)
        shadowed.keyboard.press("g")
        shadowed.keyboard.press("ArrowRight")
        expect(shadowed.locator("[role=gridcell]:focus")).to_have_count(1)
        shadowed.keyboard.press("?")
        expect(shadowed.get_by_role("dialog", name=re.compile("Keys"))).to_be_visible()
        shadowed.keyboard.press("Escape")
        expect(shadowed.locator("[role=gridcell]:focus")).to_have_count(1)

    def test_full_screen(self, shadowed):
        """It is filled, scaled, and left."""
        shadowed.locator(".zv").focus()
        shadowed.keyboard.press("f")
        shadowed.wait_for_function("document.fullscreenElement?.id === 'here'")
        zoom = "() => Number(player.root.style.getPropertyValue('--zv-zoom'))"
        shadowed.wait_for_function(f"({zoom})() > 1")
        shadowed.keyboard.press("f")
        shadowed.wait_for_function("!document.fullscreenElement")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("last", [Prediction, Explorer, DecisionTable, GridWidget])
def test_styles_of_widgets_in_any_order(browser, last, scheme):
    """Reveal can be read, whichever widget's style sheet comes last in the page."""
    kinds = [one for one in (Prediction, Explorer, DecisionTable, GridWidget) if one is not last]
    page = watched_page(browser, (1280, 720), color_scheme=scheme)
    sheets = "".join(f"<style>{one._css}</style>" for one in [*kinds, last])
    page.set_content(f"""<!doctype html><title>several</title>{sheets}<div id="here"></div>
<script type="module">{imported("createPredict")}
window.predict = createPredict(document.getElementById("here"),
  {literal(draw_exercise(1, "words", 1).as_json())},
  {{ palette: {literal(palette_json())}, levels: {json.dumps(list(LEVEL_NAMES.items()))} }});
</script>""")
    page.wait_for_function("window.predict")
    assert contrast(page, ".zv-reveal") >= 4.5
    assert page.problems == []
    page.context.close()


def test_forced_colours(player, picture):
    """The statement shown, the chosen stops and the entries' classes can all be told."""
    explorer = Explorer("reproducer")
    editor = {**explorer.choices, "text": explorer.text, "kernel": explorer.kernel, "error": ""}
    page = player(explorer.trace.as_json(), {"editor": editor}, forced_colors="active")
    page.locator(".zv").focus()
    for _ in range(6):
        page.keyboard.press("n")
    shows_state(page, 6)
    picture(page, "forced-colours")
    expect(page.locator(".zv-here .zv-code")).to_have_css("visibility", "visible")
    assert contrast(page, ".zv-here .zv-code") >= 4.5
    expect(page.locator(".zv-here")).to_have_css("outline-style", "solid")
    grounds = [
        page.locator(f".zv-choice[aria-checked={is_on}]").first.evaluate(
            "(node) => getComputedStyle(node).backgroundColor"
        )
        for is_on in ("true", "false")
    ]
    assert grounds[0] != grounds[1]
    assert contrast(page, ".zv-choice[aria-checked=true]") >= 4.5
