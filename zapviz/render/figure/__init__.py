"""Pictures: sheets of marks, laid out without any library, drawn as SVG files or by matplotlib."""

from typing import Final

__all__ = ["NEEDS"]

NEEDS: Final = (
    "drawing a picture",
    ("matplotlib", "matplotlib"),
    ("numpy", "numpy"),
    ("PIL", "pillow"),
)
"""What a picture of pixels needs, for :func:`zapviz.errors.need`; an SVG file needs none of it."""
