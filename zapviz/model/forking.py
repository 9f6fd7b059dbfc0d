"""fork(): the copy of an address space, and what it leaves to later faults.

Models dup_mmap() (kernel/fork.c, mm/mmap.c from v6.16), vma_needs_copy() and copy_page_range()
(mm/memory.c), as read in 5.10 to 7.3 and seen on them.  userfaultfd is registered without
UFFD_FEATURE_EVENT_FORK, so a child's mappings are not watched.
"""

from __future__ import annotations

from typing import Final, assert_never

from zapviz.model.actions import action
from zapviz.model.areas import Area, Vma, has_anon_vma
from zapviz.model.elements import EVERYTHING, Elements, Footprint
from zapviz.model.entries import NONE, UNMAPPED, Bit, Entry, Kind
from zapviz.model.faults import from_device
from zapviz.model.locks import page_table_lock
from zapviz.model.program import own_name
from zapviz.model.steps import Action, Actor, Move, Pass, Place, Rule, untitled
from zapviz.model.world import (
    ANONPAGES,
    SWAPENTS,
    FolioFlag,
    Process,
    World,
    counted,
    counter_of,
    mapped,
    process_named,
    replaced,
    with_entry,
    with_folio,
)

__all__ = ["fork_process"]

FORKED: Final = Rule(
    "forked",
    "The child has the same mappings; now their entries are copied, mapping by mapping.",
    "dup_mmap",
)
NOT_COPIED: Final = Rule(
    "fork-leaves",
    "No page of this mapping was ever private: nothing is copied, for faults bring in the same "
    "pages.",
    "vma_needs_copy",
)
NOT_INHERITED: Final = Rule(
    "fork-omits", "MADV_DONTFORK: the child does not get these pages.", "dup_mmap"
)
WIPED: Final = Rule("fork-wipes", "MADV_WIPEONFORK: the child gets these pages empty.", "dup_mmap")
NOT_KEPT: Final = Rule(
    "fork-wipes-droppable", "MAP_DROPPABLE: the child gets these pages empty.", "dup_mmap"
)
ANON_SHARED: Final = Rule(
    "fork-shares",
    "Parent and child map the private page now, and neither may write to it: the next write "
    "copies it, unless the writer has it alone by then.",
    "copy_present_ptes",
)
FILE_SHARED: Final = Rule(
    "fork-maps-file", "The child maps the page of the file, too.", "copy_present_ptes"
)
ZERO_SHARED: Final = Rule(
    "fork-maps-zero", "The child maps the zero page, too.", "copy_present_ptes"
)
SLOT_SHARED: Final = Rule(
    "fork-shares-slot",
    "Parent and child have the swap slot now: it is free once no entry has it, and no page in "
    "the swap cache.",
    "copy_nonpresent_pte",
)
MOVING_SHARED: Final = Rule(
    "fork-copies-migration",
    "The page is being moved: the child's entry waits for that, too.",
    "copy_nonpresent_pte",
)
LENT_SHARED: Final = Rule(
    "fork-shares-lent",
    "Parent and child have the page that is with a device.",
    "copy_nonpresent_pte",
)
POISON_COPIED: Final = Rule(
    "fork-copies-poison",
    "The note of broken memory is copied: the child, too, is to get SIGBUS.",
    "copy_nonpresent_pte",
)
GUARD_COPIED: Final = Rule(
    "fork-copies-guard", "The guard region is the child's as well.", "copy_nonpresent_pte"
)
MARKER_LEFT: Final = Rule(
    "fork-drops-marker",
    "userfaultfd does not watch the child: its note of write-protection is not copied.",
    "copy_nonpresent_pte",
)

_PART: Final = untitled("fork")


def fork_process(
    actor: Actor, world: World, name: str, of: str
) -> tuple[World, tuple[Action, ...]]:
    """Make a process with the mappings of another one, still empty; give what copies the entries.

    Args:
        name: The new process's.
        of: The process that forks; "" the first.
    """
    parent = process_named(world, of)
    child = len(world.processes)
    world = world._replace(processes=(*world.processes, Process(name)))
    copies: list[Action] = []
    for source, held in enumerate(world.areas):
        if held.process != parent:
            continue
        area = len(world.areas)
        world = world._replace(areas=(*world.areas, _inherited(world, source, child)))
        copies += [(copy_vma, source, area, vma) for vma in held.vmas if not vma.detached]
    return world, tuple(copies)


def _inherited(world: World, source: int, child: int) -> Area:
    """Give a mapping as the child has it before entries are copied."""
    held = world.areas[source]
    vmas = tuple(
        vma._replace(locked=False, uffd_wp=False)
        for vma in held.vmas
        if not (vma.detached or vma.dontfork)
    )
    anon = sum(
        (1 << vma.end) - (1 << vma.first)
        for vma in vmas
        if has_anon_vma(held, vma) and not vma.wipeonfork
    )
    entries = [UNMAPPED] * len(held.entries)
    for vma in vmas:
        entries[vma.first : vma.end] = [NONE] * (vma.end - vma.first)
    name = f"{world.processes[child].name}.{own_name(held.name)}"
    return Area(name, tuple(entries), vmas, held.column, False, child, source, anon)


def _copying(on: Elements, source: int, area: int) -> Footprint:
    return EVERYTHING


@action(touches=_copying)
def copy_vma(actor: Actor, world: World, source: int, area: int, vma: Vma) -> Move:
    """Action: copy_page_range(), where fork copies the entries of a VMA at all."""
    held = world.areas[source]
    name = (
        held.name
        if (vma.first, vma.end) == (0, len(held.entries))
        else (f"{held.name}[{vma.first}:{vma.end}]")
    )
    if vma.dontfork or vma.wipeonfork:
        rule = NOT_INHERITED if vma.dontfork else NOT_KEPT if vma.droppable else WIPED
    elif has_anon_vma(held, vma):
        part = Pass(f"copy_page_range({name})", "fork", None, zaps=False)
        return Move(world, ((copy_entries, source, area, vma.first, vma.end, part),))
    elif any(not entry.empty for entry in held.entries[vma.first : vma.end]):
        rule = NOT_COPIED
    else:
        return Move(world)
    return Move(world, (), actor.shows("pass", world, _PART, rule, f"{name} is not copied"))


@action(touches=_copying, table=True)
def copy_entries(
    actor: Actor, world: World, source: int, area: int, page: int, end: int, part: Pass
) -> Move:
    """Action: copy_pte_range(): copy the entries of a VMA, one a step; empty ones show none."""
    entries = world.areas[source].entries
    while page < end and entries[page].empty:
        page += 1
    if page >= end:
        return Move(world)
    world, rule = _copied(actor, world, source, area, page)
    place = Place(False, area, page)
    under = (page_table_lock(actor.cpu, source), page_table_lock(actor.cpu, area))
    verdict = "kept" if rule is MARKER_LEFT else "changed"
    step = actor.shows_at(place, "copy", world, part, rule, verdict, NONE, under)
    return Move(world, ((copy_entries, source, area, page + 1, end, part),), step)


def _copied(actor: Actor, world: World, source: int, area: int, page: int) -> tuple[World, Rule]:
    """Copy one entry; the counters, mapcounts and swap slots follow."""
    entry = world.areas[source].entries[page]
    if entry.kind is Kind.DEVICE_EXCLUSIVE:  # it is made present first, and then copied
        vma = world.areas[source].vma_at(page)
        assert vma is not None
        entry = from_device(actor.kernel, world, entry, vma)
        world = with_entry(world, source, page, entry)
    kind = entry.kind
    match kind:
        case Kind.FILE:
            folio = world.folios[entry.folio]
            assert folio is not None
            vma = world.areas[source].vma_at(page)
            assert vma is not None
            # Only of a private mapping is a page write-protected: of a shared one it is clean.
            lost = Bit.DIRTY if vma.shared else Bit.WRITABLE
            copy = entry._replace(bits=entry.bits & ~(lost | Bit.YOUNG | Bit.UFFD_WP))
            world = counted(with_entry(world, area, page, copy), area, counter_of(world, folio), 1)
            return mapped(world, entry.folio, 1), FILE_SHARED
        case Kind.ANON | Kind.DEVICE_PRIVATE:
            folio = world.folios[entry.folio]
            assert folio is not None
            folio = folio._replace(flags=folio.flags | FolioFlag.FORKED)
            world = with_folio(world, entry.folio, folio)
            world = with_entry(world, source, page, _read_only(entry))
            copy = _read_only(entry)._replace(
                bits=entry.bits & ~(Bit.WRITABLE | Bit.YOUNG | Bit.UFFD_WP)
            )
            world = counted(with_entry(world, area, page, copy), area, ANONPAGES, 1)
            rule = ANON_SHARED if kind is Kind.ANON else LENT_SHARED
            return mapped(world, entry.folio, 1), rule
        case Kind.ZERO:
            copy = entry._replace(bits=entry.bits & ~(Bit.YOUNG | Bit.UFFD_WP))
            return with_entry(world, area, page, copy), ZERO_SHARED
        case Kind.SWAP:
            slot = world.slots[entry.slot]
            assert slot is not None
            slots = replaced(world.slots, entry.slot, slot._replace(holders=slot.holders + 1))
            entry = _with(entry, Bit.SHARED)
            world = with_entry(world._replace(slots=slots), source, page, entry)
            copy = entry._replace(bits=entry.bits & ~Bit.UFFD_WP)
            world = with_entry(world, area, page, copy)
            return counted(world, area, SWAPENTS, 1), SLOT_SHARED
        case Kind.MIGRATION:
            folio = world.folios[entry.folio]
            assert folio is not None
            if entry.bits & Bit.ANON:
                folio = folio._replace(flags=folio.flags | FolioFlag.FORKED)
                world = with_folio(world, entry.folio, folio)
            world = with_entry(world, source, page, _read_only(entry))
            copy = _read_only(entry)._replace(bits=entry.bits & ~(Bit.WRITABLE | Bit.UFFD_WP))
            world = counted(with_entry(world, area, page, copy), area, counter_of(world, folio), 1)
            return world, MOVING_SHARED
        case Kind.HWPOISON | Kind.POISON_MARKER:
            copy = entry._replace(bits=entry.bits & ~Bit.UFFD_WP)
            return with_entry(world, area, page, copy), POISON_COPIED
        case Kind.GUARD_MARKER:
            return with_entry(world, area, page, entry), GUARD_COPIED
        case Kind.UFFD_WP_MARKER:
            return world, MARKER_LEFT
        case Kind.NONE | Kind.UNMAPPED | Kind.DEVICE_EXCLUSIVE:
            raise AssertionError(f"fork does not copy {kind}")
        case _:
            assert_never(kind)


def _with(entry: Entry, bits: int) -> Entry:
    return entry._replace(bits=entry.bits | bits)


def _read_only(entry: Entry) -> Entry:
    return entry._replace(bits=entry.bits & ~Bit.WRITABLE)
