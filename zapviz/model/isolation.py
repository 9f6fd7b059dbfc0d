"""Isolation: taking a page off the LRU while migration or reclaim works on it."""

from __future__ import annotations

from typing import Final

from zapviz.model.steps import PLAIN, Rule, Step
from zapviz.model.world import World

__all__ = ["isolation"]

ISOLATES: Final = Rule(
    "isolates",
    "The page is taken off the LRU, with a reference: it lives on, and nobody else takes it.",
    "folio_isolate_lru",
)


def isolation(before: World, after: World, page: str) -> Step | None:
    """Give the step of a move that only isolates a page; None for another move.

    Args:
        before: The state before the move.
        after: The state after it.
        page: The page in words.
    """
    if after.folios is before.folios:
        return None
    return Step("lock", after, PLAIN, ISOLATES, title=f"isolate {page}")
