"""What the arguments of a command choose: a scenario, a kernel, and the run of both.

A scenario is a file, the name of a shipped one, a permalink, or standard input.
"""

from __future__ import annotations

import argparse
import os
import sys

from zapviz.api.traces import Trace, open_permalink, run
from zapviz.errors import ZapvizError, choices_hint
from zapviz.kernels.known import DEFAULT_KERNEL, Kernel, kernel
from zapviz.model.program import Program
from zapviz.scenario.given import READ_AT_MOST, Source, decoded, read_bytes
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.mail import mailed_kernels, mailed_names, notice_of_several
from zapviz.scenario.permalink import decode_permalink, is_permalink, parse_permalink

__all__ = [
    "chosen_kernel",
    "chosen_program",
    "chosen_source",
    "chosen_trace",
    "read_source",
]


def read_source(place: str, *, text_alone: bool = False) -> Source:
    """Read a scenario from the place that an argument names.

    Args:
        place: A permalink, a shipped scenario's name, a file's name, or ``-`` for standard
            input. A file and standard input may hold a permalink.
        text_alone: Whether the text alone is wanted. A permalink may then be of another model,
            or for a kernel that is not known here.

    Raises:
        ZapvizError: There is no scenario there, or the permalink cannot be opened.
    """
    text, name = (place, "") if is_permalink(place) else _read(place)
    if not is_permalink(text):
        return Source(text, name)
    link = decode_permalink(text) if text_alone else parse_permalink(text)
    return Source(link.text, "permalink", link)


def chosen_source(args: argparse.Namespace) -> Source:
    """Give the scenario of a command as text; standard input is read once.

    Raises:
        ZapvizError: As of :func:`read_source`.
    """
    if not isinstance(getattr(args, "source", None), Source):
        args.source = read_source(args.scenario)
    source: Source = args.source
    return source


def chosen_kernel(args: argparse.Namespace) -> Kernel:
    """Give the kernel of a command, else that of its permalink or mail, else the usual one.

    Where a mail compares several kernels, take the first and say so on standard error.

    Raises:
        ZapvizError: There is no such kernel or rule.
    """
    name = args.kernel
    if isinstance(name, list):
        name = name[0] if name else None
    if name is None and getattr(args, "scenario", None) is not None:
        source = chosen_source(args)
        if source.link is None:
            mailed_kernels(source.text)  # says which of them is not known
        names = mailed_names(source.text) if source.link is None else (source.link.kernel,)
        name = next(iter(names), None)
        notice = notice_of_several(names, name or "")
        if notice:
            print(f"zapviz: {notice} 'zapviz diff' shows them all", file=sys.stderr)
    name = DEFAULT_KERNEL if name is None else name
    return kernel(f"{name} + {', '.join(args.rule)}" if args.rule else name)


def chosen_program(args: argparse.Namespace) -> tuple[Program, str]:
    """Give the program of a command, and what errors call it.

    Raises:
        ScenarioError: The scenario is wrong.
    """
    source = chosen_source(args)
    return source.program, source.name


def chosen_trace(args: argparse.Namespace) -> Trace:
    """Run a command's scenario: in the order of its permalink's schedule, else CPUs in turn."""
    chosen = chosen_kernel(args)
    link = chosen_source(args).link
    if link is not None:
        return open_permalink(link, chosen)
    program, _ = chosen_program(args)
    return run(program, chosen)


def _read(place: str) -> tuple[str, str]:
    """Read a file, a shipped scenario or standard input: its text, and what errors call it."""
    if place == "-":
        if sys.stdin is None:
            raise ZapvizError("standard input is closed")
        return decoded(sys.stdin.buffer.read(READ_AT_MOST), "standard input"), "standard input"
    if place in SCENARIOS:
        return SCENARIOS[place].text, f"{place}.zap"
    if not os.path.lexists(place) and "\0" not in place:
        raise ZapvizError(_not_found(place, list(SCENARIOS)))
    return decoded(read_bytes(place), place), place


def _not_found(place: str, names: list[str]) -> str:
    message = f"there is no file and no scenario '{place}'"
    stem = os.path.splitext(os.path.basename(place))[0]
    hint = choices_hint(stem or place, names)
    near = hint.startswith("did you mean")
    return f"{message}; {hint if near else 'zapviz scenarios lists what there is'}"
