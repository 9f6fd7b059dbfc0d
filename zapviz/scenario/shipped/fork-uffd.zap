# Userfaultfd does not watch a child
# The parent's page is write-protected, and a write has to wait for its
# watcher. The child is not watched, so fork leaves the protection out:
# the child writes a copy, and the parent's page stays protected.

N = anon(2)
N[0:2] = 1
uffd_wp(N)
C = fork()
assert C.N == anon and mapcount(N) == 2
assert write(C.N[0], 2) == 0        # nobody is asked
assert write(N[0], 3) == SIGBUS     # refused: still protected
assert data(N[0]) == 1 and data(C.N[0]) == 2
