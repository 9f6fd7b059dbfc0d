"""A gdb stub for tests: some memory and two CPUs that stand where they are told to."""

from __future__ import annotations

import socket
import threading


class FakeStub:
    """Answers as QEMU's stub does; ``said`` are the packets that came, in their order.

    The guest runs at first.  ``hits`` are the (thread, address) at which it stops, each
    once, after the next ``c``; ``answers`` replaces the answer to a packet.
    """

    def __init__(self, hits: list[tuple[int, int]] | None = None) -> None:
        self.ours, self._theirs = socket.socketpair()
        self.said: list[str] = []
        self.answers: dict[str, bytes] = {}
        self.memory: dict[int, int] = {}
        self.hits = hits or []
        self._at = {1: 0x1000, 2: 0x2000}
        self._thread = 1
        self._running = True
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def close(self) -> None:
        """End the guest; whatever was said is in ``said`` then."""
        self.ours.close()
        self._serving.join()

    def bytes_at(self, address: int, count: int) -> bytes:
        """What the memory holds; zeros where nobody wrote."""
        return bytes(self.memory.get(address + i, 0) for i in range(count))

    def _serve(self) -> None:
        taken = b""
        with self._theirs:
            while chunk := self._theirs.recv(4096):
                taken += chunk
                while taken:
                    if taken[:1] == b"\x03":
                        taken = taken[1:]
                        if self._running:
                            self._stop(2, 1)
                    elif taken[:1] == b"+":
                        taken = taken[1:]
                    elif b"#" in taken[:-2]:
                        packet, _, rest = taken.partition(b"#")
                        assert int(rest[:2], 16) == sum(packet[1:]) % 256
                        taken = rest[2:]
                        self._theirs.sendall(b"+" + self._answer(packet[1:].decode()))
                    else:
                        break

    def _answer(self, text: str) -> bytes:
        self.said.append(text)
        if text in self.answers:
            return self.answers[text]
        assert not self._running, text
        letter, numbers = text[0], text[1:].partition(":")[0].split(",")
        if letter == "c":
            if not self.hits:
                self._running = True
                return b""
            thread, address = self.hits.pop(0)
            self._at[thread] = address
            return packet(f"T05thread:{thread:02x};")  # right behind the stub's word
        if letter == "g":
            registers = bytearray(200)
            registers[128:136] = self._at[self._thread].to_bytes(8, "little")
            return packet(registers.hex())
        if letter == "m":
            return packet(self.bytes_at(int(numbers[0], 16), int(numbers[1], 16)).hex())
        if letter == "M":
            content = bytes.fromhex(text.partition(":")[2])
            assert len(content) == int(numbers[1], 16)
            self.memory |= dict(enumerate(content, int(numbers[0], 16)))
        elif letter == "H":
            self._thread = int(text[2:], 16)
        return packet("OK")

    def _stop(self, signal: int, thread: int) -> None:
        self._running = False
        self._theirs.sendall(packet(f"T{signal:02x}thread:{thread:02x};"))


def packet(text: str) -> bytes:
    """A text as the protocol sends it."""
    return b"$%s#%02x" % (text.encode(), sum(text.encode()) % 256)
