# A guard region makes fork copy what it would leave out
# No fault brings a guard back, so a mapping with one is copied entry by
# entry, even a shared one. Each process has guards of its own, which it
# can remove. Files can have guards since v6.15.

F = shmem(3)
B = mmap(F, MAP_SHARED)
B[0:3] = 1
C = fork()
assert C.B == none                  # faults will do
madvise(B[0], MADV_GUARD_INSTALL)
D = fork()
assert D.B[0] == guard_marker and D.B[1:3] == file
assert read(D.B[0]) == SIGSEGV
madvise(D.B[0], MADV_GUARD_REMOVE)
assert D.B[0] == none and B[0] == guard_marker
fallocate(F, FALLOC_FL_PUNCH_HOLE)
assert B[0] == guard_marker and B[1:3] == none and D.B == none
