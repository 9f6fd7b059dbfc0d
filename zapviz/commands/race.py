"""``zapviz race``: every interleaving of two CPUs, as litmus tools report them."""

from __future__ import annotations

import argparse
import json
import math
import os

from zapviz.commands.chosen import chosen_kernel, chosen_program
from zapviz.commands.parser import add_kernel, add_scenario
from zapviz.races.search import MAX_STATES, search_orders
from zapviz.render.text.race import exploration_json, format_exploration

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = """\
examples:
  zapviz race race-cow                     one that comes with zapviz
  zapviz race race-swap-out --kernel v5.17 a kernel where it fails: exit status 1
  zapviz race race.zap --whole-table       entries of a page table stay together
  zapviz race race-cow --rule second_pass=False     a kernel with a patch of yours

exit status: 0, all assertions hold; 1, one fails, or a CPU waits for ever; 2, the
scenario or the call is wrong, or the exploration stopped before it was decided.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_scenario(command)
    add_kernel(command)
    command.add_argument(
        "--whole-table",
        action="store_true",
        help="keep together the entries that a pass decides under one page table's lock",
    )
    command.add_argument(
        "--reduced",
        action="store_true",
        help="leave out orders of steps that cannot matter: fewer states, and interleavings "
        "counted without those orders",
    )
    command.add_argument(
        "--max-states",
        metavar="N",
        type=_positive,
        default=MAX_STATES,
        help=f"stop at so many states (default {MAX_STATES:,})",
    )
    command.add_argument(
        "--max-seconds",
        metavar="S",
        type=_seconds,
        default=math.inf,
        help="stop after so many seconds, and say what was found by then (default: never)",
    )
    command.add_argument(
        "--ladder", action="store_true", help="show a shortest way to each final state"
    )
    command.add_argument("--json", action="store_true", help="one JSON object instead of text")


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 10**8:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from 1 to 100000000")
    return int(text)


def _seconds(text: str) -> float:
    if not text.isdecimal() or not 0 < int(text) <= 10**6:
        raise argparse.ArgumentTypeError(f"'{text[:20]}' is not a number from 1 to 1000000")
    return float(text)


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    chosen = chosen_kernel(args)
    program, name = chosen_program(args)
    exploration = search_orders(
        program,
        chosen,
        whole_table=args.whole_table,
        reduced=args.reduced,
        max_states=args.max_states,
        max_seconds=args.max_seconds,
    )
    stem = os.path.splitext(os.path.basename(name))[0].replace(" ", "-")
    if args.json:
        print(json.dumps(exploration_json(exploration, stem)))
    else:
        print(format_exploration(exploration, stem, ladders=args.ladder))
    if exploration.stopped == "interrupted" and exploration.ok:
        return 130
    return 2 if not exploration.decided else int(not exploration.ok)
