"""Reclaim on demand: MADV_PAGEOUT and MADV_FREE.

Models madvise_cold_or_pageout_pte_range(), madvise_free_pte_range() (mm/madvise.c),
shrink_folio_list() (mm/vmscan.c) and try_to_unmap() (mm/rmap.c) for pages that one
madvise call names.  Background reclaim is left out: nothing goes unless asked.
"""

from __future__ import annotations

from typing import Final

from zapviz.entries import NONE, UFFD_WP_MARKER, Bit, Entry, Kind
from zapviz.steps import Actor, Move, Pass, Place, Rule, Step
from zapviz.world import (
    ANONPAGES,
    SWAPENTS,
    FolioFlag,
    Slot,
    World,
    counted,
    counter_of,
    mapped,
    placed,
    with_cache,
    with_entry,
    with_folio,
)
from zapviz.zap import without_entry

__all__ = ["free_range", "pageout_range"]

SWAPS_OUT: Final = Rule(
    "swap-out",
    "A private page goes to a swap slot of its own; the entry remembers the slot.",
    "try_to_unmap_one",
)
DISCARDS: Final = Rule(
    "lazyfree-discard",
    "MADV_FREE gave this page up and nobody wrote to it since: it is dropped.",
    "try_to_unmap_one",
)
REDEEMS: Final = Rule(
    "lazyfree-redeemed",
    "MADV_FREE gave this page up, but it was written again: it stays and counts anew.",
    "try_to_unmap_one",
)
SHMEM_OUT: Final = Rule(
    "shmem-swap-out",
    "A page of shmem is swapped out in the page cache; the mapping's entry is simply cleared.",
    "shmem_writeout",
)
SHMEM_DROPPED: Final = Rule(
    "shmem-clean",
    "A page of shmem that was never written holds only zeros: it is dropped without swap.",
    "shrink_folio_list",
)
FILE_DROPPED: Final = Rule(
    "file-clean",
    "A clean page of a disk file can be read again: entry and page-cache page go.",
    "shrink_folio_list",
)
FILE_DIRTY: Final = Rule(
    "file-dirty",
    "A dirty page of a disk file is unmapped and left for writeback; it stays in the page cache.",
    "shrink_folio_list",
)
SHARED_KEPT: Final = Rule(
    "mapped-elsewhere",
    "Another mapping holds this page too, and MADV_PAGEOUT does not interfere with others.",
    "madvise_cold_or_pageout_pte_range",
)
LAZY: Final = Rule(
    "lazyfree",
    "The page is marked as given up: it stays until reclaim comes, or until it is written.",
    "madvise_free_pte_range",
)
SWAP_FREED: Final = Rule(
    "free-swap",
    "What was swapped out is given up at once: entry and slot are freed.",
    "madvise_free_pte_range",
)
POISON_FREED: Final = Rule(
    "free-poison", "The note of broken memory is given up too.", "madvise_free_pte_range"
)


def pageout_range(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: reclaim the present pages of a range, one a step."""
    entries = world.areas[area].entries
    while page < end and entries[page].kind not in (Kind.FILE, Kind.ANON):
        page += 1
    if page >= end:
        return Move(world)
    before = entries[page]
    world, rule, verdict = _reclaimed(world, area, page, before)
    after = world.areas[area].entries[page]
    place = Place(False, area, page)
    step = Step("reclaim", world, part, rule, place, before, after, verdict, "", actor.cpu)
    page += 1
    return Move(world, ((pageout_range, area, page, end, part),) if page < end else (), step)


def _reclaimed(world: World, area: int, page: int, entry: Entry) -> tuple[World, Rule, str]:
    folio = world.folios[entry.folio]
    assert folio is not None
    if folio.mapcount != 1:
        return world, SHARED_KEPT, "kept"
    dirty = bool(entry.bits & Bit.DIRTY or folio.flags & FolioFlag.DIRTY)
    if folio.file < 0:
        if folio.flags & FolioFlag.LAZYFREE:
            if not dirty:
                return without_entry(world, area, page, entry, NONE), DISCARDS, "changed"
            kept = folio._replace(flags=folio.flags & ~FolioFlag.LAZYFREE)
            return with_folio(world, entry.folio, kept), REDEEMS, "kept"
        slot, slots = placed(world.slots, Slot(1, folio.data))
        out = Entry(Kind.SWAP, -1, slot, entry.bits & Bit.UFFD_WP)
        world = with_entry(world, area, page, out)
        rss = counted(counted(world.rss, ANONPAGES, -1), SWAPENTS, 1)
        world = mapped(world._replace(slots=slots, rss=rss), entry.folio, -1)
        return world, SWAPS_OUT, "changed"
    left = UFFD_WP_MARKER if entry.bits & Bit.UFFD_WP else NONE
    file, index = folio.file, folio.page
    if not world.files[file].shmem:
        if dirty:
            flags = folio.flags | FolioFlag.DIRTY | FolioFlag.RECLAIM
            world = with_folio(world, entry.folio, folio._replace(flags=flags))
            return without_entry(world, area, page, entry, left), FILE_DIRTY, "changed"
        rule, cache = FILE_DROPPED, NONE
    elif dirty:
        slot, slots = placed(world.slots, Slot(1, folio.data))
        world = world._replace(slots=slots)
        rule, cache = SHMEM_OUT, Entry(Kind.SWAP, -1, slot)
    else:
        rule, cache = SHMEM_DROPPED, NONE
    counter = counter_of(world, folio)
    world = with_cache(with_entry(world, area, page, left), file, index, cache)
    world = with_folio(world, entry.folio, None)
    return world._replace(rss=counted(world.rss, counter, -1)), rule, "changed"


def free_range(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: MADV_FREE the entries of a range, one a step."""
    poison = actor.kernel.free_drops_poison
    freed = (Kind.SWAP, Kind.HWPOISON, Kind.POISON_MARKER) if poison else (Kind.SWAP,)
    entries = world.areas[area].entries
    while page < end and entries[page].kind is not Kind.ANON and entries[page].kind not in freed:
        page += 1
    if page >= end:
        return Move(world)
    before = entries[page]
    verdict = "changed"
    if before.kind is Kind.ANON:
        folio = world.folios[before.folio]
        assert folio is not None
        flags = (folio.flags | FolioFlag.LAZYFREE) & ~FolioFlag.DIRTY
        world = with_folio(world, before.folio, folio._replace(flags=flags))
        bits = before.bits & ~(Bit.DIRTY | Bit.YOUNG)
        world = with_entry(world, area, page, before._replace(bits=bits))
        rule, verdict = LAZY, "kept"
    else:
        world = without_entry(world, area, page, before, NONE)
        rule = SWAP_FREED if before.kind is Kind.SWAP else POISON_FREED
    after = world.areas[area].entries[page]
    place = Place(False, area, page)
    step = Step("reclaim", world, part, rule, place, before, after, verdict, "", actor.cpu)
    page += 1
    return Move(world, ((free_range, area, page, end, part),) if page < end else (), step)
