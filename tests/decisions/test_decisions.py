"""The decision table: it says what was seen on real kernels, and each cell shows itself."""

from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zapviz.api.tables import Table, table
from zapviz.decisions.cases import ENTRIES, MAIN_ENTRIES, MAIN_PATHS, MAPPINGS, PATHS
from zapviz.decisions.decide import Cell, CellVerdict, cell_of, decide_all
from zapviz.decisions.table import AXES, differs, label
from zapviz.errors import ZapvizError
from zapviz.kernels.known import DIFFERENCES, KERNELS, Kernel, kernel
from zapviz.model import program as p
from zapviz.model.machine import BLOCKED, run_program
from zapviz.scenario.text import parse_scenario

COLUMNS = ("v5.17", "rfc-v2", "v5.10.y", "v6.1", "v6.12")
K, Z = CellVerdict.KEPT, CellVerdict.ZAPPED
IN_P, IN_S = "shmem-private", "shmem-shared"

# What was seen on booted kernels: entry class, mapping and path, then each column's verdict.
SEEN = {
    ("swap", IN_P, "truncate"): (K, Z, Z, Z, Z),
    ("swap", IN_P, "punch"): (K, Z, K, K, K),
    ("anon", IN_P, "truncate"): (Z, Z, Z, Z, Z),
    ("anon", IN_P, "punch"): (K, K, K, K, K),
    ("file", IN_P, "truncate"): (Z, Z, Z, Z, Z),
    ("file", IN_P, "punch"): (Z, Z, Z, Z, Z),
    ("file", IN_S, "truncate"): (Z, Z, Z, Z, Z),
    ("file", IN_S, "punch"): (Z, Z, Z, Z, Z),
    ("hwpoison-anon", IN_P, "truncate"): (K, Z, Z, Z, Z),
    ("hwpoison-anon", IN_P, "punch"): (K, Z, Z, K, K),
    ("hwpoison-file", IN_P, "truncate"): (K, Z, Z, Z, Z),
    ("hwpoison-file", IN_P, "punch"): (K, Z, Z, K, K),
    ("hwpoison-file", IN_S, "truncate"): (K, Z, Z, Z, Z),
    ("hwpoison-file", IN_S, "punch"): (K, Z, Z, K, K),
}
ALWAYS_GO = {(entry, mapping) for entry, mapping, _ in SEEN}


class TestSeen:
    """The table agrees with what real kernels were seen to do."""

    @pytest.mark.parametrize("place", SEEN, ids=" ".join)
    def test_of_shmem(self, place: tuple[str, str, str]) -> None:
        """Truncate and hole punch decide as on the five kernels that were booted."""
        assert tuple(cell_of(*place, name).verdict for name in COLUMNS) == SEEN[place]

    @pytest.mark.parametrize("path", ["dontneed", "munmap", "exit", "map-fixed"])
    def test_paths_without_details(self, path: str) -> None:
        """MADV_DONTNEED and unmapping take every one of these entries, on every kernel."""
        for entry, mapping in ALWAYS_GO:
            for name in COLUMNS:
                assert cell_of(entry, mapping, path, name).verdict is Z

    def test_remove(self) -> None:
        """MADV_REMOVE punches: private copies stay; a private mapping is EACCES."""
        assert cell_of("file", IN_S, "remove", "v6.12").verdict is Z
        refused = cell_of("anon", IN_P, "remove", "v6.12")
        assert (refused.verdict, refused.result) == (CellVerdict.REFUSED, "EACCES")

    def test_dontneed_locked(self) -> None:
        """MADV_DONTNEED_LOCKED zaps in an mlocked mapping since v5.18; before, EINVAL."""
        assert cell_of("anon", IN_P, "dontneed-locked", "v5.18").verdict is Z
        refused = cell_of("anon", IN_P, "dontneed-locked", "v5.17")
        assert (refused.verdict, refused.result) == (CellVerdict.REFUSED, "EINVAL")
        assert "9457056ac426" in refused.reason

    def test_direct_write(self) -> None:
        """A direct write into a mapped disk file takes file entries; private ones stay."""
        for name in COLUMNS:
            verdicts = [
                cell_of(entry, "file-private", "direct-write", name).verdict
                for entry in ("file", "anon", "swap")
            ]
            assert verdicts == [Z, K, K]

    @pytest.mark.parametrize("name", ["v6.12", "v6.18", "v7.3"])
    def test_uffd_wp(self, name: str) -> None:
        """Markers outlive MADV_DONTNEED, punch and truncate; in anonymous memory all goes."""
        for path in ("dontneed", "punch", "truncate"):
            assert cell_of("uffd-wp-marker", IN_P, path, name).verdict is K
            left = cell_of("file-wp", IN_S, path, name)
            assert (left.verdict, left.after) == (CellVerdict.CHANGED, "uffd_wp_marker")
        assert cell_of("anon-wp", "anon", "dontneed", name).verdict is Z

    @pytest.mark.parametrize("name", ["v6.18", "v7.3"])
    def test_guards(self, name: str) -> None:
        """A guard outlives MADV_DONTNEED, punch and truncate; munmap removes it."""
        for path in ("dontneed", "punch", "truncate"):
            assert cell_of("guard-marker", IN_P, path, name).verdict is K
        assert cell_of("guard-marker", IN_P, "munmap", name).verdict is Z

    def test_no_guards_before(self) -> None:
        """On v6.12 there are no guards, and MADV_GUARD_INSTALL is EINVAL."""
        missing = cell_of("guard-marker", IN_P, "munmap", "v6.12")
        assert missing.verdict is CellVerdict.IMPOSSIBLE
        assert "EINVAL" in missing.reason and "v6.13" in missing.reason
        assert cell_of("file", IN_P, "guard-install", "v6.12").result == "EINVAL"


class TestShared:
    """A child has a share of the page, slot or marker: two cells, of parent and child."""

    @pytest.mark.parametrize("name", KERNELS)
    @pytest.mark.parametrize("path", ["truncate", "punch", "even-cows-0", "even-cows-1"])
    def test_a_zap_of_the_file_decides_both_alike(self, name: str, path: str) -> None:
        """What is asked of the file comes to both, and each entry fares as if it were alone."""
        for entry in ("file", "anon", "swap", "migration-file", "migration-anon", "hwpoison-anon"):
            alone = cell_of(entry, IN_P, path, name)
            for owner in ("parent", "child"):
                assert cell_of(entry, IN_P, path, name, owner).outcome == alone.outcome

    @pytest.mark.parametrize("path", ["munmap", "map-fixed", "dontneed"])
    def test_a_zap_in_one_leaves_the_other(self, path: str) -> None:
        """The parent gives up its share, and the child's entry stays."""
        for entry in ("file", "anon", "swap", "hwpoison-anon"):
            assert cell_of(entry, IN_P, path, "v6.18", "parent").verdict is Z
            left = cell_of(entry, IN_P, path, "v6.18", "child")
            assert (left.verdict, left.passes) == (K, ())
            assert "is the parent's call" in left.reason

    def test_the_child_is_who_exits(self) -> None:
        """The first process ends last, so here the child's entry goes and the parent's stays."""
        child, parent = (cell_of("anon", "anon", "exit", "v6.18", o) for o in ("child", "parent"))
        assert (child.verdict, parent.verdict) == (Z, K)
        assert child.lines[-2:] == ("exit(C)", "assert A[0] == anon and C.A[0] == unmapped")

    def test_the_bug_and_the_flaw_hit_both(self) -> None:
        """Before the fix a truncate keeps both swap entries; RFC v2 punches both away."""
        for owner in ("parent", "child"):
            assert cell_of("swap", IN_P, "truncate", "v5.17", owner).verdict is K
            assert cell_of("swap", IN_P, "punch", "rfc-v2", owner).verdict is Z

    @pytest.mark.parametrize(
        ("entry", "mapping", "words"),
        [
            ("device-exclusive", IN_P, "leaves anon in the parent and anon in the child"),
            ("uffd-wp-marker", IN_S, "leaves uffd_wp_marker in the parent and none in the child"),
        ],
    )
    def test_what_fork_does_not_share(self, entry: str, mapping: str, words: str) -> None:
        """It is not possible, with the reason, and the scenario that shows it."""
        for owner in ("parent", "child"):
            cell = cell_of(entry, mapping, "munmap", "v6.18", owner)
            assert cell.verdict is CellVerdict.IMPOSSIBLE
            assert words in cell.reason

    @pytest.mark.parametrize("name", KERNELS)
    def test_each_scenario_shows_its_cells(self, name: str) -> None:
        """What each asserts of both entries holds; parent and child have one scenario."""
        parent, child = (decide_all(KERNELS[name], owner) for owner in ("parent", "child"))
        for place, cell in parent.items():
            assert cell.scenario == child[place].scenario
            if cell.result == BLOCKED:
                continue
            for outcome in run_program(parse_scenario(cell.scenario), KERNELS[name]):
                assert outcome.ok, cell.scenario

    @pytest.mark.parametrize("owner", ["parent", "child"])
    def test_both_have_the_same_page(self, owner: str) -> None:
        """Where a cell is possible, two entries map its page, or hold its slot."""
        for entry, count in (("anon", "mapcount"), ("file", "mapcount"), ("swap", "slot_count")):
            cell = cell_of(entry, IN_P, "dontneed-locked", "v6.18", owner)
            above = "\n".join((*cell.lines[:-2], f"assert {count}(A[0]) == 2"))
            assert [*run_program(parse_scenario(above), KERNELS["v6.18"])][-1].ok


class TestSeveralPasses:
    """Where a call comes to an entry more than once, the end of it counts."""

    def test_migration_of_a_file_page(self) -> None:
        """The unlocked pass of v5.17 skips it; the locked one waits and zaps the page itself."""
        before = cell_of("migration-file", IN_P, "truncate", "v5.17")
        assert before.verdict is CellVerdict.WAITS
        assert (before.after, before.waits) == ("migration", True)
        assert [verdict for _, verdict in before.passes] == ["kept", "zapped"]
        assert before.passes[1][0] == "unmap_mapping_folio(F[0])"
        since = cell_of("migration-file", IN_P, "truncate", "v5.18")
        assert (since.verdict, since.waits) == (Z, True)
        assert [verdict for _, verdict in since.passes] == ["zapped"]

    def test_migration_of_a_private_page(self) -> None:
        """No pass has the lock of a private page, so on v5.17 it survives truncation."""
        cell = cell_of("migration-anon", IN_P, "truncate", "v5.17")
        assert (cell.verdict, cell.waits) == (K, False)
        assert "survives" in cell.reason
        assert "by luck" in cell_of("migration-anon", IN_P, "punch", "v5.17").reason

    def test_waiting_before_any_pass(self) -> None:
        """Invalidation wants the lock before it looks who maps the page; then it zaps."""
        for path in ("invalidate", "direct-write"):
            cell = cell_of("migration-file", "file-private", path, "v6.18")
            assert (cell.verdict, cell.rule) == (CellVerdict.WAITS, None)
            assert cell.reason.startswith("The call waits for the folio lock")
            assert cell.passes[-1][1] == "zapped"

    def test_unmapping_waits_for_nobody(self) -> None:
        """munmap and MADV_DONTNEED take migration entries without any folio lock."""
        for name in KERNELS:
            for path in ("munmap", "dontneed"):
                cell = cell_of("migration-file", IN_P, path, name)
                assert (cell.verdict, cell.waits) == (Z, False)

    def test_marker_in_the_way_of_a_guard(self) -> None:
        """A marker that the zap leaves makes MADV_GUARD_INSTALL start over for ever."""
        cell = cell_of("file-wp", IN_P, "guard-install", "v6.18")
        assert (cell.after, cell.result, cell.waits) == ("uffd_wp_marker", BLOCKED, False)
        assert len(cell.passes) == 3
        assert cell.word.endswith(" ~")
        assert "never returns" in cell.reason
        assert cell.lines[-1] == "madvise(A[0], MADV_GUARD_INSTALL)"

    def test_guard_in_place_of_a_page(self) -> None:
        """A page that was zapped for a guard is replaced by the guard."""
        cell = cell_of("anon", "anon", "guard-install", "v6.18")
        assert (cell.verdict, cell.after) == (CellVerdict.CHANGED, "guard_marker")
        assert "freed" in cell.reason and "guard" in cell.reason

    def test_no_pass_at_all(self) -> None:
        """Invalidation unmaps nothing where no present entry maps the page."""
        cell = cell_of("swap", IN_P, "invalidate", "v6.12")
        assert (cell.verdict, cell.rule, cell.passes) == (K, None, ())
        assert "unmaps nothing" in cell.reason


@cache
def program_of(text: str) -> p.Program:
    """A scenario, read once."""
    return parse_scenario(text)


def check_shown(cell: Cell, on: Kernel) -> None:
    """A cell's scenario, run by itself, shows exactly what the cell says."""
    program = program_of(cell.scenario)
    outcomes = list(run_program(program, on))
    assert len(outcomes) == len(program.statements)
    last = outcomes[-1]
    if cell.verdict is CellVerdict.IMPOSSIBLE:
        assert last.ok
        return
    assert all(outcome.ok for outcome in outcomes[:-1])
    # The last statement that is no assertion is the call; before it the entry stands.
    call = -2 if isinstance(program.statements[-1], p.Assert) and len(outcomes) > 2 else -1
    call = -1 if cell.verdict is CellVerdict.REFUSED or cell.result == BLOCKED else call
    before = outcomes[call - 1].world.areas[0].entries[0]
    assert ENTRIES[cell.entry].fits(before)
    after = last.world.areas[0].entries[0]
    assert str(after.kind) == cell.after
    if cell.result == BLOCKED:
        assert last.result == BLOCKED
    else:
        assert last.ok
        if cell.verdict is not CellVerdict.REFUSED:
            assert outcomes[-2].result == cell.result
    gone = {"none", "unmapped"}
    if cell.verdict in (CellVerdict.KEPT, CellVerdict.WAITS, CellVerdict.REFUSED):
        assert after.kind is before.kind
    else:
        assert (cell.after in gone) == (cell.verdict is Z)


class TestCells:
    """Each cell of each kernel."""

    @pytest.mark.parametrize("name", KERNELS)
    def test_scenario_shows_it(self, name: str) -> None:
        """Its scenario, run by itself, shows exactly what the cell says."""
        for cell in decide_all(KERNELS[name]).values():
            check_shown(cell, KERNELS[name])

    @pytest.mark.parametrize("name", KERNELS)
    def test_reasons(self, name: str) -> None:
        """It has a reason in sentences, and a source and evidence where a rule decided."""
        for cell in decide_all(KERNELS[name]).values():
            assert cell.reason.endswith(".")
            assert max(map(len, cell.scenario.splitlines())) <= 68  # two levels of quoting
            assert cell.reason.isascii()
            assert ".." not in cell.reason
            assert bool(cell.rule) == bool(cell.source) == bool(cell.evidence)
            if cell.verdict in (CellVerdict.ZAPPED, CellVerdict.CHANGED):
                assert cell.rule is not None and cell.passes

    @pytest.mark.parametrize("name", KERNELS)
    def test_scenarios_are_small(self, name: str) -> None:
        """No line of a scenario can be left out: without it the cell is not shown."""
        chosen_kernel = KERNELS[name]
        for mapping in MAPPINGS:
            for path in ("munmap", "dontneed"):
                for entry in ENTRIES:
                    cell = cell_of(entry, mapping, path, chosen_kernel)
                    if cell.verdict is CellVerdict.IMPOSSIBLE:
                        continue
                    made = len(MAPPINGS[mapping].lines)
                    recipe = cell.lines[made:-2]
                    for at in range(len(recipe)):
                        fewer = (*cell.lines[:made], *recipe[:at], *recipe[at + 1 :])
                        *_, last = run_program(parse_scenario("\n".join(fewer)), chosen_kernel)
                        assert not ENTRIES[entry].fits(last.world.areas[0].entries[0])

    def test_every_mapping_has_some(self) -> None:
        """Every class of entry arises in some mapping on the newest kernel."""
        newest = decide_all(KERNELS["v7.3"]).values()
        possible = {cell.entry for cell in newest if cell.verdict is not CellVerdict.IMPOSSIBLE}
        assert possible == set(ENTRIES)

    def test_device_entries_in_a_mapping_of_a_file_make_some_kernels_warn(self) -> None:
        """From v5.19 on, until it ended in v7.1 and 6.12.93: where the entry goes, and the mapping
        is not anonymous."""
        for name in (*KERNELS, "6.12.92", "6.12.93"):
            warns = name in ("v6.18", "6.12.92")
            for entry in ("device-private", "device-exclusive"):
                for path in ("munmap", "truncate"):
                    cell = cell_of(entry, IN_P, path, name)
                    assert ("warns in its log" in cell.reason) == (warns and "zap" in cell.word)
                kept = cell_of(entry, IN_P, "punch", name)
                assert "warns" not in kept.reason + cell_of(entry, "anon", "munmap", name).reason
        cell = cell_of("device-private", IN_P, "truncate", "6.12.92")
        assert "999dad824c39" in cell.reason and "be3f38d05cc5" in cell.reason
        assert cell.source == "zap_pte_range(), mm/memory.c"
        cell = cell_of("device-private", IN_P, "truncate", "v6.18")
        assert cell.source == "zap_nonpresent_ptes(), mm/memory.c"

    def test_impossible_is_said(self) -> None:
        """What cannot be has a reason that says which and why."""
        assert "no file" in cell_of("file", "anon", "munmap").reason
        assert "no file" in cell_of("anon", "anon", "truncate").reason
        assert "shared mapping" in cell_of("anon", IN_S, "munmap").reason
        assert "WP_UNPOPULATED" in cell_of("uffd-wp-marker", "anon", "munmap").reason
        assert "v5.14" in cell_of("device-exclusive", IN_P, "munmap", "v5.10.y").reason


class TestPatchedKernels:
    """A kernel of one's own goes in as a kernel."""

    def test_the_fix(self) -> None:
        """With the rule of the fix v5.17 keeps no swap entry on truncate, and does on punch."""
        fixed = kernel("v5.17").with_rule(swap_entries="even_cows")
        both = table(["v5.17", fixed], entries="swap", mappings=IN_P, paths=MAIN_PATHS)
        changed = both.differences()
        assert changed.places == (("swap", IN_P, "truncate", "alone"),)
        assert [cell.verdict for cell in changed] == [K, Z]

    @settings(max_examples=12)
    @given(st.data())
    def test_equal_rules_decide_equally(self, data: st.DataObject) -> None:
        """A derived kernel whose rules are those of another decides as that one does."""
        one, other = (KERNELS[data.draw(st.sampled_from(sorted(KERNELS)))] for _ in range(2))
        derived = one.with_rule("mine", **dict(other.rules))
        mine, theirs = decide_all(derived), decide_all(other)
        for place, cell in mine.items():
            assert cell.outcome == theirs[place].outcome
            assert cell.rule == theirs[place].rule
            assert [verdict for _, verdict in cell.passes] == [
                verdict for _, verdict in theirs[place].passes
            ]

    @pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.rule)
    def test_every_rule_shows_itself(self, difference: object) -> None:
        """A patched kernel's scenarios show its cells too."""
        rule = difference.rule  # type: ignore[attr-defined]
        values = {getattr(one, rule) for one in KERNELS.values()} | {False}
        own = getattr(KERNELS["v6.18"], rule)
        value = sorted((v for v in values if v != own and type(v) is type(own)), key=str)[0]
        patched = KERNELS["v6.18"].with_rule(None, **{rule: value})
        for cell in decide_all(patched).values():
            check_shown(cell, patched)


class TestTable:
    """Choosing and laying out."""

    def test_whole(self) -> None:
        """With nothing chosen it is everything, kernels oldest first."""
        whole = table()
        assert len(whole) == len(ENTRIES) * len(MAPPINGS) * len(PATHS) * len(KERNELS)
        assert whole.ids("kernel") == tuple(KERNELS)
        assert len(whole.cells) == len(whole)

    def test_words(self) -> None:
        """A word chooses the id it is, or every id that has it among its parts."""
        few = table("6.12", entries=["migration", "SWAP"], mappings="private", paths="punch")
        assert few.ids("entry") == ("swap", "migration-file", "migration-anon")
        assert few.ids("mapping") == ("shmem-private", "file-private")
        assert few.ids("path") == ("punch",)
        assert table(entries="file").ids("entry") == ("file",)
        assert table(entries="uffd_wp_marker").ids("entry") == ("uffd-wp-marker",)

    @pytest.mark.parametrize(
        ("given_words", "said"),
        [
            ({"entries": "swp"}, "there is no entry class 'swp'; did you mean 'swap'?"),
            ({"paths": ["truncat"]}, "there is no path 'truncat'; did you mean 'truncate'?"),
            ({"mappings": "hugetlb"}, "there is no mapping 'hugetlb'; expected one of shmem-priv"),
            ({"kernels": "v5.16"}, "there is no kernel 'v5.16'; v5.16 lies between"),
            ({"kernels": []}, "a table takes one kernel or more"),
        ],
    )
    def test_unknown(self, given_words: dict[str, object], said: str) -> None:
        """What there is not is named, with what is near."""
        with pytest.raises(ZapvizError) as raised:
            table(**given_words)  # type: ignore[arg-type]
        assert str(raised.value).startswith(said)

    def test_one_cell(self) -> None:
        """A cell is found by its ids; one that names several is told so."""
        whole = table(["v5.17", "v6.12"], entries="swap")
        cell = whole.at("swap", IN_P, "truncate", "v5.17")
        assert cell == cell_of("swap", IN_P, "truncate", "v5.17")
        assert whole.at("anon", IN_P, "truncate", "v5.17") is None
        assert whole.at("swap", IN_P, "truncate", "v6.1") is None
        with pytest.raises(ZapvizError, match="'migration' names several"):
            cell_of("migration", IN_P, "truncate")

    def test_differences(self) -> None:
        """Only places stay that the kernels decide differently, and all of them."""
        whole = table(["v5.17", "v6.12"])
        some = whole.differences()
        assert 0 < len(some.places) < len(whole.places)
        for place in whole.places:
            assert differs(whole.of(place)) == (place in some.places)
        assert len(table("v6.12").differences()) == 0

    def test_pivot(self) -> None:
        """Any axes go down, the others across; one that is left over goes down first."""
        some = table(["v5.17", "v6.12"], entries=["swap", "anon"], mappings=IN_P, paths=MAIN_PATHS)
        laid = some.pivot("entry", ("path", "kernel"))
        assert (laid.row_axes, laid.column_axes) == (("entry",), ("path", "kernel"))
        assert laid.rows == (("anon",), ("swap",))
        assert laid.columns[:2] == (("munmap", "v5.17"), ("munmap", "v6.12"))
        assert some.pivot("entry", "path").row_axes == ("kernel", "entry")
        for row, cells in zip(laid.rows, laid.cells, strict=True):
            for column, cell in zip(laid.columns, cells, strict=True):
                assert cell == some.at(row[0], IN_P, column[0], column[1])

    def test_wrong_axes(self) -> None:
        """An axis that there is not, or that goes both ways, is an error."""
        some = table("v6.12", entries="swap")
        with pytest.raises(ZapvizError, match="there is no axis 'kernal'; did you mean 'kernel'"):
            some.pivot("kernal")
        with pytest.raises(ZapvizError, match="'path' goes down or across, not both"):
            some.pivot(("entry", "path"), "path")

    def test_labels(self) -> None:
        """Everything on an axis has a name of its own, short enough for its place."""
        whole = table()
        for axis in AXES:
            names = [label(axis, one) for one in whole.ids(axis)]
            assert len(set(names)) == len(names)
        assert all(len(path.name) <= 15 for path in PATHS.values())
        assert all(len(entry.name) <= 28 for entry in ENTRIES.values())
        assert set(MAIN_ENTRIES) <= set(ENTRIES) and set(MAIN_PATHS) <= set(PATHS)


def read_back(data: dict[str, object], index: int) -> dict[str, object]:
    """A cell as a page reads it off the JSON form."""
    texts, cells = data["texts"], data["cells"]
    decision = data["decisions"][cells[2 * index]]  # type: ignore[index]
    scenario = data["scenarios"][cells[2 * index + 1]]  # type: ignore[index]
    word, verdict, after, result, waits, reason, rule, source, evidence, *passes = decision
    return {
        "word": texts[word],  # type: ignore[index]
        "verdict": texts[verdict],  # type: ignore[index]
        "after": texts[after] or None,  # type: ignore[index]
        "result": texts[result],  # type: ignore[index]
        "waits": bool(waits),
        "reason": texts[reason],  # type: ignore[index]
        "rule": texts[rule],  # type: ignore[index]
        "source": texts[source],  # type: ignore[index]
        "evidence": texts[evidence],  # type: ignore[index]
        "passes": tuple(texts[one] for one in passes),  # type: ignore[index]
        "lines": tuple(texts[line] for line in scenario),  # type: ignore[index]
    }


class TestJson:
    """The compact form that a page draws from."""

    def test_nothing_is_lost(self) -> None:
        """Every cell can be read back from what stands once for many."""
        whole = table(["v5.17", "v6.18"])
        data = json.loads(json.dumps(whole.as_json()))
        for index, cell in enumerate(whole.cells):
            back = read_back(data, index)
            for name in (
                "word",
                "verdict",
                "after",
                "result",
                "waits",
                "reason",
                "source",
                "lines",
            ):
                assert back[name] == getattr(cell, name)
            assert back["rule"] == (cell.rule.id if cell.rule else "")
            assert back["passes"] == tuple(part for one in cell.passes for part in one)
        assert data["places"][0] == [0, 0, 0]
        assert len(data["cells"]) == 2 * len(whole)

    def test_small(self) -> None:
        """The whole table of all kernels stays under 200 kB as text."""
        text = json.dumps(table().as_json(), separators=(",", ":"))
        assert text.isascii()
        assert len(text) < 200_000

    def test_is_a_sequence(self) -> None:
        """A table is a sequence of its cells, in the order of the places."""
        some = table(["v5.17", "v6.12"], entries="swap", mappings=IN_P, paths="truncate")
        assert isinstance(some, Table)
        assert [cell.kernel for cell in some] == ["v5.17", "v6.12"]
        assert some[-1] == some.cells[1] and some[:1] == some.cells[:1]
