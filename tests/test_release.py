"""What goes along with a release: completions, the manual, the citation, templates, notes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from zapviz.version import __version__

ROOT = Path(__file__).parent.parent
SHARE = ROOT / "share"


def read(name: str) -> str:
    """The text of a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


class TestShare:
    """What a shell and man know of the command line."""

    @pytest.mark.skipif(
        sys.version_info[:2] != (3, 11), reason="each Python words its help a little differently"
    )
    def test_is_what_the_parsers_give(self) -> None:
        """The command that writes it finds nothing to write."""
        if find_spec("shtab") is None and not os.environ.get("CI"):
            pytest.skip("shtab is not installed here (pip install shtab)")
        command = [sys.executable, "tools/share.py", "--check"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.parametrize(
        ("words", "offered"),
        [
            ("zapviz ra", ["race"]),
            ("zapviz run repro", ["reproducer"]),
            ("zapviz run reproducer --kernel v5.1", ["v5.10.y", "v5.17", "v5.18"]),
            ("zapviz run --cha", ["--chain"]),
            ("zapviz export reproducer sv", ["svg"]),
            ("zapviz export reproducer svg --theme pr", ["print"]),
            ("zapviz table --path trunc", ["truncate"]),
            ("zapviz lab wat", ["watch"]),
            ("zapviz run tests/expected/typ", ["tests/expected/typo.zap"]),
        ],
    )
    def test_bash_completes(self, words: str, offered: list[str]) -> None:
        """Commands, theirs, options, scenarios, kernels and files, in a real bash."""
        if shutil.which("bash") is None:
            pytest.skip("bash is not here")
        script = """source share/bash-completion/completions/zapviz
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
            _shtab_zapviz zapviz "${@: -1}" "${@: -2:1}"; printf '%s\\n' "${COMPREPLY[@]}" """
        done = subprocess.run(
            ["bash", "-c", script, "bash", *words.split()], cwd=ROOT, capture_output=True, text=True
        )
        assert done.stdout.split() == offered, done.stderr

    def test_the_manual_reads_well(self) -> None:
        """Man formats it without a complaint; each command is there."""
        if shutil.which("man") is None:
            pytest.skip("man is not here")
        done = subprocess.run(
            ["man", "--warnings", "-l", str(SHARE / "man/man1/zapviz.1")],
            capture_output=True,
            text=True,
            env={**os.environ, "MANWIDTH": "80", "MAN_KEEP_FORMATTING": ""},
        )
        assert done.returncode == 0
        assert done.stderr == ""
        text = re.sub(r".\x08|\x1b\[[0-9;]*m", "", done.stdout)
        for words in ("zapviz run", "zapviz lab watch", "--kernel K", "exit status"):
            assert words in text


class TestSaid:
    """What several files say is said alike."""

    def test_the_version(self) -> None:
        """Of the package, the citation, the newest notes."""
        assert yaml.safe_load(read("CITATION.cff"))["version"] == __version__
        newest = re.search(r"^## (\S+)", read("CHANGELOG.md"), re.M)
        assert newest is not None
        assert newest[1] == __version__

    def test_the_address(self) -> None:
        """Wherever the project's address stands, it is that of pyproject.toml."""
        about = tomllib.loads(read("pyproject.toml"))
        home = about["project"]["urls"]["Source"]
        assert yaml.safe_load(read("CITATION.cff"))["repository-code"] == home
        for rule in about["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"][
            "substitutions"
        ]:
            assert home in rule["replacement"]
        assert f"mybinder.org/v2/gh{urlsplit(home).path}/HEAD" in read("README.md")

    def test_who_reports_a_wrong_verdict_is_asked_for_a_permalink(self) -> None:
        """It is the first thing, and has to be there."""
        form = yaml.safe_load(read(".github/ISSUE_TEMPLATE/wrong-verdict.yml"))
        asked = [one for one in form["body"] if one["type"] != "markdown"]
        assert asked[0]["id"] == "permalink"
        assert asked[0]["validations"]["required"]

    def test_the_hooks_run_what_is_here(self) -> None:
        """Each is a command of the environment that make sets up."""
        hooks = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"][0]["hooks"]
        for hook in hooks:
            script = next(
                (word for word in hook["entry"].split() if word.startswith("tools/")), None
            )
            assert script is None or (ROOT / script).is_file()
