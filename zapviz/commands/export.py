"""``zapviz export``: a trace, or a state of it, as text, a picture, a page or a link."""

from __future__ import annotations

import argparse
import os
import sys

from zapviz.api.comparisons import Comparison, compare
from zapviz.api.exports import FORMS, OPTIONS, Form, check_ending, export, form_of
from zapviz.api.files import check_free, write_file
from zapviz.api.traces import Trace
from zapviz.commands.given import chosen_program, given_scenario, given_trace, read_given
from zapviz.commands.parser import add_kernel, add_scenario
from zapviz.kernels.known import kernel

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
  zapviz export reproducer svg --line 13        a picture of it: reproducer.svg
  zapviz export reproducer html -o mail.html    a page to step through
  zapviz export reproducer mail --kernel v5.17 --kernel v6.12   what differs, for a thread
  zapviz export hole.zap link --kernel v5.17    a permalink, which zapviz run takes
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add_scenario(command)
    command.add_argument("form", metavar="FORM", help=", ".join(FORMS))
    command.add_argument("-o", "--output", metavar="PATH", help="where to; '-': standard output")
    add_kernel(command, "two to four times: the kernels beside each other")
    place = command.add_mutually_exclusive_group()
    place.add_argument(
        "--step", metavar="N", type=int, help="the state, from 0; negative counts from the end"
    )
    place.add_argument(
        "--line", metavar="L", type=int, help="the state after the statement in that line"
    )
    command.add_argument(
        "--since",
        metavar="N",
        type=int,
        help="mark what differs from that state; of a GIF, the first state",
    )
    command.add_argument("--theme", metavar="T", help="light, dark or print")
    command.add_argument("--width", metavar="INCHES", type=float, help="of a picture")
    command.add_argument("--dpi", metavar="N", type=float, help="pixels per inch of a picture")
    command.add_argument("--stop", metavar="S", help="a GIF by statement, pass or entry")
    command.add_argument("--seconds", metavar="S", type=float, help="a GIF's time for each state")
    command.add_argument(
        "--once", action="store_true", default=None, help="a GIF that does not begin again"
    )
    command.add_argument("--force", action="store_true", help="replace a file that is there")


def run(given: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    form = form_of(given.form)
    if form.name == "zap":
        # The text alone is asked for: a permalink of another zapviz will do.

        given.read = read_given(given.scenario, text_alone=True)
        if given.read.link is not None:
            text = given.read.text
            _write(given, form, text if text.endswith("\n") else text + "\n")
            return 0
    path = _path(given, form)
    if path is not None:
        check_ending(path, form)
        check_free(path, given.force)
    options = {name: getattr(given, name) for name in OPTIONS}
    if len(given.kernel) > 1:
        shown = _compared(given)
        _write(given, form, export(shown, form.name, _frame(given, shown), **options))
        return 0
    trace = given_trace(given)
    _write(given, form, export(trace, form.name, _step(given, trace), **options))
    return 0


def _compared(given: argparse.Namespace) -> Comparison:
    """The scenario on every kernel that was given."""
    program, _ = chosen_program(given)
    patch = f" + {', '.join(given.rule)}" if given.rule else ""
    return compare(program, [kernel(name + patch) for name in given.kernel])


def _frame(given: argparse.Namespace, found: Comparison) -> int | None:
    """The frame that was asked for: by its number, or the last of a statement."""
    if given.line is None:
        step: int | None = given.step
        return step
    return found.at_line(given.line)


def _step(given: argparse.Namespace, trace: Trace) -> int | None:
    """The state that was asked for, else that of a permalink."""
    if given.line is not None:
        return trace.at_line(given.line)
    step: int | None = given.step
    link = given_scenario(given).link
    return link.step if step is None and link is not None else step


def _path(given: argparse.Namespace, form: Form) -> str | None:
    """The file that is written, or None for standard output."""
    if given.output is not None:
        return None if given.output == "-" else str(given.output)
    if not form.file:
        return None
    name = given_scenario(given).name
    stem = os.path.splitext(os.path.basename(name))[0].replace(" ", "-") or "scenario"
    return f"{stem}.{form.ending}"


def _write(given: argparse.Namespace, form: Form, made: str | bytes) -> None:
    data = made.encode("utf-8") if isinstance(made, str) else made
    path = _path(given, form)
    if path is not None:
        write_file(path, data, overwrite=given.force)
        if given.output is None:
            print(f"wrote {path}", file=sys.stderr)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
