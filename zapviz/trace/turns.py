"""The steps of a schedule: what each CPU took, and what it could have taken."""

from __future__ import annotations

from typing import NamedTuple

from zapviz.model.steps import Step

__all__ = ["Choice", "Turn"]


class Choice(NamedTuple):
    """A step that a CPU could take next."""

    cpu: int
    text: str  # the statement that it is in
    doing: str  # what it would do, in a few words
    steps: tuple[Step, ...]  # what would be seen of it; empty where it finds nothing to do
    waits: bool = False  # whether it has to wait instead: another CPU holds the lock


class Turn(NamedTuple):
    """One step of a schedule, and where it stands in the trace."""

    cpu: int  # -1: none was taken, the schedule ends before the CPUs do
    line: int  # of the statement that it is in; 0 where none was taken
    before: int  # the state before it
    after: int  # the state after it; the same where nothing is seen of it
    open: tuple[Choice, ...]  # every CPU's next step at that point; empty unless asked for
