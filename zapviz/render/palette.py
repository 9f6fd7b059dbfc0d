"""The one palette: what letter, name and colours each class of entry has.

Every picture uses this table: the live grid gets it as JSON, the figures and
the text forms import it.  The hue says the family, the letter says the class,
and a border outlines every cell, because no set of fills is told apart by
colour alone.  Present entries share a hue: pale for a file's page, saturated
for a private (anonymous) page, so that private pages stand out in grey too.

The measured ratios are kept by ``tests/widgets/test_grid.py``: text 4.5:1 on its fill,
a border 3:1 against its own fill and every background, and of two neighbouring
cells at least one border 3:1 against both fills.  ``tests/render/test_sight.py`` sees to it that
families stay apart without red, green or blue.

>>> entry_class("anon").letter
'A'
>>> ink("anon", "light").fill
'#1f66cc'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, assert_never

from zapviz.model.entries import Kind
from zapviz.model.program import COUNTERS
from zapviz.render.glossary import glossary_json

__all__ = [
    "CHECK_SIGNS",
    "CLASSES",
    "CORNER_FLAGS",
    "ENTRY_SIGNS",
    "FAMILIES",
    "FATES",
    "FLAG_MARKS",
    "THEMES",
    "VERDICTS",
    "EntryClass",
    "Family",
    "FateLook",
    "Ink",
    "Theme",
    "ThemeName",
    "VerdictLook",
    "contrast",
    "drawn_letter",
    "entry_class",
    "ink",
    "palette_json",
]

ThemeName: TypeAlias = Literal["light", "dark"]


@dataclass(frozen=True)
class Ink:
    """The colours of one kind of cell in one theme, as ``#rrggbb``."""

    fill: str  # the colour of the cell
    text: str  # the colour of the letter and the small marks, 4.5:1 on the fill
    border: str  # the colour of the outline, 3:1 against the fill and the background
    dashed: bool = False  # whether the outline is dashed, for a cell that holds nothing


@dataclass(frozen=True)
class Family:
    """A family of entries, which share a hue."""

    id: str
    name: str
    meaning: str  # one line


@dataclass(frozen=True)
class EntryClass:
    """One class of entry (or of page-cache or swap slot) as it is shown."""

    kind: str  # the name in the trace and in the scenario language
    family: str  # the id of its Family
    letter: str  # one ASCII character; unique among the kinds of a mapping
    name: str  # a few words
    meaning: str  # one line


@dataclass(frozen=True)
class Theme:
    """The colours around the cells, in one theme."""

    background: str  # of a standalone page and of figures
    backgrounds: tuple[str, ...]  # every background a cell may stand on
    band: str  # the ground behind the rows of one file
    text: str
    muted: str  # the colour of secondary text, still 4.5:1
    line: str  # rules and ticks
    outline: str  # the colour around the entry being decided
    selected: str  # the colour around the entry clicked
    edge: str  # the colour of the edge of i_size
    right: str  # of what comes out as asserted; no entry has this colour
    wrong: str  # of what does not, and of the step that is to blame
    beyond: str  # the ground beyond i_size


FAMILIES: dict[str, Family] = {
    family.id: family
    for family in (
        Family("present", "present", "the entry maps a page: no fault on access"),
        Family("absent", "absent", "the entry is empty: the next access faults"),
        Family("swap", "swapped out", "the page is in a swap slot; the entry says which"),
        Family("migration", "migrating", "the page is being moved; access waits"),
        Family("device", "device", "the page is in, or reserved for, a device"),
        Family("poison", "poisoned", "access raises SIGBUS"),
        Family("marker", "marker", "no page: the entry only remembers something"),
    )
}
"""The families, by id, in the order of the legend."""


def _class(kind: Kind) -> EntryClass:
    """Give how a class of entry is shown."""

    def shown(family: str, letter: str, name: str, meaning: str) -> EntryClass:
        return EntryClass(kind.value, family, letter, name, meaning)

    match kind:
        case Kind.FILE:
            return shown("present", "F", "file page", "maps a page of the page cache")
        case Kind.ANON:
            meaning = "maps a private page: in a file mapping, a copy"
            return shown("present", "A", "private page", meaning)
        case Kind.ZERO:
            return shown("present", "Z", "zero page", "maps the shared page of zeros")
        case Kind.NONE:
            return shown("absent", ".", "none", "empty: nothing is mapped here")
        case Kind.UNMAPPED:
            return shown("absent", " ", "no mapping", "no VMA, or not created yet")
        case Kind.SWAP:
            return shown("swap", "S", "swap entry", "the page was swapped out to a slot")
        case Kind.MIGRATION:
            meaning = "stands for a page being moved; stands as anonymous or as file"
            return shown("migration", "M", "migration entry", meaning)
        case Kind.DEVICE_PRIVATE:
            meaning = "the page was moved to device memory"
            return shown("device", "D", "device-private entry", meaning)
        case Kind.DEVICE_EXCLUSIVE:
            meaning = "the page is reserved for a device's atomic access"
            return shown("device", "X", "device-exclusive entry", meaning)
        case Kind.HWPOISON:
            return shown("poison", "H", "hwpoison entry", "the page had a memory error: SIGBUS")
        case Kind.POISON_MARKER:
            return shown("poison", "P", "poison marker", "no page; access raises SIGBUS")
        case Kind.UFFD_WP_MARKER:
            meaning = "no page; remembers userfaultfd's write protection"
            return shown("marker", "U", "uffd-wp marker", meaning)
        case Kind.GUARD_MARKER:
            return shown("marker", "G", "guard marker", "no page; access raises SIGSEGV")
        case _:
            assert_never(kind)


CLASSES: dict[str, EntryClass] = {
    entry.kind: entry
    for entry in (
        *sorted(map(_class, Kind), key=lambda entry: [*FAMILIES].index(entry.family)),
        EntryClass("slot", "swap", "s", "swap slot in use", "an entry or the page cache needs it"),
        EntryClass("free", "absent", "-", "free swap slot", "nothing refers to it"),
    )
}
"""Every kind of cell that a trace can hold, in the order of the legend."""


FLAG_MARKS: dict[str, tuple[str, str]] = {
    "writable": ("w", "writable"),
    "dirty": ("d", "dirty: must be written before it may be dropped"),
    "young": ("a", "accessed since last looked at"),
    "uffd_wp": ("u", "write-protected by userfaultfd"),
    "lazyfree": ("z", "may be dropped by reclaim (MADV_FREE)"),
    "locked": ("l", "the folio is locked"),
    "poisoned": ("p", "the folio had a memory error"),
    "swapcache": ("c", "in the swap cache"),
    "anon": ("n", "of an anonymous folio"),
    "shared": ("s", "shared"),
}
"""A letter and a line for each flag of a cell, in the order the trace gives them."""

CORNER_FLAGS = ("uffd_wp", "lazyfree", "locked", "poisoned")
"""The flags whose letters stand in the corner of a cell that is big enough."""

ENTRY_SIGNS = {"zapped": "\u2715", "kept": "=", "changed": "\u2192", "installed": "+"}
"""The sign of what a step does to an entry, by the step's verdict."""

CHECK_SIGNS = {"holds": "\u2713", "fails": "\u2715", "undecided": "?"}
"""The sign of the outcome of an assertion."""


@dataclass(frozen=True)
class FateLook:
    """How an answer to an exercise is shown."""

    letter: str  # on the entry, and as a key to press
    meaning: str  # a few words


FATES: dict[str, FateLook] = {
    "zapped": FateLook("Z", "gone: empty or unmapped"),
    "kept": FateLook("K", "stays what it is"),
    "changed": FateLook("C", "something else is there"),
}
"""The answers that an exercise takes, in the order in which they are offered."""


@dataclass(frozen=True)
class VerdictLook:
    """How a decision is shown: a sign, and colours that no entry has."""

    sign: str  # one character
    ink: str  # the name of its colours
    meaning: str  # one line


VERDICTS: dict[str, VerdictLook] = {
    "zapped": VerdictLook("\u2715", "verdict-zapped", "the entry is gone"),
    "kept": VerdictLook("=", "verdict-kept", "the entry stands where it stood"),
    "changed": VerdictLook("\u2192", "verdict-changed", "a marker stands in its place"),
    "waits": VerdictLook("\u2026", "verdict-waits", "the entry stays until the call gets a lock"),
    "refused": VerdictLook("!", "verdict-refused", "the kernel refuses the call"),
    "not possible": VerdictLook("\u2013", "verdict-impossible", "no such entry, or no such call"),
}
"""The verdicts of the decision table, in the order of its legend."""

VERDICT_INKS = tuple(look.ink for look in VERDICTS.values())
"""The names of the verdicts' colours."""


THEMES: dict[ThemeName, Theme] = {
    "light": Theme(
        background="#ffffff",
        backgrounds=("#ffffff", "#f7f8fa", "#f3f4f6"),
        band="#f7f8fa",
        text="#1a1f27",
        muted="#545b66",
        line="#c9ced6",
        outline="#0a0c10",
        selected="#8a3ffc",
        edge="#b3261e",
        right="#4a6b00",
        wrong="#a3006b",
        beyond="#ebedf0",
    ),
    "dark": Theme(
        background="#111111",
        backgrounds=("#111111", "#212121", "#1a1c20", "#2b2b2b"),
        band="#1a1c20",
        text="#e8eaee",
        muted="#a9b0ba",
        line="#4a505a",
        outline="#ffffff",
        selected="#c4a1ff",
        edge="#ff8a7a",
        right="#b5dd5a",
        wrong="#ff7fd0",
        beyond="#24272c",
    ),
}
"""The two themes: the grid follows JupyterLab or the page, figures take light."""


# A family's ink; a kind that differs within the family has its own.
_INKS: dict[ThemeName, dict[str, Ink]] = {
    "light": {
        "present": Ink("#cfe3fb", "#0b2545", "#1f4e8c"),
        "anon": Ink("#1f66cc", "#ffffff", "#06193a"),
        "zero": Ink("#f0f5fc", "#0b2545", "#1f4e8c"),
        "absent": Ink("#ffffff", "#5a616b", "#7b818b"),
        "unmapped": Ink("#eceef1", "#545b66", "#7b818b", dashed=True),
        "free": Ink("#ffffff", "#5a616b", "#7b818b", dashed=True),
        "swap": Ink("#ffc64a", "#3a2500", "#7a4b00"),
        "migration": Ink("#c3a3f5", "#210b4a", "#43208a"),
        "device": Ink("#4cc3b2", "#04332d", "#06463d"),
        "poison": Ink("#cf3a22", "#ffffff", "#2e0500"),
        "marker": Ink("#f4bad7", "#4a0a2c", "#8c1d58"),
        "verdict-zapped": Ink("#3d4148", "#ffffff", "#000000"),
        "verdict-kept": Ink("#dfe8bd", "#26300a", "#55661a"),
        "verdict-changed": Ink("#d9c3a5", "#33210a", "#6b4a1e"),
        "verdict-waits": Ink("#c5c9b8", "#22261a", "#4c5240", dashed=True),
        "verdict-refused": Ink("#b9bdc4", "#1a1f27", "#3d4148"),
        "verdict-impossible": Ink("#ffffff", "#545b66", "#7b818b", dashed=True),
    },
    "dark": {
        "present": Ink("#173a63", "#d9e9ff", "#7fb1ea"),
        "anon": Ink("#4688dc", "#000a1a", "#f2f8ff"),
        "zero": Ink("#15202e", "#d9e9ff", "#7fb1ea"),
        "absent": Ink("#1a1a1a", "#a8adb5", "#7d838c"),
        "unmapped": Ink("#2a2c30", "#b0b5bd", "#858b94", dashed=True),
        "free": Ink("#1a1a1a", "#a8adb5", "#7d838c", dashed=True),
        "swap": Ink("#6e4a05", "#ffe6ad", "#f3bb52"),
        "migration": Ink("#4b2b8a", "#ecdfff", "#bb9bf6"),
        "device": Ink("#156552", "#d2fbf2", "#6fdccb"),
        "poison": Ink("#bd331d", "#ffffff", "#ffc4b8"),
        "marker": Ink("#602e4f", "#ffd6e8", "#ec8dbb"),
        "verdict-zapped": Ink("#d5d8dd", "#111111", "#ffffff"),
        "verdict-kept": Ink("#39450f", "#eef5c8", "#a9bd5a"),
        "verdict-changed": Ink("#4f3718", "#fbe6c8", "#c9a06a"),
        "verdict-waits": Ink("#4a4d42", "#e9ecdf", "#a7ac98", dashed=True),
        "verdict-refused": Ink("#565b63", "#ffffff", "#b0b5bd"),
        "verdict-impossible": Ink("#1a1a1a", "#a8adb5", "#7d838c", dashed=True),
    },
}


def entry_class(kind: str) -> EntryClass:
    """Look up how a kind of cell is shown.

    Raises:
        KeyError: There is no such kind.
    """
    return CLASSES[kind]


def drawn_letter(kind: str) -> str:
    """Give the letter of a kind in a drawn cell; empty cells have none, since a drawing shows them
    as empty.

    >>> drawn_letter("anon"), drawn_letter("free")
    ('A', '')
    """
    return {"none": "\u00b7", "unmapped": "", "free": ""}.get(kind, CLASSES[kind].letter)


def ink(kind: str, theme: ThemeName = "light") -> Ink:
    """Give the colours of a kind of cell in a theme."""
    inks = _INKS[theme]
    return inks.get(kind) or inks[CLASSES[kind].family]


def contrast(one: str, other: str) -> float:
    """Compute the WCAG contrast ratio of two ``#rrggbb`` colours, from 1 to 21.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return round((light + 0.05) / (dark + 0.05), 3)


def palette_json() -> dict[str, Any]:
    """Give the whole palette, and the glossary beside it, as plain values: what a view reads."""
    return {
        "families": {
            family.id: {"name": family.name, "meaning": family.meaning}
            for family in FAMILIES.values()
        },
        "classes": {
            entry.kind: {
                "family": entry.family,
                "letter": entry.letter,
                "drawn": drawn_letter(entry.kind),
                "name": entry.name,
                "meaning": entry.meaning,
            }
            for entry in CLASSES.values()
        },
        "flags": {flag: list(mark) for flag, mark in FLAG_MARKS.items()},
        "corner": list(CORNER_FLAGS),
        "signs": dict(ENTRY_SIGNS),
        "checks": dict(CHECK_SIGNS),
        "counters": list(COUNTERS),
        "fates": {
            fate: {"letter": look.letter, "meaning": look.meaning} for fate, look in FATES.items()
        },
        "verdicts": {
            name: {"sign": look.sign, "ink": look.ink, "meaning": look.meaning}
            for name, look in VERDICTS.items()
        },
        "glossary": glossary_json(),
        "themes": {name: _theme_json(name) for name in THEMES},
    }


def _theme_json(name: ThemeName) -> dict[str, Any]:
    theme = THEMES[name]
    return {
        "background": theme.background,
        "band": theme.band,
        "text": theme.text,
        "muted": theme.muted,
        "line": theme.line,
        "outline": theme.outline,
        "selected": theme.selected,
        "edge": theme.edge,
        "right": theme.right,
        "wrong": theme.wrong,
        "beyond": theme.beyond,
        "inks": {
            kind: {
                "fill": ink(kind, name).fill,
                "text": ink(kind, name).text,
                "border": ink(kind, name).border,
                "dashed": ink(kind, name).dashed,
            }
            for kind in (*CLASSES, *VERDICT_INKS)
        },
    }


def _luminance(colour: str) -> float:
    """Compute the relative luminance of ``#rrggbb``, from 0 to 1 (WCAG 2.1)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
