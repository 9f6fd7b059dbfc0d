"""The facts of an action that are known without taking it, declared beside its function.

>>> from zapviz.model.zap import zap_range
>>> facts = facts_of(zap_range)
>>> facts.table, facts.folios
(True, (5,))

An action is a plain tuple of a function and its arguments. :func:`action` declares what is true of
every action with that function: what it touches, which of its arguments are folios, what the kernel
calls it. Facts that depend on the action are functions whose parameters have the names of the
action's arguments that they need; a parameter ``world`` gets the state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from zapviz.model.elements import Footprint

__all__ = ["FACTS", "STATEMENT", "Asking", "Facts", "action", "facts_of"]

A = TypeVar("A", bound=Callable[..., Any])


class Asking(NamedTuple):
    """A function that needs some arguments of an action."""

    function: Callable[..., Any]
    at: tuple[int, ...]  # where they stand in the action; 0, its function's place: the state

    @property
    def of_world(self) -> bool:
        """Whether the answer depends on the state."""
        return 0 in self.at

    def __call__(self, action: tuple[Any, ...], *first: Any, world: Any = None) -> Any:
        """Give the answer for an action.

        Args:
            action: The function and its arguments.
            first: What the function gets before the arguments of the action.
            world: The state, where the function needs it.
        """
        return self.function(*first, *[action[at] if at else world for at in self.at])


STATEMENT: Final = "statement"
"""The value of ``touches`` for an action that touches what its statement touches, since its
arguments name no pages.
"""


class Facts(NamedTuple):
    """The facts of all actions that have one function."""

    touches: Asking | None  # what its step touches, from Elements; None: see STATEMENT
    leads_to: Asking | None  # the same of its step and of all that it leads to
    folios: tuple[int, ...]  # the places of folios in the action
    local: Asking | bool
    table: bool
    gives_back: bool
    restarts: bool
    quiet: Asking | str
    shows: Asking | None
    title: str
    function: Asking | str

    def is_local(self, action: tuple[Any, ...]) -> bool:
        """Tell whether no other CPU can notice when an action is taken."""
        return self.local if isinstance(self.local, bool) else bool(self.local(action))

    def in_words(self, action: tuple[Any, ...], world: Any) -> str:
        """Describe an action of which nothing is seen."""
        return self.quiet if isinstance(self.quiet, str) else str(self.quiet(action, world=world))

    def key(self, action: tuple[Any, ...]) -> str:
        """Give the kernel function in which an action waits.

        It is a key of :data:`zapviz.kernels.chains.FUNCTIONS`, or "" for an action that never
        waits.
        """
        return self.function if isinstance(self.function, str) else str(self.function(action))


FACTS: Final[dict[Any, Facts]] = {}
"""The facts of every action, by its function."""


def action(
    *,
    touches: Callable[..., Footprint] | str,
    leads_to: Callable[..., Footprint] | str | None = None,
    folios: tuple[str, ...] = (),
    local: Callable[..., bool] | bool = False,
    table: bool = False,
    gives_back: bool = False,
    restarts: bool = False,
    quiet: Callable[..., str] | str = "goes on",
    shows: Callable[..., Any] | None = None,
    title: str = "",
    function: Callable[..., str] | str = "",
) -> Callable[[A], A]:
    """Declare the facts of the actions that have a function.

    Args:
        touches: What the action's step reads and writes, from :class:`Elements
            <zapviz.model.elements.Elements>`; or :data:`STATEMENT`. The locks that its CPU holds
            are left out: any step may release them.
        leads_to: What the step and all that follows from it read and write; None: the same.
        folios: Which of the action's arguments are folios.
        local: Whether the action neither looks at the state nor changes it, so that no other CPU
            can notice when it is taken.
        table: Whether it is a loop over the entries of one page table, whose lock is held from the
            first to the last entry.
        gives_back: Whether it only releases locks.
        restarts: Whether the kernel restarts the call for ever where it cannot go on.
        quiet: A description of the action where nothing is seen of it.
        shows: The step to show where it shows none when it runs alone; gets the states before and
            after.
        title: The name of a step without one where CPUs take turns.
        function: The function in which the kernel waits there, as a key of
            :data:`zapviz.kernels.chains.FUNCTIONS`; "": it never waits.
    """

    def declare(take: A) -> A:
        arguments = _arguments(take)

        def asking(asks: Any, first: int) -> Any:
            """Give an answer that depends on no argument, or the function that gives it."""
            return _asking(asks, first, arguments) if callable(asks) else asks

        own = None if touches == STATEMENT else asking(touches, 1)
        whole = own if leads_to is None else None if leads_to == STATEMENT else asking(leads_to, 1)
        missing = [name for name in folios if name not in arguments]
        if missing:
            raise TypeError(f"{take.__name__}() has no argument {missing[0]}")
        FACTS[take] = Facts(
            own, whole, tuple(arguments.index(name) + 1 for name in folios),
            asking(local, 0), table, gives_back, restarts,
            asking(quiet, 0), asking(shows, 2), title, asking(function, 0),
        )  # fmt: skip
        return take

    return declare


def facts_of(take: Any) -> Facts:
    """Give the facts of the actions that have a function.

    Raises:
        LookupError: The function was not declared to be an action's.
    """
    known = FACTS.get(take)
    if known is None:
        raise LookupError(
            f"{take.__module__}.{take.__qualname__}() is taken as an action, but nothing is "
            "declared of it: put @action(...) above it"
        )
    return known


def _arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    """Give the arguments of an action's function, without the actor and the state."""
    code = function.__code__
    return code.co_varnames[2 : code.co_argcount]


def _asking(function: Callable[..., Any], first: int, arguments: tuple[str, ...]) -> Asking:
    """Give a function with the places of the action's arguments that it needs.

    Raises:
        TypeError: It needs an argument that the action does not have.
    """
    code = function.__code__
    at = []
    for name in code.co_varnames[first : code.co_argcount]:
        if name != "world" and name not in arguments:
            raise TypeError(f"{function.__qualname__}() asks for {name}, which the action lacks")
        at.append(0 if name == "world" else arguments.index(name) + 1)
    return Asking(function, tuple(at))
