"""How wide texts are, whatever the names in them: 72 columns, and C 80 with tabs of eight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import zapviz
from zapviz.commands.cli import parsers
from zapviz.exercises.exercise import exercise_of
from zapviz.kernels.known import KERNELS, RULES, Kernel, rule_values
from zapviz.lab.pairs import RacesReport
from zapviz.lab.stress import RaceReport
from zapviz.model.program import Program
from zapviz.render.text.exercise import format_answers, format_exercise
from zapviz.render.text.lines import WIDTH, fitted
from zapviz.render.text.race import format_exploration
from zapviz.render.text.trace import format_trace
from zapviz.scenario.generate import random_pair, random_program
from zapviz.scenario.text import format_scenario

LONG = "a-name-that-somebody-has-chosen-because-a-tool-makes-such-names-0123456789"
NAMES = st.sampled_from(["x", LONG, LONG * 3, "n\u00e4me " * 20, "\u4f60" * 90, "a b" * 40, "{}"])
TITLES = st.sampled_from(["", "short", LONG * 2, f"{LONG} {LONG}", "\u4f60\u597d" * 60, "# " * 70])
SHORT_NAMES = {"F": "filefile", "G": "G1234567", "A": "mapping_", "B": "B_______", "N": "anonymou"}


@st.composite
def kernels(draw: st.DrawFn) -> Kernel:
    """A kernel with up to three rules changed, by its own name or another."""
    kernel = KERNELS[draw(st.sampled_from(list(KERNELS)))]
    rules = draw(st.lists(st.sampled_from(list(RULES)), max_size=3, unique=True))
    changed = {rule: draw(st.sampled_from(rule_values(rule))) for rule in rules}
    if not changed:
        return kernel
    return kernel.with_rule(draw(st.none() | NAMES), **changed)


def named(program: Program, title: str) -> str:
    """A program's text, with a title, a long remark and the longest names that there are."""
    text = format_scenario(program)
    for name, longer in SHORT_NAMES.items():
        text = re.sub(rf"\b{name}\b", longer, text)
    lines = text.split("\n")
    lines[-2] += f"  # {LONG}"
    head = f"# {title}\n#\n# {LONG} {LONG}\n\n" if title else ""
    return head + "\n".join(lines)


def too_wide(text: str, most: int = WIDTH) -> list[str]:
    """Its lines that are too long."""
    return [line for line in text.split("\n") if len(line.expandtabs(8)) > most]


def texts_of(text: str, kernel: Kernel, name: str) -> Iterator[tuple[str, str]]:
    """Every text that is made of a scenario without CPUs."""
    trace = zapviz.run(text, kernel)
    yield "trace", trace.text()
    yield "trace with chains", format_trace(trace, chain=True)
    yield "every step", format_trace(trace, every_step=True)
    yield "mail", trace.export("mail")
    yield "mail of a state", trace.export("mail", -1)
    yield "state", trace.export("text", -1)
    compared = zapviz.compare(text, [kernel, KERNELS["v5.17"].with_rule(second_pass=False)])
    yield "comparison", compared.text(name)
    yield "comparison's mail", compared.export("mail")


@given(st.integers(0, 10**6), TITLES, kernels(), NAMES)
@settings(max_examples=15)
@example(3, LONG * 2, KERNELS["v5.10.y"].with_rule(LONG * 3, second_pass=False), LONG)
def test_texts_of_a_scenario(seed: int, title: str, kernel: Kernel, name: str) -> None:
    """A trace, a mail, a comparison, and C."""
    program = random_program(
        Random(seed), pages=40 if seed % 5 == 0 else 4, statements=8, cpus=False
    )
    text = named(program, title)
    if kernel.name == "v5.17 + second_pass=False":
        return
    for what, written in texts_of(text, kernel, name):
        assert not too_wide(written), what
    try:
        written = zapviz.run(text, kernel).export("c")
    except zapviz.ZapvizError:
        return
    assert not too_wide(written, 80)


@given(st.integers(0, 10**6), TITLES, kernels(), NAMES)
@settings(max_examples=10)
def test_texts_of_a_race(seed: int, title: str, kernel: Kernel, name: str) -> None:
    """Its exploration, with ladders; an order; its mail; its C."""
    text = named(random_pair(Random(seed), above=2, body=1), title)
    found = zapviz.race(text, kernel)
    assert not too_wide(format_exploration(found, name, ladders=True))
    trace = zapviz.run(text, kernel)
    for form in ("text", "mail"):
        assert not too_wide(trace.export(form)), form
    try:
        written = trace.export("c")
    except zapviz.ZapvizError:
        return
    assert not too_wide(written, 80)


@given(TITLES, kernels())
@settings(max_examples=5)
def test_texts_of_an_exercise(title: str, kernel: Kernel) -> None:
    """The question and its answers."""
    text = f"# {title}\n\n{zapviz.SCENARIOS['hole-punch'].text}"
    exercise = exercise_of(text, kernel)
    assert not too_wide(format_exercise(exercise))
    assert not too_wide(format_answers(exercise))


@given(st.lists(kernels(), min_size=1, max_size=4, unique_by=lambda one: one.name))
@settings(max_examples=5)
def test_a_table(chosen: list[Kernel]) -> None:
    """Of a few kernels."""
    made = zapviz.table(chosen, entries=["swap", "anon"], paths=["truncate", "munmap"])
    assert not too_wide(made.text())


class TestLastLine:
    """The line that grep finds is one line."""

    @given(NAMES, kernels())
    @settings(max_examples=15)
    def test_of_a_trace(self, name: str, kernel: Kernel) -> None:
        """It begins with its word, and the kernel gives way."""
        text = "N = anon(1)\nassert N[0] == none\n"
        last = zapviz.run(text, kernel).text().splitlines()[-1]
        assert last.startswith("ok on ")
        assert last.endswith(": 1 assertion holds")

    @given(NAMES, kernels())
    @settings(max_examples=15)
    def test_of_a_race(self, name: str, kernel: Kernel) -> None:
        """With the counts whole."""
        found = zapviz.race("race-cow", kernel)
        last = format_exploration(found, name).splitlines()[-1]
        assert last.startswith("Observation ")
        assert " final states " in last

    @given(NAMES, NAMES)
    def test_of_the_lab(self, name: str, kernel: str) -> None:
        """Whatever a kernel of one's own is called."""
        report = RaceReport(Program(()), kernel, False, [])
        assert not too_wide(report.summary(name))
        assert report.summary(name).startswith("Race ")
        races = RacesReport(kernel, pairs=10**4, rounds=10**9, seen=10**4, states=10**5)
        assert not too_wide(str(races))
        assert " excluded=0 unrepeated=0" in str(races).splitlines()[-1]

    def test_rules_become_their_number_before_a_name_is_cut(self) -> None:
        """And a short line stays as it is."""
        assert fitted("Race {} {} n=1", "6.12", "it") == "Race 6.12 it n=1"
        two = "v6.18 + second_pass=False, swap_entries=even_cows"
        name = "a-name" * 5
        assert fitted("Race {} {} n=1", two, name) == f"Race v6.18 + 2 rules {name} n=1"
        assert len(fitted("Race {} {} n=1", LONG, LONG)) == WIDTH


@pytest.mark.parametrize("name", ["help", "manual"])
def test_what_describes_the_commands(name: str) -> None:
    """The help of every command, and the manual that is made of it."""
    if name == "help":
        texts = {command: parser.format_help() for command, parser in parsers().items()}
        wide = {command: too_wide(text) for command, text in texts.items()}
        assert {command: lines for command, lines in wide.items() if lines} == {}
        return
    manual = Path(__file__).parents[2] / "share" / "man" / "man1" / "zapviz.1"
    page = manual.read_text(encoding="utf-8").replace("\\-", "-").replace("\\e", "/")
    verbatim = page.split(".nf\n")[1:]  # what is filled has whatever width the reader's has
    assert len(verbatim) > 20
    assert not [line for block in verbatim for line in too_wide(block.partition("\n.fi")[0])]
