"""Every interleaving: counted right, reduced soundly, and what the thread's cases end in."""

from __future__ import annotations

import json
import math
import random
import re
from typing import Any

import pytest

import zapviz
from layout import check_mailable
from zapviz.api.races import choices, follow, replay
from zapviz.commands.cli import main
from zapviz.errors import ZapvizError
from zapviz.kernels.chains import CHAINS, FUNCTIONS, call_chain, source
from zapviz.kernels.known import KERNELS, Kernel, kernel
from zapviz.model import program as p
from zapviz.model.faults import map_page
from zapviz.model.looks import looks
from zapviz.model.machine import booted, run_statement
from zapviz.model.paths import detach
from zapviz.model.world import World
from zapviz.model.zap import zap_range
from zapviz.races.cpus import Progress, Race
from zapviz.races.exploration import Exploration
from zapviz.render.text.ladder import format_ladder
from zapviz.render.text.race import format_exploration, observation
from zapviz.scenario.generate import random_program
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import format_scenario, parse_scenario

RACES = [name for name, scenario in SCENARIOS.items() if scenario.program.concurrent]
NAMES = list(KERNELS)


# the plain search, written anew: recursion over raw states, nothing renumbered or shared


def plainly(
    program: p.Program, kernel: Kernel, whole_table: bool = False, most: int = 20_000
) -> dict[Any, int] | None:
    """How many interleavings reach each final state, or "stuck"; None if there are many states."""
    race = Race(program, kernel, whole_table)
    world = booted(program)
    for statement in program.statements[: race.first]:
        world = run_statement(kernel, world, statement).world

    def rest(cpu: int, world: World, at: Progress) -> tuple[World, Progress]:
        while race.is_local(at.stack):
            taken = race.take(cpu, world, at)
            assert taken is not None
            world, at, _ = taken
        return world, at

    def after(state: Any) -> list[Any]:
        world, ats = state
        found = []
        for cpu, at in enumerate(ats):
            taken = race.take(cpu, world, at) if at.stack is not None else None
            if taken is None:
                continue
            before, (now, new, _) = at.stack, taken
            while race.goes_on(before, new.stack):
                before = new.stack
                taken = race.take(cpu, now, new)
                assert taken is not None
                now, new, _ = taken
            now, new = rest(cpu, now, new)
            found.append((now, (*ats[:cpu], new, *ats[cpu + 1 :])))
        return found

    ats: list[Progress] = []
    for cpu in range(len(race.cpus)):
        world, at = rest(cpu, world, race.start(cpu))
        ats.append(at)
    start = (world, tuple(ats))
    ways: dict[Any, dict[Any, int]] = {}
    follow: dict[Any, list[Any]] = {}
    todo = [start]
    while todo:
        state = todo[-1]
        if state not in follow:
            follow[state] = after(state)
            if len(follow) > most:
                return None
        if missing := [one for one in follow[state] if one not in ways]:
            todo += missing
            continue
        todo.pop()
        sums: dict[Any, int] = {}
        if not follow[state]:
            done = all(at.stack is None for at in state[1])
            sums[(looks(state[0]), tuple(at.results for at in state[1])) if done else "stuck"] = 1
        for one in follow[state]:
            for end, count in ways[one].items():
                sums[end] = sums.get(end, 0) + count
        ways[state] = sums
    return ways[start]


def ends(found: Exploration) -> dict[Any, int]:
    """The same of an exploration."""
    sums: dict[Any, int] = {}
    for final in found.finals:
        key = looks(final.world), final.results
        sums[key] = sums.get(key, 0) + final.count
    return sums


def verdicts(found: Exploration) -> list[Any]:
    """Each assertion's verdict, and in how many final states it holds."""
    return [(verdict.ok, verdict.holding) for verdict in found.verdicts]


def between_cpus(found: Exploration) -> bool:
    """Whether there is a deadlock of the CPUs, not of a statement above or below them."""
    return any(dead.waiting and dead.waiting[0][0] >= 0 for dead in found.deadlocks)


CALLS = (
    "fallocate({F}, FALLOC_FL_PUNCH_HOLE)",
    "ftruncate(F, {size})",
    "ftruncate(F, bytes={bytes})",
    "migrate({A})",
    "migrate({B})",
    "migrate({N})",
    "madvise({A}, MADV_PAGEOUT)",
    "madvise({B}, MADV_PAGEOUT)",
    "madvise({N}, MADV_PAGEOUT)",
    "madvise({A}, MADV_DONTNEED)",
    "madvise({B}, MADV_DONTNEED)",
    "madvise({N}, MADV_FREE)",
    "madvise({A}, MADV_HWPOISON)",
    "madvise({B}, MADV_HWPOISON)",
    "madvise({B}, MADV_REMOVE)",
    "madvise({N}, MADV_GUARD_INSTALL)",
    "{A} = 1",
    "{B} = 2",
    "{N} = 3",
    "read({A})",
    "read({B})",
    "invalidate({F})",
    "unmap_mapping_range({F}, even_cows={bit})",
    "munmap({A})",
    "munmap({B})",
    "mmap({A}, MAP_FIXED)",
    "mprotect({B}, PROT_READ)",
    "mlock({A})",
    "uffd_wp({N})",
    "pwrite({F}, 9)",
    "pwrite({F}, 9, O_DIRECT)",
)
SETUP = CALLS[6:9] + CALLS[16:21] + ("{B} = 4", "{A} = 5", "uffd_wp({N})")


def random_race(rng: random.Random) -> p.Program:
    """Two CPUs, now and then three, that meddle with the same few pages."""
    pages = rng.choice((1, 1, 2, 2, 3))

    def call(options: tuple[str, ...]) -> str:
        ranges = {}
        for name in "FABN":
            first = rng.randrange(pages)
            ranges[name] = f"{name}[{first}:{rng.randrange(first + 1, pages + 1)}]"
        size, tail = rng.randrange(pages + 1), rng.randrange(pages * 4096)
        return rng.choice(options).format(**ranges, size=size, bytes=tail, bit=rng.randrange(2))

    lines = [
        f"F = {rng.choice(('shmem', 'file'))}({pages})",
        "A = mmap(F, MAP_PRIVATE)",
        "B = mmap(F, MAP_SHARED)",
        f"N = anon({pages})",
    ]
    lines += [call(SETUP) for _ in range(rng.randrange(1, 5))]
    for cpu in range(3 if rng.random() < 0.1 else 2):
        lines.append(f"def CPU{cpu}():")
        lines += [f"    {call(CALLS)}" for _ in range(rng.choice((1, 1, 2)))]
    lines.append("assert always(A[0] in (none, anon, file))")
    lines.append("assert sometimes(B[0] == none and F[0] == none)")
    return parse_scenario("\n".join(lines))


def programs(seeds: range) -> list[tuple[int, p.Program]]:
    """Races of both sorts: dense ones, and what the general generator makes."""
    made = []
    for seed in seeds:
        rng = random.Random(seed)
        program = random_race(rng)
        if seed % 4 == 3:
            program = random_program(rng, pages=2, statements=14, cpus=True)
        if program.concurrent:
            made.append((seed, program))
    return made


class TestSearch:
    """The exploration against the plain search, and against itself."""

    def test_counts_equal_the_plain_search(self) -> None:
        """Final states, the interleavings that reach each, and deadlocks, one by one."""
        for seed, program in programs(range(260)):
            kernel = KERNELS[NAMES[seed % len(NAMES)]]
            whole = seed % 3 == 0
            expected = plainly(program, kernel, whole)
            if expected is None:
                continue
            found = zapviz.race(program, kernel, whole_table=whole)
            stuck = expected.pop("stuck", 0)
            assert ends(found) == expected, format_scenario(program)
            assert between_cpus(found) == bool(stuck), format_scenario(program)

    def test_reduction_is_sound(self) -> None:
        """With orders left out that cannot matter: the same final states and verdicts."""
        fewer = 0
        for seed, program in programs(range(300, 700)):
            kernel = KERNELS[NAMES[seed % len(NAMES)]]
            full = zapviz.race(program, kernel, max_states=20_000)
            if not full.complete:
                continue
            less = zapviz.race(program, kernel, reduced=True)
            assert set(ends(less)) == set(ends(full)), format_scenario(program)
            assert verdicts(less) == verdicts(full), format_scenario(program)
            assert between_cpus(less) == between_cpus(full), format_scenario(program)
            assert less.states <= full.states
            fewer += less.states < full.states
        assert fewer > 50

    @pytest.mark.parametrize("name", RACES)
    @pytest.mark.parametrize("kernel_name", NAMES)
    def test_shipped_races(self, name: str, kernel_name: str) -> None:
        """All three agree on each race that comes with zapviz, on each kernel."""
        program, kernel = SCENARIOS[name].program, KERNELS[kernel_name]
        full = zapviz.race(program, kernel)
        assert full.complete
        assert ends(full) == plainly(program, kernel)
        less = zapviz.race(program, kernel, reduced=True)
        assert set(ends(less)) == set(ends(full))
        assert verdicts(less) == verdicts(full)

    def test_whole_tables_end_in_no_other_state(self) -> None:
        """Keeping the entries of a page table together leaves interleavings out, adds none."""
        for seed, program in programs(range(700, 800)):
            kernel = KERNELS[NAMES[seed % len(NAMES)]]
            full = zapviz.race(program, kernel, max_states=20_000)
            if full.complete:
                assert set(ends(zapviz.race(program, kernel, whole_table=True))) <= set(ends(full))

    def test_invariants_hold_in_every_state(self) -> None:
        """Counters, mapcounts and swap slots, after every step of every interleaving."""
        for seed, program in programs(range(800, 1000)):
            found = zapviz.race(program, KERNELS[NAMES[seed % len(NAMES)]], max_states=20_000)
            assert found.broken == [], format_scenario(program)

    def test_cpus_that_share_nothing(self) -> None:
        """Of two CPUs with m and n steps, C(m + n, m) interleavings end in one state."""
        text = """
            N = anon(2)
            def CPU0():
                N[0] = 1
            def CPU1():
                N[1] = 2
        """
        found = zapviz.race(text)
        assert len(found.finals) == 1
        steps = len(found.finals[0].schedule) // 2
        assert found.interleavings == math.comb(2 * steps, steps)
        assert found.states == (steps + 1) ** 2

    def test_reduction_of_cpus_that_share_nothing(self) -> None:
        """One order is enough where no step of one CPU can matter to the other."""
        text = "N = anon(8)\ndef CPU0():\n    N[0:4] = 1\ndef CPU1():\n    N[4:8] = 2\n"
        full, less = zapviz.race(text), zapviz.race(text, reduced=True)
        assert ends(less).keys() == ends(full).keys()
        assert less.states == len(less.finals[0].schedule) + 1 < full.states

    def test_steps_are_never_lost(self) -> None:
        """Each schedule is a shortest one and ends in the state that it stands for."""
        for seed, program in programs(range(1000, 1060)):
            kernel = KERNELS[NAMES[seed % len(NAMES)]]
            found = zapviz.race(program, kernel, max_states=5_000)
            race = Race(program, kernel, False)
            for final in found.finals:
                trace = found.trace(final.schedule)
                assert looks(trace.outcomes[race.after - 1].world) == looks(final.world)


VERDICTS = {
    # scenario: kernels on which it fails, in at least one interleaving
    "race-punch": set(),
    "race-truncate": set(),
    "race-cow": set(),
    "race-swap-out": {"v5.17"},
    "race-swap-punch": {"rfc-v2"},
    "race-punch-read": set(),
    "race-dontneed": set(),
    "race-munmap": set(),
    "race-truncates": set(),
    "race-invalidate": set(),
    "race-fork-truncate": {"v5.17"},
    "race-fork-write": set(),
}


class TestThread:
    """The cases of the thread that the model is about."""

    def test_every_race_has_its_verdict(self) -> None:
        """No shipped race is missing from the table."""
        assert set(VERDICTS) == set(RACES)

    @pytest.mark.parametrize("name", RACES)
    @pytest.mark.parametrize("kernel_name", NAMES)
    def test_verdict(self, name: str, kernel_name: str) -> None:
        """Each race on each kernel."""
        found = zapviz.race(name, kernel_name)
        assert found.complete
        assert not found.deadlocks
        assert not found.broken
        assert found.ok == (kernel_name not in VERDICTS[name])

    def test_without_the_second_pass_a_private_page_survives(self) -> None:
        """A user's own patch: a write fault under way leaves its copy beyond the end."""
        found = zapviz.race("race-cow", kernel("v6.18").with_rule(second_pass=False))
        assert not found.ok
        survived = [f for f in found.finals if f.world.areas[0].entries[0].kind == "anon"]
        assert len(survived) == 1
        assert survived[0].world.files[0].size == 0
        assert found.verdicts[0].schedule is not None

    def test_a_page_swapped_out_in_time_survives_truncation(self) -> None:
        """On v5.17: some interleavings leave the old data, others do not."""
        found = zapviz.race("race-swap-out", "v5.17")
        kinds = {str(f.world.areas[0].entries[0].kind) for f in found.finals}
        assert kinds == {"none", "swap"}

    def test_a_write_makes_invalidation_fail_or_comes_after_it(self) -> None:
        """EBUSY is one of the results, and the write is there in the end either way."""
        found = zapviz.race("race-invalidate")
        assert {final.results[0][0] for final in found.finals} == {"0", "EBUSY"}

    def test_truncations_exclude_each_other(self) -> None:
        """Under the inode's lock there are as many orders as truncations."""
        assert zapviz.race("race-truncates").interleavings == 2


class TestLocks:
    """What excludes what."""

    def deadlocked(self, text: str) -> Exploration:
        found = zapviz.race(text)
        assert found.deadlocks
        return found

    def test_a_lock_that_is_never_given_back(self) -> None:
        """A migration that never ends keeps truncation waiting: reported with the way there."""
        found = self.deadlocked("""
            F = shmem(1)
            S = mmap(F, MAP_SHARED)
            S[0] = 1
            def CPU0():
                ftruncate(F, 0)
            def CPU1():
                migrate_begin(S[0])
            assert always(S[0] == none)
        """)
        assert not found.ok
        assert found.deadlocks[0].waiting == ((0, "folio_lock"),)
        assert "DEADLOCK: every CPU that is not done waits" in format_exploration(found, "x")

    def test_a_page_is_moved_or_reclaimed_by_one_cpu_only(self) -> None:
        """Isolated from the LRU, a page is busy for the other: EBUSY."""
        found = zapviz.race("""
            N = anon(1)
            N[0] = 1
            def CPU0():
                migrate(N[0])
            def CPU1():
                migrate(N[0])
        """)
        results = {final.results for final in found.finals}
        assert (("0",), ("EBUSY",)) in results
        assert (("0",), ("0",)) in results

    def test_a_fault_waits_for_a_hole_punch(self) -> None:
        """No interleaving has the folio both punched out and mapped."""
        found = zapviz.race("race-punch-read")
        for final in found.finals:
            assert final.world.areas[0].entries[0].folio == final.world.files[0].cache[0].folio

    def test_a_fault_comes_before_munmap_or_finds_no_mapping(self) -> None:
        """Never between: the VMA is detached with the mmap_lock held for writing."""
        found = zapviz.race("N = anon(1)\ndef CPU0():\n    munmap(N)\ndef CPU1():\n    N[0] = 1\n")
        assert {final.results for final in found.finals} == {
            (("0",), ("0",)),
            (("0",), ("SIGSEGV",)),
        }

    def test_a_fault_elsewhere_goes_on_while_munmap_zaps(self) -> None:
        """The lock is held for reading by then; a fault in the range finds no VMA."""
        assert while_held("munmap(N)", zap_range, "B[0] = 1\n    read(N[1])") == ("0", "SIGSEGV")

    def test_what_is_not_zapped_yet_is_read_without_a_fault(self) -> None:
        """The processor asks no VMA: the entry serves until the pass comes to it."""
        assert while_held("munmap(N)", zap_range, "read(N[0])") == ("0",)

    def test_madvise_elsewhere_goes_on_while_munmap_zaps(self) -> None:
        """It wants the lock for reading as well; in the range itself it finds a hole."""
        calls = "madvise(B, MADV_DONTNEED)\n    madvise(N, MADV_DONTNEED)\n    migrate(N[0])"
        assert while_held("munmap(N)", zap_range, calls) == ("0", "ENOMEM", "ENOENT")

    @pytest.mark.parametrize("waits", ["munmap(B)", "mprotect(B, PROT_READ)", "exit()"])
    def test_a_writer_waits_until_munmap_ends(self, waits: str) -> None:
        """The lock that munmap holds for reading keeps out whoever wants it for writing."""
        assert while_held("munmap(N)", zap_range, waits) is None

    @pytest.mark.parametrize("call", ["mmap(N, MAP_FIXED)", "exit()"])
    @pytest.mark.parametrize("waits", ["B[0] = 1", "read(N[1])", "madvise(B, MADV_DONTNEED)"])
    def test_map_fixed_and_exit_keep_the_lock_for_writing(self, call: str, waits: str) -> None:
        """Only munmap(2) downgrades: a fault that finds no VMA has to wait here too."""
        assert while_held(call, zap_range, waits, kernel_name="v6.1") is None

    def test_a_fault_elsewhere_goes_on_while_memory_is_mapped_anew(self) -> None:
        """It takes its VMA's lock alone; in the range itself it waits."""
        call = "mmap(N, MAP_FIXED)"
        assert while_held(call, zap_range, "B[0] = 1") == ("0",)
        assert while_held(call, zap_range, "read(N[1])") is None
        assert while_held("exit()", zap_range, "B[0] = 1") is None

    def test_a_zap_elsewhere_goes_on_while_memory_is_mapped_anew(self) -> None:
        """MADV_DONTNEED takes the VMA's lock since v6.17, where one VMA holds its range."""
        call, zap = "mmap(N, MAP_FIXED)", "madvise(B, MADV_DONTNEED)"
        assert while_held(call, zap_range, zap) is None
        assert while_held(call, zap_range, zap, kernel_name="v6.18") == ("0",)
        zap = "madvise(N, MADV_DONTNEED)"
        assert while_held(call, zap_range, zap, kernel_name="v6.18") is None

    @pytest.mark.parametrize("kernel_name", ["v6.1", "v6.12"])
    def test_munmap_waits_for_a_fault_in_its_range(self, kernel_name: str) -> None:
        """For its mmap_lock, or since v6.7 for the lock of the VMA that it detaches."""
        above = "F = shmem(1)\nA = mmap(F, MAP_SHARED)\n"
        assert while_held("A[0] = 1", map_page, "munmap(A)", above, kernel_name) is None

    def test_munmap_elsewhere_passes_a_fault(self) -> None:
        """A fault keeps no munmap of another VMA waiting since v6.7."""
        above = "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nB = anon(1)\n"
        assert while_held("A[0] = 1", map_page, "munmap(B)", above, "v6.1") is None
        assert while_held("A[0] = 1", map_page, "munmap(B)", above) == ("0",)

    @pytest.mark.parametrize(
        ("made", "body", "left"),
        [
            ("uffd_wp(A)", "munmap(A)", "unmapped"),
            ("A[0] = 1", "read(A)", "guard_marker"),
        ],
    )
    def test_a_guard_is_tried_anew(self, made: str, body: str, left: str) -> None:
        """Once another CPU takes away what is in its way, or for a page that it faults in."""
        found = zapviz.race(
            f"F = shmem(1)\nA = mmap(F, MAP_SHARED)\n{made}\ndef CPU0():\n"
            f"    madvise(A, MADV_GUARD_INSTALL)\ndef CPU1():\n    {body}\n"
        )
        assert found.complete
        assert not found.deadlocks
        assert {final.world.areas[0].entries[0].kind for final in found.finals} == {left}

    def test_a_page_is_isolated_with_the_mmap_lock_held_for_reading(self) -> None:
        """So migration finds its page before munmap detaches the VMA, or not at all."""
        assert while_held("munmap(N)", detach, "migrate(B)") is None

    def test_truncation_zaps_in_a_vma_that_munmap_has_detached(self) -> None:
        """It stays in its file's tree until its page tables are freed."""
        above = "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\n"
        assert while_held("munmap(A)", zap_range, "ftruncate(F, 0)", above) == ("0",)
        text = f"{above}def CPU0():\n    munmap(A)\ndef CPU1():\n    ftruncate(F, 0)\n"
        for final in zapviz.race(text).finals:
            trace = zapviz.race(text).trace(final.schedule)
            assert any(step["title"] == "A[0]: file -> none" for step in trace.as_json()["steps"])
            assert final.world.processes[0].rss == (0, 0, 0, 0)

    def test_a_vma_is_split_with_the_tree_of_its_file_locked(self) -> None:
        """munmap of a part waits for a pass over the file's mappings before it detaches."""
        above = "F = shmem(2)\nA = mmap(F, MAP_SHARED)\nA[0:2] = 1\n"
        assert while_held("ftruncate(F, 0)", zap_range, "munmap(A[0])", above) is None

    def test_counters_and_mapcounts_hold_while_munmap_zaps(self) -> None:
        """In every state, with everybody else who may go on meanwhile."""
        for other in ("migrate(A)", "madvise(A, MADV_PAGEOUT)", "ftruncate(F, 1)", "A[0:2] = 3"):
            found = zapviz.race(
                "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nread(A)\nA[1] = 1\n"
                f"def CPU0():\n    munmap(A[0])\ndef CPU1():\n    {other}\n"
            )
            assert found.ok, other
            assert found.complete


def while_held(
    call: str,
    before: Any,
    body: str,
    above: str = "N = anon(2)\nB = anon(1)\nN[0] = 1\nB[0] = 1\nmadvise(B, MADV_DONTNEED)\n",
    kernel_name: str = "v6.12",
) -> tuple[str, ...] | None:
    """The results of a body that runs while another CPU stands before an action of its call.

    None: it has to wait."""
    program = parse_scenario(f"{above}def CPU0():\n    {call}\ndef CPU1():\n    {body}\n")
    race = Race(program, KERNELS[kernel_name], False)
    world = World()
    for statement in program.statements[: race.first]:
        world = run_statement(race.kernel, world, statement).world
    at = [race.start(0), race.start(1)]
    while (stack := at[0].stack) is not None and stack.action[0] is not before:
        taken = race.take(0, world, at[0])
        assert taken is not None
        world, at[0], _ = taken
    assert at[0].stack is not None, "it never came there"
    while at[1].stack is not None:
        if (taken := race.take(1, world, at[1])) is None:
            return None
        world, at[1], _ = taken
    return at[1].results


class TestBounds:
    """Never an endless run."""

    WIDE = """
        F = shmem(4)
        A = mmap(F, MAP_PRIVATE)
        A[0:4] = 1
        def CPU0():
            fallocate(F, FALLOC_FL_PUNCH_HOLE)
        def CPU1():
            migrate(A)
        assert always(A == anon)
        assert sometimes(A == none)
    """

    def test_the_bound(self) -> None:
        """It stops there, says what was covered, and how to make the scenario smaller."""
        found = zapviz.race(self.WIDE, max_states=100)
        assert found.stopped == "bound"
        assert not found.decided
        assert [verdict.ok for verdict in found.verdicts] == [None, None]
        assert [final.count for final in found.finals] == [0]  # where some walks ended
        text = " ".join(format_exploration(found, "wide").split())
        assert "STOPPED at the bound" in text
        assert "take fewer pages" in text
        assert "--reduced" in text

    def test_ctrl_c(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What was found so far is kept."""
        from zapviz.races import search as races

        calls = iter(range(10_000))
        whole = races.violations

        def interrupting(*args: Any, **named: Any) -> Any:
            if next(calls) == 40:
                raise KeyboardInterrupt
            return whole(*args, **named)

        monkeypatch.setattr(races, "violations", interrupting)
        found = zapviz.race(self.WIDE)
        assert found.stopped == "interrupted"
        assert found.states > 40
        assert "STOPPED by Ctrl-C" in format_exploration(found, "wide")

    def test_ctrl_c_in_the_midst_of_a_state(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Wherever it comes."""
        from zapviz.races import search as races

        calls = iter(range(10_000))
        whole = races.without_locks

        def interrupting(*args: Any) -> Any:
            if next(calls) == 20:
                raise KeyboardInterrupt
            return whole(*args)

        monkeypatch.setattr(races, "without_locks", interrupting)
        found = zapviz.race(self.WIDE)
        assert found.stopped == "interrupted"
        assert found.finals

    def test_no_cpus(self) -> None:
        """A scenario without CPUs is refused, with what to do."""
        with pytest.raises(ZapvizError, match="def CPU0"):
            zapviz.race("N = anon(1)\nN[0] = 1\n")


class TestWitness:
    """One interleaving, to be shown."""

    def test_each_step_names_its_cpu(self) -> None:
        """The trace's steps alternate as the schedule says."""
        found = zapviz.race("race-cow", kernel("v6.18").with_rule(second_pass=False))
        schedule = found.verdicts[0].schedule
        assert schedule is not None
        trace = found.trace(schedule)
        record = trace.as_json()
        assert {step["cpu"] for step in record["steps"]} == {0, 1}
        assert not trace.ok
        for index, statement in enumerate(record["statements"]):
            mine = [n for n, s in enumerate(record["steps"], 1) if s["statement"] == index]
            assert (statement["first"], statement["last"]) == (mine[0], mine[-1])
            if statement["text"].startswith("def CPU"):
                assert {record["steps"][n - 1]["cpu"] for n in mine} == {int(statement["text"][7])}
        assert "one interleaving of many" in record["notes"][0]

    def test_choices_lead_to_every_state(self) -> None:
        """Choosing by hand, step by step, reaches what the exploration finds."""
        name = "race-dontneed"
        schedule: tuple[int, ...] = ()
        while offered := choices(name, "v6.18", schedule):
            assert {choice.cpu for choice in offered} <= {0, 1}
            assert all(choice.text and choice.doing for choice in offered)
            schedule += (offered[-1].cpu,)
        trace = replay(name, "v6.18", schedule)
        assert trace.ok
        assert looks(trace.outcomes[3].world) in [looks(f.world) for f in zapviz.race(name).finals]

    def test_a_prefix_is_a_trace(self) -> None:
        """Half an interleaving can be shown; the CPUs that can go on are RUNNING."""
        trace = replay("race-punch", "v6.18", (1, 1, 1))
        assert [outcome.result for outcome in trace.outcomes[-2:]] == ["RUNNING", "RUNNING"]
        assert trace.text()

    @pytest.mark.parametrize(
        ("schedule", "said"),
        [((7,), "no CPU7"), ((0,) * 99, "done before step"), ((1, 1, 1, 0, 0, 0, 0, 0), None)],
    )
    def test_wrong_schedules(self, schedule: tuple[int, ...], said: str | None) -> None:
        """A step that cannot be taken is named."""
        if said is None:
            replay("race-punch", "v6.18", schedule)
        else:
            with pytest.raises(ZapvizError, match=said):
                replay("race-punch", "v6.18", schedule)

    def test_waiting_is_no_step(self) -> None:
        """A CPU that has to wait cannot be chosen."""
        way: tuple[int, ...] = (1, 1)  # CPU1 has isolated and locked the folio
        while 0 in {choice.cpu for choice in choices("race-truncate", "v6.18", way)}:
            way += (0,)
        with pytest.raises(ZapvizError, match="CPU0 has to wait at step"):
            replay("race-truncate", "v6.18", (*way, 0))

    def test_ladder(self) -> None:
        """The whole ladder of one interleaving, as it is mailed."""
        found = zapviz.race("race-punch")
        ladder = format_ladder(found.trace((1, 1, 1, 0, 0, 0)), legend=False)
        assert ladder == LADDER

    @pytest.mark.parametrize("name", ["race-cow", "race-punch", "race-truncate", "race-truncates"])
    @pytest.mark.parametrize("kernel_name", ["v5.17", "v6.18"])
    def test_what_is_unlocked_was_locked(self, name: str, kernel_name: str) -> None:
        """A lock that a call or a pass takes as it begins stands in the ladder too."""
        found = zapviz.race(name, kernel_name)
        for final in found.finals:
            ladder = format_ladder(found.trace(final.schedule), legend=False)
            assert max(map(len, ladder.splitlines())) <= 72
            held: list[str] = []
            for verb, lock in locks_of(ladder):
                if verb == "lock":
                    held.append(lock)
                else:
                    held.remove(lock)
            # A fault gives back in a step of its own what it ran under.
            assert [lock for lock in held if "mmap_" not in lock and "VMA" not in lock] == []

    def test_munmap_downgrades_its_lock(self) -> None:
        """Write, then read: each on its line."""
        program = "N = anon(1)\nN[0] = 1\ndef CPU0():\n    munmap(N)\ndef CPU1():\n    N[0] = 2\n"
        trace = replay(program, "v6.18", (0,) * 5)
        assert format_ladder(trace, legend=False).splitlines()[2:] == [
            "munmap(N)",
            "  mmap_write_lock_killable():",
            "    lock mmap_lock (write)",
            "  vms_complete_munmap_vmas():",
            "    detach N[0]; mmap_lock now read",
            "  unmap_vmas(N[0])",
            "    should_zap_cows():",
            "      N[0]: anon -> none",
            "  remove_vma():",
            "    remove the VMAs of N[0]",
            "  mmap_read_unlock():",
            "    unlock mmap_lock (read)",
        ]

    @pytest.mark.parametrize("name", RACES)
    @pytest.mark.parametrize("kernel_name", ["v5.10.y", "v5.17", "v6.18", "v7.3"])
    def test_each_line_names_a_function_of_that_kernel(self, name: str, kernel_name: str) -> None:
        """What a call does stands behind the function that does it, as that kernel calls it."""
        found = zapviz.race(name, kernel_name)
        version = KERNELS[kernel_name].version
        known = {source(version, key)[0] for key in FUNCTIONS}
        known |= {call for chain in CHAINS for call in call_chain(version, chain, True)}
        for final in found.finals:
            trace = found.trace(final.schedule)
            for line, function in functions_of(format_ladder(trace, legend=False)):
                assert function in known, line

    def test_names_are_those_of_the_kernel(self) -> None:
        """The same order on two kernels: the functions that were renamed have other names."""
        ladders = {}
        for kernel_name in ("v5.10.y", "v6.18"):
            trace = replay("race-punch", kernel_name, (1, 1, 1, 0, 0, 0))
            ladders[kernel_name] = format_ladder(trace, legend=False)
        for old, new in (
            ("isolate_lru_page()", "folio_isolate_lru()"),
            ("__unmap_and_move()", "migrate_folio_unmap()"),
            ("zap_pte_range()", "should_zap_folio()"),
            ("i_mmap_lock_write()", "i_mmap_lock_read()"),
        ):
            assert old in ladders["v5.10.y"] and old not in ladders["v6.18"]
            assert new in ladders["v6.18"] and new not in ladders["v5.10.y"]

    def test_three_columns_stay_narrow(self) -> None:
        """However long the name of a function is."""
        text = (
            "F = file(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\n"
            "def CPU0():\n    fallocate(F, FALLOC_FL_PUNCH_HOLE)\ndef CPU1():\n    munmap(A)\n"
            "def CPU2():\n    ftruncate(F, 0)\n"
        )
        for kernel_name in ("v5.10.y", "v6.18"):
            program = parse_scenario(text)
            order = follow(program, KERNELS[kernel_name], (0, 1, 2) * 9)
            ladder = format_ladder(replay(program, kernel_name, order))
            check_mailable(ladder)
        assert "filemap_invalidate_" in ladder

    def test_what_was_taken_last_is_released_first(self) -> None:
        """A hole punch clears its note before it unlocks the inode (shmem_fallocate())."""
        found = zapviz.race("race-punch")
        ladder = format_ladder(found.trace(found.finals[0].schedule), legend=False)
        assert ladder.index("unlock hole of F") < ladder.index("unlock i_rwsem of F")

    @pytest.mark.parametrize("name", ["race-cow", "race-swap-out"])
    def test_long_names_of_kernels_stay_in_the_columns(self, name: str) -> None:
        """With several rules of one's own, too, up to the last line."""
        rules = "v6.18 + second_pass=False, swap_entries=zap, hwpoison_entries=zap"
        found = zapviz.race(name, kernel(rules))
        text = format_exploration(found, name, ladders=True)
        check_mailable(text)
        assert text.rpartition("\nObservation ")[2].split("\n    ")[0].startswith(name)

    @pytest.mark.parametrize("name", RACES)
    def test_ladders_can_be_mailed(self, name: str) -> None:
        """72 columns of 7-bit ASCII, blanks only, none at the end of a line."""
        for kernel_name in ("v5.17", "v6.18"):
            found = zapviz.race(name, kernel_name)
            text = format_exploration(found, name, ladders=True)
            assert text.isascii()
            for line in text.split("\n"):
                assert len(line) <= 72
                assert line == line.rstrip()
                assert "\t" not in line
            assert text.endswith(observation(found, name))


def locks_of(ladder: str, cpus: int = 2) -> list[tuple[str, str]]:
    """What each CPU locks and unlocks in a ladder, in order; ladders wide enough not to wrap."""
    width = 72 // cpus
    found = []
    for line in ladder.splitlines()[2:]:
        column = (len(line) - len(line.lstrip())) // width
        said = re.sub(r"^\w+\(\): ", "", line.strip())  # without the function that does it
        verb, _, what = said.partition(" ")
        if verb in ("lock", "unlock") and "folio" not in what and what != "both folios":
            found += [(verb, f"{column} {each}") for each in what.split(", ")]
    return found


def functions_of(ladder: str, cpus: int = 2) -> list[tuple[str, str]]:
    """Each line of a ladder that says what the kernel does, with the function that it names."""
    width = 72 // cpus
    waiting: dict[int, str] = {}  # the function that stood on a line of its own, by column
    found = []
    lines = ladder.splitlines()[2:]
    for line in lines:
        column = (len(line) - len(line.lstrip())) // width
        indent = len(line) - len(line.lstrip()) - column * width
        said = line.strip()
        if not indent or said.startswith("//") or re.match(r"(load|store|returns)\b", said):
            continue  # the program's own instruction, or a remark
        if alone := re.fullmatch(r"(\w+)\(\):", said):
            waiting[column] = alone[1]
        elif named := re.match(r"(\w+)\(", said):
            found.append((line, named[1]))
            waiting.pop(column, None)
        elif column in waiting:
            found.append((line, waiting[column]))
        else:  # the rest of a line that was broken
            assert re.match(r"even_cows=|read$", said), line
    return found


LADDER = """\
CPU0:                               CPU1:
-----                               -----
                                    migrate(A[0])
                                      folio_isolate_lru(): isolate A[0]
                                      migrate_folio_unmap():
                                        lock the folio of A[0]
                                      try_to_migrate_one():
                                        A[0]: anon -> migration
fallocate(F, FALLOC_FL_PUNCH_HOLE)
  inode_lock(): lock i_rwsem of F
  shmem_fallocate(): lock hole of F
  i_mmap_lock_read():
    lock i_mmap_rwsem of F (read)
  unmap_mapping_range(F[0],
    even_cows=0)
    should_zap_folio():
      A[0]: migration stays"""


class TestCommand:
    """zapviz race."""

    def test_a_race_that_holds(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit status 0, and one line to grep at the end."""
        assert main(["race", "race-punch"]) == 0
        out = capsys.readouterr().out
        assert out.splitlines()[-1] == "Observation race-punch Always 1/1 final states v6.18"
        assert "1 final state; fully explored: 8,008" in out
        assert " of 8,008" not in out  # a count of orders that reads as odds

    def test_a_race_that_fails(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit status 1, with a ladder that shows why."""
        assert main(["race", "race-swap-out", "--kernel", "v5.17"]) == 1
        out = capsys.readouterr().out
        assert "Observation race-swap-out Sometimes 1/2 final states v5.17" in out
        assert "CPU0:                               CPU1:" in out
        assert "A[0]: swap stays" in out

    def test_a_rule_changed(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A patch of one's own on the command line."""
        assert main(["race", "race-cow", "--rule", "second_pass=False"]) == 1
        assert "Sometimes 2/3 final states" in capsys.readouterr().out
        assert main(["race", "race-cow", "--rule", "second_pas=False"]) == 2
        assert "there is no rule 'second_pas'" in capsys.readouterr().err

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The same as one JSON object."""
        assert main(["race", "race-swap-out", "--kernel", "v5.17", "--json"]) == 1
        found = json.loads(capsys.readouterr().out)
        assert found["ok"] is False
        assert sum(final["interleavings"] for final in found["finals"]) == found["interleavings"]
        assert {final["ptes"]["A"][0] for final in found["finals"]} == {"none", "swap"}
        assert found["assertions"][0]["ok"] is False
        assert {"text", "written"} <= set(found["assertions"][0])
        schedule = tuple(found["assertions"][0]["schedule"])
        assert not replay("race-swap-out", "v5.17", schedule).ok

    def test_the_bound(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Undecided: exit status 2."""
        assert main(["race", "race-punch", "--max-states", "10"]) == 2
        assert "Unknown 1/1 final states so far" in capsys.readouterr().out

    def test_a_failure_that_is_found_before_the_bound(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """What fails fails, however little was explored: exit status 1, and a witness."""
        assert main(["race", "race-swap-out", "--kernel", "v5.17", "--max-states", "60"]) == 1
        out = capsys.readouterr().out
        assert "STOPPED at the bound" in out
        assert "A[0]: swap stays" in out

    @pytest.mark.parametrize(
        "arguments",
        [["race", "reproducer"], ["race", "nothing"], ["race", "race-punch", "--kernel", "v9"]],
    )
    def test_wrong_calls(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        """Exit status 2, and one message."""
        assert main(arguments) == 2
        assert capsys.readouterr().err.count("\n") == 1
