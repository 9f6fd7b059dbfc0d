"""One CPU held at a kernel function: what the model expects, who holds it, what is compared."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fake_stub import FakeStub
from kernels_for_tests import real_kernel
from test_command import lab

from waiting import eventually
from zapviz.errors import ZapvizError
from zapviz.kernels.known import KERNELS
from zapviz.lab.conformance import MODEL_OF
from zapviz.lab.guest import qemu
from zapviz.lab.guest.gdbstub import StubFailed
from zapviz.lab.hold import (
    FAULTING,
    MOVING,
    RECLAIMING,
    SHIPPED,
    UNMAPPING,
    HoldReport,
    _Holder,
    expect,
    hold_on_kernel,
)
from zapviz.lab.script import Garbled, KernelOutcome, parse_findings
from zapviz.lab.stress import explored_states, format_race
from zapviz.model.program import Program
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import parse_scenario

V612 = KERNELS["v6.12"]
TRUNCATE = SCENARIOS["race-truncate"].program

# What a kernel says of race-truncate: above the CPUs, each look, and the end.
ABOVE = """\
s 0 0
c 0 =.
s 1 0
m 0 . --
c 0 =.
s 2 0
m 0 f 01
c 0 =f
"""
HELD = "h ready 3cdf000\nh held\nh m 0 m --\n"
WAITS = (
    "h waits folio_wait_bit_common shmem_get_partial_folio shmem_undo_range shmem_setattr "
    "do_truncate do_sys_ftruncate do_syscall_64\nh m 0 . --\nh over\n"
)
SKIPPED = WAITS.replace("m 0 .", "m 0 m")
DONE = "s 3 0\nb 0 1 0\nb 1 1 0\nm 0 . --\nc 0 =\nE exit\n"


def said(*parts: str) -> str:
    """A whole boot in which race-truncate runs once."""
    return f"k release 6.12.9\nP 0\n{''.join(parts)}Z 1\n"


def reported(
    *parts: str, kernel: str = "6.12", function: str = "folio_migrate_flags"
) -> HoldReport:
    """What is reported where a kernel says this of race-truncate."""
    _, reader = format_race(TRUNCATE, [0], held=1)
    findings = parse_findings(said(*parts), [reader])
    model = MODEL_OF[kernel]
    return HoldReport(
        TRUNCATE,
        kernel,
        "folio_migrate_flags",
        expect(TRUNCATE, model),
        explored_states(TRUNCATE, model),
        findings.outcomes[0],
    )


def race(held: str, other: str, above: str = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\n") -> Program:
    """CPU0 does the other thing."""
    return parse_scenario(f"{above}def CPU0():\n    {other}\ndef CPU1():\n    {held}\n")


class TestExpectation:
    """The model's schedule: the held CPU first, then the other one, then both."""

    def test_a_private_page_that_moves_is_spared_by_a_punch(self) -> None:
        """The punch comes to its end, and the migration entry still stands."""
        said = expect(SCENARIOS["race-punch"].program, V612)
        assert said.point is MOVING and said.cpu == 1 and not said.waits
        assert str(said.held) == str(said.meanwhile) == "A migration"
        assert [str(end) for end in said.ends] == ["A anon=1; F none; CPU0 0; CPU1 0"]

    @pytest.mark.parametrize(
        ("kernel", "meanwhile"), [("5.10-before-fix", "A migration"), ("5.10", "A none")]
    )
    def test_truncation_waits_for_the_folio_lock(self, kernel: str, meanwhile: str) -> None:
        """Before the fix its unlocked pass skips the migration entry; the locked one mends it."""
        said = expect(TRUNCATE, MODEL_OF[kernel])
        assert said.waits
        assert (str(said.held), str(said.meanwhile)) == ("A migration", meanwhile)
        assert [str(end) for end in said.ends] == ["A none; F empty; CPU0 0; CPU1 0"]

    def test_a_fault_is_held_with_the_page_locked(self) -> None:
        """The first pass finds nothing to zap; its own store may come before or after the end."""
        said = expect(SCENARIOS["race-cow"].program, V612)
        assert said.point is FAULTING and said.waits
        assert str(said.meanwhile) == "A none"
        assert {end.results[1] for end in said.ends} == {("0",), ("SIGBUS",)}

    def test_reclaim_is_held_before_the_entries_change(self) -> None:
        """Truncation zaps the page that is about to be swapped out."""
        said = expect(SCENARIOS["race-swap-out"].program, V612)
        assert said.point is RECLAIMING and not said.waits
        assert (str(said.held), str(said.meanwhile)) == ("A anon=1", "A none")

    def test_munmap_is_held_between_detaching_and_zapping(self) -> None:
        """The other CPU writes elsewhere, and reads what is mapped still: it need not wait."""
        said = expect(SCENARIOS["race-munmap"].program, V612)
        assert said.point is UNMAPPING and said.cpu == 0 and not said.waits
        assert str(said.held) == "N unmapped unmapped; B none"
        assert str(said.meanwhile) == "N unmapped unmapped; B anon=2"
        assert [end.results for end in said.ends] == [(("0",), ("0", "0"))]

    def test_a_fault_where_munmap_is_held_finds_no_vma(self) -> None:
        """Nothing is zapped yet, but what was never mapped has to be faulted in."""
        said = expect(race("munmap(A)", "read(A[1])"), V612)
        assert said.point is UNMAPPING and said.cpu == 1 and not said.waits
        assert [end.results for end in said.ends] == [(("SIGSEGV",), ("0",))]

    def test_a_fault_keeps_munmap_of_another_mapping_waiting_before_vma_locks(self) -> None:
        """It has the mmap_lock there, so munmap is held instead; then only its VMA's lock."""
        program = parse_scenario(FAULT_MEANWHILE)
        said = expect(program, V612)
        assert said.point is FAULTING and not said.waits
        assert expect(program, KERNELS["v6.1"]).point is UNMAPPING

    def test_munmap_is_held_only_where_nothing_else_can_be(self) -> None:
        """A page that moves, is reclaimed or faulted in goes before it."""
        above = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 1\n"
        assert expect(race("munmap(A[1])", "migrate(A[0])", above), V612).cpu == 0

    def test_every_end_is_one_that_the_exploration_has(self) -> None:
        """The schedule is one of those that are explored."""
        for name in SHIPPED:
            program = SCENARIOS[name].program
            for model in MODEL_OF.values():
                assert set(expect(program, model).ends) <= set(explored_states(program, model))

    def test_a_cpu_that_moves_is_held_rather_than_one_that_accesses(self) -> None:
        """Wherever it stands; and one that faults rather than one that does not."""
        above = "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0] = 1\n"
        assert expect(race("A[1] = 2", "migrate(A[0])", above), V612).cpu == 0
        assert expect(race("A[1] = 2", "A[0] = 3", above), V612).cpu == 1

    @pytest.mark.parametrize(
        ("held", "other", "message"),
        [
            ("ftruncate(F, 1)", "ftruncate(F, 0)", "neither CPU can be held"),
            ("migrate(A[0])", "ftruncate(F, 0)", "neither CPU can be held"),  # nothing is there
            ("A[0] = 1", "mprotect(A, PROT_READ)", "nobody could look at the entries"),
            ("munmap(A)", "mlock(A)", "nobody could look at the entries"),
        ],
    )
    def test_what_cannot_be_held_is_refused(self, held: str, other: str, message: str) -> None:
        """In one sentence, before anything boots."""
        with pytest.raises(ZapvizError, match=message):
            hold_on_kernel({"it": race(held, other)}, "6.12")

    def test_one_cpu_is_no_race(self) -> None:
        """Two are needed; and a kernel that the model has."""
        with pytest.raises(ZapvizError, match="this scenario has none"):
            expect(SCENARIOS["reproducer"].program, V612)
        with pytest.raises(ZapvizError, match=r"no kernel 4\.19"):
            hold_on_kernel({}, "4.19")


class TestHolder:
    """Who has the stub in hand: the bytes put into the kernel's text, and taken out again."""

    FUNCTION = 0xFFFFFFFF81337000
    TEXT = 0x1337000
    STAGE = 0x3CDF000

    def holder(self, fake: FakeStub, *programs: Program) -> _Holder:
        """One that knows where folio_migrate_flags() is."""
        fake.memory |= dict(enumerate(b"\xf3\x0f\x1e\xfa", self.TEXT))
        made = _Holder(fake.ours, [expect(program, V612) for program in programs or [TRUNCATE]])
        made.heard("k release 6.12.9")
        made.heard(f"k folio_migrate_flags {self.FUNCTION:x}")
        made.heard("P 0")
        return made

    def test_a_cpu_runs_in_place_until_it_is_let_go(self) -> None:
        """A jump to itself, and the probe is told; then the old bytes, and it is told again."""
        fake = FakeStub([(2, self.FUNCTION)])
        made = self.holder(fake)
        made.heard(f"h ready {self.STAGE:x}")
        assert fake.bytes_at(self.STAGE, 4) == b"\x01\0\0\0"
        made.stopped()
        assert fake.bytes_at(self.TEXT, 4) == b"\xeb\xfe\x1e\xfa"
        assert fake.bytes_at(self.STAGE, 4) == b"\x02\0\0\0"
        assert made.functions == {0: "folio_migrate_flags"}
        made.heard("h over")
        assert fake.bytes_at(self.TEXT, 4) == b"\xf3\x0f\x1e\xfa"
        assert fake.bytes_at(self.STAGE, 4) == b"\x03\0\0\0"
        fake.close()
        stops = [text[0] for text in fake.said if text[0] in "Zzc"]
        assert stops == ["Z", "c", "z", "c", "c"]

    def test_a_cpu_that_never_comes_there_is_let_go_too(self) -> None:
        """The breakpoint is gone afterwards, and the text is as it was."""
        fake = FakeStub()
        made = self.holder(fake, TRUNCATE, TRUNCATE)
        made.heard(f"h ready {self.STAGE:x}")
        made.heard("h over")
        assert made.functions == {}
        assert fake.bytes_at(self.TEXT, 2) == b"\xf3\x0f"
        assert fake.bytes_at(self.STAGE, 4) == b"\x03\0\0\0"
        made.heard("P 1")
        fake.hits.append((2, self.FUNCTION))
        made.heard(f"h ready {self.STAGE:x}")
        made.stopped()
        assert made.functions == {1: "folio_migrate_flags"}
        fake.close()

    @pytest.mark.parametrize("hit", [(1, FUNCTION), (2, FUNCTION + 4)])
    def test_another_cpu_or_another_place_is_an_error(self, hit: tuple[int, int]) -> None:
        """What stands still then is not what was to be held."""
        fake = FakeStub([hit])
        made = self.holder(fake)
        made.heard(f"h ready {self.STAGE:x}")
        with pytest.raises(StubFailed, match=f"CPU{hit[0] - 1} stopped at {hit[1]:#x}, unasked"):
            made.stopped()
        fake.close()


class TestReport:
    """What the kernel showed, beside what the model says."""

    def test_agreement(self, expected: Callable[[str, str], None]) -> None:
        """Both sides at each look, and the function in which the other CPU waits."""
        report = reported(ABOVE, HELD, WAITS, DONE)
        assert report.ok and report.differences == []
        expected("hold-truncate.txt", report.text("race-truncate") + "\n")

    def test_lines_fit_into_a_mail(self) -> None:
        """72 columns of ASCII, but for the line to grep."""
        *lines, last = reported(ABOVE, HELD, WAITS, DONE).text("race-truncate").splitlines()
        assert max(map(len, lines)) <= 72 and all(line.isascii() for line in lines)
        assert last == "Hold 6.12 race-truncate at=folio_migrate_flags other=waits wrong=0"

    def test_an_entry_that_was_skipped_is_seen(self) -> None:
        """The kernel before the fix, held against the one with it: the end is the same."""
        report = reported(ABOVE, HELD, SKIPPED, DONE)
        assert report.differences == ["the entries meanwhile"]
        before = reported(ABOVE, HELD, SKIPPED, DONE, kernel="5.10-before-fix")
        assert before.ok
        # Its unwinder guesses: only where it sleeps is sure.
        assert "\nCPU0 waits in folio_wait_bit_common.\n" in before.text("it")
        text = report.text("it")
        assert "meanwhile  CPU0 waits                    CPU0 waits" in text
        assert "           A none                        A migration" in text
        assert "\nDIFFERS: the entries meanwhile.\n" in text
        assert text.endswith("other=waits wrong=1")

    @pytest.mark.parametrize(
        ("parts", "difference"),
        [
            ((HELD, WAITS.replace("waits", "ended"), DONE), "what CPU0 does meanwhile"),
            ((HELD, WAITS.replace("waits", "runs"), DONE), "what CPU0 does meanwhile"),
            ((HELD.replace("m 0 m", "m 0 f"), WAITS, DONE), "the entries when CPU1 is held"),
            ((HELD, WAITS, DONE.replace("m 0 .", "m 0 m")), "no interleaving of the model has"),
            ((HELD, WAITS, "E SIGALRM\n"), "the process was ended by SIGALRM"),
            ((HELD, WAITS, DONE, "! BUG: Bad rss-counter\n"), "complained: BUG: Bad rss-counter"),
            (("h ready 1000\nh missed\nh m 0 f 01\nh over\n", DONE), "CPU1 never came to folio_"),
        ],
    )
    def test_every_difference_is_told(self, parts: tuple[str, ...], difference: str) -> None:
        """At each look, at the end, and where the CPU was never held."""
        report = reported(ABOVE, *parts)
        assert not report.ok
        assert difference in report.text("it").replace("\n", " ")

    def test_another_setup_is_no_verdict_on_the_race(self) -> None:
        """Where the page went elsewhere above the CPUs, that is what is told."""
        report = reported(ABOVE.replace("m 0 f 01", "m 0 . --"), HELD, WAITS, DONE)
        assert report.differences == ["above the CPUs, A[0]: model file, kernel none"]
        ended = replace(report, outcome=KernelOutcome((), "SIGALRM"))
        assert ended.differences == ["above the CPUs, the process: model goes on, kernel SIGALRM"]
        assert ended.text("it").endswith("other=missed wrong=1")


class TestLines:
    """What stands between Python and the probe."""

    def test_the_held_cpu_is_named_in_the_script(self) -> None:
        """One more than its number; nothing where none is held."""
        assert "\n[ 0 0 2\nt 0 0\n& g 0 0 1\n]\n" in format_race(TRUNCATE, [0], held=1)[0]
        assert "\n[ 0 0 1\n" in format_race(TRUNCATE, [0], held=0)[0]
        assert "\n[ 0 0\n" in format_race(TRUNCATE, [0])[0]

    @pytest.mark.parametrize(
        "line", ["h", "h waits  x", "h m 0 . --", "h held\nh m 7 . --", "h ready", "h held x y;"]
    )
    def test_garbled_looks_are_seen(self, line: str) -> None:
        """Cut off, of no mapping, or before there is a look."""
        _, reader = format_race(TRUNCATE, [0], held=1)
        with pytest.raises(Garbled):
            parse_findings(said(ABOVE, f"{line}\n"), [reader])


def test_the_command(
    fake_qemu: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 where the kernel does as the model says, 1 where it does not, 2 for a wrong call."""
    for meanwhile, status in ((WAITS, 0), (SKIPPED, 1)):
        # No emulator, no stub: it asks for nothing and lets nobody go.
        held, done = HELD.partition("\n")[2], meanwhile.replace("h over\n", "")
        fake_qemu("answer", said(ABOVE, held, done, DONE))
        assert lab("hold", "race-truncate", "--kernel", "6.12") == status
        assert capsys.readouterr().out.splitlines()[-1] == f"Hold 6.12 races=1 wrong={status}"
    assert lab("hold", "reproducer", "--kernel", "6.12") == 2
    assert "takes two CPUs" in capsys.readouterr().err


def test_a_stub_that_fails_loses_the_machine(fake_qemu: Callable[..., Path], image: Path) -> None:
    """What the guest had said until then is kept."""

    class Failing:
        def started(self) -> None:
            pass

        def heard(self, line: str) -> None:
            if line.startswith("P"):
                raise StubFailed("no answer for 10 s")

        def stopped(self) -> None:
            raise AssertionError

    fake_qemu("answer", said(ABOVE))
    with pytest.raises(qemu.MachineLost, match="stub failed: no answer for 10 s") as caught:
        qemu.boot(qemu.GuestKernel("6.12", image), "", attend=lambda connection: Failing())
    assert "P 0\ns 0 0\n" in caught.value.findings


def test_an_emulator_that_is_killed_is_told_from_a_stub_that_fails(
    fake_qemu: Callable[..., Path], image: Path
) -> None:
    """It takes the stub along: what ended it is what is said."""

    class Waiting:
        def started(self) -> None:
            log = fake_qemu("silent")
            eventually(lambda: log.exists() and log.read_text().endswith("\n"), True)
            os.kill(int(log.read_text()), signal.SIGKILL)
            raise StubFailed("the connection ended")

        def heard(self, line: str) -> None:
            raise AssertionError

        def stopped(self) -> None:
            raise AssertionError

    fake_qemu("silent")
    with pytest.raises(qemu.MachineLost, match="qemu was ended by SIGKILL while its gdb stub"):
        qemu.boot(qemu.GuestKernel("6.12", image), "", attend=lambda connection: Waiting())


UNMAPPED_MEANWHILE = {
    "a fault in the range": """
        N = anon(2)
        N[0] = 1
        def CPU0():
            munmap(N)
        def CPU1():
            read(N[1])
    """,
    "the rest of the mapping": """
        F = shmem(3)
        A = mmap(F, MAP_SHARED)
        A[0:2] = 1
        def CPU0():
            munmap(A[0:2])
        def CPU1():
            read(A[2])
            madvise(A[1:3], MADV_DONTNEED)
            madvise(A[0], MADV_PAGEOUT)
    """,
    "a truncation": """
        F = shmem(2)
        A = mmap(F, MAP_PRIVATE)
        A[0] = 1
        read(A[1])
        def CPU0():
            munmap(A)
        def CPU1():
            ftruncate(F, 0)
    """,
}


# Under the lock of its VMA alone, a fault keeps nobody from unmapping another one.
FAULT_MEANWHILE = """
F = shmem(2)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_PRIVATE)
A[1] = 1
B[0:2] = 2
def CPU0():
    A[0] = 3
def CPU1():
    munmap(B)
"""


@pytest.mark.kernel
def test_cpus_are_held_on_a_real_kernel() -> None:
    """Each of the shipped races, held: at every look the kernel shows what the model shows."""
    kernel = real_kernel("6.12")
    programs = {name: SCENARIOS[name].program for name in SHIPPED}
    programs |= {name: parse_scenario(text) for name, text in UNMAPPED_MEANWHILE.items()}
    programs["fault-meanwhile"] = parse_scenario(FAULT_MEANWHILE)
    reports = hold_on_kernel(programs, kernel.name)
    for name, report in reports.items():
        assert report.ok, report.text(name)
    assert {name: report.function for name, report in reports.items()} == {
        "race-punch": "folio_migrate_flags",
        "race-truncate": "folio_migrate_flags",
        "race-dontneed": "folio_migrate_flags",
        "race-munmap": "unmap_vmas",
        "race-swap-out": "try_to_unmap",
        "race-swap-punch": "try_to_unmap",
        "race-cow": "finish_fault",
        "fault-meanwhile": "finish_fault",
        **dict.fromkeys(UNMAPPED_MEANWHILE, "unmap_vmas"),
    }
    assert reports["race-truncate"].outcome.looks[1].where[0] == "folio_wait_bit_common"
