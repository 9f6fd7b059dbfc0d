"""What is made once and kept in the cache: it is used as it was made, or made anew.

Beside each file stands its digest. A file that is not what was kept, because a disk was full, a
machine went down or somebody wrote into it, is not there: whoever asks for it makes it again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from zapviz.lab.guest.kernels import file_digest, writing

__all__ = ["clear", "keep", "kept_file", "read_kept"]


def read_kept(path: Path) -> bytes | None:
    """Give the content of a file, if it is what was kept there."""
    try:
        content = path.read_bytes()
        digest = _digest_of(path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None
    return content if digest == file_digest(content) else None


def keep(path: Path, content: bytes) -> None:
    """Keep a file, whole or not at all, whatever stands in its place.

    Raises:
        NotAvailable: It cannot be written.
    """

    def write(fresh: Path) -> None:
        fresh.write_bytes(content)

    _put(path, write)


def kept_file(path: Path, make: Callable[[Path], None]) -> Path:
    """Give a file that is made on first use, and anew where it is not what was kept.

    Args:
        path: Its place in the cache.
        make: Writes the file that it is given.

    Raises:
        NotAvailable: It cannot be written; or as of ``make``.
    """
    if read_kept(path) is None:
        _put(path, make)
    return path


def _put(path: Path, make: Callable[[Path], None]) -> None:
    """Have a file made, and put it in its place with its digest."""
    with writing(path.parent):
        _make_folder(path.parent)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=path.parent) as folder:
            made = Path(folder) / path.name
            make(made)
            _take_place(made, path, file_digest(made.read_bytes()))


def clear(path: Path) -> None:
    """Remove whatever stands at a place."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _take_place(made: Path, path: Path, digest: str) -> None:
    for place in (path, _digest_of(path)):
        if place.is_dir():
            clear(place)
    os.replace(made, path)
    _digest_of(path).write_text(digest, encoding="ascii")


def _make_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        clear(folder)
    folder.mkdir(parents=True, exist_ok=True)


def _digest_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
