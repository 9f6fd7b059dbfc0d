"""Scenario text as mail delivers it: the lines of code in it, and where they stood.

Takes off ``> `` quoting, indentation of the whole text, scissors lines, code fences
and the stars of a comment in C, and turns the blanks that mailers put in back into
plain ones.  Comments are set apart from code.  Every line keeps its number and knows the
column of each of its characters, so that messages refer to the text that the user sees.

Nothing here knows what a statement is: see :mod:`zapviz.scenario`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from zapviz.errors import ScenarioError

__all__ = ["MAX_NESTING", "MAX_TEXT", "Line", "PastedText", "cut_out", "read_pasted"]

MAX_TEXT = 64 * 1024
"""The greatest length of a scenario, in characters."""

MAX_NESTING = 16
"""Most brackets that may be open at once."""

_MAX_STATEMENT = 4000  # characters from the first to the last line of one statement
_MAX_DIGITS = 9  # digits of a number

_NEWLINE = re.compile(r"\r\n|\r|\n")

# Controls other than tab, line feed, vertical tab, form feed and carriage return; lone surrogates.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_INVISIBLE = "\u200b\u2060\ufeff\u00ad"  # zero-width space, word joiner, BOM, soft hyphen
_BLANKS: dict[int, str | None] = {
    **dict.fromkeys((0x0B, 0x0C, 0xA0, 0x1680, *range(0x2000, 0x200B)), " "),
    **dict.fromkeys((0x2028, 0x2029, 0x202F, 0x205F, 0x3000), " "),
    **dict.fromkeys(map(ord, _INVISIBLE), None),
}

_QUOTE = re.compile(r"[ \t]*(?:>[ \t]*)*>")
_STAR = re.compile(r"[ \t]*\*(?: |$)")  # before each line of a comment in C
_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})[ \t]*[\w.+-]*[ \t]*")
_SCISSORS = re.compile(r"8<|>8|%<|>%|\u2702\ufe0f?")
_HEAD = re.compile(  # what a mail has around its text
    r"(?:From|To|Cc|Date|Subject|Message-ID|In-Reply-To|References): .|On .{1,80} wrote:$|-- $",
    re.I,
)
_PERFORATION = re.compile(r"[-=_~*\w. \t]*")

# What the code is made of: line ends, brackets, numbers, and what has no place in it.
_TOKEN = re.compile(r"\n|[()\[\]]|(?<!\w)\d[\w.]*|[^\w \t\n()\[\]:,=.|!;+\-*<>/%&]", re.ASCII)
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[1-9][0-9]*|0+")
_CLOSES = {")": "(", "]": "["}


class Line(NamedTuple):
    """A line of the text."""

    pasted: str  # the line as it was pasted
    code: str  # without quoting, common indentation and comment
    remark: str | None  # the comment, without '#'
    body: int  # visible characters of ``pasted`` left of the code's first
    indent: int  # blanks at the start of ``code``

    def column_at(self, offset: int) -> int:
        """Give the column (from 1) in ``pasted`` of a character of ``code``."""
        visible = [at for at, char in enumerate(self.pasted) if char not in _INVISIBLE]
        wanted = self.body + max(0, offset - self.indent)
        return (visible[wanted] if wanted < len(visible) else len(self.pasted)) + 1


class PastedText:
    """A scenario's text, read into lines; it makes the errors about them."""

    def __init__(self, name: str, lines: Sequence[Line]) -> None:
        self.name = name
        self.lines = lines
        self.code = "\n".join([line.code for line in lines])

    def error(self, message: str, hint: str, line: int, offset: int) -> ScenarioError:
        """Make the error at a character of the code; ``line`` counts from 1, ``offset`` from 0."""
        line = min(max(line, 1), len(self.lines))
        at = self.lines[line - 1]
        return ScenarioError(message, hint, self.name, line, at.column_at(offset), at.pasted)

    def error_at(self, message: str, hint: str, position: int) -> ScenarioError:
        """Make the error at a position in ``code``."""
        line = self.code.count("\n", 0, position)
        start = self.code.rfind("\n", 0, position) + 1
        return self.error(message, hint, line + 1, position - start)


def read_pasted(text: str, name: str) -> PastedText:
    """Read a text into lines.

    The code that comes back is plain ASCII without strings, its brackets match,
    and its numbers, nesting and statements are of bounded length.

    Raises: ScenarioError: The text is too long, or has a character that no scenario has.
    """
    text = text.removeprefix("\ufeff")
    lines = _NEWLINE.split(text[: MAX_TEXT + 1])
    if len(text) > MAX_TEXT:
        raise ScenarioError(
            "the text is too long",
            f"a scenario has at most {MAX_TEXT} characters",
            name,
            len(lines),
            len(lines[-1]),
            lines[-1],
        )
    if _CONTROL.search(text):
        controls = ((number, _CONTROL.search(line)) for number, line in enumerate(lines, 1))
        at, control = next((number, match) for number, match in controls if match)
        raise ScenarioError(
            f"there is a control character, U+{ord(control.group()):04X}, in the text",
            "a scenario is plain text",
            name,
            at,
            control.start() + 1,
            lines[at - 1],
        )
    source = PastedText(name, _lines(lines))
    try:
        _check_code(source)
    except ScenarioError:
        _refuse_mail(source)
        raise
    return source


def _refuse_mail(source: PastedText) -> None:
    """Say so where the text that cannot be read is a whole mail without scissors lines."""
    heads = [(at, line) for at, line in enumerate(source.lines, 1) if _HEAD.match(line.code)]
    cut = any(_is_scissors(line.pasted) or _is_fence(line.pasted) for line in source.lines)
    if cut or not heads:
        return
    raise source.error(
        "this is a mail, and no lines ===8<=== were found in it",
        "keep only the scenario, or put it between two such lines",
        heads[0][0],
        0,
    )


def cut_out(text: str) -> tuple[str, str]:
    """Give the text between scissors lines, or code fences, and the text after them.

    Both are as pasted, with the quoting. Without such lines give the whole text, and nothing.
    """
    lines = _NEWLINE.split(text)
    plain, _, bodies = _unquoted(lines)
    first, last = _cut(plain, bodies)
    return "\n".join(lines[first:last]), "\n".join(lines[last + 1 :])


def _unquoted(lines: list[str]) -> tuple[list[str], list[int], list[str]]:
    """Give the lines with plain blanks, the length of each one's quoting, and the rest of each."""
    plain = [line.translate(_BLANKS) for line in lines]
    quotes = [match.end() if (match := _QUOTE.match(line)) else 0 for line in plain]
    if any(quotes):
        # The blank after the quote mark belongs to it, unless a mailer left it out.
        rests = [line[at:] for line, at in zip(plain, quotes, strict=True) if at]
        if all(rest.startswith(" ") or not rest.strip() for rest in rests):
            quotes = [at + 1 if at else 0 for at in quotes]
    bodies = [line[at:].rstrip() for line, at in zip(plain, quotes, strict=True)]
    return plain, quotes, _without_stars(bodies, quotes)


def _lines(pasted: list[str]) -> list[Line]:
    """Take off quoting, cut marks and common indentation, and separate code from comments."""
    plain, quotes, bodies = _unquoted(pasted)
    first, last = _cut(plain, bodies)
    bodies = [body if first <= at < last else "" for at, body in enumerate(bodies)]
    bodies = _without_stars(bodies, quotes)

    stripped = [body.lstrip() for body in bodies]
    widths = [
        len(body[: len(body) - len(rest)].expandtabs(8))
        for body, rest in zip(bodies, stripped, strict=True)
    ]
    common = _common_indent(stripped, widths)
    lines = []
    for at, rest in enumerate(stripped):
        code, mark, remark = rest.partition("#")
        code = code.rstrip()
        indent = max(0, widths[at] - common) if code else 0
        body = min(quotes[at], len(plain[at])) + len(bodies[at]) - len(rest)
        remark = remark.removeprefix(" ")
        lines.append(Line(pasted[at], " " * indent + code, remark if mark else None, body, indent))
    return lines


def _without_stars(bodies: list[str], starts: list[int]) -> list[str]:
    """Take off the stars of a comment in C, as at the head of a reproducer.

    No statement begins with a star. ``starts``, where each body starts, is changed accordingly.
    """
    if not all(_STAR.match(body) for body in bodies if body):
        return bodies
    widths = [match.end() if (match := _STAR.match(body)) else 0 for body in bodies]
    starts[:] = [start + width for start, width in zip(starts, widths, strict=True)]
    return [body[width:] for body, width in zip(bodies, widths, strict=True)]


def _common_indent(stripped: list[str], widths: list[int]) -> int:
    """Give the indentation that the text has as a whole."""
    depth = 0
    starts: list[tuple[int, str]] = []  # of statements: not of comments or continuations
    for rest, width in zip(stripped, widths, strict=True):
        code = rest.partition("#")[0]
        if code and depth <= 0:
            starts.append((width, code))
        if code:
            depth += sum(map(code.count, "([")) - sum(map(code.count, ")]"))
    if not starts:
        return 0
    least = min(width for width, _ in starts)
    if least == 0 and len(starts) > 1 and not starts[0][1].startswith("def "):
        # Marked with the mouse from the first word on: only the first line lost its indentation.
        return min(width for width, _ in starts[1:])
    return least


def _cut(plain: list[str], bodies: list[str]) -> tuple[int, int]:
    """Give the first line and the end of what stands between scissors lines, then between code
    fences.
    """
    start, end = 0, len(bodies)
    for is_mark in (_is_scissors, _is_fence):
        scissors = [
            at for at in range(start, end) if is_mark(plain[at].rstrip()) or is_mark(bodies[at])
        ]
        if not scissors:
            continue
        in_comment = [at for at in scissors if _STAR.match(bodies[at])]
        if len(in_comment) > 1:  # they are the inner ones, of a program in C
            scissors = in_comment
        if len(scissors) > 1:
            start, end = scissors[0] + 1, scissors[1]
        elif any(body.strip() for body in bodies[scissors[0] + 1 : end]):
            start = scissors[0] + 1
        else:
            end = scissors[0]
    return start, end


def _is_fence(line: str) -> bool:
    """Tell whether a line is three backticks or tildes, with or without a language."""
    return _FENCE.fullmatch(line) is not None


def _is_scissors(line: str) -> bool:
    """Tell whether a line is one to cut along, such as ``===8<===``."""
    rest, marks = _SCISSORS.subn("", line)
    return (
        marks > 0
        and _PERFORATION.fullmatch(rest) is not None
        and sum(map(rest.count, "-=_~*")) >= 4
    )


def _check_code(source: PastedText) -> None:
    """Check characters, numbers, brackets and lengths, so that the parser can cope with the
    code.
    """
    fail: Callable[[str, str, int], ScenarioError] = source.error_at
    opened: list[tuple[str, int]] = []
    start = 0  # of the statement
    for token in _TOKEN.finditer(source.code):
        text, at = token.group(), token.start()
        if text == "\n":
            if not opened:
                start = at + 1
        elif text in "([":
            opened.append((text, at))
            if len(opened) > MAX_NESTING:
                raise fail("brackets are nested too deeply", f"at most {MAX_NESTING} deep", at)
        elif text in ")]":
            if not opened:
                raise fail(f"this '{text}' closes nothing", "", at)
            bracket, _ = opened.pop()
            if bracket != _CLOSES[text]:
                wanted = ")" if bracket == "(" else "]"
                raise fail(f"'{text}' does not close '{bracket}'", f"expected '{wanted}'", at)
        elif text[0].isdigit():
            if not _NUMBER.fullmatch(text):
                shown = text if len(text) <= 20 else text[:20] + "..."
                raise fail(f"'{shown}' is not a whole number", "write it like 12 or 0x0c", at)
            if len(text) > _MAX_DIGITS + 2:
                raise fail("the number is too large", f"at most {_MAX_DIGITS} digits", at)
        elif text in "'\"":
            raise fail("a scenario has no strings", "names and numbers stand without quotes", at)
        elif text == "\\":
            hint = "to go on over several lines, use brackets"
            raise fail("'\\' does not continue a line", hint, at)
        else:
            raise fail(f"the character '{text}' has no place in a statement", "", at)
        if at - start > _MAX_STATEMENT:
            raise fail("the statement is too long", f"at most {_MAX_STATEMENT} characters", at)
    if opened:
        bracket, at = opened[-1]
        raise fail(f"this '{bracket}' is never closed", "", at)
    for match in re.finditer(rf"[^\n]{{{_MAX_STATEMENT + 1}}}", source.code):
        raise fail("the line is too long", f"at most {_MAX_STATEMENT} characters", match.start())
