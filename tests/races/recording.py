"""A World that records what a step reads, and what it wrote: to hold declarations against.

Reads are recorded value by value: an entry, folio, slot or VMA notes when one of its fields is
asked for, so that copying a tuple to replace one of its values reads nothing.  What was written
is seen by comparing the state before with the state after.  Which locks a step looks at is
found by having a stranger hold them: whoever looks at a lock then does something else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from zapviz.model.areas import Area, Vma
from zapviz.model.elements import EVERYTHING, Elements, Footprint
from zapviz.model.entries import NONE, Entry
from zapviz.model.steps import Action, Actor, Move
from zapviz.model.world import File, Folio, Lock, Slot, World

__all__ = ["changes", "locks_looked_at", "reads"]

STRANGER = 99
"""A CPU that no scenario has."""

Note = Callable[[], None]


def _recording(base: Any, fields: tuple[str, ...], whole: bool) -> Any:
    """A subclass of a named tuple whose values note when some of their fields are read.

    :param whole: Whether taking it apart, or comparing it, reads it too.
    """

    def new(cls: Any, value: Any, note: Note) -> Any:
        self = tuple.__new__(cls, value)
        self.note = note
        return self

    def reading(name: str) -> Any:
        def read(self: Any, *arguments: Any) -> Any:
            self.note()
            return getattr(base, name)(self, *arguments)

        return read

    def field(name: str) -> property:
        at = base._fields.index(name)

        def read(self: Any) -> Any:
            self.note()
            return tuple.__getitem__(self, at)

        return property(read)

    def replace(self: Any, **changed: Any) -> Any:
        values = zip(base._fields, tuple.__iter__(self), strict=True)
        return base(*[changed.get(name, value) for name, value in values])

    members: dict[str, Any] = {name: field(name) for name in fields}
    if whole:
        members |= {name: reading(name) for name in ("__iter__", "__getitem__", "__eq__", "__ne__")}
        members["__hash__"] = reading("__hash__")
    return type(
        f"Recording{base.__name__}", (base,), {**members, "__new__": new, "_replace": replace}
    )


_Entry = _recording(Entry, Entry._fields, True)
_Folio = _recording(Folio, Folio._fields, True)
_Slot = _recording(Slot, Slot._fields, True)
_Vma = _recording(Vma, Vma._fields, True)
_AreaOfVmas = _recording(Area, ("vmas",), False)
_FileOfSize = _recording(File, ("size",), False)


class _Area(_AreaOfVmas):  # type: ignore[misc, valid-type]
    """A mapping: whether it has a page table is read apart from its VMAs."""

    note_table: Note

    @property
    def table(self) -> Any:
        self.note_table()
        return tuple.__getitem__(self, 4)


class _Disk(tuple):  # type: ignore[type-arg]
    """The blocks of a file: one that is asked for is read, a copy of all reads none."""

    note_page: Callable[[int], None]

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, int):
            self.note_page(at)
        return tuple.__getitem__(self, at)

    def __contains__(self, page: object) -> bool:
        assert isinstance(page, int)
        self.note_page(page)
        return tuple.__contains__(self, page)


class _Zeroed(_Disk):
    """The cut pages of a file: whether a page is among them is read of that page."""


def page_of_file(on: Elements, file: int, page: int) -> int:
    """The element of a file's page, which must be one that is known."""
    bits = on.cached(file, page, page + 1)
    assert bits, f"page {page} of file {file} is no element"
    return bits


def _holders(on: Elements, world: World) -> dict[int, int]:
    """The pages that hold each swap slot."""
    found: dict[int, int] = {}
    for area, held in enumerate(world.areas):
        for page, entry in enumerate(held.entries):
            if entry.slot >= 0:
                found[entry.slot] = found.get(entry.slot, 0) | on.entry(area, page)
    for file, kept in enumerate(world.files):
        for page, entry in enumerate(kept.cache):
            if entry.slot >= 0:
                found[entry.slot] = found.get(entry.slot, 0) | page_of_file(on, file, page)
    for number, slot in enumerate(world.slots):
        folio = world.folios[slot.folio] if slot and slot.folio >= 0 else None
        if folio is not None:
            found[number] = found.get(number, 0) | on.of_folio(folio)
    return found


class _Recorder:
    """The elements that were read of the states that it wraps."""

    def __init__(self, on: Elements) -> None:
        self.on = on
        self.bits = 0

    def noting(self, bits: int) -> Note:
        """What notes that some elements are read."""

        def note() -> None:
            self.bits |= bits

        return note

    def wrapped(self, world: World) -> World:
        """The same state, recording."""
        files, areas, folios, slots, processes, locks, machine = world
        holders = _holders(self.on, world)
        return World(
            tuple(self.file(at, held) for at, held in enumerate(files)),
            tuple(self.area(at, held) for at, held in enumerate(areas)),
            tuple(f and _Folio(f, self.noting(self.on.of_folio(f))) for f in folios),
            tuple(s and _Slot(s, self.noting(holders.get(at, 0))) for at, s in enumerate(slots)),
            processes,
            locks,
            machine,
        )

    def area(self, at: int, held: Area) -> Any:
        noting, on = self.noting, self.on
        vmas = noting(on.vmas)
        entries = tuple(
            _Entry(entry, noting(on.entry(at, page))) for page, entry in enumerate(held.entries)
        )
        plain = held._replace(entries=entries, vmas=tuple(_Vma(vma, vmas) for vma in held.vmas))
        area = _Area(plain, vmas)
        area.note_table = noting(on.table(at))
        return area

    def file(self, at: int, held: File) -> Any:
        def note_page(page: int) -> None:
            if page in range(len(held.disk)):
                self.bits |= page_of_file(self.on, at, page)

        cache = tuple(
            _Entry(entry, self.noting(page_of_file(self.on, at, page)))
            for page, entry in enumerate(held.cache)
        )
        disk, zeroed = _Disk(held.disk), _Zeroed(held.zeroed)
        disk.note_page = zeroed.note_page = note_page
        plain = held._replace(cache=cache, disk=disk, zeroed=zeroed)
        return _FileOfSize(plain, self.noting(self.on.size(at)))


def reads(on: Elements, actor: Actor, world: World, action: Action) -> tuple[int, Move | None]:
    """What a step reads, locks left out, and what it does."""
    recorder = _Recorder(on)
    move = action[0](actor, recorder.wrapped(world), *action[1:])
    return recorder.bits, move


def changes(on: Elements, before: World, after: World) -> Footprint:
    """What was written between two states; a lock that is held for reading is only read."""
    if len(before.areas) != len(after.areas) or len(before.files) != len(after.files):
        return EVERYTHING
    writes = 0
    for area, (old, new) in enumerate(zip(before.areas, after.areas, strict=True)):
        for page, (was, now) in enumerate(zip(old.entries, new.entries, strict=True)):
            if was != now:
                writes |= on.entry(area, page)
        if old.vmas != new.vmas:
            writes |= on.vmas
        if old.table != new.table:
            writes |= on.table(area)
    for file, (held, kept) in enumerate(zip(before.files, after.files, strict=True)):
        if held.size != kept.size:
            writes |= on.size(file)
        pages = set(held.zeroed) ^ set(kept.zeroed)
        pages |= {page for page, was, now in _padded(held.cache, kept.cache, NONE) if was != now}
        pages |= {page for page, was, now in _padded(held.disk, kept.disk, -1) if was != now}
        for page in pages:
            writes |= page_of_file(on, file, page)
    for _, was, now in _padded(before.folios, after.folios, None):
        if was != now:
            for folio in (was, now):
                if folio is not None:
                    writes |= on.of_folio(folio)
    held_before, held_after = _holders(on, before), _holders(on, after)
    for slot, was, now in _padded(before.slots, after.slots, None):
        if was != now:
            writes |= held_before.get(slot, 0) | held_after.get(slot, 0)
    if before.machine != after.machine:
        writes |= on.zero_page
    touched = Footprint(0, writes)
    had, has = Counter(before.locks), Counter(after.locks)
    for lock in (had - has) + (has - had):
        folios = before.folios if lock in had else after.folios
        bit = _lock(on, lock, folios)
        touched |= Footprint(bit) if lock.shared else Footprint(0, bit)
    return touched


def _padded(old: Any, new: Any, filler: Any) -> Iterator[tuple[int, Any, Any]]:
    for at in range(max(len(old), len(new))):
        yield (
            at,
            old[at] if at < len(old) else filler,
            new[at] if at < len(new) else filler,
        )


def _lock(on: Elements, lock: Lock, folios: tuple[Folio | None, ...]) -> int:
    """The element of a lock."""
    if lock.kind == "folio lock":
        folio = folios[lock.of]
        return 0 if folio is None else on.of_folio(folio)
    return {
        "mmap_lock": lambda: on.mmap_lock,
        "VMA lock": lambda: on.vmas,
        "mf_mutex": lambda: on.mf_mutex,
        "page table lock": lambda: on.entry(lock.of, lock.first),
        "i_rwsem": lambda: on.i_rwsem(lock.of),
        "i_mmap_rwsem": lambda: on.i_mmap_rwsem(lock.of),
        "invalidate_lock": lambda: on.kept_out(lock.of),
        "shmem_falloc": lambda: on.kept_out(lock.of),
    }[lock.kind]()


def _all_locks(world: World) -> Iterator[Lock]:
    """Every lock that there can be, held by a stranger."""
    yield Lock("mmap_lock", -1, STRANGER, False)
    for area, held in enumerate(world.areas):
        yield Lock("VMA lock", area, STRANGER, False, 0, len(held.entries))
    for file in range(len(world.files)):
        for kind in ("i_rwsem", "i_mmap_rwsem", "invalidate_lock", "shmem_falloc"):
            yield Lock(kind, file, STRANGER, False, 0, 1 << 30)  # type: ignore[arg-type, unused-ignore]
    for index, folio in enumerate(world.folios):
        if folio is not None:
            yield Lock("folio lock", index, STRANGER, False)


def locks_looked_at(on: Elements, actor: Actor, world: World, action: Action, known: int) -> int:
    """The locks that a step looks at, as elements, beyond those that are known.

    :param known: Elements whose locks need not be tried.
    """
    others = [
        (lock, bit)
        for lock in _all_locks(world)
        if (bit := _lock(on, lock, world.folios)) and not bit & known
    ]

    def told(locks: list[Lock]) -> Any:
        held = world._replace(locks=(*world.locks, *locks))
        return _told(action[0](actor, held, *action[1:]))

    undisturbed = told([])
    if told([lock for lock, _ in others]) == undisturbed:
        return 0
    found = 0
    for lock, bit in others:
        if told([lock]) != undisturbed:
            found |= bit
    return found


def _told(move: Move | None) -> Any:
    """What a step did, but for what strangers hold."""
    if move is None:
        return None
    world, then, step, result = move
    locks = tuple(lock for lock in world.locks if lock.cpu != STRANGER)
    return world._replace(locks=locks), then, step and step._replace(world=World()), result
