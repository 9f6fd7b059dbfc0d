# Truncation in the middle of a page keeps that page
# A file can end at any byte, but a page-table entry stands for a page.
# An entry goes only when all of its page lies beyond the end, and that
# is so for private pages as well.

F = shmem(2)
A = mmap(F, MAP_PRIVATE)
A[0:2] = 1
ftruncate(F, bytes=6000)            # in the middle of page 1
assert A == anon and data(A) == 1
ftruncate(F, bytes=4096)            # just before it
assert A[0] == anon and A[1] == none
assert read(A[1]) == SIGBUS
