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

__all__ = ["check_regular", "read_named"]

_KINDS = (
    (stat.S_ISDIR, "a folder"),
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


def check_regular(path: str | os.PathLike[str], what: str) -> None:
    """Check that a name leads to a file that can be read more than once.

    Args:
        what: What it is to be, for the message: "a bzImage".

    Raises:
        ZapvizError: It leads to something else, or to nothing that can be read.
    """
    name = os.fspath(path)
    try:
        mode = os.stat(name).st_mode
    except (OSError, ValueError) as error:
        raise ZapvizError(f"cannot read {name!r}: {_why(name, error)}") from None
    if not stat.S_ISREG(mode):
        raise ZapvizError(f"{name!r} is {_kind(mode)}, and {what} is a file")
    if not os.access(name, os.R_OK):
        raise ZapvizError(f"cannot read {name!r}: Permission denied")


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
    if error.errno in (errno.ENXIO, errno.EISDIR, errno.ENODEV):
        try:
            kind = _kind(os.stat(path).st_mode)
        except OSError:
            kind = ""
        if kind:
            return f"it is {kind}"
    return error.strerror or str(error)


def _kind(mode: int) -> str:
    return next((words for test, words in _KINDS if test(mode)), "no file")
