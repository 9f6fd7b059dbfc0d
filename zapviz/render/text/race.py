"""The results of an exploration of every interleaving, as litmus tools report them: text and JSON.

They are the final states, the assertions with their verdicts and a shortest order as a witness, the
deadlocks, and one last line for grep. How many interleavings there are is told as the size of what
was explored: orders are not equally likely, so the text does not count those that end in a state.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zapviz.model.entries import Entry
from zapviz.model.looks import counters
from zapviz.model.program import Cpu
from zapviz.model.world import World, byte_of
from zapviz.races.cpus import Schedule
from zapviz.races.exploration import AssertionVerdict, Exploration, FinalState
from zapviz.render.text.ladder import format_ladder
from zapviz.render.text.lines import fitted, wrapped
from zapviz.render.text.trace import format_state
from zapviz.scenario.text import format_statement, shown_statement
from zapviz.trace.record import rss_json
from zapviz.words import how_many

__all__ = [
    "exploration_json",
    "extent",
    "format_exploration",
    "observation",
    "stopped_sentence",
]

SHOWN = 12  # most final states that the text form shows


def observation(exploration: Exploration, name: str) -> str:
    """Write the last line: in how many final states the assertions hold."""
    asserted = [v.statement.quantifier for v in exploration.verdicts]
    counting = [i for i, word in enumerate(asserted) if word != "sometimes"]
    counting = counting or list(range(len(asserted)))
    total = len(exploration.finals)
    good = sum(all(final.holds[i] for i in counting) for final in exploration.finals)
    word = "Always" if good == total else ("Sometimes" if good else "Never")
    if not total:
        word = "Deadlock" if exploration.deadlocks else "Unknown"
    elif not exploration.complete and word != "Sometimes":
        word = "Unknown"
    so_far = "" if exploration.complete else " so far"
    counts = f"{word} {good}/{total} final states{so_far}"
    return fitted(f"Observation {{}} {counts} {{}}", name, exploration.kernel.name)


def format_exploration(exploration: Exploration, name: str, *, ladders: bool = False) -> str:
    """Write the results as text, of at most 72 columns.

    Args:
        exploration: The exploration.
        name: The scenario's name in the last line.
        ladders: Whether to show a shortest way to each final state.
    """
    lines: list[str] = []
    if exploration.program.title:
        lines += wrapped(exploration.program.title, hang=4)
    lines += wrapped(f"kernel {exploration.kernel.name}: {exploration.kernel.title}", hang=4)
    lines += ["", *wrapped(extent(exploration), hang=4)]
    lines += _stopped(exploration)
    for statement in exploration.failed:
        text = shown_statement(statement)
        lines += [
            "",
            *wrapped(f"line {statement.line}: {text}   FAILS before the CPUs run", hang=4),
        ]
    differing = _differing(exploration.finals)
    for number, final in enumerate(exploration.finals[:SHOWN], 1):
        lines += ["", *_final(exploration, number, final, differing)]
        if ladders:
            ladder = format_ladder(exploration.run(final.schedule), legend=False)
            lines += ["a shortest order:", "", ladder]
    if len(exploration.finals) > SHOWN:
        more = len(exploration.finals) - SHOWN
        lines += ["", *wrapped(f"... and {more} more final states (--json lists all)", hang=4)]
    lines_of: dict[Schedule, int] = {}
    for verdict in exploration.verdicts:
        lines += ["", *_verdict(exploration, verdict, lines_of)]
    for dead in exploration.deadlocks[:3]:
        lines += ["", *_dead(exploration, dead.waiting), ""]
        lines += [format_ladder(exploration.run(dead.schedule))] if dead.schedule else []
    if len(exploration.deadlocks) > 3:
        lines += ["", f"... and {len(exploration.deadlocks) - 3} more deadlocks"]
    for sentence, schedule in exploration.broken[:3]:
        lines += ["", *wrapped(f"Broken, a mistake of the model: {sentence}", hang=4), ""]
        lines += [format_ladder(exploration.run(schedule))]
    lines += ["", observation(exploration, name)]
    return "\n".join(line.rstrip() for line in "\n".join(lines).split("\n"))


def extent(exploration: Exploration) -> str:
    """Say how much was explored, on one line."""
    steps = how_many(exploration.moves, "step")
    text = f"{how_many(exploration.states, 'state')}, {steps} between them"
    text += f", {how_many(len(exploration.finals), 'final state')}"
    if exploration.complete:
        kind = " (those that cannot matter left out)" if exploration.reduced else ""
        text += f"; fully explored: {how_many(exploration.interleavings, 'order')}{kind}"
    if exploration.whole_table:
        text += "; entries of a page table are decided together"
    return text


def stopped_sentence(exploration: Exploration) -> str:
    """Say why an exploration stopped early, and what that means; empty where it did not."""
    if exploration.complete:
        return ""
    why = {
        "bound": "at the bound",
        "time": f"after {exploration.seconds:.0f} s",
        "asked": "as asked",
        "interrupted": "by Ctrl-C",
    }[exploration.stopped]
    return (
        f"STOPPED {why} with {how_many(exploration.states, 'state')}: "
        f"{exploration.states - exploration.pending:,} were gone on from, "
        f"{exploration.pending:,} were met but not, some of which were followed to one end "
        "each. What fails below fails; what holds so far may yet fail. To make the scenario "
        "smaller, take fewer pages, fewer statements on each CPU, or two CPUs instead of three"
    )


def _stopped(exploration: Exploration) -> list[str]:
    """Say what an early stop means, and what to do about it."""
    sentence = stopped_sentence(exploration)
    if not sentence:
        return []
    options = [] if exploration.reduced else ["--reduced"]
    options += [] if exploration.whole_table else ["--whole-table"]
    sentence += f"; or try {' '.join(options)}" if options else ""
    if exploration.stopped == "bound":
        sentence += f"; or a higher --max-states than {exploration.states - 1:,}"
    if exploration.stopped == "time":
        sentence += "; or a higher --max-seconds"
    return ["", *wrapped(sentence + ".", hang=4)]


def _final(
    exploration: Exploration, number: int, final: FinalState, differing: list[tuple[bool, int, int]]
) -> Iterator[str]:
    """Show one final state: page strips, results, and data where it differs."""
    yield f"State {number} of {len(exploration.finals):,}"
    run = exploration.run(final.schedule)
    last = max(
        run.span(i)[1]
        for i, outcome in enumerate(run.outcomes)
        if isinstance(outcome.statement, Cpu)
    )
    yield from format_state(run, last).splitlines()
    results = "   ".join(
        f"CPU{cpu} {', '.join(results)}"
        for cpu, results in zip(_numbers(exploration), final.results, strict=True)
    )
    yield from wrapped(f"results: {results}", hang=4)
    data = [_data_text(final.world, place) for place in differing]
    if data:
        yield from wrapped(f"data: {', '.join(data)}", hang=4)
    rss = [f"{name} {pages}" for name, pages in counters(final.world).items() if pages]
    yield from wrapped(f"rss: {', '.join(rss) or 'nothing'}", hang=4)


def _numbers(exploration: Exploration) -> list[int]:
    return [s.number for s in exploration.program.statements if isinstance(s, Cpu)]


def _entries(world: World) -> Iterator[tuple[tuple[bool, int, int], Entry]]:
    for at, area in enumerate(world.areas):
        for page, entry in enumerate(area.entries):
            yield (False, at, page), entry
    for at, file in enumerate(world.files):
        for page, entry in enumerate(file.cache):
            yield (True, at, page), entry


def _differing(finals: list[FinalState]) -> list[tuple[bool, int, int]]:
    """Give the places whose data is not the same in all final states that have some there."""
    data: dict[tuple[bool, int, int], set[int | None]] = {}
    for final in finals:
        for place, entry in _entries(final.world):
            byte = byte_of(final.world, entry)
            if byte is not None:
                data.setdefault(place, set()).add(byte)
    return [place for place, bytes_ in data.items() if len(bytes_) > 1]


def _data_text(world: World, place: tuple[bool, int, int]) -> str:
    in_file, at, page = place
    held: Any = world.files[at] if in_file else world.areas[at]
    entries: tuple[Entry, ...] = held.cache if in_file else held.entries
    byte = byte_of(world, entries[page]) if page < len(entries) else None
    return f"{held.name}[{page}] {'-' if byte is None else byte}"


def _verdict(
    exploration: Exploration, verdict: AssertionVerdict, lines_of: dict[Schedule, int]
) -> Iterator[str]:
    """Write an assertion, whether it holds, and an interleaving that shows it."""
    statement = verdict.statement
    total = how_many(len(exploration.finals), "final state")
    fails = len(exploration.finals) - verdict.holding
    decides = verdict.ok is (statement.quantifier == "sometimes")
    said = f"holds in {verdict.holding:,} of {total}"
    if verdict.ok is None:
        said = f"not decided: {said} so far"
    elif not verdict.ok:
        said = f"FAILS in {fails:,} of {total}" if decides else f"FAILS: it {said}"
    shown = decides and verdict.schedule is not None
    said += "; a shortest order:" if shown and verdict.schedule not in lines_of else ""
    text = f"line {statement.line}: {shown_statement(statement)}"
    yield from wrapped(f"{text}   {said}", hang=4)
    if not shown or verdict.schedule is None:
        return
    if verdict.schedule in lines_of:
        yield f"  as seen under line {lines_of[verdict.schedule]}"
        return
    lines_of[verdict.schedule] = statement.line
    yield ""
    yield format_ladder(exploration.run(verdict.schedule), reasons=True)


def _dead(exploration: Exploration, waiting: tuple[tuple[int, str], ...]) -> list[str]:
    if not waiting:
        return ["DEADLOCK: what stands above the CPUs waits for ever"]
    if waiting[0][0] < 0:
        return [f"DEADLOCK: below the CPUs, {waiting[0][1]} waits for ever; the way there:"]
    waits = ", ".join(f"CPU{cpu} in {action}" for cpu, action in waiting)
    return wrapped(f"DEADLOCK: every CPU that is not done waits: {waits}", hang=4)


def exploration_json(
    exploration: Exploration, name: str, most: int | None = None
) -> dict[str, Any]:
    """Give the results as plain values.

    Args:
        exploration: The exploration.
        name: The scenario's name.
        most: The most final states and deadlocks that are given; None: all of them.
    """
    return {
        "name": name,
        "kernel": exploration.kernel.name,
        "ok": exploration.ok if exploration.decided else None,
        "complete": exploration.complete,
        "states": exploration.states,
        "steps": exploration.moves,
        "interleavings": exploration.interleavings if exploration.complete else None,
        "reduced": exploration.reduced,
        "whole_table": exploration.whole_table,
        "finals": [
            {
                "interleavings": final.count or None,
                "ptes": {a.name: [str(e.kind) for e in a.entries] for a in final.world.areas},
                "cache": {f.name: [str(e.kind) for e in f.cache] for f in final.world.files},
                "data": {
                    **{a.name: _data(final.world, a.entries) for a in final.world.areas},
                    **{f.name: _data(final.world, f.cache) for f in final.world.files},
                },
                "size": {f.name: f.size for f in final.world.files},
                **rss_json(final.world),
                "results": {
                    f"CPU{cpu}": list(results)
                    for cpu, results in zip(_numbers(exploration), final.results, strict=True)
                },
                "holds": list(final.holds),
                "schedule": list(final.schedule),
            }
            for final in exploration.finals[:most]
        ],
        "assertions": [
            {
                "line": v.statement.line,
                "text": format_statement(v.statement),
                "written": shown_statement(v.statement),
                "quantifier": v.statement.quantifier,
                "ok": v.ok,
                "final_states": v.holding,
                "schedule": None if v.schedule is None else list(v.schedule),
            }
            for v in exploration.verdicts
        ],
        "deadlocks": [list(dead.schedule) for dead in exploration.deadlocks[:most]],
        "observation": observation(exploration, name),
    }


def _data(world: World, entries: tuple[Entry, ...]) -> list[int | None]:
    return [byte_of(world, entry) for entry in entries]
