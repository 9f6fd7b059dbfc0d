"""The step that a run is opened at, and the steps because of which assertions fail."""

from __future__ import annotations

import pytest

import zapviz
from zapviz.races.telling import telling_order
from zapviz.trace.deciding import blamed, deciding_step, wrong_text
from zapviz.trace.run import Judged

SWAPPED = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[1] = 7\nmadvise(A[1], MADV_PAGEOUT)\n"
RACE = "N = anon(1)\ndef CPU0():\n    N[0] = 1\ndef CPU1():\n    N[0] = 2\n"


def lines_blamed(text: str, kernel: str) -> dict[int, list[tuple[int, str | None]]]:
    """For each line that fails for a known reason: lines and verdicts of the steps to blame."""
    run = zapviz.run(text, kernel)
    return {
        run.outcomes[index].statement.line: [
            (
                run.outcomes[run.statement_of(step)].statement.line,
                run.steps[step - 1].verdict,
            )
            for step in steps
        ]
        for index, steps in blamed(run).items()
    }


class TestBlame:
    """Who is to blame for what fails."""

    def test_an_entry_that_was_kept_and_what_was_read_from_it(self) -> None:
        """The reproducer: the swap entry that truncation keeps brings the old byte back."""
        assert lines_blamed("reproducer", "v5.17") == {15: [(13, "kept")], 17: [(13, "kept")]}
        run = zapviz.run("reproducer", "v5.17")
        assert wrong_text(run, 16) == "kept: lines 15 and 17 will fail because of it"
        assert wrong_text(run, 15) == ""

    def test_an_entry_that_was_zapped(self) -> None:
        """Of two entries the wrong one alone, and of its data what was read in its place."""
        assert lines_blamed("rfc-v2-flaw", "rfc-v2") == {13: [(11, "zapped")], 15: [(11, "zapped")]}

    def test_what_was_written(self) -> None:
        """A write that leaves another byte than is asserted."""
        text = "N = anon(1)\nN[0] = 1\nN[0] = 2\nassert data(N[0]) == 1"
        assert [line for line, _ in lines_blamed(text, "v6.18")[4]] == [3]

    @pytest.mark.parametrize(
        ("text", "kernel"),
        [
            (SWAPPED + "ftruncate(F, 1)\nassert rss.swapents == 0", "v5.17"),  # a counter
            ("mlock-dontneed", "v5.17"),  # the call was refused
            ("guard-regions", "v6.12"),  # what was to be kept was never there
            (SWAPPED + "assert A[1] == guard_marker", "v6.18"),  # never so
            ("reproducer", "v6.18"),  # nothing fails
        ],
    )
    def test_nobody_rather_than_the_wrong_one(self, text: str, kernel: str) -> None:
        """Where no step is surely to blame, none is."""
        assert lines_blamed(text, kernel) == {}

    def test_the_record_says_so(self) -> None:
        """At the step, and at the assertion."""
        record = zapviz.run("reproducer", "v5.17").as_json()
        said = {n: one["wrong"] for n, one in enumerate(record["steps"], 1) if one["wrong"]}
        assert said == {16: "kept: lines 15 and 17 will fail because of it"}
        assert [one["blame"] for one in record["statements"] if one["verdict"] == "fails"] == [
            [16],
            [16],
        ]
        assert record["opens"] == 16


class TestOpening:
    """The state that a run is opened at."""

    def test_where_an_assertion_is_decided_that_fails(self) -> None:
        """On the same scenario: the entry kept, or the entry zapped."""
        for kernel, verdict in (("v5.17", "kept"), ("v6.18", "zapped")):
            run = zapviz.run("reproducer", kernel)
            step = run.steps[deciding_step(run) - 1]
            assert (step.kind, step.verdict) == ("zap", verdict)

    def test_the_end_of_the_process_decides_only_where_nothing_else_does(self) -> None:
        """What exit() unmaps comes last, and is all that there is at times."""
        run = zapviz.run(SWAPPED + "ftruncate(F, 1)\nexit()")
        assert run.outcomes[run.statement_of(deciding_step(run))].statement.line == 5
        run = zapviz.run(SWAPPED + "exit()")
        assert run.outcomes[run.statement_of(deciding_step(run))].statement.line == 5

    def test_the_last_where_nothing_is_zapped(self) -> None:
        """A scenario of faults alone; and one without a statement that is shown."""
        run = zapviz.run("N = anon(1)\nN[0] = 1")
        assert deciding_step(run) == run.last


class TestJudged:
    """The outcome of assertions about every order of the CPUs."""

    def test_one_order_does_not_decide_what_speaks_of_all(self) -> None:
        """That always holds, or sometimes does not; the contrary is decided."""
        text = RACE + "".join(
            f"assert {word}(data(N) == {byte})\n"
            for word in ("always", "sometimes")
            for byte in (1, 2)
        )
        run = zapviz.run(text)
        judged = [run.judged(index) for index in range(3, 7)]
        assert [one.verdict for one in judged if one] == [
            "fails",
            "undecided",
            "undecided",
            "holds",
        ]
        assert run.judged(0) is None

    def test_every_order_does(self) -> None:
        """In the order that tells the most, all were explored."""
        program = zapviz.parse_scenario(
            RACE + "assert always(N == anon)\nassert sometimes(data(N) == 3)\n"
        )
        run = telling_order(program, zapviz.kernel("v6.18"))
        assert run.judged(3) == Judged("holds", "in every order")
        assert run.judged(4) == Judged("fails", "in every order")
