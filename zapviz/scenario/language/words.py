"""The bounds of the scenario language, its constants, and how large its objects are."""

from __future__ import annotations

from collections.abc import Mapping

from zapviz.model.entries import Kind
from zapviz.model.program import own_name, owner_of

MAX_STATEMENTS = 1000
"""Most statements that a scenario may have, those of its CPUs included."""

MAX_OBJECTS = 32
"""Most files and mappings that a scenario may make."""

MAX_MAPPINGS = 64
"""Most mappings that a scenario may have in all its processes."""

MAX_PROCESSES = 8
"""Most processes that a scenario may have, the one that it begins with included."""

MAX_CONDITION = 12
"""How deep conditions may be nested."""

MAX_NAME = 8
"""Most characters of a name, so that pictures stay narrow."""

KINDS: tuple[str, ...] = tuple(kind.value for kind in Kind)
"""The entry classes that an assertion can name."""

CPUS = ("CPU0", "CPU1", "CPU2")
PROT = ("PROT_READ", "PROT_WRITE")
CACHE_KINDS = {"shmem": ("none", "file", "swap"), "file": ("none", "file")}
FLAGS = (
    *("MAP_PRIVATE", "MAP_SHARED", "MAP_FIXED", "MAP_ANONYMOUS", "MAP_DROPPABLE"),
    *("PROT_NONE", *PROT, "FALLOC_FL_PUNCH_HOLE", "FALLOC_FL_KEEP_SIZE", "O_DIRECT"),
)


class Sizes:
    """How many pages each mapping has, and the most pages that each file has had so far."""

    def __init__(self, known: Mapping[str, int] | None = None) -> None:
        self.pages = dict(known or {})

    def reach(self, name: str, pages: int) -> None:
        """Note that a file or mapping has so many pages."""
        self.pages[name] = max(pages, self.pages.get(name, 0))

    def fork(self, name: str, of: str) -> None:
        """Note that a process has what another one has.

        Args:
            name: The new process.
            of: The one that forked; "" the first.
        """
        for known, pages in list(self.pages.items()):
            if owner_of(known) == of:
                self.pages[f"{name}.{own_name(known)}"] = pages
