"""Where a real kernel's CPU can be held before each of the model's steps.

A CPU can be held where it comes to a function, with everything before it done and nothing after it
begun; so of each step there have to be functions that are entered right before it, of which a
kernel has kept at least one that the compiler did not put into its caller. Else a CPU can be held
right after it has written an entry; it has the page table's lock then. Between two calls it can
always be held.

The functions stand innermost first: the first one that a kernel has is taken. They were asked of
6.12 and 6.18 (docs/replaying.md); those of other releases come from their sources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from zapviz.lab.guest.leading import Entered, Returned, Wrote
from zapviz.model.actions import facts_of
from zapviz.model.steps import PLAIN, Rule, Step
from zapviz.model.world import World
from zapviz.model.zap import let_go

__all__ = ["Taken", "begins_at", "unseen", "why_not", "written_by"]


class Taken(NamedTuple):
    """A step of one CPU, with what is known of it. :func:`unseen` gives one that shows nothing."""

    step: Step
    does: str  # the kernel's name of the function that does it; "": none
    waits: str  # of the one in which its locks are taken
    call: int  # the index of its call in the CPU's body


_FAULT: Final = ("handle_mm_fault",)
_FAULT_IN: Final = ("__do_fault", "shmem_fault", "filemap_fault", *_FAULT)
_MOVE: Final = ("do_pages_move", "kernel_move_pages")
_LOOKUP: Final = ("find_lock_entries", "pagevec_lookup_entries")
_LOOKS_UP, _NO_MORE, _LETS_GO, _NO_ENTRY = "looks-up", "no-more", "lets-go", "no-entry"

_UNSEEN: Final = (
    (re.escape(str(facts_of(let_go).quiet)), "unlock", _LETS_GO),
    (r"finds \S+ in the page cache", "cache", _LOOKS_UP),
    (r"no page of \S+ is left in the page cache", "cache", _NO_MORE),
    (r"\S+ is empty: nothing to zap", "zap", _NO_ENTRY),
)
"""What a CPU does that shows nothing, but that another one can come before or after."""

_BEFORE: Final[dict[str, tuple[str, ...]]] = {
    # truncation and hole punching
    "i-size": ("shmem_setattr", "ext4_setattr"),
    "first-pass": ("unmap_mapping_range", "unmap_mapping_pages"),
    "second-pass": ("unmap_mapping_range", "unmap_mapping_pages"),
    "folio-pass": ("unmap_mapping_folio", "unmap_mapping_page"),
    "locks-folio": (),  # found and locked by one function
    "leaves-cache": ("truncate_inode_folio", "truncate_inode_page", "truncate_cleanup_folio"),
    # munmap
    "vma-detached": ("vms_complete_munmap_vmas", "downgrade_write"),
    "vma-gone": ("free_pgtables",),
    # faults; up to the lock of the VMA nothing can be noticed
    "cow-fault": ("finish_fault", *_FAULT_IN),
    "maps-file": ("finish_fault",),
    "fault-around": ("filemap_map_pages", *_FAULT),
    "enters-cache": _FAULT_IN,
    "past-end": _FAULT_IN,
    "made-writable": ("do_wp_page", *_FAULT),
    "new-anon": ("do_anonymous_page", *_FAULT),
    # migration: a folio is isolated under the page table's lock, which is too late
    "migration-nothing": _MOVE,
    "migration-locks": ("migrate_pages",),
    "migration-gone": ("migrate_pages",),
    "migration-clears": ("try_to_migrate", "try_to_unmap"),
    "migration-begins": ("try_to_migrate", "try_to_unmap"),
    "migration-copies": ("move_to_new_folio", "folio_migrate_mapping", "migrate_page_move_mapping"),
    "migration-held": ("move_to_new_folio", "folio_migrate_mapping", "migrate_page_move_mapping"),
    # remove_migration_ptes() has an address, but its caller has it built in, too
    "migration-ends": ("folio_migrate_flags", "migrate_page_states", "remove_migration_pte"),
    "migration-unlocks": ("folio_unlock", "unlock_page"),
    "migration-again": ("folio_unlock", "unlock_page"),
    "migration-given-up": (),  # one of the model's tries stands for as many as a kernel makes
    # reclaim
    "reclaim-locks": (
        "reclaim_pages",
        "reclaim_folio_list",
        "shrink_folio_list",
        "shrink_page_list",
    ),
    "swap-out": ("try_to_unmap",),
}
"""By the rule of a step, the functions that are entered before it."""

_PASS_OVER_VMA: Final = (  # by the chain of the pass; munmap's own is unmap_vmas()
    "zap_page_range_single_batched",
    "zap_vma_range_batched",
    "zap_page_range_single",
    "zap_page_range",
)
_ZAP: Final = (
    "zap_pte_range",
    "unmap_page_range",
    "__zap_vma_range",
    "unmap_single_vma",
    *_PASS_OVER_VMA,
)
_RELEASED: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "i_mmap_rwsem": (
        "up_read",
        ("unmap_mapping_range", "unmap_mapping_pages", "unmap_mapping_folio", "unmap_mapping_page"),
    ),
    "i_rwsem": (
        "up_write",
        ("do_truncate", "do_ftruncate", "do_sys_ftruncate", "shmem_fallocate", "ext4_fallocate"),
    ),
    "mmap_lock": (
        "up_read",
        (
            "do_madvise",
            "vms_complete_munmap_vmas",
            "do_vmi_align_munmap",
            "do_mas_align_munmap",
            "__vm_munmap",
        ),
    ),
}
"""By the kind of a lock, the function that releases it, and those that call it."""


def why_not(taken: Taken, what: str, has: Callable[[str], bool]) -> str:
    """Say why a CPU cannot be held before a step.

    Args:
        taken: The step.
        what: The step in a few words.
        has: Tells whether a kernel has a function of that name.
    """
    if taken.step.rule.id == "migration-given-up":
        return "a kernel tries more often than the model, and which try is the last one is not seen"
    if taken.step.kind == "zap":
        return f"between two entries of one page table no function is entered ({what})"
    name = taken.does or taken.waits
    if name and has(name):
        return f"{name}() is entered before that ({what})"
    if name:
        return f"{name}() is compiled into its callers in this kernel ({what})"
    return f"no function of this kernel begins with it ({what})"


def begins_at(
    taken: Taken, before: Taken, has: Callable[[str], bool]
) -> Entered | Returned | Wrote | None:
    """Give where a CPU can be held once one step is done and the next one is not begun.

    Args:
        taken: The next step; it belongs to the same call.
        before: The step that is done.
        has: Tells whether a kernel has a function of that name.

    Returns:
        The place; None where this kernel has none.
    """
    for place in _places(taken, before):
        if isinstance(place, Returned) or has(place.function):
            return place
    return written_by(before)


def unseen(doing: str, world: World) -> Step | None:
    """Give a step of which nothing is seen; None: no other CPU notices when it is taken.

    Args:
        doing: What is done, in words, as :class:`zapviz.trace.turns.Choice` has it.
        world: The state after it.
    """
    for pattern, kind, rule in _UNSEEN:
        if re.fullmatch(pattern, doing):
            return Step(kind, world, PLAIN, Rule(rule, "", ""), title=doing)
    return None


def written_by(taken: Taken) -> Wrote | None:
    """Give the place right after a step has written an entry; None: it writes none."""
    step = taken.step
    if step.place is None or step.place.in_file or step.before is None or step.after is None:
        return None
    if step.before.kind == step.after.kind:
        return None
    return Wrote(step.place.of, step.place.page, step.after.kind.value)


def _places(taken: Taken, before: Taken) -> Sequence[Entered | Returned]:
    step, last = taken.step, before.step
    if step.kind == "zap":
        return [] if last.kind == "zap" else [Entered(name) for name in _ZAP]
    if step.rule.id == "vma-pass":
        own = step.part.chain not in ("munmap", "mmap-fixed", "exit")
        return [Entered(name) for name in (_PASS_OVER_VMA if own else ("unmap_vmas",))]
    if step.rule.id == _LETS_GO:  # at once, if a dirty page of a file was unmapped
        return [Entered("tlb_finish_mmu", (), ("tlb_flush_mmu",))]
    if step.rule.id in (_LOOKS_UP, _NO_MORE):
        return [Entered(name) for name in _looking(step.rule.id, last.kind == "cache")]
    if step.rule.id == "migration-ends" and last.rule.id == "migration-held":
        return [Entered("remove_migration_pte")]  # nothing is copied before
    if step.rule.id == "isolates":
        reclaims = taken.waits == ""
        names = ("madvise_cold_or_pageout_pte_range",) if reclaims else _MOVE
        return [Entered(name) for name in names]
    if step.kind == "access":
        return [Returned(("do_user_addr_fault", "exc_page_fault"))]
    if step.rule.id == "gives-lock":
        return _releasing(step.title)
    if step.rule.id == "takes-lock":
        return [Entered(name) for name in _locking(taken.waits, last.rule.id == "isolates")]
    if step.rule.id in _BEFORE:
        return [Entered(name) for name in _BEFORE[step.rule.id]]
    return [Entered(taken.does)] if taken.does and taken.does != before.does else []


def _looking(rule: str, again: bool) -> tuple[str, ...]:
    """Give the functions that look a page of a file up.

    The first one finds several at once, and is not called again where the last page of the range
    was among them.
    """
    if not again:
        return _LOOKUP
    return ("find_get_entries", "pagevec_lookup_entries") if rule == _NO_MORE else ()


def _releasing(title: str) -> list[Entered]:
    for kind, (function, callers) in _RELEASED.items():
        if title.startswith(f"unlock {kind}"):
            return [Entered(function, callers)]
    return [Entered("folio_unlock")] if title.startswith("unlock folio") else []


def _locking(waits: str, isolated: bool) -> tuple[str, ...]:
    """Give the functions that are entered before a call takes its first locks, or a fault one."""
    if waits == "inode_lock":
        return ("shmem_fallocate", "ext4_fallocate")
    if isolated:  # a page that moves is locked next
        return ("migrate_pages",)
    return _FAULT_IN if waits == "__do_fault" else ()
