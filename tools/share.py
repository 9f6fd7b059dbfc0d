"""Write what a shell and man(1) know of the command line: share/, from the parsers themselves.

    python tools/share.py            write the files
    python tools/share.py --check    say which are not what the parsers give, and exit with 1

A wheel puts share/ beside bin/, where bash, zsh and man look.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import shtab

from zapviz.api.exports import FORMS, PICTURE_THEMES
from zapviz.commands.cli import whole_parser
from zapviz.decisions.cases import ENTRIES, MAPPINGS, PATHS
from zapviz.kernels.known import KERNELS
from zapviz.scenario.library import SCENARIOS

SHARE = Path(__file__).parent.parent / "share"
BASH = "bash-completion/completions/zapviz"
ZSH = "zsh/site-functions/_zapviz"
MAN = "man/man1/zapviz.1"

# What an argument takes, by its name; a scenario may be a file, too.
_WORDS = {
    "kernel": KERNELS,
    "form": FORMS,
    "theme": PICTURE_THEMES,
    "entry": ENTRIES,
    "mapping": MAPPINGS,
    "path": PATHS,
    "scenario": SCENARIOS,
}
_FILES = ("FILE", "PATH", "DIR", "FOLDER")


def _functions(offer: str, files: str) -> str:
    """Give a function of the shell for each of them; ``files`` goes first where a file will do."""
    return "".join(
        f"_zapviz_{name}() {{ {files * (name == 'scenario')}{offer.format(' '.join(words))} }}\n"
        for name, words in _WORDS.items()
    )


_BASH = _functions('compgen -W "{}" -- "$1";', 'compgen -f -- "$1"; ')
_ZSH = _functions("compadd {};", "_files; ")


def commands_of(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Give the parsers of all commands, and of theirs, in the order of the help."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield command
                yield from commands_of(command)


def completion(shell: str) -> str:
    """Give the completion of the whole command line for ``bash`` or ``zsh``."""
    parser = whole_parser()
    for command in (parser, *commands_of(parser)):
        for action in command._actions:
            if isinstance(action, argparse._SubParsersAction):
                action.help = "command"  # what has no help is left out
            if action.dest in _WORDS and (action.dest == "scenario" or "lab" not in command.prog):
                how: object = dict.fromkeys(("bash", "zsh"), f"_zapviz_{action.dest}")
            elif action.metavar in _FILES:
                how = shtab.FILE
            else:
                continue
            action.complete = how  # type: ignore[attr-defined]
    preamble = {"bash": _BASH, "zsh": _ZSH}
    return shtab.complete(parser, shell, preamble=preamble) + "\n"


def manual() -> str:
    """Give the manual page, in roff: what --help says, of every command."""
    os.environ["COLUMNS"] = "78"  # the help's own line length, which no reader of the page sets
    parser = whole_parser()
    blocks = [
        '.TH ZAPVIZ 1 "" zapviz "User commands"',
        ".SH NAME",
        "zapviz \\- step through what Linux does to page-table entries when it zaps them",
        ".SH SYNOPSIS",
        ".B zapviz",
        ".I COMMAND",
        "\\&...",
        ".SH DESCRIPTION",
        _verbatim(parser),
        ".SH COMMANDS",
    ]
    for command in commands_of(parser):
        blocks += [f'.SS "{command.prog}"', _verbatim(command)]
    return "\n".join(blocks) + "\n"


def _verbatim(parser: argparse.ArgumentParser) -> str:
    """Give a parser's help as it stands: its columns carry meaning."""
    lines = [
        line.replace("\\", "\\e").replace("-", "\\-") for line in parser.format_help().split("\n")
    ]
    guarded = [f"\\&{line}" if line[:1] in (".", "'") else line for line in lines]
    return "\n".join([".nf", *guarded, ".fi"])


def files() -> dict[str, str]:
    """Give each file of share/ by its path there."""
    return {BASH: completion("bash"), ZSH: completion("zsh"), MAN: manual()}


def main() -> int:
    """Write, or check, the files."""
    stale = []
    for name, text in files().items():
        path = SHARE / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv[1:]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if "--check" in sys.argv[1:] and stale:
        print(f"not what the parsers give: {', '.join(stale)}; run python tools/share.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
