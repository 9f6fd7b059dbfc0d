"""Records what a watched kernel's gdb stub says, for tests that boot nothing.

    python tests/lab/sessions/record.py 5.10 6.12

Each kernel has two, of one process and of several. A session has the lines that the probe says of
the kernel, the functions that the watcher looks up with what bounds them, and each packet to the
stub and from it, in their order.
"""

from __future__ import annotations

import gzip
import sys
from bisect import bisect_right
from pathlib import Path
from typing import Any

from zapviz.lab import watching as lab
from zapviz.lab.guest import symbols, watcher
from zapviz.lab.guest.gdbstub import Stub

SCENARIO = """\
# What is watched: COW, swap, fault-around, a truncate that zaps them, munmap and exit
F = shmem(3)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
B[0:3] = 1
A[0:2] = 2
madvise(A[1], MADV_PAGEOUT)
read(A[2])
ftruncate(F, 1)
munmap(B)
madvise(A, MADV_DONTNEED)
"""

FORKED = """\
# What fork writes in both processes, a copy in each, a grandchild, and two that end
N = anon(3)
N[0:2] = 1
madvise(N[1], MADV_PAGEOUT)
C = fork()
C.N[0] = 2
D = fork(C)
C.B = anon(2)
C.B[1] = 3
D.N[1] = 4
munmap(N)
exit(D)
"""

PROTOCOL: list[str] = []
FUNCTIONS: dict[int, str] = {}


class RecordedStub(Stub):
    """A stub that notes what is said."""

    def _send(self, text: str) -> None:
        PROTOCOL.append(f"> {text}")
        super()._send(text)

    def _packet(self) -> str:
        said = super()._packet()
        PROTOCOL.append(f"< {said}")
        return said


def noted(real: Any) -> Any:
    """Notes each function that is looked up, and the one that follows it."""

    def function_at(self: symbols.Symbols, address: int) -> str:
        at = bisect_right(self.addresses, address) - 1
        for number in (at, at + 1):
            if 0 <= number < len(self.names):
                FUNCTIONS[self.addresses[number]] = self.names[number]
        return real(self, address)

    return function_at


def main(kernels: list[str]) -> None:
    """Record the sessions of each kernel."""
    watcher.Stub = RecordedStub  # type: ignore[misc]
    symbols.Symbols.function_at = noted(symbols.Symbols.function_at)  # type: ignore[method-assign]
    asked = [
        (kernel, scenario, f"{kernel}{suffix}")
        for kernel in kernels
        for scenario, suffix in ((SCENARIO, ""), (FORKED, "-fork"))
    ]
    for kernel, scenario, name in asked:
        PROTOCOL.clear()
        FUNCTIONS.clear()
        started = watcher.Watcher.started

        def begin(self: watcher.Watcher, real: Any = started) -> None:
            PROTOCOL.clear()  # of a boot that was lost
            real(self)

        watcher.Watcher.started = begin  # type: ignore[method-assign]
        known = lab.find_kernel(kernel)
        every = symbols.read_symbols(known)
        features: dict[str, str] = {}
        heard = watcher.Watcher.heard

        def hear(
            self: watcher.Watcher,
            line: str,
            real: Any = heard,
            features: dict[str, str] = features,
        ) -> None:
            if line.startswith("k "):
                features[line.split(" ")[1]] = line
            real(self, line)

        watcher.Watcher.heard = hear  # type: ignore[method-assign]
        watched = lab.watch(scenario, kernel)
        for function in ("_etext", "pgd_alloc", *lab.WATCHED_FUNCTIONS):
            if (at := every.address_of(function)) is not None:
                FUNCTIONS[at] = function
        functions = [f"y {at:x} {name}" for at, name in sorted(FUNCTIONS.items())]
        text = "\n".join([*features.values(), *functions, *PROTOCOL]) + "\n"
        path = Path(__file__).with_name(f"{name}.gz")
        path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
        print(f"{path.name}: {watched.stops} stops, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
