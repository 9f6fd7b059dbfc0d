"""Work behind a page in slices: the same answer as in one go, stopped, forgotten, answered."""

from __future__ import annotations

import pytest

import zapviz
from zapviz.api import answers
from zapviz.api.answers import answer
from zapviz.api.pieces import IDLE, KEPT, Pieces
from zapviz.decisions import decide
from zapviz.errors import ZapvizError
from zapviz.scenario.library import SCENARIOS
from zapviz.work import Steps, Stopped, Work, whole

RACE = {"ask": "race", "text": SCENARIOS["race-swap-out"].text, "kernel": "v5.17"}
LONG = {
    "ask": "race",
    "text": "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\nB[0:4] = 1\n"
    "def CPU0():\n    fallocate(F, FALLOC_FL_PUNCH_HOLE)\n    ftruncate(F, 0)\n"
    "def CPU1():\n    migrate(B)\n    migrate(A)\n    read(B)\n    madvise(B, MADV_DONTNEED)\n"
    "assert always(A[0] == none)\nassert sometimes(A[1] == anon)\n",
}
TEXT = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[1] = 7\nftruncate(F, 1)\n"


class Clock:
    """A clock that goes on when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Between:
    """Steps that are interrupted before the second one begins."""

    def __init__(self, steps: Steps[str]) -> None:
        self._steps = steps
        self._count = 0
        self.throw = steps.throw

    def __getattr__(self, name: str) -> object:
        return getattr(self._steps, name)

    def __next__(self) -> str:
        self._count += 1
        if self._count == 2:
            raise KeyboardInterrupt
        return next(self._steps)


def ended(request, pieces: Pieces) -> tuple[dict, list[str]]:
    """Ask on until there is an answer; give it, and the words on the way."""
    told = []
    got = answer(request, pieces=pieces)
    while "going_on" in got:
        told.append(got["progress"])
        got = answer({"ask": "go on", "work": got["going_on"]}, pieces=pieces)
    return got, told


class TestSlices:
    """As little as there is at a time, against all in one go."""

    @pytest.mark.parametrize(
        "request_",
        [
            RACE,
            LONG,
            {"ask": "compare", "text": TEXT, "kernels": ["v5.17", "v6.12"]},
            {"ask": "export", "text": TEXT, "form": "gif", "options": {"width": 4, "dpi": 40}},
            {"ask": "export", "text": RACE["text"], "form": "text"},
            {"ask": "export", "text": TEXT, "form": "mail", "kernels": ["v5.17", "v6.12"]},
            {"ask": "export", "text": TEXT, "form": "c"},
            {"ask": "table", "kernels": ["v5.17", "v6.12"]},
            {"ask": "trace", "text": TEXT},
            {"ask": "trace", "text": RACE["text"], "schedule": [1, 0]},
            {"ask": "watched", "text": SCENARIOS["reproducer"].text, "kernel": "v6.12"},
            {"ask": "exercise", "scenario": TEXT},
            {"ask": "exercise", "scenario": TEXT, "number": 1},
            {"ask": "reveal", "scenario": TEXT, "answers": {"A[1]": "kept"}},
        ],
    )
    def test_slices_give_the_same_answer(self, request_):
        """And words on the way, of something that grows."""
        sliced, told = ended(request_, Pieces(seconds=0.0))
        assert told
        assert "error" not in sliced
        assert sliced == answer(request_, pieces=Pieces(seconds=1e6))

    def test_others_are_answered_in_between(self):
        """And what goes on is not changed by them."""
        pieces = Pieces(seconds=0.0)
        first = answer(LONG, pieces=pieces)
        other, _ = ended({"ask": "trace", "text": TEXT}, pieces)
        assert "payload" in other
        second = answer({"ask": "go on", "work": first["going_on"]}, pieces=pieces)
        assert second["going_on"] == first["going_on"]
        assert second["progress"] != first["progress"]


class TestStopping:
    """What was found so far, or a sentence."""

    def test_a_race_gives_what_was_found(self):
        """Final states of ways that were followed to the end, and assertions not decided."""
        pieces = Pieces(seconds=0.0)
        got = answer(LONG, pieces=pieces)
        for _ in range(3):
            got = answer({"ask": "go on", "work": got["going_on"]}, pieces=pieces)
        while "going_on" in got:
            got = answer({"ask": "stop", "work": got["going_on"]}, pieces=pieces)
        assert not got["complete"]
        assert got["stopped"].startswith(f"STOPPED as asked with {got['states']:,} states")
        assert 0 < got["many"] == len(got["finals"])
        assert None in [one["ok"] for one in got["assertions"]]
        assert pieces.going == 0

    def test_a_race_that_is_told_to_stop_while_it_judges_says_so(self):
        """What was judged by then stands; nothing counts as decided for all."""
        pieces = Pieces(seconds=0.0)
        got = answer(LONG, pieces=pieces)
        while "judged" not in got["progress"]:
            got = answer({"ask": "go on", "work": got["going_on"]}, pieces=pieces)
        got = answer({"ask": "stop", "work": got["going_on"]}, pieces=pieces)
        assert got["stopped"].startswith("STOPPED as asked")
        assert not got["complete"]

    @pytest.mark.parametrize(
        ("request_", "said"),
        [
            ({"ask": "export", "text": TEXT, "form": "gif"}, "no GIF"),
            ({"ask": "compare", "text": TEXT, "kernels": ["v5.17", "v6.12"]}, "nothing to compare"),
            ({"ask": "table", "kernels": ["v5.17", "v6.12"]}, "no table to show"),
            ({"ask": "trace", "text": TEXT}, "stopped at line 1"),
            ({"ask": "trace", "text": RACE["text"]}, "before the CPUs were done"),
            ({"ask": "exercise", "scenario": TEXT}, "stopped at line 1"),
        ],
    )
    def test_of_others_nothing_is_had(self, request_, said):
        """In a sentence."""
        pieces = Pieces(seconds=0.0)
        got = answer(request_, pieces=pieces)
        awaited = {"export": "pictures", "compare": "kernels", "table": "kernels"}
        while awaited.get(request_["ask"], "") not in got["progress"]:
            got = answer({"ask": "go on", "work": got["going_on"]}, pieces=pieces)
        got = answer({"ask": "stop", "work": got["going_on"]}, pieces=pieces)
        assert said in got["error"]

    def test_a_table_gives_the_kernels_that_are_done(self):
        """Those that were to come first, in the order of all."""
        for kept in (decide._row_alone, decide.decide_all):
            kept.cache_clear()
        pieces = Pieces(seconds=0.0)
        names = ["v5.17", "v6.1", "v6.12"]
        got = answer({"ask": "table", "kernels": names, "first": ["v6.12", "v6.1"]}, pieces=pieces)
        while "2 of 3" not in got["progress"]:
            got = answer({"ask": "go on", "work": got["going_on"]}, pieces=pieces)
        got = answer({"ask": "stop", "work": got["going_on"]}, pieces=pieces)
        assert got["stopped"] == "Stopped: 2 of 3 kernels decided, v6.1 and v6.12."
        assert got["table"] == zapviz.table(["v6.1", "v6.12"]).as_json()

    def test_a_race_is_bounded_in_time(self, monkeypatch):
        """And says after how long it stopped, with how many states."""
        monkeypatch.setattr(answers, "PAGE_SECONDS", 0.01)
        got, _ = ended(LONG, Pieces())
        assert got["stopped"].startswith("STOPPED after 0 s with ")


class TestKept:
    """Few pieces, and none for long."""

    def test_the_oldest_makes_room_and_says_so(self):
        """The newest ones go on."""
        pieces = Pieces(seconds=0.0)
        works = [answer(LONG, pieces=pieces)["going_on"] for _ in range(KEPT + 1)]
        assert pieces.going == KEPT
        said = [answer({"ask": "go on", "work": one}, pieces=pieces) for one in works]
        assert "no longer kept" in said[0]["error"]
        assert all("going_on" in one for one in said[1:])

    def test_what_is_done_at_once_takes_nobodys_place(self):
        """Only what has to be kept does."""
        pieces = Pieces(seconds=0.0)
        works = [answer(LONG, pieces=pieces)["going_on"] for _ in range(KEPT)]
        pieces._seconds = 1e6
        assert "finals" in answer(RACE, pieces=pieces)
        pieces._seconds = 0.0
        assert "going_on" in answer({"ask": "go on", "work": works[0]}, pieces=pieces)

    def test_what_nobody_asks_on_is_dropped(self):
        """By whatever is asked next."""
        clock = Clock()
        pieces = Pieces(seconds=0.0, clock=clock)
        work = answer(LONG, pieces=pieces)["going_on"]
        clock.now = IDLE + 1
        assert answer({"ask": "alive"}, pieces=pieces) == {}
        assert pieces.going == 0
        assert "no longer kept" in answer({"ask": "stop", "work": work}, pieces=pieces)["error"]

    def test_what_is_dropped_is_gone(self):
        """Its values are free; dropping it again is nothing."""
        pieces = Pieces(seconds=0.0)
        work = answer(LONG, pieces=pieces)["going_on"]
        assert answer({"ask": "drop", "work": work}, pieces=pieces) == {}
        assert answer({"ask": "drop", "work": work}, pieces=pieces) == {}
        assert pieces.going == 0

    @pytest.mark.parametrize("work", [None, 1, "x", [], {}, "1"])
    @pytest.mark.parametrize("ask", ["go on", "stop"])
    def test_what_was_never_begun_is_said(self, ask, work):
        """Whatever it is called."""
        assert "no longer kept" in answer({"ask": ask, "work": work}, pieces=Pieces())["error"]


class TestRaised:
    """Whatever is raised behind a page becomes an answer in words."""

    @pytest.mark.parametrize(
        ("raised", "said"),
        [
            (TypeError("no\nway"), "a mistake of its own (TypeError: no way); please report it"),
            (KeyError("F"), "(KeyError: 'F')"),
            (AssertionError(), "(AssertionError)"),
            (RecursionError("too deep"), "(RecursionError: too deep)"),
            (MemoryError(), "the memory here does not suffice"),
            (KeyboardInterrupt(), "was interrupted"),
        ],
    )
    @pytest.mark.parametrize("when", ["at once", "later"])
    def test_is_answered(self, monkeypatch, raised, said, when):
        """At once, or in the work that was begun; afterwards all is as before."""

        def at_once(_request, _kernels):
            raise raised

        def later(_request, _kernels) -> Steps[dict]:
            yield "soon"
            raise raised

        monkeypatch.setitem(answers._ANSWERS, "trace", {"at once": at_once, "later": later}[when])
        pieces = Pieces(seconds=0.0)
        got, _ = ended({"ask": "trace"}, pieces)
        assert said in got["error"]
        assert got["line"] == 0
        assert "\n" not in got["error"]
        assert pieces.going == 0
        assert answer({"ask": "alive"}, pieces=pieces) == {}

    def test_requests_of_any_shape_are_answered(self):
        """JSON that is no request, too."""
        for text in ("{", "[]", "7", '{"ask": {}}', '{"ask": "race", "text": []}'):
            assert '"error"' in answers.answer_json(text)

    def test_an_export_takes_the_options_of_forms_alone(self):
        """Not the arguments of the function behind it."""
        for name in ("step", "line", "shown", "form", "max_states"):
            said = answer({"ask": "export", "text": TEXT, "form": "text", "options": {name: 1}})
            assert f"an export has no option '{name}'" in said["error"]


class TestWork:
    """The pieces themselves."""

    @pytest.mark.parametrize("inside", [True, False])
    def test_an_interrupt_is_the_works_own(self, inside):
        """Also one that comes between two of its steps: it can give what it has."""

        def interrupted() -> Steps[str]:
            try:
                yield "on"
                if inside:
                    raise KeyboardInterrupt
                yield "on"
            except KeyboardInterrupt:
                return "so far"
            return "all"

        assert whole(interrupted() if inside else Between(interrupted())) == "so far"

    def test_work_that_has_nothing_is_interrupted(self):
        """As anything else in Python is."""

        def interrupted() -> Steps[str]:
            yield "on"
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            whole(interrupted())

    def test_what_cannot_be_had_in_part_raises(self):
        """In a sentence, as any mistake of a user."""

        def all_or_nothing() -> Steps[str]:
            if (yield "half"):
                raise Stopped("stopped at half")
            return "all"

        work = Work(all_or_nothing())
        assert not work.go_on(0.0)
        work.stop()
        with pytest.raises(ZapvizError, match="stopped at half"):
            work.go_on(0.0)
