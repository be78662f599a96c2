/* Sizes, ages and times for people. */
#include "cli/human.h"

#include "base/alloc.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *human_size(uint64_t bytes)
{
        static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
        double value = (double)bytes;
        size_t unit = 0;

        while (value >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
                value /= 1000;
                unit++;
        }
        return xasprintf("%.3g %s", value, units[unit]);
}

char *human_duration(int64_t seconds)
{
        if (seconds < 1)
                return xstrdup("Less than a second");
        if (seconds < 60)
                return xasprintf("%d second%s", (int)seconds, seconds == 1 ? "" : "s");
        if (seconds < 120)
                return xstrdup("About a minute");
        if (seconds < 3600)
                return xasprintf("%d minutes", (int)(seconds / 60));
        if (seconds < 7200)
                return xstrdup("About an hour");
        if (seconds < 48 * 3600)
                return xasprintf("%d hours", (int)(seconds / 3600));
        if (seconds < 14 * 86400)
                return xasprintf("%d days", (int)(seconds / 86400));
        if (seconds < 60 * 86400)
                return xasprintf("%d weeks", (int)(seconds / (7 * 86400)));
        if (seconds < 2 * 365 * 86400LL)
                return xasprintf("%d months", (int)(seconds / (30 * 86400)));
        return xasprintf("%d years", (int)(seconds / (365 * 86400LL)));
}

char *human_rfc3339(int64_t ns)
{
        time_t seconds = (time_t)(ns / 1000000000);
        char text[32];
        struct tm utc;

        if (ns == 0)
                return xstrdup("0001-01-01T00:00:00Z");
        gmtime_r(&seconds, &utc);
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
        return xasprintf("%s.%09ldZ", text, (long)(ns % 1000000000));
}

/* "1h30m", "90s", "1.5h": Go's durations. */
static bool parse_span(const char *text, double *seconds_out)
{
        double total = 0;

        if (!isdigit((unsigned char)text[0]))
                return false;
        while (*text) {
                char *end;
                double value = strtod(text, &end);

                if (end == text)
                        return false;
                if (strncmp(end, "ms", 2) == 0) {
                        value /= 1000;
                        end++;
                } else if (*end == 'm') {
                        value *= 60;
                } else if (*end == 'h') {
                        value *= 3600;
                } else if (*end != 's') {
                        return false;
                }
                total += value;
                text = end + 1;
        }
        *seconds_out = total;
        return true;
}

/* Behind the seconds: a fraction, then Z or +HH:MM. */
static bool parse_rest(const char *rest, int64_t *ns)
{
        char sign;
        int hours, minutes;

        if (*rest == '.') {
                int64_t unit = 100000000;

                for (rest++; isdigit((unsigned char)*rest); rest++, unit /= 10)
                        *ns += (*rest - '0') * unit;
        }
        if (*rest == '\0' || strcmp(rest, "Z") == 0)
                return true;
        if (sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) != 3 || (sign != '+' && sign != '-'))
                return false;
        *ns -= (sign == '+' ? 1 : -1) * (int64_t)(hours * 60 + minutes) * 60 * 1000000000;
        return true;
}

int human_parse_time(const char *text, int64_t *ns_out, struct error *err)
{
        struct tm tm = { 0 };
        double seconds;
        char *end;
        const char *rest = strptime(text, "%Y-%m-%d", &tm);

        if (rest && (*rest == 'T' || *rest == ' '))
                rest = strptime(rest + 1, "%H:%M:%S", &tm);
        if (rest) {
                *ns_out = (int64_t)timegm(&tm) * 1000000000;
                if (parse_rest(rest, ns_out))
                        return 0;
        } else if (parse_span(text, &seconds)) {
                *ns_out = ((int64_t)time(NULL) * 1000000000) - (int64_t)(seconds * 1e9);
                return 0;
        }
        seconds = strtod(text, &end);
        if (!isdigit((unsigned char)text[0]) || *end)
                return error_set(err, ERROR_USAGE, "\"%s\" is not a time", text);
        *ns_out = (int64_t)(seconds * 1e9);
        return 0;
}
