"""The scenarios that come with zapviz: listed, readable, and well formed."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from zapviz.errors import ZapvizError
from zapviz.model import program as p
from zapviz.scenario.library import (
    SCENARIOS,
    Scenario,
    UnknownScenarioError,
    load_text,
    names,
    scenario,
)
from zapviz.scenario.text import format_scenario, parse_scenario


def test_every_file_is_listed() -> None:
    """The listing names each file of the folder once."""
    found = {path.name for path in files("zapviz.scenario").joinpath("shipped").iterdir()}
    assert {f"{name}.zap" for name in names()} == found
    assert len(set(names())) == len(names())
    assert tuple(SCENARIOS) == names()


@pytest.mark.parametrize("name", names())
class TestEach:
    """What holds for each scenario."""

    def test_form(self, name: str) -> None:
        """A short name, plain ASCII of at most 72 columns, a title and a short paragraph."""
        shipped = SCENARIOS[name]
        assert isinstance(shipped, Scenario)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert len(name) <= 20
        assert shipped.text.isascii()
        assert shipped.text.endswith("\n")
        assert all(len(line) <= 72 for line in shipped.text.splitlines())
        assert shipped.title
        assert not shipped.title.endswith(".")
        assert 1 <= len(shipped.program.about) <= 4
        assert shipped.about.endswith(".")

    def test_asserts_something(self, name: str) -> None:
        """Each says what must hold, at its end too."""
        assert isinstance(SCENARIOS[name].program.statements[-1], p.Assert)

    def test_printed_form(self, name: str) -> None:
        """Printing and parsing gives the same scenario."""
        program = SCENARIOS[name].program
        assert parse_scenario(format_scenario(program)) == program

    def test_load(self, name: str) -> None:
        """Text and listing agree."""
        assert load_text(name) == SCENARIOS[name].text == str(scenario(name))


def test_titles_differ() -> None:
    """No two scenarios are listed under the same title."""
    assert len({SCENARIOS[name].title for name in names()}) == len(names())


def test_unknown_name() -> None:
    """A name misspelt suggests the nearest; one like no other lists them all."""
    with pytest.raises(UnknownScenarioError) as caught:
        load_text("holepunch")
    assert str(caught.value) == "there is no scenario 'holepunch'; did you mean 'hole-punch'?"
    assert isinstance(caught.value, ZapvizError)
    with pytest.raises(UnknownScenarioError, match="expected one of reproducer, hole-punch, "):
        scenario("xyz")
    assert "xyz" not in SCENARIOS
    assert SCENARIOS.get("xyz") is None
