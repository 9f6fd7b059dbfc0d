"""Direct I/O: reads and writes of a disk file past its page cache.

This models __iomap_dio_rw() and iomap_dio_complete() (fs/iomap/direct-io.c) as ext4 calls them
(fs/ext4/file.c). A write drops the cached pages before and after it; where a page stays, it goes
through the page cache instead. A read goes into pages of memory that it holds by reference,
whatever becomes of the entries that mapped them. Asynchronous I/O is left out, and so is a write's
buffer, which no mapping of a scenario shows.
"""

from __future__ import annotations

from typing import Final

from zapviz.kernels.known import Kernel
from zapviz.model.actions import STATEMENT, action
from zapviz.model.elements import Elements, Footprint, nothing
from zapviz.model.entries import NONE, Kind
from zapviz.model.faults import GOES_ON, accessed, fault, wants
from zapviz.model.locks import dropped, folio_lock, given_back, taken
from zapviz.model.marks import obtainable
from zapviz.model.paths import Invalidation, grown, invalidate, write_back, write_cache
from zapviz.model.references import named, waits
from zapviz.model.steps import Action, Actor, Move, Place, Rule, ends, untitled
from zapviz.model.world import (
    PIN,
    File,
    FolioFlag,
    World,
    lost,
    mapped,
    referenced,
    replaced,
    with_cache,
    with_data,
    with_folio,
)

__all__ = ["direct_read", "direct_write"]

WRITES_DISK: Final = Rule(
    "write-direct",
    "The data goes to the disk, past the page cache; nobody may keep a cached copy.",
    "iomap_dio_rw",
)
FALLS_BACK: Final = Rule(
    "write-buffered",
    "A page of the range could not be dropped from the page cache, so the write goes through the "
    "page cache instead.",
    "ext4_dio_write_iter",
)
EVICTED: Final = Rule(
    "write-evicted",
    "The page was written back; clean and not mapped, it leaves the page cache.",
    "mapping_evict_folio",
)
PINS: Final = Rule(
    "read-pins",
    "The page of memory to read into is held by a reference until the data has come.",
    "bio_iov_iter_get_pages",
)
DIRTIES: Final = Rule(
    "read-dirties",
    "The pages that the device will write to are marked dirty before it does.",
    "bio_set_pages_dirty",
)
READS: Final = Rule(
    "read-direct",
    "The data comes into the page that was held, mapped or not, and the page is let go.",
    "iomap_dio_bio_end_io",
)
ZEROES: Final = Rule(
    "read-hole",
    "The disk has no block there: the memory is filled with zeros.",
    "iomap_dio_hole_iter",
)


_COMES_BACK: Final = (Kind.SWAP, Kind.MIGRATION, Kind.DEVICE_PRIVATE, Kind.DEVICE_EXCLUSIVE)
"""What is brought back before anything about the access is refused."""


def _in_range(on: Elements, file: int, first: int, end: int) -> Footprint:
    """Touch the range of a file, with the entries that writing it back makes clean."""
    return Footprint(on.vmas | on.size(file), on.cached(file, first, end))


def _on_disk(on: Elements, file: int, first: int, end: int) -> Footprint:
    return Footprint(0, on.size(file) | on.cached(file, first, end))


def _locked_elsewhere(actor: Actor, world: World, file: int, first: int, end: int) -> int:
    """Give the first page of a range whose folio another CPU has locked; -1: there is none."""
    for page, entry in enumerate(world.files[file].cache[first:end], first):
        if entry.folio >= 0 and taken(world, actor.cpu, "folio lock", entry.folio) is None:
            return page
    return -1


# writes


@action(touches=_in_range, leads_to=STATEMENT, function="folio_lock")
def direct_write(
    actor: Actor, world: World, file: int, first: int, end: int, value: int
) -> Move | None:
    """Action: write back what is cached, which locks each folio; then drop it, and write."""
    held = world.files[file]
    inside = min(end, held.pages)
    if (page := _locked_elsewhere(actor, world, file, first, inside)) >= 0:
        again: Action = (direct_write, file, first, end, value)
        return waits(actor, world, held.cache[page].folio, Place(True, file, page), again)
    if first < inside:
        world = write_back(world, file, first, inside)
    write: Action = (write_disk, file, first, end, value)
    instead: Action = (fall_back, file, first, end, value)
    drops = Invalidation(file, first, end, "direct-write-invalidate", write, instead)
    return Move(world, ((invalidate, drops),))


@action(touches=_on_disk, leads_to=STATEMENT)
def write_disk(actor: Actor, world: World, file: int, first: int, end: int, value: int) -> Move:
    """Action: write the blocks of a range, for which the file grows; then drop once more what was
    cached meanwhile.

    What cannot be dropped then stays, and the kernel warns of it (dio_warn_stale_pagecache()).
    """
    held = grown(world.files[file], end)
    disk = tuple(value if first <= page < end else byte for page, byte in enumerate(held.disk))
    world = world._replace(files=replaced(world.files, file, held._replace(disk=disk)))
    step = actor.shows("cache", world, untitled("direct-write"), WRITES_DISK)
    drops = Invalidation(file, first, end, "direct-write-again", None, None)
    return Move(world, ((invalidate, drops),), step)


def _unlocking(on: Elements, file: int) -> Footprint:
    return Footprint(0, on.i_rwsem(file))


@action(touches=nothing, leads_to=STATEMENT)
def fall_back(actor: Actor, world: World, file: int, first: int, end: int, value: int) -> Move:
    """Action: release the inode's lock; the buffered write takes it anew."""
    left = dropped(world, actor.cpu, "i_rwsem", file)
    under = given_back(world, left)
    step = actor.shows(
        "cache",
        left,
        untitled("direct-write"),
        FALLS_BACK,
        "write through the page cache instead",
        under,
    )
    return Move(left, ((write_instead, file, first, end, value),), step)


@action(touches=_unlocking, leads_to=STATEMENT, function="inode_lock")
def write_instead(
    actor: Actor, world: World, file: int, first: int, end: int, value: int
) -> Move | None:
    """Action: ext4_buffered_write_iter(): write through the page cache; then clean up there."""
    locked = taken(world, actor.cpu, "i_rwsem", file)
    if locked is None:
        return None
    then: tuple[Action, ...] = (
        (write_cache, file, first, end, value),
        (unlock_inode, file),
        (flush, file, first, end),
    )
    return Move(locked, then)


@action(touches=_unlocking, gives_back=True)
def unlock_inode(actor: Actor, world: World, file: int) -> Move:
    """Action: release the inode's lock."""
    return Move(dropped(world, actor.cpu, "i_rwsem", file))


@action(touches=_in_range, function="folio_lock")
def flush(actor: Actor, world: World, file: int, first: int, end: int) -> Move | None:
    """Action: filemap_write_and_wait_range() on what was written through the page cache."""
    held = world.files[file]
    inside = min(end, held.pages)
    if (page := _locked_elsewhere(actor, world, file, first, inside)) >= 0:
        again: Action = (flush, file, first, end)
        return waits(actor, world, held.cache[page].folio, Place(True, file, page), again)
    if first < inside:
        world = write_back(world, file, first, inside)
    return Move(world, ((evict, file, first, end),))


@action(touches=_in_range, quiet="no cached page can be dropped")
def evict(actor: Actor, world: World, file: int, first: int, end: int) -> Move:
    """Action: invalidate_mapping_pages(): drop the next page that is clean, free and unmapped."""
    cache = world.files[file].cache
    for at in range(first, min(end, len(cache))):
        entry = cache[at]
        folio = world.folios[entry.folio] if entry.folio >= 0 else None
        if folio is None or taken(world, actor.cpu, "folio lock", entry.folio) is None:
            continue
        if folio.mapcount or folio.held or folio.flags & (FolioFlag.DIRTY | FolioFlag.MOVING):
            continue
        gone = with_cache(world, file, at, NONE)
        flags = folio.flags & ~FolioFlag.CACHED
        gone = mapped(with_folio(gone, entry.folio, folio._replace(flags=flags)), entry.folio, 0)
        place, part = Place(True, file, at), untitled("direct-write")
        under = (folio_lock(actor.cpu, entry.folio),)
        step = actor.shows_at(place, "cache", gone, part, EVICTED, "changed", entry, under)
        return Move(gone, ((evict, file, at + 1, end),), step)
    return Move(world)


# reads


@action(touches=_in_range, leads_to=STATEMENT, function="folio_lock")
def direct_read(
    actor: Actor, world: World, file: int, first: int, end: int, area: int, into: int
) -> Move | None:
    """Action: write back what is cached of the range, so that the disk has it; then read."""
    held = world.files[file]
    inside = min(end, held.pages)
    if first >= inside:
        return Move(world)
    if (page := _locked_elsewhere(actor, world, file, first, inside)) >= 0:
        again: Action = (direct_read, file, first, end, area, into)
        return waits(actor, world, held.cache[page].folio, Place(True, file, page), again)
    world = write_back(world, file, first, inside)
    # What is asked for beyond the end of the file is filled as a hole is, if the read goes on so
    # far; the count that is returned leaves it out.
    last = end if actor.kernel.read_fills_past_end else inside
    return Move(world, ((pin_next, file, first, last, area, into, ()),))


def is_hole(held: File, page: int) -> bool:
    """Tell whether the disk has nothing for a page of a file, as beyond the file's end."""
    return page >= len(held.disk) or held.disk[page] < 0


def _pinning(on: Elements, file: int, page: int, end: int, area: int, into: int) -> Footprint:
    return accessed(on, area, into, into + 1, True) | Footprint(on.cached(file, page, end))


@action(touches=_pinning, leads_to=STATEMENT, folios=("pinned",), function="__get_user_pages")
def pin_next(
    actor: Actor,
    world: World,
    file: int,
    page: int,
    end: int,
    area: int,
    into: int,
    pinned: tuple[int, ...],
) -> Move | None:
    """Action: fault in the next page of memory for writing, as get_user_pages() does, and take a
    reference on it; for a hole fill it with zeros.

    Where it cannot be had, the pages before it are read all the same, and the result is EFAULT.

    Args:
        page: The page of the file to read.
        into: The page of the mapping to read into.
        pinned: The folios that are held for the pages before it; -1 for a hole, which is done.
    """
    read: Action = (mark_dirty, file, page - len(pinned), pinned, pinned)
    if page >= end:
        return Move(world, (read,))
    if wants(world, area, into, True):
        vma = world.areas[area].vma_at(into)
        entry = world.areas[area].entries[into]
        comes_back = (
            vma is not None
            and vma.writable
            and entry.kind in _COMES_BACK
            and not lost(world, entry)
        )
        if not comes_back and not obtainable(world, area, into):
            short = actor.kernel.hole_read_stops and is_hole(world.files[file], page)
            return Move(world, (read,) if short else (read, (ends, "EFAULT")))
        move = fault(actor, world, area, into, True, GOES_ON)
        if move is None:
            return None
        again: Action = (pin_next, file, page, end, area, into, pinned)
        return Move(move.world, (*move.then, again), move.step)
    index = world.areas[area].entries[into].folio
    place, part, rule = Place(False, area, into), untitled("direct-read"), PINS
    hole = is_hole(world.files[file], page)
    if hole:
        folio = world.folios[index]
        assert folio is not None
        flags = folio.flags | FolioFlag.DIRTY
        world = with_folio(world, index, folio._replace(data=0, flags=flags))
        rule = ZEROES
    else:
        world = referenced(world, index, _held_by(actor.kernel))
    pinned = (*pinned, -1 if hole else index)
    then: Action = (pin_next, file, page + 1, end, area, into + 1, pinned)
    name = named(world, place)
    title = f"fill {name} with zeros" if hole else f"hold {name} for the device"
    return Move(world, (then,), actor.shows_at(place, "lock", world, part, rule, None, title=title))


@action(touches=STATEMENT, folios=("pinned", "left"), function="folio_lock")
def mark_dirty(
    actor: Actor,
    world: World,
    file: int,
    first: int,
    pinned: tuple[int, ...],
    left: tuple[int, ...],
) -> Move | None:
    """Action: bio_set_pages_dirty(): mark each page dirty, under its lock.

    Args:
        left: The folios that are not marked yet.
    """
    while left and left[0] < 0:
        left = left[1:]
    if not left:
        return Move(world, ((receive, file, first, pinned),))
    if taken(world, actor.cpu, "folio lock", left[0]) is None:
        return None
    world = _dirty(world, left[0])
    under = (folio_lock(actor.cpu, left[0]),)
    title = f"mark {_page(world, left[0])} dirty"
    step = actor.shows("cache", world, untitled("direct-read"), DIRTIES, title, under)
    return Move(world, ((mark_dirty, file, first, pinned, left[1:]),), step)


def _page(world: World, index: int) -> str:
    """Name the page that a folio belongs to."""
    folio = world.folios[index]
    assert folio is not None
    of = folio.area if folio.file < 0 else folio.file
    return named(world, Place(folio.file >= 0, of, folio.page))


def _held_by(kernel: Kernel) -> int:
    """Give the references that direct I/O takes on a page of memory."""
    return PIN if kernel.direct_io_pins else 1


def _dirty(world: World, index: int) -> World:
    folio = world.folios[index]
    assert folio is not None
    return with_folio(world, index, folio._replace(flags=folio.flags | FolioFlag.DIRTY))


@action(touches=STATEMENT, folios=("pinned",))
def receive(actor: Actor, world: World, file: int, page: int, pinned: tuple[int, ...]) -> Move:
    """Action: the device writes the next page of memory, which is then dirty and let go."""
    if not pinned:
        return Move(world)
    index = pinned[0]
    then: Action = (receive, file, page + 1, pinned[1:])
    if index < 0:
        return Move(world, (then,))
    title = f"the device writes {_page(world, index)}"
    world = _dirty(with_data(world, index, max(world.files[file].disk[page], 0)), index)
    world = referenced(world, index, -_held_by(actor.kernel))
    return Move(world, (then,), actor.shows("cache", world, untitled("direct-read"), READS, title))
