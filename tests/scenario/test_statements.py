"""The table of statements: each word is read as it is said to be written, and written as read."""

from __future__ import annotations

from typing import get_args

import pytest

from zapviz.model import program as p
from zapviz.scenario.language.statements import MAKERS, READERS, SPELLINGS
from zapviz.scenario.text import RESERVED, USAGE, format_scenario, parse_scenario

MADE = "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\n"
CALLED = [
    (kind, word, usage)
    for kind, spelling in SPELLINGS.items()
    for word, usages in spelling.usage.items()
    for usage in usages.split(" or ")
]


def test_every_statement_has_a_row() -> None:
    """Whatever is a call or makes something is in the table, and each of its words is read."""
    assert SPELLINGS.keys() == {*get_args(p.Maker), *get_args(p.Call)}
    assert {word for _, word, _ in CALLED} == READERS.keys() | MAKERS.keys()
    assert USAGE.keys() == READERS.keys() | MAKERS.keys() | {"assert", "def"}
    assert USAGE.keys() <= RESERVED


@pytest.mark.parametrize(("kind", "word", "usage"), CALLED)
def test_a_statement_is_read_as_it_is_said_to_be_written(kind: type, word: str, usage: str) -> None:
    """What a hint says to write is the statement that it stands beside."""
    made = MADE.replace("A =", "B =").replace("F =", "G =").replace("mmap(F", "mmap(G")
    text = (MADE if "=" not in usage.split("(")[0] else made + "F = shmem(4)\n") + usage
    if kind in (p.NewFile, p.NewAnon):
        text = usage
    program = parse_scenario(text)
    assert type(program.statements[-1]) is kind
    assert word in usage
    assert parse_scenario(format_scenario(program)) == program


@pytest.mark.parametrize("kind", [kind for kind, one in SPELLINGS.items() if one.reaches])
def test_all_of_an_object_is_what_was_made_of_it(kind: type) -> None:
    """What makes or extends an object says how far, so that its name alone means all of it."""
    texts = {
        p.NewFile: ("G = file(3)", "invalidate(G)", 3),
        p.NewAnon: ("N = anon(3)", "read(N)", 3),
        p.NewMapping: ("B = mmap(F[1:3], MAP_SHARED)", "read(B)", 2),
        p.Ftruncate: ("ftruncate(F, bytes=20481)", "invalidate(F)", 6),
        p.Pwrite: ("pwrite(F[3:7], 1)", "invalidate(F)", 7),
    }
    text, asked, pages = texts[kind]
    program = parse_scenario(f"{MADE}{text}\n{asked}\n")
    assert type(program.statements[2]) is kind
    last = program.statements[-1]
    assert isinstance(last, p.Read | p.Invalidate)
    assert last.pages.count == pages
    assert format_scenario(program).splitlines()[-1] == asked
