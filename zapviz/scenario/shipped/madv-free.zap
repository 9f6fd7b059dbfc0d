# MADV_FREE lets go of memory later, or not at all
# The kernel may take the pages when it runs short; until then they keep
# their data, and a write takes the offer back. What is swapped out is
# dropped at once: there is nothing to be gained by waiting.

N = anon(3)
N[0:3] = 1
madvise(N[0], MADV_PAGEOUT)
assert N[0] == swap
madvise(N, MADV_FREE)
assert N[0] == none and rss.swapents == 0
assert N[1:3] == anon and data(N[1:3]) == 1
N[2] = 2                            # takes it back
madvise(N[1:3], MADV_PAGEOUT)       # the kernel runs short
assert N[1] == none                 # dropped, not swapped
assert N[2] == anon and data(N[2]) == 2
