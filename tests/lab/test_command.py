"""The lab's command line: three outcomes kept apart, and every wrong call in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from zapviz.commands.cli import main
from zapviz.lab import KernelOutcome
from zapviz.lab.conformance import MODEL_OF
from zapviz.lab.plan import plan
from zapviz.lab.script import CLASS_OF_LETTER
from zapviz.model.program import Program
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import parse_scenario

FakeQemu = Callable[..., Path]

LETTER = {kind: letter for letter, kind in CLASS_OF_LETTER.items()}


def said(program: Program, kernel: str = "6.12") -> str:
    """What the probe would say of a program, if the kernel did just as the model."""
    planned = plan(program, MODEL_OF[kernel], {})
    steps = [seen for step in planned.steps for _, seen in step.calls]
    outcome = KernelOutcome(tuple(steps), "exit")
    lines = ["k release 6.12.9", "P 0"]
    for number, step in enumerate(outcome.steps):
        ended = f" {step.result}" if step.result.startswith("SIG") else ""
        lines.append(f"s {number} {'0' if ended else step.result}{ended}")
        for at, (name, kinds) in enumerate(step.ptes.items()):
            data = "".join("--" if byte is None else f"{byte:02x}" for byte in step.data[name])
            lines.append(f"m {at} {''.join(LETTER[kind] for kind in kinds)} {data}")
        for at, kinds in enumerate(step.cache.values()):
            lines.append(f"c {at} ={''.join(LETTER[kind] for kind in kinds)}")
    return "\n".join([*lines, "E exit", "Z 1", ""])


def lab(*words: str) -> int:
    """Runs ``zapviz lab ...`` as a shell would, software emulation assumed."""
    try:
        return main(["lab", *words])
    except SystemExit as ended:
        return int(ended.code or 0)


def test_agreement_is_status_0(fake_qemu: FakeQemu, capsys: pytest.CaptureFixture[str]) -> None:
    """The kernel does as the model says, and every assertion holds on it."""
    fake_qemu("answer", said(SCENARIOS["reproducer"].program))
    assert lab("run", "reproducer", "--kernel", "6.12") == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("agree: kernel 6.12")


def test_disagreement_is_status_1(fake_qemu: FakeQemu, capsys: pytest.CaptureFixture[str]) -> None:
    """The kernel differs: said on standard output, with the first difference."""
    program = SCENARIOS["reproducer"].program
    fake_qemu("answer", said(program, "5.10-before-fix"))
    assert lab("run", "reproducer", "--kernel", "6.12") == 1
    assert "first difference: A[1]: model none, kernel swap" in capsys.readouterr().out
    assert lab("run", "reproducer", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["difference"] == {
        "line": 13, "what": "A[1]", "model": "none", "kernel": "swap",
    }  # fmt: skip
    assert not found["ok"] and not found["agrees"]


def test_a_failing_assertion_is_status_1(
    fake_qemu: FakeQemu, capsys: pytest.CaptureFixture[str]
) -> None:
    """Model and kernel agree that the data is back: so much the worse."""
    fake_qemu("answer", said(SCENARIOS["reproducer"].program, "5.10-before-fix"))
    assert lab("run", "reproducer", "--model", "v5.17") == 1
    assert "agree: kernel 6.12 and the model of v5.17" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("agrees", "ok", "skipped", "status"),
    [
        (True, True, {}, 0),
        (True, True, {10: "no swap"}, 4),
        (True, False, {10: "no swap"}, 1),
        (False, True, {10: "no swap"}, 1),
    ],
)
def test_what_was_left_out_is_status_4(
    monkeypatch: pytest.MonkeyPatch, agrees: bool, ok: bool, skipped: dict[int, str], status: int
) -> None:
    """A part that agrees is not the whole; a difference is one all the same."""
    found = SimpleNamespace(agrees=agrees, known=None, ok=ok, skipped=skipped, text=lambda: "said")
    monkeypatch.setattr("zapviz.commands.lab.run_on_host", lambda program, model: found)
    assert lab("run", "reproducer", "--host") == status


def test_a_lost_machine_is_status_3(
    fake_qemu: FakeQemu, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither agreement nor disagreement; the console's file is named."""
    fake_qemu("panic")
    assert lab("run", "reproducer", "--kernel", "6.12") == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("zapviz: error: the virtual machine was lost: Kernel panic")
    assert str(cache / "lost") in captured.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "reproducer", "--kernel", "6.1"], "kernel 6.1 is not here: zapviz lab fetch 6.1"),
        (["run", "reproducer", "--kernel", "6.l2"], "did you mean '6.12'?"),
        (["run", "reproducer", "--kernel", "6.12", "--bzimage", "x"], "give one of them"),
        (["run", "reproducer", "--bzimage", "/dev/null"], "/dev/null is no x86 kernel image"),
        (["run", "reproducer", "--bzimage", "/nowhere"], "cannot read the kernel /nowhere"),
        (["run", "reproducer", "--modules", "/"], "--modules belongs to --bzimage"),
        (["run", "reproducer", "--host", "--kernel", "6.12"], "--host is a kernel already"),
        (["run", "reproducer", "--model", "v9"], "there is no kernel 'v9'"),
        (["run", "reproducer", "--memory", "64"], "expected a number from 256 to 65536"),
        (["run", "reproducer", "--cpus", "many"], "expected a number from 1 to 8"),
        (["run", "race-punch"], "line 10"),
        (["run", "/nowhere.zap"], "there is no file and no scenario '/nowhere.zap'"),
        (["run"], "the following arguments are required: FILE|NAME"),
        (["trace"], "which scenario?"),
        (["trace", "reproducer", "--record"], "leave out FILE"),
        (["conform", "--kernel", "6.16"], "kernel 6.16 is not here"),
        (["conform", "-n", "0"], "expected a number from 1 to"),
        (["fetch", "latest"], "'latest' is no kernel version"),
        (["fetch"], "the following arguments are required: VERSION"),
        (["kernel"], "there is no command 'kernel'; did you mean 'kernels'?"),
        ([], "usage: zapviz lab COMMAND"),
    ],
)
def test_a_wrong_call_is_status_2(
    image: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    """One message on standard error, nothing on standard output, no traceback."""
    assert lab(*words) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and message in captured.err


def test_no_kernel_at_all_says_how_to_get_one(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --kernel the newest one here is taken; with none here, one is proposed."""
    assert lab("run", "reproducer") == 2
    assert "kernel 6.12 is not here: zapviz lab fetch 6.12" in capsys.readouterr().err


def test_a_scenario_comes_from_a_file_too(
    fake_qemu: FakeQemu, image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of one's own, on a kernel of one's own, held against the model of its release."""
    text = "N = anon(2)\nN[0] = 7\n"
    (tmp_path / "mine.zap").write_text(text)
    fake_qemu("answer", said(parse_scenario(text)))
    assert lab("run", str(tmp_path / "mine.zap"), "--bzimage", str(image)) == 0
    assert "the model of v6.12.9, in 2 statements" in capsys.readouterr().out.replace("\n    ", " ")


def test_the_guest_is_made_as_told(
    fake_qemu: FakeQemu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory, CPUs, nodes and the command line reach QEMU."""
    fake_qemu("answer", said(parse_scenario("N = anon(1)\n")))
    script = tmp_path / "bin/qemu-system-x86_64"
    text = script.read_text()
    script.write_text(text.replace("#!/bin/sh\n", '#!/bin/sh\necho "$@" >"$FAKE_LOG.words"\n'))
    (tmp_path / "n.zap").write_text("N = anon(1)\n")
    words = ["--memory", "512", "--cpus", "2", "--nodes", "1", "--append", "nokaslr maxcpus=1"]
    assert lab("run", str(tmp_path / "n.zap"), *words) == 0
    seen = (tmp_path / "guests.words").read_text()
    assert "-m 512M -smp 2" in seen and "-numa" not in seen
    assert "brd.rd_nr=2 brd.rd_size=65536 nokaslr maxcpus=1" in seen


def test_kernels_are_listed_with_what_they_show(
    image: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is here, and for what is not, the command that brings it."""
    other = cache / "kernels/6.16/boot/vmlinuz"
    other.parent.mkdir(parents=True)
    other.touch()
    assert lab("kernels") == 0
    text = capsys.readouterr().out
    assert all(len(line) <= 72 for line in text.splitlines()[:-3])
    joined = " ".join(text.split())
    assert "6.12 here uffd-wp markers" in joined and "6.16 here" in joined
    assert "zapviz lab fetch 6.1 " in joined and "zapviz lab build-before-fix --rfc-v2" in joined


def test_a_build_without_tools_names_them(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, and one command to install all of them."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lab("build-before-fix") == 2
    assert "apt install gcc make" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["run", "trace", "conform", "kernels", "fetch"])
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help is status 0, and fits 80 columns."""
    assert lab(name, "--help") == 0
    text = capsys.readouterr().out
    assert f"zapviz lab {name}" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_an_unwritable_cache_is_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the variable that chooses another place."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    assert lab("run", "reproducer", "--kernel", "6.12") == 2
    assert "XDG_CACHE_HOME" in capsys.readouterr().err
