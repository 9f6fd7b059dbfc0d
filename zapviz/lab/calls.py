"""The functions of a real kernel through which a statement runs on its way to the zap.

The guest's function-graph tracer records every call of a statement. Kept are the chains that end
where page-table entries are zapped, or where a folio leaves the page cache. Inlined functions leave
no mark, so the chains that the model shows (:mod:`zapviz.kernels.chains`) have more names than
these.

``zapviz lab trace --record`` writes recorded/chains.json anew; tests check the model's chains
against it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zapviz.lab.guest.kernels import GuestKernel, NotAvailable, find_kernel
from zapviz.lab.guest.qemu import Settings
from zapviz.lab.oracle import run_findings
from zapviz.lab.plan import plan
from zapviz.lab.recorded_file import read_recorded
from zapviz.lab.script import refuse_lending
from zapviz.lab.verdict import model_for, program_of
from zapviz.model.program import Program
from zapviz.render.text.lines import wrapped
from zapviz.scenario.text import parse_scenario, statement_texts
from zapviz.written_file import write_file

__all__ = [
    "RECORDED",
    "RECORDINGS",
    "Traced",
    "chains_to_zaps",
    "format_traced",
    "record",
    "recording",
    "trace_calls",
    "write_recorded",
]

Chain = tuple[str, ...]

RECORDED = Path(__file__).with_name("recorded") / "chains.json"
"""The recorded chains: for each kernel its release, and the chains of each of
:data:`RECORDINGS`.
"""

RECORDINGS: dict[str, str] = {
    "truncate-shmem": "{shmem}ftruncate(F, 0)",
    "truncate-file": "{file}ftruncate(F, 0)",
    "punch-shmem": "{shmem}fallocate(F[1:3], FALLOC_FL_PUNCH_HOLE)",
    "punch-file": "{file}fallocate(F[1:3], FALLOC_FL_PUNCH_HOLE)",
    "remove-shmem": "{shmem}madvise(B[1:3], MADV_REMOVE)",
    "remove-file": "{file}madvise(B[1:3], MADV_REMOVE)",
    "dontneed": "{shmem}madvise(A, MADV_DONTNEED)",
    "dontneed-file": "{file}madvise(A, MADV_DONTNEED)",
    "munmap": "{shmem}munmap(A)",
    "munmap-file": "{file}munmap(A)",
    "mmap-fixed": "{shmem}mmap(A[1:3], MAP_FIXED)",
    "direct-write": "{file}pwrite(F[1:3], 3, O_DIRECT)",
}
"""Scenarios whose last statement is recorded; {shmem} and {file} make the same mappings."""

_SETTING = """\
F = {kind}(4)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
B[0:4] = 1
A[0:2] = 2
read(A[2:4])
"""

_ZAPS = re.compile(
    r"(unmap_single_vma|unmap_page_range|zap_pte_range|zap_(page|vma)_range\w*|__zap_vma_range)"
)
_LEAVES_CACHE = re.compile(
    r"truncate_inode_(page|folio)|truncate_cleanup_(page|folio)|(filemap|delete)_\w*remove\w*"
    r"|delete_from_page_cache\w*|invalidate_complete_(page|folio)2|folio_unmap_invalidate"
)
_ROOTS = re.compile(r"__(x64|do)_sys_(?!write$|openat$|close$)\w+|(asm_)?exc_page_fault")


@dataclass(frozen=True)
class Traced:
    """The chains of one statement, in the order in which the kernel ran through them."""

    line: int
    text: str
    chains: tuple[Chain, ...]


def chains_to_zaps(calls: Iterable[tuple[int, str]]) -> tuple[Chain, ...]:
    """Give the chains, from the system call down, that end in a zap or take a folio out.

    A chain that repeats for each mapping, or for each folio, is given once; a second pass over the
    range, after the page cache is gone, is given again.

    Args:
        calls: Depth and name of every function, in the order of entry.
    """
    stack: list[str] = []
    chains: list[Chain] = []
    for depth, called in calls:
        name = re.sub(r"\.(isra|constprop|part|cold)\b.*", "", called)
        stack[depth:] = [name]
        if not (_ZAPS.fullmatch(name) or _LEAVES_CACHE.fullmatch(name)):
            continue
        root = next((at for at, each in enumerate(stack) if _ROOTS.fullmatch(each)), None)
        if root is None:
            continue
        chain = tuple(stack[root:])
        if chains and chain[: len(chains[-1])] == chains[-1]:
            chains[-1] = chain  # the same chain, or a deeper one
        elif not chains or chains[-1][: len(chain)] != chain:
            chains.append(chain)
    phases: list[list[Chain]] = []
    for chain in chains:
        if not phases or _of_cache(phases[-1][0]) != _of_cache(chain):
            phases.append([])
        if chain not in phases[-1]:
            phases[-1].append(chain)
    return tuple(chain for phase in phases for chain in phase)


def _of_cache(chain: Chain) -> bool:
    return any(_LEAVES_CACHE.fullmatch(name) for name in chain)


def trace_calls(
    scenario: str | Program, kernel: str | GuestKernel, settings: Settings | None = None
) -> tuple[str, list[Traced]]:
    """Trace a scenario on a kernel.

    Returns:
        The kernel's release, and the statements that zap.

    Raises:
        NotAvailable: The kernel has no function-graph tracer; or as of run_findings().
        NotOnKernel: It lends pages to a device, and the kernel has none.
    """
    known = find_kernel(kernel) if isinstance(kernel, str) else kernel
    program = program_of(scenario)
    # An assertion's calls are traced too, as far as the model comes to them.
    flat = plan(program, model_for(known.name), {}).flat
    findings = run_findings(known, [flat], settings, traced=True)
    if findings.kernel.get("tracer") != "1":
        raise NotAvailable(
            f"kernel {known.name} has no function-graph tracer (FUNCTION_GRAPH_TRACER)"
        )
    if findings.kernel.get("device") != "1":
        refuse_lending(flat, f"kernel {known.name}")
    traced = [
        Traced(statement.line, text, chains_to_zaps(step.calls))
        for statement, text, step in zip(
            flat.statements, statement_texts(flat), findings.outcomes[0].steps, strict=False
        )
    ]
    return findings.kernel["release"], [one for one in traced if one.chains]


def format_traced(program: Program, where: str, release: str, traced: Sequence[Traced]) -> str:
    """Write the chains of a scenario, at most 72 columns of 7-bit ASCII."""
    lines = wrapped(program.title) if program.title else []
    lines += wrapped(f"what zaps on {where} ({release}); inlined functions do not show", hang=4)
    for one in traced:
        lines += ["", *wrapped(f"{one.line:3d}  {one.text}", hang=9)]
        above: Chain = ()
        for chain in one.chains:
            same = next((at for at, pair in enumerate(zip(above, chain, strict=False))
                         if pair[0] != pair[1]), min(len(above), len(chain)))  # fmt: skip
            # The part that is as before is left out, except the function at which the chains part.
            begun = ["...", *chain[same - 1 :]] if same > 1 else list(chain)
            lines += wrapped("     " + " > ".join(begun), hang=9)
            above = chain
    if not traced:
        lines += ["", "no statement zaps anything"]
    return "\n".join(lines)


def record(kernel: str, settings: Settings | None = None) -> dict[str, Any]:
    """Make a kernel's entry in recorded/chains.json: all scenarios, in one boot."""
    programs = [parse_scenario(recording(name)) for name in RECORDINGS]
    findings = run_findings(kernel, programs, settings, traced=True)
    chains = {
        name: [list(chain) for chain in chains_to_zaps(outcome.steps[-1].calls)]
        for name, outcome in zip(RECORDINGS, findings.outcomes, strict=True)
    }
    return {"release": findings.kernel["release"], "chains": chains}


def recording(name: str) -> str:
    """Give the text of one of :data:`RECORDINGS`."""
    kinds = {kind: _SETTING.format(kind=kind) for kind in ("shmem", "file")}
    return RECORDINGS[name].format(**kinds)


def write_recorded(recorded: dict[str, Any], path: Path = RECORDED) -> None:
    """Write what was recorded, one chain a line, so that a difference can be read."""
    known = read_recorded(path) | recorded
    text = json.dumps(dict(sorted(known.items(), key=_by_version)), indent=1)
    text = re.sub(r"\[\s+(\"[^\[\]]*?\")\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    write_file(path, f"{text}\n".encode(), overwrite=True)


def _by_version(item: tuple[str, Any]) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", item[0])]
