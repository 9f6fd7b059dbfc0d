"""Pictures of the site: their sizes, which pages give so that nothing moves while they load, and
the one that other programs show of a link.
"""

from __future__ import annotations

import io
import re
import struct
from typing import Final

from PIL import Image

__all__ = ["PREVIEW_SIZE", "on_ground", "size_of"]

PREVIEW_SIZE: Final = (1200, 630)
"""The size, in pixels, that programs which show links ask for."""


def size_of(data: bytes) -> tuple[int, int] | None:
    """Give the width and height of a PNG or SVG in pixels of a page; None where it does not say."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    head = data[:2000].decode("utf-8", "replace")
    found = [
        re.search(rf'<svg[^>]*\s{name}="([0-9.]+)(px|pt)?"', head) for name in ("width", "height")
    ]
    if not all(found):
        return None
    width, height = (
        round(float(one[1]) * (96 / 72 if one[2] == "pt" else 1)) for one in found if one
    )
    return width, height


def on_ground(data: bytes, size: tuple[int, int]) -> bytes:
    """Put a picture in the middle of a white ground of a size, no larger than it is."""
    picture = Image.open(io.BytesIO(data)).convert("RGBA")
    picture.thumbnail((size[0] - 80, size[1] - 60))
    ground = Image.new("RGB", size, "white")
    at = ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2)
    ground.paste(picture, at, picture)
    file = io.BytesIO()
    ground.save(file, "PNG", optimize=True)
    return file.getvalue()
