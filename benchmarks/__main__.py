"""``make bench``: how long things take, side by side, medians of one run.

    make bench                          everything; about two minutes
    make bench ARGS="import model"      some of it: import, model, races, ...
    make bench ARGS="--against ../old"  another checkout against this one, in turn

What zapviz promises stands beside what was measured. Times depend on the machine and the hour;
ratios depend on them less.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys

from benchmarks import decisions, kernels, plain, races, watching
from benchmarks.report import print_results
from benchmarks.versus import versus


def main() -> int:
    """Measure what is asked for, and print a table for each part."""
    parts = {
        "import": ("Importing, in a fresh process", plain.importing),
        "model": ("The model, 16 pages, one core", plain.model),
        "compare": ("Four kernels compared, 8 rows of 64 entries", plain.comparing),
        "table": ("The decision table, one core", decisions.deciding),
        "races": ("Races: the states of every interleaving, one core", races.exploring),
        "growth": ("A hole punched against pages that move", races.growing),
        "spin": ("The same under Spin", races.spinning),
        "figure": ("Figures and traces, 8 rows of 64 entries", plain.figures),
        "export": ("Exports, 64 pages", plain.exporting),
        "kernels": ("On a real kernel, under QEMU", kernels.booting),
        "watch": ("A watched kernel, under QEMU", watching.watching),
        "beside": ("Four kernels side by side, in Chromium, 8 rows of 64 entries", _beside),
        "browser": ("In Chromium, 8 rows of 64 entries", _browser),
        "class": ("A class of ten on this machine, in JupyterLab", _class),
        "visitors": ("Thirty visitors of zapviz app, in Chromium", _visitors),
        "site": ("The website, in Chromium", _site),
    }
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    parser.add_argument("--against", metavar="CHECKOUT", help="a folder with another zapviz")
    args = parser.parse_args()
    if args.against:
        parts["against"] = (f"Against {args.against}, in turn", lambda: versus(args.against))
        args.parts.append("against")
    asked = args.parts or list(parts)
    for part in asked:
        if part not in parts:
            parser.error(f"there is no part '{part}'; the parts are {', '.join(parts)}")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}")
    met = True
    for part in asked:
        title, measure = parts[part]
        met &= print_results(title, measure())
    return 0 if met else 1


def _beside():  # type: ignore[no-untyped-def]
    from benchmarks import beside

    return beside.stepping()


def _browser():  # type: ignore[no-untyped-def]
    from benchmarks import browser  # needs Chromium and Playwright

    return browser.measure()


def _class():  # type: ignore[no-untyped-def]
    from benchmarks import classroom

    return classroom.teaching()


def _visitors():  # type: ignore[no-untyped-def]
    from benchmarks import visitors

    return visitors.visiting()


def _site():  # type: ignore[no-untyped-def]
    from benchmarks import site  # needs Chromium, Playwright and npm

    return site.measure()


if __name__ == "__main__":
    sys.exit(main())
