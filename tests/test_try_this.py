"""The answers that the chapters give away under "Try this": each is what the model says."""

from __future__ import annotations

import pytest

import zapviz
from zapviz.kernels.known import kernel
from zapviz.render.palette import CLASSES

HOLDS = {
    "1: with pages in the cache, shmem maps the neighbours too": (
        "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\npwrite(F[0:4], 1)\nread(A[1])\nassert A == file"
    ),
    "2: a shared mapping has no private pages": (
        "F = shmem(6)\nA = mmap(F, MAP_SHARED)\nA[1:5] = 1\nread(A[0])\n"
        "madvise(A[2], MADV_PAGEOUT)\nmadvise(A[3], MADV_HWPOISON)\nmigrate_begin(A[4])\n"
        "assert A[2] == none and F[2] == swap and A[4] == migration and rss.anonpages == 0"
    ),
    "3: a page that is cut in the middle stays whole": (
        "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 2\nftruncate(F, bytes=6000)\n"
        "assert A == anon and data(A) == 2"
    ),
    "3: read, then write, after the hole": (
        "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\nB[0:2] = 1\n"
        "fallocate(F, FALLOC_FL_PUNCH_HOLE)\nread(A[1])\nassert A[1] == file and F[1] == file\n"
        "A[1] = 5\nassert A[1] == anon and F[1] == file and data(F[1]) == 0"
    ),
    "4: two different bytes, both right": (
        "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\nB[0:4] = 1\n"
        "A[0:2] = 2\nmadvise(A[0], MADV_PAGEOUT)\nmadvise(B[0], MADV_PAGEOUT)\n"
        "fallocate(F, FALLOC_FL_PUNCH_HOLE)\nread(A[0])\nread(B[0])\n"
        "assert data(A[0]) == 2 and data(B[0]) == 0"
    ),
    "4: two swap entries in the page table, and four slots in use": (
        "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\nB[0:4] = 1\n"
        "A[0:2] = 2\nmadvise(A[0], MADV_PAGEOUT)\nmadvise(B[0], MADV_PAGEOUT)\n"
        "madvise(B[2], MADV_PAGEOUT)\nmadvise(A[1], MADV_PAGEOUT)\n"
        "assert A[0:2] == swap and F[0] == swap and F[2] == swap and rss.swapents == 2"
    ),
    "6: a dirty page of a disk file is lost": (
        "F = file(1)\nB = mmap(F, MAP_SHARED)\nB[0] = 1\nmadvise(B[0], MADV_HWPOISON)\n"
        "assert read(B[0]) == SIGBUS"
    ),
    "8: of a watched private page a marker is left": (
        "F = shmem(1)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 1\nuffd_wp(A[0])\nftruncate(F, 0)\n"
        "assert A[0] == uffd_wp_marker and rss.anonpages == 0"
    ),
    "8: after the hole it is watched, and empty": (
        "F = shmem(1)\nB = mmap(F, MAP_SHARED)\nB[0] = 1\nuffd_wp(B[0])\n"
        "madvise(B, MADV_PAGEOUT)\nfallocate(F, FALLOC_FL_PUNCH_HOLE)\nread(B[0])\n"
        "assert data(B[0]) == 0 and write(B[0], 1) == SIGBUS"
    ),
}


@pytest.mark.parametrize("text", HOLDS.values(), ids=HOLDS)
def test_what_is_given_away_holds(text: str) -> None:
    """Each assertion of the answer holds on the kernel that the chapters use."""
    assert zapviz.run(text).ok


def test_three_writes_end_otherwise() -> None:
    """1: of the nine, three end as another entry when written, and one answers otherwise."""
    zoo = (
        "F = shmem(9)\nA = mmap(F, MAP_PRIVATE)\nread(A[0])\nA[1:6] = 1\n"
        "madvise(A[2], MADV_PAGEOUT)\nmigrate_begin(A[3])\nmigrate_to_device(A[4])\n"
        "madvise(A[5], MADV_HWPOISON)\nuffd_wp(A[6])\nmadvise(A[7], MADV_GUARD_INSTALL)\n"
    )
    ends = {}
    for touch in ("read(A[{}])", "A[{}] = 2"):
        runs = [zapviz.run(zoo + touch.format(page)).outcomes[-1] for page in range(9)]
        ends[touch] = [(run.result, run.world.areas[0].entries[i].kind)
                       for i, run in enumerate(runs)]  # fmt: skip
    read, written = ends.values()
    pairs = list(zip(read, written, strict=True))
    assert sum(one[1] != other[1] for one, other in pairs) == 3
    assert [i for i, (one, other) in enumerate(pairs) if one[0] != other[0]] == [6]


class TestTheBugAndItsFix:
    """Chapter 5."""

    REPRODUCER = (
        "F = {}(2)\nA = mmap(F, MAP_PRIVATE)\nA[1] = 7\nmadvise(A[1], MADV_PAGEOUT)\n"
        "ftruncate(F, 1)\nftruncate(F, 2)\nread(A[1])\nassert data(A[1]) == 0\n"
    )

    @pytest.mark.parametrize("file", ["shmem", "file"])
    def test_a_disk_file_has_the_bug_too(self, file: str) -> None:
        """A private page goes to swap wherever it was copied from."""
        text = self.REPRODUCER.format(file)
        assert not zapviz.run(text, "v5.17").ok
        assert zapviz.run(text, "v5.18").ok

    def test_both_can_be_wrong(self) -> None:
        """A truncation and a hole punch in one scenario fail on v5.17 and on RFC v2."""
        both = self.REPRODUCER.format("shmem") + (
            "G = shmem(1)\nB = mmap(G, MAP_PRIVATE)\nB[0] = 5\nmadvise(B[0], MADV_PAGEOUT)\n"
            "fallocate(G, FALLOC_FL_PUNCH_HOLE)\nassert B[0] == swap\n"
        )
        oks = [zapviz.run(both, name).ok for name in ("v5.17", "rfc-v2", "v5.18")]
        assert oks == [False, False, True]

    def test_without_the_rule_for_broken_memory_two_more_fail(self) -> None:
        """``hwpoison_entries="zap"`` on v5.18 is noticed by two scenarios."""
        flawed = kernel("v5.18").with_rule(hwpoison_entries="zap")
        plain = [name for name, s in zapviz.SCENARIOS.items() if not s.program.concurrent]
        noticed = [
            name for name in plain if zapviz.run(name, "v5.18").ok > zapviz.run(name, flawed).ok
        ]
        assert noticed == ["four-paths-punch", "hwpoison-hole"]


def test_without_its_rule_a_new_kernel_clears_the_note() -> None:
    """6: four assertions fail; the program's read finds a page."""
    trace = zapviz.run("hwpoison-hole", "v6.18 + hwpoison_entries=zap")
    assert sum(not outcome.ok for outcome in trace.outcomes) == 4
    assert not trace.outcomes[-2].ok  # read(A[0]) == SIGBUS


def test_a_lost_page_is_on_record() -> None:
    """6: the file remembers that a dirty page was lost."""
    text = "F = file(1)\nB = mmap(F, MAP_SHARED)\nB[0] = 1\nmadvise(B[0], MADV_HWPOISON)"
    assert zapviz.run(text).world(-1).files[0].failed


def test_one_letter_differs_on_the_backport() -> None:
    """2: of the six entries, the hole punch of v5.10.y takes one more."""
    six = (
        "F = shmem(6)\nA = mmap(F, MAP_PRIVATE)\nA[1:5] = 1\nread(A[0])\n"
        "madvise(A[2], MADV_PAGEOUT)\nmadvise(A[3], MADV_HWPOISON)\nmigrate_begin(A[4])\n"
    )

    def letters(call: str, name: str) -> str:
        entries = zapviz.run(six + call, name).world(-1).areas[0].entries
        return "".join(CLASSES[entry.kind].letter for entry in entries)

    punch = "fallocate(F, FALLOC_FL_PUNCH_HOLE)"
    assert (letters(punch, "v6.18"), letters(punch, "v5.10.y")) == (".ASHM.", ".AS.M.")
    assert letters("ftruncate(F, 0)", "v5.17") != "......"


def test_three_cpus_leave_nothing_either() -> None:
    """7: a shared and a private mapping, both written to while the file is cut."""
    race = (
        "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nB = mmap(F, MAP_PRIVATE)\npwrite(F[0], 1)\n"
        "def CPU0():\n    ftruncate(F, 0)\ndef CPU1():\n    A[0] = 2\n"
        "def CPU2():\n    B[0] = 3\nassert always(A[0] == none and B[0] == none)\n"
    )
    found = zapviz.race(race, reduced=True)
    assert found.complete
    assert found.ok
    assert found.interleavings == 501_021
    assert zapviz.race(race).interleavings == 4_044_948


def test_in_how_many_states_the_races_of_the_library_end() -> None:
    """7: two, three and three."""
    names = ("race-truncates", "race-dontneed", "race-invalidate")
    assert [len(zapviz.race(name).finals) for name in names] == [2, 3, 3]


FATES = {
    "1: two of the nine outlive a truncation": (
        "F = shmem(9)\nA = mmap(F, MAP_PRIVATE)\nread(A[0])\nA[1:6] = 1\n"
        "madvise(A[2], MADV_PAGEOUT)\nmigrate_begin(A[3])\nmigrate_to_device(A[4])\n"
        "madvise(A[5], MADV_HWPOISON)\nuffd_wp(A[6])\nmadvise(A[7], MADV_GUARD_INSTALL)\n"
        "ftruncate(F, 0)",
        "v6.18",
        {"A[6]", "A[7]"},
    ),
    "3: MADV_REMOVE through the shared mapping": (
        "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\nB[0:2] = 1\n"
        "read(A[0:2])\nA[0] = 2\nmadvise(B, MADV_REMOVE)",
        "v6.18",
        {"A[0]"},
    ),
    "4: the file is cut behind the first page": (
        "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\nB[0:4] = 1\n"
        "A[0:2] = 2\nmadvise(A[0], MADV_PAGEOUT)\nmadvise(B[0], MADV_PAGEOUT)\n"
        "madvise(B[2], MADV_PAGEOUT)\nftruncate(F, 1)",
        "v6.18",
        {"A[0]"},
    ),
    "5: what v5.17 skips": ("four-paths-truncate", "v5.17", {"A[2]", "A[3]", "A[4]"}),
    "6: broken pages and a hole": ("hwpoison-hole", "v6.18", {"A[0]", "A[1]", "B[2]"}),
    "6: the same on the backport": ("hwpoison-hole", "v5.10.y", {"A[1]"}),
    "8: a guard beyond the end": ("guard-regions", "v6.18", {"A[0]"}),
}


@pytest.mark.parametrize(("scenario", "kernel", "kept"), FATES.values(), ids=FATES)
def test_exercises(scenario: str, kernel: str, kept: set[str]) -> None:
    """Each scenario that a chapter has predicted is one, and has entries that stay."""
    exercise = zapviz.predict(scenario, kernel=kernel).exercise
    assert {entry.name for entry in exercise.solution.entries if entry.fate == "kept"} == kept


def test_one_step_of_the_other_cpu_sooner() -> None:
    """7: with the fault before the sweep, the only sweep takes the copy."""
    race = (
        "F = shmem(1)\nA = mmap(F, MAP_PRIVATE)\npwrite(F[0], 1)\n"
        "def CPU0():\n    ftruncate(F, 0)\ndef CPU1():\n    A[0] = 2\n"
        "assert always(A[0] == none)\n"
    )
    found = zapviz.race(race, kernel("v6.18").with_rule(second_pass=False))
    schedule = found.verdicts[0].schedule
    assert schedule is not None
    shown = zapviz.explore(found.trace(schedule), step=10)
    assert not shown.trace.ok
    (turn,) = (at for at, turn in enumerate(shown.trace.turns) if turn.before == 10)
    assert "A[0]: none -> anon" in [one.doing for one in shown.trace.turns[turn].open]
    rest = list(schedule[turn:])
    rest.remove(1)
    shown.schedule = [*schedule[:turn], 1, *rest]
    assert shown.trace.ok
    assert "A[0]: SIGBUS" in [step.title for step in shown.trace.steps]
