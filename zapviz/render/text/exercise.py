"""Exercises as plain text, for paper and mail: 72 columns of 7-bit ASCII.

>>> from zapviz.exercises.exercise import exercise_of
>>> scenario = "N = anon(3)\\nN[0:2] = 7\\nmunmap(N[1:3])"
>>> print(format_exercise(exercise_of(scenario)))
kernel v6.18: longterm 6.18.15, as Debian's 6.18
<BLANKLINE>
  1  N = anon(3)
  2  N[0:2] = 7
  3  munmap(N[1:3])  # ?
<BLANKLINE>
Before line 3:
<BLANKLINE>
      012
N     AA.    anonymous memory
<BLANKLINE>
What becomes of each entry of N in munmap(N[1:3])?
<BLANKLINE>
  N[0]  A  private page  [ ] zapped  [ ] kept  [ ] changed
  N[1]  A  private page  [ ] zapped  [ ] kept  [ ] changed
"""

from __future__ import annotations

import textwrap

from zapviz.exercises.exercise import Asked, Exercise, Fate
from zapviz.model.entries import Bit, Kind
from zapviz.render.palette import CLASSES
from zapviz.render.text.lines import WIDTH, ascii_only, wrapped
from zapviz.render.text.trace import format_state, format_table

__all__ = ["format_answers", "format_exercise"]


def format_exercise(exercise: Exercise) -> str:
    """Write an exercise without its answers, a line to mark for each entry in question."""
    boxes = "  ".join(f"[ ] {fate}" for fate in Fate)
    entries = [
        (asked.name, CLASSES[asked.kind].letter, _what(exercise, asked), boxes)
        for asked in exercise.asked
    ]
    about = [exercise.program.title, " ".join(exercise.program.about)]
    return "\n".join(
        [
            *(line for text in about for line in textwrap.wrap(ascii_only(text), WIDTH)),
            *wrapped(f"kernel {exercise.kernel}", hang=4),
            "",
            *(
                f"{number:3d}  {ascii_only(line)}".rstrip()
                for number, line in enumerate(exercise.text.splitlines(), 1)
            ),
            "",
            f"Before line {exercise.line}:",
            "",
            format_state(exercise.before),
            "",
            *wrapped(exercise.question),
            "",
            format_table(entries, indent=2),
        ]
    )


def format_answers(exercise: Exercise) -> str:
    """Write what becomes of each entry of an exercise, and why."""
    rows = []
    for truth in exercise.solution.entries:
        source = "; ".join(filter(None, (truth.function, truth.evidence)))
        why = f"{truth.reason} [{source}]" if source else truth.reason
        rows.append((truth.name, CLASSES[truth.kind].letter, str(truth.fate), why))
    return "\n".join([*wrapped(exercise.question), "", format_table(rows, indent=2)])


def _what(exercise: Exercise, asked: Asked) -> str:
    """Describe an entry before the call, beyond what the strip's letter says."""
    entry = exercise.before.world(-1).areas[asked.area].entries[asked.page]
    if entry.of_either_sort:
        return f"{asked.kind} ({'private' if entry.bits & Bit.ANON else 'file'} page)"
    protected = entry.bits & Bit.UFFD_WP and asked.kind is not Kind.UFFD_WP_MARKER
    return CLASSES[asked.kind].name + ", uffd-wp" * bool(protected)
