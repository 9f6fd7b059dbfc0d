"""QEMU's gdb stub, spoken to directly: stop a guest, change its memory, let it go on.

The remote serial protocol (GDB manual, appendix E): packets ``$text#sum``, each answered
by ``+``, numbers in hexadecimal.  This is the little of it that holding a CPU takes; there
is no debugger, so that nothing depends on one's version.

>>> stub = Stub(connection)  # doctest: +SKIP
>>> stub.stop()  # doctest: +SKIP
>>> stub.break_at(0xFFFFFFFF81337000)  # doctest: +SKIP
>>> stub.go()  # doctest: +SKIP
>>> stub.wait_for_stop()  # doctest: +SKIP
Stopped(signal=5, thread=2)

Memory is written by physical addresses: it works whatever page tables the CPUs have
loaded, and on read-only text, and the emulator forgets what it had translated there.
"""

from __future__ import annotations

import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

__all__ = ["INSTRUCTION", "Stopped", "Stub", "StubFailed", "Unreadable"]

INSTRUCTION: Final = 16
"""The number of the instruction pointer among x86-64's registers in the protocol."""

_INTERRUPT = b"\x03"
_NOT_THERE = "E14"  # EFAULT
_STOPPED = re.compile(r"T([0-9a-f]{2})(?:.*;)?thread:0*([1-9a-f][0-9a-f]*);.*")
_WATCHED = re.compile(r"[;0-9a-f]watch:([0-9a-f]+);")
_RIP = slice(16 * 8, 17 * 8)  # the instruction pointer among x86-64's registers


class StubFailed(Exception):
    """An answer of the stub that the protocol does not have, or none in time."""


class Unreadable(StubFailed):
    """Memory that is not there, at the address that was asked for."""


@dataclass(frozen=True)
class Stopped:
    """The reason for which a guest stands still."""

    signal: int  # 2: it was asked to; 5: a breakpoint, or memory that is watched
    thread: int  # the CPU that came there, counted from 1
    watched: int | None = None  # where the watched memory starts that was written


class Stub:
    """A connection to a stub. Either all CPUs stand still, or all run."""

    def __init__(self, connection: socket.socket, patience: float = 10.0) -> None:
        """Connect to a stub.

        Args:
            connection: A connected stream; the stub does not close it.
            patience: Seconds that an answer may take.
        """
        self._connection = connection
        self._patience = patience
        self._taken = b""
        self._physical = False

    def stop(self) -> Stopped:
        """Stop all CPUs; a stop that came by itself in the meantime also counts."""
        self._put(_INTERRUPT)
        stopped = self.wait_for_stop()
        if stopped is None:
            raise StubFailed("the guest has ended")
        return stopped

    def wait_for_stop(self) -> Stopped | None:
        """Wait until the guest stands still; give None where it has ended instead."""
        packet = self._packet()
        if packet[:1] in ("W", "X"):
            return None
        match = _STOPPED.fullmatch(packet)
        if match is None:
            raise StubFailed(f"no stop, but {packet[:60]!r}")
        watched = _WATCHED.search(packet)
        return Stopped(
            int(match[1], 16), int(match[2], 16), int(watched[1], 16) if watched else None
        )

    def describe(self) -> str:
        """Ask what the registers are. QEMU lets single ones be read and set only after that."""
        return self._ask("qXfer:features:read:target.xml:0,ffb")

    def go(self) -> None:
        """Let all CPUs run."""
        self._send("c")

    def break_at(self, address: int) -> None:
        """Stop the guest wherever a CPU comes to a virtual address."""
        self._ask_ok(f"Z0,{address:x},1")

    def unbreak(self, address: int) -> None:
        """Remove a breakpoint."""
        self._ask_ok(f"z0,{address:x},1")

    def watch(self, address: int, count: int) -> None:
        """Stop the guest right after each write to some bytes at a virtual address."""
        self._ask_ok(f"Z2,{address:x},{count:x}")

    def unwatch(self, address: int, count: int) -> None:
        """Watch some bytes no longer."""
        self._ask_ok(f"z2,{address:x},{count:x}")

    def instruction(self, thread: int) -> int:
        """Give the address of the instruction that a stopped CPU would run next."""
        return int.from_bytes(self.registers_of(thread)[_RIP], "little")

    def registers_of(self, thread: int) -> bytes:
        """Give the registers of a CPU; from then on it counts as the one that stopped."""
        self._ask_ok(f"Hg{thread:x}")
        return self.registers()

    def registers(self) -> bytes:
        """Give the registers of the CPU that stopped, in the order of the protocol."""
        return self._bytes(self._ask("g"))

    def register(self, number: int) -> int:
        """Give one general register of the CPU that stopped, by its number in the protocol."""
        return int.from_bytes(self._bytes(self._ask(f"p{number:x}")), "little")

    def move_to(self, address: int) -> None:
        """Put the CPU that stopped before another instruction."""
        self._ask_ok(f"P{INSTRUCTION:x}={address.to_bytes(8, 'little').hex()}")

    def go_on_at(self, address: int) -> None:
        """Let the CPU that stopped go on at another instruction."""
        self.move_to(address)
        self.go()

    def step(self) -> Stopped | None:
        """Let the CPU that stopped run one instruction; None where the guest has ended."""
        self._send("s")
        return self.wait_for_stop()

    def read(self, address: int, count: int) -> bytes:
        """Read bytes of the guest's physical memory."""
        self._by_physical_address(True)
        return self._read(address, count)

    def read_virtual(self, address: int, count: int) -> bytes:
        """Read bytes at a virtual address, as the CPU that stopped sees it."""
        self._by_physical_address(False)
        return self._read(address, count)

    def _read(self, address: int, count: int) -> bytes:
        reply = self._ask(f"m{address:x},{count:x}")
        if reply == _NOT_THERE:
            raise Unreadable(f"there is no memory at {address:#x}")
        memory = self._bytes(reply)
        if len(memory) != count:
            raise StubFailed(f"cannot read memory at {address:#x}: {reply[:60]!r}")
        return memory

    def write(self, address: int, content: bytes) -> None:
        """Write bytes into the guest's physical memory."""
        self._by_physical_address(True)
        self._ask_ok(f"M{address:x},{len(content):x}:{content.hex()}")

    def _by_physical_address(self, physical: bool) -> None:
        if self._physical is not physical:
            self._ask_ok(f"Qqemu.PhyMemMode:{int(physical)}")
            self._physical = physical

    @staticmethod
    def _bytes(reply: str) -> bytes:
        try:
            return bytes.fromhex(reply)
        except ValueError:
            raise StubFailed(f"no bytes, but {reply[:60]!r}") from None

    # packets

    def _ask_ok(self, text: str) -> None:
        if (reply := self._ask(text)) != "OK":
            raise StubFailed(f"{text.partition(':')[0]!r} was answered by {reply[:60]!r}")

    def _ask(self, text: str) -> str:
        self._send(text)
        return self._packet()

    def _send(self, text: str) -> None:
        """Send one packet, and wait for the byte by which the stub acknowledges it.

        Only that byte is read: if the guest runs on, a stop may follow at once, and the caller that
        waits for it has to see that there is something to read.
        """
        body = text.encode("ascii")
        packet = b"$%s#%02x" % (body, sum(body) % 256)
        self._put(packet)
        end = time.monotonic() + self._patience
        if not self._taken:
            self._receive(end, 1)
        acknowledgement, self._taken = self._taken[:1], self._taken[1:]
        if acknowledgement != b"+":
            raise StubFailed(f"{text[:60]!r} was not taken: {acknowledgement!r}")

    def _packet(self) -> str:
        """Receive the next packet, and acknowledge it."""
        end = time.monotonic() + self._patience
        while b"#" not in self._taken[:-2]:
            self._receive(end, 1 << 16)
        packet, _, rest = self._taken.partition(b"#")
        check, self._taken = rest[:2], rest[2:]
        if packet[:1] != b"$" or check.lower() != b"%02x" % (sum(packet[1:]) % 256):
            raise StubFailed(f"garbled: {packet[:60]!r}")
        with suppress(StubFailed):  # an emulator that ends tells so and is gone
            self._put(b"+")
        return packet[1:].decode("latin-1")

    def _put(self, content: bytes) -> None:
        self._connection.settimeout(self._patience)
        try:
            self._connection.sendall(content)
        except OSError as error:
            raise StubFailed(error.strerror or str(error)) from None

    def _receive(self, end: float, most: int) -> None:
        self._connection.settimeout(max(0.001, end - time.monotonic()))
        try:
            chunk = self._connection.recv(most)
        except TimeoutError:
            raise StubFailed(f"no answer for {self._patience:g} s") from None
        except OSError as error:
            raise StubFailed(error.strerror or str(error)) from None
        if not chunk:
            raise StubFailed("the connection ended")
        self._taken += chunk
