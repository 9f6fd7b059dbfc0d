"""Attributes and marks: mlock, mprotect, userfaultfd write-protection, guard regions.

Models mlock_fixup() (mm/mlock.c), mprotect_fixup() and change_pte_range()
(mm/mprotect.c), mwriteprotect_range() and UFFDIO_POISON (mm/userfaultfd.c), and
madvise_guard_install() (mm/madvise.c).  userfaultfd is registered with
UFFD_FEATURE_SIGBUS: a fault that a handler would have to resolve raises SIGBUS.
"""

from __future__ import annotations

from typing import Final, assert_never

from zapviz.model.actions import action
from zapviz.model.areas import Area, changed, pieces
from zapviz.model.elements import Elements, Footprint, entries_decided
from zapviz.model.entries import GUARD, NONE, POISON_MARKER, UFFD_WP_MARKER, Bit, Entry, Kind
from zapviz.model.faults import GOES_ON, accessed, fault, populate, wants
from zapviz.model.locks import mm_of, page_table_lock, taken, without_locks
from zapviz.model.steps import Action, Actor, Move, Pass, Place, Rule, ends, untitled
from zapviz.model.world import FolioFlag, World, anon_vma_prepared, lost, replaced, with_entry
from zapviz.model.zap import zap_range

__all__ = [
    "guard_install",
    "guard_remove",
    "guard_restarts",
    "lock_pages",
    "made_writable",
    "obtainable",
    "poison_marks",
    "populate_quietly",
    "protect",
    "write_protect",
]

GUARD_TRIES: Final = 3

WP_SET: Final = Rule(
    "wp-set", "userfaultfd write-protects the page: the next write faults.", "change_pte_range"
)
WP_MARKER_SET: Final = Rule(
    "wp-marker-set",
    "No page is here yet: a marker remembers the write-protection.",
    "change_pte_range",
)
POISON_MARKER_SET: Final = Rule(
    "poison-marker-set",
    "A marker stands for memory that is broken elsewhere: an access raises SIGBUS.",
    "mfill_atomic_pte_poison",
)
GUARD_SET: Final = Rule(
    "guard-set", "The page becomes a guard: any access raises SIGSEGV.", "guard_install_set_pte"
)
GUARD_CLEARED: Final = Rule(
    "guard-cleared",
    "The guard is taken away; the next access faults as usual.",
    "guard_remove_pte_entry",
)


def protect(world: World, area: int, first: int, end: int, readable: bool, writable: bool) -> World:
    """mprotect(): give the VMAs of a range other rights; their entries gain or lose the write bit.

    Entries of a shared mapping are made writable at once, those of a disk file only if they are
    dirty: it has to notice the first write to a clean page. A private page is made writable by the
    next write to it.

    Source: change_pte_range(), vma_set_page_prot(); as seen on 5.10 to 7.3.
    """
    held = world.areas[area]
    entries = list(held.entries)
    for vma, start, stop in pieces(held, first, end):
        if (vma.readable, vma.writable) == (readable, writable):
            continue
        for page in range(start, stop):
            entry = entries[page]
            if not writable:
                bits = entry.bits & ~Bit.WRITABLE
            elif vma.shared and entry.kind is Kind.FILE and not entry.bits & Bit.UFFD_WP:
                noticed = not world.files[vma.file].shmem or vma.uffd_wp
                bits = entry.bits | (Bit.WRITABLE if not noticed or entry.bits & Bit.DIRTY else 0)
            else:
                continue
            if bits != entry.bits:
                entries[page] = entry._replace(bits=bits)
    held = changed(
        held._replace(entries=tuple(entries)),
        first,
        end,
        lambda vma: vma._replace(readable=readable, writable=writable),
    )
    return world._replace(areas=replaced(world.areas, area, held))


def lock_pages(world: World, area: int, first: int, end: int) -> tuple[World, tuple[Action, ...]]:
    """mlock(): set VM_LOCKED up to the first hole, then fault every page in.

    Writable private memory is populated as if written, which breaks COW. Droppable memory is never
    locked (mlock_fixup(), mm/mlock.c), but faulted in all the same.
    """
    held = world.areas[area]
    parts = pieces(held, first, end)
    reach = first
    for _, start, stop in parts:
        if start > reach:
            break
        reach = stop
    held = (
        changed(held, first, reach, lambda vma: vma._replace(locked=not vma.droppable))
        if reach > first
        else held
    )
    world = world._replace(areas=replaced(world.areas, area, held))
    if reach < end:
        return world, ((ends, "ENOMEM"),)
    actions: list[Action] = []
    for vma, start, stop in parts:
        write = vma.writable and not vma.shared
        actions += [(populate, area, page, write, True, "ENOMEM") for page in range(start, stop)]
    return world, tuple(actions)


def made_writable(area: Area, first: int, end: int) -> list[tuple[int, int]]:
    """Give the parts of a range that mprotect() populates when it makes them writable.

    mprotect_fixup() does so for private mlocked memory, so that no fault comes later.
    """
    return [
        (start, stop)
        for vma, start, stop in pieces(area, first, end)
        if vma.locked and not vma.shared and not vma.writable
    ]


def _populating(on: Elements, area: int, page: int, end: int) -> Footprint:
    return accessed(on, area, page, end, True)


@action(touches=_populating, function="__get_user_pages")
def populate_quietly(actor: Actor, world: World, area: int, page: int, end: int) -> Move | None:
    """Action: fault pages in for writing, up to the first page that cannot be had."""
    if page >= end or not obtainable(world, area, page):
        return Move(world)
    if not wants(world, area, page, write=True):
        return Move(world, ((populate_quietly, area, page + 1, end),))
    move = fault(actor, world, area, page, True, GOES_ON)
    if move is None:
        return None
    return Move(move.world, (*move.then, (populate_quietly, area, page, end)), move.step)


def obtainable(world: World, area: int, page: int) -> bool:
    """Tell whether a write fault on a page would succeed."""
    held = world.areas[area]
    entry = held.entries[page]
    vma = held.vma_at(page)
    if vma is None or not vma.writable:
        return False
    if entry.bits & Bit.UFFD_WP and entry.kind is not Kind.UFFD_WP_MARKER:
        return False
    kind = entry.kind
    match kind:
        case Kind.HWPOISON | Kind.POISON_MARKER | Kind.GUARD_MARKER | Kind.UNMAPPED:
            return False
        case Kind.SWAP:
            return not lost(world, entry)
        case Kind.FILE | Kind.ANON | Kind.ZERO | Kind.MIGRATION:
            return True
        case Kind.DEVICE_PRIVATE | Kind.DEVICE_EXCLUSIVE:
            return True
        case Kind.NONE | Kind.UFFD_WP_MARKER:
            pass
        case _:
            assert_never(kind)
    if vma.file < 0:
        return True
    file = world.files[vma.file]
    index = page + vma.offset
    if index >= file.pages:
        return False
    folio = world.folios[file.cache[index].folio] if file.cache[index].folio >= 0 else None
    return folio is None or not folio.flags & FolioFlag.POISONED


def _marking(on: Elements, area: int, page: int, end: int) -> Footprint:
    return entries_decided(on, area, page, end) | Footprint(0, on.table(area))


@action(touches=_marking, table=True)
def write_protect(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: change_pte_range() with MM_CP_UFFD_WP, one entry a step."""
    held = world.areas[area]
    while page < end:
        before = held.entries[page]
        vma = held.vma_at(page)
        after = _protected(before, vma is None or vma.file < 0)
        if after is not None and after != before:
            break
        page += 1
    else:
        return Move(world)
    world = with_entry(world, area, page, after)
    rule = WP_MARKER_SET if after.kind is Kind.UFFD_WP_MARKER else WP_SET
    place, under = Place(False, area, page), (page_table_lock(actor.cpu, area),)
    step = actor.shows_at(place, "mark", world, part, rule, "installed", before, under)
    return Move(world, ((write_protect, area, page + 1, end, part),), step)


def _protected(entry: Entry, anonymous: bool) -> Entry | None:
    """Give an entry after write-protection by userfaultfd; None where nothing changes."""
    kind = entry.kind
    match kind:
        case Kind.NONE:
            return None if anonymous else UFFD_WP_MARKER
        case Kind.UNMAPPED | Kind.GUARD_MARKER | Kind.POISON_MARKER:
            return None
        case Kind.FILE | Kind.ANON | Kind.ZERO | Kind.SWAP | Kind.MIGRATION | Kind.HWPOISON:
            pass
        case Kind.DEVICE_PRIVATE | Kind.DEVICE_EXCLUSIVE | Kind.UFFD_WP_MARKER:
            pass
        case _:
            assert_never(kind)
    return entry._replace(bits=(entry.bits | Bit.UFFD_WP) & ~Bit.WRITABLE)


def _poisoning(on: Elements, area: int, page: int, end: int) -> Footprint:
    """Touch the entries, and whether they lie within the file."""
    sizes = 0
    for file in on.files(on.entries(area, page, end)):
        sizes |= on.size(file)
    return _marking(on, area, page, end) | Footprint(sizes)


@action(touches=_poisoning)
def poison_marks(
    actor: Actor, world: World, area: int, page: int, end: int, part: Pass, first: int
) -> Move:
    """Action: UFFDIO_POISON, one entry a step.

    The result is EEXIST where an entry holds something, EFAULT beyond the end of the file, and
    EAGAIN where a part of the range was done.
    """
    if page >= end:
        return Move(world)
    before = world.areas[area].entries[page]
    vma = world.areas[area].vma_at(page)
    if vma is not None and not vma.shared:  # before it looks at any entry
        world = anon_vma_prepared(world, area, page)
    refused = ""
    if vma is not None and vma.file >= 0 and page + vma.offset >= world.files[vma.file].pages:
        refused = "EFAULT"
    elif before.kind is not Kind.NONE:
        refused = "EEXIST"
    if refused:
        return Move(world, ((ends, refused if page == first else "EAGAIN"),))
    world = with_entry(world, area, page, POISON_MARKER)
    place, under = Place(False, area, page), (page_table_lock(actor.cpu, area),)
    step = actor.shows_at(place, "mark", world, part, POISON_MARKER_SET, "installed", before, under)
    return Move(world, ((poison_marks, area, page + 1, end, part, first),), step)


def _guarding(on: Elements, area: int, first: int, end: int) -> Footprint:
    return _marking(on, area, first, end)


def _restarting(on: Elements, area: int, first: int, end: int) -> Footprint:
    return _guarding(on, area, first, end) | Footprint(on.mmap_lock)


@action(touches=_guarding, leads_to=_restarting, table=True)
def guard_install(
    actor: Actor, world: World, area: int, page: int, first: int, end: int, part: Pass, tries: int
) -> Move:
    """Action: put guard markers in a range, one a step.

    Where an entry holds anything, the kernel zaps the whole range and starts anew. After three
    tries it goes back to user space to be called again (MAX_MADVISE_GUARD_RETRIES, mm/madvise.c):
    see :func:`guard_restarts`.
    """
    entries = world.areas[area].entries
    while page < end and entries[page].kind is Kind.GUARD_MARKER:
        page += 1
    if page >= end:
        return Move(world)
    before = entries[page]
    if before.kind is not Kind.NONE:
        if tries == GUARD_TRIES:
            world = without_locks(world, actor.cpu)
            return Move(world, ((guard_restarts, area, page, first, end, part),))
        again: Action = (guard_install, area, first, first, end, part, tries + 1)
        return Move(world, ((zap_range, area, first, end, part, ()), again))
    world = with_entry(anon_vma_prepared(world, area, page), area, page, GUARD)
    mark = untitled("guard-install-mark")
    place, under = Place(False, area, page), (page_table_lock(actor.cpu, area),)
    step = actor.shows_at(place, "mark", world, mark, GUARD_SET, "installed", before, under)
    return Move(world, ((guard_install, area, page + 1, first, end, part, tries),), step)


@action(touches=_restarting, restarts=True, function="madvise_guard_install")
def guard_restarts(
    actor: Actor, world: World, area: int, page: int, first: int, end: int, part: Pass
) -> Move | None:
    """Action: make the call anew (restart_syscall()), once it can come any further.

    User space never sees -ERESTARTNOINTR: only a signal ends the call, one that ends the process or
    whose handler jumps away. While what every zap leaves stands in the way, one call cannot be told
    from the next: the statement never returns, unless another CPU takes that away.

    Where each try failed at a page that another CPU faulted in, the fourth zap and the guards after
    it are one step here. Otherwise a race could go in a circle, as the kernel can.
    """
    entry = world.areas[area].entries[page]
    if entry.bits & Bit.UFFD_WP or entry.kind in (Kind.UFFD_WP_MARKER, Kind.POISON_MARKER):
        return None
    locked = taken(world, actor.cpu, "mmap_lock", mm_of(world, area), True)
    if locked is None:
        return None
    if any(entry.kind is Kind.UNMAPPED for entry in world.areas[area].entries[first:end]):
        return Move(locked, ((ends, "ENOMEM"),))
    zaps: list[Action] = [(zap_range, area, first, end, part, ())]
    while zaps:
        action = zaps.pop()
        zapped: Move = action[0](actor, locked, *action[1:])
        locked = zapped.world
        zaps.extend(zapped.then[::-1])
    if any(
        left.kind not in (Kind.NONE, Kind.GUARD_MARKER)
        for left in locked.areas[area].entries[first:end]
    ):
        return None
    for at in range(first, end):
        locked = with_entry(anon_vma_prepared(locked, area, at), area, at, GUARD)
    mark = untitled("guard-install-mark")
    place, under = Place(False, area, page), (page_table_lock(actor.cpu, area),)
    step = actor.shows_at(place, "mark", locked, mark, GUARD_SET, "installed", entry, under)
    return Move(locked, (), step)


@action(touches=entries_decided, table=True)
def guard_remove(actor: Actor, world: World, area: int, page: int, end: int, part: Pass) -> Move:
    """Action: take the guard markers of a range away, one a step."""
    entries = world.areas[area].entries
    while page < end and entries[page].kind is not Kind.GUARD_MARKER:
        page += 1
    if page >= end:
        return Move(world)
    world = with_entry(world, area, page, NONE)
    place, under = Place(False, area, page), (page_table_lock(actor.cpu, area),)
    step = actor.shows_at(place, "mark", world, part, GUARD_CLEARED, "changed", GUARD, under)
    return Move(world, ((guard_remove, area, page + 1, end, part),), step)
