# After fork, who writes first gets a copy, who is left gets the page
# Fork leaves one page to both, and neither may write to it. The first
# write makes a copy. Then the other process has the page alone and
# writes without copying: from here on each has data of its own.

N = anon(1)
N[0] = 1
assert exclusive(N[0])
C = fork()
assert mapcount(N[0]) == 2 and not exclusive(N[0])
C.N[0] = 2                          # a copy
assert data(N[0]) == 1 and data(C.N[0]) == 2
assert mapcount(N[0]) == 1 and exclusive(N[0])
N[0] = 3                            # no copy: nobody else has it
assert data(N[0]) == 3 and data(C.N[0]) == 2
assert rss.anonpages == 1 and C.rss.anonpages == 1
