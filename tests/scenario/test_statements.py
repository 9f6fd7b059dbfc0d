"""The table of statements: each word is read as it is said to be written, and written as read."""

from __future__ import annotations

from typing import get_args

import pytest

from zapviz.errors import ScenarioError
from zapviz.model import program as p
from zapviz.scenario.language.statements import CHOOSERS, MAKERS, READERS, SPELLINGS
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
    assert SPELLINGS.keys() == {p.SwapDevice, p.Fork, *get_args(p.Maker), *get_args(p.Call)}
    words = READERS.keys() | MAKERS.keys() | CHOOSERS.keys()
    assert {word for _, word, _ in CALLED} == words
    assert USAGE.keys() == words | {"assert", "def"}
    assert USAGE.keys() <= RESERVED


@pytest.mark.parametrize(("kind", "word", "usage"), CALLED)
def test_a_statement_is_read_as_it_is_said_to_be_written(kind: type, word: str, usage: str) -> None:
    """What a hint says to write is the statement that it stands beside."""
    made = MADE.replace("A =", "B =").replace("F =", "G =").replace("mmap(F", "mmap(G")
    text = (MADE if "=" not in usage.split("(")[0] else made + "F = shmem(4)\n") + usage
    if kind in (p.NewFile, p.NewAnon, p.SwapDevice):
        text = usage
    if "(C)" in usage:
        text = f"C = fork()\n{usage}"
    if "C.A" in usage:
        text = f"{MADE}C = fork()\n{usage}"
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


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("F = shmem(1)\nswap(disk)", "before anything is made", "the first statement"),
        ("swap(disk)\nswap(ram)", "before anything is made", "the first statement"),
        ("N = anon(1)\ndef CPU0():\n    swap(disk)\ndef CPU1():\n    read(N)",
         "before anything is made", "the first statement"),
        ("N = anon(1)\nassert swap(disk) == 0", "'swap' stands alone, at the top",
         "write swap(disk) as the first statement"),
        ("swap(zram)", "there is no swap device 'zram'", "ram"),
        ("swap(2)", "'2' is not a swap device", "expected one of disk, ram"),
        ("swap()", "swap", "swap(disk)"),
        ("S = swap(disk)", "'swap' makes nothing that could be named", "write swap(disk) without"),
    ],
)  # fmt: skip
def test_the_swap_device_stands_at_the_top(text: str, message: str, hint: str) -> None:
    """Anywhere else the message says where, and of another device which there are."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text)
    assert message in str(caught.value)
    assert hint in str(caught.value)


def test_files_may_be_called_as_swap_devices_are() -> None:
    """``disk`` and ``ram`` mean something in ``swap(...)`` alone, so old scenarios stay valid."""
    text = "swap(disk)\ndisk = shmem(1)\nram = mmap(disk, MAP_SHARED)\nread(ram)\n"
    assert format_scenario(parse_scenario(text)) == text
