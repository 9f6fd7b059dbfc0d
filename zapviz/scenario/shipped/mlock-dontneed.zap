# Locked memory is not dropped by mistake
# MADV_DONTNEED refuses memory that was locked with mlock(), as it may
# hold what must not be lost. Since v5.18 MADV_DONTNEED_LOCKED says that
# it is meant.

N = anon(2)
N[0:2] = 1
mlock(N)
assert madvise(N, MADV_DONTNEED) == EINVAL
assert N == anon
assert madvise(N, MADV_DONTNEED_LOCKED) == 0
assert N == none and rss.anonpages == 0
