"""The reference of the scenario language, made from what reads and writes it: it cannot drift.

>>> [one.title for one in language()][:2]
['Statements', 'Conditions']

Statements come from the table that the parser reads by
(:mod:`zapviz.scenario.language.statements`), entries from the palette, and advice, results,
counters and bounds from where the parser looks them up. Each way to write a condition is parsed by
``tests/api/test_language.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from zapviz.model import program as p
from zapviz.render.glossary import term_of
from zapviz.render.palette import CLASSES
from zapviz.scenario.language.statements import SPELLINGS
from zapviz.scenario.language.unmodelled import UNMODELLED
from zapviz.scenario.language.words import (
    CPUS,
    KINDS,
    MAX_CONDITION,
    MAX_MAPPINGS,
    MAX_NAME,
    MAX_OBJECTS,
    MAX_PROCESSES,
    MAX_STATEMENTS,
)
from zapviz.scenario.text import MAX_TEXT

__all__ = ["Part", "Row", "language"]


class Row(NamedTuple):
    """Something that can be written."""

    written: tuple[str, ...]  # how, one way a line
    about: str  # what it does or means


class Part(NamedTuple):
    """A part of the language: a heading, a few words, and all that belongs to it."""

    title: str
    about: str
    rows: tuple[Row, ...]


_CONDITIONS: Final = (
    Row(
        ("A[0] == swap", "A[2:4] != none", "A[0] in (none, swap)"),
        "the class of every entry of a range; != and not in: of no entry of it. Of a file: what "
        "its page cache holds, none, file or, of shmem, swap",
    ),
    Row(
        ("data(A[0]) == 2",),
        "the byte that every page of a range holds, looked at without a fault; an entry without "
        "data makes it false",
    ),
    Row(("rss.swapents == 1",), "a counter, in pages; C.rss.swapents is a child's"),
    Row(("mapcount(A[0]) == 2",), "how many entries, of any process, map the page of each entry"),
    Row(("slot_count(A[1]) == 2",), "how many entries have the swap slot of each entry"),
    Row(("exclusive(A[0])",), "no other entry maps the page, as pagemap tells (bit 56)"),
    Row(("swapcache(A[0])",), "the page is in the swap cache, mapped or swapped out"),
    Row(("read(A[3]) == SIGBUS",), "a statement is run, and its result compared"),
    Row(("x and y", "x or y", "not x"), "conditions of conditions, with brackets where wanted"),
)


def language() -> tuple[Part, ...]:
    """Give the whole reference, in the order in which it is read."""
    return (
        Part(
            "Statements",
            "One on a line, in the order in which they run; what follows a # is a comment. Pages "
            "count from 0 and ranges are half open, as the kernel's are: A[0:2] is A[0] and A[1], "
            "and A alone is all of it.",
            tuple(Row(_usages(known.usage.values()), known.about) for known in SPELLINGS.values()),
        ),
        Part(
            "Conditions",
            "What must hold: assert CONDITION. With CPUs assert always(CONDITION) speaks of every "
            "order of their steps, and assert sometimes(CONDITION) of one at least.",
            _CONDITIONS,
        ),
        Part(
            "Processes",
            "A child has what its parent had when it forked: of each mapping A it has C.A, with "
            "entries of its own; private pages and swap slots are shared until somebody writes.",
            (
                Row(("C = fork()", "D = fork(C)"), "a child, and a child of C"),
                Row(("C.A[0] = 2", "munmap(C.A)"), "what C does"),
                Row(
                    ("process_madvise(C.A, MADV_PAGEOUT)",),
                    "what the first process advises on C's memory",
                ),
                Row(("exit(C)",), "C ends"),
            ),
        ),
        Part(
            "CPUs",
            f"A race is two or three functions, {', '.join(CPUS)}, one after the other; their "
            "bodies are indented and run interleaved, under the kernel's locks. What stands "
            "before them sets up, and what stands after them is checked in the end.",
            (Row(("def CPU0():", "    munmap(A)"), "what one CPU does"),),
        ),
        Part(
            "Entries",
            "The classes of entries, with the letter that stands for each in pictures and texts.",
            tuple(
                Row((kind,), f"{CLASSES[kind].letter.strip() or 'blank'}: {CLASSES[kind].meaning}")
                for kind in KINDS
            ),
        ),
        Part(
            "Advice",
            "What madvise takes, one at a time.",
            tuple(Row((one,), "") for one in p.ADVICE),
        ),
        Part(
            "Results",
            "What a statement ends in: 0, an errno, or a signal that ends the access; what "
            "process_madvise advised is told in bytes, 4096 a page.",
            (Row((", ".join(p.RESULTS),), ""),),
        ),
        Part(
            "Counters",
            "The resident set of the process, in pages: rss.swapents and so on.",
            tuple(Row((f"rss.{one}",), _counted(f"rss.{one}")) for one in p.COUNTERS),
        ),
        Part(
            "Bounds",
            "A text that is larger is refused, so that none can hang its reader.",
            (
                Row((f"{MAX_TEXT:,} characters",), "in a text"),
                Row((f"{MAX_STATEMENTS:,} statements",), "in a text, those of its CPUs included"),
                Row((f"{MAX_OBJECTS} files and mappings",), "in a text"),
                Row((f"{MAX_PROCESSES} processes",), "in a text"),
                Row((f"{MAX_MAPPINGS} mappings",), "in all processes together"),
                Row((f"{p.MAX_PAGES} pages",), "in a file or mapping"),
                Row((f"{MAX_NAME} characters",), "in a name"),
                Row((f"{MAX_CONDITION} deep",), "conditions in conditions"),
            ),
        ),
        Part(
            "Not modelled",
            "What the kernel has and a scenario cannot say; an error names what comes nearest.",
            tuple(Row(tuple(names), hint) for hint, names in _unmodelled().items()),
        ),
    )


def _usages(spelled: Iterable[str]) -> tuple[str, ...]:
    """Give each way to write something; some stand in one text."""
    return tuple(one for usage in spelled for one in usage.split(" or "))


def _unmodelled() -> dict[str, list[str]]:
    """Give the names of what is left out, by what is said of them."""
    by_hint: dict[str, list[str]] = {}
    for one in UNMODELLED.values():
        by_hint.setdefault(one.hint, []).append(one.name)
    return by_hint


def _counted(name: str) -> str:
    """Say what a counter counts, in the glossary's words."""
    term = term_of(name)
    return f"{term.name}: {term.plain}"
