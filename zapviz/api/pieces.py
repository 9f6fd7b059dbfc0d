"""The pieces of work that the Python behind pages has begun for them and not ended.

A page asks for something; what takes longer than a slice is kept here, goes on when the page asks
again, and so leaves time for the other requests in between. Few are kept: one that nobody asks on
is dropped for a newer one, or after a minute.

>>> from zapviz.work import Steps
>>> def count(most: int) -> Steps[Answer]:
...     for n in range(most):
...         if (yield f"{n} of {most}"):
...             break
...     return {"counted": n}
>>> pieces = Pieces(seconds=0.0)
>>> pieces.begin(count(9))
{'going_on': '1', 'progress': '0 of 9'}
>>> pieces.go_on("1")
{'going_on': '1', 'progress': '1 of 9'}
>>> pieces.go_on("1", stop=True)
{'counted': 1}
>>> pieces.go_on("1")["error"].partition(":")[0]
'this work is no longer kept'
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from zapviz.work import Steps, Work

__all__ = ["IDLE", "KEPT", "SLICE", "Answer", "Pieces"]

Answer: TypeAlias = dict[str, Any]

SLICE: Final = 0.3
"""Seconds for which a piece of work goes on before others are answered."""

KEPT: Final = 3
"""Most pieces of work that are kept: an unfinished exploration can hold 200 MB."""

IDLE: Final = 60.0
"""Seconds after which a piece of work is dropped that nobody asks on."""

_GONE: Final = (
    f"this work is no longer kept: only {KEPT} pieces are, and none that nobody asked on for "
    f"{IDLE:.0f} s; ask anew"
)


class Pieces:
    """Pieces of work that were begun and are not done, by their ids."""

    def __init__(self, seconds: float = SLICE, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without any.

        Args:
            seconds: For how long a piece goes on at a time.
            clock: Tells the time in seconds.
        """
        self._seconds = seconds
        self._clock = clock
        self._count = 0
        self._kept: dict[str, tuple[Work[Answer], float]] = {}  # and when each went on last

    def begin(self, steps: Steps[Answer]) -> Answer:
        """Begin a piece of work; give its answer, or how far it has come and the id to go on with.

        Raises:
            Exception: What went wrong in it.
        """
        self._count += 1
        return self._advance(str(self._count), Work(steps, self._clock))

    def go_on(self, piece: object, *, stop: bool = False) -> Answer:
        """Go on with a piece of work, or have it stop and give what was found so far.

        Raises:
            Exception: What went wrong in it.
        """
        self.forget()
        kept = self._kept.pop(piece, None) if isinstance(piece, str) else None
        if kept is None:
            return {"error": _GONE, "line": 0}
        work, _ = kept
        if stop:
            work.stop()
        return self._advance(str(piece), work)

    @property
    def going(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def drop(self, piece: object) -> Answer:
        """Drop a piece of work, if it is kept."""
        kept = self._kept.pop(piece, None) if isinstance(piece, str) else None
        if kept is not None:
            kept[0].close()
        return {}

    def forget(self) -> None:
        """Drop what nobody has asked on for long."""
        end = self._clock() - IDLE
        for piece in [one for one, (_, last) in self._kept.items() if last < end]:
            self.drop(piece)

    def _advance(self, piece: str, work: Work[Answer]) -> Answer:
        if work.go_on(self._seconds):
            return work.result
        while len(self._kept) >= KEPT:
            self.drop(next(iter(self._kept)))
        self._kept[piece] = (work, self._clock())  # the latest last
        return {"going_on": piece, "progress": work.progress}
