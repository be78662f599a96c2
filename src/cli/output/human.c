/* Sizes, ages and times for people, in docker's and podman's words. */
#include "cli/output/human.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* With so many digits, and `space` between number and unit. */
static char *format_size(uint64_t bytes, int digits, const char *space)
{
        static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
        double value = (double)bytes, limit = digits == 3 ? 999.5 : 999.95;
        size_t unit = 0;

        /* What rounds up to 1000 is 1 of the next unit. */
        while (value >= limit && unit + 1 < ARRAY_SIZE(units)) {
                value /= 1000;
                unit++;
        }
        return xasprintf("%.*g%s%s", digits, value, space, units[unit]);
}

char *human_size(uint64_t bytes)
{
        return format_size(bytes, 3, " ");
}

char *human_size_short(uint64_t bytes, int digits)
{
        return format_size(bytes, digits, "");
}

int human_parse_size(const char *text, uint64_t *bytes_out, struct error *err)
{
        static const char letters[] = "kmgtp";
        char *end;
        double value = strtod(text, &end), base = 1000;
        const char *letter;

        while (*end == ' ')
                end++;
        letter = *end ? strchr(letters, tolower((unsigned char)*end)) : NULL;
        if (letter) {
                end++;
                if (*end == 'i' || *end == 'I') {
                        base = 1024;
                        end++;
                }
        }
        if (*end == 'b' || *end == 'B')
                end++;
        if (end == text || *end || !(value >= 0) || value > 1e15)
                return error_set(err, ERROR_USAGE, "\"%s\" is not a size, such as 20GB or 512MiB",
                                 text);
        for (long i = letter ? letter - letters + 1 : 0; i > 0; i--)
                value *= base;
        if (value > 9e18)
                return error_set(err, ERROR_USAGE, "\"%s\" is too large", text);
        *bytes_out = (uint64_t)value;
        return 0;
}

/* The limits and the rounding are docker's (go-units). */
char *human_duration(int64_t seconds)
{
        long long hours = (seconds + 1800) / 3600;

        if (seconds < 1)
                return xstrdup("Less than a second");
        if (seconds < 60)
                return xasprintf("%d second%s", (int)seconds, seconds == 1 ? "" : "s");
        if (seconds < 120)
                return xstrdup("About a minute");
        if (seconds < 3600)
                return xasprintf("%d minutes", (int)(seconds / 60));
        if (hours == 1)
                return xstrdup("About an hour");
        if (hours < 48)
                return xasprintf("%lld hours", hours);
        if (hours < 24 * 7 * 2)
                return xasprintf("%lld days", hours / 24);
        if (hours < 24 * 30 * 2)
                return xasprintf("%lld weeks", hours / 24 / 7);
        if (hours < 24 * 365 * 2)
                return xasprintf("%lld months", hours / 24 / 30);
        return xasprintf("%lld years", (long long)seconds / 3600 / 24 / 365);
}

/* Date, separator, clock, the fraction without zeros at its end, and what follows it. */
static char *format_time(int64_t ns, char separator, const char *tail)
{
        time_t seconds = (time_t)(ns / 1000000000);
        long fraction = (long)(ns % 1000000000);
        char date[32], clock[32], digits[16] = "";
        struct tm utc;
        size_t len;

        gmtime_r(&seconds, &utc);
        strftime(date, sizeof(date), "%Y-%m-%d", &utc);
        strftime(clock, sizeof(clock), "%H:%M:%S", &utc);
        len = fraction ? (size_t)snprintf(digits, sizeof(digits), ".%09ld", fraction) : 0;
        while (len > 0 && digits[len - 1] == '0')
                digits[--len] = '\0';
        return xasprintf("%s%c%s%s%s", date, separator, clock, digits, tail);
}

char *human_rfc3339(int64_t ns)
{
        return ns == 0 ? xstrdup("0001-01-01T00:00:00Z") : format_time(ns, 'T', "Z");
}

char *human_go_time(int64_t ns)
{
        return ns == 0 ? xstrdup("0001-01-01 00:00:00 +0000 UTC")
                       : format_time(ns, ' ', " +0000 UTC");
}
