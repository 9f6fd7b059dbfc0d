"""The teacher's notes: each answer holds, and each step to stop at is where they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import zapviz
from zapviz.scenario.text import parse_scenario

NOTES = (Path(__file__).parents[1] / "docs" / "teaching.md").read_text(encoding="utf-8")
ANSWERS = re.findall(r"^```zap (.+?)\n(.*?)^```", NOTES, re.M | re.S)


def stops():
    """Scenario, kernel, step and title of each row of the plans that names a step."""
    for row in NOTES.splitlines():
        if step := re.search(r"\| step (\d+), `(.+?)`", row):
            scenario, kernel = re.findall(r"`([\w-]+)` on (v\d+\.\d+(?:\.y)?|rfc-v2)", row)[-1]
            yield scenario, kernel, int(step[1]), step[2]


@pytest.mark.parametrize(("kernel", "text"), ANSWERS)
def test_answers_hold(kernel: str, text: str) -> None:
    """Every assertion below an answer holds on the kernel that it names."""
    program = parse_scenario(text)
    if program.concurrent:
        assert zapviz.race(program, kernel).ok
    else:
        assert zapviz.run(program, kernel).ok


def test_every_question_but_one_has_an_answer_that_runs() -> None:
    """Question 8 is answered by the ladder of question 7."""
    questions = re.split(r"^### (\d+)\. ", NOTES, flags=re.M)[1:]
    without = [n for n, text in zip(questions[::2], questions[1::2], strict=True)
               if "```zap" not in text]  # fmt: skip
    assert without == ["8"]


@pytest.mark.parametrize(("scenario", "kernel", "step", "title"), list(stops()))
def test_steps_to_stop_at(scenario: str, kernel: str, step: int, title: str) -> None:
    """At each step that the plans name stands what they say."""
    steps = zapviz.run(scenario, kernel).as_json()["steps"]
    assert steps[step - 1]["title"] == title


def test_the_plans_have_stops() -> None:
    """All three plans are read by the test above, row by row."""
    assert len(list(stops())) == NOTES.count("| step ")


def test_links_lead_somewhere() -> None:
    """Every file that the notes point to is there."""
    for target in re.findall(r"\]\(([^)#:]+)", NOTES):
        assert (Path(__file__).parents[1] / "docs" / target).exists(), target
