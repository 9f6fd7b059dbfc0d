"""Hypothesis strategies: random valid programs, and text as mail mangles it.

``programs()`` makes what ``zapviz.scenario.generate.random_program`` makes, by the same
code, but asks hypothesis for every decision, so that a failing program shrinks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from zapviz.model import program as p
from zapviz.scenario.generate import make_pair, make_program

__all__ = ["MANGLERS", "mangle", "mangling", "pairs", "programs", "with_remarks"]

T = TypeVar("T")

# What people write in comments: a line of printable text, with the odd character from afar.
_LINES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "))
_REMARKS = _LINES.map(str.strip)


class _Drawn:
    """Decisions made by hypothesis."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def choose(self, options: Sequence[T]) -> T:
        return options[self._draw(st.integers(0, len(options) - 1))]

    def more(self, limit: int) -> bool:
        return self._draw(st.integers(0, limit)) > 0

    def part(self, make: Callable[[], T]) -> T:
        return self._draw(st.builds(make))  # a draw of its own, to be left out as a whole


@st.composite
def programs(
    draw: Callable[[st.SearchStrategy[Any]], Any],
    *,
    pages: int = 8,
    statements: int = 16,
    real_only: bool = False,
    cpus: bool | None = None,
    asserts: bool | None = None,
) -> p.Program:
    """Valid programs; the knobs are those of ``zapviz.scenario.generate.random_program``."""
    return make_program(
        _Drawn(draw),
        pages=pages,
        statements=statements,
        real_only=real_only,
        cpus=cpus,
        asserts=asserts,
    )


@st.composite
def pairs(
    draw: Callable[[st.SearchStrategy[Any]], Any], *, pages: int = 2, above: int = 4, body: int = 2
) -> p.Program:
    """Races of two CPUs; the knobs are those of ``zapviz.scenario.generate.random_pair``."""
    return make_pair(_Drawn(draw), pages=pages, above=above, body=body)


@st.composite
def with_remarks(
    draw: Callable[[st.SearchStrategy[Any]], Any], made: st.SearchStrategy[p.Program]
) -> p.Program:
    """The same programs with a title, a paragraph and comments everywhere."""
    program = draw(made)

    def remark(statement: p.Statement) -> p.Statement:
        if isinstance(statement, p.Cpu):
            statement = replace(statement, body=tuple(map(remark, statement.body)))
        above = tuple(draw(st.lists(_REMARKS, max_size=2)))
        return replace(statement, comment=" ".join(draw(_REMARKS).split()), above=above)

    return replace(
        program,
        statements=tuple(map(remark, program.statements)),
        title=draw(_REMARKS),
        about=tuple(draw(st.lists(_REMARKS.filter(bool), max_size=3))),
        below=tuple(draw(st.lists(_REMARKS, max_size=2))),
    )


def _each_line(prefix: str) -> Callable[[str], str]:
    return lambda text: "".join(prefix + line for line in text.splitlines(keepends=True))


def _quoted_but_for_blank_lines(text: str) -> str:
    return "".join(
        (f"> {line}" if line.strip() else line) for line in text.splitlines(keepends=True)
    )


# In the order in which they happen to a text, one of each line at most.
MANGLERS: tuple[dict[str, Callable[[str], str]], ...] = (
    {
        "blank lines": lambda text: f"\n\n{text}\n\n\n",
        "tabs for indentation": lambda text: text.replace("\n    ", "\n\t"),
    },
    {
        "scissors": lambda text: f"Try this:\n\n---8<---\n{text}---8<---\n\nThanks\n",
        "other scissors": lambda text: f"Try this:\n===8<===\n{text}===8<===\n",
        "one line of scissors": lambda text: f"Hi,\n\n-- >8 --\n{text}",
        "fences": lambda text: f"Try this:\n```python\n{text}```\nand this:\n```\nls\n```\n",
    },
    {
        "indented": _each_line("    "),
        "indented by a tab": _each_line("\t"),
        "in a comment of C": _each_line(" * "),
    },
    {
        "quoted": _each_line("> "),
        "quoted twice": _each_line("> > "),
        "quoted twice, tight": _each_line(">> "),
        "quoted without a blank": _each_line(">"),
        "quoted but for blank lines": _quoted_but_for_blank_lines,
    },
    {
        "trailing blanks": lambda text: text.replace("\n", " \t \n"),
        "non-breaking blanks": lambda text: text.replace(" ", "\xa0"),
        "zero-width blanks": lambda text: text.replace(" ", " \u200b"),
        "no line end": lambda text: text.rstrip("\n"),
    },
    {
        "CRLF": lambda text: text.replace("\n", "\r\n"),
        "CR": lambda text: text.replace("\n", "\r"),
    },
    {"byte order mark": lambda text: f"\ufeff{text}"},
)

mangling = st.tuples(*(st.sampled_from(["", *layer]) for layer in MANGLERS))
"""Ways in which mail and editors mangle a text; none may change what it means."""


def mangle(text: str, how: tuple[str, ...]) -> str:
    """The text after that."""
    for name, layer in zip(how, MANGLERS, strict=True):
        text = layer[name](text) if name else text
    return text
