# MADV_DONTNEED gives up a process's own share
# The child lets go of a page that its parent has as well. Its entry
# goes, its counter falls, and the parent loses nothing: it is the only
# owner again, which bit 56 of its pagemap tells.

N = anon(2)
N[0:2] = 1
C = fork()
assert not exclusive(N[0]) and C.rss.anonpages == 2
madvise(C.N[0], MADV_DONTNEED)
assert C.N[0] == none and C.rss.anonpages == 1
assert N[0] == anon and exclusive(N[0]) and not exclusive(N[1])
read(C.N[0])
assert data(C.N[0]) == 0 and data(N[0]) == 1
exit(C)
assert exclusive(N) and data(N) == 1 and rss.anonpages == 2
