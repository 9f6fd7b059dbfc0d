"""The small figure for prose, as Python sees it; no browser here."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest

import zapviz
from zapviz.comparison.abreast import abreast, common_statements
from zapviz.errors import ScenarioError, StateError, ZapvizError
from zapviz.render.text.saying import failing_words, failures, sayings
from zapviz.trace.deciding import deciding_step
from zapviz.view import PAGE_MIME

SETUP = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 5\nmadvise(A[0], MADV_PAGEOUT)\n"
PUNCH = SETUP + "fallocate(F, FALLOC_FL_PUNCH_HOLE)\nassert A[0] == swap\n"
CUT = SETUP + "ftruncate(F, 0)\nassert A == none\n"


class TestFigure:
    """One figure: the step it opens at, its traces, its still picture."""

    def test_it_is_a_function_however_often_it_is_asked_for(self):
        """No module of the same name takes its place, in either package."""
        assert zapviz.show(PUNCH).ok
        assert zapviz.widgets.show is zapviz.show

    def test_it_opens_at_the_deciding_step(self):
        """Unless another is asked for, from either end."""
        figure = zapviz.show(PUNCH)
        assert figure.step == deciding_step(zapviz.run(PUNCH))
        assert zapviz.show(PUNCH, step=3).step == 3
        assert zapviz.show(PUNCH, step=-1).step == figure.last

    def test_ok_is_that_of_its_traces(self):
        """A claim that does not hold can be asserted of the figure."""
        assert zapviz.show(PUNCH).ok
        broken = zapviz.show(PUNCH, kernel="rfc-v2")
        assert not broken.ok
        assert [trace.kernel.name for trace in broken.traces] == ["rfc-v2"]

    def test_the_sentence_says_what_was_decided_and_what_fails(self):
        """The entry, its fate, the reason of the record, and the line that fails."""
        kept = zapviz.show(PUNCH).sentence()
        reason = zapviz.run(PUNCH).as_json()["steps"][zapviz.show(PUNCH).step - 1]["reason"]
        assert kept == f"A[0] is kept. {reason}"
        assert zapviz.show(PUNCH, kernel="rfc-v2").sentence().endswith(
            "Line 6 fails: A[0] is none, not swap."
        )  # fmt: skip

    def test_the_question_is_seen_before_the_answer(self):
        """Before the step that decides, nothing is said of what fails."""
        assert "fails" not in zapviz.show(PUNCH, kernel="rfc-v2", step=2).sentence()

    def test_a_step_outside_is_moved_in_later(self):
        """The page and Python may set any number."""
        figure = zapviz.show(PUNCH)
        figure.step = 999
        assert figure.step == figure.last
        figure.step = -4
        assert figure.step == 0

    def test_a_trace_keeps_its_order_of_cpus(self):
        """An order found by exploring is shown as it was found, and told the page whole."""
        found = zapviz.race("race-swap-punch", "rfc-v2")
        trace = found.trace(found.verdicts[0].schedule)
        figure = zapviz.show(trace)
        assert figure.traces == (trace,)
        assert not figure.ok
        assert figure.page_data()["shown"]["frames"][-1] == [trace.last]

    def test_a_permalink_brings_its_kernel(self):
        """As everywhere."""
        link = zapviz.run(PUNCH, "rfc-v2").permalink()
        assert zapviz.show(link).traces[0].kernel.name == "rfc-v2"


class TestStill:
    """What a notebook keeps of a figure."""

    def test_the_picture_has_words(self):
        """Sentence and page strips stand in for it; a page can run the same."""
        data, _ = zapviz.show(PUNCH, kernel=["v5.17", "rfc-v2"])._repr_mimebundle_()
        alt = re.search(r'<img src="data:image/png;base64,[^"]+" alt="([^"]+)"', data["text/html"])
        assert alt
        for words in ("v5.17: A[0] is kept.", "rfc-v2: A[0] is zapped.", "Line 6 fails", "S"):
            assert words in alt[1]
        assert data[PAGE_MIME]["scenarios"] == [[PUNCH, "v5.17"], [PUNCH, "rfc-v2"]]

    def test_it_is_light(self):
        """A chapter holds several: two figures side by side are a few ten thousand letters."""
        assert len(zapviz.show(PUNCH, CUT)._repr_mimebundle_()[0]["text/html"]) < 40_000

    def test_it_follows_the_step(self):
        """The picture is that of the step shown."""
        figure = zapviz.show(PUNCH)
        first = figure._repr_mimebundle_()[0]["text/html"]
        figure.step = figure.last
        assert figure._repr_mimebundle_()[0]["text/html"] != first


class TestSideBySide:
    """Several figures, in step."""

    def test_several_kernels_are_captioned_by_name(self):
        """They open where their entries part."""
        figure = zapviz.show("reproducer", kernel=["v5.17", "v6.12"])
        assert figure.sentence().splitlines()[0].startswith("v5.17: A[1] is kept.")
        assert figure.sentence().splitlines()[1].startswith("v6.12: A[1] is zapped.")

    def test_several_scenarios_are_captioned_by_what_differs(self):
        """By their titles, if they have different ones."""
        lines = zapviz.show(PUNCH, CUT).sentence().splitlines()
        assert [line.split(": ")[0] for line in lines] == [
            "fallocate(F, FALLOC_FL_PUNCH_HOLE)", "ftruncate(F, 0)"]  # fmt: skip
        titled = zapviz.show("# The hole\n" + PUNCH, "# The cut\n" + CUT).sentence().splitlines()
        assert [line.split(": ")[0] for line in titled] == ["The hole", "The cut"]

    def test_the_deciding_steps_meet(self):
        """Both are seen at once, and so is each statement that both begin with."""
        figure = zapviz.show(CUT, SETUP + "madvise(A, MADV_DONTNEED)")
        frames = json.loads(figure.payload)["frames"]
        runs = figure.traces
        assert frames[figure.step] == [deciding_step(run) for run in runs]
        assert [run.last_state_of(3) for run in runs] in frames

    def test_statements_are_the_same_however_they_are_written(self):
        """Spaces and comments part no two scenarios."""
        begun = SETUP.replace(" = ", "=").replace("\n", "  # again\n")
        figure = zapviz.show(CUT, begun + "madvise(A, MADV_DONTNEED)")
        assert figure.payload.count("frames") == 1
        assert common_statements(figure.traces) == SETUP.count("\n")

    def test_they_open_where_one_keeps_what_another_zaps(self):
        """Though each alone would open at a later step, of another entry."""
        begun = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 2\nread(A[1])\n"
        punch, cut = begun + "fallocate(F, FALLOC_FL_PUNCH_HOLE)", begun + "ftruncate(F, 0)"
        assert zapviz.show(cut).sentence().startswith("A[1] is zapped.")
        lines = zapviz.show(punch, cut).sentence().splitlines()
        assert ["A[0] is kept." in lines[0], "A[0] is zapped." in lines[1]] == [True, True]

    @pytest.mark.parametrize("others", [(PUNCH, CUT), (CUT, "N = anon(1)", PUNCH), (PUNCH, PUNCH)])
    def test_every_state_is_passed_and_none_again(self, others):
        """The numbers never go back, nor over a state, from the empty world to each end."""
        runs = [zapviz.run(text) for text in others]
        frames = abreast(runs, tuple(map(deciding_step, runs)))
        assert frames[0] == (0,) * len(runs)
        assert frames[-1] == tuple(run.last for run in runs)
        for before, after in pairwise(frames):
            assert before != after
            assert all(n - m in (0, 1) for m, n in zip(before, after, strict=True))


class TestSayings:
    """What is said of each state."""

    @pytest.mark.parametrize("name", [name for name, one in zapviz.SCENARIOS.items()
                                      if not one.program.concurrent])  # fmt: skip
    def test_every_state_has_something_said(self, name):
        """Of each shipped scenario, on a kernel on which some fail."""
        run = zapviz.run(name, "v5.17")
        said = sayings(run)
        assert len(said) == run.last + 1
        assert all((one.head or one.rest) and "->" not in one.head for one in said)
        assert set(failures(run)) == {
            outcome.statement.line for outcome in run.outcomes if not outcome.ok
        }

    @pytest.mark.parametrize(
        ("condition", "words"),
        [
            ("N[0] == none", "N[0] is anon, not none"),
            ("N[0] in (none, swap)", "N[0] is anon, not none or swap"),
            ("N[0] != anon", "N[0] is anon"),
            ("data(N[0]) == 4", "N[0] holds 7, not 4"),
            ("rss.anonpages == 3 and N[0] == anon", "rss.anonpages is 1, not 3"),
            ("N == anon", "N[1] is none, not anon"),
            ("N == swap", "N[0] is anon, N[1] is none, not swap"),
            ("read(N[0]) == SIGBUS", "read(N[0]) gives 0, not SIGBUS"),
            ("not N[0] == anon", "N[0] is anon"),
            ("read(N[0]) == 0 and read( N[1] )==SIGBUS", "read( N[1] ) gives 0, not SIGBUS"),
        ],
    )
    def test_a_failing_assertion_says_what_it_found(self, condition, words):
        """And what it asked for."""
        run = zapviz.run(f"N = anon(2)\nN[0] = 7\nassert {condition}")
        assert failing_words(run) == f"Line 3 fails: {words}."

    def test_a_step_is_not_blamed_for_what_another_does(self):
        """A punch that keeps a page rightly, before a truncation that keeps one wrongly."""
        text = (
            "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 1\nmadvise(A, MADV_PAGEOUT)\n"
            "fallocate(F[0], FALLOC_FL_PUNCH_HOLE)\nftruncate(F, 1)\nassert A[1] == none\n"
        )
        run = zapviz.run(text, "v5.17")
        kept = [n for n, step in enumerate(run.steps, 1) if step.verdict == "kept"]
        said = [failing_words(run, at=n) for n in kept]
        assert said[0] == ""
        assert said[-1] == failing_words(run) == "Line 7 fails: A[1] is swap, not none."

    def test_many_that_fail_are_counted(self):
        """Three things are said at most."""
        run = zapviz.run("N = anon(1)\n" + "assert N[0] == anon\n" * 5)
        assert failing_words(run) == (
            "Line 2 fails: N[0] is none, not anon. Line 3 fails: N[0] is none, not anon. "
            "3 more lines fail."
        )


class TestMistakes:
    """What is wrong is said as everywhere."""

    def test_a_scenario_that_is_wrong(self):
        """The message is the one that the explorer shows under the text."""
        with pytest.raises(ScenarioError) as raised:
            zapviz.show("N = anom(2)")
        assert str(raised.value) == zapviz.explore("N = anom(2)").error

    @pytest.mark.parametrize(
        ("given", "options"),
        [(("reproducr",), {}), ((3,), {}), (("reproducer",), {"kernel": "v5.99"}),
         (("hole.zap",), {})],
    )  # fmt: skip
    def test_names_that_are_not_known(self, given, options):
        """The same error as the explorer's."""
        with pytest.raises(ZapvizError) as raised:
            zapviz.show(*given, **options)
        try:
            error = zapviz.explore(*given, **options).error
        except ZapvizError as explorers:
            error = str(explorers)
        assert str(raised.value) == error

    @pytest.mark.parametrize(
        ("given", "options", "words"),
        [
            ((), {}, "nothing to show"),
            ((PUNCH, CUT), {"kernel": ["v5.17", "v6.12"]}, "give one kernel, or one scenario"),
            ((PUNCH,), {"kernel": []}, "1 to 4 figures stand side by side, not 0"),
            ((PUNCH,) * 5, {}, "not 5"),
        ],
    )
    def test_what_cannot_stand_side_by_side(self, given, options, words):
        """The message says what can."""
        with pytest.raises(ZapvizError, match=words):
            zapviz.show(*given, **options)

    def test_a_state_that_is_not_there(self):
        """The message says which are."""
        with pytest.raises(StateError, match="states go from 0 to"):
            zapviz.show(PUNCH, step=99)
