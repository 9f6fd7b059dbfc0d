# Two CPUs: a private page is swapped out while its file is truncated
# Before v5.18 truncation passed over swap entries. Where the page goes
# to swap before the zap comes by, it survives beyond the end, and is
# back when the file grows.

F = shmem(1)
A = mmap(F, MAP_PRIVATE)
A[0] = 1

def CPU0():
    ftruncate(F, 0)
def CPU1():
    madvise(A[0], MADV_PAGEOUT)

assert always(A[0] == none)
ftruncate(F, 1)
assert always(read(A[0]) == 0 and data(A[0]) == 0)
