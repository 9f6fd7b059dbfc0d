# A hole punch keeps poisoned entries, so that they go on warning
# The memory behind two pages has failed. Whoever touches them must get
# SIGBUS rather than a fresh page of zeros, as if nothing had happened.
# So the poisoned entries stay when a hole is punched; the stable
# backport in 5.10.y lacks that rule.

F = shmem(3)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
B[0:3] = 1
A[0:2] = 2
madvise(A[0], MADV_HWPOISON)        # a private page fails
madvise(B[2], MADV_HWPOISON)        # a page of the file fails
assert A[0] == hwpoison and B[2] == hwpoison
assert read(A[0]) == SIGBUS

fallocate(F, FALLOC_FL_PUNCH_HOLE)
assert A[0] == hwpoison and A[1] == anon
assert B[0:2] == none and B[2] == hwpoison
assert read(A[0]) == SIGBUS
assert rss.anonpages == 1 and rss.shmempages == 0
