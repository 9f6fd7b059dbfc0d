"""The reference of the language: complete, and every way to write something is read."""

from __future__ import annotations

import re

import pytest

from zapviz.api.language import language
from zapviz.commands.cli import main
from zapviz.scenario.language.statements import USAGE
from zapviz.scenario.text import parse_scenario

PARTS = {part.title: part for part in language()}
# What stands before a statement, so that it can: a file, two mappings, memory.
BEFORE = "F = shmem(8)\nA = mmap(F, MAP_SHARED)\n"
MADE = {
    "D = fork(C)": "C = fork()\n",
    "exit(C)": "C = fork()\n",
    "process_madvise(C.A[0:2], MADV_PAGEOUT)": f"{BEFORE}C = fork()\n",
    "swap(disk)": "",
    "F = shmem(4)": "",
    "F = file(4)": "",
    "A = mmap(F, MAP_PRIVATE)": "F = shmem(4)\n",
}
WRITTEN = [way for row in PARTS["Statements"].rows for way in row.written]


def test_every_statement_is_in_it():
    """Each word of the parser's table, with what it does."""
    words = {re.split(r"[( ]", way.partition(" = ")[2] or way)[0] for way in WRITTEN}
    assert set(USAGE) - {"assert", "def"} <= words
    assert all(row.about for row in PARTS["Statements"].rows)


@pytest.mark.parametrize("way", WRITTEN)
def test_statements_are_read_as_they_are_written(way):
    """Each as a line of a scenario."""
    assert parse_scenario(MADE.get(way, BEFORE) + way + "\n").statements


@pytest.mark.parametrize("way", [way for row in PARTS["Conditions"].rows for way in row.written])
def test_conditions_are_read_as_they_are_written(way):
    """x and y are conditions of one's own."""
    condition = re.sub(r"\b[xy]\b", "A[1] == none", way)
    assert parse_scenario(f"{BEFORE}assert {condition}\n").statements


def test_the_command_prints_it(capsys):
    """All of it, or parts; no line is too wide for a mail."""
    assert main(["language"]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 72 and said.isascii()
    assert all(part.title.upper() in said for part in PARTS.values())
    assert main(["language", "conditions", "Results"]) == 0
    some = capsys.readouterr().out
    assert some.startswith("CONDITIONS\n") and "RESULTS" in some and "STATEMENTS" not in some
    assert main(["language", "statement"]) == 2
    assert "did you mean 'statements'" in capsys.readouterr().err
