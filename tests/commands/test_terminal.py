"""Nothing of a stranger's reaches a terminal raw."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zapviz.commands.terminal import printable
from zapviz.scenario.permalink import format_permalink

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

EVIL = "\x1b]0;mine\x07\x1b[2J\u202egnp.\u2066\x9b31m\x7f\x08"
UNSAFE = [*"\x1b\x07\x9b\x7f\x08\u202e\u2066"]


def on_terminal(*arguments: str, text: str = "") -> str:
    """Run zapviz with a terminal as its output and its error output."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "zapviz", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        said = b""
        while True:
            try:
                chunk = os.read(ours, 1 << 16)
            except OSError:  # as Linux says that nobody writes any more
                break
            if not chunk:
                break
            said += chunk
    os.close(ours)
    return said.decode()


SCENARIO = f"# a title {EVIL}\nN = anon(1)  # and {EVIL}\nN[0] = 1\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "-"),
        ("run", "-", "--kernel", f"v5.17{EVIL}"),
        ("run", "-", "--rule", f"second_pass={EVIL}"),
        ("export", "-", "mail"),
        ("export", "-", "zap"),
        ("diff", "-", "--kernel", "v5.17", "--kernel", "v6.12"),
        (f"no-command{EVIL}",),
        ("run", f"no-file{EVIL}"),
        ("run", f"zapviz:1:{EVIL}:00000000"),
        ("run", format_permalink(SCENARIO, "v5.17")),
        ("lab", "run", "-", "--kernel", f"6.12{EVIL}"),
    ],
    ids=lambda arguments: " ".join(arguments)[:24].encode("ascii", "replace").decode(),
)
def test_a_terminal_gets_no_escapes(arguments: tuple[str, ...]) -> None:
    """In texts, titles, names and messages."""
    said = on_terminal(*arguments, text=SCENARIO)
    assert said
    assert [one for one in UNSAFE if one in said] == []


def test_a_file_gets_the_text_as_it_is() -> None:
    """What is piped or saved is not changed."""
    text = "# \u00fcber \u6f22\u5b57\nN = anon(1)\n"
    command = [sys.executable, "-m", "zapviz", "export", "-", "zap"]
    done = subprocess.run(command, input=text.encode(), capture_output=True)
    assert done.stdout.decode() == text


@given(st.text())
def test_what_is_printable_stays(text: str) -> None:
    """Letters of every script do; it is the same when done twice."""
    shown = printable(text)
    assert printable(shown) == shown
    assert [one for one in UNSAFE if one in shown] == []
    assert printable("Ünïcödé 漢字 العربية 😀\tx\n") == "Ünïcödé 漢字 العربية 😀\tx\n"
