/*
 * ===8<===
 * # The reproducer: truncated private data must not come back
 * # A private page is swapped out, then the file is cut short and grown
 * # again. What lay beyond the end is gone for good, so the last read must
 * # find a new, empty page. Up to v5.17 it found the old byte, because
 * # zap_pte_range() skipped the swap entry.
 *
 * F = shmem(2)
 * A = mmap(F, MAP_PRIVATE)
 * A[1] = 7
 * madvise(A[1], MADV_PAGEOUT)
 * assert A[1] == swap and rss.swapents == 1
 *
 * ftruncate(F, 1)
 * ftruncate(F, 2)
 * assert A[1] == none and rss.swapents == 0
 * read(A[1])
 * assert data(A[1]) == 0
 * ===8<===
 *
 * Needs swap space.
 * gcc -o reproducer reproducer.c && ./reproducer
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

#define KSFT_SKIP	4
#define PAGE		4096
#define AT(n)		((char *)(0x1000000000 + (n) * 0x200000L))
#define PM_PRESENT	(1ULL << 63)
#define PM_SWAP		(1ULL << 62)
#define PM_FILE		(1ULL << 61)
#define BLIND		"/proc/self/pagemap cannot be read"

static int passed, failed, skipped = 3;

static const char *unsure;

static void finish(void)
{
	printf("Reproducer %s: %d passed, %d failed, %d skipped\n",
	       failed ? "FAIL" : skipped ? "SKIP" : "PASS",
	       passed, failed, skipped);
	exit(failed ? 1 : skipped ? KSFT_SKIP : 0);
}

static void stop(const char *how, const char *call)
{
	printf(errno ? "%s %s: %m\n" : "%s needed: %s\n", how, call);
	failed += *how == 'F';
	finish();
}

#define must(x)	((x) ? (void)0 : stop("FAIL", #x))
#define need(x)	((x) ? (void)0 : stop("SKIP", #x))

static void check(int line, const char *what, int holds)
{
	if (unsure) {
		printf("SKIP line %d: %s: %s\n", line, what, unsure);
		unsure = NULL;
		return;
	}
	printf("%s line %d: %s\n", holds ? "PASS" : "FAIL", line, what);
	passed += holds;
	failed += !holds;
	skipped--;
}

/* What a fault maps depends on alignment, on readahead and on huge pages. */
static char *map(char *at, int pages, int flags, int fd, off_t offset)
{
	must(mmap(at, pages * PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED,
		  fd, offset) == at);
	madvise(at, pages * PAGE, MADV_RANDOM);
	madvise(at, pages * PAGE, MADV_NOHUGEPAGE);
	return at;
}

static void touch(const volatile char *page, int pages)
{
	for (; pages--; page += PAGE)
		(void)*page;
}

enum { NONE = 1, FILE_PAGE = 2, ANON = 4, SWAP = 8 };

/* Without pagemap an entry may be anything: the result is negative. */
static int pte(const char *page)
{
	static int pagemap = -1;
	uint64_t entry;

	if (pagemap < 0)
		pagemap = open("/proc/self/pagemap", O_RDONLY);
	if (pread(pagemap, &entry, 8, (uintptr_t)page / PAGE * 8) != 8)
		return ~0;
	if (entry & PM_PRESENT)
		return entry & PM_FILE ? FILE_PAGE : ANON;
	return entry & PM_SWAP ? SWAP : NONE;
}

/*
 * How many entries are of these kinds; those of all mappings make up rss,
 * which the kernel itself checks when a process ends (see dmesg).
 */
static int count(const char *page, int pages, int kinds)
{
	int found = 0, kind;

	for (; pages--; page += PAGE) {
		kind = pte(page);
		found += !!(kind & kinds);
		/* Either this or that, as far as one can see. */
		if (kind & kinds && kind & ~kinds)
			unsure = BLIND;
	}
	return found;
}

/* Without pagemap, whether it is in memory; a disk may take its time. */
static int still_there(const char *page)
{
	unsigned char incore = 1;
	int tries, kind = pte(page);

	if (kind > 0)
		return kind & (FILE_PAGE | ANON);
	for (tries = 0; incore & 1 && tries < 100; tries++) {
		if (tries)
			usleep(10000);
		if (mincore((void *)page, PAGE, &incore))
			return 0;
	}
	return incore & 1;
}

static void paged_out(const char *page, int pages)
{
	while (pages && !still_there(page)) {
		pages--;
		page += PAGE;
	}
	if (!pages)
		return;
	printf("SKIP MADV_PAGEOUT left a page in memory: is there swap?\n");
	finish();
}

/* How many pages are mapped and hold this byte; a look faults nothing in. */
static int holding(const char *page, int pages, int value)
{
	int found = 0;

	for (; pages--; page += PAGE) {
		if (pte(page) & (FILE_PAGE | ANON))
			found += (unsigned char)*page == value;
	}
	return found;
}

/* The same of what is there on every kernel: without pagemap a child looks. */
static int reading(const char *page, int pages, int value)
{
	int found = 0, status = 0;

	if (pte(page) > 0)
		return holding(page, pages, value);
	for (; pages--; page += PAGE) {
		if (!fork())
			_exit((unsigned char)*page == value);
		wait(&status);
		found += WIFEXITED(status) && WEXITSTATUS(status);
	}
	return found;
}

int main(void)
{
	char *A;
	int F;

	need(getpagesize() == PAGE);

	/* F = shmem(2) */
	F = memfd_create("F", 0);
	must(F >= 0 && ftruncate(F, 2 * PAGE) == 0);
	/* A = mmap(F, MAP_PRIVATE) */
	A = map(AT(0), 2, MAP_PRIVATE, F, 0);
	/* A[1] = 7 */
	memset(A + PAGE, 7, PAGE);
	/* madvise(A[1], MADV_PAGEOUT) */
	need(madvise(A + PAGE, PAGE, MADV_PAGEOUT) == 0);
	paged_out(A + PAGE, 1);
	check(11, "A[1] == swap and rss.swapents == 1",
	      count(A + PAGE, 1, SWAP) && count(A, 2, SWAP) == 1);

	/* ftruncate(F, 1) */
	must(ftruncate(F, PAGE) == 0);
	/* ftruncate(F, 2) */
	must(ftruncate(F, 2 * PAGE) == 0);
	check(15, "A[1] == none and rss.swapents == 0",
	      count(A + PAGE, 1, NONE) && count(A, 2, SWAP) == 0);
	/* read(A[1]) */
	touch(A + PAGE, 1);
	check(17, "data(A[1]) == 0", reading(A + PAGE, 1, 0));
	finish();
}
