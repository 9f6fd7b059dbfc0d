"""The command line: any options, in any order, with any files."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import IO, Any

from fuzz.damage import ODD, damaged, kernel_name
from fuzz.kind import Kind, Wrong, check_printed, check_width
from fuzz.texts import scenario_text
from zapviz.api.exports import FORMS
from zapviz.commands import lab
from zapviz.commands.cli import main, parsers
from zapviz.commands.terminal import safe_streams
from zapviz.render.text.lines import WIDTH
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.permalink import format_permalink

__all__ = ["CALLS", "call"]

# What serves, opens Jupyter, boots or fetches is only parsed.
_PARSED = ("app", "notebooks")
_SLOW = {"--max-states": ("50", "2000"), "-n": ("1", "3", "0", "x"), "--kernel": ()}
_MANY = 10**7


_parsers = cache(parsers)


@cache
def _options() -> dict[str, list[argparse.Action]]:
    return {name: list(parser._actions) for name, parser in _parsers().items()}


def _make(rng: Random) -> Any:
    command = rng.choice(list(_options()))
    if command == "table" and rng.randrange(8):
        command = "run"  # a table takes long
    arguments = command.split()
    for action in _options()[command]:
        if not action.option_strings:
            if action.nargs is None or rng.randrange(2):
                arguments.append(_argument(rng, action))
        elif "--help" not in action.option_strings:
            for _ in range(rng.choice((0, 0, 0, 0, 1, 1, 2))):
                arguments.append(rng.choice(action.option_strings))
                if action.nargs != 0:
                    arguments.append(_argument(rng, action))
    if rng.randrange(12) == 0:
        arguments.insert(rng.randrange(len(arguments) + 1), rng.choice(("--", "-", "", *ODD)))
    if rng.randrange(12) == 0:
        at = rng.randrange(len(arguments))
        arguments[at] = damaged(rng, arguments[at], 1)
    text = damaged(rng, scenario_text(rng), 1)
    return {"arguments": [one.replace("\0", "") for one in arguments], "text": text}


def _argument(rng: Random, action: argparse.Action) -> str:
    name = (action.option_strings or [action.dest])[-1]
    if name == "scenario":
        return rng.choice(
            (
                *("own.zap", "own.zap", "-", "-", "folder", "empty", "bytes", "none.zap", ""),
                *(rng.choice(list(SCENARIOS)), rng.choice(list(SCENARIOS)), "reproducer@v5.17:12"),
                format_permalink("N = anon(1)\n", "v6.12", 1),
            )
        )
    if name == "form":
        forms = [form for form in FORMS if form not in ("png", "svg", "gif")]
        return rng.choice((*forms, *forms, "pdf", rng.choice(ODD)))
    if name == "--kernel":
        return kernel_name(rng)
    if name == "--rule":
        return kernel_name(rng).partition(" + ")[2] or rng.choice(
            ("second_pass=False", "x", "=", "")
        )
    if name in _SLOW:
        return rng.choice(_SLOW[name])
    if name == "--output":
        return rng.choice(("-", "-", "new.txt", "own.zap", "folder", "none/new.txt", ""))
    if action.choices is not None and rng.randrange(4):
        return str(rng.choice(list(action.choices)))
    words = ("0", "1", "2", "-1", "3.5", "nan", "inf", "1e999", "x", "", "all", "text", "json")
    return rng.choice((*words, "light", "entry", "kernel", "shmem-private", "9" * 30, *ODD[:8]))


def _check(given: Any) -> str:
    arguments = given["arguments"]
    status, out, err = call(arguments, given["text"])
    if status not in (0, 1, 2):
        raise Wrong(f"the exit status is {status}: {err[:300]}")
    for where, text in (("standard output", out), ("standard error", err)):
        check_printed(text, where)
        if "Traceback (most recent" in text:
            raise Wrong(f"{where} has a traceback: {text[-500:]}")
    unfinished = "STOPPED" in out or '"complete": false' in out  # a race that met its bound
    if status == 2 and "error: " not in err and not unfinished and "usage:" not in err:
        raise Wrong(f"the exit status is 2, and no error is told: {err[:300]!r}")
    if status == 0 and not (out or err or "-o" in arguments or _given(arguments, "--output")):
        raise Wrong("nothing is said")
    if status < 2 and _given(arguments, "--json") and arguments[0] != "lab":
        json.loads(out)
    elif status < 2 and arguments[0] in ("run", "diff", "race", "exercises", "scenarios"):
        check_width(out, WIDTH, "standard output")
    return f"status {status}"


def _given(arguments: Sequence[str], option: str) -> bool:
    """Tell whether an option is given, maybe in short, as --j is --json."""
    words = [word.partition("=")[0] for word in arguments]
    return any(len(word) > 2 and option.startswith(word) for word in words)


def call(arguments: Sequence[str], text: str = "") -> tuple[int, str, str]:
    """Call the command line in a folder with some files; give status, output and errors.

    The output goes to what says that it is a terminal. A command that serves, boots or fetches is
    parsed, and not carried out.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("own.zap").write_bytes(text.encode("utf-8", "surrogatepass"))
        Path("bytes").write_bytes(bytes(range(256)))
        Path("empty").touch()
        Path("folder").mkdir()
        with _streams(text) as (out, err):
            try:
                status = _called(list(arguments))
            except SystemExit as ended:
                status = ended.code if isinstance(ended.code, int) else _MANY
            sys.stdout.flush()
            sys.stderr.flush()
            return status, _written(out), _written(err)


def _called(arguments: list[str]) -> int:
    if arguments[:1] == ["lab"] and arguments[1:2] != ["kernels"]:
        with safe_streams():
            lab.parse(arguments[1:])
        print("parsed")
        return 0
    if arguments and arguments[0] in _PARSED:
        with safe_streams():
            _parsers()[arguments[0]].parse_args(arguments[1:])
        print("parsed")
        return 0
    return main(arguments)


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@contextlib.contextmanager
def _streams(text: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    before = sys.stdin, sys.stdout, sys.stderr
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given = io.BytesIO(text.encode("utf-8", "surrogatepass"))
        sys.stdin = io.TextIOWrapper(given, encoding="utf-8")
        sys.stdout = _Terminal(out, encoding="utf-8")
        sys.stderr = _Terminal(err, encoding="utf-8", write_through=True)
        mine = sys.stdout, sys.stderr
        try:
            yield out, err
        finally:
            sys.stdin, sys.stdout, sys.stderr = before
            for stream in mine:
                with contextlib.suppress(OSError, ValueError):
                    stream.detach()


def _written(stream: IO[bytes]) -> str:
    end = os.fstat(stream.fileno()).st_size
    return os.pread(stream.fileno(), end, 0).decode("utf-8")


CALLS = Kind("calls", "the command line: a status, and a sentence for what is wrong",
             _make, _check, 2)  # fmt: skip
