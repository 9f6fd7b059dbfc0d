"""The words of the scenario language, its bounds, and how large its objects are."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from typing import Final

from zapviz.model import program as p
from zapviz.model.entries import Kind

MAX_STATEMENTS = 1000
"""Most statements that a scenario may have, those of its CPUs included."""

MAX_OBJECTS = 32
"""Most files and mappings that a scenario may make."""

MAX_CONDITION = 12
"""How deep conditions may be nested."""

MAX_NAME = 8
"""Most characters of a name, so that pictures stay narrow."""

KINDS: tuple[str, ...] = tuple(kind.value for kind in Kind)
"""The entry classes that an assertion can name."""

USAGE: Final[Mapping[str, str]] = {
    "shmem": "F = shmem(4)",
    "file": "F = file(4)",
    "anon": "N = anon(4)",
    "mmap": "A = mmap(F, MAP_PRIVATE)",
    "read": "read(A[0:2])",
    "write": "write(A[0:2], 1)",
    "madvise": "madvise(A[0:2], MADV_DONTNEED)",
    "mlock": "mlock(A[0:2])",
    "munlock": "munlock(A[0:2])",
    "mprotect": "mprotect(A[0:2], PROT_READ)",
    "uffd_wp": "uffd_wp(A[0:2])",
    "uffd_poison": "uffd_poison(A[0:2])",
    "munmap": "munmap(A[0:2])",
    "exit": "exit()",
    "ftruncate": "ftruncate(F, 1) or ftruncate(F, bytes=6000)",
    "fallocate": "fallocate(F[0:2], FALLOC_FL_PUNCH_HOLE)",
    "pwrite": "pwrite(F[0:2], 1) or pwrite(F[0:2], 1, O_DIRECT)",
    "invalidate": "invalidate(F[0:2])",
    "unmap_mapping_range": "unmap_mapping_range(F[0:2], even_cows=0)",
    "migrate": "migrate(A[0])",
    "migrate_begin": "migrate_begin(A[0])",
    "migrate_end": "migrate_end(A[0])",
    "migrate_to_device": "migrate_to_device(A[0])",
    "make_device_exclusive": "make_device_exclusive(A[0])",
    "assert": "assert A[0] == swap",
    "def": "def CPU0():",
}
"""How each statement is written; its keys are all the statements there are."""

MAKERS = ("shmem", "file", "anon", "mmap")
CPUS = ("CPU0", "CPU1", "CPU2")
PROT = ("PROT_READ", "PROT_WRITE")
CACHE_KINDS = {"shmem": ("none", "file", "swap"), "file": ("none", "file")}
FLAGS = (
    *("MAP_PRIVATE", "MAP_SHARED", "MAP_FIXED", "MAP_ANONYMOUS"),
    *("PROT_NONE", *PROT, "FALLOC_FL_PUNCH_HOLE", "FALLOC_FL_KEEP_SIZE", "O_DIRECT"),
)

RESERVED: Final = frozenset(
    (
        *KINDS,
        *USAGE,
        *p.ADVICE,
        *p.RESULTS[1:],  # all but 0
        *FLAGS,
        *CPUS,
        *("data", "rss", "always", "sometimes", "bytes", "even_cows"),
        *keyword.kwlist,
    )
)
"""Words that mean something already, so that no file or mapping can be named so."""

EXAMPLE = "a statement is like A = mmap(F, MAP_PRIVATE) or read(A[0])"


class Sizes:
    """Pages that each file or mapping has, or, for a file, has had at most so far."""

    def __init__(self, known: Mapping[str, int] | None = None) -> None:
        self.pages = dict(known or {})

    def note(self, statement: p.Statement) -> None:
        """Take in what a statement makes or extends."""
        match statement:
            case p.NewFile() | p.NewAnon():
                self.pages[statement.name] = statement.pages
            case p.NewMapping():
                self.pages[statement.name] = statement.pages.count
            case p.Ftruncate():
                self._reach(statement.file, -(-statement.size // p.PAGE_BYTES))
            case p.Pwrite():
                self._reach(statement.pages.name, statement.pages.end)

    def _reach(self, file: str, pages: int) -> None:
        self.pages[file] = max(pages, self.pages.get(file, 0))
