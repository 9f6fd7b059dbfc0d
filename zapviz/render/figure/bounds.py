"""How large a picture may become, held before any of it is drawn.

>>> check_pixels(1440, 900)
>>> from zapviz.errors import ZapvizError
>>> try:
...     check_pixels(16_000, 9_000)
... except ZapvizError as error:
...     print(str(error).partition(", and")[0])
a picture of 16,000 x 9,000 pixels would take about 1.0 GB of memory
"""

from __future__ import annotations

from typing import Final

from zapviz.errors import ZapvizError

__all__ = ["MOST_FRAMES", "MOST_PIXELS", "MOST_PIXELS_OF_FILM", "check_film", "check_pixels"]

MOST_PIXELS: Final = 40_000_000
"""Most pixels of one picture: 40 x 6 inches at 400 dpi, or 16 x 9 inches at 500."""

MOST_PIXELS_OF_FILM: Final = 600_000_000
"""Most pixels of all pictures of a film together: they take time, one is held at a time."""

MOST_FRAMES: Final = 400
"""Most states that a film shows; more would last minutes."""

_BYTES: Final = 7  # of memory for each pixel, as measured: while a picture is drawn and packed


def check_pixels(width: int, height: int) -> None:
    """Refuse a picture that would take too much memory.

    Raises:
        ZapvizError: It would; the message says how much, and what would be accepted.
    """
    pixels = width * height
    if pixels <= MOST_PIXELS:
        return
    raise ZapvizError(
        f"a picture of {width:,} x {height:,} pixels would take about {_gigabytes(pixels)} of "
        f"memory, and the most is {_gigabytes(MOST_PIXELS)}, {MOST_PIXELS / 1e6:.0f} million "
        "pixels: take fewer with a smaller --width or --dpi"
    )


def check_film(width: int, height: int, states: int, dpi: float) -> None:
    """Refuse a film that would take too much memory or time.

    Raises:
        ZapvizError: It would; the message says how much, and what would be accepted.
    """
    check_pixels(width, height)
    pixels = width * height * states
    if pixels <= MOST_PIXELS_OF_FILM:
        return
    fewer = int(dpi * (MOST_PIXELS_OF_FILM / pixels) ** 0.5)
    raise ZapvizError(
        f"a film of {states} states of {width:,} x {height:,} pixels would be "
        f"{pixels / 1e6:,.0f} million pixels, and the most is {MOST_PIXELS_OF_FILM / 1e6:.0f} "
        f"million: take fewer pixels with a smaller --width or at most --dpi {fewer}, or fewer "
        "states with --stop statement or --stop pass, or from --since to --step"
    )


def _gigabytes(pixels: int) -> str:
    return f"{pixels * _BYTES / 1e9:.1f} GB"
