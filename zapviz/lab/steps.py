"""Model against kernel, entry by entry: the order of entry writes, their values and their pass.

A :class:`Change` is one entry that gets another value. The model's changes are those between the
states of its steps. A watched kernel (:mod:`zapviz.lab.guest.watcher`) writes entries where the
model shows nothing of it, or in more writes than one: each such habit is one of :data:`RULES`, with
a name and a sentence, and only those are passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from zapviz.kernels.known import Kernel
from zapviz.lab.guest.tables import Seen
from zapviz.lab.guest.watcher import Event, Forking, Written
from zapviz.lab.script import Numbers, executed
from zapviz.model.entries import Bit, Entry, Kind
from zapviz.model.machine import BLOCKED, run_statement
from zapviz.model.program import (
    Exit,
    Fallocate,
    Fork,
    Ftruncate,
    Madvise,
    MapFixed,
    Munmap,
    NewAnon,
    NewMapping,
    Program,
    Pwrite,
    Statement,
    own_name,
    owner_of,
)
from zapviz.model.steps import Pass, Step
from zapviz.model.world import World
from zapviz.render.text.lines import wrapped
from zapviz.scenario.text import format_scenario, format_statement

__all__ = [
    "RULES",
    "Carried",
    "Change",
    "Habit",
    "PassKind",
    "StepsDiffer",
    "Value",
    "areas_of",
    "beside",
    "first_difference",
    "forks_of",
    "kernel_changes",
    "model_changes",
]

PassKind: TypeAlias = Literal["", "range", "folio", "VMA", "advice"]
"""Which pass zaps an entry: over a range of a file, over one locked folio's mappings, over a VMA
that is unmapped, or over a range that a process gives advice about; "": none does.
"""


class Value(NamedTuple):
    """What an entry says, as far as the model has it and a kernel shows it."""

    kind: str
    writable: bool = False
    wp: bool = False

    def __str__(self) -> str:
        marks = [name for name, on in (("writable", self.writable), ("uffd-wp", self.wp)) if on]
        return " ".join([self.kind, *marks])


class Change(NamedTuple):
    """One entry that gets another value."""

    area: int  # the number of the mapping
    page: int
    before: Value
    after: Value
    zapped_by: PassKind = ""
    at: tuple[int, ...] = ()  # the steps of the statement, or the events, that it is made of
    cleans: bool = False  # whether a page that is written to the disk has its entry made clean
    forked: bool = False  # whether fork makes it, which decides who may write to a page
    copied: bool = False  # whether a private page gives way to another one, a copy

    def __str__(self) -> str:
        """Say what stands there before and after."""
        return f"{self.before} -> {self.after}{', a copy' if self.copied else ''}"

    @property
    def protects(self) -> bool:
        """Whether fork takes the write bit of a private page by it."""
        return self.forked and _of_write_bit(self)

    @property
    def place(self) -> tuple[int, int]:
        """The mapping's number and the page."""
        return self.area, self.page

    def same(self, other: Change) -> bool:
        """Whether it is the same change, wherever it stands; see ``own-page-writable``."""
        if self.forked and other.forked:
            return self[:5] == other[:5]
        mine, theirs = (
            (
                *each[:2],
                *(
                    v._replace(writable=v.writable and v.kind != Kind.ANON)
                    for v in (each.before, each.after)
                ),
                each.zapped_by,
                each.copied,
            )
            for each in (self, other)
        )
        return mine == theirs


class Habit(NamedTuple):
    """Something that kernels write and the model does not show, or not so."""

    name: str
    sentence: str


RULES: Final = {
    habit.name: habit
    for habit in (
        Habit(
            "transient-none",
            "An entry that is to get another value is cleared first, so that no CPU sets a bit in "
            "it meanwhile, and set after that: two writes, where the model has one step.",
        ),
        Habit(
            "marker-after",
            "A zap clears the entry, and then writes the marker of userfaultfd where there has to "
            "be one: two writes, where the model has one step.",
        ),
        Habit(
            "marker-between",
            "try_to_unmap_one() leaves the marker of userfaultfd before it knows that the page is "
            "broken, and then writes the hwpoison entry over it.",
        ),
        Habit(
            "copied-after",
            "A write to a page that is swapped out, and whose slot another process has, too, first "
            "maps the page read-only, and then a copy of it: two writes, where the model has one "
            "step.",
        ),
        Habit(
            "copied-anyway",
            "A private page that fork has shared, and that its process has alone by now, is copied "
            "at the next write where something else still refers to it, such as the list of "
            "pages that are new (seen on 5.10; from v5.18 on that list is emptied first). The "
            "model gives the page back its write bit.",
        ),
        Habit(
            "bits-only",
            "The write changes nothing but the accessed, dirty or soft-dirty bit, or the mark that "
            "a private page is its owner's alone: the model shows no step for that.",
        ),
        Habit(
            "own-page-writable",
            "Whether a private page is mapped writable at once, or at the next write to it, is "
            "not compared: later kernels give the write bit at once where mprotect allows writes "
            "again (since 64fe24a3e05e, v6.0) and where a read swaps the page in (seen on 6.12, "
            "not on 6.1), and no class, byte or result hangs on it.",
        ),
        Habit(
            "written-back",
            "ext4 writes dirty pages to the disk where the model shows nothing of it: those of a "
            "range before it punches a hole there (seen on 5.10 and 6.1), and those that fsync of "
            "another file finds in the journal. folio_mkclean() makes their entries clean and "
            "read-only for that, and the next write to one makes it writable again.",
        ),
        Habit(
            "same-again",
            "An entry is cleared and set to what it was: mprotect, write-protection and the "
            "cleaning of a page do so even where nothing is to be changed.",
        ),
    )
}
"""The habits by name."""

_PASS_OF: Final[dict[str, PassKind]] = {
    "unmap_mapping_folio": "folio",
    "unmap_mapping_page": "folio",
    "unmap_mapping_range": "range",
    "unmap_mapping_pages": "range",
    "unmap_vmas": "VMA",
    "unmap_region": "VMA",
    "vms_clear_ptes": "VMA",
    "exit_mmap": "VMA",
    "zap_page_range": "advice",
    "zap_page_range_single": "advice",
    "zap_page_range_single_batched": "advice",
    "zap_vma_range": "advice",
    "zap_vma_range_batched": "advice",
}
"""The functions by which a pass is told from others; the innermost one counts."""


def pass_seen(statement: Statement, chain: Iterable[str]) -> PassKind:
    """Give the pass by which an entry is zapped.

    Args:
        statement: The statement, whose call says which passes there can be: what lies on the stack
            is not all of this call's.
        chain: The functions, innermost first; the first that begins a pass counts.
    """
    among: tuple[PassKind, ...] = ()
    match statement:
        case Ftruncate() | Fallocate() | Pwrite() | Madvise(advice="MADV_REMOVE"):
            among = ("range", "folio")
        case Munmap() | MapFixed() | Exit():
            among = ("VMA",)
        case Madvise(advice="MADV_DONTNEED" | "MADV_DONTNEED_LOCKED" | "MADV_GUARD_INSTALL"):
            among = ("advice",)
    found = (_PASS_OF[name] for name in chain if name in _PASS_OF)
    return next((kind for kind in found if kind in among), "")


def _pass_of(part: Pass) -> PassKind:
    if not part.zaps:
        return ""
    if part.chain in ("munmap", "mmap-fixed", "exit"):
        return "VMA"
    if part.chain in ("dontneed", "guard-install"):
        return "advice"
    return "folio" if part.chain.endswith("-folio") else "range"


_LEFT: Final = ("none", "uffd_wp_marker")
"""What a zap leaves."""


def value_of(entry: Entry) -> Value:
    """Give what an entry of the model says."""
    kind = Kind.NONE if entry.kind is Kind.UNMAPPED else entry.kind
    return Value(
        kind.value,
        entry.present and bool(entry.bits & Bit.WRITABLE),
        bool(entry.bits & Bit.UFFD_WP),
    )


def value_seen(seen: Seen) -> Value:
    """Give what an entry of a kernel says."""
    return Value(seen.kind, seen.writable and seen.reachable, seen.wp)


def model_changes(steps: Sequence[Step], world: World) -> list[Change]:
    """Give the changes that a statement's steps show, in their order.

    Args:
        steps: The steps.
        world: The state before them.
    """
    changes = []
    for number, step in enumerate(steps):
        zaps = _pass_of(step.part) if step.kind == "zap" else ""
        for area, held in enumerate(step.world.areas):
            was = world.areas[area].entries if area < len(world.areas) else ()
            if held.entries is was:
                continue
            for page, entry in enumerate(held.entries[: len(was)]):
                before, after = value_of(was[page]), value_of(entry)
                forked = step.kind == "copy"
                copied = was[page].kind is entry.kind is Kind.ANON
                copied = copied and was[page].folio != entry.folio
                change = Change(
                    area, page, before, after, zaps, (number,), forked=forked, copied=copied
                )
                if copied or (before != after and (forked or not _of_write_bit(change))):
                    changes.append(change)
        world = step.world
    return changes


@dataclass
class Carried:
    """What the statements before leave to judge a kernel's changes by."""

    cleaned: set[tuple[int, int]] = field(default_factory=set)
    """The places that were made clean where the model shows nothing of it."""
    writable: set[tuple[int, int]] = field(default_factory=set)
    """Where the kernel has a private page that may be written to."""
    used: Counter[str] = field(default_factory=Counter)
    """The habits that were met, counted."""


def kernel_changes(
    statement: Statement, events: Sequence[Event], carried: Carried | None = None
) -> list[Change]:
    """Give the changes that a kernel's writes amount to, in their order.

    Args:
        statement: The statement.
        events: What was seen in a statement.
        carried: Brought up to date.
    """
    carried = carried or Carried()
    used = carried.used
    forks = isinstance(statement, Fork)
    changes: list[Change] = []
    for number, event in enumerate(events):
        if not isinstance(event, Written):
            continue
        before, after = value_seen(event.before), value_seen(event.after)
        zaps: PassKind = ""
        if before.kind != "none" and after.kind in _LEFT:
            zaps = pass_seen(statement, event.chain)
        change = Change(event.area, event.page, before, after, zaps, (number,), forked=forks)
        if after.kind == Kind.ANON and after.writable:
            carried.writable.add(change.place)
        else:
            carried.writable.discard(change.place)
        last = changes[-1] if changes else None
        habit = _continues(last, change, event.chain) if last else ""
        if last and habit:
            changes[-1] = last._replace(after=after, at=(*last.at, number))
            used[habit] += 1
        else:
            changes.append(change)
    kept: list[Change] = []
    for change in changes:
        change = change._replace(copied=_copied(change, events))
        if change.before == change.after and not change.copied:
            used["bits-only" if len(change.at) == 1 else "same-again"] += 1
        elif _of_write_bit(change) and not change.protects:
            used["own-page-writable"] += 1
        else:
            kept.append(change._replace(cleans=_cleans(change, events)))
    return kept


def _of_write_bit(change: Change) -> bool:
    """Tell whether nothing changes but the write bit of a private page."""
    before, after = change.before, change.after
    same = before.kind == Kind.ANON and before._replace(writable=after.writable) == after
    return same and not change.copied


def _copied(change: Change, events: Sequence[Event]) -> bool:
    """Tell whether a private page gives way to another one."""
    first, last = events[change.at[0]], events[change.at[-1]]
    if not (isinstance(first, Written) and isinstance(last, Written)):
        return False
    kinds = {first.before.kind, last.after.kind}
    return kinds == {Kind.ANON} and first.before.frame != last.after.frame


_CLEANING: Final = {"folio_mkclean", "page_mkclean", "page_vma_mkclean_one", "page_mkclean_one"}


def _cleans(change: Change, events: Sequence[Event]) -> bool:
    written = [event for at in change.at if isinstance(event := events[at], Written)]
    return change.after.kind == Kind.FILE and any(_CLEANING & {*each.chain} for each in written)


def beside(
    model: Sequence[Change], real: Sequence[Change], carried: Carried
) -> list[tuple[Change | None, Change | None]]:
    """Put the changes of both sides beside each other, in their order.

    Args:
        model: The model's.
        real: The kernel's.
        carried: Brought up to date.
    """
    rows: list[tuple[Change | None, Change | None]] = []
    cleaned = carried.cleaned
    model, real = _protecting(model, real, carried)
    changed = {change.place for change in model}
    at = 0
    for change in real:
        mine = model[at] if at < len(model) else None
        if mine is None or not mine.same(change):
            if change.place in cleaned:
                cleaned.remove(change.place)
                if change.before._replace(writable=True) == change.after:
                    continue  # the next write to it
                change = change._replace(before=change.before._replace(writable=True))
            elif change.cleans:
                cleaned.add(change.place)
                carried.used["written-back"] += 1
                continue
            elif change.copied and not change.before.writable and change.place not in changed:
                carried.used["copied-anyway"] += 1
                continue
        rows.append((mine, change))
        at += 1
    return [*rows, *((mine, None) for mine in model[at:])]


def _protecting(
    model: Sequence[Change], real: Sequence[Change], carried: Carried
) -> tuple[list[Change], list[Change]]:
    """Leave out where fork takes a write bit that the other side had not given.

    Where it is the model that had given it, the kernel's entry must not have it now.
    """
    by_model = {change.place for change in model if change.protects}
    by_kernel = {change.place for change in real if change.protects}
    given = by_kernel | carried.writable
    mine = [each for each in model if not each.protects or each.place in given]
    theirs = [each for each in real if not each.protects or each.place in by_model]
    if left := len(model) + len(real) - len(mine) - len(theirs):
        carried.used["own-page-writable"] += left
    return mine, theirs


def _continues(last: Change, change: Change, chain: Sequence[str]) -> str:
    """Give the habit by which a write goes on with the one before it; "" where it does not."""
    if last[:2] != change[:2]:
        return ""
    if last.zapped_by:
        marks = last.after.kind == "none" and change.after.kind == Kind.UFFD_WP_MARKER
        return "marker-after" if marks else ""
    if last.after.kind == "none":
        return "transient-none"
    if last.before.kind == Kind.SWAP and last.after.kind == change.before.kind == Kind.ANON:
        return "copied-after" if "do_swap_page" in chain else ""
    marker = last.after.kind == Kind.UFFD_WP_MARKER
    return "marker-between" if marker and "try_to_unmap_one" in chain else ""


@dataclass(frozen=True)
class StepsDiffer:
    """The place where the writes of a kernel first part from the model's steps."""

    program: Program
    statement: int  # index into executed(program)
    number: int  # of the change in the statement, from 0
    model: Change | None  # None: the model has no more
    kernel: Change | None
    names: tuple[str, ...]  # of the mappings

    @property
    def what(self) -> str:
        """What differs, in words."""
        return (
            f"write {self.number + 1}: model {self._said(self.model)}, "
            f"kernel {self._said(self.kernel)}"
        )

    def __str__(self) -> str:
        text = format_statement(executed(self.program)[self.statement])
        where = f"statement {self.statement + 1}, {text}, {self.what}"
        return "\n".join([*wrapped(where, hang=4), format_scenario(self.program)])

    def _said(self, change: Change | None) -> str:
        if change is None:
            return "writes no more"
        where = f"{self.names[change.area]}[{change.page}]"
        by = f" by a {change.zapped_by} pass" if change.zapped_by else ""
        return f"{where} {change}{by}"


def areas_of(program: Program) -> dict[str, int]:
    """Give how many pages each mapping of a program has, in the order of their numbers."""
    areas: dict[str, int] = {}
    for made in executed(program):
        if isinstance(made, NewAnon):
            areas[made.name] = made.pages
        elif isinstance(made, NewMapping):
            areas[made.name] = made.pages.count
        elif isinstance(made, Fork):
            own = {name: pages for name, pages in areas.items() if owner_of(name) == made.of}
            areas |= {f"{made.name}.{own_name(name)}": pages for name, pages in own.items()}
    return areas


def forks_of(program: Program) -> dict[int, Forking]:
    """Give the forks of a program, by the statement's index into ``executed(program)``."""
    mappings, _, processes = Numbers.of(program)
    return {
        index: Forking(
            processes[each.of],
            processes[each.name],
            {
                number: mappings[copy]
                for name, number in mappings.items()
                if owner_of(name) == each.of
                and (copy := f"{each.name}.{own_name(name)}") in mappings
            },
        )
        for index, each in enumerate(executed(program))
        if isinstance(each, Fork)
    }


def first_difference(
    program: Program,
    kernel: Kernel,
    seen: dict[int, list[Event]],
    world: World,
    used: Counter[str] | None = None,
) -> StepsDiffer | None:
    """Give the first write of a kernel that the model's steps do not have, or the other way round.

    Args:
        program: The program.
        kernel: The model's kernel.
        seen: What was seen in each statement.
        world: The state in which the program begins.
        used: Counts the habits that were met.
    """
    names = tuple(areas_of(program))
    carried = Carried(used=Counter() if used is None else used)
    for index, statement in enumerate(executed(program)):
        steps: list[Step] = []
        ran = run_statement(kernel, world, statement, steps)
        model = model_changes(steps, world)
        real = kernel_changes(statement, seen.get(index, ()), carried)
        world = ran.world
        for number, (one, other) in enumerate(beside(model, real, carried)):
            if one is None or other is None or not one.same(other):
                return StepsDiffer(program, index, number, one, other, names)
        if ran.result == BLOCKED:
            break
    return None
