"""All that depends on a kernel's version is a rule: listed, explained and patchable."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import zapviz
from zapviz import KERNELS, kernel
from zapviz.commands.cli import main
from zapviz.kernels.known import DIFFERENCES, RULES, Kernel, released, rule_values
from zapviz.kernels.locking import LOCKING

PACKAGE = Path(zapviz.__file__).parent


def versions_compared(source: str) -> set[int]:
    """The lines of a module where a version, or something with a pair of numbers, is compared."""
    lines = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare) or isinstance(node.ops[0], ast.In | ast.NotIn):
            continue
        for side in (node.left, *node.comparators):
            named = isinstance(side, ast.Attribute | ast.Name) and "version" in (
                side.attr if isinstance(side, ast.Attribute) else side.id
            )
            pair = isinstance(side, ast.Tuple) and all(
                isinstance(each, ast.Constant) and isinstance(each.value, int) for each in side.elts
            )
            ordered = any(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in node.ops)
            if named or (pair and ordered):
                lines.add(node.lineno)
    return lines


def test_no_version_is_compared_outside_of_the_kernels_package() -> None:
    """A test of the version elsewhere would be a rule that nobody can list or patch."""
    found = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "kernels" or path.parent.parent != PACKAGE
        if (lines := versions_compared(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "test",
    ["kernel.version >= (5, 18)", "(5, 19) <= v < (7, 1)", "version == known", "6 < version"],
)
def test_a_comparison_of_versions_is_noticed(test: str) -> None:
    """The test above can fail."""
    assert versions_compared(f"x = 1\nif {test}:\n    pass\n") == {2}


def test_every_rule_has_a_form_for_each_release() -> None:
    """A form is one of the rule's values, and its release is one of those of the forms."""
    assert sorted(each.rule for each in DIFFERENCES) == sorted(RULES)
    for each in DIFFERENCES:
        versions = [version for version, _ in each.forms]
        assert versions == sorted(versions)
        assert {value for _, value in each.forms} <= set(rule_values(each.rule))
        assert each.release[:2] in versions, each.rule
        assert each.sentence.endswith(".")


def test_every_arrival_changes_its_series() -> None:
    """A point release brings a value of the rule that its series did not have before."""
    for each in DIFFERENCES:
        assert list(each.stable) == sorted(each.stable, key=lambda one: (one.series, one.point))
        for one in each.stable:
            assert one.value in rule_values(each.rule)
            assert each.at(one.series, one.point - 1) != one.value, one
            assert each.at(one.series, one.point) == one.value, one
            assert one.series < each.release[:2], one


def test_what_a_text_says_of_a_release_is_true_of_it() -> None:
    """A kernel that has today's form has it since the release that is named, or since a point
    release that is named.
    """
    for name, known in KERNELS.items():
        for each in DIFFERENCES if name != "rfc-v2" else ():
            said = each.since_on([(known.version, known.point)])
            if known.rules[each.rule] == each.forms[-1][1] != each.at(known.version):
                assert f"{known.version[0]}.{known.version[1]}." in said, (name, each.rule)
            else:
                assert said == each.since, (name, each.rule)


# What a kernel has that neither its release had nor what is known to have reached its series.
CHANGED = {"rfc-v2": {"swap_entries", "migration_entries", "hwpoison_entries"}}


def test_a_kernel_has_the_rules_of_its_point_release() -> None:
    """But for the one that was never released."""
    for name, known in KERNELS.items():
        own = {
            each.rule
            for each in DIFFERENCES
            if known.rules[each.rule] != each.at(known.version, known.point)
        }
        assert own == CHANGED.get(name, set()), name


def test_the_newest_kernel_is_what_a_kernel_is_by_default() -> None:
    """Every field of a rule has today's form as its default."""
    newest = list(KERNELS.values())[-1]
    assert Kernel("", (0, 0), "").rules == newest.rules
    assert {each.rule: each.forms[-1][1] for each in DIFFERENCES} == newest.rules


class TestReleased:
    """The kernel of a release that the model does not name."""

    @pytest.mark.parametrize(
        ("version", "rules"),
        [
            ((5, 13), {"device_exclusive": False, "cached_fault_lock": True, "exit_lock": "no"}),
            ((5, 16), {"device_exclusive": True, "cached_fault_lock": False, "exit_lock": "no"}),
            ((5, 19), {"exit_lock": "write", "device_zap_warns": True}),
            ((6, 0), {"exit_lock": "write", "fault_vma_lock": False}),
            ((6, 1), {"exit_lock": "read", "migrates_inaccessible": False}),
            ((6, 6), {"fault_vma_lock": False, "tmpfs_direct_io": True, "uffd_wp_async": False}),
            ((6, 6), {"remove_maywrite": True, "device_zap_warns": False}),
            ((6, 7), {"fault_vma_lock": True, "uffd_wp_async": True}),
            ((6, 14), {"dontneed_frees_tables": True, "guard_regions": "anon"}),
            ((6, 17), {"madvise_vma_lock": "zaps", "guard_regions": "all"}),
            ((6, 19), {"madvise_vma_lock": "all", "device_zap_warns": True}),
            ((7, 1), {"device_zap_warns": False, "swap_in_dirties": True}),
        ],
    )
    def test_it_has_what_had_changed_by_then(
        self, version: tuple[int, int], rules: dict[str, str | bool]
    ) -> None:
        """Rules about locks among them."""
        found = released(version)
        assert {rule: found.rules[rule] for rule in rules} == rules
        assert found.version == version

    def test_without_its_point_release_it_has_all_that_reached_its_series(self) -> None:
        """5.15.y has the fix of 5.10.y, too; 5.14.y had ended before it."""
        assert released((5, 15)).swap_entries == "even_cows"
        assert released((5, 14)).swap_entries == "skip"

    def test_a_point_release_has_what_had_reached_it(self) -> None:
        """And no more."""
        assert released((5, 15), 33).swap_entries == "skip"
        assert released((5, 15), 34).swap_entries == "even_cows"
        assert not released((6, 4), 12).migrates_inaccessible
        assert released((6, 4), 13).migrates_inaccessible
        assert released((6, 12), 117) is KERNELS["v6.12"]
        assert released((5, 17), 0) is KERNELS["v5.17"]

    def test_beyond_the_known_is_the_nearest(self) -> None:
        """Older than the oldest, newer than the newest; and a known one is itself."""
        assert released((4, 19)) is KERNELS["v5.10.y"]
        assert released((9, 0)) is list(KERNELS.values())[-1]
        assert released((6, 12)) is KERNELS["v6.12"]


def test_rules_about_locks_are_listed_with_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    """``zapviz kernels`` has every sentence, and every commit that is known."""
    assert main(["kernels"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert {each.rule for each in LOCKING} < {each.rule for each in DIFFERENCES}
    for each in DIFFERENCES:
        assert each.sentence in out
        assert each.commit in out
        assert each.stable_text in out
    assert "stable 5.10.241, 5.15.190, 6.1.149, 6.6.103)" in out
    assert "stable 5.10.111 (zap), 5.15.34 (zap), 5.16.19, 5.17.2)" in out
    for known in KERNELS.values():
        assert known.title in out and (not known.point or known.release in known.title)


def test_a_rule_about_a_lock_is_patched_as_every_other() -> None:
    """In a name, in a permalink, and in what a trace tells."""
    text = "N = anon(1)\nN[0] = 1\nexit()"
    patched = zapviz.run(text, "v5.17 + exit_lock=read")
    (zap,) = (step for step in patched.as_json()["steps"] if step["kind"] == "zap")
    assert zap["locks"] == ["mmap_lock (read)", "page table lock"]
    again = zapviz.run(patched.permalink())
    assert again.kernel == patched.kernel == kernel("v5.17").with_rule(exit_lock="read")


def test_a_race_takes_a_patch_of_a_lock() -> None:
    """Held for writing, i_mmap_rwsem keeps a pass apart from migration's walks: fewer orders."""
    shared = zapviz.race("race-truncate", "v6.18")
    alone = zapviz.race("race-truncate", "v6.18 + i_mmap_shared=False")
    assert alone.interleavings < shared.interleavings
