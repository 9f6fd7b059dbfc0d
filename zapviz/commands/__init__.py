"""What the command line offers: a module for each command, and what several of them take.

Each module has ``EXAMPLES``, for its help, ``add_arguments()``, what it takes, and ``run()``,
which carries it out and gives the exit status.  :mod:`zapviz.cli` lists them.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from zapviz.kernels import Kernel
    from zapviz.program import Program

__all__ = ["Parser", "add_kernel", "add_scenario", "chosen_kernel", "given_program"]


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, in the form of every other error of zapviz."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the call, and end."""
        self.exit(2, f"{self.prog}: error: {message} (try {self.prog} --help)\n")


def add_scenario(command: argparse.ArgumentParser, optional: bool = False) -> None:
    """Let a command take a scenario."""
    command.add_argument(
        "scenario",
        metavar="FILE|NAME",
        nargs="?" if optional else None,
        help="a file, '-' for standard input, or a name",
    )


def add_kernel(command: argparse.ArgumentParser) -> None:
    """Let a command take one kernel, with a patch of the user's own."""
    command.add_argument("--kernel", metavar="K", help="which kernel (zapviz kernels lists them)")
    command.add_argument(
        "--rule",
        metavar="R=V",
        action="append",
        default=[],
        help="change a rule of the kernel, as in second_pass=False: a patch of your own",
    )


def chosen_kernel(given: argparse.Namespace) -> Kernel:
    """The kernel that a command was given; ZapvizError where there is no such kernel or rule."""
    from zapviz.kernels import DEFAULT_KERNEL, kernel

    name = DEFAULT_KERNEL if given.kernel is None else given.kernel
    return kernel(f"{name} + {', '.join(given.rule)}" if given.rule else name)


def given_program(given: argparse.Namespace) -> tuple[Program, str]:
    """The scenario that a command was given, and what errors call it."""
    from zapviz.given import read_scenario
    from zapviz.scenario import parse_scenario

    text, name = read_scenario(given.scenario)
    return parse_scenario(text, name), name
