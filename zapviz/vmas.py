"""Splitting and merging VMAs, as mmap_lock holders do when attributes change."""

from __future__ import annotations

from collections.abc import Callable

from zapviz.entries import UNMAPPED
from zapviz.world import Area, Vma

__all__ = ["changed", "holed", "pieces"]


def pieces(area: Area, first: int, end: int) -> list[tuple[Vma, int, int]]:
    """The VMAs that a range of pages touches, each with its part of the range.

    Detached ones are not found: munmap has taken them out of the process."""
    return [
        (vma, max(vma.first, first), min(vma.end, end))
        for vma in area.vmas
        if vma.first < end and first < vma.end and not vma.detached
    ]


def holed(area: Area, first: int, end: int) -> bool:
    """Whether some page of a range is covered by no VMA."""
    return sum(stop - start for _, start, stop in pieces(area, first, end)) < end - first


def changed(area: Area, first: int, end: int, change: Callable[[Vma], Vma | None]) -> Area:
    """The area with its VMAs in a range split off and changed; None unmaps them.

    Neighbours that end up alike are merged, as vma_merge() does; entries of unmapped
    pages become ``unmapped``."""
    parts: list[Vma] = []
    entries = area.entries
    for vma in area.vmas:
        start, stop = max(vma.first, first), min(vma.end, end)
        if start >= stop:
            parts.append(vma)
            continue
        if vma.first < start:
            parts.append(vma._replace(end=start))
        new = change(vma._replace(first=start, end=stop))
        if new is None:
            entries = entries[:start] + (UNMAPPED,) * (stop - start) + entries[stop:]
        else:
            parts.append(new)
        if stop < vma.end:
            parts.append(vma._replace(first=stop))
    merged: list[Vma] = []
    for vma in parts:
        if merged and merged[-1].end == vma.first and merged[-1][2:] == vma[2:]:
            merged[-1] = merged[-1]._replace(end=vma.end)
        else:
            merged.append(vma)
    table = area.table and bool(merged)  # free_pgtables(): the last VMA takes it along
    return area._replace(vmas=tuple(merged), entries=entries, table=table)
