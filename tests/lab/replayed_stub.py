"""A gdb stub that says what a real one said once; see sessions/record.py."""

from __future__ import annotations

import gzip
import socket
import threading
from pathlib import Path

from fake_stub import packet

from zapviz.lab.guest.symbols import Symbols, parse_symbols

SESSIONS = Path(__file__).with_name("sessions")


class ReplayedStub:
    """A recorded session; ``wrong`` is the first packet that was not the recorded one."""

    def __init__(self, kernel: str) -> None:
        lines = gzip.decompress((SESSIONS / f"{kernel}.gz").read_bytes()).decode().splitlines()
        self.features = [line for line in lines if line.startswith("k ")]
        self.symbols: Symbols = parse_symbols(lines)
        self.said = [line for line in lines if line[:1] in "<>"]
        self.stops = self.said.count("> c")  # the guest stops after each of them, or ends
        self.wrong = ""
        self.cut: int | None = None  # as many lines are said, and then the emulator is gone
        self.ours, self._theirs = socket.socketpair()
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def close(self) -> None:
        """End the session."""
        self.ours.close()
        self._serving.join()

    def _serve(self) -> None:
        at, taken = 0, b""
        with self._theirs:
            while chunk := self._theirs.recv(1 << 16):
                taken += chunk
                while taken:
                    if taken[:1] == b"+":
                        taken = taken[1:]
                        continue
                    if taken[:1] == b"\x03":
                        taken = taken[1:]
                    elif b"#" in taken[:-2]:
                        body, _, rest = taken.partition(b"#")
                        taken = rest[2:]
                        text = f"> {body[1:].decode()}"
                        if at >= len(self.said) or self.said[at] != text:
                            self.wrong = text
                            return
                        at += 1
                        self._theirs.sendall(b"+")
                    else:
                        break
                    if self.cut is not None and at >= self.cut:
                        return
                    if at < len(self.said) and self.said[at].startswith("<"):
                        self._theirs.sendall(packet(self.said[at][2:]))
                        at += 1
