/* A hole is punched in PAGES pages of a shared shmem mapping while each of them is moved:
 * the scenario of benchmarks/races.py, written once more for Spin.  Both must reach the
 * same final states.  Run by make bench; by hand:
 *
 *     spin -DPAGES=2 -a punch_migrate.pml && gcc -O2 -DSAFETY -o pan pan.c && ./pan -m100000
 *
 * The steps are zapviz's: one entry decided, a folio locked, unmapped, dropped or unlocked.
 */
#ifndef PAGES
#define PAGES 2
#endif

#define NONE 0      /* of an entry */
#define FILE 1
#define MIGRATION 2

#define OK 1        /* results of moving a page */
#define ENOENT 2

byte entry[PAGES];
bool cached[PAGES];
bool locked[PAGES];  /* the folio that the page cache holds, or held */
byte result[PAGES];
bool done[2];
bool ready;           /* the pages are mapped and cached */

/* fallocate(F, FALLOC_FL_PUNCH_HOLE); the i_mmap_rwsem is read-locked by both: left out */
active proctype cpu0() provided (ready)
{
    byte page = 0;
    do
    :: page < PAGES -> entry[page] = NONE; page++      /* zap_pte_range() */
    :: else -> break
    od;
    page = 0;
    do
    :: page < PAGES ->
        atomic { !locked[page] -> locked[page] = true };
        if
        :: entry[page] != NONE -> entry[page] = NONE   /* unmap_mapping_folio() */
        :: else -> skip
        fi;
        atomic { cached[page] = false; locked[page] = false };
        page++
    :: else -> break
    od;
    done[0] = true
}

/* migrate(S[0]), migrate(S[1]), ...: each a call of its own */
active proctype cpu1() provided (ready)
{
    byte page = 0;
    do
    :: page < PAGES ->
        if
        :: entry[page] == FILE ->                      /* isolated */
            atomic { !locked[page] -> locked[page] = true };
            if
            :: cached[page] ->
                if                                     /* try_to_migrate() */
                :: entry[page] == FILE -> entry[page] = MIGRATION
                :: else -> skip
                fi;
                skip;                                  /* the copy */
                if                                     /* remove_migration_ptes() */
                :: entry[page] == MIGRATION -> entry[page] = FILE
                :: else -> skip
                fi
            :: else -> skip                            /* truncated meanwhile */
            fi;
            locked[page] = false;
            result[page] = OK
        :: else -> result[page] = ENOENT
        fi;
        page++
    :: else -> break
    od;
    done[1] = true
}

init
{
    byte page;
    atomic {
        do
        :: page < PAGES -> entry[page] = FILE; cached[page] = true; page++
        :: else -> break
        od;
        ready = true
    };
    done[0] && done[1];
    atomic {
        c_code {
            int i;
            printf("FINAL");
            for (i = 0; i < PAGES; i++)
                printf(" %d%d%d", now.entry[i], now.cached[i], now.result[i]);
            printf("\n");
        }
    }
}
