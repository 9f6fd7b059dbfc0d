# Four paths, 4: MADV_DONTNEED takes everything
# The same six entries. The process says itself that it needs none of
# them, so its private pages go as well. The mapping and the file stay:
# the next read finds what the file holds.

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

madvise(A, MADV_DONTNEED)
assert A == none
assert F[0:5] == file               # the file keeps its pages
assert rss.shmempages == 0 and rss.anonpages == 0 and rss.swapents == 0
read(A[1])
assert A[1] == file and data(A[1]) == 0
