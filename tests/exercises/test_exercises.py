"""Exercises: what is drawn is fair, what is judged is what the model does, and nothing leaks."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zapviz import run
from zapviz.api.answers import respond
from zapviz.commands.cli import main
from zapviz.commands.exercises import EXAMPLES
from zapviz.errors import ScenarioError, ZapvizError
from zapviz.exercises.draw import LEVELS, draw_exercise, draw_exercises
from zapviz.exercises.exercise import Exercise, Fate, exercise_of, exercises_of
from zapviz.model.program import NewAnon, NewFile, NewMapping, Program
from zapviz.model.zap import ZAP_RULES
from zapviz.render.text.exercise import format_answers, format_exercise
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import format_scenario
from zapviz.trace.record import record_of

PUNCH = """\
F = shmem(4)
A = mmap(F, MAP_PRIVATE)
A[0:2] = 1                      # two copies
madvise(A[0], MADV_PAGEOUT)
read(A[3])
fallocate(F, FALLOC_FL_PUNCH_HOLE)
assert A[0] == swap and A[1] == anon and A[3] == none
"""

# A draw runs the model a few dozen times; of a loaded machine nothing is asked.
many = settings(max_examples=25)

levels = st.sampled_from(sorted(LEVELS))
seeds = st.integers(0, 10_000).map(str) | st.text("abcdefgh-", min_size=1, max_size=8)
numbers = st.integers(1, 60)
drawn = st.builds(draw_exercise, levels, seeds, numbers)


def truth(exercise):
    """What becomes of each entry, by name."""
    return {entry.name: entry.fate for entry in exercise.solution.entries}


class TestDrawn:
    """What a level and a seed give."""

    @many
    @given(drawn)
    def test_every_exercise_is_fair(self, exercise):
        """A few entries that hold something, several answers and rules, a short scenario."""
        fates = truth(exercise)
        assert 3 <= len(fates) <= 12
        assert len(set(fates.values())) >= 2
        assert "none" not in [asked.kind for asked in exercise.asked]
        decided = [entry for entry in exercise.solution.entries if entry.rule]
        assert 2 * len(decided) >= len(fates)
        assert len({(entry.kind, entry.rule) for entry in decided}) >= 2
        assert len(exercise.program.statements) <= 10
        assert all(len(line) <= 72 for line in exercise.text.splitlines())
        assert exercise.result != "BLOCKED"

    @many
    @given(drawn)
    def test_no_statement_is_idle(self, exercise):
        """Without any one of its statements the question, or an answer, is another."""
        *scene, asked = exercise.program.statements
        for at in range(len(scene)):
            less = Program((*scene[:at], *scene[at + 1 :], asked))
            try:
                other = exercise_of(format_scenario(less), exercise.kernel)
            except ScenarioError:
                continue
            whole = [r._replace(state=0) for r in exercise.rulings]
            assert (other.asked, [r._replace(state=0) for r in other.rulings]) != (
                exercise.asked,
                whole,
            ), scene[at]

    @many
    @given(drawn)
    def test_answers_are_what_a_run_shows(self, exercise):
        """Each answer follows from the entries before and after the statement alone."""
        before = run(exercise.text, exercise.kernel)
        world = before.world(before.last_state_of(len(before.outcomes) - 2))
        fates = truth(exercise)
        for area, later in zip(world.areas, before.world(-1).areas, strict=True):
            for page, (was, now) in enumerate(zip(area.entries, later.entries, strict=True)):
                fate = fates.get(f"{area.name}[{page}]")
                if fate is Fate.ZAPPED:
                    assert now.kind in ("none", "unmapped")
                elif fate is Fate.KEPT:
                    assert (now.kind, now.folio, now.slot) == (was.kind, was.folio, was.slot)
                elif fate is Fate.CHANGED:
                    assert now.kind not in ("none", "unmapped", was.kind)

    @many
    @given(drawn)
    def test_state_that_is_named_shows_the_answer(self, exercise):
        """The step named decides that very entry, by the rule named, with that outcome."""
        first, last = exercise.trace.span(len(exercise.program.statements) - 1)
        for asked, entry in zip(exercise.asked, exercise.solution.entries, strict=True):
            assert first <= entry.state <= last
            if entry.rule is None:
                assert entry.fate is Fate.KEPT
                continue
            step = exercise.trace.steps[entry.state - 1]
            assert (step.rule.id, step.rule.reason) == (entry.rule, entry.reason)
            if not step.place.in_file:
                assert step.place == (False, asked.area, asked.page)
            if entry.rule in ZAP_RULES:
                assert step.kind == "zap"
                assert step.verdict == {"zapped": "zapped"}.get(entry.fate, step.verdict)
            shown = exercise.trace.world(entry.state).areas[asked.area].entries[asked.page]
            assert (shown.kind in ("none", "unmapped")) == (entry.fate is Fate.ZAPPED)

    @many
    @given(levels, seeds, numbers)
    def test_drawing_twice_gives_the_same(self, level, seed, number):
        """Level, seed and number say all; the list of a seed holds the same ones."""
        one = draw_exercise(level, seed, number)
        assert one == draw_exercise(level, seed, number)
        assert one.text == draw_exercise(level, seed, number).text
        if number <= 5:
            assert draw_exercises(level, seed, 5)[number - 1] == one

    def test_seeds_differ(self):
        """Of forty seeds hardly two give the same first exercise."""
        for level in LEVELS:
            assert len({draw_exercise(level, seed).text for seed in range(40)}) > 35

    def test_hash_seed_does_not_matter(self):
        """Another process, with another hash seed, draws the same."""
        code = (
            "from zapviz.exercises.draw import draw_exercises\n"
            "print(''.join(e.text for e in draw_exercises(3, 'class', 11)))"
        )
        here = "".join(exercise.text for exercise in draw_exercises(3, "class", 11))
        for seed in ("1", "2"):
            out = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True,
                env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            )  # fmt: skip
            assert out.stdout.rstrip("\n") == here.rstrip("\n")

    @pytest.mark.parametrize("level", LEVELS)
    def test_some_are_on_file(self, level, expected):
        """What a class was given yesterday it is given today, on every version of Python."""
        text = "\n\n".join(
            format_exercise(one) + "\n\n" + format_answers(one)
            for one in draw_exercises(level, 7, 4)
        )
        expected(f"exercises-{level}.txt", text + "\n")

    def test_levels_hold_what_they_say(self):
        """Level 1 keeps to three classes and the default kernel; 3 comes with other kernels."""
        ones = draw_exercises(1, 3, 20)
        assert {one.kernel.name for one in ones} == {"v6.18"}
        assert {asked.kind for one in ones for asked in one.asked} == {"file", "anon"}
        assert all(sum(isinstance(s, NewMapping) for s in one.program.statements) == 1
                   for one in ones)  # fmt: skip
        paths = {one.statement.split("(")[0] for one in ones}
        assert paths == {"munmap", "ftruncate", "fallocate", "madvise"}
        twos = draw_exercises(2, 3, 24)
        assert {asked.kind for one in twos for asked in one.asked} == {
            *("file", "anon", "swap", "zero"),
        }
        assert {type(s) for one in twos for s in one.program.statements} >= {
            NewAnon, NewFile, NewMapping,
        }  # fmt: skip
        threes = draw_exercises(3, 3, 33)
        assert {"v5.17", "rfc-v2", "v5.10.y"} <= {one.kernel.name for one in threes}
        kinds = {asked.kind for one in threes for asked in one.asked}
        assert {"migration", "hwpoison", "guard_marker", "swap"} <= kinds
        assert Fate.CHANGED in {fate for one in threes for fate in truth(one).values()}

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ((4, 1), "there is no level 4"),
            ((1, ""), "a number or a word"),
            ((1, "a" * 61), "at most 60 letters"),
            ((1, 1, 0), "they go from 1"),
        ],
    )
    def test_what_is_not_there_is_said(self, arguments, said):
        """A level, a seed, a number out of range: one clear error."""
        with pytest.raises(ZapvizError, match=said):
            draw_exercise(*arguments)


class TestJudged:
    """Right and wrong answers."""

    @many
    @given(drawn)
    def test_right_answers_are_right(self, exercise):
        """All right gives the full score, in every class of entry."""
        marked = exercise.judge(truth(exercise))
        assert marked.score == len(exercise.asked)
        assert marked.mistakes == ()
        assert all(right == of for right, of in marked.by_class.values())
        assert sum(of for _, of in marked.by_class.values()) == len(exercise.asked)

    @many
    @given(drawn, st.data())
    def test_a_wrong_answer_is_told_with_the_rule(self, exercise, data):
        """Exactly the wrong one is named, with what is true and why."""
        answers = truth(exercise)
        name = data.draw(st.sampled_from(sorted(answers)))
        wrong = data.draw(st.sampled_from([fate for fate in Fate if fate != answers[name]]))
        marked = exercise.judge({**answers, name: str(wrong)})
        (mistake,) = marked.mistakes
        assert (mistake.name, mistake.answered, mistake.fate) == (name, wrong, answers[name])
        assert mistake.reason
        assert (mistake.rule is None) == (mistake.function is None)
        assert marked.score == len(answers) - 1
        right, of = marked.by_class[mistake.kind]
        assert right == of - 1

    def test_no_answer_is_a_mistake(self):
        """An entry passed over counts, and is explained."""
        exercise = exercise_of(PUNCH)
        marked = exercise.judge({"A[0]": "kept", "A[1]": None})
        assert marked.score == 1
        assert [(m.name, m.answered) for m in marked.mistakes] == [("A[1]", None), ("A[3]", None)]

    def test_strange_answers_are_refused(self):
        """An entry that is not asked, a word that is no answer."""
        exercise = exercise_of(PUNCH)
        with pytest.raises(ZapvizError, match=r"'A\[2\]' is not in question"):
            exercise.judge({"A[2]": "kept"})
        with pytest.raises(ZapvizError, match="did you mean 'zapped'"):
            exercise.judge({"A[0]": "zaped"})

    def test_passes_count_together(self):
        """v5.17 skips a swap entry twice: kept, shown by the last pass over it."""
        exercise = exercise_of(
            "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 1\nmadvise(A[1], MADV_PAGEOUT)\n"
            "ftruncate(F, 0)", "v5.17"
        )  # fmt: skip
        entry = exercise.solution.entries[1]
        assert (entry.fate, entry.rule) == (Fate.KEPT, "swap-skipped")
        assert "again" in exercise.trace.steps[entry.state - 1].part.title

    def test_an_entry_that_no_pass_reaches(self):
        """It stays, and the sentence says where the call looked."""
        entry = exercise_of("N = anon(3)\nN = 7\nmunmap(N[1:3])".replace("N =", "N[0:3] =", 2)
                            .replace("N[0:3] = anon", "N = anon")).solution.entries[0]  # fmt: skip
        assert (entry.fate, entry.rule) == (Fate.KEPT, None)
        assert "unmap_vmas(N[1:3])" in entry.reason

    def test_a_refused_call_keeps_all(self):
        """An error is named; nothing is touched."""
        marked = exercise_of("N = anon(2)\nmlock(N)\nmadvise(N, MADV_DONTNEED)  # ?").solution
        assert {entry.fate for entry in marked.entries} == {Fate.KEPT}
        assert "EINVAL" in marked.entries[0].reason

    def test_the_page_that_the_file_ends_in(self):
        """Its entry is explained by the page that stays, not by a pass that passes it by."""
        exercise = exercise_of(
            "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nread(A)\nftruncate(F, bytes=100)"
        )
        assert [entry.rule for entry in exercise.solution.entries] == ["partial-page", "file-page"]


class TestOwn:
    """A teacher's own scenario as an exercise."""

    def test_last_zap_is_in_question(self):
        """Assertions and what stands below do not show; nor does the title that tells."""
        exercise = exercise_of("# Copies stay\n# They do.\n\n" + PUNCH + "munmap(B)\n".replace(
            "munmap(B)", "ftruncate(F, 8)"))  # fmt: skip
        assert exercise.statement == "fallocate(F, FALLOC_FL_PUNCH_HOLE)"
        assert "assert" not in exercise.text
        assert "stay" not in exercise.text
        assert "two copies" not in exercise.text
        assert exercise.text.splitlines()[exercise.line - 1].endswith("# ?")

    def test_a_mark_chooses_the_statement(self):
        """With a mark the title is the teacher's to show, and words after it are the question."""
        text = "# Think of the copies\n\n" + PUNCH.replace(
            "madvise(A[0], MADV_PAGEOUT)", "munmap(A[1:4])   # ? What is left?"
        )
        exercise = exercise_of(text)
        assert exercise.question == "What is left?"
        assert exercise.program.title == "Think of the copies"
        assert truth(exercise) == {"A[0]": "kept", "A[1]": "zapped"}

    @pytest.mark.parametrize("name", SCENARIOS)
    def test_shipped_scenarios_are_exercises_or_say_why_not(self, name):
        """Those with CPUs, and those where nothing zaps, are refused in words."""
        zaps = any(step.kind == "zap" for step in run(name).steps)
        concurrent = SCENARIOS[name].program.concurrent
        if concurrent or name == "madv-free" or not zaps:
            with pytest.raises(ScenarioError, match="CPU" if concurrent else "no statement zaps"):
                exercise_of(name)
        else:
            exercise = exercise_of(name)
            assert exercise_of(exercise.text).asked == exercise.asked

    def test_what_a_child_shares_is_asked_too(self):
        """Of a file in every process, and of memory in those that fork gave it to."""
        assert truth(exercise_of("fork-truncate")) == {"A[1]": "zapped", "C.A[1]": "zapped"}
        given_up = "N = anon(1)\nM = anon(1)\nN[0] = 1\nM[0] = 1\nC = fork()\nD = fork(C)\n"
        exercise = exercise_of(f"{given_up}madvise(D.N, MADV_DONTNEED)")
        assert truth(exercise) == {"N[0]": "kept", "C.N[0]": "kept", "D.N[0]": "zapped"}

    @many
    @given(drawn)
    def test_its_own_text_gives_the_same_exercise(self, exercise):
        """The text shown, pasted anywhere, asks the same."""
        again = exercise_of(exercise.text, exercise.kernel.name)
        assert again.text == exercise.text
        assert (again.asked, again.rulings) == (exercise.asked, exercise.rulings)
        assert again.question == exercise.question

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nread(A)", "no statement zaps"),
            ("F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nmunmap(A)  # ?", "nothing for it to decide"),
            ("N = anon(2)  # ?\nN[0] = 1", "no entry can be in question"),
            ("N = anon(2)\nN[0] = 1  # ?\nmunmap(N)  # ?", "line 2 has a comment"),
            ("N = anon(1)\nN[0] = 1\ndef CPU0():\n    munmap(N)", "no one answer"),
            ("N = anom(1)", "did you mean 'anon'"),
        ],
    )
    def test_what_cannot_be_asked_is_said(self, text, said):
        """Where, what is wrong, and what to do."""
        with pytest.raises(ScenarioError, match=said):
            exercise_of(text)

    def test_other_statements_can_be_marked(self):
        """Not only zaps: what reclaim does to entries can be asked too."""
        exercise = exercise_of(PUNCH.replace("PAGEOUT)", "PAGEOUT)  # ?"))
        assert exercise.question.startswith("What becomes of each entry of A in madvise(")
        assert truth(exercise) == {"A[0]": "changed", "A[1]": "kept"}


class TestPage:
    """What a page is given."""

    @many
    @given(drawn)
    def test_no_answer_is_in_it(self, exercise):
        """Its trace ends before the statement; no step, pass or state of it is there."""
        plain = exercise.as_json()
        json.dumps(plain)
        assert "solution" not in plain
        statements = plain["trace"]["statements"]
        assert len(statements) == len(exercise.program.statements) - 1
        first, _ = exercise.trace.span(len(statements))
        assert len(plain["trace"]["steps"]) == first - 1
        assert plain["trace"]["steps"] == record_of(exercise.before)["steps"]
        text = json.dumps(plain)
        later = {s["reason"] for s in record_of(exercise.trace)["steps"][first - 1 :]} - {
            s["reason"] for s in plain["trace"]["steps"]
        }
        assert not [reason for reason in later if reason and json.dumps(reason)[1:-1] in text]

    @many
    @given(drawn)
    def test_reveal_judges_what_the_page_shows(self, exercise):
        """The page sends back what it was given, and gets what judge() says."""
        request = {"ask": "exercise", "level": exercise.level, "seed": exercise.seed}
        given_ = json.loads(json.dumps(respond({**request, "number": exercise.number})))
        assert given_ == json.loads(json.dumps(exercise.as_json()))
        answers = {asked["name"]: "kept" for asked in given_["asked"]}
        marked = respond({"ask": "reveal", "scenario": given_["scenario"],
                          "kernel": given_["kernel"]["name"], "answers": answers})  # fmt: skip
        assert marked == exercise.judge(answers).as_json()
        for asked in given_["asked"]:  # the place named is the entry named
            row, page = asked["at"]
            assert f"{given_['trace']['rows'][row]['id']}[{page}]" == asked["name"]

    def test_solution_only_when_asked_for(self):
        """A page without Python can be given the answers too."""
        plain = exercise_of(PUNCH).as_json(solution=True)
        assert plain["solution"]["of"] == 3
        assert plain["solution"]["score"] == 0
        assert len(plain["solution"]["trace"]["steps"]) > len(plain["trace"]["steps"])

    @pytest.mark.parametrize(
        ("request_", "said"),
        [
            ({"ask": "answers"}, "cannot ask for 'answers'"),
            ({}, "cannot ask for"),
            ({"ask": "exercise", "level": "two", "seed": "1"}, "whole number"),
            ({"ask": "exercise", "level": 9, "seed": "1"}, "there is no level 9"),
            ({"ask": "reveal", "scenario": PUNCH, "answers": ["kept"]}, "mapping"),
            ({"ask": "reveal", "scenario": PUNCH, "kernel": "v9"}, "there is no kernel 'v9'"),
            ({"ask": "reveal", "scenario": "N = anom(1)"}, "did you mean 'anon'"),
        ],
    )
    def test_mistakes_are_answered_in_words(self, request_, said):
        """No request ends in a traceback."""
        assert said in respond(request_)["error"]


class TestCommand:
    """``zapviz exercises``."""

    def test_prints_no_answer_unless_asked(self, capsys):
        """The answers are a second part, only with --answers."""
        assert main(["exercises", "--level", "2", "--seed", "7", "-n", "3"]) == 0
        without = capsys.readouterr().out
        assert main(["exercises", "--level", "2", "--seed", "7", "-n", "3", "--answers"]) == 0
        whole = capsys.readouterr().out
        assert whole.startswith(without.rstrip("\n"))
        assert "Answers to exercise 3" in whole
        assert "Answers" not in without
        assert "even_cows is 0" not in without

    def test_output_can_be_mailed(self, capsys):
        """At most 72 columns of 7-bit ASCII, no blanks at line ends."""
        main(["exercises", "--level", "3", "--seed", "8", "-n", "11", "--answers"])
        for line in capsys.readouterr().out.splitlines():
            assert len(line) <= 72
            assert line.isascii()
            assert line == line.rstrip()

    def test_help_says_what_the_levels_are(self):
        """In the words of the levels themselves."""
        for level, about in LEVELS.items():
            assert f"  {level}  {about}\n" in EXAMPLES.replace(", on the default kernel", "")

    def test_a_scenario_of_ones_own(self, capsys, tmp_path):
        """A file or a name is its own exercise, on any kernel; errors name the file."""
        file = tmp_path / "mine.zap"
        file.write_text(PUNCH)
        assert main(["exercises", str(file), "--kernel", "rfc-v2", "--answers"]) == 0
        assert "RFC v2 zaps genuine swap entries" in capsys.readouterr().out
        file.write_text("N = anon(2)\n")
        assert main(["exercises", str(file)]) == 2
        assert capsys.readouterr().err.startswith(f"{file}:1:1: error: no statement zaps")

    @pytest.mark.parametrize(
        "arguments",
        [["--level", "4"], ["-n", "0"], ["-n", "101"], ["--kernel", "v5.17"],
         ["hole-punch", "--seed", "3"]],
    )  # fmt: skip
    def test_what_does_not_fit_is_refused(self, capsys, arguments):
        """Exit status 2 and one line."""
        assert main(["exercises", *arguments]) == 2
        assert capsys.readouterr().err.startswith("zapviz: error: ")


def test_exercises_print_themselves():
    """The question and the kernel."""
    exercise = exercise_of(PUNCH)
    assert isinstance(exercise, Exercise)
    assert repr(exercise) == (
        "<Exercise: What becomes of each entry of A in fallocate(F, FALLOC_FL_PUNCH_HOLE)? "
        "on v6.18>"
    )


def titles_at(record, line):
    """The titles of the steps of the statement at a line."""
    statement = next(one for one in record["statements"] if one["line"] == line)
    return [one["title"] for one in record["steps"][statement["first"] - 1 : statement["last"]]]


class TestEachZap:
    """The exercises of all zaps of one scenario."""

    def test_every_zap_and_every_refusal(self):
        """What a call that is refused keeps is asked too, and what an assertion's call does."""
        found = exercises_of("mlock-dontneed")
        assert [(one.number, one.of, one.statement, one.result) for one in found] == [
            (1, 2, "madvise(N, MADV_DONTNEED)", "EINVAL"),
            (2, 2, "madvise(N, MADV_DONTNEED_LOCKED)", "0"),
        ]
        lines = SCENARIOS["mlock-dontneed"].text.splitlines()
        assert all(one.statement in lines[one.origin - 1] for one in found)

    @pytest.mark.parametrize("name", SCENARIOS)
    def test_nothing_tells_the_answer(self, name):
        """No comment, no assertion, no title; the judgement is that of the whole scenario."""
        try:
            found = exercises_of(name)
        except ScenarioError as error:
            assert "CPUs" in str(error) or "zaps" in str(error)  # noqa: PT017
            return
        for one in found:
            assert "assert" not in one.text
            assert "#" not in one.text.replace("# ?", "")
            assert one.asked
            titles, own = (
                titles_at(run(name, one.kernel).as_json(), one.origin),
                record_of(one.trace),
            )
            here = titles_at(own, one.line)[1:]  # after the call itself, as it is written
            assert here == titles[1 : 1 + len(here)]

    def test_a_teachers_question_stays(self):
        """Beside its statement, and only there."""
        text = "N = anon(2)  # ? no\nN[0:2] = 1\nmunmap(N[0])  # ? Is one left?\nmunmap(N)\n"
        first, second = exercises_of(text)
        assert first.question == "Is one left?"
        assert "? no" not in second.text
        assert "left" not in second.text

    def test_a_page_asks_for_one(self):
        """By number, or by the line that is shown; what there is not is said."""
        ask = {"ask": "exercise", "scenario": "markers", "kernel": "v6.18"}
        assert respond({**ask, "number": 2})["origin"] == 15
        assert respond({**ask, "line": 16})["number"] == 3
        assert respond({**ask, "line": 99})["number"] == 5
        assert "has 5" in respond({**ask, "number": 6})["error"]
        assert "whole number" in respond({**ask, "number": "x"})["error"]


def test_a_pass_that_comes_by_is_not_said_to_stay_away():
    """Where it finds nothing to do, it says so."""
    text = (
        "A = anon(2)\nA[0:2] = 1\nmadvise(A[1], MADV_PAGEOUT)\nC = fork()\n"
        "process_madvise(C.A, MADV_PAGEOUT)  # ?\n"
    )
    solution = exercise_of(text, "v6.12").solution
    reasons = {entry.name: entry.reason for entry in solution.entries}
    assert reasons["C.A[1]"] == "MADV_PAGEOUT of C.A[0:2] comes by, and finds nothing to do here."
    assert reasons["A[1]"].startswith("No pass of the call comes here")
