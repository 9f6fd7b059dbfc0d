# One read fault maps up to sixteen pages
# A fault is expensive, so a read of a file page also maps neighbours
# that are in the page cache already, within an aligned window of
# 64 KiB. A write fault maps only what it writes.

F = file(20)                        # written, synced: all in the cache
A = mmap(F, MAP_PRIVATE)
read(A[3])
assert A[0:16] == file and A[16:20] == none
assert rss.filepages == 16
A[17] = 1
assert A[17] == anon and A[16] == none and A[18:20] == none
assert rss.filepages == 16 and rss.anonpages == 1
