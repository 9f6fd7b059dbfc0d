# The reproducer: truncated private data must not come back
# A private page is swapped out, then the file is cut short and grown
# again. What lay beyond the end is gone for good, so the last read must
# find a new, empty page. Up to v5.17 it found the old byte, because
# zap_pte_range() skipped the swap entry.

F = shmem(2)
A = mmap(F, MAP_PRIVATE)
A[1] = 7
madvise(A[1], MADV_PAGEOUT)
assert A[1] == swap and rss.swapents == 1

ftruncate(F, 1)
ftruncate(F, 2)
assert A[1] == none and rss.swapents == 0
read(A[1])
assert data(A[1]) == 0
