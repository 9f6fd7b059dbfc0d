"""A sheet as an SVG file, for slides: its text stays text, its shapes stay shapes.

It is written from the sheet's own marks and not through matplotlib, which draws each letter of the
grid as an outline. So the file is a tenth of the size, can be searched and edited, and holds no
date or number that changes. Nothing in it is a script or is fetched.

>>> from zapviz.render.figure.state import draw_state
>>> svg = format_svg(draw_state(zapviz.run("N = anon(2)")))
>>> "<title" in svg and "role=\\"img\\"" in svg
True
"""

from __future__ import annotations

import re
import zlib
from xml.sax.saxutils import escape, quoteattr

from zapviz.render.figure.letters import text_width
from zapviz.render.figure.sheet import DASHES, HALO, Box, Letter, Mark, Sheet, Stroke, Words

__all__ = ["format_svg"]

# The fonts that matplotlib measures with, then others of the same width.
_FAMILIES = {
    "sans": "DejaVu Sans, Bitstream Vera Sans, Verdana, sans-serif",
    "mono": "DejaVu Sans Mono, Bitstream Vera Sans Mono, Menlo, monospace",
}
_CAPITAL = 0.729  # the height of a capital letter, in sizes of the font
_ASCENT = 0.76  # the height of "lp" above the baseline, by which lines are centred
_HATCH_STEP = 4.5  # points from one line of the hatching to the next

# Characters that XML 1.0 cannot hold.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def format_svg(sheet: Sheet) -> str:
    """Write a sheet as an SVG document, with its title and description in it."""
    title, description = _clean(sheet.title), _clean(sheet.description)
    # These ids do not clash where several pictures stand in one page, and never change.
    name = f"zv{zlib.crc32(f'{title}{description}{len(sheet.marks)}'.encode()):08x}"
    hatched = dict.fromkeys(
        mark.edge for mark in sheet.marks if isinstance(mark, Box) and mark.hatch is not None
    )
    patterns = {edge: f"{name}-{number}" for number, edge in enumerate(hatched)}
    width, height = _number(sheet.width), _number(sheet.height)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" '
        f'viewBox="0 0 {width} {height}" role="img" xml:lang="en" '
        f'aria-labelledby="{name}-title {name}-desc">',
        f'<title id="{name}-title">{escape(title)}</title>',
        f'<desc id="{name}-desc">{escape(description)}</desc>',
        *_defined(patterns),
        f'<rect width="{width}" height="{height}" fill="{sheet.background}"/>',
    ]
    for mark in sorted(_layers(sheet.marks), key=lambda mark: mark.order):
        if isinstance(mark, Box):
            lines += _box(mark, patterns)
        elif isinstance(mark, Stroke):
            points = " ".join(f"{_number(x)},{_number(y)}" for x, y in mark.points)
            lines.append(
                f'<polyline points="{points}" fill="none" stroke="{mark.colour}" '
                f'stroke-width="{_number(mark.line)}"/>'
            )
        else:
            lines.append(_text(mark))
    lines.append("</svg>")
    return "\n".join(lines) + "\n"


def _layers(marks: list[Mark]) -> list[Mark]:
    """Give the marks, with the halo of a letter as a mark of its own below it."""
    layers: list[Mark] = []
    for mark in marks:
        if isinstance(mark, Letter) and mark.halo:
            layers.append(mark._replace(colour="none", order=mark.order - 0.5))
            layers.append(mark._replace(halo=None))
        else:
            layers.append(mark)
    return layers


def _defined(patterns: dict[str, str]) -> list[str]:
    """Define the hatchings, one for each colour."""
    step = _number(_HATCH_STEP)
    return [
        f'<defs><pattern id="{name}" width="{step}" height="{step}" '
        f'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path d="M0 0V{step}" stroke="{edge}" stroke-width="1.6"/></pattern></defs>'
        for edge, name in patterns.items()
    ]


def _box(box: Box, patterns: dict[str, str]) -> list[str]:
    place = (
        f'x="{_number(box.x)}" y="{_number(box.y)}" width="{_number(box.width)}" '
        f'height="{_number(box.height)}"'
    )
    radius = min(box.radius, box.width / 2, box.height / 2)
    if radius:
        place += f' rx="{_number(radius)}"'
    look = f' fill="{box.fill}"'
    if box.edge != "none":
        look += f' stroke="{box.edge}" stroke-width="{_number(box.line)}"'
    if box.dashed:
        look += f' stroke-dasharray="{" ".join(_number(one * box.line) for one in DASHES)}"'
    if box.hatch is None:
        return [f"<rect {place}{look}/>"]
    under = f'<rect {place} fill="{box.fill}"/>' if box.fill != "none" else ""
    hatched = look.replace(f'fill="{box.fill}"', f'fill="url(#{patterns[box.edge]})"', 1)
    return [*([under] if under else []), f"<rect {place}{hatched}/>"]


def _text(mark: Letter | Words) -> str:
    look = {
        "x": _number(mark.x),
        "font-family": _FAMILIES[mark.face],
        "font-size": _number(mark.size),
        "fill": mark.colour,
        "xml:space": "preserve",
    }
    if isinstance(mark, Letter):
        look |= {"y": _number(mark.y + mark.size * _CAPITAL / 2), "text-anchor": "middle"}
        look["font-weight"] = "bold"
        if mark.halo:
            look |= {"fill": mark.halo, "stroke": mark.halo, "stroke-width": _number(HALO)}
            look |= {"stroke-linejoin": "round", "aria-hidden": "true"}
    else:
        look["y"] = _number(mark.y + mark.size * _ASCENT / 2)
        if mark.align != "left":
            look["text-anchor"] = {"center": "middle", "right": "end"}[mark.align]
        if mark.bold:
            look["font-weight"] = "bold"
        # A reader without these fonts still gives the line the same room.
        wide = text_width(mark.words, mark.size, mark.face, mark.bold)
        look |= {"textLength": _number(wide), "lengthAdjust": "spacingAndGlyphs"}
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in look.items())
    return f"<text {attributes}>{escape(_clean(mark.words))}</text>"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _number(value: float) -> str:
    """Write a length with two digits after the point at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
