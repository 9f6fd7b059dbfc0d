"""Finding the mistake in text that is not even Python's syntax."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator

from zapviz.errors import ScenarioError, nearest
from zapviz.scenario.language.meant import meant
from zapviz.scenario.language.pasted import PastedText
from zapviz.scenario.language.statements import EXAMPLE, USAGE
from zapviz.scenario.language.unmodelled import UNMODELLED

_DEF = re.compile(r"def\s+\w+\s*\([^()]*\)\s*:")
_SIDE_BY_SIDE = re.compile(r"(\w+|[)\]])\s+(?=(\w+|\())")
_GLUE = {"and", "or", "not", "in", "is", "if", "else", "assert", "def", "for"}


def no_statement(source: PastedText, line: int, offset: int, word: str = "") -> ScenarioError:
    """Make the error for a line that does not begin with a statement."""
    code = source.lines[line - 1].code[offset:]
    match = re.match(r"[A-Za-z_]\w*", code)
    word = word or (match.group() if match else "")
    if not word:
        return source.error("this is not a statement", EXAMPLE, line, offset)
    if word in USAGE:
        return source.error(f"'{word}' is not written so", f"write {USAGE[word]}", line, offset)
    if word in UNMODELLED:
        return source.error(UNMODELLED[word].message, UNMODELLED[word].hint, line, offset)
    near = nearest(word, USAGE)
    hint = meant(word) or (f"did you mean '{near}'?" if near else EXAMPLE)
    return source.error(f"there is no statement '{word[:40]}'", hint, line, offset)


def diagnose(source: PastedText, error: Exception) -> ScenarioError:
    """Say what is wrong with code that Python cannot read.

    Python's own messages differ between versions and speak of Python. So the first statement that
    is wrong by itself is looked for, and described in zapviz's words.
    """
    body: int | None = None  # indentation of the CPU's body that the line is in
    header = ""  # the line before, where it opens a CPU and a body has to follow
    for line, code in _statements(source):
        indent = len(code) - len(code.lstrip())
        code = code[indent:]
        if header and not indent:
            return source.error(f"{header} has no body", "indent what it does", line, 0)
        if header:
            body = indent
        elif indent and body is None:
            return source.error("the line is indented", "begin it at the left", line, indent)
        elif indent and indent != body:
            hint = "begin all lines of a CPU in one column"
            return source.error("the line is indented differently", hint, line, indent)
        elif not indent:
            body = None
        header = ""
        try:
            ast.parse(code)
        except SyntaxError as wrong:
            opening = _DEF.fullmatch(code)
            if not opening:
                return _describe(source, line, indent, code, wrong)
            header = code.removeprefix("def").partition("(")[0].strip()
        except (ValueError, RecursionError, MemoryError, OverflowError):
            return source.error("the statement is nested too deeply", "", line, indent)
    last = max(at for at, _ in _statements(source))
    if header:
        return source.error(f"{header} has no body", "indent what it does below it", last, 0)
    at = getattr(error, "lineno", None) or last
    return source.error("this cannot be read as a scenario", EXAMPLE, at, 0)


def _statements(source: PastedText) -> Iterator[tuple[int, str]]:
    """Give the line number and the code of each statement, whose brackets may span lines."""
    parts: list[str] = []
    depth, start = 0, 0
    for number, line in enumerate(source.lines, 1):
        if not line.code and not parts:
            continue
        start = start or number
        parts.append(line.code)
        depth += sum(map(line.code.count, "([")) - sum(map(line.code.count, ")]"))
        if depth <= 0:
            yield start, "\n".join(parts)
            parts = []
            depth, start = 0, 0
    if parts:
        yield start, "\n".join(parts)


def _describe(
    source: PastedText, line: int, indent: int, code: str, wrong: SyntaxError
) -> ScenarioError:
    """Say what is wrong with one statement, ``code``, which begins at ``line`` and ``indent``."""

    def fail(message: str, hint: str, at: int) -> ScenarioError:
        start = code.rfind("\n", 0, at) + 1
        offset = at - start if start else at + indent
        return source.error(message, hint, line + code.count("\n", 0, at), offset)

    match = re.match(r"[A-Za-z_]\w*", code)
    word = match.group() if match else ""
    after = code[len(word) :].lstrip()
    if word in keyword.kwlist and after.startswith("=") and not after.startswith("=="):
        return fail(f"'{word}' means something else", "choose another name, such as A", 0)
    if word == "def":
        return fail("the line that opens a CPU is not written so", "write def CPU0():", 0)
    if word and word not in USAGE and (not after or after[0] not in "=[(.,:"):
        return no_statement(source, line, indent, word)
    if word in keyword.kwlist and word not in ("assert", "not"):
        return no_statement(source, line, indent, word)
    if word in USAGE and word != "assert" and not after.startswith(("(", "=")):
        hint = f"write {USAGE[word]}"
        return fail(f"'{word}' takes its arguments in brackets", hint, 0)
    single = re.search(r"(?<![=!<>])=(?!=)", code)
    if word == "assert" and single and not re.search(r"\(\w[^()]*=", code[: single.end()]):
        return fail("'=' does not compare", "write '=='", single.start())
    if word == "assert" and (not after or after.startswith("#")):
        return fail("'assert' needs a condition", f"write {USAGE[word]}", 0)
    for pair in _SIDE_BY_SIDE.finditer(code):
        if _GLUE.isdisjoint(pair.groups()):
            at = pair.end()
            inside = code.count("(", 0, at) > code.count(")", 0, at)
            hint = "put a ',' or '|' between them" if inside else "give each statement a line"
            return fail("two things stand side by side", hint, at)
    if re.match(r"\w+\s*\([^()]*\)\s*=(?!=)", code):
        hint = "the name stands on the left, as in A = mmap(F, MAP_PRIVATE)"
        return fail("a call cannot be assigned to", hint, 0)
    at = 0
    if wrong.lineno and wrong.offset:
        starts = [0, *(match.end() for match in re.finditer(r"\n", code))]
        at = min(starts[min(wrong.lineno, len(starts)) - 1] + wrong.offset - 1, len(code))
    hint = f"write it like {USAGE[word]}" if word in USAGE else EXAMPLE
    return fail("this cannot be read as a statement", hint, max(at, 0))
