"""Each lock of the model, taken out on purpose, is noticed by random races.

A lock that could go without any race ending otherwise would be a lock that nobody checked. The
races are those of ``zapviz lab conform --races``, explored alone: the states of the model without
the lock are held against those of the model with it. What is noticed is a final state that the
right model excludes, or one that it has and the other lacks, an invariant that is broken, or a
model that stumbles over it. So are the references that CPUs hold on folios, each kind of holder.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any, get_args

import pytest

from zapviz.kernels.known import KERNELS
from zapviz.model import calls, direct, faults, locks, poison, references, zap
from zapviz.model.looks import looks
from zapviz.model.program import Program
from zapviz.model.world import FolioFlag, Lock, LockKind, World
from zapviz.races.search import search_orders
from zapviz.scenario.generate import random_pair
from zapviz.scenario.text import format_scenario

RACES = 5000
V618 = KERNELS["v6.18"]


def without(kind: LockKind) -> Callable[[pytest.MonkeyPatch], None]:
    """A change to the model: a lock that is never taken, so that nobody waits for it."""

    def change(patch: pytest.MonkeyPatch) -> None:
        add = locks.with_lock

        def left(world: World, lock: Lock) -> World:
            return world if lock.kind == kind else add(world, lock)

        patch.setattr(locks, "with_lock", left)
        patch.setattr(faults, "with_lock", left)

    return change


def without_note(patch: pytest.MonkeyPatch) -> None:
    """A hole punch that tells no fault to keep out: its note covers no page."""

    def empty(kind: LockKind, of: int, cpu: int, shared: bool, first: int, end: int) -> Lock:
        return Lock(kind, of, cpu, shared)

    patch.setattr(calls, "Lock", empty)


def without_isolation(patch: pytest.MonkeyPatch) -> None:
    """Pages that migration and reclaim work on, and that nobody is told of."""
    patch.setattr(FolioFlag, "MOVING", 0)


def unreferenced(module: Any) -> Callable[[pytest.MonkeyPatch], None]:
    """A change to the model: one kind of holder never counts its references."""
    return lambda patch: patch.setattr(module, "referenced", lambda world, index, change: world)


MUTATIONS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    **{
        kind: without(kind)
        for kind in (
            "i_rwsem",
            "mmap_lock",
            "VMA lock",
            "invalidate_lock",
            "folio lock",
            "i_mmap_rwsem",
        )
    },
    "shmem_falloc": without_note,
    "isolation": without_isolation,
    "references of who waits for a folio's lock": unreferenced(references),
    "references of memory failure and soft offline": unreferenced(poison),
    "references of direct I/O": unreferenced(direct),
    "references of a zap pass, until the TLB is flushed": unreferenced(zap),
}
"""The changes to the model, by the name of what is taken out."""

NEVER_WAITED_FOR = {
    "anon_vma->rwsem": "nothing in the model takes it for writing",
    "page table lock": "a step of the model is what happens under it",
    "mf_mutex": "it puts two memory failures in an order, and no entry or result hangs on which",
}
"""The locks of the model whose absence no order of steps can show, and why."""


@cache
def race(number: int) -> Program:
    """A random race: of one page or of two."""
    return random_pair(Random(f"locks/{number}"), pages=1 + number % 2, above=3)


def ends(program: Program) -> tuple[set[Any], bool]:
    """The final states of a race, and whether an invariant is broken on the way."""
    found = search_orders(program, V618, max_states=5000)
    states = {(looks(final.world), final.results) for final in found.finals if found.complete}
    return states, bool(found.broken)


@cache
def right(number: int) -> set[Any]:
    """The final states of a race in the model as it is."""
    states, broken = ends(race(number))
    assert not broken, format_scenario(race(number))
    return states


def noticed(number: int, change: Callable[[pytest.MonkeyPatch], None]) -> str:
    """What a race shows of a change, in words; "" for nothing."""
    expected = right(number)
    with pytest.MonkeyPatch.context() as patch:
        change(patch)
        try:
            states, broken = ends(race(number))
        except AssertionError:
            return "the model meets what cannot be"
    if broken:
        return "an invariant is broken"
    if not expected or not states:
        return ""
    if new := states - expected:
        return f"{len(new)} final states that the model excludes"
    lost = expected - states
    return f"{len(lost)} final states less than the model has" if lost else ""


@pytest.mark.parametrize("name", MUTATIONS)
def test_random_races_notice_a_lock_that_is_gone(name: str) -> None:
    """Without it some race ends as the model excludes, or breaks an invariant."""
    assert any(noticed(number, MUTATIONS[name]) for number in range(RACES))


@pytest.mark.parametrize("number", range(20))
def test_nothing_is_noticed_where_nothing_changed(number: int) -> None:
    """The comparison itself finds no difference."""
    assert noticed(number, lambda patch: None) == ""


def test_every_lock_is_taken_out_or_has_a_reason() -> None:
    """A lock that is new in the model comes to one of the two tables."""
    named = MUTATIONS.keys() | NEVER_WAITED_FOR.keys()
    others = {name for name in named if name.startswith("references")} | {"isolation"}
    assert named - others == set(get_args(LockKind))
