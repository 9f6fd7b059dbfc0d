"""What real kernels were seen to do: how often each rule was met, and on which kernel.

The lab writes ``evidence.csv`` (``zapviz lab conform --evidence``): one row for each rule, path,
entry class and kernel. The row counts how often a random scenario took this very step in the model
and the kernel then showed the same entries, results and data. No other conclusion is drawn: a row
says *seen*, its absence says *from the source only*.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import NamedTuple

from zapviz.data import read_data
from zapviz.kernels.chains import BY_PIDFD
from zapviz.kernels.known import Kernel

__all__ = ["LAB_KERNEL_OF", "Case", "load_evidence", "path_of", "seen_text", "times_seen"]

LAB_KERNEL_OF = {
    "v5.10.y": "5.10",
    "v5.17": "5.10-before-fix",
    "rfc-v2": "5.10-rfc-v2",
    "v6.1": "6.1",
    "v6.12": "6.12",
    "v6.18": "6.18",
    "v7.3": "7.3",
}
"""The lab's kernel that stands for each kernel of the model.

For v5.17 and RFC v2 that is 5.10 with one function as it was then.
"""


_SPOKEN = {"5.10-before-fix": "5.10 without the fix", "5.10-rfc-v2": "5.10 with RFC v2"}


class Case(NamedTuple):
    """The subject of a piece of evidence."""

    rule: str  # id of a Rule
    path: str  # see path_of()
    entry: str  # the class of the entry before the step


def path_of(chain: str) -> str:
    """Give the path that a pass belongs to: its chain's key without the part of the path, and
    without who called it.
    """
    chain = chain.removeprefix(BY_PIDFD)
    for part in ("-folio", "-cache", "-again", "-size", "-mark"):
        chain = chain.removesuffix(part)
    return chain


@cache
def load_evidence() -> dict[Case, dict[str, int]]:
    """Read all evidence: for each case, how often it was seen on each kernel of the lab."""
    table: dict[Case, dict[str, int]] = {}
    rows = csv.reader(read_data("zapviz.kernels", "evidence.csv").splitlines()[1:])
    for rule, path, entry, kernel, times in rows:
        table.setdefault(Case(rule, path, entry), {})[kernel] = int(times)
    return table


def times_seen(rule: str, path: str, entry: str) -> dict[str, int]:
    """Tell how often a case was seen, by kernel of the lab; empty: never."""
    return load_evidence().get(Case(rule, path, str(entry)), {})


def seen_text(kernel: Kernel, rule: str, path: str, entry: str) -> str:
    """Give the evidence for a step on a kernel, in a few words.

    A patched kernel has no evidence of its own; the text names the kernels that have.
    """
    times = times_seen(rule, path, entry)
    own = LAB_KERNEL_OF.get(kernel.name)
    if own is not None and own in times:
        return f"seen on {_SPOKEN.get(own, own)}"
    if times:
        others = ", ".join(_SPOKEN.get(name, name) for name in times)
        return f"seen on {others}; not run on {kernel.name}"
    return "from the source only"
