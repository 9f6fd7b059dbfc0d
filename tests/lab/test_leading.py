"""Two CPUs led in turns: who is held, where it goes on, and what becomes of a turn that fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fake_stub import FakeStub

from zapviz.lab.guest.gdbstub import StubFailed
from zapviz.lab.guest.kernels import NotAvailable
from zapviz.lab.guest.leading import Back, Entered, Lead, Leader, check_pad
from zapviz.lab.guest.symbols import Symbols

PASS, LOOKUP, PAD = 0xFFFFFFFF81372270, 0xFFFFFFFF8131FBE0, 0xFFFFFFFF810D0000
SYMBOLS = Symbols(
    (PAD, LOOKUP, PASS), ("kernel_restart", "find_lock_entries", "unmap_mapping_range")
)
GATES = 0x2BFD000
PAD0 = PAD + 16 & 0x7FFFFFFF  # where the text lies in physical memory

TO_THE_PASS = Lead(0, 1, ((Entered("unmap_mapping_range"), True),))
TO_THE_END = Lead(0, 1, ((Back(0), True),))


@pytest.fixture
def fake() -> Iterator[FakeStub]:
    """A guest that stops where it is told to; its functions begin with an endbr64."""
    made = FakeStub()
    for at in (PASS, LOOKUP):
        made.memory |= dict(enumerate(b"\xf3\x0f\x1e\xfa", at))
    yield made
    made.close()


def leader(fake: FakeStub, *leads: Lead, ticks: int = 2) -> Leader:
    """One that leads through these turns, and whose guest is ready."""
    made = Leader(fake.ours, SYMBOLS, [[1]], [leads], ticks=ticks, patience=1.0)
    made.heard(f"h ready {GATES:x}")
    return made


def test_a_cpu_is_held_at_a_function_and_goes_on_behind_it(fake: FakeStub) -> None:
    """It is put into a loop; to let it go, the loop's first jump leads to where it was."""
    fake.hits.append((1, PASS))
    made = leader(fake, TO_THE_PASS, TO_THE_END)
    assert fake.bytes_at(GATES, 8) == b"\1\0\0\0\0\0\0\0"  # one call may begin, on CPU0 alone
    made.stopped()
    [turned] = made.turned[0]
    assert (turned.fate, turned.where[0]) == ("held", "unmap_mapping_range")
    moved = next(text for text in fake.said if text.startswith("P10="))
    assert int.from_bytes(bytes.fromhex(moved[4:]), "little") == PAD + 16
    # The next turn is the same CPU's: it is let go at once, behind the endbr64.
    jump = fake.bytes_at(PAD0, 5)
    assert jump[0] == 0xE9
    assert PAD + 16 + 5 + int.from_bytes(jump[1:], "little", signed=True) == PASS + 4
    assert fake.bytes_at(PAD0 + 6, 2) == b"\xeb\xf8"  # back to that jump


def test_other_cpus_are_passed_by(fake: FakeStub) -> None:
    """The third one comes there, too, and goes on behind the function's first instruction."""
    fake.hits.append((3, PASS))
    made = leader(fake, TO_THE_PASS)
    made.stopped()
    assert made.turned == [[]]
    assert f"P10={(PASS + 4).to_bytes(8, 'little').hex()}" in fake.said


def test_what_comes_before_has_to_be_come_to_before(fake: FakeStub) -> None:
    """A function that is looked for behind a pass is not taken before that pass."""
    fake.hits += [(1, LOOKUP), (1, PASS), (1, LOOKUP)]
    places = ((Entered("unmap_mapping_range"), True), (Entered("find_lock_entries"), True))
    made = leader(fake, Lead(0, 1, places), TO_THE_END)
    made.stopped()
    made.stopped()
    assert made.turned == [[]]
    made.stopped()
    assert made.turned[0][0].where[0] == "find_lock_entries"


def test_a_turn_ends_where_a_cpu_comes_nowhere(fake: FakeStub) -> None:
    """After some time of the guest's; what the CPU does then is told, and the next turn begins."""
    made = leader(fake, TO_THE_PASS, Lead(1, 1, ((Back(0), True),)))
    made.heard("h tick")
    assert made.turned == [[]]
    made.heard("h tick")
    assert [turned.fate for turned in made.turned[0]] == ["runs"]
    assert fake.bytes_at(GATES, 8) == b"\1\0\0\0\1\0\0\0"


def test_a_turn_ends_where_a_cpu_sleeps(fake: FakeStub) -> None:
    """The functions in which it does are told; another CPU's sleep is none of its business."""
    made = leader(fake, TO_THE_PASS)
    made.heard("h asleep 1 down_read")
    assert made.turned == [[]]
    made.heard("h asleep 0 folio_wait_bit_common shmem_undo_range")
    [turned] = made.turned[0]
    assert turned.fate == "asleep"
    assert turned.where == ("folio_wait_bit_common", "shmem_undo_range")
    assert fake.bytes_at(GATES, 4) == (1 << 20).to_bytes(4, "little")  # it was the last turn


def test_nothing_is_left_in_the_kernel_at_the_end(fake: FakeStub) -> None:
    """No breakpoint, and no CPU in a loop."""
    fake.hits.append((1, PASS))
    made = leader(fake, TO_THE_PASS)
    made.stopped()
    assert f"z0,{PASS:x},1" in fake.said
    assert fake.bytes_at(PAD0, 1) == b"\xe9"


def test_a_stop_that_nobody_asked_for_may_come_now_and_then(fake: FakeStub) -> None:
    """Where two CPUs stop at once; but not for ever."""
    fake.hits += [(1, PASS + 4)] * 21
    made = leader(fake, TO_THE_PASS)
    for _ in range(20):
        made.stopped()
    with pytest.raises(StubFailed, match="CPU0 stopped at 0xffffffff81372274, unasked"):
        made.stopped()


def test_a_silent_stub_is_an_error(fake: FakeStub) -> None:
    """It does not hang."""
    made = leader(fake, TO_THE_PASS)
    with pytest.raises(StubFailed, match="no answer for 1 s"):
        made.stopped()


def test_a_kernel_without_the_function_to_wait_in_is_refused() -> None:
    """Before anything boots."""
    check_pad(SYMBOLS, "6.12")
    with pytest.raises(NotAvailable, match=r"kernel 6.12 has no kernel_restart\(\)"):
        check_pad(Symbols((PASS,), ("unmap_mapping_range",)), "6.12")
