# Four paths, 2: truncate takes everything beyond the new end
# The same six entries. Truncation sets even_cows: the file has no such
# pages any longer, so private pages go as well, in memory, swapped
# out, poisoned or on the move.

F = shmem(6)
A = mmap(F, MAP_PRIVATE)
A[1:5] = 1                          # private pages
read(A[0])
madvise(A[2], MADV_PAGEOUT)
madvise(A[3], MADV_HWPOISON)
migrate_begin(A[4])
assert A[0] == file and A[1] == anon and A[2] == swap
assert A[3] == hwpoison and A[4] == migration and A[5] == none
assert rss.shmempages == 1 and rss.anonpages == 2 and rss.swapents == 1

ftruncate(F, 0)
assert A == none and F == none
assert rss.shmempages == 0 and rss.anonpages == 0 and rss.swapents == 0
migrate_end(A[4])                   # finds no entry to put back
assert A == none
assert read(A[0]) == SIGBUS
