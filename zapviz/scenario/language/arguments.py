"""The parts of statements: pages, numbers, constants and flags.

The reader of parts knows the files and mappings that the text has made so far.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Mapping, Sequence

from zapviz.errors import ScenarioError, choices_hint, nearest
from zapviz.model import program as p
from zapviz.scenario.language.pasted import PastedText
from zapviz.scenario.language.unmodelled import UNMODELLED
from zapviz.scenario.language.words import CACHE_KINDS, Sizes
from zapviz.words import how_many


class Arguments:
    """A reader of the parts of statements; it raises the errors about them."""

    def __init__(
        self, source: PastedText, usage: Mapping[str, str], reserved: Container[str]
    ) -> None:
        self.source = source
        self.usage = usage  # the form of each statement
        self.reserved = reserved  # words that have a meaning already
        self.sizes = Sizes()
        self.made: dict[str, int] = {}  # each name, and the line that it was made on
        self.kinds: dict[str, str] = {}  # "shmem", "file" or "mapping"
        self.processes: set[str] = set()  # those that were forked and have not ended
        self.ended: dict[str, int] = {}  # those that have, and the line
        self.inherited: dict[str, set[str]] = {}  # the files that a process knows from its fork

    def error(self, node: ast.AST, message: str, hint: str = "") -> ScenarioError:
        """Make the error at a node."""
        line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        return self.source.error(message, hint, line, offset)

    def text(self, node: ast.AST) -> str:
        """Give the code of a node, shortened, to quote it in a message."""
        code = self.whole_text(node)
        return code if len(code) <= 40 else code[:37] + "..."

    def whole_text(self, node: ast.AST) -> str:
        """Give the code of a node on one line."""
        first, start = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        last, end = getattr(node, "end_lineno", first), getattr(node, "end_col_offset", start)
        lines = [line.code for line in self.source.lines[first - 1 : last]]
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][start:]
        return " ".join(" ".join(lines).split())

    # Arguments

    def arguments(
        self,
        node: ast.Call,
        count: int,
        usage: str = "",
        *,
        optional: int = 0,
        keyword: str = "",
    ) -> list[ast.expr]:
        """Give the arguments of a call, of which the last can be given by ``keyword``."""
        name = node.func.id if isinstance(node.func, ast.Name) else self.text(node.func)
        hint = f"write {usage or self.usage.get(name, '')}"
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                raise self.error(argument, "'*' has no place in a statement", hint)
        arguments = list(node.args)
        for named in node.keywords:
            if named.arg != keyword or not keyword:
                what = f"{name} has no argument called '{named.arg}'"
                if named.arg is None:
                    what = "'**' has no place in a statement"
                near = nearest(named.arg or "", [keyword]) if keyword else None
                raise self.error(named, what, f"did you mean '{near}'?" if near else hint)
            arguments.append(named.value)
        if not count <= len(arguments) <= count + optional:
            expected = f"{count} or {count + optional}" if optional else f"{count or 'no'}"
            plural = "" if (count + optional) == 1 else "s"
            message = f"{name} takes {expected} argument{plural}, not {len(arguments)}"
            raise self.error(node, message, hint)
        return arguments

    def number(self, node: ast.expr, what: str) -> int:
        """Read a number that is not negative."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            raise self.error(node, f"{what} cannot be negative", "expected 0 or more")
        if not isinstance(node, ast.Constant) or type(node.value) is not int:
            raise self.error(node, f"'{self.text(node)}' is not a number", f"expected {what}")
        return node.value

    def byte(self, node: ast.expr) -> int:
        """Read the value of a page: a byte."""
        hint = "a page holds one byte throughout, 0 to 255"
        if not isinstance(node, ast.Constant) or type(node.value) is not int:
            raise self.error(node, f"'{self.text(node)}' is not a byte", hint)
        if not 0 <= node.value <= 255:
            raise self.error(node, f"{node.value} is not a byte", hint)
        return node.value

    def word(self, node: ast.expr, choices: Sequence[str], what: str) -> str:
        """Read one of the constants that may stand here."""
        if not isinstance(node, ast.Name):
            hint = f"expected one of {', '.join(choices)}" if len(choices) > 1 else ""
            hint = hint or f"expected {choices[0]}"
            raise self.error(
                node, f"'{self.text(node)}' is not a {what}".replace("a adv", "an adv"), hint
            )
        if node.id not in choices:
            self.check_modelled(node, node.id)
            message = f"there is no {what} '{node.id[:40]}'"
            raise self.error(node, message, choices_hint(node.id, choices))
        return node.id

    def check_modelled(self, node: ast.expr, name: str) -> None:
        """Check that a name is not one of what the model leaves out.

        Raises:
            ScenarioError: It is; the message says what comes nearest.
        """
        left_out = UNMODELLED.get(name)
        if left_out is not None:
            raise self.error(node, left_out.message, left_out.hint)

    def flags(self, node: ast.expr, choices: Sequence[str]) -> list[str]:
        """Read constants joined with ``|``, each once."""
        words: list[str] = []
        for part in self.alternatives(node):
            known = (*choices, "MAP_FIXED", "MAP_ANONYMOUS") if "MAP_SHARED" in choices else choices
            if isinstance(part, ast.Name) and part.id not in known:
                self.check_modelled(part, part.id)
                hint = choices_hint(part.id, choices)
                raise self.error(part, f"there is no flag '{part.id[:40]}' here", hint)
            word = self.word(part, known, "flag")
            if word not in words and word in choices:
                words.append(word)
        return words

    def mentions(self, node: ast.expr, word: str) -> bool:
        """Tell whether a constant is among those joined with ``|``."""
        return any(
            isinstance(part, ast.Name) and part.id == word for part in self.alternatives(node)
        )

    def alternatives(self, node: ast.expr) -> list[ast.expr]:
        """Give the parts of ``a | b | c``."""
        parts: list[ast.expr] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            parts.append(node.right)
            node = node.left
        return [node, *reversed(parts)]

    # Processes

    def process(self, node: ast.Call) -> str:
        """Read the process that a call names; "" where it names none: the first one."""
        arguments = self.arguments(node, 0, optional=1)
        if not arguments:
            return ""
        (named,) = arguments
        if isinstance(named, ast.Name) and named.id in self.processes:
            return named.id
        if isinstance(named, ast.Name) and named.id in self.ended:
            message = f"exit({named.id}) on line {self.ended[named.id]} has ended it"
            raise self.error(named, message, "name a process that goes on")
        hint = (
            f"expected {' or '.join(sorted(self.processes))}"
            if self.processes
            else ("make one first, as in C = fork()")
        )
        raise self.error(named, f"there is no process '{self.text(named)}'", hint)

    def forked(self, statement: p.Fork) -> None:
        """Note a process, with the mappings that it has of the one that forked it."""
        self.processes.add(statement.name)
        files = {name for name, kind in self.kinds.items() if kind in CACHE_KINDS}
        self.inherited[statement.name] = self.inherited.get(statement.of, files)
        for known in [name for name, kind in self.kinds.items() if kind == "mapping"]:
            if p.owner_of(known) == statement.of:
                name = f"{statement.name}.{p.own_name(known)}"
                self.made[name], self.kinds[name] = statement.line, "mapping"

    def check_alive(self, node: ast.expr, name: str) -> None:
        """Check that the process of a mapping has not ended.

        Raises:
            ScenarioError: It has.
        """
        owner = p.owner_of(name)
        if owner in self.ended:
            message = f"exit({owner}) on line {self.ended[owner]} has ended that process"
            hint = "only its entries and counters can still be looked at"
            raise self.error(node, message, hint)

    def check_open(self, node: ast.expr, file: str, mapping: str) -> None:
        """Check that the process of a mapping has a file open: that it was there at the fork.

        Raises:
            ScenarioError: It was made later.
        """
        owner = p.owner_of(mapping)
        if owner and file not in self.inherited[owner]:
            message = f"{file} was made after {owner} was forked, so {owner} has not opened it"
            raise self.error(node, message, f"make {file} before the fork")

    # Pages

    def mapping_pages(self, node: ast.expr, what: str) -> p.Pages:
        """Read pages of a mapping."""
        pages = self.pages(node, what)
        self.check_alive(node, pages.name)
        if self.kinds[pages.name] != "mapping":
            message = f"{what} takes a mapping; {pages.name} is a file"
            hint = f"map it first, as in A = mmap({pages.name}, MAP_PRIVATE)"
            if what == "=":
                message = f"{pages.name} is a file, and files are not written like memory"
                hint = f"write through a mapping, or pwrite({pages}, 1)"
            raise self.error(node, message, hint)
        return pages

    def file_pages(self, node: ast.expr, what: str, limit: int = 0) -> p.Pages:
        """Read pages of a file: of those that it has had so far, or up to ``limit``."""
        pages = self.pages(node, what, limit, example="shmem(4)")
        if self.kinds[pages.name] == "mapping":
            files = [name for name, kind in self.kinds.items() if kind != "mapping"]
            hint = f"expected one of its files: {', '.join(files)}" if len(files) > 1 else ""
            hint = hint or (f"the file is {files[0]}" if files else "make one: F = shmem(4)")
            raise self.error(node, f"{what} takes a file; {pages.name} is a mapping", hint)
        return pages

    def pages(
        self, node: ast.expr, what: str, limit: int = 0, example: str = "mmap(F, MAP_PRIVATE)"
    ) -> p.Pages:
        """Read ``A``, ``A[i]`` or ``A[i:j]``, of a file or a mapping; ``example`` makes such an
        object.
        """
        match node:
            case ast.Name():
                self.check_known(node, example)
                return p.Pages(node.id, 0, self.sizes.pages[node.id])
            case ast.Subscript(value=ast.Name() as name, slice=index):
                self.check_known(name, example)
            case _:
                hint = "write them like A, A[0] or A[0:4]"
                raise self.error(node, f"'{self.text(node)}' are no pages", hint)
        size = self.sizes.pages[name.id]
        if isinstance(index, ast.Slice):
            if index.step is not None:
                raise self.error(index.step, "a range has no step", f"write {name.id}[0:4]")
            first = self.number(index.lower, "a page number") if index.lower else 0
            end = self.number(index.upper, "a page number") if index.upper else size
        elif isinstance(index, ast.Tuple):
            raise self.error(
                index, "pages are given one by one or as a range", f"write {name.id}[0:4]"
            )
        else:
            first = self.number(index, "a page number")
            end = first + 1
        if first >= end:
            hint = "the lower number comes first"
            if first == end:
                hint = f"the end is not included: page {first} alone is {name.id}[{first}]"
            raise self.error(node, f"{self.text(node)} holds no page", hint)
        is_file = self.kinds[name.id] != "mapping"
        if end > max(limit, size):
            has = how_many(size, "page")
            hint = f"it has {has}, the last is {name.id}[{size - 1}]"
            if is_file:
                hint = f"it has had {has} so far, the last is {name.id}[{size - 1}]"
            if limit:
                hint = f"a file has at most {limit} pages"
            raise self.error(node, f"{self.text(node)} goes past the end of {name.id}", hint)
        return p.Pages(name.id, first, end)

    def is_made(self, node: ast.expr) -> bool:
        """Tell whether a node names a file or mapping that was made, or pages of one."""
        name = node.value if isinstance(node, ast.Subscript) else node
        return isinstance(name, ast.Name) and name.id in self.made

    def mappings_of(self, process: str) -> list[str]:
        """Give the names of a process's mappings."""
        return [
            name
            for name, kind in self.kinds.items()
            if kind == "mapping" and p.owner_of(name) == process
        ]

    def check_known(self, node: ast.Name, example: str) -> None:
        """Check that a file or mapping of that name was made, as by ``example``.

        Raises:
            ScenarioError: There is no such file or mapping.
        """
        if self.kinds.get(node.id) == "process":
            hint = f"name one of its mappings, as in {node.id}.A"
            raise self.error(node, f"{node.id} is a process", hint)
        if node.id in self.made:
            return
        owner, own = p.owner_of(node.id), p.own_name(node.id)
        if owner:
            known = self.kinds.get(owner) == "process"
            message = f"process {owner} has no mapping '{own[:40]}'"
            hint = f"it has {', '.join(self.mappings_of(owner)) or 'none'}"
            if not known:
                message = f"there is no process '{owner[:40]}'"
                hint = f"make it first, as in {owner[:40]} = fork()"
            raise self.error(node, message, hint)
        if node.id in self.reserved:
            hint = "expected pages such as A, A[0] or A[0:4]"
            raise self.error(node, f"'{node.id}' is no file or mapping", hint)
        near = nearest(node.id, self.made)
        hint = f"make it first, as in {node.id[:40]} = {example}"
        hint = f"did you mean '{near}'?" if near else hint
        raise self.error(node, f"nothing is called '{node.id[:40]}' so far", hint)
