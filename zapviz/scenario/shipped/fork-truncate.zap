# After fork, truncate has to zap in both processes
# A child gets its parent's private pages, and of those in swap the same
# slots. What lies beyond the end of the file is gone for both. Up to
# v5.17 both swap entries stayed, and both processes read the old byte.

F = shmem(2)
A = mmap(F, MAP_PRIVATE)
A[1] = 7
madvise(A[1], MADV_PAGEOUT)
C = fork()
assert A[1] == swap and C.A[1] == swap and slot_count(A[1]) == 2

ftruncate(F, 1)
ftruncate(F, 2)
assert A[1] == none and rss.swapents == 0
assert C.A[1] == none and C.rss.swapents == 0
read(A[1])
read(C.A[1])
assert data(A[1]) == 0 and data(C.A[1]) == 0
