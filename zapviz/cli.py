"""The command line: ``zapviz run``, ``race``, ``scenarios``, ``kernels`` and ``lab``.

Exit status: 0, all assertions hold; 1, an assertion fails; 2, the scenario or the
call is wrong, which one message on standard error explains.  Only what a command
needs is imported, so that a pipe through zapviz starts at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from zapviz import __version__
from zapviz.errors import ZapvizError, choices_hint

__all__ = ["main"]


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

_RUN_EXAMPLES = """\
FILE is UTF-8 text, as mail delivers it too (quoted with "> ", indented).
A name that comes with zapviz goes before a file; ./NAME is always the file.

examples:
  zapviz run hole-punch --kernel v5.17
  printf 'N = anon(2)\\nN[0] = 7\\nassert N[0] == anon\\n' | zapviz run -
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, in the form of every other error of zapviz."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (try {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, and give its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _main(arguments)
        if sys.stdout is not None:  # None where it was closed from the start
            sys.stdout.flush()
    except ZapvizError as error:
        text = str(error)
        print(text if ": error: " in text else f"zapviz: error: {text}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever read the output has seen enough
        _drop_output()
        return 141  # as a shell reports SIGPIPE
    except OSError as error:
        _drop_output()
        print(f"zapviz: error: {error.strerror or error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130  # as a shell reports SIGINT
    return status


def _drop_output() -> None:
    """Let go of what cannot be written, so that the interpreter does not try again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _main(arguments: list[str]) -> int:
    if arguments[:1] == ["lab"]:
        return int(import_module("zapviz.lab.command").main(arguments[1:]))
    parser = _parser(arguments)
    word = arguments[0] if arguments else ""
    if not word:
        parser.print_help(sys.stderr)
        return 2
    if not word.startswith("-") and word not in _COMMANDS:
        parser.error(f"there is no command '{word}'; {choices_hint(word, _COMMANDS)}")
    given = parser.parse_args(arguments)
    if given.command == "run":
        return _run(given)
    if given.command == "race":
        return int(import_module("zapviz.races_command").race(given))
    return _scenarios() if given.command == "scenarios" else _kernels()


_COMMANDS = {
    "run": "run a scenario on a kernel of the model",
    "race": "explore every interleaving of a scenario's CPUs",
    "scenarios": "list the scenarios that come with zapviz",
    "kernels": "list the kernels of the model, and what differs between them",
    "lab": "check the model against real kernels",
}


def _parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    listed = "".join(f"  {name:<11} {about}\n" for name, about in _COMMANDS.items())
    parser = _Parser(
        prog="zapviz",
        usage="zapviz COMMAND ...",
        description=f"{_ABOUT}\n\ncommands:\n{listed}",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"zapviz {__version__}")
    commands = parser.add_subparsers(dest="command", help=argparse.SUPPRESS)
    for name, about in _COMMANDS.items():
        command = commands.add_parser(
            name,
            prog=f"zapviz {name}",
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=_RUN_EXAMPLES if name == "run" else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == "run":
            _add_run_arguments(command)
        elif name == "race" and arguments[:1] == ["race"]:  # else it need not be imported
            module = import_module("zapviz.races_command")
            command.epilog = module.EXAMPLES
            module.add_arguments(command)
    return parser


def _add_run_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "scenario", metavar="FILE|NAME", help="a file, '-' for standard input, or a name"
    )
    command.add_argument("--kernel", metavar="K", help="which kernel (zapviz kernels lists them)")
    command.add_argument("--json", action="store_true", help="one JSON object instead of text")
    command.add_argument(
        "--chain", action="store_true", help="tell the call chain and locks of each decision"
    )
    command.add_argument(
        "--steps", action="store_true", help="tell every step: locks, passes, page cache"
    )


def _run(given: argparse.Namespace) -> int:
    from zapviz.kernels import DEFAULT_KERNEL, kernel
    from zapviz.scenario import parse_scenario

    chosen = kernel(DEFAULT_KERNEL if given.kernel is None else given.kernel)
    from zapviz.given import read_scenario

    text, name = read_scenario(given.scenario)
    program = parse_scenario(text, name)

    from zapviz.trace import run

    trace = run(program, chosen)
    if given.json:
        import json

        print(json.dumps(trace.as_run()))
    else:
        from zapviz.render.text import format_trace

        print(format_trace(trace, chain=given.chain, every_step=given.steps))
    return 0 if trace.ok else 1


def _scenarios() -> int:
    from zapviz.library import SCENARIOS
    from zapviz.render.text import format_table

    for number, (name, scenario) in enumerate(SCENARIOS.items()):
        print("\n" * (number > 0) + name)
        print(format_table([(scenario.title,)], indent=2))
        print(format_table([(scenario.about,)], indent=6))
    return 0


def _kernels() -> int:
    from zapviz.kernels import DEFAULT_KERNEL, DIFFERENCES, KERNELS
    from zapviz.render.text import format_table

    rows = []
    for name, kernel in KERNELS.items():
        default = " (taken where none is named)" if name == DEFAULT_KERNEL else ""
        rows.append((name, kernel.title + default))
    print(format_table(rows))
    print("\nWhat differs, by the release that brought today's form:\n")
    print(
        format_table(
            (one.since, f"{one.sentence} ({one.commit})" if one.commit else one.sentence)
            for one in DIFFERENCES
        )
    )
    return 0


# ---- reading ----------------------------------------------------------------


if __name__ == "__main__":
    sys.exit(main())
