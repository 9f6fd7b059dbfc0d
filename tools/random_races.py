"""Explore random races in full and reduced, and hold the two against each other.

``python tools/random_races.py 1 --count 1000`` takes the seeds 1 to 1000. A race is wrong if an
exception ends it, if the reduced exploration comes to other final states, deadlocks or verdicts
than the full one, if the full one has fewer states, or if an invariant of the model is broken in
any state. It is printed as text, with its seed. The tests do the same with the first 500 seeds.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "races")]

from dealing import ends, races  # noqa: E402

from zapviz.kernels.known import Kernel  # noqa: E402
from zapviz.model import program as p  # noqa: E402
from zapviz.races.search import search_orders  # noqa: E402
from zapviz.scenario.text import format_scenario  # noqa: E402


def faults(program: p.Program, kernel: Kernel, whole_table: bool, most: int) -> Iterator[str]:
    """Tell what is wrong with a race, a line each; one of too many states has no faults."""
    full = search_orders(program, kernel, max_states=most, whole_table=whole_table)
    yield from (f"broken: {text}" for text, _ in full.broken[:1])
    if not full.complete:
        return
    less = search_orders(program, kernel, reduced=True, whole_table=whole_table)
    yield from (f"broken when reduced: {text}" for text, _ in less.broken[:1])
    if ends(full) != ends(less):
        yield "the reduced exploration comes to other ends"
    if [one.ok for one in full.verdicts] != [one.ok for one in less.verdicts]:
        yield "the reduced exploration comes to other verdicts"
    if less.states > full.states:
        yield "the reduced exploration has more states"


def main() -> int:
    """Give 0 if no race is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int, help="the first seed")
    parser.add_argument("--count", type=int, default=1000, help="how many seeds")
    parser.add_argument("--states", type=int, default=3000, help="give up a race of more states")
    args = parser.parse_args()
    seen = wrong = 0
    for program, kernel, seed in races(range(args.first, args.first + args.count)):
        if sum(isinstance(statement, p.Cpu) for statement in program.statements) < 2:
            continue
        seen += 1
        try:
            found = list(faults(program, kernel, seed % 3 == 0, args.states))
        except Exception:  # whatever it is, the next races are wanted all the same
            found = [traceback.format_exc()]
        if found:
            wrong += 1
            print(f"seed {seed}, {kernel.name}:", *found, format_scenario(program), sep="\n")
        if seen % 1000 == 0:
            print(f"{seen} races, {wrong} wrong", flush=True)
    print(f"{seen} races, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
