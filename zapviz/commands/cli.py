"""The command line: one command for each module of :mod:`zapviz.commands`.

Exit status: 0, all assertions hold; 1, an assertion fails; 2, the scenario or the
call is wrong, which one message on standard error explains.  Only what a command
needs is imported, so that a pipe through zapviz starts at once.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, NoReturn

from zapviz.commands.parser import Narrow, Parser
from zapviz.commands.stopped import stopped_words
from zapviz.commands.terminal import safe_streams
from zapviz.errors import ZapvizError, choices_hint
from zapviz.version import __version__

__all__ = ["main", "parsers", "whole_parser"]


_ABOUT = "Step through what Linux does to page-table entries when it zaps them."

_EXAMPLES = """\
examples:
  zapviz scenarios                         what there is to run
  zapviz run reproducer                    run one of them, as a readable trace
  zapviz run reproducer --kernel v5.17     the same before the fix: exit status 1
  zapviz run hole.zap --chain              a scenario of your own; call chains too
  zapviz run - --json < hole.zap           for other programs
  zapviz lab --help                        check the model against real kernels

exit status: 0, all assertions hold; 1, an assertion fails; 2, the scenario or
the call is wrong.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, and give its exit status."""
    _open_all()
    with safe_streams():
        return _run(argv)


def _open_all() -> None:
    """Open the first three file descriptors where they are closed.

    The next file that is opened would take their numbers, and a program that is started would have
    it for its input or output.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stderr is None:  # print() would take standard output in its place
        sys.stderr = io.StringIO()


def _run(argv: Sequence[str] | None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if sys.stdout is None:  # closed from the start; print() would write nothing without complaint
        sys.stdout = _Closed()
    try:
        status = _main(arguments)
        sys.stdout.flush()
    except ZapvizError as error:
        text = str(error)
        print(text if ": error: " in text else f"zapviz: error: {text}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of the output has seen enough
        _drop_output()
        return 141  # as a shell reports SIGPIPE
    except OSError as error:
        _drop_output()
        print(f"zapviz: error: {error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(stopped_words(arguments), file=sys.stderr)
        return 130  # as a shell reports SIGINT
    return status


class _Closed(io.TextIOBase):
    """A stand-in for a standard output that is closed; writing to it raises an error."""

    def write(self, text: str) -> int:
        raise ZapvizError("standard output is closed")

    @property
    def buffer(self) -> NoReturn:
        raise ZapvizError("standard output is closed")


def _drop_output() -> None:
    """Close standard output, so that the interpreter does not try to flush it again."""
    with contextlib.suppress(io.UnsupportedOperation):  # it has no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _main(arguments: list[str]) -> int:
    word = arguments[0] if arguments else ""
    if word == "lab":
        return int(import_module("zapviz.commands.lab").main(arguments[1:]))
    parser = _parsers(word)
    if not word:
        parser.print_help(sys.stderr)
        return 2
    if not word.startswith("-") and word not in _COMMANDS:
        parser.error(f"there is no command '{word}'; {choices_hint(word, _COMMANDS)}")
    args = parser.parse_args(arguments)
    return int(_module(args.command).run(args))


# Each command is a module of zapviz.commands. Its summary stands here, so that help loads none of
# them.
_COMMANDS = {
    "run": "run a scenario on a kernel of the model",
    "diff": "run a scenario on several kernels, and say where they part and why",
    "race": "explore every interleaving of a scenario's CPUs",
    "export": "give a trace as text, a picture, a page or a link",
    "scenarios": "list the scenarios that come with zapviz",
    "table": "show what becomes of which entry, on which path and kernel",
    "exercises": "print exercises: which entries does a call zap, keep or change",
    "kernels": "list the kernels of the model, and what differs between them",
    "language": "describe the scenario language: statements, conditions, bounds",
    "glossary": "say what the words on the screen mean",
    "notebooks": "copy the chapters to a folder, and open JupyterLab",
    "app": "serve the explorer as a page of its own, to this machine",
    "lab": "check the model against real kernels",
}


_EVERY = "*"


def _module(command: str) -> Any:
    return import_module(f"zapviz.commands.{command}")


def parsers() -> dict[str, argparse.ArgumentParser]:
    """Give the parser of every command by its name, those of the lab as ``lab run`` and so on."""
    found = _subparsers(whole_parser())
    lab = _subparsers(found.pop("lab"))
    return found | {f"lab {name}": command for name, command in lab.items()}


def _subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    kinds = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return dict(kinds[0].choices)


def _parser(word: str) -> argparse.ArgumentParser:
    """Make the whole parser, with the arguments of one command, or of all."""
    listed = "".join(f"  {name:<11} {about}\n" for name, about in _COMMANDS.items())
    parser = Parser(
        prog="zapviz",
        usage="zapviz COMMAND ...",
        description=f"{_ABOUT}\n\ncommands:\n{listed}",
        epilog=_EXAMPLES,
        formatter_class=Narrow,
    )
    parser.add_argument("--version", action="version", version=f"zapviz {__version__}")
    commands = parser.add_subparsers(dest="command", help=argparse.SUPPRESS)
    for name in _COMMANDS if word == _EVERY else [word] if word in _COMMANDS else []:
        module = _module(name)
        about = _COMMANDS[name]
        command = commands.add_parser(
            name,
            prog=f"zapviz {name}",
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=module.EXAMPLES,
            formatter_class=Narrow,
        )
        module.add_arguments(command)
        command.set_defaults(parser=command)
    return parser


_parsers = lru_cache(32)(_parser)  # a process that calls many times makes each once


def whole_parser() -> argparse.ArgumentParser:
    """Give the parser with the arguments of every command: what completions and manuals are made
    from.
    """
    return _parser(_EVERY)


if __name__ == "__main__":
    sys.exit(main())
