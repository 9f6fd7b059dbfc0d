"""Names in the kernel's source: call chains of each path, and where rules stand.

Names change between kernels; every table is keyed by the version from which a form
holds, newest last.  Chains run from the system call to the function that decides.
"""

from __future__ import annotations

from functools import cache

__all__ = ["CHAINS", "FUNCTIONS", "ZAP_TAIL", "call_chain", "source"]

Version = tuple[int, int]

ZAP_TAIL: tuple[tuple[Version, tuple[str, ...]], ...] = (
    ((5, 10), ("unmap_single_vma", "unmap_page_range", "zap_pte_range")),
    ((7, 3), ("__zap_vma_range", "zap_pte_range")),
)
"""What every zap path runs through in the end."""

CHAINS: dict[str, tuple[tuple[Version, tuple[str, ...]], ...]] = {
    "munmap": (((5, 10), ("__x64_sys_munmap",)),),
}
"""Per pass (the ``chain`` of a Pass), the functions above the zap's tail."""

FUNCTIONS: dict[str, tuple[tuple[Version, str, str], ...]] = {
    "zap_pte_range": (((5, 10), "zap_pte_range", "mm/memory.c"),),
}
"""Per function named by a rule: since when, its name then, and its file."""


@cache
def call_chain(version: Version, key: str, zaps: bool) -> tuple[str, ...]:
    """The call chain of a pass in one kernel, outermost function first."""
    chain = _at(version, CHAINS.get(key, ()))
    if not zaps:
        return chain
    return (*chain, *_at(version, ZAP_TAIL))


@cache
def source(version: Version, function: str) -> tuple[str, str]:
    """The name that a rule's function has in a kernel, and the file it stands in."""
    for since, name, file in reversed(FUNCTIONS.get(function, ())):
        if since <= version:
            return name, file
    return function, ""


def _at(version: Version, forms: tuple[tuple[Version, tuple[str, ...]], ...]) -> tuple[str, ...]:
    for since, chain in reversed(forms):
        if since <= version:
            return chain
    return forms[0][1] if forms else ()
