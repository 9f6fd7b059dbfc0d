"""The files that come with the package: scenarios, evidence, scripts, style sheets."""

from __future__ import annotations

import pkgutil

__all__ = ["read_data"]


def read_data(package: str, name: str) -> str:
    """Read a text file of a package, wherever the package lies; ``name`` has ``/`` for folders.

    This is pkgutil, as importlib.resources takes longer to import than a scenario to run.

    Raises:
        FileNotFoundError: There is no such file.
    """
    data = pkgutil.get_data(package, name)
    if data is None:
        raise FileNotFoundError(f"{package} cannot be asked for {name}")
    return data.decode().replace("\r\n", "\n")
