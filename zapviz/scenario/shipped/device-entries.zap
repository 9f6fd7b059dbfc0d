# Pages lent to a device are zapped like pages
# A device driver can move a page to memory that the CPU cannot read, or
# take it for exclusive use. The entry looks like a swap entry, yet it
# stands for a page, and zapping judges it as that page: a private page
# survives a hole punch and not a truncation.

F = shmem(2)
A = mmap(F, MAP_PRIVATE)
A[0:2] = 1
migrate_to_device(A[0])
make_device_exclusive(A[1])
assert A[0] == device_private and A[1] == device_exclusive
assert rss.anonpages == 2           # they count like pages, too
fallocate(F, FALLOC_FL_PUNCH_HOLE)
assert A[0] == device_private and A[1] == device_exclusive
ftruncate(F, 0)
assert A == none and rss.anonpages == 0
