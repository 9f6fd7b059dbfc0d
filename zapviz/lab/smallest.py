"""Making a program that shows a difference as small as it goes: statements, then pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from zapviz.lab.conformance import Mismatch, is_valid, smaller
from zapviz.model import program as p

__all__ = ["narrower", "smallest"]


def smallest(
    mismatch: Mismatch,
    run: Callable[[Sequence[p.Program]], Sequence[Mismatch | None]],
    same: Callable[[Mismatch], bool],
) -> Mismatch:
    """Find a smallest program that shows the same difference in its last statement.

    Args:
        mismatch: The difference; its last statement is the one that shows it.
        run: Runs programs, and gives the first difference of each.
        same: Tells whether a difference is the one that is looked for.
    """
    best = mismatch
    for fewer in (smaller, narrower, smaller):
        while True:
            last = best.program.statements[-1]
            candidates = [
                each
                for each in fewer(best.program)
                if type(each.statements[-1]) is type(last) and _size(each) < _size(best.program)
            ]
            found = [
                each
                for each in (run(candidates) if candidates else ())
                if each is not None and same(each)
                if each.statement == len(each.program.statements) - 1
            ]
            if not found:
                break
            best = min(found, key=lambda each: _size(each.program))
    return best


def _size(program: p.Program) -> tuple[int, int]:
    """Give the number of statements, and that of the pages that they name."""
    pages = 0
    for statement in program.statements:
        for value in vars(statement).values():
            pages += value.count if isinstance(value, p.Pages) else 0
        if isinstance(statement, p.NewAnon | p.NewFile):
            pages += statement.pages
        if isinstance(statement, p.Ftruncate):
            pages += -(-statement.size // p.PAGE_BYTES)
    return len(program.statements), pages


def narrower(program: p.Program) -> Iterator[p.Program]:
    """Give every valid program in which one statement, or an object everywhere, has fewer pages."""
    names = {s.name for s in program.statements if isinstance(s, p.Maker)}
    everywhere = [_of_first_page(program, name) for name in sorted(names)]
    shifted = [_without_first_pages(program, by) for by in (4, 2, 1)]
    for each in [_all_of_first_page(program), *shifted, *everywhere]:
        if each.statements != program.statements and is_valid(each.statements):
            yield each
    for at, statement in enumerate(program.statements):
        for fewer in _narrower(statement):
            kept = (*program.statements[:at], fewer, *program.statements[at + 1 :])
            if is_valid(kept):
                yield replace(program, statements=kept)


def _narrower(statement: p.Statement) -> Iterator[p.Statement]:
    """Give a statement with fewer pages, in several ways."""
    if isinstance(statement, p.NewAnon | p.NewFile):
        for fewer in sorted({1, statement.pages // 2, statement.pages - 1}):
            if 0 < fewer < statement.pages:
                yield replace(statement, pages=fewer)
        return
    if isinstance(statement, p.Ftruncate):
        for size in (0, p.PAGE_BYTES, statement.size - p.PAGE_BYTES):
            if 0 <= size < statement.size:
                yield replace(statement, size=size)
        return
    pages = getattr(statement, "pages", None)
    if isinstance(pages, p.Pages) and pages.count > 1:
        middle = pages.first + pages.count // 2
        for first, end in (
            (pages.first, pages.first + 1),
            (pages.end - 1, pages.end),
            (pages.first, middle),
            (middle, pages.end),
        ):
            changed = {"pages": p.Pages(pages.name, first, end)}
            into = getattr(statement, "into", None)
            if isinstance(into, p.Pages):
                end_into = into.first + end - first
                changed["into"] = p.Pages(into.name, into.first, end_into)
            yield replace(statement, **changed)  # type: ignore[arg-type]


def _all_of_first_page(program: p.Program) -> p.Program:
    """Give the program with every object one page long."""
    for name in {s.name for s in program.statements if isinstance(s, p.Maker)}:
        program = _of_first_page(program, name)
    return program


def _of_first_page(program: p.Program, name: str) -> p.Program:
    """Give the program with one object one page long, and all that is done to it there."""

    def first(statement: p.Statement) -> p.Statement:
        if isinstance(statement, p.NewAnon | p.NewFile) and statement.name == name:
            return replace(statement, pages=1)
        changed = {
            key: p.Pages(name, 0, 1)
            for key, value in vars(statement).items()
            if isinstance(value, p.Pages) and value.name == name
        }
        return replace(statement, **changed) if changed else statement  # type: ignore[arg-type]

    return replace(program, statements=tuple(map(first, program.statements)))


def _without_first_pages(program: p.Program, by: int) -> p.Program:
    """Give the program with as many pages less at the beginning of every object."""

    def moved(statement: p.Statement) -> p.Statement:
        if isinstance(statement, p.NewAnon | p.NewFile):
            return replace(statement, pages=max(1, statement.pages - by))
        if isinstance(statement, p.Ftruncate):
            return replace(statement, size=max(0, statement.size - by * p.PAGE_BYTES))
        changed = {
            key: p.Pages(value.name, max(0, value.first - by), max(1, value.end - by))
            for key, value in vars(statement).items()
            if isinstance(value, p.Pages)
        }
        return replace(statement, **changed) if changed else statement  # type: ignore[arg-type]

    return replace(program, statements=tuple(map(moved, program.statements)))
