"""From syntax tree to program: statements and conditions."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from zapviz.errors import ScenarioError, choices_hint
from zapviz.model import program as p
from zapviz.scenario.language.arguments import Arguments
from zapviz.scenario.language.diagnosis import no_statement
from zapviz.scenario.language.meant import meant
from zapviz.scenario.language.pasted import PastedText
from zapviz.scenario.language.remarks import Placed, Remarks
from zapviz.scenario.language.statements import (
    CHOOSERS,
    EXAMPLE,
    MAKERS,
    READERS,
    RESERVED,
    USAGE,
    note,
)
from zapviz.scenario.language.words import (
    CACHE_KINDS,
    CPUS,
    KINDS,
    MAX_CONDITION,
    MAX_MAPPINGS,
    MAX_NAME,
    MAX_OBJECTS,
    MAX_PROCESSES,
    MAX_STATEMENTS,
)
from zapviz.words import how_many, joined

_COUNTED: Final[Mapping[str, Literal["mapcount", "slot_count"]]] = {
    "mapcount": "mapcount",
    "slot_count": "slot_count",
}


def _is_rss(name: str) -> bool:
    return p.own_name(name) == "rss"


def _join_names(tree: ast.AST) -> None:
    """Make one name of ``C.A``, a mapping of a process, and of the ``C.rss`` of a counter.

    It goes without recursion, as a text can be nested as deeply as it likes.
    """
    left = [tree]
    while left:
        node = left.pop()
        for field, value in ast.iter_fields(node):
            if isinstance(value, list):
                value[:] = [_joined(one) for one in value]
            elif isinstance(value, ast.Attribute):
                setattr(node, field, _joined(value))
        left += ast.iter_child_nodes(node)


def _joined(node: Any) -> Any:
    match node:
        case ast.Attribute(value=ast.Name(id=owner), attr=own) if not _is_rss(owner):
            return ast.copy_location(ast.Name(f"{owner}.{own}", ast.Load()), node)
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id=owner), attr="rss") as counters):
            node.value = ast.copy_location(ast.Name(f"{owner}.rss", ast.Load()), counters)
    return node


class Reader(Arguments):
    """A reader that turns the syntax tree of one scenario into its program."""

    def __init__(self, source: PastedText) -> None:
        super().__init__(source, USAGE, RESERVED)
        self.remarks = Remarks(source)
        self.cpus: list[int] = []
        self.needed: dict[str, str] = {}  # by child that CPUs run or advise on, the first such CPU
        self.cpus_over = False  # a statement has followed the CPUs
        self.exited = 0  # the line of exit()
        self.count = 0

    def program(self, body: Sequence[ast.stmt]) -> p.Program:
        """Read the whole program."""
        if not body:
            remarks = [line for line in self.source.lines if line.remark is not None]
            what = "the text has comments but no statement" if remarks else "the text is empty"
            raise self.source.error(what, "a scenario begins like F = shmem(4)", 1, 0)
        title, about = self.remarks.header(body[0].lineno)
        statements = tuple(self.statement(node) for node in body)
        below = tuple(text for _, text in self.remarks.take(len(self.source.lines) + 1))
        return p.Program(statements, title, about, below)

    def statement(self, node: ast.stmt, cpu: str = "") -> p.Statement:
        """Read one statement; ``cpu`` names the CPU that it belongs to."""
        self.count += 1
        if self.count > MAX_STATEMENTS:
            raise self.error(node, "there are too many statements", f"at most {MAX_STATEMENTS}")
        _join_names(node)
        if isinstance(node, ast.FunctionDef):
            if cpu:
                raise self.error(
                    node, f"{cpu} cannot hold another CPU", "begin the line at the left"
                )
            return self.cpu(node)
        if self.cpus and not cpu:
            self.cpus_over = True
        if isinstance(node, ast.Assert):
            if cpu:
                hint = "put it below the CPUs, as in assert always(A[0] == anon)"
                raise self.error(node, f"{cpu} cannot hold an assertion", hint)
            return self.assertion(node)
        if self.exited:
            hint = "only assertions about what is left can follow"
            raise self.error(node, f"exit() on line {self.exited} has ended the process", hint)
        last = node.end_lineno or node.lineno
        at = self.remarks.place(node.lineno, last, self.whole_text(node))
        statement: p.Statement
        match node:
            case ast.Assign(value=ast.Call(func=ast.Name(id="fork")) as value) if self.cpus:
                hint = "fork above the CPUs; they can run either process"
                raise self.error(value, "no process forks among CPUs or below them", hint)
            case ast.Assign(targets=[ast.Name() as target], value=value):
                if cpu:
                    hint = f"make {target.id} above the CPUs"
                    raise self.error(node, f"{cpu} cannot make files or mappings", hint)
                statement = self.new(target, value, at)
            case ast.Assign(targets=[ast.Subscript() as target], value=value):
                statement = p.Write(self.mapping_pages(target, "="), self.byte(value), **at)
            case ast.Assign(targets=[target, *_]):
                hint = "on the left of '=' stands one name or its pages, as in A[0:4] = 1"
                raise self.error(target, f"'{self.text(target)}' cannot be assigned to", hint)
            case ast.Expr(value=ast.Call(func=ast.Name(id=word)) as call) if word in CHOOSERS:
                self.check_first(call, cpu)
                statement = CHOOSERS[word](self, call, at)
            case ast.Expr(value=ast.Call() as call):
                statement = self.call(call, at)
            case ast.Expr(value=ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not())):
                hint = f"write assert {self.text(node)}"
                raise self.error(node, "a condition stands only after 'assert'", hint)
            case ast.Expr(value=ast.Tuple() as value):
                raise self.error(
                    value, "these are several statements", "give each a line of its own"
                )
            case ast.AugAssign() | ast.AnnAssign():
                hint = "pages are written like A[0:2] = 1"
                raise self.error(node, f"'{self.text(node)}' is no statement", hint)
            case ast.Expr(value=ast.Name() | ast.Subscript() as value) if self.is_made(value):
                hint = f"a statement does something to it, such as read({self.text(value)})"
                raise self.error(value, f"'{self.text(value)}' is no statement", hint)
            case _:
                raise no_statement(self.source, node.lineno, node.col_offset)
        note(self.sizes, statement)
        if isinstance(statement, p.Exit) and statement.process:
            self.processes.discard(statement.process)
            self.ended[statement.process] = node.lineno
        elif isinstance(statement, p.Exit) and not cpu:
            self.exited = node.lineno
        return statement

    def check_first(self, node: ast.Call, cpu: str) -> None:
        """Check that nothing stands before a statement that says what machine it is.

        Raises:
            ScenarioError: Something does; the message says where it has to stand.
        """
        if cpu or self.count > 1:
            hint = "make it the first statement, before any file or mapping"
            raise self.error(node, "the swap device is chosen before anything is made", hint)

    def cpu(self, node: ast.FunctionDef) -> p.Cpu:
        """Read ``def CPU0():`` and its body."""
        if node.name not in CPUS:
            message = f"a function stands for a CPU; there is no CPU '{node.name}'"
            raise self.error_in_def(node, message, choices_hint(node.name, CPUS))
        number = CPUS.index(node.name)
        if number in self.cpus:
            raise self.error_in_def(
                node, f"{node.name} is there already", "put all it does in one body"
            )
        if self.cpus_over:
            hint = "all CPUs stand together, nothing between them"
            raise self.error(node, "a scenario has one section of CPUs", hint)
        if self.exited:
            raise self.error(node, f"exit() on line {self.exited} has ended the process")
        if ast.unparse(node.args) or node.returns or node.decorator_list:
            raise self.error_in_def(
                node, f"{node.name} takes no arguments", f"write def {node.name}():"
            )
        self.cpus.append(number)
        inline = node.body[0].lineno == node.lineno
        at = self.remarks.place(node.lineno, node.lineno - inline, "")
        body: list[p.Call] = []
        owner: str | None = None  # the process that it runs
        for inner in node.body:
            if body and isinstance(body[-1], p.Exit):
                raise self.error(
                    inner, "exit() has ended the process", f"make it the last of {node.name}"
                )
            statement = self.statement(inner, node.name)
            assert isinstance(statement, p.Call)  # others are refused there
            named = p.process_of(statement)
            if named is not None and owner not in (None, named):
                hint = f"put what {named or 'the first process'} does on a CPU of its own"
                raise self.error(inner, f"{node.name} runs {owner or 'the first process'}", hint)
            if isinstance(statement, p.Exit) and named in self.needed:
                message = f"this ends {named}, which {self.needed[named]} needs"
                raise self.error(inner, message, "write exit() above or below the CPUs")
            owner = named if owner is None else owner
            body.append(statement)
        advised = [p.owner_of(s.pages.name) for s in body if isinstance(s, p.Madvise)]
        for child in filter(None, (owner, *advised)):
            self.needed.setdefault(child, node.name)
        return p.Cpu(number, tuple(body), **at)

    def error_in_def(self, node: ast.FunctionDef, message: str, hint: str) -> ScenarioError:
        """Make the error at the name that a ``def`` gives."""
        code = self.source.lines[node.lineno - 1].code
        offset = max(code.find(node.name, node.col_offset + 3), node.col_offset)
        return self.source.error(message, hint, node.lineno, offset)

    def new(self, target: ast.Name, value: ast.expr, at: Placed) -> p.Maker | p.Fork:
        """Read ``F = shmem(4)`` and its like."""
        name = target.id
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
            if name in self.made and self.kinds[name] == "mapping":
                pages = p.Pages(name, 0, self.sizes.pages[name])
                hint = f"to write to its pages, write {pages} = {self.text(value)}"
                raise self.error(value, f"{name} is a mapping, not a number", hint)
            if isinstance(value, ast.Name) and value.id in MAKERS:
                raise self.error(value, f"'{value.id}' takes arguments", f"write {USAGE[value.id]}")
            hint = "expected shmem(4), file(4), anon(4) or mmap(F, MAP_PRIVATE)"
            raise self.error(value, f"'{self.text(value)}' makes no file or mapping", hint)
        maker = value.func.id
        if maker not in MAKERS:
            if maker in USAGE:
                hint = f"write {self.text(value)} without a name"
                raise self.error(value, f"'{maker}' makes nothing that could be named", hint)
            self.check_modelled(value, maker)
            hint = meant(maker) or choices_hint(maker, MAKERS)
            raise self.error(value, f"there is no file or mapping called '{maker}'", hint)
        self.check_name(target)
        if "." in name and (maker in CACHE_KINDS or maker == "fork"):
            what = "a process" if maker == "fork" else "a file"
            hint = f"write {p.own_name(name)} = {self.text(value)}"
            raise self.error(target, f"{what} is no part of another process", hint)
        statement = MAKERS[maker](self, name, value, at)
        self.made[name] = target.lineno
        self.kinds[name] = maker if maker in CACHE_KINDS else "mapping"
        if isinstance(statement, p.Fork):
            self.kinds[name] = "process"
            self.forked(statement)
        self.check_counts(value)
        return statement

    def check_counts(self, node: ast.expr) -> None:
        """Check that there are not too many processes, nor mappings in all of them.

        Raises:
            ScenarioError: There are.
        """
        if len(self.processes) + len(self.ended) > MAX_PROCESSES - 1:
            raise self.error(node, "there are too many processes", f"at most {MAX_PROCESSES}")
        if sum(kind == "mapping" for kind in self.kinds.values()) > MAX_MAPPINGS:
            hint = f"at most {MAX_MAPPINGS} in all processes together"
            raise self.error(node, "there are too many mappings", hint)

    def check_name(self, target: ast.Name) -> None:
        """Check that a new file or mapping can have the name.

        Raises:
            ScenarioError: It cannot; the message says why.
        """
        name = target.id
        owner, own = p.owner_of(name), p.own_name(name)
        if owner and owner not in self.processes:
            if owner in self.ended:
                self.check_alive(target, name)
            hint = f"make it first, as in {owner[:40]} = fork()"
            raise self.error(target, f"there is no process '{owner[:40]}'", hint)
        if own in RESERVED:
            raise self.error(
                target, f"'{own}' means something else", "choose another name, such as A"
            )
        if name in self.made:
            message = f"'{name}' is there already, from line {self.made[name]}"
            raise self.error(target, message, "choose another name")
        if len(own) > MAX_NAME:
            hint = f"at most {MAX_NAME} characters, so that pictures stay narrow"
            raise self.error(target, f"the name '{own[:40]}' is too long", hint)
        own_objects = [one for one, kind in self.kinds.items() if kind != "process"]
        if sum("." not in one for one in own_objects) >= MAX_OBJECTS and not owner:
            hint = f"at most {MAX_OBJECTS}"
            raise self.error(target, "there are too many files and mappings", hint)

    def call(self, node: ast.Call, at: Placed) -> p.Call:
        """Read a statement that is a call, also inside a condition."""
        if not isinstance(node.func, ast.Name):
            raise self.error(node.func, f"'{self.text(node.func)}' is not a statement", EXAMPLE)
        name = node.func.id
        handler = READERS.get(name)
        if handler is None:
            if name in CHOOSERS:
                hint = f"write {USAGE[name]} as the first statement"
                raise self.error(node, f"'{name}' stands alone, at the top", hint)
            if name in MAKERS:
                made = {"anon": "N", "fork": "C"}.get(name, "F")
                hint = f"write {made} = {self.text(node)}"
                raise self.error(node, f"what '{name}' makes needs a name", hint)
            if name in ("data", "always", "sometimes"):
                hint = f"write assert {self.text(node)}{' == 1' if name == 'data' else ''}"
                raise self.error(node, f"'{name}' stands only in a condition", hint)
            raise no_statement(self.source, node.lineno, node.col_offset, name)
        return handler(self, node, at)

    # Conditions

    def assertion(self, node: ast.Assert) -> p.Assert:
        """Read ``assert``, with or without ``always`` or ``sometimes``."""
        last = node.end_lineno or node.lineno
        at = self.remarks.place(node.lineno, last, f"assert {self.whole_text(node.test)}")
        if node.msg is not None:
            raise self.error(
                node.msg, "an assertion has no message", "say it in a comment, after '#'"
            )
        match node.test:
            case ast.Call(func=ast.Name(id="always" | "sometimes" as word)) as call:
                if not self.cpus:
                    hint = f"without CPUs, write assert {self.text(call.args[0])}"
                    hint = hint if len(call.args) == 1 else "leave it out"
                    raise self.error(call, f"'{word}' speaks of CPUs, and there are none", hint)
                (test,) = self.arguments(call, 1, f"assert {word}(A[0] == anon)")
                condition = self.condition(test)
                if word == "always":
                    return p.Assert(condition, "always", **at)
                return p.Assert(condition, "sometimes", **at)
        return p.Assert(self.condition(node.test), **at)

    def condition(self, node: ast.expr, depth: int = 1) -> p.Condition:
        """Read a condition of any form."""
        if depth > MAX_CONDITION:
            raise self.error(
                node, "the condition is nested too deeply", f"at most {MAX_CONDITION} deep"
            )
        match node:
            case ast.BoolOp(op=ast.And()):
                return p.All(tuple(self.condition(part, depth + 1) for part in node.values))
            case ast.BoolOp():
                return p.AnyOf(tuple(self.condition(part, depth + 1) for part in node.values))
            case ast.UnaryOp(op=ast.Not()):
                return p.Not(self.condition(node.operand, depth + 1))
            case ast.Compare(
                left=ast.Call(func=ast.Name(id="always" | "sometimes" as word)) as call
            ):
                inside = ", ".join(self.text(part) for part in call.args)
                rest = self.text(node).removeprefix(self.text(call))
                condition = f"{word}({inside}{rest})" if self.cpus else f"{inside}{rest}"
                hint = f"write assert {condition}"
                raise self.error(node, f"'{word}' stands around the whole condition", hint)
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self.comparison(left, operator, right)
            case ast.Compare():
                hint = "join two with 'and'"
                raise self.error(node, "a comparison has two sides", hint)
            case ast.Tuple():
                raise self.error(
                    node, "this is a list, not a condition", "join conditions with 'and'"
                )
            case ast.Call(func=ast.Name(id="always" | "sometimes" as word)):
                hint = f"write assert {word}(...) around all of it"
                raise self.error(node, f"'{word}' stands around the whole condition", hint)
            case ast.Call(func=ast.Name(id="exclusive")):
                (pages,) = self.arguments(node, 1, "exclusive(A[0])")
                return p.Exclusive(self.mapping_pages(pages, "exclusive"))
            case ast.Call(func=ast.Name(id="swapcache")):
                (pages,) = self.arguments(node, 1, "swapcache(A[0])")
                return p.SwapCached(self.mapping_pages(pages, "swapcache"))
            case ast.Call(func=ast.Name(id=word)) if word in READERS:
                hint = f"compare it to a result, as in {self.text(node)} == EINVAL"
                raise self.error(node, "this is no condition yet", hint)
            case ast.Call(func=ast.Name(id=word)):
                self.check_modelled(node, word)
            case ast.Name() | ast.Subscript():
                hint = f"compare it to a class, as in {self.text(node)} == swap"
                raise self.error(node, "this is no condition yet", hint)
        hint = "expected a comparison such as A[0] == swap"
        raise self.error(node, f"'{self.text(node)}' is no condition", hint)

    def comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> p.Condition:
        """Read ``left == right``, ``!=``, ``in`` or ``not in``."""
        match operator:
            case ast.Eq() | ast.NotEq() | ast.In() | ast.NotIn():
                pass
            case _:
                hint = "expected ==, !=, in or not in"
                raise self.error(left, "conditions do not compare by size or identity", hint)
        negated = isinstance(operator, ast.NotEq | ast.NotIn)
        several = isinstance(operator, ast.In | ast.NotIn)
        if isinstance(left, ast.Name | ast.Subscript) and not (
            isinstance(left, ast.Name) and self.is_value(left.id)
        ):
            return self.entries_are(left, right, several, negated)
        if several:
            hint = "compare with == or !="
            raise self.error(left, "only the class of entries can be looked for in a list", hint)
        match left:
            case ast.Attribute(value=ast.Name(id=owner), attr=counter) if _is_rss(owner):
                process = p.owner_of(owner)
                if process and self.kinds.get(process) != "process":
                    hint = f"make it first, as in {process[:40]} = fork()"
                    raise self.error(left, f"there is no process '{process[:40]}'", hint)
                if counter not in p.COUNTERS:
                    hint = choices_hint(counter.removeprefix("MM_"), p.COUNTERS)
                    raise self.error(left, f"there is no counter 'rss.{counter}'", hint)
                value = self.number(right, "a number of pages")
                return p.CounterIs(counter, value, negated, process)
            case ast.Call(func=ast.Name(id="mapcount" | "slot_count" as what)):
                (pages,) = self.arguments(left, 1, f"{what}(A[0]) == 2")
                value = self.number(right, "a number of entries")
                return p.CountIs(_COUNTED[what], self.mapping_pages(pages, what), value, negated)
            case ast.Call(func=ast.Name(id="data")):
                (pages,) = self.arguments(left, 1, "data(A[0]) == 1")
                return p.DataIs(self.pages(pages, "data"), self.byte(right), negated)
            case ast.Call():
                return self.result_is(left, right, negated)
        if isinstance(right, ast.Name | ast.Subscript | ast.Call | ast.Attribute):
            hint = "what is looked at stands on the left, as in A[0] == swap"
            raise self.error(left, f"'{self.text(left)}' cannot be looked at", hint)
        hint = "expected pages, data(...), rss.swapents or a call"
        raise self.error(left, f"'{self.text(left)}' cannot be compared", hint)

    def is_value(self, name: str) -> bool:
        """Tell whether a name is a value to compare with, such as a class or an errno."""
        return name not in self.made and (name in KINDS or name in p.RESULTS or name == "rss")

    def entries_are(
        self, left: ast.expr, right: ast.expr, several: bool, negated: bool
    ) -> p.EntriesAre:
        """Read ``A[0:2] == none``, ``A[0] in (none, swap)``."""
        pages = self.pages(left, "a comparison")
        choices = [right]
        if several and isinstance(right, ast.Tuple | ast.List):
            choices = right.elts
            if not choices:
                raise self.error(right, "the list is empty", "write it like (none, swap)")
        kinds = []
        for choice in choices:
            if isinstance(choice, ast.Constant):
                hint = f"write data({self.text(left)}) == {self.text(choice)} to compare data"
                raise self.error(choice, "an entry is compared to a class, not to a number", hint)
            if isinstance(choice, ast.Tuple):
                hint = f"write {self.text(left)} in {self.text(choice)}"
                raise self.error(choice, "entries are compared to one class", hint)
            if isinstance(choice, ast.Name) and choice.id in p.RESULTS:
                hint = f"write read({self.text(left)}) == {choice.id} to compare a result"
                raise self.error(choice, f"'{choice.id}' is a result, not a class of entry", hint)
            kind = self.word(choice, KINDS, "class of entry")
            allowed = CACHE_KINDS.get(self.kinds[pages.name], KINDS)
            if kind not in allowed:
                hint = f"expected {joined(allowed, 'or')}"
                message = f"{pages.name} is a file; a page of its cache is never '{kind}'"
                raise self.error(choice, message, hint)
            kinds.append(kind)
        return p.EntriesAre(pages, tuple(kinds), negated)

    def result_is(self, left: ast.Call, right: ast.expr, negated: bool) -> p.ResultIs:
        """Read ``read(A[3]) == SIGBUS``."""
        if self.exited:
            hint = "only its entries, data and counters can still be looked at"
            raise self.error(left, f"exit() on line {self.exited} has ended the process", hint)
        written = self.whole_text(left)
        statement = self.call(
            left, {"line": left.lineno, "comment": "", "above": (), "written": written}
        )
        if isinstance(statement, p.Exit):
            raise self.error(left, "exit() has no result", "write it as a statement of its own")
        note(self.sizes, statement)
        success = p.success_of(statement)
        if isinstance(right, ast.Constant) and isinstance(statement, p.Madvise) and success != "0":
            if type(right.value) is not int or str(right.value) != success:
                of = how_many(statement.pages.count, "page")
                message = f"process_madvise of {of} never returns"
                hint = f"expected the bytes of its range, {success}, or an errno such as EINVAL"
                raise self.error(right, f"{message} {self.text(right)}", hint)
            return p.ResultIs(statement, "0", negated)
        if isinstance(right, ast.Constant):
            if type(right.value) is not int or right.value != 0:
                hint = "expected 0, an errno such as EINVAL or a signal such as SIGBUS"
                raise self.error(right, f"'{self.text(right)}' is not a result", hint)
            return p.ResultIs(statement, "0", negated)
        if isinstance(right, ast.UnaryOp) and isinstance(right.operand, ast.Name):
            hint = f"write {right.operand.id}"
            raise self.error(right, "an errno stands here without a sign", hint)
        return p.ResultIs(statement, self.word(right, p.RESULTS, "result"), negated)
