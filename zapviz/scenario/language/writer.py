"""From program to text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from zapviz.model import program as p
from zapviz.scenario.language.statements import SPELLINGS, note
from zapviz.scenario.language.words import Sizes


def _remarks(texts: Iterable[str]) -> list[str]:
    """Write comment lines; a text with line breaks becomes several."""
    lines = [line for text in texts for line in (text.splitlines() or [""])]
    return [f"# {line}".rstrip() for line in lines]


class Writer:
    """A writer of programs as text."""

    def __init__(self, sizes: Mapping[str, int] | None = None) -> None:
        self.sizes = Sizes(sizes)

    def program(self, program: p.Program) -> str:
        """Write the whole program, with comments."""
        lines = []
        first_above = program.statements[0].above if program.statements else ()
        if program.title or program.about or first_above:
            # A missing title is written as an empty one, so that no other line is taken for it.
            lines = [*_remarks([program.title]), *_remarks(program.about), ""]
        in_cpus = False
        for statement in program.statements:
            is_cpu = isinstance(statement, p.Cpu)
            if lines and lines[-1] and (statement.above or is_cpu != in_cpus):
                lines.append("")
            lines += self.placed(statement, "")
            in_cpus = is_cpu
        if program.below:
            lines += ["", *_remarks(program.below)]
        return "\n".join(lines) + "\n"

    def placed(self, statement: p.Statement, indent: str) -> list[str]:
        """Write a statement with its comments, indented."""
        above = _remarks(statement.above)
        if isinstance(statement, p.Cpu):
            code = [f"def CPU{statement.number}():"]
            body = [line for inner in statement.body for line in self.placed(inner, "    ")]
        else:
            code, body = self.statement(statement), []
        if statement.comment:
            code[0] += f"  # {' '.join(statement.comment.split())}"
        return [*(indent + line for line in (*above, *code)), *body]

    def statement(self, statement: p.Statement) -> list[str]:
        """Write the lines of a statement: one line, except for a CPU."""
        if isinstance(statement, p.Cpu):
            body = [f"    {line}" for inner in statement.body for line in self.statement(inner)]
            return [f"def CPU{statement.number}():", *body]
        match statement:
            case p.Write():
                text = f"{statement.pages} = {statement.value}"
            case p.Assert():
                text = self.condition(statement.condition, top=True)
                if statement.quantifier:
                    text = f"{statement.quantifier}({text})"
                text = f"assert {text}"
            case _:
                text = self.call(statement)
        note(self.sizes, statement)
        return [text]

    def shown(self, statement: p.Statement) -> list[str]:
        """Give the lines of a statement as they were written, or write those that never were."""
        lines = self.statement(statement)
        if isinstance(statement, p.Cpu):
            inner = zip(statement.body, lines[1:], strict=True)
            return [lines[0], *(f"    {one.written}" if one.written else had for one, had in inner)]
        return [statement.written] if statement.written else lines

    def call(self, statement: p.Asking) -> str:
        """Write a statement that is a call."""
        text: str = SPELLINGS[type(statement)].write(statement, self.pages)
        return text

    def condition(self, condition: p.Condition, *, top: bool = False) -> str:
        """Write a condition, in brackets where it needs them inside another one."""
        match condition:
            case p.EntriesAre(pages, (kind,), negated):
                return f"{self.pages(pages)} {'!=' if negated else '=='} {kind}"
            case p.EntriesAre(pages, kinds, negated):
                operator = "not in" if negated else "in"
                return f"{self.pages(pages)} {operator} ({', '.join(kinds)})"
            case p.DataIs(pages, value, negated):
                return f"data({self.pages(pages)}) {'!=' if negated else '=='} {value}"
            case p.CounterIs(counter, value, negated, process):
                whose = f"{process}." if process else ""
                return f"{whose}rss.{counter} {'!=' if negated else '=='} {value}"
            case p.CountIs(what, pages, value, negated):
                return f"{what}({self.pages(pages)}) {'!=' if negated else '=='} {value}"
            case p.Exclusive(pages):
                return f"exclusive({self.pages(pages)})"
            case p.SwapCached(pages):
                return f"swapcache({self.pages(pages)})"
            case p.ResultIs(call, result, negated):
                text = self.call(call)
                note(self.sizes, call)
                return f"{text} {'!=' if negated else '=='} {p.returned(call, result)}"
            case p.All(parts) | p.AnyOf(parts):
                word = " and " if isinstance(condition, p.All) else " or "
                text = word.join(self.condition(part) for part in parts)
                return text if top else f"({text})"
            case p.Not(part):
                return f"not {self.condition(part)}"
            case _:
                assert_never(condition)

    def pages(self, pages: p.Pages) -> str:
        """Write ``A``, ``A[i]`` or ``A[i:j]``."""
        if pages.first == 0 and pages.end == self.sizes.pages.get(pages.name):
            return pages.name
        return str(pages)
