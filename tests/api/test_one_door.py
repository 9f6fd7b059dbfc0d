"""What takes a scenario or a kernel takes it in the same way, and refuses it in the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import zapviz
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
