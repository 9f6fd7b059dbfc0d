"""Which process of a scenario does what: who runs a statement, and who can tell what is asserted.

A process is known by its name, as ``C`` in ``C = fork()``; the one that the scenario begins with by
"". A mapping is known by its process's name and its own, as ``C.A``; a file is everybody's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from zapviz.model import program as p
from zapviz.model.conditions import parts

__all__ = ["Processes", "processes_of"]


@dataclass
class Processes:
    """The processes of a scenario, and what each has to do with its conditions."""

    forked: list[str] = field(default_factory=list)  # in their order
    reapers: dict[str, str] = field(default_factory=dict)
    """For each process that exit() ends the one whose child it is by then."""
    asked: dict[int, str | None] = field(default_factory=dict)
    """For each part of a condition, by its ``id()``, the process that can tell; None: each can."""
    ended: dict[int, str] = field(default_factory=dict)
    """For each part of a condition, by its ``id()``, that asks of a process which has ended, that
    process.  The first process tells of it.
    """
    unable: dict[int, str] = field(default_factory=dict)
    """For each statement, by its ``id()``, that cannot be done as processes are, why."""

    def of(self, condition: p.Condition) -> set[str]:
        """Give the processes without which nobody can tell whether a condition holds."""
        return {who for part in parts(condition) if (who := self.asked.get(id(part))) is not None}

    def teller(self, condition: p.Condition) -> str:
        """Give the process that tells whether a condition holds."""
        return next(iter(sorted(self.of(condition))), "")

    def split(self, condition: p.Condition) -> list[p.Condition]:
        """Split what is joined with ``and`` until each part is of one process, where it can be."""
        if isinstance(condition, p.All) and len(self.of(condition)) > 1:
            return [one for part in condition.parts for one in self.split(part)]
        return [condition]


def processes_of(program: p.Program) -> Processes:
    """Follow a scenario from fork to fork and from exit to exit."""
    found = Processes()
    files: set[str] = set()
    parents: dict[str, str] = {}
    ended: set[str] = set()
    for statement in program.statements:
        match statement:
            case p.Fork(name, of):
                found.forked.append(name)
                parents[name] = of
            case p.Exit(process) if process:
                # The children of a process that has ended are the first one's (a subreaper).
                found.reapers[process] = "" if parents[process] in ended else parents[process]
                ended.add(process)
            case p.NewFile(name):
                files.add(name)
            case p.NewMapping(name) | p.NewAnon(name) if (own := p.own_name(name)) in files:
                found.unable.setdefault(id(statement), f"is named as the file {own} is")
            case p.Assert(condition):
                for part in parts(condition):
                    _note(part, found, files, ended)
                if any(len(found.of(one)) > 1 for one in found.split(condition)):
                    found.unable.setdefault(
                        id(statement),
                        "is of several processes at once; each tells its part alone, so join the"
                        " parts with 'and' only",
                    )
            case _:
                pass
    return found


def _note(part: p.Condition, found: Processes, files: set[str], ended: set[str]) -> None:
    """Note which process can tell a part of a condition."""
    match part:
        case p.EntriesAre(pages) | p.DataIs(pages) if pages.name in files:
            found.asked[id(part)] = None
            return
        case p.EntriesAre(pages) | p.DataIs(pages) | p.CountIs(_, pages) | p.Exclusive(pages):
            who = p.owner_of(pages.name)
        case p.SwapCached(pages):
            who = p.owner_of(pages.name)
        case p.CounterIs(process=process):
            who = process
        case p.ResultIs(call):
            who = p.process_of(call) or ""
        case _:
            raise TypeError(f"{type(part).__name__} is made of parts")
    if who in ended:
        found.ended[id(part)] = who
        who = ""
    found.asked[id(part)] = who
