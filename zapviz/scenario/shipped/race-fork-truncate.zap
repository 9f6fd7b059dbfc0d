# Two CPUs: a truncate, while a child reads its swapped-out page
# Parent and child share a swap slot. The truncate comes to both, the
# child's fault to the child's entry alone. Whatever the order, neither
# has the old page at the end. Up to v5.17 the parent always kept it.

F = shmem(1)
A = mmap(F, MAP_PRIVATE)
A[0] = 1
madvise(A[0], MADV_PAGEOUT)
C = fork()

def CPU0():
    ftruncate(F, 0)
def CPU1():
    read(C.A[0])

assert always(A[0] == none and C.A[0] == none)
