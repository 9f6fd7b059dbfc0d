"""The explorer: write or pick a scenario, choose a kernel, step through what happens.

The controls live in the page with the grid, in one element: its keys are safe from the notebook's
shortcuts, a click costs no round trip, and the picture that stands in for the widget in a saved
notebook is on the outermost object. Python is asked only when the text or the kernel changes; it
answers with a trace, or with the mistake.

>>> from zapviz.widgets import Explorer
>>> explorer = Explorer("N = anon(2)\\nN[0] = 7\\n", kernel="v6.12")
>>> explorer.trace.ok
True
>>> explorer.text = "N = anom(2)"   # a mistake keeps the trace
>>> print(explorer.error.splitlines()[0])
scenario:1:5: error: there is no file or mapping called 'anom'; did you mean 'anon'?
"""

from __future__ import annotations

from os import PathLike
from typing import Any

import traitlets as t

from zapviz.api.answers import answer, offers, traced
from zapviz.api.seen import record_of_seen
from zapviz.api.traces import Trace, open_permalink
from zapviz.collecting import collecting_later
from zapviz.door import door
from zapviz.errors import ZapvizError, said_of
from zapviz.kernels.known import DEFAULT_KERNEL, KERNELS, Kernel, is_named
from zapviz.kernels.known import kernel as find_kernel
from zapviz.scenario.given import GivenScenario, given_source
from zapviz.scenario.text import parse_scenario
from zapviz.trace.record import Json
from zapviz.widgets.grid import GridWidget, Stepped

__all__ = ["Explorer", "explore"]

DEFAULT_SCENARIO = "reproducer"
_KEPT = 10  # how many traces are kept


class Explorer(GridWidget):
    """A scenario that can be edited, a kernel that can be chosen, and the grid of the trace.

    Args:
        scenario: The name of a shipped scenario, a text, a file's ``pathlib.Path``, a parsed
            program, or a trace or permalink, which bring their kernel and interleaving. None: the
            reproducer of the source thread.
        kernel: A kernel's name, or a kernel of your own (``Kernel.with_rule``).
        try_here: Whether the page may have the text run on this machine's own kernel; False where
            others than its owner see the page.
        traits: Further traits: ``step``, ``granularity``, ``selected``, ``theme``.

    Raises:
        ZapvizError: There is no such scenario or kernel. A mistake inside a text raises nothing: it
            stands in ``error`` and is shown under the text.
    """

    text = t.Unicode("", help="the scenario as it stands in the editor").tag(sync=True)
    kernel = t.Unicode(DEFAULT_KERNEL, help="name of the kernel that runs it").tag(sync=True)
    error = t.Unicode("", help="what is wrong with the text; empty: nothing").tag(sync=True)
    error_line = t.Int(0, help="line of the text that is wrong, from 1; 0: none").tag(sync=True)
    answers = t.Int(0, help="how often the text was run, so that the page stops waiting").tag(
        sync=True
    )

    schedule = t.List(
        t.Int(), help="the CPU that takes each step of a race; empty: the CPUs run in turn"
    ).tag(sync=True)

    host = t.Unicode("", help="what this machine's kernel did, beside the model").tag(sync=True)
    host_asked = t.Int(0, help="how often the page asked for that").tag(sync=True)

    def __init__(
        self,
        scenario: GivenScenario | Trace | None = None,
        kernel: str | Kernel | None = None,
        *,
        try_here: bool = True,
        **traits: Any,
    ) -> None:
        if isinstance(scenario, str | PathLike):
            link = given_source(scenario).link
            scenario = scenario if link is None else open_permalink(link, kernel)
            if link is not None and link.step is not None:
                traits.setdefault("step", link.step)
        if isinstance(scenario, Trace):
            kernel = kernel or scenario.kernel
            traits.setdefault("schedule", list(scenario.schedule or ()))
            scenario = scenario.program
        # A mistake inside the text is shown, not raised.
        source = given_source(DEFAULT_SCENARIO if scenario is None else scenario)
        chosen = source.kernel(kernel)
        self._kernels = {**KERNELS, chosen.name: chosen}
        self._traces: dict[Any, Trace] = {}  # the latest last
        self._ran: str | None = None  # the text that was run last; None: none yet
        self._ready = False
        self._try_here = try_here
        super().__init__(choices=self._choices())
        self.kernel = chosen.name
        self.text = source.text
        self.schedule = traits.pop("schedule", [])
        self.on_msg(self._asked)
        self._ready = True
        self._run()
        self._set_traits(traits)

    @t.validate("kernel")
    def _known_kernel(self, proposal: t.Bunch) -> str:
        name: str = proposal["value"]
        if name not in self._kernels:
            chosen = find_kernel(name)
            name = chosen.name
            if name not in self._kernels:  # a patch, named by its rules
                self._kernels[name] = chosen
                self.choices = self._choices()
        return name

    def _choices(self) -> dict[str, Any]:
        return {**offers(self._kernels), "host": self._try_here}

    @t.observe("text", "kernel", "schedule")
    def _changed(self, _change: t.Bunch) -> None:
        if self._ready:
            self._run()

    def _run(self) -> None:
        """Run the text; a mistake keeps the trace that was shown last."""
        with collecting_later():
            self._run_now()

    def _run_now(self) -> None:
        try:
            trace = self._traced()
        except (Exception, KeyboardInterrupt) as error:
            with self.hold_sync():
                self.error_line = getattr(error, "line", 0) if isinstance(error, ZapvizError) else 0
                self.error = said_of(error)
                self.answers += 1
            return
        with self.hold_sync():
            self.error_line = 0
            self.error = ""
            self.trace = trace
            self._ran = self.text
            self.answers += 1

    @t.observe("host_asked")
    def _host_asked(self, _change: t.Bunch) -> None:
        if self._try_here:  # a page can ask even where it was not offered this
            self.run_on_host()

    def run_on_host(self) -> str:
        """Run the text on this machine's own kernel and show the result beside the model's.

        This needs no root and no virtual machine: a child process makes the system calls. What this
        machine cannot do is left out and named; what is wrong is explained in words.
        """
        from zapviz.api.verdicts import run_on_host
        from zapviz.lab.script import NotOnKernel

        self.host = ""  # so that the same answer counts as a change
        try:
            # What a page gives is a text, and never the name of a file on this machine.
            self.host = run_on_host(parse_scenario(self.text)).text()
        except NotOnKernel as error:
            self.host = str(error)
        except (Exception, KeyboardInterrupt) as error:
            self.host = said_of(error)
        return self.host

    def _traced(self) -> Trace:
        """Run the text on the kernel, or take the trace of an earlier run.

        Going back and forth, between two kernels or with undo, costs no run.
        """
        key = (self.text, self.kernel, *self.schedule)
        trace = self._traces.pop(key, None) or traced(
            self.text, self._kernels[self.kernel], self.schedule
        )
        self._traces[key] = trace
        while len(self._traces) > _KEPT:
            del self._traces[next(iter(self._traces))]
        return trace

    def _record(self, trace: Stepped | Json | None) -> Json:
        return record_of_seen(trace) if isinstance(trace, Trace) else super()._record(trace)

    def _place_in(self, old: Json, new: Json) -> int:
        """Start another text at its start, so that no answer is seen before its question."""
        changed = self._ran is not None and self._ran != self.text
        return 0 if changed else super()._place_in(old, new)

    def _asked(self, _widget: Any, message: Any, _buffers: Any) -> None:
        """Answer what the page asks, with the number of its request."""
        if isinstance(message, dict) and isinstance(message.get("request"), dict):
            reply = answer(message["request"], self._kernels)
            self.send({"number": message.get("number"), "answer": reply})

    def page_data(self) -> dict[str, Any]:
        """Give the scenario and the kernel's name; the page's maker computes the trace."""
        if not is_named(self._kernels[self.kernel]):  # its name does not describe it
            return super().page_data()
        data: dict[str, Any] = {"view": "explorer", "text": self.text, "kernel": self.kernel}
        if self.schedule:
            data["schedule"] = list(self.schedule)
        return {**data, **self._place()}


@door
def explore(
    scenario: GivenScenario | Trace | None = None,
    kernel: str | Kernel | None = None,
    *,
    try_here: bool = True,
    **traits: Any,
) -> Explorer:
    """Open the explorer on a scenario: a shipped one's name, a text, a program, or a trace.

    See :class:`Explorer` for the arguments and the errors.

    See :class:`Explorer` for what can be given and what is raised.
    """
    return Explorer(scenario, kernel, try_here=try_here, **traits)
