"""One exercise: what becomes of each entry when a statement of a scenario runs?

The learner is shown the scenario and the state before the statement in question, answers
for each entry, and is then told what the model says, with the rule and the step that shows
it.  The answers are never written down: the model computes them from the scenario.

>>> exercise = exercise_of(
...     "F = shmem(2)\\nA = mmap(F, MAP_PRIVATE)\\nread(A[0])\\nA[1] = 7\\n"
...     "fallocate(F, FALLOC_FL_PUNCH_HOLE)\\n")
>>> print(exercise.question)
What becomes of each entry of A in fallocate(F, FALLOC_FL_PUNCH_HOLE)?
>>> [asked.name for asked in exercise.asked]
['A[0]', 'A[1]']
>>> marked = exercise.judge({"A[0]": "zapped", "A[1]": "zapped"})
>>> marked.score, [(mistake.name, mistake.rule) for mistake in marked.mistakes]
(1, [('A[1]', 'anon-kept')])
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, NamedTuple, overload

from zapviz.errors import ScenarioError, ZapvizError, choices_hint
from zapviz.kernels.known import Kernel
from zapviz.model import program as p
from zapviz.model.areas import Area
from zapviz.model.conditions import parts
from zapviz.model.entries import Entry, Kind
from zapviz.model.steps import Step
from zapviz.model.world import World
from zapviz.scenario.given import GivenScenario, given_source
from zapviz.scenario.text import format_scenario, parse_scenario
from zapviz.trace.record import record_of, record_steps
from zapviz.trace.run import Run
from zapviz.words import joined
from zapviz.work import Steps, whole

__all__ = [
    "Asked",
    "Exercise",
    "Exercises",
    "Fate",
    "Marked",
    "Ruling",
    "Truth",
    "exercise_of",
    "exercise_steps",
    "exercises_of",
    "exercises_steps",
]

MARK: Final = "?"
"""The beginning of the comment that marks the statement in question."""


class Fate(StrEnum):
    """What becomes of an entry, as a reader of the page table sees it before and after the call.

    All passes of the call count together. Where several changes follow each other, only the last
    content counts.

    All passes of the call count together.  Where several changes follow each other, only what
    stands there in the end does.
    """

    ZAPPED = "zapped"
    """It is gone: afterwards the entry is empty, or no longer mapped at all."""
    KEPT = "kept"
    """It stays: afterwards it is of the same class and holds the same page or slot."""
    CHANGED = "changed"
    """It becomes something else: a marker in its place, say, or another page."""


class Asked(NamedTuple):
    """An entry in question: it holds something before the call."""

    name: str  # as the scenario language writes it: A[0]
    area: int  # the index of the mapping in World.areas
    page: int  # a page of the mapping, counted from 0
    kind: Kind  # before the call


class Ruling(NamedTuple):
    """The model's answer for one entry."""

    fate: Fate
    after: Kind
    rule: str | None  # None: no step of the call decides the entry
    reason: str
    state: int  # the state after the step that shows it, in the whole trace


class Truth(NamedTuple):
    """The true answer for one entry, with the reason, and the learner's answer."""

    name: str
    kind: Kind  # before the call
    after: Kind
    fate: Fate
    answered: Fate | None  # the learner's answer; None: none
    rule: str | None  # the id of the model's rule; None: no step of the call touches the entry
    reason: str  # the rule's sentence
    function: str | None  # the kernel function that decides, with its file and the kernel
    evidence: str | None  # the kernels on which that was seen
    state: int  # the state after the step that shows it, in the whole trace

    @property
    def right(self) -> bool:
        """Whether the learner's answer is true."""
        return self.answered is self.fate

    def as_json(self) -> dict[str, Any]:
        """Give it as plain values."""
        answered = None if self.answered is None else str(self.answered)
        plain = {**self._asdict(), "kind": str(self.kind), "after": str(self.after)}
        return {**plain, "fate": str(self.fate), "answered": answered, "right": self.right}


@dataclass(frozen=True)
class Marked:
    """A learner's answers, judged: one :class:`Truth` for each entry in question."""

    exercise: Exercise
    entries: tuple[Truth, ...]

    @property
    def score(self) -> int:
        """The number of right answers, out of ``len(entries)``."""
        return sum(truth.right for truth in self.entries)

    @property
    def mistakes(self) -> tuple[Truth, ...]:
        """The entries with a wrong answer or without an answer."""
        return tuple(truth for truth in self.entries if not truth.right)

    @property
    def by_class(self) -> dict[str, tuple[int, int]]:
        """For each class of entry, how many answers are right, and out of how many."""
        scores: dict[str, tuple[int, int]] = {}
        for truth in self.entries:
            right, of = scores.get(truth.kind, (0, 0))
            scores[str(truth.kind)] = right + truth.right, of + 1
        return scores

    def as_json(self) -> dict[str, Any]:
        """Give the judgement and the whole trace as plain values; see docs/exercises.md."""
        return {
            "score": self.score,
            "of": len(self.entries),
            "by_class": {kind: list(score) for kind, score in self.by_class.items()},
            "entries": [truth.as_json() for truth in self.entries],
            "result": self.exercise.result,
            "trace": record_of(self.exercise.trace),
        }


@dataclass(frozen=True)
class Exercise:
    """A scenario whose last statement is in question, on a kernel.

    ``level``, ``seed`` and ``number`` say how a drawn exercise was drawn; for other exercises they
    are 0 and empty. Of several exercises of one scenario ``number`` counts from 1, ``of`` is how
    many there are, and ``origin`` the line of the statement in the scenario's own text.
    :func:`exercise_of`, :func:`exercises_of` and :mod:`zapviz.exercises.draw` make exercises.
    """

    program: p.Program
    kernel: Kernel
    level: int = 0
    seed: str = ""
    number: int = 0
    of: int = 0
    origin: int = 0

    @property
    def text(self) -> str:
        """The scenario up to the statement in question, which a comment ``# ?`` marks."""
        return self.program.source

    @property
    def line(self) -> int:
        """The line of the statement in question, from 1."""
        return self.program.statements[-1].line

    @cached_property
    def trace(self) -> Run:
        """The run with the statement in question, which is the whole answer."""
        return Run(self.program, self.kernel)

    @cached_property
    def before(self) -> Run:
        """The run up to the statement in question, which the learner is shown."""
        return self.trace.up_to(len(self.program.statements) - 1)

    def readying(self, *, solution: bool = False) -> Steps[None]:
        """Run it and write what a page is given, in steps; afterwards all of it is at hand.

        Args:
            solution: Whether the answers are to be given; else the state before them.

        Raises:
            Stopped: It was stopped.
        """
        if "trace" not in self.__dict__:
            self.__dict__["trace"] = yield from Run.in_steps(self.program, self.kernel)
        yield from record_steps(self.trace if solution else self.before)

    @property
    def statement(self) -> str:
        """The statement in question, without its comment."""
        return self.trace.texts[-1]

    @property
    def result(self) -> str:
        """The result of the statement in question: ``0``, an errno name, or a signal name."""
        return self.trace.outcomes[-1].result

    @property
    def question(self) -> str:
        """The question in a sentence: the teacher's own after ``# ?``, or the usual one."""
        asked = self.program.statements[-1]
        own = asked.comment[len(MARK) :].strip()
        if own:
            return own
        names = joined(list(dict.fromkeys(entry.name.partition("[")[0] for entry in self.asked)))
        return f"What becomes of each entry of {names} in {self.statement}?"

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """The entries in question, in order.

        They are those of all mappings that the statement is about, and of the other mappings of the
        same file. Entries that hold nothing before the statement are left out.
        """
        return _asked(self.program, len(self.program.statements) - 1, self.before.world(-1))

    @cached_property
    def rulings(self) -> tuple[Ruling, ...]:
        """The model's answer for each entry in question, in order."""
        return tuple(self._ruling(asked) for asked in self.asked)

    @cached_property
    def solution(self) -> Marked:
        """The true answers, without a learner's."""
        steps = record_of(self.trace)["steps"]
        truths = []
        for asked, ruling in zip(self.asked, self.rulings, strict=True):
            step = steps[ruling.state - 1] if ruling.rule else {"source": None, "evidence": None}
            truths.append(
                Truth(
                    asked.name, asked.kind, ruling.after, ruling.fate, None, ruling.rule,
                    ruling.reason, step["source"], step["evidence"], ruling.state,
                )
            )  # fmt: skip
        return Marked(self, tuple(truths))

    def judge(self, answers: Mapping[str, Fate | str | None]) -> Marked:
        """Judge answers.

        Args:
            answers: For each entry's name ``zapped``, ``kept`` or ``changed``; an entry without an
                answer counts as a mistake.

        Raises:
            ZapvizError: An entry is not in question, or an answer is another word.
        """
        names = [asked.name for asked in self.asked]
        fates: dict[str, Fate] = {}
        for name, answer in answers.items():
            if name not in names:
                hint = choices_hint(str(name), names)
                raise ZapvizError(f"the entry '{str(name)[:60]}' is not in question; {hint}")
            if answer is None:
                continue
            if answer not in list(Fate):
                hint = choices_hint(str(answer), list(Fate))
                raise ZapvizError(f"'{str(answer)[:60]}' is no answer for {name}; {hint}")
            fates[name] = Fate(answer)
        entries = [
            truth._replace(answered=fates.get(truth.name)) for truth in self.solution.entries
        ]
        return Marked(self, tuple(entries))

    def _ruling(self, asked: Asked) -> Ruling:
        """Tell what becomes of an entry, and which step shows it."""
        first, last = self.trace.span(len(self.program.statements) - 1)
        was = self.before.world(-1).areas[asked.area].entries[asked.page]
        entries = [
            self.trace.world(n).areas[asked.area].entries[asked.page]
            for n in range(first, last + 1)
        ]
        fates = [_fate(was, now) for now in entries]
        state, reason, decided = self._shown(asked, fates, first)
        rule = self.trace.steps[state - 1].rule.id if decided else None
        return Ruling(fates[-1], entries[-1].kind, rule, reason, state)

    def _shown(self, asked: Asked, fates: list[Fate], first: int) -> tuple[int, str, bool]:
        """Tell which state shows what becomes of an entry, and why.

        Returns:
            The number of the state, the sentence that says why, and whether that sentence is the
            reason of a step that decides the entry.
        """
        fate = fates[-1]
        steps = self.trace.steps
        if fate is not Fate.KEPT:  # find where it became what it is in the end
            settled = len(fates)
            while settled and fates[settled - 1] is fate:
                settled -= 1
            return first + settled, steps[first + settled - 1].rule.reason, True
        states = range(first, first + len(fates))
        here = [n for n in states if self._about(steps[n - 1], asked)]
        if here:
            return here[-1], steps[here[-1] - 1].rule.reason, True
        passes = [n for n in states if steps[n - 1].part.title]
        if passes:
            titles = [steps[n - 1].part.title.removesuffix(", again") for n in passes]
            titles = list(dict.fromkeys(titles))
            over = [title for title in titles if _comes_to(title, asked.name)]
            which = "the only one is" if len(titles) == 1 else "there are only"
            reason = f"No pass of the call comes here; {which} {joined(titles)}."
            if over:
                reason = f"{joined(over)} comes by, and finds nothing to do here."
            begin = passes[0] if steps[passes[0] - 1].kind == "pass" else first
            return begin, f"{reason}{self._refusal}", False
        if self.result != "0":
            refused = first + len(fates) - 1
            reason = f"{steps[refused - 1].rule.reason}{self._refusal}"
            return refused, reason, False
        return first, "The call makes no pass over entries at all.", False

    @property
    def _refusal(self) -> str:
        return f" The call ends with {self.result}." if self.result != "0" else ""

    def _about(self, step: Step, asked: Asked) -> bool:
        """Tell whether a step decides an entry, or keeps the page of the file that the entry
        maps.
        """
        if step.place is None or step.before is None or step.verdict is None:
            return False
        if not step.place.in_file:
            return (step.place.of, step.place.page) == (asked.area, asked.page)
        vma = self.before.world(-1).areas[asked.area].vma_at(asked.page)
        same = vma is not None and (vma.file, vma.offset + asked.page) == step.place[1:]
        return same and step.verdict == "kept"

    def as_json(self, *, solution: bool = False) -> dict[str, Any]:
        """Give the exercise as plain values for a page; see docs/exercises.md.

        Args:
            solution: Whether to include the answers, for a page that cannot ask Python. Without
                them, nothing from the statement in question on is included.
        """
        trace = record_of(self.before)
        rows = {row["id"]: index for index, row in enumerate(trace["rows"])}
        names = [area.name for area in self.before.world(-1).areas]
        plain: dict[str, Any] = {
            "format": "zapviz-exercise",
            "version": 1,
            "level": self.level,
            "seed": self.seed,
            "number": self.number,
            "of": self.of,
            "origin": self.origin,
            "title": self.program.title,
            "about": " ".join(self.program.about),
            "question": self.question,
            "scenario": self.text,
            "line": self.line,
            "statement": self.statement,
            "kernel": {"name": self.kernel.name, "title": self.kernel.title},
            "asked": [
                {"name": e.name, "at": [rows[names[e.area]], e.page], "kind": str(e.kind)}
                for e in self.asked
            ],
            "trace": trace,
        }
        if solution:
            plain["solution"] = self.solution.as_json()
        return plain

    def __repr__(self) -> str:
        return f"<Exercise: {self.question} on {self.kernel.name}>"


def exercise_of(
    scenario: GivenScenario, kernel: str | Kernel | None = None, name: str = "exercise"
) -> Exercise:
    """Make the exercise of a scenario.

    The statement in question is the one with a comment ``# ?`` beside it; text after the question
    mark replaces the usual question. Without a mark, the last statement that zaps is in question;
    then comments and assertions are left out, since they tell answers. What stands below the
    statement is never shown.

    Args:
        scenario: A text, a file's path, the name of a shipped scenario, or a program.
        kernel: A kernel or its name; None: that of the permalink or mail, else ``DEFAULT_KERNEL``.
        name: The name of the text in errors; a path is named by itself.

    Raises:
        ScenarioError: The scenario is wrong; or it has no statement in question, or two, or one
            that decides nothing.
        ZapvizError: A name or kernel is unknown.
    """
    return whole(exercise_steps(scenario, kernel, name))


def exercise_steps(
    scenario: GivenScenario, kernel: str | Kernel | None = None, name: str = "exercise"
) -> Steps[Exercise]:
    """Make the exercise of :func:`exercise_of`, in steps.

    Raises:
        ZapvizError: As there; or it was stopped.
    """
    source = given_source(scenario, name)
    chosen = source.kernel(kernel)
    program, name = source.program, source.name
    try:
        _refuse_cpus(program)
        marked = _marked(program)
        given = program if marked is not None else _asking(program)
        at = yield from _in_question(given, chosen, marked)
    except _Wrong as wrong:
        raise wrong.error(program, name) from None
    if marked is None:
        shown = _bare(given, at)
    else:
        shown = replace(given, statements=given.statements[: at + 1], below=(), source="")
    return Exercise(parse_scenario(format_scenario(shown)), chosen)


def exercises_of(
    scenario: GivenScenario, kernel: str | Kernel | None = None, name: str = "exercise"
) -> Exercises:
    """Make an exercise of each statement of a scenario that zaps, or that is a zap path refused.

    Comments and assertions tell answers, so they are left out, but for a teacher's own question
    after ``# ?`` and for the calls that assertions make.

    Args:
        scenario: A text, a file's path, the name of a shipped scenario, or a program.
        kernel: A kernel or its name; None: that of the permalink or mail, else ``DEFAULT_KERNEL``.
        name: The name of the text in errors; a path is named by itself.

    Raises:
        ScenarioError: The scenario is wrong, has CPUs, or has no such statement.
        ZapvizError: A name or kernel is unknown.
    """
    return whole(exercises_steps(scenario, kernel, name))


def exercises_steps(
    scenario: GivenScenario, kernel: str | Kernel | None = None, name: str = "exercise"
) -> Steps[Exercises]:
    """Find the exercises of :func:`exercises_of`, in steps.

    Raises:
        ZapvizError: As there; or it was stopped.
    """
    source = given_source(scenario, name)
    chosen = source.kernel(kernel)
    program, name = source.program, source.name
    try:
        _refuse_cpus(program)
        asking = _asking(program)
        run = yield from Run.in_steps(asking, chosen)
        zapping = _zapping(run)
        zaps = [
            at
            for at in range(len(run.outcomes))
            if (at in zapping or _is_zap_path(asking.statements[at]))
            and _asked(asking, at, _world_before(run, at))
        ]
        if not zaps:
            raise _no_zap(program, chosen)
    except _Wrong as wrong:
        raise wrong.error(program, name) from None
    return Exercises(asking, chosen, tuple(zaps))


class Exercises(Sequence[Exercise]):
    """The exercises of one scenario, each made when it is asked for: a long one has hundreds."""

    def __init__(self, asking: p.Program, kernel: Kernel, zaps: tuple[int, ...]) -> None:
        self._asking = asking
        self._kernel = kernel
        self._zaps = zaps

    @property
    def origins(self) -> tuple[int, ...]:
        """The line of each one's statement, in the scenario's own text."""
        return tuple(self._asking.statements[at].line for at in self._zaps)

    def __len__(self) -> int:
        return len(self._zaps)

    @overload
    def __getitem__(self, index: int) -> Exercise: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Exercise, ...]: ...
    def __getitem__(self, index: int | slice) -> Exercise | tuple[Exercise, ...]:
        if isinstance(index, slice):
            return tuple(self[at] for at in range(len(self))[index])
        number = range(1, len(self) + 1)[index]
        at = self._zaps[index]
        return Exercise(
            parse_scenario(format_scenario(_bare(self._asking, at))),
            self._kernel,
            number=number,
            of=len(self),
            origin=self._asking.statements[at].line,
        )


def _asking(program: p.Program) -> p.Program:
    """Leave out the assertions, but for the calls that these make."""
    statements: list[p.Statement] = []
    for one in program.statements:
        if not isinstance(one, p.Assert):
            statements.append(one)
            continue
        calls = [part.call for part in parts(one.condition) if isinstance(part, p.ResultIs)]
        statements += (replace(call, line=one.line) for call in calls)
    return replace(program, statements=tuple(statements))


def _is_zap_path(statement: p.Statement) -> bool:
    """Tell whether a statement is there to zap, whatever comes of it."""
    match statement:
        case p.Madvise(_, advice):
            return advice in ("MADV_DONTNEED", "MADV_DONTNEED_LOCKED", "MADV_FREE", "MADV_REMOVE")
        case p.Munmap() | p.Exit() | p.Ftruncate() | p.Fallocate() | p.UnmapMappingRange():
            return True
        case _:
            return False


def _bare(asking: p.Program, at: int) -> p.Program:
    """Leave what was done up to a statement, without comments, and put that one in question."""
    *before, asked = (replace(one, above=()) for one in asking.statements[: at + 1])
    own = asked.comment.startswith(MARK)
    statements = (
        *(replace(one, comment="") for one in before),
        replace(asked, comment=asked.comment if own else MARK),
    )
    return p.Program(statements)


def _refuse_cpus(program: p.Program) -> None:
    cpu = next((s for s in program.statements if isinstance(s, p.Cpu)), None)
    if cpu is not None:
        raise _Wrong(cpu, "what CPUs do has no one answer", "leave out def CPU0(): and the like")


def _no_zap(program: p.Program, kernel: Kernel) -> _Wrong:
    hint = "add one such as munmap(A), or put a comment # ? beside the one that is meant"
    return _Wrong(program.statements[-1], f"no statement zaps anything on {kernel.name}", hint)


def _zapping(run: Run) -> list[int]:
    """Give the indexes of the statements that zap."""
    return sorted(
        {run.statement_of(n) for n, step in enumerate(run.steps, 1) if step.kind == "zap"}
    )


def _world_before(run: Run, at: int) -> World:
    """Give the world before a statement."""
    return run.world(run.last_state_of(at - 1)) if at else World()


def _marked(program: p.Program) -> int | None:
    """Give the index of the statement that a comment puts in question; None: none does."""
    statements = program.statements
    marks = [k for k, one in enumerate(statements) if one.comment.startswith(MARK)]
    if len(marks) > 1:
        hint = f"line {statements[marks[0]].line} has a comment # ? already; only one may"
        raise _Wrong(statements[marks[1]], "a second statement is in question", hint)
    if marks and not isinstance(statements[marks[0]], p.Call):
        hint = "mark one that does something to entries, such as munmap(A)"
        raise _Wrong(statements[marks[0]], "no entry can be in question here", hint)
    return marks[0] if marks else None


def _in_question(program: p.Program, kernel: Kernel, at: int | None) -> Steps[int]:
    """Give the index of the statement in question: one that is marked, or the last that zaps."""
    statements = program.statements
    asked = program if at is None else replace(program, statements=statements[: at + 1])
    run = yield from Run.in_steps(asked, kernel)
    if at is None:
        zaps = _zapping(run)
        if not zaps:
            raise _no_zap(program, kernel)
        at = zaps[-1]
    if len(run.outcomes) <= at:
        hint = "a statement above it never returns"
        raise _Wrong(statements[at], "the statement in question is never run", hint)
    if not _asked(program, at, _world_before(run, at)):
        hint = "no entry holds anything yet; touch pages first, as in A[0:2] = 1 or read(A[0])"
        raise _Wrong(statements[at], "there is nothing for it to decide", hint)
    return at


def _asked(program: p.Program, at: int, world: World) -> tuple[Asked, ...]:
    """Give the entries that a statement puts in question, in the world before it.

    With a mapping those of the same file are in question, and those that came from it by fork.
    """
    files = {s.name: s.pages.name for s in program.statements if isinstance(s, p.NewMapping)}
    statement = program.statements[at]
    made = {area.name: _made(world, area) for area in world.areas}
    about = _about(statement)
    about = made.get(about, about)
    file = files.get(about, about)
    return tuple(
        Asked(f"{area.name}[{page}]", index, page, entry.kind)
        for index, area in enumerate(world.areas)
        if isinstance(statement, p.Exit) or file in (made[area.name], files.get(made[area.name]))
        for page, entry in enumerate(area.entries)
        if not entry.empty
    )


def _made(world: World, area: Area) -> str:
    """Give the name under which a mapping was made, before any fork copied it."""
    while area.source >= 0:
        area = world.areas[area.source]
    return area.name


def _about(statement: p.Statement) -> str:
    """Give the name of the file or mapping that a statement changes, or ""."""
    match statement:
        case p.NewFile() | p.NewAnon() | p.NewMapping() | p.Exit() | p.Assert() | p.Cpu():
            return ""
        case p.SwapDevice() | p.Fork():
            return ""
        case p.Ftruncate(file):
            return file
        case _:
            return statement.pages.name


def _comes_to(title: str, entry: str) -> bool:
    """Tell whether the title of a pass, such as "MADV_PAGEOUT of A[0:2]", has an entry in it."""
    name, _, page = entry.removesuffix("]").partition("[")
    found = re.search(rf"of {re.escape(name)}\[(\d+):(\d+)\]$", title)
    return found is not None and int(found[1]) <= int(page) < int(found[2])


def _fate(was: Entry, now: Entry) -> Fate:
    """Tell what became of an entry that held something."""
    if now.empty:
        return Fate.ZAPPED
    same = (was.kind, was.folio, was.slot) == (now.kind, now.folio, now.slot)
    return Fate.KEPT if same else Fate.CHANGED


class _Wrong(Exception):
    """A mistake in an exercise, at one of its statements."""

    def __init__(self, statement: p.Statement, message: str, hint: str) -> None:
        super().__init__(statement, message, hint)
        self.statement, self.message, self.hint = statement, message, hint

    def error(self, program: p.Program, name: str) -> ScenarioError:
        """Make the error that shows the mistake in the program's text."""
        lines = program.source.splitlines()
        line = max(1, self.statement.line)
        source = lines[line - 1] if line <= len(lines) else ""
        column = len(source) - len(source.lstrip()) + 1
        return ScenarioError(self.message, self.hint, name, line, column, source)
