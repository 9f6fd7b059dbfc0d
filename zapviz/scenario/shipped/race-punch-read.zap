# Two CPUs: a hole is punched while its page is read
# The fault may come before, between or after; shmem makes it wait for
# the punch once that has begun. Whatever it maps in the end, the data
# that was punched out is not mapped.

F = shmem(1)
A = mmap(F, MAP_PRIVATE)
pwrite(F[0], 1)

def CPU0():
    fallocate(F, FALLOC_FL_PUNCH_HOLE)
def CPU1():
    read(A[0])

assert always(A[0] == none or data(A[0]) == 0)
assert sometimes(A[0] == none)
assert sometimes(A[0] == file)
