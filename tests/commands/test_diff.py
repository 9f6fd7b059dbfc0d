"""``zapviz diff``: what it prints, and its exit status."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import zapviz
from layout import check_mailable
from zapviz.api.comparisons import compare
from zapviz.commands.cli import main

FIX = ["--kernel", "v5.17", "--kernel", "v6.12"]


class TestText:
    """The text form."""

    def test_the_reproducer_reads_as_on_file(self, capsys, expected):
        """Step, entries, counters, reason with commit, what follows, one line to grep."""
        assert main(["diff", "reproducer", *FIX]) == 1
        out = capsys.readouterr().out
        expected("diff-reproducer.txt", out)
        assert out == compare("reproducer", ["v5.17", "v6.12"]).text("reproducer") + "\n"

    def test_four_kernels_read_as_on_file(self, capsys, expected):
        """Long names are numbered; each later parting is told with what it is apart from."""
        names = ["v5.10.y", "rfc-v2", "v7.3", "v5.17 + swap_entries=even_cows"]
        assert main(["diff", "hwpoison-hole", *(f"--kernel={name}" for name in names)]) == 1
        expected("diff-hwpoison-hole.txt", capsys.readouterr().out)

    @pytest.mark.parametrize("name", list(zapviz.SCENARIOS))
    def test_every_scenario_can_be_mailed(self, name):
        """72 columns of ASCII, whichever kernels and however many."""
        for names in (
            ["v5.17", "v6.18"],
            ["v5.10.y", "rfc-v2", "v7.3"],
            ["v5.17", "v5.17 + swap_entries=zap, hwpoison_entries=zap", "v6.1", "v7.3"],
        ):
            check_mailable(compare(name, names).text(name))

    @pytest.mark.parametrize("pages", [1, 33, 64, 256])
    def test_rows_of_any_length_can_be_mailed(self, pages):
        """Long rows go on below, with their marks."""
        text = f"F = shmem({pages})\nA = mmap(F, MAP_PRIVATE)\nA[0:{pages}] = 1\n"
        text += "madvise(A, MADV_PAGEOUT)\n"
        said = compare(text + "ftruncate(F, 0)\n", ["v5.17", "v6.12"]).text()
        check_mailable(said)
        assert said.count("^") >= pages

    def test_marks_stand_under_what_differs(self):
        """Carets, not colours, show it."""
        lines = compare("reproducer", ["v5.17", "v6.12"]).text().split("\n")
        at = next(i for i, line in enumerate(lines) if line.strip().startswith("A     v5.17"))
        column = lines[at].index(".S") + 1
        assert lines[at + 2] == " " * column + "^"

    def test_where_nothing_differs_it_says_so(self, capsys):
        """One sentence, and the line to grep."""
        assert main(["diff", "hole-punch", *FIX]) == 0
        out = capsys.readouterr().out
        assert "They take the same steps" in out
        assert out.endswith("\nComparison hole-punch Same v5.17/v6.12\n")

    def test_other_steps_to_the_same_end_are_told(self):
        """A pass that changes nothing is no difference, but is mentioned."""
        text = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 1\nftruncate(F, 0)\n"
        said = compare(text, ["v6.12", "v6.12 + second_pass=False"]).text()
        assert "Their steps are not the same, but nothing comes of that" in said


class TestCall:
    """Exit status and arguments."""

    def test_json_is_that_of_the_comparison(self, capsys):
        """One object, the traces not in it."""
        assert main(["diff", "reproducer", *FIX, "--json"]) == 1
        given = json.loads(capsys.readouterr().out)
        assert given == json.loads(json.dumps(compare("reproducer", ["v5.17", "v6.12"]).as_json()))

    def test_two_kernels_are_taken_where_none_is_named(self, capsys):
        """Before the fix, and the kernel that everything else takes."""
        assert main(["diff", "reproducer"]) == 1
        out = capsys.readouterr().out
        assert "kernel v5.17: " in out
        assert f"kernel {zapviz.kernels.known.DEFAULT_KERNEL}: " in out

    def test_one_kernel_is_compared_with_the_default(self, capsys):
        """What is named comes first."""
        assert main(["diff", "reproducer", "--kernel", "rfc-v2"]) == 0
        assert capsys.readouterr().out.endswith("Same rfc-v2/v6.18\n")
        assert main(["diff", "reproducer", "--kernel", "v6.18"]) == 1
        assert "Differ v6.18/v5.17" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["diff"], "the following arguments are required"),
            (["diff", "no-such"], "no file and no scenario"),
            (["diff", "reproducer", "--kernel", "v9"], "there is no kernel 'v9'"),
            (["diff", "reproducer", *["--kernel", "v5.17"] * 5], "2 to 4 kernels"),
        ],
    )
    def test_a_wrong_call_gets_one_message(self, capsys, arguments, said):
        """Status 2, nothing on standard output."""
        try:
            status = main(arguments)
        except SystemExit as end:
            status = end.code
        assert status == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert said in err
        assert err.count("error: ") == 1

    def test_no_drawing_library_is_loaded(self):
        """Text and JSON load neither matplotlib nor numpy."""
        code = (
            "import sys; from zapviz.commands.cli import main; main(['diff', 'reproducer'])\n"
            "heavy = {'matplotlib', 'ipywidgets', 'anywidget', 'numpy', 'IPython'}\n"
            "sys.exit(str(heavy & set(sys.modules) or ''))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True)
        assert done.stderr == b"\n"
