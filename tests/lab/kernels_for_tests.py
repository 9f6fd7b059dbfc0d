"""Real kernels for tests: fetched in CI, skipped elsewhere where they are missing."""

from __future__ import annotations

import os
import shutil

import pytest

from zapviz.lab.guest.fetch import fetch
from zapviz.lab.guest.kernels import GuestKernel, NotAvailable, find_kernel


def real_kernel(name: str) -> GuestKernel:
    """The kernel of that name, ready to boot, or a skip that says how to get it."""
    in_ci = bool(os.environ.get("CI"))
    if shutil.which("qemu-system-x86_64") is None and not in_ci:
        pytest.skip("no qemu-system-x86_64: apt install qemu-system-x86")
    try:
        return find_kernel(name)
    except NotAvailable as missing:
        if not in_ci:
            pytest.skip(str(missing))
    fetch(name)
    return find_kernel(name)
