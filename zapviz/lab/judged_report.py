"""What a system does otherwise than Linux, as text, as Markdown, and as JUnit's XML.

Each difference has the smallest scenario that shows it, with an assertion of what Linux does: it
holds where ``zapviz run`` reads it, and ``zapviz export FILE c`` makes a C program of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from xml.etree import ElementTree

from zapviz.errors import ScenarioError
from zapviz.lab.conformance import Mismatch
from zapviz.lab.judged import Difference, Judged, Scene, call_of
from zapviz.model import program as p
from zapviz.render.text.lines import ascii_only, wrapped
from zapviz.scenario.text import format_scenario, format_statement, parse_scenario
from zapviz.words import how_many, joined

__all__ = ["REPORTS", "format_junit", "format_markdown", "format_text", "pasted"]

_NAMED: Final = 4  # scenarios that are named of many


def pasted(mismatch: Mismatch) -> str:
    """Write the scenario that shows a difference, to be pasted: Linux holds its assertion.

    The line that differs has a comment with both sides.
    """
    *before, last = mismatch.program.statements[: mismatch.statement + 1]
    sides = f"  # Linux: {mismatch.model}; there: {mismatch.kernel}"
    lines = format_scenario(p.Program(tuple(before))).splitlines() if before else []
    text = format_scenario(p.Program((*before, last))).splitlines()[-1]
    for tail in _asserted(mismatch, text):
        whole = "\n".join([*lines, *tail[:-1], tail[-1] + sides, ""])
        try:
            parse_scenario(whole)
        except ScenarioError:
            continue
        return whole
    return "\n".join([*lines, text + sides, ""])


def _asserted(mismatch: Mismatch, call: str) -> Iterator[list[str]]:
    """Give the last lines of a scenario that asserts what Linux does, if the language has them."""
    what, model = mismatch.what, mismatch.model
    place = what.rpartition(" of ")[2]
    if what == "result":
        yield [f"assert {call} == {model}"]
    elif what.startswith("a read of ") and model.startswith("SIG"):
        yield [call, f"assert read({place}) == {model}"]
    elif what.startswith("a read of "):
        yield [call, f"read({place})", f"assert data({place}) == {model.split()[-1]}"]
    elif what.startswith("data of "):
        yield [call, f"assert data({place}) == {model}"]
    elif what.endswith("]"):
        yield [call, f"assert {place} == {model}"]


# ---- text ---------------------------------------------------------------------


def format_text(judged: Judged) -> str:
    """Write the whole report, 72 columns of 7-bit ASCII, without a newline at the end."""
    lines = [line for about in _about(judged) for line in wrapped(about, hang=4)]
    for number, each in enumerate(judged.differ, 1):
        lines += ["", *wrapped(_title(each), first=f"{number:2d}. "), *_sides(each, indent=4)]
        lines += wrapped(f"seen in {_places(each.seen)}", first="    ", hang=6)
        lines += ["", *(" " * 8 + line for line in pasted(each.smallest).splitlines())]
    for title, rest in _rest(judged).items():
        lines += ["", title]
        for one in rest:
            lines += wrapped(one, first="    ", hang=6)
    return ascii_only("\n".join([*lines, "", _closing(judged)]))


def _about(judged: Judged) -> list[str]:
    shipped = sum(scene.shipped for scene in judged.scenes)
    counts = [how_many(shipped, "scenario")]
    if drawn := len(judged.scenes) - shipped:
        counts.append(f"{drawn:,} random ones" if shipped else how_many(drawn, "random scenario"))
    return [
        f"{judged.given} says that it is Linux {judged.release}",
        f"judged by the model of {judged.model.name}: {judged.chosen}",
        _compared(judged),
        f"{joined(counts)}, {how_many(judged.statements, 'statement')}",
    ]


def _compared(judged: Judged) -> str:
    if judged.entries:
        return "compared: results, signals, every entry, and at the end what each read finds"
    when = "after every statement" if judged.looks == "each" else "at the end"
    return (
        f"compared: results, signals, and {when} what each read finds; entries are left out, as "
        "it has no /proc/self/pagemap that tells of them"
    )


def _title(each: Difference) -> str:
    what = {"a read": "a read afterwards", "entry": "entry", "result": "result"}
    return f"{each.kind.call}: {what.get(each.kind.what, each.kind.what)}"


def _sides(each: Difference, indent: int) -> list[str]:
    mismatch = each.smallest
    what = "" if mismatch.what == "result" else f"{mismatch.what}: "
    text = f"{what}Linux {mismatch.model}, there {mismatch.kernel}"
    if each.forked:
        text += ", where a child (fork) reads every page after each statement, and not else"
    return wrapped(text, first=" " * indent, hang=indent + 2)


def _places(seen: tuple[str, ...]) -> str:
    named = list(seen[:_NAMED])
    if more := len(seen) - _NAMED:
        named += [f"{more:,} more"] if more > 0 else []
    return joined(named)


def _rest(judged: Judged) -> Mapping[str, list[str]]:
    """Give what is no difference, by its title."""
    absent = [
        f"{each.kind.call}: {each.kind.system} (in {_places(each.seen)})" for each in judged.absent
    ]
    once = [
        f"{_title(each)} (in {_places(each.seen)}): Linux {each.smallest.model}, there "
        f"{each.smallest.kernel}"
        for each in judged.once
    ]
    untried = []
    for why, those in judged.untried().items():
        places = tuple(
            dict.fromkeys(f"{scene.name}:{u.line}" if u.line else scene.name for scene, u in those)
        )
        untried.append(f"{why}: {how_many(len(those), 'statement')} (in {_places(places)})")
    found = {
        "Not there, as the system says itself:": absent,
        "Seen in one run, and not again:": once,
        "Not tried:": untried,
    }
    return {title: rest for title, rest in found.items() if rest}


def _closing(judged: Judged) -> str:
    """Write one line, to read and to grep."""
    untried = sum(len(scene.untried) for scene in judged.scenes)
    return (
        f"Judge {judged.given.split()[0]} scenarios={len(judged.scenes)} "
        f"statements={judged.statements} differ={len(judged.differ)} absent={len(judged.absent)} "
        f"once={len(judged.once)} untried={untried}"
    )


# ---- Markdown -----------------------------------------------------------------


def format_markdown(judged: Judged) -> str:
    """Write the whole report as Markdown, without a newline at the end."""
    lines = [f"# {_plain(judged.given)}, held against Linux", ""]
    lines += [f"- {_plain(about)}" for about in _about(judged)]
    if judged.differ:
        lines += ["", "| call | what | Linux | there | seen in |", f"|{' --- |' * 5}"]
        for each in judged.differ:
            seen = how_many(len(each.seen), "scenario")
            mismatch = each.smallest
            cells = (each.kind.call, each.kind.what, mismatch.model, mismatch.kernel, seen)
            lines.append("| " + " | ".join(map(_plain, cells)) + " |")
    for number, each in enumerate(judged.differ, 1):
        lines += ["", f"## {number}. {_plain(_title(each))}", ""]
        lines += [f"{_plain(' '.join(_sides(each, 0)))}. Seen in {_places(each.seen)}.", ""]
        lines += ["```", *pasted(each.smallest).splitlines(), "```"]
    for title, rest in _rest(judged).items():
        lines += ["", f"## {title.rstrip(':')}", "", *(f"- {_plain(one)}" for one in rest)]
    return "\n".join([*lines, "", f"`{_closing(judged)}`"])


def _plain(text: str) -> str:
    """Write a text so that Markdown takes none of it for a sign."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", text)


# ---- JUnit --------------------------------------------------------------------


def format_junit(judged: Judged) -> str:
    """Write the report as JUnit's XML, a test case for each scenario.

    One that differs is a failure. One is skipped that nothing of could be tried, or in which the
    system says that it does not have a call.
    """
    suite = ElementTree.Element("testsuite", name=f"zapviz lab judge {judged.given}")
    counts = {"failure": 0, "skipped": 0}
    for scene in judged.scenes:
        kind = "shipped" if scene.shipped else "random"
        case = ElementTree.SubElement(
            suite, "testcase", classname=f"zapviz.judge.{kind}", name=scene.name
        )
        if outcome := _outcome(judged, scene):
            tag, message, text = outcome
            counts[tag] += 1
            ElementTree.SubElement(case, tag, message=message).text = text
        if scene.untried:
            told = [f"not tried: {_place(u.line)}{u.text}: {u.why}" for u in scene.untried]
            ElementTree.SubElement(case, "system-out").text = "\n".join(told)
    suite.set("tests", str(len(judged.scenes)))
    suite.set("failures", str(counts["failure"]))
    suite.set("skipped", str(counts["skipped"]))
    suite.set("errors", "0")
    whole = ElementTree.SubElement(suite, "system-out")
    whole.text = "\n".join([*_about(judged), _closing(judged)])
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode")


def _outcome(judged: Judged, scene: Scene) -> tuple[str, str, str] | None:
    """Give the element that says how a scenario ended, its message and its text; None: all well."""
    shown = judged.shown_by(scene)
    differ = [each for each in shown if each.repeated and not each.absent]
    absent = [each for each in shown if each.repeated and each.absent]
    if differ:
        texts = [f"{_where(scene, each)}\n\n{pasted(each.smallest)}" for each in differ]
        return "failure", "; ".join(_title(each) for each in differ), "\n".join(texts)
    if absent:
        message = ", ".join(f"{each.kind.call}: {each.kind.system}" for each in absent)
        return "skipped", f"not there: {message}", ""
    if not scene.calls.statements:
        return "skipped", f"not tried: {scene.untried[0].why}" if scene.untried else "empty", ""
    return None


def _where(scene: Scene, each: Difference) -> str:
    """Say in which line of a scenario a difference is, and what both sides do."""
    for line, mismatch in scene.differs:
        call = mismatch.program.statements[mismatch.statement]
        if call_of(call) == each.kind.call:
            text = format_statement(call)
            what = f"{mismatch.what}: Linux {mismatch.model}, there {mismatch.kernel}"
            return f"{_place(line)}{text}: {what}"
    return _title(each)


def _place(line: int) -> str:
    return f"line {line}: " if line else ""


REPORTS: Final[Mapping[str, Callable[[Judged], str]]] = MappingProxyType(
    {".txt": format_text, ".md": format_markdown, ".xml": format_junit}
)
"""What writes a report, by the ending of its file."""
