"""From which state to which each process is there, and whose each row is."""

from __future__ import annotations

import zapviz
from zapviz.trace.blocks import blocks_of, life_word

TEXT = """\
F = shmem(2)
A = mmap(F, MAP_PRIVATE)
N = anon(1)
A[0] = 1
C = fork()
D = fork(C)
exit(C)
D.N[0] = 2
"""


def test_a_process_is_there_from_its_fork_to_the_end_of_its_exit() -> None:
    """The first one from the start; one that never exits has no end."""
    record = zapviz.run(TEXT).as_json()
    forks, exits = record["statements"][4:6], record["statements"][6]
    assert record["lives"] == [
        [0, None],
        [forks[0]["first"], exits["last"]],
        [forks[1]["first"], None],
    ]
    assert life_word(record, "C", forks[0]["first"] - 1) == "not yet"
    assert life_word(record, "C", exits["last"] - 1) == ""
    assert life_word(record, "C", exits["last"]) == "ended"


def test_the_exit_at_the_end_of_a_cpu_ends_its_process() -> None:
    """In a race, too."""
    race = (
        "N = anon(1)\nN[0] = 1\nC = fork()\ndef CPU0():\n    N[0] = 2\ndef CPU1():\n    exit(C)\n"
    )
    record = zapviz.run(race).as_json()
    assert record["lives"][1][1] == record["statements"][-1]["last"]


def test_each_row_is_of_its_process() -> None:
    """Files and slots are of all, and come first."""
    record = zapviz.run(TEXT).as_json()
    blocks = blocks_of(record["rows"], record["processes"])
    named = [
        (block.process, [record["rows"][row]["id"] for group in block.groups for row in group.rows])
        for block in blocks
    ]
    assert named == [
        (None, ["F"]),
        ("", ["A", "N"]),
        ("C", ["C.A", "C.N"]),
        ("D", ["D.A", "D.N"]),
    ]


def test_one_process_has_neither() -> None:
    """Its record is as it was."""
    record = zapviz.run("N = anon(1)\nN[0] = 1").as_json()
    assert "lives" not in record
    assert all("process" not in row for row in record["rows"])
