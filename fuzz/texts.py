"""Texts of scenarios: read, written again, run and told."""

from __future__ import annotations

from random import Random
from typing import Any

from fuzz.damage import ODD, damaged, kernel_name, mangled
from fuzz.kind import Kind, Wrong, check_width
from zapviz.api.exports import export
from zapviz.api.traces import run
from zapviz.errors import ZapvizError
from zapviz.kernels.known import kernel as find_kernel
from zapviz.render.text.lines import WIDTH
from zapviz.scenario.generate import random_program
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.text import format_scenario, parse_scenario

__all__ = ["MAILS", "TEXTS", "scenario_text"]

_SHIPPED = tuple(one.text for one in SCENARIOS.values())


def scenario_text(rng: Random) -> str:
    """Give the text of a scenario that is right, now and then with remarks in it."""
    if rng.randrange(5) == 0:
        return rng.choice(_SHIPPED)
    pages, forks = rng.choice((2, 4, 8)), rng.randrange(3) == 0
    text = format_scenario(random_program(rng, pages=pages, statements=8 + 4 * forks, forks=forks))
    if rng.randrange(3) == 0:
        text = f"# {rng.choice(ODD) * rng.choice((1, 30))} {rng.choice(ODD)} title\n\n{text}"
    return text


def _make(rng: Random) -> Any:
    text = damaged(rng, scenario_text(rng))
    if rng.randrange(4) == 0:
        text = mangled(rng, text)
    return {"text": text, "kernel": kernel_name(rng) if rng.randrange(4) == 0 else ""}


def _check(given: Any) -> str:
    try:
        program = parse_scenario(given["text"])
        written = format_scenario(program)
        again = parse_scenario(written)
    except ZapvizError as error:
        _check_message(str(error))
        return "refused"
    if again != program:
        raise Wrong(f"what is written is read otherwise: {written!r}")
    if format_scenario(again) != written:
        raise Wrong(f"what is written twice is not the same: {written!r}")
    if not given["kernel"]:
        return "read and written"
    try:
        trace = run(program, find_kernel(given["kernel"]))
        told = {form: str(export(trace, form)) for form in ("text", "mail", "c")}
    except ZapvizError as error:
        _check_message(str(error))
        return "not told"
    for form, text in told.items():
        check_width(text, 80 if form == "c" else WIDTH, form)
    return "run and told"


def _check_message(message: str) -> None:
    if not message.strip():
        raise Wrong("the message says nothing")
    if len(message) > 4000:
        raise Wrong(f"the message has {len(message)} characters")


TEXTS = Kind("texts", "scenarios: parse and print are inverse, and every text is narrow",
             _make, _check, 3)  # fmt: skip


def _make_mail(rng: Random) -> Any:
    text, names = scenario_text(rng), [kernel_name(rng) for _ in range(rng.choice((0, 1, 1, 2, 5)))]
    called = "".join(
        f' --kernel "{name}"' if " " in name or rng.randrange(4) == 0 else f" --kernel {name}"
        for name in names
    )
    mail = (
        f"{rng.choice(('Hi,', 'On Monday somebody wrote:', ''))}\n\n===8<===\n{text}===8<===\n\n"
        f"zapviz 0.1.0: zapviz {rng.choice(('run', 'diff'))} FILE{called}\n"
    )
    return mangled(rng, damaged(rng, mail))


def _check_mail(mail: Any) -> str:
    from zapviz.scenario.given import given_source

    try:
        source = given_source(mail)
        program = source.program
        chosen = source.kernel()
    except ZapvizError as error:
        _check_message(str(error))
        return "refused"
    try:
        written = str(export(run(program, chosen), "mail"))
    except ZapvizError:
        return "too much to run"
    check_width(written, WIDTH, "the mail")
    again = given_source(written)
    if again.kernel() != chosen:
        raise Wrong(f"the mail is of {chosen.name}, and read as of {again.kernel().name}")
    if _bare(again.program) != _bare(program):
        raise Wrong("the mail is read as another scenario")
    return "written and read"


def _bare(program: Any) -> str:
    """Give the statements, without the remarks that a mail of plain letters changes."""
    lines = format_scenario(program).splitlines()
    bare = [line.split("#")[0].rstrip() for line in lines]
    return "\n".join(line for line in bare if line)


MAILS = Kind("mails", "mails: what is written is read back", _make_mail, _check_mail, 1.5)
