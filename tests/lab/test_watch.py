"""Scenarios on a watched kernel: what was seen once, and kernels that boot.

The last tests need ``zapviz lab fetch 5.10`` and ``6.12``; without them they are skipped, but in CI
the kernels are fetched.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from kernels_for_tests import real_kernel
from test_command import lab
from test_steps import as_watched

from waiting import eventually
from zapviz.errors import ZapvizError
from zapviz.kernels.known import KERNELS
from zapviz.lab import NotOnKernel, watch, watch_records, watched_run, watched_runs
from zapviz.lab.conformance import MODEL_OF, programs_for
from zapviz.lab.guest import watcher as module
from zapviz.lab.guest.watcher import Written
from zapviz.lab.kernel_steps import Call
from zapviz.lab.script import executed
from zapviz.lab.steps import RULES
from zapviz.lab.watch_records import record_watched
from zapviz.lab.watched import Watched
from zapviz.lab.watching import check_steps, conform_steps, shrink_steps, watchable
from zapviz.model.machine import run_program
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import parse_scenario
from zapviz.trace.record import record_of

LAB = ("5.10-before-fix", "5.10-rfc-v2", "5.10", "6.1", "6.12", "6.18", "7.3")
RUNS = watched_runs()
FORKED = parse_scenario(
    "N = anon(3)\nN[0:3] = 1\nmadvise(N[2], MADV_PAGEOUT)\nC = fork()\nC.N[0] = 2\n"
    "C.B = anon(1)\nD = fork(C)\nD.N[2] = 3\nmunmap(N)\nexit(D)\n"
)


# what comes with zapviz


def test_every_scenario_without_cpus_was_watched_on_every_kernel() -> None:
    """On all seven: those that the lab fetches, and the two that it builds."""
    names = {name for name, each in SCENARIOS.items() if watchable(each.program)}
    assert len(names) >= 16
    assert set(RUNS) == {(name, kernel) for name in names for kernel in LAB}


@pytest.mark.parametrize(("name", "kernel"), RUNS)
def test_what_was_seen_is_what_the_model_shows(name: str, kernel: str) -> None:
    """Every entry write of every shipped scenario; whoever changes the model is told here."""
    watched = watched_run(name, kernel)
    assert watched.agrees, watched.text()
    assert "recorded on 20" in watched.text().replace("\n    ", " ")
    assert set(watched.habits) <= set(RULES)


@pytest.mark.parametrize("kernel", LAB)
def test_each_step_says_whether_it_was_seen(kernel: str) -> None:
    """Steps that change entries were seen at their very place; others cannot be told by entries."""
    watched = watched_run("hole-punch", kernel)
    record = watched.beside_json()
    plain = record_of(watched.run)
    assert [{**step, "seen": None} for step in plain["steps"]] == [
        {**step, "seen": None} for step in record["steps"]
    ]
    zaps = [step for step in record["steps"] if step["kind"] == "zap"]
    zapped = 7 if kernel == "5.10-rfc-v2" else 6  # RFC v2 takes the private swap entry, too
    assert [step["seen"] for step in zaps if step["verdict"] == "zapped"] == [True] * zapped
    assert {step["seen"] for step in zaps if step["verdict"] == "kept"} == {None}
    assert record["seen_on"]["name"] == kernel


def test_what_a_kernel_did_is_a_record_like_any_other() -> None:
    """Its cells, steps and passes hang together, and each state follows from the one before."""
    record = watched_run("hole-punch", "6.12").as_json()
    assert record["source"] == "kernel"
    json.dumps(record)
    cells = [list(row) for row in record["initial"]["cells"]]
    for step in record["steps"]:
        for row, at, cell in step["set"]:
            cells[row][at] = cell
        if step["at"]:
            row, at = step["at"]
            assert cells[row][at] == step["after"]
    [mapping] = [at for at, row in enumerate(record["rows"]) if row["id"] == "A"]
    kinds = [record["cells"][cell]["kind"] for cell in cells[mapping]]
    assert kinds == ["anon", "anon", "none", "none"]
    assert set(record) - {"source", "release", "agrees"} == set(
        record_of(watched_run("hole-punch", "6.12").run)
    )
    [punch] = [part for part in record["passes"] if part["title"].startswith("unmap_mapping_r")]
    assert punch["details"] == {"even_cows": False}
    assert record["statements"][-1]["last"] == len(record["steps"])


@pytest.mark.parametrize("forks", [False, True])
@pytest.mark.parametrize("name", ["v5.10.y", "v6.12", "v7.3"])
def test_any_scenario_can_be_shown(name: str, forks: bool) -> None:
    """Random ones, on a kernel that does as the model: text, both records, and no difference."""
    kernel = KERNELS[name]
    for program in programs_for(kernel, 60, seed=5, forks=forks):
        seen = as_watched(program, kernel)
        results = [outcome.result for outcome in run_program(program, kernel)]
        calls = tuple(
            (Call(statement, result, tuple(seen[at])),)
            for at, (statement, result) in enumerate(zip(executed(program), results, strict=True))
        )
        watched = Watched(program, name, "", kernel, calls)
        assert watched.agrees, watched.text()
        assert max(map(len, watched.text().splitlines())) <= 72
        record = watched.as_json()
        json.dumps([record, watched.beside_json()])
        assert [s["result"] for s in record["statements"]] == results
        assert record.get("processes") == record_of(watched.run).get("processes")
        assert {len(step["rss"]) for step in record["steps"]} == {
            len(step["rss"]) for step in record_of(watched.run)["steps"]
        }
        assert False not in {step["seen"] for step in watched.beside_json()["steps"]}


def test_a_model_of_another_kernel_parts_where_they_differ() -> None:
    """The bug of 5.17, in the words of entries: the swap entry that truncate leaves."""
    seen = watched_run("reproducer", "6.12")
    other = Watched(seen.program, seen.name, seen.release, KERNELS["v5.17"], seen.calls[:9])
    assert other.difference is not None and not other.agrees
    assert seen.program.statements[other.difference[0]].line == 13
    text = other.text()
    assert "model writes no more, kernel A[1] swap -> none by" in text.replace("\n        ", " ")
    assert "DIFFER: kernel 6.12 and the model of v5.17, at line 13" in text
    assert max(map(len, text.splitlines())) <= 72
    assert text.isascii()


def test_a_step_that_the_kernel_does_otherwise_was_not_seen() -> None:
    """The others were; a step of several entries was seen if all of them were."""
    seen = watched_run("hole-punch", "6.12")
    at = next(i for i, s in enumerate(seen.program.statements) if s.line == 15)
    [punch] = seen.calls[at]
    first = next(i for i, each in enumerate(punch.events) if isinstance(each, Written))
    written = punch.events[first]
    assert isinstance(written, Written)
    left = written._replace(after=written.after._replace(kind="uffd_wp_marker"))
    events = (*punch.events[:first], left, *punch.events[first + 1 :])
    calls = (*seen.calls[:at], (punch._replace(events=events),), *seen.calls[at + 1 :])
    other = replace(seen, calls=calls)
    zaps = [step for step in other.beside_json()["steps"] if step["verdict"] == "zapped"]
    assert [step["seen"] for step in zaps] == [False, True, True, True, True, True]
    assert other.difference is not None


@pytest.mark.parametrize(
    ("name", "kernel", "said"),
    [
        ("hole-punch", "6.13", "nothing was watched on '6.13'"),
        ("race-punch", "6.12", "'race-punch' was not watched on 6.12"),
        ("hole-punsh", "v6.12", "did you mean 'hole-punch'"),
    ],
)
def test_what_was_not_watched_is_said(name: str, kernel: str, said: str) -> None:
    """With the nearest that there is."""
    with pytest.raises(ZapvizError) as caught:
        watched_run(name, kernel)
    assert said in str(caught.value)


def test_runs_are_kept_as_they_were_seen(tmp_path: Path) -> None:
    """What is written can be read again, whatever else is in the file."""
    path = tmp_path / "watched.json.gz"

    def seen(programs: list[object], kernel: str, settings: object) -> list[Watched]:
        return [watched_run(name, kernel) for name, on in RUNS if on == kernel]

    for kernel in ("5.10", "7.3"):
        record_watched(kernel, path=path, watch=seen)
    assert watched_runs(path) == [each for each in RUNS if each[1] in ("5.10", "7.3")]
    for name, kernel in watched_runs(path):
        assert watched_run(name, kernel, path).calls == watched_run(name, kernel).calls
    with pytest.raises(ZapvizError, match="the model has no kernel"):
        record_watched("4.19", path=path, watch=seen)


def test_runs_of_processes_are_kept_as_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A shipped scenario may fork: it is recorded with the others, and read again."""
    path = tmp_path / "watched.json.gz"
    monkeypatch.setattr(watch_records, "SCENARIOS", {"forks": SimpleNamespace(program=FORKED)})
    monkeypatch.setattr(watch_records, "statements_of", lambda name: ["C = fork()"])
    seen = as_watched(FORKED, KERNELS["v6.12"])
    calls = tuple((Call(each, "0", tuple(seen[at])),) for at, each in enumerate(executed(FORKED)))
    watched = Watched(FORKED, "6.12", "6.12.1", KERNELS["v6.12"], calls)
    [(name, _)] = record_watched("6.12", path=path, watch=lambda *asked: [watched])
    again = watched_run(name, "6.12", path)
    assert again.agrees
    assert again.names == ("N", "C.N", "C.B", "D.N", "D.B")
    assert [[len(call.events) for call in one] for one in again.calls] == [
        [len(call.events) for call in one] for one in calls
    ]


def test_cpus_of_processes_cannot_be_watched() -> None:
    """The lab races none either: the model is what there is."""
    cpus = "\ndef CPU0():\n    C.N[0] = 2\ndef CPU1():\n    munmap(N)\n"
    with pytest.raises(NotOnKernel, match=r"line 3: .*in the model, with zapviz race"):
        watch(f"N = anon(1)\nC = fork()\n{cpus.lstrip()}", "6.12")


def test_cpus_cannot_be_watched() -> None:
    """One clear sentence, with what can be done instead, before anything boots."""
    with pytest.raises(
        NotOnKernel, match=r"line 10: lab watch follows one statement after.*lab hold"
    ):
        watch(SCENARIOS["race-punch"].program, "6.12")


# the command


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["hole-punch", "--accel", "kvm"], "KVM cannot watch memory at every write"),
        (["hole-punch", "--cpus", "2"], "a watched guest has one CPU"),
        ([], "which scenario?"),
        (["hole-punch", "--recorded", "--model", "v6.1"], "--recorded is of the lab's own kernels"),
        (["hole-punch", "--record"], "--record is of all shipped scenarios"),
        (["hole-punch", "--recorded", "--kernel", "6.2"], "nothing was watched on '6.2'"),
    ],
)
def test_a_wrong_call_is_told_in_a_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was given, and what to do."""
    assert lab("watch", *words) == 2
    assert said in capsys.readouterr().err.replace("\n", " ")


def test_what_was_seen_is_shown_without_a_kernel(capsys: pytest.CaptureFixture[str]) -> None:
    """As text and as JSON; nothing boots."""
    assert lab("watch", "hole-punch", "--recorded", "--kernel", "7.3") == 0
    assert "agree: kernel 7.3 and the model of v7.3, in 17 entry writes" in capsys.readouterr().out
    assert lab("watch", "hole-punch", "--recorded", "--json") == 0
    assert json.loads(capsys.readouterr().out)["source"] == "kernel"


@pytest.mark.parametrize("words", [["--races"], ["--swap", "disk"]])
def test_steps_are_compared_alone(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Other ways to compare are not mixed with it."""
    assert lab("conform", "--steps", "--kernel", "6.12", *words) == 2
    assert "goes without" in capsys.readouterr().err


# kernels that boot

WATCHED = parse_scenario(
    "F = shmem(4)\nA = mmap(F, MAP_PRIVATE)\nB = mmap(F, MAP_SHARED)\nB[0:4] = 1\nA[0:2] = 2\n"
    "madvise(A[1], MADV_PAGEOUT)\nread(A[2:4])\nftruncate(F, 1)\nassert read(A[3]) == SIGBUS\n"
)


@pytest.mark.kernel
@pytest.mark.parametrize("name", ["5.10", "6.12"])
def test_a_kernel_is_watched(name: str) -> None:
    """Every write of a truncate, by whom, and the passes; the model shows the same."""
    watched = watch(WATCHED, real_kernel(name))
    assert watched.agrees, watched.text()
    assert watched.complaints == ()
    zapped = [event for event in watched.events(7) if isinstance(event, Written)]
    assert [(event.area, event.page) for event in zapped] == [
        (0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3),
    ]  # fmt: skip
    text = watched.text()
    assert "unmap_mapping_range([1:], 1)" in text
    assert "F[2] leaves the page cache" in text
    assert watched.stops > 30


@pytest.mark.kernel
@pytest.mark.parametrize("name", ["5.10", "6.12"])
def test_processes_are_watched(name: str) -> None:
    """A fork's writes in both processes, a grandchild's in its own, and what an exit zaps."""
    watched = watch(FORKED, real_kernel(name))
    assert watched.agrees, watched.text()
    text = watched.text()
    assert "N[0] anon writable -> anon        N[0] anon writable -> anon" in text
    assert "C.N[2] none -> swap               C.N[2] none -> swap" in text
    assert "D.N[0] none -> anon               D.N[0] none -> anon" in text
    assert "D.N[2] swap -> anon               D.N[2] swap -> anon" in text
    assert "D.N[2] anon -> none               D.N[2] anon -> none" in text
    record = watched.as_json()
    assert record["processes"] == ["", "C", "D"]
    assert record["steps"][-1]["rss"][4:] == [0, 2, 1, 0] + [0] * 4


@pytest.mark.kernel
@pytest.mark.parametrize("forks", [False, True])
@pytest.mark.parametrize("name", ["5.10", "6.12"])
def test_random_programs_agree_step_by_step(name: str, forks: bool) -> None:
    """A hundred of them in one boot: order, values and passes, of one process and of several."""
    real_kernel(name)
    report = conform_steps(name, 100, seed=11, forks=forks)
    assert report.ok, [str(each) for each in (*report.differ, *report.mismatches)]
    assert report.programs == 100 and report.writes > 200
    assert sum(report.evidence.values()) > 100  # what was seen at its very place counts
    assert str(report).startswith(f"Steps {name} programs=100 writes=")


@pytest.mark.kernel
def test_a_model_that_is_wrong_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A truncate that spares private copies, as the model has it, on a kernel that does not."""
    real_kernel("6.12")
    monkeypatch.setitem(MODEL_OF, "6.12", KERNELS["v5.17"])
    program = parse_scenario(
        "N = anon(1)\nF = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 2\nN[0] = 1\n"
        "madvise(A[1], MADV_PAGEOUT)\nftruncate(F, 1)\nread(N[0])\n"
    )
    [differs] = check_steps("6.12", [program])
    assert differs.statement == 6
    smallest = shrink_steps("6.12", program)
    assert smallest is not None
    assert len(smallest.program.statements) == 5
    assert "ftruncate(F, 1), write 1: model writes no more" in str(smallest).replace("\n    ", " ")


@pytest.mark.kernel
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_of_a_watch_that_is_stopped(how: signal.Signals, tmp_path: Path) -> None:
    """Neither the guest nor a file, and no traceback."""
    real_kernel("6.12")
    command = [sys.executable, "-m", "zapviz", "lab", "watch", "hole-punch", "--kernel", "6.12"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    ) as watching:

        def guests() -> list[str]:
            children = Path(f"/proc/{watching.pid}/task/{watching.pid}/children").read_text()
            return [pid for pid in children.split() if b"-kernel" in command_of(pid)]

        try:
            eventually(lambda: len(guests()), 1)
            [guest] = guests()
        finally:
            watching.send_signal(how)
        _, errors = watching.communicate(timeout=60)
    assert watching.returncode != 0
    assert "Traceback" not in errors
    assert not Path(f"/proc/{guest}").exists()
    assert list(tmp_path.iterdir()) == []


def command_of(pid: str) -> list[bytes]:
    """The words of a process's command line; none where it has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return []


@pytest.mark.kernel
def test_a_guest_that_is_killed_is_booted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stub is gone in the middle of a session: the next boot does it all."""
    kernel = real_kernel("6.12")
    killed: list[int] = []
    real: Callable[..., None] = module.Watcher._marked

    def kill_once(self: module.Watcher) -> None:
        if not killed:
            children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text()
            killed.extend(int(pid) for pid in children.split() if b"-kernel" in command_of(pid))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
        real(self)

    monkeypatch.setattr(module.Watcher, "_marked", kill_once)
    watched = watch("N = anon(1)\nN[0] = 1\nmunmap(N)\n", kernel)
    assert watched.agrees
    assert len(killed) == 1
