"""Random scenarios: valid programs over the whole language, small and eventful.

>>> from random import Random
>>> from zapviz.scenario.text import format_scenario
>>> print(format_scenario(random_program(Random(4), pages=4, statements=6)), end="")
F = shmem(3)
A = mmap(F[0], MAP_PRIVATE)
A[0] = 2
munmap(A)
uffd_wp(A)
mlock(A)

Every decision goes through a :class:`Choices`, so that the same generator serves
a plain random number generator (the lab's conformance runs) and hypothesis, which
can then make a failing program smaller (``tests/strategies.py``).  Assertions are
well formed; whether they hold is not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from zapviz.model import program as p
from zapviz.model.entries import Kind

__all__ = [
    "Choices",
    "RandomChoices",
    "Swap",
    "make_pair",
    "make_program",
    "random_pair",
    "random_program",
]

T = TypeVar("T")

Swap: TypeAlias = Literal["none", "ram", "disk", "any"]
"""The swap device that random programs begin by choosing."""

_FILES = ("F", "G")
_MAPPINGS = ("A", "B", "C", "D", "E")
_ANONYMOUS = ("N", "M")
_KINDS = tuple(kind.value for kind in Kind)
_PROCESSES = ("X", "Y", "Z")
_ADVICE = tuple(one for one in p.ADVICE if one not in p.FORK_ADVICE)
_VALUES = (1, 2, 3, 0, 255)  # few, so that equal data meets equal data


class Choices(Protocol):
    """A source of decisions."""

    def integer(self, low: int, high: int) -> int:
        """Give a whole number, both ends included; the lowest is the simplest."""

    def choose(self, options: Sequence[T]) -> T:
        """Give one of the options; the first is the simplest."""

    def more(self, limit: int) -> bool:
        """Tell whether to go on, where at most about ``limit`` rounds are wanted."""

    def part(self, make: Callable[[], T]) -> T:
        """Give what ``make`` makes: decisions that belong together, and can be left out
        together.
        """


class RandomChoices:
    """Decisions that a random number generator makes."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def integer(self, low: int, high: int) -> int:
        """Give a whole number, both ends included, all equally likely."""
        return self._rng.randint(low, high)

    def choose(self, options: Sequence[T]) -> T:
        """Give one of the options, all equally likely."""
        return self._rng.choice(options)

    def more(self, limit: int) -> bool:
        """Tell whether to go on: on average, two thirds of the wanted rounds are made."""
        return self._rng.random() * (limit + 1) < limit

    def part(self, make: Callable[[], T]) -> T:
        """Give what ``make`` makes."""
        return make()


def random_program(
    rng: Random,
    *,
    pages: int = 8,
    statements: int = 16,
    real_only: bool = False,
    cpus: bool | None = None,
    asserts: bool | None = None,
    device: bool = False,
    swap: Swap | None = None,
    forks: bool = False,
) -> p.Program:
    """Make a random program; the same generator state gives the same program.

    Args:
        rng: The source of chance, such as ``Random(seed)``.
        pages: Most pages that a file or mapping has.
        statements: Most statements, those of CPUs included.
        real_only: Whether to leave out what only the model can do: ``invalidate``,
            ``unmap_mapping_range``, halves of a migration, device entries; and ``exit``, after
            which a real process cannot be looked at.
        cpus: Whether there may be CPUs; by default not if ``real_only``.
        asserts: Whether there may be assertions; by default not if ``real_only``.
        device: Whether pages are lent to a device even if ``real_only``, several times as often.
        swap: The swap device that it begins by choosing, ``none`` for no such statement, or
            ``any``: now one, now the other; by default ``none`` if ``real_only``, else ``any``.
        forks: Whether it forks: one process to three.
    """
    return make_program(
        RandomChoices(rng),
        pages=pages,
        statements=statements,
        real_only=real_only,
        cpus=cpus,
        asserts=asserts,
        device=device,
        swap=swap,
        forks=forks,
    )


def make_program(
    choices: Choices,
    *,
    pages: int = 8,
    statements: int = 16,
    real_only: bool = False,
    cpus: bool | None = None,
    asserts: bool | None = None,
    device: bool = False,
    swap: Swap | None = None,
    forks: bool = False,
) -> p.Program:
    """Make the program that some choices lead to; see :func:`random_program`."""
    if not 1 <= pages <= p.MAX_PAGES:
        raise ValueError(f"pages must be 1 to {p.MAX_PAGES}, not {pages}")
    if statements < 1:
        raise ValueError(f"statements must be at least 1, not {statements}")
    no_asserts = real_only if asserts is None else not asserts
    of = _ForkMaker if forks else _Maker
    maker = of(choices, pages, real_only, no_asserts, device)
    maker.disk = swap == "disk"
    left = max(1, statements - maker.disk)
    made = maker.program(left, not (real_only or forks) if cpus is None else cpus)
    chosen = maker.swap_device(swap or ("none" if real_only else "any"), made)
    if chosen is None or len(made.statements) == statements:
        return made
    return replace(made, statements=(chosen, *made.statements))


def random_pair(
    rng: Random,
    *,
    pages: int = 2,
    above: int = 4,
    body: int = 2,
    real_only: bool = True,
    forks: bool = False,
) -> p.Program:
    """Make a random race: some memory, what happened to it, and two CPUs at the same few pages.

    Args:
        rng: The source of chance, such as ``Random(seed)``.
        pages: Most pages that a file or mapping has.
        above: Most calls above the CPUs; what makes files and mappings is not counted.
        body: Most calls of each CPU.
        real_only: Whether to leave out what only the model can do; see :func:`random_program`.
        forks: Whether a process forks, so that each CPU runs one of two processes.
    """
    choices = RandomChoices(rng)
    return make_pair(choices, pages=pages, above=above, body=body, real_only=real_only, forks=forks)


def make_pair(
    choices: Choices,
    *,
    pages: int = 2,
    above: int = 4,
    body: int = 2,
    real_only: bool = True,
    forks: bool = False,
) -> p.Program:
    """Make the race that some choices lead to; see :func:`random_pair`."""
    if not 1 <= pages <= p.MAX_PAGES:
        raise ValueError(f"pages must be 1 to {p.MAX_PAGES}, not {pages}")
    if above < 0 or body < 1:
        raise ValueError(f"a body has a call at least, and not {above} or {body} calls")
    of = _ForkPairMaker if forks else _PairMaker
    return of(choices, pages, real_only, True, False).pair(above, body)


class _Maker:
    """A program in the making: what was made so far, and how to go on."""

    def __init__(
        self, choices: Choices, pages: int, real_only: bool, no_asserts: bool, device: bool
    ) -> None:
        self.choices = choices
        self.most = pages
        self.real_only = real_only
        self.no_asserts = no_asserts
        self.device = device
        self.disk = False  # whether it is sure to swap to a disk
        self.files: dict[str, tuple[str, int]] = {}  # its kind, and the most pages that it has had
        self.mappings: dict[str, int] = {}  # pages

    def program(self, limit: int, cpus: bool) -> p.Program:
        """Make the whole program, with at most ``limit`` statements."""
        made = self.begun(limit, 5)
        while len(made) < limit:
            more = self.choices.part(lambda: self.statement() if self.choices.more(limit) else None)
            if more is None:
                break
            made.append(more)
        left = limit - len(made)
        if cpus and self.mappings and left >= 4 and self.choices.integer(0, 3) == 3:
            made += self.cpus(left)
        elif not self.real_only and left >= 2 and self.choices.integer(0, 15) == 15:
            made.append(p.Exit())
            if not self.no_asserts:
                made.append(p.Assert(self.condition(calls=False)))
        return p.Program(tuple(made))

    def begun(self, limit: int, files: int) -> list[p.Statement]:
        """Make a file, so much more often than anonymous memory; where a disk is swapped to,
        private memory that was written, so that there is something to swap out.
        """
        made: list[p.Statement] = [
            self.new_file() if self.choices.integer(0, files) else self.anon()
        ]
        if not self.disk:
            return made
        if not self.mappings:
            (file, (_, size)), *_ = self.files.items()
            self.mappings["A"] = size
            made.append(p.NewMapping("A", p.Pages(file, 0, size), False))
        (name, size), *_ = self.mappings.items()
        made.append(p.Write(p.Pages(name, 0, size), self.value()))
        return made[:limit]

    def swap_device(self, swap: Swap, made: p.Program) -> p.SwapDevice | None:
        """Choose the swap device of a program; the last decision, so that others stay."""
        if swap == "none":
            return None
        if swap != "any":
            return p.SwapDevice(swap)
        if all(getattr(s, "advice", "") != "MADV_PAGEOUT" for s in made.statements):
            return None
        choice = self.choices.integer(0, 7)
        return p.SwapDevice("disk") if choice >= 6 else p.SwapDevice("ram") if choice == 5 else None

    # Statements

    def statement(self) -> p.Statement:
        """Make any statement except CPUs and exit."""
        if not self.mappings:
            return self.new_mapping() if self.files else self.anon()
        kind = self.choices.integer(0, 19)
        if kind >= 18 and len(self.mappings) < len(_MAPPINGS):
            makers: list[Callable[[], p.Maker]] = [self.new_mapping] if self.files else []
            if not self.mappings.keys() >= set(_ANONYMOUS):
                makers.append(self.anon)
            if len(self.files) < len(_FILES):
                makers.append(self.new_file)
            return self.choices.choose(makers)()
        if kind >= 16 and not self.no_asserts:
            return p.Assert(self.condition())
        return self.call()

    def call(self) -> p.Call:
        """Make a statement that makes no object, so that it can also run on a CPU."""
        if self.disk and self.choices.integer(0, 2):
            return self.choices.choose((self.swapped, self.swapped, self.read, self.write))()
        makers: list[Callable[[], p.Call]] = [
            *[self.read, self.write, self.write, self.madvise, self.madvise, self.madvise],
            *[self.munmap, self.mlock, self.mprotect, self.uffd, self.migrate, self.map_fixed],
        ]
        if self.files:
            makers += [self.ftruncate, self.ftruncate, self.fallocate, self.fallocate, self.pwrite]
            if any(kind == "file" or not self.real_only for kind, _ in self.files.values()):
                makers.append(self.pread)
        if not self.real_only:
            makers.append(self.to_device)
            if self.files:
                makers += [self.invalidate, self.unmap_mapping_range]
        if self.device:
            makers += [self.to_device] * 4
        return self.choices.choose(makers)()

    def new_file(self) -> p.Maker:
        name = next(name for name in _FILES if name not in self.files)
        size = self.size()
        if self.choices.integer(0, 2) < 2:
            self.files[name] = "shmem", size
            return p.NewFile(name, "shmem", size)
        self.files[name] = "file", size
        return p.NewFile(name, "file", size)

    def anon(self) -> p.Maker:
        name = next(name for name in _ANONYMOUS if name not in self.mappings)
        self.mappings[name] = self.size()
        return p.NewAnon(name, self.mappings[name])

    def new_mapping(self) -> p.Maker:
        name = next(name for name in _MAPPINGS if name not in self.mappings)
        pages = self.file_pages()
        if self.choices.integer(0, 2):  # mostly all of it
            pages = p.Pages(pages.name, 0, self.files[pages.name][1])
        self.mappings[name] = pages.count
        return p.NewMapping(name, pages, self.choices.integer(0, 2) == 2)

    def read(self) -> p.Call:
        return p.Read(self.pages())

    def write(self) -> p.Call:
        return p.Write(self.pages(), self.value())

    def madvise(self) -> p.Call:
        common: tuple[p.Advice, ...] = ("MADV_PAGEOUT", "MADV_DONTNEED")
        return p.Madvise(self.pages(), self.choices.choose((*common, *common, *_ADVICE)))

    def swapped(self) -> p.Call:
        """Make a call that swaps pages out, or gives up what was."""
        advice: tuple[p.Advice, ...] = ("MADV_PAGEOUT", "MADV_DONTNEED", "MADV_FREE")
        return p.Madvise(self.pages(), self.choices.choose(("MADV_PAGEOUT", *advice)))

    def munmap(self) -> p.Call:
        return p.Munmap(self.pages())

    def map_fixed(self) -> p.Call:
        return p.MapFixed(self.pages())

    def mlock(self) -> p.Call:
        return p.Mlock(self.pages(), self.choices.choose((False, True)))

    def mprotect(self) -> p.Call:
        read_write = ("PROT_READ", "PROT_WRITE")
        return p.Mprotect(
            self.pages(), self.choices.choose((read_write, ("PROT_READ",), (), ("PROT_WRITE",)))
        )

    def uffd(self) -> p.Call:
        if self.choices.integer(0, 3) < 3:
            return p.Uffd(self.pages(), "wp")
        return p.Uffd(self.pages(), "poison")

    def migrate(self) -> p.Call:
        parts = ("whole",) if self.real_only else ("whole", "begin", "end")
        part = self.choices.choose(parts)
        return p.Migrate(self.pages(), part)  # type: ignore[arg-type]

    def to_device(self) -> p.Call:
        return p.ToDevice(self.pages(), self.choices.choose((False, True)))

    def ftruncate(self) -> p.Call:
        name = self.choices.choose(tuple(self.files))
        size = self.choices.integer(0, self.most) * p.PAGE_BYTES
        if size and self.choices.integer(0, 3) == 3:
            size -= self.choices.integer(1, p.PAGE_BYTES - 1)
        self.reach(name, -(-size // p.PAGE_BYTES))
        return p.Ftruncate(name, size)

    def fallocate(self) -> p.Call:
        return p.Fallocate(self.file_pages())

    def pwrite(self) -> p.Call:
        name = self.choices.choose(tuple(self.files))
        kind, size = self.files[name]
        first = self.choices.integer(0, min(size, self.most - 1))
        end = self.choices.integer(first + 1, self.most)
        direct = (kind == "file" or not self.real_only) and self.choices.integer(0, 2) == 2
        self.reach(name, end)
        return p.Pwrite(p.Pages(name, first, end), self.value(), direct)

    def pread(self) -> p.Call:
        """Read some pages of a file into as many of a mapping."""
        disk = [name for name, (kind, _) in self.files.items() if kind == "file"]
        name = self.choices.choose(tuple(disk or self.files))
        pages, into = self.range(name, self.files[name][1]), self.pages()
        count = min(pages.count, into.count)
        return p.Pread(
            p.Pages(pages.name, pages.first, pages.first + count),
            p.Pages(into.name, into.first, into.first + count),
        )

    def invalidate(self) -> p.Call:
        return p.Invalidate(self.file_pages())

    def unmap_mapping_range(self) -> p.Call:
        return p.UnmapMappingRange(self.file_pages(), self.choices.choose((False, True)))

    def cpus(self, left: int) -> list[p.Statement]:
        """Make two or three CPUs and the assertions about them, ``left`` statements at most."""
        made: list[p.Statement] = []
        number = 3 if left >= 6 and self.choices.integer(0, 7) == 7 else 2
        for cpu in range(number):
            body = [self.call()]
            if left >= 4 * number and self.choices.integer(0, 1):
                body.append(self.call())
            made.append(p.Cpu(cpu, tuple(body)))
            left -= 1 + len(body)
        while left > 0 and not self.no_asserts and self.choices.integer(0, 1):
            quantifier = self.choices.choose(("always", "sometimes", ""))
            made.append(p.Assert(self.condition(), quantifier))  # type: ignore[arg-type]
            left -= 1
        return made

    # Conditions

    def condition(self, depth: int = 0, *, calls: bool = True) -> p.Condition:
        """Make a condition; without ``calls``, one that runs nothing."""
        if self.disk and self.mappings and not self.choices.integer(0, 5):
            return p.SwapCached(self.pages())
        kind = self.choices.integer(0, 9)
        negated = self.choices.integer(0, 3) == 3
        if kind >= 7 and depth < 2:
            if kind == 7:
                return p.Not(self.condition(depth + 1, calls=calls))
            parts = [self.condition(depth + 1, calls=calls) for _ in range(2)]
            if self.choices.integer(0, 2) == 2:
                parts.append(self.condition(depth + 1, calls=calls))
            return p.All(tuple(parts)) if kind == 8 else p.AnyOf(tuple(parts))
        if kind in (4, 5):
            counter = self.choices.choose(p.COUNTERS)
            return p.CounterIs(counter, self.choices.integer(0, 2 * self.most), negated)
        if self.mappings:
            if kind == 3:
                return p.DataIs(self.entries()[0], self.value(), negated)
            if kind == 6 and calls:
                return p.ResultIs(self.call(), self.choices.choose(p.RESULTS), negated)
        pages, known = self.entries()
        kinds = [self.choices.choose(known)]
        while len(kinds) < 4 and self.choices.integer(0, 3) == 3:
            kinds.append(self.choices.choose(known))
        return p.EntriesAre(pages, tuple(kinds), negated)

    def entries(self) -> tuple[p.Pages, Sequence[str]]:
        """Give pages whose entries can be looked at, and the classes that they can have."""
        if self.mappings and (not self.files or self.choices.integer(0, 3)):
            return self.pages(), _KINDS
        pages = self.file_pages()
        shmem = self.files[pages.name][0] == "shmem"
        return pages, ("none", "file", "swap") if shmem else ("none", "file")

    # Values

    def size(self) -> int:
        """Give the number of pages of a new object."""
        return self.choices.integer(1, self.most)

    def value(self) -> int:
        """Give the byte that is written to a page."""
        return self.choices.choose(_VALUES)

    def pages(self) -> p.Pages:
        """Give some pages of a mapping."""
        name = self.choices.choose(tuple(self.mappings))
        return self.range(name, self.mappings[name])

    def file_pages(self) -> p.Pages:
        """Give some pages of a file."""
        name = self.choices.choose(tuple(self.files))
        return self.range(name, self.files[name][1])

    def range(self, name: str, size: int) -> p.Pages:
        """Give a range of an object of that many pages."""
        first = self.choices.integer(0, size - 1)
        return p.Pages(name, first, self.choices.integer(first + 1, size))

    def reach(self, file: str, end: int) -> None:
        """Note that a file has become so many pages long."""
        kind, size = self.files[file]
        self.files[file] = kind, max(size, end)


class _ForkMaker(_Maker):
    """A program in the making whose processes fork."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.processes: list[str] = []
        self.forked = 0

    def anon(self) -> p.Maker:
        """Make anonymous memory, now and then such as may be dropped."""
        made = super().anon()
        if isinstance(made, p.NewAnon) and self.choices.integer(0, 3) == 3:
            return replace(made, droppable=True)
        return made

    def program(self, limit: int, cpus: bool) -> p.Program:
        """Make the whole program: some memory, something done to it, and what follows a fork."""
        made = self.begun(limit, 2)
        while len(made) < limit:
            more = self.choices.part(lambda: self.statement() if self.choices.more(limit) else None)
            if more is None:
                break
            made.append(more)
        return p.Program(tuple(made))

    def statement(self) -> p.Statement:
        """Make any statement; a child's as often as the first process's."""
        if self.mappings:
            kind = self.choices.integer(0, 11)
            if kind >= (10 if self.forked else 8) and self.forked < len(_PROCESSES):
                return self.fork()
            if kind == 9 and self.processes and not self.choices.integer(0, 2):
                return self.exit()
            if kind == 8:
                return p.Madvise(self.pages(), self.choices.choose(p.FORK_ADVICE))
            if kind >= 5:
                makers = (self.write, self.write, self.read, self.dropped, self.advised)
                return self.choices.choose(makers)()
        statement = super().statement()
        while self.forked and isinstance(statement, p.NewFile):
            del self.files[statement.name]
            statement = super().statement()
        return statement

    def condition(self, depth: int = 0, *, calls: bool = True) -> p.Condition:
        """Make a condition; as often as not one that speaks of processes."""
        if self.mappings and self.choices.integer(0, 1):
            negated = self.choices.integer(0, 3) == 3
            kind = self.choices.integer(0, 3)
            if kind == 0:
                return p.Exclusive(self.pages())
            if kind < 3:
                what = self.choices.choose(("mapcount", "slot_count"))
                return p.CountIs(what, self.pages(), self.choices.integer(0, 3), negated)  # type: ignore[arg-type]
            process = self.choices.choose(("", *self.processes))
            counter = self.choices.choose(p.COUNTERS)
            return p.CounterIs(counter, self.choices.integer(0, self.most), negated, process)
        return super().condition(depth, calls=calls)

    def fork(self) -> p.Fork:
        """Fork the first process, or a child."""
        of = self.choices.choose(("", *self.processes))
        name = _PROCESSES[self.forked]
        for known, pages in list(self.mappings.items()):
            if p.owner_of(known) == of:
                self.mappings[f"{name}.{p.own_name(known)}"] = pages
        self.processes.append(name)
        self.forked += 1
        return p.Fork(name, of)

    def exit(self) -> p.Exit:
        """End a child."""
        name = self.choices.choose(self.processes)
        self.processes.remove(name)
        for known in [known for known in self.mappings if known.startswith(f"{name}.")]:
            del self.mappings[known]
        return p.Exit(name)

    def dropped(self) -> p.Call:
        """Make one of the calls that what two processes share is about."""
        advice: tuple[p.Advice, ...] = ("MADV_PAGEOUT", "MADV_DONTNEED", "MADV_FREE")
        return p.Madvise(self.pages(), self.choices.choose(advice))

    def advised(self) -> p.Call:
        """Make a process_madvise(), as often as not one that every kernel takes."""
        out = self.choices.integer(0, 1) == 0
        advice = "MADV_PAGEOUT" if out else self.choices.choose(p.ADVICE)
        return p.Madvise(self.pages(), advice, True)


class _PairMaker(_Maker):
    """A race in the making: little memory, so that its CPUs meet."""

    def pair(self, above: int, body: int) -> p.Program:
        """Make the whole race."""
        made: list[p.Statement] = [*self.memory()]
        if above > 0 and self.choices.integer(0, 3):
            made.append(self.choices.choose((self.write, self.write, self.read))())
            above -= 1
        while above > 0 and self.choices.more(above):
            made.append(self.choices.part(self.prepared))
            above -= 1
        for cpu in range(2):
            calls = [self.raced()]
            while len(calls) < body and self.choices.integer(0, 1):
                calls.append(self.after(calls[-1]))
            made.append(p.Cpu(cpu, tuple(calls)))
        return p.Program(tuple(made))

    def memory(self) -> list[p.Maker]:
        """Make private anonymous memory, or a file with one mapping or two of all of it."""
        if self.choices.integer(0, 3) == 3:
            return [self.anon()]
        made = [self.new_file()]
        (name, (_, size)), *_ = self.files.items()
        both = self.choices.integer(0, 2) == 2
        first = self.choices.choose((False, True))
        for mapping, shared in zip(_MAPPINGS, (first, not first)[: 1 + both], strict=False):
            self.mappings[mapping] = size
            made.append(p.NewMapping(mapping, p.Pages(name, 0, size), shared))
        if self.files[name][0] == "file" and self.choices.integer(0, 1):
            made.append(self.anon())  # to read the disk into
        return made

    def prepared(self) -> p.Call:
        """Make a call above the CPUs: often one by which pages are there."""
        if self.choices.integer(0, 2) == 2:
            return self.call()
        return self.choices.choose((self.write, self.read, self.paged_out))()

    def raced(self) -> p.Call:
        """Make a call of a CPU: each kind as often, whatever it is done to."""
        makers: list[Callable[[], p.Call]] = [
            *[self.read, self.write, self.madvise, self.madvise, self.paged_out, self.munmap],
            *[self.map_fixed, self.mprotect, self.mlock, self.migrate, self.migrate, self.uffd],
        ]
        if self.files:
            makers += [self.ftruncate, self.fallocate, self.fallocate, self.pwrite]
            if any(kind == "file" or not self.real_only for kind, _ in self.files.values()):
                makers += [self.pwrite, self.pread, self.pread]
        if not self.real_only:
            makers.append(self.to_device)
            if self.files:
                makers += [self.invalidate, self.unmap_mapping_range]
        return self.choices.choose(makers)()

    def after(self, call: p.Call) -> p.Call:
        """Make the next call of a CPU; fresh memory is often written to at once."""
        if isinstance(call, p.MapFixed) and self.choices.integer(0, 1):
            return p.Write(call.pages, self.value())
        return self.raced()

    def madvise(self) -> p.Call:
        return p.Madvise(self.pages(), self.choices.choose(_ADVICE))

    def range(self, name: str, size: int) -> p.Pages:
        """Give a range: all of the object as often as a part of it."""
        if self.choices.integer(0, 1):
            return super().range(name, size)
        return p.Pages(name, 0, size)

    def paged_out(self) -> p.Call:
        return p.Madvise(self.pages(), "MADV_PAGEOUT")


class _ForkPairMaker(_PairMaker, _ForkMaker):
    """A race in the making of two processes."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.everywhere: dict[str, int] = {}  # what the CPU at hand can advise on

    def pair(self, above: int, body: int) -> p.Program:
        """Make the whole race; each CPU runs either process."""
        made: list[p.Statement] = [*self.memory(), self.write()]
        while above > 0 and self.choices.more(above):
            made.append(self.choices.part(self.prepared))
            above -= 1
        made.append(self.fork())
        if self.choices.integer(0, 1):
            made.append(self.dropped())
        everywhere = dict(self.mappings)
        for cpu in range(2):
            process = self.choices.choose(("", *self.processes))
            self.mappings = {
                name: pages for name, pages in everywhere.items() if p.owner_of(name) == process
            }
            self.everywhere = {} if process else everywhere
            calls = [self.raced()]
            while len(calls) < body and self.choices.integer(0, 1):
                calls.append(self.after(calls[-1]))
            made.append(p.Cpu(cpu, tuple(calls)))
        self.mappings = everywhere
        return p.Program(tuple(made))

    def raced(self) -> p.Call:
        """Make a call of a CPU; the first process's may advise on either one's memory."""
        if not self.everywhere or self.choices.integer(0, 5) < 5:
            return super().raced()
        own, self.mappings = self.mappings, self.everywhere
        call = self.advised()
        self.mappings = own
        return call
