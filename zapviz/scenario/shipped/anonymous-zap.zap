# Anonymous memory: the zero page, a page, a swap entry, nothing
# Memory that was only read shares one page of zeros and counts nowhere.
# Written, it has a page of its own; swapped out, a slot. With no file
# behind it, MADV_DONTNEED means that all of it reads as zeros again.

N = anon(4)
read(N[0])
N[1:3] = 1
madvise(N[2], MADV_PAGEOUT)
assert N[0] == zero and N[1] == anon and N[2] == swap and N[3] == none
assert rss.anonpages == 1 and rss.swapents == 1
madvise(N, MADV_DONTNEED)
assert N == none
assert rss.anonpages == 0 and rss.swapents == 0
N[0:4] = 2
mmap(N[1:3], MAP_FIXED)             # unmaps what is in the way
assert N[0] == anon and N[1:3] == none and N[3] == anon
