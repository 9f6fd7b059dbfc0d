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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from types import MappingProxyType
from typing import Any, Final, TypeVar

from zapviz import program as p
from zapviz.errors import ScenarioError, ZapvizError, choices_hint
from zapviz.exercise import Exercise, Fate, Marked, exercise_of
from zapviz.kernels import DEFAULT_KERNEL, Kernel
from zapviz.machine import BLOCKED
from zapviz.scenario import format_scenario

__all__ = [
    "LEVELS",
    "Exercise",
    "Fate",
    "Marked",
    "draw_exercise",
    "draw_exercises",
    "exercise_of",
    "respond",
]

T = TypeVar("T")

LEVELS: Final = {
    1: "one mapping, four paths",
    2: "swap, shared mappings, zero pages, disk files",
    3: "other kernels, broken memory, migration, markers, locks",
}
"""Each level and what is in it."""

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
    themes = _THEMES[level]
    # One theme after the other, in an order of the seed's own, so that a few exercises are varied.
    order = _Dice(f"{level} {seed} order {(number - 1) // len(themes)}").shuffled(themes)
    theme = order[(number - 1) % len(themes)]
    for attempt in range(_TRIES):
        drawn = _drawn(theme, _Dice(f"{level} {seed} {number} {attempt}"))
        if drawn is not None:
            return replace(drawn, level=level, seed=seed, number=number)
    raise AssertionError(f"no fair exercise of {theme.__name__} in {_TRIES} tries")


def draw_exercises(level: int, seed: int | str, count: int) -> tuple[Exercise, ...]:
    """The first ``count`` exercises of a seed's list; errors as :func:`draw_exercise`."""
    return tuple(draw_exercise(level, seed, number) for number in range(1, count + 1))


def respond(
    request: Mapping[str, Any], kernels: Mapping[str, Kernel] = MappingProxyType({})
) -> dict[str, Any]:
    """Answer a page, plain values in and out.

    ``{"ask": "exercise", "level": 1, "seed": "monday", "number": 1}`` gives an exercise
    without its answers; ``{"ask": "exercise", "scenario": text, "kernel": name}`` that of a text.
    ``{"ask": "reveal", "scenario": text, "kernel": name, "answers": {"A[0]": "kept"}}`` judges.
    Nothing is kept between two requests.  What is wrong is ``{"error": message}``.
    ``kernels`` are known by these names beside those that :func:`zapviz.kernels.kernel` knows.
    """
    try:
        ask = request.get("ask")
        if ask == "exercise" and request.get("scenario") is None:
            level, number = _whole(request, "level"), _whole(request, "number")
            return draw_exercise(level, str(request.get("seed", "")), number).as_json()
        if ask in ("exercise", "reveal"):
            name = str(request.get("kernel", DEFAULT_KERNEL))
            exercise = exercise_of(str(request.get("scenario", "")), kernels.get(name, name))
            if ask == "exercise":
                return exercise.as_json()
            answers = request.get("answers", {})
            if not isinstance(answers, Mapping):
                raise ZapvizError("the answers are a mapping such as {'A[0]': 'kept'}")
            return exercise.judge(answers).as_json()
        hint = choices_hint(str(ask), ("exercise", "reveal"))
        raise ZapvizError(f"a page cannot ask for '{str(ask)[:60]}'; {hint}")
    except ZapvizError as error:
        return {"error": str(error)}


def _whole(request: Mapping[str, Any], name: str) -> int:
    value = request.get(name, 1)
    if not isinstance(value, int):
        raise ZapvizError(f"the {name} is a whole number, not {value!r}")
    return value


def _seed(seed: int | str) -> str:
    text = str(seed).strip()
    if not text or len(text) > 60 or not text.isprintable():
        raise ZapvizError(f"the seed is a number or a word, at most 60 letters, not {seed!r}")
    return text


class _Dice:
    """Chance from a text.

    Only ``random()`` of a generator seeded by a text is the same in every version of Python;
    everything here is made of that.
    """

    def __init__(self, text: str) -> None:
        self._random = Random(f"zapviz exercise {text}").random

    def integer(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self._random() * (high - low + 1))

    def choose(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.integer(0, len(options) - 1)]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All of the options, in some order."""
        left = list(options)
        return [left.pop(self.integer(0, len(left) - 1)) for _ in options]

    def part(self, first: int, end: int) -> tuple[int, int]:
        """A part of a range that is neither empty nor all of it."""
        start = self.integer(first, end - 1)
        stop = self.integer(start + 1, end)
        return (start, stop) if stop - start < end - first else (start, max(start + 1, stop - 1))

    def dealt(self, pages: int, kinds: Sequence[str]) -> tuple[str, ...]:
        """A kind for each page, in runs; each kind comes at least once."""
        runs = self.integer(len(kinds), min(pages, len(kinds) + 2))
        order = self.shuffled(kinds)
        while len(order) < runs:
            order.append(self.choose([kind for kind in kinds if kind != order[-1]]))
        sizes = [1] * runs
        for _ in range(pages - runs):
            sizes[self.integer(0, runs - 1)] += 1
        return tuple(kind for kind, size in zip(order, sizes, strict=True) for _ in range(size))


Draft = tuple[list[p.Statement], p.Statement, str]
"""The statements that set the scene, the one in question, and the kernel's name."""


def _drawn(theme: Callable[[_Dice], Draft], dice: _Dice) -> Exercise | None:
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


def _mild(theme: Callable[[_Dice], Draft], exercise: Exercise) -> bool:
    """Whether it is no exercise about its kernel: the default one would do the same."""
    if theme not in _ABOUT_KERNEL:
        return False
    usual = exercise_of(exercise.text, DEFAULT_KERNEL)
    return [ruling.fate for ruling in usual.rulings] == [ruling.fate for ruling in exercise.rulings]


# ---- what scenes are made of ---------------------------------------------------------------


def _pages(name: str, first: int, end: int) -> p.Pages:
    return p.Pages(name, first, end)


def _file_scene(
    dice: _Dice, kinds: Sequence[str], *, disk: bool = False, shared: bool = False
) -> tuple[list[p.Statement], int]:
    """A file mapped privately as A, its entries of these kinds; with ``shared``, beside B."""
    pages = dice.integer(max(4, len(kinds) + 1), 5 if shared else 6)
    scene: list[p.Statement] = [
        p.NewFile("F", "file" if disk else "shmem", pages),
        p.NewMapping("A", _pages("F", 0, pages), False),
    ]
    if shared:
        first, end = (0, pages) if dice.integer(0, 1) else dice.part(0, pages)
        scene.append(p.NewMapping("B", _pages("F", first, end), True))
        touch = dice.part(0, end - first) if end - first > 2 else (0, end - first)
        scene.append(
            p.Write(_pages("B", *touch), dice.integer(1, 9))
            if dice.integer(0, 1)
            else p.Read(_pages("B", *touch))
        )
    scene += _entries(dice, "A", dice.dealt(pages, kinds))
    return scene, pages


def _entries(dice: _Dice, name: str, kinds: Sequence[str]) -> list[p.Statement]:
    """The statements that make entries of these kinds, one for each page of a mapping: first
    the pages are touched, then something is done to some of them."""
    touched: list[p.Statement] = []
    for first, end in _runs([kind in _READ if kind != "none" else None for kind in kinds]):
        if kinds[first] in _READ:
            touched.append(p.Read(_pages(name, first, end)))
        elif kinds[first] != "none":
            touched.append(p.Write(_pages(name, first, end), dice.integer(1, 9)))
    done: list[p.Statement] = []
    for first, end in _runs(kinds):
        pages = _pages(name, first, end)
        match kinds[first]:
            case "swap":
                done.append(p.Madvise(pages, "MADV_PAGEOUT"))
            case "broken" | "broken file":
                done.append(p.Madvise(pages, "MADV_HWPOISON"))
            case "moving" | "moving file":
                done.append(p.Migrate(pages, "begin"))
            case "private device" | "exclusive device":
                done.append(p.ToDevice(pages, kinds[first].startswith("exclusive")))
    return dice.shuffled(touched) + dice.shuffled(done)


_READ: Final = ("file", "zero", "moving file", "broken file")


def _runs(values: Sequence[object]) -> list[tuple[int, int]]:
    """The runs of equal values, half open."""
    starts = [k for k, value in enumerate(values) if not k or value != values[k - 1]]
    return list(zip(starts, [*starts[1:], len(values)], strict=True))


def _punch(dice: _Dice, pages: int) -> p.Statement:
    whole = dice.integer(0, 2) == 0
    return p.Fallocate(_pages("F", *((0, pages) if whole else dice.part(0, pages))))


def _truncate(dice: _Dice, pages: int) -> p.Statement:
    return p.Ftruncate("F", dice.integer(0, pages - 2) * p.PAGE_BYTES)


def _dontneed(dice: _Dice, pages: int) -> p.Statement:
    return p.Madvise(_pages("A", *dice.part(0, pages)), "MADV_DONTNEED")


# ---- level 1 -------------------------------------------------------------------------------

_PLAIN = ("file", "anon", "none")


def _simple_munmap(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, _PLAIN)
    return scene, p.Munmap(_pages("A", *dice.part(0, pages))), DEFAULT_KERNEL


def _simple_truncate(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, _PLAIN)
    return scene, p.Ftruncate("F", dice.integer(1, pages - 2) * p.PAGE_BYTES), DEFAULT_KERNEL


def _simple_punch(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, _PLAIN)
    return scene, _punch(dice, pages), DEFAULT_KERNEL


def _simple_dontneed(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, _PLAIN)
    return scene, _dontneed(dice, pages), DEFAULT_KERNEL


# ---- level 2 -------------------------------------------------------------------------------


def _swap_punch(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "swap"), shared=bool(dice.integer(0, 1)))
    return scene, _punch(dice, pages), DEFAULT_KERNEL


def _swap_truncate(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "swap"), shared=True)
    return scene, p.Ftruncate("F", dice.integer(1, pages - 2) * p.PAGE_BYTES), DEFAULT_KERNEL


def _inside_a_page(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "swap"), disk=bool(dice.integer(0, 1)))
    size = dice.integer(0, pages - 2) * p.PAGE_BYTES + dice.integer(1, 8) * 500
    return scene, p.Ftruncate("F", size), DEFAULT_KERNEL


def _beside_shared(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon"), shared=True)
    return scene, _dontneed(dice, pages), DEFAULT_KERNEL


def _anonymous(dice: _Dice) -> Draft:
    pages = dice.integer(5, 8)
    dealt = dice.dealt(pages, ("zero", "anon", "swap"))
    scene: list[p.Statement] = [p.NewAnon("N", pages), *_entries(dice, "N", dealt)]
    part = _pages("N", *dice.part(0, pages))
    asked: tuple[p.Statement, ...] = (
        p.Madvise(part, "MADV_DONTNEED"), p.Munmap(part), p.MapFixed(part),
    )  # fmt: skip
    return scene, dice.choose(asked), DEFAULT_KERNEL


def _disk(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "swap"), disk=True)
    return scene, dice.choose((_punch, _truncate))(dice, pages), DEFAULT_KERNEL


def _direct_write(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "swap"), disk=True)
    part = (0, pages) if dice.integer(0, 1) else dice.part(0, pages)
    return scene, p.Pwrite(_pages("F", *part), dice.integer(1, 9), True), DEFAULT_KERNEL


def _remove(dice: _Dice) -> Draft:
    scene, _ = _file_scene(dice, ("file", "anon", "swap"), shared=True)
    shared = next(s for s in scene if isinstance(s, p.NewMapping) and s.shared)
    asked = p.Madvise(_pages("B", 0, shared.pages.count), "MADV_REMOVE")
    return scene, asked, DEFAULT_KERNEL


# ---- level 3 -------------------------------------------------------------------------------


def _before_the_fix(dice: _Dice) -> Draft:
    kinds = ("file", "anon", "swap", *(("broken",) if dice.integer(0, 1) else ()))
    scene, pages = _file_scene(dice, kinds)
    return scene, _truncate(dice, pages), "v5.17"


def _rfc_v2(dice: _Dice) -> Draft:
    kinds = ("file", "anon", "swap", *(("broken",) if dice.integer(0, 1) else ()))
    scene, pages = _file_scene(dice, kinds)
    return scene, _punch(dice, pages), "rfc-v2"


def _backport(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, ("anon", "swap", "broken"), shared=bool(dice.integer(0, 1)))
    return scene, _punch(dice, pages), "v5.10.y"


def _broken(dice: _Dice) -> Draft:
    kinds = ("file", "anon", dice.choose(("broken", "broken file")))
    scene, pages = _file_scene(dice, kinds)
    makers = (_punch, _truncate, _punch)
    return scene, dice.choose(makers)(dice, pages), dice.choose(("v6.1", "v6.12", "v7.3"))


def _moving(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "moving", "moving file"))
    range_ = _pages("F", *((0, pages) if dice.integer(0, 1) else dice.part(0, pages)))
    asked = p.UnmapMappingRange(range_, dice.integer(0, 3) == 0)
    return scene, asked, dice.choose(("v5.17", "v5.18", "v6.12", "v7.3"))


def _moving_punch(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "moving"))
    return scene, _punch(dice, pages), dice.choose(("v5.18", "v6.1", "v6.18"))


def _device(dice: _Dice) -> Draft:
    kinds = ("file", "anon", dice.choose(("private device", "exclusive device")))
    scene, pages = _file_scene(dice, kinds)
    makers = (_punch, _punch, _truncate)
    return scene, dice.choose(makers)(dice, pages), dice.choose(("v5.17", "v6.12", "v7.3"))


def _write_protected(dice: _Dice) -> Draft:
    pages = dice.integer(4, 6)
    scene: list[p.Statement] = [
        p.NewFile("F", "shmem", pages),
        p.NewMapping("B", _pages("F", 0, pages), True),
        p.Write(_pages("B", 0, pages), dice.integer(1, 9)),
        p.Uffd(_pages("B", *dice.part(0, pages)), "wp"),
    ]
    if dice.integer(0, 1):
        scene.append(p.Madvise(_pages("B", *dice.part(0, pages)), "MADV_DONTNEED"))
    part = dice.part(0, pages)
    asked: tuple[p.Statement, ...] = (
        p.Madvise(_pages("B", *part), "MADV_DONTNEED"),
        p.Fallocate(_pages("F", *part)),
        p.Ftruncate("F", part[0] * p.PAGE_BYTES),
        p.Munmap(_pages("B", *part)),
    )
    return scene, dice.choose(asked), dice.choose(("v6.12", "v6.18", "v7.3"))


def _guards(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "none"))
    scene.append(p.Madvise(_pages("A", *dice.part(0, pages)), "MADV_GUARD_INSTALL"))
    makers = (_punch, _truncate, _dontneed)
    return scene, dice.choose(makers)(dice, pages), dice.choose(("v6.18", "v7.3"))


def _guarding(dice: _Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "none"))
    asked = p.Madvise(_pages("A", *dice.part(0, pages)), "MADV_GUARD_INSTALL")
    return scene, asked, dice.choose(("v6.18", "v7.3"))


def _locked(dice: _Dice) -> Draft:
    pages = dice.integer(4, 7)
    scene: list[p.Statement] = [
        p.NewAnon("N", pages),
        p.Write(_pages("N", 0, pages), dice.integer(1, 9)),
        p.Madvise(_pages("N", *dice.part(0, pages)), "MADV_PAGEOUT"),
        p.Mlock(_pages("N", *dice.part(0, pages)), True),
    ]
    advice: tuple[p.Advice, ...] = ("MADV_DONTNEED", "MADV_DONTNEED", "MADV_DONTNEED_LOCKED")
    asked = p.Madvise(_pages("N", 0, pages), dice.choose(advice))
    if asked.advice == "MADV_DONTNEED_LOCKED":
        asked = replace(asked, pages=_pages("N", *dice.part(0, pages)))
    return scene, asked, dice.choose(("v5.18", "v6.12", "v7.3"))


_THEMES: Final[Mapping[int, tuple[Callable[[_Dice], Draft], ...]]] = {
    1: (_simple_munmap, _simple_truncate, _simple_punch, _simple_dontneed),
    2: (
        *(_swap_punch, _swap_truncate, _inside_a_page, _beside_shared),
        *(_anonymous, _disk, _direct_write, _remove),
    ),
    3: (
        *(_before_the_fix, _rfc_v2, _backport, _broken, _moving, _moving_punch),
        *(_device, _write_protected, _guards, _guarding, _locked),
    ),
}

_ABOUT_KERNEL: Final = (_before_the_fix, _rfc_v2, _backport)
