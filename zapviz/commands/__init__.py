"""What the command line offers: a module for each command, and what several of them take.

Each module has ``EXAMPLES``, for its help, ``add_arguments()``, what it takes, and ``run()``,
which carries it out and gives the exit status.  :mod:`zapviz.commands.cli` lists them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from zapviz.commands.given import Given
    from zapviz.kernels.known import Kernel
    from zapviz.model.program import Program
    from zapviz.trace.run import Trace

__all__ = [
    "Parser",
    "add_kernel",
    "add_scenario",
    "chosen_kernel",
    "given_program",
    "given_scenario",
    "given_trace",
]


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, in the form of every other error of zapviz."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As of argparse; of what is not known it speaks in the command's own name."""
        given, left = self.parse_known_args(args, namespace)
        if left:
            command: Parser = getattr(given, "parser", self)
            command.refuse(left)
        return given

    def refuse(self, left: Sequence[str]) -> NoReturn:
        """Say that there is no such option, and which is near; or that too much was given."""
        from zapviz.errors import choices_hint

        unknown = [word for word in left if word.startswith("-") and word != "-"]
        if not unknown:
            self.error(f"unexpected: {' '.join(left)[:60]}")
        word = unknown[0].partition("=")[0][:60]
        known = [one for action in self._actions for one in action.option_strings]
        long = [one for one in known if one.startswith("--")]
        self.error(f"there is no option '{word}'; {choices_hint(word, long)}")

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the call, and end."""
        self.exit(2, f"{self.prog}: error: {message} (try {self.prog} --help)\n")


class _Once(argparse.Action):
    """Takes one kernel; of a second one it says what compares kernels."""

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

    :param several: What it does with more than one; empty: it takes no more.
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


def given_scenario(given: argparse.Namespace) -> Given:
    """The text that a command was given; standard input is read once."""
    from zapviz.commands.given import Given, read_given

    if not isinstance(getattr(given, "read", None), Given):
        given.read = read_given(given.scenario)
    read: Given = given.read
    return read


def chosen_kernel(given: argparse.Namespace) -> Kernel:
    """The kernel that a command was given, else that of the permalink or mail, else the usual one.

    Of a mail that compares several it is the first, and that is said.

    Errors: ZapvizError where there is no such kernel or rule.
    """
    from zapviz.kernels.known import DEFAULT_KERNEL, kernel
    from zapviz.scenario.mail import mailed_kernels, said_of_several

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


def given_program(given: argparse.Namespace) -> tuple[Program, str]:
    """The scenario that a command was given, and what errors call it."""
    from zapviz.scenario.text import parse_scenario

    read = given_scenario(given)
    return parse_scenario(read.text, read.name), read.name


def given_trace(given: argparse.Namespace) -> Trace:
    """The run that a command was asked for: in turn, or as a permalink's schedule has it."""
    chosen = chosen_kernel(given)
    link = given_scenario(given).link
    if link is not None:
        return link.trace(chosen)
    program, _ = given_program(given)

    from zapviz.trace.run import run

    return run(program, chosen)
