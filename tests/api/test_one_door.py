"""What takes a scenario or a kernel takes it in the same way, and refuses it in the same words."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import pytest

import zapviz
from zapviz.door import door
from zapviz.scenario.permalink import format_permalink

PUNCH = zapviz.SCENARIOS["hole-punch"].text
RACE = zapviz.SCENARIOS["race-cow"].text
TAKERS: dict[str, Callable[..., Any]] = {
    "run": zapviz.run,
    "race": zapviz.race,
    "predict": zapviz.predict,
    "explore": zapviz.explore,
    "show": zapviz.show,
}


def kernel_in(name: str, result: Any) -> str:
    """The name of the kernel that a result is of."""
    if name == "predict":
        return str(result.exercise.kernel.name)
    if name == "show":
        return str(result.traces[0].kernel.name)
    kernel = result.kernel
    return kernel if isinstance(kernel, str) else str(kernel.name)


@pytest.mark.parametrize("name", TAKERS)
class TestKernel:
    """The kernel of what is pasted counts, unless another one is asked for."""

    def text(self, name: str) -> str:
        """A scenario that this takes."""
        return RACE if name == "race" else PUNCH

    @pytest.mark.parametrize("kernel", ["v5.17", "v6.1"])
    def test_of_a_permalink(self, name: str, kernel: str) -> None:
        """And never the usual one."""
        link = format_permalink(self.text(name), kernel, 3)
        assert kernel_in(name, TAKERS[name](link)) == kernel

    def test_of_a_mail(self, name: str) -> None:
        """As zapviz writes it."""
        mail = zapviz.run(self.text(name), "v5.17").export("mail")
        assert kernel_in(name, TAKERS[name](mail)) == "v5.17"

    def test_one_that_is_asked_for_comes_first(self, name: str) -> None:
        """By name."""
        link = format_permalink(self.text(name), "v5.17", 3)
        assert kernel_in(name, TAKERS[name](link, kernel="v6.12")) == "v6.12"

    @pytest.mark.parametrize("value", [5, 2.5, b"N = anon(1)", ["N = anon(1)"]])
    def test_what_is_no_scenario_is_a_sentence(self, name: str, value: object) -> None:
        """It says what would be taken."""
        with pytest.raises(zapviz.ZapvizError, match="a scenario is given as"):
            TAKERS[name](value)

    @pytest.mark.parametrize("value", [5, 2.5])
    def test_what_is_no_kernel_is_a_sentence(self, name: str, value: object) -> None:
        """It says what would be taken."""
        with pytest.raises(zapviz.ZapvizError, match="kernel"):
            TAKERS[name](self.text(name), kernel=value)


@pytest.mark.parametrize("take", [zapviz.table, zapviz.explore_table])
def test_kernels_that_are_none_are_a_sentence(take: Callable[..., Any]) -> None:
    """The table takes several."""
    with pytest.raises(zapviz.ZapvizError, match="kernels are given as names"):
        take(5)


def test_a_text_that_is_none_is_a_sentence() -> None:
    """The parser alone takes no other form."""
    with pytest.raises(zapviz.ZapvizError, match="is a str, not int"):
        zapviz.parse_scenario(5)  # type: ignore[arg-type]


WRONG = (5, None, b"", [], {}, object(), 2.5, "\0")
NEEDED: dict[str, Any] = {
    "text": PUNCH,
    "program": zapviz.parse_scenario("N = anon(1)"),
    "name": "v6.12",
    "command": "no-such-command {}",
    "form": "text",
    "path": "out.txt",
    "schedule": (0,),
    "kernel": "6.12",
}
FUNCTIONS = {
    name: getattr(zapviz, name)
    for name in zapviz.__all__
    if inspect.isroutine(getattr(zapviz, name))
}
OBJECTS = {
    "Trace": zapviz.run("hole-punch"),
    "Comparison": zapviz.compare("reproducer", ["v5.17", "v6.12"]),
    "Exploration": zapviz.race("race-cow"),
    "Table": zapviz.table("v6.12", entries="swap", paths="truncate"),
    "Verdict": zapviz.recorded_verdict("reproducer", "6.12"),
}
METHODS = {
    f"{kind}.{name}": getattr(one, name)
    for kind, one in OBJECTS.items()
    for name, method in vars(type(one)).items()
    if not name.startswith("_") and inspect.isfunction(method)
}


@pytest.mark.parametrize("name", [*FUNCTIONS, *METHODS])
def test_any_wrong_type_is_a_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the parameter: it works, or ends in a sentence of zapviz, at once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("zapviz.lab.verdict.run_findings", lambda *_: pytest.fail("booted"))
    function = {**FUNCTIONS, **METHODS}[name]
    parameters = inspect.signature(function).parameters.values()
    needed = {
        one.name: NEEDED.get(one.name, "hole-punch")
        for one in parameters
        if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
    }
    for one in parameters:
        for value in WRONG:
            if one.kind is one.VAR_KEYWORD or (name == "judge" and value is None):
                continue
            several = one.kind is one.VAR_POSITIONAL
            given = dict(needed) if several else needed | {one.name: value}
            with suppress(zapviz.ZapvizError):
                function(*[value] * several, **given)
            for left in tmp_path.iterdir():
                left.unlink()


def test_the_functions_are_found() -> None:
    """Were none found, none would be tried."""
    assert {"run", "race", "judge", "predict", "show", "table"} <= set(FUNCTIONS)
    assert {"Trace.export", "Trace.save", "Exploration.trace", "Table.text"} <= set(METHODS)


class TestDoor:
    """What an annotation says is what is taken."""

    @pytest.mark.parametrize(
        ("hint", "right", "wrong", "words"),
        [
            (int, 3, "3", "a whole number"),
            (float, 3, "x", "a number"),
            (bool, True, 1, "True or False"),
            (str | None, None, 5, "a text or None"),
            (Literal["", "dark"], "dark", "pink", "one of '', 'dark'"),
            (Sequence[int], (1, 2), "12", "a list"),
            (Sequence[int], [], ["a"], "a list"),
            (Mapping[str, int], {}, [], "a mapping"),
            (Callable[[str], None], print, 5, "a function"),
            (str | os.PathLike[str], Path("x"), 5, "a text or a path"),
        ],
    )
    def test_one_type(self, hint: Any, right: object, wrong: object, words: str) -> None:
        """What fits is passed on; what does not is told in words."""

        def take(value):
            return value

        take.__annotations__ = {"value": hint}
        checked = door(take)
        assert checked(right) is right
        with pytest.raises(zapviz.ZapvizError, match=re.escape(f"takes as value {words}, not")):
            checked(wrong)

    def test_a_name_that_there_is_not(self) -> None:
        """And one argument too many."""
        with pytest.raises(zapviz.ZapvizError, match="unexpected keyword argument 'kernell'"):
            zapviz.run("hole-punch", kernell="v6.12")  # type: ignore[call-arg]
        with pytest.raises(zapviz.ZapvizError, match="too many positional"):
            zapviz.run("hole-punch", "v6.12", 3)  # type: ignore[call-arg]
