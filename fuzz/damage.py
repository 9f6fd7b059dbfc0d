"""Making a text nearly right: some of its words, lines or characters are others."""

from __future__ import annotations

import re
from copy import deepcopy
from random import Random
from typing import Any, Final

from strategies import MANGLERS
from zapviz.kernels.known import KERNELS, RULES, rule_values
from zapviz.scenario.library import SCENARIOS

__all__ = ["ODD", "VALUES", "WORDS", "any_value", "damaged", "kernel_name", "mangled"]

ODD: Final = (
    *("\0", "\x07", "\x1b[2J", "\x1b]0;title\x07", "\x7f", "\x85", "\x9b31m", "\r", "\t", "\v"),
    *("\u202e", "\u2066", "\u200b", "\u200f", "\u2028", "\u2029", "\ufeff", "\xad", "\xa0"),
    *("\u0130", "\u0131", "\u017f", "\u212a", "\uff21", "\u0660", "\xb2", "\u2460", "\ufb01"),
    *("\ud800", "\udfff", "\U0001f600", "e\u0301", "\u4f60\u597d", "\u0645\u0631", "\uffff"),
    *("%s", "{0}", "${A}", "`id`", "$(id)", "<script>", "</script>", "]]>", "\\", "\\u202e", '"'),
)
"""Characters that something may trip over: a terminal, a page, a program, a comparison of cases."""

_TOKEN = re.compile(r"\w+|[ \t]+|\n|.", re.DOTALL)

WORDS: Final = tuple(
    dict.fromkeys(
        word for one in SCENARIOS.values() for word in _TOKEN.findall(one.text) if word.strip()
    )
)
"""The words of the scenarios that come with zapviz."""

_NUMBERS = ("0", "1", "-1", "7", "64", "65", "4096", "0x10", "1e9", "1_0", "9" * 30, "0.5", "007")


def damaged(rng: Random, text: str, most: int = 3) -> str:
    """Change a text in a few places, or in none."""
    for _ in range(rng.choice((0, 1, 1, *range(most + 1)))):
        text = rng.choice((_word, _word, _word, _line, _line, _character, _odd, _cut))(rng, text)
    return text


def _word(rng: Random, text: str) -> str:
    words = _TOKEN.findall(text) or [""]
    at = rng.randrange(len(words))
    how = rng.randrange(5)
    if how == 0:
        words[at] = ""
    elif how == 1:
        words[at] *= rng.choice((2, 2, 3, 40))
    elif how == 2:
        other = rng.randrange(len(words))
        words[at], words[other] = words[other], words[at]
    elif how == 3:
        words[at] = rng.choice(_NUMBERS)
    else:
        words[at] = rng.choice(WORDS)
    return "".join(words)


def _line(rng: Random, text: str) -> str:
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    how = rng.randrange(5)
    if how == 0:
        del lines[at]
    elif how == 1:
        lines.insert(at, lines[at])
    elif how == 2:
        other = rng.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    elif how == 3:
        lines[at] = rng.choice(("    ", "> ", "\t", "# ", " ")) + lines[at]
    else:
        lines[at] = lines[at].lstrip()
    return "\n".join(lines)


def _character(rng: Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(("", chr(rng.randrange(32, 127)))) + text[at + 1 :]


def _odd(rng: Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(ODD) * rng.choice((1, 1, 1, 200)) + text[at:]


def _cut(rng: Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[at:] if rng.randrange(2) else text[:at]


def mangled(rng: Random, text: str) -> str:
    """Mangle a text as mail and editors do, which changes nothing of what it means."""
    for layer in MANGLERS:
        if rng.randrange(3) == 0:
            text = rng.choice(list(layer.values()))(text)
    return text


def kernel_name(rng: Random) -> str:
    """Give a kernel's name, with a patch or without; now and then one that nobody knows."""
    name = rng.choice(list(KERNELS))
    for sign in "+,"[: rng.choice((0, 0, 0, 1, 2))]:
        rule = rng.choice(list(RULES))
        name += f" {sign} {rule}={rng.choice(list(rule_values(rule)))}"
    return damaged(rng, name, 1) if rng.randrange(4) == 0 else name


VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 1, -1, 2, 7, 10**9, 2**70, -(2**63), 0.5, -1e308, 1e-9),
    *("", "0", "v6.12", "reproducer", "all", "N = anon(1)", "\x1b[2J", "\ud800", "x" * 5000),
    *([], [0], [None], [[]], ["v5.17"], ["v5.17", "v6.12"], [0] * 500, [True], [-1, 9]),
    *({}, {"a": 1}, {"text": {}}, {"A[0]": "kept"}, {"": None}),
)
"""Values of every plain type, right and wrong."""


def any_value(rng: Random) -> Any:
    """Give a value of any plain type."""
    return deepcopy(rng.choice(VALUES))
