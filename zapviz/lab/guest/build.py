"""Building the kernels that nobody ships: before the fix, RFC v2, and one with a device.

The first two are Debian's 5.10 with one function edited, ``zap_pte_range()``, and a small
configuration that has what the probe needs and nothing else. Apart from how they zap swap-like
entries they behave as 5.10.y. The others are Debian's source as it is, with that configuration and
the kernel's own test driver that borrows pages (TEST_HMM, lib/test_hmm.c), which no distribution
builds. The first build in a source takes 6 to 15 minutes; the second one, in the same tree, takes
well under a minute.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from zapviz.lab.guest.fetch import download
from zapviz.lab.guest.kept import clear
from zapviz.lab.guest.kernels import (
    KNOWN,
    WITH_DEVICE,
    NotAvailable,
    cache_folder,
    keep_kernel,
    writing,
)

__all__ = ["BUILT", "EDITED", "build", "edited", "missing_tools"]

EDITED = ("5.10-before-fix", "5.10-rfc-v2")
"""The kernels of the thread, whose source is edited."""

BUILT = (*EDITED, *WITH_DEVICE)
"""The kernels that are built here."""

_WRONG_SOURCE = (
    "zap_pte_range() of this source is not that of 5.10 with the stable backport: nothing was built"
)

# For each kernel: the one place in zap_pte_range(), and its replacement.
_EDITS = {
    "5.10-before-fix": (r"(?=if \(!non_swap_entry\()", "if (details) continue; "),
    "5.10-rfc-v2": (r"!should_zap_cows\(\w+\)", "0"),
}
_CONFIGURATION = Path(__file__).with_name("tiny.config")
_DEVICE = Path(__file__).with_name("device.config")
_TOOLS = {name: name for name in ("gcc", "make", "flex", "bison", "bc", "perl", "tar")} | {
    "xz": "xz-utils",
    "dpkg-deb": "dpkg",
}
_HEADERS = {"gelf.h": "libelf-dev"}
_UNUSED = ("Documentation/*/*", "drivers/gpu/drm/*/*.[ch]", "drivers/net/*.[ch]", "tools/testing")


def edited(source: str, name: str) -> str:
    """Edit mm/memory.c of 5.10.y so that zap_pte_range() decides as it did in the thread.

    Before the fix: whatever is not present is passed over once a zap_details is passed. RFC v2: a
    genuine swap entry is zapped without a call of should_zap_cows().

    Raises:
        NotAvailable: The place to change does not occur exactly once.
    """
    function = re.search(r"^static unsigned long zap_pte_range\(.*?^}", source, re.M | re.S)
    place, put = _EDITS[name]
    if function is None or len(re.findall(place, function[0])) != 1:
        raise NotAvailable(_WRONG_SOURCE)
    changed = re.sub(place, put, function[0])
    return source[: function.start()] + changed + source[function.end() :]


def missing_tools() -> list[str]:
    """Give the Debian packages that have to be installed before a kernel can be built."""
    missing = [package for tool, package in _TOOLS.items() if shutil.which(tool) is None]
    if "gcc" not in missing:
        missing += [package for header, package in _HEADERS.items() if not _compiles(header)]
    return missing


def _compiles(header: str) -> bool:
    done = subprocess.run(
        ["gcc", "-E", "-x", "c", "-"],
        input=f"#include <{header}>\n",
        text=True,
        capture_output=True,
    )
    return done.returncode == 0


def build(name: str, tell: Callable[[str], None] = lambda text: None) -> None:
    """Build one of the kernels of :data:`BUILT`, and keep it in the cache.

    Args:
        name: The kernel's name.
        tell: Is called with a line now and then, since a build takes minutes.

    Raises:
        NotAvailable: A tool or the source is missing, or it does not compile here.
    """
    missing = missing_tools()
    if missing:
        raise NotAvailable(
            f"to build a kernel, these packages are needed: apt install {' '.join(missing)}"
        )
    package = f"linux-source-{name.partition('-')[0]}"
    tree = _source_tree(package, "bullseye" if name in EDITED else KNOWN[name].source, tell)
    if name in EDITED:
        _edit(tree, name)
    wanted = [_CONFIGURATION] if name in EDITED else [_CONFIGURATION, _DEVICE]
    _configure(tree, "".join(path.read_text(encoding="utf-8") for path in wanted))
    tell(f"compiling {name}: a few minutes the first time")
    _make(tree, [f"-j{os.cpu_count() or 1}", "bzImage"])
    how = "zap_pte_range() edited" if name in EDITED else "TEST_HMM"
    keep_kernel(
        name,
        {
            f"boot/vmlinuz-{name}": tree / "arch/x86/boot/bzImage",
            f"boot/config-{name}": tree / ".config",
        },
        f"Debian's {package} with {how}",
    )


def _configure(tree: Path, wanted: str) -> None:
    """Configure a source, unless that was done with the same wishes."""
    wishes = tree / "zapviz.config"
    there = wishes.read_text(encoding="utf-8") if wishes.exists() else ""
    if there == wanted and (tree / ".config").exists():
        return
    wishes.write_text(wanted, encoding="utf-8")
    _make(tree, ["KCONFIG_ALLCONFIG=zapviz.config", "allnoconfig"])


def _edit(tree: Path, name: str) -> None:
    """Put the edited function into a source, which keeps the file as it was beside it."""
    pristine = tree / "mm/memory.c.orig"
    memory = tree / "mm/memory.c"
    if not pristine.exists():
        shutil.copy2(memory, pristine)
    text = edited(pristine.read_text(encoding="utf-8"), name)
    if memory.read_text(encoding="utf-8") != text:
        memory.write_text(text, encoding="utf-8")


def _source_tree(package: str, suite: str, tell: Callable[[str], None]) -> Path:
    """Give the unpacked source, which is kept for the next build."""
    root = cache_folder() / "build"
    tree = root / package
    if (tree / "Makefile").exists():
        return tree
    with writing(root):
        root.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=root) as place:
            folder = Path(place)
            deb = download(package, suite, folder, tell)
            tell("unpacking the source")
            _run(["dpkg-deb", "-x", str(deb), place])
            archive = next(folder.glob("usr/src/linux-source-*.tar.xz"))
            skipped = [f"--exclude={package}/{pattern}" for pattern in _UNUSED]
            _run(["tar", "-x", "-J", "-f", str(archive), "-C", place, *skipped])
            clear(tree)  # a part of one, without its Makefile
            os.replace(folder / package, tree)
    return tree


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        raise NotAvailable(f"{command[0]} failed: {done.stderr.strip()[-300:]}")


def _make(tree: Path, targets: list[str]) -> None:
    """Run make at low priority; its output is kept in a file, which an error names."""
    log = tree / "zapviz.log"
    with log.open("w") as output:
        command = ["nice", "make", "-C", str(tree), *targets]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    if done.returncode != 0:
        lines = [line for line in log.read_text(errors="replace").splitlines() if "rror" in line]
        errors = "\n".join(lines[:3])
        raise NotAvailable(f"the kernel does not compile here; all of it is in {log}:\n{errors}")
