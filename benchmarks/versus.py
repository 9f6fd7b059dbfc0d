"""Another checkout of zapviz against this one, in turn, through the public API that both have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

from benchmarks.races import LONG
from benchmarks.report import Result
from zapviz.scenario.generate import random_program
from zapviz.scenario.text import format_scenario

__all__ = ["versus"]

_HERE: Final = Path(__file__).parents[1]
_TURNS: Final = 7

# This runs in each checkout and prints one number for each measurement, the higher the better.
_SCRIPT: Final = """
import json, sys, time
given = json.load(sys.stdin)
start = time.perf_counter()
import zapviz
importing = time.perf_counter() - start
start = time.perf_counter()
zapviz.run("reproducer").text()
running = time.perf_counter() - start
kernel = zapviz.kernel("v6.12")
programs = [zapviz.parse_scenario(text) for text in given["programs"]]
def rate(act):
    best = 0
    for _ in range(3):
        start = time.process_time()
        for program in programs:
            act(program)
        best = max(best, given["statements"] / (time.process_time() - start))
    return best
stepping = rate(lambda program: zapviz.run(program, kernel))
writing = rate(lambda program: zapviz.run(program, kernel).as_json())
start = time.process_time()
states = zapviz.race(given["race"]).states
racing = states / (time.process_time() - start)
print(json.dumps([1 / importing, 1 / running, stepping, writing, racing]))
"""
# This prints how many steps each program takes in a checkout; null: it cannot be read there.
_COUNTS: Final = """
import json, sys
import zapviz
def steps(text):
    try:
        return len(zapviz.run(text, "v6.12").steps)
    except zapviz.ZapvizError:
        return None
print(json.dumps([steps(text) for text in json.load(sys.stdin)]))
"""
_NAMES: Final = (
    ("import zapviz", "a second"),
    ("the first run, as text", "a second"),
    ("the model, steps kept", "statements/s"),
    ("... and written as JSON", "statements/s"),
    ("a long race", "states/s"),
)


def versus(other: str) -> Iterator[Result]:
    """Measure a checkout and this one in turn; the promise is to be no slower.

    The programs are some of which both have as many steps to show: where the model has learned of
    more, it has more to do.
    """
    rng = Random(16)
    dealt = [
        random_program(rng, pages=16, statements=40, cpus=False, asserts=False) for _ in range(400)
    ]
    there, texts = Path(other).resolve(), [format_scenario(program) for program in dealt]
    theirs, ours = (_run(checkout, _COUNTS, json.dumps(texts)) for checkout in (there, _HERE))
    both = [at for at in range(len(dealt)) if theirs[at] == ours[at] is not None][:60]
    tasks = json.dumps(
        {
            "programs": [texts[at] for at in both],
            "statements": sum(len(dealt[at].statements) for at in both),
            "race": LONG,
        }
    )
    for checkout in (there, _HERE):
        _run(checkout, _SCRIPT, tasks)  # bytecode is written, files are in memory
    theirs, ours = [], []
    for _ in range(_TURNS):
        theirs.append(_run(there, _SCRIPT, tasks))
        ours.append(_run(_HERE, _SCRIPT, tasks))
    for at, (name, unit) in enumerate(_NAMES):
        old = median(numbers[at] for numbers in theirs)
        ratios = [mine[at] / their[at] for mine, their in zip(ours, theirs, strict=True)]
        ratio = median(ratios)
        value = f"{median(numbers[at] for numbers in ours):10,.1f} {unit}"
        promise = f"{ratio:.2f} times {old:,.1f} there (0.95 or more)"
        yield Result(name, value, promise, ratio >= 0.95)


def _run(checkout: Path, script: str, given: str) -> Any:
    """Give what a script prints in a checkout, read as JSON."""
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # users have bytecode
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=given,
        capture_output=True,
        text=True,
        check=True,
        cwd=checkout,
        env=environment | {"PYTHONPATH": str(checkout)},
    )
    return json.loads(done.stdout)
