# Two CPUs: MADV_DONTNEED meets a page that moves
# It asks for private pages too, so every kernel zaps a migration entry
# as it does the page. The move then ends with a folio that nothing
# maps, and no counter is left behind.

N = anon(1)
N[0] = 1

def CPU0():
    madvise(N, MADV_DONTNEED)
def CPU1():
    migrate(N[0])

assert always(N[0] == none and rss.anonpages == 0)
