# Two CPUs: a hole is punched while a private page moves
# Whichever way the steps fall, the private page is there when both are
# done. On rfc-v2 it survives as well: migration entries were checked
# there, genuine swap entries were not.

F = shmem(1)
A = mmap(F, MAP_PRIVATE)
A[0] = 1

def CPU0():
    fallocate(F, FALLOC_FL_PUNCH_HOLE)
def CPU1():
    migrate(A[0])

assert always(A[0] == anon and data(A[0]) == 1)
