"""One rule in which kernels differ: its forms, the release of each, and the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["FIRST", "Difference", "Forms", "Version"]

Version = tuple[int, int]

Forms = tuple[tuple[Version, str | bool], ...]
"""A rule's values, each with the release from which it holds, oldest first."""

FIRST: Version = (5, 10)
"""The release of the model's oldest kernel; a value that is older is listed as from here."""


@dataclass(frozen=True)
class Difference:
    """A rule in which kernels differ."""

    rule: str  # the name of a field of zapviz.kernels.known.Kernel
    since: str  # the release in which it took today's form, or began to
    commit: str  # abbreviated hash, or "" where only the release is known
    sentence: str  # its meaning
    forms: Forms

    def at(self, version: Version) -> str | bool:
        """Give the value that the rule had when a version was released, leaving backports aside."""
        held = [value for release, value in self.forms if release <= version]
        return held[-1] if held else self.forms[0][1]

    @property
    def release(self) -> tuple[int, ...]:
        """``since`` as numbers, which can be ordered."""
        numbers = re.match(r"v(\d+(?:\.\d+)*)", self.since)
        assert numbers is not None, self.since
        return tuple(map(int, numbers[1].split(".")))
