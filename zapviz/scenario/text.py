"""The scenario language: text to program and back.

>>> program = parse_scenario("F = shmem(4)\\nA = mmap(F, MAP_PRIVATE)\\nA[0:2] = 1\\n")
>>> program.statements[2].pages
Pages(name='A', first=0, end=2)
>>> print(format_scenario(program), end="")
F = shmem(4)
A = mmap(F, MAP_PRIVATE)
A[0:2] = 1

The syntax is a small part of Python's, read with :mod:`ast` and never executed.
What can be seen to be wrong without running it is an error here: names, sizes,
ranges, constants.  What depends on the kernel is not: pages that a statement
finds unmapped are the model's matter.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from zapviz.door import door
from zapviz.errors import ZapvizError
from zapviz.model import program as p
from zapviz.scenario.language.diagnosis import diagnose
from zapviz.scenario.language.pasted import MAX_TEXT, read_pasted
from zapviz.scenario.language.reader import Reader
from zapviz.scenario.language.statements import RESERVED, USAGE
from zapviz.scenario.language.words import (
    KINDS,
    MAX_CONDITION,
    MAX_MAPPINGS,
    MAX_NAME,
    MAX_OBJECTS,
    MAX_PROCESSES,
    MAX_STATEMENTS,
)
from zapviz.scenario.language.writer import Writer

__all__ = [
    "KINDS",
    "MAX_CONDITION",
    "MAX_MAPPINGS",
    "MAX_NAME",
    "MAX_OBJECTS",
    "MAX_PROCESSES",
    "MAX_STATEMENTS",
    "MAX_TEXT",
    "RESERVED",
    "USAGE",
    "canonical_texts",
    "format_scenario",
    "format_statement",
    "parse_scenario",
    "shown_statement",
    "statement_texts",
    "without_comments",
]


def parse_scenario(text: str, name: str = "scenario") -> p.Program:
    """Read a scenario.

    Args:
        text: The text, also as mail delivers it: quoted, indented, between scissors lines, with
            CRLF, tabs or non-breaking blanks.
        name: The name of the text in errors; for a file, the file's name.

    Raises:
        ScenarioError: The text is not a scenario; the message says where and why.
        ZapvizError: It is no text at all.
    """
    if not isinstance(text, str):
        raise ZapvizError(f"the text of a scenario is a str, not {type(text).__name__}")
    source = read_pasted(text, name)
    try:
        tree = ast.parse(source.code)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise diagnose(source, error) from None
    try:
        return replace(Reader(source).program(tree.body), source=text)
    except RecursionError:
        raise source.error("the scenario is nested too deeply", "", 1, 0) from None


@door
def format_scenario(program: p.Program) -> str:
    """Write the text of a program; parsing it gives an equal program, comments included."""
    return Writer().program(program)


def format_statement(statement: p.Statement, sizes: Mapping[str, int] | None = None) -> str:
    """Write one statement as text, without comments.

    Args:
        statement: The statement.
        sizes: How many pages the objects have whose whole range is written as the name alone; other
            objects get their range.
    """
    return "\n".join(Writer(sizes).statement(statement))


def shown_statement(statement: p.Statement, sizes: Mapping[str, int] | None = None) -> str:
    """Give one statement as its text has it, without comments; else as :func:`format_statement`
    writes it.
    """
    return "\n".join(Writer(sizes).shown(statement))


def statement_texts(program: p.Program) -> tuple[str, ...]:
    """Give each statement of a program as its text has it, without comments.

    A statement takes one line, a CPU several. What no text has is written.
    """
    writer = Writer()
    return tuple("\n".join(writer.shown(statement)) for statement in program.statements)


def canonical_texts(program: p.Program) -> tuple[str, ...]:
    """Give each statement of a program as :func:`format_scenario` writes it, without comments.

    It is the same however a statement was written: results that are kept, or compared, have it.
    """
    writer = Writer()
    return tuple("\n".join(writer.statement(statement)) for statement in program.statements)


def without_comments(text: str) -> str:
    """Give the code of a scenario's text, line by line, without comments and empty lines.

    Raises:
        ScenarioError: A character in it, a bracket or a length is one that no scenario has.
    """
    code = read_pasted(text, "scenario").code
    return "".join(f"{line}\n" for line in code.split("\n") if line)
