# Guard regions stay until they are removed
# MADV_GUARD_INSTALL zaps what is there and leaves a guard: touching it
# raises SIGSEGV. No zap but munmap takes it away. Anonymous memory can
# have guards since v6.13, files since v6.15.

F = shmem(2)
A = mmap(F, MAP_PRIVATE)
N = anon(2)
A[0:2] = 1
N[0:2] = 1
madvise(A[0], MADV_GUARD_INSTALL)
madvise(N[0], MADV_GUARD_INSTALL)
assert A[0] == guard_marker and N[0] == guard_marker
assert read(N[0]) == SIGSEGV
madvise(N, MADV_DONTNEED)
fallocate(F, FALLOC_FL_PUNCH_HOLE)
ftruncate(F, 0)
assert A[0] == guard_marker and A[1] == none
assert N[0] == guard_marker and N[1] == none
madvise(N[0], MADV_GUARD_REMOVE)
assert N[0] == none
assert read(N[0]) == 0
