"""Kernels by name, and patches of one's own: what is taken, and what is said of the rest."""

from __future__ import annotations

import pytest

from zapviz import KERNELS, ZapvizError, kernel
from zapviz.kernels.known import RULES, rule_values


class TestPatch:
    """``Kernel.with_rule``."""

    def test_a_patch_that_changes_nothing_is_refused(self):
        """A rule's name alone, or nothing at all, is no patch."""
        with pytest.raises(ZapvizError, match=r"write with_rule\(swap_entries='skip'\)"):
            kernel("v5.17").with_rule()
        with pytest.raises(ZapvizError, match=r"write with_rule\(second_pass=False\)"):
            kernel("v5.17").with_rule("second_pass")
        with pytest.raises(ZapvizError, match="called by a word or more, not 5"):
            kernel("v5.17").with_rule(5, second_pass=False)

    def test_a_number_is_no_truth_value(self):
        """As on the command line, which says what the rule takes."""
        for value in (0, 1, "False", None, [], 0.0):
            with pytest.raises(ZapvizError, match="'second_pass' takes False, True, not"):
                kernel("v5.17").with_rule(second_pass=value)

    @pytest.mark.parametrize("rule", RULES)
    def test_every_name_can_be_typed_back(self, rule):
        """Whatever with_rule makes, its name finds again."""
        for value in rule_values(rule):
            patched = kernel("v5.17").with_rule(**{rule: value})
            assert kernel(patched.name) == patched


class TestUnknown:
    """A kernel that there is not."""

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("v6.15", "v6.15 lies between v6.12 and v6.18"),
            ("6.9", "v6.9 lies between v6.1 and v6.12"),
            ("v7", "v7.0 lies between v6.18 and v7.3"),
            ("v8.1", "v8.1 is newer than the newest, v7.3"),
            ("v4.19.3", "v4.19 is older than the oldest, v5.10.y"),
            ("v6.12.3-rc1", "did you mean 'v6.12'?"),
            ("v6.12.03", "did you mean 'v6.12'?"),
            ("rfc-v3", "did you mean 'rfc-v2'?"),
        ],
    )
    def test_its_neighbours_are_named(self, name, said):
        """By version, not by spelling; and where all are listed."""
        with pytest.raises(ZapvizError) as caught:
            kernel(name)
        assert said in str(caught.value)
        assert "zapviz kernels" in str(caught.value)
        assert all(known in str(caught.value) for known in KERNELS)
