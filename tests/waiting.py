"""Waiting for what a test asserts: a page, a process or a file comes to it in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["PATIENCE", "eventually"]

Read = TypeVar("Read")

PATIENCE = 60.0
"""Seconds to wait on a machine that is busy with other things; only a failure takes them all."""


def eventually(read: Callable[[], Read], wanted: Read) -> None:
    """Read again and again until what is read is what is wanted.

    What a page asks of Python is answered only within a call to the page, so ``read``
    makes one where that matters.
    """
    end = time.monotonic() + PATIENCE
    while (found := read()) != wanted and time.monotonic() < end:
        time.sleep(0.02)
    assert found == wanted
