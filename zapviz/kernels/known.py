"""The kernels that the model knows, and everything that differs between them.

A kernel is a set of rules, one field each. For every rule that ever changed, :data:`DIFFERENCES`
says when it changed, by which commit or release, and what that means. A patch of your own is a
kernel with some rules changed:

>>> patched = KERNELS["v5.17"].with_rule(swap_entries="even_cows")
>>> patched.name
'v5.17 + swap_entries=even_cows'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, get_args, get_type_hints

from zapviz.errors import ZapvizError, choices_hint, nearest
from zapviz.kernels.difference import FIRST, Difference, Version
from zapviz.kernels.locking import LOCKING, Locking

__all__ = [
    "DEFAULT_KERNEL",
    "DIFFERENCES",
    "KERNELS",
    "MODEL",
    "Kernel",
    "full_name",
    "is_named",
    "kernel",
    "own_rules",
    "released",
    "rule_values",
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


@dataclass(frozen=True)
class Kernel(Locking):
    """One kernel: the rules by which it zaps entries, lets them arise, and locks.

    The fields from ``swap_entries`` on are the rules, and those of
    :class:`~zapviz.kernels.locking.Locking`; :data:`DIFFERENCES` explains them.  ``version``
    chooses the names of functions and call chains, and nothing else.
    """

    name: str
    version: Version
    title: str
    swap_entries: Literal["skip", "zap", "even_cows"] = "even_cows"
    migration_entries: Literal["skip", "page"] = "page"
    hwpoison_entries: Literal["skip", "zap", "even_cows"] = "even_cows"
    second_pass: bool = True
    shmem_keeps_poison: bool = True
    hwpoison_signals: bool = True
    poisoned_again_fails: bool = True
    migrates_inaccessible: bool = True
    free_drops_poison: bool = True
    dontneed_locked: bool = True
    remove_maywrite: bool = True
    uffd_wp_file: bool = True
    uffd_poison: bool = True
    uffd_wp_many_vmas: bool = True
    write_keeps_slot: bool = True
    swap_in_dirties: bool = True
    around_wants_table: bool = True
    guard_regions: Literal["no", "anon", "all"] = "all"
    device_exclusive: bool = True
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


def rule_values(rule: str) -> tuple[str | bool, ...]:
    """Give the values that a rule can have, from the oldest form to today's; or false and true."""
    return get_args(get_type_hints(Kernel)[rule]) or (False, True)


_LOCKS = tuple(field.name for field in fields(Locking))
_OTHERS = ("name", "version", "title", *_LOCKS)
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
        "v5.14",
        "47af12bae17f",
        "memory_failure() of a page that is marked broken already returns EHWPOISON; before, it "
        "returned 0. MADV_HWPOISON meets one only in the zero page, which cannot be taken away.",
        ((FIRST, False), ((5, 14), True)),
    ),
    Difference(
        "migrates_inaccessible",
        "v6.5",
        "d74943a2f3cd",
        "move_pages moves pages that a mapping of PROT_NONE hides, as it did up to v6.0; from v6.1 "
        "(474098edac26) on follow_page() did not see them, and longterm 6.1.y still does not.",
        ((FIRST, True), ((6, 1), False), ((6, 5), True)),
    ),
    Difference(
        "device_exclusive",
        "v5.14",
        "",
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
    ),
    Difference(
        "swap_entries",
        "v5.18",
        "5abfd71d936a",
        "Up to v5.17 a zap with details skipped every swap entry, so truncate left "
        "swapped-out private pages beyond the end of the file; RFC v2 zapped them all, "
        "also on hole punch; since v5.18 they go exactly when even_cows says so.",
        ((FIRST, "skip"), ((5, 18), "even_cows")),
    ),
    Difference(
        "migration_entries",
        "v5.18",
        "5abfd71d936a",
        "Up to v5.17 a zap with details skipped migration entries; since then an entry "
        "under migration is treated as the page that it moves.",
        ((FIRST, "skip"), ((5, 18), "page")),
    ),
    Difference(
        "hwpoison_entries",
        "v5.18",
        "5abfd71d936a",
        "Up to v5.17 a zap with details skipped hwpoison entries; RFC v2 and the stable "
        "backport to 5.10 zap them always; since v5.18 a hole punch keeps them, so that "
        "an access goes on raising SIGBUS.",
        ((FIRST, "skip"), ((5, 18), "even_cows")),
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
        "around_wants_table",
        "v6.18, and 6.12.y",
        "",
        "Fault-around maps nothing where the first page that it finds is the last of a disk "
        "file and no page table stands there yet; seen when a fault beyond the end comes first.",
        ((FIRST, False), ((6, 18), True)),
    ),
    Difference(
        "swap_in_dirties",
        "v7.0",
        "",
        "A page that comes back from a swap device that answers at once is dirty from the start, "
        "for it always passes through the swap cache; so poisoning it is a loss that the caller "
        "hears of. On a disk it is clean on every kernel.",
        ((FIRST, False), ((7, 0), True)),
    ),
    Difference(
        "device_zap_warns",
        "v7.1",
        "be3f38d05cc5",
        "Zapping a page that is lent to a device no longer warns in the kernel's log where the "
        "mapping is a file's; it did from v5.19 (999dad824c39) on.",
        ((FIRST, False), ((5, 19), True), ((7, 1), False)),
    ),
)


DIFFERENCES: Final = tuple(sorted((*_OWN, *LOCKING), key=lambda each: each.release))
"""The rules in which kernels differ, in the order of the releases that brought today's forms."""


def _released(name: str, version: Version, title: str, **backports: str | bool) -> Kernel:
    """Make a kernel with the rules of its release and the backports to it."""
    rules: dict[str, Any] = {each.rule: each.at(version) for each in DIFFERENCES}
    return Kernel(name, version, title, **rules | backports)


_v5_17 = _released("v5.17", (5, 17), "before the fix")


KERNELS: Mapping[str, Kernel] = {
    known.name: known
    for known in (
        _released(
            "v5.10.y",
            (5, 10),
            "longterm 5.10.y with the stable backport, as Debian 11",
            swap_entries="even_cows",
            migration_entries="page",
            hwpoison_entries="zap",
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
        _released("v5.18", (5, 18), "the fix, merged as 5abfd71d936a"),
        _released("v6.1", (6, 1), "longterm 6.1.y, as Debian 12", remove_maywrite=True),
        _released("v6.12", (6, 12), "longterm, as Debian 13", around_wants_table=True),
        _released("v6.18", (6, 18), "longterm, as Debian's 6.18"),
        _released("v7.3", (7, 3), "as Debian's 7.3"),
    )
}
"""Every kernel that the model knows, oldest first."""


DEFAULT_KERNEL = "v6.18"
"""The kernel that is used where none is named."""


def kernel(name: str | Kernel) -> Kernel:
    """Look up a kernel by its name; ``6.12`` stands for ``v6.12``, a Kernel for itself.

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
    raise ZapvizError(
        f"there is no kernel '{name[:60]}'; {_near(name)}the kernels are: {', '.join(KERNELS)} "
        "(zapviz kernels tells what differs)"
    )


def released(version: Version) -> Kernel:
    """Give the kernel of a release, whatever its name.

    For a release between two kernels that the model knows, give the older one with what had changed
    by then; beyond them, the nearest.
    """
    known = [each for each in KERNELS.values() if each.name != RFC]
    older = [each for each in known if each.version <= version]
    newer = [each for each in known if each.version > version]
    if not older or not newer or older[-1].version == version:
        return (older or newer[:1])[-1]
    base, following = older[-1], newer[0]
    changed: dict[str, Any] = {
        each.rule: each.at(version)
        for each in following.differences(base)
        if each.at(version) != each.at(base.version)
    }
    title = f"between {base.name} and {following.name}"
    name = f"v{version[0]}.{version[1]}"
    return replace(base, name=name, version=version, title=title, **changed)


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
    changes = {
        name: [rule for rule in RULES if getattr(known, rule) != getattr(chosen, rule)]
        for name, known in KERNELS.items()
        if known.version == chosen.version
    }
    if not changes:
        raise ZapvizError(
            f"the kernel '{chosen.name}' is none that zapviz knows, nor a patch of one"
        )
    base = min(changes, key=lambda name: len(changes[name]))
    changed = ", ".join(f"{rule}={getattr(chosen, rule)}" for rule in changes[base])
    return f"{base} + {changed}" if changed else base


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

    A kernel that the model knows has none.
    """
    if kernel in KERNELS.values():
        return {}
    base = min(
        KERNELS.values(),
        key=lambda known: (known.version != kernel.version, len(kernel.differences(known))),
    )
    for known in KERNELS.values():
        if kernel.name.startswith(f"{known.name} + "):
            base = known
    return {rule: value for rule, value in kernel.rules.items() if value != base.rules[rule]}
