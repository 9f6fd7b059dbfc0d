"""The kernels that the model knows, and everything that differs between them.

A kernel is a set of rules, one field each. For every rule that ever changed, :data:`DIFFERENCES`
says when it changed, by which commit or release, what that means, and which point releases brought
it to stable series. A kernel stands for one release or point release; :func:`kernel` makes others
of the same data. A patch of your own is a kernel with some rules changed:

>>> patched = KERNELS["v5.17"].with_rule(swap_entries="even_cows")
>>> patched.name
'v5.17 + swap_entries=even_cows'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, Final, Literal, get_args, get_type_hints

from zapviz.errors import ZapvizError, choices_hint, nearest
from zapviz.kernels.difference import FIRST, Arrival, Difference, Version
from zapviz.kernels.locking import LOCKING, Locking

__all__ = [
    "DEFAULT_KERNEL",
    "DIFFERENCES",
    "KERNELS",
    "LONGEST_NAME",
    "MODEL",
    "Kernel",
    "full_name",
    "is_before_known",
    "is_named",
    "kernel",
    "own_rules",
    "released",
    "rule_values",
    "several_kernels",
]


MODEL: Final = 1
"""The version of the model: raised by a release in which a scenario takes other steps.

A permalink names it, so that it never shows another answer than the one that it was made for.
``__version__`` names the release; many releases can have the same model.
tests/scenario/test_permalink.py fails where the two do not fit.
"""


RFC: Final = "rfc-v2"
"""The name of the kernel that was never released."""


PATCHED: Final = "with a patch of your own"
"""The title of a kernel that was made from another one."""


LONGEST_NAME: Final = 2000
"""Most characters of a kernel's name in a mail or a link; with every rule changed it has 1006."""


@dataclass(frozen=True)
class Kernel(Locking):
    """One kernel: the rules by which it zaps entries, lets them arise, and locks.

    The fields from ``swap_entries`` on are the rules, and those of
    :class:`~zapviz.kernels.locking.Locking`; :data:`DIFFERENCES` explains them.  ``version``
    chooses the names of functions and call chains, and nothing else; with ``point`` it says for
    which release the kernel stands.
    """

    name: str
    version: Version
    title: str
    point: int = 0  # its point release in the stable series; 0: the release itself
    swap_entries: Literal["skip", "zap", "even_cows"] = "even_cows"
    migration_entries: Literal["skip", "page"] = "page"
    hwpoison_entries: Literal["skip", "zap", "even_cows"] = "even_cows"
    second_pass: bool = True
    shmem_keeps_poison: bool = True
    hwpoison_signals: bool = True
    lazyfree_counts_refs: bool = True
    fault_unmaps_poison: bool = True
    reclaim_poisons: Literal["entry", "no", "folio"] = "folio"
    direct_io_pins: bool = True
    hole_read_stops: bool = False
    read_fills_past_end: bool = True
    poisoned_again_fails: bool = True
    poison_counts_anon: bool = False
    offline_not_recoverable: bool = True
    migrates_inaccessible: bool = True
    free_drops_poison: bool = True
    dontneed_locked: bool = True
    remove_maywrite: bool = True
    uffd_wp_file: bool = True
    uffd_poison: bool = True
    uffd_wp_many_vmas: bool = True
    write_keeps_slot: bool = True
    swap_in_dirties: bool = True
    zeros_written: bool = False
    around_wants_table: bool = True
    droppable: Literal["no", "watched", "unwatched"] = "unwatched"
    guard_regions: Literal["no", "anon", "all"] = "all"
    process_madvise_self: bool = True
    device_exclusive: bool = True
    exclusive_by_page: bool = True
    exclusive_asks_vma: bool = True
    tmpfs_direct_io: bool = True
    uffd_wp_async: bool = True
    dontneed_frees_tables: bool = True
    device_zap_warns: bool = False

    def with_rule(self, name: str | None = None, **rules: object) -> Kernel:
        """Give the same kernel with some rules changed: a patch of your own.

        Args:
            name: The kernel's name; None: the old name with the changed rules.
            rules: The new values.

        Raises:
            ZapvizError: There is no such rule, or the rule does not take the value; the message
                lists what there is.
        """
        if not rules:
            problem = "none was given" if name is None else f"{str(name)[:60]!r} alone changes none"
            raise ZapvizError(
                f"a patch changes a rule, and {problem}; write with_rule({_example(name)})"
            )
        if name is not None and (not isinstance(name, str) or not name.strip()):
            raise ZapvizError(f"a kernel is called by a word or more, not {name!r}")
        for rule, value in rules.items():
            if rule not in RULES:
                raise ZapvizError(f"there is no rule '{rule}'; {choices_hint(rule, RULES)}")
            values = rule_values(rule)
            if type(value) not in (str, bool) or value not in values:
                raise ZapvizError(
                    f"the rule '{rule}' takes {', '.join(map(repr, values))}, not {value!r}"
                )
        changes = ", ".join(f"{rule}={value}" for rule, value in rules.items())
        changed = {"name": name or f"{self.name} + {changes}", "title": PATCHED, **rules}
        return replace(self, **changed)  # type: ignore[arg-type]

    @property
    def release(self) -> str:
        """The release that the kernel stands for, such as ``6.1.176``."""
        return _dotted(self.version, self.point)

    @property
    def rules(self) -> dict[str, str | bool]:
        """Every rule and its value."""
        return {rule: getattr(self, rule) for rule in RULES}

    def differences(self, other: Kernel) -> tuple[Difference, ...]:
        """Give the Difference of each rule in which two kernels differ."""
        return tuple(
            difference
            for difference in DIFFERENCES
            if getattr(self, difference.rule) != getattr(other, difference.rule)
        )

    def __str__(self) -> str:
        return f"{self.name}: {self.title}"


@cache
def rule_values(rule: str) -> tuple[str | bool, ...]:
    """Give the values that a rule can have, from the oldest form to today's; or false and true."""
    return get_args(get_type_hints(Kernel)[rule]) or (False, True)


_LOCKS = tuple(field.name for field in fields(Locking))
_OTHERS = ("name", "version", "title", "point", *_LOCKS)
RULES = (*(field.name for field in fields(Kernel) if field.name not in _OTHERS), *_LOCKS)


_OWN: Final = (
    Difference(
        "second_pass",
        "v2.6.23",
        "d00806b18315",
        "Truncate unmaps the range a second time after the page cache is gone, for "
        "private pages that were COWed in between.",
        (((2, 6), True),),
    ),
    Difference(
        "poisoned_again_fails",
        "v5.13",
        "47af12bae17f",
        "memory_failure() of a page that is marked broken already returns EHWPOISON; before, it "
        "returned 0. MADV_HWPOISON meets one in the zero page, which cannot be taken away, and "
        "where two CPUs call it at once.",
        ((FIRST, False), ((5, 13), True)),
    ),
    Difference(
        "migrates_inaccessible",
        "v6.5",
        "d74943a2f3cd",
        "move_pages moves pages that a mapping of PROT_NONE hides, as it did up to v6.0; from v6.1 "
        "(474098edac26) on follow_page() did not see them, and longterm 6.1.y still does not.",
        ((FIRST, True), ((6, 1), False), ((6, 5), True)),
        stable=(Arrival((6, 4), 13, True),),
    ),
    Difference(
        "device_exclusive",
        "v5.14",
        "b756a3b5e7ea",
        "make_device_exclusive() exists: memory can be lent to a device that uses it alone.",
        ((FIRST, False), ((5, 14), True)),
    ),
    Difference(
        "shmem_keeps_poison",
        "v5.17",
        "a76054266661",
        "A poisoned shmem page stays in the page cache and goes on raising SIGBUS; "
        "before, it was dropped, and a fresh page of zeros took its place.",
        ((FIRST, False), ((5, 17), True)),
        stable=(Arrival((5, 15), 80, True),),
    ),
    Difference(
        "swap_entries",
        "v5.18",
        "5abfd71d936a",
        "Up to v5.17 a zap with details skipped every swap entry, so truncate left "
        "swapped-out private pages beyond the end of the file; RFC v2 zapped them all, "
        "also on hole punch; since v5.18 they go exactly when even_cows says so.",
        ((FIRST, "skip"), ((5, 18), "even_cows")),
        stable=(
            Arrival((5, 10), 111, "even_cows"),
            Arrival((5, 15), 34, "even_cows", "f5e59185b033"),
            Arrival((5, 16), 19, "even_cows"),
            Arrival((5, 17), 2, "even_cows"),
        ),
    ),
    Difference(
        "migration_entries",
        "v5.18",
        "5abfd71d936a",
        "Up to v5.17 a zap with details skipped migration entries; since then an entry "
        "under migration is treated as the page that it moves.",
        ((FIRST, "skip"), ((5, 18), "page")),
        stable=(
            Arrival((5, 10), 111, "page"),
            Arrival((5, 15), 34, "page", "f5e59185b033"),
            Arrival((5, 16), 19, "page"),
            Arrival((5, 17), 2, "page"),
        ),
    ),
    Difference(
        "hwpoison_entries",
        "v5.18",
        "5abfd71d936a",
        "Up to v5.17 a zap with details skipped hwpoison entries; RFC v2 and the stable "
        "backports to 5.10 and 5.15 zap them always; since v5.18 a hole punch keeps them, so that "
        "an access goes on raising SIGBUS.",
        ((FIRST, "skip"), ((5, 18), "even_cows")),
        stable=(
            Arrival((5, 10), 111, "zap"),
            Arrival((5, 15), 34, "zap", "f5e59185b033"),
            Arrival((5, 16), 19, "even_cows"),
            Arrival((5, 17), 2, "even_cows"),
        ),
    ),
    Difference(
        "poison_counts_anon",
        "v5.16",
        "dd0f230a0a80",
        "MADV_HWPOISON of a private page no longer fails because somebody else holds the page; "
        "with a file's page it still does.",
        ((FIRST, True), ((5, 16), False)),
        stable=(Arrival((5, 15), 80, False),),
    ),
    Difference(
        "fault_unmaps_poison",
        "v5.18",
        "3149c79f3cb0",
        "A fault that finds its file's page marked as broken clears whatever entries still map it, "
        "before it raises SIGBUS.",
        ((FIRST, False), ((5, 18), True)),
        stable=(
            Arrival((5, 10), 110, True),
            Arrival((5, 15), 33, True),
            Arrival((5, 16), 19, True),
            Arrival((5, 17), 2, True),
        ),
    ),
    Difference(
        "reclaim_poisons",
        "v6.15",
        "1b0449544c64",
        "Reclaim leaves hwpoison entries of a page that is marked as broken by the time it locks "
        "it; from v6.3 (6da6b1d4a7df) on it swapped such a page out as any other, and before it "
        "asked at every entry.",
        ((FIRST, "entry"), ((6, 3), "no"), ((6, 15), "folio")),
        stable=(
            Arrival((6, 1), 16, "no"),
            Arrival((6, 2), 3, "no"),
            Arrival((6, 12), 26, "folio"),
            Arrival((6, 14), 5, "folio"),
        ),
    ),
    Difference(
        "lazyfree_counts_refs",
        "v5.18",
        "6c8e2a256915",
        "Reclaim drops no page that MADV_FREE gave up while somebody holds it, such as a direct "
        "read that is still to write to it.",
        ((FIRST, False), ((5, 18), True)),
        stable=(
            Arrival((5, 10), 111, True),
            Arrival((5, 15), 34, True),
            Arrival((5, 16), 20, True),
            Arrival((5, 17), 3, True),
        ),
    ),
    Difference(
        "dontneed_locked",
        "v5.18",
        "9457056ac426",
        "MADV_DONTNEED_LOCKED exists: it zaps in an mlocked VMA too.",
        ((FIRST, False), ((5, 18), True)),
    ),
    Difference(
        "write_keeps_slot",
        "v5.19",
        "6c287605fd56",
        "A write to a page that came back from a disk by a read leaves it in the swap cache, its "
        "slot kept, for the page is marked as its owner's alone; before, the write gave the slot "
        "back.",
        ((FIRST, False), ((5, 19), True)),
    ),
    Difference(
        "free_drops_poison",
        "v5.19",
        "7b49514fa1db",
        "MADV_FREE clears hwpoison entries as it clears swap entries.",
        ((FIRST, False), ((5, 19), True)),
    ),
    Difference(
        "uffd_wp_file",
        "v5.19",
        "b1f9e876862d",
        "userfaultfd can write-protect shmem, with markers in entries that hold no page.",
        ((FIRST, False), ((5, 19), True)),
    ),
    Difference(
        "uffd_wp_many_vmas",
        "v6.4",
        "a1b92a3f1498",
        "UFFDIO_WRITEPROTECT takes a range over several mappings; before, one mapping had to "
        "cover it.",
        ((FIRST, False), ((6, 4), True)),
    ),
    Difference(
        "read_fills_past_end",
        "v5.15",
        "a6d3d49587d1",
        "A direct read that asks for pages beyond the end of the file fills the memory for them "
        "with zeros, as for a hole, though it does not count them; before, it left that memory "
        "alone.",
        ((FIRST, False), ((5, 15), True)),
    ),
    Difference(
        "hole_read_stops",
        "v5.16",
        "42c498c18a94",
        "A direct read of a hole into memory that cannot be had fails with EFAULT; before, the "
        "read ended there, and succeeded.",
        ((FIRST, True), ((5, 16), False)),
        stable=(Arrival((5, 15), 37, False),),
    ),
    Difference(
        "direct_io_pins",
        "v6.5",
        "a7e689dd1c06",
        "Direct I/O pins the memory that it reads into, and reclaim does not swap out what is "
        "pinned; before, it held it by a plain reference, and reclaim unmapped it.",
        ((FIRST, False), ((6, 5), True)),
    ),
    Difference(
        "uffd_poison",
        "v6.6",
        "fc71884a5f59",
        "UFFDIO_POISON installs markers that raise SIGBUS.",
        ((FIRST, False), ((6, 6), True)),
    ),
    Difference(
        "tmpfs_direct_io",
        "v6.6",
        "e88e0d366f9c",
        "A file of a mounted tmpfs takes O_DIRECT; the model's shmem file is a memfd, which "
        "refuses it as before.",
        ((FIRST, False), ((6, 6), True)),
    ),
    Difference(
        "remove_maywrite",
        "v6.7",
        "e8e17ee90eaf",
        "MADV_REMOVE asks whether the shared mapping could be made writable, no longer "
        "whether it is writable now.",
        ((FIRST, False), ((6, 7), True)),
        stable=(
            Arrival((5, 10), 241, True),
            Arrival((5, 15), 190, True),
            Arrival((6, 1), 149, True),
            Arrival((6, 6), 103, True),
        ),
    ),
    Difference(
        "uffd_wp_async",
        "v6.7",
        "d61ea1cb0095",
        "userfaultfd can write-protect any memory asynchronously (UFFD_FEATURE_WP_ASYNC); that "
        "is not modelled, and mappings of disk files are refused as before.",
        ((FIRST, False), ((6, 7), True)),
    ),
    Difference(
        "hwpoison_signals",
        "v6.11",
        "66802526298e",
        "MADV_HWPOISON sends the caller SIGBUS when the page was dirty.",
        ((FIRST, False), ((6, 11), True)),
    ),
    Difference(
        "droppable",
        "v6.11",
        "9651fcedf7b9",
        "MAP_DROPPABLE exists: private anonymous memory that reclaim drops, dirty or not, that is "
        "never swapped out or locked, and that a child gets empty. Up to v6.16 userfaultfd watched "
        "it, as its check asked for a flag that it had masked out.",
        ((FIRST, "no"), ((6, 11), "watched"), ((6, 17), "unwatched")),
    ),
    Difference(
        "process_madvise_self",
        "v6.13",
        "",
        "process_madvise() on the calling process takes every advice that madvise() takes; before, "
        "as still on any other process, only what loses nothing, such as MADV_PAGEOUT.",
        ((FIRST, False), ((6, 13), True)),
    ),
    Difference(
        "guard_regions",
        "v6.13",
        "662df3e5c376",
        "MADV_GUARD_INSTALL exists, first for anonymous memory, from "
        "v6.15 (f807123d578d) for files too.",
        ((FIRST, "no"), ((6, 13), "anon"), ((6, 15), "all")),
    ),
    Difference(
        "dontneed_frees_tables",
        "v6.14",
        "6375e95f381e",
        "MADV_DONTNEED passes a zap_details, by which emptied page tables may be freed; before, "
        "it passed none.",
        ((FIRST, False), ((6, 14), True)),
    ),
    Difference(
        "exclusive_by_page",
        "v6.15",
        "599b684a7854",
        "make_device_exclusive() takes one page, waits for its lock and says why it refuses; "
        "before, make_device_exclusive_range() faulted a whole range in, took the pages that it "
        "could, and its caller learned only which.",
        ((FIRST, False), ((6, 15), True)),
    ),
    Difference(
        "exclusive_asks_vma",
        "v6.15",
        "c25465eb7630",
        "Whether a page comes back writable from a device that used it alone depends on the "
        "mapping at that time (9a914592140e); before, the entry itself was a writable or a "
        "readable one, and mprotect() made it readable for good.",
        ((FIRST, False), ((6, 15), True)),
    ),
    Difference(
        "zeros_written",
        "v6.12",
        "0ca0c24e3211",
        "A page that holds only zeros is swapped out without writing it to the device, and so it "
        "leaves the swap cache of a disk at once; before, it was written as any other.",
        ((FIRST, True), ((6, 12), False)),
    ),
    Difference(
        "around_wants_table",
        "v6.18",
        "74207de2ba10",
        "Fault-around maps nothing where the first page that it finds is the last of a disk "
        "file and no page table stands there yet; seen when a fault beyond the end comes first.",
        ((FIRST, False), ((6, 18), True)),
        stable=(
            Arrival((6, 6), 117, True),
            Arrival((6, 12), 59, True),
            Arrival((6, 17), 9, True),
        ),
    ),
    Difference(
        "swap_in_dirties",
        "v7.0",
        "f1879e8a0c60",
        "A page that comes back from a swap device that answers at once is dirty from the start, "
        "for it always passes through the swap cache; so poisoning it is a loss that the caller "
        "hears of. On a disk it is clean on every kernel.",
        ((FIRST, False), ((7, 0), True)),
    ),
    Difference(
        "offline_not_recoverable",
        "v7.3",
        "",
        "MADV_SOFT_OFFLINE of the zero page fails with ENOTRECOVERABLE; before, with EIO.",
        ((FIRST, False), ((7, 3), True)),
    ),
    Difference(
        "device_zap_warns",
        "v7.1",
        "be3f38d05cc5",
        "Zapping a page that is lent to a device no longer warns in the kernel's log where the "
        "mapping is a file's; it did from v5.19 (999dad824c39) on.",
        ((FIRST, False), ((5, 19), True), ((7, 1), False)),
        stable=(
            Arrival((6, 1), 176, False),
            Arrival((6, 6), 143, False),
            Arrival((6, 12), 93, False),
            Arrival((6, 18), 34, False),
            Arrival((7, 0), 11, False),
        ),
    ),
)


DIFFERENCES: Final = tuple(sorted((*_OWN, *LOCKING), key=lambda each: each.release))
"""The rules in which kernels differ, in the order of the releases that brought today's forms."""


def _released(name: str, version: Version, point: int, title: str) -> Kernel:
    """Make a kernel with the rules of a release, or of a point release of its stable series."""
    rules: dict[str, Any] = {each.rule: each.at(version, point) for each in DIFFERENCES}
    return Kernel(name, version, title, point, **rules)


def _dotted(version: Version, point: int) -> str:
    return f"{version[0]}.{version[1]}" + (f".{point}" if point else "")


_v5_17 = _released("v5.17", (5, 17), 0, "before the fix")


# The point releases are those of the Debian packages that the lab boots.
KERNELS: Mapping[str, Kernel] = {
    known.name: known
    for known in (
        _released(
            "v5.10.y",
            (5, 10),
            223,
            "longterm 5.10.223 with the stable backport, as Debian 11",
        ),
        _v5_17,
        replace(
            _v5_17,
            name=RFC,
            title="v5.17 with RFC v2 of the fix",
            swap_entries="zap",
            migration_entries="page",
            hwpoison_entries="zap",
        ),
        _released("v5.18", (5, 18), 0, "the fix, merged as 5abfd71d936a"),
        _released("v6.1", (6, 1), 176, "longterm 6.1.176, as Debian 12"),
        _released("v6.12", (6, 12), 117, "longterm 6.12.117, as Debian 13"),
        _released("v6.18", (6, 18), 15, "longterm 6.18.15, as Debian's 6.18"),
        _released("v7.3", (7, 3), 4, "7.3.4, as Debian's 7.3"),
    )
}
"""Every kernel that the model knows, oldest first."""


DEFAULT_KERNEL = "v6.18"
"""The kernel that is used where none is named."""


def several_kernels(given: str | Kernel | Iterable[str | Kernel]) -> list[str | Kernel]:
    """Give one kernel, or several, as a list of them.

    >>> several_kernels("v6.1")
    ['v6.1']

    Raises:
        ZapvizError: It is neither; the message has an example.
    """
    if isinstance(given, str | Kernel):
        return [given]
    if not isinstance(given, Iterable):
        raise ZapvizError(f"kernels are given as names, such as ['v5.17', 'v6.12'], not {given!r}")
    return list(given)


def kernel(name: str | Kernel) -> Kernel:
    """Look up a kernel by its name; ``6.12`` stands for ``v6.12``, a Kernel for itself.

    The name of a point release gives the rules of that release, as far as it is known what reached
    its stable series:

    >>> kernel("6.1.148").remove_maywrite, kernel("6.1.149").remove_maywrite
    (False, True)

    The name of a kernel with a patch of your own contains the patch:

    >>> kernel("v5.17 + swap_entries=even_cows, second_pass=False").second_pass
    False

    Raises:
        ZapvizError: The name or a rule in it is unknown; the message names the nearest known one.
    """
    if isinstance(name, Kernel):
        return name
    if not isinstance(name, str):
        raise ZapvizError(f"a kernel is named by a string such as '{DEFAULT_KERNEL}', not {name!r}")
    base, plus, rules = name.partition("+")
    if plus:
        changed = dict(map(_rule, rules.replace("+", ",").split(",")))
        return kernel(base.strip()).with_rule(None, **changed)
    for spelled in (name, f"v{name}", name.lower()):
        if spelled in KERNELS:
            return KERNELS[spelled]
    numbers = re.fullmatch(r"v?([1-9][0-9]?)\.(0|[1-9][0-9]?)\.(0|[1-9][0-9]*)", name.lower())
    why = _near(name)
    if numbers:
        version, point = (int(numbers[1]), int(numbers[2])), int(numbers[3][:9])
        why = _no_release(version, point)
        if not why:
            return released(version, point)
    raise ZapvizError(
        f"there is no kernel '{name[:60]}'; {why}the kernels are: {', '.join(KERNELS)} "
        "(zapviz kernels tells what differs)"
    )


def is_before_known(version: Version) -> bool:
    """Tell whether a version is older than all kernels that the model knows."""
    return version < min(kernel.version for kernel in KERNELS.values())


def released(version: Version, point: int | None = None) -> Kernel:
    """Give the kernel of a release, whatever its name.

    Args:
        version: The release; older or newer than all kernels of the model, it gives the nearest.
        point: The point release in its stable series; None: it is not known, so give the model's
            kernel of that release, else what is known of the series at its end.
    """
    known = [each for each in KERNELS.values() if each.name != RFC]
    same = next((each for each in known if each.version == version), None)
    if not known[0].version <= version <= known[-1].version:
        return known[0] if version < known[0].version else known[-1]
    if same is not None and point in (None, same.point):
        return same
    if point is None:
        older = [each.name for each in known if each.version < version]
        newer = [each.name for each in known if each.version > version]
        title = f"between {older[-1]} and {newer[0]}"
        at_its_end = _released(f"v{_dotted(version, 0)}", version, _MOST_POINTS, title)
        return replace(at_its_end, point=0)
    release = f"{_dotted(version, 0)}.{point}"
    return _released(f"v{release}", version, point, _point_title(version, point, same))


_MOST_POINTS: Final = 399
"""No stable series has come to as many point releases: the longest, 4.9.y, had 337."""


_LAST_MINOR: Final = {5: 19, 6: 19}
"""The last release before the major number went up."""


def _no_release(version: Version, point: int) -> str:
    """Say why there is no such point release here; "" if there can be one."""
    known = [each.version for each in KERNELS.values()]
    last = _LAST_MINOR.get(version[0], 99)
    if version[1] > last:
        return f"v{version[0]}.{last} was followed by v{version[0] + 1}.0; "
    if not known[0] <= version <= known[-1]:
        return _near(_dotted(version, point))
    if point > _MOST_POINTS:
        return f"no stable series has come to {_MOST_POINTS + 1} point releases; "
    return ""


def _point_title(version: Version, point: int, same: Kernel | None) -> str:
    """Describe a point release: whether all that reached its series was looked through."""
    series = _dotted(version, 0)
    if not point:
        return f"as v{series} was released"
    if same is not None and point < same.point:
        return f"of the stable series {series}.y, before {same.release}"
    base = 0 if same is None else same.point
    like = f"as {_dotted(version, base)}" if base else f"as v{series} was released"
    reached = [
        each.rule for each in DIFFERENCES if each.at(version, point) != each.at(version, base)
    ]
    if reached:
        return f"{like}, and what is known to have reached it since: {', '.join(reached)}"
    return f"{like}; what reached {series}.{point} since is not known"


def is_named(chosen: Kernel) -> bool:
    """Tell whether a kernel's name describes it, so that :func:`kernel` finds it anywhere."""
    try:
        return kernel(chosen.name) == chosen
    except ZapvizError:
        return False


def full_name(chosen: Kernel) -> str:
    """Give a name by which the kernel is found anywhere, whatever its user calls it.

    Raises:
        ZapvizError: It is neither a known kernel nor a patch of one.
    """
    if is_named(chosen):
        return chosen.name
    # Of a kernel with a name of the user's: the nearest known kernel, and the rules that differ.
    bases = _bases(chosen)
    if not bases:
        raise ZapvizError(
            f"the kernel '{chosen.name}' is none that zapviz knows, nor a patch of one"
        )
    base = min(bases, key=lambda known: len(_changes(chosen, known)))
    changed = ", ".join(f"{rule}={value}" for rule, value in _changes(chosen, base).items())
    return f"{base.name} + {changed}" if changed else base.name


def _bases(chosen: Kernel) -> list[Kernel]:
    """Give the kernels of the same point release: those that the model knows, else itself."""
    release = chosen.version, chosen.point
    bases = [known for known in KERNELS.values() if (known.version, known.point) == release]
    return bases if bases or _no_release(*release) else [released(*release)]


def _changes(chosen: Kernel, base: Kernel) -> dict[str, str | bool]:
    """Give the rules of a kernel that another one does not have so."""
    return {rule: value for rule, value in chosen.rules.items() if value != base.rules[rule]}


def _rule(text: str) -> tuple[str, object]:
    """Read ``second_pass=False`` as a rule and its value."""
    rule, equals, value = text.partition("=")
    if not equals:
        raise ZapvizError(f"'{text.strip()[:60]}' changes no rule; write it as second_pass=False")
    value = value.strip()
    return rule.strip(), {"true": True, "false": False}.get(value.lower(), value)


def _example(rule: object) -> str:
    """Give an example of changing a rule: the one of that name, else any."""
    chosen = rule if isinstance(rule, str) and rule in RULES else "swap_entries"
    return f"{chosen}={rule_values(chosen)[0]!r}"


def _near(name: str) -> str:
    """Say where an unknown kernel stands among the known ones: by version, else by spelling."""
    numbers = re.fullmatch(r"v?(\d{1,2})(?:\.(\d{1,4})(?:\D.*)?|\.?)", name.strip().lower())
    if not numbers:
        near = nearest(name, KERNELS)
        return f"did you mean '{near}'? " if near else ""
    version = int(numbers[1]), int(numbers[2] or 0)
    release = f"v{version[0]}.{version[1]}"
    releases = [k for k in KERNELS.values() if k.name != RFC]
    same = [k.name for k in releases if k.version == version]
    if same:  # a release of it, such as 6.12.3
        return f"did you mean '{same[0]}'? "
    before = [k.name for k in releases if k.version < version]
    after = [k.name for k in releases if k.version > version]
    if not after:
        return f"{release} is newer than the newest, {before[-1]}; "
    if not before:
        return f"{release} is older than the oldest, {after[0]}; "
    return f"{release} lies between {before[-1]} and {after[0]}; "


# ---- why --------------------------------------------------------------------


def own_rules(kernel: Kernel) -> dict[str, str | bool]:
    """Give the rules in which a patched kernel differs from the kernel that it was made from.

    A kernel that the model knows has none, nor has a point release.
    """
    if kernel in KERNELS.values() or (is_named(kernel) and "+" not in kernel.name):
        return {}
    bases = _bases(kernel) or [*KERNELS.values()]
    base = min(bases, key=lambda known: len(_changes(kernel, known)))
    for known in bases:
        if kernel.name.startswith(f"{known.name} + "):
            base = known
    return _changes(kernel, base)
