"""The real kernels that the lab knows, and the folders that have them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from zapviz.errors import ZapvizError, choices_hint
from zapviz.named_file import kind_of, read_named

__all__ = [
    "DIGESTS",
    "KNOWN",
    "WITH_DEVICE",
    "GuestKernel",
    "Known",
    "NotAvailable",
    "cache_folder",
    "check_kernel",
    "custom_kernel",
    "file_digest",
    "find_kernel",
    "keep_kernel",
    "kernels_here",
    "writing",
]


class NotAvailable(ZapvizError):
    """Something that the lab needs and this machine lacks; the text says what to install."""


@dataclass(frozen=True)
class GuestKernel:
    """A kernel that can be booted."""

    name: str  # as the user calls it: "6.12"
    image: Path  # a bzImage
    modules: Path | None = None  # a folder with .ko or .ko.xz files somewhere under it


@dataclass(frozen=True)
class Known:
    """A kernel that the lab can get."""

    name: str
    suite: str  # the Debian release that carries it, or "" where it is built here
    flavour: str  # "cloud" is small and boots faster; "" is the generic one
    purpose: str
    source: str = ""  # the release that carries the source of one that is built with a device

    @property
    def how(self) -> str:
        """The command that brings it here."""
        if self.suite:
            return f"zapviz lab fetch {self.name}"
        if self.source:
            return f"zapviz lab build {self.name}"
        return f"zapviz lab build-before-fix{' --rfc-v2' if 'rfc' in self.name else ''}"


# The cloud flavour lacks MEMORY_FAILURE before 6.12.
KNOWN: Mapping[str, Known] = {
    known.name: known
    for known in (
        Known("5.10-before-fix", "", "", "the bug: truncate leaves swapped-out private pages"),
        Known("5.10-rfc-v2", "", "", "RFC v2 1/2: hole punch zaps swapped-out private pages"),
        Known("5.10", "bullseye", "", "the stable backport, without the hwpoison rule"),
        Known("6.1", "bookworm", "", "the fix and the hwpoison rule; no guard regions"),
        Known("6.12", "trixie", "cloud", "uffd-wp markers, UFFDIO_POISON; no guard regions"),
        Known("6.18", "trixie-backports", "cloud", "guard regions, of files too"),
        Known("7.3", "trixie-backports", "cloud", "today's names of functions"),
        Known("6.12-hmm", "", "", "6.12 with a device that pages are lent to", "trixie"),
    )
}
"""The kernels by which the model is judged, the oldest rules first."""

WITH_DEVICE = tuple(name for name, known in KNOWN.items() if known.source)
"""Those that have the test driver to which pages are lent."""


DIGESTS = "digests.json"
"""The file of a kernel's folder that tells what was put there."""


def file_digest(content: bytes) -> str:
    """Give the digest by which a file of the cache is known."""
    return hashlib.sha256(content).hexdigest()


def cache_folder() -> Path:
    """Give the folder for kernels and for what is built for them, in the XDG cache."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    folder = (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "zapviz"
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a failure to write to a folder into an error of one sentence that says why."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise NotAvailable(
            f"cannot write to {folder}: {why}; XDG_CACHE_HOME and TMPDIR choose other places"
        ) from None


def find_kernel(name: str) -> GuestKernel:
    """Find a kernel in the cache by its name; ``v6.12`` stands for ``6.12``.

    Raises:
        NotAvailable: It has not been fetched or built.
        ZapvizError: There is no such kernel.
    """
    wanted = name.removeprefix("v").removesuffix(".y")
    here = kernels_here()
    if wanted in here:
        return here[wanted]
    if wanted in KNOWN:
        raise NotAvailable(f"kernel {wanted} is not here: {KNOWN[wanted].how}")
    if re.fullmatch(r"\d{1,2}\.\d{1,3}", wanted):
        raise NotAvailable(
            f"kernel {wanted} is not here: zapviz lab fetch {wanted}, where Debian has it"
        )
    hint = choices_hint(wanted, [*KNOWN, *(each for each in here if each not in KNOWN)])
    raise ZapvizError(f"there is no kernel '{name[:60]}'; {hint}")


def kernels_here() -> dict[str, GuestKernel]:
    """Give the kernels in the cache by name."""
    kernels = {}
    for root in sorted((cache_folder() / "kernels").glob("[!.]*")):
        images = [*root.glob("boot/vmlinuz*"), *root.glob("usr/lib/modules/*/vmlinuz*")]
        if images:
            kernels[root.name] = GuestKernel(root.name, images[0], root)
    return kernels


def check_kernel(kernel: GuestKernel) -> None:
    """Check that a kernel of the cache is what was put there, as far as that is known.

    Raises:
        NotAvailable: A file of it is missing or another one; the message says how to have it anew.
    """
    if kernel.modules is None or not (kernel.modules / DIGESTS).is_file():
        return
    how = KNOWN[kernel.name].how if kernel.name in KNOWN else f"zapviz lab fetch {kernel.name}"
    try:
        digests = json.loads((kernel.modules / DIGESTS).read_text(encoding="utf-8"))
        wrong = [
            where
            for where, digest in digests.items()
            if file_digest((kernel.modules / where).read_bytes()) != digest
        ]
    except (OSError, ValueError, AttributeError):
        wrong = ["a file is missing"]
    if wrong:
        raise NotAvailable(
            f"kernel {kernel.name} in {kernel.modules} is damaged ({wrong[0]}); "
            f"{how} brings it here anew"
        )


def custom_kernel(image: Path, modules: Path | None = None) -> GuestKernel:
    """Give a kernel that the user built: a bzImage, or the tree in which it was made.

    Raises:
        ZapvizError: It does not exist, or is no bzImage.
    """
    if os.path.isdir(image):
        image = image / "arch/x86/boot/bzImage"
    if modules is not None and not os.path.isdir(modules):
        raise ZapvizError(f"there is no folder {modules} with modules")
    try:
        mode = image.stat().st_mode
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a file name"
        raise ZapvizError(f"cannot read the kernel {image}: {why}") from None
    if not stat.S_ISREG(mode):
        raise ZapvizError(f"{image} is no x86 kernel image: it is {kind_of(mode)}")
    start = read_named(str(image), 0x206)
    if start[:4] == b"\x7fELF":
        raise ZapvizError(f"{image} is an ELF file; the bootable image is arch/x86/boot/bzImage")
    # The boot protocol: Documentation/arch/x86/boot.rst.
    if start[0x1FE:0x200] != b"\x55\xaa" or start[0x202:0x206] != b"HdrS":
        raise ZapvizError(f"{image} is no x86 kernel image; a bzImage is needed")
    sectors, paragraphs = start[0x1F1] or 4, int.from_bytes(start[0x1F4:0x1F8], "little")
    if paragraphs and image.stat().st_size < 512 * (sectors + 1):
        raise ZapvizError(f"{image} is not whole: the beginning of a bzImage alone")
    return GuestKernel(str(image), image, modules)


def keep_kernel(name: str, files: Mapping[str, Path], about: str) -> None:
    """Put a kernel into the cache, whole or not at all.

    Args:
        name: The kernel's name.
        files: For each place under the kernel's folder, the file to put there.
        about: A description, on one line.
    """
    root = cache_folder() / "kernels"
    with writing(root):
        if root.exists() and not root.is_dir():
            root.unlink()
        root.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=root) as folder:
            new = Path(folder) / "new"
            for where, source in files.items():
                (new / where).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, new / where)
            digests = {where: file_digest((new / where).read_bytes()) for where in files}
            (new / DIGESTS).write_text(json.dumps(digests), encoding="utf-8")
            (new / "about").write_text(f"{about}\n", encoding="utf-8")
            with suppress(FileNotFoundError):
                os.replace(root / name, Path(folder) / "old")
            os.replace(new, root / name)
