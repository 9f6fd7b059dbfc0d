# Two CPUs: a private page is swapped out while a hole is punched
# In memory or in swap, the private page is the only place where its
# data lives. RFC v2 zapped genuine swap entries without asking whether
# private pages were wanted: whether the data survived was a race.

F = shmem(1)
A = mmap(F, MAP_PRIVATE)
A[0] = 1

def CPU0():
    fallocate(F, FALLOC_FL_PUNCH_HOLE)
def CPU1():
    madvise(A[0], MADV_PAGEOUT)

assert always(A[0] in (anon, swap) and data(A[0]) == 1)
