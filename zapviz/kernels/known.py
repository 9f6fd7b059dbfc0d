"""The kernels that the model speaks of, and everything that differs between them.

A kernel is a set of rules, one field each.  :data:`DIFFERENCES` says, for every rule
that ever changed, when it changed, by which commit or release, and what that means.
A patch of your own is a kernel with one rule changed:

>>> patched = KERNELS["v5.17"].with_rule(swap_entries="even_cows")
>>> patched.name
'v5.17 + swap_entries=even_cows'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, Literal, get_args, get_type_hints

from zapviz.errors import ZapvizError, choices_hint, nearest

__all__ = [
    "DEFAULT_KERNEL",
    "DIFFERENCES",
    "KERNELS",
    "MODEL",
    "Difference",
    "Kernel",
    "full_name",
    "is_named",
    "kernel",
    "own_rules",
    "rule_values",
]


MODEL: Final = 1
"""The version of the model: raised by a release in which a scenario takes other steps.

A permalink names it, so that it never shows another answer than the one it was made of;
``__version__`` names the release, of which many can have the same model.
tests/scenario/test_permalink.py keeps the two honest.
"""


Version = tuple[int, int]


PATCHED: Final = "with a patch of your own"
"""The title of a kernel that was made of another."""


@dataclass(frozen=True)
class Kernel:
    """One kernel: the rules by which it zaps entries and lets them arise.

    The fields from ``swap_entries`` on are the rules; :data:`DIFFERENCES` explains
    them.  ``version`` chooses the names of functions and call chains.
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
    free_drops_poison: bool = True
    dontneed_locked: bool = True
    remove_maywrite: bool = True
    uffd_wp_file: bool = True
    uffd_poison: bool = True
    uffd_wp_many_vmas: bool = True
    swap_in_dirties: bool = True
    around_wants_table: bool = True
    guard_regions: Literal["no", "anon", "all"] = "all"

    def with_rule(self, name: str | None = None, **rules: object) -> Kernel:
        """The same kernel with some rules changed: a patch of one's own.

        Errors: ZapvizError where there is no such rule, or the rule does not take
        the value; both say what there is.
        """
        if not rules:
            given = "none was given" if name is None else f"{str(name)[:60]!r} alone changes none"
            raise ZapvizError(
                f"a patch changes a rule, and {given}; write with_rule({_example(name)})"
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
        said = ", ".join(f"{rule}={value}" for rule, value in rules.items())
        changed = {"name": name or f"{self.name} + {said}", "title": PATCHED, **rules}
        return replace(self, **changed)  # type: ignore[arg-type]

    @property
    def rules(self) -> dict[str, str | bool]:
        """Every rule and its value."""
        return {rule: getattr(self, rule) for rule in RULES}

    def differences(self, other: Kernel) -> tuple[Difference, ...]:
        """What stands behind each rule in which two kernels differ."""
        return tuple(
            difference
            for difference in DIFFERENCES
            if getattr(self, difference.rule) != getattr(other, difference.rule)
        )

    def __str__(self) -> str:
        return f"{self.name}: {self.title}"


def rule_values(rule: str) -> tuple[str | bool, ...]:
    """What a rule can be, from the oldest form to today's, or false and true."""
    return get_args(get_type_hints(Kernel)[rule]) or (False, True)


RULES = tuple(f.name for f in fields(Kernel) if f.name not in ("name", "version", "title"))


@dataclass(frozen=True)
class Difference:
    """One rule that kernels differ in."""

    rule: str  # field of Kernel
    since: str  # release in which it took today's form
    commit: str  # abbreviated hash, or "" where only the release is known
    sentence: str  # what it means


DIFFERENCES = (
    Difference(
        "second_pass",
        "v2.6.23",
        "d00806b18315",
        "Truncate unmaps the range a second time after the page cache is gone, for "
        "private pages that were COWed in between.",
    ),
    Difference(
        "shmem_keeps_poison",
        "v5.17",
        "a76054266661",
        "A poisoned shmem page stays in the page cache and goes on raising SIGBUS; "
        "before, it was dropped, and a fresh page of zeros took its place.",
    ),
    Difference(
        "swap_entries",
        "v5.18",
        "5abfd71d936a",
        "Up to v5.17 a zap with details skipped every swap entry, so truncate left "
        "swapped-out private pages beyond the end of the file; RFC v2 zapped them all, "
        "also on hole punch; since v5.18 they go exactly when even_cows says so.",
    ),
    Difference(
        "migration_entries",
        "v5.18",
        "5abfd71d936a",
        "Up to v5.17 a zap with details skipped migration entries; since then an entry "
        "under migration is treated as the page that it moves.",
    ),
    Difference(
        "hwpoison_entries",
        "v5.18",
        "5abfd71d936a",
        "Up to v5.17 a zap with details skipped hwpoison entries; RFC v2 and the stable "
        "backport to 5.10 zap them always; since v5.18 a hole punch keeps them, so that "
        "an access goes on raising SIGBUS.",
    ),
    Difference(
        "dontneed_locked",
        "v5.18",
        "9457056ac426",
        "MADV_DONTNEED_LOCKED exists: it zaps in an mlocked VMA too.",
    ),
    Difference(
        "free_drops_poison",
        "v5.19",
        "7b49514fa1db",
        "MADV_FREE clears hwpoison entries as it clears swap entries.",
    ),
    Difference(
        "uffd_wp_file",
        "v5.19",
        "b1f9e876862d",
        "userfaultfd can write-protect shmem, with markers in entries that hold no page.",
    ),
    Difference(
        "uffd_wp_many_vmas",
        "v6.4",
        "a1b92a3f1498",
        "UFFDIO_WRITEPROTECT takes a range over several mappings; before, one mapping had to "
        "cover it.",
    ),
    Difference(
        "uffd_poison",
        "v6.6",
        "fc71884a5f59",
        "UFFDIO_POISON installs markers that raise SIGBUS.",
    ),
    Difference(
        "remove_maywrite",
        "v6.7",
        "e8e17ee90eaf",
        "MADV_REMOVE asks whether the shared mapping could be made writable, no longer "
        "whether it is writable now.",
    ),
    Difference(
        "hwpoison_signals",
        "v6.11",
        "66802526298e",
        "MADV_HWPOISON sends the caller SIGBUS when the page was dirty.",
    ),
    Difference(
        "guard_regions",
        "v6.13",
        "662df3e5c376",
        "MADV_GUARD_INSTALL exists, first for anonymous memory, from "
        "v6.15 (f807123d578d) for files too.",
    ),
    Difference(
        "around_wants_table",
        "v6.18, and 6.12.y",
        "",
        "Fault-around maps nothing where the first page that it finds is the last of a disk "
        "file and no page table stands there yet; seen when a fault beyond the end comes first.",
    ),
    Difference(
        "swap_in_dirties",
        "v7.0",
        "",
        "A swapped-in page is dirty from the start, for it always passes through the swap "
        "cache; so poisoning it is a loss that the caller hears of.",
    ),
)
"""What kernels differ in, by the release that brought today's form, the oldest first."""


_v7_3 = Kernel("v7.3", (7, 3), "as Debian's 7.3")


_v6_18 = replace(
    _v7_3,
    name="v6.18",
    version=(6, 18),
    title="longterm, as Debian's 6.18",
    swap_in_dirties=False,
)


_v6_12 = replace(
    _v6_18, name="v6.12", version=(6, 12), title="longterm, as Debian 13", guard_regions="no"
)


_v6_1 = replace(
    _v6_12,
    name="v6.1",
    version=(6, 1),
    title="longterm 6.1.y, as Debian 12",
    hwpoison_signals=False,
    uffd_poison=False,
    uffd_wp_many_vmas=False,
    around_wants_table=False,
)


_v5_18 = replace(
    _v6_1,
    name="v5.18",
    version=(5, 18),
    title="the fix, merged as 5abfd71d936a",
    free_drops_poison=False,
    uffd_wp_file=False,
    remove_maywrite=False,
)


_v5_17 = replace(
    _v5_18,
    name="v5.17",
    version=(5, 17),
    title="before the fix",
    swap_entries="skip",
    migration_entries="skip",
    hwpoison_entries="skip",
    dontneed_locked=False,
)


_rfc_v2 = replace(
    _v5_17,
    name="rfc-v2",
    title="v5.17 with RFC v2 of the fix",
    swap_entries="zap",
    migration_entries="page",
    hwpoison_entries="zap",
)


_v5_10_y = replace(
    _v5_17,
    name="v5.10.y",
    version=(5, 10),
    title="longterm 5.10.y with the stable backport, as Debian 11",
    swap_entries="even_cows",
    migration_entries="page",
    hwpoison_entries="zap",
    shmem_keeps_poison=False,
)


KERNELS: Mapping[str, Kernel] = {
    k.name: k for k in (_v5_10_y, _v5_17, _rfc_v2, _v5_18, _v6_1, _v6_12, _v6_18, _v7_3)
}
"""Every kernel that the model knows, oldest first."""


DEFAULT_KERNEL = "v6.18"
"""The kernel that is taken where none is named."""


def kernel(name: str | Kernel) -> Kernel:
    """The kernel of a name; ``6.12`` is taken for ``v6.12``, a Kernel for itself.

    The name of a kernel with a patch of your own says the patch:

    >>> kernel("v5.17 + swap_entries=even_cows, second_pass=False").second_pass
    False

    Errors: ZapvizError for an unknown name, with the nearest known one, and for a
    rule that there is not.
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


def is_named(chosen: Kernel) -> bool:
    """Whether a kernel's name says all of it, so that it is found by that anywhere."""
    try:
        return kernel(chosen.name) == chosen
    except ZapvizError:
        return False


def full_name(chosen: Kernel) -> str:
    """A name by which the kernel is found anywhere, whatever its user calls it.

    Errors: ZapvizError where it is none of ours, nor a patch of one.
    """
    if is_named(chosen):
        return chosen.name
    # A kernel with a name of its own: the nearest known one, and how it differs from that.
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
    said = ", ".join(f"{rule}={getattr(chosen, rule)}" for rule in changes[base])
    return f"{base} + {said}" if said else base


def _rule(text: str) -> tuple[str, object]:
    """``second_pass=False`` as a rule and its value."""
    rule, equals, value = text.partition("=")
    if not equals:
        raise ZapvizError(f"'{text.strip()[:60]}' changes no rule; write it as second_pass=False")
    value = value.strip()
    return rule.strip(), {"true": True, "false": False}.get(value.lower(), value)


def _example(rule: object) -> str:
    """How a rule is changed: the one of that name, else any."""
    chosen = rule if isinstance(rule, str) and rule in RULES else "swap_entries"
    return f"{chosen}={rule_values(chosen)[0]!r}"


def _near(name: str) -> str:
    """Where an unknown kernel stands among the known: by version, else by spelling."""
    numbers = re.fullmatch(r"v?(\d{1,2})(?:\.(\d{1,4})(?:\D.*)?|\.?)", name.strip().lower())
    if not numbers:
        near = nearest(name, KERNELS)
        return f"did you mean '{near}'? " if near else ""
    version = int(numbers[1]), int(numbers[2] or 0)
    said = f"v{version[0]}.{version[1]}"
    released = [k for k in KERNELS.values() if k.name != "rfc-v2"]
    same = [k.name for k in released if k.version == version]
    if same:  # a release of it, such as 6.12.3
        return f"did you mean '{same[0]}'? "
    before = [k.name for k in released if k.version < version]
    after = [k.name for k in released if k.version > version]
    if not after:
        return f"{said} is newer than the newest, {before[-1]}; "
    if not before:
        return f"{said} is older than the oldest, {after[0]}; "
    return f"{said} lies between {before[-1]} and {after[0]}; "


# ---- why --------------------------------------------------------------------


def own_rules(kernel: Kernel) -> dict[str, str | bool]:
    """The rules in which a kernel of one's own is not the kernel that it was made of; of a
    kernel that the model knows, none."""
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
