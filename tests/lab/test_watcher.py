"""Who watches a guest: real sessions said again, and stubs that fail."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence

import pytest
from replayed_stub import ReplayedStub

from zapviz.lab.guest.gdbstub import StubFailed, Unreadable
from zapviz.lab.guest.kernels import NotAvailable
from zapviz.lab.guest.symbols import Symbols
from zapviz.lab.guest.tables import Decoder, Layout
from zapviz.lab.guest.watcher import Called, Flagged, Forking, Watcher, Written
from zapviz.lab.kernel_steps import WATCHED_FUNCTIONS

PAGES = [[3, 3]]
READ, TRUNCATE, MUNMAP, DONTNEED = 6, 7, 8, 9


@pytest.fixture(params=["5.10", "6.12"])
def session(request: pytest.FixtureRequest) -> Iterator[ReplayedStub]:
    """What a kernel's stub said of sessions/record.py's scenario."""
    stub = ReplayedStub(request.param)
    yield stub
    stub.close()


@pytest.fixture(params=["5.10-fork", "6.12-fork"])
def forked(request: pytest.FixtureRequest) -> Iterator[ReplayedStub]:
    """What a kernel's stub said of sessions/record.py's scenario that forks."""
    stub = ReplayedStub(request.param)
    yield stub
    stub.close()


NAMES = ("N", "C.N", "D.N", "C.B")
FORKS = {3: Forking(0, 1, {0: 1}), 5: Forking(1, 2, {1: 2})}
C_WRITES, D_FORKED, B_MADE, D_WRITES, EXIT = 4, 5, 7, 8, 10


def replayed(
    session: ReplayedStub,
    pages: Sequence[Sequence[int]] = PAGES,
    forks: Sequence[Mapping[int, Forking]] = (),
) -> Watcher:
    """A watcher that was taken through as much of a session as there is."""
    watcher = Watcher(session.ours, session.symbols, pages, WATCHED_FUNCTIONS, True, 3, forks=forks)
    watcher.started()
    for line in session.features:
        watcher.heard(line)
    for _ in range(session.stops):
        watcher.stopped()
    assert session.wrong == ""
    return watcher


def writes(watcher: Watcher, statement: int, names: Sequence[str] = "AB") -> list[str]:
    """The entries that were written in a statement, in few words."""
    return [
        f"{names[event.area]}[{event.page}] {event.before.kind} -> {event.after.kind}"
        for event in watcher.seen[0][statement]
        if isinstance(event, Written)
    ]


def test_every_entry_is_seen_as_it_is_written(session: ReplayedStub) -> None:
    """COW, swap-out in two writes, fault-around, a truncate, munmap, madvise."""
    watcher = replayed(session)
    assert writes(watcher, 3) == [f"B[{page}] none -> file" for page in range(3)]
    assert writes(watcher, 4) == ["A[0] none -> anon", "A[1] none -> anon"]
    # Before that 5.10 clears the accessed bit, for which the entry goes and comes.
    assert writes(watcher, 5)[-2:] == ["A[1] anon -> none", "A[1] none -> swap"]
    assert writes(watcher, READ) == ["A[2] none -> file"]
    assert writes(watcher, TRUNCATE) == [
        "A[1] swap -> none",
        "A[2] file -> none",
        "B[1] file -> none",
        "B[2] file -> none",
    ]
    assert writes(watcher, MUNMAP) == ["B[0] file -> none"]
    assert writes(watcher, DONTNEED) == ["A[0] anon -> none"]


def test_functions_and_their_callers_are_named(session: ReplayedStub) -> None:
    """By the instruction, and by the addresses on the stack."""
    watcher = replayed(session)
    for event in watcher.seen[0][TRUNCATE]:
        if isinstance(event, Written):
            assert "unmap_page_range" in event.chain[:3]
            assert "unmap_mapping_range" in event.chain or "unmap_mapping_pages" in event.chain
    [zapped] = watcher.seen[0][MUNMAP]
    assert "unmap_vmas" in zapped.chain


def test_passes_are_seen_with_their_arguments(session: ReplayedStub) -> None:
    """Truncate unmaps from byte 4096 on to the end, private copies too, and then once more."""
    watcher = replayed(session)
    passes = [
        event.arguments[1:4]
        for event in watcher.seen[0][TRUNCATE]
        if isinstance(event, Called) and event.function == "unmap_mapping_range"
    ]
    assert [(first, count, cows & 1) for first, count, cows in passes] == [(4096, 0, 1)] * 2


def test_folios_are_locked_removed_and_unlocked(session: ReplayedStub) -> None:
    """Both pages beyond the new end leave the page cache, each under its lock."""
    watcher = replayed(session)
    fates: dict[int, list[str]] = {}
    for event in watcher.seen[0][TRUNCATE]:
        if isinstance(event, Flagged):
            fates.setdefault(event.frame, []).append(event.what)
    assert sorted(fates.values()) == [["locked", "removed", "unlocked"]] * 2


def test_a_stub_that_falls_silent_is_given_up(session: ReplayedStub) -> None:
    """In the middle of an answer, as when the emulator is killed."""
    session.cut = 60
    with pytest.raises(StubFailed, match=r"the connection ended|Broken pipe|reset by peer"):
        replayed(session)


def test_a_table_that_goes_and_comes_is_followed(session: ReplayedStub) -> None:
    """Nothing of a program that is over stays watched."""
    watcher = replayed(session)
    asked = [line[2:] for line in session.said if line.startswith("> ")]
    assert sorted(line[1:] for line in asked if line.startswith("Z2,")) == sorted(
        [line[1:] for line in asked if line.startswith("z2,")] + [asked[1][1:]]
    )
    assert watcher.stops == session.stops - 1  # the last time it ended


def of_processes(session: ReplayedStub) -> Watcher:
    """A watcher that was taken through a session of processes that fork."""
    return replayed(session, [[3, 3, 3, 2]], [FORKS])


def test_a_fork_is_seen_in_both_processes(forked: ReplayedStub) -> None:
    """Each entry that it writes: none is there before the child's tables are watched."""
    watcher = of_processes(forked)
    copied = [line for line in writes(watcher, 3, NAMES) if line != "N[1] swap -> swap"]
    assert copied == ["N[0] anon -> anon", "C.N[0] none -> anon", "C.N[1] none -> swap"]
    assert writes(watcher, C_WRITES, NAMES) == ["C.N[0] anon -> none", "C.N[0] none -> anon"]
    of_the_child = writes(watcher, D_FORKED, NAMES)
    assert of_the_child == ["C.N[0] anon -> anon", "D.N[0] none -> anon", "D.N[1] none -> swap"]
    protected, *_ = [event for event in watcher.seen[0][3] if isinstance(event, Written)]
    assert protected.before.writable and not protected.after.writable
    assert "copy_page_range" in protected.chain


def test_a_childs_own_mapping_is_seen_and_its_end(forked: ReplayedStub) -> None:
    """What it maps has a place of its own; when it ends, all that it has is zapped."""
    watcher = of_processes(forked)
    assert writes(watcher, B_MADE, NAMES) == ["C.B[1] none -> anon"]
    assert writes(watcher, D_WRITES, NAMES)[0] == "D.N[1] swap -> anon"
    ended = writes(watcher, EXIT, NAMES)
    assert ended == ["D.N[0] anon -> none", "D.N[1] anon -> none"]


def test_nothing_of_a_child_stays_watched(forked: ReplayedStub) -> None:
    """Neither of one that ended within the program, nor of one that ended with it."""
    of_processes(forked)
    asked = [line[2:] for line in forked.said if line.startswith("> ")]
    for kind in ("Z2,", "Z0,"):
        placed = sorted(line[1:] for line in asked if line.startswith(kind))
        removed = sorted(line[1:] for line in asked if line.startswith(kind.lower()))
        kept = [asked[1][1:]] if kind == "Z2," else [f"0,{at:x},1" for at in stops_of(forked)]
        assert placed == sorted([*removed, *kept])


def stops_of(session: ReplayedStub) -> list[int]:
    """Where the functions begin whose calls are noted in any case."""
    return [at for name in WATCHED_FUNCTIONS if (at := session.symbols.address_of(name))]


def test_a_fork_that_makes_no_tables_is_an_error(forked: ReplayedStub) -> None:
    """The statement is over, and the guest never came to the function that makes them."""
    watcher = Watcher(forked.ours, forked.symbols, [[3]], forks=[{}])
    watcher._forking = FORKS[3]
    registers = b"\0" * 8 * 30
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watcher._stub, "registers", lambda: registers)
        patch.setattr("zapviz.lab.guest.watcher.register", lambda at, number: 0x20003)
        with pytest.raises(StubFailed, match=r"never came to pgd_alloc\(\)"):
            watcher._marked()


def test_tables_that_another_process_gets_meanwhile_are_not_the_childs(
    forked: ReplayedStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel may start a program of its own: the watch goes on to wait for the fork's."""
    watcher = Watcher(forked.ours, forked.symbols, [[3]], forks=[FORKS])
    function = forked.symbols.address_of("pgd_alloc")
    assert function is not None
    passed: list[int] = []
    monkeypatch.setattr(watcher, "_go_past", passed.append)
    watcher._forking, watcher._awaited, watcher._roots = FORKS[3], function, {0: 0x5000}
    registers = bytearray(300)
    registers[204:212] = (0x7000).to_bytes(8, "little")  # cr3
    watcher._forked(FORKS[3], bytes(registers))
    assert passed == [function]
    assert (watcher._forking, watcher._awaited) == (FORKS[3], function)


def test_a_kernel_that_does_not_tell_where_tables_are_made_is_told(forked: ReplayedStub) -> None:
    """In a sentence: it has no such symbol."""
    watcher = Watcher(forked.ours, Symbols((), ()), [[3]], forks=[FORKS])
    with pytest.raises(NotAvailable, match=r"no symbol pgd_alloc.*cannot be watched"):
        watcher._await_child(FORKS[3])


def test_a_program_that_begins_unnoticed_is_an_error() -> None:
    """The probe reports a statement, and nobody was stopped."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        watcher = Watcher(ours, Symbols((), ()), PAGES)
        watcher.heard("k release 6.12")
        watcher.heard("P 0")
        with pytest.raises(StubFailed, match="did not stop the guest"):
            watcher.heard("s 0 0")


def randomized(session: ReplayedStub, monkeypatch: pytest.MonkeyPatch, entries: bytes) -> Watcher:
    """A watcher of a guest whose memory is elsewhere, so that it reads this there."""
    watcher = Watcher(session.ours, session.symbols, PAGES)
    monkeypatch.setattr(
        watcher._stub, "read_virtual", lambda at, count: (entries * count)[:count], raising=True
    )
    return watcher


def test_a_direct_map_elsewhere_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk leads nowhere: that is said in one sentence, and no boot is tried again."""
    session = ReplayedStub("6.12")
    watcher = randomized(session, monkeypatch, b"\0")
    with pytest.raises(NotAvailable, match="KASLR is on"):
        watcher._watch_directory(bytes(300))
    session.close()


def test_memory_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where the address that the direct map would have leads nowhere at all."""
    session = ReplayedStub("6.12")
    watcher = Watcher(session.ours, session.symbols, PAGES)

    def unreadable(at: int, count: int) -> bytes:
        raise Unreadable(f"there is no memory at {at:#x}")

    monkeypatch.setattr(watcher._stub, "read_virtual", unreadable)
    with pytest.raises(NotAvailable, match="KASLR is on, where nokaslr is not obeyed"):
        watcher._watch_directory(bytes(300))
    session.close()


def test_page_tables_that_change_unnoticed_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Watchpoints that never fire show nothing: so the directory is looked at, too."""
    session = ReplayedStub("6.12")
    watcher = randomized(session, monkeypatch, b"\0")
    monkeypatch.setattr(watcher._stub, "watch", lambda at, count: None)
    watcher._watch(-1, 0x1000, 64)
    watcher._check_directory()
    monkeypatch.setattr(watcher._stub, "read_virtual", lambda at, count: b"\x67" * count)
    with pytest.raises(NotAvailable, match=r"nobody notices.*KASLR"):
        watcher._check_directory()
    session.close()


@pytest.mark.parametrize(("mapping", "anonymous"), [(0, True), (0x1001, True), (0x1000, False)])
def test_a_page_that_is_nobodys_yet_is_about_to_be_private(
    monkeypatch: pytest.MonkeyPatch, mapping: int, anonymous: bool
) -> None:
    """5.10 swaps a page in, sets the entry, and only then says in struct page whose it is."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        watcher = Watcher(ours, Symbols((), ()), PAGES)
        word = mapping.to_bytes(8, "little")
        monkeypatch.setattr(watcher._stub, "read_virtual", lambda at, count: word[:count])
        assert watcher._is_anonymous(7) is anonymous


def test_a_layout_goes_by_the_levels() -> None:
    """Both lie where the kernel's documentation of its memory map puts them."""
    assert Layout.of(0).direct_map == 0xFFFF888000000000
    assert Layout.of(1 << 12).direct_map == 0xFF11000000000000
    assert Decoder.of({"swap": "0", "hwpoison": "27", "zero": "36de"}) == Decoder(0, 27, -1, 0x36DE)
