"""Writing a file whole or not at all.

The data goes into a new file beside the old one, which then takes the old one's name in one step.
So neither a full disk nor a failing program leaves half a file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat

from zapviz.errors import ZapvizError

__all__ = ["check_free", "write_file"]


def check_free(path: str | os.PathLike[str], overwrite: bool = False) -> None:
    """Check that a file can be written, before the work that fills it is done.

    Raises:
        ZapvizError: The file is there and is not to be replaced, or is a folder; or its folder is
            not there, or cannot be written to.
    """
    name = os.fspath(path)
    folder = os.path.dirname(name) or "."
    if "\0" in name:
        raise ZapvizError(f"{name!r} is no file name")
    if not os.path.isdir(folder):
        raise ZapvizError(f"cannot write '{name}': there is no folder '{folder}'")
    if os.path.isdir(name) or not os.path.basename(name):
        raise ZapvizError(f"cannot write '{name}': it is a folder")
    if not overwrite and os.path.lexists(name) and not _is_device(name):
        raise _there_already(name)
    try:
        _try(name)
    except OSError as error:
        raise ZapvizError(f"cannot write '{name}': {error.strerror or error}") from None


def _try(name: str) -> None:
    """Make a file beside the one that is to be written, and remove it; ask a device alone.

    Raises:
        OSError: That does not go.
    """
    if _is_device(name):
        if stat.S_ISSOCK(os.stat(name).st_mode):
            raise OSError(errno.ENXIO, "it is a socket")
        if not os.access(name, os.W_OK):
            raise OSError(errno.EACCES, "Permission denied")
        return
    with contextlib.suppress(FileNotFoundError):
        os.lstat(name)  # a name that is too long
    fresh = _beside(os.path.realpath(name))
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    os.unlink(fresh)


def _beside(name: str) -> str:
    return os.path.join(os.path.dirname(name), f".zapviz-{secrets.token_hex(8)}.tmp")


def write_file(path: str | os.PathLike[str], data: bytes, *, overwrite: bool = False) -> None:
    """Write a file; if that fails, nothing has changed.

    A device or a pipe, such as ``/dev/stdout``, is written to directly.

    Args:
        path: The file's name; its folder has to be there.
        data: The whole content.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        ZapvizError: The file is there, or cannot be written; the message says why.
    """
    name = os.fspath(path)
    check_free(name, overwrite)
    try:
        if _is_device(name):
            _fill(name, data)
            return
        # A link stays; the file that it points to is replaced.
        _replace(os.path.realpath(name) if overwrite else name, data, overwrite)
    except FileExistsError:  # another program made the file while this one was written
        raise _there_already(name) from None
    except OSError as error:
        why = error.strerror or str(error)
        if error.errno == errno.ENXIO:
            why = "it is a pipe that nobody reads from, or a socket"
        raise ZapvizError(f"cannot write '{name}': {why}") from None


def _fill(name: str, data: bytes) -> None:
    """Write to a device or a pipe; one that nobody reads from is not waited for."""
    handle = os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    os.set_blocking(handle, True)
    with open(handle, "wb") as device:
        device.write(data)


def _replace(name: str, data: bytes, overwrite: bool) -> None:
    fresh = _beside(name)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # a disk that is full may say so only now
        if overwrite:
            with contextlib.suppress(FileNotFoundError):
                os.chmod(fresh, stat.S_IMODE(os.stat(name).st_mode))
            os.replace(fresh, name)
        else:
            _take_name(fresh, name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(fresh)


def _take_name(fresh: str, name: str) -> None:
    """Give the new file its name.

    Raises:
        FileExistsError: Another file has taken the name by now.
    """
    try:
        os.link(fresh, name)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: take the name, then fill it
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        try:
            os.replace(fresh, name)
        except OSError:
            os.unlink(name)
            raise


def _is_device(name: str) -> bool:
    """Tell whether a name is neither a file nor a folder, but a pipe, say, or a terminal."""
    try:
        mode = os.stat(name).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _there_already(name: str) -> ZapvizError:
    return ZapvizError(
        f"there is a file '{name}' already; choose another name, or replace it with --force "
        "(in Python: overwrite=True)"
    )
