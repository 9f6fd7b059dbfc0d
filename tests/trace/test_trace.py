"""The trace's JSON: what every view relies on (docs/trace.md)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from strategies import programs
from zapviz import SCENARIOS, ZapvizError, race, run
from zapviz.api.races import replay
from zapviz.api.traces import Trace
from zapviz.kernels.known import KERNELS
from zapviz.model.program import Program
from zapviz.scenario.text import format_scenario
from zapviz.trace.record import Recorder
from zapviz.trace.run import MAX_STEPS


@given(program=programs(pages=6, statements=14))
def test_differences_add_up_to_the_states(program: Program) -> None:
    """Applying each step's differences gives the cells of the state drawn from scratch."""
    trace = Trace(program, KERNELS["v6.18"])
    recorder = Recorder(trace)
    record = recorder.record()
    now = [list(row) for row in record["initial"]["cells"]]
    for step, shown in zip(trace.steps, record["steps"], strict=True):
        for row, page, cell in shown["set"]:
            assert now[row][page] != cell, "a difference that changes nothing"
            now[row][page] = cell
        for (in_file, index), row in recorder.row_of.items():
            held = step.world.files if in_file else step.world.areas
            if index < len(held):
                entries = held[index].cache if in_file else held[index].entries  # type: ignore[union-attr]
                drawn = [recorder.entry_cell(step.world, e, in_file) for e in entries]
                assert now[row][: len(drawn)] == drawn


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_reference_leads_somewhere(name: str) -> None:
    """Indexes of cells, chains, rows, statements and passes are all within their tables."""
    for kernel in KERNELS:
        record = run(name, kernel).as_json()
        assert json.loads(json.dumps(record)) == record
        rows = record["rows"]
        for step in record["steps"]:
            assert step["statement"] < len(record["statements"])
            assert step["pass"] is None or step["pass"] < len(record["passes"])
            for cell in (step["before"], step["after"]):
                assert cell is None or cell < len(record["cells"])
            for row, page, cell in step["set"]:
                assert page < rows[row]["pages"]
                assert cell < len(record["cells"])
            if step["chain"] is not None and record["chains"][step["chain"]]:
                assert step["function"] in record["chains"][step["chain"]]


def test_lines_count_in_the_text_that_is_given() -> None:
    """Quoted, indented or commented, a statement's line is that of the pasted text."""
    text = "> # quoted\n>\n> N = anon(2)\n>\n> N[0] = 1\n"
    record = run(text).as_json()
    assert record["scenario"] == text
    assert [s["line"] for s in record["statements"]] == [3, 5]


def test_lines_of_a_program_count_in_its_printed_form() -> None:
    """A program that was made, not written, is printed, and its lines are those."""
    program = replace(SCENARIOS["reproducer"].program, source="")
    record = run(program).as_json()
    lines = format_scenario(program).splitlines()
    assert record["scenario"].splitlines() == lines
    for statement in record["statements"]:
        assert lines[statement["line"] - 1].startswith(statement["text"][:8])


def test_a_locked_folio_shows_in_its_cell() -> None:
    """From the step that locks a folio to the one that unlocks it, its cells say so."""
    record = run("F = shmem(1)\nS = mmap(F, MAP_SHARED)\nS[0] = 1\nmigrate(S[0])").as_json()
    cells = [list(row) for row in record["initial"]["cells"]]
    locked = []
    for step in record["steps"]:
        for row, page, cell in step["set"]:
            cells[row][page] = cell
        locked.append("locked" in record["cells"][cells[0][0]]["flags"])
    kinds = [step["kind"] for step in record["steps"]]
    assert locked[kinds.index("lock")]
    assert not locked[-1]


def test_a_swapped_page_that_a_read_brings_in_has_a_cell() -> None:
    """Before the read no folio stands for it, whatever the swap cache has afterwards."""
    swapped = "N = anon(2)\nN[0] = 2\nmadvise(N[0], MADV_PAGEOUT)\nN[1] = 1\n"
    record = run(f"{swapped}C = fork()\nread(C.N[0])\n", "v6.12").as_json()
    kinds = [record["cells"][step["before"]]["kind"] for step in record["steps"][-3:] if step["at"]]
    assert "swap" in kinds


def test_a_trace_too_long_to_step_through_is_refused() -> None:
    """The message says how long it may be and what to do."""
    lines = ["F = shmem(256)", "A = mmap(F, MAP_SHARED)"]
    for _ in range(60):
        lines += ["A[0:256] = 1", "madvise(A, MADV_DONTNEED)"]
    with pytest.raises(ZapvizError, match=f"more than {MAX_STEPS} steps, up to line"):
        run("\n".join(lines))


class TestLetters:
    """The entries of a row as letters, and a race as a ladder."""

    def test_a_mapping_and_a_page_cache(self) -> None:
        """As the grid has them; an address without a mapping is a blank."""
        text = "F = shmem(3)\nA = mmap(F, MAP_PRIVATE)\nread(A[0])\nA[1] = 1\n"
        assert run(text).state(-1).letters("A") == "FA."
        assert run(text).state(-1).letters("F") == "FF."
        assert run(text).state(-1).data("A") == (0, 1, None)
        assert run(text + "munmap(A[1])").state(-1).letters("A") == "F ."

    def test_a_row_that_is_not_there(self) -> None:
        """The message says which are."""
        with pytest.raises(ZapvizError, match=r"no row 'B' here; .*\bN\b"):
            run("N = anon(1)").state(-1).letters("B")

    def test_a_ladder_is_of_a_race(self) -> None:
        """It has a column for each CPU, so a scenario without any has none."""
        found = race("race-swap-punch", "rfc-v2")
        trace = found.trace(found.verdicts[0].schedule)
        assert "CPU1:" in trace.ladder(legend=False).splitlines()[0]
        assert len(trace.ladder()) > len(trace.ladder(legend=False))
        with pytest.raises(ZapvizError, match=r"text\(\) gives its steps"):
            run("N = anon(1)").ladder()


class TestLocks:
    """What the trace says is held at a step, and the chain to who decides it."""

    @staticmethod
    def step(scenario: str, title: str, kernel: str) -> tuple[list[str], list[str], dict[str, Any]]:
        """The locks and the chain of the step of a title, and the step itself."""
        record = run(scenario, kernel).as_json()
        one = next(step for step in record["steps"] if step["title"] == title)
        return one["locks"], record["chains"][one["chain"]], one

    @pytest.mark.parametrize(
        ("kernel", "held"),
        [
            ("v5.10.y", []),
            ("v5.17", ["mmap_lock (write)"]),
            ("v6.1", ["mmap_lock (read)"]),
            ("v7.3", ["mmap_lock (read)"]),
        ],
    )
    def test_exit_by_kernel(self, kernel: str, held: list[str]) -> None:
        """exit_mmap() zaps without a lock, then writing, then reading."""
        locks, _, _ = self.step("N = anon(1)\nN[0] = 1\nexit()", "N[0]: anon -> none", kernel)
        assert locks == [*held, "page table lock"]

    @pytest.mark.parametrize(
        ("kernel", "advice"),
        [("v6.12", "mmap_lock (read)"), ("v6.18", "VMA lock of N[0] (read)")],
    )
    def test_lock_of_a_vma(self, kernel: str, advice: str) -> None:
        """Faults take it since v6.7, MADV_DONTNEED since v6.17."""
        scenario = "N = anon(1)\nN[0] = 1\nmadvise(N, MADV_DONTNEED)"
        locks, _, _ = self.step(scenario, "N[0]: none -> anon", kernel)
        assert locks == ["VMA lock of N[0] (read)", "page table lock"]
        locks, _, _ = self.step(scenario, "N[0]: anon -> none", kernel)
        assert locks == [advice, "page table lock"]

    def test_a_watched_mapping_is_zapped_under_the_mmap_lock(self) -> None:
        """The lock of a VMA is not enough where userfaultfd watches it, or for two VMAs."""
        scenario = "N = anon(2)\nN[0] = 1\n{}madvise(N, MADV_DONTNEED)"
        for line in ("uffd_wp(N)\n", "mprotect(N[1], PROT_READ)\n"):
            locks, _, _ = self.step(scenario.format(line), "N[0]: anon -> none", "v6.18")
            assert locks[0] == "mmap_lock (read)"

    def test_swap_in_locks_the_folio(self) -> None:
        """do_swap_page() sets the entry with the folio locked."""
        scenario = "N = anon(1)\nN[0] = 1\nmadvise(N, MADV_PAGEOUT)\nread(N)"
        locks, _, one = self.step(scenario, "N[0]: swap -> anon", "v6.1")
        assert locks == ["mmap_lock (read)", "folio lock of N[0]", "page table lock"]
        assert "file" not in one["reason"]

    def test_fault_around_tries_each_folio(self) -> None:
        """Those that it mapped are named."""
        scenario = "F = file(3)\nA = mmap(F, MAP_SHARED)\nread(A[0])"
        locks, _, _ = self.step(scenario, "A[0]: none -> file", "v6.12")
        assert "folio lock of F[0:3] (each tried in turn)" in locks

    @pytest.mark.parametrize(
        ("made", "held", "walk", "left"),
        [
            (
                "F = shmem(1)\nA = mmap(F, MAP_SHARED)",
                "i_mmap_rwsem of F",
                "rmap_walk_file",
                "none",
            ),
            ("F = file(1)\nA = mmap(F, MAP_SHARED)", "i_mmap_rwsem of F", "rmap_walk_file", "none"),
            ("A = anon(1)", "anon_vma->rwsem", "rmap_walk_anon", "swap"),
        ],
    )
    @pytest.mark.parametrize("kernel", ["v5.10.y", "v6.18"])
    def test_reclaim_unmaps_in_its_walk(
        self, made: str, held: str, walk: str, left: str, kernel: str
    ) -> None:
        """try_to_unmap_one() clears the entry, under the lock of what is walked."""
        kind = "anon" if left == "swap" else "file"
        scenario = f"{made}\nA[0] = 1\nmadvise(A, MADV_PAGEOUT)"
        locks, chain, one = self.step(scenario, f"A[0]: {kind} -> {left}", kernel)
        assert one["source"].startswith("try_to_unmap_one(), mm/rmap.c")
        assert chain[-4:] == ["try_to_unmap", "rmap_walk", walk, "try_to_unmap_one"]
        assert f"{held} (read)" in locks
        assert any(lock.startswith("folio lock") for lock in locks)

    def test_who_refuses_ends_the_chain(self) -> None:
        """Nothing below it was called, and the folio was not locked."""
        scenario = (
            "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nB = mmap(F, MAP_SHARED)\nA[0] = 1\nread(B)\n"
            "madvise(A, MADV_PAGEOUT)"
        )
        locks, chain, _ = self.step(scenario, "A[0]: file stays", "v6.12")
        assert chain[-1] == "madvise_cold_or_pageout_pte_range"
        assert locks == ["mmap_lock (read)", "page table lock"]

    def test_both_folios_of_a_migration(self) -> None:
        """The old folio and the new one are told apart."""
        locks, _, _ = self.step(
            "N = anon(1)\nN[0] = 1\nmigrate(N)", "N[0]: migration -> anon", "v6.12"
        )
        assert locks == [
            "folio lock of N[0]",
            "folio lock of the new folio of N[0]",
            "anon_vma->rwsem (read)",
            "page table lock",
        ]

    def test_the_page_cache_page_goes_to_swap_afterwards(self) -> None:
        """In a race the two steps stand apart, each with who does it."""
        scenario = (
            "F = shmem(1)\nB = mmap(F, MAP_SHARED)\nB[0] = 1\ndef CPU0():\n    "
            "madvise(B, MADV_PAGEOUT)\ndef CPU1():\n    read(B)\n"
        )
        trace = replay(scenario, "v6.18", (0,) * 7)
        told = {s["title"]: s["source"] for s in trace.as_json()["steps"]}
        assert told["B[0]: file -> none"].startswith("try_to_unmap_one()")
        assert told["F[0]: file -> swap"].startswith("shmem_writeout()")


class TestRefusals:
    """Why a kernel refuses, by kernel."""

    @pytest.mark.parametrize(("kernel", "said"), [("v6.1", "not watched"), ("v6.12", "WP_ASYNC")])
    def test_disk_files_and_userfaultfd(self, kernel: str, said: str) -> None:
        """Since v6.7 asynchronous write-protection takes any memory."""
        trace = run("F = file(1)\nA = mmap(F, MAP_SHARED)\nuffd_wp(A)", kernel)
        assert trace.outcomes[-1].result == "EINVAL"
        assert said in trace.steps[-1].rule.reason

    @pytest.mark.parametrize(("kernel", "said"), [("v6.1", "no direct I/O"), ("v6.12", "memfd")])
    def test_direct_writes_to_shmem(self, kernel: str, said: str) -> None:
        """A memfd never takes them, a tmpfs file since v6.6."""
        trace = run("F = shmem(1)\npwrite(F, 1, O_DIRECT)", kernel)
        assert trace.outcomes[-1].result == "EINVAL"
        assert said in trace.steps[-1].rule.reason
