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
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from zapviz.errors import ZapvizError
from zapviz.kernels.known import DEFAULT_KERNEL, Kernel
from zapviz.kernels.known import kernel as find_model
from zapviz.lab.conformance import MODEL_OF
from zapviz.lab.guest.kernels import WITH_DEVICE, GuestKernel, find_kernel
from zapviz.lab.guest.leading import Leader, check_pad
from zapviz.lab.guest.qemu import Settings
from zapviz.lab.guest.symbols import Symbols, read_symbols, unrandomized
from zapviz.lab.oracle import run_findings
from zapviz.lab.plan import lacks, left_out
from zapviz.lab.replayed import Replayed, first_below
from zapviz.lab.script import NotOnKernel, refuse_lending
from zapviz.lab.steps import areas_of
from zapviz.lab.stress import by_page, format_led
from zapviz.lab.turns import Led, lead
from zapviz.lab.verdict import model_for, program_of
from zapviz.model.conditions import evaluate
from zapviz.model.machine import run_statement
from zapviz.model.program import Asking, Assert, Cpu, Program
from zapviz.model.world import World
from zapviz.races.cpus import Schedule
from zapviz.races.exploration import Exploration
from zapviz.races.replay import follow
from zapviz.races.replay import replay as follow_exactly
from zapviz.races.search import search_orders
from zapviz.scenario.given import GivenScenario
from zapviz.scenario.library import SCENARIOS
from zapviz.words import how_many

__all__ = [
    "Asked",
    "chosen_order",
    "replay",
    "replay_all",
    "shipped_races",
]

_CPUS: Final = 3  # two that are led, and one for the probe and all that the kernel does besides
# A thread that is held lets others have its CPU; and that one stands still is no complaint.
_APPEND: Final = "preempt=full nosoftlockup rcupdate.rcu_cpu_stall_suppress=1"


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

    for statement in led.program.statements[first_below(led.program) :]:
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
