"""The palette, and the grid's traits; no browser here."""

from __future__ import annotations

import base64
import json
import re

import pytest

import zapviz
from sample_trace import every_kind_trace, sample_trace
from zapviz.errors import OptionError
from zapviz.model.entries import Kind
from zapviz.render.palette import (
    CLASSES,
    FAMILIES,
    THEMES,
    VERDICT_INKS,
    contrast,
    ink,
    palette_json,
)
from zapviz.scenario import library
from zapviz.view import module, pack_trace, style
from zapviz.widgets import GridWidget
from zapviz.widgets.grid import same_place

SCENARIO = "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 1\nftruncate(F, 1)\nread(A[0])\n"


def unpacked(payload):
    """Undo pack_trace(), as trace.js does."""
    trace = json.loads(payload)
    packed = trace.pop("packed")
    columns = packed["columns"]
    for name in packed["worded"]:
        columns[name] = [packed["words"][k] for k in columns.get(name, [])]
    for name in packed["listed"]:
        columns[name] = [packed["lists"][k] for k in columns.get(name, [])]
    count = len(next(iter(columns.values()), []))
    steps = [{name: columns[name][n] for name in columns if columns[name]} for n in range(count)]
    return trace | {"steps": steps}


class TestPalette:
    """No fill is told apart by colour alone, so text, borders and letters must do it."""

    def test_every_entry_class_is_in_the_palette(self):
        """The palette knows every kind of entry that the model has, and what docs name."""
        assert {str(kind) for kind in Kind} <= set(CLASSES)
        assert {"slot", "free", "unmapped"} <= set(CLASSES)
        assert {entry.family for entry in CLASSES.values()} == set(FAMILIES)

    def test_letters_are_unique_ascii(self):
        """One printable ASCII letter for each class, none twice."""
        letters = [entry.letter for entry in CLASSES.values()]
        assert len(set(letters)) == len(letters)
        assert all(len(letter) == 1 and letter.isascii() for letter in letters)

    @pytest.mark.parametrize("theme", THEMES)
    @pytest.mark.parametrize("kind", CLASSES)
    def test_text_has_contrast_on_its_fill(self, kind, theme):
        """WCAG 1.4.3: 4.5:1."""
        assert contrast(ink(kind, theme).text, ink(kind, theme).fill) >= 4.5

    @pytest.mark.parametrize("theme", THEMES)
    @pytest.mark.parametrize("kind", CLASSES)
    def test_border_has_contrast_with_fill_and_backgrounds(self, kind, theme):
        """WCAG 1.4.11: 3:1 against both sides of the border."""
        look = THEMES[theme]
        around = [*look.backgrounds, look.band, look.beyond, look.background]
        for colour in [ink(kind, theme).fill, *around]:
            assert contrast(ink(kind, theme).border, colour) >= 3, colour

    @pytest.mark.parametrize("theme", THEMES)
    def test_neighbours_are_parted_by_a_border_that_both_stand_off_from(self, theme):
        """Of any two neighbouring cells one has a border 3:1 against both fills."""
        for one in CLASSES:
            for other in CLASSES:
                fills = [ink(one, theme).fill, ink(other, theme).fill]
                borders = [ink(one, theme).border, ink(other, theme).border]
                assert any(all(contrast(b, fill) >= 3 for fill in fills) for b in borders), (
                    one,
                    other,
                )

    @pytest.mark.parametrize("theme", THEMES)
    def test_words_and_lines_around_the_cells_have_contrast(self, theme):
        """Text around the cells 4.5:1, outlines and the edge of i_size 3:1."""
        look = THEMES[theme]
        for ground in [*look.backgrounds, look.band, look.background]:
            for colour in (look.text, look.muted, look.edge):
                assert contrast(colour, ground) >= 4.5
            for colour in (look.outline, look.selected):
                assert contrast(colour, ground) >= 3

    @pytest.mark.parametrize("theme", THEMES)
    def test_private_pages_differ_from_file_pages_in_grey(self, theme):
        """A COWed page is told from a file page without any hue: 2:1 at least."""
        assert contrast(ink("anon", theme).fill, ink("file", theme).fill) >= 2

    def test_contrast_is_that_of_wcag(self):
        """Black on white is 21; the ratio does not depend on the order."""
        assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == 21
        assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)

    def test_json_form_is_complete(self):
        """What the page gets has every class in both themes, and survives JSON."""
        given = json.loads(json.dumps(palette_json()))
        assert set(given["themes"]) == {"light", "dark"}
        for theme in given["themes"].values():
            assert set(theme["inks"]) == {*CLASSES, *VERDICT_INKS}
            assert re.fullmatch("#[0-9a-f]{6}", theme["inks"]["anon"]["fill"])


class TestModule:
    """The files that go to the page."""

    @pytest.mark.parametrize("name", ["notebook", "page"])
    def test_data_is_never_parsed_as_html(self, name):
        """Text of scenarios and messages reaches the page as text only."""
        source = module(name)
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert word not in source

    @pytest.mark.parametrize("name", ["notebook", "page"])
    def test_module_can_be_inlined(self, name):
        """A self-contained page can hold both files: nothing is imported or fetched."""
        source = module(name)
        sheet = style() + style("page")
        assert "</script" not in source
        assert "</style" not in sheet
        assert not re.search(r"^\s*import\b|import\(|fetch\(", source, re.M)
        assert "http" not in sheet
        assert re.findall(r"https?://[^\"]+", source) == ["http://www.w3.org/2000/svg"]
        assert "function createPlayer(" in source
        assert source.isascii()

    @pytest.mark.parametrize("name", ["notebook", "page"])
    def test_parts_share_one_scope(self, name):
        """The files of the view are put together: no name is defined twice."""
        names = re.findall(r"^(?:async )?(?:var|const|function) (\w+)", module(name), re.M)
        assert len(names) > 30
        assert sorted(names) == sorted(set(names))

    def test_style_names_are_our_own(self):
        """Every class in the style sheet begins with zv- (or k-, a kind): nothing leaks."""
        sheet = re.sub(r"/\*.*?\*/", "", style() + style("page"), flags=re.S)
        selectors = re.sub(r"\{[^{}]*\}", "{}", sheet)
        names = set(re.findall(r"\.([a-z][\w-]*)", selectors))
        assert {name for name in names if not re.match(r"zv$|zv-|k-", name)} == set()


class TestGridWidget:
    """The traits, as Python sees them."""

    def test_takes_a_trace_or_its_json(self):
        """Both give the page the same text."""
        trace = zapviz.run(SCENARIO)
        assert unpacked(GridWidget(trace).payload) == trace.as_json()
        assert GridWidget(trace.as_json()).payload == GridWidget(trace).payload

    def test_payload_is_compact(self):
        """A long trace is packed to half its size or less, without loss."""
        for trace in (sample_trace(7, 64, 300, change=16), sample_trace(steps=1), {"steps": []}):
            assert unpacked(pack_trace(trace)) == trace
        trace = zapviz.run("".join(f"A{k} = anon(64)\nA{k}[0:64] = {k}\n" for k in range(8)))
        assert 2 * len(pack_trace(trace.as_json())) < len(json.dumps(trace.as_json()))

    def test_without_a_trace(self):
        """Nothing to show is allowed, and shown as such."""
        grid = GridWidget()
        assert (grid.payload, grid.step, grid.last) == ("", 0, 0)
        data, _ = grid._repr_mimebundle_()
        assert "nothing to show" in data["text/plain"]
        assert "text/html" not in data

    @pytest.mark.parametrize(("asked", "given"), [(-5, 0), (0, 0), (7, 7), (40, 40), (99, 40)])
    def test_step_stays_in_the_trace(self, asked, given):
        """A step before the first or past the last is the first or the last."""
        assert GridWidget(sample_trace(steps=40), step=asked).step == given

    def test_step_outside_a_shorter_trace_moves_in(self):
        """Another trace never leaves the step where there is no state."""
        grid = GridWidget(sample_trace(steps=40), step=40)
        grid.trace = sample_trace(steps=10)
        assert grid.step == grid.last == 10

    @pytest.mark.parametrize("place", [("A", 4), ("A", -1), ("Q", 0)])
    def test_strange_places_are_not_selected(self, place):
        """An entry that is not there cannot be pinned."""
        assert GridWidget(sample_trace(), selected=place).selected is None

    def test_selection_survives_where_the_entry_is_still_there(self):
        """The pinned entry stays pinned, unless the new trace lacks it."""
        grid = GridWidget(sample_trace(pages=8), selected=("A", 6))
        grid.trace = sample_trace(pages=7)
        assert grid.selected == ("A", 6)
        grid.trace = sample_trace(pages=4)
        assert grid.selected is None

    def test_unknown_trait_is_refused(self):
        """A misspelt option is an error, not silently dropped."""
        with pytest.raises(TypeError, match="no trait 'stp'"):
            GridWidget(sample_trace(), stp=3)

    def test_granularity_is_one_of_three(self):
        """The strides are statement, pass and entry."""
        with pytest.raises(OptionError):
            GridWidget(sample_trace(), granularity="page")

    def test_every_kind_of_cell_is_drawn(self):
        """The sample with every kind has them all, and a still picture of them."""
        grid = GridWidget(every_kind_trace(), step=1)
        kinds = {cell["kind"] for cell in json.loads(grid.payload)["cells"]}
        assert kinds == set(CLASSES)
        assert "text/html" in grid._repr_mimebundle_()[0]

    def test_shows_a_picture_where_no_widget_can(self):
        """The widget, a line of text and a PNG stand side by side on the outermost object."""
        data, _ = GridWidget(zapviz.run(SCENARIO), step=3)._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in data
        assert re.search(r"GridWidget: .* state 3 of \d+", data["text/plain"])
        image = re.search(r'<img [^>]*src="data:image/png;base64,([^"]+)"', data["text/html"])
        assert image
        assert base64.b64decode(image[1]).startswith(b"\x89PNG")
        assert "<svg" not in data["text/html"]

    def test_picture_follows_the_step(self):
        """The picture is that of the state shown; at the start, of the deciding state."""
        grid = GridWidget(zapviz.run(SCENARIO), step=0)
        first = grid._repr_mimebundle_()[0]["text/html"]
        grid.step = 3
        third = grid._repr_mimebundle_()[0]["text/html"]
        grid.step = grid.trace.as_json()["opens"]
        assert grid._repr_mimebundle_()[0]["text/html"] == first != third


class TestSamePlace:
    """Where the view stays when another trace takes the place of the one shown."""

    def run(self, text, kernel="v6.18"):
        return zapviz.run(text, kernel=kernel).as_json()

    def test_the_beginning_stays_the_beginning(self):
        """Nothing done stays nothing done."""
        assert same_place(self.run(SCENARIO), self.run("N = anon(1)"), 0) == 0

    def test_statement_is_found_by_its_text(self):
        """A line added above moves the view along with its statement."""
        old, new = self.run(SCENARIO), self.run("G = shmem(1)\n" + SCENARIO)
        for statement in old["statements"]:
            place = same_place(old, new, statement["last"])
            same = [s for s in new["statements"] if s["last"] == place]
            assert [s["text"] for s in same] == [statement["text"]]

    def test_end_of_a_statement_stays_its_end(self):
        """On another kernel the call may take fewer steps; its end is its end."""
        old = self.run(library.scenario("hole-punch").text, "v6.18")
        new = self.run(library.scenario("hole-punch").text, "v5.17")
        for one, other in zip(old["statements"], new["statements"], strict=True):
            assert same_place(old, new, one["last"]) == other["last"]

    def test_within_a_statement_the_distance_is_kept(self):
        """The same number of steps into the call, as far as it goes."""
        old = self.run(SCENARIO)
        for step in range(1, len(old["steps"]) + 1):
            assert same_place(old, old, step) == step

    def test_a_statement_that_is_gone_is_replaced_by_its_neighbour(self):
        """The same ordinal, or the last statement."""
        old = self.run(SCENARIO)
        assert same_place(old, self.run("N = anon(1)"), len(old["steps"])) == 1
