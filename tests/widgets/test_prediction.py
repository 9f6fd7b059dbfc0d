"""The exercise widget as Python sees it: what goes to the page, what is answered; no browser."""

from __future__ import annotations

import json

import pytest

import zapviz
from zapviz.errors import ZapvizError
from zapviz.exercises.draw import draw_exercise
from zapviz.kernels.known import KERNELS
from zapviz.view import module, style
from zapviz.widgets import Prediction, predict

TEXT = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[1] = 7\nread(A[0])\nftruncate(F, 1)\n"


def asked(widget, **request):
    """Ask as the page does, and take what would be sent back."""
    sent = []
    widget.send = sent.append
    widget._handle_custom_msg({"number": "v/1", "request": request}, [])
    (answer,) = sent
    assert answer["number"] == "v/1"
    json.dumps(answer)
    return answer["answer"]


class TestOpening:
    """What can be given."""

    def test_draws_by_level_and_seed(self):
        """Without anything: the first of level 1; the seed may be a number or a word."""
        assert predict().exercise == draw_exercise(1, 1)
        assert predict(level=3, seed="b", number=4).exercise == draw_exercise(3, "b", 4)
        assert isinstance(zapviz.predict(seed=7), Prediction)

    def test_takes_a_scenario(self):
        """A text or a shipped scenario's name, on any kernel."""
        assert predict(TEXT).exercise.statement == "ftruncate(F, 1)"
        assert predict("hole-punch", kernel="v5.17").exercise.kernel.name == "v5.17"

    def test_opens_large(self):
        """For the projector, drawn or of one's own."""
        assert predict(presentation=True).presentation
        assert predict(TEXT, presentation=True).presentation
        assert not predict(TEXT).presentation

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"level": 4}, "there is no level 4"),
            ({"level": 1, "kernel": "v5.17"}, "a level chooses its kernels"),
            ({"scenario": TEXT, "seed": 3}, "a scenario is one already"),
            ({"scenario": "hole-punc"}, "did you mean 'hole-punch'"),
            ({"scenario": "N = anon(2)"}, "no statement zaps"),
        ],
    )
    def test_what_does_not_fit_is_said(self, given, said):
        """One clear error at once."""
        with pytest.raises(ZapvizError, match=said):
            predict(**given)


class TestAnswering:
    """What the page asks."""

    def test_the_page_is_given_no_answer(self):
        """The payload is the exercise alone."""
        widget = predict(TEXT)
        assert json.loads(widget.payload) == json.loads(json.dumps(widget.exercise.as_json()))
        assert "solution" not in widget.payload

    def test_reveals_and_goes_on(self):
        """A judgement of the answers; another exercise."""
        widget = predict(level=1, seed="x")
        shown = json.loads(widget.payload)
        answers = {entry["name"]: "kept" for entry in shown["asked"]}
        told = asked(widget, ask="reveal", scenario=shown["scenario"],
                     kernel=shown["kernel"]["name"], answers=answers)  # fmt: skip
        assert told == widget.exercise.judge(answers).as_json()
        other = asked(widget, ask="exercise", level=1, seed="x", number=2)
        assert other["scenario"] == draw_exercise(1, "x", 2).text
        assert "error" in asked(widget, ask="everything")

    def test_a_kernel_of_ones_own(self):
        """Known by its name to this widget alone."""
        own = KERNELS["v5.17"].with_rule(name="mine", swap_entries="zap")
        widget = predict(TEXT, kernel=own)
        shown = json.loads(widget.payload)
        told = asked(widget, ask="reveal", scenario=shown["scenario"], kernel="mine", answers={})
        assert told["of"] == 2
        assert "there is no kernel" in asked(
            predict(TEXT), ask="reveal", scenario=TEXT, kernel="mine", answers={}
        )["error"]  # fmt: skip

    def test_strange_messages_are_left_alone(self):
        """What is no question gets no answer."""
        widget = predict(TEXT)
        widget.send = pytest.fail
        widget._handle_custom_msg({"hello": 1}, [])


class TestWithout:
    """Where no widget can run."""

    def test_a_picture_and_the_question_stand_in(self):
        """The state before the call; no answer here either."""
        data, _ = predict(TEXT)._repr_mimebundle_()
        assert "<img" in data["text/html"]
        assert "What becomes of each entry of A in ftruncate(F, 1)?" in data["text/html"]
        assert "[ ] zapped" in data["text/plain"]
        assert "even private pages" not in json.dumps([data["text/plain"], data["text/html"]])


class TestFiles:
    """The files that go to the page."""

    def test_they_can_be_inlined(self):
        """One scope, nothing imported, nothing parsed as HTML."""
        source = module("predict_notebook")
        assert "import {" not in source
        assert "innerHTML" not in source
        assert source.isascii()
        assert "zv-brush" in style("predict")
        assert style("predict").index(".zv-transport") < style("predict").index(".zv-brush")
