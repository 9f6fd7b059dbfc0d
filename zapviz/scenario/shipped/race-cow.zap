# Two CPUs: why truncation zaps the range twice
# A write fault that holds the folio's lock when the first pass comes by
# makes its private page behind it, where no file page is mapped any
# more. Only the second pass, after the page cache is empty, meets it.

F = shmem(1)
A = mmap(F, MAP_PRIVATE)
pwrite(F[0], 1)

def CPU0():
    ftruncate(F, 0)
def CPU1():
    A[0] = 2

assert always(A[0] == none)
assert always(rss.anonpages == 0)
