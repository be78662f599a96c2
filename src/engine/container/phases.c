/* Timings of a start. The marks live in a shared anonymous page, so that the monitor's marks reach
 * the command that prints them; a slot is taken with an atomic increment. */
#include "engine/container/phases.h"

#include "base/clock.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MARKS_MAX 64

struct mark {
        int64_t ns;
        pid_t pid;
        char name[32];
};

static struct {
        _Atomic unsigned count;
        struct mark marks[MARKS_MAX];
} * shared;

void phases_enable(void)
{
        void *page = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                          -1, 0);

        shared = page == MAP_FAILED ? NULL : page;
        phases_mark("begin");
}

void phases_mark(const char *name)
{
        unsigned slot;

        if (!shared || (slot = atomic_fetch_add(&shared->count, 1)) >= MARKS_MAX)
                return;
        shared->marks[slot].ns = clock_monotonic_ns();
        shared->marks[slot].pid = getpid();
        snprintf(shared->marks[slot].name, sizeof(shared->marks[slot].name), "%s", name);
}

static int by_time(const void *a, const void *b)
{
        const struct mark *x = a, *y = b;

        return (x->ns > y->ns) - (x->ns < y->ns);
}

void phases_print(void)
{
        unsigned count = shared ? shared->count : 0;

        if (count > MARKS_MAX)
                count = MARKS_MAX;
        if (count == 0)
                return;
        qsort(shared->marks, count, sizeof(shared->marks[0]), by_time);
        for (unsigned i = 0; i < count; i++)
                fprintf(stderr, "%8.3f ms  +%7.3f  %s\n",
                        (double)(shared->marks[i].ns - shared->marks[0].ns) / 1e6,
                        i ? (double)(shared->marks[i].ns - shared->marks[i - 1].ns) / 1e6 : 0.0,
                        shared->marks[i].name);
}
