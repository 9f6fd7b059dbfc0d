# A page of two owners breaks: both are told
# The memory behind a page fails, and both processes that map it get a
# hwpoison entry, and SIGBUS from it. A process that gives the page up
# loses its own entry and can go on; the other's goes on warning.

N = anon(2)
N[0:2] = 1
C = fork()
madvise(N[0], MADV_HWPOISON)
assert N[0] == hwpoison and C.N[0] == hwpoison
assert rss.anonpages == 1 and C.rss.anonpages == 1
assert read(C.N[0]) == SIGBUS
madvise(C.N[0], MADV_DONTNEED)
assert C.N[0] == none and N[0] == hwpoison
assert read(C.N[0]) == 0
D = fork()                          # copies the warning
assert D.N[0] == hwpoison and read(D.N[0]) == SIGBUS
