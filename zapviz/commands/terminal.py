"""What is printed is safe for a terminal: no control characters, no marks that turn text around.

A scenario, a mail, a permalink or a guest may hold any character. Whatever of them is printed
passes here, so that no escape sequence reaches a terminal and no line reads otherwise than it is.
Output to a file or a pipe stays as it is; messages on standard error are always shown so.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO

__all__ = ["printable", "safe_streams"]

# C0 but tab and newline, DEL, C1; line and paragraph separators; marks of direction; what has no
# width and is not seen.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Give a text with each character that is not safe written as its number.

    >>> printable("A\x1b[2J")
    'A\\x1b[2J'
    """
    return _UNSAFE.sub(_number, text)


def _number(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class _Safe:
    """A stream that writes what is printable, and is the stream that it stands for otherwise."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(printable(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def safe_streams() -> Iterator[None]:
    """Let what is printed meanwhile be safe: on standard error, and on a terminal."""
    before = sys.stdout, sys.stderr
    if sys.stdout is not None and sys.stdout.isatty():
        sys.stdout = _Safe(sys.stdout)
    if sys.stderr is not None:
        sys.stderr = _Safe(sys.stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
