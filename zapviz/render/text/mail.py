"""Plain text to be pasted into a mail, in the manner of linux-mm.

It is 7-bit ASCII with blanks only, at most 72 columns, and without blanks at line ends. The first
sentence tells the whole; then come page strips and the meaning of their letters; then the scenario
between scissors lines. :func:`zapviz.scenario.text.parse_scenario` reads the mail back as the same
program, even quoted or indented; :mod:`zapviz.scenario.mail` reads the last lines, which name the
kernel.

>>> run = zapviz.run("N = anon(4)\\nN[0:2] = 7")
>>> print(format_mail(run).splitlines()[0])
On v6.18 N[0:2] = 7 puts private pages at N[0:2].
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from zapviz.comparison.comparison import Comparison
from zapviz.comparison.partings import first_parting, partings_of
from zapviz.kernels.chains import source
from zapviz.kernels.known import full_name
from zapviz.model import program as p
from zapviz.model.machine import BLOCKED
from zapviz.model.steps import Step
from zapviz.render.palette import CLASSES
from zapviz.render.text.comparison import (
    comparison_strips,
    consequences,
    differing_lines,
    in_turn_lines,
    kernel_labels,
    kernel_title,
    reason_lines,
)
from zapviz.render.text.lines import WIDTH, ascii_only, flowed, rulers, wrapped
from zapviz.render.text.order import order_lines
from zapviz.render.text.sentences import (
    changed_places,
    sentence_of_change,
    sentence_of_comparison,
    sentence_of_parting,
    sentence_of_step,
    sentence_of_trace,
    untouched,
)
from zapviz.render.text.strips import row_letters, strips_beside
from zapviz.scenario.text import format_scenario
from zapviz.trace.link import permalink_of
from zapviz.trace.record import Json, record_of
from zapviz.trace.run import Run
from zapviz.trace.state import Replay, State, assertion_outcome, group_rows
from zapviz.version import __version__
from zapviz.words import format_range, joined

__all__ = ["SCISSORS", "format_comparison_mail", "format_mail", "mailed_scenario"]

S = TypeVar("S", bound=p.Statement)

SCISSORS: Final = "===8<==="
"""The line before and after a scenario: git takes no '=' for scissors, so that nothing is lost
where a mail or a program in C is pasted into a commit message.
"""

_LINES: Final = 160  # most lines above the scenario
_REASONS: Final = 4  # most reasons that are given, unless more decide what goes and what stays
_DECIDING: Final = 8  # most reasons that are given, in any case
_TOLD: Final = 40  # most statements of a whole run, from its beginning and its end
_TABLE: Final = 36  # most columns of strips that stand beside the statements
_STATEMENTS: Final = 12  # fewest columns of the statements beside them
_INDENT: Final = "  "
_KEEP_SIZE: Final = "FALLOC_FL_PUNCH_HOLE: with FALLOC_FL_KEEP_SIZE, as kernels want it."

# Lines that would be taken for something else between scissors lines.
_MARKS: Final = re.compile(r"8<|>8|%<|>%|^[ \t]*(?:>|```|~~~)")


def format_mail(
    run: Run, step: int | None = None, since: int | None = None, whole: bool = False
) -> str:
    """Write a mail about a state, the changes since another state, or a whole run.

    Args:
        run: The run.
        step: The number of the state; negative counts from the end. None: the last.
        since: The number of a state before it; the mail shows both, and what changed.
        whole: Whether to show every statement; ``step`` and ``since`` are then ignored.

    Returns:
        Lines of at most 72 columns, without a newline at the end.

    Raises:
        StateError: There is no such state.
    """
    if whole and run.turns:
        return _mail([run], _ladder(run), "run", whole_order=True)
    if whole:
        return _mail([run], _whole(run), "run")
    number = run.number(-1 if step is None else step)
    if since is None:
        return _mail([run], _state(run, number), "run")
    start = run.number(since)
    lines = _change(run, min(start, number), max(start, number))
    return _mail([run], lines, "run")


def format_comparison_mail(comparison: Comparison) -> str:
    """Write a mail about where kernels part, and why.

    Returns:
        Lines of at most 72 columns, without a newline at the end.
    """
    lines = in_turn_lines(comparison)
    return _mail(
        comparison.runs, [*lines, *([""] if lines else []), *_comparison(comparison)], "diff"
    )


def mailed_scenario(program: p.Program) -> str:
    """Give the text of a scenario in a form that mail does not change; it ends in a newline.

    It is the user's own text, if that is fit to be mailed. Else it is written anew: with comments
    in ASCII, long comments broken, and long conditions in brackets.
    """
    source = program.source.strip("\n")
    lines = source.split("\n")
    fit = all(
        len(line) <= WIDTH
        and line.isascii()
        and (line.isprintable() or not line)
        and line == line.rstrip()
        and not _MARKS.search(line)
        for line in lines
    )
    flat = any(line[:1] not in ("", " ", "#") for line in lines)
    if source and fit and flat:
        return f"{source}\n"
    return _rewritten(program)


# ---- the whole mail ---------------------------------------------------------


def _mail(
    runs: Sequence[Run], lines: Iterable[str], command: str, *, whole_order: bool = False
) -> str:
    """Write the mail: the lines shown, the scenario, and the command that shows it again."""
    kernels = [run.kernel for run in runs]
    note = runs[0].note if command == "run" else ""  # the lines of a comparison begin with it
    note = "" if whole_order else note  # and so do those of an order
    names = [full_name(kernel) for kernel in kernels]  # a user's own name tells readers nothing
    named = [f'"{name}"' if " " in name else name for name in names]
    called = " ".join(f"--kernel {name}" for name in named)
    titles = "; ".join(f"{kernel.name}: {kernel_title(kernel)}" for kernel in kernels)
    text = [
        *_shortened(list(lines)),
        "",
        SCISSORS,
        *mailed_scenario(runs[0].program).splitlines(),
        SCISSORS,
        "",
        *([*wrapped(note), ""] if note else []),
        *wrapped(titles, hang=4),
        *([_KEEP_SIZE] if _says_half(runs[0].program) else []),
        *wrapped(f"zapviz {__version__}: zapviz {command} FILE {called}", hang=4),
        *_this_order(runs),
    ]
    return "\n".join(line.rstrip() for line in text)


def _says_half(program: p.Program) -> bool:
    """Tell whether a hole is punched in the language's short form, which no kernel takes."""
    text = mailed_scenario(program)
    return "PUNCH_HOLE" in text and "KEEP_SIZE" not in text


def _this_order(runs: Sequence[Run]) -> Iterator[str]:
    """Name the commands that show every order of the CPUs, and the order shown."""
    run = runs[0]
    if not run.program.concurrent:
        return
    yield from wrapped("Every order of the CPUs: zapviz race FILE", hang=4)
    if run.turns:
        yield from wrapped("This order alone: zapviz run LINK, LINK being all of", hang=4)
        yield from textwrap.wrap(permalink_of(run), WIDTH, break_on_hyphens=False)


def _shortened(lines: list[str]) -> list[str]:
    """Leave out the middle of very many lines.

    Nobody reads them, and the whole mail has to stay short enough to be read back.
    """
    if len(lines) <= _LINES:
        return lines
    kept = _LINES // 2
    left_out = f"{_INDENT}... {len(lines) - 2 * kept} lines left out ..."
    return [*lines[:kept], left_out, *lines[-kept:]]


def _legend(kinds: Iterable[str], indent: str = _INDENT) -> list[str]:
    """Explain the letters of some kinds of cell."""
    met = set(kinds)
    meanings = [
        f"{entry.letter} {entry.name}"
        for kind, entry in CLASSES.items()
        if kind in met and entry.letter.strip()
    ]
    return flowed(meanings, ", ", indent, len(indent)) if meanings else []


def _kinds(states: Iterable[State]) -> set[str]:
    """Give the kinds of cell that stand in some states."""
    return {
        state.trace["cells"][cell]["kind"]
        for state in states
        for row in state.cells
        for cell in row
    } - {"free"}


def _rss(state: State, before: State | None = None) -> list[str]:
    """Write the counters: those that are not 0 or, with a state before, those that changed."""
    if before is None:
        counters = [f"{count.name} {count.now}" for count in state.counts if count.now]
        return wrapped(f"rss: {', '.join(counters) or 'nothing'}", _INDENT)
    counters = [
        f"{now.name} {old.now} -> {now.now}"
        for now, old in zip(state.counts, before.counts, strict=True)
        if now.now != old.now
    ]
    return wrapped(f"rss: {', '.join(counters)}", _INDENT) if counters else []


def _reasons(run: Run, steps: Iterable[Step]) -> Iterator[str]:
    """Say why the entries fared as they did, each reason once."""
    version = run.kernel.version
    texts: list[str] = []
    for step in steps:
        if step.place is None or step.kind in ("lock", "unlock", "check"):
            continue
        function, file = source(version, step.rule.function) if step.rule.function else ("", "")
        text = step.rule.reason + (f" [{function}(), {file}]" if file else "")
        if step.rule.reason and text not in texts:
            texts.append(text)
    zaps = [step.rule.reason for step in steps if step.kind == "zap"]
    texts.sort(key=lambda text: not any(text.startswith(reason) for reason in zaps))
    deciding = sum(any(text.startswith(reason) for reason in zaps) for text in texts)
    for text in texts[: max(_REASONS, min(deciding, _DECIDING))]:
        yield from wrapped(text, _INDENT, 4)


def _passed_by(run: Run, statement: int) -> Iterator[str]:
    """Say why an invalidation left private entries alone."""
    runs = untouched(run, statement)
    if runs:
        named = joined([format_range(name, first, end) for name, first, end, _ in runs[:4]])
        named += f" and {len(runs) - 4} more" * (len(runs) > 4)
        text = f"No pass comes to {named}: nothing maps the file's own pages there."
        yield from wrapped(text, _INDENT, 4)


# ---- the forms --------------------------------------------------------------


def _state(run: Run, number: int) -> Iterator[str]:
    """Show one state: its strips, counters, and the reason of the step that led to it."""
    record = record_of(run)
    state = Replay(record).at(number)
    yield from wrapped(sentence_of_step(run, number))
    yield ""
    yield from strips_beside([("", state)], set(), indent=_INDENT, slots=True)
    yield from _rss(state)
    yield ""
    yield from _legend(_kinds([state]))
    reasons = list(_reasons(run, _told_by_state(run, number))) if number else []
    if reasons:
        yield ""
        yield from reasons


def _told_by_state(run: Run, number: int) -> Sequence[Step]:
    """Give the steps that the sentence about a state tells of: those of a statement that ends
    there, else the step that led to it.
    """
    statement = run.statement_of(number)
    first, last = run.span(statement)
    in_turns = run.turns and isinstance(run.outcomes[statement].statement, p.Cpu)
    return run.steps[number - 1 if in_turns or number != last else first - 1 : number]


def _change(run: Run, since: int, number: int) -> Iterator[str]:
    """Show two states of a run, and what changed in between."""
    replay = Replay(record_of(run))
    before, after = replay.at(since), replay.at(number)
    yield from wrapped(sentence_of_change(run, since, number))
    yield ""
    differing = changed_places(before, after)
    sizes = {name for name, size in after.sizes.items() if size != before.sizes.get(name)}
    sides = [("before", before), ("after", after)]
    yield from strips_beside(sides, differing, sizes, _INDENT, slots=True)
    yield from _rss(after, before)
    yield ""
    yield from _legend(_kinds([before, after]))
    reasons = list(_reasons(run, run.steps[since:number]))
    if reasons:
        yield ""
        yield from reasons


def _whole(run: Run) -> Iterator[str]:
    """Show every statement with the strips after it, beside it if there is room."""
    record = record_of(run)
    yield from wrapped(sentence_of_trace(run))
    yield ""
    rows = [row for row in record["rows"] if row["role"] != "swap"]
    wide = sum(max(row["pages"] + row["column"], len(row["label"])) + 2 for row in rows)
    replay = Replay(record)
    states = [replay.at(one["last"]) for one in record["statements"]]
    count = len(states)
    chosen = range(count)
    skipped = range(_TOLD // 2, count - _TOLD // 2) if count > _TOLD else range(0)
    beside = WIDTH - len(_INDENT) - sum(width + 2 for width in _widths(rows))
    if wide <= _TABLE and beside >= _STATEMENTS:
        yield from _table(record, rows, states, [at for at in chosen if at not in skipped], skipped)
    else:
        yield from _list(record, states, [at for at in chosen if at not in skipped], skipped)
    shown = [states[at] for at in chosen if at not in skipped]
    legend = _legend(_kinds(shown) - {"slot"})
    if legend:
        yield ""
        yield from legend
    until = next((i for i, one in enumerate(run.outcomes) if one.refuted), len(run.outcomes))
    zapping = [
        index
        for index in range(until)
        if any(s.kind == "zap" for s in run.steps[run.span(index)[0] - 1 : run.span(index)[1]])
    ]
    if zapping:
        first, last = run.span(zapping[-1])
        yield ""
        yield from _reasons(run, run.steps[first - 1 : last])
        yield from _passed_by(run, zapping[-1])


def _ladder(run: Run) -> Iterator[str]:
    """Show one interleaving: its outcome, and the CPUs' steps beside each other."""
    yield from wrapped(sentence_of_trace(run))
    yield ""
    yield from order_lines(run)


def _spans(rows: Sequence[Json]) -> dict[str, int]:
    """Give how many pages each row's strip is wide: mappings of a file, as many as the file's."""
    return {
        rows[row]["id"]: (group.span if group.file else rows[row]["pages"])
        for group in group_rows(rows)
        for row in group.rows
    }


def _widths(rows: Sequence[Json]) -> list[int]:
    """Give the columns of each row's strip in a table, below its label."""
    spans = _spans(rows)
    return [max(spans[row["id"]], len(row["label"])) for row in rows]


def _table(
    record: Json,
    rows: Sequence[Json],
    states: Sequence[State],
    chosen: Sequence[int],
    skipped: range,
) -> Iterator[str]:
    """Write a line for each statement, with the strips of all rows in columns on the right."""
    spans, widths = _spans(rows), _widths(rows)
    room = WIDTH - len(_INDENT) - sum(width + 2 for width in widths)
    texts = {at: _statement_text(record, at) for at in chosen}
    left = min(room, max((len(text) for text in texts.values()), default=0))
    left = max(left, _STATEMENTS)
    heads = [row["label"].ljust(width) for row, width in zip(rows, widths, strict=True)]
    numbers = [
        rulers(0, spans[row["id"]])[-1].ljust(width)
        for row, width in zip(rows, widths, strict=True)
    ]
    for cells in (heads, numbers):
        yield (f"{_INDENT}{'':<{left}}  " + "  ".join(cells)).rstrip()
    for at in chosen:
        if skipped and at == skipped.stop:
            yield f"{_INDENT}... {len(skipped)} more statements ..."
        parts = textwrap.wrap(
            ascii_only(texts[at]), left, subsequent_indent="    ", break_on_hyphens=False
        )
        cells = [
            row_letters(states[at], row, 0, spans[row["id"]]).ljust(width)
            for row, width in zip(rows, widths, strict=True)
        ]
        yield from (f"{_INDENT}{part}" for part in parts[:-1])
        if texts[at].startswith("assert"):
            yield f"{_INDENT}{parts[-1]}"
        else:
            yield f"{_INDENT}{parts[-1]:<{left}}  {'  '.join(cells)}".rstrip()


def _list(
    record: Json, states: Sequence[State], chosen: Sequence[int], skipped: range
) -> Iterator[str]:
    """Write each statement, and below it the strips of the rows that it changed."""
    for at in chosen:
        if skipped and at == skipped.stop:
            yield f"{_INDENT}... {len(skipped)} more statements ..."
        yield from wrapped(_statement_text(record, at), _INDENT, 6)
        if not at:
            changed = {row for row, _ in changed_places(Replay(record).at(0), states[at])}
        else:
            changed = {row for row, _ in changed_places(states[at - 1], states[at])}
        changed.discard("swap")
        if changed and not record["statements"][at]["text"].startswith("assert"):
            only = _only(states[at], changed)
            yield from strips_beside([("", only)], set(), indent=_INDENT * 2)


def _only(state: State, names: set[str]) -> State:
    """Give the same state with some of its rows."""
    kept = [at for at, row in enumerate(state.trace["rows"]) if row["id"] in names]
    trace = {**state.trace, "rows": [state.trace["rows"][at] for at in kept]}
    return replace(state, trace=trace, cells=tuple(state.cells[at] for at in kept))


def _statement_text(record: Json, at: int) -> str:
    """Write a statement with its result."""
    one = record["statements"][at]
    text = " ".join(one["text"].split())
    if text.startswith("assert"):
        return f"{text}: {assertion_outcome(record, at)}"
    if one["result"] in (None, "0"):
        return text
    return f"{text}: {'never returns' if one['result'] == BLOCKED else one['result']}"


def _comparison(comparison: Comparison) -> Iterator[str]:
    """Show where kernels part first: strips, what differs, why; then what follows from it."""
    yield from wrapped(sentence_of_comparison(comparison))
    yield ""
    parting = first_parting(comparison)
    frame = comparison.last if parting is None else parting.frame
    differences = comparison.differences(frame)
    if parting is not None:
        # The statement's end shows all differences that it leaves, not only the first entry.
        end = comparison.statement_end(parting.statement)
        if comparison.differences(end):
            frame, differences = end, comparison.differences(end)
    labels = kernel_labels(comparison.kernels)
    if labels != [kernel.name for kernel in comparison.kernels]:
        for label, kernel in zip(labels, comparison.kernels, strict=True):
            yield from wrapped(f"{label} {kernel.name}", _INDENT, 6)
        yield ""
    yield from comparison_strips(comparison, frame, _INDENT)
    states = [
        Replay(run).at(number)
        for run, number in zip(comparison.runs, comparison.frames[frame], strict=True)
    ]
    if parting is None:
        yield ""
        yield from _legend(_kinds(states) - {"slot"})
        return
    yield from ["", *differing_lines(comparison, differences, _INDENT)]
    yield from ["", *_legend(_kinds(states) - {"slot"})]
    yield from ["", *reason_lines(comparison, parting, _INDENT)]
    for again in partings_of(comparison)[1:]:
        causes = ", ".join(f"{cause.rule}, {cause.commit}" for cause in again.causes)
        sentence = f"Also: {sentence_of_parting(comparison, again)} [{causes}]"
        yield from ["", *wrapped(sentence)]
    followed = consequences(comparison, _INDENT, lines=False)
    if followed:
        yield from ["", "What follows from it:", *followed]


# ---- the scenario -----------------------------------------------------------


def _rewritten(program: p.Program) -> str:
    """Write a program anew, in lines that mail does not change."""
    title, *rest = _broken(program.title, 0) or [""]
    about = (*rest, *(line for text in program.about for line in _broken(text, 0)))
    program = replace(
        program,
        title=title,
        about=about,
        below=tuple(line for text in program.below for line in _broken(text, 0)),
        statements=tuple(_with_short_comments(each, 0) for each in program.statements),
    )
    lines = []
    for line in format_scenario(program).splitlines():
        lines += _broken_code(line)
    return "\n".join(lines) + "\n"


def _with_short_comments(statement: S, indent: int) -> S:
    if isinstance(statement, p.Cpu):
        body = tuple(_with_short_comments(each, 4) for each in statement.body)
        statement = replace(statement, body=body)
    above = tuple(line for text in statement.above for line in _broken(text, indent))
    comment = _plain(statement.comment)
    first = format_scenario(p.Program((replace(statement, above=(), comment=""),))).splitlines()[0]
    if comment and indent + len(first) + 4 + len(comment) > WIDTH:
        above, comment = (*above, *_broken(comment, indent)), ""
    return replace(statement, above=above, comment=comment)


def _plain(text: str) -> str:
    ascii_text = ascii_only(text.expandtabs())
    return "".join(char if char.isprintable() else " " for char in ascii_text).rstrip()


def _broken(text: str, indent: int) -> list[str]:
    """Break a comment into lines that fit behind ``# ``."""
    lines = []
    for line in text.splitlines() or [""]:
        plain = _plain(line)
        room = WIDTH - indent - 2
        lines += textwrap.wrap(plain, room) if len(plain) > room else [plain]
    return lines


def _broken_code(line: str) -> list[str]:
    """Break a long statement into lines: it is an assertion, and goes on in brackets."""
    if len(line) <= WIDTH:
        return [line]
    code, mark, remark = line.partition("  # ")
    indent = " " * (len(code) - len(code.lstrip()))
    words = code.strip()
    condition = words.removeprefix("assert ")
    if not condition.startswith(("always(", "sometimes(")):
        words = f"assert ({condition})"
    lines = textwrap.wrap(
        words,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + " " * 8,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [*([f"{indent}# {remark}"] if mark else []), *lines]
