"""Storyboards: a statement before and after, a badge on each decided entry, and nothing around."""

from __future__ import annotations

import io
import re
from collections import Counter

import pytest
from PIL import Image

import zapviz
from layout import check_layout
from zapviz.api.answers import answer_whole
from zapviz.commands.cli import main
from zapviz.errors import StateError
from zapviz.races.telling import telling_order
from zapviz.render.figure.sheet import Box, Letter, Sheet, Words
from zapviz.render.figure.storyboard import draw_storyboard
from zapviz.render.palette import ENTRY_SIGNS
from zapviz.render.text.alt_text import describe_change
from zapviz.trace.deciding import deciding_step

TWICE = """\
F = shmem(2)
A = mmap(F, MAP_PRIVATE)
A[1] = 7
madvise(A[1], MADV_PAGEOUT)
ftruncate(F, 1)
"""


def deciding(trace: zapviz.Trace) -> tuple[int, int]:
    """The states before and after the statement that decides."""
    return trace.around(trace.statement_of(deciding_step(trace)))


def words_of(sheet: Sheet) -> str:
    """All lines of a sheet, in their order."""
    return " ".join(mark.words for mark in sheet.marks if isinstance(mark, Words))


def badges(sheet: Sheet) -> Counter[str]:
    """The signs that stand at cells, by verdict; those before the reasons stand further left."""
    verdicts = {sign: verdict for verdict, sign in ENTRY_SIGNS.items()}
    return Counter(
        verdicts[mark.words]
        for mark in sheet.marks
        if isinstance(mark, Letter) and mark.words in verdicts and mark.x > 30
    )


class TestWhatItShows:
    """Before, after, what was decided, and why."""

    def test_each_decided_entry_has_a_badge(self) -> None:
        """Of a hole punch: two private entries are kept, six of the file's pages go."""
        trace = zapviz.run("hole-punch", "v6.18")
        sheet = draw_storyboard(trace, *deciding(trace))
        assert badges(sheet) == {"kept": 2, "zapped": 6}
        said = words_of(sheet)
        assert " before " in said and " after " in said
        assert "line 15: fallocate(F, FALLOC_FL_PUNCH_HOLE)" in said
        assert "zapped A[2:4] and B[0:4]" in said
        assert "A genuine swap entry is always a private page; even_cows is 0" in said

    def test_nothing_has_a_badge_before(self) -> None:
        """Signs stand in the second state alone, to the right of the first."""
        trace = zapviz.run("hole-punch", "v6.18")
        sheet = draw_storyboard(trace, *deciding(trace))
        [after] = [m.x for m in sheet.marks if isinstance(m, Words) and m.words == "after"]
        signs = [m for m in sheet.marks if isinstance(m, Letter) and m.words in ("\u2715", "=")]
        assert all(mark.x < 30 or mark.x > after for mark in signs)

    def test_an_entry_of_two_passes_is_told_once(self) -> None:
        """Kept by both, it is kept; what fails because of it is said, though one pass did it."""
        trace = zapviz.run(f"{TWICE}assert A[1] == none\n", "v5.17")
        sheet = draw_storyboard(trace, *deciding(trace))
        said = words_of(sheet)
        assert badges(sheet) == {"kept": 1}
        assert said.count("kept A[1]") == 1
        assert "\u25b2 kept: line 6 will fail because of it" in said

    def test_the_last_decision_counts(self) -> None:
        """Over several statements a badge is that of the last one that came to the entry."""
        trace = zapviz.run("hole-punch", "v6.18")
        last = deciding(trace)[1]
        assert badges(draw_storyboard(trace, 0, last)) == {"kept": 2, "zapped": 6}

    def test_but_for_one_that_makes_an_assertion_fail(self) -> None:
        """What is to blame keeps its badge, and its warning, whatever follows."""
        trace = zapviz.run(f"{TWICE}assert A[1] == none\nmunmap(A)\n", "v5.17")
        sheet = draw_storyboard(trace, deciding(trace)[0], trace.last)
        assert badges(sheet) == {"kept": 1}
        assert any(isinstance(m, Letter) and m.words == "\u25b2" for m in sheet.marks)
        assert "zapped A[1]" in words_of(sheet)

    def test_counters_that_change_say_from_what(self) -> None:
        """Those that are 0 before and after are left out."""
        trace = zapviz.run("hole-punch", "v6.18")
        said = words_of(draw_storyboard(trace, *deciding(trace)))
        assert "MM_SHMEMPAGES 6 \u2192 0" in said
        assert "MM_SWAPENTS 1" in said
        assert "MM_FILEPAGES" not in said

    def test_a_race_shows_its_order(self) -> None:
        """Its CPUs count as one statement; each reason names the CPU."""
        trace = zapviz.race("race-swap-out", "v5.17")
        run = trace.trace(trace.verdicts[0].schedule)
        sheet = draw_storyboard(run, *run.around(run.statement_of(deciding_step(run))))
        said = words_of(sheet)
        assert "CPU0: kept A[0]" in said and "CPU1: changed A[0]" in said
        assert "will fail because of it" in said
        assert "isolate a page of A" in said
        assert said.index("CPU0: kept") < said.index("CPU1: changed")

    def test_where_nothing_happens_it_is_one_state(self) -> None:
        """An assertion changes nothing: there is no before and after."""
        trace = zapviz.run("hole-punch", "v6.18")
        at = trace.statement_at(13)
        said = words_of(draw_storyboard(trace, *trace.around(at)))
        assert " before " not in said
        assert "assert A[0] == swap" in said

    def test_it_has_words_for_who_cannot_see_it(self) -> None:
        """What was done, why, and the rows before and after."""
        trace = zapviz.run("hole-punch", "v6.18")
        said = describe_change(trace, *deciding(trace))
        assert said.startswith("On v6.18 fallocate(F, FALLOC_FL_PUNCH_HOLE) keeps A[0]")
        assert "even_cows is 0, so it must stay" in said
        assert "Before: F, shmem file, page cache, i_size 4 pages: 0 to 3 file page." in said
        assert "After: F, shmem file, page cache, i_size 4 pages: 0 to 3 none." in said

    def test_a_state_that_is_not_there(self) -> None:
        """The message says which there are."""
        with pytest.raises(StateError, match="no state 99"):
            draw_storyboard(zapviz.run("hole-punch"), 0, 99)


class TestLayout:
    """Whole, apart, and cut to what is in it."""

    @pytest.mark.parametrize("name", list(zapviz.SCENARIOS))
    def test_every_scenario_can_be_drawn(self, name: str) -> None:
        """The statement that decides, wide and narrow."""
        trace = zapviz.run(name, "v5.17")
        for width in (4.0, 10.0):
            check_layout(draw_storyboard(trace, *deciding(trace), width=width))

    @pytest.mark.parametrize("name", ["race-swap-out", "race-truncates"])
    def test_so_can_races_in_an_order(self, name: str) -> None:
        """With a column for each CPU."""
        program = zapviz.SCENARIOS[name].program
        run = telling_order(program, zapviz.kernel("v5.17"))
        since, step = run.around(run.statement_of(deciding_step(run)))
        for width in (5.0, 10.0):
            check_layout(draw_storyboard(run, since, step, width=width))

    @pytest.mark.parametrize("pages", [1, 8, 16, 17, 64, 256])
    def test_so_can_mappings_of_any_size(self, pages: int) -> None:
        """As large as they may be."""
        trace = zapviz.run(
            f"F = shmem({pages})\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\n"
            f"A[0:{pages}] = 1\nftruncate(F, {pages // 2})\n"
        )
        for width in (4.0, 10.0):
            check_layout(draw_storyboard(trace, *deciding(trace), width=width))

    @pytest.mark.parametrize("theme", ["light", "dark", "print"])
    def test_there_is_no_empty_room_at_its_sides(self, theme: str) -> None:
        """It ends where its boxes or its lines do, however wide it might be."""
        trace = zapviz.run("hole-punch", "v6.18")
        for width in (8.5, 10.0, 40.0):
            sheet = draw_storyboard(trace, *deciding(trace), width=width, theme=theme)  # type: ignore[arg-type]
            assert sheet.width <= width * 72
            edge = max(mark.x + mark.width for mark in sheet.marks if isinstance(mark, Box))
            assert sheet.width - edge < 20
        small = zapviz.run("N = anon(1)\nN[0] = 1\nmunmap(N)\n")
        assert draw_storyboard(small, *deciding(small)).width < 6 * 72


class TestExported:
    """What ``zapviz export`` and the explorer give."""

    def test_a_picture_is_that_of_the_deciding_statement(self) -> None:
        """Unless another one is asked for by its line, or two states by their numbers."""
        trace = zapviz.run("reproducer", "v5.17")
        before, after = trace.around(trace.statement_at(13))
        svg = trace.export("svg")
        assert svg == trace.export("svg", line=13) == trace.export("svg", after, since=before)
        assert ">before</text>" in str(svg)
        assert "line 9:" in str(trace.export("svg", line=9))

    def test_a_state_is_one_state(self) -> None:
        """It is asked for by its number."""
        assert ">before</text>" not in str(zapviz.run("reproducer", "v5.17").export("svg", 12))

    def test_a_png_has_200_pixels_to_an_inch(self) -> None:
        """A picture of the same lengths as the SVG, and says so; other numbers can be had."""
        trace = zapviz.run("reproducer", "v5.17")
        [width] = re.findall(r'<svg [^>]*width="([\d.]+)pt"', str(trace.export("svg")))
        for options, dpi in (({}, 200), ({"dpi": 50}, 50)):
            png = Image.open(io.BytesIO(trace.export("png", **options)))  # type: ignore[arg-type]
            assert png.width == int(float(width) / 72 * dpi)
            assert png.info["dpi"][0] == pytest.approx(dpi, abs=0.1)
        compared = zapviz.compare("reproducer", ["v5.17", "v6.12"]).export("png")
        assert Image.open(io.BytesIO(compared)).width == 2000  # type: ignore[arg-type]

    def test_what_this_statement_does_is_one(self) -> None:
        """As the explorer asks for it."""
        trace = zapviz.run("reproducer", "v5.17")
        before, after = trace.around(trace.statement_at(13))
        asked: dict[str, object] = {"ask": "export", "text": trace.scenario, "form": "svg"}
        asked |= {"kernel": "v5.17", "step": after, "options": {"since": before}}
        assert answer_whole(asked)["text"] == trace.export("svg", line=13)

    def test_the_command_writes_it(
        self, tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """By the line, into a file of the scenario's name."""
        monkeypatch.chdir(str(tmp_path))
        call = ["export", "reproducer", "svg", "--kernel", "v5.17"]
        assert main([*call, "--line", "13"]) == 0
        assert capsys.readouterr().err == "wrote reproducer.svg\n"
        with open("reproducer.svg", encoding="utf-8") as file:
            assert file.read() == zapviz.run("reproducer", "v5.17").export("svg")
        assert main([*call, "--line", "99", "--force"]) == 2
        assert "no statement stands in line 99" in capsys.readouterr().err
