"""A comparison of kernels in plain text: where they part, what differs there, and why.

At most 72 columns of 7-bit ASCII.  Rows that are not the same on all kernels are shown once
for each, with carets under the entries that differ.

>>> print("\\n".join(comparison_strips(zapviz.compare("reproducer", ["v5.17", "v6.12"]), 12)))
             01
F            .F    shmem file, page cache, i_size 1 page
A     v5.17  .S    private mapping of F[0:2]
      v6.12  ..
              ^
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from zapviz.comparison.comparison import Comparison
from zapviz.comparison.differences import Differences
from zapviz.comparison.partings import Cause, Parting, partings_of
from zapviz.kernels.chains import source
from zapviz.kernels.known import PATCHED, Kernel, own_rules
from zapviz.model.entries import Kind
from zapviz.model.program import Cpu
from zapviz.render.text.lines import WIDTH, ascii_only, flowed, wrapped
from zapviz.render.text.sentences import sentence_of_parting
from zapviz.render.text.strips import strips_beside
from zapviz.trace.record import record_of
from zapviz.trace.state import Replay
from zapviz.words import format_range, joined

__all__ = [
    "comparison_strips",
    "consequences",
    "differing_lines",
    "format_comparison",
    "in_turn_lines",
    "in_turn_words",
    "kernel_labels",
    "kernel_title",
    "reason_lines",
]

_LISTED = 12  # most runs of differing entries that are listed one by one
_NAME = 10  # most characters of a name that heads a column
_SAID_NOTHING = ("call", "returns")  # rules that do not say what is decided


def format_comparison(comparison: Comparison, name: str = "scenario") -> str:
    """Write a comparison, without a newline at the end.

    Args:
        comparison: The comparison.
        name: The scenario's name in the last line.
    """
    program = comparison.runs[0].program
    lines = in_turn_lines(comparison)
    lines += wrapped(program.title) if program.title else []
    labels = kernel_labels(comparison.kernels)
    for kernel, label in zip(comparison.kernels, labels, strict=True):
        words = kernel.name if label == kernel.name else f"{label} {kernel.name}"
        lines += wrapped(f"kernel {words}: {kernel_title(kernel)}", hang=4)
    for number, parting in enumerate(partings_of(comparison)):
        lines += ["", *_parting(comparison, parting, first=not number)]
    if not comparison.same:
        lines += _in_the_end(comparison)
        followed = consequences(comparison)
        lines += ["", "What follows from it:", *followed] if followed else []
    elif any(run.last != comparison.runs[0].last for run in comparison.runs):
        words = "Their steps are not the same, but nothing comes of that: entries, data, sizes, "
        lines += ["", *wrapped(f"{words}counters and results are, after every statement.")]
    else:
        words = "They take the same steps, and entries, data, sizes, counters and results are "
        lines += ["", *wrapped(f"{words}the same after each.")]
    lines += ["", _observation(comparison, name)]
    return "\n".join(lines)


def kernel_title(kernel: Kernel) -> str:
    """Describe a kernel in a few words."""
    return PATCHED if own_rules(kernel) else kernel.title


def in_turn_words(comparison: Comparison) -> str:
    """Give the first words about a scenario with CPUs, that one order of them was compared; else
    "".
    """
    if not comparison.in_turn:
        return ""
    statements = comparison.runs[0].program.statements
    cpus = ", then ".join(f"CPU{one.number}" for one in statements if isinstance(one, Cpu))
    words = f"The CPUs were run in turn, {cpus}: one interleaving of many. Whether the kernels"
    return f"{words} differ in another, zapviz race FILE --kernel K decides for each."


def in_turn_lines(comparison: Comparison) -> list[str]:
    """Give those words as lines."""
    return wrapped(in_turn_words(comparison))


def kernel_labels(kernels: Sequence[Kernel]) -> list[str]:
    """Give the labels of kernels in columns: their names if those are short and differ."""
    names = [ascii_only(kernel.name) for kernel in kernels]
    if max(map(len, names)) <= _NAME and len(set(names)) == len(names):
        return names
    return [f"[{number}]" for number in range(1, len(names) + 1)]


def comparison_strips(comparison: Comparison, frame: int = -1, indent: str = "") -> list[str]:
    """Draw the page strips of all kernels at a frame.

    Args:
        comparison: The comparison.
        frame: The frame; negative counts from the end.
        indent: The blanks before each line.
    """
    frame = comparison.number(frame)
    records = [record_of(run) for run in comparison.runs]
    states = [
        Replay(record).at(number)
        for record, number in zip(records, comparison.frames[frame], strict=True)
    ]
    differences = comparison.differences(frame)
    differing = {(entry.row, entry.page) for entry in differences.entries}
    apart = {row for row, _ in differing} | {size.file for size in differences.sizes}
    sides = list(zip(kernel_labels(comparison.kernels), states, strict=True))
    return strips_beside(sides, differing, apart, indent)


def differing_lines(
    comparison: Comparison, differences: Differences, indent: str = "  "
) -> list[str]:
    """List what differs, one line for each run of entries, counter and size, kernel by kernel."""
    labels = kernel_labels(comparison.kernels)
    rows: list[tuple[str, list[str]]] = []
    runs: list[list[Any]] = []  # row, first page, end, looks
    for row, page, looks in differences.entries:
        if runs and runs[-1][0] == row and runs[-1][2] == page and runs[-1][3] == looks:
            runs[-1][2] += 1
        else:
            runs.append([row, page, page + 1, looks])
    for row, first, end, looks in runs[:_LISTED]:
        where = format_range(row, first, end)
        rows.append((where, [_look_text(kind, data) for kind, data in looks]))
    rows += [
        (counter, [str(number) for number in pages]) for counter, pages in differences.counters
    ]
    for file, sizes in differences.sizes:
        rows.append((f"{file} size", ["no file" if n is None else f"{n} bytes" for n in sizes]))
    if differences.results:
        rows.append(("result", list(differences.results)))
    wide = max([9, *(len(head) for head, _ in rows)])
    lines = []
    for head, values in rows:
        items = [f"{label} {value}" for label, value in zip(labels, values, strict=True)]
        start = f"{indent}{head:<{wide}} "
        lines += flowed(items, " | ", start, len(start))
    more = sum(end - first for _, first, end, _ in runs[_LISTED:])
    return lines + ([f"{indent}... and {more} more entries"] if more else [])


def _look_text(kind: str, data: int | None) -> str:
    """Give an entry's class, and its byte where the class does not imply it."""
    return kind if data is None or kind == Kind.ZERO else f"{kind}, holds {data}"


def reason_lines(comparison: Comparison, parting: Parting, indent: str = "  ") -> list[str]:
    """Give the rules by which each side decided, and the kernels' rule that makes them differ."""
    by_rule: dict[str, list[str]] = {}
    for index in sorted(index for group in parting.groups for index in group):
        kernel, rule = comparison.kernels[index], parting.sides[index].rule
        if rule is None or not rule.reason or rule.id in _SAID_NOTHING:
            continue
        function, file = source(kernel.version, rule.function) if rule.function else ("", "")
        where = f" [{function}(), {file}]" if file else ""
        by_rule.setdefault(rule.reason + where, []).append(kernel.name)
    lines = []
    for reason, names in by_rule.items():
        lines += wrapped(f"{', '.join(names)}: {reason}", indent, len(indent) + 2)
    for cause in parting.causes:
        lines += wrapped(_rule_text(comparison, parting, cause), indent, len(indent) + 2)
        lines += wrapped(f"{cause.commit}: {cause.difference.sentence}", indent + "  ")
    return lines


def consequences(comparison: Comparison, indent: str = "  ", *, lines: bool = True) -> list[str]:
    """List the assertions and other statements whose results differ.

    Args:
        comparison: The comparison.
        indent: The blanks before each line.
        lines: Whether to give the line of each statement.
    """
    text_lines: list[str] = []
    for end in comparison.ends():
        results = comparison.results(end)
        if len(set(results)) == 1:
            continue
        line = f"line {comparison.line(end)}: " if lines else ""
        text_lines += wrapped(line + comparison.text_of(end), indent, len(indent) + 4)
        by_result: dict[str, list[str]] = {}
        for kernel, result in zip(comparison.kernels, results, strict=True):
            by_result.setdefault(result, []).append(kernel.name)
        items = [f"{result} on {joined(names)}" for result, names in by_result.items()]
        text_lines += wrapped("; ".join(items), indent + "    ")
    return text_lines


def _parting(comparison: Comparison, parting: Parting, first: bool) -> Iterator[str]:
    """Write one parting: the sentence, the strips, what differs, why."""
    line, text = comparison.line(parting.frame), comparison.text_of(parting.frame)
    names = [comparison.kernels[index].name for group in parting.groups for index in group]
    if first:
        head = f"They part at line {line}: {text}"
    elif parting.beside:
        beside = joined(parting.beside)
        head = f"Were {beside} the same, {joined(names)} would part at line {line}: {text}"
    else:
        head = f"They part again at line {line}: {text}"
    yield from wrapped(head, hang=4)
    yield from wrapped(sentence_of_parting(comparison, parting), first="  ")
    if not parting.beside:
        yield ""
        yield from comparison_strips(comparison, parting.frame, "  ")
        yield ""
    yield from differing_lines(comparison, parting.differences)
    if not parting.beside:
        yield ""
    yield from reason_lines(comparison, parting)


def _rule_text(comparison: Comparison, parting: Parting, cause: Cause) -> str:
    """Write a rule with its values, kernels of one value together."""
    members = {index for group in parting.groups for index in group}
    by_value: dict[str, list[str]] = {}
    for index, (kernel, value) in enumerate(zip(comparison.kernels, cause.values, strict=True)):
        if index in members:
            own = " (its own patch)" if kernel.name in cause.patches else ""
            by_value.setdefault(str(value), []).append(kernel.name + own)
    values = [f"{value} on {joined(names)}" for value, names in by_value.items()]
    return f"The rule that makes it: {cause.rule}, {', '.join(values)}."


def _in_the_end(comparison: Comparison) -> Iterator[str]:
    differences = comparison.differences(-1)._replace(results=())
    if not differences:
        yield ""
        yield "In the end nothing differs any more that can be told from outside."
    elif partings_of(comparison)[-1].frame != comparison.last or partings_of(comparison)[-1].beside:
        yield ""
        yield "In the end:"
        yield ""
        yield from comparison_strips(comparison, -1, "  ")
        yield ""
        yield from differing_lines(comparison, differences)


def _observation(comparison: Comparison, name: str) -> str:
    """Write the last line, which both grep and a person understand."""
    kernels = "/".join(kernel_labels(comparison.kernels))
    name = "-".join(ascii_only(name).split())
    partings = partings_of(comparison)
    if not partings:
        turn = " (CPUs in turn)" if comparison.in_turn else ""
        room = WIDTH - len(f"Comparison  Same{turn} {kernels}")
        return f"Comparison {name[: max(20, room)]} Same{turn} {kernels}"[:WIDTH].rstrip()
    line = comparison.line(partings[0].frame)
    rules = ",".join(cause.rule for cause in partings[0].causes)
    ends = (f"Differ {kernels} line {line} {rules}", f"Differ line {line} {rules}")
    observations = [f"Comparison {shorter} {end}" for end in ends for shorter in (name, name[:20])]
    return next((line for line in observations if len(line) <= WIDTH), observations[-1][:WIDTH])
