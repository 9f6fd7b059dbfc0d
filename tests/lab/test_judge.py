"""Any system that says it is Linux: real ones, one made of this kernel, and runners that fail."""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

import zapviz
from zapviz.api.judging import Judged, judge_system
from zapviz.commands import lab as lab_command
from zapviz.commands.cli import main
from zapviz.errors import ZapvizError
from zapviz.lab import KernelOutcome, NotAvailable, NotOnKernel, Observed
from zapviz.lab import judged as judged_module
from zapviz.lab.conformance import Mismatch
from zapviz.lab.judged import first_difference, kind_of, shipped_programs
from zapviz.lab.judged_report import format_junit, format_markdown, format_text, pasted
from zapviz.lab.runner import Runner, SystemLost, make_runner
from zapviz.lab.script import format_script, parse_findings
from zapviz.lab.smallest import smallest
from zapviz.model.program import Program
from zapviz.scenario.text import format_scenario, parse_scenario

DOCS = Path(__file__).parents[2] / "docs" / "judging.md"
HERE = Path(__file__).parent
V618 = zapviz.KERNELS["v6.18"]
MADVISE, MREMAP, FALLOCATE, FORKS = 28, 25, 285, (56, 57, 58, 435)
ENOSYS, EPERM = 38, 1

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64" or not sys.platform.startswith("linux"),
    reason="the probe is for Linux on x86-64",
)


def lab(*words: str) -> int:
    """Runs ``zapviz lab judge ...`` as a shell would."""
    try:
        return main(["lab", "judge", *words])
    except SystemExit as ended:
        return int(ended.code or 0)


def needed(program: str, package: str) -> None:
    """Skip a test where a program is not here; in CI it is."""
    if shutil.which(program) is None and not os.environ.get("CI"):
        pytest.skip(f"there is no {program} here: apt install {package}")


def without(**answers: int) -> str:
    """The command of a system that answers some calls, by their numbers, without doing them."""
    words = [sys.executable, str(HERE / "without_calls.py")]
    words += [f"{number.removeprefix('call')}={errno}" for number, errno in answers.items()]
    return f"{shlex.join(words)} -- {{}}"


def script(folder: Path, text: str, name: str = "runner") -> str:
    """The command of a runner that is a shell script."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return f"{path} {{}}"


def left_behind(folder: Path) -> list[str]:
    """The processes and files that runs in a folder left."""
    found = [path.name for path in folder.glob("zapviz-*")]
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if state != "Z" and str(folder) in words and "pytest" not in words:
                found.append(words)
    return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs make their folders: one place, which is looked at afterwards."""
    monkeypatch.setattr("zapviz.lab.runner.disk_folder", lambda: tmp_path)
    return tmp_path


# ---- real systems -------------------------------------------------------------


def test_this_kernel_itself_is_as_linux_is() -> None:
    """Nothing comes between the probe and a kernel that the model knows: nothing differs."""
    found = judge_system("env {}", count=60, seed=3)
    assert found.entries or not Path("/proc/self/pagemap").exists()
    assert (found.differ, found.absent, found.once) == ((), (), ()), found.text()
    assert found.release == platform.release()
    assert found.statements > 300


def test_qemu_user_does_what_its_madvise_does() -> None:
    """It says 0 of every advice that it does not know; where it is seen, the scenario is small."""
    needed("qemu-x86_64", "qemu-user")
    found = judge_system("qemu-x86_64 {}", {"madv-remove": "madv-remove"}, kernel="v6.18")
    assert [each.kind.call for each in found.differ][:1] == ["madvise MADV_REMOVE"], found.text()
    assert pasted(found.differ[0].smallest).splitlines() == [
        "F = shmem(1)",
        "A = mmap(F, MAP_PRIVATE)",
        "assert madvise(A, MADV_REMOVE) == EACCES  # Linux: EACCES; there: 0",
    ]


def test_qemu_user_in_random_scenarios() -> None:
    """What the probe sees through an emulator is no difference of the probe's making."""
    needed("qemu-x86_64", "qemu-user")
    found = judge_system("qemu-x86_64 {}", count=60)
    assert found.differ and not found.ok
    for each in found.differ:
        assert each.kind.call.startswith(("madvise ", "pread O_DIRECT", "C")), format_text(found)
    for each in found.differ:
        assert zapviz.run(pasted(each.smallest), found.model).ok is True, pasted(each.smallest)


def test_a_system_without_a_pagemap() -> None:
    """Under gVisor reads are compared, after every statement; it holds to an old release."""
    needed("runsc", "runsc")
    rootless = "" if os.geteuid() == 0 else "--rootless "
    command = f"runsc {rootless}--ignore-cgroups --platform=ptrace --network=none do {{}}"
    found = judge_system(command, {"a": "shared-private", "b": "hole-punch", "c": "reproducer"})
    assert not found.entries and found.looks == "each"
    assert found.release == "4.4.0" and found.model.name == "v5.10.y"
    assert "the oldest one that the model knows" in found.chosen
    assert "entries are left out" in " ".join(found.text().split())
    assert "it came with Linux 5.4, and uname says an older one" in found.untried()
    assert {each.kind.call for each in found.absent} <= {"fallocate"}
    # A private page takes its neighbours along when it is copied.
    assert [(d.kind.call, d.kind.what) for d in found.differ] in ([("write", "a read")], [])


# ---- a system made of this one --------------------------------------------------


def test_advice_that_is_not_followed_is_found_and_made_small() -> None:
    """A system that says 0 of every madvise, and does nothing."""
    scenario = (
        "F = shmem(3)\nA = mmap(F, MAP_PRIVATE)\nN = anon(4)\nread(A)\nN[1:3] = 7\nA[1] = 1\n"
        "madvise(N[0:3], MADV_DONTNEED)\nassert N[1] == none\nmunmap(A)\n"
    )
    found = judge_system(without(**{f"call{MADVISE}": 0}), {"mine": scenario}, kernel="v6.18")
    [difference] = found.differ
    assert difference.kind.call == "madvise MADV_DONTNEED" and difference.repeated
    assert difference.seen == ("mine:7",)
    text = pasted(difference.smallest)
    entry = "assert N[0] == none  # Linux: none; there: anon"
    read = "read(N[0])\nassert data(N[0]) == 0  # Linux: byte 0; there: byte 7"
    tail = entry if found.entries else read
    assert text == f"N = anon(1)\nN[0] = 7\nmadvise(N, MADV_DONTNEED)\n{tail}\n"
    assert zapviz.run(text, "v6.18").ok is True
    assert "N[1]" not in text


def test_what_follows_a_call_that_is_not_there_is_judged() -> None:
    """ENOSYS is told apart, and no difference; the rest of the scenario is run without it."""
    scenario = "F = shmem(2)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\n"
    scenario += "fallocate(F[0], FALLOC_FL_PUNCH_HOLE)\nmadvise(A, MADV_DONTNEED)\nread(A)\n"
    command = without(**{f"call{FALLOCATE}": ENOSYS, f"call{MADVISE}": EPERM})
    found = judge_system(command, {"mine": scenario}, kernel="v6.18")
    assert [(d.kind.call, d.kind.system) for d in found.absent] == [("fallocate", "ENOSYS")]
    assert [(d.kind.call, d.kind.system) for d in found.differ] == [
        ("madvise MADV_DONTNEED", "EPERM")
    ]
    assert "fallocate: ENOSYS (in mine:4)" in found.text()


def test_a_system_that_cannot_fork(place: Path) -> None:
    """Each program has a process of its own then, and all are judged; reads are at the end."""
    no_forks = {f"call{number}": ENOSYS for number in FORKS}
    programs = {f"p{n}": f"N = anon(2)\nN[0] = {n}\nmunmap(N[1])\n" for n in range(3)}
    found = judge_system(without(**no_forks), programs, kernel="v6.18")
    assert found.ok and found.looks == "end" and found.statements == 9, found.text()
    no_forks |= {f"call{MADVISE}": EPERM}
    programs = {"a": programs["p0"], "b": "N = anon(1)\nmadvise(N, MADV_DONTNEED)\n"}
    found = judge_system(without(**no_forks), programs, kernel="v6.18")
    assert [each.seen for each in found.differ] == [("b:2",)]
    assert left_behind(place) == []


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report is printed and written, progress goes to standard error, the status tells."""
    hole = tmp_path / "hole.zap"
    hole.write_text("F = shmem(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\n"
                    "fallocate(F, FALLOC_FL_PUNCH_HOLE)\n")  # fmt: skip
    report = tmp_path / "judged.xml"
    both = [str(hole), "--kernel", "v6.18", "--report", str(report)]
    assert lab("--with", "env {}", *both) == 0
    out, err = capsys.readouterr()
    assert "judged by the model of v6.18: as --kernel says" in out
    assert out.splitlines()[-1].startswith("Judge env scenarios=1 statements=4 differ=0 absent=0")
    assert "1 of 1 scenario ..." in err and "asking what 'env'" in err
    suite = ElementTree.parse(report).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("1", "0", "0")
    assert lab("--with", without(**{f"call{FALLOCATE}": ENOSYS}), *both, "--force") == 4
    suite = ElementTree.parse(report).getroot()[0]
    assert suite.get("skipped") == "1"
    assert suite[0][0].get("message") == "not there: fallocate: ENOSYS"
    assert lab("--with", without(**{f"call{FALLOCATE}": 0}), *both, "--force") == 1
    suite = ElementTree.parse(report).getroot()[0]
    assert suite.get("failures") == "1" and suite[0].get("name") == str(hole)
    assert "fallocate(F, FALLOC_FL_PUNCH_HOLE)" in (suite[0][0].text or "")
    assert "Linux" in capsys.readouterr().out


# ---- runners that fail ----------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        ("nosuchprogram {}", 2, "there is no program 'nosuchprogram' here"),
        ("env", 2, "--with takes a command with {} once"),
        ("env {} {}", 2, "--with takes a command with {} once"),
        ("env prefix{}", 2, "--with takes a command with {} once"),
        ("{}", 2, "--with takes a command with {} once"),
        ("", 2, "--with takes a command with {} once"),
        ("env 'open {}", 2, "--with cannot be read: No closing quotation"),
        ("false {}", 2, "'false' ended with status 1, and the probe had not begun"),
        ("echo hello {}", 2, "its last line: hello "),
        ("yes {}", 3, "'yes' flooded its output: more than 1 MiB"),
        ("sh -c 'yes >&2' {}", 3, "'sh' flooded its output: more than 1 MiB"),
        ("sh -c 'kill -9 $$' {}", 3, "'sh' was ended by SIGKILL, and the probe had not begun"),
        ("sh -c 'echo booting; sleep 300' {}", 3, "'sh' hung: for 3 s the probe said nothing"),
        ("sh -c 'echo k release 6.1; echo nonsense' {}", 3, "is not what the probe writes"),
    ],
)
def test_a_runner_that_fails_is_said_in_one_line(
    command: str, status: int, message: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it was is said, and nothing of it is left."""
    assert lab("--with", command, "--timeout", "1") == status
    out, err = capsys.readouterr()
    assert out == ""
    told = [line for line in err.splitlines() if not line.endswith(" ...")]
    assert len(told) == 1 and told[0].startswith("zapviz: error: ") and message in told[0]
    assert left_behind(place) == []


FAILS_AT_MLOCK = """\
import os, subprocess, sys, time
how, probe, folder = sys.argv[1:]
head, *programs = sys.stdin.read().split("P\\n")
at = next((n for n, text in enumerate(programs) if "\\nl " in text), None)
script = head + "".join("P\\n" + text for text in programs)
done = subprocess.run([probe, folder], input=script, capture_output=True, text=True)
said = done.stdout
if at is not None:
    said = said[: said.index(f"P {at}\\n")] + f"P {at}\\ns 0 0\\n"
print("Welcome to a system", said, sep="\\n", end="", flush=True)
if at is not None:
    if how == "hang":
        time.sleep(300)
    os.kill(os.getpid(), 9)
print("Good bye")
"""


@pytest.mark.parametrize("how", ["hang", "die"])
def test_a_system_that_one_program_breaks(how: str, place: Path) -> None:
    """It is a difference of that program; those around it are judged all the same."""
    runner = place / "fails.py"
    runner.write_text(FAILS_AT_MLOCK)
    command = f"{sys.executable} {runner} {how} {{}}"
    programs = {
        "before": "N = anon(1)\nN[0] = 1\n",
        "it": "N = anon(1)\nmlock(N)\nmunmap(N)\n",
        "after": "N = anon(2)\nread(N)\n",
    }
    found = judge_system(command, programs, kernel="v6.18", seconds=1)
    [difference] = found.differ
    assert difference.kind.what == "the process" and difference.seen == ("it:2",)
    assert difference.kind.system == {
        "hang": f"'{sys.executable}' hung: for 6 s the probe said nothing",
        "die": f"'{sys.executable}' was ended by SIGKILL",
    }[how]  # fmt: skip
    assert not any(scene.differs for scene in found.scenes if scene.name != "it")
    assert left_behind(place) == []


def test_a_system_that_breaks_again_and_again_is_given_up(place: Path) -> None:
    """Three programs in a row, and no more is tried."""
    runner = place / "fails.py"
    runner.write_text(FAILS_AT_MLOCK)
    programs = {f"p{n}": f"N = anon({n})\nmlock(N)\n" for n in range(1, 9)}
    with pytest.raises(SystemLost, match=r"was lost in 3 programs, one after the other: .*SIGKILL"):
        judge_system(f"{sys.executable} {runner} die {{}}", programs, kernel="v6.18")
    assert left_behind(place) == []


def test_a_system_that_fails_once_is_asked_again(place: Path) -> None:
    """Luck is no difference: the program is run a second time, from there on."""
    command = script(place, f'[ -e {place}/was ] || {{ touch {place}/was; echo "k release 6.18"; '
                     'printf "P 0\\ns 0 0\\n"; kill -9 $$; }; exec "$@"')  # fmt: skip
    program = parse_scenario("N = anon(1)\nN[0] = 1\n")
    [outcome] = make_runner(command, 5).outcomes([program])
    assert (len(outcome.steps), outcome.ended) == (2, "exit")


def test_what_a_system_leaves_running_is_ended(place: Path) -> None:
    """Even in a session of its own, with the pipes closed, or with them held open."""
    for redirected in (">/dev/null 2>&1", ""):
        command = script(place, f'setsid sleep 300.{place.name[-1]} {redirected} & exec "$@"')
        assert make_runner(command, 5).features()["release"] == platform.release()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            assert words[:2] != [b"sleep", f"300.{place.name[-1]}".encode()]
    assert left_behind(place) == []


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_when_it_is_stopped(ending: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C: one line, and neither a process nor a file; a runner that holds on is killed."""
    command = script(tmp_path, f"trap '' TERM INT; echo $$ >{tmp_path}/pid; sleep 300; sleep 300")
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    words = [sys.executable, "-m", "zapviz", "lab", "judge", "--with", command]
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for _ in range(600):
            if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip():
                break
            time.sleep(0.05)
        runner = int((tmp_path / "pid").read_text())
        process.send_signal(ending)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + ending
    assert out == "" and "Traceback" not in err
    if ending == signal.SIGINT:
        last = err.splitlines()[-1]
        assert last.startswith("zapviz lab judge: stopped by Ctrl-C; ")
        assert last.endswith(("; there is no report", "nothing was written"))
    assert not Path(f"/proc/{runner}").exists()
    assert left_behind(tmp_path) == []


# ---- what is asked for ------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--report", "judged.pdf"], "'judged.pdf' has '.pdf'; expected one of .txt, .md, .xml"),
        (["--report", "judged"], "'judged' has none"),
        (["--report", "nowhere/judged.md"], "there is no folder 'nowhere'"),
        (["--force"], "--force goes with --report"),
        (["race-punch"], "race-punch has CPUs"),
        (["nosuch"], "there is no file and no scenario 'nosuch'"),
        (["--kernel", "v9.9"], "there is no kernel 'v9.9'"),
        (["--timeout", "0"], "expected a number from 1 to 3600"),
        (["-n", "many"], "expected a number from 0"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_is_run(
    words: Sequence[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """One line, status 2, and no run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Runner, "outcomes", lambda *_: pytest.fail("it was run"))
    assert lab("--with", "env {}", *words) == 2
    assert message in capsys.readouterr().err


def test_a_report_that_is_there_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found before minutes of runs."""
    monkeypatch.setattr(Runner, "features", lambda *_: pytest.fail("it was run"))
    report = tmp_path / "judged.md"
    report.write_text("mine")
    assert lab("--with", "env {}", "--report", str(report)) == 2
    assert report.read_text() == "mine"


def test_what_is_for_the_model_alone_is_refused() -> None:
    """By its line, as the lab does."""
    with pytest.raises(NotOnKernel, match="line 2"):
        judge_system("env {}", {"mine": "F = shmem(1)\ninvalidate(F)\n"})
    assert "race-punch" not in shipped_programs() and "hole-punch" in shipped_programs()


def features(**others: str) -> dict[str, str]:
    """What the probe says of a system."""
    usual = {
        "release": "6.18.1", "pagemap": "1", "types": "1", "pageout": "1", "disk": "1",
        "uffd": "1", "direct": "1", "migrate": "1", "device": "0", "lockable": "2048", "forks": "1",
    }  # fmt: skip
    return usual | others


def judged_with(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], text: str, kernel: str | None = None
) -> Judged:
    """Judge one scenario on a system that says so of itself, and of which nothing is run."""
    monkeypatch.setattr(Runner, "features", lambda self: told)
    monkeypatch.setattr(judged_module._Judge, "scenes", lambda self, scenes: list(scenes))
    return judge_system("env {}", {"mine": text}, kernel=kernel)


@pytest.mark.parametrize(
    ("release", "kernel", "model", "why"),
    [
        ("6.12.9-mine", None, "v6.12.9", "for uname says 6.12.9-mine"),
        ("4.4.0", None, "v5.10.y", "the oldest one that the model knows; uname says 4.4.0"),
        ("MyOS", None, "v7.3", "the newest one, as uname says 'MyOS', which is no release"),
        ("4.4.0", "v6.12", "v6.12", "as --kernel says"),
    ],
)
def test_uname_chooses_the_kernel(
    release: str, kernel: str | None, model: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a system says it is, it is judged by, unless another kernel is asked for."""
    found = judged_with(monkeypatch, features(release=release), "N = anon(1)\n", kernel)
    assert (found.model.name, found.chosen) == (model, why)
    assert f"judged by the model of {model}" in found.text()


EVERYTHING = (
    "N = anon(4)\nmadvise(N, MADV_PAGEOUT)\nmadvise(N, MADV_HWPOISON)\nuffd_wp(N)\nmlock(N)\n"
    "migrate(N)\nF = file(1)\nM = anon(1)\n"
)


@pytest.mark.parametrize(
    ("told", "reasons"),
    [
        ({}, {3: "could break memory"}),
        ({"pageout": "0"}, {2: "no swap there", 3: "could break memory"}),
        # Without a pagemap nobody sees whether it swaps; but a mark that is lost tells.
        ({"pageout": "0", "pagemap": "0"}, {2: "cannot be seen", 3: "could break memory"}),
        ({"uffd": "0", "uffd_error": "EPERM"}, {3: "could break", 4: "refused there (EPERM)"}),
        ({"uffd": "0", "uffd_error": "ENOSYS"}, {3: "could break memory"}),
        ({"lockable": "4"}, {3: "could break memory", 5: "only 4 pages may be locked there"}),
        ({"migrate": "0"}, {3: "could break memory", 6: "one NUMA node there"}),
        ({"disk": "0"}, {3: "could break memory", 7: "no folder there"}),
        ({"release": "4.4.0"}, {2: "came with Linux 5.4", 3: "could", 4: "came with Linux 5.7"}),
    ],
)
def test_what_cannot_be_had_there_is_not_tried(
    told: dict[str, str], reasons: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named with its reason, and never a difference."""
    monkeypatch.setattr(judged_module, "disk_folder", lambda: Path("/"))
    found = judged_with(monkeypatch, features(**told), EVERYTHING)
    [scene] = found.scenes
    assert {each.line for each in scene.untried} == set(reasons)
    for each in scene.untried:
        assert reasons[each.line] in each.why
    assert "Not tried:" in found.text() and f"untried={len(reasons)}" in found.text()
    assert "not tried: line 3: madvise(N, MADV_HWPOISON)" in found.junit()


def test_what_real_kernels_do_otherwise_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a known difference on; and nothing of it is run."""
    text = "N = anon(3)\nmunmap(N[1])\nN[0] = 1\nN[2] = 1\nmmap(N[1], MAP_FIXED)\nuffd_wp(N)\n"
    found = judged_with(monkeypatch, features(), text, "v6.1")
    [scene] = found.scenes
    assert [each.line for each in scene.untried] == [6]
    assert len(scene.calls.statements) == 5


# ---- what differs -------------------------------------------------------------------


def outcome(text: str, *steps: Observed, ended: str = "exit") -> Mismatch | None:
    """The first difference of what was seen of a scenario."""
    return first_difference(parse_scenario(text), V618, KernelOutcome(steps, ended))


def seen(result: str = "0", **found: tuple[str, ...]) -> Observed:
    """What a system without a pagemap showed: a result, and what each read found."""
    return Observed(result, result, {}, {}, {}, {}, found=found)


def test_what_a_read_finds_is_compared() -> None:
    """Page by page, signals included; the statement after which it first differs is named."""
    text = "N = anon(2)\nN[0] = 3\nmunmap(N[1])\n"
    zeros = seen(N=("byte 0", "byte 0"))
    written = seen(N=("byte 3", "byte 0"))
    assert outcome(text, zeros, written, seen(N=("byte 3", "SIGSEGV"))) is None
    for last, what, system in (
        (seen(N=("byte 3", "byte 0")), "a read of N[1]", "byte 0"),
        (seen(N=("SIGBUS", "SIGSEGV")), "a read of N[0]", "SIGBUS"),
    ):
        mismatch = outcome(text, zeros, written, last)
        assert mismatch is not None
        assert (mismatch.statement, mismatch.what, mismatch.kernel) == (2, what, system)
    mismatch = outcome(text, zeros, zeros, seen("EINVAL", N=("byte 0", "byte 0")))
    assert mismatch is not None and (mismatch.statement, mismatch.model) == (1, "byte 3")
    gone = outcome(text, zeros, ended="SIGKILL")
    assert gone is not None and (gone.what, gone.kernel) == ("the process", "SIGKILL")


def test_a_page_that_was_given_up_may_be_old_or_gone() -> None:
    """Until it is written, or something else is done to it; no other byte will do."""
    text = "N = anon(1)\nN[0] = 3\nmadvise(N, MADV_FREE)\nN[0] = 4\n"
    first = (seen(N=("byte 0",)), seen(N=("byte 3",)))
    for byte in ("byte 3", "byte 0"):
        assert outcome(text, *first, seen(N=(byte,)), seen(N=("byte 4",))) is None
    assert outcome(text, *first, seen(N=("byte 9",)), seen(N=("byte 4",))) is not None
    assert outcome(text, *first, seen(N=("byte 3",)), seen(N=("byte 0",))) is not None
    unwritten = outcome("N = anon(1)\nN[0] = 3\n", first[0], seen(N=("byte 0",)))
    assert unwritten is not None


def mismatch_in(text: str, what: str, model: str, system: str) -> Mismatch:
    """A difference in the last statement of a scenario."""
    program = parse_scenario(text)
    return Mismatch(program, len(program.statements) - 1, what, model, system)


def test_differences_of_one_kind_are_told_as_one() -> None:
    """Names, pages and bytes do not count; the call, the advice and zeros do."""
    one = mismatch_in("N = anon(2)\nmadvise(N[1], MADV_FREE)", "a read of N[1]", "byte 0", "byte 3")
    two = mismatch_in("M = anon(1)\nmadvise(M, MADV_FREE)", "a read of M[0]", "byte 0", "byte 9")
    other = mismatch_in("M = anon(1)\nmadvise(M, MADV_FREE)", "a read of M[0]", "byte 9", "byte 0")
    refused = mismatch_in("M = anon(1)\nmadvise(M, MADV_FREE)", "result", "0", "EINVAL")
    assert kind_of(one) == kind_of(two)
    assert len({kind_of(each) for each in (one, other, refused)}) == 3
    for what in ("result", "a read of M[0]", "M[0]", "data of M[0]"):
        assert kind_of(mismatch_in("M = anon(1)\nread(M)", what, "x", "y")).call == "read"


@pytest.mark.parametrize(
    ("what", "model", "tail"),
    [
        ("result", "EINVAL", "assert madvise(N, MADV_FREE) == EINVAL  # Linux: EINVAL; there: x"),
        ("N[0]", "none", "madvise(N, MADV_FREE)\nassert N[0] == none  # Linux: none; there: x"),
        ("data of N[0]", "7", "madvise(N, MADV_FREE)\n"
         "assert data(N[0]) == 7  # Linux: 7; there: x"),
        ("a read of N[0]", "byte 7", "madvise(N, MADV_FREE)\nread(N[0])\n"
         "assert data(N[0]) == 7  # Linux: byte 7; there: x"),
        ("a read of N[0]", "SIGBUS", "madvise(N, MADV_FREE)\n"
         "assert read(N[0]) == SIGBUS  # Linux: SIGBUS; there: x"),
        ("the process", "goes on", "madvise(N, MADV_FREE)  # Linux: goes on; there: x"),
        ("uffd-wp of N[0]", "True", "madvise(N, MADV_FREE)  # Linux: True; there: x"),
    ],
)  # fmt: skip
def test_what_is_pasted_asserts_what_linux_does(what: str, model: str, tail: str) -> None:
    """Where the language has a word for it; else a comment says it. It can always be parsed."""
    text = pasted(mismatch_in("N = anon(1)\nmadvise(N, MADV_FREE)", what, model, "x"))
    assert text == f"N = anon(1)\n{tail}\n"
    parse_scenario(text)


def test_a_page_that_came_along_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file's page beside the one that was touched: an emulator does not pass on MADV_RANDOM."""
    text = "F = file(3)\nA = mmap(F[1], MAP_SHARED)\nread(A[0])\n"
    for what, along in (("A[1]", True), ("A[0]", False), ("page cache of F[0]", True),
                        ("page cache of F[1]", False)):  # fmt: skip
        found = judged_module._came_along(mismatch_in(text, what, "none", "file"))
        assert found == along, what
    assert not judged_module._came_along(mismatch_in(text, "A[1]", "file", "none"))
    punched = f"{text}fallocate(F, FALLOC_FL_PUNCH_HOLE)\n"
    assert not judged_module._came_along(mismatch_in(punched, "A[1]", "none", "file"))


def test_a_scenario_is_made_as_small_as_it_goes() -> None:
    """Statements go first, then pages: what is left cannot do without any of them."""
    text = (
        "F = shmem(6)\nN = anon(3)\nA = mmap(F, MAP_SHARED)\nN[0:2] = 1\nA[3:5] = 2\nread(N)\n"
        "fallocate(F[2:6], FALLOC_FL_PUNCH_HOLE)\n"
    )

    def run(programs: Sequence[Program]) -> list[Mismatch | None]:
        """A system that leaves a page which was written where a hole is punched."""
        found: list[Mismatch | None] = []
        for program in programs:
            shown = format_scenario(program)
            written = re.search(r"^A\[(\d)", shown, re.M) and "FALLOC" in shown.splitlines()[-1]
            last = len(program.statements) - 1
            found.append(Mismatch(program, last, "A[0]", "none", "file") if written else None)
        return found

    [begin] = run([parse_scenario(text)])
    assert begin is not None
    best = smallest(begin, run, lambda each: True)
    assert format_scenario(best.program) == (
        "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 2\nfallocate(F, FALLOC_FL_PUNCH_HOLE)\n"
    )


# ---- the report -------------------------------------------------------------------


def test_reports_hold_what_a_stranger_says(place: Path) -> None:
    """No sign of Markdown, XML or a terminal comes through from the system or the command."""
    command = script(place, 'printf "\\033[2J boot\\n"; "$@" | sed "s/^k release .*/k release '
                     '6.18.0-\\x1b[31m<b>|_x_/"', "ru&n<1>")  # fmt: skip
    found = judge_system(
        command.replace("ru&n<1>", "'ru&n<1>'"), {"<mine>|": "N = anon(1)\n"}, kernel="v6.18"
    )
    assert found.release == "6.18.0-?[31m<b>|_x_"
    assert "\x1b" not in format_text(found) + format_markdown(found) + format_junit(found)
    suite = ElementTree.fromstring(format_junit(found))[0]
    assert suite[0].get("name") == "<mine>|"
    assert "\\<b\\>\\|\\_x\\_" in format_markdown(found)


def test_each_form_of_the_report_says_the_same() -> None:
    """The counts, the sides, the scenario to paste; Markdown has a row for each difference."""
    found = judge_system(
        without(**{f"call{MADVISE}": EPERM}),
        {"mine": "N = anon(1)\nN[0] = 1\nmadvise(N, MADV_DONTNEED)\nmadvise(N, MADV_FREE)\n"},
        kernel="v6.18",
    )
    line = "assert madvise(N, MADV_DONTNEED) == 0  # Linux: 0; there: EPERM"
    assert len(found.differ) == 2
    for text in (found.text(), found.markdown(), found.junit()):
        assert line in text
        assert "Judge " in text and "scenarios=1 statements=4 differ=2 absent=0 once=0" in text
    assert "| madvise MADV\\_DONTNEED | result | 0 | EPERM | 1 scenario |" in found.markdown()
    assert all(len(each) <= 72 for each in found.text().splitlines() if "#" not in each
               and "/" not in each)  # fmt: skip
    assert found._repr_mimebundle_()["text/plain"] == found.text()


# ---- the probe, the docs ------------------------------------------------------------


def test_what_reads_find_is_told_and_read() -> None:
    """In two characters a page."""
    program = parse_scenario("N = anon(3)\nN[0] = 255\n")
    assert format_script([program], looking=7).startswith("L 7\nP\n")
    assert format_script([program], looking=7, children=False).startswith("L 7 1\nP\n")
    text = "k release 6.18.0\nP 0\ns 0 0\nd 0 000000\ns 1 0\nd 0 ffSBSV\nE exit\nZ 1\n"
    findings = parse_findings(text, [program])
    assert [step.found for step in findings.outcomes[0].steps] == [
        {"N": ("byte 0",) * 3},
        {"N": ("byte 255", "SIGBUS", "SIGSEGV")},
    ]


def test_the_probe_reads_its_script_from_a_file_too(tmp_path: Path) -> None:
    """For a system that has no standard input."""
    from zapviz.lab.guest.initramfs import build_probe

    (tmp_path / "script").write_text("L 5\nP\nn 0 2\nw 0 0 1 7\n")
    command = [str(build_probe()), str(tmp_path), str(tmp_path / "script")]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert "\nd 0 0700\nE exit\nZ 1\n" in done.stdout


def test_the_docs_hold() -> None:
    """Each command of docs/judging.md is one, and Linux does what each scenario there asserts."""
    text = DOCS.read_text(encoding="utf-8")
    commands = re.findall(r"^ +zapviz (lab judge .*)$", text, re.M)
    parser = lab_command._parser()
    assert len(commands) >= 4
    for command in commands:
        parser.parse_args(shlex.split(command.partition("   ")[0])[1:])
    scenarios = re.findall(r"^```\n((?:F|N) = .*?)^```", text, re.M | re.S)
    assert len(scenarios) >= 3
    for scenario in scenarios:
        assert "assert" in scenario and zapviz.run(scenario, "v6.18").ok is True, scenario


def test_an_architecture_without_a_probe_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is run."""
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    monkeypatch.setenv("XDG_CACHE_HOME", "/nonexistent")
    with pytest.raises(ZapvizError):
        judge_system("env {}", {"mine": "N = anon(1)\n"})
    assert issubclass(NotAvailable, ZapvizError)
