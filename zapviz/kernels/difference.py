"""One rule in which kernels differ: which form it has from which release on, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["FIRST", "Difference", "Forms", "Version"]

Version = tuple[int, int]

Forms = tuple[tuple[Version, str | bool], ...]
"""A rule's values, each with the release from which it holds, oldest first."""

FIRST: Version = (5, 10)
"""The oldest kernel of the model; what came before it holds from there."""


@dataclass(frozen=True)
class Difference:
    """One rule that kernels differ in."""

    rule: str  # field of zapviz.kernels.known.Kernel
    since: str  # release in which it took today's form, or began to
    commit: str  # abbreviated hash, or "" where only the release is known
    sentence: str  # what it means
    forms: Forms

    def at(self, version: Version) -> str | bool:
        """The value that the rule had when a version was released, backports aside."""
        held = [value for release, value in self.forms if release <= version]
        return held[-1] if held else self.forms[0][1]

    @property
    def release(self) -> tuple[int, ...]:
        """``since`` as numbers, to be ordered by."""
        numbers = re.match(r"v(\d+(?:\.\d+)*)", self.since)
        assert numbers is not None, self.since
        return tuple(map(int, numbers[1].split(".")))
