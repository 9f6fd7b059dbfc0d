"""The text form: whole pictures at 72 columns, and what holds for every scenario."""

from __future__ import annotations

import pytest

import zapviz
from layout import check_mailable
from sample_trace import every_kind_trace, sample_trace
from zapviz.render.palette import CLASSES
from zapviz.render.text.lines import ascii_only
from zapviz.render.text.sentences import sentence_of_trace
from zapviz.render.text.trace import format_state, format_table, format_trace
from zapviz.trace.state import Replay


@pytest.mark.parametrize("kernel", ["v6.12", "v5.17"])
def test_the_reproducer_reads_as_on_file(kernel, expected):
    """The whole trace of the reproducer is the text in tests/expected."""
    trace = zapviz.run(zapviz.SCENARIOS["reproducer"].text, kernel)
    expected(f"reproducer-{kernel}.txt", format_trace(trace) + "\n")


def test_the_long_form_reads_as_on_file(expected):
    """With every step, its call chain and locks, the hole punch reads as on file."""
    trace = zapviz.run(zapviz.SCENARIOS["hole-punch"].text, "v6.12")
    expected("hole-punch-steps.txt", format_trace(trace, chain=True, every_step=True) + "\n")


@pytest.mark.parametrize("name", list(zapviz.SCENARIOS))
def test_every_scenario_can_be_mailed(name):
    """Each scenario's text form, short or long, has 72 columns of ASCII."""
    trace = zapviz.run(zapviz.SCENARIOS[name].text)
    check_mailable(format_trace(trace))
    check_mailable(format_trace(trace, chain=True, every_step=True))


@pytest.mark.parametrize("pages", [1, 2, 10, 11, 32, 33, 100, 256])
def test_strips_of_any_length_can_be_mailed(pages):
    """From 1 to 256 pages, strips keep to the width and show every entry once."""
    trace = sample_trace(pages=pages, mappings=2, steps=9)
    text = format_state(trace)
    check_mailable(text)
    rows = [line.split()[1] for line in text.split("\n") if line.startswith("F  ")]
    state = Replay(trace).at(9)
    letters = "".join(CLASSES[state.cell(0, page)["kind"]].letter for page in range(pages)).replace(
        " ", ""
    )
    assert "".join(rows) == letters


def test_a_strip_has_a_letter_for_every_kind():
    """A mapping that holds every kind of entry shows every letter of the palette."""
    trace = every_kind_trace()
    shown = set(format_state(trace))
    for cell in trace["cells"]:
        letter = CLASSES[cell["kind"]].letter
        assert letter in shown or not letter.strip()


def test_pages_are_counted_above_the_strip():
    """Column numbers stand over the pages they count, tens above ones."""
    text = format_state(zapviz.run("F = file(34)\nA = mmap(F[20:34], MAP_PRIVATE)\nA[0] = 1"))
    assert text.split("\n") == [
        "      0         10        20        30",
        "      01234567890123456789012345678901",
        "F     FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF    i_size 34 pages",
        "A                         A...........    private mapping of F[20:34]",
        "      32",
        "      23",
        "F     FF",
        "A     ..",
    ]


def test_neighbours_that_fare_alike_are_told_together():
    """Entries one after the other with one reason are one line, counters added up."""
    trace = zapviz.run("N = anon(4)\nN[0:4] = 1\nmadvise(N[1:4], MADV_DONTNEED)")
    text = format_trace(trace)
    assert "zapped    N[1:4]    anon -> none  (anonpages -3)" in text


def test_a_failed_assertion_stands_out():
    """The line of the assertion and the closing line both say that it fails."""
    text = format_trace(zapviz.run("N = anon(2)\nassert N[0] == anon\nassert N[1] == none"))
    assert "  2  assert N[0] == anon   FAILS" in text
    assert "1 of 2 assertions fail (line 2)" in text


def test_results_that_are_not_success_are_told():
    """An errno or a signal stands after the statement that it came from."""
    text = format_trace(
        zapviz.run("F = shmem(2)\nA = mmap(F, MAP_SHARED)\nftruncate(F, 1)\nread(A)")
    )
    assert "read(A)   = SIGBUS" in text


def test_text_that_is_not_ascii_is_spelled_in_ascii():
    """Accents and typographic signs have plain forms; the rest becomes a question mark."""
    assert ascii_only("na\u00efve \u2013 \u201cpages\u201d \u2192 \u96f6") == 'naive - "pages" -> ?'


def test_a_title_may_be_long_and_foreign():
    """A title in any script and of any length is wrapped, and stays ASCII."""
    title = "# " + "Pr\u00fcfung " * 20
    check_mailable(format_trace(zapviz.run(f"{title}\nN = anon(1)")))


def test_a_table_wraps_its_last_column():
    """Columns are as wide as their widest cell; the last one is wrapped below itself."""
    table = format_table([("v6.12", "word " * 20), ("rfc-v2", "x")], ("kernel", "what"))
    assert table == (
        "kernel  what\n"
        "v6.12   word word word word word word word word word word word word word\n"
        "        word word word word word word word\n"
        "rfc-v2  x"
    )


def test_an_empty_table_is_empty():
    """No rows and no header make no lines."""
    assert format_table([]) == ""


RACE = "N = anon(1)\nassert N == none\ndef CPU0():\n    N[0] = 1\ndef CPU1():\n    N[0] = 2\n"


class TestRefusal:
    """A call that the kernel refuses before it touches an entry."""

    @pytest.mark.parametrize(
        ("kernel", "why"),
        [("v6.1", "are not watched by userfaultfd."), ("v6.12", "only with UFFD_FEATURE_WP_ASYNC")],
    )
    def test_the_reason_is_told(self, kernel, why):
        """Under the call, as that of an entry is."""
        told = zapviz.run("F = file(2)\nA = mmap(F, MAP_SHARED)\nuffd_wp(A[0])\n", kernel).text()
        assert "uffd_wp(A[0])   = EINVAL" in told
        assert why in " ".join(told.split())


class TestClosingLine:
    """The last line is the verdict, short, to be read and to be grepped."""

    def closing(self, text, kernel="v6.18"):
        """The last paragraph of a run's text."""
        told = format_trace(zapviz.run(text, kernel))
        check_mailable(told)
        return told.split("\n\n")[-1].split("\n")

    @pytest.mark.parametrize("name", list(zapviz.SCENARIOS))
    @pytest.mark.parametrize("kernel", ["v6.18", "v5.17"])
    def test_it_is_one_line(self, name, kernel):
        """Of every scenario, with CPUs or without."""
        last = self.closing(zapviz.SCENARIOS[name].text, kernel)[-1]
        assert last.startswith((f"ok on {kernel}: ", f"FAILED on {kernel}: "))

    def test_the_other_orders_are_named_before_it(self):
        """One order of the CPUs is not all: what tries every order, then the verdict."""
        assert self.closing(zapviz.SCENARIOS["race-cow"].text) == [
            "zapviz race tries every order of the CPUs.",
            "ok on v6.18: 2 assertions not decided by one order",
        ]

    def test_nothing_hints_at_orders_without_cpus(self):
        """Nor where nothing is asserted below them."""
        assert self.closing("N = anon(1)\nassert N == none") == ["ok on v6.18: 1 assertion holds"]
        assert self.closing(RACE) == ["ok on v6.18: 1 assertion holds"]

    def test_an_assertion_above_the_cpus_holds_in_any_order(self):
        """Only of one below them it is said that it does in this order."""
        text = format_trace(zapviz.run(RACE + "assert N == anon"))
        assert "\n  2  assert N == none   holds\n" in text
        assert "\n  7  assert N == anon   holds in this order\n" in text
        last = self.closing(RACE + "assert N == anon")[-1]
        assert last == "ok on v6.18: 2 assertions hold, 1 of them in this order"

    def test_a_failure_in_one_order(self):
        """Where they fail in this order alone, it is said; one above the CPUs fails in any."""
        below = RACE + "assert data(N) == 1"
        assert self.closing(below)[-1] == (
            "FAILED on v6.18: 1 of 2 assertions fail in this order (line 7)"
        )
        above = RACE.replace("assert N == none", "assert N == anon") + "assert N == anon"
        assert self.closing(above)[-1] == "FAILED on v6.18: 1 of 2 assertions fail (line 2)"

    def test_what_one_order_cannot_tell_is_not_decided(self):
        """A "sometimes" that is not so in this order may be so in another one."""
        race = RACE + "assert sometimes(data(N) == 1)\nassert sometimes(data(N) == 2)"
        text = format_trace(zapviz.run(race))
        assert "assert sometimes(data(N) == 1)   not decided by one order\n" in text
        assert "assert sometimes(data(N) == 2)   holds in this order\n" in text
        last = self.closing(race)[-1]
        assert last == "ok on v6.18: 2 assertions hold, 1 of them in this order, 1 not decided"

    def test_many_that_fail_stand_before_it(self):
        """Where the line has no room for their numbers."""
        lines = self.closing("N = anon(1)\n" + "assert N == anon\n" * 20)
        assert lines[0].startswith("Those that fail: line 2, line 3, ")
        assert lines[-1] == "FAILED on v6.18: 20 of 20 assertions fail"

    def test_one_that_waits_for_ever(self):
        """Which line, and how many statements were not run after it."""
        text = "N = anon(1)\nN[0] = 1\nmigrate_begin(N)\nN[0] = 2\nassert N == anon"
        assert self.closing(text) == [
            "It waits for a lock that nobody gives back.",
            "BLOCKED on v6.18: line 4 waits for ever; 1 statement not run",
        ]


class TestSentences:
    """The one sentence on a run of several CPUs."""

    def test_the_order_is_named_where_it_matters(self):
        """Of assertions below the CPUs, not of those above them."""
        order = "in this order of the CPUs"
        assert order not in sentence_of_trace(zapviz.run(RACE))
        assert order in sentence_of_trace(zapviz.run(RACE + "assert N == anon"))
        failing = RACE.replace("assert N == none", "assert N == anon")
        assert order not in sentence_of_trace(zapviz.run(failing + "assert N == anon"))

    def test_what_is_not_decided_does_not_hold(self):
        """Not every assertion holds where one order cannot tell."""
        said = sentence_of_trace(zapviz.run("race-punch-read"))
        assert said.startswith(
            "On v6.18 1 of 3 assertions holds in this order of the CPUs, 2 not decided"
        )

    def test_a_mail_says_the_same(self):
        """Of the assertion at whose state it stands."""
        trace = zapviz.run(RACE + "assert sometimes(data(N) == 1)\nassert N == anon")
        of = {step: " ".join(trace.export("mail", step=step).split()) for step in (-2, -1)}
        assert "== 1) is not decided by one order." in of[-2]
        assert "assert N == anon holds in this order of the CPUs." in of[-1]
