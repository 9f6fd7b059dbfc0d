"""``make fuzz``: what comes from mails, links and strangers, by the million.

A :class:`fuzz.kind.Kind` makes inputs that are nearly right, and holds what zapviz makes of each
against what it promises. :mod:`fuzz.search` takes inputs of every kind in turn, and makes what
fails smaller.
"""

from __future__ import annotations

import sys
from pathlib import Path

_TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(_TESTS), str(_TESTS / "races")]  # what makes texts and races for the tests, too

from fuzz.asks import ASKS  # noqa: E402
from fuzz.calls import CALLS  # noqa: E402
from fuzz.guests import GUESTS  # noqa: E402
from fuzz.links import LINKS  # noqa: E402
from fuzz.races import RACES  # noqa: E402
from fuzz.texts import MAILS, TEXTS  # noqa: E402

__all__ = ["KINDS"]

KINDS = (TEXTS, LINKS, MAILS, ASKS, CALLS, RACES, GUESTS)
"""Every kind of input."""
