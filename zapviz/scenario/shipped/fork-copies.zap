# Which entries does fork copy?
# Only those that a fault could not bring back: a VMA that has had a
# private page is copied as a whole, its file entries too. Of all others
# the child gets the mapping alone, and faults find the same pages.

F = shmem(2)
A = mmap(F, MAP_PRIVATE)
B = mmap(F, MAP_SHARED)
P = mmap(F, MAP_PRIVATE)
B[0:2] = 1
read(P)
read(A[1])
A[0] = 2                            # the only private page
C = fork()
assert C.A[0] == anon and C.A[1] == file
assert C.B == none and C.P == none
read(C.B[0])
read(C.P[0])
assert C.B[0] == file and data(C.B[0]) == 1 and data(C.P[0]) == 1
