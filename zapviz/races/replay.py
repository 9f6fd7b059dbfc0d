"""One interleaving of a scenario's CPUs: followed, shown, and chosen step by step.

>>> from zapviz.kernels.known import KERNELS
>>> from zapviz.scenario.library import SCENARIOS
>>> program, kernel = SCENARIOS["race-punch"].program, KERNELS["v6.18"]
>>> run = replay(program, kernel, (1, 1, 1, 0))
>>> [choice.cpu for choice in choices(program, kernel, (1, 1, 1, 0))]
[0, 1]
"""

from __future__ import annotations

import copy
from typing import Any, Final

from zapviz.errors import ZapvizError
from zapviz.kernels.chains import call_chain, source
from zapviz.kernels.known import Kernel
from zapviz.model import program as p
from zapviz.model.actions import facts_of
from zapviz.model.calls import begin
from zapviz.model.locks import lock_name
from zapviz.model.machine import BLOCKED, RETURNS, Outcome, booted, run_statement
from zapviz.model.steps import PLAIN, Action, Move, Rule, Step
from zapviz.model.world import Lock, World
from zapviz.races.cpus import Progress, Race, Schedule, Stack
from zapviz.scenario.text import shown_statement
from zapviz.trace.run import MAX_STEPS, Run
from zapviz.trace.turns import Choice, Turn
from zapviz.words import how_many
from zapviz.work import Steps, Stopped, whole

__all__ = [
    "choices",
    "follow",
    "following",
    "replay",
    "replaying",
    "results_of",
]


ONE_OF_MANY: Final = "The CPUs' steps stand in the order of one interleaving of many."
"""The note on a trace that follows a schedule."""


RUNNING: Final = "RUNNING"
"""The result of a CPU that could go on where a schedule ends."""


TAKES: Final = Rule(
    "takes-lock", "Whoever wants this lock, and cannot share it, has to wait from now on.", ""
)


GIVES: Final = Rule("gives-lock", "Whoever waits for this lock can go on.", "")


BEGINS: Final = Rule("accesses", "The statement begins; nothing is locked yet.", "")


class _Replay:
    """A race that is taken along one schedule, with every step kept."""

    def __init__(self, race: Race) -> None:
        self.race = race
        self.steps: list[Step] = []
        self.owners: list[int] = []  # the statement of each step
        self.outcomes: list[Outcome] = []
        self.functions: list[tuple[str, str]] = []  # of each step
        self.world = booted(race.program)
        self.at = [race.start(cpu) for cpu in range(len(race.cpus))]
        for statement in race.program.statements[: race.first]:
            self.run(statement)
            if self.stuck:  # no CPU ever starts
                self.at = [Progress(0, None, ()) for _ in race.cpus]
                break
        self.turns: list[Turn] = []

    def run(self, statement: p.Statement) -> None:
        """Run a statement that stands outside the CPUs."""
        before = len(self.steps)
        outcome = run_statement(self.race.kernel, self.world, statement, self.steps)
        self.owners += [len(self.outcomes)] * (len(self.steps) - before)
        self.functions += [("", "")] * (len(self.steps) - before)
        self.outcomes.append(outcome)
        self.world = outcome.world

    @property
    def stuck(self) -> bool:
        """Whether the statement that ran last would wait for ever."""
        return bool(self.outcomes) and self.outcomes[-1].result == BLOCKED

    def runs(self, cpu: int) -> bool:
        """Tell whether a CPU is not done."""
        return self.at[cpu].stack is not None

    def step(self, cpu: int) -> bool:
        """Let a CPU take one step; give false where it has to wait."""
        race = self.race
        while race.is_local(self.at[cpu].stack):
            self.take(cpu)
        before = self.at[cpu].stack
        if before is None or not self.take(cpu):
            return before is None
        while race.goes_on(before, self.at[cpu].stack):
            before = self.at[cpu].stack
            self.take(cpu)
        if race.is_last(cpu, self.world, self.at[cpu]):
            while self.runs(cpu):
                self.take(cpu)
        return True

    def take(self, cpu: int) -> bool:
        """Take a CPU's next action, and keep what is seen of it."""
        at, world = self.at[cpu], self.world
        assert at.stack is not None
        taken = self.race.take(cpu, world, at)
        if taken is None:
            return False
        self.world, self.at[cpu], move = taken
        number = self.race.numbers[cpu]
        step = move.step
        if step is not None:
            step = step._replace(cpu=number)
            if at.stack.action[0] is begin:
                step = step._replace(title=self.text(cpu, at.at))
            elif step.kind == "begin" and (gained := _gained(world, move.world)):
                step = step._replace(kind="lock", rule=TAKES, title=f"lock {gained}")
            elif step.kind == "begin":  # the second half of mmap(MAP_FIXED)
                step = step._replace(kind="end", title="map anonymous memory there")
            elif step.kind == "fault" and move.result is not None:
                assert step.place is not None
                name = move.world.areas[step.place.of].name
                step = step._replace(title=f"{name}[{step.place.page}]: {move.result}")
            elif not step.title and (title := facts_of(at.stack.action[0]).title):
                step = step._replace(title=title)
        elif at.stack.action[0] is begin:
            step = Step("begin", move.world, PLAIN, BEGINS, None, None, None, None, "", number)
            step = step._replace(title=self.text(cpu, at.at))
        else:
            step = _unshown(at.stack.action, world, move, number)
        if self.at[cpu].at != at.at and move.world.locks != self.world.locks:
            if step is not None:
                self.keep(cpu, step, at.stack.action)
            step = Step("end", self.world, PLAIN, RETURNS, cpu=number, title="returns")
        if step is not None:
            self.keep(cpu, step, at.stack.action)
        elif self.steps and world[:5] != self.world[:5]:
            self.steps[-1] = self.steps[-1].up_to(self.world)
        return True

    def keep(self, cpu: int, step: Step, action: Action) -> None:
        """Keep a step of a CPU, with the functions of the action that it came of."""
        self.steps.append(step)
        self.owners.append(self.race.first + cpu)
        version = self.race.kernel.version
        waits, does = facts_of(action[0]).key(action), step.rule.function
        if not does and step.kind == "end" and step.part.chain:
            does = (call_chain(version, step.part.chain, False) or ("",))[-1]
        self.functions.append((source(version, does)[0], source(version, waits)[0]))

    def text(self, cpu: int, index: int) -> str:
        """Give a statement of a CPU as it is written."""
        return shown_statement(self.race.bodies[cpu][index], self.race.sizes)


def replay(
    program: p.Program,
    kernel: Kernel,
    schedule: Schedule,
    *,
    whole_table: bool = False,
    offers: bool = False,
) -> Run:
    """Run one interleaving of a program's CPUs, each step marked with its CPU.

    Args:
        schedule: The CPU that takes each step. Where it ends before the CPUs do, so does the trace.
        offers: Whether each turn of the trace tells what else could have been taken.

    Raises:
        ZapvizError: A CPU is named that has no step to take.
    """
    return whole(replaying(program, kernel, schedule, whole_table=whole_table, offers=offers))


def replaying(
    program: p.Program,
    kernel: Kernel,
    schedule: Schedule,
    *,
    whole_table: bool = False,
    offers: bool = False,
) -> Steps[Run]:
    """Run one interleaving as :func:`replay` does, in steps: one of the schedule at a time.

    Raises:
        ZapvizError: A CPU is named that has no step to take; or it was stopped.
    """
    race, play = yield from _playing(program, kernel, schedule, whole_table, offers)
    waiting = [cpu for cpu in range(len(race.cpus)) if play.runs(cpu)]
    for cpu, statement in enumerate([] if play.stuck else race.cpus):
        result = "0"
        if cpu in waiting:
            result = BLOCKED if not _enabled(race, play) else RUNNING
        held = result != BLOCKED
        play.outcomes.append(Outcome(statement, result, held, play.world))
    for below in race.program.statements[race.after :]:
        if waiting or play.stuck:
            break
        play.run(below)
    return Run.recorded(
        race.program,
        race.kernel,
        play.steps,
        play.outcomes,
        play.owners,
        ONE_OF_MANY,
        play.turns,
        whole_table,
        play.functions,
    )


def results_of(
    program: p.Program, kernel: Kernel, schedule: Schedule
) -> tuple[tuple[str, ...], ...]:
    """Give the results of each CPU's statements that have ended, once a schedule was taken.

    Raises:
        ZapvizError: A CPU is named that has no step to take.
    """
    _, play = whole(_playing(program, kernel, schedule, False))
    return tuple(at.results for at in play.at)


def follow(
    program: p.Program,
    kernel: Kernel,
    order: Schedule,
    *,
    whole_table: bool = False,
) -> Schedule:
    """Give the schedule that follows an order of CPUs as far as it goes, and then runs to the end.

    A CPU of the order that is done or has to wait is passed over; the rest then runs CPU by CPU. So
    an order that was made for another kernel, or for a text that was edited since, still leads to a
    whole interleaving; an empty order runs the CPUs in turn. If every CPU that is left waits for
    another one, the schedule ends there.
    """
    return whole(following(program, kernel, order, whole_table=whole_table))


def following(
    program: p.Program,
    kernel: Kernel,
    order: Schedule,
    *,
    whole_table: bool = False,
) -> Steps[Schedule]:
    """Give the schedule of :func:`follow`, in steps: one of it at a time.

    Raises:
        Stopped: It was stopped.
    """
    race = Race(program, kernel, whole_table)
    play = _Replay(race)
    taken: list[int] = []

    def step(cpu: int) -> bool:
        if not play.runs(cpu) or not play.step(cpu):
            return False
        taken.append(race.numbers[cpu])
        return True

    for number in order:
        if number in race.numbers:
            step(race.numbers.index(number))
            _check_length(play)
            _go_or_stop((yield f"{how_many(len(taken), 'turn')} found"))
    while any(step(cpu) for cpu in range(len(race.cpus))):
        _check_length(play)
        _go_or_stop((yield f"{how_many(len(taken), 'turn')} found"))
    return tuple(taken)


def _check_length(play: _Replay) -> None:
    if len(play.steps) > MAX_STEPS:
        raise ZapvizError(
            f"the scenario takes more than {MAX_STEPS} steps in this order of the CPUs; give it "
            "fewer statements or fewer pages"
        )


def _go_or_stop(stop: bool | None) -> None:
    if stop:
        raise Stopped("stopped before the CPUs were done, so there is nothing to show")


def choices(
    program: p.Program,
    kernel: Kernel,
    schedule: Schedule = (),
    *,
    whole_table: bool = False,
) -> tuple[Choice, ...]:
    """Give the steps that can be taken next, one for each CPU that need not wait.

    Args:
        program: The scenario.
        kernel: The kernel.
        schedule: The steps taken so far; empty at the first point where the CPUs run.
        whole_table: Whether the entries that one pass decides under one page table's lock stay
            together.

    Raises:
        ZapvizError: A CPU is named that has no step to take.
    """
    race, play = whole(_playing(program, kernel, schedule, whole_table))
    return tuple(_enabled(race, play))


def _playing(
    program: p.Program,
    kernel: Kernel,
    schedule: Schedule,
    whole_table: bool,
    offers: bool = False,
) -> Steps[tuple[Race, _Replay]]:
    race = Race(program, kernel, whole_table)
    play = _Replay(race)
    for at, number in enumerate(schedule):
        open_ = _offers(race, play) if offers else ()
        start = len(play.steps)
        if number not in race.numbers:
            raise ZapvizError(f"there is no CPU{number}; step {at + 1} of the schedule names it")
        cpu = race.numbers.index(number)
        if not play.runs(cpu):
            raise ZapvizError(f"CPU{number} is done before step {at + 1} of the schedule")
        line = race.bodies[cpu][play.at[cpu].at].line
        if not play.step(cpu):
            raise ZapvizError(f"CPU{number} has to wait at step {at + 1} of the schedule")
        _check_length(play)
        play.turns.append(Turn(number, line, start, len(play.steps), open_))
        _go_or_stop((yield f"{at + 1:,} of {how_many(len(schedule), 'turn')} taken"))
    if offers and any(play.runs(cpu) for cpu in range(len(race.cpus))):
        end = len(play.steps)
        play.turns.append(Turn(-1, 0, end, end, _offers(race, play)))
    return race, play


def _enabled(race: Race, play: _Replay) -> list[Choice]:
    """Give what each CPU that need not wait would do next."""
    return [choice for choice in _offers(race, play) if not choice.waits]


def _offers(race: Race, play: _Replay) -> tuple[Choice, ...]:
    """Give what each CPU that is not done would do next, tried on a copy."""
    offers = []
    for cpu, number in enumerate(race.numbers):
        if not play.runs(cpu):
            continue
        trial = copy.copy(play)
        trial.steps, trial.owners, trial.functions = [], [], []
        trial.at = list(play.at)
        text = play.text(cpu, play.at[cpu].at)
        if trial.step(cpu):
            doings = [_doing(step) for step in trial.steps if step.kind != "begin"]
            if not doings and trial.steps:
                doings = [text]
            doing = "; ".join(doings) or _quiet(play.at[cpu].stack, play.world)
            offers.append(Choice(number, text, doing, tuple(trial.steps)))
        else:
            offers.append(Choice(number, text, "waits for a lock", (), True))
    return tuple(offers)


def _quiet(stack: Stack | None, world: World) -> str:
    """Describe, in a few words, a CPU's next action of which nothing is seen."""
    if stack is None:
        return "returns"
    return facts_of(stack.action[0]).in_words(stack.action, world)


def _doing(step: Step) -> str:
    """Describe a step in a few words."""
    if step.title or step.place is None or step.before is None or step.after is None:
        return step.title or step.part.title or step.rule.id
    held: Any = step.world.files if step.place.in_file else step.world.areas
    name = f"{held[step.place.of].name}[{step.place.page}]"
    if step.kind == "lock":
        return f"lock the folio of {name}"
    if step.before == step.after:
        return f"{name}: {step.before.kind} stays"
    return f"{name}: {step.before.kind} -> {step.after.kind}"


def _unshown(action: Action, before: World, move: Move, cpu: int) -> Step | None:
    """Give the step that shows what another CPU sees of an action that has none when it runs
    alone.
    """
    after, shows = move.world, facts_of(action[0]).shows
    if shows is not None:
        step: Step | None = shows(action, before, move)
        if step is not None:
            return step._replace(cpu=cpu)
    if gained := _gained(before, after):
        return Step("lock", after, PLAIN, TAKES, cpu=cpu, title=f"lock {gained}")
    if lost := _gained(after, before):
        return Step("unlock", after, PLAIN, GIVES, cpu=cpu, title=f"unlock {lost}")
    return None


def _gained(before: World, after: World) -> str:
    """Name the locks that are held in one state and not in another."""
    gained = [lock for lock in after.locks if lock not in before.locks]
    return ", ".join(_lock_name(after, lock) for lock in gained)


def _lock_name(world: World, lock: Lock) -> str:
    """Name a lock in a few words, to stand after "lock" or "unlock"."""
    if lock.kind == "folio lock":
        folio = world.folios[lock.of]
        if folio is None:
            return "the folio"
        held = world.areas[folio.area] if folio.file < 0 else world.files[folio.file]
        return f"folio of {held.name}[{folio.page}]"
    if lock.kind == "shmem_falloc":
        return f"hole of {world.files[lock.of].name}"
    return lock_name(world, lock)
