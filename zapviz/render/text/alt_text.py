"""A picture in words, for readers who cannot see it, and for where it is not shown.

Every picture that leaves zapviz carries these words: an SVG as title and description, a PNG and a
GIF as text inside the file, a page as an image's alternative text.

>>> trace = zapviz.run("# Two pages\\nN = anon(4)\\nN[0:2] = 7")
>>> print(describe_state(trace, -1))
Kernel v6.18, state 3 of 3, after line 3, N[0:2] = 7. Changed: N[1]: none -> anon. A first \
write to anonymous memory gets a page of its own. N, anonymous memory: 0 to 1 private page, 2 to \
3 none.
"""

from __future__ import annotations

from itertools import groupby

from zapviz.render.palette import CLASSES
from zapviz.render.text.sentences import sentence_of_change
from zapviz.trace.blocks import shared_pages
from zapviz.trace.record import Json, record_of
from zapviz.trace.run import Run
from zapviz.trace.state import Replay, State, size_text
from zapviz.words import joined

__all__ = ["change_title", "describe_change", "describe_state", "state_title"]


def state_title(trace: Run | Json, step: int = -1) -> str:
    """Give the title of a picture of a state, on one line."""
    plain = record_of(trace)
    last = len(plain["steps"])
    number = step if step >= 0 else last + 1 + step
    title = " ".join(plain["title"].split()) or "A scenario"
    return f"{title}: state {number} of {last}, kernel {plain['kernel']['name']}"


def describe_state(trace: Run | Json, step: int = -1) -> str:
    """Describe a state in sentences: its place in the scenario, the decision, each row.

    Args:
        trace: A run, or its record.
        step: How many steps were taken; negative counts from the end, -1 is the last state.
    """
    state = Replay(trace).at(step)
    last = len(state.trace["steps"])
    sentences = [
        f"Kernel {state.trace['kernel']['name']}, state {state.number} of {last}{_place(state)}."
    ]
    if state.telling_step is not None:
        sentences.append(_decided(state.telling_step))
    sentences += [_row(state, number, row) for number, row in enumerate(state.trace["rows"])]
    return " ".join([*sentences, *_shared(state)])


def change_title(trace: Run | Json, since: int, step: int) -> str:
    """Give the title of a picture of two states, on one line."""
    plain = record_of(trace)
    title = " ".join(plain["title"].split()) or "A scenario"
    numbers = range(since + 1, step + 1)
    indexes = list(dict.fromkeys(plain["steps"][n - 1]["statement"] for n in numbers))
    where = f"states {since} to {step}"
    if len(indexes) == 1:
        one = plain["statements"][indexes[0]]
        where = f"line {one['line']}, {' '.join(one['text'].split())}"
    return f"{title}: {where}, kernel {plain['kernel']['name']}"


def describe_change(run: Run, since: int, step: int) -> str:
    """Describe in sentences what happened between two states, and the rows of both."""
    replay = Replay(run)
    sentences = [run.note if run.program.concurrent else sentence_of_change(run, since, step)]
    steps = replay.trace["steps"][since:step]
    decided = [one for one in steps if one["at"] is not None and one["verdict"]]
    sentences += dict.fromkeys(one["reason"] for one in decided if one["reason"])
    for word, number in (("Before", since), ("After", step)):
        state = replay.at(number)
        rows = [_row(state, at, row) for at, row in enumerate(state.trace["rows"])]
        rows += _shared(state)
        sentences += [f"{word}: {' '.join(rows)}"]
    return " ".join(sentences)


def _place(state: State) -> str:
    statement = state.statement
    if statement is None:
        return ", before the first statement"
    text = " ".join(statement["text"].split())
    word = "after" if statement["last"] <= state.number else "within"
    return f", {word} line {statement['line']}, {text}"


def _decided(step: Json) -> str:
    verdict = f"{step['verdict'].capitalize()}: " if step["verdict"] else ""
    title = step["title"]
    decision = f"{verdict}{title}" if verdict else f"{title[:1].upper()}{title[1:]}"
    reason = step["reason"] or ""
    return f"{decision}. {reason}" if reason else f"{decision}."


def _row(state: State, number: int, row: Json) -> str:
    """Describe a row's entries, those alike that stand beside each other taken together."""
    size = state.sizes.get(row["id"]) if row["role"] == "file" else None
    detail = row["detail"] if size is None else f"{row['detail']}, {size_text(size)}"
    runs = []
    kinds = [state.cell(number, page)["kind"] for page in range(row["pages"])]
    for kind, pages in groupby(range(row["pages"]), key=kinds.__getitem__):
        first, *rest = pages
        where = f"{first} to {rest[-1]}" if rest else str(first)
        runs.append(f"{where} {CLASSES[kind].name}")
    return f"{row['label']}, {detail}: {', '.join(runs)}."


def _shared(state: State) -> list[str]:
    """Say which entries of several processes hold the same page, or the same swap slot."""
    holders: dict[str, list[str]] = {}
    for (row, page), sign in shared_pages(state).items():
        name = f"{state.trace['rows'][row]['label']}[{page}]"
        holders.setdefault(sign, []).append(name)
    return [
        f"The same {'swap slot' if sign.startswith('#') else 'page'}: {joined(names)}."
        for sign, names in holders.items()
    ]
