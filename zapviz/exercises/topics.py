"""Topics: the situations that exercises of each level are about, put together by chance.

A topic is a function from dice to a draft: the statements that set the scene, the one in question,
and a kernel. Chance alone makes the draft; :mod:`zapviz.exercises.draw` runs it and decides whether
it is worth asking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Final, TypeAlias, TypeVar

from zapviz.kernels.known import DEFAULT_KERNEL
from zapviz.model import program as p

__all__ = ["ABOUT_KERNEL", "TOPICS", "Dice", "Draft", "Topic"]

T = TypeVar("T")


class Dice:
    """Chance, seeded by a text.

    Of a generator seeded by a text, only ``random()`` is the same in every version of Python;
    everything here is made of it.
    """

    def __init__(self, text: str) -> None:
        self._random = Random(f"zapviz exercise {text}").random

    def integer(self, low: int, high: int) -> int:
        """Give a whole number, both ends included."""
        return low + int(self._random() * (high - low + 1))

    def choose(self, options: Sequence[T]) -> T:
        """Give one of the options."""
        return options[self.integer(0, len(options) - 1)]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """Give all of the options, in some order."""
        left = list(options)
        return [left.pop(self.integer(0, len(left) - 1)) for _ in options]

    def part(self, first: int, end: int) -> tuple[int, int]:
        """Give a part of a range that is neither empty nor the whole of it."""
        start = self.integer(first, end - 1)
        stop = self.integer(start + 1, end)
        return (start, stop) if stop - start < end - first else (start, max(start + 1, stop - 1))

    def dealt(self, pages: int, kinds: Sequence[str]) -> tuple[str, ...]:
        """Deal a kind to each page, in runs; each kind comes at least once."""
        runs = self.integer(len(kinds), min(pages, len(kinds) + 2))
        order = self.shuffled(kinds)
        while len(order) < runs:
            order.append(self.choose([kind for kind in kinds if kind != order[-1]]))
        sizes = [1] * runs
        for _ in range(pages - runs):
            sizes[self.integer(0, runs - 1)] += 1
        return tuple(kind for kind, size in zip(order, sizes, strict=True) for _ in range(size))


Draft: TypeAlias = tuple[list[p.Statement], p.Statement, str]
"""The statements that set the scene, the one in question, and the kernel's name."""

Topic: TypeAlias = Callable[[Dice], Draft]
"""Makes a draft."""


# ---- what scenes are made of ---------------------------------------------------------------


def _pages(name: str, first: int, end: int) -> p.Pages:
    return p.Pages(name, first, end)


def _file_scene(
    dice: Dice, kinds: Sequence[str], *, disk: bool = False, shared: bool = False
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


def _entries(dice: Dice, name: str, kinds: Sequence[str]) -> list[p.Statement]:
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


def _punch(dice: Dice, pages: int) -> p.Statement:
    whole = dice.integer(0, 2) == 0
    return p.Fallocate(_pages("F", *((0, pages) if whole else dice.part(0, pages))))


def _truncate(dice: Dice, pages: int) -> p.Statement:
    return p.Ftruncate("F", dice.integer(0, pages - 2) * p.PAGE_BYTES)


def _dontneed(dice: Dice, pages: int) -> p.Statement:
    return p.Madvise(_pages("A", *dice.part(0, pages)), "MADV_DONTNEED")


# ---- level 1 -------------------------------------------------------------------------------

_PLAIN = ("file", "anon", "none")


def _simple_munmap(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, _PLAIN)
    return scene, p.Munmap(_pages("A", *dice.part(0, pages))), DEFAULT_KERNEL


def _simple_truncate(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, _PLAIN)
    return scene, p.Ftruncate("F", dice.integer(1, pages - 2) * p.PAGE_BYTES), DEFAULT_KERNEL


def _simple_punch(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, _PLAIN)
    return scene, _punch(dice, pages), DEFAULT_KERNEL


def _simple_dontneed(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, _PLAIN)
    return scene, _dontneed(dice, pages), DEFAULT_KERNEL


# ---- level 2 -------------------------------------------------------------------------------


def _swap_punch(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "swap"), shared=bool(dice.integer(0, 1)))
    return scene, _punch(dice, pages), DEFAULT_KERNEL


def _swap_truncate(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "swap"), shared=True)
    return scene, p.Ftruncate("F", dice.integer(1, pages - 2) * p.PAGE_BYTES), DEFAULT_KERNEL


def _inside_a_page(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "swap"), disk=bool(dice.integer(0, 1)))
    size = dice.integer(0, pages - 2) * p.PAGE_BYTES + dice.integer(1, 8) * 500
    return scene, p.Ftruncate("F", size), DEFAULT_KERNEL


def _beside_shared(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon"), shared=True)
    return scene, _dontneed(dice, pages), DEFAULT_KERNEL


def _anonymous(dice: Dice) -> Draft:
    pages = dice.integer(5, 8)
    dealt = dice.dealt(pages, ("zero", "anon", "swap"))
    scene: list[p.Statement] = [p.NewAnon("N", pages), *_entries(dice, "N", dealt)]
    part = _pages("N", *dice.part(0, pages))
    asked: tuple[p.Statement, ...] = (
        p.Madvise(part, "MADV_DONTNEED"), p.Munmap(part), p.MapFixed(part),
    )  # fmt: skip
    return scene, dice.choose(asked), DEFAULT_KERNEL


def _disk(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "swap"), disk=True)
    return scene, dice.choose((_punch, _truncate))(dice, pages), DEFAULT_KERNEL


def _direct_write(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "swap"), disk=True)
    part = (0, pages) if dice.integer(0, 1) else dice.part(0, pages)
    return scene, p.Pwrite(_pages("F", *part), dice.integer(1, 9), True), DEFAULT_KERNEL


def _remove(dice: Dice) -> Draft:
    scene, _ = _file_scene(dice, ("file", "anon", "swap"), shared=True)
    shared = next(s for s in scene if isinstance(s, p.NewMapping) and s.shared)
    asked = p.Madvise(_pages("B", 0, shared.pages.count), "MADV_REMOVE")
    return scene, asked, DEFAULT_KERNEL


# ---- level 3 -------------------------------------------------------------------------------


def _before_the_fix(dice: Dice) -> Draft:
    kinds = ("file", "anon", "swap", *(("broken",) if dice.integer(0, 1) else ()))
    scene, pages = _file_scene(dice, kinds)
    return scene, _truncate(dice, pages), "v5.17"


def _rfc_v2(dice: Dice) -> Draft:
    kinds = ("file", "anon", "swap", *(("broken",) if dice.integer(0, 1) else ()))
    scene, pages = _file_scene(dice, kinds)
    return scene, _punch(dice, pages), "rfc-v2"


def _backport(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, ("anon", "swap", "broken"), shared=bool(dice.integer(0, 1)))
    return scene, _punch(dice, pages), "v5.10.y"


def _broken(dice: Dice) -> Draft:
    kinds = ("file", "anon", dice.choose(("broken", "broken file")))
    scene, pages = _file_scene(dice, kinds)
    makers = (_punch, _truncate, _punch)
    return scene, dice.choose(makers)(dice, pages), dice.choose(("v6.1", "v6.12", "v7.3"))


def _moving(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "moving", "moving file"))
    range_ = _pages("F", *((0, pages) if dice.integer(0, 1) else dice.part(0, pages)))
    asked = p.UnmapMappingRange(range_, dice.integer(0, 3) == 0)
    return scene, asked, dice.choose(("v5.17", "v5.18", "v6.12", "v7.3"))


def _moving_punch(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "moving"))
    return scene, _punch(dice, pages), dice.choose(("v5.18", "v6.1", "v6.18"))


def _device(dice: Dice) -> Draft:
    kinds = ("file", "anon", dice.choose(("private device", "exclusive device")))
    scene, pages = _file_scene(dice, kinds)
    makers = (_punch, _punch, _truncate)
    return scene, dice.choose(makers)(dice, pages), dice.choose(("v5.17", "v6.12", "v7.3"))


def _write_protected(dice: Dice) -> Draft:
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


def _guards(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "none"))
    scene.append(p.Madvise(_pages("A", *dice.part(0, pages)), "MADV_GUARD_INSTALL"))
    makers = (_punch, _truncate, _dontneed)
    return scene, dice.choose(makers)(dice, pages), dice.choose(("v6.18", "v7.3"))


def _guarding(dice: Dice) -> Draft:
    scene, pages = _file_scene(dice, ("file", "anon", "none"))
    asked = p.Madvise(_pages("A", *dice.part(0, pages)), "MADV_GUARD_INSTALL")
    return scene, asked, dice.choose(("v6.18", "v7.3"))


def _locked(dice: Dice) -> Draft:
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


TOPICS: Final[Mapping[int, tuple[Topic, ...]]] = {
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
"""The topics of each level."""

ABOUT_KERNEL: Final = (_before_the_fix, _rfc_v2, _backport)
"""The topics that are about what their kernel does otherwise than the default one."""
