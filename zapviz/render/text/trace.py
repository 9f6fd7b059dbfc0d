"""The plain-text form of a trace: 72 columns of 7-bit ASCII, made to be mailed.

Each statement is followed by the entries that were decided, why, and a page strip:
one letter per entry under a row of page numbers.  Lines never end in blanks, so that
quoting and re-wrapping leave the strips alone.

>>> print(format_state(zapviz.run("N = anon(4)\\nN[0:2] = 7")))
      0123
N     AA..    anonymous memory
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from zapviz.render.palette import CLASSES
from zapviz.render.text.lines import STRIP, WIDTH, ascii_only, fitted, flowed, rulers, wrapped
from zapviz.trace.record import NOT_MODELLED, Json, record_of
from zapviz.trace.run import Run
from zapviz.trace.state import (
    UNDECIDED,
    Replay,
    State,
    assertion_outcome,
    counter_names,
    group_rows,
    kinds_met,
    size_text,
)
from zapviz.words import format_range, how_many

__all__ = ["closing_lines", "format_state", "format_table", "format_trace"]

_INDENT = " " * 5  # for lines below a statement, whose line number stands before it

# Steps that say what became of an entry; the others are shown on request.
_TELLING = {"copy", "zap", "fault", "map", "reclaim", "poison", "migrate", "mark"}


def format_trace(trace: Run | Json, *, chain: bool = False, every_step: bool = False) -> str:
    """Write a whole trace, statement by statement.

    Args:
        trace: A run, or its record.
        chain: Whether to show the call chain and the locks of each decision.
        every_step: Whether to show locks, passes and the page cache, too, not only what becomes of
            entries.

    Returns:
        Lines of at most :data:`WIDTH` columns, without a newline at the end.
    """
    trace = record_of(trace)
    kernel = trace["kernel"]
    lines = wrapped(trace["title"]) if trace["title"] else []
    lines += wrapped(f"kernel {kernel['name']}: {kernel['title']}", hang=4)
    lines += ["", *_legend(trace)]
    replay = Replay(trace)
    seen: set[int] = set()
    number = 0
    for index, group in groupby(trace["steps"], key=lambda step: step["statement"]):
        steps = list(group)
        before, number = number, number + len(steps)
        state = replay.at(number, since=before)
        head = _head(trace, index, index in seen, number)
        lines += ["", *head]
        refused = steps[-1]["kind"] == "begin" and steps[-1]["result"] not in ("0", None)
        if (refused or steps[-1]["kind"] == "check") and steps[-1]["reason"]:
            lines += wrapped(steps[-1]["reason"], first=_INDENT + "      ")
        lines += _tell(trace, steps, state.rss_before, chain, every_step)
        if state.changed or any(step["sizes"] for step in steps):
            lines += ["", *_strips(state, _INDENT), *_counters(state, _INDENT)]
        seen.add(index)
    left_out = [note for note in trace["notes"] if note in NOT_MODELLED]
    for note in trace["notes"]:
        if note not in left_out:  # of this run alone
            lines += ["", *wrapped(note)]
    if left_out:
        lines += ["", "Not modelled:"]
        lines += [line for note in left_out for line in wrapped(note, first="  - ", hang=4)]
    lines += ["", *closing_lines(trace)]
    return "\n".join(lines)


def format_state(trace: Run | Json, step: int = -1) -> str:
    """Write the page strips of one state, without a newline at the end.

    Args:
        trace: A run, or its record.
        step: How many steps were taken; negative counts from the end, -1 is the last state.
    """
    return "\n".join(_strips(Replay(trace).at(step), ""))


def format_table(
    rows: Iterable[Sequence[str]], header: Sequence[str] = (), *, indent: int = 0
) -> str:
    """Write rows in columns, the last one wrapped, within :data:`WIDTH`.

    >>> print(format_table([("v6.12", "Linux 6.12")], header=("kernel", "what it is")))
    kernel  what it is
    v6.12   Linux 6.12
    """
    table = [[ascii_only(cell) for cell in row] for row in ([header] if header else []) + [*rows]]
    if not table:
        return ""
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]) - 1)]
    lines = []
    for row in table:
        start = " " * indent
        start += "".join(cell.ljust(width + 2) for cell, width in zip(row, widths, strict=False))
        lines += textwrap.wrap(
            row[-1], WIDTH, initial_indent=start, subsequent_indent=" " * len(start)
        ) or [start.rstrip()]
    return "\n".join(lines)


# ---- statements -------------------------------------------------------------


def _head(trace: Json, index: int, again: bool, ended: int) -> list[str]:
    """Write a statement's line number and text, and its result where that says something."""
    statement = trace["statements"][index]
    text, *body = statement["text"].split("\n")
    if again:
        text, body = f"{text} (continued)", []
    if ended >= statement["last"]:
        if text.startswith("assert"):
            text += f"   {assertion_outcome(trace, index)}"
        elif statement["result"] not in (None, "0"):
            text += f"   = {statement['result']}"
    lines = wrapped(text, first=f"{statement['line']:3d}  ", hang=len(_INDENT) + 4)
    for line in body:
        lines += wrapped(line.strip(), first=_INDENT + " " * (len(line) - len(line.lstrip())))
    return lines


class _Deed(NamedTuple):
    """A step, and what it changed in the rss counters."""

    step: Json
    rss: tuple[int, ...]


def _deeds(steps: Iterable[Json], rss: tuple[int, ...]) -> Iterator[_Deed]:
    for step in steps:
        now = tuple(step["rss"])
        yield _Deed(step, tuple(new - old for new, old in zip(now, rss, strict=True)))
        rss = now


def _runs(trace: Json, deeds: Iterable[_Deed], chain: bool) -> Iterator[list[_Deed]]:
    """Put together what happens alike to consecutive entries."""
    run: list[_Deed] = []
    for deed in deeds:
        if run and not _follows(trace, run[-1].step, deed.step, chain):
            yield run
            run = []
        run.append(deed)
    if run:
        yield run


def _follows(trace: Json, one: Json, other: Json, chain: bool) -> bool:
    if one["at"] is None or other["at"] is None or one["before"] is None:
        return False
    alike = ["kind", "verdict", "reason", "source", "pass", "cpu"] + [
        "chain",
        "locks",
    ] * chain
    return (
        other["at"] == [one["at"][0], one["at"][1] + 1]
        and all(one[key] == other[key] for key in alike)
        and one.get("wrong") == other.get("wrong")
        and _change(trace, one) == _change(trace, other)
    )


def _tell(
    trace: Json, steps: Sequence[Json], rss: tuple[int, ...], chain: bool, every_step: bool
) -> Iterator[str]:
    """Write what the steps of one statement did, with each reason once."""
    cpus = any(step["cpu"] for step in trace["steps"])
    deeper = _INDENT + " " * 6
    reasons: set[str] = set()  # reasons
    titles = {trace["statements"][step["statement"]]["text"] for step in steps}
    in_pass: int | None = None
    calls_told: object = None
    deeds = [deed for deed in _deeds(steps, rss) if every_step or deed.step["kind"] in _TELLING]
    for run in _runs(trace, deeds, chain):
        step = run[0].step
        if step["pass"] != in_pass and (step["kind"] == "zap" or every_step):
            in_pass = step["pass"]
            if in_pass is not None:
                title = trace["passes"][in_pass]["title"]
                titles.add(title)
                yield from wrapped(title, first=_INDENT, hang=9)
        cpu = f"CPU{step['cpu']}: " if cpus else ""
        what = _what(trace, run)
        if what in titles:  # the statement or the pass, which stand above already
            what = step["kind"]
        yield from wrapped(cpu + what, first=_INDENT + "  ", hang=11)
        reason = step["reason"] or ""
        if reason and reason not in reasons:
            reasons.add(reason)
            yield from wrapped(reason, first=deeper)
            if step["source"]:
                seen = f"; {step['evidence']}" if step.get("evidence") else ""
                yield from wrapped(f"[{step['source']}{seen}]", first=deeper)
        if step.get("wrong"):
            yield from wrapped(f"! {step['wrong']}", first=deeper, hang=len(deeper) + 2)
        calls = (step["chain"], step["function"], step["locks"])
        if chain and calls != calls_told:
            calls_told = calls
            names = [
                f"*{call}*" if call == step["function"] else call
                for call in (() if step["chain"] is None else trace["chains"][step["chain"]])
            ]
            if names:
                yield from wrapped("calls: " + " > ".join(names), first=deeper)
            if step["locks"]:
                yield from wrapped("locks: " + ", ".join(step["locks"]), first=deeper)


def _what(trace: Json, run: Sequence[_Deed]) -> str:
    """Write one line on a run of entries: which ones, what they were and are, the counters."""
    step = run[0].step
    if step["at"] is None or step["before"] is None or step["after"] is None:
        return str(step["title"])
    row, page = step["at"]
    label = trace["rows"][row]["label"]
    end = max(_end(trace, deed.step) for deed in run)
    where = format_range(label, page, end)
    words = f"{step['verdict'] or step['kind']:<9} {where:<9} {_change(trace, step)}"
    totals = [sum(deltas) for deltas in zip(*(deed.rss for deed in run), strict=True)]
    names = counter_names(trace)
    moved = [f"{name} {total:+d}" for name, total in zip(names, totals, strict=True) if total]
    return f"{words}  ({', '.join(moved)})" if moved else words


def _end(trace: Json, step: Json) -> int:
    """Give the end of the entries that a step made alike: fault-around maps neighbours, too."""
    row, page = step["at"]
    after = trace["cells"][step["after"]]["kind"]
    alike = {at for r, at, new in step["set"] if r == row and trace["cells"][new]["kind"] == after}
    end: int = page + 1
    while end in alike:
        end += 1
    return end


def _change(trace: Json, step: Json) -> str:
    before, after = (trace["cells"][step[when]]["kind"] for when in ("before", "after"))
    return str(before) if before == after else f"{before} -> {after}"


# ---- strips -----------------------------------------------------------------


def _strips(state: State, indent: str) -> list[str]:
    """Draw one letter per entry, under the page numbers; rows that share columns stand together."""
    rows = state.trace["rows"]
    shown = [row for row in range(len(rows)) if _exists(state, row)]
    wide = max([5, *(len(rows[row]["label"]) + 1 for row in shown)])
    lines: list[str] = []
    for group in group_rows([rows[row] for row in shown]):
        members = [shown[index] for index in group.rows]
        for first in range(0, group.span, STRIP):
            end = min(group.span, first + STRIP)
            lines += [indent + " " * (wide + 1) + ruler for ruler in rulers(first, end)]
            lines += [
                _strip(state, row, first, end, indent, wide)
                for row in members
                if rows[row]["column"] < end and rows[row]["column"] + rows[row]["pages"] > first
            ]
    return [ascii_only(line).rstrip() for line in lines]


def _exists(state: State, row: int) -> bool:
    """Tell whether a row has anything to show: an entry of a mapping, a slot in use or just
    freed.
    """
    kinds = {state.trace["cells"][cell]["kind"] for cell in state.cells[row]}
    return not kinds <= {"unmapped", "free"} or any(at == row for at, _page in state.changed)


def _strip(state: State, row: int, first: int, end: int, indent: str, wide: int) -> str:
    about = state.trace["rows"][row]
    cells = [
        CLASSES[state.cell(row, column - about["column"])["kind"]].letter
        if 0 <= column - about["column"] < about["pages"]
        else " "
        for column in range(first, end)
    ]
    line = f"{indent}{about['label']:<{wide}} {''.join(cells)}"
    if not first <= about["column"] < end:
        return line
    size = state.sizes.get(about["id"])
    details = [about["detail"], about["detail"].split()[0]]
    if size is not None:
        details = [f"{about['detail']}, {size_text(size)}", size_text(size)]
    room = WIDTH - len(line) - 4
    fitting = next((words for words in details if len(words) <= room), "")
    return f"{line}    {fitting}"


def _counters(state: State, indent: str) -> list[str]:
    """Write the rss counters, if one changed."""
    lines = []
    for process, group in groupby(state.counts, key=lambda count: count.process):
        counts = list(group)
        if all(count.now == count.before for count in counts):
            continue
        counters = [
            f"{counter} {now}" + (f" ({now - before:+d})" if now != before else "")
            for _, counter, now, before in counts
        ]
        named = f"{process}.rss: " if process else "rss: "
        lines += flowed(counters, ", ", first=indent + named, hang=len(indent) + 5)
    return lines


# ---- around -----------------------------------------------------------------


def _legend(trace: Json) -> list[str]:
    """Explain the letters of all kinds that occur in the trace."""
    met = kinds_met(trace)
    meanings = [
        f"{entry.letter if entry.letter.strip() else 'blank'} = {entry.name}"
        for kind, entry in CLASSES.items()
        if kind in met
    ]
    return flowed(meanings, "   ")


def closing_lines(trace: Json) -> list[str]:
    """Write the closing line, for readers and for grep: do the assertions hold?

    Before it comes what else could be asked, and what does not fit into it.
    """
    on = trace["kernel"]["name"]
    statements = list(enumerate(trace["statements"]))
    blocked = [one for _, one in statements if one["result"] == "BLOCKED"]
    if blocked:
        rest = trace.get("unrun", 0)
        why, outcome = "It waits for a lock that nobody gives back.", "waits for ever"
        if trace["steps"][blocked[0]["last"] - 1]["rule"] == "guard-restarts":
            why, outcome = "The kernel restarts the call for ever.", "never returns"
        left = f"; {how_many(rest, 'statement')} not run" if rest else ""
        return [
            *wrapped(why),
            fitted(f"BLOCKED on {{}}: line {blocked[0]['line']} {outcome}{left}", on),
        ]
    checked = [one for _, one in statements if one["verdict"] is not None]
    if not checked:
        return [fitted("ok on {}: nothing is asserted", on)]
    one_order = any(one["where"] == "in this order" or one["verdict"] == "undecided"
                    for one in checked)  # fmt: skip
    lines = ["zapviz race tries every order of the CPUs."] if one_order else []
    failed = [one for one in checked if one["verdict"] == "fails"]
    open_ = [one for one in checked if one["verdict"] == "undecided"]
    if not failed:
        held = [one for one in checked if one["verdict"] == "holds"]
        outcome = how_many(len(held), "assertion holds", "assertions hold") + _order(held)
        if open_:
            outcome += f", {len(open_)} not decided"
            outcome = outcome if held else f"{how_many(len(open_), 'assertion')} {UNDECIDED}"
        return [*lines, *_closed("ok", on, outcome)]
    outcome = f"{len(failed)} of {how_many(len(checked), 'assertion fails', 'assertions fail')}"
    outcome += _order(failed)
    where = ", ".join(f"line {one['line']}" for one in failed)
    if len(f"FAILED on {on}: {outcome} ({where})") <= WIDTH:
        return [*lines, f"FAILED on {on}: {outcome} ({where})"]
    lines = [*wrapped(f"Those that fail: {where}.", hang=4), *lines]
    return [*lines, *_closed("FAILED", on, outcome)]


def _closed(word: str, kernel: str, outcome: str) -> list[str]:
    """Write the closing line; an outcome that is too long by itself goes on below it."""
    line = fitted(f"{word} on {{}}: {outcome}", kernel)
    return wrapped(line, hang=4)


def _order(assertions: list[Json]) -> str:
    """Say of assertions below the CPUs in which orders of the CPUs they hold or fail."""
    wheres = Counter(one["where"] for one in assertions)
    if len(wheres) == 1:
        return f" {assertions[0]['where']}".rstrip()
    return "".join(f", {n} of them {where}" for where, n in wheres.items() if where)
