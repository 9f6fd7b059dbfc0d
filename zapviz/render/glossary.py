"""The glossary: what each word on the screen means, a plain sentence first.

One entry explains a word wherever it stands: the explorer gets the entries within the palette, as
JSON, and docs/glossary.md is made of them by :func:`as_page`.

>>> term_of("even_cows").plain
'Whether this zap takes private pages too (1), or spares them (0).'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["GLOSSARY", "PAGE", "Term", "as_page", "glossary_json", "term_of"]

PAGE: Final = "docs/glossary.md"
"""The page that lists all terms."""

Subject: TypeAlias = Literal["pages", "entries", "zaps", "counters", "locks", "evidence"]
"""What a term is about."""

SUBJECTS: Final[dict[Subject, str]] = {
    "pages": "Pages and files",
    "entries": "What an entry can hold",
    "zaps": "Zapping",
    "counters": "Counters",
    "locks": "Locks",
    "evidence": "How it is known",
}
"""The headings of the page, in its order."""


@dataclass(frozen=True)
class Term:
    """A word that zapviz shows, and what it means."""

    name: str  # as it is shown
    subject: Subject
    plain: str  # a sentence that takes no other term of the kernel's
    kernel: str  # the same in the kernel's words: its function, field, file or commit
    also: tuple[str, ...] = ()  # other spellings that are shown
    label: bool = False  # whether it is a term only where it stands alone, as a label

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every spelling by which the term is found in a text."""
        return (self.name, *self.also)


GLOSSARY: Final = (
    # ---- pages and files ----
    Term(
        "folio",
        "pages",
        "The piece of memory that a page lives in, with its lock and its counts.",
        "struct folio, include/linux/mm_types.h; here each is one page of 4 KiB. Kernels before "
        "v5.16 say struct page.",
    ),
    Term(
        "page cache",
        "pages",
        "The pages of a file that are in memory, which all who read or map the file share.",
        "struct address_space, of each inode; filemap_get_folio(), mm/filemap.c.",
    ),
    Term(
        "shmem",
        "pages",
        "Memory that behaves as a file and has no disk behind it; under pressure its pages "
        "go to swap.",
        "tmpfs, memfd_create() and shared anonymous memory; mm/shmem.c.",
        ("shmem file",),
    ),
    Term(
        "disk file",
        "pages",
        "A file whose pages can be dropped from memory and read again from its disk.",
        "The model's is on ext4; filemap_fault(), mm/filemap.c.",
    ),
    Term(
        "private page",
        "pages",
        "A page of a process that no file has; after a fork its children have it, too, until a "
        "write copies it. In a private mapping of a file it is made by the first write, as a copy.",
        "An anonymous page, PageAnon(); one that was copied on write is called COWed: "
        "do_cow_fault() and wp_page_copy(), mm/memory.c.",
        ("private pages", "COWed pages", "COWed page", "COWed", "anonymous", "anon"),
    ),
    Term(
        "anonymous memory",
        "pages",
        "Memory of a process that belongs to no file.",
        "vma_is_anonymous(), include/linux/mm.h.",
    ),
    Term(
        "droppable memory",
        "pages",
        "Memory of a process whose pages may be dropped at any time: a read finds zeros then. They "
        "are never swapped out, and a child gets none of them.",
        "mmap() with MAP_DROPPABLE, from v6.11 on; VM_DROPPABLE: no PG_swapbacked.",
        ("droppable", "MAP_DROPPABLE"),
    ),
    Term(
        "i_size",
        "pages",
        "How long the file is, in bytes: a page that begins at it or behind it cannot be reached.",
        "inode->i_size; a fault behind it raises SIGBUS. truncate sets it before it zaps: "
        "truncate_setsize(), mm/truncate.c, or i_size_write() alone.",
    ),
    Term(
        "swap slot",
        "pages",
        "A place on the swap device that holds the data of one page.",
        "It is named by type and offset, swp_entry_t; it is free once nothing refers to it: "
        "mm/swapfile.c.",
        ("swap slot in use", "free swap slot", "swap slots"),
    ),
    Term(
        "VMA",
        "pages",
        "A stretch of addresses that were mapped alike: the same file, the same rights.",
        "struct vm_area_struct, include/linux/mm_types.h.",
        ("VMAs",),
    ),
    # ---- what an entry can hold ----
    Term(
        "none",
        "entries",
        "The entry is empty: whoever accesses the page next takes a fault.",
        "pte_none().",
        label=True,
    ),
    Term(
        "no mapping",
        "entries",
        "Nothing is mapped at this address, so that an access raises SIGSEGV.",
        "No VMA covers it.",
    ),
    Term(
        "file page",
        "entries",
        "The entry points at a page of the file itself, shared with all who use the file.",
        "A present entry whose folio is in the page cache; counted by mm_counter_file(), "
        "include/linux/mm.h.",
    ),
    Term(
        "zero page",
        "entries",
        "The entry points at the one page of zeros that all processes share, to read from.",
        "is_zero_pfn(); no counter counts it.",
    ),
    Term(
        "swap entry",
        "entries",
        "The page is not in memory: its data is on the swap device, and the entry says where.",
        "A genuine one, !non_swap_entry(): no migration, hwpoison or device entry. In a page "
        "table it is always of a private page; the slot of a shmem page is kept in the page cache, "
        "include/linux/swapops.h.",
        ("swap entries", "swap"),
    ),
    Term(
        "migration entry",
        "entries",
        "The page is being moved to another place in memory; who accesses it waits until it is "
        "there.",
        "It still names the folio that moves: is_migration_entry(), include/linux/swapops.h; "
        "try_to_migrate_one(), mm/rmap.c.",
        ("migration entries",),
    ),
    Term(
        "hwpoison entry",
        "entries",
        "The memory behind the page broke: who accesses it gets SIGBUS and no wrong data.",
        "is_hwpoison_entry(), include/linux/swapops.h; set by memory_failure(), "
        "mm/memory-failure.c, which MADV_HWPOISON calls.",
        ("hwpoison entries", "hwpoison"),
    ),
    Term(
        "device-private",
        "entries",
        "The page was moved into a device's own memory, which the processor cannot read; an "
        "access brings it back.",
        "is_device_private_entry(), include/linux/swapops.h; migrate_vma_setup(), "
        "mm/migrate_device.c.",
        ("device-private entry",),
    ),
    Term(
        "device-exclusive",
        "entries",
        "The page is in memory, but lent to a device that has it alone; an access takes it back.",
        "is_device_exclusive_entry(), include/linux/swapops.h; "
        "make_device_exclusive_range(), mm/rmap.c.",
        ("device-exclusive entry",),
    ),
    Term(
        "marker",
        "entries",
        "There is no page: the entry only remembers something about the address.",
        "is_pte_marker_entry(), include/linux/swapops.h.",
        ("markers",),
    ),
    Term(
        "uffd-wp",
        "entries",
        "A userland program asked to be told before this page is written; an entry without a page "
        "remembers that by a marker.",
        "UFFDIO_WRITEPROTECT; the bit is pte_uffd_wp(), the marker PTE_MARKER_UFFD_WP.",
        ("uffd-wp marker", "uffd_wp"),
    ),
    Term(
        "poison marker",
        "entries",
        "There is no page, and there shall be none: an access raises SIGBUS.",
        "PTE_MARKER_POISONED, set by UFFDIO_POISON.",
    ),
    Term(
        "guard",
        "entries",
        "An address range that nobody may touch: an access raises SIGSEGV, though it is mapped.",
        "PTE_MARKER_GUARD, set by MADV_GUARD_INSTALL: mm/madvise.c.",
        ("guard marker", "guard region"),
    ),
    # ---- zapping ----
    Term(
        "zap",
        "zaps",
        "To take entries out of the page table, so that nothing is mapped there any more.",
        "zap_pte_range(), mm/memory.c, decides each entry under the page table lock.",
    ),
    Term(
        "pass",
        "zaps",
        "One walk over a range of entries; a call can make several.",
        "Such as one unmap_mapping_range(); truncate_pagecache(), mm/truncate.c, makes two, "
        "before and after the page cache is emptied.",
        ("Pass",),
    ),
    Term(
        "zap_details",
        "zaps",
        "What the caller of a zap tells it about which entries to spare; NULL: spare none.",
        "struct zap_details, include/linux/mm.h.",
    ),
    Term(
        "even_cows",
        "zaps",
        "Whether this zap takes private pages too (1), or spares them (0).",
        "A field of zap_details since v5.18. truncate sets it, for there is nothing private "
        "behind the end of a file; a hole punch does not: should_zap_cows(), mm/memory.c.",
    ),
    Term(
        "skip_cows",
        "zaps",
        "Whether this zap spares private pages (1): the opposite of even_cows.",
        "The field of zap_details from v7.2 on.",
    ),
    Term(
        "zap_mapping",
        "zaps",
        "The file whose pages alone are to go; NULL: private pages go too.",
        "The field of zap_details in v5.16 and v5.17, where later kernels have even_cows.",
    ),
    Term(
        "check_mapping",
        "zaps",
        "The file whose pages alone are to go; NULL: private pages go too.",
        "The field of zap_details up to v5.15, where later kernels have even_cows.",
    ),
    Term(
        "zap_flags",
        "zaps",
        "More that a zap is told: ZAP_FLAG_DROP_MARKER lets markers go, which others leave.",
        "A field of zap_details; zap_drop_markers(), mm/memory.c.",
        ("ZAP_FLAG_DROP_MARKER",),
    ),
    Term(
        "reclaim_pt",
        "zaps",
        "Whether a page table that this zap leaves empty is given back.",
        "A field of zap_details from v6.14 on (6375e95f381e), set by MADV_DONTNEED.",
    ),
    # ---- counters ----
    Term(
        "MM_FILEPAGES",
        "counters",
        "How many entries of the process point at pages of files on a disk.",
        "One of mm->rss_stat, RssFile in /proc/PID/status; a page that is being moved counts.",
        ("rss.filepages", "filepages"),
    ),
    Term(
        "MM_ANONPAGES",
        "counters",
        "How many private pages the process has in memory.",
        "One of mm->rss_stat, RssAnon in /proc/PID/status; a page that is being moved, or lent to "
        "a device, counts.",
        ("rss.anonpages", "anonpages"),
    ),
    Term(
        "MM_SWAPENTS",
        "counters",
        "How many private pages of the process are on the swap device.",
        "One of mm->rss_stat, VmSwap in /proc/PID/status; it counts swap entries.",
        ("rss.swapents", "swapents"),
    ),
    Term(
        "MM_SHMEMPAGES",
        "counters",
        "How many entries of the process point at pages of shmem.",
        "One of mm->rss_stat, RssShmem in /proc/PID/status.",
        ("rss.shmempages", "shmempages"),
    ),
    # ---- locks ----
    Term(
        "mmap_lock",
        "locks",
        "Keeps the list of a process's mappings from changing; many can read it at once, one "
        "alone can change it.",
        "mm->mmap_lock: mmap_read_lock() and mmap_write_lock(), include/linux/mmap_lock.h.",
    ),
    Term(
        "VMA lock",
        "locks",
        "Keeps one mapping from changing while a fault in it is handled, so that others need not "
        "wait.",
        "lock_vma_under_rcu(), mm/memory.c, and vma_start_write(); faults take it from v6.7 on, "
        "those of anonymous memory from v6.4 on.",
    ),
    Term(
        "i_rwsem",
        "locks",
        "Lets one call at a time change a file's size or content: truncate, hole punch, pwrite.",
        "inode->i_rwsem, taken by inode_lock(), include/linux/fs.h.",
    ),
    Term(
        "i_mmap_rwsem",
        "locks",
        "Keeps the list of a file's mappings from changing while somebody walks it.",
        "mapping->i_mmap_rwsem; unmap_mapping_pages(), mm/memory.c, takes it for reading from "
        "v5.18 on (2c8659951654), for writing before.",
    ),
    Term(
        "invalidate_lock",
        "locks",
        "Keeps faults of a disk file from reading pages back while truncate or a hole punch "
        "takes them away.",
        "mapping->invalidate_lock, filemap_invalidate_lock(), include/linux/fs.h, since v5.15 "
        "(730633f0b7f9); ext4 had an i_mmap_sem of its own before.",
    ),
    Term(
        "folio lock",
        "locks",
        "Lets one at a time read a page in, move it, write it out or take it out of its file.",
        "A bit in the folio's flags, PG_locked: folio_lock(), include/linux/pagemap.h.",
    ),
    Term(
        "page table lock",
        "locks",
        "Lets one at a time look at and change the entries of a page table; each entry is decided "
        "under it.",
        "pte_offset_map_lock(), include/linux/mm.h; a table of 512 entries has one.",
    ),
    Term(
        "anon_vma->rwsem",
        "locks",
        "Keeps the list of those who may have mapped a private page from changing during a walk.",
        "folio_lock_anon_vma_read(), mm/rmap.c.",
    ),
    Term(
        "mf_mutex",
        "locks",
        "Lets one page at a time in the whole machine be declared broken.",
        "memory_failure() and, from v5.17 on, soft_offline_page(), mm/memory-failure.c.",
    ),
    Term(
        "hole being punched",
        "locks",
        "A note on a shmem file that a range is being punched out: a fault there waits.",
        "struct shmem_falloc, by inode->i_private: shmem_fallocate(), mm/shmem.c.",
    ),
    # ---- how it is known ----
    Term(
        "seen on",
        "evidence",
        "A kernel that was booted did this very thing, and was compared with the model.",
        "The same rule, path and class of entry, counted by zapviz lab conform; "
        "zapviz/kernels/evidence.csv has the numbers.",
        ("not run on",),
    ),
    Term(
        "from the source only",
        "evidence",
        "No kernel that was booted has been seen to do this: it was read in the kernel's source.",
        "zapviz/kernels/evidence.csv has no line for it.",
    ),
    Term(
        "rule",
        "evidence",
        "The name that zapviz gives to a reason, so that you can look for it.",
        "Ours, not the kernel's; the function beside it is where the kernel decides so.",
    ),
    Term(
        "RFC v2",
        "evidence",
        "A version of the fix that was posted for comment and never merged: it zaps every swapped "
        "page, also those that a hole punch has to keep.",
        "The model's kernel rfc-v2; what was merged in its place is 5abfd71d936a, v5.18.",
        ("rfc-v2",),
    ),
)
"""Every term, by subject."""


def term_of(spelling: str) -> Term:
    """Look a term up by any of its spellings.

    Raises:
        KeyError: No term is spelled so.
    """
    return _BY_SPELLING[spelling]


_BY_SPELLING: Final = {spelling: term for term in GLOSSARY for spelling in term.spellings}


def glossary_json() -> list[dict[str, object]]:
    """Give the terms as plain values: the form in which a page gets them."""
    return [
        {
            "words": [*term.spellings],
            "plain": term.plain,
            "kernel": term.kernel,
            "label": term.label,
        }
        for term in GLOSSARY
    ]


_HEAD: Final = """\
# Glossary

The words that stand on the screen of the explorer, each with a plain sentence, and then in the
kernel's own words: names are those of v6.12, unless a version stands beside them. In the explorer,
point at an underlined word, or press `w` for all that are in sight.

This page is made of the data in `zapviz/render/glossary.py`; `make test ARGS=--refresh` writes it
anew.
"""


def as_page() -> str:
    """Give docs/glossary.md as text."""
    parts = [_HEAD]
    for subject, heading in SUBJECTS.items():
        parts.append(f"## {heading}\n")
        for term in GLOSSARY:
            if term.subject == subject:
                also = f" Also: {', '.join(term.also)}." if term.also else ""
                parts.append(f"**{term.name}**: {term.plain}\n\n> {term.kernel}{also}\n")
    return "\n".join(parts)
