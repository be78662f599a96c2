/* Notices on the command line. See notice.h; what they mean is in runtime/cgroup_watch.c.
 *
 *     oom
 *     memory:PERCENT%  memory:SIZE
 *     pressure:[cpu:|io:|memory:]some|full=STALL/WINDOW
 */
#include "cli/container/notice.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/options/limit_options.h"
#include "cli/output/human.h"

#include <stdlib.h>
#include <string.h>

static const char *const resources[] = { "cpu", "io", "memory" };

static bool begins(const char **at, const char *with)
{
        size_t len = strlen(with);

        if (strncmp(*at, with, len) != 0)
                return false;
        *at += len;
        return true;
}

bool notice_is(const char *word)
{
        size_t len = strcspn(word, ":");

        return strcmp(word, "oom") == 0 || (len == 6 && strncmp(word, "memory", len) == 0) ||
               (len == 8 && strncmp(word, "pressure", len) == 0);
}

static int parse_memory(const char *at, struct cgroup_notice *notice, struct error *err)
{
        size_t digits = strspn(at, "0123456789");
        int64_t bytes = 0;

        notice->kind = NOTICE_MEMORY;
        if (digits > 0 && digits < 4 && strcmp(at + digits, "%") == 0) {
                notice->percent = (unsigned)strtoul(at, NULL, 10);
                if (notice->percent >= 1 && notice->percent <= 100)
                        return 0;
        } else if (limit_parse_bytes("memory", at, &bytes, NULL) == 0 && bytes > 0) {
                notice->bytes = (uint64_t)bytes;
                return 0;
        }
        error_set(err, ERROR_USAGE, "\"%s\" is no share of the limit and no size", at);
        return error_cure(err, "such as memory:80%% or memory:200m");
}

/* Microseconds. */
static int parse_span(const char *text, uint32_t *us_out, struct error *err)
{
        int64_t ns = 0;

        if (human_parse_span(text, &ns, err) < 0)
                return -1;
        if (ns < 1000 || ns > (int64_t)NOTICE_WINDOW_MAX_US * 1000)
                return error_set(err, ERROR_USAGE, "%s is not between 1us and 10s", text);
        *us_out = (uint32_t)(ns / 1000);
        return 0;
}

static int parse_window(const char *at, struct cgroup_notice *notice, struct error *err)
{
        const char *slash = strchr(at, '/');
        AUTO_FREE char *stall = xstrndup(at, slash ? (size_t)(slash - at) : strlen(at));

        if (!slash)
                return error_set(err, ERROR_USAGE, "there is no window behind %s", stall);
        if (parse_span(stall, &notice->stall_us, err) < 0 ||
            parse_span(slash + 1, &notice->window_us, err) < 0)
                return -1;
        if (notice->stall_us > notice->window_us)
                return error_set(err, ERROR_USAGE, "a window of %s has no stalls of %s", slash + 1,
                                 stall);
        return 0;
}

static int parse_pressure(const char *at, struct cgroup_notice *notice, struct error *err)
{
        notice->kind = NOTICE_PRESSURE;
        notice->resource = "memory";
        for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
                size_t len = strlen(resources[i]);

                if (strncmp(at, resources[i], len) == 0 && at[len] == ':') {
                        notice->resource = resources[i];
                        at += len + 1;
                        break;
                }
        }
        notice->full = begins(&at, "full=");
        if ((notice->full || begins(&at, "some=")) && parse_window(at, notice, err) == 0)
                return 0;
        if (err && err->kind == ERROR_NONE)
                error_set(err, ERROR_USAGE, "\"%s\" is no pressure", at);
        return error_cure(err, "it is pressure:[cpu:|io:|memory:]some|full=STALL/WINDOW, such as "
                               "pressure:some=200ms/2s");
}

int notice_add(struct notices *notices, const char *option, const char *word, struct error *err)
{
        struct cgroup_notice notice = { .kind = NOTICE_OOM, .text = word };
        struct error why = { 0 };
        const char *at = word;
        int rc = 0;

        if (notices->count == WATCH_NOTICES_MAX)
                return error_set(err, ERROR_USAGE, "%s: more than %d notices", option,
                                 WATCH_NOTICES_MAX);
        if (begins(&at, "memory"))
                rc = parse_memory(at + (*at == ':'), &notice, &why);
        else if (begins(&at, "pressure"))
                rc = parse_pressure(at + (*at == ':'), &notice, &why);
        if (rc < 0) {
                error_copy(err, &why);
                return error_context(err, "%s %s", option, word);
        }
        notices->items[notices->count++] = notice;
        return 0;
}
