# Truncation removes poisoned entries
# Beyond the end of the file nothing may stay, not even the warning that
# the memory failed: once the file grows again, its pages are new and
# healthy. Up to v5.17 the poisoned entry survived and went on raising
# SIGBUS.

F = shmem(2)
A = mmap(F, MAP_PRIVATE)
A[1] = 1
madvise(A[1], MADV_HWPOISON)
assert read(A[1]) == SIGBUS
ftruncate(F, 1)
assert A[1] == none
assert read(A[1]) == SIGBUS         # beyond the end of the file
ftruncate(F, 2)
assert read(A[1]) == 0
assert data(A[1]) == 0
