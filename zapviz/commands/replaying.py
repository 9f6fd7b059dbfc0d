"""``zapviz lab replay``: one order of a race on a real kernel, both CPUs led turn by turn."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from zapviz.commands.chosen import chosen_program, chosen_source
from zapviz.commands.machine import add_machine, chosen_guest, chosen_settings, number_in
from zapviz.commands.parser import add_scenario
from zapviz.errors import ZapvizError
from zapviz.lab.replayed import Replayed
from zapviz.lab.replaying import Asked, replay_all, shipped_races
from zapviz.races.cpus import Schedule

__all__ = ["EXAMPLES", "NOT_HELD", "add_arguments", "run"]

NOT_HELD = 4
"""The exit status where all agrees, but a CPU could not be held where the order has it."""

EXAMPLES = """\
Both CPUs are led through an order of the model's steps: in each turn one goes
on, up to the function that begins with its next step, and is held there. The
entries are compared after each turn, then the end and the assertions. Where no
function begins with a step, some steps are taken a turn earlier or later, and
that is said; docs/replaying.md shows how to read it. It runs under emulation,
with three CPUs and nokaslr, nopti and preempt=full on the kernel's command line.

Without FILE: every race that comes with zapviz, along a shortest order to each
final state, in one boot.

examples:
  zapviz lab replay race-cow --rule second_pass=False
                                  the order that fails without the second pass,
                                  on a kernel that has it: where they part
  zapviz lab replay race-cow --state 2        the order to final state 2
  zapviz lab replay race-cow --schedule 0,1,1,0,0
  zapviz lab replay race.zap --bzimage ~/linux --modules ~/linux

exit status: 0, the kernel does what the model shows at every turn; 1, it does
otherwise (so it has to, where --rule makes the model another kernel's); 4, all
agrees that could be compared, but a CPU could not be held (2 and 3 as ever).
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_scenario(command, optional=True)
    command.add_argument(
        "--rule",
        metavar="R=V",
        action="append",
        default=[],
        help="change a rule of the model, as in second_pass=False; the kernel stays as it is",
    )
    order = command.add_mutually_exclusive_group()
    order.add_argument(
        "--schedule",
        metavar="0,1,...",
        type=_schedule,
        help="the CPU that takes each step, as 'zapviz race --json' gives it "
        "(default: an order in which an assertion fails, else the first)",
    )
    order.add_argument(
        "--state",
        metavar="N",
        type=number_in(1, 10**6),
        help="the order to the N-th final state that 'zapviz race' shows",
    )
    command.add_argument("--json", action="store_true", help="one JSON object instead of text")
    add_machine(command)


def _schedule(text: str) -> Schedule:
    if not re.fullmatch(r"\d{1,3}([, ]+\d{1,3})*", text) or len(text) > 100_000:
        raise argparse.ArgumentTypeError(
            f"'{text[:40]}' is not a list of CPUs such as 0,1,1,0 (zapviz race --json gives some)"
        )
    return tuple(map(int, re.split(r"[, ]+", text)))


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    if args.accel == "kvm":
        raise ZapvizError("KVM cannot watch memory at every write; leave out --accel kvm")
    if args.cpus != 1:
        raise ZapvizError("a replay takes three CPUs of its own; leave out --cpus")
    if args.scenario is None:
        return _run_all(args)
    program, name = chosen_program(args)
    link = chosen_source(args).link
    schedule = args.schedule
    if schedule is None and args.state is None and link is not None and not link.whole_table:
        schedule = link.schedule
    asked = Asked(program, schedule, args.state)
    [replayed] = replay_all(
        [asked], chosen_guest(args), rules=args.rule, settings=chosen_settings(args)
    )
    stem = Path(name).stem.replace(" ", "-")
    print(json.dumps(replayed.as_json()) if args.json else replayed.text(stem))
    return _status([replayed])


def _run_all(args: argparse.Namespace) -> int:
    if args.schedule is not None or args.state is not None:
        raise ZapvizError("--schedule and --state are of one scenario; which one?")
    kernel = chosen_guest(args)
    asked, left_out = shipped_races(kernel, args.rule)
    replayed = replay_all(
        [*asked.values()], kernel, rules=args.rule, settings=chosen_settings(args)
    )
    named = dict(zip(asked, replayed, strict=True))
    if args.json:
        print(json.dumps({name: each.as_json() for name, each in named.items()}))
    else:
        for name, each in named.items():
            print(f"{each.text(name)}\n")
        for name, each in named.items():
            print(each.summary(name))
    for name, why in left_out.items():
        print(f"zapviz: {name} is left out: {why}", file=sys.stderr)
    return _status(replayed)


def _status(replayed: list[Replayed]) -> int:
    if not all(each.ok for each in replayed):
        return 1
    return 0 if all(each.held_throughout for each in replayed) else NOT_HELD
