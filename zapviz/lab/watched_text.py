"""A watched kernel beside the model's steps, as text.

Each statement's changes stand in two columns, the model's and the kernel's, with the functions that
wrote them; the first difference is marked.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from zapviz.lab.guest.watcher import Written
from zapviz.lab.kernel_steps import KernelSteps
from zapviz.lab.steps import RULES, Change, model_changes
from zapviz.model.entries import Kind
from zapviz.model.steps import Step
from zapviz.render.text.lines import WIDTH, ascii_only, wrapped
from zapviz.scenario.text import statement_texts
from zapviz.words import how_many

__all__ = ["format_watched"]

_COLUMN = (WIDTH - 4) // 2


def format_watched(watched: KernelSteps) -> str:
    """Write both sides beside each other: at most 72 columns, 7-bit ASCII."""
    return _Text(watched).text()


class _Line(NamedTuple):
    """A line of one side: what is said, and the change that it says."""

    text: str
    change: Change | None = None


class _Text:
    """Writes one of them."""

    def __init__(self, watched: KernelSteps) -> None:
        self.of = watched

    def text(self) -> str:
        release = f" ({self.of.release})" if self.of.release not in ("", self.of.name) else ""
        lines = wrapped(self.of.program.title) if self.of.program.title else []
        lines += wrapped(
            f"kernel {self.of.name}{release}, watched, beside the steps of the model of "
            f"{self.of.model.name}",
            hang=4,
        )
        lines += ["", _in_columns("model", "kernel")]
        texts = statement_texts(self.of.program)
        for index, statement in enumerate(self.of.program.statements[: len(self.of.calls)]):
            lines += wrapped(f"{statement.line:3d}  {texts[index]}", hang=9)
            lines += self._said(index)
        return "\n".join([*lines, "", *self._closing()])

    def _said(self, index: int) -> Iterator[str]:
        left, right = list(self._model_lines(index)), list(self._kernel_lines(index))
        differs = (
            self.of.difference if self.of.difference and self.of.difference[0] == index else None
        )
        number = 0
        while left or right:
            if left and right and left[0].change and right[0].change:
                yield _in_columns(left.pop(0).text, right.pop(0).text)
                if differs == (index, number):
                    yield from self._marked(index, number)
                number += 1
            elif left and right and not left[0].change and not right[0].change:
                yield _in_columns(left.pop(0).text, right.pop(0).text)
            elif left and (not left[0].change or not right):
                line = left.pop(0)
                yield _in_columns(line.text, "")
                if line.change:
                    if differs == (index, number):
                        yield from self._marked(index, number)
                    number += 1
            else:
                line = right.pop(0)
                yield _in_columns("", line.text)
                if line.change and not left:
                    if differs == (index, number):
                        yield from self._marked(index, number)
                    number += 1

    def _marked(self, index: int, number: int) -> Iterator[str]:
        each = self.of.compared[index][number]
        sides = [
            f"{who} {self._change(change) if change else 'writes no more'}"
            for who, change in (("model", each.model), ("kernel", each.kernel))
        ]
        yield "    ^"
        yield from wrapped(f"    first difference: {', '.join(sides)}", hang=8)

    def _change(self, change: Change) -> str:
        by = f" by a {change.zapped_by} pass" if change.zapped_by else ""
        where = f"{self.of.names[change.area]}[{change.page}]"
        return f"{where} {change}{by}"

    def _short(self, change: Change) -> str:
        where = f"{self.of.names[change.area]}[{change.page}]"
        if change.before.kind == change.after.kind:
            return f"{where} {change}"
        return f"{where} {change.before.kind} -> {change.after.kind}"

    def _model_lines(self, index: int) -> Iterator[_Line]:
        compared = {(row.model.at, row.model.place) for row in self.of.compared[index] if row.model}
        world, title = self.of.world_before(index), ""
        for number, step in enumerate(self.of.steps_of(index)):
            if step.part.title and step.part.title != title:
                yield _Line(step.part.title)
            title = step.part.title
            shown = step.kind in ("lock", "unlock", "cache", "size")
            if said := self._of_folio(step) if shown else "":
                yield _Line(said)
            for change in model_changes([step], world):
                if ((number,), change.place) in compared:
                    yield _Line(f"  {self._short(change)}", change)
            world = step.world

    def _of_folio(self, step: Step) -> str:
        """Name what a step does to a folio, or to a size."""
        if step.title or step.place is None:
            return step.title
        last = self.of.run.world(-1)
        in_file, of, page = step.place
        where = f"{last.files[of].name if in_file else last.areas[of].name}[{page}]"
        if step.kind in ("lock", "unlock"):
            return f"{step.kind} folio {where}"
        gone = step.after is not None and step.after.kind is Kind.NONE
        return f"{where} leaves the cache, unlocked" if gone else f"{where} in the page cache"

    def _kernel_lines(self, index: int) -> Iterator[_Line]:
        starts = {row.kernel.at[0]: row.kernel for row in self.of.compared[index] if row.kernel}
        function = ""
        for number, event in enumerate(self.of.events(index)):
            if not isinstance(event, Written):
                if said := self.of.told[index][number]:
                    yield _Line(said)
            elif change := starts.get(number):
                if (by := _by(event.chain)) != function:
                    function = by
                    yield _Line(f"by {function}:")
                yield _Line(f"  {self._short(change)}", change)

    def _closing(self) -> Iterator[str]:
        for complaint in self.of.complaints:
            yield from wrapped(f"the kernel's log: {complaint}", hang=4)
        for name, times in sorted(self.of.habits.items()):
            yield from wrapped(f"{name} ({times}): {RULES[name].sentence}", hang=4)
        writes = sum(len(compared) for compared in self.of.compared)
        who = f"kernel {self.of.name} and the model of {self.of.model.name}"
        if self.of.difference is not None:
            line = self.of.program.statements[self.of.difference[0]].line
            yield from wrapped(f"DIFFER: {who}, at line {line}", hang=4)
        else:
            yield from wrapped(f"agree: {who}, in {how_many(writes, 'entry write')}", hang=4)


_HELPERS: Final = re.compile(r"(native|__?ptep|ptep|set)_\w*pte\w*|ptep_\w+|__ptep_\w+")


def _by(chain: Sequence[str]) -> str:
    """Name the function that wrote an entry, and the one that it helps, where it is a helper."""
    first = chain[0]
    if not _HELPERS.fullmatch(first):
        return first
    helped = next((name for name in chain[1:] if not _HELPERS.fullmatch(name)), "")
    return f"{first} in {helped}" if helped else first


def _in_columns(one: str, other: str) -> str:
    sides = [
        textwrap.wrap(text, _COLUMN - 2, subsequent_indent="    ") or [""]
        for text in (one.lstrip(" "), other.lstrip(" "))
    ]
    indents = ["  " * text.startswith("  ") for text in (one, other)]
    lines = []
    for at in range(max(map(len, sides))):
        left, right = (
            indent + side[at] if at < len(side) else ""
            for side, indent in zip(sides, indents, strict=True)
        )
        lines.append(ascii_only(f"    {left:<{_COLUMN}}{right}").rstrip())
    return "\n".join(lines)
