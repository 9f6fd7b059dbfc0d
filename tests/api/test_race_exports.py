"""What is exported of a race: the order that tells the most, with a column for each CPU."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

import zapviz
from layout import check_layout, check_mailable
from zapviz.api.answers import answer_whole
from zapviz.api.exports import export
from zapviz.commands.cli import main
from zapviz.render.figure.picture import draw
from zapviz.render.figure.state import draw_state
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.permalink import is_permalink, parse_permalink
from zapviz.scenario.text import parse_scenario

FAILING = [
    ("race-swap-out", "v5.17", "line 15, assert always(A[0] == none)"),
    (
        "race-swap-punch",
        "rfc-v2",
        "line 15, assert always(A[0] in (anon, swap) and data(A[0]) == 1)",
    ),
    ("race-cow", "v6.18 + second_pass=False", "line 15, assert always(A[0] == none)"),
]
IN_TURN = "The CPUs are run one after the other here"
WHY = "A shortest order in which lines 15 and 17 fail"


def said(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())


@pytest.fixture(scope="module")
def in_turn() -> zapviz.Trace:
    """A race that fails, whose CPUs ran in turn."""
    return zapviz.run("race-swap-out", "v5.17")


class TestMail:
    """What goes to a list."""

    @pytest.mark.parametrize(("name", "kernel", "assertion"), FAILING)
    def test_it_shows_the_failure(self, name: str, kernel: str, assertion: str) -> None:
        """The assertion that fails, the order in which it does as a ladder, and what is left."""
        mail = str(zapviz.run(name, kernel).export("mail"))
        check_mailable(mail.removesuffix("\n"))
        head = said(mail.split("===8<===")[0])
        assert "assertions fail in this order" in head or "assertion fails in this order" in head
        assert assertion in head
        assert "CPU0: CPU1: ----- -----" in head
        assert "FAILS in this order" in head
        assert "every assertion holds" not in head
        assert IN_TURN not in said(mail)
        assert parse_scenario(mail).statements == SCENARIOS[name].program.statements

    def test_its_link_is_that_order(self, in_turn: zapviz.Trace) -> None:
        """Who opens it sees the failure."""
        tail = str(in_turn.export("mail")).rpartition("LINK being all of\n")[2]
        token = "".join(tail.split())
        assert is_permalink(token)
        schedule = parse_permalink(token).schedule
        assert schedule == zapviz.race("race-swap-out", "v5.17").verdicts[0].schedule

    def test_where_nothing_fails_it_says_so(self) -> None:
        """A shortest order, and how much was explored: no number that reads as odds."""
        mail = said(str(zapviz.run("race-swap-out", "v6.18").export("mail")))
        assert "every assertion holds in every order of the CPUs" in mail
        assert "every assertion holds in the final state (fully explored: 12,221 orders)" in mail
        assert not re.search(r"in \d+ of [\d,]+ (orders|interleavings)", mail)

    def test_the_functions_of_that_kernel_stand_at_its_lines(self, in_turn: zapviz.Trace) -> None:
        """As on 5.17, not as today."""
        mail = str(in_turn.export("mail"))
        for name in ("shrink_page_list()", "zap_pte_range()", "inode_lock()", "do_madvise()"):
            assert name in mail, name
        assert "shrink_folio_list" not in mail


class TestTexts:
    """Text, and states of it."""

    def test_the_text_is_the_ladder(self, in_turn: zapviz.Trace) -> None:
        """With the outcome in the last line."""
        text = str(in_turn.export("text"))
        check_mailable(text.removesuffix("\n"))
        assert "CPU0:                               CPU1:" in text
        assert WHY in said(text)
        assert text.splitlines()[-1].startswith("FAILED on v5.17: 2 of 2 assertions fail")

    def test_a_state_by_its_line_is_one_of_that_order(self, in_turn: zapviz.Trace) -> None:
        """A[0] is in swap where the assertion fails."""
        text = str(in_turn.export("text", line=15))
        assert "A     S    private mapping" in text
        assert WHY in said(text)

    def test_a_state_by_its_number_is_one_of_the_run(self, in_turn: zapviz.Trace) -> None:
        """The run had its CPUs in turn, and that is said."""
        text = str(in_turn.export("text", in_turn.last))
        assert IN_TURN in said(text)
        assert WHY not in said(text)
        assert IN_TURN in said(str(in_turn.export("mail", in_turn.last)))

    def test_other_scenarios_are_not_touched(self) -> None:
        """Without CPUs, text and state are what they were."""
        trace = zapviz.run("reproducer", "v5.17")
        assert export(trace, "text") == trace.text() + "\n"
        assert export(trace, "text", 12) == trace.state(12).text() + "\n"

    @pytest.mark.parametrize("form", ["c", "json", "zap", "link"])
    def test_forms_that_show_no_order_are_as_before(self, form: str, in_turn: zapviz.Trace) -> None:
        """The program, the record of this run, its text and its link."""
        made = str(in_turn.export(form))
        assert WHY not in said(made)
        if form == "json":
            assert IN_TURN in made
        if form == "link":
            assert parse_permalink(made.strip()).schedule is None


class TestPictures:
    """png, svg, gif and a page."""

    def test_an_svg_has_a_column_for_each_cpu(self, in_turn: zapviz.Trace) -> None:
        """Below the state because of which the assertions fail."""
        svg = str(in_turn.export("svg"))
        words = said(re.sub(r"<[^>]*>", " ", svg))
        assert WHY in words
        assert " CPU0 " in words and " CPU1 " in words
        assert "A[0]: anon -&gt; swap" in words or "A[0]: anon -> swap" in words
        assert "kept: lines 15 and 17 will fail because of it" in words
        assert "CPU0 assert" not in words  # no CPU of the scenario checks it

    def test_the_columns_stand_apart(self, in_turn: zapviz.Trace) -> None:
        """Steps of one CPU stand below each other, those of the other beside them; no text is cut
        by the picture's edge or touches another one.
        """
        found = zapviz.race("race-swap-out", "v5.17")
        trace = found.trace(found.verdicts[0].schedule)
        for width in (6.0, 10.0):
            for step in (8, trace.last):
                check_layout(draw_state(trace, step, cpus=True, width=width))
        svg = str(in_turn.export("svg"))
        placed = re.findall(r'<text x="([\d.]+)"[^>]*>(CPU[01])</text>', svg)
        lefts = {name: float(x) for x, name in placed}
        assert lefts["CPU1"] - lefts["CPU0"] > 200
        for words, cpu in (("i_size of F becomes", "CPU0"), ("isolate a page", "CPU1")):
            [left] = re.findall(rf'<text x="([\d.]+)"[^>]*>{words}', svg)
            assert float(left) == lefts[cpu]

    def test_png_and_gif_have_them_too(self, in_turn: zapviz.Trace) -> None:
        """Both are higher than a picture of the state alone."""
        found = zapviz.race("race-swap-out", "v5.17")
        trace = found.trace(found.verdicts[0].schedule)
        alone = draw(draw_state(trace, 3, dpi=40)).get_size_inches()[1] * 40
        png = Image.open(io.BytesIO(in_turn.export("png", dpi=40)))  # type: ignore[arg-type]
        gif = Image.open(io.BytesIO(in_turn.export("gif", dpi=40)))  # type: ignore[arg-type]
        assert png.height > alone + 100
        assert gif.height > alone + 100
        assert gif.n_frames > 10

    def test_a_state_of_the_run_in_turn_says_so(self, in_turn: zapviz.Trace) -> None:
        """There are no columns then, and nobody takes it for the race."""
        words = said(re.sub(r"<[^>]*>", " ", str(in_turn.export("svg", in_turn.last))))
        assert IN_TURN in words
        assert IN_TURN in str(in_turn.export("html", in_turn.last))

    def test_a_page_steps_through_that_order(self, in_turn: zapviz.Trace) -> None:
        """It says why above the view, has the schedule for its columns, and the ladder as text."""
        page = str(in_turn.export("html"))
        assert f'<p class="zv-page-said">{WHY}' in page
        assert "CPU0:                               CPU1:" in page
        assert '"turns":[{' in page
        assert IN_TURN not in page

    def test_a_figure_in_a_notebook_is_as_before(self, in_turn: zapviz.Trace) -> None:
        """What is not exported shows the run that it is of, without columns."""
        words = {mark.words for mark in in_turn.figure().sheet.marks if hasattr(mark, "words")}
        assert not any(WHY in word for word in words)


class TestPage:
    """What the explorer's menu gives."""

    def asked(self, form: str, **request: object) -> str:
        """The text of an export that a page asked for."""
        text = SCENARIOS["race-swap-out"].text
        whole = {"ask": "export", "text": text, "kernel": "v5.17", "form": form, **request}
        return str(answer_whole(whole)["text"])

    def test_a_race_without_a_chosen_order_shows_its_failure(self) -> None:
        """As on the command line."""
        assert self.asked("mail") == str(zapviz.run("race-swap-out", "v5.17").export("mail"))

    def test_a_chosen_order_is_the_one_exported(self) -> None:
        """And so is a state of the order that is shown."""
        good = next(f for f in zapviz.race("race-swap-out", "v5.17").finals if all(f.holds))
        assert "not decided by one order" in said(self.asked("mail", schedule=list(good.schedule)))
        assert WHY not in said(self.asked("text", step=5))


class TestCommand:
    """zapviz export."""

    def test_it_is_the_failing_order(self, capsys: pytest.CaptureFixture[str]) -> None:
        """As the task of a mail is: the failing interleaving, and which assertion fails in it."""
        assert main(["export", "race-swap-out", "mail", "--kernel", "v5.17"]) == 0
        mail = capsys.readouterr().out
        assert mail == str(zapviz.run("race-swap-out", "v5.17").export("mail"))
        assert "A[0]: swap stays" in mail

    def test_a_line_is_looked_up_in_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        """--line shows the state of the failing order, --step that of the CPUs in turn."""
        call = ["export", "race-swap-out", "text", "--kernel", "v5.17"]
        assert main([*call, "--line", "15"]) == 0
        assert "A     S" in capsys.readouterr().out
        assert main([*call, "--step", "-1"]) == 0
        assert IN_TURN in said(capsys.readouterr().out)
        assert main([*call, "--line", "99"]) == 2
        assert "no statement stands in line 99" in capsys.readouterr().err

    def test_a_link_with_a_schedule_keeps_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Whoever chose an order gets that one, with the CPUs in columns."""
        found = zapviz.race("race-swap-out", "v5.17")
        other = next(final for final in found.finals if all(final.holds))
        link = found.trace(other.schedule).permalink()
        assert main(["export", link, "text"]) == 0
        text = capsys.readouterr().out
        assert "CPU0:                               CPU1:" in text
        assert "one interleaving of many" in said(text)
        assert text.splitlines()[-1].startswith(
            "ok on v5.17: 2 assertions not decided by one order"
        )
