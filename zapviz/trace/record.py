"""A trace as plain values: the one record that every view reads (docs/trace.md).

It turns the worlds of a run into rows, distinct cells and the differences from step to step, with
the words that a reader sees: titles, locks, what an entry holds.
"""

from __future__ import annotations

from itertools import compress, count
from operator import is_not
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

from zapviz.kernels.chains import call_chain, reclaim_chain, source, zap_details_field
from zapviz.kernels.evidence import path_of, seen_text
from zapviz.kernels.known import Kernel
from zapviz.model import program as p
from zapviz.model.entries import Bit, Entry, Kind
from zapviz.model.machine import BLOCKED
from zapviz.model.steps import Details, Pass, Place, Step
from zapviz.model.world import Folio, FolioFlag, MachineFlag, Slot, World, byte_of
from zapviz.scenario.text import canonical_texts
from zapviz.trace.cells import cell_json, row_json
from zapviz.trace.deciding import blamed, deciding_step, wrong_text
from zapviz.trace.held import locks_in_words
from zapviz.trace.rows import file_mappings, row_order
from zapviz.trace.run import Run
from zapviz.words import how_many
from zapviz.work import Steps, Stopped, whole

__all__ = [
    "NOT_MODELLED",
    "Json",
    "Recorder",
    "known_notes",
    "record_of",
    "record_steps",
    "results_json",
    "rss_json",
]

Json: TypeAlias = dict[str, Any]
"""A trace, or a part of one, as plain values."""


_SWAP_CACHE: Final = "The swap cache: a slot is free as soon as its page is back."
NOT_MODELLED: Final = (
    "Huge pages and large folios: every entry maps one 4 KiB page.",
    "TLB flushes and their timing, memory ordering, and architecture bits.",
    "Readahead, background reclaim and writeback: pages move only when asked.",
    _SWAP_CACHE,
    "hugetlb, DAX, KSM and soft-dirty.",
)
"""What the model leaves out, a line each."""


_AT_A_TIME: Final = 200  # steps, 20 ms of work


def known_notes(run: Run) -> tuple[str, ...]:
    """Give a note on each known difference to real kernels that a run meets."""
    return tuple(
        f"Known difference, met at line {run.outcomes[at].statement.line}: {known.title}. {known}."
        for at, known in run.met
    )


def record_of(shown: Run | Json) -> Json:
    """Give the record of a run, made once, or a record as it is; docs/trace.md describes
    records.
    """
    return shown if isinstance(shown, dict) else whole(record_steps(shown))


_RECORDS: Final[WeakKeyDictionary[Run, Json]] = WeakKeyDictionary()


def record_steps(run: Run) -> Steps[Json]:
    """Give the record of a run, made once, in steps.

    Raises:
        Stopped: It was stopped before it was whole.
    """
    if run not in _RECORDS:
        _RECORDS[run] = yield from Recorder(run).recording()
    return _RECORDS[run]


def results_json(run: Run) -> Json:
    """Give what ``zapviz run --json`` prints: each statement, its result, the entries after it."""
    steps = []
    texts = canonical_texts(run.program)[: len(run.outcomes)]
    for outcome, text in zip(run.outcomes, texts, strict=True):
        step: Json = {
            "line": outcome.statement.line,
            "text": text,
            "result": outcome.result,
            "ptes": {
                area.name: [str(entry.kind) for entry in area.entries]
                for area in outcome.world.areas
            },
            **rss_json(outcome.world),
        }
        if isinstance(outcome.statement, p.Assert):
            step["ok"] = not outcome.refuted
        steps.append(step)
    return {"kernel": run.kernel.name, "ok": run.ok, "steps": steps}


def rss_json(world: World) -> Json:
    """Give the counters of a state: ``rss``, and where there are children ``rss_of`` each."""
    first, *children = (dict(zip(p.COUNTERS, one.rss, strict=True)) for one in world.processes)
    if not children:
        return {"rss": first}
    names = [process.name for process in world.processes[1:]]
    return {"rss": first, "rss_of": dict(zip(names, children, strict=True))}


class Recorder:
    """Turns the worlds of a trace into rows, distinct cells and differences."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.final = run.world(-1)
        self.cells: dict[tuple[Any, ...], int] = {}
        self.table: list[dict[str, Any]] = []
        self.chains: dict[tuple[str, ...], int] = {}
        self.rows: list[dict[str, Any]] = []
        self.row_of: dict[tuple[bool, int], int] = {}
        self.entries: dict[int, tuple[Entry, ...]] = {}  # of each row, as last seen
        self.users: dict[int, set[tuple[int, int]]] = {}  # of each folio, the cells that show it
        self.slots = max((len(step.world.slots) for step in run.steps), default=0)
        self.make_rows()
        self.file_rows = {row for (in_file, _), row in self.row_of.items() if in_file}

    def make_rows(self) -> None:
        """Make the rows: each file with its mappings below it, anonymous memory, then the swap
        slots.
        """
        world, program = self.final, self.run.program
        behind, droppable = file_mappings(program, world), program.droppable
        for in_file, index in row_order(program, world):
            self.row_of[in_file, index] = len(self.rows)
            if in_file:
                file = world.files[index]
                sort = "shmem file" if file.shmem else "disk file"
                row = row_json(file.name, "file", f"{sort}, page cache", None, 0, len(file.cache))
            else:
                area = world.areas[index]
                made = behind.get(area.name)
                detail, name, first = "anonymous memory", None, 0
                if area.name in droppable:
                    detail = "droppable memory"
                if made is not None:
                    name, first = made.pages.name, made.pages.first
                    sort = "shared" if made.shared else "private"
                    detail = f"{sort} mapping of {name}[{first}:{made.pages.end}]"
                owner = world.processes[area.process].name
                if owner:
                    detail += f" in {owner}"
                row = row_json(area.name, "mapping", detail, name, first, len(area.entries))
                if len(world.processes) > 1:
                    row["process"] = owner
            self.rows.append(row)
        if self.slots:
            self.rows.append(row_json("swap", "swap", "swap slots", None, 0, self.slots))

    def record(self) -> dict[str, Any]:
        """Give the whole record."""
        return whole(self.recording())

    def recording(self) -> Steps[dict[str, Any]]:
        """Give the whole record, in steps: some steps of the run at a time."""
        run = self.run
        empty = self.cell(("unmapped",))
        free = self.cell(("free",))
        now = [[free if row["role"] == "swap" else empty] * row["pages"] for row in self.rows]
        initial = {
            "cells": [list(row) for row in now],
            "sizes": {file.name: None for file in self.final.files},
            "rss": self.counters(World()),
            "locks": [],
        }
        passes: list[dict[str, Any]] = []
        steps: list[dict[str, Any]] = []
        before = World()
        under_way: dict[int, tuple[Pass, int]] = {}  # each statement's pass and its index
        for number, step in enumerate(run.steps, 1):
            statement = run.statement_of(number)
            world, part = step.world, step.part
            changes = self.differences(before, world, now)
            index = None
            if part.title:
                old, index = under_way.get(statement, (None, 0))
                if part is not old:
                    index = len(passes)
                    under_way[statement] = part, index
                    passes.append(
                        {
                            "statement": statement,
                            "title": part.title,
                            "first": number,
                            "last": number,
                            "details": _details(run.kernel, part.details),
                            "zaps": part.zaps,
                        }
                    )
                passes[index]["last"] = number
            else:
                under_way.pop(statement, None)
            steps.append(self.step(step, statement, index, changes, before))
            before = world
            if not number % _AT_A_TIME and (
                yield f"written {number:,} of {how_many(len(run.steps), 'step')}"
            ):
                raise Stopped("stopped before the trace was written, so there is nothing to show")
        statements = []
        for index, (outcome, text) in enumerate(zip(run.outcomes, run.texts, strict=True)):
            first, last = run.span(index)
            judged = run.judged(index)
            statements.append(
                {
                    "line": outcome.statement.line,
                    "text": text,
                    "result": outcome.result,
                    "ok": not outcome.refuted,
                    "first": first,
                    "last": last,
                    "verdict": judged.verdict if judged else None,
                    "where": judged.where if judged else "",
                    "blame": list(blamed(run).get(index, ())),
                }
            )
            if last >= first:
                steps[last - 1]["result"] = outcome.result
                if run.steps[last - 1].kind == "end" and outcome.result == BLOCKED:
                    steps[last - 1]["title"] = f"{text} never returns"
                for at in (first, last):
                    shown = run.steps[at - 1]
                    if shown.kind in ("begin", "check", "access") and not shown.title:
                        steps[at - 1]["title"] = text
                # What holds in this order alone says nothing yet: its reason stands for that.
                if run.outcomes[index].undecided and index not in run.explored:
                    steps[last - 1]["reason"] = _open_reason(run.outcomes[index].ok)
        for number in {step for blame in blamed(run).values() for step in blame}:
            steps[number - 1]["wrong"] = wrong_text(run, number)
        for index, known in run.met:
            first, last = run.span(index)
            if last >= first:
                told = f"{steps[last - 1]['reason']} Known difference: {known}."
                steps[last - 1]["reason"] = told.lstrip()
        return {
            "format": "zapviz-trace",
            "version": 1,
            "title": run.program.title,
            "about": " ".join(run.program.about),
            "scenario": run.scenario,
            "kernel": {"name": run.kernel.name, "title": run.kernel.title},
            **self.processes(),
            "rows": self.rows,
            "cells": self.table,
            "chains": [list(chain) for chain in self.chains],
            "statements": statements,
            "unrun": len(run.program.statements) - len(run.outcomes),
            "opens": deciding_step(run),
            "passes": passes,
            "initial": initial,
            "steps": steps,
            "turns": [
                {
                    "cpu": turn.cpu,
                    "line": turn.line,
                    "before": turn.before,
                    "after": turn.after,
                    "open": [
                        {"cpu": c.cpu, "text": c.text, "doing": c.doing, "waits": c.waits}
                        for c in turn.open
                    ],
                }
                for turn in run.turns
            ],
            "notes": [
                *((run.note,) if run.note else ()),
                *known_notes(run),
                *_left_out(self.final, run.program.forks),
            ],
        }

    def step(
        self, step: Step, statement: int, part: int | None, changes: list[list[int]], before: World
    ) -> dict[str, Any]:
        """Give the record of one step."""
        kernel = self.run.kernel
        world = step.world
        function, file = source(kernel.version, step.rule.function)
        chain = call_chain(kernel.version, step.part.chain, step.part.zaps)
        if step.kind == "zap":
            chain = (*chain, function) if function not in chain else chain
        elif step.part.chain.endswith("pageout") and step.place is not None:
            folio = _folio_of(step, before)
            chain = reclaim_chain(chain, function, folio is not None and folio.file < 0)
        at = None
        cell_before = cell_after = None
        if step.place is not None:
            at = [self.row_of[step.place.in_file, step.place.of], step.place.page]
            if step.before is not None and step.after is not None:
                in_file = step.place.in_file
                cell_before = self.entry_cell(before, step.before, in_file)
                cell_after = self.entry_cell(world, step.after, in_file)
        sizes = {
            file.name: file.size
            for index, file in enumerate(world.files)
            if index >= len(before.files) or before.files[index].size != file.size
        }
        evidence = None
        if step.before is not None and step.rule.function:
            path = path_of(step.part.chain)
            evidence = seen_text(kernel, step.rule.id, path, step.before.kind)
        return {
            "statement": statement,
            "pass": part,
            "kind": step.kind,
            "at": at,
            "before": cell_before,
            "after": cell_after,
            "verdict": step.verdict,
            "title": step.title or self.title(step),
            "reason": step.rule.reason,
            "rule": step.rule.id if step.rule.function else None,
            "evidence": evidence,
            "source": f"{function}(), {file}, {kernel.name}" if file else None,
            "chain": self.chains.setdefault(chain, len(self.chains)),
            "function": function if function in chain else (chain[-1] if chain else None),
            "locks": locks_in_words(step, before),
            "rss": self.counters(world),
            "set": changes,
            "sizes": sizes,
            "cpu": max(step.cpu, 0),  # a step that no CPU of the scenario takes
            "result": None,
            "wrong": None,
        }

    def processes(self) -> dict[str, Any]:
        """Give the names of the processes, and from which state to which each is there; of a run
        that has one process, nothing.
        """
        names = [one.name for one in self.final.processes]
        if len(names) == 1:
            return {}
        counts = [1, *(len(step.world.processes) for step in self.run.steps)]
        ends = {
            name: self.run.span(index)[1]
            for index, outcome in enumerate(self.run.outcomes)
            if outcome.result == "0"
            for name in _ended(outcome.statement)
        }
        lives = [
            [next(number for number, count in enumerate(counts) if count > at), ends.get(name)]
            for at, name in enumerate(names)
        ]
        return {"processes": names, "lives": lives}

    def counters(self, world: World) -> list[int]:
        """Give the rss counters of each process, one after the other; 0 before there is one."""
        found = [counter for process in world.processes for counter in process.rss]
        return found + [0] * (len(p.COUNTERS) * len(self.final.processes) - len(found))

    def title(self, step: Step) -> str:
        """Describe a step in a few words."""
        if step.place is None or step.before is None or step.after is None:
            return {"pass": step.part.title, "end": "it returns"}.get(step.kind, step.rule.id)
        where = self.place(step.place)
        if step.verdict == "kept" or step.before == step.after:
            verb = {"lock": "lock", "unlock": "unlock"}.get(step.kind)
            if verb:
                return f"{verb} the folio of {where}"
            return f"{where}: {step.before.kind} stays"
        return f"{where}: {step.before.kind} -> {step.after.kind}"

    def place(self, place: Place) -> str:
        """Name an entry as the scenario language does."""
        named: Any = self.final.files if place.in_file else self.final.areas
        return f"{named[place.of].name}[{place.page}]"

    def differences(self, old: World, new: World, now: list[list[int]]) -> list[list[int]]:
        """Give every cell that looks different, as [row, cell, new cell], and bring ``now`` up to
        date.
        """
        touched: set[tuple[int, int]] = set()
        for (in_file, index), row in self.row_of.items():
            held: Any = new.files if in_file else new.areas
            had: Any = old.files if in_file else old.areas
            if held is had or index >= len(held):
                continue
            entries = held[index].cache if in_file else held[index].entries
            was = self.entries.get(row, ())
            if entries is was:
                continue
            self.entries[row] = entries
            pages = [*compress(count(), map(is_not, entries, was)), *range(len(was), len(entries))]
            for page in pages:
                if page < len(was):
                    self.users.get(was[page].folio, set()).discard((row, page))
                self.users.setdefault(entries[page].folio, set()).add((row, page))
                touched.add((row, page))
        moved = set[int]()
        if old.folios is not new.folios:
            moved.update(compress(count(), map(is_not, new.folios, old.folios)))
            moved.update(range(len(old.folios), len(new.folios)))
        if old.locks != new.locks:
            moved.update(k.of for k in {*old.locks} ^ {*new.locks} if k.kind == "folio lock")
        for folio in moved:
            touched |= self.users.get(folio, set())
        if moved or old.slots is not new.slots:
            touched |= self.swapped(new, moved, old.slots)
        changes: list[list[int]] = []
        for row, page in sorted(touched):
            cell = self.entry_cell(new, self.entries[row][page], row in self.file_rows)
            if now[row][page] != cell:
                now[row][page] = cell
                changes.append([row, page, cell])
        if old.slots is not new.slots:
            row = len(self.rows) - 1
            for page, slot in enumerate(new.slots):
                free: tuple[Any, ...] = ("free",)
                cell = self.cell(free if slot is None else ("slot", *_of_slot(new, slot)))
                if now[row][page] != cell:
                    now[row][page] = cell
                    changes.append([row, page, cell])
        return changes

    def swapped(
        self, world: World, moved: set[int], before: tuple[Slot | None, ...]
    ) -> set[tuple[int, int]]:
        """Give the cells of swap entries whose slot, or its page in the swap cache, changed."""
        changed = {
            at
            for at, slot in enumerate(world.slots)
            if slot and (slot.folio in moved or at >= len(before) or slot is not before[at])
        }
        return {
            (row, page)
            for row, entries in self.entries.items()
            for page, entry in (enumerate(entries) if changed else ())
            if entry.slot in changed
        }

    def entry_cell(self, world: World, entry: Entry, in_file: bool) -> int:
        """Give the cell of an entry in a world."""
        kind, index, at, bits = entry
        if kind is Kind.SWAP:
            bits &= ~Bit.SHARED
            slot = world.slots[at] if at < len(world.slots) else None
            index = slot.folio if slot is not None else -1
        owner = None
        flags = 0
        if index >= 0 and index < len(world.folios):
            folio = world.folios[index]
            if folio is not None:
                flags = folio.flags
                owner = folio.file < 0
                for lock in world.locks:
                    if lock.of == index and lock.kind == "folio lock":
                        flags |= 1 << 10
        if not world.machine & MachineFlag.SWAP_DISK:
            flags &= ~FolioFlag.SWAPCACHE
        data = byte_of(world, entry)
        return self.cell((str(kind), bits, index, at, data, flags, owner, in_file))

    def cell(self, key: tuple[Any, ...]) -> int:
        """Give the index of a distinct cell."""
        if key not in self.cells:
            self.cells[key] = len(self.table)
            self.table.append(cell_json(*key))
        return self.cells[key]


def _ended(statement: p.Statement) -> list[str]:
    """Name the processes that a statement ends: of a CPU, those that its body ends."""
    match statement:
        case p.Exit(process):
            return [process]
        case p.Cpu():
            return [name for each in statement.body for name in _ended(each)]
    return []


def _left_out(world: World, forks: bool) -> list[str]:
    """Give what the model leaves out; where a disk is the swap device, or processes share slots, it
    has the swap cache.
    """
    has = forks or world.machine & MachineFlag.SWAP_DISK
    return [note for note in NOT_MODELLED if not (has and note == _SWAP_CACHE)]


def _of_slot(world: World, slot: Slot) -> tuple[int, int, int]:
    """Give what the cell of a swap slot shows: holders, data, and on a disk the swap cache."""
    shown = world.machine & MachineFlag.SWAP_DISK and slot.folio >= 0
    return slot.holders, slot.data, FolioFlag.SWAPCACHE if shown else -1


def _open_reason(holds: bool) -> str:
    """Say why one order of the CPUs does not decide an assertion about every order."""
    so = "So" if holds else "Not so"
    return f"{so} in this order of the CPUs; zapviz race explores every order."


def _folio_of(step: Step, before: World) -> Folio | None:
    """Give the folio that an entry named before a step."""
    index = step.before.folio if step.before is not None else -1
    return before.folios[index] if 0 <= index < len(before.folios) else None


def _details(kernel: Kernel, details: Details | None) -> dict[str, Any] | None:
    """Write struct zap_details as the chosen kernel spells it."""
    if details is None:
        return None
    flags: dict[str, Any] = {}
    if details.drop_markers:
        flags["zap_flags"] = "ZAP_FLAG_DROP_MARKER"
    if details.reclaim_pt:
        flags["reclaim_pt"] = True
    name, value = zap_details_field(kernel.version, details.even_cows)
    return {name: value, **flags}
