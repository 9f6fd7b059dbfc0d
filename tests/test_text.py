"""The text form: whole pictures at 72 columns, and what holds for every scenario."""

from __future__ import annotations

import pytest

import zapviz
from sample_trace import every_kind_trace, sample_trace
from zapviz.render.palette import CLASSES
from zapviz.render.state import Replay
from zapviz.render.text import WIDTH, ascii_only, format_state, format_table, format_trace


def check_mailable(text: str) -> None:
    """Fail unless every line can be mailed: short, ASCII, no blanks at its end."""
    for line in text.split("\n"):
        assert len(line) <= WIDTH, line
        assert line.isascii() and line.isprintable(), line
        assert line == line.rstrip(), line


@pytest.mark.parametrize("kernel", ["v6.12", "v5.17"])
def test_the_reproducer_reads_as_on_file(kernel, expected):
    """The whole trace of the reproducer is the text in tests/expected."""
    trace = zapviz.run(zapviz.SCENARIOS["reproducer"].text, kernel)
    expected(f"reproducer-{kernel}.txt", format_trace(trace) + "\n")


def test_the_long_form_reads_as_on_file(expected):
    """With every step, its call chain and locks, the hole punch reads as on file."""
    trace = zapviz.run(zapviz.SCENARIOS["hole-punch"].text, "v6.12")
    expected("hole-punch-steps.txt", format_trace(trace, chain=True, every_step=True) + "\n")


@pytest.mark.parametrize("name", list(zapviz.SCENARIOS))
def test_every_scenario_can_be_mailed(name):
    """Each scenario's text form, short or long, has 72 columns of ASCII."""
    trace = zapviz.run(zapviz.SCENARIOS[name].text)
    check_mailable(format_trace(trace))
    check_mailable(format_trace(trace, chain=True, every_step=True))


@pytest.mark.parametrize("pages", [1, 2, 10, 11, 32, 33, 100, 256])
def test_strips_of_any_length_can_be_mailed(pages):
    """From 1 to 256 pages, strips keep to the width and show every entry once."""
    trace = sample_trace(pages=pages, mappings=2, steps=9)
    text = format_state(trace)
    check_mailable(text)
    rows = [line.split()[1] for line in text.split("\n") if line.startswith("F  ")]
    state = Replay(trace).at(9)
    letters = "".join(CLASSES[state.cell(0, page)["kind"]].letter for page in range(pages)).replace(
        " ", ""
    )
    assert "".join(rows) == letters


def test_a_strip_has_a_letter_for_every_kind():
    """A mapping that holds every kind of entry shows every letter of the palette."""
    trace = every_kind_trace()
    shown = set(format_state(trace))
    for cell in trace["cells"]:
        letter = CLASSES[cell["kind"]].letter
        assert letter in shown or not letter.strip()


def test_pages_are_counted_above_the_strip():
    """Column numbers stand over the pages they count, tens above ones."""
    text = format_state(zapviz.run("F = file(34)\nA = mmap(F[20:34], MAP_PRIVATE)\nA[0] = 1"))
    assert text.split("\n") == [
        "      0         10        20        30",
        "      01234567890123456789012345678901",
        "F     FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF    i_size 34 pages",
        "A                         A...........    private mapping of F[20:34]",
        "      32",
        "      23",
        "F     FF",
        "A     ..",
    ]


def test_neighbours_that_fare_alike_are_told_together():
    """Entries one after the other with one reason are one line, counters added up."""
    trace = zapviz.run("N = anon(4)\nN[0:4] = 1\nmadvise(N[1:4], MADV_DONTNEED)")
    text = format_trace(trace)
    assert "zapped    N[1:4]    anon -> none  (anonpages -3)" in text


def test_a_failed_assertion_stands_out():
    """The line of the assertion and the closing line both say that it fails."""
    text = format_trace(zapviz.run("N = anon(2)\nassert N[0] == anon\nassert N[1] == none"))
    assert "  2  assert N[0] == anon   FAILS" in text
    assert "1 of 2 assertions fail (line 2)" in text


def test_results_that_are_not_success_are_told():
    """An errno or a signal stands after the statement that it came from."""
    text = format_trace(
        zapviz.run("F = shmem(2)\nA = mmap(F, MAP_SHARED)\nftruncate(F, 1)\nread(A)")
    )
    assert "read(A)   = SIGBUS" in text


def test_text_that_is_not_ascii_is_spelled_in_ascii():
    """Accents and typographic signs have plain forms; the rest becomes a question mark."""
    assert ascii_only("na\u00efve \u2013 \u201cpages\u201d \u2192 \u96f6") == 'naive - "pages" -> ?'


def test_a_title_may_be_long_and_foreign():
    """A title in any script and of any length is wrapped, and stays ASCII."""
    title = "# " + "Pr\u00fcfung " * 20
    check_mailable(format_trace(zapviz.run(f"{title}\nN = anon(1)")))


def test_a_table_wraps_its_last_column():
    """Columns are as wide as their widest cell; the last one is wrapped below itself."""
    table = format_table([("v6.12", "word " * 20), ("rfc-v2", "x")], ("kernel", "what"))
    assert table == (
        "kernel  what\n"
        "v6.12   word word word word word word word word word word word word word\n"
        "        word word word word word word word\n"
        "rfc-v2  x"
    )


def test_an_empty_table_is_empty():
    """No rows and no header make no lines."""
    assert format_table([]) == ""
