"""A scenario as it is given in Python: text, name, permalink, path, program, or none of these."""

from __future__ import annotations

import pathlib

import pytest

import zapviz
from zapviz.api.answers import answer_whole
from zapviz.api.races import choices
from zapviz.exercises.exercise import exercise_of
from zapviz.lab.verdict import program_of
from zapviz.scenario.given import given_source

TEXT = "N = anon(2)\nN[0] = 7\nmunmap(N)\n"

TAKERS = {
    "run": zapviz.run,
    "compare": lambda given: zapviz.compare(given, ["v5.17", "v6.12"]),
    "explore": zapviz.explore,
    "predict": zapviz.predict,
    "race": zapviz.race,
    "schedule": lambda given: choices(given, "v6.12"),
    "exercise": exercise_of,
    "lab": program_of,
}
"""Everything that takes a scenario."""

takers = pytest.mark.parametrize("take", TAKERS.values(), ids=TAKERS)


@pytest.fixture
def file(tmp_path):
    """A scenario in a file."""
    path = tmp_path / "hole.zap"
    path.write_text(TEXT)
    return path


class TestPath:
    """A file, given as a path."""

    def test_a_file_is_its_text(self, file):
        """Run, explored or asked about, it is what the text is."""
        assert zapviz.run(file).scenario == TEXT
        assert zapviz.explore(file).text == TEXT
        assert zapviz.predict(file).exercise.text == zapviz.predict(TEXT).exercise.text
        assert zapviz.compare(file, ["v5.17", "v6.12"]).traces[0].scenario == TEXT

    def test_an_error_names_the_file(self, file):
        """As on the command line: the file, the line and the column."""
        file.write_text("N = anon(2)\nN[7] = 1\n")
        for take in (zapviz.run, exercise_of, program_of):
            with pytest.raises(zapviz.ScenarioError) as caught:
                take(file)
            assert str(caught.value).startswith(f"{file}:2:1: error: N[7] goes past")

    def test_a_file_can_hold_a_permalink_or_a_mail(self, file):
        """Its kernel is taken, as from the text itself."""
        trace = zapviz.run(TEXT, "v5.17")
        for form in ("link", "mail"):
            file.write_text(str(trace.export(form)))
            assert zapviz.run(file).kernel.name == "v5.17"

    @takers
    def test_a_file_that_cannot_be_read(self, take, tmp_path):
        """Missing, a folder, or no text: one message, everywhere."""
        binary = tmp_path / "binary"
        binary.write_bytes(b"\xff\xfe\n")
        for path, said in (
            (tmp_path / "none.zap", "No such file"),
            (tmp_path, "directory"),
            (binary, "byte 0xff is not UTF-8 text"),
        ):
            with pytest.raises(zapviz.ZapvizError, match=said):
                take(path)

    def test_an_endless_file_is_given_up(self):
        """No more is read than a scenario could have."""
        with pytest.raises(zapviz.ZapvizError, match="the text is too long"):
            zapviz.run(pathlib.Path("/dev/zero"))


class TestUnfit:
    """What is no scenario."""

    @takers
    @pytest.mark.parametrize("given", [5, [TEXT], TEXT.encode(), object(), zapviz.kernel("v6.12")])
    def test_what_was_given_and_what_is_accepted(self, take, given):
        """The type is named, and so is what to give instead."""
        with pytest.raises(zapviz.ZapvizError) as caught:
            take(given)
        assert f"({type(given).__name__})" in str(caught.value)
        assert "pathlib.Path" in str(caught.value)

    def test_none_and_others(self, file):
        """No scenario, an open file, a comparison."""
        with pytest.raises(zapviz.ZapvizError, match="or a parsed program; not None"):
            zapviz.run(None)
        with file.open() as opened, pytest.raises(zapviz.ZapvizError, match="TextIOWrapper"):
            zapviz.explore(opened)
        with pytest.raises(zapviz.ZapvizError, match=r"\(Comparison\)"):
            zapviz.explore(zapviz.compare(TEXT, ["v5.17", "v6.12"]))

    @takers
    def test_a_file_name_as_text_says_how_a_file_is_given(self, take, file):
        """There or not, with or without the ending."""
        bare = file.rename(file.with_suffix(""))
        for name in (str(bare), "missing.zap", "./some where.zap"):
            with pytest.raises(zapviz.ZapvizError) as caught:
                take(name)
            assert f"give it as pathlib.Path({name!r})" in str(caught.value)

    def test_a_shipped_name_goes_before_a_file(self, tmp_path, monkeypatch):
        """As on the command line."""
        (tmp_path / "reproducer").write_text(TEXT)
        monkeypatch.chdir(tmp_path)
        assert zapviz.run("reproducer").scenario == zapviz.SCENARIOS["reproducer"].text

    def test_a_page_learns_nothing_of_the_files_here(self, file):
        """What a page asks is a text; whether such a file exists is not told."""
        for ask, more in (
            ("compare", {"kernels": ["v5.17", "v6.12"]}),
            ("trace", {}),
            ("exercise", {}),
        ):
            for name in (str(file), str(file) + "x"):
                request = {"ask": ask, "text": name, "scenario": name, **more}
                assert "pathlib" not in str(answer_whole(request, {}))

    def test_whatever_else_is_the_same_scenario(self):
        """One of SCENARIOS, its program, and a permalink."""
        shipped = zapviz.SCENARIOS["race-cow"]
        link = zapviz.run(shipped).permalink()
        for given in (shipped, shipped.program, link, "race-cow"):
            assert given_source(given).text == shipped.text
        assert zapviz.explore(zapviz.run(TEXT, "v5.17").permalink(2)).kernel == "v5.17"
        assert zapviz.explore(zapviz.run(TEXT, "v5.17").permalink(2)).step == 2
