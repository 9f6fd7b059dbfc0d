"""Exercises drawn by level and seed: everyone who names the same ones gets the same ones.

Level 1 takes one mapping through the four paths on the default kernel; level 2 adds swap,
shared mappings, the zero page, disk files and sizes inside a page; level 3 other kernels,
broken memory, pages on the move, devices, markers and locked memory.

>>> exercise = draw_exercise(1, "monday")
>>> exercise == draw_exercise(1, "monday", 1)
True

A draw is made of chance and then run by the model.  It is thrown away unless it is fair: a few
entries, with at least two answers among them; and a statement that changes neither the
question nor its answers is left out.

:func:`respond` is what a page asks, in plain values, in a notebook or anywhere else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from zapviz.errors import ScenarioError, ZapvizError
from zapviz.exercises.exercise import Exercise, exercise_of
from zapviz.exercises.themes import ABOUT_KERNEL, THEMES, Dice, Theme
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
"""Each level and what is in it."""

LEVEL_NAMES: Final = {
    1: "four paths",
    2: "swap, shared, disk",
    3: "kernels, poison, markers",
}
"""Each level in a few words, for a list to choose from."""

LEAST_ASKED: Final = 3


MOST_ASKED: Final = 12
"""How many entries a drawn exercise asks for."""


MOST_STATEMENTS: Final = 10
"""Most statements of a drawn exercise, the one in question included."""


MOST_NUMBER: Final = 9999
"""The highest number of an exercise of a seed."""


_TRIES = 500  # a fair one comes within a few


def draw_exercise(level: int, seed: int | str, number: int = 1) -> Exercise:
    """The exercise of that number in a seed's list, counted from 1.

    The same on every machine and every version of Python.  Errors: ZapvizError for a level
    that there is not, an empty seed or a number below 1.
    """
    if level not in LEVELS:
        raise ZapvizError(f"there is no level {level!r}; the levels are 1, 2 and 3")
    if not 1 <= number <= MOST_NUMBER:
        raise ZapvizError(f"there is no exercise {number!r}; they go from 1 to {MOST_NUMBER}")
    seed = _seed(seed)
    themes = THEMES[level]
    # One theme after the other, in an order of the seed's own, so that a few exercises are varied.
    order = Dice(f"{level} {seed} order {(number - 1) // len(themes)}").shuffled(themes)
    theme = order[(number - 1) % len(themes)]
    for attempt in range(_TRIES):
        drawn = _drawn(theme, Dice(f"{level} {seed} {number} {attempt}"))
        if drawn is not None:
            return replace(drawn, level=level, seed=seed, number=number)
    raise AssertionError(f"no fair exercise of {theme.__name__} in {_TRIES} tries")


def draw_exercises(level: int, seed: int | str, count: int) -> tuple[Exercise, ...]:
    """The first ``count`` exercises of a seed's list; errors as :func:`draw_exercise`."""
    return tuple(draw_exercise(level, seed, number) for number in range(1, count + 1))


def _seed(seed: int | str) -> str:
    text = str(seed).strip()
    if not text or len(text) > 60 or not text.isprintable():
        raise ZapvizError(f"the seed is a number or a word, at most 60 letters, not {seed!r}")
    return text


def _drawn(theme: Theme, dice: Dice) -> Exercise | None:
    """An exercise of a theme without idle statements, or None where chance made no fair one."""
    scene, asked, name = theme(dice)
    exercise = _exercise(scene, asked, name)
    if exercise is None or not _fair(exercise) or _mild(theme, exercise):
        return None
    for at in range(len(scene) - 1, -1, -1):  # what is not missed goes
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
    """What makes a question: each entry, what becomes of it and why; not in which state."""
    return exercise.asked, [ruling._replace(state=0) for ruling in exercise.rulings]


def _fair(exercise: Exercise) -> bool:
    """Whether it asks enough and not too much, and for more than whether a range is hit."""
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


def _mild(theme: Theme, exercise: Exercise) -> bool:
    """Whether it is no exercise about its kernel: the default one would do the same."""
    if theme not in ABOUT_KERNEL:
        return False
    usual = exercise_of(exercise.text, DEFAULT_KERNEL)
    return [ruling.fate for ruling in usual.rulings] == [ruling.fate for ruling in exercise.rulings]
