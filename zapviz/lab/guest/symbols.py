"""Where the functions of a kernel are, read once of each image and kept in the cache.

The guest reads /proc/kallsyms and tells it; with ``nokaslr`` the addresses are the same at every
boot. Functions that the compiler put into others have no address.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from zapviz.lab.guest.kept import keep, read_kept
from zapviz.lab.guest.kernels import GuestKernel, NotAvailable, cache_folder
from zapviz.lab.guest.qemu import MachineLost, Settings, boot

__all__ = ["Symbols", "read_symbols", "unrandomized"]

_LINE = re.compile(r"y ([0-9a-f]{16}) (\S+)")
_SUFFIX = re.compile(r"\.(isra|constprop|part|cold)\b.*")
_BOOTS = 3  # now and then a boot stays silent


@dataclass(frozen=True)
class Symbols:
    """The functions of a kernel, by address."""

    addresses: tuple[int, ...]  # in order
    names: tuple[str, ...]

    def function_at(self, address: int) -> str:
        """Give the function that an instruction belongs to, "" where there is none."""
        at = bisect_right(self.addresses, address) - 1
        if at < 0 or address >= self._end:
            return ""
        name = self.names[at]
        # What stands before a function's first instruction is not run (CONFIG_CALL_PADDING).
        return "" if name.startswith("__pfx_") else _SUFFIX.sub("", name)

    def address_of(self, name: str) -> int | None:
        """Give the address of a function; None where it has none."""
        return self._by_name.get(name)

    @cached_property
    def _end(self) -> int:
        return self._by_name.get("_etext", 1 << 64)

    @cached_property
    def _by_name(self) -> dict[str, int]:
        return dict(zip(self.names, self.addresses, strict=True))


def unrandomized(settings: Settings) -> Settings:
    """Give the settings with which a kernel keeps everything at its usual address."""
    return replace(settings, append=f"{settings.append} nokaslr nopti".strip(), accelerator="tcg")


def parse_symbols(lines: Iterable[str]) -> Symbols:
    """Read the lines of the probe that tell of functions; others are passed over."""
    found = [(int(match[1], 16), match[2]) for line in lines if (match := _LINE.fullmatch(line))]
    found.sort(key=lambda each: each[0])
    return Symbols(tuple(at for at, _ in found), tuple(name for _, name in found))


def read_symbols(kernel: GuestKernel, settings: Settings | None = None) -> Symbols:
    """Give the functions of a kernel: from the cache, or by a boot that tells them.

    Raises:
        MachineLost: Three boots in a row were lost.
        NotAvailable: The kernel has no symbols, or QEMU is not here.
    """
    digest = hashlib.sha256(kernel.image.read_bytes()).hexdigest()[:16]
    place = cache_folder() / "symbols" / f"{digest}.gz"
    kept = read_kept(place)
    if kept is not None:
        return parse_symbols(gzip.decompress(kept).decode().splitlines())
    lines = _told(kernel, unrandomized(settings or Settings()))
    symbols = parse_symbols(lines)
    if not symbols.names or not symbols.addresses[0]:
        raise NotAvailable(
            f"kernel {kernel.name} has no symbols, so nobody can tell which function writes an "
            "entry: it needs KALLSYMS (and root must see the addresses: no kptr_restrict=2)"
        )
    keep(place, gzip.compress("\n".join(lines).encode(), 6))
    return symbols


def _told(kernel: GuestKernel, settings: Settings) -> list[str]:
    settings = replace(settings, silence=4 * settings.silence)  # there is much to be said
    for attempt in range(_BOOTS):
        try:
            findings = boot(kernel, "Y\n", settings).findings
        except MachineLost:
            if attempt == _BOOTS - 1:
                raise
            continue
        if findings.endswith("Z 0\n"):
            return [line for line in findings.splitlines() if line.startswith("y ")]
    raise MachineLost("it ended before it had told its symbols")
