"""Page-table entries: the classes an entry can be in, and what it then holds.

One entry stands for one 4 KiB page.  Huge pages, architecture bits and soft-dirty
are left out.  The class names are the words of the scenario language, of the JSON
forms and of every legend.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, NamedTuple, assert_never

__all__ = ["GUARD", "NONE", "POISON_MARKER", "UFFD_WP_MARKER", "UNMAPPED", "Bit", "Entry", "Kind"]


class Kind(StrEnum):
    """The class of an entry, as a reader of the page table sees it."""

    NONE = "none"
    """Nothing: the next access faults."""
    FILE = "file"
    """Present, maps a page-cache folio (a disk file's or shmem's)."""
    ANON = "anon"
    """Present, maps an anonymous folio; a private page."""
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

    # Enum's own hash is a call in Python, and hundreds of thousands of states are hashed.
    __hash__ = str.__hash__


def _form(kind: Kind) -> Literal["none", "present", "swap", "marker"]:
    """Give what the kernel distinguishes before it looks closer.

    It distinguishes pte_none(), pte_present() and, of the rest (is_swap_pte()), the markers.
    """
    match kind:
        case Kind.NONE | Kind.UNMAPPED:
            return "none"
        case Kind.FILE | Kind.ANON | Kind.ZERO:
            return "present"
        case Kind.SWAP | Kind.MIGRATION | Kind.HWPOISON:
            return "swap"
        case Kind.DEVICE_PRIVATE | Kind.DEVICE_EXCLUSIVE:
            return "swap"
        case Kind.UFFD_WP_MARKER | Kind.POISON_MARKER | Kind.GUARD_MARKER:
            return "marker"
        case _:
            assert_never(kind)


_EMPTY: Final = frozenset(kind for kind in Kind if _form(kind) == "none")
_PRESENT: Final = frozenset(kind for kind in Kind if _form(kind) == "present")


class Bit:
    """A property that an entry has besides its class."""

    WRITABLE = 1
    DIRTY = 2
    YOUNG = 4
    UFFD_WP = 8
    ANON = 16
    """On a migration, hwpoison or device entry: its folio is anonymous."""
    SHARED = 32
    """On a swap entry: fork has copied it, or its page before that was swapped out (not
    pte_swp_exclusive()).
    """


class Entry(NamedTuple):
    """One page-table entry, or one slot of a file's page cache."""

    kind: Kind
    folio: int = -1  # index into World.folios; -1: holds none
    slot: int = -1  # index into World.slots; -1: holds none
    bits: int = 0  # Bit values, or-ed

    @property
    def empty(self) -> bool:
        """Whether it is pte_none(): it holds nothing, not even a note; no VMA need cover the
        page.
        """
        return self.kind in _EMPTY

    @property
    def present(self) -> bool:
        """Whether it is pte_present(): it maps a page, so the processor takes no fault on it."""
        return self.kind in _PRESENT

    @property
    def maps_folio(self) -> bool:
        """Whether it is present and maps a folio, as vm_normal_folio() tells; the zero page is
        none.
        """
        return self.folio >= 0 and self.kind in _PRESENT

    @property
    def missing(self) -> bool:
        """Whether do_pte_missing() handles a fault on it.

        The fault brings the page in as if for the first time, since the entry holds nothing, or
        only the note that userfaultfd write-protects what comes.
        """
        return self.kind is Kind.NONE or self.kind is Kind.UFFD_WP_MARKER

    @property
    def of_either_sort(self) -> bool:
        """Whether its class allows a private page and a page of a file; Bit.ANON tells which it
        is.
        """
        return self.kind is Kind.MIGRATION or self.kind is Kind.HWPOISON


NONE: Final = Entry(Kind.NONE)
UNMAPPED: Final = Entry(Kind.UNMAPPED)
GUARD: Final = Entry(Kind.GUARD_MARKER)
POISON_MARKER: Final = Entry(Kind.POISON_MARKER)
UFFD_WP_MARKER: Final = Entry(Kind.UFFD_WP_MARKER, bits=Bit.UFFD_WP)
