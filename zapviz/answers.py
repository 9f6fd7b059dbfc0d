"""What a page asks of the model: plain values in, plain values out.

A stand-in that knows ``trace`` alone, until the module of this name is merged.

>>> answer({"ask": "trace", "text": "N = anon(2)", "kernel": "v6.12"})["payload"][:1]
'{'
>>> answer({"ask": "trace", "text": "N = anom(2)"})["line"]
1
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from zapviz.errors import ZapvizError
from zapviz.kernels import DEFAULT_KERNEL, KERNELS, Kernel
from zapviz.kernels import kernel as find_kernel
from zapviz.trace import run
from zapviz.view import pack

__all__ = ["answer", "answer_json", "choices"]


def answer(request: Mapping[str, Any], kernels: Mapping[str, Kernel] = KERNELS) -> dict[str, Any]:
    """Answer one request."""
    try:
        if request.get("ask") != "trace":
            raise ZapvizError(f"there is nothing to ask called {request.get('ask')!r}")
        name = request.get("kernel", DEFAULT_KERNEL)
        trace = run(str(request["text"]), kernels[name] if name in kernels else find_kernel(name))
        return {"payload": pack(trace.as_json()), "schedule": []}
    except ZapvizError as error:
        return {"error": str(error), "line": getattr(error, "line", 0)}


def answer_json(request: str) -> str:
    """Answer one request, both as JSON text: for a page that runs Python itself."""
    return json.dumps(answer(json.loads(request)), separators=(",", ":"))


def choices(kernels: Mapping[str, Kernel] = KERNELS) -> dict[str, Any]:
    """What an explorer offers."""
    from zapviz.library import SCENARIOS

    return {
        "scenarios": [
            {"name": name, "title": one.title, "about": one.about, "text": one.text}
            for name, one in SCENARIOS.items()
        ],
        "kernels": [{"name": one.name, "title": one.title} for one in kernels.values()],
    }
