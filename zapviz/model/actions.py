"""What is known of an action without taking it: its facts, declared beside its function.

>>> from zapviz.model.zap import zap_range
>>> facts = facts_of(zap_range)
>>> facts.table, facts.folios
(True, ())

An action is a plain tuple of a function and its arguments.  :func:`action` declares what holds
of every action with that function: what it touches, which of its arguments are folios, what the
kernel calls it.  Facts that depend on the action are functions, which name those arguments of
the action that they ask for; one that asks for ``world`` is given the state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from zapviz.model.elements import Footprint

__all__ = ["FACTS", "STATEMENT", "Asking", "Facts", "action", "facts_of"]

A = TypeVar("A", bound=Callable[..., Any])


class Asking(NamedTuple):
    """A function that asks for some arguments of an action."""

    function: Callable[..., Any]
    at: tuple[int, ...]  # where they stand in the action; 0, its function's place: the state

    @property
    def of_world(self) -> bool:
        """Whether the answer depends on the state."""
        return 0 in self.at

    def __call__(self, action: tuple[Any, ...], *first: Any, world: Any = None) -> Any:
        """The answer for an action.

        Args:
            action: The function and its arguments.
            first: What the function is given before the arguments that it asks for.
            world: The state, where it asks for that.
        """
        return self.function(*first, *[action[at] if at else world for at in self.at])


STATEMENT: Final = "statement"
"""Said of an action that touches what its statement touches: its arguments tell no pages."""


class Facts(NamedTuple):
    """What is known of all actions that have one function."""

    touches: Asking | None  # what its step touches: asked with Elements; None: see STATEMENT
    leads_to: Asking | None  # the same of its step and of all that it leads to
    folios: tuple[int, ...]  # where folios stand in the action
    local: Asking | bool
    table: bool
    gives_back: bool
    restarts: bool
    quiet: Asking | str
    shows: Asking | None
    title: str
    function: Asking | str

    def is_local(self, action: tuple[Any, ...]) -> bool:
        """Whether no other CPU can notice when an action is taken."""
        return self.local if isinstance(self.local, bool) else bool(self.local(action))

    def in_words(self, action: tuple[Any, ...], world: Any) -> str:
        """What is said of an action where nothing is seen of it."""
        return self.quiet if isinstance(self.quiet, str) else str(self.quiet(action, world=world))

    def key(self, action: tuple[Any, ...]) -> str:
        """The kernel function in which an action waits, a key of
        :data:`zapviz.kernels.chains.FUNCTIONS`; "" for one that never waits."""
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
    """Declare the facts of the action that a function is.

    Args:
        touches: What its step reads and writes, given :class:`Elements
            <zapviz.model.elements.Elements>`; or :data:`STATEMENT`.  The locks that its CPU holds
            go without saying: any step may give them back.
        leads_to: What its step and all that follows from it read and write; None: the same.
        folios: Which of its arguments are folios.
        local: Whether it neither looks at the state nor changes it, so that no other CPU can
            tell when it is taken.
        table: Whether it is a loop over the entries of one page table, whose lock is held from
            the first to the last.
        gives_back: Whether it does nothing but give locks back.
        restarts: Whether the kernel restarts the call for ever where it cannot go on.
        quiet: What is said of it where nothing is seen of it.
        shows: The step to show where it shows none when it runs alone; asked with the states
            before and after.
        title: What its step is called where CPUs take turns; "" as the step itself says.
        function: In which function the kernel waits there, as a key of
            :data:`zapviz.kernels.chains.FUNCTIONS`; "" where it never does.
    """

    def declare(take: A) -> A:
        arguments = _arguments(take)

        def asking(asks: Any, first: int) -> Any:
            """An answer that depends on no argument, or the function that gives it."""
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
    """The facts of the action that a function is.

    Raises:
        LookupError: It was declared to be none.
    """
    known = FACTS.get(take)
    if known is None:
        raise LookupError(
            f"{take.__module__}.{take.__qualname__}() is taken as an action, but nothing is "
            "declared of it: put @action(...) above it"
        )
    return known


def _arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    """The arguments of an action's function, without the actor and the state."""
    code = function.__code__
    return code.co_varnames[2 : code.co_argcount]


def _asking(function: Callable[..., Any], first: int, arguments: tuple[str, ...]) -> Asking:
    """A function with the places of the arguments that it asks for.

    Raises:
        TypeError: It asks for something that the action does not have.
    """
    code = function.__code__
    at = []
    for name in code.co_varnames[first : code.co_argcount]:
        if name != "world" and name not in arguments:
            raise TypeError(f"{function.__qualname__}() asks for {name}, which the action lacks")
        at.append(0 if name == "world" else arguments.index(name) + 1)
    return Asking(function, tuple(at))
