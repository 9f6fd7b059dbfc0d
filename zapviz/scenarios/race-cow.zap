# Two CPUs: why truncation zaps the range twice
# A write fault that is under way when the first pass comes by can still
# make a private copy of a page that is about to leave the page cache.
# The second pass removes it: nothing stays beyond the end.

F = shmem(1)
A = mmap(F, MAP_PRIVATE)
read(A[0])

def CPU0():
    ftruncate(F, 0)
def CPU1():
    A[0] = 1

assert always(A[0] == none)
assert always(rss.anonpages == 0)
