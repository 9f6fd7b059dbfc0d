"""A guest that is stopped at every write to the page-table entries of a program's mappings.

The probe marks where a program and its statements begin and end by a store to a place that is
watched (``mark()`` in probe.c). When a program begins, its page tables are looked for in the
guest's memory, and write watchpoints are set: on the directory's entries, by which page tables are
seen to come, to move and to go; and on the entries of each table for as long as it is one. Each
write stops the guest right after it: what stood there is known from before, and the function is the
one to which the instruction belongs; the addresses on the stack tell the functions that called it.

Of a process that is forked, the tables are followed from the first on: pgd_alloc() gives the page
that all of them hang on, still without an entry for the mappings, and from then on each entry that
names a table is watched, down to those of the mappings. So nothing that fork copies is missed.

A breakpoint costs far more than a watchpoint: after one, QEMU translates everything anew. So
they stand only at functions whose arguments are wanted, and whether a folio is locked is seen in
its flags.

It takes software emulation: there, any memory can be watched. A processor that sets an accessed
or dirty bit by itself is not noticed.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final, Literal, NamedTuple, TypeAlias

from zapviz.lab.guest.gdbstub import INSTRUCTION, Stub, StubFailed, Unreadable
from zapviz.lab.guest.kernels import NotAvailable
from zapviz.lab.guest.symbols import Symbols
from zapviz.lab.guest.tables import (
    ENTRY_BYTES,
    NOTHING,
    Decoder,
    Layout,
    Seen,
    by_processor,
    entry_at,
    root_of,
    table_named,
    walk,
)

__all__ = [
    "MARKS",
    "RAX",
    "RIP",
    "Called",
    "Event",
    "Flagged",
    "Forking",
    "Watcher",
    "Written",
    "register",
]

MARKS: Final = 0x100000000000 - 4096
"""Where the probe writes its marks (probe.c)."""
_PROGRAM, _BEGIN, _END, _NUMBER = 0x30000, 0x10000, 0x20000, 0xFFFF
_BASE = 0x100000000000  # where mapping 0 starts
_MAPPINGS = 64

RAX, _RCX, _RDX, _RSI, _RDI, _RSP, _R8, RIP = 0, 2, 3, 4, 5, 7, 8, INSTRUCTION
_PASSED = (_RDI, _RSI, _RDX, _RCX, _R8)  # the arguments of a function
_NEW_ROOT: Final = "pgd_alloc"  # where a process that is forked gets its page tables
_CR3, _CR4 = slice(204, 212), slice(212, 220)  # in the answer to "g"
_STACK_BYTES = 1 << 14  # of a kernel stack, which starts at a multiple of that
_STACK_READ = 1536  # as much of it is looked through for callers
_NO_OPERATION = (b"\xf3\x0f\x1e\xfa", b"\x0f\x1f\x44\x00\x00")
_PAGE = 4096
_PAGE_STRUCT = 64  # bytes of struct page
_MAPPING_FIELD = 24  # where it says whose page it is
_ANONYMOUS = 1  # PAGE_MAPPING_ANON, of that field
_LOCKED = 1  # PG_locked, of its flags, which come first
_RANDOMIZED = (
    "the kernel's memory is not at its usual addresses: KASLR is on, where nokaslr is not obeyed"
)


class Written(NamedTuple):
    """One entry, written."""

    area: int  # the number of the mapping, in the order in which the program makes them
    page: int  # of the mapping
    before: Seen
    after: Seen
    chain: tuple[str, ...]  # the function that wrote it, and its callers, as the stack tells


class Called(NamedTuple):
    """A function that was come to."""

    function: str
    arguments: tuple[int, ...]  # the first five
    frame: int  # where the first argument is a folio, the number of its page frame; else -1
    chain: tuple[str, ...]  # its callers


Fate: TypeAlias = Literal["locked", "unlocked", "removed"]


class Flagged(NamedTuple):
    """A folio of a file, locked or unlocked, or taken out of the page cache."""

    what: Fate
    frame: int
    chain: tuple[str, ...]


Event: TypeAlias = Written | Called | Flagged


class Forking(NamedTuple):
    """A fork of a program. Processes are numbered in the order of the forks; 0 is the first one."""

    parent: int
    child: int
    inherited: Mapping[int, int]  # the numbers of the child's mappings, by those of the parent's


@dataclass
class _Region:
    """Some entries that are watched."""

    area: int  # the mapping; -1: the directory, -2: the entry above it, -3: that above this one
    entries: list[int]
    seen: list[Seen]
    process: int = 0


class Watcher:
    """The attendant of a guest whose entries are watched; see :class:`Attendant`."""

    def __init__(
        self,
        connection: socket.socket,
        symbols: Symbols,
        pages: Sequence[Sequence[int]],
        functions: Sequence[str] = (),
        folios: bool = False,
        patience: float = 10.0,
        forks: Sequence[Mapping[int, Forking]] = (),
    ) -> None:
        """Watch a guest.

        Args:
            connection: The connection to its stub.
            symbols: Its functions.
            pages: Of each program of the boot, how many pages each mapping has.
            functions: The functions at which calls are noted; those without an address are not.
            folios: Whether the locks of files' folios are watched, too, once they were mapped.
            patience: Seconds that an answer of the stub may take.
            forks: Of each program, the statements that fork; none: nobody does.
        """
        self.seen: list[dict[int, list[Event]]] = []  # of each program, by statement
        self.stops = 0
        self.seconds = 0.0  # from the first stop to the last
        self._first = 0.0
        self._stub = Stub(connection, patience)
        self._symbols = symbols
        self._pages = pages
        self._forks = forks
        self._wanted = functions
        self._folios = folios
        self._features: dict[str, str] = {}
        self._decoder = Decoder.of({})
        self._layout = Layout.of(0)
        self._events: list[Event] | None = None
        self._regions: dict[int, _Region] = {}  # by the virtual address of the first entry
        self._functions: dict[int, str] = {}  # breakpoints
        self._checked = False
        self._past: dict[int, int] = {}  # breakpoint -> where to go on; 0: by a step
        self._flags: dict[int, tuple[int, int]] = {}  # watched byte or pointer -> frame, value
        self._roots: dict[int, int] = {}  # of each process: the page that its tables hang on
        self._places: dict[int, dict[int, int]] = {}  # of each child: what is in others' places
        self._forking: Forking | None = None  # until the child's root is known
        self._awaited = 0  # the breakpoint by which it gets known

    # the attendant

    def started(self) -> None:
        """Watch the place of the marks, while the firmware still runs."""
        self._stub.stop()
        self._stub.describe()
        self._stub.watch(MARKS, 8)
        self._stub.go()

    def heard(self, line: str) -> None:
        """Take a line that the probe wrote."""
        if line.startswith("k "):
            _, name, value = line.split(" ", 2)
            self._features[name] = value
        elif line.startswith("s ") and not self.seen:
            raise StubFailed("the stub did not stop the guest where the program begins")

    def stopped(self) -> None:
        """Deal with a guest that stopped: note why, and let it go on."""
        stop = self._stub.wait_for_stop()
        if stop is None:
            return
        self.stops += 1
        self._first = self._first or monotonic()
        if stop.watched is None:
            self._broken()
            return
        if stop.watched == MARKS:
            self._marked()
        elif stop.watched in self._flags:
            self._flagged(stop.watched)
        else:
            self._written(stop.watched)
        self._stub.go()
        self.seconds = monotonic() - self._first

    # what a stop says

    def _marked(self) -> None:
        registers = self._stub.registers()
        mark = register(registers, RAX)
        what, number = mark & ~_NUMBER, mark & _NUMBER
        if what == _PROGRAM:
            self._break_at(self._wanted)  # only now: a kernel that boots comes there often
            self.seen.append({})
            self._decoder = Decoder.of(self._features)
            self._watch_directory(registers)
        elif what == _BEGIN:
            self._events = self.seen[-1].setdefault(number, [])
            if self._forks and number in (forks := self._forks[len(self.seen) - 1]):
                self._await_child(forks[number])
        elif number == _NUMBER:
            self._events = None
            self._forget()
        elif self._forking is not None:
            raise StubFailed(f"fork() never came to {_NEW_ROOT}()")
        else:
            self._check_directory()
            self._events = None

    def _broken(self) -> None:
        registers = self._stub.registers()
        at = register(registers, RIP)
        if self._forking is not None and at == self._awaited:
            self._forked(self._forking, registers)
            return
        name = self._functions.get(at)
        if name is None:
            raise StubFailed(f"the guest stopped at {at:#x}, unasked")
        if self._events is not None:
            arguments = tuple(register(registers, number) for number in _PASSED)
            frame, rest = divmod(arguments[0] - self._layout.page_structs, _PAGE_STRUCT)
            is_folio = rest == 0 and 0 <= frame < 1 << 40
            chain = self._callers(registers)
            self._events.append(Called(name, arguments, frame if is_folio else -1, chain))
        self._go_past(at)

    def _written(self, address: int) -> None:
        region = self._regions.get(address)
        if region is None:
            raise StubFailed(f"memory at {address:#x} was written that is not watched")
        now = self._entries(address, len(region.entries))
        changed = [page for page, entry in enumerate(now) if entry != region.entries[page]]
        for page in changed:
            was, entry = region.entries[page], now[page]
            region.entries[page] = entry
            if region.area >= 0 and len(changed) > 1 and by_processor(was, entry):
                continue  # it came to be so since the last stop
            if region.area >= 0:
                self._entry_written(region, page, entry)
            elif region.area == -1:
                self._table_changed(page, was, entry, region.process)
            elif self._above_changed(region, was, entry):
                return

    def _entry_written(self, region: _Region, page: int, entry: int) -> None:
        before = region.seen[page]
        after = region.seen[page] = self._decoder.decode(entry, self._is_anonymous)
        if self._events is not None:
            registers = self._stub.registers()
            function = self._symbols.function_at(register(registers, RIP) - 1)
            chain = (function, *self._callers(registers))
            self._events.append(Written(region.area, page, before, after, chain))
        if self._folios and after.kind == "file":
            self._watch_folio(after.frame)

    def _flagged(self, address: int) -> None:
        frame, was = self._flags[address]
        is_flags = address % _PAGE_STRUCT == 0
        now = self._flag(address)
        self._flags[address] = frame, now
        if now == was or self._events is None:
            return
        what: Fate = ("locked" if now else "unlocked") if is_flags else "removed"
        if is_flags or not now:
            registers = self._stub.registers()
            function = self._symbols.function_at(register(registers, RIP) - 1)
            self._events.append(Flagged(what, frame, (function, *self._callers(registers))))

    def _callers(self, registers: bytes) -> tuple[str, ...]:
        """Give the functions whose return addresses lie on the kernel's stack, innermost first.

        Now and then there is one among them that has returned since: an old address in a place
        that nobody wrote to.
        """
        found: list[str] = []
        for name, _ in self._return_addresses(registers):
            if not found or found[-1] != name:
                found.append(name)
        return tuple(found)

    def _return_addresses(self, registers: bytes) -> list[tuple[str, int]]:
        """Give the words on the kernel's stack that lie in functions, with these."""
        top = register(registers, _RSP)
        count = min(_STACK_READ, _STACK_BYTES - top % _STACK_BYTES) & ~7
        try:
            memory = self._stub.read_virtual(top, count)
        except Unreadable:  # the stack of an interrupt ends earlier
            memory = self._stub.read_virtual(top, min(count, _PAGE - top % _PAGE) & ~7)
        words = (word for (word,) in struct.iter_unpack("<Q", memory) if word >> 31 == 0x1FFFFFFFF)
        named = ((self._symbols.function_at(word - 1), word) for word in words)
        return [(name, word) for name, word in named if name]

    # watching

    def _break_at(self, names: Sequence[str]) -> None:
        for name in names:
            address = self._symbols.address_of(name)
            if address is not None and address not in self._functions:
                self._functions[address] = name
                self._stub.break_at(address)

    def _watch_directory(self, registers: bytes) -> None:
        self._forget()
        self._layout = Layout.of(int.from_bytes(registers[_CR4], "little"))
        cr3 = int.from_bytes(registers[_CR3], "little")
        found = None
        with suppress(Unreadable):
            found = walk(self._stub.read_virtual, self._layout, cr3, _BASE)
        if found is None:
            raise NotAvailable(
                f"the program's page tables are not where cr3 ({cr3:#x}) and a direct map at "
                f"{self._layout.direct_map:#x} lead; {_RANDOMIZED}"
            )
        self._roots = {0: root_of(cr3)}
        self._watch(-2, found.upper, 1)
        directory = self._watch(-1, found.directory, _MAPPINGS)
        for area, entry in enumerate(directory.entries):
            self._table_changed(area, 0, entry)

    def _check_directory(self) -> None:
        """Make sure that no table has come unnoticed, once for each boot."""
        if self._checked:
            return
        for address, region in self._regions.items():
            if region.area == -1:
                if self._entries(address, len(region.entries)) != region.entries:
                    raise NotAvailable(f"page tables change and nobody notices; {_RANDOMIZED}")
                self._checked = any(region.entries)

    def _await_child(self, forking: Forking) -> None:
        """Stop the guest where the root of a child's page tables is made."""
        function = self._symbols.address_of(_NEW_ROOT)
        if function is None:
            raise NotAvailable(
                f"this kernel has no symbol {_NEW_ROOT}, where the page tables of a process that "
                "is forked begin: scenarios that fork cannot be watched on it"
            )
        self._forking, self._awaited = forking, function
        self._stub.break_at(function)

    def _forked(self, forking: Forking, registers: bytes) -> None:
        """Go on from the function that makes the root to its return, and watch the child then."""
        at = self._awaited
        if root_of(int.from_bytes(registers[_CR3], "little")) != self._roots.get(forking.parent):
            self._go_past(at)  # the kernel starts a program meanwhile
            return
        self._stub.unbreak(at)
        if at == self._symbols.address_of(_NEW_ROOT):
            top = self._stub.read_virtual(register(registers, _RSP), 8)
            self._awaited = int.from_bytes(top, "little")
            self._stub.break_at(self._awaited)
        else:
            self._forking = None
            self._watch_child(forking, register(registers, RAX))
        self._stub.go()

    def _watch_child(self, forking: Forking, root: int) -> None:
        parents = self._places.get(forking.parent, {})
        place_of = {area: place for place, area in parents.items()}
        self._places[forking.child] = {
            place_of.get(area, area): mine for area, mine in forking.inherited.items()
        }
        self._roots[forking.child] = root - self._layout.direct_map
        level = self._layout.levels
        self._watch_above(forking.child, level, entry_at(root, level, _BASE))

    def _watch_above(self, process: int, level: int, address: int) -> None:
        """Watch the entry that leads to the mappings in a directory of a child, and what it names.

        Args:
            process: The child.
            level: The directory's level; 2: its entries name the tables of the mappings.
            address: Where the entry is.
        """
        if level > 2:
            region = self._watch(1 - level, address, 1, process)
            self._above_changed(region, 0, region.entries[0])
            return
        directory = self._watch(-1, address, _MAPPINGS, process)
        for place, entry in enumerate(directory.entries):
            self._table_changed(place, 0, entry, process)

    def _above_changed(self, region: _Region, was: int, entry: int) -> bool:
        """Follow an entry above the directory; tell whether its process ends by that."""
        old, new = table_named(self._layout, was), table_named(self._layout, entry)
        if new is None and old is not None:  # its directory is another's soon
            if region.process:
                self._forget_process(region.process)
            else:
                self._forget()
            return True
        if region.process and old != new and new is not None:
            level = -region.area
            self._watch_above(region.process, level, entry_at(new, level, _BASE))
        return False

    def _forget_process(self, process: int) -> None:
        for address in [at for at, one in self._regions.items() if one.process == process]:
            self._unwatch(address)

    def _table_changed(self, place: int, was: int, entry: int, process: int = 0) -> None:
        old, new = table_named(self._layout, was), table_named(self._layout, entry)
        if old == new:
            return
        if old is not None:
            self._unwatch(old)
        pages = self._pages[len(self.seen) - 1]
        area = self._places.get(process, {}).get(place, place)
        if new is None or area >= len(pages):
            return
        region = self._watch(area, new, pages[area], process)
        for page, there in enumerate(region.entries):
            if there:  # written before the table was put in its place
                self._entry_written(region, page, there)

    def _watch(self, area: int, address: int, count: int, process: int = 0) -> _Region:
        entries = self._entries(address, count)
        region = self._regions[address] = _Region(area, entries, [NOTHING] * count, process)
        self._stub.watch(address, count * ENTRY_BYTES)
        return region

    def _unwatch(self, address: int) -> None:
        region = self._regions.pop(address, None)
        if region is not None:
            self._stub.unwatch(address, len(region.entries) * ENTRY_BYTES)

    def _watch_folio(self, frame: int) -> None:
        start = self._layout.page_structs + frame * _PAGE_STRUCT
        for address, count in ((start, 1), (start + _MAPPING_FIELD, 8)):
            if address not in self._flags:
                self._stub.watch(address, count)
            self._flags[address] = frame, self._flag(address)

    def _flag(self, address: int) -> int:
        if address % _PAGE_STRUCT == 0:
            return self._stub.read_virtual(address, 1)[0] & _LOCKED
        return int.from_bytes(self._stub.read_virtual(address, 8), "little")

    def _forget(self) -> None:
        for address in [*self._regions]:
            self._unwatch(address)
        for address in self._flags:
            self._stub.unwatch(address, 8 if address % _PAGE_STRUCT else 1)
        self._flags = {}
        self._roots, self._places = {}, {}
        if self._forking is not None:
            self._stub.unbreak(self._awaited)
            self._forking = None

    def _entries(self, address: int, count: int) -> list[int]:
        memory = self._stub.read_virtual(address, count * ENTRY_BYTES)
        return [entry for (entry,) in struct.iter_unpack("<Q", memory)]

    def _is_anonymous(self, frame: int) -> bool:
        """Tell whether a page frame holds anonymous memory.

        One that belongs to nobody yet is about to: up to 6.x swap-in sets the entry first.
        """
        at = self._layout.page_structs + frame * _PAGE_STRUCT + _MAPPING_FIELD
        mapping = int.from_bytes(self._stub.read_virtual(at, 8), "little")
        return not mapping or bool(mapping & _ANONYMOUS)

    def _beyond(self, at: int) -> int:
        """Give the instruction at which to go on from a breakpoint; 0: there is no such.

        A traced kernel's functions begin with an instruction that does nothing; it is left out.
        """
        if at not in self._past:
            start = self._stub.read_virtual(at, 5)
            length = next((len(n) for n in _NO_OPERATION if start.startswith(n)), 0)
            self._past[at] = at + length if length else 0
        return self._past[at]

    def _go_past(self, at: int) -> None:
        """Go on from a breakpoint."""
        if past := self._beyond(at):
            self._stub.go_on_at(past)
            return
        self._stub.unbreak(at)
        if self._stub.step() is not None:
            self._stub.break_at(at)
            self._stub.go()


def register(registers: bytes, number: int) -> int:
    """Give one general register of those that the stub gave."""
    return int.from_bytes(registers[8 * number : 8 * number + 8], "little")
