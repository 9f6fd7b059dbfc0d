"""Each rule of the model, changed on purpose, is noticed by a fact that was seen.

A rule that could be changed without any fact failing would be a rule that nobody checked.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import zapviz
from test_facts import COLUMNS, FACTS, FROM_THE_SOURCE, PATHS, SETUP, STATES, TABLE
from zapviz.api.traces import Trace
from zapviz.kernels.known import KERNELS, RULES, Kernel
from zapviz.model import faults, isolation, marks, migration, paths, poison, reclaim, zap
from zapviz.model.entries import Entry
from zapviz.model.program import Program
from zapviz.model.steps import Details, Rule
from zapviz.scenario.text import parse_scenario


def cases() -> Iterator[tuple[str, Program]]:
    """Every fact as a kernel's name and a scenario whose assertions hold there."""
    for names, text in (*FACTS.values(), *FROM_THE_SOURCE.values()):
        program = parse_scenario(text)
        for name in names:
            yield name, program
    for (state, path), row in TABLE.items():
        for name, zapped in zip(COLUMNS, row, strict=True):
            prepare, entry = STATES[state]
            operator = "==" if zapped else "!="
            yield (
                name,
                parse_scenario(f"{SETUP}{prepare}\n{PATHS[path]}\nassert {entry} {operator} none"),
            )


CASES = list(cases())


def values(rule: str) -> tuple[object, ...]:
    """All values that a rule of a kernel can have."""
    return get_args(get_type_hints(Kernel)[rule]) or (False, True)


@pytest.mark.parametrize(
    ("rule", "value"), [(rule, value) for rule in RULES for value in values(rule)]
)
def test_a_changed_rule_of_a_kernel_is_noticed(rule: str, value: object) -> None:
    """For every rule and each value that it does not have, some fact of some kernel fails."""
    if rule == "second_pass":
        pytest.skip("one CPU alone cannot tell: the races do")
    for name, program in CASES:
        kernel = KERNELS[name]
        if (
            getattr(kernel, rule) != value
            and not Trace(program, kernel.with_rule(**{rule: value})).ok
        ):
            return
    pytest.fail(f"no fact notices {rule}={value!r}")


NOTHING_TO_SEE = {
    "guard-dropped": "munmap frees the page table with whatever is left in it",
    "wp-marker-dropped": "the same: only munmap and a mapping's last page drop markers",
    "wp-marker-kept": "a marker that is zapped is put back, being write-protected itself",
    "wp-marker-left": "not a verdict of its own: what zapping a write-protected page leaves",
}


@pytest.mark.parametrize("rule", sorted(zap.RULES.keys() - NOTHING_TO_SEE.keys()))
def test_a_verdict_turned_round_is_noticed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one rule's verdict inverted, zapping what it keeps, some fact or scenario fails."""
    from zapviz.scenario.library import SCENARIOS

    decide = zap.decide

    def inverted(
        kernel: Kernel, entry: Entry, anonymous: bool, details: Details | None
    ) -> tuple[bool, Rule]:
        goes, why = decide(kernel, entry, anonymous, details)
        return goes != (why.id == rule), why

    monkeypatch.setattr(zap, "decide", inverted)
    shipped = [
        (name, one.program)
        for one in SCENARIOS.values()
        for name in KERNELS
        if not one.program.concurrent
    ]
    monkeypatch.undo()
    before = {(name, id(program)): Trace(program, KERNELS[name]).ok for name, program in shipped}
    monkeypatch.setattr(zap, "decide", inverted)
    assert any(not Trace(program, KERNELS[name]).ok for name, program in CASES) or any(
        Trace(program, KERNELS[name]).ok != before[name, id(program)] for name, program in shipped
    )


def test_every_rule_has_a_name_of_its_own() -> None:
    """No two rules share an id unless they share what they decide."""
    ids: dict[str, set[str]] = {}
    for module in (zap, faults, reclaim, poison, migration, marks, paths, isolation):
        for rule in vars(module).values():
            if isinstance(rule, Rule):
                ids.setdefault(rule.id, set()).add(module.__name__)
    assert [name for name, modules in ids.items() if len(modules) > 1] == []


def test_every_rule_is_used() -> None:
    """Each rule of the model is named again where something happens by it.

    The verdicts of a zap are all given by one function, which a test above turns round."""
    sources = {
        path: ast.parse(path.read_text()) for path in Path(zapviz.__file__).parent.rglob("*.py")
    }
    used = {
        node.id if isinstance(node, ast.Name) else node.attr
        for tree in sources.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    model = Path("zapviz", "model").parts
    modules = [
        importlib.import_module(f"zapviz.model.{path.stem}")
        for path in sources
        if path.parts[-3:-1] == model and path.stem != "__init__"
    ]
    rules = {
        name for module in modules for name, rule in vars(module).items() if isinstance(rule, Rule)
    }
    assert len(rules) > 90
    assert rules - used == set()
