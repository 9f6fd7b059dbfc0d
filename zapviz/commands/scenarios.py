"""``zapviz scenarios``: list the scenarios that come with zapviz."""

from __future__ import annotations

import argparse

from zapviz.render.text.trace import format_table
from zapviz.scenario.library import SCENARIOS

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = ""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes: nothing."""


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    for number, (name, scenario) in enumerate(SCENARIOS.items()):
        print("\n" * (number > 0) + name)
        print(format_table([(scenario.title,)], indent=2))
        print(format_table([(scenario.about,)], indent=6))
    return 0
