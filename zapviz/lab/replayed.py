"""An order of a race as a real kernel was led through it, beside the model: each turn, and the end.

A :class:`Replayed` is a value: it needs no virtual machine. It shows itself as text and as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from zapviz.kernels.known import Kernel
from zapviz.kernels.observed import pagemap_shows_wp
from zapviz.lab.conformance import predicted
from zapviz.lab.guest.leading import Turned
from zapviz.lab.guest.tables import Seen
from zapviz.lab.guest.watcher import Written
from zapviz.lab.script import KernelOutcome, executed
from zapviz.lab.steps import areas_of
from zapviz.lab.stress import EndState, parted
from zapviz.lab.turns import Led, Turn, call_texts, doings
from zapviz.lab.verdict import SeenConditions, shmem_mappings
from zapviz.model.program import Asking, Assert, Cpu, Program
from zapviz.model.world import World
from zapviz.races.replay import follow
from zapviz.races.replay import replay as follow_exactly
from zapviz.render.text.lines import ascii_only, fitted, wrapped
from zapviz.scenario.text import statement_texts

__all__ = ["Below", "Replayed", "Row", "first_below"]


@dataclass(frozen=True)
class Row:
    """One turn on both sides."""

    turn: Turn  # the model's
    turned: Turned | None  # the kernel's; None: it was not come to

    @property
    def on_the_way(self) -> bool:
        """Whether the CPU was led as far as it was to be."""
        return self.turned is not None and self.turned.fate in ("held", "back", "stays")


@dataclass(frozen=True)
class Below:
    """A statement below the CPUs, on both sides; None: it cannot be told."""

    text: str
    line: int
    model: bool | None  # of an assertion: whether it holds
    kernel: bool | None
    asserts: bool


@dataclass(frozen=True)
class Replayed:
    """An order of a race on a kernel, beside the model."""

    led: Led
    name: str  # of the kernel, as it was asked for
    release: str  # as uname says it
    base: Kernel  # the model's kernel without rules of your own
    turned: tuple[Turned, ...]
    outcome: KernelOutcome
    calls: tuple[tuple[Asking, ...], ...]  # of each statement below the CPUs

    @property
    def rows(self) -> tuple[Row, ...]:
        """The turns on both sides."""
        turned = [*self.turned, *[None] * len(self.led.turns)]
        return tuple(map(Row, self.led.turns, turned))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The mappings, in the order of their numbers."""
        return tuple(areas_of(self.led.program))

    @property
    def held_throughout(self) -> bool:
        """Whether each CPU was held where the order that was led has it, up to the end."""
        return not self.cut and all(row.on_the_way for row in self.rows)

    @cached_property
    def differences(self) -> tuple[str, ...]:
        """What the kernel does otherwise than the model, in words, the first difference first."""
        told = [f"the kernel complained: {text}" for text in self.outcome.complaints]
        for number, row in enumerate(self.rows, 1):
            if differs := self._entries_differ(row):
                told += [f"after turn {number}, {differs}"]
                break
        return (*told, *self._ends_differ())

    @property
    def ok(self) -> bool:
        """Whether the kernel shows all that the model shows, as far as it was led."""
        return not self.differences

    @property
    def end(self) -> EndState | None:
        """The state in which both CPUs were done on the kernel; None: it never came there."""
        size = len(executed(parted(self.led.program)[0]))
        if len(self.outcome.steps) <= size or not self.outcome.steps[size].bodies:
            return None
        seen = self.outcome.steps[size]
        results = [results for _, results in seen.bodies]
        return EndState.of(seen, results, pagemap_shows_wp(self.base))

    @cached_property
    def model_end(self) -> EndState:
        """The state in which both CPUs are done in the model."""
        numbers = [cpu.number for cpu in self.led.program.statements if isinstance(cpu, Cpu)]
        by_number = dict(zip(numbers, self.led.results, strict=True))
        results = [by_number[number] for number in sorted(numbers)]
        seen = predicted(self.led.final, "0")
        return EndState.of(seen, results, pagemap_shows_wp(self.base))

    def _entries_differ(self, row: Row) -> str:
        """Say what differs after a turn, and what wrote it; "" where nothing does."""
        if row.turned is None:
            return ""
        for area, (name, model) in enumerate(_standing(row.turn.world).items()):
            for page, (ours, seen) in enumerate(zip(model, row.turned.entries[area], strict=True)):
                if _shown(ours) == _shown(seen.kind):
                    continue
                what = f"{name}[{page}]: model {ours}, kernel {seen.kind}"
                by = [
                    event
                    for event in row.turned.events
                    if isinstance(event, Written) and (event.area, event.page) == (area, page)
                ]
                if by:
                    return f"{what}; {self._written(by[-1])}{self._lacks(row, name, by[-1])}"
                return f"{what}; nobody wrote it in this turn"
        return ""

    def _written(self, event: Written) -> str:
        chain = " < ".join(_chain(event.chain))
        return f"the kernel wrote {event.before.kind} -> {event.after.kind} in {chain}"

    def _lacks(self, row: Row, name: str, event: Written) -> str:
        """Name the step of the kernel as it is, which the model with other rules lacks."""
        if self.led.kernel == self.base:
            return ""
        order = follow(self.led.program, self.base, self.led.schedule)
        run = follow_exactly(self.led.program, self.base, order)
        for step in reversed(run.steps):
            at = step.place
            if at is None or at.in_file or step.before is None or step.after is None:
                continue
            there = (step.world.areas[at.of].name, at.page) == (name, event.page)
            if (
                there
                and step.before.kind != step.after.kind
                and step.after.kind == event.after.kind
            ):
                part = f", in {step.part.title}" if step.part.title else ""
                return f": a step that {self.base.name} has, and this model lacks{part}"
        return ""

    def _ends_differ(self) -> Iterator[str]:
        end = self.end
        if end is None:
            yield f"the process was ended by {self.outcome.ended}"
            return
        if self.cut:
            return
        if not end.shows(self.model_end):
            yield f"the end: model {self.model_end}; kernel {end}"
        for below in self.below:
            if below.kernel is not None and below.kernel != below.model:
                words = {True: "holds", False: "fails", None: "is undecided"}
                yield (
                    f"line {below.line}: {below.text}: {words[below.model]} in the model, "
                    f"{words[below.kernel]} on the kernel"
                )

    @property
    def cut(self) -> bool:
        """Whether the order was not led to its end."""
        return any(moved.by == 0 for moved in self.led.moved)

    @cached_property
    def below(self) -> tuple[Below, ...]:
        """The statements below the CPUs."""
        program = self.led.program
        above = executed(parted(program)[0])
        at = len(above)
        steps = self.outcome.steps
        last = steps[at] if len(steps) > at else None
        at += 1
        rows = []
        texts = statement_texts(program)
        first = first_below(program)
        for index, calls in enumerate(self.calls, first):
            statement = program.statements[index]
            mine = steps[at : at + len(calls)]
            at += len(calls)
            alive = len(mine) == len(calls)
            holds = None
            if isinstance(statement, Assert) and alive and last is not None:
                seen = SeenConditions(last, mine, shmem_mappings(program))
                holds = seen.holds(statement.condition)
            last = (mine[-1] if mine else last) if alive else None
            model = None
            if isinstance(statement, Assert):
                model = self.led.run.outcomes[index].ok
            rows.append(
                Below(texts[index], statement.line, model, holds, isinstance(statement, Assert))
            )
        return tuple(rows)

    def text(self, name: str) -> str:
        """Say turn by turn what was done, where the CPU was held, and whether the entries agree."""
        led = self.led
        head = f"{name}: kernel {self.name} ({self.release}) led as the model of {led.kernel.name}"
        lines = wrapped(head, hang=4)
        for cpu in sorted({turn.number for turn in led.turns}):
            lines += wrapped(f"CPU{cpu}: {'; '.join(call_texts(led.program, cpu))}", hang=6)
        order = ", ".join(map(str, led.asked))
        lines += wrapped(f"order {order}", hang=6)
        for number, row in enumerate(self.rows, 1):
            lines += ["", *self._turn(number, row)]
        lines += [""]
        if self.cut:
            lines += wrapped(
                "The order was led no further: from there on both CPUs ran as they would."
            )
        lines += wrapped(f"end     model: {self.model_end}", hang=15)
        seen = str(self.end) if self.end else f"ended by {self.outcome.ended}"
        lines += wrapped(f"        kernel: {seen}", hang=16)
        for below in self.below:
            if below.asserts:
                words = {True: "holds", False: "fails", None: "cannot be told"}
                text = f"line {below.line}: {below.text}: model {words[below.model]}, kernel "
                lines += wrapped(text + words[below.kernel], hang=4)
        lines += [line for text in self.differences for line in wrapped(f"DIFFERS: {text}.")]
        return ascii_only("\n".join([*lines, self.summary(name)]))

    def _turn(self, number: int, row: Row) -> Iterator[str]:
        turn, turned = row.turn, row.turned
        done = "; ".join(doings(turn)) or "nothing that can be seen"
        yield from wrapped(f"turn {number}  CPU{turn.number}: {done}", hang=10)
        for moved in self.led.moved:
            if moved.step == turn.end:
                yield from wrapped(f"        not where the order has it: {moved}", hang=10)
        if turned is None:
            yield "        not come to"
            return
        yield from wrapped(f"        {_fate(turn, turned)}", hang=10)
        wrote = [event for event in turned.events if isinstance(event, Written)]
        for event in wrote:
            if event.before.kind != event.after.kind:
                chain = " < ".join(_chain(event.chain)[:2])
                text = f"{self.names[event.area]}[{event.page}] {event.before.kind} -> "
                yield from wrapped(f"        wrote {text}{event.after.kind} in {chain}", hang=10)
        if self._entries_differ(row):
            ours = _entries(self.names, _standing(turn.world).values())
            yield from wrapped(f"        entries DIFFER: model {ours}", hang=10)
            yield from wrapped(f"        kernel {self._seen(turned.entries)}", hang=10)
        else:
            yield from wrapped(f"        entries agree: {self._seen(turned.entries)}", hang=10)

    def _seen(self, entries: Sequence[Sequence[Seen]]) -> str:
        return _entries(self.names, [[seen.kind for seen in area] for area in entries])

    def summary(self, name: str) -> str:
        """Write one line, to read and to grep."""
        there = sum(row.on_the_way for row in self.rows)
        counts = (
            f"turns={len(self.rows)} led={there} "
            f"moved={sum(moved.by != 0 for moved in self.led.moved)} "
            f"cut={int(self.cut)} wrong={len(self.differences)}"
        )
        return fitted(f"Replay {{}} {{}} {counts}", self.name, name)

    def as_json(self) -> dict[str, Any]:
        """Give all of it as one JSON object; docs/replaying.md says what it holds."""
        led = self.led
        turns = []
        for row in self.rows:
            turned = row.turned
            turns.append({
                "cpu": row.turn.number,
                "does": doings(row.turn),
                "before": row.turn.before,
                "held": None if turned is None else turned.fate,
                "where": [] if turned is None else _chain(turned.where),
                "model": {n: list(k) for n, k in _standing(row.turn.world).items()},
                "kernel": None if turned is None else {
                    name: [seen.kind for seen in area]
                    for name, area in zip(self.names, turned.entries, strict=True)
                },
                "writes": [] if turned is None else [
                    {
                        "at": [self.names[event.area], event.page],
                        "before": event.before.kind,
                        "after": event.after.kind,
                        "chain": _chain(event.chain),
                    }
                    for event in turned.events if isinstance(event, Written)
                ],
                "agrees": not self._entries_differ(row),
            })  # fmt: skip
        return {
            "kernel": self.name,
            "release": self.release,
            "model": led.kernel.name,
            "order": list(led.asked),
            "led": list(led.schedule),
            "moved": [{"step": m.step, "why": m.why, "by": m.by} for m in led.moved],
            "turns": turns,
            "end": {"model": str(self.model_end), "kernel": str(self.end) if self.end else None},
            "assertions": [
                {"line": b.line, "text": b.text, "model": b.model, "kernel": b.kernel}
                for b in self.below if b.asserts
            ],
            "differences": list(self.differences),
            "ok": self.ok,
        }  # fmt: skip


def _standing(world: World) -> dict[str, list[str]]:
    """Give what stands in the model's entries, of pages that no VMA covers any more, too."""
    return {area.name: [entry.kind.value for entry in area.entries] for area in world.areas}


def _shown(kind: str) -> str:
    """Give the class as the entries alone show it: where no VMA is, nothing stands."""
    return "none" if kind == "unmapped" else kind


def _entries(names: Sequence[str], kinds: Any) -> str:
    return "; ".join(f"{name} {' '.join(each)}" for name, each in zip(names, kinds, strict=True))


def _chain(chain: Sequence[str]) -> list[str]:
    """Give the functions up to the system call or the fault."""
    found: list[str] = []
    for name in chain:
        if name.startswith(("do_syscall_64", "entry_", "asm_", "__x64_", "x64_sys_call")):
            break
        found.append(name)
    return found[:8]


_WHY: Final = (
    (("spin_lock_slowpath", "_raw_spin_lock"), "a spinlock is held across the turn"),
    (("smp_call_function", "flush_tlb"), "an interrupt is waited for that is not taken"),
    (("synchronize_rcu", "wait_rcu_gp", "rcu_exp"), "RCU waits for the CPU that is held"),
    (("__flush_work", "wait_for_completion"), "work is waited for on the CPU that is held"),
    (("folio_wait_bit", "folio_lock"), "the folio's lock is held across the turn"),
    (("rwsem_down", "down_read", "down_write"), "a lock is held across the turn"),
    (("mutex",), "a mutex is held across the turn"),
)
"""Parts of functions' names, and what it means that a CPU is in one."""


def _fate(turn: Turn, turned: Turned) -> str:
    """Say where a CPU was held, or why it was not."""
    chain = _chain(turned.where)
    inner = " < ".join(chain[:4])
    before = f" before: {turn.before}" if turn.before else ""
    match turned.fate:
        case "held":
            return f"held in {chain[0]}(),{before}" if chain else "held"
        case "back":
            done = turn.lead.calls == turn.size
            return "back from its last call" if done else "held between two calls"
        case "stays":
            return "stays where it was"
        case "over":
            return f"NOT HELD: its call was over before the turn{before and ','}{before}"
        case "passed":
            return f"NOT HELD: it came back from the call and never to the place{before}"
        case _:
            why = next(
                (why for parts, why in _WHY if any(p in name for p in parts for name in chain[:6])),
                "it does not come any further",
            )
            waits = "sleeps" if turned.fate == "asleep" else "is"
            return f"NOT HELD: {why}: it {waits} in {inner or 'user space'}"


def first_below(program: Program) -> int:
    """Give the index of the first statement below the CPUs."""
    last = max(at for at, one in enumerate(program.statements) if isinstance(one, Cpu))
    return last + 1
