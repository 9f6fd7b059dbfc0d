"""What each statement asks of the kernel: the first move of every system call and access.

:func:`begin` takes a statement's first move. :func:`call` declares, beside each beginning, what the
whole statement can touch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias, assert_never

from zapviz.kernels.chains import BY_PIDFD
from zapviz.kernels.known import Kernel
from zapviz.model import program as p
from zapviz.model.actions import STATEMENT, action
from zapviz.model.areas import Area, Vma, changed, holed, pieces
from zapviz.model.direct import direct_read, direct_write
from zapviz.model.elements import EVERYTHING, Elements, Footprint, nothing
from zapviz.model.entries import NONE, UNMAPPED, Entry, Kind
from zapviz.model.faults import access_range, accessed
from zapviz.model.forking import FORKED, fork_process
from zapviz.model.lending import lend_range, make_exclusive
from zapviz.model.locks import (
    dropped,
    given_back,
    mm_of,
    taken,
    vma_taken,
    with_lock,
    without_locks,
)
from zapviz.model.marks import (
    guard_install,
    guard_remove,
    lock_pages,
    made_writable,
    poison_marks,
    populate_quietly,
    protect,
    write_protect,
)
from zapviz.model.migration import begin_range, end_range, migrate_range
from zapviz.model.paths import (
    VMA_PASS,
    Invalidation,
    begin_pass,
    invalidate,
    punch,
    truncate,
    unmap_area,
    unmap_file_range,
    write_cache,
)
from zapviz.model.poison import Poisoning, offline_range, poison_range
from zapviz.model.reclaim import free_range, pageout_range
from zapviz.model.steps import PLAIN, Action, Actor, Details, Move, Pass, Rule, ends, untitled
from zapviz.model.world import (
    File,
    Folio,
    FolioFlag,
    Lock,
    LockKind,
    MachineFlag,
    World,
    area_named,
    file_named,
    process_named,
    replaced,
)
from zapviz.model.zap import zap_range

__all__ = [
    "begin",
    "no_direct_io",
    "unwatched",
]


CALLS: Final = Rule("call", "The system call begins.", "")


NEW_OBJECT: Final = Rule(
    "new-object", "Nothing is mapped yet: entries arise when pages are touched.", ""
)


SWAPS_TO_DISK: Final = Rule(
    "swap-disk",
    "What is swapped out goes to a disk. A page that is read back stays in the swap cache and "
    "keeps its slot; one that is written as it comes back does not.",
    "",
)


SWAPS_TO_RAM: Final = Rule(
    "swap-ram",
    "What is swapped out goes to a device that answers at once: a page that comes back is its "
    "owner's alone, and its slot is free.",
    "",
)


NOT_MADE: Final = Rule("no-droppable", "This kernel has no MAP_DROPPABLE: nothing is mapped.", "")


REFUSED: Final = Rule("refused", "The kernel refuses before it touches an entry.", "")


Begins: TypeAlias = Callable[[Actor, World, Any], Move | None]
Touches: TypeAlias = Callable[[Elements, Any], Footprint]


class CallFacts(NamedTuple):
    """A kind of statement: its beginning, and what is known of it without running it."""

    begins: Begins
    touches: Touches
    local: bool
    function: Callable[[Any], str] | str
    asks_references: Callable[[Any], bool] | bool
    faults: Callable[[Any], bool] | bool

    def may_fault(self, statement: p.Statement) -> bool:
        """Tell whether a statement accesses memory, or faults it in."""
        return self.faults if isinstance(self.faults, bool) else self.faults(statement)

    def counts(self, statement: p.Statement) -> bool:
        """Tell whether a statement asks whether others hold references on a folio."""
        asks = self.asks_references
        return asks if isinstance(asks, bool) else asks(statement)


def call(
    *,
    touches: Touches,
    local: bool = False,
    function: Callable[[Any], str] | str = "",
    asks_references: Callable[[Any], bool] | bool = False,
    faults: Callable[[Any], bool] | bool = False,
) -> Callable[[Begins], CallFacts]:
    """Declare what is known of a kind of statement, beside the function that begins it.

    Args:
        touches: What the whole statement can read and write.
        local: Whether no other CPU can notice that it begins.
        function: The function in which the kernel waits as it begins, as a key of
            :data:`zapviz.kernels.chains.FUNCTIONS`; "": it never waits.
        asks_references: Whether it does other things where somebody holds a reference on a folio.
        faults: Whether it accesses memory, or faults it in.
    """

    def declare(begins: Begins) -> CallFacts:
        return CallFacts(begins, touches, local, function, asks_references, faults)

    return declare


def _all(on: Elements, statement: p.Statement) -> Footprint:
    return call_of(statement).touches(on, statement)


def _begins_unnoticed(statement: p.Statement) -> bool:
    return call_of(statement).local


def _waits_in(statement: p.Statement) -> str:
    function = call_of(statement).function
    return function if isinstance(function, str) else function(statement)


@action(touches=_all, local=_begins_unnoticed, function=_waits_in)
def begin(actor: Actor, world: World, statement: p.Statement) -> Move | None:
    """Action: take a statement's first move."""
    return call_of(statement).begins(actor, world, statement)


def _done(actor: Actor, world: World, chain: str, rule: Rule = NEW_OBJECT) -> Move:
    part = untitled(chain)
    return Move(world, (), actor.shows("begin", world, part, rule))


def _refuse(actor: Actor, world: World, result: str, why: str = "") -> Move:
    rule = REFUSED._replace(reason=why) if why else REFUSED
    return Move(world, (), actor.shows("begin", world, PLAIN, rule), result)


def unwatched(kernel: Kernel) -> str:
    """Say why userfaultfd does not write-protect mappings of disk files, without a full stop.

    Asynchronous write-protection works with any memory (vma_can_userfault()).
    """
    if not kernel.uffd_wp_async:
        return "Mappings of disk files are not watched by userfaultfd"
    return (
        "userfaultfd watches mappings of disk files only with UFFD_FEATURE_WP_ASYNC, "
        "which is not modelled"
    )


def _unwatched(shmem: bool, kernel: Kernel) -> str:
    """Say why userfaultfd cannot write-protect a file's mapping."""
    if shmem:
        return "This kernel's userfaultfd write-protects anonymous memory alone."
    return f"{unwatched(kernel)}."


def no_direct_io(kernel: Kernel) -> str:
    """Say why a file of shmem takes no direct writes: it is a memfd.

    fcntl(F_SETFL) requires FMODE_CAN_ODIRECT of a file. A tmpfs file gets it when it is opened
    (shmem_file_open()); a memfd is not opened in that way.
    """
    if not kernel.tmpfs_direct_io:
        return "shmem has no direct I/O in this kernel: O_DIRECT is refused."
    return (
        "The model's shmem file is a memfd, which does not take O_DIRECT; a file of a mounted "
        "tmpfs does, since v6.6."
    )


def _calling(
    actor: Actor,
    world: World,
    chain: str,
    then: tuple[Action, ...],
    under: tuple[Lock, ...] = (),
) -> Move:
    """Begin a system call: one step with the locks that it takes, then its actions.

    Args:
        under: Locks that the call takes and releases within that step.
    """
    part = untitled(chain)
    return Move(world, (*then, (ends, "0")), actor.shows("begin", world, part, CALLS, "", under))


def _mm(
    world: World, s: p.Munmap | p.MapFixed | p.Mlock | p.Mprotect | p.Uffd | p.Madvise | p.ToDevice
) -> int:
    """Give whose mmap_lock a statement takes: that of its mapping's process."""
    return mm_of(world, area_named(world, s.pages.name))


def _anything(on: Elements, s: p.Statement) -> Footprint:
    return EVERYTHING


@call(touches=_anything)
def _swap_device(actor: Actor, world: World, s: p.SwapDevice) -> Move:
    if s.kind == "ram":
        return _done(actor, world, "", SWAPS_TO_RAM)
    world = world._replace(machine=world.machine | MachineFlag.SWAP_DISK)
    return _done(actor, world, "", SWAPS_TO_DISK)


@call(touches=_anything)
def _new_file(actor: Actor, world: World, s: p.NewFile) -> Move:
    size = s.pages * p.PAGE_BYTES
    at = len(world.files)
    if s.kind == "shmem":
        file = File(s.name, True, size, (NONE,) * s.pages)
        return _done(actor, world._replace(files=(*world.files, file)), "")
    start = len(world.folios)
    flags = FolioFlag.CACHED
    folios = tuple(Folio(at, -1, page, 0, 0, flags) for page in range(s.pages))
    cache = tuple(Entry(Kind.FILE, start + page) for page in range(s.pages))
    file = File(s.name, False, size, cache, (0,) * s.pages)
    world = world._replace(files=(*world.files, file), folios=world.folios + folios)
    return _done(actor, world, "")


@call(touches=_anything)
def _new_mapping(actor: Actor, world: World, s: p.NewMapping) -> Move:
    file = file_named(world, s.pages.name)
    vma = Vma(0, s.pages.count, file, s.pages.first, s.shared)
    process = process_named(world, p.owner_of(s.name))
    area = Area(s.name, (NONE,) * s.pages.count, (vma,), s.pages.first, False, process)
    return _done(actor, world._replace(areas=(*world.areas, area)), "mmap")


@call(touches=_anything)
def _new_anon(actor: Actor, world: World, s: p.NewAnon) -> Move:
    """do_mmap(): map memory; droppable memory has VM_WIPEONFORK as well."""
    process = process_named(world, p.owner_of(s.name))
    entries = (NONE,) * s.pages
    vmas: tuple[Vma, ...] = (Vma(0, s.pages),)
    refused = s.droppable and actor.kernel.droppable == "no"
    if refused:
        entries, vmas = (UNMAPPED,) * s.pages, ()
    elif s.droppable:
        vmas = (Vma(0, s.pages, wipeonfork=True, droppable=True),)
    area = Area(s.name, entries, vmas, 0, False, process)
    world = world._replace(areas=(*world.areas, area))
    if refused:
        return Move(world, (), actor.shows("begin", world, untitled("mmap"), NOT_MADE), "EINVAL")
    return _done(actor, world, "mmap")


def _accessed(on: Elements, s: p.Write | p.Read) -> Footprint:
    pages = s.pages
    return accessed(on, on.area(pages.name), pages.first, pages.end, isinstance(s, p.Write))


@call(touches=_accessed, local=True, faults=True)
def _write(actor: Actor, world: World, s: p.Write) -> Move:
    area = area_named(world, s.pages.name)
    return Move(world, ((access_range, area, s.pages.first, s.pages.end, s.value),))


@call(touches=_accessed, local=True, faults=True)
def _read(actor: Actor, world: World, s: p.Read) -> Move:
    area = area_named(world, s.pages.name)
    return Move(world, ((access_range, area, s.pages.first, s.pages.end, None),))


def _unmapped(on: Elements, s: p.Munmap | p.MapFixed) -> Footprint:
    area = on.area(s.pages.name)
    pages = on.entries(area, s.pages.first, s.pages.end)
    return on.walk(pages) | Footprint(0, pages | on.mmap_lock | on.vmas | on.table(area))


@call(touches=_unmapped, function="mmap_write_lock_killable")
def _munmap(actor: Actor, world: World, s: p.Munmap) -> Move | None:
    locked = taken(world, actor.cpu, "mmap_lock", _mm(world, s))
    if locked is None:
        return None
    area = area_named(world, s.pages.name)
    then = unmap_area(actor, locked, area, s.pages.first, s.pages.end, "munmap")
    return _calling(actor, locked, "munmap", then)


@call(touches=_unmapped, function="vm_mmap_pgoff")
def _map_fixed(actor: Actor, world: World, s: p.MapFixed) -> Move | None:
    locked = taken(world, actor.cpu, "mmap_lock", _mm(world, s))
    if locked is None:
        return None
    area = area_named(world, s.pages.name)
    written = _vmas_written(actor, locked, area, s.pages.first, s.pages.end)
    if written is None:
        return None
    locked = written
    then = unmap_area(actor, locked, area, s.pages.first, s.pages.end, "mmap-fixed")
    then = (*then, (_map_anew, area, s.pages.first, s.pages.end))
    return _calling(actor, locked, "mmap-fixed", then)


def _vmas_written(actor: Actor, world: World, area: int, first: int, end: int) -> World | None:
    """vma_start_write() on the VMAs of a range, for a writer of the mmap_lock; None: wait.

    It keeps a fault out only where faults do not take the mmap_lock.
    """
    if not actor.kernel.fault_vma_lock:
        return world
    return vma_taken(world, actor.cpu, area, first, end, False)


def _mapping_anew(on: Elements, area: int, first: int, end: int) -> Footprint:
    return Footprint(0, on.vmas | on.entries(area, first, end))


@action(touches=_mapping_anew)
def _map_anew(actor: Actor, world: World, area: int, first: int, end: int) -> Move:
    """Action: map fresh anonymous memory where nothing is mapped any more."""
    held = world.areas[area]
    vmas = tuple(sorted((*held.vmas, Vma(first, end))))
    entries = held.entries[:first] + (NONE,) * (end - first) + held.entries[end:]
    held = changed(held._replace(vmas=vmas, entries=entries), first, end, lambda vma: vma)
    return _done(actor, world._replace(areas=replaced(world.areas, area, held)), "mmap-fixed")


@call(touches=_anything)
def _fork(actor: Actor, world: World, s: p.Fork) -> Move | None:
    """dup_mmap(): copy the mappings under the mmap_lock of both processes, the child's nested."""
    locked = taken(world, actor.cpu, "mmap_lock", process_named(world, s.of) or -1)
    if locked is None:
        return None
    forked, copies = fork_process(actor, locked, s.name, s.of)
    nested = Lock("mmap_lock", len(locked.processes), actor.cpu, False)
    forked = with_lock(forked, nested)
    step = actor.shows("begin", forked, untitled("fork"), FORKED)
    return Move(forked, (*copies, (ends, "0")), step)


@call(touches=_anything, function="do_exit")
def _exit(actor: Actor, world: World, s: p.Exit) -> Move | None:
    """exit_mmap(): zap under the lock that ``exit_lock`` names.

    No other thread is left by then. So where one of several CPUs exits, it keeps all others out,
    whatever the kernel.
    """
    process = process_named(world, s.process)
    locked: World | None = world
    how, of = actor.kernel.exit_lock, process or -1
    if not actor.alone or how != "no":
        locked = taken(world, actor.cpu, "mmap_lock", of, actor.alone and how == "read")
    own = [(at, held) for at, held in enumerate(world.areas) if held.process == process]
    for area, held in own:
        if locked is not None and not actor.alone:
            locked = _vmas_written(actor, locked, area, 0, len(held.entries))
    if locked is None:
        return None
    zaps: list[Action] = []
    removals: list[Action] = []
    for area, held in own:
        *zapping, removal = unmap_area(actor, locked, area, 0, len(held.entries), "exit")
        zaps += zapping
        removals.append(removal)
    return _calling(actor, locked, "exit", (*zaps, (_lock_for_removal, of), *removals))


# Among several CPUs the lock is held already: it does nothing.
@action(touches=nothing, function="mmap_write_lock")
def _lock_for_removal(actor: Actor, world: World, of: int) -> Move | None:
    """Action: take the mmap_lock for writing once all is zapped, as exit_mmap() does."""
    if not actor.alone or actor.kernel.exit_lock != "read":
        return Move(world)
    locked = taken(dropped(world, actor.cpu, "mmap_lock"), actor.cpu, "mmap_lock", of)
    return None if locked is None else Move(locked)


def _locked_in(on: Elements, s: p.Mlock) -> Footprint:
    """Touch the VMAs; then every page, which is faulted in."""
    pages, touched = s.pages, Footprint(0, on.mmap_lock | on.vmas)
    if s.lock:
        touched |= accessed(on, on.area(pages.name), pages.first, pages.end, False)
    return touched


def _locking_in(s: p.Mlock) -> str:
    return "do_mlock" if s.lock else "__do_sys_munlock"


@call(touches=_locked_in, function=_locking_in, faults=True)
def _mlock(actor: Actor, world: World, s: p.Mlock) -> Move | None:
    locked = taken(world, actor.cpu, "mmap_lock", _mm(world, s))
    if locked is None:
        return None
    area = area_named(world, s.pages.name)
    first, end = s.pages.first, s.pages.end
    written = _vmas_written(actor, locked, area, first, end)
    if written is None:
        return None
    under = given_back(written, world)
    if s.lock:
        world, then = lock_pages(world, area, first, end)
        return _calling(actor, world, "mlock", then, under)
    held = world.areas[area]
    gap = holed(held, first, end)
    held = changed(held, first, _covered(held, first, end), lambda vma: vma._replace(locked=False))
    world = world._replace(areas=replaced(world.areas, area, held))
    return _calling(actor, world, "munlock", ((ends, "ENOMEM"),) if gap else (), under)


def _covered(held: Area, first: int, end: int) -> int:
    """Give the first page of a range that its VMAs leave out, or the range's end."""
    for _, start, stop in pieces(held, first, end):
        if start > first:
            break
        first = stop
    return first


def _protected(on: Elements, s: p.Mprotect) -> Footprint:
    """Touch the VMAs and entries; private memory that is locked is written to."""
    pages = s.pages
    touched = accessed(on, on.area(pages.name), pages.first, pages.end, True)
    return touched | Footprint(0, on.mmap_lock | on.vmas)


@call(touches=_protected, function="do_mprotect_pkey")
def _mprotect(actor: Actor, world: World, s: p.Mprotect) -> Move | None:
    locked = taken(world, actor.cpu, "mmap_lock", _mm(world, s))
    if locked is None:
        return None
    area = area_named(world, s.pages.name)
    first, end = s.pages.first, s.pages.end
    written = _vmas_written(actor, locked, area, first, end)
    if written is None:
        return None
    locked = written
    reach = _covered(world.areas[area], first, end)
    readable, writable = "PROT_READ" in s.prot, "PROT_WRITE" in s.prot
    parts = made_writable(world.areas[area], first, reach) if writable else []
    world = protect(locked, area, first, reach, readable, writable)
    then: list[Action] = [(populate_quietly, area, start, stop) for start, stop in parts]
    if reach < end:
        then.append((ends, "ENOMEM"))
    return _calling(actor, world, "mprotect", tuple(then))


def _watched(on: Elements, s: p.Uffd) -> Footprint:
    """Touch the VMAs of the whole mapping; the marks may depend on the file's size."""
    area = on.area(s.pages.name)
    pages, sizes = on.entries(area, s.pages.first, s.pages.end), 0
    for file in on.files(pages):
        sizes |= on.size(file)
    return Footprint(sizes, pages | on.mmap_lock | on.vmas | on.table(area))


@call(touches=_watched, function="userfaultfd_ioctl")
def _uffd(actor: Actor, world: World, s: p.Uffd) -> Move | None:
    kernel = actor.kernel
    locked = taken(world, actor.cpu, "mmap_lock", _mm(world, s))
    if locked is None:
        return None
    area = area_named(world, s.pages.name)
    first, end = s.pages.first, s.pages.end
    held = world.areas[area]
    for vma in held.vmas:
        if vma.file >= 0 and not (world.files[vma.file].shmem and kernel.uffd_wp_file):
            return _refuse(actor, world, "EINVAL", _unwatched(world.files[vma.file].shmem, kernel))
    if not held.vmas:
        return _refuse(actor, world, "EINVAL")
    if kernel.droppable == "unwatched" and any(vma.droppable for vma in held.vmas):
        return _refuse(actor, world, "EINVAL", "userfaultfd does not watch droppable memory.")
    # The registration is over, and its locks are released, before the range is marked.
    if _vmas_written(actor, locked, area, 0, len(held.entries)) is None:
        return None
    held = changed(
        held, 0, len(held.entries), lambda vma: vma if vma.detached else vma._replace(uffd_wp=True)
    )
    locked = locked._replace(areas=replaced(locked.areas, area, held))
    registered = without_locks(locked, actor.cpu)
    under = given_back(locked, registered)
    if s.action == "poison":
        poison: Action = (_poison, area, first, end)
        refused: Action = (ends, "EINVAL")
        then = poison if kernel.uffd_poison else refused
        return _calling(actor, registered, "uffd-poison", (then,), under)
    return _calling(actor, registered, "uffd-wp", ((_write_protect, area, first, end),), under)


def _protecting(on: Elements, area: int, first: int, end: int) -> Footprint:
    touched = Footprint(on.mmap_lock | on.vmas, on.entries(area, first, end))
    return touched | Footprint(0, on.table(area))


@action(touches=_protecting, leads_to=STATEMENT, function="userfaultfd_ioctl")
def _write_protect(actor: Actor, world: World, area: int, first: int, end: int) -> Move | None:
    """Action: UFFDIO_WRITEPROTECT, a call of its own after the registration."""
    locked = taken(world, actor.cpu, "mmap_lock", mm_of(world, area), True)
    if locked is None:
        return None
    held, part = locked.areas[area], untitled("uffd-wp")
    parts = pieces(held, first, end)
    if not parts or not (_is_one(parts, first, end) or actor.kernel.uffd_wp_many_vmas):
        return Move(world, ((ends, "ENOENT"),))
    protects: list[Action] = []
    for vma, start, stop in parts:
        if not vma.uffd_wp:  # mapped anew since the registration
            protects.append((ends, "ENOENT"))
            break
        protects.append((write_protect, area, start, stop, part))
    return Move(locked, tuple(protects))


def _poisoning(on: Elements, area: int, first: int, end: int) -> Footprint:
    sizes = 0
    for file in on.files(on.entries(area, first, end)):
        sizes |= on.size(file)
    return _protecting(on, area, first, end) | Footprint(sizes)


@action(touches=_poisoning, leads_to=STATEMENT, function="userfaultfd_ioctl")
def _poison(actor: Actor, world: World, area: int, first: int, end: int) -> Move | None:
    """Action: UFFDIO_POISON, a call of its own after the registration."""
    locked = taken(world, actor.cpu, "mmap_lock", mm_of(world, area), True)
    if locked is None:
        return None
    parts = pieces(locked.areas[area], first, end)
    if not _is_one(parts, first, end) or not parts[0][0].uffd_wp:
        return Move(world, ((ends, "ENOENT"),))
    return Move(locked, ((poison_marks, area, first, end, untitled("uffd-poison"), first),))


def _is_one(parts: Sequence[tuple[Vma, int, int]], first: int, end: int) -> bool:
    """Tell whether one VMA has all of a range."""
    return bool(parts) and parts[0][1:] == (first, end)


# madvise


def _advised(on: Elements, s: p.Madvise) -> Footprint:
    area, first, end = on.area(s.pages.name), s.pages.first, s.pages.end
    pages = on.entries(area, first, end)
    if s.advice in p.FORK_ADVICE:
        return Footprint(0, on.mmap_lock | on.vmas)
    touched = on.walk(pages) | Footprint(on.mmap_lock, pages)
    if s.advice in _BREAKS:
        touched |= accessed(on, area, first, end, False)
        touched |= Footprint(0, on.mf_mutex | on.zero_page)
    elif s.advice == "MADV_GUARD_INSTALL":
        # Which lock is enough depends on what the whole VMA holds (_lone_vma()).
        touched |= Footprint(on.entries(area, 0, None), on.table(area))
    elif s.advice == "MADV_REMOVE":
        for file in on.files(pages):
            touched |= _punched(on, file, 0, 0)
    return touched


def _breaking(s: p.Madvise) -> bool:
    return s.advice in _BREAKS


def _asking(s: p.Madvise) -> bool:
    return s.advice in (*_BREAKS, "MADV_PAGEOUT")


def _advising(s: p.Madvise) -> str:
    return "process_madvise" if s.by_pidfd else "do_madvise"


@call(touches=_advised, function=_advising, asks_references=_asking, faults=_breaking)
def _madvise(actor: Actor, world: World, s: p.Madvise) -> Move | None:
    kernel, advice = actor.kernel, s.advice
    if s.by_pidfd and advice != "MADV_PAGEOUT":
        # process_madvise_remote_valid()
        if p.owner_of(s.pages.name):
            return _refuse(actor, world, "EINVAL", NOT_REMOTE)
        if not kernel.process_madvise_self:
            return _refuse(actor, world, "EINVAL", NOT_BY_PIDFD)
    if advice == "MADV_DONTNEED_LOCKED" and not kernel.dontneed_locked:
        return _refuse(actor, world, "EINVAL")
    if advice.startswith("MADV_GUARD") and kernel.guard_regions == "no":
        return _refuse(actor, world, "EINVAL")
    area = area_named(world, s.pages.name)
    if advice in p.FORK_ADVICE:
        return _advise_fork(actor, world, s)
    chain = _chain(s, _ADVICE_CHAINS[advice])
    if advice in _BREAKS:
        at = Poisoning(area, s.pages.first, s.pages.end, untitled(chain))
        takes = poison_range if advice == "MADV_HWPOISON" else offline_range
        return _calling(actor, world, chain, ((takes, at),))
    held = world.areas[area]
    alone = _lone_vma(actor, held, advice, s.pages)
    if alone is not None:
        locked = vma_taken(world, actor.cpu, area, alone.first, alone.end, True)
    else:
        locked = taken(world, actor.cpu, "mmap_lock", _mm(world, s), True)
    if locked is None:
        return None
    then: tuple[Action, ...] = tuple(
        (_advise, advice, chain, area, start, stop)
        for _, start, stop in pieces(held, s.pages.first, s.pages.end)
    )
    if holed(held, s.pages.first, s.pages.end):
        then = (*then, (ends, "ENOMEM"))
    return _calling(actor, locked, chain, then)


def _advise_fork(actor: Actor, world: World, s: p.Madvise) -> Move | None:
    """madvise_update_vma(): say what a child gets of a range; VMAs are split and merged."""
    locked = taken(world, actor.cpu, "mmap_lock", _mm(world, s))
    if locked is None:
        return None
    area, first, end = area_named(world, s.pages.name), s.pages.first, s.pages.end
    held = world.areas[area]
    advised = {
        "MADV_DONTFORK": {"dontfork": True},
        "MADV_DOFORK": {"dontfork": False},
        "MADV_WIPEONFORK": {"wipeonfork": True},
        "MADV_KEEPONFORK": {"wipeonfork": False},
    }[s.advice]
    result = "ENOMEM" if holed(held, first, end) else "0"
    for vma, start, stop in pieces(held, first, end):
        wiped = {"MADV_WIPEONFORK": vma.file >= 0, "MADV_KEEPONFORK": vma.droppable}
        if wiped.get(s.advice):
            result = "EINVAL"  # what came before it in the range is changed
            break
        held = changed(held, start, stop, lambda vma: vma._replace(**advised))
    locked = locked._replace(areas=replaced(locked.areas, area, held))
    return _calling(actor, locked, _chain(s, "advise-fork"), ((ends, result),))


def _lone_vma(actor: Actor, held: Area, advice: str, pages: p.Pages) -> Vma | None:
    """Give the VMA whose lock suffices for an advice; None where madvise takes the mmap_lock.

    One VMA has to contain the whole range, and userfaultfd must not watch it (try_vma_read_lock(),
    mm/madvise.c). The model has no anon_vma; it counts private memory as having one from its first
    private page on.
    """
    if advice not in _UNDER_A_VMA_LOCK[actor.kernel.madvise_vma_lock]:
        return None
    vma = held.vma_at(pages.first)
    if vma is None or pages.end > vma.end or vma.uffd_wp:
        return None
    if advice == "MADV_GUARD_INSTALL" and vma.anonymous:
        kinds = {entry.kind for entry in held.entries[vma.first : vma.end]}
        if not kinds & {Kind.ANON, Kind.SWAP, Kind.MIGRATION}:
            return None  # anon_vma_prepare() asks for the mmap_lock
    return vma


_ZAPS: Final = ("MADV_DONTNEED", "MADV_DONTNEED_LOCKED", "MADV_FREE")
_UNDER_A_VMA_LOCK: Final = {
    "no": (),
    "zaps": _ZAPS,
    "all": (*_ZAPS, "MADV_GUARD_INSTALL", "MADV_GUARD_REMOVE"),
}


_ADVICE_CHAINS: Final = {
    "MADV_DONTNEED": "dontneed",
    "MADV_DONTNEED_LOCKED": "dontneed",
    "MADV_FREE": "free",
    "MADV_REMOVE": "remove",
    "MADV_PAGEOUT": "pageout",
    "MADV_GUARD_INSTALL": "guard-install",
    "MADV_GUARD_REMOVE": "guard-remove",
    "MADV_HWPOISON": "hwpoison",
    "MADV_SOFT_OFFLINE": "soft-offline",
}


def _chain(s: p.Madvise, key: str) -> str:
    """Give the key of the call chain by which an advice comes."""
    return f"{BY_PIDFD}{key}" if s.by_pidfd else key


NOT_REMOTE: Final = (
    "On another process process_madvise() takes only advice that loses nothing, such as "
    "MADV_PAGEOUT."
)
NOT_BY_PIDFD: Final = (
    "In this kernel process_madvise() takes only advice that loses nothing, such as MADV_PAGEOUT, "
    "on its caller, too."
)


_BREAKS: Final = ("MADV_HWPOISON", "MADV_SOFT_OFFLINE")


def _looking_up(on: Elements) -> Footprint:
    return Footprint(on.vmas)


@action(touches=_looking_up, leads_to=STATEMENT, quiet="finds the VMAs of the range")
def _advise(
    actor: Actor, world: World, advice: str, chain: str, area: int, first: int, end: int
) -> Move:
    """Action: madvise_vma_behavior(): apply one advice to one VMA's part of the range."""
    vma = world.areas[area].vma_at(first)
    if vma is None:  # unmapped while MADV_REMOVE had dropped the mmap_lock
        return Move(world, ((ends, "ENOMEM"),))
    name = world.areas[area].name
    kind = _ADVICE_CHAINS[advice]
    title = f"{advice} of {name}[{first}:{end}]"
    details = None
    if kind == "dontneed" and actor.kernel.dontneed_frees_tables:
        details = Details(even_cows=True, reclaim_pt=True)
    part = Pass(title, chain, details, zaps=kind in ("dontneed", "guard-install"))
    invalid = (ends, "EINVAL")
    if advice == "MADV_REMOVE":
        return _remove(actor, world, chain, area, vma, first, end)
    if vma.locked and advice not in ("MADV_DONTNEED_LOCKED", "MADV_GUARD_REMOVE"):
        return Move(world, (invalid,))
    if advice == "MADV_FREE" and vma.file >= 0:
        return Move(world, (invalid,))
    if kind == "guard-install":
        if vma.file >= 0 and actor.kernel.guard_regions != "all":
            return Move(world, (invalid,))
        return Move(world, ((guard_install, area, first, first, end, part, 0),))
    if kind == "guard-remove" and vma.file >= 0 and actor.kernel.guard_regions != "all":
        return Move(world, (invalid,))
    if kind == "dontneed":
        return Move(world, ((begin_pass, part, VMA_PASS), (zap_range, area, first, end, part, ())))
    take = {
        "free": free_range,
        "pageout": pageout_range,
        "guard-remove": guard_remove,
    }[kind]
    return Move(world, ((take, area, first, end, part),))


def _remove(
    actor: Actor, world: World, chain: str, area: int, vma: Vma, first: int, end: int
) -> Move:
    """madvise_remove(): punch a hole, with the mmap_lock released meanwhile."""
    if vma.locked or vma.file < 0:
        return Move(world, ((ends, "EINVAL"),))
    if not vma.shared or not (vma.writable or actor.kernel.remove_maywrite):
        return Move(world, ((ends, "EACCES"),))
    world = dropped(world, actor.cpu, "mmap_lock")
    offset = vma.offset
    punching: Action = (_punching, vma.file, first + offset, end + offset, chain)
    return Move(world, (punching, (_relock, mm_of(world, area))))


def _relocking(on: Elements) -> Footprint:
    return Footprint(on.mmap_lock)


@action(touches=_relocking, function="mmap_read_lock")
def _relock(actor: Actor, world: World, of: int) -> Move | None:
    """Action: take the mmap_lock again."""
    locked = taken(world, actor.cpu, "mmap_lock", of, True)
    return None if locked is None else Move(locked)


# files


def _inode_locked(actor: Actor, world: World, file: int) -> World | None:
    """Take the inode's lock and, for a disk file, the lock that keeps faults from reading pages."""
    locked = taken(world, actor.cpu, "i_rwsem", file)
    if locked is not None and not world.files[file].shmem:
        locked = taken(locked, actor.cpu, "invalidate_lock", file)
    return locked


def _truncated(on: Elements, s: p.Ftruncate) -> Footprint:
    file = on.file(s.file)
    touched = Footprint(0, on.cached(file) | on.size(file) | on.inode(file))
    return on.sweep(file) | touched


@call(touches=_truncated, function="inode_lock")
def _ftruncate(actor: Actor, world: World, s: p.Ftruncate) -> Move | None:
    file = file_named(world, s.file)
    locked = _inode_locked(actor, world, file)
    if locked is None:
        return None
    chain = "truncate-shmem-size" if world.files[file].shmem else "truncate-file-size"
    return _calling(actor, locked, chain, truncate(actor, locked, file, s.size))


def _locking_inode(on: Elements, file: int) -> Footprint:
    return Footprint(on.size(file), on.inode(file))


def _punched(on: Elements, file: int, first: int, end: int) -> Footprint:
    return _locking_inode(on, file) | on.sweep(file) | Footprint(0, on.cached(file, first, end))


@action(touches=_locking_inode, leads_to=_punched, function="inode_lock")
def _punching(
    actor: Actor, world: World, file: int, first: int, end: int, caller: str
) -> Move | None:
    """Action: vfs_fallocate() of a hole, with the inode's locks.

    shmem keeps faults out of the hole without a lock: they see a note and wait for the
    punch to end (shmem_fault(), mm/shmem.c)."""
    locked = _inode_locked(actor, world, file)
    if locked is None:
        return None
    shmem = world.files[file].shmem
    if shmem:
        note = Lock("shmem_falloc", file, actor.cpu, False, first, end)
        locked = locked._replace(locks=(*locked.locks, note))
    then = (*punch(actor, locked, file, first, end, caller), (_unlock_inode, file))
    part = untitled(f"{caller}-shmem-cache" if shmem else f"{caller}-file-cache")
    return Move(locked, then, actor.shows("begin", locked, part, CALLS))


_INODE_LOCKS: Final[tuple[LockKind, ...]] = ("shmem_falloc", "invalidate_lock", "i_rwsem")


def _unlocking_inode(on: Elements, file: int) -> Footprint:
    return Footprint(0, on.inode(file))


@action(touches=_unlocking_inode, gives_back=True)
def _unlock_inode(actor: Actor, world: World, file: int) -> Move:
    """Action: release the inode's locks."""
    for kind in _INODE_LOCKS:
        world = dropped(world, actor.cpu, kind, file)
    return Move(world)


def _hole(on: Elements, s: p.Fallocate) -> Footprint:
    return _punched(on, on.file(s.pages.name), s.pages.first, s.pages.end)


@call(touches=_hole, local=True)
def _fallocate(actor: Actor, world: World, s: p.Fallocate) -> Move:
    file = file_named(world, s.pages.name)
    return Move(world, ((_punching, file, s.pages.first, s.pages.end, "punch"), (ends, "0")))


def _written(on: Elements, s: p.Pwrite) -> Footprint:
    file = on.file(s.pages.name)
    pages = on.cached(file, s.pages.first, s.pages.end)
    return on.sweep(file) | Footprint(0, pages | on.size(file) | on.i_rwsem(file))


def _read_directly(on: Elements, s: p.Pread) -> Footprint:
    """Touch the blocks, the pages that are written back, and those that are read into."""
    file, area = on.file(s.pages.name), on.area(s.into.name)
    pages = on.cached(file, s.pages.first, s.pages.end)
    touched = accessed(on, area, s.into.first, s.into.end, True)
    return touched | Footprint(on.vmas | on.size(file) | on.i_rwsem(file), pages)


@call(touches=_read_directly, function="inode_lock_shared", faults=True)
def _pread(actor: Actor, world: World, s: p.Pread) -> Move | None:
    file = file_named(world, s.pages.name)
    if world.files[file].shmem:
        return _refuse(actor, world, "EINVAL", no_direct_io(actor.kernel))
    locked = taken(world, actor.cpu, "i_rwsem", file, True)
    if locked is None:
        return None
    area = area_named(world, s.into.name)
    then: Action = (direct_read, file, s.pages.first, s.pages.end, area, s.into.first)
    return _calling(actor, locked, "direct-read", (then,))


def _writing_directly(s: p.Pwrite) -> bool:
    return s.direct


@call(touches=_written, function="inode_lock", asks_references=_writing_directly)
def _pwrite(actor: Actor, world: World, s: p.Pwrite) -> Move | None:
    file = file_named(world, s.pages.name)
    locked = taken(world, actor.cpu, "i_rwsem", file)
    if locked is None:
        return None
    shmem = world.files[file].shmem
    if s.direct and shmem:
        return _refuse(actor, world, "EINVAL", no_direct_io(actor.kernel))
    take = direct_write if s.direct else write_cache
    chain = "direct-write" if s.direct else ("write-shmem" if shmem else "write-file")
    then: tuple[Action, ...] = ((take, file, s.pages.first, s.pages.end, s.value),)
    return _calling(actor, locked, chain, then)


def _swept(on: Elements, s: p.Invalidate | p.UnmapMappingRange) -> Footprint:
    file = on.file(s.pages.name)
    return on.sweep(file) | Footprint(0, on.cached(file, s.pages.first, s.pages.end))


@call(touches=_swept, local=True)
def _invalidate(actor: Actor, world: World, s: p.Invalidate) -> Move:
    file = file_named(world, s.pages.name)
    at = Invalidation(file, s.pages.first, s.pages.end, "invalidate")
    return _calling(actor, world, "invalidate-cache", ((invalidate, at),))


@call(touches=_swept, local=True)
def _unmap_range(actor: Actor, world: World, s: p.UnmapMappingRange) -> Move:
    file = file_named(world, s.pages.name)
    first, end = s.pages.first, s.pages.end
    title = f"unmap_mapping_range({s.pages.name}[{first}:{end}], even_cows={int(s.even_cows)})"
    part = Pass(title, "driver", Details(even_cows=s.even_cows))
    then: tuple[Action, ...] = ((unmap_file_range, file, first, end, part, VMA_PASS),)
    return _calling(actor, world, "driver", then)


# migration


def _moved(on: Elements, s: p.Migrate) -> Footprint:
    pages = on.entries(on.area(s.pages.name), s.pages.first, s.pages.end)
    return on.walk(pages) | Footprint(on.mmap_lock, pages)


@call(touches=_moved, local=True, asks_references=True)
def _migrate(actor: Actor, world: World, s: p.Migrate) -> Move:
    area = area_named(world, s.pages.name)
    take: Callable[..., Any] = {"whole": migrate_range, "begin": begin_range, "end": end_range}[
        s.part
    ]
    part = untitled("migrate")
    first: tuple[Action, ...] = ((take, area, s.pages.first, s.pages.end, part),)
    # The first half keeps its folio locks; only the second half releases them.
    return Move(world, first, actor.shows("begin", world, part, CALLS))


def _lent(on: Elements, s: p.ToDevice) -> Footprint:
    """Touch the pages that migrate; those for exclusive use are written to first."""
    area, pages = on.area(s.pages.name), s.pages
    touched = Footprint(on.mmap_lock | on.vmas, on.entries(area, pages.first, pages.end))
    if s.exclusive:
        return touched | accessed(on, area, pages.first, pages.end, True)
    return touched | Footprint(0, on.table(area))


@call(touches=_lent, function="mmap_read_lock", faults=True)
def _to_device(actor: Actor, world: World, s: p.ToDevice) -> Move | None:
    if s.exclusive and not actor.kernel.device_exclusive:
        return _refuse(actor, world, "EINVAL")
    locked = taken(world, actor.cpu, "mmap_lock", _mm(world, s), True)
    if locked is None:
        return None
    area, first, end = area_named(world, s.pages.name), s.pages.first, s.pages.end
    chain = "to-device-exclusive" if s.exclusive else "to-device"
    part = untitled(chain)
    lends: Action = (lend_range, area, first, end, part)
    if s.exclusive:
        lends = make_exclusive(actor.kernel, area, first, end, part)
    return _calling(actor, locked, chain, (lends,))


def call_of(statement: p.Statement) -> CallFacts:
    """Give the kind of a statement."""
    known = KINDS.get(type(statement))
    if known is None:
        known = KINDS[type(statement)] = _call_of(statement)
    return known


KINDS: Final[dict[type[p.Statement], CallFacts]] = {}
"""The kinds of statement that were met."""


def _call_of(statement: p.Statement) -> CallFacts:
    match statement:
        case p.Write():
            return _write
        case p.Read():
            return _read
        case p.Madvise():
            return _madvise
        case p.Migrate():
            return _migrate
        case p.Munmap():
            return _munmap
        case p.Mlock():
            return _mlock
        case p.Mprotect():
            return _mprotect
        case p.Uffd():
            return _uffd
        case p.MapFixed():
            return _map_fixed
        case p.Ftruncate():
            return _ftruncate
        case p.Fallocate():
            return _fallocate
        case p.Pwrite():
            return _pwrite
        case p.Pread():
            return _pread
        case p.Invalidate():
            return _invalidate
        case p.UnmapMappingRange():
            return _unmap_range
        case p.ToDevice():
            return _to_device
        case p.SwapDevice():
            return _swap_device
        case p.NewFile():
            return _new_file
        case p.NewMapping():
            return _new_mapping
        case p.NewAnon():
            return _new_anon
        case p.Exit():
            return _exit
        case p.Fork():
            return _fork
        case p.Assert() | p.Cpu():
            raise TypeError(f"{type(statement).__name__} asks nothing of the kernel")
        case _:
            assert_never(statement)
