"""A guest whose two CPUs are led through an order of turns, each held where its turn ends.

A turn ends where a CPU comes to a function, has written an entry, or is back from a call. There
the guest's gdb stub stops all CPUs, and the one whose turn it was is put into a loop, in a
function of the kernel that no guest of the lab calls. There it halts again and again, with all that
it has in its hands: it serves its interrupts, and as long as it has no spinlock other threads get
their time on it. To let it go, the loop's first jump is written over by one to where the CPU was.

Nothing of the function at which a CPU is held is changed, so that the other CPU can go through it.
Between two calls a CPU waits at a gate of the probe (``run_led()`` in probe.c).

A third CPU runs what remains of the guest. It comes to functions that a CPU is waited for at, too,
and is passed by.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from zapviz.lab.guest.gdbstub import Stopped, StubFailed
from zapviz.lab.guest.kernels import NotAvailable
from zapviz.lab.guest.symbols import Symbols
from zapviz.lab.guest.tables import NOTHING, Seen
from zapviz.lab.guest.watcher import (
    MARKS,
    RAX,
    RIP,
    Event,
    Watcher,
    Written,
    register,
)

__all__ = [
    "Back",
    "Entered",
    "Fate",
    "Lead",
    "Leader",
    "Place",
    "Returned",
    "Turned",
    "Wrote",
    "check_pad",
]

_PAD: Final = "kernel_restart"  # none of the lab's guests restarts: the probe powers off
_PAD_OFFSET, _PAD_BYTES = 16, 8  # for each CPU, past the function's first instructions
_WAITING: Final = b"\xeb\x03\x90\x90\x90"  # jmp over what a jump away takes
_JUMP: Final = b"\xe9"  # jmp, by as much as the next four bytes say
_HALT, _GO_ON = b"\xf4", b"\x90"  # hlt, until the next interrupt; nop, where none is served
_BACK: Final = b"\xeb\xf8"  # jmp to the beginning
_FLAGS, _SERVES_INTERRUPTS = slice(136, 140), 1 << 9
_TEXT: Final = 0x7FFFFFFF  # with nokaslr, where the kernel's text lies in physical memory
_LED, _KIND, _NUMBER = 0x40000, 0xFFFF0000, 0xFFFF  # of a mark, as in probe.c
_ALL_CALLS: Final = 1 << 20
_MOST_UNASKED: Final = 20
_KERNEL: Final = 1 << 63  # of an address

_READY = re.compile(r"h ready ([0-9a-f]{1,16})")
_ASLEEP = re.compile(r"h asleep ([01])((?: [\w.]+)*)")


class Entered(NamedTuple):
    """A CPU comes to a function."""

    function: str
    callers: tuple[str, ...] = ()  # from one of these; empty: from anywhere
    others: tuple[str, ...] = ()  # or to one of these, whichever comes first


class Returned(NamedTuple):
    """A CPU returns to a function in which it is, from one that this one called."""

    functions: tuple[str, ...]  # to the innermost of these


class Wrote(NamedTuple):
    """A CPU has written an entry, and still has the page table's lock."""

    area: int  # the number of the mapping
    page: int
    kind: str  # what stands there now


class Back(NamedTuple):
    """A CPU is back from a call of its body, and has not begun the next one."""

    call: int


Place: TypeAlias = Entered | Returned | Wrote | Back


class Lead(NamedTuple):
    """One turn: how far a CPU is led."""

    cpu: int
    calls: int  # as many calls of its body may have begun
    places: tuple[tuple[Place, bool], ...]
    """What it comes to, in this order, the end of its turn last. One that is marked comes before
    all that stand behind it; without any, the CPU stays where it is."""


Fate: TypeAlias = Literal["held", "back", "passed", "over", "asleep", "runs", "stays"]


@dataclass(frozen=True)
class Turned:
    """What became of one turn."""

    cpu: int
    fate: Fate
    """The CPU is ``held``, or is ``back`` from its call, as it was to be; it is back and never came
    to the place where it was to be held (``passed``), or was back before the turn (``over``); it
    sleeps in a lock (``asleep``), or comes nowhere (``runs``); or it ``stays`` where it was, as
    there was nothing to do."""
    where: tuple[str, ...]  # the function, and its callers; of "back", none
    entries: tuple[tuple[Seen, ...], ...]  # of each mapping, once the turn is over
    events: tuple[Event, ...]  # what was written meanwhile, by either CPU


@dataclass
class _Led:
    """A CPU that is led."""

    places: list[tuple[Place, bool]] = field(default_factory=list)  # still to be come to
    resume: int | None = None  # the instruction at which it goes on, while it is held
    calls: int = 0  # as many calls of its body may have begun
    back: int = -1  # the last call that it is back from
    again: int | None = None  # where it comes to a second time as it goes on
    returns: dict[str, int] = field(default_factory=dict)  # to these functions, by its last stack

    def comes_to(self, matches: Callable[[Place], bool]) -> bool:
        """Note a place that was come to; tell whether the turn ends there."""
        for at, (place, needed) in enumerate(self.places):
            if matches(place):
                del self.places[: at + 1]
                return not self.places
            if needed:
                break
        return False


class Leader(Watcher):
    """The attendant of a guest whose CPUs are led."""

    def __init__(
        self,
        connection: socket.socket,
        symbols: Symbols,
        pages: Sequence[Sequence[int]],
        leads: Sequence[Sequence[Lead]],
        ticks: int = 10,
        patience: float = 10.0,
    ) -> None:
        """Lead a guest.

        Args:
            connection: The connection to its stub.
            symbols: Its functions.
            pages: Of each program of the boot, how many pages each mapping has.
            leads: Of each program, its turns.
            ticks: For how many half seconds of the guest a turn may go on.
            patience: Seconds that an answer of the stub may take.
        """
        super().__init__(connection, symbols, pages, patience=patience)
        self.turned: list[list[Turned]] = []  # of each program
        self.before: list[tuple[tuple[Seen, ...], ...]] = []  # of each, before the first turn
        self._leads = leads
        self._most_ticks = ticks
        self._ticks = 0
        self._unasked = 0  # stops without a reason, one after the other
        self._leading = False
        self._gates = 0  # a physical address
        self._cpus = (_Led(), _Led())
        pad = symbols.address_of(_PAD) or 0
        self._pads = [pad + _PAD_OFFSET + _PAD_BYTES * cpu for cpu in (0, 1)]

    # the attendant

    def heard(self, line: str) -> None:
        """Take a line that the probe wrote."""
        if match := _READY.fullmatch(line):
            self._gates = int(match[1], 16)
            self._standing(self._begin)
        elif self._leading and line == "h tick":
            self._ticks += 1
            if self._ticks >= self._most_ticks:
                self._standing(self._give_up)
        elif self._leading and (match := _ASLEEP.fullmatch(line)):
            if int(match[1]) == self._lead.cpu:
                where = tuple(match[2].split())
                self._standing(lambda: self._over("asleep", where))
        elif line.startswith("k "):
            super().heard(line)

    def stopped(self) -> None:
        """Deal with a guest that stopped."""
        stop = self._stub.wait_for_stop()
        if stop is not None:
            self._deal(stop)
            self._stub.go()

    def _standing(self, act: Callable[[], None]) -> None:
        """Do something while the guest stands still."""
        at = len(self.turned[-1]) if self.turned else -1
        stop = self._stub.stop()
        if stop.signal == 5:  # it had come to something
            self._deal(stop)
        if not self.turned or len(self.turned[-1]) == at or at < 0:
            act()  # unless the turn ended by that
        self._stub.go()

    def _deal(self, stop: Stopped) -> None:
        # By its number: another CPU that stopped a moment later may be the chosen one.
        registers = self._stub.registers_of(stop.thread)
        if stop.watched is None:
            self._came(stop.thread - 1, registers)
        elif stop.watched == MARKS:
            mark = register(registers, RAX)
            if mark & _KIND == _LED:
                self._is_back(stop.thread - 1, mark & _NUMBER)
            else:
                self._marked()
        else:
            self._wrote(stop.thread - 1, stop.watched)

    # what a CPU comes to

    def _came(self, cpu: int, registers: bytes) -> None:
        at = register(registers, RIP)
        name = self._functions.get(at)
        if name is None:
            # Where two CPUs come to something at once, the guest stops twice, and the second stop
            # names either; the other one comes to its place again.
            self._unasked += 1
            if self._unasked > _MOST_UNASKED:
                raise StubFailed(f"CPU{cpu} stopped at {at:#x}, unasked")
            return
        self._unasked = 0
        chain = self._callers(registers)
        again = cpu < 2 and self._cpus[cpu].again == at

        def matches(place: Place) -> bool:
            match place:
                case Entered(function, callers, others):
                    from_there = not callers or bool({*chain[:2]} & {*callers})
                    return name in (function, *others) and from_there
                case Returned(functions):
                    return any(self._cpus[cpu].returns.get(each) == at for each in functions)
            return False

        beyond = self._beyond(at)
        if again:
            self._cpus[cpu].again = None
        if cpu < 2 and not again and self._cpus[cpu].comes_to(matches):
            self._stand(cpu, registers)
            self._hold(cpu, beyond or at, registers)
            self._cpus[cpu].again = None if beyond else at
            self._turn_ends(cpu, "held", (self._symbols.function_at(at), *chain))
            return
        if cpu < 2:
            self._stand(cpu, registers)
            self._break_where_needed()
        if beyond:
            self._stub.move_to(beyond)
        elif at in self._functions:
            self._stub.unbreak(at)
            if self._stub.step() is not None:
                self._stub.break_at(at)

    def _stand(self, cpu: int, registers: bytes) -> None:
        """Note where a CPU is on its way back to."""
        returns: dict[str, int] = {}
        for function, word in self._return_addresses(registers):
            returns.setdefault(function, word)
        self._cpus[cpu].returns = returns

    def _wrote(self, cpu: int, address: int) -> None:
        known = len(self._events or ())
        self._written(address)
        for event in (self._events or [])[known:]:
            if not isinstance(event, Written) or cpu >= 2:
                continue
            place = Wrote(event.area, event.page, event.after.kind)
            registers = self._stub.registers_of(cpu + 1)
            self._stand(cpu, registers)
            if self._cpus[cpu].comes_to(place.__eq__):
                self._hold(cpu, register(registers, RIP), registers)
                self._turn_ends(cpu, "held", event.chain)
            else:
                self._break_where_needed()

    def _is_back(self, cpu: int, call: int) -> None:
        led = self._cpus[cpu]
        led.back = call
        if led.comes_to(lambda place: place == Back(call)):
            self._turn_ends(cpu, "back", ())
        elif call + 1 >= led.calls:  # a gate stands before the next one
            led.places.clear()
            self._turn_ends(cpu, "passed", ())

    # turns

    @property
    def _lead(self) -> Lead:
        return self._leads[len(self.turned) - 1][len(self.turned[-1])]

    def _begin(self) -> None:
        self._cpus = (_Led(), _Led())
        self.turned.append([])
        self.before.append(self._all_entries())
        self._leading = True
        self._events = []
        self._next()

    def _next(self) -> None:
        leads, turned = self._leads[len(self.turned) - 1], self.turned[-1]
        while len(turned) < len(leads) and (fate := self._nothing_to_do(self._lead)):
            turned.append(Turned(self._lead.cpu, fate, (), self._all_entries(), ()))
        if len(turned) == len(leads):
            self._end()
            return
        lead = self._lead
        led = self._cpus[lead.cpu]
        led.places += lead.places
        led.calls = lead.calls
        self._break_where_needed()
        self._ticks = 0
        self._let_go(lead.cpu)

    def _nothing_to_do(self, lead: Lead) -> Fate | None:
        if not lead.places:
            return "stays"
        return "over" if self._cpus[lead.cpu].back >= lead.calls - 1 else None

    def _turn_ends(self, cpu: int, fate: Fate, where: tuple[str, ...]) -> None:
        """End the turn, if it is that CPU's; another one came where it was to be held before."""
        if self._leading and cpu == self._lead.cpu:
            self._over(fate, where)

    def _over(self, fate: Fate, where: tuple[str, ...]) -> None:
        events, self._events = tuple(self._events or ()), []
        entries = self._all_entries()
        self.turned[-1].append(Turned(self._lead.cpu, fate, where, entries, events))
        self._next()

    def _give_up(self) -> None:
        """End a turn in which a CPU comes nowhere."""
        registers = self._stub.registers_of(self._lead.cpu + 1)
        at = register(registers, RIP)
        where: tuple[str, ...] = ()
        if at & _KERNEL:
            where = (self._symbols.function_at(at), *self._callers(registers))
        self._over("runs", where)

    def _end(self) -> None:
        self._leading = False
        self._events = None
        for led in self._cpus:
            led.places.clear()
        self._break_where_needed()
        for cpu, led in enumerate(self._cpus):
            led.calls = _ALL_CALLS
            self._let_go(cpu)

    # holding

    def _hold(self, cpu: int, resume: int, registers: bytes) -> None:
        pad = self._pads[cpu]
        self._cpus[cpu].resume = resume
        flags = int.from_bytes(registers[_FLAGS], "little")
        rests = _HALT if flags & _SERVES_INTERRUPTS else _GO_ON
        self._stub.write(pad & _TEXT, _WAITING + rests + _BACK)
        self._stub.move_to(pad)

    def _let_go(self, cpu: int) -> None:
        led, pad = self._cpus[cpu], self._pads[cpu]
        if led.resume is not None:
            by = led.resume - (pad + len(_WAITING))
            self._stub.write(pad & _TEXT, _JUMP + by.to_bytes(4, "little", signed=True))
            led.resume = None
            if led.again not in self._functions:
                led.again = None
        self._stub.write(self._gates + 4 * cpu, led.calls.to_bytes(4, "little"))

    def _break_where_needed(self) -> None:
        """Stop the guest where a CPU is waited for, and nowhere else."""
        wanted: dict[int, str] = {}
        for led in self._cpus:
            for place, _ in led.places:
                match place:
                    case Entered(function, _, others):
                        for name in (function, *others):
                            if (address := self._symbols.address_of(name)) is not None:
                                wanted[address] = name
                    case Returned(functions):
                        there = [led.returns[name] for name in functions if name in led.returns]
                        for address in there[:1]:
                            wanted[address] = f"back in {self._symbols.function_at(address)}"
        for address in [*self._functions.keys() - wanted.keys()]:
            self._stub.unbreak(address)
        for address in wanted.keys() - self._functions.keys():
            self._stub.break_at(address)
        self._functions = wanted

    def _all_entries(self) -> tuple[tuple[Seen, ...], ...]:
        """Read the entries of every mapping anew."""
        by_area = {region.area: at for at, region in self._regions.items() if region.area >= 0}
        pages = self._pages[len(self.turned) - 1]
        return tuple(
            tuple(
                self._decoder.decode(entry, self._is_anonymous)
                for entry in self._entries(by_area[area], count)
            )
            if area in by_area
            else (NOTHING,) * count
            for area, count in enumerate(pages)
        )


def check_pad(symbols: Symbols, kernel: str) -> None:
    """Make sure that there is a place at which a kernel's CPUs can be held.

    Raises:
        NotAvailable: There is none.
    """
    if symbols.address_of(_PAD) is None:
        raise NotAvailable(
            f"kernel {kernel} has no {_PAD}(), in which a CPU is kept while it is held"
        )
