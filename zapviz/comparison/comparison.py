"""Several kernels on one scenario: their steps side by side, where they part, and why.

:func:`compare` runs a scenario on two to four kernels and aligns the steps, so that every
view can go through "the same step" of all of them.  What is compared is what can be told
from outside: the class of an entry and the byte behind it, i_size, the rss counters,
results.  Numbers of folios and swap slots are nobody's business.

>>> found = compare("reproducer", ["v5.17", "v6.12"])
>>> found.same, len(found.partings)
(False, 1)
>>> found.parts.entries
(EntryDifference(row='A', page=1, seen=(('swap', 7), ('none', None))),)
>>> [cause.rule for cause in found.parts.causes]
['swap_entries']

Why they part is tried, not looked up: one kernel is run again with single rules of the
other, and a rule that makes the parting go away is a cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zapviz.comparison.align import align
from zapviz.comparison.differences import (
    NOTHING,
    CounterDifference,
    Differences,
    EntryDifference,
    differences_of,
)
from zapviz.errors import ZapvizError, numbered
from zapviz.kernels.difference import Difference
from zapviz.kernels.known import DIFFERENCES, RULES, Kernel, own_rules
from zapviz.kernels.known import kernel as find_kernel
from zapviz.model import program as p
from zapviz.model.machine import run_program
from zapviz.model.steps import Place, Rule, Step
from zapviz.model.world import World
from zapviz.scenario.given import GivenScenario, given_program
from zapviz.trace.run import Trace

if TYPE_CHECKING:
    from os import PathLike

    from matplotlib.figure import Figure

__all__ = [
    "MOST_KERNELS",
    "Cause",
    "Comparison",
    "Parting",
    "Side",
    "compare",
]


MOST_KERNELS: Final = 4
"""Most kernels that are compared at once: more do not fit beside each other."""


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


def compare(
    scenario: GivenScenario,
    kernels: str | Kernel | Iterable[str | Kernel] = (),
    *more: str | Kernel,
) -> Comparison:
    """Run a scenario on two to four kernels, and align their steps.

    :param scenario: Its text, a shipped one's name, or a program.
    :param kernels: Names, with a patch of your own too, or kernels, as a list or one after
        the other; the first is the one that the others are compared with.
    :raises ScenarioError: The scenario is wrong.
    :raises ZapvizError: An unknown name or kernel, or too few or too many kernels.

    CPUs run in turn, as :func:`zapviz.run` runs them.
    """
    if isinstance(kernels, str | Kernel) or not isinstance(kernels, Iterable):
        kernels = [kernels]
    kernels = [*kernels, *more]
    if not 2 <= len(kernels) <= MOST_KERNELS:
        raise ZapvizError(
            f"a comparison takes 2 to {MOST_KERNELS} kernels, not {len(kernels)}; "
            "name them as in ['v5.17', 'v6.12']"
        )
    chosen = [find_kernel(name) for name in kernels]
    program = given_program(scenario)
    return Comparison(tuple(Trace(program, kernel) for kernel in chosen))


class Comparison:
    """One scenario on several kernels, frame by frame.

    ``traces`` has a Trace for each kernel.  ``frames`` has the number of a state of each
    trace: all zeros first, each trace's last state last, never going back.
    ``statements`` has the statement of each frame, None for the first.
    """

    def __init__(self, traces: tuple[Trace, ...]) -> None:
        self.traces = traces
        self.frames, self.statements, self._ends = align(traces)

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """The kernels, in the order in which they were given."""
        return tuple(trace.kernel for trace in self.traces)

    @property
    def same(self) -> bool:
        """Whether nothing that can be told from outside ever differs."""
        return not self.forks

    @property
    def in_turn(self) -> bool:
        """Whether there are CPUs, run one after the other: one interleaving of many."""
        return self.traces[0].program.concurrent

    @property
    def last(self) -> int:
        """The number of the last frame."""
        return len(self.frames) - 1

    @property
    def parts(self) -> Parting | None:
        """Where they part first; None where they never do."""
        return self.partings[0] if self.partings else None

    def differences(self, frame: int = -1) -> Differences:
        """All that differs at a frame; negative counts from the end.

        :raises IndexError: There is no such frame.
        """
        return self._told[self.number(frame)]

    def number(self, frame: int) -> int:
        """The number of a frame, counted from 0; negative counts from the end.

        :raises IndexError: There is no such frame.
        """
        return numbered("frame", frame, self.last)

    def at_line(self, line: int) -> int:
        """The last frame of the statement in a line, the last one that ran there.

        :raises StateError: None stands there; says in which lines some do.
        """
        longest = max(self.traces, key=lambda trace: len(trace.outcomes))
        return self.statement_end(longest.statement_of(longest.at_line(line)))

    def statement_end(self, statement: int) -> int:
        """The last frame of a statement."""
        return max(at for at, owner in enumerate(self.statements) if owner == statement)

    def ends(self) -> tuple[int, ...]:
        """The last frame of each statement; of a CPU, of each statement of its body."""
        return tuple(self._ends)

    def results(self, frame: int) -> tuple[str, ...]:
        """What came of the statement that a frame belongs to, on each kernel.

        A result of the language; ``holds`` or ``FAILS`` for an assertion; ``not run`` where
        something blocked before.
        """
        return self._ends[self._end_of(frame)].results

    def line(self, frame: int) -> int:
        """The line of the statement that a frame belongs to; of a CPU, within its body."""
        return self._ends[self._end_of(frame)].line

    def text_of(self, frame: int) -> str:
        """That statement, on one line."""
        return self._ends[self._end_of(frame)].text

    def _end_of(self, frame: int) -> int:
        frame = max(1, self.number(frame))
        if frame in self._ends:
            return frame
        return next(end for end in self._ends if end > frame)

    @cached_property
    def partings(self) -> tuple[Parting, ...]:
        """Every frame at which kernels part that did not before, and why.

        Kernels that have parted can do so again for another reason: where they would part
        if the rules that made them part before were the same.
        """
        partings = [self._parting(*fork) for fork in self.forks]
        known = {(each.frame, each.causes) for each in partings}
        again: dict[Any, Parting] = {}
        for (_, *classes), parting in zip(self.forks, tuple(partings), strict=True):
            for one, other in self._split(*classes):
                for each in self._again(one, other, parting):
                    key = (each.frame, each.causes)
                    if key in again:  # several kernels, for the same reason
                        again[key] = _together(again[key], each)
                    elif key not in known:
                        again[key] = each
        return tuple(sorted([*partings, *again.values()], key=lambda parting: parting.frame))

    @cached_property
    def _told(self) -> tuple[Differences, ...]:
        return tuple(differences_of(self.traces, self.frames, self._ends))

    @cached_property
    def forks(self) -> tuple[tuple[int, list[int], list[int]], ...]:
        """Each frame at which kernels part: its number, and the class of each kernel before
        and after, alike for kernels that never differed; without the causes."""
        classes = [0] * len(self.traces)
        forks = []
        for at in range(1, len(self.frames)):
            if not self._told[at] or not self._settled(at):
                continue
            finer = self._classes(at, classes)
            if finer == classes:
                continue
            first = at
            while not self._settled(first - 1) and self._classes(first - 1, classes) == finer:
                first -= 1
            forks.append((first, classes, finer))
            classes = finer
        return tuple(forks)

    def _settled(self, at: int) -> bool:
        """Whether no trace has steps of its own here that the others have yet to answer."""
        return not at or at in self._ends or self._abreast(at) or self._abreast(at + 1)

    def _abreast(self, at: int) -> bool:
        """Whether every trace takes a step to this frame."""
        return all(map(int.__lt__, self.frames[at - 1], self.frames[at]))

    def _classes(self, at: int, classes: Sequence[int]) -> list[int]:
        """The classes of kernels, refined by what differs at a frame."""
        entries, counters, sizes, results = self._told[at]
        signs: dict[Any, int] = {}
        return [
            signs.setdefault(
                (
                    class_,
                    *(entry.seen[index] for entry in entries),
                    *(counter.pages[index] for counter in counters),
                    *(size.sizes[index] for size in sizes),
                    results[index] if results else "",
                ),
                len(signs),
            )
            for index, class_ in enumerate(classes)
        ]

    def _split(self, before: Sequence[int], after: Sequence[int]) -> list[tuple[int, int]]:
        """The first kernel of each class that has split off, after the one it was like."""
        pairs: dict[int, tuple[int, int]] = {}
        for index, class_ in enumerate(after):
            like = list(before).index(before[index])
            if after[like] != class_:
                pairs.setdefault(class_, (like, index))
        return list(pairs.values())

    def _parting(self, at: int, before: Sequence[int], after: Sequence[int]) -> Parting:
        statement = self.statements[at]
        assert statement is not None
        groups = tuple(
            tuple(index for index, own in enumerate(after) if own == class_)
            for class_ in dict.fromkeys(after)
        )
        causes = {
            rule: self._cause(rule)
            for one, other in self._split(before, after)
            for rule in _causes(self.traces[one], self.traces[other], statement)
        }
        spots = {(entry.row, entry.page) for entry in self._told[at].entries}
        sides = tuple(Side(self._decider(index, at, spots)) for index in range(len(self.traces)))
        return Parting(at, statement, groups, self._told[at], sides, tuple(causes.values()))

    def _again(self, one: int, other: int, parting: Parting) -> Iterator[Parting]:
        """Where two kernels would part again, were they alike in what made them part."""
        theirs = self.traces[other]
        same: list[str] = [cause.rule for cause in parting.causes]
        rules = same
        while rules:
            values = {rule: getattr(theirs.kernel, rule) for rule in same}
            alike = Trace(theirs.program, self.kernels[one].with_rule(None, **values))
            pair = Comparison((alike, theirs))
            if pair.same:
                return
            fork, before, after = pair.forks[0]
            found = pair._parting(fork, before, after)
            number = pair.frames[fork][1]
            at = next(
                (
                    at
                    for at, frame in enumerate(self.frames)
                    if frame[other] == number and self.statements[at] == found.statement
                ),
                None,
            )
            # The last frame with that state: there the others have done their part.
            while at is not None and at < self.last and not self._settled(at):
                at += 1
            rules = [cause.rule for cause in found.causes if cause.rule not in same]
            told = NOTHING if at is None else self._told[at]
            spots = {(entry.row, entry.page) for entry in found.entries}
            names = {counter.counter for counter in found.counters}
            told = Differences(
                tuple(entry for entry in told.entries if (entry.row, entry.page) in spots),
                tuple(counter for counter in told.counters if counter.counter in names),
                (),
                self.results(at) if at is not None and found.differences.results else (),
            )
            if rules and at is not None and told:
                sides = [Side(None)] * len(self.traces)
                sides[one], sides[other] = found.sides
                causes = tuple(self._cause(rule) for rule in rules)
                yield Parting(
                    at, found.statement, ((one,), (other,)), told, tuple(sides), causes, tuple(same)
                )
            same = same + rules

    def _cause(self, rule: str) -> Cause:
        values = tuple(kernel.rules[rule] for kernel in self.kernels)
        patches = tuple(k.name for k in self.kernels if rule in own_rules(k))
        difference = next(each for each in DIFFERENCES if each.rule == rule)
        return Cause(rule, values, difference, patches)

    def _decider(self, index: int, at: int, spots: set[tuple[str, int]]) -> Step | None:
        """The step by which a kernel decided what makes a frame differ."""
        trace = self.traces[index]
        number = self.frames[at][index]
        if number > self.frames[at - 1][index]:
            return trace.steps[number - 1]
        # It has no step there: one at the same place that no other kernel has may stand near.
        first, end = at, at
        while not self._settled(first - 1):
            first -= 1
        while not self._settled(end):
            end += 1
        for step in trace.steps[self.frames[first - 1][index] : self.frames[end][index]]:
            if step.place is not None and _name_of(step.world, step.place) in spots:
                return step
        # Or it was turned away before it came so far.
        statement = self.statements[at]
        if number and trace.statement_of(number) == statement:
            step = trace.steps[number - 1]
            if step.rule.id in ("refused", "waits"):
                return step
        return None

    def as_json(self) -> dict[str, Any]:
        """The comparison as plain values; the traces are not in it.

        ``differences`` has for each frame a list of ``[row, page, [class on each kernel]]``,
        ``statements`` the index of each frame's statement, null for the first.
        """
        parts = self.parts
        return {
            "format": "zapviz-comparison",
            "version": 1,
            "kernels": [{"name": k.name, "title": k.title} for k in self.kernels],
            "same": self.same,
            "in_turn": self.in_turn,
            "frames": [list(frame) for frame in self.frames],
            "statements": list(self.statements),
            "differences": [
                [[row, page, [look[0] for look in looks]] for row, page, looks in told.entries]
                for told in self._told
            ],
            "parts": None if parts is None else self._parting_json(parts),
            "partings": [self._parting_json(parting) for parting in self.partings],
        }

    def _parting_json(self, parting: Parting) -> dict[str, Any]:
        told = parting.differences
        return {
            "frame": parting.frame,
            "statement": parting.statement,
            "line": self.line(parting.frame),
            "text": self.text_of(parting.frame),
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
            "results": list(self.results(parting.frame)),
            "reasons": [
                {
                    "kernel": kernel.name,
                    "rule": None if side.rule is None else side.rule.id,
                    "reason": "" if side.rule is None else side.rule.reason,
                    "verdict": None if side.step is None else side.step.verdict,
                }
                for kernel, side in zip(self.kernels, parting.sides, strict=True)
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

    def text(self, name: str = "scenario") -> str:
        """What ``zapviz diff`` says: at most 72 columns, 7-bit ASCII.

        :param name: What the last line, which is there to be found, calls the scenario.
        """
        from zapviz.render.text.comparison import format_comparison

        return format_comparison(self, name)

    def figure(
        self, frame: int | None = None, *, line: int | None = None, **options: Any
    ) -> Figure:
        """The kernels side by side at a frame, else at the last.

        :param line: Instead of a frame, the line of the statement that has just run.
        :param options: ``theme``, ``width`` and ``dpi``, as of :meth:`export`.
        :raises ZapvizError: There is no such frame, line or option.
        """
        from zapviz.api.exports import check_figure, place
        from zapviz.render.figure.comparison import draw_comparison

        at = place(self, frame, line)
        return draw_comparison(self, -1 if at is None else at, **check_figure(self, options))

    def export(self, form: str, frame: int | None = None, **options: Any) -> str | bytes:
        """The comparison, or a frame of it, in a form to be sent or shown: ``mail``, ``svg``, ...

        Options and errors are those of :func:`zapviz.api.exports.export`.
        """
        from zapviz.api.exports import export

        return export(self, form, frame, **options)

    def save(self, path: str | PathLike[str], frame: int | None = None, **options: Any) -> None:
        """Write what :meth:`export` gives into a file; see :func:`zapviz.api.exports.save`."""
        from zapviz.api.exports import save

        save(self, path, frame, **options)

    def __repr__(self) -> str:
        title = self.traces[0].program.title or "a scenario"
        names = ", ".join(kernel.name for kernel in self.kernels)
        parts = self.forks[0][0] if self.forks else None
        same = "the same with the CPUs in turn" if self.in_turn else "the same"
        said = same if parts is None else f"they part at frame {parts}"
        return f"<Comparison of {title!r} on {names}: {len(self.frames)} frames, {said}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from zapviz.render.figure.comparison import comparison_html

        frame = self.forks[0][0] if self.forks else self.last
        return {"text/plain": self.text(), "text/html": comparison_html(self, frame)}


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


def _causes(one: Trace, other: Trace, statement: int) -> Iterator[str]:
    """The rules that make two kernels part in a statement.

    One kernel is given single rules of the other; with a cause they no longer part there.
    Where no single rule is one, all that are needed together are.
    """
    program = replace(one.program, statements=one.program.statements[: statement + 1])
    traces = [_until(program, trace) for trace in (one, other)]
    pair = Comparison(tuple(traces))
    parted = [_parted(pair, unchanged) for unchanged in (0, 1)]
    asked = {rule for trace in traces for rule in _asked(program, trace.kernel)}
    mattering = [
        rule
        for rule in RULES
        if rule in asked and getattr(one.kernel, rule) != getattr(other.kernel, rule)
    ]

    def mended(changing: int, rules: Sequence[str]) -> bool:
        theirs = traces[1 - changing].kernel
        values = {rule: getattr(theirs, rule) for rule in rules}
        both = list(traces)
        both[changing] = Trace(program, traces[changing].kernel.with_rule(None, **values))
        return _parted(Comparison(tuple(both)), 1 - changing) > parted[1 - changing]

    found = [rule for rule in mattering if mended(0, [rule]) or mended(1, [rule])]
    if not found and len(mattering) > 1 and mended(0, mattering):
        found = list(mattering)
        for rule in mattering:
            fewer = [each for each in found if each != rule]
            if mended(0, fewer):
                found = fewer
    yield from found


def _until(program: p.Program, trace: Trace) -> Trace:
    """The part of a trace that a shorter program has."""
    outcomes = trace.outcomes[: len(program.statements)]
    steps = trace.steps[: trace.last_state_of(len(outcomes) - 1)]
    owners = [trace.statement_of(number) for number in range(1, len(steps) + 1)]
    return Trace.recorded(program, trace.kernel, steps, outcomes, owners)


def _parted(found: Comparison, unchanged: int) -> tuple[int, int]:
    """Where two traces part: the statement, and the state of one of them."""
    if found.same:
        return len(found.traces[0].program.statements), 0
    at = found.forks[0][0]
    statement = found.statements[at]
    assert statement is not None
    return statement, found.frames[at][unchanged]


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
