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

from typing import NamedTuple

from zapviz.trace.deciding import blamed
from zapviz.trace.record import Json, record_of
from zapviz.trace.run import Run
from zapviz.words import how_many

__all__ = ["Saying", "failing_words", "failures", "sayings"]

_MOST = 3  # most failing assertions that are said


class Saying(NamedTuple):
    """What is said of a state."""

    verdict: str  # "kept", "zapped", "holds", "fails"; "" where nothing was decided
    head: str  # what happened, in a few words with a full stop; "" where nothing has happened
    rest: str  # why; "" where there is nothing to add


def sayings(run: Run) -> list[Saying]:
    """Say what happened before each state of a run, from the empty one on."""
    record = record_of(run)
    said = [Saying("", "", "Nothing exists yet: nothing has run.")]
    return said + [_said(record, step) for step in record["steps"]]


def failures(run: Run) -> dict[int, str]:
    """Say what each failing assertion found and what it asked for, by its line."""
    record = record_of(run)
    return {
        statement["line"]: record["steps"][statement["last"] - 1]["reason"].removesuffix(".")
        for statement in record["statements"]
        if statement["verdict"] == "fails"
    }


def failing_words(run: Run, but: int = 0, at: int | None = None) -> str:
    """Say which assertions of a run fail; nothing where all hold.

    Args:
        but: The line of one that is said already; 0: none.
        at: Only those that have failed up to this state, or that a step up to it makes fail; None:
            all.
    """
    due = set(failures(run)) if at is None else _due(run, at)
    failed = [
        f"Line {line} fails: {what}."
        for line, what in failures(run).items()
        if line != but and line in due
    ]
    if len(failed) > _MOST:
        failed[_MOST - 1 :] = [f"{how_many(len(failed) - _MOST + 1, 'more line')} fail."]
    return " ".join(failed)


def _due(run: Run, at: int) -> set[int]:
    """Give the lines of the assertions that fail whatever comes after a state."""
    blame = blamed(run)
    return {
        outcome.statement.line
        for index, outcome in enumerate(run.outcomes)
        if run.last_state_of(index) <= at or any(step <= at for step in blame.get(index, ()))
    }


def _said(record: Json, step: Json) -> Saying:
    statement = record["statements"][step["statement"]]
    text = " ".join(statement["text"].split())
    verdict, reason = step["verdict"] or "", step["reason"] or ""
    if step["kind"] == "check":
        return _checked(statement, text, reason)
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


def _checked(statement: Json, text: str, reason: str) -> Saying:
    """Say what came of an assertion."""
    line, verdict = statement["line"], statement["verdict"] or ""
    asked = text.removeprefix("assert ")
    if verdict == "holds":
        return Saying(verdict, f"Line {line} holds:", f"{asked}.")
    if verdict == "fails":
        return Saying(verdict, f"Line {line} fails:", reason)
    return Saying("", f"Line {line} is not decided by one order:", f"{asked}. {reason}".strip())


def _came(result: str | None) -> str:
    if result is not None and result.startswith("SIG"):
        return f"raises {result}"
    if result == "BLOCKED":
        return "never returns"
    return "returns" if result in (None, "0") else f"returns {result}"
