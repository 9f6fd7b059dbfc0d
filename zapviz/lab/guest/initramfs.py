"""The archive from which the guest boots: it is held in memory and has the probe as /init.

The archive is written here, in the "newc" cpio form that the kernel unpacks
(Documentation/driver-api/early-userspace/buffer-format.rst), and made anew for each boot. The probe
and the ext4 image are made once and kept in the cache.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from zapviz.lab.guest.kept import kept_file
from zapviz.lab.guest.kernels import GuestKernel, NotAvailable, cache_folder

__all__ = [
    "build_disk_image",
    "build_probe",
    "compile_c",
    "format_cpio",
    "make_archive",
    "modules_for",
]

_DISK_BYTES = 32 << 20
_WANTED_MODULES = ("brd", "ext4", "loop")
_PROVIDERS = {"crc32c": ("crc32c_generic", "crc32c-generic"), "crypto-crc32c": ("crc32c_generic",)}
"""Modules that provide in software the algorithms that soft dependencies name."""


def format_cpio(files: Iterable[tuple[str, int, bytes]]) -> bytes:
    """Write an archive of (name, mode, content) in the kernel's "newc" form.

    ``mode`` is that of stat: 0o100755 a program, 0o040755 a directory.
    """
    parts: list[bytes] = []
    for number, (name, mode, content) in enumerate([*files, ("TRAILER!!!", 0, b"")], start=1):
        encoded = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
        header = b"070701" + b"".join(b"%08X" % value for value in fields)
        parts += [header, encoded, bytes(-(len(header) + len(encoded)) % 4)]
        parts += [content, bytes(-len(content) % 4)]
    return b"".join(parts)


def build_probe(static: bool = True) -> Path:
    """Compile the probe, on first use and whenever its source changed.

    Args:
        static: Whether to link it statically, for a guest, which has no libraries.
    """
    source = Path(__file__).with_name("probe.c")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    probe = cache_folder() / f"probe-{digest}{'' if static else '-shared'}"
    return kept_file(probe, lambda made: compile_c(source, made, "the probe", static))


def compile_c(source: Path, made: Path, what: str, static: bool = True) -> None:
    """Compile a C file into a program for this machine and its guests.

    Args:
        source: The C file.
        made: The program's file.
        what: The name of the program in errors.
        static: Whether to link it statically.

    Raises:
        NotAvailable: There is no compiler for x86-64, or it refuses the file; the message says
            which.
    """
    if platform.machine() not in ("x86_64", "AMD64"):
        raise NotAvailable(f"{what} is for x86-64, and this machine is {platform.machine()}")
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise NotAvailable(f"a C compiler is needed for {what}: apt install gcc libc6-dev")
    options = ["-std=gnu11", "-O2", "-pthread", *["-static"] * static]
    command = [compiler, *options, "-o", str(made), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        errors = "\n".join(done.stderr.strip().splitlines()[:6])
        raise NotAvailable(
            f"{what} does not compile here; apt install gcc libc6-dev may help:\n{errors}"
        )


def build_disk_image() -> Path:
    """Make an empty ext4 filesystem of 32 MiB, on first use."""
    return kept_file(cache_folder() / "disk-ext4.img", _make_disk_image)


def _make_disk_image(made: Path) -> None:
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    mkfs = shutil.which("mkfs.ext4", path=search)
    if mkfs is None:
        raise NotAvailable("mkfs.ext4 is needed for file(n): apt install e2fsprogs")
    with made.open("wb") as stream:
        stream.truncate(_DISK_BYTES)
    command = [mkfs, "-q", "-F", "-b", "4096", "-m", "0", str(made)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotAvailable(f"mkfs.ext4 failed: {done.stderr.strip()[-300:]}")


def _read_module(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return lzma.decompress(content) if path.suffix == ".xz" else content
    except (OSError, lzma.LZMAError) as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        raise NotAvailable(f"cannot read the module {path}: {why}") from None


def _needs(module: bytes) -> list[str]:
    """Give the modules that a module says it needs, soft dependencies included."""
    needs: list[str] = []
    for line in re.findall(rb"\0depends=([^\0]*)\0", b"\0" + module):
        needs += [name for name in line.decode().split(",") if name]
    for line in re.findall(rb"\0softdep=pre: ([^\0]*)\0", b"\0" + module):
        needs += line.decode().split()
    return needs


def modules_for(folder: Path, wanted: Iterable[str] = _WANTED_MODULES) -> list[tuple[str, bytes]]:
    """Give the wanted modules under a folder and all that they need, in the order of loading.

    A missing module is left out: it may be built into the kernel, and if not, the guest says so.
    """
    paths: dict[str, Path] = {}
    for path in folder.rglob("*.ko*"):
        if path.name.endswith((".ko", ".ko.xz")) and path.is_file():
            paths.setdefault(path.name.split(".ko")[0].replace("-", "_"), path)
    ordered: dict[str, bytes] = {}

    def add(name: str) -> None:
        for known in (name, *_PROVIDERS.get(name, ())):
            known = known.replace("-", "_")
            if known in paths and known not in ordered:
                content = _read_module(paths[known])
                for need in _needs(content):
                    add(need)
                ordered[known] = content

    for name in wanted:
        add(name)
    return list(ordered.items())


def make_archive(kernel: GuestKernel, script: str, programs: Sequence[bytes] = ()) -> bytes:
    """Make the archive with which a kernel boots, runs a script, and then runs programs."""
    modules = modules_for(kernel.modules) if kernel.modules else []
    files = [
        ("dev", 0o040755, b""),
        ("modules", 0o040755, b""),
        ("init", 0o100755, build_probe().read_bytes()),
        ("script", 0o100644, script.encode()),
        ("disk.img", 0o100644, build_disk_image().read_bytes()),
    ]
    for number, (name, content) in enumerate(modules):
        files.append((f"modules/{number:02}-{name}.ko", 0o100644, content))
    if programs:
        files.append(("programs", 0o040755, b""))
    for number, content in enumerate(programs):
        files.append((f"programs/{number}", 0o100755, content))
    return format_cpio(files)
