"""``make site``: build the website.

make site                              into build/site
make site ARGS="public --no-model"     into public, without the live model
make site ARGS="--address https://example.org/zapviz/"     with previews of links, and a site map
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from pathlib import Path

from website.build import build
from zapviz.errors import ZapvizError

_INTO = Path(__file__).parents[1] / "build" / "site"


def _project() -> str:
    """Give the address of the project that pyproject.toml names; "" where it names none."""
    file = Path(__file__).parents[1] / "pyproject.toml"
    named = tomllib.loads(file.read_text(encoding="utf-8"))["project"].get("urls", {})
    urls = {name.lower(): address for name, address in named.items()}
    return str(next((urls[one] for one in ("source", "repository", "homepage") if one in urls), ""))


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
    parser.add_argument(
        "--address",
        default="",
        metavar="URL",
        help="where it will be published: for previews of links, a site map, and what is not there",
    )
    parser.add_argument(
        "--project",
        default=_project(),
        metavar="URL",
        help="the project's own page, to be linked to; by default that of pyproject.toml",
    )
    args = parser.parse_args()
    start = time.monotonic()
    try:
        size = build(
            args.folder,
            model=not args.no_model,
            address=args.address,
            project=args.project,
            tell=print,
        )
    except ZapvizError as error:
        print(f"website: error: {error}", file=sys.stderr)
        return 2
    took = time.monotonic() - start
    print(f"{args.folder}: {size / 1024**2:.1f} MiB in {took:.0f} s")
    print(f"To see all of it: python3 -m http.server --bind 127.0.0.1 -d {args.folder}")
    print("To publish it, copy the folder to any web server; .github/workflows/pages.yml does so")
    print("on GitHub Pages. It needs no program there.")
    if not args.address:
        print("With --address URL it has previews of links and a site map, too.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
