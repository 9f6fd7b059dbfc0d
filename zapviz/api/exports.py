"""The forms in which a trace leaves zapviz: text for a mail, pictures for slides, a page, a link.

:data:`FORMS` is the one list of them, for Python, the command line and the explorer's menu.
What draws a form is imported when it is asked for.

>>> print(export(zapviz.run("N = anon(4)\\nN[0:2] = 7"), "text", step=-1), end="")
      0123
N     AA..    anonymous memory
>>> FORMS["png"].ending
'png'
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from zapviz.comparison.comparison import Comparison
from zapviz.comparison.partings import comparison_json
from zapviz.errors import OptionError, StateError, ZapvizError, choices_hint, need
from zapviz.races.search import MAX_STATES
from zapviz.races.telling import telling_steps
from zapviz.render.c.reproducer import reproducer_steps
from zapviz.render.figure import NEEDS
from zapviz.render.page import comparison_page, trace_page
from zapviz.render.text.comparison import format_comparison
from zapviz.render.text.lines import wrapped
from zapviz.render.text.mail import format_comparison_mail, format_mail
from zapviz.render.text.order import format_order
from zapviz.render.text.trace import format_state, format_trace
from zapviz.trace.deciding import deciding_step
from zapviz.trace.link import link_of
from zapviz.trace.record import record_of, record_steps
from zapviz.trace.run import Run
from zapviz.work import Steps, part, whole
from zapviz.written_file import check_free, write_file

if TYPE_CHECKING:
    from zapviz.render.figure.sheet import Sheet

__all__ = [
    "FORMS",
    "IN_ORDER",
    "OF_STATEMENT",
    "OPTIONS",
    "PICTURE_THEMES",
    "Form",
    "check_ending",
    "check_figure",
    "export",
    "exporting",
    "form_of",
    "place",
    "save",
]

FormMaker: TypeAlias = "Callable[..., str | bytes | Steps[str] | Steps[bytes]]"


@dataclass(frozen=True)
class Form:
    """One form of export."""

    name: str
    about: str  # what it is, in a few words
    ending: str  # of a file's name, without the dot
    media: str  # the media type
    # Takes a trace, a state or None, and options; gives text, or the bytes of a file; what takes
    # long gives the steps to them.
    make: FormMaker
    compare: FormMaker | None = None  # the same for a comparison and a frame; None: one kernel only
    options: tuple[str, ...] = ()  # the options that it takes, of OPTIONS
    file: bool = False  # whether the form belongs into a file, not on the screen

    def file_name(self, stem: str) -> str:
        """Give a name for a file of this form, which is no other form's name.

        >>> FORMS["png"].file_name("hole"), FORMS["mail"].file_name("hole")
        ('hole.png', 'hole-mail.txt')
        """
        alike = sum(form.ending == self.ending for form in FORMS.values()) > 1
        return f"{stem}-{self.name}.{self.ending}" if alike else f"{stem}.{self.ending}"


_DPI = 200.0  # of a file: it is printed, or shown large

# ---- one function for each form; what draws with matplotlib is imported inside ----


def _mail(run: Run, step: int | None, since: int | None = None) -> str:
    return format_mail(run, step, since, whole=step is None) + "\n"


def _mail_compared(comparison: Comparison, frame: int | None) -> str:
    return format_comparison_mail(comparison) + "\n"


def _diff(comparison: Comparison, frame: int | None) -> str:
    return format_comparison(comparison) + "\n"


def _png_compared(comparison: Comparison, frame: int | None, **options: Any) -> bytes:
    from zapviz.render.figure.comparison import draw_comparison
    from zapviz.render.figure.picture import png

    shown = comparison.opens if frame is None else frame
    return png(draw_comparison(comparison, shown, **{"dpi": _DPI, **options}))


def _svg_compared(comparison: Comparison, frame: int | None, **options: Any) -> str:
    from zapviz.render.figure.comparison import draw_comparison
    from zapviz.render.figure.vector import format_svg

    return format_svg(
        draw_comparison(comparison, comparison.opens if frame is None else frame, **options)
    )


def _html_compared(comparison: Comparison, frame: int | None, **options: Any) -> str:
    return comparison_page(comparison, frame, **options)


def _json_compared(comparison: Comparison, frame: int | None) -> str:
    return json.dumps(comparison_json(comparison)) + "\n"


def _text(run: Run, step: int | None) -> str:
    """Write the whole trace, a race as its ladder; or the page strips of one state."""
    if step is None:
        return (format_order(run) if run.turns else format_trace(run)) + "\n"
    lines = [format_state(run, step)]
    if run.program.concurrent:
        lines += ["", *wrapped(run.note)]
    return "\n".join(lines) + "\n"


def _png(run: Run, step: int | None, **options: Any) -> bytes:
    from zapviz.render.figure.picture import png

    return png(_pictured(run, step, **{"dpi": _DPI, **options}))


def _svg(run: Run, step: int | None, **options: Any) -> str:
    from zapviz.render.figure.vector import format_svg

    return format_svg(_pictured(run, step, **options))


def _pictured(run: Run, step: int | None, *, since: int | None = None, **options: Any) -> Sheet:
    """Draw two states as a storyboard, or one alone."""
    at = deciding_step(run) if step is None else step
    if since is not None:
        from zapviz.render.figure.storyboard import draw_storyboard

        return draw_storyboard(run, since, at, **options)
    from zapviz.render.figure.state import draw_state

    return draw_state(run, at, cpus=True, **options)


def _gif(run: Run, step: int | None, **options: Any) -> Steps[bytes]:
    need(*NEEDS)
    from zapviz.render.figure.film import film_steps

    return film_steps(run, step, cpus=True, **options)


def _html(run: Run, step: int | None, **options: Any) -> str:
    return trace_page(run, step, **options)


def _c(run: Run, step: int | None) -> Steps[str]:
    return reproducer_steps(run.program)


def _zap(run: Run, step: int | None) -> str:
    text = run.scenario
    return text if text.endswith("\n") else text + "\n"


def _json(run: Run, step: int | None) -> str:
    return json.dumps(record_of(run)) + "\n"


def _link(run: Run, step: int | None, *, comments: bool = True) -> str:
    return link_of(run, step, comments=comments) + "\n"


FORMS: Mapping[str, Form] = {
    form.name: form
    for form in (
        Form(
            "mail",
            "plain text in linux-mm's manner, which reads back as the scenario",
            "txt",
            "text/plain",
            _mail,
            _mail_compared,
            ("since",),
        ),
        Form("text", "the trace, or a state, as plain text", "txt", "text/plain", _text, _diff),
        Form(
            "png",
            "a picture of a statement, before and after, or of a state",
            "png",
            "image/png",
            _png,
            _png_compared,
            ("theme", "width", "dpi", "since"),
            file=True,
        ),
        Form(
            "svg",
            "the same for slides: its text stays text",
            "svg",
            "image/svg+xml",
            _svg,
            _svg_compared,
            ("theme", "width", "since"),
            file=True,
        ),
        Form(
            "gif",
            "the states one after the other",
            "gif",
            "image/gif",
            _gif,
            None,
            ("theme", "width", "dpi", "since", "stop", "seconds", "once"),
            file=True,
        ),
        Form(
            "html",
            "a page to step through, which needs no server",
            "html",
            "text/html",
            _html,
            _html_compared,
            ("theme",),
            file=True,
        ),
        Form("c", "a C program that says PASS or FAIL on a real kernel", "c", "text/x-c", _c),
        Form(
            "link",
            "a permalink: a name, or the scenario itself",
            "txt",
            "text/plain",
            _link,
            None,
            ("comments",),
        ),
        Form(
            "json",
            "the trace for other programs",
            "json",
            "application/json",
            _json,
            _json_compared,
        ),
        Form("zap", "the scenario's text", "zap", "text/plain", _zap),
    )
}
"""Every form, by name, in the order of menus and listings."""

OPTIONS: Mapping[str, str] = {
    "theme": "light, dark or print; a page takes light or dark, else follows its reader's system",
    "width": "inches, from 4 to 40; a picture of a statement is cut to what is in it",
    "dpi": "pixels per inch, from 20 to 400",
    "since": "the state before: a mail and a picture show it beside the other, a figure marks what "
    "has changed since; the first one that a film shows",
    "stop": "what a film shows the end of: each statement, pass or entry",
    "seconds": "how long a film shows each state, from 0.02 to 60; else as long as it takes to "
    "read what is new: 0.25 s a word, at least 0.8 s",
    "once": "whether a film ends instead of beginning again",
    "comments": "whether a link holds the scenario's comments; without them it is shorter",
}
"""The options, and the values that each takes."""

_LIMITS = {"width": (4, 40), "dpi": (20, 400), "seconds": (0.02, 60)}
PICTURE_THEMES = ("light", "dark", "print")
"""The themes of pictures."""


def place(shown: Run | Comparison, step: int | None, line: int | None) -> int | None:
    """Give the state or frame that is asked for, by its number or by a line of the scenario.

    Raises:
        ZapvizError: There is none, or both were given.
    """
    what = "frame" if isinstance(shown, Comparison) else "state"
    if line is not None:
        if step is not None:
            raise OptionError(f"a {what} is given by its number or by its line, not both")
        return shown.at_line(line)
    if isinstance(step, str | os.PathLike):
        raise StateError(
            f"a {what} is a number, from 0 to {shown.last}, not {step!r}; "
            f"save({os.fspath(step)!r}) writes a file"
        )
    return None if step is None else shown.number(step)


def check_figure(shown: Run | Comparison, options: Mapping[str, Any]) -> dict[str, Any]:
    """Check the options of a figure, which are those of a PNG, and give those that are not None.

    Raises:
        ZapvizError: There is no such option, or it does not take the value.
    """
    return _checked(shown, FORMS["png"], options, "a figure")


def _checked(
    shown: Run | Comparison, form: Form, options: Mapping[str, Any], called: str
) -> dict[str, Any]:
    compared = isinstance(shown, Comparison)
    chosen = {name: value for name, value in options.items() if value is not None}
    takes = tuple(name for name in form.options if not (compared and name == "since"))
    for name, value in chosen.items():
        if name not in takes:
            listed = ", ".join(("frame" if compared else "step", "line", *takes))
            raise OptionError(f"{called} has no option '{name}'; it takes {listed}")
        _check(form, name, value)
    if "since" in chosen:
        shown.number(chosen["since"])
    return chosen


def export(
    shown: Run | Comparison,
    form: str,
    step: int | None = None,
    *,
    line: int | None = None,
    **options: Any,
) -> str | bytes:
    """Give a trace or a comparison, or one state of it, in a form.

    Args:
        shown: A trace or a comparison.
        form: One of :data:`FORMS`.
        step: The state, or the frame of a comparison; negative counts from the end. None: what the
            form shows unless told otherwise; a picture shows the statement that decides, before
            and after. Of a race whose CPUs ran in turn, a mail, a text, a
            picture and a page then show the order that tells the most
            (:func:`zapviz.races.telling.telling_order`), in which ``line`` is looked up too.
        line: The line of the statement that has just run, in place of ``step``; a picture shows
            what it did.
        options: Options of the form; None stands for not given.

    Returns:
        Text, or the bytes of a file where the form is no text.

    Raises:
        ZapvizError: There is no such form or state, the form does not take an option, it shows
            one kernel only, or it would take too much memory or time.
    """
    return whole(exporting(shown, form, step, line=line, **options))


def exporting(
    shown: Run | Comparison,
    form: str,
    step: int | None = None,
    *,
    line: int | None = None,
    max_states: int = MAX_STATES,
    max_seconds: float = math.inf,
    **options: Any,
) -> Steps[str | bytes]:
    """Export as :func:`export` does, in steps.

    Args:
        max_states: Where to stop exploring a race for the order that tells the most.
        max_seconds: The time after which to stop exploring it.
    """
    chosen = form_of(form)
    make, compared = chosen.make, isinstance(shown, Comparison)
    if compared:
        if chosen.compare is None:
            forms = ", ".join(form.name for form in FORMS.values() if form.compare)
            raise ZapvizError(f"the form '{form}' shows one kernel; of several there are {forms}")
        make = chosen.compare
    numbered = step is not None or options.get("since") is not None
    if isinstance(shown, Run) and not numbered:
        if form in IN_ORDER and shown.program.concurrent and shown.schedule is None:
            # A state that is asked for by its number is a state of the run that was given.
            shown = yield from telling_steps(
                shown.program, shown.kernel, max_states=max_states, max_seconds=max_seconds
            )
        if form in OF_STATEMENT:
            options["since"], step = _statement(shown, line)
            line = None
    step = place(shown, step, line)
    checked = _checked(shown, chosen, options, f"the form '{form}'")
    if isinstance(shown, Comparison) and form in OF_RECORDS:
        for number, run in enumerate(shown.runs, 1):
            yield from part(f"{number} of {len(shown.runs)} kernels", record_steps(run))  # is kept
    elif isinstance(shown, Run) and form not in OF_NO_RECORD:
        yield from part(f"making the {form}", record_steps(shown))  # which is kept
    made = make(shown, step, **checked)
    return made if isinstance(made, str | bytes) else (yield from made)


IN_ORDER = ("mail", "text", "png", "svg", "gif", "html")
"""The forms that show a race in one order of its CPUs."""


OF_RECORDS = ("html",)
"""The forms of a comparison that hold the record of each kernel's run."""


OF_NO_RECORD = ("c", "link", "zap")
"""The forms of a run that take nothing of its record."""


OF_STATEMENT = ("png", "svg")
"""The forms that show a whole statement, before and after, unless a state is asked for."""


def _statement(run: Run, line: int | None) -> tuple[int, int]:
    """Give the states before and after the statement in a line; None: the one that decides."""
    if line is not None:
        return run.around(run.statement_at(line))
    opens = deciding_step(run)
    return run.around(run.statement_of(opens)) if opens else (0, 0)


def _check(form: Form, name: str, value: Any) -> None:
    """Refuse a value that an option does not take."""
    if name in _LIMITS:
        least, most = _LIMITS[name]
        right = isinstance(value, (int, float)) and least <= value <= most
    elif name == "theme":
        right = value in (PICTURE_THEMES[:2] if form.name == "html" else PICTURE_THEMES)
    elif name == "stop":
        right = value in ("statement", "pass", "entry")
    else:
        return
    if not right:
        raise OptionError(f"the option '{name}' takes {OPTIONS[name]}; not {value!r}")


def check_ending(path: str | os.PathLike[str], form: Form) -> None:
    """Refuse a file name whose ending is that of another form, if either is a picture or a page.

    Raises:
        ZapvizError: Form and ending contradict each other; the message names what would do.
    """
    ending = os.path.splitext(os.fspath(path))[1].removeprefix(".").lower()
    others = [one for one in FORMS.values() if one.ending == ending]
    if not others or ending == form.ending or not (form.file or others[0].file):
        return
    raise ZapvizError(
        f"'{os.fspath(path)}' ends as {others[0].name} does, but the form is {form.name}; "
        f"end it in .{form.ending}, or take the form {others[0].name}"
    )


def form_of(name: str) -> Form:
    """Look up a form by its name.

    Raises:
        ZapvizError: There is no such form; the message lists them.
    """
    if name not in FORMS:
        raise ZapvizError(f"there is no form '{name[:60]}'; {choices_hint(name, FORMS)}")
    return FORMS[name]


def save(
    shown: Run | Comparison,
    path: str | os.PathLike[str],
    step: int | None = None,
    *,
    form: str | None = None,
    overwrite: bool = False,
    **options: Any,
) -> None:
    """Write what :func:`export` gives into a file, whole or not at all.

    Args:
        form: None takes the form that the file's ending names.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        ZapvizError: As of :func:`export`; or the file is there, or cannot be written.
    """
    name = form or _form_by_ending(os.fspath(path))
    check_ending(path, form_of(name))
    check_free(path, overwrite)
    made = export(shown, name, step, **options)
    data = made.encode("utf-8") if isinstance(made, str) else made
    write_file(path, data, overwrite=overwrite)


def _form_by_ending(path: str) -> str:
    ending = os.path.splitext(path)[1].removeprefix(".").lower()
    for form in FORMS.values():
        if form.ending == ending:
            return form.name
    endings = ", ".join(dict.fromkeys(form.ending for form in FORMS.values()))
    raise ZapvizError(
        f"the ending of '{path}' names no form; the endings are {endings}, and form= takes "
        f"one of {', '.join(FORMS)}"
    )
