# MADV_REMOVE is a hole punch through a mapping
# It frees the pages of the file behind a shared mapping. Private pages
# elsewhere stay. Asked of a private mapping it is refused, since that
# may not change the file.

F = shmem(2)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
B[0:2] = 1
A[0] = 2
assert madvise(A, MADV_REMOVE) == EACCES
assert B == file and A[0] == anon
assert madvise(B, MADV_REMOVE) == 0
assert B == none and F == none
assert A[0] == anon and data(A[0]) == 2
