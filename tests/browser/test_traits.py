"""The player and a notebook's model of it, which another program may set at any time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from settled import shows_state
from standalone import imported, literal, page_of, watched_page

from waiting import eventually
from zapviz import run
from zapviz.api.seen import record_of_seen
from zapviz.widgets import Explorer
from zapviz.widgets.grid import GridWidget

EDITOR = ("choices", "text", "kernel", "error", "error_line", "schedule")
TRAITS = ("payload", "palette", "step", "granularity", "theme", "presentation", "seen")

# As ipywidgets has it: Python echoes each value that it is sent, and an echo is dropped where
# a later value has been sent meanwhile.
MODEL = """
window.sent = [];
const heard = {};
let unsent = {};
window.model = {
  get: (name) => state[name] ?? null,
  set(name, value) { state[name] = unsent[name] = value; },
  save_changes() { sent.push(unsent); unsent = {}; },
  on(event, act) { heard[event] = act; },
  tell(name, value) {
    state[name] = value;
    heard[`change:${name}`]();
  },
  echo(name, value) {
    if (sent.findLast((one) => name in one)[name] !== value) return;
    state[name] = value;
    heard[`change:${name}`]();
  },
};
notebook.render({ model, el: document.getElementById("here") });"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A player of a model that stands in ``window.model``; what it sends, in ``window.sent``."""
    widget = GridWidget(record_of_seen(run("reproducer", "v6.12")))
    widget.step = 0
    state = {name: getattr(widget, name) for name in TRAITS}
    page = watched_page(browser, (1280, 720))
    script = imported("default as notebook", "notebook")
    page.set_content(page_of(f"{script}\nconst state = {literal(state)};{MODEL}"))
    page.locator(".zv[data-step]").wait_for()
    yield page
    problems = page.problems  # type: ignore[attr-defined]
    page.context.close()
    assert problems == []


def test_what_is_set_in_one_go_is_sent_once(page: Page) -> None:
    """One message, though a step and a pinned entry are two traits."""
    page.evaluate("""() => { document.querySelector(".zv-next").click();
      document.querySelector("[role=gridcell]").dispatchEvent(
        new MouseEvent("click", { bubbles: true })); }""")
    eventually(lambda: page.evaluate("sent"), [{"step": 1, "selected": ["F", 0]}])


def test_an_echo_takes_no_step_back(page: Page) -> None:
    """The echo of a step comes while the next one is taken: the next one stays."""
    page.locator(".zv-next").click()
    shows_state(page, 1)
    page.evaluate("""async () => { document.querySelector(".zv-next").click();
      await null;
      model.echo("step", 1); }""")
    eventually(lambda: page.evaluate("sent"), [{"step": 1}, {"step": 2}])
    shows_state(page, 2)


def test_what_another_view_turns_on_is_on_here_too(page: Page) -> None:
    """Whether steps tell what was seen on a real kernel is the widget's, not the view's."""
    source = page.locator(".zv-source .zv-live")
    expect(source).not_to_contain_text("Linux")
    page.evaluate("model.tell('seen', true)")
    expect(source).to_contain_text("Beside Linux 6.12.")
    page.evaluate("model.tell('seen', false)")
    expect(source).not_to_contain_text("Linux")


def test_a_question_that_python_never_answers_is_answered_in_words(browser: Browser) -> None:
    """After a minute; and what comes later is no answer to the next one."""
    shown = Explorer("race-punch", "v6.12")
    state = {name: getattr(shown, name) for name in (*TRAITS, *EDITOR)}
    page = watched_page(browser, (1280, 720))
    page.clock.install()
    script = imported("default as notebook", "notebook")
    silent = MODEL.replace(
        "  tell(", "  send(message) { sent.push(message); },\n  off() {},\n  tell("
    )
    page.set_content(page_of(f"{script}\nconst state = {literal(state)};{silent}"))
    page.locator(".zv[data-step]").wait_for()
    page.get_by_role("button", name="every order").click()
    panel = page.get_by_role("dialog", name="Every order of the CPUs")
    page.clock.fast_forward(30_000)
    expect(panel.get_by_role("button", name="Stop")).to_be_visible()
    page.clock.fast_forward(31_000)
    expect(panel).to_contain_text("Python has not answered for 60 seconds")
    expect(panel.get_by_role("button", name="Stop")).to_be_hidden()
    page.context.close()
