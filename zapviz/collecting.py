"""Python's garbage collector, kept from looking through what is being made.

A trace of some hundred steps is tens of thousands of small values, none of which is garbage before
it is whole, and an exploration millions; a collector that starts again and again on the way takes a
third of the time.

>>> with collecting_later():
...     values = [(n,) for n in range(10)]
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collecting_later"]


@contextmanager
def collecting_later() -> Iterator[None]:
    """Collect no garbage in a block of code that makes much and drops little."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
