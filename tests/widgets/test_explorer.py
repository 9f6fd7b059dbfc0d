"""The explorer as Python sees it: text and kernel in, trace or error out; no browser here."""

from __future__ import annotations

import json

import pytest

import zapviz
import zapviz.races.search
from zapviz.api.answers import answer_whole
from zapviz.errors import ZapvizError
from zapviz.kernels.known import DEFAULT_KERNEL, KERNELS
from zapviz.scenario import library
from zapviz.scenario.library import SCENARIOS
from zapviz.widgets import Explorer, explore

TEXT = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[1] = 7\nftruncate(F, 1)\n"


def heard(explorer):
    """Collect what is sent to the page from now on."""
    messages = []
    explorer.observe(lambda change: messages.append((change["name"], change["new"])))
    return messages


class TestOpening:
    """What can be given."""

    def test_shows_the_reproducer_when_nothing_is_asked_for(self):
        """The source thread's scenario, on the default kernel."""
        explorer = Explorer()
        assert explorer.text == library.scenario("reproducer").text
        assert explorer.kernel == DEFAULT_KERNEL
        assert explorer.trace.ok
        assert explorer.error == ""

    @pytest.mark.parametrize("name", SCENARIOS)
    def test_takes_the_name_of_a_shipped_scenario(self, name):
        """Every shipped scenario opens."""
        explorer = explore(name)
        assert explorer.text == SCENARIOS[name].text
        assert explorer.error == ""
        assert explorer.last > 0

    def test_takes_a_text_or_a_program(self):
        """A text is kept as typed; a parsed program is printed."""
        assert Explorer(TEXT).text == TEXT
        program = zapviz.parse_scenario(TEXT)
        assert zapviz.parse_scenario(Explorer(program).text) == program

    def test_takes_the_traits_of_the_grid(self):
        """Step, stride and theme can be set from the start."""
        explorer = explore(TEXT, kernel="v5.17", step=3, granularity="statement", theme="dark")
        assert (explorer.step, explorer.granularity, explorer.theme) == (3, "statement", "dark")

    def test_unknown_scenario_says_which_is_near(self):
        """A misspelt name is one clear error."""
        with pytest.raises(ZapvizError, match="hole-punch"):
            explore("hole-punc")

    def test_unknown_kernel_says_which_is_near(self):
        """So is a misspelt kernel, given at first or later."""
        with pytest.raises(ZapvizError, match=r"v6\.12"):
            explore(TEXT, kernel="v6.13")
        explorer = explore(TEXT)
        with pytest.raises(ZapvizError, match="there is no kernel"):
            explorer.kernel = "linux"
        assert explorer.kernel == DEFAULT_KERNEL

    def test_a_kernel_of_ones_own_can_be_chosen(self):
        """It stands among the others in the list."""
        own = KERNELS["v5.17"].with_rule(name="mine", swap_entries="even_cows")
        explorer = explore("reproducer", kernel=own)
        assert explorer.kernel == "mine"
        assert "mine" in [kernel["name"] for kernel in explorer.choices["kernels"]]
        assert explorer.trace.ok
        explorer.kernel = "v5.17"
        assert not explorer.trace.ok
        explorer.kernel = "mine"
        assert explorer.trace.ok

    def test_choices_are_plain_values(self):
        """The page gets every scenario and kernel, with titles."""
        choices = json.loads(json.dumps(Explorer().choices))
        assert [one["name"] for one in choices["scenarios"]] == list(SCENARIOS)
        assert all(one["title"] and one["about"] and one["text"] for one in choices["scenarios"])
        assert [one["name"] for one in choices["kernels"]] == list(KERNELS)

    def test_opening_on_a_mistake_shows_the_mistake(self):
        """A wrong text raises nothing; there is just no trace yet."""
        explorer = Explorer("F = shmem(\n")
        assert explorer.trace is None
        assert "error" in explorer.error
        explorer.text = TEXT
        assert explorer.error == ""
        assert explorer.last > 0

    def test_opens_where_something_is_decided(self):
        """Not at the empty world; a state that is given wins, the first one too."""
        explorer = explore("reproducer", kernel="v5.17")
        assert explorer.trace.steps[explorer.step - 1].verdict == "kept"
        assert explore("reproducer", step=0).step == 0
        assert explore("reproducer", step=0).page_data()["step"] == 0
        assert explore(explorer.trace.permalink(4)).step == 4
        assert explore(explorer.trace.permalink()).step == explorer.step


class TestChanging:
    """What an edit or another kernel does."""

    def test_another_text_starts_at_its_start(self):
        """No answer stands there before its question; another kernel then stays at the start."""
        explorer = explore("reproducer", kernel="v5.17")
        explorer.text = TEXT
        assert explorer.step == 0
        explorer.kernel = "v6.18"
        assert explorer.step == 0

    def test_another_kernel_runs_the_scenario_again(self):
        """The trace is that of the kernel chosen, and goes to the page."""
        explorer = explore("reproducer", kernel="v6.18")
        explorer.kernel = "v5.17"
        assert explorer.trace.kernel.name == "v5.17"
        assert json.loads(explorer.payload)["kernel"]["name"] == "v5.17"
        assert not explorer.trace.ok

    def test_another_kernel_keeps_the_place(self):
        """The view stays at the statement that was shown."""
        explorer = explore("hole-punch", kernel="v6.18", step=30)
        statement = explorer.trace.statement_of(30)
        explorer.kernel = "v5.17"
        assert explorer.trace.statement_of(explorer.step) == statement

    def test_an_edit_runs_at_once(self):
        """Text set from Python or typed in the page: the same."""
        explorer = explore(TEXT)
        explorer.text = TEXT + "ftruncate(F, 2)\n"
        assert len(explorer.trace.outcomes) == 5

    def test_a_mistake_keeps_text_trace_and_step(self):
        """The old grid stays; the message has the line and a caret."""
        explorer = explore(TEXT, step=4)
        trace, payload = explorer.trace, explorer.payload
        wrong = TEXT + "ftruncat(F, 2)\n"
        explorer.text = wrong
        assert explorer.text == wrong
        assert explorer.trace is trace
        assert (explorer.payload, explorer.step) == (payload, 4)
        assert explorer.error_line == 5
        assert "ftruncate" in explorer.error
        assert "^" in explorer.error.splitlines()[-1]

    def test_mending_a_mistake_takes_the_message_away(self):
        """And the trace is that of the mended text."""
        explorer = explore(TEXT + "oops\n")
        explorer.text = TEXT
        assert (explorer.error, explorer.error_line) == ("", 0)
        assert explorer.last > 0

    def test_a_mistake_stays_when_the_kernel_changes(self):
        """The text is still wrong on another kernel."""
        explorer = explore(TEXT)
        explorer.text = "oops"
        explorer.kernel = "v5.17"
        assert explorer.error

    @pytest.mark.parametrize(
        "text", ["", "\n\n", "\0", "(" * 5000, "F = shmem(4)\n" * 3, "x" * 200_000, "\u202e=\ud800"]
    )
    def test_no_text_ends_in_a_traceback(self, text):
        """Whatever is typed: a trace, or a message."""
        explorer = explore(TEXT)
        explorer.text = text
        assert explorer.error or explorer.trace is not None

    def test_the_same_text_again_sends_nothing(self):
        """Nothing changed, nothing crosses to the page."""
        explorer = explore(TEXT)
        messages = heard(explorer)
        explorer.text = TEXT
        assert messages == []

    def test_one_change_sends_the_trace_once(self):
        """A click on another kernel costs one trace."""
        explorer = explore("reproducer")
        messages = heard(explorer)
        explorer.kernel = "v5.17"
        assert [name for name, _ in messages].count("payload") == 1

    def test_going_back_and_forth_runs_nothing_again(self, monkeypatch):
        """The traces of the last few texts and kernels are kept; not more than a few."""
        explorer = explore("reproducer", kernel="v5.17")
        traces = {"v5.17": explorer.trace}
        explorer.kernel = "v6.18"
        traces["v6.18"] = explorer.trace
        monkeypatch.setattr("zapviz.trace.run", None)
        for kernel in ("v5.17", "v6.18", "v5.17"):
            explorer.kernel = kernel
            assert explorer.trace is traces[kernel]
        monkeypatch.undo()
        for pages in range(1, 40):
            explorer.text = f"N = anon({pages})\n"
        assert len(explorer._traces) == 10

    def test_comes_with_a_picture(self):
        """The explorer itself is the outermost object, and carries the still picture."""
        data, _ = explore("reproducer", kernel="v5.17")._repr_mimebundle_()
        assert "Explorer" in data["text/plain"]
        assert 'src="data:image/png;base64,' in data["text/html"]

    def test_a_page_is_told_the_schedule(self):
        """So that the way that was opened is shown there too, not the CPUs in turn."""
        found = zapviz.race("race-swap-punch", "rfc-v2")
        way = found.verdicts[0].schedule
        told = explore(found.trace(way), step=3).page_data()
        assert (tuple(told["schedule"]), told["kernel"], told["step"]) == (way, "rfc-v2", 3)
        shown = answer_whole({**told, "ask": "trace"})
        assert tuple(shown["schedule"]) == way
        assert "schedule" not in explore("reproducer").page_data()


def test_this_machines_kernel_is_asked_in_words():
    """What cannot be run on a process's own kernel is said, never raised."""
    explorer = Explorer("migration-punch")
    assert "for the model alone" in explorer.run_on_host()
    assert explorer.host == explorer.run_on_host()
