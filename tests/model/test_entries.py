"""What the kernel asks of an entry, and the byte that its page holds."""

from __future__ import annotations

import pytest

from zapviz import KERNELS, parse_scenario
from zapviz.decisions.cases import ENTRIES
from zapviz.lab.script import CLASS_OF_LETTER, kind_seen
from zapviz.model.entries import Entry, Kind
from zapviz.model.machine import run_program
from zapviz.model.world import World, byte_of
from zapviz.render.palette import CLASSES


def ends(text: str) -> World:
    """The state that a scenario leaves behind on the newest kernel."""
    *_, last = run_program(parse_scenario(text), KERNELS["v6.18"])
    return last.world


# Each kind of entry as it arises, and the byte that the page behind it holds.
MADE = {
    Kind.NONE: ("A = anon(1)", None),
    Kind.UNMAPPED: ("A = anon(1)\nmunmap(A)", None),
    Kind.FILE: ("F = shmem(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 7", 7),
    Kind.ANON: ("A = anon(1)\nA[0] = 7", 7),
    Kind.ZERO: ("A = anon(1)\nread(A)", 0),
    Kind.SWAP: ("A = anon(1)\nA[0] = 7\nmadvise(A, MADV_PAGEOUT)", 7),
    Kind.MIGRATION: ("A = anon(1)\nA[0] = 7\nmigrate_begin(A)", 7),
    Kind.HWPOISON: ("A = anon(1)\nA[0] = 7\nmadvise(A, MADV_HWPOISON)", None),
    Kind.DEVICE_PRIVATE: ("A = anon(1)\nA[0] = 7\nmigrate_to_device(A)", 7),
    Kind.DEVICE_EXCLUSIVE: ("A = anon(1)\nA[0] = 7\nmake_device_exclusive(A)", 7),
    Kind.UFFD_WP_MARKER: ("F = shmem(1)\nA = mmap(F, MAP_SHARED)\nuffd_wp(A)", None),
    Kind.POISON_MARKER: ("A = anon(1)\nuffd_poison(A)", None),
    Kind.GUARD_MARKER: ("A = anon(1)\nmadvise(A, MADV_GUARD_INSTALL)", None),
}


@pytest.mark.parametrize("kind", Kind)
def test_what_an_entry_holds(kind: Kind) -> None:
    """One answer for each kind, wherever the page lies; broken memory and markers have none."""
    text, byte = MADE[kind]
    world = ends(text)
    (entry,) = world.areas[0].entries
    assert entry.kind is kind
    assert byte_of(world, entry) == byte


@pytest.mark.parametrize("kind", Kind)
def test_what_the_kernel_asks_of_an_entry(kind: Kind) -> None:
    """pte_none(), pte_present() and vm_normal_folio() of each kind."""
    (entry,) = ends(MADE[kind][0]).areas[0].entries
    assert entry.empty == (kind in {Kind.NONE, Kind.UNMAPPED})
    assert entry.present == (kind in {Kind.FILE, Kind.ANON, Kind.ZERO})
    assert entry.maps_folio == (kind in {Kind.FILE, Kind.ANON})
    assert entry.missing == (kind in {Kind.NONE, Kind.UFFD_WP_MARKER})
    assert entry.of_either_sort == (kind in {Kind.MIGRATION, Kind.HWPOISON})


def test_every_kind_is_shown_and_decided() -> None:
    """The palette has all kinds, the decision table all that hold something."""
    assert set(Kind) <= CLASSES.keys()
    assert {case.kind for case in ENTRIES.values()} == {
        kind for kind in Kind if not Entry(kind).empty
    }


def test_the_probe_sees_every_class() -> None:
    """Each of its letters is a class, and each class has one."""
    seen = {kind_seen(name) for name in CLASS_OF_LETTER.values()}
    assert set(Kind) - seen == set()
    assert None in seen  # it cannot tell
