"""Entry writes against the model's steps: what is noticed, and what habits are passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from zapviz.kernels.known import KERNELS, Kernel
from zapviz.lab.guest.tables import NOTHING, Seen
from zapviz.lab.guest.watcher import Called, Event, Flagged, Written
from zapviz.lab.script import executed
from zapviz.lab.steps import RULES, Value, first_difference, kernel_changes, model_changes
from zapviz.model.machine import run_statement
from zapviz.model.program import Program
from zapviz.model.steps import Step
from zapviz.model.world import World
from zapviz.scenario.text import parse_scenario

V6_12 = KERNELS["v6.12"]
PROGRAM = parse_scenario(
    "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\nB[0:4] = 1\nA[0:2] = 2\n"
    "madvise(A[1], MADV_PAGEOUT)\nread(A[2:4])\nftruncate(F, 1)\nmunmap(A)\n"
)
TRUNCATE, MUNMAP = 7, 8
CHAIN_OF = {
    "range": ("unmap_page_range", "zap_page_range_single", "unmap_mapping_range"),
    "folio": ("unmap_page_range", "zap_page_range_single", "unmap_mapping_folio"),
    "VMA": ("unmap_page_range", "unmap_vmas", "vms_clear_ptes"),
    "advice": ("unmap_page_range", "zap_page_range_single", "madvise_vma_behavior"),
    "": ("native_set_pte", "finish_fault"),
}
FRAMES = 100


def seen_value(value: Value) -> Seen:
    """An entry that says that."""
    if value.kind == "none":
        return NOTHING
    return Seen(value.kind, FRAMES, writable=value.writable, wp=value.wp)


def as_watched(program: Program, kernel: Kernel) -> dict[int, list[Event]]:
    """What a kernel that is just as the model would be seen to write."""
    world, seen = World(), {}
    for index, statement in enumerate(executed(program)):
        steps: list[Step] = []
        after = run_statement(kernel, world, statement, steps).world
        seen[index] = [
            Written(
                c.area, c.page, seen_value(c.before), seen_value(c.after), CHAIN_OF[c.zapped_by]
            )
            for c in model_changes(steps, world)
        ]
        world = after
    return seen


def test_a_kernel_that_is_as_the_model_agrees() -> None:
    """Calls and locks that are seen besides change nothing."""
    seen = as_watched(PROGRAM, V6_12)
    assert sum(map(len, seen.values())) == 4 + 2 + 1 + 2 + 6 + 1
    called = Called("unmap_mapping_range", (0, 4096, 0, 1, 0), -1, ())
    seen[TRUNCATE] = [called, *seen[TRUNCATE], Flagged("locked", FRAMES, ())]
    assert first_difference(PROGRAM, V6_12, seen, World()) is None


def edited(edit: Callable[[list[Event]], list[Event]]) -> str:
    """What is said where a kernel does otherwise in the truncate."""
    seen = as_watched(PROGRAM, V6_12)
    seen[TRUNCATE] = edit(seen[TRUNCATE])
    differs = first_difference(PROGRAM, V6_12, seen, World())
    return differs.what if differs else ""


def rewritten(number: int, **changes: object) -> Callable[[list[Event]], list[Event]]:
    """An edit that changes one write."""

    def edit(events: list[Event]) -> list[Event]:
        written = events[number]
        assert isinstance(written, Written)
        return [*events[:number], written._replace(**changes), *events[number + 1 :]]

    return edit


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda events: events[::-1], "write 1: model A[1] swap -> none by a range pass, kernel B"),
        (lambda events: events[1:], "write 1: model A[1] swap -> none by a range pass, kernel A"),
        (lambda events: events[:-1], "write 6: model B[3] file writable -> none by a range pass, "
                                     "kernel writes no more"),
        (lambda events: [*events, events[0]], "write 7: model writes no more, kernel A[1]"),
        (rewritten(0, page=0), "kernel A[0] swap -> none"),
        (rewritten(0, after=Seen("guard_marker")), "kernel A[1] swap -> guard_marker"),
        (rewritten(3, before=Seen("file", FRAMES)), "kernel B[1] file -> none"),
        (rewritten(1, chain=CHAIN_OF["folio"]), "write 2: model A[2] file -> none by a range pass, "
                                                "kernel A[2] file -> none by a folio pass"),
        (rewritten(1, chain=("unmap_page_range",)), "kernel A[2] file -> none"),
    ],
)  # fmt: skip
def test_what_a_kernel_does_otherwise_is_found(
    edit: Callable[[list[Event]], list[Event]], said: str
) -> None:
    """Another order, a write more or less, another value, another pass."""
    assert said in edited(edit)


def test_a_pass_of_an_earlier_call_is_not_taken_for_this_ones() -> None:
    """What was left on the stack by madvise says nothing of a munmap."""
    seen = as_watched(PROGRAM, V6_12)
    last = seen[MUNMAP][-1]
    assert isinstance(last, Written)
    stale = ("unmap_page_range", "zap_page_range_single", *last.chain)
    seen[MUNMAP][-1] = last._replace(chain=stale)
    assert first_difference(PROGRAM, V6_12, seen, World()) is None


@pytest.mark.parametrize("kernel", ["v5.17", "rfc-v2"])
def test_a_model_of_another_kernel_differs(kernel: str) -> None:
    """A hole punch and a truncate tell the kernels of the thread apart, entry by entry."""
    program = parse_scenario(
        "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 2\nmadvise(A, MADV_PAGEOUT)\n"
        "fallocate(F[0], FALLOC_FL_PUNCH_HOLE)\nftruncate(F, 1)\n"
    )
    seen = as_watched(program, V6_12)
    assert first_difference(program, V6_12, seen, World()) is None
    assert first_difference(program, KERNELS[kernel], seen, World()) is not None


ANON = Seen("anon", FRAMES, writable=True, anon=True)
MARKER = Seen("uffd_wp_marker", wp=True)
REUSED = ("ptep_clear_flush", "try_to_unmap_one")
CLEANED = ("ptep_clear_flush", "page_vma_mkclean_one", "folio_mkclean")
ZAPPED = CHAIN_OF["range"]
FILE = Seen("file", FRAMES, writable=True)
WATCHED_FILE = FILE._replace(wp=True)

HABITS = {
    "transient-none": (
        "madvise(A[1], MADV_PAGEOUT)",
        [(ANON, NOTHING, REUSED), (NOTHING, Seen("swap", slot=1), REUSED)],
        ["anon writable -> swap"],
    ),
    "marker-after": (
        "ftruncate(F, 1)",
        [(WATCHED_FILE, NOTHING, ZAPPED), (NOTHING, MARKER, ZAPPED)],
        ["file writable uffd-wp -> uffd_wp_marker uffd-wp"],
    ),
    "marker-between": (
        "madvise(A[1], MADV_HWPOISON)",
        [(WATCHED_FILE, MARKER, REUSED), (MARKER, Seen("hwpoison", FRAMES, wp=True), REUSED)],
        ["file writable uffd-wp -> hwpoison uffd-wp"],
    ),
    "bits-only": (
        "madvise(A[1], MADV_PAGEOUT)",
        [(ANON, ANON._replace(young=True), ("folio_referenced_one",))],
        [],
    ),
    "same-again": (
        "mprotect(A[1], PROT_READ)",
        [(ANON, NOTHING, ("change_protection",)), (NOTHING, ANON, ("change_protection",))],
        [],
    ),
    "own-page-writable": (
        "mprotect(A[1], PROT_READ | PROT_WRITE)",
        [(ANON._replace(writable=False), ANON, ("change_protection",))],
        [],
    ),
}


def test_every_habit_has_a_case() -> None:
    """A rule that nothing shows would pass over anything."""
    assert {*HABITS, "written-back"} == set(RULES)


@pytest.mark.parametrize("habit", HABITS)
def test_a_habit_is_passed_over_and_counted(habit: str) -> None:
    """Each by its name, and what is left is the change that the model has."""
    text, writes, left = HABITS[habit]
    head = "F = file(2)\nA = mmap(F, MAP_SHARED)\n"
    statement = executed(parse_scenario(head + text))[-1]
    events = [Written(0, 1, before, after, chain) for before, after, chain in writes]
    used: Counter[str] = Counter()
    changes = kernel_changes(statement, events, used)
    assert [f"{c.before} -> {c.after}" for c in changes] == left
    assert used[habit] == 1


DISK = parse_scenario(
    "F = file(2)\nA = mmap(F, MAP_SHARED)\nA[1] = 1\nfallocate(F[0], FALLOC_FL_PUNCH_HOLE)\n"
    "A[1] = 2\nfallocate(F[1], FALLOC_FL_PUNCH_HOLE)\n"
)
CLEAN = FILE._replace(writable=False)


def test_what_is_written_back_in_between_is_passed_over() -> None:
    """An entry is made clean, is written to again, is made clean, and is zapped."""
    cleans = [Written(0, 1, FILE, NOTHING, CLEANED), Written(0, 1, NOTHING, CLEAN, CLEANED)]
    seen: dict[int, list[Event]] = {
        2: [Written(0, 1, NOTHING, FILE, CHAIN_OF[""])],
        3: [*cleans],
        4: [Written(0, 1, CLEAN, FILE, ("ptep_set_access_flags", "do_wp_page"))],
        5: [*cleans, Written(0, 1, CLEAN, NOTHING, ZAPPED)],
    }
    used: Counter[str] = Counter()
    assert first_difference(DISK, V6_12, seen, World(), used) is None
    assert used["written-back"] == 2
    # Unless the page was cleaned, its entry has to be as the model has it.
    assert first_difference(DISK, V6_12, seen | {3: []}, World()) is not None
    zapped = Written(0, 1, NOTHING, CLEAN, CHAIN_OF[""])
    assert first_difference(DISK, V6_12, {2: [zapped]}, World()) is not None


def test_a_zap_before_a_guard_is_no_habit() -> None:
    """The guard's own write is another step: two passes, not one cleared entry."""
    program = parse_scenario("N = anon(1)\nN[0] = 1\nmadvise(N, MADV_GUARD_INSTALL)\n")
    events = [
        Written(0, 0, ANON, NOTHING, CHAIN_OF["advice"]),
        Written(0, 0, NOTHING, Seen("guard_marker"), ("native_set_pte", "guard_install_set_pte")),
    ]
    changes = kernel_changes(executed(program)[-1], events)
    assert [c.zapped_by for c in changes] == ["advice", ""]
    assert first_difference(program, KERNELS["v6.18"], {1: [], 2: events}, World()) is not None


def test_an_entry_that_another_write_interrupts_is_no_transient() -> None:
    """Only two writes in a row are one change."""
    statement = executed(parse_scenario("N = anon(2)\nmadvise(N, MADV_PAGEOUT)"))[-1]
    first, second = (
        Written(0, 1, ANON, NOTHING, REUSED),
        Written(0, 1, NOTHING, Seen("swap", slot=1), REUSED),
    )
    changes = kernel_changes(statement, [first, first._replace(page=0), second])
    assert len(changes) == 3
