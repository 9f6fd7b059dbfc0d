"""Work that can be long, done in slices: it says how far it has come, and can be told to stop.

A piece of work is a generator. It yields how far it has come, in words; what it is sent says
whether it is to stop; what it returns is the result, of a piece that was stopped what was found so
far. Between two slices whoever has it does other things: no thread is needed.

>>> def count(most: int) -> Steps[int]:
...     for n in range(most):
...         if (yield f"{n} of {most}"):
...             return n
...     return most
>>> whole(count(3))
3
>>> work = Work(count(1000))
>>> work.go_on(0.0), work.progress
(False, '0 of 1000')
>>> work.stop()
>>> work.go_on(0.0), work.result
(True, 0)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from inspect import GEN_CLOSED, getgeneratorstate
from typing import Generic, TypeAlias, TypeVar

from zapviz.collecting import collecting_later
from zapviz.errors import ZapvizError

__all__ = ["Steps", "Stopped", "Work", "part", "whole"]

T = TypeVar("T")

Steps: TypeAlias = Generator[str, bool | None, T]
"""A piece of work: yields how far it has come, is sent whether to stop, returns the result."""


class Stopped(ZapvizError):
    """Work that was told to stop, and of which nothing can be had before it is done."""


def whole(steps: Steps[T]) -> T:
    """Do a piece of work in one go.

    A Ctrl-C is the work's own, also where it comes between two of its steps: it may give what was
    found so far.
    """
    interrupt: KeyboardInterrupt | None = None
    while True:
        try:
            if interrupt is None:
                next(steps)
            else:
                raised, interrupt = interrupt, None
                steps.throw(raised)
        except StopIteration as end:
            result: T = end.value
            return result
        except KeyboardInterrupt as error:
            if getgeneratorstate(steps) == GEN_CLOSED:
                raise
            interrupt = error


def part(words: str, steps: Steps[T]) -> Steps[T]:
    """Do a piece of work as a part of another one, which is named before its progress.

    >>> next(part("the first half", (one for one in ["1 of 3"])))
    'the first half: 1 of 3'
    """
    stop: bool | None = None
    while True:
        try:
            progress = steps.send(stop)
        except StopIteration as end:
            result: T = end.value
            return result
        stop = yield f"{words}: {progress}"


class Work(Generic[T]):
    """A piece of work that goes on when it is told to."""

    result: T
    """What came of it; there is none before it is done."""

    def __init__(self, steps: Steps[T], clock: Callable[[], float] = time.monotonic) -> None:
        """Begin nothing yet.

        Args:
            steps: What is to be done.
            clock: Tells the time in seconds.
        """
        self._steps = steps
        self._clock = clock
        self._stop = False
        self._begun = False
        self.progress = ""
        """How far it has come, in words."""

    def stop(self) -> None:
        """Have it come to its end the next time that it goes on."""
        self._stop = True

    def go_on(self, seconds: float) -> bool:
        """Work for about so long, at least one step; tell whether it is done.

        Raises:
            Exception: What went wrong in it; it is over then.
        """
        end = self._clock() + seconds
        with collecting_later():
            try:
                while True:
                    self.progress = self._steps.send(self._stop if self._begun else None)
                    self._begun = True
                    if self._clock() >= end:
                        return False
            except StopIteration as done:
                self.result = done.value
                return True

    def close(self) -> None:
        """Drop it: what it held is free again."""
        self._steps.close()
