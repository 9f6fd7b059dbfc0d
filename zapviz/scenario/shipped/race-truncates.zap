# Two CPUs: two truncations of one file
# The inode's lock keeps them apart from end to end, so that the second
# one sees the size that the first one left. Nothing stays mapped beyond
# the smaller size, and the last one decides the size.

F = shmem(2)
A = mmap(F, MAP_PRIVATE)
A[0:2] = 1

def CPU0():
    ftruncate(F, 0)
def CPU1():
    ftruncate(F, 1)

assert always(A == none and F == none)
assert sometimes(read(A[0]) == 0)
assert sometimes(read(A[0]) == SIGBUS)
