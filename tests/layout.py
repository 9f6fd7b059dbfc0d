"""What is asked of every text and every figure: that it can be mailed, that it can be read."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from matplotlib.text import Text

from zapviz.render.figure.picture import draw
from zapviz.render.figure.sheet import Sheet
from zapviz.render.text.lines import WIDTH

__all__ = ["check_layout", "check_mailable", "texts_of"]


def check_mailable(text: str) -> None:
    """Fail unless every line can be mailed: short, ASCII, no blanks at its end."""
    for line in text.split("\n"):
        assert len(line) <= WIDTH, line
        assert line.isascii() and line.isprintable(), line
        assert line == line.rstrip(), line


def texts_of(figure: Any) -> list[tuple[str, Any]]:
    """Give every text that a figure shows, with where it stands in pixels."""
    renderer = figure.canvas.get_renderer()
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip()
    ]


def check_layout(figure: Any) -> None:
    """Fail where a text is cut by the canvas or touches another one; of a sheet, once drawn."""
    figure = draw(figure) if isinstance(figure, Sheet) else figure
    width, height = figure.get_size_inches() * figure.dpi
    shown = texts_of(figure)
    for words, box in shown:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, words
    shown.sort(key=lambda one: one[1].x0)
    for (words, box), (others, other) in combinations(shown, 2):
        apart = box.x1 <= other.x0 or other.x1 <= box.x0 or box.y1 <= other.y0 or other.y1 <= box.y0
        assert apart, (words, others)
