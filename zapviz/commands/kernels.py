"""``zapviz kernels``: the kernels of the model, and what differs between them."""

from __future__ import annotations

import argparse

from zapviz.kernels.known import DEFAULT_KERNEL, DIFFERENCES, KERNELS
from zapviz.render.text.trace import format_table

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = """\
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
    print("\nWhat differs, by the release that brought today's form:\n")
    print(
        format_table(
            (one.since, f"{one.sentence} ({one.commit})" if one.commit else one.sentence)
            for one in DIFFERENCES
        )
    )
    return 0
