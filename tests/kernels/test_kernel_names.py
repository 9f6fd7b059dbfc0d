"""Kernels by name, and patches of one's own: what is taken, and what is said of the rest."""

from __future__ import annotations

import pytest

import zapviz
from zapviz import KERNELS, ZapvizError, kernel
from zapviz.kernels.known import RULES, full_name, own_rules, rule_values


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


class TestPointRelease:
    """A stable kernel by its number."""

    @pytest.mark.parametrize(
        ("before", "after", "rule", "value"),
        [
            ("5.10.110", "5.10.111", "swap_entries", "even_cows"),
            ("5.10.110", "5.10.111", "hwpoison_entries", "zap"),
            ("5.10.240", "5.10.262", "remove_maywrite", True),
            ("6.1.148", "6.1.149", "remove_maywrite", True),
            ("6.1.175", "6.1.176", "device_zap_warns", False),
            ("6.12.58", "6.12.59", "around_wants_table", True),
            ("6.12.92", "6.12.93", "device_zap_warns", False),
            ("6.18.15", "6.18.34", "device_zap_warns", False),
        ],
    )
    def test_has_what_had_reached_its_series(self, before, after, rule, value):
        """The rule changes in that release, and was another one before."""
        assert kernel(before).rules[rule] != value
        assert kernel(after).rules[rule] == value
        assert kernel(f"v{after}") == kernel(after) == kernel(f"V{after}")

    def test_of_a_kernel_of_the_model_is_that_kernel(self):
        """It stands for that release, and says so."""
        for known in KERNELS.values():
            if known.point:
                assert kernel(known.release) is known
                assert known.release in known.title

    @pytest.mark.parametrize(
        ("name", "title"),
        [
            ("6.1.0", "as v6.1 was released"),
            ("6.1.140", "of the stable series 6.1.y, before 6.1.176"),
            ("6.1.200", "as 6.1.176; what reached 6.1.200 since is not known"),
            ("6.6.30", "as v6.6 was released; what reached 6.6.30 since is not known"),
            (
                "6.6.120",
                "as v6.6 was released, and what is known to have reached it since: "
                "remove_maywrite, around_wants_table",
            ),
        ],
    )
    def test_says_what_is_known_of_its_series(self, name, title):
        """In one line, where the kernel is described."""
        assert kernel(name).title == title
        assert title in zapviz.run("hole-punch", name).text().replace("\n    ", " ")

    def test_can_be_patched_compared_and_linked(self):
        """Its name finds it anywhere."""
        patched = kernel("6.1.148").with_rule("mine", remove_maywrite=True)
        assert full_name(patched) == "v6.1.148 + remove_maywrite=True"
        assert own_rules(patched) == {"remove_maywrite": True}
        assert own_rules(kernel("6.1.148")) == own_rules(kernel("6.6.30")) == {}
        link = zapviz.run("madv-remove", "6.1.148").permalink()
        assert zapviz.run(link).kernel == kernel("6.1.148")

    def test_is_named_in_a_comparison_with_the_release_that_brought_the_rule(self):
        """The one of mainline, and that of the series, if the kernel has the rule from there."""
        text = "F = shmem(1)\nB = mmap(F, MAP_SHARED)\nmprotect(B, PROT_READ)\n"
        text += "madvise(B, MADV_REMOVE)\n"
        both = zapviz.compare(text, ["6.1.148", "6.1.149"])
        assert "e8e17ee90eaf (v6.7, and 6.1.149 of the stable series)" in _line(both.text())
        assert "e8e17ee90eaf (v6.7):" in _line(zapviz.compare(text, ["6.1.148", "6.7.1"]).text())

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("6.1.99999", "no stable series has come to 400 point releases; "),
            ("6.1.99999999999999999999", "no stable series has come to 400 point releases; "),
            ("4.19.1", "v4.19 is older than the oldest, v5.10.y; "),
            ("7.4.1", "v7.4 is newer than the newest, v7.3; "),
            ("6.20.1", "v6.19 was followed by v7.0; "),
        ],
    )
    def test_that_cannot_be_is_refused(self, name, said):
        """With the reason."""
        with pytest.raises(ZapvizError) as caught:
            kernel(name)
        assert str(caught.value).startswith(f"there is no kernel '{name}'; {said}the kernels are: ")


def _line(text):
    return " ".join(text.split())


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
