"""``make fuzz``: see what strangers' texts, links, requests and options can break.

    make fuzz                                       a minute, with a fresh seed
    make fuzz ARGS="--minutes 10 --seed 7"          ten minutes, the inputs of seed 7
    make fuzz ARGS="--only races --only links"      some kinds alone

It prints the seed, and how many inputs of each kind there were. The exit status is 1 if a promise
of SECURITY.md was not kept for one: it is printed with a call that shows it again.
"""

from __future__ import annotations

import argparse
import ast
import sys

from fuzz import KINDS
from fuzz.search import fault_of, fresh_seed, limits, search


def main() -> int:
    """Search as long as was asked for, and give the exit status."""
    parser = argparse.ArgumentParser(
        prog="make fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (default: 1)")
    parser.add_argument("--seed", default="", help="which inputs (default: fresh ones)")
    listed = "; ".join(f"{kind.name}, {kind.about}" for kind in KINDS)
    parser.add_argument(
        "--only", action="append", choices=[kind.name for kind in KINDS], help=listed
    )
    parser.add_argument("--input", help="try this input of one kind, as a fault prints it")
    args = parser.parse_args()
    kinds = [kind for kind in KINDS if not args.only or kind.name in args.only]
    if args.input is not None:
        if len(kinds) != 1:
            parser.error("--input takes --only, with the kind that it is of")
        with limits():
            came, fault = fault_of(kinds[0], ast.literal_eval(args.input))
        print(fault.told if fault else came)
        return int(fault is not None)
    seed = args.seed or fresh_seed()
    print(f"seed {seed}", flush=True)
    report = search(kinds, seed, args.minutes * 60, lambda text: print(text, flush=True))
    print(report.text())
    return int(bool(report.faults))


if __name__ == "__main__":
    sys.exit(main())
