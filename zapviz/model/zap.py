"""zap_pte_range(): what happens to one entry, and to a range of entries.

This models the loop of ``zap_pte_range()`` in mm/memory.c as read in 5.10.223, 6.1, 6.12 and 7.3
and as seen on booted kernels. One entry is decided under the page-table lock, and that is one step.
TLB flushes, batching over large folios and the freeing of page tables are left out: they do not
change which entries survive.
"""

from __future__ import annotations

from typing import Final, assert_never

from zapviz.kernels.known import Kernel
from zapviz.model.actions import STATEMENT, action
from zapviz.model.elements import Elements, Footprint, entries_decided, entry_decided
from zapviz.model.entries import NONE, UFFD_WP_MARKER, Bit, Entry, Kind
from zapviz.model.locks import page_table_lock
from zapviz.model.steps import Action, Actor, Details, Move, Pass, Place, Rule
from zapviz.model.world import (
    ANONPAGES,
    LEFT_SWAP_CACHE,
    SWAPENTS,
    FolioFlag,
    MachineFlag,
    World,
    counted,
    counter_of,
    in_swap_cache,
    mapped,
    referenced,
    slot_of,
    swap_count,
    with_entry,
    with_folio,
    without_swap,
)

__all__ = ["ZAP_RULES", "decide", "nothing_to_zap", "zap_entry", "zap_range"]

FILE: Final = Rule(
    "file-page",
    "It maps a page of the file's page cache: nothing private is lost, so every zap removes it.",
    "should_zap_folio",
)
_NO_DETAILS = "this caller passes no zap_details, so nothing is spared"
_PAGE_GOES = "the page is freed."
_SLOT_GOES = "the entry and its swap slot are freed, MM_SWAPENTS goes down."

ANON_ALL: Final = Rule(
    "anon-zapped",
    f"A private page, and this caller wants even private pages gone: {_PAGE_GOES}",
    "should_zap_cows",
)
ANON_ANY: Final = ANON_ALL._replace(reason=f"A private page, and {_NO_DETAILS}: {_PAGE_GOES}")
ANON_KEPT: Final = Rule(
    "anon-kept",
    "A private page, the only place where its data lives; even_cows is 0, so it must stay.",
    "should_zap_folio",
)
ZERO: Final = Rule(
    "zero-page",
    "The zero page belongs to nobody: the entry goes and no counter changes.",
    "zap_present",
)
SWAP_ALL: Final = Rule(
    "swap-zapped",
    f"A swapped-out private page, and this caller wants even private pages gone: {_SLOT_GOES}",
    "should_zap_cows",
)
SWAP_ANY: Final = SWAP_ALL._replace(
    reason=f"A swapped-out private page, and {_NO_DETAILS}: {_SLOT_GOES}"
)
SWAP_KEPT: Final = Rule(
    "swap-kept",
    "A genuine swap entry is always a private page; even_cows is 0, so it must stay.",
    "should_zap_cows",
)
SWAP_SKIPPED: Final = Rule(
    "swap-skipped",
    "This kernel skips every swap-like entry once a zap_details is passed, "
    "so a private page beyond the new end of file survives. That is a bug: its data is back once "
    "the file grows.",
    "zap_pte_range",
)
SWAP_SKIPPED_RIGHTLY: Final = Rule(
    "swap-skipped",
    "This kernel skips every swap-like entry once a zap_details is passed; "
    "here that is right by luck, for private pages are to be kept.",
    "zap_pte_range",
)
SWAP_UNCHECKED: Final = Rule(
    "swap-unchecked",
    "RFC v2 zaps genuine swap entries without asking whether private pages are wanted: "
    "private data is lost.",
    "zap_pte_range",
)
SWAP_UNCHECKED_RIGHTLY: Final = SWAP_UNCHECKED._replace(
    reason="RFC v2 zaps genuine swap entries without asking whether private pages are wanted; here "
    "that is right, for this caller wants even those gone.",
)
MIGRATION_ALL: Final = Rule(
    "migration-zapped",
    "An entry under migration counts as the page that it moves, "
    "and this caller wants every page gone.",
    "should_zap_folio",
)
MIGRATION_ANY: Final = MIGRATION_ALL._replace(
    reason=f"An entry under migration counts as the page that it moves, and {_NO_DETAILS}."
)
MIGRATION_FILE: Final = Rule(
    "migration-file",
    "It stands for a page of the file that is being moved: treated as that page, it goes.",
    "should_zap_folio",
)
MIGRATION_KEPT: Final = Rule(
    "migration-kept",
    "It stands for a private page that is being moved; even_cows is 0, "
    "so it stays as the page itself would.",
    "should_zap_folio",
)
MIGRATION_SKIPPED: Final = Rule(
    "migration-skipped",
    "This kernel skips migration entries once a zap_details is passed; truncate and hole punch "
    "come back to the file's own pages under the folio lock, which migration holds.",
    "zap_pte_range",
)
MIGRATION_SKIPPED_PRIVATE: Final = Rule(
    "migration-skipped",
    "This kernel skips migration entries once a zap_details is passed; a private page is not "
    "met again under the folio lock, so it survives.",
    "zap_pte_range",
)
MIGRATION_SKIPPED_RIGHTLY: Final = Rule(
    "migration-skipped",
    "This kernel skips migration entries once a zap_details is passed; "
    "here that is right by luck, for private pages are to be kept.",
    "zap_pte_range",
)
HWPOISON_ALL: Final = Rule(
    "hwpoison-zapped",
    "The caller wants every page gone, private ones too; the note of broken memory goes as well.",
    "should_zap_cows",
)
HWPOISON_ANY: Final = HWPOISON_ALL._replace(
    reason=f"{_NO_DETAILS[0].upper()}{_NO_DETAILS[1:]}: the note of broken memory goes as well."
)
HWPOISON_KEPT: Final = Rule(
    "hwpoison-kept",
    "Broken memory may have held private data; even_cows is 0, "
    "so the entry stays and goes on raising SIGBUS.",
    "should_zap_cows",
)
HWPOISON_UNCHECKED: Final = Rule(
    "hwpoison-unchecked",
    "This kernel has no rule for hwpoison entries and zaps them with the rest, "
    "so the next access finds fresh memory instead of SIGBUS.",
    "zap_pte_range",
)
HWPOISON_SKIPPED: Final = Rule(
    "hwpoison-skipped",
    "This kernel skips every swap-like entry once a zap_details is passed, hwpoison too.",
    "zap_pte_range",
)
POISON_MARKER_ALL: Final = Rule(
    "poison-marker-zapped",
    "A poison marker is treated like hwpoison, and this caller wants everything gone.",
    "should_zap_cows",
)
POISON_MARKER_ANY: Final = POISON_MARKER_ALL._replace(
    reason=f"A poison marker is treated like hwpoison, and {_NO_DETAILS}."
)
POISON_MARKER_KEPT: Final = Rule(
    "poison-marker-kept",
    "A poison marker is treated like hwpoison; even_cows is 0, so it stays.",
    "should_zap_cows",
)
DEVICE_ALL: Final = Rule(
    "device-zapped",
    "A private page lent to a device, and this caller wants even private pages gone.",
    "should_zap_cows",
)
DEVICE_WARNED: Final = Rule(
    "device-zapped-warned",
    "A private page lent to a device, and this caller wants even private pages gone. The "
    "kernel also warns in its log, without need: from v5.19 (999dad824c39) to be3f38d05cc5 (v7.1).",
    "zap_nonpresent_ptes",
)
DEVICE_ANY: Final = DEVICE_ALL._replace(
    reason=f"A private page lent to a device, and {_NO_DETAILS}."
)
DEVICE_ANY_WARNED: Final = DEVICE_WARNED._replace(
    reason=DEVICE_WARNED.reason.replace(DEVICE_ALL.reason, DEVICE_ANY.reason)
)
DEVICE_KEPT: Final = Rule(
    "device-kept",
    "A page lent to a device is anonymous memory; even_cows is 0, so it stays.",
    "should_zap_folio",
)
WP_MARKER_KEPT: Final = Rule(
    "wp-marker-kept",
    "userfaultfd asked for this page to be write-protected, page or no page; "
    "only an unmapping that drops markers removes the note.",
    "zap_drop_markers",
)
WP_MARKER_DROPPED: Final = Rule(
    "wp-marker-dropped",
    "This zap carries ZAP_FLAG_DROP_MARKER: the mapping or the page is gone for good, "
    "and the note with it.",
    "zap_drop_markers",
)
WP_MARKER_LEFT: Final = Rule(
    "wp-marker-left",
    "The page goes, but it was write-protected by userfaultfd: a marker takes its place "
    "so that the protection is not forgotten.",
    "zap_install_uffd_wp_if_needed",
)
GUARD_KEPT: Final = Rule(
    "guard-kept",
    "A guard region outlives ordinary zapping: only unmapping removes it.",
    "zap_drop_markers",
)
GUARD_DROPPED: Final = Rule(
    "guard-dropped",
    "The mapping itself goes, and its guard region with it.",
    "zap_drop_markers",
)

_WITHOUT_DETAILS: Final = {
    ANON_ALL: ANON_ANY,
    SWAP_ALL: SWAP_ANY,
    MIGRATION_ALL: MIGRATION_ANY,
    HWPOISON_ALL: HWPOISON_ANY,
    POISON_MARKER_ALL: POISON_MARKER_ANY,
    DEVICE_ALL: DEVICE_ANY,
    DEVICE_WARNED: DEVICE_ANY_WARNED,
}
"""What a rule that takes everything says where the caller passes no zap_details."""


def _ending(page: str, slot: str = _SLOT_GOES) -> dict[Rule, Rule]:
    """Give the rules by which private pages go, each as it ends where the page, or the slot, stays
    behind.
    """
    return {
        rule: rule._replace(reason=rule.reason.replace(_PAGE_GOES, page).replace(_SLOT_GOES, slot))
        for rule in (ANON_ALL, ANON_ANY, SWAP_ALL, SWAP_ANY)
    }


_HELD: Final = _ending("the page is freed once whoever isolated it gives it back.")
"""What a rule says of a page that migration or reclaim has isolated: they hold a reference."""

_SHARED: Final = _ending(
    "the page stays with whoever else maps it.",
    "the entry goes, MM_SWAPENTS goes down, and the slot stays with whoever else has it.",
)
"""What a rule says of a page, or a swap slot, that another process has too."""

_CACHED: Final = _ending(
    "the page stays in the swap cache, for whoever has its slot.",
    "the entry goes, MM_SWAPENTS goes down, and the slot stays with its page in the swap cache, "
    "which is mapped elsewhere or held.",
)
"""What a rule says of a page that stays in the swap cache, or of the slot of such a page."""

ZAP_RULES: Final = {rule.id: rule for rule in list(globals().values()) if isinstance(rule, Rule)}
"""Every rule by which an entry is zapped or kept."""


def decide(
    kernel: Kernel, entry: Entry, anonymous: bool, details: Details | None
) -> tuple[bool, Rule]:
    """Decide whether a zap removes an entry, and by which rule.

    Source: zap_pte_range() in mm/memory.c; 5abfd71d936a and 8018db852594 (v5.18).

    Args:
        kernel: The kernel.
        entry: The entry.
        anonymous: vma_is_anonymous() of the VMA.
        details: The caller's zap_details; None where it passes none.
    """
    all_pages = details is None or details.even_cows
    kind = entry.kind
    match kind:
        case Kind.FILE:
            return True, FILE
        case Kind.ANON:
            return (True, ANON_ALL) if all_pages else (False, ANON_KEPT)
        case Kind.ZERO:
            return True, ZERO
        case Kind.SWAP:
            if details is not None and kernel.swap_entries == "skip":
                return False, SWAP_SKIPPED if details.even_cows else SWAP_SKIPPED_RIGHTLY
            if details is not None and details.even_cows and kernel.swap_entries == "zap":
                return True, SWAP_UNCHECKED_RIGHTLY
            if all_pages:
                return True, SWAP_ALL
            return (True, SWAP_UNCHECKED) if kernel.swap_entries == "zap" else (False, SWAP_KEPT)
        case Kind.MIGRATION:
            if details is not None and kernel.migration_entries == "skip":
                if not entry.bits & Bit.ANON:
                    return False, MIGRATION_SKIPPED
                return False, (
                    MIGRATION_SKIPPED_PRIVATE if details.even_cows else MIGRATION_SKIPPED_RIGHTLY
                )
            if not entry.bits & Bit.ANON:
                return True, MIGRATION_FILE
            return (True, MIGRATION_ALL) if all_pages else (False, MIGRATION_KEPT)
        case Kind.HWPOISON:
            if details is not None and kernel.hwpoison_entries == "skip":
                return False, HWPOISON_SKIPPED
            if all_pages:
                return True, HWPOISON_ALL
            if kernel.hwpoison_entries == "zap":
                return True, HWPOISON_UNCHECKED
            return False, HWPOISON_KEPT
        case Kind.POISON_MARKER:
            return (True, POISON_MARKER_ALL) if all_pages else (False, POISON_MARKER_KEPT)
        case Kind.DEVICE_PRIVATE | Kind.DEVICE_EXCLUSIVE:
            if not all_pages:
                return False, DEVICE_KEPT
            # WARN_ON_ONCE(!vma_is_anonymous(vma)), where today !folio_test_anon(folio) is asked.
            warned = not anonymous and kernel.device_zap_warns
            return True, DEVICE_WARNED if warned else DEVICE_ALL
        case Kind.UFFD_WP_MARKER:
            drops = anonymous or (details is not None and details.drop_markers)
            return (True, WP_MARKER_DROPPED) if drops else (False, WP_MARKER_KEPT)
        case Kind.GUARD_MARKER:
            drops = details is not None and details.drop_markers
            return (True, GUARD_DROPPED) if drops else (False, GUARD_KEPT)
        case Kind.NONE | Kind.UNMAPPED:
            raise AssertionError(f"nothing to decide about {kind}")
        case _:
            assert_never(kind)


def without_entry(world: World, area: int, page: int, entry: Entry, left: Entry) -> World:
    """Remove an entry; counters, mapcounts and swap slots follow.

    Args:
        left: What stands there afterwards: ``none`` or a marker.
    """
    world = with_entry(world, area, page, left)
    kind = entry.kind
    match kind:
        case Kind.SWAP:
            world = without_swap(world, entry)
            return counted(world, area, SWAPENTS, -1)
        case Kind.NONE | Kind.UNMAPPED | Kind.ZERO | Kind.HWPOISON:
            return world
        case Kind.UFFD_WP_MARKER | Kind.POISON_MARKER | Kind.GUARD_MARKER:
            return world
        case Kind.FILE | Kind.ANON | Kind.DEVICE_PRIVATE | Kind.DEVICE_EXCLUSIVE | Kind.MIGRATION:
            pass
        case _:
            assert_never(kind)
    folio = world.folios[entry.folio]
    assert folio is not None
    counter = ANONPAGES if folio.file < 0 else counter_of(world, folio)
    world = counted(world, area, counter, -1)
    if kind is Kind.MIGRATION:  # its rmap was removed when migration began
        return world
    if entry.bits & Bit.DIRTY and folio.file >= 0 and not folio.flags & FolioFlag.DIRTY:
        world = with_folio(world, entry.folio, folio._replace(flags=folio.flags | FolioFlag.DIRTY))
    return mapped(world, entry.folio, -1)


def zap_entry(
    kernel: Kernel, world: World, area: int, page: int, details: Details | None
) -> tuple[World, Rule, str, Entry]:
    """Decide one entry and carry the decision out; give the world, rule, verdict and new entry."""
    held = world.areas[area]
    entry = held.entries[page]
    vma = held.vma_behind(page)
    anonymous = vma is None or vma.file < 0
    goes, rule = decide(kernel, entry, anonymous, details)
    if not goes:
        return world, rule, "kept", entry
    if details is None:
        rule = _WITHOUT_DETAILS.get(rule, rule)
    if rule in _SHARED and _has_others(world, entry):
        rule = _SHARED[rule]
    elif entry.kind is Kind.ANON and _isolated(world, entry.folio):
        rule = _HELD.get(rule, rule)
    left = NONE
    if entry.bits & Bit.UFFD_WP and not anonymous and not (details and details.drop_markers):
        left, rule = UFFD_WP_MARKER, WP_MARKER_LEFT
    after = without_entry(world, area, page, entry, left)
    if rule in _CACHED and _stays_cached(world, after, entry):
        rule = _CACHED[rule]
    rule = told_of_swap_cache(world, after, entry, rule)
    return after, rule, "zapped" if left is NONE else "changed", left


def told_of_swap_cache(before: World, after: World, entry: Entry, rule: Rule) -> Rule:
    """Say in a rule that removes an entry that its page left the swap cache with it, where a disk
    is the swap device; any other device never shows a page there that its entry has alone.
    """
    if not before.machine & MachineFlag.SWAP_DISK or not in_swap_cache(before, entry):
        return rule
    if entry.kind is Kind.SWAP:
        gone, said = after.slots[entry.slot] is None, "Its page leaves the swap cache, too."
    else:
        gone, said = slot_of(after, entry.folio) < 0, LEFT_SWAP_CACHE
    return rule._replace(reason=f"{rule.reason} {said}") if gone else rule


def _has_others(world: World, entry: Entry) -> bool:
    """Tell whether another entry maps an entry's page too, or has its swap slot."""
    if entry.kind is Kind.SWAP:
        slot = world.slots[entry.slot]
        return slot is not None and slot.holders > 1
    folio = world.folios[entry.folio]
    return folio is not None and folio.mapcount > 1


def _stays_cached(before: World, after: World, entry: Entry) -> bool:
    """Tell whether a page stays in the swap cache when its last entry of this kind goes: other
    entries map it, or have its slot.
    """
    if entry.kind is Kind.SWAP:
        return after.slots[entry.slot] is not None
    return (
        entry.kind is Kind.ANON
        and in_swap_cache(before, entry)
        and swap_count(before, entry.folio) > 0
        and after.folios[entry.folio] is not None
    )


def _isolated(world: World, index: int) -> bool:
    """Tell whether migration or reclaim holds a reference on a folio."""
    folio = world.folios[index]
    return folio is not None and bool(folio.flags & FolioFlag.MOVING)


def nothing_to_zap(world: World, area: int, page: int) -> str:
    """Describe a zap that passes over an empty entry."""
    return f"{world.areas[area].name}[{page}] is empty: nothing to zap"


def _zapping(on: Elements, area: int, page: int, end: int, gathered: tuple[int, ...]) -> Footprint:
    """Touch what is left of the range, and the pages before it that were gathered."""
    return entries_decided(on, area, 0 if gathered else page, end)


@action(
    touches=entry_decided,
    leads_to=_zapping,
    folios=("gathered",),
    table=True,
    quiet=nothing_to_zap,
)
def zap_range(
    actor: Actor,
    world: World,
    area: int,
    page: int,
    end: int,
    part: Pass,
    gathered: tuple[int, ...],
) -> Move:
    """Action: zap the entries of a mapping from a page on, one a step; empty ones show none.

    Args:
        gathered: The folios whose mappings went, and whose references are given back when the pass
            is over, after the TLB was flushed (struct mmu_gather).
    """
    entries = world.areas[area].entries
    # On a CPU that runs alone nothing can fill an empty entry in between: pass all of them at once.
    while page < end and entries[page].empty:
        page += 1
        if not actor.alone:
            return Move(world, _zapping_on(area, page, end, part, gathered))
    if page >= end:
        return Move(world, _zapping_on(area, page, end, part, gathered))
    before = entries[page]
    old = world
    if actor.counts and before.maps_folio:
        world = referenced(world, before.folio, 1)
        gathered = (*gathered, before.folio)
    world, rule, verdict, _ = zap_entry(actor.kernel, world, area, page, part.details)
    if verdict == "kept" and world is not old:
        world, gathered = old, gathered[:-1]
    place, under = Place(False, area, page), (page_table_lock(actor.cpu, area),)
    step = actor.shows_at(place, "zap", world, part, rule, verdict, before, under)
    return Move(world, _zapping_on(area, page + 1, end, part, gathered), step)


def _zapping_on(
    area: int, page: int, end: int, part: Pass, gathered: tuple[int, ...]
) -> tuple[Action, ...]:
    if page < end:
        return ((zap_range, area, page, end, part, gathered),)
    return ((let_go, gathered),) if gathered else ()


def _gathered(on: Elements, world: World, gathered: tuple[int, ...]) -> Footprint:
    """Touch the pages of the folios."""
    pages = 0
    for index in gathered:
        folio = world.folios[index]
        pages |= 0 if folio is None else on.of_folio(folio)
    return Footprint(0, pages)


@action(
    touches=_gathered,
    leads_to=STATEMENT,  # what else is to come need not know the state
    folios=("gathered",),
    quiet="flushes the TLB, and lets go of the pages that it unmapped",
)
def let_go(actor: Actor, world: World, gathered: tuple[int, ...]) -> Move:
    """Action: tlb_finish_mmu(): give back the references of the mappings that were removed."""
    for index in gathered:
        world = referenced(world, index, -1)
    return Move(world)
