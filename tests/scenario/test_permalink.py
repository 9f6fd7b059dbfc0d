"""Permalinks: what goes in comes out, and whatever else comes is refused, at once."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zapviz
from strategies import programs, with_remarks
from zapviz import SCENARIOS
from zapviz.api.traces import open_permalink
from zapviz.commands.cli import main
from zapviz.errors import ZapvizError
from zapviz.kernels.known import DEFAULT_KERNEL, KERNELS, MODEL
from zapviz.scenario import permalink
from zapviz.scenario.language.pasted import MAX_TEXT
from zapviz.scenario.permalink import (
    MAX_LINK,
    decode_permalink,
    format_permalink,
    is_permalink,
    parse_permalink,
)
from zapviz.scenario.short_link import format_short

EXPECTED = Path(__file__).parents[1] / "expected"

TEXT = "N = anon(2)\nN[0] = 7\nassert N[0] == anon\n"
TOKEN = format_permalink(TEXT, "v6.12", 2)
OTHER = TOKEN[:12] + chr(ord(TOKEN[12]) ^ 1) + TOKEN[13:]  # one character is another

# Whatever may stand in a comment, and some characters that mail, pages or JSON trip over.
TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from("\n\u2028\"\\<>&'\u200b%:"))


def made_of(said, form="1"):
    """A token of its own making: whole, whatever it holds."""
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    body = base64.urlsafe_b64encode(zlib.compress(data, 9)).decode().rstrip("=")
    head = f"zapviz:{form}:{body}"
    return f"{head}:{zlib.crc32(head.encode()):08x}"


def packed_as_2(said):
    """A token of form 2 with a body of its own making, which refers to no dictionary."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = base64.urlsafe_b64encode(packing.compress(said) + packing.flush()).decode().rstrip("=")
    head = f"zapviz:2:{body}"
    return f"{head}:{zlib.crc32(head.encode()):08x}"


def fields(**changed):
    """The members of a good token, some of them changed; None leaves one out."""
    said = {"text": TEXT, "kernel": "v6.12", "model": MODEL, "release": "0.1.0", "step": 2}
    return {name: value for name, value in (said | changed).items() if value is not None}


class TestRoundTrip:
    """The scenario, kernel, state and schedule come back as they were."""

    @given(TEXTS, st.sampled_from(list(KERNELS)), st.none() | st.integers(0, 20_000))
    def test_any_text_comes_back(self, text, kernel, step):
        """Every text that can be sent comes back to the character."""
        link = parse_permalink(format_permalink(text, kernel, step))
        assert (link.text, link.kernel, link.step) == (text, kernel, step)
        assert link.model == MODEL

    @given(with_remarks(programs()))
    @settings(max_examples=50)
    def test_any_scenario_runs_the_same(self, program):
        """A scenario's link gives the same steps as the scenario."""
        trace = zapviz.run(zapviz.format_scenario(program))
        again = open_permalink(parse_permalink(trace.permalink()))
        assert again.as_json() == trace.as_json()

    @given(st.lists(st.integers(0, 2), max_size=100), st.booleans())
    def test_a_schedule_comes_back(self, schedule, whole_table):
        """One digit for each step, and how they are counted."""
        token = format_permalink(TEXT, "v6.12", schedule=schedule, whole_table=whole_table)
        link = parse_permalink(token)
        assert (link.schedule, link.whole_table) == (tuple(schedule), whole_table)

    def test_one_interleaving_comes_back(self):
        """The link of a race's witness shows that interleaving, not the CPUs in turn."""
        found = zapviz.race("race-cow")
        trace = found.trace(found.finals[-1].schedule)
        again = open_permalink(parse_permalink(trace.permalink(step=3)))
        assert again.as_json() == trace.as_json()
        assert again.as_json() != zapviz.run("race-cow").as_json()

    @pytest.mark.parametrize("name", [name for name in SCENARIOS if "fork" not in name])
    def test_what_ships_has_a_token_of_two_lines(self, name):
        """So has whatever is made from it with a few changes."""
        text = SCENARIOS[name].text
        assert len(format_permalink(text, "v6.18", 0)) < 144
        changed = text.replace("4", "5") + "# what if the file is longer?\n"
        assert len(format_permalink(changed, "v6.18", 0)) < 250

    @pytest.mark.parametrize("name", [name for name in SCENARIOS if "fork" in name])
    def test_what_ships_since_has_a_short_link(self, name):
        """The words that tokens are packed with never change, and have no fork: six lines."""
        text = SCENARIOS[name].text
        assert len(format_permalink(text, "v6.18", 0)) < 432
        assert format_short(text, "v6.18", 0) == f"{name}@v6.18:0"

    def test_comments_are_left_out_on_request(self):
        """The steps stay the same, and the token is shorter."""
        trace = zapviz.run(f"# a title of nobody else's\n\n{TEXT}# the end, or isn't it?\n")
        token = trace.permalink(2, comments=False)
        assert parse_permalink(token).text == TEXT
        assert len(token) < len(trace.permalink(2)) - 20

    def test_the_dictionary_never_changes(self):
        """No token that was made could be opened with another one."""
        digest = "b817d3cc865d7d42"
        assert hashlib.sha256(permalink.dictionary()).hexdigest()[:16] == digest

    def test_a_patch_goes_along(self):
        """A kernel with a patch is named with its patch."""
        patched = zapviz.kernel("v5.17").with_rule(swap_entries="even_cows", second_pass=False)
        link = parse_permalink(format_permalink(TEXT, patched))
        assert zapviz.kernel(link.kernel) == patched

    def test_a_patch_with_a_name_of_its_own_is_named_by_its_rules(self):
        """A reader elsewhere does not know the name 'mine': the rules are sent."""
        mine = zapviz.kernel("v5.17").with_rule("mine", swap_entries="even_cows")
        found = zapviz.kernel(parse_permalink(format_permalink(TEXT, mine)).kernel)
        assert (found.rules, found.version) == (mine.rules, mine.version)

    def test_is_run_as_a_name_is(self):
        """zapviz.run() takes it, on its own kernel or another one."""
        token = format_permalink(SCENARIOS["reproducer"].text, "v5.17")
        assert zapviz.run(token).as_json() == zapviz.run("reproducer", "v5.17").as_json()
        assert zapviz.run(token, "v6.1").as_json() == zapviz.run("reproducer", "v6.1").as_json()

    def test_a_link_can_be_made_elsewhere(self):
        """docs/permalink.md is enough to write one: no byte hangs on our encoder."""
        assert parse_permalink(made_of(fields())) == parse_permalink(TOKEN)
        head = json.dumps(["v6.12", MODEL, "0.1.0", 2])
        assert parse_permalink(packed_as_2(f"{head}\n{TEXT}".encode())) == parse_permalink(TOKEN)


class TestMail:
    """What mail, chat and browsers do to a token."""

    @pytest.mark.parametrize(
        "mangle",
        [
            lambda token: token + "\n",
            lambda token: f"<{token}>",
            lambda token: f"#{token}",
            lambda token: f"https://example.org/a%20b/zapviz:8000/?q=1#{token}",
            lambda token: f"file:///tmp/index.html#{token}".replace("zapviz:", "zapviz%3A"),
            lambda token: "\n".join(token[k : k + 60] for k in range(0, len(token), 60)),
            lambda token: "\r\n".join(token[k : k + 60] for k in range(0, len(token), 60)),
            lambda token: "".join(f"> > {token[k : k + 50]}\n" for k in range(0, len(token), 50)),
            lambda token: "".join(f">{token[k : k + 50]} \n" for k in range(0, len(token), 50)),
            lambda token: "".join(f"    {token[k : k + 50]}\n" for k in range(0, len(token), 50)),
            lambda token: "=\n".join(token[k : k + 75] for k in range(0, len(token), 75)),
            lambda token: token[:9] + "\u200b".join(token[9:]),
            lambda token: f"Zapviz{token[6:]}.",
        ],
    )
    def test_broken_lines_and_quoting_do_no_harm(self, mangle):
        """Line ends, quoting, blanks, brackets, a URL in front: the same link."""
        assert is_permalink(mangle(TOKEN))
        assert parse_permalink(mangle(TOKEN)) == parse_permalink(TOKEN)

    @pytest.mark.parametrize(
        "mail",
        [
            "On Mon, 1 Jun 2026 at 10:00, X <x@example.org> wrote:\n{quoted}",
            "On Mon, X wrote:\n{quoted}>\n> What do you think?\n\nLooks right to me: yes.\n",
            "> On Sun, Y wrote:\n>> On Sat, Z wrote:\n{quoted}\n-- \nY\n",
            "Hello,\n\nsee <https://example.org/zapviz:8000/#{token}>, and step 3.\n",
            "See (zapviz:1:... is its start) and open [it](https://example.org/#{token}).\n",
            "Twice:\n{token}\n{quoted}",
            "Hello,\n---8<---\n{token}\n---8<---\nzapviz:1:AAAA:00000000 is another\n",
        ],
    )
    def test_is_found_in_a_mail(self, mail):
        """Below an attribution line, quoted, with words before and after it."""
        quoted = "".join(f"> {TOKEN[at : at + 50]}\n" for at in range(0, len(TOKEN), 50))
        text = mail.replace("zapviz:1:...", "a token").format(quoted=quoted, token=TOKEN)
        assert is_permalink(text)
        assert parse_permalink(text) == parse_permalink(TOKEN)
        assert zapviz.run(text).as_json() == zapviz.run(TOKEN).as_json()
        spoilt = text.replace(TOKEN[:12], TOKEN[:11] + ("A" if TOKEN[11] != "A" else "B"))
        with pytest.raises(ZapvizError, match="damaged: its checksum"):
            parse_permalink(spoilt)

    def test_several_are_refused(self):
        """Nobody guesses which one was meant."""
        other = format_permalink(TEXT, "v5.17")
        for text in (f"One:\n> {TOKEN}\nTwo: {other}\n", f"{TOKEN}\n{other}", f"{TOKEN} {other}"):
            with pytest.raises(ZapvizError, match="there are 2 different permalinks in the text"):
                parse_permalink(text)

    @pytest.mark.parametrize(
        "text",
        [
            f"# made from {TOKEN}\n{TEXT}",
            f"{TEXT}# https://example.org/#{TOKEN}\n",
            f"> {TEXT[:11]}  # see {TOKEN}\n",
            f"Hello,\n---8<---\n{TEXT}---8<---\nThe same as a link: {TOKEN}\n",
        ],
    )
    def test_a_scenario_beside_one_is_a_scenario(self, text):
        """A link in a comment, or outside the scissors lines, is not opened in its place."""
        assert not is_permalink(text)
        assert zapviz.run(text).kernel.name == zapviz.kernels.known.DEFAULT_KERNEL

    @given(st.data())
    @settings(max_examples=300)
    def test_a_mangled_token_is_refused_or_says_the_same(self, data):
        """Cut, doubled, changed or swapped characters never give another scenario."""
        at = data.draw(st.integers(0, len(TOKEN)))
        end = data.draw(st.integers(at, min(len(TOKEN), at + 8)))
        new = data.draw(st.text("0123456789abcdefXYZ-_:=> \n%", max_size=8))
        mangled = TOKEN[:at] + new + TOKEN[end:]
        try:
            link = parse_permalink(mangled)
        except ZapvizError:
            return
        assert link == parse_permalink(TOKEN)

    @given(st.text(max_size=200))
    def test_rubbish_is_refused(self, text):
        """Any text at all gives a permalink or one message."""
        for given_ in (text, f"zapviz:1:{text}", f"zapviz:1:{text}:00000000"):
            with pytest.raises(ZapvizError):
                parse_permalink(given_)


class TestShort:
    """Links to what comes with zapviz: its name, a kernel, a state."""

    @pytest.mark.parametrize(
        ("link", "kernel", "step"),
        [
            ("reproducer@v5.17:12", "v5.17", 12),
            ("#reproducer@v5.17:12", "v5.17", 12),
            ("https://example.org/a%20b/explore.html#reproducer@v5.17:12", "v5.17", 12),
            ("file:///tmp/explore.html#reproducer", DEFAULT_KERNEL, None),
            ("https://example.org/explore.html#reproducer:3", DEFAULT_KERNEL, 3),
            ("  <https://example.org/#Reproducer@v6.1>.\n", "v6.1", None),
            ("reproducer%40v5.17%3A12", "v5.17", 12),
            ("reproducer@6.1.148:0", "v6.1.148", 0),
            ("reproducer@v5.17+swap_entries=zap,second_pass=False:1",
             "v5.17 + swap_entries=zap, second_pass=False", 1),
        ],
    )  # fmt: skip
    def test_opens_what_it_names(self, link, kernel, step):
        """With or without an address, as people and programs write it."""
        assert is_permalink(link)
        opened = parse_permalink(link)
        assert (opened.text, opened.kernel, opened.step) == (
            SCENARIOS["reproducer"].text, kernel, step,
        )  # fmt: skip
        assert zapviz.run(link).as_json() == zapviz.run("reproducer", kernel).as_json()

    @pytest.mark.parametrize("kernel", [*KERNELS, "v6.1.148", "v5.17 + swap_entries=even_cows"])
    def test_is_made_of_what_ships(self, kernel):
        """A trace of it gives its name, and that opens the same."""
        trace = zapviz.run("hole-punch", kernel)
        link = trace.permalink(-1)
        assert link == f"hole-punch@{kernel.replace(' ', '')}:{trace.last}"
        assert open_permalink(parse_permalink(link)).as_json() == trace.as_json()
        assert trace.permalink(-1, short=False).startswith("zapviz:2:")

    def test_is_not_made_of_anything_else(self):
        """A text of one's own, and an order of CPUs, are in a token."""
        assert zapviz.run(TEXT).permalink().startswith("zapviz:2:")
        found = zapviz.race("race-cow")
        assert found.trace(found.finals[0].schedule).permalink().startswith("zapviz:2:")

    @pytest.mark.parametrize(
        ("link", "message"),
        [
            ("reproducr@v5.17:12", "did you mean 'reproducer'"),
            ("reproducer@v5.16", "v5.16 lies between"),
            ("hole-punch@v5.17+swop=zap", "swap_entries"),
        ],
    )
    def test_a_mistake_is_told(self, link, message):
        """What is known of it decides that it is a link; the rest is said."""
        with pytest.raises(ZapvizError, match=message):
            zapviz.run(link)

    @pytest.mark.parametrize(
        "text",
        ["me@b.zap", "peterx@redhat.com", "#reproducer", "reproducer@v5.17 is a link",
         "# reproducer@v5.17:12\nN = anon(2)\n", "@v5.17", "https://example.org/#other"],
    )  # fmt: skip
    def test_what_only_looks_like_one_is_none(self, text):
        """Addresses of people, files and comments stay what they are."""
        assert not is_permalink(text)

    def test_long_rubbish_is_no_link_at_once(self):
        """No pattern of characters makes looking slow."""
        for text in ("a-" * 900, "#" * 1999, "a@" * 900, "https:/" * 280, "(" * 1999):
            assert not is_permalink(text)


class TestRefused:
    """What is refused, each with a message that says why and what to do."""

    @pytest.mark.parametrize(
        ("token", "message"),
        [
            (TOKEN[:40], "not whole: a part of it is missing; copy it again"),
            (TOKEN[:-1], "not whole"),
            (TOKEN[:-1] + "x", "not whole"),
            (OTHER, "damaged: its checksum does not match; copy it again"),
            (TOKEN[:30] + "\u2014" + TOKEN[31:], r"damaged: '\\u2014' has no place in it"),
            (made_of(fields(), form="3"), "form 3, and zapviz .* reads forms 1 to 2 only"),
            (packed_as_2(b"[]\n"), "something else"),
            (packed_as_2(b'["v6.12",1,"0.1.0"]'), "something else"),
            (packed_as_2(b'["v6.12",1,"0.1.0",2,null,true,7]\nN = anon(2)'), "something else"),
            (packed_as_2(b'["v6.12",1,"0.1.0","2"]\nN = anon(2)'), "its state must be"),
            ("zapviz:7:anything goes here!", "form 7"),
            ("hole.zap", "no permalink of zapviz"),
            ("", "no permalink of zapviz"),
            ("zapviz:1:" + "A" * (2 * MAX_LINK), "too long"),
            (made_of(fields(model=MODEL + 1, release="9.9")), "with version .* zapviz 9.9"),
            (made_of(fields(kernel="v6.13")), "not known here: .* between v6.12 and v6.18"),
            (made_of(fields(kernel="v5.17 + swop=1")), "not known here: .*swap_entries"),
            (made_of(fields(text=None)), "wrong fields"),
            (made_of(fields(colour="red")), "wrong fields"),
            (made_of(fields(step=-1)), "its state must be one of 0 to 20000"),
            (made_of(fields(step=True)), "its state"),
            (made_of(fields(step=1.0)), "its state"),
            (made_of(fields(step=10**9)), "its state"),
            (made_of(fields(schedule="0132")), "its schedule"),
            (made_of(fields(schedule=[0, 1])), "its schedule"),
            (made_of(fields(whole_table=1)), "its whole_table"),
            (made_of(fields(text=7)), "its text"),
            (made_of(fields(text="\ud800")), "its text"),
            (made_of(fields(text="#" * (MAX_TEXT + 1))), "its text"),
            (made_of(fields(kernel=["v6.12"])), "its kernel"),
            (made_of(fields(model="1")), "its model"),
            (made_of(fields(release="x" * 99)), "its release"),
            (made_of([fields()]), "wrong fields"),
            (made_of(b"not JSON"), "something else"),
            (made_of(b"\xff\xfe"), "something else"),
            (made_of(b"[" * 100_000), "something else"),
            (made_of(b"1" * 100_000), "something else"),
        ],
    )
    def test_says_why(self, token, message):
        """One clear message; never a traceback, never something else in its place."""
        with pytest.raises(ZapvizError, match=message):
            parse_permalink(token)

    @pytest.mark.parametrize("form", [1, 2])
    @pytest.mark.parametrize("size", [10**6, 10**8])
    def test_bombs_are_refused_at_once(self, size, form):
        """A small token that unpacks to 100 MB takes no more than a short one."""
        packing = zlib.compressobj(9, zlib.DEFLATED, 15 if form == 1 else -15)
        body = b"".join(packing.compress(b" " * 10**6) for _ in range(size // 10**6))
        packed = (body + packing.flush())[: permalink.MAX_LINK // 2]
        head = f"zapviz:{form}:" + base64.urlsafe_b64encode(packed).decode().rstrip("=")
        token = f"{head}:{zlib.crc32(head.encode()):08x}"
        tracemalloc.start()
        with pytest.raises(ZapvizError, match="unpacks to more than"):
            parse_permalink(token)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20e6

    @pytest.mark.parametrize(
        "filler",
        [
            *(">" * 300_000, " \n" * 300_000, "zapviz:1" * 90_000, "=\n> " * 150_000),
            *("zapviz:1: " * 75_000, "zapviz:1:A\n" * 70_000, "A " * 390_000, "#" * 700_000),
        ],
    )
    def test_long_rubbish_is_refused_at_once(self, filler):
        """No pattern of characters makes reading slow: were it quadratic, this would take hours."""
        for text in (f"zapviz:1:{filler}", filler, f"On Mon, X wrote:\n> zapviz:1:{filler}"):
            with pytest.raises(ZapvizError):
                parse_permalink(text)

    def test_the_longest_scenario_fits(self):
        """Even a text that cannot be packed makes a link that can be opened."""
        rng = random.Random(1)
        text = "".join(chr(rng.randrange(0x10000, 0x110000)) for _ in range(MAX_TEXT))
        token = format_permalink(text, "v6.12")
        assert len(token) <= MAX_LINK
        assert parse_permalink(token).text == text
        with pytest.raises(ZapvizError, match="at most 65536 characters"):
            format_permalink(text + "x", "v6.12")

    def test_a_link_that_cannot_be_opened_keeps_its_text(self):
        """The text of another model's link is not lost."""
        token = made_of(fields(model=MODEL + 1, kernel="v9.9"))
        assert decode_permalink(token).text == TEXT


class TestCommandLine:
    """A permalink stands where a file or a name can."""

    def test_is_run_on_its_own_kernel(self, capsys):
        """Unless another is asked for."""
        token = format_permalink(SCENARIOS["reproducer"].text, "v5.17")
        assert main(["run", token]) == 1
        assert "FAILED on v5.17" in capsys.readouterr().out
        assert main(["run", token, "--kernel", "v6.12"]) == 0
        assert "kernel v6.12" in capsys.readouterr().out

    def test_a_short_one_is_run_too(self, capsys):
        """By itself, as the end of an address, and in the address."""
        for link in ("reproducer@v5.17:12", "#reproducer@v5.17:12",
                     "https://example.org/explore.html#reproducer@v5.17:12"):  # fmt: skip
            assert main(["run", link]) == 1
            assert "FAILED on v5.17" in capsys.readouterr().out
        assert main(["export", "reproducer", "link", "--kernel", "v5.17", "--step", "12"]) == 0
        assert capsys.readouterr().out == "reproducer@v5.17:12\n"

    def test_comments_stay_at_home_on_request(self, capsys):
        """The link holds the code alone; so does what else is made."""
        assert main(["export", "reproducer@v5.17:12", "link", "--no-comments"]) == 0
        link = parse_permalink(capsys.readouterr().out)
        assert (link.kernel, link.step) == ("v5.17", 12)
        assert "#" not in link.text and link.text.startswith("F = shmem(2)\nA = mmap(")
        assert main(["export", "reproducer", "zap", "--no-comments"]) == 0
        assert capsys.readouterr().out == link.text

    def test_can_stand_in_a_file(self, tmp_path, capsys):
        """Saved from a mail, quoted and broken into lines."""
        token = format_permalink(TEXT, "v5.18")
        file = tmp_path / "mail"
        file.write_text("".join(f"> {token[k : k + 60]}\n" for k in range(0, len(token), 60)))
        assert main(["run", str(file)]) == 0
        assert "kernel v5.18" in capsys.readouterr().out

    def test_a_broken_one_is_an_error(self, capsys):
        """One message, exit status 2."""
        assert main(["run", TOKEN[:-3]]) == 2
        assert capsys.readouterr().err.startswith("zapviz: error: the permalink is not whole")

    def test_the_text_of_any_can_be_had(self, capsys):
        """zapviz export LINK zap asks for no model."""
        assert main(["export", made_of(fields(model=MODEL + 1)), "zap"]) == 0
        assert capsys.readouterr().out == TEXT
        assert main(["export", made_of(fields(model=MODEL + 1)), "text"]) == 2
        assert "zapviz export LINK zap" in capsys.readouterr().err

    def test_a_wrong_scenario_in_a_link_is_an_error_in_it(self, capsys):
        """The place is named, in the permalink."""
        assert main(["run", format_permalink("N = anom(2)", "v6.12")]) == 2
        assert "permalink:1:5: error: there is no" in capsys.readouterr().err


def answers(kernels):
    """A line for each kernel and shipped scenario: a digest of what the one does on the other."""
    return [
        f"{kernel} {name} {_steps(name, kernels[kernel])}"
        for kernel in kernels
        for name in SCENARIOS
    ]


def test_no_answer_changes_under_the_models_number():
    """What a shipped scenario does on a kernel is what the model's number stands for.

    Where a line that is on file changes, a scenario takes other steps than before: once a
    release has been made with this number, raise ``zapviz.kernels.known.MODEL``, so that its
    links are refused.  A line that is new, of a kernel or a scenario, raises nothing.
    """
    pinned = (EXPECTED / f"model-{MODEL}.txt").read_text(encoding="utf-8").splitlines()
    assert set(pinned) <= set(answers(KERNELS))


def test_every_answer_is_on_file(expected):
    """Those of a new kernel or scenario too: ``--refresh`` adds their lines, and changes none."""
    expected(f"model-{MODEL}.txt", "\n".join(answers(KERNELS)) + "\n")


def test_a_new_kernel_only_adds_answers():
    """A kernel of our own among the others changes no line of theirs."""
    new = zapviz.kernel("v6.12").with_rule("v6.15", guard_regions="all")
    before, after = answers(KERNELS), answers({**KERNELS, "v6.15": new})
    assert after[: len(before)] == before
    assert {line.split()[0] for line in after[len(before) :]} == {"v6.15"}


OLD_LINKS = json.loads((EXPECTED / "permalinks.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("made", OLD_LINKS, ids=range(len(OLD_LINKS)))
def test_a_link_that_was_made_opens_for_ever(made):
    """It shows the scenario, kernel, state and order that it was made of, and the same run."""
    link = parse_permalink(made["token"])
    schedule = None if link.schedule is None else "".join(map(str, link.schedule))
    assert (link.text, link.kernel, link.step) == (made["text"], made["kernel"], made["step"])
    assert (schedule, link.whole_table) == (made["schedule"], made["whole_table"])
    trace = open_permalink(link)
    assert link.step is None or link.step <= trace.last
    run = json.dumps(trace.as_results()).encode()
    assert hashlib.sha256(run).hexdigest()[:16] == made["run"]


def test_an_order_that_ends_early_is_run_to_its_end():
    """A link that was made when the model had fewer steps still shows how the race ends."""
    text = SCENARIOS["race-punch"].text
    whole = open_permalink(parse_permalink(format_permalink(text, "v6.18", schedule=(1, 1, 1))))
    assert whole.schedule[:3] == (1, 1, 1)
    assert "RUNNING" not in [outcome.result for outcome in whole.outcomes]


def test_an_order_with_a_step_that_cannot_be_taken_is_refused():
    """No other order is shown in its place."""
    text = SCENARIOS["race-punch"].text
    link = parse_permalink(format_permalink(text, "v6.18", schedule=(0,) * 90))
    with pytest.raises(ZapvizError, match="CPU0 is done before step"):
        open_permalink(link)


def _steps(name, kernel):
    """A digest of what a scenario does, and of none of the words that tell it."""
    trace = zapviz.run(name, kernel).as_json()
    cells = [[cell["kind"], cell["flags"], cell["data"]] for cell in trace["cells"]]
    told = ("statement", "pass", "kind", "at", "verdict", "rss", "set", "sizes", "cpu", "result")
    steps = [[step[field] for field in told] for step in trace["steps"]]
    return hashlib.sha256(json.dumps([cells, steps]).encode()).hexdigest()[:8]
