"""An exercise in a self-contained page, in a real Chromium: marked, revealed, explained."""

from __future__ import annotations

import json
import re

import pytest
from jupyter_page import open_notebook, save, write_notebook
from playwright.sync_api import expect
from settled import still

from waiting import eventually
from zapviz.exercises.draw import draw_exercise, exercise_of
from zapviz.render.palette import CLASSES
from zapviz.trace.record import record_of

OWN = ".zv-predict > .zv-inner > .zv-main"  # not the player's below
LETTERS = {"zapped": "Z", "kept": "K", "changed": "C"}
WRONG = {"zapped": "kept", "kept": "changed", "changed": "zapped"}


def truth(exercise):
    """What becomes of each entry, by name."""
    return {entry.name: str(entry.fate) for entry in exercise.solution.entries}


def cell(page, name):
    """An entry of the exercise's own grid, by the name that the language gives it."""
    return page.locator(
        f'.zv-predict > .zv-inner > .zv-main [role=gridcell][aria-label^="{name}:"]'
    )


def click_marks(page, answers):
    """Mark entries by mouse: pick a mark, then paint it."""
    for fate in LETTERS:
        page.locator(f".zv-brush[data-fate={fate}]").click()
        for name in [name for name, said in answers.items() if said == fate]:
            cell(page, name).click()
        page.locator(f".zv-brush[data-fate={fate}]").click()
    marked(page, answers)


def marked(page, answers):
    """Wait until these entries are marked so, and no others."""
    eventually(lambda: page.evaluate("window.predict.marks"), answers)


def asked_for(page, requests):
    """What the page has asked Python for; one question more is answered after all of them."""
    page.evaluate("window.respond({ ask: 'kernel', kernel: 'v6.12' })")
    eventually(lambda: [one["ask"] for one in page.requests[:-1]], requests)


def signs(page):
    """The signs on the cells, as they are seen."""
    return page.eval_on_selector_all(
        f"{OWN} .zv-grid .zv-mark",
        "nodes => nodes.filter((n) => n.getAttribute('visibility') !== 'hidden')"
        ".map((n) => n.textContent)",
    )


def focused(page):
    """The name of the entry that has the focus, once the last key has been dealt with."""
    still(page)
    return page.locator(":focus").get_attribute("aria-label").split(":")[0]


def own_text(page):
    """Everything that the page says or could say before the reveal."""
    return page.evaluate("document.body.outerHTML")


class TestByMouse:
    """Marked with the pointer."""

    def test_all_right(self, predicted):
        """Every sign gets a tick, the score is full, and the reasons can be read."""
        exercise = draw_exercise(2, "mouse", 1)
        page = predicted(exercise.as_json())
        eventually(lambda: set(signs(page)), {"?"})
        click_marks(page, truth(exercise))
        eventually(lambda: signs(page), [LETTERS[fate] for fate in truth(exercise).values()])
        page.click(".zv-reveal")
        count = len(exercise.asked)
        expect(page.locator(".zv-said")).to_contain_text(f"{count} of {count} right")
        expect(page.locator(".zv-said")).to_contain_text("all of them")
        eventually(lambda: {sign[-1] for sign in signs(page)}, {"\u2713"})
        expect(page.locator(".zv-wrong-truth")).to_have_count(0)
        for entry in exercise.solution.entries:
            expect(page.locator(".zv-truth", has_text=entry.reason).first).to_contain_text(
                f"{entry.fate}."
            )

    def test_all_wrong_and_each_is_explained(self, predicted):
        """Each mistake: what was said, what is true, the rule, and the step on demand."""
        exercise = draw_exercise(3, "mouse", 2)
        page = predicted(exercise.as_json())
        click_marks(page, {name: WRONG[fate] for name, fate in truth(exercise).items()})
        page.click(".zv-reveal")
        expect(page.locator(".zv-said")).to_contain_text(f"0 of {len(exercise.asked)} right")
        groups = {}
        for entry in exercise.solution.entries:
            groups.setdefault((entry.fate, entry.rule, entry.reason), []).append(entry)
        items = page.locator(".zv-wrong-truth")
        expect(items).to_have_count(len(groups))
        for k, (entry, *_) in enumerate(groups.values()):
            item = items.nth(k)
            expect(item).to_contain_text(f"You said {WRONG[entry.fate]}.")
            expect(item).to_contain_text(f"{entry.fate}.")
            expect(item).to_contain_text(entry.reason)
            item.get_by_role("button", name="Show the step").click()
            player = page.locator(".zv-stage > .zv")
            expect(player).to_have_attribute("data-step", str(entry.state))
            expect(player.locator(".zv-entry > h4 .zv-entry-name")).to_have_text(entry.name)
            step = record_of(exercise.trace)["steps"][entry.state - 1]
            expect(player.locator(".zv-title > .zv-live")).to_have_text(step["title"])
        eventually(lambda: [sign[1] for sign in signs(page)], ["\u2260"] * len(exercise.asked))

    def test_like_reasons_are_told_once(self, predicted):
        """Entries that went the same way for the same reason stand together, as ranges."""
        exercise = exercise_of("hole-punch")
        page = predicted(exercise.as_json())
        page.click(".zv-reveal")
        page.click(".zv-reveal")
        texts = page.locator(".zv-truth").all_inner_texts()
        assert len(texts) == len({entry.reason for entry in exercise.solution.entries}) < 8
        assert any("A[2:4], B[0:4]" in text.replace("\n", " ") for text in texts)

    def test_clicks_go_through_the_marks(self, predicted):
        """Without a mark picked a click sets the next one; after the last there is none."""
        exercise = draw_exercise(1, "mouse", 1)
        page = predicted(exercise.as_json())
        name = exercise.asked[0].name
        for wanted in ("zapped", "kept", "changed", None, "zapped"):
            cell(page, name).click()
            marked(page, {name: wanted} if wanted else {})
        cell(page, name).dispatch_event("click")  # as a screen reader does
        marked(page, {name: "kept"})
        page.get_by_role("button", name="Clear").click()
        marked(page, {})

    def test_what_is_not_in_question_takes_no_mark(self, predicted):
        """The page cache and empty entries are not asked."""
        exercise = draw_exercise(1, "mouse", 1)
        page = predicted(exercise.as_json())
        cell(page, "F[0]").click()
        asked = exercise.asked[0].name
        cell(page, asked).click()
        marked(page, {asked: "zapped"})

    def test_missing_marks_are_named_once(self, predicted):
        """Reveal names what is not marked; a second time it reveals all the same."""
        exercise = draw_exercise(1, "mouse", 3)
        page = predicted(exercise.as_json())
        first, *others = truth(exercise)
        cell(page, first).click()
        page.click(".zv-reveal")
        for name in others:
            expect(page.locator(".zv-said")).to_contain_text(name)
        expect(page.locator(".zv-result")).to_be_hidden()
        asked_for(page, [])
        page.click(".zv-reveal")
        expect(page.locator(".zv-result")).to_be_visible()
        expect(page.locator(".zv-wrong-truth").last).to_contain_text("You gave no answer.")


class TestByKeyboard:
    """Marked without a pointer."""

    def test_marked_and_revealed(self, predicted):
        """Arrows move among the entries in question; z, k, c mark; Enter reveals."""
        exercise = draw_exercise(2, "keys", 2)
        page = predicted(exercise.as_json())
        answers = truth(exercise)
        page.locator(".zv-predict").focus()
        page.keyboard.press("ArrowRight")
        seen = []
        for row in dict.fromkeys(name.partition("[")[0] for name in answers):
            if seen:  # to the row below, from its end to the end of that one
                page.keyboard.press("ArrowDown")
            for key in ("ArrowLeft", "ArrowRight"):
                while True:
                    name = focused(page)
                    assert name in answers
                    if name not in seen:
                        assert name.startswith(row)
                        page.keyboard.press(answers[name][0])
                        said = re.compile(f"You say: {answers[name]}")
                        expect(page.locator(":focus")).to_have_attribute("aria-label", said)
                        seen.append(name)
                    page.keyboard.press(key)
                    if focused(page) == name:
                        break
        assert sorted(seen) == sorted(answers)
        page.keyboard.press("Enter")
        count = len(answers)
        expect(page.locator(".zv-said")).to_contain_text(f"{count} of {count} right")
        expect(page.locator(".zv-deeds .zv-reveal:visible")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".zv-number-now")).to_have_text("3")

    def test_from_a_mistake_to_its_step_and_on(self, predicted):
        """Reveal, look at the mistake, come back, go on: the first entry has the focus then."""
        exercise = draw_exercise(2, "keys", 2)
        page = predicted(exercise.as_json())
        *_, mistake = truth(exercise)
        for name, fate in truth(exercise).items():
            cell(page, name).focus()
            page.keyboard.press((WRONG[fate] if name == mistake else fate)[0])
        page.keyboard.press("Enter")
        expect(cell(page, mistake)).to_be_focused()
        page.keyboard.press("Enter")
        player = page.locator(".zv-stage > .zv")
        expect(player).to_be_focused()
        last = list(exercise.solution.entries)[-1]
        assert last.name == mistake
        step = last.state
        expect(player).to_have_attribute("data-step", str(step))
        page.keyboard.press("ArrowLeft")
        expect(player).to_have_attribute("data-step", str(step - 1))
        page.keyboard.press("Escape")
        expect(cell(page, mistake)).to_be_focused()
        page.keyboard.press("Enter")
        expect(player).to_be_focused()
        page.keyboard.press("n")
        expect(page.locator(".zv-number-now").first).to_have_text("3")
        first = draw_exercise(2, "keys", 3).asked[0].name
        expect(cell(page, first)).to_be_focused()
        eventually(lambda: page.evaluate("window.told.at(-1)?.number"), 3)

    def test_n_is_the_next_exercise_wherever_the_focus_is(self, predicted):
        """In the player below too, and its help says so; b is the whole exercise's there."""
        exercise = draw_exercise(1, "keys", 1)
        page = predicted(exercise.as_json())
        page.locator(".zv-predict").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        page.locator(".zv-truth button").first.click()
        player = page.locator(".zv-stage > .zv")
        expect(player).to_be_focused()
        page.keyboard.press("?")
        keys = page.locator(".zv-stage .zv-keys")
        expect(keys).to_be_visible()
        told = dict(
            zip(
                keys.locator("dt").all_inner_texts(),
                keys.locator("dd").all_inner_texts(),
                strict=True,
            )
        )
        assert told["n"] == "next exercise"
        assert told["p"] == "previous exercise"
        page.keyboard.press("Escape")
        page.keyboard.press("b")
        expect(page.locator(".zv-predict")).to_have_class(re.compile("zv-presented"))
        expect(player).not_to_have_class(re.compile("zv-presented"))
        page.keyboard.press("n")
        expect(page.locator(".zv-number-now").first).to_have_text("2")

    def test_a_held_key_is_one_deed(self, predicted):
        """Enter that is held down reveals, and does not go past what it revealed."""
        exercise = draw_exercise(1, "keys", 1)
        page = predicted(exercise.as_json())
        for name, fate in truth(exercise).items():
            cell(page, name).focus()
            page.keyboard.press(fate[0])
        page.keyboard.down("Enter")
        expect(page.locator(".zv-result")).to_be_visible()
        page.keyboard.down("Enter")
        page.keyboard.down("Enter")
        page.keyboard.up("Enter")
        asked_for(page, ["reveal"])
        expect(page.locator(".zv-number-now")).to_have_text("1")

    def test_the_keys_stand_on_the_buttons(self, predicted):
        """Reveal and next say their keys; a list without a next one has no such key."""
        exercise = draw_exercise(1, "keys", 1)
        page = predicted(exercise.as_json())
        expect(page.locator(".zv-reveal:visible .zv-kbd")).to_have_text("Enter")
        expect(page.locator(".zv-reveal:visible")).to_have_attribute("aria-keyshortcuts", "Enter")
        page.locator(".zv-predict").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(page.locator(".zv-reveal:visible .zv-kbd")).to_have_text("n")

    def test_taken_back_and_marked_by_space(self, predicted):
        """Backspace takes a mark back, Space sets the next; Enter says what is missing."""
        exercise = draw_exercise(1, "keys", 1)
        page = predicted(exercise.as_json())
        page.locator(".zv-predict").focus()
        page.keyboard.press("k")
        marked(page, {exercise.asked[0].name: "kept"})
        page.keyboard.press("Space")
        marked(page, {exercise.asked[0].name: "changed"})
        page.keyboard.press("Backspace")
        marked(page, {})
        page.keyboard.press("Enter")
        expect(page.locator(".zv-said")).to_contain_text("Not marked yet")

    def test_help_and_next(self, predicted):
        """? shows the keys, Escape closes them; n goes on, p back."""
        page = predicted(draw_exercise(1, "keys", 1).as_json())
        page.locator(".zv-predict").focus()
        page.keyboard.press("?")
        expect(page.locator(".zv-predict > .zv-keys")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".zv-predict > .zv-keys")).to_be_hidden()
        page.keyboard.press("n")
        expect(page.locator(".zv-number-now")).to_have_text("2")
        assert page.evaluate("window.predict.exercise.scenario") == draw_exercise(1, "keys", 2).text
        page.keyboard.press("p")
        expect(page.locator(".zv-number-now")).to_have_text("1")
        page.keyboard.press("p")
        asked_for(page, ["exercise", "exercise"])
        assert page.evaluate("window.told.length") == 2


class TestSitting:
    """One exercise after the other."""

    def test_levels_and_seeds_are_chosen_in_the_page(self, predicted):
        """Another level or seed begins its list; what there is not is said, and nothing lost."""
        page = predicted(draw_exercise(1, "a", 1).as_json())
        page.locator(".zv-predict select").first.select_option("3")
        expect(page.locator(".zv-question")).to_contain_text(draw_exercise(3, "a").statement)
        page.locator(".zv-seed").fill("class b")
        page.keyboard.press("Enter")
        expect(page.locator(".zv-question")).to_contain_text(draw_exercise(3, "class b").statement)
        place = {"level": 3, "seed": "class b", "number": 1}
        eventually(lambda: page.evaluate("window.told.at(-1)"), place)
        page.locator(".zv-seed").fill(" ")
        page.keyboard.press("Tab")
        expect(page.locator(".zv-error").first).to_contain_text("a number or a word")
        expect(page.locator(".zv-seed")).to_have_value("class b")

    def test_score_adds_up_and_can_be_saved(self, predicted, tmp_path):
        """The sitting counts each exercise once; saving gives a file, and only then is it kept."""
        one, two = draw_exercise(1, "s", 1), draw_exercise(1, "s", 2)
        page = predicted(one.as_json())
        expect(page.get_by_role("button", name="Save my answers")).to_be_hidden()
        click_marks(page, truth(one))
        page.click(".zv-reveal")
        expect(page.locator(".zv-tally")).to_have_text(
            f"This sitting: {len(one.asked)} of {len(one.asked)}"
        )
        expect(
            page.locator(".zv-deeds").get_by_role("button", name="Next exercise")
        ).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".zv-number-now")).to_have_text("2")
        click_marks(page, {name: WRONG[fate] for name, fate in truth(two).items()})
        page.click(".zv-reveal")
        total = len(one.asked) + len(two.asked)
        expect(page.locator(".zv-tally")).to_have_text(f"This sitting: {len(one.asked)} of {total}")
        ever = page.locator(".zv-classes").last
        for kind in {asked.kind for asked in (*one.asked, *two.asked)}:
            right = sum(asked.kind == kind for asked in one.asked)
            of = right + sum(asked.kind == kind for asked in two.asked)
            expect(ever).to_contain_text(f"{CLASSES[kind].name} {right}/{of}")
        page.keyboard.press("p")
        expect(page.locator(".zv-number-now")).to_have_text("1")
        page.click(".zv-reveal")
        page.click(".zv-reveal")
        expect(page.locator(".zv-said")).to_contain_text("0 of")
        expect(page.locator(".zv-tally")).to_have_text(f"This sitting: {len(one.asked)} of {total}")
        with page.expect_download() as download:
            page.get_by_role("button", name="Save my answers").click()
        download.value.save_as(tmp_path / "answers.json")
        saved = json.loads((tmp_path / "answers.json").read_text())
        assert saved["format"] == "zapviz-answers"
        assert [(e["number"], e["score"], e["of"]) for e in saved["exercises"]] == [
            (1, len(one.asked), len(one.asked)),
            (2, 0, len(two.asked)),
        ]
        answers = {e["name"]: e["answered"] for e in saved["exercises"][0]["entries"]}
        assert answers == truth(one)

    def test_marks_can_be_saved_unrevealed(self, predicted, tmp_path):
        """As for an exam: what is marked, without a word of what is true."""
        exercise = draw_exercise(1, "s", 3)
        page = predicted(exercise.as_json())
        click_marks(page, truth(exercise))
        with page.expect_download() as download:
            page.get_by_role("button", name="Save my answers").click()
        download.value.save_as(tmp_path / "answers.json")
        (saved,) = json.loads((tmp_path / "answers.json").read_text())["exercises"]
        assert saved["score"] is None
        assert {e["name"]: e["answered"] for e in saved["entries"]} == truth(exercise)
        assert {e["fate"] for e in saved["entries"]} == {None}
        expect(page.locator(".zv-tally")).to_have_text("")

    def test_nothing_is_stored(self, predicted):
        """No cookie, no storage of the page."""
        exercise = draw_exercise(1, "s", 1)
        page = predicted(exercise.as_json())
        click_marks(page, truth(exercise))
        page.click(".zv-reveal")
        expect(page.locator(".zv-result")).to_be_visible()
        assert page.context.cookies() == []

    def test_a_text_of_ones_own_has_no_list(self, predicted):
        """Level, seed and next are for drawn ones; the title of a marked one is shown."""
        exercise = exercise_of(
            "# Mind the copies\n\nN = anon(4)\nN[0:3] = 1\nmunmap(N[1:4])  # ? What is left?"
        )
        page = predicted(exercise.as_json())
        expect(page.locator(".zv-field").first).to_be_hidden()
        expect(page.locator(".zv-predict-head")).to_have_text(re.compile("Mind the copies"))
        expect(page.locator(".zv-question")).to_contain_text("What is left?")


class TestSecret:
    """What the page knows before the reveal."""

    @pytest.mark.parametrize("level", [1, 2, 3])
    def test_the_page_holds_no_answer(self, predicted, level):
        """No reason of a rule that decides, and no step of the call, is anywhere in the page."""
        exercise = draw_exercise(level, "secret", 2)
        page = predicted(exercise.as_json())
        html = own_text(page)
        before = {step["reason"] for step in record_of(exercise.before)["steps"]}
        for entry in exercise.solution.entries:
            assert entry.reason in before or entry.reason not in html
        assert page.evaluate("window.predict.solution") is None

    def test_a_page_without_python_can_hold_it(self, predicted):
        """With the solution handed out the page needs nobody; then there is no next one."""
        exercise = draw_exercise(2, "static", 1)
        page = predicted(exercise.as_json(solution=True), asks=False)
        expect(page.locator(".zv-field").first).to_be_hidden()
        click_marks(page, truth(exercise))
        page.click(".zv-reveal")
        expect(page.locator(".zv-said")).to_contain_text("all of them")

    def test_trouble_on_the_way_is_told(self, predicted):
        """An answer that does not come is an error in words; the marks stay."""
        exercise = draw_exercise(1, "secret", 1)
        page = predicted(exercise.as_json())
        click_marks(page, truth(exercise))
        page.evaluate(
            "() => { window.respond = () => Promise.reject(new Error('the kernel is gone')); }"
        )
        page.click(".zv-reveal")
        expect(page.locator(".zv-error").first).to_have_text("the kernel is gone")
        marked(page, truth(exercise))


def test_in_jupyterlab(browser, lab, picture):
    """Python answers: marked by keyboard, revealed, the next one; no key reaches the notebook."""
    write_notebook(lab, "predict.ipynb", "import zapviz\nzapviz.predict(level=2, seed='lab')")
    page = open_notebook(browser, lab, "predict.ipynb", size=(1280, 1000))
    root = page.locator(".zv-predict")
    root.wait_for()
    cells = page.locator(".jp-Cell").count()
    exercise = draw_exercise(2, "lab", 1)
    for name, fate in truth(exercise).items():
        cell(page, name).focus()
        page.keyboard.press(fate[0])
    page.keyboard.press("Enter")
    expect(page.locator(".zv-said")).to_contain_text("all of them")
    cell(page, exercise.asked[0].name).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".zv-stage > .zv")).to_be_visible()
    for key in ("d", "d", "x", "b", "a"):
        root.focus()
        page.keyboard.press(key)
    picture(page, "predict-lab")
    page.keyboard.press("n")
    expect(page.locator(".zv-number-now")).to_have_text("2")
    expect(page.locator(".zv-question")).to_contain_text(draw_exercise(2, "lab", 2).statement)
    save(page)  # JupyterLab has done what it was told before this
    expect(page.locator(".jp-Cell")).to_have_count(cells)
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    page.context.close()


class TestLook:
    """Seen by everybody."""

    def test_the_legend_explains_the_signs(self, predicted):
        """What is not marked, what was right, what was wrong and how, and what is in a cell."""
        exercise = draw_exercise(3, "monday", 3)
        page = predicted(exercise.as_json())
        legend = page.locator(".zv-predict > .zv-inner > .zv-legend")
        expect(legend).to_contain_text("not marked yet")
        right, wrong, silent, *_ = truth(exercise)
        fates = truth(exercise)
        for name, fate in ((right, fates[right]), (wrong, WRONG[fates[wrong]])):
            cell(page, name).focus()
            page.keyboard.press(fate[0])
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(page.locator(".zv-result")).to_be_visible()
        expect(legend).to_contain_text("no answer, it is")
        shown = legend.locator(".zv-legend-item").all_inner_texts()
        said, true = WRONG[fates[wrong]], fates[wrong]
        items = [
            f"{LETTERS[fates[right]]}\u2713you said {fates[right]}: right",
            f"{LETTERS[said]}\u2260{LETTERS[true]}you said {said}, it is {true}",
            f"?\u2260{LETTERS[fates[silent]]}no answer, it is {fates[silent]}",
            "7the byte it holds",
        ]
        assert [one.replace("\n", "") for one in shown if one.replace("\n", "") in items] == items
        assert {one[: one.index("you")] if "you" in one else one[:3] for one in items[:3]} <= set(
            signs(page)
        )

    def test_full_screen(self, predicted):
        """By its button, as in the explorer."""
        page = predicted(draw_exercise(1, "words", 1).as_json())
        page.get_by_role("button", name="Full screen").click()
        page.wait_for_function("document.fullscreenElement?.querySelector('.zv-predict')")
        page.keyboard.press("f")
        page.wait_for_function("!document.fullscreenElement")

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_what_is_next_is_in_sight_on_a_projector(self, predicted, picture, scheme):
        """With the large look at 1280 x 720: the button, then the score, then the steps' head."""
        exercise = draw_exercise(3, "monday", 3)
        page = predicted(exercise.as_json(), color_scheme=scheme)
        page.locator(".zv-predict").focus()
        page.keyboard.press("b")
        expect(page.locator(".zv-reveal:visible")).to_be_in_viewport(ratio=1)
        picture(page, f"predict-large-{scheme}-1")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(page.locator(".zv-reveal:visible")).to_be_in_viewport(ratio=1)
        expect(page.locator(".zv-said")).to_be_in_viewport(ratio=1)
        picture(page, f"predict-large-{scheme}-2")
        page.keyboard.press("Enter")
        expect(page.locator(".zv-stage .zv-reveal")).to_be_in_viewport(ratio=1)
        picture(page, f"predict-large-{scheme}-3")
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280

    def test_each_entry_says_all_in_words(self, predicted):
        """A cell's label: what it is, what was said of it, what is true."""
        exercise = draw_exercise(2, "words", 1)
        page = predicted(exercise.as_json())
        asked = exercise.asked[0]
        expect(cell(page, asked.name)).to_have_attribute(
            "aria-label", re.compile(rf"{CLASSES[asked.kind].name}\..*Not marked yet")
        )
        answers = {**truth(exercise), asked.name: WRONG[truth(exercise)[asked.name]]}
        click_marks(page, answers)
        page.click(".zv-reveal")
        expect(cell(page, asked.name)).to_have_attribute(
            "aria-label",
            re.compile(f"You said {answers[asked.name]}; it is {truth(exercise)[asked.name]}"),
        )

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize(("level", "number"), [(1, 2), (2, 1), (3, 3)])
    def test_pictures(self, predicted, picture, scheme, level, number):
        """Kept at 1280 x 720, in both themes: asked, marked, revealed, and a step shown."""
        exercise = draw_exercise(level, "monday", number)
        page = predicted(exercise.as_json(), color_scheme=scheme)
        expect(page.locator(".zv-predict")).to_have_attribute("data-theme", scheme)
        picture(page, f"predict-{level}-{scheme}-1-asked")
        answers = truth(exercise)
        for name in list(answers)[::2]:
            answers[name] = WRONG[answers[name]]
        click_marks(page, answers)
        picture(page, f"predict-{level}-{scheme}-2-marked")
        page.click(".zv-reveal")
        expect(page.locator(".zv-result")).to_be_visible()
        picture(page, f"predict-{level}-{scheme}-3-revealed")
        page.locator(".zv-wrong-truth").last.get_by_role("button").click()
        expect(page.locator(".zv-stage > .zv")).to_be_visible()
        picture(page, f"predict-{level}-{scheme}-4-step")
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_escape_leads_back_from_the_buttons_over_the_steps(predicted):
    """They stand outside the player; with one exercise there is no next one."""
    page = predicted(exercise_of("reproducer").as_json())
    page.click(".zv-reveal")
    page.click(".zv-reveal")
    page.get_by_role("button", name="Show the step").first.click()
    stage = page.locator(".zv-stage")
    expect(stage.get_by_role("button", name="Next exercise")).to_be_hidden()
    expect(stage.locator(".zv-kernel")).to_have_text("v6.18")
    stage.get_by_role("button", name="Back to the entries").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".zv-stage:focus-within")).to_have_count(0)
