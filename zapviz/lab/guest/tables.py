"""Page tables of x86-64 as they lie in memory: where they are, and what one entry says.

Four or five levels of pages with 512 entries of 8 bytes. A running kernel reaches all memory at
the direct map, whose start is fixed as long as nothing is randomized (``nokaslr``).

Source: arch/x86/include/asm/pgtable_types.h, pgtable_64.h, page_64_types.h.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from zapviz.model.entries import Kind

__all__ = [
    "ENTRY_BYTES",
    "NOTHING",
    "Decoder",
    "Layout",
    "Seen",
    "Walk",
    "by_processor",
    "entry_at",
    "root_of",
    "table_named",
    "walk",
]

ENTRY_BYTES: Final = 8
_PRESENT: Final = 1
_WRITABLE: Final = 1 << 1
_USER: Final = 1 << 2  # of an entry that is not present: uffd-wp
_EXCLUSIVE: Final = 1 << 3  # the same: _PAGE_SWP_EXCLUSIVE
_ACCESSED: Final = 1 << 5
_DIRTY: Final = 1 << 6
_PROTNONE: Final = 1 << 8  # present for the kernel, not for the processor
_UFFD_WP: Final = 1 << 10
_SAVED_DIRTY: Final = 1 << 58  # dirty and not writable, where shadow stacks need the other form
_FRAME: Final = (1 << 52) - (1 << 12)
_LA57: Final = 1 << 12  # of cr4: five levels
_PAGE: Final = 4096
# Of an entry that stands for a page. Above it, from bit 34 or 40 of the offset on, a migration
# entry keeps whether the page was young and dirty (Linux 6.1); no guest has so many pages.
_FRAME_BITS: Final = 34


class Layout(NamedTuple):
    """Where a kernel keeps what is looked at, as long as it is not randomized."""

    levels: int  # of page tables
    direct_map: int  # where physical address 0 is mapped
    page_structs: int  # where the struct page of frame 0 is

    @classmethod
    def of(cls, cr4: int) -> Layout:
        """Give the layout of a kernel by a control register of its processor."""
        if cr4 & _LA57:
            return cls(5, 0xFF11000000000000, 0xFFD4000000000000)
        return cls(4, 0xFFFF888000000000, 0xFFFFEA0000000000)


class Walk(NamedTuple):
    """Where the entries are that lead to one virtual address, by their virtual addresses."""

    upper: int  # the entry that names the page of directory entries (a PUD's)
    directory: int  # the entry that names the page of page-table entries (a PMD's)


def walk(read: Callable[[int, int], bytes], layout: Layout, cr3: int, address: int) -> Walk | None:
    """Find the two last directories on the way to an address; None where there are none.

    Args:
        read: Gives bytes at a virtual address.
        layout: Where the kernel keeps its memory.
        cr3: The register of the processor that runs the process.
        address: The virtual address.
    """
    table, at = root_of(cr3), 0
    for level in range(layout.levels, 1, -1):
        above = at
        at = entry_at(layout.direct_map + table, level, address)
        if level == 2:
            return Walk(above, at)
        entry = int.from_bytes(read(at, ENTRY_BYTES), "little")
        if not entry & _PRESENT:
            return None
        table = entry & _FRAME
    return None


def root_of(cr3: int) -> int:
    """Give the physical address of the table that a processor's walks begin at."""
    return cr3 & _FRAME


def entry_at(table: int, level: int, address: int) -> int:
    """Give where the entry is that leads to an address.

    Args:
        table: Where a table begins.
        level: Its level: 1, of a page of page-table entries; above it, of directories.
        address: The address that is looked for.
    """
    return table + (address >> (3 + 9 * level) & 511) * ENTRY_BYTES


def table_named(layout: Layout, entry: int) -> int | None:
    """Give the address of the page of entries that a directory's entry names; None: none."""
    return layout.direct_map + (entry & _FRAME) if entry & _PRESENT else None


def by_processor(was: int, entry: int) -> bool:
    """Tell whether a processor that uses an entry makes it so, without the kernel."""
    return bool(was & _PRESENT) and (was | _ACCESSED | _DIRTY) == (entry | _ACCESSED | _DIRTY)


class Seen(NamedTuple):
    """One entry of a page table, as a kernel wrote it."""

    kind: str  # a class of the language; or "unknown"
    frame: int = -1  # the number of the page frame that it maps or stands for; -1: none
    slot: int = -1  # the swap slot; -1: none
    writable: bool = False
    wp: bool = False  # write-protected by userfaultfd
    dirty: bool = False
    young: bool = False
    anon: bool = False  # of one that stands for a page: whether that is anonymous
    reachable: bool = True  # whether the processor may use it: not so under PROT_NONE


NOTHING: Final = Seen("none")
_MARKERS: Final = {1: Kind.UFFD_WP_MARKER, 2: Kind.POISON_MARKER, 4: Kind.GUARD_MARKER}


@dataclass(frozen=True)
class Decoder:
    """Reads entries with what the probe learned of a kernel at its start."""

    swap: int  # the types of swap entries that stand for ...; -1: unknown
    hwpoison: int
    marker: int
    zero: int  # the frame of the zero page

    @classmethod
    def of(cls, features: Mapping[str, str]) -> Decoder:
        """Make one of the probe's words about a kernel."""
        swap, hwpoison, marker = (int(features.get(k, -1)) for k in ("swap", "hwpoison", "marker"))
        return cls(swap, hwpoison, marker, int(features.get("zero", "0"), 16))

    def decode(self, entry: int, anonymous: Callable[[int], bool]) -> Seen:
        """Read one entry.

        Args:
            entry: The 8 bytes.
            anonymous: Tells of a page frame whether it holds anonymous memory.
        """
        if not entry:
            return NOTHING
        if entry & (_PRESENT | _PROTNONE):
            return self._present(entry, anonymous)
        # The type is in the upper 5 bits; the offset, inverted, in bits 9 to 58.
        kind, offset = entry >> 59, (~entry & ((1 << 59) - 1)) >> 9
        wp = bool(entry & _USER)
        if kind == self.swap:
            return Seen(Kind.SWAP.value, slot=offset, wp=wp)
        if kind == self.marker:
            known = _MARKERS.get(offset)
            return Seen(known.value if known else "unknown", wp=known is Kind.UFFD_WP_MARKER)
        frame = offset & ((1 << _FRAME_BITS) - 1)
        if kind == self.hwpoison:
            return Seen(Kind.HWPOISON.value, frame, wp=wp)
        # Up to three types of migration entry come next (include/linux/swap.h).
        if 0 <= self.hwpoison < kind <= self.hwpoison + 3:
            return Seen(Kind.MIGRATION.value, frame, wp=wp, anon=anonymous(frame))
        return Seen("unknown")

    def _present(self, entry: int, anonymous: Callable[[int], bool]) -> Seen:
        # pgtable-invert.h: without the present bit, the number of the frame is inverted.
        frame = ((entry if entry & _PRESENT else ~entry) & _FRAME) // _PAGE
        if frame == self.zero:
            kind, anon = Kind.ZERO, False
        else:
            anon = anonymous(frame)
            kind = Kind.ANON if anon else Kind.FILE
        return Seen(
            kind.value,
            frame,
            -1,
            bool(entry & _WRITABLE),
            bool(entry & _UFFD_WP),
            bool(entry & (_DIRTY | _SAVED_DIRTY)),
            bool(entry & _ACCESSED),
            anon,
            bool(entry & _PRESENT),
        )
