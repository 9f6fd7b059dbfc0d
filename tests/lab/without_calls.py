"""A system without some calls, made of this one: ``without_calls.py NUMBER=ERRNO ... -- PROGRAM``.

A filter of the kernel (seccomp) answers each call of that number with that errno, 0 included, and
does nothing. So a test has a system that says it is Linux and of which it knows what it does
otherwise.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ERRNO, ALLOW = 0x00050000, 0x7FFF0000


def instruction(code: int, true: int, false: int, value: int) -> bytes:
    """One instruction of the filter, as the kernel has it."""
    return struct.pack("HBBI", code, true, false, value)


def main() -> None:
    """Put the filter on this process, and become the program."""
    end = sys.argv.index("--")
    answers = [word.split("=") for word in sys.argv[1:end]]
    program = instruction(LOAD, 0, 0, 0)
    for number, errno in answers:
        program += instruction(IF_EQUAL, 0, 1, int(number))
        program += instruction(RETURN, 0, 0, ERRNO | int(errno))
    program += instruction(RETURN, 0, 0, ALLOW)
    kept = ctypes.create_string_buffer(program)
    whole = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(kept))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(SECCOMP, FILTER, whole, 0, 0):
        sys.exit(f"no filter: {os.strerror(ctypes.get_errno())}")
    os.execv(sys.argv[end + 1], sys.argv[end + 1 :])


if __name__ == "__main__":
    main()
