"""The turns of one order of a race's CPUs, and how far each CPU is led in them on a real kernel.

An order is a CPU for each of the model's steps; a turn is a run of steps of one CPU. Where a turn
ends before a step that no function of the kernel begins with, the CPU cannot be held exactly there.
Then some steps are taken a turn earlier or later: the nearest order that the kernel can be held to
and that ends as the asked one does. Which turns were changed so, and why, is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from zapviz.errors import ZapvizError
from zapviz.kernels.known import Kernel
from zapviz.lab.conformance import predicted
from zapviz.lab.guest.leading import Back, Lead, Place
from zapviz.lab.guest.symbols import Symbols
from zapviz.lab.places import Taken, begins_at, unseen, why_not, written_by
from zapviz.model.program import Cpu, Program
from zapviz.model.world import World
from zapviz.races.cpus import Schedule
from zapviz.races.replay import follow, replay, results_of
from zapviz.scenario.text import format_statement
from zapviz.trace.run import Run
from zapviz.words import how_many

__all__ = ["Led", "Moved", "Turn", "call_texts", "doings", "lead"]

_FARTHEST: Final = 8  # as many steps are taken earlier or later


@dataclass(frozen=True)
class Moved:
    """A turn that cannot be held exactly where the order has it."""

    step: int  # of the order that was led, counted from 1: where that turn ends
    why: str
    by: int  # as many steps were taken along; below 0: left for later; 0: it could not be held

    def __str__(self) -> str:
        """Say it in a sentence without its full stop."""
        if not self.by:
            return self.why
        count = how_many(abs(self.by), "step")
        return f"{self.why}; {count} {'more' if self.by > 0 else 'fewer'} in this turn"


@dataclass(frozen=True)
class Turn:
    """A run of steps of one CPU."""

    cpu: int  # 0 or 1: which of the two
    number: int  # as the scenario has it
    taken: tuple[Taken, ...]  # its steps of which something is seen
    lead: Lead
    world: World  # after it
    end: int  # as many steps of the order are taken then
    size: int  # as many calls has the CPU's body
    before: str = ""  # what comes next in the call in which the CPU is held; "": it is in none
    unheld: str = ""  # why the CPU cannot be held at the end of the turn; "": it can


@dataclass(frozen=True)
class Led:
    """An order of a race, as a kernel can be led through it."""

    program: Program
    kernel: Kernel
    asked: Schedule
    run: Run  # of the order that is led
    turns: tuple[Turn, ...]
    moved: tuple[Moved, ...]

    @property
    def schedule(self) -> Schedule:
        """The order that is led."""
        return self.run.schedule or ()

    @property
    def results(self) -> tuple[tuple[str, ...], ...]:
        """The results of each CPU's calls."""
        return results_of(self.program, self.kernel, self.schedule)

    @property
    def final(self) -> World:
        """The state in which both CPUs are done."""
        return self.run.world(self.run.turns[-1].after)


def lead(program: Program, kernel: Kernel, schedule: Schedule, symbols: Symbols) -> Led:
    """Plan how a kernel's CPUs are led through an order.

    Args:
        program: The scenario.
        kernel: The model's kernel.
        schedule: The order; it brings both CPUs to their end.
        symbols: The functions that the real kernel has.

    Raises:
        ZapvizError: The order cannot be followed.
    """
    asked = schedule
    moved: list[Moved] = []
    run = replay(program, kernel, schedule, offers=True)
    end = _end(run)
    settled = 0  # as many steps of the order come before the turns that are still looked at
    while True:
        turns = _turns(run, symbols)
        bad = next((turn for turn in turns if turn.unheld and turn.end > settled), None)
        if bad is None:
            return Led(program, kernel, asked, run, turns, tuple(moved))
        other = _nearest(run, turns, bad, symbols, end)
        if other is None:
            moved.append(Moved(bad.end, bad.unheld, 0))
            cut = turns[: turns.index(bad)]
            return Led(program, kernel, asked, run, cut, tuple(moved))
        run, by = other
        settled = bad.end + by
        moved.append(Moved(settled, bad.unheld, by))


def _end(run: Run) -> object:
    """Give what can be told of the end of a run."""
    seen = predicted(run.world(-1), "")
    results = results_of(run.program, run.kernel, run.schedule or ())
    return results, [outcome.result for outcome in run.outcomes], seen.ptes, seen.cache


def _nearest(
    run: Run, turns: Sequence[Turn], bad: Turn, symbols: Symbols, end: object
) -> tuple[Run, int] | None:
    """Find an order in which a turn can be held, a few steps later or earlier."""
    order, at = list(run.schedule or ()), bad.end
    start = turns[turns.index(bad) - 1].end if bad is not turns[0] else 0
    later = [i for i in range(at, len(order)) if order[i] == bad.number]
    for by in sorted((by for by in range(-_FARTHEST, _FARTHEST + 1) if by), key=lambda by: abs(by)):
        if by > len(later) or at + by <= start:
            continue
        if by > 0:
            taken = {*later[:by]}
            rest = [cpu for i, cpu in enumerate(order[at:], at) if i not in taken]
            changed = [*order[:at], *[bad.number] * by, *rest]
        else:
            back = next((i for i in range(at, len(order)) if order[i] == bad.number), len(order))
            kept = [*order[: at + by], *order[at:back]]
            changed = [*kept, *[bad.number] * -by, *order[back:]]
        whole = follow(run.program, run.kernel, tuple(changed))
        if list(whole[: at + by]) != changed[: at + by]:
            continue
        try:
            other = replay(run.program, run.kernel, whole, offers=True)
        except ZapvizError:
            continue
        here = next((turn for turn in _turns(other, symbols) if turn.end == at + by), None)
        if here is not None and not here.unheld and _end(other) == end:
            return other, by
    return None


def _turns(run: Run, symbols: Symbols) -> tuple[Turn, ...]:
    """Part a run into turns, and plan how far each CPU is led."""
    cpus = {each.number: each for each in run.program.statements if isinstance(each, Cpu)}
    numbers = sorted(cpus)
    begun = dict.fromkeys(numbers, 0)
    steps: list[list[Taken]] = []  # of each step of the order
    begun_by: list[dict[int, int]] = []  # how many calls each CPU has begun then
    for at, turn in enumerate(run.turns):
        if turn.cpu >= 0:
            steps.append(_taken(run, at, begun[turn.cpu]))
            begun[turn.cpu] = steps[-1][-1].call + 1 if steps[-1] else begun[turn.cpu]
            begun_by.append(dict(begun))
    groups = [
        (number, [at for at, _ in each])
        for number, each in groupby(enumerate(run.schedule or ()), key=lambda each: each[1])
    ]
    turns = []
    last: dict[int, Taken | None] = dict.fromkeys(numbers)
    for number, order in groups:
        end = order[-1] + 1
        taken = [each for at in order for each in steps[at]]
        after = _next_of(run, end, number, begun_by[end - 1][number])
        size = len(cpus[number].body)
        planned, unheld = _led(last[number], taken, after, numbers.index(number), size, symbols)
        last[number] = taken[-1] if taken else last[number]
        until = run.turns[end - 1].after
        done, before = last[number], ""
        if after is not None and done is not None and not _between(after, done):
            before = _in_words(after)
        turns.append(
            Turn(
                numbers.index(number),
                number,
                tuple(taken),
                planned,
                run.world(until),
                end,
                size,
                before,
                unheld,
            )
        )
    return tuple(turns)


def _taken(run: Run, at: int, begun: int) -> list[Taken]:
    """Give what is taken in one step of a run's order.

    Args:
        run: The run.
        at: The step of its order.
        begun: As many calls of the CPU have begun before it.
    """
    turn = run.turns[at]
    taken = []
    for number in range(turn.before, turn.after):
        step = run.steps[number]
        begun += step.kind == "begin" and step.title != ""
        taken.append(Taken(step, *run.functions[number], begun - 1))
    if not taken:
        doing = next((choice.doing for choice in turn.open if choice.cpu == turn.cpu), "")
        if quiet := unseen(doing, run.world(turn.after)):
            taken.append(Taken(quiet, "", "", begun - 1))
    return taken


def _next_of(run: Run, end: int, number: int, begun: int) -> Taken | None:
    """Give what a CPU would do next if it went on alone; None: nothing that matters.

    In the order itself the other CPU comes first, and may leave it something else to do; but where
    it stands is before this. If it would have to wait, it is what it does then.
    """
    order = (run.schedule or ())[:end]
    for _ in range(_FARTHEST):
        order = (*order, number)
        try:
            alone = replay(run.program, run.kernel, order, offers=True)
        except ZapvizError:
            break
        if taken := _taken(alone, len(order) - 1, begun):
            return taken[0]
    else:
        return None
    for at in range(end, len(run.schedule or ())):
        if run.turns[at].cpu == number and (taken := _taken(run, at, begun)):
            return taken[0]
    return None


def _led(
    last: Taken | None,
    taken: Sequence[Taken],
    after: Taken | None,
    cpu: int,
    size: int,
    symbols: Symbols,
) -> tuple[Lead, str]:
    """Give how far a CPU is led in a turn, and why it cannot be held there, if so."""

    def has(name: str) -> bool:
        return symbols.address_of(name) is not None

    places: list[tuple[Place, bool]] = []
    done = last
    for at, each in enumerate(taken):
        if done is not None and not _between(each, done):
            place = begins_at(each, done, has)
            # Before the first one it is held already.
            if at and place is not None and place != written_by(done):
                places.append((place, each.step.kind == "pass"))
        elif done is not None and each.call > done.call >= 0:
            places.append((Back(done.call), True))
        if wrote := written_by(each):
            places.append((wrote, False))
        done = each
    if done is None or not taken:  # nothing is seen of it: it is where it was
        return Lead(cpu, 0 if done is None else done.call + 1, ()), ""
    if after is None:
        return Lead(cpu, size, (*places, (Back(size - 1), True))), ""
    if after.call > done.call:
        return Lead(cpu, done.call + 1, (*places, (Back(done.call), True))), ""
    if _between(after, done):  # begun, and nothing done yet
        return Lead(cpu, done.call, tuple(places)), ""
    target = begins_at(after, done, has)
    if target is None:
        return Lead(cpu, done.call + 1, ()), why_not(after, _in_words(after), has)
    if not places or places[-1][0] != target:
        places.append((target, True))
    return Lead(cpu, done.call + 1, tuple(places)), ""


def _between(after: Taken, done: Taken) -> bool:
    """Tell whether a CPU that has done a step and not begun the next one is between two calls.

    A call that has only begun is not there yet: nobody can notice it.
    """
    if after.call > done.call or after.step.kind == "begin":
        return True
    nothing_yet = done.step.kind == "begin" and not done.waits
    return nothing_yet and (after.step.kind in ("access", "fault") or after.waits in _FIRST)


_FIRST: Final = ("do_user_addr_fault",)  # in which a fault takes its first locks


def _in_words(taken: Taken) -> str:
    """Say in a few words what a step does."""
    step = taken.step
    if step.title:
        return step.title
    if step.place is None or step.before is None or step.after is None:
        return step.part.title or step.rule.id
    held = step.world.files if step.place.in_file else step.world.areas
    name = f"{held[step.place.of].name}[{step.place.page}]"
    if step.kind == "lock":
        return f"lock the folio of {name}"
    if step.before.kind == step.after.kind:
        return f"{name}: {step.before.kind} stays"
    return f"{name}: {step.before.kind} -> {step.after.kind}"


def doings(turn: Turn) -> list[str]:
    """Say what is done in a turn, step by step."""
    return [text for taken in turn.taken if (text := _in_words(taken))]


def call_texts(program: Program, number: int) -> list[str]:
    """Write the calls of a CPU."""
    [cpu] = [one for one in program.statements if isinstance(one, Cpu) and one.number == number]
    return [format_statement(statement) for statement in cpu.body]
