# Four paths, 3: hole punch spares the private pages
# The same six entries. A hole punch leaves even_cows unset: only what
# belongs to the file goes. The migration entry counts as the page it
# moves, here a private one. The poisoned entry stays to keep warning.

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

fallocate(F, FALLOC_FL_PUNCH_HOLE)
assert A[0] == none and A[1] == anon and A[2] == swap
assert A[3] == hwpoison and A[4] == migration and A[5] == none
assert rss.shmempages == 0 and rss.anonpages == 2 and rss.swapents == 1
migrate_end(A[4])
assert A[4] == anon and data(A[4]) == 1
