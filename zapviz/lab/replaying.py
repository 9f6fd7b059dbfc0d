"""One order of a race's CPUs replayed on a real kernel: both CPUs led, turn by turn.

In each turn one CPU goes on, up to where the model has it stop, and is held there
(:mod:`zapviz.lab.guest.leading`). The entries are read from the guest's memory after each turn, and
compared with the model's state at that point of the order; so are the end and the assertions.

>>> replayed = replay("race-cow", "6.12", rules=["second_pass=False"])  # doctest: +SKIP
>>> replayed.ok  # doctest: +SKIP
False

A kernel with rules of your own is none that can be booted. The real one then shows where it goes
another way: the first difference is told, with the step that it takes and the model lacks.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

from zapviz.errors import ZapvizError
from zapviz.kernels.known import DEFAULT_KERNEL, Kernel
from zapviz.kernels.known import kernel as find_model
from zapviz.kernels.observed import pagemap_shows_wp
from zapviz.lab.conformance import MODEL_OF, predicted
from zapviz.lab.guest.kernels import WITH_DEVICE, GuestKernel, find_kernel
from zapviz.lab.guest.leading import Leader, Turned, check_pad
from zapviz.lab.guest.qemu import Settings
from zapviz.lab.guest.symbols import Symbols, read_symbols, unrandomized
from zapviz.lab.guest.tables import Seen
from zapviz.lab.guest.watcher import Written
from zapviz.lab.oracle import run_findings
from zapviz.lab.plan import lacks, left_out
from zapviz.lab.script import KernelOutcome, NotOnKernel, executed, refuse_lending
from zapviz.lab.steps import areas_of
from zapviz.lab.stress import EndState, by_page, format_led, parted
from zapviz.lab.turns import Led, Turn, call_texts, doings, lead
from zapviz.lab.verdict import SeenConditions, model_for, program_of, shmem_mappings
from zapviz.model.conditions import evaluate
from zapviz.model.machine import run_statement
from zapviz.model.program import Asking, Assert, Cpu, Program
from zapviz.model.world import World
from zapviz.races.cpus import Schedule
from zapviz.races.exploration import Exploration
from zapviz.races.replay import follow
from zapviz.races.replay import replay as follow_exactly
from zapviz.races.search import search_orders
from zapviz.render.text.lines import ascii_only, wrapped
from zapviz.scenario.given import GivenScenario
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import statement_texts
from zapviz.words import how_many

__all__ = [
    "Asked",
    "Below",
    "Replayed",
    "Row",
    "chosen_order",
    "replay",
    "replay_all",
    "shipped_races",
]

_CPUS: Final = 3  # two that are led, and one for the probe and all that the kernel does besides
# A thread that is held lets others have its CPU; and that one stands still is no complaint.
_APPEND: Final = "preempt=full nosoftlockup rcupdate.rcu_cpu_stall_suppress=1"


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
        first = _first_below(program)
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
        return (
            f"Replay {self.name} {name} turns={len(self.rows)} led={there} "
            f"moved={sum(moved.by != 0 for moved in self.led.moved)} "
            f"cut={int(self.cut)} wrong={len(self.differences)}"
        )

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


def _first_below(program: Program) -> int:
    last = max(at for at, one in enumerate(program.statements) if isinstance(one, Cpu))
    return last + 1


def _below(led: Led) -> tuple[tuple[Asking, ...], ...]:
    """Give the calls of each statement below the CPUs, as the model comes to them."""
    world, found = led.final, []
    calls: list[Asking] = []

    def run(statement: Asking) -> str:
        nonlocal world
        outcome = run_statement(led.kernel, world, statement)
        world = outcome.world
        calls.append(statement)
        return outcome.result

    def now() -> World:
        return world

    for statement in led.program.statements[_first_below(led.program) :]:
        calls = []
        if isinstance(statement, Assert):
            evaluate(now, statement.condition, lambda part: run(part.call))
        elif not isinstance(statement, Cpu):
            run(statement)
        found.append(tuple(calls))
    return tuple(found)


class Asked(NamedTuple):
    """A race that is to be replayed."""

    program: Program
    schedule: Sequence[int] | None = None
    """The CPU that takes each step; where it ends early, the CPUs go on in turn. None: see
    ``state``."""
    state: int | None = None
    """The final state, counted from 1 as ``zapviz race`` shows them, to which the order leads;
    None: an order in which an assertion fails, else the first."""


def chosen_order(exploration: Exploration, state: int | None = None) -> Schedule:
    """Give the order that is replayed: one in which an assertion fails, else the first.

    Args:
        exploration: All orders.
        state: The number of a final state, counted from 1, as ``zapviz race`` shows them: the
            order that leads there; None: as above.

    Raises:
        ZapvizError: There is no such final state, or none at all.
    """
    if state is not None:
        if not 1 <= state <= len(exploration.finals):
            count = how_many(len(exploration.finals), "final state")
            raise ZapvizError(f"there is no final state {state}: zapviz race shows {count}")
        return exploration.finals[state - 1].schedule
    for verdict in exploration.verdicts:
        if verdict.ok is False and verdict.schedule is not None:
            return verdict.schedule
    if not exploration.finals:
        raise ZapvizError("no order of the CPUs comes to an end; give one with --schedule")
    return exploration.finals[0].schedule


def replay(
    scenario: GivenScenario,
    kernel: str | GuestKernel = "6.12",
    schedule: Sequence[int] | None = None,
    *,
    rules: Sequence[str] = (),
    state: int | None = None,
    settings: Settings | None = None,
) -> Replayed:
    """Lead a scenario's two CPUs through one order on a kernel, and compare each turn.

    Args:
        scenario: The scenario, in any form.
        kernel: A name (``zapviz lab kernels`` lists them), or a kernel of your own.
        schedule: The CPU that takes each step, as ``zapviz race --json`` gives it; where it ends
            early, the CPUs go on in turn. None: an order in which an assertion fails, else the
            first.
        rules: Rules of the model that are changed, as in ``["second_pass=False"]``.
        state: The final state, counted from 1 as ``zapviz race`` shows them, to which the order
            leads; None: see ``schedule``.
        settings: The virtual machine; None: the usual one.

    Raises:
        ScenarioError: The scenario is wrong.
        ZapvizError: It has not two CPUs, or the order cannot be followed.
        NotOnKernel: It has a statement that is for the model only.
        NotAvailable: The kernel, its symbols, or QEMU is not here; or KASLR is on.
        MachineLost: Three boots in a row were lost.
    """
    program = program_of(scenario)
    asked = Asked(program, schedule, state)
    [replayed] = replay_all([asked], kernel, rules=rules, settings=settings)
    return replayed


def replay_all(
    races: Sequence[Asked],
    kernel: str | GuestKernel,
    *,
    rules: Sequence[str] = (),
    settings: Settings | None = None,
) -> list[Replayed]:
    """Replay several orders in one boot; see :func:`replay` for the arguments and errors."""
    programs = [by_page(asked.program) for asked in races]
    for program in programs:
        format_led(program, ())  # says what no kernel can do, before anything is explored
    known = find_kernel(kernel) if isinstance(kernel, str) else kernel
    for program in programs if known.name not in WITH_DEVICE else ():
        refuse_lending(program, f"kernel {known.name}")
    settings = settings or Settings()
    symbols = read_symbols(known, settings)
    check_pad(symbols, known.name)
    settings = replace(unrandomized(settings), cpus=_CPUS)
    settings = replace(settings, append=f"{settings.append} {_APPEND}")
    base = MODEL_OF.get(known.name) or model_for(_release(known, settings))
    model = _with_rules(base, rules)
    leds = [
        lead(program, model, _order_of(program, model, asked), symbols)
        for program, asked in zip(programs, races, strict=True)
    ]
    return _run(known, leds, base, symbols, settings)


def shipped_races(
    kernel: GuestKernel, rules: Sequence[str] = ()
) -> tuple[dict[str, Asked], dict[str, str]]:
    """Give the shipped races, each once for every final state, by name and number.

    Returns:
        Them; and by name, those that no kernel can run, with the reason.
    """
    asked: dict[str, Asked] = {}
    left: dict[str, str] = {}
    for name, scenario in SCENARIOS.items():
        program = scenario.program
        if not program.concurrent:
            continue
        try:
            format_led(program, ())
        except NotOnKernel as error:
            left[name] = str(error)
            continue
        model = _with_rules(MODEL_OF.get(kernel.name) or find_model(DEFAULT_KERNEL), rules)
        for number in range(1, len(search_orders(program, model).finals) + 1):
            asked[f"{name}/{number}"] = Asked(program, None, number)
    return asked, left


def _with_rules(base: Kernel, rules: Sequence[str]) -> Kernel:
    return find_model(f"{base.name} + {', '.join(rules)}") if rules else base


def _release(kernel: GuestKernel, settings: Settings) -> str:
    """Ask a kernel that the lab does not know what it is."""
    return run_findings(kernel, [], settings, script="\n").kernel.get("release", "")


def _order_of(program: Program, model: Kernel, asked: Asked) -> Schedule:
    if asked.schedule is None:
        return chosen_order(search_orders(program, model), asked.state)
    schedule = tuple(asked.schedule)
    follow_exactly(program, model, schedule)  # says which step of it cannot be taken
    return follow(program, model, schedule)


def _run(
    kernel: GuestKernel,
    leds: Sequence[Led],
    base: Kernel,
    symbols: Symbols,
    settings: Settings,
) -> list[Replayed]:
    """Run all of them in one boot, and put the two sides together."""
    below = [_below(led) for led in leds]
    script, readers = "W\n", []
    for led, calls in zip(leds, below, strict=True):
        text, reader = format_led(led.program, [call for each in calls for call in each])
        script += text
        readers.append(reader)
    pages = [[*areas_of(led.program).values()] for led in leds]
    leads = [[turn.lead for turn in led.turns] for led in leds]
    leaders: list[Leader] = []

    def attend(connection: socket.socket) -> Leader:
        leaders.append(Leader(connection, symbols, pages, leads))
        return leaders[-1]

    findings = run_findings(kernel, readers, settings, script=script, attend=attend)
    for led in leds:
        missing = left_out(led.program, lambda each: lacks(each, findings.kernel))
        for index, why in missing.items():
            line = led.program.statements[index].line
            raise NotOnKernel(f"line {line}: {why}; kernel {kernel.name} cannot replay it")
    turned = leaders[-1].turned
    release = findings.kernel.get("release", "")
    return [
        Replayed(
            led,
            kernel.name,
            release,
            base,
            tuple(turned[at]) if at < len(turned) else (),
            findings.outcomes[at],
            below[at],
        )
        for at, led in enumerate(leds)
    ]
