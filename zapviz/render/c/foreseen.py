"""What the model foresees of a scenario's calls, over all of its kernels together.

The kernel that a reproducer will run on is not known. So each call is run on every kernel of the
model, and the results are gathered: a call that succeeds on one of them is meant to succeed, and
memory that no kernel guards can be touched without precautions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeAlias

from zapviz.kernels.known import KERNELS, Kernel
from zapviz.model import program as p
from zapviz.model.conditions import evaluate, parts
from zapviz.model.entries import Kind
from zapviz.model.machine import BLOCKED, booted, run_statement
from zapviz.model.world import World, byte_of
from zapviz.work import Steps, Stopped

__all__ = ["Foreseen", "foreseeing"]


@dataclass
class Foreseen:
    """The results of the calls, except those that follow the start of a race's CPUs.

    A call is known by its ``id()``, since two equal calls can have different results.
    """

    results: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    paged_out: dict[int, list[p.Pages]] = field(default_factory=dict)
    """The pages that every kernel pages out in each MADV_PAGEOUT: runs of pages of its mapping, and
    of files whose pages go from the page cache to swap.
    """
    swapped_data: bool = False  # whether data() is asked of a page that is swapped out
    held: dict[int, bool] = field(default_factory=dict)
    """For each data() of a mapping, by its ``id()``, whether there is a byte when it is asked: on
    every kernel on which the results asserted before are those that came.
    """


def foreseeing(program: p.Program) -> Steps[Foreseen]:
    """Run a program on every kernel, up to the CPUs of a race, in steps: a statement at a time.

    What follows a call that never returns is foreseen for the kernels on which it does return.

    Raises:
        Stopped: It was stopped.
    """
    foreseen = Foreseen()
    left: dict[int, set[_Page]] = {}
    for kernel in KERNELS.values():
        with suppress(_NeverReturns):
            for line in _run(program, kernel, foreseen, left):
                if (yield f"foreseen on {kernel.name} up to line {line}"):
                    raise Stopped("stopped before all was foreseen, so there is no C to show")
    for call, gone in left.items():
        runs = groupby(enumerate(sorted(gone)), key=lambda pair: (pair[1][0], pair[1][1] - pair[0]))
        spans = [[page for _, page in run] for _, run in runs]
        foreseen.paged_out[call] = [
            p.Pages(span[0][0], span[0][1], span[-1][1] + 1) for span in spans
        ]
    return foreseen


class _NeverReturns(Exception):
    """A call that never returns: nothing after it is run."""


_Page: TypeAlias = tuple[str, int]  # of a mapping or a file


def _run(
    program: p.Program, kernel: Kernel, foreseen: Foreseen, left: dict[int, set[_Page]]
) -> Iterator[int]:
    world = booted(program)
    as_asserted = True  # whether results were as asserted: else the program has failed by then

    def run(statement: p.Statement) -> str:
        nonlocal world
        outcome = run_statement(kernel, world, statement)
        foreseen.results[id(statement)].add(outcome.result)
        if outcome.result == BLOCKED:
            raise _NeverReturns
        if isinstance(statement, p.Madvise) and statement.advice == "MADV_PAGEOUT":
            gone = _in_memory(world, statement.pages.name) - _in_memory(outcome.world)
            gone |= _swapped_cache(outcome.world) - _swapped_cache(world)
            left[id(statement)] = left.get(id(statement), gone) & gone
        world = outcome.world
        return outcome.result

    def asserted(part: p.ResultIs) -> str:
        nonlocal as_asserted
        result = run(part.call)
        if part in wanted and (result == part.result) == part.negated:
            as_asserted = False
        return result

    for statement in program.statements:
        yield statement.line
        if isinstance(statement, p.Cpu):
            return
        if not isinstance(statement, p.Assert):
            run(statement)
            continue
        asked = [part.pages for part in parts(statement.condition) if isinstance(part, p.DataIs)]
        before = world
        if as_asserted:
            _ask_data(kernel, world, statement.condition, foreseen)
        condition = statement.condition
        wanted = condition.parts if isinstance(condition, p.All) else (condition,)
        evaluate(lambda: world, condition, asserted)
        for pages in asked:
            if {"swap"} & {*_kinds(before, pages), *_kinds(world, pages)}:
                foreseen.swapped_data = True


def _ask_data(kernel: Kernel, world: World, condition: p.Condition, foreseen: Foreseen) -> None:
    """Find out which data() of an assertion have a byte to look at, where all before it holds."""
    for part in parts(condition):
        if isinstance(part, p.ResultIs):
            world = run_statement(kernel, world, part.call).world
        elif isinstance(part, p.DataIs):
            bytes_ = [
                byte_of(world, entry)
                for area in world.areas
                if area.name == part.pages.name
                for entry in area.entries[part.pages.first : part.pages.end]
            ]
            there = bool(bytes_) and None not in bytes_
            foreseen.held[id(part)] = foreseen.held.get(id(part), True) and there


def _kinds(world: World, pages: p.Pages) -> list[str]:
    for area in world.areas:
        if area.name == pages.name:
            return [str(entry.kind) for entry in area.entries[pages.first : pages.end]]
    return []


def _in_memory(world: World, name: str = "") -> set[_Page]:
    """Give the pages in memory of the mapping of a name, or of all mappings."""
    return {
        (area.name, page)
        for area in world.areas
        for page, entry in enumerate(area.entries)
        if name in ("", area.name) and entry.maps_folio
    }


def _swapped_cache(world: World) -> set[_Page]:
    """Give the pages that are swapped out of their file's page cache."""
    return {
        (file.name, page)
        for file in world.files
        for page, entry in enumerate(file.cache)
        if entry.kind is Kind.SWAP
    }
