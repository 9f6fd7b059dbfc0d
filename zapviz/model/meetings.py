"""Which statement of a scenario meets a known difference between model and kernel.

The differences themselves are in :mod:`zapviz.kernels.known_differences`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from zapviz.kernels.known import Kernel
from zapviz.kernels.known_differences import KNOWN_DIFFERENCES, DifferenceId, KnownDifference
from zapviz.model import program as p
from zapviz.model.areas import Area, Vma, pieces
from zapviz.model.entries import Bit, Kind
from zapviz.model.faults import SWAPS_IN, SWAPS_IN_ANON
from zapviz.model.machine import RESTARTS
from zapviz.model.steps import Step
from zapviz.model.world import FolioFlag, MachineFlag, World, area_named

__all__ = ["Meetings"]


@dataclass
class Meetings:
    """A watch over the statements of one run, shown one after the other."""

    kernel: Kernel
    apart: set[str] = field(default_factory=set)  # mappings with two anon_vmas
    watched: set[str] = field(default_factory=set)  # mappings that userfaultfd watches
    remapped: set[str] = field(default_factory=set)  # those of which a part was mapped anew
    lent: set[str] = field(default_factory=set)  # mappings of which a device had pages
    raced: dict[str, set[str]] = field(default_factory=dict)  # what CPUs advise of each mapping
    reclaimed: set[str] = field(default_factory=set)  # what CPUs page out, mappings and files
    made: set[str] = field(default_factory=set)  # of what CPUs make pages
    moved: set[str] = field(default_factory=set)  # what CPUs migrate
    broken: set[str] = field(default_factory=set)  # what CPUs declare broken
    offline: set[str] = field(default_factory=set)  # what CPUs take out of use
    locked: set[str] = field(default_factory=set)  # what CPUs lock into memory
    changed: set[str] = field(default_factory=set)  # of what CPUs change or remove entries
    read_back: set[tuple[int, int]] = field(default_factory=set)  # entries read in from swap

    def of(
        self, statement: p.Statement, before: World, steps: Sequence[Step]
    ) -> tuple[KnownDifference, ...]:
        """Give the known differences that a statement meets.

        Args:
            statement: The statement, after those that were shown before.
            before: The state before it.
            steps: Its steps.
        """
        met = dict.fromkeys(self._met(statement, before, steps))
        known = [KNOWN_DIFFERENCES[each] for each in met]
        return tuple(each for each in known if each.on(self.kernel))

    def _met(
        self, statement: p.Statement, before: World, steps: Sequence[Step]
    ) -> Iterator[DifferenceId]:
        self.apart.update(area.name for area in before.areas if _written_apart(area))
        if isinstance(statement, p.Cpu):
            yield from self._by_cpu(statement, before)
        for asked in _asked(statement):
            yield from self._by_statement(asked, before)
        yield from self._by_steps(steps)

    def _by_cpu(self, cpu: p.Cpu, before: World) -> Iterator[DifferenceId]:
        """Tell what a CPU meets together with the CPUs before it."""
        mine: dict[str, set[str]] = {}
        for call in cpu.body:
            if isinstance(call, p.Madvise) and call.advice in (*_BREAKING, "MADV_PAGEOUT"):
                mine.setdefault(call.pages.name, set()).add(call.advice)
        reclaimed, made, moved, broken, offline, locked, changed = (set[str]() for _ in range(7))
        for call in cpu.body:
            if isinstance(call, p.Madvise) and call.advice == "MADV_PAGEOUT":
                reclaimed |= _memory(before, call.pages)
            elif isinstance(call, _MAKING):
                made |= _memory(before, call.pages)
            if isinstance(call, p.Pread):
                made |= _memory(before, call.into)
            if isinstance(call, p.Migrate):
                moved |= _memory(before, call.pages)
            if isinstance(call, p.Madvise) and call.advice == "MADV_HWPOISON":
                broken |= _memory(before, call.pages)
            if isinstance(call, p.Madvise) and call.advice == "MADV_SOFT_OFFLINE":
                offline |= _memory(before, call.pages)
            if isinstance(call, p.Mlock) and call.lock:
                locked |= _memory(before, call.pages)
            changed |= _changed(before, call)
        if broken & self.changed or self.broken & changed:
            yield "broken-while-changed"
        self.changed |= changed
        swapped = bool(before.machine & MachineFlag.SWAP_DISK)
        if swapped and (broken & (self.made | self.broken) or self.broken & made):
            yield "found-in-swap-cache"
        if offline & self.locked or self.offline & locked:
            yield "offline-beside-mlock"
        self.offline |= offline
        self.locked |= locked
        if moved & self.made or self.moved & made:
            yield "moved-from-batch"
        if moved & self.broken or self.moved & broken:
            yield "moved-and-broken"
        self.moved |= moved
        self.broken |= broken
        if reclaimed & self.made or self.reclaimed & made:
            yield "reclaimed-from-batch"
        self.reclaimed |= reclaimed
        self.made |= made
        for name, advised in mine.items():
            others = self.raced.get(name, set())
            meets = any(
                "MADV_PAGEOUT" in one and other.intersection(_BREAKING)
                for one, other in ((advised, others), (others, advised))
            )
            area = before.areas[area_named(before, name)]
            if meets and any(not vma.shared for vma in area.vmas):
                yield "poisoned-while-reclaimed"
            self.raced[name] = others | advised

    def _by_statement(self, statement: p.Asking, before: World) -> Iterator[DifferenceId]:
        if isinstance(statement, p.Uffd):
            pages, area = statement.pages, _area(before, statement.pages)
            one_vma = statement.action == "poison" or not self.kernel.uffd_wp_many_vmas
            merged = _merge([vma for vma, *_ in pieces(area, pages.first, pages.end)])
            if one_vma and ((merged and pages.name in self.apart) or pages.name in self.remapped):
                yield "vmas-apart"
            self.watched.add(pages.name)
            if any(not vma.readable for vma in area.vmas):
                yield "uffd-write-only"
        if _writes_back(statement) and any(file.failed for file in before.files):
            yield "lost-writes"
        if isinstance(statement, p.Pread):
            area = _area(before, statement.into)
            name = statement.pages.name
            if any(
                v.shared and v.file >= 0 and before.files[v.file].name == name for v in area.vmas
            ):
                yield "read-into-itself"
        if isinstance(statement, p.MapFixed) and (
            statement.pages.name in self.watched or _area(before, statement.pages).source >= 0
        ):
            # A child's VMA has its parent's anon_vma, too: what is mapped anew does not merge.
            self.remapped.add(statement.pages.name)
        if isinstance(statement, p.Fork):
            for names in (self.apart, self.remapped):
                names.update(
                    f"{statement.name}.{p.own_name(name)}"
                    for name in [*names]
                    if p.owner_of(name) == statement.of
                )
            # Nothing merges what mlock or userfaultfd had parted, once a child has it without that.
            self.apart.update(
                f"{statement.name}.{p.own_name(held.name)}"
                for held in before.areas
                if p.owner_of(held.name) == statement.of and _parted(held)
            )
        if isinstance(statement, p.Madvise) and statement.advice == "MADV_SOFT_OFFLINE":
            yield "offline-from-batch"
        if isinstance(statement, p.ToDevice) and not statement.exclusive:
            self.lent.add(statement.pages.name)
        if (
            isinstance(statement, p.Madvise)
            and statement.advice in ("MADV_HWPOISON", "MADV_PAGEOUT")
            and statement.pages.name in self.lent
            and _clean(before, statement.pages)
        ):
            yield "stale-dirty"
        if isinstance(statement, p.Write) and self._given_up(statement.pages, before):
            yield "copied-from-batch"

    def _given_up(self, pages: p.Pages, world: World) -> bool:
        """Tell whether a page that was read back from swap is given up (MADV_FREE)."""
        area = area_named(world, pages.name)
        for page in range(pages.first, pages.end):
            entry = world.areas[area].entries[page]
            folio = world.folios[entry.folio] if entry.maps_folio else None
            if folio and folio.flags & FolioFlag.LAZYFREE and (area, page) in self.read_back:
                return True
        return False

    def _by_steps(self, steps: Sequence[Step]) -> Iterator[DifferenceId]:
        for step in steps:
            if step.rule is RESTARTS:
                yield "guard-livelock"
            if step.rule.id in (SWAPS_IN.id, SWAPS_IN_ANON.id) and step.place is not None:
                self.read_back.add(step.place[1:])


_MAKING: Final = (p.Read, p.Write, p.Mlock, p.Pread, p.Pwrite, p.Migrate)
_CHANGING: Final = (
    p.Write, p.Mprotect, p.Uffd, p.Munmap, p.MapFixed, p.Fallocate, p.Invalidate,
    p.UnmapMappingRange,
)  # fmt: skip
_BREAKING: Final = ("MADV_HWPOISON", "MADV_SOFT_OFFLINE")


def _plain(vma: Vma) -> Vma:
    """Give a VMA without its bounds, and without what a child does not inherit."""
    return vma._replace(first=0, end=0, locked=False, uffd_wp=False)


def _merge(vmas: Sequence[Vma]) -> bool:
    """Tell whether VMAs become one once userfaultfd watches all of them."""
    touch = all(one.end == other.first for one, other in pairwise(vmas))
    return touch and len({vma._replace(first=0, end=0, uffd_wp=False) for vma in vmas}) == 1


def _parted(area: Area) -> bool:
    """Tell whether VMAs of a mapping that touch differ in nothing that a child inherits."""
    return any(
        one.end == other.first and _plain(one) == _plain(other)
        for one, other in pairwise(area.vmas)
    )


def _asked(statement: p.Statement) -> Iterator[p.Asking]:
    """Give what a statement asks of the kernel; an assertion's calls and a CPU's body, too."""
    if isinstance(statement, p.Cpu):
        yield from statement.body
    elif isinstance(statement, p.Assert):
        yield from _compared(statement.condition)
    else:
        yield statement


def _compared(condition: p.Condition) -> Iterator[p.Call]:
    match condition:
        case p.ResultIs(call):
            yield call
        case p.All(parts) | p.AnyOf(parts):
            for part in parts:
                yield from _compared(part)
        case p.Not(part):
            yield from _compared(part)
        case _:
            pass


def _writes_back(statement: p.Asking) -> bool:
    if isinstance(statement, p.Madvise):
        return statement.advice == "MADV_REMOVE"
    return isinstance(statement, p.Fallocate | p.Ftruncate | p.Pwrite)


def _clean(world: World, pages: p.Pages) -> bool:
    """Tell whether a private page of a range is clean in the model."""
    return any(
        folio is not None
        and folio.anon
        and not folio.flags & FolioFlag.DIRTY
        and not entry.bits & Bit.DIRTY
        for entry in _area(world, pages).entries[pages.first : pages.end]
        if entry.folio >= 0
        for folio in (world.folios[entry.folio],)
    )


def _changed(world: World, call: p.Call) -> set[str]:
    """Name the memory of which a call changes entries, or removes some, without the folio lock."""
    match call:
        case p.Ftruncate():
            return {call.file}
        case p.Pread():
            return _memory(world, call.into)
        case p.Madvise():
            held = call.advice in (*_BREAKING, "MADV_PAGEOUT")  # the folio, while it changes them
            return set() if held else _memory(world, call.pages)
        case p.Mlock():
            return _memory(world, call.pages) if call.lock else set()
        case p.Pwrite():
            return _memory(world, call.pages) if call.direct else set()
        case _ if isinstance(call, _CHANGING):
            return _memory(world, call.pages)
        case _:
            return set()


def _memory(world: World, pages: p.Pages) -> set[str]:
    """Name what holds the memory of a range: the mapping, and the files that it maps."""
    if all(area.name != pages.name for area in world.areas):
        return {pages.name}
    area = _area(world, pages)
    return {area.name, *(world.files[vma.file].name for vma in area.vmas if vma.file >= 0)}


def _written_apart(area: Area) -> bool:
    """Tell whether two VMAs of a mapping have private pages, and so an anon_vma of their own."""
    if len(area.vmas) < 2:
        return False
    written = [
        vma
        for vma in area.vmas
        if any(entry.kind in _PRIVATE for entry in area.entries[vma.first : vma.end])
    ]
    return len(written) > 1


_PRIVATE: Final = (Kind.ANON, Kind.SWAP)


def _area(world: World, pages: p.Pages) -> Area:
    return world.areas[area_named(world, pages.name)]
