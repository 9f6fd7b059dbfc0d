"""What a page asks of the model: plain values in, plain values out.

The page of the explorer knows no Python.  It sends a request, a dict with ``ask`` and what
that takes, and gets a dict back; what is wrong comes back as ``{"error": message, "line":
line}``, never as an exception, also where zapviz itself is at fault.  In a notebook the request
comes from the widget; on a page without a server, from a worker that runs this module in the
browser.

What takes long comes back as ``{"going_on": id, "progress": words}``: the page asks ``{"ask": "go
on", "work": id}`` until it has the answer, or ``{"ask": "stop", "work": id}`` for what was found so
far. What else it asks meanwhile is answered in between (:mod:`zapviz.api.pieces`).

>>> answer_whole({"ask": "trace", "text": "N = anon(2)", "kernel": "v6.12"})["payload"][:25]
'{"format":"zapviz-trace",'
>>> answer({"ask": "trace", "text": "N = anom(2)"})["line"]
1
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from zapviz.api.comparisons import Comparison, comparing
from zapviz.api.exports import FORMS, IN_ORDER, OPTIONS, PICTURE_THEMES, exporting, form_of
from zapviz.api.pieces import Answer, Pieces
from zapviz.api.seen import record_of_seen, seen_on
from zapviz.api.tables import table
from zapviz.api.traces import Trace
from zapviz.comparison.comparison import MOST_KERNELS
from zapviz.decisions.cases import ALONE
from zapviz.decisions.table import table_steps
from zapviz.errors import ZapvizError, choices_hint, said_of
from zapviz.exercises.draw import draw_exercise
from zapviz.exercises.exercise import Exercise, Exercises, exercise_steps, exercises_steps
from zapviz.kernels.known import DEFAULT_KERNEL, KERNELS, RULES, Kernel, rule_values
from zapviz.kernels.known import kernel as find_kernel
from zapviz.races.replay import following, replaying
from zapviz.races.search import search_steps
from zapviz.races.telling import telling_steps
from zapviz.render.text.race import exploration_json, extent, stopped_sentence
from zapviz.scenario.library import SCENARIOS, named_or_text
from zapviz.scenario.mail import mailed_kernels, notice_of_several
from zapviz.scenario.permalink import is_permalink, parse_permalink
from zapviz.scenario.text import parse_scenario
from zapviz.trace.record import record_steps
from zapviz.view import pack_trace
from zapviz.words import how_many, joined
from zapviz.work import Steps, Stopped, part, whole

__all__ = [
    "MOST_FINALS",
    "OLD_KERNEL",
    "PAGE_SECONDS",
    "PAGE_STATES",
    "answer",
    "answer_json",
    "answer_whole",
    "offers",
    "respond",
    "traced",
    "tracing",
]


Request: TypeAlias = Mapping[str, Any]


PAGE_STATES: Final = 100_000
"""Most states that a page's request explores, since they are kept: up to 200 MB."""


PAGE_SECONDS: Final = 60.0
"""Most seconds of work that a page's request explores: nobody waits for longer."""


MOST_FINALS: Final = 100
"""Most final states and deadlocks of a race that a page is given; it is told how many there are."""


OLD_KERNEL: Final = "v5.17"
"""The kernel that a comparison begins with: the last one without the fix."""

_PATCH: Final = "second_pass=False"  # a change of one rule, as an example of a patch

_PIECES: Final = Pieces()  # of all pages of this Python


def answer(
    request: Request, kernels: Mapping[str, Kernel] = KERNELS, pieces: Pieces = _PIECES
) -> Answer:
    """Answer one request of a page, within about a second; what takes longer is begun.

    A mistake gives ``{"error": message, "line": line}``; ``line`` is 0 where none is at fault. So
    does whatever is raised, a mistake of zapviz's own or an interrupt: a page never waits in vain.

    Args:
        kernels: The kernels that go by a name here, those of the user's own included.
        pieces: Where the work is kept that is not done.
    """
    try:
        request = _sound(request)
        pieces.forget()
        ask = request.get("ask")
        ask = ask if isinstance(ask, str) else None
        if ask in _OF_WORK:
            return _OF_WORK[ask](pieces, request.get("work"))
        act = _ANSWERS.get(ask or "")
        if act is None:
            raise ZapvizError(
                f"there is nothing to ask called {request.get('ask')!r}; {_known(str(ask))}"
            )
        answered = act(request, kernels)
        return answered if isinstance(answered, dict) else pieces.begin(answered)
    except (Exception, KeyboardInterrupt) as error:
        return _problem(error)


def answer_whole(request: Request, kernels: Mapping[str, Kernel] = KERNELS) -> Answer:
    """Answer one request in one go, however long that takes, for whom nobody waits."""
    return answer(request, kernels, Pieces(seconds=math.inf))


def _problem(error: BaseException) -> Answer:
    line = getattr(error, "line", 0) if isinstance(error, ZapvizError) else 0
    return {"error": said_of(error), "line": line}


def answer_json(request: str) -> str:
    """Answer one request, given and answered as JSON text, for a page that runs Python itself."""
    try:
        return json.dumps(answer(json.loads(request)), separators=(",", ":"))
    except (Exception, KeyboardInterrupt) as error:
        return json.dumps(_problem(error))


def offers(kernels: Mapping[str, Kernel] = KERNELS) -> Answer:
    """Give what an explorer offers: the scenarios, the kernels, the rules, the forms of export."""
    return {
        "scenarios": [
            {"name": name, "title": one.title, "about": one.about, "text": one.text}
            for name, one in SCENARIOS.items()
        ],
        "kernels": [{"name": one.name, "title": one.title} for one in kernels.values()],
        "rules": {rule: [str(value) for value in rule_values(rule)] for rule in RULES},
        "forms": [
            {
                "name": form.name,
                "about": form.about,
                "ending": form.ending,
                "media": form.media,
                "text": form.media.startswith("text/") or form.media == "application/json",
                "options": list(form.options),
                "compares": form.compare is not None,
            }
            for form in FORMS.values()
        ],
        "looks": list(PICTURE_THEMES),
        "mostKernels": MOST_KERNELS,
        "oldKernel": OLD_KERNEL,
        "patch": _PATCH,
    }


def traced(
    text: str, kernel: Kernel, schedule: Sequence[int] = (), *, whole_table: bool = False
) -> Trace:
    """Run a text as a page shows it; a race is run in the order of a schedule.

    Args:
        schedule: The CPU that takes each step, as far as it can be followed; empty: the CPUs run in
            turn.
        whole_table: Whether the entries that one pass decides under one page table's lock stay
            together.

    Raises:
        ZapvizError: The scenario is wrong, or takes too many steps.
    """
    return whole(tracing(text, kernel, schedule, whole_table=whole_table))


def tracing(
    text: str, kernel: Kernel, schedule: Sequence[int] = (), *, whole_table: bool = False
) -> Steps[Trace]:
    """Run a text as :func:`traced` does, in steps.

    Raises:
        ZapvizError: As there; or it was stopped.
    """
    program = parse_scenario(text)
    if not program.concurrent:
        return (yield from Trace.in_steps(program, kernel))

    order = yield from following(program, kernel, tuple(schedule), whole_table=whole_table)
    played = yield from replaying(program, kernel, order, whole_table=whole_table, offers=True)
    return Trace.of(played)


# ---- the requests -----------------------------------------------------------


def _trace(request: Request, kernels: Mapping[str, Kernel]) -> Steps[Answer]:
    """Take ``text``, ``kernel``, ``schedule``, ``whole_table``; give the packed trace and the
    schedule it followed.
    """
    trace = yield from _traced(request, kernels)
    yield from record_steps(trace)
    return {
        "payload": pack_trace(record_of_seen(trace)),
        "schedule": list(trace.schedule or ()),
    }


def _race(request: Request, kernels: Mapping[str, Kernel]) -> Steps[Answer]:
    """Take ``text``, ``kernel``; give every interleaving, with a schedule for each final state.

    ``many`` is the number of final states, the first of which are given; ``stopped`` says why not
    all was explored.
    """
    exploration = yield from search_steps(
        parse_scenario(_text(request)),
        _kernel(request, kernels),
        max_states=PAGE_STATES,
        max_seconds=PAGE_SECONDS,
        reduced=bool(request.get("reduced")),
    )
    return {
        **exploration_json(exploration, "race", MOST_FINALS),
        "extent": extent(exploration),
        "many": len(exploration.finals),
        "stopped": stopped_sentence(exploration),
    }


def _compare(request: Request, kernels: Mapping[str, Kernel]) -> Steps[Answer]:
    """Take ``text``, ``kernels``; give the comparison, and the packed trace of each kernel."""
    comparison = yield from _compared(request, kernels)
    _go_or_stop((yield "looking for where they part"))
    compared = comparison.as_json()
    payloads: list[str] = []
    for trace in comparison.traces:
        _go_or_stop((yield f"written {len(payloads)} of {len(comparison.traces)} traces"))
        yield from part(f"on {trace.kernel.name}", record_steps(trace))
        payloads.append(pack_trace(trace.as_json()))
    return {"comparison": compared, "payloads": payloads}


def _go_or_stop(stop: bool | None) -> None:
    if stop:
        raise Stopped("stopped before it was done, so there is nothing to show")


def _table(request: Request, kernels: Mapping[str, Kernel]) -> Steps[Answer]:
    """Take ``kernels``, ``owners``, ``first``; give the decision table.

    Those of ``first`` are decided before the other kernels. ``stopped`` says of one
    that was stopped which kernels are in it.
    """
    names = request.get("kernels")
    if not isinstance(names, list):
        raise ZapvizError("a table takes a list of kernels, such as ['v5.17', 'v6.12']")
    owners = request.get("owners") or [ALONE]
    if not isinstance(owners, list):
        raise ZapvizError("the owners of a table are a list, such as ['parent', 'child']")
    asked = table([_kernel({"kernel": name}, kernels) for name in names], owners=owners)
    first = request.get("first") or []
    if not isinstance(first, list):
        raise ZapvizError("what is decided first is a list of kernels, such as ['v6.12']")
    decided = yield from table_steps(asked, first)
    stopped = ""
    if decided is not asked:
        there = joined([one.name for one in decided.kernels])
        many = how_many(len(asked.kernels), "kernel")
        stopped = f"Stopped: {len(decided.kernels)} of {many} decided, {there}."
    return {"table": decided.as_json(), "stopped": stopped}


def _watched(request: Request, kernels: Mapping[str, Kernel]) -> Steps[Answer]:
    """Take ``text``, ``kernel``; give the model and a real kernel that was watched doing the same,
    in the form of a comparison.
    """
    watched = seen_on((yield from _traced(request, kernels)))
    return {
        "comparison": watched.comparison_json(),
        "payloads": [pack_trace(record) for record in (watched.beside_json(), watched.as_json())],
    }


def _export(request: Request, kernels: Mapping[str, Kernel]) -> Steps[Answer]:
    """Take ``text``, ``kernel``, ``schedule``, ``form``, ``step``, ``options``; give one form of
    export.

    ``kernels`` in place of ``kernel`` asks for a comparison; ``step`` is then a frame. What is no
    text comes as base64. ``name`` in the answer is a name for the file. A whole race for which no
    order was chosen is shown in the order that tells the most.
    """
    form = form_of(str(request.get("form")))
    options = request.get("options") or {}
    if not isinstance(options, dict):
        raise ZapvizError("the options of an export are names with values")
    _check_names(options)
    shown: Trace | Comparison
    program = parse_scenario(_text(request))
    chosen = request.get("schedule") or request.get("step") is not None
    if "kernels" in request:
        shown = yield from _compared(request, kernels)
    elif program.concurrent and not chosen and form.name in IN_ORDER:
        told = yield from telling_steps(
            program,
            _kernel(request, kernels),
            max_states=PAGE_STATES,
            max_seconds=PAGE_SECONDS,
        )
        shown = Trace.of(told)
    else:
        shown = yield from _traced(request, kernels)
    _go_or_stop((yield f"making the {form.name}"))
    made = yield from exporting(shown, form.name, request.get("step"), **options)
    answer: Answer = {"name": form.file_name(_stem(program.title)), "media": form.media}
    if isinstance(made, str):
        return answer | {"text": made}

    return answer | {"base64": base64.b64encode(made).decode("ascii")}


def _check_names(options: Mapping[str, Any]) -> None:
    """Refuse options by which a form is not told anything, but an export where to look."""
    for name in options:
        if name not in OPTIONS:
            hint = choices_hint(str(name), OPTIONS)
            raise ZapvizError(f"an export has no option '{str(name)[:60]}'; {hint}")


def _open(request: Request, kernels: Mapping[str, Kernel]) -> Answer:
    """Take ``link``; give the scenario, kernel, state and order of CPUs of that permalink.

    ``pasted`` in place of ``link`` is any text: a permalink, a mail of zapviz or a scenario. Unless
    it is a permalink it comes back as it is. ``kernels`` are then those that it names, and
    ``kernel`` is the one to show: the request's, if it is among them, else the first; None where it
    names none. ``notice`` says that it names others.
    """
    pasted = str(request.get("pasted", ""))
    if "link" in request or is_permalink(pasted):
        link = parse_permalink(str(request.get("link", pasted)))
        return {
            "text": link.text,
            "kernel": link.kernel,
            "step": link.step,
            "schedule": list(link.schedule or ()),
            "whole_table": link.whole_table,
        }
    names = tuple(kernel.name for kernel in mailed_kernels(pasted))
    chosen = request.get("kernel")
    shown = chosen if chosen in names else next(iter(names), None)
    notice = notice_of_several(names, str(shown))
    return {
        "text": pasted,
        "kernel": shown,
        "kernels": list(names),
        "notice": f"{notice} Compare shows them side by side." if notice else "",
    }


def _exercise(request: Request, kernels: Mapping[str, Kernel]) -> Steps[Answer]:
    """Take ``exercise`` or ``reveal``, as :func:`respond` does."""
    return _responding(request, kernels)


def _named(request: Request, kernels: Mapping[str, Kernel]) -> Answer:
    """Take ``kernel`` as somebody typed it; give that kernel's name."""
    return {"kernel": _kernel(request, kernels).name}


def _alive(_request: Request, _kernels: Mapping[str, Kernel]) -> Answer:
    """Answer, which is all that is asked."""
    return {}


_OF_WORK: Final[dict[str | None, Callable[[Pieces, object], Answer]]] = {
    "go on": lambda pieces, work: pieces.go_on(work),
    "stop": lambda pieces, work: pieces.go_on(work, stop=True),
    "drop": lambda pieces, work: pieces.drop(work),
}
"""What is asked of work that is going on, whose id is ``work``."""


_ANSWERS: Final[dict[str, Callable[[Request, Mapping[str, Kernel]], Answer | Steps[Answer]]]] = {
    "alive": _alive,
    "trace": _trace,
    "watched": _watched,
    "race": _race,
    "compare": _compare,
    "table": _table,
    "export": _export,
    "kernel": _named,
    "open": _open,
    "exercise": _exercise,
    "reveal": _exercise,
}


# ---- what a request holds ---------------------------------------------------


def _sound(value: Any) -> Any:
    """Give a value without lone surrogates, which JSON can have and UTF-8 cannot."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_sound(one) for one in value]
    if isinstance(value, Mapping):
        return {_sound(name): _sound(one) for name, one in value.items()}
    return value


def _known(word: str) -> str:
    return choices_hint(word, [*_ANSWERS, *map(str, _OF_WORK)])


def _stem(title: str) -> str:
    """Give a file name for what is made of a scenario: the first words of its title."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join(words[:5]) or "scenario"


def _text(request: Request) -> str:
    text = request.get("text")
    if not isinstance(text, str):
        raise ZapvizError("the request has no scenario: its text is to be given as 'text'")
    return text


def _kernel(request: Request, kernels: Mapping[str, Kernel], name: str = "kernel") -> Kernel:
    asked = request.get(name, DEFAULT_KERNEL)
    known = isinstance(asked, str) and asked in kernels
    return kernels[asked] if known else find_kernel(asked)


def _compared(request: Request, kernels: Mapping[str, Kernel]) -> Steps[Comparison]:
    names = request.get("kernels")
    if not isinstance(names, list):
        raise ZapvizError("a comparison takes a list of kernels, such as ['v5.17', 'v6.12']")
    # The page gives a text, never the name of a file on this machine.
    program = parse_scenario(_text(request))
    return comparing(program, names, lambda name: _kernel({"kernel": name}, kernels))


def _traced(request: Request, kernels: Mapping[str, Kernel]) -> Steps[Trace]:
    schedule = request.get("schedule") or []
    if not isinstance(schedule, list) or not all(isinstance(cpu, int) for cpu in schedule):
        raise ZapvizError("a schedule is a list of CPU numbers, such as [0, 0, 1]")
    whole_table = request.get("whole_table") is True
    return tracing(_text(request), _kernel(request, kernels), schedule, whole_table=whole_table)


def respond(
    request: Mapping[str, Any], kernels: Mapping[str, Kernel] = MappingProxyType({})
) -> dict[str, Any]:
    """Answer what a page asks about exercises.

    ``{"ask": "exercise", "level": 1, "seed": "monday", "number": 1}`` gives an exercise without its
    answers; ``{"ask": "exercise", "scenario": text, "kernel": name}`` gives that of a text. With
    ``"number"`` or ``"line"`` too it is one of those of all statements that zap: the one of that
    number, or the first one from that line on.
    ``{"ask": "reveal", "scenario": text, "kernel": name, "answers": {"A[0]": "kept"}}`` judges
    answers. Nothing is kept between two requests. A mistake gives ``{"error": message}``.

    Args:
        request: The request, as plain values.
        kernels: Kernels that go by these names, beside those of :mod:`zapviz.kernels.known`.
    """
    return whole(_responding(request, kernels))


def _responding(request: Request, kernels: Mapping[str, Kernel]) -> Steps[Answer]:
    try:
        ask = request.get("ask")
        if ask == "exercise" and request.get("scenario") is None:
            level, number = _whole(request, "level"), _whole(request, "number")
            return draw_exercise(level, str(request.get("seed", "")), number).as_json()
        if ask in ("exercise", "reveal"):
            name = str(request.get("kernel", DEFAULT_KERNEL))
            # The page gives a text or a name of ours, never that of a file on this machine.
            text = named_or_text(str(request.get("scenario", "")))
            program, kernel = parse_scenario(text, "exercise"), kernels.get(name, name)
            if ask == "exercise" and ("number" in request or "line" in request):
                exercise = _one_of((yield from exercises_steps(program, kernel)), request)
            else:
                exercise = yield from exercise_steps(program, kernel)
            yield from exercise.readying(solution=ask == "reveal")
            if ask == "exercise":
                return exercise.as_json()
            answers = request.get("answers", {})
            if not isinstance(answers, Mapping):
                raise ZapvizError("the answers are a mapping such as {'A[0]': 'kept'}")
            return exercise.judge(answers).as_json()
        hint = choices_hint(str(ask), ("exercise", "reveal"))
        raise ZapvizError(f"a page cannot ask for '{str(ask)[:60]}'; {hint}")
    except ZapvizError as error:
        return {"error": str(error)}


def _one_of(exercises: Exercises, request: Mapping[str, Any]) -> Exercise:
    """Give the exercise of a number, or the first one from a line on, else the last."""
    if "number" not in request:
        line = _whole(request, "line")
        later = (k for k, origin in enumerate(exercises.origins) if origin >= line)
        return exercises[next(later, -1)]
    number = _whole(request, "number")
    if not 1 <= number <= len(exercises):
        raise ZapvizError(f"there is no exercise {number}: the scenario has {len(exercises)}")
    return exercises[number - 1]


def _whole(request: Mapping[str, Any], name: str) -> int:
    value = request.get(name, 1)
    if not isinstance(value, int):
        raise ZapvizError(f"the {name} is a whole number, not {value!r}")
    return value
