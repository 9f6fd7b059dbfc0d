"""A contract for import-linter: imports inside functions are those that are listed, no others.

An import stands at the top of its module, where it can be seen, unless importing it late saves
start-up time: it imports a library that is slow to import, or a module that does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

__all__ = ["LateImportsContract"]


class LateImportsContract(Contract):
    """A contract: ``packages`` are searched; ``late_imports`` are the imports allowed in
    functions.
    """

    type_name = "late_imports"

    packages = fields.SetField(subfield=fields.StringField())
    late_imports = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Compare the imports that stand inside functions with those that are listed."""
        listed: set[str] = set(self.late_imports)  # type: ignore[call-overload]
        late = {
            f"{module} -> {imported}"
            for package in self.packages  # type: ignore[attr-defined]
            for module in sorted(graph.modules)
            if module == package or module.startswith(f"{package}.")
            for imported in imports_inside_functions(_source(module))
        }
        return ContractCheck(
            kept=late == listed,
            metadata={"unlisted": sorted(late - listed), "missing": sorted(listed - late)},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print which imports to move to the top, and which are listed for nothing."""
        for one in check.metadata["unlisted"]:
            output.print_error(
                f"{one} stands inside a function: move it to the top of the module, or list it "
                "under late_imports in pyproject.toml"
            )
        for one in check.metadata["missing"]:
            output.print_error(f"{one} is listed, and stands inside no function")


def imports_inside_functions(source: str) -> Iterator[str]:
    """Give the modules that a module's functions import."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for inner in ast.walk(node):
                if isinstance(inner, ast.ImportFrom):
                    yield inner.module or ""
                elif isinstance(inner, ast.Import):
                    yield from (alias.name for alias in inner.names)


def _source(module: str) -> str:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")
