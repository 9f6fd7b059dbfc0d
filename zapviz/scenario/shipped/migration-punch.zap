# A page on the move is judged as the page it is
# While a page migrates, its entry holds a migration entry instead. A
# hole punch must look through it: a private page is spared, as if it
# stood still. Wrongly zapped, nothing would mend it: the copy is lost.

F = shmem(2)
A = mmap(F, MAP_PRIVATE)
A[0] = 1
read(A[1])
migrate_begin(A[0])
assert A[0] == migration and A[1] == file
fallocate(F, FALLOC_FL_PUNCH_HOLE)
assert A[0] == migration and A[1] == none
migrate_end(A[0])
assert A[0] == anon and data(A[0]) == 1
