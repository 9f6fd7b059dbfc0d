# Two CPUs: a file is truncated while one of its pages moves
# Migration holds the folio's lock. Truncation first zaps the range
# without locks and may meet the migration entry; then it goes folio by
# folio and waits for the lock, so that it cannot meet one again.
# Whatever the order, nothing stays beyond the end.

F = shmem(1)
A = mmap(F, MAP_SHARED)
A[0] = 1

def CPU0():
    ftruncate(F, 0)
def CPU1():
    migrate(A[0])

assert always(A[0] == none and F == none)
assert always(rss.shmempages == 0)
