# A shmem page can be swapped out of the file itself
# When a page of a shared mapping is reclaimed, its entry becomes empty:
# the swap entry sits in the file's page cache, where everyone who maps
# the file finds it. A hole punch frees that swap slot too.

F = shmem(2)
B = mmap(F, MAP_SHARED)
B[0:2] = 1
madvise(B, MADV_PAGEOUT)
assert B == none and F == swap
assert rss.swapents == 0            # it counts page-table entries
read(B[0])
assert B[0] == file and F[0] == file and data(B[0]) == 1
assert F[1] == swap
fallocate(F[1], FALLOC_FL_PUNCH_HOLE)
assert F[1] == none
read(B[1])
assert data(B[1]) == 0
