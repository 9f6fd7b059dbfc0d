"""Names in the kernel's source: the call chains of each path, and the functions of the rules.

Names change between kernels. Every table is keyed by the version from which a form holds, the
newest last. Chains run from the system call to the function that decides.

The names were read in the sources of 5.10.223, 6.1.192, 6.12.117, 7.2.12 and 7.3; for the releases
between them, where a form has a version of its own, they come from the history of the change, or
else from the first of these sources that has it. A chain also names inlined functions, which a
trace does not show, and leaves out the levels of the page table (``zap_pud_range`` and the like).
"""

from __future__ import annotations

from functools import cache
from typing import Final

from zapviz.kernels.difference import FIRST, Version

__all__ = [
    "BY_PIDFD",
    "CHAINS",
    "FUNCTIONS",
    "ZAP_TAIL",
    "call_chain",
    "reclaim_chain",
    "source",
    "zap_details_field",
]

ChainForms = tuple[tuple[Version, tuple[str, ...]], ...]

ZAP_TAIL: ChainForms = (
    ((5, 10), ("unmap_single_vma", "unmap_page_range", "zap_pte_range")),
    ((7, 1), ("__zap_vma_range", "zap_pte_range")),
)
"""The last functions of every zap path."""


def _at(version: Version, forms: ChainForms) -> tuple[str, ...]:
    for since, chain in reversed(forms):
        if since <= version:
            return chain
    return forms[0][1] if forms else ()


def _joined(*parts: ChainForms | str) -> ChainForms:
    """Put pieces of a chain together: one form for each version in which a piece changes."""
    pieces = [((FIRST, (part,)),) if isinstance(part, str) else part for part in parts]
    versions = sorted({since for piece in pieces for since, _ in piece})
    forms: list[tuple[Version, tuple[str, ...]]] = []
    for version in versions:
        chain = tuple(name for piece in pieces for name in _at(version, piece))
        if not forms or forms[-1][1] != chain:
            forms.append((version, chain))
    return tuple(forms)


# pieces that several chains share

_ZAP_RANGE: ChainForms = (  # one VMA's part of a range, for callers without their own batch
    ((5, 10), ("zap_page_range_single",)),
    ((6, 16), ("zap_page_range_single", "zap_page_range_single_batched")),
    ((7, 1), ("zap_vma_range", "zap_vma_range_batched")),
)
_TREE: ChainForms = (  # every VMA that maps a range of a file
    (
        (5, 10),
        ("unmap_mapping_range_tree", "unmap_mapping_range_vma", "zap_page_range_single"),
    ),
    (
        (6, 16),
        (
            "unmap_mapping_range_tree",
            "unmap_mapping_range_vma",
            "zap_page_range_single",
            "zap_page_range_single_batched",
        ),
    ),
    (
        (7, 1),
        ("unmap_mapping_range_tree", "unmap_mapping_range_vma", "zap_vma_range_batched"),
    ),
    ((7, 2), ("unmap_mapping_range_tree", "zap_vma_range_batched")),
)
_PAGES = _joined("unmap_mapping_pages", _TREE)
_RANGE = _joined("unmap_mapping_range", _PAGES)
_FOLIO = _joined((((5, 10), ("unmap_mapping_page",)), ((5, 17), ("unmap_mapping_folio",))), _TREE)
_CLEANUP: ChainForms = (
    ((5, 10), ("truncate_cleanup_page",)),
    ((5, 17), ("truncate_cleanup_folio",)),
)
_INODE_FOLIO: ChainForms = (
    ((5, 10), ("truncate_inode_page",)),
    ((5, 17), ("truncate_inode_folio",)),
)
_WALK: ChainForms = (((5, 10), ("walk_page_range",)), ((6, 17), ("walk_page_range_vma",)))

_ADVISE: ChainForms = (  # madvise() of one VMA
    ((5, 10), ("do_madvise", "madvise_vma")),
    ((5, 17), ("do_madvise", "madvise_walk_vmas", "madvise_vma_behavior")),
    (
        (6, 15),
        ("do_madvise", "madvise_do_behavior", "madvise_walk_vmas", "madvise_vma_behavior"),
    ),
)
_INJECT: ChainForms = (
    ((5, 10), ("do_madvise", "madvise_inject_error")),
    ((6, 15), ("do_madvise", "madvise_do_behavior", "madvise_inject_error")),
)
BY_PIDFD: Final = "process-"
"""What stands before the key of a chain that begins in process_madvise()."""


def _by_pidfd(key: str, chain: ChainForms) -> dict[str, ChainForms]:
    """Give a chain that begins in madvise(), and the same as it begins in process_madvise()."""
    forms = []
    for since in sorted({*(version for version, _ in chain), (6, 13), (6, 15)}):
        below = _at(since, chain)
        if since >= (6, 15):
            below = ("vector_madvise", *below[1:])  # do_madvise() is madvise()'s alone
        elif since >= (6, 13):
            below = ("vector_madvise", *below)
        forms.append((since, ("__do_sys_process_madvise", *below)))
    return {key: chain, f"{BY_PIDFD}{key}": tuple(forms)}


_MMAP: ChainForms = (
    ((5, 10), ("ksys_mmap_pgoff", "vm_mmap_pgoff", "do_mmap", "mmap_region")),
    ((6, 1), ("ksys_mmap_pgoff", "vm_mmap_pgoff", "do_mmap", "mmap_region", "__mmap_region")),
)
_SETATTR: ChainForms = (
    ((5, 10), ("do_sys_ftruncate", "do_truncate", "notify_change")),
    ((6, 9), ("do_sys_ftruncate", "do_ftruncate", "do_truncate", "notify_change")),
    ((7, 2), ("ksys_ftruncate", "do_ftruncate", "do_truncate", "notify_change")),
)
_FALLOCATE = _joined("ksys_fallocate", "vfs_fallocate")
_PWRITE = _joined("ksys_pwrite64", "vfs_write", "new_sync_write")

_TRUNCATE_SHMEM = _joined(_SETATTR, "shmem_setattr")
_TRUNCATE_FILE = _joined(_SETATTR, "ext4_setattr", "truncate_pagecache")
_EXT4_PUNCH: ChainForms = (
    ((5, 10), ("ext4_fallocate", "ext4_punch_hole", "truncate_pagecache_range")),
    (
        (6, 12),
        (
            "ext4_fallocate",
            "ext4_punch_hole",
            "ext4_truncate_page_cache_block_range",
            "truncate_pagecache_range",
        ),
    ),
)
_PUNCH_FILE = _joined(_FALLOCATE, _EXT4_PUNCH)
_DIRECT = _joined(
    _PWRITE, "ext4_file_write_iter", "ext4_dio_write_iter", "iomap_dio_rw", "__iomap_dio_rw"
)
_INVALIDATE = _joined("invalidate_inode_pages2_range")
_INVALIDATE_FOLIO: ChainForms = (
    ((5, 10), ("invalidate_inode_pages2_range",)),
    ((6, 14), ("invalidate_inode_pages2_range", "folio_unmap_invalidate")),
)
_KIOCB: ChainForms = (
    ((5, 10), ()),
    ((6, 6), ("kiocb_invalidate_pages",)),
    ((6, 9), ("kiocb_invalidate_pages", "filemap_invalidate_pages")),
)
_KIOCB_AGAIN: ChainForms = (
    ((5, 10), ("iomap_dio_complete",)),
    ((6, 1), ("iomap_dio_complete", "kiocb_invalidate_post_direct_write")),
)
_PREAD = _joined("ksys_pread64", "vfs_read", "new_sync_read")
_MADVISE_REMOVE = _joined(_ADVISE, "madvise_remove", "vfs_fallocate")


def _cached(
    key: str, head: ChainForms, remover: ChainForms, folio: ChainForms
) -> dict[str, ChainForms]:
    """Give the chains by which a folio leaves the page cache: the whole, and that of a mapped
    folio.
    """
    removal = _joined(head, remover)
    return {f"{key}-cache": removal, f"{key}-cache-folio": _joined(removal, folio, _FOLIO)}


def _removed(
    key: str, below: ChainForms | str, remover: ChainForms, folio: ChainForms
) -> dict[str, ChainForms]:
    """Give the same of MADV_REMOVE, however it was called."""
    cached = _cached(key, _joined(_MADVISE_REMOVE, below), remover, folio)
    return {name: form for each in cached.items() for name, form in _by_pidfd(*each).items()}


_SHMEM_UNDO = _joined("shmem_truncate_range", "shmem_undo_range")
_SHMEM_FOLIO = _joined(_INODE_FOLIO, _CLEANUP)
_FILE_UNDO = _joined("truncate_inode_pages_range")
_FILE_TRUNCATE_UNDO = _joined("truncate_inode_pages", _FILE_UNDO)

CHAINS: dict[str, ChainForms] = {
    # munmap, exit, MAP_FIXED
    "munmap": (
        ((5, 10), ("__vm_munmap", "__do_munmap", "unmap_region", "unmap_vmas")),
        (
            (6, 1),
            ("__vm_munmap", "do_mas_munmap", "do_mas_align_munmap", "unmap_region", "unmap_vmas"),
        ),
        (
            (6, 3),
            ("__vm_munmap", "do_vmi_munmap", "do_vmi_align_munmap", "unmap_region", "unmap_vmas"),
        ),
        (
            (6, 12),
            (
                "__vm_munmap",
                "do_vmi_munmap",
                "do_vmi_align_munmap",
                "vms_complete_munmap_vmas",
                "vms_clear_ptes",
                "unmap_vmas",
            ),
        ),
        (
            (7, 2),
            (
                "__vm_munmap",
                "do_vmi_munmap",
                "do_vmi_align_munmap",
                "vms_complete_munmap_vmas",
                "vms_clear_ptes",
                "unmap_region",
                "unmap_vmas",
            ),
        ),
    ),
    "mmap": _MMAP,
    "mmap-fixed": _joined(
        _MMAP,
        (
            ((5, 10), ("munmap_vma_range", "do_munmap", "__do_munmap", "unmap_region")),
            ((6, 1), ("do_mas_munmap", "do_mas_align_munmap", "unmap_region")),
            ((6, 12), ("vms_clean_up_area", "vms_clear_ptes")),
            ((6, 13), ("__mmap_prepare", "vms_clean_up_area", "vms_clear_ptes")),
            ((6, 19), ("__mmap_setup", "vms_clean_up_area", "vms_clear_ptes")),
            ((7, 2), ("__mmap_setup", "vms_clean_up_area", "vms_clear_ptes", "unmap_region")),
        ),
        "unmap_vmas",
    ),
    "fork": _joined("kernel_clone", "copy_process", "dup_mm", "dup_mmap"),
    **_by_pidfd(
        "advise-fork",
        _joined(_ADVISE, (((5, 10), ("madvise_behavior",)), ((5, 17), ("madvise_update_vma",)))),
    ),
    "exit": _joined("do_exit", "exit_mm", "mmput", "__mmput", "exit_mmap", "unmap_vmas"),
    # truncate
    "truncate-shmem": _joined(_TRUNCATE_SHMEM, _RANGE),
    "truncate-shmem-size": _TRUNCATE_SHMEM,
    "truncate-shmem-again": _joined(_TRUNCATE_SHMEM, _RANGE),
    **_cached("truncate-shmem", _TRUNCATE_SHMEM, _SHMEM_UNDO, _SHMEM_FOLIO),
    "truncate-file": _joined(_TRUNCATE_FILE, _RANGE),
    "truncate-file-size": _joined(_SETATTR, "ext4_setattr"),
    "truncate-file-again": _joined(_TRUNCATE_FILE, _RANGE),
    **_cached("truncate-file", _TRUNCATE_FILE, _FILE_TRUNCATE_UNDO, _CLEANUP),
    # hole punch, by fallocate() and by MADV_REMOVE
    "punch-shmem": _joined(_FALLOCATE, "shmem_fallocate", _RANGE),
    **_cached("punch-shmem", _joined(_FALLOCATE, "shmem_fallocate"), _SHMEM_UNDO, _SHMEM_FOLIO),
    "punch-file": _joined(_PUNCH_FILE, _RANGE),
    **_cached("punch-file", _PUNCH_FILE, _FILE_UNDO, _CLEANUP),
    **_by_pidfd("remove", _MADVISE_REMOVE),
    **_by_pidfd("remove-shmem", _joined(_MADVISE_REMOVE, "shmem_fallocate", _RANGE)),
    **_removed("remove-shmem", "shmem_fallocate", _SHMEM_UNDO, _SHMEM_FOLIO),
    **_by_pidfd("remove-file", _joined(_MADVISE_REMOVE, _EXT4_PUNCH, _RANGE)),
    **_removed("remove-file", _EXT4_PUNCH, _FILE_UNDO, _CLEANUP),
    # invalidation and writes
    "invalidate": _joined(_INVALIDATE, _PAGES),
    "invalidate-cache": _INVALIDATE,
    "invalidate-folio": _joined(_INVALIDATE_FOLIO, _FOLIO),
    "invalidate-cache-folio": _joined(_INVALIDATE_FOLIO, _FOLIO),
    "direct-write": _DIRECT,
    "direct-write-again": _joined(_DIRECT, _KIOCB_AGAIN, _INVALIDATE, _PAGES),
    "direct-write-again-cache": _joined(_DIRECT, _KIOCB_AGAIN, _INVALIDATE),
    "direct-write-again-cache-folio": _joined(_DIRECT, _KIOCB_AGAIN, _INVALIDATE_FOLIO, _FOLIO),
    "direct-read": _joined(
        _PREAD, "ext4_file_read_iter", "ext4_dio_read_iter", "iomap_dio_rw", "__iomap_dio_rw"
    ),
    "direct-write-invalidate": _joined(_DIRECT, _KIOCB, _INVALIDATE, _PAGES),
    "direct-write-invalidate-cache": _joined(_DIRECT, _KIOCB, _INVALIDATE),
    "direct-write-invalidate-cache-folio": _joined(_DIRECT, _KIOCB, _INVALIDATE_FOLIO, _FOLIO),
    "write": _joined(_PWRITE, "generic_perform_write"),
    "write-shmem": _joined(
        _PWRITE,
        (
            ((5, 10), ("generic_file_write_iter", "__generic_file_write_iter")),
            ((6, 6), ("shmem_file_write_iter",)),
        ),
        "generic_perform_write",
    ),
    "write-file": _joined(
        _PWRITE, "ext4_file_write_iter", "ext4_buffered_write_iter", "generic_perform_write"
    ),
    "driver": _RANGE,
    # madvise
    **_by_pidfd(
        "dontneed",
        _joined(
            _ADVISE,
            "madvise_dontneed_free",
            "madvise_dontneed_single_vma",
            (
                ((5, 10), ("zap_page_range",)),
                ((6, 1), ("zap_page_range_single",)),
                ((6, 16), ("zap_page_range_single_batched",)),
                ((7, 1), ("zap_vma_range_batched",)),
            ),
        ),
    ),
    **_by_pidfd(
        "free",
        _joined(
            _ADVISE,
            "madvise_dontneed_free",
            "madvise_free_single_vma",
            _WALK,
            "madvise_free_pte_range",
        ),
    ),
    **_by_pidfd(
        "pageout",
        _joined(
            _ADVISE,
            "madvise_pageout",
            "madvise_pageout_page_range",
            _WALK,
            "madvise_cold_or_pageout_pte_range",
            "reclaim_pages",
            (
                ((5, 10), ("shrink_page_list",)),
                ((6, 0), ("reclaim_folio_list", "shrink_folio_list")),
            ),
        ),
    ),
    **_by_pidfd("hwpoison", _joined(_INJECT, "memory_failure")),
    **_by_pidfd(
        "soft-offline",
        _joined(
            _INJECT,
            "soft_offline_page",
            "soft_offline_in_use_page",
            (((5, 10), ("__soft_offline_page",)), ((6, 1), ())),
            "migrate_pages",
        ),
    ),
    **_by_pidfd("guard-install", _joined(_ADVISE, "madvise_guard_install", _ZAP_RANGE)),
    **_by_pidfd(
        "guard-install-mark", _joined(_ADVISE, "madvise_guard_install", "guard_install_set_pte")
    ),
    **_by_pidfd(
        "guard-remove", _joined(_ADVISE, "madvise_guard_remove", _WALK, "guard_remove_pte_entry")
    ),
    # faults and marks
    "fault": _joined(
        "do_user_addr_fault", "handle_mm_fault", "__handle_mm_fault", "handle_pte_fault"
    ),
    "mlock": _joined(
        "do_mlock", "__mm_populate", "populate_vma_page_range", "__get_user_pages", "faultin_page"
    ),
    "munlock": _joined("__do_sys_munlock", "apply_vma_lock_flags", "mlock_fixup"),
    "mprotect": _joined(
        "do_mprotect_pkey",
        "mprotect_fixup",
        "change_protection",
        "change_protection_range",
        "change_pte_range",
    ),
    "uffd-wp": _joined(
        "userfaultfd_ioctl",
        "userfaultfd_writeprotect",
        "mwriteprotect_range",
        (((5, 10), ()), ((6, 1), ("uffd_wp_range",))),
        "change_protection",
        "change_protection_range",
        "change_pte_range",
    ),
    "uffd-poison": _joined(
        "userfaultfd_ioctl",
        "userfaultfd_poison",
        "mfill_atomic_poison",
        "mfill_atomic",
        "mfill_atomic_pte",
        "mfill_atomic_pte_poison",
    ),
    # migration
    "migrate": _joined(
        "kernel_move_pages",
        "do_pages_move",
        "move_pages_and_store_status",
        "do_move_pages_to_node",
        "migrate_pages",
        (
            ((5, 10), ("unmap_and_move", "__unmap_and_move")),
            ((6, 1), ("migrate_pages_batch",)),
            ((6, 3), ("migrate_pages_sync", "migrate_pages_batch")),
        ),
    ),
    "to-device": (
        ((5, 10), ("migrate_vma_finalize", "remove_migration_ptes")),
        ((6, 1), ("migrate_vma_finalize", "migrate_device_finalize", "remove_migration_ptes")),
        ((6, 15), ("migrate_vma_finalize", "__migrate_device_finalize", "remove_migration_ptes")),
    ),
    "to-device-exclusive": (
        (
            (5, 14),
            (
                "make_device_exclusive_range",
                "page_make_device_exclusive",
                "page_make_device_exclusive_one",
            ),
        ),
        (
            (6, 1),
            (
                "make_device_exclusive_range",
                "folio_make_device_exclusive",
                "page_make_device_exclusive_one",
            ),
        ),
        ((6, 15), ("make_device_exclusive",)),
    ),
}
"""For each pass (the ``chain`` of a Pass), the functions above the zap's tail."""

_MEMORY = "mm/memory.c"
_MADVISE = "mm/madvise.c"
_RMAP = "mm/rmap.c"
_SHMEM = "mm/shmem.c"
_TRUNCATE = "mm/truncate.c"
_MIGRATE = "mm/migrate.c"
_FAILURE = "mm/memory-failure.c"
_DEVICE = "mm/migrate_device.c"


def _same(file: str, *names: str) -> dict[str, tuple[tuple[Version, str, str], ...]]:
    """Give functions that kept their name and file."""
    return {name: ((FIRST, name, file),) for name in names}


def _named(file: str, *names: tuple[Version, str]) -> tuple[tuple[Version, str, str], ...]:
    """Give one function's names, all in one file."""
    return tuple((since, name, file) for since, name in names)


FUNCTIONS: dict[str, tuple[tuple[Version, str, str], ...]] = {
    # mm/memory.c: zapping
    **_same(_MEMORY, "zap_pte_range", "unmap_mapping_range"),
    # Before 5.18 one test stood for both; 5.10 had it in the loop itself, where its stable
    # backport of the fix later added should_zap_cows() for swap entries alone.
    "should_zap_cows": _named(_MEMORY, ((5, 10), "zap_pte_range"), ((5, 18), "should_zap_cows")),
    "should_zap_folio": _named(
        _MEMORY,
        ((5, 10), "zap_pte_range"),
        ((5, 16), "zap_skip_check_mapping"),
        ((5, 18), "should_zap_page"),
        ((6, 8), "should_zap_folio"),
    ),
    "zap_present": _named(_MEMORY, ((5, 10), "zap_pte_range"), ((6, 9), "zap_present_ptes")),
    "zap_nonpresent_ptes": _named(
        _MEMORY, ((5, 10), "zap_pte_range"), ((6, 14), "zap_nonpresent_ptes")
    ),
    "zap_drop_markers": _named(
        _MEMORY,
        ((5, 10), "zap_pte_range"),
        ((5, 19), "zap_drop_file_uffd_wp"),
        ((6, 13), "zap_drop_markers"),
    ),
    "zap_install_uffd_wp_if_needed": _named(
        _MEMORY, ((5, 10), "zap_pte_range"), ((5, 19), "zap_install_uffd_wp_if_needed")
    ),
    "unmap_single_vma": _named(_MEMORY, ((5, 10), "unmap_single_vma"), ((7, 1), "__zap_vma_range")),
    "unmap_mapping_folio": _named(
        _MEMORY, ((5, 10), "unmap_mapping_page"), ((5, 17), "unmap_mapping_folio")
    ),
    # faults
    **_same(
        _MEMORY,
        "__do_fault",
        "do_anonymous_page",
        "do_cow_fault",
        "do_swap_page",
        "do_wp_page",
        "finish_fault",
        "wp_page_copy",
    ),
    "handle_pte_marker": _named(_MEMORY, ((5, 10), "do_swap_page"), ((5, 19), "handle_pte_marker")),
    **_same("arch/x86/mm/fault.c", "do_user_addr_fault", "access_error"),
    **_same("mm/filemap.c", "filemap_map_pages", "generic_perform_write"),
    "handle_userfault": (
        ((5, 10), "handle_userfault", "fs/userfaultfd.c"),
        ((7, 2), "handle_userfault", "mm/userfaultfd.c"),
    ),
    "shmem_swapin_folio": _named(
        _SHMEM, ((5, 10), "shmem_swapin_page"), ((5, 19), "shmem_swapin_folio")
    ),
    # fork
    "dup_mmap": (
        ((5, 10), "dup_mmap", "kernel/fork.c"),
        ((6, 16), "dup_mmap", "mm/mmap.c"),
    ),
    "vma_needs_copy": _named(_MEMORY, ((5, 10), "copy_page_range"), ((5, 19), "vma_needs_copy")),
    "copy_present_ptes": _named(
        _MEMORY, ((5, 10), "copy_present_pte"), ((6, 9), "copy_present_ptes")
    ),
    **_same(_MEMORY, "copy_nonpresent_pte"),
    # where locks are waited for
    **_same(
        "include/linux/mmap_lock.h", "mmap_read_lock", "mmap_write_lock", "mmap_write_lock_killable"
    ),
    **_same("include/linux/fs.h", "i_mmap_lock_read", "i_mmap_lock_write", "inode_lock"),
    # The rwsem was ext4's own, i_mmap_sem, before 5.15.
    "filemap_invalidate_lock": (
        ((5, 10), "down_write", "kernel/locking/rwsem.c"),
        ((5, 15), "filemap_invalidate_lock", "include/linux/fs.h"),
    ),
    "shmem_fallocate": _named(_SHMEM, ((5, 10), "shmem_fallocate")),
    "vma_start_write": (
        ((5, 10), "vma_start_write", "include/linux/mm.h"),
        ((6, 16), "vma_start_write", "include/linux/mmap_lock.h"),
    ),
    # where they are released
    **_same("include/linux/fs.h", "i_mmap_unlock_read", "i_mmap_unlock_write", "inode_unlock"),
    **_same("include/linux/mmap_lock.h", "mmap_read_unlock", "mmap_write_unlock"),
    "filemap_invalidate_unlock": (
        ((5, 10), "up_write", "kernel/locking/rwsem.c"),
        ((5, 15), "filemap_invalidate_unlock", "include/linux/fs.h"),
    ),
    "folio_unlock": _named("mm/filemap.c", ((5, 10), "unlock_page"), ((5, 16), "folio_unlock")),
    "vma_end_read": (
        ((5, 10), "vma_end_read", "include/linux/mm.h"),
        ((6, 16), "vma_end_read", "include/linux/mmap_lock.h"),
    ),
    **_same("kernel/exit.c", "do_exit"),
    **_same("mm/gup.c", "__get_user_pages"),
    **_same("mm/mlock.c", "__do_sys_munlock", "do_mlock"),
    **_same("mm/mprotect.c", "do_mprotect_pkey"),
    **_same("mm/util.c", "vm_mmap_pgoff"),
    "userfaultfd_ioctl": (
        ((5, 10), "userfaultfd_ioctl", "fs/userfaultfd.c"),
        ((7, 2), "userfaultfd_ioctl", "mm/userfaultfd.c"),
    ),
    "vms_gather_munmap_vmas": (
        ((5, 10), "__do_munmap", "mm/mmap.c"),
        ((6, 1), "do_mas_align_munmap", "mm/mmap.c"),
        ((6, 3), "do_vmi_align_munmap", "mm/mmap.c"),
        ((6, 12), "vms_gather_munmap_vmas", "mm/vma.c"),
    ),
    # the page cache
    **_same("include/linux/fs.h", "i_size_write"),
    "folio_lock": _named(
        "include/linux/pagemap.h", ((5, 10), "lock_page"), ((5, 16), "folio_lock")
    ),
    "truncate_inode_folio": _named(
        _TRUNCATE, ((5, 10), "truncate_inode_page"), ((5, 17), "truncate_inode_folio")
    ),
    "delete_from_page_cache_batch": _named(
        "mm/filemap.c", ((5, 10), "delete_from_page_cache_batch")
    ),
    "truncate_inode_partial_folio": (
        ((5, 10), "zero_user_segment", "include/linux/highmem.h"),
        ((5, 17), "truncate_inode_partial_folio", _TRUNCATE),
    ),
    "ext4_block_truncate_page": (
        ((5, 10), "ext4_block_truncate_page", "fs/ext4/inode.c"),
        ((7, 2), "ext4_block_zero_eof", "fs/ext4/inode.c"),
    ),
    "shmem_free_swap": _named(_SHMEM, ((5, 10), "shmem_free_swap")),
    "invalidate_complete_folio2": _named(
        _TRUNCATE,
        ((5, 10), "invalidate_complete_page2"),
        ((5, 18), "invalidate_complete_folio2"),
        ((6, 14), "folio_unmap_invalidate"),
    ),
    **_same("fs/iomap/direct-io.c", "iomap_dio_rw", "iomap_dio_bio_end_io"),
    "iomap_dio_hole_iter": _named(
        "fs/iomap/direct-io.c",
        ((5, 10), "iomap_dio_hole_actor"),
        ((5, 15), "iomap_dio_hole_iter"),
    ),
    **_same("fs/ext4/file.c", "ext4_dio_write_iter"),
    **_same("block/bio.c", "bio_iov_iter_get_pages", "bio_set_pages_dirty"),
    "mapping_evict_folio": _named(
        _TRUNCATE, ((5, 10), "invalidate_inode_page"), ((5, 18), "mapping_evict_folio")
    ),
    "inode_lock_shared": _named("fs/ext4/file.c", ((5, 10), "ext4_dio_read_iter")),
    "mmap_write_downgrade": (
        ((5, 10), "__do_munmap", "mm/mmap.c"),
        ((6, 1), "do_mas_align_munmap", "mm/mmap.c"),
        ((6, 3), "do_vmi_align_munmap", "mm/mmap.c"),
        ((6, 12), "vms_complete_munmap_vmas", "mm/vma.c"),
    ),
    "remove_vma": (((5, 10), "remove_vma", "mm/mmap.c"), ((6, 12), "remove_vma", "mm/vma.c")),
    # reclaim
    **_same(_MADVISE, "madvise_cold_or_pageout_pte_range", "madvise_free_pte_range"),
    **_same(_RMAP, "try_to_unmap_one"),
    "shmem_writeout": _named(_SHMEM, ((5, 10), "shmem_writepage"), ((6, 16), "shmem_writeout")),
    **_same("mm/vmscan.c", "__remove_mapping"),
    "folio_isolate_lru": _named(
        "mm/vmscan.c", ((5, 10), "isolate_lru_page"), ((5, 18), "folio_isolate_lru")
    ),
    "shrink_folio_list": _named(
        "mm/vmscan.c", ((5, 10), "shrink_page_list"), ((6, 0), "shrink_folio_list")
    ),
    # broken memory
    **_same(
        _FAILURE,
        "memory_failure",
        "me_swapcache_clean",
        "me_swapcache_dirty",
        "soft_offline_page",
        "soft_offline_in_use_page",
    ),
    **_same("mm/gup.c", "get_user_pages_fast"),
    "unmap_poisoned_folio": _named(
        _FAILURE, ((5, 10), "hwpoison_user_mappings"), ((6, 12), "unmap_poisoned_folio")
    ),
    "truncate_error_folio": _named(
        _FAILURE, ((5, 10), "truncate_error_page"), ((6, 12), "truncate_error_folio")
    ),
    "shmem_error_remove_folio": _named(
        _SHMEM, ((5, 10), "shmem_error_remove_page"), ((6, 8), "shmem_error_remove_folio")
    ),
    # marks
    **_same("mm/mprotect.c", "change_pte_range"),
    "process_madvise": (
        (FIRST, "do_madvise", _MADVISE),
        ((6, 15), "vector_madvise", _MADVISE),
    ),
    **_same("mm/userfaultfd.c", "mfill_atomic_pte_poison"),
    **_same(
        _MADVISE,
        "do_madvise",
        "guard_install_set_pte",
        "guard_remove_pte_entry",
        "madvise_guard_install",
    ),
    # migration
    "migrate_folio_unmap": _named(
        _MIGRATE,
        ((5, 10), "__unmap_and_move"),
        ((6, 1), "__migrate_folio_unmap"),
        ((6, 12), "migrate_folio_unmap"),
    ),
    "try_to_migrate_one": _named(
        _RMAP, ((5, 10), "try_to_unmap_one"), ((5, 14), "try_to_migrate_one")
    ),
    "move_to_new_folio": _named(
        _MIGRATE, ((5, 10), "move_to_new_page"), ((5, 18), "move_to_new_folio")
    ),
    **_same(_MIGRATE, "migrate_pages"),
    "folio_migrate_mapping": _named(
        _MIGRATE, ((5, 10), "migrate_page_move_mapping"), ((5, 16), "folio_migrate_mapping")
    ),
    "migrate_folio_move": _named(
        _MIGRATE,
        ((5, 10), "__unmap_and_move"),
        ((6, 1), "__migrate_folio_move"),
        ((6, 12), "migrate_folio_move"),
    ),
    "remove_migration_pte": _named(_MIGRATE, ((5, 10), "remove_migration_pte")),
    "add_folio_for_migration": _named(
        _MIGRATE, ((5, 10), "add_page_for_migration"), ((6, 12), "add_folio_for_migration")
    ),
    **{
        name: (((5, 10), name, _MIGRATE), ((5, 18), name, _DEVICE))
        for name in (
            "migrate_vma_collect_pmd",
            "migrate_vma_insert_page",
            "migrate_vma_pages",
            "migrate_vma_unmap",
        )
    },
    "make_device_exclusive": _named(
        _RMAP, ((5, 10), "make_device_exclusive_range"), ((6, 15), "make_device_exclusive")
    ),
}
"""For each function that a rule names: the version of each form, its name in it, and its file."""


@cache
def call_chain(version: Version, key: str, zaps: bool) -> tuple[str, ...]:
    """Give the call chain of a pass in one kernel, outermost function first."""
    chain = _at(version, CHAINS.get(key, ()))
    if not zaps:
        return chain
    return (*chain, *_at(version, ZAP_TAIL))


@cache
def reclaim_chain(chain: tuple[str, ...], function: str, anonymous: bool) -> tuple[str, ...]:
    """Give the call chain of a pass of reclaim, down to the function that decides a page.

    A function that refuses the page ends the chain, since nothing below it was called.
    """
    if function in chain:
        return chain[: chain.index(function) + 1]
    if function == "try_to_unmap_one":
        walk = "rmap_walk_anon" if anonymous else "rmap_walk_file"
        return (*chain, "try_to_unmap", "rmap_walk", walk, function)
    if function.startswith("shmem_write"):
        return (*chain, "pageout", function)
    return (*chain, function)


@cache
def source(version: Version, function: str) -> tuple[str, str]:
    """Give the name that a rule's function has in a kernel, and the file that has it."""
    for since, name, file in reversed(FUNCTIONS.get(function, ())):
        if since <= version:
            return name, file
    return function, ""


def zap_details_field(version: Version, even_cows: bool) -> tuple[str, bool | str]:
    """Give the field of struct zap_details that says whether private pages go, and its value."""
    if version >= (7, 2):
        return "skip_cows", not even_cows
    if version >= (5, 18):
        return "even_cows", even_cows
    name = "zap_mapping" if version >= (5, 16) else "check_mapping"
    return name, "NULL (private pages too)" if even_cows else "the file's mapping"
