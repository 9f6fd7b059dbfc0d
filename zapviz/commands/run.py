"""``zapviz run``: a scenario on one kernel, as a readable trace or as JSON."""

from __future__ import annotations

import argparse
import json

from zapviz.commands.chosen import chosen_trace
from zapviz.commands.parser import add_kernel, add_scenario
from zapviz.render.text.trace import format_trace

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = """\
FILE is UTF-8 text, as mail delivers it too (quoted with "> ", indented).
FALLOC_FL_PUNCH_HOLE implies FALLOC_FL_KEEP_SIZE, which may be written too.
A name that comes with zapviz goes before a file; ./NAME is always the file.  A
permalink, 'reproducer@v5.17:12' or 'zapviz:2:...' or an address with one of them,
or a mail of zapviz is run on its own kernel unless --kernel names another.

examples:
  zapviz run hole-punch --kernel v5.17
  printf 'N = anon(2)\\nN[0] = 7\\nassert N[0] == anon\\n' | zapviz run -
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_scenario(command)
    add_kernel(command)
    command.add_argument("--json", action="store_true", help="one JSON object instead of text")
    command.add_argument(
        "--chain", action="store_true", help="tell the call chain and locks of each decision"
    )
    command.add_argument(
        "--steps", action="store_true", help="tell every step: locks, passes, page cache"
    )


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    trace = chosen_trace(args)
    if args.json:
        print(json.dumps(trace.as_results()))
    else:
        print(format_trace(trace, chain=args.chain, every_step=args.steps))
    return 0 if trace.ok else 1
