"""The zap paths: who asks for entries to be zapped, in which passes, under which locks.

Each path is a list of actions in the order of its kernel's source: munmap (mm/mmap.c,
mm/vma.c), truncate and hole punch (mm/shmem.c, fs/ext4/inode.c, mm/truncate.c),
invalidation (mm/truncate.c), and unmap_mapping_range() (mm/memory.c).  The page cache
is emptied folio by folio here; kernels lock up to 31 folios at a time.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from zapviz.kernels.known import Kernel
from zapviz.model.actions import STATEMENT, action
from zapviz.model.areas import Vma, changed, pieces
from zapviz.model.elements import Elements, Footprint, nothing
from zapviz.model.entries import NONE, Bit, Entry, Kind
from zapviz.model.faults import cached
from zapviz.model.locks import downgraded, dropped, folio_lock, given_back, taken, vma_taken
from zapviz.model.program import PAGE_BYTES
from zapviz.model.references import waits
from zapviz.model.steps import Action, Actor, Details, Move, Pass, Place, Rule, ends, untitled
from zapviz.model.world import (
    File,
    FolioFlag,
    Lock,
    World,
    file_spans,
    mapped,
    replaced,
    with_cache,
    with_folio,
    without_reference,
)
from zapviz.model.zap import zap_range
from zapviz.words import format_range

__all__ = [
    "Invalidation",
    "details_of_unmap",
    "grown",
    "invalidate",
    "punch",
    "truncate",
    "unmap_area",
    "unmap_file_range",
    "write_back",
    "write_cache",
]

SIZE: Final = Rule(
    "i-size",
    "The new size is set first: a fault that looks at it from now on maps no page beyond it.",
    "i_size_write",
)
FIRST_PASS: Final = Rule(
    "first-pass",
    "Every mapping of the range is zapped in one sweep, without any folio lock.",
    "unmap_mapping_range",
)
SECOND_PASS: Final = Rule(
    "second-pass",
    "Once more over the range: a private page may have been COWed from a folio in between.",
    "unmap_mapping_range",
)
FOLIO_PASS: Final = Rule(
    "folio-pass",
    "The folio is still mapped somewhere: its entries are zapped under the folio lock, "
    "which keeps migration and faults away.",
    "unmap_mapping_folio",
)
VMA_PASS: Final = Rule(
    "vma-pass", "The entries of the mapping are zapped one by one.", "unmap_single_vma"
)
LOCKS_FOLIO: Final = Rule(
    "locks-folio", "The folio is locked so that nobody maps, moves or writes it.", "folio_lock"
)
LEAVES: Final = Rule(
    "leaves-cache",
    "The folio leaves the page cache and is unlocked; unmapped and uncached, it is freed.",
    "truncate_inode_folio",
)
LEAVES_DISK: Final = LEAVES._replace(function="delete_from_page_cache_batch")
_FREED = "unmapped and uncached, it is freed."
_POISONED = "its memory is broken, so it never goes back to the allocator."
_ISOLATED = "unmapped and uncached, it is freed once whoever isolated it gives it back."
_NOT_FREED: Final = {
    (flag, rule): rule._replace(reason=rule.reason.replace(_FREED, fate))
    for flag, fate in ((FolioFlag.POISONED, _POISONED), (FolioFlag.MOVING, _ISOLATED))
    for rule in (LEAVES, LEAVES_DISK)
}
"""What is said of a folio that leaves the page cache, and that is not freed there and then."""

LEAVES_INVALID: Final = Rule(
    "invalidated",
    "A clean folio that nothing maps any more leaves the page cache and is unlocked.",
    "invalidate_complete_folio2",
)
SWAP_LEAVES: Final = Rule(
    "cache-swap-freed",
    "The page cache held a swap entry: the slot is freed without reading it.",
    "shmem_free_swap",
)
TAIL: Final = Rule(
    "partial-page",
    "The file now ends inside this page: the page stays, and the rest of it is zeroed.",
    "truncate_inode_partial_folio",
)
TAIL_DISK: Final = TAIL._replace(function="ext4_block_truncate_page")
DETACHES: Final = Rule(
    "vma-detached",
    "No fault finds the mapping any more. The entries are zapped with the mmap_lock held for "
    "reading only, so that faults elsewhere in the process go on meanwhile.",
    "mmap_write_downgrade",
)
REMOVES: Final = Rule(
    "vma-gone", "Nothing is mapped here any more: the VMA itself is removed.", "remove_vma"
)
WRITES: Final = Rule(
    "write-cache", "The data is written to the page in the page cache.", "generic_perform_write"
)
BUSY: Final = Rule(
    "dirty-stays", "The page is dirty and cannot be dropped.", "invalidate_complete_folio2"
)


def details_of_unmap(kernel: Kernel) -> Details | None:
    """Give the zap_details of unmap_vmas(): none, until there were markers, which it has to drop.

    Source: 999dad824c39 (v5.19).
    """
    return Details(even_cows=True, drop_markers=True) if kernel.uffd_wp_file else None


def spans(world: World, file: int, first: int, end: int, part: Pass) -> tuple[Action, ...]:
    """Give one zap action for every VMA that maps a part of a range of file pages."""
    return tuple(
        (zap_range, area, start, stop, part, ())
        for area, start, stop in file_spans(world, file, first, end)
    )


# munmap, exit, MAP_FIXED


def unmap_area(
    actor: Actor, world: World, area: int, first: int, end: int, chain: str
) -> tuple[Action, ...]:
    """Unmap a range: one pass over each VMA, then the VMAs go.

    munmap(2) detaches the VMAs first and goes on with the lock held for reading; MAP_FIXED and exit
    keep the lock as it is. Source: dd2283f2605e (v4.20).
    """
    held = world.areas[area]
    details = details_of_unmap(actor.kernel)
    actions: list[Action] = []
    if chain == "munmap" and pieces(held, first, end):
        actions.append((detach, area, first, end, untitled(chain)))
    for _, start, stop in pieces(held, first, end):
        part = Pass(f"unmap_vmas({_pages(held.name, start, stop)})", chain, details)
        actions += [(begin_pass, part, VMA_PASS), (zap_range, area, start, stop, part, ())]
    actions.append((remove_vmas, area, first, end, untitled(chain)))
    return tuple(actions)


@action(touches=nothing, local=True)
def begin_pass(actor: Actor, world: World, part: Pass, rule: Rule) -> Move:
    """Action: begin a pass over page tables."""
    return Move(world, (), actor.shows("pass", world, part, rule))


def _detaching(on: Elements, area: int, first: int, end: int) -> Footprint:
    return on.walk(on.entries(area, first, end)) | Footprint(0, on.mmap_lock | on.vmas)


@action(touches=_detaching, function="vms_gather_munmap_vmas")
def detach(actor: Actor, world: World, area: int, first: int, end: int, part: Pass) -> Move | None:
    """Action: take the VMAs of a range out of the process, and downgrade the mmap_lock.

    The lock is always downgraded. The kernel does not downgrade it where the next mapping grows
    down, as a stack does (up to v6.4), and no mapping of a scenario does. A VMA that is split takes
    its file's i_mmap_rwsem (__split_vma()), so the action waits while that is held.
    """
    parts = pieces(world.areas[area], first, end)
    split = [vma for vma, *part_of_it in parts if part_of_it != [vma.first, vma.end]]
    if any(_walked_elsewhere(actor, world, vma) for vma in split):
        return None
    under = _trees(actor, split)
    if actor.kernel.fault_vma_lock:  # vma_start_write() waits for a reader of the VMA
        locked = vma_taken(world, actor.cpu, area, first, end, False)
        if locked is None:
            return None
        under = (*given_back(locked, world), *under)
    held = changed(world.areas[area], first, end, lambda vma: vma._replace(detached=True))
    world = downgraded(world._replace(areas=replaced(world.areas, area, held)), actor.cpu)
    title = f"detach {_pages(held.name, first, end)}; mmap_lock now read"
    return Move(world, (), actor.shows("unlock", world, part, DETACHES, title, under))


def _removing(on: Elements, area: int, first: int, end: int) -> Footprint:
    pages = on.entries(area, first, end)
    return on.walk(pages) | Footprint(0, pages | on.vmas | on.table(area))


@action(touches=_removing, function="i_mmap_lock_write")
def remove_vmas(
    actor: Actor, world: World, area: int, first: int, end: int, part: Pass
) -> Move | None:
    """Action: remove the VMAs of a range, and with them its entries.

    Each VMA leaves the file's tree of mappings (unlink_file_vma()), so the action waits while the
    tree is walked.
    """
    before = world.areas[area]
    gone = [vma for vma in before.vmas if vma.first < end and first < vma.end]
    if any(_walked_elsewhere(actor, world, vma) for vma in gone):
        return None
    held = changed(before, first, end, lambda vma: None)
    if held == before:
        return Move(world)
    world = world._replace(areas=replaced(world.areas, area, held))
    title = f"remove the VMAs of {_pages(held.name, first, end)}"
    return Move(world, (), actor.shows("end", world, part, REMOVES, title, _trees(actor, gone)))


def _trees(actor: Actor, vmas: list[Vma]) -> tuple[Lock, ...]:
    """Take the i_mmap_rwsem of every file that some VMAs map, since they change its tree."""
    files = dict.fromkeys([vma.file for vma in vmas if vma.file >= 0])
    return tuple([Lock("i_mmap_rwsem", file, actor.cpu, False) for file in files])


def _walked_elsewhere(actor: Actor, world: World, vma: Vma) -> bool:
    """Tell whether another CPU holds the i_mmap_rwsem of the file that a VMA maps."""
    return vma.file >= 0 and taken(world, actor.cpu, "i_mmap_rwsem", vma.file) is None


# passes over the mappings of a file


def _locking_tree(on: Elements, file: int) -> Footprint:
    """Touch the lock alone, and the VMAs that are to be zapped."""
    return on.sweep(file)


def _sweeping(on: Elements, file: int, first: int, end: int) -> Footprint:
    return on.sweep(file) | Footprint(0, on.cached(file, first, end))


@action(touches=_locking_tree, leads_to=_sweeping, function="unmap_mapping_range")
def unmap_file_range(
    actor: Actor, world: World, file: int, first: int, end: int, part: Pass, rule: Rule
) -> Move | None:
    """Action: unmap_mapping_range(): zap a range of file pages in every mapping."""
    locked = taken(world, actor.cpu, "i_mmap_rwsem", file, actor.kernel.i_mmap_shared)
    if locked is None:
        return None
    then = (*spans(locked, file, first, end, part), (end_file_pass, file))
    return Move(locked, then, actor.shows("pass", locked, part, rule))


@action(touches=_locking_tree, gives_back=True)
def end_file_pass(actor: Actor, world: World, file: int) -> Move:
    """Action: release the i_mmap_rwsem."""
    return Move(dropped(world, actor.cpu, "i_mmap_rwsem", file))


def _next_cached(world: World, file: int, page: int, end: int) -> int | None:
    """Give the first page of a range that is in the page cache, swapped out or not."""
    cache = world.files[file].cache
    for at in range(page, min(end, len(cache))):
        if cache[at].kind is not Kind.NONE:
            return at
    return None


def _looking(on: Elements, world: World, file: int, page: int, end: int) -> Footprint:
    """Touch the slots up to the next page that is cached."""
    next_cached = _next_cached(world, file, page, end)
    return Footprint(on.cached(file, page, end if next_cached is None else next_cached + 1))


def _emptying(on: Elements, file: int, page: int, end: int) -> Footprint:
    return _sweeping(on, file, page, end)


def _found(world: World, file: int, page: int, end: int) -> str:
    """Describe the search for the next page that is cached."""
    return _finding(world.files[file].name, _next_cached(world, file, page, end))


def _finding(name: str, page: int | None) -> str:
    if page is None:
        return f"no page of {name} is left in the page cache"
    return f"finds {name}[{page}] in the page cache"


@action(touches=_looking, leads_to=_emptying, quiet=_found)
def remove_pages(actor: Actor, world: World, file: int, page: int, end: int, chain: str) -> Move:
    """Action: empty the page cache of a range, folio by folio, each under its lock."""
    cache = world.files[file].cache
    end = min(end, len(cache))
    while page < end and cache[page].kind is Kind.NONE:
        page += 1
    if page >= end:
        return Move(world)
    rest: tuple[Action, ...] = ((remove_pages, file, page + 1, end, chain),)
    if cache[page].slot >= 0:
        return Move(world, ((free_cache_swap, file, page, chain), *rest))
    return Move(world, ((lock_cached, file, page, chain), *rest))


def _page_touched(on: Elements, file: int, page: int) -> Footprint:
    return Footprint(0, on.cached(file, page, page + 1))


def _page_emptied(on: Elements, file: int, page: int) -> Footprint:
    """Touch the page, and the pass over its mappings where it is still mapped."""
    return _sweeping(on, file, page, page + 1)


@action(touches=_page_touched, leads_to=_page_emptied)
def free_cache_swap(actor: Actor, world: World, file: int, page: int, chain: str) -> Move:
    """Action: free a swap entry in shmem's page cache."""
    before = world.files[file].cache[page]
    if before.slot < 0:
        return Move(world, ((remove_pages, file, page, page + 1, chain),))
    world = without_reference(with_cache(world, file, page, NONE), before.slot)
    place, part = Place(True, file, page), untitled(chain)
    step = actor.shows_at(place, "cache", world, part, SWAP_LEAVES, "changed", before)
    return Move(world, (), step)


@action(touches=_page_touched, leads_to=_page_emptied, function="folio_lock")
def lock_cached(actor: Actor, world: World, file: int, page: int, chain: str) -> Move | None:
    """Action: lock a cached folio; if something still maps it, zap those entries first."""
    entry = world.files[file].cache[page]
    if entry.folio < 0:  # it was removed while this CPU waited
        return Move(world, ((remove_pages, file, page, page + 1, chain),))
    locked = taken(world, actor.cpu, "folio lock", entry.folio)
    place, part = Place(True, file, page), untitled(chain)
    if locked is None:
        return waits(actor, world, entry.folio, place, (lock_cached, file, page, chain))
    folio = locked.folios[entry.folio]
    assert folio is not None
    then: tuple[Action, ...] = ((remove_folio, file, page, chain),)
    if folio.mapcount:
        then = ((unmap_folio, file, page, chain), *then)
    return Move(locked, then, actor.shows_at(place, "lock", locked, part, LOCKS_FOLIO, None))


@action(touches=_locking_tree, leads_to=_page_emptied, function="unmap_mapping_folio")
def unmap_folio(actor: Actor, world: World, file: int, page: int, chain: str) -> Move | None:
    """Action: unmap_mapping_folio(): zap the entries of one locked folio's page."""
    name = world.files[file].name
    details = Details(even_cows=False, drop_markers=actor.kernel.uffd_wp_file)
    part = Pass(f"unmap_mapping_folio({name}[{page}])", f"{chain}-folio", details)
    return unmap_file_range(actor, world, file, page, page + 1, part, FOLIO_PASS)


@action(touches=_page_touched)
def remove_folio(actor: Actor, world: World, file: int, page: int, chain: str) -> Move:
    """Action: take the locked folio out of the page cache, and unlock it."""
    entry = world.files[file].cache[page]
    folio = world.folios[entry.folio]
    assert folio is not None
    world = with_cache(world, file, page, NONE)
    flags = folio.flags & ~(FolioFlag.CACHED | FolioFlag.DIRTY)
    world = with_folio(world, entry.folio, folio._replace(flags=flags))
    locked, world = (
        world,
        dropped(mapped(world, entry.folio, 0), actor.cpu, "folio lock", entry.folio),
    )
    under = given_back(locked, world)
    place, part = Place(True, file, page), untitled(chain)
    rule = LEAVES if world.files[file].shmem else LEAVES_DISK
    rule = LEAVES_INVALID if chain in INVALIDATES else rule
    for flag in (FolioFlag.POISONED, FolioFlag.MOVING):
        if folio.flags & flag:
            rule = _NOT_FREED.get((flag, rule), rule)
            break
    step = actor.shows_at(place, "cache", world, part, rule, "changed", entry, under)
    return Move(world, (), step)


# truncate and hole punch


def truncate(actor: Actor, world: World, file: int, size: int) -> tuple[Action, ...]:
    """ftruncate() to a size in bytes, for a caller that holds the inode's locks."""
    held = world.files[file]
    chain = "truncate-shmem" if held.shmem else "truncate-file"
    actions: list[Action] = [(set_size, file, size, chain)]
    if size > held.size:
        return tuple(actions)
    first = -(-size // PAGE_BYTES)
    last = max(held.pages, len(held.cache))
    passes = held.size > first * PAGE_BYTES
    title = f"unmap_mapping_range({_pages(held.name, first, None)}, even_cows=1)"
    part = Pass(title, chain, Details(even_cows=True))
    if passes:
        actions.append((unmap_file_range, file, first, _far(last, world), part, FIRST_PASS))
    actions.append((remove_pages, file, first, last, f"{chain}-cache"))
    if held.shmem:
        actions.append((zero_tail, file, size, chain))
    if passes and actor.kernel.second_pass:
        part = Pass(title + ", again", f"{chain}-again", Details(even_cows=True))
        actions.append((unmap_file_range, file, first, _far(last, world), part, SECOND_PASS))
    if not held.shmem:
        actions += [(forget_disk, file, first, last), (zero_tail, file, size, chain)]
    return tuple(actions)


def _far(last: int, world: World) -> int:
    """Truncate unmaps to the end of the address space; no mapping goes past this page."""
    return max([last, *(vma.end + vma.offset for area in world.areas for vma in area.vmas)])


def _sizing(on: Elements, file: int) -> Footprint:
    return Footprint(0, on.size(file))


@action(touches=_sizing)
def set_size(actor: Actor, world: World, file: int, size: int, chain: str) -> Move:
    """Action: i_size_write()."""
    held = world.files[file]
    pages = -(-size // PAGE_BYTES)
    extra = max(0, pages - len(held.cache))
    held = held._replace(
        size=size,
        cache=held.cache + (NONE,) * extra,
        disk=held.disk if held.shmem else held.disk + (-1,) * extra,
    )
    world = world._replace(files=replaced(world.files, file, held))
    title = f"i_size of {held.name} becomes {size} bytes"
    part = untitled(f"{chain}-size")
    return Move(world, (), actor.shows("size", world, part, SIZE, title))


def _zeroing(on: Elements, file: int, size: int) -> Footprint:
    return _page_touched(on, file, size // PAGE_BYTES)


@action(touches=_zeroing, quiet="no page has a tail to zero", function="folio_lock")
def zero_tail(actor: Actor, world: World, file: int, size: int, chain: str) -> Move | None:
    """Action: bring in the page in which the file now ends, and zero its tail."""
    held = world.files[file]
    page = size // PAGE_BYTES
    if not size % PAGE_BYTES:
        return Move(world)
    entry = held.cache[page]
    if entry.kind is Kind.NONE and (held.shmem or held.disk[page] < 0):
        return Move(world)
    if entry.kind is Kind.NONE:
        held = held._replace(zeroed=(*held.zeroed, page))
        return Move(world._replace(files=replaced(world.files, file, held)))
    place, before = Place(True, file, page), entry
    if entry.folio < 0:
        world, entry, _ = cached(world, file, page)
    elif taken(world, actor.cpu, "folio lock", entry.folio) is None:
        return waits(actor, world, entry.folio, place, (zero_tail, file, size, chain))
    under = (folio_lock(actor.cpu, entry.folio),)
    folio = world.folios[entry.folio]
    assert folio is not None
    if not folio.flags & FolioFlag.DIRTY and (held.shmem or held.disk[page] >= 0):
        folio = folio._replace(flags=folio.flags | FolioFlag.DIRTY)
        world = with_folio(world, entry.folio, folio)
    part = untitled(f"{chain}-cache")
    rule = TAIL if held.shmem else TAIL_DISK
    step = actor.shows_at(place, "cache", world, part, rule, "kept", before, under)
    return Move(world, (), step)


def _pages_touched(on: Elements, file: int, first: int, end: int) -> Footprint:
    return Footprint(0, on.cached(file, first, end))


@action(touches=_pages_touched, quiet="the disk's blocks are freed")
def forget_disk(actor: Actor, world: World, file: int, first: int, end: int) -> Move:
    """Action: free the disk's blocks of a range; they become holes, which read as zeros."""
    held = world.files[file]
    disk = tuple(-1 if first <= page < end else byte for page, byte in enumerate(held.disk))
    held = held._replace(disk=disk, zeroed=_outside(held, first, end))
    return Move(world._replace(files=replaced(world.files, file, held)))


def _outside(held: File, first: int, end: int) -> tuple[int, ...]:
    """Give the cut pages of a file that lie outside a range: those inside are written or gone."""
    return tuple(page for page in held.zeroed if not first <= page < end)


def punch(
    actor: Actor, world: World, file: int, first: int, end: int, caller: str
) -> tuple[Action, ...]:
    """fallocate(FALLOC_FL_PUNCH_HOLE) of whole pages, for a caller with the inode's locks.

    One pass, even_cows 0: private pages stay.  A disk filesystem does nothing beyond
    the end of the file.

    Args:
        caller: "punch", or "remove" for MADV_REMOVE.
    """
    held = world.files[file]
    if not held.shmem and first >= held.pages:
        return ()
    chain = f"{caller}-shmem" if held.shmem else f"{caller}-file"
    title = f"unmap_mapping_range({_pages(held.name, first, end)}, even_cows=0)"
    part = Pass(title, chain, Details(even_cows=False))
    actions: list[Action] = [
        (unmap_file_range, file, first, end, part, FIRST_PASS),
        (remove_pages, file, first, end, f"{chain}-cache"),
    ]
    if not held.shmem:
        actions.append((forget_disk, file, first, end))
    return tuple(actions)


# invalidation and writes


INVALIDATES: Final = (
    "invalidate-cache",
    "direct-write-invalidate-cache",
    "direct-write-again-cache",
)


class Invalidation(NamedTuple):
    """How far invalidate_inode_pages2_range() has come: it drops cached pages; copies stay.

    It goes folio by folio. Before it locks the first mapped folio, it unmaps the rest of the range
    in one sweep. A dirty folio stays; the others go all the same.
    """

    file: int
    page: int
    end: int
    chain: str
    done: Action | None = None  # what follows; None: what follows anyhow
    stays: Action | None = (ends, "EBUSY")  # what follows where a folio stayed
    busy: bool = False  # whether a folio stayed
    swept: bool = False  # whether the rest of the range was unmapped in one sweep


def _invalidating(on: Elements, at: Invalidation) -> Footprint:
    return _emptying(on, at.file, at.page, at.end)


def _dropping(on: Elements, at: Invalidation) -> Footprint:
    return _page_touched(on, at.file, at.page)


def _next_folio(held: File, at: Invalidation) -> int | None:
    """Give the first page of what is left that is in the page cache, and not swapped out."""
    left = enumerate(held.cache[at.page : at.end], at.page)
    return next((page for page, entry in left if entry.folio >= 0), None)


def _searching(world: World, at: Invalidation) -> str:
    held = world.files[at.file]
    return _finding(held.name, _next_folio(held, at))


@action(touches=_invalidating, leads_to=STATEMENT, quiet=_searching, function="folio_lock")
def invalidate(actor: Actor, world: World, at: Invalidation) -> Move | None:
    """Action: find the next cached folio; lock it and zap what still maps it."""
    held = world.files[at.file]
    page = _next_folio(held, at)
    if page is None:
        follows = at.stays if at.busy else at.done
        return Move(world, (follows,) if follows else ())
    at = at._replace(page=page)
    index = held.cache[page].folio
    folio = world.folios[index]
    assert folio is not None
    if not at.swept and folio.mapcount:
        last = min(at.end, len(held.cache))
        title = f"unmap_mapping_pages({_pages(held.name, page, last)}, even_cows=0)"
        part = Pass(title, at.chain, Details(even_cows=False))
        sweeps: Action = (unmap_file_range, at.file, page, last, part, FIRST_PASS)
        return Move(world, (sweeps, (invalidate, at._replace(swept=True))))
    if taken(world, actor.cpu, "folio lock", index) is None:
        return waits(actor, world, index, Place(True, at.file, page), (invalidate, at))
    move = lock_cached(actor, world, at.file, page, f"{at.chain}-cache")
    assert move is not None
    *unmaps, _ = move.then
    return Move(move.world, (*unmaps, (drop_clean, at)), move.step)


@action(touches=_dropping, leads_to=STATEMENT)
def drop_clean(actor: Actor, world: World, at: Invalidation) -> Move:
    """Action: drop the locked folio, or keep it if it is dirty."""
    index = world.files[at.file].cache[at.page].folio
    folio = world.folios[index]
    assert folio is not None
    rest = at._replace(page=at.page + 1)
    if folio.flags & FolioFlag.DIRTY:
        rest = rest._replace(busy=True)
        locked, world = world, dropped(world, actor.cpu, "folio lock", index)
        under = given_back(locked, world)
        place, part = Place(True, at.file, at.page), untitled(f"{at.chain}-cache")
        step = actor.shows_at(place, "cache", world, part, BUSY, "kept", under=under)
        return Move(world, ((invalidate, rest),), step)
    move = remove_folio(actor, world, at.file, at.page, f"{at.chain}-cache")
    return Move(move.world, ((invalidate, rest),), move.step)


def write_back(world: World, file: int, first: int, end: int) -> World:
    """filemap_write_and_wait_range(): write the page cache to the disk, so that all is clean."""
    held = world.files[file]
    disk = list(held.disk)
    folios = list(world.folios)
    written = {
        entry.folio
        for at, start, stop in file_spans(world, file, first, end)
        for entry in world.areas[at].entries[start:stop]
        if entry.bits & Bit.DIRTY
    }
    for page in range(first, min(end, len(held.cache))):
        index = held.cache[page].folio
        folio = folios[index] if index >= 0 else None
        if folio is not None:
            # A clean page of a hole leaves it one.
            if disk[page] >= 0 or index in written or folio.flags & FolioFlag.DIRTY:
                disk[page] = folio.data
            flags = folio.flags & ~(FolioFlag.DIRTY | FolioFlag.RECLAIM)
            folios[index] = folio._replace(flags=flags)
    held = held._replace(disk=tuple(disk), zeroed=_outside(held, first, end))
    areas = list(world.areas)
    for at, start, stop in file_spans(world, file, first, end):
        areas[at] = areas[at]._replace(
            entries=tuple(
                _cleaned(entry) if start <= page < stop and entry.folio >= 0 else entry
                for page, entry in enumerate(areas[at].entries)
            )
        )
    return world._replace(
        files=replaced(world.files, file, held), folios=tuple(folios), areas=tuple(areas)
    )


def _cleaned(entry: Entry) -> Entry:
    """folio_mkclean() on one entry: make it clean and read-only, so that the next write is
    noticed.
    """
    clean = entry.bits & ~(Bit.WRITABLE | Bit.DIRTY)
    return entry._replace(bits=clean) if entry.kind is Kind.FILE else entry


def _writing_range(on: Elements, file: int, first: int, end: int) -> Footprint:
    return Footprint(0, on.size(file) | on.cached(file, first, end))


def _writing_page(on: Elements, file: int, page: int) -> Footprint:
    return _writing_range(on, file, page, page + 1)


def _writing_pages(on: Elements, file: int, page: int, end: int) -> Footprint:
    return _writing_range(on, file, page, end)


@action(touches=_writing_page, leads_to=_writing_pages, function="folio_lock")
def write_cache(
    actor: Actor, world: World, file: int, page: int, end: int, value: int
) -> Move | None:
    """Action: pwrite() through the page cache, one page a step."""
    held = grown(world.files[file], page + 1)
    before = held.cache[page]
    if held is not world.files[file]:
        world = world._replace(files=replaced(world.files, file, held))
    entry = before
    if before.folio < 0:
        world, entry, _ = cached(world, file, page)
    elif taken(world, actor.cpu, "folio lock", before.folio) is None:
        again = (write_cache, file, page, end, value)
        return waits(actor, world, before.folio, Place(True, file, page), again)
    folio = world.folios[entry.folio]
    assert folio is not None
    if folio.flags & FolioFlag.POISONED:
        return Move(world, ((ends, "EIO"),))
    flags = folio.flags | FolioFlag.DIRTY
    world = with_folio(world, entry.folio, folio._replace(data=value, flags=flags))
    chain = "write-shmem" if held.shmem else "write-file"
    place, part = Place(True, file, page), untitled(chain)
    under = (folio_lock(actor.cpu, entry.folio),)
    step = actor.shows_at(place, "cache", world, part, WRITES, "changed", before, under)
    page += 1
    return Move(world, ((write_cache, file, page, end, value),) if page < end else (), step)


def grown(held: File, pages: int) -> File:
    """Make a file cover at least so many pages."""
    if held.size >= pages * PAGE_BYTES:
        return held
    extra = max(0, pages - len(held.cache))
    return held._replace(
        size=pages * PAGE_BYTES,
        cache=held.cache + (NONE,) * extra,
        disk=held.disk if held.shmem else held.disk + (-1,) * extra,
    )


def _pages(name: str, first: int, end: int | None) -> str:
    if end is None:
        return f"{name}[{first}:]"
    return format_range(name, first, end)
