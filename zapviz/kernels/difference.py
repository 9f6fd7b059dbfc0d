"""One rule in which kernels differ: its forms, the release of each, and the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from zapviz.words import joined

__all__ = ["FIRST", "Arrival", "Difference", "Forms", "Version"]

Version = tuple[int, int]

Forms = tuple[tuple[Version, str | bool], ...]
"""A rule's values, each with the release from which it holds, oldest first."""

FIRST: Version = (5, 10)
"""The release of the model's oldest kernel; a value that is older is listed as from here."""


class Arrival(NamedTuple):
    """A point release of a stable series in which a rule took a newer form.

    Source: the changelogs of the stable series, by the subject of the commit; Debian's changelogs
    repeat them.
    """

    series: Version  # (6, 1) of 6.1.149
    point: int  # 149 of 6.1.149
    value: str | bool  # the rule's form from then on
    commit: str = ""  # abbreviated hash in that series, or "" where only the release is known

    @property
    def release(self) -> str:
        """The point release, such as ``6.1.149``."""
        return f"{self.series[0]}.{self.series[1]}.{self.point}"


@dataclass(frozen=True)
class Difference:
    """A rule in which kernels differ."""

    rule: str  # the name of a field of zapviz.kernels.known.Kernel
    since: str  # the release in which it took today's form, or began to
    commit: str  # abbreviated hash, or "" where only the release is known
    sentence: str  # its meaning
    forms: Forms
    stable: tuple[Arrival, ...] = ()  # where stable series took a form of a later release

    def at(self, version: Version, point: int = 0) -> str | bool:
        """Give the value that the rule has in a release.

        Args:
            version: The release.
            point: The point release in its stable series; 0: the release itself.
        """
        held = [value for release, value in self.forms if release <= version]
        held += [one.value for one in self.stable if one.series == version and one.point <= point]
        return held[-1] if held else self.forms[0][1]

    def since_on(self, releases: Iterable[tuple[Version, int]]) -> str:
        """Give the release that brought today's form, and the point releases that brought it to
        others.

        Args:
            releases: The releases that are spoken of, each with its point release.
        """
        asked = tuple(releases)
        points = [
            one.release
            for one in self.stable
            if one.value == self.forms[-1][1]
            and any(one.series == series and one.point <= point for series, point in asked)
        ]
        if not points:
            return self.since
        return f"{self.since}, and {joined(points)} of the stable series"

    @property
    def stable_text(self) -> str:
        """The point releases in which stable series took a form; "" if none is known.

        A form that is not today's is named.
        """
        return ", ".join(
            one.release if one.value == self.forms[-1][1] else f"{one.release} ({one.value})"
            for one in self.stable
        )

    @property
    def release(self) -> tuple[int, ...]:
        """``since`` as numbers, which can be ordered."""
        numbers = re.match(r"v(\d+(?:\.\d+)*)", self.since)
        assert numbers is not None, self.since
        return tuple(map(int, numbers[1].split(".")))
