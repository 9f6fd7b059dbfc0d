"""A scenario on the running kernel: no virtual machine, no root.

A child process makes the system calls and reads its own /proc/self/pagemap. Nothing of the machine
is changed: files are made in a folder that is deleted afterwards, and no memory is poisoned. What
this machine or its user may not do is left out and named.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from zapviz.kernels.known import Kernel
from zapviz.lab.guest.initramfs import build_probe
from zapviz.lab.guest.kernels import NotAvailable, cache_folder
from zapviz.lab.plan import lacks, left_out, needed, plan
from zapviz.lab.script import Findings, Garbled, format_script, parse_findings
from zapviz.lab.verdict import HOST, Verdict, model_for, program_of, verdict
from zapviz.model import program as p

__all__ = ["disk_folder", "run_on_host"]

_SECONDS = 30
_DISK_FILESYSTEMS = ("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs")


def run_on_host(scenario: str | p.Program, model: Kernel | None = None) -> Verdict:
    """Run a scenario on this machine's own kernel and in the model.

    Args:
        scenario: A text, the name of a shipped one, or a program.
        model: The model's kernel to compare with; None: model_for() this kernel's release.

    Raises:
        ScenarioError: The scenario is wrong.
        NotOnKernel: It has a statement that is for the model only.
        NotAvailable: This is no Linux on x86-64, or it hides what the probe has to see.
    """
    program = program_of(scenario)
    if not sys.platform.startswith("linux"):
        raise NotAvailable("this machine does not run Linux: a kernel under QEMU may do")
    format_script([program])  # says what is model only, before anything is run
    model = model or model_for(os.uname().release)
    disk = disk_folder()
    features = dict(_ask([], disk).kernel)
    if features.get("pagemap") == "0":
        raise NotAvailable("this machine hides /proc/self/pagemap: a container, perhaps")
    if disk is None:
        features["disk"] = "0"
    skipped = left_out(program, lambda each: _limit(each, features) or lacks(each, features))
    planned = plan(program, model, skipped)
    return verdict(program, HOST, model, planned, _ask([planned.flat], disk))


def disk_folder() -> Path | None:
    """Give a folder on a disk filesystem in which files can be made, or None."""
    wanted = [Path(tempfile.gettempdir()), Path("/var/tmp"), cache_folder(), Path.cwd()]
    for folder in wanted:
        if _filesystem(folder) in _DISK_FILESYSTEMS and os.access(folder, os.W_OK):
            return folder
    return None


def _filesystem(folder: Path) -> str:
    """Give the type of the filesystem that a folder is on; "" if it cannot be found out."""
    best, filesystem = -1, ""
    try:
        path = str(folder.resolve())
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as stream:
            for line in stream:
                where, _, rest = line.partition(" - ")
                point = where.split()[4].replace("\\040", " ")
                inside = path == point or path.startswith(point.rstrip("/") + "/")
                if inside and len(point) >= best:
                    best, filesystem = len(point), rest.split()[0]
    except (OSError, IndexError):
        return ""
    return filesystem


def _limit(statement: p.Statement, features: Mapping[str, str]) -> str:
    """Say why a statement would do harm on this machine, or exceeds what it allows; or ""."""
    feature = needed(statement)
    lacking = feature is not None and features.get(feature) == "0"
    if feature == "hwpoison":
        return "it would break memory of this machine for good: only in a VM"
    if feature == "pageout" and lacking:
        return "this machine has no swap space"
    if feature == "migrate" and lacking:
        return "this machine has one NUMA node, or its user may not move pages"
    if feature == "disk" and lacking:
        return f"no folder here is on one of {', '.join(_DISK_FILESYSTEMS)}"
    if feature == "uffd" and features.get("types") == "0" and features.get("pageout") == "1":
        return "markers and swap entries look alike to who is not root"
    if isinstance(statement, p.Mlock) and statement.lock and _lockable() < 2 * p.MAX_PAGES:
        return f"only {_lockable()} pages may be locked here (ulimit -l)"
    return ""


def _lockable() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    return 1 << 30 if soft == resource.RLIM_INFINITY else soft // p.PAGE_BYTES


def _ask(programs: Sequence[p.Program], disk: Path | None) -> Findings:
    """Run the probe as an ordinary process."""
    try:
        probe = build_probe()
    except NotAvailable:
        probe = build_probe(static=False)
    with tempfile.TemporaryDirectory(prefix="zapviz-", dir=disk) as folder:
        try:
            done = subprocess.run(
                [str(probe), folder],
                input=format_script(programs),
                capture_output=True,
                text=True,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise NotAvailable(f"the probe did not come to an end within {_SECONDS} s") from None
        except OSError as error:
            raise NotAvailable(f"the probe does not run here: {error.strerror}") from None
    try:
        findings = parse_findings(done.stdout, programs)
    except Garbled as error:
        raise NotAvailable(f"what the probe said is garbled: {error}") from None
    if not findings.complete:
        raise NotAvailable(f"the probe ended early: {done.stderr.strip()[-200:] or 'no reason'}")
    return findings
