"""Opening a file that somebody names: whatever it is, it is read at once, or a sentence says why.

A name may lead to a folder, a pipe, a device or a socket. A pipe that somebody writes to is read to
its end, as that of a shell's ``<(...)``; one that nobody writes to would be waited for in vain.
"""

from __future__ import annotations

import errno
import os
import select
import stat

from zapviz.errors import ZapvizError

__all__ = ["kind_of", "read_named"]

_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)


def read_named(path: str, most: int) -> bytes:
    """Read the beginning of a file.

    Args:
        path: Its name.
        most: The number of bytes that are read at most.

    Raises:
        ZapvizError: There is no such file, or it cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        raise ZapvizError(f"cannot read {path!r}: {_why(path, error)}") from None
    try:
        return _read(path, handle, most)
    except OSError as error:
        raise ZapvizError(f"cannot read {path!r}: {_why(path, error)}") from None
    finally:
        os.close(handle)


def _read(path: str, handle: int, most: int) -> bytes:
    pipe = stat.S_ISFIFO(os.fstat(handle).st_mode)
    parts: list[bytes] = []
    left = most
    while left:
        try:
            part = os.read(handle, min(left, 1 << 16))
        except BlockingIOError:  # somebody writes, and has not yet
            select.select([handle], [], [])
            continue
        if not part:
            break
        parts.append(part)
        left -= len(part)
    if pipe and not parts:
        raise ZapvizError(f"cannot read {path!r}: it is a pipe, and nobody writes to it")
    return b"".join(parts)


def _why(path: str, error: OSError | ValueError) -> str:
    if not isinstance(error, OSError):
        return "not a file name"  # a NUL in it
    if error.errno in (errno.ENXIO, errno.ENODEV):
        try:
            return f"it is {kind_of(os.stat(path).st_mode)}"
        except OSError:
            pass
    return error.strerror or str(error)


def kind_of(mode: int) -> str:
    """Say in words what a mode of stat is of, such as "a pipe"."""
    return next((words for test, words in _KINDS if test(mode)), "a file")
