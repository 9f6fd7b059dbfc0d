"""Pictures of several processes: a block for each, and numbers for what they share."""

from __future__ import annotations

import pytest

import zapviz
from layout import check_layout, texts_of
from zapviz.render.figure.picture import draw
from zapviz.render.figure.sheet import Box, Letter
from zapviz.render.figure.shown import Side, draw_shown
from zapviz.render.figure.state import draw_state
from zapviz.render.figure.storyboard import draw_storyboard
from zapviz.render.text.alt_text import describe_state
from zapviz.render.text.saying import Saying

TWO = """\
F = shmem(4)
A = mmap(F, MAP_PRIVATE)
N = anon(2)
read(A)
A[0:3] = 1
N[0:2] = 3
madvise(A[1], MADV_PAGEOUT)
C = fork()
C.A[0] = 2
exit(C)
"""
FORKS = "".join(f"{name} = fork()\n" for name in "CDEGHIJ")
EIGHT = f"""\
F = shmem(4)
A = mmap(F, MAP_PRIVATE)
N = anon(2)
A[0:2] = 1
N[0:2] = 3
madvise(N[1], MADV_PAGEOUT)
{FORKS}exit(E)
"""


def state_after(text: str, line: int) -> int:
    """The state after a line."""
    record = zapviz.run(text).as_json()
    return next(one["last"] for one in record["statements"] if one["line"] == line)


def said(sheet) -> list[str]:
    """The texts of a sheet."""
    return [words for words, _box in texts_of(draw(sheet))]


@pytest.mark.parametrize("text", [TWO, EIGHT], ids=["two", "eight"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_process_has_a_block(text, theme):
    """With its name and its counters; nothing is cut or touches, and all states have one size."""
    record = zapviz.run(text).as_json()
    sizes = set()
    check_layout(draw_state(record, -1, theme=theme, width=4.0))
    for step in (0, len(record["steps"]) // 2, -1):
        check_layout(draw_state(record, step, theme=theme))
        sheet = draw_state(record, step, theme=theme)
        sizes.add((sheet.width, sheet.height))
        words = said(sheet)
        assert "first process" in words
        assert all(f"process {name}" in words for name in record["processes"][1:])
        assert words.count("anonpages") == len(record["processes"])
    assert len(sizes) == 1


def test_a_process_comes_and_goes():
    """Its block stays, with a word and a broken frame."""
    record = zapviz.run(TWO).as_json()
    for line, word in ((7, "not yet"), (8, ""), (10, "ended")):
        sheet = draw_state(record, state_after(TWO, line))
        broken = [
            one for one in sheet.marks if isinstance(one, Box) and one.dashed and one.order == 0
        ]
        assert len(broken) == bool(word)
        assert [one for one in said(sheet) if one in ("not yet", "ended")] == [word] * bool(word)


def test_who_shares_a_page_has_its_number():
    """In large cells beside the letter, in small ones after it; a copy has none."""

    def numbers(line: int) -> list[str]:
        sheet = draw_state(zapviz.run(TWO).as_json(), state_after(TWO, line))
        return sorted(one.words for one in sheet.marks if isinstance(one, Letter) and one.size == 7)

    before, after = numbers(8), numbers(9)
    assert max(map(before.count, before)) >= 3  # a page of the file, which both map
    assert len(before) - len(after) == 2
    small = draw_state(zapviz.run(EIGHT).as_json(), state_after(EIGHT, 13))
    letters = [one.words for one in small.marks if isinstance(one, Letter)]
    assert letters.count("S0") == 8
    assert max(letters.count(one) for one in letters if one[0] == "A" and len(one) == 2) == 8


def test_the_words_of_a_picture_say_who_shares():
    """And nothing of it where there is one process."""
    record = zapviz.run(TWO).as_json()
    words = describe_state(record, state_after(TWO, 8))
    assert "The same page: N[0] and C.N[0]." in words
    assert "The same swap slot: A[1] and C.A[1]." in words
    assert "The same" not in describe_state(zapviz.run("N = anon(1)\nN[0] = 1"), -1)


def test_other_pictures_have_blocks_too():
    """A storyboard, a comparison, a small figure, a film: nothing is cut or touches."""
    trace = zapviz.run(EIGHT)
    last = trace.as_json()["statements"][-1]
    check_layout(zapviz.compare(TWO, ["v5.17", "v6.12"]).figure())
    figure = trace.figure(last["last"], since=last["first"] - 1)
    check_layout(figure)
    side = Side("", zapviz.run(EIGHT).as_json(), -1, Saying("", "It ends.", ""), "")
    sheet = draw_shown([side])
    check_layout(sheet)
    assert sheet.height < 1.6 * sheet.width


def test_a_storyboard_puts_blocks_beside_each_other():
    """Eight of them before and after are no tower."""
    run = zapviz.run(EIGHT)
    first, last = run.span(len(run.outcomes) - 1)
    sheet = draw_storyboard(run, first - 1, last)
    check_layout(sheet)
    assert sheet.height < 1.6 * sheet.width
