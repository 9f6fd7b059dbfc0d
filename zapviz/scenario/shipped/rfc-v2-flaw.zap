# The flaw that review found: a hole punch that eats private data
# The first two versions of the fix stopped skipping swap entries, for
# truncation and hole punching alike. Hugh Dickins saw that a hole punch
# must not delete a private page just because it was swapped out. Run
# this on rfc-v2: the entry goes, and the data with it.

F = shmem(2)
A = mmap(F, MAP_PRIVATE)
A[0:2] = 5
madvise(A[0], MADV_PAGEOUT)
fallocate(F, FALLOC_FL_PUNCH_HOLE)
assert A[1] == anon
assert A[0] == swap                 # fails on rfc-v2
read(A[0])
assert data(A[0]) == 5
