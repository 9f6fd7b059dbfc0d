"""``zapviz table``: what becomes of which entry, on which path, on which kernel."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable

from zapviz.api.tables import Table, table
from zapviz.commands.stopped import so_far
from zapviz.decisions.cases import (
    ALONE,
    ENTRIES,
    MAIN_ENTRIES,
    MAIN_PATHS,
    MAPPINGS,
    OWNERS,
    PATHS,
)
from zapviz.decisions.table import table_steps
from zapviz.errors import ZapvizError, choices_hint
from zapviz.kernels.known import DEFAULT_KERNEL, KERNELS
from zapviz.render.text import table as forms

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = """\
Without anything it shows the classes and paths that matter most, on one
kernel (csv and json: all of them).  'all' names everything of a kind; a
word names all that have it in their name.

examples:
  zapviz table --kernel v5.17              the same on another kernel
  zapviz table --mapping all --entry all --path all
  zapviz table --entry swap --path truncate --kernel all --why
  zapviz table --owner parent --owner child    a child shares the page
  zapviz table --differences               what all kernels differ in
  zapviz table --differences --kernel v5.17 --kernel v6.12
  zapviz table --differences --kernel v5.17 \\
               --kernel 'v5.17 + swap_entries=even_cows'
  zapviz table --kernel all --format csv > table.csv
"""

_ALL = "all"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    for flag, what in (
        ("kernel", "a kernel, or 'all' (zapviz kernels lists them)"),
        ("path", "a path that zaps, such as truncate, or 'all'"),
        ("entry", "a class of entry, such as swap, or 'all'"),
        ("mapping", "a kind of mapping, such as shmem-private, or 'all'"),
        ("owner", "alone, or the entry of the parent or the child where both share; or 'all'"),
    ):
        command.add_argument(
            f"--{flag}", metavar=flag[0].upper(), action="append", help=f"{what}; may be repeated"
        )
    command.add_argument(
        "--differences", action="store_true", help="only what the kernels decide differently"
    )
    command.add_argument(
        "--why", action="store_true", help="the reason of each cell, and its smallest scenario"
    )
    for flag, what in (("rows", "down"), ("columns", "across")):
        command.add_argument(
            f"--{flag}",
            metavar="AXES",
            help=f"what goes {what}: entry, mapping, path, owner or kernel, or several with commas",
        )
    command.add_argument(
        "--format",
        metavar="FORMAT",
        default="text",
        help="text, markdown, csv or json",
    )


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    formats = ("text", "markdown", "csv", "json")
    if args.format not in formats:
        hint = choices_hint(args.format, formats)
        raise ZapvizError(f"there is no format '{args.format[:60]}'; {hint}")
    if args.why and args.format != "text":
        raise ZapvizError("--why is text; the formats csv and json have the reasons anyway")
    # Differences are looked for in the whole table, and other programs get the whole table. A
    # reader who names nothing gets the part that matters.
    wide = args.differences or args.format in ("csv", "json")
    chosen = table(
        _named(args.kernel, KERNELS, tuple(KERNELS) if args.differences else (DEFAULT_KERNEL,)),
        entries=_named(args.entry, ENTRIES, tuple(ENTRIES) if wide else MAIN_ENTRIES),
        mappings=_named(args.mapping, MAPPINGS, tuple(MAPPINGS) if wide else ("shmem-private",)),
        paths=_named(args.path, PATHS, tuple(PATHS) if wide else MAIN_PATHS),
        owners=_named(args.owner, OWNERS, (ALONE,)),
    )
    if args.differences and len(chosen.kernels) < 2:
        raise ZapvizError(
            f"{chosen.kernels[0].name} alone differs from nothing; "
            "name two kernels or more, or none for all"
        )
    _decide(chosen)
    if args.differences:
        chosen = chosen.differences()
    print(_formatted(chosen, args), end="")
    return 0


def _decide(chosen: Table) -> None:
    """Decide the table, and note how far it has come, to be told where Ctrl-C stops it."""
    for progress in table_steps(chosen):
        so_far(f"it was deciding {progress}; nothing was written")


def _named(
    words: list[str] | None, known: Iterable[str], otherwise: tuple[str, ...]
) -> tuple[str, ...]:
    """Give the ids that were named, all of them for ``all``, or the default ones where none
    were.
    """
    if words is None:
        return otherwise
    return tuple(known) if _ALL in words else tuple(words)


def _formatted(chosen: Table, args: argparse.Namespace) -> str:
    """Format the table in the form that was asked for."""
    rows, columns = (
        [axis.strip() for axis in axes.split(",")] if axes else None
        for axes in (args.rows, args.columns)
    )
    if args.format == "json":
        return json.dumps(chosen.as_json(), separators=(",", ":")) + "\n"
    if args.format == "csv":
        return forms.format_csv(chosen)
    if args.format == "markdown":
        return forms.format_markdown(chosen, rows, columns) + "\n"
    if args.why:
        return forms.format_reasons(chosen) + "\n"
    if args.differences and not (rows or columns):
        return forms.format_differences(chosen) + "\n"
    text = forms.format_decisions(chosen, rows, columns) + "\n"
    asked = (args.kernel, args.path, args.entry, args.mapping, args.owner, rows, columns)
    if not any(asked):
        text += (
            "\nMore: --kernel v5.17, --path all, --entry all, --mapping all; --differences\n"
            "between kernels; --why. zapviz table --help has examples.\n"
        )
    return text
