# Shared and private: who sees whose writes
# A private mapping shows the file's page until it writes to it; then it
# has a copy of its own. Watch A[0] part from the file while A[1] still
# follows it.

F = shmem(2)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
B[0:2] = 1
read(A[0:2])
assert A == file and data(A) == 1
A[0] = 2
assert A[0] == anon and data(A[0]) == 2 and data(B[0]) == 1
B[0:2] = 3
assert data(A[0]) == 2 and data(A[1]) == 3
assert rss.anonpages == 1 and rss.shmempages == 3
