"""What the README shows is what one gets."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import zapviz
from zapviz.commands.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def examples():
    """Every ``$ zapviz ...`` of the README, with the output shown; ``...`` stands for more."""
    for block in re.findall(r"^```console\n(.*?)^```", README, re.M | re.S):
        for command, output in re.findall(r"^\$ zapviz (.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
            yield pytest.param(command.split(), output, id=command)


@pytest.mark.parametrize(("arguments", "output"), list(examples()))
def test_commands_print_what_is_shown(arguments, output, capsys, monkeypatch):
    """Each command of the README gives the output below it."""
    monkeypatch.chdir(ROOT)
    main(arguments)
    out, err = capsys.readouterr()
    assert doctest.OutputChecker().check_output(output, out + err, doctest.ELLIPSIS), out + err


def test_the_python_example_runs():
    """The notebook example works, and its remarks tell the truth."""
    (code,) = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)
    names = {"zapviz": zapviz}
    exec(code, names)
    assert names["trace"].ok is True
    assert zapviz.run("reproducer", names["patched"]).ok is True


def test_a_checkout_runs_without_installing_anything():
    """The first command of the README needs Python alone: none of the packages of this one."""
    (command,) = re.findall(r"`python3 -m (zapviz [^`]*)`", README, re.M)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-S", "-m", *command.split()],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "They part at line 13" in done.stdout, done.stderr
    assert done.stderr == ""


def test_links_lead_somewhere():
    """Every file that the README and CONTRIBUTING.md point to is there."""
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)|src="([^":]+)"', text):
            path = ROOT / (target[0] or target[1])
            assert path.exists(), f"{name}: {path.name}"


def test_the_map_names_every_package():
    """CONTRIBUTING.md has each package and module of zapviz in its map."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"`(\w+)`", text[text.index("| package |") : text.index("**The contract")])
    )
    inside = {path.stem for path in (ROOT / "zapviz").glob("[a-z]*.py")}
    inside |= {path.parent.name for path in (ROOT / "zapviz").glob("*/__init__.py")}
    assert inside <= named
