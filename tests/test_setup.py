"""The set-up: what pip, conda and make install agrees, and zapviz imports quickly."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import zapviz

ROOT = Path(__file__).parent.parent

# conda-forge's name for what pip calls otherwise; without a window toolkit.
CONDA_NAMES = {"matplotlib": "matplotlib-base"}


def read(name):
    """Give the text of a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def project():
    """Give the [project] table of pyproject.toml."""
    return tomllib.loads(read("pyproject.toml"))["project"]


def split(requirement):
    """Split ``name>=1.2`` into name and version condition."""
    name, condition = re.fullmatch(r"([\w.-]+)([<>=!~].*)?", requirement).groups()
    return name.lower(), condition or ""


def constrained():
    """Give what constraints.txt pins: name to version."""
    lines = [line for line in read("constraints.txt").split("\n") if line and line[0] != "#"]
    return {name.lower(): version for name, version in (line.split("==") for line in lines)}


def is_needed(requirement: Requirement) -> bool:
    """Whether this Python on this machine needs it, without any extra."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


class TestPackages:
    """pyproject.toml, environment.yml and constraints.txt."""

    def test_conda_installs_what_pip_installs(self):
        """environment.yml has the same packages and conditions, and zapviz itself."""
        given = yaml.safe_load(read("environment.yml"))
        assert given["name"] == "zapviz"
        assert given["channels"] == ["conda-forge", "nodefaults"]
        plain = [one for one in given["dependencies"] if isinstance(one, str)]
        packages = dict(split(one) for one in plain)
        packages.pop("pip")
        python = packages.pop("python")
        assert python.lstrip("=") in ("3.11", "3.12", "3.13")
        extras = project()["optional-dependencies"]
        wanted = dict(split(one) for one in [*project()["dependencies"], *extras["lab"]])
        assert packages == {CONDA_NAMES.get(name, name): at for name, at in wanted.items()}
        (by_pip,) = [one["pip"] for one in given["dependencies"] if isinstance(one, dict)]
        assert by_pip == ["-e ."]

    def test_everything_that_is_installed_is_pinned(self):
        """constraints.txt pins each requirement, and what those require in turn."""
        pinned = constrained()
        extras = project()["optional-dependencies"]
        todo = [*project()["dependencies"], *extras["lab"], *extras["test"], *extras["dev"]]
        seen = set()
        while todo:
            name = re.match(r"[\w.-]+", todo.pop()).group().lower().replace("_", "-")
            if name in seen or name == "zapviz":
                continue
            seen.add(name)
            try:
                needs = distribution(name).requires or []
            except PackageNotFoundError:
                continue  # for another Python or platform, or an extra not asked for
            assert name in {one.replace("_", "-") for one in pinned}, name
            todo += [need for need in needs if is_needed(Requirement(need))]

    def test_pins_meet_the_conditions(self):
        """A pinned version is no older than pyproject.toml asks for."""
        pinned = constrained()

        def number(version):
            return [int(part) for part in re.findall(r"\d+", version)]

        for requirement in project()["dependencies"]:
            name, condition = split(requirement)
            assert number(pinned[name]) >= number(condition), name

    def test_no_registry_is_named(self):
        """Where packages come from is the user's setting: no file names a place."""
        hosts = re.compile(
            r"index-url|find-links|://[^/\s]*(?:py" r"pi|pythonh" r"osted|npmj" r"s)"
        )
        named = ("pyproject.toml", "constraints.txt", "environment.yml", "Makefile", ".ci/run")
        for name in (*named, "package.json", "package-lock.json", ".npmrc"):
            assert not hosts.search(read(name)), name

    def test_everything_a_user_needs_is_in_the_package(self):
        """Scenarios, the widget's script and style sheet and the type marker come along."""
        package = files("zapviz")
        for path in (
            "py.typed",
            "scenario/shipped/reproducer.zap",
            "view/built/page.js",
            "view/view.css",
        ):
            assert package.joinpath(path).is_file(), path

    def test_the_version_is_the_changelogs(self):
        """The newest entry of the changelog is this version."""
        assert re.search(r"^## (\S+)", read("CHANGELOG.md"), re.M).group(1) == zapviz.__version__


class TestMake:
    """The Makefile, on machines that have less than it needs."""

    @pytest.fixture
    def bare(self, tmp_path):
        """Make a directory with the Makefile and a PATH of chosen programs only."""
        for name in ("Makefile", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, tmp_path)
        programs = tmp_path / "programs"
        programs.mkdir()
        for name in ("make", "sh", "id"):
            found = shutil.which(name)
            if found is None:
                pytest.skip(f"no {name} here")
            (programs / name).symlink_to(found)
        return tmp_path, programs

    def make(self, bare, *arguments):
        """Run make there."""
        root, programs = bare
        environment = {"PATH": str(programs), "HOME": str(root)}
        return subprocess.run(
            ["make", *arguments], cwd=root, env=environment, capture_output=True, text=True
        )

    def test_a_missing_python_is_explained(self, bare):
        """Without Python it says what it looked for and what to do."""
        done = self.make(bare, "install")
        assert done.returncode != 0
        assert "zapviz needs Python 3.11 or newer" in done.stderr
        assert "python3: not there" in done.stderr
        assert "PYTHON=/path/to/python3.11" in done.stderr

    def test_an_old_python_is_explained(self, bare):
        """An older Python is named with its version, and not used."""
        old = bare[1] / "python3"
        old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 || exit 1\n')
        old.chmod(0o755)
        done = self.make(bare, "install")
        assert done.returncode != 0
        assert "python3: Python 3.9.2" in done.stderr
        assert not (bare[0] / ".venv").exists()

    def test_every_job_is_listed(self, bare):
        """A bare ``make`` lists the jobs that there are."""
        listed = re.findall(r"^make (\w+)", self.make(bare).stdout, re.M)
        phony = re.search(r"^\.PHONY: help (.*)", read("Makefile"), re.M).group(1).split()
        assert listed == phony

    def test_flags_are_passed_on_to_jupyter(self, bare):
        """ARGS go to JupyterLab, which opens the start notebook."""
        root, _programs = bare
        (root / ".venv/bin").mkdir(parents=True)
        (root / ".venv/bin/python").touch()
        (root / ".venv/.installed").touch()
        for name in ("pyproject.toml", "constraints.txt"):
            os.utime(root / name, (0, 0))
        done = self.make(bare, "-n", "explore", "ARGS=--no-browser --port 9000")
        assert "-m jupyterlab" in done.stdout
        assert "/lab/tree/notebooks/start.ipynb --no-browser --port 9000" in done.stdout
        assert ("--allow-root" in done.stdout) == (os.geteuid() == 0)


class TestImport:
    """``import zapviz``."""

    def python(self, code):
        """Run some Python in a process of its own, and give what it prints."""
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def test_it_loads_nothing_until_something_is_used(self):
        """Importing zapviz is quick because it imports none of its own modules; see make bench."""
        code = "import sys, zapviz; print(*[name for name in sys.modules if 'zapviz' in name])"
        assert self.python(code) == "zapviz"

    def test_drawing_libraries_wait_until_something_is_drawn(self):
        """The model, the language and the texts need the standard library alone."""
        code = (
            "import sys, zapviz\n"
            "zapviz.run(zapviz.SCENARIOS['reproducer'].text).text()\n"
            "print(*sorted({name.split('.')[0] for name in sys.modules}))"
        )
        loaded = set(self.python(code).split())
        outside = loaded - set(sys.stdlib_module_names) - {"zapviz", "__main__"}
        plain = set(self.python("import sys; print(*sys.modules)").split())
        assert {name for name in outside if not name.startswith("_")} <= plain

    def test_every_public_name_can_be_had(self):
        """What __all__ promises is there, has a docstring, and nothing else is said to be."""
        for name in zapviz.__all__:
            assert getattr(zapviz, name) is not None, name
        assert set(zapviz.__all__) <= set(dir(zapviz))
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            _ = zapviz.nothing

    def test_type_checkers_see_the_same_names(self):
        """The imports under TYPE_CHECKING and the lazy ones name the same things."""
        tree = ast.parse(read("zapviz/__init__.py"))
        typed = {
            (alias.name, node.module)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module.startswith("zapviz.")
            for alias in node.names
        }
        assert typed == set(zapviz._HOME.items())


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not here")
def test_jupyterlab_says_its_version_without_a_traceback_of_node() -> None:
    """Its own script is no module, as our package.json would have it if nothing stood between."""
    if not Path(sys.prefix).is_relative_to(ROOT):
        pytest.skip("the environment is elsewhere: no package.json of ours is above it")
    command = [sys.executable, "-m", "jupyterlab", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0
    assert done.stderr == ""


def test_no_two_files_of_tests_have_one_name() -> None:
    """Their folders are no packages: of two with one name, a process finds the first alone."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert {name for name in names if names.count(name) > 1} == set()
