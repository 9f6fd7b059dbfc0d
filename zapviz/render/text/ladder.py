"""One interleaving as the CPU0/CPU1 ladder of kernel mails: 72 columns, 7-bit ASCII.

Time goes down; each CPU has a column; what happens within a call stands deeper than the
call.  The locks that a call or a pass takes as it begins have a line of their own.  Remarks
after ``//`` say what a step did to an entry, and why where that decides.

>>> exploration = zapviz.race("race-punch")
>>> print(format_ladder(exploration.trace((1, 1, 1, 0)), legend=False))
CPU0:                               CPU1:
-----                               -----
                                    migrate(A)
                                      isolate A[0]
                                      lock the folio of A[0]
                                      A[0]: anon -> migration
fallocate(F, FALLOC_FL_PUNCH_HOLE)
  lock i_rwsem of F, hole of F
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, Final

from zapviz.render.text.lines import WIDTH, ascii_only
from zapviz.render.text.trace import format_state
from zapviz.trace.record import Json, record_of
from zapviz.trace.run import Run
from zapviz.trace.state import Replay

__all__ = ["format_ladder"]

_TOLD: Final = frozenset({"zap", "fault", "map", "reclaim", "poison", "migrate", "mark", "cache"})


def format_ladder(trace: Run | Json, *, reasons: bool = False, legend: bool = True) -> str:
    """Write the CPUs' steps side by side, without a newline at the end.

    Args:
        trace: A run of one interleaving, or its record.
        reasons: Whether to say why each entry was zapped or kept, once for each rule.
        legend: Whether to add the page strips before and after.
    """
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
    for _number, step in steps:
        cpu = cpus[step["statement"]]
        before, held[cpu] = held.get(cpu, []), _own_locks(step)
        gained = [lock for lock in held[cpu] if step["kind"] == "begin" or lock not in before]
        for indent, text in _said(
            trace, step, in_pass, cpu, gained, reasons_given if reasons else None
        ):
            lines += _placed(text, columns[cpu], indent, width)
    if legend and steps:
        lines += ["", *_state(trace, steps[-1][0])]
    return "\n".join(lines)


def _own_locks(step: Json) -> list[str]:
    """Give the locks that the CPU of a step holds after it, without page tables' locks."""
    return [lock for lock in step["locks"] if ", held by " not in lock and "page table" not in lock]


def _said(
    trace: Json,
    step: Json,
    in_pass: dict[int, Any],
    cpu: int,
    gained: list[str],
    reasons_given: set[str] | None,
) -> Iterator[tuple[int, str]]:
    """Give the lines of one step, each with its indentation.

    Args:
        trace: The record.
        step: The step.
        in_pass: Whether the step is within a pass.
        cpu: The CPU that takes it.
        gained: The locks that the CPU did not hold before.
        reasons_given: The reasons that were given already; None: reasons are not given.
    """
    takes = f"lock {', '.join(gained)}"
    if step["kind"] == "begin":
        in_pass[cpu] = None
        yield 0, step["title"]
        if gained:
            yield 2, takes
        return
    part = step["pass"]
    title = trace["passes"][part]["title"] if part is not None else ""
    if part is None or step["kind"] == "cache":
        in_pass[cpu] = None
    elif in_pass.get(cpu) != part:
        in_pass[cpu] = part
        if gained and step["kind"] == "pass":
            yield 2, takes
        yield 2, title
    if step["title"] != title and step["title"] != "done":
        yield 4 if in_pass.get(cpu) is not None else 2, step["title"]
    if reasons_given is not None and step["kind"] in _TOLD and step["reason"] not in reasons_given:
        reasons_given.add(step["reason"])
        yield 6, f"// {step['reason']}"


def _placed(text: str, column: int, indent: int, width: int) -> list[str]:
    """Put a text into a CPU's column, and break it where it is too long."""
    start = " " * (column + indent)
    hang = " " * (column + indent + 2)
    if text.startswith("// "):
        hang, text = start + "// ", text[3:]
        start = hang
    room = min(column + width - 1, WIDTH)
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
    rss = Replay(trace).at(step).rss
    names = ("filepages", "anonpages", "swapents", "shmempages")
    counters = ", ".join(f"{name} {n}" for name, n in zip(names, rss, strict=True) if n)
    return [*lines, *([f"rss: {counters}"] if counters else [])]
