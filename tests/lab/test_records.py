"""Recorded runs: the model is held against what real kernels did, without one at hand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from zapviz.api.verdicts import recorded_verdict
from zapviz.commands.cli import main
from zapviz.errors import ZapvizError
from zapviz.lab import Findings, KernelOutcome, records
from zapviz.lab.conformance import MODEL_OF
from zapviz.lab.guest.kernels import GuestKernel
from zapviz.lab.plan import plan
from zapviz.lab.records import RECORDS, record_run, recorded_runs
from zapviz.scenario.library import SCENARIOS


@pytest.fixture
def obedient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 6.12 that does just as its model."""

    def run_findings(kernel: GuestKernel, programs: object, settings: object) -> Findings:
        planned = plan(SCENARIOS["swap-cache"].program, MODEL_OF["6.12"], {})
        steps = tuple(seen for step in planned.steps for _, seen in step.calls)
        return Findings({"release": "6.12.9"}, (KernelOutcome(steps, "exit"),), complete=True)

    monkeypatch.setattr(records, "run_findings", run_findings)
    monkeypatch.setattr(records, "find_kernel", lambda name: GuestKernel(name, Path("bzImage")))


@pytest.mark.parametrize(("scenario", "kernel"), recorded_runs())
def test_the_model_agrees_with_every_record(scenario: str, kernel: str) -> None:
    """What was seen then is what the model says today, in every entry and result."""
    verdict = recorded_verdict(scenario, kernel)
    assert verdict.agrees, verdict.text()
    assert not verdict.skipped


def test_the_bug_is_on_record() -> None:
    """The reproducer fails on the kernel before the fix, and on no other one that is kept."""
    failed = {kernel: [row.statement.line for row in recorded_verdict("reproducer", kernel).failed]
              for name, kernel in recorded_runs() if name == "reproducer"}  # fmt: skip
    assert failed == {"5.10-before-fix": [15, 17], "6.12": []}


def test_a_record_says_that_it_is_one() -> None:
    """The text names the kernel's release and the day, in 72 columns."""
    text = recorded_verdict("hwpoison-hole", "5.10").text()
    said = " ".join(text.split())
    assert "(5.10.0-" in said and "recorded on 20" in said
    assert all(len(line) <= 72 and line.isascii() for line in text.splitlines())


@pytest.mark.usefixtures("obedient")
def test_what_is_recorded_can_be_read_again(tmp_path: Path) -> None:
    """A run that is kept gives the same verdict later; other records stay as they were."""
    path = tmp_path / "runs.json"
    path.write_text(RECORDS.read_text(encoding="utf-8"), encoding="utf-8")
    record_run("swap-cache", "6.12", path=path)
    assert recorded_verdict("swap-cache", "6.12", path).agrees
    assert set(recorded_runs(path)) == {*recorded_runs(), ("swap-cache", "6.12")}
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept["swap-cache"]["6.12"]["date"] == date.today().isoformat()
    del kept["swap-cache"]
    assert kept == json.loads(RECORDS.read_text(encoding="utf-8"))


def test_writing_again_changes_nothing() -> None:
    """The file is as the program writes it, so that a new record is a small difference."""
    text = RECORDS.read_text(encoding="utf-8")
    assert records._text(json.loads(text)) == text


def test_a_run_that_was_not_recorded() -> None:
    """The message says how to record it, and what there is."""
    with pytest.raises(ZapvizError, match=r"zapviz lab run markers --kernel 6.12 --record") as said:
        recorded_verdict("markers", "6.12")
    assert "reproducer on 6.12" in str(said.value)


def test_a_scenario_that_has_changed(tmp_path: Path) -> None:
    """An old record says nothing of a new scenario."""
    kept = json.loads(RECORDS.read_text(encoding="utf-8"))
    kept["reproducer"]["6.12"]["scenario"][0] = "F = shmem(3)"
    path = tmp_path / "runs.json"
    path.write_text(json.dumps(kept), encoding="utf-8")
    with pytest.raises(ZapvizError, match="has changed"):
        recorded_verdict("reproducer", "6.12", path)


@pytest.mark.parametrize("more", [["--host"], ["--model", "v6.12"], ["--bzimage", "/boot/x"]])
def test_only_the_labs_own_kernels_are_recorded(
    more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A record names a kernel that others can have too, held against its own model."""
    assert main(["lab", "run", "reproducer", "--record", *more]) == 2
    assert "--record" in capsys.readouterr().err
