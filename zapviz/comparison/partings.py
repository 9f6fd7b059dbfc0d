"""Where kernels part on a scenario, and why.

Why they part is tried, not looked up: one kernel is run again with single rules of the
other, and a rule that makes the parting go away is a cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

from zapviz.comparison.comparison import Comparison
from zapviz.comparison.differences import (
    NOTHING,
    CounterDifference,
    Differences,
    EntryDifference,
)
from zapviz.kernels.difference import Difference
from zapviz.kernels.known import DIFFERENCES, RULES, Kernel, own_rules
from zapviz.model import program as p
from zapviz.model.machine import run_program
from zapviz.model.steps import Place, Rule, Step
from zapviz.model.world import World
from zapviz.once import once
from zapviz.trace.run import Run

__all__ = ["Cause", "Parting", "Side", "comparison_json", "first_parting", "partings_of"]


class Side(NamedTuple):
    """What one kernel did where they part."""

    step: Step | None  # by which it decided; None: it has no such step

    @property
    def rule(self) -> Rule | None:
        """The rule that its step followed."""
        return None if self.step is None else self.step.rule


class Cause(NamedTuple):
    """A rule that makes the difference: with the other's value the kernels do not part there."""

    rule: str  # field of Kernel
    values: tuple[str | bool, ...]  # on each kernel
    difference: Difference  # when it changed, by which commit, and what it means
    patches: tuple[str, ...] = ()  # names of kernels whose own patch it is

    @property
    def commit(self) -> str:
        """The commit and the release that the rule came with, or as much as is known."""
        commit, since = self.difference.commit, self.difference.since
        return f"{commit} ({since})" if commit else since


class Parting(NamedTuple):
    """The first frame at which kernels that were the same so far are no longer."""

    frame: int
    statement: int  # index
    groups: tuple[tuple[int, ...], ...]  # indexes of kernels that are the same up to here
    differences: Differences
    sides: tuple[Side, ...]  # one for each kernel
    causes: tuple[Cause, ...]  # one at least: nothing but rules makes kernels differ
    beside: tuple[str, ...] = ()  # rules that made these kernels part before

    @property
    def entries(self) -> tuple[EntryDifference, ...]:
        """The entries that differ."""
        return self.differences.entries

    @property
    def counters(self) -> tuple[CounterDifference, ...]:
        """The counters that differ."""
        return self.differences.counters


@once
def partings_of(comparison: Comparison) -> tuple[Parting, ...]:
    """Give every frame at which kernels part that did not before, and why.

    Kernels that have parted can do so again for another reason: where they would part
    if the rules that made them part before were the same.
    """
    partings = [_parting(comparison, *fork) for fork in comparison.forks]
    known = {(each.frame, each.causes) for each in partings}
    again: dict[Any, Parting] = {}
    for (_, *classes), parting in zip(comparison.forks, tuple(partings), strict=True):
        for one, other in _split(*classes):
            for each in _again(comparison, one, other, parting):
                key = (each.frame, each.causes)
                if key in again:  # several kernels, for the same reason
                    again[key] = _together(again[key], each)
                elif key not in known:
                    again[key] = each
    return tuple(sorted([*partings, *again.values()], key=lambda parting: parting.frame))


def first_parting(comparison: Comparison) -> Parting | None:
    """Tell where kernels part first; None where they never do."""
    return next(iter(partings_of(comparison)), None)


def _split(before: Sequence[int], after: Sequence[int]) -> list[tuple[int, int]]:
    """The first kernel of each class that has split off, after the one it was like."""
    pairs: dict[int, tuple[int, int]] = {}
    for index, class_ in enumerate(after):
        like = list(before).index(before[index])
        if after[like] != class_:
            pairs.setdefault(class_, (like, index))
    return list(pairs.values())


def _parting(
    comparison: Comparison, at: int, before: Sequence[int], after: Sequence[int]
) -> Parting:
    statement = comparison.statements[at]
    assert statement is not None
    groups = tuple(
        tuple(index for index, own in enumerate(after) if own == class_)
        for class_ in dict.fromkeys(after)
    )
    causes = {
        rule: _cause(comparison, rule)
        for one, other in _split(before, after)
        for rule in _causes(comparison.runs[one], comparison.runs[other], statement)
    }
    spots = {(entry.row, entry.page) for entry in comparison.told[at].entries}
    sides = tuple(
        Side(_decider(comparison, index, at, spots)) for index in range(len(comparison.runs))
    )
    return Parting(at, statement, groups, comparison.told[at], sides, tuple(causes.values()))


def _again(comparison: Comparison, one: int, other: int, parting: Parting) -> Iterator[Parting]:
    """Where two kernels would part again, were they alike in what made them part."""
    theirs = comparison.runs[other]
    same: list[str] = [cause.rule for cause in parting.causes]
    rules = same
    while rules:
        values = {rule: getattr(theirs.kernel, rule) for rule in same}
        alike = Run(theirs.program, comparison.kernels[one].with_rule(None, **values))
        pair = Comparison((alike, theirs))
        if pair.same:
            return
        fork, before, after = pair.forks[0]
        found = _parting(pair, fork, before, after)
        number = pair.frames[fork][1]
        at = next(
            (
                at
                for at, frame in enumerate(comparison.frames)
                if frame[other] == number and comparison.statements[at] == found.statement
            ),
            None,
        )
        # The last frame with that state: there the others have done their part.
        while at is not None and at < comparison.last and not comparison.settled(at):
            at += 1
        rules = [cause.rule for cause in found.causes if cause.rule not in same]
        told = NOTHING if at is None else comparison.told[at]
        spots = {(entry.row, entry.page) for entry in found.entries}
        names = {counter.counter for counter in found.counters}
        told = Differences(
            tuple(entry for entry in told.entries if (entry.row, entry.page) in spots),
            tuple(counter for counter in told.counters if counter.counter in names),
            (),
            comparison.results(at) if at is not None and found.differences.results else (),
        )
        if rules and at is not None and told:
            sides = [Side(None)] * len(comparison.runs)
            sides[one], sides[other] = found.sides
            causes = tuple(_cause(comparison, rule) for rule in rules)
            yield Parting(
                at, found.statement, ((one,), (other,)), told, tuple(sides), causes, tuple(same)
            )
        same = same + rules


def _cause(comparison: Comparison, rule: str) -> Cause:
    values = tuple(kernel.rules[rule] for kernel in comparison.kernels)
    patches = tuple(k.name for k in comparison.kernels if rule in own_rules(k))
    difference = next(each for each in DIFFERENCES if each.rule == rule)
    return Cause(rule, values, difference, patches)


def _decider(
    comparison: Comparison, index: int, at: int, spots: set[tuple[str, int]]
) -> Step | None:
    """The step by which a kernel decided what makes a frame differ."""
    run = comparison.runs[index]
    number = comparison.frames[at][index]
    if number > comparison.frames[at - 1][index]:
        return run.steps[number - 1]
    # It has no step there: one at the same place that no other kernel has may stand near.
    first, end = at, at
    while not comparison.settled(first - 1):
        first -= 1
    while not comparison.settled(end):
        end += 1
    for step in run.steps[comparison.frames[first - 1][index] : comparison.frames[end][index]]:
        if step.place is not None and _name_of(step.world, step.place) in spots:
            return step
    # Or it was turned away before it came so far.
    statement = comparison.statements[at]
    if number and run.statement_of(number) == statement:
        step = run.steps[number - 1]
        if step.rule.id in ("refused", "waits"):
            return step
    return None


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Give a comparison as plain values; the traces are not in it.

    ``differences`` has for each frame a list of ``[row, page, [class on each kernel]]``,
    ``statements`` the index of each frame's statement, null for the first.
    """
    partings = [_parting_json(comparison, parting) for parting in partings_of(comparison)]
    return {
        "format": "zapviz-comparison",
        "version": 1,
        "kernels": [{"name": k.name, "title": k.title} for k in comparison.kernels],
        "same": comparison.same,
        "in_turn": comparison.in_turn,
        "frames": [list(frame) for frame in comparison.frames],
        "statements": list(comparison.statements),
        "differences": [
            [[row, page, [look[0] for look in looks]] for row, page, looks in told.entries]
            for told in comparison.told
        ],
        "parts": partings[0] if partings else None,
        "partings": partings,
    }


def _parting_json(comparison: Comparison, parting: Parting) -> dict[str, Any]:
    told = parting.differences
    return {
        "frame": parting.frame,
        "statement": parting.statement,
        "line": comparison.line(parting.frame),
        "text": comparison.text_of(parting.frame),
        "groups": [list(group) for group in parting.groups],
        "entries": [
            {
                "row": row,
                "page": page,
                "kinds": [look[0] for look in looks],
                "data": [look[1] for look in looks],
            }
            for row, page, looks in told.entries
        ],
        "counters": {counter: list(pages) for counter, pages in told.counters},
        "sizes": {file: list(sizes) for file, sizes in told.sizes},
        "results": list(comparison.results(parting.frame)),
        "reasons": [
            {
                "kernel": kernel.name,
                "rule": None if side.rule is None else side.rule.id,
                "reason": "" if side.rule is None else side.rule.reason,
                "verdict": None if side.step is None else side.step.verdict,
            }
            for kernel, side in zip(comparison.kernels, parting.sides, strict=True)
        ],
        "causes": [
            {
                "rule": cause.rule,
                "values": list(cause.values),
                "since": cause.difference.since,
                "commit": cause.difference.commit,
                "sentence": cause.difference.sentence,
                "patches": list(cause.patches),
            }
            for cause in parting.causes
        ],
        "beside": list(parting.beside),
    }


def _together(one: Parting, other: Parting) -> Parting:
    """Two partings of different kernels that have the same frame and causes."""
    groups = tuple(dict.fromkeys((*one.groups, *other.groups)))
    sides = tuple(
        mine if mine.step is not None else theirs
        for mine, theirs in zip(one.sides, other.sides, strict=True)
    )
    rows = {(entry.row, entry.page): entry for entry in (*one.entries, *other.entries)}
    told = one.differences._replace(
        entries=tuple(rows.values()),
        counters=tuple(dict.fromkeys((*one.counters, *other.counters))),
        results=one.differences.results or other.differences.results,
    )
    beside = tuple(dict.fromkeys((*one.beside, *other.beside)))
    return one._replace(groups=groups, sides=sides, differences=told, beside=beside)


def _name_of(world: World, place: Place) -> tuple[str, int]:
    held: Any = world.files if place.in_file else world.areas
    return held[place.of].name, place.page


def _causes(one: Run, other: Run, statement: int) -> Iterator[str]:
    """The rules that make two kernels part in a statement.

    One kernel is given single rules of the other; with a cause they no longer part there.
    Where no single rule is one, all that are needed together are.
    """
    program = replace(one.program, statements=one.program.statements[: statement + 1])
    runs = [_until(program, run) for run in (one, other)]
    pair = Comparison(tuple(runs))
    parted = [_parted(pair, unchanged) for unchanged in (0, 1)]
    asked = {rule for run in runs for rule in _asked(program, run.kernel)}
    mattering = [
        rule
        for rule in RULES
        if rule in asked and getattr(one.kernel, rule) != getattr(other.kernel, rule)
    ]

    def mended(changing: int, rules: Sequence[str]) -> bool:
        theirs = runs[1 - changing].kernel
        values = {rule: getattr(theirs, rule) for rule in rules}
        both = list(runs)
        both[changing] = Run(program, runs[changing].kernel.with_rule(None, **values))
        return _parted(Comparison(tuple(both)), 1 - changing) > parted[1 - changing]

    found = [rule for rule in mattering if mended(0, [rule]) or mended(1, [rule])]
    if not found and len(mattering) > 1 and mended(0, mattering):
        found = list(mattering)
        for rule in mattering:
            fewer = [each for each in found if each != rule]
            if mended(0, fewer):
                found = fewer
    yield from found


def _until(program: p.Program, run: Run) -> Run:
    """The part of a run that a shorter program has."""
    outcomes = run.outcomes[: len(program.statements)]
    steps = run.steps[: run.last_state_of(len(outcomes) - 1)]
    owners = [run.statement_of(number) for number in range(1, len(steps) + 1)]
    return Run.recorded(program, run.kernel, steps, outcomes, owners)


def _parted(comparison: Comparison, unchanged: int) -> tuple[int, int]:
    """Where two runs part: the statement, and the state of one of them."""
    if comparison.same:
        return len(comparison.runs[0].program.statements), 0
    at = comparison.forks[0][0]
    statement = comparison.statements[at]
    assert statement is not None
    return statement, comparison.frames[at][unchanged]


def _asked(program: p.Program, kernel: Kernel) -> set[str]:
    """The rules that a run asks for; no other can matter to it."""
    asked: set[str] = set()

    class Watched(Kernel):
        def __getattribute__(self, name: str) -> Any:
            asked.add(name)
            return super().__getattribute__(name)

    values = {field.name: getattr(kernel, field.name) for field in fields(kernel)}
    for _ in run_program(program, Watched(**values)):
        pass
    return asked
