"""What a watched kernel did with a scenario, as a record (docs/trace.md) of source ``kernel``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from zapviz.lab.guest.tables import Seen
from zapviz.lab.guest.watcher import Called, Event, Flagged, Written
from zapviz.lab.kernel_steps import FOLIO_PASSES, PASSES, SIZE, KernelSteps
from zapviz.model import program as p
from zapviz.model.entries import UNMAPPED, Bit, Kind
from zapviz.trace.cells import cell_json
from zapviz.trace.record import Json, record_of
from zapviz.trace.rows import file_mappings

__all__ = ["kernel_record", "shown_events"]


def kernel_record(watched: KernelSteps) -> Json:
    """Give the record of what a kernel did."""
    return _KernelRecord(watched).record()


def shown_events(watched: KernelSteps, index: int) -> dict[int, int]:
    """Give, for each event of a statement that the record shows, its step's number within the
    statement, counted from 1: the statement's beginning is the first.
    """
    told = [number for number, title in enumerate(watched.told[index]) if title]
    return {number: at for at, number in enumerate(told, 2)}


class _KernelRecord:
    """Turns what was seen into rows, distinct cells, and differences."""

    def __init__(self, watched: KernelSteps) -> None:
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
        self.cached: dict[int, list[int]] = {}  # page frame -> row and page of a file
        makers = file_mappings(watched.program, watched.run.world(-1))
        self.behind = {
            area: (self.row_of[makers[name].pages.name], makers[name].pages.first)
            for area, name in enumerate(watched.names)
            if name in makers
        }

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
            elif isinstance(statement, p.Fork):
                changes = self.inherited(index, statement.name, none)
            text = model["statements"][index]["text"]
            steps.append(self.step(index, "begin", text, (), {"set": changes}))
            part = None
            for number, event in enumerate(watched.events(index)):
                title = watched.told[index][number]
                if not title:
                    continue
                if isinstance(event, Called) and event.function in (*PASSES, *FOLIO_PASSES):
                    part = len(passes)
                    here = len(steps) + 1
                    even_cows = bool(event.arguments[3] & 1) if event.function in PASSES else False
                    passes.append({"statement": index, "title": title, "first": here, "last": here,
                                   "details": {"even_cows": even_cows}, "zaps": True})  # fmt: skip
                step = self.of_event(index, event, title)
                part = None if isinstance(event, Flagged) else part
                steps.append({**step, "pass": part})
                if part is not None:
                    passes[part]["last"] = len(steps)
            result = calls[-1].result if calls else "0"
            steps[-1]["result"] = result
            steps[-1]["set"] = [*steps[-1]["set"], *self.unmapped(index)]
            of_model = model["statements"][index]
            statements.append({**of_model, "result": result, "first": first, "last": len(steps),
                               "blame": []})  # fmt: skip
        return {
            **{key: model[key] for key in ("format", "version", "title", "about", "scenario")},
            "source": "kernel",
            "release": watched.release,
            "kernel": {"name": watched.name, "title": f"watched: {watched.release}"},
            **({"processes": model["processes"]} if "processes" in model else {}),
            "agrees": watched.agrees,
            "rows": self.rows,
            "cells": self.table,
            "chains": [list(chain) for chain in self.chains],
            "statements": statements,
            "unrun": model["unrun"],
            "opens": self.opens(statements),
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

    def opens(self, statements: Sequence[Json]) -> int:
        """Give the state after the change that decides in the model."""
        at: int = self.model["opens"]
        if not at:
            return 0
        index = self.model["steps"][at - 1]["statement"]
        first, _ = self.watched.run.span(index)
        begins: int = statements[index]["first"]
        shown = shown_events(self.watched, index)
        for each in self.watched.compared[index]:
            if each.kernel and each.model and at - first in each.model.at:
                return begins - 1 + shown[max(each.kernel.at)]
        return int(statements[index]["last"])

    def in_cache(self, area: int, page: int, seen: Seen) -> list[list[int]]:
        """Give the change of the page cache that an entry shows: a page that it maps is there."""
        if seen.kind != Kind.FILE or area not in self.behind:
            return []
        row, first = self.behind[area]
        self.cached[seen.frame] = [row, first + page]
        return [[row, first + page, self.cell(Seen("file", seen.frame))]]

    def unmapped(self, index: int) -> list[list[int]]:
        """Give the changes of the pages that are no part of a mapping any more."""
        before = {area.name: area for area in self.watched.world_before(index).areas}
        cell = self.cell(None)
        return [
            [self.row_of[area.name], page, cell]
            for area in self.watched.run.world(self.watched.run.span(index)[1]).areas
            if area.name in self.row_of and area.name in before
            for page, entry in enumerate(area.entries)
            if entry == UNMAPPED and before[area.name].entries[page] != UNMAPPED
        ]

    def inherited(self, index: int, child: str, cell: int) -> list[list[int]]:
        """Give the changes of the pages that a child has from its parent, empty at first."""
        return [
            [self.row_of[area.name], page, cell]
            for area in self.watched.run.world(self.watched.run.span(index)[1]).areas
            if p.owner_of(area.name) == child
            for page, entry in enumerate(area.entries)
            if entry != UNMAPPED
        ]

    def of_event(self, index: int, event: Event, title: str) -> Json:
        """Give the step of one event."""
        match event:
            case Written():
                place = [self.row_of[self.watched.names[event.area]], event.page]
                before, after = self.cell(event.before), self.cell(event.after)
                self.entries[event.area, event.page] = event.after
                zapped = event.after.kind == "none"
                cached = self.in_cache(event.area, event.page, event.after)
                return self.step(index, "zap" if zapped else "map", title, event.chain, {
                    "at": place, "before": before, "after": after,
                    "set": [[*place, after], *cached],
                    "verdict": "zapped" if zapped else "changed",
                })  # fmt: skip
            case Called():
                kind = "pass" if event.function in (*PASSES, *FOLIO_PASSES) else "cache"
                kind = "size" if event.function == SIZE else kind
                return self.step(index, kind, title, (event.function, *event.chain), {})
            case Flagged():
                kinds = {"locked": "lock", "unlocked": "unlock", "removed": "cache"}
                gone = self.cached.pop(event.frame, None) if event.what == "removed" else None
                changes = [[*gone, self.cell(Seen("none"))]] if gone else []
                return self.step(index, kinds[event.what], title, event.chain, {"set": changes})
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
        """Recount the counters of each process from its entries, as the probe does."""
        shmem = {
            s.name
            for s in self.watched.program.statements
            if isinstance(s, p.NewFile) and s.kind == "shmem"
        }
        behind = {row["id"]: row["file"] for row in self.rows}
        counts = {name: [0, 0, 0, 0] for name in self.model.get("processes", ("",))}
        for (area, _), seen in self.entries.items():
            name = self.watched.names[area]
            mine = counts[p.owner_of(name)]
            if seen.kind == Kind.FILE:
                mine[3 if behind[name] in shmem else 0] += 1
            elif seen.kind == Kind.ANON:
                mine[1] += 1
            elif seen.kind == Kind.SWAP:
                mine[2] += 1
        return [count for mine in counts.values() for count in mine]

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
