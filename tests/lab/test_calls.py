"""Call chains: how a trace becomes chains, and that the model's hold what kernels showed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zapviz.api.traces import run
from zapviz.lab.calls import (
    RECORDED,
    RECORDINGS,
    Traced,
    chains_to_zaps,
    format_traced,
    recording,
    write_recorded,
)
from zapviz.lab.conformance import MODEL_OF
from zapviz.lab.guest.kernels import KNOWN
from zapviz.scenario.text import parse_scenario

TRACE = """\
mutex_unlock
x64_sys_call
  __x64_sys_write
    unmap_page_range
x64_sys_call
  __x64_sys_ftruncate
    do_truncate
      shmem_setattr
        unmap_mapping_range
          zap_page_range_single
            unmap_single_vma.isra.0
              unmap_page_range
            unmap_single_vma.isra.0
              unmap_page_range
        shmem_undo_range
          truncate_inode_folio
            truncate_cleanup_folio
            filemap_remove_folio
          truncate_inode_folio
            truncate_cleanup_folio
            filemap_remove_folio
        unmap_mapping_range
          zap_page_range_single
            unmap_single_vma.isra.0
              unmap_page_range
asm_exc_page_fault
  exc_page_fault
    handle_mm_fault
"""

HEAD = ("__x64_sys_ftruncate", "do_truncate", "shmem_setattr")
ZAP = (*HEAD, "unmap_mapping_range", "zap_page_range_single", "unmap_single_vma",
       "unmap_page_range")  # fmt: skip
FOLIO = (*HEAD, "shmem_undo_range", "truncate_inode_folio")
CHAINS = (ZAP, (*FOLIO, "truncate_cleanup_folio"), (*FOLIO, "filemap_remove_folio"), ZAP)


def calls(trace: str) -> Iterator[tuple[int, str]]:
    """A trace as the probe says it: depth and name."""
    for line in trace.splitlines():
        yield (len(line) - len(line.lstrip())) // 2, line.strip()


def test_a_trace_becomes_its_chains() -> None:
    """From the system call down; once for all mappings and folios; the second pass again."""
    assert chains_to_zaps(calls(TRACE)) == CHAINS


def test_a_trace_without_a_zap_has_no_chain() -> None:
    """A read fault maps; it does not zap."""
    assert chains_to_zaps(calls("exc_page_fault\n  handle_mm_fault\n    do_fault\n")) == ()
    assert chains_to_zaps([]) == ()


def test_the_text_of_chains(expected: Callable[[str, str], None]) -> None:
    """72 columns; what goes as before is not said again."""
    program = parse_scenario("# Cut\n\nF = shmem(1)\nftruncate(F, 0)\n")
    traced = [Traced(4, "ftruncate(F, 0)", CHAINS)]
    text = format_traced(program, "kernel 6.12", "6.12.9", traced)
    assert all(len(line) <= 72 for line in text.splitlines())
    expected("lab-chains.txt", text + "\n")
    assert format_traced(program, "kernel 6.12", "6.12.9", []).endswith("zaps anything")


def test_what_is_recorded_reads_line_by_line(tmp_path: Path) -> None:
    """Each chain on a line of its own; the file on disk is what the writer writes."""
    path = tmp_path / "chains.json"
    found = json.loads(RECORDED.read_text())
    write_recorded(found, path)
    assert path.read_text() == RECORDED.read_text()
    assert json.loads(path.read_text()) == found


RECORDS = json.loads(RECORDED.read_text())


def test_every_fetched_kernel_is_recorded() -> None:
    """The five kernels that Debian has, each with every recording."""
    assert list(RECORDS) == [name for name, known in KNOWN.items() if known.suite]
    for name, record in RECORDS.items():
        assert record["release"].startswith(f"{name}.")
        assert list(record["chains"]) == list(RECORDINGS)
        assert all(record["chains"].values())


# How a system call is entered, and the levels of the page table: not in the model's chains.
_GLUE = re.compile(r"x64_sys_call|__(x64|do|se)_sys_\w+|zap_(pud|pmd|p4d)_range")
# Where one folio leaves the page cache: the model names no level below the loop over them.
_FOLIO = re.compile(
    r"truncate_(inode|cleanup)_(page|folio)|(filemap_remove|delete_from_page_cache)\w*"
    r"|invalidate_complete_(page|folio)2|folio_unmap_invalidate"
)


@pytest.mark.parametrize("kernel", RECORDS)
@pytest.mark.parametrize("name", RECORDINGS)
def test_the_models_chains_hold_what_was_recorded(kernel: str, name: str) -> None:
    """Every chain that a kernel ran through is one of the model's, inlined functions aside."""
    trace = run(recording(name), MODEL_OF[kernel]).as_json()
    last = len(trace["statements"]) - 1
    models = [
        trace["chains"][step["chain"]]
        for step in trace["steps"]
        if step["statement"] == last and step["chain"] is not None
    ]
    for chain in RECORDS[kernel]["chains"][name]:
        end = next((at for at, each in enumerate(chain) if _FOLIO.fullmatch(each)), len(chain))
        seen = [each for each in chain[:end] if not _GLUE.fullmatch(each)]
        assert any(_holds(model, seen) for model in models), " > ".join(chain)


def _holds(chain: list[str], part: list[str]) -> bool:
    """Whether a chain has all functions of another one, in their order."""
    rest = iter(chain)
    return all(each in rest for each in part)
