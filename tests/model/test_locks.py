"""The locks of every step: a table of what is held by rule, and each lock that is noticed missing.

The table says what the CPU that acts holds while a step happens, by path and by rule;
random programs and orders of CPUs are held against it.  Then each lock that the model puts
into a step is left out, and each that a call takes is not taken: the table has to notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from types import ModuleType
from typing import Final, NamedTuple

import pytest

from zapviz.kernels.chains import BY_PIDFD
from zapviz.kernels.known import KERNELS, Kernel
from zapviz.model import (
    calls,
    direct,
    faults,
    forking,
    isolation,
    lending,
    locks,
    machine,
    marks,
    migration,
    paths,
    poison,
    reclaim,
    references,
    steps,
    zap,
)
from zapviz.model import program as p
from zapviz.model.entries import Bit, Kind
from zapviz.model.steps import ELSEWHERE, Rule, Step
from zapviz.model.world import Lock, World
from zapviz.races import replay as replaying
from zapviz.scenario.generate import random_program
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import parse_scenario
from zapviz.trace.held import locks_in_words
from zapviz.trace.run import Run

MMAP_READ, MMAP_WRITE = "mmap_lock (read)", "mmap_lock (write)"
VMA_READ, VMA_WRITE = "VMA lock (read)", "VMA lock (write)"
INODE_READ = "i_rwsem (read)"
INODE, INVALIDATE, HOLE = "i_rwsem", "invalidate_lock", "shmem_falloc"
TREE_READ, TREE_WRITE = "i_mmap_rwsem (read)", "i_mmap_rwsem (write)"
ANON_VMA, FOLIO, TRIED = "anon_vma->rwsem (read)", "folio lock", "folio lock (tried)"
TABLE = "page table lock"
MUTEX = "mf_mutex"

Held = frozenset[str]


class Seen(NamedTuple):
    """A step as it was taken."""

    kernel: Kernel
    before: World
    step: Step
    statement: p.Statement  # a CPU as a whole


def in_short(lock: Lock) -> str:
    """A lock's kind, and how it is held."""
    if lock.kind == INODE and lock.shared:
        return INODE_READ
    if lock.kind in (INODE, INVALIDATE, HOLE, FOLIO, TABLE, MUTEX):
        return f"{lock.kind} (tried)" if lock.tried else lock.kind
    return f"{lock.kind} ({'read' if lock.shared else 'write'})"


def own(step: Step) -> Held:
    """What the CPU that acts holds during a step."""
    mine = (
        lock
        for lock in step.held
        if lock.cpu == step.cpu
        or lock in step.under
        or (step.kind, lock.cpu) == ("lock", ELSEWHERE)
    )
    return frozenset(map(in_short, mine))


# ---- the table --------------------------------------------------------------


# What a call holds from end to end, by the chain of its passes: each way that there is.


def _exits(kernel: Kernel) -> list[set[str]]:
    alone = {"no": set[str](), "write": {MMAP_WRITE}, "read": {MMAP_READ}}[kernel.exit_lock]
    with_others = {MMAP_WRITE, VMA_WRITE} if kernel.fault_vma_lock else {MMAP_WRITE}
    return [alone, with_others]


def _writes(kernel: Kernel) -> list[set[str]]:
    """The VMAs' locks go with the mmap_lock, where anybody takes them."""
    return [{MMAP_WRITE, VMA_WRITE} if kernel.fault_vma_lock else {MMAP_WRITE}]


def _zaps(kernel: Kernel) -> list[set[str]]:
    return [{MMAP_READ}] if kernel.madvise_vma_lock == "no" else [{MMAP_READ}, {VMA_READ}]


def _guards(kernel: Kernel) -> list[set[str]]:
    return [{MMAP_READ}, {VMA_READ}] if kernel.madvise_vma_lock == "all" else [{MMAP_READ}]


def _faults(kernel: Kernel) -> list[set[str]]:
    return [{MMAP_READ}, {VMA_READ}] if kernel.fault_vma_lock else [{MMAP_READ}]


def _always(*kinds: str) -> Callable[[Kernel], list[set[str]]]:
    return lambda kernel: [set(kinds)]


CALLS: Final[dict[str, Callable[[Kernel], list[set[str]]]]] = {
    "": _always(),
    "direct-read": _always(INODE_READ),
    "direct-write": _always(INODE),
    "dontneed": _zaps,
    "driver": _always(),
    "exit": _exits,
    "fault": _faults,
    "fork": _always(MMAP_WRITE),
    "advise-fork": _always(MMAP_WRITE),
    "free": _zaps,
    "guard-install": _guards,
    "guard-remove": _guards,
    "hwpoison": _always(),
    "soft-offline": lambda kernel: [{MUTEX} if kernel.offline_mutex else set()],
    "invalidate": _always(),
    "migrate": _always(),
    "mlock": _writes,
    "mmap": _always(),
    "mmap-fixed": _writes,
    "mprotect": _writes,
    "munlock": _writes,
    "munmap": _always(MMAP_READ),
    "pageout": _always(MMAP_READ),
    "punch-file": _always(INODE, INVALIDATE),
    "punch-shmem": _always(INODE, HOLE),
    "remove": _always(MMAP_READ),
    "remove-file": _always(INODE, INVALIDATE),
    "remove-shmem": _always(INODE, HOLE),
    "to-device": _always(MMAP_READ),
    "truncate-file": _always(INODE, INVALIDATE),
    "truncate-shmem": _always(INODE),
    "uffd-poison": _always(MMAP_READ),
    "uffd-wp": _always(MMAP_READ),
    "write-file": _always(INODE),
    "write-shmem": _always(INODE),
}


SWEEPS: Final = frozenset(  # passes over every mapping of a file
    f"{chain}{again}"
    for chain in CALLS
    for again in ("", "-again", "-invalidate")
    if chain in ("driver", "invalidate", "direct-write")
    or chain.startswith(("punch", "remove-", "truncate"))
)


def _nothing(seen: Seen) -> set[str]:
    return set()


def _table(seen: Seen) -> set[str]:
    return {TABLE}


def _folio(seen: Seen) -> set[str]:
    return {FOLIO}


def _folio_and_table(seen: Seen) -> set[str]:
    return {FOLIO, TABLE}


def _isolating(seen: Seen) -> set[str]:
    return {MMAP_READ, TABLE}


def _tries(seen: Seen) -> set[str]:
    return {TRIED, TABLE}


def _walks(seen: Seen) -> set[str]:
    """An entry of a locked folio, met in a walk over its mappings."""
    entry = seen.step.before
    assert entry is not None
    private = entry.kind is Kind.ANON or (entry.kind is Kind.MIGRATION and entry.bits & Bit.ANON)
    return {FOLIO, ANON_VMA if private else TREE_READ, TABLE}


def _walks_file(_seen: Seen) -> set[str]:
    """A walk over the mappings of a file's folio, whatever is mapped there by then."""
    return {FOLIO, TREE_READ, TABLE}


def _excludes(seen: Seen) -> set[str]:
    """A whole range was taken in a walk over each folio's mappings, up to v6.14."""
    return {FOLIO, TABLE} if seen.kernel.exclusive_by_page else {FOLIO, ANON_VMA, TABLE}


def _refuses_a_file(seen: Seen) -> set[str]:
    """That a page is a file's was noticed under its lock, up to v6.14."""
    return set() if seen.kernel.exclusive_by_page else {TRIED}


def _enters(seen: Seen) -> set[str]:
    """A page of shmem is locked as it arises; one of a disk file is read first."""
    place = seen.step.place
    assert place is not None
    return {FOLIO} if seen.step.world.files[place.of].shmem else set()


def _writable(seen: Seen) -> set[str]:
    """page_mkwrite() of a disk file locks the folio."""
    entry = seen.step.before
    assert entry is not None
    folio = seen.before.folios[entry.folio]
    assert folio is not None
    disk = folio.file >= 0 and not seen.before.files[folio.file].shmem
    return {FOLIO, TABLE} if disk else {TABLE}


def _detaches(seen: Seen) -> set[str]:
    """A VMA that is split, so that one beside it is left, changes its file's tree."""
    split = any(
        vma.file >= 0
        and one.end == other.first
        and one._replace(detached=False)[2:] == other._replace(detached=False)[2:]
        for area in seen.step.world.areas
        for one, other in zip(area.vmas, area.vmas[1:], strict=False)
        if one.detached != other.detached
        for vma in (one,)
    )
    held = {VMA_WRITE} if seen.kernel.fault_vma_lock else set()
    return held | ({TREE_WRITE} if split else set())


def _leaves_trees(seen: Seen) -> set[str]:
    """Each file's VMA that goes leaves its file's tree."""
    old, new = (
        [vma for area in world.areas for vma in area.vmas if vma.file >= 0]
        for world in (seen.before, seen.step.world)
    )
    return {TREE_WRITE} if old != new else set()


def _poisoning(rest: Callable[[Seen], set[str]]) -> Callable[[Seen], set[str]]:
    """One page at a time is declared broken."""
    return lambda seen: rest(seen) | ({MUTEX} if seen.kernel.mf_mutex else set())


def _offlining(seen: Seen) -> set[str]:
    return {FOLIO, MUTEX} if seen.kernel.offline_mutex else {FOLIO}


def _offlined(seen: Seen) -> set[str]:
    entry = seen.step.before
    return {TABLE} if entry is not None and entry.kind is Kind.ZERO else _offlining(seen)


RULES: Final[dict[Rule, Callable[[Seen], set[str]]]] = {
    **dict.fromkeys((rule for rule in vars(zap).values() if isinstance(rule, Rule)), _table),
    # faults
    faults.NO_VMA: _nothing,
    faults.PROTECTED: _nothing,
    faults.GUARDED: _nothing,
    faults.POISONED: _nothing,
    faults.LOST: _nothing,
    faults.POISONED_CACHE: _folio,
    faults.PAST_END: _nothing,
    faults.WRITE_PROTECTED: _nothing,
    faults.POISON_MARKED: _nothing,
    faults.ZERO_FILLED: _table,
    faults.NEW_ANON: _table,
    faults.AROUND: _tries,
    faults.ENTERS: _enters,
    faults.BACK_IN_CACHE: _folio,
    faults.MAPS_FILE: _folio_and_table,
    faults.COPIES: _folio_and_table,
    faults.BREAKS_COW: _table,
    faults.BREAKS_FORKED: _table,
    faults.SWAP_COPIED: _folio_and_table,
    faults.SWAPS_IN_SHARED: _folio_and_table,
    faults.REUSES: _writable,
    faults.SWAPS_IN: _folio_and_table,
    faults.SWAPS_IN_ANON: _folio_and_table,
    faults.FROM_DEVICE: _folio_and_table,
    # the page cache, and the passes over a file's mappings
    paths.SIZE: _nothing,
    paths.FIRST_PASS: _nothing,
    paths.SECOND_PASS: _nothing,
    paths.FOLIO_PASS: _nothing,
    paths.VMA_PASS: _nothing,
    paths.LOCKS_FOLIO: _folio,
    paths.LEAVES: _folio,
    paths.LEAVES_DISK: _folio,
    paths.LEAVES_INVALID: _folio,
    paths.SWAP_LEAVES: _nothing,
    paths.TAIL: _folio,
    paths.TAIL_DISK: _folio,
    paths.DETACHES: _detaches,
    paths.REMOVES: _leaves_trees,
    paths.WRITES: _folio,
    paths.BUSY: _folio,
    # direct I/O
    direct.WRITES_DISK: _nothing,
    direct.FALLS_BACK: _nothing,
    direct.EVICTED: _folio,
    direct.PINS: _nothing,
    direct.DIRTIES: _folio,
    direct.READS: _nothing,
    direct.ZEROES: _nothing,
    # reclaim
    reclaim.HELD_KEPT: _walks,
    reclaim.DROP_HELD: _walks,
    reclaim.POISON_LEFT: _walks,
    reclaim.CLEARS: _walks,
    reclaim.PINNED_KEPT: _walks,
    reclaim.CACHE_HELD: _folio,
    reclaim.SWAPS_OUT: _walks,
    reclaim.DISCARDS: _walks,
    reclaim.DROPS: _walks,
    reclaim.REDEEMS: _walks,
    reclaim.REDEEMS_SHARED: _walks,
    reclaim.SHMEM_OUT: _walks,
    reclaim.SHMEM_DROPPED: _walks,
    reclaim.FILE_DROPPED: _walks,
    reclaim.FILE_DIRTY: _walks,
    reclaim.SHMEM_SWAPPED: _folio,
    reclaim.CACHE_DROPPED: _folio,
    reclaim.CACHE_DIRTY: _folio,
    reclaim.SHARED_KEPT: _table,
    reclaim.RECLAIM_LOCKS: _folio,
    reclaim.LOCKED_KEPT: _nothing,
    reclaim.LAZY: _table,
    reclaim.FREES_NOT: _table,
    reclaim.SWAP_FREED: _table,
    reclaim.SWAP_GIVEN_UP: _table,
    reclaim.POISON_FREED: _table,
    # broken memory
    poison.POISONS: _poisoning(_walks),
    poison.CLEAN_DROPPED: _poisoning(_walks_file),
    poison.LEAVES_CACHE: _poisoning(_folio),
    poison.STAYS_IN_CACHE: _poisoning(_folio),
    poison.ZERO_BUSY: _table,
    poison.MARKS: _poisoning(_nothing),
    poison.POISON_LOCKS: _poisoning(_folio),
    poison.CLEARS: _poisoning(_walks),
    poison.AGAIN: _poisoning(_nothing),
    poison.ISOLATED: _poisoning(_folio),
    poison.TORN_DOWN: _poisoning(_folio),
    poison.TAKES: _nothing,
    poison.OFFLINE: _offlining,
    poison.OFFLINE_EVICTS: _offlining,
    poison.OFFLINE_BUSY: _offlining,
    poison.OFFLINE_POISONED: _offlined,
    poison.OFFLINE_ZERO: _table,
    poison.ZERO_AGAIN: _table,
    poison.TO_SWAP: _poisoning(_walks),
    poison.PINNED: _poisoning(_walks),
    poison.LEAVES_SWAP_CACHE: _poisoning(_folio),
    poison.STAYS_IN_SWAP_CACHE: _poisoning(_folio),
    # marks
    marks.WP_SET: _table,
    marks.WP_MARKER_SET: _table,
    marks.POISON_MARKER_SET: _table,
    marks.GUARD_SET: _table,
    marks.GUARD_CLEARED: _table,
    # migration
    migration.MIGRATION_LOCKS: _folio,
    migration.REPLACED: _walks,
    migration.COPIED: _folio,
    migration.RESTORED: _walks,
    migration.POISON_LEFT: _walks,
    migration.CLEARS: _walks,
    migration.HELD: _folio,
    migration.TRIES_AGAIN: _nothing,
    migration.GIVEN_UP: _nothing,
    migration.FREED: _nothing,
    migration.NOT_PRESENT: _isolating,
    migration.NOT_SEEN: _isolating,
    migration.ISOLATED: _isolating,
    migration.GONE: _folio,
    # lending
    lending.LENT: _walks,
    lending.HOLE_FILLED: _table,
    lending.HOLE_LEFT: _table,
    lending.FILE_LEFT: _table,
    lending.NOT_PRESENT_LEFT: _table,
    lending.BUSY_LEFT: _table,
    lending.NO_SUCH_MAPPING: _nothing,
    lending.EXCLUSIVE: _excludes,
    lending.NOT_ANONYMOUS: _refuses_a_file,
    lending.NOT_WRITABLE: _nothing,
    lending.EXCLUSIVE_BUSY: _nothing,
    # fork
    **dict.fromkeys((rule for rule in vars(forking).values() if isinstance(rule, Rule)), _table),
    **dict.fromkeys(
        (forking.NOT_COPIED, forking.NOT_INHERITED, forking.WIPED, forking.NOT_KEPT), _nothing
    ),
    forking.FORKED: _nothing,
    # calls
    calls.CALLS: _nothing,
    calls.NEW_OBJECT: _nothing,
    calls.NOT_MADE: _nothing,
    calls.SWAPS_TO_DISK: _nothing,
    calls.SWAPS_TO_RAM: _nothing,
    calls.REFUSED: _nothing,
    machine.NO_FAULT: _nothing,
    machine.RETURNS: _nothing,
    machine.CHECKED: _nothing,
    machine.UNDECIDED: _nothing,
    machine.RESTARTS: _nothing,
}
"""What a step holds besides what its call does; of zap's rules, the page table lock alone."""

HELD_ALREADY: Final = {
    machine.WAITS: "what it holds while it waits hangs on where it does",
    replaying.TAKES: "the lock that is taken, in its title",
    replaying.GIVES: "what is left",
    replaying.BEGINS: "nothing yet",
    faults.TOUCHED: "no lock, as there is no fault",
    isolation.ISOLATES: "what its call holds",
    references.WAITS_FOR_LOCK: "what it holds while it waits hangs on where it does",
}
"""Rules of steps that tell locks which the world has, and none of their own."""


def call_of(chain: str) -> str:
    """The call that a pass belongs to, whoever advised."""
    chain = chain.removeprefix(BY_PIDFD)
    for part in ("-folio", "-cache", "-again", "-size", "-mark", "-exclusive", "-invalidate"):
        chain = chain.removesuffix(part)
    return chain


def by_call(seen: Seen) -> list[set[str]]:
    """What the call that a step belongs to holds, each way that there is."""
    step, kernel = seen.step, seen.kernel
    call = call_of(step.part.chain)
    rule = step.rule
    if call in ("munmap", "uffd-wp", "uffd-poison") and rule == calls.CALLS:
        return [{MMAP_WRITE}]  # downgraded as the VMAs are detached; or of the registration
    if call == "exit" and rule == paths.REMOVES:
        return [{MMAP_WRITE} if kernel.exit_lock != "no" else set(), *_exits(kernel)[1:]]
    entry = step.before
    zero = entry is not None and entry.kind is Kind.ZERO
    if call == "soft-offline" and (zero or rule in (calls.CALLS, poison.TAKES)):
        return [set()]
    if rule == direct.EVICTED:  # after the write itself
        return [set()]
    if call != "fault":
        return CALLS[call](kernel)
    reading = [way | {INODE_READ} for way in _faults(kernel)]
    called = seen.statement
    calls_of_cpu = called.body if isinstance(called, p.Cpu) else (called,)
    reads = {isinstance(call, p.Pread) for call in calls_of_cpu}
    if reads == {True}:
        return reading
    if isinstance(called, p.Cpu | p.Assert):
        return [*_faults(kernel), *_writes(kernel), *(reading if True in reads else [])]
    if isinstance(seen.statement, p.Mprotect):
        return _writes(kernel)
    lent = entry is not None and entry.kind is Kind.DEVICE_PRIVATE
    user = isinstance(seen.statement, p.Read | p.Write)  # all others are get_user_pages()
    if user and not lent and rule != faults.NO_VMA and kernel.fault_vma_lock:
        return [{VMA_READ}]
    return [{MMAP_READ}]


def allowed(seen: Seen) -> list[Held]:
    """What a step may hold by the table."""
    step, kernel = seen.step, seen.kernel
    chain = step.part.chain
    besides = RULES[_plain(step.rule)](seen)
    folio_by_folio = chain.endswith("-folio")
    if step.kind in ("zap", "pass") and (folio_by_folio or chain in SWEEPS):
        besides |= {TREE_READ if kernel.i_mmap_shared else TREE_WRITE}
        besides |= {FOLIO} if folio_by_folio else set()
    ways = [frozenset(held | besides) for held in by_call(seen)]
    if any(lock.cpu == ELSEWHERE for lock in step.world.locks):
        # A migration whose first half was taken alone holds its folios for nobody.
        ways += [way ^ {FOLIO} for way in ways]
    return ways


def _plain(rule: Rule) -> Rule:
    """The rule of an id and a function, where its reason is made for the occasion."""
    if rule in RULES:
        return rule
    return next(each for each in RULES if (each.id, each.function) == (rule.id, rule.function))


# ---- what runs --------------------------------------------------------------


KERNELS_RUN: Final = tuple(KERNELS.values())


SHARED: Final = "F = {kind}(2)\nA = mmap(F, MAP_SHARED)\nB = mmap(F, MAP_SHARED)\n"
RARE: Final = (
    SHARED.format(kind="shmem") + "A[0:2] = 1\nread(B)\nmadvise(A, MADV_PAGEOUT)\nmigrate(A)\n"
    "mlock(A)\nmadvise(B[0], MADV_HWPOISON)\n",
    SHARED.format(kind="shmem") + "read(A)\nmadvise(A, MADV_PAGEOUT)\nuffd_wp(A[0])\n"
    "madvise(A[0], MADV_GUARD_INSTALL)\n",
    SHARED.format(kind="file") + "A[0] = 1\nmadvise(A[0], MADV_PAGEOUT)\nmlock(A[1])\n"
    "mprotect(A, PROT_READ)\nmprotect(A, PROT_READ | PROT_WRITE)\nB[0] = 1\ninvalidate(F)\n"
    "madvise(B[1], MADV_HWPOISON)\nread(B[1])\nexit()\n",
    "swap(disk)\nF = shmem(1)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 1\nmadvise(A, MADV_PAGEOUT)\n"
    "read(A)\nmadvise(A, MADV_HWPOISON)\nread(A)\nA[0] = 1\nmadvise(A, MADV_PAGEOUT)\n",
    "swap(disk)\nN = anon(1)\nN[0] = 1\nmadvise(N, MADV_PAGEOUT)\nread(N)\nmprotect(N, PROT_READ)\n"
    "mprotect(N, PROT_READ | PROT_WRITE)\nN[0] = 2\nmadvise(N, MADV_HWPOISON)\nread(N)",
    "swap(ram)\nN = anon(1)\nread(N)\nmadvise(N, MADV_HWPOISON)\nmadvise(N, MADV_HWPOISON)\n"
    "N[0] = 1\nmprotect(N, PROT_NONE)\nmigrate(N)",
    "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nuffd_poison(A[0])\n"
    "fallocate(F, FALLOC_FL_PUNCH_HOLE)\n",
    "N = anon(3)\nN[0:3] = 1\nmadvise(N[0:2], MADV_FREE)\nN[1] = 2\n"
    "madvise(N, MADV_PAGEOUT)\nread(N[2])\nmadvise(N[2], MADV_HWPOISON)\n"
    "madvise(N, MADV_FREE)\nmigrate_to_device(N[1])\nread(N[1])\nmunmap(N[1])\n"
    "make_device_exclusive(N)\nmigrate_to_device(N)\n",
    SHARED.format(kind="shmem") + "A[0:2] = 1\nmadvise(A[0], MADV_HWPOISON)\nread(B[0])\n"
    "munmap(A[0])\nmmap(A[0], MAP_FIXED)\nmadvise(B[1], MADV_SOFT_OFFLINE)\n",
    "N = anon(1)\nuffd_poison(N)\nread(N)\n",
    "N = anon(1)\nread(N)\nmadvise(N, MADV_SOFT_OFFLINE)\nmadvise(N, MADV_HWPOISON)\n"
    "madvise(N, MADV_SOFT_OFFLINE)\n",
    "F = file(1)\nN = anon(1)\nN[0] = 1\nmadvise(N, MADV_HWPOISON)\npread(F[0], N[0], O_DIRECT)\n",
    "F = file(1)\nN = anon(1)\nmunmap(N)\npread(F[0], N[0], O_DIRECT)\n",
    *(
        f"F = file(1)\nN = anon(1)\n{made}\npread(F[0], N[0], O_DIRECT)\n"
        for made in (
            "madvise(N, MADV_GUARD_INSTALL)",
            "uffd_poison(N)",
            "N[0] = 1\nuffd_wp(N)",
            "mprotect(N, PROT_READ)",
            "read(N)",
            "N[0] = 1\nmadvise(N, MADV_PAGEOUT)",
            "N[0] = 1\nmigrate_to_device(N)",
        )
    ),
    *(
        f"F = file(1)\nG = {kind}(1)\nA = mmap(G, {how})\n{made}pread(F[0], A[0], O_DIRECT)\n"
        for kind in ("shmem", "file")
        for how in ("MAP_PRIVATE", "MAP_SHARED")
        for made in ("", "read(A)\n", "ftruncate(G, 0)\n", "madvise(A, MADV_HWPOISON)\n")
    ),
    "F = file(3)\nA = anon(3)\nftruncate(F, 1)\nftruncate(F, 3)\npread(F, A, O_DIRECT)\n",
)
FORKS: Final = (
    "N = anon(2)\nN[0] = 1\nmadvise(N, MADV_PAGEOUT)\nC = fork()\nD = fork(C)\nread(C.N)\n"
    "read(N)\nmadvise(N, MADV_FREE)\nD.N[0] = 2\n",
    "N = anon(2)\nN[0:2] = 1\nmadvise(N[1], MADV_HWPOISON)\nmigrate_begin(N[0])\nC = fork()\n"
    "migrate_end(N[0])\n",
    "N = anon(2)\nN[0:2] = 1\nmigrate_to_device(N[1])\nmadvise(N[0], MADV_DONTFORK)\n"
    "C = fork()\nread(C.N[1])\n",
    "N = anon(2)\nN[0] = 1\nread(N)\nmadvise(N[0], MADV_WIPEONFORK)\nC = fork()\n",
    "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 1\nread(A)\nuffd_wp(A)\n"
    "madvise(A[1], MADV_DONTNEED)\nC = fork()\n",
    "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 1\nread(A)\nC = fork()\n",
    "N = anon(1)\nmadvise(N, MADV_GUARD_INSTALL)\nC = fork()\n",
    "N = anon(2, MAP_DROPPABLE)\nN[0:2] = 1\nC = fork()\nC.N[0] = 1\n"
    "process_madvise(C.N, MADV_PAGEOUT)\nmadvise(N, MADV_PAGEOUT)\n",
)
"""What random programs whose processes fork seldom come to."""
RACE: Final = (
    "F = {kind}(1)\nA = mmap(F, MAP_SHARED)\n{made}\n"
    "def CPU0():\n    {one}\ndef CPU1():\n    {other}\n"
)
DIRECT_READ: Final = "pread(F[0], N[0], O_DIRECT)"
PAGEOUT_N: Final = "madvise(N, MADV_PAGEOUT)"
POISON: Final = "madvise(A, MADV_HWPOISON)"
OFFLINE: Final = "madvise(A, MADV_SOFT_OFFLINE)"
RARE_RACES: Final = tuple(
    RACE.format(kind=kind, made=made, one=one, other=other)
    for kind, made, one, other in (
        ("shmem", "A[0] = 1", "madvise(A, MADV_PAGEOUT)", "migrate(A)"),
        ("file", "A[0] = 1", "madvise(A, MADV_PAGEOUT)", "ftruncate(F, 0)"),
        ("file", "read(A)", "madvise(A, MADV_PAGEOUT)", "read(A)"),
        ("shmem", "A[0] = 1", "migrate(A)", "ftruncate(F, 0)"),
        ("shmem", "A[0] = 1\nB = mmap(F, MAP_SHARED)", "madvise(A, MADV_PAGEOUT)", "B[0] = 1"),
        ("file", "N = anon(1)\nN[0] = 1", DIRECT_READ, "madvise(N, MADV_PAGEOUT)"),
        ("file", "N = anon(1)\nN[0] = 1\nmadvise(N, MADV_FREE)", DIRECT_READ, PAGEOUT_N),
        ("file", "N = anon(1, MAP_DROPPABLE)\nN[0] = 1", DIRECT_READ, PAGEOUT_N),
        ("file", "N = anon(1)\nN[0] = 1", DIRECT_READ, "migrate(N)"),
        ("shmem", "A[0] = 1", POISON, POISON),
        ("shmem", "A[0] = 1", POISON, OFFLINE),
        ("shmem", "A[0] = 1", POISON, "migrate(A)"),
        ("shmem", "A[0] = 1", POISON, "ftruncate(F, 0)"),
        ("shmem", "A[0] = 1", POISON, "madvise(A, MADV_PAGEOUT)"),
        ("shmem", "A[0] = 1", OFFLINE, "migrate(A)"),
        ("shmem", "read(A)", OFFLINE, "madvise(A, MADV_DONTNEED)"),
        ("file", "read(A)", "pwrite(F[0], 2, O_DIRECT)", "A[0] = 1"),
        (
            "file",
            "read(A)",
            "pwrite(F[0], 2, O_DIRECT)",
            "A[0] = 1\n    madvise(A, MADV_DONTNEED)",
        ),
        ("shmem", "N = anon(1)\nN[0] = 1", "madvise(N, MADV_PAGEOUT)", "migrate_to_device(N)"),
        ("shmem", "N = anon(1)\nN[0] = 1", "migrate(N)", "make_device_exclusive(N)"),
    )
)
"""What random programs do not come to."""
SWAP_CACHE_RACES: Final = tuple(
    "swap(disk)\nF = file(1)\nN = anon(1)\nN[0] = 1\nmadvise(N, MADV_PAGEOUT)\nread(N)\n"
    f"{made}def CPU0():\n    madvise(N, MADV_HWPOISON)\ndef CPU1():\n    {other}\n"
    for made, other in (
        ("", "madvise(N, MADV_HWPOISON)"),
        ("", DIRECT_READ),
        ("N[0] = 3\n", "read(N)"),
    )
)
"""A page that breaks in the swap cache of a disk."""


@cache
def programs() -> tuple[p.Program, ...]:
    """Random ones, those that are shipped, and some that meet what is rare."""
    shipped = tuple(one.program for one in SCENARIOS.values())
    drawn = tuple(random_program(Random(seed), pages=6, statements=14) for seed in range(120))
    forks = tuple(
        random_program(Random(seed), pages=4, statements=16, real_only=True, forks=True)
        for seed in range(60)
    )
    return (*map(parse_scenario, (*RARE, *FORKS)), *shipped, *drawn, *forks)


@cache
def orders() -> tuple[tuple[p.Program, tuple[int, ...]], ...]:
    """Races, each with some orders of its CPUs."""
    random = Random(8)
    races = [one for one in programs() if one.concurrent]
    rare = [parse_scenario(text) for text in (*RARE_RACES, *SWAP_CACHE_RACES)]
    drawn = ((one, tuple(random.choice((0, 1)) for _ in range(60))) for one in races * 2)
    cut = [(cpu,) * at + (1 - cpu,) * 40 for cpu in (0, 1) for at in range(1, 12)]
    return (*drawn, *((one, order) for one in rare for order in cut))


def run(kernels: tuple[Kernel, ...] = KERNELS_RUN) -> Iterator[Seen]:
    """Every step of all that runs."""
    for kernel in kernels:
        for program in programs():
            yield from _seen(Run(program, kernel))
        for program, order in orders():
            schedule = replaying.follow(program, kernel, order)
            yield from _seen(replaying.replay(program, kernel, schedule))


def _seen(trace: Run) -> Iterator[Seen]:
    before = World()
    for number, step in enumerate(trace.steps, 1):
        statement = trace.program.statements[trace.statement_of(number)]
        yield Seen(trace.kernel, before, step, statement)
        before = step.world


def wrong(seen: Seen) -> bool:
    """Whether a step holds what the table does not say."""
    return seen.step.rule not in HELD_ALREADY and own(seen.step) not in allowed(seen)


# ---- tests ------------------------------------------------------------------


def test_the_table_has_every_rule_that_a_step_can_have() -> None:
    """A new rule has to say which locks are held."""
    model = (
        *(zap, faults, paths, direct, references, reclaim, isolation, poison, marks, migration),
        *(lending, forking),
    )
    modules = (*model, calls, machine, replaying)
    rules = {rule for module in modules for rule in vars(module).values() if isinstance(rule, Rule)}
    assert rules == RULES.keys() | HELD_ALREADY.keys()


def test_every_step_holds_what_the_table_says() -> None:
    """On every kernel, for every call and rule, alone and with other CPUs."""
    met: set[str] = set()
    for seen in run():
        assert not wrong(seen), (
            f"{seen.kernel.name}: {seen.step.part.chain}, {seen.step.rule.id}: holds "
            f"{sorted(own(seen.step))}, and not one of {[*map(sorted, allowed(seen))]}"
        )
        met.add(seen.step.rule.id)
    assert {rule.id for rule in RULES} - met == set(), "these were not met"


def test_every_lock_in_a_step_is_in_its_words() -> None:
    """One text for each lock; folios that fault-around tries share one."""
    for seen in run((KERNELS["v6.18"],)):
        held = seen.step.held
        tried = sum(lock.tried for lock in held)
        words = locks_in_words(seen.step, seen.before)
        assert len(words) == len(held) - max(0, tried - 1)
        assert len(set(words)) == len(words)


def _changed_steps(patch: pytest.MonkeyPatch, change: Callable[[Step], Step]) -> None:
    """Change every step that an action makes."""
    for name in ("shows", "shows_at"):
        make: Callable[..., Step] = getattr(steps.Actor, name)
        patch.setattr(
            steps.Actor, name, lambda *given, make=make, **named: change(make(*given, **named))
        )


def test_a_lock_left_out_of_any_step_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever rule it is of, and whichever of the locks that the step gives back."""
    put: set[tuple[str, str]] = set()

    def noting(step: Step) -> Step:
        # A direct read keeps its lock where a fault of its is refused: it tells the step anew.
        put.update(
            (step.rule.id, in_short(lock)) for lock in step.under if in_short(lock) != INODE_READ
        )
        return step

    with monkeypatch.context() as patch:
        _changed_steps(patch, noting)
        assert not any(map(wrong, run((KERNELS["v7.3"], KERNELS["v5.10.y"]))))
    assert len(put) > 100
    for rule, kind in sorted(put):

        def without(step: Step, rule: str = rule, kind: str = kind) -> Step:
            if step.rule.id != rule:
                return step
            return step._replace(under=tuple(lock for lock in step.under if in_short(lock) != kind))

        with monkeypatch.context() as patch:
            _changed_steps(patch, without)
            assert any(map(wrong, run((KERNELS["v7.3"], KERNELS["v5.10.y"])))), (rule, kind)


def _untaken(module: ModuleType, kind: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Let a module's actions go on without a lock that they take."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        taken: Callable[..., World | None] = vars(module)["taken"]

        def untaken(
            world: World, cpu: int, which: str, of: int = -1, shared: bool = False
        ) -> World | None:
            return world if which == kind else taken(world, cpu, which, of, shared)

        patch.setattr(module, "taken", untaken)

    return apply


def _no_note(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(calls, "Lock", lambda kind, *rest: Lock(INODE, *rest))


def _no_vma_lock(module: ModuleType) -> Callable[[pytest.MonkeyPatch], None]:
    def apply(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(module, "vma_taken", lambda world, *rest: world)

    return apply


def _no_fault_lock(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(faults, "with_lock", lambda world, lock: world)


def _forgetful(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Step, "up_to", lambda step, world: step._replace(world=world))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_untaken(calls, "mmap_lock"), id="mmap_lock of calls"),
        pytest.param(_untaken(calls, "i_rwsem"), id="i_rwsem"),
        pytest.param(_untaken(calls, "invalidate_lock"), id="invalidate_lock"),
        pytest.param(_no_note, id="shmem_falloc"),
        pytest.param(_no_vma_lock(calls), id="VMA lock of calls"),
        pytest.param(_no_vma_lock(paths), id="VMA lock of munmap"),
        pytest.param(_no_fault_lock, id="the lock of a fault on a file"),
        pytest.param(_untaken(faults, "folio lock"), id="folio lock of a fault"),
        pytest.param(_untaken(paths, "i_mmap_rwsem"), id="i_mmap_rwsem of a pass"),
        pytest.param(_untaken(paths, "folio lock"), id="folio lock of truncation"),
        pytest.param(_untaken(migration, "folio lock"), id="folio lock of migration"),
        pytest.param(_untaken(reclaim, "folio lock"), id="folio lock of reclaim"),
        pytest.param(_untaken(poison, "folio lock"), id="folio lock of memory failure"),
        pytest.param(_untaken(locks, "i_mmap_rwsem"), id="i_mmap_rwsem of a walk"),
        pytest.param(_forgetful, id="locks given back by a move without a step"),
    ],
)
def test_a_lock_that_is_not_taken_is_noticed(
    change: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each lock that an action leaves in the world, forgotten, makes some step hold too little."""
    kernels = (KERNELS["v6.12"], KERNELS["v5.10.y"])
    change(monkeypatch)
    assert any(map(wrong, run(kernels)))
