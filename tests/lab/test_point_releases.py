"""In which point releases rules reached stable series: held against Debian's changelogs.

They come with ``zapviz lab fetch 5.10``, ``6.1`` and ``6.12``; without them these tests are
skipped, but in CI the kernels are fetched. Debian's changelog names each stable update and lists
the subjects of its commits; that of 6.18 and 7.3 stands in a package that is not fetched.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator

import pytest

from zapviz.kernels.evidence import LAB_KERNEL_OF
from zapviz.kernels.known import DIFFERENCES, KERNELS, kernel
from zapviz.lab.guest.fetch import fetch
from zapviz.lab.guest.kernels import NotAvailable, find_kernel

NAMES = ("5.10", "6.1", "6.12")

# A few words by which the subject of each rule's commit is known.
WORDS = {
    "read_fills_past_end": "switch __iomap_dio_rw to use iomap_iter",
    "shmem_keeps_poison": "truncate page if memory failure",
    "swap_entries": "skip swap entry even if zap_details",
    "migration_entries": "skip swap entry even if zap_details",
    "hwpoison_entries": "skip swap entry even if zap_details",
    "dontneed_locked": "MADV_DONTNEED_LOCKED",
    "fault_unmaps_poison": "unmap poisoned page before invalidation",
    "lazyfree_counts_refs": "race between MADV_FREE reclaim and blkdev direct IO",
    "poisoned_again_fails": "return -EHWPOISON to denote",
    "poison_counts_anon": "refactor refcount check handling",
    "mf_mutex": "use a mutex to avoid memory_failure() races",
    "offline_mutex": "mf_mutex for soft offline",
    "i_mmap_shared": "unmap_mapping_range_tree() with i_mmap_rwsem shared",
    "free_drops_poison": "free hwpoison and swapin error",
    "uffd_poison": "UFFDIO_POISON",
    "remove_maywrite": "VM_SHARED always implies writable",
    "hwpoison_signals": "MF_ACTION_REQUIRED to madvise",
    "around_wants_table": "page table entries beyond i_size",
    "device_zap_warns": "warning when unmapping device-private",
}


def changelog(name: str) -> str:
    """Debian's changelog of a kernel of the lab, or a skip that says how to get it."""
    in_ci = bool(os.environ.get("CI"))
    try:
        path = find_kernel(name).image.parents[1] / "changelog.gz"
        if in_ci and not path.exists():  # it was fetched before changelogs were kept
            fetch(name)
    except NotAvailable as missing:
        if not in_ci:
            pytest.skip(str(missing))
        fetch(name)
        path = find_kernel(name).image.parents[1] / "changelog.gz"
    if not path.exists() and not in_ci:
        pytest.skip(f"kernel {name} was fetched without its changelog: zapviz lab fetch {name}")
    return gzip.decompress(path.read_bytes()).decode("utf-8", "replace")


def updates(text: str, series: str) -> Iterator[tuple[int, str]]:
    """The point releases of a series that a changelog names, each with its commits' subjects."""
    point = None
    for line in text.splitlines():
        named = re.search(r"/ChangeLog-(\d+\.\d+)\.(\d+)\s*$", line)
        if named:
            point = int(named[2]) if named[1] == series else None
        elif re.match(r"linux\S* \(|  \* |  \[", line):
            point = None
        elif point is not None:
            yield point, line.strip()


def test_a_changelog_is_read_by_point_release() -> None:
    """Subjects may span lines; what Debian itself changed belongs to no point release."""
    text = (
        "linux (6.1.4-1) bookworm; urgency=high\n\n  * New upstream stable update:\n"
        "    https://www.example.org/v6.x/ChangeLog-6.1.3\n    - mm: one\n"
        "    https://www.example.org/v6.x/ChangeLog-6.1.4\n    - mm: a subject of two\n"
        "      lines\n\n  [ Somebody ]\n  * mm: not upstream\n"
    )
    assert arrivals(text, "6.1", {"a": "subject of two lines", "b": "mm: one"}) == {"a": 4, "b": 3}
    assert arrivals(text, "6.1", {"a": "not upstream"}) == {}
    assert arrivals(text, "6.12", {"a": "mm: one"}) == {}


def arrivals(text: str, series: str, words: dict[str, str]) -> dict[str, int]:
    """For each rule whose commit a changelog lists in a series, the point release."""
    listed: dict[int, str] = {}
    for point, line in updates(text, series):
        listed[point] = f"{listed.get(point, '')} {line}"
    return {
        rule: min(points)
        for rule, said in words.items()
        if (points := [point for point, subjects in listed.items() if said in subjects])
    }


@pytest.mark.parametrize("name", NAMES)
def test_rules_reached_stable_series_where_the_changelog_says(name: str) -> None:
    """Those that are listed there, and no other."""
    text = changelog(name)
    newest = max(point for point, _ in updates(text, name))
    known = {
        each.rule: one.point
        for each in DIFFERENCES
        for one in each.stable
        if one.release.rpartition(".")[0] == name and one.point <= newest
    }
    # Two commits changed it, one after the other.
    turns = {"6.1": "TTU_IGNORE_HWPOISON to TTU_HWPOISON", "6.12": "try to reclaim hwpoison folio"}
    words = {**WORDS, "reclaim_poisons": turns.get(name, "TTU_IGNORE_HWPOISON to TTU_HWPOISON")}
    assert arrivals(text, name, words) == known


@pytest.mark.parametrize("name", NAMES)
def test_a_kernel_stands_for_a_point_release_that_the_lab_boots(name: str) -> None:
    """Or for an older one whose rules are the same."""
    (model,) = (KERNELS[own] for own, there in LAB_KERNEL_OF.items() if there == name)
    newest = max(point for point, _ in updates(changelog(name), name))
    assert model.point <= newest
    assert kernel(f"{name}.{newest}").rules == model.rules
