"""The command line: its contract, its exit status, and what it says when given rubbish."""

from __future__ import annotations

import array
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

import zapviz
from waiting import PATIENCE, eventually
from zapviz.commands.cli import main
from zapviz.render.glossary import GLOSSARY, SUBJECTS

HOLDS = "N = anon(2)\nN[0] = 7\nassert N[0] == anon\n"
FAILS = "N = anon(2)\nassert N[0] == anon\n"
COMMAND = [sys.executable, "-m", "zapviz"]


def run_zapviz(*arguments, given=b"", **options):
    """Run the command line as a process of its own, with bytes as standard input."""
    return subprocess.run(
        [*COMMAND, *arguments], input=given, capture_output=True, timeout=2 * PATIENCE, **options
    )


def waits_for_more(process):
    """Whether a process has read what it was given, and sleeps until there is more."""
    unread = array.array("i", [0])
    fcntl.ioctl(process.stdin, termios.FIONREAD, unread)
    state = Path(f"/proc/{process.pid}/stat")  # where there is none, having read is enough
    sleeps = not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "S"
    return unread[0] == 0 and sleeps


@pytest.fixture
def scenario(tmp_path):
    """Write a scenario file and give its name: ``scenario(text_or_bytes)``."""

    def write(content):
        path = tmp_path / "given.zap"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


class TestRun:
    """``zapviz run``."""

    def test_json_is_one_object_with_a_step_for_each_statement(self, scenario, capsys):
        """The form that other tools depend on: kernel, ok, and per statement the state after."""
        text = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[1] = 7\nftruncate(F, 1)\n"
        assert main(["run", scenario(text), "--kernel", "v6.12", "--json"]) == 0
        given = json.loads(capsys.readouterr().out)
        assert given["kernel"] == "v6.12"
        assert given["ok"] is True
        assert [step["text"] for step in given["steps"]] == text.strip().split("\n")
        assert given["steps"][2] == {
            "line": 3,
            "text": "A[1] = 7",
            "result": "0",
            "ptes": {"A": ["none", "anon"]},
            "rss": {"filepages": 0, "anonpages": 1, "swapents": 0, "shmempages": 0},
        }
        assert given["steps"][3]["ptes"] == {"A": ["none", "none"]}

    def test_the_text_form_is_printed_otherwise(self, scenario, capsys):
        """Without --json the readable trace is printed, and nothing else."""
        assert main(["run", scenario(HOLDS)]) == 0
        out, err = capsys.readouterr()
        assert out == zapviz.run(HOLDS).text() + "\n"
        assert err == ""

    def test_exit_status_tells_whether_the_assertions_hold(self, scenario):
        """0 where all hold, 1 where one fails, with --json too."""
        assert main(["run", scenario(HOLDS)]) == 0
        assert main(["run", scenario(FAILS)]) == 1
        assert main(["run", scenario(FAILS), "--json"]) == 1

    def test_a_kernel_can_be_chosen(self):
        """The reproducer holds since the fix and fails before it."""
        assert main(["run", "reproducer", "--kernel", "v5.18"]) == 0
        assert main(["run", "reproducer", "--kernel", "v5.17"]) == 1

    def test_standard_input_is_a_file_too(self):
        """``-`` reads the scenario from standard input, to the same effect."""
        done = run_zapviz("run", "-", given=HOLDS.encode())
        assert done.returncode == 0
        assert done.stdout.decode() == zapviz.run(HOLDS).text() + "\n"

    def test_a_name_goes_before_a_file(self, tmp_path, monkeypatch, capsys):
        """A scenario that comes along is meant by its name; ./NAME is the file."""
        (tmp_path / "reproducer").write_text("# mine\n" + HOLDS)
        monkeypatch.chdir(tmp_path)
        assert main(["run", "reproducer"]) == 0
        assert "mine" not in capsys.readouterr().out
        assert main(["run", "./reproducer"]) == 0
        assert capsys.readouterr().out.startswith("mine\n")

    def test_more_can_be_told(self, capsys):
        """--chain adds call chains and locks, --steps every step."""
        main(["run", "hole-punch"])
        short = capsys.readouterr().out
        main(["run", "hole-punch", "--chain"])
        chained = capsys.readouterr().out
        main(["run", "hole-punch", "--steps"])
        stepped = capsys.readouterr().out
        assert "calls: " not in short
        assert "calls: " in chained
        assert "locks: " in chained
        assert len(stepped) > len(short)


class TestBadInput:
    """Whatever is given: one message on standard error, status 2, no traceback."""

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "given.zap:1:1: error: "),
            (b"# nothing but a remark\n", "given.zap:"),
            (b"F = shmem(2)\nfalocate(F)\n", "did you mean 'fallocate'?"),
            (b"F = shmem(2)\nA = mmap(F, MAP_PRIVAT)\n", "did you mean 'MAP_PRIVATE'?"),
            (b"F = shmem(2)\nA = mmap(F[0:3], MAP_SHARED)\n", "given.zap:2:"),
            (b"N = anon(2)\nN[0:3] = 1\n", "given.zap:2:"),
            (b"N = anon(100000)\n", "256"),
            (b"N = anon(2)\n\xff\xfe\n", "given.zap:2:1: error: byte 0xff is not UTF-8 text"),
            (b"\xff\xfeN\x00 \x00=\x00", "is not UTF-8 text"),
            (b"N = anon(2)\n" * 200_000, "too long"),
            (b"\x00" * 5000, "given.zap:"),
            (b"(" * 60_000, "given.zap:"),
            ("# " + "\u00e9" * 600_000, "too long"),
        ],
    )
    def test_a_wrong_file_gets_one_message(self, scenario, capsys, content, said):
        """Wrong text is located; what is no text at all is refused."""
        assert main(["run", scenario(content)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert said in err
        assert err.count(": error: ") == 1
        assert "Traceback" not in err

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["run", "reproduser"], "did you mean 'reproducer'?"),
            (["run", "holepunch.zap"], "did you mean 'hole-punch'?"),
            (["run", "no/such/thing"], "there is no file and no scenario"),
            (["run", "."], "Is a directory"),
            (["run", "a\0b"], "cannot read"),
            (["run", ""], "there is no file and no scenario"),
            (["run", "reproducer", "--kernel", "v517"], "did you mean 'v5.17'?"),
            (["run", "reproducer", "--kernel", ""], "there is no kernel ''"),
            (["run", "reproducer", "--jason"], "--jason"),
            (["run"], "FILE|NAME"),
            (["runn", "reproducer"], "did you mean 'run'?"),
            (["--kernel", "v6.1"], "error: "),
        ],
    )
    def test_a_wrong_call_gets_one_message(self, capsys, arguments, said):
        """Unknown names suggest the nearest; the call is never half done."""
        try:
            status = main(arguments)
        except SystemExit as end:  # how argparse ends
            status = end.code
        assert status == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert said in err
        assert err.count("error: ") == 1

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
    def test_a_file_that_may_not_be_read(self, scenario, capsys):
        """The reason is the operating system's."""
        path = scenario(HOLDS)
        os.chmod(path, 0)
        assert main(["run", path]) == 2
        assert "Permission denied" in capsys.readouterr().err

    def test_an_endless_file_is_given_up(self):
        """A device that never ends is read no further than a scenario could be long."""
        done = run_zapviz("run", "/dev/zero")
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr

    def test_a_name_of_undecodable_bytes(self):
        """A file name need not be UTF-8; the message can be printed all the same."""
        done = run_zapviz("run", b"no-\xff-such")
        assert done.returncode == 2
        assert b"there is no file" in done.stderr
        assert b"Traceback" not in done.stderr


class TestProcess:
    """How it behaves among other programs."""

    def test_a_reader_that_has_seen_enough_is_no_error(self):
        """A closed pipe ends it quietly."""
        with subprocess.Popen(
            [*COMMAND, "scenarios"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            process.stdout.close()
            assert process.stderr.read() == b""
            process.wait(PATIENCE)

    def test_a_full_disk_is_one_message(self):
        """Where the output cannot be written, it says so and ends with 2."""
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [*COMMAND, "run", "reproducer"], stdout=full, stderr=subprocess.PIPE
            )
        assert done.returncode == 2
        assert done.stderr == b"zapviz: error: No space left on device\n"

    def test_control_c_is_told_in_one_line(self):
        """Interrupted while it waits for input, it ends without a traceback."""
        with subprocess.Popen(
            [*COMMAND, "run", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            process.stdin.write(b"# to be continued")
            process.stdin.flush()
            eventually(lambda: waits_for_more(process), True)
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 130
            said = process.stderr.read()
            assert said.startswith(b"zapviz run: stopped by Ctrl-C; ")
            assert said.count(b"\n") == 1

    def test_output_is_ascii_in_any_locale(self):
        """Everything printed is 7-bit, so that no locale can break it."""
        plain = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
        for arguments in (
            ["scenarios"],
            ["kernels"],
            ["glossary"],
            ["--help"],
            ["run", "reproducer"],
        ):
            done = run_zapviz(*arguments, env=plain)
            assert done.returncode == 0, done.stderr
            assert done.stdout.isascii()

    def test_no_drawing_library_is_loaded(self):
        """Running a scenario loads neither matplotlib nor the widgets."""
        code = (
            "import sys; from zapviz.commands.cli import main; main(['run', 'reproducer'])\n"
            "heavy = {'matplotlib', 'ipywidgets', 'anywidget', 'numpy', 'IPython'}\n"
            "sys.exit(str(heavy & set(sys.modules) or ''))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True)
        assert done.stderr == b"\n"


class TestLists:
    """``zapviz scenarios``, ``zapviz kernels`` and the help."""

    def test_every_scenario_is_listed_with_its_title(self, capsys):
        """Name, title and paragraph of each, within 72 columns."""
        assert main(["scenarios"]) == 0
        lines = capsys.readouterr().out.split("\n")
        for name, scenario in zapviz.SCENARIOS.items():
            assert name in lines
            assert f"  {scenario.title}" in lines
        assert max(map(len, lines)) <= 72

    def test_every_kernel_is_listed(self, capsys):
        """Each kernel with its title, and what differs with its commit."""
        assert main(["kernels"]) == 0
        out = capsys.readouterr().out
        for name in zapviz.KERNELS:
            assert f"\n{name} " in f"\n{out}"
        assert "5abfd71d936a" in out
        listed = out.partition("What differs")[2]
        releases = [
            tuple(map(int, one.split("."))) for one in re.findall(r"(?m)^v(\d[\d.]*)", listed)
        ]
        assert len(releases) == len(zapviz.kernels.known.DIFFERENCES)
        assert releases == sorted(releases)
        assert max(map(len, out.split("\n"))) <= 72

    def test_the_glossary_has_every_word(self, capsys):
        """All of them by subject, within 72 columns, or those asked for; another is an error."""
        assert main(["glossary"]) == 0
        lines = capsys.readouterr().out.split("\n")
        assert {term.name for term in GLOSSARY} <= set(lines)
        assert set(SUBJECTS.values()) <= set(lines)
        assert max(map(len, lines)) <= 72
        assert main(["glossary", "COWed", "i_size"]) == 0
        out = capsys.readouterr().out
        assert "private page\n  A page of a process that no file has" in out
        assert "\ni_size\n" in out
        assert "mmap_lock" not in out
        assert main(["glossary", "even_cow"]) == 2
        assert "did you mean 'even_cows'?" in capsys.readouterr().err

    def test_help_has_examples_that_work(self, capsys):
        """Every example of the help that needs no file of one's own runs."""
        with pytest.raises(SystemExit):
            main(["--help"])
        out = capsys.readouterr().out
        examples = [
            line.split("  ")[1].split()[1:]
            for line in out.split("\n")
            if line.startswith("  zapviz ") and "hole.zap" not in line and " lab " not in line
        ]
        assert len(examples) >= 3
        for words in examples:
            assert main(words) in (0, 1), words

    def test_without_a_command_the_help_is_shown(self, capsys):
        """A bare ``zapviz`` says what there is, and that something is missing."""
        assert main([]) == 2
        assert "commands:" in capsys.readouterr().err

    def test_the_version_is_told(self, capsys):
        """``zapviz --version``."""
        with pytest.raises(SystemExit) as end:
            main(["--version"])
        assert end.value.code == 0
        assert capsys.readouterr().out == f"zapviz {zapviz.__version__}\n"
