"""What real kernels did with some scenarios, recorded for readers who have no such kernel.

Only what the kernel showed is kept, in recorded/runs.json. The model's side is computed anew each
time, so that a record contradicts a model that has changed. ``zapviz lab run NAME --kernel K
--record`` records a shipped scenario.

>>> recorded_verdict("reproducer", "6.12").agrees
True
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from zapviz.errors import ZapvizError
from zapviz.lab.conformance import MODEL_OF
from zapviz.lab.guest.kernels import find_kernel
from zapviz.lab.guest.qemu import Settings
from zapviz.lab.oracle import run_findings
from zapviz.lab.plan import lacks, left_out, plan
from zapviz.lab.recorded_file import check_recordable, read_recorded
from zapviz.lab.script import Findings, KernelOutcome, Observed
from zapviz.lab.verdict import Verdict, verdict
from zapviz.scenario import library
from zapviz.trace.record import Json
from zapviz.written_file import write_file

__all__ = ["RECORDS", "record_run", "recorded_runs", "recorded_verdict", "statements_of"]

RECORDS = Path(__file__).with_name("recorded") / "runs.json"
"""The file of the records: by scenario, then by kernel."""


def recorded_runs(path: Path = RECORDS) -> list[tuple[str, str]]:
    """Give the scenario and the kernel of each recorded run."""
    return [(name, kernel) for name, kernels in _read(path).items() for kernel in kernels]


def recorded_verdict(scenario: str, kernel: str, path: Path = RECORDS) -> Verdict:
    """Give what a kernel did with a scenario when it was recorded, beside what the model shows
    today.

    Args:
        scenario: The name of a shipped one.
        kernel: The kernel's name in the lab, such as "6.12".
        path: The file of the records.

    Raises:
        ZapvizError: It was not recorded, or the scenario has changed since.
    """
    program = library.scenario(scenario).program
    kept = _read(path).get(scenario, {}).get(kernel)
    how = f"zapviz lab run {scenario} --kernel {kernel} --record"
    if kept is None:
        there = ", ".join(f"{name} on {on}" for name, on in recorded_runs(path))
        raise ZapvizError(f"{scenario} on {kernel} was not recorded: {how}; there are: {there}")
    if kept["scenario"] != statements_of(scenario):
        raise ZapvizError(f"{scenario} has changed since it was recorded on {kernel}: {how}")
    findings = _findings(kept)
    model = MODEL_OF[kernel]
    skipped = left_out(program, lambda each: lacks(each, findings.kernel))
    recorded = verdict(program, kernel, model, plan(program, model, skipped), findings)
    return replace(recorded, release=f"{recorded.release}, recorded on {kept['date']}")


def record_run(
    scenario: str, kernel: str, settings: Settings | None = None, path: Path = RECORDS
) -> Verdict:
    """Run a shipped scenario on a kernel, and record what the kernel showed.

    Raises:
        ZapvizError: The model has no such kernel; or as of judge().
    """
    check_recordable(path)
    program = library.scenario(scenario).program
    known = find_kernel(kernel)
    if known.name not in MODEL_OF:
        raise ZapvizError(f"the model has no kernel {known.name}; it has {', '.join(MODEL_OF)}")
    model = MODEL_OF[known.name]
    planned = plan(program, model, {})
    findings = run_findings(known, [planned.flat], settings)
    features = findings.kernel
    anew = plan(program, model, left_out(program, lambda each: lacks(each, features)))
    if anew.flat != planned.flat:
        findings = run_findings(known, [anew.flat], settings)
    records = _read(path)
    records.setdefault(scenario, {})[known.name] = _record(scenario, findings)
    write_file(path, _text(records).encode(), overwrite=True)
    return recorded_verdict(scenario, known.name, path)


def statements_of(scenario: str) -> list[str]:
    """Give the lines of a scenario that do something; its comments may change."""
    lines = library.load_text(scenario).splitlines()
    return [line.split("#")[0].rstrip() for line in lines if line.split("#")[0].strip()]


def _record(scenario: str, findings: Findings) -> Json:
    """Give what is recorded of a run."""
    [outcome] = findings.outcomes
    return {
        "date": date.today().isoformat(),
        "scenario": statements_of(scenario),
        "kernel": findings.kernel,
        "steps": [
            {
                "result": step.result,
                "returned": step.returned,
                "ptes": step.ptes,
                "wp": step.wp,
                "data": step.data,
                "cache": step.cache,
                **({"swapcache": step.swapcache} if step.swapcache else {}),
            }
            for step in outcome.steps
        ],
        "ended": outcome.ended,
        "complaints": outcome.complaints,
    }


def _findings(kept: Json) -> Findings:
    """Turn a record into findings, as the lab reads them."""

    def tuples(lists: Mapping[str, Any]) -> dict[str, Any]:
        return {name: tuple(values) for name, values in lists.items()}

    steps = tuple(
        Observed(
            step["result"],
            step["returned"],
            ptes=tuples(step["ptes"]),
            wp=tuples(step["wp"]),
            data=tuples(step["data"]),
            cache=tuples(step["cache"]),
            swapcache=tuples(step.get("swapcache", {})),
        )
        for step in kept["steps"]
    )
    outcome = KernelOutcome(steps, kept["ended"], tuple(kept["complaints"]))
    return Findings(dict(kept["kernel"]), (outcome,), complete=True)


def _read(path: Path) -> Json:
    return read_recorded(path)


def _text(records: Json) -> str:
    """Write the records, a step on each line, so that a difference can be read."""
    lines = ["{"]
    for name, kernels in sorted(records.items()):
        lines.append(f" {json.dumps(name)}: {{")
        for kernel, kept in sorted(kernels.items()):
            lines.append(f"  {json.dumps(kernel)}: {{")
            for key, value in kept.items():
                if key == "steps":
                    steps = ",\n".join(f"    {json.dumps(step)}" for step in value)
                    lines.append(f'   "steps": [\n{steps}],')
                else:
                    lines.append(f"   {json.dumps(key)}: {json.dumps(value)},")
            lines[-1] = lines[-1].rstrip(",")
            lines.append("  },")
        lines[-1] = lines[-1].rstrip(",")
        lines.append(" },")
    lines[-1] = lines[-1].rstrip(",")
    return "\n".join([*lines, "}", ""])
