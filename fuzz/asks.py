"""What a page asks of the model, with wrong types and values everywhere."""

from __future__ import annotations

from random import Random
from typing import Any

from fuzz.damage import any_value, damaged, kernel_name
from fuzz.kind import Kind, Wrong, check_plain
from fuzz.texts import scenario_text
from zapviz.api.answers import answer
from zapviz.api.exports import FORMS, OPTIONS
from zapviz.scenario.library import SCENARIOS
from zapviz.scenario.permalink import format_permalink

__all__ = ["ASKS"]

_QUICK = tuple(form for form in FORMS if form not in ("png", "svg", "gif"))
_VALUES = {
    "theme": ("light", "dark", "print"),
    "width": (4, 8.5, 40),
    "dpi": (20, 50),
    "since": (0, 1, 3),
    "stop": ("statement", "pass", "entry"),
    "seconds": (0.02, 1),
    "once": (True, False),
    "comments": (True, False),
}
_SMALL = "N = anon(2)\nN[0] = 7\nmadvise(N, MADV_DONTNEED)\n"  # what is drawn


def _make(rng: Random) -> Any:
    text = damaged(rng, scenario_text(rng), 1)
    request: dict[str, Any] = {"text": text, "kernel": kernel_name(rng)}
    asks = ("trace", "compare", "export", "open", "exercise", "reveal", "kernel", "alive")
    rare = rng.randrange(30)
    ask = "race" if rare == 0 else "watched" if rare == 1 else rng.choice(asks)
    if ask == "trace":
        request |= {"schedule": [rng.randrange(3) for _ in range(rng.randrange(20))]}
        request |= {"whole_table": rng.randrange(2) == 0}
    elif ask == "race":
        request |= {"text": "N = anon(1)\ndef CPU0():\n    N[0] = 1\ndef CPU1():\n    read(N)\n"}
        request |= {"reduced": rng.randrange(2) == 0}
    elif ask == "watched":
        request |= {"text": rng.choice(list(SCENARIOS.values())).text, "kernel": "v6.12"}
    elif ask == "compare":
        request |= {"kernels": [kernel_name(rng) for _ in range(rng.choice((1, 2, 2, 3, 5)))]}
    elif ask == "export":
        drawn = rng.randrange(300) == 0
        form = rng.choice(list(FORMS) if drawn else _QUICK)
        names = [name for name in OPTIONS if rng.randrange(4) == 0]
        options = {name: rng.choice(_VALUES[name]) for name in names}
        request |= {"form": form, "options": options, "step": rng.choice((None, 0, 1, -1, 99))}
        if drawn:
            request |= {"text": _SMALL, "kernel": "v6.12"}
        if rng.randrange(4) == 0:
            request |= {"kernels": ["v5.17", "v6.12"]}
    elif ask == "open":
        link = format_permalink(rng.choice(list(SCENARIOS.values())).text, "v5.17", 3)
        request |= {rng.choice(("link", "pasted")): rng.choice((damaged(rng, link), text))}
    elif ask in ("exercise", "reveal"):
        request |= {"level": rng.choice((1, 2, 3)), "seed": "monday", "number": rng.choice((1, 2))}
        if rng.randrange(2):
            request |= {"scenario": rng.choice((text, rng.choice(list(SCENARIOS))))}
        if rng.randrange(2):
            request |= {"line": rng.randrange(20)}
        if ask == "reveal":
            request |= {"answers": {"A[0]": rng.choice(("kept", "zapped", "changed"))}}
    request["ask"] = ask
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        _spoil(rng, request)
    return request


def _spoil(rng: Random, request: dict[str, Any]) -> None:
    """Give one key of a request, or of its options or answers, a value of any type."""
    inner = [one for one in request.values() if isinstance(one, dict) and one]
    chosen = rng.choice(inner) if inner and rng.randrange(2) else request
    name = rng.choice([*chosen, "more", "step", "line"])
    if rng.randrange(6) == 0:
        chosen.pop(name, None)
    else:
        chosen[name] = any_value(rng)


def _check(request: Any) -> str:
    said = answer(request)
    if type(said) is not dict:
        raise Wrong(f"the answer is no dict: {said!r}")
    check_plain(said)
    if "error" in said:
        if not isinstance(said["error"], str) or not said["error"].strip():
            raise Wrong(f"the answer has no sentence: {said!r}")
        return "refused"
    return f"{request['ask']} answered"


ASKS = Kind("asks", "a page's requests: an answer of plain values to each", _make, _check, 2)
