"""Lines of C that are no wider than the kernel's style allows."""

from __future__ import annotations

import re
import textwrap
from typing import Final, NamedTuple

__all__ = ["WIDTH", "comment", "wrapped"]

WIDTH: Final = 80
"""Columns of a line, tabs eight wide."""


def comment(indent: str, text: str) -> list[str]:
    """Write a comment: on one line, or, where that is too wide, broken at blanks over several."""
    line = f"{indent}/* {text} */"
    if _columns(line) <= WIDTH:
        return [line]
    room = WIDTH - _columns(f"{indent} * ")
    parts = textwrap.wrap(text, room, break_on_hyphens=False)
    return [f"{indent}/*", *(f"{indent} * {part}" for part in parts), f"{indent} */"]


def wrapped(indent: str, code: str) -> list[str]:
    """Break a line of C where it is too wide, and align what follows with the open bracket.

    It is broken after a comma or an operator where the fewest brackets are open; a string that is
    wider than a line is broken at a blank.
    """
    lines: list[str] = []
    line = indent
    while _columns(line + code) > WIDTH:
        string = re.match(r'"[^"]*"\S*', code)  # and the comma after the string
        if string and _columns(line + string[0]) > WIDTH:
            lines.append(f'{line}{_cut(string[0], WIDTH - _columns(line))}"')
            code = f'"{code[len(lines[-1]) - len(line) - 1 :]}'
            continue
        breaks = _breaks(code)
        fits = [at for at in breaks if _columns(line + code[: at.end].rstrip()) <= WIDTH]
        if not breaks:
            break
        best = min(fits or breaks[:1], key=lambda at: (at.depth, not at.string, -at.end))
        start = line + code[: best.end]
        hang = _hang(start, indent)
        string = re.match(r'"[^"]*"\S*', code[best.end :])
        if string and _columns(hang + string[0]) > WIDTH:
            part = _cut(string[0], WIDTH - _columns(start))
            if len(part) > 1:
                lines.append(f'{start}{part}"')
                line, code = hang, f'"{code[best.end + len(part) :]}'
                continue
        lines.append(start.rstrip())
        line, code = hang, code[best.end :]
    return [*lines, line + code]


def _cut(string: str, room: int) -> str:
    """Give as much of a string as fits, up to a blank and without the closing quote; else only a
    quote.
    """
    return string[: max(string.rfind(" ", 0, room - 1) + 1, 1)]


class _Break(NamedTuple):
    """A place where a line of C can be broken."""

    end: int  # the index of the first character after it
    depth: int  # how many brackets are open there
    string: bool  # whether a string ends before it


def _breaks(code: str) -> list[_Break]:
    breaks = []
    depth = 0
    for token in re.finditer(r'"[^"]*"|[()]|(?:,|&&|\|\|?) ', code):
        if token[0] in "()":
            depth += 1 if token[0] == "(" else -1
        elif token[0][0] != '"':
            breaks.append(_Break(token.end(), depth, code[token.start() - 1] == '"'))
    return breaks


def _columns(line: str) -> int:
    return len(line.expandtabs(8))


def _hang(line: str, indent: str) -> str:
    """Give the indentation below the innermost bracket that a line leaves open."""
    text = re.sub(r'"[^"]*"', lambda string: "." * len(string[0]), line).expandtabs(8)
    closed = 0
    column = _columns(indent) + 8
    for at in range(len(text) - 1, -1, -1):
        closed += (text[at] == ")") - (text[at] == "(")
        if closed < 0:
            column = at + 1
            break
    else:
        if line.startswith(indent + " ") or len(line) - len(line.lstrip()) > len(indent):
            column = _columns(line) - _columns(line.lstrip())
    if column > WIDTH * 2 // 3:
        column = _columns(indent) + 16
    return "\t" * (column // 8) + " " * (column % 8)
