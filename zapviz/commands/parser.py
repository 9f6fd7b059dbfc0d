"""The argument parser of the command line, and arguments that several commands share."""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Sequence
from typing import Any, NoReturn

from zapviz.errors import choices_hint
from zapviz.render.text.lines import WIDTH

__all__ = ["Narrow", "Parser", "add_kernel", "add_scenario"]


class Narrow(argparse.RawDescriptionHelpFormatter):
    """Help of at most 72 columns: prose is filled, and what stands in columns stays there."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog)
        self._width = min(self._width, WIDTH)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines: list[str] = []
        prose: list[str] = []
        for line in [*text.splitlines(), ""]:
            if line and not line.startswith(" ") and not line.endswith(":"):
                prose.append(line)
                continue
            lines += textwrap.wrap(" ".join(prose), self._width, break_on_hyphens=False)
            prose = []
            lines += _in_columns(line, self._width)
        return "\n".join(indent + line for line in lines)


_COLUMNS = re.compile(r"( *\S.*?\S?(?: {2,}| (?=[a-z][a-z ,]*: )))(\S.*)")
_LEAST = 24  # columns of an explanation


def _in_columns(line: str, width: int) -> list[str]:
    """Break a line that is too long: what explains the rest of it goes on below itself."""
    if len(line) <= width:
        return [line]
    found = _COLUMNS.fullmatch(line)
    hang = len(line) - len(line.lstrip()) + 4
    if found is None:
        return textwrap.wrap(line, width, subsequent_indent=" " * hang, break_on_hyphens=False)
    start, about = found[1], found[2]
    lines = []
    if width - len(start) < _LEAST:
        lines, start = [start.rstrip()], " " * hang
    rest = " " * len(start)
    return lines + textwrap.wrap(about, width, initial_indent=start, subsequent_indent=rest)


class Parser(argparse.ArgumentParser):
    """A parser that reports a mistake in one line, in the form of every other error of zapviz."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse arguments as argparse does, but report unknown ones in the command's own name."""
        parsed, left = self.parse_known_args(args, namespace)
        if left:
            command: Parser = getattr(parsed, "parser", self)
            command.refuse(left)
        return parsed

    def refuse(self, left: Sequence[str]) -> NoReturn:
        """Report an unknown option with the nearest known one, or report superfluous arguments."""
        unknown = [word for word in left if word.startswith("-") and word != "-"]
        if not unknown:
            self.error(f"unexpected: {' '.join(left)[:60]}")
        word = unknown[0].partition("=")[0][:60]
        known = [one for action in self._actions for one in action.option_strings]
        long = [one for one in known if one.startswith("--")]
        self.error(f"there is no option '{word}'; {choices_hint(word, long)}")

    def error(self, message: str) -> NoReturn:
        """Report what is wrong with the call, and exit."""
        self.exit(2, f"{self.prog}: error: {message} (try {self.prog} --help)\n")


class _Once(argparse.Action):
    """An action that takes one kernel; a second one is an error that names ``zapviz diff``."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: Any = None
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{option} is given twice, and this takes one; zapviz diff compares them")
        setattr(namespace, self.dest, values)


def add_scenario(command: argparse.ArgumentParser, optional: bool = False) -> None:
    """Let a command take a scenario."""
    command.add_argument(
        "scenario",
        metavar="FILE|NAME",
        nargs="?" if optional else None,
        help="a file, '-' for standard input, a name, or a permalink",
    )


def add_kernel(command: argparse.ArgumentParser, several: str = "") -> None:
    """Let a command take one kernel, with a patch of the user's own.

    Args:
        several: What the command does with more than one kernel; empty: it takes no more.
    """
    about = "which kernel (zapviz kernels lists them)"
    if several:
        command.add_argument(
            "--kernel", metavar="K", action="append", default=[], help=f"{about}; {several}"
        )
    else:
        command.add_argument("--kernel", metavar="K", action=_Once, help=about)
    command.add_argument(
        "--rule",
        metavar="R=V",
        action="append",
        default=[],
        help="change a rule of the kernel, as in second_pass=False: a patch of your own",
    )
