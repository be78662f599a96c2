/* Spans of time: numbers with units, one behind the other. */
#include "base/duration.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
        const char *name;
        double seconds;
} units[] = {
        /* "ms" before "m" */
        { "ms", 1e-3 }, { "us", 1e-6 }, { "\xc2\xb5s", 1e-6 }, { "ns", 1e-9 }, { "h", 3600 },
        { "m", 60 },    { "s", 1 },
};

/* A number with a unit at *at, which is moved behind it. */
static bool take_span(const char **at, double *seconds)
{
        char *end;
        double value;

        if (!isdigit((unsigned char)**at) && **at != '.')
                return false;
        value = strtod(*at, &end);
        if (end == *at)
                return false;
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
                if (strncmp(end, units[i].name, strlen(units[i].name)) == 0) {
                        *seconds += value * units[i].seconds;
                        *at = end + strlen(units[i].name);
                        return *seconds <= DURATION_SECONDS_MAX;
                }
        return false;
}

bool duration_parse(const char *text, int64_t *ns_out)
{
        double seconds = 0;

        if (!*text)
                return false;
        while (*text)
                if (!take_span(&text, &seconds))
                        return false;
        *ns_out = (int64_t)(seconds * 1e9);
        return true;
}
