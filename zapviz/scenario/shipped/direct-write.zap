# A direct write throws the page cache away, but no private pages
# With O_DIRECT the data goes past the page cache to the disk. What the
# cache and the mappings held of these pages is out of date, so it is
# invalidated. Private pages stay: even_cows is not set.

F = file(4)
A = mmap(F, MAP_PRIVATE)
A[0:2] = 2
madvise(A[1], MADV_PAGEOUT)
read(A[2])
assert A[0] == anon and A[1] == swap and A[2:4] == file
pwrite(F, 9, O_DIRECT)
assert A[0] == anon and A[1] == swap and A[2:4] == none
assert F == none
read(A[1:3])
assert data(A[0:2]) == 2 and data(A[2]) == 9
