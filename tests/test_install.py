"""The wheel in an empty environment, and the commands that it brings: notebooks, app."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

import zapviz
from zapviz.commands.cli import main
from zapviz.commands.notebooks import chapters

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built as pip builds it from the repository, without the network."""
    if find_spec("hatchling") is None and not os.environ.get("CI"):
        pytest.skip("hatchling is not installed here (pip install hatchling)")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check",
            "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(ROOT),
        ],
        check=True,
    )  # fmt: skip
    [built] = folder.glob("zapviz-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with the wheel and nothing else: ``installed(*arguments)`` runs zapviz."""
    root = tmp_path_factory.mktemp("empty")
    venv.create(root / "venv", with_pip=False)
    programs = root / "venv" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run(
        [
            sys.executable, "-m", "pip", f"--python={programs / 'python'}", "install", "--quiet",
            "--disable-pip-version-check", "--no-deps", "--no-index", str(wheel),
        ],
        check=True,
    )  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*arguments, cwd=root):
        return subprocess.run(
            [programs / "zapviz", *map(str, arguments)],
            cwd=cwd, env=environment, capture_output=True, text=True,
        )  # fmt: skip

    run.python = lambda program: subprocess.run(
        [programs / "python", program],
        cwd=root, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return run


class TestWheel:
    """``pip install zapviz``, then without any other package."""

    def test_an_index_shows_no_link_that_leads_nowhere(self, wheel):
        """There are no other files around what an index shows."""
        with zipfile.ZipFile(wheel) as archive:
            [about] = [name for name in archive.namelist() if name.endswith("METADATA")]
            shown = archive.read(about).decode("utf-8")
        links = re.findall(r"\]\(([^)]+)\)", shown) + re.findall(r'(?:src|href)="([^"]+)"', shown)
        assert len(links) > 10
        assert [link for link in links if not link.startswith(("http", "#"))] == []

    def test_a_shell_and_man_find_what_they_look_for(self, wheel):
        """Beside bin/."""
        with zipfile.ZipFile(wheel) as archive:
            names = [name.partition(".data/data/")[2] for name in archive.namelist()]
        assert "share/man/man1/zapviz.1" in names
        assert "share/bash-completion/completions/zapviz" in names
        assert "share/zsh/site-functions/_zapviz" in names

    def test_a_scenario_runs(self, installed):
        """The model, the language and the scenarios need the standard library alone."""
        done = installed("run", "reproducer", "--json")
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["ok"] is True

    def test_the_chapters_come_along(self, installed, tmp_path):
        """Every chapter is copied, as it is in the repository."""
        done = installed("notebooks", tmp_path / "here", "--no-open")
        assert (done.returncode, done.stderr) == (0, "")
        copied = sorted((tmp_path / "here").iterdir())
        assert [path.name for path in copied] == [path.name for path in NOTEBOOKS]
        assert [path.read_bytes() for path in copied] == [path.read_bytes() for path in NOTEBOOKS]

    def test_what_is_missing_is_named(self, installed, tmp_path):
        """JupyterLab and Voila, with what brings them; the chapters are there all the same."""
        done = installed("notebooks", tmp_path / "here")
        assert done.returncode == 2
        assert "pip install 'zapviz[lab]'" in done.stderr and "Traceback" not in done.stderr
        assert len(list((tmp_path / "here").iterdir())) == len(NOTEBOOKS)
        done = installed("app")
        assert done.returncode == 2
        assert "pip install 'zapviz[app]'" in done.stderr

    @pytest.mark.parametrize("form", ["text", "mail", "html", "c", "link", "json", "zap"])
    def test_words_pages_and_programs_need_nothing_more(self, installed, form):
        """Every form of export that is not a picture."""
        done = installed("export", "reproducer", form)
        assert done.returncode == 0
        assert done.stdout or done.stderr.startswith("wrote reproducer.")

    def test_a_vector_picture_needs_nothing_more(self, installed, tmp_path):
        """It is laid out and written without any library, and is the same file with them."""
        done = installed("export", "reproducer", "svg", "-o", tmp_path / "x.svg")
        assert done.returncode == 0
        assert (tmp_path / "x.svg").read_text() == zapviz.run("reproducer").export("svg")

    @pytest.mark.parametrize("form", ["png", "gif"])
    def test_pictures_say_what_they_need(self, installed, tmp_path, form):
        """In one line, with the command that brings it, and status 2; no file is left."""
        done = installed("export", "reproducer", form, "-o", tmp_path / f"x.{form}")
        assert done.returncode == 2
        assert "pip install matplotlib" in done.stderr and done.stderr.count("\n") == 1
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        "command",
        [
            ("race", "race-punch"),
            ("table", "--entry", "swap", "--kernel", "v6.12"),
            ("exercises", "--level", "1"),
            ("glossary",),
            ("kernels",),
            ("lab", "kernels"),
            ("scenarios",),
        ],
    )
    def test_every_other_command_works(self, installed, command):
        """Races, the table, exercises, lists."""
        done = installed(*command)
        assert (done.returncode, done.stderr) == (0, "")

    def test_python_says_what_a_view_needs(self, installed, tmp_path):
        """A trace in a notebook is shown all the same, as a vector picture."""
        program = tmp_path / "program.py"
        program.write_text(
            "import zapviz\n"
            "print(list(zapviz.run('reproducer')._repr_mimebundle_()))\n"
            "for make in (lambda: zapviz.explore(), lambda: zapviz.run('reproducer').figure()):\n"
            "    try: make()\n"
            "    except zapviz.ZapvizError as error: print(error)\n"
        )
        shown, view, picture = installed.python(program).stdout.splitlines()
        assert shown == "['text/plain', 'text/html', 'application/vnd.zapviz+json']"
        assert view.endswith("pip install anywidget ipywidgets")
        assert "pip install matplotlib" in picture


class TestInANotebook:
    """``pip install zapviz``: what a widget library needs, and no JupyterLab."""

    def test_no_view_needs_jupyterlab(self):
        """Widgets, stills and all are there where it is not to be had, as in a browser's Python."""
        program = (
            "import sys\n"
            "for name in ('jupyterlab', 'jupyter_server', 'notebook'): sys.modules[name] = None\n"
            "import zapviz\n"
            "for make in (zapviz.explore, zapviz.explore_table, zapviz.predict,\n"
            "             lambda: zapviz.show('reproducer')):\n"
            "    assert 'text/html' in make()._repr_mimebundle_()[0]\n"
        )
        subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)

    def test_a_live_view_needs_no_matplotlib(self):
        """Its still is a vector picture, then."""
        program = (
            "import sys\n"
            "for name in ('matplotlib', 'numpy', 'PIL'): sys.modules[name] = None\n"
            "import zapviz\n"
            "data, _ = zapviz.explore('hole-punch')._repr_mimebundle_()\n"
            "assert 'application/vnd.jupyter.widget-view+json' in data\n"
            "assert 'data:image/svg+xml' in data['text/html']\n"
        )
        subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


class TestNotebooks:
    """``zapviz notebooks``, from the repository."""

    def test_it_finds_the_repositorys_chapters(self):
        """Installed in editable form it copies those that are being edited."""
        assert chapters() == NOTEBOOKS

    def test_a_file_that_is_there_is_never_written_over(self, tmp_path, capsys):
        """What somebody wrote stays; the others are copied; both are said."""
        mine = tmp_path / NOTEBOOKS[0].name
        mine.write_text("my own notes")
        assert main(["notebooks", str(tmp_path), "--no-open"]) == 0
        assert mine.read_text() == "my own notes"
        said = capsys.readouterr().out
        assert f"{mine}: already there, left as it is" in said
        assert f"{tmp_path / NOTEBOOKS[1].name}: copied" in said

    def test_a_folder_that_cannot_be_is_explained(self, tmp_path, capsys):
        """A file in the way is named."""
        (tmp_path / "file").write_text("")
        assert main(["notebooks", str(tmp_path / "file"), "--no-open"]) == 2
        assert "cannot copy the chapters to" in capsys.readouterr().err

    def test_jupyterlab_is_opened_on_the_first_chapter(self, tmp_path, monkeypatch):
        """In the folder, on the address that Jupyter chooses: this machine's own."""
        called = []
        monkeypatch.setattr(
            "zapviz.commands.notebooks._become", lambda line: called.append(line) or 0
        )
        main(["notebooks", str(tmp_path), "--no-browser"])
        [line] = called
        assert line[:3] == [sys.executable, "-m", "jupyterlab"]
        assert f"--notebook-dir={tmp_path.resolve()}" in line
        assert "--LabApp.default_url=/lab/tree/start.ipynb" in line
        assert "--no-browser" in line and not [word for word in line if "ip=" in word]
