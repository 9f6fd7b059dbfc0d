"""Writing down how wide the letters of DejaVu are: ``python tools/widths.py``.

The fonts come with matplotlib; what is written needs neither, so that a picture can be laid out
where matplotlib is not installed.
"""

from __future__ import annotations

import json
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font, LoadFlags

FACES = {"sans": "DejaVu Sans", "sans bold": "DejaVu Sans", "mono": "DejaVu Sans Mono"}
# Of Latin, Greek and Cyrillic letters, punctuation, arrows, signs of mathematics, shapes.
BLOCKS = ((0x20, 0x24F), (0x370, 0x52F), (0x2000, 0x22FF), (0x2500, 0x27BF))
TARGET = Path(__file__).parents[1] / "zapviz" / "render" / "figure" / "widths.json"


def widths(face: str) -> dict[int, int]:
    """Give the advance of each letter of a face, in thousandths of the font's size."""
    weight = "bold" if "bold" in face else "normal"
    path = font_manager.findfont(font_manager.FontProperties(family=FACES[face], weight=weight))
    font = FT2Font(path)

    def advance(code: int) -> int:
        return int(font.load_char(code, LoadFlags.NO_SCALE).horiAdvance)

    return {
        code: round(advance(code) * 1000 / font.units_per_EM)
        for code in sorted(font.get_charmap())
        if any(first <= code <= last for first, last in BLOCKS)
    }


def spans(found: dict[int, int]) -> dict[int, list[list[int]]]:
    """Give the letters of each width, those that follow each other as their first and last."""
    joined: dict[int, list[list[int]]] = {}
    for code, width in found.items():
        alike = joined.setdefault(width, [])
        if alike and alike[-1][1] == code - 1:
            alike[-1][1] = code
        else:
            alike.append([code, code])
    return joined


if __name__ == "__main__":
    made = {face: spans(widths(face)) for face in FACES}
    TARGET.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="ascii")
