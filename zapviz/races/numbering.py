"""Canonical numbers for folios and swap slots, so that equal states are equal values.

The model takes the lowest free number, so two orders of the same steps may number the same folios
differently. Here each page of a file or mapping has numbers of its own: a folio gets one of the
numbers of its page, and of two folios the first one gets the lower number; a swap slot gets the
number of the entry or page-cache slot that holds it, of several the first; one that the swap cache
alone holds has a number after those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final

from zapviz.model import program as p
from zapviz.model.actions import facts_of
from zapviz.model.areas import Area
from zapviz.model.entries import Entry
from zapviz.model.steps import Action
from zapviz.model.world import File, Folio, Lock, Slot, World

__all__ = ["Numbering"]

_EACH: Final = 2
"""The usual number of folios that a page has at a time: the one that it moves from, and the one
that it moves to.
"""


class Numbering:
    """The numbers of the folios and slots of one scenario."""

    def __init__(self, world: World, bodies: Iterable[Sequence[p.Statement]]) -> None:
        pages = {
            file.name: max(len(file.cache), file.pages, len(file.disk)) for file in world.files
        }
        for statement in (s for body in bodies for s in body):
            if isinstance(statement, p.Ftruncate):
                last = -(-statement.size // p.PAGE_BYTES)
                pages[statement.file] = max(pages[statement.file], last)
            elif isinstance(statement, p.Pwrite):
                name = statement.pages.name
                pages[name] = max(pages[name], statement.pages.end)
        self.areas: list[int] = []  # the first place of each mapping, and of each file
        self.files: list[int] = []
        places = 0
        for area in world.areas:
            self.areas.append(places)
            places += len(area.entries)
        for file in world.files:
            self.files.append(places)
            places += pages[file.name]
        self.places = places

    def home(self, folio: Folio) -> int:
        """Give the place of the page that a folio belongs to."""
        if folio.file < 0:
            return self.areas[folio.area] + folio.page
        return self.files[folio.file] + folio.page

    def laid_out(self, world: World) -> World:
        """Renumber the first state."""
        world, _ = self._folios_placed(world, ())
        return self._slots_placed(world)

    def settled(self, old: World, new: World) -> tuple[World, dict[int, int]]:
        """Renumber a state after a step, and tell which folios got other numbers."""
        renamed: dict[int, int] = {}
        folios, before = new.folios, old.folios
        if folios is not before:
            added, freed = -1, -1
            changes = len(folios) - len(before)  # one was put at the end
            if changes:
                added = len(before)
            for index, was in enumerate(before):
                held = folios[index]
                if held is was:
                    continue
                if held is None:
                    freed, changes = index, changes + 1
                elif was is None:
                    added, changes = index, changes + 1
                elif held[:3] != was[:3]:  # one freed and another put in its place
                    changes = 2
            if changes == 1 and added >= 0:
                new, renamed = self._one_placed(new, added)
            elif changes > 1 or (freed >= 0 and not self._last_of_its_page(folios, freed)):
                new, renamed = self._folios_placed(new, before)
        slots = new.slots
        if slots is not old.slots and (
            len(slots) != len(old.slots)
            or any(
                (held is None) != (was is None)
                or (held and was and (held.holders, held.folio) != (was.holders, was.folio))
                for held, was in zip(slots, old.slots, strict=True)
            )
        ):
            new = self._slots_placed(new)
        return new, renamed

    def _last_of_its_page(self, folios: tuple[Folio | None, ...], index: int) -> bool:
        """Tell whether no folio of the same page has a higher number, which would then be too
        high.
        """
        return index < self.places * _EACH and (
            index % _EACH == _EACH - 1 or not any(folios[index + 1 : (index // _EACH + 1) * _EACH])
        )

    def _one_placed(self, world: World, index: int) -> tuple[World, dict[int, int]]:
        """Give one new folio a number of its page."""
        folios = list(world.folios)
        folio = folios[index]
        assert folio is not None
        folios[index] = None
        number = self.home(folio) * _EACH
        end = number + _EACH
        while folios[number] is not None:
            number += 1
            if number == end:
                return self._folios_placed(world, (*world.folios[:index], None))
        folios[number] = folio
        if len(folios) > self.places * _EACH and folios[-1] is None:
            del folios[-1]
        files, areas, _, slots, processes, locks, machine = world
        if number == index:
            return World(files, areas, tuple(folios), slots, processes, locks, machine), {}
        return self._renamed(world, tuple(folios), {index: number})

    def _folios_placed(
        self, world: World, before: tuple[Folio | None, ...]
    ) -> tuple[World, dict[int, int]]:
        """Give every folio a number of its page."""
        homes: dict[int, list[tuple[bool, int]]] = {}
        for index, folio in enumerate(world.folios):
            if folio is not None:
                was = before[index] if index < len(before) else None
                new = was is None or was[:3] != folio[:3]
                homes.setdefault(self.home(folio), []).append((new, index))
        numbers: dict[int, int] = {}
        end = self.places * _EACH
        for home in sorted(homes):
            for rank, (_, index) in enumerate(sorted(homes[home])):
                if rank < _EACH:
                    numbers[index] = home * _EACH + rank
                else:
                    numbers[index] = end
                    end += 1
        folios: list[Folio | None] = [None] * end
        for index, number in numbers.items():
            folios[number] = world.folios[index]
        renamed = {index: number for index, number in numbers.items() if index != number}
        return self._renamed(world, tuple(folios), renamed)

    def _renamed(
        self, world: World, folios: tuple[Folio | None, ...], renamed: dict[int, int]
    ) -> tuple[World, dict[int, int]]:
        """Put other folios into a world, and rename the folios that others refer to."""
        files, areas, _, slots, processes, locks, machine = world
        if renamed:
            areas = tuple([self._area(area, renamed) for area in areas])
            files = tuple([self._file(file, renamed) for file in files])
            if locks:
                locks = tuple([_renamed_lock(lock, renamed) for lock in locks])
            if any(slot and slot.folio in renamed for slot in slots):
                slots = tuple([_renamed_slot(slot, renamed) for slot in slots])
        return World(files, areas, folios, slots, processes, locks, machine), renamed

    @staticmethod
    def _area(area: Area, renamed: dict[int, int]) -> Area:
        for entry in area.entries:
            if entry.folio in renamed:
                return area._replace(entries=_renamed_entries(area.entries, renamed))
        return area

    @staticmethod
    def _file(file: File, renamed: dict[int, int]) -> File:
        for entry in file.cache:
            if entry.folio in renamed:
                return file._replace(cache=_renamed_entries(file.cache, renamed))
        return file

    def _slots_placed(self, world: World) -> World:
        """Give every swap slot the number of the place that holds it."""
        new: list[Slot | None] = [None] * self.places
        first: dict[int, int] = {}  # of a slot that several hold, the first place that does
        areas, files = list(world.areas), list(world.files)
        for at, area in enumerate(areas):
            entries = self._held(area.entries, self.areas[at], world, new, first)
            if entries is not area.entries:
                areas[at] = area._replace(entries=entries)
        for at, file in enumerate(files):
            cache = self._held(file.cache, self.files[at], world, new, first)
            if cache is not file.cache:
                files[at] = file._replace(cache=cache)
        # What the swap cache alone holds comes after these, in the order of the folios.
        kept = [slot for slot in world.slots if slot and not slot.holders]
        new += sorted(kept, key=attrgetter("folio"))
        _, _, folios, _, processes, locks, machine = world
        return World(tuple(files), tuple(areas), folios, tuple(new), processes, locks, machine)

    @staticmethod
    def _held(
        entries: tuple[Entry, ...],
        first: int,
        world: World,
        new: list[Slot | None],
        shared: dict[int, int],
    ) -> tuple[Entry, ...]:
        """Note the slots that some entries hold at their places, and renumber the entries."""
        changed = None
        for page, entry in enumerate(entries):
            if entry.slot >= 0:
                place = shared.setdefault(entry.slot, first + page)
                new[place] = world.slots[entry.slot]
                if entry.slot != place:
                    changed = list(entries) if changed is None else changed
                    changed[page] = entry._replace(slot=place)
        return entries if changed is None else tuple(changed)

    @staticmethod
    def renamed(action: Action, renamed: dict[int, int]) -> Action:
        """Rename the folios of an action."""
        where = facts_of(action[0]).folios
        if not where:
            return action
        new = list(action)
        for at in where:
            was = new[at]
            if isinstance(was, tuple):
                new[at] = tuple([renamed.get(index, index) for index in was])
            else:
                new[at] = renamed.get(was, was)
        return tuple(new)


def _renamed_lock(lock: Lock, renamed: dict[int, int]) -> Lock:
    if lock.kind == "folio lock" and lock.of in renamed:
        return lock._replace(of=renamed[lock.of])
    return lock


def _renamed_slot(slot: Slot | None, renamed: dict[int, int]) -> Slot | None:
    if slot is None or slot.folio not in renamed:
        return slot
    return slot._replace(folio=renamed[slot.folio])


def _renamed_entries(entries: tuple[Entry, ...], renamed: dict[int, int]) -> tuple[Entry, ...]:
    return tuple(
        entry._replace(folio=renamed[entry.folio]) if entry.folio in renamed else entry
        for entry in entries
    )
