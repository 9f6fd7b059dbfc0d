# Two CPUs: munmap zaps while the process goes on
# The mmap_lock is held for writing until the VMA is detached, and for
# reading while its entries are zapped: a fault in another mapping need
# not wait. In this one, what is still mapped is read; once its entry is
# gone, the fault finds no VMA.

N = anon(2)
B = anon(1)
N[0:2] = 1

def CPU0():
    munmap(N)
def CPU1():
    B[0] = 2
    read(N[1])

assert always(N == unmapped)
assert always(data(B[0]) == 2)
