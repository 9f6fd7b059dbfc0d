"""What must hold in every state, and what must hold between statements.

A violation is a bug of the model or, on the kernels before the fix, the bug that the model is there
to show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import assert_never

from zapviz.model.entries import Bit, Entry, Kind
from zapviz.model.steps import ELSEWHERE
from zapviz.model.world import SWAPENTS, FolioFlag, Lock, World, counter_of

__all__ = ["beyond_end", "violations"]


def violations(world: World, resting: bool = True) -> Iterator[str]:
    """List every broken invariant of a state, a sentence each.

    Args:
        world: The state.
        resting: Whether no system call is under way; some invariants hold only then.
    """
    maps, slots = Counter[int](), Counter[int]()
    counters = [[0, 0, 0, 0] for _ in world.processes]
    for area in world.areas:
        rss = counters[area.process]
        for page, entry in enumerate(area.entries):
            where = f"{area.name}[{page}]"
            if entry.kind is Kind.SWAP:
                rss[SWAPENTS] += 1
                slots[entry.slot] += 1
                if entry.folio >= 0:
                    yield f"{where} is a swap entry and names folio {entry.folio}"
            private = _private(entry)
            if private is not None:
                if entry.kind is not Kind.MIGRATION:  # its rmap was removed when migration began
                    maps[entry.folio] += 1
                folio = world.folios[entry.folio] if entry.folio < len(world.folios) else None
                if folio is None:
                    yield f"{where} maps folio {entry.folio}, which is free"
                    continue
                rss[counter_of(world, folio)] += 1
                if private != folio.anon:
                    yield f"{where} is {entry.kind} but its folio is of the other sort"
                if resting and entry.kind is Kind.FILE and not folio.flags & FolioFlag.CACHED:
                    yield f"{where} maps folio {entry.folio}, which left the page cache"
            if (entry.kind is Kind.UNMAPPED) != (area.vma_behind(page) is None):
                yield f"{where} is {entry.kind}, at odds with its VMAs"
    for process, found in zip(world.processes, counters, strict=True):
        if tuple(found) != process.rss:
            whose = f" of {process.name}" if process.name else ""
            yield f"the rss counters{whose} say {process.rss}, the entries {tuple(found)}"
    for at, file in enumerate(world.files):
        for page, entry in enumerate(file.cache):
            if entry.slot >= 0:
                slots[entry.slot] += 1
            if entry.folio >= 0:
                folio = world.folios[entry.folio]
                if folio is None or (folio.file, folio.page) != (at, page):
                    yield f"the page cache of {file.name} holds a wrong folio at {page}"
                elif not folio.flags & FolioFlag.CACHED:
                    yield f"folio {entry.folio} does not know that it is cached"
            if resting and page >= file.pages and (entry.folio >= 0 or entry.slot >= 0):
                yield f"the page cache of {file.name} holds page {page}, beyond its end"
    for index, slot in enumerate(world.slots):
        if (slot.holders if slot else 0) != slots[index]:
            yield f"swap slot {index} counts {slot and slot.holders}, held {slots[index]} times"
    yield from _astray(world, resting)
    for index, folio in enumerate(world.folios):
        if folio is not None and folio.mapcount != maps[index]:
            yield f"folio {index} has mapcount {folio.mapcount}, mapped {maps[index]} times"
    if resting:
        for index, folio in enumerate(world.folios):
            if folio is None or folio.flags & FolioFlag.REFERENCE_LOST:
                continue
            if folio.references:
                yield f"somebody still holds folio {index}"
        for lock in world.locks:
            if lock.cpu != ELSEWHERE or not _is_moving(world, lock):
                yield f"{lock.kind} is still held"


def _astray(world: World, resting: bool) -> Iterator[str]:
    """Give what is wrong between slots and the folios that are their pages in the swap cache."""
    named = [slot.folio for slot in world.slots if slot and slot.folio >= 0]
    for index, folio in enumerate(world.folios):
        cached = folio is not None and bool(folio.flags & FolioFlag.SWAPCACHE)
        if named.count(index) != cached:
            yield f"folio {index} is the page of {named.count(index)} swap slots"
    for number, slot in enumerate(world.slots):
        folio = world.folios[slot.folio] if slot and slot.folio >= 0 else None
        if slot and not slot.holders and not (folio and (folio.mapcount or not resting)):
            yield f"swap slot {number} is kept for nobody"


def _is_moving(world: World, lock: Lock) -> bool:
    """Tell whether a lock is that of a folio under migration, which no CPU need hold."""
    folio = world.folios[lock.of] if lock.kind == "folio lock" else None
    return folio is not None and bool(folio.flags & FolioFlag.MOVING)


def _private(entry: Entry) -> bool | None:
    """Tell whether an entry stands for a private page or for a page of a file; None: for neither.

    An entry that stands for a page counts in rss, and keeps the page's folio.
    """
    kind = entry.kind
    match kind:
        case Kind.FILE:
            return False
        case Kind.ANON | Kind.DEVICE_PRIVATE | Kind.DEVICE_EXCLUSIVE:
            return True
        case Kind.MIGRATION:
            return bool(entry.bits & Bit.ANON)
        case Kind.NONE | Kind.UNMAPPED | Kind.ZERO | Kind.SWAP | Kind.HWPOISON:
            return None
        case Kind.UFFD_WP_MARKER | Kind.POISON_MARKER | Kind.GUARD_MARKER:
            return None
        case _:
            assert_never(kind)


def beyond_end(world: World) -> Iterator[str]:
    """Give the entries beyond the end of their file that truncate should have taken."""
    for area in world.areas:
        for vma in area.vmas:
            if vma.file < 0:
                continue
            file = world.files[vma.file]
            for page in range(max(vma.first, file.pages - vma.offset), vma.end):
                kind = area.entries[page].kind
                if not _may_stand_beyond(kind):
                    yield f"{area.name}[{page}] is {kind}, beyond the end of {file.name}"


def _may_stand_beyond(kind: Kind) -> bool:
    """Tell whether truncate may leave such an entry beyond the end of its file."""
    match kind:
        case Kind.NONE | Kind.UNMAPPED | Kind.GUARD_MARKER | Kind.UFFD_WP_MARKER:
            return True
        case Kind.FILE | Kind.ANON | Kind.ZERO | Kind.SWAP | Kind.MIGRATION | Kind.HWPOISON:
            return False
        case Kind.DEVICE_PRIVATE | Kind.DEVICE_EXCLUSIVE | Kind.POISON_MARKER:
            return False
        case _:
            assert_never(kind)
