"""The place of a live player in a page: the data that it starts from, and what is shown without it.

The script of the site (assets/site.js) finds each place and builds the view that its data names.
Without scripts, the content of the place is shown: a picture, or text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

import zapviz
from zapviz.api.answers import answer_whole, offers
from zapviz.api.shown import Shown
from zapviz.api.tables import table
from zapviz.kernels.known import KERNELS

__all__ = ["compared_player", "player", "precomputed", "precomputed_watched", "scenario_player"]


def player(shown: Mapping[str, Any], still: str) -> str:
    """Write the place of a view.

    Args:
        shown: What a widget's ``page_data()`` gives, or the same made by hand.
        still: The HTML that is shown where no script runs.
    """
    data = dict(shown)
    _COMPLETED.get(data["view"], dict)(data)
    return (
        f'<div class="zv-place wide">{still}\n'
        f'<script type="application/json">{_embedded(data)}</script></div>'
    )


def _complete_explorer(data: dict[str, Any]) -> None:
    if "payload" in data:
        return
    answered = answer_whole({**data, "ask": "trace"})
    if "error" in answered:
        data |= {"error": answered["error"], "errorLine": answered["line"], "payload": ""}
    else:
        data["payload"] = answered["payload"]


def _complete_table(data: dict[str, Any]) -> None:
    if "table" not in data:
        data["table"] = table(data["kernels"]).as_json()


def _complete_exercise(data: dict[str, Any]) -> None:
    """Add its solution to an exercise, so that it can be revealed without the model."""
    exercise = data["exercise"]
    asked = {"scenario": exercise["scenario"], "kernel": exercise["kernel"]["name"]}
    solution = answer_whole({"ask": "reveal", **asked, "answers": {}})
    if "error" not in solution:
        data["exercise"] = {**exercise, "solution": solution}


def _complete_show(data: dict[str, Any]) -> None:
    if "shown" not in data:
        sides = data.pop("scenarios")
        data["shown"] = Shown([zapviz.run(text, kernel) for text, kernel in sides]).as_json()


_COMPLETED: Final[Mapping[str, Callable[[dict[str, Any]], Any]]] = {
    "explorer": _complete_explorer,
    "table": _complete_table,
    "predict": _complete_exercise,
    "show": _complete_show,
}


def scenario_player(name: str, kernel: str, still: str, step: int | None = None) -> str:
    """Write the place of an explorer on a shipped scenario."""
    text = _scenarios()[name]["text"]
    data = {"view": "explorer", "text": text, "kernel": kernel}
    data |= {} if step is None else {"step": step}
    return player({**data, "payload": precomputed(name)[kernel]}, still)


def compared_player(name: str, kernels: Sequence[str], still: str) -> str:
    """Write the place of a shipped scenario on several kernels, side by side.

    It opens just before they part, so that one step shows it.
    """
    text = _scenarios()[name]["text"]
    answered = answer_whole({"ask": "compare", "text": text, "kernels": list(kernels)})
    frame = answered["comparison"]["partings"][0]["frame"] - 1
    return player({"view": "compare", "frame": frame, **answered}, still)


@cache
def precomputed(name: str) -> Mapping[str, str]:
    """Give the packed trace of a shipped scenario on each kernel, by the kernel's name."""
    text = _scenarios()[name]["text"]
    return {
        kernel: answer_whole({"ask": "trace", "text": text, "kernel": kernel})["payload"]
        for kernel in KERNELS
    }


def precomputed_watched(name: str) -> Mapping[str, Any]:
    """Give the model beside a watched kernel, by the name of the model's kernel that it stands for;
    only those that were watched.
    """
    text = _scenarios()[name]["text"]
    answers = {
        kernel: answer_whole({"ask": "watched", "text": text, "kernel": kernel})
        for kernel in KERNELS
    }
    return {kernel: found for kernel, found in answers.items() if "error" not in found}


@cache
def _scenarios() -> Mapping[str, Mapping[str, Any]]:
    return {one["name"]: one for one in offers()["scenarios"]}


def _embedded(data: Any) -> str:
    """Write JSON that can stand in a script element of HTML."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
