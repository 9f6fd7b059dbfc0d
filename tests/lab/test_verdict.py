"""Model and kernel beside each other: what agrees, what differs, what is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from zapviz.api.verdicts import Verdict
from zapviz.commands.lab import _status
from zapviz.kernels.known import KERNELS, Kernel
from zapviz.lab import Findings, KernelOutcome, NotOnKernel, Observed
from zapviz.lab.plan import lacks, left_out, plan
from zapviz.lab.verdict import model_for, verdict
from zapviz.model.program import Program
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import parse_scenario

V6_12 = KERNELS["v6.12"]
HOLE = SCENARIOS["hole-punch"].program


def judged(
    program: Program,
    model: Kernel = V6_12,
    real: Kernel | None = None,
    features: dict[str, str] | None = None,
    change: Callable[[list[Observed]], object] = lambda steps: None,
    complaints: tuple[str, ...] = (),
) -> Verdict:
    """The verdict on a kernel that does as the model ``real``, but for ``change``."""
    found = features or {}
    skipped = left_out(program, lambda each: lacks(each, found))
    steps = [said for step in plan(program, real or model, skipped).steps for _, said in step.calls]
    change(steps)
    outcome = KernelOutcome(tuple(steps), "exit", complaints)
    findings = Findings({"release": "6.12.9", **found}, (outcome,), True)
    return Verdict.of(verdict(program, "6.12", model, plan(program, model, skipped), findings))


def test_a_kernel_like_the_model_agrees() -> None:
    """Every statement is there on both sides, assertions hold on both."""
    found = judged(HOLE)
    assert found.agrees and found.ok and found.difference is None
    assert len(found.rows) == len(HOLE.statements)
    assert {row.kernel_holds for row in found.rows} == {True, None}


def test_the_text_of_an_agreement(expected: Callable[[str, str], None]) -> None:
    """72 columns, one letter an entry, and a last line that can be looked for."""
    text = judged(HOLE).text()
    assert all(len(line) <= 72 and line.isascii() for line in text.splitlines())
    expected("lab-agree.txt", text + "\n")


def test_the_text_of_a_disagreement(expected: Callable[[str, str], None]) -> None:
    """The first difference is marked under its entry; an assertion fails on the kernel."""
    found = judged(SCENARIOS["reproducer"].program, real=KERNELS["v5.17"])
    assert not found.agrees and not found.ok
    assert found.difference is not None and found.difference[1].what == "A[1]"
    expected("lab-disagree.txt", found.text() + "\n")


def test_the_text_of_long_mappings(expected: Callable[[str, str], None]) -> None:
    """Strips of 16 entries; only those that changed are repeated."""
    program = parse_scenario("F = file(40)\nA = mmap(F, MAP_SHARED)\nread(A[20])\nA[39] = 1\n")

    def lose(steps: list[Observed]) -> None:
        kinds = steps[-1].ptes["A"]
        steps[-1] = replace(steps[-1], ptes={"A": (*kinds[:33], "unknown", *kinds[34:])})

    expected("lab-long.txt", judged(program, change=lose).text() + "\n")


def test_the_json_has_the_form_of_zapviz_run() -> None:
    """The same keys and values as the model's, with the kernel as its source."""
    program = SCENARIOS["swap-cache"].program
    from zapviz.api.traces import run

    said, model = judged(program).as_json(), run(program, V6_12).as_results()
    assert said["source"] == "kernel" and said["release"] == "6.12.9"
    assert said["agrees"] and said["difference"] is None
    assert {key: said[key] for key in model} == model
    assert json.loads(json.dumps(said)) == said


def test_a_failing_assertion_is_no_disagreement() -> None:
    """Where model and kernel both lose the data, they agree, and the assertion fails."""
    found = judged(SCENARIOS["reproducer"].program, model=KERNELS["v5.17"])
    assert found.agrees and not found.ok
    assert [row.statement.line for row in found.failed] == [15, 17]
    assert (
        found.text().splitlines()[-1] == "FAILED on kernel 6.12: 2 assertions fail (lines 15, 17)"
    )


def test_the_kernels_own_complaints_count() -> None:
    """A warning in the kernel's log is told, and is no agreement."""
    found = judged(HOLE, complaints=("BUG: Bad rss-counter state mm:0 type:MM_SWAPENTS val:1",))
    assert found.difference is None and not found.agrees
    assert "the kernel's log: BUG: Bad rss-counter state" in found.text()
    assert "COMPLAINTS: kernel 6.12" in found.text()


def test_a_process_that_ended_early_is_a_difference() -> None:
    """Killed in the middle: what follows was not seen, and counts as neither way."""

    def kill(steps: list[Observed]) -> None:
        del steps[4:]

    found = judged(HOLE, change=kill)
    assert not found.agrees and found.ok
    assert found.rows[-1].kernel is None
    assert "(the process had ended)" in found.text()
    assert found.as_json()["steps"][-1]["result"] is None


def test_a_process_that_exits_leaves_nothing_mapped() -> None:
    """The probe cannot look after exit(); that nothing is mapped goes without saying."""
    program = parse_scenario("N = anon(2)\nN[0] = 1\nexit()\nassert N == unmapped\n")

    def gone(steps: list[Observed]) -> None:
        steps[-1] = Observed("0", "0", {}, {}, {}, {})

    found = judged(program, change=gone)
    assert found.agrees and found.ok


def test_a_child_that_exits_leaves_the_first_process_as_it_is() -> None:
    """Only its own entries are gone; what is asserted of the others is held against them."""
    program = parse_scenario(
        "N = anon(2)\nN[0:2] = 1\nC = fork()\nexit(C)\n"
        "assert N == anon and C.N == unmapped and data(N) == 1 and rss.anonpages == 2\n"
    )
    found = judged(program)
    assert found.agrees and found.ok
    (exited,) = (row for row in found.rows if row.text == "exit(C)")
    assert exited.kernel is not None
    assert exited.kernel.ptes == {"N": ("anon", "anon"), "C.N": ("unmapped", "unmapped")}


def test_assertions_are_held_against_what_was_seen() -> None:
    """Every sort of condition, from left to right; data that cannot be seen decides nothing."""
    program = parse_scenario(
        "F = shmem(2)\nA = mmap(F, MAP_PRIVATE)\nA[0:2] = 7\n"
        "assert A == anon and data(A) == 7 and rss.anonpages == 2\n"
        "assert A[0] != swap and not F == none and F[0:2] in (file, swap)\n"
        "assert read(A[0]) == 0 and data(A[0]) != 8\n"
        "madvise(A[0], MADV_PAGEOUT)\n"
        "assert data(A[0]) == 7\n"
        "assert data(F) == 0\n"
        "assert data(A[0]) == 7 or A[0] == swap\n"
        "assert A[0] == none or read(A[0]) == 0\n"
        "madvise(A, MADV_DONTNEED)\n"
        "assert data(A) != 7\n"
    )
    found = judged(program)
    assert found.agrees
    holds = [row.kernel_holds for row in found.rows]
    assert holds == [None, None, None, True, True, True, None, None, None, True, True, None, True]
    assert "cannot be seen" in found.text()


def test_an_assertion_that_only_the_kernel_fails_is_a_difference() -> None:
    """Counters are recounted, so this is rare: then the entries differ already."""

    def change(steps: list[Observed]) -> None:
        steps[-1] = replace(steps[-1], ptes={"N": ("none",)}, data={"N": (None,)})

    found = judged(parse_scenario("N = anon(1)\nN[0] = 1\nassert N == anon\n"), change=change)
    assert found.difference is not None and found.difference[0] == 1
    assert found.rows[2].kernel_holds is False


@pytest.mark.parametrize(
    ("name", "features", "lines"),
    [
        ("direct-write", {"disk": "0"}, [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
        ("direct-write", {"direct": "0"}, [12]),
        ("swap-cache", {"pageout": "0"}, [9]),
        ("hwpoison-truncate", {"hwpoison": "-1"}, [10]),
        ("markers", {"uffd": "0"}, [12, 13]),
        ("hole-punch", {"disk": "0", "uffd": "0", "migrate": "0"}, []),
    ],
)
def test_what_a_kernel_lacks_is_left_out_by_name(
    name: str, features: dict[str, str], lines: list[int]
) -> None:
    """With all that hangs on it, on both sides, each with its reason."""
    found = judged(SCENARIOS[name].program, features=features)
    assert list(found.skipped) == lines
    assert found.agrees and found.ok
    assert ("skipped: " in found.text()) == bool(lines)
    assert all(step.get("skipped") for step in found.as_json()["steps"] if step["line"] in lines)


def test_a_call_inside_an_assertion_is_left_out_too() -> None:
    """An assertion that asks for what is not there is skipped as a whole."""
    program = parse_scenario("N = anon(1)\nassert migrate(N) == 0\n")
    assert list(judged(program, features={"migrate": "0"}).skipped) == [2]


def test_a_scenario_that_would_wait_for_ever_is_refused() -> None:
    """Nothing is booted for it."""
    with pytest.raises(NotOnKernel):
        plan(SCENARIOS["race-punch"].program, V6_12, {})


@pytest.mark.parametrize(
    ("release", "model"),
    [
        ("6.12.117+deb13-cloud-amd64", "v6.12"),
        ("5.10.0-32-amd64", "v5.10.y"),
        ("5.17.0-mine", "v5.17"),
        ("9.1.0-rc3", "v7.3"),
        ("4.19.0", "v5.10.y"),
        ("", "v5.10.y"),
    ],
)
def test_a_release_is_held_against_its_model(release: str, model: str) -> None:
    """That of its version; beyond those that the model knows, the nearest."""
    assert model_for(release) is KERNELS[model]


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ("6.1.148", "v6.1.148"),
        ("6.12.0-mine", "v6.12.0"),
        ("6.6.103-1-lts", "v6.6.103"),
        ("5.15.0-91-generic", "v5.15"),
    ],
)
def test_a_point_release_is_held_against_its_own_rules(release: str, name: str) -> None:
    """Unless a distribution's number stands where its point release would."""
    assert model_for(release).name == name
    assert model_for("6.1.148").remove_maywrite is False
    assert model_for("6.1.0-50-amd64").remove_maywrite is True


def test_a_release_between_two_models_has_what_had_changed_by_then() -> None:
    """The rules of the older one, but for what came before the release."""
    assert model_for("6.14.3-arch1").guard_regions == "anon"
    assert model_for("6.16.0").guard_regions == "all"
    assert model_for("6.16.0").version == (6, 16)
    assert model_for("6.6.9").uffd_poison and not model_for("6.5.9").uffd_poison
    assert model_for("6.2.2").rules == model_for("6.1.1").rules
    assert model_for("6.2.2").reclaim_poisons == "entry" != model_for("6.2.3").reclaim_poisons
    assert model_for("5.15.160").swap_entries == "even_cows"


STUCK = parse_scenario(
    "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\nuffd_wp(A)\n"
    "madvise(A, MADV_GUARD_INSTALL)\nassert A[0] == guard_marker\n"
)


def stuck(ended: str, steps: int = 4, program: Program = STUCK) -> Verdict:
    """The verdict on a kernel that reported some statements, and ended the process so."""
    model = KERNELS["v6.18"]
    planned = plan(program, model, {})
    seen = [observed for step in planned.steps for _, observed in step.calls][:steps]
    outcome = KernelOutcome(tuple(seen), ended)
    return Verdict.of(
        verdict(program, "6.18", model, planned, Findings({"release": "6.18.9"}, (outcome,), True))
    )


def test_a_call_that_never_returns_agrees_where_the_alarm_ends_it() -> None:
    """What stands below it is run on neither side; all of it is no success."""
    found = stuck("SIGALRM")
    assert found.agrees and not found.ok and not found.failed
    assert len(found.rows) == 5
    assert found.stuck is found.rows[-1]
    lines = found.text().splitlines()
    assert "     never returns                    not back after 5 s" in lines
    at = lines.index("agree: kernel 6.18 and the model of v6.18, in 5 statements")
    blocked = "BLOCKED on kernel 6.18: line 5 not back after 5 s; 1 statement not run"
    assert lines[at + 1] == blocked
    assert lines[at + 2].startswith("met at line 5, a known difference:")
    assert all(len(line) <= 72 for line in lines)
    steps = found.as_json()["steps"]
    assert [step["result"] for step in steps] == ["0", "0", "0", "0", "BLOCKED"]


def test_a_call_that_returns_where_the_model_has_none_differs() -> None:
    """A kernel without the bug: its result stands beside the model's."""
    model = KERNELS["v6.18"]
    planned = plan(STUCK, model, {})
    seen = [observed for step in planned.steps for _, observed in step.calls]
    seen[-1] = replace(seen[-1], result="0", returned="0")
    outcome = KernelOutcome(tuple(seen), "exit")
    found = verdict(STUCK, "6.18", model, planned, Findings({}, (outcome,), True))
    assert found.difference is not None
    assert found.difference[0] == 4
    assert (found.difference[1].model, found.difference[1].kernel) == ("BLOCKED", "0")
    assert found.stuck is None


@pytest.mark.parametrize(("ended", "steps"), [("SIGSEGV", 4), ("SIGALRM", 3), ("exit", 3)])
def test_another_end_differs(ended: str, steps: int) -> None:
    """Another signal, or the alarm at another statement, is not what the model says."""
    found = stuck(ended, steps)
    assert not found.agrees
    assert found.difference is not None
    assert found.difference[1].what == "the process"
    assert found.difference[1].kernel == ended


def test_an_assertion_can_never_return() -> None:
    """Its call is what is not back; it neither holds nor fails."""
    program = parse_scenario(
        "F = shmem(1)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\nuffd_wp(A)\n"
        "assert madvise(A, MADV_GUARD_INSTALL) == 0 and A[0] == guard_marker\n"
    )
    found = stuck("SIGALRM", program=program)
    assert found.agrees and not found.ok
    assert (found.rows[-1].model_holds, found.rows[-1].kernel_holds) == (None, None)
    assert "never returns" in found.text()


LOST = parse_scenario(
    "F = file(2)\nA = mmap(F, MAP_SHARED)\nA[0] = 1\nmadvise(A[0], MADV_HWPOISON)\n"
    "pwrite(F[1], 2, O_DIRECT)\nassert A[0] == hwpoison\n"
)


def with_eio(steps: list[Observed]) -> None:
    """The call after the loss fails, as on 6.1."""
    steps[4] = replace(steps[4], result="EIO", returned="EIO")


def test_a_known_difference_is_no_disagreement() -> None:
    """The text gives its sentence and where all are listed, the status is that of agreement."""
    found = judged(LOST, real=KERNELS["v6.1"], model=KERNELS["v6.1"], change=with_eio)
    assert found.known is not None and found.known.id == "lost-writes"
    assert not found.agrees and found.ok
    text = " ".join(found.text().split())
    assert "known difference: kernel 6.12 and the model of v6.1 part at line 5" in text
    assert str(found.known) in text
    assert "docs/known-differences.md" in text
    assert "DISAGREE" not in text
    assert _status(found) == 0
    assert found.as_json()["known_differences"][0]["id"] == "lost-writes"


def test_another_difference_before_it_is_a_disagreement() -> None:
    """What parts before the known difference is met is told as ever."""

    def change(steps: list[Observed]) -> None:
        steps[3] = replace(steps[3], result="EINVAL", returned="EINVAL")

    found = judged(LOST, real=KERNELS["v6.1"], model=KERNELS["v6.1"], change=change)
    assert found.known is None
    assert "DISAGREE" in found.text()
    assert _status(found) == 1


def test_a_known_difference_that_does_not_show_is_told_all_the_same() -> None:
    """Model and kernel agree, and the line that meets it is named."""
    found = judged(LOST, real=KERNELS["v6.1"], model=KERNELS["v6.1"])
    assert found.agrees
    assert "met at line 5, a known difference:" in " ".join(found.text().split())


def test_a_kernel_without_a_disk_to_swap_to_leaves_that_out() -> None:
    """The swap device that it has is used, and the statement is named as skipped."""
    device = parse_scenario("swap(disk)\nN = anon(1)").statements[0]
    assert "no disk to swap to here" in lacks(device, {"swap_disk": "0"})
    assert lacks(device, {"swap_disk": "1"}) == ""
    ram = parse_scenario("swap(ram)\nN = anon(1)").statements[0]
    assert lacks(ram, {"swap_disk": "0"}) == ""
