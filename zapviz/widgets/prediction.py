"""Predict before the reveal: an exercise in the page, whose answers Python keeps.

The page gets the scenario and the state before the statement in question, and nothing that comes
after; :func:`zapviz.api.answers.respond` answers its requests. Nothing is stored: the score is in
the page until the learner saves it.

>>> prediction = predict(level=2, seed="monday")
>>> prediction.exercise.level, prediction.exercise.seed, prediction.exercise.number
(2, 'monday', 1)
>>> "solution" in prediction.payload
False
"""

from __future__ import annotations

import json
from html import escape
from typing import Any, Literal

import traitlets as t

from zapviz.api.answers import answer
from zapviz.door import door
from zapviz.errors import ZapvizError
from zapviz.exercises.draw import LEVEL_NAMES, draw_exercise
from zapviz.exercises.exercise import Exercise, exercise_of
from zapviz.kernels.known import Kernel
from zapviz.render.palette import palette_json
from zapviz.render.text.exercise import format_exercise
from zapviz.scenario.given import GivenScenario
from zapviz.view import module, widget_style
from zapviz.widgets.still import Still

__all__ = ["Prediction", "predict"]

from zapviz.trace.record import Json


class Prediction(Still):
    """A view of one exercise after the other, beginning with ``exercise``; Python answers for
    all.
    """

    _esm = module("predict_notebook")
    _css = widget_style()

    exercise = t.Instance(Exercise, help="the exercise that it opens with")
    payload = t.Unicode("", help="the exercise as it goes to the page, no answer in it").tag(
        sync=True
    )
    palette = t.Dict(help="letters, names and colours, from zapviz.render.palette").tag(sync=True)
    levels: t.List[Any] = t.List(help="the levels that can be chosen: number and name").tag(
        sync=True
    )
    theme = t.Enum(("", "light", "dark"), "", help="'' follows the page").tag(sync=True)
    presentation = t.Bool(False, help="whether it is large and of high contrast").tag(sync=True)

    def __init__(self, exercise: Exercise, theme: str = "", presentation: bool = False) -> None:
        self._kernels: dict[str, Kernel] = {}
        self._picture: tuple[Exercise, str] | None = None
        super().__init__(
            palette=palette_json(),
            levels=[list(one) for one in LEVEL_NAMES.items()],
            exercise=exercise,
            theme=theme,
            presentation=presentation,
        )
        self.on_msg(self._answer)

    @t.observe("exercise")
    def _hand_out(self, change: t.Bunch) -> None:
        exercise: Exercise = change["new"]
        self._kernels[exercise.kernel.name] = exercise.kernel
        self.payload = json.dumps(exercise.as_json(), separators=(",", ":"))

    def _answer(self, _widget: Any, content: Json, _buffers: Any) -> None:
        """Answer a request of the page; ignore any other message."""
        request = content.get("request")
        if isinstance(request, dict):
            self.send({"number": content.get("number"), "answer": answer(request, self._kernels)})

    def _in_words(self) -> str:
        return format_exercise(self.exercise)

    def __repr__(self) -> str:
        """Describe what is asked, and where to answer: a plain prompt shows no widget."""
        return (
            f"<Prediction: {self.exercise.question}>\n"
            "Shown in a notebook; zapviz exercises prints exercises and answers."
        )

    def page_data(self) -> Json:
        """Give the exercise without its answers; the page's maker has them computed."""
        return {"view": "predict", "exercise": self.exercise.as_json()}

    def _still_picture(self) -> str:
        """Draw the state before the statement in question, as an ``<img>`` under the question."""
        if self._picture is None or self._picture[0] is not self.exercise:
            from zapviz.render.figure.state import figure_html

            before = self.exercise.before
            image = figure_html(before, before.last)
            self._picture = self.exercise, f"<p>{escape(self.exercise.question)}</p>{image}"
        return self._picture[1]


@door
def predict(
    scenario: GivenScenario | None = None,
    *,
    level: int | None = None,
    seed: int | str | None = None,
    number: int = 1,
    kernel: str | Kernel | None = None,
    theme: Literal["", "light", "dark"] = "",
    presentation: bool = False,
) -> Prediction:
    """Open an exercise: one drawn by level and seed, or a scenario of your own.

    Args:
        scenario: A text, the name of a shipped scenario, or a file's ``pathlib.Path``. The
            statement with a comment ``# ?`` beside it is in question, or else the last one that
            zaps. None: an exercise is drawn.
        level: 1 (the default), 2 or 3; see :data:`zapviz.exercises.draw.LEVELS`.
        seed: A number or a word (default 1); the same seed gives everyone the same exercises.
        number: Which exercise of the seed, counted from 1.
        kernel: The kernel for a scenario of your own; a level chooses its kernels.
        theme: ``light``, ``dark``, or empty to follow the page.
        presentation: Whether to open in the look for a projector.

    Raises:
        ZapvizError: There is no such scenario, level or kernel, or the scenario has no statement
            that could be in question.
    """
    if scenario is None:
        if kernel is not None:
            raise ZapvizError("a level chooses its kernels; kernel= is for a scenario of one's own")
        drawn = draw_exercise(1 if level is None else level, 1 if seed is None else seed, number)
        return Prediction(drawn, theme, presentation)
    if level is not None or seed is not None:
        raise ZapvizError("level= and seed= draw an exercise; a scenario is one already")
    return Prediction(exercise_of(scenario, kernel), theme, presentation)
