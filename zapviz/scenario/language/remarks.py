"""Comments of a scenario: its title, its paragraph, and the remarks beside statements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from zapviz.scenario.language.pasted import PastedText


class Placed(TypedDict):
    """The arguments that every statement takes: its place in the text, and the remarks around
    it.
    """

    line: int
    comment: str
    above: tuple[str, ...]
    written: str


class Remarks:
    """The comments of a text, taken in order while its statements are read."""

    def __init__(self, source: PastedText) -> None:
        self.left = [
            (number, line.remark)
            for number, line in enumerate(source.lines, 1)
            if line.remark is not None
        ]
        self.left.reverse()  # the next one is the last

    def take(self, before: int) -> Iterator[tuple[int, str]]:
        """Take the remaining remarks on the lines before ``before``."""
        while self.left and self.left[-1][0] < before:
            yield self.left.pop()

    def header(self, first: int) -> tuple[str, tuple[str, ...]]:
        """Take the title and the paragraph of a text whose first statement is on line ``first``."""
        remarks = list(self.take(first))
        if not remarks:
            return "", ()
        line, title = remarks.pop(0)
        about: list[str] = []
        while remarks and remarks[0][0] == line + 1 and (remarks[0][1].strip() or not about):
            line, text = remarks.pop(0)
            if text.strip():
                about.append(text.rstrip())
        self.left.extend(reversed(remarks))
        return title.strip(), tuple(about)

    def place(self, first: int, last: int, written: str) -> Placed:
        """Give the place of a statement on lines ``first`` to ``last``, with its remarks.

        Args:
            first: Its first line.
            last: The line after which no comment stands beside it.
            written: The statement as the text has it.
        """
        above = tuple(text for _, text in self.take(first))
        beside = (text.strip() for _, text in self.take(last + 1))
        comment = " ".join(filter(None, beside))
        return {"line": first, "comment": comment, "above": above, "written": written}
