"""What Python and the command line say to a call that is not quite right: in words, and alike."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import zapviz
from zapviz import ZapvizError
from zapviz.commands.cli import main
from zapviz.errors import OptionError, StateError

SHARED = "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 1\n"
CPUS = "def CPU0():\n    read(A[0])\n"


@pytest.fixture(scope="module")
def trace():
    """A trace of five steps or more."""
    return zapviz.run(SHARED)


@pytest.fixture(scope="module")
def compared():
    """The reproducer on two kernels."""
    return zapviz.compare("reproducer", "v5.17", "v6.12")


def refused(call, *said):
    """Check that a call is refused with these words."""
    with pytest.raises(ZapvizError) as caught:
        call()
    for words in said:
        assert words in str(caught.value)
    return caught.value


class TestFigure:
    """Options and states of figures and exports."""

    def test_states_are_numbers(self, trace, compared):
        """A path or a word where the state stands is no TypeError."""
        refused(lambda: trace.export("svg", "/x.svg"), "a state is a number", "save('/x.svg')")
        refused(lambda: trace.figure(step="a"), "a state is a number, from 0 to")
        refused(lambda: trace.state("a"), "a state is a number, from 0 to")
        refused(lambda: compared.figure("a"), "a frame is a number")
        assert isinstance(refused(lambda: trace.figure(99), "there is no state 99"), IndexError)
        assert isinstance(refused(lambda: compared.number(999), "no frame 999"), StateError)

    def test_any_whole_number_will_do(self, trace, compared):
        """One of numpy's, too, as a loop over an array gives."""
        assert trace.number(np.int64(-1)) == trace.last
        assert compared.number(np.int32(1)) == 1

    @pytest.mark.parametrize(
        "options", [{"dpi": -1}, {"width": -1}, {"width": "x"}, {"dpi": 1e9}, {"theme": "sepia"}]
    )
    def test_values_are_checked_at_once(self, trace, compared, options):
        """Not when it is drawn, and not mended silently."""
        for shown in (trace, compared):
            (name,) = options
            error = refused(lambda shown=shown: shown.figure(**options), f"the option '{name}'")
            assert isinstance(error, ValueError)

    def test_an_unknown_option_is_told_all_there_are(self, trace, compared):
        """The state and the line belong to them."""
        said = "it takes step, line, theme, width, dpi, since"
        refused(lambda: trace.figure(colour=3), "a figure has no option 'colour'", said)
        refused(lambda: trace.export("png", colour=3), "the form 'png' has no option", said)
        refused(lambda: compared.figure(since=3), "it takes frame, line, theme, width, dpi")

    def test_a_line_is_a_place(self, trace, compared):
        """As --line on the command line: the state after the statement there."""
        for form in ("mail", "text", "link"):
            assert trace.export(form, line=3) == trace.export(form, trace.at_line(3))
        assert trace.at_line(3) == trace.last
        before, after = trace.around(trace.statement_at(2))
        assert trace.export("svg", line=2) == trace.export("svg", after, since=before)
        assert trace.figure(line=2).sheet.description == trace.figure(
            trace.at_line(2)
        ).sheet.description  # fmt: skip
        assert compared.line(compared.at_line(13)) == 13
        refused(lambda: trace.export("mail", line=9), "no statement stands in line 9", "1, 2, 3")
        refused(lambda: trace.figure(1, line=2), "by its number or by its line, not both")

    def test_a_line_of_the_mail_is_that_of_the_command_line(self, capsys):
        """The same words, the same text."""
        assert main(["export", "reproducer", "mail", "--line", "13"]) == 0
        assert capsys.readouterr().out == zapviz.run("reproducer").export("mail", line=13)

    def test_a_form_and_an_ending_that_contradict(self, trace, tmp_path, capsys):
        """An SVG in a file called .png is a mistake; nothing is written."""
        path = tmp_path / "x.png"
        assert main(["export", "hole-punch", "svg", "-o", str(path)]) == 2
        assert "ends as png does, but the form is svg; end it in .svg" in capsys.readouterr().err
        refused(lambda: trace.save(path, form="svg"), "take the form png")
        assert not path.exists()
        assert main(["export", "hole-punch", "mail", "-o", str(tmp_path / "x.eml")]) == 0


class TestPython:
    """The same words as the command line."""

    def test_kernels_of_a_table(self):
        """kernel= says kernels=, and so on."""
        refused(lambda: zapviz.table(kernel="v6.12"), "write kernels=")
        refused(lambda: zapviz.table(entry="swap"), "write entries=")
        refused(lambda: zapviz.table(colour=1), "table() takes no 'colour'")

    def test_printed_names_name_what_they_print(self, capsys):
        """``file page`` is what the table calls it."""
        assert zapviz.table("v6.12", entries="file page").ids("entry") == ("file",)
        assert main(["table", "--entry", "file page", "--entry", "swap entry"]) == 0
        for case in zapviz.table("v6.12").ids("entry"):
            name = zapviz.decisions.table.label("entry", case)
            assert zapviz.table("v6.12", entries=name).ids("entry") == (case,)

    def test_kernels_of_a_comparison(self, compared):
        """One after the other, or as a list."""
        assert [one.name for one in compared.kernels] == ["v5.17", "v6.12"]
        as_list = zapviz.compare("reproducer", ["v5.17", "v6.12"])
        assert compared.text() == as_list.text()
        assert len(zapviz.compare("reproducer", ["v5.17"], "v6.1", "v6.12").traces) == 3
        refused(lambda: zapviz.compare("reproducer"), "takes 2 to 4 kernels, not 0")
        refused(lambda: zapviz.compare("reproducer", 5, 6), "a kernel is named by a string")

    def test_a_race(self, capsys):
        """What ``zapviz race`` explores."""
        found = zapviz.race("race-cow", "v6.12")
        assert isinstance(found, zapviz.Exploration)
        assert "final states" in repr(found)
        assert "\n" not in repr(found)
        main(["race", "race-cow", "--kernel", "v6.12"])
        assert found.text("race-cow").split() == capsys.readouterr().out.split()

    def test_an_unknown_trait(self):
        """An option of the explorer, its name or its value."""
        error = refused(lambda: zapviz.explore(SHARED, stp=3), "has no trait 'stp'", "'step'")
        assert isinstance(error, TypeError)
        error = refused(lambda: zapviz.explore(SHARED, theme="sepia"), "sepia")
        assert isinstance(error, OptionError)

    def test_a_prompt_says_what_the_explorer_shows(self):
        """Where no widget can be shown, too."""
        said = repr(zapviz.explore("reproducer", "v5.17"))
        assert said.startswith("<Explorer: The reproducer")
        assert "on v5.17, state 16 of" in said
        assert ".trace.export('html')" in said
        asked = zapviz.predict(level=1, seed=7)
        assert asked.exercise.question in repr(asked)

    def test_names_are_those_that_are_meant(self):
        """Tab completion offers the public names and nothing else."""
        assert dir(zapviz) == sorted(zapviz.__all__)


class TestLanguage:
    """What the language says to what others write."""

    def test_keep_size_may_be_written(self):
        """A kernel takes no hole punching without it; here it is implied."""
        short = SHARED + "fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)"
        long = SHARED + "fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)"
        assert zapviz.parse_scenario(short) == zapviz.parse_scenario(long)
        assert [zapviz.run(one).texts[-1] for one in (short, long)] == [
            one.splitlines()[-1] for one in (short, long)
        ]
        # Results that are kept have one form.
        assert zapviz.run(short).as_results() == zapviz.run(long).as_results()
        implied = "FALLOC_FL_PUNCH_HOLE: with FALLOC_FL_KEEP_SIZE"
        assert str(zapviz.run(short).export("mail")).count(implied) == 1
        assert implied not in str(zapviz.run(long).export("mail"))
        assert implied not in str(zapviz.run(SHARED).export("mail"))
        alone = long.replace("FALLOC_FL_PUNCH_HOLE | ", "")
        refused(lambda: zapviz.run(alone), "is not modelled", "implies")

    def test_always_stands_around_the_whole(self):
        """The hint is what works."""
        refused(
            lambda: zapviz.run(SHARED + CPUS + "assert always(A[0]) == anon"),
            "write assert always(A[0] == anon)",
        )
        refused(
            lambda: zapviz.run(SHARED + "assert always(A[0]) == anon"), "write assert A[0] == anon"
        )
        refused(
            lambda: zapviz.run(SHARED + CPUS + "assert sometimes(A[0]) in (anon, none)"),
            "write assert sometimes(A[0] in (anon, none))",
        )
        zapviz.run(SHARED + CPUS + "assert always(A[0] == anon)")

    def test_a_whole_mail(self):
        """With nothing cut out of it: not a word about single characters."""
        mail = f"From: A B <a@b.c>\nSubject: [PATCH] it's\n\n> {SHARED}\n-- \nA B\n"
        for text in (mail, f"On Mon, 3 Jan 2022, Foo <a@b> wrote:\n> {SHARED}"):
            error = refused(lambda text=text: zapviz.run(text), "no lines ===8<=== were found")
            assert "keep only the scenario" in str(error)
        refused(lambda: zapviz.run("N = anon(2)\nN@ = 1\n"), "the character '@'")

    def test_where_a_file_is_needed(self):
        """A file is made as a file, a mapping as a mapping."""
        for call in ("ftruncate(G, 1)", "fallocate(G[0], FALLOC_FL_PUNCH_HOLE)"):
            refused(lambda call=call: zapviz.run(call), "as in G = shmem(4)")
        refused(lambda: zapviz.run("read(G[0])"), "as in G = mmap(F, MAP_PRIVATE)")


class TestCommandLine:
    """Calls that were silently taken for others."""

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["run", "--krenel", "v5.17", "reproducer"], "'--krenel'; did you mean '--kernel'?"),
            (["run", "reproducer", "more"], "unexpected: more (try zapviz run --help)"),
            (["lab", "race", "race-cow", "--host"], "(try zapviz lab race --help)"),
            (["lab", "trace", "hole-punch", "--host"], "(try zapviz lab trace --help)"),
            (
                ["run", "reproducer", "--kernel", "v6.1", "--kernel", "v6.12"],
                "zapviz diff compares them",
            ),
            (
                ["diff", "reproducer", "--kernel", "v6.1", "--kernel", "6.1"],
                "v6.1 is given twice",
            ),
        ],
    )
    def test_a_wrong_call_gets_one_message(self, capsys, arguments, said):
        """Exit status 2, the command's own name, and what to do."""
        with pytest.raises(SystemExit) as ended:
            sys.exit(main(arguments))
        assert ended.value.code == 2
        out, err = capsys.readouterr()
        assert said in err
        assert out == ""

    def test_one_kernel_is_compared_with_one_that_is_said(self, capsys):
        """And why with that one."""
        assert main(["diff", "reproducer", "--kernel", "v6.1"]) == 0
        said = "one kernel was named; compared with v6.18, the newest longterm"
        assert said in capsys.readouterr().err

    def test_closed_output_is_no_success(self, monkeypatch, capsys):
        """What cannot be printed is said, not dropped."""
        monkeypatch.setattr(sys, "stdout", None)
        assert main(["run", "reproducer"]) == 2
        assert main(["export", "reproducer", "mail"]) == 2
        assert capsys.readouterr().err.count("standard output is closed") == 2
