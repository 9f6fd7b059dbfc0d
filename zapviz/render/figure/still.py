"""A sheet as an image in a page, which stays where the page forbids anything live.

JupyterLab strips inline SVG from a notebook that it does not trust; an image stays. It is a PNG
where matplotlib is installed, which every page can show, and else an SVG file.
"""

from __future__ import annotations

import base64
from html import escape

from zapviz.errors import MissingPackage
from zapviz.render.figure.sheet import Sheet
from zapviz.render.figure.vector import format_svg

__all__ = ["image_html"]


def image_html(sheet: Sheet, words: str, colours: int | None = None) -> str:
    """Write a sheet as an ``<img>``.

    Args:
        sheet: What is to be seen.
        words: The alternative text.
        colours: How many colours a PNG may have; None: all that it has.
    """
    media, image = _image(sheet, colours)
    source = f"data:{media};base64,{base64.b64encode(image).decode('ascii')}"
    alternative = escape(words, quote=True).replace("\n", "&#10;")
    return f'<img src="{source}" alt="{alternative}" style="max-width: 100%">'


def _image(sheet: Sheet, colours: int | None) -> tuple[str, bytes]:
    try:
        from zapviz.render.figure.picture import png, with_few_colours
    except MissingPackage:
        return "image/svg+xml", format_svg(sheet).encode()
    made = png(sheet)
    return "image/png", made if colours is None else with_few_colours(made, colours)
