"""One move of a CPU: an action taken, the state after it, the step that it shows.

The model runs as a stack of actions for each CPU. An action is a function and its arguments, a
plain value. Taking it gives a :class:`Move`, with the new world and the actions that come next. So
a half-done system call can be kept, hashed and resumed, which is what exploring every interleaving
of two CPUs needs.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

from zapviz.kernels.known import Kernel
from zapviz.model.actions import action
from zapviz.model.elements import nothing
from zapviz.model.entries import Entry
from zapviz.model.locks import given_back, without_locks
from zapviz.model.world import Lock, World

__all__ = [
    "Action",
    "Actor",
    "Details",
    "Move",
    "Pass",
    "Place",
    "Rule",
    "Step",
    "ends",
    "untitled",
]


class Actor(NamedTuple):
    """The CPU that takes an action, and the kernel that it runs."""

    kernel: Kernel
    cpu: int = 0
    alone: bool = True  # whether no other CPU can come between
    # Whether some CPU asks whether others hold references: if none does, none are counted.
    counts: bool = False
    faults: bool = False  # whether some CPU may fault, and so see an entry that is clear

    def shows(
        self,
        kind: str,
        world: World,
        part: Pass,
        rule: Rule,
        title: str = "",
        under: tuple[Lock, ...] = (),
    ) -> Step:
        """Make a step of this CPU that is not about a single entry."""
        fields = (kind, world, part, rule, None, None, None, None, title, self.cpu, under)
        return tuple.__new__(Step, fields)  # as below

    def shows_at(
        self,
        place: Place,
        kind: str,
        world: World,
        part: Pass,
        rule: Rule,
        verdict: str | None,
        before: Entry | None = None,
        under: tuple[Lock, ...] = (),
        title: str = "",
    ) -> Step:
        """Make a step of this CPU about one entry, which holds afterwards what it holds in
        ``world``.

        Args:
            before: What the entry held before the step; None: the same.
        """
        in_file, of, page = place
        after = world.files[of].cache[page] if in_file else world.areas[of].entries[page]
        if before is None:
            before = after
        fields = (kind, world, part, rule, place, before, after, verdict, title, self.cpu, under)
        # Steps are also made where nobody collects them; this takes a third of the time of Step().
        return tuple.__new__(Step, fields)


class Details(NamedTuple):
    """struct zap_details, in today's words; older kernels' fields are derived from it."""

    even_cows: bool
    drop_markers: bool = False  # ZAP_FLAG_DROP_MARKER
    reclaim_pt: bool = False  # empty page tables may be freed; changes no verdict


class Pass(NamedTuple):
    """One pass over a range, which all of its steps have in common."""

    title: str
    chain: str  # key of zapviz.kernels.chains
    details: Details | None = None
    zaps: bool = True  # whether its entries are decided by zap_pte_range()


class Place(NamedTuple):
    """An entry: of a mapping's page table, or of a file's page cache."""

    in_file: bool
    of: int  # index of the area or file
    page: int


class Rule(NamedTuple):
    """The reason for which something happens: a sentence, and where the kernel decides it."""

    id: str
    reason: str  # one sentence, for a newcomer
    function: str  # key of zapviz.kernels.chains.FUNCTIONS, or the function's name


class Step(NamedTuple):
    """One step that is shown, with the state after it."""

    kind: str  # see docs/trace.md
    world: World
    part: Pass
    rule: Rule
    place: Place | None = None
    before: Entry | None = None
    after: Entry | None = None
    verdict: str | None = None  # zapped, kept, changed, installed, holds, fails
    title: str = ""  # "" where kind, place and entries say it
    cpu: int = 0
    # Locks of its CPU that were held during the step and are not any more in ``world``, in the
    # order in which they were taken: taken and given back within it, or given back by it.
    under: tuple[Lock, ...] = ()

    @property
    def held(self) -> tuple[Lock, ...]:
        """Every lock that was held while the step happened, those of other CPUs included."""
        return tuple(dict.fromkeys((*self.world.locks, *self.under)))

    def up_to(self, world: World) -> Step:
        """Give the step with a later state after it: that of a move that shows no step of its own.

        What that move released was held during the step all the same.
        """
        return self._replace(world=world, under=(*given_back(self.world, world), *self.under))


class Move(NamedTuple):
    """The effects of an action that was taken."""

    world: World
    then: tuple[Action, ...] = ()  # taken next, in this order
    step: Step | None = None  # None: nothing of its own to show
    result: str | None = None  # set: the statement ends here with this result


Action: TypeAlias = tuple[Any, ...]
"""A function ``(actor, world, *arguments) -> Move | None`` and its arguments; it gives None where
it has to wait for a lock.
"""


@action(touches=nothing, gives_back=True, quiet="returns")
def ends(actor: Actor, world: World, result: str) -> Move:
    """Action: end the statement with a result, and release its locks."""
    return Move(without_locks(world, actor.cpu), result=result)


ELSEWHERE: Final = -1
"""The CPU that holds a migration between migrate_begin() and migrate_end()."""


@cache
def untitled(chain: str) -> Pass:
    """Give the pass of a call's steps that belong to no pass of their own: it has only its
    chain.
    """
    return Pass("", chain, None, zaps=False)


PLAIN: Final = untitled("")
