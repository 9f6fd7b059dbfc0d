"""Processes in the language: what is wrong with one is said at once, at its line."""

from __future__ import annotations

import pytest

from zapviz.errors import ScenarioError
from zapviz.scenario.text import format_scenario, parse_scenario

MADE = "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nC = fork()\n"


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("read(D.A)", "there is no process 'D'", "make it first, as in D = fork()"),
        ("read(C.B)", "process C has no mapping 'B'", "it has C.A"),
        ("read(C)", "C is a process", "name one of its mappings, as in C.A"),
        ("read(C.F)", "process C has no mapping 'F'", "it has C.A"),
        ("C = fork()", "'C' is there already, from line 3", "choose another name"),
        ("D = fork(E)", "there is no process 'E'", "expected C"),
        ("exit(D)", "there is no process 'D'", "expected C"),
        ("exit()", "the first process ends last", "end its children first: exit(C)"),
        ("exit(C)\nread(C.A)", "exit(C) on line 4 has ended that process", "its entries"),
        ("exit(C)\nD = fork(C)", "exit(C) on line 4 has ended it", "that goes on"),
        ("exit(C)\nC.B = anon(1)", "exit(C) on line 4 has ended that process", "its entries"),
        ("D.B = anon(1)", "there is no process 'D'", "make it first, as in D = fork()"),
        ("C.A = anon(1)", "'C.A' is there already", "choose another name"),
        ("C.G = shmem(1)", "a file is no part of another process", "write G = shmem(1)"),
        ("C.D = fork()", "a process is no part of another process", "write D = fork()"),
        ("G = shmem(1)\nC.B = mmap(G, MAP_SHARED)", "G was made after C was forked", "before"),
        ("G = file(1)\npread(G[0], C.A[0], O_DIRECT)", "G was made after C was forked", "before"),
        ("assert D.rss.anonpages == 0", "there is no process 'D'", "make it first"),
        ("assert C.rss.pages == 0", "there is no counter 'rss.pages'", "filepages"),
        ("assert mapcount(F[0]) == 1", "mapcount takes a mapping; F is a file", "map it first"),
        ("assert exclusive(A[9])", "A[9] goes past the end of A", "the last is A[3]"),
        ("fork()", "what 'fork' makes needs a name", "write C = fork()"),
        ("D = fork(C, C)", "fork takes 0 or 1 argument, not 2", "fork"),
    ],
)
def test_it_is_named_at_its_line(line: str, message: str, hint: str) -> None:
    """What was given, and what would be accepted."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(MADE + line + "\n")
    assert message in caught.value.message
    assert hint in str(caught.value)
    assert caught.value.line == 3 + len(line.splitlines())


def test_no_cpu_ends_what_another_one_runs() -> None:
    """The threads of a process end before its memory goes, whichever stands first; and of one that
    has ended a pidfd finds no memory."""
    ends = "    exit(C)\n"
    for needs in ("    C.A[0] = 2\n", "    process_madvise(C.A, MADV_PAGEOUT)\n"):
        with pytest.raises(ScenarioError, match="this ends C, which CPU0 needs") as caught:
            parse_scenario(f"{MADE}def CPU0():\n{needs}def CPU1():\n{ends}")
        assert caught.value.line == 7
        with pytest.raises(ScenarioError, match="has ended that process"):
            parse_scenario(f"{MADE}def CPU0():\n{ends}def CPU1():\n{needs}")


def test_there_is_an_end_to_them() -> None:
    """Eight processes, and 64 mappings in all of them."""
    forks = "".join(f"P{n} = fork()\n" for n in range(7))
    assert len(parse_scenario(f"N = anon(1)\n{forks}").statements) == 8
    with pytest.raises(ScenarioError, match="there are too many processes; at most 8"):
        parse_scenario(f"N = anon(1)\n{forks}Q = fork()\n")
    many = "".join(f"N{n} = anon(1)\n" for n in range(20))
    with pytest.raises(ScenarioError, match="there are too many mappings; at most 64"):
        parse_scenario(many + forks)


def test_what_an_ended_child_left_can_be_looked_at() -> None:
    """Its entries and counters, below its end."""
    text = f"{MADE}exit(C)\nassert C.A == unmapped and C.rss.anonpages == 0\n"
    assert format_scenario(parse_scenario(text)) == text
