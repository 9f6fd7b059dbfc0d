"""Measurements without a browser: import, the model, figures."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from random import Random
from statistics import median

import zapviz
from benchmarks.report import Result, timed
from zapviz.model.machine import run_program
from zapviz.model.program import Program
from zapviz.scenario.generate import random_program
from zapviz.scenario.permalink import parse_permalink

__all__ = ["EIGHT_BY_64", "comparing", "exporting", "figures", "importing", "model"]

_NAMES = "ABCDEGH"


def _eight_by_64() -> str:
    """Make a scenario of a file and seven mappings, 64 pages each, as long as a lesson.

    Each statement changes 16 entries; there are some 300 steps.
    """
    lines = ["# Eight rows of 64 entries", "F = shmem(64)"]
    for index, name in enumerate(_NAMES):
        lines.append(f"{name} = mmap(F, MAP_{'SHARED' if index % 2 else 'PRIVATE'})")
    for turn in range(12):
        name, first = _NAMES[turn % 7], turn * 16 % 64
        lines.append(f"{name}[{first}:{first + 16}] = {turn % 9 + 1}")
        if turn % 3 == 2:
            lines.append(f"madvise({name}[{first}:{first + 16}], MADV_DONTNEED)")
    return "\n".join(lines) + "\n"


EIGHT_BY_64 = _eight_by_64()


def importing() -> Iterator[Result]:
    """Measure ``import zapviz``, and what running a scenario takes."""
    first = list(_fresh("import zapviz"))
    yield timed("import zapviz", first, "under 150 ms", median(first) < 0.15)
    yield timed(
        "... and run the reproducer", list(_fresh("import zapviz; zapviz.run('reproducer')"))
    )
    drawing = "import zapviz; zapviz.run('reproducer').figure()"
    yield timed("... and draw it (loads matplotlib)", list(_fresh(drawing, 5)))


def _fresh(code: str, times: int = 9) -> Iterator[float]:
    """Time some code in fresh processes, the start of Python left out."""
    timing = f"import time; start = time.perf_counter()\n{code}\nprint(time.perf_counter() - start)"
    for _ in range(times):
        done = subprocess.run(
            [sys.executable, "-c", timing], capture_output=True, text=True, check=True
        )
        yield float(done.stdout)


def model() -> Iterator[Result]:
    """Measure statements per second, over random programs of up to 16 pages."""
    rng = Random(16)
    programs = [
        random_program(rng, pages=16, statements=40, cpus=False, asserts=False) for _ in range(150)
    ]
    kernel = zapviz.kernel("v6.12")
    rate = _rate(programs, lambda program: list(run_program(program, kernel)))
    yield Result("the model alone", f"{rate:8,.0f} statements/s", "20,000", rate >= 20_000)
    rate = _rate(programs, lambda program: zapviz.run(program, kernel))
    yield Result("with every step kept (zapviz.run)", f"{rate:8,.0f} statements/s")
    rate = _rate(programs, lambda program: zapviz.run(program, kernel).as_json())
    yield Result("and written as JSON for the views", f"{rate:8,.0f} statements/s")


def _rate(programs: list[Program], run: Callable[[Program], object]) -> float:
    """Give statements per second of processor time, the median of five rounds."""
    statements = sum(len(program.statements) for program in programs)
    rates = []
    for _ in range(5):
        start = time.process_time()
        for program in programs:
            run(program)
        rates.append(statements / (time.process_time() - start))
    return median(rates)


def figures() -> Iterator[Result]:
    """Measure a figure, its PNG, and the trace that the live grid gets."""
    from zapviz.render.figure.picture import png
    from zapviz.render.figure.state import draw_state

    trace = zapviz.run(EIGHT_BY_64)
    png(draw_state(trace))
    yield timed("figure and PNG", _times(lambda: png(draw_state(trace)), 11))
    yield timed("text of one state", _times(lambda: trace.state(-1).text(), 11))
    whole = _times(lambda: json.dumps(zapviz.run(EIGHT_BY_64).as_json()), 11)
    steps, size = len(trace.steps), len(json.dumps(trace.as_json())) / 1e3
    yield timed(f"run, as JSON ({steps} steps, {size:.0f} kB)", whole)


def exporting() -> Iterator[Result]:
    """Measure each form of export of 64 pages and some 200 steps, from the scenario to the
    bytes.
    """
    from zapviz.api.exports import FORMS
    from zapviz.render.figure.picture import png
    from zapviz.render.figure.state import draw_state

    text = "F = shmem(64)\nA = mmap(F, MAP_PRIVATE)\nA[0:64] = 1\nmadvise(A[0:32], MADV_PAGEOUT)\n"
    trace = zapviz.run(text)
    png(draw_state(trace))  # loads matplotlib and finds its fonts
    for form in FORMS:
        slow = form == "gif"
        options = {"stop": "statement"} if slow else {}
        taken = _times(lambda f=form, o=options: zapviz.run(text).export(f, **o), 3 if slow else 7)
        size = len(trace.export(form, **options)) / 1e3
        name = f"{form} ({trace.last} steps, {size:,.0f} kB)"
        if form == "html":
            yield timed(name, taken, "under 3 s, 1 MB", median(taken) < 3 and size < 1000)
        else:
            yield timed(name, taken)
    film = _times(lambda: zapviz.run(text).export("gif"), 1)
    yield timed("gif of every step, a state", [seconds / (trace.last + 1) for seconds in film])
    link = zapviz.run(text).permalink()
    yield timed("a permalink opened", _times(lambda: parse_permalink(link), 51))


def comparing() -> Iterator[Result]:
    """Measure four kernels that part, against the four runs alone, in processor time."""
    kernels = ("v5.10.y", "v5.17", "v6.12", "v7.3")
    parting = "madvise(A, MADV_PAGEOUT)\nftruncate(F, 8)\nftruncate(F, 64)\nread(A)\n"
    program = zapviz.parse_scenario(EIGHT_BY_64 + parting)

    def alone() -> None:
        for kernel in kernels:
            zapviz.run(program, kernel)

    # In turn, so that other work on the machine disturbs both alike.
    runs, aligned = [], []
    for _ in range(15):
        runs += _times(alone, 1, time.process_time)
        aligned += _times(lambda: zapviz.compare(program, kernels), 1, time.process_time)
    comparison = zapviz.compare(program, kernels)
    assert comparison.first_parting is not None
    ratio = median(aligned) / median(runs)
    yield timed("four runs", runs)
    yield timed(f"compared: {len(comparison.frames)} frames", aligned)
    yield Result("compared / run", f"{ratio:8.2f}", "1.5", ratio <= 1.5)
    whole = _times(lambda: zapviz.compare(program, kernels).partings, 5, time.process_time)
    yield timed("... with where they part, and why", whole, "under 1 s", median(whole) < 1)


def _times(
    act: Callable[[], object], times: int, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    taken = []
    for _ in range(times):
        start = clock()
        act()
        taken.append(clock() - start)
    return taken
