/* Points in time and spans, as they are typed: --since 10m, --until 2026-11-24T08:00:00Z. */
#include "cli/output/human.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/duration.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_NS ((int64_t)1000000000)

int human_parse_span(const char *text, int64_t *ns_out, struct error *err)
{
        size_t digits = strspn(text, "0123456789");

        if (digits > 0 && digits < 13 && !text[digits]) {
                *ns_out = (int64_t)strtoll(text, NULL, 10) * 1000000;
                return 0;
        }
        if (duration_parse(text, ns_out))
                return 0;
        return error_set(err, ERROR_USAGE, "\"%s\" is not a duration, such as 250ms or 1h30m",
                         text);
}

/* A number of thousandths, millionths ... of its unit, without zeros at the end. */
static char *with_fraction(int64_t whole, int64_t part, int digits, const char *unit)
{
        char text[16];
        int len = snprintf(text, sizeof(text), "%0*lld", digits, (long long)part);

        while (len > 0 && text[len - 1] == '0')
                text[--len] = '\0';
        return xasprintf("%lld%s%s%s", (long long)whole, len ? "." : "", text, unit);
}

char *human_go_duration(int64_t ns)
{
        int64_t seconds = ns / SECOND_NS, minutes = seconds / 60;
        AUTO_FREE char *rest = NULL;

        if (ns <= 0)
                return xstrdup("0s");
        if (ns < 1000)
                return xasprintf("%lldns", (long long)ns);
        if (ns < 1000000)
                return with_fraction(ns / 1000, ns % 1000, 3, "µs");
        if (ns < SECOND_NS)
                return with_fraction(ns / 1000000, ns % 1000000, 6, "ms");
        rest = with_fraction(seconds % 60, ns % SECOND_NS, 9, "s");
        if (minutes >= 60)
                return xasprintf("%lldh%lldm%s", (long long)(minutes / 60),
                                 (long long)(minutes % 60), rest);
        return minutes ? xasprintf("%lldm%s", (long long)minutes, rest) : take_ptr(rest);
}

/* ".5" or ",5" (date -Ins) behind seconds: nanoseconds; *at is moved behind it. */
static int64_t take_fraction(const char **at)
{
        int64_t ns = 0, unit = SECOND_NS / 10;

        if ((**at != '.' && **at != ',') || !isdigit((unsigned char)(*at)[1]))
                return 0;
        for ((*at)++; isdigit((unsigned char)**at); (*at)++, unit /= 10)
                ns += (**at - '0') * unit;
        return ns;
}

/* "+01:00" or "-0230" to seconds east of Greenwich. */
static bool parse_zone(const char *text, long *east_out)
{
        int hours, minutes, used = 0;

        if (text[0] != '+' && text[0] != '-')
                return false;
        if (sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 &&
            sscanf(text + 1, "%2d%2d%n", &hours, &minutes, &used) != 2)
                return false;
        *east_out = (text[0] == '-' ? -1 : 1) * (hours * 3600L + minutes * 60L);
        return used > 0 && !text[1 + used] && hours >= 0 && hours < 24 && minutes >= 0 &&
               minutes < 60;
}

static bool parse_date(const char *text, int64_t *ns_out)
{
        struct tm tm = { .tm_isdst = -1 };
        const char *rest = strptime(text, "%Y-%m-%d", &tm), *clock;
        int64_t fraction = 0;
        time_t seconds;
        long east = 0;

        if (rest && (*rest == 'T' || *rest == ' ')) {
                clock = rest + 1;
                rest = strptime(clock, "%H:%M:%S", &tm);
                if (!rest)
                        rest = strptime(clock, "%H:%M", &tm);
        }
        if (!rest)
                return false;
        fraction = take_fraction(&rest);
        if (!*rest)
                seconds = mktime(&tm);
        else if (strcmp(rest, "Z") == 0 || parse_zone(rest, &east))
                seconds = timegm(&tm) - east;
        else
                return false;
        *ns_out = (int64_t)seconds * SECOND_NS + fraction;
        return seconds > -(time_t)DURATION_SECONDS_MAX && seconds < (time_t)DURATION_SECONDS_MAX;
}

/* "1136073845" or "1136073845.000000001" */
static bool parse_seconds(const char *text, int64_t *ns_out)
{
        size_t digits = strspn(text, "0123456789");
        const char *rest = text + digits;
        int64_t fraction = take_fraction(&rest);

        if (digits == 0 || digits > 10 || *rest)
                return false;
        *ns_out = (int64_t)strtoll(text, NULL, 10) * SECOND_NS + fraction;
        return *ns_out / SECOND_NS <= (int64_t)DURATION_SECONDS_MAX;
}

/* direction: of a span from now. Go's durations may be negative. */
static int parse_time(const char *text, int direction, int64_t *ns_out, struct error *err)
{
        bool negative = text[0] == '-';
        int64_t span, ns;

        if (parse_seconds(text, &ns) || parse_date(text, &ns)) {
                *ns_out = ns;
                return 0;
        }
        if (!duration_parse(text + negative, &span))
                return error_set(err, ERROR_USAGE,
                                 "\"%s\" is not a time, such as 2026-11-24T08:00:00Z or 10m", text);
        *ns_out = clock_now_ns() + (negative ? -direction : direction) * span;
        return 0;
}

int human_parse_time(const char *text, int64_t *ns_out, struct error *err)
{
        return parse_time(text, -1, ns_out, err);
}

int human_parse_time_ahead(const char *text, int64_t *ns_out, struct error *err)
{
        return parse_time(text, 1, ns_out, err);
}
