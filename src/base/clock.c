/* See clock.h. */
#include "base/clock.h"

#include "base/trim.h"

#include <stdio.h>
#include <time.h>

#define SECOND_NS ((int64_t)1000000000)

static inline int64_t read_clock(clockid_t id)
{
        struct timespec now;

        clock_gettime(id, &now);
        return now.tv_sec * SECOND_NS + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
        return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_ns(void)
{
        return read_clock(CLOCK_MONOTONIC);
}

IDLE_CODE int64_t clock_monotonic_ms(void)
{
        return read_clock(CLOCK_MONOTONIC) / 1000000;
}

void clock_text(int64_t ns, char text_out[CLOCK_TEXT_SIZE])
{
        time_t seconds = (time_t)(ns / SECOND_NS);
        struct tm utc;
        size_t used;

        gmtime_r(&seconds, &utc);
        used = strftime(text_out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
        snprintf(text_out + used, CLOCK_TEXT_SIZE - used, ".%09lldZ", (long long)(ns % SECOND_NS));
}
