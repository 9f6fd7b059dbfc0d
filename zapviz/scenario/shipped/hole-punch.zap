# A hole in the file leaves private pages alone
# Hole punching takes the file's own pages away from everyone who maps
# them. A page that was written through a private mapping is a copy that
# belongs to the process: it stays, in memory or swapped out.

F = shmem(4)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
B[0:4] = 1
A[0:2] = 2                          # COWs two pages
read(A[2:4])
madvise(A[0], MADV_PAGEOUT)
assert A[0] == swap and A[1] == anon and A[2:4] == file

fallocate(F, FALLOC_FL_PUNCH_HOLE)
assert A[0] == swap and A[1] == anon and A[2:4] == none
assert B == none and F == none
assert rss.shmempages == 0 and rss.anonpages == 1
read(A[0])
assert data(A[0:2]) == 2            # the private pages
read(B[0])
assert data(B[0]) == 0              # the hole
