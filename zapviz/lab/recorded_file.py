"""Reading the records that come with zapviz: what real kernels were seen to do."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from pathlib import Path
from typing import Any

from zapviz.errors import ZapvizError

__all__ = ["check_recordable", "read_recorded"]


def read_recorded(path: Path) -> dict[str, Any]:
    """Read a file of records, packed if its name ends in ``.gz``; one that is not there is empty.

    Raises:
        ZapvizError: It is damaged.
    """
    try:
        content = path.read_bytes()
        read = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
        if isinstance(read, dict):
            return read
        why = "it holds no records"
    except FileNotFoundError:
        return {}
    except OSError as error:
        why = error.strerror or str(error)
    except (EOFError, ValueError, RecursionError, zlib.error):
        why = "it cannot be read"
    raise ZapvizError(f"{path}, which comes with zapviz, is damaged: {why}; install zapviz anew")


def check_recordable(path: Path) -> None:
    """Check that a file of records can be replaced, before the boots that fill it.

    Raises:
        ZapvizError: It cannot, or what stands there is damaged.
    """
    read_recorded(path)
    if not os.access(path.parent, os.W_OK) or path.is_dir():
        raise ZapvizError(f"cannot write the records, {path}: --record is for a checkout of zapviz")
