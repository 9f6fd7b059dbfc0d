"""Text for mails: what a thread needs, in columns that survive it, and back again."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zapviz
from layout import check_mailable
from strategies import programs, with_remarks
from zapviz.commands.cli import main
from zapviz.errors import ZapvizError
from zapviz.races.replay import follow
from zapviz.render.text.mail import (
    SCISSORS,
    format_comparison_mail,
    format_mail,
    mailed_scenario,
)
from zapviz.scenario.mail import mailed_kernels, mailed_names
from zapviz.scenario.text import format_scenario, parse_scenario
from zapviz.widgets import Explorer

LONG = "# " + "a title that goes on and on " * 6 + "\nN = anon(4)  # " + "and on " * 20 + "\n"


def mails_of(trace):
    """Every form of a mail about one trace."""
    first, last = trace.span(len(trace.outcomes) // 2)
    yield format_mail(trace)
    yield format_mail(trace, trace.last // 2)
    yield format_mail(trace, last, first - 1)
    yield format_mail(trace, -1, 0)
    yield format_mail(trace, whole=True)


def check_reads_back(mail, program):
    """Fail unless what is copied out of a mail is the same program, however it was quoted."""
    lines = mail.split("\n")
    for quote in ("", "> ", "> > ", ">> ", "    ", "\t", "        > "):
        pasted = "\n".join((quote + line) for line in lines)
        assert parse_scenario(pasted).statements == program.statements, quote
    stripped = "\n".join(f"> {line}".rstrip() for line in lines)
    assert parse_scenario(stripped).statements == program.statements
    assert parse_scenario(mail.replace("\n", "\r\n")).statements == program.statements


class TestForms:
    """Whole mails, as they stand on file."""

    def test_a_state(self, expected):
        """The sentence, the strips, the letters, the reason, the scenario, the versions."""
        trace = zapviz.run("reproducer", "v5.17")
        expected("mail-state.txt", format_mail(trace, 12) + "\n")

    def test_before_and_after_a_statement(self, expected):
        """Rows that changed stand twice, with carets under what changed."""
        trace = zapviz.run("hole-punch", "v6.12")
        index = next(i for i, text in enumerate(trace.texts) if text.startswith("fallocate"))
        first, last = trace.span(index)
        expected("mail-change.txt", format_mail(trace, last, first - 1) + "\n")

    def test_a_whole_trace(self, expected):
        """One line for each statement, the strips beside it."""
        expected(
            "mail-trace.txt", format_mail(zapviz.run("reproducer", "v5.17"), whole=True) + "\n"
        )

    def test_a_comparison(self, expected):
        """Where they part, the rule with its commit, and what follows."""
        found = zapviz.compare("reproducer", ["v5.17", "v6.12"])
        expected("mail-comparison.txt", format_comparison_mail(found) + "\n")

    def test_one_sentence_says_it_all(self):
        """It stands first, alone in its paragraph, and is found in the steps."""
        trace = zapviz.run("reproducer", "v5.17")
        first = format_mail(trace, whole=True).split("\n\n")[0]
        assert " ".join(first.split()) == (
            "On v5.17 2 of 3 assertions fail: ftruncate(F, 1) keeps A[1], a swap entry beyond "
            "the end of the file."
        )
        found = zapviz.compare("reproducer", ["v5.17", "v6.12"])
        first = format_comparison_mail(found).split("\n\n")[0]
        assert " ".join(first.split()) == (
            "On v5.17 ftruncate(F, 1) keeps A[1], a swap entry beyond the end of the file; "
            "on v6.12 it zaps it."
        )

    def test_kernel_and_version_are_named(self):
        """A reader can tell which model made it, and how to make it again."""
        mail = format_mail(zapviz.run("reproducer", "v5.17 + second_pass=False"))
        assert mail.split("\n\n")[-1].split("\n") == [
            "v5.17 + second_pass=False: with a patch of your own",
            f'zapviz {zapviz.__version__}: zapviz run FILE --kernel "v5.17 + second_pass=False"',
        ]

    def test_cpus_in_turn_are_said_to_be_so(self):
        """One order of the CPUs is not taken for all of them."""
        mail = format_mail(zapviz.run("race-cow"), whole=True)
        assert "one interleaving of many" in " ".join(mail.split())

    def test_a_state_that_there_is_not(self):
        """The message says which there are."""
        with pytest.raises(IndexError, match="0 to"):
            format_mail(zapviz.run("N = anon(1)"), 99)


class TestKernel:
    """A mail brings its kernel, wherever a scenario is taken."""

    @pytest.mark.parametrize(
        "mangle",
        [
            lambda mail: mail,
            lambda mail: "".join(f"> {line}\n" for line in mail.split("\n")),
            lambda mail: "Am Montag schrieb X:\n" + "".join(f">> {x}\n" for x in mail.split("\n")),
            lambda mail: mail.replace("\n", "\r\n"),
            lambda mail: mail.replace("--kernel", "\n--kernel"),
            lambda mail: mail.replace(" --kernel", "\xa0--kernel") + "\n\nYes, I see that too.\n",
            lambda mail: mail + "\n" + format_mail(zapviz.run("N = anon(1)", "v7.3")),
        ],
    )
    @pytest.mark.parametrize("kernel", ["v5.17", "rfc-v2", "v5.17 + swap_entries=even_cows"])
    def test_is_read_back(self, mangle, kernel):
        """However it was quoted, and with a patch; so that it shows what it says."""
        trace = zapviz.run("reproducer", kernel)
        for mail in mails_of(trace):
            pasted = mangle(mail)
            assert mailed_names(pasted) == (kernel,)
            assert zapviz.run(pasted).kernel == trace.kernel
            assert Explorer(pasted).kernel == kernel
            assert zapviz.run(pasted, "v6.12").kernel.name == "v6.12"

    def test_a_name_of_ones_own_is_sent_as_its_rules(self):
        """A reader elsewhere has no kernel 'mine'."""
        mine = zapviz.kernel("v5.17").with_rule("mine", swap_entries="even_cows", second_pass=False)
        mail = format_mail(zapviz.run("reproducer", mine))
        assert "mine: with a patch of your own" in mail
        assert mailed_kernels(mail)[0].rules == mine.rules

    def test_many_rules_are_read_back(self):
        """A name that takes several lines is one name."""
        rules = {
            rule: zapviz.kernels.known.rule_values(rule)[0] for rule in zapviz.kernels.known.RULES
        }
        kernel = zapviz.kernel("v6.18").with_rule(None, **rules)
        mail = format_mail(zapviz.run("N = anon(1)", kernel))
        check_mailable(mail)
        assert mailed_kernels(mail) == (kernel,)

    def test_a_comparison_names_several(self, capsys, tmp_path):
        """diff takes them all; run takes the first, and says so."""
        mail = format_comparison_mail(zapviz.compare("reproducer", ["v5.17", "rfc-v2", "v6.12"]))
        assert mailed_names(mail) == ("v5.17", "rfc-v2", "v6.12")
        file = tmp_path / "mail"
        file.write_text(mail)
        assert main(["run", str(file)]) == 1
        said = capsys.readouterr()
        assert "kernel v5.17" in said.out
        assert said.err == (
            "zapviz: The mail compares v5.17, rfc-v2 and v6.12; this is v5.17 alone. "
            "'zapviz diff' shows them all\n"
        )
        assert main(["diff", str(file)]) == 1
        assert "v5.17/rfc-v2/v6.12" in capsys.readouterr().out
        assert main(["run", str(file), "--kernel", "v6.12"]) == 0
        assert capsys.readouterr().err == ""

    def test_an_unknown_one_is_an_error(self, capsys, tmp_path):
        """Never replaced; another can be asked for."""
        mail = format_mail(zapviz.run("reproducer", "v5.17")).replace("l v5.17", "l v5.19")
        file = tmp_path / "mail"
        file.write_text(mail)
        for command in (["run"], ["race"], ["diff"]):
            assert main([*command, str(file)]) == 2
            said = capsys.readouterr().err
            assert "the mail's kernel is not known here: there is no kernel 'v5.19'" in said
            assert "lies between v5.18 and v6.1" in said
        assert main(["run", str(file), "--kernel", "v6.12"]) == 0
        with pytest.raises(ZapvizError, match=r"v5\.19"):
            zapviz.run(mail)

    @pytest.mark.parametrize(
        "text",
        [
            "N = anon(1)\n",
            "N = anon(1)  # zapviz 0.1.0: zapviz run FILE --kernel v5.17\n",
            "zapviz 0.1.0: zapviz run FILE --kernel v5.17\n---8<---\nN = anon(1)\n---8<---\n",
            "---8<---\nN = anon(1)\n---8<---\nUse --kernel v5.17\n",
            "---8<---\nN = anon(1)\n---8<---\nzapviz 1: zapviz run FILE " + "--kernel " * 9000,
        ],
    )
    def test_other_texts_name_none(self, text):
        """Only the call below a scenario is read."""
        assert mailed_names(text) == ()


class TestInACommitMessage:
    """git cuts away what stands above its own scissors lines; it takes ours for text."""

    @staticmethod
    def kept(text: str, folder: Path) -> str:
        """What ``git mailinfo --scissors`` leaves of a commit message."""
        git = shutil.which("git")
        if git is None:
            if os.environ.get("CI"):
                pytest.fail("git is missing")
            pytest.skip("no git: apt install git")
        done = subprocess.run(
            [git, "mailinfo", "--scissors", "message", "patch"],
            input=f"From: A <a@b.c>\nSubject: a fix\n\nWhy.\n\n{text}",
            text=True,
            capture_output=True,
            check=True,
            cwd=folder,
        )
        assert done.stdout.startswith("Author: A\n")
        return (folder / "message").read_text()

    @pytest.mark.parametrize("name", list(zapviz.SCENARIOS))
    def test_git_keeps_all_of_a_mail(self, name: str, tmp_path: Path) -> None:
        """Whatever it tells of; a program in C with its scenario in the head, too."""
        trace = zapviz.run(name, "v5.17")
        texts = [f"{mail}\n" for mail in (format_mail(trace, 3), format_mail(trace, whole=True))]
        texts.append(str(trace.export("mail")))
        with suppress(ZapvizError):  # what has no system call has no C
            texts.append(str(trace.export("c")))
        for text in texts:
            assert self.kept(text, tmp_path) == f"Why.\n\n{text}"

    def test_the_lines_of_git_would_not_do(self, tmp_path: Path) -> None:
        """All above them is gone, which is what ours are there to avoid."""
        mail = format_mail(zapviz.run("reproducer"))
        assert SCISSORS in mail
        assert not self.kept(mail.replace(SCISSORS, "---8<---"), tmp_path).startswith("Why.")


class TestReadingBack:
    """What is copied is the same scenario."""

    @pytest.mark.parametrize("name", list(zapviz.SCENARIOS))
    def test_every_scenario(self, name):
        """Each form about each shipped scenario is mailable and reads back, title and all."""
        trace = zapviz.run(name, "v5.17")
        mails = [*mails_of(trace)]
        mails.append(format_comparison_mail(zapviz.compare(name, ["v5.17", "rfc-v2", "v6.18"])))
        for mail in mails:
            check_mailable(mail)
            assert parse_scenario(mail) == trace.program
            check_reads_back(mail, trace.program)

    @given(made=with_remarks(programs(cpus=None)), form=st.integers(0, 4))
    @settings(max_examples=60)
    def test_any_scenario(self, made, form):
        """Random programs with comments from anywhere read back, whichever form carries them."""
        trace = zapviz.run(made)
        mail = list(mails_of(trace))[form]
        check_mailable(mail)
        check_reads_back(mail, made)

    @given(made=with_remarks(programs(statements=8)))
    @settings(max_examples=40)
    def test_the_scenario_alone(self, made):
        """Written for a mail, a program is still the same, and writing it again changes nothing."""
        text = mailed_scenario(made)
        check_mailable(text)
        again = parse_scenario(text)
        assert again.statements == made.statements
        assert mailed_scenario(again) == text

    def test_the_text_that_was_given_is_kept(self):
        """Where it is fit for a mail, not a blank of it changes."""
        text = "# one\nN = anon(4)       # aligned\n\nN[0]  =  1\n"
        assert mailed_scenario(parse_scenario(text)) == text

    @pytest.mark.parametrize(
        "text",
        [
            "Hi,\n---8<---\nN = anon(4)\n---8<---\nbye\n",
            "> N = anon(4)\n",
            "    N = anon(4)\n    N[0] = 1\n",
            "```\nN = anon(4)\n```\n",
            "# a pr\u00fcfung \u2192 of blanks\nN = anon(4)\u00a0\n",
            LONG,
            "N = anon(4)\nassert " + " and ".join(["N[0:4] in (none, anon, swap)"] * 12) + "\n",
        ],
    )
    def test_other_texts_are_written_anew(self, text):
        """What mail would break, or take for something else, is put into plain lines."""
        mail = format_mail(zapviz.run(text))
        check_mailable(mail)
        check_reads_back(mail, parse_scenario(text))

    def test_a_rewritten_scenario_is_the_program(self):
        """Without comments that have to be broken, it is what format_scenario() writes."""
        program = parse_scenario("> # title\n> N = anon(4)\n")
        assert mailed_scenario(program) == format_scenario(program)

    def test_the_largest_pictures_are_shortened(self):
        """Thousands of entries do not make a mail that is too long to be read back."""
        text = "".join(f"F{i} = shmem(256)\nA{i} = mmap(F{i}, MAP_PRIVATE)\n" for i in range(9))
        text += "".join(f"A{i}[0:256] = {i}\n" for i in range(9))
        trace = zapviz.run(text)
        for mail in mails_of(trace):
            check_mailable(mail)
            check_reads_back(mail, trace.program)
            assert len(mail.split("\n")) < 250


def test_a_race_along_a_schedule_is_mailed_as_its_ladder() -> None:
    """No step is laid at the wrong CPU's door, and the link in the mail shows the same again."""
    found = zapviz.race("race-swap-out", "v5.17")
    trace = found.trace(found.verdicts[0].schedule)
    mail = format_mail(trace, whole=True)
    assert "CPU0:" in mail and "CPU1:" in mail
    assert all(len(line) <= 72 for line in mail.splitlines())
    assert "zapviz race FILE" in mail
    again = zapviz.run(mail[mail.index("zapviz:2:") :])
    assert again.as_json() == trace.as_json() | {"turns": again.as_json()["turns"]}
    assert not again.ok


def reasons_of(mail: str) -> str:
    """The text of a mail above the scenario, on one line."""
    return " ".join(mail.split("===8<===")[0].split())


class TestKeptAndGone:
    """What a path left in place is told as what it took is, and both truly."""

    def test_every_kept_entry_has_its_reason(self) -> None:
        """A punch that keeps four sorts of entries gives four reasons beside that of what goes."""
        mail = reasons_of(format_mail(zapviz.run("four-paths-punch"), whole=True))
        assert "and keeps A[1] (private page), A[2] (swap entry), A[3] (hwpoison entry)" in mail
        for reason in (
            "It maps a page",
            "A private page",
            "A genuine swap",
            "Broken memory",
            "It stands for a private page that is being moved; even_cows is 0",
        ):
            assert reason in mail, reason

    def test_the_state_after_a_statement_has_the_reasons_of_all_of_it(self) -> None:
        """Not those of its last step alone."""
        trace = zapviz.run("hole-punch")
        mail = reasons_of(str(trace.export("mail", line=15)))
        assert "keeps A[0] (swap entry) and A[1] (private page)" in mail
        assert "A genuine swap entry is always a private page; even_cows is 0" in mail
        assert "A private page, the only place where its data lives" in mail

    def test_what_no_pass_came_to_is_told(self) -> None:
        """A direct write leaves private pages alone, without ever looking at them."""
        mail = reasons_of(format_mail(zapviz.run("direct-write"), whole=True))
        assert "and leaves A[0] (private page) and A[1] (swap entry) alone." in mail
        assert "No pass comes to A[0] and A[1]: nothing maps the file's own pages there." in mail
        mapped = "F = file(1)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\n"
        mapped += "A[0] = 2\nread(B)\npwrite(F[0], 9, O_DIRECT)\nassert A[0] == anon\n"
        mail = reasons_of(format_mail(zapviz.run(mapped), whole=True))
        assert "keeps A[0] (private page) and zaps B[0] (file page)" in mail
        assert "alone" not in mail

    def test_a_call_that_an_assertion_makes_is_told(self) -> None:
        """A zap within an assertion is what the run is about."""
        mail = reasons_of(format_mail(zapviz.run("madv-remove"), whole=True))
        assert "madvise(B, MADV_REMOVE) keeps A[0] (private page) and zaps B[0:2]" in mail

    def test_many_sorts_do_not_hide_what_was_kept(self) -> None:
        """Of more things than a sentence names, some that stayed and some that went are named."""
        text = "F = shmem(12)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\nB[0:12] = 1\n"
        text += "read(A[0:12])\n" + "".join(f"A[{page}] = 2\n" for page in (7, 9, 11))
        text += "fallocate(F, FALLOC_FL_PUNCH_HOLE)\nassert A[11] == anon\n"
        mail = reasons_of(format_mail(zapviz.run(text), whole=True))
        assert "keeps A[7] (private page)" in mail
        assert "more such things" in mail

    @pytest.mark.parametrize(
        ("kernel", "call", "said"),
        [
            ("v6.12", "madvise(A, MADV_DONTNEED)", "passes no zap_details"),
            ("v6.18", "madvise(A, MADV_DONTNEED)", "wants even private pages gone"),
            ("v5.17", "munmap(A)", "passes no zap_details"),
            ("v6.12", "munmap(A)", "wants even private pages gone"),
            ("v5.17", "ftruncate(F, 0)", "wants even private pages gone"),
        ],
    )
    def test_a_caller_without_details_wants_nothing(self, kernel, call, said) -> None:
        """Whoever passes no zap_details asks for no private pages: nothing is spared, all the same.

        Kernels differ in who passes one (unmap_vmas(), madvise_dontneed_single_vma()).
        """
        text = f"F = shmem(1)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 1\n{call}\n"
        trace = zapviz.run(text, kernel)
        [reason] = {step.rule.reason for step in trace.steps if step.kind == "zap"}
        assert said in reason
        others = {"passes no zap_details", "wants even private pages gone"} - {said}
        assert others.pop() not in reason

    def test_a_broken_page_is_never_freed(self) -> None:
        """A poisoned folio that leaves the page cache does not go back to the allocator."""
        trace = zapviz.run("hwpoison-hole")
        left = {
            step.place.page: step.rule.reason
            for step in trace.steps
            if step.kind == "cache" and step.rule.id == "leaves-cache"
        }
        assert left[2].endswith("its memory is broken, so it never goes back to the allocator.")
        assert left[0].endswith("unmapped and uncached, it is freed.")

    def test_a_page_that_reclaim_holds_is_not_freed_yet(self) -> None:
        """Whoever isolated it has a reference."""
        found = zapviz.race("F = shmem(1)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 1\ndef CPU0():\n"
                            "    madvise(A, MADV_DONTNEED)\ndef CPU1():\n    migrate(A)\n"
                            "assert always(A == none)\n", "v6.12")  # fmt: skip
        orders = [follow(found.program, found.kernel, (1,) * n + (0,) * 9) for n in range(6)]
        said = {
            step.rule.reason.partition("spared: ")[2]
            for order in orders
            for step in found.run(order).steps
            if step.kind == "zap" and step.before.kind == "anon"
        }
        assert said == {
            "the page is freed.",
            "the page is freed once whoever isolated it gives it back.",
        }
