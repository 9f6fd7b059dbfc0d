"""``make site``: build the website.

make site                              into build/site
make site ARGS="public --no-model"     into public, without the live model
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from website.build import build
from zapviz.errors import ZapvizError

_INTO = Path(__file__).parents[1] / "build" / "site"


def main() -> int:
    """Build what the command line asks for, and give the exit status."""
    parser = argparse.ArgumentParser(
        prog="make site", description="Build the website, a folder of static files."
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=_INTO, help="where to; build/site by default"
    )
    parser.add_argument(
        "--no-model",
        action="store_true",
        help="leave the live model out, for which npm is needed: what a visitor edits is not run",
    )
    args = parser.parse_args()
    start = time.monotonic()
    try:
        size = build(args.folder, model=not args.no_model, tell=print)
    except ZapvizError as error:
        print(f"website: error: {error}", file=sys.stderr)
        return 2
    took = time.monotonic() - start
    print(f"{args.folder}: {size / 1024**2:.1f} MiB in {took:.0f} s")
    print(f"To see all of it: python3 -m http.server --bind 127.0.0.1 -d {args.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
