# Two CPUs: the page cache is invalidated while a page is written
# Invalidation works under the folio's lock, and leaves a dirty page
# alone. So a write to the shared mapping either is there before it, and
# the page stays (EBUSY), or faults the page in again: it is never lost.

F = file(1)
S = mmap(F, MAP_SHARED)
read(S[0])

def CPU0():
    invalidate(F)
def CPU1():
    S[0] = 1

assert always(F[0] == file and data(F[0]) == 1)
