"""Shipped scenarios as real kernels were seen to carry them out, entry by entry.

They are kept in recorded/watched.json.gz, for readers who have no such kernel and no virtual
machine. Only what a kernel showed is kept; the model's side is computed anew, so that a record
contradicts a model that has changed. ``zapviz lab watch --record`` records them all.

>>> watched = watched_run("reproducer", "6.12")
>>> watched.agrees
True
>>> [step["seen"] for step in watched.beside_json()["steps"] if step["kind"] == "zap"]
[True]
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from zapviz.errors import ZapvizError, choices_hint
from zapviz.kernels.evidence import LAB_KERNEL_OF
from zapviz.kernels.known import Kernel, is_named
from zapviz.lab.conformance import MODEL_OF
from zapviz.lab.guest.qemu import Settings
from zapviz.lab.guest.tables import Seen
from zapviz.lab.guest.watcher import Called, Event, Fate, Flagged, Written
from zapviz.lab.kernel_steps import Call
from zapviz.lab.plan import plan
from zapviz.lab.recorded_file import check_recordable, read_recorded
from zapviz.lab.records import statements_of
from zapviz.lab.watched import Watched
from zapviz.lab.watching import watch_all, watchable
from zapviz.model.program import Program
from zapviz.scenario.library import SCENARIOS
from zapviz.trace.record import Json
from zapviz.written_file import write_file

__all__ = ["WATCHED", "record_watched", "watched_of", "watched_run", "watched_runs"]

WATCHED: Final = Path(__file__).with_name("recorded") / "watched.json.gz"
"""The file of the watched runs: by kernel its release and date, and the scenarios."""

_CALLERS = 12  # as many functions of a chain are kept


def watched_runs(path: Path = WATCHED) -> list[tuple[str, str]]:
    """Give the scenario and the kernel of each watched run that comes with zapviz."""
    return [(name, kernel) for kernel, kept in _read(path).items() for name in kept["runs"]]


def watched_run(scenario: str, kernel: str = "6.12", path: Path = WATCHED) -> Watched:
    """Give how a kernel carried out a shipped scenario, beside what the model shows today.

    Args:
        scenario: The name of a shipped one.
        kernel: The kernel's name in the lab, such as "6.12".
        path: The file of the runs.

    Raises:
        ZapvizError: It was not recorded, or the scenario has changed since.
    """
    known = _read(path)
    name = kernel.removeprefix("v").removesuffix(".y")
    if name not in known:
        raise ZapvizError(f"nothing was watched on '{kernel[:60]}'; {choices_hint(name, known)}")
    runs = known[name]["runs"]
    if scenario not in runs:
        hint = choices_hint(scenario, runs)
        raise ZapvizError(f"'{scenario[:60]}' was not watched on {name}; {hint}")
    kept = runs[scenario]
    if kept["scenario"] != statements_of(scenario):
        raise ZapvizError(
            f"{scenario} has changed since it was watched on {name}: "
            f"zapviz lab watch --record --kernel {name}"
        )
    program, model = SCENARIOS[scenario].program, MODEL_OF[name]
    chains: list[str] = known[name]["functions"]
    calls, at = [], 0
    for step in plan(program, model, {}).steps:
        mine = []
        for call, _ in step.calls:
            if at >= len(kept["calls"]):
                raise ZapvizError(
                    f"the model runs {scenario} on past what was watched on {name}: "
                    f"zapviz lab watch --record --kernel {name}"
                )
            result, events = kept["calls"][at]
            mine.append(Call(call, result, tuple(_event(each, chains) for each in events)))
            at += 1
        calls.append(tuple(mine))
    release = f"{known[name]['release']}, recorded on {known[name]['date']}"
    return Watched(program, name, release, model, tuple(calls), tuple(kept["complaints"]))


def watched_of(program: Program, kernel: Kernel, path: Path = WATCHED) -> Watched | None:
    """Give how a kernel was watched carrying out a program; None where none of the lab's was.

    Args:
        program: Any program; those that come with zapviz and have no CPUs were watched.
        kernel: The model's kernel, which a kernel of the lab stands for; a patch has none.
        path: The file of the runs.
    """
    name = LAB_KERNEL_OF.get(kernel.name)
    if name is None or not is_named(kernel):
        return None
    shipped = {one.program.statements: scenario for scenario, one in SCENARIOS.items()}
    scenario = shipped.get(program.statements)
    if scenario is None or (scenario, name) not in watched_runs(path):
        return None
    return replace(watched_run(scenario, name, path), model=kernel)


def record_watched(
    kernel: str,
    settings: Settings | None = None,
    path: Path = WATCHED,
    watch: Callable[..., list[Watched]] = watch_all,
) -> list[tuple[str, Watched]]:
    """Watch every shipped scenario without CPUs on a kernel of the lab, and keep what it showed.

    Args:
        kernel: The kernel's name.
        settings: The virtual machine; None: the usual one.
        path: The file of the runs.
        watch: Runs them, all in one boot.

    Raises:
        MachineLost: Three boots in a row were lost.
        NotAvailable: The kernel, its symbols, or QEMU is not here.
        ZapvizError: The model has no such kernel.
    """
    if kernel not in MODEL_OF:
        raise ZapvizError(f"the model has no kernel '{kernel[:60]}'; it has {', '.join(MODEL_OF)}")
    check_recordable(path)
    names = [name for name, each in SCENARIOS.items() if watchable(each.program)]
    seen = watch([SCENARIOS[name].program for name in names], kernel, settings)
    functions: dict[str, int] = {}
    runs: Json = {}
    for name, watched in zip(names, seen, strict=True):
        frames: dict[int, int] = {}
        runs[name] = {
            "scenario": statements_of(name),
            "complaints": list(watched.complaints),
            "calls": [
                [call.result, [_kept(event, frames, functions) for event in call.events]]
                for calls in watched.calls
                for call in calls
            ],
        }
    known = dict(_read(path))
    known[kernel] = {
        "release": seen[0].release if seen else "",
        "date": date.today().isoformat(),
        "functions": list(functions),
        "runs": runs,
    }
    ordered = {name: known[name] for name in MODEL_OF if name in known}
    text = json.dumps(ordered, separators=(",", ":"))
    write_file(path, gzip.compress(text.encode(), 9, mtime=0), overwrite=True)
    _read.cache_clear()
    return [
        (name, replace(watched, release=f"{watched.release}, recorded today"))
        for name, watched in zip(names, seen, strict=True)
    ]


def _kept(event: Event, frames: dict[int, int], functions: dict[str, int]) -> list[Any]:
    """Give an event as it is kept: page frames get small numbers, functions their index."""

    def numbered(frame: int) -> int:
        return frames.setdefault(frame, len(frames)) if frame >= 0 else -1

    chain = [functions.setdefault(name, len(functions)) for name in event.chain[:_CALLERS]]
    match event:
        case Written(area, page, before, after):
            entries = [[*each._replace(frame=numbered(each.frame))] for each in (before, after)]
            return ["w", area, page, *map(_short, entries), chain]
        case Called(function, arguments, frame):
            # The first argument is an address, and tells nothing.
            return ["c", function, [0, *arguments[1:4]], numbered(frame), chain]
        case Flagged(what, frame):
            return ["f", what, numbered(frame), chain]


def _short(entry: Sequence[Any]) -> list[Any]:
    """Leave out what stands for nothing at the end of an entry's fields."""
    fields = list(entry)
    usual = [*Seen("none")]
    while len(fields) > 1 and fields[-1] == usual[len(fields) - 1]:
        fields.pop()
    return [int(field) if isinstance(field, bool) else field for field in fields]


def _event(kept: Sequence[Any], functions: Sequence[str]) -> Event:
    chain = tuple(functions[number] for number in kept[-1])
    if kept[0] == "w":
        return Written(kept[1], kept[2], _seen(kept[3]), _seen(kept[4]), chain)
    if kept[0] == "c":
        return Called(kept[1], (*kept[2], 0), kept[3], chain)
    fate: Fate = kept[1]
    return Flagged(fate, kept[2], chain)


def _seen(fields: Iterable[Any]) -> Seen:
    kind, *rest = fields
    return Seen(kind, *rest[:2], *map(bool, rest[2:]))


@cache
def _read(path: Path) -> Json:
    return read_recorded(path)
