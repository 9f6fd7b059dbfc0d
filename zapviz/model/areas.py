"""Mappings and their VMAs: looking up, splitting and merging them, as mmap_lock holders do."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from zapviz.model.entries import UNMAPPED, Entry

__all__ = [
    "Area",
    "Vma",
    "changed",
    "has_anon_vma",
    "holed",
    "pieces",
    "with_anon_vma",
]


def pieces(area: Area, first: int, end: int) -> list[tuple[Vma, int, int]]:
    """Give the VMAs that a range of pages touches, each with its part of the range.

    Detached VMAs are left out, since munmap has taken them out of the process.
    """
    return [
        (vma, max(vma.first, first), min(vma.end, end))
        for vma in area.vmas
        if vma.first < end and first < vma.end and not vma.detached
    ]


def holed(area: Area, first: int, end: int) -> bool:
    """Tell whether some page of a range is covered by no VMA."""
    return sum(stop - start for _, start, stop in pieces(area, first, end)) < end - first


def changed(area: Area, first: int, end: int, change: Callable[[Vma], Vma | None]) -> Area:
    """Split the VMAs in a range off and change them; None as a change unmaps them.

    Neighbours that become alike are merged, as vma_merge() does; entries of unmapped pages become
    ``unmapped``.
    """
    parts: list[Vma] = []
    entries = area.entries
    if area.anon:  # a part of a VMA with an anon_vma has one, too
        area = area._replace(anon=sum(_bits(vma) for vma in area.vmas if area.anon & _bits(vma)))
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
            if area.anon:
                area = area._replace(anon=area.anon & ~_bits(vma._replace(first=start, end=stop)))
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
    area = area._replace(vmas=tuple(merged), entries=entries)
    return area if merged else area._replace(table=False)  # free_pgtables(), with the last VMA


def has_anon_vma(area: Area, vma: Vma) -> bool:
    """Tell whether a VMA has an anon_vma, as one has from its first private page on.

    It is known only where some process forks. A guard counts as one: it gives a VMA one, or, as on
    7.3, a flag that fork asks for besides (VM_COPY_ON_FORK).
    """
    return bool(area.anon & _bits(vma))


def with_anon_vma(area: Area, page: int) -> Area:
    """anon_vma_prepare(): give the VMA of a page an anon_vma, unless it has one."""
    vma = area.vma_behind(page)
    if area.anon >> page & 1 or vma is None:
        return area
    return area._replace(anon=area.anon | _bits(vma))


def _bits(vma: Vma) -> int:
    """Give the pages of a VMA, a bit each."""
    return (1 << vma.end) - (1 << vma.first)


class Vma(NamedTuple):
    """A run of pages of a mapping with the same attributes."""

    first: int  # the first page, counted in the mapping
    end: int  # the first page after it
    file: int = -1  # index of the file; -1: anonymous memory
    offset: int = 0  # the page of the file under page 0 of the mapping
    shared: bool = False
    locked: bool = False  # VM_LOCKED
    uffd_wp: bool = False  # registered with userfaultfd for write protection
    readable: bool = True
    writable: bool = True
    # munmap has taken it out of the process: no fault or system call finds it any more,
    # but it still is in its file's tree, and what its entries hold is yet to be zapped.
    detached: bool = False
    dontfork: bool = False  # VM_DONTCOPY: a child does not get it
    wipeonfork: bool = False  # VM_WIPEONFORK: a child gets it empty
    droppable: bool = False  # VM_DROPPABLE: its pages are never swap-backed, nor locked

    @property
    def anonymous(self) -> bool:
        """vma_is_anonymous(): no file behind it."""
        return self.file < 0


class Area(NamedTuple):
    """A named mapping of the scenario: its entries, and the remaining VMAs."""

    name: str
    entries: tuple[Entry, ...]
    vmas: tuple[Vma, ...]
    column: int  # the file page under its page 0, for drawing
    table: bool = False  # whether there is a page table, as there is once an entry was set
    process: int = 0  # whose it is
    source: int = -1  # the mapping that fork has made it of
    # The pages whose VMA has an anon_vma, a bit each, where some process forks: fork copies the
    # entries of such a VMA.
    anon: int = 0

    def vma_at(self, page: int) -> Vma | None:
        """find_vma(): give the VMA that covers a page, or None where nothing is mapped."""
        vma = self.vma_behind(page)
        return None if vma is None or vma.detached else vma

    def vma_behind(self, page: int) -> Vma | None:
        """Give the VMA that a page's entry belongs to, even one that is being unmapped."""
        for vma in self.vmas:
            if vma.first <= page < vma.end:
                return vma
        return None
