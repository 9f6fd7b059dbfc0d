"""A scenario as a C program that shows the same on a real kernel: to mail, to bisect with.

It is meant to be read: the scenario in its head, then the system calls, each below its
statement, and PASS, FAIL or SKIP for each assertion.  Entries are told apart by
/proc/self/pagemap.  Where that cannot be read, what is asserted of entries is skipped, with the
reason, and data, results and signals are checked.  What else a machine cannot do (no swap, one NUMA
node, no permission) ends it with the reason; its exit status is 0, 1 or that of a skipped
kselftest.

>>> from zapviz.scenario.text import parse_scenario
>>> text = format_reproducer(parse_scenario("N = anon(1)\\nN[0] = 7\\nassert N[0] == anon"))
>>> print(text[text.index("\\t/* N[0] = 7") :].expandtabs(8), end="")
        /* N[0] = 7 */
        memset(N, 7, PAGE);
        check(3, "N[0] == anon", count(N, 1, ANON));
        finish();
}

The counters are counted anew from the entries, as /proc/PID/smaps does.  Two CPUs become
two threads, in many rounds.  A call that never returns on one of the model's kernels, as the kernel
restarts it for ever, is watched by an alarm, which tells of it and ends the program as failed.

Children are forked, and go on from there in the same main(): each process does the steps that are
its own, when all before them are done (:mod:`zapviz.render.c.children`).  What is asserted of
several processes is checked in each of them.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, assert_never

from zapviz.errors import ScenarioError, ZapvizError
from zapviz.model import program as p
from zapviz.model.conditions import parts
from zapviz.model.machine import BLOCKED
from zapviz.render.c.breaking import WIDTH, comment, wrapped
from zapviz.render.c.foreseen import Foreseen, foreseeing
from zapviz.render.c.functions import KIND, TAKEN, Wanted, bare, complete
from zapviz.render.c.processes import Processes, processes_of
from zapviz.render.text.lines import ascii_only
from zapviz.render.text.mail import SCISSORS, mailed_scenario
from zapviz.scenario.text import format_scenario, format_statement, parse_scenario
from zapviz.work import Steps, whole

__all__ = ["format_reproducer", "reproducer_steps"]

_NOT_IN_COMMENT: Final = re.compile(r"\*(?=/)|/(?=\*)|\?(?=\?)")  # a blank must part them

_WITH_BYTE: Final = frozenset({"file", "anon", "zero", "swap"})  # classes of entries

_COUNTED: Final = {"filepages": "file", "anonpages": "anon", "swapents": "swap"}

# Calls that the kernel, the machine or the user may be unable to do; all others must work.
_OPTIONAL_ADVICE = (
    *("MADV_PAGEOUT", "MADV_HWPOISON", "MADV_SOFT_OFFLINE", "MADV_DONTNEED_LOCKED"),
    *("MADV_GUARD_INSTALL", "MADV_GUARD_REMOVE"),
)

_READING_ADVICE = ("MADV_HWPOISON", "MADV_SOFT_OFFLINE")


def format_reproducer(program: p.Program, name: str = "reproducer", *, rounds: int = 1000) -> str:
    """Write a scenario as C: kernel style, 7-bit ASCII, 80 columns with tabs eight wide.

    The whole file, pasted into zapviz, is the scenario again.

    Args:
        program: The scenario.
        name: The name of its file, without ``.c``.
        rounds: How often two CPUs race.

    Raises:
        ZapvizError: A statement has no system call; the message names it.
    """
    return whole(reproducer_steps(program, name, rounds=rounds))


def reproducer_steps(
    program: p.Program, name: str = "reproducer", *, rounds: int = 1000
) -> Steps[str]:
    """Write what :func:`format_reproducer` writes, in steps: a statement on a kernel at a time.

    Raises:
        ZapvizError: As there; or it was stopped.
    """
    _check_possible(program)
    scenario_lines, program = _in_comment(program)
    foreseen = yield from foreseeing(program)
    return _Reproducer(program, scenario_lines, name, rounds, foreseen).text()


def _in_comment(program: p.Program) -> tuple[list[str], p.Program]:
    """Give the lines of a scenario that can stand in a C comment, and the program that they
    make.
    """
    text = program.source.rstrip()
    lines = [line.rstrip() for line in text.splitlines()]
    plain = text.isascii() and "\t" not in text and not _NOT_IN_COMMENT.search(text)
    if plain and max(map(len, lines), default=0) <= WIDTH - 3:
        try:
            if parse_scenario("\n".join(_commented(lines))) == program:
                return lines, program
        except ScenarioError:
            pass
    text = ascii_only(format_scenario(program)).expandtabs(8)
    text = _NOT_IN_COMMENT.sub(r"\g<0> ", text).rstrip()  # before it is broken: it gets longer
    if max(map(len, text.splitlines()), default=0) > WIDTH - 3:
        text = mailed_scenario(parse_scenario(text)).rstrip()
    return text.splitlines(), parse_scenario(text)


def _commented(lines: Iterable[str]) -> list[str]:
    return ["/*", *(f" * {line}".rstrip() for line in [SCISSORS, *lines, SCISSORS])]


def _check_possible(program: p.Program) -> None:
    """Check that a process can have a kernel do every statement.

    Raises:
        ZapvizError: A statement has no system call; the message names the first one.
    """
    for statement in _calls(program):
        why = _no_system_call(statement)
        if why:
            why = f"is model only, as {why}"
        elif _ends_all(statement) and statement is not program.statements[-1]:
            why = "ends the process, and with it the program that would check what follows"
        if why:
            raise _refused(statement, why)
    if any(isinstance(c, p.Mprotect) and "PROT_READ" not in c.prot for c in _calls(program)):
        for each in program.statements:
            asked = parts(each.condition) if isinstance(each, p.Assert) else []
            if any(
                isinstance(one, p.DataIs) and one.pages.name in program.droppable for one in asked
            ):
                raise _refused(each, "asks for data of droppable memory, which may be unreadable")
    if program.forks:
        unable = processes_of(program).unable
        for each in program.statements:
            if id(each) in unable:
                raise _refused(each, unable[id(each)])
            if isinstance(each, p.Fork) and program.concurrent:
                why = "is above CPUs, which are threads in C: those of one process alone"
                raise _refused(each, why)


def _ends_all(statement: p.Statement) -> bool:
    return isinstance(statement, p.Exit) and not statement.process


def _refused(statement: p.Statement, why: str) -> ZapvizError:
    text = format_statement(statement).partition("\n")[0]
    where = f"line {statement.line}: " if statement.line else ""
    return ZapvizError(f"{where}'{text}' has no C form: it {why}")


def _no_system_call(statement: p.Asking) -> str:
    """Say why no process can have a kernel do a statement; "" where one can."""
    match statement:
        case p.Invalidate():
            return "only filesystems call it; pwrite(..., O_DIRECT) comes to it"
        case p.UnmapMappingRange():
            return "only drivers and filesystems call it"
        case p.Migrate(_, part):
            half = "no process can stop a page half-way; migrate() moves it whole"
            return "" if part == "whole" else half
        case p.ToDevice():
            return "it takes a driver and its device"
        case p.Fork():
            return ""
        case p.SwapDevice():
            return ""
        case p.NewFile() | p.NewAnon() | p.NewMapping() | p.MapFixed() | p.Read() | p.Write():
            return ""
        case p.Madvise() | p.Mlock() | p.Mprotect() | p.Uffd() | p.Munmap() | p.Exit():
            return ""
        case p.Ftruncate() | p.Fallocate() | p.Pwrite() | p.Pread():
            return ""
        case _:
            assert_never(statement)


def _calls(program: p.Program) -> Iterator[p.Asking]:
    """Give every statement that asks the kernel for something, those in assertions included."""
    for statement in program.statements:
        if isinstance(statement, p.Cpu):
            yield from statement.body
        elif isinstance(statement, p.Assert):
            for part in parts(statement.condition):
                if isinstance(part, p.ResultIs):
                    yield part.call
        else:
            yield statement


class _Reproducer:
    """A scenario that is being written as C."""

    def __init__(
        self,
        program: p.Program,
        scenario_lines: list[str],
        name: str,
        rounds: int,
        foreseen: Foreseen,
    ) -> None:
        self.program = program
        self.scenario_lines = scenario_lines
        self.name = re.sub(r"[^\w.-]", "_", ascii_only(name))  # the name stands in a comment
        self.rounds = rounds
        self.calls = list(_calls(program))
        self.advice = {call.advice for call in self.calls if isinstance(call, p.Madvise)}
        self.foreseen = foreseen
        self.asserts = [s for s in program.statements if isinstance(s, p.Assert)]
        self.conditions = [part for s in self.asserts for part in parts(s.condition)]
        self.asks_swap_cache = any(isinstance(part, p.SwapCached) for part in self.conditions)
        self.there = {one for s in self.asserts for one in _there(s.condition)}
        self.racing = sum(isinstance(s, p.Cpu) for s in program.statements)
        self.files = {s.name: s.kind for s in program.statements if isinstance(s, p.NewFile)}
        self.file_of: dict[str, str] = {}  # of each mapping so far; "" for anonymous memory
        self.made = 0  # how many mappings were made so far, not counting those of forks
        self.size: dict[str, int] = {}  # how many pages each mapping made so far has
        self.place: dict[str, int] = {}  # the number n of AT(n), where each of them is
        self.processes = processes_of(program) if program.forks else Processes()
        self.variables = _variables(program, bool(self.racing or program.forks))
        self.signals = self._signals()
        self.certain = True  # whether the model foresees the results: not from a race on
        self.in_thread = False  # whether a CPU's body is being written

    # The results of the calls

    def _signals(self) -> list[str]:
        """Give the signals that touching memory may raise."""
        touches = [call for call in self.calls if isinstance(call, p.Read | p.Write)]
        came = {result for call in self.calls for result in self.foreseen.results[id(call)]}
        compared = [part for part in self.conditions if isinstance(part, p.ResultIs)]
        came |= {part.result for part in compared}
        signals = {result for result in came if result.startswith("SIG")}
        if self.racing and touches:
            signals |= {signal for call in self.calls if (signal := _raced_signal(call))}
        if "MADV_HWPOISON" in self.advice:
            signals.add("SIGBUS")
        if "MADV_GUARD_INSTALL" in self.advice and touches:
            signals.add("SIGSEGV")
        if not signals and any(isinstance(part.call, p.Read | p.Write) for part in compared):
            signals = {"SIGBUS", "SIGSEGV"}
        return sorted(signals)

    def _wanted(self) -> Wanted:
        possible = {"none"}
        for call in self.calls:
            match call:
                case p.NewMapping():
                    possible |= {"file", "anon"}
                case p.NewAnon() | p.MapFixed():
                    possible |= {"anon", "zero"}
                case p.Munmap():
                    possible.add("unmapped")
                case p.Uffd(_, action):
                    possible.add("uffd_wp_marker" if action == "wp" else "poison_marker")
                case p.Pread():
                    possible |= {"file", "anon"}
                case p.Madvise(_, "MADV_PAGEOUT"):
                    possible.add("swap")
                case p.Madvise(_, "MADV_HWPOISON"):
                    possible.add("hwpoison")
                case p.Madvise(_, "MADV_GUARD_INSTALL"):
                    possible.add("guard_marker")
                case p.SwapDevice() | p.Fork():
                    pass
                case p.NewFile() | p.Read() | p.Write() | p.Madvise() | p.Mlock() | p.Mprotect():
                    pass
                case p.Exit() | p.Ftruncate() | p.Fallocate() | p.Pwrite() | p.Migrate():
                    pass
                case p.Invalidate() | p.UnmapMappingRange() | p.ToDevice():
                    pass
                case _:
                    assert_never(call)
        asked = {kind for c in self.conditions if isinstance(c, p.EntriesAre) for kind in c.kinds}
        possible |= asked & {"unmapped"}
        counts = [c for c in self.conditions if isinstance(c, p.CountIs)]
        counters = {c.counter for c in self.conditions if isinstance(c, p.CounterIs)}
        asked |= {_COUNTED.get(counter, "file") for counter in counters}
        if any(count.what == "slot_count" for count in counts) or self.asks_swap_cache:
            asked.add("swap")
        if self.processes.forked and not (self._may_map_zero() or "zero" in asked):
            possible.discard("zero")
        of_files = [c for c in self.conditions if isinstance(c, p.EntriesAre | p.DataIs)]
        outs = [run for runs in self.foreseen.paged_out.values() for run in runs]
        if any(each.name in self.files for each in [*outs, *(c.pages for c in of_files)]):
            asked |= {"file", "swap"} if "swap" in possible else {"file"}
        uffds = [call for call in self.calls if isinstance(call, p.Uffd)]
        swaps = "MADV_PAGEOUT" in self.advice
        return Wanted(
            possible=frozenset(possible),
            asked=frozenset(asked),
            assertions=sum(len(self.claims(statement)) for statement in self.asserts),
            counters=bool(counters),
            signals=self.signals,
            racing=self.racing,
            rounds=self.rounds,
            swapped_data=self.foreseen.swapped_data or (swaps and bool(self.racing)),
            swapped_cache=swaps and "shmem" in self.files.values(),
            disk_cache="file" in self.files.values(),
            protects_files=any(self.file_of.get(call.pages.name) for call in uffds),
            poisons=any(call.action == "poison" for call in uffds),
            poisons_by_pidfd=any(
                isinstance(call, p.Madvise) and call.by_pidfd and call.advice == "MADV_HWPOISON"
                for call in self.calls
            ),
            looks=any(
                isinstance(c, p.CounterIs | p.CountIs | p.Exclusive | p.SwapCached)
                or (isinstance(c, p.EntriesAre | p.DataIs) and c.pages.name not in self.files)
                for c in self.conditions
            ),
            processes=[self._process(name) for name in self.processes.forked],
            omits=bool(self.advice & {"MADV_DONTFORK", "MADV_WIPEONFORK"}),
            hides=any(isinstance(c, p.Mprotect) and "PROT_READ" not in c.prot for c in self.calls),
        )

    def _may_map_zero(self) -> bool:
        """Tell whether a call may map the zero page: one that reads memory which is not there."""
        return any(
            isinstance(call, p.Read)
            or (isinstance(call, p.Mlock) and call.lock)
            or (isinstance(call, p.Madvise) and call.advice in _READING_ADVICE)
            for call in self.calls
        )

    # The file

    def text(self) -> str:
        """Write the whole program."""
        forks = bool(self.processes.forked)
        body = self._race() if self.racing else self._forked() if forks else self._main()
        return f"{self._head()}{complete(body, self._wanted())}"

    def _head(self) -> str:
        needs = []
        if any(_is_remote(call) for call in self.calls):
            needs.append("CAP_SYS_NICE")
        if "MADV_PAGEOUT" in self.advice:
            needs.append("swap space")
        if any(isinstance(call, p.Migrate) for call in self.calls):
            needs.append("two NUMA nodes")
        if "file" in self.files.values():
            needs.append("a directory on a disk")
        if "MADV_HWPOISON" in self.advice:
            needs.append("root, in a VM: it poisons memory for good")
        elif "MADV_SOFT_OFFLINE" in self.advice:
            needs.append("root, in a VM: it takes memory out of use for good")
        lines = [*_commented(self.scenario_lines), " *"]
        if needs:
            text = f"Needs {', '.join(needs)}."
            lines += textwrap.wrap(text, 75, initial_indent=" * ", subsequent_indent=" * ")
        threads = "-pthread " * bool(self.racing)
        words = f"gcc {threads}-o {self.name} {self.name}.c && ./{self.name}".split()
        lines += _command(words)
        return "\n".join([*lines, " */", ""])

    def _declared(self, body: str) -> list[str]:
        """Declare the variables that a body uses."""
        used = set(re.findall(r"\w+", bare(body)))
        declarations = []
        for what, named in (
            ("char *", list(self.size)),
            ("int ", list(self.files)),
        ):
            names = [name for name in dict.fromkeys(map(self._variable, named)) if name in used]
            if names:
                star = ", *" if "*" in what else ", "
                declarations += wrapped("", f"{what}{star.join(names)};")
        return declarations

    def _main(self) -> str:
        lines: list[str] = []
        for at, statement in enumerate(self.program.statements):
            if at and self._parted(at):
                lines.append("")
            lines += self._statement(statement, "\t")
        text = "\n".join(_without_unused(lines))
        declared = [f"\t{line}" for line in self._declared(text)]
        start = ["int main(void)", "{", *declared, *[""] * bool(declared)]
        start.append("\tneed(getpagesize() == PAGE);")
        return "\n".join([*start, "", text, *self._without_claim("1"), "\tfinish();", "}", ""])

    # Several processes

    def _forked(self) -> str:
        """Write main() for all processes: from the first fork on in steps, each of one process."""
        steps: list[_Step] = []
        forked = False
        for at, statement in enumerate(self.program.statements):
            parted = at > 0 and self._parted(at)
            forked = forked or isinstance(statement, p.Fork)
            for who, lines in self._steps(statement, forked):
                if steps and who is not None and steps[-1].who == who:
                    steps[-1].lines += [*[""] * parted, *lines]
                else:
                    steps.append(_Step(who, lines, parted))
                parted = False
        last = ["\t" + line for line in self._without_claim("1")] + ["\t\tfinish();"]
        if steps[-1].who == "":
            steps[-1].lines += last
        else:
            steps.append(_Step("", last))
        text = "\n".join(_without_unused([line for step in steps for line in self._written(step)]))
        variables = [f"static {line}" for line in self._declared(text)]
        start = [*variables, *[""] * bool(variables), "int main(void)", "{", "\tshare();"]
        start += ["\tneed(getpagesize() == PAGE);", ""]
        end = ["\tfor (;;)", "\t\tlinger();", "}", ""]
        return "\n".join([*start, text, *end])

    def _steps(self, statement: p.Statement, forked: bool) -> list[tuple[str | None, list[str]]]:
        """Write a statement as steps, each with the process whose it is; None: it says that
        itself, or there is only one.
        """
        indent = "\t\t" if forked else "\t"
        match statement:
            case p.Fork(name, of):
                for mapping in [known for known in self.size if p.owner_of(known) == of]:
                    copy = f"{name}.{mapping.rpartition('.')[2]}"
                    self.size[copy] = self.size[mapping]
                    self.place[copy] = self.place[mapping]
                    self.file_of[copy] = self.file_of[mapping]
                call = f"begin_child({self._process(name)}, {self._process(of)});"
                return [(None, [*comment("\t", self._said(statement)), f"\t{call}"])]
            case p.Exit(name) if name:
                reaper = self._process(self.processes.reapers[name])
                call = f"end_child({self._process(name)}, {reaper});"
                return [(None, [*comment("\t", self._said(statement)), f"\t{call}"])]
            case p.Exit() | p.Cpu():
                return []
            case p.Assert():
                by_teller = groupby(
                    self.claims(statement), lambda claim: self.processes.teller(claim.condition)
                )
                steps: list[tuple[str | None, list[str]]] = []
                for teller, claims in by_teller:
                    several = list(claims)
                    lines = self._assertion(statement, several, indent)
                    steps.append((teller if forked else None, lines))
                    for asked in _compared(several):
                        steps += self._seen_by_owner(asked, indent)
                return steps
            case _:
                who = (p.process_of(statement) or "") if forked else None
                lines = self._statement(statement, indent)
                return [(who, lines), *self._seen_by_owner(statement, indent)]

    def _seen_by_owner(self, call: p.Asking, indent: str) -> list[tuple[str | None, list[str]]]:
        """Write what follows a call of the first process on another one's memory: that one looks
        at it.
        """
        if not isinstance(call, p.Madvise) or not _is_remote(call):
            return []
        lines = self._after(call, indent)
        return [(p.owner_of(call.pages.name), lines)] if lines else []

    def _written(self, step: _Step) -> list[str]:
        before = [""] * step.parted
        if step.who is None:
            return [*before, *step.lines]
        condition = f"\tif (turn({self._process(step.who)}))"
        if len(step.lines) == 1:
            return [*before, condition, *step.lines]
        return [*before, condition + " {", *step.lines, "\t}"]

    def _process(self, name: str) -> str:
        """Give the name of a process in C."""
        return self.variables[f"{name}()"] if name else "FIRST"

    def _variable(self, name: str) -> str:
        """Give the variable of a file or a mapping, which has the same name in each process."""
        return self.variables[p.own_name(name)]

    def _without_claim(self, holds: str) -> list[str]:
        """Check, where nothing is asserted, that all statements could be carried out."""
        if self.asserts:
            return []
        last = self.program.statements[-1].line
        if self.racing:
            return [f"\ttally(0, {holds});", f'\tcheck({last}, "all of it was run", 0, 1);']
        return [f'\tcheck({last}, "all of it was run", {holds});']

    def _parted(self, at: int) -> bool:
        """Tell whether the text has an empty line before a statement."""
        line = self.program.statements[at].line
        return 2 <= line <= len(self.scenario_lines) and not self.scenario_lines[line - 2].strip()

    # Assertions

    def claims(self, statement: p.Assert) -> list[p.Assert]:
        """Split an assertion into what is asked of entries and what is not.

        Each is checked alone, so that where entries cannot be seen the others still are.
        """
        condition = statement.condition
        if not isinstance(condition, p.All) or statement.quantifier == "sometimes":
            return [statement]
        several = [one for part in condition.parts for one in self.processes.split(part)]
        if not any(isinstance(part, p.ResultIs) for each in several for part in parts(each)):
            several.sort(key=self._asked_of, reverse=True)  # their order does not matter
        groups = [list(group) for _, group in groupby(several, self._asked_of)]
        if len(groups) == 1:
            return [statement]
        return [
            replace(statement, condition=one[0] if len(one) == 1 else p.All(tuple(one)))
            for one in groups
        ]

    def _asked_of(self, condition: p.Condition) -> tuple[str, bool, bool]:
        """Say who can tell whether a condition holds, and whether entries have to be seen, and
        whether only root can tell.
        """
        mapcounts = any(
            isinstance(part, p.SwapCached)
            or (isinstance(part, p.CountIs) and part.what == "mapcount")
            for part in parts(condition)
        )
        return self.processes.teller(condition), self._needs_entries(condition), mapcounts

    def _needs_entries(self, condition: p.Condition) -> bool:
        """Tell whether entries have to be seen to tell whether a condition holds."""
        return any(
            isinstance(part, p.CounterIs | p.CountIs | p.Exclusive | p.SwapCached)
            or (
                isinstance(part, p.EntriesAre)
                and part.pages.name not in self.files
                and part.kinds != ("unmapped",)  # mincore() tells that
            )
            or (isinstance(part, p.DataIs) and not self._readable(part))
            for part in parts(condition)
            if id(part) not in self.processes.ended
        )

    def _readable(self, part: p.DataIs) -> bool:
        """Tell whether there surely is a byte to read, on every kernel."""
        if part.pages.name in self.files:
            return True
        if any(isinstance(c, p.Mprotect) and "PROT_READ" not in c.prot for c in self.calls):
            return False  # what may be unreadable is looked at through /proc, too
        if part.pages.name in self.program.droppable:
            return False  # no child has it, who could look
        return self.foreseen.held.get(id(part), False) or id(part) in self.there

    def _claimed(self, claim: p.Assert, statement: p.Assert, indent: str) -> tuple[list[str], str]:
        """Write what has to be so that a claim can be checked, and say the claim."""
        said = self._said(statement) if claim is statement else self._part_said(claim, statement)
        seen = [part.pages for part in parts(claim.condition) if isinstance(part, p.EntriesAre)]
        names = [pages for pages in seen if pages.name not in self.files]
        calls = any(isinstance(part, p.ResultIs) for part in parts(claim.condition))
        needed = []
        if calls and self._needs_entries(claim.condition):
            # What is called may depend on what is seen, and so may all that follows.
            who = self.processes.teller(claim.condition)
            first = next(name for name in self.size if p.owner_of(name) == who)
            at = self._at(names[0]) if names else self._variable(first)
            needed = [f"{indent}need(pte({at}) > 0);"]
        return needed, said.removeprefix("assert ")

    def _part_said(self, claim: p.Assert, statement: p.Assert) -> str:
        """Give a part of an assertion as it stands in the scenario, on one line."""
        said = self._said(statement)
        [asserted] = ast.parse(said).body
        test = asserted.test if isinstance(asserted, ast.Assert) else None
        if isinstance(test, ast.Call) and statement.quantifier:
            test = test.args[0]
        values = test.values if isinstance(test, ast.BoolOp) else []
        several = statement.condition.parts if isinstance(statement.condition, p.All) else ()
        wanted = claim.condition.parts if isinstance(claim.condition, p.All) else (claim.condition,)
        alike = all(any(part is one for part in several) for one in wanted)
        if len(values) != len(several) or not alike:  # it stands in brackets of its own
            return " ".join(format_statement(claim).partition("#")[0].split())
        texts = [
            f"({text})" if isinstance(value, ast.BoolOp) else text
            for value, part in zip(values, several, strict=True)
            if any(part is one for one in wanted)
            and (text := ast.get_source_segment(said, value)) is not None
        ]
        text = " and ".join(texts)
        return f"assert {statement.quantifier}({text})" if statement.quantifier else text

    # Two CPUs

    def _race(self) -> str:
        threads: list[str] = []
        rounds: list[str] = []
        verdicts: list[str] = []
        cpus = [s for s in self.program.statements if isinstance(s, p.Cpu)]
        held = 0
        for at, statement in enumerate(self.program.statements):
            if at and self._parted(at) and rounds and rounds[-1]:
                rounds.append("")
            if isinstance(statement, p.Cpu):
                self.certain = False
                threads += self._thread(statement)
                if statement is cpus[-1]:
                    rounds += self._started(cpus)
            elif isinstance(statement, p.Assert):
                least = "1" if statement.quantifier == "sometimes" else "ROUNDS"
                for claim in self.claims(statement):
                    needed, text = self._claimed(claim, statement, "\t\t")
                    rounds += needed
                    rounds += wrapped("\t\t", f"tally({held}, {self._condition(claim)});")
                    call = f'check({statement.line}, "{text}", {held}, {least});'
                    verdicts += wrapped("\t", call)
                    held += 1
            else:
                rounds += self._statement(statement, "\t\t")
        rounds += ["", *self._torn_down("\t\t")]
        rounds = _without_unused(rounds, "\n".join(threads))
        variables = [f"static {line}" for line in self._declared("\n".join([*threads, *rounds]))]
        before = ["\tneed(getpagesize() == PAGE);"]
        main = [
            "int main(void)",
            "{",
            "\tint round;",
            f"\tpthread_t cpus[{len(cpus)}];",
        ]
        if "MADV_PAGEOUT" in self.advice:
            main.append("\tstruct sysinfo info;")
            before += ["\tneed(sysinfo(&info) == 0);", "\tif (!info.freeswap) {"]
            before += ['\t\tprintf("SKIP there is no swap space\\n");', "\t\tfinish();", "\t}"]
        if any(isinstance(call, p.Migrate) for call in self.calls):
            main.append("\tstatic char page[PAGE];")
            before += ["\tpage[0] = 1;", "\tneed(migrate(page, 1) == 0);"]
        before += [f"\tsignal({name}, on_signal);" for name in self.signals]
        before.append(f"\tmust(pthread_barrier_init(&barrier, NULL, {len(cpus)}) == 0);")
        main += ["", *before, ""]
        main += ["\tfor (round = 0; round < ROUNDS; round++) {", *rounds, "\t}"]
        verdicts += self._without_claim("1")
        main += [*verdicts, "\tfinish();", "}", ""]
        return "\n".join([*variables, "", *threads, *main])

    def _thread(self, cpu: p.Cpu) -> list[str]:
        lines = [f"static void *cpu{cpu.number}(void *delay)", "{", "\tbegin((long)delay);"]
        self.in_thread = True
        for statement in cpu.body:
            lines += self._statement(statement, "\t")
        self.in_thread = False
        return [*lines, "\treturn NULL;", "}", ""]

    def _started(self, cpus: list[p.Cpu]) -> list[str]:
        lines = []
        for at, cpu in enumerate(cpus):
            call = f"pthread_create(&cpus[{at}], NULL, cpu{cpu.number}, DELAY) == 0"
            lines += wrapped("\t\t", f"must({call});")
        lines += [f"\t\tpthread_join(cpus[{at}], NULL);" for at in range(len(cpus))]
        sticking = [each for cpu in cpus for each in cpu.body if self._may_stick(each)]
        if not sticking:
            return lines
        named = "; ".join(f"line {each.line}: {self._said(each)}" for each in sticking)
        return [*wrapped("\t\t", f'watch("{named}");'), *lines, "\t\talarm(0);"]

    def _torn_down(self, indent: str) -> list[str]:
        lines = [
            f"{indent}munmap({self._variable(name)}, {_bytes(pages)});"
            for name, pages in self.size.items()
        ]
        return lines + [f"{indent}close({self._variable(name)});" for name in self.files]

    # Statements

    def _said(self, statement: p.Statement) -> str:
        """Give a statement as it stands in the scenario, on one line."""
        line = self.scenario_lines[statement.line - 1].partition("#")[0].strip()
        try:
            [_one] = ast.parse(line).body
        except (SyntaxError, ValueError):  # several lines, or several statements on one line
            return format_statement(statement)
        return line

    def _statement(self, statement: p.Statement, indent: str) -> list[str]:
        """Write a statement as C, below its own text; a CPU's statement becomes a thread."""
        if isinstance(statement, p.Exit | p.Cpu):
            return []
        if isinstance(statement, p.Assert):
            return self._assertion(statement, self.claims(statement), indent)
        lines = comment(indent, self._said(statement))
        sticks = self._may_stick(statement)
        code = [part for line in self._code(statement) for part in wrapped(indent, line)]
        lines += self._watched(code, statement, indent) if sticks else code
        return lines if _is_remote(statement) else lines + self._after(statement, indent)

    def _assertion(self, statement: p.Assert, claims: list[p.Assert], indent: str) -> list[str]:
        """Write the claims of an assertion that one process checks."""
        lines = []
        for claim in claims:
            needed, what = self._claimed(claim, statement, indent)
            written = f'check({statement.line}, "{what}", {self._condition(claim)});'
            lines += [*needed, *wrapped(indent, written)]
        asked = _compared(claims)
        for call in asked:
            lines += [] if _is_remote(call) else self._after(call, indent)
        if any(self._may_stick(call) for call in asked):
            return self._watched(lines, statement, indent)
        return lines

    def _may_stick(self, statement: p.Asking) -> bool:
        """Tell whether a call may never return.

        In a race, and after such a call, no results are foreseen. There it is a guard that may be
        put where userfaultfd left its marks, which is what a kernel restarts for ever.
        """
        if BLOCKED in self.foreseen.results[id(statement)]:
            return True
        guards = isinstance(statement, p.Madvise) and statement.advice == "MADV_GUARD_INSTALL"
        marks = any(isinstance(call, p.Uffd) for call in self.calls)
        return guards and marks and not self.certain

    def _watched(self, lines: list[str], statement: p.Statement, indent: str) -> list[str]:
        """Put an alarm around the lines of a statement that may never return."""
        if self.in_thread:  # the main thread watches all of them together
            return lines
        self.certain = False  # where it does return, what follows is not foreseen
        what = f"line {statement.line}: {self._said(statement).removeprefix('assert ')}"
        return [*wrapped(indent, f'watch("{what}");'), *lines, f"{indent}alarm(0);"]

    def _after(self, statement: p.Asking, indent: str) -> list[str]:
        """Write the checks without which the rest of the program means nothing."""
        runs = self.foreseen.paged_out.get(id(statement), [])
        if not self.certain or self.racing:
            return []
        waits = self.asks_swap_cache and "MADV_PAGEOUT" in getattr(statement, "advice", "")
        return [f"{indent}swap_written();"] * waits + [
            f"{indent}swapped_out({self._variable(run.name)}, {run.first}, {run.count});"
            if run.name in self.files
            else f"{indent}paged_out({self._at(run)}, {run.count});"
            for run in runs
        ]

    def _code(self, statement: p.Asking) -> list[str]:
        """Give the lines of a statement, however wide."""
        match statement:
            case p.SwapDevice(kind):
                return [f"swap_is_disk({int(kind == 'disk')});"]
            case p.NewFile(name, "shmem", pages):
                fd = self._variable(name)
                return [
                    f'{fd} = memfd_create("{name}", 0);',
                    f"must({fd} >= 0 && ftruncate({fd}, {_bytes(pages)}) == 0);",
                ]
            case p.NewFile(name, _, pages):
                return [f"{self._variable(name)} = disk_file({pages});"]
            case p.NewMapping(name, pages, shared):
                flags = "MAP_SHARED" if shared else "MAP_PRIVATE"
                fd, offset = self._variable(pages.name), _bytes(pages.first)
                made = f"{pages.count}, {flags}, {fd}, {offset}"
                return [self._new(name, pages.count, pages.name, made)]
            case p.NewAnon(name, count, True):
                made = f"{count}, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0"
                return ["need(has_droppable());", self._new(name, count, "", made)]
            case p.NewAnon(name, count):
                made = f"{count}, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0"
                return [self._new(name, count, "", made)]
            case p.MapFixed():
                return [f"{self._call(statement)};"]
            case p.Read() | p.Write():
                return [f"{self._access(statement)};"]
            case p.Fork():
                raise AssertionError("a fork is a step of its own")
            case _:
                return self._checked(statement)

    def _checked(self, statement: p.Call) -> list[str]:
        """Write a system call, and the check of its result."""
        call, results = self._call(statement), self.foreseen.results[id(statement)]
        if not self.certain and not _must_work(statement):
            return [f"{call};"]  # what the other CPUs did may prevent it
        word = "need" if self._optional(statement) else "must"
        if self.certain and results and not results & {"0", "SIGBUS", BLOCKED}:
            only = f" && errno == {min(results)}" if len(results) == 1 else ""
            return ["errno = 0;", f"must({call} == -1{only});"]
        if BLOCKED in results:
            word = "need"  # a kernel without it has nothing to show
        poisons = isinstance(statement, p.Madvise) and statement.advice == "MADV_HWPOISON"
        return [f"{word}({call} {'>=' if poisons else '=='} 0);"]

    def _new(self, name: str, pages: int, file: str, made: str) -> str:
        number = self.made
        self.made += 1
        self.size[name] = pages
        self.place[name] = number
        self.file_of[name] = file
        return f"{self._variable(name)} = map(AT({number}), {made});"

    def _access(self, statement: p.Read | p.Write, compared: bool = False) -> str:
        """Write a touch of memory, with precautions where a signal may come or its result is asked
        for.
        """
        pages = statement.pages
        at = self._at(pages)
        results = self.foreseen.results[id(statement)]
        if isinstance(statement, p.Write):
            safe = results <= {"0"} if self.certain else not self.signals
            if safe and not compared:
                return f"memset({at}, {statement.value}, {_bytes(pages.count)})"
            return f"touch({at}, {pages.count}, {statement.value})"
        return f"touch({at}, {pages.count}{', -1' if self.signals else ''})"

    def _optional(self, statement: p.Call) -> bool:
        """Tell whether this machine, kernel or user may be unable to do a statement."""
        match statement:
            case p.Madvise(by_pidfd=True):
                return True
            case p.Madvise(pages, advice):
                on_disk = self.files.get(self.file_of.get(pages.name, "")) == "file"
                return advice in _OPTIONAL_ADVICE or (advice == "MADV_REMOVE" and on_disk)
            case p.Fallocate(pages):
                return self.files[pages.name] == "file"
            case p.Pwrite():
                return statement.direct
            case p.Mlock():
                return statement.lock
            case p.Uffd() | p.Migrate() | p.Pread():
                return True
            case p.MapFixed() | p.Read() | p.Write() | p.Mprotect() | p.Munmap() | p.Exit():
                return False
            case p.Ftruncate() | p.Invalidate() | p.UnmapMappingRange() | p.ToDevice():
                return False
            case _:
                assert_never(statement)

    def _call(self, statement: p.Call) -> str:
        """Write a statement as one expression, which is 0 where it succeeds."""
        match statement:
            case p.Madvise(pages, advice, True):
                owner = p.owner_of(pages.name)
                pid = f"all->pid[{self._process(owner)}]" if owner else "getpid()"
                return f"advise({pid}, {self._elsewhere(pages)}, {pages.count}, {advice})"
            case p.Madvise(pages, "MADV_HWPOISON"):
                return f"poison({self._at(pages)}, {pages.count})"
            case p.Madvise(pages, advice):
                return f"madvise({self._at(pages)}, {_bytes(pages.count)}, {advice})"
            case p.Mlock(pages, lock):
                name = "mlock" if lock else "munlock"
                return f"{name}({self._at(pages)}, {_bytes(pages.count)})"
            case p.Mprotect(pages, prot):
                allowed = " | ".join(prot) or "PROT_NONE"
                return f"mprotect({self._at(pages)}, {_bytes(pages.count)}, {allowed})"
            case p.Munmap(pages):
                return f"munmap({self._at(pages)}, {_bytes(pages.count)})"
            case p.MapFixed(pages):
                flags = "MAP_PRIVATE | MAP_ANONYMOUS"
                return f"map({self._at(pages)}, {pages.count}, {flags}, -1, 0)"
            case p.Ftruncate(file, size):
                whole, rest = divmod(size, p.PAGE_BYTES)
                return f"ftruncate({self._variable(file)}, {size if rest else _bytes(whole)})"
            case p.Fallocate(pages):
                flags = "FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE"
                span = f"{_bytes(pages.first)}, {_bytes(pages.count)}"
                return f"fallocate({self._variable(pages.name)}, {flags}, {span})"
            case p.Pwrite(pages, value, direct):
                name = "write_direct" if direct else "fill_file"
                fd = self._variable(pages.name)
                return f"{name}({fd}, {pages.first}, {pages.count}, {value})"
            case p.Pread(pages, into):
                fd = self._variable(pages.name)
                return f"read_direct({fd}, {pages.first}, {pages.count}, {self._at(into)})"
            case p.Uffd(pages, action):
                start, size = self._variable(pages.name), self.size[pages.name]
                poisons = any(isinstance(c, p.Uffd) and c.action == "poison" for c in self.calls)
                last = f", {int(action == 'poison')}" if poisons else ""
                return f"uffd({start}, {size}, {self._at(pages)}, {pages.count}{last})"
            case p.Migrate(pages):
                return f"migrate({self._at(pages)}, {pages.count})"
            case p.Read() | p.Write() | p.Exit():
                pass
            case p.Invalidate() | p.UnmapMappingRange() | p.ToDevice():
                pass
            case _:
                assert_never(statement)
        raise TypeError(f"{type(statement).__name__} is no system call")

    def _elsewhere(self, pages: p.Pages) -> str:
        """Write the address of pages of any process for the first one."""
        place, own = self.place[pages.name], p.own_name(pages.name)
        start = self.variables[own] if self.place.get(own) == place else f"AT({place})"
        return f"{start} + {_bytes(pages.first)}" if pages.first else start

    def _at(self, pages: p.Pages) -> str:
        name = self._variable(pages.name)
        return f"{name} + {_bytes(pages.first)}" if pages.first else name

    # Conditions

    def _condition(self, statement: p.Assert) -> str:
        text = self._holds(statement.condition)
        whole = text.startswith("(") and not isinstance(statement.condition, p.Not)
        if isinstance(statement.condition, p.ResultIs) and whole:
            return text[1:-1]
        return text

    def _holds(self, condition: p.Condition, top: bool = True) -> str:
        """Write a condition as C; it is not 0 where the condition holds."""
        if id(condition) in self.processes.ended:
            who = self._process(self.processes.ended[id(condition)])
            return f"{'' if _holds_of_ended(condition) else '!'}gone({who})"
        match condition:
            case p.EntriesAre(pages, kinds, negated):
                mask = " | ".join(KIND[kind] for kind in kinds)
                if pages.name in self.files:
                    span = f"{self._variable(pages.name)}, {pages.first}, {pages.count}"
                    return _all(f"cached({span}, {mask})", pages.count, negated)
                return _all(
                    f"count({self._at(pages)}, {pages.count}, {mask})", pages.count, negated
                )
            case p.DataIs(pages, value, negated):
                if pages.name in self.files:
                    span = f"{self._variable(pages.name)}, {pages.first}, {pages.count}"
                    return _all(f"holding_cached({span}, {value})", pages.count, negated)
                span = f"{self._at(pages)}, {pages.count}"
                if self._readable(condition):
                    return _all(f"reading({span}, {value})", pages.count, negated)
                text = _all(f"holding({span}, {value})", pages.count, negated)
                text = f"!blind({self._at(pages)}) && {text}"
                return text if top else f"({text})"
            case p.CounterIs(counter, value, negated):
                counted = self._counter(counter, condition.process)
                return f"{counted} {'!=' if negated else '=='} {value}"
            case p.CountIs(what, pages, value, negated):
                wanted = f"~{value}" if negated else str(value)
                return _all(f"{what}({self._at(pages)}, {pages.count}, {wanted})", pages.count)
            case p.Exclusive(pages):
                return _all(f"exclusive({self._at(pages)}, {pages.count})", pages.count)
            case p.SwapCached(pages):
                return _all(f"swapcache({self._at(pages)}, {pages.count})", pages.count)
            case p.ResultIs():
                return self._result_is(condition)
            case p.Not(part):
                return f"!({self._holds(part)})"
            case p.All(inner) | p.AnyOf(inner):
                word = " && " if isinstance(condition, p.All) else " || "
                text = word.join(self._holds(part, False) for part in inner)
                return text if top else f"({text})"
            case _:
                assert_never(condition)

    def _counter(self, counter: str, process: str) -> str:
        kind = KIND[_COUNTED.get(counter, "file")]
        wanted = {"filepages": ("file",), "shmempages": ("shmem",)}.get(counter)
        names = [
            name
            for name in self.size
            if p.owner_of(name) == process
            and (wanted is None or self.files.get(self.file_of[name]) in wanted)
        ]
        counts = [f"count({self._variable(name)}, {self.size[name]}, {kind})" for name in names]
        return " + ".join(counts) or "0"

    def _result_is(self, condition: p.ResultIs) -> str:
        call, result = condition.call, condition.result
        sign = "!=" if condition.negated else "=="
        if isinstance(call, p.Read | p.Write):
            # touch() returns a signal or 0, never an error
            number = f"-{result}" if result.startswith("E") else result
            return f"{self._access(call, True)} {sign} {number}"
        text = self._call(call)
        if isinstance(call, p.MapFixed):
            return f"{text} {'==' if (result == '0') == condition.negated else '!='} NULL"
        if result == "0":
            return f"{text} {sign} 0"
        if result.startswith("SIG"):
            poisons = isinstance(call, p.Madvise) and call.advice == "MADV_HWPOISON"
            return f"{text} {sign} {'' if poisons else '-'}{result}"
        return f"{'!' * condition.negated}({text} == -1 && errno == {result})"


@dataclass
class _Step:
    """Lines of main() that one process runs."""

    who: str | None  # the process; None: the lines say that themselves
    lines: list[str]
    parted: bool = False  # whether an empty line stands before them


def _is_remote(statement: p.Statement) -> bool:
    """Tell whether a statement is done to the memory of another process than runs it."""
    return (
        isinstance(statement, p.Madvise)
        and statement.by_pidfd
        and bool(p.owner_of(statement.pages.name))
    )


def _compared(claims: Iterable[p.Assert]) -> list[p.Call]:
    """Give the calls whose results are compared."""
    return [
        part.call
        for claim in claims
        for part in parts(claim.condition)
        if isinstance(part, p.ResultIs)
    ]


def _there(condition: p.Condition) -> set[int]:
    """Give the ``id()`` of each data() in a condition of pages that the condition says are there.

    They were read with success, or are to be of a class that holds a byte. Where that is not so the
    assertion fails, whatever a look at the byte gives.
    """
    found: set[int] = set()
    if not isinstance(condition, p.All):
        return found
    calls = any(isinstance(part, p.ResultIs) for part in parts(condition))
    there: list[p.Pages] = []
    # Without calls the order of the parts does not matter.
    for part in condition.parts if calls else sorted(condition.parts, key=_is_data):
        match part:
            case p.ResultIs(p.Read(pages), "0", False):
                there.append(pages)
            case p.ResultIs():
                there = []
            case p.EntriesAre(pages, kinds, False) if _WITH_BYTE.issuperset(kinds):
                there.append(pages)
            case p.DataIs(pages):
                if any(_within(pages, one) for one in there):
                    found.add(id(part))
            case _:
                pass
    return found


def _is_data(condition: p.Condition) -> bool:
    return isinstance(condition, p.DataIs)


def _within(pages: p.Pages, others: p.Pages) -> bool:
    return pages.name == others.name and others.first <= pages.first and pages.end <= others.end


def _command(words: list[str]) -> list[str]:
    """Write a shell command in a comment, broken where it is too wide, as a shell takes it."""
    lines = [" *"]
    for word in words:
        if len(lines[-1]) + len(word) + 3 > WIDTH and lines[-1].strip(" *"):
            lines[-1] += " \\"
            lines.append(" *    ")
        lines[-1] += f" {word}"
    return lines


def _raced_signal(call: p.Asking) -> str:
    """Give the signal that touching memory may raise after another CPU did a call, or ""."""
    match call:
        case p.Ftruncate() | p.Uffd():
            return "SIGBUS"
        case p.Munmap() | p.Mprotect():
            return "SIGSEGV"
        case p.SwapDevice() | p.Fork():
            return ""
        case p.Madvise():  # it raises its signals without a race, too
            return ""
        case p.NewFile() | p.NewAnon() | p.NewMapping() | p.MapFixed() | p.Read() | p.Write():
            return ""
        case p.Mlock() | p.Exit() | p.Fallocate() | p.Pwrite() | p.Pread() | p.Migrate():
            return ""
        case p.Invalidate() | p.UnmapMappingRange() | p.ToDevice():
            return ""
        case _:
            assert_never(call)


def _must_work(statement: p.Call) -> bool:
    """Tell whether a call works whatever another CPU does."""
    match statement:
        case p.Pwrite():
            return not statement.direct
        case p.Ftruncate() | p.Fallocate() | p.Munmap():
            return True
        case p.MapFixed() | p.Read() | p.Write() | p.Madvise() | p.Mlock() | p.Mprotect():
            return False
        case p.Uffd() | p.Exit() | p.Migrate() | p.Pread():
            return False
        case p.Invalidate() | p.UnmapMappingRange() | p.ToDevice():
            return False
        case _:
            assert_never(statement)


def _holds_of_ended(condition: p.Condition) -> bool:
    """Tell whether a condition holds of a process that has ended, where nothing is mapped."""
    match condition:
        case p.EntriesAre(_, kinds, negated):
            return ("unmapped" in kinds) != negated
        case p.CounterIs(_, value, negated):
            return (value == 0) != negated
        case p.DataIs():
            return condition.negated
        case _:
            return False


def _all(call: str, pages: int, negated: bool = False) -> str:
    """Say that all pages of a call are counted or, negated, that none is."""
    if negated:
        return f"!{call}"
    return call if pages == 1 else f"{call} == {pages}"


def _bytes(pages: int) -> str:
    return {0: "0", 1: "PAGE"}.get(pages, f"{pages} * PAGE")


def _variables(program: p.Program, global_: bool) -> dict[str, str]:
    """Give the names of a scenario's files and mappings in C."""
    variables: dict[str, str] = {}
    for statement in program.statements:
        if isinstance(statement, p.Maker | p.Fork):
            name = known = p.own_name(statement.name)
            if isinstance(statement, p.Fork):
                known = f"{name}()"
            elif known in variables:  # of another process
                continue
            # All capitals are a constant's.
            plain = re.fullmatch(r"[A-Z]\d*|[A-Z]\w*[a-z]\w*", name) is not None
            if name in TAKEN or not (plain or (name[0].islower() and not global_)):
                name = f"{name.lstrip('_') or 'x'}_"
            while name in variables.values() or not (name[0].isalpha()):
                name = f"x{name}" if not name[0].isalpha() else f"{name}_"
            variables[known] = name
    return variables


def _without_unused(lines: list[str], elsewhere: str = "") -> list[str]:
    """Leave out the assignments to variables that nothing reads."""
    kept = []
    text = bare("\n".join([elsewhere, *lines]))
    for line in lines:
        assigned = re.match(r"(\t+)(\w+) = (?=map|disk_file)", line)
        if assigned and len(re.findall(rf"\b{assigned[2]}\b", text)) == 1:
            line = assigned[1] + line[assigned.end() :]
        kept.append(line)
    return kept
