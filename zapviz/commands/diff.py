"""``zapviz diff``: a scenario on two to four kernels, where they part, and why.

The exit status is that of diff: 0 where nothing differs that a process can tell, 1
where something does, 2 where the call or the scenario is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from zapviz.api.comparisons import compare
from zapviz.commands.chosen import chosen_program, chosen_source
from zapviz.commands.parser import add_scenario
from zapviz.comparison.comparison import MOST_KERNELS
from zapviz.errors import ZapvizError
from zapviz.kernels.known import DEFAULT_KERNEL, Kernel, kernel
from zapviz.scenario.mail import mailed_kernels

__all__ = ["DEFAULT_KERNELS", "EXAMPLES", "add_arguments", "run"]

EXAMPLES = """\
examples:
  zapviz diff reproducer                   before the fix, and today
  zapviz diff hole.zap --kernel rfc-v2 --kernel v5.18 --kernel v6.12
  zapviz diff reproducer --kernel v5.17 --kernel "v5.17 + swap_entries=zap"

exit status: 0, nothing differs; 1, something does; 2, the scenario or the call
is wrong.
"""

DEFAULT_KERNELS = ("v5.17", "")
"""The kernels where neither the call nor the scenario names one: the last before the fix, and
(empty) the default one.
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_scenario(command)
    command.add_argument(
        "--kernel",
        metavar="K",
        action="append",
        help="a kernel, two to four times; also with a patch of your own, as in "
        "'v5.17 + second_pass=False' (default: those of the mail that FILE is, else v5.17 "
        "and the newest longterm)",
    )
    command.add_argument("--json", action="store_true", help="one JSON object instead of text")


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    usual = [name or DEFAULT_KERNEL for name in DEFAULT_KERNELS]
    names = args.kernel or [one.name for one in _mailed(args)] or usual
    if len(names) == 1:  # compared with a default kernel
        other = DEFAULT_KERNEL if kernel(names[0]).name != DEFAULT_KERNEL else DEFAULT_KERNELS[0]
        why = "the newest longterm" if other == DEFAULT_KERNEL else "the last before the fix"
        print(f"zapviz: one kernel was named; compared with {other}, {why}", file=sys.stderr)
        names = [*names, other]
    for at, one in enumerate(map(kernel, names)):
        if len(names) <= MOST_KERNELS and one in map(kernel, names[:at]):
            raise ZapvizError(f"{one.name} is given twice; name kernels that differ")
    program, name = chosen_program(args)
    comparison = compare(program, names)
    if args.json:
        print(json.dumps(comparison.as_json()))
    else:
        stem = os.path.splitext(os.path.basename(name))[0]
        print(comparison.text(stem))
    return 0 if comparison.same else 1


def _mailed(args: argparse.Namespace) -> tuple[Kernel, ...]:
    """Give the kernels that a permalink or a mail names."""
    source = chosen_source(args)
    return mailed_kernels(source.text) if source.link is None else (kernel(source.link.kernel),)
