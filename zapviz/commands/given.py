"""What a command was given: a scenario from a file, a shipped one's name, a permalink or standard
input, and a kernel."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NamedTuple

from zapviz.api.traces import Trace, open_permalink, run
from zapviz.errors import ZapvizError, choices_hint
from zapviz.kernels.known import DEFAULT_KERNEL, Kernel, kernel
from zapviz.model.program import Program
from zapviz.scenario.given import READ_AT_MOST, decoded, read_bytes
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.mail import mailed_kernels, mailed_names, said_of_several
from zapviz.scenario.permalink import Permalink, decode_permalink, is_permalink, parse_permalink
from zapviz.scenario.text import parse_scenario

__all__ = [
    "Given",
    "chosen_kernel",
    "chosen_program",
    "given_scenario",
    "given_trace",
    "read_given",
    "read_scenario",
]


class Given(NamedTuple):
    """A scenario as it was given."""

    text: str
    name: str  # what errors call it
    link: Permalink | None = None  # where it came as one: it has a kernel and a state too

    @property
    def kernels(self) -> tuple[str, ...]:
        """The kernels that it names itself: the permalink's, or those of a mail."""
        return (self.link.kernel,) if self.link is not None else mailed_names(self.text)


def read_given(source: str, *, text_alone: bool = False) -> Given:
    """What was given: a permalink, or what is in a file or on standard input, which may be one.

    Args:
        source: A permalink, a shipped scenario's name, a file's name, or ``-``.
        text_alone: Whether a permalink of another model, or for a kernel that is not known here,
            will do, for its text.

    Raises:
        ZapvizError: There is none, or the permalink cannot be opened.
    """
    text, name = (source, "") if is_permalink(source) else _read(source)
    if not is_permalink(text):
        return Given(text, name)
    link = decode_permalink(text) if text_alone else parse_permalink(text)
    return Given(link.text, "permalink", link)


def read_scenario(source: str) -> tuple[str, str]:
    """The text of a scenario and what errors call it; of a permalink the text alone.

    Errors: as :func:`read_given`.
    """
    given = read_given(source)
    return given.text, given.name


def given_scenario(given: argparse.Namespace) -> Given:
    """The text that a command was given; standard input is read once."""
    if not isinstance(getattr(given, "read", None), Given):
        given.read = read_given(given.scenario)
    read: Given = given.read
    return read


def chosen_kernel(given: argparse.Namespace) -> Kernel:
    """The kernel that a command was given, else that of the permalink or mail, else the usual one.

    Of a mail that compares several it is the first, and that is said.

    Errors: ZapvizError where there is no such kernel or rule.
    """
    name = given.kernel
    if isinstance(name, list):
        name = name[0] if name else None
    if name is None and getattr(given, "scenario", None) is not None:
        read = given_scenario(given)
        if read.link is None:
            mailed_kernels(read.text)  # says which of them is not known
        name = next(iter(read.kernels), None)
        said = said_of_several(read.kernels, name or "")
        if said:
            print(f"zapviz: {said} 'zapviz diff' shows them all", file=sys.stderr)
    name = DEFAULT_KERNEL if name is None else name
    return kernel(f"{name} + {', '.join(given.rule)}" if given.rule else name)


def chosen_program(given: argparse.Namespace) -> tuple[Program, str]:
    """The scenario that a command was given, and what errors call it."""
    read = given_scenario(given)
    return parse_scenario(read.text, read.name), read.name


def given_trace(given: argparse.Namespace) -> Trace:
    """The run that a command was asked for: in turn, or as a permalink's schedule has it."""
    chosen = chosen_kernel(given)
    link = given_scenario(given).link
    if link is not None:
        return open_permalink(link, chosen)
    program, _ = chosen_program(given)
    return run(program, chosen)


def _read(source: str) -> tuple[str, str]:
    """The text in a file, of a shipped scenario or on standard input, and what errors call it."""
    if source == "-":
        if sys.stdin is None:
            raise ZapvizError("standard input is closed")
        return decoded(sys.stdin.buffer.read(READ_AT_MOST), "standard input"), "standard input"
    if source in SCENARIOS:
        return SCENARIOS[source].text, f"{source}.zap"
    if not os.path.lexists(source) and "\0" not in source:
        raise ZapvizError(_not_found(source, list(SCENARIOS)))
    return decoded(read_bytes(source), source), source


def _not_found(source: str, names: list[str]) -> str:
    said = f"there is no file and no scenario '{source}'"
    stem = os.path.splitext(os.path.basename(source))[0]
    hint = choices_hint(stem or source, names)
    near = hint.startswith("did you mean")
    return f"{said}; {hint if near else 'zapviz scenarios lists what there is'}"
