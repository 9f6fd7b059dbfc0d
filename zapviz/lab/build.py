"""Builds the kernels of the thread that nobody ships: before the fix, and RFC v2.

Both are Debian's 5.10 with one function edited, ``zap_pte_range()``, and a tiny
configuration: what the probe needs, and nothing else.  Apart from how they zap swap-like
entries they behave as 5.10.y.  The first build takes 6 to 15 minutes, the second one,
in the same tree, well under a minute.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from zapviz.lab.kernels import NotAvailable, cache_folder, keep_kernel

__all__ = ["CONFIGURATION", "EDITS", "WRONG_SOURCE", "build", "edited", "missing_tools"]

_TODAY = """\
		if (!non_swap_entry(entry)) {
			/* Genuine swap entry, hence a private anon page */
			if (!should_zap_cows(details))
				continue;
			rss[MM_SWAPENTS]--;
		} else if (is_migration_entry(entry)) {
			struct page *page;

			page = migration_entry_to_page(entry);
			if (details && details->check_mapping &&
			    details->check_mapping != page_rmapping(page))
				continue;
			rss[mm_counter(page)]--;
		}
"""
"""The part of zap_pte_range() in 5.10.223: the stable backport of the fix."""

EDITS: dict[str, str] = {
    "5.10-before-fix": """\
		/* If details->check_mapping, we leave swap entries. */
		if (unlikely(details))
			continue;

		if (!non_swap_entry(entry))
			rss[MM_SWAPENTS]--;
		else if (is_migration_entry(entry)) {
			struct page *page;

			page = migration_entry_to_page(entry);
			rss[mm_counter(page)]--;
		}
""",
    "5.10-rfc-v2": """\
		if (!non_swap_entry(entry)) {
			rss[MM_SWAPENTS]--;
		} else if (is_migration_entry(entry)) {
			struct page *page;

			page = migration_entry_to_page(entry);
			if (details && details->check_mapping &&
			    details->check_mapping != page_rmapping(page))
				continue;
			rss[mm_counter(page)]--;
		}
""",
}
"""What stands in its place in each kernel; the rest of the function is untouched."""

CONFIGURATION = """\
CONFIG_64BIT=y
CONFIG_SMP=y
CONFIG_NR_CPUS=8
CONFIG_HYPERVISOR_GUEST=y
CONFIG_PARAVIRT=y
CONFIG_KVM_GUEST=y
CONFIG_PCI=y
CONFIG_ACPI=y
CONFIG_X86_IOPL_IOPERM=y
CONFIG_X86_MCE=y
CONFIG_X86_MCE_INTEL=y
CONFIG_KERNEL_GZIP=y
CONFIG_LOCALVERSION="-zapviz"
CONFIG_PRINTK=y
CONFIG_BUG=y
CONFIG_KALLSYMS=y
CONFIG_MODULES=y
CONFIG_TTY=y
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y
CONFIG_BINFMT_ELF=y
CONFIG_BLK_DEV_INITRD=y
CONFIG_MULTIUSER=y
CONFIG_FUTEX=y
CONFIG_EPOLL=y
CONFIG_EVENTFD=y
CONFIG_SIGNALFD=y
CONFIG_POSIX_TIMERS=y
CONFIG_FILE_LOCKING=y
CONFIG_ADVISE_SYSCALLS=y
CONFIG_SYSFS=y
CONFIG_PROC_FS=y
CONFIG_PROC_SYSCTL=y
CONFIG_PROC_PAGE_MONITOR=y
CONFIG_DEVTMPFS=y
CONFIG_SHMEM=y
CONFIG_TMPFS=y
CONFIG_SWAP=y
CONFIG_MEMORY_FAILURE=y
CONFIG_USERFAULTFD=y
CONFIG_NUMA=y
CONFIG_ACPI_NUMA=y
CONFIG_X86_64_ACPI_NUMA=y
CONFIG_MIGRATION=y
CONFIG_COMPACTION=y
CONFIG_BLOCK=y
CONFIG_BLK_DEV=y
CONFIG_BLK_DEV_RAM=y
CONFIG_BLK_DEV_RAM_COUNT=2
CONFIG_BLK_DEV_RAM_SIZE=65536
CONFIG_EXT4_FS=y
CONFIG_UNWINDER_GUESS=y
CONFIG_FTRACE=y
CONFIG_FUNCTION_TRACER=y
CONFIG_FUNCTION_GRAPH_TRACER=y
CONFIG_DYNAMIC_FTRACE=y
"""
"""What is switched on over ``make allnoconfig``."""

WRONG_SOURCE = (
    "zap_pte_range() of this source is not that of 5.10 with the stable backport: nothing was built"
)

_PACKAGE = "linux-source-5.10"
_TOOLS = {name: name for name in ("gcc", "make", "flex", "bison", "bc", "perl", "tar")} | {
    "xz": "xz-utils",
    "dpkg-deb": "dpkg",
}
_HEADERS = {"gelf.h": "libelf-dev"}
_UNUSED = ("Documentation/*/*", "drivers/gpu/drm/*/*.[ch]", "drivers/gpu/drm/*/*/*", "tools/testing")


def edited(source: str, name: str) -> str:
    """mm/memory.c of 5.10.y with the one part of zap_pte_range() replaced.

    Raises:
        NotAvailable: that part does not stand there exactly once.
    """
    if source.count(_TODAY) != 1:
        raise NotAvailable(WRONG_SOURCE)
    return source.replace(_TODAY, EDITS[name])


def missing_tools() -> list[str]:
    """The Debian packages that have to be installed before a kernel can be built."""
    missing = [package for tool, package in _TOOLS.items() if shutil.which(tool) is None]
    if "gcc" not in missing:
        missing += [package for header, package in _HEADERS.items() if not _compiles(header)]
    return missing


def _compiles(header: str) -> bool:
    done = subprocess.run(
        ["gcc", "-E", "-x", "c", "-"], input=f"#include <{header}>\n", text=True, capture_output=True
    )
    return done.returncode == 0


def build(name: str, tell: Callable[[str], None] = lambda text: None) -> None:
    """Builds one of the kernels of :data:`EDITS` and keeps it in the cache.

    :param tell: is given a line now and then, as it takes minutes.
    Raises:
        NotAvailable: a tool or the source is missing, or it does not compile here.
    """
    missing = missing_tools()
    if missing:
        raise NotAvailable(
            f"to build a kernel, these packages are needed: apt install {' '.join(missing)}"
        )
    tree = _source_tree(tell)
    pristine = tree / "mm/memory.c.orig"
    memory = tree / "mm/memory.c"
    if not pristine.exists():
        shutil.copy2(memory, pristine)
    text = edited(pristine.read_text(encoding="utf-8"), name)
    if memory.read_text(encoding="utf-8") != text:
        memory.write_text(text, encoding="utf-8")
    if not (tree / ".config").exists():
        (tree / "zapviz.config").write_text(CONFIGURATION, encoding="ascii")
        _make(tree, ["KCONFIG_ALLCONFIG=zapviz.config", "allnoconfig"])
    tell(f"compiling {name}: a few minutes the first time")
    _make(tree, [f"-j{os.cpu_count() or 1}", "bzImage"])
    keep_kernel(
        name,
        {
            f"boot/vmlinuz-{name}": tree / "arch/x86/boot/bzImage",
            f"boot/config-{name}": tree / ".config",
        },
        f"Debian's {_PACKAGE} with zap_pte_range() edited",
    )


def _source_tree(tell: Callable[[str], None]) -> Path:
    """The unpacked source, kept for the next build."""
    from zapviz.lab.fetch import download

    root = cache_folder() / "build"
    tree = root / _PACKAGE
    if (tree / "Makefile").exists():
        return tree
    package = download([_PACKAGE], "bullseye", tell)[0]
    tell("unpacking the source")
    root.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as folder:
        subprocess.run(["dpkg-deb", "-x", str(package), folder], check=True)
        archive = next(Path(folder).glob("usr/src/linux-source-*.tar.xz"))
        skipped = [f"--exclude={_PACKAGE}/{pattern}" for pattern in _UNUSED]
        command = ["tar", "-x", "-J", "-f", str(archive), "-C", folder, *skipped]
        subprocess.run(command, check=True)
        os.replace(Path(folder) / _PACKAGE, tree)
    package.unlink()
    return tree


def _make(tree: Path, targets: list[str]) -> None:
    """Runs make, politely; what it printed is kept in a file and named if it fails."""
    log = tree / "zapviz.log"
    with log.open("w") as output:
        command = ["nice", "make", "-C", str(tree), *targets]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    if done.returncode != 0:
        lines = [line for line in log.read_text(errors="replace").splitlines() if "rror" in line]
        said = "\n".join(lines[:3])
        raise NotAvailable(f"the kernel does not compile here; all of it is in {log}:\n{said}")
