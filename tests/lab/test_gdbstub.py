"""The remote serial protocol, spoken with a stub that notes what it is told."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

import pytest
from fake_stub import FakeStub, packet

from zapviz.lab.guest.gdbstub import Stopped, Stub, StubFailed, Unreadable


@pytest.fixture
def fake() -> Iterator[FakeStub]:
    """A guest of two CPUs that runs."""
    stub = FakeStub()
    yield stub
    stub.close()


def test_a_guest_is_stopped_changed_and_let_go(fake: FakeStub) -> None:
    """Asked to stop, it stands still; memory goes by physical addresses, set once."""
    stub = Stub(fake.ours)
    assert stub.stop() == Stopped(2, 1)
    stub.write(0x1234, b"\xeb\xfe")
    assert stub.read(0x1233, 4) == b"\x00\xeb\xfe\x00"
    stub.go()
    assert fake.said == ["Qqemu.PhyMemMode:1", "M1234,2:ebfe", "m1233,4", "c"]


def test_a_breakpoint_tells_the_cpu_and_the_instruction(fake: FakeStub) -> None:
    """Whichever CPU comes there; the breakpoint can be taken away again."""
    fake.hits.append((2, 0xFFFFFFFF81337000))
    stub = Stub(fake.ours)
    stub.stop()
    stub.break_at(0xFFFFFFFF81337000)
    stub.go()
    stop = stub.wait_for_stop()
    assert stop == Stopped(5, 2)
    assert stub.instruction(stop.thread) == 0xFFFFFFFF81337000
    stub.unbreak(0xFFFFFFFF81337000)
    assert fake.said[0] == "Z0,ffffffff81337000,1"
    assert fake.said[-1] == "z0,ffffffff81337000,1"


def test_a_stop_right_behind_the_answer_is_left_to_be_read(fake: FakeStub) -> None:
    """Whoever waits for the connection has to see that the guest has stopped again."""
    fake.hits.append((1, 0x10))
    stub = Stub(fake.ours)
    stub.stop()
    stub.go()
    assert select.select([fake.ours], [], [], 5)[0]
    assert stub.wait_for_stop() == Stopped(5, 1)


def test_a_guest_that_ends_is_no_stop() -> None:
    """The emulator says so and is gone, before anybody can acknowledge it."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(packet("W00"))
        assert Stub(ours).wait_for_stop() is None
        with pytest.raises(StubFailed):
            Stub(ours).stop()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (packet("E22"), "'M10,1' was answered by 'E22'"),
        (packet(""), "'M10,1' was answered by ''"),
        (b"$OK#00", "garbled"),
        (b"$OK", "no answer for 3 s"),
    ],
)
def test_what_the_protocol_does_not_have_is_an_error(
    fake: FakeStub, answer: bytes, message: str
) -> None:
    """An error of the stub, a packet that it does not know, a wrong sum, silence."""
    fake.answers["M10,1:00"] = answer
    stub = Stub(fake.ours, patience=3)
    stub.stop()
    with pytest.raises(StubFailed, match=message):
        stub.write(0x10, b"\0")


@pytest.mark.parametrize("said", ["", "T05", "T05thread:00;", "Tzzthread:01;", "OK", "S05"])
def test_what_is_no_stop_is_not_taken_for_one(said: str) -> None:
    """A stop without a CPU would say nothing of who is held."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(packet(said))
        with pytest.raises(StubFailed, match="no stop"):
            Stub(ours).wait_for_stop()


def test_registers_that_are_none_are_an_error(fake: FakeStub) -> None:
    """Not hexadecimal, or memory of another length than was asked for."""
    stub = Stub(fake.ours)
    stub.stop()
    fake.answers["g"] = packet("E01x")
    with pytest.raises(StubFailed, match="no bytes"):
        stub.instruction(1)
    fake.answers["m10,2"] = packet("E014")
    fake.answers["m20,2"] = packet("e0")
    assert stub.read(0x10, 2) == b"\xe0\x14"
    with pytest.raises(StubFailed, match="cannot read memory at 0x20"):
        stub.read(0x20, 2)


def test_memory_is_watched_and_registers_are_read(fake: FakeStub) -> None:
    """A stop that a write caused names the place; one register is asked for and set by number."""
    stub = Stub(fake.ours)
    stub.stop()
    fake.answers["g"] = packet(bytes(range(136)).hex() + "00" * 90)
    fake.answers["p10"] = packet((0xFFFFFFFF81000020).to_bytes(8, "little").hex())
    stub.watch(0xFF11000000001000, 64)
    stub.unwatch(0xFF11000000001000, 64)
    assert stub.register(16) == 0xFFFFFFFF81000020
    assert stub.registers()[:8] == bytes(range(8))
    fake.answers["c"] = packet("T05thread:01;watch:ff11000000001000;")
    stub.go_on_at(0xFFFFFFFF81000024)
    assert stub.wait_for_stop() == Stopped(5, 1, 0xFF11000000001000)
    assert "P10=24000081ffffffff" in fake.said
    assert [text for text in fake.said if text[1:2] == "2"] == [
        "Z2,ff11000000001000,40",
        "z2,ff11000000001000,40",
    ]


def test_virtual_and_physical_addresses_are_told_apart(fake: FakeStub) -> None:
    """The stub is told once before each change; what is not there is its own error."""
    stub = Stub(fake.ours)
    stub.stop()
    stub.read_virtual(0x10, 1)
    stub.read(0x10, 1)
    stub.read(0x11, 1)
    stub.read_virtual(0x10, 1)
    modes = [text for text in fake.said if text.startswith("Q")]
    assert modes == ["Qqemu.PhyMemMode:1", "Qqemu.PhyMemMode:0"]
    fake.answers["m20,4"] = packet("E14")
    with pytest.raises(Unreadable, match="no memory at 0x20"):
        stub.read_virtual(0x20, 4)
