"""What a guest, a system or this machine says to the lab, damaged on the way."""

from __future__ import annotations

from random import Random
from typing import Any

from fuzz.damage import damaged
from fuzz.kind import Kind, check_plain, check_width
from zapviz.errors import ZapvizError
from zapviz.kernels.known import kernel as find_kernel
from zapviz.lab.guest.fetch import parse_sources
from zapviz.lab.guest.symbols import parse_symbols
from zapviz.lab.plan import lacks, left_out, plan
from zapviz.lab.script import Garbled, executed, parse_findings
from zapviz.lab.verdict import verdict
from zapviz.model import program as p
from zapviz.render.text.lines import WIDTH
from zapviz.scenario.generate import random_program
from zapviz.scenario.text import format_scenario, parse_scenario

__all__ = ["GUESTS"]

_LETTERS = ".fazshupg-deAZS?"
_SOURCES = (
    "deb http://deb.example/debian trixie main\n",
    "# old\ndeb [arch=amd64 signed-by=/k.gpg] https://m.example/debian bookworm main contrib\n",
    "Types: deb deb-src\nURIs: http://deb.example/debian\nSuites: trixie\n  trixie-updates\n"
    "Components: main\nEnabled: yes\n\nTypes: deb\nURIs: x\nSuites: y\n",
)


def _findings(rng: Random, program: p.Program) -> str:
    """Write findings that a probe could write about a program."""
    sizes: dict[str, int] = {}
    mappings: list[str] = []
    files: list[str] = []
    features = ("k release 6.12.0", "k swap 1", "k brd 1", "k uffd 1")
    lines = [*features[: rng.randrange(5)], "P 0"]
    for number, statement in enumerate(executed(program)):
        if isinstance(statement, p.NewFile):
            files.append(statement.name)
            sizes[statement.name] = statement.pages
        elif isinstance(statement, p.NewAnon):
            mappings.append(statement.name)
            sizes[statement.name] = statement.pages
        elif isinstance(statement, p.NewMapping):
            mappings.append(statement.name)
            sizes[statement.name] = statement.pages.count
        result = rng.choice(("0", "0", "0", "0 SIGBUS", "EINVAL", "EFAULT SIGSEGV", "0 SIGALRM"))
        lines.append(f"s {number} {result}")
        for at, name in enumerate(mappings):
            letters = "".join(rng.choice(_LETTERS) for _ in range(sizes[name]))
            digits = "".join(rng.choice(("--", "00", "07")) for _ in range(sizes[name]))
            lines.append(f"m {at} {letters} {digits}")
        for at, name in enumerate(files):
            lines.append(f"c {at} =" + "".join(rng.choice(".fs?") for _ in range(sizes[name])))
        if rng.randrange(9) == 0:
            lines.append("! BUG: Bad rss-counter state")
    return "\n".join([*lines, f"E {rng.choice(('exit', 'exit', 'SIGKILL'))}", "Z 1", ""])


def _make(rng: Random) -> Any:
    if rng.randrange(20) == 0:
        return {
            "sources": damaged(rng, rng.choice(_SOURCES)),
            "name": rng.choice(("a.list", "a.sources")),
        }
    if rng.randrange(20) == 0:
        told = "y ffffffff81000000 _text\ny ffffffff81000010 do_zap.cold\ny 0 x\n"
        return {"symbols": damaged(rng, told)}
    program = random_program(rng, pages=3, statements=6, real_only=True, asserts=True)
    text = format_scenario(program)
    findings = _findings(rng, program)
    if rng.randrange(2):
        findings = damaged(rng, findings).encode("utf-8", "replace").decode()  # as it is read
    return {"text": text, "findings": findings}


def _check(given: Any) -> str:
    if "sources" in given:
        return f"{len(parse_sources(given['sources'], given['name'])) > 0} sources"
    if "symbols" in given:
        symbols = parse_symbols(given["symbols"].splitlines())
        for address in symbols.addresses:
            symbols.function_at(address)
        return "symbols"
    try:
        program = parse_scenario(given["text"])
        findings = parse_findings(given["findings"], [program])
    except (Garbled, ZapvizError):
        return "refused"
    if not findings.outcomes:
        return "cut off"
    model = find_kernel("v6.12")
    skipped = left_out(program, lambda each: lacks(each, findings.kernel))
    planned = plan(program, model, skipped)
    try:
        findings = parse_findings(given["findings"], [planned.flat])
    except Garbled:
        return "of another plan"
    made = verdict(program, "6.12", model, planned, findings)
    check_width(_text(made), WIDTH, "the verdict")
    check_plain(made.as_json())
    return "agrees" if made.agrees else "differs"


def _text(made: Any) -> str:
    from zapviz.api.verdicts import Verdict

    return Verdict.of(made).text()


GUESTS = Kind("guests", "what guests say: read, or refused as garbled", _make, _check, 1.5)
