"""One interleaving as the CPU0/CPU1 ladder of kernel mails: 72 columns, 7-bit ASCII.

Time goes down; each CPU has a column; what happens within a call stands deeper than the
call.  The locks that a call or a pass takes as it begins have a line of their own.  Before what
is done stands the function that does it, under the name that it has in the run's kernel.  Remarks
after ``//`` say what a step did to an entry, and why where that decides.

>>> exploration = zapviz.race("race-punch")
>>> print(format_ladder(exploration.trace((1, 1, 1, 0)), legend=False))
CPU0:                               CPU1:
-----                               -----
                                    migrate(A[0])
                                      folio_isolate_lru(): isolate A[0]
                                      migrate_folio_unmap():
                                        lock the folio of A[0]
                                      try_to_migrate_one():
                                        A[0]: anon -> migration
fallocate(F, FALLOC_FL_PUNCH_HOLE)
  inode_lock(): lock i_rwsem of F
  shmem_fallocate(): lock hole of F
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from zapviz.kernels.chains import call_chain, source
from zapviz.model.locks import called_for
from zapviz.render.text.lines import WIDTH, ascii_only
from zapviz.render.text.trace import format_state
from zapviz.trace.held import own_locks
from zapviz.trace.record import Json, record_of
from zapviz.trace.run import Run
from zapviz.trace.state import Replay

__all__ = ["format_ladder"]

_TOLD: Final = frozenset({"zap", "fault", "map", "reclaim", "poison", "migrate", "mark", "cache"})


def format_ladder(trace: Run | Json, *, reasons: bool = False, legend: bool = True) -> str:
    """Write the CPUs' steps side by side, without a newline at the end.

    Args:
        trace: A run of one interleaving, or its record. A record does not tell which functions take
            and release locks.
        reasons: Whether to say why each entry was zapped or kept, once for each rule.
        legend: Whether to add the page strips before and after.
    """
    names = _Names(trace)
    trace = record_of(trace)
    numbered = list(enumerate(trace["steps"], 1))
    cpus = {
        index: int(statement["text"][len("def CPU")])
        for index, statement in enumerate(trace["statements"])
        if statement["text"].startswith("def CPU")
    }
    steps = [(number, step) for number, step in numbered if step["statement"] in cpus]
    heads = sorted(set(cpus.values()))
    width = WIDTH // max(2, len(heads))
    columns = {cpu: at * width for at, cpu in enumerate(heads)}
    lines: list[str] = []
    if legend and steps:
        lines += [*_state(trace, steps[0][0] - 1), ""]
    lines.append("".join(f"CPU{cpu}:".ljust(width) for cpu in heads).rstrip())
    lines.append("".join("-----".ljust(width) for _ in heads).rstrip())
    in_pass: dict[int, Any] = {}
    held: dict[int, list[str]] = {}
    reasons_given: set[str] = set()
    for number, step in steps:
        cpu = cpus[step["statement"]]
        before, held[cpu] = held.get(cpu, []), own_locks(step)
        gained = [lock for lock in held[cpu] if step["kind"] == "begin" or lock not in before]
        for said in _said(
            trace, number, in_pass, cpu, gained, names, reasons_given if reasons else None
        ):
            lines += _placed(said, columns[cpu], width)
    if legend and steps:
        lines += ["", *_state(trace, steps[-1][0])]
    return "\n".join(lines)


class _Said(NamedTuple):
    """A line of a step."""

    indent: int
    text: str
    function: str = ""  # the kernel's, which stands before the text


class _Names:
    """The kernel's names of the functions that do what the steps of a run show."""

    def __init__(self, trace: Run | Json) -> None:
        self.run = trace if isinstance(trace, Run) else None

    def of(self, number: int, step: Json) -> str:
        """Name the function that does a step."""
        if self.run is not None and self.run.functions:
            return self.run.functions[number - 1][0]
        return str(step["source"] or "").partition("(")[0]

    def of_pass(self, number: int, title: str) -> str:
        """Name the function that goes over a range; "" where the title names it."""
        if self.run is None or re.match(r"[a-z_]+\(", title):
            return ""
        chain = call_chain(self.run.kernel.version, self.run.steps[number - 1].part.chain, False)
        return chain[-1] if chain else ""

    def locks(self, number: int, indent: int, verb: str, locks: list[str]) -> Iterator[_Said]:
        """Say that locks are taken or released, those with one function on one line.

        Of several that are taken, the first is the one that the action waits for. For the lock of a
        file's mappings that is a whole pass, so its own function tells more. What was taken last is
        released first.
        """
        by_function: dict[str, list[str]] = {}
        locks = locks if verb == "lock" else locks[::-1]
        for at, lock in enumerate(locks):
            waits = self.run.functions[number - 1][1] if self.run and self.run.functions else ""
            waited = verb == "lock" and not at and not lock.startswith("i_mmap_rwsem")
            function = waits if waited else ""
            if not function and self.run is not None:
                key = called_for(lock, verb == "lock")
                function = source(self.run.kernel.version, key)[0] if key else waits
            by_function.setdefault(function, []).append(lock)
        for function, some in by_function.items():
            yield _Said(indent, f"{verb} {', '.join(some)}", function)


def _said(
    trace: Json,
    number: int,
    in_pass: dict[int, Any],
    cpu: int,
    gained: list[str],
    names: _Names,
    reasons_given: set[str] | None,
) -> Iterator[_Said]:
    """Give the lines of one step.

    Args:
        trace: The record.
        number: The number of the step.
        in_pass: Whether the step is within a pass.
        cpu: The CPU that takes it.
        gained: The locks that the CPU did not hold before.
        names: The names of functions.
        reasons_given: The reasons that were given already; None: reasons are not given.
    """
    step = trace["steps"][number - 1]
    if step["kind"] == "begin":  # the call itself, as the scenario has it
        in_pass[cpu] = None
        yield _Said(0, step["title"])
        if gained:
            yield from names.locks(number, 2, "lock", gained)
        return
    part = step["pass"]
    title = trace["passes"][part]["title"] if part is not None else ""
    if part is None or step["kind"] == "cache":
        in_pass[cpu] = None
    elif in_pass.get(cpu) != part:
        in_pass[cpu] = part
        if gained and step["kind"] == "pass":
            yield from names.locks(number, 2, "lock", gained)
        yield _Said(2, title, names.of_pass(number, title))
    if step["title"] != title and step["title"] != "done":
        indent = 4 if in_pass.get(cpu) is not None else 2
        verb, _, locks = step["title"].partition(" ")
        if step["rule"] is None and verb in ("lock", "unlock"):
            yield from names.locks(number, indent, verb, locks.split(", "))
        else:
            yield _Said(indent, step["title"], names.of(number, step))
    if reasons_given is not None and step["kind"] in _TOLD and step["reason"] not in reasons_given:
        reasons_given.add(step["reason"])
        yield _Said(6, f"// {step['reason']}")


def _placed(said: _Said, column: int, width: int) -> list[str]:
    """Put a line into a CPU's column, and break it where it is too long.

    A function that does not fit in front of its text stands on a line of its own.
    """
    indent, text, function = said
    room = min(column + width - 1, WIDTH)
    if function:
        named = f"{function}(): {text}"
        if column + indent + len(named) <= room:
            return _placed(_Said(indent, named), column, width)
        alone = _placed(_Said(indent, f"{function}():"), column, width)
        return [*alone, *_placed(_Said(indent + 2, text), column, width)]
    start = " " * (column + indent)
    hang = " " * (column + indent + 2)
    if text.startswith("// "):
        hang, text = start + "// ", text[3:]
        start = hang
    return textwrap.wrap(
        ascii_only(text),
        room,
        initial_indent=start,
        subsequent_indent=hang,
        break_on_hyphens=False,
    )


def _state(trace: Json, step: int) -> list[str]:
    """Draw the page strips of a state, with the counters below them."""
    lines = format_state(trace, step).splitlines()
    counts = Replay(trace).at(step).counts
    counters = ", ".join(f"{count.name} {count.now}" for count in counts if count.now)
    return [*lines, *([f"rss: {counters}"] if counters else [])]
