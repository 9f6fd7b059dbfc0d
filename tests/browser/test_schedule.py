"""Races in the page: the schedule beside the grid, chosen by hand or from what was found."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from settled import shows_state, still

import zapviz
from waiting import eventually
from zapviz.kernels.known import kernel as find_kernel
from zapviz.widgets import Explorer


def opened(name, kernel="v6.18", schedule=(), **options):
    """A race's trace along a schedule, and options for the page as the explorer gives them."""
    explorer = Explorer(name, kernel, schedule=list(schedule))
    editor = {**explorer.choices, "text": explorer.text, "kernel": explorer.kernel, "error": ""}
    return explorer.trace.as_json(), {"editor": editor, **options}


def turns(page):
    """What the schedule shows: of each turn, the CPU and the words of what was taken."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".zv-turn[role=listitem]")].map((row) => {
          const cell = [...row.children].findIndex((one) => one.querySelector(".zv-taken"));
          return [cell, row.querySelector(".zv-taken")?.textContent ?? ""]; })"""
    )


class TestSchedule:
    """The panel of a race."""

    def test_each_turn_stands_in_its_cpus_column(self, player, picture):
        """Time goes down; what the trace says of each turn is what is shown."""
        found = zapviz.race("race-cow", find_kernel("v6.18").with_rule(second_pass=False))
        (verdict, _) = found.verdicts
        trace, options = opened("race-cow", found.kernel, verdict.schedule)
        page = player(trace, options)
        taken = [
            next([turn["cpu"], one["doing"]] for one in turn["open"] if one["cpu"] == turn["cpu"])
            for turn in trace["turns"]
        ]
        eventually(lambda: turns(page), taken)
        page.evaluate("player.step(12)")
        picture(page, "schedule-light")

    def test_a_scenario_without_cpus_has_none(self, player):
        """The panel is there for races alone."""
        page = player(*opened("reproducer"))
        expect(page.locator(".zv-schedule")).to_be_hidden()

    def test_the_line_of_the_statement_within_a_cpu_is_marked(self, player):
        """Not the line of its def."""
        trace, options = opened("race-cow")
        page = player(trace, options)
        turn = next(one for one in trace["turns"] if one["after"] > one["before"])
        page.evaluate("(n) => player.step(n)", turn["after"])
        expect(page.locator(".zv-here .zv-number")).to_have_text(str(turn["line"]))
        expect(page.locator(".zv-here .zv-code")).to_contain_text("ftruncate")

    def test_another_cpus_step_can_be_taken(self, player):
        """A click takes it there, the rest goes on, and the grid shows the state after it."""
        trace, options = opened("race-cow")
        page = player(trace, options)
        first = trace["turns"][0]
        page.evaluate("(n) => player.step(n)", first["before"])
        offer = page.locator(".zv-offer").first
        words = offer.inner_text()
        offer.click()
        expect(page.locator(".zv-title > .zv-live")).to_contain_text("CPU1")
        eventually(lambda: turns(page)[0], [1, words])
        # CPU0 was to run first to its end, and now runs right after that one step.
        order = page.evaluate("window.told.filter(([name]) => name === 'onSchedule').pop()[1]")
        was = [turn["cpu"] for turn in trace["turns"]]
        assert order == [1, *was[:-1]] if was[-1] == 1 else order[0] == 1

    def test_by_key(self, player):
        """o takes the other CPU's step; again takes the first one's once more."""
        trace, options = opened("race-cow")
        page = player(trace, options)
        page.evaluate("(n) => player.step(n)", trace["turns"][0]["before"])
        page.focus(".zv")
        page.keyboard.press("o")
        expect(page.locator(".zv-title > .zv-live")).to_contain_text("CPU1")
        eventually(lambda: turns(page)[0][0], 1)

    @pytest.mark.parametrize("name", ["race-cow", "race-punch", "race-munmap", "race-truncates"])
    def test_one_turn_is_current_at_each_state(self, player, name):
        """The one that comes next, though others of which nothing is seen come before it."""
        trace, options = opened(name)
        page = player(trace, options)
        first, last = trace["turns"][0]["before"], trace["turns"][-1]["after"]
        rows = """async (n) => { await player.step(n);
          const rows = [...document.querySelectorAll(".zv-turn[role=listitem]")];
          const marked = (of) => rows.flatMap((row, k) => of(row) ? [k] : []);
          return [marked((row) => row.classList.contains("zv-turn-here")),
                  marked((row) => row.getAttribute("aria-current") === "step")]; }"""
        for state in [*range(first, last + 1), *range(last, first - 1, -1)]:
            (here,), (current,) = page.evaluate(rows, state)
            assert here == current
            turn = trace["turns"][current]
            assert turn["before"] <= state <= turn["after"]
            assert state < turn["after"] or state == last
        for outside in (first - 1, last + 1):
            if outside <= len(trace["steps"]):
                assert page.evaluate(rows, outside) == [[], []]

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_quiet_turns_do_not_look_current(self, player, picture, theme):
        """Where nothing is seen of a turn, what else could come is offered there all the same."""
        trace, options = opened("race-cow", theme=theme)
        page = player(trace, options)
        quiet = next(turn for turn in trace["turns"] if turn["after"] == turn["before"])
        page.evaluate("(n) => player.step(n)", quiet["before"])
        expect(page.locator(".zv-turn-here")).to_have_count(1)
        picture(page, f"schedule-quiet-{theme}")

    def test_who_waits_is_said(self, player):
        """A CPU that has to wait is offered no step, and says so."""
        trace, options = opened("race-truncates")
        page = player(trace, options)
        at = next(
            turn["before"]
            for turn in trace["turns"]
            if turn["after"] > turn["before"] and any(one["waits"] for one in turn["open"])
        )
        page.evaluate("(n) => player.step(n)", at)
        expect(page.locator(".zv-turns")).to_contain_text("waits for a lock")

    def test_nothing_jumps_while_stepping(self, player):
        """The offers come and go without moving anything."""
        trace, options = opened("race-punch")
        page = player(trace, options)
        boxes = """() => [".zv-schedule", ".zv-turns", ".zv-grid", ".zv-text", ".zv-facts"]
          .map((one) => { const b = document.querySelector(one).getBoundingClientRect();
          return [b.x, b.y, b.width, b.height].map(Math.round); })"""
        before = page.evaluate(boxes)
        for number in range(1, len(trace["steps"]) + 1):
            page.locator(".zv-next").click()
            shows_state(page, number)
            still(page)
            assert page.evaluate(boxes) == before, number


class TestEveryOrder:
    """What every interleaving ends in, asked for from the page."""

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_final_states_are_listed_and_followed(self, player, picture, theme):
        """The dialog tells what zapviz.race() found; a link follows an interleaving to it."""
        kernel = "v6.18 + second_pass=False"
        found = zapviz.race("race-cow", find_kernel(kernel))
        page = player(*opened("race-cow", kernel, theme=theme))
        page.get_by_role("button", name="every order").click()
        dialog = page.get_by_role("dialog", name="Every order of the CPUs")
        expect(dialog).to_contain_text(f"{len(found.finals)} final states")
        expect(dialog).to_contain_text("fully explored: 520 orders")
        for number in range(len(found.finals)):
            expect(dialog).to_contain_text(f"State {number + 1} of {len(found.finals)} ")
        expect(dialog).not_to_contain_text("interleavings")  # no counts that read as odds
        expect(dialog).to_contain_text("assert always(A[0] == none) fails: true in 2 of 3")
        picture(page, f"race-{theme}")
        dialog.get_by_role("button", name="show how").first.click()
        expect(dialog).to_be_hidden()
        schedule = list(found.verdicts[0].schedule)
        eventually(lambda: [cpu for cpu, _ in turns(page)], schedule)
        page.keyboard.press("End")
        expect(page.locator(".zv-verdict")).to_contain_text("fails")

    def test_what_cannot_be_explored_says_so(self, player):
        """A text with a mistake gives its message in the dialog."""
        page = player(*opened("race-cow"))
        page.evaluate("""() => { const area = document.querySelector(".zv-area");
          area.value = area.value.replace("shmem(1)", "shmen(1)");
          area.dispatchEvent(new Event("input")); }""")
        expect(page.locator(".zv-error")).to_be_visible()
        page.get_by_role("button", name="every order").click()
        expect(page.get_by_role("dialog", name="Every order")).to_contain_text("shmem")
