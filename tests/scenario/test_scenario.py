"""The scenario language: every valid text has one meaning, every other one clear message."""

from __future__ import annotations

import doctest
import pickle
import random
import subprocess
import sys
import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from strategies import mangle, mangling, pairs, programs, with_remarks
from zapviz.errors import ScenarioError, ZapvizError
from zapviz.model import program as p
from zapviz.scenario import generate, library
from zapviz.scenario import text as scenario
from zapviz.scenario.generate import random_pair, random_program
from zapviz.scenario.text import (
    MAX_OBJECTS,
    MAX_STATEMENTS,
    MAX_TEXT,
    RESERVED,
    USAGE,
    format_scenario,
    format_statement,
    parse_scenario,
    shown_statement,
    statement_texts,
)

# Every statement and every form of condition once, as the printed form has it.
PROCESSES = """\
F = shmem(4)
A = mmap(F, MAP_PRIVATE)
N = anon(2)
madvise(N[0], MADV_DONTFORK)
madvise(N, MADV_DOFORK)
madvise(N[1], MADV_WIPEONFORK)
madvise(N, MADV_KEEPONFORK)
C = fork()
C.A[0] = 2
C.A[0:2] = 3
madvise(C.N, MADV_PAGEOUT)
process_madvise(C.A[0:3], MADV_PAGEOUT)
process_madvise(N, MADV_DONTNEED)
D = fork(C)
D.B = anon(1)
D.E = anon(2, MAP_DROPPABLE)
D.G = mmap(F[1:3], MAP_SHARED)
read(D.G[1])
munmap(C.A)
assert C.A == unmapped and A[0] == none
assert C.rss.swapents == 2
assert mapcount(D.A[0]) == 2 and slot_count(N[1]) != 3
assert not exclusive(D.A)
assert write(D.N[0], 1) == 0
assert process_madvise(D.E, MADV_PAGEOUT) == 8192
assert process_madvise(D.E[1], MADV_FREE) == EINVAL
assert process_madvise(D.E[1], MADV_PAGEOUT) != 4096
exit(C)
exit(D)
assert rss.anonpages == 0
exit()
"""
EVERYTHING = """\
# punching a hole must not touch private copies
# and a paragraph about it,
#   of two lines

# the file first
F = shmem(4)  # also file(4): a disk filesystem
G = file(4)
A = mmap(F, MAP_PRIVATE)
B = mmap(F[2:4], MAP_SHARED)
N = anon(4)  # anonymous private memory
mmap(A[1:3], MAP_FIXED)
B[0] = 1
B[0:2] = 255
read(A)
read(A[0])
read(A[0:2])
madvise(A, MADV_DONTNEED)
madvise(A, MADV_DONTNEED_LOCKED)
madvise(A, MADV_FREE)
madvise(A, MADV_REMOVE)
madvise(A, MADV_PAGEOUT)
madvise(A, MADV_HWPOISON)
madvise(A, MADV_SOFT_OFFLINE)
madvise(A, MADV_GUARD_INSTALL)
madvise(A, MADV_GUARD_REMOVE)
mlock(A)
munlock(A[1:3])
mprotect(A, PROT_READ | PROT_WRITE)
mprotect(A, PROT_WRITE)
mprotect(A, PROT_NONE)
uffd_wp(A)
uffd_poison(A[3])
munmap(A[2:4])
ftruncate(F, 1)
ftruncate(F, bytes=6000)
fallocate(F, FALLOC_FL_PUNCH_HOLE)
pwrite(F[3:6], 1)  # beyond its end: the file grows
fallocate(F, FALLOC_FL_PUNCH_HOLE)
fallocate(F[0:4], FALLOC_FL_PUNCH_HOLE)
pwrite(G, 1, O_DIRECT)
pread(G[0], A[0], O_DIRECT)
invalidate(F[1])
unmap_mapping_range(F[2:4], even_cows=0)
unmap_mapping_range(F, even_cows=1)
migrate(A[0])
migrate_begin(A[0])
migrate_end(A[0])
migrate_to_device(A[0])
make_device_exclusive(A[0])

# what must hold
assert A == none
assert A[0] != swap
assert A[2:4] in (none, swap)
assert F[0] not in (file, swap)
assert data(A[0]) == 2
assert data(F[0:2]) != 0
assert rss.swapents == 1
assert rss.shmempages != 0
assert read(A[3]) == SIGBUS
assert madvise(A, MADV_DONTNEED) != EINVAL
assert write(A[0:2], 3) == 0
assert mapcount(A[0]) == 1
assert slot_count(A[0:2]) != 2
assert exclusive(A[0])
assert A[0] == anon and A[1] == anon and not A[2] == none
assert (A[0] == anon or A[1] == anon) and (A[2] == anon or A[3] == anon)
assert not (A[0] == anon and A[1] == zero)
assert not not A[0] == uffd_wp_marker

# the race
def CPU0():  # one
    # its first
    fallocate(F, FALLOC_FL_PUNCH_HOLE)  # beside it
    read(A)
def CPU1():
    migrate(A[0])
    A[0] = 1

assert always(A[0] == anon)
assert sometimes(A[0] == none or A[1] == device_private)
exit()
assert A == unmapped

# the end
"""


def remarks_of(program: p.Program) -> object:
    """All comments of a program, which equality leaves out."""

    def of(statements: tuple[p.Statement, ...]) -> list[object]:
        return [
            (s.comment, s.above, of(s.body) if isinstance(s, p.Cpu) else ()) for s in statements
        ]

    return of(program.statements), program.below


def wrong(text: str, name: str = "hole.zap") -> ScenarioError:
    """The error that a text gives."""
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, name)
    return caught.value


class TestMeaning:
    """What a text means."""

    def test_example_of_the_design(self) -> None:
        """A statement becomes the value that the model runs, its place and comment beside it."""
        program = parse_scenario(
            "# title\nF = shmem(4)\nA = mmap(F[1:3], MAP_SHARED)  # a remark\nA[0:2] = 7\n"
        )
        assert program.title == "title"
        assert program.statements == (
            p.NewFile("F", "shmem", 4),
            p.NewMapping("A", p.Pages("F", 1, 3), shared=True),
            p.Write(p.Pages("A", 0, 2), 7),
        )
        assert [s.line for s in program.statements] == [2, 3, 4]
        assert program.statements[1].comment == "a remark"

    @pytest.mark.parametrize(
        ("text", "pages"),
        [
            ("read(A)", (0, 4)),
            ("read(A[2])", (2, 3)),
            ("read(A[1:3])", (1, 3)),
            ("read(A[:3])", (0, 3)),
            ("read(A[1:])", (1, 4)),
            ("read(A[:])", (0, 4)),
            ("read(A[0x1:0x3])", (1, 3)),
            ("read(\n    A[1:3]\n)", (1, 3)),
        ],
    )
    def test_pages(self, text: str, pages: tuple[int, int]) -> None:
        """Ranges are half open; a name alone, or an open end, means all there is."""
        assert parse_scenario(f"A = anon(4)\n{text}").statements[1] == p.Read(p.Pages("A", *pages))

    def test_all_of_a_file_is_the_most_it_has_had(self) -> None:
        """Truncation does not make ``F`` mean less, and growing makes it mean more."""
        text = "F = shmem(4)\nftruncate(F, 1)\ninvalidate(F)\nftruncate(F, bytes=20481)\n"
        program = parse_scenario(text + "invalidate(F)\npwrite(F[7], 1)\ninvalidate(F)")
        ends = [s.pages.end for s in program.statements if isinstance(s, p.Invalidate)]
        assert ends == [4, 6, 8]

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("A[0:2] = 1", "write(A[0:2], 1)"),
            ("mmap(A, MAP_FIXED)", "mmap(A, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS)"),
            (
                "fallocate(F, FALLOC_FL_PUNCH_HOLE)",
                "fallocate(F, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)",
            ),
            ("mprotect(A, PROT_READ | PROT_WRITE)", "mprotect(A, PROT_WRITE | PROT_READ)"),
            ("ftruncate(F, 2)", "ftruncate(F, bytes=8192)"),
            ("unmap_mapping_range(F, even_cows=1)", "unmap_mapping_range(F, True)"),
            ("assert A[0] in (none, swap)", "assert A[0] in [none, swap]"),
            ("assert A[0] == swap", "assert (A[0] in (swap,))"),
            ("read(A)\nread(A)", "read(A); read(A)"),
            ("def CPU0():\n  read(A)", "def CPU0(): read(A)"),
        ],
    )
    def test_other_spellings(self, one: str, other: str) -> None:
        """What means the same is the same program."""
        made = "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\n"
        assert parse_scenario(made + one) == parse_scenario(made + other)

    def test_title_and_paragraph(self) -> None:
        """The first comment is the title; only what follows it directly is the paragraph."""
        text = "\n# title\n#\n# one\n# two\n#\n# three\n\n# four\nN = anon(1)\n"
        program = parse_scenario(text)
        assert (program.title, program.about) == ("title", ("one", "two"))
        assert program.statements[0].above == ("", "three", "four")

    def test_no_title(self) -> None:
        """A comment below the first statement is no title."""
        program = parse_scenario("N = anon(1)  # beside\n# above\nread(N)\n# below\n")
        assert (program.title, program.about) == ("", ())
        assert program.statements[0].comment == "beside"
        assert program.statements[1].above == ("above",)
        assert program.below == ("below",)


class TestPrinting:
    """The printed form."""

    def test_every_form(self) -> None:
        """A text in the printed form is printed as it is, comments and all."""
        assert format_scenario(parse_scenario(EVERYTHING)) == EVERYTHING

    def test_everything_is_everything(self) -> None:
        """The text above leaves out no statement, advice or counter-example of a kind."""
        for word in (*USAGE, *p.ADVICE, "always", "sometimes", "bytes"):
            assert word in EVERYTHING + PROCESSES, word

    def test_processes_read_back(self) -> None:
        """Each form in which a process is named is printed as it was written."""
        assert format_scenario(parse_scenario(PROCESSES)) == PROCESSES

    @given(with_remarks(programs(pages=150, statements=24)))
    def test_parse_is_the_inverse_of_format(self, program: p.Program) -> None:
        """Whatever can be said can be printed, and read back as the same, remarks included."""
        again = parse_scenario(format_scenario(program))
        assert again == program
        assert remarks_of(again) == remarks_of(program)

    @given(programs())
    def test_statement_texts(self, program: p.Program) -> None:
        """Each statement's text is what the printed form has for it."""
        text = "\n".join(statement_texts(program))
        assert parse_scenario(text) == program

    def test_a_statement_is_shown_as_it_was_written(self) -> None:
        """A range stays a range, a name a name, however large the mapping; on one line each."""
        text = (
            "N = anon(1)\nM=anon(2)\nN[0] = 1  # why\nread(N)\nread(N[0])\n"
            "assert N[0] == anon\nassert(N == anon and\n  M[0:2]==none)\n"
            "def CPU0():\n    read(N[0])\ndef CPU1(): read(M[0:2])\nassert always(N[0] == anon)\n"
        )
        assert statement_texts(parse_scenario(text)) == (
            "N = anon(1)",
            "M=anon(2)",
            "N[0] = 1",
            "read(N)",
            "read(N[0])",
            "assert N[0] == anon",
            "assert N == anon and M[0:2]==none",
            "def CPU0():\n    read(N[0])",
            "def CPU1():\n    read(M[0:2])",
            "assert always(N[0] == anon)",
        )

    def test_what_was_never_written_is(self) -> None:
        """A program made by hand has no text of its own; the call of a condition has its text."""
        read = p.Read(p.Pages("N", 0, 4))
        program = p.Program((p.NewAnon("N", 4), p.Assert(p.ResultIs(read, "0"))))
        assert statement_texts(program) == ("N = anon(4)", "assert read(N) == 0")
        written = parse_scenario("N = anon(4)\nassert read(N[0:4]) == 0").statements[1]
        assert written.condition.call.written == "read(N[0:4])"  # type: ignore[union-attr]
        assert shown_statement(written) == "assert read(N[0:4]) == 0"

    def test_comment_above_without_title(self) -> None:
        """A comment above the first statement does not turn into a title."""
        program = p.Program((p.NewAnon("N", 1, above=("why",)),))
        assert format_scenario(program) == "#\n\n# why\nN = anon(1)\n"
        assert parse_scenario(format_scenario(program)).title == ""

    def test_one_statement(self) -> None:
        """A statement by itself has its range, unless the sizes are known."""
        read = p.Read(p.Pages("A", 0, 4))
        assert format_statement(read) == "read(A[0:4])"
        assert format_statement(read, {"A": 4}) == "read(A)"


class TestPasting:
    """Text as mail and editors deliver it."""

    @given(with_remarks(programs()), mangling)
    def test_mail_changes_nothing(self, program: p.Program, how: tuple[str, ...]) -> None:
        """Quoting, indentation, line ends, blanks, scissors: the same program, same remarks."""
        again = parse_scenario(mangle(format_scenario(program), how))
        assert again == program
        assert remarks_of(again) == remarks_of(program)

    def test_lines_keep_their_numbers(self) -> None:
        """Statements know their line in the text as pasted, cut parts included."""
        text = "> Look:\n>\n> ---8<---\n> F = shmem(4)\n>\n>     # in between\n> read(B)\n"
        assert wrong(text).line == 7
        program = parse_scenario(text.replace("> read(B)", "> ---8<---"))
        assert program.statements[0].line == 4

    def test_first_line_lost_its_indentation(self) -> None:
        """Text marked with the mouse from its first word on."""
        program = parse_scenario("N = anon(1)\n    read(N)\n    read(N)\n")
        assert len(program.statements) == 3
        program = parse_scenario("N = anon(1)\n> read(N)\n> read(N)\n")
        assert len(program.statements) == 3

    def test_continued_lines_may_stand_anywhere(self) -> None:
        """What a mailer wrapped inside brackets is still one statement."""
        text = ">     F = shmem(4)\n>     fallocate(F[0:4],\n> FALLOC_FL_PUNCH_HOLE)\n"
        assert len(parse_scenario(text).statements) == 2


MADE = "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nN = anon(2)\n"

# A line, and the message it gives as line 4, below the three of MADE.
ERRORS = [
    (
        "falocate(F[0:4], FALLOC_FL_PUNCH_HOLE)",
        "hole.zap:4:1: error: there is no statement 'falocate'; did you mean 'fallocate'?\n"
        "    falocate(F[0:4], FALLOC_FL_PUNCH_HOLE)\n"
        "    ^",
    ),
    (
        "Peter Xu wrote:",
        "hole.zap:4:1: error: there is no statement 'Peter'; "
        "a statement is like A = mmap(F, MAP_PRIVATE) or read(A[0])\n"
        "    Peter Xu wrote:\n"
        "    ^",
    ),
    (
        "swap_out(N)",
        "hole.zap:4:1: error: there is no statement 'swap_out'; "
        "write madvise(A[0:2], MADV_PAGEOUT)\n"
        "    swap_out(N)\n"
        "    ^",
    ),
    (
        "MADV_DONTNEED(N)",
        "hole.zap:4:1: error: there is no statement 'MADV_DONTNEED'; "
        "write madvise(A[0:2], MADV_DONTNEED)\n"
        "    MADV_DONTNEED(N)\n"
        "    ^",
    ),
    (
        "B = malloc(2)",
        "hole.zap:4:5: error: there is no file or mapping called 'malloc'; write N = anon(4)\n"
        "    B = malloc(2)\n"
        "        ^",
    ),
    (
        "process_madvise(C, A[0:2], MADV_PAGEOUT)",
        "hole.zap:4:1: error: process_madvise takes 2 arguments, not 3; "
        "write process_madvise(C.A[0:2], MADV_PAGEOUT)\n"
        "    process_madvise(C, A[0:2], MADV_PAGEOUT)\n"
        "    ^",
    ),
    (
        "assert process_madvise(N, MADV_PAGEOUT) == 0",
        "hole.zap:4:44: error: process_madvise of 2 pages never returns 0; "
        "expected the bytes of its range, 8192, or an errno such as EINVAL\n"
        "    assert process_madvise(N, MADV_PAGEOUT) == 0\n"
        "                                               ^",
    ),
    (
        "assert process_madvise(N[0], MADV_PAGEOUT) == 8192",
        "hole.zap:4:47: error: process_madvise of 1 page never returns 8192; "
        "expected the bytes of its range, 4096, or an errno such as EINVAL\n"
        "    assert process_madvise(N[0], MADV_PAGEOUT) == 8192\n"
        "                                                  ^",
    ),
    (
        "B = mmap(F, MAP_DROPPABLE)",
        "hole.zap:4:13: error: only anonymous memory is droppable, not a file's; "
        "write B = anon(4, MAP_DROPPABLE)\n"
        "    B = mmap(F, MAP_DROPPABLE)\n"
        "                ^",
    ),
    (
        "B = anon(4, MAP_SHARED)",
        "hole.zap:4:13: error: there is no flag 'MAP_SHARED' here; expected MAP_DROPPABLE\n"
        "    B = anon(4, MAP_SHARED)\n"
        "                ^",
    ),
    (
        "import os",
        "hole.zap:4:1: error: there is no statement 'import'; "
        "a statement is like A = mmap(F, MAP_PRIVATE) or read(A[0])\n"
        "    import os\n"
        "    ^",
    ),
    (
        "munmap A[0:2]",
        "hole.zap:4:1: error: 'munmap' takes its arguments in brackets; write munmap(A[0:2])\n"
        "    munmap A[0:2]\n"
        "    ^",
    ),
    (
        "A",
        "hole.zap:4:1: error: 'A' is no statement; "
        "a statement does something to it, such as read(A)\n"
        "    A\n"
        "    ^",
    ),
    (
        "A[0] += 1",
        "hole.zap:4:1: error: 'A[0] += 1' is no statement; pages are written like A[0:2] = 1\n"
        "    A[0] += 1\n"
        "    ^",
    ),
    (
        "fallocate(F[0:4] FALLOC_FL_PUNCH_HOLE)",
        "hole.zap:4:18: error: two things stand side by side; put a ',' or '|' between them\n"
        "    fallocate(F[0:4] FALLOC_FL_PUNCH_HOLE)\n"
        "                     ^",
    ),
    (
        "fallocate(F, FALLOC_FL_KEEP_SIZE)",
        "hole.zap:4:14: error: FALLOC_FL_KEEP_SIZE is not modelled; "
        "nearest is fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE): "
        "it implies KEEP_SIZE, which alone allocates pages and changes no entry\n"
        "    fallocate(F, FALLOC_FL_KEEP_SIZE)\n"
        "                 ^",
    ),
    (
        "fallocate(F)",
        "hole.zap:4:1: error: fallocate takes 2 arguments, not 1; "
        "write fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)\n"
        "    fallocate(F)\n"
        "    ^",
    ),
    (
        "fallocate(A, FALLOC_FL_PUNCH_HOLE)",
        "hole.zap:4:11: error: fallocate takes a file; A is a mapping; the file is F\n"
        "    fallocate(A, FALLOC_FL_PUNCH_HOLE)\n"
        "              ^",
    ),
    (
        "madvise(A, MADV_DONTNED)",
        "hole.zap:4:12: error: there is no advice 'MADV_DONTNED'; did you mean 'MADV_DONTNEED'?\n"
        "    madvise(A, MADV_DONTNED)\n"
        "               ^",
    ),
    (
        "madvise(A, MADV_XYZ)",
        "hole.zap:4:12: error: there is no advice 'MADV_XYZ'; expected one of MADV_DONTNEED, "
        "MADV_DONTNEED_LOCKED, MADV_FREE, MADV_REMOVE, MADV_PAGEOUT, MADV_HWPOISON, "
        "MADV_SOFT_OFFLINE, MADV_GUARD_INSTALL, MADV_GUARD_REMOVE, MADV_DONTFORK, MADV_DOFORK, "
        "MADV_WIPEONFORK, MADV_KEEPONFORK\n"
        "    madvise(A, MADV_XYZ)\n"
        "               ^",
    ),
    (
        "madvise(A, MADV_FREE | MADV_PAGEOUT)",
        "hole.zap:4:12: error: madvise takes one advice at a time; write one madvise for each\n"
        "    madvise(A, MADV_FREE | MADV_PAGEOUT)\n"
        "               ^",
    ),
    (
        "madvise(F, MADV_FREE)",
        "hole.zap:4:9: error: madvise takes a mapping; F is a file; "
        "map it first, as in A = mmap(F, MAP_PRIVATE)\n"
        "    madvise(F, MADV_FREE)\n"
        "            ^",
    ),
    (
        "read(B)",
        "hole.zap:4:6: error: nothing is called 'B' so far; "
        "make it first, as in B = mmap(F, MAP_PRIVATE)\n"
        "    read(B)\n"
        "         ^",
    ),
    (
        "read(swap)",
        "hole.zap:4:6: error: 'swap' is no file or mapping; "
        "expected pages such as A, A[0] or A[0:4]\n"
        "    read(swap)\n"
        "         ^",
    ),
    (
        "read(A[2:2])",
        "hole.zap:4:6: error: A[2:2] holds no page; "
        "the end is not included: page 2 alone is A[2]\n"
        "    read(A[2:2])\n"
        "         ^",
    ),
    (
        "read(A[3:1])",
        "hole.zap:4:6: error: A[3:1] holds no page; the lower number comes first\n"
        "    read(A[3:1])\n"
        "         ^",
    ),
    (
        "read(A[0:6])",
        "hole.zap:4:6: error: A[0:6] goes past the end of A; it has 4 pages, the last is A[3]\n"
        "    read(A[0:6])\n"
        "         ^",
    ),
    (
        "read(A[-1])",
        "hole.zap:4:8: error: a page number cannot be negative; expected 0 or more\n"
        "    read(A[-1])\n"
        "           ^",
    ),
    (
        "read(A[i])",
        "hole.zap:4:8: error: 'i' is not a number; expected a page number\n"
        "    read(A[i])\n"
        "           ^",
    ),
    (
        "A[0] = 256",
        "hole.zap:4:8: error: 256 is not a byte; a page holds one byte throughout, 0 to 255\n"
        "    A[0] = 256\n"
        "           ^",
    ),
    (
        "A[0] = 1e3",
        "hole.zap:4:8: error: '1e3' is not a whole number; write it like 12 or 0x0c\n"
        "    A[0] = 1e3\n"
        "           ^",
    ),
    (
        "A = 1",
        "hole.zap:4:5: error: A is a mapping, not a number; "
        "to write to its pages, write A[0:4] = 1\n"
        "    A = 1\n"
        "        ^",
    ),
    (
        "F[0:2] = 1",
        "hole.zap:4:1: error: F is a file, and files are not written like memory; "
        "write through a mapping, or pwrite(F[0:2], 1)\n"
        "    F[0:2] = 1\n"
        "    ^",
    ),
    (
        "A = anon(2)",
        "hole.zap:4:1: error: 'A' is there already, from line 2; choose another name\n"
        "    A = anon(2)\n"
        "    ^",
    ),
    (
        "rss = anon(2)",
        "hole.zap:4:1: error: 'rss' means something else; choose another name, such as A\n"
        "    rss = anon(2)\n"
        "    ^",
    ),
    (
        "Mapping_A = anon(2)",
        "hole.zap:4:1: error: the name 'Mapping_A' is too long; "
        "at most 8 characters, so that pictures stay narrow\n"
        "    Mapping_A = anon(2)\n"
        "    ^",
    ),
    (
        "B = anon(257)",
        "hole.zap:4:10: error: 257 is not a possible number of pages; "
        "memory has 1 to 256 pages\n"
        "    B = anon(257)\n"
        "             ^",
    ),
    (
        "B = shm(2)",
        "hole.zap:4:5: error: there is no file or mapping called 'shm'; did you mean 'shmem'?\n"
        "    B = shm(2)\n"
        "        ^",
    ),
    (
        "B = mmap(F[2:6], MAP_SHARED)",
        "hole.zap:4:10: error: F[2:6] goes past the end of F; "
        "it has had 4 pages so far, the last is F[3]\n"
        "    B = mmap(F[2:6], MAP_SHARED)\n"
        "             ^",
    ),
    (
        "B = mmap(F, MAP_PRIVATE | MAP_SHARED)",
        "hole.zap:4:13: error: a mapping is MAP_PRIVATE or MAP_SHARED, not both; "
        "choose one of them\n"
        "    B = mmap(F, MAP_PRIVATE | MAP_SHARED)\n"
        "                ^",
    ),
    (
        "mmap(F, MAP_PRIVATE)",
        "hole.zap:4:1: error: what 'mmap' makes needs a name; write A = mmap(F, MAP_PRIVATE)\n"
        "    mmap(F, MAP_PRIVATE)\n"
        "    ^",
    ),
    (
        "ftruncate(A, 1)",
        "hole.zap:4:11: error: ftruncate takes a file; A is a mapping; the file is F\n"
        "    ftruncate(A, 1)\n"
        "              ^",
    ),
    (
        "ftruncate(F, byte=1)",
        "hole.zap:4:14: error: ftruncate has no argument called 'byte'; did you mean 'bytes'?\n"
        "    ftruncate(F, byte=1)\n"
        "                 ^",
    ),
    (
        "mprotect(A, PROT_EXEC)",
        "hole.zap:4:13: error: there is no flag 'PROT_EXEC' here; "
        "expected one of PROT_NONE, PROT_READ, PROT_WRITE\n"
        "    mprotect(A, PROT_EXEC)\n"
        "                ^",
    ),
    (
        "A[0] == swap",
        "hole.zap:4:1: error: a condition stands only after 'assert'; "
        "write assert A[0] == swap\n"
        "    A[0] == swap\n"
        "    ^",
    ),
    (
        "assert A[0] = swap",
        "hole.zap:4:13: error: '=' does not compare; write '=='\n"
        "    assert A[0] = swap\n"
        "                ^",
    ),
    (
        "assert A[0]",
        "hole.zap:4:8: error: this is no condition yet; "
        "compare it to a class, as in A[0] == swap\n"
        "    assert A[0]\n"
        "           ^",
    ),
    (
        "assert A[0] == swp",
        "hole.zap:4:16: error: there is no class of entry 'swp'; did you mean 'swap'?\n"
        "    assert A[0] == swp\n"
        "                   ^",
    ),
    (
        "assert A[0] == 2",
        "hole.zap:4:16: error: an entry is compared to a class, not to a number; "
        "write data(A[0]) == 2 to compare data\n"
        "    assert A[0] == 2\n"
        "                   ^",
    ),
    (
        "assert F[0] == anon",
        "hole.zap:4:16: error: F is a file; a page of its cache is never 'anon'; "
        "expected none, file or swap\n"
        "    assert F[0] == anon\n"
        "                   ^",
    ),
    (
        "assert rss.swapent == 1",
        "hole.zap:4:8: error: there is no counter 'rss.swapent'; did you mean 'swapents'?\n"
        "    assert rss.swapent == 1\n"
        "           ^",
    ),
    (
        "assert read(A[0]) == SIGBUSS",
        "hole.zap:4:22: error: there is no result 'SIGBUSS'; did you mean 'SIGBUS'?\n"
        "    assert read(A[0]) == SIGBUSS\n"
        "                         ^",
    ),
    (
        "assert read(A[0]) == -EINVAL",
        "hole.zap:4:22: error: an errno stands here without a sign; write EINVAL\n"
        "    assert read(A[0]) == -EINVAL\n"
        "                         ^",
    ),
    (
        "assert always(A[0] == swap)",
        "hole.zap:4:8: error: 'always' speaks of CPUs, and there are none; "
        "without CPUs, write assert A[0] == swap\n"
        "    assert always(A[0] == swap)\n"
        "           ^",
    ),
    (
        "read(A",
        "hole.zap:4:5: error: this '(' is never closed\n    read(A\n        ^",
    ),
    (
        "read(A]",
        "hole.zap:4:7: error: ']' does not close '('; expected ')'\n    read(A]\n          ^",
    ),
    (
        "read('A')",
        "hole.zap:4:6: error: a scenario has no strings; "
        "names and numbers stand without quotes\n"
        "    read('A')\n"
        "         ^",
    ),
    (
        "read(A) → B",
        "hole.zap:4:9: error: the character '→' has no place in a statement\n"
        "    read(A) → B\n"
        "            ^",
    ),
    (
        "exit(); read(A)",
        "hole.zap:4:9: error: exit() on line 4 has ended the process; "
        "only assertions about what is left can follow\n"
        "    exit(); read(A)\n"
        "            ^",
    ),
    (
        "  read(A)",
        "hole.zap:4:3: error: the line is indented; begin it at the left\n      read(A)\n      ^",
    ),
    (
        "def CPU3(): read(A)",
        "hole.zap:4:5: error: a function stands for a CPU; there is no CPU 'CPU3'; "
        "did you mean 'CPU2'?\n"
        "    def CPU3(): read(A)\n"
        "        ^",
    ),
    (
        "def CPU0(x): read(A)",
        "hole.zap:4:5: error: CPU0 takes no arguments; write def CPU0():\n"
        "    def CPU0(x): read(A)\n"
        "        ^",
    ),
    (
        "def CPU0():",
        "hole.zap:4:1: error: CPU0 has no body; indent what it does below it\n"
        "    def CPU0():\n"
        "    ^",
    ),
    (
        "def CPU0(): B = anon(2)",
        "hole.zap:4:13: error: CPU0 cannot make files or mappings; make B above the CPUs\n"
        "    def CPU0(): B = anon(2)\n"
        "                ^",
    ),
    (
        "def CPU0(): assert A == none",
        "hole.zap:4:13: error: CPU0 cannot hold an assertion; "
        "put it below the CPUs, as in assert always(A[0] == anon)\n"
        "    def CPU0(): assert A == none\n"
        "                ^",
    ),
]


class TestErrors:
    """Every error says where, what, and what was expected."""

    @pytest.mark.parametrize(("line", "message"), ERRORS, ids=[line for line, _ in ERRORS])
    def test_message(self, line: str, message: str) -> None:
        """The whole message, as a user sees it."""
        assert str(wrong(MADE + line)) == message

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "the text is empty; a scenario begins like F = shmem(4)"),
            (" \n\t\n>\n", "the text is empty; a scenario begins like F = shmem(4)"),
            (
                "# a\n# b\n",
                "the text has comments but no statement; a scenario begins like F = shmem(4)",
            ),
            ("N = anon(1)\0", "there is a control character, U+0000, in the text; "),
            ("N = anon(1) # \x1b[31m", "there is a control character, U+001B, in the text; "),
            ("N = anon(1)\nread(N) # \ud800", "there is a control character, U+D800, in the"),
            ("#" * (MAX_TEXT + 1), "the text is too long; a scenario has at most 65536 char"),
            ("N = anon(1)\n" + "read(N)\n" * MAX_STATEMENTS, "there are too many statements; "),
            (
                "".join(f"N{n} = anon(1)\n" for n in range(MAX_OBJECTS + 1)),
                "there are too many files and mappings; at most ",
            ),
            ("(" * 10_000, "brackets are nested too deeply; at most 16 deep"),
            ("N = anon(1)\nassert " + "not " * 900 + "N == none", "the condition is nested too"),
            ("x" + ".x" * 1900, "there is no statement 'x'; "),
            ("-" * 3000 + "1", ""),
            ("N = anon(" + "9" * 5000 + ")", "the number is too large; at most 9 digits"),
            ("N = anon(0x" + "f" * 5000 + ")", "the number is too large; at most 9 digits"),
            ("N = anon(1)\nread(N" + " " * 5000 + ")", "the statement is too long; at most 4000"),
            ("def CPU0():\n" * 50, "CPU0 has no body; "),
            ("N = anon(1)\ndef CPU0():\nread(N)", "CPU0 has no body; indent what it does"),
            (
                "N = anon(1)\ndef CPU0():\n  read(N)\n    read(N)",
                "the line is indented differently; begin all lines of a CPU in one column",
            ),
            (
                "N = anon(1)\ndef CPU0(): read(N)\nread(N)\ndef CPU1(): read(N)",
                "a scenario has one section of CPUs; all CPUs stand together, nothing between",
            ),
            (
                "N = anon(1)\ndef CPU0(): read(N)\ndef CPU0(): read(N)",
                "CPU0 is there already; put all it does in one body",
            ),
            (
                "N = anon(1)\nassert sometimes(N == none)\ndef CPU0(): read(N)",
                "'sometimes' speaks of CPUs, and there are none; ",
            ),
            ("N = anon(1)\nexit()\nassert read(N) == 0", "exit() on line 2 has ended the process"),
        ],
        ids=range(23),
    )
    def test_summary(self, text: str, message: str) -> None:
        """Emptiness, bounds and order: the beginning of the message."""
        assert wrong(text).summary.startswith(message)

    def test_reserved_words(self) -> None:
        """No word of the language can be a name, and the message says so."""
        for word in RESERVED:
            assert wrong(f"{word} = anon(1)").summary == (
                f"'{word}' means something else; choose another name, such as A"
            )

    @pytest.mark.parametrize(
        ("text", "line", "column"),
        [
            ("> F = shmem(4)\n> read(B)\n", 2, 8),
            (">> F = shmem(4)\n>>\n>> read(B)", 3, 9),
            ("    F = shmem(4)\n    read(B)", 2, 10),
            ("\tF = shmem(4)\n\tread(B)", 2, 7),
            ("\ufeffF = shmem(B)", 1, 11),
            ("F\xa0=\xa0shmem(B)", 1, 11),
            ("F \u200b= shmem(\u200bB)", 1, 13),
            ("F = shmem(4)\r\nread(B)\r\n", 2, 6),
            ("F = shmem(4)\nfallocate(\n  F,\n     PUNCH)\n", 4, 6),
        ],
    )
    def test_place_is_in_the_text_as_pasted(self, text: str, line: int, column: int) -> None:
        """Line and column are those of the user's own text, its quoting included."""
        error = wrong(text)
        assert (error.line, error.column) == (line, column)

    def test_caret_stands_under_the_place(self) -> None:
        """Quoted lines are shown as pasted; tabs keep the caret in its column."""
        assert str(wrong("> F = shmem(4)\n> read(B)")).splitlines()[1:] == [
            "    > read(B)",
            "           ^",
        ]
        assert str(wrong("\tF = shmem(4)\n\tread(B)")).splitlines()[1:] == [
            "    \tread(B)",
            "    \t     ^",
        ]

    def test_long_lines_are_cut(self) -> None:
        """Of a long line, the part around the place is shown."""
        line = "assert " + " and ".join(["N == none"] * 40) + " and N == nune"
        shown, caret = str(wrong(f"N = anon(1)\n{line}")).splitlines()[1:]
        assert len(shown) <= 4 + 72 + 6
        assert shown[caret.index("^") :].startswith("nune")

    def test_error_is_a_value(self) -> None:
        """Front ends get the parts, and the error travels between processes."""
        error = wrong(MADE + "read(B)")
        assert isinstance(error, ZapvizError)
        assert (error.name, error.line, error.column) == ("hole.zap", 4, 6)
        assert error.message == "nothing is called 'B' so far"
        assert error.hint == "make it first, as in B = mmap(F, MAP_PRIVATE)"
        assert error.source == "read(B)"
        assert str(pickle.loads(pickle.dumps(error))) == str(error)

    def test_suggestion_of_a_name(self) -> None:
        """A name misspelt suggests the one that was made."""
        error = wrong("Shared = anon(2)\nread(Shaerd)")
        assert error.hint == "did you mean 'Shared'?"


# Pieces of code, and of what has no place in it.
PIECES = st.sampled_from(
    [
        *(
            "(",
            ")",
            "[",
            "]",
            ":",
            ",",
            "=",
            "==",
            "!=",
            "|",
            "#",
            "\n",
            " ",
            "\t",
            "\r",
            ">",
            "> ",
        ),
        *("\0", "\xa0", "\u200b", '"', "'", "\\", "08", "1.", "0x1f", "9" * 20, "not ", " and "),
        *(" in ", " is ", "lambda ", "def CPU0():", "def CPU1():\n  ", "if ", "assert ", "..."),
        *("assert always(", "exit()", "A", "F", "A[0]", "rss.", "data(", "read(", "*", "**", "-"),
        *("→", "\ud800", "```\n", "---8<---\n", "async ", "yield ", "{", "@", "`", ";", ":=", "->"),
        *("bytes=", "\x0c", "\ufeff", "None", "[0]" * 20, "(" * 20, "not " * 300, "-" * 200),
    ]
)


class TestRobustness:
    """No text does anything but parse, or raise ScenarioError."""

    def check(self, text: str) -> None:
        """Parse it; if it is wrong, the error points into it."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                parse_scenario(text)
            except ScenarioError as caught:
                error = caught
            else:
                return
        given = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        assert given.split("\n")[error.line - 1] == error.source
        assert 1 <= error.column <= len(error.source) + 1
        assert error.message in str(error)

    @given(st.text())
    @example("\x00")
    @example("if 1or 2: 0")
    @example("'\\d'")
    def test_random_text(self, text: str) -> None:
        """Random characters."""
        self.check(text)

    @given(st.lists(PIECES).map("".join))
    def test_random_pieces(self, text: str) -> None:
        """Random pieces of code."""
        self.check(text)

    @given(programs(), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 6), PIECES)))
    def test_mutated_scenarios(self, program: p.Program, changes: list) -> None:
        """Valid text with pieces cut out and put in."""
        text = format_scenario(program)
        for at, length, piece in changes:
            text = text[:at] + piece + text[at + length :]
        self.check(text)


class TestGenerator:
    """Random programs from a seed."""

    def test_same_seed_same_program(self) -> None:
        """A seed names a program for good."""
        assert random_program(random.Random(3)) == random_program(random.Random(3))

    def test_whole_language(self) -> None:
        """Some hundred programs hold every statement and form of condition."""
        made = [random_program(random.Random(seed)) for seed in range(600)]
        made += [random_program(random.Random(seed), forks=True) for seed in range(200)]
        made += [random_program(random.Random(seed), swap="disk") for seed in range(60)]
        text = "".join(map(format_scenario, made))
        of_processes = (
            "mapcount(",
            "slot_count(",
            "exclusive(",
            "swapcache(",
            "X.rss.",
            "fork(X)",
            "exit(X)",
        )
        others = ("always(", "sometimes(", "bytes=", " or ", "not in", *of_processes)
        for word in (*USAGE, *p.ADVICE, *others):
            assert word in text, word

    def test_bounds(self) -> None:
        """The knobs bound pages and statements, and leave out what is the model's alone."""
        for seed in range(300):
            program = random_program(random.Random(seed), pages=3, statements=9, real_only=True)
            text = format_scenario(program)
            assert parse_scenario(text) == program
            assert len(program.statements) <= 9
            assert not program.concurrent
            for word in ("invalidate", "unmap_mapping", "_begin", "_end", "device", "exit", "ass"):
                assert word not in text

    def test_wrong_knobs(self) -> None:
        """Bounds out of bounds are a mistake of the caller."""
        with pytest.raises(ValueError, match="pages must be 1 to 256, not 0"):
            random_program(random.Random(0), pages=0)
        with pytest.raises(ValueError, match="statements must be at least 1, not 0"):
            random_program(random.Random(0), statements=0)
        with pytest.raises(ValueError, match="a body has a call at least"):
            random_pair(random.Random(0), body=0)
        with pytest.raises(ValueError, match="pages must be 1 to 256, not 257"):
            random_pair(random.Random(0), pages=257)

    @given(pairs(pages=3, above=5, body=3))
    def test_every_pair_is_a_race(self, program: p.Program) -> None:
        """It parses and formats, has two CPUs, and nothing that only the model can do."""
        text = format_scenario(program)
        assert parse_scenario(text) == program
        *above, first, second = program.statements
        assert isinstance(first, p.Cpu) and isinstance(second, p.Cpu)
        assert (first.number, second.number) == (0, 1)
        assert 1 <= len(first.body) <= 3 and 1 <= len(second.body) <= 3
        assert sum(not isinstance(s, p.NewFile | p.NewMapping | p.NewAnon) for s in above) <= 5
        for word in ("invalidate", "unmap_mapping", "_begin", "_end", "device", "exit", "assert"):
            assert word not in text

    def test_pairs_hold_every_call(self) -> None:
        """Some hundred pairs have every call of a process, on the same memory most of the time."""
        made = [random_pair(random.Random(seed)) for seed in range(500)]
        text = "".join(map(format_scenario, made))
        advice = [one for one in p.ADVICE if one not in p.FORK_ADVICE]
        for word in (*advice, "MAP_FIXED", "munmap", "mprotect", "mlock", "munlock", "uffd_wp",
                     "uffd_poison", "migrate", "ftruncate", "fallocate", "pwrite", "O_DIRECT",
                     "read(", "] = "):  # fmt: skip
            assert word in text, word
        alike = 0
        for program in made:
            first, second = (
                {getattr(getattr(call, "pages", None), "name", "") for call in cpu.body}
                for cpu in program.statements[-2:]
                if isinstance(cpu, p.Cpu)
            )
            alike += bool(first & second - {""})
        assert alike > 250
        assert made[7] == random_pair(random.Random(7))


def test_import_is_light() -> None:
    """What only messages need is not loaded before there is a message."""
    code = "import zapviz.scenario, sys; print('difflib' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert out.stdout == "False\n"


def test_examples() -> None:
    """The examples in the docstrings are true."""
    for module in (generate, library, scenario):
        assert doctest.testmod(module).failed == 0
