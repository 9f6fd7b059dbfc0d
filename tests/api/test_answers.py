"""What a page can ask: every request answered in plain values, every mistake in words."""

from __future__ import annotations

import json

import pytest

import zapviz
from zapviz.api.answers import answer, answer_json, answer_whole, traced
from zapviz.api.comparisons import compare
from zapviz.api.traces import run
from zapviz.kernels.known import KERNELS, kernel
from zapviz.scenario.library import SCENARIOS
from zapviz.view import pack_trace

TEXT = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[1] = 7\nftruncate(F, 1)\n"


class TestTrace:
    """``{"ask": "trace"}``."""

    def test_gives_the_packed_trace(self):
        """The same as run() gives, on the kernel that is named."""
        said = answer_whole({"ask": "trace", "text": TEXT, "kernel": "v5.17"})
        assert said == {"payload": pack_trace(run(TEXT, "v5.17").as_json()), "schedule": []}

    def test_a_patched_kernel_goes_by_its_name(self):
        """By the name that says the patch, or by one that the user gave it."""
        named = kernel("v6.18").with_rule("mine", second_pass=False)
        text = SCENARIOS["race-cow"].text
        by_rule = answer_whole({"ask": "race", "text": text, "kernel": "v6.18 + second_pass=False"})
        by_name = answer_whole({"ask": "race", "text": text, "kernel": "mine"}, {"mine": named})
        assert by_rule["finals"] == by_name["finals"]
        assert len(by_rule["finals"]) == 3

    def test_a_race_follows_the_schedule(self):
        """As far as it goes; the answer tells the whole schedule."""
        text = SCENARIOS["race-punch"].text
        said = answer_whole({"ask": "trace", "text": text, "schedule": [1, 1, 1, 0]})
        assert said["schedule"][:4] == [1, 1, 1, 0]
        assert len(said["schedule"]) > 4


class TestRace:
    """``{"ask": "race"}``."""

    def test_gives_what_explore_finds(self):
        """Final states, verdicts and a schedule for each."""
        found = zapviz.race("race-swap-out", "v5.17")
        said = answer_whole(
            {"ask": "race", "text": SCENARIOS["race-swap-out"].text, "kernel": "v5.17"}
        )
        assert [tuple(one["schedule"]) for one in said["finals"]] == [
            final.schedule for final in found.finals
        ]
        assert said["complete"]
        assert str(found.states) in said["extent"]


class TestOpen:
    """``{"ask": "open"}``: a permalink, or what was pasted."""

    def test_a_link_is_opened_wherever_it_stands(self):
        """As a link, or pasted with the mail around it."""
        link = run(TEXT, "v5.17").permalink(3)
        said = answer({"ask": "open", "link": link})
        assert said == {
            "text": TEXT,
            "kernel": "v5.17",
            "step": 3,
            "schedule": [],
            "whole_table": False,
        }
        assert answer({"ask": "open", "pasted": f"X wrote:\n> {link}\n"}) == said
        assert "no permalink" in answer({"ask": "open", "link": TEXT})["error"]

    def test_a_mail_names_its_kernels(self):
        """One to show: that which is shown, if it is among them, else the first; and why."""
        mail = compare(TEXT, ["v5.17", "v6.12"]).export("mail")
        shown = {
            kernel: answer({"ask": "open", "pasted": mail, "kernel": kernel})
            for kernel in ("v6.12", "v7.3")
        }
        assert {kernel: said["kernel"] for kernel, said in shown.items()} == {
            "v6.12": "v6.12",
            "v7.3": "v5.17",
        }
        assert shown["v7.3"]["notice"].startswith(
            "The mail compares v5.17 and v6.12; this is v5.17"
        )
        assert shown["v7.3"]["kernels"] == ["v5.17", "v6.12"]
        said = answer({"ask": "open", "pasted": run(TEXT, "v5.18").export("mail")})
        assert (said["kernel"], said["notice"]) == ("v5.18", "")
        said = answer({"ask": "open", "pasted": TEXT})
        assert said == {"text": TEXT, "kernel": None, "kernels": [], "notice": ""}

    def test_an_unknown_kernel_of_a_mail_is_an_error(self):
        """With the nearest there is, and what to do."""
        mail = run(TEXT, "v5.18").export("mail").replace("v5.18", "v5.19")
        said = answer({"ask": "open", "pasted": mail})["error"]
        assert "there is no kernel 'v5.19'; v5.19 lies between v5.18 and v6.1" in said
        assert "leave out the mail's line" in said


class TestMistakes:
    """An answer, never an exception."""

    @pytest.mark.parametrize(
        ("request_", "said"),
        [
            ({}, "there is nothing to ask called None"),
            ({"ask": "trase"}, "did you mean 'trace'?"),
            ({"ask": ["trace"]}, "there is nothing to ask"),
            ({"ask": "trace"}, "has no scenario"),
            ({"ask": "trace", "text": 7}, "has no scenario"),
            ({"ask": "trace", "text": TEXT, "kernel": "v9"}, "there is no kernel 'v9'"),
            ({"ask": "trace", "text": TEXT, "kernel": []}, "a kernel is named by a string"),
            ({"ask": "trace", "text": TEXT, "schedule": ["x"]}, "a list of CPU numbers"),
            ({"ask": "trace", "text": TEXT, "schedule": 7}, "a list of CPU numbers"),
            ({"ask": "race", "text": TEXT}, "the scenario has no CPUs"),
        ],
    )
    def test_is_said_in_words(self, request_, said):
        """What was given, and what would be accepted."""
        answered = answer(request_)
        assert said in answered["error"]
        assert answered["line"] == 0

    def test_of_a_text_comes_with_its_line(self):
        """The page marks it."""
        assert answer({"ask": "trace", "text": "N = anon(2)\nM[0] = 1"})["line"] == 2

    def test_text_in_text_out(self):
        """A page that runs Python itself passes JSON."""
        said = json.loads(answer_json(json.dumps({"ask": "trace", "text": TEXT})))
        assert said["payload"].startswith('{"format":"zapviz-trace"')


def test_a_race_is_traced_step_by_step() -> None:
    """What the explorer shows of a race has its locks and choices, not only its statements."""
    trace = traced(SCENARIOS["race-punch"].text, KERNELS["v6.18"])
    assert {turn.cpu for turn in trace.turns} == {0, 1}
    assert all(turn.open for turn in trace.turns)
    assert traced(TEXT, KERNELS["v6.18"]).turns == ()
