"""One sentence that says what a run, a statement or a comparison shows.

All words come from the steps: what they decided about which entries, and the result of the
statement. Such a sentence is the first line of a mail and begins the alternative text of a figure.

>>> run = zapviz.run("N = anon(4)\\nN[0:3] = 1\\nmadvise(N, MADV_DONTNEED)")
>>> sentence_of_statement(run, 2)
'On v6.18 madvise(N, MADV_DONTNEED) zaps N[0:3], private pages.'
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from zapviz.comparison.comparison import Comparison
from zapviz.comparison.differences import EntryDifference
from zapviz.comparison.partings import Parting, first_parting
from zapviz.model.entries import Kind
from zapviz.model.machine import BLOCKED, RESTARTS
from zapviz.model.program import Assert, Cpu, Invalidate, Pwrite, ResultIs
from zapviz.model.steps import Place, Step
from zapviz.model.world import World
from zapviz.render.palette import CLASSES
from zapviz.trace.run import Run
from zapviz.trace.state import UNDECIDED, Replay, State
from zapviz.words import format_range, how_many, joined

__all__ = [
    "changed_places",
    "sentence_of_change",
    "sentence_of_comparison",
    "sentence_of_parting",
    "sentence_of_statement",
    "sentence_of_step",
    "sentence_of_trace",
    "untouched",
]

_MOST: Final = 5  # most things that a sentence names; the others are counted

_TELLING: Final = frozenset({"zap", "fault", "map", "reclaim", "poison", "migrate", "mark"})
_SIGNALS: Final = frozenset(each.name for each in signal.Signals)


class _Deed(NamedTuple):
    """The fate of some entries of one row that fared alike."""

    step: Step
    row: str
    pages: tuple[int, ...]  # consecutive page numbers
    beyond: bool  # whether the pages lie beyond the end of the file


def sentence_of_statement(run: Run, statement: int) -> str:
    """Say what a statement did."""
    first, last = run.span(statement)
    deeds = _clauses(run.steps[first - 1 : last])
    what = f"On {run.kernel.name} {_named(run, statement)}"
    came = _outcome(run, statement)
    if not deeds:
        return f"{what} {came or 'changes no entry'}."
    return f"{what} {deeds}{_alone(run, statement)}{f', then {came}' if came else ''}."


def sentence_of_change(run: Run, since: int, number: int) -> str:
    """Say what happened between two states of a run, the earlier one first."""
    statements = list(dict.fromkeys(run.statement_of(n) for n in range(since + 1, number + 1)))
    if len(statements) == 1 and (since + 1, number) == run.span(statements[0]):
        return sentence_of_statement(run, statements[0])
    if number == since + 1 or len(statements) < 2:
        return sentence_of_step(run, number)
    first, last = (" ".join(run.texts[at].split()) for at in (statements[0], statements[-1]))
    replay = Replay(run)
    changes = len(changed_places(replay.at(since), replay.at(number)))
    entries = "entry is" if changes == 1 else "entries are"
    return (
        f"On {run.kernel.name}, before {first} and after {last}: "
        f"{changes or 'no'} {entries} not the same."
    )


def changed_places(before: State, after: State) -> set[tuple[str, int]]:
    """Give the places that are of another class, or hold another byte: a row's id and a page."""
    rows = after.trace["rows"]
    table = after.trace["cells"]
    return {
        (rows[row]["id"], page)
        for row, (old, new) in enumerate(zip(before.cells, after.cells, strict=True))
        for page, (was, now) in enumerate(zip(old, new, strict=True))
        if (table[was]["kind"], table[was]["data"]) != (table[now]["kind"], table[now]["data"])
    }


def untouched(run: Run, statement: int) -> tuple[tuple[str, int, int, Kind], ...]:
    """Give the private entries in the way of an invalidation that none of its passes came to.

    An invalidation goes page by page, and passes over the entries of a page only if one of them
    maps it (invalidate_inode_pages2_range(), mm/truncate.c). So it never looks at a private page
    that was copied from one that nobody else maps.

    Returns:
        A mapping's name, the first page, the end and the kind of each run of such entries; nothing
        for a statement that is no invalidation.
    """
    one = run.outcomes[statement].statement
    if not (isinstance(one, Invalidate) or (isinstance(one, Pwrite) and one.direct)):
        return ()
    first, last = run.span(statement)
    before, after = run.world(first - 1), run.world(last)
    came_to = {
        (step.place.of, step.place.page)
        for step in run.steps[first - 1 : last]
        if step.place is not None and not step.place.in_file
    }
    found: list[tuple[str, int, int, Kind]] = []
    for at, area in enumerate(after.areas):
        for page, entry in enumerate(area.entries):
            vma = area.vma_at(page)
            if (
                vma is None
                or vma.file < 0
                or after.files[vma.file].name != one.pages.name
                or not one.pages.first <= page + vma.offset < one.pages.end
                or (at, page) in came_to
                or entry.kind not in (Kind.ANON, Kind.SWAP)
                or entry != before.areas[at].entries[page]
            ):
                continue
            if found and found[-1][::2] == (area.name, page) and found[-1][3] is entry.kind:
                found[-1] = (area.name, found[-1][1], page + 1, entry.kind)
            else:
                found.append((area.name, page, page + 1, entry.kind))
    return tuple(found)


def _alone(run: Run, statement: int) -> str:
    """Say which private entries an invalidation never came to."""
    items = [
        f"{format_range(name, first, end)} ({CLASSES[kind].name})"
        for name, first, end, kind in untouched(run, statement)
    ]
    more = len(items) - _MOST
    named = [*items[:_MOST], *([f"{more} more such runs of entries"] if more > 0 else [])]
    return f", and leaves {joined(named)} alone" if items else ""


def sentence_of_step(run: Run, number: int) -> str:
    """Say what the step that led to a state did, and in which statement."""
    on = f"On {run.kernel.name}"
    if not number:
        return f"{on} nothing has run yet."
    step = run.steps[number - 1]
    statement = run.statement_of(number)
    deeds = _clauses([step])
    if run.turns and isinstance(run.outcomes[statement].statement, Cpu):
        words = deeds or step.title or step.rule.reason
        return f"{on} CPU{step.cpu}{' ' if deeds else ': '}{words.rstrip('.')}."
    if number == run.span(statement)[1]:
        return sentence_of_statement(run, statement)
    if deeds:
        return f"{on} {_named(run, statement)}, which is not done yet, {deeds}."
    words = step.rule.reason.rstrip(".")
    return f"{on}, in {_named(run, statement)}: {words[:1].lower()}{words[1:]}."


def sentence_of_trace(run: Run) -> str:
    """Say what came of a run.

    Say how the assertions came out, and what the last statement of interest before the first
    failing one did.
    """
    asserted = [
        index for index, one in enumerate(run.outcomes) if isinstance(one.statement, Assert)
    ]
    failed = [index for index in asserted if _verdict(run, index) == "fails"]
    blocked = [index for index, one in enumerate(run.outcomes) if one.result == BLOCKED]
    on = f"On {run.kernel.name}"
    decided = failed or [index for index in asserted if _verdict(run, index) == "holds"]
    order = _order(run, decided)
    until = (failed or blocked or [len(run.outcomes)])[0]
    statement = _last_deeds(run, until, zaps=bool(failed))
    if run.turns:  # the steps of a CPU's statement are not consecutive
        statement = None
    why = "" if statement is None else _done(run, statement)
    if blocked:
        why = "waits for a lock that nobody gives back"
        if run.steps[-1].rule is RESTARTS:
            why = "never returns: the kernel restarts it for ever"
        return f"{on} {_named(run, blocked[0])} {why}."
    if failed:
        count = how_many(len(asserted), "assertion")
        outcome = f"{on} {len(failed)} of {count} {'fails' if len(failed) == 1 else 'fail'}{order}"
        if not why:
            why = f"{_failing(run, failed)}."
    elif asserted:
        held = "the assertion holds" if len(asserted) == 1 else "every assertion holds"
        if len(decided) < len(asserted):  # one order cannot decide what speaks of all
            held = f"{len(decided)} of {how_many(len(asserted), 'assertion')} "
            held += "holds" if len(decided) == 1 else "hold"
            order += f", {len(asserted) - len(decided)} {UNDECIDED}"
        if not decided:
            held = "the assertion is" if len(asserted) == 1 else f"{len(asserted)} assertions are"
            order = f" {UNDECIDED}"
        outcome = f"{on} {held}{order}"
    else:
        return (
            sentence_of_statement(run, statement)
            if statement is not None
            else f"{on} no entry changes."
        )
    return f"{outcome}: {why}" if why else f"{outcome}."


def _failing(run: Run, failed: list[int]) -> str:
    """Name the assertions that fail; below CPUs, with their lines."""
    if not run.turns:
        return _named(run, failed[0])
    named = [
        f"line {run.outcomes[index].statement.line}, {_named(run, index)}"
        for index in failed[:_MOST]
    ]
    more = len(failed) - _MOST
    return "; ".join([*named, *([f"and {more} more"] if more > 0 else [])])


def _done(run: Run, statement: int) -> str:
    """Say what a statement did, or the call that an assertion compares."""
    text = run.texts[statement]
    if isinstance(run.outcomes[statement].statement, Assert):
        first, last = run.span(statement)
        call = re.split(r" ?[!=]= ?", " ".join(text.removeprefix("assert ").split()))[0]
        return f"{call} {_clauses(run.steps[first - 1 : last])}."
    return sentence_of_statement(run, statement).removeprefix(f"On {run.kernel.name}").strip()


def sentence_of_comparison(comparison: Comparison) -> str:
    """Say where the kernels part first, or that they do not part."""
    parting = first_parting(comparison)
    if parting is None:
        names = joined([kernel.name for kernel in comparison.kernels])
        order = " in this order of the CPUs" if comparison.in_turn else ""
        return f"On {names} the same entries, counters and results come of it{order}."
    return sentence_of_parting(comparison, parting)


def sentence_of_parting(comparison: Comparison, parting: Parting) -> str:
    """Say what each kernel does where they part; kernels that do the same are named together."""
    text = comparison.text_of(parting.frame)
    members = sorted(index for group in parting.groups for index in group)
    by_saying: dict[tuple[str, str], list[str]] = {}
    for index in members:
        name = comparison.kernels[index].name
        by_saying.setdefault(_side(comparison, parting, index), []).append(name)
    clauses = []
    named = ""  # the entries that were named already
    for at, ((words, what), names) in enumerate(by_saying.items()):
        if what and what == named:
            words = words.replace(what, "them" if ":" in what.split(",")[0] else "it", 1)
        named = named or what
        subject = "it" if at else text
        clauses.append(f"{'on' if at else 'On'} {joined(names)} {subject} {words}")
    return "; ".join(clauses) + "."


def _side(comparison: Comparison, parting: Parting, index: int) -> tuple[str, str]:
    """Say what one kernel does where they part, and how that names the entries."""
    step = parting.sides[index].step
    results = comparison.results(parting.frame)
    result = results[index]
    differing = parting.entries[0] if parting.entries else None
    clause = came = what = ""
    if differing is not None and step is not None:
        for deed in _deeds([step]):
            deed = _widened(comparison, parting, differing, deed)
            clause, what = _clause(deed), _what(deed)
    if result not in ("0", "holds", "FAILS") or len(set(results)) > 1:
        came = _came(result)
    if came and (not clause or result != "0"):
        return (f"{came} and {clause}", what) if clause else (came, "")
    return clause or _left(parting, index), what


def _left(parting: Parting, index: int) -> str:
    """Say what stands there on a kernel that took no step of its own."""
    differing = parting.entries[0] if parting.entries else None
    if differing is not None:
        row, page, looks = differing
        return f"leaves {row}[{page}] {_state_of(looks[index])}"
    for counter, pages in parting.counters:
        return f"leaves {how_many(pages[index], counter.removesuffix('s'))}"
    for file, sizes in parting.differences.sizes:
        return f"leaves {file} {sizes[index]} bytes long"
    return "goes on as before"


def _widened(comparison: Comparison, parting: Parting, one: EntryDifference, deed: _Deed) -> _Deed:
    """Extend a deed to all adjacent entries on which the kernels part in the same way."""
    if deed.step.kind != "zap" or (deed.row, deed.pages[0]) != (one.row, one.page):
        return deed
    end = comparison.differences(comparison.statement_end(parting.statement)).entries
    kinds = [look[0] for look in one.seen]
    alike = {e.page for e in end if e.row == one.row and [look[0] for look in e.seen] == kinds}
    pages = [one.page]
    while pages[-1] + 1 in alike:
        pages.append(pages[-1] + 1)
    return deed._replace(pages=tuple(pages))


def _state_of(look: tuple[str, int | None]) -> str:
    kind, data = look
    if kind == Kind.NONE:
        return "empty"
    if kind == Kind.UNMAPPED:
        return "unmapped"
    held = "" if data is None or kind == Kind.ZERO else f" that holds {data}"
    return f"{_a(CLASSES[kind].name)}{held}"


# ---- clauses ----------------------------------------------------------------


def _clauses(steps: Iterable[Step]) -> str:
    """Say what steps did to entries; what happened alike to several is said together."""
    # A second pass meets what the first one kept; that is said once.
    deeds = list({(_way(deed.step), deed.row, deed.pages): deed for deed in _deeds(steps)}.values())
    if len(deeds) == 1:
        return _clause(deeds[0])
    by_verb: dict[str, list[str]] = {}
    for deed in _named_first(deeds):
        by_verb.setdefault(_verb(deed), []).append(_brief(deed))
    clauses = [verb.replace("@", joined(items)) for verb, items in by_verb.items()]
    if len(deeds) > _MOST:
        clauses.append(f"{len(deeds) - _MOST} more such things")
    return joined(clauses, ", and" if len(clauses) > 1 and len(deeds) > 2 else "and").replace(
        " , ", ", "
    )


def _named_first(deeds: list[_Deed]) -> list[_Deed]:
    """Choose the deeds that a sentence names: what a zap kept is among them, as is what went."""
    if len(deeds) <= _MOST:
        return deeds
    kept = [at for at, deed in enumerate(deeds) if _keeps(deed)]
    gone = [at for at, deed in enumerate(deeds) if not _keeps(deed)]
    some = max(_MOST // 2, _MOST - len(gone))
    chosen = kept[:some]
    return [deeds[at] for at in sorted(chosen + gone[: _MOST - len(chosen)])]


def _keeps(deed: _Deed) -> bool:
    return deed.step.kind == "zap" and deed.step.before == deed.step.after


def _deeds(steps: Iterable[Step]) -> list[_Deed]:
    """Give what steps did; neighbours that fared alike are put together."""
    deeds: list[_Deed] = []
    telling = [step for step in steps if step.place is not None and step.before is not None]
    zaps = [step for step in telling if step.kind in _TELLING]
    for step in zaps or [step for step in telling if step.kind == "cache"]:
        assert step.place is not None
        row, page = _row_name(step.world, step.place), step.place.page
        beyond = _beyond(step.world, step.place)
        last = deeds[-1] if deeds else None
        if (
            last is not None
            and (last.row, last.pages[-1] + 1, last.beyond) == (row, page, beyond)
            and _way(last.step) == _way(step)
        ):
            deeds[-1] = last._replace(pages=(*last.pages, page))
        else:
            deeds.append(_Deed(step, row, (page,), beyond))
    return deeds


def _way(step: Step) -> tuple[Any, ...]:
    assert step.before is not None
    assert step.after is not None
    return (step.kind, step.verdict, step.before.kind, step.after.kind)


def _where(deed: _Deed) -> str:
    return format_range(deed.row, deed.pages[0], deed.pages[-1] + 1)


def _what(deed: _Deed) -> str:
    """Name the entries of a deed and what they were: ``A[1], a swap entry``."""
    assert deed.step.before is not None
    assert deed.step.place is not None
    kind = deed.step.before.kind
    if deed.step.place.in_file or kind is Kind.NONE:
        return _where(deed)
    beyond = " beyond the end of the file" if deed.beyond else ""
    return f"{_where(deed)}, {_plain(kind, len(deed.pages) > 1)}{beyond}"


def _brief(deed: _Deed) -> str:
    """Name the entries of a deed, in short: ``A[1] (swap entry)``."""
    assert deed.step.before is not None
    assert deed.step.place is not None
    kind = deed.step.before.kind
    if deed.step.place.in_file or kind is Kind.NONE:
        return _where(deed)
    return f"{_where(deed)} ({CLASSES[kind].name})"


def _clause(deed: _Deed) -> str:
    """Write a deed in words, such as ``keeps A[1], a swap entry beyond the end of the file``."""
    return _verb(deed).replace("@", _what(deed))


def _verb(deed: _Deed) -> str:
    """Give the verb of a deed; ``@`` stands for the entries."""
    step = deed.step
    assert step.before is not None
    assert step.after is not None
    assert step.place is not None
    before, after = step.before.kind, step.after.kind
    many = len(deed.pages) > 1
    if step.place.in_file:
        if after is Kind.NONE:
            return "drops @ from the page cache"
        return f"{'keeps' if before == after else 'changes'} @ in the page cache"
    if before is Kind.NONE:
        return "leaves @ empty" if after is Kind.NONE else f"puts {_plain(after, many)} at @"
    if before == after:
        return "keeps @" if step.kind == "zap" else "leaves @"
    if after is Kind.NONE:
        return f"{'zaps' if step.kind == 'zap' else 'empties'} @"
    if step.kind == "zap":
        return f"leaves {_plain(after, many)} in place of @"
    return f"turns @{'' if many else ','} into {_plain(after, many)}"


def _plain(kind: Kind, many: bool) -> str:
    name = CLASSES[kind].name
    if not many:
        return _a(name)
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _a(name: str) -> str:
    """Give a name with its article; ``hwpoison`` and ``uffd-wp`` begin with a consonant's sound."""
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def _row_name(world: World, place: Place) -> str:
    held: Any = world.files if place.in_file else world.areas
    name: str = held[place.of].name
    return name


def _beyond(world: World, place: Place) -> bool:
    """Tell whether a mapping's entry lies beyond the end of its file."""
    if place.in_file:
        return False
    vma = world.areas[place.of].vma_behind(place.page)
    if vma is None or vma.file < 0:
        return False
    return place.page + vma.offset >= world.files[vma.file].pages


# ---- statements -------------------------------------------------------------


def _named(run: Run, statement: int) -> str:
    """Name a statement as the subject of a sentence."""
    one = run.outcomes[statement].statement
    if isinstance(one, Cpu):
        return f"CPU{one.number}"
    return " ".join(run.texts[statement].split())


def _outcome(run: Run, statement: int) -> str:
    """Say what came of a statement, if that is worth a word."""
    outcome = run.outcomes[statement]
    if isinstance(outcome.statement, Assert):
        word = _verdict(run, statement)
        if word == "undecided":
            return f"is {UNDECIDED}"
        return word + _order(run, [statement])
    return "" if outcome.result == "0" else _came(outcome.result)


def _verdict(run: Run, statement: int) -> str:
    """Give the outcome of an assertion; "" for other statements."""
    judged = run.judged(statement)
    return judged.verdict if judged else ""


def _order(run: Run, statements: list[int]) -> str:
    """Say of assertions in which orders of the CPUs they came out so."""
    judged = [run.judged(statement) for statement in statements]
    wheres = list(dict.fromkeys(one.where for one in judged if one is not None and one.where))
    if not wheres:
        return ""
    where = wheres[0] if len(wheres) == 1 else "in this order"
    return f" {where} of the CPUs"


def _came(result: str) -> str:
    if result in _SIGNALS:
        return f"raises {result}"
    words = {
        "0": "succeeds",
        "holds": "holds",
        "FAILS": "fails",
        "undecided": f"is {UNDECIDED}",
        "not run": "is not run",
        BLOCKED: "never returns",
    }
    return words.get(result, f"fails with {result}")


def _last_deeds(run: Run, until: int, zaps: bool) -> int | None:
    """Give the last statement before another one in which an entry was zapped or kept.

    Where there is none, and unless only zaps matter, give the last one in which an entry changed.
    """
    changed = None
    for index in range(until - 1, -1, -1):
        one = run.outcomes[index].statement
        if isinstance(one, Assert) and not isinstance(one.condition, ResultIs):
            continue
        first, last = run.span(index)
        steps = run.steps[first - 1 : last]
        if any(step.kind == "zap" for step in steps):
            return index
        if changed is None and any(step.kind in _TELLING for step in steps):
            changed = index
    return None if zaps else changed
