"""Run tests on a machine that is busy with other things: ``make busy``.

A test that reads a page, a process or a file before it has come to what is asserted passes on
a machine at rest, and fails now and then on one that is not. Here a process spins on every
processor beside the tests, and each file is run three times: the tests in a browser, or
those that are named, ``make busy ARGS="tests/browser/test_player.py tests/commands/test_cli.py"``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]

# It ends when its standard input does, which the starter holds, also when the starter is killed.
SPIN = """\
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
while True:
    pass
"""


@contextmanager
def spinning(count: int) -> Iterator[None]:
    """Keep a number of processors busy in the meantime."""
    spinners: list[subprocess.Popen[bytes]] = []
    try:
        for _ in range(count):
            command = [sys.executable, "-c", SPIN]
            spinners.append(subprocess.Popen(command, stdin=subprocess.PIPE))
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.communicate()


def passes(path: str) -> bool:
    """Run the tests of a file, and tell whether they passed; print all that a failed run said."""
    begin = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    *_, last = done.stdout.strip().splitlines() or [f"status {done.returncode}"]
    print(f"{path}: {last} ({time.monotonic() - begin:.0f} s)", flush=True)
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n", flush=True)
    return done.returncode == 0


def main() -> int:
    """Run each file as often as asked; give the exit status, 1 where a run has failed."""
    parser = argparse.ArgumentParser(description="Run tests while every processor is kept busy.")
    parser.add_argument("path", nargs="*", help="a file of tests; else those in a browser")
    parser.add_argument("--times", type=int, default=3, help="how often each is run (3)")
    parser.add_argument(
        "--spin", type=int, default=os.cpu_count() or 1, help="processes beside it (%(default)s)"
    )
    args = parser.parse_args()
    browser = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/browser/test_*.py"))
    with spinning(args.spin):
        runs = [passes(path) for path in args.path or browser for _ in range(args.times)]
    print(f"{runs.count(True)} of {len(runs)} runs passed")
    return 0 if all(runs) else 1


if __name__ == "__main__":
    raise SystemExit(main())
