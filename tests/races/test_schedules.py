"""One interleaving, chosen step by step: what is offered, what is taken, where it leads."""

from __future__ import annotations

import random

import pytest

import zapviz
from zapviz.api.races import choices, follow, replay
from zapviz.kernels.known import kernel
from zapviz.model.looks import looks
from zapviz.scenario.library import SCENARIOS

RACES = [name for name, scenario in SCENARIOS.items() if scenario.program.concurrent]


class TestFollow:
    """An order of CPUs, followed as far as it goes."""

    @pytest.mark.parametrize("name", RACES)
    def test_every_witness_is_followed_exactly(self, name):
        """A schedule that can be taken is taken, to the last step."""
        for final in zapviz.race(name).finals:
            assert follow(name, "v6.18", final.schedule) == final.schedule

    @pytest.mark.parametrize("name", RACES)
    def test_any_order_leads_to_an_end_that_was_explored(self, name):
        """Drawn by lot, too long or too short: it becomes a whole interleaving."""
        ends = {looks(final.world) for final in zapviz.race(name).finals}
        draw = random.Random(name)
        for _ in range(20):
            order = tuple(draw.choice((0, 1, 7)) for _ in range(draw.randrange(60)))
            trace = replay(name, "v6.18", follow(name, "v6.18", order))
            last = max(turn.after for turn in trace.turns)
            assert looks(trace.world(last)) in ends

    def test_none_runs_the_cpus_in_turn(self):
        """CPU0 to its end, then CPU1."""
        schedule = follow("race-cow", "v6.18", ())
        assert list(schedule) == sorted(schedule)

    def test_an_order_for_another_kernel_still_leads_to_the_end(self):
        """The witness against a kernel without the second pass, on one that has it."""
        patched = kernel("v6.18").with_rule(second_pass=False)
        (first, _) = zapviz.race("race-cow", patched).verdicts
        assert replay("race-cow", "v6.18", follow("race-cow", "v6.18", first.schedule)).ok
        assert not replay("race-cow", patched, first.schedule).ok


class TestTurns:
    """What a trace tells of its schedule."""

    @pytest.mark.parametrize("name", RACES)
    def test_they_cover_the_steps_of_the_cpus(self, name):
        """One after the other, without a gap; a quiet one stands between two of the same state."""
        trace = replay(name, "v6.18", follow(name, "v6.18", (0, 1) * 40), offers=True)
        for one, other in zip(trace.turns, trace.turns[1:], strict=False):
            assert one.before <= one.after == other.before
        for turn in trace.turns:
            for step in trace.steps[turn.before : turn.after]:
                assert step.cpu == turn.cpu

    def test_what_is_offered_is_what_could_be_taken(self):
        """Each open choice is the same as choices() gives for the steps so far."""
        schedule = follow("race-swap-out", "v6.18", (1, 0) * 20)
        trace = replay("race-swap-out", "v6.18", schedule, offers=True)
        for at, turn in enumerate(trace.turns):
            free = [one for one in turn.open if not one.waits]
            assert tuple(free) == choices("race-swap-out", "v6.18", schedule[:at])
            assert turn.cpu in [one.cpu for one in free]

    def test_where_the_schedule_ends_early_the_rest_is_offered(self):
        """A last turn of no CPU tells what could come next."""
        trace = replay("race-cow", "v6.18", (0, 0), offers=True)
        assert trace.turns[-1].cpu == -1
        assert [one.cpu for one in trace.turns[-1].open] == [0, 1]
        assert trace.schedule == (0, 0)

    def test_a_step_that_shows_nothing_is_told_in_words(self):
        """Nothing is offered without a word of what it does."""
        for name in RACES:
            for order in ((), (1,) * 40, (0, 1) * 40):
                trace = replay(name, "v6.18", follow(name, "v6.18", order), offers=True)
                words = {one.doing for turn in trace.turns for one in turn.open}
                assert not words & {"", "goes on"}


def test_nothing_runs_after_what_waits_for_ever() -> None:
    """A statement above the CPUs that blocks is the end of the trace."""
    text = (
        "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\nmigrate_begin(A[0])\nftruncate(F, 0)\n"
        "def CPU0():\n    read(A[0])\ndef CPU1():\n    read(A[0])\n"
    )
    trace = replay(text, "v6.18", follow(text, "v6.18", ()), offers=True)
    assert trace.outcomes[-1].result == "BLOCKED"
    assert trace.turns == ()
