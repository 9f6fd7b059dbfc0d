# After fork, a hole spares the private pages of both
# The punch comes to the mappings of both processes. What is the file's
# goes from each. A private page stays, in memory or in swap, and so
# does the share that the other process has in it.

F = shmem(3)
A = mmap(F, MAP_PRIVATE)
read(A[2])
A[0:2] = 5
madvise(A[1], MADV_PAGEOUT)
C = fork()
assert C.A[0] == anon and C.A[1] == swap and C.A[2] == file

fallocate(F, FALLOC_FL_PUNCH_HOLE)
assert A[0] == anon and A[1] == swap and A[2] == none
assert C.A[0] == anon and C.A[1] == swap and C.A[2] == none
assert mapcount(A[0]) == 2 and slot_count(A[1]) == 2
read(C.A[1])
assert data(C.A[0:2]) == 5
