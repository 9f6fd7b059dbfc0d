"""The glossary: every word that a reader cannot know is explained."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, get_args

import pytest

import zapviz
from zapviz.decisions.cases import PATHS
from zapviz.kernels.chains import zap_details_field
from zapviz.kernels.known import KERNELS
from zapviz.model import faults, zap
from zapviz.model.program import COUNTERS
from zapviz.model.steps import Rule
from zapviz.model.world import LockKind
from zapviz.render.figure.state import _SIGN_WORDS
from zapviz.render.glossary import GLOSSARY, PAGE, SUBJECTS, as_page, glossary_json, term_of
from zapviz.render.palette import CLASSES, palette_json
from zapviz.scenario.library import SCENARIOS

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]

SHOWN_AS = {"shmem_falloc": "hole being punched"}
"""How a lock is called on the screen, where not by its kind."""


def spelled(text: str) -> bool:
    """Whether a text begins with a term."""
    return any(text.startswith(spelling) for term in GLOSSARY for spelling in term.spellings)


class TestEveryWordHasAnEntry:
    """What stands on the screen is in the glossary."""

    def test_counters(self) -> None:
        """By their name in the kernel, and as the language writes them."""
        for counter in COUNTERS:
            assert term_of(f"MM_{counter.upper()}") is term_of(f"rss.{counter}")
            assert term_of(counter).subject == "counters"

    def test_locks(self) -> None:
        """Each lock of the model."""
        for kind in get_args(LockKind):
            assert term_of(SHOWN_AS.get(kind, kind)).subject == "locks"

    def test_kinds_of_entries(self) -> None:
        """Each kind of cell, by the name in the legend."""
        for shown in CLASSES.values():
            assert term_of(shown.name), shown.name

    def test_fields_of_zap_details(self) -> None:
        """Those of every kernel, and those that only some passes have."""
        for kernel in KERNELS.values():
            name, _ = zap_details_field(kernel.version, even_cows=True)
            assert term_of(name).subject == "zaps"

    def test_what_shipped_scenarios_show(self) -> None:
        """Locks held, details of passes, evidence and what rows are, on every kernel."""
        for name in SCENARIOS:
            for kernel in KERNELS:
                record = zapviz.run(name, kernel).as_json()
                for one in record["passes"]:
                    for field in one["details"] or {}:
                        assert term_of(field).subject == "zaps"
                for step in record["steps"]:
                    assert all(map(spelled, step["locks"])), step["locks"]
                    assert step["evidence"] is None or spelled(step["evidence"])
                for row in record["rows"]:
                    words = row["detail"].removeprefix("private ").removeprefix("shared ")
                    assert spelled(words) or words.startswith("mapping of "), words


class TestOneNameForOneThing:
    """Views, pictures and texts call a thing by the glossary's name."""

    def test_a_private_page_is_called_so(self) -> None:
        """No reason, and no legend, has another name for it; copying is what is done."""
        reasons = [rule.reason for module in (zap, faults) for rule in rules_of(module)]
        meanings = [shown.meaning for shown in CLASSES.values()]
        paths = [" ".join(map(str, path)) for path in PATHS.values()]
        assert any("private page" in reason for reason in reasons)
        for said in (*reasons, *meanings, *paths):
            assert not re.search(r"private cop|COWed (page|cop)|anonymous page", said), said

    @pytest.mark.parametrize("name", SCENARIOS)
    def test_a_shipped_scenario_calls_it_so_too(self, name: str) -> None:
        """In its title and its comments."""
        assert not re.search(r"private cop|COWed (page|cop)", SCENARIOS[name].text, re.IGNORECASE)

    def test_no_reason_speaks_of_a_thread_that_it_does_not_name(self) -> None:
        """A bug is told by what goes wrong."""
        for module in (zap, faults):
            assert not [rule for rule in rules_of(module) if "the thread" in rule.reason]

    def test_the_entry_of_the_step_is_called_the_same_in_view_and_picture(self) -> None:
        """Both legends have the same words."""
        live = (ROOT / "zapviz/view/views/display.js").read_text(encoding="utf-8")
        assert f'signItem("zv-sign-now", "{_SIGN_WORDS["+now"]}")' in live


def rules_of(module: ModuleType) -> list[Rule]:
    """Give the rules that a module of the model has."""
    return [one for one in vars(module).values() if isinstance(one, Rule)]


class TestTheGlossaryItself:
    """Its form, and where it goes."""

    def test_no_spelling_stands_for_two_terms(self) -> None:
        """A word has one meaning."""
        spellings = [spelling for term in GLOSSARY for spelling in term.spellings]
        assert len(spellings) == len(set(spellings))

    def test_a_plain_sentence_comes_first(self) -> None:
        """It is a sentence, and names no function; then come the kernel's words."""
        for term in GLOSSARY:
            assert term.plain[0].isupper(), term.name
            assert term.plain.endswith("."), term.name
            assert "()" not in term.plain, term.name
            assert term.kernel.endswith("."), term.name

    def test_a_page_gets_all_of_it_with_the_palette(self) -> None:
        """Nothing of it is copied into the scripts."""
        given = palette_json()["glossary"]
        assert given == glossary_json()
        assert [one["words"][0] for one in given] == [term.name for term in GLOSSARY]

    def test_the_page_is_made_of_the_data(self, request: pytest.FixtureRequest) -> None:
        """``--refresh`` writes it anew; README and the site name it."""
        page = ROOT / PAGE
        if request.config.getoption("--refresh"):
            page.write_text(as_page(), encoding="utf-8")
        assert page.read_text(encoding="utf-8") == as_page()
        assert f"({PAGE})" in (ROOT / "README.md").read_text(encoding="utf-8")

    def test_each_term_has_its_line_of_the_page(self) -> None:
        """Under the heading of its subject."""
        page = as_page()
        for subject, heading in SUBJECTS.items():
            part = page.split(f"## {heading}\n")[1].split("\n## ")[0]
            for term in GLOSSARY:
                assert (f"**{term.name}**: {term.plain}" in part) == (term.subject == subject)
