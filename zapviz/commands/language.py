"""``zapviz language``: the reference of the scenario language."""

from __future__ import annotations

import argparse

from zapviz.api.language import Part, language
from zapviz.errors import ZapvizError, choices_hint
from zapviz.render.text.lines import wrapped

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = """\
examples:
  zapviz language                          all of it
  zapviz language statements conditions    these parts
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    command.add_argument("parts", nargs="*", metavar="PART", help="parts of it; none: all")


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status.

    Raises:
        ZapvizError: The reference has no such part.
    """
    parts = {part.title.lower(): part for part in language()}
    for word in args.parts:
        if word.lower() not in parts:
            raise ZapvizError(
                f"the language has no part '{word[:60]}'; {choices_hint(word.lower(), list(parts))}"
            )
    wanted = [parts[word.lower()] for word in args.parts] or list(parts.values())
    print("\n\n".join("\n".join(_lines(part)) for part in wanted))
    return 0


def _lines(part: Part) -> list[str]:
    lines = [part.title.upper(), "", *wrapped(part.about)]
    for row in part.rows:
        lines.append("")
        for way in row.written:
            lines += wrapped(way, first="  ") if ", " in way and "(" not in way else [f"  {way}"]
        if row.about:
            lines += wrapped(row.about, first="    " if row.written else "  ")
    return lines
