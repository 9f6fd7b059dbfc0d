"""Answers that are computed once for each object, and kept as long as the object lives."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

__all__ = ["once"]

Owner = TypeVar("Owner")
Made = TypeVar("Made")


def once(make: Callable[[Owner], Made]) -> Callable[[Owner], Made]:
    """Make a function of one object compute its answer once for each object."""
    answers: WeakKeyDictionary[Owner, Made] = WeakKeyDictionary()

    @wraps(make)
    def kept(owner: Owner) -> Made:
        if owner not in answers:
            answers[owner] = make(owner)
        return answers[owner]

    return kept
