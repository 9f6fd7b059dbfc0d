"""Races of a few steps, explored in full and reduced: the same ends, the same verdicts."""

from __future__ import annotations

from random import Random
from typing import Any

from dealing import dense, ends

from fuzz.kind import Kind, Wrong
from zapviz.errors import ZapvizError
from zapviz.kernels.known import KERNELS
from zapviz.kernels.known import kernel as find_kernel
from zapviz.races.search import search_orders
from zapviz.scenario.generate import random_pair, random_program
from zapviz.scenario.text import format_scenario, parse_scenario

__all__ = ["RACES"]

_MOST = 600  # states of a race that is compared


def _make(rng: Random) -> Any:
    how = rng.randrange(8)
    if how < 6:
        above, pages, forks = rng.choice((1, 2)), rng.choice((1, 1, 2)), rng.randrange(4) == 0
        real_only = how < 2
        made = random_pair(rng, pages=pages, above=above, body=1, real_only=real_only, forks=forks)
    elif how < 7:
        made = dense(rng, 2, 1)
    else:
        made = random_program(rng, pages=2, statements=9, cpus=True, asserts=True)
    return {
        "text": format_scenario(made),
        "kernel": rng.choice(list(KERNELS)),
        "whole_table": rng.randrange(3) == 0,
    }


def _check(given: Any) -> str:
    try:
        program = parse_scenario(given["text"])
        kernel, whole_table = find_kernel(given["kernel"]), given["whole_table"] is True
        full = search_orders(program, kernel, max_states=_MOST, whole_table=whole_table)
        if not full.complete:
            return "too large"
        less = search_orders(program, kernel, reduced=True, whole_table=whole_table)
    except ZapvizError:
        return "no race"
    for found in (full, less):
        if found.broken:
            raise Wrong(f"an invariant is broken: {found.broken[0][0]}")
    if ends(full) != ends(less):
        raise Wrong(f"{len(full.finals)} ends in full, {len(less.finals)} reduced, or others")
    if [one.ok for one in full.verdicts] != [one.ok for one in less.verdicts]:
        raise Wrong("the reduced exploration comes to other verdicts")
    if less.states > full.states:
        raise Wrong("the reduced exploration has more states")
    return "compared"


RACES = Kind("races", "races: in full and reduced the same final states and verdicts",
             _make, _check, 3)  # fmt: skip
