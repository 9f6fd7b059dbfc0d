"""The scenarios that come with zapviz, each a text file with a title and a paragraph.

>>> scenario("reproducer").title
'The reproducer: truncated private data must not come back'
>>> "hole-punch" in SCENARIOS
True

They stand in the order in which a newcomer would read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from zapviz.data import read_data
from zapviz.errors import ZapvizError, choices_hint
from zapviz.model.program import Program
from zapviz.scenario.text import parse_scenario

__all__ = [
    "SCENARIOS",
    "Scenario",
    "UnknownScenarioError",
    "load_text",
    "named_or_text",
    "names",
    "scenario",
]

# Every file of the folder, in the order of listings.
_NAMES = (
    "reproducer",
    "hole-punch",
    "rfc-v2-flaw",
    "shared-private",
    "anonymous-zap",
    "four-paths-munmap",
    "four-paths-truncate",
    "four-paths-punch",
    "four-paths-dontneed",
    "hwpoison-hole",
    "hwpoison-truncate",
    "migration-punch",
    "race-punch",
    "race-truncate",
    "race-cow",
    "race-swap-out",
    "race-swap-punch",
    "race-punch-read",
    "race-dontneed",
    "race-munmap",
    "race-truncates",
    "race-invalidate",
    "swap-cache",
    "partial-truncate",
    "fault-around",
    "direct-write",
    "madv-remove",
    "madv-free",
    "mlock-dontneed",
    "markers",
    "guard-regions",
    "device-entries",
    "fork-copies",
    "fork-write",
    "fork-dontneed",
    "fork-swap",
    "fork-truncate",
    "fork-punch",
    "fork-hwpoison",
    "fork-wipe",
    "fork-free",
    "fork-uffd",
    "fork-guard",
    "race-fork-truncate",
    "race-fork-write",
)


class UnknownScenarioError(ZapvizError):
    """A name that no shipped scenario has."""


@dataclass(frozen=True)
class Scenario:
    """A scenario that comes with zapviz."""

    name: str
    text: str

    @cached_property
    def program(self) -> Program:
        """The program that the text describes."""
        return parse_scenario(self.text, f"{self.name}.zap")

    @property
    def title(self) -> str:
        """The first line of the text, without ``#``."""
        return self.program.title

    @property
    def about(self) -> str:
        """The paragraph of the text, on one line."""
        return " ".join(self.program.about)

    def __str__(self) -> str:
        return self.text


def names() -> tuple[str, ...]:
    """Give the names of all scenarios, in the order of listings."""
    return _NAMES


@cache
def scenario(name: str) -> Scenario:
    """Look up a shipped scenario.

    Raises:
        UnknownScenarioError: There is no such scenario; the message names the nearest one.
    """
    if name not in _NAMES:
        hint = choices_hint(name, _NAMES)
        raise UnknownScenarioError(f"there is no scenario '{name[:60]}'; {hint}")
    return Scenario(name, read_data("zapviz.scenario", f"shipped/{name}.zap"))


def load_text(name: str) -> str:
    """Read the text of a shipped scenario.

    Raises:
        UnknownScenarioError: There is no such scenario.
    """
    return scenario(name).text


def named_or_text(name_or_text: str) -> str:
    """Give a scenario's text, from the text itself or from a shipped scenario's name.

    A name is one word; whatever has a blank, a bracket or a line end is a text.

    Raises:
        UnknownScenarioError: It is a word, but no scenario's name.
    """
    word = name_or_text.strip()
    if word and word.replace("-", "").replace("_", "").replace(".", "").isalnum():
        return load_text(word)
    return name_or_text


class _Shipped(Mapping[str, Scenario]):
    """All shipped scenarios by name; each is read when it is first asked for."""

    def __getitem__(self, name: str) -> Scenario:
        if name not in _NAMES:
            raise KeyError(name)
        return scenario(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


SCENARIOS: Mapping[str, Scenario] = _Shipped()
"""Every scenario that comes with zapviz, by name."""
