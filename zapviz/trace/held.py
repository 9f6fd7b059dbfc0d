"""The locks that were held while a step happened, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zapviz.model.locks import lock_name
from zapviz.model.steps import Step
from zapviz.model.world import Folio, Lock, World

__all__ = ["locks_in_words", "own_locks"]


def locks_in_words(step: Step, before: World) -> list[str]:
    """Name the locks held while a step happened, one text each; folios that were tried share one.

    Args:
        step: The step.
        before: The world before the step; it still has a folio that the step freed.
    """
    words: list[str] = []
    held = step.held
    tried = [lock for lock in held if lock.tried]
    for lock in held:
        if lock.tried:
            lock_words = _tried_in_words(step, before, tried) if lock is tried[0] else ""
        elif lock.kind == "folio lock":
            lock_words = f"folio lock of {_page(step, before, lock)}{_holder(step, lock)}"
            if lock_words in words:  # a folio, and the folio that it moves to
                lock_words = lock_words.replace(" of ", " of the new folio of ", 1)
        elif lock.kind == "page table lock" and step.part.chain == "fork":  # of both processes
            name = step.world.areas[lock.of].name
            lock_words = f"page table lock of {name}{_holder(step, lock)}"
        else:
            lock_words = f"{lock_name(step.world, lock)}{_holder(step, lock)}"
        if lock_words:
            words.append(lock_words)
    return words


def own_locks(step: Mapping[str, Any]) -> list[str]:
    """Give the locks that the CPU of a step holds after it, without page tables' locks.

    Args:
        step: The step as it stands in a record.
    """
    return [lock for lock in step["locks"] if ", held by " not in lock and "page table" not in lock]


def _holder(step: Step, lock: Lock) -> str:
    """Name the holder of a lock, where it is not the CPU that acts."""
    if lock.cpu == step.cpu or lock in step.under:
        return ""
    return f", held by {'the migration' if lock.cpu < 0 else f'CPU{lock.cpu}'}"


def _page(step: Step, before: World, lock: Lock) -> str:
    """Name the page that a locked folio belongs to, as the scenario language writes it."""
    folio = _folio(step, before, lock)
    if folio is None:
        return "a freed folio"
    named = step.world.areas[folio.area] if folio.file < 0 else step.world.files[folio.file]
    return f"{named.name}[{folio.page}]"


def _folio(step: Step, before: World, lock: Lock) -> Folio | None:
    """Give a locked folio: as it is after the step if it is still locked, else as it was before."""
    worlds = (step.world,) if lock in step.world.locks else (before, step.world)
    for world in worlds:
        folio = world.folios[lock.of] if lock.of < len(world.folios) else None
        if folio is not None:
            return folio
    return None


def _tried_in_words(step: Step, before: World, locks: Sequence[Lock]) -> str:
    """Name the locks of a file's folios that were tried one after the other."""
    folios = [folio for lock in locks if (folio := _folio(step, before, lock)) is not None]
    name, pages = step.world.files[folios[0].file].name, [folio.page for folio in folios]
    first, end = pages[0], pages[-1] + 1
    if len(pages) == 1:
        return f"folio lock of {name}[{first}] (tried)"
    if end - first == len(pages):
        return f"folio lock of {name}[{first}:{end}] (each tried in turn)"
    which = " and ".join(f"{name}[{page}]" for page in pages)
    return f"folio lock of {which} (each tried in turn)"
