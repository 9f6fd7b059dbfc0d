"""Comparing kernels: steps side by side, what differs, where they part and why."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zapviz
from layout import check_layout, texts_of
from strategies import programs
from zapviz import compare
from zapviz.errors import ZapvizError
from zapviz.kernels.known import KERNELS, own_rules
from zapviz.model.looks import looks
from zapviz.render.figure.comparison import comparison_html, comparison_words
from zapviz.render.text.sentences import sentence_of_comparison, sentence_of_parting

ALL = list(KERNELS)
kernels = st.lists(
    st.sampled_from([*ALL, "v5.17 + swap_entries=even_cows"]), min_size=2, max_size=4
)


def check_frames(found):
    """Fail unless the frames go through every state of every trace, in step."""
    assert found.frames[0] == (0,) * len(found.traces)
    assert found.frames[-1] == tuple(trace.last for trace in found.traces)
    for before, after in zip(found.frames, found.frames[1:], strict=False):
        moves = [new - old for old, new in zip(before, after, strict=True)]
        assert set(moves) <= {0, 1}
        assert any(moves)
    numbers = list(zip(*found.frames, strict=True))
    for frame, statement in enumerate(found.statements):
        for trace, states in zip(found.traces, numbers, strict=True):
            if states[frame]:
                assert trace.statement_of(states[frame]) <= statement
            if frame == found.last or found.statements[frame + 1] != statement:
                done = statement is None or statement >= len(trace.outcomes)
                assert done or states[frame] == trace.last_state_of(statement)


def plainly_differ(found, frame):
    """Whether a frame's states look different, compared as a whole, without their locks."""
    seen = [
        looks(trace.world(number))[:3]
        for trace, number in zip(found.traces, found.frames[frame], strict=True)
    ]
    return any(each != seen[0] for each in seen)


class TestFrames:
    """The steps of all kernels, side by side."""

    @pytest.mark.parametrize("name", list(zapviz.SCENARIOS))
    def test_every_state_is_gone_through(self, name):
        """From all zeros to the last states, each by one step at most, statement by statement."""
        found = compare(name, ["v5.17", "rfc-v2", "v6.18", "v5.10.y"])
        check_frames(found)

    @given(program=programs(), names=kernels)
    @settings(max_examples=40)
    def test_any_scenario_can_be_compared(self, program, names):
        """Frames are in step for random programs, and differences are those of whole worlds."""
        found = compare(program, names)
        check_frames(found)
        for frame in range(len(found.frames)):
            told = found.differences(frame)
            assert bool(told.entries or told.counters or told.sizes) == plainly_differ(found, frame)
        assert found.same == (not found.partings)
        json.dumps(found.as_json())

    def test_the_same_steps_stand_beside_each_other(self):
        """Where kernels do the same, every frame is one step of each."""
        found = compare("hole-punch", ["v5.17", "v5.18", "v6.1", "v6.12"])
        assert all(len(set(frame)) == 1 for frame in found.frames)

    def test_a_kernel_without_a_step_stays_where_it_is(self):
        """Without the second pass, the others take it alone; then they go on in step."""
        text = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 1\nftruncate(F, 0)\nread(A[0])\n"
        found = compare(text, ["v6.12", "v6.12 + second_pass=False"])
        passes = sum(step.kind == "pass" for step in found.traces[0].steps)
        assert sum(step.kind == "pass" for step in found.traces[1].steps) == passes - 1
        ahead = [one - other for one, other in found.frames]
        assert max(ahead) == ahead[-1] == 1
        assert found.same

    def test_where_one_blocks_the_others_go_on(self):
        """A statement that waits for ever ends its trace; the frames go on with the rest."""
        text = "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nread(A)\nmadvise(A, MADV_GUARD_INSTALL)\n"
        text += "migrate_begin(A)\nftruncate(F, 0)\nftruncate(F, 1)\n"
        found = compare(text, ["v5.17", "v7.3"])
        check_frames(found)
        assert found.results(found.statement_end(5)) == ("BLOCKED", "0")
        assert found.results(found.last) == ("not run", "0")
        assert "waits for ever" not in sentence_of_comparison(found)  # it parts before
        assert "BLOCKED on v5.17; 0 on v7.3" in found.text()

    def test_steps_that_are_all_alike_are_aligned_too(self):
        """Hundreds of steps with the same key: another way of aligning, and still in step."""
        body = "    N[0] = 1\n    madvise(N, MADV_DONTNEED_LOCKED)\n    read(N[0])\n" * 120
        found = compare(f"N = anon(1)\ndef CPU0():\n{body}", ["v5.17", "v6.12", "v7.3"])
        assert len({trace.last for trace in found.traces}) == 2
        check_frames(found)

    def test_each_statement_of_a_cpu_is_compared(self):
        """What differs after a statement of a CPU's body is found, though the next undoes it."""
        text = "N = anon(1)\ndef CPU0():\n    N[0] = 1\n    madvise(N, MADV_DONTNEED_LOCKED)\n"
        found = compare(text + "    N[0] = 1\n", ["v5.17", "v6.12"])
        assert sentence_of_comparison(found) == (
            "On v5.17 CPU0's madvise(N, MADV_DONTNEED_LOCKED) fails with EINVAL; "
            "on v6.12 it zaps N[0], a private page."
        )
        assert found.line(found.first_parting.frame) == 4
        assert not found.differences(-1)

    def test_cpus_run_in_turn(self):
        """A scenario with CPUs is compared in the order in which run() takes them."""
        found = compare("race-swap-out", ["v5.17", "v6.12"])
        assert [trace.last for trace in found.traces] == [
            zapviz.run("race-swap-out", name).last for name in ("v5.17", "v6.12")
        ]


class TestParting:
    """Where kernels part, and why."""

    def test_the_reproducer_parts_at_the_truncation(self):
        """The fix of the thread is found as the reason, with its commit."""
        found = compare("reproducer", ["v5.17", "v6.12"])
        parts = found.first_parting
        assert found.traces[0].texts[parts.statement] == "ftruncate(F, 1)"
        assert parts.entries == (("A", 1, (("swap", 7), ("none", None))),)
        assert parts.counters == (("swapents", (1, 0)),)
        assert [side.rule.id for side in parts.sides] == ["swap-skipped", "swap-zapped"]
        assert [(each.rule, each.commit) for each in parts.causes] == [
            ("swap_entries", "5abfd71d936a (v5.18)")
        ]

    def test_folio_and_slot_numbers_are_no_difference(self):
        """Only what can be told from outside counts: not which folio or slot it is."""
        found = compare("hole-punch", ["v5.17", "v6.12"])
        assert found.same
        assert found.first_parting is None
        assert not any(found.differences(frame) for frame in range(len(found.frames)))

    def test_a_result_is_a_difference(self):
        """An errno alone makes kernels part, though no entry differs."""
        text = "N = anon(1)\nmadvise(N, MADV_DONTNEED_LOCKED)\n"
        parts = compare(text, ["v5.17", "v7.3"]).first_parting
        assert parts.differences == ((), (), (), ("EINVAL", "0"))
        assert [each.rule for each in parts.causes] == ["dontneed_locked"]
        assert parts.sides[0].rule.id == "refused"

    def test_data_is_a_difference(self):
        """Entries of one class that hold different bytes are told apart."""
        found = compare("reproducer", ["v5.17", "rfc-v2"])
        entry = next(e for e in found.differences(-1).entries if e.row == "A")
        assert entry.seen == (("anon", 7), ("file", 0))

    def test_each_kernel_that_parts_is_told(self):
        """v5.17 parts from the others at the truncation, rfc-v2 from v5.18 at the hole."""
        text = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 7\nmadvise(A, MADV_PAGEOUT)\n"
        text += "ftruncate(F, 1)\nfallocate(F[0], FALLOC_FL_PUNCH_HOLE)\n"
        found = compare(text, ["v5.17", "rfc-v2", "v5.18"])
        assert [parting.groups for parting in found.partings] == [
            ((0,), (1, 2)),
            ((0,), (1,), (2,)),
        ]

    def test_what_parts_them_later_is_found_too(self):
        """A signal parts them first; what else differs is found as if that were the same."""
        found = compare("four-paths-truncate", ["v5.17", "v6.18"])
        assert [[each.rule for each in parting.causes] for parting in found.partings] == [
            ["hwpoison_signals"],
            ["swap_entries"],
            ["hwpoison_entries"],
            ["migration_entries"],
        ]
        assert found.partings[2].beside == ("hwpoison_signals", "swap_entries")

    def test_a_patch_is_named_as_such(self):
        """The kernel whose own patch makes the difference is named."""
        patched = zapviz.kernel("v5.17").with_rule(swap_entries="even_cows")
        parts = compare("reproducer", ["v5.17", patched]).first_parting
        (cause,) = parts.causes
        assert cause.patches == (patched.name,)
        assert cause.values == ("skip", "even_cows")
        assert own_rules(patched) == {"swap_entries": "even_cows"}
        assert own_rules(zapviz.kernel("v5.17").with_rule("mine", second_pass=False)) == {
            "second_pass": False
        }

    def test_a_patch_that_undoes_itself_makes_no_difference(self):
        """v5.17 with the fix does on the reproducer what v5.18 does."""
        assert compare("reproducer", ["v5.17 + swap_entries=even_cows", "v5.18"]).same

    def test_a_call_that_came_with_a_release_is_a_rule(self):
        """It is named as every other, by the release alone where no commit is known."""
        parts = compare("device-entries", ["v5.10.y", "v5.17"]).first_parting
        (cause,) = parts.causes
        assert (cause.rule, cause.values) == ("device_exclusive", (False, True))
        assert cause.commit == "b756a3b5e7ea (v5.14)"
        unknown = replace(cause.difference, commit="")
        assert cause._replace(difference=unknown).commit == "v5.14"
        (entry,) = parts.differences.entries
        assert (entry.row, entry.page) == ("A", 1)

    @pytest.mark.parametrize("name", list(zapviz.SCENARIOS))
    @pytest.mark.parametrize("pair", [("v5.17", "v5.18"), ("v5.10.y", "v7.3"), ("rfc-v2", "v6.1")])
    def test_a_cause_takes_the_parting_away(self, name, pair):
        """With the causes' rules the same, and no others, they part later or not at all."""
        found = compare(name, pair)
        if found.first_parting is None:
            return
        assert found.first_parting.causes
        one, other = map(zapviz.kernel, pair)
        rules = {cause.rule: getattr(other, cause.rule) for cause in found.first_parting.causes}
        mended = compare(name, [one.with_rule(**rules), other])
        if mended.first_parting is not None:
            assert (
                mended.frames[mended.first_parting.frame][1]
                > found.frames[found.first_parting.frame][1]
            )


class TestSentences:
    """What is said in one sentence is computed from the steps."""

    def test_what_each_does_where_they_part(self):
        """The first names the entries, the others refer to them."""
        text = "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nA[0:4] = 1\nmadvise(A, MADV_PAGEOUT)\n"
        found = compare(text + "ftruncate(F, 1)\n", ["v5.17", "v6.12"])
        assert sentence_of_comparison(found) == (
            "On v5.17 ftruncate(F, 1) keeps A[1:4], swap entries beyond the end of the file; "
            "on v6.12 it zaps them."
        )

    def test_kernels_that_do_the_same_are_named_together(self):
        """Four kernels, two ways."""
        found = compare("reproducer", ["v5.17", "rfc-v2", "v5.18", "v6.1"])
        assert sentence_of_comparison(found).endswith("; on rfc-v2, v5.18 and v6.1 it zaps it.")

    @pytest.mark.parametrize("name", list(zapviz.SCENARIOS))
    def test_every_parting_has_a_sentence(self, name):
        """Each kernel that parts is named in it, and it ends as a sentence does."""
        found = compare(name, ["v5.10.y", "v5.17", "v7.3"])
        for parting in found.partings:
            said = sentence_of_parting(found, parting)
            assert said.startswith("On ") and said.endswith(".")
            for group in parting.groups:
                for index in group:
                    assert found.kernels[index].name in said


class TestJson:
    """The form that the page reads."""

    def test_a_frame_has_its_states_statement_and_differences(self):
        """Lists of one length; where they part, line, entries and reasons."""
        found = compare("reproducer", ["v5.17", "v6.12"])
        record = json.loads(json.dumps(found.as_json()))
        assert (record["format"], record["version"]) == ("zapviz-comparison", 1)
        count = len(record["frames"])
        assert len(record["statements"]) == len(record["differences"]) == count
        parts = record["parts"]
        assert record["differences"][parts["frame"]] == [["A", 1, ["swap", "none"]]]
        assert record["differences"][parts["frame"] - 1] == []
        assert (parts["line"], parts["text"]) == (13, "ftruncate(F, 1)")
        assert parts["causes"][0]["commit"] == "5abfd71d936a"
        rows = {row["id"] for row in found.traces[0].as_json()["rows"]}
        assert {row for frame in record["differences"] for row, _, _ in frame} <= rows

    def test_without_a_difference_there_is_no_parting(self):
        """``parts`` is null, ``same`` is true."""
        record = compare("hole-punch", ["v5.17", "v6.12"]).as_json()
        assert record["parts"] is None
        assert record["same"] is True
        assert record["partings"] == []


class TestErrors:
    """What is wrong is said, with what would be accepted."""

    @pytest.mark.parametrize("names", [[], ["v5.17"], "v5.17", ALL[:5]])
    def test_two_to_four_kernels(self, names):
        """One kernel is no comparison, five do not fit."""
        with pytest.raises(ZapvizError, match="2 to 4 kernels"):
            compare("reproducer", names)

    def test_an_unknown_kernel(self):
        """The nearest one is suggested."""
        with pytest.raises(ZapvizError, match=r"lies between v6\.12 and v6\.18"):
            compare("reproducer", ["v5.17", "v6.13"])

    def test_a_wrong_scenario(self):
        """As everywhere: the place in the text."""
        with pytest.raises(zapviz.ScenarioError, match="there is no statement"):
            compare("falocate(F)", ["v5.17", "v6.12"])

    def test_a_frame_that_there_is_not(self):
        """The message says which there are."""
        with pytest.raises(IndexError, match="0 to 24"):
            compare("reproducer", ["v5.17", "v6.12"]).differences(99)


class TestFigure:
    """Kernels side by side."""

    @pytest.mark.parametrize(("count", "theme"), [(2, "light"), (3, "dark"), (4, "print")])
    @pytest.mark.parametrize("name", ["four-paths-punch", "hwpoison-hole", "markers"])
    def test_labels_are_whole_and_apart(self, name, count, theme):
        """Two, three or four kernels: every label is inside and clear of others."""
        names = ["v5.10.y", "v5.17", "rfc-v2", "v5.17 + swap_entries=even_cows"]
        found = compare(name, names[4 - count :])
        for frame in {0, found.last, *(parting.frame for parting in found.partings[:1])}:
            check_layout(found.figure(frame, theme=theme))

    @pytest.mark.parametrize("pages", [1, 16, 40, 64])
    def test_rows_of_any_length(self, pages):
        """Where panes do not fit beside each other they stand below each other."""
        text = f"F = shmem({pages})\nA = mmap(F, MAP_PRIVATE)\nA[0:{pages}] = 1\n"
        text += "madvise(A, MADV_PAGEOUT)\n"
        for width in (5.0, 10.0):
            found = compare(text + "ftruncate(F, 0)\n", ["v5.17", "v6.12"])
            check_layout(found.figure(width=width))

    def test_the_rule_is_named_with_its_commit(self):
        """A reader of the slide can look it up."""
        found = compare("reproducer", ["v5.17", "v6.12"])
        said = " ".join(words for words, _box in texts_of(found.figure(found.first_parting.frame)))
        assert "swap_entries: skip on v5.17; even_cows on v6.12" in said
        assert "5abfd71d936a (v5.18)" in said
        assert "kept: A[1]: swap stays" in said

    def test_what_differs_is_marked_and_nothing_else(self):
        """The one entry that differs is hatched in each pane; without differences none is."""

        def hatched(found, frame):
            figure = found.figure(frame)
            (axes,) = figure.axes
            cells = [one for one in axes.collections if one.get_hatch()]
            in_legend = any(words == "not the same on all" for words, _box in texts_of(figure))
            return sum(len(one.get_paths()) for one in cells) - in_legend

        found = compare("reproducer", ["v5.17", "v6.12"])
        assert hatched(found, found.first_parting.frame - 1) == 0
        assert (
            hatched(found, found.first_parting.frame) == 4
        )  # the entry, and the slot that it holds

    def test_swap_slots_are_shown_where_they_fit(self):
        """Beside or below the rows; never where they would push panes or shrink cells."""

        def said(text):
            found = compare(text, ["v5.17", "v6.12"])
            return {words for words, _box in texts_of(found.figure(found.first_parting.frame))}

        assert {"swap", "swap slot in use", "free swap slot"} <= said("reproducer")
        text = "F = shmem({0})\nA = mmap(F, MAP_PRIVATE)\nA[0:{0}] = 1\nmadvise(A, MADV_PAGEOUT)\n"
        wide = said(text.format(2) + "N = anon(40)\nN[0:40] = 1\nmadvise(N, MADV_PAGEOUT)\n"
                    "munmap(N)\nftruncate(F, 1)\n")  # fmt: skip
        assert "swap entry" in wide

    def test_cpus_in_turn_are_said_to_be_so(self):
        """On the picture and in its alternative text, as in every other form."""
        found = compare("race-cow", ["v6.18", "v6.18 + second_pass=False"])
        figure = found.figure()
        said = " ".join(words for words, _box in texts_of(figure))
        assert "The CPUs were run in turn, CPU0, then CPU1: one interleaving of many." in said
        assert "one interleaving of many" in " ".join(comparison_words(found).split())
        check_layout(figure)
        said = " ".join(
            words for words, _box in texts_of(compare("reproducer", ["v5.17", "v6.1"]).figure())
        )
        assert "in turn" not in said

    def test_the_legend_explains_what_is_there_and_nothing_else(self):
        """Before they part nothing has the sign of inequality, nor is it explained."""
        found = compare("reproducer", ["v5.17", "v6.12"])
        before = {words for words, _box in texts_of(found.figure(found.first_parting.frame - 1))}
        after = {words for words, _box in texts_of(found.figure(found.first_parting.frame))}
        assert "not the same on all" in after - before
        assert "no mapping" not in before | after
        assert "no mapping" in {words for words, _box in texts_of(found.figure(1))}

    def test_it_has_an_alternative_text(self):
        """The picture in a notebook says in words what it shows."""
        found = compare("reproducer", ["v5.17", "v6.12"])
        frame = found.first_parting.frame
        words = comparison_words(found, frame)
        assert "on v6.12 it zaps it" in words
        assert "A     v5.17  .S" in words
        html = comparison_html(found, frame)
        assert html.startswith('<img src="data:image/png;base64,')
        assert "on v6.12 it zaps it" in html
        assert found._repr_mimebundle_()["text/plain"] == found.text()


class TestOpens:
    """Pages and pictures open where the kernels part, unless another frame is asked for."""

    def test_at_the_first_parting(self) -> None:
        """As the explorer does."""
        found = compare("reproducer", ["v5.17", "v6.12"])
        assert found.opens == found.forks[0].frame < found.last
        assert found.export("svg") == found.export("svg", found.opens)
        assert found.export("html") == found.export("html", found.opens)

    def test_where_the_first_one_opens_if_they_agree(self) -> None:
        """At the step that decides, not at the emptied end."""
        found = compare("hole-punch", ["v6.12", "v6.18"])
        opens = zapviz.run("hole-punch", "v6.12").as_json()["opens"]
        assert found.frames[found.opens][0] >= opens > found.frames[found.opens - 1][0]
