/*
 * ===8<===
 * # Two CPUs: a hole is punched while its page is read
 * # The fault may come before, between or after; shmem makes it wait for
 * # the punch once that has begun. Whatever it maps in the end, the data
 * # that was punched out is not mapped.
 *
 * F = shmem(1)
 * A = mmap(F, MAP_PRIVATE)
 * pwrite(F[0], 1)
 *
 * def CPU0():
 *     fallocate(F, FALLOC_FL_PUNCH_HOLE)
 * def CPU1():
 *     read(A[0])
 *
 * assert always(A[0] == none or data(A[0]) == 0)
 * assert sometimes(A[0] == none)
 * assert sometimes(A[0] == file)
 * ===8<===
 *
 * gcc -pthread -o race-punch-read race-punch-read.c && ./race-punch-read
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KSFT_SKIP	4
#define ROUNDS		1000
#define PAGE		4096
#define AT(n)		((char *)(0x1000000000 + (n) * 0x200000L))
#define PM_PRESENT	(1ULL << 63)
#define PM_FILE		(1ULL << 61)
#define BLIND		"/proc/self/pagemap cannot be read"
#define DELAY		((void *)(random() >> (11 + random() % 20)))

static int passed, failed, skipped = 3;

static const char *unsure, *why[3];

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

static int held[3];

static void tally(int at, int holds)
{
	held[at] += holds;
	if (unsure)
		why[at] = unsure;
	unsure = NULL;
}

/* In how many rounds it held: in every one, or in one at least. */
static void check(int line, const char *what, int at, int least)
{
	int holds = held[at] >= least;

	if (why[at]) {
		printf("SKIP line %d: %s: %s\n", line, what, why[at]);
		return;
	}
	printf("%s line %d: %s: %d of %d rounds\n",
	       holds ? "PASS" : least == 1 ? "NOT SEEN" : "FAIL",
	       line, what, held[at], ROUNDS);
	passed += holds;
	failed += !holds && least > 1;
	skipped -= holds || least > 1;
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

/* Page by page: one long write might make a large folio. */
static int fill_file(int fd, int first, int pages, int value)
{
	char page[PAGE];

	memset(page, value, PAGE);
	for (; pages--; first++) {
		if (pwrite(fd, page, PAGE, first * PAGE) != PAGE)
			return -1;
	}
	return 0;
}

static void touch(const volatile char *page, int pages)
{
	for (; pages--; page += PAGE)
		(void)*page;
}

static pthread_barrier_t barrier;

/* All at once, each late by chance. */
static void begin(long turns)
{
	volatile long left = turns;

	pthread_barrier_wait(&barrier);
	while (left)
		left--;
}

enum { NONE = 1, FILE_PAGE = 2, ANON = 4 };

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
	return NONE;
}

/* Whether nobody can say what is there; what is checked is skipped then. */
static int blind(const char *page)
{
	if (pte(page) > 0)
		return 0;
	unsure = BLIND;
	return 1;
}

/* How many entries are of these kinds. */
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

static char *A;
static int F;

static void *cpu0(void *delay)
{
	begin((long)delay);
	/* fallocate(F, FALLOC_FL_PUNCH_HOLE) */
	must(fallocate(F, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		       PAGE) == 0);
	return NULL;
}

static void *cpu1(void *delay)
{
	begin((long)delay);
	/* read(A[0]) */
	touch(A, 1);
	return NULL;
}

int main(void)
{
	int round;
	pthread_t cpus[2];

	need(getpagesize() == PAGE);
	must(pthread_barrier_init(&barrier, NULL, 2) == 0);

	for (round = 0; round < ROUNDS; round++) {
		/* F = shmem(1) */
		F = memfd_create("F", 0);
		must(F >= 0 && ftruncate(F, PAGE) == 0);
		/* A = mmap(F, MAP_PRIVATE) */
		A = map(AT(0), 1, MAP_PRIVATE, F, 0);
		/* pwrite(F[0], 1) */
		must(fill_file(F, 0, 1, 1) == 0);

		must(pthread_create(&cpus[0], NULL, cpu0, DELAY) == 0);
		must(pthread_create(&cpus[1], NULL, cpu1, DELAY) == 0);
		pthread_join(cpus[0], NULL);
		pthread_join(cpus[1], NULL);

		tally(0, count(A, 1, NONE) || (!blind(A) && holding(A, 1, 0)));
		tally(1, count(A, 1, NONE));
		tally(2, count(A, 1, FILE_PAGE));

		munmap(A, PAGE);
		close(F);
	}
	check(15, "always(A[0] == none or data(A[0]) == 0)", 0, ROUNDS);
	check(16, "sometimes(A[0] == none)", 1, 1);
	check(17, "sometimes(A[0] == file)", 2, 1);
	finish();
}
