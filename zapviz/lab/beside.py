"""A verdict as text: model and kernel beside each other, 72 columns of 7-bit ASCII.

Below each statement stands what it changed, one letter for each entry; a caret under the entry
marks the first difference. Mappings and page caches of more than 16 pages go on below.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from zapviz.kernels.known_differences import PAGE
from zapviz.lab.script import SECONDS, Observed
from zapviz.lab.verdict import Row, Verdict
from zapviz.model.program import Assert
from zapviz.render.palette import CLASSES
from zapviz.render.text.lines import WIDTH, ascii_only, wrapped
from zapviz.words import how_many

__all__ = ["format_verdict"]

Shown = tuple[dict[str, str], dict[str, str]]  # the strips last shown, by label: both sides

_INDENT = 5
_COLUMN = (WIDTH - _INDENT) // 2
_STRIP = 16


def format_verdict(verdict: Verdict) -> str:
    """Write the whole verdict, without a newline at the end."""
    release = f" ({verdict.release})" if verdict.release not in ("", verdict.name) else ""
    title = verdict.program.title
    lines = [*wrapped(title)] if title else []
    lines += wrapped(f"{verdict.where}{release} beside the model of {verdict.model.name}", hang=4)
    lines += ["", *_legend(verdict), "", _beside("model", "kernel")]
    shown: Shown = ({}, {})
    sides = [_strips(side) for row in verdict.rows for side in (row.model, row.kernel)]
    wide = max((len(label) for strips in sides for label in strips), default=0)
    for number, row in enumerate(verdict.rows):
        lines += wrapped(f"{row.statement.line:3d}  {row.text}", hang=_INDENT + 4)
        lines += _row(verdict, number, row, shown, wide)
    return "\n".join([*lines, "", *_closing(verdict)])


def _row(verdict: Verdict, number: int, row: Row, shown: Shown, wide: int) -> Iterator[str]:
    """Write what stands below a statement: results, changed strips, the first difference."""
    if row.skipped:
        yield from wrapped(" " * _INDENT + f"skipped: {row.skipped}", hang=_INDENT + 4)
        return
    differs = verdict.difference is not None and verdict.difference[0] == number
    results = [_result(row, side) for side in ("model", "kernel")]
    if any(results):
        yield _beside(*results)
    stuck = any(side is not None and side.stuck for side in (row.model, row.kernel))
    model, kernel = ({}, {}) if stuck else (_strips(row.model), _strips(row.kernel))
    where = verdict.difference[1].what if differs and verdict.difference else ""
    for label in model | kernel:
        one, other = model.get(label, ""), kernel.get(label, "")
        if (shown[0].get(label), shown[1].get(label)) != (one, other) or _about(where, label):
            start = f"{label:<{wide}}  "
            yield _beside(start + one, start + other if row.kernel else "")
        if _about(where, label):
            at = _page(where) % _STRIP
            yield " " * (_INDENT + _COLUMN + wide + 2 + at) + "^"
        shown[0][label], shown[1][label] = one, other
    if differs and verdict.difference:
        what = verdict.difference[1]
        yield from wrapped(
            f"     first difference: {what.what}: model {what.model}, kernel {what.kernel}",
            hang=_INDENT + 4,
        )


def _result(row: Row, side: str) -> str:
    seen: Observed | None = getattr(row, side)
    if seen is None:
        return "(the process had ended)"
    if seen.stuck:
        return "never returns" if side == "model" else f"not back after {SECONDS} s"
    if isinstance(row.statement, Assert):
        holds: bool | None = getattr(row, f"{side}_holds")
        if holds is False and row.excused:
            return "fails, as steps are left out"
        return {True: "holds", False: "FAILS", None: "cannot be seen"}[holds]
    return f"= {seen.result}" if seen.result != "0" else _zero(row)


def _zero(row: Row) -> str:
    """Write a success; it is only shown where the other side has none."""
    sides = [seen.result for seen in (row.model, row.kernel) if seen is not None]
    return "= 0" if any(result != "0" for result in sides) else ""


def _strips(seen: Observed | None) -> dict[str, str]:
    """Give the letters of each label; a label stands for 16 entries."""
    strips = {}
    for name, kinds in {**(seen.cache if seen else {}), **(seen.ptes if seen else {})}.items():
        letters = "".join(CLASSES[kind].letter if kind in CLASSES else "?" for kind in kinds)
        for first in range(0, max(1, len(letters)), _STRIP):
            label = f"{name}[{first}:]" if len(letters) > _STRIP else name
            strips[label] = letters[first : first + _STRIP]
    return strips


def _about(where: str, label: str) -> bool:
    """Tell whether a difference, such as ``data of A[3]``, is on the line of a label."""
    place = where.rpartition(" ")[2]
    name, bracket, _ = place.partition("[")
    if not bracket:
        return False
    first = int(label.partition("[")[2].rstrip(":]") or 0)
    return label.partition("[")[0] == name and first <= _page(where) < first + _STRIP


def _page(where: str) -> int:
    return int(where.rpartition("[")[2].rstrip("]"))


def _legend(verdict: Verdict) -> list[str]:
    sides = [seen for row in verdict.rows for seen in (row.model, row.kernel) if seen is not None]
    met = {kind for seen in sides for kinds in (*seen.ptes.values(), *seen.cache.values())
           for kind in kinds}  # fmt: skip
    meanings = [
        f"{entry.letter if entry.letter.strip() else 'blank'} = {entry.name}"
        for kind, entry in CLASSES.items()
        if kind in met
    ]
    whole = "   ".join(text.replace(" ", "\0") for text in meanings)
    return [line.replace("\0", " ") for line in textwrap.wrap(whole, WIDTH)]


def _closing(verdict: Verdict) -> Iterator[str]:
    """Write the last lines: the kernel's complaints, and one that a program can look for."""
    for complaint in verdict.complaints:
        yield from wrapped(f"the kernel's log: {complaint}", hang=4)
    skipped = len(verdict.skipped)
    ran = len(verdict.rows) - skipped
    left = f", {skipped} skipped" if skipped else ""
    name, model = verdict.where, verdict.model.name
    if verdict.agrees:
        count = how_many(ran, "statement") + left
        yield from wrapped(f"agree: {name} and the model of {model}, in {count}", hang=4)
    elif verdict.known is not None and verdict.difference is not None:
        line = verdict.rows[verdict.difference[0]].statement.line
        where = f"{name} and the model of {model} part at line {line}"
        yield from wrapped(f"known difference: {where}. {verdict.known}.", hang=4)
    elif verdict.difference is None:
        yield from wrapped(f"COMPLAINTS: {name} does as {model}, but its log complains", hang=4)
    else:
        line = verdict.rows[verdict.difference[0]].statement.line
        yield from wrapped(f"DISAGREE: {name} and the model of {model}, at line {line}", hang=4)
    if verdict.stuck is not None:
        rest = len(verdict.program.statements) - len(verdict.rows)
        below = f"; {how_many(rest, 'statement')} not run" if rest else ""
        line = verdict.stuck.statement.line
        why = f"line {line} not back after {SECONDS} s"
        yield from wrapped(f"BLOCKED on {name}: {why}{below}", hang=4)
    for row, each in verdict.met:
        if each is not verdict.known:
            line = verdict.rows[row].statement.line
            yield from wrapped(f"met at line {line}, a known difference: {each}.", hang=4)
    if verdict.met:
        yield from wrapped(f"all of them: {PAGE}", hang=4)
    failed = [str(row.statement.line) for row in verdict.failed]
    if failed:
        said = "an assertion fails" if len(failed) == 1 else f"{len(failed)} assertions fail"
        plural = "s" * (len(failed) != 1)
        yield from wrapped(f"FAILED on {name}: {said} (line{plural} {', '.join(failed)})", hang=4)
    if skipped:
        lines = [str(line) for line in verdict.skipped]
        said = f"line{'s' * (skipped != 1)} {', '.join(lines)}"
        yield from wrapped(
            f"INCOMPLETE: {how_many(skipped, 'statement')} left out ({said}); "
            f"what depends on {'it' if skipped == 1 else 'them'} was not tried",
            hang=4,
        )


def _beside(one: str, other: str) -> str:
    return ascii_only(" " * _INDENT + one.ljust(_COLUMN) + other).rstrip()
