"""An order replayed: how its turns are planned, what is told of them, and real kernels."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from kernels_for_tests import real_kernel
from test_command import lab

from zapviz.errors import ZapvizError
from zapviz.kernels.known import KERNELS, kernel
from zapviz.lab.guest.kernels import NotAvailable
from zapviz.lab.guest.leading import Back, Entered, Leader, Turned, Wrote
from zapviz.lab.guest.symbols import Symbols
from zapviz.lab.guest.tables import Seen
from zapviz.lab.guest.watcher import Written
from zapviz.lab.replayed import Replayed
from zapviz.lab.replaying import (
    Asked,
    _below,
    chosen_order,
    replay,
    replay_all,
    shipped_races,
)
from zapviz.lab.script import NotOnKernel, parse_findings
from zapviz.lab.stress import format_led
from zapviz.lab.turns import Led, lead
from zapviz.races.search import search_orders
from zapviz.scenario.library import SCENARIOS

V612 = KERNELS["v6.12"]
NO_SECOND_PASS = kernel("v6.12 + second_pass=False")
COW = SCENARIOS["race-cow"].program

HAS = (
    "kernel_restart", "shmem_setattr", "unmap_mapping_range", "unmap_page_range", "up_read",
    "up_write", "find_lock_entries", "find_get_entries", "truncate_inode_folio", "__do_fault",
    "finish_fault", "handle_mm_fault", "tlb_finish_mmu",
)  # fmt: skip
SYMBOLS = Symbols(tuple(range(0x1000, 0x1000 + 0x100 * len(HAS), 0x100)), HAS)

SAID = (
    "k release 6.12.9\nP 0\ns 0 0\ns 1 0\ns 2 0\ns 3 0\nb 0 1 0\nb 1 1 {result}\n"
    "m 0 {entry}\nc 0 =\nE exit\nZ 1\n"
)
ZAPPED = SAID.format(result="SIGBUS", entry=". --")
KEPT = SAID.format(result="0", entry="a 02")


def led(model=NO_SECOND_PASS) -> Led:
    """race-cow, along the order that fails without the second pass."""
    order = chosen_order(search_orders(COW, NO_SECOND_PASS))
    return lead(COW, model, order, SYMBOLS)


def replayed(said: str, second_pass: bool) -> Replayed:
    """What is told where a kernel does so: with a second pass, or without one."""
    planned = led()
    calls = _below(planned)
    _, reader = format_led(COW, [call for each in calls for call in each])
    [outcome] = parse_findings(said, [reader]).outcomes
    anon, none = Seen("anon", 7), Seen("none")
    made = Written(0, 0, none, anon, ("native_set_pte", "finish_fault", "handle_mm_fault"))
    chain = ("unmap_page_range", "unmap_mapping_range", "shmem_setattr", "do_syscall_64", "noise")
    zapped = Written(0, 0, anon, none, chain)
    last = none if second_pass else anon
    turned = [
        Turned(0, "held", ("shmem_setattr", "do_truncate"), ((none,),), ()),
        Turned(1, "held", ("finish_fault",), ((none,),), ()),
        Turned(0, "held", ("find_lock_entries",), ((none,),), ()),
        Turned(1, "held", ("do_user_addr_fault",), ((anon,),), (made,)),
        Turned(0, "back", (), ((last,),), (zapped,) if second_pass else ()),
        Turned(1, "back", (), ((last,),), ()),
    ]
    return Replayed(planned, "6.12", "6.12.9", V612, tuple(turned), outcome, calls)


class TestPlan:
    """Where each turn ends on a kernel that has these functions."""

    def test_each_cpu_is_led_to_the_function_of_its_next_step(self) -> None:
        """Or to the end of its call."""
        ends = [turn.lead.places[-1][0] for turn in led().turns]
        assert [getattr(place, "function", place) for place in ends[:3]] == [
            "shmem_setattr", "finish_fault", "find_lock_entries",
        ]  # fmt: skip
        assert ends[4:] == [Back(0), Back(0)]

    def test_where_two_steps_are_one_function_the_turn_is_shorter(self) -> None:
        """A page is found and locked by one function: it is found a turn later."""
        planned = led()
        [moved] = planned.moved
        assert moved.by == -1 and "folio_lock() is compiled into its callers" in str(moved)
        assert str(moved).endswith("1 step fewer in this turn")
        assert planned.schedule != planned.asked
        assert sorted(planned.schedule) == sorted(planned.asked)

    def test_where_a_function_is_missing_another_one_is_taken(self) -> None:
        """The fault is held further out, where its folio is not locked yet: so not at all."""
        names = tuple(name for name in HAS if name != "finish_fault")
        symbols = Symbols(SYMBOLS.addresses[: len(names)], names)
        order = chosen_order(search_orders(COW, NO_SECOND_PASS))
        places = [turn.lead.places[-1][0] for turn in lead(COW, V612, led().asked, symbols).turns]
        assert Entered("finish_fault") not in places and order

    def test_what_cannot_be_held_at_all_ends_the_replay(self) -> None:
        """On a kernel with no function to hold at, with the reason."""
        planned = lead(COW, NO_SECOND_PASS, led().asked, Symbols((0x1000,), ("kernel_restart",)))
        assert planned.moved[-1].by == 0 and len(planned.turns) < len(led().turns)

    def test_a_held_cpu_stands_before_what_it_would_do_alone(self) -> None:
        """Not before what the other one leaves it to do: the entry is to be restored still."""
        program = SCENARIOS["race-dontneed"].program
        names = (*HAS, "do_pages_move", "migrate_pages", "try_to_migrate", "move_to_new_folio",
                 "folio_migrate_flags", "zap_page_range_single")  # fmt: skip
        symbols = Symbols(tuple(range(0x1000, 0x1000 + 0x100 * len(names), 0x100)), names)
        order = (1, 1, 1, 1, 0, 0, 0, 0, 1, 1)
        first = lead(program, V612, order, symbols).turns[0]
        assert first.lead.places[-1][0] == Entered("folio_migrate_flags")
        assert (Wrote(0, 0, "migration"), False) in first.lead.places


class TestTold:
    """What is said of both sides."""

    def test_the_first_difference_is_told_with_the_step_that_the_model_lacks(
        self, expected: Callable[[str, str], None]
    ) -> None:
        """The kernel has a second pass: it zaps the page that the model leaves."""
        told = replayed(ZAPPED, second_pass=True)
        assert not told.ok and told.held_throughout
        first = told.differences[0]
        assert first.startswith("after turn 5, A[0]: model anon, kernel none; the kernel wrote")
        assert first.endswith(
            "unmap_page_range < unmap_mapping_range < shmem_setattr: a step that v6.12 has, and "
            "this model lacks, in unmap_mapping_range(F[0:], even_cows=1), again"
        )
        assert "line 15: assert always(A[0] == none): fails in the model, holds on the kernel" in (
            told.differences
        )
        expected("replay-cow.txt", told.text("race-cow") + "\n")

    def test_agreement(self) -> None:
        """A kernel without that pass would do as the model says."""
        told = replayed(KEPT, second_pass=False)
        assert told.ok and told.differences == ()
        assert told.text("it").splitlines()[-1] == (
            "Replay 6.12 it turns=6 led=6 moved=1 cut=0 wrong=0"
        )

    def test_lines_fit_into_a_mail(self) -> None:
        """72 columns of ASCII."""
        text = replayed(ZAPPED, second_pass=True).text("race-cow")
        assert max(map(len, text.splitlines())) <= 72 and text.isascii()

    @pytest.mark.parametrize(
        ("fate", "where", "said"),
        [
            ("asleep", ("folio_wait_bit_common",), "the folio's lock is held across the turn"),
            ("asleep", ("__flush_work",), "work is waited for on the CPU that is held"),
            ("runs", ("native_queued_spin_lock_slowpath",), "a spinlock is held across the turn"),
            ("runs", ("smp_call_function_many_cond",), "an interrupt is waited for"),
            ("runs", (), "it does not come any further: it is in user space"),
            ("passed", (), "it came back from the call and never to the place"),
            ("over", (), "its call was over before the turn"),
        ],
    )
    def test_why_a_cpu_was_not_held(self, fate: str, where: tuple[str, ...], said: str) -> None:
        """In words, with the functions in which it is."""
        told = replayed(KEPT, second_pass=False)
        other = replace(told.turned[1], fate=fate, where=where)
        told = replace(told, turned=(told.turned[0], other, *told.turned[2:]))
        assert not told.held_throughout
        assert f"NOT HELD: {said}" in " ".join(told.text("it").split())

    def test_as_one_object(self) -> None:
        """What the text says, to be read by a program."""
        found = json.loads(json.dumps(replayed(ZAPPED, second_pass=True).as_json()))
        assert found["turns"][3]["writes"][0] == {
            "at": ["A", 0], "before": "none", "after": "anon",
            "chain": ["native_set_pte", "finish_fault", "handle_mm_fault"],
        }  # fmt: skip
        assert [turn["agrees"] for turn in found["turns"]] == [True] * 4 + [False] * 2
        assert found["moved"][0]["by"] == -1 and not found["ok"]


@pytest.fixture
def symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel whose functions are known."""
    monkeypatch.setattr("zapviz.lab.replaying.read_symbols", lambda *_: SYMBOLS)


@pytest.mark.usefixtures("symbols")
def test_the_command_of_a_guest_that_is_never_led(
    fake_qemu: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ends as the model says, but no CPU was held: status 4; otherwise 1."""
    monkeypatch.setattr(Leader, "started", lambda _: None)  # there is no stub
    words = ("replay", "race-cow", "--kernel", "6.12", "--rule", "second_pass=False")
    for said, status in ((KEPT, 4), (ZAPPED, 1)):
        fake_qemu("answer", said)
        assert lab(*words) == status
        assert "not come to" in capsys.readouterr().out


@pytest.mark.usefixtures("symbols")
def test_a_stub_that_says_nothing_loses_the_machine(
    fake_qemu: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, and status 3."""
    fake_qemu("answer", KEPT.replace("s 3", "h ready 1000\ns 3"))
    assert lab("replay", "race-cow", "--kernel", "6.12") == 3
    assert "the virtual machine was lost: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("race-cow", "--schedule", "0,x"), "'0,x' is not a list of CPUs such as 0,1,1,0"),
        (("race-cow", "--schedule", "0,7"), "there is no CPU7; step 2 of the schedule names it"),
        (("race-cow", "--state", "9"), "there is no final state 9: zapviz race shows 2"),
        (("race-cow", "--state", "1", "--schedule", "0"), "not allowed with"),
        (("race-cow", "--rule", "second_pas=False"), "second_pas"),
        (("race-cow", "--cpus", "2"), "three CPUs of its own"),
        (("race-cow", "--accel", "kvm"), "KVM cannot watch memory"),
        (("--state", "1"), "of one scenario; which one?"),
        (("race-invalidate",), "is for the model alone"),
        (("reproducer",), "takes two CPUs, and this scenario has none"),
    ],
)
@pytest.mark.usefixtures("symbols", "fake_qemu")
def test_a_wrong_call_is_told_in_a_sentence(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, before anything boots."""
    assert lab("replay", *words, *(("--kernel", "6.12") if "--kernel" not in words else ())) == 2
    error = capsys.readouterr().err
    assert said in error and "Traceback" not in error


def test_a_kernel_without_symbols_is_refused(
    monkeypatch: pytest.MonkeyPatch, fake_qemu: Callable[..., Path]
) -> None:
    """As lab watch says it."""
    fake_qemu("answer", "k release 6.12.9\nZ 0\n")
    with pytest.raises(NotAvailable, match=r"kernel 6\.12 has no symbols"):
        replay("race-cow", "6.12")


@pytest.mark.kernel
def test_every_shipped_race_is_replayed_on_a_real_kernel() -> None:
    """Each along an order to every final state: held in each turn, and as the model says."""
    guest = real_kernel("6.12")
    asked, left_out = shipped_races(guest)
    # Two have a child, and a replay takes one process.
    assert list(left_out) == ["race-invalidate", "race-fork-truncate", "race-fork-write"]
    cow = Asked(COW, led().asked)
    for name, told in zip(asked, replay_all([*asked.values()], guest), strict=True):
        assert told.ok and told.held_throughout, told.text(name)
    [other] = replay_all([cow._replace(schedule=None)], guest, rules=["second_pass=False"])
    assert other.held_throughout
    assert "this model lacks" in other.differences[0], other.text("race-cow")


def test_what_is_for_the_model_alone_is_refused() -> None:
    """Before anything is explored."""
    with pytest.raises(NotOnKernel, match="for the model alone"):
        replay("race-invalidate", "6.12")
    with pytest.raises(ZapvizError, match="two CPUs"):
        replay("reproducer", "6.12")
