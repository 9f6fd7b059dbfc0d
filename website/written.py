"""The folder that the site is written to."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["Written"]


class Written:
    """A folder that is being filled; every path is relative to it, with slashes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def text(self, path: str, text: str) -> None:
        """Write a text."""
        self.data(path, text.encode())

    def data(self, path: str, data: bytes) -> None:
        """Write the bytes of a file."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def picture(self, data: bytes, ending: str) -> str:
        """Write a picture once, under a name made of its content, and give its path."""
        path = f"pictures/{hashlib.sha256(data).hexdigest()[:16]}.{ending}"
        if not (self.root / path).exists():
            self.data(path, data)
        return path

    def size(self) -> int:
        """Give the size of all files in bytes."""
        return sum(file.stat().st_size for file in self.root.rglob("*") if file.is_file())
