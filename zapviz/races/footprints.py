"""What each action looks at and changes: which steps of two CPUs commute.

A footprint is two sets, read and written, of pages (a page of a file with its cache slot,
its folios, their locks and every entry that maps it; or a page of anonymous memory), and
of what is not a page: the mmap_lock, the list of VMAs, and of each file its size, i_rwsem,
i_mmap_rwsem and the locks that keep faults out.  Two steps commute where neither writes
what the other reads or writes; the rss counters are sums and do not count.

A set is an integer, one bit an element.  Footprints are generous: what is not known here
touches everything.  That a step touches nothing that the others can still touch makes
its order among theirs irrelevant, so only it is explored (a persistent set of one).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from zapviz.model import faults, marks, migration, paths, reclaim, zap
from zapviz.model import program as p
from zapviz.model.calls import _unlock_inode
from zapviz.model.entries import Kind
from zapviz.model.faults import FAULT_AROUND_PAGES
from zapviz.model.steps import ELSEWHERE, Action, Take, ends
from zapviz.model.world import World
from zapviz.races.cpus import Progress, Race

__all__ = ["Footprint", "Footprints"]


class Footprint(NamedTuple):
    """What is read and what is written, as bits."""

    reads: int = 0
    writes: int = 0

    def __or__(self, other: Footprint) -> Footprint:
        return Footprint(self.reads | other.reads, self.writes | other.writes)

    def meets(self, other: Footprint) -> bool:
        """Whether the order of two steps or programs can matter."""
        return bool(self.writes & (other.reads | other.writes) or self.reads & other.writes)


ALL: Final = Footprint(-1, -1)
NOTHING: Final = Footprint()


class Footprints:
    """The footprints of a race's actions and statements."""

    def __init__(self, race: Race, world: World) -> None:
        self.race = race
        self.names = {area.name: i for i, area in enumerate(world.areas)}
        self.file_names = {file.name: i for i, file in enumerate(world.files)}
        # A page of a mapping is the page of the file behind it.
        self.behind = [
            [(area.vma_behind(page), page) for page in range(len(area.entries))]
            for area in world.areas
        ]
        self.bits: dict[Any, int] = {}
        self.mapped: dict[int, set[int]] = {i: set() for i in range(len(world.files))}
        for file, held in enumerate(world.files):
            self.mapped[file] = set(range(max(len(held.cache), held.pages, len(held.disk))))
        for pages in self.behind:
            for vma, page in pages:
                if vma is not None and vma.file >= 0:
                    self.mapped[vma.file].add(page + vma.offset)
        self.mmap, self.vmas = self.bit("mmap_lock"), self.bit("vmas")
        self.ahead: dict[tuple[int, int], Footprint] = {}
        self.nexts: dict[tuple[int, int], Footprint] = {}
        self.totals: dict[int, Footprint] = {}

    def bit(self, of: Any) -> int:
        """The bit of an element."""
        return 1 << self.bits.setdefault(of, len(self.bits))

    def page(self, area: int, page: int) -> int:
        """The bit of a mapping's page."""
        vma, _ = self.behind[area][page]
        if vma is None or vma.file < 0:
            return self.bit((-1 - area, page))
        return self.bit((vma.file, page + vma.offset))

    def pages(self, area: int, first: int, end: int) -> int:
        """The bits of a range of a mapping."""
        bits = 0
        for page in range(first, min(end, len(self.behind[area]))):
            bits |= self.page(area, page)
        return bits

    def cached(self, file: int, first: int, end: int) -> int:
        """The bits of a range of a file."""
        bits = 0
        for page in self.mapped[file]:
            if first <= page < end:
                bits |= self.bit((file, page))
        return bits

    def everywhere(self, places: Sequence[tuple[int, int]]) -> int:
        """The bits of some entries."""
        bits = 0
        for area, page in places:
            bits |= self.page(area, page)
        return bits

    def walks(self, bits: int) -> int:
        """The i_mmap_rwsem of every file whose pages are among some bits."""
        found = 0
        for file in self.mapped:
            if bits & self.cached(file, 0, 1 << 30):
                found |= self.bit(("i_mmap_rwsem", file))
        return found

    def sweep(self, file: int) -> Footprint:
        """A pass over a file's mappings takes its i_mmap_rwsem, on some kernels for writing."""
        bit = self.bit(("i_mmap_rwsem", file))
        if self.race.kernel.i_mmap_shared:
            return Footprint(bit | self.vmas)
        return Footprint(self.vmas, bit)

    def files_of(self, bits: int, kind: str) -> int:
        """An element of every file whose pages are among some bits."""
        return sum(
            self.bit((kind, file)) for file in self.mapped if bits & self.cached(file, 0, 1 << 30)
        )

    def inode(self, file: int) -> int:
        """The inode's lock, and those that keep faults out."""
        return self.bit(("i_rwsem", file)) | self.bit(("kept out", file))

    def touching(self, area: int, first: int, end: int, write: bool) -> Footprint:
        """Accesses to a range: a read fault maps what lies around it too."""
        bits = self.pages(area, first, end)
        if not write:
            first -= first % FAULT_AROUND_PAGES
            end = -(-end // FAULT_AROUND_PAGES) * FAULT_AROUND_PAGES
            bits = self.pages(area, first, end)
        seen = self.files_of(bits, "size") | self.files_of(bits, "kept out")
        return Footprint(self.mmap | self.vmas | seen, bits)

    # statements

    def statement(self, s: p.Statement) -> Footprint:
        """All that a statement can touch."""
        known = self.totals.get(id(s))
        if known is None:
            known = self.totals[id(s)] = self._statement(s)
        return known

    def _statement(self, s: p.Statement) -> Footprint:
        match s:
            case p.Read(pages) | p.Write(pages):
                area = self.names[pages.name]
                return self.touching(area, pages.first, pages.end, isinstance(s, p.Write))
            case p.Madvise(pages, advice) if advice != "MADV_REMOVE":
                area = self.names[pages.name]
                bits = self.pages(area, pages.first, pages.end)
                touched = Footprint(self.mmap | self.vmas | self.walks(bits), bits)
                if advice == "MADV_HWPOISON":
                    touched |= self.touching(area, pages.first, pages.end, False)
                return touched
            case p.Munmap(pages):
                bits = self.pages(self.names[pages.name], pages.first, pages.end)
                return Footprint(0, bits | self.mmap | self.vmas | self.walks(bits))
            case p.Ftruncate(name):
                file = self.file_names[name]
                bits = self.cached(file, 0, 1 << 30) | self.bit(("size", file))
                return self.sweep(file) | Footprint(0, bits | self.inode(file))
            case p.Fallocate(pages):
                file = self.file_names[pages.name]
                bits = self.cached(file, pages.first, pages.end) | self.inode(file)
                return self.sweep(file) | Footprint(self.bit(("size", file)), bits)
            case p.Invalidate(pages) | p.UnmapMappingRange(pages):
                file = self.file_names[pages.name]
                bits = self.cached(file, pages.first, pages.end)
                return self.sweep(file) | Footprint(0, bits)
            case p.Migrate(pages):
                bits = self.pages(self.names[pages.name], pages.first, pages.end)
                return Footprint(self.mmap | self.vmas | self.walks(bits), bits)
            case p.Pwrite(pages):
                file = self.file_names[pages.name]
                bits = self.cached(file, 0, 1 << 30) | self.bit(("size", file))
                return self.sweep(file) | Footprint(0, bits | self.inode(file))
        return ALL

    # actions

    def action(self, action: Action, cpu: int, statement: p.Statement) -> tuple[Footprint, bool]:
        """What one action touches, and whether that includes all that it leads to."""
        take: Take = action[0]
        take_known = _KNOWN.get(take)
        if take_known is None:
            return self.statement(statement), True
        touched: tuple[Footprint, bool] = take_known(self, *action[1:])
        return touched

    def future(self, pid: int, cpu: int, at: Progress) -> Footprint:
        """All that a CPU can still touch."""
        known = self.ahead.get((pid, cpu))
        if known is not None:
            return known
        touched = NOTHING
        if at.stack is not None:
            body = self.race.bodies[cpu]
            for statement in body[at.at + 1 :]:
                touched |= self.statement(statement)
            stack: Any = at.stack
            while stack is not None:
                one, whole = self.action(stack.action, cpu, body[at.at])
                touched |= one if whole else self.statement(body[at.at])
                stack = stack.below
        self.ahead[pid, cpu] = touched
        return touched

    def next(self, pid: int, cpu: int, at: Progress, world: World) -> Footprint:
        """What a CPU's next step touches, the locks that it may give back included."""
        known = self.nexts.get((pid, cpu))
        assert at.stack is not None
        take = at.stack.action[0]
        if take is paths.remove_pages:  # it looks for the next page that is cached
            _, file, first, end, _ = at.stack.action
            cache = world.files[file].cache
            page = first
            while page < min(end, len(cache)) - 1 and cache[page].kind is Kind.NONE:
                page += 1
            known = Footprint(self.cached(file, first, page + 1))
        elif known is None:
            statement = self.race.bodies[cpu][at.at]
            if take is paths.unmap_file_range or take is paths.unmap_folio:
                known = self.sweep(at.stack.action[1])  # the lock alone: zaps follow
            elif take is zap.zap_range and not self.race.whole_table:
                _, area, page, _, _ = at.stack.action
                known = Footprint(self.vmas, self.page(area, page))
            else:
                known, _ = self.action(at.stack.action, cpu, statement)
            self.nexts[pid, cpu] = known
        if world.locks:
            number = self.race.numbers[cpu]
            for lock in world.locks:
                if lock.cpu == number:
                    known |= self.lock(lock.kind, lock.of, lock.shared)
        return known

    def gives_back(self, cpu: int, at: Progress, world: World) -> bool:
        """Whether the next step does nothing but give locks back that others can only wait for.

        Whoever wants them waits until then, so nobody can tell how long they were held.  A
        folio's lock is another matter: fault-around and reclaim pass over a locked folio."""
        assert at.stack is not None
        if at.stack.action[0] not in _GIVING_BACK:
            return False
        mine = (self.race.numbers[cpu], ELSEWHERE)
        return not any(lock.kind == "folio lock" and lock.cpu in mine for lock in world.locks)

    def lock(self, kind: str, of: int, shared: bool) -> Footprint:
        """A lock that is held; a folio's belongs to its page."""
        if kind == "folio lock":
            return NOTHING
        if kind == "mmap_lock":
            bit = self.mmap
        elif kind == "VMA lock":
            bit = self.vmas
        elif kind in ("invalidate_lock", "shmem_falloc"):
            bit = self.bit(("kept out", of))
        else:
            bit = self.bit((kind, of))
        return Footprint(bit, 0) if shared else Footprint(0, bit)

    def order(
        self, world: World, pids: Sequence[int], progress: Sequence[Progress]
    ) -> tuple[list[int], int]:
        """The CPUs that are not done, and how many of the first can each go alone."""
        running = [cpu for cpu, pid in enumerate(pids) if progress[pid].stack is not None]
        if len(running) < 2:
            return running, 0
        futures = [self.future(pids[cpu], cpu, progress[pids[cpu]]) for cpu in running]
        alone, others = [], []
        for at, cpu in enumerate(running):
            step = self.next(pids[cpu], cpu, progress[pids[cpu]], world)
            if self.gives_back(cpu, progress[pids[cpu]], world):
                alone.append(cpu)
            elif any(step.meets(f) for i, f in enumerate(futures) if i != at):
                others.append(cpu)
            else:
                alone.append(cpu)
        return alone + others, len(alone)


# What an action touches; the flag says whether that is all that it leads to as well.
Touched = tuple[Footprint, bool]


def _zap(f: Footprints, area: int, page: int, end: int, part: Any) -> Touched:
    return Footprint(f.vmas, f.pages(area, page, end)), True


def _migrating(f: Footprints, area: int, page: int, *rest: Any) -> Touched:
    bits = f.page(area, page)
    return Footprint(f.mmap | f.vmas | f.walks(bits), bits), True


def _migrating_range(f: Footprints, area: int, page: int, end: int, *rest: Any) -> Touched:
    bits = f.pages(area, page, end)
    return Footprint(f.mmap | f.vmas | f.walks(bits), bits), True


def _walking(f: Footprints, index: int, places: Sequence[tuple[int, int]], part: Any) -> Touched:
    bits = f.everywhere(places)
    return Footprint(f.vmas | f.walks(bits), bits), True


def _restoring(
    f: Footprints, old: int, new: int, places: Sequence[tuple[int, int]], part: Any
) -> Touched:
    return _walking(f, old, places, part)


def _sweeping(f: Footprints, file: int, first: int, end: int, part: Any, rule: Any) -> Touched:
    return f.sweep(file) | Footprint(0, f.cached(file, first, end)), True


def _ending(f: Footprints, file: int) -> Touched:
    return f.sweep(file), True


def _cache_page(f: Footprints, file: int, page: int, *rest: Any) -> Touched:
    return f.sweep(file) | Footprint(0, f.cached(file, page, page + 1)), True


def _cache_range(f: Footprints, file: int, page: int, end: int, *rest: Any) -> Touched:
    return f.sweep(file) | Footprint(0, f.cached(file, page, end)), True


def _accessing(f: Footprints, area: int, page: int, value: int | None) -> Touched:
    return f.touching(area, page, page + 1, value is not None), True


def _accessing_range(f: Footprints, area: int, page: int, end: int, value: int | None) -> Touched:
    return f.touching(area, page, end, value is not None), True


def _mapping(f: Footprints, area: int, page: int, *rest: Any) -> Touched:
    return f.touching(area, page, page + 1, True), True


def _unlocking(f: Footprints, file: int) -> Touched:
    return Footprint(0, f.inode(file)), True


def _forgetting(f: Footprints, file: int, first: int, end: int) -> Touched:
    return Footprint(0, f.cached(file, first, end)), True


def _zeroing(f: Footprints, file: int, size: int, chain: str) -> Touched:
    page = size // p.PAGE_BYTES
    return Footprint(0, f.cached(file, page, page + 1)), True


def _ended(f: Footprints, result: str) -> Touched:
    return NOTHING, True  # the locks that it gives back are added for every step


def _passing(f: Footprints, part: Any, rule: Any) -> Touched:
    return NOTHING, True


_GIVING_BACK: Final = frozenset({ends, paths.end_file_pass, _unlock_inode})

_KNOWN: Final[dict[Take, Any]] = {
    zap.zap_range: _zap,
    migration.begin_page: _migrating,
    migration.lock_folio: _migrating,
    migration.migrate_range: _migrating_range,
    migration.replace_entries: _walking,
    migration.restore_entries: _restoring,
    reclaim.pageout_range: _migrating_range,
    reclaim.lock_folio: _migrating,
    reclaim.unmap_entries: _walking,
    reclaim.free_range: _zap,
    marks.guard_remove: _zap,
    paths.unmap_file_range: _sweeping,
    paths.end_file_pass: _ending,
    paths.remove_pages: _cache_range,
    paths.lock_cached: _cache_page,
    paths.unmap_folio: _cache_page,
    paths.remove_folio: _cache_page,
    paths.free_cache_swap: _cache_page,
    paths.invalidate_next: _cache_range,
    paths.forget_disk: _forgetting,
    paths.zero_tail: _zeroing,
    paths.begin_pass: _passing,
    faults.access: _accessing,
    faults.access_range: _accessing_range,
    faults.lock_page: _mapping,
    faults.map_page: _mapping,
    _unlock_inode: _unlocking,
    ends: _ended,
}
