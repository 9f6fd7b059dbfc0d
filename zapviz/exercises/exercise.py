"""One exercise: what becomes of each entry when a statement of a scenario is applied?

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

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, NamedTuple

from zapviz.errors import ScenarioError, ZapvizError, choices_hint
from zapviz.kernels.known import DEFAULT_KERNEL, Kernel
from zapviz.kernels.known import kernel as find_kernel
from zapviz.model import program as p
from zapviz.model.entries import Entry, Kind
from zapviz.model.steps import Step
from zapviz.model.world import World
from zapviz.scenario.given import GivenScenario, given_source
from zapviz.scenario.text import format_scenario, parse_scenario
from zapviz.trace.record import record_of
from zapviz.trace.run import Run
from zapviz.words import joined

__all__ = ["Asked", "Exercise", "Fate", "Marked", "Ruling", "Truth", "exercise_of"]

MARK: Final = "?"
"""How the comment beside a statement begins that makes it the one in question."""


class Fate(StrEnum):
    """What becomes of an entry: what a reader of the page table sees before and after the call.

    All passes of the call count together.  Where several changes follow each other, only what
    stands there in the end does.
    """

    ZAPPED = "zapped"
    """Gone: afterwards the entry is empty, or no longer mapped at all."""
    KEPT = "kept"
    """Stays: afterwards it is of the same class and holds the same page or slot."""
    CHANGED = "changed"
    """Becomes something else: a marker in its place, say, or another page."""


class Asked(NamedTuple):
    """An entry in question: it holds something before the call."""

    name: str  # as the language writes it, A[0]
    area: int  # index of the mapping in World.areas
    page: int  # of the mapping
    kind: Kind  # what it is before the call


class Ruling(NamedTuple):
    """What the model does with one entry."""

    fate: Fate
    after: Kind
    rule: str | None  # None: no step of the call decides the entry
    reason: str
    state: int  # of the whole trace: the state after the step that shows it


class Truth(NamedTuple):
    """What becomes of one entry, and why."""

    name: str
    kind: Kind  # before the call
    after: Kind
    fate: Fate
    answered: Fate | None  # what the learner said; None: nothing
    rule: str | None  # id of the model's rule; None: no step of the call touches the entry
    reason: str  # the rule's sentence
    function: str | None  # the kernel function that decides, with its file and the kernel
    evidence: str | None  # on which kernel that was seen
    state: int  # of the whole trace: the state after the step that shows it

    @property
    def right(self) -> bool:
        """Whether the answer is what becomes of the entry."""
        return self.answered is self.fate

    def as_json(self) -> dict[str, Any]:
        """It as plain values."""
        said = None if self.answered is None else str(self.answered)
        plain = {**self._asdict(), "kind": str(self.kind), "after": str(self.after)}
        return {**plain, "fate": str(self.fate), "answered": said, "right": self.right}


@dataclass(frozen=True)
class Marked:
    """A learner's answers, judged: one :class:`Truth` for each entry in question."""

    exercise: Exercise
    entries: tuple[Truth, ...]

    @property
    def score(self) -> int:
        """How many answers are right, of ``len(entries)``."""
        return sum(truth.right for truth in self.entries)

    @property
    def mistakes(self) -> tuple[Truth, ...]:
        """The entries with a wrong answer, or none."""
        return tuple(truth for truth in self.entries if not truth.right)

    @property
    def by_class(self) -> dict[str, tuple[int, int]]:
        """For each class of entry, how many answers are right, and of how many."""
        scores: dict[str, tuple[int, int]] = {}
        for truth in self.entries:
            right, of = scores.get(truth.kind, (0, 0))
            scores[str(truth.kind)] = right + truth.right, of + 1
        return scores

    def as_json(self) -> dict[str, Any]:
        """The judgement and the whole trace as plain values, see docs/exercises.md."""
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

    ``level``, ``seed`` and ``number`` say where a drawn one comes from; of one's own they are
    0 and empty.  Made by :func:`exercise_of` and :mod:`zapviz.exercises`.
    """

    program: p.Program
    kernel: Kernel
    level: int = 0
    seed: str = ""
    number: int = 0

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
        """The run, with the statement in question: the whole answer."""
        return Run(self.program, self.kernel)

    @cached_property
    def before(self) -> Run:
        """The run up to the statement in question: what the learner is shown."""
        return Run(replace(self.program, statements=self.program.statements[:-1]), self.kernel)

    @property
    def statement(self) -> str:
        """The statement in question, without its comment."""
        return self.trace.texts[-1]

    @property
    def result(self) -> str:
        """What the statement in question results in: ``0``, an errno name, a signal name."""
        return self.trace.outcomes[-1].result

    @property
    def question(self) -> str:
        """What is asked, in a sentence: a teacher's own after ``# ?``, or ours."""
        asked = self.program.statements[-1]
        own = asked.comment[len(MARK) :].strip()
        if own:
            return own
        names = joined(list(dict.fromkeys(entry.name.partition("[")[0] for entry in self.asked)))
        return f"What becomes of each entry of {names} in {self.statement}?"

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """The entries in question: all of the mappings that the statement is about, and of
        the others of the same file, but those that hold nothing before it."""
        return _asked(self.program, len(self.program.statements) - 1, self.before.world(-1))

    @cached_property
    def rulings(self) -> tuple[Ruling, ...]:
        """What becomes of each entry in question, in their order."""
        return tuple(self._ruling(asked) for asked in self.asked)

    @cached_property
    def solution(self) -> Marked:
        """What becomes of each entry, answered by nobody."""
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
        """Judge answers: for each entry's name ``zapped``, ``kept`` or ``changed``.

        An entry without an answer counts as a mistake.  Errors: ZapvizError for an entry that
        is not in question, and for another word.
        """
        names = [asked.name for asked in self.asked]
        given: dict[str, Fate] = {}
        for name, said in answers.items():
            if name not in names:
                hint = choices_hint(str(name), names)
                raise ZapvizError(f"the entry '{str(name)[:60]}' is not in question; {hint}")
            if said is None:
                continue
            if said not in list(Fate):
                hint = choices_hint(str(said), list(Fate))
                raise ZapvizError(f"'{str(said)[:60]}' is no answer for {name}; {hint}")
            given[name] = Fate(said)
        entries = [
            truth._replace(answered=given.get(truth.name)) for truth in self.solution.entries
        ]
        return Marked(self, tuple(entries))

    def _ruling(self, asked: Asked) -> Ruling:
        """What becomes of an entry, and the step that shows it."""
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
        """The state that shows what becomes of an entry, the sentence that says why, and
        whether it is the reason of a step that decides the entry."""
        fate = fates[-1]
        steps = self.trace.steps
        if fate is not Fate.KEPT:  # from where on it is what it will be in the end
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
            which = "the only one is" if len(titles) == 1 else "there are only"
            said = f"No pass of the call comes here; {which} {joined(titles)}."
            begin = passes[0] if steps[passes[0] - 1].kind == "pass" else first
            return begin, f"{said}{self._refusal}", False
        if self.result != "0":
            refused = first + len(fates) - 1
            said = f"{steps[refused - 1].rule.reason}{self._refusal}"
            return refused, said, False
        return first, "The call makes no pass over entries at all.", False

    @property
    def _refusal(self) -> str:
        return f" The call ends with {self.result}." if self.result != "0" else ""

    def _about(self, step: Step, asked: Asked) -> bool:
        """Whether a step decides of an entry, or keeps the page of the file that it maps."""
        if step.place is None or step.before is None or step.verdict is None:
            return False
        if not step.place.in_file:
            return (step.place.of, step.place.page) == (asked.area, asked.page)
        vma = self.before.world(-1).areas[asked.area].vma_at(asked.page)
        same = vma is not None and (vma.file, vma.offset + asked.page) == step.place[1:]
        return same and step.verdict == "kept"

    def as_json(self, *, solution: bool = False) -> dict[str, Any]:
        """The exercise as plain values for a page, see docs/exercises.md.

        Args:
            solution: Whether to hand out the answers with it, for a page that cannot ask Python.
                Without them nothing from the statement in question on is in it.
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
    scenario: GivenScenario, kernel: str | Kernel = DEFAULT_KERNEL, name: str = "exercise"
) -> Exercise:
    """The exercise that a scenario is: a text of one's own, a file's path, a shipped one's name.

    ``name`` is what errors call the text; a path calls itself.

    The statement in question is the one with a comment ``# ?`` beside it; what follows the
    question mark is asked instead of our own question.  Without a mark it is the last statement
    that zaps; then the title, the paragraph and the remarks at that statement are left out,
    for they tend to tell the answer.  What stands below the statement is never shown.

    Errors: ScenarioError for a wrong scenario, for one without a statement in question, with
    two, or with nothing to decide; ZapvizError for an unknown name or kernel.
    """
    chosen = find_kernel(kernel)
    source = given_source(scenario, name)
    program, name = source.program, source.name
    try:
        at, marked = _in_question(program, chosen)
    except _Wrong as wrong:
        raise wrong.error(program, name) from None
    asked = program.statements[at]
    if not marked:
        asked = replace(asked, comment=MARK, above=())
        program = replace(program, title="", about=())
    statements = (*program.statements[:at], asked)
    if not marked:
        statements = (replace(statements[0], above=()), *statements[1:])
    trimmed = replace(program, statements=statements, below=(), source="")
    return Exercise(parse_scenario(format_scenario(trimmed)), chosen)


def _in_question(program: p.Program, kernel: Kernel) -> tuple[int, bool]:
    """The index of the statement in question, and whether a comment marks it."""
    statements = program.statements
    cpu = next((s for s in statements if isinstance(s, p.Cpu)), None)
    if cpu is not None:
        raise _Wrong(cpu, "what CPUs do has no one answer", "leave out def CPU0(): and the like")
    marks = [k for k, one in enumerate(statements) if one.comment.startswith(MARK)]
    if len(marks) > 1:
        hint = f"line {statements[marks[0]].line} has a comment # ? already; only one may"
        raise _Wrong(statements[marks[1]], "a second statement is in question", hint)
    if marks:
        at = marks[0]
        if not isinstance(statements[at], p.Call):
            hint = "mark one that does something to entries, such as munmap(A)"
            raise _Wrong(statements[at], "no entry can be in question here", hint)
        trace = Run(replace(program, statements=statements[: at + 1]), kernel)
    else:
        trace = Run(program, kernel)
        zaps = {
            trace.statement_of(n)
            for n, step in enumerate(trace.steps, 1)
            if step.kind == "zap" and not isinstance(statements[trace.statement_of(n)], p.Assert)
        }
        if not zaps:
            hint = "add one such as munmap(A), or put a comment # ? beside the one that is meant"
            raise _Wrong(statements[-1], f"no statement zaps anything on {kernel.name}", hint)
        at = max(zaps)
    if len(trace.outcomes) <= at:
        hint = "a statement above it never returns"
        raise _Wrong(statements[at], "the statement in question is never run", hint)
    world = trace.world(trace.last_state_of(at - 1)) if at else World()
    if not _asked(program, at, world):
        hint = "no entry holds anything yet; touch pages first, as in A[0:2] = 1 or read(A[0])"
        raise _Wrong(statements[at], "there is nothing for it to decide", hint)
    return at, bool(marks)


def _asked(program: p.Program, at: int, world: World) -> tuple[Asked, ...]:
    """The entries that a statement puts in question, in a world before it."""
    files = {s.name: s.pages.name for s in program.statements if isinstance(s, p.NewMapping)}
    statement = program.statements[at]
    about = _about(statement)
    file = files.get(about, about)
    return tuple(
        Asked(f"{area.name}[{page}]", index, page, entry.kind)
        for index, area in enumerate(world.areas)
        if isinstance(statement, p.Exit) or file in (area.name, files.get(area.name))
        for page, entry in enumerate(area.entries)
        if not entry.empty
    )


def _about(statement: p.Statement) -> str:
    """The file or mapping that a statement does something to, or ""."""
    match statement:
        case p.NewFile() | p.NewAnon() | p.NewMapping() | p.Exit() | p.Assert() | p.Cpu():
            return ""
        case p.Ftruncate(file):
            return file
        case _:
            return statement.pages.name


def _fate(was: Entry, now: Entry) -> Fate:
    """What became of an entry that held something."""
    if now.empty:
        return Fate.ZAPPED
    same = (was.kind, was.folio, was.slot) == (now.kind, now.folio, now.slot)
    return Fate.KEPT if same else Fate.CHANGED


class _Wrong(Exception):
    """What is wrong with an exercise, and at which statement."""

    def __init__(self, statement: p.Statement, message: str, hint: str) -> None:
        super().__init__(statement, message, hint)
        self.statement, self.message, self.hint = statement, message, hint

    def error(self, program: p.Program, name: str) -> ScenarioError:
        """It as an error of a program's text."""
        lines = program.source.splitlines()
        line = max(1, self.statement.line)
        source = lines[line - 1] if line <= len(lines) else ""
        column = len(source) - len(source.lstrip()) + 1
        return ScenarioError(self.message, self.hint, name, line, column, source)
