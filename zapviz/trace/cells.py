"""The cells and rows of a trace's record, each with a sentence about what it holds."""

from __future__ import annotations

from typing import Any, assert_never

from zapviz.model.entries import Bit, Kind
from zapviz.model.world import FolioFlag

__all__ = []


def row_json(
    name: str, role: str, detail: str, file: str | None, column: int, pages: int
) -> dict[str, Any]:
    return {
        "id": name, "role": role, "label": name, "detail": detail,
        "file": file, "column": column, "pages": pages,
    }  # fmt: skip


def _held(kind: Kind, folio: int, slot: int | None, anon: bool, in_file: bool) -> str:
    """Describe what an entry holds, in a few words."""
    match kind:
        case Kind.NONE:
            return "not in the page cache" if in_file else "nothing: the next access faults"
        case Kind.UNMAPPED:
            return "not mapped"
        case Kind.FILE if in_file:
            return f"folio {folio} in the page cache"
        case Kind.FILE:
            return f"present: the file's own page, folio {folio}"
        case Kind.ANON:
            return f"present: a private page, folio {folio}"
        case Kind.ZERO:
            return "the shared zero page"
        case Kind.SWAP:
            return f"swapped out to slot {slot}"
        case Kind.MIGRATION:
            return f"under migration: stands for {'private' if anon else 'file'} folio {folio}"
        case Kind.HWPOISON:
            return f"broken memory (was a {'private page' if anon else 'page of the file'}): SIGBUS"
        case Kind.DEVICE_PRIVATE:
            return f"lent to a device, private: folio {folio}"
        case Kind.DEVICE_EXCLUSIVE:
            return f"lent to a device, exclusive: folio {folio}"
        case Kind.UFFD_WP_MARKER:
            return "a marker: write-protected by userfaultfd, no page yet"
        case Kind.POISON_MARKER:
            return "a poison marker: any access raises SIGBUS"
        case Kind.GUARD_MARKER:
            return "a guard: any access raises SIGSEGV"
        case _:
            assert_never(kind)


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
    """Make a cell's JSON, with a sentence that says what it holds."""
    if kind == "slot":
        count, byte = bits, folio
        holders = "one holder" if count == 1 else f"{count} holders" if count else ""
        if slot == FolioFlag.SWAPCACHE:
            holders = f"{holders} and the swap cache" if holders else "the swap cache alone has it"
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
            ("swapcache", flags & FolioFlag.SWAPCACHE),
            ("anon", anon and kind in ("migration", "hwpoison")),
        )
        if on
    ]
    text = _held(Kind(kind), folio, slot, bool(anon), in_file)
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
