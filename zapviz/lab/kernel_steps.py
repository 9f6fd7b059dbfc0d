"""What a watched kernel did with a scenario, call by call, beside the model's steps.

A :class:`KernelSteps` is a value: it needs no virtual machine and no file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, assert_never

from zapviz.kernels.known import Kernel
from zapviz.lab.guest.watcher import Called, Event, Flagged, Written
from zapviz.lab.steps import Carried, Change, areas_of, beside, kernel_changes, model_changes
from zapviz.model import program as p
from zapviz.model.entries import Kind
from zapviz.model.steps import Step
from zapviz.model.world import World
from zapviz.trace.rows import file_mappings
from zapviz.trace.run import Run

__all__ = ["FOLIO_PASSES", "PASSES", "SIZE", "WATCHED_FUNCTIONS", "Call", "Compared", "KernelSteps"]

PASSES: Final = ("unmap_mapping_range", "unmap_mapping_pages")
FOLIO_PASSES: Final = ("unmap_mapping_folio", "unmap_mapping_page")
_SLOTS: Final = ("swap_free", "swap_free_nr", "free_swap_and_cache", "free_swap_and_cache_nr",
                 "swap_put_entries_direct")  # fmt: skip
SIZE: Final = "inode_newsize_ok"

WATCHED_FUNCTIONS: Final = (*PASSES, *FOLIO_PASSES, *_SLOTS, SIZE)
"""The functions at which a watched kernel is stopped for their arguments, where it has them."""


class Call(NamedTuple):
    """One call of a scenario, as a kernel carried it out."""

    call: p.Statement
    result: str
    events: tuple[Event, ...]


class Compared(NamedTuple):
    """A change of the model beside one of the kernel; None: that side has none there."""

    model: Change | None
    kernel: Change | None

    @property
    def same(self) -> bool:
        """Whether both have it."""
        return self.model is not None and self.kernel is not None and self.model.same(self.kernel)


@dataclass(frozen=True)
class KernelSteps:
    """A scenario on a watched kernel, and in the model."""

    program: p.Program
    name: str  # the kernel's, as the lab calls it
    release: str  # as uname gives it
    model: Kernel
    calls: tuple[tuple[Call, ...], ...]  # of each statement that ran, those in assertions too
    complaints: tuple[str, ...] = ()  # of the kernel's own log
    seconds: float = 0.0  # from the first stop to the last
    stops: int = 0

    @cached_property
    def run(self) -> Run:
        """The scenario in the model."""
        return Run(self.program, self.model)

    @cached_property
    def habits(self) -> Counter[str]:
        """The names of the :data:`~zapviz.lab.steps.RULES` that were needed, counted."""
        return self._beside[1]

    @property
    def compared(self) -> tuple[tuple[Compared, ...], ...]:
        """Of each statement, the changes of both sides beside each other."""
        return self._beside[0]

    @cached_property
    def _beside(self) -> tuple[tuple[tuple[Compared, ...], ...], Counter[str]]:
        carried = Carried()
        statements = []
        for index in range(len(self.calls)):
            model = model_changes(self.steps_of(index), self.world_before(index))
            real = self._kernel_changes(index, carried)
            rows = beside(model, real, carried)
            statements.append(tuple(Compared(one, other) for one, other in rows))
        return tuple(statements), carried.used

    def _kernel_changes(self, index: int, carried: Carried) -> list[Change]:
        changes: list[Change] = []
        first = 0
        for call in self.calls[index]:
            changes += [
                change._replace(at=tuple(first + at for at in change.at))
                for change in kernel_changes(call.call, call.events, carried)
            ]
            first += len(call.events)
        return changes

    def steps_of(self, index: int) -> Sequence[Step]:
        """Give the model's steps of a statement."""
        first, last = self.run.span(index)
        return self.run.steps[first - 1 : last]

    def world_before(self, index: int) -> World:
        """Give the model's state before a statement."""
        first, _ = self.run.span(index)
        return self.run.world(first - 1)

    def events(self, index: int) -> tuple[Event, ...]:
        """Give what was seen in a statement, those of an assertion's calls in their order."""
        return tuple(event for call in self.calls[index] for event in call.events)

    @cached_property
    def difference(self) -> tuple[int, int] | None:
        """The statement's index and the change's number where both sides first part, or None."""
        for index, compared in enumerate(self.compared):
            for number, each in enumerate(compared):
                if not each.same:
                    return index, number
        return None

    @property
    def agrees(self) -> bool:
        """Whether the kernel wrote every entry in the order and with the values of the model."""
        return self.difference is None and not self.complaints

    # words

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The mappings, in the order of their numbers."""
        return tuple(areas_of(p.Program(tuple(c.call for calls in self.calls for c in calls))))

    @cached_property
    def told(self) -> tuple[tuple[str, ...], ...]:
        """Of each statement, each event in words; "" for one that says nothing of its own."""
        behind = {
            name: made.pages
            for name, made in file_mappings(self.program, self.run.world(-1)).items()
        }
        pages: dict[int, str] = {}  # page frame -> the page of a file that it holds
        leaving: set[int] = set()
        statements = []
        for index in range(len(self.calls)):
            words: list[str] = []
            last: Event | None = None
            for event in self.events(index):
                match event:
                    case Written():
                        name = self.names[event.area]
                        if event.after.kind == Kind.FILE and name in behind:
                            page = behind[name].first + event.page
                            pages[event.after.frame] = f"{behind[name].name}[{page}]"
                        kinds = f"{event.before.kind} -> {event.after.kind}"
                        words.append(f"{name}[{event.page}] {kinds}")
                    case Called():
                        words.append(_call(event, last, pages))
                    case Flagged():
                        page_name = pages.get(event.frame, "")
                        if event.what == "removed":
                            leaving.add(event.frame)
                        elif event.what == "unlocked" and event.frame in leaving:
                            leaving.remove(event.frame)
                            pages.pop(event.frame, None)  # the frame is another's soon
                        said = _FATES[event.what].format(page_name)
                        words.append(said if page_name else "")
                    case _:
                        assert_never(event)
                last = event
            statements.append(tuple(words))
        return tuple(statements)


_FATES: Final = {
    "locked": "lock folio {}",
    "unlocked": "unlock folio {}",
    "removed": "{} leaves the page cache",
}


def _call(called: Called, last: Event | None, pages: Mapping[int, str]) -> str:
    """Write a call with its arguments; "" where one pass's function calls another's."""
    _, second, third, fourth, *_ = called.arguments
    if called.function in PASSES:
        if isinstance(last, Called) and last.function in PASSES:
            return ""
        unit = p.PAGE_BYTES if called.function == "unmap_mapping_range" else 1
        first, count = second // unit, third // unit
        return f"{called.function}([{first}:{first + count if count else ''}], {fourth & 1})"
    if called.function in FOLIO_PASSES:
        return f"{called.function}({pages.get(called.frame, 'folio')})"
    return f"{called.function}({second})" if called.function == SIZE else f"{called.function}()"
