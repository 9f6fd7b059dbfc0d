"""Words that a scenario does not know, and the statement that their writer likely means.

Spelling does not lead there: nothing looks like ``swap_out``. Underscores and capitals do not
count, and a constant of the kernel may stand without ``MADV_``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from zapviz.model.program import ADVICE

__all__ = ["meant"]

_WORDS: Final = {
    "madvise(A[0:2], MADV_PAGEOUT)": "swap_out page_out evict reclaim shrink flush",
    "madvise(A[0:2], MADV_DONTNEED)": "zap discard drop clear forget",
    "madvise(A[0:2], MADV_FREE)": "lazyfree",
    "madvise(A[0:2], MADV_HWPOISON)": "poison memory_failure break",
    "madvise(A[0:2], MADV_GUARD_INSTALL)": "guard",
    "madvise(A[0:2], MADV_GUARD_REMOVE)": "unguard",
    "munmap(A[0:2])": "unmap delete del",
    "fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)": "punch punch_hole hole",
    "ftruncate(F, 1)": "truncate resize shrink_file",
    "read(A[0:2])": "swap_in page_in fault access touch load get",
    "write(A[0:2], 1)": "store set put poke memset fill",
    "A = mmap(F, MAP_PRIVATE)": "map private shared",
    "N = anon(4)": "malloc alloc mmap_anon anonymous brk",
    "N = anon(4, MAP_DROPPABLE)": "droppable",
    "F = shmem(4)": "memfd memfd_create tmpfs shm_open",
    "F = file(4)": "open creat open_file",
    "mlock(A[0:2])": "lock pin",
    "munlock(A[0:2])": "unlock unpin",
    "mprotect(A[0:2], PROT_READ)": "protect chmod readonly",
    "migrate(A[0])": "move",
    "C = fork()": "spawn child process",
    "exit(C)": "kill quit end wait",
    "assert A[0] == swap": "check expect require",
}
_MEANT: Final[Mapping[str, str]] = {
    word.replace("_", ""): usage for usage, words in _WORDS.items() for word in words.split()
}


def meant(word: str) -> str:
    """Give a hint at what a word likely means that is no statement; "" where nothing is known.

    >>> meant("swap_out")
    'write madvise(A[0:2], MADV_PAGEOUT)'
    >>> meant("guard_install")
    'write madvise(A[0:2], MADV_GUARD_INSTALL)'
    """
    plain = word.lower().replace("_", "")
    for advice in ADVICE:
        if plain.removeprefix("madv") == advice.removeprefix("MADV_").lower().replace("_", ""):
            return f"write madvise(A[0:2], {advice})"
    usage = _MEANT.get(plain)
    return f"write {usage}" if usage else ""
