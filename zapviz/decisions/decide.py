"""The decision table: what becomes of which entry, on which path, on which kernel.

Entry class x kind of mapping x path x kernel: every cell is computed by running its smallest
scenario on the model. A cell tells what became of the entry by the end of the call, and the steps
that decided it. Where a child has a share of the page, slot or marker, one run gives two cells,
of the parent's entry and of the child's.

>>> print(cell_of("swap", "shmem-private", "truncate", "v5.17").verdict)
kept
>>> cell_of("swap", "shmem-private", "truncate", "v6.12").rule.id
'swap-zapped'

A call that waits for a folio that is being moved gets the folio here once the migration has ended,
as it would with another CPU at work. The scenario of the cell has one CPU and shows the call
waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final, NamedTuple, TypeAlias

from zapviz.decisions.cases import (
    ALONE,
    CHILD_EXIT,
    CHILD_READ,
    ENTRIES,
    FORK,
    LOCKINGS,
    MAPPINGS,
    OWNERS,
    PATHS,
    EntryCase,
    MappingCase,
    OwnerCase,
    PathCase,
    one_of,
)
from zapviz.kernels.chains import source
from zapviz.kernels.difference import Difference
from zapviz.kernels.evidence import path_of, seen_text
from zapviz.kernels.known import DEFAULT_KERNEL, DIFFERENCES, KERNELS, Kernel
from zapviz.kernels.known import kernel as find_kernel
from zapviz.model.actions import facts_of
from zapviz.model.calls import begin, no_direct_io, unwatched
from zapviz.model.entries import Entry, Kind
from zapviz.model.forking import NOT_COPIED
from zapviz.model.machine import BLOCKED, run_statement
from zapviz.model.migration import copy_page
from zapviz.model.program import Statement
from zapviz.model.steps import ELSEWHERE, Action, Actor, Pass, Place, Rule, Step
from zapviz.model.world import MachineFlag, World
from zapviz.scenario.text import parse_scenario

__all__ = ["Cell", "CellVerdict", "Decided", "cell_of", "decide_all", "deciding"]


class CellVerdict(StrEnum):
    """What became of an entry by the end of the call."""

    ZAPPED = "zapped"
    """It is gone."""
    KEPT = "kept"
    """It stands where it stood."""
    CHANGED = "changed"
    """A marker stands in its place."""
    WAITS = "waits"
    """The entry stays until the call gets a folio lock that it waits for."""
    REFUSED = "refused"
    """The kernel refuses the call before it looks at an entry."""
    IMPOSSIBLE = "not possible"
    """No such entry arises there, or no such call can be made."""


class Cell(NamedTuple):
    """One decision, with the reason."""

    entry: str  # an id of zapviz.decisions.cases, as are the next two
    mapping: str
    path: str
    kernel: str  # its name
    verdict: CellVerdict
    after: str | None  # class of the entry after the call; None where it is not possible
    result: str  # of the call: "0", an errno, or BLOCKED where it never returns; "" for none
    waits: bool  # whether the call waits for a migration to end
    reason: str  # sentences
    rule: Rule | None  # the rule that decided the entry; None: no step decided it
    source: str  # function and file of that rule; "" with none
    evidence: str  # on which real kernels it was seen; "" with none
    passes: tuple[tuple[str, str], ...]  # title and verdict of each pass that came
    lines: tuple[str, ...]  # the scenario, without its title
    owner: str = ALONE  # an id of zapviz.decisions.cases

    @property
    def outcome(self) -> tuple[str, str | None, str, bool]:
        """What a reader sees of the cell: cells that differ in this decide differently."""
        return self.verdict, self.after, self.result, self.waits

    @property
    def title(self) -> str:
        """The place and the kernel of the cell, on one line."""
        entry, mapping, path = ENTRIES[self.entry], MAPPINGS[self.mapping], PATHS[self.path]
        owner = f", {OWNERS[self.owner].name}" if OWNERS[self.owner].shared else ""
        return f"{entry.name}, {mapping.name}{owner}: {path.name}"

    @property
    def scenario(self) -> str:
        """The smallest scenario that shows the decision.

        Its last line asserts the outcome, except where the call never returns or cannot be made.
        """
        title = f"# {ENTRIES[self.entry].name}: {PATHS[self.path].name}"
        under = f"# {MAPPINGS[self.mapping].name}{OWNERS[self.owner].beside}"
        return "\n".join((title, under, *self.lines, ""))

    @property
    def word(self) -> str:
        """The verdict as a table shows it: a word, with a sign of :data:`WORD_SIGNS` where there is
        more to say.
        """
        if self.verdict is CellVerdict.IMPOSSIBLE:
            return "-"
        if self.verdict is CellVerdict.REFUSED:
            return self.result
        word = str(self.verdict)
        if self.verdict is CellVerdict.CHANGED:
            word = _LEFT.get(str(self.after), f"to {self.after}")
        if self.waits:
            return word if self.verdict is CellVerdict.WAITS else f"{word} +"
        if self.result == BLOCKED:
            return f"{word} ~"
        return word if self.result == "0" else f"{word} !"


WORD_SIGNS: Final = {
    "+": "the call then waits for a folio lock, until the migration ends",
    "~": "the call never returns: the kernel restarts it for ever",
    "!": "the call itself ends in an error all the same",
}
"""The meaning of each sign after the word of a :class:`Cell`."""

_LEFT: Final = {"uffd_wp_marker": "to uffd-wp", "guard_marker": "to guard"}


_KERNELS_KEPT: Final = 64  # of which the cells are kept, 1 MB for each


# running the scenarios


_LINES: Final = tuple(
    dict.fromkeys(
        [line for case in ENTRIES.values() for recipe in case.recipes for line in recipe]
        + [line for locking in LOCKINGS for line in locking]
        + [path.call for path in PATHS.values()]
        + [FORK, CHILD_READ, CHILD_EXIT]
    )
)
"""Every line that is run after a mapping was made."""

_LAST: Final = (FORK, CHILD_READ, CHILD_EXIT, "exit()")
"""The lines that have to be read after all others, in this order."""


@cache
def _statements(mapping: MappingCase) -> tuple[tuple[Statement, ...], dict[str, Statement]]:
    """Give the statements that make a mapping, and a statement for each line that can follow.

    All are read at once, since reading takes longer than running.
    """
    lines = [line for line in _LINES if mapping.has_file or not _names_file(line)]
    lines.sort(key=lambda line: _LAST.index(line) if line in _LAST else -1)
    read = parse_scenario("\n".join((*mapping.lines, *lines))).statements
    made = len(mapping.lines)
    return read[:made], dict(zip(lines, read[made:], strict=True))


def _names_file(line: str) -> bool:
    return "F[" in line or "(F" in line


@cache
def _mapped(kernel: Kernel, mapping: MappingCase, forks: bool = False) -> World:
    """Give a world with nothing but the mapping, of a process that forks or does not."""
    world = World(machine=MachineFlag.FORKS if forks else 0)
    for statement in _statements(mapping)[0]:
        world = run_statement(kernel, world, statement).world
    return world


class _Ready(NamedTuple):
    """A world in which an entry stands, or the reason why none stands."""

    world: World
    lines: tuple[str, ...]
    why_not: str = ""  # empty: the entry stands


def _entry(world: World, area: int = 0) -> Entry:
    return world.areas[area].entries[0]


def _run(
    kernel: Kernel, world: World, mapping: MappingCase, lines: Iterable[str]
) -> tuple[World, str]:
    """Run some lines; give the world after them and the result of the last."""
    result = "0"
    for line in lines:
        _, result, _, world = run_statement(kernel, world, _statements(mapping)[1][line])
    return world, result


def _recipes(case: EntryCase, mapping: MappingCase) -> list[tuple[str, ...]]:
    """Give the recipes that can be tried in a mapping: some need a file."""
    return [
        recipe for recipe in case.recipes if mapping.has_file or not any(map(_names_file, recipe))
    ]


@cache
def _arises(kernel: Kernel, case: EntryCase, mapping: MappingCase) -> bool:
    """Tell whether some recipe makes such an entry."""
    world = _mapped(kernel, mapping)
    return any(
        case.fits(_entry(_run(kernel, world, mapping, recipe)[0]))
        for recipe in _recipes(case, mapping)
    )


def _standing(kernel: Kernel, case: EntryCase, mapping: MappingCase) -> _Ready:
    """Give the smallest world with such an entry in such a mapping."""
    recipes = _recipes(case, mapping)
    for recipe in recipes:
        made, _ = _run(kernel, _mapped(kernel, mapping), mapping, recipe)
        if case.fits(_entry(made)):
            return _Ready(made, (*mapping.lines, *recipe))
    return _missing(kernel, case, mapping, recipes[0])


def _missing(
    kernel: Kernel, case: EntryCase, mapping: MappingCase, recipe: tuple[str, ...]
) -> _Ready:
    """Say why no such entry arises, as the first recipe shows."""
    made, result = _run(kernel, _mapped(kernel, mapping), mapping, recipe)
    *before, call = (*mapping.lines, *recipe)
    kind = _entry(made).kind
    if result in ("0", "SIGBUS"):
        holds = f"{kind} of the file's page" if kind is case.kind else kind
        why, lines = f"{call} leaves {holds} here", (*before, call, f"assert A[0] == {kind}")
    else:
        why, lines = f"{call} results in {result}", (*before, f"assert {call} == {result}")
    if case.private is False and not mapping.has_file:
        why = f"Anonymous memory has no file whose page could be mapped: {why}."
    elif case.private and mapping.shared:
        why = f"In a shared mapping every page is the file's own, also once written: {why}."
    elif cause := _cause(kernel, lambda other: _arises(other, case, mapping)):
        why = f"{why}: {_as_before(cause)}"
    elif "uffd" in call and result != "0":
        why = f"{unwatched(kernel)}: {why}."
    else:
        why = f"{case.note} So {why}." if case.note else f"{why}, not {case.kind}."
    return _Ready(made, lines, _capital(why))


def _cause(kernel: Kernel, works: Callable[[Kernel], bool]) -> Difference | None:
    """Give the rule whose old value makes something fail on a kernel.

    Setting that rule, on the newest kernel on which it works, to the value that this kernel has
    breaks it there. Of several such rules, give the latest.
    """
    newest = next((other for other in reversed([*KERNELS.values()]) if works(other)), None)
    if newest is None:
        return None
    cause = None
    for difference in DIFFERENCES:
        own = getattr(kernel, difference.rule)
        if own != getattr(newest, difference.rule) and not works(
            _patched(newest, difference.rule, own)
        ):
            cause = difference
    return cause


@cache
def _patched(kernel: Kernel, rule: str, value: object) -> Kernel:
    changed: dict[str, object] = {rule: value}
    return kernel.with_rule(None, **changed)


def _as_before(difference: Difference) -> str:
    """Say that a kernel lacks what a difference brought."""
    commit = f" ({difference.commit})" if difference.commit else ""
    return f"in this the kernel is as before {difference.since}{commit}. {difference.sentence}"


def _capital(text: str) -> str:
    """Begin a sentence with a capital, unless it begins with a name in the kernel's spelling."""
    word = text.partition(" ")[0]
    return text if "_" in word or "(" in word or "[" in word else text[:1].upper() + text[1:]


def _locked(kernel: Kernel, case: EntryCase, mapping: MappingCase, ready: _Ready) -> _Ready:
    """Lock the mapping with mlock, in the first way that leaves the entry as it is."""
    stands = _is_shared if len(ready.world.areas) > 1 else _is_alone
    for locking in LOCKINGS:
        world, result = _run(kernel, ready.world, mapping, locking)
        if result != BLOCKED and stands(case, world) and world.areas[0].vmas[0].locked:
            return _Ready(world, (*ready.lines, *locking))
    return ready._replace(why_not="No way to lock the mapping leaves such an entry in it.")


def _is_alone(case: EntryCase, world: World) -> bool:
    return case.fits(_entry(world))


def _is_shared(case: EntryCase, world: World) -> bool:
    """Tell whether parent and child have entries of a class, and the same page or slot."""
    mine, other = _entry(world), _entry(world, 1)
    alike = (mine.kind, mine.folio, mine.slot) == (other.kind, other.folio, other.slot)
    return case.fits(mine) and alike


def _shared(kernel: Kernel, case: EntryCase, mapping: MappingCase, ready: _Ready) -> _Ready:
    """Give the smallest world in which a child has a share of what such an entry holds.

    The child gets its entry at fork, or by a read; or the last line of the recipe comes when both
    have the page.
    """
    mapped = _mapped(kernel, mapping, forks=True)
    recipe = ready.lines[len(mapping.lines) :]
    ways = (
        (*recipe, FORK),
        (*recipe, FORK, CHILD_READ),
        (*recipe[:-1], FORK, CHILD_READ, recipe[-1]),
    )
    for way in ways:
        world, _ = _run(kernel, mapped, mapping, way)
        if _is_shared(case, world):
            return _Ready(world, (*mapping.lines, *way))
    forked: list[Step] = []
    world, _ = _run(kernel, mapped, mapping, recipe)
    world = run_statement(kernel, world, _statements(mapping)[1][FORK], forked).world
    mine, other = _entry(world).kind, _entry(world, 1).kind
    reasons = [
        step.rule.reason for step in forked if step.kind == "copy" or step.rule == NOT_COPIED
    ]
    why = " ".join((*reasons, f"So {FORK} leaves {mine} in the parent and {other} in the child."))
    lines = (*ready.lines, FORK, f"assert A[0] == {mine} and C.A[0] == {other}")
    return _Ready(world, lines, why)


class _Called(NamedTuple):
    """The effects of a call on the entry."""

    steps: list[Step]  # the steps that came to the entry
    entry: Entry  # at the end of the call
    result: str
    waited: int | None  # steps that had come when the call began to wait; None: it never waited
    waiting: Entry | None  # the entry at that moment


_MOVING: Final = Pass("", "migrate", None, zaps=False)


def _call(
    kernel: Kernel, world: World, statement: Statement, areas: tuple[int, ...] = (0,)
) -> list[_Called]:
    """Run a call; where it waits for a folio that is being moved, end the migration first.

    Give what it does to the entry of each area.
    """
    actor = Actor(kernel)
    todo: list[Action] = [(begin, statement)]
    steps: dict[Place, list[Step]] = {Place(False, area, 0): [] for area in areas}
    result = "0"
    waiting: dict[int, tuple[int, Entry]] = {}  # by area: how many steps had come, and the entry
    while todo:
        action = todo[-1]
        move = action[0](actor, world, *action[1:])
        if move is None:
            if waiting or facts_of(action[0]).restarts:
                result = BLOCKED
                break
            waiting = {at.of: (len(came), _entry(world, at.of)) for at, came in steps.items()}
            world = _moved(kernel, world)
            continue
        todo.pop()
        world = move.world
        if move.step is not None and move.step.place in steps:
            steps[move.step.place].append(move.step)
        if move.result is not None:
            result = move.result
            break
        todo.extend(move.then[::-1])
    return [
        _Called(came, _entry(world, at.of), result, *waiting.get(at.of, (None, None)))
        for at, came in steps.items()
    ]


def _moved(kernel: Kernel, world: World) -> World:
    """Give the world after the migration that was begun has ended."""
    actor = Actor(kernel, ELSEWHERE)
    todo: list[Action] = [
        (copy_page, 0, 0, lock.of, _MOVING, 0)
        for lock in world.locks
        if lock.cpu == ELSEWHERE and lock.kind == "folio lock"
    ]
    while todo:
        action = todo.pop()
        move = action[0](actor, world, *action[1:])
        if move is None:
            break
        world = move.world
        todo.extend(move.then[::-1])
    return world


# from a run to a cell


def _decided(
    kernel: Kernel, case: EntryCase, mapping: MappingCase, path: PathCase, ready: _Ready
) -> Cell:
    """Give the cell of a path that meets an entry."""
    (called,) = _call(kernel, ready.world, _statements(mapping)[1][path.call])
    refused = not called.steps and called.result != "0"
    cell, after = _told(kernel, case, mapping, path, ready, called, refused)
    return _with_lines(cell, path.call, f"A[0] == {after}", ready)


def _decided_both(
    kernel: Kernel, case: EntryCase, mapping: MappingCase, path: PathCase, ready: _Ready
) -> tuple[Cell, Cell]:
    """Give the parent's cell and the child's of a path that meets an entry that both have."""
    call = CHILD_EXIT if path.id == "exit" else path.call
    mine, other = _call(kernel, ready.world, _statements(mapping)[1][call], (0, 1))
    refused = not mine.steps and not other.steps and mine.result != "0"
    told = [
        _told(kernel, case, mapping, path, ready, called, refused, OWNERS[owner])
        for owner, called in (("parent", mine), ("child", other))
    ]
    asserted = f"A[0] == {told[0][1]} and C.A[0] == {told[1][1]}"
    parent, child = (_with_lines(cell, call, asserted, ready) for cell, _ in told)
    return parent, child


def _with_lines(cell: Cell, call: str, asserted: str, ready: _Ready) -> Cell:
    """Give a cell the scenario that shows it."""
    lines: tuple[str, ...] = (*ready.lines, call)
    if cell.verdict is CellVerdict.REFUSED:
        lines = (*ready.lines, f"assert {call} == {cell.result}")
    elif cell.result != BLOCKED:
        lines = (*lines, f"assert {asserted}")
    return cell._replace(lines=lines)


def _told(
    kernel: Kernel, case: EntryCase, mapping: MappingCase, path: PathCase, ready: _Ready,
    called: _Called, refused: bool, owner: OwnerCase = OWNERS[ALONE],
) -> tuple[Cell, Kind]:  # fmt: skip
    """Say what a call did to an entry: the cell, still without lines, and what stands there."""
    steps, after, result = called.steps, called.entry.kind, called.result
    waits = called.waited is not None
    if waits and called.waiting is not None and called.waiting.kind is case.kind:
        verdict, after = CellVerdict.WAITS, case.kind
    elif refused:
        verdict = CellVerdict.REFUSED
    elif called.entry.empty:
        verdict = CellVerdict.ZAPPED
    else:
        verdict = CellVerdict.KEPT if after is case.kind else CellVerdict.CHANGED
    before = steps[: called.waited] if verdict is CellVerdict.WAITS else steps
    decider = next((s for s in reversed(before) if s.before != s.after), None)
    decider = decider or next(iter(before), None)
    rule = decider.rule if decider is not None else None
    sentences = list(dict.fromkeys(step.rule.reason for step in before))
    if verdict is CellVerdict.REFUSED:
        sentences = [_refusal(kernel, mapping, path, result)]
    elif not before and not waits:
        sentences = [_unvisited(ready.world, path, owner)]
    if waits:
        sentences.append(_waiting(called, verdict, "Then the call" if before else "The call"))
    elif result == BLOCKED:
        sentences.append(
            "What the zap leaves is in the guard's way, so the kernel restarts the call for ever: "
            "it never returns."
        )
    elif result != "0" and verdict is not CellVerdict.REFUSED:
        sentences.append(f"The call itself results in {result}.")
    where = evidence = ""
    if rule is not None and decider is not None and decider.before is not None:
        function, file = source(kernel.version, rule.function)
        where = f"{function}(), {file}" if file else f"{function}()"
        evidence = seen_text(kernel, rule.id, path_of(decider.part.chain), decider.before.kind)
    if waits:
        result = BLOCKED  # the scenario shows this: nobody ends the migration there
    passes = tuple(
        (step.part.title or f"{step.rule.function}()", step.verdict or "") for step in steps
    )
    cell = Cell(
        case.id, mapping.id, path.id, kernel.name, verdict, str(after), result, waits,
        " ".join(sentences), rule, where, evidence, passes, (), owner.id,
    )  # fmt: skip
    return cell, after


_REFUSALS: Final = {
    ("remove", "EACCES"): "MADV_REMOVE punches the file itself, so it asks for a shared mapping.",
    ("remove", "EINVAL"): "MADV_REMOVE punches a hole in a file, and there is no file here.",
}


@cache
def _refusal(kernel: Kernel, mapping: MappingCase, path: PathCase, result: str) -> str:
    """Say why a kernel refuses a call, whatever the entry: the rule it lacks, or what is asked
    for.
    """
    reason = _REFUSALS.get((path.id, result))
    if path.id == "direct-write" and result == "EINVAL":
        reason = no_direct_io(kernel)
    if reason is not None:
        return reason
    cause = _cause(kernel, lambda other: _result(other, mapping, path) != result)
    reason = f"the call results in {result}"
    return _capital(f"{reason}: {_as_before(cause)}" if cause else f"{reason}.")


@cache
def _result(kernel: Kernel, mapping: MappingCase, path: PathCase) -> str:
    """Give the result of a call where nothing but the mapping is there."""
    (called,) = _call(kernel, _mapped(kernel, mapping), _statements(mapping)[1][path.call])
    return called.result


def _unvisited(world: World, path: PathCase, owner: OwnerCase) -> str:
    """Say why a call that succeeds never comes to the entry."""
    if owner.shared and path.id == "exit" and owner.id != "child":
        return f"{CHILD_EXIT} ends the child alone: it does not come to the parent's page table."
    if owner.id == "child" and not path.on_file and path.id != "remove":
        return f"{path.call} is the parent's call: it does not come to the child's page table."
    if not path.on_file:
        return "It is what the call would make of it already: there is nothing to do."
    cached = world.files[0].cache[0]
    if cached.folio < 0:
        return "The page is not in the page cache, so the call has nothing to unmap."
    return "No present entry maps the page-cache page, so the call unmaps nothing."


def _waiting(called: _Called, verdict: CellVerdict, who: str) -> str:
    """Describe a call that waits for a migration."""
    waits = f"{who} waits for the folio lock, which migration holds to its end"
    if verdict is not CellVerdict.WAITS:
        return f"{waits}."
    later = called.steps[called.waited :]
    if not any(step.kind == "zap" for step in later):
        return f"{waits}; nothing is zapped after that."
    fate = "zapped" if called.entry.kind is Kind.NONE else f"now {called.entry.kind}"
    return f"{waits}; only then it meets the page itself: {fate}."


def _impossible(
    kernel: Kernel, case: EntryCase, mapping: MappingCase, path: PathCase, ready: _Ready, why: str,
    owner: str = ALONE,
) -> Cell:  # fmt: skip
    return Cell(
        case.id, mapping.id, path.id, kernel.name, CellVerdict.IMPOSSIBLE, None, "", False,
        why, None, "", "", (), ready.lines, owner,
    )  # fmt: skip


Decided: TypeAlias = dict[tuple[str, str, str], Cell]
"""The cells of a kernel and an owner, by the ids of entry class, mapping and path."""


def deciding(kernel: Kernel, owners: Iterable[str] = (ALONE,)) -> Iterator[int]:
    """Decide the cells of one kernel, a class of entry in a mapping at a time.

    Give how many there are after each; what was decided is kept, so that whoever stops here goes on
    from here.

    Args:
        kernel: The kernel.
        owners: The ids of owners.
    """
    owners = tuple(owners)
    count = 0
    for mapping in MAPPINGS.values():
        for case in ENTRIES.values():
            for owner in owners:
                count += len(_row(kernel, mapping, case, owner))
            yield count


@lru_cache(maxsize=_KERNELS_KEPT * len(OWNERS))
def decide_all(kernel: Kernel, owner: str = ALONE) -> Decided:
    """Give every cell of one kernel, by the ids of entry class, mapping and path.

    Args:
        kernel: The kernel.
        owner: The id of an owner.
    """
    return {
        (case.id, mapping.id, cell.path): cell
        for mapping in MAPPINGS.values()
        for case in ENTRIES.values()
        for cell in _row(kernel, mapping, case, owner)
    }


def _row(kernel: Kernel, mapping: MappingCase, case: EntryCase, owner: str) -> tuple[Cell, ...]:
    """Give the cells of a class of entry in a mapping, one for each path."""
    if owner == ALONE:
        return _row_alone(kernel, mapping, case)
    return _row_shared(kernel, mapping, case)[owner]


@lru_cache(maxsize=_KERNELS_KEPT * len(MAPPINGS) * len(ENTRIES))
def _row_alone(kernel: Kernel, mapping: MappingCase, case: EntryCase) -> tuple[Cell, ...]:
    ready = _standing(kernel, case, mapping)
    return tuple(_cell(kernel, case, mapping, path, ready) for path in PATHS.values())


@lru_cache(maxsize=_KERNELS_KEPT * len(MAPPINGS) * len(ENTRIES))
def _row_shared(
    kernel: Kernel, mapping: MappingCase, case: EntryCase
) -> dict[str, tuple[Cell, ...]]:
    """Give the cells where a child has a share, by the id of the owner."""
    ready = _standing(kernel, case, mapping)
    if not ready.why_not:
        ready = _shared(kernel, case, mapping, ready)
    both = [_both(kernel, case, mapping, path, ready) for path in PATHS.values()]
    return {"parent": tuple(one for one, _ in both), "child": tuple(one for _, one in both)}


def _both(
    kernel: Kernel, case: EntryCase, mapping: MappingCase, path: PathCase, ready: _Ready
) -> tuple[Cell, Cell]:
    ready, why = _met(kernel, case, mapping, path, ready)
    if not why:
        return _decided_both(kernel, case, mapping, path, ready)
    parent = _impossible(kernel, case, mapping, path, ready, why, "parent")
    return parent, parent._replace(owner="child")


def _cell(
    kernel: Kernel, case: EntryCase, mapping: MappingCase, path: PathCase, ready: _Ready
) -> Cell:
    ready, why = _met(kernel, case, mapping, path, ready)
    if why:
        return _impossible(kernel, case, mapping, path, ready, why)
    return _decided(kernel, case, mapping, path, ready)


def _met(
    kernel: Kernel, case: EntryCase, mapping: MappingCase, path: PathCase, ready: _Ready
) -> tuple[_Ready, str]:
    """Give the world in which a path meets an entry, or the reason why it meets none."""
    if ready.why_not:
        return ready, ready.why_not
    if path.on_file and not mapping.has_file:
        return ready, f"Anonymous memory has no file that {path.call} could name."
    if path.locked:
        ready = _locked(kernel, case, mapping, ready)
    return ready, ready.why_not


def cell_of(
    entry: str, mapping: str, path: str, kernel: str | Kernel = DEFAULT_KERNEL, owner: str = ALONE
) -> Cell:
    """Give one cell.

    Args:
        entry: The id of an entry class of :mod:`zapviz.decisions.cases`.
        mapping: The id of a mapping.
        path: The id of a path.
        kernel: A kernel or its name.
        owner: The id of an owner: whose entry, and whether a child has a share.

    Raises:
        ZapvizError: An id or a kernel is unknown.
    """
    return decide_all(find_kernel(kernel), one_of(OWNERS, owner, "owner"))[
        one_of(ENTRIES, entry, "entry class"),
        one_of(MAPPINGS, mapping, "mapping"),
        one_of(PATHS, path, "path"),
    ]
