# What a child shall not get: MADV_WIPEONFORK, MADV_DONTFORK
# A key, or the state of a random number generator, must not live twice.
# WIPEONFORK gives the child that memory empty, DONTFORK not at all. The
# parent keeps it, in memory or in swap, and has no second owner.

N = anon(3)
N[0:3] = 7
madvise(N[1], MADV_PAGEOUT)
madvise(N[0:2], MADV_WIPEONFORK)
madvise(N[2], MADV_DONTFORK)
C = fork()
assert C.N[0:2] == none and C.N[2] == unmapped
assert N[0] == anon and N[1] == swap and N[2] == anon
assert exclusive(N[0]) and slot_count(N[1]) == 1
read(C.N[0:2])
assert data(C.N[0:2]) == 0
assert read(C.N[2]) == SIGSEGV
assert madvise(N[0], MADV_KEEPONFORK) == 0
D = fork()
assert D.N[0] == anon and data(D.N[0]) == 7 and D.N[1] == none
