# Who frees a swap slot that two processes have?
# Fork copies a swap entry, and its slot has two holders. SwapPss in
# smaps counts a page shared by two as half. Giving up and reading back
# end a share; at 0 it is free, once its page left the swap cache too.

N = anon(2)
N[0:2] = 1
madvise(N, MADV_PAGEOUT)
C = fork()
assert slot_count(N) == 2 and rss.swapents == 2
assert C.rss.swapents == 2
madvise(C.N[0], MADV_DONTNEED)
assert N[0] == swap and slot_count(N[0]) == 1
read(C.N[1])                        # by way of the swap cache
assert C.N[1] == anon and N[1] == swap and slot_count(N[1]) == 1
read(N[1])                          # finds the same page
assert mapcount(N[1]) == 2 and data(N[1]) == 1
madvise(N[0], MADV_DONTNEED)        # the last one frees it
assert N[0] == none and rss.swapents == 0
