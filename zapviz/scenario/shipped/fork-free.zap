# MADV_FREE in a child loses nothing of its parent's
# The child says that it does not need the pages. Its parent, who has
# them too, never said so: reclaim must not drop them. They stay while
# both have them, and the parent's data is there when the child is gone.

N = anon(2)
N[0:2] = 1
C = fork()
madvise(C.N, MADV_FREE)
madvise(C.N, MADV_PAGEOUT)          # memory runs short
assert C.N == anon and N == anon and mapcount(N) == 2
exit(C)
madvise(N, MADV_PAGEOUT)
assert N == anon                    # not dropped
assert exclusive(N) and data(N) == 1
