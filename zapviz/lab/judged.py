"""Any system that says it is Linux, held against the model: scenarios run there, and what differs.

:func:`judge_system` runs the probe under a command such as ``qemu-x86_64 {}``. Compared after each
statement are its result, signals, and, where the system has a pagemap, every entry. Where it has
none, a child reads every page after every statement, and what it finds is compared with what the
model says of the same reads; where there is a pagemap, that is done once, at the end.

A statement whose result differs is left out on both sides, and the rest is run again, so that one
difference does not hide the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from zapviz.errors import ZapvizError
from zapviz.kernels.known import Kernel, is_before_known, released
from zapviz.kernels.known import kernel as find_kernel
from zapviz.lab.conformance import Mismatch, cut_short, first_mismatch
from zapviz.lab.host import disk_folder
from zapviz.lab.plan import lacks, left_out, needed, plan
from zapviz.lab.runner import Runner
from zapviz.lab.script import KernelOutcome, NotOnKernel, byte_found, format_script
from zapviz.lab.smallest import smallest
from zapviz.lab.verdict import model_for
from zapviz.model import program as p
from zapviz.model.machine import booted, run_statement
from zapviz.model.world import World, byte_of
from zapviz.scenario.generate import random_program
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import format_statement, statement_texts
from zapviz.words import how_many

__all__ = [
    "ABSENT",
    "Difference",
    "Judged",
    "Kind",
    "Scene",
    "Untried",
    "call_of",
    "first_difference",
    "judge_system",
    "kind_of",
    "shipped_programs",
]

ABSENT: Final = ("ENOSYS", "EOPNOTSUPP")
"""The results by which a system says that it does not have what was asked for."""

_MOST_SHRUNK: Final = 40  # differences of one run that are made smaller: each takes some runs
_TRIES: Final = 3  # programs with the same difference that are run again, until one shows it
_PAGES, _STATEMENTS = 8, 16  # of a random scenario, as lab conform makes them

_CAME_WITH: Final[Mapping[str, tuple[int, int]]] = {
    "madvise MADV_FREE": (4, 5),
    "madvise MADV_PAGEOUT": (5, 4),
    "uffd_wp": (5, 7),
}
"""Calls that are newer than releases that a system may say it is, and that the model does not know.

What came later is a rule of the model's kernels.
"""

_AROUND: Final = (
    "pages came along with one that was touched: MADV_RANDOM is not followed there, and no "
    "program reads anything else for it"
)


@dataclass(frozen=True)
class Untried:
    """A statement that was not tried, since what it takes cannot be had."""

    line: int  # 0 in a random scenario
    text: str
    why: str


@dataclass(frozen=True)
class Scene:
    """A scenario, and what became of it."""

    name: str
    shipped: bool  # or given; else random
    calls: p.Program  # what was run, in order
    lines: tuple[int, ...]  # of each call; 0 where it has none
    untried: tuple[Untried, ...] = ()
    differs: tuple[tuple[int, Mismatch], ...] = ()  # a line, and what differs there


@dataclass(frozen=True)
class Kind:
    """A kind of difference: those that have one are told as one."""

    call: str  # such as "madvise MADV_FREE"
    what: str  # result, entry, page cache, data, uffd-wp, a read, the process
    model: str
    system: str


@dataclass(frozen=True)
class Difference:
    """Something that a system does otherwise than Linux, with a smallest scenario that shows it."""

    kind: Kind
    smallest: Mismatch
    seen: tuple[str, ...]  # the scenarios, each with its line
    repeated: bool  # whether it was seen in a second run, too
    forked: bool = False  # whether it takes a child that reads after every statement

    @property
    def absent(self) -> bool:
        """Whether the system says that it does not have the call: ENOSYS, or EOPNOTSUPP."""
        return self.kind.what == "result" and self.kind.system in ABSENT


@dataclass(frozen=True)
class Judged:
    """What a system does, beside what the model says."""

    given: str  # the command
    release: str  # as the system's uname says it
    model: Kernel
    chosen: str  # why that one, in words
    entries: bool  # whether entries were compared: it has a pagemap
    looks: str  # when reads were compared: "each", "end"
    scenes: tuple[Scene, ...]
    differences: tuple[Difference, ...]

    @property
    def differ(self) -> tuple[Difference, ...]:
        """What the system does otherwise, seen twice."""
        return tuple(each for each in self.differences if each.repeated and not each.absent)

    @property
    def absent(self) -> tuple[Difference, ...]:
        """What the system says it does not have."""
        return tuple(each for each in self.differences if each.repeated and each.absent)

    @property
    def once(self) -> tuple[Difference, ...]:
        """What was seen in one run, and not in the next."""
        return tuple(each for each in self.differences if not each.repeated)

    @property
    def statements(self) -> int:
        """How many statements were run."""
        return sum(len(scene.calls.statements) for scene in self.scenes)

    @property
    def ok(self) -> bool:
        """Whether all that was run there is as the model says; what is absent does not count."""
        return not self.differ

    def shown_by(self, scene: Scene) -> tuple[Difference, ...]:
        """Give the differences that a scenario showed."""
        kinds = {kind_of(mismatch) for _, mismatch in scene.differs}
        return tuple(each for each in self.differences if each.kind in kinds)

    def untried(self) -> dict[str, list[tuple[Scene, Untried]]]:
        """Give what was not tried, by the reason."""
        found: dict[str, list[tuple[Scene, Untried]]] = {}
        for scene in self.scenes:
            for each in scene.untried:
                found.setdefault(each.why, []).append((scene, each))
        return found


def shipped_programs() -> dict[str, p.Program]:
    """Give the shipped scenarios that one process can run: no CPUs, nothing for the model alone."""
    found = {}
    for name, scenario in SCENARIOS.items():
        if not scenario.program.concurrent and not _model_only(scenario.program):
            found[name] = scenario.program
    return found


def judge_system(
    runner: Runner,
    programs: Mapping[str, p.Program] | None = None,
    count: int = 0,
    seed: int = 0,
    kernel: str | Kernel | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> Judged:
    """Run scenarios on a system that says it is Linux, and in the model.

    Args:
        runner: The command that runs a program there.
        programs: Scenarios by name; None: those that ship.
        count: How many random scenarios are run besides.
        seed: Which random ones.
        kernel: The model's kernel; None: that of the release that the system's uname says, else
            the newest.
        tell: Is told how far it is.

    Raises:
        ZapvizError: A scenario has CPUs, or there is no such kernel.
        NotOnKernel: A scenario has a statement that is for the model only.
        NotAvailable: The command cannot be run, or a C compiler is not here.
        SystemLost: The system hangs, floods its output or is killed, again and again.
    """
    programs = shipped_programs() if programs is None else programs
    for name, program in programs.items():
        if program.concurrent:
            raise ZapvizError(
                f"{name} has CPUs, and lab judge follows one process; zapviz lab race is for them"
            )
        format_script([program])  # says what is model only, before anything is run
    given = None if kernel is None else find_kernel(kernel)
    tell(f"asking what {runner.name} runs programs on")
    features = runner.features()
    model, chosen = _model(given, features["release"])
    entries = features.get("pagemap") == "1"
    if entries and disk_folder() is None:
        features["disk"] = "0"  # entries of files on tmpfs or an overlay are others
    if given is None:
        features["claims"] = features["release"]
    scenes = [_scene(name, program, model, features) for name, program in programs.items()]
    scenes += [_random_scene(number, seed, model, features) for number in range(count)]
    judge = _Judge(runner, model, entries, tell)
    scenes = judge.scenes(scenes)
    differences = judge.differences(scenes)
    looks = "end" if entries or features.get("forks") == "0" else "each"
    release = features["release"]
    return Judged(runner.given, release, model, chosen, entries, looks, tuple(scenes), differences)


def kind_of(mismatch: Mismatch) -> Kind:
    """Give the kind of a difference: the call, what differs, and both sides, without names."""
    statement = mismatch.program.statements[mismatch.statement]
    what = mismatch.what
    for long in ("page cache", "uffd-wp", "data", "a read"):
        if what.startswith(f"{long} of "):
            what = long
    if what.endswith("]"):
        what = "entry"
    model, system = (_value(what, side) for side in (mismatch.model, mismatch.kernel))
    if what == "result" and system in ABSENT:
        model = "there"  # whatever it would have answered
    elif what in ("entry", "page cache", "uffd-wp"):
        system = "another"
    return Kind(call_of(statement), what, model, system)


def _value(what: str, side: str) -> str:
    """Say of a byte only whether it is zero: which one it is, is the scenario's."""
    if what in ("data", "a read") and re.fullmatch(r"(byte )?\d+", side):
        return "zeros" if side.split()[-1] == "0" else "data"
    return side


def call_of(statement: p.Statement) -> str:
    """Give the name of a call, with its advice and flags."""
    if isinstance(statement, p.Write):
        return "write"
    if isinstance(statement, p.Assert | p.Cpu):
        return ""
    text = format_statement(statement)
    if isinstance(statement, p.Maker):
        text = text.partition(" = ")[2]
    name = re.match(r"\w+", text)
    flags = re.findall(r"\b(?:MADV|MAP|O)_\w+", text)
    return " ".join([name[0] if name else text, *flags])


# ---- what is run --------------------------------------------------------------


def _model_only(program: p.Program) -> bool:
    try:
        format_script([program])
    except NotOnKernel:
        return True
    return False


def _model(given: Kernel | None, release: str) -> tuple[Kernel, str]:
    """Give the model's kernel, and why it is that one."""
    if given is not None:
        return given, "as --kernel says"
    said = _version(release)
    if said is None:
        newest = released((1 << 30, 0))
        return newest, f"the newest one, as uname says '{release[:40]}', which is no release"
    model = model_for(release)
    if is_before_known(said):
        return model, f"the oldest one that the model knows; uname says {release[:40]}"
    return model, f"for uname says {release[:40]}"


def _version(release: str) -> tuple[int, int] | None:
    """Read the release of a kernel as far as it has a rule, such as (6, 12); None: it is none."""
    match = re.match(r"(\d{1,4})\.(\d{1,4})", release)
    return (int(match[1]), int(match[2])) if match else None


def _why_not(program: p.Program, features: Mapping[str, str]) -> Callable[[p.Statement], str]:
    """Give what says why a statement of a program cannot be tried, or ""."""
    pages = sum(
        s.pages if isinstance(s, p.NewAnon) else s.pages.count
        for s in program.statements
        if isinstance(s, p.NewAnon | p.NewMapping)
    )
    lockable = int(features.get("lockable", "0"))
    has_pagemap = features.get("pagemap") == "1"
    marks = _registers(program)
    claims = _version(features.get("claims", ""))

    def why(statement: p.Statement) -> str:
        feature = needed(statement)
        lacking = feature is not None and features.get(feature) == "0"
        since = _CAME_WITH.get(call_of(statement))
        if since and claims and claims < since:
            return f"it came with Linux {since[0]}.{since[1]}, and uname says an older one"
        if feature == "hwpoison":
            return "it could break memory of this machine for good (zapviz lab run has a VM)"
        if feature == "pageout" and lacking and has_pagemap:
            return "no swap there"
        if feature == "pageout" and not has_pagemap:
            # No read tells a page that was swapped out from one that was not; a lost mark does.
            return "whether it swaps cannot be seen, and userfaultfd marks" if marks else ""
        if feature == "uffd" and lacking:
            error = features.get("uffd_error", "0")
            return "" if error in ABSENT else f"userfaultfd is refused there ({error})"
        if feature == "uffd" and features.get("types") == "0" and features.get("pageout") == "1":
            return "markers and swap entries look alike to who is not root"
        if feature == "migrate" and lacking:
            return "one NUMA node there, or pages may not be moved"
        if feature == "disk" and lacking:
            return "no folder there, on a disk, in which files can be made"
        if isinstance(statement, p.Mlock) and statement.lock and pages > lockable:
            return f"only {how_many(lockable, 'page')} may be locked there (ulimit -l)"
        return lacks(statement, features)

    return why


def _scene(name: str, program: p.Program, model: Kernel, features: Mapping[str, str]) -> Scene:
    """Give what is run of a scenario: its calls, those in assertions included."""
    reasons = left_out(program, _why_not(program, features))
    planned = plan(program, model, reasons)
    calls: list[p.Statement] = []
    lines: list[int] = []
    untried: list[Untried] = []
    texts = statement_texts(program)
    for statement, text, step in zip(program.statements, texts, planned.steps, strict=False):
        if step.skipped:
            untried.append(Untried(statement.line, text, step.skipped))
        for call, _ in step.calls:
            calls.append(call)
            lines.append(statement.line)
            if isinstance(call, p.Exit):
                break
        if calls and isinstance(calls[-1], p.Exit):
            break
    whole = p.Program(tuple(calls))
    cut = cut_short(whole, model)
    at = len(cut.statements)
    if at < len(calls):
        text = format_statement(calls[at])
        why = "real kernels part from the model there, in a known difference, or never return"
        untried.append(Untried(lines[at], text, why))
    return Scene(name, True, cut, tuple(lines[:at]), tuple(untried))


def _random_scene(number: int, seed: int, model: Kernel, features: Mapping[str, str]) -> Scene:
    program = random_program(
        Random(f"{seed}/{number}"), real_only=True, pages=_PAGES, statements=_STATEMENTS
    )
    reasons = left_out(program, _why_not(program, features))
    kept = tuple(s for at, s in enumerate(program.statements) if at not in reasons)
    untried = tuple(
        Untried(0, format_statement(program.statements[at]), why) for at, why in reasons.items()
    )
    cut = cut_short(p.Program(kept), model)
    return Scene(f"random-{number}", False, cut, (0,) * len(cut.statements), untried)


# ---- what differs -------------------------------------------------------------


@dataclass(frozen=True)
class _Judge:
    """One system beside one kernel of the model."""

    runner: Runner
    model: Kernel
    entries: bool
    tell: Callable[[str], None]

    def scenes(self, scenes: Sequence[Scene]) -> list[Scene]:
        """Run all scenarios, and again without what differs, until nothing new does."""
        judged = list(scenes)
        left = {at: scene for at, scene in enumerate(scenes) if scene.calls.statements}
        turn = 0
        while left:
            turn += 1
            again = f", turn {turn}: without what differed" if turn > 1 else ""
            asked = [scene.calls for scene in left.values()]
            mismatches = self.mismatches(asked, again)
            rest: dict[int, Scene] = {}
            for (at, scene), mismatch in zip(left.items(), mismatches, strict=True):
                if mismatch is None:
                    continue
                line = scene.lines[mismatch.statement]
                if _came_along(mismatch):
                    text = format_statement(scene.calls.statements[mismatch.statement])
                    rest_of = Untried(line, f"{text}, and what follows", _AROUND)
                    judged[at] = replace(judged[at], untried=(*judged[at].untried, rest_of))
                    continue
                found = (line, mismatch)
                judged[at] = replace(judged[at], differs=(*judged[at].differs, found))
                if _only_refused(mismatch):
                    rest[at] = _without(scene, mismatch.statement, self.model)
            left = {at: scene for at, scene in rest.items() if scene.calls.statements}
        return judged

    def mismatches(
        self,
        programs: Sequence[p.Program],
        telling: str | None = None,
        children: bool = True,
    ) -> list[Mismatch | None]:
        """Run programs, and give the first difference of each.

        Args:
            programs: The programs.
            telling: What is added where it is told how many are done; None: that is not told.
            children: Whether a child reads after every statement, where there is no pagemap.
        """
        of = how_many(len(programs), "scenario")
        found: dict[int, KernelOutcome] = {}
        # A child has no userfaultfd, nor all of its markers.
        children = children and not self.entries
        alone = [at for at, one in enumerate(programs) if not children or _registers(one)]
        others = [at for at in range(len(programs)) if at not in set(alone)]
        for numbers, look in ((others, children), (alone, False)):

            def progress(done: int, before: int = len(found)) -> None:
                if telling is not None:
                    self.tell(f"{before + done:,} of {of}{telling}")

            outcomes = self.runner.outcomes([programs[at] for at in numbers], progress, look)
            found.update(zip(numbers, outcomes, strict=True))
        return [
            first_difference(program, self.model, found[at]) for at, program in enumerate(programs)
        ]

    def differences(self, scenes: Sequence[Scene]) -> tuple[Difference, ...]:
        """Put the differences of all scenarios together by kind, each as small as it goes."""
        found: dict[Kind, list[Mismatch]] = {}
        where: dict[Kind, list[str]] = {}
        for scene in scenes:
            for line, mismatch in scene.differs:
                kind = kind_of(mismatch)
                found.setdefault(kind, []).append(mismatch)
                place = f"{scene.name}:{line}" if line else scene.name
                if place not in where.setdefault(kind, []):
                    where[kind].append(place)
        return tuple(
            self._difference(number, kind, found, tuple(where[kind]))
            for number, kind in enumerate(found)
        )

    def _difference(
        self, number: int, kind: Kind, found: Mapping[Kind, list[Mismatch]], where: tuple[str, ...]
    ) -> Difference:
        self.tell(f"difference {number + 1} of {len(found)}, once more, and smaller")
        ordered = sorted(found[kind], key=lambda each: each.statement)
        cut = [
            p.Program(each.program.statements[: each.statement + 1]) for each in ordered[:_TRIES]
        ]
        # A fork is no part of what a scenario says: it is told where the difference takes one.
        for children in (True,) if self.entries else (False, True):

            def run(
                programs: Sequence[p.Program], children: bool = children
            ) -> list[Mismatch | None]:
                return self.mismatches(programs, None, children)

            for again in run(cut):
                if again is None or kind_of(again) != kind:
                    continue
                best = again
                if kind.what != "the process" and number < _MOST_SHRUNK:
                    best = smallest(again, run, lambda other: kind_of(other) == kind)
                return Difference(kind, best, where, True, children and not self.entries)
        return Difference(kind, ordered[0], where, False)


def _registers(program: p.Program) -> bool:
    return any(isinstance(statement, p.Uffd) for statement in program.statements)


def _only_refused(mismatch: Mismatch) -> bool:
    """Tell whether a call was answered otherwise, and no more: the rest can go without it."""
    sides = (mismatch.model, mismatch.kernel)
    return mismatch.what == "result" and not any(side.startswith("SIG") for side in sides)


def _came_along(mismatch: Mismatch) -> bool:
    """Tell whether all that differs is that a page of a file is there which nobody touched yet."""
    if (mismatch.model, mismatch.kernel) != ("none", "file"):
        return False
    statements = mismatch.program.statements
    touch = statements[mismatch.statement]
    place = re.fullmatch(r"(?:page cache of )?(\w+)\[(\d+)\]", mismatch.what)
    if place is None or not isinstance(touch, p.Read | p.Write):
        return False
    name, page, pages = place[1], int(place[2]), touch.pages
    made = [s for s in statements if isinstance(s, p.NewMapping) and s.name == pages.name]
    shift = made[0].pages.first if made and made[0].pages.name == name else 0
    return not (name in (pages.name, *(m.pages.name for m in made))
                and pages.first + shift <= page < pages.end + shift)  # fmt: skip


def _without(scene: Scene, index: int, model: Kernel) -> Scene:
    """Give what is run of a scenario without one call, and without what hangs on it."""
    statements = scene.calls.statements
    gone = left_out(scene.calls, lambda each: "it differs" if each is statements[index] else "")
    kept = [at for at in range(len(statements)) if at not in gone]
    cut = cut_short(p.Program(tuple(statements[at] for at in kept)), model)
    lines = tuple(scene.lines[at] for at in kept[: len(cut.statements)])
    return replace(scene, calls=cut, lines=lines)


def first_difference(program: p.Program, kernel: Kernel, outcome: KernelOutcome) -> Mismatch | None:
    """Give the first thing that a system did otherwise than the model, reads included."""
    mismatch = first_mismatch(program, kernel, outcome)
    misread = _first_misread(program, kernel, outcome)
    if mismatch is None or (misread is not None and misread.statement < mismatch.statement):
        return misread
    return mismatch


def _first_misread(program: p.Program, kernel: Kernel, outcome: KernelOutcome) -> Mismatch | None:
    """Give the first page in which a read found something else than in the model."""
    world = booted(program)
    given_up: dict[tuple[str, int], str] = {}
    told = any(step.found for step in outcome.steps)
    for index, (statement, seen) in enumerate(zip(program.statements, outcome.steps, strict=False)):
        before = world
        ran = run_statement(kernel, world, statement)
        world = ran.world
        _note_given_up(given_up, statement, ran.result, lambda w=before: _found(kernel, w))  # type: ignore[misc]
        if not seen.found:
            if told and index < len(outcome.steps) - 1 and world.areas and outcome.complaints:
                return Mismatch(program, index, "a read", "ends", outcome.complaints[0])
            continue
        for (name, page), foreseen in _found(kernel, world).items():
            found = seen.found.get(name, ())
            if page >= len(found) or found[page] == foreseen:
                continue
            # A page that was given up holds its old byte until it is taken, whenever that is.
            held = given_up.get((name, page))
            if held is not None and found[page] in (held, byte_found(0)):
                continue
            return Mismatch(program, index, f"a read of {name}[{page}]", foreseen, found[page])
    return None


def _note_given_up(
    given_up: dict[tuple[str, int], str],
    statement: p.Statement,
    result: str,
    found: Callable[[], Mapping[tuple[str, int], str]],
) -> None:
    """Keep what each page held that MADV_FREE gave up, until something else is done to it."""
    pages = getattr(statement, "into", getattr(statement, "pages", None))
    if not isinstance(pages, p.Pages) or isinstance(statement, p.Maker | p.Read | p.Mlock):
        return
    advice = getattr(statement, "advice", "")
    if isinstance(statement, p.Mprotect) or advice == "MADV_PAGEOUT":
        return
    for page in range(pages.first, pages.end):
        if advice != "MADV_FREE":
            given_up.pop((pages.name, page), None)
        elif result == "0":
            given_up[pages.name, page] = found()[pages.name, page]


def _found(kernel: Kernel, world: World) -> dict[tuple[str, int], str]:
    """Give what a read of each page finds in the model, one after the other."""
    found: dict[tuple[str, int], str] = {}
    for name, count in [(area.name, len(area.entries)) for area in world.areas]:
        for page in range(count):
            ran = run_statement(kernel, world, p.Read(p.Pages(name, page, page + 1)))
            world = ran.world
            found[name, page] = ran.result if ran.result != "0" else _byte(world, name, page)
    return found


def _byte(world: World, name: str, page: int) -> str:
    area = next(each for each in world.areas if each.name == name)
    byte = byte_of(world, area.entries[page])
    assert byte is not None  # it was read
    return byte_found(byte)
