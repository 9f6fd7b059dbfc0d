"""Exercises drawn by level and seed: the same level and seed give everyone the same exercises.

Level 1 takes one mapping through the four paths on the default kernel; level 2 adds swap, shared
mappings, the zero page, disk files and sizes inside a page; level 3 adds other kernels, broken
memory, pages on the move, devices, markers and locked memory.

>>> exercise = draw_exercise(1, "monday")
>>> exercise == draw_exercise(1, "monday", 1)
True

A draw is put together by chance and then run by the model. It is thrown away unless it is fair: it
asks for a few entries, with at least two different answers. Statements that change neither the
question nor its answers are left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from zapviz.errors import ScenarioError, ZapvizError
from zapviz.exercises.exercise import Exercise, exercise_of
from zapviz.exercises.topics import ABOUT_KERNEL, TOPICS, Dice, Topic
from zapviz.kernels.known import DEFAULT_KERNEL
from zapviz.model import program as p
from zapviz.model.machine import BLOCKED
from zapviz.scenario.text import format_scenario

__all__ = [
    "LEVELS",
    "LEVEL_NAMES",
    "draw_exercise",
    "draw_exercises",
]


LEVELS: Final = {
    1: "one mapping, four paths",
    2: "swap, shared mappings, zero pages, disk files",
    3: "other kernels, broken memory, migration, markers, locks",
}
"""Each level and its topics."""

LEVEL_NAMES: Final = {
    1: "four paths",
    2: "swap, shared, disk",
    3: "kernels, poison, markers",
}
"""Each level in a few words, for a list to choose from."""

LEAST_ASKED: Final = 3


MOST_ASKED: Final = 12
"""The least and the greatest number of entries that a drawn exercise asks for."""


MOST_STATEMENTS: Final = 10
"""Most statements of a drawn exercise, the one in question included."""


MOST_NUMBER: Final = 9999
"""The highest number of an exercise of a seed."""


_TRIES = 500  # a fair exercise comes within a few tries


def draw_exercise(level: int, seed: int | str, number: int = 1) -> Exercise:
    """Draw an exercise; it is the same on every machine and every version of Python.

    Args:
        level: 1, 2 or 3.
        seed: A number or a word.
        number: Its number in the seed's list, counted from 1.

    Raises:
        ZapvizError: There is no such level, the seed is empty, or the number is below 1.
    """
    if level not in LEVELS:
        raise ZapvizError(f"there is no level {level!r}; the levels are 1, 2 and 3")
    if not 1 <= number <= MOST_NUMBER:
        raise ZapvizError(f"there is no exercise {number!r}; they go from 1 to {MOST_NUMBER}")
    seed = _seed(seed)
    topics = TOPICS[level]
    # Topics follow each other in an order of the seed's own, so that a few exercises are varied.
    order = Dice(f"{level} {seed} order {(number - 1) // len(topics)}").shuffled(topics)
    topic = order[(number - 1) % len(topics)]
    for attempt in range(_TRIES):
        drawn = _drawn(topic, Dice(f"{level} {seed} {number} {attempt}"))
        if drawn is not None:
            return replace(drawn, level=level, seed=seed, number=number)
    raise AssertionError(f"no fair exercise of {topic.__name__} in {_TRIES} tries")


def draw_exercises(level: int, seed: int | str, count: int) -> tuple[Exercise, ...]:
    """Draw the first ``count`` exercises of a seed's list.

    Raises:
        ZapvizError: As of :func:`draw_exercise`.
    """
    return tuple(draw_exercise(level, seed, number) for number in range(1, count + 1))


def _seed(seed: int | str) -> str:
    text = str(seed).strip()
    if not text or len(text) > 60 or not text.isprintable():
        raise ZapvizError(f"the seed is a number or a word, at most 60 letters, not {seed!r}")
    return text


def _drawn(topic: Topic, dice: Dice) -> Exercise | None:
    """Draw an exercise without idle statements; None where chance made no fair one."""
    scene, asked, name = topic(dice)
    exercise = _exercise(scene, asked, name)
    if exercise is None or not _fair(exercise) or _mild(topic, exercise):
        return None
    for at in range(len(scene) - 1, -1, -1):  # a statement that makes no difference is left out
        without = scene[:at] + scene[at + 1 :]
        less = _exercise(without, asked, name)
        if less is not None and _gist(less) == _gist(exercise):
            scene, exercise = without, less
    return exercise if len(exercise.program.statements) <= MOST_STATEMENTS else None


def _exercise(scene: list[p.Statement], asked: p.Statement, name: str) -> Exercise | None:
    program = p.Program((*scene, replace(asked, comment="?")))
    try:
        return exercise_of(format_scenario(program), name)
    except ScenarioError:
        return None


def _gist(exercise: Exercise) -> object:
    """Give what makes up a question: each entry, what becomes of it, and why."""
    return exercise.asked, [ruling._replace(state=0) for ruling in exercise.rulings]


def _fair(exercise: Exercise) -> bool:
    """Tell whether an exercise asks for a few entries, with several answers for several reasons."""
    asked, rulings = exercise.asked, exercise.rulings
    if exercise.result == BLOCKED or not LEAST_ASKED <= len(asked) <= MOST_ASKED:
        return False
    made = sum(isinstance(s, p.NewMapping | p.NewAnon) for s in exercise.program.statements)
    decided = [(a.kind, r.rule) for a, r in zip(asked, rulings, strict=True) if r.rule]
    return (
        made == len({entry.area for entry in asked})
        and len({ruling.fate for ruling in rulings}) >= 2
        and 2 * len(decided) >= len(asked)
        and len(set(decided)) >= 2
    )


def _mild(topic: Topic, exercise: Exercise) -> bool:
    """Tell whether an exercise does not depend on its kernel: the default one would do the same."""
    if topic not in ABOUT_KERNEL:
        return False
    usual = exercise_of(exercise.text, DEFAULT_KERNEL)
    return [ruling.fate for ruling in usual.rulings] == [ruling.fate for ruling in exercise.rulings]
