"""zap_pte_range(): what happens to one entry, and to a range of entries.

This models the loop of ``zap_pte_range()`` in mm/memory.c as read in 5.10.223, 6.1, 6.12 and 7.3
and as seen on booted kernels. One entry is decided under the page-table lock, and that is one step.
TLB flushes, batching over large folios and the freeing of page tables are left out: they do not
change which entries survive.
"""

from __future__ import annotations

from typing import Final, assert_never

from zapviz.kernels.known import Kernel
from zapviz.model.actions import action
from zapviz.model.elements import entries_decided, entry_decided
from zapviz.model.entries import NONE, UFFD_WP_MARKER, Bit, Entry, Kind
from zapviz.model.locks import page_table_lock
from zapviz.model.steps import Actor, Details, Move, Pass, Place, Rule
from zapviz.model.world import (
    ANONPAGES,
    SWAPENTS,
    FolioFlag,
    World,
    counted,
    counter_of,
    mapped,
    with_entry,
    with_folio,
    without_reference,
)

__all__ = ["ZAP_RULES", "decide", "nothing_to_zap", "zap_entry", "zap_range"]

FILE: Final = Rule(
    "file-page",
    "It maps a page of the file's page cache: nothing private is lost, so every zap removes it.",
    "should_zap_folio",
)
ANON_ALL: Final = Rule(
    "anon-zapped",
    "A private copy, and this caller wants even the COWed pages gone: the page is freed.",
    "should_zap_cows",
)
ANON_KEPT: Final = Rule(
    "anon-kept",
    "A private copy, the only place where its data lives; even_cows is 0, so it must stay.",
    "should_zap_folio",
)
ZERO: Final = Rule(
    "zero-page",
    "The zero page belongs to nobody: the entry goes and no counter changes.",
    "zap_present",
)
SWAP_ALL: Final = Rule(
    "swap-zapped",
    "A swapped-out private page, and this caller wants even the COWed pages gone: "
    "the entry and its swap slot are freed, MM_SWAPENTS goes down.",
    "should_zap_cows",
)
SWAP_KEPT: Final = Rule(
    "swap-kept",
    "A genuine swap entry is always a private page; even_cows is 0, so it must stay.",
    "should_zap_cows",
)
SWAP_SKIPPED: Final = Rule(
    "swap-skipped",
    "This kernel skips every swap-like entry once a zap_details is passed, "
    "so a private page beyond the new end of file survives: the bug of the thread.",
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
    "RFC v2 zaps genuine swap entries without asking whether COWed pages are wanted: "
    "private data is lost.",
    "zap_pte_range",
)
MIGRATION_ALL: Final = Rule(
    "migration-zapped",
    "An entry under migration counts as the page that it moves, "
    "and this caller wants every page gone.",
    "should_zap_folio",
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
POISON_MARKER_KEPT: Final = Rule(
    "poison-marker-kept",
    "A poison marker is treated like hwpoison; even_cows is 0, so it stays.",
    "should_zap_cows",
)
DEVICE_ALL: Final = Rule(
    "device-zapped",
    "A private page lent to a device, and this caller wants even the COWed pages gone.",
    "should_zap_cows",
)
DEVICE_WARNED: Final = Rule(
    "device-zapped-warned",
    "A private page lent to a device, and this caller wants even the COWed pages gone. As the "
    "mapping is a file's, the kernel also warns in its log, once and without need: kernels do "
    "from v5.19 (999dad824c39) until be3f38d05cc5, which came with v7.1, 6.12.93 and 6.1.176.",
    "zap_nonpresent_ptes",
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
            world = without_reference(world, entry.slot)
            return world._replace(rss=counted(world.rss, SWAPENTS, -1))
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
    files, areas, folios, slots, rss, locks, machine = world
    world = World(files, areas, folios, slots, counted(rss, counter, -1), locks, machine)
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
    left = NONE
    if entry.bits & Bit.UFFD_WP and not anonymous and not (details and details.drop_markers):
        left, rule = UFFD_WP_MARKER, WP_MARKER_LEFT
    verdict = "zapped" if left is NONE else "changed"
    return without_entry(world, area, page, entry, left), rule, verdict, left


def nothing_to_zap(world: World, area: int, page: int) -> str:
    """Describe a zap that passes over an empty entry."""
    return f"{world.areas[area].name}[{page}] is empty: nothing to zap"


@action(
    touches=entry_decided,
    leads_to=entries_decided,
    table=True,
    quiet=nothing_to_zap,
)
def zap_range(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: zap the entries of a mapping from a page on, one a step; empty ones show none."""
    entries = world.areas[area].entries
    # On a CPU that runs alone nothing can fill an empty entry in between: pass all of them at once.
    while page < end and entries[page].empty:
        page += 1
        if not actor.alone:
            return Move(world, ((zap_range, area, page, end, part),) if page < end else ())
    if page >= end:
        return Move(world)
    before = entries[page]
    world, rule, verdict, _ = zap_entry(actor.kernel, world, area, page, part.details)
    place, under = Place(False, area, page), (page_table_lock(actor.cpu, area),)
    step = actor.shows_at(place, "zap", world, part, rule, verdict, before, under)
    page += 1
    return Move(world, ((zap_range, area, page, end, part),) if page < end else (), step)
