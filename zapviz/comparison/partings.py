"""Where kernels part on a scenario, and why.

The cause is found by trial: one kernel is run again with single rules of the other kernel, and a
rule that makes the parting go away is a cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

from zapviz.comparison.comparison import Comparison, Fork
from zapviz.comparison.differences import (
    NO_DIFFERENCES,
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
    """What one kernel did where the kernels part."""

    step: Step | None  # the step by which it decided; None: it has no such step

    @property
    def rule(self) -> Rule | None:
        """The rule that the step followed."""
        return None if self.step is None else self.step.rule


class Cause(NamedTuple):
    """A rule that makes the difference: with the other kernel's value the two do not part there."""

    rule: str  # the name of a field of Kernel
    values: tuple[str | bool, ...]  # one for each kernel
    difference: Difference  # when it changed, by which commit, and what it means
    since: str  # the release that brought it, and the point releases that did on these kernels
    patches: tuple[str, ...] = ()  # names of the kernels whose user changed the rule

    @property
    def commit(self) -> str:
        """The commit and the release that brought the rule, as far as they are known."""
        commit = self.difference.commit
        return f"{commit} ({self.since})" if commit else self.since


class Parting(NamedTuple):
    """A frame at which kernels part that were the same before, and why."""

    frame: int
    statement: int  # its index in the program
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
    """Give every frame at which kernels part that were the same before, and why.

    Kernels that have parted can part again for another reason. To find such a frame, the rules that
    made them part before are set to the same values.
    """
    partings = [_parting(comparison, fork) for fork in comparison.forks]
    known = {(each.frame, each.causes) for each in partings}
    again: dict[Any, Parting] = {}
    for fork, parting in zip(comparison.forks, tuple(partings), strict=True):
        for one, other in _split(fork):
            for each in _again(comparison, one, other, parting):
                key = (each.frame, each.causes)
                if key in again:  # several kernels, for the same reason
                    again[key] = _together(again[key], each)
                elif key not in known:
                    again[key] = each
    return tuple(sorted([*partings, *again.values()], key=lambda parting: parting.frame))


def first_parting(comparison: Comparison) -> Parting | None:
    """Give the first parting; None where the kernels never part."""
    return next(iter(partings_of(comparison)), None)


def _split(fork: Fork) -> list[tuple[int, int]]:
    """For each class that splits off at a fork: a kernel that it was like, and its first one."""
    pairs: dict[int, tuple[int, int]] = {}
    for index, class_ in enumerate(fork.after):
        like = fork.before.index(fork.before[index])
        if fork.after[like] != class_:
            pairs.setdefault(class_, (like, index))
    return list(pairs.values())


def _parting(comparison: Comparison, fork: Fork) -> Parting:
    at = fork.frame
    statement = comparison.statements[at]
    assert statement is not None
    groups = tuple(
        tuple(index for index, own in enumerate(fork.after) if own == class_)
        for class_ in dict.fromkeys(fork.after)
    )
    causes = {
        rule: _cause(comparison, rule)
        for one, other in _split(fork)
        for rule in _causes(comparison.runs[one], comparison.runs[other], statement)
    }
    differences = comparison.frame_differences[at]
    spots = {(entry.row, entry.page) for entry in differences.entries}
    sides = tuple(
        Side(_decider(comparison, index, at, spots)) for index in range(len(comparison.runs))
    )
    return Parting(at, statement, groups, differences, sides, tuple(causes.values()))


def _again(comparison: Comparison, one: int, other: int, parting: Parting) -> Iterator[Parting]:
    """Give the later partings of two kernels that other rules than the first ones cause."""
    theirs = comparison.runs[other]
    same: list[str] = [cause.rule for cause in parting.causes]
    rules = same
    while rules:
        values = {rule: getattr(theirs.kernel, rule) for rule in same}
        alike = Run(theirs.program, comparison.kernels[one].with_rule(None, **values))
        pair = Comparison((alike, theirs))
        if pair.same:
            return
        fork = pair.forks[0]
        pair_parting = _parting(pair, fork)
        number = pair.frames[fork.frame][1]
        at = next(
            (
                at
                for at, frame in enumerate(comparison.frames)
                if frame[other] == number and comparison.statements[at] == pair_parting.statement
            ),
            None,
        )
        # Take the last frame with that state: there the other kernels have taken their steps.
        while at is not None and at < comparison.last and not comparison.settled(at):
            at += 1
        rules = [cause.rule for cause in pair_parting.causes if cause.rule not in same]
        differences = NO_DIFFERENCES if at is None else comparison.frame_differences[at]
        spots = {(entry.row, entry.page) for entry in pair_parting.entries}
        names = {counter.counter for counter in pair_parting.counters}
        differences = Differences(
            tuple(entry for entry in differences.entries if (entry.row, entry.page) in spots),
            tuple(counter for counter in differences.counters if counter.counter in names),
            (),
            comparison.results(at) if at is not None and pair_parting.differences.results else (),
        )
        if rules and at is not None and differences:
            sides = [Side(None)] * len(comparison.runs)
            sides[one], sides[other] = pair_parting.sides
            causes = tuple(_cause(comparison, rule) for rule in rules)
            yield Parting(
                at,
                pair_parting.statement,
                ((one,), (other,)),
                differences,
                tuple(sides),
                causes,
                tuple(same),
            )
        same = same + rules


def _cause(comparison: Comparison, rule: str) -> Cause:
    values = tuple(kernel.rules[rule] for kernel in comparison.kernels)
    patches = tuple(k.name for k in comparison.kernels if rule in own_rules(k))
    difference = next(each for each in DIFFERENCES if each.rule == rule)
    since = difference.since_on((k.version, k.point) for k in comparison.kernels)
    return Cause(rule, values, difference, since, patches)


def _decider(
    comparison: Comparison, index: int, at: int, spots: set[tuple[str, int]]
) -> Step | None:
    """Give the step by which a kernel decided what makes a frame differ."""
    run = comparison.runs[index]
    number = comparison.frames[at][index]
    if number > comparison.frames[at - 1][index]:
        return run.steps[number - 1]
    # It has no step in this frame; look nearby for one at the same place.
    first, end = at, at
    while not comparison.settled(first - 1):
        first -= 1
    while not comparison.settled(end):
        end += 1
    for step in run.steps[comparison.frames[first - 1][index] : comparison.frames[end][index]]:
        if step.place is not None and _name_of(step.world, step.place) in spots:
            return step
    # Or the call was refused before it came so far.
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
            [[row, page, [look[0] for look in looks]] for row, page, looks in differences.entries]
            for differences in comparison.frame_differences
        ],
        "parts": partings[0] if partings else None,
        "partings": partings,
    }


def _parting_json(comparison: Comparison, parting: Parting) -> dict[str, Any]:
    differences = parting.differences
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
            for row, page, looks in differences.entries
        ],
        "counters": {counter: list(pages) for counter, pages in differences.counters},
        "sizes": {file: list(sizes) for file, sizes in differences.sizes},
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
                "since": cause.since,
                "commit": cause.difference.commit,
                "sentence": cause.difference.sentence,
                "patches": list(cause.patches),
            }
            for cause in parting.causes
        ],
        "beside": list(parting.beside),
    }


def _together(one: Parting, other: Parting) -> Parting:
    """Merge two partings that have the same frame and causes, but different kernels."""
    groups = tuple(dict.fromkeys((*one.groups, *other.groups)))
    sides = tuple(
        mine if mine.step is not None else theirs
        for mine, theirs in zip(one.sides, other.sides, strict=True)
    )
    rows = {(entry.row, entry.page): entry for entry in (*one.entries, *other.entries)}
    differences = one.differences._replace(
        entries=tuple(rows.values()),
        counters=tuple(dict.fromkeys((*one.counters, *other.counters))),
        results=one.differences.results or other.differences.results,
    )
    beside = tuple(dict.fromkeys((*one.beside, *other.beside)))
    return one._replace(groups=groups, sides=sides, differences=differences, beside=beside)


def _name_of(world: World, place: Place) -> tuple[str, int]:
    held: Any = world.files if place.in_file else world.areas
    return held[place.of].name, place.page


def _causes(one: Run, other: Run, statement: int) -> Iterator[str]:
    """Give the rules that make two kernels part in a statement.

    One kernel is given single rules of the other; with a cause they no longer part there. Where no
    single rule suffices, give all those that are needed together.
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

    causes = [rule for rule in mattering if mended(0, [rule]) or mended(1, [rule])]
    if not causes and len(mattering) > 1 and mended(0, mattering):
        causes = list(mattering)
        for rule in mattering:
            fewer = [each for each in causes if each != rule]
            if mended(0, fewer):
                causes = fewer
    yield from causes


def _until(program: p.Program, run: Run) -> Run:
    """Give the part of a run that a shorter program has."""
    outcomes = run.outcomes[: len(program.statements)]
    steps = run.steps[: run.last_state_of(len(outcomes) - 1)]
    owners = [run.statement_of(number) for number in range(1, len(steps) + 1)]
    return Run.recorded(program, run.kernel, steps, outcomes, owners)


def _parted(comparison: Comparison, unchanged: int) -> tuple[int, int]:
    """Give where two runs part: the statement, and the number of a state of one of them."""
    if comparison.same:
        return len(comparison.runs[0].program.statements), 0
    at = comparison.forks[0].frame
    statement = comparison.statements[at]
    assert statement is not None
    return statement, comparison.frames[at][unchanged]


def _asked(program: p.Program, kernel: Kernel) -> set[str]:
    """Give the rules that a run reads; no other rule can matter to it."""
    asked: set[str] = set()

    class Watched(Kernel):
        def __getattribute__(self, name: str) -> Any:
            asked.add(name)
            return super().__getattribute__(name)

    values = {field.name: getattr(kernel, field.name) for field in fields(kernel)}
    for _ in run_program(program, Watched(**values)):
        pass
    return asked
