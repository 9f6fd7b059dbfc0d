"""``zapviz kernels``: the kernels of the model, and what differs between them."""

from __future__ import annotations

import argparse

from zapviz.kernels.difference import Difference
from zapviz.kernels.known import DEFAULT_KERNEL, DIFFERENCES, KERNELS
from zapviz.render.text.trace import format_table

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = """\
A point release goes by its number, wherever a kernel is asked for:
  zapviz run madv-remove --kernel 6.1.148

A kernel with a patch of yours is named by its rules, wherever a kernel is asked for:
  zapviz run reproducer --kernel 'v5.17 + swap_entries=even_cows'
"""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes: nothing."""


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    rows = []
    for name, kernel in KERNELS.items():
        default = " (taken where none is named)" if name == DEFAULT_KERNEL else ""
        rows.append((name, kernel.title + default))
    print(format_table(rows))
    print("\nWhat differs, by the release that brought today's form; 'stable' are the")
    print("point releases that brought it to older series, as far as is known:\n")
    print(format_table((one.since, _told(one)) for one in DIFFERENCES))
    return 0


def _told(difference: Difference) -> str:
    """Give a rule's sentence, with its commit and the stable kernels that it reached."""
    sources = [difference.commit] if difference.commit else []
    sources += [f"stable {difference.stable_text}"] if difference.stable else []
    return f"{difference.sentence} ({'; '.join(sources)})" if sources else difference.sentence
