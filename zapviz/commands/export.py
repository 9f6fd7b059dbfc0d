"""``zapviz export``: a trace, or a state of it, as text, a picture, a page or a link."""

from __future__ import annotations

import argparse
import os
import sys

from zapviz.api.comparisons import Comparison, compare
from zapviz.api.exports import FORMS, OPTIONS, Form, check_ending, export, form_of
from zapviz.commands.chosen import chosen_program, chosen_source, chosen_trace, read_source
from zapviz.commands.parser import add_kernel, add_scenario
from zapviz.kernels.known import kernel
from zapviz.written_file import check_free, write_file

__all__ = ["EXAMPLES", "add_arguments", "run"]

_LISTED = "".join(f"  {form.name:<6} {form.about}\n" for form in FORMS.values())

EXAMPLES = f"""\
forms:
{_LISTED}
Text goes to standard output.  What is for a file goes into one of the scenario's name
in this folder; -o PATH chooses another, and -o - is standard output.  A file that is
there is only replaced with --force, and never by half.

examples:
  zapviz export reproducer text --line 13       the state after line 13, as text
  zapviz export reproducer svg --line 13        what that line does: reproducer.svg
  zapviz export reproducer html -o mail.html    a page to step through
  zapviz export reproducer mail --kernel v5.17 --kernel v6.12   what differs, for a thread
  zapviz export race-swap-out mail --kernel v5.17   the order in which it fails
  zapviz export hole.zap link --kernel v5.17    a permalink, which zapviz run takes
  zapviz export hole.zap link --no-comments     a shorter one
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_scenario(command)
    command.add_argument("form", metavar="FORM", help=", ".join(FORMS))
    command.add_argument("-o", "--output", metavar="PATH", help="where to; '-': standard output")
    add_kernel(command, "two to four times: the kernels beside each other")
    place = command.add_mutually_exclusive_group()
    place.add_argument(
        "--step", metavar="N", type=int, help="the state, from 0; negative counts from the end"
    )
    place.add_argument(
        "--line",
        metavar="L",
        type=int,
        help="the state after the statement in that line; png and svg show the one before, too",
    )
    command.add_argument(
        "--since",
        metavar="N",
        type=int,
        help="show that state beside the other, and what differs; of a GIF, the first state",
    )
    command.add_argument("--theme", metavar="T", help="light, dark or print")
    command.add_argument("--width", metavar="INCHES", type=float, help="of a picture")
    command.add_argument("--dpi", metavar="N", type=float, help="pixels per inch of a picture")
    command.add_argument("--stop", metavar="S", help="a GIF by statement, pass or entry")
    command.add_argument(
        "--seconds",
        metavar="S",
        type=float,
        help="a GIF's time for each state; else the time that it takes to read",
    )
    command.add_argument(
        "--once", action="store_true", default=None, help="a GIF that does not begin again"
    )
    command.add_argument(
        "--no-comments", action="store_true", help="leave out the comments of the scenario"
    )
    command.add_argument("--force", action="store_true", help="replace a file that is there")


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    form = form_of(args.form)
    # Where the text alone is asked for, a permalink of another zapviz will do.
    source = args.source = read_source(args.scenario, text_alone=form.name == "zap")
    if args.no_comments:
        source = args.source = source.without_comments()
    if form.name == "zap" and source.link is not None:
        text = source.text
        _write(args, form, text if text.endswith("\n") else text + "\n")
        return 0
    path = _path(args, form)
    if path is not None:
        check_ending(path, form)
        check_free(path, args.force)
    # Comments are left out of the scenario itself, whatever the form.
    options = {name: getattr(args, name) for name in OPTIONS if name != "comments"}
    if len(args.kernel) > 1:
        shown = _compared(args)
        _write(args, form, export(shown, form.name, _frame(args, shown), **options))
        return 0
    made = export(chosen_trace(args), form.name, _step(args), line=args.line, **options)
    _write(args, form, made)
    return 0


def _compared(args: argparse.Namespace) -> Comparison:
    """Compare the scenario on every kernel that the call names."""
    program, _ = chosen_program(args)
    patch = f" + {', '.join(args.rule)}" if args.rule else ""
    return compare(program, [kernel(name + patch) for name in args.kernel])


def _frame(args: argparse.Namespace, comparison: Comparison) -> int | None:
    """Give the frame that was asked for: by its number, or the last one of a line's statement."""
    if args.line is None:
        step: int | None = args.step
        return step
    return comparison.at_line(args.line)


def _step(args: argparse.Namespace) -> int | None:
    """Give the state that was asked for by its number, else that of the permalink."""
    step: int | None = args.step
    link = chosen_source(args).link
    if step is None and args.line is None and link is not None:
        return link.step
    return step


def _path(args: argparse.Namespace, form: Form) -> str | None:
    """Give the file to write; None for standard output."""
    if args.output is not None:
        return None if args.output == "-" else str(args.output)
    if not form.file:
        return None
    name = chosen_source(args).name
    stem = os.path.splitext(os.path.basename(name))[0].replace(" ", "-") or "scenario"
    return form.file_name(stem)


def _write(args: argparse.Namespace, form: Form, made: str | bytes) -> None:
    data = made.encode("utf-8") if isinstance(made, str) else made
    path = _path(args, form)
    if path is not None:
        write_file(path, data, overwrite=args.force)
        if args.output is None:
            print(f"wrote {path}", file=sys.stderr)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
