"""The real kernels that the lab knows, and where they lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Kernel", "NotAvailable", "cache_folder", "find_kernel"]


class NotAvailable(Exception):
    """Something that the lab needs is not on this machine; the text says what to install."""


@dataclass(frozen=True)
class Kernel:
    """A kernel that can be booted."""

    name: str  # as the user calls it: "6.12"
    image: Path  # a bzImage
    modules: Path | None = None  # a folder with .ko or .ko.xz files somewhere under it


def cache_folder() -> Path:
    """Where kernels and what is built for them are kept: the XDG cache."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    folder = (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "zapviz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotAvailable(f"the cache folder cannot be made: {error}") from None
    return folder


def find_kernel(name: str) -> Kernel:
    """The unpacked kernel of that name.

    Raises:
        NotAvailable: it has not been fetched.
    """
    root = cache_folder() / "kernels" / name
    images = [*root.glob("boot/vmlinuz*"), *root.glob("usr/lib/modules/*/vmlinuz*")]
    if not images:
        raise NotAvailable(f"kernel {name} is not here: zapviz lab fetch {name}")
    return Kernel(name, images[0], root)
