"""The player in a self-contained page, in a real Chromium: what is drawn is what the trace says."""

from __future__ import annotations

import random
import re

import pytest
from playwright.sync_api import expect
from settled import choose, shows_state, still
from standalone import player_page

import zapviz
from sample_trace import every_kind_trace, sample_trace
from waiting import eventually
from zapviz.api.races import follow, replay
from zapviz.render.palette import CLASSES
from zapviz.scenario import library
from zapviz.widgets import Explorer

# What is drawn of a state: class, letter and verdict of each cell, and the words around.
DRAWN = """() => {
  const kinds = [...document.querySelectorAll("[role=gridcell]")]
    .sort((a, b) => a.zapvizCell - b.zapvizCell)
    .map((cell) => [cell.getAttribute("class").match(/k-(\\w+)/)[1],
      cell.getAttribute("aria-label")]);
  const text = (selector) => document.querySelector(selector)?.textContent ?? null;
  return { kinds, title: text(".zv-title > .zv-live"), reason: text(".zv-reason .zv-live"),
    verdict: text(".zv-verdict"), counter: text(".zv-counter"),
    rss: [...document.querySelectorAll(".zv-count b")].map((node) => Number(node.textContent)),
    locks: text(".zv-locks .zv-live"), line: text(".zv-here .zv-number"),
    function: text(".zv-chain[aria-hidden=false] .zv-current"),
    edge: [...document.querySelectorAll(".zv-edge-text")].filter((node) =>
      node.getAttribute("visibility") !== "hidden").map((node) => node.textContent) };
}"""

# Boxes of everything that must not move while stepping.
BOXES = """() => [".zv", ".zv-transport", ".zv-next", ".zv-slider", ".zv-counter", ".zv-text",
  ".zv-now", ".zv-pane", ".zv-grid", ".zv-rss", ".zv-facts", ".zv-legend", ".zv-notes"]
  .map((selector) => { const b = document.querySelector(selector).getBoundingClientRect();
    return [selector, ...[b.x, b.y, b.width, b.height].map(Math.round)]; })"""
# The cells over which a line of the hatching begins.
FRESH = """() => {
  const drawn = document.querySelector(".zv-grid").getBoundingClientRect();
  const first = /M([\\d.]+) ([\\d.]+)m([\\d.]+) ([\\d.]+)/g;
  const starts = [...document.querySelectorAll(".zv-hatch")]
    .flatMap((path) => [...path.getAttribute("d").matchAll(first)])
    .map((found) => found.slice(1).map(Number))
    .map(([x, y, dx, dy]) => [drawn.x + x + dx, drawn.y + y + dy]);
  const over = (box, [x, y]) => box.left < x && x < box.right && box.top < y && y < box.bottom;
  return [...document.querySelectorAll("[role=gridcell]")]
    .filter((cell) => starts.some((start) => over(cell.getBoundingClientRect(), start)))
    .map((cell) => cell.zapvizCell).sort((a, b) => a - b);
}"""


PLAYS = re.compile("^Play")  # what the button offers, where nothing plays


def states(trace):
    """Every state of a trace, as the kinds of its cells in one list."""
    now = [list(row) for row in trace["initial"]["cells"]]
    sizes = dict(trace["initial"]["sizes"])
    yield [trace["cells"][c] for row in now for c in row], dict(sizes)
    for step in trace["steps"]:
        for row, cell, new in step["set"]:
            now[row][cell] = new
        sizes.update(step["sizes"])
        yield [trace["cells"][c] for row in now for c in row], dict(sizes)


def opened(name, kernel="v6.18", **options):
    """A shipped scenario's trace, and options for the page as the explorer gives them."""
    explorer = Explorer(name, kernel)
    editor = {
        **explorer.choices,
        "text": explorer.text,
        "kernel": explorer.kernel,
        "error": explorer.error,
        "errorLine": explorer.error_line,
    }
    return explorer.trace.as_json(), {"editor": editor, **options}


def assert_shows(drawn, trace, number, expected, sizes):
    """Compare what was drawn with what the trace has."""
    assert [kind for kind, _ in drawn["kinds"]] == [cell["kind"] for cell in expected], number
    for (_, label), cell in zip(drawn["kinds"], expected, strict=True):
        assert label.endswith(f"{CLASSES[cell['kind']].name}. {cell['text']}")
    assert drawn["counter"] == f"{number} / {len(trace['steps'])}"
    shown = [size for size in sizes.values() if size is not None]
    assert len(drawn["edge"]) == len(shown)
    if number:
        step = trace["steps"][number - 1]
        statement = trace["statements"][step["statement"]]
        assert drawn["title"].endswith(step["title"])
        assert drawn["reason"] == (step["reason"] or "")
        assert drawn["rss"] == step["rss"]
        assert drawn["locks"] == ("\n".join(step["locks"]) or "none")
        assert drawn["line"] == str(statement["line"])
        assert drawn["function"] == step["function"]
        assert (step["verdict"] or "") in drawn["verdict"]


class TestStepping:
    """Every state that can be reached is drawn as the trace has it, however it was reached."""

    @pytest.mark.parametrize("name", ["reproducer", "hole-punch", "markers", "device-entries"])
    def test_each_state_forward_and_back(self, player, name):
        """Next through the whole trace, then previous all the way back."""
        trace, options = opened(name)
        page = player(trace, options)
        last = len(trace["steps"])
        drawn = page.evaluate(
            f"""async () => {{
              const draw = {DRAWN}, press = (what) => {{
                document.querySelector(what).click();
                return new Promise(requestAnimationFrame); }};
              const there = [draw()], back = [];
              for (let k = 0; k < {last}; k++) {{ await press(".zv-next"); there.push(draw()); }}
              for (let k = 0; k < {last}; k++) {{
                back.unshift(draw());
                await press(".zv-previous"); }}
              back.unshift(draw());
              return [there, back]; }}"""
        )
        for number, (cells, sizes) in enumerate(states(trace)):
            assert_shows(drawn[0][number], trace, number, cells, sizes)
            assert_shows(drawn[1][number], trace, number, cells, sizes)

    def test_jumps_lead_to_the_same_states(self, player):
        """From anywhere to anywhere, on a large trace."""
        trace = sample_trace(7, 64, 120, change=16)
        page = player(trace)
        all_states = list(states(trace))
        random.seed(1)
        for number in [*(random.randrange(121) for _ in range(25)), 0, 120, 0]:
            page.evaluate("(n) => player.step(n)", number)
            cells, _ = all_states[number]
            kinds = [kind for kind, _ in page.evaluate(DRAWN)["kinds"]]
            assert kinds == [cell["kind"] for cell in cells]

    def test_tells_each_move_once(self, player):
        """The notebook hears of a step, a stride and a pin; of nothing that did not change."""
        page = player(sample_trace(), {"step": 3})
        page.click(".zv-next")
        page.click(".zv-last")
        page.keyboard.press("End")
        page.click("[role=gridcell] >> nth=1")
        choose(page, "Statement", "radio")
        told = [
            ["onStep", 4],
            ["onStep", 40],
            ["onSelect", ["F", 1]],
            ["onGranularity", "statement"],
        ]
        eventually(lambda: page.evaluate("told"), told)

    @pytest.mark.parametrize("stride", ["statement", "pass"])
    def test_strides_stop_at_the_ends(self, player, stride):
        """Next stops after each statement (or pass), and previous at the same places."""
        trace, options = opened("hole-punch", granularity=stride)
        page = player(trace, options)
        ends = {0} | {one["last"] for one in trace["statements"]}
        if stride == "pass":
            ends |= {one["last"] for one in trace["passes"]}
        there = sorted(ends)
        for number in there[1:]:
            page.click(".zv-next")
            shows_state(page, number)
        for number in there[-2::-1]:
            page.click(".zv-previous")
            shows_state(page, number)

    def test_slider_reaches_every_stop(self, player):
        """The slider has one notch for each stop of the stride."""
        trace, options = opened("hole-punch", granularity="statement")
        page = player(trace, options)
        slider = page.locator(".zv-slider")
        expect(slider).to_have_attribute("max", str(len(trace["statements"])))
        slider.fill("3")
        shows_state(page, trace["statements"][2]["last"])

    def test_a_line_number_jumps_to_its_statement(self, player):
        """Clicking the number of a line shows that statement."""
        trace, options = opened("hole-punch")
        page = player(trace, options)
        statement = trace["statements"][5]
        page.click(f".zv-number >> text='{statement['line']}'")
        shows_state(page, statement["first"])

    def test_playing_shows_every_state(self, player):
        """At 100 ms a step no state is left out, and it ends by itself at the end."""
        page = player(sample_trace(7, 64, 50, change=16))
        page.select_option("[aria-label='speed of play']", "100", force=True)
        # Each state as it is set, however seldom a busy machine paints.
        page.evaluate("""() => { const shown = document.querySelector(".zv");
          window.shown_ = [Number(shown.dataset.step)];
          new MutationObserver(() => shown_.push(Number(shown.dataset.step)))
            .observe(shown, { attributes: true, attributeFilter: ["data-step"] }); }""")
        page.click(".zv-play")
        shows_state(page, 50)
        expect(page.locator(".zv-play")).to_have_attribute("aria-label", PLAYS)
        assert page.evaluate("shown_") == list(range(51))

    def test_another_trace_in_place(self, player):
        """The drawing is kept where the rows are the same; the cells are those of the new trace."""
        old, options = opened("reproducer", "v6.18", step=17)
        new, _ = opened("reproducer", "v5.17")
        page = player(old, options)
        boxes = page.evaluate(BOXES)
        page.evaluate("() => { window.kept = document.querySelector('[role=gridcell]'); }")
        page.evaluate("([t, n]) => player.setTrace(t, n)", [new, 17])
        still(page)
        assert page.evaluate("kept.isConnected")
        assert page.evaluate(BOXES) == boxes
        cells, sizes = list(states(new))[17]
        assert_shows(page.evaluate(DRAWN), new, 17, cells, sizes)


class TestKeys:
    """Keys act only inside, and on nothing else."""

    def test_stepping(self, player):
        """Arrows, letters, Home, End, and Shift for whole statements."""
        trace = sample_trace()
        page = player(trace)
        page.focus(".zv")
        for key, place in [("ArrowRight", 1), ("n", 2), ("ArrowLeft", 1), ("p", 0), ("End", 40),
                           ("ArrowRight", 40), ("Home", 0), ("ArrowLeft", 0),
                           ("Shift+ArrowRight", trace["statements"][0]["last"]),
                           ("Shift+ArrowRight", trace["statements"][1]["last"]),
                           ("Shift+ArrowLeft", trace["statements"][0]["last"])]:  # fmt: skip
            page.keyboard.press(key)
            shows_state(page, place)

    def test_strides_speed_play_and_help(self, player):
        """The keys that the help names do what it says."""
        page = player(sample_trace())
        page.focus(".zv")
        for key, stride in [("1", "statement"), ("2", "pass"), ("3", "entry")]:
            page.keyboard.press(key)
            choice = page.locator(f"[data-value={stride}]")
            expect(choice).to_have_attribute("aria-checked", "true")
        speed = page.get_by_label("speed of play")
        page.keyboard.press("+")
        expect(speed).to_have_value("250")
        page.keyboard.press("-")
        expect(speed).to_have_value("500")
        page.keyboard.press("?")
        expect(page.locator(".zv-keys")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".zv-keys")).to_be_hidden()
        page.keyboard.press(" ")
        expect(page.locator(".zv-play")).to_have_attribute("aria-label", re.compile("^Pause"))
        page.keyboard.press(" ")
        expect(page.locator(".zv-play")).to_have_attribute("aria-label", PLAYS)

    def test_moving_among_the_entries(self, player):
        """g goes to the entries; arrows move; one of them is in the tab order."""
        page = player(sample_trace(2, 4))
        page.focus(".zv")
        page.keyboard.press("g")
        focused = page.locator(":focus")
        for key, place in [("ArrowRight", "F[1]"), ("ArrowDown", "A[1]"), ("ArrowDown", "B[1]"),
                           ("End", "B[3]"), ("ArrowUp", "A[3]"), ("Home", "A[0]"),
                           ("ArrowLeft", "A[0]")]:  # fmt: skip
            page.keyboard.press(key)
            expect(focused).to_have_attribute("aria-label", re.compile(f"^{re.escape(place)}:"))
        expect(page.locator("[role=gridcell][tabindex='0']")).to_have_count(1)
        shows_state(page, 0)
        page.keyboard.press("Enter")
        eventually(lambda: page.evaluate("told"), [["onSelect", ["A", 0]]])
        page.keyboard.press("n")
        shows_state(page, 1)

    def test_stepping_goes_on_after_a_click_on_an_entry(self, player):
        """A click pins the entry; the arrows still step."""
        page = player(sample_trace())
        page.click("[role=gridcell] >> nth=5")
        page.keyboard.press("ArrowRight")
        shows_state(page, 1)

    def test_pinned_entry_is_followed_through_its_steps(self, player):
        """Comma and full stop go through the steps that touched the pinned entry."""
        trace, options = opened("hole-punch", selected=["A", 0])
        page = player(trace, options)
        row = [r["id"] for r in trace["rows"]].index("A")
        touched = [n for n, s in enumerate(trace["steps"], 1)
                   if [row, 0] in [c[:2] for c in s["set"]]
                   or (s["at"] == [row, 0] and s["verdict"])]  # fmt: skip
        page.focus(".zv")
        for number in touched:
            page.keyboard.press(".")
            shows_state(page, number)
        expect(page.locator(".zv-jump-n")).to_have_text([str(number) for number in touched])
        page.locator(".zv-jump").nth(1).click()
        shows_state(page, touched[1])
        page.keyboard.press(",")
        shows_state(page, touched[0])

    def test_typing_in_the_text_steps_nothing(self, player):
        """In the editor every key is text; Escape leaves it."""
        trace, options = opened("reproducer")
        page = player(trace, options)
        page.click(".zv-area")
        page.keyboard.press("Control+End")
        typed = "# n p 1 2 3 g ? + - f"
        page.keyboard.type(typed)
        expect(page.locator(".zv-area")).to_have_value(re.compile(re.escape(typed) + "$"))
        # The text is told as it is typed, once or oftener, and nothing else is.
        text = page.locator(".zv-area").input_value()
        eventually(lambda: page.evaluate("told.at(-1)"), ["onText", text])
        assert {what for what, _ in page.evaluate("told")} == {"onText"}
        shows_state(page, 0)
        page.keyboard.press("Escape")
        page.keyboard.press("n")
        shows_state(page, 1)

    def test_nothing_reaches_the_page_around(self, player):
        """No key pressed inside is heard outside, but for saving."""
        page = player(sample_trace())
        page.evaluate("""() => { window.heard = [];
          document.addEventListener("keydown", (e) => heard.push(e.key)); }""")
        page.focus(".zv")
        for key in [
            "x",
            "b",
            "j",
            "d",
            "a",
            "ArrowDown",
            "Enter",
            "Escape",
            " ",
            "n",
            "Shift+Enter",
        ]:
            page.keyboard.press(key)
        page.keyboard.press("Control+s")
        heard = "heard.filter((key) => key !== 'Shift' && key !== 'Control')"
        eventually(lambda: page.evaluate(heard), ["s"])

    def test_keys_outside_do_nothing(self, player):
        """Without the focus the player hears nothing."""
        page = player(sample_trace())
        page.evaluate("document.activeElement?.blur()")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("End")
        page.focus(".zv")
        page.keyboard.press("ArrowRight")
        shows_state(page, 1)
        assert page.evaluate("told") == [["onStep", 1]]


class TestLayout:
    """Nothing moves, nothing overlaps, nothing is cut."""

    @pytest.mark.parametrize("name", ["reproducer", "hole-punch", "guard-regions", "race-punch"])
    @pytest.mark.parametrize("width", [700, 1100, 1280])
    def test_nothing_moves_while_stepping(self, player, name, width):
        """The boxes of all parts are the same in every state."""
        trace, options = opened(name)
        page = player(trace, options, size=(width, 720))
        boxes = page.evaluate(
            f"""async () => {{ const boxes = {BOXES}, found = [];
              for (let n = 0; n <= player.last; n++) {{
                await player.step(n);
                found.push(boxes()); }}
              return found; }}"""
        )
        for number, found in enumerate(boxes):
            assert found == boxes[0], number

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("pages", [2, 4, 16, 33, 64, 256])
    def test_cells_and_labels_do_not_overlap(self, player, picture, pages, scheme):
        """From 2 to 256 pages: cells apart, labels apart, letters of 10 px at least."""
        trace = sample_trace(3, pages, 60, change=4)
        page = player(trace, {"step": 40}, color_scheme=scheme)
        picture(page, f"player-{pages}-{scheme}")
        found = page.evaluate("""() => {
          const box = (node) => { const b = node.getBoundingClientRect();
            return [b.left, b.top, b.right, b.bottom]; };
          const list = (selector) => [...document.querySelectorAll(selector)].filter((node) =>
            node.getAttribute("visibility") !== "hidden" && node.textContent);
          const apart = (boxes) => { let bad = 0;
            for (let i = 0; i < boxes.length; i++) for (let k = i + 1; k < boxes.length; k++) {
              const [a, b] = [boxes[i], boxes[k]];
              if (a[0] < b[2] - .5 && b[0] < a[2] - .5 &&
                  a[1] < b[3] - .5 && b[1] < a[3] - .5) bad++; }
            return bad; };
          const pane = document.querySelector(".zv-pane");
          return {
            cells: apart([...document.querySelectorAll(".zv-box")].map(box)),
            labels: apart([...list(".zv-column"), ...list(".zv-unit"), ...list(".zv-edge-text"),
              ...list(".zv-row-name"), ...list(".zv-rich .zv-row-detail")].map(box)),
            heads: apart([...list(".zv-row-head"),
              ...document.querySelectorAll(".zv-box")].map(box)),
            small: [...document.querySelectorAll(".zv-letters")].filter((node) =>
              parseFloat(getComputedStyle(node).fontSize) < 10).length,
            wide: pane.scrollWidth > pane.clientWidth,
            page: document.documentElement.scrollWidth > window.innerWidth };
        }""")
        assert found == {
            "cells": 0, "labels": 0, "heads": 0, "small": 0, "wide": False, "page": False,
        }  # fmt: skip

    @pytest.mark.parametrize("name", ["reproducer", "hole-punch", "hwpoison-hole"])
    def test_projector_shows_grid_reason_and_transport(self, player, name):
        """At 1280 x 720, with a notebook's frame around: what matters needs no scrolling."""
        trace, options = opened(name)
        page = player(trace, options, size=(1110, 550))
        for part in (".zv-transport", ".zv-now", ".zv-grid", ".zv-rss", ".zv-text"):
            box = page.locator(part).bounding_box()
            assert box["y"] + box["height"] <= 550, part

    def test_entry_being_decided_is_scrolled_into_view(self, player):
        """Where the rows do not fit, the pane follows the entry being decided."""
        trace = sample_trace(7, 256, 200, change=4)
        page = player(trace)
        for number in (20, 63, 120, 63, 1):
            page.evaluate("(n) => player.step(n)", number)
            still(page)
            if not trace["steps"][number - 1]["at"]:
                continue
            pane = page.locator(".zv-pane").bounding_box()
            ring = page.locator(".zv-ring").bounding_box()
            assert pane["y"] <= ring["y"] <= pane["y"] + pane["height"] - ring["height"], number

    def test_lines_and_textarea_wrap_alike(self, player):
        """The drawn text stands exactly under the text being edited, at any width."""
        long = "# " + "word " * 40 + "x" * 120 + "\n    A[0] = 1   # " + "y " * 60 + "\n\n\tend"
        trace, options = opened("reproducer")
        options["editor"]["text"] = long
        for width in (700, 980, 1280):
            page = player(trace, options, size=(width, 720))
            heights = page.evaluate("""() => { const area = document.querySelector(".zv-area");
              const lines = document.querySelector(".zv-lines").getBoundingClientRect().height;
              area.style.height = "0"; return [area.scrollHeight, Math.round(lines)]; }""")
            assert heights[0] == heights[1], width


class TestLooks:
    """Themes, marks, and what the signs stand for."""

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_every_kind_of_entry(self, player, picture, scheme):
        """Each has its letter in the grid and its name in the legend."""
        page = player(every_kind_trace(), {"step": 1}, color_scheme=scheme)
        picture(page, f"player-kinds-{scheme}")
        for entry in CLASSES.values():
            expect(page.locator(".zv-legend")).to_contain_text(entry.name)
        expect(page.locator(".zv-letters .k-anon").first).to_have_text("A")
        expect(page.locator(".zv")).to_have_attribute("data-theme", scheme)

    def test_theme_of_the_notebook_wins(self, player):
        """JupyterLab's own theme decides, and a change is followed."""
        page = player(sample_trace(), color_scheme="dark")
        for light, theme in (("true", "light"), ("false", "dark")):
            page.evaluate("(v) => { document.body.dataset.jpThemeLight = v; }", light)
            expect(page.locator(".zv")).to_have_attribute("data-theme", theme)

    def test_what_just_changed_is_hatched(self, player):
        """Exactly the cells that the step changed; after a stride, all that it changed."""
        trace, options = opened("hole-punch")
        page = player(trace, options)
        offsets = [sum(r["pages"] for r in trace["rows"][:k]) for k in range(len(trace["rows"]))]
        for number, step in enumerate(trace["steps"], 1):
            page.evaluate("(n) => player.step(n)", number)
            assert page.evaluate(FRESH) == sorted({offsets[r] + c for r, c, _ in step["set"]})
        choose(page, "Statement", "radio")
        choice = page.locator("[data-value=statement]")
        expect(choice).to_have_attribute("aria-checked", "true")
        for statement in trace["statements"]:
            page.evaluate("(n) => player.step(n)", statement["last"])
            steps = trace["steps"][statement["first"] - 1 : statement["last"]]
            changed = {offsets[r] + c for step in steps for r, c, _ in step["set"]}
            assert page.evaluate(FRESH) == sorted(changed)

    def test_a_statement_shows_all_its_verdicts(self, player, picture):
        """After a whole hole punch each entry decided has a sign, and each verdict its reason."""
        trace, options = opened("hole-punch", granularity="statement")
        page = player(trace, options)
        punch = next(s for s in trace["statements"] if s["text"].startswith("fallocate"))
        page.evaluate("(n) => player.step(n)", punch["last"])
        picture(page, "player-statement")
        signs = page.evaluate("""() => [...document.querySelectorAll(".zv-badge-text")]
          .filter((node) => node.parentNode.getAttribute("visibility") === "visible")
          .map((node) => node.textContent)""")
        steps = trace["steps"][punch["first"] - 1 : punch["last"]]
        meaning = {"zapped": "\u2715", "kept": "="}
        decided = {tuple(s["at"]): s["verdict"] for s in steps if s["verdict"] in meaning}
        assert sorted(signs) == sorted(meaning[verdict] for verdict in decided.values())
        expect(page.locator(".zv-reason .zv-live")).to_contain_text("Kept:")
        expect(page.locator(".zv-reason .zv-live")).to_contain_text("Zapped:")

    def test_edge_of_the_file_stands_at_its_byte(self, player, picture):
        """In the gap between two pages, or inside a page in proportion."""
        trace, options = opened(
            "F = shmem(4)\nftruncate(F, bytes=6144)\nftruncate(F, 2)\nftruncate(F, 0)\n"
        )
        page = player(trace, options)
        for statement, inside in zip(trace["statements"][1:], (0.5, None, None), strict=True):
            page.evaluate("(n) => player.step(n)", statement["last"])
            edge = page.locator(".zv-edge").first.bounding_box()
            cells = [page.locator(".zv-box").nth(k).bounding_box() for k in range(4)]
            x = edge["x"] + edge["width"] / 2
            if inside:
                picture(page, "player-edge")
                assert abs(x - (cells[1]["x"] + inside * cells[1]["width"])) < 2.5
            elif "2" in statement["text"]:
                assert cells[1]["x"] + cells[1]["width"] - 1 < x < cells[2]["x"] + 1
            else:
                assert x < cells[0]["x"] + 1

    def test_text_is_shown_and_never_run(self, player):
        """Markup in a scenario, a label or a message is text."""
        evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
        trace, options = opened(f"# {evil}\nN = anon(2)\nN[0] = 1\n", step=2)
        for row in trace["rows"]:
            row["detail"] = row["label"] = evil
        for step in trace["steps"]:
            step["title"] = step["reason"] = step["source"] = evil
            step["locks"] = [evil]
        for cell in trace["cells"]:
            cell["text"] = evil
        trace["title"] = trace["notes"][0] = trace["kernel"]["title"] = evil
        options["editor"]["error"] = f"{evil}\n{evil}"
        page = player(trace, options)
        page.hover("[role=gridcell] >> nth=0")
        page.click("[role=gridcell] >> nth=0")
        expect(page.locator(".zv-tip")).to_contain_text("<img")
        # One of our own fails to load after any of theirs.
        page.evaluate("""() => { document.body.insertAdjacentHTML("beforeend",
          '<img src=x onerror="window.ours=1">'); }""")
        page.wait_for_function("window.ours")
        assert page.evaluate("window.hacked") is None
        expect(page.locator(".zv img, .zv script")).to_have_count(0)

    def test_hover_tells_what_an_entry_holds(self, player, picture):
        """The tooltip names the entry, what it holds and the step that made it so."""
        trace, options = opened("hole-punch", step=20)
        page = player(trace, options)
        cell = page.locator("[role=gridcell]").nth(4)
        cell.hover()
        picture(page, "player-tip")
        for words in ("A[0]", "File page 0 of F", "Step "):
            expect(page.locator(".zv-tip")).to_contain_text(words)
        box, root = page.locator(".zv-tip").bounding_box(), page.locator(".zv").bounding_box()
        assert box["x"] >= root["x"]
        assert box["x"] + box["width"] <= root["x"] + root["width"]

    def test_reduced_motion_is_respected(self, player):
        """Nothing plays by itself, and nothing is animated."""
        page = player(sample_trace(), reduced_motion="reduce")
        page.clock.install()
        page.set_content(player_page(sample_trace()))
        page.locator(".zv[data-step]").wait_for()
        page.clock.run_for(10_000)
        shows_state(page, 0)
        expect(page.locator(".zv-play")).to_have_attribute("aria-label", PLAYS)
        assert page.evaluate("told") == []
        page.click(".zv-next")
        shows_state(page, 1)
        assert page.evaluate("document.getAnimations().length") == 0

    def test_two_cpus_are_told_apart(self, player):
        """Each step of a CPU says whose it is; what stands outside the CPUs is nobody's."""
        trace = replay("race-cow", "v6.18", follow("race-cow", "v6.18", (0, 1) * 30)).as_json()
        page = player(trace)
        for number, step in enumerate(trace["steps"], 1):
            page.evaluate("(n) => player.step(n)", number)
            inside = trace["statements"][step["statement"]]["text"].startswith("def CPU")
            said = page.locator(".zv-title > .zv-live").inner_text()
            assert said.startswith(f"CPU{step['cpu']}") == inside


class TestErrors:
    """A mistake stands under the text; everything else stays."""

    def test_message_keeps_its_caret(self, player, picture):
        """The line and its caret are not wrapped, the message is; the line is underlined."""
        explorer = Explorer(library.scenario("hole-punch").text)
        trace = explorer.trace.as_json()
        explorer.text = explorer.text.replace("MADV_PAGEOUT", "MADV_PAGEOUTS")
        options = {
            "step": 14,
            "editor": {
                **explorer.choices,
                "text": explorer.text,
                "kernel": explorer.kernel,
                "error": explorer.error,
                "errorLine": explorer.error_line,
            },
        }
        page = player(trace, options)
        picture(page, "player-error")
        expect(page.locator(".zv-error")).to_be_visible()
        place = "\n".join(explorer.error.split("\n")[1:])
        eventually(lambda: page.inner_text(".zv-error pre"), place)
        expect(page.locator(".zv-mistake")).to_have_text(re.compile("^madvise"))
        grid = page.locator(".zv-grid").bounding_box()
        page.evaluate("player.setError('')")
        expect(page.locator(".zv-error")).to_be_hidden()
        still(page)
        assert page.locator(".zv-grid").bounding_box() == grid

    def test_nothing_to_show_yet(self, player):
        """Opened on a mistake: text and message, no grid, and no error in the page."""
        explorer = Explorer("F = shmem(")
        editor = {**explorer.choices, "text": explorer.text, "kernel": explorer.kernel,
                  "error": explorer.error, "errorLine": explorer.error_line}  # fmt: skip
        page = player(None, {"editor": editor})
        expect(page.locator(".zv-error")).to_be_visible()
        expect(page.locator(".zv-next")).to_have_attribute("aria-disabled", "true")
        page.evaluate("(t) => player.setTrace(t, 1)", zapviz.run("N = anon(2)").as_json())
        shows_state(page, 1)


def test_the_legend_names_the_signs_of_verdicts(player):
    """Those that the trace has, as they stand at the corners of entries."""
    page = player(zapviz.run("hole-punch", "v6.18").as_json())
    items = [one.replace("\n", "") for one in page.locator(".zv-legend-item").all_inner_texts()]
    for sign, verdict in (("\u2715", "zapped"), ("=", "kept"), ("\u2192", "changed")):
        assert f"{sign}{verdict}" in items
