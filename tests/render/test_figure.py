"""Figures: everything inside, nothing over anything else, at any size and theme."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys

import pytest
from matplotlib.text import Text
from PIL import Image

import zapviz
from layout import check_layout, texts_of
from sample_trace import every_kind_trace, sample_trace
from zapviz.render.figure.picture import draw, png
from zapviz.render.figure.state import (
    STILL,
    colours_of,
    draw_state,
    figure_html,
)
from zapviz.render.palette import CLASSES, THEMES, contrast


def drawn(*arguments, **options):
    """A state as a matplotlib figure."""
    return draw(draw_state(*arguments, **options))


PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("pages", [1, 2, 4, 16, 17, 31, 64, 256])
@pytest.mark.parametrize("width", [4.0, 10.0])
def test_labels_are_whole_and_apart(pages, width):
    """From 1 to 256 pages, wide or narrow, every label is inside and clear of others."""
    trace = sample_trace(pages=pages, mappings=3, steps=20)
    for step in (0, 1, 12, 20):
        check_layout(draw_state(trace, step, width=width))


@pytest.mark.parametrize("name", list(zapviz.SCENARIOS))
def test_every_scenario_can_be_drawn(name):
    """After the last statements of each scenario, labels are whole and apart."""
    trace = zapviz.run(zapviz.SCENARIOS[name].text)
    for statement in trace.as_json()["statements"][-4:]:
        check_layout(draw_state(trace, statement["last"]))


@pytest.mark.parametrize("size", [1, 4095, 4096, 4097, 12287, 12288])
def test_the_edge_of_the_file_is_labelled_in_the_clear(size):
    """Wherever i_size falls, its label is inside and clear of the page numbers."""
    trace = zapviz.run(
        f"F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nA[0:4] = 1\nftruncate(F, bytes={size})"
    )
    check_layout(trace.figure())


def test_every_kind_of_entry_can_be_drawn():
    """A mapping that holds every kind of entry is drawn in every theme, all explained."""
    for theme in ("light", "dark", "print"):
        figure = drawn(every_kind_trace(), -1, theme=theme)
        check_layout(figure)
        said = {words for words, _box in texts_of(figure)}
        assert {"file page", "private page", "guard marker", "hwpoison entry"} <= said


def test_all_states_of_a_trace_have_one_size():
    """Slides can follow each other: only the content changes."""
    trace = zapviz.run(zapviz.SCENARIOS["reproducer"].text)
    sizes = {tuple(trace.figure(step).get_size_inches()) for step in range(trace.last + 1)}
    assert len(sizes) == 1


def test_the_caption_says_what_was_decided_and_why():
    """The zap of the reproducer shows its verdict and its reason."""
    trace = zapviz.run(zapviz.SCENARIOS["reproducer"].text)
    record = trace.as_json()
    number, step = next(
        (number, step) for number, step in enumerate(record["steps"], 1) if step["kind"] == "zap"
    )
    said = " ".join(words for words, _box in texts_of(trace.figure(number)))
    assert "zapped" in said
    assert step["title"] in said
    assert step["reason"] in said


def test_user_text_is_never_read_as_mathematics():
    """Dollar signs, braces and long words in a title are shown as they are."""
    title = r"$\frac{1}{0}$ costs $5 {and} " + "x" * 300
    figure = drawn(zapviz.run(f"# {title}\nN = anon(1)"))
    check_layout(figure)
    assert r"$\frac{1}{0}$ costs $5 {and}" in " ".join(words for words, _box in texts_of(figure))


def test_what_changed_is_hatched():
    """Cells that differ from the state compared with are hatched, and only those."""
    trace = zapviz.run("N = anon(4)\nN[0:3] = 1")

    def hatched(since):
        figure = drawn(trace, -1, since=since)
        (axes,) = figure.axes
        cells = [one for one in axes.collections if one.get_hatch()]
        in_legend = any(words == "just changed" for words, _box in texts_of(figure))
        return sum(len(one.get_paths()) for one in cells) - in_legend

    assert hatched(0) == 4  # the mapping is new: three pages and an empty entry
    assert hatched(trace.last_state_of(0)) == 3
    assert hatched(trace.last) == 0


def legend_of(figure):
    """The words of a figure's legend."""
    known = {entry.name for entry in CLASSES.values()} | {
        *("just changed", "being decided", "not the same on all", "end of file (i_size)"),
        *("the byte it holds", "its swap slot", "the folio is locked"),
    }
    return {words for words, _box in texts_of(figure) if words in known}


def test_the_legend_explains_what_is_there_and_nothing_else():
    """Neither what comes later in the trace, nor a sign that nothing carries here."""
    trace = zapviz.run("N = anon(2)\nN[0] = 7\nmadvise(N[0], MADV_PAGEOUT)")
    first, last = trace.last_state_of(0), trace.last
    assert legend_of(drawn(trace, first)) == {*("none", "free swap slot", "just changed")}
    assert legend_of(drawn(trace, last, since=last)) == {
        *("none", "swap entry", "swap slot in use", "the byte it holds", "its swap slot")
    }
    assert "end of file (i_size)" in legend_of(drawn(zapviz.run("F = shmem(1)")))
    steps = zapviz.run("hole-punch").as_json()["steps"]
    for number in (2, next(n for n, step in enumerate(steps, 1) if step["kind"] == "zap")):
        figure = drawn(zapviz.run("hole-punch"), number)
        assert ("being decided" in legend_of(figure)) == bool(steps[number - 1]["at"])


def test_figures_of_a_trace_have_one_size():
    """However much their legends explain, so that they follow each other on slides."""
    trace = zapviz.run("four-paths-punch")
    sizes = {tuple(drawn(trace, n).get_size_inches()) for n in range(0, trace.last, 6)}
    assert len(sizes) == 1


def test_pyplot_is_never_loaded():
    """Drawing changes no global state of matplotlib: pyplot stays out."""
    code = (
        "import sys, zapviz\n"
        "zapviz.run('N = anon(2)').figure().savefig(sys.stdout.buffer, format='png')\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.startswith(PNG)


def test_the_still_picture_is_a_png_in_the_page():
    """The fallback is a data URI of a PNG, with the page strips as alternative text."""
    trace = zapviz.run("N = anon(2)\nN[0] = 1")
    html = figure_html(trace, -1)
    data = re.search('src="data:image/png;base64,([^"]+)"', html)[1]
    assert base64.b64decode(data).startswith(PNG)
    assert html.startswith('<img src="data:image/png;base64,')
    assert "N     A.    anonymous memory" in html


def test_figures_save_as_vectors_too(tmp_path):
    """SVG and PDF come from the same figure."""
    figure = zapviz.run("N = anon(2)").figure()
    for form in ("svg", "pdf"):
        figure.savefig(tmp_path / f"state.{form}")
        assert (tmp_path / f"state.{form}").stat().st_size > 1000


def test_a_wrong_theme_or_state_says_what_there_is():
    """The messages name the themes and the states."""
    trace = sample_trace(pages=2, mappings=1, steps=3)
    with pytest.raises(ValueError, match="light, dark, print and any"):
        draw_state(trace, 0, theme="sepia")
    with pytest.raises(IndexError, match="states 0 to 3, not 4"):
        draw_state(trace, 4)


def test_a_still_picture_has_the_ground_of_its_page():
    """Nothing is painted under it, and what is read beside the entries can be read on any theme."""
    figure = drawn(zapviz.run("reproducer").as_json(), 12, **STILL)
    image = Image.open(io.BytesIO(png(figure.sheet))).convert("RGBA")
    assert image.getpixel((2, 2))[3] == 0
    assert image.width <= 805  # what JupyterLab has room for at 1280 pixels
    look = colours_of("any")
    for colour in (look.text, look.muted, look.edge, look.right, look.wrong):
        for theme in ("light", "dark"):
            assert contrast(colour, THEMES[theme].background) >= 3.9
    texts = [item.get_fontsize() for item in figure.findobj(Text) if item.get_text().strip()]
    assert min(texts) * STILL["dpi"] / 72 >= 11.5


@pytest.mark.parametrize(
    "draw",
    [
        lambda: zapviz.run("reproducer").state(12)._repr_mimebundle_()["text/html"],
        lambda: zapviz.compare("reproducer", ["v5.17", "v6.12"])._repr_mimebundle_()["text/html"],
        lambda: zapviz.show("reproducer", "hole-punch")._still_picture(),
        lambda: zapviz.table("v6.12", entries="swap")._repr_mimebundle_()["text/html"],
    ],
)
def test_every_still_picture_is_so(draw):
    """Of a state, a comparison, figures in prose, a table."""
    source = re.search(r'base64,([^"]+)', draw())[1]
    image = Image.open(io.BytesIO(base64.b64decode(source))).convert("RGBA")
    assert image.getpixel((2, 2))[3] == 0
