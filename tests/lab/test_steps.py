"""Entry writes against the model's steps: what is noticed, and what habits are passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from zapviz.kernels.known import KERNELS, Kernel
from zapviz.lab.guest.tables import NOTHING, Seen
from zapviz.lab.guest.watcher import Called, Event, Flagged, Forking, Written
from zapviz.lab.script import executed
from zapviz.lab.steps import (
    RULES,
    Carried,
    Value,
    areas_of,
    first_difference,
    forks_of,
    kernel_changes,
    model_changes,
)
from zapviz.model.machine import booted, run_statement
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
"""The functions of each pass, innermost first."""
FRAMES = 100


def seen_value(value: Value) -> Seen:
    """An entry that says that."""
    if value.kind == "none":
        return NOTHING
    return Seen(value.kind, FRAMES, writable=value.writable, wp=value.wp)


def as_watched(program: Program, kernel: Kernel) -> dict[int, list[Event]]:
    """What a kernel that is just as the model would be seen to write."""
    world, seen = booted(program), {}
    for index, statement in enumerate(executed(program)):
        steps: list[Step] = []
        after = run_statement(kernel, world, statement, steps).world
        seen[index] = [
            Written(
                c.area,
                c.page,
                seen_value(c.before),
                seen_value(c.after)._replace(frame=FRAMES + 1) if c.copied else seen_value(c.after),
                CHAIN_OF[c.zapped_by],
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

SHARED = ANON._replace(writable=False)
COPY = ANON._replace(frame=FRAMES + 1)

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
    "copied-after": (
        "A[1] = 1",
        [
            (Seen("swap", slot=1), SHARED, ("native_set_pte", "do_swap_page")),
            (SHARED, NOTHING, ("ptep_clear_flush", "wp_page_copy", "do_wp_page", "do_swap_page")),
            (NOTHING, COPY, ("native_set_pte", "wp_page_copy", "do_wp_page", "do_swap_page")),
        ],
        ["swap -> anon writable"],
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
    assert {*HABITS, "written-back", "copied-anyway"} == set(RULES)


@pytest.mark.parametrize("habit", HABITS)
def test_a_habit_is_passed_over_and_counted(habit: str) -> None:
    """Each by its name, and what is left is the change that the model has."""
    text, writes, left = HABITS[habit]
    head = "F = file(2)\nA = mmap(F, MAP_SHARED)\n"
    statement = executed(parse_scenario(head + text))[-1]
    events = [Written(0, 1, before, after, chain) for before, after, chain in writes]
    carried = Carried()
    changes = kernel_changes(statement, events, carried)
    assert [f"{c.before} -> {c.after}" for c in changes] == left
    assert carried.used[habit] == 1


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


FORKED = parse_scenario(
    "N = anon(2)\nN[0:2] = 1\nmadvise(N[1], MADV_PAGEOUT)\nC = fork()\nC.N[0] = 2\nN[0] = 3\n"
)
FORK, CHILD_WRITES, PARENT_WRITES = 3, 4, 5


def test_a_fork_writes_in_both_processes() -> None:
    """The write bit goes in the parent, and the child's entries come."""
    seen = as_watched(FORKED, V6_12)
    assert [
        (e.area, e.page, e.after.kind, e.after.writable)
        for e in seen[FORK]
        if isinstance(e, Written)
    ] == [(0, 0, "anon", False), (1, 0, "anon", False), (1, 1, "swap", False)]
    assert first_difference(FORKED, V6_12, seen, booted(FORKED)) is None


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda e: e[1:], "write 1: model N[0] anon writable -> anon, kernel C.N[0] none -> anon"),
        (lambda e: [e[1], e[0], e[2]], "write 1: model N[0] anon writable -> anon, kernel C.N[0]"),
        (lambda e: e[:-1], "write 3: model C.N[1] none -> swap, kernel writes no more"),
        (rewritten(1, after=ANON), "kernel C.N[0] none -> anon writable"),
        (rewritten(1, area=0), "kernel N[0] none -> anon"),
    ],
)
def test_a_fork_that_is_otherwise_is_found(
    edit: Callable[[list[Event]], list[Event]], said: str
) -> None:
    """No write protection, or too late; an entry that is not copied, is writable, or is whose?"""
    seen = as_watched(FORKED, V6_12)
    seen[FORK] = edit(seen[FORK])
    differs = first_difference(FORKED, V6_12, seen, booted(FORKED))
    assert differs is not None
    assert said in differs.what


def test_fork_takes_no_write_bit_that_was_not_given() -> None:
    """Where a kernel had mapped the page read-only, nothing is written, and that is counted."""
    seen = as_watched(FORKED, V6_12)
    [first, *_] = seen[1]
    assert isinstance(first, Written)
    seen[1][0] = first._replace(after=SHARED)
    seen[FORK] = seen[FORK][1:]
    used: Counter[str] = Counter()
    assert first_difference(FORKED, V6_12, seen, booted(FORKED), used) is None
    assert used["own-page-writable"] == 1


def test_a_page_that_is_copied_is_told_from_one_that_is_not() -> None:
    """The page frame tells them apart; only a copy too many has a name."""
    seen = as_watched(FORKED, V6_12)
    [copied] = seen[CHILD_WRITES]
    assert isinstance(copied, Written)
    kept = seen | {CHILD_WRITES: [copied._replace(after=ANON)]}
    differs = first_difference(FORKED, V6_12, kept, booted(FORKED))
    assert differs is not None
    assert "model C.N[0] anon -> anon writable, a copy, kernel writes no more" in differs.what
    used: Counter[str] = Counter()
    again = seen | {PARENT_WRITES: [copied._replace(area=0)]}
    assert first_difference(FORKED, V6_12, again, booted(FORKED), used) is None
    assert used["copied-anyway"] == 1


def test_processes_and_mappings_have_the_probes_numbers() -> None:
    """A grandchild has what its parent inherited and what that one made."""
    program = parse_scenario(
        "N = anon(2)\nC = fork()\nC.B = anon(3)\nM = anon(1)\nD = fork(C)\nE = fork()\n"
    )
    assert areas_of(program) == {
        "N": 2, "C.N": 2, "C.B": 3, "M": 1, "D.N": 2, "D.B": 3, "E.N": 2, "E.M": 1,
    }  # fmt: skip
    assert forks_of(program) == {
        1: Forking(0, 1, {0: 1}),
        4: Forking(1, 2, {1: 4, 2: 5}),
        5: Forking(0, 3, {0: 6, 3: 7}),
    }
