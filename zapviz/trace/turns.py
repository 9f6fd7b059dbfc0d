"""The steps of a schedule: what each CPU did, and what it could have done."""

from __future__ import annotations

from typing import NamedTuple

from zapviz.model.steps import Step

__all__ = ["Choice", "Turn"]


class Choice(NamedTuple):
    """A step that a CPU could take next."""

    cpu: int
    text: str  # the statement that the step is in
    doing: str  # the step in a few words
    steps: tuple[Step, ...]  # what would be seen of the step; empty where it finds nothing to do
    waits: bool = False  # whether the CPU has to wait instead, for a lock that another CPU holds


class Turn(NamedTuple):
    """One step of a schedule, and where it stands in the trace."""

    cpu: int  # -1: no step was taken, since the schedule ends before the CPUs do
    line: int  # of the statement that the step is in; 0 where none was taken
    before: int  # the state before it
    after: int  # the state after it; the same where the step changes nothing visible
    open: tuple[Choice, ...]  # every CPU's next step at that point; empty unless asked for
