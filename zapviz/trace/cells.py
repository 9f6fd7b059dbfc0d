"""The cells and rows of a trace's record, with a sentence for what each holds."""

from __future__ import annotations

from typing import Any, Final

from zapviz.model.entries import Bit
from zapviz.model.world import FolioFlag

__all__ = []


def row_json(
    name: str, role: str, detail: str, file: str | None, column: int, pages: int
) -> dict[str, Any]:
    return {
        "id": name, "role": role, "label": name, "detail": detail,
        "file": file, "column": column, "pages": pages,
    }  # fmt: skip


_MEANINGS: Final = {
    "none": "nothing: the next access faults",
    "unmapped": "not mapped",
    "zero": "the shared zero page",
    "guard_marker": "a guard: any access raises SIGSEGV",
    "poison_marker": "a poison marker: any access raises SIGBUS",
    "uffd_wp_marker": "a marker: write-protected by userfaultfd, no page yet",
}


def cell_json(
    kind: str,
    bits: int = 0,
    folio: int = -1,
    slot: int | None = -1,
    data: int | None = None,
    flags: int = 0,
    anon: bool | None = None,
    in_file: bool = False,
) -> dict[str, Any]:
    """A cell's JSON, with a sentence that says what it holds."""
    if kind == "slot":
        count, byte = bits, folio
        holders = "one holder" if count == 1 else f"{count} holders"
        return {
            "kind": "slot", "flags": [], "folio": None, "slot": None, "data": byte,
            "text": f"in use, {holders}; holds {byte}",
        }  # fmt: skip
    if kind == "free":
        return {
            "kind": "free", "flags": [], "folio": None, "slot": None, "data": None,
            "text": "free",
        }  # fmt: skip
    names = [
        name
        for name, on in (
            ("writable", bits & Bit.WRITABLE),
            ("dirty", (flags & FolioFlag.DIRTY) if in_file else (bits & Bit.DIRTY)),
            ("young", bits & Bit.YOUNG),
            ("uffd_wp", bits & Bit.UFFD_WP),
            ("lazyfree", flags & FolioFlag.LAZYFREE),
            ("locked", flags & (1 << 10)),
            ("poisoned", flags & FolioFlag.POISONED),
            ("anon", anon and kind in ("migration", "hwpoison")),
        )
        if on
    ]
    if in_file and kind == "none":
        text = "not in the page cache"
    elif in_file and kind == "file":
        text = f"folio {folio} in the page cache"
    elif kind == "file":
        text = f"present: the file's own page, folio {folio}"
    elif kind == "anon":
        text = f"present: a private page, folio {folio}"
    elif kind == "swap":
        text = f"swapped out to slot {slot}"
    elif kind == "migration":
        text = f"under migration: stands for {'private' if anon else 'file'} folio {folio}"
    elif kind == "hwpoison":
        text = f"broken memory (was a {'private page' if anon else 'page of the file'}): SIGBUS"
    elif kind.startswith("device"):
        text = f"lent to a device, {kind.split('_')[1]}: folio {folio}"
    else:
        text = _MEANINGS[kind]
    shown = [name for name in names if name != "anon"]
    if shown:
        text += f"; {', '.join(shown)}"
    if data is not None and kind != "zero":
        text += f"; holds {data}"
    return {
        "kind": kind,
        "flags": names,
        "folio": folio if folio >= 0 else None,
        "slot": slot if slot is not None and slot >= 0 else None,
        "data": data,
        "text": text,
    }
