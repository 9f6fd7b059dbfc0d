"""Programs in the probe's form, and what the probe reports.

The probe (``probe.c``) takes one statement a line: a letter and decimal numbers. Names become
numbers in the order in which a program makes its files and mappings. What a process cannot ask a
real kernel to do (``invalidate``, ``unmap_mapping_range``, ...) has no such form:
:func:`format_script` raises :class:`NotOnKernel` for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, assert_never

from zapviz.errors import ZapvizError
from zapviz.model.entries import Kind
from zapviz.model.machine import BLOCKED
from zapviz.model.program import (
    Advice,
    Asking,
    Assert,
    Cpu,
    Exit,
    Fallocate,
    Fork,
    Ftruncate,
    Invalidate,
    Madvise,
    MapFixed,
    Migrate,
    Mlock,
    Mprotect,
    Munmap,
    NewAnon,
    NewFile,
    NewMapping,
    Pages,
    Pread,
    Program,
    Pwrite,
    Read,
    ResultIs,
    SwapDevice,
    ToDevice,
    Uffd,
    UnmapMappingRange,
    Write,
    own_name,
    owner_of,
    process_of,
)
from zapviz.scenario.text import format_statement

__all__ = [
    "ADVICE_NUMBER",
    "CLASS_OF_LETTER",
    "OUT_OF_TIME",
    "SECONDS",
    "Findings",
    "Garbled",
    "HeldLook",
    "KernelOutcome",
    "NotOnKernel",
    "Numbers",
    "Observed",
    "byte_found",
    "executed",
    "format_script",
    "kind_seen",
    "parse_findings",
    "refuse_lending",
    "script_line",
]

ADVICE_NUMBER: dict[Advice, int] = {
    "MADV_DONTNEED": 4,
    "MADV_FREE": 8,
    "MADV_REMOVE": 9,
    "MADV_PAGEOUT": 21,
    "MADV_DONTNEED_LOCKED": 24,
    "MADV_HWPOISON": 100,
    "MADV_SOFT_OFFLINE": 101,
    "MADV_GUARD_INSTALL": 102,
    "MADV_GUARD_REMOVE": 103,
    "MADV_DONTFORK": 10,
    "MADV_DOFORK": 11,
    "MADV_WIPEONFORK": 18,
    "MADV_KEEPONFORK": 19,
}
"""The kernel's numbers of the advice (include/uapi/asm-generic/mman-common.h)."""


def _letter(kind: Kind) -> str:
    """Give the probe's letter for a class of entry."""
    match kind:
        case Kind.NONE:
            return "."
        case Kind.FILE:
            return "f"
        case Kind.ANON:
            return "a"
        case Kind.ZERO:
            return "z"
        case Kind.SWAP:
            return "s"
        case Kind.MIGRATION:
            return "m"
        case Kind.HWPOISON:
            return "h"
        case Kind.UFFD_WP_MARKER:
            return "u"
        case Kind.POISON_MARKER:
            return "p"
        case Kind.GUARD_MARKER:
            return "g"
        case Kind.UNMAPPED:
            return "-"
        case Kind.DEVICE_PRIVATE:
            return "d"
        case Kind.DEVICE_EXCLUSIVE:
            return "e"
        case _:
            assert_never(kind)


_UNKNOWN: Final = "unknown"  # the class of an entry that the probe cannot tell

CLASS_OF_LETTER: dict[str, str] = {
    **{_letter(kind): kind.value for kind in Kind},
    "?": _UNKNOWN,
}
"""The probe's letters; a capital one is the same entry, write-protected by userfaultfd."""


def kind_seen(seen: str) -> Kind | None:
    """Give the class that the probe saw; None where it could not tell."""
    return None if seen == _UNKNOWN else Kind(seen)


_MOST_OBJECTS = 64  # MAX_MAPPINGS and MAX_FILES of the probe


SECONDS: Final = 5  # SECONDS_PER_PROGRAM of the probe
"""The time that a program of the probe has."""

OUT_OF_TIME: Final = "SIGALRM"
"""The signal that ends a program of the probe which is not done by then."""


class NotOnKernel(ZapvizError):
    """A statement that no process can ask a real kernel to do."""


class Garbled(Exception):
    """Findings that the probe would not write: cut off, or mixed up."""


@dataclass(frozen=True)
class Observed:
    """What a kernel showed after one statement."""

    result: str  # "0", an errno name, or the name of a signal that came
    returned: str  # what the system call itself returned, even if a signal came
    ptes: dict[str, tuple[str, ...]]  # mapping -> class of each entry
    wp: dict[str, tuple[bool, ...]]  # mapping -> present, swap or device entry is uffd-wp
    data: dict[str, tuple[int | None, ...]]  # mapping -> first byte of a present page
    cache: dict[str, tuple[str, ...]]  # file -> none, file or swap, up to i_size
    calls: list[tuple[int, str]] = field(default_factory=list, compare=False, repr=False)
    """The functions it ran through, each with its depth, where that was asked for."""
    bodies: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """Of two bodies that raced: how often each ran, and its results of the last time."""
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What a read of each page found, by mapping, where that was asked for: :func:`byte_found`,
    or the name of a signal."""
    swapcache: dict[str, tuple[bool, ...]] = field(default_factory=dict)
    """Of each private page, by mapping, whether it is in the swap cache; of a machine that swaps
    to a disk alone."""

    @property
    def stuck(self) -> bool:
        """Whether the statement never returned."""
        return self.result == BLOCKED


@dataclass(frozen=True)
class HeldLook:
    """What a kernel showed while one of two CPUs was held at a function."""

    what: str
    """What the other CPU did: it had not begun (``held``), had ``ended``, ``waits``, or
    neither ended nor waited (``runs``); or the first CPU was never held (``missed``)."""
    where: tuple[str, ...]  # the functions in which it waits, innermost first
    seen: Observed  # mappings alone


@dataclass(frozen=True)
class KernelOutcome:
    """What a kernel did with one program."""

    steps: tuple[Observed, ...]  # one for each statement that was executed
    ended: str  # "exit", or the signal that ended the process
    complaints: tuple[str, ...] = ()  # of the kernel's own log, while it ran
    looks: tuple[HeldLook, ...] = ()  # while one CPU was held


@dataclass(frozen=True)
class Findings:
    """All that the probe reported in one boot."""

    kernel: dict[str, str] = field(default_factory=dict)  # the "k" lines
    outcomes: tuple[KernelOutcome, ...] = ()
    complete: bool = False  # the last line came


def executed(program: Program) -> list[Asking | Cpu]:
    """Give the statements of a program that ask the kernel for something, in order.

    An assertion is none of them, but a call whose result it compares is one.
    """
    statements: list[Asking | Cpu] = []
    for statement in program.statements:
        if not isinstance(statement, Assert):
            statements.append(statement)
        elif isinstance(statement.condition, ResultIs):
            statements.append(statement.condition.call)
    return statements


def refuse_lending(program: Program, where: str) -> None:
    """Say which statement lends pages to a device, of a kernel that has none.

    Args:
        program: The scenario; the bodies of its CPUs count.
        where: The kernel in words.

    Raises:
        NotOnKernel: There is such a statement.
    """
    for statement in executed(program):
        if isinstance(statement, Cpu):
            refuse_lending(Program(statement.body), where)
        elif isinstance(statement, ToDevice):
            text = format_statement(statement)
            line = f"line {statement.line}: " if statement.line else ""
            raise NotOnKernel(
                f"{line}'{text}': {where} has no device to lend pages to (TEST_HMM): "
                "zapviz lab build 6.12-hmm"
            )


def _names(program: Program) -> tuple[list[str], list[str]]:
    """Give the mappings and the files of a program, each in the order of their numbers."""
    mappings: list[str] = []
    files: list[str] = []
    for statement in executed(program):
        if isinstance(statement, NewFile):
            files.append(statement.name)
        elif isinstance(statement, NewMapping | NewAnon):
            mappings.append(statement.name)
        elif isinstance(statement, Fork):
            mappings += [
                f"{statement.name}.{own_name(name)}"
                for name in mappings
                if owner_of(name) == statement.of
            ]
    return mappings, files


def _made(program: Program) -> dict[str, tuple[int, int]]:
    """Give for each mapping the number of the statement that makes it, and its pages."""
    made: dict[str, tuple[int, int]] = {}
    for number, statement in enumerate(executed(program)):
        if isinstance(statement, NewMapping):
            made[statement.name] = number, statement.pages.count
        elif isinstance(statement, NewAnon):
            made[statement.name] = number, statement.pages
        elif isinstance(statement, Fork):
            for name, (_, pages) in [*made.items()]:
                if owner_of(name) == statement.of:
                    made[f"{statement.name}.{own_name(name)}"] = number, pages
    return made


class Numbers(NamedTuple):
    """The numbers that the probe has for a program's names."""

    mappings: dict[str, int]
    files: dict[str, int]
    processes: dict[str, int]
    places: dict[str, int]  # of each mapping, the number of the one whose addresses it has

    @classmethod
    def of(cls, program: Program) -> Numbers:
        """Number the names in the order in which a program makes them; 0 is the first process."""
        forked = [one.name for one in executed(program) if isinstance(one, Fork)]
        named = (*_names(program), ["", *forked])
        numbers = ({name: number for number, name in enumerate(names)} for names in named)
        mappings, files, processes = numbers
        places: dict[str, int] = {}
        for one in executed(program):
            if isinstance(one, NewMapping | NewAnon):
                places[one.name] = mappings[one.name]
            elif isinstance(one, Fork):
                for name, place in [*places.items()]:
                    if owner_of(name) == one.of:
                        places[f"{one.name}.{own_name(name)}"] = place
        return cls(mappings, files, processes, places)


def script_line(statement: Asking | Cpu, numbers: Numbers) -> str:
    """Write one statement in the probe's form.

    Raises:
        NotOnKernel: It is for the model only.
    """
    process = numbers.processes[process_of(statement) or ""]
    text = _text(statement, numbers)
    return f"@{process} {text}" if process else text


def _text(statement: Asking | Cpu, numbers: Numbers) -> str:
    """Write one statement as the process that runs it gets it."""
    mappings, files, processes = numbers[:3]

    def span(pages: Pages) -> str:
        number = {**files, **mappings}[pages.name]
        return f"{number} {pages.first} {pages.end}"

    match statement:
        case SwapDevice(kind):
            return f"b {int(kind == 'disk')}"
        case NewFile(name, kind, pages):
            return f"f {files[name]} {int(kind == 'shmem')} {pages}"
        case NewMapping(name, pages, shared):
            file = files[pages.name]
            return f"m {mappings[name]} {file} {pages.first} {pages.count} {int(shared)}"
        case NewAnon(name, count, droppable):
            return f"n {mappings[name]} {count}{' 1' * droppable}"
        case Fork(name, of):
            own = [number for known, number in mappings.items() if known.startswith(f"{name}.")]
            first = min(own, default=0)
            return f"F {processes[name]} {processes[of]} {first}"
        case MapFixed(pages):
            return f"x {span(pages)}"
        case Write(pages, value):
            return f"w {span(pages)} {value}"
        case Read(pages):
            return f"r {span(pages)}"
        case Madvise(pages, advice, True):
            process = processes[owner_of(pages.name)]
            where = f"{numbers.places[pages.name]} {pages.first} {pages.end}"
            return f"o {where} {ADVICE_NUMBER[advice]} {process}"
        case Madvise(pages, advice):
            return f"a {span(pages)} {ADVICE_NUMBER[advice]}"
        case Mlock(pages, lock):
            return f"l {span(pages)} {int(lock)}"
        case Mprotect(pages, prot):
            bits = ("PROT_READ" in prot) + 2 * ("PROT_WRITE" in prot)
            return f"q {span(pages)} {bits}"
        case Uffd(pages, action):
            return f"u {span(pages)} {int(action == 'poison')}"
        case Munmap(pages):
            return f"d {span(pages)}"
        case Exit():
            return "e"
        case Ftruncate(file_name, size):
            return f"t {files[file_name]} {size}"
        case Fallocate(pages):
            return f"h {span(pages)}"
        case Pwrite(pages, value, direct):
            return f"p {span(pages)} {value} {int(direct)}"
        case Pread(pages, into):
            return f"i {span(pages)} {mappings[into.name]} {into.first}"
        case Migrate(pages, "whole"):
            return f"g {span(pages)}"
        case ToDevice(pages, exclusive):
            return f"v {span(pages)} {int(exclusive)}"
        case Migrate() | Invalidate() | UnmapMappingRange() | Cpu():
            pass
        case _:
            assert_never(statement)
    text = format_statement(statement).partition("\n")[0]
    where = f"line {statement.line}: " if statement.line else ""
    raise NotOnKernel(f"{where}'{text}' is for the model alone: no process can ask for it")


def format_script(
    programs: Iterable[Program],
    traced: bool = False,
    looking: int | None = None,
    children: bool = True,
) -> str:
    """Write the programs as one script for the probe.

    Args:
        programs: The programs.
        traced: Whether the kernel records which functions each statement runs through.
        looking: Whether what reads find is told, on a system of which little is known, and
            then how many seconds each program has.
        children: Whether a child reads after every statement, where entries cannot be looked at.

    Raises:
        NotOnKernel: A statement is for the model only, or a program has more than 64 mappings or
            files.
    """
    lines = ["T"] if traced else []
    if looking is not None:
        lines.append(f"L {looking}" if children else f"L {looking} 1")
    for program in programs:
        numbers = Numbers.of(program)
        if max(len(numbers.mappings), len(numbers.files)) > _MOST_OBJECTS:
            raise NotOnKernel(f"the probe holds {_MOST_OBJECTS} mappings and files, no more")
        lines.append("P")
        lines += [script_line(statement, numbers) for statement in executed(program)]
    return "\n".join(lines) + "\n"


def byte_found(byte: int) -> str:
    """Say which byte a read found.

    >>> byte_found(7)
    'byte 7'
    """
    return f"byte {byte}"


_FEATURE = re.compile(r"k (\w+) (\S+)")
_ERRNO, _SIGNAL = "E[A-Z0-9]{1,15}", "SIG[A-Z]{2,8}"  # the longest names that there are
_STATEMENT = re.compile(rf"s (\d+) (0|{_ERRNO})(?: ({_SIGNAL}))?")
_MAPPING = re.compile(r"m (\d+) (\S+) ((?:[0-9a-f]{2}|--)+)")
_CALL = re.compile(r"t (\d+) ([\w.]+)(?: \[\w+\])?")  # a function, and its module
_BODY = re.compile(rf"b ([01]) (\d+)((?: (?:0|{_ERRNO}|{_SIGNAL}))*)")
_SWAPCACHE = re.compile(r"v (\d+) =([01]+)")
_CACHE = re.compile(r"c (\d+) =([.fs?]*)")
_FOUND = re.compile(r"d (\d+) ((?:[0-9a-f]{2}|SB|SV)+)")
_SIGNALS = {"SB": "SIGBUS", "SV": "SIGSEGV"}
_LOOK = re.compile(r"h (held|ended|runs|missed|waits)((?: [\w.]+)*)")
_HOLDING = re.compile(  # said to whoever holds the CPU, or leads both
    r"h ready [0-9a-f]+|h over|h tick|h asleep [01](?: [\w.]+)*"
)


@dataclass
class _Gathered:
    """One program's findings, while they are being read."""

    mappings: list[str]
    files: list[str]
    made: dict[str, tuple[int, int]]  # of each mapping: the statement that makes it, its pages
    expected: int
    steps: list[Observed] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    looks: list[HeldLook] = field(default_factory=list)
    ended: str = ""

    def add(self, line: str) -> None:
        """Take one line.

        Raises:
            Garbled: The line cannot stand there.
        """
        kind, _, rest = line.partition(" ")
        if kind == "!":
            self.complaints.append(rest)
        elif kind == "E" and not self.ended:
            self.ended = rest
        elif kind == "s" and (match := _STATEMENT.fullmatch(line)):
            if int(match[1]) != len(self.steps) or len(self.steps) >= self.expected:
                raise Garbled(f"statement {len(self.steps)} is missing before: {line!r}")
            returned, signal = match[2], match[3]
            self.steps.append(Observed(signal or returned, returned, {}, {}, {}, {}))
        elif kind == "m" and self.steps and (match := _MAPPING.fullmatch(line)):
            self._add_mapping(self.steps[-1], match)
        elif kind == "v" and self.steps and (match := _SWAPCACHE.fullmatch(line)):
            name = _named(self.mappings, match[1], line)
            if len(self.steps[-1].ptes.get(name, ())) != len(match[2]):
                raise Garbled(f"not a mapping that there is: {line!r}")
            self.steps[-1].swapcache[name] = tuple(digit == "1" for digit in match[2])
        elif kind == "t" and self.steps and (match := _CALL.fullmatch(line)):
            self.steps[-1].calls.append((int(match[1]), match[2]))
        elif kind == "b" and self.steps and (match := _BODY.fullmatch(line)):
            ran = self.steps[-1].bodies
            if int(match[1]) != len(ran):
                raise Garbled(f"body {len(ran)} is missing before: {line!r}")
            ran = (*ran, (int(match[2]), tuple(match[3].split())))
            self.steps[-1] = replace(self.steps[-1], bodies=ran)
        elif kind == "d" and self.steps and (match := _FOUND.fullmatch(line)):
            told = [match[2][i : i + 2] for i in range(0, len(match[2]), 2)]
            self.steps[-1].found[_named(self.mappings, match[1], line)] = tuple(
                _SIGNALS.get(each) or byte_found(int(each, 16)) for each in told
            )
        elif kind == "h" and (match := _LOOK.fullmatch(line)):
            seen = Observed("", "", {}, {}, {}, {})
            self.looks.append(HeldLook(match[1], tuple(match[2].split()), seen))
        elif kind == "h" and self.looks and (match := _MAPPING.fullmatch(rest)):
            self._add_mapping(self.looks[-1].seen, match)
        elif kind == "h" and _HOLDING.fullmatch(line):
            pass
        elif kind == "c" and self.steps and (match := _CACHE.fullmatch(line)):
            name = _named(self.files, match[1], line)
            self.steps[-1].cache[name] = tuple(CLASS_OF_LETTER[c] for c in match[2])
        else:
            raise Garbled(f"not a finding: {line!r}")

    def _add_mapping(self, step: Observed, match: re.Match[str]) -> None:
        name = _named(self.mappings, match[1], match[0])
        letters, digits = match[2], match[3]
        if 2 * len(letters) != len(digits) or not set(letters.lower()) <= set(CLASS_OF_LETTER):
            raise Garbled(f"not a mapping: {match[0]!r}")
        statement, pages = self.made[name]
        if statement >= len(self.steps) or pages != len(letters):
            raise Garbled(f"not a mapping that there is: {match[0]!r}")
        step.ptes[name] = tuple(CLASS_OF_LETTER[c.lower()] for c in letters)
        step.wp[name] = tuple(c.isupper() for c in letters)
        pairs = [digits[i : i + 2] for i in range(0, len(digits), 2)]
        step.data[name] = tuple(None if p == "--" else int(p, 16) for p in pairs)


def _named(names: list[str], number: str, line: str) -> str:
    if int(number) >= len(names):
        raise Garbled(f"there is no such object: {line!r}")
    return names[int(number)]


def _fill_ended(program: Program, steps: list[Observed]) -> None:
    """Fill in what is known of the mappings of a child that has ended: nobody tells of them."""
    ended: dict[str, int] = {}  # each of its mappings, and how many pages that has
    for at, statement in enumerate(executed(program)[: len(steps)]):
        if isinstance(statement, Exit) and statement.process and at:
            before = steps[at - 1].ptes
            own = f"{statement.process}."
            ended |= {name: len(kinds) for name, kinds in before.items() if name.startswith(own)}
        for name, pages in ended.items():
            steps[at].ptes[name] = (str(Kind.UNMAPPED),) * pages
            steps[at].wp[name] = (False,) * pages
            steps[at].data[name] = (None,) * pages
            if steps[at].swapcache:
                steps[at].swapcache[name] = (False,) * pages


def parse_findings(text: str, programs: Sequence[Program]) -> Findings:
    """Read what the probe reported about programs.

    Findings may end early, if the machine was lost. Then give what came until then, with
    ``complete`` false, and leave out the last, unfinished program.

    Raises:
        Garbled: The probe would not write such a line there.
    """
    *lines, _cut = text.split("\n")  # the part after the last newline was cut off
    kernel: dict[str, str] = {}
    gathered: list[_Gathered] = []
    complete = False
    for line in lines:
        if complete:
            raise Garbled(f"after the end: {line!r}")
        if match := _FEATURE.fullmatch(line):
            kernel[match[1]] = match[2]
        elif line.startswith("P "):
            if line != f"P {len(gathered)}" or len(gathered) >= len(programs):
                raise Garbled(f"program {len(gathered)} is missing before: {line!r}")
            program = programs[len(gathered)]
            gathered.append(_Gathered(*_names(program), _made(program), len(executed(program))))
        elif line.startswith("Z "):
            if line != f"Z {len(programs)}":
                raise Garbled(f"{len(programs)} programs were expected: {line!r}")
            complete = True
        elif gathered:
            gathered[-1].add(line)
        else:
            raise Garbled(f"not a finding: {line!r}")
    for program, one in zip(programs, gathered, strict=False):
        _fill_ended(program, one.steps)
    outcomes = [
        KernelOutcome(tuple(g.steps), g.ended, tuple(g.complaints), tuple(g.looks))
        for g in gathered
        if g.ended
    ]
    return Findings(kernel, tuple(outcomes), complete)
