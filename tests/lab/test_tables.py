"""Entries of x86-64 as they lie in memory: what they say, and how they are found."""

from __future__ import annotations

import pytest

from zapviz.lab.guest.tables import NOTHING, Decoder, Layout, Seen, Walk, by_processor, walk

DECODER = Decoder(swap=0, hwpoison=27, marker=31, zero=0x36DE)


def decode(entry: int, anonymous: bool = True) -> Seen:
    """An entry, where the frame that it maps holds anonymous memory or not."""
    return DECODER.decode(entry, lambda frame: anonymous)


def swap_like(kind: int, offset: int, bits: int = 0) -> int:
    """An entry that is not present: its type, and its offset, which is stored inverted."""
    return kind << 59 | (~offset & ((1 << 50) - 1)) << 9 | bits


@pytest.mark.parametrize(
    ("entry", "anonymous", "seen"),
    [
        (0, True, NOTHING),
        # Read off 6.12: a shared page of shmem that was written, and one that fault-around mapped.
        (0x8000000006F17867, False, Seen("file", 0x6F17, -1, True, dirty=True, young=True)),
        (0x8000000006F17825, False, Seen("file", 0x6F17, -1, young=True)),
        (0x8000000006F17867, True, Seen("anon", 0x6F17, -1, True, False, True, True, True)),
        (0x80000000036DE225, True, Seen("zero", 0x36DE, -1, young=True)),
        (0x8000000006F17C25, False, Seen("file", 0x6F17, -1, wp=True, young=True)),
        (swap_like(0, 513), True, Seen("swap", slot=513)),
        (swap_like(0, 513, 1 << 2), True, Seen("swap", slot=513, wp=True)),
        (swap_like(27, 0x6F17), True, Seen("hwpoison", 0x6F17)),
        (swap_like(28, 0x6F17), False, Seen("migration", 0x6F17)),
        (swap_like(30, 0x6F17 | 3 << 40), True, Seen("migration", 0x6F17, anon=True)),
        (swap_like(31, 1, 1 << 2), True, Seen("uffd_wp_marker", wp=True)),
        (swap_like(31, 2), True, Seen("poison_marker")),
        (swap_like(31, 4), True, Seen("guard_marker")),
        (swap_like(31, 8), True, Seen("unknown")),
        (swap_like(5, 1), True, Seen("unknown")),
    ],
)
def test_an_entry_is_read_as_the_kernel_wrote_it(entry: int, anonymous: bool, seen: Seen) -> None:
    """Present ones by their bits, others by type and offset, with the types that were learned."""
    assert decode(entry, anonymous) == seen


def test_an_entry_of_prot_none_has_its_frame_inverted() -> None:
    """It is present for the kernel alone, and keeps its frame in a form that maps no memory."""
    frame = (1 << 40) - 1 & ~0x6F17
    seen = decode(1 << 63 | frame << 12 | 0x160)
    assert (seen.kind, seen.frame, seen.reachable, seen.writable) == ("anon", 0x6F17, False, False)


def test_a_processor_sets_two_bits_by_itself() -> None:
    """Accessed and dirty, and only of an entry that is present."""
    assert by_processor(0x6F17007, 0x6F17067)
    assert not by_processor(0x6F17005, 0x6F17007)
    assert not by_processor(0, 0x6F17067)


@pytest.mark.parametrize(("cr4", "levels"), [(0x6F0, 4), (0x16F0, 5)])
def test_a_walk_finds_the_directories(cr4: int, levels: int) -> None:
    """With four levels of page tables and with five; where nothing is mapped there are none."""
    layout = Layout.of(cr4)
    assert layout.levels == levels
    memory = {}
    table, address = 0x1000, 0x100000000000
    for level in range(levels, 2, -1):
        at = table + (address >> (3 + 9 * level) & 511) * 8
        table += 0x1000
        memory[layout.direct_map + at] = table | 0x67
    above = layout.direct_map + table - 0x1000 + (address >> 30 & 511) * 8

    def read(at: int, count: int) -> bytes:
        return memory.get(at, 0).to_bytes(count, "little")

    found = walk(read, layout, 0x1000 | 0x801, address)
    assert found == Walk(above, layout.direct_map + table + (address >> 21 & 511) * 8)
    assert walk(read, layout, 0x9000, address) is None
