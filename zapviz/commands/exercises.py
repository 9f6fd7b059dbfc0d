"""``zapviz exercises``: exercises for paper, with their answers only when asked for."""

from __future__ import annotations

import argparse

from zapviz.commands.chosen import chosen_kernel, chosen_source
from zapviz.commands.parser import add_kernel, add_scenario
from zapviz.errors import ZapvizError
from zapviz.exercises.draw import LEVELS, draw_exercises
from zapviz.exercises.exercise import Exercise, exercise_of
from zapviz.render.text.exercise import format_answers, format_exercise

__all__ = ["EXAMPLES", "add_arguments", "run"]

EXAMPLES = """\
The same level and seed give the same exercises everywhere; another seed gives
others of the same kind.  With FILE or NAME it is that scenario's own exercise:
the statement with a comment '# ?' beside it, or else the last one that zaps.

levels:
  1  one mapping, four paths, on the default kernel
  2  swap, shared mappings, zero pages, disk files
  3  other kernels, broken memory, migration, markers, locks

examples:
  zapviz exercises --level 2 --seed 7 -n 5
  zapviz exercises --level 2 --seed 7 -n 5 --answers
  zapviz exercises hole-punch --kernel v5.17
"""

MOST = 100


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_scenario(command, optional=True)
    add_kernel(command)
    command.add_argument("--level", type=int, metavar="L", help="1, 2 or 3 (default: 1)")
    command.add_argument("--seed", metavar="S", help="a number or a word (default: 1)")
    command.add_argument(
        "-n", dest="count", type=int, metavar="N", help=f"how many, up to {MOST} (default: 1)"
    )
    command.add_argument(
        "--answers", action="store_true", help="print the answers too, after all the exercises"
    )


def run(args: argparse.Namespace) -> int:
    """Carry the command out, and give its exit status."""
    exercises: tuple[Exercise, ...]
    if args.scenario is not None:
        exercises, heads = (_own(args),), [""]
    else:
        if args.kernel is not None or args.rule:
            raise ZapvizError("--kernel and --rule are for a scenario; a level chooses its kernels")
        count = 1 if args.count is None else args.count
        if not 1 <= count <= MOST:
            raise ZapvizError(f"-n takes 1 to {MOST}, not {count}")
        level = 1 if args.level is None else args.level
        seed = "1" if args.seed is None else args.seed
        exercises = draw_exercises(level, seed, count)
        heads = [f"Exercise {one.number}: level {level}, seed {one.seed}" for one in exercises]
        print(f"Level {level}: {LEVELS[level]}.")
        print("Mark what becomes of each entry: zapped (it is gone), kept (it stays),")
        print("or changed (something else stands there afterwards).\n")
    parts = [
        (f"{head}\n{'-' * len(head)}\n" if head else "") + format_exercise(one)
        for head, one in zip(heads, exercises, strict=True)
    ]
    if args.answers:
        parts += [
            (f"Answers to exercise {one.number}\n\n" if head else "Answers\n\n")
            + format_answers(one)
            for head, one in zip(heads, exercises, strict=True)
        ]
    print("\n\n".join(parts))
    return 0


def _own(args: argparse.Namespace) -> Exercise:
    """Make the exercise of the user's own scenario."""
    if args.level is not None or args.seed is not None or args.count is not None:
        raise ZapvizError("--level, --seed and -n draw exercises; a scenario is one already")
    source = chosen_source(args)
    return exercise_of(source.text, chosen_kernel(args), source.name)
