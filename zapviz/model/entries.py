"""Page-table entries: the classes an entry can be in, and what it then holds.

One entry stands for one 4 KiB page.  Huge pages, architecture bits and soft-dirty
are left out.  The class names are the words of the scenario language, of the JSON
forms and of every legend.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

__all__ = ["GUARD", "NONE", "POISON_MARKER", "UFFD_WP_MARKER", "UNMAPPED", "Bit", "Entry", "Kind"]


class Kind(StrEnum):
    """What an entry is, as a reader of the page table sees it."""

    NONE = "none"
    """Nothing: the next access faults."""
    FILE = "file"
    """Present, maps a page-cache folio (a disk file's or shmem's)."""
    ANON = "anon"
    """Present, maps an anonymous folio; in a file mapping that is a COWed copy."""
    ZERO = "zero"
    """Present, maps the shared zero page."""
    SWAP = "swap"
    """A genuine swap entry: the page's data lies in a swap slot."""
    MIGRATION = "migration"
    """The folio is being moved; the entry keeps it and stands for it."""
    HWPOISON = "hwpoison"
    """The memory behind it failed: an access raises SIGBUS."""
    DEVICE_PRIVATE = "device_private"
    """The page lives in a device's memory that the CPU cannot read."""
    DEVICE_EXCLUSIVE = "device_exclusive"
    """The page is in RAM but lent to a device for exclusive access."""
    UFFD_WP_MARKER = "uffd_wp_marker"
    """Nothing but a note: userfaultfd write-protects the page to come."""
    POISON_MARKER = "poison_marker"
    """Nothing but a note: an access raises SIGBUS (UFFDIO_POISON)."""
    GUARD_MARKER = "guard_marker"
    """Nothing but a note: an access raises SIGSEGV (MADV_GUARD_INSTALL)."""
    UNMAPPED = "unmapped"
    """No VMA covers the page."""

    # Enum's own is a call in Python: states are hashed by the hundred thousand.
    __hash__ = str.__hash__


class Bit:
    """What an entry carries beside its class."""

    WRITABLE = 1
    DIRTY = 2
    YOUNG = 4
    UFFD_WP = 8
    ANON = 16
    """On a migration, hwpoison or device entry: its folio is anonymous."""


class Entry(NamedTuple):
    """One page-table entry, or one slot of a file's page cache."""

    kind: Kind
    folio: int = -1  # index into World.folios; -1: holds none
    slot: int = -1  # index into World.slots; -1: holds none
    bits: int = 0  # Bit values, or-ed


NONE: Final = Entry(Kind.NONE)
UNMAPPED: Final = Entry(Kind.UNMAPPED)
GUARD: Final = Entry(Kind.GUARD_MARKER)
POISON_MARKER: Final = Entry(Kind.POISON_MARKER)
UFFD_WP_MARKER: Final = Entry(Kind.UFFD_WP_MARKER, bits=Bit.UFFD_WP)
