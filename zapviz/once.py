"""Answers that are worked out once for each object, and kept as long as the object lives."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

__all__ = ["once"]

Given = TypeVar("Given")
Answer = TypeVar("Answer")


def once(make: Callable[[Given], Answer]) -> Callable[[Given], Answer]:
    """Let a function of one object work its answer out once for each."""
    answers: WeakKeyDictionary[Given, Answer] = WeakKeyDictionary()

    @wraps(make)
    def kept(given: Given) -> Answer:
        if given not in answers:
            answers[given] = make(given)
        return answers[given]

    return kept
