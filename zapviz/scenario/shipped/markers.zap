# A uffd-wp marker remembers a protection when the page has gone
# Userfaultfd can write-protect a page. When a file page is zapped, its
# protection must be remembered: a marker takes its place, and outlives
# all but munmap. Anonymous memory that is dropped comes back empty, so
# there the protection goes with the page.

F = shmem(2)
A = mmap(F, MAP_SHARED)
N = anon(1)
A[0:2] = 1
N[0] = 1
uffd_wp(A[0])
uffd_wp(N[0])
madvise(A, MADV_DONTNEED)
madvise(N, MADV_DONTNEED)
assert A[0] == uffd_wp_marker and A[1] == none
assert N[0] == none
fallocate(F, FALLOC_FL_PUNCH_HOLE)
assert A[0] == uffd_wp_marker
ftruncate(F, 0)                     # even beyond the end of the file
assert A[0] == uffd_wp_marker
munmap(A)
assert A == unmapped
