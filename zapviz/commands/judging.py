"""The command ``zapviz lab judge``: any system that says it is Linux, held against the model."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Final

from zapviz.api.judging import SECONDS, Judged
from zapviz.commands.chosen import read_source
from zapviz.commands.machine import number_in
from zapviz.commands.stopped import so_far
from zapviz.errors import ZapvizError, choices_hint
from zapviz.lab.judged import judge_system
from zapviz.lab.judged_report import REPORTS, format_text
from zapviz.lab.runner import make_runner
from zapviz.written_file import check_free, write_file

__all__ = ["EPILOG", "add_arguments", "run"]

EPILOG = """\
COMMAND runs a program on the system, and {} stands for the program and its
arguments. It is a static one for x86-64 that reads its script from standard
input and writes to standard output. The command is split into words as a
shell does, and no shell sees it.

Compared are results, signals, what reads find, and where the system has a
/proc/self/pagemap, every entry. What differs is looked for again, made as
small as it goes, and printed as a scenario that asserts what Linux does.
ENOSYS and EOPNOTSUPP are no difference: the system says itself that
something is not there. docs/judging.md has more.

examples:
  zapviz lab judge --with 'qemu-x86_64 {}'
  zapviz lab judge --with 'runsc --network=none do {}' -n 1000 --seed 7
  zapviz lab judge hole-punch mine.zap --with './my-libos run {}' --timeout 60
  zapviz lab judge --with 'qemu-x86_64 {}' --report judged.xml
                                              for JUnit; .md, .txt as well

exit status: 0, the system does what the model says; 1, it does otherwise;
2, the call or a scenario is wrong, or something is not available here; 3,
the system was lost: it hangs, floods its output or is killed; 4, all agrees
that was run, but something is not there or could not be tried.
"""

_RANDOM: Final = 200  # scenarios, where none is named


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    command.add_argument(
        "scenarios",
        metavar="FILE|NAME",
        nargs="*",
        help="files, names or permalinks; none: those that ship, without CPUs",
    )
    command.add_argument(
        "--with",
        dest="runner",
        metavar="COMMAND",
        required=True,
        help="what runs a program there, with {} for the program and its arguments",
    )
    command.add_argument(
        "--kernel", metavar="K", help="the model's kernel (default: what uname says there)"
    )
    command.add_argument("-n", metavar="N", type=number_in(0, 10**6),
                         help=f"how many random scenarios besides (default: {_RANDOM}, "
                         "or none where some are named)")  # fmt: skip
    command.add_argument("--seed", metavar="S", type=number_in(0, 10**9), default=0,
                         help="which ones (default: 0)")  # fmt: skip
    command.add_argument("--timeout", metavar="SECONDS", type=number_in(1, 3600), default=SECONDS,
                         help=f"for each program (default: {SECONDS})")  # fmt: skip
    command.add_argument(
        "--report", metavar="FILE", help=f"write the report there: {', '.join(REPORTS)}"
    )
    command.add_argument(
        "--force", action="store_true", help="with --report, replace a file that is there"
    )


def run(args: argparse.Namespace) -> int:
    """Judge a system, print what differs, and give the exit status."""
    ending = ""
    if args.report is not None:
        ending = os.path.splitext(args.report)[1].lower()
        if ending not in REPORTS:
            raise ZapvizError(
                f"--report writes by the file's ending, and '{args.report}' has "
                f"{repr(ending) if ending else 'none'}; {choices_hint(ending, REPORTS)}"
            )
        check_free(args.report, args.force)  # before minutes of runs
    elif args.force:
        raise ZapvizError("--force goes with --report")
    runner = make_runner(args.runner, args.timeout)
    programs = {place: read_source(place).program for place in args.scenarios} or None
    count = args.n if args.n is not None else _RANDOM if programs is None else 0
    judged = Judged.of(judge_system(runner, programs, count, args.seed, args.kernel, _tell))
    print(format_text(judged))
    if args.report is not None:
        data = f"{REPORTS[ending](judged)}\n".encode()
        write_file(args.report, data, overwrite=args.force)
    if not judged.ok:
        return 1
    left_out = judged.absent or any(scene.untried for scene in judged.scenes)
    return 4 if left_out else 0


def _tell(text: str) -> None:
    so_far(f"it had come to this: {text}; there is no report")
    print(f"{text} ...", file=sys.stderr, flush=True)
