"""What a small figure says of a state: one plain sentence, and which assertions fail.

>>> run = zapviz.run("N = anon(1)\\nN[0] = 1\\nmadvise(N, MADV_DONTNEED)\\nassert N[0] == anon")
>>> say = sayings(run)
>>> say[5].head, say[5].rest[:16]
('N[0] is zapped.', 'A private page, ')
>>> failures(run)
{4: 'N[0] is none, not anon'}
>>> failing_words(run)
'Line 4 fails: N[0] is none, not anon.'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, assert_never

from zapviz.model import program as p
from zapviz.model.conditions import describe_actual, evaluate, parts
from zapviz.model.machine import run_statement
from zapviz.model.world import World
from zapviz.scenario.text import format_statement
from zapviz.trace.record import Json, record_of
from zapviz.trace.run import Run
from zapviz.words import how_many

__all__ = ["Saying", "failing_words", "failures", "sayings"]

_MOST = 3  # most failing assertions, or entries in one of them, that are said


class Saying(NamedTuple):
    """What is said of a state."""

    verdict: str  # "kept", "zapped", "holds", "fails"; "" where nothing was decided
    head: str  # what happened, in a few words with a full stop; "" where nothing has happened
    rest: str  # why; "" where there is nothing to add


def sayings(run: Run) -> list[Saying]:
    """Say what happened before each state of a run, from the empty one on."""
    record = record_of(run)
    failed = failures(run)
    said = [Saying("", "", "Nothing exists yet: nothing has run.")]
    return said + [_said(record, step, failed) for step in record["steps"]]


def failures(run: Run) -> dict[int, str]:
    """Say what each failing assertion found and what it asked for, by its line."""
    found = {}
    for index, outcome in enumerate(run.outcomes):
        judged = run.judged(index)
        if judged is None or judged.verdict != "fails":
            continue
        assert isinstance(outcome.statement, p.Assert)
        found[outcome.statement.line] = _found(run, index, outcome.statement.condition)
    return found


def failing_words(run: Run, but: int = 0) -> str:
    """Say which assertions of a run fail; nothing where all hold.

    Args:
        but: The line of one that is said already; 0: none.
    """
    failed = [f"Line {line} fails: {what}." for line, what in failures(run).items() if line != but]
    if len(failed) > _MOST:
        failed[_MOST - 1 :] = [f"{how_many(len(failed) - _MOST + 1, 'more line')} fail."]
    return " ".join(failed)


def _said(record: Json, step: Json, failed: dict[int, str]) -> Saying:
    statement = record["statements"][step["statement"]]
    text = " ".join(statement["text"].split())
    verdict, reason = step["verdict"] or "", step["reason"] or ""
    if step["kind"] == "check":
        return _checked(statement, text, reason, failed)
    by = f"CPU {step['cpu']}: " if text.startswith("def CPU") else ""
    if verdict in ("kept", "zapped") and step["at"] is not None:
        row, page = step["at"]
        return Saying(verdict, f"{by}{record['rows'][row]['label']}[{page}] is {verdict}.", reason)
    if step["kind"] == "end":
        who = f"{by}it" if by else text
        return Saying("", f"{who} {_came(step['result'])}.", "")
    called = f"def CPU{step['cpu']}(): "
    title = " ".join(step["title"].replace("->", "\u2192").split())
    return Saying("", f"{by}{title.removeprefix(called)}.", reason)


def _checked(statement: Json, text: str, reason: str, failed: dict[int, str]) -> Saying:
    """Say what came of an assertion."""
    line, verdict = statement["line"], statement["verdict"] or ""
    asked = text.removeprefix("assert ")
    if verdict == "holds":
        return Saying(verdict, f"Line {line} holds:", f"{asked}.")
    if verdict == "fails":
        return Saying(verdict, f"Line {line} fails:", f"{failed[line]}.")
    return Saying("", f"Line {line} is not decided by one order:", f"{asked}. {reason}".strip())


def _came(result: str | None) -> str:
    if result is not None and result.startswith("SIG"):
        return f"raises {result}"
    if result == "BLOCKED":
        return "never returns"
    return "returns" if result in (None, "0") else f"returns {result}"


# ---- what a failing assertion found ------------------------------------------


def _found(run: Run, index: int, condition: p.Condition) -> str:
    """Say of the parts of a condition that do not hold what stands there instead."""
    first, last = run.span(index)
    after = run.world(last)
    if isinstance(condition, p.AnyOf | p.Not):
        return describe_actual(after, condition)
    said = [
        _result(run, first - 1, part) if isinstance(part, p.ResultIs) else _instead(after, part)
        for part in parts(condition)
    ]
    return "; ".join(one for one in said if one) or describe_actual(after, condition)


def _instead(world: World, part: p.Condition) -> str:
    """Say what stands in place of what a part of a condition asks for; nothing where it holds."""
    if evaluate(lambda: world, part):
        return ""
    match part:
        case p.EntriesAre(pages, kinds, negated):
            asked = " or ".join(kinds)
            actual = _listed(world, [replace(part, pages=one) for one in _each(pages)], "is")
        case p.DataIs(pages, value, negated):
            asked = str(value)
            actual = _listed(world, [replace(part, pages=one) for one in _each(pages)], "holds")
        case p.CounterIs(_, value, negated):
            actual, asked = describe_actual(world, part), str(value)
        case p.All() | p.AnyOf() | p.Not() | p.ResultIs():
            return describe_actual(world, part)
        case _:
            assert_never(part)
    return actual if negated else f"{actual}, not {asked}"


def _each(pages: p.Pages) -> list[p.Pages]:
    return [p.Pages(pages.name, at, at + 1) for at in range(pages.first, pages.end)]


def _listed(world: World, parts: Sequence[p.Condition], verb: str) -> str:
    """Say what stands where single pages are not as asked, of the first of them."""
    wrong = [describe_actual(world, part) for part in parts if not evaluate(lambda: world, part)]
    said = [one.replace("] ", f"] {verb} ", 1) for one in wrong[:_MOST]]
    return ", ".join(said) + (", ..." if len(wrong) > _MOST else "")


def _result(run: Run, state: int, part: p.ResultIs) -> str:
    """Say what a call gives in a state, if that is not what was asked for."""
    result = run_statement(run.kernel, run.world(state), part.call, []).result
    if (result == part.result) != part.negated:
        return ""
    call = format_statement(part.call)
    return f"{call} gives {result}" + ("" if part.negated else f", not {part.result}")
