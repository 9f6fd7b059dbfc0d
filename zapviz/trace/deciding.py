"""Where a run is decided: the steps to blame for what fails, and the state to open it at.

>>> from zapviz.scenario.library import SCENARIOS
>>> run = Run(SCENARIOS["reproducer"].program, zapviz.kernel("v5.17"))
>>> blamed(run)
{7: (16,), 9: (16,)}
>>> deciding_step(run), wrong_text(run, 16)
(16, 'kept: lines 15 and 17 will fail because of it')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias, assert_never

from zapviz.model import program as p
from zapviz.model.conditions import evaluate, parts
from zapviz.model.entries import NONE, Entry, Kind
from zapviz.model.machine import BLOCKED, run_statement
from zapviz.model.steps import Place
from zapviz.model.world import World, byte_of, file_named
from zapviz.once import once
from zapviz.trace.run import Run
from zapviz.words import joined

__all__ = ["blamed", "deciding_step", "wrong_text"]


class _Suspect(NamedTuple):
    """A place to which a condition owes that it has the value it has."""

    place: Place
    # Whether the entry would have given it the other value; None: that cannot be told.
    right: Callable[[World, Entry], bool] | None
    data: bool = False  # whether the byte behind the entry is asked for, else the entry's class


_Judged: TypeAlias = tuple[bool, list[_Suspect]]
"""The value of a condition, and the places to which it owes it; none where that is not clear."""


@once
def blamed(run: Run) -> dict[int, tuple[int, ...]]:
    """Give, for each assertion that fails, the steps because of which it does.

    An assertion is given by its statement's index, a step by its number. To blame is the last step
    that made a right entry wrong, that kept a wrong one which it could have zapped, or that wrote
    the data. Assertions for which no step is surely to blame are left out: those about counters,
    and those after a call that was refused.
    """
    found: dict[int, tuple[int, ...]] = {}
    for index, outcome in enumerate(run.outcomes):
        one = outcome.statement
        first, last = run.span(index)
        if not isinstance(one, p.Assert) or not outcome.refuted or outcome.result == BLOCKED:
            continue
        if last < first:
            continue
        holds, suspects = _Court(run, first - 1).judge(one.condition)
        steps = {_to_blame(run, each, first - 1) for each in suspects} - {None}
        if not holds and steps:
            found[index] = tuple(sorted(step for step in steps if step is not None))
    return found


@once
def deciding_step(run: Run) -> int:
    """Give the state that a run is opened at: where what comes of it is decided.

    It is the state after the step because of which the first assertion fails; else after the one
    that decides an entry in the last statement that decides one; else the last. What the end of the
    process unmaps counts only where nothing else is zapped.
    """
    for steps in blamed(run).values():
        return steps[0]
    zaps = [number for number, step in enumerate(run.steps, 1) if step.kind == "zap"]
    ends = {i for i, one in enumerate(run.outcomes) if isinstance(one.statement, p.Exit)}
    zaps = [n for n in zaps if run.statement_of(n) not in ends] or zaps
    if not zaps:
        return run.last
    there = [n for n in zaps if run.statement_of(n) == run.statement_of(zaps[-1])]
    gone = [n for n in there if run.steps[n - 1].verdict != "kept"]
    return gone[-1] if gone else there[0]


def wrong_text(run: Run, step: int) -> str:
    """Say which assertions fail because of a step; "" where none does."""
    lines = [
        str(run.outcomes[index].statement.line)
        for index, steps in blamed(run).items()
        if step in steps
    ]
    if not lines:
        return ""
    verdict = run.steps[step - 1].verdict
    what = f"line{'s' if len(lines) > 1 else ''} {joined(lines)} will fail because of it"
    return f"{verdict}: {what}" if verdict else what[0].upper() + what[1:]


class _Court:
    """A condition evaluated once more, as the run did, to learn what it hangs on."""

    def __init__(self, run: Run, before: int) -> None:
        self.kernel = run.kernel
        self.world = run.world(before)

    def judge(self, condition: p.Condition) -> _Judged:
        """Evaluate a condition from left to right, no further than needed."""
        match condition:
            case p.EntriesAre(pages, kinds, negated):
                return self._each(pages, lambda _, e: (e.kind in kinds) != negated)
            case p.DataIs(pages, value, negated):
                return self._each(
                    pages, lambda w, e: (byte_of(w, e) == value) != negated, data=True
                )
            case p.CounterIs() | p.CountIs() | p.Exclusive() | p.SwapCached():
                return evaluate(lambda: self.world, condition), []
            case p.ResultIs(call, result, negated):
                return self._called(call, result, negated)
            case p.All(several):
                return self._several(several, until=False)
            case p.AnyOf(several):
                return self._several(several, until=True)
            case p.Not(part):
                holds, suspects = self.judge(part)
                return not holds, suspects
            case _:
                assert_never(condition)

    def _several(self, conditions: Iterable[p.Condition], until: bool) -> _Judged:
        """Evaluate conditions up to the first with a value, which decides alone."""
        together: list[_Suspect] = []
        for part in conditions:
            holds, suspects = self.judge(part)
            if holds is until:
                return until, suspects
            together += suspects
        return not until, together

    def _each(
        self, pages: p.Pages, meets: Callable[[World, Entry], bool], *, data: bool = False
    ) -> _Judged:
        """Evaluate what every page of a range has to meet."""

        def fails(world: World, entry: Entry) -> bool:
            return not meets(world, entry)

        places = _places(self.world, pages)
        wrong = [one for one in places if fails(self.world, _entry(self.world, one))]
        if wrong:
            return False, [_Suspect(one, meets, data) for one in wrong]
        return True, [_Suspect(one, fails, data) for one in places]

    def _called(self, call: p.Call, result: str, negated: bool) -> _Judged:
        """Run a call and compare its result, which hangs on the entry where it is one access."""
        before = self.world
        outcome = run_statement(self.kernel, before, call)
        self.world = outcome.world
        holds = (outcome.result == result) != negated
        if not isinstance(call, p.Read | p.Write) or call.pages.count != 1:
            return holds, []
        (place,) = _places(before, call.pages)
        kind = _entry(before, place).kind
        # An entry that holds nothing leaves the answer to the file; of SIGSEGV only a guard is to
        # blame, else the protection of the mapping is.
        owes = kind not in (Kind.NONE, Kind.UNMAPPED)
        if outcome.result == "SIGSEGV":
            owes = kind is Kind.GUARD_MARKER
        return holds, [_Suspect(place, None)] if owes else []


def _to_blame(run: Run, suspect: _Suspect, upto: int) -> int | None:
    """Give the last step, up to a state, to which a wrong entry or byte is owed."""
    for number in range(upto, 0, -1):
        step, before = run.steps[number - 1], run.world(number - 1)
        if not _exists(before, suspect.place):
            return None
        if not _spoils(run, number, suspect):
            if suspect.right is None and _entry(before, suspect.place) != _entry(
                step.world, suspect.place
            ):
                return None
            continue
        # What was put there before a call that passed over it without a decision is not to blame.
        later = run.steps[number:upto]
        passed = any(one.part.zaps and one.kind in ("pass", "zap") for one in later)
        innocent = _refused(run, number, upto) or (passed and step.kind != "zap")
        return None if innocent else number
    return None


def _spoils(run: Run, number: int, suspect: _Suspect) -> bool:
    """Tell whether a step leaves a place wrong that was right before, or that it could mend."""
    step, before = run.steps[number - 1], run.world(number - 1)
    old, new = _entry(before, suspect.place), _entry(step.world, suspect.place)
    zaps = step.kind == "zap" and step.place == suspect.place
    if suspect.right is None:
        return zaps and step.verdict == "kept"
    if suspect.right(step.world, new):
        return False
    if suspect.right(before, old):
        return True
    if suspect.data:
        writes = isinstance(run.outcomes[run.statement_of(number)].statement, p.Write | p.Pwrite)
        changed = byte_of(before, old) != byte_of(step.world, new)
        return (zaps and step.verdict == "kept") or (writes and changed)
    return zaps and suspect.right(step.world, NONE)


def _refused(run: Run, step: int, upto: int) -> bool:
    """Tell whether a statement between two states did not do what it was asked for."""
    for index in range(run.statement_of(step) + 1, len(run.outcomes)):
        outcome = run.outcomes[index]
        first, last = run.span(index)
        if first > upto:
            return False
        if outcome.result != "0":
            return True
        if isinstance(outcome.statement, p.Assert) and last <= upto:
            called = [part for part in parts(outcome.statement.condition)
                      if isinstance(part, p.ResultIs)]  # fmt: skip
            if any(not isinstance(part.call, p.Read | p.Write) for part in called):
                return True
    return False


# ---- entries by their place --------------------------------------------------


def _places(world: World, pages: p.Pages) -> list[Place]:
    areas = [area.name for area in world.areas]
    in_file = pages.name not in areas
    of = file_named(world, pages.name) if in_file else areas.index(pages.name)
    return [Place(in_file, of, page) for page in range(pages.first, pages.end)]


def _exists(world: World, place: Place) -> bool:
    return place.of < len(world.files if place.in_file else world.areas)


def _entry(world: World, place: Place) -> Entry:
    entries = world.files[place.of].cache if place.in_file else world.areas[place.of].entries
    return entries[place.page] if place.page < len(entries) else NONE
