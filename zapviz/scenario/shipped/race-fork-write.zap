# Two CPUs: a truncate, while a child writes
# The child's write makes a copy that no other process has, perhaps
# after the first pass came by. The pass at the end comes to both once
# more, so nothing is left of the private pages of either.

F = shmem(1)
A = mmap(F, MAP_PRIVATE)
A[0] = 1
C = fork()

def CPU0():
    ftruncate(F, 0)
def CPU1():
    C.A[0] = 2

assert always(A[0] == none and C.A[0] == none)
assert always(rss.anonpages == 0 and C.rss.anonpages == 0)
