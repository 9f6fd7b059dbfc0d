# A scenario with a mistake, for the README
F = shmem(4)
falocate(F[0:4], FALLOC_FL_PUNCH_HOLE)
