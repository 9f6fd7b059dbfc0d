"""Links that leave the site: the thread, commits, the source of a function at a kernel's tag.

Nothing of another host is loaded; a reader who follows such a link goes there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple

from zapviz.api.comparisons import compare
from zapviz.comparison.partings import Cause
from zapviz.kernels.known import KERNELS

__all__ = ["FIX", "THREAD", "Decided", "causes_in", "commit", "decided_in", "source"]

THREAD: Final = "https://lore.kernel.org/all/20211115134951.85286-2-peterx@redhat.com/T/"
"""The thread that zapviz began with: [PATCH RFC v2 1/2], and what was answered to it."""

FIX: Final = "5abfd71d936a"
"""The commit that it ended in."""

_SOURCE: Final = re.compile(r"(\w+)\(\), ([\w/.-]+), (\S+)")


class Decided(NamedTuple):
    """A function that decides, with the file that has it, and where to read it."""

    function: str
    file: str
    at: tuple[tuple[str, str], ...]  # a kernel's name, and the address of its source


def commit(abbreviated: str) -> str:
    """Give the address of a commit of the mainline kernel."""
    return f"https://git.kernel.org/linus/{abbreviated}"


def source(function: str, kernel: str) -> str:
    """Give the address of a function at the tag of the release that a kernel stands for."""
    return f"https://elixir.bootlin.com/linux/v{KERNELS[kernel].release}/A/ident/{function}"


def decided_in(traces: Mapping[str, Any]) -> list[Decided]:
    """Give the functions that decide entries in a scenario's traces, those by kernel's name."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for kernel, trace in traces.items():
        for step in trace["steps"]:
            said = _SOURCE.match(step["source"] or "")
            if said is not None and step["verdict"] in ("zapped", "kept"):
                found.setdefault((said[1], said[2]), {})[kernel] = source(said[1], kernel)
    return [Decided(*place, tuple(at.items())) for place, at in found.items()]


def causes_in(name: str, right: Mapping[str, bool]) -> list[Cause]:
    """Give the rules, each with its commit, that make a scenario come out otherwise.

    Args:
        name: The scenario.
        right: By kernel, oldest first, whether its assertions hold there.
    """
    found: dict[str, Cause] = {}
    for one, other in pairwise(right):
        if right[one] == right[other]:
            continue
        for parting in compare(name, [one, other]).partings:
            found |= {cause.rule: cause for cause in parting.causes if cause.difference.commit}
    return list(found.values())
