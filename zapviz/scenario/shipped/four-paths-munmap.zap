# Four paths, 1: munmap takes everything
# One entry of each sort: file page, private page, swapped-out page,
# poisoned page, page on the move, and one never touched. The mapping
# itself goes, so no entry has a reason to stay: munmap asks for all,
# private pages and markers too.

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

munmap(A)
assert A == unmapped
assert F[0:5] == file               # the file keeps its pages
assert rss.shmempages == 0 and rss.anonpages == 0 and rss.swapents == 0
