"""What others hold on a page, and what memory failure, migration and direct I/O make of it.

Each race has the ends that kernels were seen to come to, and none that their source excludes.
"""

from __future__ import annotations

import pytest

import zapviz
from zapviz.kernels.known import KERNELS
from zapviz.model import migration, poison
from zapviz.model.world import FolioFlag
from zapviz.races.exploration import Exploration
from zapviz.races.search import search_orders
from zapviz.scenario.text import parse_scenario

TODAY = ("v6.12", "v6.18", "v7.3")


def raced(setup: str, one: str, other: str, kernel: str = "v6.18", below: str = "") -> Exploration:
    """The exploration of two calls at once, which the reduction must not change."""
    program = parse_scenario(f"{setup}\ndef CPU0():\n    {one}\ndef CPU1():\n    {other}\n{below}")
    found = search_orders(program, KERNELS[kernel])
    assert not found.broken
    assert ends(found) == ends(search_orders(program, KERNELS[kernel], reduced=True))
    return found


def ends(found: Exploration) -> set[str]:
    """How the CPUs can end: their results, and the entries of every mapping."""
    return {
        f"{' '.join(result for cpu in final.results for result in cpu)}: "
        f"{' '.join(entry.kind for area in final.world.areas for entry in area.entries)}"
        for final in found.finals
    }


SHARED = "F = shmem(1)\nB = mmap(F, MAP_SHARED)\nB[0] = 1"
PRIVATE = "A = anon(1)\nA[0] = 1"
DISK = "F = file(1)\nS = mmap(F, MAP_SHARED)"
FROM_DISK = "swap(disk)\nN = anon(1)\nN[0] = 1\nmadvise(N, MADV_PAGEOUT)\nread(N)"
BREAK = "madvise(N, MADV_HWPOISON)"
POISON, PUNCH = "madvise(B[0], MADV_HWPOISON)", "fallocate(F, FALLOC_FL_PUNCH_HOLE)"


class TestMemoryFailure:
    """It waits for the page that it took, not for one that comes in its place."""

    @pytest.mark.parametrize("kernel", TODAY)
    def test_a_punched_page_cannot_be_poisoned_any_more(self, kernel: str) -> None:
        """Seen in 9 to 26 of 100 rounds: no entry, nothing in the page cache."""
        found = raced(SHARED, POISON, PUNCH, kernel, "assert always(B[0] == hwpoison)\n")
        assert "EBUSY 0: none" in ends(found)
        assert [verdict.ok for verdict in found.verdicts] == [False]

    def test_the_process_is_told_of_a_page_that_was_just_unmapped(self) -> None:
        """It was mapped when it was locked, and zapped before it was unmapped."""
        assert "SIGBUS 0: none" in ends(raced(SHARED, POISON, PUNCH))

    def test_a_zap_that_is_not_over_holds_its_page(self) -> None:
        """The TLB is still to be flushed: EBUSY, though every entry is gone."""
        found = raced(
            "F = shmem(1)\nB = mmap(F, MAP_SHARED)\nread(B)", POISON, "madvise(B, MADV_DONTNEED)"
        )
        assert {"EBUSY 0: none", "EBUSY 0: hwpoison"} <= ends(found)

    def test_a_fault_may_see_the_entry_clear(self) -> None:
        """It waits for the page with a reference, and memory failure finds it: EBUSY."""
        found = raced("F = shmem(1)\nB = mmap(F, MAP_SHARED)\nread(B)", POISON, "read(B)")
        assert "EBUSY SIGBUS: hwpoison" in ends(found)

    def test_two_at_once_mark_one_page_once(self) -> None:
        """The second is told, or finds the entry. Before v5.13 it never gives its reference back.

        Seen on 5.10: EBUSY in 1,305 of 1,500 rounds, EFAULT in the others, 0 and 0 in none.
        """
        call = "madvise(A, MADV_HWPOISON)"
        assert ends(raced(PRIVATE, call, call, "v5.10.y")) == {
            "0 EBUSY: hwpoison",
            "EBUSY 0: hwpoison",
            "0 EFAULT: hwpoison",
            "EFAULT 0: hwpoison",
        }
        assert "0 EHWPOISON: hwpoison" in ends(raced(PRIVATE, call, call, "v6.1"))

    def test_a_page_may_be_unmapped_after_it_is_taken_and_before_it_is_marked(self) -> None:
        """Reclaim unmaps it and, as it is held, leaves it where it is: seen in 31 of 1,500 rounds
        on 5.10.
        """
        found = raced(SHARED, POISON, "madvise(B, MADV_PAGEOUT)", "v5.10.y")
        assert {"0 0: none", "EBUSY 0: none"} <= ends(found)

    @pytest.mark.parametrize("kernel", KERNELS)
    def test_soft_offline_moves_the_page(self, kernel: str) -> None:
        """The data stays; alone it succeeds, and a race with migration may make it EBUSY."""
        text = f"{PRIVATE}\nmadvise(A, MADV_SOFT_OFFLINE)\nassert A == anon and data(A) == 1"
        assert zapviz.run(text, kernel).ok
        found = raced(PRIVATE, "madvise(A, MADV_SOFT_OFFLINE)", "migrate(A)", kernel)
        assert {"0 0: anon", "EBUSY 0: anon"} <= ends(found)


class TestMigration:
    """It moves no page that somebody else holds."""

    @pytest.mark.parametrize("kernel", KERNELS)
    @pytest.mark.parametrize("call", ["migrate(A)", "madvise(A, MADV_PAGEOUT)"])
    def test_a_private_page_is_clear_for_a_moment_and_a_fault_gets_the_files(
        self, kernel: str, call: str
    ) -> None:
        """What was punched is in the page cache again, though nobody maps it. Seen on 6.1."""
        text = (
            "F = shmem(1)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 1\nfallocate(F, FALLOC_FL_PUNCH_HOLE)\n"
            f"def CPU0():\n    {call}\ndef CPU1():\n    A[0] = 2\n"
        )
        found = search_orders(parse_scenario(text), KERNELS[kernel])
        assert not found.broken
        caches = {final.world.files[0].cache[0].kind for final in found.finals}
        assert caches == {"none", "file"}

    def test_who_waits_for_the_lock_keeps_the_page_where_it_is(self) -> None:
        """A hole punch that waits holds the folio that it found: EAGAIN."""
        assert "EAGAIN 0: none" in ends(raced(SHARED, "migrate(B)", PUNCH))

    def test_a_broken_page_gets_hwpoison_entries(self) -> None:
        """Whoever unmaps it leaves no migration entry."""
        found = raced(SHARED, "migrate(B)", POISON)
        assert {"EAGAIN EBUSY: hwpoison", "EAGAIN SIGBUS: hwpoison"} <= ends(found)

    def test_halves_end_what_was_begun_alone(self) -> None:
        """migrate_end() leaves a whole migration of another CPU to that one."""
        assert ends(raced(PRIVATE, "migrate(A)", "migrate_end(A)")) == {"0 0: anon"}
        begun = f"{PRIVATE}\nmigrate_begin(A)"
        assert ends(raced(begun, "migrate_end(A)", "migrate_end(A)")) == {"0 0: anon"}

    def test_a_half_that_comes_too_late_keeps_no_lock(self) -> None:
        """What is begun alone stays locked only where there is something to end."""
        below = "def CPU2():\n    ftruncate(F, 0)\n"
        found = raced(SHARED, "migrate_begin(B[0])", POISON, below=below)
        assert any(final.results[0] == ("EAGAIN",) for final in found.finals)

    def test_a_half_is_not_ended_before_it_has_begun(self) -> None:
        """The folio's lock is its CPU's until every entry that maps it was replaced.

        Ended earlier, it left an entry of a freed folio; an exploration that is cut off meets it.
        """
        program = parse_scenario(
            "F = file(2)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\n"
            "B[0:2] = 2\nread(A[0])\n"
            "def CPU0():\n    unmap_mapping_range(F, even_cows=1)\n"
            "def CPU1():\n    migrate_end(A)\n"
            "def CPU2():\n    migrate_begin(B)\n"
        )
        for most in (300, 600, 1200, 100_000):
            assert not search_orders(program, KERNELS["v6.18"], max_states=most).broken

    @pytest.mark.parametrize(
        "other", ["B[0] = 2", "madvise(B[0], MADV_SOFT_OFFLINE)", "migrate(B[0])", PUNCH, POISON]
    )
    def test_more_tries_come_to_no_other_end(
        self, other: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The kernel tries ten times, the model only TRIES times."""
        few = ends(raced(SHARED, "migrate(B[0])", other))
        monkeypatch.setattr(migration, "TRIES", migration.TRIES + 2)
        monkeypatch.setattr(poison, "TRIES", poison.TRIES + 2)
        assert ends(raced(SHARED, "migrate(B[0])", other)) == few


class TestUserfaultfd:
    """A range is registered by one call and marked by another."""

    @pytest.mark.parametrize("call", ["uffd_wp(N[1])", "uffd_poison(N[1])"])
    def test_memory_that_was_mapped_anew_in_between_is_not_found(self, call: str) -> None:
        """Seen in 11 of 1000 rounds on 7.3."""
        found = raced("N = anon(2)", call, "mmap(N, MAP_FIXED)")
        assert {"0 0: none none", "ENOENT 0: none none"} <= ends(found)


class TestMlock:
    """It has given the mmap_lock up by the time that it faults its pages in."""

    def test_what_is_unmapped_meanwhile_is_passed_over(self) -> None:
        """Seen in 367 of 925 rounds on 6.12: mlock() succeeds, and nothing was faulted in."""
        found = raced("F = shmem(1)\nB = mmap(F, MAP_SHARED)", "mlock(B)", "munmap(B)")
        assert {"0 0: unmapped", "ENOMEM 0: unmapped"} <= ends(found)
        assert any(not final.world.files[0].cache[0].maps_folio for final in found.finals)


class TestDirectIO:
    """Past the page cache, to its end."""

    @pytest.mark.parametrize("kernel", KERNELS)
    def test_a_write_leaves_no_stale_page(self, kernel: str) -> None:
        """What is cached meanwhile is dropped once more after the write."""
        found = raced(
            DISK,
            "pwrite(F[0], 9, O_DIRECT)",
            "read(S[0])",
            kernel,
            "read(S[0])\nassert always(data(S[0]) == 9)\n",
        )
        assert found.ok

    @pytest.mark.parametrize("kernel", KERNELS)
    def test_a_write_that_finds_a_dirty_page_is_buffered(self, kernel: str) -> None:
        """It never ends in EBUSY; both data can be in the page cache."""
        found = raced(f"{DISK}\nread(S)", "pwrite(F[0], 9, O_DIRECT)", "S[0] = 5", kernel)
        assert all(end.startswith("0 0: ") for end in ends(found))
        bytes_seen = {
            final.world.folios[entry.folio].data  # type: ignore[union-attr]
            for final in found.finals
            for entry in final.world.areas[0].entries
            if entry.folio >= 0
        }
        assert {5, 9} <= bytes_seen

    @pytest.mark.parametrize(
        ("kernel", "loses"),
        [("v5.17", True), ("v5.18", False), ("v6.18", False), ("5.10.110", True)],
    )
    def test_reclaim_loses_no_page_that_is_read_into(self, kernel: str, loses: bool) -> None:
        """Given up with MADV_FREE before the read: up to v5.17 the data could get lost."""
        text = (
            f"F = file(1)\npwrite(F[0], 7)\n{PRIVATE}\nmadvise(A, MADV_FREE)\n"
            "def CPU0():\n    pread(F[0], A[0], O_DIRECT)\n"
            "def CPU1():\n    madvise(A, MADV_PAGEOUT)\n"
            "read(A)\nassert always(data(A) == 7)\n"
        )
        assert zapviz.race(text, kernel).ok is not loses

    @pytest.mark.parametrize("kernel", KERNELS)
    def test_a_read_goes_to_the_page_that_it_holds(self, kernel: str) -> None:
        """Zapped meanwhile, the page gets the data all the same, and nobody sees it."""
        found = raced(
            f"F = file(1)\npwrite(F[0], 7)\n{PRIVATE}",
            "pread(F[0], A[0], O_DIRECT)",
            "madvise(A, MADV_DONTNEED)",
            kernel,
        )
        assert ends(found) == {"0 0: none", "0 0: anon"}

    def test_a_read_stops_at_memory_that_cannot_be_had(self) -> None:
        """What came before has its data: EFAULT."""
        text = (
            "F = file(2)\npwrite(F, 7)\nA = anon(2)\nA[0:2] = 1\nmunmap(A[1])\n"
            "assert pread(F, A, O_DIRECT) == EFAULT\nassert data(A[0]) == 7\n"
        )
        assert zapviz.run(text).ok


class TestSwapCache:
    """A page may be in the swap cache while it is mapped, with a disk, or while it is not."""

    @pytest.mark.parametrize("kernel", KERNELS)
    def test_a_broken_page_is_found_in_the_swap_cache_before_it_leaves_it(
        self, kernel: str
    ) -> None:
        """The second call faults and fails, or has its reference counted. Seen on 5.10 and 6.12."""
        found = ends(raced(FROM_DISK, BREAK, BREAK, kernel))
        assert {"0 EFAULT: swap", "EFAULT 0: swap", "0 0: swap"} <= found
        assert {"EBUSY", "EHWPOISON"}.intersection(" ".join(found).split())

    @pytest.mark.parametrize(
        ("kernel", "other"), [("v6.12", "SIGBUS 0: anon"), ("v6.1", "EBUSY 0: swap")]
    )
    def test_a_page_that_a_device_is_to_write_stays_mapped(self, kernel: str, other: str) -> None:
        """Its entry cannot become a swap entry (seen on 6.12), unless direct I/O only holds it."""
        found = raced(f"{FROM_DISK}\nF = file(1)", BREAK, "pread(F, N, O_DIRECT)", kernel)
        assert other in ends(found)

    def test_every_flag_of_a_folio_is_a_bit_of_its_own(self) -> None:
        """So that none is taken for another."""
        flags = [value for name, value in vars(FolioFlag).items() if name.isupper()]
        assert sorted(flags) == [1 << bit for bit in range(len(flags))]

    @pytest.mark.parametrize(
        ("setup", "calls"),
        [
            (  # read into directly, swapped out and in meanwhile
                "F = file(1)\nA = mmap(F, MAP_PRIVATE)\n",
                (
                    "pread(F, A, O_DIRECT)\n    munmap(A)",
                    "read(A)\n    invalidate(F)",
                    "madvise(A, MADV_PAGEOUT)",
                ),
            ),
            (  # soft offlined once it was swapped in again
                "N = anon(1)\nN[0] = 7\nmadvise(N, MADV_PAGEOUT)\n",
                ("madvise(N, MADV_SOFT_OFFLINE)", "N[0] = 1", "mlock(N)"),
            ),
        ],
    )
    def test_a_page_that_is_swapped_in_stays_where_it_is_mapped(
        self, setup: str, calls: tuple[str, ...]
    ) -> None:
        """However it was in the swap cache before: what lets go of it takes no entry with it."""
        text = f"swap(disk)\n{setup}" + "".join(
            f"def CPU{number}():\n    {call}\n" for number, call in enumerate(calls)
        )
        program = parse_scenario(text)
        for kernel in ("v5.18", "v6.18", "v7.3"):
            found = search_orders(program, KERNELS[kernel], reduced=True)
            assert found.complete
            assert not found.broken
