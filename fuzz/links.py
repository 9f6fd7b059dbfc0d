"""Permalinks: read, written again, damaged."""

from __future__ import annotations

import base64
import json
import zlib
from random import Random
from typing import Any

from fuzz.damage import ODD, any_value, damaged, kernel_name
from fuzz.kind import Kind, Wrong
from fuzz.texts import scenario_text
from zapviz.errors import ZapvizError
from zapviz.kernels.known import MODEL, full_name
from zapviz.kernels.known import kernel as find_kernel
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.permalink import (
    decode_permalink,
    format_permalink,
    is_permalink,
    parse_permalink,
)

__all__ = ["LINKS"]

_CASES = str.maketrans({"i": "\u0131", "I": "\u0130", "s": "\u017f", "k": "\u212a", "K": "\u212a"})


def _signed(form: object, body: str) -> str:
    head = f"zapviz:{form}:{body}"
    return f"{head}:{zlib.crc32(head.encode('utf-8', 'replace')):08x}"


def _of_values(rng: Random) -> str:
    """Make a token that is whole, and holds whatever chance puts into it."""
    fields: dict[str, Any] = {
        "text": damaged(rng, scenario_text(rng)),
        "kernel": kernel_name(rng),
        "model": MODEL,
        "release": rng.choice(("0.1.0", rng.choice(ODD))),
        "step": rng.choice((0, 3, None)),
        "schedule": rng.choice((None, "0011", "")),
    }
    if rng.randrange(2):
        fields[rng.choice((*fields, "whole_table", "more"))] = any_value(rng)
    if rng.randrange(2):
        said = json.dumps({name: one for name, one in fields.items() if one is not None}).encode()
        packed = zlib.compress(said)
        form: object = 1
    else:
        text = str(fields.pop("text"))
        head = json.dumps(list(fields.values()))
        packing = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = f"{head}\n{text}".encode("utf-8", "replace")
        packed = packing.compress(data) + packing.flush()
        form = 2
    if rng.randrange(4) == 0:
        at = rng.randrange(len(packed))
        packed = packed[:at] + bytes([rng.randrange(256)]) + packed[at + rng.randrange(3) :]
    body = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return _signed(rng.choice((form, form, form, 3, 10**8)), body)


def _make(rng: Random) -> Any:
    how = rng.randrange(8)
    if how < 3:
        return {
            "text": damaged(rng, scenario_text(rng)),
            "kernel": kernel_name(rng),
            "step": rng.choice((None, 0, 5, 20_000, any_value(rng))),
            "schedule": rng.choice((None, [], [0, 1, 2], [0] * 50, [1] * rng.randrange(9))),
            "whole_table": rng.randrange(3) == 0,
        }
    if how < 5:
        token = _of_values(rng)
    elif how < 6:
        token = f"{rng.choice(list(SCENARIOS))}@{kernel_name(rng)}:{rng.randrange(30)}"
    else:
        token = format_permalink(rng.choice(list(SCENARIOS.values())).text, "v6.12", 3)
        token = damaged(rng, token)
    if rng.randrange(4) == 0:
        token = token.translate(_CASES)
    if rng.randrange(3) == 0:
        around = rng.choice(("see <{}>", "https://a.example/explore.html#{}", "> {}\n> ok", "{}."))
        token = around.format(token.replace("{", "").replace("}", ""))
    return damaged(rng, token, 1) if rng.randrange(3) == 0 else token


def _check(given: Any) -> str:
    if isinstance(given, str):
        return _read(given)
    named = dict(given)
    text, kernel = named.pop("text"), named.pop("kernel")
    try:
        token = format_permalink(text, kernel, named.pop("step"), **named)
    except ZapvizError:
        return "not written"
    link = parse_permalink(token)
    if link.text != text or link.step != given["step"] or link.whole_table != given["whole_table"]:
        raise Wrong(f"the link is read otherwise: {link!r}")
    if link.kernel != full_name(find_kernel(kernel)):
        raise Wrong(f"the link of {kernel!r} is read as of {link.kernel!r}")
    if list(link.schedule or ()) != list(given["schedule"] or ()):
        raise Wrong(f"the link's schedule is read as {link.schedule!r}")
    return "written and read"


def _read(text: str) -> str:
    is_permalink(text)
    try:
        decode_permalink(text)
        link = parse_permalink(text)
    except ZapvizError as error:
        if not str(error).strip():
            raise Wrong("the message says nothing") from None
        return "refused"
    again = parse_permalink(format_permalink(
        link.text, link.kernel, link.step, schedule=link.schedule, whole_table=link.whole_table
    ))  # fmt: skip
    if (again.text, again.step, again.schedule) != (link.text, link.step, link.schedule):
        raise Wrong(f"what is read is written otherwise: {link!r}")
    return "read and written"


LINKS = Kind("links", "permalinks: parse and print are inverse", _make, _check, 2)
