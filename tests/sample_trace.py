"""Hand-made traces of any size, in the form of ``docs/trace.md``.

The live grid is tested and timed on these as well as on the model's own
traces: they can be as large as wanted and hold every kind of cell.
"""

from __future__ import annotations

import random
from typing import Any

__all__ = ["every_kind_trace", "sample_trace"]

JsonDict = dict[str, Any]

_CHAINS = [
    ["mmap"],
    ["asm_exc_page_fault", "handle_mm_fault", "do_cow_fault"],
    ["madvise", "madvise_pageout", "shrink_folio_list", "try_to_unmap_one"],
    [
        "ftruncate",
        "do_truncate",
        "shmem_setattr",
        "unmap_mapping_range",
        "zap_page_range_single",
        "unmap_single_vma",
        "unmap_page_range",
        "zap_pte_range",
        "zap_nonpresent_ptes",
    ],
]


def sample_trace(
    mappings: int = 3, pages: int = 4, steps: int = 40, *, change: int = 1, seed: int = 0
) -> JsonDict:
    """Make a trace of one file with ``mappings`` mappings, all of ``pages`` pages.

    Each step changes ``change`` cells; the counters and sizes move along.  The
    steps are plausible, not true: they keep no invariant of the kernel.
    """
    rng = random.Random(seed)
    rows = [_row("F", "file", "shmem file, page cache", None, pages)]
    rows += [
        _row(
            _name(i),
            "mapping",
            f"{'private' if i % 2 == 0 else 'shared'} mapping of F[0:{pages}]",
            "F",
            pages,
        )
        for i in range(mappings)
    ]
    rows.append(_row("swap", "swap", "swap slots", None, min(pages, 16)))
    cells = [
        _cell("unmapped", "nothing is mapped here"),
        _cell("none", "empty"),
        _cell("file", "page-cache folio 1; holds 1", ["young"], folio=1, data=1),
        _cell(
            "anon",
            "anonymous folio 3, a private page; writable, dirty; holds 2",
            ["writable", "dirty", "young"],
            folio=3,
            data=2,
        ),
        _cell("swap", "swapped out to slot 0; holds 2", slot=0, data=2),
        _cell("migration", "migration entry of anonymous folio 3", ["anon"], folio=3),
        _cell("hwpoison", "the folio had a memory error", folio=4),
        _cell("slot", "slot 0, used once; holds 2", slot=0, data=2),
        _cell("free", "free"),
    ]
    lines = [
        "# a sample: no statement here is true",
        f"F = shmem({pages})",
        *(f"{_name(i)} = mmap(F, MAP_PRIVATE)" for i in range(mappings)),
        f"A[0:{pages}] = 2",
        "madvise(A, MADV_PAGEOUT)",
        "ftruncate(F, bytes=6000)",
        "assert A[1] == anon",
    ]
    statements: list[JsonDict] = []
    passes: list[JsonDict] = []
    out: list[JsonDict] = []
    state = [[0] * row["pages"] for row in rows]
    state[-1] = [8] * rows[-1]["pages"]
    initial = [list(row) for row in state]
    rss = [0, 0, 0, 0]
    per = max(1, steps // (len(lines) - 1))
    for line, text in enumerate(lines[1:], start=2):
        first = len(out) + 1
        final = line == len(lines)
        while len(out) < (steps if final else min(steps, first - 1 + per)):
            number = len(out)
            begin = number + 1 == first
            row = 1 + rng.randrange(mappings)
            changed = []
            for k in range(change):
                target = (number * change + k) % pages
                changed.append([row, target, rng.choice([1, 2, 3, 4, 4, 5, 6])])
            before = state[row][changed[0][1]]
            for r, c, new in changed:
                state[r][c] = new
            if number % 7 == 3 and rows[-1]["pages"]:
                slot = rng.randrange(rows[-1]["pages"])
                state[-1][slot] = 7 if state[-1][slot] == 8 else 8
                changed.append([len(rows) - 1, slot, state[-1][slot]])
            rss = [max(0, value + rng.choice([-1, 0, 0, 1])) for value in rss]
            kept = rng.random() < 0.3
            out.append(
                {
                    "statement": line - 2,
                    "pass": len(passes) if line == len(lines) - 1 else None,
                    "kind": "begin" if begin else "zap",
                    "at": None if begin else changed[0][:2],
                    "before": None if begin else before,
                    "after": None if begin else changed[0][2],
                    "verdict": None if begin else ("kept" if kept else "zapped"),
                    "title": text
                    if begin
                    else f"{_name(row - 1)}[{changed[0][1]}]: "
                    f"{cells[before]['kind']} -> {cells[changed[0][2]]['kind']}",
                    "reason": "The call enters the kernel."
                    if begin
                    else rng.choice(
                        [
                            "The page is a private page, and even_cows is 0: it is skipped.",
                            "The entry is a genuine swap entry, so it can only stand for a "
                            "private page; even_cows is 1, so private pages go too, "
                            "and the swap slot is given back.",
                        ]
                    ),
                    "rule": None if begin else "swap-zapped",
                    "source": "zap_nonpresent_ptes(), mm/memory.c, v6.12",
                    "chain": 3 if line > mappings + 3 else 1,
                    "function": "zap_pte_range" if line > mappings + 3 else "do_cow_fault",
                    "locks": []
                    if begin
                    else ["inode lock of F", "i_mmap_rwsem of F (read)", "page table lock"],
                    "rss": list(rss),
                    "set": changed,
                    "sizes": {"F": pages * 4096}
                    if number == 0
                    else ({"F": 6000} if begin and "bytes" in text else {}),
                    "cpu": 0,
                    "result": None,
                }
            )
            if begin:
                out[-1]["set"] = changed = [
                    [r, c, 1] for r in range(mappings + 1) for c in range(pages) if number == 0
                ]
                for r, c, new in changed:
                    state[r][c] = new
        out[-1]["result"] = "0"
        if line == len(lines) - 1:
            passes.append(
                {
                    "statement": line - 2,
                    "title": "unmap_mapping_range(F[1:], even_cows=1)",
                    "first": first + 1,
                    "last": len(out),
                    "details": {"even_cows": True},
                    "zaps": True,
                }
            )
        statements.append(
            {
                "line": line,
                "text": text,
                "result": "0",
                "ok": line != len(lines),
                "first": first,
                "last": len(out),
            }
        )
    return {
        "format": "zapviz-trace",
        "version": 1,
        "title": "a sample trace",
        "about": "Hand-made, for tests of the drawing.",
        "scenario": "\n".join(lines) + "\n",
        "kernel": {"name": "v6.12", "title": "Linux 6.12"},
        "rows": rows,
        "cells": cells,
        "chains": _CHAINS,
        "statements": statements,
        "passes": passes,
        "initial": {
            "cells": initial,
            "sizes": {"F": None},
            "rss": [0, 0, 0, 0],
            "locks": [],
        },
        "steps": out,
        "notes": [
            "Memory ordering: each step is atomic.",
            "TLB timing: a flush is instant.",
            "Huge pages: there are none.",
        ],
    }


def every_kind_trace() -> JsonDict:
    """Make a one-step trace whose mapping holds every kind of entry once."""
    kinds = [
        "none",
        "file",
        "anon",
        "zero",
        "swap",
        "migration",
        "hwpoison",
        "device_private",
        "device_exclusive",
        "uffd_wp_marker",
        "poison_marker",
        "guard_marker",
        "unmapped",
    ]
    trace = sample_trace(1, len(kinds), 1)
    trace["cells"] = [_cell(kind, f"a cell of kind {kind}") for kind in [*kinds, "slot", "free"]]
    n = len(kinds)
    trace["rows"] = [
        _row("F", "file", "shmem file, page cache", None, n),
        _row("A", "mapping", f"private mapping of F[0:{n}]", "F", n),
        _row("swap", "swap", "swap slots", None, 2),
    ]
    trace["initial"]["cells"] = [[0] * n, [0] * n, [14, 14]]
    trace["steps"] = trace["steps"][:1]
    trace["steps"][0]["set"] = [[1, i, i] for i in range(n)] + [[2, 0, 13]]
    trace["statements"] = [dict(trace["statements"][0], first=1, last=1)]
    trace["passes"] = []
    return trace


def _name(index: int) -> str:
    return "ABCDEGHIJKLMNOP"[index]


def _row(label: str, role: str, detail: str, file: str | None, pages: int) -> JsonDict:
    return {
        "id": label,
        "role": role,
        "label": label,
        "detail": detail,
        "file": file,
        "column": 0,
        "pages": pages,
    }


def _cell(
    kind: str,
    text: str,
    flags: list[str] | None = None,
    *,
    folio: int | None = None,
    slot: int | None = None,
    data: int | None = None,
) -> JsonDict:
    return {
        "kind": kind,
        "flags": flags or [],
        "folio": folio,
        "slot": slot,
        "data": data,
        "text": text,
    }
