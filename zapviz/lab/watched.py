"""What a watched kernel did with a scenario, entry by entry, beside the model's steps.

A :class:`Watched` is a value: it needs no virtual machine and no file. It shows itself as text and
gives two records in the form of docs/trace.md: that of the kernel (``source`` is ``kernel``), and
that of the model, in which each step says whether the kernel was seen to do the same at the very
same place.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple, assert_never

from zapviz.kernels.known import Kernel
from zapviz.lab.guest.tables import Seen
from zapviz.lab.guest.watcher import Called, Event, Flagged, Written
from zapviz.lab.steps import RULES, Change, areas_of, beside, kernel_changes, model_changes
from zapviz.model import program as p
from zapviz.model.entries import Bit, Kind
from zapviz.model.steps import Step
from zapviz.model.world import World
from zapviz.render.text.lines import WIDTH, ascii_only, wrapped
from zapviz.scenario.text import statement_texts
from zapviz.trace.cells import cell_json
from zapviz.trace.record import Json, record_of
from zapviz.trace.run import Run
from zapviz.words import how_many

__all__ = ["WATCHED_FUNCTIONS", "Call", "Compared", "Watched"]

_PASSES: Final = ("unmap_mapping_range", "unmap_mapping_pages")
_FOLIO_PASSES: Final = ("unmap_mapping_folio", "unmap_mapping_page")
_SLOTS: Final = ("swap_free", "swap_free_nr", "free_swap_and_cache", "free_swap_and_cache_nr",
                 "swap_put_entries_direct")  # fmt: skip
_SIZE: Final = "inode_newsize_ok"

WATCHED_FUNCTIONS: Final = (*_PASSES, *_FOLIO_PASSES, *_SLOTS, _SIZE)
"""The functions at which a watched kernel is stopped for their arguments, where it has them."""

_COLUMN = (WIDTH - 4) // 2


class Call(NamedTuple):
    """One call of a scenario, as a kernel carried it out."""

    call: p.Statement
    result: str
    events: tuple[Event, ...]


class Compared(NamedTuple):
    """A change of the model beside one of the kernel; None: that side has none there."""

    model: Change | None
    kernel: Change | None

    @property
    def same(self) -> bool:
        """Whether both have it."""
        return self.model is not None and self.kernel is not None and self.model.same(self.kernel)


class _Line(NamedTuple):
    """A line of one side: what is said, and the change that it says."""

    text: str
    change: Change | None = None


@dataclass(frozen=True)
class Watched:
    """A scenario on a watched kernel, and in the model."""

    program: p.Program
    name: str  # the kernel's, as the lab calls it
    release: str  # as uname gives it
    model: Kernel
    calls: tuple[tuple[Call, ...], ...]  # of each statement that ran, those in assertions too
    complaints: tuple[str, ...] = ()  # of the kernel's own log
    seconds: float = 0.0  # from the first stop to the last
    stops: int = 0

    @cached_property
    def run(self) -> Run:
        """The scenario in the model."""
        return Run(self.program, self.model)

    @cached_property
    def habits(self) -> Counter[str]:
        """The names of the :data:`~zapviz.lab.steps.RULES` that were needed, counted."""
        return self._beside[1]

    @property
    def compared(self) -> tuple[tuple[Compared, ...], ...]:
        """Of each statement, the changes of both sides beside each other."""
        return self._beside[0]

    @cached_property
    def _beside(self) -> tuple[tuple[tuple[Compared, ...], ...], Counter[str]]:
        used: Counter[str] = Counter()
        cleaned: set[tuple[int, int]] = set()
        statements = []
        for index in range(len(self.calls)):
            model = model_changes(self._steps(index), self._before(index))
            real = self._kernel_changes(index, used)
            rows = beside(model, real, cleaned, used)
            statements.append(tuple(Compared(one, other) for one, other in rows))
        return tuple(statements), used

    def _kernel_changes(self, index: int, used: Counter[str] | None = None) -> list[Change]:
        changes: list[Change] = []
        first = 0
        for call in self.calls[index]:
            changes += [
                change._replace(at=tuple(first + at for at in change.at))
                for change in kernel_changes(call.call, call.events, used)
            ]
            first += len(call.events)
        return changes

    def _steps(self, index: int) -> Sequence[Step]:
        first, last = self.run.span(index)
        return self.run.steps[first - 1 : last]

    def _before(self, index: int) -> World:
        first, _ = self.run.span(index)
        return self.run.world(first - 1)

    def events(self, index: int) -> tuple[Event, ...]:
        """Give what was seen in a statement, those of an assertion's calls in their order."""
        return tuple(event for call in self.calls[index] for event in call.events)

    @cached_property
    def difference(self) -> tuple[int, int] | None:
        """The statement's index and the change's number where both sides first part, or None."""
        for index, compared in enumerate(self.compared):
            for number, each in enumerate(compared):
                if not each.same:
                    return index, number
        return None

    @property
    def agrees(self) -> bool:
        """Whether the kernel wrote every entry in the order and with the values of the model."""
        return self.difference is None and not self.complaints

    # words

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The mappings, in the order of their numbers."""
        return tuple(areas_of(p.Program(tuple(c.call for calls in self.calls for c in calls))))

    @cached_property
    def told(self) -> tuple[tuple[str, ...], ...]:
        """Of each statement, each event in words; "" for one that says nothing of its own."""
        behind = {s.name: s.pages for s in self.program.statements if isinstance(s, p.NewMapping)}
        pages: dict[int, str] = {}  # page frame -> the page of a file that it holds
        leaving: set[int] = set()
        statements = []
        for index in range(len(self.calls)):
            words: list[str] = []
            last: Event | None = None
            for event in self.events(index):
                match event:
                    case Written():
                        name = self.names[event.area]
                        if event.after.kind == Kind.FILE and name in behind:
                            page = behind[name].first + event.page
                            pages[event.after.frame] = f"{behind[name].name}[{page}]"
                        kinds = f"{event.before.kind} -> {event.after.kind}"
                        words.append(f"{name}[{event.page}] {kinds}")
                    case Called():
                        words.append(_call(event, last, pages))
                    case Flagged():
                        page_name = pages.get(event.frame, "")
                        if event.what == "removed":
                            leaving.add(event.frame)
                        elif event.what == "unlocked" and event.frame in leaving:
                            leaving.remove(event.frame)
                            pages.pop(event.frame, None)  # the frame is another's soon
                        said = _FATES[event.what].format(page_name)
                        words.append(said if page_name else "")
                    case _:
                        assert_never(event)
                last = event
            statements.append(tuple(words))
        return tuple(statements)

    def text(self) -> str:
        """Write both sides beside each other: at most 72 columns, 7-bit ASCII."""
        release = f" ({self.release})" if self.release not in ("", self.name) else ""
        lines = wrapped(self.program.title) if self.program.title else []
        lines += wrapped(
            f"kernel {self.name}{release}, watched, beside the steps of the model of "
            f"{self.model.name}",
            hang=4,
        )
        lines += ["", _in_columns("model", "kernel")]
        texts = statement_texts(self.program)
        for index, statement in enumerate(self.program.statements[: len(self.calls)]):
            lines += wrapped(f"{statement.line:3d}  {texts[index]}", hang=9)
            lines += self._said(index)
        return "\n".join([*lines, "", *self._closing()])

    def _said(self, index: int) -> Iterator[str]:
        left, right = list(self._model_lines(index)), list(self._kernel_lines(index))
        differs = self.difference if self.difference and self.difference[0] == index else None
        number = 0
        while left or right:
            if left and right and left[0].change and right[0].change:
                yield _in_columns(left.pop(0).text, right.pop(0).text)
                if differs == (index, number):
                    yield from self._marked(index, number)
                number += 1
            elif left and right and not left[0].change and not right[0].change:
                yield _in_columns(left.pop(0).text, right.pop(0).text)
            elif left and (not left[0].change or not right):
                line = left.pop(0)
                yield _in_columns(line.text, "")
                if line.change:
                    if differs == (index, number):
                        yield from self._marked(index, number)
                    number += 1
            else:
                line = right.pop(0)
                yield _in_columns("", line.text)
                if line.change and not left:
                    if differs == (index, number):
                        yield from self._marked(index, number)
                    number += 1

    def _marked(self, index: int, number: int) -> Iterator[str]:
        each = self.compared[index][number]
        sides = [
            f"{who} {self._change(change) if change else 'writes no more'}"
            for who, change in (("model", each.model), ("kernel", each.kernel))
        ]
        yield "    ^"
        yield from wrapped(f"    first difference: {', '.join(sides)}", hang=8)

    def _change(self, change: Change) -> str:
        by = f" by a {change.zapped_by} pass" if change.zapped_by else ""
        where = f"{self.names[change.area]}[{change.page}]"
        return f"{where} {change.before} -> {change.after}{by}"

    def _short(self, change: Change) -> str:
        where = f"{self.names[change.area]}[{change.page}]"
        if change.before.kind == change.after.kind:
            return f"{where} {change.before} -> {change.after}"
        return f"{where} {change.before.kind} -> {change.after.kind}"

    def _model_lines(self, index: int) -> Iterator[_Line]:
        world, title = self._before(index), ""
        for step in self._steps(index):
            if step.part.title and step.part.title != title:
                yield _Line(step.part.title)
            title = step.part.title
            shown = step.kind in ("lock", "unlock", "cache", "size")
            if said := self._of_folio(step) if shown else "":
                yield _Line(said)
            for change in model_changes([step], world):
                yield _Line(f"  {self._short(change)}", change)
            world = step.world

    def _of_folio(self, step: Step) -> str:
        """Name what a step does to a folio, or to a size."""
        if step.title or step.place is None:
            return step.title
        last = self.run.world(-1)
        in_file, of, page = step.place
        where = f"{last.files[of].name if in_file else last.areas[of].name}[{page}]"
        if step.kind in ("lock", "unlock"):
            return f"{step.kind} folio {where}"
        gone = step.after is not None and step.after.kind is Kind.NONE
        return f"{where} leaves the cache, unlocked" if gone else f"{where} in the page cache"

    def _kernel_lines(self, index: int) -> Iterator[_Line]:
        starts = {row.kernel.at[0]: row.kernel for row in self.compared[index] if row.kernel}
        function = ""
        for number, event in enumerate(self.events(index)):
            if not isinstance(event, Written):
                if said := self.told[index][number]:
                    yield _Line(said)
            elif change := starts.get(number):
                if (by := _by(event.chain)) != function:
                    function = by
                    yield _Line(f"by {function}:")
                yield _Line(f"  {self._short(change)}", change)

    def _closing(self) -> Iterator[str]:
        for complaint in self.complaints:
            yield from wrapped(f"the kernel's log: {complaint}", hang=4)
        for name, times in sorted(self.habits.items()):
            yield from wrapped(f"{name} ({times}): {RULES[name].sentence}", hang=4)
        writes = sum(len(compared) for compared in self.compared)
        who = f"kernel {self.name} and the model of {self.model.name}"
        if self.difference is not None:
            line = self.program.statements[self.difference[0]].line
            yield from wrapped(f"DIFFER: {who}, at line {line}", hang=4)
        else:
            yield from wrapped(f"agree: {who}, in {how_many(writes, 'entry write')}", hang=4)

    # records

    def beside_json(self) -> Json:
        """Give the model's record, with ``seen`` in each step.

        ``seen`` is true where the kernel made the same change, or changes, at the very same place
        in the order; false where it did not; null where the step changes no entry, so that nobody
        can tell by its entries.
        """
        record: Json = {**record_of(self.run)}
        steps = [{**step, "seen": None} for step in record["steps"]]
        for index, compared in enumerate(self.compared):
            first, _ = self.run.span(index)
            for each in compared:
                if each.model is not None:
                    for at in each.model.at:
                        step = steps[first - 1 + at]
                        step["seen"] = each.same and step["seen"] is not False
        return {**record, "steps": steps, "seen_on": {"name": self.name, "release": self.release}}

    def as_json(self) -> Json:
        """Give the record of what the kernel did, in the form of docs/trace.md."""
        return _KernelRecord(self).record()


class _KernelRecord:
    """Turns what was seen into rows, distinct cells, and differences."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.model = record_of(watched.run)
        self.rows = [row for row in self.model["rows"] if row["role"] != "swap"]
        self.row_of = {row["id"]: at for at, row in enumerate(self.rows)}
        self.cells: dict[tuple[Any, ...], int] = {}
        self.table: list[Json] = []
        self.chains: dict[tuple[str, ...], int] = {}
        self.frames: dict[int, int] = {}  # page frame -> a number that is small
        self.slots: dict[int, int] = {}
        self.entries: dict[tuple[int, int], Seen] = {}

    def record(self) -> Json:
        watched, model = self.watched, self.model
        unmapped, none = self.cell(None), self.cell(Seen("none"))
        initial = {**model["initial"], "cells": [[unmapped] * row["pages"] for row in self.rows]}
        steps: list[Json] = []
        statements: list[Json] = []
        passes: list[Json] = []
        made = set[str]()
        for index, calls in enumerate(watched.calls):
            statement = watched.program.statements[index]
            first = len(steps) + 1
            changes = []
            if isinstance(statement, p.Maker) and statement.name in self.row_of:
                made.add(statement.name)
                row = self.row_of[statement.name]
                changes = [[row, at, none] for at in range(self.rows[row]["pages"])]
            text = model["statements"][index]["text"]
            steps.append(self.step(index, "begin", text, (), {"set": changes}))
            part = None
            for number, event in enumerate(watched.events(index)):
                title = watched.told[index][number]
                if not title:
                    continue
                if isinstance(event, Called) and event.function in (*_PASSES, *_FOLIO_PASSES):
                    part = len(passes)
                    here = len(steps) + 1
                    even_cows = bool(event.arguments[3] & 1) if event.function in _PASSES else False
                    passes.append({"statement": index, "title": title, "first": here, "last": here,
                                   "details": {"even_cows": even_cows}, "zaps": True})  # fmt: skip
                step = self.of_event(index, event, title)
                part = None if isinstance(event, Flagged) else part
                steps.append({**step, "pass": part})
                if part is not None:
                    passes[part]["last"] = len(steps)
            result = calls[-1].result if calls else "0"
            steps[-1]["result"] = result
            of_model = model["statements"][index]
            statements.append({**of_model, "result": result, "first": first, "last": len(steps),
                               "blame": []})  # fmt: skip
        return {
            **{key: model[key] for key in ("format", "version", "title", "about", "scenario")},
            "source": "kernel",
            "release": watched.release,
            "kernel": {"name": watched.name, "title": f"watched: {watched.release}"},
            "agrees": watched.agrees,
            "rows": self.rows,
            "cells": self.table,
            "chains": [list(chain) for chain in self.chains],
            "statements": statements,
            "unrun": model["unrun"],
            "opens": len(steps),
            "passes": passes,
            "initial": initial,
            "steps": steps,
            "turns": [],
            "notes": [
                "Seen on a real kernel, stopped at every write to an entry. Of the page cache "
                "only pages show that some entry mapped; a processor that sets an accessed or "
                "dirty bit by itself is not noticed.",
            ],
        }

    def of_event(self, index: int, event: Event, title: str) -> Json:
        """Give the step of one event."""
        match event:
            case Written():
                place = [self.row_of[self.watched.names[event.area]], event.page]
                before, after = self.cell(event.before), self.cell(event.after)
                self.entries[event.area, event.page] = event.after
                zapped = event.after.kind == "none"
                return self.step(index, "zap" if zapped else "map", title, event.chain, {
                    "at": place, "before": before, "after": after, "set": [[*place, after]],
                    "verdict": "zapped" if zapped else "changed",
                })  # fmt: skip
            case Called():
                kind = "pass" if event.function in (*_PASSES, *_FOLIO_PASSES) else "cache"
                kind = "size" if event.function == _SIZE else kind
                return self.step(index, kind, title, (event.function, *event.chain), {})
            case Flagged():
                kinds = {"locked": "lock", "unlocked": "unlock", "removed": "cache"}
                return self.step(index, kinds[event.what], title, event.chain, {})
            case _:
                assert_never(event)

    def step(self, index: int, kind: str, title: str, chain: Sequence[str], more: Json) -> Json:
        outermost = tuple(reversed(chain))
        return {
            "statement": index, "pass": None, "kind": kind, "at": None, "before": None,
            "after": None, "verdict": None, "title": title, "reason": "", "rule": None,
            "evidence": f"seen on {self.watched.name}", "source": None,
            "chain": self.chains.setdefault(outermost, len(self.chains)),
            "function": chain[0] if chain else None, "locks": [], "rss": self.rss(), "set": [],
            "sizes": {}, "cpu": 0, "result": None, "wrong": None, **more,
        }  # fmt: skip

    def rss(self) -> list[int]:
        """Recount the counters from the entries, as the probe does."""
        shmem = {
            s.name
            for s in self.watched.program.statements
            if isinstance(s, p.NewFile) and s.kind == "shmem"
        }
        behind = {row["id"]: row["file"] for row in self.rows}
        counts = [0, 0, 0, 0]
        for (area, _), seen in self.entries.items():
            if seen.kind == Kind.FILE:
                counts[3 if behind[self.watched.names[area]] in shmem else 0] += 1
            elif seen.kind == Kind.ANON:
                counts[1] += 1
            elif seen.kind == Kind.SWAP:
                counts[2] += 1
        return counts

    def cell(self, seen: Seen | None) -> int:
        """Give the index of the cell that shows an entry; None: nothing is mapped there."""
        if seen is None:
            cell = cell_json("unmapped")
        else:
            bits = sum(
                bit
                for bit, on in (
                    (Bit.WRITABLE, seen.writable), (Bit.DIRTY, seen.dirty),
                    (Bit.YOUNG, seen.young), (Bit.UFFD_WP, seen.wp),
                )
                if on
            )  # fmt: skip
            folio = slot = -1
            if seen.frame >= 0 and seen.kind != Kind.ZERO:
                folio = self.frames.setdefault(seen.frame, len(self.frames))
            if seen.slot >= 0:
                slot = self.slots.setdefault(seen.slot, len(self.slots))
            kind = seen.kind if seen.kind in {k.value for k in Kind} else "none"
            cell = cell_json(kind, bits, folio, slot, anon=seen.anon)
        key = (cell["kind"], tuple(cell["flags"]), cell["folio"], cell["slot"], cell["text"])
        if key not in self.cells:
            self.cells[key] = len(self.table)
            self.table.append(cell)
        return self.cells[key]


_FATES: Final = {
    "locked": "lock folio {}",
    "unlocked": "unlock folio {}",
    "removed": "{} leaves the page cache",
}


def _call(called: Called, last: Event | None, pages: Mapping[int, str]) -> str:
    """Write a call with its arguments; "" where one pass's function calls another's."""
    _, second, third, fourth, *_ = called.arguments
    if called.function in _PASSES:
        if isinstance(last, Called) and last.function in _PASSES:
            return ""
        unit = p.PAGE_BYTES if called.function == "unmap_mapping_range" else 1
        first, count = second // unit, third // unit
        return f"{called.function}([{first}:{first + count if count else ''}], {fourth & 1})"
    if called.function in _FOLIO_PASSES:
        return f"{called.function}({pages.get(called.frame, 'folio')})"
    return f"{called.function}({second})" if called.function == _SIZE else f"{called.function}()"


_HELPERS: Final = re.compile(r"(native|__?ptep|ptep|set)_\w*pte\w*|ptep_\w+|__ptep_\w+")


def _by(chain: Sequence[str]) -> str:
    """Name the function that wrote an entry, and the one that it helps, where it is a helper."""
    first = chain[0]
    if not _HELPERS.fullmatch(first):
        return first
    helped = next((name for name in chain[1:] if not _HELPERS.fullmatch(name)), "")
    return f"{first} in {helped}" if helped else first


def _in_columns(one: str, other: str) -> str:
    sides = [
        textwrap.wrap(text, _COLUMN - 2, subsequent_indent="    ") or [""]
        for text in (one.lstrip(" "), other.lstrip(" "))
    ]
    indents = ["  " * text.startswith("  ") for text in (one, other)]
    lines = []
    for at in range(max(map(len, sides))):
        left, right = (
            indent + side[at] if at < len(side) else ""
            for side, indent in zip(sides, indents, strict=True)
        )
        lines.append(ascii_only(f"    {left:<{_COLUMN}}{right}").rstrip())
    return "\n".join(lines)
